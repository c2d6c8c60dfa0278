//! Files of orders, shipments and events that were sent, their rows until they are taken in and what became of them; and the mappings of
//! columns that were given a name.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

macro_rules! select_import {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, kind, source, sent_by, content_hash, size, columns, mapping, mapping_id, state, rows_total, rows_done, created, ",
            "changed, unchanged, refused, created_at, started_at, finished_at, version FROM file_import ",
            $rest
        )
    };
}

sql! {
    BY_ID = select_import!("WHERE retailer_id = $1 AND id = $2");
    LIST = select_import!("WHERE retailer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    INSERT = "
        INSERT INTO file_import (retailer_id, id, name, kind, source, sent_by, content_hash, size, columns, mapping, mapping_id, state,
            rows_total, rows_done, created, changed, unchanged, refused, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, 0, 0, $14, 1)";
    UPDATE = "
        UPDATE file_import
        SET kind = $4, mapping = $5, mapping_id = $6, state = $7, rows_done = $8, created = $9, changed = $10, unchanged = $11, refused = $12,
            started_at = $13, finished_at = $14, version = version + 1
        WHERE retailer_id = $1 AND id = $2 AND version = $3";
    DELETE = "DELETE FROM file_import WHERE retailer_id = $1 AND id = $2";
    DELETE_PARTS = "DELETE FROM file_import_part WHERE retailer_id = $1 AND import_id = $2";
    FORGET_PARTS = "
        DELETE FROM file_import_part
        WHERE retailer_id = $1 AND import_id IN (SELECT f.id FROM file_import AS f WHERE f.retailer_id = $1 AND f.created_at < $2 AND f.state <> 'running')";
    FORGET = "DELETE FROM file_import WHERE retailer_id = $1 AND created_at < $2 AND state <> 'running'";
    PARTS = "
        SELECT part, told, outcome
        FROM file_import_part
        WHERE retailer_id = $1 AND import_id = $2 AND part > $3
        ORDER BY part
        LIMIT $4";
    NEXT_PART = "
        SELECT part, told, outcome
        FROM file_import_part
        WHERE retailer_id = $1 AND import_id = $2 AND outcome IS NULL
        ORDER BY part
        LIMIT 1";
    PUT_OUTCOME = "UPDATE file_import_part SET outcome = $4 WHERE retailer_id = $1 AND import_id = $2 AND part = $3 AND outcome IS NULL";
    MAPPINGS = "
        SELECT id, name, kind, fingerprint, doc, set_by, updated_at
        FROM column_mapping
        WHERE retailer_id = $1
        ORDER BY name_key";
    MAPPINGS_FOR = "
        SELECT id, name, kind, fingerprint, doc, set_by, updated_at
        FROM column_mapping
        WHERE retailer_id = $1 AND fingerprint = $2
        ORDER BY updated_at DESC, id DESC";
    PUT_MAPPING = "
        INSERT INTO column_mapping (retailer_id, id, name, name_key, kind, fingerprint, doc, set_by, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (retailer_id, name_key) DO UPDATE SET name = excluded.name, kind = excluded.kind, fingerprint = excluded.fingerprint,
            doc = excluded.doc, set_by = excluded.set_by, updated_at = excluded.updated_at
        RETURNING id";
    DELETE_MAPPING = "DELETE FROM column_mapping WHERE retailer_id = $1 AND id = $2";
}

pub static PUT_PARTS: Many = Many::insert(
    "imports::PUT_PARTS",
    "file_import_part",
    &[("retailer_id", Kind::Text), ("import_id", Kind::Text), ("part", Kind::Int), ("told", Kind::Text)],
    "",
);
pub static MANY: &[&Many] = &[&PUT_PARTS];

/// A file and how far it is. `columns` and `mapping` are JSON.
#[derive(Clone, Debug)]
pub struct ImportRow {
    pub id: String,
    pub name: String,
    pub kind: String,
    /// How it came: `api`, `desk`, `command`, or `sftp` with the source's id.
    pub source: String,
    pub sent_by: String,
    pub content_hash: String,
    pub size: i64,
    pub columns: String,
    pub mapping: String,
    /// The named mapping it is read by, if it is one.
    pub mapping_id: Option<String>,
    pub state: String,
    pub rows_total: i64,
    pub rows_done: i64,
    pub created: i64,
    pub changed: i64,
    pub unchanged: i64,
    pub refused: i64,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub version: i64,
}

impl ImportRow {
    fn of(r: &Row) -> ImportRow {
        ImportRow {
            id: r.text(0),
            name: r.text(1),
            kind: r.text(2),
            source: r.text(3),
            sent_by: r.text(4),
            content_hash: r.text(5),
            size: r.int(6),
            columns: r.text(7),
            mapping: r.text(8),
            mapping_id: r.opt_text(9),
            state: r.text(10),
            rows_total: r.int(11),
            rows_done: r.int(12),
            created: r.int(13),
            changed: r.int(14),
            unchanged: r.int(15),
            refused: r.int(16),
            created_at: r.int(17),
            started_at: r.opt_int(18),
            finished_at: r.opt_int(19),
            version: r.int(20),
        }
    }
}

/// Some of a file's rows: a JSON list of rows, and, once they were taken in, one of what became of each.
#[derive(Clone, Debug)]
pub struct PartRow {
    pub part: i64,
    pub told: String,
    pub outcome: Option<String>,
}

impl PartRow {
    fn of(r: &Row) -> PartRow {
        PartRow { part: r.int(0), told: r.text(1), outcome: r.opt_text(2) }
    }
}

/// A mapping with a name. `doc` is JSON.
#[derive(Clone, Debug)]
pub struct MappingRow {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub fingerprint: String,
    pub doc: String,
    pub set_by: String,
    pub updated_at: i64,
}

impl MappingRow {
    fn of(r: &Row) -> MappingRow {
        MappingRow {
            id: r.text(0),
            name: r.text(1),
            kind: r.text(2),
            fingerprint: r.text(3),
            doc: r.text(4),
            set_by: r.text(5),
            updated_at: r.int(6),
        }
    }
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<ImportRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(ImportRow::of))
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<ImportRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(ImportRow::of))
}

