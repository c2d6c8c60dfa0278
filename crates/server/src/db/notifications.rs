//! Messages to shoppers, whether sent, waiting or withheld; and the stop signs on sending.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

macro_rules! select_notification {
    ($rest:literal) => {
        concat!(
            "SELECT retailer_id, id, business_key, order_id, shipment_id, brand_id, kind, rank, covers, channel, role, address, subject, ",
            "text_body, html_body, state, reason, created_at, send_at, sent_at, attempts FROM notification ",
            $rest
        )
    };
}

sql! {
    OF_ORDER = select_notification!("WHERE retailer_id = $1 AND order_id = $2 ORDER BY id");
    OF_SHIPMENT = select_notification!("WHERE retailer_id = $1 AND shipment_id = $2 ORDER BY id DESC");
    LIST = select_notification!("WHERE retailer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    /// Everything that was sent, for the sandbox's outbox.
    OUTBOX = select_notification!("WHERE retailer_id = $1 AND state = 'sent' ORDER BY sent_at, id");
    DUE = select_notification!("WHERE retailer_id = $1 AND send_at <= $2 AND (leased_until IS NULL OR leased_until < $2) ORDER BY send_at, id LIMIT $3");
    NEXT_DUE = "
        SELECT r.retailer_id, (
            SELECT MIN(CASE WHEN n.leased_until > n.send_at THEN n.leased_until ELSE n.send_at END)
            FROM notification AS n
            WHERE n.retailer_id = r.retailer_id AND n.send_at IS NOT NULL
        )
        FROM retailer AS r";
    /// Claims by lease; the condition stands outside any sub-select, so that two workers never claim the same message.
    CLAIM = "
        UPDATE notification
        SET state = 'sending', leased_until = $4, attempts = attempts + 1
        WHERE retailer_id = $1 AND id = $2 AND send_at <= $3 AND (leased_until IS NULL OR leased_until < $3)";
    SETTLE = "
        UPDATE notification
        SET state = $3, reason = $4, sent_at = $5, send_at = $6, leased_until = NULL
        WHERE retailer_id = $1 AND id = $2";
    REWORD = "
        UPDATE notification
        SET covers = $3, subject = $4, text_body = $5, html_body = $6
        WHERE retailer_id = $1 AND id = $2 AND state = 'waiting'";
    HOLD = "INSERT INTO sending_hold (retailer_id, scope, since_at) VALUES ($1, $2, $3) ON CONFLICT (retailer_id, scope) DO NOTHING";
    RESUME = "DELETE FROM sending_hold WHERE retailer_id = $1 AND scope = $2";
    HOLDS = "SELECT scope, since_at FROM sending_hold WHERE retailer_id = $1 ORDER BY scope";
    DROP_LEASES = "UPDATE notification SET leased_until = NULL WHERE leased_until IS NOT NULL -- across retailers: the clock that was set back is everybody's";
    BY_ID = select_notification!("WHERE retailer_id = $1 AND id = $2");
    /// The sandbox: captured instead of sent, in one step.
    CAPTURE = "
        UPDATE notification SET state = 'sent', reason = NULL, sent_at = $3, send_at = NULL, leased_until = NULL, attempts = attempts + 1
        WHERE retailer_id = $1 AND id = $2";
    /// Stopped by a hold: waiting without a time.
    HELD = select_notification!("WHERE retailer_id = $1 AND state = 'waiting' AND send_at IS NULL ORDER BY id");
    HELD_COUNT = "SELECT COUNT(*) FROM notification WHERE retailer_id = $1 AND state = 'waiting' AND send_at IS NULL";
}

pub static PUT: Many = Many::insert(
    "notifications::PUT",
    "notification",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("business_key", Kind::Text),
        ("order_id", Kind::Text),
        ("shipment_id", Kind::Text),
        ("brand_id", Kind::Text),
        ("kind", Kind::Text),
        ("rank", Kind::Int),
        ("covers", Kind::Text),
        ("channel", Kind::Text),
        ("role", Kind::Text),
        ("address", Kind::Text),
        ("subject", Kind::Text),
        ("text_body", Kind::Text),
        ("html_body", Kind::Text),
        ("state", Kind::Text),
        ("reason", Kind::Text),
        ("created_at", Kind::Int),
        ("send_at", Kind::Int),
        ("attempts", Kind::Int),
    ],
    "ON CONFLICT (retailer_id, business_key) DO NOTHING",
);
pub static MANY: &[&Many] = &[&PUT];

#[derive(Clone, Debug)]
pub struct NotificationRow {
    pub retailer: String,
    pub id: String,
    pub business_key: String,
    pub order_id: String,
    pub shipment_id: String,
    pub brand_id: String,
    pub kind: String,
    pub rank: i64,
    /// Ids of the shipments this message speaks of.
    pub covers: Vec<String>,
    pub channel: String,
    pub role: String,
    pub address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// `waiting`, `sending`, `sent`, `failed`, `unknown` or `withheld`.
    pub state: String,
    pub reason: Option<String>,
    pub created_at: i64,
    /// When to send; nothing when it is settled.
    pub send_at: Option<i64>,
    pub sent_at: Option<i64>,
    pub attempts: i64,
}

