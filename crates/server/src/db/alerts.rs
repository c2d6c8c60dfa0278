//! The agents' queue; notes and disputes.

use super::engine::{DbError, Kind, Many, Read, Row, Value, Write};
use crate::{args, row, sql};

macro_rules! select_alert {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.kind, t.shipment_id, t.order_number, t.opened_at, t.reason, t.state, t.assignee, t.due_at, t.snoozed_until, ",
            "t.resolved_at, t.resolution, t.resolved_by FROM alert AS t ",
            $rest
        )
    };
}

sql! {
    BY_ID = select_alert!("WHERE t.retailer_id = $1 AND t.id = $2");
    OF_SHIPMENT = select_alert!("WHERE t.retailer_id = $1 AND t.shipment_id = $2 ORDER BY t.id");
    UPDATE = "
        UPDATE alert
        SET state = $3, assignee = $4, snoozed_until = $5, resolved_at = $6, resolution = $7, resolved_by = $8
        WHERE retailer_id = $1 AND id = $2";
    /// Per kind, and apart for those that sleep: how many, since when, how many are claimed, how many by this person.
    QUEUE_SIZES = "
        SELECT kind, (state = 'snoozed' AND snoozed_until > $2), COUNT(*), MIN(opened_at), COUNT(assignee),
            COUNT(CASE WHEN assignee = $3 THEN 1 END)
        FROM alert
        WHERE retailer_id = $1 AND state <> 'resolved'
        GROUP BY 1, 2";
    /// Ids grow with time, so that a day's alerts are a range of the key.
    OPENED_SINCE = "SELECT kind, resolution, COUNT(*) FROM alert WHERE retailer_id = $1 AND id >= $2 GROUP BY kind, resolution";
    OF_ORDER = select_alert!("WHERE t.retailer_id = $1 AND t.kind = 'not_despatched' AND t.order_number = $2 AND t.state <> 'resolved' ORDER BY t.id");
    CLOSE_NOT_DESPATCHED = "
        UPDATE alert SET state = 'resolved', resolved_at = $3, resolution = 'despatched', resolved_by = 'whereabouts'
        WHERE retailer_id = $1 AND kind = 'not_despatched' AND order_number = $2 AND state <> 'resolved'";
    OPEN_KINDS = "SELECT kind, COUNT(*), MIN(opened_at) FROM alert WHERE retailer_id = $1 AND state <> 'resolved' GROUP BY kind ORDER BY kind";
    PUT_NOTE = "INSERT INTO note (retailer_id, shipment_id, id, at, author, body) VALUES ($1, $2, $3, $4, $5, $6)";
    NOTES = "SELECT id, at, author, body FROM note WHERE retailer_id = $1 AND shipment_id = $2 ORDER BY id";
    PUT_DISPUTE = "INSERT INTO dispute (retailer_id, shipment_id, id, at, reason, note) VALUES ($1, $2, $3, $4, $5, $6)";
    DISPUTES = "SELECT id, at, reason, note, settled_at FROM dispute WHERE retailer_id = $1 AND shipment_id = $2 ORDER BY id";
    SETTLE_DISPUTES = "UPDATE dispute SET settled_at = $3 WHERE retailer_id = $1 AND shipment_id = $2 AND settled_at IS NULL";
}

pub static PUT: Many = Many::insert(
    "alerts::PUT",
    "alert",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("kind", Kind::Text),
        ("shipment_id", Kind::Text),
        ("order_number", Kind::Text),
        ("opened_at", Kind::Int),
        ("reason", Kind::Text),
        ("state", Kind::Text),
        ("due_at", Kind::Int),
    ],
    "",
);
pub static OF_SHIPMENTS: Many = Many::select(
    "alerts::OF_SHIPMENTS",
    "alert",
    &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text)],
    "t.id, t.kind, t.shipment_id, t.order_number, t.opened_at, t.reason, t.state, t.assignee, t.due_at, t.snoozed_until, \
     t.resolved_at, t.resolution, t.resolved_by",
);
pub static MANY: &[&Many] = &[&PUT, &OF_SHIPMENTS];

#[derive(Clone, Debug)]
pub struct AlertRow {
    pub id: String,
    pub kind: String,
    pub shipment_id: String,
    pub order_number: Option<String>,
    pub opened_at: i64,
    pub reason: String,
    /// `open`, `snoozed` or `resolved`.
    pub state: String,
    pub assignee: Option<String>,
    pub due_at: Option<i64>,
    pub snoozed_until: Option<i64>,
    pub resolved_at: Option<i64>,
    pub resolution: Option<String>,
    pub resolved_by: Option<String>,
}

impl AlertRow {
    fn of(r: &Row) -> AlertRow {
        AlertRow {
            id: r.text(0),
            kind: r.text(1),
            shipment_id: r.text(2),
            order_number: r.opt_text(3),
            opened_at: r.int(4),
            reason: r.text(5),
            state: r.text(6),
            assignee: r.opt_text(7),
            due_at: r.opt_int(8),
            snoozed_until: r.opt_int(9),
            resolved_at: r.opt_int(10),
            resolution: r.opt_text(11),
            resolved_by: r.opt_text(12),
        }
    }
    pub fn is_open(&self) -> bool {
        self.state != "resolved"
    }
}

