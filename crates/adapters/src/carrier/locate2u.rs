//! Locate2u (own drivers and local couriers, Australia): a stop of its API or of its webhooks. It tells one status and
//! when the stop was last changed.

use serde_json::Value;
use whereabouts_domain::{Proof, State::*, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    reply,
    tree::Tree,
};

pub static CARRIER: Locate2u = Locate2u;
pub struct Locate2u;

static CARD: Card = Card { id: "locate2u", name: "Locate2u", zone: "Australia/Sydney", aggregator: false, codes: CODES };

/// The statuses of a stop.
const CODES: &[Code] = &[
    code("Pending", Dispatched),
    code("Enroute", OutForDelivery),
    code("En Route", OutForDelivery),
    code("Arrived", OutForDelivery),
    code("Complete", Delivered),
    code("Completed", Delivered),
    code("Failed", DeliveryFailed),
    code("Cancelled", Cancelled),
    code("On Hold", HeldByCarrier),
    code("Delayed", Delayed),
];

impl Carrier for Locate2u {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = body.owners("stopId").into_iter().filter(|s| s.knows("status")).map(|s| parcel(s, &rule)).collect();
        reply::of(parcels, body.first(&["error.message", "error", "message", "title"]), false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |s: &&Value| s.knows("status") && (s.knows("tripDate") || s.knows("assignedTo") || s.knows("appointmentTime"));
        if body.owners("stopId").iter().any(is_own) { 95 } else { 0 }
    }
}

fn parcel(stop: &Value, rule: &ZoneRule) -> ParcelReading {
    let status = stop.say("status");
    let mut event = CARD.event(status.clone(), status.unwrap_or_default(), &[]);
    let arrived = stop.first(&["completedDate", "arrivalDate"]).filter(|_| event.state.is_delivered());
    let read = |told: Option<String>| told.and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    event.moment = read(stop.say("lastModifiedDate")).or_else(|| read(arrived));
    if event.state.is_delivered() {
        let signature = stop.first(&["signatureUrl", "proofOfDelivery.signatureUrl"]);
        event.proof.extend(signature.map(|url| Proof { kind: "signature".into(), url: Some(url), at: None }));
    }
    ParcelReading { tracking_number: stop.say("stopId"), events: vec![event], estimated_delivery: window(stop), ..ParcelReading::default() }
}

/// The day of the trip.
fn window(stop: &Value) -> Option<Window> {
    let day = stop.say("tripDate")?;
    Some(Window { start: None, end: Some(day.split('T').next().unwrap_or(&day).to_string()) })
}
