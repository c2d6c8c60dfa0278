//! Shippo: trackings from its API and its `track_updated` webhooks, which hold one.
//!
//! Sources: "Tracking status" and "Register a tracking webhook" of the API reference (version 2018-02-08), "Webhooks" and
//! "Webhook security" of its guides. Quirks: a substatus came later and is often missing; `eta` is midnight UTC of a
//! local day; the latest status stands beside the history and mostly in it, too.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{
    State, TrackingEvent, Window,
    aliases::{Vendor, state_of},
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, place, reply,
    signature::{self, BadSignature},
    timeline::{Habit, oldest_first},
    tree::{self, Tree},
    underneath,
};

pub static CARRIER: Shippo = Shippo;
pub struct Shippo;

// The codes stand in the crosswalk, `whereabouts_domain::aliases`.
static CARD: Card = Card { id: "shippo", name: "Shippo", zone: "UTC", aggregator: true, codes: &[] };

/// `t=<seconds>,v1=<HMAC-SHA256 over "seconds.body", in hex>`.
const SIGNATURE: &str = "shippo-auth-signature";

impl Carrier for Shippo {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = trackings(&body).into_iter().map(|t| parcel(t, &rule)).collect();
        let is_other_event = body.say("event").is_some() && body.knows("data");
        reply::of(
            parcels,
            body.first(&["detail", "error.message", "error", "message", "carrier", "tracking_number"]),
            is_other_event,
            CARD.name,
        )
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header(SIGNATURE).is_some() {
            return 98;
        }
        let is_event = body.say("event").is_some_and(|e| e == "track_updated" || e.starts_with("transaction_"));
        if is_event && body.knows("data") {
            return 98;
        }
        let is_own = |t: &&Value| {
            t.knows("carrier") && (t.knows("tracking_status.status") || t.knows("tracking_history.status") || t.carries("original_eta"))
        };
        if trackings(body).iter().any(is_own) { 95 } else { 0 }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header(SIGNATURE).ok_or(BadSignature::Missing)?;
        let part = |name: &str| told.split(',').find_map(|p| p.trim().strip_prefix(name)).map(str::trim);
        let (stamp, mac) = (part("t=").ok_or(BadSignature::Missing)?, part("v1=").ok_or(BadSignature::Missing)?);
        let pieces: [&[u8]; 3] = [stamp.as_bytes(), b".", payload.body];
        signature::same(&mac.to_ascii_lowercase(), &signature::hex(&signature::hmac_sha256(secret.as_bytes(), &pieces)))
    }

    /// Its own test numbers.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let form = number
            .strip_prefix("SHIPPO_")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        form.then_some((95, false))
    }
}

/// A webhook, one tracking, or a list.
fn trackings(body: &Value) -> Vec<&Value> {
    let each = body.list("").into_iter().flat_map(|b| match b.branch("data") {
        Some(data) if b.knows("event") => vec![data],
        _ if b.knows("results") => b.list("results"),
        _ => vec![b],
    });
    let has = |t: &Value, name: &str| tree::field(t, &[name]).is_some();
    each.filter(|t| t.knows("tracking_number") && (t.branch("tracking_status").is_some_and(Value::is_object) || has(t, "tracking_history")))
        .collect()
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let carrier = told.say("carrier").map(|named| underneath::carrier_id(&named)).unwrap_or_default();
    let mut rows = told.list("tracking_history");
    if let Some(latest) = told.branch("tracking_status").filter(|s| s.is_object()) {
        let same = |row: &&Value| ["status", "status_date", "status_details"].iter().all(|f| row.say(f) == latest.say(f));
        if !rows.iter().any(same) {
            rows.push(latest);
        }
    }
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter(|r| r.is_object()).map(|r| event(r, &carrier, rule)).collect();
    // What is not known yet is told as a status without a date or words.
    events.retain(|e| e.moment.is_some() || e.state != State::Registered);
    oldest_first(&mut events, Habit::OldestFirst);
    let eta = told.first(&["eta", "original_eta"]);
    ParcelReading {
        tracking_number: told.say("tracking_number"),
        events,
        estimated_delivery: eta.map(|t| Window { start: None, end: Some(t.strip_suffix("T00:00:00Z").map(str::to_string).unwrap_or(t)) }),
        service: told.first(&["servicelevel.name", "servicelevel.token"]),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, carrier: &str, rule: &ZoneRule) -> TrackingEvent {
    let (status, fine) = (told.say("status"), told.first(&["substatus.code", "substatus"]).filter(|s| !s.starts_with('{')));
    let words = told.first(&["status_details", "substatus.text"]).unwrap_or_default();
    let known = |code: &Option<String>| code.as_deref().and_then(|c| state_of(Vendor::Shippo, c)).filter(|s| *s != State::Registered);
    let coded = known(&fine).or_else(|| known(&status)).map(|s| (s, None));
    let is_known = status.as_deref().is_none_or(|s| state_of(Vendor::Shippo, s).is_some());
    // A status that nobody has told us of stays unknown; `UNKNOWN` is one that Shippo tells.
    let (state, reason) = match (coded, is_known) {
        (None, false) => (State::Unknown, None),
        (None, true) if words.is_empty() => (State::Registered, None),
        (coded, _) => phrase::weigh(coded, &words, &[]),
    };
    let mut event = TrackingEvent::new("", carrier, state);
    (event.reason, event.description) = (reason, words);
    event.carrier_code = fine.or(status);
    event.location =
        place::of(told.say("location.city"), told.say("location.state"), told.say("location.zip"), told.say("location.country"));
    let rule = place::rule_at(&underneath::rule_of(carrier, rule), &event.location);
    event.moment = told.say("status_date").and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    event
}
