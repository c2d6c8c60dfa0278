//! Events for numbers that nobody has registered. They attach by themselves when the shipment is registered in time.

use askama::Template;

use super::{Empty, frame::Frame, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/unmatched.html")]
pub struct UnmatchedView {
    pub frame: Frame,
    pub rows: Vec<UnmatchedRow>,
    pub next_page: Option<String>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct UnmatchedRow {
    pub tracking_number: String,
    pub carrier: String,
    pub events: String,
    /// The newest one in our words.
    pub newest: String,
    pub received: When,
    pub kept_until: String,
}

impl UnmatchedView {
    pub fn samples() -> Vec<(&'static str, UnmatchedView)> {
        let row = |n: i64, carrier: &str, newest: &str| UnmatchedRow {
            tracking_number: format!("H00A9A000{}", 7_654_300 + n),
            carrier: carrier.into(),
            events: format!("{n}"),
            newest: newest.into(),
            received: samples::hours_ago(n * 3),
            kept_until: "23 Jan 2027".into(),
        };
        let rows = vec![row(1, "Evri", "Collected by the carrier"), row(4, "DPD", "Out for delivery"), row(2, "UPS", "Delivered")];
        vec![("unmatched", UnmatchedView { frame: samples::frame("Unmatched", "unmatched"), rows, next_page: None, empty: None })]
    }

    pub fn nothing() -> Empty {
        Empty {
            icon: "check",
            title: "Every event has its shipment".into(),
            why: "Events for numbers nobody has registered would wait here for 60 days.".into(),
            next: None,
        }
    }
}
