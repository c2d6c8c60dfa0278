//! What falls due by silence alone: shipments and orders whose `next_check_at` has come. The cost follows what changes.

use jiff::Timestamp;
use whereabouts_domain::{Promise, Registration, facts};

use super::{
    FlowError, digest,
    settle::{self, Touched},
};
use crate::{
    app::App,
    db::{self, alerts::AlertRow, orders::OrderRow, shipments::ShipmentRow},
    retry_races,
};

/// How many are looked at in one transaction at most.
const BATCH_MAX: i64 = 500;

/// Judges what is due for one retailer. Answers how many shipments and orders it looked at.
pub async fn run(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let shipments = retry_races!(shipments(app, retailer).await)?;
    Ok(shipments + retry_races!(orders(app, retailer).await)?)
}

async fn shipments(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let due = db::shipments::due(&mut tx, retailer, now, BATCH_MAX).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let looked_at = due.len();
    let before: Vec<i64> = due.iter().map(|s| s.updated_at).collect();
    let settled = settle::settle(app, &mut tx, due.into_iter().map(Touched::due).collect()).await?;
    tx.commit().await?;
    let changed: Vec<_> = settled.into_iter().zip(before).filter(|(s, before)| s.updated_at != *before).map(|(s, _)| s).collect();
    digest::ring(app, &changed);
    Ok(looked_at)
}

async fn orders(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let due = db::orders::due(&mut tx, retailer, now.as_millisecond(), BATCH_MAX).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let looked_at = due.len();
    for mut order in due {
        judge_order(app, &mut tx, &mut order, now).await?;
        db::orders::update(&mut tx, &order).await?;
        app.ring(retailer, Some(&order.id));
    }
    tx.commit().await?;
    Ok(looked_at)
}

/// Whether the order should have left by now; opens or closes the alert.
pub async fn judge_order(app: &App, tx: &mut db::Write, order: &mut OrderRow, now: Timestamp) -> Result<(), FlowError> {
    let Some(ctx) = app.contexts.get(app, &order.retailer).await? else { return Ok(()) };
    let doc: serde_json::Value = serde_json::from_str(&order.doc).unwrap_or_default();
    let shipments = db::shipments::of_order_for_write(tx, &order.retailer, &order.id).await?;
    let registration = shipments.first().map_or_else(Registration::default, |s| s.registration.clone());
    let settings = ctx.settings_for(&order.brand_id, &registration);
    let zone = ctx.zone_of(&order.brand_id, &registration, &settings);
    let handed_over = shipments.iter().any(|s| settle::has_left(s, now));
    let lines = doc["lines"].as_array().cloned().unwrap_or_default();
    let cancelled = !lines.is_empty() && lines.iter().all(|l| l["cancelled"].as_i64().unwrap_or(0) >= l["quantity"].as_i64().unwrap_or(1));
    let promised: Option<Promise> = serde_json::from_value(doc["promised"].clone()).ok();
    let (since, next) = facts::not_despatched(&facts::OrderCase {
        despatch_by: doc["despatch_by"].as_str(),
        promised: promised.as_ref(),
        service: registration.service.as_deref(),
        handed_over,
        cancelled,
        country: registration.destination_country(),
        settings: &settings,
        calendars: &ctx.calendars,
        zone: &zone,
        now,
    });
    let first = shipments.first().map(|s| s.id.clone());
    // Rules, webhooks and the log of changes know parcels: each that still waits is told of it, and each that waits no longer.
    let is_overdue = |s: &ShipmentRow| since.is_some() && s.stopped_at.is_none() && !settle::has_left(s, now);
    let told = shipments.into_iter().filter(|s| s.facts.not_despatched != is_overdue(s));
    let touched: Vec<Touched> = told.map(|s| Touched { not_despatched: Some(is_overdue(&s)), ..Touched::due(s) }).collect();
    if !touched.is_empty() {
        settle::settle(app, tx, touched).await?;
    }
    order.next_check_at = next.map(Timestamp::as_millisecond);
    order.facts = serde_json::json!({ "not_despatched_since": since.map(|t| t.to_string()) }).to_string();
    if order.not_despatched != since.is_some() {
        order.not_despatched = since.is_some();
        order.updated_at = now.as_millisecond();
        if since.is_some() {
            let alert = AlertRow {
                id: app.ids.make("alt", now.as_millisecond()),
                kind: "not_despatched".into(),
                shipment_id: first.unwrap_or_default(),
                order_number: order.order_number.clone(),
                opened_at: now.as_millisecond(),
                reason: "it should have left by now".into(),
                state: "open".into(),
                assignee: None,
                due_at: Some(now.as_millisecond() + 3_600_000),
                snoozed_until: None,
                resolved_at: None,
                resolution: None,
                resolved_by: None,
            };
            db::alerts::put(tx, &order.retailer, &[alert]).await?;
        } else {
            db::alerts::close_not_despatched(tx, &order.retailer, order.order_number.as_deref(), now.as_millisecond()).await?;
        }
    }
    Ok(())
}
