//! The one search box's answers, and the lists behind the red, amber and green counts: the same rows.

use askama::Template;
use whereabouts_domain::state::{Attention, State};

use super::{Empty, Step, frame::Frame, pill::Pill, queue::Filter, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/search.html")]
pub struct SearchView {
    pub frame: Frame,
    pub heading: String,
    /// "3 shipments" or what a list means.
    pub meaning: String,
    pub filters: Vec<Filter>,
    pub rows: Vec<ShipmentRow>,
    pub next_page: Option<String>,
    pub empty: Option<Empty>,
}

/// The first few answers while the agent is still typing; put under the search box by the script.
#[derive(Clone, Debug, Template)]
#[template(path = "desk/hits.html")]
pub struct HitsView {
    pub query: String,
    pub rows: Vec<ShipmentRow>,
    /// "All 41 answers".
    pub all: Option<Step>,
}

#[derive(Clone, Debug)]
pub struct ShipmentRow {
    pub href: String,
    pub order: String,
    pub customer: String,
    /// Postcode and town: what tells two customers of a name apart.
    pub place: String,
    pub carrier: String,
    pub tracking_number: String,
    pub state: Pill,
    /// Late, may be missing, disputed, …
    pub facts: Vec<Pill>,
    pub last_scan: Option<When>,
    pub promise: String,
}

impl SearchView {
    pub fn samples() -> Vec<(&'static str, SearchView)> {
        vec![("search", SearchView::found()), ("search-nothing", SearchView::nothing()), ("shipments-act", SearchView::act())]
    }

    fn found() -> SearchView {
        let mut frame = samples::frame("Search: brennan", "search");
        frame.query = "brennan".into();
        SearchView {
            frame,
            heading: "“brennan”".into(),
            meaning: "3 shipments".into(),
            filters: vec![],
            rows: sample_rows(),
            next_page: None,
            empty: None,
        }
    }

    fn act() -> SearchView {
        let filter =
            |label: &str, id: &str| Filter { label: label.into(), href: format!("/desk/shipments?attention={id}"), chosen: id == "act" };
        SearchView {
            frame: samples::frame("Act", "act"),
            heading: "Act".into(),
            meaning: "Shipments whose state asks somebody to do something now.".into(),
            filters: vec![filter("Act", "act"), filter("Watch", "watch"), filter("Fine", "none")],
            rows: sample_rows(),
            next_page: Some("/desk/shipments?attention=act&cursor=k2".into()),
            empty: None,
        }
    }

    fn nothing() -> SearchView {
        let mut frame = samples::frame("Search: NW-99999", "search");
        frame.query = "NW-99999".into();
        SearchView {
            frame,
            heading: "“NW-99999”".into(),
            meaning: "Nothing found".into(),
            filters: vec![],
            rows: vec![],
            next_page: None,
            empty: Some(Empty {
                icon: "search",
                title: "No order, number, name, e-mail, phone or postcode begins with “NW-99999”".into(),
                why: "The order may not be registered yet, or its events wait among the unmatched.".into(),
                next: Some(Step::new("/desk/unmatched", "Look among the unmatched")),
            }),
        }
    }
}

impl HitsView {
    pub fn samples() -> Vec<(&'static str, HitsView)> {
        vec![(
            "hits",
            HitsView { query: "brennan".into(), rows: sample_rows(), all: Some(Step::new("/desk/search?q=brennan", "All 41 answers")) },
        )]
    }
}

fn sample_rows() -> Vec<ShipmentRow> {
    let row = |n: i64, customer: &str, place: &str, carrier: &str, state: Pill, facts: Vec<Pill>| ShipmentRow {
        href: format!("/desk/shipments/shp_{n}"),
        order: format!("NW-{}", 10_480 + n),
        customer: customer.into(),
        place: place.into(),
        carrier: carrier.into(),
        tracking_number: format!("AB{:09}GB", 123_456_700 + n),
        state,
        facts,
        last_scan: Some(samples::hours_ago(7 * n)),
        promise: "by Mon 23 Nov".into(),
    };
    vec![
        row(
            1,
            "Aoife Brennan",
            "LS1 4DT Leeds",
            "Royal Mail",
            Pill::state(State::InTransit, Attention::None),
            vec![Pill::late("30 h late"), Pill::may_be_missing("May be missing")],
        ),
        row(2, "Ciarán Brennan", "BT7 1NN Belfast", "DPD", Pill::state(State::ReadyForCollection, Attention::Watch), vec![]),
        row(3, "Brennan & Sons Ltd", "M1 2WD Manchester", "Evri", Pill::state(State::Delivered, Attention::None), vec![]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_shown_as_text() {
        let mut view = SearchView::nothing();
        view.frame.query = "\"><b>".into();
        let html = view.render().unwrap();
        assert!(!html.contains("\"><b>"));
    }
}
