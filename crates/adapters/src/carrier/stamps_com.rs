//! Stamps.com: `TrackShipment` of its web services for individual meters (SWS/IM, versions 75–135). The reply does not
//! repeat the number; mostly USPS carries.
//!
//! Source: the service's own sample reply (version 84), which lists the event types. Clocks are local, without an offset.

use serde_json::Value;
use whereabouts_domain::{
    Private,
    Reason::*,
    State::{self, *},
    TrackingEvent, Window,
};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Phrase, says},
    place, reply,
    timeline::{Habit, oldest_first},
    tree::{self, Tree},
    underneath,
};

pub static CARRIER: StampsCom = StampsCom;
pub struct StampsCom;

static CARD: Card = Card { id: "stamps_com", name: "Stamps.com", zone: "America/New_York", aggregator: true, codes: CODES };

/// The event types. `USPS Event` is none: its words tell.
const CODES: &[Code] = &[
    code("ManifestAcknowledgement", Dispatched),
    code("ElectronicNotification", Dispatched),
    code("Delivered", State::Delivered),
    why("AttemptedNoticeLeft", DeliveryFailedCardLeft, NobodyHome),
    code("AcceptOrPickup", CollectedByCarrier),
    why("Refused", DeliveryRefused, Refused),
    code("Undeliverable", DeliveryFailed),
    why("Forwarded", DeliveryAddressChanged, RecipientMoved),
    code("ArrivalAtUnit", AtDeliveryDepot),
    why("Missent", Misrouted, Missorted),
    code("ReturnToSender", ReturningToSender),
    code("Enroute", InTransit),
    code("DeadLetter", DeliveryFailed),
    code("ArrivalAtPickupPoint", ReadyForCollection),
    why("NoSuchNumber", ReturningToSender, AddressWrong),
    why("InsufficientAddress", ReturningToSender, AddressIncomplete),
    why("MovedNoForwarding", ReturningToSender, RecipientMoved),
    why("ForwardingExpired", ReturningToSender, RecipientMoved),
    why("AddresseeUnknown", ReturningToSender, RecipientUnknown),
    why("Vacant", ReturningToSender, RecipientMoved),
    why("Unclaimed", ReturningToSender, NotCollected),
    code("Deceased", ReturningToSender),
    code("ReturnedOtherReason", ReturningToSender),
    code("PickedUpByShippingPartner", CollectedByCarrier),
    code("ArrivedAtShippingPartner", ArrivedAtHub),
    code("DepartedFromShippingPartner", DepartedHub),
    code("ArriveSortFacility_A1", ArrivedAtHub),
];

const PHRASES: &[Phrase] = &[says("notice left", DeliveryFailedCardLeft)];

impl Carrier for StampsCom {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut replies = tree.find("TrackShipmentResponse");
        if replies.is_empty() {
            replies = tree.owners("TrackingEvents");
        }
        let parcels = replies.into_iter().filter(|r| r.is_object()).map(|r| parcel(r, &rule)).collect();
        let complaint = tree.find("Fault").into_iter().find_map(|f| f.first(&["faultstring", "Reason.Text", "faultcode"]));
        reply::of(parcels, complaint.map(|c| phrase::without_tags(&c)), false, CARD.name)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Shape::Xml(root) = shape else {
            return match shape.json() {
                Some(tree) if !tree.owners("TrackingEventType").is_empty() => 93,
                _ => 0,
            };
        };
        if root.find("TrackShipmentResponse").is_some() || root.find("TrackingEventType").is_some() {
            return 96;
        }
        let names_it = payload.body.windows(10).any(|w| w.eq_ignore_ascii_case(b"stamps.com"));
        if names_it && root.find("Fault").is_some() { 85 } else { 0 }
    }
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let carrier = told.say("Carrier").map_or_else(|| "usps".to_string(), |c| underneath::carrier_id(&c));
    let mut events: Vec<TrackingEvent> = told.list("TrackingEvents.TrackingEvent").into_iter().map(|e| event(e, &carrier, rule)).collect();
    if events.is_empty() {
        events = told.list("TrackingEvents").into_iter().filter(|e| e.knows("Timestamp")).map(|e| event(e, &carrier, rule)).collect();
    }
    oldest_first(&mut events, Habit::NewestFirst);
    let day = told.first(&["GuaranteedDeliveryDate", "ExpectedDeliveryDate"]).map(|t| t.split('T').next().unwrap_or_default().to_string());
    ParcelReading {
        tracking_number: told.first(&["TrackingNumber", "DestinationInfo.TrackingNumber"]),
        events,
        estimated_delivery: day.filter(|d| !d.starts_with("0001")).map(|end| Window { start: None, end: Some(end) }),
        service: told.say("ServiceDescription"),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, carrier: &str, rule: &ZoneRule) -> TrackingEvent {
    let mut event = CARD.event_in_words(told.say("TrackingEventType"), told.say("Event").unwrap_or_default(), PHRASES);
    event.carrier = carrier.to_string();
    event.location = place::of(told.say("City"), told.say("State"), told.say("Zip"), told.say("Country"));
    if event.location.country.is_none() && event.location.region.as_deref().is_some_and(place::is_state) {
        event.location.country = Some("US".into());
    }
    event.moment = told.say("Timestamp").and_then(|t| clock::read(&t, DateOrder::MonthFirst, &place::rule_at(rule, &event.location)));
    event.signed_by = told.say("SignedBy").filter(|_| event.state.is_delivered()).map(Private::new);
    event
}
