//! `/api/v1/notifications` and `/api/v1/sending`: every message, sent, waiting or withheld, and the hold switch.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    app::App,
    db::{self, notifications::NotificationRow},
    view,
    web::{
        call::{Caller, Query, page},
        problem::Problem,
    },
};

pub fn show(n: &NotificationRow) -> Value {
    json!({
        "id": n.id,
        "shipment_id": n.shipment_id,
        "order_id": n.order_id,
        "kind": n.kind,
        "channel": n.channel,
        "role": n.role,
        "to": n.address,
        "subject": n.subject,
        "state": n.state,
        "reason": n.reason,
        "covers": n.covers,
        "created_at": view::time(n.created_at),
        "send_at": view::opt_time(n.send_at),
        "sent_at": view::opt_time(n.sent_at),
        "attempts": n.attempts,
    })
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["shipment_id"])?;
    let (limit, cursor) = (query.limit()?, query.cursor()?);
    let read = app.db.read().await?;
    let rows = match query.get("shipment_id") {
        Some(id) => {
            let all = db::notifications::of_shipment(&read, &caller.retailer, id).await?;
            let wanted = usize::try_from(limit).unwrap_or(50) + 1;
            all.into_iter().filter(|n| cursor.as_deref().is_none_or(|c| n.id.as_str() < c)).take(wanted).collect()
        }
        None => db::notifications::list(&read, &caller.retailer, cursor.as_deref(), limit + 1).await?,
    };
    Ok(page(rows, limit, |n| n.id.clone(), show))
}
