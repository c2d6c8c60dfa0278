//! Files of orders, shipments and events: sent and looked at, mapped, then taken in part by part in the background. What was taken in and
//! how far the file is commit together, so a killed process goes on at the next row, and no row is half done.

pub mod result;
mod take;

use whereabouts_adapters::sheet::{self, Kind, Mapping, Row, Sheet};

use super::{Fault, FlowError};
use crate::{
    app::App,
    context::Context,
    db::{
        self, Write,
        imports::{ImportRow, MappingRow},
        tasks::TaskRow,
    },
    ids, retry_races,
};

pub use take::{Outcome, Preview, Why, go_on, preview, step};

/// Rows that are taken in together.
const PART_ROWS: usize = 100;
/// An order in several rows is not cut, unless somebody makes one of so many.
const PART_ROWS_MAX: usize = 1_000;
const NAME_MAX: usize = 200;

pub const DRAFT: &str = "draft";
pub const RUNNING: &str = "running";
pub const DONE: &str = "done";
pub const STOPPED: &str = "stopped";

/// A file as it comes.
pub struct Sent<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
    /// What it holds, if somebody said so.
    pub kind: Option<Kind>,
    /// How its columns are read, if somebody said so; else a mapping with a name that knows them, else a guess.
    pub mapping: Option<Mapping>,
    pub source: &'a str,
    pub by: &'a str,
}

/// A file, taken apart, not yet written down.
pub struct Prepared {
    pub row: ImportRow,
    parts: Vec<String>,
}

/// Writes a file down as a draft.
pub async fn send(app: &App, retailer: &str, sent: Sent<'_>) -> Result<ImportRow, FlowError> {
    let prepared = prepare(app, retailer, sent).await?;
    let mut tx = app.db.write().await?;
    db::imports::insert(&mut tx, retailer, &prepared.row).await?;
    db::imports::put_parts(&mut tx, retailer, &prepared.row.id, prepared.parts).await?;
    tx.commit().await?;
    Ok(prepared.row)
}

/// Writes a file down and begins to take it in, if its mapping is enough for that; else it waits for somebody to map it.
pub async fn put_and_start(app: &App, tx: &mut Write, retailer: &str, mut prepared: Prepared) -> Result<ImportRow, FlowError> {
    let is_ready = sheet::wanting(kind_of(&prepared.row), &mapping_of(&prepared.row)).is_empty();
    db::imports::insert(tx, retailer, &prepared.row).await?;
    db::imports::put_parts(tx, retailer, &prepared.row.id, prepared.parts).await?;
    if is_ready {
        (prepared.row.state, prepared.row.started_at) = (RUNNING.into(), Some(app.clock.now_ms()));
        db::imports::update(tx, retailer, &prepared.row).await?;
        plan(app, tx, retailer, &prepared.row.id).await?;
    }
    Ok(prepared.row)
}

/// Takes a file apart, with a mapping that is remembered or guessed.
pub async fn prepare(app: &App, retailer: &str, sent: Sent<'_>) -> Result<Prepared, FlowError> {
    let wrong = |message: String| FlowError::Invalid(vec![Fault::new("", "unreadable", message)]);
    let sheet = sheet::read(sent.name, sent.bytes).map_err(|e| wrong(e.0))?;
    if sheet.rows.is_empty() {
        return Err(wrong("the file holds no rows below its header".into()));
    }
    let known = db::imports::mappings_for(&app.db.read().await?, retailer, &sheet::fingerprint(&sheet.columns)).await?;
    let known = known.into_iter().filter_map(|m| Some((m.kind.parse::<Kind>().ok()?, m)));
    let known = known.into_iter().find(|(kind, _)| sent.mapping.is_none() && sent.kind.is_none_or(|wanted| wanted == *kind));
    let (kind, mapping, mapping_id) = match (sent.mapping, known) {
        (Some(mapping), _) => (sent.kind.unwrap_or_else(|| sheet::kind_of(&sheet)), mapping, None),
        (None, Some((kind, m))) => (kind, serde_json::from_str(&m.doc).unwrap_or_default(), Some(m.id)),
        (None, None) => {
            let kind = sent.kind.unwrap_or_else(|| sheet::kind_of(&sheet));
            (kind, sheet::guess(kind, &sheet), None)
        }
    };
    let now = app.clock.now_ms();
    let row = ImportRow {
        id: app.ids.make("imp", now),
        name: clean_name(sent.name),
        kind: kind.id().into(),
        source: sent.source.into(),
        sent_by: sent.by.into(),
        content_hash: ids::hash_bytes(sent.bytes),
        size: i64::try_from(sent.bytes.len()).unwrap_or(i64::MAX),
        columns: written(&sheet.columns),
        mapping: written(&mapping),
        mapping_id,
        state: DRAFT.into(),
        rows_total: i64::try_from(sheet.rows.len()).unwrap_or(i64::MAX),
        rows_done: 0,
        created: 0,
        changed: 0,
        unchanged: 0,
        refused: 0,
        created_at: now,
        started_at: None,
        finished_at: None,
        version: 1,
    };
    let parts = cut(&mapping, &sheet.columns, &sheet.rows);
    Ok(Prepared { row, parts })
}

