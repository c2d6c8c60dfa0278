//! DPD in Belgium, the Netherlands and Luxembourg: the parcel life cycle service (SOAP, version 2.0). A status has a
//! label, a description, a place such as `Mechelen (BE)` and a clock without an offset: `8/19/2021 5:11:26 PM` where it
//! is written in English, `19.08.2021, 17:11` elsewhere. Steps that are still to come are listed too, marked as not reached.

use serde_json::Value;
use whereabouts_domain::{Location, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::DateOrder,
    phrase::{Phrase, dutch::DUTCH, french::FRENCH, says},
    place, reply,
    scan::{self, Scan},
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: DpdBelux = DpdBelux;
pub struct DpdBelux;

static CARD: Card = Card { id: "dpd_belux", name: "DPD", zone: "Europe/Brussels", aggregator: false, codes: CODES };

/// The service's own steps, then those of the Benelux countries.
pub static CODES: &[Code] = &[
    code("SHIPMENT", S::Dispatched),
    code("ACCEPTED", S::CollectedByCarrier),
    code("AT_SENDING_DEPOT", S::ArrivedAtHub),
    code("ON_THE_ROAD", S::InTransit),
    code("AT_DELIVERY_DEPOT", S::AtDeliveryDepot),
    code("OUT_FOR_DELIVERY", S::OutForDelivery),
    code("DELIVERED", S::Delivered),
    code("BetweenDepots", S::InTransit),
    code("Depot", S::AtDeliveryDepot),
    code("Courier", S::OutForDelivery),
    code("DeliveryFailure", S::DeliveryFailed),
    code("ReturningFromDelivery", S::AtDeliveryDepot),
    code("ParcelShop", S::ReadyForCollection),
    code("PickedUp", S::CollectedByCarrier),
    code("PickedUpByConsignee", S::CollectedByShopper),
    code("Return", S::ReturningToSender),
];

/// The service's English.
const PHRASES: &[Phrase] = &[
    says("picked up by*consignee|collected by*consignee|picked up*from*parcelshop|picked up*at*parcelshop", S::CollectedByShopper),
    says("back at*recipient depot|back at*depot", S::AtDeliveryDepot),
    says("by driver to pickup parcelshop", S::ReadyForCollection),
    says("left the parcel delivery centre", S::OutForDelivery),
    says("at parcel delivery centre|at the parcel delivery centre", S::AtDeliveryDepot),
    says("parcel dispatch centre", S::InTransit),
    says("dpd has received your parcel|handed to dpd|handed over to dpd", S::CollectedByCarrier),
    says("order information has been transmitted|shipping order", S::Dispatched),
];

pub const SCAN: Scan = Scan {
    code: &["status"],
    words: &["description.content.content", "description.content", "description", "label.content", "label"],
    at: &["date.content", "date"],
    phrases: &[PHRASES, FRENCH, DUTCH],
    words_may_speak: true,
    ..Scan::BARE
};
/// Written in English, the month stands first, between strokes.
const ENGLISH: Scan = Scan { order: DateOrder::MonthFirst, ..SCAN };

impl Carrier for DpdBelux {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let is_empty = !tree.owners("getTrackingDataResponse").is_empty();
        reply::or_rows(reply::of(parcels(&tree, &CARD, payload), complaint(&tree), is_empty, "DPD"), payload, &CARD, DUTCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(root) = shape.xml() else { return 0 };
        if root.find("statusInfo").is_some_and(|s| s.at("status").is_some() && s.at("statusHasBeenReached").is_some()) {
            return 95;
        }
        let fault = root.find("errorCode").map(|e| e.text.clone()).unwrap_or_default();
        if fault.starts_with("DELICOM_") || root.find("getTrackingDataResponse").is_some() { 90 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (number.len() == 14 && number.starts_with("053") && number.bytes().all(|b| b.is_ascii_digit())).then_some((70, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.dpdgroup.com/be/mydpd/my-parcels/track?parcelNumber={number}"))
    }
}

pub fn complaint(tree: &Value) -> Option<String> {
    let told = tree.first(&["errorMessage", "faultstring", "error.message", "error.faultDescription", "message"]);
    told.or_else(|| {
        ["errorMessage", "faultDescription", "faultstring"].iter().find_map(|name| tree.find(name).into_iter().find_map(tree::plain))
    })
}

/// Every life cycle in the tree: a list of steps, and beside it what the parcel is.
pub fn parcels(tree: &Value, card: &'static Card, payload: &Payload) -> Vec<ParcelReading> {
    tree.owners("statusInfo").into_iter().map(|cycle| parcel(cycle, card, payload)).collect()
}

fn parcel(cycle: &Value, card: &'static Card, payload: &Payload) -> ParcelReading {
    let reached = |s: &&Value| s.say("statusHasBeenReached").is_none_or(|r| r != "false");
    let scans: Vec<TrackingEvent> = cycle.list("scanInfo.scan").into_iter().filter_map(|s| scanned(s, card, payload)).collect();
    // Scans are finer than the steps that they are summed up in.
    let mut events = if scans.is_empty() {
        cycle.list("statusInfo").into_iter().filter(reached).filter_map(|s| step(s, card, payload)).collect()
    } else {
        scans
    };
    place::settle(&mut events);
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading {
        tracking_number: cycle.first(&["shipmentInfo.parcelLabelNumber", "shipmentInfo.parcelNumber", "parcelLabelNumber", "parcelNumber"]),
        service: cycle.first(&["shipmentInfo.serviceDescription.content.content", "shipmentInfo.serviceDescription.content"]),
        events,
        ..ParcelReading::default()
    }
}

fn step(row: &Value, card: &'static Card, payload: &Payload) -> Option<TrackingEvent> {
    // A step that has only been planned has no date.
    let told = row.first(SCAN.at)?;
    dated(row, told.contains('/'), row.first(&["location.content", "location"]), card, payload)
}

fn scanned(row: &Value, card: &'static Card, payload: &Payload) -> Option<TrackingEvent> {
    const SCANNED: Scan = Scan {
        code: &["scanData.scanType.code", "scanType.code", "scanType"],
        words: &["scanDescription.content.content", "scanDescription.content", "scanDescription.label", "scanDescription"],
        at: &["date"],
        ..SCAN
    };
    let place = row.first(&["scanData.location", "location.content", "location"]).map(|l| place::named(&l)).unwrap_or_default();
    read(&SCANNED, row, place, card, payload)
}

fn dated(row: &Value, in_english: bool, place: Option<String>, card: &'static Card, payload: &Payload) -> Option<TrackingEvent> {
    let place = place.map(|l| place::named(&l)).unwrap_or_default();
    read(if in_english { &ENGLISH } else { &SCAN }, row, place, card, payload)
}

/// The place stands in one line that ends with its country; the clock is read there.
fn read(scan: &Scan, row: &Value, place: Location, card: &'static Card, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = scan.event(row, card, payload)?;
    let rule = place::rule_at(&crate::clock::ZoneRule::of(payload.zone, card.zone), &place);
    event.moment = row.first(scan.at).and_then(|at| crate::clock::read(&at, scan.order, &rule));
    event.location = place;
    // The same step is told when the carrier has it and when the shopper has fetched it.
    if event.state == S::CollectedByCarrier
        && scan::understand(&event.description, scan.phrases).is_some_and(|m| m.0 == S::CollectedByShopper)
    {
        event.state = S::CollectedByShopper;
    }
    Some(event)
}