/// A line an agent wrote.
#[derive(Clone, Debug)]
pub struct NoteRow {
    pub id: String,
    pub at: i64,
    pub author: String,
    pub body: String,
}

impl NoteRow {
    fn of(r: &Row) -> NoteRow {
        NoteRow { id: r.text(0), at: r.int(1), author: r.text(2), body: r.text(3) }
    }
}

#[derive(Clone, Debug)]
pub struct DisputeRow {
    pub id: String,
    pub at: i64,
    pub reason: String,
    pub note: Option<String>,
    pub settled_at: Option<i64>,
}

pub async fn by_id(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<AlertRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(AlertRow::of))
}

pub async fn by_id_read(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<AlertRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(AlertRow::of))
}

pub async fn of_shipment(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<AlertRow>, DbError> {
    Ok(read.all(&OF_SHIPMENT, args![retailer, shipment]).await?.iter().map(AlertRow::of).collect())
}

pub async fn of_shipments(tx: &mut Write, keys: &[(&str, &str)]) -> Result<Vec<AlertRow>, DbError> {
    let keys = keys.iter().map(|(r, s)| row![*r, *s]).collect();
    Ok(tx.many(&OF_SHIPMENTS, keys).await?.0.iter().map(AlertRow::of).collect())
}

pub async fn put(tx: &mut Write, retailer: &str, alerts: &[AlertRow]) -> Result<(), DbError> {
    let row =
        |a: &AlertRow| row![retailer, &a.id, &a.kind, &a.shipment_id, a.order_number.clone(), a.opened_at, &a.reason, &a.state, a.due_at];
    tx.many(&PUT, alerts.iter().map(row).collect()).await.map(|_| ())
}

pub async fn update(tx: &mut Write, retailer: &str, a: &AlertRow) -> Result<bool, DbError> {
    let args =
        args![retailer, &a.id, &a.state, a.assignee.clone(), a.snoozed_until, a.resolved_at, a.resolution.clone(), a.resolved_by.clone()];
    Ok(tx.exec(&UPDATE, args).await? > 0)
}

/// What a list of alerts may be narrowed to.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    pub kind: Option<String>,
    pub state: Option<String>,
    pub shipment: Option<String>,
    pub assignee: Option<String>,
    pub open_only: bool,
    pub before_id: Option<String>,
}

/// Newest first.
pub async fn list(read: &Read<'_>, retailer: &str, f: &AlertFilter, limit: i64) -> Result<Vec<AlertRow>, DbError> {
    let mut args: Vec<Value> = vec![retailer.into()];
    let mut clauses = vec!["t.retailer_id = $1".to_string()];
    let tests = [
        ("kind", "=", &f.kind),
        ("state", "=", &f.state),
        ("shipment_id", "=", &f.shipment),
        ("assignee", "=", &f.assignee),
        ("id", "<", &f.before_id),
    ];
    for (column, operator, value) in tests {
        if let Some(v) = value {
            args.push(v.into());
            clauses.push(format!("t.{column} {operator} ${}", args.len()));
        }
    }
    if f.open_only {
        clauses.push("t.state <> 'resolved'".into());
    }
    args.push(limit.into());
    let text = format!(
        "SELECT t.id, t.kind, t.shipment_id, t.order_number, t.opened_at, t.reason, t.state, t.assignee, t.due_at, t.snoozed_until, \
         t.resolved_at, t.resolution, t.resolved_by FROM alert AS t WHERE {} ORDER BY t.id DESC LIMIT ${}",
        clauses.join(" AND "),
        args.len()
    );
    Ok(read.composed("alerts::LIST", &text, &args).await?.iter().map(AlertRow::of).collect())
}

/// One queue of the desk.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Only these kinds …
    pub kinds: Vec<&'static str>,
    /// … or all but these.
    pub but: Vec<&'static str>,
    pub sleeping: bool,
    pub assignee: Option<String>,
    pub unclaimed: bool,
    pub carrier: Option<String>,
    /// The last of the page before.
    pub after: Option<(i64, String)>,
}

