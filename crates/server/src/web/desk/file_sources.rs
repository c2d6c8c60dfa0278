//! Servers from which files are fetched, and the door through which they are put.

use askama::Template;

use super::{Step, frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/file_sources.html")]
pub struct SourcesView {
    pub frame: Frame,
    pub sources: Vec<SourceRow>,
    pub door: Door,
    /// What was typed, to be corrected: (field, value).
    pub typed: Vec<(&'static str, String)>,
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct SourceRow {
    pub link: Step,
    /// "carriers' files from sftp.vans.example, every 15 minutes".
    pub what: String,
    pub state: Pill,
    pub last: Option<When>,
}

/// Our own SFTP door.
#[derive(Clone, Debug)]
pub struct Door {
    /// Where it is, if the operator has opened it.
    pub listens: Option<String>,
    pub user: String,
    pub has_password: bool,
    /// Shown this once.
    pub password: Option<String>,
    /// (fingerprint, comment).
    pub keys: Vec<(String, String)>,
    pub host_key: Option<String>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "desk/file_source.html")]
pub struct SourceView {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub about: String,
    pub state: Pill,
    /// Why it fails.
    pub problem: Option<String>,
    /// Another host key than the one that was seen before; to be taken only by a person.
    pub other_key: Option<String>,
    pub host_key: Option<String>,
    pub is_paused: bool,
    pub is_tested: bool,
    pub facts: Vec<(&'static str, String)>,
    pub next: Option<When>,
    pub files: Vec<FetchedRow>,
}

#[derive(Clone, Debug)]
pub struct FetchedRow {
    pub name: String,
    pub link: Option<String>,
    pub state: Pill,
    pub detail: String,
    pub at: When,
}

impl SourcesView {
    /// What stands in a field of the form.
    pub fn told(&self, name: &str) -> &str {
        self.typed.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    pub fn samples() -> Vec<(&'static str, SourcesView)> {
        let row = |id: &str, name: &str, what: &str, state| SourceRow {
            link: Step::new(format!("/desk/files/servers/{id}"), name),
            what: what.into(),
            state,
            last: Some(samples::minutes_ago(7)),
        };
        let sources = vec![
            row(
                "src_1",
                "Norfolk Vans, nightly",
                "A carrier’s files from sftp.vans.example, every 15 minutes",
                Pill::new("good", "check", "Fetching"),
            ),
            row("src_2", "Warehouse", "Shipments from 203.0.113.9, every 5 minutes", Pill::new("bad", "act", "Failing")),
        ];
        let door = Door {
            listens: Some("files.northway.example:2222".into()),
            user: "01jk2m3n".into(),
            has_password: true,
            password: Some("sample-only-opens-nothing".into()),
            keys: vec![("SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into(), "erp@northway".into())],
            host_key: Some("SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG".into()),
        };
        let frame = || samples::frame("File servers", "files");
        let closed = Door { listens: None, password: None, has_password: false, keys: Vec::new(), host_key: None, ..door.clone() };
        vec![
            ("file_sources", SourcesView { frame: frame(), sources, door, typed: Vec::new(), problem: None }),
            (
                "file_sources_empty",
                SourcesView {
                    frame: frame(),
                    sources: Vec::new(),
                    door: closed,
                    typed: Vec::new(),
                    problem: Some("host must be a host such as sftp.carrier.example".into()),
                },
            ),
        ]
    }
}

impl SourceView {
    pub fn samples() -> Vec<(&'static str, SourceView)> {
        let file = |name: &str, state, detail: &str, minutes| FetchedRow {
            name: name.into(),
            link: Some("/desk/files/imp_1".into()),
            state,
            detail: detail.into(),
            at: samples::minutes_ago(minutes),
        };
        let files = vec![
            file("scans-1124.csv", Pill::new("calm", "clock", "May still grow"), "18 KB", 1),
            file("scans-1123.csv", Pill::new("good", "check", "Taken"), "204 KB, result put back", 900),
            FetchedRow { link: None, ..file("readme.csv", Pill::new("bad", "act", "Refused"), "1 KB: the file is empty", 2_000) },
        ];
        vec![(
            "file_source",
            SourceView {
                frame: samples::frame("Norfolk Vans, nightly", "files"),
                id: "src_1".into(),
                name: "Norfolk Vans, nightly".into(),
                about: "A carrier’s files from sftp.vans.example, every 15 minutes".into(),
                state: Pill::new("bad", "act", "Failing"),
                problem: Some("the host key is SHA256:zzz, not the one that was seen before".into()),
                other_key: Some("SHA256:zzz".into()),
                host_key: Some("SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG".into()),
                is_paused: false,
                is_tested: true,
                facts: vec![("User", "shop".into()), ("Files", "outgoing/*.csv".into()), ("Afterwards", "moved to outgoing/done".into())],
                next: Some(samples::minutes_ago(-8)),
                files,
            },
        )]
    }
}
