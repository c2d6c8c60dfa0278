//! Orders: what a shopper bought, from the moment of purchase.

use super::{
    engine::{DbError, Kind, Many, Read, Row, Value, Write},
    pages,
};
use crate::{args, row, sql};

macro_rules! select_order {
    ($rest:literal) => {
        concat!(
            "SELECT retailer_id, id, brand_id, order_number, page_token, doc, facts, not_despatched, next_check_at, version, created_at, ",
            "updated_at FROM customer_order ",
            $rest
        )
    };
}

sql! {
    BY_ID = select_order!("WHERE retailer_id = $1 AND id = $2");
    BY_NUMBER = select_order!("WHERE retailer_id = $1 AND order_key = $2 ORDER BY id");
    DUE = select_order!("WHERE retailer_id = $1 AND next_check_at <= $2 ORDER BY next_check_at, id LIMIT $3");
    UPDATE = "
        UPDATE customer_order
        SET doc = $4, facts = $5, not_despatched = $6, next_check_at = $7, updated_at = $8, version = version + 1
        WHERE retailer_id = $1 AND id = $2 AND version = $3";
    LIST = select_order!("WHERE retailer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    LIST_FROM = select_order!("WHERE retailer_id = $1 AND id > $2 ORDER BY id LIMIT $3");
}

pub static INSERT: Many = Many::insert(
    "orders::INSERT",
    "customer_order",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("brand_id", Kind::Text),
        ("order_number", Kind::Text),
        ("order_key", Kind::Text),
        ("page_token", Kind::Text),
        ("doc", Kind::Text),
        ("facts", Kind::Text),
        ("not_despatched", Kind::Bool),
        ("next_check_at", Kind::Int),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ],
    "",
);
/// Their parcels moved: orders that were waiting for despatch are judged again.
pub static LOOK_AGAIN: Many = Many::update_only(
    "orders::LOOK_AGAIN",
    "customer_order",
    2,
    &[("retailer_id", Kind::Text), ("id", Kind::Text), ("next_check_at", Kind::Int)],
    "(t.not_despatched OR t.next_check_at IS NOT NULL)",
);
pub static OF_NUMBERS: Many = Many::select(
    "orders::OF_NUMBERS",
    "customer_order",
    &[("retailer_id", Kind::Text), ("order_key", Kind::Text)],
    "t.retailer_id, t.id, t.brand_id, t.order_number, t.page_token, t.doc, t.facts, t.not_despatched, t.next_check_at, t.version, \
     t.created_at, t.updated_at",
);
pub static MANY: &[&Many] = &[&INSERT, &LOOK_AGAIN, &OF_NUMBERS];

/// An order as kept. `doc` is the order as registered (JSON), `facts` what was calculated.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub retailer: String,
    pub id: String,
    pub brand_id: String,
    /// `None` for the unnamed order of a shipment that was registered without one.
    pub order_number: Option<String>,
    pub page_token: String,
    pub doc: String,
    pub facts: String,
    pub not_despatched: bool,
    pub next_check_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

impl OrderRow {
    fn of(r: &Row) -> OrderRow {
        OrderRow {
            retailer: r.text(0),
            id: r.text(1),
            brand_id: r.text(2),
            order_number: r.opt_text(3),
            page_token: r.text(4),
            doc: r.text(5),
            facts: r.text(6),
            not_despatched: r.bool(7),
            next_check_at: r.opt_int(8),
            version: r.int(9),
            created_at: r.int(10),
            updated_at: r.int(11),
        }
    }

    /// As [`INSERT`] wants them.
    pub fn values(&self) -> Vec<Value> {
        row![
            &self.retailer,
            &self.id,
            &self.brand_id,
            self.order_number.clone(),
            self.order_number.as_deref().map(super::shipments::order_key),
            &self.page_token,
            &self.doc,
            &self.facts,
            self.not_despatched,
            self.next_check_at,
            self.version,
            self.created_at,
            self.updated_at,
        ]
    }
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<OrderRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(OrderRow::of))
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<OrderRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(OrderRow::of))
}

pub async fn by_number(read: &Read<'_>, retailer: &str, number: &str) -> Result<Vec<OrderRow>, DbError> {
    let key = super::shipments::order_key(number);
    Ok(read.all(&BY_NUMBER, args![retailer, key]).await?.iter().map(OrderRow::of).collect())
}

/// Orders of many numbers at once.
pub async fn of_numbers(read: &Read<'_>, retailer: &str, numbers: &[&str]) -> Result<Vec<OrderRow>, DbError> {
    let keys = numbers.iter().map(|n| row![retailer, super::shipments::order_key(n)]).collect();
    Ok(read.many(&OF_NUMBERS, keys).await?.iter().map(OrderRow::of).collect())
}

pub async fn by_number_for_write(tx: &mut Write, retailer: &str, number: &str) -> Result<Vec<OrderRow>, DbError> {
    let key = super::shipments::order_key(number);
    Ok(tx.all(&BY_NUMBER, args![retailer, key]).await?.iter().map(OrderRow::of).collect())
}

pub async fn due(tx: &mut Write, retailer: &str, now: i64, limit: i64) -> Result<Vec<OrderRow>, DbError> {
    Ok(tx.all(&DUE, args![retailer, now, limit]).await?.iter().map(OrderRow::of).collect())
}

/// Writes an order, and its page.
pub async fn insert(tx: &mut Write, o: &OrderRow) -> Result<(), DbError> {
    tx.many(&INSERT, vec![o.values()]).await?;
    pages::put_order(tx, o).await
}

pub async fn update(tx: &mut Write, o: &OrderRow) -> Result<(), DbError> {
    let args = args![&o.retailer, &o.id, o.version, &o.doc, &o.facts, o.not_despatched, o.next_check_at, o.updated_at];
    if tx.exec(&UPDATE, args).await? != 1 {
        return Err(DbError::Raced);
    }
    pages::update_order(tx, o).await
}

/// Orders as (retailer, id), each once.
pub async fn look_again(tx: &mut Write, orders: &[(String, String)], now: i64) -> Result<(), DbError> {
    tx.many(&LOOK_AGAIN, orders.iter().map(|(retailer, id)| row![retailer, id, now]).collect()).await.map(|_| ())
}

pub async fn list(read: &Read<'_>, retailer: &str, before: Option<&str>, limit: i64) -> Result<Vec<OrderRow>, DbError> {
    Ok(read.all(&LIST, args![retailer, before.unwrap_or("~"), limit]).await?.iter().map(OrderRow::of).collect())
}

/// Oldest first, after this one.
pub async fn list_from(read: &Read<'_>, retailer: &str, after: &str, limit: i64) -> Result<Vec<OrderRow>, DbError> {
    Ok(read.all(&LIST_FROM, args![retailer, after, limit]).await?.iter().map(OrderRow::of).collect())
}
