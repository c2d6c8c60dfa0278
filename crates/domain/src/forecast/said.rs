//! What was said of a parcel, and when: kept beside it, so that it can be graded by what was said then and not by what is known now.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Clock, Expected};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What was said first of all …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Saying>,
    /// … first after the hand-over …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<Saying>,
    /// … and last before it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Saying>,
    /// When it was first said to be at risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk_at: Option<Timestamp>,
    /// When it was first said that it may be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_at: Option<Timestamp>,
}

/// One forecast as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saying {
    pub said_on: Date,
    pub from: Date,
    pub middle: Date,
    pub until: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_late: Option<f64>,
}

impl Said {
    /// A forecast is told on a day.
    pub fn note(&mut self, expected: &Expected, today: Date) {
        let saying =
            Saying { said_on: today, from: expected.from, middle: expected.middle, until: expected.until, p_late: expected.p_late };
        if expected.clock == Clock::HandOver && self.hand_over.is_none() {
            self.hand_over = Some(saying.clone());
        }
        if self.first.is_none() {
            self.first = Some(saying.clone());
        }
        self.last = Some(saying);
    }
}