/// Longest waiting first. A snoozed alert whose time has come stands in its queue again without anybody having to write that down.
pub async fn queue(read: &Read<'_>, retailer: &str, q: &Queue, now: i64, limit: i64) -> Result<Vec<AlertRow>, DbError> {
    let mut args: Vec<Value> = vec![retailer.into(), now.into()];
    let mut clauses = vec!["t.retailer_id = $1 AND t.state <> 'resolved'".to_string()];
    let asleep = "(t.state = 'snoozed' AND t.snoozed_until > $2)";
    clauses.push(if q.sleeping { asleep.into() } else { format!("NOT {asleep}") });
    let mut push = |value: Value| {
        args.push(value);
        format!("${}", args.len())
    };
    for (kinds, operator) in [(&q.kinds, "IN"), (&q.but, "NOT IN")] {
        if !kinds.is_empty() {
            let marks: Vec<String> = kinds.iter().map(|k| push((*k).into())).collect();
            clauses.push(format!("t.kind {operator} ({})", marks.join(", ")));
        }
    }
    if let Some(assignee) = &q.assignee {
        clauses.push(format!("t.assignee = {}", push(assignee.into())));
    }
    if q.unclaimed {
        clauses.push("t.assignee IS NULL".into());
    }
    if let Some(carrier) = &q.carrier {
        let mark = push(carrier.into());
        let test = "SELECT 1 FROM shipment AS s WHERE s.retailer_id = $1 AND s.id = t.shipment_id AND s.carrier";
        clauses.push(format!("EXISTS ({test} = {mark})"));
    }
    if let Some((at, id)) = &q.after {
        let (at, id) = (push((*at).into()), push(id.into()));
        clauses.push(format!("(t.opened_at > {at} OR (t.opened_at = {at} AND t.id > {id}))"));
    }
    let mark = push(limit.into());
    let text = format!(
        "SELECT t.id, t.kind, t.shipment_id, t.order_number, t.opened_at, t.reason, t.state, t.assignee, t.due_at, t.snoozed_until, \
         t.resolved_at, t.resolution, t.resolved_by FROM alert AS t WHERE {} ORDER BY t.opened_at, t.id LIMIT {mark}",
        clauses.join(" AND ")
    );
    Ok(read.composed("alerts::QUEUE", &text, &args).await?.iter().map(AlertRow::of).collect())
}

/// How full the queues are, as one person sees them.
#[derive(Clone, Debug)]
pub struct QueueSize {
    pub kind: String,
    pub sleeping: bool,
    pub count: i64,
    pub oldest_at: i64,
    pub claimed: i64,
    pub mine: i64,
}

pub async fn queue_sizes(read: &Read<'_>, retailer: &str, who: &str, now: i64) -> Result<Vec<QueueSize>, DbError> {
    let rows = read.all(&QUEUE_SIZES, args![retailer, now, who]).await?;
    let size = |r: &Row| QueueSize {
        kind: r.text(0),
        sleeping: r.bool(1),
        count: r.int(2),
        oldest_at: r.int(3),
        claimed: r.int(4),
        mine: r.int(5),
    };
    Ok(rows.iter().map(size).collect())
}

/// (kind, how it was resolved, how many) of what was opened since.
pub async fn opened_since(read: &Read<'_>, retailer: &str, since: i64) -> Result<Vec<(String, Option<String>, i64)>, DbError> {
    let rows = read.all(&OPENED_SINCE, args![retailer, crate::ids::first_at("alt", since)]).await?;
    Ok(rows.iter().map(|r| (r.text(0), r.opt_text(1), r.int(2))).collect())
}

/// The open alerts of an order that has not left.
pub async fn of_order(read: &Read<'_>, retailer: &str, number: &str) -> Result<Vec<AlertRow>, DbError> {
    Ok(read.all(&OF_ORDER, args![retailer, number]).await?.iter().map(AlertRow::of).collect())
}

/// The order has left.
pub async fn close_not_despatched(tx: &mut Write, retailer: &str, order_number: Option<&str>, now: i64) -> Result<(), DbError> {
    tx.exec(&CLOSE_NOT_DESPATCHED, args![retailer, order_number, now]).await.map(|_| ())
}

/// (kind, how many are open, since when the oldest).
pub async fn open_kinds(read: &Read<'_>, retailer: &str) -> Result<Vec<(String, i64, i64)>, DbError> {
    Ok(read.all(&OPEN_KINDS, args![retailer]).await?.iter().map(|r| (r.text(0), r.int(1), r.int(2))).collect())
}

pub async fn put_note(tx: &mut Write, retailer: &str, shipment: &str, note: &NoteRow) -> Result<(), DbError> {
    tx.exec(&PUT_NOTE, args![retailer, shipment, &note.id, note.at, &note.author, &note.body]).await.map(|_| ())
}

pub async fn notes_for_write(tx: &mut Write, retailer: &str, shipment: &str) -> Result<Vec<NoteRow>, DbError> {
    Ok(tx.all(&NOTES, args![retailer, shipment]).await?.iter().map(NoteRow::of).collect())
}

pub async fn notes(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<NoteRow>, DbError> {
    let rows = read.all(&NOTES, args![retailer, shipment]).await?;
    Ok(rows.iter().map(NoteRow::of).collect())
}

pub async fn put_dispute(tx: &mut Write, retailer: &str, shipment: &str, d: &DisputeRow) -> Result<(), DbError> {
    tx.exec(&PUT_DISPUTE, args![retailer, shipment, &d.id, d.at, &d.reason, d.note.clone()]).await.map(|_| ())
}

pub async fn disputes(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<DisputeRow>, DbError> {
    let rows = read.all(&DISPUTES, args![retailer, shipment]).await?;
    let row = |r: &Row| DisputeRow { id: r.text(0), at: r.int(1), reason: r.text(2), note: r.opt_text(3), settled_at: r.opt_int(4) };
    Ok(rows.iter().map(row).collect())
}

pub async fn settle_disputes(tx: &mut Write, retailer: &str, shipment: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&SETTLE_DISPUTES, args![retailer, shipment, now]).await.map(|_| ())
}
