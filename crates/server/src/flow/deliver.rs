//! Sending what is due: claimed in one transaction, sent outside of any, settled in another. A message whose sender died in between is
//! never sent again blindly; it is marked unknown and put before an agent.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};

use super::FlowError;
use crate::{
    app::App,
    context::Context,
    db::{self, Write, alerts::AlertRow, notifications::NotificationRow},
    gateway::{Envelope, Outcome},
    retry_races,
};

/// Claimed at once; all of them are under way together, so that a claim is never older than one message takes.
const CLAIM_MAX: i64 = 8;
/// Captured at once, in the sandbox.
const CAPTURE_MAX: i64 = 500;
/// Longer than the gateway gives a message, and short enough that what a dead process left is before an agent within a minute.
const LEASE_MS: i64 = 50_000;
const NO_SERVER_AGAIN_MS: i64 = 5 * 60_000;
/// Waits after the first, second … attempt that certainly failed; after the last one it has failed for good.
const AGAIN_MINUTES: [i64; 5] = [1, 5, 30, 120, 360];

/// Delivers what is due for one retailer. Answers how many messages it looked at.
pub async fn run(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let mut done = 0;
    while !app.is_stopping() {
        let batch = if app.config.sandbox {
            retry_races!(capture_once(app, retailer).await)?
        } else {
            let claimed = retry_races!(claim_once(app, retailer).await)?;
            send(app, retailer, &claimed.to_send).await?;
            claimed
        };
        let orders: BTreeSet<&str> = batch.touched.iter().map(|n| n.order_id.as_str()).collect();
        for order in orders {
            app.ring(retailer, Some(order));
        }
        if batch.seen == 0 {
            break;
        }
        done += batch.seen;
    }
    Ok(done)
}

/// What one transaction took.
#[derive(Default)]
struct Batch {
    /// How many were due, held ones included.
    seen: usize,
    to_send: Vec<NotificationRow>,
    /// Everything an open page may show differently now.
    touched: Vec<NotificationRow>,
}

/// The sandbox sends nothing: captured is sent, in one transaction, so nothing is ever unknown there.
async fn capture_once(app: &App, retailer: &str) -> Result<Batch, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let due = db::notifications::due_for_write(&mut tx, retailer, now, CAPTURE_MAX).await?;
    if due.is_empty() {
        return Ok(Batch::default());
    }
    let holds = db::notifications::holds_for_write(&mut tx, retailer).await?;
    let mut batch = Batch { seen: due.len(), ..Batch::default() };
    for n in due {
        if is_held(&holds, &n) {
            keep_back(&mut tx, &n).await?;
        } else {
            db::notifications::capture(&mut tx, &n, now).await?;
        }
        batch.touched.push(n);
    }
    tx.commit().await?;
    Ok(batch)
}

async fn claim_once(app: &App, retailer: &str) -> Result<Batch, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let due = db::notifications::due_for_write(&mut tx, retailer, now, CLAIM_MAX).await?;
    if due.is_empty() {
        return Ok(Batch::default());
    }
    let holds = db::notifications::holds_for_write(&mut tx, retailer).await?;
    let mut batch = Batch { seen: due.len(), ..Batch::default() };
    for n in due {
        if n.state == "sending" {
            // Its lease has passed: whoever was sending it is gone, before or after the mail server took it.
            if db::notifications::claim(&mut tx, &n, now, now).await? {
                lost_sight(app, &mut tx, &n, "the process that was sending it ended", now).await?;
                batch.touched.push(n);
            }
        } else if is_held(&holds, &n) {
            keep_back(&mut tx, &n).await?;
            batch.touched.push(n);
        } else if let Some(why) = cannot_send(app, &n).await? {
            let waiting = NotificationRow { reason: Some(why.into()), send_at: Some(now + NO_SERVER_AGAIN_MS), ..n };
            db::notifications::settle(&mut tx, &waiting).await?;
            batch.touched.push(waiting);
        } else if db::notifications::claim(&mut tx, &n, now, now + LEASE_MS).await?
            // Read again: another parcel may have joined it just before the claim.
            && let Some(mine) = db::notifications::by_id_for_write(&mut tx, retailer, &n.id).await?
        {
            batch.to_send.push(mine.clone());
            batch.touched.push(mine);
        }
    }
    tx.commit().await?;
    Ok(batch)
}

/// Why nothing can leave at all, if so: the operator's to mend, so it costs no attempt.
async fn cannot_send(app: &App, n: &NotificationRow) -> Result<Option<&'static str>, FlowError> {
    if !app.gateway.mail.has_server() {
        return Ok(Some("no_mail_server"));
    }
    let ctx = app.contexts.get(app, &n.retailer).await?;
    let sender = sender(app, ctx.as_deref(), n).0;
    Ok(sender.is_none().then_some("no_sender"))
}

