//! Sendcloud: the webhook of a parcel's changed status (signed), and the tracking replies of its API, versions 2 and 3.
//! Statuses come by number (webhook) or by name (`parcel-en-route`, `PARCEL_EN_ROUTE`, `Parcel en route`); what the carrier
//! said stands beside them. Names: Sendcloud's page on tracking statuses and its list of parcel statuses.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, place, reply, scan,
    signature::{self, BadSignature},
    timeline,
    tree::{self, Tree},
    underneath,
};

pub static CARRIER: Sendcloud = Sendcloud;
pub struct Sendcloud;

static CARD: Card = Card { id: "sendcloud", name: "Sendcloud", zone: "Europe/Amsterdam", aggregator: true, codes: CODES };

/// By name in small letters with hyphens; the numbers behind them.
static CODES: &[Code] = &[
    code("no-label", S::Registered),
    code("ready-to-send", S::Dispatched),
    code("being-announced", S::Dispatched),
    code("announced", S::Dispatched),
    code("announced-not-collected", S::Dispatched),
    code("announcement-failed", S::ActionRequired),
    code("error-collecting", S::CarrierUnableToCollect),
    code("shipment-picked-up-by-driver", S::CollectedByCarrier),
    code("parcel-en-route", S::InTransit),
    code("en-route-to-sorting-center", S::InTransit),
    code("en-route-to-sorting-centre", S::InTransit),
    code("at-sorting-centre", S::ArrivedAtHub),
    code("at-sorting-center", S::ArrivedAtHub),
    code("being-sorted", S::ArrivedAtHub),
    code("sorted", S::ArrivedAtHub),
    why("not-sorted", S::Delayed, R::Missorted),
    code("at-customs", S::AtCustoms),
    code("delivery-delayed", S::Delayed),
    code("driver-en-route", S::OutForDelivery),
    code("delivered", S::Delivered),
    code("awaiting-customer-pickup", S::ReadyForCollection),
    code("shipment-collected-by-customer", S::CollectedByShopper),
    code("delivery-attempt-failed", S::DeliveryFailed),
    code("unable-to-deliver", S::DeliveryFailed),
    why("address-invalid", S::ActionRequired, R::AddressWrong),
    why("refused-by-recipient", S::DeliveryRefused, R::Refused),
    code("delivery-method-changed", S::DeliveryAddressChanged),
    code("delivery-address-changed", S::DeliveryAddressChanged),
    code("delivery-date-changed", S::DeliveryRescheduled),
    code("exception", S::ShipmentIssue),
    code("returned-to-sender", S::ReturnedToSender),
    code("return-to-sender", S::ReturningToSender),
    code("cancelled", S::Cancelled),
    code("cancelled-upstream", S::Cancelled),
    code("cancellation-requested", S::ForInformation),
    code("submitting-cancellation-request", S::ForInformation),
    code("1", S::Dispatched),
    code("3", S::InTransit),
    code("4", S::Delayed),
    code("5", S::ArrivedAtHub),
    why("6", S::Delayed, R::Missorted),
    code("7", S::ArrivedAtHub),
    code("8", S::DeliveryFailed),
    code("11", S::Delivered),
    code("12", S::ReadyForCollection),
    code("13", S::Dispatched),
    code("15", S::CarrierUnableToCollect),
    code("22", S::CollectedByCarrier),
    code("80", S::DeliveryFailed),
    code("91", S::InTransit),
    code("92", S::OutForDelivery),
    code("93", S::CollectedByShopper),
    code("999", S::Registered),
    code("1000", S::Dispatched),
    code("1001", S::Dispatched),
    code("1002", S::ActionRequired),
    code("1998", S::Cancelled),
    code("1999", S::ForInformation),
    code("2000", S::Cancelled),
    code("2001", S::ForInformation),
    code("62989", S::AtCustoms),
    code("62990", S::ArrivedAtHub),
    why("62991", S::DeliveryRefused, R::Refused),
    code("62992", S::ReturnedToSender),
    code("62993", S::DeliveryAddressChanged),
    code("62994", S::DeliveryRescheduled),
    code("62995", S::DeliveryAddressChanged),
    code("62996", S::ShipmentIssue),
    why("62997", S::ActionRequired, R::AddressWrong),
];

impl Carrier for Sendcloud {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let mut parcels: Vec<ParcelReading> = changed(&tree).into_iter().map(|told| webhook(told, payload)).collect();
        parcels.extend(tracked(&tree).into_iter().map(|p| history(p, payload)));
        let complaints = ["errors", "error", "error-response"].into_iter().flat_map(|name| tree.find(name));
        let complaint = complaints.into_iter().find_map(|e| e.first(&["detail", "message", "e.message", "title", "code", ""]));
        // Other webhooks of an integration tell nothing of a parcel's way.
        let is_empty = tree.say("action").is_some();
        reply::of(parcels, complaint, is_empty, "Sendcloud")
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        if payload.header("sendcloud-signature").is_some() {
            return 98;
        }
        match shape {
            Shape::Json(tree) if !changed(tree).is_empty() => 96,
            Shape::Json(tree) if tracked(tree).iter().any(|p| rows_of(p).iter().any(|r| r.knows("parent_status"))) => 94,
            Shape::Json(tree) if tree.say("action").is_some_and(|a| a.starts_with("integration_")) => 85,
            Shape::Xml(root) if root.name == "error-response" && root.at("e/code").is_some() => 70,
            _ => 0,
        }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header("sendcloud-signature").ok_or(BadSignature::Missing)?;
        signature::same(&told.to_ascii_lowercase(), &signature::hex(&signature::hmac_sha256(secret.as_bytes(), &[payload.body])))
    }
}

