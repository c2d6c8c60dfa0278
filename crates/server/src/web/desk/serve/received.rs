//! What came in lately, and one payload as it came.

use axum::extract::Path;

use super::{Answer, Asked, Desk, Fault, plural, quoted};
use crate::{
    context::Context,
    db::{
        self,
        received::{DayRow, ReceivedFilter, ReceivedRow},
    },
    following::carrier_name,
    web::{
        api::received::{signature_of, since},
        desk::{
            frame::grouped,
            pill::Pill,
            queue::Filter,
            received::{FeedLine, PayloadView, ReceivedLine, ReceivedView},
        },
    },
};

const PAGE: i64 = 50;
const BODY_SHOWN: usize = 64 * 1024;
const OUTCOMES: &[(&str, &str)] =
    &[("", "All"), ("events", "Read"), ("unread", "Unread"), ("error", "Errors"), ("empty", "Nothing in it"), ("refused", "Refused")];

/// `GET /desk/received`: `dialect`, `outcome`, `cursor`.
pub async fn get(desk: Desk, asked: Asked) -> Answer {
    let (dialect, outcome) = (asked.get("dialect").unwrap_or_default(), asked.get("outcome").unwrap_or_default());
    let read = desk.app.db.read().await?;
    let filter = ReceivedFilter { dialect, outcome, mapping: "" };
    let before = asked.get("cursor").unwrap_or(db::received::NEWEST);
    let mut rows = db::received::list(&read, desk.retailer(), filter, before, PAGE + 1).await?;
    let feeds = db::received::by_dialect(&read, desk.retailer(), &since(&desk.app)).await?;
    drop(read);
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let here = |outcome: &str| {
        let wanted = [("dialect", dialect), ("outcome", outcome)].into_iter().filter(|(_, v)| !v.is_empty());
        let query = wanted.map(|(n, v)| format!("{n}={}", quoted(v))).collect::<Vec<_>>().join("&");
        if query.is_empty() { "/desk/received".to_string() } else { format!("/desk/received?{query}") }
    };
    let mut filters: Vec<Filter> = OUTCOMES
        .iter()
        .map(|(id, label)| Filter {
            label: (*label).into(),
            href: here(id),
            chosen: *id == outcome && (!id.is_empty() || dialect.is_empty()),
        })
        .collect();
    if !dialect.is_empty() {
        let everything = if outcome.is_empty() { "/desk/received".into() } else { format!("/desk/received?outcome={}", quoted(outcome)) };
        filters.push(Filter { label: format!("Only {} ×", carrier_name(dialect)), href: everything, chosen: true });
    }
    let is_filtered = !(dialect.is_empty() && outcome.is_empty());
    let nothing = if is_filtered {
        super::super::Empty {
            icon: "search",
            title: "Nothing of this kind lately".into(),
            why: "Payloads are kept for some days; what came before is counted above.".into(),
            next: Some(super::super::Step::new("/desk/received", "Show all")),
        }
    } else {
        ReceivedView::nothing()
    };
    let last = rows.last().map(|r| r.id.clone()).filter(|_| more);
    let join = if is_filtered { "&" } else { "?" };
    let view = ReceivedView {
        frame: desk.frame("Received", "received").await?,
        feeds: feeds.iter().map(|f| feed(&desk, f)).collect(),
        filters: if feeds.is_empty() { Vec::new() } else { filters },
        empty: rows.is_empty().then_some(nothing),
        rows: rows.iter().map(|r| line(&desk, r)).collect(),
        next_page: last.map(|id| format!("{}{join}cursor={}", here(outcome), quoted(&id))),
    };
    desk.show(&view)
}

fn name_of(dialect: &str) -> String {
    if dialect.is_empty() { "Nobody’s".into() } else { carrier_name(dialect) }
}

fn source_words(source: &str) -> String {
    match source {
        "hook" => "by hook",
        "poll" => "asked",
        "file" => "by file",
        "replay" => "out of the quarantine",
        other => other,
    }
    .into()
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn feed(desk: &Desk, f: &DayRow) -> FeedLine {
    let troubles = [(f.unread, "unread"), (f.refused, "refused")].into_iter().filter(|(n, _)| *n > 0);
    FeedLine {
        name: name_of(&f.dialect),
        href: if f.dialect.is_empty() {
            "/desk/received?outcome=unread".into()
        } else {
            format!("/desk/received?dialect={}", quoted(&f.dialect))
        },
        source: source_words(&f.source),
        payloads: grouped(count(f.payloads)),
        events: grouped(count(f.events)),
        trouble: troubles.map(|(n, what)| format!("{} {what}", grouped(count(n)))).collect::<Vec<_>>().join(", "),
        last: desk.when_ms(f.last_at),
    }
}

/// Whether its signature was checked.
pub fn signature_pill(r: &ReceivedRow, ctx: &Context) -> Pill {
    match signature_of(r, ctx) {
        "verified" => Pill::new("good", "shield", "Verified"),
        "wrong" => Pill::new("bad", "shield", "Wrong"),
        "no_secret" => Pill::new("calm", "shield", "Not checked"),
        _ => Pill::new("calm", "shield", "Not signed"),
    }
}

fn line(desk: &Desk, r: &ReceivedRow) -> ReceivedLine {
    let mapping = || desk.ctx.mappings.iter().find(|m| m.id == r.mapping).map_or("taken back since", |m| m.name.as_str());
    ReceivedLine {
        id: r.id.clone(),
        name: name_of(&r.dialect),
        told_by: match r.told_by.as_str() {
            "url" => "named by the URL".into(),
            "headers" => "by its headers".into(),
            "shape" => "by its shape".into(),
            "mapping" => format!("by your mapping: {}", mapping()),
            _ => String::new(),
        },
        signature: signature_pill(r, &desk.ctx),
        outcome: match r.outcome.as_str() {
            "events" => Pill::new("good", "check", "Read"),
            "empty" => Pill::new("calm", "check", "Nothing in it"),
            "error" => Pill::new("warn", "watch", "Error reply"),
            "refused" => Pill::new("bad", "act", "Refused"),
            _ => Pill::new("bad", "act", "Unread"),
        },
        read: match (r.numbers, r.events) {
            (_, 0) => "nothing".into(),
            (numbers, events) => format!("{}, {}", plural(count(numbers), "number", "numbers"), plural(count(events), "event", "events")),
        },
        detail: r.detail.clone(),
        received: desk.when_ms(r.received_at),
    }
}

/// `GET /desk/received/{id}`
pub async fn one(desk: Desk, Path(id): Path<String>) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let row = db::received::by_id(&desk.app.db.read().await?, desk.retailer(), &id).await?.ok_or(Fault::NotFound)?;
    let line = line(&desk, &row);
    let is_cut = row.body.len() > BODY_SHOWN;
    let view = PayloadView {
        frame: desk.frame(format!("{}, received", line.name), "received").await?,
        source: source_words(&row.source),
        size: super::inbox::size(row.body.len()),
        headers: serde_json::from_str(&row.headers).unwrap_or_default(),
        body: super::inbox::readable(&row.body[..row.body.len().min(BODY_SHOWN)]),
        is_cut,
        map: (row.outcome == "unread" && row.told_by.is_empty()).then(|| format!("/desk/mappings/new?payload={}", quoted(&row.id))),
        line,
    };
    desk.show(&view)
}
