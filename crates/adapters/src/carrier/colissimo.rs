//! Colissimo: La Poste's "Suivi" answering for a Colissimo parcel, Colissimo's own SOAP service (`track`), which tells the
//! newest event alone (code, sentence, site, and a clock without an offset), and its timeline service, which tells all of them
//! (specification 2.3, 2021).

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, laposte, why};
use crate::{
    checksum,
    phrase::{Phrase, french::FRENCH},
    reply,
    scan::{self, Scan},
    timeline::{Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: Colissimo = Colissimo;
pub struct Colissimo;

static CARD: Card = Card { id: "colissimo", name: "Colissimo", zone: "Europe/Paris", aggregator: false, codes: CODES };

/// Codes of Colissimo's own services, each with its sentence in the service's list; those of "Suivi" are read there.
static CODES: &[Code] = &[
    code("COMCFM", S::Dispatched),
    code("PCHMQT", S::Dispatched),
    code("ENEMQT", S::CarrierUnableToCollect),
    code("DEPGUI", S::DroppedOff),
    code("PCHCFM", S::CollectedByCarrier),
    code("PCHCEX", S::CollectedByCarrier),
    code("EXPCFM", S::InTransit),
    code("CHGCFM", S::ArrivedAtDestinationCountry),
    code("DCHCFM", S::ArrivedAtDestinationCountry),
    code("DCHDDT", S::InTransit),
    why("AARDVY", S::Misrouted, R::Missorted),
    code("AARCFM", S::AtDeliveryDepot),
    code("RSTNCG", S::AtDeliveryDepot),
    code("MLVCFM", S::OutForDelivery),
    code("MLVARS", S::ReadyForCollection),
    code("RENAVI", S::ReadyForCollection),
    code("RSTBRT", S::ReadyForCollection),
    why("RENNRV", S::DeliveryFailed, R::NobodyHome),
    why("RENAIN", S::DeliveryFailed, R::AddressIncomplete),
    why("RENCAD", S::HeldByCarrier, R::AddressIncomplete),
    code("RENACP", S::DeliveryRescheduled),
    why("RENLNA", S::DeliveryAddressChanged, R::RequestedByShopper),
    code("LIVCFM", S::Delivered),
    code("LIVGAR", S::DeliveredToReception),
    code("LIVRTI", S::Delivered),
    why("RENAVA", S::ReturningToSender, R::Refused),
    why("RENDIV", S::ReturningToSender, R::Refused),
    why("RENSNC", S::ReturningToSender, R::Refused),
    why("RENSRB", S::ReturningToSender, R::Refused),
    why("RENTAR", S::ReturningToSender, R::Refused),
    why("RENDIA", S::ReturningToSender, R::RecipientUnknown),
    code("SOLREO", S::ReturningToSender),
    code("SOLREI", S::ReturningToSender),
    code("LIVREO", S::ReturnedToSender),
    why("DOUDOU", S::HeldAtCustoms, R::CustomsInspection),
    why("DOUIDD", S::HeldAtCustoms, R::CustomsInspection),
    why("DOUEXI", S::HeldAtCustoms, R::CustomsInspection),
    why("DOUPRO", S::HeldAtCustoms, R::ProhibitedContents),
    why("DOUDVR", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUAGV", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUCOI", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUCOM", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUCRR", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUDDI", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUDDM", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUFCI", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUFCM", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUIIR", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOUNIR", S::HeldAtCustoms, R::CustomsDocumentsMissing),
    why("DOURES", S::HeldAtCustoms, R::CustomsDocumentsMissing),
];

/// A step of the timeline.
const STEP: Scan =
    Scan { code: &["code"], words: &["labelLong", "labelShort"], at: &["date"], city: &["siteName"], postcode: &["siteZipCode"], ..SCAN };
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
        let tree = tree::of(payload)?;
        let timelines = timelines(&tree);
        if !timelines.is_empty() {
            let parcels = timelines.into_iter().map(|t| timeline(t, payload)).collect();
            return Ok(Reading { parcels });
        }
        if payload.first_byte() != Some(b'<') {
            return laposte::read(&tree, payload, CARD.id);
        }
        let parcels = tree.owners("skybillNumber").into_iter().filter(|r| r.knows("eventDate")).map(|r| newest(r, payload)).collect();
        let complaint = ["errorMessage", "faultstring"].iter().find_map(|name| tree.find(name).into_iter().find_map(tree::plain));
        reply::of(parcels, complaint, false, "Colissimo")
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(tree) => {
                let found = laposte::answers(tree);
                if timelines(tree).iter().any(|t| t.carries("statusDelivery") || t.carries("step")) {
                    return 93;
                }
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

/// Parcels of the timeline service.
fn timelines(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("parcelNumber") && v.carries("event"))
}

fn timeline(told: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("event").into_iter().filter_map(|row| scan(&STEP, row, payload)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    ParcelReading { tracking_number: told.say("parcelNumber"), service: told.say("service"), events, ..ParcelReading::default() }
}

/// A code that the service's list has waiting at a point of collection was also told with the sentence of the round.
fn scan(reads: &Scan, row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = reads.event(row, &CARD, payload)?;
    let is_on_round = || scan::understand(&event.description, SCAN.phrases).is_some_and(|m| m.0 == S::OutForDelivery);
    if event.state == S::ReadyForCollection && is_on_round() {
        event.state = S::OutForDelivery;
    }
    Some(event)
}

fn newest(told: &Value, payload: &Payload) -> ParcelReading {
    let events: Vec<TrackingEvent> = scan(&SCAN, told, payload).into_iter().collect();
    ParcelReading { tracking_number: told.say("skybillNumber"), events, ..ParcelReading::default() }
}
