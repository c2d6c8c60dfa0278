//! Aramex: the tracking service's reply (SOAP, and the same fields as JSON with `/Date(…)/` clocks): results per waybill,
//! waybills that are not known, and notifications that are complaints. Update codes (`SH005`) are not published as a
//! whole; the few that every parcel meets are a table, and the update's English says the rest.

use serde_json::Value;
use whereabouts_domain::State as S;

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    phrase::{self, Phrase, says},
    place, reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: Aramex = Aramex;
pub struct Aramex;

static CARD: Card = Card { id: "aramex", name: "Aramex", zone: "Asia/Dubai", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("SH014", S::Dispatched),
    code("SH012", S::CollectedByCarrier),
    code("SH047", S::ArrivedAtHub),
    code("SH022", S::DepartedHub),
    code("SH003", S::OutForDelivery),
    code("SH005", S::Delivered),
    code("SH006", S::CollectedByShopper),
    code("SH069", S::ReturnedToSender),
];

const PHRASES: &[Phrase] = &[
    says("record created", S::Dispatched),
    says("picked up from*shipper|picked up from*customer", S::CollectedByCarrier),
    says("be collected by consignee", S::ReadyForCollection),
    says("collected by consignee", S::CollectedByShopper),
    says("received at*facility|received at*operations", S::ArrivedAtHub),
    says("departed*facility|departed*operations", S::DepartedHub),
    says("forwarded for delivery", S::InTransit),
];

const SCAN: Scan = Scan {
    code: &["UpdateCode"],
    words: &["UpdateDescription", "Comments"],
    at: &["UpdateDateTime"],
    place: &["UpdateLocation"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Aramex {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let mut parcels: Vec<ParcelReading> = Vec::new();
        for row in tree.owners("UpdateCode") {
            let mut event = SCAN.event(row, &CARD, payload);
            // What went wrong stands in the comment.
            if let Some((event, why)) = event.as_mut().zip(row.say("Comments")) {
                event.reason = event.reason.or_else(|| phrase::reason(&why).filter(|_| timeline::is_troubled(event)));
            }
            parcels.push(ParcelReading {
                tracking_number: row.say("WaybillNumber"),
                events: event.into_iter().collect(),
                ..ParcelReading::default()
            });
        }
        let mut parcels = timeline::one_per_number(parcels);
        for parcel in &mut parcels {
            place::settle(&mut parcel.events);
            timeline::oldest_first(&mut parcel.events, timeline::Habit::NewestFirst);
        }
        parcels.extend(not_known(&tree).into_iter().map(|number| reply::fault(Some(number), "the waybill is not known")));
        let complaint = tree.owners("Notifications").into_iter().flat_map(|o| o.find("Message")).find_map(tree::plain);
        let told = tree.owners("HasErrors");
        let failed = told.iter().any(|o| o.say("HasErrors").is_some_and(|e| e == "true"));
        let complaint = complaint.or_else(|| failed.then(|| "an error without words".to_string()));
        reply::or_rows(reply::of(parcels, complaint, !tree.owners("TrackingResults").is_empty(), "Aramex"), payload, &CARD, PHRASES)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("ShipmentTrackingResponse").is_some() => 96,
            Shape::Json(json) => {
                let result = json.owners("UpdateCode").iter().any(|r| r.knows("WaybillNumber"));
                let envelope = json.carries("NonExistingWaybills") && json.carries("HasErrors");
                if result || envelope { 95 } else { 0 }
            }
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (matches!(number.len(), 10 | 11) && number.bytes().all(|b| b.is_ascii_digit())).then_some((20, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.aramex.com/track/results?ShipmentNumber={number}"))
    }
}

fn not_known(tree: &Value) -> Vec<String> {
    tree.find("NonExistingWaybills")
        .into_iter()
        .flat_map(|n| if n.is_object() { n.list("string") } else { vec![n] })
        .filter_map(tree::plain)
        .collect()
}
