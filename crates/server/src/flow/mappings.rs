//! A mapping of the retailer's own is made from a payload that nobody could read: tried on what is stored, kept in versions, and the
//! quarantine is gone through for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use whereabouts_adapters::{
    carrier::{self, Payload},
    mapping::{self, Mapping, Shape, guess, outline::Outline},
    parse::{self, Parsed},
};
use whereabouts_domain::TrackingEvent;

use super::{Fault, FlowError};
use crate::{
    app::App,
    db::{
        self, Read, Write,
        inbox::{InboxRow, Quarantined},
        mappings::{MappingRow, Replay},
        tasks::TaskRow,
    },
};

/// So many of the quarantine are looked at in one transaction.
const CHUNK: i64 = 50;
/// So much of the quarantine is read when a mapping is tried.
const TRIED_MAX: i64 = 200;
const TRIED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// So many events are told of what was tried.
const EVENTS_TOLD: usize = 200;
const NAME_MAX: usize = 80;

/// A payload that a mapping is made from.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub body: Vec<u8>,
    pub headers: Vec<(String, String)>,
    /// When it came; it tells the year of days that are told without one.
    pub received_at: Option<Timestamp>,
}

impl Sample {
    pub fn payload(&self) -> Payload<'_> {
        Payload { headers: &self.headers, received_at: self.received_at, ..Payload::of(&self.body) }
    }

    fn of(headers: &str, body: Vec<u8>, received_at: i64) -> Sample {
        let received_at = Timestamp::from_millisecond(received_at).ok();
        Sample { body, headers: serde_json::from_str(headers).unwrap_or_default(), received_at }
    }
}

/// The payload with this id: in the quarantine, or among those that came in lately.
pub async fn sample(app: &App, retailer: &str, id: &str) -> Result<Sample, FlowError> {
    let read = app.db.read().await?;
    if let Some(kept) = db::inbox::quarantined_by_id(&read, retailer, id).await? {
        return Ok(Sample::of(&kept.headers, kept.body, kept.first_at));
    }
    let kept = db::received::by_id(&read, retailer, id).await?.filter(|r| !r.body.is_empty()).ok_or(FlowError::NotFound)?;
    Ok(Sample::of(&kept.headers, kept.body, kept.received_at))
}

/// What a mapping makes of a payload, and of those in the quarantine that are like it.
#[derive(Debug)]
pub struct Tried {
    pub outline: Outline,
    /// What we would propose.
    pub guess: Mapping,
    /// Oldest first, of all that was read.
    pub events: Vec<TrackingEvent>,
    /// Parts that could not be used.
    pub faults: Vec<String>,
    /// Why the payload itself cannot be read with it.
    pub problem: Option<String>,
    /// How many stored payloads are of its shape, itself among them, and how many of those it reads.
    pub alike: usize,
    pub read: usize,
}

/// Tries a mapping, or the guess. Nothing is written.
pub async fn try_out(app: &App, retailer: &str, sample: &Sample, wanted: Option<&Mapping>) -> Result<Tried, FlowError> {
    let payload = sample.payload();
    let unreadable = |why: carrier::Unreadable| FlowError::Invalid(vec![Fault::new("/payload", "unreadable", why.to_string())]);
    let outline = Outline::of(&payload).map_err(unreadable)?;
    let shape = mapping::shape_of(&payload).map_err(unreadable)?;
    let guess = guess::mapping(&outline);
    let mapping = wanted.unwrap_or(&guess);
    let mut tried = Tried { outline, guess: guess.clone(), events: Vec::new(), faults: Vec::new(), problem: None, alike: 1, read: 0 };
    match mapping::read(mapping, &payload) {
        Ok(parsed) => tried.take(parsed),
        Err(why) => tried.problem = Some(why.to_string()),
    }
    let stored = db::inbox::quarantined(&app.db.read().await?, retailer, "", TRIED_MAX).await?;
    let mut room = TRIED_BYTES_MAX;
    for kept in stored.iter().filter(|q| q.body != sample.body) {
        let Some(left) = room.checked_sub(kept.body.len()) else { break };
        room = left;
        let other = Sample::of(&kept.headers, kept.body.clone(), kept.first_at);
        let is_alike = mapping::shape_of(&other.payload()).is_ok_and(|s| s.alike(&shape) >= mapping::ALIKE_MIN);
        if is_alike {
            tried.alike += 1;
            if let Ok(parsed) = mapping::read(mapping, &other.payload()) {
                tried.take(parsed);
            }
        }
    }
    tried.events.sort_by_key(|e| (e.moment.is_none(), e.at()));
    tried.events.truncate(EVENTS_TOLD);
    Ok(tried)
}

