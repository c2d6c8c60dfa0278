//! The order in which told things happened. Events come in any order, twice, and dated to the second, to the day or not at
//! all; from here on there is one sequence, and it is the same for every order of arrival.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{Moment, Precision, TrackingEvent, event::squash};

/// One event at its place in the sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub event: &'a TrackingEvent,
    /// Where it stands in the sequence: its instant, but for a day without a clock sometimes the end of what is known of that day.
    pub when: Timestamp,
}

/// All distinct events of a shipment: the dated ones oldest first, then those without a date.
#[derive(Debug)]
pub(super) struct Sequence<'a> {
    pub dated: Vec<Told<'a>>,
    pub undated: Vec<&'a TrackingEvent>,
}

impl<'a> Sequence<'a> {
    pub fn of(events: &'a [TrackingEvent]) -> Sequence<'a> {
        let mut dated = Vec::with_capacity(events.len());
        let mut undated = Vec::new();
        let mut has_days = false;
        for event in distinct(events) {
            match told_moment(event) {
                Some(moment) => {
                    has_days |= moment.precision == Precision::Day;
                    dated.push(Told { event, when: moment.at() });
                }
                None => undated.push(event),
            }
        }
        if has_days {
            place_days(&mut dated);
        }
        dated.sort_unstable_by(|a, b| {
            a.when.cmp(&b.when).then_with(|| a.event.state.rank().cmp(&b.event.state.rank())).then_with(|| by_identity(a.event, b.event))
        });
        undated.sort_unstable_by(|a, b| a.state.rank().cmp(&b.state.rank()).then_with(|| by_identity(a, b)));
        Sequence { dated, undated }
    }
}

/// The events as a person reads them: newest first, those without a date last, repeats once.
pub fn timeline(events: &[TrackingEvent]) -> Vec<&TrackingEvent> {
    let Sequence { dated, undated } = Sequence::of(events);
    dated.iter().rev().map(|told| told.event).chain(undated.into_iter().rev()).collect()
}

/// The moment, unless it says of itself that it carries no date.
pub(super) fn told_moment(event: &TrackingEvent) -> Option<Moment> {
    event.moment.filter(|m| m.precision != Precision::None)
}

/// Each event once. Of two that are the same but differ in what identity leaves out, always the same one stays, whichever came first.
fn distinct(events: &[TrackingEvent]) -> Vec<&TrackingEvent> {
    // The packed clock decides nearly every comparison without looking at a text.
    let mut all: Vec<(i64, &TrackingEvent)> = events.iter().map(|e| (packed_clock(e), e)).collect();
    all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| by_identity(a.1, b.1)));
    all.dedup_by(|later, kept| {
        let same = later.0 == kept.0 && by_identity(later.1, kept.1).is_eq();
        if same {
            kept.1 = preferred(kept.1, later.1);
        }
        same
    });
    all.into_iter().map(|(_, event)| event).collect()
}

/// The clock as told, as a number in the same order; equal for events that are the same. Where identity does not rest on the
/// clock it is nothing.
fn packed_clock(event: &TrackingEvent) -> i64 {
    let Some(moment) = event.moment.filter(|_| event.source_id.is_none()) else { return i64::MIN };
    let (to_the_day, date, clock) = clock_as_told(moment);
    let parts = [date.month(), date.day(), clock[0], clock[1], clock[2], i8::from(to_the_day)];
    parts.into_iter().fold(i64::from(date.year()), |packed, part| (packed << 6) | i64::from(part))
}

fn preferred<'a>(a: &'a TrackingEvent, b: &'a TrackingEvent) -> &'a TrackingEvent {
    if a == b {
        return a;
    }
    // A code that was mapped after the first reading ranks further than `unknown`; the rest only has to be the same every time.
    let text = |e: &TrackingEvent| serde_json::to_string(e).unwrap_or_default();
    let order = a.state.rank().cmp(&b.state.rank()).then_with(|| a.at().cmp(&b.at())).then_with(|| text(a).cmp(&text(b)));
    if order.is_lt() { b } else { a }
}

/// A total order that calls two events equal exactly when their `key()` is; it is cheaper than a key for each.
fn by_identity(a: &TrackingEvent, b: &TrackingEvent) -> Ordering {
    let whose = a.carrier.cmp(&b.carrier).then_with(|| piece(a).cmp(piece(b)));
    whose.then_with(|| match (&a.source_id, &b.source_id) {
        (Some(x), Some(y)) => x.cmp(y),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => by_words(a, b),
    })
}

