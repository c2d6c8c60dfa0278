//! Chronopost: the tracking web service (`trackSkybillV2`, `trackWithSenderRef` and their neighbours), SOAP. Events stand
//! in `listEventInfoComp`; their codes, of one to three letters, are many and not all published: those that every parcel
//! meets are a table, and the label says the rest, in French or in the language asked for. Names of fields: the types of
//! the service's WSDL (`TrackingServiceWS`). A search tells the one significant event of each parcel.
//!
//! Codes could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    checksum,
    phrase::{Phrase, french::FRENCH, says},
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: Chronopost = Chronopost;
pub struct Chronopost;

static CARD: Card = Card { id: "chronopost", name: "Chronopost", zone: "Europe/Paris", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("DC", S::Dispatched),
    code("PC", S::CollectedByCarrier),
    code("TS", S::ArrivedAtHub),
    code("SD", S::AtDeliveryDepot),
    code("TA", S::OutForDelivery),
    code("D", S::Delivered),
];

/// Labels that the other French carriers do not use.
const PHRASES: &[Phrase] = &[
    says("livraison effectuée+voisin|tiers", S::DeliveredToNeighbour),
    says("livraison effectuée+gardien|concierge|accueil|réception", S::DeliveredToReception),
    says("livraison effectuée+boîte aux lettres|boite aux lettres", S::DeliveredToLetterbox),
    says("=colis retiré|=envoi retiré|colis retiré par|envoi retiré par|colis retiré au|colis retiré en", S::CollectedByShopper),
];

const SCAN: Scan = Scan {
    code: &["code"],
    words: &["eventLabel", "label"],
    at: &["eventDate", "date"],
    place: &["officeLabel"],
    postcode: &[],
    phrases: &[PHRASES, FRENCH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Chronopost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(FRENCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let lists = lists(&tree);
        let parcels: Vec<ParcelReading> = lists.iter().filter(|l| !events_of(l).is_empty()).map(|l| parcel(l, payload)).collect();
        let failed = tree.find("errorCode").into_iter().filter_map(tree::plain).any(|c| c != "0");
        let words = ["errorMessage", "faultstring"].iter().find_map(|name| tree.find(name).into_iter().find_map(tree::plain));
        let complaint = words
            .or_else(|| tree.find("errorCode").into_iter().find_map(tree::plain))
            .filter(|_| failed || !tree.owners("faultstring").is_empty());
        let is_empty = !lists.is_empty() || !tree.owners("trackSkybillV2Response").is_empty();
        reply::or_rows(reply::of(parcels, complaint, is_empty, "Chronopost"), payload, &CARD, FRENCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root)
                if root.find("listEventInfoComp").is_some()
                    || root.find("listEvents").is_some() && root.find("skybillNumber").is_some() =>
            {
                96
            }
            Shape::Xml(root) => {
                let own = [
                    "trackSkybillV2Response",
                    "trackSkybillResponse",
                    "trackWithSenderRefResponse",
                    "trackSearchResponse",
                    "trackEsdResponse",
                ];
                if own.iter().any(|name| root.find(name).is_some()) { 90 } else { 0 }
            }
            Shape::Json(json) if !json.owners("listEventInfoComp").is_empty() => 96,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let country = checksum::s10_country(number)?;
        (country == "FR" && number.starts_with(['X', 'E'])).then_some((80, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}"))
    }
}

/// The list of a parcel's events, in all generations of the service: by number, by the sender's reference, by search.
fn lists(tree: &Value) -> Vec<&Value> {
    ["listEventInfoComp", "listEvents", "listEvent", "listParcel", "listInfosPOD"]
        .into_iter()
        .map(|name| tree.find(name))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn events_of(list: &Value) -> Vec<&Value> {
    let wrapped = [list.list("events"), list.list("significantEvent")].concat();
    if wrapped.is_empty() { list.list("").into_iter().filter(|e| e.knows("eventDate")).collect() } else { wrapped }
}

fn parcel(list: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = events_of(list).into_iter().filter_map(|row| scan(row, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: list.first(&["skybillNumber", "LTNumber"]), events, ..ParcelReading::default() }
}

fn scan(row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = SCAN.event(row, &CARD, payload)?;
    event.location.postcode = row.say("zipCode");
    let extra = row.list("infoCompList");
    let told =
        |wanted: &str| extra.iter().find(|i| i.say("name").is_some_and(|n| n.to_lowercase().contains(wanted))).and_then(|i| i.say("value"));
    if event.state.is_delivered() {
        event.signed_by = told("réceptionnaire").or_else(|| told("receiver")).or_else(|| told("signataire")).map(Into::into);
    }
    Some(event)
}
