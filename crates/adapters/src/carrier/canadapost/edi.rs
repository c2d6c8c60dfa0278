//! Canada Post's X12 214. Beside the X12 status stands the scan event (L11 with qualifier 86), which says more.

use whereabouts_domain::{State, TrackingEvent};

use super::CARD;
use crate::{
    carrier::{ParcelReading, Reading, Unreadable},
    clock::ZoneRule,
    timeline,
    x12::{self, StatusDetail, StatusMessage},
};

const SCAN_EVENT: &str = "86";

pub fn read(body: &[u8], rule: &ZoneRule) -> Result<Reading, Unreadable> {
    let messages = x12::status_messages(body);
    if messages.is_empty() {
        return Err(Unreadable::not_understood("no status message (214) in it"));
    }
    let parcels = messages.iter().map(|m| parcel(m, rule)).collect();
    Ok(Reading { parcels: timeline::one_per_number(parcels) })
}

/// Canada Post's sender id, or its alpha code in the sets.
pub fn detect(body: &[u8]) -> u8 {
    let is_sender = x12::sender(body).is_some_and(|s| s.eq_ignore_ascii_case("CPC"));
    let is_own = x12::status_messages(body).first().is_some_and(|m| m.scac.eq_ignore_ascii_case("CPCC"));
    if is_sender || is_own { 96 } else { 0 }
}

fn parcel(message: &StatusMessage, rule: &ZoneRule) -> ParcelReading {
    let scan = message.references.iter().find(|(_, qualifier)| qualifier == SCAN_EVENT).map(|(value, _)| value.as_str());
    ParcelReading {
        tracking_number: Some(message.number.clone()).filter(|n| !n.is_empty()),
        events: message.details.iter().map(|d| event(d, scan, rule)).collect(),
        ..ParcelReading::default()
    }
}

fn event(detail: &StatusDetail, scan: Option<&str>, rule: &ZoneRule) -> TrackingEvent {
    let bare = scan.map(|s| s.trim_start_matches('0')).filter(|s| !s.is_empty());
    let scanned = bare.and_then(|s| CARD.look_up(s)).map(|c| (c.state, c.reason));
    let status = detail.meaning();
    let (state, reason) = match (scanned, status) {
        (Some(scanned), _) => scanned,
        (None, Some((state, why, _))) => (state, why),
        (None, None) => (State::Unknown, detail.reason()),
    };
    let mut event = TrackingEvent::new("", CARD.id, state);
    event.reason = reason;
    event.moment = detail.moment(rule);
    event.carrier_code = Some(detail.code.clone()).filter(|c| !c.is_empty());
    let words = [status.map(|(_, _, name)| name.to_string()), scan.map(|s| format!("scan event {s}"))];
    event.description = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
    event.location = detail.place.clone();
    event
}
