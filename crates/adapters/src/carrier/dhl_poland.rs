//! DHL Parcel Polska, DHL24 WebAPI v2 (`getTrackAndTraceInfo`), SOAP. Clocks are Polish without an offset. The method's
//! page lists shipmentId, receivedBy and events (status, description, terminal, timestamp); the codes are not published
//! as a list, so that those seen are a table and for others the Polish words decide.

use serde_json::Value;

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    phrase::polish::POLISH,
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};
use whereabouts_domain::{Reason, State, TrackingEvent};

pub static CARRIER: DhlPoland = DhlPoland;
pub struct DhlPoland;

static CARD: Card = Card { id: "dhl_poland", name: "DHL Parcel Polska", zone: "Europe/Warsaw", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("EDWP", State::Dispatched),
    code("DWP", State::CollectedByCarrier),
    code("SORT", State::ArrivedAtHub),
    code("LP", State::AtDeliveryDepot),
    code("LK", State::OutForDelivery),
    code("DOR", State::Delivered),
    why("AWI", State::DeliveryFailedCardLeft, Reason::NobodyHome),
    code("ZWN", State::ReturningToSender),
];

const SCAN: Scan = Scan {
    code: &["status", "code"],
    words: &["description"],
    at: &["timestamp", "date"],
    place: &["terminal", "location"],
    phrases: &[POLISH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for DhlPoland {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = results(&tree).into_iter().map(|r| parcel(r, payload)).collect();
        let complaint = tree.find("fault").into_iter().find_map(|f| f.first(&["faultstring", "reason.text", "faultcode"]));
        reply::or_rows(reply::of(parcels, complaint, false, "DHL24"), payload, &CARD, POLISH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("getTrackAndTraceInfoResult").is_some() => 96,
            // A SOAP fault with a number for a code: other services write `soap:Server` there.
            Shape::Xml(root) => {
                let code = root.find("Fault").and_then(|f| f.text("faultcode"));
                if code.is_some_and(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_digit())) { 75 } else { 0 }
            }
            Shape::Json(json) => {
                if json.owners("getTrackAndTraceInfoResult").is_empty() {
                    0
                } else {
                    90
                }
            }
            Shape::Other => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (number.len() == 11 && number.bytes().all(|b| b.is_ascii_digit())).then_some((25, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.dhl.com/pl-pl/home/sledzenie.html?tracking-id={number}"))
    }
}

fn results(tree: &Value) -> Vec<&Value> {
    let found = tree.find("getTrackAndTraceInfoResult");
    if found.is_empty() { tree.owners("shipmentId").into_iter().filter(|v| v.knows("events")).collect() } else { found }
}

fn parcel(result: &Value, payload: &Payload) -> ParcelReading {
    let rows = result.list("events.item");
    let rows = if rows.is_empty() { result.list("events") } else { rows };
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    timeline::sign(&mut events, result.say("receivedBy"));
    ParcelReading { tracking_number: result.say("shipmentId"), events, ..ParcelReading::default() }
}
