//! Teleship (cross-border): the tracking API and its `shipment.updated` webhook, whose `data` is the same shape.
//! Signed with HMAC-SHA256 over the body, in hex, in `x-teleship-signature`. Clocks are UTC.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{State::*, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    place,
    signature::{self, BadSignature},
    timeline::{self, Habit, oldest_first},
    tree::Tree,
};

pub static CARRIER: Teleship = Teleship;
pub struct Teleship;

static CARD: Card = Card { id: "teleship", name: "Teleship", zone: "UTC", aggregator: false, codes: CODES };

const SIGNATURE: &str = "x-teleship-signature";

/// As written in replies (lower case) and in webhooks (capitals).
const CODES: &[Code] = &[
    code("pending", Registered),
    code("created", Dispatched),
    code("label_created", Dispatched),
    code("label_generated", Dispatched),
    code("collected", CollectedByCarrier),
    code("picked_up", CollectedByCarrier),
    code("in_hub", ArrivedAtHub),
    code("in_transit", InTransit),
    code("customs", AtCustoms),
    code("customs_hold", HeldAtCustoms),
    code("customs_cleared", ClearedThroughCustoms),
    code("out_for_delivery", OutForDelivery),
    code("delivery_attempted", DeliveryAttempted),
    code("delivery_failed", DeliveryFailed),
    code("delivered", Delivered),
    code("returned", ReturningToSender),
    code("cancelled", Cancelled),
];

impl Carrier for Teleship {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let told: Vec<&Value> = body.list("").into_iter().map(|b| b.branch("data").unwrap_or(b)).collect();
        let parcels: Vec<ParcelReading> = told.into_iter().filter(|s| is_shipment(s)).map(|s| shipment(s, &rule)).collect();
        if !parcels.is_empty() {
            return Ok(Reading { parcels });
        }
        match body.first(&["messages.message", "messages.details", "error.message", "message"]) {
            Some(why) => Err(Unreadable::error_reply(why)),
            None if body.knows("eventName") => Ok(Reading::default()),
            None => Err(Unreadable::not_understood("no Teleship shipment in it")),
        }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header(SIGNATURE).is_some() {
            return 98;
        }
        let told = body.branch("data").unwrap_or(body);
        if body.knows("eventName") && body.knows("objectType") && body.knows("objectId") {
            return 94;
        }
        if is_shipment(told) && told.knows("shipmentId") && (told.knows("firstMile") || told.knows("lastMile")) {
            return 95;
        }
        let complaint = body.branch("messages");
        if complaint.is_some_and(|m| m.knows("code") && m.knows("message") && m.knows("timestamp") && m.knows("details")) { 75 } else { 0 }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header(SIGNATURE).ok_or(BadSignature::Missing)?.trim().to_ascii_lowercase();
        let told = told.strip_prefix("sha256=").unwrap_or(&told);
        signature::same(told, &signature::hex(&signature::hmac_sha256(secret.as_bytes(), &[payload.body])))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://track.teleship.com/{number}"))
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("TELESHIP")?;
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some((95, false))
    }
}

fn is_shipment(told: &Value) -> bool {
    told.knows("trackingNumber") && (told.knows("events") || told.knows("status") || told.knows("shipmentId"))
}

fn shipment(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("events").into_iter().map(|e| event(e, rule)).collect();
    oldest_first(&mut events, Habit::OldestFirst);
    let summary = told.say("status").map(|status| CARD.event_in_words(Some(status), String::new(), &[])).filter(|s| s.state != Registered);
    let end = told.say("estimatedDelivery").map(|t| t.split('T').next().unwrap_or_default().to_string());
    ParcelReading {
        tracking_number: told.say("trackingNumber"),
        summary: summary.and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: end.map(|end| Window { start: None, end: Some(end) }),
        service: told.first(&["service.name", "serviceCode", "service"]),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let mut event = CARD.event_in_words(told.first(&["code", "status"]), told.say("description").unwrap_or_default(), &[]);
    event.location = match told.branch("location").filter(|l| l.is_object()) {
        Some(l) => place::of(l.say("city"), l.say("state"), l.say("postcode"), l.say("country")),
        None => told.say("location").map(|l| place::of_line(&l)).unwrap_or_default(),
    };
    let rule = place::rule_at(rule, &event.location);
    event.moment = told.first(&["timestamp", "date"]).and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
    event
}
