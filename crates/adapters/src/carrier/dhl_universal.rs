//! DHL's Shipment Tracking – Unified: one API (and its push) for the divisions, which name themselves in `service`. Five
//! step codes are all it has; the words, and Express's checkpoint in `status`, say more. Read where DHL Express is read.

use serde_json::Value;

use super::{
    Card, Carrier, Payload, Reading, Shape, Unreadable, code,
    dhl_express::{self, track},
};
use crate::{
    ask::{AskCard, Asked, Auth, Endpoint, Field, Pace, Probe, Request},
    reply,
    tree::{self, Tree},
};

pub static CARRIER: DhlUniversal = DhlUniversal;
pub struct DhlUniversal;

static CARD: Card = Card {
    id: "dhl_universal",
    name: "DHL",
    zone: "Europe/Berlin",
    aggregator: true,
    codes: &[
        code("pre-transit", whereabouts_domain::State::Dispatched),
        code("transit", whereabouts_domain::State::InTransit),
        code("delivered", whereabouts_domain::State::Delivered),
        code("failure", whereabouts_domain::State::ShipmentIssue),
    ],
};

impl Carrier for DhlUniversal {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        read(&payload.json()?, payload, &CARD)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if is_unified(tree) {
            return 93;
        }
        let asked = tree.say("instance").unwrap_or_default();
        let is_own = asked.starts_with("/shipment/") || asked.starts_with("/shipments?") || asked.contains("/track/shipments");
        if is_own && tree.knows("status") && (tree.knows("title") || tree.knows("detail")) { 90 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ASKS
    }
}

/// Shipments of the unified API, in the name of the division that each of them tells, else the reader's; its zone is that of clocks that tell neither
/// place nor offset.
pub fn read(tree: &Value, payload: &Payload, reader: &'static Card) -> Result<Reading, Unreadable> {
    let parcels = shipments(tree)
        .into_iter()
        .map(|s| {
            let mut parcel = track::shipment(s, payload, reader.zone);
            let carrier = s.say("service").and_then(|service| division(&service)).unwrap_or(reader.id);
            parcel.events.iter_mut().chain(&mut parcel.summary).for_each(|event| event.carrier = carrier.to_string());
            parcel
        })
        .collect();
    reply::of(parcels, dhl_express::complaint(tree), tree.carries_list("shipments"), "DHL")
}

/// Our id for a division of DHL.
fn division(service: &str) -> Option<&'static str> {
    Some(match service.to_ascii_lowercase().as_str() {
        "express" => "dhl_express",
        "parcel-de" => "dhl_parcel_de",
        "parcel-pl" => "dhl_poland",
        "ecommerce" | "ecommerce-us" | "ecommerce-americas" => "dhl_ecommerce_americas",
        "parcel-uk" | "ecommerce-uk" => "dhl_ecommerce_uk",
        "freight" => "dhl_freight",
        _ => return None,
    })
}

pub fn shipments(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &is_shipment)
}

fn is_shipment(value: &Value) -> bool {
    let tells_step = |v: &Value| v.knows("statusCode") && (v.knows("timestamp") || v.knows("status") || v.knows("description"));
    value.knows("id") && (value.branch("status").is_some_and(tells_step) || value.list("events").into_iter().any(tells_step))
}

/// Shipments that are not all freight, which has a dialect of its own.
fn is_unified(tree: &Value) -> bool {
    let found = shipments(tree);
    !found.is_empty() && !found.iter().all(|s| is_freight(s))
}

pub fn is_freight(shipment: &Value) -> bool {
    shipment.say("service").is_some_and(|s| s.eq_ignore_ascii_case("freight"))
}

/// DHL's "Shipment Tracking - Unified" reference: a new key has 250 calls a day and one a second; the day ends at midnight
/// in Greenwich; there is no sandbox. Without `service` a number may find another division's shipment.
pub(super) const fn unified(request: fn(&Asked) -> Request) -> AskCard {
    AskCard {
        id: "unified",
        name: "Shipment Tracking - Unified",
        help: "developer.dhl.com: an app with \"Shipment Tracking - Unified\"; its consumer key",
        reads: "dhl_universal",
        live: Endpoint::api("https://api-eu.dhl.com"),
        sandbox: None,
        auth: Auth::Headers(&[("dhl-api-key", "api_key")]),
        fields: KEY,
        batch: 1,
        pace: Pace { per_day: Some(250), least_gap_millis: 1_000 },
        probe: Probe::Number("00340000000000000000"),
        request,
    }
}

static KEY: &[Field] = &[Field::secret("api_key", "API key (consumer key)")];

pub(super) fn shipment(number: &str) -> Request {
    Request::get("/track/shipments").query("trackingNumber", number).query("language", "en")
}

static ASKS: &[AskCard] = &[unified(|a| shipment(a.number()))];
