//! The loop that foretells. It stands beside the worker: a day's learning keeps nobody waiting, and between one retailer and the next it
//! rests, however many there are.

use std::time::Duration;

use crate::{
    app::App,
    chain, db,
    flow::{FlowError, foretell},
};

/// How often shipments that changed are foretold of.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// After each retailer it rests so many times as long as it worked, so that a new day's learning is spread over minutes …
const REST: u32 = 40;
/// … and one with many parcels does not keep the next waiting for ever.
const REST_MAX: Duration = Duration::from_secs(20);

/// Foretells until the process stops.
pub async fn run(app: &App) {
    while !app.is_stopping() {
        pause(app, LOOK_EVERY).await;
        if let Err(error) = round(app).await {
            tracing::error!(error = %chain::of(&error), "the retailers could not be listed for forecasts; it is tried again in a minute");
        }
    }
}

async fn round(app: &App) -> Result<(), FlowError> {
    for retailer in db::retailers::all(&app.db.read().await?).await? {
        if app.is_stopping() {
            break;
        }
        // The sandbox's clock moves only when nobody works.
        let working = if app.config.sandbox { Some(app.work.lock().await) } else { None };
        let work = app.clock.stopwatch();
        if let Err(error) = foretell::for_retailer(app, &retailer.id).await {
            tracing::error!(retailer.id = retailer.id, error = %chain::of(&error), "forecasts could not be made; they are tried again in a minute");
        }
        drop(working);
        pause(app, (work.elapsed() * REST).min(REST_MAX)).await;
    }
    Ok(())
}

/// Waits, unless the process is to stop.
async fn pause(app: &App, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.stopped() => {}
    }
}
