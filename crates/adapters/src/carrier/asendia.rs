//! Asendia Sync: the tracking events of a parcel (`trackingNumber` and `trackingEvents`, or the bare list) and problem
//! replies. The API's specification describes the event's fields and gives `code` no list: codes that were seen, in short
//! and in long, are a table, and for others the words decide.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{phrase::french::FRENCH, reply, scan::Scan, timeline, tree::Tree};

pub static CARRIER: Asendia = Asendia;
pub struct Asendia;

static CARD: Card = Card { id: "asendia", name: "Asendia", zone: "UTC", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("PENDING", S::Dispatched),
    code("CREATED", S::Dispatched),
    code("LABEL_PRINTED", S::Dispatched),
    code("ACCEPTED", S::CollectedByCarrier),
    code("PICKED_UP", S::CollectedByCarrier),
    code("COLLECTED", S::CollectedByCarrier),
    code("PU", S::CollectedByCarrier),
    code("IN_TRANSIT", S::InTransit),
    code("IT", S::InTransit),
    code("PROCESSED", S::ArrivedAtHub),
    code("ARRIVED", S::ArrivedAtHub),
    code("DEPARTED", S::DepartedHub),
    code("CUSTOMS", S::AtCustoms),
    code("CLEARED", S::ClearedThroughCustoms),
    why("CUSTOMS_DELAY", S::HeldAtCustoms, R::CustomsInspection),
    code("OUT_FOR_DELIVERY", S::OutForDelivery),
    code("OFD", S::OutForDelivery),
    code("DELIVERED", S::Delivered),
    code("DL", S::Delivered),
    code("READY_FOR_PICKUP", S::ReadyForCollection),
    code("ON_HOLD", S::HeldByCarrier),
    code("DELAYED", S::Delayed),
    code("RESCHEDULED", S::DeliveryRescheduled),
    code("DELIVERY_FAILED", S::DeliveryFailed),
    code("UNDELIVERABLE", S::DeliveryFailed),
    why("REFUSED", S::DeliveryRefused, R::Refused),
    code("RETURNED", S::ReturnedToSender),
    code("RTS", S::ReturningToSender),
    why("LOST", S::Lost, R::Lost),
    why("DAMAGED", S::Damaged, R::Damaged),
];

const SCAN: Scan = Scan {
    code: &["code", "eventCode", "carrierEventCode"],
    words: &["carrierEventDescription", "description", "eventDescription"],
    at: &["time", "eventTime", "date", "timestamp"],
    city: &["locationName", "location.name"],
    country: &["locationCountry", "location.country", "countryCode"],
    phrases: &[FRENCH],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Asendia {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let complaint = tree.say("status").and_then(|_| tree.first(&["detail", "title", "message"]));
        let is_empty = tree.as_array().is_some_and(Vec::is_empty) || tree.carries("trackingEvents");
        reply::or_rows(
            reply::of(
                histories(&tree).into_iter().map(|(number, rows)| parcel(number, rows, payload)).collect(),
                complaint,
                is_empty,
                "Asendia",
            ),
            payload,
            &CARD,
            FRENCH,
        )
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        let is_own = |row: &&Value| row.knows("carrierEventDescription") || row.knows("locationCountry") && row.knows("locationName");
        if histories(tree).iter().any(|(_, rows)| rows.iter().any(is_own)) {
            return 93;
        }
        let problem = tree.say("type").is_some_and(|t| t.contains("asendia"));
        let asked = tree.say("path").is_some_and(|p| p.contains("/api/customers/") || p.contains("/tracking/"));
        match (problem, asked && tree.say("message").is_some_and(|m| m.starts_with("error."))) {
            (true, _) => 95,
            (false, true) => 70,
            _ if tree.knows("trackingNumber") && tree.carries_list("trackingEvents") && tree.list("trackingEvents").is_empty() => 55,
            _ => 0,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://tracking.asendia.com/tracking/{number}"))
    }
}

/// A parcel, several, or nothing but the rows.
fn histories(tree: &Value) -> Vec<(Option<String>, Vec<&Value>)> {
    let owners = tree.owners("trackingEvents");
    if owners.is_empty() {
        let rows: Vec<&Value> = tree.as_array().into_iter().flatten().filter(|row| row.carries("time") && row.knows("code")).collect();
        return if rows.is_empty() { Vec::new() } else { vec![(None, rows)] };
    }
    owners.into_iter().map(|o| (o.first(&["trackingNumber", "parcelId", "id"]), o.list("trackingEvents"))).collect()
}

fn parcel(number: Option<String>, rows: Vec<&Value>, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}
