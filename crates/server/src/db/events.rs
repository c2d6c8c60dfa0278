//! Tracking events, attached and unmatched, and the log of changes.

use whereabouts_domain::TrackingEvent;

use super::engine::{DbError, Kind, Many, Read, Row, Write};
use crate::{args, row, sql};

sql! {
    OF_SHIPMENT = "
        SELECT shipment_id, event_key, received_at, doc
        FROM tracking_event
        WHERE retailer_id = $1 AND shipment_id = $2";
    CHANGES_OF_SHIPMENT = "
        SELECT id, at, doc
        FROM shipment_change
        WHERE retailer_id = $1 AND shipment_id = $2
        ORDER BY id";
    UNMATCHED = "
        SELECT number_key, event_key, received_at, doc
        FROM unmatched_event
        WHERE retailer_id = $1 AND (number_key, event_key) > ($2, $3)
        ORDER BY number_key, event_key
        LIMIT $4";
    FORGET_UNMATCHED = "DELETE FROM unmatched_event WHERE retailer_id = $1 AND received_at < $2";
    UNMATCHED_COUNT = "SELECT COUNT(*) FROM (SELECT 1 FROM unmatched_event WHERE retailer_id = $1 LIMIT 10001) AS few";
}

const EVENT: &[(&str, Kind)] =
    &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text), ("event_key", Kind::Text), ("received_at", Kind::Int), ("doc", Kind::Text)];
const UNMATCHED_EVENT: &[(&str, Kind)] =
    &[("retailer_id", Kind::Text), ("number_key", Kind::Text), ("event_key", Kind::Text), ("received_at", Kind::Int), ("doc", Kind::Text)];

pub static PUT: Many = Many::insert("events::PUT", "tracking_event", EVENT, "ON CONFLICT (retailer_id, shipment_id, event_key) DO NOTHING");
pub static OF_SHIPMENTS: Many = Many::select(
    "events::OF_SHIPMENTS",
    "tracking_event",
    &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text)],
    "t.shipment_id, t.event_key, t.received_at, t.doc",
);
pub static PUT_UNMATCHED: Many = Many::insert(
    "events::PUT_UNMATCHED",
    "unmatched_event",
    UNMATCHED_EVENT,
    "ON CONFLICT (retailer_id, number_key, event_key) DO NOTHING",
);
pub static UNMATCHED_OF_NUMBERS: Many = Many::select(
    "events::UNMATCHED_OF_NUMBERS",
    "unmatched_event",
    &[("retailer_id", Kind::Text), ("number_key", Kind::Text)],
    "t.number_key, t.event_key, t.received_at, t.doc",
);
pub static TAKE_UNMATCHED: Many = Many::delete(
    "events::TAKE_UNMATCHED",
    "unmatched_event",
    &[("retailer_id", Kind::Text), ("number_key", Kind::Text), ("event_key", Kind::Text)],
);
pub static PUT_CHANGES: Many = Many::insert(
    "events::PUT_CHANGES",
    "shipment_change",
    &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text), ("id", Kind::Text), ("at", Kind::Int), ("doc", Kind::Text)],
    "",
);
/// What an event is taken to mean may change; what was said, and its key, do not.
pub static READ_ANEW: Many = Many::update(
    "events::READ_ANEW",
    "tracking_event",
    3,
    &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text), ("event_key", Kind::Text), ("doc", Kind::Text)],
);
pub static MANY: &[&Many] = &[&READ_ANEW, &PUT, &OF_SHIPMENTS, &PUT_UNMATCHED, &UNMATCHED_OF_NUMBERS, &TAKE_UNMATCHED, &PUT_CHANGES];

/// An event as kept. `owner` is a shipment id, or a number key while unmatched.
#[derive(Clone, Debug)]
pub struct KeptEvent {
    pub owner: String,
    pub key: String,
    pub received_at: i64,
    pub event: TrackingEvent,
}

impl KeptEvent {
    fn of(mut r: Row) -> Option<KeptEvent> {
        // A document that this program can't read any more would be a fault of ours; losing the page over it would be worse.
        let event = serde_json::from_str(r.str(3))
            .map_err(|e| tracing::error!(event.key = r.str(1), error = %e, "a stored tracking event cannot be read"))
            .ok()?;
        Some(KeptEvent { owner: r.take_text(0)?, key: r.take_text(1)?, received_at: r.int(2), event })
    }
}

/// The log of one digest: several fields may have changed at once.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    pub id: String,
    pub at: i64,
    /// JSON: a list of changes.
    pub doc: String,
}

pub async fn of_shipment(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<KeptEvent>, DbError> {
    Ok(read.all(&OF_SHIPMENT, args![retailer, shipment]).await?.into_iter().filter_map(KeptEvent::of).collect())
}

pub async fn of_shipments_read(read: &Read<'_>, retailer: &str, shipments: &[&str]) -> Result<Vec<KeptEvent>, DbError> {
    let keys = shipments.iter().map(|s| row![retailer, *s]).collect();
    Ok(read.many(&OF_SHIPMENTS, keys).await?.into_iter().filter_map(KeptEvent::of).collect())
}

/// Events of many shipments: (retailer, shipment) pairs.
pub async fn of_shipments(tx: &mut Write, keys: &[(&str, &str)]) -> Result<Vec<KeptEvent>, DbError> {
    let keys = keys.iter().map(|(r, s)| row![*r, *s]).collect();
    Ok(tx.many(&OF_SHIPMENTS, keys).await?.0.into_iter().filter_map(KeptEvent::of).collect())
}

pub async fn unmatched_of(tx: &mut Write, retailer: &str, numbers: &[impl AsRef<str>]) -> Result<Vec<KeptEvent>, DbError> {
    let keys = numbers.iter().map(|n| row![retailer, n.as_ref()]).collect();
    Ok(tx.many(&UNMATCHED_OF_NUMBERS, keys).await?.0.into_iter().filter_map(KeptEvent::of).collect())
}

/// What waits under one number.
pub async fn unmatched_of_number(read: &Read<'_>, retailer: &str, number: &str) -> Result<Vec<KeptEvent>, DbError> {
    Ok(read.many(&UNMATCHED_OF_NUMBERS, vec![row![retailer, number]]).await?.into_iter().filter_map(KeptEvent::of).collect())
}

pub async fn unmatched(read: &Read<'_>, retailer: &str, after: (&str, &str), limit: i64) -> Result<Vec<KeptEvent>, DbError> {
    Ok(read.all(&UNMATCHED, args![retailer, after.0, after.1, limit]).await?.into_iter().filter_map(KeptEvent::of).collect())
}

pub async fn forget_unmatched(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_UNMATCHED, args![retailer, before]).await.map(|_| ())
}

pub async fn unmatched_count(read: &Read<'_>, retailer: &str) -> Result<i64, DbError> {
    Ok(read.one(&UNMATCHED_COUNT, args![retailer]).await?.map_or(0, |r| r.int(0)))
}

pub async fn changes_of(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Vec<ChangeRow>, DbError> {
    let rows = read.all(&CHANGES_OF_SHIPMENT, args![retailer, shipment]).await?;
    Ok(rows.iter().map(|r| ChangeRow { id: r.text(0), at: r.int(1), doc: r.text(2) }).collect())
}