impl Tried {
    fn take(&mut self, parsed: Parsed) {
        self.read += 1;
        self.events.extend(parsed.events);
        let room = EVENTS_TOLD.saturating_sub(self.faults.len());
        let told = parsed.faults.into_iter().take(room).map(|(number, why)| format!("{}: {why}", number.as_deref().unwrap_or("a part")));
        self.faults.extend(told);
    }
}

/// What is to be kept.
pub struct Wanted {
    pub name: String,
    pub mapping: Mapping,
    /// Needed for a new one; for one that is changed it widens the shape.
    pub sample: Option<Sample>,
}

/// Keeps a new mapping, and goes through the quarantine for it.
pub async fn create(app: &App, retailer: &str, wanted: Wanted, by: &str) -> Result<MappingRow, FlowError> {
    let now = app.clock.now_ms();
    let id = app.ids.make("map", now);
    let sample = wanted.sample.as_ref().ok_or_else(|| {
        FlowError::Invalid(vec![Fault::new("/payload", "missing", "a new mapping needs a payload whose shape it is to know again")])
    })?;
    let shape = shape_of(sample)?;
    keep(app, retailer, &id, &wanted, shape, by).await
}

/// Keeps the next version of a mapping; one that was taken back holds again.
pub async fn change(app: &App, retailer: &str, id: &str, wanted: Wanted, by: &str) -> Result<MappingRow, FlowError> {
    let newest = by_id(app, retailer, id).await?;
    let shape: Shape = serde_json::from_str(&newest.shape).map_err(|_| FlowError::NotFound)?;
    let shape = match &wanted.sample {
        Some(sample) => {
            let more = shape_of(sample)?;
            // Another payload altogether: from now on it is about those.
            if more.alike(&shape) < mapping::ALIKE_MIN { more } else { shape.with(&more) }
        }
        None => shape,
    };
    keep(app, retailer, id, &wanted, shape, by).await
}

/// An earlier version holds again, as a new one.
pub async fn restore(app: &App, retailer: &str, id: &str, version: i64, by: &str) -> Result<MappingRow, FlowError> {
    let versions = db::mappings::versions(&app.db.read().await?, retailer, id).await?;
    let then = versions.into_iter().find(|v| v.version == version).ok_or(FlowError::NotFound)?;
    let mapping = then.doc.as_deref().and_then(|doc| serde_json::from_str(doc).ok()).ok_or(FlowError::NotFound)?;
    let shape = serde_json::from_str(&then.shape).map_err(|_| FlowError::NotFound)?;
    keep(app, retailer, id, &Wanted { name: then.name, mapping, sample: None }, shape, by).await
}

fn shape_of(sample: &Sample) -> Result<Shape, FlowError> {
    mapping::shape_of(&sample.payload()).map_err(|why| FlowError::Invalid(vec![Fault::new("/payload", "unreadable", why.to_string())]))
}

/// The newest version.
pub async fn by_id(app: &App, retailer: &str, id: &str) -> Result<MappingRow, FlowError> {
    let all = db::mappings::newest(&app.db.read().await?, retailer).await?;
    all.into_iter().find(|m| m.id == id).ok_or(FlowError::NotFound)
}

