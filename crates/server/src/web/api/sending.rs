//! `/api/v1/sending`: the stop sign on all messages, of a brand, of a channel.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    db, flow, view,
    web::{
        call::{self, Caller, ok, once},
        problem::Problem,
    },
};

/// What is to be stopped; without a scope it is everything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    scope: Option<String>,
    /// The brand's id or name, instead of a scope.
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    /// On resuming: what is older than the setting allows is withheld, unless this says no.
    #[serde(default)]
    discard_stale: Option<bool>,
}

impl Asked {
    fn scope(&self) -> Result<String, Problem> {
        match (&self.scope, &self.brand, &self.channel) {
            (Some(scope), None, None) => Ok(scope.clone()),
            (None, Some(brand), None) => Ok(format!("brand:{brand}")),
            (None, None, Some(channel)) => Ok(format!("channel:{channel}")),
            (None, None, None) => Ok("all".into()),
            _ => Err(Problem::fault("", "invalid", "one of `scope`, `brand` and `channel`, not several")),
        }
    }
}

/// `GET /sending`: what is held, since when.
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let holds = db::notifications::holds(&app.db.read().await?, &caller.retailer).await?;
    let shown: Vec<Value> = holds.iter().map(|(scope, since)| json!({ "scope": scope, "since": view::time(*since) })).collect();
    Ok(ok(&json!({ "holds": shown })))
}

pub async fn hold(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let (body, asked) = read(body).await?;
    once(&app, &caller, &headers, "POST /sending/hold", &body, async {
        let scope = flow::hold::hold(&app, &caller.retailer, &asked.scope()?).await?;
        Ok((StatusCode::OK, json!({ "scope": scope, "held": true })))
    })
    .await
}

pub async fn resume(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let (body, asked) = read(body).await?;
    once(&app, &caller, &headers, "POST /sending/resume", &body, async {
        let resumed = flow::hold::resume(&app, &caller.retailer, &asked.scope()?, asked.discard_stale.unwrap_or(true)).await?;
        Ok((StatusCode::OK, json!({ "held": false, "released": resumed.released, "discarded": resumed.discarded })))
    })
    .await
}

async fn read(body: Body) -> Result<(Value, Asked), Problem> {
    let bytes = call::bytes(body, call::API_BODY_MAX).await?;
    let body = if bytes.is_empty() { json!({}) } else { call::parse_json(&bytes)? };
    let asked = flow::faults::read(&body).map_err(Problem::invalid)?;
    Ok((body, asked))
}
