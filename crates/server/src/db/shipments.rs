//! Shipments, and the numbers they are known under.

mod list;
mod row;

use std::collections::HashMap;

use whereabouts_domain::Attention;

use super::{
    engine::{DbError, Kind, Many, Read, Row, Value, Write},
    pages,
};
use crate::{args, row, sql};
pub use list::{Filter, list, list_among, list_from};
use row::json;
pub use row::{FirstPromise, FirstPromiseShape, ShipmentRow};

/// Columns of [`ShipmentRow`], in the order in which `of` reads them.
const COLUMNS: &str = "t.retailer_id, t.id, t.order_id, t.brand_id, t.doc, t.first_promised, t.journey, t.facts, t.attention, t.disputed, \
     t.last_event_at, t.next_check_at, t.woken_at, t.version, t.created_at, t.updated_at, t.stopped_at, t.page_token";

macro_rules! select_shipment {
    ($rest:literal) => {
        concat!(
            "SELECT t.retailer_id, t.id, t.order_id, t.brand_id, t.doc, t.first_promised, t.journey, t.facts, t.attention, t.disputed, ",
            "t.last_event_at, t.next_check_at, t.woken_at, t.version, t.created_at, t.updated_at, t.stopped_at, t.page_token FROM shipment AS t ",
            $rest
        )
    };
}
pub(super) use select_shipment;

