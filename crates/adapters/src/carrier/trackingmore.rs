//! `TrackingMore`: trackings from its API (v2 to v4) and its webhooks.
//!
//! Sources: its API reference (v4), its list of the nine statuses and their substatuses, its webhook pages for V2 and V4.
//! Quirks: a parcel's scans stand in two lists, those of the carrier at its origin and those at its destination; a clock has no
//! offset and is local to the scan; v2 calls the fields by other names. The signature covers only the time that it was made,
//! not the body, so the hook's own token stays what proves the sender.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{Location, Reason, State, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    phrase::{self, Meaning},
    place,
    signature::{self, BadSignature},
    timeline::{self, Habit},
    tree::Tree,
    underneath,
};

pub static CARRIER: TrackingMore = TrackingMore;
pub struct TrackingMore;

static CARD: Card = Card { id: "trackingmore", name: "TrackingMore", zone: "UTC", aggregator: true, codes: CODES };

/// Substatuses, then the statuses alone.
const CODES: &[Code] = {
    use State::*;
    &[
        code("inforeceived001", Dispatched),
        code("notfound001", Dispatched),
        code("transit001", InTransit),
        code("transit002", ArrivedAtHub),
        code("transit003", AtDeliveryDepot),
        code("transit004", ArrivedAtDestinationCountry),
        code("transit005", ClearedThroughCustoms),
        code("transit006", DepartedHub),
        code("transit007", DepartedHub),
        code("pickup001", OutForDelivery),
        code("pickup002", ReadyForCollection),
        code("pickup003", OutForDelivery),
        code("delivered001", Delivered),
        code("delivered002", CollectedByShopper),
        code("delivered003", Delivered),
        // At the door or with a neighbour: the carrier's words say which.
        code("delivered004", DeliveredToSafeLocation),
        why("undelivered001", DeliveryFailed, Reason::AddressWrong),
        why("undelivered002", DeliveryFailed, Reason::NobodyHome),
        why("undelivered003", DeliveryFailed, Reason::RecipientUnknown),
        code("undelivered004", DeliveryFailed),
        why("exception004", FailedToCollect, Reason::NotCollected),
        code("exception005", ShipmentIssue),
        code("exception006", HeldAtCustoms),
        code("exception007", ShipmentIssue),
        code("exception008", Cancelled),
        why("exception009", DeliveryRefused, Reason::Refused),
        code("exception010", ReturnedToSender),
        code("exception011", ReturningToSender),
        code("notfound002", Registered),
        code("expired001", Expired),
        code("inforeceived", Dispatched),
        code("transit", InTransit),
        code("pickup", OutForDelivery),
        code("delivered", Delivered),
        code("undelivered", DeliveryAttempted),
        code("exception", ShipmentIssue),
        code("expired", Expired),
        code("notfound", Registered),
        code("pending", Registered),
    ]
};

impl Carrier for TrackingMore {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let status = body.first(&["meta.code", "code"]).and_then(|code| code.parse::<u32>().ok());
        let found = trackings(&body);
        if found.is_empty() && status.is_some_and(|code| !(200..300).contains(&code)) {
            let why = body.first(&["meta.message", "message", "meta.type", "meta.code", "code"]);
            return Err(Unreadable::error_reply(why.unwrap_or_default()));
        }
        if found.is_empty() && !(status.is_some() && body.carries("data")) {
            return Err(Unreadable::not_understood("no TrackingMore tracking in it"));
        }
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        Ok(Reading { parcels: found.into_iter().map(|tracking| parcel(tracking, &rule)).collect() })
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let found = trackings(body);
        if found.iter().any(|t| t.knows("origin_info.trackinfo") || t.knows("destination_info.trackinfo")) {
            return 95;
        }
        if found.iter().any(|t| t.knows("delivery_status") || t.carries("origin_info") || body.knows("verifyInfo.signature")) {
            90
        } else {
            0
        }
    }

    /// V4 in the headers, V2 and V3 in the body: HMAC of the time it was made. The pages of V4 also say that it is that of the
    /// body, in base64; so either is good.
    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let header = |names: [&str; 3]| names.into_iter().find_map(|name| payload.header(name)).map(str::to_string);
        let body = payload.json().unwrap_or_default();
        let told = header(["signature", "trackingmore-signature", "x-trackingmore-signature"]).or_else(|| body.say("verifyInfo.signature"));
        let told = told.ok_or(BadSignature::Missing)?;
        let of_body = signature::base64(&signature::hmac_sha256(secret.as_bytes(), &[payload.body]));
        if signature::same(&told, &of_body).is_ok() {
            return Ok(());
        }
        let stamp = header(["timestamp", "trackingmore-timestamp", "x-trackingmore-timestamp"])
            .or_else(|| body.first(&["verifyInfo.timeStr", "verifyInfo.timestamp"]));
        let stamp = stamp.ok_or(BadSignature::Wrong)?;
        let of_time = signature::hex(&signature::hmac_sha256(secret.as_bytes(), &[stamp.trim().as_bytes()]));
        signature::same(&told.to_ascii_lowercase(), &of_time)
    }
}

