//! Shopify: the webhooks `fulfillments/create`, `fulfillments/update`, `fulfillment_events/create` and `orders/…`, and the
//! fulfilment of its GraphQL API.
//!
//! Sources: Shopify's Admin API reference (Fulfillment, FulfillmentEvent, FulfillmentEventStatus), its page on verifying
//! webhooks. Quirks: a fulfilment says only where it is now (`shipment_status`, null until a carrier spoke) and when it was
//! touched; a fulfilment event names its fulfilment, not the tracking number. A fulfilment's parcels share its status.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{
    Reason, State, TrackingEvent, Window,
    aliases::{Vendor, state_of},
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, place,
    signature::{self, BadSignature},
    tree::{self, Tree},
    underneath,
};

pub static CARRIER: Shopify = Shopify;
pub struct Shopify;

// The codes stand in the crosswalk, `whereabouts_domain::aliases`.
static CARD: Card = Card { id: "shopify", name: "Shopify", zone: "UTC", aggregator: true, codes: &[] };

impl Carrier for Shopify {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        if is_event(&body) {
            let number = body.say("tracking_number").or_else(|| payload.number.map(str::to_string));
            let number = number.ok_or_else(|| {
                let fulfilment = body.say("fulfillment_id").unwrap_or_default();
                Unreadable::error_reply(format!(
                    "nothing to read: an event of fulfilment {fulfilment} without its tracking number, which the webhook `fulfillments/update` tells"
                ))
            })?;
            let events = event(&body, "", &rule).into_iter().collect();
            return Ok(Reading::one(ParcelReading { tracking_number: Some(number), events, ..ParcelReading::default() }));
        }
        let parcels: Vec<ParcelReading> = tree::outermost(&body, &is_fulfilment).into_iter().flat_map(|f| parcels(f, &rule)).collect();
        let is_own = !parcels.is_empty() || payload.header("x-shopify-topic").is_some() || body.carries("fulfillments");
        if let Some(why) = body.first(&["errors.message", "errors"]).filter(|_| parcels.is_empty()) {
            return Err(Unreadable::error_reply(why));
        }
        if is_own { Ok(Reading { parcels }) } else { Err(Unreadable::not_understood("no Shopify fulfilment in it")) }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header("x-shopify-hmac-sha256").is_some() || payload.header("x-shopify-topic").is_some() {
            return 98;
        }
        if is_event(body) || tree::outermost(body, &is_fulfilment).iter().any(|f| f.carries("shipment_status") || f.carries("trackingInfo"))
        {
            92
        } else {
            0
        }
    }

    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header("x-shopify-hmac-sha256").ok_or(BadSignature::Missing)?;
        signature::same(told, &signature::base64(&signature::hmac_sha256(secret.as_bytes(), &[payload.body])))
    }
}

fn is_event(body: &Value) -> bool {
    body.knows("fulfillment_id") && body.knows("happened_at")
}

/// By keys that only a fulfilment has, whether they say something or not.
fn is_fulfilment(value: &Value) -> bool {
    let has = |key: &str| value.carries(key);
    let is_info = |v: &Value| v.list("trackingInfo").iter().all(|info| info.carries("number"));
    (has("tracking_company") && has("order_id") && (has("tracking_numbers") || has("tracking_number")))
        || (has("trackingInfo") && is_info(value))
}

/// One parcel for each tracking number.
fn parcels(fulfilment: &Value, rule: &ZoneRule) -> Vec<ParcelReading> {
    let mut numbers: Vec<String> =
        ["tracking_numbers", "tracking_number"].iter().flat_map(|path| fulfilment.list(path)).filter_map(tree::plain).collect();
    numbers.extend(fulfilment.list("trackingInfo").into_iter().filter_map(|info| info.say("number")));
    let mut seen = std::collections::HashSet::new();
    numbers.retain(|number| seen.insert(number.clone()));
    let named = fulfilment.first(&["tracking_company", "trackingInfo.company"]).unwrap_or_default();
    let carrier = underneath::known(&named).map_or_else(|| named.to_lowercase(), str::to_string);
    let mut told: Vec<&Value> = ["events.nodes", "fulfillment_events", "events"]
        .iter()
        .flat_map(|path| fulfilment.list(path))
        .filter(|e| e.knows("status"))
        .collect();
    told.extend(fulfilment.list("events.edges").into_iter().filter_map(|edge| edge.branch("node")));
    let mut events: Vec<TrackingEvent> = told.into_iter().filter_map(|e| event(e, &carrier, rule)).collect();
    if events.is_empty() {
        events.extend(now(fulfilment, &carrier, rule));
    }
    let estimate = fulfilment.first(&["estimated_delivery_at", "estimatedDeliveryAt"]);
    let parcel = |number| ParcelReading {
        tracking_number: Some(number),
        events: events.clone(),
        estimated_delivery: estimate.clone().map(|end| Window { start: None, end: Some(end) }),
        service: fulfilment.say("service"),
        ..ParcelReading::default()
    };
    numbers.into_iter().map(parcel).collect()
}

/// Where the fulfilment is now. One that was made and of which no carrier spoke is only despatched.
fn now(fulfilment: &Value, carrier: &str, rule: &ZoneRule) -> Option<TrackingEvent> {
    let (status, made) =
        (fulfilment.first(&["shipment_status", "displayStatus"]), fulfilment.say("status").unwrap_or_default().to_lowercase());
    let (state, code) = match status {
        _ if made == "cancelled" => (State::Cancelled, made),
        Some(status) => (meaning(&status), status),
        None if matches!(made.as_str(), "success" | "open" | "pending") => (State::Dispatched, made),
        None => return None,
    };
    let mut event = TrackingEvent::new("", carrier, state);
    event.moment = fulfilment
        .first(&["updated_at", "updatedAt", "created_at", "createdAt"])
        .and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    event.carrier_code = Some(code);
    Some(event)
}

fn event(told: &Value, carrier: &str, rule: &ZoneRule) -> Option<TrackingEvent> {
    let status = told.say("status")?;
    let words = told.say("message").unwrap_or_default();
    let coded = Some(meaning(&status)).filter(|state| *state != State::Unknown).map(|state| (state, None::<Reason>));
    let (state, reason) = coded.map_or((State::Unknown, None), |coded| phrase::refine(Some(coded), phrase::understand(&words, &[])));
    let mut event = TrackingEvent::new("", carrier, state);
    event.reason = reason;
    event.moment = told.first(&["happened_at", "happenedAt", "created_at"]).and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    event.carrier_code = Some(status);
    event.description = words;
    event.location = place::of(told.say("city"), told.say("province"), told.say("zip"), told.say("country"));
    event.location.latitude = told.say("latitude").and_then(|n| n.parse().ok());
    event.location.longitude = told.say("longitude").and_then(|n| n.parse().ok());
    let due = told.first(&["estimated_delivery_at", "estimatedDeliveryAt"]);
    event.estimated_delivery = due.map(|end| Window { start: None, end: Some(end) });
    event.source_id = told.first(&["admin_graphql_api_id", "id"]);
    Some(event)
}

fn meaning(status: &str) -> State {
    state_of(Vendor::Shopify, status).unwrap_or(State::Unknown)
}
