//! Servers of others from which files are fetched, and what was fetched from them.

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

macro_rules! select_source {
    ($rest:literal) => {
        concat!("SELECT retailer_id, id, name, doc, secret, host_key, state, last_at, last_error, next_at, created_at, version FROM file_source ", $rest)
    };
}

sql! {
    ALL = select_source!("WHERE retailer_id = $1 ORDER BY id");
    BY_ID = select_source!("WHERE retailer_id = $1 AND id = $2");
    DUE = select_source!("WHERE retailer_id = $1 AND next_at <= $2 ORDER BY next_at, id");
    INSERT = "
        INSERT INTO file_source (retailer_id, id, name, doc, secret, state, next_at, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    UPDATE = "
        UPDATE file_source
        SET name = $4, doc = $5, secret = $6, host_key = $7, state = $8, last_at = $9, last_error = $10, next_at = $11, version = version + 1
        WHERE retailer_id = $1 AND id = $2 AND version = $3";
    DELETE = "DELETE FROM file_source WHERE retailer_id = $1 AND id = $2";
    DELETE_FILES = "DELETE FROM fetched_file WHERE retailer_id = $1 AND source_id = $2";
    FILES = "
        SELECT name, size, modified_at, noticed_at, taken_at, state, import_id, reason, result_at
        FROM fetched_file
        WHERE retailer_id = $1 AND source_id = $2
        ORDER BY noticed_at DESC, name
        LIMIT $3";
    PUT_FILE = "
        INSERT INTO fetched_file (retailer_id, source_id, name, size, modified_at, noticed_at, taken_at, state, import_id, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (retailer_id, source_id, name, size, modified_at) DO UPDATE SET taken_at = excluded.taken_at, state = excluded.state,
            import_id = excluded.import_id, reason = excluded.reason";
    OWING = "
        SELECT f.name, f.size, f.modified_at, f.noticed_at, f.taken_at, f.state, f.import_id, f.reason, f.result_at
        FROM fetched_file AS f JOIN file_import AS i ON i.retailer_id = f.retailer_id AND i.id = f.import_id
        WHERE f.retailer_id = $1 AND f.source_id = $2 AND f.result_at IS NULL AND i.state = $3
        ORDER BY f.taken_at
        LIMIT 100";
    PUT_RESULT = "
        UPDATE fetched_file SET result_at = $6 WHERE retailer_id = $1 AND source_id = $2 AND name = $3 AND size = $4 AND modified_at = $5";
}

/// A server and how far we are with it. `doc` is JSON, `secret` is sealed.
#[derive(Clone, Debug)]
pub struct SourceRow {
    pub retailer: String,
    pub id: String,
    pub name: String,
    pub doc: String,
    pub secret: Vec<u8>,
    /// `SHA256:…`, as seen at the first test.
    pub host_key: Option<String>,
    /// `untested`, `ok`, `failing` or `paused`.
    pub state: String,
    pub last_at: Option<i64>,
    pub last_error: Option<String>,
    pub next_at: Option<i64>,
    pub created_at: i64,
    pub version: i64,
}

impl SourceRow {
    fn of(r: &Row) -> SourceRow {
        SourceRow {
            retailer: r.text(0),
            id: r.text(1),
            name: r.text(2),
            doc: r.text(3),
            secret: r.bytes(4).to_vec(),
            host_key: r.opt_text(5),
            state: r.text(6),
            last_at: r.opt_int(7),
            last_error: r.opt_text(8),
            next_at: r.opt_int(9),
            created_at: r.int(10),
            version: r.int(11),
        }
    }
}

/// A file there, known by name, size and time.
#[derive(Clone, Debug)]
pub struct FileRow {
    pub name: String,
    pub size: i64,
    /// Milliseconds, by that machine's clock.
    pub modified_at: i64,
    pub noticed_at: i64,
    pub taken_at: Option<i64>,
    /// `noticed` (it may still be growing), `taken` or `refused`.
    pub state: String,
    pub import_id: Option<String>,
    pub reason: Option<String>,
    /// When its result was put there.
    pub result_at: Option<i64>,
}

impl FileRow {
    fn of(r: &Row) -> FileRow {
        FileRow {
            name: r.text(0),
            size: r.int(1),
            modified_at: r.int(2),
            noticed_at: r.int(3),
            taken_at: r.opt_int(4),
            state: r.text(5),
            import_id: r.opt_text(6),
            reason: r.opt_text(7),
            result_at: r.opt_int(8),
        }
    }
}

pub async fn all(read: &Read<'_>, retailer: &str) -> Result<Vec<SourceRow>, DbError> {
    Ok(read.all(&ALL, args![retailer]).await?.iter().map(SourceRow::of).collect())
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<SourceRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(SourceRow::of))
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<SourceRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(SourceRow::of))
}

pub async fn due(read: &Read<'_>, retailer: &str, now: i64) -> Result<Vec<SourceRow>, DbError> {
    Ok(read.all(&DUE, args![retailer, now]).await?.iter().map(SourceRow::of).collect())
}

pub async fn insert(tx: &mut Write, s: &SourceRow) -> Result<(), DbError> {
    let values = args![&s.retailer, &s.id, &s.name, &s.doc, s.secret.clone(), &s.state, s.next_at, s.created_at];
    tx.exec(&INSERT, values).await.map(|_| ())
}

/// Raced if somebody else changed it meanwhile.
pub async fn update(tx: &mut Write, s: &SourceRow) -> Result<(), DbError> {
    let values = args![
        &s.retailer,
        &s.id,
        s.version,
        &s.name,
        &s.doc,
        s.secret.clone(),
        s.host_key.clone(),
        &s.state,
        s.last_at,
        s.last_error.clone(),
        s.next_at
    ];
    if tx.exec(&UPDATE, values).await? == 1 { Ok(()) } else { Err(DbError::Raced) }
}

pub async fn delete(tx: &mut Write, retailer: &str, id: &str) -> Result<bool, DbError> {
    tx.exec(&DELETE_FILES, args![retailer, id]).await?;
    Ok(tx.exec(&DELETE, args![retailer, id]).await? > 0)
}

/// The newest first.
pub async fn files(read: &Read<'_>, retailer: &str, source: &str, limit: i64) -> Result<Vec<FileRow>, DbError> {
    Ok(read.all(&FILES, args![retailer, source, limit]).await?.iter().map(FileRow::of).collect())
}

pub async fn put_file(tx: &mut Write, retailer: &str, source: &str, f: &FileRow) -> Result<(), DbError> {
    let values =
        args![retailer, source, &f.name, f.size, f.modified_at, f.noticed_at, f.taken_at, &f.state, f.import_id.clone(), f.reason.clone()];
    tx.exec(&PUT_FILE, values).await.map(|_| ())
}

/// Files that were taken in whole, whose result was not put there yet.
pub async fn owing(read: &Read<'_>, retailer: &str, source: &str, done: &str) -> Result<Vec<FileRow>, DbError> {
    Ok(read.all(&OWING, args![retailer, source, done]).await?.iter().map(FileRow::of).collect())
}

pub async fn put_result(tx: &mut Write, retailer: &str, source: &str, f: &FileRow, at: i64) -> Result<(), DbError> {
    tx.exec(&PUT_RESULT, args![retailer, source, &f.name, f.size, f.modified_at, at]).await.map(|_| ())
}
