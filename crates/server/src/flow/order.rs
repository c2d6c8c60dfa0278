//! Registering and changing orders, from the moment of purchase.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use whereabouts_domain::{Promise, shipment::Person};

use super::{Fault, FlowError, check::judge_order, faults};
use crate::{
    app::App,
    context::Context,
    db::{self, Write, orders::OrderRow},
    ids, retry_races,
};

/// The order as registered (CONTRACT §2).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registered {
    order_number: Option<String>,
    #[serde(default)]
    sales_channel: Option<String>,
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    ordered_at: Option<Timestamp>,
    #[serde(default)]
    buyer: Option<Person>,
    #[serde(default)]
    recipient: Option<Person>,
    #[serde(default)]
    #[expect(dead_code, reason = "checked in shape; kept in the document")]
    lines: Vec<Line>,
    #[serde(default)]
    despatch_by: Option<String>,
    #[serde(default)]
    promised: Option<Promise>,
    #[serde(default)]
    #[expect(dead_code, reason = "checked to be a list of texts; kept in the document")]
    tags: Vec<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "checked to be an object; kept in the document")]
    metadata: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "checked in shape; kept in the document")]
struct Line {
    #[serde(default)]
    line_id: Option<String>,
    #[serde(default)]
    sku: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    quantity: Option<i64>,
    #[serde(default)]
    shipped: Option<i64>,
    #[serde(default)]
    cancelled: Option<i64>,
    #[serde(default)]
    back_ordered_until: Option<String>,
    #[serde(default)]
    image_url: Option<String>,
}

fn read(body: &Value) -> Result<Registered, FlowError> {
    let order: Registered = faults::read(body).map_err(FlowError::Invalid)?;
    let mut found = Vec::new();
    if order.order_number.as_deref().is_none_or(|n| n.trim().is_empty() || n.chars().count() > 200) {
        found.push(Fault::new("/order_number", "missing_field", "must be 1 to 200 characters"));
    }
    faults::one_line(order.order_number.as_deref(), "/order_number", &mut found);
    if order.despatch_by.as_deref().is_some_and(|d| !faults::is_day_or_time(d)) {
        found.push(Fault::new("/despatch_by", "invalid", "must be a day or an RFC 3339 time with offset"));
    }
    if let Some(p) = &order.promised {
        faults::promise(p, "/promised", &mut found);
    }
    for (pointer, p) in [("/buyer", &order.buyer), ("/recipient", &order.recipient)] {
        if let Some(p) = p {
            faults::person(p, pointer, &mut found);
        }
    }
    if found.is_empty() { Ok(order) } else { Err(FlowError::Invalid(found)) }
}

/// An order was created or merged.
pub struct Done {
    pub row: OrderRow,
    pub created: bool,
    /// Registered again with something new.
    pub changed: bool,
}

/// What could be faulted in an order without the database.
pub fn check(body: &Value) -> Result<(), FlowError> {
    read(&faults::without_nulls(body)).map(|_| ())
}

/// Registers an order; the same brand, sales channel, number and time merges.
pub async fn register(app: &App, retailer: &str, body: &Value) -> Result<Done, FlowError> {
    let done = retry_races!(register_once(app, retailer, body).await)?;
    app.ring(retailer, Some(&done.row.id));
    app.wake.notify_one();
    Ok(done)
}

async fn register_once(app: &App, retailer: &str, body: &Value) -> Result<Done, FlowError> {
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    let done = within(app, &mut tx, &ctx, body).await?;
    tx.commit().await?;
    Ok(done)
}

