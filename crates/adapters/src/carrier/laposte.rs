//! La Poste: "Suivi" version 2 (one shipment or a list, each with a return code) and version 1 (one status). The codes of
//! version 2 are those of the developer portal's list (2024); what they leave open the label says (`ID0` tells
//! of customs by its label alone). Clocks carry an offset in version 2; version 1 tells the day alone. Colissimo and Chronopost answer by the same API; Colissimo's are its own.
//!
//! Names of fields could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{State as S, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    checksum,
    phrase::{Phrase, french::FRENCH},
    reply,
    scan::{self, Scan},
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: LaPoste = LaPoste;
pub struct LaPoste;

static CARD: Card = Card { id: "laposte", name: "La Poste", zone: "Europe/Paris", aggregator: false, codes: CODES };

/// Version 2, then the statuses of version 1.
pub static CODES: &[Code] = &[
    code("DR1", S::Dispatched),
    code("DR2", S::ShipmentIssue),
    code("PC1", S::CollectedByCarrier),
    code("PC2", S::CollectedByCarrier),
    code("ET1", S::InTransit),
    code("ET2", S::InTransit),
    code("ET3", S::InTransit),
    code("ET4", S::InTransit),
    code("EP1", S::AtDeliveryDepot),
    code("DO1", S::AtCustoms),
    code("DO2", S::ClearedThroughCustoms),
    code("DO3", S::HeldAtCustoms),
    code("PB1", S::ShipmentIssue),
    code("PB2", S::InTransit),
    code("MD2", S::OutForDelivery),
    code("ND1", S::DeliveryFailed),
    code("AG1", S::ReadyForCollection),
    code("RE1", S::ReturningToSender),
    code("DI0", S::Delivered),
    code("DI1", S::Delivered),
    code("DI2", S::ReturnedToSender),
    code("DI3", S::Delayed),
    code("PRIS_EN_CHARGE", S::CollectedByCarrier),
    code("EN_LIVRAISON", S::OutForDelivery),
    code("EN_COURS", S::InTransit),
    code("A_RETIRER", S::ReadyForCollection),
    code("DISTRIBUE", S::Delivered),
    code("LIVRE", S::Delivered),
    code("RETOUR_DESTINATAIRE", S::ReturningToSender),
    code("DESTINATAIRE_INFORME", S::DeliveryFailedCardLeft),
];

const SCAN: Scan = Scan {
    code: &["code"],
    words: &["label", "labelLong", "labelShort", "message"],
    at: &["date"],
    place: &["siteName", "city"],
    country: &["country"],
    phrases: &[FRENCH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for LaPoste {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(FRENCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        reply::or_rows(read(&payload.json()?, payload, CARD.id), payload, &CARD, FRENCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if !tree::outermost(tree, &is_v1).is_empty() {
            return 85;
        }
        let found = answers(tree);
        match found.iter().any(|a| is_colissimo(a)) {
            _ if found.is_empty() => 0,
            true => 80,
            false => 92,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (checksum::s10_country(number) == Some("FR")).then_some((75, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.laposte.fr/outils/suivre-vos-envois?code={number}"))
    }
}

pub fn read(tree: &Value, payload: &Payload, reader: &'static str) -> Result<Reading, Unreadable> {
    let old = tree::outermost(tree, &is_v1);
    if !old.is_empty() {
        return Ok(Reading { parcels: old.into_iter().map(|told| status(told, payload)).collect() });
    }
    let parcels = answers(tree).into_iter().map(|a| answer(a, payload, reader)).collect();
    let complaint = tree.knows("code").then(|| tree.first(&["message", "code"])).flatten();
    reply::of(parcels, complaint, tree.as_array().is_some_and(Vec::is_empty), "La Poste")
}

/// Shipments, and return codes that come without one.
pub fn answers(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| {
        v.knows("returnCode") && (v.branch("shipment").is_some_and(|s| s.knows("idShip")) || v.knows("returnMessage")) || is_shipment(v)
    })
}

fn is_shipment(v: &Value) -> bool {
    v.knows("idShip") && tree::field(v, &["event", "timeline"]).is_some()
}

/// Holder 4 and the product's name are Colissimo's.
pub fn is_colissimo(answer: &Value) -> bool {
    let shipment = answer.branch("shipment").unwrap_or(answer);
    shipment.say("holder").is_some_and(|h| h == "4") || shipment.say("product").is_some_and(|p| p.to_lowercase().contains("colissimo"))
}

fn answer(answer: &Value, payload: &Payload, reader: &'static str) -> ParcelReading {
    let shipment = answer.branch("shipment").unwrap_or(answer);
    let number = shipment.say("idShip").or_else(|| answer.say("idShip"));
    let rows = shipment.list("event");
    let failed = answer.say("returnCode").is_some_and(|c| !matches!(c.as_str(), "200" | "207" | "0"));
    if failed && rows.is_empty() {
        return reply::fault(number, answer.first(&["returnMessage", "returnCode"]).unwrap_or_default());
    }
    let carrier = match shipment.say("holder").as_deref() {
        Some("3") => "chronopost",
        Some("4") => "colissimo",
        _ => reader,
    };
    let mut events: Vec<TrackingEvent> = rows
        .into_iter()
        .filter_map(|row| {
            let mut event = SCAN.event(row, &CARD, payload)?;
            event.carrier = carrier.to_string();
            // "Put on the round" is also told when it is only being made ready for it.
            if event.state == S::OutForDelivery && spoken(&event) == Some(S::AtDeliveryDepot) {
                event.state = S::AtDeliveryDepot;
            }
            Some(event)
        })
        .collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    let expected = shipment.first(&["estimDate", "contextData.deliveryChoice.deliveryDate"]);
    ParcelReading {
        tracking_number: number,
        estimated_delivery: expected.map(|end| Window { start: None, end: Some(end) }),
        service: shipment.say("product"),
        events,
        ..ParcelReading::default()
    }
}

fn spoken(event: &TrackingEvent) -> Option<S> {
    scan::understand(&event.description, &[FRENCH]).map(|m| m.0)
}

fn is_v1(tree: &Value) -> bool {
    tree.knows("code") && tree.knows("status") && tree.knows("type") && tree.carries("date") && tree.knows("message")
}

/// Version 1: one status, its day and its message.
fn status(tree: &Value, payload: &Payload) -> ParcelReading {
    const STATUS: Scan = Scan { code: &["status"], words: &["message"], ..SCAN };
    let mut parcel = ParcelReading { tracking_number: tree.say("code"), service: tree.say("type"), ..ParcelReading::default() };
    match tree.say("status").as_deref() {
        Some("INCONNU") => parcel.fault = tree.first(&["message", "status"]),
        _ => parcel.events.extend(STATUS.event(tree, &CARD, payload)),
    }
    parcel
}
