//! PARCEL.ONE: `getTrackings` of the Shipping WCF service, SOAP, and the same fields as JSON. A result per shipment says
//! whether it succeeded and lists its trackings: date and time, location, status and status code. Fields: the service's
//! description on PARCEL.ONE's site (2018) and its types. The codes are not listed there: the words decide.

use serde_json::Value;
use whereabouts_domain::TrackingEvent;

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: ParcelOne = ParcelOne;
pub struct ParcelOne;

static CARD: Card = Card { id: "parcelone", name: "PARCEL.ONE", zone: "Europe/Berlin", aggregator: false, codes: &[] };

const SCAN: Scan = Scan {
    code: &["TrackingStatusCode"],
    // A status that is only a code in capitals is still a word.
    words: &["TrackingStatus", "TrackingStatusCode"],
    at: &["TrackingDateTime"],
    place: &["TrackingLocation"],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for ParcelOne {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = results(&tree).into_iter().map(|r| parcel(r, payload)).collect();
        let complaint = tree.find("faultstring").into_iter().find_map(tree::plain).or_else(|| complaint(&tree));
        let is_empty = !tree.owners("getTrackingsResult").is_empty();
        reply::or_rows(reply::of(parcels, complaint, is_empty, "PARCEL.ONE"), payload, &CARD, &[])
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("getTrackingsResult").is_some() || root.find("ShipmentTrackingResult").is_some() => 95,
            Shape::Json(tree)
                if tree.owners("TrackingDateTime").iter().any(|r| r.knows("TrackingStatus") || r.knows("TrackingStatusCode")) =>
            {
                94
            }
            _ => 0,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://tracking.parcel.one/?trackingNumber={number}"))
    }
}

fn results(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| tree::field(v, &["Trackings"]).is_some() && (v.knows("ActionResult") || v.knows("TrackingID")))
}

fn complaint(told: &Value) -> Option<String> {
    let errors = told.find("Error").into_iter().chain(told.find("Errors"));
    errors.into_iter().find_map(|e| e.first(&["Message", "ErrorMessage", "Description", "ErrorNo", ""]))
}

fn parcel(result: &Value, payload: &Payload) -> ParcelReading {
    let action = result.branch("ActionResult").unwrap_or(result);
    let number = action.first(&["TrackingID", "ShipmentID"]).or_else(|| result.first(&["TrackingID", "ShipmentID"]));
    let wrapped = result.list("Trackings.TrackingResult");
    let rows = if wrapped.is_empty() { result.list("Trackings") } else { wrapped };
    let mut events: Vec<TrackingEvent> =
        rows.into_iter().filter(|r| r.is_object()).filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    let failed = action.say("Success").is_some_and(|s| !matches!(s.as_str(), "1" | "true"));
    if failed && events.is_empty() {
        return reply::fault(number, complaint(result).unwrap_or_else(|| "the shipment is not known".into()));
    }
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}
