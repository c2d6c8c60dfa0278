//! The one place where a shipment changes: folds its events, judges its facts, writes down what changed, and with it, in the same
//! transaction, the work that follows: alerts first, then messages to decide on, then webhooks.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use whereabouts_domain::{
    Attention, Case, TrackingEvent,
    change::{self, Cause, Change, Snapshot},
    estimate::Estimate,
    facts,
    journey::{self, Revision},
    meaning,
    rule::{Fields, Rule},
    settings::Settings,
    silence,
};

use super::FlowError;
use crate::{
    app::App,
    context::{Context, LiveWebhook, Then},
    db::{
        self, Write,
        alerts::AlertRow,
        codes::UnknownRow,
        events::KeptEvent,
        polls::PlannedTurn,
        shipments::{self, ShipmentRow},
        tasks::TaskRow,
        webhooks::MessageRow,
    },
    following, view,
};

/// A shipment that something happened to.
pub struct Touched {
    pub row: ShipmentRow,
    /// How it was before; the default for a new one.
    pub before: Snapshot,
    pub is_new: bool,
    pub registration_changed: bool,
    /// All its events, kept and new, when it must be folded again.
    pub events: Option<Vec<TrackingEvent>>,
    /// The new ones among them, to be kept.
    pub new_events: Vec<NewEvent>,
    /// Estimates that came with events that we knew.
    pub revisions: Vec<Revision>,
    /// Whether its order is overdue for despatch, when that was judged anew.
    pub not_despatched: Option<bool>,
    /// Something other than an event woke the evaluation.
    pub wake: bool,
    /// Who did it, if a person or a key did.
    pub user: Option<String>,
}

/// A new one among the events of a shipment.
pub struct NewEvent {
    /// Its place among them.
    place: usize,
    key: String,
    received_at: i64,
}

impl Touched {
    /// A shipment looked at because it is due.
    pub fn due(row: ShipmentRow) -> Touched {
        let before = snapshot(&row);
        Touched {
            row,
            before,
            is_new: false,
            registration_changed: false,
            events: None,
            new_events: Vec::new(),
            revisions: Vec::new(),
            not_despatched: None,
            wake: false,
            user: None,
        }
    }

    /// Takes in events; those that are there already are dropped. Answers how many were new.
    pub fn take_in(&mut self, kept: Vec<KeptEvent>, incoming: Vec<(TrackingEvent, i64)>) -> Vec<bool> {
        let (keys, mut all): (Vec<String>, Vec<TrackingEvent>) = kept.into_iter().map(|k| (k.key, k.event)).unzip();
        let mut places: HashMap<String, usize> = keys.into_iter().enumerate().map(|(place, key)| (key, place)).collect();
        let mut fresh = Vec::with_capacity(incoming.len());
        for (event, received_at) in incoming {
            let key = event.key();
            let known = places.get(&key).map(|place| &all[*place]);
            fresh.push(known.is_none());
            if let Some(known) = known {
                let carried = known.estimated_delivery.as_ref();
                self.revisions.extend(revision(&event, received_at).filter(|r| carried != Some(&r.window)));
            } else {
                places.insert(key.clone(), all.len());
                self.new_events.push(NewEvent { place: all.len(), key, received_at });
                all.push(event);
            }
        }
        self.revisions.retain(|new| !self.row.journey.revisions.iter().any(|r| r.with == new.with && r.window == new.window));
        if !self.new_events.is_empty() || !self.revisions.is_empty() {
            self.events = Some(all);
        }
        fresh
    }
}

fn revision(event: &TrackingEvent, received_at: i64) -> Option<Revision> {
    let (with, window) = (event.at()?, event.estimated_delivery.clone()?);
    Some(Revision { with, received_at: Timestamp::from_millisecond(received_at).ok()?, window })
}

/// What the rules see of a shipment.
pub fn snapshot(row: &ShipmentRow) -> Snapshot {
    Snapshot {
        attention: row.attention,
        late: row.facts.late(),
        early: row.facts.early,
        may_be_missing: row.facts.may_be_missing(),
        not_despatched: row.facts.not_despatched,
        at_risk: row.facts.at_risk,
        estimated: Estimate::of(&row.journey, &row.facts),
        disputed: row.disputed,
        promised: row.registration.promised.clone(),
        carrier: row.registration.carrier.clone(),
        tracking_number: row.registration.tracking_number.clone(),
        ..Snapshot::of_journey(&row.journey)
    }
}

