//! `/api/v1/received`: what came in lately, as it came, and what was recognised in it.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::shipments::clean;
use crate::{
    app::App,
    context::Context,
    db::{
        self,
        received::{DayRow, ReceivedFilter, ReceivedRow},
    },
    view,
    web::{
        call::{Caller, Query, ok, page},
        problem::Problem,
    },
};

/// How far back feeds are counted.
const FEED_DAYS: i64 = 7;

fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// `verified`, `wrong`, `no_secret` (the dialect signs, and no secret is set), `unsigned`.
pub fn signature_of(row: &ReceivedRow, ctx: &Context) -> &'static str {
    match row.signature.as_str() {
        "verified" => "verified",
        "wrong" => "wrong",
        _ if row.source != "hook" => "unsigned",
        _ if ctx.hook_secrets.contains_key(&row.dialect) => "unsigned",
        _ => "no_secret",
    }
}

fn show(row: &ReceivedRow, ctx: &Context) -> Value {
    json!({
        "id": row.id,
        "received_at": view::time(row.received_at),
        "source": row.source,
        "dialect": or_null(&row.dialect),
        "mapping_id": or_null(&row.mapping),
        "told_by": or_null(&row.told_by),
        "signature": signature_of(row, ctx),
        "outcome": row.outcome,
        "detail": or_null(&row.detail),
        "numbers": row.numbers,
        "events": row.events,
        "bytes": row.body.len(),
    })
}

/// `GET /received`: newest first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["dialect", "outcome", "mapping_id"])?;
    let limit = query.limit()?;
    let before = query.cursor()?.unwrap_or_else(|| db::received::NEWEST.into());
    let wanted = |name| query.get(name).unwrap_or_default();
    let filter = ReceivedFilter { dialect: wanted("dialect"), outcome: wanted("outcome"), mapping: wanted("mapping_id") };
    let ctx = caller.context(&app).await?;
    let rows = db::received::list(&app.db.read().await?, &caller.retailer, filter, &before, limit + 1).await?;
    Ok(page(rows, limit, |r| r.id.clone(), |r| show(r, &ctx)))
}

/// `GET /received/{id}`: with headers and bytes.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = db::received::by_id(&app.db.read().await?, &caller.retailer, clean(&id)?).await?.ok_or_else(Problem::not_found)?;
    let mut shown = show(&row, &*caller.context(&app).await?);
    shown["headers"] = serde_json::from_str::<Value>(&row.headers).unwrap_or_default();
    shown["body"] = json!(std::str::from_utf8(&row.body).ok());
    shown["body_base64"] = json!(STANDARD.encode(&row.body));
    Ok(ok(&shown))
}

/// `GET /received/feeds`: how much came in the last seven days, by dialect and way in.
pub async fn feeds(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let feeds = db::received::by_dialect(&app.db.read().await?, &caller.retailer, &since(&app)).await?;
    let show = |f: &DayRow| {
        json!({
            "dialect": or_null(&f.dialect), "source": f.source, "payloads": f.payloads, "events": f.events, "unread": f.unread,
            "refused": f.refused, "last_at": view::time(f.last_at),
        })
    };
    Ok(ok(&json!({ "data": feeds.iter().map(show).collect::<Vec<_>>(), "since": since(&app), "next_cursor": null })))
}

/// The first day that is counted.
pub fn since(app: &App) -> String {
    let first = app.clock.now() - jiff::SignedDuration::from_hours(24 * (FEED_DAYS - 1));
    first.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
