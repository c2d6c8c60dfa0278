//! Veho (United States): the tracking reply (`eventLog`, `lastEvent`), and the webhooks of its API, one milestone each.
//! Field and event names are those of "Veho API", version 2 (2026).

use serde_json::Value;
use whereabouts_domain::{Proof, State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::squash,
    place, reply,
    timeline::{Habit, oldest_first},
    tree::Tree,
};

pub static CARRIER: Veho = Veho;
pub struct Veho;

static CARD: Card = Card { id: "veho", name: "Veho", zone: "America/New_York", aggregator: false, codes: CODES };

/// The event types, without the `package.` in front.
const CODES: &[Code] = &[
    code("created", Dispatched),
    code("notReceivedFromClient", CarrierUnableToCollect),
    code("pickedUpFromClient", CollectedByCarrier),
    code("droppedOffAtVeho", ArrivedAtHub),
    code("arrivedAtFacility", ArrivedAtHub),
    code("departedFromFacility", DepartedHub),
    code("pickedUpFromVeho", OutForDelivery),
    code("outForDelivery", OutForDelivery),
    code("delivered", Delivered),
    code("hadDeliveryIssue", DeliveryFailed),
    code("rescheduled", DeliveryRescheduled),
    code("delayed", Delayed),
    code("misdelivered", ShipmentIssue),
    code("cancelled", Cancelled),
    code("discarded", Destroyed),
    code("pendingReturnToClient", WillBeReturnedToSender),
    code("returnedToClient", ReturnedToSender),
    // A return that is collected from the shopper.
    code("outForPickup", CollectionScheduled),
    code("pickedUpFromConsumer", CollectedByCarrier),
    code("pickupSkipped", CarrierUnableToCollect),
    code("pickupFailed", CarrierUnableToCollect),
    code("pickupDroppedOffAtVeho", ArrivedAtHub),
    code("pickupTransferredToExternalCarrier", CarrierChanged),
];

impl Carrier for Veho {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels: Vec<ParcelReading> = body.owners("eventLog").into_iter().map(|p| of_log(p, &rule)).collect();
        if parcels.is_empty() {
            parcels = body.list("").into_iter().filter(|w| is_webhook(w)).map(|w| of_webhook(w, &rule)).collect();
        }
        reply::of(parcels, body.first(&["error.message", "errors.message", "error.code", "error", "message"]), false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if body.list("").iter().any(|w| is_webhook(w) && w.say("eventType").is_some_and(|t| t.starts_with("package."))) {
            return 95;
        }
        if body.owners("eventLog").iter().any(|p| p.knows("trackingId") || p.knows("lastEvent") || p.knows("packageId")) { 92 } else { 0 }
    }
}

fn is_webhook(told: &Value) -> bool {
    told.knows("eventType") && (told.knows("packageId") || told.knows("trackingId") || told.knows("barcode"))
}

fn number(told: &Value) -> Option<String> {
    told.first(&["trackingId", "barcode", "barCode", "payload.trackingId", "packageId", "_id"])
}

fn of_log(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("eventLog").into_iter().map(|e| event(e, rule)).collect();
    oldest_first(&mut events, Habit::OldestFirst);
    ParcelReading { tracking_number: number(told), events, ..ParcelReading::default() }
}

fn of_webhook(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut event = event(told, rule);
    event.source_id = told.say("id");
    ParcelReading { tracking_number: number(told), events: vec![event], ..ParcelReading::default() }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let kind = told.first(&["eventType", "type", "operation"]);
    let bare = kind.as_deref().map(|k| k.trim_start_matches("package.").to_string());
    let words = told.first(&["message", "humanReadableOperation", "payload.message"]);
    let words = words.or_else(|| bare.as_deref().map(squash)).unwrap_or_default();
    let mut event = if bare.is_some() { CARD.event(bare, words, &[]) } else { CARD.event_in_words(None, words, &[]) };
    event.carrier_code = kind;
    event.location = place::of(told.say("city"), told.say("state"), told.say("zipCode"), None);
    if event.location.region.as_deref().is_some_and(place::is_state) {
        event.location.country = Some("US".into());
    }
    let at = told.first(&["occurredAt", "timestamp", "createdAt", "date"]);
    event.moment = at.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &place::rule_at(rule, &event.location)));
    let photo = told.first(&["deliveryImage", "payload.deliveryImage", "photoUrl"]).filter(|u| u.starts_with("http"));
    event.proof.extend(photo.filter(|_| event.state.is_delivered()).map(|url| Proof { kind: "photo".into(), url: Some(url), at: None }));
    event
}
