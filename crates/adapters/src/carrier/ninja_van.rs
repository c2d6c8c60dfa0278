//! Ninja Van: the tracking history of several orders, and the webhook of one event, JSON. The status is the code and the
//! words at once (`Delivered, Received by Customer`); hub and town stand in an object named after the status. Clocks carry
//! an offset, mostly UTC's. On the way back the same statuses are told, marked as "RTS leg".
//!
//! Names of fields and codes could not be checked word for word against a description by the carrier.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{
    Private, Reason as R,
    State::{self, *},
    TrackingEvent,
};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    phrase, place, reply,
    scan::Scan,
    signature::{self, BadSignature},
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: NinjaVan = NinjaVan;
pub struct NinjaVan;

static CARD: Card = Card { id: "ninja_van", name: "Ninja Van", zone: "Asia/Singapore", aggregator: false, codes: CODES };

/// The statuses of the webhook's page, of both its generations.
static CODES: &[Code] = &[
    code("Staging", Dispatched),
    code("Pending Pickup", Dispatched),
    code("Pending Pickup at Distribution Point", AwaitingDropOff),
    code("Van en-route to pickup", CollectionScheduled),
    code("Pickup fail", CarrierUnableToCollect),
    code("Pickup Exception", CarrierUnableToCollect),
    code("Pickup Exception, Max Attempts Reached", CarrierUnableToCollect),
    code("Successful Pickup", CollectedByCarrier),
    code("Picked Up, In Transit To Origin Hub", CollectedByCarrier),
    code("Driver dropped off", DroppedOff),
    code("Dropped Off at Distribution Point", DroppedOff),
    code("En-route to Sorting Hub", InTransit),
    code("In Transit to Next Sorting Hub", InTransit),
    code("Arrived at Sorting Hub", ArrivedAtHub),
    code("Arrived at Origin Hub", ArrivedAtHub),
    code("Arrived at Transit Hub", ArrivedAtHub),
    code("Arrived at Destination Hub", AtDeliveryDepot),
    code("Processing at Sorting Hub", ArrivedAtHub),
    code("Cross Border Transit", InTransit),
    code("International Transit", InTransit),
    code("Transferred to 3PL", CarrierChanged),
    code("Customs Held", HeldAtCustoms),
    code("Customs Cleared", ClearedThroughCustoms),
    code("On Vehicle for Delivery", OutForDelivery),
    code("On Vehicle for Delivery (RTS)", ReturningToSender),
    code("At PUDO, Pending Customer Collection", ReadyForCollection),
    code("Arrived at Distribution Point", ReadyForCollection),
    code("Successful Delivery", Delivered),
    code("Delivered", Delivered),
    code("Delivered, Received by Customer", Delivered),
    code("Delivered, Left at Doorstep", DeliveredToSafeLocation),
    code("Delivered, Collected by Customer", CollectedByShopper),
    code("Completed", Delivered),
    code("First Attempt Delivery Fail", DeliveryFailed),
    code("Delivery Exception", DeliveryFailed),
    code("Pending Reschedule", DeliveryFailed),
    code("Delivery Exception, Pending Reschedule", DeliveryFailed),
    code("Delivery Exception, Max Attempts Reached", DeliveryFailed),
    why("Delivery Exception, Parcel Overstayed at PUDO", FailedToCollect, R::NotCollected),
    code("Delivery Exception, Return to Sender Initiated", WillBeReturnedToSender),
    code("Return to Sender Triggered", WillBeReturnedToSender),
    code("Return to Sender", ReturningToSender),
    code("Returned to Sender", ReturnedToSender),
    why("Parcel Lost", Lost, R::Lost),
    why("Parcel Damaged", Damaged, R::Damaged),
    code("Cancelled", Cancelled),
    code("Parcel Measurements Update", ForInformation),
    code("Parcel Size", ForInformation),
    code("Parcel Weight", ForInformation),
];

const SCAN: Scan =
    Scan { code: &["status", "event"], words: &["status", "event"], at: &["timestamp"], words_may_speak: true, ..Scan::BARE };

impl Carrier for NinjaVan {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = histories(&tree).into_iter().map(|h| parcel(h, payload)).collect();
        let complaint = tree.first(&["error.message", "error.title", "error.reason", "error", "message"]).filter(|_| !tree.carries("data"));
        reply::or_rows(reply::of(parcels, complaint, tree.carries_list("data"), "Ninja Van"), payload, &CARD, &[])
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        let own = |e: &Value| {
            e.carries("is_parcel_on_rts_leg") || e.knows("shipper_id") && (e.knows("shipper_order_ref_no") || e.knows("tracking_ref_no"))
        };
        let found = histories(tree);
        if payload.header("x-ninjavan-hmac-sha256").is_some() {
            return 98;
        }
        if found.iter().any(|h| own(h) || h.list("events").into_iter().any(own) || h.carries("is_full_history_available")) { 95 } else { 0 }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header("x-ninjavan-hmac-sha256").ok_or(BadSignature::Missing)?;
        signature::same(told, &signature::base64(&signature::hmac_sha256(secret.as_bytes(), &[payload.body])))
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let after = number.strip_prefix("NV")?;
        let rest = ["SG", "MY", "ID", "PH", "VN", "TH"].iter().find_map(|c| after.strip_prefix(c))?;
        (rest.len() >= 6 && rest.len() <= 16 && rest.bytes().all(|b| b.is_ascii_alphanumeric())).then_some((80, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.ninjavan.co/en-sg/tracking?id={number}"))
    }
}

fn number_of(value: &Value) -> Option<String> {
    value.first(&["tracking_number", "tracking_id"])
}

/// Orders with their events, or a lone event.
fn histories(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| number_of(v).is_some() && (v.carries_list("events") || v.knows("status") && v.carries("timestamp")))
}

fn parcel(history: &Value, payload: &Payload) -> ParcelReading {
    let rows = if history.carries_list("events") { history.list("events") } else { vec![history] };
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| scan(row, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: number_of(history), events, ..ParcelReading::default() }
}

fn scan(row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = SCAN.event(row, &CARD, payload)?;
    let details =
        row.as_object()?.iter().filter(|(key, v)| key.to_ascii_lowercase().ends_with("information") && v.is_object()).map(|(_, v)| v);
    for told in details {
        event.location = place::of(told.first(&["city", "hub"]), told.say("state"), told.say("postcode"), told.say("country"));
    }
    let comment = row.first(&[
        "comments",
        "reason",
        "delivery_exception.failure_reason",
        "delivery_exception.reason",
        "pickup_exception.failure_reason",
    ]);
    if let Some(comment) = comment {
        let in_trouble = timeline::is_troubled(&event);
        event.reason = event
            .reason
            .or_else(|| phrase::understand(&comment, &[]).and_then(|m| m.1).or_else(|| phrase::reason(&comment)).filter(|_| in_trouble));
        if event.location.is_empty() && event.reason.is_none() {
            event.location = whereabouts_domain::Location::text(comment);
        } else {
            event.description = format!("{}: {comment}", event.description);
        }
    }
    if row.say("is_parcel_on_rts_leg").is_some_and(|r| r == "true") {
        event.state = on_the_way_back(event.state);
    }
    if event.state.is_delivered() {
        event.signed_by = row.first(&["delivery_information.name", "pod.name", "proof.name"]).map(Private::new);
    }
    Some(event)
}

fn on_the_way_back(state: State) -> State {
    match state {
        s if s.is_delivered() => ReturnedToSender,
        InTransit | ArrivedAtHub | DepartedHub | AtDeliveryDepot | OutForDelivery => ReturningToSender,
        other => other,
    }
}
