//! DPD France: the trace service (`webtrace`), SOAP or the same fields as JSON. A shipment has traces: day `10.05.2022`
//! and clock in two fields, French without an offset; a status number and its French sentence, and the agency's name.
//! Fields: the description of the service's answer in DigitalGenius' documentation of DPD France Track & Trace (2022).
//! The numbers are not published as a list: the sentences decide.

use serde_json::Value;
use whereabouts_domain::{State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    phrase::{Phrase, french::FRENCH},
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: DpdFrance = DpdFrance;
pub struct DpdFrance;

static CARD: Card = Card { id: "dpd_france", name: "DPD France", zone: "Europe/Paris", aggregator: false, codes: CODES };

static CODES: &[Code] = &[code("8", S::Dispatched)];

const SCAN: Scan = Scan {
    code: &["StatusNumber"],
    words: &["StatusDescription"],
    day: &["ScanDate"],
    clock: &["ScanTime"],
    place: &["CenterName", "DepotName"],
    phrases: &[FRENCH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for DpdFrance {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(FRENCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = shipments(&tree).into_iter().map(|s| parcel(s, payload)).collect();
        let complaint = ["faultstring", "ErrorMessage"].iter().find_map(|name| tree.find(name).into_iter().find_map(tree::plain));
        reply::or_rows(reply::of(parcels, complaint, false, "DPD France"), payload, &CARD, FRENCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(tree) => sure(tree),
            Shape::Xml(root) if root.find("ShipmentNumber").is_some() => sure(&tree::of_xml(root)),
            _ => 0,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://trace.dpd.fr/fr/trace/{number}"))
    }
}

fn sure(tree: &Value) -> u8 {
    let is_trace = |t: &Value| t.knows("ScanDate") && t.knows("StatusNumber");
    let found = shipments(tree);
    if found.iter().any(|s| traces(s).into_iter().any(is_trace)) {
        95
    } else if found.iter().any(|s| s.knows("BarcodeId") || s.knows("CustomerCenternumber")) {
        85
    } else {
        0
    }
}

fn shipments(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("ShipmentNumber") && tree::field(v, &["Traces"]).is_some())
}

fn traces(shipment: &Value) -> Vec<&Value> {
    let wrapped = shipment.list("Traces.clsTrace");
    if wrapped.is_empty() { shipment.list("Traces").into_iter().filter(|t| t.knows("ScanDate")).collect() } else { wrapped }
}

fn parcel(shipment: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = traces(shipment).into_iter().filter_map(|t| SCAN.event(t, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    if shipment.say("IsRetour").is_some_and(|r| r == "true") {
        // On the way back "delivered" means that the sender has it again.
        events.iter_mut().filter(|e| e.state.is_delivered()).for_each(|e| e.state = S::ReturnedToSender);
    }
    ParcelReading { tracking_number: shipment.say("ShipmentNumber"), events, ..ParcelReading::default() }
}
