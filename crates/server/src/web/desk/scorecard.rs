//! How good forecasts were, and which promises were kept: numbers with what they rest on, and two plots with their tables.

use askama::Template;

use super::{Empty, frame::Frame, queue::Filter, samples, shipment::Fact};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/scorecard.html")]
pub struct ScorecardView {
    pub frame: Frame,
    /// "Graded today at 00:04, over 12 weeks".
    pub graded: String,
    /// All carriers, and each by itself.
    pub filters: Vec<Filter>,
    pub facts: Vec<Fact>,
    pub plots: Vec<Plot>,
    pub moments: Vec<MomentLine>,
    pub promises: Vec<PromiseLine>,
    pub empty: Option<Empty>,
}

/// A share against what it should be.
#[derive(Clone, Debug)]
pub struct Plot {
    pub title: &'static str,
    /// What is seen, for who does not see it.
    pub about: String,
    /// Where the aim lies, from the left edge to the right: `y1`, `y2`.
    pub aim: (f64, f64),
    pub points: Vec<Point>,
    pub head: [&'static str; 3],
    pub left: String,
    pub right: String,
}

#[derive(Clone, Debug)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    /// Larger where more parcels stand behind it.
    pub radius: f64,
    pub cells: [String; 3],
}

/// "When first told", with how it held.
#[derive(Clone, Debug)]
pub struct MomentLine {
    pub moment: &'static str,
    pub parcels: String,
    pub held: String,
    pub error: String,
    pub width: String,
}

#[derive(Clone, Debug)]
pub struct PromiseLine {
    pub carrier: String,
    pub service: String,
    pub parcels: String,
    pub kept: String,
}

/// The plots' ground, in units of the drawing.
pub const LEFT: f64 = 34.0;
pub const RIGHT: f64 = 352.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 132.0;

/// How high a share stands.
pub fn height(share: f64) -> f64 {
    ((BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)) * 10.0).round() / 10.0
}

impl Plot {
    /// The points joined by a line.
    pub fn line(&self) -> String {
        let points: Vec<String> = self.points.iter().map(|p| format!("{},{}", p.x, p.y)).collect();
        points.join(" ")
    }
}

impl ScorecardView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "watch",
            title: "Nothing is graded yet".into(),
            why: "Once a day what was foretold is held against what became of it. The first grades stand here on the day after the first forecasts came true or did not.".into(),
            next: None,
        }
    }

    pub fn samples() -> Vec<(&'static str, ScorecardView)> {
        let fact = |label, value: &str, detail: &str| Fact { label, value: value.into(), detail: detail.into(), tone: "" };
        let week = |k: u32, held: f64| Point {
            x: LEFT + f64::from(k) * 52.0,
            y: height(held),
            radius: 4.0,
            cells: [format!("{} Sep", k * 7 + 1), "214".into(), format!("{:.0} %", held * 100.0)],
        };
        let plot = Plot {
            title: "Days that held, by week",
            about: "In each of six weeks between 76 and 84 of 100 parcels arrived within the days told.".into(),
            aim: (height(0.8), height(0.8)),
            points: [0.78, 0.81, 0.84, 0.79, 0.76, 0.82].into_iter().zip(0..).map(|(held, k)| week(k, held)).collect(),
            head: ["Week from", "Parcels", "Held"],
            left: "1 Sep".into(),
            right: "6 Oct".into(),
        };
        let moment = MomentLine {
            moment: "At the hand-over",
            parcels: "1,284".into(),
            held: "80 %".into(),
            error: "0.6 days".into(),
            width: "2.4 days".into(),
        };
        let promise =
            PromiseLine { carrier: "Royal Mail".into(), service: "Tracked 24".into(), parcels: "812".into(), kept: "94 %".into() };
        let full = ScorecardView {
            frame: samples::frame("Scorecard", "scorecard"),
            graded: "Graded today at 00:04; what ended since 1 Sep".into(),
            filters: vec![Filter { label: "All carriers".into(), href: "/desk/scorecard".into(), chosen: true }],
            facts: vec![
                fact("Days that held", "80 %", "of 1,284 parcels; meant for 80 %"),
                fact("At risk", "71 % were late", "of 58; 64 % of the late were named, 31 h before"),
            ],
            plots: vec![plot],
            moments: vec![moment],
            promises: vec![promise],
            empty: None,
        };
        let empty = ScorecardView {
            frame: samples::empty_frame("Scorecard", "scorecard"),
            graded: String::new(),
            filters: Vec::new(),
            facts: Vec::new(),
            plots: Vec::new(),
            moments: Vec::new(),
            promises: Vec::new(),
            empty: Some(ScorecardView::nothing()),
        };
        vec![("scorecard", full), ("scorecard-empty", empty)]
    }
}
