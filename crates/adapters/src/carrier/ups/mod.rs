//! UPS: the Track API (REST since 2021; XML and SOAP before it, and the JSON that mirrored them), the tracking page's
//! own JSON, Track Alert webhooks, and Quantum View as XML, JSON and EDIFACT.

mod ask;
mod codes;
mod edifact;
mod quantum_view;
mod scan;
mod track;

use jiff::Timestamp;
use serde_json::Value;

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::AskCard,
    signature::{self, BadSignature},
    timeline,
    tree::{self, Tree},
    xml::Element,
};

pub static CARRIER: Ups = Ups;
pub struct Ups;

static CARD: Card = Card { id: "ups", name: "UPS", zone: "America/New_York", aggregator: false, codes: codes::CODES };

impl Carrier for Ups {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        if edifact::is_ups(payload.body) {
            return edifact::read(payload);
        }
        let tree = tree::of(payload)?;
        let mut parcels = track::read(&tree, payload);
        parcels.extend(quantum_view::read(&tree, payload));
        if !parcels.is_empty() {
            return Ok(Reading { parcels: timeline::one_per_number(parcels) });
        }
        match complaint(&tree) {
            Some(words) => Err(Unreadable::error_reply(words)),
            None if is_ours(&tree) => Ok(Reading::default()),
            None => Err(Unreadable::not_understood("no UPS shipment in it")),
        }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(json) => sure_of_json(json),
            Shape::Xml(xml) => sure_of_xml(xml),
            Shape::Other if edifact::is_ups(payload.body) => 95,
            Shape::Other => 0,
        }
    }

    /// Track Alert sends the credential that was told when subscribing, as it is.
    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        signature::same(payload.header("credential").ok_or(BadSignature::Missing)?, secret)
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        if let Some(rest) = number.strip_prefix("1Z") {
            let fits = rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_alphanumeric()) && check_digit_fits(rest);
            return fits.then_some((98, true));
        }
        let (letter, rest) = number.split_at_checked(1)?;
        let fits = matches!(letter, "A" | "H" | "J" | "K" | "T" | "V")
            && rest.len() == 10
            && rest.bytes().all(|b| b.is_ascii_digit())
            && check_digit_fits(rest);
        fits.then_some((75, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.ups.com/track?tracknum={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }
}

/// Every second character counts double; a letter counts as its place in the alphabet's rows of ten.
fn check_digit_fits(serial_and_digit: &str) -> bool {
    let Some((digit, serial)) = serial_and_digit.as_bytes().split_last() else { return false };
    let sum: u32 = serial
        .iter()
        .enumerate()
        .map(|(i, b)| {
            let value = if b.is_ascii_digit() { u32::from(b - b'0') } else { (u32::from(*b) - 3) % 10 };
            if i % 2 == 1 { value * 2 } else { value }
        })
        .sum();
    digit.is_ascii_digit() && (10 - sum % 10) % 10 == u32::from(digit - b'0')
}

/// What an error reply complains of, in any of the generations.
fn complaint(tree: &Value) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    for error in tree.find("errors").into_iter().chain(tree.find("error")).chain(tree.find("warnings")) {
        said.extend(error.first(&["message", "errorDescription", "description"]));
    }
    for error in tree.find("primaryErrorCode") {
        said.extend(error.say("description"));
    }
    if said.is_empty() {
        said.extend(tree.find("faultstring").first().and_then(|f| f.say("")));
        said.extend(tree.find("errorText").first().and_then(|f| f.say("")));
    }
    said.dedup();
    (!said.is_empty()).then(|| said.join("; "))
}

fn is_ours(tree: &Value) -> bool {
    ["trackResponse", "trackDetails", "quantumViewResponse"].iter().any(|name| tree.knows(name)) || !tree.owners("trackResponse").is_empty()
}

fn sure_of_json(json: &Value) -> u8 {
    if json.knows("trackResponse.shipment") || json.knows("trackResponse.response") {
        return 92;
    }
    if json.knows("quantumViewResponse") || (json.knows("trackDetails") && !json.owners("shipmentProgressActivities").is_empty()) {
        return 92;
    }
    if json.branch("trackResponse").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
        return 80;
    }
    let dated = ["localActivityDate", "gmtActivityDate"].iter().any(|n| json.knows(n));
    if json.knows("activityStatus") && dated {
        return 95;
    }
    if json.knows("fault.detail.errors.errorDetail.primaryErrorCode") {
        return 80;
    }
    let is_error = json.list("response.errors").iter().any(|e| e.knows("code") && e.knows("message"));
    if is_error { 70 } else { 0 }
}

fn sure_of_xml(root: &Element) -> u8 {
    let named = |name: &str| root.name.eq_ignore_ascii_case(name);
    if named("QuantumViewResponse") {
        return 97;
    }
    if named("TrackResponse") && (root.at("Response/ResponseStatusCode").is_some() || root.at("Shipment/Package").is_some()) {
        return 95;
    }
    if let Some(reply) = root.find("TrackResponse")
        && reply.at("Shipment").is_some()
        && reply.at("TrackInfo").is_none()
    {
        return 90;
    }
    if root.find("PrimaryErrorCode").is_some() && root.find("ErrorDetail").is_some() { 85 } else { 0 }
}