/// Registers within somebody else's transaction: a file's rows share one.
pub async fn within(app: &App, tx: &mut Write, ctx: &Context, body: &Value) -> Result<Done, FlowError> {
    let retailer = ctx.id.as_str();
    let clean = faults::without_nulls(body);
    let asked = read(&clean)?;
    let brand = ctx
        .brand(asked.brand.as_deref())
        .ok_or_else(|| FlowError::Invalid(vec![Fault::new("/brand", "unknown_value", "there is no such brand")]))?;
    let number = asked.order_number.as_deref().unwrap_or_default().trim().to_string();
    tx.hold_alone(&db::shipments::name_holds(retailer, None, Some(&number))).await?;
    let same = db::orders::by_number_for_write(tx, retailer, &number)
        .await?
        .into_iter()
        .rev()
        .find(|o| is_same(o, &brand.id, asked.sales_channel.as_deref(), asked.ordered_at));
    let (mut order, created, changed) = match same {
        Some(mut order) => {
            let before: Value = serde_json::from_str(&order.doc).unwrap_or_default();
            let mut doc = before.clone();
            faults::merge(&mut doc, body);
            read(&faults::without_nulls(&doc))?;
            order.doc = doc.to_string();
            (order, false, doc != before)
        }
        None => (fresh(app, ctx, &brand.id, &number, &clean), true, false),
    };
    if !created && !changed {
        return Ok(Done { row: order, created, changed });
    }
    let now = app.clock.now();
    if created {
        db::orders::insert(tx, &order).await?;
    }
    judge_order(app, tx, &mut order, now).await?;
    order.updated_at = now.as_millisecond();
    db::orders::update(tx, &order).await?;
    Ok(Done { row: order, created, changed })
}

/// Order numbers are used again: the same brand and sales channel, and within half a year, as far as both are told.
pub fn is_same(o: &OrderRow, brand: &str, sales_channel: Option<&str>, ordered_at: Option<Timestamp>) -> bool {
    let doc: Value = serde_json::from_str(&o.doc).unwrap_or_default();
    let channel = doc["sales_channel"].as_str();
    let dated = doc["ordered_at"].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    let near = match (dated, ordered_at) {
        (Some(a), Some(b)) => a.duration_since(b).abs() < jiff::SignedDuration::from_hours(24 * 180),
        _ => true,
    };
    o.brand_id == brand && near && (channel.is_none() || sales_channel.is_none() || channel == sales_channel)
}

fn fresh(app: &App, ctx: &Context, brand: &str, number: &str, doc: &Value) -> OrderRow {
    let now = app.clock.now_ms();
    OrderRow {
        retailer: ctx.id.clone(),
        id: app.ids.make("ord", now),
        brand_id: brand.to_string(),
        order_number: Some(number.to_string()),
        page_token: ids::secret_128(),
        doc: doc.to_string(),
        facts: "{}".into(),
        not_despatched: false,
        next_check_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Merges a patch (RFC 7396) into an order. Its number stays.
pub async fn patch(app: &App, retailer: &str, id: &str, body: &Value) -> Result<OrderRow, FlowError> {
    let order = retry_races!(patch_once(app, retailer, id, body).await)?;
    app.ring(retailer, Some(&order.id));
    Ok(order)
}

async fn patch_once(app: &App, retailer: &str, id: &str, body: &Value) -> Result<OrderRow, FlowError> {
    if !body.is_object() {
        return Err(FlowError::Invalid(vec![Fault::new("", "invalid", "a patch is an object")]));
    }
    let mut tx = app.db.write().await?;
    let mut order = db::orders::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let mut doc: Value = serde_json::from_str(&order.doc).unwrap_or_default();
    faults::merge(&mut doc, body);
    let asked = read(&faults::without_nulls(&doc))?;
    if asked.order_number.as_deref().map(db::shipments::order_key) != order.order_number.as_deref().map(db::shipments::order_key) {
        return Err(FlowError::Conflict("the number of an order cannot be changed".into()));
    }
    order.doc = doc.to_string();
    let now = app.clock.now();
    order.updated_at = now.as_millisecond();
    judge_order(app, &mut tx, &mut order, now).await?;
    db::orders::update(&mut tx, &order).await?;
    tx.commit().await?;
    Ok(order)
}
