//! `GET /api/v1/shipments/{id}/estimate`, `/scorecard`, `/promises/kept` and `/promises/possible`: why a date, how good such dates were, what was
//! kept and what can be promised.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, RawQuery, State},
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{
    ToSpan as _,
    civil::{Date, Time},
};
use serde_json::{Value, json};
use whereabouts_domain::{
    Destination, Registration,
    forecast::{Known, published::Aimed},
};

use super::shipments::clean;
use crate::{
    app::App,
    context::Context,
    db,
    flow::{foretell, grade},
    view,
    web::{
        call::{Caller, Query, ok},
        problem::Problem,
    },
    why,
};

/// Of such parcels so many arrive by the day that could be promised.
const POSSIBLE_SHARE: f64 = 0.9;
/// A promise is worked out for at most so many days ahead.
const AHEAD_DAYS: i64 = 90;

/// `GET /shipments/{id}/estimate`: why this date?
pub async fn estimate(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    let read = app.db.read().await?;
    let row = db::shipments::by_id(&read, &caller.retailer, clean(&id)?).await?.ok_or_else(Problem::not_found)?;
    let cards = grade::scorecards(&read, &caller.retailer).await?.map(|(_, graded)| graded.data).unwrap_or_default();
    Ok(ok(&why::why(&app, &ctx, &row, &cards, app.clock.now()).json()))
}

/// `GET /scorecard?carrier=`
pub async fn scorecard(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["carrier"])?;
    let Some((at, mut graded)) = grade::scorecards(&app.db.read().await?, &caller.retailer).await? else {
        return Ok(ok(&json!({ "graded_at": null, "from": null, "until": null, "data": [], "next_cursor": null })));
    };
    if let Some(carrier) = query.get("carrier") {
        graded.data.retain(|card| card.carrier.as_deref() == Some(carrier));
    }
    Ok(ok(&json!({ "graded_at": view::time(at), "from": graded.from, "until": graded.until, "data": graded.data, "next_cursor": null })))
}

/// What lines are summed up by.
const BY: [&str; 3] = ["carrier", "service", "lane"];

/// `GET /promises/kept?by=carrier,service,lane&carrier=&format=`
pub async fn kept(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["by", "carrier", "service", "format"])?;
    let by: Vec<&str> = query.get("by").unwrap_or("carrier").split(',').collect();
    if by.iter().any(|name| !BY.contains(name)) {
        return Err(Problem::fault("/by", "unknown_value", "must name some of carrier, service, lane"));
    }
    let is_csv = match query.get("format") {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(Problem::fault("/format", "unknown_value", "must be json or csv")),
    };
    let graded = grade::promises(&app.db.read().await?, &caller.retailer).await?;
    let (graded_at, from, until) =
        graded.as_ref().map_or((Value::Null, None, None), |(at, g)| (view::time(*at), Some(g.from), Some(g.until)));
    let wanted = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let mut sums: BTreeMap<Vec<String>, (u32, u32)> = BTreeMap::new();
    for line in graded.iter().flat_map(|(_, g)| &g.data).filter(|l| wanted("carrier", &l.carrier) && wanted("service", &l.service)) {
        let of = |name: &&str| match *name {
            "carrier" => line.carrier.clone(),
            "service" => line.service.clone(),
            _ => line.lane.clone(),
        };
        let sum = sums.entry(by.iter().map(of).collect()).or_default();
        *sum = (sum.0 + line.parcels, sum.1 + line.kept);
    }
    let mut lines: Vec<(Vec<String>, (u32, u32))> = sums.into_iter().collect();
    lines.sort_by_key(|(_, (parcels, _))| std::cmp::Reverse(*parcels));
    if is_csv {
        return csv(&by, &lines);
    }
    let line = |(key, (parcels, kept)): &(Vec<String>, (u32, u32))| {
        let mut told = serde_json::Map::new();
        for (name, value) in by.iter().zip(key) {
            told.insert((*name).into(), if value.is_empty() { Value::Null } else { json!(value) });
        }
        told.insert("parcels".into(), json!(parcels));
        told.insert("kept".into(), json!(kept));
        told.insert("share".into(), json!(share(*kept, *parcels)));
        Value::Object(told)
    };
    let data: Vec<Value> = lines.iter().map(line).collect();
    Ok(ok(&json!({ "graded_at": graded_at, "from": from, "until": until, "data": data, "next_cursor": null })))
}

fn share(part: u32, of: u32) -> f64 {
    (f64::from(part) / f64::from(of.max(1)) * 1_000.0).round() / 1_000.0
}

