//! BoxKnight (Canada, same day): an order of its API. It tells one status, and when the order was made, not when the
//! status changed.

use serde_json::Value;
use whereabouts_domain::{Proof, State::*, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    reply,
    tree::Tree,
};

pub static CARRIER: BoxKnight = BoxKnight;
pub struct BoxKnight;

static CARD: Card = Card { id: "boxknight", name: "BoxKnight", zone: "America/Toronto", aggregator: false, codes: CODES };

const CODES: &[Code] = &[
    code("CREATED", Dispatched),
    code("GEOCODED", Dispatched),
    code("PICKUP_ASSIGNED", CollectionScheduled),
    code("PICKUP_EN_ROUTE", CollectionScheduled),
    code("PICKUP_COMPLETED", CollectedByCarrier),
    code("DELIVERY_ASSIGNED", InTransit),
    code("DELIVERY_EN_ROUTE", OutForDelivery),
    code("DELIVERY_COMPLETED", Delivered),
    code("CANCELLED", Cancelled),
    code("CANCELED", Cancelled),
];

impl Carrier for BoxKnight {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = body.list("").into_iter().filter(|o| o.knows("orderStatus")).map(|o| parcel(o, &rule)).collect();
        reply::of(parcels, body.first(&["error.message", "error", "message"]), false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own =
            |o: &&Value| o.knows("orderStatus") && o.knows("merchantId") && (o.knows("recipientAddress") || o.knows("packageCount"));
        if body.list("").iter().any(is_own) { 95 } else { 0 }
    }
}

fn parcel(order: &Value, rule: &ZoneRule) -> ParcelReading {
    let status = order.say("orderStatus");
    let mut event = CARD.event(status.clone(), status.unwrap_or_default(), &[]);
    let is_new = event.state == Dispatched;
    let changed = order.first(&["updatedAt", "statusUpdatedAt"]).or_else(|| order.say("createdAt").filter(|_| is_new));
    event.moment = changed.and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    if event.state.is_delivered() {
        let photo = order.first(&["deliveryPhotoUrl", "photoUrl"]);
        event.proof.extend(photo.map(|url| Proof { kind: "photo".into(), url: Some(url), at: None }));
    }
    let time = |path: &str| order.say(path).and_then(|t| clock::read(&t, DateOrder::DayFirst, rule)).map(|m| m.rfc3339());
    let window = Window { start: time("completeAfter"), end: time("completeBefore") };
    ParcelReading {
        tracking_number: order.first(&["id", "trackingNumber"]),
        events: vec![event],
        estimated_delivery: window.end.is_some().then_some(window),
        service: order.say("service"),
        ..ParcelReading::default()
    }
}
