//! `import`: orders, shipments and tracking events from a file, by the same flows as the API. Safe to run twice: what is there is merged,
//! events that are there are duplicates.

mod rows;

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Failure, say};
use crate::{
    app::{App, Config},
    db::{self, Db},
    flow::{self, FlowError},
    web::{api::tracking_events, problem::Problem},
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
    /// CSV with the API's field names as headers (`recipient.email`, `items.0.sku`), or JSON Lines with the API's objects
    file: PathBuf,
    /// sqlite:PATH or postgres://…
    #[arg(long)]
    database: String,
    /// The retailer's id
    #[arg(long)]
    retailer: String,
}

/// Events are taken in together: one commit for so many.
const EVENTS_AT_ONCE: usize = 500;

#[derive(Default)]
struct Tally {
    taken: u64,
    /// Were there already: merged, or duplicates.
    known: u64,
    rejected: u64,
}

impl Import {
    pub async fn run(self) -> Result<(), Failure> {
        if self.what == What::Contacts {
            let why = "contacts come with the analytics, which this version does not have; import orders, shipments or events";
            return Err(Failure::BadArguments(why.into()));
        }
        let bytes = std::fs::read(&self.file).map_err(|e| Failure::BadInput(format!("{}: {e}", self.file.display())))?;
        let rows = rows::read(&self.file, &bytes).map_err(Failure::BadInput)?;
        let db = Db::open(&self.database).await?;
        db::migrate::migrate(&db).await?;
        // Into a sandbox, rows come in on its clock and test numbers move.
        let sandbox = db::retailers::clock_offset(&db.read().await?).await? != 0;
        let app = App::start(db, None, Config { sandbox, ..Config::plain() }).await?;
        if db::retailers::by_id(&app.db.read().await?, &self.retailer).await?.is_none() {
            return Err(Failure::BadArguments(format!("there is no retailer `{}` in this database", self.retailer)));
        }
        let mut rejects = Rejects::beside(&self.file);
        let mut tally = Tally::default();
        let mut progress = Progress::of(rows.len());
        let size = if self.what == What::Events { EVENTS_AT_ONCE } else { 1 };
        for batch in rows.chunks(size) {
            self.take(&app, batch, &mut tally, &mut rejects).await?;
            progress.step(batch.len());
        }
        progress.end();
        app.stop(std::time::Duration::from_secs(5)).await;
        rejects.end()?;
        let again = if self.what == What::Events { "were there already" } else { "merged" };
        say(&format!("{} rows: {} new, {} {again}, {} rejected", rows.len(), tally.taken, tally.known, tally.rejected))?;
        match tally.rejected {
            0 => Ok(()),
            n if tally.taken + tally.known == 0 => {
                Err(Failure::BadInput(format!("all {n} rows were rejected: see {}", rejects.path.display())))
            }
            n => say(&format!("the {n} rejected rows and the reasons stand in {}", rejects.path.display())),
        }
    }

    async fn take(&self, app: &App, batch: &[rows::Row], tally: &mut Tally, rejects: &mut Rejects) -> Result<(), Failure> {
        let mut sound = Vec::with_capacity(batch.len());
        for row in batch {
            match &row.value {
                Ok(value) => sound.push((row, value)),
                Err(why) => rejects.put(tally, row, &json!({ "code": "unreadable", "detail": why }))?,
            }
        }
        if self.what == What::Events {
            return self.take_events(app, &sound, tally, rejects).await;
        }
        for (row, value) in sound {
            let done = match self.what {
                What::Orders => flow::order::register(app, &self.retailer, value).await.map(|(_, created)| created),
                _ => flow::register::shipment(app, &self.retailer, value, "import").await.map(|done| done.created),
            };
            match done {
                Ok(true) => tally.taken += 1,
                Ok(false) => tally.known += 1,
                Err(FlowError::Db(error)) => return Err(error.into()),
                Err(refused) => rejects.put(tally, row, &Problem::from(refused).json())?,
            }
        }
        Ok(())
    }

    async fn take_events(
        &self,
        app: &App,
        sound: &[(&rows::Row, &Value)],
        tally: &mut Tally,
        rejects: &mut Rejects,
    ) -> Result<(), Failure> {
        let events: Vec<&Value> = sound.iter().map(|(_, value)| *value).collect();
        let answer = match tracking_events::take(app, &self.retailer, &json!({ "events": events })).await {
            Ok((_, answer)) => answer,
            Err(problem) => return Err(Failure::Other(problem.detail)),
        };
        tally.taken += answer["accepted"].as_u64().unwrap_or_default();
        tally.known += answer["duplicates"].as_u64().unwrap_or_default();
        for rejected in answer["rejected"].as_array().into_iter().flatten() {
            let index = rejected["index"].as_u64().and_then(|i| usize::try_from(i).ok()).unwrap_or_default();
            if let Some((row, _)) = sound.get(index) {
                rejects.put(tally, row, &rejected["problem"])?;
            }
        }
        Ok(())
    }
}

/// `FILE.rejected.jsonl`: line, row and reasons of what was not taken. One of an earlier run is replaced, or removed if nothing is rejected now.
struct Rejects {
    path: PathBuf,
    file: Option<std::io::BufWriter<std::fs::File>>,
}

impl Rejects {
    fn beside(file: &Path) -> Rejects {
        let mut name = file.as_os_str().to_owned();
        name.push(".rejected.jsonl");
        Rejects { path: name.into(), file: None }
    }

    fn put(&mut self, tally: &mut Tally, row: &rows::Row, problem: &Value) -> Result<(), Failure> {
        tally.rejected += 1;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(std::io::BufWriter::new(std::fs::File::create(&self.path)?)),
        };
        let reasons = problem.get("errors").cloned().unwrap_or_else(|| json!([problem]));
        let told = row.value.as_ref().map_or_else(|_| json!(row.text), Clone::clone);
        let line = json!({ "line": row.line, "row": told, "why": reasons });
        writeln!(file, "{line}")?;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Failure> {
        match &mut self.file {
            Some(file) => file.flush()?,
            None if self.path.exists() => std::fs::remove_file(&self.path)?,
            None => {}
        }
        Ok(())
    }
}

/// A bar on standard error, only where somebody sees it.
struct Progress {
    all: usize,
    done: usize,
    shown: Option<usize>,
    seen: bool,
}

impl Progress {
    fn of(all: usize) -> Progress {
        Progress { all, done: 0, shown: None, seen: std::io::stderr().is_terminal() }
    }

    fn step(&mut self, more: usize) {
        self.done += more;
        let percent = self.done * 100 / self.all.max(1);
        if self.seen && self.shown != Some(percent) {
            self.shown = Some(percent);
            let full = percent / 4;
            eprint!("\r{}{} {percent:>3} %  {} of {}", "█".repeat(full), "░".repeat(25 - full), self.done, self.all);
        }
    }

    fn end(&self) {
        if self.seen && self.shown.is_some() {
            eprintln!();
        }
    }
}
