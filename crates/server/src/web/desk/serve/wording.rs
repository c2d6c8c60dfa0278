//! What a shipment or an alert says of itself on the desk: promise, trouble, whose move it is.

use jiff::{Timestamp, tz::TimeZone};
use whereabouts_domain::{
    Promise, PromiseKind, Registration, State, WaitingOn, Window, promise::Edge, settings::Settings, shipment::Person, silence as silences,
};

use crate::{
    context::Context,
    db::{alerts::AlertRow, shipments::ShipmentRow},
    following::carrier_name,
    view,
    web::desk::pill::Pill,
};

const HOUR_MS: i64 = 3_600_000;

/// "Mon 23 Nov, 18:04".
pub fn day_and_clock(ms: i64, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| "some time".into(), |at| clocked(at, zone))
}

pub fn clocked(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b, %H:%M").to_string()
}

fn edge(text: &str, zone: &TimeZone) -> String {
    match Edge::parse(text, zone) {
        Some(Edge::Day(day)) => day.strftime("%a %-d %b").to_string(),
        Some(Edge::At(at)) => clocked(at, zone),
        None => text.to_string(),
    }
}

/// "by Mon 23 Nov", "on Mon 23 Nov", "Mon 23 Nov, 09:00 to Mon 23 Nov, 13:00".
pub fn promise(promise: &Promise, zone: &TimeZone) -> String {
    let (start, end) = (promise.start.as_deref().map(|t| edge(t, zone)), promise.end.as_deref().map(|t| edge(t, zone)));
    match (promise.kind(), start, end) {
        (PromiseKind::OnDay, start, Some(end)) => {
            format!("on {}", start.filter(|s| *s != end).map_or(end.clone(), |s| format!("{s} to {end}")))
        }
        (_, Some(start), Some(end)) if start != end => between(&start, &end),
        (_, _, Some(end)) => format!("by {end}"),
        (_, Some(start), None) => format!("on {start}"),
        (_, None, None) => "none".into(),
    }
}

pub fn window(window: &Window, zone: &TimeZone) -> String {
    match (window.start.as_deref().map(|t| edge(t, zone)), window.end.as_deref().map(|t| edge(t, zone))) {
        (Some(start), Some(end)) if start != end => between(&start, &end),
        (_, Some(end)) => end,
        (Some(start), None) => format!("from {start}"),
        (None, None) => "none".into(),
    }
}

/// The day is said once when both ends share it.
fn between(start: &str, end: &str) -> String {
    match (start.split_once(", "), end.split_once(", ")) {
        (Some((day, from)), Some((same, until))) if day == same => format!("{day}, {from}–{until}"),
        _ => format!("{start} to {end}"),
    }
}