/// Newest first.
pub async fn list(read: &Read<'_>, retailer: &str, before: Option<&str>, limit: i64) -> Result<Vec<ImportRow>, DbError> {
    Ok(read.all(&LIST, args![retailer, before.unwrap_or("~"), limit]).await?.iter().map(ImportRow::of).collect())
}

pub async fn insert(tx: &mut Write, retailer: &str, i: &ImportRow) -> Result<(), DbError> {
    let values = args![
        retailer,
        &i.id,
        &i.name,
        &i.kind,
        &i.source,
        &i.sent_by,
        &i.content_hash,
        i.size,
        &i.columns,
        &i.mapping,
        i.mapping_id.clone(),
        &i.state,
        i.rows_total,
        i.created_at
    ];
    tx.exec(&INSERT, values).await.map(|_| ())
}

/// Raced if somebody else changed it meanwhile.
pub async fn update(tx: &mut Write, retailer: &str, i: &ImportRow) -> Result<(), DbError> {
    let values = args![
        retailer,
        &i.id,
        i.version,
        &i.kind,
        &i.mapping,
        i.mapping_id.clone(),
        &i.state,
        i.rows_done,
        i.created,
        i.changed,
        i.unchanged,
        i.refused,
        i.started_at,
        i.finished_at
    ];
    if tx.exec(&UPDATE, values).await? == 1 { Ok(()) } else { Err(DbError::Raced) }
}

pub async fn delete(tx: &mut Write, retailer: &str, id: &str) -> Result<bool, DbError> {
    tx.exec(&DELETE_PARTS, args![retailer, id]).await?;
    Ok(tx.exec(&DELETE, args![retailer, id]).await? > 0)
}

/// Files that were sent before a time, unless they are under way.
pub async fn forget(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_PARTS, args![retailer, before]).await?;
    tx.exec(&FORGET, args![retailer, before]).await.map(|_| ())
}

/// Replaces the rows of a file that is not under way yet.
pub async fn put_parts(tx: &mut Write, retailer: &str, import: &str, parts: Vec<String>) -> Result<(), DbError> {
    tx.exec(&DELETE_PARTS, args![retailer, import]).await?;
    let rows = (0_i64..).zip(parts).map(|(part, told)| row![retailer, import, part, told]).collect();
    tx.many(&PUT_PARTS, rows).await.map(|_| ())
}

pub async fn parts(read: &Read<'_>, retailer: &str, import: &str, after: i64, limit: i64) -> Result<Vec<PartRow>, DbError> {
    Ok(read.all(&PARTS, args![retailer, import, after, limit]).await?.iter().map(PartRow::of).collect())
}

pub async fn parts_for_write(tx: &mut Write, retailer: &str, import: &str) -> Result<Vec<PartRow>, DbError> {
    Ok(tx.all(&PARTS, args![retailer, import, -1_i64, i64::from(i32::MAX)]).await?.iter().map(PartRow::of).collect())
}

/// The next that was not taken in.
pub async fn next_part(tx: &mut Write, retailer: &str, import: &str) -> Result<Option<PartRow>, DbError> {
    Ok(tx.one(&NEXT_PART, args![retailer, import]).await?.as_ref().map(PartRow::of))
}

/// Raced if somebody else took it in meanwhile.
pub async fn put_outcome(tx: &mut Write, retailer: &str, import: &str, part: i64, outcome: &str) -> Result<(), DbError> {
    if tx.exec(&PUT_OUTCOME, args![retailer, import, part, outcome]).await? == 1 { Ok(()) } else { Err(DbError::Raced) }
}

pub async fn mappings(read: &Read<'_>, retailer: &str) -> Result<Vec<MappingRow>, DbError> {
    Ok(read.all(&MAPPINGS, args![retailer]).await?.iter().map(MappingRow::of).collect())
}

/// Mappings for files with these columns, the newest first.
pub async fn mappings_for(read: &Read<'_>, retailer: &str, fingerprint: &str) -> Result<Vec<MappingRow>, DbError> {
    Ok(read.all(&MAPPINGS_FOR, args![retailer, fingerprint]).await?.iter().map(MappingRow::of).collect())
}

/// Keeps it under its name, in place of another one of that name. Answers its id.
pub async fn put_mapping(tx: &mut Write, retailer: &str, m: &MappingRow) -> Result<String, DbError> {
    let key = m.name.to_lowercase();
    let values = args![retailer, &m.id, &m.name, key, &m.kind, &m.fingerprint, &m.doc, &m.set_by, m.updated_at];
    Ok(tx.one(&PUT_MAPPING, values).await?.map_or_else(|| m.id.clone(), |r| r.text(0)))
}

pub async fn delete_mapping(tx: &mut Write, retailer: &str, id: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&DELETE_MAPPING, args![retailer, id]).await? > 0)
}
