//! 17TRACK: webhooks and replies of v2 to v2.4 (`track_info`), and the terse `track` of v1 (`z0`, `z1`, `z2`).
//!
//! Quirks: `data.carrier` is the number's registered carrier and may be wrong; the provider that tells the events is
//! the carrier. A scan's `stage` is null unless it begins a new stage. The latest status may say Exception while the
//! scan itself says AvailableForPickup: the scan is believed. `time_iso` carries the offset that 17TRACK assumes.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{
    Location, Moment, Reason, State, TimeBasis, TrackingEvent, Window,
    aliases::{Vendor, state_of},
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable, by_id};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    json::{Walk, first_text},
    phrase,
    signature::{self, BadSignature},
    timeline, underneath,
};

pub static CARRIER: SeventeenTrack = SeventeenTrack;
pub struct SeventeenTrack;

// The codes stand in the crosswalk, `whereabouts_domain::aliases`.
static CARD: Card = Card { id: "seventeentrack", name: "17TRACK", zone: "UTC", aggregator: true, codes: &[] };

impl Carrier for SeventeenTrack {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels: Vec<ParcelReading> = numbers(&body).into_iter().map(|n| parcel(n, &rule)).collect();
        if !parcels.is_empty() {
            return Ok(Reading { parcels });
        }
        if let Some(why) = error_of(&body) {
            return Err(Unreadable::error_reply(why));
        }
        let is_own = is_webhook(&body) || body.has("data.accepted") || body.has("data.rejected");
        if is_own { Ok(Reading::default()) } else { Err(Unreadable::not_understood("no 17TRACK number in it")) }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if is_webhook(body) {
            return if payload.header("sign").is_some() { 99 } else { 97 };
        }
        if body.has("data.accepted") || body.has("data.rejected") {
            return 94;
        }
        let found = numbers(body);
        if found.iter().any(|n| {
            n.has("track_info.latest_status")
                || n.has("track_info.tracking.providers")
                || n.has("shipment.tracking.providers")
                || n.has("tracking.providers")
        }) {
            return 94;
        }
        if found.iter().any(|n| n.has("track.z0") || n.has("track.z1")) {
            return 85;
        }
        // Its error codes are negative numbers of eight digits that begin with 180.
        let code = body.number("code").or_else(|| body.number("data.errors.0.code")).unwrap_or_default();
        if (-18_099_999.0..=-18_000_000.0).contains(&code) || body.at("data.errors").is_some_and(Value::is_array) && body.has("code") {
            88
        } else {
            0
        }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header("sign").ok_or(BadSignature::Missing)?.trim().to_ascii_lowercase();
        signature::same(&told, &signature::hex(&signature::sha256(&[payload.body, b"/", secret.as_bytes()])))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://t.17track.net/en#nums={number}"))
    }
}

fn is_webhook(body: &Value) -> bool {
    body.text("event").is_some_and(|e| e.to_ascii_uppercase().starts_with("TRACKING_")) && body.has("data")
}

/// Whatever has a number and was accepted or rejected: webhook, list reply, the web site's replies.
fn numbers(body: &Value) -> Vec<&Value> {
    let is_number = |v: &Value| {
        (v.has("number") || v.has("no"))
            && ["track_info", "track", "shipment", "latest_status", "tracking", "error", "carrier"].iter().any(|k| v.has(k))
    };
    if let Value::Array(list) = body {
        return list.iter().flat_map(numbers).collect();
    }
    if is_number(body) {
        return vec![body];
    }
    let lists = ["data", "data.accepted", "data.rejected", "accepted", "rejected", "dat", "shipments"];
    lists.iter().flat_map(|path| body.items(path)).filter(|v| is_number(v)).collect()
}

fn error_of(body: &Value) -> Option<String> {
    let failed = body.number("code").is_some_and(|code| code != 0.0) || body.number("ret").is_some_and(|ret| ret < 1.0);
    let errors: Vec<String> = body.items("data.errors").iter().filter_map(|e| first_text(e, &["message", "code"])).collect();
    if !errors.is_empty() {
        return Some(errors.join("; "));
    }
    failed.then(|| first_text(body, &["message", "msg", "data.message", "code", "ret"]).unwrap_or_default())
}