async fn keep(app: &App, retailer: &str, id: &str, wanted: &Wanted, mut shape: Shape, by: &str) -> Result<MappingRow, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let all = db::mappings::newest_for_write(&mut tx, retailer).await?;
    let others: Vec<&MappingRow> = all.iter().filter(|m| m.id != id && m.doc.is_some()).collect();
    let faults = faults_of(wanted, &others);
    if !faults.is_empty() {
        return Err(FlowError::Invalid(faults));
    }
    if let Some(other) = wanted.sample.as_ref().and_then(|sample| others.iter().find(|m| reads(m, sample))) {
        let why = format!("`{}` reads payloads of this shape already; change that mapping, or take it back first", other.name);
        return Err(FlowError::Conflict(why));
    }
    // What is optional in one payload stands in another: all that are alike tell the shape.
    for kept in db::inbox::quarantined_for_write(&mut tx, retailer, "", TRIED_MAX).await? {
        let more = mapping::shape_of(&Sample::of(&kept.headers, kept.body, kept.first_at).payload());
        shape = match more {
            Ok(more) if more.alike(&shape) >= mapping::ALIKE_MIN => shape.with(&more),
            _ => shape,
        };
    }
    let replay = Replay { total: db::inbox::quarantine_count_for_write(&mut tx, retailer).await?, begun_at: now, ..Replay::default() };
    let row = MappingRow {
        id: id.to_string(),
        version: all.iter().find(|m| m.id == id).map_or(0, |m| m.version) + 1,
        name: wanted.name.trim().to_string(),
        doc: Some(serde_json::to_string(&wanted.mapping).expect("a mapping can be written as JSON")),
        shape: serde_json::to_string(&shape).expect("a shape can be written as JSON"),
        set_by: by.to_string(),
        set_at: now,
        replay: Some(replay),
    };
    db::mappings::put(&mut tx, retailer, &row).await?;
    db::mappings::put_replay(&mut tx, retailer, id, row.version, replay).await?;
    let work = GoThrough { mapping: id.to_string(), version: row.version, after: String::new(), so_far: (0, 0) };
    db::tasks::put(&mut tx, vec![task(app, retailer, &work, now)]).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    app.wake.notify_one();
    Ok(row)
}

fn faults_of(wanted: &Wanted, others: &[&MappingRow]) -> Vec<Fault> {
    let name = wanted.name.trim();
    let mut faults: Vec<Fault> = Vec::new();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        faults.push(Fault::new("/name", "invalid", format!("give it a name of 1 to {NAME_MAX} characters")));
    }
    if others.iter().any(|m| m.name.eq_ignore_ascii_case(name)) {
        faults.push(Fault::new("/name", "taken", "another mapping has this name"));
    }
    let of_mapping = mapping::faults(&wanted.mapping).into_iter();
    faults.extend(of_mapping.map(|(pointer, why)| Fault::new(format!("/mapping{pointer}"), "invalid", why)));
    faults
}

fn reads(other: &MappingRow, sample: &Sample) -> bool {
    let mapping = other.doc.as_deref().and_then(|doc| serde_json::from_str::<Mapping>(doc).ok());
    let shape = serde_json::from_str::<Shape>(&other.shape).ok();
    mapping.zip(shape).is_some_and(|(mapping, shape)| mapping::fit(&mapping, &shape, &sample.payload()).is_some())
}

/// Takes a mapping back; what it read stays. Answers the version that held until now.
pub async fn withdraw(app: &App, retailer: &str, id: &str, by: &str) -> Result<i64, FlowError> {
    let mut tx = app.db.write().await?;
    let newest = db::mappings::newest_for_write(&mut tx, retailer).await?.into_iter().find(|m| m.id == id && m.doc.is_some());
    let newest = newest.ok_or(FlowError::NotFound)?;
    let held = newest.version;
    let gone = MappingRow { version: held + 1, doc: None, set_by: by.to_string(), set_at: app.clock.now_ms(), replay: None, ..newest };
    db::mappings::put(&mut tx, retailer, &gone).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(held)
}

/// What a `replay_quarantine` task carries.
#[derive(Serialize, Deserialize)]
struct GoThrough {
    mapping: String,
    version: i64,
    /// The id of the last one that was looked at.
    after: String,
    /// Looked at, and handed in again.
    so_far: (i64, i64),
}

fn task(app: &App, retailer: &str, work: &GoThrough, now: i64) -> TaskRow {
    TaskRow {
        retailer: retailer.to_string(),
        id: app.ids.make("tsk", now),
        run_at: now,
        kind: "replay_quarantine".into(),
        shipment: None,
        payload: serde_json::to_string(work).expect("a task can be written as JSON"),
    }
}

