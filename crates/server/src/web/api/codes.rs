//! `/api/v1/unknown-codes`: codes that stand in no carrier's list, and what the retailer takes them to mean.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use whereabouts_domain::Reason;

use super::shipments::clean;
use crate::{
    app::App,
    db::{
        self,
        codes::{MeaningRow, UnknownCode},
    },
    flow, view,
    web::{
        call::{Caller, Query, json as read_json, ok, page},
        problem::Problem,
    },
};

fn show(code: &UnknownCode, meaning: Option<&MeaningRow>) -> Value {
    json!({
        "carrier": code.carrier,
        "code": code.code,
        "words": code.words,
        "times": code.times,
        "shipments": code.shipments,
        "first_at": view::time(code.first_at),
        "last_at": view::time(code.last_at),
        "sample_shipment_id": code.shipment,
        "meaning": meaning.filter(|m| m.state.is_some()).map(show_meaning),
    })
}

fn show_meaning(m: &MeaningRow) -> Value {
    json!({ "version": m.version, "state": m.state, "reason": m.reason, "set_by": m.set_by, "set_at": view::time(m.set_at) })
}

/// `GET /unknown-codes`: by carrier and code.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let (limit, cursor) = (query.limit()?, query.cursor()?.unwrap_or_default());
    let (carrier, code) = cursor.split_once('\n').unwrap_or(("", ""));
    let read = app.db.read().await?;
    let rows = db::codes::unknown(&read, &caller.retailer, (carrier, code), limit + 1).await?;
    let meanings = db::codes::meanings(&read, &caller.retailer).await?;
    let of: HashMap<(&str, &str), &MeaningRow> = meanings.iter().map(|m| ((m.carrier.as_str(), m.code.as_str()), m)).collect();
    Ok(page(rows, limit, |c| format!("{}\n{}", c.carrier, c.code), |c| show(c, of.get(&(c.carrier.as_str(), c.code.as_str())).copied())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    state: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    carrier: String,
    code: String,
    state: Option<String>,
    reason: Option<String>,
}

/// `PUT /unknown-codes/{carrier}/{code}`: says what it means; a state of null takes that back. What was said before is read anew.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((carrier, code)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Problem> {
    let asked: Wanted = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let meaning = flow::meanings::asked_for(asked.state.as_deref(), asked.reason.as_deref())?;
    let (carrier, code) = (clean(&carrier)?, clean(&code)?);
    let (version, shipments) = flow::meanings::set(&app, &caller.retailer, carrier, code, meaning, "api").await?;
    Ok(ok(&json!({
        "carrier": carrier,
        "code": code,
        "version": version,
        "state": meaning.map(|m| m.state.id()),
        "reason": meaning.and_then(|m| m.reason).map(Reason::id),
        "shipments": shipments,
    })))
}

/// `POST /unknown-codes/preview`: what a meaning would make of the newest shipments of which the code was said.
pub async fn preview(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let asked: Tried = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let meaning = flow::meanings::asked_for(asked.state.as_deref(), asked.reason.as_deref())?;
    let effects = flow::meanings::try_out(&app, &caller.retailer, clean(&asked.carrier)?, clean(&asked.code)?, meaning).await?;
    let changed = effects.iter().filter(|e| e.before != e.after);
    let shown: Vec<Value> = changed
        .map(|e| {
            json!({
                "shipment_id": e.shipment_id,
                "order_number": e.order_number,
                "tracking_number": e.tracking_number,
                "before": e.before.id(),
                "after": e.after.id(),
            })
        })
        .collect();
    Ok(ok(&json!({ "data": shown, "looked_at": effects.len(), "next_cursor": null })))
}
