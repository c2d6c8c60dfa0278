//! What follows from a change, written down with it: alerts first, then messages to decide on, then webhooks.

use std::sync::Arc;

use jiff::Timestamp;
use whereabouts_domain::{
    change::{Cause, Change, Snapshot},
    rule::Fields,
};

use super::{Seen, Tell, Writes, seen::fields_of};
use crate::{
    app::App,
    context::{Context, LiveWebhook, Then},
    db::{alerts::AlertRow, shipments::ShipmentRow, tasks::TaskRow, webhooks::MessageRow},
    flow::alerts,
    view,
};

/// Alerts, messages and webhooks that follow from what changed.
/// `silent`: how silent it is against what is normal, where that is known.
pub(super) fn follow_up(
    app: &App,
    ctx: &Arc<Context>,
    (was, is): (&Seen, &Seen),
    changes: &[Change],
    silent: Option<&str>,
    alerts: Vec<AlertRow>,
    writes: &mut Writes,
) {
    let (row, settings, zone, now) = (is.row, is.settings, is.zone, is.now);
    let now_ms = now.as_millisecond();
    let log_id = app.ids.make("chg", now_ms);
    if !changes.is_empty() {
        let doc = serde_json::to_string(changes).expect("changes can be written as JSON");
        writes.changes.push(crate::row![&row.retailer, &row.id, &log_id, now_ms, doc]);
    }
    if row.stopped_at.is_some() {
        return;
    }
    for live in ctx.rules.iter().filter(|r| r.doc.enabled && r.rule.fires(was, is)) {
        match &live.doc.then {
            Then::Alert { kind } => {
                if alerts.iter().any(|a| a.is_open() && a.kind == *kind) {
                    continue;
                }
                writes.alerts.entry(row.retailer.clone()).or_default().push(AlertRow {
                    id: app.ids.make("alt", now_ms),
                    kind: kind.clone(),
                    shipment_id: row.id.clone(),
                    order_number: row.registration.order_number.clone(),
                    opened_at: now_ms,
                    reason: reason_for(kind, row, silent, &live.doc.name),
                    state: "open".into(),
                    assignee: None,
                    due_at: Some(now_ms + settings.head_start_minutes.max(60) * 60_000),
                    snoozed_until: None,
                    resolved_at: None,
                    resolution: None,
                    resolved_by: None,
                });
            }
            Then::Notify { message, channels, to } => {
                let tell = Tell {
                    message: message.clone(),
                    rule: live.id.clone(),
                    attempt: row.journey.attempts,
                    happened_at: happened_at(message, row, now_ms),
                    change: format!("{log_id}.0"),
                    to: to.clone(),
                    channels: channels.clone(),
                };
                let run_at = crate::flow::notify::tell_at(message, now, settings, zone);
                writes.tasks.push(tell_task(app, row, &tell, run_at, now_ms));
            }
        }
    }
    close_alerts(&alerts, row, is.snapshot, now_ms, writes);
    webhook_messages(app, ctx, (was, is), changes, &log_id, writes);
}

pub(super) fn tell_task(app: &App, row: &ShipmentRow, tell: &Tell, run_at: i64, now_ms: i64) -> TaskRow {
    TaskRow {
        retailer: row.retailer.clone(),
        id: app.ids.make("tsk", now_ms),
        run_at,
        kind: "tell".into(),
        shipment: Some(row.id.clone()),
        payload: serde_json::to_string(tell).expect("a task can be written as JSON"),
    }
}

/// When the thing happened that a message is about: scans by the carrier's clock, calculated facts now.
pub(super) fn happened_at(message: &str, row: &ShipmentRow, now_ms: i64) -> Option<i64> {
    match message {
        "late" | "may_be_missing" | "found_again" | "at_risk" => Some(now_ms),
        _ => row.journey.state_since.map(Timestamp::as_millisecond),
    }
}

