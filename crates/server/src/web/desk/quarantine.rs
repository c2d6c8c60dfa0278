//! Payloads nobody could read, gathered by cause, with their bytes and a way to try again after a fix.

use askama::Template;

use super::{Empty, frame::Frame, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/quarantine.html")]
pub struct QuarantineView {
    pub frame: Frame,
    pub causes: Vec<Cause>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct Cause {
    /// What the form sends as `cause`.
    pub id: String,
    pub words: String,
    pub count: String,
    pub payloads: Vec<Payload>,
}

#[derive(Clone, Debug)]
pub struct Payload {
    pub id: String,
    pub source: String,
    pub size: String,
    pub tries: String,
    pub received: When,
    /// The beginning of the bytes as text; what is not text is shown as dots.
    pub excerpt: String,
    /// Where a mapping can be made of it, if no adapter of ours knows it.
    pub map: Option<String>,
}

impl QuarantineView {
    pub fn samples() -> Vec<(&'static str, QuarantineView)> {
        let payload = |n: i64, excerpt: &str| Payload {
            id: format!("inb_{n}"),
            source: "hook, evri".into(),
            size: "1.2 KB".into(),
            tries: "read 1 time".into(),
            received: samples::minutes_ago(n * 17),
            excerpt: excerpt.into(),
            map: (n < 9).then(|| format!("/desk/mappings/new?payload=inb_{n}")),
        };
        let causes = vec![
            Cause {
                id: "unknown_format".into(),
                words: "No carrier of ours speaks like this".into(),
                count: "2".into(),
                payloads: vec![
                    payload(1, r#"{"parcelRef":"9F22","scan":{"type":"X","when":"24/11/2026 09:14"}}"#),
                    payload(2, "<?xml version=\"1.0\"?><Status><Consignment>9F23</Consignment></Status>"),
                ],
            },
            Cause {
                id: "garbled".into(),
                words: "Evri: ends in the middle of a word".into(),
                count: "1".into(),
                payloads: vec![payload(9, r#"{"events":[{"code":"14","descr"#)],
            },
        ];
        vec![("quarantine", QuarantineView { frame: samples::frame("Quarantine", "quarantine"), causes, empty: None })]
    }

    pub fn nothing() -> Empty {
        Empty {
            icon: "check",
            title: "Everything that came in was understood".into(),
            why: "Payloads nobody can read would wait here, none lost, until they can be.".into(),
            next: None,
        }
    }
}
