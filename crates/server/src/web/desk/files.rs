//! Files: what was sent and what came of it, how columns are read, and what can be written out.

use askama::Template;

use super::{Empty, Step, frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/files.html")]
pub struct FilesView {
    pub frame: Frame,
    pub files: Vec<FileRow>,
    pub mappings: Vec<MappingRow>,
    pub problem: Option<String>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct FileRow {
    pub link: Step,
    /// "1,204 shipments, by Maya Okafor".
    pub what: String,
    pub state: Pill,
    /// "1,200 new, 4 refused".
    pub counts: String,
    pub at: When,
}

#[derive(Clone, Debug)]
pub struct MappingRow {
    pub id: String,
    pub name: String,
    /// "Shipments, 9 columns, set 3 Nov by Maya Okafor".
    pub about: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "desk/file.html")]
pub struct FileView {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    /// "1,204 rows, 88 KB, sent 3 Nov by Maya Okafor".
    pub about: String,
    pub state: Pill,
    pub draft: Option<Draft>,
    pub run: Option<Run>,
}

/// A file that waits to be mapped.
#[derive(Clone, Debug)]
pub struct Draft {
    /// (id, label, chosen).
    pub kinds: Vec<(&'static str, &'static str, bool)>,
    /// The mapping it is read by, if that has a name.
    pub known_as: Option<String>,
    pub columns: Vec<ColumnRow>,
    pub month_first: bool,
    pub zone: String,
    /// What holds where the field is left empty.
    pub home_zone: String,
    /// (path, label, value) of what every row may be said to say.
    pub fixed: Vec<(&'static str, &'static str, String)>,
    pub wanting: Vec<&'static str>,
    pub preview: Vec<PreviewRow>,
    /// "Take in 1,204 rows".
    pub start: String,
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ColumnRow {
    pub name: String,
    pub samples: Vec<String>,
    pub groups: Vec<FieldGroup>,
    pub read: bool,
}

#[derive(Clone, Debug)]
pub struct FieldGroup {
    pub label: String,
    /// (path, label, chosen).
    pub fields: Vec<(String, String, bool)>,
}

#[derive(Clone, Debug)]
pub struct PreviewRow {
    pub line: String,
    /// (field's label, value).
    pub told: Vec<(String, String)>,
    pub why: Vec<String>,
}

/// A file that is taken in, or was.
#[derive(Clone, Debug)]
pub struct Run {
    pub is_running: bool,
    pub done: i64,
    pub total: i64,
    /// "400 of 1,204 rows".
    pub progress: String,
    /// (count, words, tone).
    pub counts: Vec<(String, &'static str, &'static str)>,
    pub refused: Vec<RefusedRow>,
    /// "and 12 more in the file of refused rows".
    pub more: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RefusedRow {
    pub line: u64,
    pub told: String,
    pub why: Vec<String>,
}

impl FilesView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "file",
            title: "No file was sent yet".into(),
            why: "Orders, shipments and scans come in by file as well as by API: whatever the columns are called, you see how they are read before anything happens.".into(),
            next: None,
        }
    }

    pub fn samples() -> Vec<(&'static str, FilesView)> {
        let file = |id: &str, name: &str, what: &str, state, counts: &str, minutes| FileRow {
            link: Step::new(format!("/desk/files/{id}"), name),
            what: what.into(),
            state,
            counts: counts.into(),
            at: samples::minutes_ago(minutes),
        };
        let files = vec![
            file(
                "imp_3",
                "despatch-2026-11-24.csv",
                "1,204 shipments, by Maya Okafor",
                Pill::new("accent", "clock", "400 of 1,204"),
                "396 new, 4 refused",
                1,
            ),
            file("imp_2", "orders.json", "88 orders, by Maya Okafor", Pill::new("calm", "note", "To be mapped"), "", 12),
            file("imp_1", "scans-hub.csv", "9,310 events, by the API", Pill::new("good", "check", "Done"), "9,310 new", 300),
        ];
        let mappings = vec![MappingRow {
            id: "map_1".into(),
            name: "Warehouse, every evening".into(),
            about: "Shipments, 9 columns, set 3 Nov by Maya Okafor".into(),
        }];
        let frame = || samples::frame("Files", "files");
        vec![
            ("files", FilesView { frame: frame(), files, mappings, problem: None, empty: None }),
            (
                "files_empty",
                FilesView {
                    frame: frame(),
                    files: Vec::new(),
                    mappings: Vec::new(),
                    problem: Some("the file is empty".into()),
                    empty: Some(Self::nothing()),
                },
            ),
        ]
    }
}

