//! Geodis (France Express, Calberson): the customer API's `recherche-envoi`, JSON in French. A shipment has a list of
//! steps: day, clock, a situation and a justification of three letters each (the freight trade's INOVERT codes), a
//! sentence and the agency's name. Clocks are French without an offset.
//!
//! Names of fields and codes could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    phrase::{self, Phrase, french::FRENCH},
    reply,
    scan::{self, Scan},
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: Geodis = Geodis;
pub struct Geodis;

static CARD: Card = Card { id: "geodis", name: "Geodis", zone: "Europe/Paris", aggregator: false, codes: CODES };

/// Situations.
static CODES: &[Code] = &[
    code("COM", S::Dispatched),
    code("EDI", S::Dispatched),
    code("ENL", S::CollectedByCarrier),
    code("PCH", S::CollectedByCarrier),
    code("ECH", S::DepartedHub),
    code("EXP", S::DepartedHub),
    code("AAR", S::ArrivedAtHub),
    code("ARR", S::ArrivedAtHub),
    code("MLV", S::OutForDelivery),
    code("LIV", S::Delivered),
    code("RST", S::DeliveryFailed),
    code("REN", S::ReturningToSender),
    code("SOL", S::ForInformation),
    code("DIV", S::ForInformation),
];

const SCAN: Scan = Scan {
    code: &["codeSituation", "codeSuivi", "code"],
    words: &["libelleSuivi", "libelle"],
    day: &["dateSuivi", "date", "dateSuiviFrs"],
    clock: &["heureSuivi", "heure"],
    city: &["libelleCentre", "villeCentre", "libelleAgence"],
    phrases: &[FRENCH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Geodis {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(FRENCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = shipments(&tree).into_iter().map(|s| parcel(s, payload)).collect();
        let failed = tree.say("ok").is_some_and(|ok| ok == "false");
        let complaint = tree.first(&["texteErreur", "codeErreur", "message"]).filter(|_| failed || tree.knows("codeErreur"));
        reply::or_rows(reply::of(parcels, complaint, tree.carries("contenu") && !failed, "Geodis"), payload, &CARD, FRENCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if !shipments(tree).is_empty() {
            return 95;
        }
        if tree.carries("codeErreur") && (tree.carries("texteErreur") || tree.carries("contenu")) { 90 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://espace-client.geodis.com/services/destinataires/#/fr/suivi/{number}"))
    }
}

fn shipments(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.carries("listSuivis") || v.knows("noSuivi") && v.knows("noRecepisse"))
}

fn parcel(shipment: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = shipment.list("listSuivis").into_iter().filter_map(|row| step(row, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    let day = shipment.first(&["dateLivraisonSouhaitee", "dateLivraisonPrevue", "dateLivraison"]).filter(|d| d.contains('-'));
    ParcelReading {
        tracking_number: shipment.first(&["noSuivi", "noRecepisse", "reference1"]),
        estimated_delivery: day.map(|end| Window { start: None, end: Some(end) }),
        service: shipment.first(&["libelleProduit", "prestationCommerciale.libelle", "libellePrestation"]),
        events,
        ..ParcelReading::default()
    }
}

fn step(row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = SCAN.event(row, &CARD, payload)?;
    let why = row.first(&["libelleJustification", "informationComplementaire", "complement"]);
    if let Some(why) = &why
        && event.state != S::Unknown
    {
        (event.state, event.reason) = phrase::refine(Some((event.state, event.reason)), scan::understand(why, SCAN.phrases));
    }
    let justified = row.first(&["codeJustification"]).and_then(|c| justification(&c));
    event.reason = event.reason.or(justified.filter(|_| !event.state.is_delivered()));
    if event.state == S::DeliveryFailed && event.reason == Some(R::Refused) {
        event.state = S::DeliveryRefused;
    }
    Some(event)
}

/// Justifications that tell a reason.
fn justification(code: &str) -> Option<R> {
    Some(match code.to_ascii_uppercase().as_str() {
        "ABS" => R::NobodyHome,
        "FER" | "FHB" => R::BusinessClosed,
        "ADI" | "ADE" | "DIA" => R::AddressWrong,
        "REF" => R::Refused,
        "AVA" | "AVR" => R::Damaged,
        "MQP" | "MAN" => R::ContentsMissing,
        "PER" => R::Lost,
        "RDV" => R::RequestedByShopper,
        _ => return None,
    })
}
