//! Work that is due at a time and concerns only the database. Taken and done in one transaction, so it happens once.

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

sql! {
    DUE = "
        SELECT retailer_id, id, run_at, kind, shipment_id, payload
        FROM task
        WHERE retailer_id = $1 AND run_at <= $2
        ORDER BY run_at, id
        LIMIT $3";
    OF_SHIPMENT = "
        SELECT retailer_id, id, run_at, kind, shipment_id, payload
        FROM task
        WHERE retailer_id = $1 AND shipment_id = $2
        ORDER BY run_at, id";
}

pub static PUT: Many = Many::insert(
    "tasks::PUT",
    "task",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("run_at", Kind::Int),
        ("kind", Kind::Text),
        ("shipment_id", Kind::Text),
        ("payload", Kind::Text),
    ],
    "",
);
pub static TAKE: Many = Many::delete("tasks::TAKE", "task", &[("retailer_id", Kind::Text), ("id", Kind::Text)]);
pub static MANY: &[&Many] = &[&PUT, &TAKE];

#[derive(Clone, Debug)]
pub struct TaskRow {
    pub retailer: String,
    pub id: String,
    pub run_at: i64,
    pub kind: String,
    pub shipment: Option<String>,
    pub payload: String,
}

impl TaskRow {
    fn of(r: &Row) -> TaskRow {
        TaskRow { retailer: r.text(0), id: r.text(1), run_at: r.int(2), kind: r.text(3), shipment: r.opt_text(4), payload: r.text(5) }
    }
}

pub async fn put(tx: &mut Write, tasks: Vec<TaskRow>) -> Result<(), DbError> {
    let rows = tasks.into_iter().map(|t| row![t.retailer, t.id, t.run_at, t.kind, t.shipment, t.payload]).collect();
    tx.many(&PUT, rows).await.map(|_| ())
}

pub async fn due(tx: &mut Write, retailer: &str, now: i64, limit: i64) -> Result<Vec<TaskRow>, DbError> {
    Ok(tx.all(&DUE, args![retailer, now, limit]).await?.iter().map(TaskRow::of).collect())
}

pub async fn of_shipment(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<TaskRow>, DbError> {
    Ok(read.all(&OF_SHIPMENT, args![retailer, shipment]).await?.iter().map(TaskRow::of).collect())
}

/// Takes tasks out; raced if another worker took one of them.
pub async fn take(tx: &mut Write, tasks: &[TaskRow]) -> Result<(), DbError> {
    let keys: Vec<_> = tasks.iter().map(|t| row![&t.retailer, &t.id]).collect();
    let wanted = keys.len() as u64;
    let (_, taken) = tx.many(&TAKE, keys).await?;
    if taken == wanted { Ok(()) } else { Err(DbError::Raced) }
}