fn csv(by: &[&str], lines: &[(Vec<String>, (u32, u32))]) -> Result<Response, Problem> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let head = by.iter().copied().chain(["parcels", "kept", "share"]);
    let written = out.write_record(head).and_then(|()| {
        lines.iter().try_for_each(|(key, (parcels, kept))| {
            let numbers = [parcels.to_string(), kept.to_string(), share(*kept, *parcels).to_string()];
            out.write_record(key.iter().map(|cell| unformulated(cell)).chain(numbers))
        })
    });
    let bytes = written.ok().and_then(|()| out.into_inner().ok()).ok_or_else(Problem::busy)?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], bytes).into_response())
}

/// What a spreadsheet would take for a formula begins with an apostrophe.
fn unformulated(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// `GET /promises/possible?…`: by which day nine of ten such parcels arrive.
pub async fn possible(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let names =
        ["carrier", "service", "origin_country", "origin_postcode", "destination_country", "destination_postcode", "handed_over_on"];
    let query = Query::of(raw.as_deref(), &names)?;
    let ctx = caller.context(&app).await?;
    let place = |kind: &str| {
        let country = query.get(&format!("{kind}_country")).map(str::to_ascii_uppercase);
        let postcode = query.get(&format!("{kind}_postcode")).map(str::to_owned);
        country.map(|country| Destination { country: Some(country), postcode, ..Destination::default() })
    };
    let (origin, destination) = (place("origin"), place("destination"));
    let Some(to) = &destination else {
        return Err(Problem::fault("/destination_country", "required", "is needed: a country of two letters"));
    };
    let settings = ctx.settings_for("", &Default::default());
    let zone = whereabouts_domain::zone::zone_of(to.country.as_deref(), to.postcode.as_deref(), None, &settings.zone);
    let today = zone.to_datetime(app.clock.now()).date();
    let day = match query.get("handed_over_on") {
        None => today,
        Some(text) => text.parse().map_err(|_| Problem::fault("/handed_over_on", "invalid", "must be a day, YYYY-MM-DD"))?,
    };
    if day < today || day > today.saturating_add(AHEAD_DAYS.days()) {
        return Err(Problem::fault("/handed_over_on", "invalid", format!("must be today or within {AHEAD_DAYS} days")));
    }
    let carrier = query.get("carrier");
    let service = query.get("service").unwrap_or_default();
    let known = Known {
        carrier: carrier.map(|carrier| format!("{carrier} {service}")),
        origin: foretell::place(origin.as_ref(), 2),
        destination: foretell::place(destination.as_ref(), 2),
        place: foretell::place(destination.as_ref(), 4),
        ..Known::default()
    };
    let to = to.clone();
    let answer = learnt(&app, &caller.retailer, &known, day).or_else(|| published(&ctx, carrier?, service, origin, to, day));
    let (from, by, source, from_arrivals, words) = answer.unwrap_or_else(|| {
        (None, None, Value::Null, Value::Null, "too little has arrived to learn from, and nothing is published that we know of".into())
    });
    Ok(ok(&json!({
        "handed_over_on": day, "from": from, "by": by, "share": (source == "learnt").then_some(POSSIBLE_SHARE), "source": source,
        "learnt_from": from_arrivals, "explanation": words,
    })))
}

type Possible = (Option<Date>, Option<Date>, Value, Value, String);

fn learnt(app: &App, retailer: &str, known: &Known, day: Date) -> Option<Possible> {
    let taught = app.learnt.taught(retailer)?;
    let at = day.to_datetime(Time::constant(18, 0, 0, 0));
    let (low, high) = taught.foresight.foresee(known, at, Some(at), at).likely?;
    let after = |days: f64| day.checked_add((days as i64).days()).ok();
    let arrivals = taught.foresight.arrivals();
    let words = format!("9 of 10 such parcels handed over on {day} arrive by this day; learnt from {arrivals} arrivals");
    Some((after(low.floor()), Some(after(high.ceil())?), json!("learnt"), json!(arrivals), words))
}

fn published(ctx: &Context, carrier: &str, service: &str, from: Option<Destination>, to: Destination, day: Date) -> Option<Possible> {
    let registration = Registration {
        carrier: Some(carrier.into()),
        service: Some(service.into()),
        destination: Some(to),
        origin: from,
        ..Registration::default()
    };
    let aimed = Aimed::of(&registration, day, &ctx.calendars)?;
    Some((Some(aimed.from), Some(aimed.until), json!("published"), Value::Null, aimed.why()))
}
