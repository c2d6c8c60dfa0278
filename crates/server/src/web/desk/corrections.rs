//! Carriers that were guessed wrongly: which shipments, what would change, and what was put right before.

use askama::Template;

use super::{frame::Frame, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/corrections.html")]
pub struct CorrectionsView {
    pub frame: Frame,
    pub from: String,
    pub number_begins: String,
    pub without_events: bool,
    pub number_fits: bool,
    pub carrier: String,
    /// Ids and names to pick from.
    pub carriers: Vec<(String, String)>,
    pub problem: Option<String>,
    /// What would change, if something was asked.
    pub meant: Option<Meant>,
    pub done: Vec<CorrectionLine>,
}

#[derive(Clone, Debug)]
pub struct Meant {
    /// "12 parcels would be Evri's."
    pub words: String,
    pub rows: Vec<MeantRow>,
    pub is_any: bool,
}

#[derive(Clone, Debug)]
pub struct MeantRow {
    pub shipment: String,
    pub name: String,
    pub number: String,
    pub from: String,
    pub state: String,
    /// "may be Evri, DPD".
    pub may_be: String,
}

#[derive(Clone, Debug)]
pub struct CorrectionLine {
    pub id: String,
    /// "12 parcels are Evri's".
    pub words: String,
    pub by: String,
    pub at: When,
    pub undone: Option<String>,
}

impl CorrectionsView {
    pub fn samples() -> Vec<(&'static str, CorrectionsView)> {
        let row = MeantRow {
            shipment: "shp_1".into(),
            name: "TP-1042".into(),
            number: "H00AAA0000000001".into(),
            from: "Royal Mail".into(),
            state: "Registered".into(),
            may_be: "may be Evri".into(),
        };
        let line = |undone: Option<&str>| CorrectionLine {
            id: "cor_1".into(),
            words: "12 parcels became Evri\u{2019}s".into(),
            by: "Maya Okafor".into(),
            at: samples::hours_ago(3),
            undone: undone.map(Into::into),
        };
        let view = CorrectionsView {
            frame: samples::frame("Wrong carrier", "corrections"),
            from: "royalmail".into(),
            number_begins: "H00".into(),
            without_events: true,
            number_fits: false,
            carrier: "evri".into(),
            carriers: vec![("evri".into(), "Evri".into()), ("royalmail".into(), "Royal Mail".into())],
            problem: None,
            meant: Some(Meant { words: "1 parcel would be Evri\u{2019}s.".into(), rows: vec![row], is_any: true }),
            done: vec![line(None), line(Some("undone by Maya Okafor"))],
        };
        vec![("corrections", view.clone()), ("corrections_first", CorrectionsView { meant: None, done: Vec::new(), ..view })]
    }
}
