//! Bytes as they came, until they are digested; and the quarantine of those that nobody could read.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

sql! {
    /// The next retailer with something waiting, after the one given.
    NEXT_RETAILER = "SELECT MIN(retailer_id) FROM inbox WHERE retailer_id > $1";
    WAITING = "
        SELECT retailer_id, id, received_at, source, signature, dialect, headers, body
        FROM inbox
        WHERE retailer_id = $1
        ORDER BY id
        LIMIT $2";
    QUARANTINE = "
        INSERT INTO quarantine (retailer_id, id, body_hash, first_at, last_at, times, dialect, cause, headers, body)
        VALUES ($1, $2, $3, $4, $4, 1, $5, $6, $7, $8)
        ON CONFLICT (retailer_id, body_hash) DO UPDATE SET last_at = excluded.last_at, times = quarantine.times + 1, cause = excluded.cause";
    QUARANTINED = "
        SELECT retailer_id, id, body_hash, first_at, last_at, times, dialect, cause, headers, body
        FROM quarantine
        WHERE retailer_id = $1 AND id > $2
        ORDER BY id
        LIMIT $3";
    QUARANTINED_ONE = "
        SELECT retailer_id, id, body_hash, first_at, last_at, times, dialect, cause, headers, body
        FROM quarantine
        WHERE retailer_id = $1 AND id = $2";
    RELEASE = "DELETE FROM quarantine WHERE retailer_id = $1 AND id = $2";
    QUARANTINE_COUNT = "SELECT COUNT(*) FROM quarantine WHERE retailer_id = $1";
}

pub static PUT: Many = Many::insert(
    "inbox::PUT",
    "inbox",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("received_at", Kind::Int),
        ("source", Kind::Text),
        ("signature", Kind::Text),
        ("dialect", Kind::Text),
        ("headers", Kind::Text),
        ("body", Kind::Bytes),
    ],
    "",
);
pub static TAKE: Many = Many::delete("inbox::TAKE", "inbox", &[("retailer_id", Kind::Text), ("id", Kind::Text)]);
pub static MANY: &[&Many] = &[&PUT, &TAKE];

/// One payload as it came.
#[derive(Clone, Debug)]
pub struct InboxRow {
    pub retailer: String,
    pub id: String,
    pub received_at: i64,
    /// The way in: `hook`, `poll`, `file`, `replay`.
    pub source: String,
    /// `verified`, if a signature was checked on the raw bytes.
    pub signature: Option<String>,
    /// The dialect that the URL named, if it did.
    pub dialect: Option<String>,
    /// JSON: pairs of lower-case name and value.
    pub headers: String,
    pub body: Vec<u8>,
}

impl InboxRow {
    fn of(mut r: Row) -> InboxRow {
        InboxRow {
            retailer: r.take_text(0).unwrap_or_default(),
            id: r.take_text(1).unwrap_or_default(),
            received_at: r.int(2),
            source: r.take_text(3).unwrap_or_default(),
            signature: r.take_text(4),
            dialect: r.take_text(5),
            headers: r.take_text(6).unwrap_or_default(),
            body: r.take_bytes(7).unwrap_or_default(),
        }
    }
}

/// A payload in quarantine.
#[derive(Clone, Debug)]
pub struct Quarantined {
    pub id: String,
    pub first_at: i64,
    pub last_at: i64,
    pub times: i64,
    pub dialect: Option<String>,
    pub cause: String,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Quarantined {
    fn of(r: &Row) -> Quarantined {
        Quarantined {
            id: r.text(1),
            first_at: r.int(3),
            last_at: r.int(4),
            times: r.int(5),
            dialect: r.opt_text(6),
            cause: r.text(7),
            headers: r.text(8),
            body: r.bytes(9).to_vec(),
        }
    }
}

pub async fn put(tx: &mut Write, rows: Vec<InboxRow>) -> Result<(), DbError> {
    let rows =
        rows.into_iter().map(|r| row![r.retailer, r.id, r.received_at, r.source, r.signature, r.dialect, r.headers, r.body]).collect();
    tx.many(&PUT, rows).await.map(|_| ())
}

/// Up to about `limit` waiting payloads, a fair share from each retailer, oldest first within one; the retailer after `served` comes first.
pub async fn waiting(read: &Read<'_>, served: &str, limit: i64) -> Result<Vec<InboxRow>, DbError> {
    let mut retailers = Vec::new();
    let mut after = String::new();
    while let Some(next) = read.one(&NEXT_RETAILER, args![&after]).await?.and_then(|r| r.opt_text(0)) {
        retailers.push(next.clone());
        after = next;
    }
    let mut found = Vec::new();
    if retailers.is_empty() {
        return Ok(found);
    }
    let next = retailers.partition_point(|r| r.as_str() <= served);
    retailers.rotate_left(next);
    let share = (limit / retailers.len() as i64).max(10);
    for retailer in retailers {
        found.extend(read.all(&WAITING, args![retailer, share]).await?.into_iter().map(InboxRow::of));
        if found.len() as i64 >= limit {
            break;
        }
    }
    Ok(found)
}

/// Takes digested rows out. If another worker took some of them meanwhile, the whole transaction must be given up.
pub async fn take(tx: &mut Write, rows: &[InboxRow]) -> Result<(), DbError> {
    let keys: Vec<_> = rows.iter().map(|r| row![&r.retailer, &r.id]).collect();
    let wanted = keys.len() as u64;
    let (_, taken) = tx.many(&TAKE, keys).await?;
    if taken == wanted { Ok(()) } else { Err(DbError::Raced) }
}

pub async fn quarantine(tx: &mut Write, row: &InboxRow, dialect: Option<&str>, cause: &str, now: i64) -> Result<(), DbError> {
    let hash = crate::ids::hash_bytes(&row.body);
    tx.exec(&QUARANTINE, args![&row.retailer, &row.id, hash, now, dialect, cause, &row.headers, row.body.clone()]).await.map(|_| ())
}

pub async fn quarantined(read: &Read<'_>, retailer: &str, after: &str, limit: i64) -> Result<Vec<Quarantined>, DbError> {
    Ok(read.all(&QUARANTINED, args![retailer, after, limit]).await?.iter().map(Quarantined::of).collect())
}

/// Within a transaction, so that what is handed in again was still there.
pub async fn quarantined_for_write(tx: &mut Write, retailer: &str, after: &str, limit: i64) -> Result<Vec<Quarantined>, DbError> {
    Ok(tx.all(&QUARANTINED, args![retailer, after, limit]).await?.iter().map(Quarantined::of).collect())
}

pub async fn quarantined_by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<Quarantined>, DbError> {
    Ok(read.one(&QUARANTINED_ONE, args![retailer, id]).await?.as_ref().map(Quarantined::of))
}

pub async fn quarantine_count(read: &Read<'_>, retailer: &str) -> Result<i64, DbError> {
    Ok(read.one(&QUARANTINE_COUNT, args![retailer]).await?.map_or(0, |r| r.int(0)))
}

pub async fn quarantined_one(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<Quarantined>, DbError> {
    Ok(tx.one(&QUARANTINED_ONE, args![retailer, id]).await?.as_ref().map(Quarantined::of))
}

pub async fn release(tx: &mut Write, retailer: &str, id: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&RELEASE, args![retailer, id]).await? > 0)
}

pub async fn quarantine_count_for_write(tx: &mut Write, retailer: &str) -> Result<i64, DbError> {
    Ok(tx.one(&QUARANTINE_COUNT, args![retailer]).await?.map_or(0, |r| r.int(0)))
}
