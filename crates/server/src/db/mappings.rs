//! Mappings of the retailer's own for payloads that no adapter knows, in versions; and how far the quarantine was gone through for each.

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

sql! {
    NEWEST = "
        SELECT m.id, m.version, m.name, m.doc, m.shape, m.set_by, m.set_at, r.total, r.looked_at, r.handed_in, r.begun_at, r.done_at
        FROM mapping AS m
        LEFT JOIN mapping_replay AS r ON r.retailer_id = m.retailer_id AND r.mapping_id = m.id
        WHERE m.retailer_id = $1 AND m.version = (
            SELECT MAX(n.version) FROM mapping AS n WHERE n.retailer_id = m.retailer_id AND n.id = m.id)
        ORDER BY m.id";
    VERSIONS = "
        SELECT id, version, name, doc, shape, set_by, set_at
        FROM mapping
        WHERE retailer_id = $1 AND id = $2
        ORDER BY version DESC";
    PUT = "
        INSERT INTO mapping (retailer_id, id, version, name, doc, shape, set_by, set_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    PUT_REPLAY = "
        INSERT INTO mapping_replay (retailer_id, mapping_id, version, total, looked_at, handed_in, begun_at, done_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (retailer_id, mapping_id) DO UPDATE SET version = excluded.version, total = excluded.total,
            looked_at = excluded.looked_at, handed_in = excluded.handed_in, begun_at = excluded.begun_at, done_at = excluded.done_at";
}

/// One version of a mapping.
#[derive(Clone, Debug)]
pub struct MappingRow {
    pub id: String,
    pub version: i64,
    pub name: String,
    /// JSON; none: it was taken back.
    pub doc: Option<String>,
    /// JSON.
    pub shape: String,
    pub set_by: String,
    pub set_at: i64,
    pub replay: Option<Replay>,
}

/// How far the quarantine was gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    pub total: i64,
    pub looked_at: i64,
    pub handed_in: i64,
    pub begun_at: i64,
    pub done_at: Option<i64>,
}

impl MappingRow {
    fn of(r: &Row) -> MappingRow {
        MappingRow {
            id: r.text(0),
            version: r.int(1),
            name: r.text(2),
            doc: r.opt_text(3),
            shape: r.text(4),
            set_by: r.text(5),
            set_at: r.int(6),
            replay: None,
        }
    }

    fn with_replay(r: &Row) -> MappingRow {
        let replay = r.opt_int(7).map(|total| Replay {
            total,
            looked_at: r.int(8),
            handed_in: r.int(9),
            begun_at: r.int(10),
            done_at: r.opt_int(11),
        });
        MappingRow { replay, ..MappingRow::of(r) }
    }
}

/// The newest version of each, those taken back included.
pub async fn newest(read: &Read<'_>, retailer: &str) -> Result<Vec<MappingRow>, DbError> {
    Ok(read.all(&NEWEST, args![retailer]).await?.iter().map(MappingRow::with_replay).collect())
}

pub async fn newest_for_write(tx: &mut Write, retailer: &str) -> Result<Vec<MappingRow>, DbError> {
    Ok(tx.all(&NEWEST, args![retailer]).await?.iter().map(MappingRow::with_replay).collect())
}

/// All versions of one, newest first.
pub async fn versions(read: &Read<'_>, retailer: &str, id: &str) -> Result<Vec<MappingRow>, DbError> {
    Ok(read.all(&VERSIONS, args![retailer, id]).await?.iter().map(MappingRow::of).collect())
}

pub async fn put(tx: &mut Write, retailer: &str, m: &MappingRow) -> Result<(), DbError> {
    let values = args![retailer, &m.id, m.version, &m.name, m.doc.clone(), &m.shape, &m.set_by, m.set_at];
    tx.exec(&PUT, values).await.map(|_| ())
}

pub async fn put_replay(tx: &mut Write, retailer: &str, mapping: &str, version: i64, r: Replay) -> Result<(), DbError> {
    let values = args![retailer, mapping, version, r.total, r.looked_at, r.handed_in, r.begun_at, r.done_at];
    tx.exec(&PUT_REPLAY, values).await.map(|_| ())
}
