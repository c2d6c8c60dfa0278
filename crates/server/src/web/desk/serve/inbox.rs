//! What came in and found no shipment, and what nobody could read.

use std::collections::BTreeMap;

use axum::extract::Path;

use super::{Answer, Asked, Desk, Fault, Form, after, plural, toast};
use crate::{
    db::{self, inbox::Quarantined},
    flow,
    following::carrier_name,
    web::desk::{
        frame::grouped,
        quarantine::{Cause, Payload, QuarantineView},
        unmatched::{UnmatchedRow, UnmatchedView},
    },
};

const EVENTS_PAGE: i64 = 200;
const PAYLOADS_MAX: i64 = 100;
const REPLAY_MAX: i64 = 1_000;
const EXCERPT_MAX: usize = 2_000;

/// `GET /desk/unmatched`: one row per number.
pub async fn unmatched(desk: Desk, asked: Asked) -> Answer {
    let after = asked.get("cursor").unwrap_or_default();
    let mut events = db::events::unmatched(&desk.app.db.read().await?, desk.retailer(), (after, "~"), EVENTS_PAGE + 1).await?;
    let more = events.len() > EVENTS_PAGE as usize;
    // A number that the page would cut in two waits for the next one, unless it is all there is.
    let cut = events.last().map(|e| e.owner.clone()).filter(|_| more);
    if let Some(owner) = cut.filter(|owner| events.iter().any(|e| e.owner != *owner)) {
        events.retain(|e| e.owner != owner);
    }
    let days = desk.ctx.sources_of(&["retailer".to_string()]).0.unmatched_days;
    let last = events.last().map(|e| e.owner.clone());
    let mut numbers: BTreeMap<String, Vec<db::events::KeptEvent>> = BTreeMap::new();
    for event in events {
        numbers.entry(event.owner.clone()).or_default().push(event);
    }
    let row = |events: Vec<db::events::KeptEvent>| {
        let newest = events.iter().max_by_key(|e| e.event.at())?;
        let received = events.iter().map(|e| e.received_at).max()?;
        let first = events.iter().map(|e| e.received_at).min()?;
        let until = jiff::Timestamp::from_millisecond(first + days * 86_400_000).ok()?;
        Some(UnmatchedRow {
            tracking_number: newest.event.tracking_number.clone(),
            carrier: carrier_name(&newest.event.carrier),
            events: grouped(events.len() as u64),
            newest: newest.event.state.label().into(),
            received: desk.when_ms(received),
            kept_until: until.to_zoned(desk.zone.clone()).strftime("%-d %b %Y").to_string(),
        })
    };
    let rows: Vec<UnmatchedRow> = numbers.into_values().filter_map(row).collect();
    let view = UnmatchedView {
        frame: desk.frame("Unmatched", "unmatched").await?,
        empty: rows.is_empty().then(UnmatchedView::nothing),
        next_page: last.filter(|_| more).map(|last| format!("/desk/unmatched?cursor={}", super::quoted(&last))),
        rows,
    };
    desk.show(&view)
}

/// `GET /desk/quarantine`
pub async fn quarantine(desk: Desk) -> Answer {
    let kept = db::inbox::quarantined(&desk.app.db.read().await?, desk.retailer(), "", PAYLOADS_MAX).await?;
    let mut causes: BTreeMap<String, Vec<Payload>> = BTreeMap::new();
    for payload in &kept {
        causes.entry(payload.cause.clone()).or_default().push(shown(&desk, payload));
    }
    let causes: Vec<Cause> = causes
        .into_iter()
        .map(|(cause, payloads)| Cause { words: cause_words(&cause), count: grouped(payloads.len() as u64), id: cause, payloads })
        .collect();
    let view = QuarantineView {
        frame: desk.frame("Quarantine", "quarantine").await?,
        empty: causes.is_empty().then(QuarantineView::nothing),
        causes,
    };
    desk.show(&view)
}

fn cause_words(cause: &str) -> String {
    let words = if cause.contains(' ') { cause.to_string() } else { cause.replace('_', " ") };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn shown(desk: &Desk, q: &Quarantined) -> Payload {
    let is_nobodys = q.dialect.as_deref().is_none_or(|named| whereabouts_adapters::by_id(named).is_none());
    Payload {
        id: q.id.clone(),
        source: q.dialect.as_deref().map_or_else(|| "hook, format unknown".into(), |d| format!("hook, {}", carrier_name(d))),
        size: size(q.body.len()),
        tries: if q.times == 1 { "came once".into() } else { format!("came {} times", q.times) },
        received: desk.when_ms(q.last_at),
        excerpt: readable(&q.body[..q.body.len().min(EXCERPT_MAX)]),
        map: is_nobodys.then(|| format!("/desk/mappings/new?payload={}", super::quoted(&q.id))),
    }
}

/// "812 bytes", "1.2 KB".
pub fn size(bytes: usize) -> String {
    if bytes < 1_024 { format!("{bytes} bytes") } else { format!("{:.1} KB", bytes as f64 / 1_024.0) }
}

/// As text; what is not text is shown as dots.
pub fn readable(body: &[u8]) -> String {
    let dotted = |c: char| if c == '\u{fffd}' || (c.is_control() && !matches!(c, '\n' | '\t')) { '·' } else { c };
    String::from_utf8_lossy(body).chars().map(dotted).collect()
}

/// `POST /desk/quarantine/{id}/replay`
pub async fn replay(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let done = flow::replay::quarantined(&desk.app, desk.retailer(), &id).await;
    after(form.back("/desk/quarantine"), done.map(|()| toast::done("Handed in again; it comes back here if it still cannot be read")))
}

/// `POST /desk/quarantine/replay`: all of one cause.
pub async fn replay_cause(desk: Desk, form: Form) -> Answer {
    let cause = form.get("cause").to_string();
    let kept = db::inbox::quarantined(&desk.app.db.read().await?, desk.retailer(), "", REPLAY_MAX).await?;
    let mut count = 0;
    for payload in kept.iter().filter(|q| q.cause.trim() == cause) {
        match flow::replay::quarantined(&desk.app, desk.retailer(), &payload.id).await {
            Ok(()) => count += 1,
            // A colleague was quicker.
            Err(flow::FlowError::NotFound) => {}
            Err(other) => return after(form.back("/desk/quarantine"), Err(other)),
        }
    }
    after(form.back("/desk/quarantine"), Ok(toast::done(format!("{} handed in again", plural(count, "payload", "payloads")))))
}
