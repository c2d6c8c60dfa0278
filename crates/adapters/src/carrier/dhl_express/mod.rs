//! DHL Express: XML-PI and its SOAP and JSON wrappers, the consumer page's JSON, and, when told that a payload is DHL
//! Express's, the shapes of the MyDHL API and the unified API, which have dialects of their own.

pub(super) mod codes;
pub(super) mod track;

use serde_json::Value;

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable, dhl_universal, mydhl};
use crate::{
    ask::AskCard,
    timeline,
    tree::{self, Tree},
    xml::Element,
};

pub static CARRIER: DhlExpress = DhlExpress;
pub struct DhlExpress;

static CARD: Card = Card { id: "dhl_express", name: "DHL Express", zone: "Europe/Berlin", aggregator: false, codes: codes::CODES };

impl Carrier for DhlExpress {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = track::read(&tree, payload);
        if !parcels.is_empty() {
            return Ok(Reading { parcels: timeline::one_per_number(parcels) });
        }
        match complaint(&tree) {
            Some(words) => Err(Unreadable::error_reply(words)),
            None if ["trackingResponse", "shipments", "results"].iter().any(|n| !tree.owners(n).is_empty()) => Ok(Reading::default()),
            None => Err(Unreadable::not_understood("no DHL Express shipment in it")),
        }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(json) => sure_of_json(json),
            Shape::Xml(xml) => sure_of_xml(xml),
            Shape::Other => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let letters = number.bytes().take_while(u8::is_ascii_uppercase).count();
        let digits = &number[letters..];
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match (letters, digits.len()) {
            (0, 10 | 11) => {
                let (serial, check) = digits.split_at(digits.len() - 1);
                let fits = serial.parse::<u64>().ok()? % 7 == check.parse::<u64>().ok()?;
                fits.then_some((if digits.len() == 10 { 78 } else { 55 }, true))
            }
            // A piece's licence plate has no check digit.
            (2, 18) if number.starts_with("JD") => Some((85, false)),
            (3, 10..=18) if number.starts_with("JJD") => Some((85, false)),
            (3 | 4, 9 | 10) if number.starts_with('J') => Some((80, false)),
            _ => None,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.dhl.com/en/express/tracking.html?AWB={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ASKS
    }
}

/// What an error reply complains of.
pub(super) fn complaint(tree: &Value) -> Option<String> {
    let mut said: Vec<String> = tree.find("condition").into_iter().filter_map(|c| c.first(&["conditionData", "conditionCode"])).collect();
    if said.is_empty() {
        let errors = tree.find("errors").into_iter().chain(tree.find("error")).chain(tree.find("fault"));
        said.extend(errors.filter_map(|e| e.first(&["message", "label", "faultstring", "detail", ""])));
    }
    if said.is_empty() {
        // An RFC 7807 problem: no shipment, no access.
        said.extend(tree.first(&["detail", "title", "message"]).filter(|_| tree.knows("status")));
    }
    said.dedup();
    (!said.is_empty()).then(|| said.join("; "))
}

fn sure_of_json(json: &Value) -> u8 {
    let page = json
        .list("results")
        .into_iter()
        .any(|r| r.knows("checkpoints") && !r.knows("slug") || r.say("type").as_deref() == Some("airwaybill"));
    if page {
        return 92;
    }
    if json.owners("AWBInfo").iter().any(|r| r.branch("AWBInfo").is_some_and(Value::is_object)) { 90 } else { 0 }
}

fn sure_of_xml(root: &Element) -> u8 {
    let named = |name: &str| root.name.eq_ignore_ascii_case(name);
    if named("ShipmentTrackingErrorResponse") {
        return 95;
    }
    if root.find("AWBInfo").is_some_and(|a| a.find("AWBNumber").is_some()) {
        return 97;
    }
    let service = root.at("Response/Status/Condition/ConditionCode").is_some();
    if service && (named("TrackingResponse") || named("ErrorResponse")) { 85 } else { 0 }
}

/// Credentials of MyDHL are for shippers with an account; a key of the unified API is for anybody.
static ASKS: &[AskCard] = &[mydhl::ASK, dhl_universal::unified(|a| dhl_universal::shipment(a.number()).query("service", "express"))];
