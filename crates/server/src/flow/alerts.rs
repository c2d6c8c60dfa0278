//! What agents do: claim, snooze, resolve, note; and what the shopper disputes.

use super::{
    FlowError, digest,
    settle::{self, Touched},
};
use crate::{
    app::App,
    db::{
        self, Write,
        alerts::{AlertRow, DisputeRow, NoteRow},
        shipments::ShipmentRow,
        tasks::TaskRow,
    },
    retry_races,
};

/// Snoozed until this: the alert wakes with the next tracking event, not by the clock. The last millisecond of the year 9999.
pub const NEXT_SCAN: i64 = 253_402_300_799_999;

/// What is done to an alert.
#[derive(Clone, Debug)]
pub enum Act {
    Assign(Option<String>),
    Snooze(i64),
    Resolve(String),
    Reopen,
}

/// Changes an alert. `who` is the name of the person or key.
pub async fn act(app: &App, retailer: &str, id: &str, act: &Act, who: &str) -> Result<AlertRow, FlowError> {
    let alert = retry_races!(act_once(app, retailer, id, act, who).await)?;
    app.ring(retailer, None);
    app.wake.notify_one();
    Ok(alert)
}

/// The same for many at once, in one transaction; what is gone meanwhile or cannot be done is passed over.
pub async fn act_on_all(app: &App, retailer: &str, ids: &[String], act: &Act, who: &str) -> Result<Vec<AlertRow>, FlowError> {
    let done = retry_races!(act_on_all_once(app, retailer, ids, act, who).await)?;
    app.ring(retailer, None);
    app.wake.notify_one();
    Ok(done)
}

async fn act_on_all_once(app: &App, retailer: &str, ids: &[String], act: &Act, who: &str) -> Result<Vec<AlertRow>, FlowError> {
    let mut tx = app.db.write().await?;
    let mut done = Vec::new();
    for id in ids {
        match act_in(app, &mut tx, retailer, id, act, who).await {
            Ok(alert) => done.push(alert),
            Err(FlowError::NotFound | FlowError::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    tx.commit().await?;
    Ok(done)
}

async fn act_once(app: &App, retailer: &str, id: &str, act: &Act, who: &str) -> Result<AlertRow, FlowError> {
    let mut tx = app.db.write().await?;
    let alert = act_in(app, &mut tx, retailer, id, act, who).await?;
    tx.commit().await?;
    Ok(alert)
}

async fn act_in(app: &App, tx: &mut db::Write, retailer: &str, id: &str, act: &Act, who: &str) -> Result<AlertRow, FlowError> {
    let now = app.clock.now_ms();
    let mut alert = db::alerts::by_id(tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    match act {
        Act::Assign(to) => alert.assignee = to.clone(),
        Act::Snooze(until) => {
            if !alert.is_open() {
                return Err(FlowError::Conflict("a resolved alert cannot be snoozed".into()));
            }
            alert.state = "snoozed".into();
            alert.snoozed_until = Some(*until);
            if *until != NEXT_SCAN {
                db::tasks::put(tx, vec![wake_task(app, retailer, &alert, *until)]).await?;
            }
        }
        Act::Resolve(how) => {
            alert.state = "resolved".into();
            alert.resolved_at = Some(now);
            alert.resolution = Some(how.clone());
            alert.resolved_by = Some(who.to_string());
        }
        Act::Reopen => {
            alert.state = "open".into();
            (alert.resolved_at, alert.resolution, alert.resolved_by, alert.snoozed_until) = (None, None, None, None);
        }
    }
    db::alerts::update(tx, retailer, &alert).await?;
    // An open alert keeps the evaluation awake; without it the shipment may rest, and when is worked out anew.
    if let Some(row) = db::shipments::by_id_for_write(tx, retailer, &alert.shipment_id).await? {
        settle::settle(app, tx, vec![Touched::due(row)]).await?;
    }
    Ok(alert)
}

fn wake_task(app: &App, retailer: &str, alert: &AlertRow, until: i64) -> TaskRow {
    TaskRow {
        retailer: retailer.to_string(),
        id: app.ids.make("tsk", app.clock.now_ms()),
        run_at: until,
        kind: "wake_alert".into(),
        shipment: Some(alert.shipment_id.clone()).filter(|id| !id.is_empty()),
        payload: alert.id.clone(),
    }
}

/// A snoozed alert comes back, unless it was resolved or snoozed for longer meanwhile.
pub async fn wake(tx: &mut Write, task: &TaskRow) -> Result<(), FlowError> {
    let Some(mut alert) = db::alerts::by_id(tx, &task.retailer, &task.payload).await? else { return Ok(()) };
    if alert.state == "snoozed" && alert.snoozed_until.is_none_or(|until| until <= task.run_at) {
        alert.state = "open".into();
        alert.snoozed_until = None;
        db::alerts::update(tx, &task.retailer, &alert).await?;
    }
    Ok(())
}

pub async fn note(app: &App, retailer: &str, shipment: &str, author: &str, body: &str) -> Result<NoteRow, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    db::shipments::by_id_for_write(&mut tx, retailer, shipment).await?.ok_or(FlowError::NotFound)?;
    let note = NoteRow { id: app.ids.make("nte", now), at: now, author: author.into(), body: body.into() };
    db::alerts::put_note(&mut tx, retailer, shipment, &note).await?;
    tx.commit().await?;
    app.ring(retailer, None);
    Ok(note)
}

/// The shopper says it is not so.
pub async fn dispute(
    app: &App,
    retailer: &str,
    id: &str,
    reason: &str,
    note: Option<&str>,
) -> Result<(ShipmentRow, DisputeRow), FlowError> {
    let done = retry_races!(dispute_once(app, retailer, id, reason, note).await)?;
    digest::ring(app, std::slice::from_ref(&done.0));
    app.wake.notify_one();
    Ok(done)
}

async fn dispute_once(
    app: &App,
    retailer: &str,
    id: &str,
    reason: &str,
    note: Option<&str>,
) -> Result<(ShipmentRow, DisputeRow), FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut row = db::shipments::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let dispute =
        DisputeRow { id: app.ids.make("dsp", now), at: now, reason: reason.into(), note: note.map(str::to_string), settled_at: None };
    db::alerts::put_dispute(&mut tx, retailer, id, &dispute).await?;
    let before = settle::snapshot(&row);
    row.disputed = true;
    let touched = Touched { before, wake: true, user: Some("shopper".into()), ..Touched::due(row) };
    let row = settle::settle(app, &mut tx, vec![touched]).await?.pop().ok_or(FlowError::NotFound)?;
    tx.commit().await?;
    Ok((row, dispute))
}

/// The dispute is settled.
pub async fn settle_dispute(app: &App, retailer: &str, id: &str, who: &str) -> Result<ShipmentRow, FlowError> {
    let row = retry_races!(settle_dispute_once(app, retailer, id, who).await)?;
    digest::ring(app, std::slice::from_ref(&row));
    Ok(row)
}

async fn settle_dispute_once(app: &App, retailer: &str, id: &str, who: &str) -> Result<ShipmentRow, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut row = db::shipments::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    db::alerts::settle_disputes(&mut tx, retailer, id, now).await?;
    let before = settle::snapshot(&row);
    row.disputed = false;
    let touched = Touched { before, wake: true, user: Some(who.into()), ..Touched::due(row) };
    let row = settle::settle(app, &mut tx, vec![touched]).await?.pop().ok_or(FlowError::NotFound)?;
    tx.commit().await?;
    Ok(row)
}
