//! Colissimo: La Poste's "Suivi" answering for a Colissimo parcel, and Colissimo's own SOAP service (`track`), which
//! tells the newest event alone: code, sentence, site, and a clock without an offset.

use serde_json::Value;
use whereabouts_domain::{State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, laposte};
use crate::{
    checksum,
    phrase::{Phrase, french::FRENCH},
    reply,
    scan::Scan,
    tree::{self, Tree},
};

pub static CARRIER: Colissimo = Colissimo;
pub struct Colissimo;

static CARD: Card = Card { id: "colissimo", name: "Colissimo", zone: "Europe/Paris", aggregator: false, codes: CODES };

/// Codes of the SOAP service that were seen beside their sentence; those of "Suivi" are read there.
static CODES: &[Code] = &[
    code("LIVCFM", S::Delivered),
    code("MLVARS", S::OutForDelivery),
    code("PCHCFM", S::CollectedByCarrier),
    code("COMCFM", S::Dispatched),
];

const SCAN: Scan = Scan {
    code: &["eventCode"],
    words: &["eventLibelle"],
    at: &["eventDate"],
    place: &["eventSite"],
    phrases: &[FRENCH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Colissimo {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(FRENCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        if payload.first_byte() != Some(b'<') {
            return laposte::read(&payload.json()?, payload, CARD.id);
        }
        let tree = tree::of(payload)?;
        let parcels = tree.owners("skybillNumber").into_iter().filter(|r| r.knows("eventDate")).map(|r| newest(r, payload)).collect();
        let complaint = ["errorMessage", "faultstring"].iter().find_map(|name| tree.find(name).into_iter().find_map(tree::plain));
        reply::of(parcels, complaint, false, "Colissimo")
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(tree) => {
                let found = laposte::answers(tree);
                if found.iter().any(|a| laposte::is_colissimo(a)) { 93 } else { 0 }
            }
            Shape::Xml(root) if root.find("skybillNumber").is_some() && root.find("eventLibelle").is_some() => 92,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let is_domestic = number.len() == 13 && number.as_bytes()[2..].iter().all(u8::is_ascii_digit);
        let known = ["6A", "6C", "6G", "6H", "6L", "6M", "6Q", "6V", "6W", "8L", "8Q", "8R", "8V", "9L", "9V", "5R"];
        if is_domestic && known.iter().any(|k| number.starts_with(k)) {
            return Some((70, false));
        }
        (checksum::s10_country(number) == Some("FR") && number.starts_with('C')).then_some((80, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.laposte.fr/outils/suivre-vos-envois?code={number}"))
    }
}

fn newest(told: &Value, payload: &Payload) -> ParcelReading {
    let events: Vec<TrackingEvent> = SCAN.event(told, &CARD, payload).into_iter().collect();
    ParcelReading { tracking_number: told.say("skybillNumber"), events, ..ParcelReading::default() }
}
