//! `/api/v1/shipments`

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use whereabouts_domain::{Change, Milestone, ShipmentType, State as ShipmentState, journey, state::Attention};

use crate::{
    app::App,
    context::Context,
    db::{
        self,
        events::KeptEvent,
        shipments::{Filter, ShipmentRow, number_key, order_key},
    },
    flow, view,
    web::{
        call::{Caller, Query, answer, json as read_json, ok, once, page},
        problem::Problem,
    },
};

const MANY_MAX: usize = 500;

/// `POST /shipments`: one, or `{"shipments":[…]}`, each judged alone.
pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let ctx = caller.context(&app).await?;
    once(&app, &caller, &headers, "POST /shipments", &body, register(&app, &caller, &ctx, &body)).await
}

async fn register(app: &App, caller: &Caller, ctx: &Context, body: &Value) -> Result<(StatusCode, Value), Problem> {
    let Some(many) = body.get("shipments") else {
        return register_one(app, caller, ctx, body).await;
    };
    let list = many.as_array().ok_or_else(|| Problem::fault("/shipments", "invalid", "must be a list"))?;
    if body.as_object().is_some_and(|o| o.len() > 1) {
        return Err(Problem::fault("", "unknown_field", "beside `shipments` nothing else is taken"));
    }
    if list.len() > MANY_MAX {
        return Err(Problem::fault("/shipments", "too_long", format!("at most {MANY_MAX} at once")));
    }
    let mut results = Vec::with_capacity(list.len());
    for one in list {
        results.push(match register_one(app, caller, ctx, one).await {
            Ok((status, shipment)) => json!({ "status": status.as_u16(), "shipment": shipment }),
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => json!({ "status": problem.status.as_u16(), "problem": problem.json() }),
        });
    }
    Ok((StatusCode::OK, json!({ "results": results })))
}

async fn register_one(app: &App, caller: &Caller, ctx: &Context, body: &Value) -> Result<(StatusCode, Value), Problem> {
    if !body.is_object() {
        return Err(Problem::fault("", "invalid", "a shipment is an object"));
    }
    let done = flow::register::shipment(app, &caller.retailer, body, "api").await?;
    let status = if done.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, view::shipment(&done.row, ctx, &app.config.public_url, app.clock.now())))
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    let row = find(&app, &caller, &id).await?;
    Ok(ok(&view::shipment(&row, &ctx, &app.config.public_url, app.clock.now())))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<ShipmentRow, Problem> {
    let id = clean(id)?;
    db::shipments::by_id(&app.db.read().await?, &caller.retailer, id).await?.ok_or_else(Problem::not_found)
}

/// An id from a path; what a database can't hold is nobody's id.
pub fn clean(id: &str) -> Result<&str, Problem> {
    if id.contains('\0') || id.len() > 200 { Err(Problem::not_found()) } else { Ok(id) }
}

pub async fn patch(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    if !body.is_object() {
        return Err(Problem::fault("", "invalid", "a patch is an object"));
    }
    let ctx = caller.context(&app).await?;
    let row = flow::register::patch(&app, &caller.retailer, clean(&id)?, &body, "api").await?;
    Ok(ok(&view::shipment(&row, &ctx, &app.config.public_url, app.clock.now())))
}

pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    flow::register::stop(&app, &caller.retailer, clean(&id)?, "api").await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

const FILTERS: &[&str] = &[
    "q",
    "order_number",
    "tracking_number",
    "carrier",
    "type",
    "state",
    "milestone",
    "attention",
    "late",
    "may_be_missing",
    "at_risk",
    "tag",
    "updated_since",
];

/// `GET /shipments?…`, newest first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), FILTERS)?;
    let (limit, cursor) = (query.limit()?, query.cursor()?);
    let ctx = caller.context(&app).await?;
    let read = app.db.read().await?;
    let filter = filter_of(&caller, &query)?;
    let now = app.clock.now();
    let rows = match query.get("q") {
        None => db::shipments::list(&read, &filter, cursor.as_deref(), limit + 1).await?,
        Some(q) => {
            let mut ids = db::search::find(&read, &caller.retailer, q, 1_000).await?;
            if let Some(cursor) = &cursor {
                ids.retain(|id| id < cursor);
            }
            db::shipments::list_among(&read, &filter, &ids, limit + 1).await?
        }
    };
    Ok(page(rows, limit, |s| s.id.clone(), |s| view::shipment(s, &ctx, &app.config.public_url, now)))
}

