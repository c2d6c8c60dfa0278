//! The one place where a shipment changes: folds its events, judges its facts, writes down what changed, and with it, in the same
//! transaction, the work that follows: alerts first, then messages to decide on, then webhooks.

mod follow;
mod seen;

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use whereabouts_domain::{
    Attention, Case, Registration, TrackingEvent,
    change::{self, Snapshot},
    estimate::Estimate,
    facts,
    journey::{self, Revision},
    meaning, silence,
};

use super::FlowError;
use crate::{
    app::App,
    context::Context,
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
    following,
    ids::EventIds,
};
use follow::{follow_up, tell_task, wake_alerts};
pub use seen::Seen;

/// A shipment that something happened to.
pub struct Touched {
    pub row: ShipmentRow,
    /// How it was before; the default for a new one.
    pub before: Snapshot,
    /// What was registered before, if that changed.
    pub registered_before: Option<Box<Registration>>,
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
            registered_before: None,
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
    let last_event_before = row.last_event_at;
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
    let facts_before = std::mem::replace(&mut row.facts, judgement.facts);
    let by_the_clock = super::timed::next_crossing(&ctx.timed, &row, &zone, rests_at, now);
    let next_check_at = judgement.next_check_at.map(Timestamp::as_millisecond).into_iter().chain(by_the_clock).min();
    row.next_check_at = next_check_at.filter(|_| row.stopped_at.is_none());
    row.attention = settings.attention_of(row.journey.state).max(unknown_attention(&row));
    let after = snapshot(&row);
    let event_id = if t.new_events.is_empty() { None } else { row.journey.state_event.as_ref().map(|k| EventIds::of(&row.id).id(k)) };
    let changes = change::changes(&t.before, &after, event_id.as_deref(), t.user.as_deref());
    let is_told_more = !t.new_events.is_empty();
    row.timeline = t.events.as_deref().map(|events| following::timeline(&row.id, events));
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
    let is_riskier = facts_before.at_risk_probability != row.facts.at_risk_probability && ctx.looks_at("at_risk.probability");
    if !changes.is_empty() || !ctx.timed.is_empty() || t.registered_before.is_some() || is_riskier {
        let is = Seen::of(&row, &after, &settings, &zone, now);
        let was = Seen {
            snapshot: &t.before,
            registration: t.registered_before.as_deref().unwrap_or(&row.registration),
            facts: &facts_before,
            last_event_at: last_event_before,
            now: judged_before.unwrap_or(now),
            ..is
        };
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
