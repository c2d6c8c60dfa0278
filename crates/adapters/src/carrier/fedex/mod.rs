//! FedEx: the Track API (REST), the SOAP TrackReply of versions 3 to 20, and the tracking page's own JSON.

mod ask;
mod codes;
mod track;

use jiff::Timestamp;
use serde_json::Value;

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::{Answer, AskCard, Heard},
    signature::{self, BadSignature},
    timeline,
    tree::{self, Tree},
    xml::Element,
};

pub static CARRIER: Fedex = Fedex;
pub struct Fedex;

static CARD: Card = Card { id: "fedex", name: "FedEx", zone: "America/New_York", aggregator: false, codes: codes::CODES };

impl Carrier for Fedex {
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
            None if is_ours(&tree) => Ok(Reading::default()),
            None => Err(Unreadable::not_understood("no FedEx track result in it")),
        }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(_) if payload.header("fdx-signature").is_some() => 99,
            Shape::Json(json) => sure_of_json(json),
            Shape::Xml(xml) => sure_of_xml(xml),
            Shape::Other => 0,
        }
    }

    /// Webhooks carry an HMAC-SHA256 of the body; both usual spellings of it are taken.
    fn verify(&self, payload: &Payload, secret: &str, _: Timestamp) -> Result<(), BadSignature> {
        let told = payload.header("fdx-signature").ok_or(BadSignature::Missing)?;
        let mac = signature::hmac_sha256(secret.as_bytes(), &[payload.body]);
        signature::same(&told.to_ascii_lowercase(), &signature::hex(&mac)).or_else(|_| signature::same(told, &signature::base64(&mac)))
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let sure = match number.len() {
            12 if weighted(&number[..11], &[3, 1, 7]) == last(number) => 75,
            15 if modulo_10(&number[..14], 1, 3) == last(number) => 75,
            18 if number.starts_with("00") && modulo_10(&number[2..17], 3, 1) == last(number) => 40,
            22 if number.starts_with("96") && modulo_10(&number[7..21], 1, 3) == last(number) => 95,
            32 if number.starts_with('3') && weighted(&number[16..27], &[3, 1, 7]) == last(&number[..28]) => 85,
            34 if (!number.starts_with('9') || number.starts_with("96")) && weighted(&number[20..33], &[1, 7, 3]) == last(number) => 88,
            _ => return None,
        };
        Some((sure, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.fedex.com/fedextrack/?trknbr={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }

    fn hears(&self, answer: &Answer) -> Heard {
        ask::hears(answer)
    }
}

fn last(number: &str) -> u32 {
    number.bytes().last().map_or(99, |b| u32::from(b.wrapping_sub(b'0')))
}

fn weighted(serial: &str, weights: &[u32; 3]) -> u32 {
    serial.bytes().zip(weights.iter().cycle()).map(|(b, w)| u32::from(b - b'0') * w).sum::<u32>() % 11 % 10
}

fn modulo_10(serial: &str, even: u32, odd: u32) -> u32 {
    let sum: u32 = serial.bytes().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { even } else { odd }).sum();
    (10 - sum % 10) % 10
}

/// What an error reply complains of: REST `errors`, SOAP notifications that are no success, a SOAP fault, the page's list.
fn complaint(tree: &Value) -> Option<String> {
    let mut said: Vec<String> = tree.find("errors").into_iter().filter_map(|e| e.first(&["message", "code"])).collect();
    for notice in tree.find("notifications").into_iter().chain(tree.find("notification")) {
        said.extend(track::complaint(notice));
    }
    for error in tree.find("errorList") {
        said.extend(error.say("message").filter(|_| error.say("code").is_some_and(|c| c != "0")));
    }
    if said.is_empty() {
        said.extend(tree.find("error").first().and_then(|e| e.say("message")));
        said.extend(tree.find("fault").first().and_then(|f| f.first(&["detail.desc", "faultstring"])));
    }
    said.dedup();
    (!said.is_empty()).then(|| said.join("; "))
}

fn is_ours(tree: &Value) -> bool {
    ["trackReply", "trackPackagesResponse", "output"].iter().any(|name| tree.knows(name)) || !tree.owners("trackReply").is_empty()
}

fn sure_of_json(json: &Value) -> u8 {
    if !json.owners("completeTrackResults").is_empty() || json.knows("trackPackagesResponse") {
        return 97;
    }
    if !json.owners("scanEventList").is_empty() {
        return 92;
    }
    if json.owners("trackingNumberInfo").iter().any(|r| r.knows("scanEvents") || r.knows("latestStatusDetail")) {
        return 92;
    }
    if json.knows("output.documents") && json.knows("transactionId") && json.knows("output.documentType") {
        return 85;
    }
    let codes: Vec<String> = json.list("errors").into_iter().filter_map(|e| e.say("code")).collect();
    let dotted =
        |c: &String| c.contains('.') && c.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_'));
    match () {
        () if codes.iter().any(|c| c.starts_with("TRACKING.")) => 95,
        () if json.knows("transactionId") && codes.iter().any(dotted) => 85,
        () => 0,
    }
}

fn sure_of_xml(root: &Element) -> u8 {
    let Some(reply) = root.find("TrackReply") else { return 0 };
    if reply.at("HighestSeverity").is_some() || reply.at("TrackDetails").is_some() || reply.at("CompletedTrackDetails").is_some() {
        97
    } else {
        60
    }
}
