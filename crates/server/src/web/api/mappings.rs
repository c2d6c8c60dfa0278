//! `/api/v1/mappings`: how payloads are read that no adapter knows.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use whereabouts_adapters::mapping::{Mapping, outline::Node};

use super::shipments::clean;
use crate::{
    app::App,
    db::{
        self,
        mappings::{MappingRow, Replay},
    },
    flow::{
        self,
        mappings::{Sample, Tried, Wanted},
    },
    view,
    web::{
        call::{Caller, HOOK_BODY_MAX, Query, json as read_json, ok, once},
        problem::Problem,
    },
};

fn show(m: &MappingRow) -> Value {
    json!({
        "id": m.id,
        "name": m.name,
        "version": m.version,
        "mapping": m.doc.as_deref().and_then(|doc| serde_json::from_str::<Value>(doc).ok()),
        "form": serde_json::from_str::<Value>(&m.shape).ok().map(|shape| shape["form"].clone()),
        "set_by": m.set_by,
        "set_at": view::time(m.set_at),
        "replay": m.replay.as_ref().map(show_replay),
    })
}

fn show_replay(r: &Replay) -> Value {
    json!({
        "total": r.total,
        "looked_at": r.looked_at,
        "handed_in": r.handed_in,
        "begun_at": view::time(r.begun_at),
        "done_at": view::opt_time(r.done_at),
    })
}

/// `GET /mappings`: those that hold, in their newest version.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let all = db::mappings::newest(&app.db.read().await?, &caller.retailer).await?;
    let shown: Vec<Value> = all.iter().filter(|m| m.doc.is_some()).map(show).collect();
    Ok(ok(&json!({ "data": shown, "next_cursor": null })))
}

/// `GET /mappings/{id}`: the newest version, and those before it.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let newest = flow::mappings::by_id(&app, &caller.retailer, clean(&id)?).await?;
    if newest.doc.is_none() {
        return Err(Problem::not_found());
    }
    let versions = db::mappings::versions(&app.db.read().await?, &caller.retailer, &id).await?;
    let mut shown = show(&newest);
    shown["versions"] = versions
        .iter()
        .map(|v| json!({ "version": v.version, "name": v.name, "holds": v.doc.is_some(), "set_by": v.set_by, "set_at": view::time(v.set_at) }))
        .collect();
    Ok(ok(&shown))
}

/// A payload, by the id under which we keep it or as text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    mapping: Option<Mapping>,
    payload_id: Option<String>,
    #[serde(skip)]
    payload: Option<String>,
}

impl Asked {
    async fn read(body: Body) -> Result<(Value, Asked), Problem> {
        let body = read_json(body).await?;
        // A payload is longer than any text of ours may be.
        let mut rest = body.clone();
        let payload = rest.as_object_mut().and_then(|map| map.remove("payload")).unwrap_or_default();
        let mut asked: Asked = flow::faults::read(&rest).map_err(Problem::invalid)?;
        asked.payload = match payload {
            Value::Null => None,
            Value::String(text) => Some(text),
            _ => return Err(Problem::fault("/payload", "invalid", "must be the payload as text")),
        };
        Ok((body, asked))
    }

    async fn sample(&self, app: &App, retailer: &str) -> Result<Option<Sample>, Problem> {
        match (&self.payload_id, &self.payload) {
            (Some(_), Some(_)) => Err(Problem::fault("/payload", "invalid", "send the payload or its id, not both")),
            (Some(id), None) => match flow::mappings::sample(app, retailer, clean(id)?).await {
                Err(flow::FlowError::NotFound) => {
                    Err(Problem::fault("/payload_id", "not_found", "no such payload is in the quarantine or among those received lately"))
                }
                other => Ok(Some(other?)),
            },
            (None, Some(text)) if text.len() > HOOK_BODY_MAX => Err(Problem::too_large(HOOK_BODY_MAX)),
            (None, Some(text)) => {
                Ok(Some(Sample { body: text.clone().into_bytes(), headers: Vec::new(), received_at: Some(app.clock.now()) }))
            }
            (None, None) => Ok(None),
        }
    }

    async fn wanted(self, app: &App, retailer: &str) -> Result<Wanted, Problem> {
        let sample = self.sample(app, retailer).await?;
        let missing = |pointer: &str| Problem::fault(pointer, "missing", "is needed");
        let name = self.name.ok_or_else(|| missing("/name"))?;
        let mapping = self.mapping.ok_or_else(|| missing("/mapping"))?;
        Ok(Wanted { name, mapping, sample })
    }
}

/// `POST /mappings`
pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let (body, asked) = Asked::read(body).await?;
    let wanted = asked.wanted(&app, &caller.retailer).await?;
    once(&app, &caller, &headers, "POST /mappings", &body, async {
        let made = flow::mappings::create(&app, &caller.retailer, wanted, "api").await?;
        Ok((StatusCode::CREATED, show(&made)))
    })
    .await
}

/// `PUT /mappings/{id}`: the next version.
pub async fn put(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let (_, asked) = Asked::read(body).await?;
    let wanted = asked.wanted(&app, &caller.retailer).await?;
    Ok(ok(&show(&flow::mappings::change(&app, &caller.retailer, clean(&id)?, wanted, "api").await?)))
}

/// `DELETE /mappings/{id}`
pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    flow::mappings::withdraw(&app, &caller.retailer, clean(&id)?, "api").await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /mappings/preview`: what stands in a payload, what we would propose, and what the mapping makes of what is stored.
pub async fn preview(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let (_, asked) = Asked::read(body).await?;
    let sample = asked.sample(&app, &caller.retailer).await?;
    let sample = sample.ok_or_else(|| Problem::fault("/payload", "missing", "send a payload, or the id of one in the quarantine"))?;
    let tried = flow::mappings::try_out(&app, &caller.retailer, &sample, asked.mapping.as_ref()).await?;
    Ok(ok(&show_tried(&tried)))
}

fn show_tried(tried: &Tried) -> Value {
    let place = |n: &Node| json!({ "path": n.path, "kind": n.kind.id(), "count": n.count, "samples": n.samples });
    json!({
        "form": tried.outline.form,
        "places": tried.outline.nodes.iter().map(place).collect::<Vec<_>>(),
        "guess": tried.guess,
        "events": tried.events.iter().map(view::event_fields).collect::<Vec<_>>(),
        "faults": tried.faults,
        "problem": tried.problem,
        "payloads_alike": tried.alike,
        "payloads_read": tried.read,
    })
}
