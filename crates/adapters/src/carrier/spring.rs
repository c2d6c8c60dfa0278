//! Spring GDS: `TrackShipment` of the XBS API, JSON. An error level above 0 is an error reply. An event has a number,
//! words, the place in parts and two clocks: `DateTime` as the place tells it, `Timestamp` in seconds since 1970.
//! The numbers are Spring's own, common to the carriers behind it.
//!
//! Names of fields and codes could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: Spring = Spring;
pub struct Spring;

static CARD: Card = Card { id: "spring", name: "Spring GDS", zone: "UTC", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("0", S::Dispatched),
    code("12", S::Dispatched),
    code("15", S::InTransit),
    code("18", S::InTransit),
    code("19", S::InTransit),
    code("20", S::InTransit),
    code("21", S::InTransit),
    code("22", S::InTransit),
    code("25", S::InTransit),
    code("31", S::ActionRequired),
    code("40", S::AtCustoms),
    code("41", S::HeldAtCustoms),
    code("91", S::DeliveryAttempted),
    code("92", S::ReadyForCollection),
    code("93", S::InTransit),
    code("100", S::Delivered),
    code("101", S::Delivered),
    why("111", S::Lost, R::Lost),
    code("124", S::ReturningToSender),
    code("125", S::ReturningToSender),
    code("1001", S::ShipmentIssue),
    code("2101", S::InTransit),
    code("2102", S::InTransit),
    code("2103", S::InTransit),
    code("4106", S::Cancelled),
    code("9101", S::InTransit),
    code("9102", S::InTransit),
    code("9301", S::OutForDelivery),
    code("9302", S::Delayed),
    code("9999", S::InTransit),
    code("12406", S::ReturningToSender),
    why("12501", S::ReturningToSender, R::Refused),
    why("12502", S::ReturningToSender, R::AddressWrong),
    why("12503", S::ReturningToSender, R::Damaged),
    why("12504", S::ReturningToSender, R::NobodyHome),
    why("12505", S::ReturningToSender, R::RequestedByRetailer),
    code("12506", S::Destroyed),
];

const SCAN: Scan = Scan {
    code: &["Code"],
    words: &["Description", "CarrierDescription"],
    at: &["DateTime", "Timestamp"],
    city: &["City"],
    region: &["State"],
    postcode: &["Zip"],
    country: &["Country"],
    ..Scan::BARE
};

impl Carrier for Spring {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let failed = tree.say("ErrorLevel").is_some_and(|level| level != "0");
        let found = if failed { Vec::new() } else { shipments(&tree) };
        let parcels = found.into_iter().map(|s| parcel(s, payload)).collect();
        let complaint = tree.say("Error").or_else(|| failed.then(|| "an error without words".to_string()));
        reply::or_rows(reply::of(parcels, complaint, tree.knows("ErrorLevel"), "Spring"), payload, &CARD, &[])
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        let levelled = tree.carries("ErrorLevel");
        let own = |s: &&Value| s.carries("Events") && s.knows("TrackingNumber");
        match (levelled, shipments(tree).iter().any(own)) {
            (true, true) => 96,
            (true, false) => 88,
            _ => 0,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://mailingtechnology.com/tracking/?tn={number}"))
    }
}

fn shipments(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("TrackingNumber") && v.carries("Events"))
}

fn parcel(shipment: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = shipment.list("Events").into_iter().filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: shipment.say("TrackingNumber"), service: shipment.say("Service"), events, ..ParcelReading::default() }
}