fn by_words(a: &TrackingEvent, b: &TrackingEvent) -> Ordering {
    a.moment
        .map(clock_as_told)
        .cmp(&b.moment.map(clock_as_told))
        .then_with(|| code(a).cmp(code(b)))
        .then_with(|| squashed_cmp(&a.description, &b.description))
        .then_with(|| squashed_cmp(place(a), place(b)))
}

fn clock_as_told(moment: Moment) -> (bool, Date, [i8; 3]) {
    let l = moment.local;
    match moment.precision {
        Precision::Day => (true, l.date(), [0; 3]),
        _ => (false, l.date(), [l.hour(), l.minute(), l.second()]),
    }
}

fn piece(event: &TrackingEvent) -> &str {
    event.parcel.as_deref().unwrap_or("")
}

fn code(event: &TrackingEvent) -> &str {
    event.carrier_code.as_deref().unwrap_or(event.state.id())
}

fn place(event: &TrackingEvent) -> &str {
    event.location.text.as_deref().or(event.location.city.as_deref()).unwrap_or("")
}

fn squashed_cmp(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if a.is_ascii() && b.is_ascii() {
        return squashed_ascii(a).cmp(squashed_ascii(b));
    }
    squash(a).cmp(&squash(b))
}

fn squashed_ascii(s: &str) -> impl Iterator<Item = u8> {
    let words = s.split_whitespace().enumerate();
    words.flat_map(|(i, word)| (i > 0).then_some(b' ').into_iter().chain(word.bytes())).map(|b| b.to_ascii_lowercase())
}

/// A day without a clock that is further than every clock scan of that day stands after them all; one that is not stays at the
/// start of its day, where it overrides none of them.
fn place_days(dated: &mut [Told]) {
    let mut known: BTreeMap<Date, (u8, Timestamp)> = BTreeMap::new();
    // What says nothing about progress has no say in this either: an unknown code moves nothing.
    for told in dated.iter().filter(|told| !told.event.state.is_silent()) {
        let Some(moment) = told_moment(told.event).filter(|m| m.precision != Precision::Day) else { continue };
        let day = known.entry(moment.local.date()).or_insert((0, told.when));
        *day = (day.0.max(told.event.state.rank()), day.1.max(told.when));
    }
    for told in dated.iter_mut() {
        let Some(moment) = told_moment(told.event).filter(|m| m.precision == Precision::Day) else { continue };
        if let Some(&(furthest, last)) = known.get(&moment.local.date())
            && told.event.state.rank() > furthest
        {
            told.when = told.when.max(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, State};

    fn scan(description: &str, place: &str) -> TrackingEvent {
        let mut e = TrackingEvent::new("X1", "evri", State::InTransit);
        e.moment = Some(Moment::instant("2026-11-20T10:00:00Z".parse().unwrap()));
        e.description = description.into();
        e.location = Location::text(place);
        e
    }

    #[test]
    fn identity_says_what_the_stored_key_says() {
        let mut all = vec![
            scan("Arrived at hub", "Leeds"),
            scan(" ARRIVED  at hub", "LEEDS"),
            scan("Arrived at\u{b}hub", "leeds"),
            scan("ΟΔΟΣ", "Αθήνα"),
            scan("οδος", "ΑΘΉΝΑ"),
            scan("a b", ""),
            scan("a\u{1}", ""),
            scan("é", ""),
            scan("É ", ""),
        ];
        let mut other = all[0].clone();
        other.carrier_code = Some("in_transit".into());
        all.push(other.clone());
        other.source_id = Some("7".into());
        all.push(other.clone());
        other.description.clear();
        all.push(other.clone());
        other.parcel = Some(String::new());
        all.push(other.clone());
        other.parcel = Some("P1".into());
        all.push(other.clone());
        other.source_id = None;
        other.moment = None;
        all.push(other);
        for a in &all {
            for b in &all {
                assert_eq!(by_identity(a, b).is_eq(), a.key() == b.key(), "{a:?} {b:?}");
                assert_eq!(by_identity(a, b), by_identity(b, a).reverse());
            }
        }
    }

    #[test]
    fn a_timeline_is_newest_first_with_undated_last_and_repeats_once() {
        let mut early = scan("first", "");
        early.moment = Some(Moment::instant("2026-11-19T10:00:00Z".parse().unwrap()));
        let late = scan("second", "");
        let mut undated = scan("some time", "");
        undated.moment = None;
        let all = [undated.clone(), early.clone(), late.clone(), early.clone()];
        assert_eq!(timeline(&all), vec![&late, &early, &undated]);
    }
}
