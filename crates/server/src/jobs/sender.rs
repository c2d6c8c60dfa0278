//! The loops that wait for other people's machines: mail servers, webhooks, carriers that are asked, servers from which
//! files are fetched. They stand beside the worker, so that an endpoint that hangs delays nothing but itself.

use std::time::Duration;

use futures_util::future;

use crate::{
    app::App,
    chain, db,
    flow::{self, FlowError, poll::Manners},
};

/// How often we look for what is due when nobody rang.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Sends until the process stops.
pub async fn run(app: &App) {
    // The sandbox's messages are captured by the worker.
    let mails = async {
        while !app.config.sandbox && !app.is_stopping() {
            tokio::time::sleep(LOOK_EVERY).await;
            tell(mails(app).await);
        }
    };
    let webhooks = async {
        while !app.is_stopping() {
            let _ = tokio::time::timeout(LOOK_EVERY, app.outgoing.notified()).await;
            let _sending = app.sending.lock().await;
            if !app.is_stopping() {
                tell(flow::webhooks::run_all(app).await);
            }
        }
    };
    let carriers = async {
        while !app.is_stopping() {
            let _ = tokio::time::timeout(LOOK_EVERY, app.asking.notified()).await;
            let _polling = app.polling.lock().await;
            if !app.is_stopping() {
                tell(flow::poll::run_all(app, Manners::Waiting).await);
            }
        }
    };
    let files = async {
        while !app.is_stopping() {
            tokio::time::sleep(LOOK_EVERY).await;
            let _fetching = app.fetching.lock().await;
            if !app.is_stopping() {
                tell(flow::fetch::run_all(app).await);
            }
        }
    };
    future::join4(mails, webhooks, carriers, files).await;
}

async fn mails(app: &App) -> Result<usize, FlowError> {
    let now = app.clock.now_ms();
    let due = db::notifications::next_due(&app.db.read().await?).await?;
    let retailers = due.iter().filter(|d| d.1 <= now).map(|d| flow::deliver::run(app, &d.0));
    future::try_join_all(retailers).await.map(|counts| counts.into_iter().sum())
}

fn tell(done: Result<usize, FlowError>) {
    if let Err(error) = done {
        tracing::error!(error = %chain::of(&error), "what was due to be sent or asked could not be; it is tried again");
    }
}
