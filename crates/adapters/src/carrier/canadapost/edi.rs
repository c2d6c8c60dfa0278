//! Canada Post's X12 214. Beside the X12 status stands the scan event (L11 with qualifier 86), which says more.

use whereabouts_domain::TrackingEvent;

use super::CARD;
use crate::{
    carrier::{ParcelReading, Reading, Unreadable},
    clock::ZoneRule,
    timeline,
    x12::{self, Shipment, Status},
};

const SCAN_EVENT: &str = "86";
/// Canada Post's sender id, and its alpha code.
const SENDERS: [&str; 2] = ["CPC", "CPCC"];

pub fn read(text: &str, rule: &ZoneRule) -> Result<Reading, Unreadable> {
    let parcels = x12::shipments(text, rule)?.into_iter().map(parcel).collect();
    Ok(Reading { parcels: timeline::one_per_number(parcels) })
}

pub fn detect(text: &str) -> u8 {
    let is_own = |told: &Option<String>| told.as_ref().is_some_and(|told| SENDERS.iter().any(|s| s.eq_ignore_ascii_case(told)));
    let shipments = x12::shipments(text, &ZoneRule::of(None, CARD.zone)).unwrap_or_default();
    if shipments.first().is_some_and(|s| is_own(&s.sender) || is_own(&s.scac)) { 96 } else { 0 }
}

fn parcel(shipment: Shipment) -> ParcelReading {
    let scan = scan_event(&shipment.references);
    ParcelReading {
        tracking_number: shipment.number.or(shipment.shippers_number),
        events: shipment.statuses.into_iter().map(|status| event(status, scan.as_deref())).collect(),
        ..ParcelReading::default()
    }
}

fn scan_event(references: &[(String, String)]) -> Option<String> {
    references.iter().find(|(_, qualifier)| qualifier == SCAN_EVENT).map(|(value, _)| value.clone())
}

fn event(status: Status, scan_of_set: Option<&str>) -> TrackingEvent {
    let scan = scan_event(&status.references).or_else(|| scan_of_set.map(str::to_string));
    let mut event = status.into_event(CARD.id);
    let bare = scan.as_deref().map(|s| s.trim_start_matches('0')).filter(|s| !s.is_empty());
    if let Some(known) = bare.and_then(|s| CARD.look_up(s)) {
        (event.state, event.reason) = (known.state, known.reason);
    }
    let words = [Some(event.description), scan.map(|s| format!("scan event {s}"))];
    event.description = words.into_iter().flatten().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(", ");
    event
}
