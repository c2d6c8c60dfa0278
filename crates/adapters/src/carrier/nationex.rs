//! Nationex (Canada): a shipment of its API, with the shipment's statuses and, beside them, what happened to each parcel.
//! Statuses and words come in English and French.

use serde_json::Value;
use whereabouts_domain::{Location, State::*, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says_why},
    reply,
    tree::Tree,
};

pub static CARRIER: Nationex = Nationex;
pub struct Nationex;

static CARD: Card = Card { id: "nationex", name: "Nationex", zone: "America/Toronto", aggregator: false, codes: CODES };

/// The shipment statuses of its API.
const CODES: &[Code] = &[
    code("Creation", Dispatched),
    code("DataReceived", Dispatched),
    code("Pickup", CollectedByCarrier),
    code("Transit", InTransit),
    code("InTransit", InTransit),
    code("OutForDelivery", OutForDelivery),
    code("PartiallyOutForDelivery", OutForDelivery),
    code("PartiallyDelivered", PartiallyDelivered),
    code("Delivered", Delivered),
    code("Attention", ShipmentIssue),
    code("OnHold", HeldByCarrier),
    code("ReturnToSender", ReturningToSender),
    why("RefusedDelivery", DeliveryRefused, whereabouts_domain::Reason::Refused),
    code("Cancelled", Cancelled),
];

const PHRASES: &[Phrase] =
    &[says_why("unavailable consignee|destinataire indisponible", DeliveryAttempted, whereabouts_domain::Reason::NobodyHome)];

impl Carrier for Nationex {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let shipments =
            body.list("").into_iter().filter(|s| s.knows("ShipmentId") && (s.knows("ShipmentStatus") || s.knows("StatusHistories")));
        reply::of(shipments.map(|s| parcel(s, &rule)).collect(), body.first(&["message", "error"]), false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |s: &&Value| s.knows("ShipmentId") && (s.knows("StatusHistories") || s.knows("ShipmentStatusEn"));
        if body.list("").iter().any(is_own) {
            return 95;
        }
        let is_refusal = body.say("message").is_some_and(|m| m.starts_with("ShipmentId "));
        if is_refusal && body.knows("code") && body.as_object().is_some_and(|m| m.len() == 2) { 65 } else { 0 }
    }
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("StatusHistories").into_iter().map(|s| status(s, rule)).collect();
    for piece in told.list("Parcels") {
        let id = piece.first(&["ParcelId", "ParcelNumber"]);
        events.extend(piece.list("History").into_iter().map(|h| scan(h, id.clone(), rule)));
    }
    let summary = told
        .say("ShipmentStatus")
        .map(|s| CARD.event(Some(s), told.first(&["ShipmentStatusEn", "ShipmentStatusFr"]).unwrap_or_default(), &[]));
    let day = told.list("Parcels").into_iter().find_map(|p| p.say("EstimatedDeliveryDate"));
    ParcelReading {
        tracking_number: told.say("ShipmentId"),
        summary: summary.filter(|s| s.state != Unknown).and_then(|s| crate::timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: day.map(|end| Window { start: None, end: Some(end) }),
        ..ParcelReading::default()
    }
}

fn status(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["ShipmentStatusEn", "ShipmentStatusFr"]).unwrap_or_default();
    let mut event = CARD.event(told.say("ShipmentStatus"), words, &[]);
    event.moment = told.say("StatusDate").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    event.location = told.say("LastLocation").map(Location::text).unwrap_or_default();
    event
}

fn scan(told: &Value, piece: Option<String>, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["DescriptionEn", "DescriptionFr"]).unwrap_or_default();
    let (state, reason) = CARD.meaning(None, &words, PHRASES);
    let mut event = TrackingEvent::new("", CARD.id, state);
    event.reason = reason;
    event.carrier_code = told.say("ExceptionId").filter(|id| id != "0");
    event.description = words;
    event.moment = told.say("ProcessedDate").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    event.location = told.say("CityDepot").map(Location::text).unwrap_or_default();
    event.parcel = piece;
    event
}
