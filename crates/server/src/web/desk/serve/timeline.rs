//! One line of time for a shipment: the carrier's scans, what we concluded, what was said to the shopper, what colleagues wrote.

use jiff::{Timestamp, tz::TimeZone};
use whereabouts_domain::{Change, Precision, TimeBasis, change::Cause, settings::Settings, state::Attention};

use super::wording;
use crate::{
    db::{
        alerts::{DisputeRow, NoteRow},
        events::{ChangeRow, KeptEvent},
        notifications::NotificationRow,
        shipments::ShipmentRow,
    },
    web::desk::{
        Step,
        shipment::{Day, Entry, EntryKind},
    },
};

/// A scan that we heard of this much later says so.
const HEARD_LATE_MS: i64 = 30 * 60_000;

/// Everything that a timeline is made of.
pub struct Parts<'a> {
    pub shipment: &'a ShipmentRow,
    pub events: Vec<KeptEvent>,
    pub changes: Vec<ChangeRow>,
    pub messages: Vec<NotificationRow>,
    pub notes: Vec<NoteRow>,
    pub disputes: Vec<DisputeRow>,
    pub settings: &'a Settings,
    pub zone: &'a TimeZone,
    pub now: Timestamp,
    /// Messages can be read in the outbox.
    pub has_outbox: bool,
}

/// Newest first, by day; what carries no date stands at the end.
pub fn days(parts: &Parts) -> Vec<Day> {
    let mut entries: Vec<(Option<i64>, Entry)> = Vec::new();
    entries.extend(parts.events.iter().map(|e| scan(parts, e)));
    for log in &parts.changes {
        entries.extend(changes(parts, log));
    }
    entries.push(dated(
        parts,
        parts.shipment.created_at,
        entry(EntryKind::Change, "spark", "calm", "Registered", registered(parts.shipment)),
    ));
    entries.extend(parts.messages.iter().map(|m| message(parts, m)));
    for note in &parts.notes {
        entries.push(dated(parts, note.at, entry(EntryKind::Note, "note", "calm", &note.author, note.body.clone())));
    }
    for dispute in &parts.disputes {
        entries.extend(disputed(parts, dispute));
    }
    // The newest on top; of one moment what came in last.
    entries.sort_by_key(|(at, _)| std::cmp::Reverse(at.unwrap_or(i64::MIN)));
    let today = parts.now.to_zoned(parts.zone.clone()).date();
    let mut days: Vec<Day> = Vec::new();
    for (at, entry) in entries {
        let words = at.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map_or_else(String::new, |at| {
            let date = at.to_zoned(parts.zone.clone()).date();
            let year = if date.year() == today.year() { "" } else { " %Y" };
            let said = date.strftime(&format!("%a %-d %b{year}")).to_string();
            if date == today { format!("Today, {said}") } else { said }
        });
        match days.last_mut() {
            Some(day) if day.words == words => day.entries.push(entry),
            _ => days.push(Day { words, entries: vec![entry] }),
        }
    }
    days
}

fn entry(kind: EntryKind, icon: &'static str, tone: &'static str, title: &str, detail: String) -> Entry {
    Entry { kind, icon, tone, clock: String::new(), iso: String::new(), title: title.into(), detail, small: Vec::new(), link: None }
}

fn dated(parts: &Parts, ms: i64, mut entry: Entry) -> (Option<i64>, Entry) {
    if let Ok(at) = Timestamp::from_millisecond(ms) {
        entry.clock = at.to_zoned(parts.zone.clone()).strftime("%H:%M").to_string();
        entry.iso = at.to_string();
    }
    (Some(ms), entry)
}

fn registered(s: &ShipmentRow) -> String {
    match (&s.registration.reference, &s.registration.order_number) {
        (Some(reference), _) => format!("Reference {reference}"),
        (None, Some(order)) => format!("Order {order}"),
        (None, None) => String::new(),
    }
}

fn scan(parts: &Parts, kept: &KeptEvent) -> (Option<i64>, Entry) {
    let e = &kept.event;
    let attention = parts.settings.attention_of(e.state);
    let (icon, tone) = match (attention, e.state) {
        (_, whereabouts_domain::State::Unknown) => ("missing", "warn"),
        (Attention::Act, _) => ("act", "bad"),
        (Attention::Watch, _) => ("watch", "warn"),
        (Attention::None, state) if state.is_delivered() => ("check", "good"),
        (Attention::None, whereabouts_domain::State::OutForDelivery) => ("pin", "accent"),
        (Attention::None, state) if state.is_physical() => ("truck", "calm"),
        (Attention::None, _) => ("box", "calm"),
    };
    let mut shown = entry(EntryKind::Scan, icon, tone, parts.settings.label_of(e.state), e.description.clone());
    if let Some(reason) = e.reason {
        shown.small.push(reason.label().into());
    }
    if let Some(code) = &e.carrier_code {
        let unknown = e.state == whereabouts_domain::State::Unknown;
        shown.small.push(if unknown { format!("code {code}, not in our table") } else { format!("code {code}") });
    }
    let l = &e.location;
    let place = l.city.clone().or_else(|| l.text.clone()).or_else(|| l.postcode.clone());
    let place: Vec<String> = [place, l.country.clone()].into_iter().flatten().collect();
    if !place.is_empty() {
        shown.small.push(place.join(", "));
    }
    if let Some(signed) = &e.signed_by {
        shown.small.push(format!("signed by {}", signed.reveal()));
    }
    let Some(moment) = e.moment else {
        shown.clock = "no time".into();
        return (None, shown);
    };
    let at = moment.at().as_millisecond();
    if kept.received_at - at > HEARD_LATE_MS {
        shown.small.push(format!("heard {} later", wording::span(kept.received_at - at)));
    }
    if moment.basis == TimeBasis::Assumed {
        shown.small.push("zone assumed".into());
    }
    let (ms, mut shown) = dated(parts, at, shown);
    if moment.precision == Precision::Day {
        shown.clock = "no time".into();
    }
    (ms, shown)
}