/// Whether the carrier has it, as far as scans and the retailer tell.
pub fn has_left(row: &ShipmentRow, now: Timestamp) -> bool {
    let told = row.registration.handed_over_at.or(row.registration.shipped_at);
    row.journey.first_physical_at.is_some() || told.is_some_and(|at| at <= now)
}

/// A message to decide on later: what the `tell` task carries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tell {
    pub message: String,
    /// The rule that fired, for the log.
    pub rule: String,
    /// Number of failed attempts then: a second attempt is told again.
    pub attempt: u32,
    /// When what is told happened, by the carrier's clock.
    pub happened_at: Option<i64>,
    /// The log entry behind it.
    pub change: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
}

/// How much of a shipment's row is to be written.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    New,
    Everything,
    /// What was folded, not what was registered.
    Journey,
    /// Nothing but when to look again.
    Check,
}

#[derive(Default)]
struct Writes {
    shipments: Vec<(ShipmentRow, Extent)>,
    events: Vec<Vec<db::Value>>,
    read_anew: Vec<Vec<db::Value>>,
    unknown_codes: Vec<UnknownRow>,
    changes: Vec<Vec<db::Value>>,
    alerts: HashMap<String, Vec<AlertRow>>,
    changed_alerts: Vec<(String, AlertRow)>,
    tasks: Vec<TaskRow>,
    messages: Vec<MessageRow>,
    despatched_orders: Vec<(String, String)>,
    turns: Vec<PlannedTurn>,
    without_turn: Vec<(String, String)>,
}

impl Writes {
    fn close_alert(&mut self, row: &ShipmentRow, alert: &AlertRow, why: &str, now_ms: i64) {
        let closed = AlertRow {
            state: "resolved".into(),
            resolved_at: Some(now_ms),
            resolution: Some(why.into()),
            resolved_by: Some("whereabouts".into()),
            ..alert.clone()
        };
        self.changed_alerts.push((row.retailer.clone(), closed));
    }
}

/// Settles shipments, all in the given transaction. Answers them as they are now, in the same order.
pub async fn settle(app: &App, tx: &mut Write, touched: Vec<Touched>) -> Result<Vec<ShipmentRow>, FlowError> {
    let now = app.clock.now();
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for t in touched.iter().filter(|t| !t.is_new) {
        let flagged = t.before.late || t.before.may_be_missing || t.before.disputed || t.row.disputed || t.row.stopped_at.is_some();
        // Rules of the retailer's own may have opened alerts that no flag tells of.
        if flagged || app.contexts.get(app, &t.row.retailer).await?.is_some_and(|ctx| ctx.has_own_alerts()) {
            keys.push((&t.row.retailer, &t.row.id));
        }
    }
    let mut alerts: HashMap<String, Vec<AlertRow>> = HashMap::new();
    for alert in db::alerts::of_shipments(tx, &keys).await? {
        alerts.entry(alert.shipment_id.clone()).or_default().push(alert);
    }
    let mut writes = Writes { shipments: Vec::with_capacity(touched.len()), ..Writes::default() };
    for mut t in touched {
        let Some(ctx) = app.contexts.get(app, &t.row.retailer).await? else { continue };
        read_codes(&ctx, &mut t, &mut writes);
        let open = alerts.remove(&t.row.id).unwrap_or_default();
        settle_one(app, &ctx, t, open, now, &mut writes);
    }
    write(app, tx, writes).await
}

