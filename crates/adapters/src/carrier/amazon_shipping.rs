//! Amazon Shipping: `getTracking` of the Selling Partner API (Shipping v1 and v2), its error list, and the push of the
//! same fields as a notification. Field names and event codes: the API's reference (v2, with the codes announced for
//! August 2025). Clocks carry an offset; an event has no words.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, State, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: AmazonShipping = AmazonShipping;
pub struct AmazonShipping;

static CARD: Card = Card { id: "amazon_shipping", name: "Amazon Shipping", zone: "UTC", aggregator: false, codes: CODES };

/// Event codes, then what only the summary says: statuses and detail codes.
pub static CODES: &[Code] = &[
    code("ReadyForReceive", S::Dispatched),
    code("LabelCreated", S::Dispatched),
    code("CreationConfirmed", S::Dispatched),
    code("Manifested", S::Dispatched),
    code("PreTransit", S::Dispatched),
    code("PickupDone", S::CollectedByCarrier),
    code("PickedUp", S::CollectedByCarrier),
    code("PackageReceivedByCarrier", S::DroppedOff),
    code("Received", S::ArrivedAtHub),
    code("ArrivedAtCarrierFacility", S::ArrivedAtHub),
    code("ArrivedAtSortCenter", S::ArrivedAtHub),
    code("ArrivedAtDeliveryStation", S::AtDeliveryDepot),
    code("ArrivedAtDeliveryCenter", S::AtDeliveryDepot),
    code("ArrivedAtLocalFacility", S::AtDeliveryDepot),
    code("Departed", S::DepartedHub),
    code("DepartedCarrierFacility", S::DepartedHub),
    code("InTransit", S::InTransit),
    code("Sorted", S::InTransit),
    code("Transferred", S::CarrierChanged),
    code("OutForDelivery", S::OutForDelivery),
    code("Delivered", S::Delivered),
    code("DeliveryAttempted", S::DeliveryAttempted),
    code("AttemptFail", S::DeliveryAttempted),
    code("Undeliverable", S::DeliveryFailed),
    why("AddressNotFound", S::DeliveryFailed, R::AddressWrong),
    why("BusinessClosed", S::DeliveryAttempted, R::BusinessClosed),
    why("CustomerUnavailable", S::DeliveryAttempted, R::NobodyHome),
    why("UnableToAccess", S::DeliveryAttempted, R::NoAccess),
    why("UnableToContactRecipient", S::DeliveryAttempted, R::NobodyHome),
    why("OtpNotAvailable", S::DeliveryAttempted, R::IdentityNotProven),
    why("PaymentNotReady", S::DeliveryAttempted, R::PaymentDue),
    why("Rejected", S::DeliveryRefused, R::Refused),
    why("Refused", S::DeliveryRefused, R::Refused),
    why("RejectedByRecipient", S::DeliveryRefused, R::Refused),
    why("RejectedByRecipientWithVerification", S::DeliveryRefused, R::Refused),
    why("CancelledByRecipient", S::DeliveryRefused, R::Refused),
    why("IncorrectItems", S::DeliveryRefused, R::Refused),
    why("NotRequired", S::DeliveryRefused, R::Refused),
    code("AvailableForPickup", S::ReadyForCollection),
    why("RecipientRequestedAlternateDeliveryTiming", S::DeliveryRescheduled, R::RequestedByShopper),
    code("Delayed", S::Delayed),
    why("WeatherDelay", S::Delayed, R::Weather),
    code("OnHold", S::HeldByCarrier),
    code("Held", S::HeldByCarrier),
    why("HazmatShipment", S::ShipmentIssue, R::ProhibitedContents),
    why("Damaged", S::Damaged, R::Damaged),
    why("DamagedPackage", S::Damaged, R::Damaged),
    why("Lost", S::Lost, R::Lost),
    why("LostPackage", S::Lost, R::Lost),
    code("Exception", S::ShipmentIssue),
    code("Destroyed", S::Destroyed),
    code("PickupCancelled", S::Cancelled),
    code("Cancelled", S::Cancelled),
    code("ReturnInitiated", S::ReturningToSender),
    code("OutForReturn", S::ReturningToSender),
    code("Returned", S::ReturnedToSender),
    code("ReturnReceived", S::ReturnedToSender),
    code("DeliveredToBehindWheelieBin", S::DeliveredToSafeLocation),
    code("DeliveredToPorch", S::DeliveredToSafeLocation),
    code("DeliveredToGarage", S::DeliveredToSafeLocation),
    code("DeliveredToGarden", S::DeliveredToSafeLocation),
    code("DeliveredToGreenhouse", S::DeliveredToSafeLocation),
    code("DeliveredToRearDoor", S::DeliveredToSafeLocation),
    code("DeliveredToShed", S::DeliveredToSafeLocation),
    code("DeliveredToMailSlot", S::DeliveredToLetterbox),
    code("DeliveredToMailRoom", S::DeliveredToReception),
    code("DeliveredToReceptionist", S::DeliveredToReception),
    code("DeliveredToNeighbor", S::DeliveredToNeighbour),
    code("DeliveredWithOTP", S::Delivered),
    code("Signed", S::Delivered),
];

