//! The mapping assistant: an operator picks where, in a payload that nobody knows, the scans stand and what each says, and sees at once
//! what comes of it.

use askama::Template;

use super::{Empty, Step, codes::StateGroup, frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/mappings.html")]
pub struct MappingsView {
    pub frame: Frame,
    pub rows: Vec<MappingLine>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct MappingLine {
    pub link: Step,
    /// "norfolk_vans, JSON".
    pub what: String,
    /// "version 2, 3 Nov by Maya Okafor".
    pub set: String,
    /// "37 of 37 payloads read again".
    pub replay: Option<String>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "desk/mapping.html")]
pub struct MappingView {
    pub frame: Frame,
    pub heading: String,
    /// Where the form is shown again (GET) …
    pub action: String,
    /// … and where it is kept (POST).
    pub keep: String,
    /// The payload it is made from, if one is there.
    pub payload: String,
    pub name: String,
    pub carrier: String,
    /// The choices of where scans repeat.
    pub events: Vec<Choice>,
    pub fields: Vec<Field>,
    pub more: Vec<Field>,
    pub zone: String,
    pub month_first: bool,
    pub words_count: bool,
    pub codes: Vec<CodeChoice>,
    pub states: Vec<StateGroup>,
    /// "JSON".
    pub form: String,
    pub places: Vec<Place>,
    /// "2 payloads of this shape wait; it reads both: 3 events of 2 numbers."
    pub verdict: String,
    pub verdict_tone: &'static str,
    pub problems: Vec<String>,
    pub events_read: Vec<EventLine>,
    pub faults: Vec<String>,
    /// Of a mapping that is kept.
    pub kept: Option<Kept>,
}

#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// One thing that can be found somewhere.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub choices: Vec<Choice>,
    /// What stands there: "L1, H1, Z9".
    pub sample: String,
}

#[derive(Clone, Debug)]
pub struct CodeChoice {
    pub code: String,
    /// In the carrier's words.
    pub words: String,
    pub chosen: String,
    /// What it is taken for if nothing is chosen: "Read as “Delivered”".
    pub otherwise: String,
}

/// A line of the payload's tree.
#[derive(Clone, Debug)]
pub struct Place {
    pub depth: usize,
    pub name: String,
    /// "×3" where it repeats.
    pub count: String,
    pub sample: String,
}

#[derive(Clone, Debug)]
pub struct EventLine {
    pub number: String,
    pub at: String,
    pub state: Pill,
    pub code: String,
    pub words: String,
    pub place: String,
}

#[derive(Clone, Debug)]
pub struct Kept {
    pub id: String,
    pub replay: Option<String>,
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub struct Version {
    pub number: i64,
    pub words: String,
    pub at: When,
    /// It can be made to hold again.
    pub can_hold: bool,
    pub holds: bool,
}

impl MappingsView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "spark",
            title: "No mapping of your own yet".into(),
            why: "When a payload comes that nobody knows, it waits in the quarantine. Show us there where its number, time and code stand, and all of its kind are read from then on.".into(),
            next: Some(Step::new("/desk/quarantine", "Look into the quarantine")),
        }
    }

    pub fn samples() -> Vec<(&'static str, MappingsView)> {
        let row = MappingLine {
            link: Step::new("/desk/mappings/map_1", "Norfolk Vans"),
            what: "norfolk_vans, JSON".into(),
            set: "version 2, set 3 Nov by Maya Okafor".into(),
            replay: Some("37 of 40 payloads of the quarantine were read again".into()),
        };
        let frame = || samples::frame("Mappings", "mappings");
        vec![
            ("mappings", MappingsView { frame: frame(), rows: vec![row], empty: None }),
            ("mappings_empty", MappingsView { frame: frame(), rows: Vec::new(), empty: Some(Self::nothing()) }),
        ]
    }
}

impl MappingView {
    pub fn samples() -> Vec<(&'static str, MappingView)> {
        let choice = |label: &str, chosen| Choice { value: label.replace(" › ", "/"), label: label.into(), chosen };
        let choices = || vec![choice("not told", false), choice("consignments › consRef", true)];
        let field = |name, label, sample: &str| Field { name, label, choices: choices(), sample: sample.into() };
        let place =
            |depth, name: &str, count: &str, sample: &str| Place { depth, name: name.into(), count: count.into(), sample: sample.into() };
        let event = EventLine {
            number: "NV-100042".into(),
            at: "3 Nov 2026, 07:10".into(),
            state: Pill::new("calm", "truck", "Out for delivery"),
            code: "L1".into(),
            words: "Loaded on the van".into(),
            place: "Norwich".into(),
        };
        let view = MappingView {
            frame: samples::frame("A new mapping", "mappings"),
            heading: "A new mapping".into(),
            action: "/desk/mappings/new".into(),
            keep: "/desk/mappings".into(),
            payload: "inb_1".into(),
            name: "Norfolk Vans".into(),
            carrier: "norfolk_vans".into(),
            events: vec![choice("the whole payload", false), choice("consignments › moves", true)],
            fields: vec![field("tracking_number", "Tracking number", "NV-100042"), field("carrier_code", "Code", "L1, H1")],
            more: vec![field("postcode", "Postcode", "")],
            zone: "Europe/London".into(),
            month_first: false,
            words_count: true,
            codes: vec![CodeChoice {
                code: "L1".into(),
                words: "Loaded on the van".into(),
                chosen: String::new(),
                otherwise: "read as “Out for delivery”".into(),
            }],
            states: vec![StateGroup { label: "Out for delivery".into(), states: vec![("out_for_delivery", "Out for delivery")] }],
            form: "JSON".into(),
            places: vec![
                place(0, "consignments", "×2", ""),
                place(1, "consRef", "", "NV-100042"),
                place(1, "moves", "×3", ""),
                place(2, "kind", "", "L1"),
            ],
            verdict: "2 payloads of this shape wait, and both are read: 3 events of 2 numbers.".into(),
            verdict_tone: "good",
            problems: Vec::new(),
            events_read: vec![event],
            faults: vec!["a part: scan 3: no tracking number".into()],
            kept: None,
        };
        let version = |number: i64, holds: bool| Version {
            number,
            words: "set by Maya Okafor".into(),
            at: samples::hours_ago(number),
            can_hold: !holds,
            holds,
        };
        let kept = Kept {
            id: "map_1".into(),
            replay: Some("37 of 40 payloads of the quarantine were read again".into()),
            versions: vec![version(2, true), version(1, false)],
        };
        let wrong = MappingView { problems: vec!["Say where the tracking number stands.".into()], verdict_tone: "bad", ..view.clone() };
        vec![
            ("mapping_new", view.clone()),
            ("mapping_wrong", wrong),
            ("mapping", MappingView { heading: "Norfolk Vans".into(), kept: Some(kept), ..view }),
        ]
    }
}