sql! {
    BY_ID = select_shipment!("WHERE t.retailer_id = $1 AND t.id = $2");
    BY_REFERENCE = select_shipment!("WHERE t.retailer_id = $1 AND t.brand_id = $2 AND t.reference = $3 ORDER BY t.id DESC LIMIT 1");
    BY_ORDER = select_shipment!("WHERE t.retailer_id = $1 AND t.order_id = $2 ORDER BY t.id");
    BY_ORDER_AND_NUMBER = select_shipment!(
        "WHERE t.retailer_id = $1 AND t.tracking_key = $3 AND t.order_key = $2
         AND t.id IN (SELECT shipment_id FROM shipment_number WHERE retailer_id = $1 AND number_key = $3)
         ORDER BY t.id DESC LIMIT 1");
    BY_NUMBER_ALONE = select_shipment!(
        "WHERE t.retailer_id = $1 AND t.tracking_key = $2 AND t.stopped_at IS NULL
         AND t.id IN (SELECT shipment_id FROM shipment_number WHERE retailer_id = $1 AND number_key = $2)
         ORDER BY t.id DESC LIMIT 1");
    BY_ORDER_WITHOUT_NUMBER = select_shipment!(
        "WHERE t.retailer_id = $1 AND t.order_key = $2 AND t.tracking_key IS NULL AND t.reference IS NULL
         AND t.order_id IN (SELECT id FROM customer_order WHERE retailer_id = $1 AND order_key = $2)
         ORDER BY t.created_at DESC, t.id DESC LIMIT 1");
    DUE = select_shipment!("WHERE t.retailer_id = $1 AND t.next_check_at <= $2 ORDER BY t.next_check_at, t.id LIMIT $3");
    LOOK_AGAIN = "
        UPDATE shipment SET next_check_at = $2, version = version + 1
        WHERE retailer_id = $1 AND is_open AND next_check_at IS NOT NULL";
    /// Also at those of which nothing was to be expected: while a feed is down no silence ends.
    LOOK_AGAIN_AT_SILENCE = "
        UPDATE shipment SET next_check_at = $3, version = version + 1
        WHERE retailer_id = $1 AND is_open AND ($2 = '' OR carrier = $2)";
    /// Red: its state asks for a person, or it is late or may be missing. Three small indexes instead of one walk over everything.
    COUNT_ACT = "
        SELECT COUNT(*) FROM (
            SELECT id FROM shipment WHERE retailer_id = $1 AND is_open AND attention <> 'none' AND attention = 'act'
            UNION
            SELECT id FROM shipment WHERE retailer_id = $1 AND late AND is_open
            UNION
            SELECT id FROM shipment WHERE retailer_id = $1 AND may_be_missing AND is_open
            LIMIT 10001
        ) AS few";
    COUNT_WATCH = "
        SELECT COUNT(*) FROM (
            SELECT 1 FROM shipment
            WHERE retailer_id = $1 AND is_open AND attention <> 'none' AND attention = 'watch' AND NOT late AND NOT may_be_missing
            LIMIT 10001
        ) AS few";
    COUNT_GREEN = "
        SELECT COUNT(*) FROM (
            SELECT 1 FROM shipment WHERE retailer_id = $1 AND is_open AND attention = 'none' AND NOT late AND NOT may_be_missing LIMIT 10001
        ) AS few";
    LAST_UPDATE = "SELECT MAX(updated_at) FROM shipment WHERE retailer_id = $1";
}

pub static BY_IDS: Many = Many::select(
    "shipments::BY_IDS",
    "shipment",
    &[("retailer_id", Kind::Text), ("id", Kind::Text)],
    "t.retailer_id, t.id, t.order_id, t.brand_id, t.doc, t.first_promised, t.journey, t.facts, t.attention, t.disputed, \
     t.last_event_at, t.next_check_at, t.woken_at, t.version, t.created_at, t.updated_at, t.stopped_at, t.page_token",
);
pub static BY_ORDERS: Many = Many::select(
    "shipments::BY_ORDERS",
    "shipment",
    &[("retailer_id", Kind::Text), ("order_id", Kind::Text)],
    "t.retailer_id, t.id, t.order_id, t.brand_id, t.doc, t.first_promised, t.journey, t.facts, t.attention, t.disputed, \
     t.last_event_at, t.next_check_at, t.woken_at, t.version, t.created_at, t.updated_at, t.stopped_at, t.page_token",
);
pub static OWNERS: Many = Many::select(
    "shipments::OWNERS",
    "shipment_number",
    &[("retailer_id", Kind::Text), ("number_key", Kind::Text)],
    "t.retailer_id, t.number_key, t.shipment_id, t.kind",
);
pub static PUT_NUMBERS: Many = Many::insert(
    "shipments::PUT_NUMBERS",
    "shipment_number",
    &[("retailer_id", Kind::Text), ("number_key", Kind::Text), ("shipment_id", Kind::Text), ("kind", Kind::Text)],
    "ON CONFLICT (retailer_id, number_key, shipment_id) DO NOTHING",
);

const ROW: &[(&str, Kind)] = &[
    ("retailer_id", Kind::Text),
    ("id", Kind::Text),
    ("version", Kind::Int),
    ("order_id", Kind::Text),
    ("brand_id", Kind::Text),
    ("page_token", Kind::Text),
    ("reference", Kind::Text),
    ("order_key", Kind::Text),
    ("tracking_number", Kind::Text),
    ("tracking_key", Kind::Text),
    ("carrier", Kind::Text),
    ("type", Kind::Text),
    ("state", Kind::Text),
    ("milestone", Kind::Text),
    ("attention", Kind::Text),
    ("is_open", Kind::Bool),
    ("late", Kind::Bool),
    ("may_be_missing", Kind::Bool),
    ("at_risk", Kind::Bool),
    ("disputed", Kind::Bool),
    ("tags", Kind::Text),
    ("doc", Kind::Text),
    ("first_promised", Kind::Text),
    ("journey", Kind::Text),
    ("facts", Kind::Text),
    ("last_event_at", Kind::Int),
    ("next_check_at", Kind::Int),
    ("woken_at", Kind::Int),
    ("created_at", Kind::Int),
    ("updated_at", Kind::Int),
    ("stopped_at", Kind::Int),
];
pub static INSERT: Many = Many::insert("shipments::INSERT", "shipment", ROW, "");
/// The registration changed too.
pub static UPDATE_ALL: Many = Many::update_versioned("shipments::UPDATE_ALL", "shipment", ROW);
/// A digest or a check: what was folded changed, not what was registered.
pub static UPDATE_JOURNEY: Many = Many::update_versioned(
    "shipments::UPDATE_JOURNEY",
    "shipment",
    &[
        ("retailer_id", Kind::Text),
        ("id", Kind::Text),
        ("version", Kind::Int),
        ("carrier", Kind::Text),
        ("state", Kind::Text),
        ("milestone", Kind::Text),
        ("attention", Kind::Text),
        ("is_open", Kind::Bool),
        ("late", Kind::Bool),
        ("may_be_missing", Kind::Bool),
        ("at_risk", Kind::Bool),
        ("disputed", Kind::Bool),
        ("journey", Kind::Text),
        ("facts", Kind::Text),
        ("last_event_at", Kind::Int),
        ("next_check_at", Kind::Int),
        ("woken_at", Kind::Int),
        ("updated_at", Kind::Int),
    ],
);
/// Nothing but the next look changed.
pub static UPDATE_CHECK: Many = Many::update_versioned(
    "shipments::UPDATE_CHECK",
    "shipment",
    &[("retailer_id", Kind::Text), ("id", Kind::Text), ("version", Kind::Int), ("next_check_at", Kind::Int), ("facts", Kind::Text)],
);
pub static MANY: &[&Many] = &[&BY_IDS, &BY_ORDERS, &OWNERS, &PUT_NUMBERS, &INSERT, &UPDATE_ALL, &UPDATE_JOURNEY, &UPDATE_CHECK];

/// How numbers are compared: no blanks, no dashes, capitals.
pub fn number_key(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace() && !c.is_control() && *c != '-').collect::<String>().to_uppercase()
}

/// How order numbers are compared: trimmed, letter case ignored.
pub fn order_key(number: &str) -> String {
    number.trim().to_lowercase()
}

/// Keys to hold: who registers a number holds it alone, who attaches events to numbers holds them together with others. So an event either
/// finds the shipment or is found by it, and two that register the same at once make one.
pub fn number_hold(retailer: &str, number_key: &str) -> i64 {
    HOLDS + place(retailer, number_key)
}

/// … and for what else tells that two registrations are the same.
pub fn name_holds(retailer: &str, reference: Option<&str>, order_number: Option<&str>) -> Vec<i64> {
    let reference = reference.map(|r| format!("r:{}", r.trim()));
    let order = order_number.map(|o| format!("o:{}", order_key(o)));
    [reference, order].into_iter().flatten().map(|name| place(retailer, &name)).collect()
}

/// So many different keys: a large batch holds no more than these.
const HOLDS: i64 = 1 << 10;

/// FNV-1a, folded into the number of keys.
fn place(retailer: &str, text: &str) -> i64 {
    let bytes = retailer.bytes().chain([0]).chain(text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    ((hash ^ (hash >> 32)) % HOLDS as u64) as i64
}

fn rows(found: &[Row]) -> Result<Vec<ShipmentRow>, DbError> {
    found.iter().map(ShipmentRow::of).collect()
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<ShipmentRow>, DbError> {
    read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(ShipmentRow::of).transpose()
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<ShipmentRow>, DbError> {
    tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(ShipmentRow::of).transpose()
}

pub async fn of_order(read: &Read<'_>, retailer: &str, order: &str) -> Result<Vec<ShipmentRow>, DbError> {
    rows(&read.all(&BY_ORDER, args![retailer, order]).await?)
}

pub async fn of_order_for_write(tx: &mut Write, retailer: &str, order: &str) -> Result<Vec<ShipmentRow>, DbError> {
    rows(&tx.all(&BY_ORDER, args![retailer, order]).await?)
}

pub async fn by_reference(tx: &mut Write, retailer: &str, brand: &str, reference: &str) -> Result<Option<ShipmentRow>, DbError> {
    tx.one(&BY_REFERENCE, args![retailer, brand, reference]).await?.as_ref().map(ShipmentRow::of).transpose()
}

pub async fn by_order_and_number(tx: &mut Write, retailer: &str, order: &str, number: &str) -> Result<Option<ShipmentRow>, DbError> {
    tx.one(&BY_ORDER_AND_NUMBER, args![retailer, order_key(order), number_key(number)]).await?.as_ref().map(ShipmentRow::of).transpose()
}

/// The newest shipment under a number that is still listened to, whatever its order.
pub async fn by_number_alone(tx: &mut Write, retailer: &str, number: &str) -> Result<Option<ShipmentRow>, DbError> {
    tx.one(&BY_NUMBER_ALONE, args![retailer, number_key(number)]).await?.as_ref().map(ShipmentRow::of).transpose()
}

/// A shipment of an order that has neither number nor reference yet.
pub async fn by_order_without_number(tx: &mut Write, retailer: &str, order: &str) -> Result<Option<ShipmentRow>, DbError> {
    tx.one(&BY_ORDER_WITHOUT_NUMBER, args![retailer, order_key(order)]).await?.as_ref().map(ShipmentRow::of).transpose()
}

pub async fn by_ids(tx: &mut Write, keys: &[(&str, &str)]) -> Result<Vec<ShipmentRow>, DbError> {
    let keys = keys.iter().map(|(r, s)| row![*r, *s]).collect();
    rows(&tx.many(&BY_IDS, keys).await?.0)
}

/// A shipment is known under a number.
pub struct Known {
    pub retailer: String,
    pub number: String,
    pub shipment: String,
}

/// Which shipments are known under these numbers.
pub async fn owners(tx: &mut Write, keys: &[(&str, &str)]) -> Result<Vec<Known>, DbError> {
    let keys = keys.iter().map(|(r, n)| row![*r, *n]).collect();
    let known = |r: &Row| Known { retailer: r.text(0), number: r.text(1), shipment: r.text(2) };
    Ok(tx.many(&OWNERS, keys).await?.0.iter().map(known).collect())
}

pub async fn due(tx: &mut Write, retailer: &str, now: i64, limit: i64) -> Result<Vec<ShipmentRow>, DbError> {
    rows(&tx.all(&DUE, args![retailer, now, limit]).await?)
}

pub async fn insert(tx: &mut Write, shipments: impl IntoIterator<Item = &ShipmentRow>) -> Result<(), DbError> {
    let shipments: Vec<&ShipmentRow> = shipments.into_iter().collect();
    tx.many(&INSERT, shipments.iter().map(|s| s.values()).collect()).await?;
    pages::put_parcels(tx, &shipments).await
}

/// Writes everything, and its page; `version` is the version that was read. Raced if somebody else wrote meanwhile.
pub async fn update_all(tx: &mut Write, shipments: impl IntoIterator<Item = &ShipmentRow>) -> Result<(), DbError> {
    let shipments: Vec<&ShipmentRow> = shipments.into_iter().collect();
    versioned(tx, &UPDATE_ALL, shipments.iter().map(|s| s.values()).collect()).await?;
    pages::update_parcels(tx, &shipments).await
}

/// Writes what was folded, and its page.
pub async fn update_journey(tx: &mut Write, shipments: impl IntoIterator<Item = &ShipmentRow>) -> Result<(), DbError> {
    let shipments: Vec<&ShipmentRow> = shipments.into_iter().collect();
    versioned(tx, &UPDATE_JOURNEY, shipments.iter().map(|s| s.journey_values()).collect()).await?;
    pages::update_parcels(tx, &shipments).await
}

/// Writes only when to look again.
pub async fn update_check(tx: &mut Write, shipments: impl IntoIterator<Item = &ShipmentRow>) -> Result<(), DbError> {
    let rows = shipments.into_iter().map(|s| row![&s.retailer, &s.id, s.version, s.next_check_at, json(&s.facts)]).collect();
    versioned(tx, &UPDATE_CHECK, rows).await
}

async fn versioned(tx: &mut Write, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
    let wanted = rows.len() as u64;
    let (_, touched) = tx.many(many, rows).await?;
    if touched == wanted { Ok(()) } else { Err(DbError::Raced) }
}

/// Registers under which numbers a shipment is known.
pub async fn put_numbers(tx: &mut Write, numbers: Vec<(String, String, String, &'static str)>) -> Result<(), DbError> {
    let rows = numbers.into_iter().map(|(retailer, number, shipment, kind)| row![retailer, number, shipment, kind]).collect();
    tx.many(&PUT_NUMBERS, rows).await.map(|_| ())
}

/// A setting changed: everything that is still watched is judged again.
pub async fn look_again(tx: &mut Write, retailer: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&LOOK_AGAIN, args![retailer, now]).await.map(|_| ())
}

/// It changed when a carrier's feed was down: its open parcels are judged again; of every carrier if none is named.
pub async fn look_again_at_silence(tx: &mut Write, retailer: &str, carrier: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&LOOK_AGAIN_AT_SILENCE, args![retailer, carrier, now]).await.map(|_| ())
}

/// How many open shipments stand in each light; counting ends at 10,001. Red are also those that are late or may be missing,
/// whatever their state, so that each open shipment stands in exactly one.
pub async fn count_light(read: &Read<'_>, retailer: &str, light: Attention) -> Result<i64, DbError> {
    let sql = match light {
        Attention::None => &COUNT_GREEN,
        Attention::Watch => &COUNT_WATCH,
        Attention::Act => &COUNT_ACT,
    };
    Ok(read.one(sql, args![retailer]).await?.map_or(0, |r| r.int(0)))
}

/// When anything of this retailer changed last.
pub async fn last_update(read: &Read<'_>, retailer: &str) -> Result<Option<i64>, DbError> {
    Ok(read.one(&LAST_UPDATE, args![retailer]).await?.and_then(|r| r.opt_int(0)))
}

/// For numbers: (number key, a carrier that is registered with it, how many shipments it has).
pub async fn carriers_of(read: &Read<'_>, retailer: &str, numbers: &[String]) -> Result<Vec<(String, Option<String>, usize)>, DbError> {
    let keys = numbers.iter().map(|n| row![retailer, n]).collect();
    let owners: Vec<(String, String)> = read.many(&OWNERS, keys).await?.iter().map(|r| (r.text(1), r.text(2))).collect();
    let ids: Vec<String> = owners.iter().map(|o| o.1.clone()).collect();
    let carriers: HashMap<String, Option<String>> = by_ids_read(read, retailer, &ids)
        .await?
        .into_iter()
        .filter(|s| s.stopped_at.is_none())
        .map(|s| (s.id.clone(), s.carrier()))
        .collect();
    let of_number = |n: &String| {
        let mine: Vec<&Option<String>> = owners.iter().filter(|o| o.0 == *n).filter_map(|o| carriers.get(&o.1)).collect();
        (n.clone(), mine.first().and_then(|c| (*c).clone()), mine.len())
    };
    Ok(numbers.iter().map(of_number).collect())
}

/// Shipments by ids, in the order of the ids.
pub async fn by_ids_read(read: &Read<'_>, retailer: &str, ids: &[String]) -> Result<Vec<ShipmentRow>, DbError> {
    let keys = ids.iter().map(|id| row![retailer, id]).collect();
    let mut found: HashMap<String, ShipmentRow> = rows(&read.many(&BY_IDS, keys).await?)?.into_iter().map(|s| (s.id.clone(), s)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