/// One tracking, a list of them, or a page.
fn trackings(body: &Value) -> Vec<&Value> {
    let is_tracking = |v: &&Value| {
        v.knows("tracking_number")
            && ["origin_info", "destination_info", "delivery_status", "courier_code", "carrier_code"].iter().any(|k| v.carries(k))
    };
    let data = body.list("data").into_iter().flat_map(|d| if d.knows("items") { d.list("items") } else { vec![d] });
    let found: Vec<&Value> = data.filter(is_tracking).collect();
    if found.is_empty() { body.list("").into_iter().filter(is_tracking).collect() } else { found }
}

fn parcel(tracking: &Value, rule: &ZoneRule) -> ParcelReading {
    let of_tracking = tracking.first(&["courier_code", "carrier_code"]);
    let mut events = Vec::new();
    for side in ["origin_info", "destination_info"] {
        let Some(info) = tracking.branch(side) else { continue };
        let carrier = underneath::carrier_id(&info.say("courier_code").or_else(|| of_tracking.clone()).unwrap_or_default());
        let mut scans: Vec<TrackingEvent> = info.list("trackinfo").into_iter().filter_map(|scan| event(scan, &carrier, rule)).collect();
        timeline::oldest_first(&mut scans, Habit::NewestFirst);
        events.extend(scans);
    }
    timeline::sign(&mut events, tracking.first(&["signed_by", "signer"]));
    let summary =
        told_by_tracking(tracking, of_tracking.as_deref().unwrap_or_default(), rule).and_then(|s| timeline::worth_telling(s, &events));
    ParcelReading {
        tracking_number: tracking.say("tracking_number"),
        events,
        summary,
        estimated_delivery: tracking
            .first(&["scheduled_delivery_date", "origin_info.milestone_date.estimated_delivery_date"])
            .map(|end| Window { start: None, end: Some(end) }),
        service: tracking.first(&["service_code", "shipment_type"]),
        fault: None,
    }
}

fn event(scan: &Value, carrier: &str, rule: &ZoneRule) -> Option<TrackingEvent> {
    let fine = scan.first(&["checkpoint_delivery_substatus", "substatus"]);
    let coarse = scan.first(&["checkpoint_delivery_status", "checkpoint_status"]);
    let words = scan.first(&["tracking_detail", "StatusDescription", "status_description"]).unwrap_or_default();
    let location = place_of(scan);
    let rule = place::rule_at(&underneath::rule_of(carrier, rule), &location);
    let moment = scan.first(&["checkpoint_date", "Date"]).and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    if fine.is_none() && coarse.is_none() && words.is_empty() && moment.is_none() {
        return None;
    }
    let (state, reason) = meaning(fine.as_deref(), coarse.as_deref(), &words);
    let mut event = TrackingEvent::new("", carrier, state);
    event.reason = reason;
    event.carrier_code = fine.or(coarse);
    event.description = words;
    event.moment = moment;
    event.location = location;
    Some(event)
}

/// "Pending", "not found" and "expired" are TrackingMore's: they say that no carrier spoke.
fn told_by_tracking(tracking: &Value, named: &str, rule: &ZoneRule) -> Option<TrackingEvent> {
    let (coarse, fine) = (tracking.first(&["delivery_status", "status"]), tracking.say("substatus"));
    let words = tracking.first(&["latest_event", "lastEvent"]).unwrap_or_default();
    let (state, reason) = meaning(fine.as_deref(), coarse.as_deref(), &words);
    if matches!(state, State::Registered | State::Expired | State::Unknown) {
        return None;
    }
    let carrier = underneath::carrier_id(named);
    let mut event = TrackingEvent::new("", carrier.clone(), state);
    event.reason = reason;
    event.carrier_code = fine.or(coarse);
    event.description = words;
    let told = tracking.first(&["latest_checkpoint_time", "lastUpdateTime"]);
    event.moment = told.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &underneath::rule_of(&carrier, rule)));
    Some(event)
}

/// The substatus, else the status; then the carrier's own words may be more exact.
fn meaning(fine: Option<&str>, coarse: Option<&str>, words: &str) -> Meaning {
    let plain = |told: &str| told.split_whitespace().collect::<String>();
    let known = [fine, coarse].into_iter().flatten().find_map(|told| CARD.look_up(&plain(told)));
    let spoken = phrase::understand(words, &[]);
    match known {
        Some(known) if known.state == State::DeliveredToSafeLocation => (phrase::handed_over(words).unwrap_or(known.state), None),
        Some(known) if known.state != State::Registered => phrase::refine(Some((known.state, known.reason)), spoken),
        Some(known) => (known.state, known.reason),
        None if fine.is_none() && coarse.is_none() => spoken.unwrap_or((State::Unknown, None)),
        None => (State::Unknown, None),
    }
}

fn place_of(scan: &Value) -> Location {
    let line = scan.first(&["location", "Details"]);
    let country = scan.first(&["country_iso2", "country_iso", "country"]).and_then(|c| alpha2(&c));
    let (city, region) = (scan.say("city"), scan.say("state"));
    if city.is_none() && country.is_none() {
        return line.map(|line| place::of_line(&line)).unwrap_or_default();
    }
    let mut location = place::of(city, region, scan.say("zip"), country);
    location.text = line.or(location.text);
    location
}
