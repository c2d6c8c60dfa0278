//! SEKO Logistics (Omni Parcel): the status reply and the webhook, a list of consignments with events, JSON. An event has
//! SEKO's own code (`OP-…`, the same for all carriers behind it) and often the carrier's; clocks are the place's, without an
//! offset. The states of the codes are coarse here, and the description makes them exact. The returns' webhook (OmniRPS)
//! tells events one by one, with codes of its own.
//!
//! Fields and the codes of returns: "Tracking Webhook / CSV / API" and the returns' tracking webhook of SEKO's integration
//! guide (2024). The list of `OP-` codes could not be checked word for word.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    place, reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: Seko = Seko;
pub struct Seko;

static CARD: Card = Card { id: "seko", name: "SEKO", zone: "UTC", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("OP-1", S::Dispatched),
    code("OP-2", S::HeldByCarrier),
    code("OP-3", S::InTransit),
    code("OP-4", S::InTransit),
    code("OP-5", S::InTransit),
    code("OP-6", S::HeldAtCustoms),
    code("OP-7", S::InTransit),
    code("OP-8", S::Dispatched),
    code("OP-9", S::Dispatched),
    code("OP-10", S::InTransit),
    code("OP-11", S::Dispatched),
    code("OP-12", S::Dispatched),
    why("OP-13", S::Misrouted, R::Missorted),
    code("OP-14", S::InTransit),
    why("OP-15", S::Lost, R::Lost),
    code("OP-16", S::Delayed),
    why("OP-17", S::Damaged, R::Damaged),
    code("OP-18", S::InTransit),
    code("OP-19", S::ReadyForCollection),
    code("OP-20", S::InTransit),
    code("OP-21", S::OutForDelivery),
    code("OP-22", S::InTransit),
    why("OP-23", S::DeliveryFailed, R::AddressWrong),
    why("OP-24", S::DeliveryFailed, R::NobodyHome),
    code("OP-25", S::ReadyForCollection),
    code("OP-26", S::HeldByCarrier),
    why("OP-27", S::DeliveryFailed, R::AddressWrong),
    why("OP-28", S::DeliveryRefused, R::Refused),
    code("OP-29", S::DeliveryFailed),
    code("OP-30", S::DeliveryFailed),
    code("OP-31", S::InTransit),
    code("OP-32", S::InTransit),
    code("OP-33", S::InTransit),
    code("OP-34", S::Cancelled),
    why("OP-35", S::Misrouted, R::Missorted),
    code("OP-36", S::HeldByCarrier),
    why("OP-37", S::DeliveryFailed, R::NoAccess),
    why("OP-38", S::DeliveryFailed, R::IdentityNotProven),
    code("OP-39", S::HeldByCarrier),
    code("OP-40", S::DeliveryFailed),
    why("OP-41", S::ActionRequired, R::AddressWrong),
    code("OP-42", S::ReadyForCollection),
    why("OP-43", S::DeliveryFailed, R::BusinessClosed),
    code("OP-44", S::HeldByCarrier),
    code("OP-45", S::DeliveryFailed),
    code("OP-46", S::HeldByCarrier),
    code("OP-47", S::InTransit),
    code("OP-48", S::InTransit),
    code("OP-49", S::HeldByCarrier),
    code("OP-50", S::InTransit),
    code("OP-51", S::InTransit),
    code("OP-52", S::HeldByCarrier),
    code("OP-53", S::HeldByCarrier),
    code("OP-54", S::InTransit),
    code("OP-55", S::DeliveryFailed),
    code("OP-56", S::InTransit),
    code("OP-57", S::ReturningToSender),
    code("OP-58", S::ReturningToSender),
    code("OP-59", S::ReturningToSender),
    code("OP-60", S::ReturningToSender),
    why("OP-61", S::ReturningToSender, R::AddressWrong),
    code("OP-62", S::ReturningToSender),
    code("OP-63", S::ReturningToSender),
    why("OP-64", S::ReturningToSender, R::Refused),
    code("OP-65", S::ReturningToSender),
    code("OP-66", S::ReturningToSender),
    code("OP-67", S::Cancelled),
    code("OP-68", S::ReturningToSender),
    why("OP-69", S::ReturningToSender, R::Damaged),
    code("OP-70", S::HeldByCarrier),
    code("OP-71", S::Delivered),
    code("OP-72", S::Delivered),
    code("OP-73", S::Delivered),
    code("OP-74", S::Delivered),
    code("OP-75", S::Delivered),
    code("OP-76", S::Delivered),
    code("OP-77", S::Delivered),
    code("OP-78", S::InTransit),
    code("OP-79", S::InTransit),
    code("OP-80", S::InTransit),
    code("OP-81", S::InTransit),
    code("OP-82", S::InTransit),
    code("OP-83", S::InTransit),
    code("OP-84", S::InTransit),
    code("OP-85", S::ReturningToSender),
    code("OP-86", S::DeliveryFailed),
    code("OP-87", S::HeldByCarrier),
    code("OP-88", S::HeldByCarrier),
    code("OP-89", S::InTransit),
    code("OP-90", S::ReturningToSender),
    code("OP-91", S::HeldByCarrier),
    code("OP-92", S::DeliveryFailed),
    code("OP-94", S::ReturningToSender),
    // Returns.
    code("RC", S::Dispatched),
    code("RT", S::InTransit),
    code("DS", S::ArrivedAtHub),
    code("RDTPF", S::ArrivedAtHub),
    code("RP", S::ForInformation),
    code("RE", S::InTransit),
    code("RDBTC", S::ReturnedToSender),
];

