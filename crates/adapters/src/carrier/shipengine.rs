//! ShipEngine (now the ShipStation API): tracking replies, `API_TRACK` and `TRACK_EVENT_V2` webhooks with the same data.
//!
//! Quirks: the fine `status_detail_code` is often missing, and older events carry only the carrier's code and words; an
//! event is told in UTC and, beside it, on the carrier's clock without an offset.
//!
//! Webhooks are signed with ShipEngine's own key pair: RSA (PKCS #1) with SHA-256 over `x-shipengine-timestamp`, a full stop and the raw
//! body, in `x-shipengine-rsa-sha256-signature` (base64); which key is told in `x-shipengine-rsa-sha256-key-id`. What stands as the
//! dialect's secret is therefore public: the key set (JWKS) that ShipEngine publishes, one key of it, or a key as PEM.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{
    Private, Proof, Reason, State, TrackingEvent, Window,
    aliases::{Vendor, state_of},
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable, by_id};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, place,
    signature::{self, BadSignature},
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
    underneath,
};

pub static CARRIER: ShipEngine = ShipEngine;
pub struct ShipEngine;

// The codes stand in the crosswalk, `whereabouts_domain::aliases`.
static CARD: Card = Card { id: "shipengine", name: "ShipEngine", zone: "UTC", aggregator: true, codes: &[] };

impl Carrier for ShipEngine {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let told: Vec<&Value> = body.list("").into_iter().map(|b| b.branch("data").unwrap_or(b)).collect();
        let parcels: Vec<ParcelReading> = told.into_iter().filter(|p| is_tracking(p)).map(|p| parcel(p, &rule)).collect();
        if !parcels.is_empty() {
            return Ok(Reading { parcels });
        }
        match body.first(&["errors.message", "errors.error_code", "message"]) {
            Some(why) => Err(Unreadable::error_reply(why)),
            None => Err(Unreadable::not_understood("no ShipEngine tracking in it")),
        }
    }

    fn verify(&self, payload: &Payload, secret: &str, now: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header("x-shipengine-rsa-sha256-signature").ok_or(BadSignature::Missing)?;
        let stamp = payload.header("x-shipengine-timestamp").ok_or(BadSignature::Missing)?;
        let rule = ZoneRule::of(None, CARD.zone);
        let signed_at = clock::read(stamp, DateOrder::MonthFirst, &rule).ok_or(BadSignature::Stale)?.at();
        signature::rsa_sha256(secret, payload.header("x-shipengine-rsa-sha256-key-id"), &[stamp.as_bytes(), b".", payload.body], told)?;
        let age_secs = now.as_second() - signed_at.as_second();
        if age_secs.abs() <= SIGNED_AGE_MAX_SECS { Ok(()) } else { Err(BadSignature::Stale) }
    }

    fn secret_fault(&self, secret: &str) -> Option<&'static str> {
        let is_key = signature::is_public_key(secret);
        (!is_key).then_some("must be the public key that ShipEngine publishes: its key set (JWKS) or one key of it as JSON, or a PEM")
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header("x-shipengine-rsa-sha256-signature").is_some() {
            return 98;
        }
        let is_webhook = body.say("resource_type").is_some_and(|t| t == "API_TRACK" || t.starts_with("TRACK_EVENT"));
        if is_webhook {
            return 97;
        }
        let told = body.branch("data").unwrap_or(body);
        let is_own = told.knows("status_code")
            && (told.knows("carrier_status_description") || told.knows("status_description") || told.knows("carrier_status_code"));
        if is_tracking(told) && is_own {
            return 95;
        }
        let error = body.branch("errors");
        let sourced = error.and_then(|e| e.say("error_source")).is_some();
        match (sourced, error.is_some_and(|e| e.knows("error_type") && e.knows("error_code"))) {
            (true, true) => 88,
            (true, false) => 75,
            _ => 0,
        }
    }
}

/// Clocks differ, and retries are signed anew.
const SIGNED_AGE_MAX_SECS: i64 = 300;

fn is_tracking(told: &Value) -> bool {
    told.knows("tracking_number") && (told.knows("status_code") || tree::field(told, &["events"]).is_some())
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let carrier = told.say("carrier_code").map(|named| underneath::carrier_id(&named));
    let carrier = carrier.as_deref().unwrap_or_default();
    let mut events: Vec<TrackingEvent> = told.list("events").into_iter().map(|e| event(e, carrier, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let words = told.first(&["carrier_status_description", "status_detail_description", "status_description"]).unwrap_or_default();
    let mut summary = TrackingEvent::new("", carrier, State::Unknown);
    (summary.state, summary.reason) = meaning(told, carrier, &words);
    summary.carrier_code = code_of(told);
    summary.description = words;
    let delivered = told.say("actual_delivery_date").filter(|_| summary.state.is_delivered());
    summary.moment = delivered.and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    let is_news = !matches!(summary.state, State::Unknown | State::Registered);
    ParcelReading {
        tracking_number: told.say("tracking_number"),
        summary: Some(summary).filter(|_| is_news).and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: told.say("estimated_delivery_date").map(|end| Window { start: None, end: Some(day_or_time(end)) }),
        service: told.first(&["service_code", "service"]),
        ..ParcelReading::default()
    }
}

/// Midnight is a day, whatever it pretends.
fn day_or_time(told: String) -> String {
    match told.split_once('T') {
        Some((day, time)) if time.starts_with("00:00:00") || !time.contains(['Z', '+', '-']) => day.to_string(),
        _ => told,
    }
}

fn event(told: &Value, carrier: &str, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["description", "carrier_status_description", "event_description", "status_description"]).unwrap_or_default();
    let mut event = TrackingEvent::new("", carrier, State::Unknown);
    (event.state, event.reason) = meaning(told, carrier, &words);
    event.carrier_code = code_of(told);
    event.description = words;
    event.location = place::of(told.say("city_locality"), told.say("state_province"), told.say("postal_code"), told.say("country_code"));
    event.location.latitude = told.say("latitude").and_then(|n| n.parse().ok());
    event.location.longitude = told.say("longitude").and_then(|n| n.parse().ok());
    let rule = place::rule_at(&underneath::rule_of(carrier, rule), &event.location);
    let (instant, wall) = (told.say("occurred_at"), told.say("carrier_occurred_at"));
    event.moment = clock::two_clocks(instant.as_deref(), wall.as_deref(), DateOrder::MonthFirst, &rule);
    event.signed_by = told.say("signer").filter(|_| event.state.is_delivered()).map(Private::new);
    let proof = told.say("proof_of_delivery_url");
    event.proof.extend(proof.map(|url| Proof { kind: "document".into(), url: Some(url), at: None }));
    event
}

/// What the carrier calls it stands in `event_code`; ShipEngine's own codes where that is missing.
fn code_of(told: &Value) -> Option<String> {
    told.first(&["event_code", "status_detail_code", "carrier_detail_code", "carrier_status_code", "status_code"])
}

/// The fine code, then the coarse one; without either the carrier's own table; the words make it exact.
fn meaning(told: &Value, carrier: &str, words: &str) -> (State, Option<Reason>) {
    let known = |path: &str| told.say(path).and_then(|code| state_of(Vendor::ShipEngine, &code));
    let coarse = known("status_code").filter(|s| *s != State::Registered);
    let own = by_id(carrier).map(Carrier::card).zip(told.first(&["event_code", "carrier_status_code"]));
    let own = own.and_then(|(card, code)| card.look_up(&code)).map(|c| (c.state, c.reason));
    let coded = known("status_detail_code").or(coarse).map(|s| (s, None)).or(own);
    phrase::weigh(coded, words, &[])
}
