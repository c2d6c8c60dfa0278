//! Carriers that were put right for many shipments at once.

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

sql! {
    PUT = "
        INSERT INTO carrier_correction (retailer_id, id, at, carrier, doc, made_by)
        VALUES ($1, $2, $3, $4, $5, $6)";
    LIST = "
        SELECT id, at, carrier, doc, made_by, undone_at, undone_by
        FROM carrier_correction
        WHERE retailer_id = $1 AND id < $2
        ORDER BY id DESC
        LIMIT $3";
    ONE = "
        SELECT id, at, carrier, doc, made_by, undone_at, undone_by
        FROM carrier_correction
        WHERE retailer_id = $1 AND id = $2";
    UNDO = "
        UPDATE carrier_correction SET undone_at = $3, undone_by = $4
        WHERE retailer_id = $1 AND id = $2 AND undone_at IS NULL";
}

/// One correction. `doc` is JSON: pairs of a shipment's id and the carrier it had, null for none.
#[derive(Clone, Debug)]
pub struct CorrectionRow {
    pub id: String,
    pub at: i64,
    /// The carrier that it is now.
    pub carrier: String,
    pub doc: String,
    pub made_by: String,
    pub undone_at: Option<i64>,
    pub undone_by: Option<String>,
}

impl CorrectionRow {
    fn of(r: &Row) -> CorrectionRow {
        CorrectionRow {
            id: r.text(0),
            at: r.int(1),
            carrier: r.text(2),
            doc: r.text(3),
            made_by: r.text(4),
            undone_at: r.opt_int(5),
            undone_by: r.opt_text(6),
        }
    }

    /// (shipment, the carrier it had).
    pub fn shipments(&self) -> Vec<(String, Option<String>)> {
        serde_json::from_str(&self.doc).unwrap_or_default()
    }
}

/// Everything is before it.
pub const NEWEST: &str = "~";

pub async fn put(tx: &mut Write, retailer: &str, c: &CorrectionRow) -> Result<(), DbError> {
    tx.exec(&PUT, args![retailer, &c.id, c.at, &c.carrier, &c.doc, &c.made_by]).await.map(|_| ())
}

/// Newest first.
pub async fn list(read: &Read<'_>, retailer: &str, before: &str, limit: i64) -> Result<Vec<CorrectionRow>, DbError> {
    Ok(read.all(&LIST, args![retailer, before, limit]).await?.iter().map(CorrectionRow::of).collect())
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<CorrectionRow>, DbError> {
    Ok(tx.one(&ONE, args![retailer, id]).await?.as_ref().map(CorrectionRow::of))
}

/// Whether it was not undone before.
pub async fn undo(tx: &mut Write, retailer: &str, id: &str, now: i64, by: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&UNDO, args![retailer, id, now, by]).await? > 0)
}
