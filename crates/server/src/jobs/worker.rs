//! The loop that does what is due and concerns only the database: digest, check, notify, sweep. What waits for others' machines is sent
//! by `sender`.

use std::time::Duration;

use crate::{
    app::App,
    chain,
    flow::{
        self, FlowError,
        due::{self, Outgoing},
    },
};

/// How often everything is looked through for what is due; what comes in is worked on at once.
const LOOK_EVERY_MS: i64 = 1_000;
/// What comes in within this time of a round is worked on together: a transaction for each scan would cost many times as much.
const GATHER: Duration = Duration::from_millis(100);
/// How often what has gone stale is swept.
const SWEEP_EVERY_MS: i64 = 3_600_000;

/// Works until the process stops.
pub async fn run(app: &App) {
    let mut looked_at = 0;
    let mut swept_at = 0;
    let mut rested = None;
    while !app.is_stopping() {
        let _ = tokio::time::timeout(Duration::from_millis(LOOK_EVERY_MS as u64), app.wake.notified()).await;
        if app.is_stopping() {
            return;
        }
        if let Some(rest) = rested.and_then(|since: std::time::Instant| GATHER.checked_sub(since.elapsed())) {
            tokio::time::sleep(rest).await;
        }
        let working = app.work.lock().await;
        let now = app.clock.machine_ms();
        let look = now - looked_at >= LOOK_EVERY_MS;
        let done = if look { due::work_off(app, Outgoing::BySender).await.map(|_| ()) } else { fresh(app).await };
        app.outgoing.notify_one();
        if look {
            looked_at = now;
        }
        if now - swept_at >= SWEEP_EVERY_MS {
            swept_at = now;
            if let Err(error) = flow::sweep::run(app).await {
                tracing::error!(error = %error, "sweeping failed; it is tried again in an hour");
            }
        }
        drop(working);
        rested = Some(app.clock.stopwatch());
        if let Err(error) = done {
            tracing::error!(error = %chain::of(&error), "work that was due could not be done; it is tried again");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// What came in just now, and what follows from it for the retailers concerned.
async fn fresh(app: &App) -> Result<(), FlowError> {
    let (_, retailers) = flow::digest::run_for(app, due::DIGEST_AT_ONCE).await?;
    for retailer in &retailers {
        follow(app, retailer).await?;
    }
    Ok(())
}

async fn follow(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let told = flow::notify::run(app, retailer).await?;
    Ok(if app.config.sandbox { told + flow::deliver::run(app, retailer).await? } else { told })
}
