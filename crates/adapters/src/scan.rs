//! One scan as most dialects tell it: a code, words, a clock, a place. An adapter says what its fields are called; what
//! follows from them (state, reason, zone, signatory) is the same for all.

use serde_json::Value;
use whereabouts_domain::{Location, Moment, Private, State, TrackingEvent};

use crate::{
    carrier::{Card, Payload},
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Meaning, Phrase},
    place,
    tree::Tree,
};

/// Paths, in the order in which they are tried.
type Names = &'static [&'static str];

/// What a dialect calls the parts of a scan.
pub struct Scan {
    pub code: Names,
    pub words: Names,
    /// Day and clock in one field …
    pub at: Names,
    /// … or in two.
    pub day: Names,
    pub clock: Names,
    /// An offset told beside the clock.
    pub offset: Names,
    /// A place in one line.
    pub place: Names,
    pub city: Names,
    pub region: Names,
    pub postcode: Names,
    pub country: Names,
    pub signatory: Names,
    pub order: DateOrder,
    /// The dialect's own wording, then the languages it speaks.
    pub phrases: &'static [&'static [Phrase]],
    /// Whether words may say what a code means that is not in the card's table: only where the carrier publishes no whole list.
    pub words_may_speak: bool,
    /// Whether the table counts only where the words are not understood: its meanings are others' experience, not published.
    pub words_decide: bool,
}

impl Scan {
    pub const BARE: Scan = Scan {
        code: &[],
        words: &[],
        at: &[],
        day: &[],
        clock: &[],
        offset: &[],
        place: &[],
        city: &[],
        region: &[],
        postcode: &[],
        country: &[],
        signatory: &[],
        order: DateOrder::DayFirst,
        phrases: &[],
        words_may_speak: false,
        words_decide: false,
    };

    /// The event, unless the row says nothing at all. Its number is filled in by `parse`.
    pub fn event(&self, row: &Value, card: &'static Card, payload: &Payload) -> Option<TrackingEvent> {
        let code = row.first(self.code);
        let words = row.first(self.words).map(|w| phrase::without_tags(&w)).unwrap_or_default();
        let location = self.location(row);
        let moment = self.moment(row, &location, card, payload);
        if code.is_none() && words.is_empty() && moment.is_none() {
            return None;
        }
        let (state, reason) = self.meaning(code.as_deref(), &words, card);
        let mut event = TrackingEvent::new("", card.id, state);
        event.reason = reason;
        event.carrier_code = code;
        event.description = words;
        event.moment = moment;
        event.location = location;
        event.signed_by = row.first(self.signatory).filter(|_| state.is_delivered()).map(Private::new);
        Some(event)
    }

    /// Code and words together.
    pub fn meaning(&self, code: Option<&str>, words: &str, card: &'static Card) -> Meaning {
        let spoken = understand(words, self.phrases);
        match code.map(|c| card.look_up(c)) {
            Some(Some(known)) if self.words_decide => spoken.unwrap_or((known.state, known.reason)),
            Some(Some(known)) => phrase::refine(Some((known.state, known.reason)), spoken),
            Some(None) if !self.words_may_speak => (State::Unknown, None),
            _ => spoken.unwrap_or((State::Unknown, None)),
        }
    }

    pub fn location(&self, row: &Value) -> Location {
        let country = row.first(self.country);
        let parts = [row.first(self.city), row.first(self.region), row.first(self.postcode)];
        if parts.iter().all(Option::is_none)
            && let Some(line) = row.first(self.place)
        {
            let mut location = place::of_line(&line);
            location.country = location.country.or_else(|| country.as_deref().and_then(crate::country::alpha2));
            return location;
        }
        let [city, region, postcode] = parts;
        place::of(city, region, postcode, country)
    }

    /// When it was, at this place.
    pub fn moment(&self, row: &Value, location: &Location, card: &'static Card, payload: &Payload) -> Option<Moment> {
        let rule = place::rule_at(&ZoneRule::of(payload.zone, card.zone), location);
        let offset = row.first(self.offset);
        let (day, time) = match row.first(self.at) {
            Some(told) => (Some(told), None),
            None => (row.first(self.day), row.first(self.clock)),
        };
        clock::read_beside(day.as_deref(), time.as_deref(), offset.as_deref(), self.order, &rule)
    }
}

/// The words, in the first of these tables that knows them, else in the languages that all carriers share.
pub fn understand(words: &str, tables: &[&'static [Phrase]]) -> Option<Meaning> {
    let table = tables.iter().find(|table| phrase::meaning(table, words).is_some());
    phrase::understand(words, table.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whereabouts_domain::State;

    use super::*;
    use crate::carrier::{Code, code};

    static CARD: Card = Card { id: "x", name: "X", zone: "Europe/Paris", aggregator: false, codes: CODES };
    static CODES: &[Code] = &[code("T", State::InTransit)];
    const SCAN: Scan = Scan { code: &["c"], words: &["w"], at: &["t"], offset: &["o"], country: &["land"], ..Scan::BARE };

    fn told(row: Value) -> String {
        let e = SCAN.event(&row, &CARD, &Payload::default()).unwrap();
        format!("{} {}", e.state.id(), e.moment.map(|m| m.rfc3339()).unwrap_or_default())
    }

    #[test]
    fn a_scan_is_put_together_from_its_fields() {
        assert_eq!(told(json!({"c": "T", "t": "2026-07-01T10:00:00"})), "in_transit 2026-07-01T10:00:00+02:00");
        assert_eq!(told(json!({"c": "T", "t": "2026-07-01T10:00:00", "o": "+08:00"})), "in_transit 2026-07-01T10:00:00+08:00");
        assert_eq!(told(json!({"c": "T", "t": "2026-07-01T10:00:00", "o": 8})), "in_transit 2026-07-01T10:00:00+08:00");
        assert_eq!(told(json!({"c": "T", "t": "2026-07-01T10:00:00", "o": "-3.5"})), "in_transit 2026-07-01T10:00:00-03:30");
        assert_eq!(told(json!({"c": "T", "t": "2026-07-01T10:00:00", "land": "GB"})), "in_transit 2026-07-01T10:00:00+01:00");
        assert_eq!(told(json!({"c": "T", "w": "Out for delivery"})), "out_for_delivery ");
        assert_eq!(told(json!({"c": "never seen", "w": "Delivered"})), "unknown ");
        assert_eq!(told(json!({"w": "Delivered"})), "delivered ");
        assert!(SCAN.event(&json!({"other": 1}), &CARD, &Payload::default()).is_none());
    }
}