const SCAN: Scan = Scan {
    code: &["eventCode"],
    words: &["eventDescription", "description"],
    at: &["eventTime"],
    city: &["location.city"],
    region: &["location.stateOrRegion"],
    postcode: &["location.postalCode"],
    country: &["location.countryCode"],
    ..Scan::BARE
};

impl Carrier for AmazonShipping {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = trackings(&tree).into_iter().map(|t| parcel(t, payload)).collect();
        let complaint =
            tree.list("errors").into_iter().filter_map(|e| e.first(&["message", "code", "details"])).collect::<Vec<_>>().join("; ");
        reply::of(parcels, Some(complaint).filter(|c| !c.is_empty()), false, "Amazon")
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if !trackings(tree).is_empty() {
            return 94;
        }
        let is_own = |e: &Value| e.knows("code") && e.knows("message") && e.knows("details") && e.as_object().is_some_and(|e| e.len() == 3);
        let errors = tree.list("errors");
        let complains = tree.as_object().is_some_and(|t| t.len() == 1) && !errors.is_empty() && errors.iter().all(|e| is_own(e));
        match payload.header("x-amzn-requestid") {
            Some(_) if complains => 95,
            _ if complains => 70,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().rev().take_while(u8::is_ascii_digit).count();
        match number.split_at_checked(number.len() - digits)?.0 {
            "TBA" | "TBC" | "TBM" if digits == 12 => Some((95, false)),
            // The international form is a letter and ten digits, without a check digit.
            "A" | "C" | "F" if digits == 10 => Some((40, false)),
            _ => None,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://track.amazon.com/tracking/{number}"))
    }
}

fn trackings(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("trackingId") && (v.carries("eventHistory") || v.knows("summary") || v.knows("eventCode")))
}

fn parcel(tracking: &Value, payload: &Payload) -> ParcelReading {
    let rows = if tracking.knows("eventCode") { vec![tracking] } else { tracking.list("eventHistory") };
    let back = |row: &Value| row.say("shipmentType").is_some_and(|t| t.eq_ignore_ascii_case("RETURNS"));
    let mut events: Vec<TrackingEvent> = rows
        .into_iter()
        .filter_map(|row| {
            let mut event = SCAN.event(row, &CARD, payload)?;
            if back(row) {
                event.state = if event.state.is_delivered() { State::ReturnedToSender } else { on_the_way_back(event.state) };
            }
            Some(event)
        })
        .collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    let details = tracking.branch("summary.trackingDetailCodes");
    let finer = details.map(|d| d.list("forward")).unwrap_or_default().into_iter().filter_map(tree::plain).find_map(|c| CARD.look_up(&c));
    for event in timeline::newest_delivery(&mut events) {
        if let Some(finer) = finer.filter(|f| f.state.is_delivered() || f.state == State::ReadyForCollection) {
            event.state = finer.state;
        }
    }
    timeline::sign(&mut events, tracking.say("summary.proofOfDelivery.receivedBy"));
    let summary = tracking.say("summary.status").and_then(|status| {
        let known = CARD.look_up(&status)?;
        let mut summary = TrackingEvent::new("", CARD.id, known.state);
        summary.reason = known.reason;
        summary.carrier_code = Some(status);
        timeline::worth_telling(summary, &events)
    });
    ParcelReading {
        tracking_number: tracking.say("trackingId"),
        estimated_delivery: tracking.say("promisedDeliveryDate").map(|end| Window { start: None, end: Some(end) }),
        events,
        summary,
        ..ParcelReading::default()
    }
}

/// A scan between two places says nothing of the direction; on a return it is the way back.
fn on_the_way_back(state: State) -> State {
    match state {
        State::InTransit | State::ArrivedAtHub | State::DepartedHub | State::OutForDelivery | State::AtDeliveryDepot => {
            State::ReturningToSender
        }
        other => other,
    }
}
