//! Doing what is due, in due order: for the worker as time passes, and for the sandbox as its clock is moved.

use std::time::Duration;

use super::FlowError;
use crate::{
    app::App,
    db::{self, due::Due},
};

/// For so long at most is digested before what is due has its turn.
pub const DIGEST_AT_ONCE: Duration = Duration::from_secs(1);

/// Who calls mail servers and webhooks.
#[derive(Clone, Copy, PartialEq)]
pub enum Outgoing {
    /// Here and now: when this returns, all that is due has been tried.
    Here,
    /// The sender, so that a slow machine elsewhere holds nothing up. (The sandbox's captured messages wait for nobody.)
    BySender,
}

/// Everything that is due now, messages and webhooks included, until nothing is. Answers how much was done.
pub async fn drain(app: &App) -> Result<usize, FlowError> {
    work_off(app, Outgoing::Here).await
}

/// What is due now, until nothing is.
pub async fn work_off(app: &App, outgoing: Outgoing) -> Result<usize, FlowError> {
    Ok(until_nothing_is(app, outgoing).await?.0)
}

/// Answers how much was done, and what falls due next.
async fn until_nothing_is(app: &App, outgoing: Outgoing) -> Result<(usize, Vec<Due>), FlowError> {
    let (mails_here, webhooks_here) = (outgoing == Outgoing::Here || app.config.sandbox, outgoing == Outgoing::Here);
    let mut total = 0;
    loop {
        let (mut done, _) = super::digest::run_for(app, DIGEST_AT_ONCE).await?;
        let now = app.clock.now_ms();
        let has_come = |at: Option<i64>| at.is_some_and(|at| at <= now);
        let due = db::due::next(&app.db.read().await?).await?;
        for d in &due {
            // Before its parcels: while a feed is down none of them may be missing.
            if has_come(d.feeds) {
                done += super::freshness::run(app, &d.retailer).await?;
            }
            if has_come(d.shipments) || has_come(d.orders) {
                done += super::check::run(app, &d.retailer).await?;
            }
            if has_come(d.tasks) {
                done += super::notify::run(app, &d.retailer).await?;
            }
            if mails_here && has_come(d.notifications) {
                done += super::deliver::run(app, &d.retailer).await?;
            }
        }
        if webhooks_here && due.iter().any(|d| has_come(d.webhooks)) {
            done += super::webhooks::run_all(app).await?;
        }
        if webhooks_here && due.iter().any(|d| has_come(d.polls)) {
            done += super::poll::run_all(app, super::poll::Manners::Standing).await?;
        }
        if webhooks_here && due.iter().any(|d| has_come(d.files)) {
            done += super::fetch::run_all(app).await?;
        }
        total += done;
        if done == 0 || app.is_stopping() {
            return Ok((total, due));
        }
    }
}

/// Moves the sandbox's clock, doing due work in due order with the clock standing at each due time. Answers the time after.
pub async fn advance(app: &App, ms: i64) -> Result<i64, FlowError> {
    let _working = app.work.lock().await;
    let _sending = app.sending.lock().await;
    let _polling = app.polling.lock().await;
    let _fetching = app.fetching.lock().await;
    // Another process on this database may have moved it; what was due by then it has done.
    app.clock.catch_up(db::retailers::clock_offset(&app.db.read().await?).await?);
    let start = app.clock.now_ms();
    let target = start.saturating_add(ms);
    // Stored first: a process killed on the way finds the clock where it was going, and does the rest as overdue.
    super::sandbox::store_offset(app, app.clock.offset_ms().saturating_add(ms)).await?;
    app.clock.stand(Some(start));
    let walked = walk(app, target).await;
    app.clock.add_offset(ms);
    app.clock.stand(None);
    walked?;
    Ok(app.clock.now_ms())
}

/// Lets the standing clock go to a moment in the same way: how a demo's past is played.
pub async fn walk_to(app: &App, target: i64) -> Result<(), FlowError> {
    let _working = app.work.lock().await;
    walk(app, target).await
}

async fn walk(app: &App, target: i64) -> Result<(), FlowError> {
    loop {
        let (_, due) = until_nothing_is(app, Outgoing::Here).await?;
        let now = app.clock.now_ms();
        // What is overdue and could not be done now (a message on hold, say) must not stop the clock.
        let next = due.iter().flat_map(Due::moments).filter(|at| *at > now).min();
        match next {
            Some(at) if at <= target && !app.is_stopping() => app.clock.stand(Some(at)),
            _ => break,
        }
    }
    app.clock.stand(Some(target));
    drain(app).await?;
    super::sweep::run(app).await?;
    // What is foretold may be told on: messages, webhooks.
    if super::foretell::run(app).await? > 0 {
        drain(app).await?;
    }
    Ok(())
}
