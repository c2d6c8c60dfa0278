//! Roadie (United States, same day): shipments of its API, and webhooks that hold one. Events are names; clocks are UTC.

use serde_json::Value;
use whereabouts_domain::{Private, State::*, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::squash,
    reply,
    timeline::{self, Habit, oldest_first},
    tree::Tree,
};

pub static CARRIER: Roadie = Roadie;
pub struct Roadie;

static CARD: Card = Card { id: "roadie", name: "Roadie", zone: "America/New_York", aggregator: false, codes: CODES };

/// The events of a shipment, then its states.
const CODES: &[Code] = &[
    code("driver_assigned", CollectionScheduled),
    code("en_route_to_pickup", CollectionScheduled),
    code("driver_approaching_pickup", CollectionScheduled),
    code("at_pickup", CollectionScheduled),
    code("pickup_confirmed", CollectedByCarrier),
    code("en_route_to_delivery", OutForDelivery),
    code("driver_approaching_delivery", OutForDelivery),
    code("at_delivery", OutForDelivery),
    code("delivery_attempted", DeliveryAttempted),
    code("delivery_confirmed", Delivered),
    code("returned", ReturnedToSender),
    code("canceled", Cancelled),
    code("cancelled", Cancelled),
    code("expired", Cancelled),
    code("created", Registered),
    code("scheduled", Dispatched),
    code("assigned", CollectionScheduled),
    code("picked_up", CollectedByCarrier),
    code("en_route", OutForDelivery),
    code("in_transit", OutForDelivery),
    code("delivered", Delivered),
    code("attempted", DeliveryAttempted),
];

impl Carrier for Roadie {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let shipments: Vec<&Value> = body.owners("tracking_number").into_iter().filter(|s| is_shipment(s)).collect();
        // One number may come twice, once with the name of who signed.
        let signatory =
            |number: Option<String>| shipments.iter().filter(|s| s.say("tracking_number") == number).find_map(|s| s.say("signatory_name"));
        let parcels = shipments.iter().map(|s| parcel(s, signatory(s.say("tracking_number")), &rule)).collect();
        reply::of(
            parcels,
            body.first(&["errors.message", "error.message", "message"]),
            body.as_array().is_some_and(Vec::is_empty),
            CARD.name,
        )
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |s: &&Value| is_shipment(s) && s.knows("pickup_location") && s.knows("delivery_location");
        if body.owners("tracking_number").iter().any(is_own) {
            return 95;
        }
        let error = body.branch("errors");
        let is_numbered = error.and_then(|e| e.say("code")).is_some_and(|c| c.len() == 4 && c.bytes().all(|b| b.is_ascii_digit()));
        if is_numbered && error.is_some_and(|e| e.carries("parameter") && e.knows("message")) { 72 } else { 0 }
    }
}

fn is_shipment(told: &Value) -> bool {
    told.knows("state") && (told.knows("events") || told.knows("pickup_location") || told.knows("reference_id"))
}

fn parcel(told: &Value, signed: Option<String>, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("events").into_iter().map(|e| event(e, rule)).collect();
    oldest_first(&mut events, Habit::OldestFirst);
    timeline::newest_delivery(&mut events).for_each(|event| event.signed_by = signed.clone().map(Private::new));
    let state =
        told.say("state").map(|s| CARD.event(Some(s.clone()), squash(&s), &[])).filter(|s| !matches!(s.state, Unknown | Registered));
    let time = |path: &str| told.say(path);
    let window = Window { start: time("deliver_between.start"), end: time("deliver_between.end") };
    ParcelReading {
        tracking_number: told.first(&["tracking_number", "id"]),
        summary: state.and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: window.end.is_some().then_some(window),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let name = told.first(&["name", "event"]);
    let mut event = CARD.event(name.clone(), name.unwrap_or_default(), &[]);
    event.moment = told.first(&["occurred_at", "created_at"]).and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    let degrees = |path: &str| told.say(path).and_then(|n| n.parse().ok());
    (event.location.latitude, event.location.longitude) = (degrees("location.latitude"), degrees("location.longitude"));
    event
}
