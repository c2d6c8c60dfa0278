//! Track123: its API's trackings and its webhooks, those of the API and those of the shop app.
//!
//! Sources: its webhook guide (2026), its shop app's webhook page, its list of transit substatuses. Quirks: the signature may
//! stand inside the body, beside the data, and covers only the time it was made; an event's clock is local, with its offset
//! and its Greenwich twin beside it in newer payloads; the shop app tells words without a code.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{Moment, Reason, State, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Meaning},
    place,
    signature::{self, BadSignature},
    timeline::{self, Habit},
    tree::Tree,
    underneath,
};

pub static CARRIER: Track123 = Track123;
pub struct Track123;

static CARD: Card = Card { id: "track123", name: "Track123", zone: "UTC", aggregator: true, codes: CODES };

/// Substatuses, then the statuses alone; the shop app writes them without underscores.
const CODES: &[Code] = {
    use State::*;
    &[
        code("INFO_RECEIVED_01", Dispatched),
        code("IN_TRANSIT_01", InTransit),
        code("IN_TRANSIT_02", ArrivedAtHub),
        code("IN_TRANSIT_03", ClearedThroughCustoms),
        code("IN_TRANSIT_04", InTransit),
        code("IN_TRANSIT_05", DepartedOriginCountry),
        code("IN_TRANSIT_06", ArrivedAtDestinationCountry),
        code("IN_TRANSIT_07", AtDeliveryDepot),
        code("IN_TRANSIT_08", DepartedOriginCountry),
        code("WAITING_DELIVERY_01", OutForDelivery),
        code("WAITING_DELIVERY_02", ReadyForCollection),
        code("WAITING_DELIVERY_03", DeliveryRescheduled),
        code("DELIVERED_01", Delivered),
        code("DELIVERED_02", CollectedByShopper),
        code("DELIVERED_03", Delivered),
        code("DELIVERED_04", DeliveredToNeighbour),
        why("DELIVERY_FAILED_01", DeliveryFailed, Reason::AddressWrong),
        why("DELIVERY_FAILED_02", DeliveryFailed, Reason::NobodyHome),
        why("DELIVERY_FAILED_03", DeliveryFailed, Reason::RecipientUnknown),
        code("DELIVERY_FAILED_04", DeliveryFailed),
        why("ABNORMAL_01", FailedToCollect, Reason::NotCollected),
        code("ABNORMAL_02", HeldAtCustoms),
        code("ABNORMAL_03", ShipmentIssue),
        code("ABNORMAL_04", Cancelled),
        why("ABNORMAL_05", DeliveryRefused, Reason::Refused),
        code("ABNORMAL_06", ReturnedToSender),
        code("ABNORMAL_07", ReturningToSender),
        code("ABNORMAL_08", ShipmentIssue),
        code("INIT", Registered),
        code("NO_RECORD", Registered),
        code("INFO_RECEIVED", Dispatched),
        code("IN_TRANSIT", InTransit),
        code("WAITING_DELIVERY", OutForDelivery),
        code("OUT_FOR_DELIVERY", OutForDelivery),
        code("DELIVERED", Delivered),
        code("DELIVERY_FAILED", DeliveryAttempted),
        code("ABNORMAL", ShipmentIssue),
        code("EXCEPTION", ShipmentIssue),
        code("EXPIRED", Expired),
    ]
};

impl Carrier for Track123 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let found = trackings(&body);
        let refused = body.list("data.rejected");
        if found.is_empty() && refused.is_empty() {
            let is_own = body.knows("verify.signature") || body.branch("data").is_some_and(|d| d.carries("accepted"));
            return match body
                .first(&["msg", "message"])
                .filter(|_| body.say("code").is_some_and(|code| !matches!(code.as_str(), "00000" | "0" | "200")))
            {
                Some(why) => Err(Unreadable::error_reply(why)),
                None if is_own => Ok(Reading::default()),
                None => Err(Unreadable::not_understood("no Track123 tracking in it")),
            };
        }
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels: Vec<ParcelReading> = found.into_iter().map(|tracking| parcel(tracking, &rule)).collect();
        parcels.extend(refused.into_iter().map(|told| ParcelReading {
            tracking_number: told.say("trackNo"),
            fault: Some(told.first(&["error.msg", "error.message", "msg", "error.code"]).unwrap_or_else(|| "rejected".into())),
            ..ParcelReading::default()
        }));
        Ok(Reading { parcels })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header("x-track123-signature").is_some() {
            return 98;
        }
        if body.knows("verify.signature") && body.knows("verify.timestamp") {
            return 97;
        }
        match trackings(body).first() {
            Some(tracking) if tracking.carries("localLogisticsInfo") || tracking.knows("transitSubStatus") => 96,
            Some(_) => 60,
            None => 0,
        }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let body = payload.json().unwrap_or_default();
        let told = |header: &str, path: &str| payload.header(header).map(str::to_string).or_else(|| body.say(path));
        let signature = told("x-track123-signature", "verify.signature").ok_or(BadSignature::Missing)?;
        let stamp = told("x-track123-timestamp", "verify.timestamp").ok_or(BadSignature::Missing)?;
        let expected = signature::hex(&signature::hmac_sha256(secret.as_bytes(), &[stamp.trim().as_bytes()]));
        signature::same(&signature.to_ascii_lowercase(), &expected)
    }
}