impl NotificationRow {
    fn of(r: &Row) -> NotificationRow {
        NotificationRow {
            retailer: r.text(0),
            id: r.text(1),
            business_key: r.text(2),
            order_id: r.text(3),
            shipment_id: r.text(4),
            brand_id: r.text(5),
            kind: r.text(6),
            rank: r.int(7),
            covers: serde_json::from_str(r.str(8)).unwrap_or_default(),
            channel: r.text(9),
            role: r.text(10),
            address: r.text(11),
            subject: r.text(12),
            text: r.text(13),
            html: r.text(14),
            state: r.text(15),
            reason: r.opt_text(16),
            created_at: r.int(17),
            send_at: r.opt_int(18),
            sent_at: r.opt_int(19),
            attempts: r.int(20),
        }
    }
}

fn rows(found: &[Row]) -> Vec<NotificationRow> {
    found.iter().map(NotificationRow::of).collect()
}

pub async fn of_order(tx: &mut Write, retailer: &str, order: &str) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&tx.all(&OF_ORDER, args![retailer, order]).await?))
}

pub async fn of_shipment(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&read.all(&OF_SHIPMENT, args![retailer, shipment]).await?))
}

pub async fn list(read: &Read<'_>, retailer: &str, before: Option<&str>, limit: i64) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&read.all(&LIST, args![retailer, before.unwrap_or("~"), limit]).await?))
}

pub async fn outbox(read: &Read<'_>, retailer: &str) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&read.all(&OUTBOX, args![retailer]).await?))
}

/// Inserts; a message with the same business key is there already and stays as it is.
pub async fn put(tx: &mut Write, messages: &[NotificationRow]) -> Result<(), DbError> {
    let row = |n: &NotificationRow| {
        let covers = serde_json::to_string(&n.covers).expect("a list of texts can be written");
        row![
            &n.retailer,
            &n.id,
            &n.business_key,
            &n.order_id,
            &n.shipment_id,
            &n.brand_id,
            &n.kind,
            n.rank,
            covers,
            &n.channel,
            &n.role,
            &n.address,
            &n.subject,
            &n.text,
            &n.html,
            &n.state,
            n.reason.clone(),
            n.created_at,
            n.send_at,
            n.attempts,
        ]
    };
    tx.many(&PUT, messages.iter().map(row).collect()).await.map(|_| ())
}

pub async fn due(read: &Read<'_>, retailer: &str, now: i64, limit: i64) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&read.all(&DUE, args![retailer, now, limit]).await?))
}

/// What is due, inside the transaction that claims it.
pub async fn due_for_write(tx: &mut Write, retailer: &str, now: i64, limit: i64) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&tx.all(&DUE, args![retailer, now, limit]).await?))
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<NotificationRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(NotificationRow::of))
}

pub async fn capture(tx: &mut Write, n: &NotificationRow, now: i64) -> Result<(), DbError> {
    tx.exec(&CAPTURE, args![&n.retailer, &n.id, now]).await.map(|_| ())
}

pub async fn held(tx: &mut Write, retailer: &str) -> Result<Vec<NotificationRow>, DbError> {
    Ok(rows(&tx.all(&HELD, args![retailer]).await?))
}

/// How many wait behind a stop sign.
pub async fn held_count(read: &Read<'_>, retailer: &str) -> Result<i64, DbError> {
    Ok(read.one(&HELD_COUNT, args![retailer]).await?.map_or(0, |r| r.int(0)))
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<NotificationRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(NotificationRow::of))
}

/// The scopes that are on hold.
pub async fn holds_for_write(tx: &mut Write, retailer: &str) -> Result<Vec<String>, DbError> {
    Ok(tx.all(&HOLDS, args![retailer]).await?.iter().map(|r| r.text(0)).collect())
}

pub async fn next_due(read: &Read<'_>) -> Result<Vec<(String, i64)>, DbError> {
    let rows = read.all(&NEXT_DUE, args![]).await?;
    Ok(rows.iter().filter_map(|r| Some((r.text(0), r.opt_int(1)?))).collect())
}

/// Whether this worker may send it now.
pub async fn claim(tx: &mut Write, n: &NotificationRow, now: i64, until: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&CLAIM, args![&n.retailer, &n.id, now, until]).await? == 1)
}

/// How it ended, or when to try again.
pub async fn settle(tx: &mut Write, n: &NotificationRow) -> Result<(), DbError> {
    let args = args![&n.retailer, &n.id, &n.state, n.reason.clone(), n.sent_at, n.send_at];
    tx.exec(&SETTLE, args).await.map(|_| ())
}

/// Another parcel joined a message that is still waiting. Raced if it has left meanwhile: the news then needs a message of its own.
pub async fn reword(tx: &mut Write, n: &NotificationRow) -> Result<(), DbError> {
    let covers = serde_json::to_string(&n.covers).expect("a list of texts can be written");
    let args = args![&n.retailer, &n.id, covers, &n.subject, &n.text, &n.html];
    if tx.exec(&REWORD, args).await? == 1 { Ok(()) } else { Err(DbError::Raced) }
}

pub async fn hold(tx: &mut Write, retailer: &str, scope: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&HOLD, args![retailer, scope, now]).await.map(|_| ())
}

pub async fn resume(tx: &mut Write, retailer: &str, scope: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&RESUME, args![retailer, scope]).await? > 0)
}

/// Of all retailers, at the start of a sandbox.
pub async fn drop_leases(tx: &mut Write) -> Result<(), DbError> {
    tx.exec(&DROP_LEASES, args![]).await.map(|_| ())
}

/// (scope, since when).
pub async fn holds(read: &Read<'_>, retailer: &str) -> Result<Vec<(String, i64)>, DbError> {
    Ok(read.all(&HOLDS, args![retailer]).await?.iter().map(|r| (r.text(0), r.int(1))).collect())
}