/// The last part of a path, without what cannot be shown.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    if shown.trim().is_empty() { "file".into() } else { shown }
}

fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is kept of a file can be written as JSON")
}

/// Parts that are taken in together; rows of one order stay in one.
fn cut(mapping: &Mapping, columns: &[String], rows: &[Row]) -> Vec<String> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for end in 1..=rows.len() {
        let size = end - begin;
        let is_free = end == rows.len() || size >= PART_ROWS_MAX || !sheet::belong_together(mapping, columns, &rows[end - 1], &rows[end]);
        if end == rows.len() || (size >= PART_ROWS && is_free) {
            parts.push(written(&&rows[begin..end]));
            begin = end;
        }
    }
    parts
}

/// What a file's columns are to be read as.
pub struct Wanted {
    pub kind: Kind,
    pub mapping: Mapping,
    /// Keeps the mapping under this name.
    pub remember_as: Option<String>,
}

/// Maps a draft; the mapping may be given a name, under which it is known again.
pub async fn map(app: &App, retailer: &str, id: &str, wanted: &Wanted, by: &str) -> Result<ImportRow, FlowError> {
    let faults = wanted.mapping.faults(wanted.kind);
    if !faults.is_empty() {
        let fault = |(place, why): (String, String)| Fault::new(format!("/{place}"), "unknown_value", why);
        return Err(FlowError::Invalid(faults.into_iter().map(fault).collect()));
    }
    retry_races!(map_once(app, retailer, id, wanted, by).await)
}

async fn map_once(app: &App, retailer: &str, id: &str, wanted: &Wanted, by: &str) -> Result<ImportRow, FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = draft(&mut tx, retailer, id).await?;
    let columns = columns_of(&row);
    if let Some(other) = wanted.mapping.columns.keys().find(|c| !columns.contains(c)) {
        return Err(FlowError::Invalid(vec![Fault::new(format!("/columns/{other}"), "unknown_value", "is not a column of this file")]));
    }
    (row.kind, row.mapping) = (wanted.kind.id().into(), written(&wanted.mapping));
    row.mapping_id = None;
    if let Some(name) = wanted.remember_as.as_deref().map(str::trim).filter(|n| !n.is_empty()) {
        if name.chars().count() > NAME_MAX {
            return Err(FlowError::Invalid(vec![Fault::new("/remember_as", "too_long", "must not be longer than 200 characters")]));
        }
        let now = app.clock.now_ms();
        let mapping = MappingRow {
            id: app.ids.make("map", now),
            name: name.into(),
            kind: row.kind.clone(),
            fingerprint: sheet::fingerprint(&columns),
            doc: row.mapping.clone(),
            set_by: by.into(),
            updated_at: now,
        };
        row.mapping_id = Some(db::imports::put_mapping(&mut tx, retailer, &mapping).await?);
    }
    db::imports::update(&mut tx, retailer, &row).await?;
    tx.commit().await?;
    row.version += 1;
    Ok(row)
}

