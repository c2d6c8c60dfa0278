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
    context::{Context, RuleDoc, Then},
    db, flow,
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

/// Reads a rule; what is wrong in `when` is named by its place in the whole document.
fn read(body: &Value) -> Result<RuleDoc, Problem> {
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.remove("id");
        map.remove("warnings");
    }
    let doc: RuleDoc = flow::faults::read(&body).map_err(Problem::invalid)?;
    Rule::parse(&doc.when).map_err(|e| Problem::fault(&format!("/when{}", e.pointer), "invalid", e.message))?;
    if let Then::Notify { message, channels, to } = &doc.then {
        if !flow::notify::message_names().any(|m| m == message) {
            let names: Vec<_> = flow::notify::message_names().collect();
            return Err(Problem::fault("/then/notify/message", "unknown_value", format!("must be one of {}", names.join(", "))));
        }
        if channels.iter().any(|c| c != "email") {
            return Err(Problem::fault("/then/notify/channels", "unknown_value", "the channel is email"));
        }
        if to.iter().any(|r| r != "buyer" && r != "recipient") {
            return Err(Problem::fault("/then/notify/to", "unknown_value", "must be buyer or recipient"));
        }
    }
    Ok(doc)
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let rows = db::settings::rules(&app.db.read().await?, &caller.retailer).await?;
    let reach = reach(&app, &caller).await?;
    let shown: Vec<Value> = rows.iter().filter_map(|(id, doc)| Some(show(id, &serde_json::from_str(doc).ok()?, &reach))).collect();
    Ok(ok(&json!({ "data": shown, "next_cursor": null })))
}

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let doc = read(&body)?;
    once(&app, &caller, &headers, "POST /rules", &body, async {
        let id = flow::configure::put_rule(&app, &caller.retailer, None, &doc).await?;
        Ok((StatusCode::CREATED, show(&id, &doc, &reach(&app, &caller).await?)))
    })
    .await
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<RuleDoc, Problem> {
    let rows = db::settings::rules(&app.db.read().await?, &caller.retailer).await?;
    let found = rows.iter().find(|r| r.0 == id).and_then(|r| serde_json::from_str(&r.1).ok());
    found.ok_or_else(Problem::not_found)
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let doc = find(&app, &caller, clean(&id)?).await?;
    Ok(ok(&show(&id, &doc, &reach(&app, &caller).await?)))
}

pub async fn put(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let doc = read(&read_json(body).await?)?;
    find(&app, &caller, clean(&id)?).await?;
    flow::configure::put_rule(&app, &caller.retailer, Some(&id), &doc).await?;
    Ok(ok(&show(&id, &doc, &reach(&app, &caller).await?)))
}

pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    flow::configure::delete_rule(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

const PREVIEW_SHIPMENTS: i64 = 200;

/// `POST /rules/preview`: which recent changes would have fired.
pub async fn preview(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let body: Value = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let when = body.get("when").cloned().unwrap_or(body);
    let rule = Rule::parse(&when).map_err(|e| Problem::fault(&e.pointer, "invalid", e.message))?;
    let ctx = caller.context(&app).await?;
    let read = app.db.read().await?;
    let filter = db::shipments::Filter::of(&caller.retailer);
    let recent = db::shipments::list(&read, &filter, None, PREVIEW_SHIPMENTS).await?;
    let mut fired = Vec::new();
    for row in &recent {
        for log in db::events::changes_of(&read, &caller.retailer, &row.id).await? {
            let changes: Vec<Change> = serde_json::from_str(&log.doc).unwrap_or_default();
            if would_fire(&app, &ctx, row, &rule, &changes, log.at) {
                let first = changes.first().map(|c| view::change(c, &log.id, 0, log.at));
                fired.push(json!({ "shipment_id": row.id, "order_number": row.registration.order_number, "change": first }));
            }
        }
    }
    let warnings = Reach::of(&read, &ctx).await?.warnings(&rule);
    Ok(ok(&json!({ "data": fired, "looked_at": recent.len(), "warnings": warnings, "next_cursor": null })))
}

/// Replays one log entry: the fields it names as they were and as they became, the others as they are.
fn would_fire(app: &App, ctx: &Context, row: &db::shipments::ShipmentRow, rule: &Rule, changes: &[Change], at: i64) -> bool {
    let settings = ctx.settings_for(&row.brand_id, &row.registration);
    let zone = ctx.zone_of(&row.brand_id, &row.registration, &settings);
    let now = jiff::Timestamp::from_millisecond(at).unwrap_or_else(|_| app.clock.now());
    let snapshot = flow::settle::snapshot(row);
    let seen = flow::settle::Seen { snapshot: &snapshot, row, settings: &settings, zone: &zone, now };
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
