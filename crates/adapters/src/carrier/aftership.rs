//! `AfterShip`: trackings from its API (v4 and the date-versioned ones) and its tracking webhooks.
//!
//! Quirks: a checkpoint's clock may lack an offset and is then UTC; subtags are open strings, so an unknown one falls
//! back to its tag; a tag set by hand on the tracking may contradict the last checkpoint, which is believed.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{
    Location, PickupPoint, Reason, State, TrackingEvent, Window,
    aliases::{Vendor, state_of},
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    json::{Walk, first_text},
    phrase,
    signature::{self, BadSignature},
    timeline, underneath,
};

pub static CARRIER: AfterShip = AfterShip;
pub struct AfterShip;

// The codes stand in the crosswalk, `whereabouts_domain::aliases`.
static CARD: Card = Card { id: "aftership", name: "AfterShip", zone: "UTC", aggregator: true, codes: &[] };

/// Tracking, returns, and the older products; the value may be prefixed by the algorithm.
const SIGNATURE_HEADERS: [&str; 3] = ["aftership-hmac-sha256", "as-signature-hmac-sha256", "am-webhook-signature"];

/// What may hold trackings, outermost first.
const WRAPPERS: [&str; 6] = ["msg", "data", "tracking", "trackings", "accepted", "payload"];

impl Carrier for AfterShip {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        if body.number("meta.code").is_some_and(|code| code >= 400.0) {
            let why = first_text(&body, &["meta.message", "meta.type", "meta.code"]);
            return Err(Unreadable::error_reply(why.unwrap_or_default()));
        }
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels: Vec<ParcelReading> = trackings(&body, 0).into_iter().map(|tracking| parcel(tracking, &rule)).collect();
        if parcels.is_empty() && !body.has("meta.code") && !body.has("data.trackings") && !body.has("trackings") {
            return Err(Unreadable::not_understood("no AfterShip tracking in it"));
        }
        Ok(Reading { parcels })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if SIGNATURE_HEADERS.iter().any(|h| payload.header(h).is_some()) {
            return 98;
        }
        let found = trackings(body, 0);
        if found.iter().any(|t| t.has("slug") && t.has("tracking_number")) {
            let wrapped = body.has("msg") || body.has("meta.code") || body.has("event_id");
            let own_keys = found.iter().any(|t| t.has("checkpoints") || t.has("subtag") || t.has("tag"));
            return if wrapped {
                96
            } else if own_keys {
                90
            } else {
                55
            };
        }
        if body.has("meta.code") && (body.has("data.trackings") || body.has("data.tracking")) {
            return 92;
        }
        let is_error = body.has("meta.code") && body.has("meta.message") && body.has("meta.type");
        if is_error { 80 } else { 0 }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = SIGNATURE_HEADERS.iter().find_map(|h| payload.header(h)).ok_or(BadSignature::Missing)?;
        let told = told.trim().strip_prefix("hmac-sha256=").unwrap_or(told);
        signature::same(told, &signature::base64(&signature::hmac_sha256(secret.as_bytes(), &[payload.body])))
    }
}

fn trackings(body: &Value, depth: u8) -> Vec<&Value> {
    if depth > 4 {
        return Vec::new();
    }
    if let Value::Array(list) = body {
        return list.iter().flat_map(|inner| trackings(inner, depth + 1)).collect();
    }
    if body.has("tracking_number") && ["slug", "checkpoints", "checkpoint", "tag", "subtag"].iter().any(|key| body.has(key)) {
        return vec![body];
    }
    let inner = WRAPPERS.iter().filter_map(|path| body.at(path)).filter(|v| v.is_object() || v.is_array());
    inner.map(|v| trackings(v, depth + 1)).find(|found| !found.is_empty()).unwrap_or_default()
}

fn parcel(tracking: &Value, rule: &ZoneRule) -> ParcelReading {
    let slug = tracking.text("slug");
    // The "last checkpoint" reply has one, in the singular.
    let checkpoints = tracking.items("checkpoints").into_iter().chain(tracking.items("checkpoint"));
    let mut events: Vec<TrackingEvent> = checkpoints.filter_map(|c| event(c, tracking, slug.as_deref(), rule)).collect();
    timeline::sign(&mut events, tracking.text("signed_by"));
    let summary = told_by_tracking(tracking, slug.as_deref(), rule).and_then(|s| timeline::worth_telling(s, &events));
    ParcelReading {
        tracking_number: tracking.text("tracking_number"),
        summary,
        events,
        estimated_delivery: estimate(tracking),
        service: first_text(tracking, &["shipment_type", "service_type"]),
        fault: None,
    }
}

