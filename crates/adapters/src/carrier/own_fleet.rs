//! A retailer's own vans and store transfers: a plain format of ours, as JSON or as CSV, in the words of our own catalogue
//! of states (documented in `docs/own-fleet.md`). What a till, a route planner or a spreadsheet can write.

use std::{collections::HashMap, sync::LazyLock};

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use whereabouts_domain::{Location, PickupPoint, Private, Proof, Reason, State, TimeBasis, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    csv,
    phrase::{self, Meaning},
    place, reply,
    timeline::{Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: OwnFleet = OwnFleet;
pub struct OwnFleet;

/// The codes are the catalogue's ids themselves.
static CARD: LazyLock<Card> = LazyLock::new(|| {
    let codes: Vec<Code> = State::ALL.iter().map(|&state| code(state.id(), state)).collect();
    Card { id: "own_fleet", name: "Own fleet", zone: HOME, aggregator: false, codes: codes.leak() }
});
const HOME: &str = "Europe/London";

/// The list of deliveries, and in CSV the column with their numbers.
const MARK: &str = "own_fleet";

impl Carrier for OwnFleet {
    fn card(&self) -> &'static Card {
        &CARD
    }

    /// The format is ours: what is not of it is nobody's van.
    fn takes_rows(&self) -> bool {
        false
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = match payload.first_byte() {
            Some(b'{' | b'[') => payload.json()?,
            _ => from_table(payload.body).ok_or_else(|| Unreadable::not_understood(format!("no column `{MARK}` in it")))?,
        };
        let is_ours = tree::field(&tree, &[MARK]).is_some_and(|list| list.is_array() || list.is_object());
        let parcels = tree.list(MARK).into_iter().map(|d| delivery(d, payload)).collect();
        reply::of(parcels, None, is_ours, "own fleet")
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let is_ours = match shape {
            Shape::Json(tree) => tree::field(tree, &[MARK]).is_some_and(|list| list.is_array() || list.is_object()),
            Shape::Xml(_) => false,
            Shape::Other => csv::table(payload.body).is_some_and(|table| table.header.iter().any(|name| is_mark(name))),
        };
        if is_ours { 99 } else { 0 }
    }
}

fn is_mark(heading: &str) -> bool {
    heading.trim().eq_ignore_ascii_case(MARK)
}

/// A table as the JSON that says the same: a line an event, lines of one number one delivery.
fn from_table(body: &[u8]) -> Option<Value> {
    let table = csv::table(body)?;
    table.header.iter().find(|name| is_mark(name))?;
    let mut deliveries: Vec<Value> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for line in table.objects() {
        let number = line.say(MARK).unwrap_or_default();
        let place = *places.entry(number.clone()).or_insert(deliveries.len());
        if place == deliveries.len() {
            // What is told of the whole delivery may stand in its first line.
            let mut whole = line.clone();
            whole["number"] = json!(number);
            whole["events"] = json!([]);
            deliveries.push(whole);
        }
        if let Some(events) = deliveries[place].get_mut("events").and_then(Value::as_array_mut) {
            events.push(line);
        }
    }
    Some(json!({ MARK: deliveries }))
}

fn delivery(value: &Value, payload: &Payload) -> ParcelReading {
    let Some(number) = value.say("number") else { return reply::fault(None, "a delivery without a number") };
    let rule = match value.say("zone").and_then(|zone| TimeZone::get(&zone).ok()) {
        Some(zone) => ZoneRule { zone, basis: TimeBasis::Zone },
        None => ZoneRule::of(payload.zone, HOME),
    };
    let mut events: Vec<TrackingEvent> = value.list("events").into_iter().filter_map(|row| event(row, &rule)).collect();
    oldest_first(&mut events, Habit::OldestFirst);
    let end = |names: &[&str]| value.first(names).and_then(|told| end_of_window(&told, &rule));
    let (start, until) = (end(&["estimated.start", "estimated_start"]), end(&["estimated.end", "estimated_end"]));
    ParcelReading {
        tracking_number: Some(number),
        events,
        estimated_delivery: (start.is_some() || until.is_some()).then_some(Window { start, end: until }),
        service: value.say("service"),
        ..ParcelReading::default()
    }
}

fn event(row: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let (code, words) = (row.say("state"), row.say("text").unwrap_or_default());
    if code.is_none() && words.is_empty() {
        return None;
    }
    let (state, reason) = meaning(code.as_deref(), &words);
    let mut event = TrackingEvent::new("", CARD.id, state);
    event.reason = row.say("reason").and_then(|told| Reason::parse(&id_of(&told)).or_else(|| phrase::reason(&told))).or(reason);
    event.carrier_code = code;
    event.description = words;
    event.location = location(row);
    event.moment = row.say("at").and_then(|at| clock::read(&at, DateOrder::DayFirst, &place::rule_at(rule, &event.location)));
    event.source_id = row.say("id");
    event.parcel = row.say("parcel");
    event.signed_by = row.say("signed_by").filter(|_| state.is_delivered()).map(Private::new);
    if let Some(url) = row.say("photo") {
        event.proof.push(Proof { kind: "photo".into(), url: Some(url), at: None });
    }
    let waits = matches!(state, State::ReadyForCollection | State::CollectionReminder | State::FinalCollectionReminder);
    event.pickup_point = waits.then(|| PickupPoint {
        name: row.first(&["place.name", "place"]),
        address: row.say("place.address"),
        hours: row.say("place.hours"),
        collect_by: row.say("collect_by"),
    });
    Some(event)
}

/// A state that is not in the catalogue is unknown; only without a state do the words decide.
fn meaning(code: Option<&str>, words: &str) -> Meaning {
    match code {
        Some(code) => (State::parse(&id_of(code)).unwrap_or(State::Unknown), None),
        None => phrase::understand(words, &[]).unwrap_or((State::Unknown, None)),
    }
}

/// `Out for delivery` and `OUT-FOR-DELIVERY` are `out_for_delivery`.
fn id_of(told: &str) -> String {
    phrase::squash(told).replace(' ', "_")
}

fn location(row: &Value) -> Location {
    let part = |name: &str| row.first(&[&format!("place.{name}"), name]);
    let mut location = place::of(part("city"), part("region"), part("postcode"), part("country"));
    location.text = row.first(&["place.name", "place"]).or(location.text);
    location
}

/// A day stays a day; a clock gets the offset that it has there.
fn end_of_window(told: &str, rule: &ZoneRule) -> Option<String> {
    let moment = clock::read(told, DateOrder::DayFirst, rule)?;
    Some(if moment.precision == whereabouts_domain::Precision::Day { moment.local_time() } else { moment.rfc3339() })
}