fn parcel(number: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut reading = ParcelReading { tracking_number: first_text(number, &["number", "no"]), ..ParcelReading::default() };
    if let Some(error) = number.at("error") {
        reading.fault = Some(first_text(error, &["message", "code"]).unwrap_or_else(|| "rejected".into()));
        return reading;
    }
    let registered = number.text("carrier");
    if let Some(terse) = number.at("track") {
        read_terse(terse, registered.as_deref(), rule, &mut reading);
    } else {
        // The API wraps it; the web site's own replies have it beside the number.
        let info = number.at("track_info").or_else(|| number.at("shipment")).unwrap_or(number);
        read_info(info, registered.as_deref(), rule, &mut reading);
    }
    reading
}

fn read_info(info: &Value, registered: Option<&str>, rule: &ZoneRule, reading: &mut ParcelReading) {
    for provider in info.items("tracking.providers") {
        let carrier = carrier_of(provider.at("provider").unwrap_or(provider), registered);
        let rule = &home_of(provider, &carrier, rule);
        reading.service = reading.service.take().or_else(|| provider.text("service_type"));
        reading.events.extend(provider.items("events").into_iter().filter_map(|e| event(e, info, &carrier, rule)));
    }
    let home = registered.map(underneath::carrier_id).unwrap_or_default();
    if reading.events.is_empty() {
        reading.events.extend(info.at("latest_event").and_then(|e| event(e, info, &home, rule)));
    }
    let window = info.at("time_metrics.estimated_delivery_date");
    reading.estimated_delivery = window.and_then(|w| match (w.text("from"), w.text("to")) {
        (None, None) => None,
        (start, end) => Some(Window { end: end.or_else(|| start.clone()), start }),
    });
    let (status, sub) = (info.text("latest_status.status"), info.text("latest_status.sub_status"));
    let state = [sub.as_deref(), status.as_deref()].into_iter().flatten().find_map(|code| state_of(Vendor::SeventeenTrack, code));
    // A bare "Exception" or "NotFound" of the summary is 17TRACK's judgement, not the carrier's news.
    if let Some(state) = state.filter(|s| !matches!(s, State::Registered | State::UnableToTrack | State::Expired | State::ShipmentIssue)) {
        let mut event = TrackingEvent::new("", home, state);
        event.reason = sub.as_deref().and_then(why);
        event.carrier_code = sub.or(status);
        event.moment = info.at("latest_event").and_then(|e| moment(e, rule));
        reading.summary = timeline::worth_telling(event, &reading.events);
    }
}

/// Clocks of a carrier that we do not know are assumed to be of its country.
fn home_of(provider: &Value, carrier: &str, rule: &ZoneRule) -> ZoneRule {
    let country = provider.text("provider.country").filter(|_| underneath::known(carrier).is_none());
    ZoneRule { zone: rule.for_country(country.as_deref()).zone, basis: rule.basis }
}

fn carrier_of(provider: &Value, registered: Option<&str>) -> String {
    let names = [provider.text("name"), provider.text("alias"), provider.text("key")];
    let known = names.iter().flatten().find_map(|named| underneath::known(named)).map(str::to_string);
    known.or_else(|| names[0].clone()).or_else(|| registered.map(underneath::carrier_id)).unwrap_or_default()
}

fn event(scan: &Value, info: &Value, carrier: &str, rule: &ZoneRule) -> Option<TrackingEvent> {
    let words = first_text(scan, &["description", "description_translation.description"]).unwrap_or_default();
    let location = place(scan);
    let rule = underneath::rule_of(carrier, rule).for_country(location.country.as_deref());
    let moment = moment(scan, &rule);
    let mut code = first_text(scan, &["sub_status", "stage"]);
    if code.is_none() && words.is_empty() && moment.is_none() {
        return None;
    }
    let translated = scan.text("description_translation.description").unwrap_or_default();
    let is_latest = scan.text("time_utc").is_some() && scan.text("time_utc") == info.text("latest_event.time_utc");
    let is_told = code.is_some() || phrase::understand(&words, &[]).or_else(|| phrase::understand(&translated, &[])).is_some();
    if !is_told && is_latest {
        code = first_text(info, &["latest_status.sub_status", "latest_status.status"]);
    }
    let (state, reason) = meaning(code.as_deref(), &words, &translated);
    let mut event = TrackingEvent::new("", carrier, state);
    event.reason = reason;
    event.carrier_code = code;
    event.description = words;
    event.moment = moment;
    event.location = location;
    Some(event)
}

