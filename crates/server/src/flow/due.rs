//! Doing what is due, in due order: for the worker as time passes, and for the sandbox as its clock is moved.

use super::FlowError;
use crate::{app::App, db};

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
    let mut total = 0;
    loop {
        let mut done = 0;
        loop {
            let taken = super::digest::run(app).await?.len();
            done += taken;
            if taken == 0 {
                break;
            }
        }
        let now = app.clock.now_ms();
        let due = due(app).await?;
        for (retailer, _) in due.shipments.iter().chain(&due.orders).filter(|d| d.1 <= now) {
            done += super::check::run(app, retailer).await?;
        }
        for (retailer, _) in due.tasks.iter().filter(|d| d.1 <= now) {
            done += super::notify::run(app, retailer).await?;
        }
        let (mails_here, webhooks_here) = (outgoing == Outgoing::Here || app.config.sandbox, outgoing == Outgoing::Here);
        for (retailer, _) in due.notifications.iter().filter(|d| mails_here && d.1 <= now) {
            done += super::deliver::run(app, retailer).await?;
        }
        if webhooks_here && due.webhooks.iter().any(|d| d.1 <= now) {
            done += super::webhooks::run_all(app).await?;
        }
        total += done;
        if done == 0 || app.is_stopping() {
            return Ok(total);
        }
    }
}

/// Per kind of work and retailer the earliest moment.
#[derive(Default)]
struct Due {
    shipments: Vec<(String, i64)>,
    orders: Vec<(String, i64)>,
    tasks: Vec<(String, i64)>,
    notifications: Vec<(String, i64)>,
    webhooks: Vec<(String, i64)>,
}

async fn due(app: &App) -> Result<Due, FlowError> {
    let read = app.db.read().await?;
    Ok(Due {
        shipments: db::shipments::next_due(&read).await?,
        orders: db::orders::next_due(&read).await?,
        tasks: db::tasks::next_due(&read).await?,
        notifications: db::notifications::next_due(&read).await?,
        webhooks: db::webhooks::next_due(&read).await?,
    })
}

/// Moves the sandbox's clock, doing due work in due order with the clock standing at each due time. Answers the time after.
pub async fn advance(app: &App, ms: i64) -> Result<i64, FlowError> {
    let _working = app.work.lock().await;
    let _sending = app.sending.lock().await;
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
        drain(app).await?;
        let now = app.clock.now_ms();
        let due = due(app).await?;
        let all = [&due.shipments, &due.orders, &due.tasks, &due.notifications, &due.webhooks];
        // What is overdue and could not be done now (a message on hold, say) must not stop the clock.
        let next = all.into_iter().flatten().map(|d| d.1).filter(|at| *at > now).min();
        match next {
            Some(at) if at <= target && !app.is_stopping() => app.clock.stand(Some(at)),
            _ => break,
        }
    }
    app.clock.stand(Some(target));
    drain(app).await?;
    super::sweep::run(app).await
}
