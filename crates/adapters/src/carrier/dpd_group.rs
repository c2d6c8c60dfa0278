//! DPD as the group's countries without a dialect of their own tell it: events under the parcel as JSON, and the parcel
//! life cycle of the German page and of the cloud service, which is read where the SOAP service is.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, dpd_belux, why};
use crate::{
    checksum, reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: DpdGroup = DpdGroup;
pub struct DpdGroup;

static CARD: Card = Card { id: "dpd_group", name: "DPD", zone: "Europe/Berlin", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("SHIPMENT", S::Dispatched),
    code("CREATED", S::Dispatched),
    code("REGISTERED", S::Dispatched),
    code("LABEL_CREATED", S::Dispatched),
    code("ACCEPTED", S::CollectedByCarrier),
    code("PICKED_UP", S::CollectedByCarrier),
    code("COLLECTED", S::CollectedByCarrier),
    code("AT_SENDING_DEPOT", S::ArrivedAtHub),
    code("ON_THE_ROAD", S::InTransit),
    code("IN_TRANSIT", S::InTransit),
    code("AT_DELIVERY_DEPOT", S::AtDeliveryDepot),
    code("OUT_FOR_DELIVERY", S::OutForDelivery),
    code("DELIVERED", S::Delivered),
    code("DELIVERED_TO_NEIGHBOUR", S::DeliveredToNeighbour),
    code("DELIVERED_TO_PARCELSHOP", S::ReadyForCollection),
    code("READY_FOR_PICKUP", S::ReadyForCollection),
    code("AVAILABLE_FOR_PICKUP", S::ReadyForCollection),
    code("DELIVERY_ATTEMPTED", S::DeliveryAttempted),
    code("DELIVERY_FAILED", S::DeliveryFailed),
    code("NOT_DELIVERED", S::DeliveryFailed),
    code("DELAYED", S::Delayed),
    code("EXCEPTION", S::ShipmentIssue),
    code("ON_HOLD", S::HeldByCarrier),
    code("CUSTOMS", S::AtCustoms),
    why("REFUSED", S::DeliveryRefused, R::Refused),
    why("DAMAGED", S::Damaged, R::Damaged),
    why("LOST", S::Lost, R::Lost),
    code("RETURNING", S::ReturningToSender),
    code("RETURN_TO_SENDER", S::ReturningToSender),
    code("RETURNED", S::ReturnedToSender),
    code("CANCELLED", S::Cancelled),
];

const SCAN: Scan = Scan {
    code: &["status", "statusCode", "code"],
    words: &["description", "statusDescription"],
    at: &["timestamp", "dateTime", "date"],
    city: &["location.city"],
    postcode: &["location.postalCode", "location.postCode"],
    country: &["location.country", "location.countryCode"],
    signatory: &["signedBy"],
    ..Scan::BARE
};

impl Carrier for DpdGroup {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let mut parcels = dpd_belux::parcels(&tree, &CARD, payload);
        parcels.extend(shipments(&tree).into_iter().map(|s| parcel(s, payload)));
        let is_empty = !tree.owners("parcelLifeCycleData").is_empty() || tree.carries("events");
        reply::or_rows(reply::of(parcels, dpd_belux::complaint(&tree), is_empty, "DPD"), payload, &CARD, &[])
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if !tree.owners("parcellifecycleResponse").is_empty() {
            return 96;
        }
        let cycles = tree.owners("statusInfo");
        if cycles.iter().any(|c| c.list("statusInfo").iter().any(|s| s.knows("statusHasBeenReached"))) {
            return 94;
        }
        // Nothing but the form of the number says that the events are DPD's.
        let is_own = |s: &&Value| s.knows("shipmentId") && s.say("trackingNumber").is_some_and(|n| is_number(&n));
        if shipments(tree).iter().any(is_own) { 75 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let is_parcel = number.len() == 15 && number.as_bytes()[..14].iter().all(u8::is_ascii_digit);
        if is_parcel && checksum::mod_37_36(number) {
            return Some((60, true));
        }
        // The routing barcode: service and country stand before the check character; 826 is the United Kingdom, which is not ours.
        if number.len() == 28 && number.get(24..27).is_some_and(|c| c != "826") && checksum::mod_37_36(number) {
            return Some((80, true));
        }
        is_number(number).then_some((50, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://tracking.dpd.de/status/en_US/parcel/{number}"))
    }
}

/// Depots of the continent begin their numbers with 0.
fn is_number(number: &str) -> bool {
    number.len() == 14 && number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit())
}

fn shipments(tree: &Value) -> Vec<&Value> {
    let is_event = |e: &Value| e.carries("timestamp") && e.knows("status");
    tree::outermost(tree, &|v| {
        v.knows("trackingNumber") && v.knows("status") && v.list("events").into_iter().all(is_event) && v.carries("events")
    })
}

fn parcel(shipment: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = shipment.list("events").into_iter().filter_map(|e| SCAN.event(e, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    let summary = shipment.say("status").and_then(|status| {
        let words = shipment.say("statusDescription").unwrap_or_default();
        let (state, reason) = SCAN.meaning(Some(&status), &words, &CARD);
        let mut summary = TrackingEvent::new("", CARD.id, state);
        (summary.reason, summary.carrier_code, summary.description) = (reason, Some(status), words);
        timeline::worth_telling(summary, &events)
    });
    ParcelReading {
        tracking_number: shipment.say("trackingNumber"),
        estimated_delivery: shipment
            .first(&["estimatedDelivery", "estimatedDeliveryDate"])
            .map(|end| Window { start: None, end: Some(end) }),
        service: shipment.say("service"),
        events,
        summary,
        ..ParcelReading::default()
    }
}