fn filter_of(caller: &Caller, query: &Query) -> Result<Filter, Problem> {
    let unknown = |name: &str| Problem::fault(&format!("/{name}"), "unknown_value", "is not one of the known values");
    let mut filter = Filter::of(&caller.retailer);
    if let Some(v) = query.get("order_number") {
        filter.is("order_key", order_key(v).as_str());
    }
    if let Some(v) = query.get("tracking_number") {
        filter.is("tracking_key", number_key(v).as_str());
    }
    if let Some(v) = query.get("carrier") {
        filter.is("carrier", v);
    }
    if let Some(v) = query.given("type") {
        filter.is("type", ShipmentType::parse(v).ok_or_else(|| unknown("type"))?.id());
    }
    if let Some(v) = query.given("state") {
        filter.is("state", ShipmentState::parse(v).ok_or_else(|| unknown("state"))?.id());
    }
    if let Some(v) = query.given("milestone") {
        filter.is("milestone", Milestone::parse(v).ok_or_else(|| unknown("milestone"))?.id());
    }
    if let Some(v) = query.given("attention") {
        filter.is("attention", Attention::parse(v).ok_or_else(|| unknown("attention"))?.id());
    }
    for name in ["late", "may_be_missing", "at_risk"] {
        if let Some(v) = query.flag(name)? {
            filter.is(
                match name {
                    "late" => "late",
                    "at_risk" => "at_risk",
                    _ => "may_be_missing",
                },
                v,
            );
        }
    }
    if let Some(tag) = query.get("tag") {
        filter.tagged(tag);
    }
    if let Some(since) = query.time("updated_since")? {
        filter.test("updated_at", ">=", since);
    }
    Ok(filter)
}

/// `GET /shipments/{id}/tracking-events`: newest first, undated last.
pub async fn tracking_events(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let limit = query.limit()?;
    let row = find(&app, &caller, &id).await?;
    let kept = db::events::of_shipment(&app.db.read().await?, &caller.retailer, &row.id).await?;
    let mut sorted = newest_first(&kept);
    if let Some(after) = query.cursor()? {
        let place = sorted.iter().position(|k| k.key == after).map_or(sorted.len(), |i| i + 1);
        sorted.drain(..place);
    }
    sorted.truncate(usize::try_from(limit).unwrap_or(50) + 1);
    Ok(page(sorted, limit, |k| k.key.clone(), |k| view::tracking_event(k)))
}

/// The timeline's order.
pub fn newest_first(kept: &[KeptEvent]) -> Vec<&KeptEvent> {
    let events: Vec<_> = kept.iter().map(|k| k.event.clone()).collect();
    let by_key: std::collections::HashMap<&str, &KeptEvent> = kept.iter().map(|k| (k.key.as_str(), k)).collect();
    journey::timeline(&events).into_iter().filter_map(|e| by_key.get(e.key().as_str()).copied()).collect()
}

/// `GET /shipments/{id}/changes`: the log, oldest first.
pub async fn changes(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let limit = query.limit()?;
    let row = find(&app, &caller, &id).await?;
    let mut lines = all_changes(&app, &caller.retailer, &row.id).await?;
    if let Some(after) = query.cursor()? {
        let place = lines.iter().position(|l| l["id"] == json!(after)).map_or(lines.len(), |i| i + 1);
        lines.drain(..place);
    }
    lines.truncate(usize::try_from(limit).unwrap_or(50) + 1);
    Ok(page(lines, limit, |l| l["id"].as_str().unwrap_or_default().to_string(), Value::clone))
}

pub async fn all_changes(app: &App, retailer: &str, shipment: &str) -> Result<Vec<Value>, Problem> {
    let rows = db::events::changes_of(&app.db.read().await?, retailer, shipment).await?;
    let mut lines = Vec::new();
    for row in rows {
        let changes: Vec<Change> = serde_json::from_str(&row.doc).unwrap_or_default();
        lines.extend(changes.iter().enumerate().map(|(i, c)| view::change(c, &row.id, i, row.at)));
    }
    Ok(lines)
}

/// `POST /shipments/{id}/disputes`
pub async fn dispute(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let id = clean(&id)?.to_string();
    once(&app, &caller, &headers, &format!("POST /shipments/{id}/disputes"), &body, async {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            reason: String,
            #[serde(default)]
            note: Option<String>,
        }
        let asked: Asked = flow::faults::read(&body).map_err(Problem::invalid)?;
        if !matches!(asked.reason.as_str(), "not_received" | "empty" | "wrong_item" | "damaged") {
            return Err(Problem::fault("/reason", "unknown_value", "must be not_received, empty, wrong_item or damaged"));
        }
        let (row, dispute) = flow::alerts::dispute(&app, &caller.retailer, &id, &asked.reason, asked.note.as_deref()).await?;
        let answer = json!({
            "id": dispute.id, "shipment_id": row.id, "at": view::time(dispute.at), "reason": dispute.reason, "note": dispute.note,
            "settled_at": null, "disputed": row.disputed,
        });
        Ok((StatusCode::CREATED, answer))
    })
    .await
}

/// `DELETE /shipments/{id}/disputes`: it is settled.
pub async fn settle_dispute(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    let row = flow::alerts::settle_dispute(&app, &caller.retailer, clean(&id)?, "api").await?;
    Ok(answer(StatusCode::OK, &view::shipment(&row, &ctx, &app.config.public_url, app.clock.now())))
}
