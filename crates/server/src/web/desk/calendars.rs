//! Which days carriers work, by nation, and the retailer's edits of it.

use askama::Template;

use super::{frame::Frame, samples};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/calendars.html")]
pub struct CalendarsView {
    pub frame: Frame,
    pub nations: Vec<NationRow>,
    /// JSON, as it is kept.
    pub edits: String,
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct NationRow {
    pub code: String,
    pub name: String,
    /// "Mon, Tue, Wed, Thu, Fri".
    pub weekdays: String,
    /// The next free days: "Fri 25 Dec Christmas Day".
    pub holidays: Vec<String>,
    /// Where we have it from, and when somebody looked last.
    pub source: String,
}

impl CalendarsView {
    pub fn samples() -> Vec<(&'static str, CalendarsView)> {
        let nation = NationRow {
            code: "GB-ENG".into(),
            name: "England and Wales".into(),
            weekdays: "Mon, Tue, Wed, Thu, Fri".into(),
            holidays: vec!["Fri 25 Dec, Christmas Day".into(), "Mon 28 Dec, Boxing Day (substitute)".into()],
            source: "gov.uk, 1 Nov 2026".into(),
        };
        let edits = "{\n  \"nations\": {}\n}".into();
        vec![("calendars", CalendarsView { frame: samples::frame("Calendars", "calendars"), nations: vec![nation], edits, problem: None })]
    }
}
