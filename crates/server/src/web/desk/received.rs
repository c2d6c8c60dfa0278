//! What came in lately: how much of each feed, what was recognised in each payload, and a payload as it came.

use askama::Template;

use super::{Empty, frame::Frame, pill::Pill, queue::Filter, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/received.html")]
pub struct ReceivedView {
    pub frame: Frame,
    pub feeds: Vec<FeedLine>,
    pub filters: Vec<Filter>,
    pub rows: Vec<ReceivedLine>,
    pub next_page: Option<String>,
    pub empty: Option<Empty>,
}

/// A dialect by one way in, over seven days.
#[derive(Clone, Debug)]
pub struct FeedLine {
    pub name: String,
    /// Narrows the list to it.
    pub href: String,
    /// "hook", "asked".
    pub source: String,
    pub payloads: String,
    pub events: String,
    /// "3 unread, 1 refused", or nothing.
    pub trouble: String,
    pub last: When,
}

#[derive(Clone, Debug)]
pub struct ReceivedLine {
    pub id: String,
    /// "AfterShip", "Nobody's".
    pub name: String,
    /// "by its shape", "by the mapping Norfolk Vans".
    pub told_by: String,
    pub signature: Pill,
    pub outcome: Pill,
    /// "2 numbers, 5 events".
    pub read: String,
    /// Why not, or which parts were at fault.
    pub detail: String,
    pub received: When,
}

/// One payload as it came.
#[derive(Clone, Debug, Template)]
#[template(path = "desk/payload.html")]
pub struct PayloadView {
    pub frame: Frame,
    pub line: ReceivedLine,
    /// "hook".
    pub source: String,
    pub size: String,
    pub headers: Vec<(String, String)>,
    /// What is not text is shown as dots.
    pub body: String,
    /// It is longer than what is shown.
    pub is_cut: bool,
    /// Where a mapping can be made of it.
    pub map: Option<String>,
}

impl ReceivedView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "inbox",
            title: "Nothing came in lately".into(),
            why: "Payloads stand here for some days as they came, with what was recognised in them. Paste the hook URL into your carrier or aggregator, and the first one turns up within seconds.".into(),
            next: None,
        }
    }

    pub fn samples() -> Vec<(&'static str, ReceivedView)> {
        let feed = |name: &str, payloads: &str, trouble: &str| FeedLine {
            name: name.into(),
            href: "/desk/received?dialect=aftership".into(),
            source: "hook".into(),
            payloads: payloads.into(),
            events: "3,810".into(),
            trouble: trouble.into(),
            last: samples::minutes_ago(2),
        };
        let filter = |label: &str, chosen| Filter { label: label.into(), href: "/desk/received".into(), chosen };
        let view = |feeds, rows, empty| ReceivedView {
            frame: samples::frame("Received", "received"),
            feeds,
            filters: vec![filter("All", true), filter("Unread", false)],
            rows,
            next_page: None,
            empty,
        };
        let feeds = vec![feed("AfterShip", "1,204", ""), feed("Nobody's", "3", "3 unread")];
        let rows = PayloadView::samples().into_iter().map(|(_, v)| v.line).collect();
        vec![("received", view(feeds, rows, None)), ("received_empty", view(Vec::new(), Vec::new(), Some(Self::nothing())))]
    }
}

impl PayloadView {
    pub fn samples() -> Vec<(&'static str, PayloadView)> {
        let line = |name: &str, told_by: &str, signature: Pill, outcome: Pill, read: &str, detail: &str| ReceivedLine {
            id: "inb_1".into(),
            name: name.into(),
            told_by: told_by.into(),
            signature,
            outcome,
            read: read.into(),
            detail: detail.into(),
            received: samples::minutes_ago(2),
        };
        let view = |line, body: &str, map| PayloadView {
            frame: samples::frame("A payload", "received"),
            line,
            source: "hook".into(),
            size: "1.2 KB".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.into(),
            is_cut: false,
            map,
        };
        let good = line(
            "AfterShip",
            "by its headers",
            Pill::new("good", "shield", "Verified"),
            Pill::new("good", "check", "Read"),
            "1 number, 4 events",
            "",
        );
        let bad = line(
            "Nobody's",
            "",
            Pill::new("calm", "shield", "Not signed"),
            Pill::new("bad", "act", "Unread"),
            "nothing",
            "no dialect that we know has this shape",
        );
        vec![
            ("payload", view(good, r#"{"event":"tracking_update"}"#, None)),
            ("payload_unread", view(bad, r#"{"parcelRef":"9F22"}"#, Some("/desk/mappings/new?payload=inb_1".into()))),
        ]
    }
}