fn meaning(code: Option<&str>, words: &str, translated: &str) -> (State, Option<Reason>) {
    match code {
        Some(code) => {
            let stem = code.split('_').next().unwrap_or_default();
            match state_of(Vendor::SeventeenTrack, code).or_else(|| state_of(Vendor::SeventeenTrack, stem)) {
                Some(state) => phrase::refine(
                    Some((state, why(code))),
                    phrase::understand(if phrase::understand(words, &[]).is_some() { words } else { translated }, &[]),
                ),
                None => (State::Unknown, None),
            }
        }
        None => phrase::understand(words, &[]).or_else(|| phrase::understand(translated, &[])).unwrap_or((State::Unknown, None)),
    }
}

fn why(code: &str) -> Option<Reason> {
    Some(match code {
        "DeliveryFailure_NoBody" => Reason::NobodyHome,
        "DeliveryFailure_Security" | "Exception_Security" => Reason::Security,
        "DeliveryFailure_Rejected" | "Exception_Rejected" => Reason::Refused,
        "DeliveryFailure_InvalidAddress" => Reason::AddressWrong,
        "Exception_NoBody" => Reason::RecipientUnknown,
        "Exception_Damage" => Reason::Damaged,
        "Exception_Lost" => Reason::Lost,
        "Exception_Delayed" => Reason::TransportDelay,
        "InTransit_CustomsRequiringInformation" => Reason::CustomsDocumentsMissing,
        _ => return None,
    })
}

/// The wall clock with its offset; else the raw day and clock; else the instant.
fn moment(scan: &Value, rule: &ZoneRule) -> Option<Moment> {
    let read = |path: &str| scan.text(path).and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    let raw = || {
        let zone = scan.text("time_raw.timezone").unwrap_or_default();
        let time = scan.text("time_raw.time").map(|t| format!("{t}{zone}"));
        clock::read_pair(scan.text("time_raw.date").as_deref(), time.as_deref(), DateOrder::MonthFirst, rule)
    };
    read("time_iso").or_else(raw).or_else(|| read("time_utc")).or_else(|| read("time"))
}

fn place(scan: &Value) -> Location {
    let country = scan.text("address.country").and_then(|c| alpha2(&c));
    let text = scan.text("location");
    Location {
        // Two letters at the end of the text may as well be a state: "Anderson, CA" is not in Canada.
        country: country.or_else(|| text.as_deref().and_then(|t| t.rsplit(',').next()).filter(|t| t.trim().len() > 2).and_then(alpha2)),
        text,
        city: scan.text("address.city"),
        region: scan.text("address.state"),
        postcode: scan.text("address.postal_code"),
        latitude: scan.number("address.coordinates.latitude"),
        longitude: scan.number("address.coordinates.longitude"),
    }
}

/// v1: clocks are local, so the carrier's home zone is assumed. `z0` is the latest scan, `z1` to `z9` are carriers' lists; `a` is a clock without offset, `c` and `d` the place, `z` the words.
fn read_terse(track: &Value, registered: Option<&str>, rule: &ZoneRule, reading: &mut ParcelReading) {
    let home =
        registered.map(underneath::carrier_id).or_else(|| track.text("w1").map(|key| underneath::carrier_id(&key))).unwrap_or_default();
    let zone = by_id(&home).map_or(CARD.zone, |carrier| carrier.card().zone);
    let rule = &if rule.basis == TimeBasis::Assumed { ZoneRule::of(None, zone) } else { rule.clone() };
    let mut scans: Vec<&Value> = ["z1", "z2", "z9"].iter().flat_map(|list| track.items(list)).collect();
    if scans.is_empty() {
        scans.extend(track.at("z0"));
    }
    let status = track.number("e").and_then(terse_status);
    for scan in scans {
        let words = scan.text("z").unwrap_or_default();
        let moment = scan.text("a").and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
        if words.is_empty() && moment.is_none() {
            continue;
        }
        let is_latest = track.text("z0.a").is_some() && track.text("z0.a") == scan.text("a") && track.text("z0.z") == scan.text("z");
        let told = phrase::understand(&words, &[]).or_else(|| status.filter(|_| is_latest).map(|s| (s, None)));
        let (state, reason) = told.unwrap_or((State::Unknown, None));
        let mut event = TrackingEvent::new("", home.clone(), state);
        event.reason = reason;
        event.description = words;
        event.moment = moment;
        event.location.text = first_text(scan, &["c", "d"]);
        reading.events.push(event);
    }
}

fn terse_status(code: f64) -> Option<State> {
    Some(match code as i64 {
        10 => State::InTransit,
        30 => State::ReadyForCollection,
        35 => State::DeliveryAttempted,
        40 => State::Delivered,
        50 => State::ShipmentIssue,
        _ => return None,
    })
}
