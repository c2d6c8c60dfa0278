//! Codes that stand in no carrier's list, and what the retailer takes them to mean.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

sql! {
    UNKNOWN = "
        SELECT carrier, code, MIN(words), CAST(SUM(times) AS BIGINT), COUNT(*), MIN(first_at), MAX(last_at), MAX(shipment_id)
        FROM unknown_code
        WHERE retailer_id = $1 AND (carrier, code) > ($2, $3)
        GROUP BY carrier, code
        ORDER BY carrier, code
        LIMIT $4";
    SHIPMENTS_OF = "
        SELECT shipment_id
        FROM unknown_code
        WHERE retailer_id = $1 AND carrier = $2 AND code = $3
        ORDER BY shipment_id DESC
        LIMIT $4";
    MEANINGS = "
        SELECT m.carrier, m.code, m.version, m.state, m.reason, m.set_by, m.set_at
        FROM code_meaning AS m
        WHERE m.retailer_id = $1 AND m.version = (
            SELECT MAX(n.version) FROM code_meaning AS n WHERE n.retailer_id = m.retailer_id AND n.carrier = m.carrier AND n.code = m.code)
        ORDER BY m.carrier, m.code";
    VERSION = "SELECT MAX(version) FROM code_meaning WHERE retailer_id = $1 AND carrier = $2 AND code = $3";
    PUT_MEANING = "
        INSERT INTO code_meaning (retailer_id, carrier, code, version, state, reason, set_by, set_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
}

pub static PUT_UNKNOWN: Many = Many::insert(
    "codes::PUT_UNKNOWN",
    "unknown_code",
    &[
        ("retailer_id", Kind::Text),
        ("carrier", Kind::Text),
        ("code", Kind::Text),
        ("shipment_id", Kind::Text),
        ("words", Kind::Text),
        ("times", Kind::Int),
        ("first_at", Kind::Int),
        ("last_at", Kind::Int),
    ],
    "ON CONFLICT (retailer_id, carrier, code, shipment_id) DO UPDATE SET times = unknown_code.times + excluded.times, \
     last_at = excluded.last_at, words = excluded.words",
);
pub static MANY: &[&Many] = &[&PUT_UNKNOWN];

/// A code of a shipment's events.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownRow {
    pub retailer: String,
    pub carrier: String,
    /// Empty where the carrier used words alone.
    pub code: String,
    pub shipment: String,
    pub words: String,
    pub times: i64,
    pub at: i64,
}

/// A code, over all shipments.
#[derive(Clone, Debug)]
pub struct UnknownCode {
    pub carrier: String,
    pub code: String,
    /// In the carrier's words.
    pub words: String,
    pub times: i64,
    pub shipments: i64,
    pub first_at: i64,
    pub last_at: i64,
    /// The newest shipment of which it was said.
    pub shipment: String,
}

#[derive(Clone, Debug)]
pub struct MeaningRow {
    pub carrier: String,
    pub code: String,
    pub version: i64,
    pub state: Option<String>,
    pub reason: Option<String>,
    pub set_by: String,
    pub set_at: i64,
}

/// Adds to what is there; several of one code and shipment are put together first.
pub async fn put_unknown(tx: &mut Write, mut rows: Vec<UnknownRow>) -> Result<(), DbError> {
    rows.sort_by(|a, b| (&a.retailer, &a.carrier, &a.code, &a.shipment).cmp(&(&b.retailer, &b.carrier, &b.code, &b.shipment)));
    rows.dedup_by(|later, first| {
        let same = (&later.retailer, &later.carrier, &later.code, &later.shipment)
            == (&first.retailer, &first.carrier, &first.code, &first.shipment);
        if same {
            first.times += later.times;
        }
        same
    });
    let rows = rows.into_iter().map(|r| row![r.retailer, r.carrier, r.code, r.shipment, r.words, r.times, r.at, r.at]).collect();
    tx.many(&PUT_UNKNOWN, rows).await.map(|_| ())
}

pub async fn unknown(read: &Read<'_>, retailer: &str, after: (&str, &str), limit: i64) -> Result<Vec<UnknownCode>, DbError> {
    let of = |r: &Row| UnknownCode {
        carrier: r.text(0),
        code: r.text(1),
        words: r.text(2),
        times: r.int(3),
        shipments: r.int(4),
        first_at: r.int(5),
        last_at: r.int(6),
        shipment: r.text(7),
    };
    Ok(read.all(&UNKNOWN, args![retailer, after.0, after.1, limit]).await?.iter().map(of).collect())
}

/// Of which shipments a code was said, newest first.
pub async fn shipments_of(read: &Read<'_>, retailer: &str, carrier: &str, code: &str, limit: i64) -> Result<Vec<String>, DbError> {
    Ok(read.all(&SHIPMENTS_OF, args![retailer, carrier, code, limit]).await?.iter().map(|r| r.text(0)).collect())
}

pub async fn shipments_of_for_write(tx: &mut Write, retailer: &str, carrier: &str, code: &str) -> Result<Vec<String>, DbError> {
    Ok(tx.all(&SHIPMENTS_OF, args![retailer, carrier, code, i64::from(i32::MAX)]).await?.iter().map(|r| r.text(0)).collect())
}

/// The newest version of each, those taken back included.
pub async fn meanings(read: &Read<'_>, retailer: &str) -> Result<Vec<MeaningRow>, DbError> {
    let of = |r: &Row| MeaningRow {
        carrier: r.text(0),
        code: r.text(1),
        version: r.int(2),
        state: r.opt_text(3),
        reason: r.opt_text(4),
        set_by: r.text(5),
        set_at: r.int(6),
    };
    Ok(read.all(&MEANINGS, args![retailer]).await?.iter().map(of).collect())
}

/// Writes the next version, and answers it.
pub async fn put_meaning(tx: &mut Write, retailer: &str, meaning: &MeaningRow) -> Result<i64, DbError> {
    let m = meaning;
    let newest = tx.one(&VERSION, args![retailer, &m.carrier, &m.code]).await?.and_then(|r| r.opt_int(0)).unwrap_or(0);
    let values = args![retailer, &m.carrier, &m.code, newest + 1, m.state.clone(), m.reason.clone(), &m.set_by, m.set_at];
    tx.exec(&PUT_MEANING, values).await?;
    Ok(newest + 1)
}