/// A webhook's one tracking, or those of a reply.
fn trackings(body: &Value) -> Vec<&Value> {
    let is_tracking = |v: &&Value| {
        (v.knows("trackNo") && (v.carries("transitStatus") || v.carries("localLogisticsInfo") || v.carries("trackingStatus")))
            || (v.knows("trackingNumber") && v.carries("transitStatus") && v.carries("trackInfo"))
    };
    let lists = ["data.accepted.content", "data.accepted", "data.content", "data", ""];
    lists
        .iter()
        .map(|path| body.list(path).into_iter().filter(is_tracking).collect::<Vec<_>>())
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn parcel(tracking: &Value, rule: &ZoneRule) -> ParcelReading {
    let named = tracking.first(&[
        "localLogisticsInfo.courierCode",
        "carrierInfo.code",
        "localLogisticsInfo.courierNameEN",
        "carrierInfo.name",
        "courierCode",
    ]);
    let first_mile = underneath::carrier_id(&named.unwrap_or_default());
    let last_mile = tracking.first(&["lastMileInfo.lmTrackNoCourierCode", "lastMileInfo.courierCode", "lastMileInfo.courierNameEN"]);
    let last_mile = last_mile.map(|named| underneath::carrier_id(&named)).unwrap_or_else(|| first_mile.clone());
    let lists =
        [("localLogisticsInfo.trackingDetails", &first_mile), ("trackInfo", &first_mile), ("lastMileInfo.trackingDetails", &last_mile)];
    let mut events = Vec::new();
    for (path, carrier) in lists {
        let mut scans: Vec<TrackingEvent> = tracking.list(path).into_iter().filter_map(|scan| event(scan, carrier, rule)).collect();
        timeline::oldest_first(&mut scans, Habit::NewestFirst);
        events.extend(scans);
    }
    let codes = [tracking.say("transitSubStatus"), tracking.say("transitStatus")];
    let (state, reason) = meaning(codes.iter().flatten(), "");
    let is_news = !matches!(state, State::Unknown | State::Registered | State::Expired);
    let mut summary = TrackingEvent::new("", first_mile.clone(), state);
    summary.reason = reason;
    summary.carrier_code = codes.into_iter().flatten().next();
    let told = if state.is_delivered() {
        tracking.first(&["deliveredTime", "deliveryDate", "lastTrackingTime"])
    } else {
        tracking.say("lastTrackingTime")
    };
    summary.moment = told.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &underneath::rule_of(&first_mile, rule)));
    ParcelReading {
        tracking_number: tracking.first(&["trackNo", "trackingNumber"]),
        summary: Some(summary).filter(|_| is_news).and_then(|s| timeline::worth_telling(s, &events)),
        events,
        ..ParcelReading::default()
    }
}

fn event(scan: &Value, carrier: &str, rule: &ZoneRule) -> Option<TrackingEvent> {
    let code = scan.first(&["transitSubStatus", "transitStatus"]);
    let words = scan.say("eventDetail").unwrap_or_default();
    let location = scan.first(&["address", "eventLocation"]).map(|line| place::of_line(&line)).unwrap_or_default();
    let moment = moment(scan, &place::rule_at(&underneath::rule_of(carrier, rule), &location));
    if code.is_none() && words.is_empty() && moment.is_none() {
        return None;
    }
    let (state, reason) = meaning(code.iter(), &words);
    let mut event = TrackingEvent::new("", carrier, state);
    event.reason = reason;
    event.carrier_code = code;
    event.description = words;
    event.moment = moment;
    event.location = location;
    Some(event)
}

/// The local clock; its offset from the Greenwich twin where the two fit, else as told beside it.
fn moment(scan: &Value, rule: &ZoneRule) -> Option<Moment> {
    let local = scan.first(&["eventTime", "time"])?;
    let wall = clock::read(&local, DateOrder::MonthFirst, rule)?;
    let twin = scan.say("eventTimeZeroUTC").and_then(|utc| clock::two_clocks(Some(&utc), Some(&local), DateOrder::MonthFirst, rule));
    let with_offset = || scan.say("timezone").and_then(|zone| clock::read(&format!("{local}{zone}"), DateOrder::MonthFirst, rule));
    Some(twin.filter(|m| m.local == wall.local).or_else(with_offset).unwrap_or(wall))
}

fn meaning<'a>(codes: impl Iterator<Item = &'a String>, words: &str) -> Meaning {
    let spoken = phrase::understand(words, &[]);
    let letters = |told: &str| told.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect::<String>();
    let mut is_coded = false;
    for told in codes {
        is_coded = true;
        let stem = told.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let known = CARD.look_up(told).or_else(|| CODES.iter().find(|c| letters(c.code) == letters(told))).or_else(|| CARD.look_up(stem));
        if let Some(known) = known {
            return match known.state {
                State::Registered => (known.state, None),
                // With a doorman, the family or a neighbour: the carrier's words say which.
                State::DeliveredToNeighbour => (phrase::handed_over(words).unwrap_or(known.state), None),
                state => phrase::refine(Some((state, known.reason)), spoken),
            };
        }
    }
    if is_coded { (State::Unknown, None) } else { spoken.unwrap_or((State::Unknown, None)) }
}
