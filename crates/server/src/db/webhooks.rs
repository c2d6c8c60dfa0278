//! Webhooks out: endpoints, messages and attempts.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

macro_rules! select_message {
    ($rest:literal) => {
        concat!(
            "SELECT retailer_id, id, webhook_id, kind, body, created_at, state, attempts, next_attempt_at, last_status, last_error ",
            "FROM webhook_message ",
            $rest
        )
    };
}

sql! {
    INSERT = "
        INSERT INTO webhook (retailer_id, id, url, filter, enabled, secret, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ALL = "
        SELECT id, url, filter, enabled, secret, failing_since, disabled_reason, created_at
        FROM webhook
        WHERE retailer_id = $1
        ORDER BY id";
    BY_ID = "
        SELECT id, url, filter, enabled, secret, failing_since, disabled_reason, created_at
        FROM webhook
        WHERE retailer_id = $1 AND id = $2";
    DELETE = "DELETE FROM webhook WHERE retailer_id = $1 AND id = $2";
    DROP_WAITING = "
        UPDATE webhook_message SET state = 'dropped', next_attempt_at = NULL
        WHERE retailer_id = $1 AND webhook_id = $2 AND next_attempt_at IS NOT NULL";
    /// Messages of endpoints that are gone or off must not stay due.
    DROP_ORPHANS = "
        UPDATE webhook_message SET state = 'dropped', next_attempt_at = NULL, leased_until = NULL
        WHERE retailer_id = $1 AND next_attempt_at IS NOT NULL
        AND webhook_id NOT IN (SELECT w.id FROM webhook AS w WHERE w.retailer_id = $1 AND w.enabled)";
    SET_HEALTH = "
        UPDATE webhook SET enabled = $3, failing_since = $4, disabled_reason = $5
        WHERE retailer_id = $1 AND id = $2";
    LOG = select_message!("WHERE retailer_id = $1 AND webhook_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4");
    MESSAGE = select_message!("WHERE retailer_id = $1 AND id = $2");
    ATTEMPTS = "
        SELECT attempt, at, status, error, took_ms
        FROM webhook_attempt
        WHERE retailer_id = $1 AND message_id = $2
        ORDER BY attempt";
    DUE = select_message!(
        "WHERE retailer_id = $1 AND next_attempt_at <= $2 AND (leased_until IS NULL OR leased_until < $2)
         ORDER BY next_attempt_at, id LIMIT $3");
    DUE_OF = select_message!(
        "WHERE retailer_id = $1 AND webhook_id = $2 AND next_attempt_at <= $3 AND (leased_until IS NULL OR leased_until < $3)
         ORDER BY next_attempt_at, id LIMIT $4");
    NEXT_DUE = "
        SELECT r.retailer_id, (
            SELECT MIN(CASE WHEN m.leased_until > m.next_attempt_at THEN m.leased_until ELSE m.next_attempt_at END)
            FROM webhook_message AS m
            WHERE m.retailer_id = r.retailer_id AND m.next_attempt_at IS NOT NULL
        )
        FROM retailer AS r";
    CLAIM = "
        UPDATE webhook_message SET leased_until = $4
        WHERE retailer_id = $1 AND id = $2 AND next_attempt_at <= $3 AND (leased_until IS NULL OR leased_until < $3)";
    SETTLE = "
        UPDATE webhook_message
        SET state = $3, attempts = $4, next_attempt_at = $5, leased_until = NULL, last_status = $6, last_error = $7
        WHERE retailer_id = $1 AND id = $2";
    PUT_ATTEMPT = "
        INSERT INTO webhook_attempt (retailer_id, message_id, attempt, at, status, error, took_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (retailer_id, message_id, attempt) DO NOTHING";
    DROP_LEASES = "UPDATE webhook_message SET leased_until = NULL WHERE leased_until IS NOT NULL -- across retailers: the clock that was set back is everybody's";
    REPLAY = "
        UPDATE webhook_message SET state = 'waiting', next_attempt_at = $3, leased_until = NULL
        WHERE retailer_id = $1 AND id = $2";
    REPLAY_FAILED = "
        UPDATE webhook_message SET state = 'waiting', next_attempt_at = $3, leased_until = NULL
        WHERE retailer_id = $1 AND webhook_id = $2 AND state IN ('failed', 'dropped') AND created_at >= $4";
}

pub static PUT_MESSAGES: Many = Many::insert(
    "webhooks::PUT_MESSAGES",
    "webhook_message",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("webhook_id", Kind::Text),
        ("kind", Kind::Text),
        ("body", Kind::Text),
        ("created_at", Kind::Int),
        ("state", Kind::Text),
        ("attempts", Kind::Int),
        ("next_attempt_at", Kind::Int),
    ],
    "",
);
pub static MANY: &[&Many] = &[&PUT_MESSAGES];

#[derive(Clone, Debug)]
pub struct WebhookRow {
    pub id: String,
    pub url: String,
    /// JSON of a rule, or nothing: every change.
    pub filter: Option<String>,
    pub enabled: bool,
    pub secret: String,
    pub failing_since: Option<i64>,
    pub disabled_reason: Option<String>,
    pub created_at: i64,
}

impl WebhookRow {
    fn of(r: &Row) -> WebhookRow {
        WebhookRow {
            id: r.text(0),
            url: r.text(1),
            filter: r.opt_text(2),
            enabled: r.bool(3),
            secret: r.text(4),
            failing_since: r.opt_int(5),
            disabled_reason: r.opt_text(6),
            created_at: r.int(7),
        }
    }
}

#[derive(Clone, Debug)]
pub struct MessageRow {
    pub retailer: String,
    pub id: String,
    pub webhook_id: String,
    pub kind: String,
    pub body: String,
    pub created_at: i64,
    /// `waiting`, `delivered`, `failed` or `dropped`.
    pub state: String,
    pub attempts: i64,
    pub next_attempt_at: Option<i64>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

impl MessageRow {
    fn of(r: &Row) -> MessageRow {
        MessageRow {
            retailer: r.text(0),
            id: r.text(1),
            webhook_id: r.text(2),
            kind: r.text(3),
            body: r.text(4),
            created_at: r.int(5),
            state: r.text(6),
            attempts: r.int(7),
            next_attempt_at: r.opt_int(8),
            last_status: r.opt_int(9),
            last_error: r.opt_text(10),
        }
    }
}

#[derive(Clone, Debug)]
pub struct AttemptRow {
    pub attempt: i64,
    pub at: i64,
    pub status: Option<i64>,
    pub error: Option<String>,
    pub took_ms: i64,
}

pub async fn insert(tx: &mut Write, retailer: &str, w: &WebhookRow) -> Result<(), DbError> {
    tx.exec(&INSERT, args![retailer, &w.id, &w.url, w.filter.clone(), w.enabled, &w.secret, w.created_at]).await.map(|_| ())
}

pub async fn all(read: &Read<'_>, retailer: &str) -> Result<Vec<WebhookRow>, DbError> {
    Ok(read.all(&ALL, args![retailer]).await?.iter().map(WebhookRow::of).collect())
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<WebhookRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(WebhookRow::of))
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<WebhookRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(WebhookRow::of))
}

pub async fn delete(tx: &mut Write, retailer: &str, id: &str) -> Result<bool, DbError> {
    tx.exec(&DROP_WAITING, args![retailer, id]).await?;
    Ok(tx.exec(&DELETE, args![retailer, id]).await? > 0)
}

pub async fn set_health(
    tx: &mut Write,
    retailer: &str,
    id: &str,
    enabled: bool,
    failing_since: Option<i64>,
    reason: Option<&str>,
) -> Result<(), DbError> {
    tx.exec(&SET_HEALTH, args![retailer, id, enabled, failing_since, reason]).await.map(|_| ())
}

pub async fn put_messages(tx: &mut Write, messages: Vec<MessageRow>) -> Result<(), DbError> {
    let row = |m: MessageRow| row![m.retailer, m.id, m.webhook_id, m.kind, m.body, m.created_at, m.state, m.attempts, m.next_attempt_at];
    tx.many(&PUT_MESSAGES, messages.into_iter().map(row).collect()).await.map(|_| ())
}

pub async fn log(read: &Read<'_>, retailer: &str, webhook: &str, before: Option<&str>, limit: i64) -> Result<Vec<MessageRow>, DbError> {
    Ok(read.all(&LOG, args![retailer, webhook, before.unwrap_or("~"), limit]).await?.iter().map(MessageRow::of).collect())
}

pub async fn message(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<MessageRow>, DbError> {
    Ok(read.one(&MESSAGE, args![retailer, id]).await?.as_ref().map(MessageRow::of))
}

pub async fn attempts(read: &Read<'_>, retailer: &str, message: &str) -> Result<Vec<AttemptRow>, DbError> {
    let rows = read.all(&ATTEMPTS, args![retailer, message]).await?;
    let row = |r: &Row| AttemptRow { attempt: r.int(0), at: r.int(1), status: r.opt_int(2), error: r.opt_text(3), took_ms: r.int(4) };
    Ok(rows.iter().map(row).collect())
}

pub async fn due(read: &Read<'_>, retailer: &str, now: i64, limit: i64) -> Result<Vec<MessageRow>, DbError> {
    Ok(read.all(&DUE, args![retailer, now, limit]).await?.iter().map(MessageRow::of).collect())
}

/// What is due to one endpoint.
pub async fn due_of(read: &Read<'_>, retailer: &str, webhook: &str, now: i64, limit: i64) -> Result<Vec<MessageRow>, DbError> {
    Ok(read.all(&DUE_OF, args![retailer, webhook, now, limit]).await?.iter().map(MessageRow::of).collect())
}

pub async fn drop_orphans(tx: &mut Write, retailer: &str) -> Result<u64, DbError> {
    tx.exec(&DROP_ORPHANS, args![retailer]).await
}

pub async fn next_due(read: &Read<'_>) -> Result<Vec<(String, i64)>, DbError> {
    let rows = read.all(&NEXT_DUE, args![]).await?;
    Ok(rows.iter().filter_map(|r| Some((r.text(0), r.opt_int(1)?))).collect())
}

pub async fn claim(tx: &mut Write, m: &MessageRow, now: i64, until: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&CLAIM, args![&m.retailer, &m.id, now, until]).await? == 1)
}

/// Records an attempt and what comes next.
pub async fn settle(tx: &mut Write, m: &MessageRow, attempt: &AttemptRow) -> Result<(), DbError> {
    let log = args![&m.retailer, &m.id, attempt.attempt, attempt.at, attempt.status, attempt.error.clone(), attempt.took_ms];
    tx.exec(&PUT_ATTEMPT, log).await?;
    let args = args![&m.retailer, &m.id, &m.state, m.attempts, m.next_attempt_at, m.last_status, m.last_error.clone()];
    tx.exec(&SETTLE, args).await.map(|_| ())
}

/// Of all retailers, at the start of a sandbox.
pub async fn drop_leases(tx: &mut Write) -> Result<(), DbError> {
    tx.exec(&DROP_LEASES, args![]).await.map(|_| ())
}

/// Sends one message again, at once.
pub async fn replay(tx: &mut Write, retailer: &str, message: &str, now: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&REPLAY, args![retailer, message, now]).await? > 0)
}

/// Sends everything again that failed since a moment; answers how many.
pub async fn replay_failed(tx: &mut Write, retailer: &str, webhook: &str, now: i64, since: i64) -> Result<u64, DbError> {
    tx.exec(&REPLAY_FAILED, args![retailer, webhook, now, since]).await
}
