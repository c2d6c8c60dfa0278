//! `import`: orders, shipments and tracking events from a file, by the same flow as an upload. Safe to run twice: what is there is merged,
//! events that are there are duplicates.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use whereabouts_adapters::sheet::Kind;

use super::{Failure, say};
use crate::{
    app::{App, Config},
    db::{self, Db, imports::ImportRow},
    flow::{
        FlowError,
        import::{self, Sent},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Orders,
    Shipments,
    Events,
    Contacts,
}

#[derive(Args)]
pub struct Import {
    what: What,
    /// CSV with a header (the API's field names, or headings that are understood), JSON, or JSON Lines with the API's objects
    file: PathBuf,
    /// sqlite:PATH or postgres://…
    #[arg(long)]
    database: String,
    /// The retailer's id
    #[arg(long)]
    retailer: String,
}

/// Parts of a file that are looked through together for what was rejected.
const PARTS_AT_ONCE: i64 = 50;

impl Import {
    pub async fn run(self) -> Result<(), Failure> {
        let kind = match self.what {
            What::Orders => Kind::Orders,
            What::Shipments => Kind::Shipments,
            What::Events => Kind::Events,
            What::Contacts => {
                let why = "contacts come with the analytics, which this version does not have; import orders, shipments or events";
                return Err(Failure::BadArguments(why.into()));
            }
        };
        let bytes = std::fs::read(&self.file).map_err(|e| Failure::BadInput(format!("{}: {e}", self.file.display())))?;
        let db = Db::open(&self.database).await?;
        db::migrate::migrate(&db).await?;
        // Into a sandbox, rows come in on its clock and test numbers move.
        let sandbox = db::retailers::clock_offset(&db.read().await?).await? != 0;
        let app = App::start(db, None, Config { sandbox, ..Config::plain() }).await?;
        if db::retailers::by_id(&app.db.read().await?, &self.retailer).await?.is_none() {
            return Err(Failure::BadArguments(format!("there is no retailer `{}` in this database", self.retailer)));
        }
        let done = self.take_in(&app, kind, &bytes).await?;
        let rejected = Rejects::beside(&self.file).write(&app, &self.retailer, &done).await?;
        app.stop(std::time::Duration::from_secs(5)).await;
        let again = if kind == Kind::Events { "were there already" } else { "merged" };
        let known = done.changed + done.unchanged;
        say(&format!("{} rows: {} new, {known} {again}, {} rejected", done.rows_total, done.created, done.refused))?;
        match rejected {
            None => Ok(()),
            Some(path) if done.created + known == 0 => {
                Err(Failure::BadInput(format!("all {} rows were rejected: see {}", done.refused, path.display())))
            }
            Some(path) => say(&format!("the {} rejected rows and the reasons stand in {}", done.refused, path.display())),
        }
    }

    async fn take_in(&self, app: &App, kind: Kind, bytes: &[u8]) -> Result<ImportRow, Failure> {
        let name = self.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let sent = Sent { name: &name, bytes, kind: Some(kind), mapping: None, source: "command", by: "import" };
        let draft = import::send(app, &self.retailer, sent).await.map_err(told)?;
        let mapping = import::mapping_of(&draft);
        let left: Vec<String> = import::columns_of(&draft).into_iter().filter(|c| !mapping.columns.contains_key(c)).collect();
        if !left.is_empty() {
            eprintln!("these columns are no fields of {} and are not read: {}", kind.id(), left.join(", "));
        }
        let mut row = match import::start(app, &self.retailer, &draft.id).await {
            Ok(row) => row,
            Err(error) => {
                import::stop(app, &self.retailer, &draft.id).await?;
                return Err(told(error));
            }
        };
        let mut progress = Progress::of(row.rows_total);
        while row.state == import::RUNNING {
            row = import::go_on(app, &self.retailer, &row.id).await?;
            progress.show(row.rows_done);
        }
        progress.end();
        Ok(row)
    }
}

/// What is wrong with the file as a whole is the caller's to mend.
fn told(error: FlowError) -> Failure {
    match error {
        FlowError::Invalid(faults) => Failure::BadInput(faults.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join("; ")),
        other => other.into(),
    }
}

/// `FILE.rejected.jsonl`: line, row and reasons of what was not taken. One of an earlier run is replaced, or removed if nothing is rejected now.
struct Rejects {
    path: PathBuf,
}

impl Rejects {
    fn beside(file: &Path) -> Rejects {
        let mut name = file.as_os_str().to_owned();
        name.push(".rejected.jsonl");
        Rejects { path: name.into() }
    }

    /// Answers where they stand, if there are any.
    async fn write(self, app: &App, retailer: &str, done: &ImportRow) -> Result<Option<PathBuf>, Failure> {
        if done.refused == 0 {
            if self.path.exists() {
                std::fs::remove_file(&self.path)?;
            }
            return Ok(None);
        }
        let mut file = std::io::BufWriter::new(std::fs::File::create(&self.path)?);
        let columns = import::columns_of(done);
        let mut after = -1;
        loop {
            let parts = db::imports::parts(&app.db.read().await?, retailer, &done.id, after, PARTS_AT_ONCE).await?;
            let Some(last) = parts.last() else { break };
            after = last.part;
            for part in &parts {
                let rows = import::rows_of(&part.told).into_iter().zip(import::outcomes_of(part.outcome.as_deref()));
                for (row, outcome) in rows.filter(|(_, outcome)| outcome.outcome == "refused") {
                    let told = import::result::told(&columns, row.told);
                    writeln!(file, "{}", json!({ "line": row.line, "row": told, "why": outcome.why }))?;
                }
            }
        }
        file.flush()?;
        Ok(Some(self.path))
    }
}

/// A bar on standard error, only where somebody sees it.
struct Progress {
    all: i64,
    shown: Option<i64>,
    seen: bool,
}

impl Progress {
    fn of(all: i64) -> Progress {
        Progress { all, shown: None, seen: std::io::stderr().is_terminal() }
    }

    fn show(&mut self, done: i64) {
        let percent = done * 100 / self.all.max(1);
        if self.seen && self.shown != Some(percent) {
            self.shown = Some(percent);
            let full = usize::try_from(percent / 4).unwrap_or(0).min(25);
            eprint!("\r{}{} {percent:>3} %  {done} of {}", "█".repeat(full), "░".repeat(25 - full), self.all);
        }
    }

    fn end(&self) {
        if self.seen && self.shown.is_some() {
            eprintln!();
        }
    }
}
