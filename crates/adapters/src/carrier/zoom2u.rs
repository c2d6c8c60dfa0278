//! Zoom2u (Australia, same day): a delivery of its API, also sent when its status changes. Clocks are UTC.

use serde_json::Value;
use whereabouts_domain::{Proof, State::*};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    reply,
    tree::Tree,
};

pub static CARRIER: Zoom2u = Zoom2u;
pub struct Zoom2u;

static CARD: Card = Card { id: "zoom2u", name: "Zoom2u", zone: "Australia/Sydney", aggregator: false, codes: CODES };

/// The statuses of a delivery.
const CODES: &[Code] = &[
    code("Unassigned", Registered),
    code("Accepted", CollectionScheduled),
    code("On Route to Pickup", CollectionScheduled),
    code("Picked up", CollectedByCarrier),
    code("On Route to Dropoff", OutForDelivery),
    code("Dropped Off", Delivered),
    why("Tried to deliver", DeliveryAttempted, whereabouts_domain::Reason::NobodyHome),
    code("On Hold - With Courier", HeldByCarrier),
    code("On Hold", HeldByCarrier),
    code("Returning", ReturningToSender),
    code("Returned", ReturnedToSender),
    code("Cancelled", Cancelled),
];

impl Carrier for Zoom2u {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = body.list("").into_iter().filter(|d| is_delivery(d)).map(|d| parcel(d, &rule)).collect();
        reply::of(parcels, body.first(&["error-code", "message", "error.message", "error"]), false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |d: &&Value| is_delivery(d) && d.knows("statusChangeDateTime");
        if body.list("").iter().any(is_own) { 94 } else { 0 }
    }
}

fn is_delivery(told: &Value) -> bool {
    told.knows("reference") && told.knows("status")
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let status = told.say("status");
    let mut event = CARD.event(status.clone(), status.unwrap_or_default(), &[]);
    event.moment = told.say("statusChangeDateTime").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    for (kind, path) in [("photo", "proofOfDeliveryPhotoUrl"), ("signature", "signatureUrl")] {
        let url = told.say(path).filter(|_| event.state.is_delivered());
        event.proof.extend(url.map(|url| Proof { kind: kind.into(), url: Some(url), at: None }));
    }
    ParcelReading { tracking_number: told.say("reference"), events: vec![event], ..ParcelReading::default() }
}
