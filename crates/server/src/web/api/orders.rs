//! `/api/v1/orders`

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::Value;

use super::shipments::clean;
use crate::{
    app::App,
    context::Context,
    db::{self, orders::OrderRow},
    flow, view,
    web::{
        call::{Caller, Query, json as read_json, ok, once, page},
        problem::Problem,
    },
};

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let ctx = caller.context(&app).await?;
    once(&app, &caller, &headers, "POST /orders", &body, async {
        let done = flow::order::register(&app, &caller.retailer, &body).await?;
        let status = if done.created { StatusCode::CREATED } else { StatusCode::OK };
        Ok((status, show(&app, &ctx, &done.row).await?))
    })
    .await
}

async fn show(app: &App, ctx: &Context, order: &OrderRow) -> Result<Value, Problem> {
    let shipments = db::shipments::of_order(&app.db.read().await?, &ctx.id, &order.id).await?;
    Ok(view::order(order, &shipments, ctx, &app.config.public_url, app.clock.now()))
}

/// By id, or by order number while that is unique.
async fn find(app: &App, caller: &Caller, id: &str) -> Result<OrderRow, Problem> {
    let id = clean(id)?;
    let read = app.db.read().await?;
    if let Some(found) = db::orders::by_id(&read, &caller.retailer, id).await? {
        return Ok(found);
    }
    let mut found = db::orders::by_number(&read, &caller.retailer, id).await?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Problem::not_found()),
        n => Err(Problem::conflict(format!("{n} orders have this number; ask for one by its id"))),
    }
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    let order = find(&app, &caller, &id).await?;
    Ok(ok(&show(&app, &ctx, &order).await?))
}

pub async fn patch(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let ctx = caller.context(&app).await?;
    let order = find(&app, &caller, &id).await?;
    let order = flow::order::patch(&app, &caller.retailer, &order.id, &body).await?;
    Ok(ok(&show(&app, &ctx, &order).await?))
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["order_number", "brand"])?;
    let limit = query.limit()?;
    let ctx = caller.context(&app).await?;
    let read = app.db.read().await?;
    let cursor = query.cursor()?;
    let mut rows = match query.get("order_number") {
        Some(number) => db::orders::by_number(&read, &caller.retailer, number).await?,
        None => db::orders::list(&read, &caller.retailer, cursor.as_deref(), limit + 1).await?,
    };
    if let Some(wanted) = query.get("brand") {
        let brand = ctx.brand(Some(wanted)).map(|b| b.id.clone());
        rows.retain(|o| Some(&o.brand_id) == brand.as_ref());
    }
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let value = show(&app, &ctx, &row).await?;
        shown.push((row.id, value));
    }
    Ok(page(shown, limit, |o| o.0.clone(), |o| o.1.clone()))
}
