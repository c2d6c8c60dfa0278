//! Pitney Bowes: "Track a Package" of its shipping APIs and the events of its tracking webhook.
//!
//! Sources: those two pages and "Add Tracking Events" of the API documentation (2024). It tracks for other carriers, too:
//! `scanType` is the code of the carrier named, `standardizedEventCode` and `l1Code` are Pitney Bowes's own for all.
//! Clocks are local; some events tell their offset.

use serde_json::Value;
use whereabouts_domain::{Private, Reason, State, State::*, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, by_id, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, place, reply,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
    underneath,
};

pub static CARRIER: PitneyBowes = PitneyBowes;
pub struct PitneyBowes;

static CARD: Card = Card { id: "pitney_bowes", name: "Pitney Bowes", zone: "America/New_York", aggregator: true, codes: CODES };

/// The package statuses.
const CODES: &[Code] = &[
    code("Manifest", Dispatched),
    code("Manifested", Dispatched),
    code("InTransit", InTransit),
    code("In-Transit", InTransit),
    code("In Transit", InTransit),
    code("OutForDelivery", OutForDelivery),
    code("Out For Delivery", OutForDelivery),
    code("DeliveryAttempt", DeliveryAttempted),
    code("Delivered", Delivered),
    code("Exception", ShipmentIssue),
    code("Returned", ReturningToSender),
];

/// What every carrier's scans are called here.
const CODES_OF_CARRIER: &[&str] = &["scanType", "eventCode", "carrierEventCode", "standardizedEventCode", "standardEventCode", "l1Code"];
const DESCRIPTIONS: &[&str] =
    &["scanDescription", "eventDescription", "description", "l2Description", "l1Description", "standardizedEventDescription"];
const NUMBERS: &[&str] = &["trackingNumber", "packageIdentifier", "parcelTrackingNumber", "identifier"];

impl Carrier for PitneyBowes {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        read_as(payload, None)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header("x-pb-referenceid").is_some() {
            return 97;
        }
        let told = body.list("");
        let is_reply = |t: &&Value| tree::field(t, &["scanDetailsList"]).is_some() || t.knows("currentStatus.packageStatus");
        if told.iter().any(is_reply) {
            return 96;
        }
        let is_event = |t: &&Value| t.knows("standardizedEventCode") && (t.knows("scanType") || t.knows("eventDate"));
        if told.iter().any(is_event) || events_of(body).iter().any(is_event) {
            return 92;
        }
        let error = body.branch("errors");
        if error.is_some_and(|e| e.knows("errorCode") && e.knows("errorDescription") && !body.knows("httpCode")) { 75 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://tracking.pb.com/{number}"))
    }
}

/// Reads it in the name of the carrier that the caller knows, else of the one that the reply names.
pub fn read_as(payload: &Payload, known: Option<&'static str>) -> Result<Reading, Unreadable> {
    let body = payload.json()?;
    let rule = ZoneRule::of(payload.zone, CARD.zone);
    let is_reply = |t: &&Value| {
        tree::field(t, &["scanDetailsList"]).is_some() || t.knows("currentStatus") || (t.knows("trackingNumber") && t.knows("status"))
    };
    let mut parcels: Vec<ParcelReading> = body.list("").into_iter().filter(is_reply).map(|t| of_reply(t, known, &rule)).collect();
    if parcels.is_empty() {
        let events = events_of(&body);
        parcels = events.into_iter().map(|e| of_event(e, known, &rule)).collect();
    }
    let complaint = body.first(&["errors.errorDescription", "errors.message", "errors.errorCode", "errorDescription", "message", "error"]);
    reply::of(parcels, complaint, false, CARD.name)
}

/// The webhook's body is a list of events, bare or under a name.
fn events_of(body: &Value) -> Vec<&Value> {
    tree::outermost(body, &|v| v.first(NUMBERS).is_some() && v.first(CODES_OF_CARRIER).is_some())
}