impl FileView {
    pub fn samples() -> Vec<(&'static str, FileView)> {
        let groups = |chosen: &str| {
            let field = |path: &str, label: &str| (path.to_string(), label.to_string(), path == chosen);
            vec![
                FieldGroup {
                    label: "The shipment".into(),
                    fields: vec![field("tracking_number", "Tracking number"), field("order_number", "Order number")],
                },
                FieldGroup { label: "Recipient".into(), fields: vec![field("recipient.email", "Recipient's e-mail")] },
            ]
        };
        let column = |name: &str, told: &[&str], chosen: &str| ColumnRow {
            name: name.into(),
            samples: told.iter().map(ToString::to_string).collect(),
            groups: groups(chosen),
            read: !chosen.is_empty(),
        };
        let draft = Draft {
            kinds: vec![("orders", "Orders", false), ("shipments", "Shipments", true), ("events", "Events", false)],
            known_as: Some("Warehouse, every evening".into()),
            columns: vec![
                column("Bestellnummer", &["B-1042", "B-1043"], "order_number"),
                column("Sendungsnummer", &["JJD0000111122223333"], "tracking_number"),
                column("E-Mail", &["ada@example.com", "bo-at-example"], "recipient.email"),
                column("Gewicht", &["1,2 kg"], ""),
            ],
            month_first: false,
            zone: String::new(),
            home_zone: "Europe/Berlin".into(),
            fixed: vec![("carrier", "Carrier", "evri".into()), ("destination.country", "Destination country", String::new())],
            wanting: Vec::new(),
            preview: vec![
                PreviewRow {
                    line: "Line 2".into(),
                    told: vec![("Order number".into(), "B-1042".into()), ("Tracking number".into(), "JJD0000111122223333".into())],
                    why: Vec::new(),
                },
                PreviewRow { line: "Line 3".into(), told: Vec::new(), why: vec!["E-Mail: is not an e-mail address".into()] },
            ],
            start: "Take in 1,204 rows".into(),
            problem: None,
        };
        let run = Run {
            is_running: true,
            done: 400,
            total: 1204,
            progress: "400 of 1,204 rows".into(),
            counts: vec![
                ("391".into(), "new", "good"),
                ("2".into(), "changed", "accent"),
                ("3".into(), "unchanged", "calm"),
                ("4".into(), "refused", "bad"),
            ],
            refused: vec![RefusedRow {
                line: 3,
                told: "B-1043 · JJD0000111122224444 · bo-at-example".into(),
                why: vec!["E-Mail: is not an e-mail address".into()],
            }],
            more: Some("and 3 more in the file of refused rows".into()),
        };
        let view = |state, draft, run| FileView {
            frame: samples::frame("despatch.csv", "files"),
            id: "imp_3".into(),
            name: "despatch-2026-11-24.csv".into(),
            about: "1,204 rows, 88 KB, sent today, 12:04 by Maya Okafor".into(),
            state,
            draft,
            run,
        };
        vec![
            ("file_draft", view(Pill::new("calm", "note", "To be mapped"), Some(draft), None)),
            ("file_running", view(Pill::new("accent", "clock", "Being taken in"), None, Some(run))),
        ]
    }
}
