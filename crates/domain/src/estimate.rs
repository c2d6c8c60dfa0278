//! When a shipment is expected, by whom, and how sure they are: what an answer, a page and the log say of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Journey, Window,
    facts::Facts,
    forecast::{Expected, published::Aimed},
};

/// Who expects it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expecting {
    #[default]
    Carrier,
    /// Our own forecast.
    Whereabouts,
    /// What the carrier publishes of the service: no parcel taught it.
    Published,
}

/// The days (or times) from–until; `confidence` is the share of arrivals that lie within, where it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    #[serde(default)]
    pub start: Option<String>,
    #[serde(default)]
    pub end: Option<String>,
    #[serde(default)]
    pub source: Expecting,
    #[serde(default)]
    pub confidence: Option<f64>,
}

impl Estimate {
    /// The carrier's own estimate, else ours, else what is published.
    pub fn of(journey: &Journey, facts: &Facts) -> Option<Estimate> {
        Estimate::of_this_parcel(journey, facts).or_else(|| facts.aimed.as_ref().map(Aimed::estimate))
    }

    /// Only what is known of this very parcel: a shopper is not told that a promise slips because of what is published.
    pub fn of_this_parcel(journey: &Journey, facts: &Facts) -> Option<Estimate> {
        let told = journey.estimated.clone().map(Estimate::from);
        told.or_else(|| facts.expected.as_ref().map(Expected::estimate))
    }

    /// The day by which half of such parcels arrive, where the estimate is ours.
    pub fn middle(journey: &Journey, facts: &Facts) -> Option<Date> {
        facts.expected.as_ref().filter(|_| journey.estimated.is_none()).map(|e| e.middle)
    }

    pub fn window(&self) -> Window {
        Window { start: self.start.clone(), end: self.end.clone() }
    }
}

/// As a carrier tells it.
impl From<Window> for Estimate {
    fn from(window: Window) -> Estimate {
        Estimate { start: window.start, end: window.end, source: Expecting::Carrier, confidence: None }
    }
}
