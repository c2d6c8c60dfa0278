//! What shoppers would have been sent, in a sandbox or a demo. A demo's outbox is open to everybody who can reach it.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};

use super::{Answer, Asked, Desk, Fault, page, quoted};
use crate::{
    app::App,
    db::{self, notifications::NotificationRow},
    web::desk::{
        Step,
        frame::Frame,
        outbox::{OpenMessage, OutboxRow, OutboxView},
        when::When,
    },
};

const PAGE: i64 = 60;
/// A mail brings its own style; script it has none, and the frame around it allows none.
pub const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'self'; object-src 'none'";

/// Who may look: an agent, or in a demo anybody.
pub enum Reader {
    Agent(Box<Desk>),
    Anybody(String),
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Reader, Response> {
        if !app.config.sandbox {
            return Err(Fault::NotFound.into_response());
        }
        match Desk::from_request_parts(parts, app).await {
            Ok(desk) => Ok(Reader::Agent(Box::new(desk))),
            Err(refusal) if app.config.demo.is_none() => Err(refusal),
            Err(_) => {
                let read = app.db.read().await.map_err(|e| Fault::from(e).into_response())?;
                let first = db::retailers::all(&read).await.map_err(|e| Fault::from(e).into_response())?.into_iter().next();
                first.map(|r| Reader::Anybody(r.id)).ok_or_else(|| Fault::NotFound.into_response())
            }
        }
    }
}

/// `GET /outbox`, `?message=`
pub async fn get(State(app): State<Arc<App>>, reader: Reader, asked: Asked) -> Answer {
    let now = app.clock.now();
    let (retailer, frame, zone, signed_in) = match &reader {
        Reader::Agent(desk) => (desk.retailer().to_string(), desk.frame("Outbox", "outbox").await?, desk.zone.clone(), true),
        Reader::Anybody(id) => (id.clone(), Frame::new("Outbox", "outbox", "", now), TimeZone::UTC, false),
    };
    let read = app.db.read().await?;
    let mut all = db::notifications::list(&read, &retailer, asked.get("cursor"), PAGE + 1).await?;
    let more = all.len() > PAGE as usize;
    all.truncate(PAGE as usize);
    let last = all.last().map(|m| m.id.clone());
    all.retain(|m| m.state == "sent");
    let wanted = match asked.get("message") {
        Some(id) => db::notifications::by_id(&read, &retailer, id).await?.filter(|m| m.state == "sent"),
        None => all.first().cloned(),
    };
    drop(read);
    let at = |m: &NotificationRow| When::new(Timestamp::from_millisecond(m.sent_at.unwrap_or(m.created_at)).unwrap_or(now), now, &zone);
    let row = |m: &NotificationRow| OutboxRow {
        href: format!("/outbox?message={}", quoted(&m.id)),
        subject: m.subject.clone(),
        to: m.address.clone(),
        channel: channel(m),
        at: at(m),
        chosen: wanted.as_ref().is_some_and(|w| w.id == m.id),
    };
    let open = wanted.as_ref().map(|m| OpenMessage {
        subject: m.subject.clone(),
        to: m.address.clone(),
        channel: channel(m),
        at: at(m),
        html: Some(m.html.clone()).filter(|h| !h.is_empty()),
        text: m.text.clone(),
        shipment: (signed_in && !m.shipment_id.is_empty()).then(|| Step::new(format!("/desk/shipments/{}", m.shipment_id), "its shipment")),
    });
    let view = OutboxView {
        frame,
        rows: all.iter().map(row).collect(),
        next_page: last.filter(|_| more).map(|last| format!("/outbox?cursor={last}")),
        empty: (all.is_empty() && open.is_none()).then(OutboxView::nothing),
        open,
    };
    let mut response = page(StatusCode::OK, &view)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

fn channel(m: &NotificationRow) -> String {
    if m.channel == "email" { "e-mail".into() } else { m.channel.clone() }
}
