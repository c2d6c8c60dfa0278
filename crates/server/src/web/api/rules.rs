//! `/api/v1/rules`: what is told to whom, and what alerts the agents.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use whereabouts_domain::{Change, rule::Rule};

use super::shipments::clean;
use crate::{
    app::App,
    context::{Context, RuleDoc},
    db::{self, DbError},
    flow,
    never::Reach,
    view,
    web::{
        call::{Caller, Query, json as read_json, ok, once},
        problem::Problem,
    },
};

fn show(id: &str, doc: &RuleDoc, reach: &Reach) -> Value {
    let warnings = Rule::parse(&doc.when).map(|rule| reach.warnings(&rule)).unwrap_or_default();
    json!({ "id": id, "name": doc.name, "when": doc.when, "then": doc.then, "enabled": doc.enabled, "warnings": warnings })
}

/// What the retailer's carriers can tell.
async fn reach(app: &App, caller: &Caller) -> Result<Reach, Problem> {
    let ctx = caller.context(app).await?;
    Ok(Reach::of(&app.db.read().await?, &ctx).await?)
}

fn read(body: &Value) -> Result<RuleDoc, Problem> {
    flow::rules::read(body).map_err(Problem::invalid)
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let rows = db::rules::all(&app.db.read().await?, &caller.retailer).await?;
    let reach = reach(&app, &caller).await?;
    let shown: Vec<Value> = rows.iter().filter_map(|(id, doc)| Some(show(id, &serde_json::from_str(doc).ok()?, &reach))).collect();
    Ok(ok(&json!({ "data": shown, "next_cursor": null })))
}

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let doc = read(&body)?;
    once(&app, &caller, &headers, "POST /rules", &body, async {
        let id = flow::rules::put(&app, &caller.retailer, None, &doc).await?;
        Ok((StatusCode::CREATED, show(&id, &doc, &reach(&app, &caller).await?)))
    })
    .await
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<RuleDoc, Problem> {
    let found = db::rules::by_id(&app.db.read().await?, &caller.retailer, id).await?;
    found.and_then(|doc| serde_json::from_str(&doc).ok()).ok_or_else(Problem::not_found)
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let doc = find(&app, &caller, clean(&id)?).await?;
    Ok(ok(&show(&id, &doc, &reach(&app, &caller).await?)))
}

pub async fn put(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let doc = read(&read_json(body).await?)?;
    find(&app, &caller, clean(&id)?).await?;
    flow::rules::put(&app, &caller.retailer, Some(&id), &doc).await?;
    Ok(ok(&show(&id, &doc, &reach(&app, &caller).await?)))
}

pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    flow::rules::remove(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The changes of so many of the newest shipments are looked at.
const PREVIEW_SHIPMENTS: i64 = 200;

/// A change that would have made a rule fire.
pub struct Fired {
    pub shipment_id: String,
    pub order_number: Option<String>,
    pub tracking_number: Option<String>,
    /// As the log of changes shows it.
    pub change: Option<Value>,
}

/// What a rule would have made of recent changes, and how many shipments were looked at.
pub async fn would_have_fired(app: &App, ctx: &Context, rule: &Rule) -> Result<(Vec<Fired>, usize), DbError> {
    let read = app.db.read().await?;
    let recent = db::shipments::list(&read, &db::shipments::Filter::of(&ctx.id), None, PREVIEW_SHIPMENTS).await?;
    let mut fired = Vec::new();
    for row in &recent {
        for log in db::events::changes_of(&read, &ctx.id, &row.id).await? {
            let changes: Vec<Change> = serde_json::from_str(&log.doc).unwrap_or_default();
            if would_fire(app, ctx, row, rule, &changes, log.at) {
                fired.push(Fired {
                    shipment_id: row.id.clone(),
                    order_number: row.registration.order_number.clone(),
                    tracking_number: row.registration.tracking_number.clone(),
                    change: changes.first().map(|c| view::change(c, &log.id, 0, log.at)),
                });
            }
        }
    }
    Ok((fired, recent.len()))
}

/// `POST /rules/preview`: which recent changes would have fired.
pub async fn preview(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let body: Value = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let when = body.get("when").cloned().unwrap_or(body);
    let rule = Rule::parse(&when).map_err(|e| Problem::fault(&e.pointer, "invalid", e.message))?;
    let ctx = caller.context(&app).await?;
    let (fired, looked_at) = would_have_fired(&app, &ctx, &rule).await?;
    let show = |f: &Fired| json!({ "shipment_id": f.shipment_id, "order_number": f.order_number, "change": f.change });
    let warnings = Reach::of(&app.db.read().await?, &ctx).await?.warnings(&rule);
    Ok(ok(
        &json!({ "data": fired.iter().map(show).collect::<Vec<_>>(), "looked_at": looked_at, "warnings": warnings, "next_cursor": null }),
    ))
}

/// Replays one log entry: the fields it names as they were and as they became, the others as they are.
fn would_fire(app: &App, ctx: &Context, row: &db::shipments::ShipmentRow, rule: &Rule, changes: &[Change], at: i64) -> bool {
    let settings = ctx.settings_for(&row.brand_id, &row.registration);
    let zone = ctx.zone_of(&row.brand_id, &row.registration, &settings);
    let now = jiff::Timestamp::from_millisecond(at).unwrap_or_else(|_| app.clock.now());
    let snapshot = flow::settle::snapshot(row);
    let seen = flow::settle::Seen::of(row, &snapshot, &settings, &zone, now);
    let before = Replayed { seen: &seen, changes, after: false };
    let after = Replayed { seen: &seen, changes, after: true };
    rule.fires(&before, &after)
}

struct Replayed<'a> {
    seen: &'a flow::settle::Seen<'a>,
    changes: &'a [Change],
    after: bool,
}

impl whereabouts_domain::rule::Fields for Replayed<'_> {
    fn get(&self, field: &str) -> Option<Value> {
        match self.changes.iter().find(|c| c.field == field) {
            Some(c) => Some(if self.after { &c.after } else { &c.before }.clone()).filter(|v| !v.is_null()),
            None => self.seen.get(field),
        }
    }
}
