//! `/api/v1/unmatched` and `/api/v1/quarantine`: what found no shipment, and what nobody could read.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::shipments::clean;
use crate::{
    app::App,
    db::{self, inbox::Quarantined},
    flow, view,
    web::{
        call::{Caller, Query, once, page},
        problem::Problem,
    },
};

pub async fn unmatched(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["tracking_number"])?;
    let (limit, cursor) = (query.limit()?, query.cursor()?.unwrap_or_default());
    let (number, key) = cursor.split_once('\n').unwrap_or(("", ""));
    let read = app.db.read().await?;
    let rows = match query.get("tracking_number").map(db::shipments::number_key) {
        None => db::events::unmatched(&read, &caller.retailer, (number, key), limit + 1).await?,
        Some(wanted) => {
            let mut of_number = db::events::unmatched_of_number(&read, &caller.retailer, &wanted).await?;
            of_number.sort_by(|a, b| a.key.cmp(&b.key));
            of_number.retain(|k| k.key.as_str() > key);
            of_number
        }
    };
    Ok(page(rows, limit, |k| format!("{}\n{}", k.owner, k.key), view::tracking_event))
}

pub fn show(q: &Quarantined) -> Value {
    json!({
        "id": q.id,
        "first_at": view::time(q.first_at),
        "last_at": view::time(q.last_at),
        "times": q.times,
        "dialect": q.dialect,
        "cause": q.cause,
        "headers": serde_json::from_str::<Value>(&q.headers).unwrap_or_default(),
        "body": std::str::from_utf8(&q.body).ok(),
        "body_base64": STANDARD.encode(&q.body),
        "bytes": q.body.len(),
    })
}

pub async fn quarantine(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let limit = query.limit()?;
    let after = query.cursor()?.unwrap_or_default();
    let rows = db::inbox::quarantined(&app.db.read().await?, &caller.retailer, &after, limit + 1).await?;
    Ok(page(rows, limit, |q| q.id.clone(), show))
}

/// `POST /quarantine/{id}/replay`: hands it in again.
pub async fn replay(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let id = clean(&id)?.to_string();
    once(&app, &caller, &headers, &format!("POST /quarantine/{id}/replay"), &Value::Null, async {
        flow::replay::quarantined(&app, &caller.retailer, &id).await?;
        Ok((StatusCode::ACCEPTED, json!({ "id": id, "replayed": true })))
    })
    .await
}
