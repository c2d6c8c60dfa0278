//! `/api/v1/carrier-accounts`: carriers that are asked, with whose credentials, and what the calls are spent on. Secrets are never given back.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use whereabouts_adapters::ask::Pace;
use whereabouts_domain::feed::Outage;

use super::shipments::clean;
use crate::{
    app::App,
    context::Context,
    db::{self, accounts::AccountRow, polls::Spent},
    flow::{
        self,
        accounts::{Change, MASK, NewAccount, Way},
        poll::day_of,
        refresh::NotNow,
    },
    following::carrier_name,
    view,
    web::{
        call::{Caller, Query, json as read_json, ok, once},
        problem::Problem,
    },
};

const DAYS_MAX: i64 = 90;
const MOST: i64 = 10;

/// A day's calls, its parts by state.
fn show_day(day: &str, total: &Spent, states: &[&Spent]) -> Value {
    json!({
        "day": day,
        "calls": total.calls,
        "tokens": total.tokens,
        "asked": total.asked,
        "told": total.told,
        "not_known": total.not_known,
        "failed": total.failed,
        "states": states.iter().map(|s| json!({ "state": s.state, "asked": s.asked })).collect::<Vec<_>>(),
    })
}

async fn show(app: &App, retailer: &str, row: &AccountRow) -> Result<Value, Problem> {
    let way = flow::accounts::way_of(&row.carrier, &row.way);
    let read = app.db.read().await?;
    let today = day_of(app.clock.now());
    let spent = db::polls::days(&read, retailer, &row.id, &today).await?;
    let next = db::polls::next(&read, retailer, &row.id).await?;
    drop(read);
    let total = spent.iter().find(|s| s.state.is_empty()).cloned().unwrap_or_default();
    let pace = way.map(|w| Pace { per_day: row.per_day.and_then(|n| u32::try_from(n).ok()).or(w.card.pace.per_day), ..w.card.pace });
    Ok(json!({
        "id": row.id,
        "carrier": row.carrier,
        "way": row.way,
        "way_name": way.map(|w| w.card.name),
        "label": row.label,
        "environment": row.environment,
        "covers": row.covers(),
        "credentials": way.and_then(|w| masked(app, retailer, row, w)),
        "per_day": row.per_day,
        "calls_per_day": pace.and_then(|p| p.per_day),
        "state": row.state,
        "reason": row.reason,
        "tested_at": view::opt_time(row.tested_at),
        "verdict": row.verdict,
        "heard_at": view::opt_time(row.heard_at),
        "heard": row.heard,
        "followed": row.followed,
        "next_at": view::opt_time(next.map(|at| at.max(row.wait_until)).filter(|_| !row.is_paused())),
        "today": { "calls": total.calls, "tokens": total.tokens, "asked": total.asked, "told": total.told, "not_known": total.not_known, "failed": total.failed },
        "created_at": view::time(row.created_at),
        "updated_at": view::time(row.updated_at),
    }))
}

/// What was filled in, secrets behind a mask; nothing if it cannot be opened.
fn masked(app: &App, retailer: &str, row: &AccountRow, way: Way) -> Option<Value> {
    let opened = flow::accounts::open(app, retailer, row).ok()?;
    let shown = way.card.fields.iter().map(|f| {
        let value = opened.get(f.id);
        let value = if f.secret && !value.is_empty() { MASK } else { value };
        (f.id.to_string(), json!(value))
    });
    Some(Value::Object(shown.collect::<Map<_, _>>()))
}

/// `GET /carrier-accounts/cards`: who can be asked, and what each wants to know.
pub async fn cards(_: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let card = |w: Way| {
        let field =
            |f: &whereabouts_adapters::ask::Field| json!({ "id": f.id, "label": f.label, "secret": f.secret, "required": f.required });
        json!({
            "carrier": w.carrier.card().id,
            "carrier_name": carrier_name(w.carrier.card().id),
            "way": w.card.id,
            "name": w.card.name,
            "help": w.card.help,
            "fields": w.card.fields.iter().map(field).collect::<Vec<_>>(),
            "numbers_per_call": w.card.batch,
            "calls_per_day": w.card.pace.per_day,
            "sandbox": w.card.sandbox.is_some(),
        })
    };
    Ok(ok(&json!({ "data": flow::accounts::ways().map(card).collect::<Vec<_>>(), "next_cursor": null })))
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let rows = db::accounts::all(&app.db.read().await?, &caller.retailer).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in &rows {
        shown.push(show(&app, &caller.retailer, row).await?);
    }
    Ok(ok(&json!({ "data": shown, "next_cursor": null })))
}

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let new: NewAccount = flow::faults::read(&body).map_err(Problem::invalid)?;
    once(&app, &caller, &headers, "POST /carrier-accounts", &body, async {
        let row = flow::accounts::create(&app, &caller.retailer, &new).await?;
        Ok((StatusCode::CREATED, show(&app, &caller.retailer, &row).await?))
    })
    .await
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = find(&app, &caller, &id).await?;
    Ok(ok(&show(&app, &caller.retailer, &row).await?))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<AccountRow, Problem> {
    db::accounts::by_id(&app.db.read().await?, &caller.retailer, clean(id)?).await?.ok_or_else(Problem::not_found)
}

pub async fn patch(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let change: Change = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let row = flow::accounts::change(&app, &caller.retailer, clean(&id)?, &change).await?;
    Ok(ok(&show(&app, &caller.retailer, &row).await?))
}

pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    flow::accounts::delete(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /carrier-accounts/{id}/test`: tries the credentials that are kept.
pub async fn test(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let path = format!("POST /carrier-accounts/{}/test", clean(&id)?);
    once(&app, &caller, &headers, &path, &Value::Null, async {
        let row = flow::accounts::test(&app, &caller.retailer, &id).await?;
        Ok((StatusCode::OK, show(&app, &caller.retailer, &row).await?))
    })
    .await
}

/// `GET /carrier-accounts/{id}/usage`: day by day, and today's most asked for.
pub async fn usage(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["days"])?;
    let days = match query.given("days") {
        None => 7,
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|n| (1..=DAYS_MAX).contains(n))
            .ok_or_else(|| Problem::fault("/days", "invalid", format!("must be 1 to {DAYS_MAX}")))?,
    };
    let row = find(&app, &caller, &id).await?;
    let now = app.clock.now();
    let since = now.checked_sub(((days - 1) * 24).hours()).map_or_else(|_| day_of(now), day_of);
    let read = app.db.read().await?;
    let spent = db::polls::days(&read, &caller.retailer, &row.id, &since).await?;
    let most = db::polls::most(&read, &caller.retailer, &row.id, &day_of(now), MOST).await?;
    let ids: Vec<String> = most.iter().map(|t| t.shipment.clone()).collect();
    let shipments = db::shipments::by_ids_read(&read, &caller.retailer, &ids).await?;
    drop(read);
    let mut by_day: BTreeMap<&str, (Spent, Vec<&Spent>)> = BTreeMap::new();
    for s in &spent {
        let day = by_day.entry(&s.day).or_default();
        if s.state.is_empty() { day.0 = s.clone() } else { day.1.push(s) }
    }
    let asks = |id: &str| most.iter().find(|t| t.shipment == id).map_or(0, |t| t.asks);
    let most: Vec<Value> = shipments
        .iter()
        .map(|s| {
            let reg = &s.registration;
            json!({ "shipment_id": s.id, "order_number": reg.order_number, "tracking_number": reg.tracking_number, "state": s.journey.state.id(), "asks": asks(&s.id) })
        })
        .collect();
    Ok(ok(&json!({
        "data": by_day.iter().rev().map(|(day, (total, states))| show_day(day, total, states)).collect::<Vec<_>>(),
        "most_today": most,
        "next_cursor": null,
    })))
}

/// Since when, until when and by what silence does not grow for a carrier's parcels now; a setting of the retailer's speaks before what was noticed.
pub fn suspended(ctx: &Context, carrier: &str, now: Timestamp) -> Option<(Outage, &'static str)> {
    let holds = |o: &&Outage| o.holds(now);
    let set = ctx.sources_of(&["retailer".to_string(), format!("carrier:{carrier}")]).0.feed_down;
    let by_hand = set.iter().find(holds).map(|o| (*o, "setting"));
    by_hand.or_else(|| ctx.down.get(carrier)?.iter().find(holds).map(|o| (*o, "quiet_feed")))
}

/// `GET /feeds`: which carriers speak, which have gone quiet, and whose parcels may not be missing meanwhile.
pub async fn feeds(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let rows = db::feeds::all(&app.db.read().await?, &caller.retailer).await?;
    let (ctx, now) = (caller.context(&app).await?, app.clock.now());
    let told = |(outage, by): (Outage, &str)| {
        let time = |at: Timestamp| view::time(at.as_millisecond());
        json!({ "since": time(outage.from), "until": outage.until.map(time), "by": by })
    };
    let show = |f: &db::feeds::FeedRow| {
        json!({
            "carrier": f.carrier,
            "state": if f.quiet_since.is_some() { "quiet" } else { "flowing" },
            "last_at": (f.last_at > 0).then(|| view::time(f.last_at)),
            "alert_id": f.alert_id,
            "suspended": suspended(&ctx, &f.carrier, now).map(told),
        })
    };
    Ok(ok(&json!({ "data": rows.iter().map(show).collect::<Vec<_>>(), "next_cursor": null })))
}

/// `POST /shipments/{id}/refresh`: asks the carrier now, and answers when what came is taken in.
pub async fn refresh(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let path = format!("POST /shipments/{}/refresh", clean(&id)?);
    once(&app, &caller, &headers, &path, &Value::Null, async {
        let done = flow::refresh::shipment(&app, &caller.retailer, &id).await.map_err(|e| not_now(&app, e))?;
        let ctx = caller.context(&app).await?;
        let row = db::shipments::by_id(&app.db.read().await?, &caller.retailer, &id).await?.ok_or_else(Problem::not_found)?;
        let answer = json!({
            "asked_at": view::time(done.asked_at),
            "account": done.account,
            "heard": done.heard,
            "new_events": done.new_events,
            "next_at": view::opt_time(done.next_at),
            "shipment": view::shipment(&row, &ctx, &app.config.public_url, app.clock.now()),
        });
        Ok((StatusCode::OK, answer))
    })
    .await
}

fn not_now(app: &App, error: NotNow) -> Problem {
    match error {
        NotNow::Flow(e) => e.into(),
        NotNow::Nobody(why) => Problem::conflict(why),
        NotNow::TooSoon { asked_at, again_at } => {
            let secs = ((again_at - app.clock.now_ms()) / 1_000).max(1);
            Problem::too_soon(secs, format!("the carrier was asked at {}; ask again after {}", told(asked_at), told(again_at)))
        }
    }
}

fn told(ms: i64) -> String {
    view::time(ms).as_str().unwrap_or_default().to_string()
}