/// Events whose code stands in no list mean what the retailer says; they are counted, and those kept before are written and told again
/// when their meaning has changed.
fn read_codes(ctx: &Context, t: &mut Touched, writes: &mut Writes) {
    let Some(events) = &mut t.events else { return };
    for new in &t.new_events {
        let event = &events[new.place];
        if meaning::is_open(event) {
            writes.unknown_codes.push(UnknownRow {
                retailer: t.row.retailer.clone(),
                carrier: event.carrier.clone(),
                code: meaning::said(event).unwrap_or_default(),
                shipment: t.row.id.clone(),
                words: event.description.clone(),
                times: 1,
                at: new.received_at,
            });
        }
    }
    let changed: Vec<usize> = (0..events.len()).filter(|place| ctx.meanings.read(&mut events[*place])).collect();
    let is_new = |place: usize| t.new_events.iter().any(|new| new.place == place);
    let kept: Vec<usize> = changed.into_iter().filter(|place| !is_new(*place)).collect();
    if kept.is_empty() {
        return;
    }
    for event in kept.into_iter().map(|place| &events[place]) {
        let doc = serde_json::to_string(event).expect("an event can be written as JSON");
        writes.read_anew.push(crate::row![&t.row.retailer, &t.row.id, event.key(), doc]);
    }
}

fn settle_one(app: &App, ctx: &Arc<Context>, t: Touched, alerts: Vec<AlertRow>, now: Timestamp, writes: &mut Writes) {
    let mut row = t.row;
    let now_ms = now.as_millisecond();
    let was_despatched = row.journey.first_physical_at.is_some();
    let had_carrier = row.registration.carrier.is_some();
    if let Some(events) = &t.events {
        let revisions = std::mem::take(&mut row.journey.revisions);
        row.journey = journey::fold(&row.registration, events);
        row.journey.revise(revisions.into_iter().chain(t.revisions));
        row.last_event_at = row.journey.last_event_at.map(Timestamp::as_millisecond);
        if !had_carrier {
            row.registration.carrier = events.iter().max_by_key(|e| e.at()).map(|e| e.carrier.clone()).filter(|c| !c.is_empty());
        }
    }
    if t.wake {
        row.woken_at = Some(now_ms);
    }
    let settings = ctx.settings_for(&row.brand_id, &row.registration);
    let zone = ctx.zone_of(&row.brand_id, &row.registration, &settings);
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(now);
    let patience = row.facts.patience.take().filter(|_| row.journey.ended_at.is_none());
    let case = Case {
        registration: &row.registration,
        journey: &row.journey,
        registered_at: at(row.created_at),
        woken_at: row.woken_at.map(at),
        kept_awake: row.disputed || alerts.iter().any(AlertRow::is_open),
        settings: &settings,
        calendars: &ctx.calendars,
        zone: &zone,
        patience: patience.as_ref(),
        now,
    };
    let mut judgement = facts::judge(&case);
    judgement.facts.take_in(row.facts.expected.take(), &case);
    judgement.facts.not_despatched = t.not_despatched.unwrap_or(row.facts.not_despatched) && !has_left(&row, now);
    let judged_before = row.facts.judged_at;
    let rests_at = if ctx.timed.is_empty() { None } else { facts::rests_at(&case) };
    let silent =
        judgement.facts.may_be_missing().then(|| silence::silence(&case)).flatten().filter(|s| s.norm.is_some()).map(|s| s.words());
    judgement.facts.judged_at = (!ctx.timed.is_empty()).then_some(now);
    let checked_at = row.next_check_at.unwrap_or(now_ms);
    judgement.facts.patience = patience;
    judgement.facts.remember(row.facts.said.take(), now);
    row.facts = judgement.facts;
    let by_the_clock = super::timed::next_crossing(&ctx.timed, &row, &zone, rests_at, now);
    let next_check_at = judgement.next_check_at.map(Timestamp::as_millisecond).into_iter().chain(by_the_clock).min();
    row.next_check_at = next_check_at.filter(|_| row.stopped_at.is_none());
    row.attention = settings.attention_of(row.journey.state).max(unknown_attention(&row));
    let after = snapshot(&row);
    let event_id = if t.new_events.is_empty() { None } else { row.journey.state_event.as_ref().map(|k| format!("evt_{k}")) };
    let changes = change::changes(&t.before, &after, event_id.as_deref(), t.user.as_deref());
    let is_told_more = !t.new_events.is_empty();
    row.timeline = t.events.as_deref().map(following::timeline);
    for new in t.new_events {
        let event = t.events.as_ref().and_then(|all| all.get(new.place)).expect("a new event stands among all events");
        let doc = serde_json::to_string(event).expect("an event can be written as JSON");
        writes.events.push(crate::row![&row.retailer, &row.id, new.key, new.received_at, doc]);
    }
    // The parcel moved, or the retailer told of the hand-over: its order may be despatched now.
    if t.registration_changed || (!was_despatched && row.journey.first_physical_at.is_some()) {
        writes.despatched_orders.push((row.retailer.clone(), row.order_id.clone()));
    }
    let filled_in = !had_carrier && row.registration.carrier.is_some();
    if t.is_new || t.registration_changed || t.events.is_some() || !changes.is_empty() || t.wake {
        row.updated_at = now_ms;
    }
    let mut alerts = alerts;
    if is_told_more {
        wake_alerts(&mut alerts, &row.retailer, writes);
    }
    if row.stopped_at.is_some() {
        alerts.iter().filter(|a| a.is_open()).for_each(|a| writes.close_alert(&row, a, "tracking_stopped", now_ms));
    }
    if !changes.is_empty() || !ctx.timed.is_empty() {
        let was = Seen { snapshot: &t.before, row: &row, settings: &settings, zone: &zone, now: judged_before.unwrap_or(now) };
        let is = Seen { snapshot: &after, row: &row, settings: &settings, zone: &zone, now };
        follow_up(app, ctx, (&was, &is), &changes, silent.as_deref(), alerts, writes);
    }
    for (kind, due) in judgement.reminders {
        // A reminder falls due once: at the check that stood at its moment.
        if due.as_millisecond() >= checked_at && due <= now && row.stopped_at.is_none() {
            let tell = Tell {
                message: kind,
                rule: "act_by".into(),
                attempt: row.journey.attempts,
                happened_at: Some(due.as_millisecond()),
                change: String::new(),
                to: Vec::new(),
                channels: Vec::new(),
            };
            writes.tasks.push(tell_task(app, &row, &tell, now_ms, now_ms));
        }
    }
    if !ctx.accounts.is_empty() && (t.is_new || t.registration_changed || t.events.is_some() || filled_in) {
        match super::turns::plan(ctx, &row, now) {
            Some(turn) => writes.turns.push(turn),
            None => writes.without_turn.push((row.retailer.clone(), row.id.clone())),
        }
    }
    let extent = match () {
        () if t.is_new => Extent::New,
        () if t.registration_changed || filled_in => Extent::Everything,
        () if t.events.is_some() || !changes.is_empty() || t.wake => Extent::Journey,
        () => Extent::Check,
    };
    writes.shipments.push((row, extent));
}

