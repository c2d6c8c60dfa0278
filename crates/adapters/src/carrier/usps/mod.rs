//! USPS: the Tracking API (REST, version 3), its webhooks, and the Web Tools' XML, whose older replies are sentences.

mod ask;
mod codes;
mod sentence;
mod track;

use serde_json::Value;

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::AskCard,
    timeline,
    tree::{self, Tree},
    xml::Element,
};

pub static CARRIER: Usps = Usps;
pub struct Usps;

static CARD: Card = Card { id: "usps", name: "USPS", zone: "America/New_York", aggregator: false, codes: codes::CODES };

impl Carrier for Usps {
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
            None if tree.knows("trackResponse") || tree.knows("trackingNumber") || tree.knows("statusCategory") => Ok(Reading::default()),
            None => Err(Unreadable::not_understood("no USPS tracking in it")),
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
        if number.len() == 13 && number.ends_with("US") {
            return s10_fits(number).then_some((95, true));
        }
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if let Some(sure) = barcode(number) {
            return Some((sure, true));
        }
        // The destination's ZIP code in front, five digits or nine.
        let routed = number.strip_prefix("420")?;
        let sure = [5, 9].iter().filter_map(|zip| routed.get(*zip..)).filter(|rest| rest.len() >= 20).find_map(barcode)?;
        Some((sure, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }
}

/// An Intelligent Mail package barcode, or the twenty digits that came before it.
fn barcode(number: &str) -> Option<u8> {
    let digit = |i: usize| number.as_bytes().get(i).map(|b| b - b'0');
    let mailer_of_nine = digit(5) == Some(9);
    let long = matches!(number.len(), 22 | 26 | 30);
    let sure = match number.get(..2)? {
        "94" if long => 96,
        "92" if long && number.len() < 30 && mailer_of_nine => 96,
        "93" if long && number.len() < 30 && !mailer_of_nine => 96,
        "95" if long && number.len() < 30 => 96,
        "91" if number.len() == 22 => 92,
        _ if number.len() == 20 => 70,
        _ => return None,
    };
    // Twenty digits may have lost the `91` in front, which takes part in the sum.
    let fits = modulo_10_fits(number) || (number.len() == 20 && modulo_10_fits(&format!("91{number}")));
    fits.then_some(sure)
}

/// From the right, every second digit counts three times.
fn modulo_10_fits(number: &str) -> bool {
    let sum: u32 = number.bytes().rev().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 1 { 3 } else { 1 }).sum();
    sum.is_multiple_of(10)
}

/// UPU S10: two letters, eight digits, a check digit, the country.
fn s10_fits(number: &str) -> bool {
    let bytes = number.as_bytes();
    if !bytes[..2].iter().all(u8::is_ascii_uppercase) || !bytes[2..11].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = bytes[2..10].iter().zip([8, 6, 4, 2, 3, 5, 9, 7]).map(|(b, w)| u32::from(b - b'0') * w).sum();
    let check = match sum % 11 {
        1 => 0,
        0 => 5,
        rest => 11 - rest,
    };
    u32::from(bytes[10] - b'0') == check
}

/// What an error reply complains of.
fn complaint(tree: &Value) -> Option<String> {
    for error in tree.find("error") {
        let said = error.first(&["message", "description", "errors.detail", "errors.title", ""]);
        if said.is_some() {
            return tree.say("error_description").or(said);
        }
    }
    tree.find("errors").first().and_then(|e| e.first(&["detail", "message", "title", "code"]))
}

fn sure_of_json(json: &Value) -> u8 {
    let replies = json.list("");
    if replies
        .iter()
        .any(|r| r.knows("trackingEvents") && (r.knows("statusCategory") || r.knows("mailClass") || r.knows("serviceTypeCode")))
    {
        return 96;
    }
    if replies.iter().any(|r| r.knows("statusCategory") && r.knows("trackingNumber")) {
        return 88;
    }
    if replies.iter().any(|r| r.knows("eventSummaries") || (r.knows("statusCategory") && r.knows("statusSummary"))) {
        return 92;
    }
    if replies.iter().any(|r| r.knows("trackingEvents.eventCode") && r.knows("trackingEvents.eventType")) {
        return 90;
    }
    let dialect = json.say("apiVersion").is_some() && json.branch("error").is_some_and(|e| e.is_object() && e.knows("message"));
    if dialect && (json.say("apiVersion").is_some_and(|v| v.contains("tracking")) || json.knows("error.errors")) {
        return 85;
    }
    let refused = json.say("error").as_deref() == Some("invalid_client") && json.say("error_uri").is_some_and(|u| u.contains("rfc6749"));
    if refused { 60 } else { 0 }
}

fn sure_of_xml(root: &Element) -> u8 {
    let named = |name: &str| root.name.eq_ignore_ascii_case(name);
    if (named("TrackResponse") || named("TrackFieldResponse")) && root.at("TrackInfo").is_some() {
        return 97;
    }
    let bare_error = named("Error")
        && root.at("Number").is_some()
        && root.at("Description").is_some()
        && (root.at("HelpContext").is_some() || root.at("Source").is_some());
    if bare_error { 85 } else { 0 }
}
