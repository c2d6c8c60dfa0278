//! Whose turn it is to be asked for, and when: as the parcel's state calls for, as far as the account can bear it.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use whereabouts_adapters::{
    ask::{self, NextPoll, Situation},
    carrier,
};
use whereabouts_domain::Promise;

use super::FlowError;
use crate::{
    app::App,
    context::{Context, LiveAccount},
    db::{self, Write, polls::PlannedTurn, shipments::ShipmentRow, tasks::TaskRow},
};

/// So many shipments are looked through in one transaction when an account is new.
const LOOKED_THROUGH: i64 = 1_000;
/// Longer than a process goes on with what it knew of a retailer.
const KNOWN_AFTER_MS: i64 = 6_000;

/// The turn of a shipment that something happened to; nothing if nobody is to be asked.
pub fn plan(ctx: &Context, row: &ShipmentRow, now: Timestamp) -> Option<PlannedTurn> {
    let carrier = row.registration.carrier.as_deref()?;
    let account = *ctx.accounts_for(carrier).first()?;
    let pause_ms = pause(ctx, row, account, now)?;
    Some(PlannedTurn {
        retailer: row.retailer.clone(),
        shipment: row.id.clone(),
        account: account.id.clone(),
        // The first turn comes within seconds; among many, those with the shortest pause have theirs first.
        next_at: now.as_millisecond() + pause_ms / 10_000,
        pause_ms,
        wait_ms: stretched(pause_ms, account.stretch),
    })
}

/// How long its state lets a shipment wait between two turns; nothing if it is not to be asked for.
pub fn pause(ctx: &Context, row: &ShipmentRow, account: &LiveAccount, now: Timestamp) -> Option<i64> {
    row.registration.tracking_number.as_deref().filter(|n| !n.trim().is_empty())?;
    if !row.is_open() {
        return None;
    }
    let settings = ctx.settings_for(&row.brand_id, &row.registration);
    let zone = ctx.zone_of(&row.brand_id, &row.registration, &settings);
    let of = situation(row, &zone, now);
    let next = carrier::by_id(&account.carrier).map_or_else(|| ask::next_poll(&of), |c| c.next_poll(&of));
    match next {
        NextPoll::InSecs(secs) => Some(secs.max(1) * 1_000),
        NextPoll::Never => None,
    }
}

pub fn stretched(pause_ms: i64, stretch: i64) -> i64 {
    pause_ms.saturating_mul(stretch.max(1_000)) / 1_000
}

fn situation(row: &ShipmentRow, zone: &TimeZone, now: Timestamp) -> Situation {
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(now);
    let reg = &row.registration;
    let estimate = row.journey.estimated.as_ref().map(|w| Promise { start: w.start.clone(), end: w.end.clone(), kind: None, source: None });
    let ends = |p: &Promise| p.deadline(zone).map(|d| d.at);
    Situation {
        state: row.journey.state,
        kind: reg.kind,
        registered_at: at(row.created_at),
        last_event_at: row.last_event_at.map(at),
        expected_by: estimate.as_ref().and_then(ends).or_else(|| reg.promised.as_ref().and_then(ends)),
        act_by: row.journey.act_by,
        now,
    }
}

/// Where looking through the shipments goes on: what an `enlist` task carries.
#[derive(Serialize, Deserialize)]
struct Enlist {
    after: String,
}

/// An account is new, covers other carriers, or is gone: every shipment gets, keeps or loses its turn, in the background.
pub async fn look_through(app: &App, tx: &mut Write, retailer: &str) -> Result<(), FlowError> {
    // Not before every process knows of the change.
    let wait = if app.config.sandbox { 0 } else { KNOWN_AFTER_MS };
    db::tasks::put(tx, vec![enlist_task(app, retailer, String::new(), wait)]).await?;
    Ok(())
}

fn enlist_task(app: &App, retailer: &str, after: String, wait_ms: i64) -> TaskRow {
    let now = app.clock.now_ms();
    TaskRow {
        retailer: retailer.to_string(),
        id: app.ids.make("tsk", now),
        run_at: now + wait_ms,
        kind: "enlist".into(),
        shipment: None,
        payload: serde_json::to_string(&Enlist { after }).expect("a task can be written as JSON"),
    }
}

/// Does an `enlist` task: some shipments, and another task for the rest.
pub async fn enlist(app: &App, tx: &mut Write, ctx: &Context, task: &TaskRow) -> Result<(), FlowError> {
    let Ok(work) = serde_json::from_str::<Enlist>(&task.payload) else { return Ok(()) };
    let some = db::polls::candidates(tx, &ctx.id, &work.after, LOOKED_THROUGH).await?;
    let wanted: Vec<(&str, &str)> = some
        .iter()
        .filter(|(_, carrier, can_be)| *can_be && carrier.as_deref().is_some_and(|c| !ctx.accounts_for(c).is_empty()))
        .map(|(id, ..)| (ctx.id.as_str(), id.as_str()))
        .collect();
    let rows = db::shipments::by_ids(tx, &wanted).await?;
    let now = app.clock.now();
    db::polls::plan(tx, rows.iter().filter_map(|row| plan(ctx, row, now)).collect()).await?;
    if let Some((last, ..)) = some.last().filter(|_| some.len() as i64 == LOOKED_THROUGH) {
        db::tasks::put(tx, vec![enlist_task(app, &ctx.id, last.clone(), 0)]).await?;
    }
    Ok(())
}
