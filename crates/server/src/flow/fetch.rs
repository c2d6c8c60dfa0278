//! Fetching files from others' servers: each file once, when it has stopped growing. What it was is written down together with the file
//! itself; only then is it moved or deleted there.

use std::collections::HashMap;

use super::{
    FlowError,
    file_sources::{self, After, FAILING, OK, PAUSED, Source},
    import,
};
use crate::{
    app::App,
    db::{
        self,
        file_sources::{FileRow, SourceRow},
        inbox::InboxRow,
    },
    gateway::sftp::{Connection, Entry, SftpError},
    retry_races,
};

/// Files up to this size are fetched.
pub const FILE_MAX: usize = 32 * 1024 * 1024;
/// A file that was last changed so long ago has stopped growing …
const SETTLED_MS: i64 = 60_000;
/// … and so has one that is the same when we look again after so long.
const LOOK_AGAIN_MS: i64 = 10_000;
const FILES_AT_ONCE: usize = 200;
const TROUBLES_MAX: usize = 5;
const RESULT_SOON_MS: i64 = 15_000;
/// After failures we wait longer, up to this.
const WAIT_MAX_MS: i64 = 6 * 3_600_000;

/// Fetches from every source that is due. Answers how many it was.
pub async fn run_all(app: &App) -> Result<usize, FlowError> {
    let now = app.clock.now_ms();
    let due = db::due::next(&app.db.read().await?).await?;
    let mut count = 0;
    for retailer in due.iter().filter(|d| d.files.is_some_and(|at| at <= now)) {
        for row in db::file_sources::due(&app.db.read().await?, &retailer.retailer, now).await? {
            count += usize::from(run(app, row).await?);
        }
    }
    Ok(count)
}

/// Fetches from one source now, whatever is due.
pub async fn now(app: &App, retailer: &str, id: &str) -> Result<SourceRow, FlowError> {
    let row = db::file_sources::by_id(&app.db.read().await?, retailer, id).await?.ok_or(FlowError::NotFound)?;
    if row.host_key.is_none() || row.state == PAUSED {
        return Err(FlowError::Conflict("test this source first, and take it out of its pause".into()));
    }
    run(app, row).await?;
    db::file_sources::by_id(&app.db.read().await?, retailer, id).await?.ok_or(FlowError::NotFound)
}

/// Claims a source by moving its next turn on, and fetches. False if somebody else was faster.
async fn run(app: &App, mut row: SourceRow) -> Result<bool, FlowError> {
    let Some(source) = Source::of(&row) else { return Ok(false) };
    row.next_at = Some(app.clock.now_ms() + source.every_minutes * 60_000);
    match save(app, &mut row).await {
        Ok(()) => {}
        Err(FlowError::Db(e)) if e.is_race() => return Ok(false),
        Err(e) => return Err(e),
    }
    let done = match file_sources::credential(app, &row) {
        Ok(credential) => fetch(app, &row, &source, &credential).await,
        Err(error) => Err(Trouble::Flow(error)),
    };
    retry_races!(note(app, &row, &source, &done).await)?;
    match done {
        Err(Trouble::Flow(FlowError::Db(error))) => Err(error.into()),
        _ => Ok(true),
    }
}

async fn save(app: &App, row: &mut SourceRow) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    db::file_sources::update(&mut tx, row).await?;
    tx.commit().await?;
    row.version += 1;
    Ok(())
}

/// What went wrong: there, or here.
enum Trouble {
    There(SftpError),
    Flow(FlowError),
}

impl From<SftpError> for Trouble {
    fn from(error: SftpError) -> Trouble {
        Trouble::There(error)
    }
}
impl From<FlowError> for Trouble {
    fn from(error: FlowError) -> Trouble {
        Trouble::Flow(error)
    }
}
impl From<db::DbError> for Trouble {
    fn from(error: db::DbError) -> Trouble {
        Trouble::Flow(error.into())
    }
}

/// When we are to look again before the source's own time.
type Sooner = Option<i64>;

