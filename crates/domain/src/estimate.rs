//! When a shipment is expected, by whom, and how sure they are: what an answer, a page and the log say of it.

use serde::{Deserialize, Serialize};

use crate::{Journey, Window, facts::Facts, forecast::Expected};

/// Who expects it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expecting {
    #[default]
    Carrier,
    /// Our own forecast.
    Whereabouts,
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
    /// The carrier's own estimate, else ours.
    pub fn of(journey: &Journey, facts: &Facts) -> Option<Estimate> {
        let told = journey.estimated.clone().map(Estimate::from);
        told.or_else(|| facts.expected.as_ref().map(Expected::estimate))
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
