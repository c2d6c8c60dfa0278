//! Servers from which files are fetched: set up, tested, changed.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use whereabouts_adapters::{carrier, sheet::Kind};

use super::{Fault, FlowError, faults};
use crate::{
    app::App,
    db::{self, file_sources::SourceRow},
    gateway::sftp::{Connection, Credential, Entry, SftpError},
    retry_races,
    vault::Locked,
};

const TEXT_MAX: usize = 1_000;
const NAMES_SHOWN: usize = 20;

pub const UNTESTED: &str = "untested";
pub const OK: &str = "ok";
pub const FAILING: &str = "failing";
pub const PAUSED: &str = "paused";

/// What the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    Orders,
    Shipments,
    Events,
    /// Whatever a carrier sends, in its own dialect: read as if it had called the hook.
    Carrier,
}

impl Holds {
    pub fn kind(self) -> Option<Kind> {
        match self {
            Holds::Orders => Some(Kind::Orders),
            Holds::Shipments => Some(Kind::Shipments),
            Holds::Events => Some(Kind::Events),
            Holds::Carrier => None,
        }
    }
}

/// What is done with a file there once it is kept here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    #[default]
    Leave,
    Move,
    Delete,
}

/// A source as it is kept, but for its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub host: String,
    #[serde(default = "port")]
    pub port: u16,
    pub user: String,
    /// Folder and pattern: `outgoing/*.csv`.
    pub path: String,
    pub holds: Holds,
    /// The carrier's dialect, if it is not to be told by the file's shape.
    #[serde(default)]
    pub carrier: Option<String>,
    #[serde(default)]
    pub after: After,
    #[serde(default)]
    pub move_to: Option<String>,
    /// A folder into which what became of the rows is put.
    #[serde(default)]
    pub results_to: Option<String>,
    #[serde(default = "every")]
    pub every_minutes: i64,
}

fn port() -> u16 {
    22
}

fn every() -> i64 {
    15
}

/// A source as it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    host: String,
    #[serde(default = "port")]
    port: u16,
    user: String,
    path: String,
    holds: Holds,
    #[serde(default)]
    carrier: Option<String>,
    #[serde(default)]
    after: After,
    #[serde(default)]
    move_to: Option<String>,
    #[serde(default)]
    results_to: Option<String>,
    #[serde(default = "every")]
    every_minutes: i64,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    private_key: Option<String>,
    #[serde(default)]
    paused: bool,
}

impl Source {
    pub fn of(row: &SourceRow) -> Option<Source> {
        serde_json::from_str(&row.doc).ok()
    }

    /// The folder, and the pattern of names in it.
    pub fn place(&self) -> (&str, &str) {
        match self.path.rsplit_once('/') {
            Some(("", pattern)) => ("/", pattern),
            Some((folder, pattern)) => (folder, pattern),
            None => (".", self.path.as_str()),
        }
    }
}

/// Whether a name fits a pattern in which `*` is anything and `?` one character.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

fn read(body: &Value) -> Result<(String, Source, Option<Credential>, bool), FlowError> {
    let asked: Asked = faults::read(body).map_err(FlowError::Invalid)?;
    let mut found = Vec::new();
    let mut must = |holds: bool, pointer: &str, message: &str| {
        if !holds {
            found.push(Fault::new(pointer, "invalid", message));
        }
    };
    let is_text = |text: &str| !text.trim().is_empty() && text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
    must(is_text(&asked.name), "/name", "must be 1 to 1,000 characters");
    must(is_text(&asked.host), "/host", "must be a host such as sftp.carrier.example");
    must(asked.port > 0, "/port", "must be 1 to 65535");
    must(is_text(&asked.user), "/user", "must be 1 to 1,000 characters");
    must(is_text(&asked.path) && !asked.path.ends_with('/'), "/path", "must be a folder and a pattern of names, such as outgoing/*.csv");
    must((1..=1_440).contains(&asked.every_minutes), "/every_minutes", "must be 1 to 1440");
    must(asked.after != After::Move || asked.move_to.as_deref().is_some_and(is_text), "/move_to", "is needed to move files");
    must(asked.results_to.as_deref().is_none_or(is_text), "/results_to", "must be a folder");
    must(
        asked.carrier.as_deref().is_none_or(|c| carrier::by_id(c).is_some()),
        "/carrier",
        "is not a carrier that we know; leave it out to have it told by the files",
    );
    must(asked.password.is_none() || asked.private_key.is_none(), "/private_key", "give a password or a private key");
    let is_key = |text: &String| russh::keys::decode_secret_key(text, None).is_ok();
    must(asked.private_key.as_ref().is_none_or(is_key), "/private_key", "is no private key in OpenSSH form without a passphrase");
    if !found.is_empty() {
        return Err(FlowError::Invalid(found));
    }
    let credential = asked.password.map(Credential::Password).or(asked.private_key.map(Credential::Key));
    let tidy = |folder: Option<String>| folder.map(|f| f.trim_end_matches('/').to_string()).filter(|f| !f.is_empty());
    let source = Source {
        host: asked.host.trim().to_lowercase(),
        port: asked.port,
        user: asked.user,
        path: asked.path,
        holds: asked.holds,
        carrier: asked.carrier,
        after: asked.after,
        move_to: tidy(asked.move_to),
        results_to: tidy(asked.results_to),
        every_minutes: asked.every_minutes,
    };
    Ok((asked.name.trim().to_string(), source, credential, asked.paused))
}