async fn note(app: &App, row: &SourceRow, source: &Source, done: &Result<Sooner, Trouble>) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let Some(mut row) = db::file_sources::by_id_for_write(&mut tx, &row.retailer, &row.id).await? else { return Ok(()) };
    let now = app.clock.now_ms();
    let every = source.every_minutes * 60_000;
    let failing_for = row.last_at.filter(|_| row.state == FAILING).map_or(0, |last| now - last);
    if row.state != PAUSED {
        let (state, error, wait) = match done {
            Ok(sooner) => (OK, None, sooner.map_or(every, |ms| ms.min(every))),
            Err(Trouble::There(why)) => (FAILING, Some(why.to_string()), (failing_for * 2).clamp(every, every.max(WAIT_MAX_MS))),
            Err(Trouble::Flow(FlowError::Conflict(why))) => (FAILING, Some(why.clone()), every),
            Err(Trouble::Flow(_)) => (FAILING, Some("it could not be kept here; it is tried again".into()), every),
        };
        if state == OK || row.state != FAILING {
            row.last_at = Some(now);
        }
        (row.state, row.last_error, row.next_at) = (state.into(), error, Some(now + wait));
        db::file_sources::update(&mut tx, &row).await?;
    }
    tx.commit().await?;
    app.ring(&row.retailer, None);
    Ok(())
}

async fn fetch(app: &App, row: &SourceRow, source: &Source, credential: &crate::gateway::sftp::Credential) -> Result<Sooner, Trouble> {
    let place = (source.host.as_str(), source.port);
    let connection = Connection::open(&app.gateway.egress, place, &source.user, credential, row.host_key.as_deref()).await?;
    let done = fetch_files(app, &connection, row, source).await;
    let owed = match &done {
        Ok(_) => put_results(app, &connection, row, source).await,
        Err(_) => Ok(None),
    };
    connection.end().await;
    Ok([done?, owed?].into_iter().flatten().min())
}

/// What one file came to.
enum Came {
    Taken,
    Known,
    /// To be looked at again.
    Later,
}

/// One file that cannot be read or put away must not keep the others back; what was wrong with the first is told at the end.
async fn fetch_files(app: &App, connection: &Connection, row: &SourceRow, source: &Source) -> Result<Sooner, Trouble> {
    let known = db::file_sources::files(&app.db.read().await?, &row.retailer, &row.id, i64::from(i32::MAX)).await?;
    let known: HashMap<(&str, i64, i64), &FileRow> = known.iter().map(|f| ((f.name.as_str(), f.size, f.modified_at), f)).collect();
    let (mut taken, mut sooner, mut troubles) = (0, None, Vec::new());
    for entry in file_sources::wanted(connection, source).await? {
        if app.is_stopping() || taken == FILES_AT_ONCE || troubles.len() == TROUBLES_MAX {
            break;
        }
        let size = i64::try_from(entry.size).unwrap_or(i64::MAX);
        let known = known.get(&(entry.name.as_str(), size, entry.modified * 1_000)).copied();
        match one(app, connection, row, source, &entry, known).await {
            Ok(Came::Taken) => taken += 1,
            Ok(Came::Known) => {}
            Ok(Came::Later) => sooner = Some(LOOK_AGAIN_MS),
            Err(Trouble::There(error)) if error != SftpError::Timeout => troubles.push(error),
            Err(trouble) => return Err(trouble),
        }
    }
    match troubles.into_iter().next() {
        Some(first) => Err(first.into()),
        None if taken == FILES_AT_ONCE => Ok(Some(0)),
        None => Ok(sooner),
    }
}

async fn one(
    app: &App,
    connection: &Connection,
    row: &SourceRow,
    source: &Source,
    entry: &Entry,
    known: Option<&FileRow>,
) -> Result<Came, Trouble> {
    let now = app.clock.now_ms();
    match known {
        Some(known) if known.state != "noticed" => {
            put_away(connection, source, entry).await?;
            return Ok(Came::Known);
        }
        Some(known) if now - known.noticed_at < LOOK_AGAIN_MS => return Ok(Came::Later),
        None if now - entry.modified * 1_000 < SETTLED_MS => {
            keep(app, row, &file(entry, now, "noticed")).await?;
            return Ok(Came::Later);
        }
        _ => {}
    }
    if !take(app, connection, row, source, entry).await? {
        return Ok(Came::Later);
    }
    put_away(connection, source, entry).await?;
    Ok(Came::Taken)
}

fn file(entry: &Entry, now: i64, state: &str) -> FileRow {
    FileRow {
        name: entry.name.clone(),
        size: i64::try_from(entry.size).unwrap_or(i64::MAX),
        modified_at: entry.modified * 1_000,
        noticed_at: now,
        taken_at: None,
        state: state.into(),
        import_id: None,
        reason: None,
        result_at: None,
    }
}

async fn keep(app: &App, row: &SourceRow, file: &FileRow) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    db::file_sources::put_file(&mut tx, &row.retailer, &row.id, file).await?;
    Ok(tx.commit().await?)
}

