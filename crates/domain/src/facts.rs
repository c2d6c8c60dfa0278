//! Calculated facts: what should have happened and didn't. A pure function of the history and `now`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Registration, calendar::Calendars, journey::Journey, settings::Settings};

/// Everything a judgement rests on.
pub struct Case<'a> {
    pub registration: &'a Registration,
    pub journey: &'a Journey,
    /// When we were first told of the shipment, on the product's clock.
    pub registered_at: Timestamp,
    /// When something last woke the evaluation that is not an event: a dispute, an alert opened, a change by the retailer.
    pub woken_at: Option<Timestamp>,
    /// An alert is open or a dispute is not settled: the evaluation does not rest.
    pub kept_awake: bool,
    pub settings: &'a Settings,
    pub calendars: &'a Calendars,
    /// The recipient's zone (postcode and country, else the brand's).
    pub zone: &'a jiff::tz::TimeZone,
    pub now: Timestamp,
}

/// The facts beside the state. Stored as JSON beside the shipment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Since when it is late (the promise's end), if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Timestamp>,
    /// When the lateness stopped growing: had at last, or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_until: Option<Timestamp>,
    #[serde(default)]
    pub early: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// `no_first_scan` or `silence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_reason: Option<String>,
    #[serde(default)]
    pub at_risk: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk_probability: Option<f64>,
}

impl Facts {
    pub fn late(&self) -> bool {
        self.late_since.is_some()
    }
    pub fn may_be_missing(&self) -> bool {
        self.missing_since.is_some()
    }
    /// Hours past the promise, growing until it ends; `None` unless late.
    pub fn hours_late(&self, now: Timestamp) -> Option<f64> {
        let since = self.late_since?;
        let until = self.late_until.unwrap_or(now).max(since);
        Some((until.as_millisecond() - since.as_millisecond()) as f64 / 3_600_000.0)
    }
}

/// The facts now, and the earliest moment at which silence alone could change one (`None`: at rest).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    pub facts: Facts,
    pub next_check_at: Option<Timestamp>,
    /// Reminders due to the shopper by now: (`act_by` reminder kind, the moment it was due).
    pub reminders: Vec<(String, Timestamp)>,
}

pub fn judge(case: &Case) -> Judgement {
    let _ = case.now;
    Judgement::default()
}
