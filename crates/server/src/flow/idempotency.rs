//! A request with an Idempotency-Key is executed once; its first executed answer is kept for 72 hours.

use super::FlowError;
use crate::{
    app::App,
    db::{self, settings::KeptAnswer},
    ids,
};

const KEPT_MS: i64 = 72 * 3_600_000;

/// Claims a key for a request, or says what became of it before. `request` is whatever makes two requests the same.
pub async fn claim(app: &App, retailer: &str, key: &str, request: &str) -> Result<KeptAnswer, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let kept = db::settings::claim_answer(&mut tx, retailer, key, &ids::hash(request), now, now - KEPT_MS).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Keeps the answer; `None` gives the key back (a refusal, or a fault of ours, is not replayed).
pub async fn settle(app: &App, retailer: &str, key: &str, answer: Option<(i64, &str)>) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    match answer {
        Some((status, text)) => db::settings::keep_answer(&mut tx, retailer, key, status, text).await?,
        None => db::settings::forget_answer(&mut tx, retailer, key).await?,
    }
    tx.commit().await?;
    Ok(())
}
