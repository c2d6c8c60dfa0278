//! Carriers that publish numbers and a tracking page but no format: whatever rows of time and words stand in a payload
//! (a scraper's, a clerk's export) are read, and understood by the carrier's words. No format is assumed, so none is detected.

use serde_json::Value;
use whereabouts_domain::{Private, Source, State, TrackingEvent};

use crate::{
    carrier::{Card, ParcelReading, Payload, Reading, Unreadable},
    clock::{self, ZoneRule},
    phrase::{self, Phrase},
    place, scraped,
    timeline::{Habit, oldest_first, one_per_number},
    tree::{self, field, plain, text},
};

/// Reads rows of time and words, refined by the card's codes where there are any.
pub fn read(payload: &Payload, card: &Card, own: &[Phrase]) -> Result<Reading, Unreadable> {
    let tree = tree::of(payload)?;
    let rule = ZoneRule::of(payload.zone, card.zone);
    let parcels: Vec<ParcelReading> = scraped::read(&tree).into_iter().map(|page| parcel(page, card, own, &rule)).collect();
    let parcels = if parcels.is_empty() { statuses(&tree, card, own) } else { parcels };
    if parcels.is_empty() { nothing_told(&tree) } else { Ok(Reading { parcels: one_per_number(parcels) }) }
}

/// Numbers with a status beside them and no row of their own.
fn statuses(tree: &Value, card: &Card, own: &[Phrase]) -> Vec<ParcelReading> {
    let told = scraped::statuses(tree).into_iter();
    let parcel = |(number, said)| {
        let summary = Some(summary(said, card, own)?);
        Some(ParcelReading { tracking_number: Some(number), summary, ..ParcelReading::default() })
    };
    told.filter_map(parcel).collect()
}

/// What is said of the parcel as a whole, if it is understood.
fn summary(said: String, card: &Card, own: &[Phrase]) -> Option<TrackingEvent> {
    let (state, reason) = meaning(None, &said, card, own);
    let mut event = TrackingEvent::new("", "", state);
    event.source = Source::Summary;
    event.reason = reason;
    event.description = said;
    (state != State::Unknown).then_some(event)
}

fn parcel(page: scraped::Scraped, card: &Card, own: &[Phrase], rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = page.rows.into_iter().map(|row| event(row, card, own, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let summary = page.status.and_then(|said| summary(said, card, own));
    ParcelReading { tracking_number: page.number, events, summary, ..ParcelReading::default() }
}

fn event(row: scraped::Row, card: &Card, own: &[Phrase], rule: &ZoneRule) -> TrackingEvent {
    let (state, reason) = meaning(row.code.as_deref(), &row.words, card, own);
    let mut event = TrackingEvent::new("", "", state);
    event.reason = reason;
    event.carrier_code = row.code;
    event.description = row.words;
    let line = row.place.filter(|_| row.parts.is_empty());
    event.location = line.map(|p| place::named(&p)).unwrap_or(row.parts);
    let rule = place::rule_at(rule, &event.location);
    event.moment = clock::read_beside(row.day.as_deref(), row.time.as_deref(), row.offset.as_deref(), card.date_order(), &rule);
    event.signed_by = row.signed_by.filter(|_| state.is_delivered()).map(Private::new);
    event
}

fn meaning(code: Option<&str>, words: &str, card: &Card, own: &[Phrase]) -> phrase::Meaning {
    let known = code.and_then(|c| card.look_up(c)).map(|c| (c.state, c.reason));
    phrase::refine(known, phrase::understand(words, own))
}

/// No rows: an error if one was told, an empty history if a list stands there empty, else not understood.
pub fn nothing_told(tree: &Value) -> Result<Reading, Unreadable> {
    if let Some(error) = field(tree, &["error", "errors", "fault", "faultstring"]) {
        let said = plain(error).or_else(|| tree::items(error).into_iter().find_map(|e| text(e, &["message", "description", "code"])));
        return Err(Unreadable::error_reply(said.unwrap_or_else(|| "an error without words".into())));
    }
    let holds_nothing = |v: &Value| v.as_array().is_some_and(Vec::is_empty) || v.as_object().is_some_and(|m| m.values().any(is_empty_list));
    if is_empty_list(tree) || !tree::outermost(tree, &holds_nothing).is_empty() {
        return Ok(Reading::default());
    }
    match text(tree, &["message", "title", "detail"]) {
        Some(said) => Err(Unreadable::error_reply(said)),
        None => Err(Unreadable::not_understood("no rows of time and words in it")),
    }
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}