/// What we calculated and what people decided; what only repeats a scan is left to the scan.
fn changes(parts: &Parts, log: &ChangeRow) -> Vec<(Option<i64>, Entry)> {
    let list: Vec<Change> = serde_json::from_str(&log.doc).unwrap_or_default();
    let told = |change: Change| {
        let window = |value: &serde_json::Value| serde_json::from_value(value.clone()).ok().map(|w| wording::window(&w, parts.zone));
        let promise = |value: &serde_json::Value| serde_json::from_value(value.clone()).ok().map(|p| wording::promise(&p, parts.zone));
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("none").to_string();
        let (icon, tone, title, detail) = match change.kind.as_str() {
            "became_late" => ("clock", "bad", "Late", "The promise ended and the shopper did not have it".to_string()),
            "no_longer_late" => ("check", "good", "No longer late", String::new()),
            "may_be_missing" => ("missing", "bad", "May be missing", "Nothing was heard for longer than a parcel should be silent".into()),
            "found_again" => ("undo", "good", "Found again", String::new()),
            "not_despatched" => ("watch", "warn", "Not despatched", "Its order should have left by now".into()),
            "despatched" => ("check", "good", "Despatched after all", String::new()),
            "at_risk" => ("watch", "warn", "At risk", "It may not arrive as promised".into()),
            "no_longer_at_risk" => ("check", "good", "No longer at risk", String::new()),
            "became_early" => ("clock", "warn", "Early", "Before the promised day or window".into()),
            "estimate_changed" => (
                "clock",
                "calm",
                "Estimate changed",
                window(&change.after).map_or_else(|| "no estimate any more".into(), |w| format!("now {w}")),
            ),
            "promise_changed" => (
                "pin",
                "calm",
                "Promise changed",
                promise(&change.after).map_or_else(|| "no promise any more".into(), |p| format!("now {p}")),
            ),
            "disputed" | "dispute_settled" => return None,
            "carrier_changed" => ("truck", "calm", "Carrier", text(&change.after)),
            "tracking_number_changed" => ("box", "calm", "Tracking number", text(&change.after)),
            _ => return None,
        };
        let mut shown = entry(EntryKind::Change, icon, tone, title, detail);
        match &change.cause {
            Cause::Rule(rule) => shown.small.extend(["calculated".to_string(), format!("rule: {}", rule.replace('_', " "))]),
            Cause::User(user) => shown.small.push(format!("by {user}")),
            Cause::Event(_) => {}
        }
        Some(dated(parts, log.at, shown))
    };
    list.into_iter().filter_map(told).collect()
}

fn message(parts: &Parts, m: &NotificationRow) -> (Option<i64>, Entry) {
    // What was withheld was never written: it goes by what it would have told.
    let kind = format!("message “{}”", m.kind.replace('_', " "));
    let about = if m.subject.is_empty() { kind } else { format!("“{}”", m.subject) };
    let (tone, title, why) = match m.state.as_str() {
        "sent" => ("good", format!("Told: {about}"), String::new()),
        "withheld" => ("warn", format!("Withheld: {about}"), m.reason.clone().unwrap_or_default().replace('_', " ")),
        "failed" => ("bad", format!("Could not be sent: {about}"), m.reason.clone().unwrap_or_default()),
        "unknown" => ("bad", format!("May or may not have arrived: {about}"), m.reason.clone().unwrap_or_default()),
        _ if m.send_at.is_none() => ("warn", format!("Held: {about}"), "until sending is resumed".into()),
        _ => (
            "calm",
            format!("Will be told: {about}"),
            m.send_at.map_or_else(String::new, |at| format!("at {}", wording::day_and_clock(at, parts.zone))),
        ),
    };
    let to = format!("To the {}", m.role);
    let detail = if why.is_empty() { to } else { format!("{to}; {why}") };
    let mut shown = entry(EntryKind::Message, "mail", tone, &title, detail);
    shown.small.push(if m.channel == "email" { "e-mail".into() } else { m.channel.clone() });
    if parts.has_outbox && m.state == "sent" {
        shown.link = Some(Step::new(format!("/outbox?message={}", m.id), "Read it"));
    }
    dated(parts, m.sent_at.unwrap_or(m.created_at), shown)
}

fn disputed(parts: &Parts, d: &DisputeRow) -> Vec<(Option<i64>, Entry)> {
    let title = match d.reason.as_str() {
        "not_received" => "The shopper says: it did not arrive",
        "empty" => "The shopper says: the parcel was empty",
        "wrong_item" => "The shopper says: it is the wrong thing",
        "damaged" => "The shopper says: it is damaged",
        _ => "The shopper says it is not so",
    };
    let mut entries = vec![dated(parts, d.at, entry(EntryKind::Note, "act", "warn", title, d.note.clone().unwrap_or_default()))];
    if let Some(settled) = d.settled_at {
        entries.push(dated(parts, settled, entry(EntryKind::Note, "check", "good", "The dispute is settled", String::new())));
    }
    entries
}