fn reason_for(kind: &str, row: &ShipmentRow, silent: Option<&str>, rule: &str) -> String {
    match kind {
        "late" => "the promise has passed and the parcel has not arrived".into(),
        "may_be_missing" if silent.is_some() => silent.unwrap_or_default().into(),
        "may_be_missing" => match row.facts.missing_reason.as_deref() {
            Some("no_first_scan") => "handed over, but the carrier has not scanned it".into(),
            _ => "no word from the carrier".into(),
        },
        "disputed" => "the shopper says it is not so".into(),
        _ if !rule.is_empty() => rule.to_string(),
        _ => row.journey.state.label().to_lowercase(),
    }
}

/// An alert that sleeps until the next scan stands in its queue again.
pub(super) fn wake_alerts(alerts: &mut [AlertRow], retailer: &str, writes: &mut Writes) {
    for alert in alerts.iter_mut().filter(|a| a.state == "snoozed" && a.snoozed_until == Some(alerts::NEXT_SCAN)) {
        alert.state = "open".into();
        alert.snoozed_until = None;
        writes.changed_alerts.push((retailer.to_string(), alert.clone()));
    }
}

/// An alert whose cause is gone closes itself, and says why.
fn close_alerts(alerts: &[AlertRow], row: &ShipmentRow, after: &Snapshot, now_ms: i64, writes: &mut Writes) {
    for alert in alerts.iter().filter(|a| a.is_open()) {
        let gone = match alert.kind.as_str() {
            "late" if row.journey.had_at.is_some() => Some("arrived"),
            "late" if !after.late => Some("no_longer_late"),
            "may_be_missing" if !after.may_be_missing => Some("found_again"),
            "disputed" if !after.disputed => Some("settled"),
            _ => None,
        };
        if let Some(why) = gone {
            writes.close_alert(row, alert, why, now_ms);
        }
    }
}

/// The fields that are news of their own; the others follow from the state.
const PRIMARY: [&str; 9] = ["state", "late", "early", "may_be_missing", "not_despatched", "at_risk", "disputed", "promised", "estimated"];

fn webhook_messages(app: &App, ctx: &Context, (was, is): (&Seen, &Seen), changes: &[Change], log_id: &str, writes: &mut Writes) {
    if ctx.webhooks.is_empty() {
        return;
    }
    let now_ms = is.now.as_millisecond();
    let shipment = view::shipment(is.row, ctx, &app.config.public_url, is.now);
    for hook in &ctx.webhooks {
        for (place, change) in told_of(hook, was, is, changes) {
            let body = serde_json::json!({
                "type": format!("shipment.{}", change.kind),
                "timestamp": is.now.to_string(),
                "data": { "change": view::change(&change, log_id, place, now_ms), "shipment": &shipment },
            });
            writes.messages.push(MessageRow {
                retailer: is.row.retailer.clone(),
                id: app.ids.make("msg", now_ms),
                webhook_id: hook.id.clone(),
                kind: format!("shipment.{}", change.kind),
                body: body.to_string(),
                created_at: now_ms,
                state: "waiting".into(),
                attempts: 0,
                next_attempt_at: Some(now_ms),
                last_status: None,
                last_error: None,
            });
        }
    }
}

/// Which changes a webhook is told of, with their places in the log entry.
fn told_of(hook: &LiveWebhook, was: &Seen, is: &Seen, changes: &[Change]) -> Vec<(usize, Change)> {
    let Some(filter) = &hook.filter else {
        let news = changes.iter().enumerate().filter(|(_, c)| PRIMARY.contains(&c.field.as_str()));
        return news.map(|(i, c)| (i, c.clone())).collect();
    };
    if !filter.fires(was, is) {
        return Vec::new();
    }
    let named = fields_of(filter);
    let place = changes.iter().position(|c| named.iter().any(|f| *f == c.field)).or((!changes.is_empty()).then_some(0));
    match place {
        Some(i) => vec![(i, changes[i].clone())],
        // The clock alone turned it: the field that moved with the clock is the change.
        None => {
            let field = named.first().copied().unwrap_or("local_time");
            let seen = |s: &Seen| s.get(field).unwrap_or(serde_json::Value::Null);
            let cause = Cause::Rule(hook.id.clone());
            vec![(0, Change { kind: "rule_fired".into(), field: field.into(), before: seen(was), after: seen(is), cause })]
        }
    }
}
