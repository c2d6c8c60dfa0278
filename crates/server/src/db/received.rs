//! What came in lately, as it came, with what was recognised in it; and how much came, by dialect, way in and day.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

sql! {
    LIST = "
        SELECT retailer_id, id, received_at, source, dialect, mapping_id, told_by, signature, outcome, detail, numbers, events, headers, body
        FROM received
        WHERE retailer_id = $1 AND id < $2 AND ($3 = '' OR dialect = $3) AND ($4 = '' OR outcome = $4) AND ($5 = '' OR mapping_id = $5)
        ORDER BY id DESC
        LIMIT $6";
    ONE = "
        SELECT retailer_id, id, received_at, source, dialect, mapping_id, told_by, signature, outcome, detail, numbers, events, headers, body
        FROM received
        WHERE retailer_id = $1 AND id = $2";
    FORGET = "DELETE FROM received WHERE retailer_id = $1 AND received_at < $2";
    BY_DIALECT = "
        SELECT dialect, source, CAST(SUM(payloads) AS BIGINT), CAST(SUM(events) AS BIGINT), CAST(SUM(unread) AS BIGINT),
            CAST(SUM(refused) AS BIGINT), MAX(last_at)
        FROM received_day
        WHERE retailer_id = $1 AND day_on >= $2
        GROUP BY dialect, source
        ORDER BY dialect, source";
}

pub static PUT: Many = Many::insert(
    "received::PUT",
    "received",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("received_at", Kind::Int),
        ("source", Kind::Text),
        ("dialect", Kind::Text),
        ("mapping_id", Kind::Text),
        ("told_by", Kind::Text),
        ("signature", Kind::Text),
        ("outcome", Kind::Text),
        ("detail", Kind::Text),
        ("numbers", Kind::Int),
        ("events", Kind::Int),
        ("headers", Kind::Text),
        ("body", Kind::Bytes),
    ],
    "ON CONFLICT (retailer_id, id) DO UPDATE SET source = excluded.source, dialect = excluded.dialect, mapping_id = excluded.mapping_id, \
     told_by = excluded.told_by, outcome = excluded.outcome, detail = excluded.detail, numbers = excluded.numbers, events = excluded.events",
);
pub static COUNT: Many = Many::insert(
    "received::COUNT",
    "received_day",
    &[
        ("retailer_id", Kind::Text),
        ("dialect", Kind::Text),
        ("source", Kind::Text),
        ("day_on", Kind::Text),
        ("payloads", Kind::Int),
        ("events", Kind::Int),
        ("unread", Kind::Int),
        ("refused", Kind::Int),
        ("last_at", Kind::Int),
    ],
    "ON CONFLICT (retailer_id, dialect, source, day_on) DO UPDATE SET payloads = received_day.payloads + excluded.payloads, \
     events = received_day.events + excluded.events, unread = received_day.unread + excluded.unread, refused = received_day.refused + excluded.refused, \
     last_at = excluded.last_at",
);
pub static MANY: &[&Many] = &[&PUT, &COUNT];

/// A payload as it came. Texts are empty where there is nothing to say.
#[derive(Clone, Debug, Default)]
pub struct ReceivedRow {
    pub retailer: String,
    pub id: String,
    pub received_at: i64,
    /// `hook`, `poll`, `file`, `replay`.
    pub source: String,
    pub dialect: String,
    pub mapping: String,
    /// `url`, `headers`, `shape`, `mapping`.
    pub told_by: String,
    /// `verified`, `wrong`.
    pub signature: String,
    /// `events`, `empty`, `error`, `unread`, `refused`.
    pub outcome: String,
    pub detail: String,
    pub numbers: i64,
    pub events: i64,
    /// JSON: pairs of lower-case name and value.
    pub headers: String,
    pub body: Vec<u8>,
}

impl ReceivedRow {
    fn of(r: Row) -> ReceivedRow {
        ReceivedRow {
            retailer: r.text(0),
            id: r.text(1),
            received_at: r.int(2),
            source: r.text(3),
            dialect: r.text(4),
            mapping: r.text(5),
            told_by: r.text(6),
            signature: r.text(7),
            outcome: r.text(8),
            detail: r.text(9),
            numbers: r.int(10),
            events: r.int(11),
            headers: r.text(12),
            body: r.bytes(13).to_vec(),
        }
    }
}

/// What came of one dialect by one way, on a day or over several.
#[derive(Clone, Debug, Default)]
pub struct DayRow {
    pub retailer: String,
    /// Empty where none was recognised.
    pub dialect: String,
    pub source: String,
    pub day: String,
    pub payloads: i64,
    pub events: i64,
    pub unread: i64,
    pub refused: i64,
    pub last_at: i64,
}

/// Which of what came in is wanted; empty texts mean any.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReceivedFilter<'a> {
    pub dialect: &'a str,
    pub outcome: &'a str,
    pub mapping: &'a str,
}

/// Everything is before it.
pub const NEWEST: &str = "~";

pub async fn put(tx: &mut Write, rows: Vec<ReceivedRow>) -> Result<(), DbError> {
    let of = |r: ReceivedRow| {
        row![
            r.retailer,
            r.id,
            r.received_at,
            r.source,
            r.dialect,
            r.mapping,
            r.told_by,
            r.signature,
            r.outcome,
            r.detail,
            r.numbers,
            r.events,
            r.headers,
            r.body
        ]
    };
    tx.many(&PUT, rows.into_iter().map(of).collect()).await.map(|_| ())
}

/// Adds to what was counted; no two may be of the same retailer, dialect, way in and day.
pub async fn count(tx: &mut Write, rows: Vec<DayRow>) -> Result<(), DbError> {
    let of = |r: DayRow| row![r.retailer, r.dialect, r.source, r.day, r.payloads, r.events, r.unread, r.refused, r.last_at];
    tx.many(&COUNT, rows.into_iter().map(of).collect()).await.map(|_| ())
}

/// Newest first, those before the id.
pub async fn list(
    read: &Read<'_>,
    retailer: &str,
    filter: ReceivedFilter<'_>,
    before: &str,
    limit: i64,
) -> Result<Vec<ReceivedRow>, DbError> {
    let wanted = args![retailer, before, filter.dialect, filter.outcome, filter.mapping, limit];
    Ok(read.all(&LIST, wanted).await?.into_iter().map(ReceivedRow::of).collect())
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<ReceivedRow>, DbError> {
    Ok(read.one(&ONE, args![retailer, id]).await?.map(ReceivedRow::of))
}

/// How much came since a day, by dialect and way in.
pub async fn by_dialect(read: &Read<'_>, retailer: &str, since: &str) -> Result<Vec<DayRow>, DbError> {
    let of = |r: &Row| DayRow {
        retailer: retailer.to_string(),
        dialect: r.text(0),
        source: r.text(1),
        day: since.to_string(),
        payloads: r.int(2),
        events: r.int(3),
        unread: r.int(4),
        refused: r.int(5),
        last_at: r.int(6),
    };
    Ok(read.all(&BY_DIALECT, args![retailer, since]).await?.iter().map(of).collect())
}

pub async fn forget(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET, args![retailer, before]).await.map(|_| ())
}
