//! `/api/v1/webhooks`: where changes are told to, what was sent there, and sending it again.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shipments::clean;
use crate::{
    app::App,
    db::{
        self,
        webhooks::{AttemptRow, MessageRow, WebhookRow},
    },
    flow::{self, endpoints::Replay},
    view,
    web::{
        call::{Caller, Query, json as read_json, ok, once},
        problem::Problem,
    },
};

/// Without the secret, which is told once.
pub fn show(w: &WebhookRow) -> Value {
    json!({
        "id": w.id,
        "url": w.url,
        "filter": w.filter.as_deref().and_then(|f| serde_json::from_str::<Value>(f).ok()),
        "enabled": w.enabled,
        "failing_since": view::opt_time(w.failing_since),
        "disabled_reason": w.disabled_reason,
        "created_at": view::time(w.created_at),
    })
}

fn show_message(m: &MessageRow, attempts: &[AttemptRow]) -> Value {
    let attempt = |a: &AttemptRow| json!({ "attempt": a.attempt, "at": view::time(a.at), "status": a.status, "error": a.error, "took_ms": a.took_ms });
    json!({
        "id": m.id,
        "type": m.kind,
        "state": m.state,
        "created_at": view::time(m.created_at),
        "next_attempt_at": view::opt_time(m.next_attempt_at),
        "last_status": m.last_status,
        "last_error": m.last_error,
        "body": serde_json::from_str::<Value>(&m.body).unwrap_or_default(),
        "attempts": attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    url: String,
    #[serde(default)]
    filter: Option<Value>,
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let new: NewWebhook = flow::faults::read(&body).map_err(Problem::invalid)?;
    once(&app, &caller, &headers, "POST /webhooks", &body, async {
        let hook = flow::endpoints::create(&app, &caller.retailer, &new.url, new.filter.clone(), new.enabled).await?;
        let mut shown = show(&hook);
        shown["secret"] = json!(hook.secret);
        Ok((StatusCode::CREATED, shown))
    })
    .await
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let rows = db::webhooks::all(&app.db.read().await?, &caller.retailer).await?;
    Ok(ok(&json!({ "data": rows.iter().map(show).collect::<Vec<_>>(), "next_cursor": null })))
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = db::webhooks::by_id(&app.db.read().await?, &caller.retailer, clean(&id)?).await?;
    Ok(ok(&show(&found.ok_or_else(Problem::not_found)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    enabled: bool,
}

/// `PATCH /webhooks/{id}`: on, with a clean record, or off.
pub async fn patch(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let switch: Switch = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let hook = flow::endpoints::enable(&app, &caller.retailer, clean(&id)?, switch.enabled).await?;
    Ok(ok(&show(&hook)))
}

pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    flow::endpoints::delete(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /webhooks/{id}/deliveries`: every message and every attempt, newest first.
pub async fn deliveries(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let (limit, cursor) = (query.limit()?, query.cursor()?);
    let read = app.db.read().await?;
    db::webhooks::by_id(&read, &caller.retailer, clean(&id)?).await?.ok_or_else(Problem::not_found)?;
    let mut shown = Vec::new();
    for message in db::webhooks::log(&read, &caller.retailer, &id, cursor.as_deref(), limit + 1).await? {
        let attempts = db::webhooks::attempts(&read, &caller.retailer, &message.id).await?;
        shown.push((message, attempts));
    }
    Ok(crate::web::call::page(shown, limit, |m| m.0.id.clone(), |m| show_message(&m.0, &m.1)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    since: Option<jiff::Timestamp>,
}

/// `POST /webhooks/{id}/replay`: `{"message_id"}` sends that one again, `{"since"}` all that failed since, `{}` all that ever failed.
pub async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = read_json_or_empty(body).await?;
    let again: Again = flow::faults::read(&body).map_err(Problem::invalid)?;
    let what = match (again.message_id, again.since) {
        (Some(_), Some(_)) => return Err(Problem::fault("", "invalid", "either `message_id` or `since`, not both")),
        (Some(message), None) => Replay::Message(clean(&message)?.to_string()),
        (None, since) => Replay::Since(since.map_or(0, jiff::Timestamp::as_millisecond)),
    };
    once(&app, &caller, &headers, &format!("POST /webhooks/{id}/replay"), &body, async {
        let replayed = flow::endpoints::replay(&app, &caller.retailer, clean(&id)?, &what).await?;
        Ok((StatusCode::ACCEPTED, json!({ "replayed": replayed })))
    })
    .await
}

/// `POST /webhooks/{id}/test`: sends a message of type `webhook.test` at once and answers what came back.
pub async fn test(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = read_json_or_empty(body).await?;
    once(&app, &caller, &headers, &format!("POST /webhooks/{id}/test"), &body, async {
        let message = flow::endpoints::test(&app, &caller.retailer, clean(&id)?).await?;
        let attempts = db::webhooks::attempts(&app.db.read().await?, &caller.retailer, &message.id).await?;
        Ok((StatusCode::OK, show_message(&message, &attempts)))
    })
    .await
}

/// These calls need no body.
async fn read_json_or_empty(body: Body) -> Result<Value, Problem> {
    let bytes = crate::web::call::bytes(body, crate::web::call::API_BODY_MAX).await?;
    if bytes.is_empty() { Ok(json!({})) } else { crate::web::call::parse_json(&bytes) }
}
