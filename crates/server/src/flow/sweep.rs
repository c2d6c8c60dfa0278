//! What has gone stale: events for numbers that nobody ever registered, payloads as they came, kept answers, old files,
//! removed rules.

use super::FlowError;
use crate::{app::App, db};

const DAY_MS: i64 = 86_400_000;
/// For so long files and their results are kept, and rules and hook addresses that were taken away.
const FILES_DAYS: i64 = 30;
/// So long it can be seen what calls to carriers were spent on.
const CALLS_KEPT_DAYS: i64 = 90;

/// Silence is counted over outages of so long ago: longer than any silence that is judged.
const OUTAGES_KEPT_DAYS: i64 = 90;

pub async fn run(app: &App) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let retailers = db::retailers::all(&app.db.read().await?).await?;
    for retailer in retailers {
        let Some(ctx) = app.contexts.get(app, &retailer.id).await? else { continue };
        let settings = ctx.sources_of(&["retailer".to_string()]).0;
        let mut tx = app.db.write().await?;
        db::events::forget_unmatched(&mut tx, &retailer.id, now - settings.unmatched_days * DAY_MS).await?;
        db::received::forget(&mut tx, &retailer.id, now - settings.received_days * DAY_MS).await?;
        db::settings::forget_answers(&mut tx, &retailer.id, now - 3 * DAY_MS).await?;
        db::rules::forget_removed(&mut tx, &retailer.id, now - FILES_DAYS * DAY_MS).await?;
        db::hooks::forget_addresses(&mut tx, &retailer.id, now - FILES_DAYS * DAY_MS).await?;
        db::imports::forget(&mut tx, &retailer.id, now - FILES_DAYS * DAY_MS).await?;
        let hours_from = (now - super::freshness::LEARNT_FROM_DAYS * DAY_MS).div_euclid(super::freshness::HOUR_MS);
        db::feeds::forget_hours(&mut tx, &retailer.id, hours_from).await?;
        db::feeds::forget_outages(&mut tx, &retailer.id, now - OUTAGES_KEPT_DAYS * DAY_MS).await?;
        let days_from = super::poll::day_of(jiff::Timestamp::from_millisecond(now - CALLS_KEPT_DAYS * DAY_MS).unwrap_or_default());
        db::polls::forget_days(&mut tx, &retailer.id, &days_from).await?;
        tx.commit().await?;
    }
    Ok(())
}
