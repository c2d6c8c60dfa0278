//! `/api/v1/alerts`: the agents' queue.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shipments::clean;
use crate::{
    app::App,
    db::{
        self,
        alerts::{AlertFilter, AlertRow},
    },
    flow::{self, alerts::Act},
    view,
    web::{
        call::{Caller, Query, json as read_json, ok, page},
        problem::Problem,
    },
};

pub fn show(a: &AlertRow) -> Value {
    json!({
        "id": a.id,
        "kind": a.kind,
        "shipment_id": if a.shipment_id.is_empty() { Value::Null } else { json!(a.shipment_id) },
        "order_number": a.order_number,
        "opened_at": view::time(a.opened_at),
        "reason": a.reason,
        "state": a.state,
        "assignee": a.assignee,
        "due_at": view::opt_time(a.due_at),
        "snoozed_until": view::opt_time(a.snoozed_until),
        "resolved_at": view::opt_time(a.resolved_at),
        "resolution": a.resolution,
        "resolved_by": a.resolved_by,
    })
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["kind", "state", "shipment_id", "assignee"])?;
    let limit = query.limit()?;
    let text = |name: &str| query.get(name).map(str::to_string);
    let filter = AlertFilter {
        kind: text("kind"),
        state: text("state"),
        shipment: text("shipment_id"),
        assignee: text("assignee"),
        open_only: false,
        before_id: query.cursor()?,
    };
    let rows = db::alerts::list(&app.db.read().await?, &caller.retailer, &filter, limit + 1).await?;
    Ok(page(rows, limit, |a| a.id.clone(), show))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    assignee: Option<String>,
}

pub async fn assign(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let asked: Assignment = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    act(&app, &caller, &id, &Act::Assign(asked.assignee)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Snooze {
    until: jiff::Timestamp,
}

pub async fn snooze(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let asked: Snooze = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    act(&app, &caller, &id, &Act::Snooze(asked.until.as_millisecond())).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resolution {
    #[serde(default)]
    resolution: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

pub async fn resolve(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let asked: Resolution = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let how = asked.resolution.or(asked.note).unwrap_or_else(|| "resolved".into());
    act(&app, &caller, &id, &Act::Resolve(how)).await
}

async fn act(app: &App, caller: &Caller, id: &str, act: &Act) -> Result<Response, Problem> {
    Ok(ok(&show(&flow::alerts::act(app, &caller.retailer, clean(id)?, act, "api").await?)))
}