/// Does a `replay_quarantine` task: one chunk, and a task for the next one.
pub async fn replay(app: &App, tx: &mut Write, task_row: &TaskRow) -> Result<(), FlowError> {
    let Ok(work) = serde_json::from_str::<GoThrough>(&task_row.payload) else { return Ok(()) };
    let retailer = task_row.retailer.as_str();
    let newest = db::mappings::newest_for_write(tx, retailer).await?.into_iter().find(|m| m.id == work.mapping);
    // A newer version has a task of its own.
    let Some(row) = newest.filter(|m| m.version == work.version) else { return Ok(()) };
    let doc = row.doc.as_deref().and_then(|doc| serde_json::from_str::<Mapping>(doc).ok());
    let Some((mapping, shape)) = doc.zip(serde_json::from_str::<Shape>(&row.shape).ok()) else { return Ok(()) };
    let now = app.clock.now_ms();
    let kept = db::inbox::quarantined_for_write(tx, retailer, &work.after, CHUNK).await?;
    let mut again = Vec::new();
    for q in kept.iter().filter(|q| is_for(q, &mapping, &shape)) {
        db::inbox::release(tx, retailer, &q.id).await?;
        again.push(handed_in(retailer, q));
    }
    let so_far = (work.so_far.0 + kept.len() as i64, work.so_far.1 + again.len() as i64);
    db::inbox::put(tx, again).await?;
    let is_done = (kept.len() as i64) < CHUNK;
    if let Some(last) = kept.last().filter(|_| !is_done) {
        let next = GoThrough { after: last.id.clone(), so_far, ..work };
        db::tasks::put(tx, vec![task(app, retailer, &next, now)]).await?;
    }
    let begun = row.replay.unwrap_or_default();
    let progress =
        Replay { total: begun.total.max(so_far.0), looked_at: so_far.0, handed_in: so_far.1, done_at: is_done.then_some(now), ..begun };
    db::mappings::put_replay(tx, retailer, &row.id, row.version, progress).await?;
    app.wake.notify_one();
    app.ring(retailer, None);
    Ok(())
}

/// Whether nobody else would read it, and this mapping does.
fn is_for(q: &Quarantined, mapping: &Mapping, shape: &Shape) -> bool {
    let sample = Sample::of(&q.headers, q.body.clone(), q.first_at);
    let payload = sample.payload();
    let reads = || mapping::fit(mapping, shape, &payload).is_some();
    match q.dialect.as_deref() {
        Some(named) if carrier::by_id(named).is_some() => false,
        Some(named) if named == mapping.carrier => mapping::read(mapping, &payload).is_ok(),
        Some(_) => reads(),
        None => parse::dialect(&payload).is_none() && reads(),
    }
}

fn handed_in(retailer: &str, q: &Quarantined) -> InboxRow {
    InboxRow {
        retailer: retailer.to_string(),
        id: q.id.clone(),
        received_at: q.first_at,
        source: "replay".into(),
        signature: None,
        dialect: q.dialect.clone(),
        headers: q.headers.clone(),
        body: q.body.clone(),
    }
}

/// A payload to show beside a mapping that is there already: one that waits and is alike, else the newest that it read.
pub async fn shown_with(read: &Read<'_>, retailer: &str, row: &MappingRow) -> Result<Option<(String, Sample)>, FlowError> {
    let filter = db::received::ReceivedFilter { mapping: &row.id, ..Default::default() };
    let came = db::received::list(read, retailer, filter, db::received::NEWEST, 1).await?.pop();
    if let Some(came) = came {
        return Ok(Some((came.id, Sample::of(&came.headers, came.body, came.received_at))));
    }
    let Ok(shape) = serde_json::from_str::<Shape>(&row.shape) else { return Ok(None) };
    let waiting = db::inbox::quarantined(read, retailer, "", TRIED_MAX).await?;
    let mut samples = waiting.into_iter().map(|q| (q.id, Sample::of(&q.headers, q.body, q.first_at)));
    Ok(samples.find(|(_, s)| mapping::shape_of(&s.payload()).is_ok_and(|other| other.alike(&shape) >= mapping::ALIKE_MIN)))
}