pub fn name(person: Option<&Person>) -> String {
    let Some(person) = person else { return String::new() };
    let parts = [&person.first_name, &person.last_name].into_iter().flatten().map(|n| n.reveal().trim());
    parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whom the parcel is for, else who paid for it.
pub fn customer(reg: &Registration) -> String {
    let of = [&reg.recipient, &reg.buyer].into_iter().map(|p| name(p.as_ref()));
    of.into_iter().find(|n| !n.is_empty()).unwrap_or_else(|| "no name".into())
}

pub fn place(reg: &Registration) -> String {
    let Some(d) = &reg.destination else { return String::new() };
    [&d.postcode, &d.city].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

pub fn order(reg: &Registration) -> String {
    let names = [&reg.order_number, &reg.reference, &reg.tracking_number];
    names.into_iter().flatten().next().cloned().unwrap_or_else(|| "no number".into())
}

pub fn carrier(reg: &Registration) -> String {
    let name = reg.carrier.as_deref().map_or_else(|| "carrier unknown".into(), carrier_name);
    match &reg.service {
        Some(service) if !service.is_empty() => format!("{name} {}", service.replace('_', " ")),
        _ => name,
    }
}

pub fn state(row: &ShipmentRow, ctx: &Context) -> Pill {
    let mut pill = Pill::state(row.journey.state, row.attention);
    pill.words = ctx.settings_for(&row.brand_id, &row.registration).label_of(row.journey.state).to_string();
    pill
}

/// "30 h", "4 days", "12 min".
pub fn span(ms: i64) -> String {
    match ms.max(0) {
        ms if ms < HOUR_MS => format!("{} min", ms / 60_000),
        ms if ms < 72 * HOUR_MS => format!("{} h", ms / HOUR_MS),
        ms => format!("{} days", ms / (24 * HOUR_MS)),
    }
}

pub fn late(row: &ShipmentRow, now: Timestamp) -> Option<String> {
    let hours = row.facts.hours_late(now)?;
    Some(format!("{} late", span((hours * HOUR_MS as f64) as i64)))
}

pub fn silence(row: &ShipmentRow, now: Timestamp) -> String {
    match (row.facts.missing_reason.as_deref(), row.last_event_at) {
        (Some("no_first_scan"), _) | (_, None) => {
            let since = row.registration.handed_over_at.or(row.registration.shipped_at);
            let ago = since.map(|at| format!(", {}", span(now.as_millisecond() - at.as_millisecond())));
            format!("no scan since hand-over{}", ago.unwrap_or_default())
        }
        (_, Some(last)) => format!("no scan for {}", span(now.as_millisecond() - last)),
    }
}

/// "silent 61 h; 95 % of parcels on this lane are scanned within 22 h of leaving a hub", where history judges the silence.
pub fn against_the_normal(row: &ShipmentRow, ctx: &Context, settings: &Settings, now: Timestamp) -> Option<String> {
    view::ask(row, ctx, settings, now, |case| silences::silence(case).filter(|s| s.norm.is_some()).map(|s| s.words()))
}

/// Late, may be missing, disputed, …: only what is the case.
pub fn facts(row: &ShipmentRow, now: Timestamp) -> Vec<Pill> {
    let mut pills = Vec::new();
    if row.disputed {
        pills.push(Pill::new("warn", "act", "Disputed"));
    }
    if let Some(words) = late(row, now) {
        pills.push(Pill::late(words));
    }
    if row.facts.may_be_missing() {
        pills.push(Pill::may_be_missing("May be missing"));
    }
    if row.facts.at_risk && !row.facts.late() {
        pills.push(Pill::new("warn", "watch", "At risk"));
    }
    if row.journey.returning && !row.registration.kind.is_return() {
        pills.push(Pill::new("warn", "undo", "On the way back"));
    }
    if row.stopped_at.is_some() {
        pills.push(Pill::new("calm", "pause", "No longer tracked"));
    }
    pills
}

pub fn why(alert: &AlertRow, row: Option<&ShipmentRow>, ctx: &Context, now: Timestamp) -> String {
    match (alert.kind.as_str(), row) {
        ("late", Some(row)) => late(row, now).unwrap_or_else(|| alert.reason.clone()),
        ("may_be_missing", Some(row)) => {
            let settings = ctx.settings_for(&row.brand_id, &row.registration);
            against_the_normal(row, ctx, &settings, now).unwrap_or_else(|| silence(row, now))
        }
        _ => alert.reason.clone(),
    }
}

pub fn title(kind: &str) -> (String, &'static str) {
    match kind {
        "late" => ("Late".into(), "clock"),
        "may_be_missing" => ("May be missing".into(), "missing"),
        "not_despatched" => ("Not despatched".into(), "box"),
        "disputed" => ("Disputed".into(), "act"),
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            (letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect()), "list")
        }
    }
}

