//! Rules. One that was removed, and what one said before it was last changed, are kept for a while, so that either can be undone.

use super::engine::{DbError, Read, Write};
use crate::{args, sql};

sql! {
    ALL = "SELECT id, doc FROM rule WHERE retailer_id = $1 AND removed_at IS NULL ORDER BY id";
    ONE = "SELECT doc FROM rule WHERE retailer_id = $1 AND id = $2 AND removed_at IS NULL";
    PUT = "
        INSERT INTO rule (retailer_id, id, doc, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (retailer_id, id) DO UPDATE SET before_doc = rule.doc, doc = excluded.doc, updated_at = excluded.updated_at";
    REMOVE = "UPDATE rule SET removed_at = $3 WHERE retailer_id = $1 AND id = $2 AND removed_at IS NULL";
    BRING_BACK = "UPDATE rule SET removed_at = NULL, updated_at = $3 WHERE retailer_id = $1 AND id = $2 AND removed_at IS NOT NULL";
    /// Done twice it stands as it stood.
    TURN_BACK = "
        UPDATE rule SET doc = before_doc, before_doc = doc, updated_at = $3
        WHERE retailer_id = $1 AND id = $2 AND removed_at IS NULL AND before_doc IS NOT NULL";
    FORGET_REMOVED = "DELETE FROM rule WHERE retailer_id = $1 AND removed_at < $2";
}

/// (id, JSON), in the order in which they were made.
pub async fn all(read: &Read<'_>, retailer: &str) -> Result<Vec<(String, String)>, DbError> {
    Ok(read.all(&ALL, args![retailer]).await?.iter().map(|r| (r.text(0), r.text(1))).collect())
}

/// Its JSON.
pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<String>, DbError> {
    Ok(read.one(&ONE, args![retailer, id]).await?.map(|r| r.text(0)))
}

pub async fn put(tx: &mut Write, retailer: &str, id: &str, doc: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&PUT, args![retailer, id, doc, now]).await.map(|_| ())
}

pub async fn remove(tx: &mut Write, retailer: &str, id: &str, now: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&REMOVE, args![retailer, id, now]).await? > 0)
}

/// One that was removed is there again; else it says what it said before it was last changed. `false` if there is neither.
pub async fn undo(tx: &mut Write, retailer: &str, id: &str, now: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&BRING_BACK, args![retailer, id, now]).await? > 0 || tx.exec(&TURN_BACK, args![retailer, id, now]).await? > 0)
}

pub async fn forget_removed(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_REMOVED, args![retailer, before]).await.map(|_| ())
}