/// The sender's address and the name beside it.
fn sender(app: &App, ctx: Option<&Context>, n: &NotificationRow) -> (Option<String>, String) {
    let brand = ctx.and_then(|c| c.brand(Some(&n.brand_id)));
    let from = app.gateway.mail.sender_for(brand.and_then(|b| b.mail_from.as_deref()));
    (from, brand.map(|b| b.name.clone()).unwrap_or_default())
}

async fn send(app: &App, retailer: &str, claimed: &[NotificationRow]) -> Result<(), FlowError> {
    if claimed.is_empty() {
        return Ok(());
    }
    let ctx = app.contexts.get(app, retailer).await?;
    let envelopes = claimed.iter().map(|n| {
        let (from, from_name) = sender(app, ctx.as_deref(), n);
        Envelope {
            from: from.unwrap_or_default(),
            from_name,
            to: n.address.clone(),
            subject: n.subject.clone(),
            text: n.text.clone(),
            html: n.html.clone(),
            id: n.id.clone(),
            headers: vec![],
        }
    });
    let envelopes: Vec<Envelope> = envelopes.collect();
    let mail = &app.gateway.mail;
    let calls: Vec<_> = claimed.iter().zip(&envelopes).map(|(n, e)| async move { (n, mail.send_mail(e).await) }).collect();
    let outcomes: Vec<(&NotificationRow, Outcome)> = stream::iter(calls).buffer_unordered(CLAIM_MAX as usize).collect().await;
    retry_races!(settle_once(app, &outcomes).await)
}

async fn settle_once(app: &App, outcomes: &[(&NotificationRow, Outcome)]) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    for (n, outcome) in outcomes {
        match outcome {
            Outcome::Unknown(why) => lost_sight(app, &mut tx, n, why, now).await?,
            _ => db::notifications::settle(&mut tx, &settled((*n).clone(), outcome, now)).await?,
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What an outcome makes of a message that was claimed (its attempt is counted already).
fn settled(mut n: NotificationRow, outcome: &Outcome, now: i64) -> NotificationRow {
    n.send_at = None;
    match outcome {
        Outcome::Sent => (n.state, n.reason, n.sent_at) = ("sent".into(), None, Some(now)),
        Outcome::Failed(why) => (n.state, n.reason) = ("failed".into(), Some(why.clone())),
        Outcome::Unknown(why) => (n.state, n.reason) = ("unknown".into(), Some(why.clone())),
        Outcome::Later(why) => {
            let wait = usize::try_from(n.attempts - 1).ok().and_then(|i| AGAIN_MINUTES.get(i));
            n.state = if wait.is_some() { "waiting" } else { "failed" }.into();
            n.send_at = wait.map(|minutes| now + minutes * 60_000);
            n.reason = Some(why.clone());
        }
    }
    n
}

/// Nobody knows whether the shopper has it: an agent decides, not a retry.
async fn lost_sight(app: &App, tx: &mut Write, n: &NotificationRow, why: &str, now: i64) -> Result<(), FlowError> {
    let unknown = settled(n.clone(), &Outcome::Unknown(why.into()), now);
    db::notifications::settle(tx, &unknown).await?;
    let shipment = db::shipments::by_id_for_write(tx, &n.retailer, &n.shipment_id).await?;
    let alert = AlertRow {
        id: app.ids.make("alt", now),
        kind: "message_unknown".into(),
        shipment_id: n.shipment_id.clone(),
        order_number: shipment.and_then(|s| s.registration.order_number),
        opened_at: now,
        reason: format!("nobody knows whether the message \"{}\" ({}) reached the shopper: {why}", n.subject, n.id),
        state: "open".into(),
        assignee: None,
        due_at: None,
        snoozed_until: None,
        resolved_at: None,
        resolution: None,
        resolved_by: None,
    };
    db::alerts::put(tx, &n.retailer, &[alert]).await?;
    Ok(())
}

pub(super) fn is_held(holds: &[String], n: &NotificationRow) -> bool {
    holds.iter().any(|scope| match scope.split_once(':') {
        None => scope == "all",
        Some(("brand", id)) => id == n.brand_id,
        Some(("channel", name)) => name == n.channel,
        Some(_) => false,
    })
}

/// Waiting without a time: it is no longer due, and comes back when sending is resumed.
async fn keep_back(tx: &mut Write, n: &NotificationRow) -> Result<(), FlowError> {
    let held = NotificationRow { state: "waiting".into(), reason: Some("held".into()), send_at: None, ..n.clone() };
    Ok(db::notifications::settle(tx, &held).await?)
}
