//! `POST /api/v1/tracking-events`: events in our own words. Digested at once, so that the answer says which were new.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    app::App,
    flow::{
        self,
        digest::{Fate, Incoming},
        told,
    },
    web::{
        call::{Caller, json as read_json, once},
        problem::Problem,
    },
};

const MANY_MAX: usize = 1_000;

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    once(&app, &caller, &headers, "POST /tracking-events", &body, take(&app, &caller.retailer, &body)).await
}

/// Takes `{"events":[…]}` in.
async fn take(app: &App, retailer: &str, body: &Value) -> Result<(StatusCode, Value), Problem> {
    let map = body.as_object().ok_or_else(|| Problem::fault("", "invalid", "must be an object with `events`"))?;
    if let Some(other) = map.keys().find(|k| *k != "events") {
        return Err(Problem::fault(&format!("/{other}"), "unknown_field", format!("unknown field `{other}`")));
    }
    let list = map.get("events").and_then(Value::as_array).ok_or_else(|| Problem::fault("/events", "missing_field", "must be a list"))?;
    if list.len() > MANY_MAX {
        return Err(Problem::fault("/events", "too_long", format!("at most {MANY_MAX} at once")));
    }
    let now = app.clock.now_ms();
    let mut incoming = Vec::with_capacity(list.len());
    let mut rejected = Vec::new();
    let known = told::carriers_of(app, retailer, &list.iter().collect::<Vec<_>>()).await?;
    for (index, sent) in list.iter().enumerate() {
        match told::event(sent, &known) {
            Ok(event) => incoming.push(Incoming { retailer: retailer.to_string(), event, received_at: now }),
            Err(faults) => rejected.push(json!({ "index": index, "problem": Problem::invalid(faults).json() })),
        }
    }
    let fates = flow::digest::take(app, incoming).await?;
    let duplicates = fates.iter().filter(|f| **f == Fate::Duplicate).count();
    let answer = json!({ "accepted": fates.len() - duplicates, "duplicates": duplicates, "rejected": rejected });
    Ok((StatusCode::ACCEPTED, answer))
}
