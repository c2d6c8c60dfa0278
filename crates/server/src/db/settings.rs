//! Settings by scope, and answers kept for idempotency.

use super::engine::{DbError, Read, Write};
use crate::{args, sql};

sql! {
    SETTINGS = "SELECT scope, doc FROM setting WHERE retailer_id = $1 ORDER BY scope";
    SETTING = "SELECT doc FROM setting WHERE retailer_id = $1 AND scope = $2";
    PUT_SETTING = "
        INSERT INTO setting (retailer_id, scope, doc, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (retailer_id, scope) DO UPDATE SET doc = excluded.doc, updated_at = excluded.updated_at";
    /// Claims a key; nothing is inserted when it is there already and still young.
    CLAIM_ANSWER = "
        INSERT INTO idempotent_answer (retailer_id, idempotency_key, body_hash, status, answer, created_at) VALUES ($1, $2, $3, 0, '', $4)
        ON CONFLICT (retailer_id, idempotency_key) DO UPDATE
        SET body_hash = excluded.body_hash, status = 0, answer = '', created_at = excluded.created_at
        WHERE idempotent_answer.created_at < $5 OR (idempotent_answer.status = 0 AND idempotent_answer.created_at < $6)";
    ANSWER = "SELECT body_hash, status, answer FROM idempotent_answer WHERE retailer_id = $1 AND idempotency_key = $2";
    FORGET_ANSWERS = "DELETE FROM idempotent_answer WHERE retailer_id = $1 AND created_at < $2";
    KEEP_ANSWER = "UPDATE idempotent_answer SET status = $3, answer = $4 WHERE retailer_id = $1 AND idempotency_key = $2";
    FORGET_ANSWER = "DELETE FROM idempotent_answer WHERE retailer_id = $1 AND idempotency_key = $2";
}

async fn pairs(read: &Read<'_>, sql: &'static super::Sql, retailer: &str) -> Result<Vec<(String, String)>, DbError> {
    Ok(read.all(sql, args![retailer]).await?.iter().map(|r| (r.text(0), r.text(1))).collect())
}

/// (scope, JSON).
pub async fn settings(read: &Read<'_>, retailer: &str) -> Result<Vec<(String, String)>, DbError> {
    pairs(read, &SETTINGS, retailer).await
}

/// What one scope says.
pub async fn layer(tx: &mut Write, retailer: &str, scope: &str) -> Result<Option<serde_json::Value>, DbError> {
    Ok(tx.one(&SETTING, args![retailer, scope]).await?.and_then(|r| serde_json::from_str(r.str(0)).ok()))
}

pub async fn put_setting(tx: &mut Write, retailer: &str, scope: &str, doc: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&PUT_SETTING, args![retailer, scope, doc, now]).await.map(|_| ())
}

/// What is known of an Idempotency-Key.
pub enum KeptAnswer {
    /// It is ours now: execute, then keep or forget.
    Claimed,
    /// Somebody is executing it.
    InProgress,
    OtherBody,
    Done {
        status: i64,
        answer: String,
    },
}

pub async fn claim_answer(
    tx: &mut Write,
    retailer: &str,
    key: &str,
    body_hash: &str,
    now: i64,
    oldest: i64,
) -> Result<KeptAnswer, DbError> {
    // One that a dead process left unfinished may be executed again after a minute.
    if tx.exec(&CLAIM_ANSWER, args![retailer, key, body_hash, now, oldest, now - 60_000]).await? == 1 {
        return Ok(KeptAnswer::Claimed);
    }
    Ok(match tx.one(&ANSWER, args![retailer, key]).await? {
        Some(r) if r.str(0) != body_hash => KeptAnswer::OtherBody,
        Some(r) if r.int(1) == 0 => KeptAnswer::InProgress,
        Some(r) => KeptAnswer::Done { status: r.int(1), answer: r.text(2) },
        None => KeptAnswer::InProgress,
    })
}

pub async fn keep_answer(tx: &mut Write, retailer: &str, key: &str, status: i64, answer: &str) -> Result<(), DbError> {
    tx.exec(&KEEP_ANSWER, args![retailer, key, status, answer]).await.map(|_| ())
}

pub async fn forget_answers(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_ANSWERS, args![retailer, before]).await.map(|_| ())
}

pub async fn forget_answer(tx: &mut Write, retailer: &str, key: &str) -> Result<(), DbError> {
    tx.exec(&FORGET_ANSWER, args![retailer, key]).await.map(|_| ())
}
