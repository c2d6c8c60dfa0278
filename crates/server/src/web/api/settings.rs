//! `/api/v1/settings/{scope}`, hook secrets, calendars.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use whereabouts_domain::{calendar::Calendars, scope::Scope, settings};

use crate::{
    app::App,
    context::{CALENDARS_SCOPE, Context},
    db, flow,
    web::{
        call::{Caller, json as read_json, ok},
        problem::Problem,
    },
};

/// `GET /settings/{scope}`: every setting with its value there, and where the value comes from.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(scope): Path<String>) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    if Scope::parse(&scope).is_none() {
        return Err(Problem::not_found());
    }
    Ok(ok(&show(&ctx, &scope)))
}

/// The scopes that a scope rests on, wide ones first.
pub fn resting_on(scope: &str) -> Vec<String> {
    let mut scopes = vec!["retailer".to_string()];
    if let Some(rest) = scope.strip_prefix("carrier:")
        && let Some((carrier, _)) = rest.split_once(':')
    {
        scopes.push(format!("carrier:{carrier}"));
    }
    if scope != "retailer" {
        scopes.push(scope.to_string());
    }
    scopes
}

pub fn show(ctx: &Context, scope: &str) -> Value {
    let (_, sources) = ctx.sources_of(&resting_on(scope));
    let mut all = Map::new();
    for info in settings::catalogue() {
        if let Some((value, from)) = sources.get(info.key) {
            all.insert(info.key.into(), json!({ "value": value, "from": from, "kind": info.kind, "unit": info.unit, "help": info.help }));
        }
    }
    json!({ "scope": scope, "preset": ctx.preset.id(), "settings": all, "set_here": ctx.layers.get(scope) })
}

/// `PUT /settings/{scope}`: `{"key": value, …}`; null takes a value back. What GET answered can be sent back too.
pub async fn put(State(app): State<Arc<App>>, caller: Caller, Path(scope): Path<String>, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let inner = body.get("settings").cloned().unwrap_or(body);
    let mut flat = Map::new();
    let map = inner.as_object().ok_or_else(|| Problem::fault("", "invalid", "settings are an object"))?;
    for (key, value) in map {
        let described = value.as_object().is_some_and(|o| o.contains_key("value") && (o.len() == 1 || o.contains_key("from")));
        flat.insert(key.clone(), if described { value["value"].clone() } else { value.clone() });
    }
    if scope.contains('\0') {
        return Err(Problem::not_found());
    }
    flow::configure::put_settings(&app, &caller.retailer, &scope, &Value::Object(flat)).await?;
    let ctx = caller.context(&app).await?;
    Ok(ok(&show(&ctx, &scope)))
}

pub async fn calendars(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    let stored = db::settings::settings(&app.db.read().await?, &caller.retailer).await?;
    let edits: Value = stored.iter().find(|s| s.0 == CALENDARS_SCOPE).and_then(|s| serde_json::from_str(&s.1).ok()).unwrap_or(json!({}));
    Ok(ok(&json!({ "calendars": ctx.calendars.to_json(), "built_in": Calendars::built_in().to_json(), "edits": edits })))
}

pub async fn put_calendars(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    flow::configure::put_calendars(&app, &caller.retailer, &body).await?;
    let ctx = caller.context(&app).await?;
    Ok(ok(&json!({ "calendars": ctx.calendars.to_json(), "edits": body })))
}

/// Nothing stands beside the secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `PUT /hook-secrets/{dialect}`: from then on that dialect's signature is required.
pub async fn put_secret(State(app): State<Arc<App>>, caller: Caller, Path(dialect): Path<String>, body: Body) -> Result<Response, Problem> {
    let mut body = read_json(body).await?;
    let secret = body.as_object_mut().and_then(|map| map.remove("secret"));
    let _: Nothing = flow::faults::read(&body).map_err(Problem::invalid)?;
    let secret = match secret {
        None => return Err(Problem::fault("/secret", "missing_field", "is needed; null takes it back")),
        Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text).filter(|text| !text.is_empty()),
        _ => return Err(Problem::fault("/secret", "invalid", "must be text")),
    };
    flow::hooks::put_secret(&app, &caller.retailer, &dialect, secret.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