/// What an agent should do next about it.
pub fn next_action(kind: &str, row: Option<&ShipmentRow>) -> String {
    let who =
        row.map_or_else(|| "the carrier".to_string(), |r| r.registration.carrier.as_deref().map_or("the carrier".into(), carrier_name));
    match kind {
        "carrier_refused" => return "Enter the credentials anew under Carriers".into(),
        "feed_quiet" => return "Look at the hook and the carrier's account".into(),
        "webhook_disabled" => return "Look at the endpoint under Webhooks".into(),
        _ => {}
    }
    let Some(row) = row else { return "Ask the warehouse, then tell the shopper".into() };
    let state = row.journey.state;
    match (kind, row.journey.waiting_on) {
        ("not_despatched", _) => "Ask the warehouse, then tell the shopper".into(),
        ("disputed", _) => format!("Ask {who} for proof of delivery, then answer the shopper"),
        ("message_unknown", _) => "Find out whether the message arrived before sending it again".into(),
        (_, WaitingOn::Shopper) if state == State::ReadyForCollection => "Tell the shopper where to collect it".into(),
        (_, WaitingOn::Shopper) => "Tell the shopper what to do".into(),
        ("late", WaitingOn::Retailer) if row.journey.first_physical_at.is_none() => {
            "Ask the warehouse whether it left, then tell the shopper".into()
        }
        (_, WaitingOn::Retailer) => format!("Give {who} what they wait for"),
        (_, WaitingOn::Authority) => "Ask customs or the broker what is missing".into(),
        ("may_be_missing", _) if row.journey.first_physical_at.is_none() => {
            format!("Ask {who} whether they have it, and the warehouse whether it left")
        }
        ("may_be_missing", _) => format!("Ask {who} where it is, then tell the shopper"),
        ("late", _) if state == State::OutForDelivery => "Wait: it is on the van".into(),
        ("late", _) => "Tell the shopper the new day".into(),
        _ => "Look at it, and tell the shopper if it concerns them".into(),
    }
}

/// How to greet the shopper; empty if nobody told. The buyer of a gift is not who waits for it.
pub fn first_name(reg: &Registration) -> String {
    let buyer = reg.buyer.as_ref().filter(|_| !reg.gift);
    let told = reg.recipient.iter().chain(buyer).find_map(|p| p.first_name.as_ref());
    told.map_or_else(String::new, |name| name.reveal().clone())
}

pub fn waiting_on(who: WaitingOn) -> &'static str {
    match who {
        WaitingOn::Carrier => "Carrier",
        WaitingOn::Shopper => "Shopper",
        WaitingOn::Retailer => "Retailer",
        WaitingOn::Authority => "Customs or another authority",
        WaitingOn::Nobody => "Nobody",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_greeted_is_who_waits_for_it() {
        let person = |name: Option<&str>| Some(Person { first_name: name.map(|n| n.to_string().into()), ..Person::default() });
        let told = |recipient, buyer, gift| first_name(&Registration { recipient, buyer, gift, ..Registration::default() });
        assert_eq!(told(person(Some("Ada")), person(Some("Bo")), false), "Ada");
        assert_eq!(told(person(None), person(Some("Bo")), false), "Bo");
        assert_eq!(told(person(None), person(Some("Bo")), true), "");
    }

    #[test]
    fn a_promise_is_told_as_the_agent_would_say_it() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let told = |start: Option<&str>, end: &str, kind| {
            promise(&Promise { start: start.map(Into::into), end: Some(end.into()), kind, source: None }, &zone)
        };
        assert_eq!(told(None, "2026-11-23", None), "by Mon 23 Nov");
        assert_eq!(told(Some("2026-11-23"), "2026-11-23", Some(PromiseKind::OnDay)), "on Mon 23 Nov");
        assert_eq!(told(Some("2026-11-23T09:00:00Z"), "2026-11-23T13:00:00Z", None), "Mon 23 Nov, 09:00–13:00");
        assert_eq!(told(Some("2026-11-23"), "2026-11-25", None), "Mon 23 Nov to Wed 25 Nov");
    }
}
