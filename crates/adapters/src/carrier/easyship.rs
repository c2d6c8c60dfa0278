//! Easyship: a shipment of its API (whose trackings tell a state each), and the webhooks of its tracking, whose
//! checkpoints name the carrier that handled them.
//!
//! Quirks: a checkpoint's time ends with `Z` although it is mostly the clock of the place; the order number is what
//! sorts them, which the times seldom contradict.

use serde_json::Value;
use whereabouts_domain::{State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::squash,
    place, reply, timeline,
    tree::Tree,
    underneath,
};

pub static CARRIER: Easyship = Easyship;
pub struct Easyship;

static CARD: Card = Card { id: "easyship", name: "Easyship", zone: "UTC", aggregator: true, codes: CODES };

/// States of a tracking and of a delivery, then the statuses of the tracking webhooks (API reference, 2024.09).
const CODES: &[Code] = &[
    code("not_created", Registered),
    code("pending", Dispatched),
    code("info_received", Dispatched),
    code("in_transit_to_customer", InTransit),
    code("in_transit", InTransit),
    code("out_for_delivery", OutForDelivery),
    code("failed_attempt", DeliveryAttempted),
    code("delivered", Delivered),
    code("exception", ShipmentIssue),
    code("expired", Expired),
    code("lost_by_courier", Lost),
    code("returned_to_shipper", ReturnedToSender),
    code("returning_to_shipper", ReturningToSender),
    code("disposed", Destroyed),
    code("cancelled", Cancelled),
    code("Pending Tracking Event", Registered),
    code("Tracking Information Received", Dispatched),
    code("Information Received", Dispatched),
    code("In Transit To Customer", InTransit),
    code("In Transit", InTransit),
    code("Out For Delivery", OutForDelivery),
    code("Failed Attempt", DeliveryAttempted),
    code("Delivered", Delivered),
    code("Exception", ShipmentIssue),
    code("Expired", Expired),
    code("Returned To Shipper", ReturnedToSender),
    code("Cancelled, Pending Refund", Cancelled),
    code("Cancelled and Refunded", Cancelled),
];

impl Carrier for Easyship {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels = Vec::new();
        for told in body.list("") {
            let about = ["tracking_status", "data"]
                .iter()
                .find_map(|n| told.branch(n))
                .filter(|a| a.knows("easyship_shipment_id") || a.knows("status"));
            match about {
                Some(about) => parcels.push(of_webhook(about, &rule)),
                None => parcels.extend(shipments(told).into_iter().flat_map(|s| of_shipment(s, &rule))),
            }
        }
        let complaint = body.branch("error").and_then(|e| e.first(&["message", "details", "code", ""]));
        reply::of(parcels, complaint, body.knows("event_type") || body.knows("meta"), CARD.name)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header("x-easyship-signature").is_some() {
            return 98;
        }
        let is_webhook = body.say("event_type").is_some_and(|t| t.starts_with("shipment.")) && body.knows("resource_type");
        if is_webhook || !body.owners("easyship_shipment_id").is_empty() {
            return 96;
        }
        let error = body.branch("error");
        if error.is_some_and(|e| e.knows("request_id") && e.knows("type") && e.knows("message")) { 80 } else { 0 }
    }
}

fn shipments(body: &Value) -> Vec<&Value> {
    if body.knows("shipments") {
        return body.list("shipments");
    }
    vec![body.branch("shipment").unwrap_or(body)].into_iter().filter(|s| s.knows("easyship_shipment_id")).collect()
}

/// Each leg is a parcel of its own; what has no tracking yet tells the delivery's state.
fn of_shipment(told: &Value, rule: &ZoneRule) -> Vec<ParcelReading> {
    let changed = told.say("updated_at").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    let courier = told.first(&["courier.umbrella_name", "courier.name", "courier_service.umbrella_name", "courier_service.name"]);
    let legs = told.list("trackings");
    if legs.is_empty() {
        let state = told.say("delivery_state").filter(|s| s != "not_created");
        let summary = state.map(|s| status(Some(s), courier.as_deref(), None));
        let number = told.say("easyship_shipment_id");
        return vec![ParcelReading { tracking_number: number, summary, ..ParcelReading::default() }];
    }
    let leg = |leg: &Value| {
        let mut event = status(
            leg.say("tracking_state"),
            leg.say("handler").filter(|h| h != "easyship").as_deref().or(courier.as_deref()),
            leg.say("leg_number"),
        );
        event.moment = changed;
        ParcelReading {
            tracking_number: leg.first(&["tracking_number", "local_tracking_number", "alternate_tracking_number"]),
            events: vec![event],
            ..ParcelReading::default()
        }
    };
    legs.into_iter().map(leg).collect()
}

fn status(state: Option<String>, courier: Option<&str>, leg: Option<String>) -> TrackingEvent {
    let words = state.as_deref().map(squash).unwrap_or_default();
    let mut event = CARD.event(state, words, &[]);
    event.carrier = courier.map(underneath::carrier_id).unwrap_or_default();
    event.parcel = leg.filter(|n| n != "1");
    event
}

fn of_webhook(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut points: Vec<&Value> =
        told.list("checkpoints").into_iter().filter(|p| p.knows("message") || p.knows("checkpoint_time")).collect();
    points.sort_by_key(|p| p.say("order_number").and_then(|n| n.parse::<i64>().ok()));
    let events: Vec<TrackingEvent> = points.into_iter().map(|p| checkpoint(p, rule)).collect();
    let summary = told.say("status").map(|s| status(Some(s), None, None)).filter(|s| s.state != Registered);
    ParcelReading {
        tracking_number: told.first(&["tracking_number", "easyship_shipment_id"]),
        summary: summary.and_then(|s| timeline::worth_telling(s, &events)),
        events,
        ..ParcelReading::default()
    }
}

fn checkpoint(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let mut event = CARD.event_in_words(told.say("primary_status"), told.say("message").unwrap_or_default(), &[]);
    event.carrier = told.say("handler").map(|h| underneath::carrier_id(&h)).unwrap_or_default();
    let country = told.first(&["country_alpha2", "country_iso3", "country_alpha3", "country_name"]);
    event.location = place::of(told.say("city"), told.say("state"), told.say("postal_code"), country);
    if event.location.city.is_none()
        && let Some(line) = told.say("location")
    {
        event.location = place::of_line(&line);
    }
    event.moment = told.say("checkpoint_time").and_then(|t| clock::read(&t, DateOrder::DayFirst, &place::rule_at(rule, &event.location)));
    event
}
