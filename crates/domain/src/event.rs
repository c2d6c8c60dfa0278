//! A tracking event: what a carrier said happened. Never changed and never deleted (but by privacy erasure and retention).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Moment, Private, Reason, State};

/// One thing a carrier said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackingEvent {
    pub tracking_number: String,
    /// The carrier that speaks (`royalmail`, `evri`, …); for an aggregator's payload the carrier underneath when it is known.
    pub carrier: String,
    /// `None` when the carrier gave no date that can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<Moment>,
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The carrier's own code; for aggregators their most specific one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_code: Option<String>,
    /// The carrier's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default, skip_serializing_if = "Location::is_empty")]
    pub location: Location,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Private<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<Proof>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_point: Option<PickupPoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_delivery: Option<Window>,
    #[serde(default, skip_serializing_if = "Source::is_event")]
    pub source: Source,
    /// The source's own id of this event, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The piece of the shipment that this event is about, when the carrier tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<String>,
    /// No list of the carrier holds the code; the retailer said what it means.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mapped: bool,
}

impl TrackingEvent {
    /// An event with nothing but number, carrier and state; the rest is filled in by struct update or assignment.
    pub fn new(tracking_number: impl Into<String>, carrier: impl Into<String>, state: State) -> TrackingEvent {
        TrackingEvent {
            tracking_number: tracking_number.into(),
            carrier: carrier.into(),
            moment: None,
            state,
            reason: None,
            carrier_code: None,
            description: String::new(),
            location: Location::default(),
            signed_by: None,
            proof: Vec::new(),
            pickup_point: None,
            estimated_delivery: None,
            source: Source::Event,
            source_id: None,
            parcel: None,
            mapped: false,
        }
    }

    pub fn at(&self) -> Option<Timestamp> {
        self.moment.map(|m| m.at())
    }

    /// What makes two events the same (CONTRACT §3): carrier, occurred at as told, code or state, description and place;
    /// a source's own event id decides alone when there is one. The shipment is not part of it: the key is unique within one.
    /// 32 hex digits, stable for ever: it is stored.
    pub fn key(&self) -> String {
        let mut h = Sha256::new();
        let mut put = |s: &str| {
            h.update((s.len() as u64).to_le_bytes());
            h.update(s.as_bytes());
        };
        put(&self.carrier);
        put(self.parcel.as_deref().unwrap_or(""));
        if let Some(id) = &self.source_id {
            put("id");
            put(id);
        } else {
            put(&self.moment.map(|m| m.local_time()).unwrap_or_default());
            // What the retailer takes the words to mean makes it no other event.
            let said = if self.mapped { State::Unknown } else { self.state };
            put(self.carrier_code.as_deref().unwrap_or(said.id()));
            put(&squash(&self.description));
            put(&squash(self.location.text.as_deref().or(self.location.city.as_deref()).unwrap_or("")));
        }
        const HEX: &[u8; 16] = b"0123456789abcdef";
        h.finalize()[..16].iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| HEX[usize::from(digit)] as char).collect()
    }
}

/// Upper or lower case and the number of blanks are not a difference between two scans.
pub(crate) fn squash(s: &str) -> String {
    s.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A place as told; every part may be missing. `country` is ISO 3166-1 alpha-2 in capitals when it could be told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

impl Location {
    pub fn is_empty(&self) -> bool {
        *self == Location::default()
    }
    pub fn text(text: impl Into<String>) -> Location {
        Location { text: Some(text.into()), ..Location::default() }
    }
}

/// Evidence that came with an event. `kind` is `photo`, `signature`, `gps`, `pin` or `document`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Where the parcel waits to be collected. `collect_by` is a day `YYYY-MM-DD` or an RFC 3339 time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PickupPoint {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collect_by: Option<String>,
}

/// From–until. Each end is a day `YYYY-MM-DD` or an RFC 3339 time with offset; `end` alone means "by".
#[derive(Clone, Debug, Default, PartialEq, Hash, Serialize, Deserialize)]
pub struct Window {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

/// Whether a scan told it, or only the parcel's summary did (and it is further than every scan).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    #[default]
    Event,
    Summary,
}

impl Source {
    pub fn is_event(&self) -> bool {
        *self == Source::Event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_repeated_in_other_letter_case_is_the_same_scan() {
        let mut a = TrackingEvent::new("X1", "evri", State::InTransit);
        a.description = "Arrived at  hub".into();
        let mut b = a.clone();
        b.description = "ARRIVED AT HUB".into();
        assert_eq!(a.key(), b.key());
        b.carrier_code = Some("7".into());
        assert_ne!(a.key(), b.key());
    }

    #[test]
    fn a_key_is_stored_and_so_stays_what_it_was() {
        let mut scan = TrackingEvent::new("X1", "evri", State::InTransit);
        scan.description = "Arrived at hub".into();
        assert_eq!(scan.key(), "ef9f4aca4cdb8b695bec742b06f9f5a4");
    }
}