const SCAN: Scan = Scan { code: &["OmniCode", "Code"], words: &["Description"], at: &["EventDT"], place: &["Location"], ..Scan::BARE };
/// Without SEKO's code the carrier's own comes with words that may speak.
const BEHIND: Scan = Scan { words_may_speak: true, ..SCAN };

impl Carrier for Seko {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let mut parcels: Vec<ParcelReading> = consignments(&tree).into_iter().map(|c| parcel(c, payload)).collect();
        parcels.extend(returns(&tree).into_iter().map(|r| returned(r, payload)));
        let told = tree.list("Errors").into_iter().chain(tree.list("Error"));
        let complaint = told.into_iter().find_map(|e| e.first(&["Message", "Details", ""])).or_else(|| tree.first(&["Message", "message"]));
        reply::or_rows(reply::of(parcels, complaint, tree.as_array().is_some_and(Vec::is_empty), "SEKO"), payload, &CARD, &[])
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if !returns(tree).is_empty() {
            return 95;
        }
        let found = consignments(tree);
        let own = |c: &&Value| c.list("Events").iter().any(|e| e.knows("OmniCode") || e.knows("EventDT"));
        if found.iter().any(own) {
            95
        } else if found.iter().any(|c| c.carries("Picked") && c.carries("Delivered")) {
            85
        } else {
            0
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://track.omniparcel.com/?id={number}"))
    }
}

fn consignments(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("ConsignmentNo") && (v.carries("Events") || v.knows("Status")) && !is_return(v))
}

/// Events of returns, each for itself.
fn returns(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &is_return)
}

fn is_return(told: &Value) -> bool {
    told.carries("OmniRPSTrackingNo") && told.knows("Code") && told.knows("EventDT")
}

fn parcel(told: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("Events").into_iter().filter_map(|row| scan(row, payload)).collect();
    place::settle(&mut events);
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    let summary = told.say("Status").and_then(|status| {
        let (state, reason) = BEHIND.meaning(None, &status, &CARD);
        let mut summary = TrackingEvent::new("", CARD.id, state);
        (summary.reason, summary.description) = (reason, status);
        timeline::worth_telling(summary, &events)
    });
    ParcelReading { tracking_number: told.say("ConsignmentNo"), events, summary, ..ParcelReading::default() }
}

/// A place is `London, GB`, or a country's code alone.
fn scan(row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let reads = if row.knows("OmniCode") { &SCAN } else { &BEHIND };
    let mut event = reads.event(row, &CARD, payload)?;
    if let Some(line) = row.first(SCAN.place).filter(|line| line.len() == 2) {
        event.location = place::named(&line);
        event.moment = reads.moment(row, &event.location, &CARD, payload);
    }
    Some(event)
}

/// What is still on its way is told of the place that it comes from, else of the one that it has reached.
fn returned(told: &Value, payload: &Payload) -> ParcelReading {
    const RETURN: Scan = Scan { code: &["Code"], words: &["Status"], place: &["SourceLocation"], ..SCAN };
    const ARRIVED: Scan = Scan { place: &["DestinationLocation"], ..RETURN };
    let has_arrived = told.say("Code").is_some_and(|code| matches!(code.as_str(), "RDTPF" | "DS" | "RP" | "RDBTC"));
    let reads = if has_arrived && told.knows("DestinationLocation") { ARRIVED } else { RETURN };
    let mut events: Vec<TrackingEvent> = reads.event(told, &CARD, payload).into_iter().collect();
    for event in &mut events {
        // `Auckland, New Zealand-NZ`: the country stands twice.
        if let Some((town, country)) =
            event.location.text.as_deref().and_then(|line| line.rsplit_once('-')).map(|(t, c)| (t.to_string(), c.to_string()))
        {
            event.location = place::of(town.split(',').next().map(|t| t.trim().to_string()), None, None, Some(country));
            event.moment = reads.moment(told, &event.location, &CARD, payload);
        }
    }
    let number = told.first(&["ConsignmentNo", "OmniRPSTrackingNo"]);
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}