fn sealed(app: &App, retailer: &str, id: &str, credential: &Credential) -> Result<Vec<u8>, FlowError> {
    let text = match credential {
        Credential::Password(text) => format!("password\n{text}"),
        Credential::Key(text) => format!("key\n{text}"),
    };
    app.config.keys.seal(&what(retailer, id), text.as_bytes()).map_err(locked)
}

/// What a source's secret is bound to.
fn what(retailer: &str, id: &str) -> String {
    format!("{retailer}/{id}")
}

fn locked(why: Locked) -> FlowError {
    FlowError::Conflict(format!("the secret cannot be kept: {why}"))
}

/// The secret of a source.
pub fn credential(app: &App, row: &SourceRow) -> Result<Credential, FlowError> {
    let text = app.config.keys.open(&what(&row.retailer, &row.id), &row.secret).map_err(locked)?;
    let text = String::from_utf8(text).unwrap_or_default();
    Ok(match text.split_once('\n') {
        Some(("key", key)) => Credential::Key(key.to_string()),
        Some((_, password)) => Credential::Password(password.to_string()),
        None => Credential::Password(text),
    })
}

/// Seals with the newest key what was sealed with an older one.
pub(super) async fn seal_anew(app: &App) -> Result<(), FlowError> {
    for retailer in db::retailers::all(&app.db.read().await?).await? {
        for row in db::file_sources::all(&app.db.read().await?, &retailer.id).await? {
            if app.config.keys.is_newest(&row.secret) {
                continue;
            }
            let Ok(credential) = credential(app, &row) else {
                tracing::error!(source.id = row.id, "the secret of a file server cannot be opened: enter it anew");
                continue;
            };
            let secret = sealed(app, &retailer.id, &row.id, &credential)?;
            let mut tx = app.db.write().await?;
            match db::file_sources::update(&mut tx, &SourceRow { secret, ..row }).await {
                Ok(()) => tx.commit().await?,
                // Somebody changed it meanwhile, and sealed it with the newest key.
                Err(db::DbError::Raced) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
    Ok(())
}

/// Sets up a source; nothing is fetched before it was tested.
pub async fn create(app: &App, retailer: &str, body: &Value) -> Result<SourceRow, FlowError> {
    let (name, source, credential, _) = read(body)?;
    let Some(credential) = credential else {
        return Err(FlowError::Invalid(vec![Fault::new("/password", "missing_field", "a password or a private key is needed")]));
    };
    let now = app.clock.now_ms();
    let id = app.ids.make("src", now);
    let row = SourceRow {
        retailer: retailer.to_string(),
        name,
        doc: serde_json::to_string(&source).expect("a source can be written as JSON"),
        secret: sealed(app, retailer, &id, &credential)?,
        id,
        host_key: None,
        state: UNTESTED.into(),
        last_at: None,
        last_error: None,
        next_at: None,
        created_at: now,
        version: 1,
    };
    let mut tx = app.db.write().await?;
    db::file_sources::insert(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a source (RFC 7396). Another host is to be tested anew.
pub async fn patch(app: &App, retailer: &str, id: &str, body: &Value) -> Result<SourceRow, FlowError> {
    retry_races!(patch_once(app, retailer, id, body).await)
}

async fn patch_once(app: &App, retailer: &str, id: &str, body: &Value) -> Result<SourceRow, FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = db::file_sources::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let was = Source::of(&row);
    let mut doc: Value = serde_json::from_str(&row.doc).unwrap_or_default();
    doc["name"] = row.name.clone().into();
    doc["paused"] = (row.state == PAUSED).into();
    faults::merge(&mut doc, body);
    let (name, source, secret, paused) = read(&doc)?;
    if let Some(secret) = secret {
        row.secret = sealed(app, retailer, id, &secret)?;
    }
    let is_elsewhere = was.is_none_or(|was| (&was.host, was.port) != (&source.host, source.port));
    if is_elsewhere {
        row.host_key = None;
    }
    (row.name, row.doc) = (name, serde_json::to_string(&source).expect("a source can be written as JSON"));
    let (state, next_at) = match (paused, row.host_key.is_some()) {
        (true, _) => (PAUSED, None),
        (false, false) => (UNTESTED, None),
        (false, true) => (OK, Some(app.clock.now_ms())),
    };
    (row.state, row.next_at) = (state.into(), next_at);
    db::file_sources::update(&mut tx, &row).await?;
    tx.commit().await?;
    row.version += 1;
    app.asking.notify_one();
    Ok(row)
}

pub async fn delete(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    if !db::file_sources::delete(&mut tx, retailer, id).await? {
        return Err(FlowError::NotFound);
    }
    Ok(tx.commit().await?)
}

/// What a test saw.
#[derive(Debug)]
pub struct Tested {
    pub row: SourceRow,
    pub outcome: Result<Seen, SftpError>,
}

#[derive(Debug)]
pub struct Seen {
    pub host_key: String,
    /// How many files would be fetched, and the first of them.
    pub count: usize,
    pub names: Vec<String>,
}

/// Connects and looks. The host key of the first test is the one that is expected from then on; another one has to be named to be taken.
pub async fn test(app: &App, retailer: &str, id: &str, accept: Option<&str>) -> Result<Tested, FlowError> {
    let row = db::file_sources::by_id(&app.db.read().await?, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let source = Source::of(&row).ok_or(FlowError::NotFound)?;
    let credential = credential(app, &row)?;
    let known = accept.or(row.host_key.as_deref());
    let outcome = look(app, &source, &credential, known).await;
    let row = retry_races!(note_test(app, retailer, id, &outcome).await)?;
    app.asking.notify_one();
    Ok(Tested { row, outcome })
}

async fn note_test(app: &App, retailer: &str, id: &str, outcome: &Result<Seen, SftpError>) -> Result<SourceRow, FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = db::file_sources::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    row.last_at = Some(app.clock.now_ms());
    match outcome {
        Ok(seen) => {
            (row.host_key, row.last_error) = (Some(seen.host_key.clone()), None);
            if row.state != PAUSED {
                (row.state, row.next_at) = (OK.into(), row.last_at);
            }
        }
        Err(error) => {
            row.last_error = Some(error.to_string());
            if row.state == OK {
                row.state = FAILING.into();
            }
        }
    }
    db::file_sources::update(&mut tx, &row).await?;
    tx.commit().await?;
    row.version += 1;
    Ok(row)
}

async fn look(app: &App, source: &Source, credential: &Credential, known: Option<&str>) -> Result<Seen, SftpError> {
    let connection = Connection::open(&app.gateway.egress, (&source.host, source.port), &source.user, credential, known).await?;
    let entries = wanted(&connection, source).await;
    let host_key = connection.host_key.clone();
    connection.end().await;
    let names: Vec<String> = entries?.into_iter().map(|e| e.name).collect();
    Ok(Seen { host_key, count: names.len(), names: names.into_iter().take(NAMES_SHOWN).collect() })
}

/// Endings of files that are not there yet.
const HALF: &[&str] = &[".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".writing", ".lock", "~"];

/// The files that the pattern names, the oldest first; half ones and hidden ones are not there yet.
pub async fn wanted(connection: &Connection, source: &Source) -> Result<Vec<Entry>, SftpError> {
    let (folder, pattern) = source.place();
    let mut entries = connection.list(folder).await?;
    entries.retain(|e| is_whole(&e.name) && fits(pattern, &e.name));
    entries.sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
    Ok(entries)
}

/// A name that says nothing of being half written.
pub fn is_whole(name: &str) -> bool {
    let small = name.to_lowercase();
    !name.starts_with('.') && !name.contains('/') && !HALF.iter().any(|end| small.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_names() {
        for (pattern, name, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.part", false),
            ("scan_??.x12", "scan_07.x12", true),
            ("scan_??.x12", "scan_7.x12", false),
            ("*", "anything", true),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
            ("", "", true),
            ("*é?", "né!", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_half_file_is_not_there_yet() {
        assert!(is_whole("scans.csv") && is_whole("a.b.c"));
        for half in ["scans.csv.part", "scans.csv.filepart", ".scans.csv.swp", "scans.TMP", "scans.csv~", "../x"] {
            assert!(!is_whole(half), "{half}");
        }
    }
}
