//! `/api/v1/sandbox`: the clock and the outbox. Only there when the product runs as a sandbox.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    db, flow, view,
    web::{
        call::{Caller, json as read_json, ok, once},
        problem::Problem,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: i64,
}

/// At most ten years at once.
const ADVANCE_MAX_MS: i64 = 10 * 366 * 86_400_000;

pub async fn clock(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    if !app.config.sandbox {
        return Err(Problem::not_found());
    }
    let body = read_json(body).await?;
    let asked: Advance = flow::faults::read(&body).map_err(Problem::invalid)?;
    if !(0..=ADVANCE_MAX_MS).contains(&asked.advance_ms) {
        return Err(Problem::fault("/advance_ms", "invalid", format!("must be 0 to {ADVANCE_MAX_MS}")));
    }
    once(&app, &caller, &headers, "POST /sandbox/clock", &body, async {
        let now = flow::due::advance(&app, asked.advance_ms).await?;
        Ok((StatusCode::OK, json!({ "now": view::time(now) })))
    })
    .await
}

pub async fn outbox(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    if !app.config.sandbox {
        return Err(Problem::not_found());
    }
    let sent = db::notifications::outbox(&app.db.read().await?, &caller.retailer).await?;
    let show = |n: &db::notifications::NotificationRow| {
        json!({
            "at": view::opt_time(n.sent_at), "channel": n.channel, "to": n.address, "subject": n.subject, "text": n.text, "html": n.html,
            "shipment_id": n.shipment_id, "change": n.kind, "role": n.role, "covers": n.covers,
        })
    };
    // All of it is one page, so that a story can be read to its end.
    Ok(ok(&json!({ "data": sent.iter().map(show).collect::<Vec<_>>(), "next_cursor": null })))
}
