//! Codes that stand in no carrier's list: what the carrier said with them, and what the retailer takes them to mean.

use askama::Template;

use super::{Empty, frame::Frame, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/codes.html")]
pub struct CodesView {
    pub frame: Frame,
    pub codes: Vec<CodeRow>,
    /// The states to choose from, by milestone.
    pub states: Vec<StateGroup>,
    /// What the meaning that was tried would change.
    pub tried: Option<Tried>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct CodeRow {
    pub carrier_id: String,
    pub carrier: String,
    pub code: String,
    /// As it is shown: empty where words alone were told.
    pub shown: String,
    /// In the carrier's words.
    pub words: String,
    /// "said 14 times, of 9 parcels".
    pub counts: String,
    pub last: When,
    /// The newest parcel of which it was said.
    pub sample: String,
    /// "Out for delivery, since 3 Nov by Maya (version 2)".
    pub meaning: Option<String>,
    /// Stands in the form: what was tried, else what holds.
    pub chosen: String,
}

#[derive(Clone, Debug)]
pub struct StateGroup {
    pub label: String,
    /// (id, label).
    pub states: Vec<(&'static str, &'static str)>,
}

#[derive(Clone, Debug)]
pub struct Tried {
    /// "Q9 of Evri as Out for delivery".
    pub what: String,
    /// "9 of 12 parcels would change."
    pub answer: String,
    pub effects: Vec<EffectRow>,
}

#[derive(Clone, Debug)]
pub struct EffectRow {
    pub shipment: String,
    pub name: String,
    pub before: &'static str,
    pub after: &'static str,
}

impl CodesView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "check",
            title: "Every code was understood".into(),
            why: "A code that stands in no list would wait here, in the carrier's words, until you say what it means.".into(),
            next: None,
        }
    }

    pub fn samples() -> Vec<(&'static str, CodesView)> {
        let row = |code: &str, words: &str, meaning: Option<&str>, chosen: &str| CodeRow {
            carrier_id: "evri".into(),
            carrier: "Evri".into(),
            code: if code.is_empty() && !words.is_empty() { format!("words:{}", words.to_lowercase()) } else { code.into() },
            shown: code.into(),
            words: words.into(),
            counts: "said 14 times, of 9 parcels".into(),
            last: samples::minutes_ago(12),
            sample: "shp_1".into(),
            meaning: meaning.map(Into::into),
            chosen: chosen.into(),
        };
        let states = vec![StateGroup { label: "Out for delivery".into(), states: vec![("out_for_delivery", "Out for delivery")] }];
        let effect = EffectRow { shipment: "shp_1".into(), name: "TP-1042".into(), before: "In transit", after: "Out for delivery" };
        let tried =
            Tried { what: "Q9 of Evri as Out for delivery".into(), answer: "1 of 9 parcels would change.".into(), effects: vec![effect] };
        let codes = vec![
            row("Q9", "Parcel with the courier's helper", None, "out_for_delivery"),
            row("", "Wheels are rolling", None, ""),
            row("", "", None, ""),
            row("B2", "Held for a better day", Some("On hold, set 3 Nov by Maya Okafor, version 2"), "on_hold"),
        ];
        let frame = || samples::frame("Unknown codes", "codes");
        vec![
            ("codes", CodesView { frame: frame(), codes, states, tried: Some(tried), empty: None }),
            ("codes_empty", CodesView { frame: frame(), codes: Vec::new(), states: Vec::new(), tried: None, empty: Some(Self::nothing()) }),
        ]
    }
}