fn carrier_of(told: &Value, known: Option<&'static str>) -> String {
    let named = told.say("carrier").map(|c| match c.to_ascii_uppercase().as_str() {
        "PBCS" | "PBS" | "PBI" | "PB" => CARD.id.to_string(),
        "NEWGISTICS" => "newgistics".to_string(),
        _ => underneath::carrier_id(&c),
    });
    known.map(str::to_string).or(named).unwrap_or_else(|| CARD.id.into())
}

fn of_reply(told: &Value, known: Option<&'static str>, rule: &ZoneRule) -> ParcelReading {
    let carrier = carrier_of(told, known);
    let mut events: Vec<TrackingEvent> = told.list("scanDetailsList").into_iter().map(|s| event(s, &carrier, rule)).collect();
    if events.is_empty() {
        events.extend(told.branch("currentStatus").map(|s| event(s, &carrier, rule)));
    }
    oldest_first(&mut events, Habit::NewestFirst);
    timeline::sign(&mut events, told.say("signedBy"));
    let status = told.first(&["status", "currentStatus.packageStatus"]);
    let summary = status.map(|s| {
        let mut summary = CARD.event(Some(s.clone()), s, &[]);
        summary.carrier = carrier.clone();
        summary.moment =
            clock::read_pair(told.say("deliveryDate").as_deref(), told.say("deliveryTime").as_deref(), DateOrder::MonthFirst, rule)
                .filter(|_| summary.state.is_delivered());
        summary
    });
    ParcelReading {
        tracking_number: told.first(NUMBERS),
        summary: summary.filter(|s| s.state != Unknown).and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: told.say("estimatedDeliveryDate").map(|end| Window { start: None, end: Some(end) }),
        service: told.first(&["serviceName", "serviceCode", "service"]),
        ..ParcelReading::default()
    }
}

fn of_event(told: &Value, known: Option<&'static str>, rule: &ZoneRule) -> ParcelReading {
    let carrier = carrier_of(told, known);
    ParcelReading { tracking_number: told.first(NUMBERS), events: vec![event(told, &carrier, rule)], ..ParcelReading::default() }
}

fn event(told: &Value, carrier: &str, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(DESCRIPTIONS).unwrap_or_default();
    let (state, reason) = meaning(told, carrier, &words);
    let mut event = TrackingEvent::new("", carrier, state);
    (event.reason, event.description) = (reason, words);
    event.carrier_code = told.first(CODES_OF_CARRIER).or_else(|| told.say("packageStatus"));
    let region = told.first(&["eventStateOrProvince", "stateProvince", "eventState"]);
    event.location = place::of(
        told.first(&["eventCity", "city"]),
        region,
        told.first(&["postalCode", "eventPostalCode"]),
        told.first(&["country", "eventCountry"]),
    );
    if event.location.country.is_none() && event.location.region.as_deref().is_some_and(place::is_state) {
        event.location.country = Some("US".into());
    }
    let rule = place::rule_at(rule, &event.location);
    let offset = told.first(&["eventTimeOffset", "eventDateTimeOffset", "timeZoneOffset"]).filter(|o| o.starts_with(['+', '-', 'Z']));
    let time = told.say("eventTime").map(|t| offset.map_or(t.clone(), |o| format!("{t}{o}")));
    let whole = told.first(&["eventDateTime", "eventTimestamp"]).and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    event.moment = whole.or_else(|| clock::read_pair(told.say("eventDate").as_deref(), time.as_deref(), DateOrder::MonthFirst, &rule));
    event.signed_by = told.say("signedBy").filter(|_| state.is_delivered()).map(Private::new);
    event
}

/// The carrier's own table, then the package's status; the words make it exact.
fn meaning(told: &Value, carrier: &str, words: &str) -> (State, Option<Reason>) {
    let scan = told.say("scanType");
    let own = by_id(carrier).map(Carrier::card).filter(|card| card.id != CARD.id).zip(scan.as_deref());
    let own = own.and_then(|(card, code)| card.look_up(code));
    let status = told.say("packageStatus").and_then(|s| CARD.look_up(&s));
    phrase::weigh(own.or(status).map(|c| (c.state, c.reason)), words, &[])
}