/// A parcel with its new status, in a webhook or a parcel's own reply.
fn changed(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| {
        let parcel = v.branch("parcel");
        parcel.is_some_and(|p| p.knows("tracking_number") && p.branch("status").is_some_and(Value::is_object))
    })
}

fn tracked(tree: &Value) -> Vec<&Value> {
    let is_new =
        |v: &Value| v.carries_list("statuses") && v.knows("carrier_code") || v.carries_list("events") && v.knows("tracking_numbers");
    tree::outermost(tree, &|v| !rows_of(v).is_empty() || is_new(v))
}

/// Version 2 says `statuses`, version 3 `events`.
fn rows_of(parcel: &Value) -> Vec<&Value> {
    let is_own = |row: &&Value| row.knows("parent_status") || row.knows("carrier_message") || row.knows("carrier_update_timestamp");
    let found: Vec<&Value> = parcel.list("statuses").into_iter().filter(is_own).collect();
    if found.is_empty() { parcel.list("events").into_iter().filter(is_own).collect() } else { found }
}

/// `Announced: not collected` and `ANNOUNCED_NOT_COLLECTED` are one name.
fn name(told: &str) -> String {
    phrase::squash(told).replace(' ', "-")
}

fn webhook(told: &Value, payload: &Payload) -> ParcelReading {
    let parcel = told.branch("parcel").unwrap_or(&Value::Null);
    let carrier = parcel
        .first(&["carrier.code", "carrier"])
        .or_else(|| parcel.say("shipment.name").and_then(|n| n.split(' ').next().map(str::to_string)));
    let (id, message) = (parcel.say("status.id"), parcel.say("status.message").unwrap_or_default());
    let known = CARD.look_up(&name(&message)).or_else(|| id.as_deref().and_then(|id| CARD.look_up(id)));
    let mut event =
        TrackingEvent::new("", carrier.map(|c| underneath::carrier_id(&c)).unwrap_or_default(), known.map_or(S::Unknown, |k| k.state));
    event.reason = known.and_then(|k| k.reason);
    event.carrier_code = id.or_else(|| Some(name(&message))).filter(|c| !c.is_empty());
    event.description = message;
    let rule = ZoneRule::of(payload.zone, CARD.zone);
    event.moment =
        told.first(&["carrier_status_change_timestamp", "timestamp"]).and_then(|at| clock::read(&at, DateOrder::DayFirst, &rule));
    ParcelReading {
        tracking_number: parcel.say("tracking_number"),
        service: parcel.say("shipment.name"),
        events: vec![event],
        ..ParcelReading::default()
    }
}

fn history(parcel: &Value, payload: &Payload) -> ParcelReading {
    let carrier = parcel
        .first(&["carrier_code", "carrier.code", "tracking_numbers.carrier_code", "details.carrier_code"])
        .map(|c| underneath::carrier_id(&c))
        .unwrap_or_default();
    let rule = underneath::rule_of(&carrier, &ZoneRule::of(payload.zone, CARD.zone));
    let mut events: Vec<TrackingEvent> = rows_of(parcel).into_iter().map(|row| step(row, &carrier, &rule)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    let number = parcel.first(&["tracking_number", "tracking_numbers.tracking_number", "tracking_numbers"]);
    let end = parcel.first(&["expected_delivery_date", "details.expected_delivery_date"]);
    ParcelReading {
        tracking_number: number,
        estimated_delivery: end.map(|end| Window { start: None, end: Some(end) }),
        events,
        ..ParcelReading::default()
    }
}

fn step(row: &Value, carrier: &str, rule: &ZoneRule) -> TrackingEvent {
    let status = row.first(&["parent_status", "status.code", "status"]);
    let words = row.first(&["carrier_message", "message", "description"]).unwrap_or_default();
    let known = status.as_deref().and_then(|s| CARD.look_up(&name(s))).map(|k| (k.state, k.reason));
    let spoken = scan::understand(&words, &[]);
    let (state, reason) = match (&status, known) {
        (Some(_), None) => (S::Unknown, None),
        (_, known) => phrase::refine(known, spoken),
    };
    let mut event = TrackingEvent::new("", carrier, state);
    event.reason = reason;
    event.carrier_code = status;
    event.description = words;
    event.location = place::of(
        row.first(&["location.city", "city"]),
        None,
        row.first(&["location.postal_code"]),
        row.first(&["location.country_code", "country_code"]),
    );
    let rule = place::rule_at(rule, &event.location);
    event.moment = row
        .first(&["carrier_update_timestamp", "event_at", "timestamp", "created_at"])
        .and_then(|at| clock::read(&at, DateOrder::DayFirst, &rule));
    event
}