fn event(checkpoint: &Value, tracking: &Value, slug: Option<&str>, rule: &ZoneRule) -> Option<TrackingEvent> {
    let tag = checkpoint.text("tag").unwrap_or_default();
    let subtag = checkpoint.text("subtag").unwrap_or_default();
    let words = first_text(checkpoint, &["message", "subtag_message"]).unwrap_or_default();
    let location = place(checkpoint);
    let named = checkpoint.text("slug").or_else(|| slug.map(str::to_string)).unwrap_or_default();
    let carrier = underneath::carrier_id(&named);
    let rule = underneath::rule_of(&named, rule).for_country(location.country.as_deref());
    let told = first_text(checkpoint, &["checkpoint_time", "checkpoint_at", "occurred_at", "date"]);
    let moment = told.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    if tag.is_empty() && subtag.is_empty() && words.is_empty() && moment.is_none() {
        return None;
    }
    let (state, reason) = meaning(&tag, &subtag, &words);
    let mut event = TrackingEvent::new("", carrier, state);
    event.reason = reason;
    event.carrier_code = [subtag, tag].into_iter().find(|code| !code.is_empty());
    event.description = words;
    event.moment = moment;
    event.location = location;
    if state == State::ReadyForCollection {
        event.pickup_point = tracking.text("pickup_location").map(|name| PickupPoint { name: Some(name), ..PickupPoint::default() });
    }
    Some(event)
}

/// The tracking's own tag. "Pending" and "Expired" are AfterShip's, not the carrier's: they say that nobody spoke.
fn told_by_tracking(tracking: &Value, slug: Option<&str>, rule: &ZoneRule) -> Option<TrackingEvent> {
    let tag = tracking.text("tag").unwrap_or_default();
    let subtag = tracking.text("subtag").unwrap_or_default();
    let (state, reason) = meaning(&tag, &subtag, "");
    if matches!(state, State::Registered | State::Expired | State::Unknown) {
        return None;
    }
    let mut event = TrackingEvent::new("", underneath::carrier_id(slug.unwrap_or_default()), state);
    event.reason = reason;
    event.carrier_code = [subtag, tag].into_iter().find(|code| !code.is_empty());
    event.description = tracking.text("subtag_message").unwrap_or_default();
    let told = if state.is_delivered() { tracking.text("shipment_delivery_date") } else { None };
    event.moment = told
        .or_else(|| first_text(tracking, &["last_updated_at", "updated_at"]))
        .and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    Some(event)
}

/// Subtag, else its prefix (subtags are open strings), else the tag; then the carrier's own words may be more exact.
fn meaning(tag: &str, subtag: &str, words: &str) -> (State, Option<Reason>) {
    let prefix = subtag.split('_').next().unwrap_or_default();
    let coded = [subtag, tag, prefix].into_iter().find_map(|code| state_of(Vendor::AfterShip, code));
    match coded {
        Some(state) => phrase::refine(Some((state, why(subtag))), phrase::understand(words, &[])),
        None if tag.is_empty() && subtag.is_empty() => phrase::understand(words, &[]).unwrap_or((State::Unknown, None)),
        None => (State::Unknown, None),
    }
}

fn why(subtag: &str) -> Option<Reason> {
    Some(match subtag.to_ascii_lowercase().as_str() {
        "attemptfail_002" => Reason::NobodyHome,
        "attemptfail_003" => Reason::BusinessClosed,
        "exception_002" => Reason::RecipientMoved,
        "exception_003" => Reason::Refused,
        "exception_004" => Reason::CustomsInspection,
        "exception_005" | "exception_019" => Reason::TransportDelay,
        "exception_006" => Reason::PaymentDue,
        "exception_007" => Reason::AddressWrong,
        "exception_008" => Reason::NotCollected,
        "exception_012" => Reason::Damaged,
        "exception_013" => Reason::Lost,
        "exception_016" => Reason::TransportDelay,
        "exception_017" => Reason::Weather,
        "exception_018" => Reason::CustomsDocumentsMissing,
        _ => return None,
    })
}

fn place(checkpoint: &Value) -> Location {
    let country = first_text(checkpoint, &["country_region", "country_iso3", "country_code", "country_region_name", "country_name"]);
    Location {
        text: first_text(checkpoint, &["location", "raw_location", "city", "country_region_name", "country_name"]),
        city: checkpoint.text("city"),
        region: checkpoint.text("state"),
        postcode: first_text(checkpoint, &["zip", "postal_code"]),
        country: country.and_then(|c| alpha2(&c)),
        latitude: checkpoint.number("coordinate.latitude"),
        longitude: checkpoint.number("coordinate.longitude"),
    }
}

/// The carrier's own first, then AfterShip's.
fn estimate(tracking: &Value) -> Option<Window> {
    let kinds = [
        "courier_estimated_delivery_date",
        "latest_estimated_delivery",
        "aftership_estimated_delivery_date",
        "custom_estimated_delivery_date",
    ];
    for kind in kinds {
        let Some(told) = tracking.at(kind) else { continue };
        let end = first_text(told, &["estimated_delivery_date_max", "datetime_max", "estimated_delivery_date", "datetime"]);
        if end.is_some() {
            return Some(Window { start: first_text(told, &["estimated_delivery_date_min", "datetime_min"]), end });
        }
    }
    tracking.text("expected_delivery").map(|end| Window { start: None, end: Some(end) })
}
