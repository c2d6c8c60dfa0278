//! The loop that foretells. It stands beside the worker: a day's learning keeps nobody waiting.

use std::time::Duration;

use crate::{app::App, chain, flow::foretell};

/// How often shipments that changed are foretold of.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Foretells until the process stops.
pub async fn run(app: &App) {
    while !app.is_stopping() {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.stopped() => return,
        }
        // The sandbox's clock moves only when nobody works.
        let _working = if app.config.sandbox { Some(app.work.lock().await) } else { None };
        if let Err(error) = foretell::run(app).await {
            tracing::error!(error = %chain::of(&error), "forecasts could not be made; they are tried again in a minute");
        }
    }
}