/// A carrier said something that nobody has mapped yet: somebody should look.
fn unknown_attention(row: &ShipmentRow) -> Attention {
    if row.journey.unknown_events > 0 { row.journey.default_attention() } else { Attention::None }
}

/// Alerts, messages and webhooks that follow from what changed.
/// `silent`: how silent it is against what is normal, where that is known.
fn follow_up(
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
                let run_at = super::notify::tell_at(message, now, settings, zone);
                writes.tasks.push(tell_task(app, row, &tell, run_at, now_ms));
            }
        }
    }
    close_alerts(&alerts, row, is.snapshot, now_ms, writes);
    webhook_messages(app, ctx, (was, is), changes, &log_id, writes);
}

fn tell_task(app: &App, row: &ShipmentRow, tell: &Tell, run_at: i64, now_ms: i64) -> TaskRow {
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
fn happened_at(message: &str, row: &ShipmentRow, now_ms: i64) -> Option<i64> {
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
fn wake_alerts(alerts: &mut [AlertRow], retailer: &str, writes: &mut Writes) {
    for alert in alerts.iter_mut().filter(|a| a.state == "snoozed" && a.snoozed_until == Some(super::alerts::NEXT_SCAN)) {
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

/// Writes everything down. Answers the shipments as they stand then.
async fn write(app: &App, tx: &mut Write, mut w: Writes) -> Result<Vec<ShipmentRow>, FlowError> {
    let of = |extent: Extent| w.shipments.iter().filter(move |(_, e)| *e == extent).map(|(row, _)| row);
    shipments::insert(tx, of(Extent::New)).await?;
    shipments::update_all(tx, of(Extent::Everything)).await?;
    shipments::update_journey(tx, of(Extent::Journey)).await?;
    shipments::update_check(tx, of(Extent::Check)).await?;
    tx.many(&db::events::PUT, w.events).await?;
    tx.many(&db::events::READ_ANEW, w.read_anew).await?;
    db::codes::put_unknown(tx, w.unknown_codes).await?;
    tx.many(&db::events::PUT_CHANGES, w.changes).await?;
    // The agents' alert comes first: it stands in the same transaction as the change, and messages are decided on after it.
    for (retailer, alerts) in &w.alerts {
        db::alerts::put(tx, retailer, alerts).await?;
    }
    for (retailer, alert) in &w.changed_alerts {
        db::alerts::update(tx, retailer, alert).await?;
    }
    db::tasks::put(tx, w.tasks).await?;
    db::polls::plan(tx, w.turns).await?;
    db::polls::drop(tx, w.without_turn).await?;
    db::webhooks::put_messages(tx, w.messages).await?;
    w.despatched_orders.sort();
    w.despatched_orders.dedup();
    db::orders::look_again(tx, &w.despatched_orders, app.clock.now_ms()).await?;
    // Each update counted the version up.
    let counted = |(mut row, extent): (ShipmentRow, Extent)| {
        row.version += i64::from(extent != Extent::New);
        row.timeline = None;
        row
    };
    Ok(w.shipments.into_iter().map(counted).collect())
}

/// A shipment as rules see it: what changed from `snapshot`, what does not change from the row.
pub struct Seen<'a> {
    pub snapshot: &'a Snapshot,
    pub row: &'a ShipmentRow,
    pub settings: &'a Settings,
    pub zone: &'a jiff::tz::TimeZone,
    pub now: Timestamp,
}

impl Fields for Seen<'_> {
    fn get(&self, field: &str) -> Option<serde_json::Value> {
        use serde_json::json;
        let (s, reg) = (self.snapshot, &self.row.registration);
        Some(match field {
            "state" => json!(s.state.id()),
            "milestone" => json!(s.milestone.id()),
            "reason" => json!(s.reason?.id()),
            "attention" => json!(s.attention.id()),
            "waiting_on" => json!(s.waiting_on.id()),
            "type" => json!(reg.kind.id()),
            "carrier" => json!(s.carrier.as_ref()?),
            "service" => json!(reg.service.as_ref()?),
            "brand" => json!(self.row.brand_id),
            "sales_channel" => json!(reg.sales_channel.as_ref()?),
            "tag" => json!(reg.tags),
            "late" => json!(s.late),
            "early" => json!(s.early),
            "hours_late" => json!(self.row.facts.hours_late(self.now)?),
            "may_be_missing" => json!(s.may_be_missing),
            "at_risk" => json!(s.at_risk),
            "at_risk.probability" => json!(self.row.facts.at_risk_probability?),
            "hours_silent" => {
                let last = self.row.last_event_at?;
                json!((self.now.as_millisecond() - last).max(0) as f64 / 3_600_000.0)
            }
            "disputed" => json!(s.disputed),
            "not_despatched" => json!(s.not_despatched),
            "value" => json!(reg.value.as_ref()?.amount.parse::<f64>().ok()?),
            "destination.kind" => json!(reg.destination_kind().id()),
            "destination.country" => json!(reg.destination_country()?),
            "origin.country" => json!(reg.origin_country()?),
            "order_number" => json!(reg.order_number.as_ref()?),
            "local_time" => json!(self.now.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()),
            other => reg.metadata.get(other.strip_prefix("metadata.")?)?.clone(),
        })
    }
}

/// The fields that a rule looks at.
fn fields_of(rule: &Rule) -> Vec<&str> {
    match rule {
        Rule::All(list) | Rule::Any(list) => list.iter().flat_map(fields_of).collect(),
        Rule::Not(inner) => fields_of(inner),
        Rule::Leaf(leaf) => vec![&leaf.field],
    }
}