/// Reads a file and keeps it, with the mark that it was. False if it changed or went meanwhile.
async fn take(app: &App, connection: &Connection, row: &SourceRow, source: &Source, entry: &Entry) -> Result<bool, Trouble> {
    let path = format!("{}/{}", source.place().0.trim_end_matches('/'), entry.name);
    let mut mark = FileRow { taken_at: Some(app.clock.now_ms()), ..file(entry, app.clock.now_ms(), "taken") };
    let bytes = match connection.read(&path, FILE_MAX).await {
        Ok(bytes) => bytes,
        Err(error @ (SftpError::TooLarge(_) | SftpError::NotAllowed(_))) => {
            (mark.state, mark.reason) = ("refused".into(), Some(error.to_string()));
            keep(app, row, &mark).await?;
            return Ok(true);
        }
        Err(SftpError::NotThere(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if bytes.len() as u64 != entry.size {
        // It grew while we read: in the next round it is another file.
        return Ok(false);
    }
    let from = format!("sftp:{}", row.id);
    let Some(kind) = source.holds.kind() else {
        hand_in(app, row, source, &mark, bytes).await?;
        return Ok(true);
    };
    let sent = import::Sent { name: &entry.name, bytes: &bytes, kind: Some(kind), mapping: None, source: &from, by: &row.name };
    match import::prepare(app, &row.retailer, sent).await {
        Err(FlowError::Invalid(faults)) => {
            let why = faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join("; ");
            (mark.state, mark.reason) = ("refused".into(), Some(why));
            keep(app, row, &mark).await?;
            Ok(true)
        }
        Err(other) => Err(other.into()),
        Ok(prepared) => {
            mark.import_id = Some(prepared.row.id.clone());
            let mut tx = app.db.write().await?;
            import::put_and_start(app, &mut tx, &row.retailer, prepared).await?;
            db::file_sources::put_file(&mut tx, &row.retailer, &row.id, &mark).await?;
            tx.commit().await?;
            app.wake.notify_one();
            Ok(true)
        }
    }
}

/// A carrier's file goes the way of its calls: into the inbox.
async fn hand_in(app: &App, row: &SourceRow, source: &Source, mark: &FileRow, body: Vec<u8>) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let payload = InboxRow {
        retailer: row.retailer.clone(),
        id: app.ids.make("inb", now),
        received_at: now,
        source: "file".into(),
        signature: None,
        dialect: source.carrier.clone(),
        headers: serde_json::to_string(&[("x-file-name", &mark.name)]).unwrap_or_default(),
        body,
    };
    let mut tx = app.db.write().await?;
    db::inbox::put(&mut tx, vec![payload]).await?;
    db::file_sources::put_file(&mut tx, &row.retailer, &row.id, mark).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// What is kept here may go there.
async fn put_away(connection: &Connection, source: &Source, entry: &Entry) -> Result<(), SftpError> {
    let folder = source.place().0.trim_end_matches('/');
    let path = format!("{folder}/{}", entry.name);
    let done = match (source.after, source.move_to.as_deref()) {
        (After::Delete, _) => connection.remove(&path).await,
        (After::Move, Some(to)) => connection.rename(&path, &format!("{to}/{}", entry.name)).await,
        _ => Ok(()),
    };
    match done {
        // Somebody was faster; unless it is the folder that is not there.
        Err(SftpError::NotThere(what)) => {
            if connection.is_there(&path).await? {
                Err(SftpError::NotThere(what))
            } else {
                Ok(())
            }
        }
        other => other,
    }
}

/// Puts what became of the rows where the source wants it.
async fn put_results(app: &App, connection: &Connection, row: &SourceRow, source: &Source) -> Result<Sooner, Trouble> {
    let Some(folder) = source.results_to.as_deref() else { return Ok(None) };
    for file in db::file_sources::owing(&app.db.read().await?, &row.retailer, &row.id, import::DONE).await? {
        let Some(id) = file.import_id.as_deref() else { continue };
        let Some(import) = db::imports::by_id(&app.db.read().await?, &row.retailer, id).await? else { continue };
        let (name, bytes) = import::result::whole(app, &row.retailer, &import).await?;
        connection.write(&format!("{folder}/{name}"), &bytes).await?;
        let mut tx = app.db.write().await?;
        db::file_sources::put_result(&mut tx, &row.retailer, &row.id, &file, app.clock.now_ms()).await?;
        tx.commit().await?;
    }
    let under_way = db::file_sources::owing(&app.db.read().await?, &row.retailer, &row.id, import::RUNNING).await?;
    Ok((!under_way.is_empty()).then_some(RESULT_SOON_MS))
}
