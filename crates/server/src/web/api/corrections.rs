//! `/api/v1/carrier-corrections`: carriers that were guessed wrongly, put right for many shipments at once.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use whereabouts_adapters::recognise;

use super::shipments::clean;
use crate::{
    app::App,
    db::{self, corrections::CorrectionRow, shipments::ShipmentRow},
    flow::{self, corrections::Selection},
    view,
    web::{
        call::{Caller, Query, json as read_json, ok, once, page},
        problem::Problem,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The carrier that they shall have.
    carrier: String,
    #[serde(default)]
    shipment_ids: Vec<String>,
    from: Option<String>,
    number_begins: Option<String>,
    #[serde(default)]
    without_events: bool,
    #[serde(default)]
    number_fits: bool,
}

impl Asked {
    fn read(body: &Value) -> Result<(String, Selection), Problem> {
        let asked: Asked = flow::faults::read(body).map_err(Problem::invalid)?;
        let selection = Selection {
            shipment_ids: asked.shipment_ids,
            from: asked.from,
            number_begins: asked.number_begins,
            without_events: asked.without_events,
            number_fits: asked.number_fits,
        };
        Ok((asked.carrier, selection))
    }
}

fn show(c: &CorrectionRow) -> Value {
    let shipments: Vec<Value> = c.shipments().iter().map(|(id, from)| json!({ "shipment_id": id, "from": from })).collect();
    json!({
        "id": c.id,
        "at": view::time(c.at),
        "carrier": c.carrier,
        "shipments": shipments,
        "made_by": c.made_by,
        "undone_at": view::opt_time(c.undone_at),
        "undone_by": c.undone_by,
    })
}

fn show_shipment(s: &ShipmentRow) -> Value {
    let number = s.registration.tracking_number.as_deref().unwrap_or_default();
    let fits: Vec<&str> = recognise::recognise(number).into_iter().map(|c| c.carrier).take(5).collect();
    json!({
        "shipment_id": s.id,
        "order_number": s.registration.order_number,
        "tracking_number": s.registration.tracking_number,
        "from": s.registration.carrier,
        "state": s.journey.state.id(),
        "number_may_be_of": fits,
    })
}

/// `POST /carrier-corrections/preview`: which shipments would change.
pub async fn preview(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let (to, selection) = Asked::read(&read_json(body).await?)?;
    let (rows, more) = flow::corrections::selected(&app.db.read().await?, &caller.retailer, &selection, &to).await?;
    Ok(ok(&json!({ "data": rows.iter().map(show_shipment).collect::<Vec<_>>(), "more": more, "next_cursor": null })))
}

/// `POST /carrier-corrections`
pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    let (to, selection) = Asked::read(&body)?;
    once(&app, &caller, &headers, "POST /carrier-corrections", &body, async {
        let made = flow::corrections::correct(&app, &caller.retailer, &selection, &to, "api").await?;
        Ok((StatusCode::CREATED, show(&made)))
    })
    .await
}

/// `GET /carrier-corrections`: newest first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let limit = query.limit()?;
    let before = query.cursor()?.unwrap_or_else(|| db::corrections::NEWEST.into());
    let rows = db::corrections::list(&app.db.read().await?, &caller.retailer, &before, limit + 1).await?;
    Ok(page(rows, limit, |c| c.id.clone(), show))
}

/// `POST /carrier-corrections/{id}/undo`
pub async fn undo(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let id = clean(&id)?.to_string();
    once(&app, &caller, &headers, &format!("POST /carrier-corrections/{id}/undo"), &Value::Null, async {
        let shipments = flow::corrections::undo(&app, &caller.retailer, &id, "api").await?;
        Ok((StatusCode::OK, json!({ "id": id, "shipments": shipments })))
    })
    .await
}
