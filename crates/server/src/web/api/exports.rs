//! `GET /api/v1/exports/{orders|shipments|events}`: everything, or what the filters leave, as a file that can be taken in again. Streamed.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use whereabouts_adapters::sheet::Kind;
use whereabouts_domain::{Milestone, State as ShipmentState};

use super::imports::format_told;
use crate::{
    app::App,
    db::shipments::Filter,
    export::Export,
    web::{
        call::{Caller, Query},
        problem::Problem,
        streamed,
    },
    written::Format,
};

pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(what): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let kind: Kind = what.parse().map_err(|()| Problem::not_found())?;
    let export = asked(&caller.retailer, kind, raw.as_deref())?;
    let ctx = caller.context(&app).await?;
    Ok(streamed::export(app, ctx, export))
}

/// What a query asks for; of orders only the time counts.
pub fn asked(retailer: &str, kind: Kind, raw: Option<&str>) -> Result<Export, Problem> {
    let known: &[&str] = match kind {
        Kind::Orders => &["format", "from", "until"],
        Kind::Shipments => &["format", "from", "until", "state", "milestone", "carrier"],
        Kind::Events => &["format", "from", "until", "state", "milestone", "carrier", "unmatched"],
    };
    let query = Query::of(raw, known)?;
    let unknown = |name: &str| Problem::fault(&format!("/{name}"), "unknown_value", "is not one of the known values");
    let mut filter = Filter::of(retailer);
    filter.tracked();
    if let Some(v) = query.get("state") {
        filter.is("state", ShipmentState::parse(v).ok_or_else(|| unknown("state"))?.id());
    }
    if let Some(v) = query.get("milestone") {
        filter.is("milestone", Milestone::parse(v).ok_or_else(|| unknown("milestone"))?.id());
    }
    if let Some(v) = query.get("carrier") {
        filter.is("carrier", v);
    }
    Ok(Export {
        kind,
        format: format_told(&query)?.unwrap_or(Format::Csv),
        filter,
        from: time(&query, "from")?,
        until: time(&query, "until")?,
        unmatched: query.flag("unmatched")?.unwrap_or(true) && ["state", "milestone", "carrier"].iter().all(|n| query.get(n).is_none()),
    })
}

/// A time, or a day, which begins in Greenwich; empty says nothing.
fn time(query: &Query, name: &str) -> Result<Option<i64>, Problem> {
    let Some(told) = query.get(name) else { return Ok(None) };
    match told.parse::<jiff::civil::Date>() {
        Ok(day) if told.len() == 10 => {
            let begins = day.to_zoned(jiff::tz::TimeZone::UTC).map(|z| z.timestamp().as_millisecond());
            Ok(Some(begins.map_err(|_| Problem::fault(&format!("/{name}"), "invalid", "is no day that we can tell"))?))
        }
        _ => query.time(name),
    }
}