async fn draft(tx: &mut Write, retailer: &str, id: &str) -> Result<ImportRow, FlowError> {
    let row = db::imports::by_id_for_write(tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    match row.state.as_str() {
        DRAFT => Ok(row),
        RUNNING => Err(FlowError::Conflict("this file is being taken in; stop it, or wait until it is done".into())),
        _ => Err(FlowError::Conflict("this file was taken in; send it again to read it another way".into())),
    }
}

/// Begins to take a draft in.
pub async fn start(app: &App, retailer: &str, id: &str) -> Result<ImportRow, FlowError> {
    let row = retry_races!(start_once(app, retailer, id).await)?;
    app.wake.notify_one();
    app.ring(retailer, None);
    Ok(row)
}

async fn start_once(app: &App, retailer: &str, id: &str) -> Result<ImportRow, FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = draft(&mut tx, retailer, id).await?;
    let (kind, mapping) = (kind_of(&row), mapping_of(&row));
    let wanting = sheet::wanting(kind, &mapping);
    if !wanting.is_empty() {
        let fault = |what: &str| Fault::new("/columns", "missing_field", format!("{what} is wanting"));
        return Err(FlowError::Invalid(wanting.into_iter().map(fault).collect()));
    }
    if mapping.gathers() {
        // What belongs together may be another thing than when the file came.
        let parts = db::imports::parts_for_write(&mut tx, retailer, id).await?;
        let rows: Vec<Row> = parts.iter().flat_map(|p| rows_of(&p.told)).collect();
        db::imports::put_parts(&mut tx, retailer, id, cut(&mapping, &columns_of(&row), &rows)).await?;
    }
    (row.state, row.started_at) = (RUNNING.into(), Some(app.clock.now_ms()));
    db::imports::update(&mut tx, retailer, &row).await?;
    plan(app, &mut tx, retailer, id).await?;
    tx.commit().await?;
    row.version += 1;
    Ok(row)
}

/// The next part is taken in as soon as may be.
async fn plan(app: &App, tx: &mut Write, retailer: &str, id: &str) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let task = TaskRow {
        retailer: retailer.into(),
        id: app.ids.make("tsk", now),
        run_at: now,
        kind: "import".into(),
        shipment: None,
        payload: id.into(),
    };
    Ok(db::tasks::put(tx, vec![task]).await?)
}

/// Stops what is under way (what was taken in stays), or throws a file that is not away.
pub async fn stop(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    retry_races!(stop_once(app, retailer, id).await)?;
    app.ring(retailer, None);
    Ok(())
}

async fn stop_once(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = db::imports::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    if row.state == RUNNING {
        (row.state, row.finished_at) = (STOPPED.into(), Some(app.clock.now_ms()));
        db::imports::update(&mut tx, retailer, &row).await?;
    } else {
        db::imports::delete(&mut tx, retailer, id).await?;
    }
    Ok(tx.commit().await?)
}

/// Forgets a mapping. Files that were read by it stay as they are.
pub async fn forget_mapping(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    if !db::imports::delete_mapping(&mut tx, retailer, id).await? {
        return Err(FlowError::NotFound);
    }
    Ok(tx.commit().await?)
}

pub fn kind_of(row: &ImportRow) -> Kind {
    row.kind.parse().unwrap_or(Kind::Shipments)
}

pub fn mapping_of(row: &ImportRow) -> Mapping {
    serde_json::from_str(&row.mapping).unwrap_or_default()
}

pub fn columns_of(row: &ImportRow) -> Vec<String> {
    serde_json::from_str(&row.columns).unwrap_or_default()
}

/// The rows of a part.
pub fn rows_of(told: &str) -> Vec<Row> {
    serde_json::from_str(told).unwrap_or_default()
}

/// What became of the rows of a part; nothing if they were not taken in yet.
pub fn outcomes_of(outcome: Option<&str>) -> Vec<Outcome> {
    outcome.and_then(|o| serde_json::from_str(o).ok()).unwrap_or_default()
}

/// The mapping that the columns alone suggest, when a file turns out to hold something else.
pub fn guess_for(kind: Kind, row: &ImportRow, first: &[Row]) -> Mapping {
    sheet::guess(kind, &Sheet { columns: columns_of(row), rows: first.to_vec() })
}

/// The zone of clocks that tell none.
pub fn home_zone(ctx: &Context) -> String {
    ctx.brand(None).and_then(|b| b.zone.clone()).unwrap_or_else(|| ctx.sources_of(&["retailer".into()]).0.zone)
}
