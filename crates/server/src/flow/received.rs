//! What came in and what was recognised in it: counted always, kept as it came for some days, and of a burst only the first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};

use whereabouts_adapters::{carrier::Payload, parse};

use super::{
    FlowError,
    understand::{ToldBy, Understood},
};
use crate::{
    app::App,
    db::{
        self, Write,
        inbox::InboxRow,
        received::{DayRow, ReceivedRow},
    },
};

/// So many of one outcome are kept of one retailer in a minute: what was not understood is not crowded out by what was …
const KEPT_PER_MINUTE: u32 = 20;
/// … and so many of one batch: who digests a backlog must not write everything twice.
const KEPT_PER_BATCH: usize = 50;
const MINUTE_MS: i64 = 60_000;
/// Refusals of one dialect are written down once in so long, with their number: they cost nobody else's time.
const REFUSALS_EVERY_MS: i64 = 10_000;
/// Beyond so many names what is remembered is begun anew.
const REMEMBERED_MAX: usize = 10_000;

/// The minute, and how many were kept in it.
type Kept = (i64, u32);

/// How much may still be kept.
#[derive(Default)]
pub struct Budget {
    /// By retailer and outcome.
    kept: Mutex<HashMap<(String, &'static str), Kept>>,
    /// By retailer and dialect: when refusals were written down last, and how many came since.
    refused: Mutex<HashMap<(String, String), (i64, i64)>>,
}

impl Budget {
    fn takes(&self, retailer: &str, outcome: &'static str, now_ms: i64) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() > REMEMBERED_MAX {
            kept.clear();
        }
        let minute = now_ms.div_euclid(MINUTE_MS);
        let (of, count) = kept.entry((retailer.to_string(), outcome)).or_insert((minute, 0));
        if *of != minute {
            (*of, *count) = (minute, 0);
        }
        *count += 1;
        *count <= KEPT_PER_MINUTE
    }

    /// How many refusals are to be written down now, this one among them.
    fn refusals(&self, retailer: &str, dialect: &str, now_ms: i64) -> Option<i64> {
        let mut refused = self.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if refused.len() > REMEMBERED_MAX {
            refused.clear();
        }
        let (written_at, since) = refused.entry((retailer.to_string(), dialect.to_string())).or_insert((i64::MIN / 2, 0));
        *since += 1;
        if now_ms - *written_at < REFUSALS_EVERY_MS {
            return None;
        }
        *written_at = now_ms;
        Some(std::mem::take(since))
    }
}

/// Counts a batch and keeps what there is room for.
pub async fn note(app: &App, tx: &mut Write, rows: &[InboxRow], reads: &[Understood]) -> Result<(), FlowError> {
    let now = app.clock.machine_ms();
    let mut days: BTreeMap<(&str, &str, &str, String), DayRow> = BTreeMap::new();
    let mut kept = Vec::new();
    for (row, read) in rows.iter().zip(reads) {
        let dialect = read.dialect.as_deref().unwrap_or_default();
        let day = day_of(row.received_at);
        let counted = days.entry((row.retailer.as_str(), dialect, row.source.as_str(), day)).or_default();
        counted.payloads += 1;
        counted.events += read.counts.0;
        counted.unread += i64::from(read.outcome == super::understand::Outcome::Unread);
        counted.last_at = counted.last_at.max(row.received_at);
        if kept.len() < KEPT_PER_BATCH && app.kept.takes(&row.retailer, read.outcome.id(), now) {
            kept.push(as_received(row, read));
        }
    }
    let days = days.into_iter().map(|((retailer, dialect, source, day), counted)| DayRow {
        retailer: retailer.into(),
        dialect: dialect.into(),
        source: source.into(),
        day,
        ..counted
    });
    db::received::count(tx, days.collect()).await?;
    db::received::put(tx, kept).await?;
    Ok(())
}

fn as_received(row: &InboxRow, read: &Understood) -> ReceivedRow {
    ReceivedRow {
        retailer: row.retailer.clone(),
        id: row.id.clone(),
        received_at: row.received_at,
        source: row.source.clone(),
        dialect: read.dialect.clone().unwrap_or_default(),
        mapping: read.mapping.clone().unwrap_or_default(),
        told_by: told_by(row, read).into(),
        signature: row.signature.clone().unwrap_or_default(),
        outcome: read.outcome.id().into(),
        detail: read.detail.clone(),
        numbers: read.counts.1,
        events: read.counts.0,
        headers: row.headers.clone(),
        body: row.body.clone(),
    }
}

/// `url`, `headers`, `shape`, `mapping` or nothing: what the body alone does not tell was told by the headers.
fn told_by(row: &InboxRow, read: &Understood) -> &'static str {
    match read.told_by {
        ToldBy::Url => "url",
        ToldBy::Mapping => "mapping",
        ToldBy::Nothing => "",
        ToldBy::Sniffed => {
            let bare = std::panic::catch_unwind(|| parse::dialect(&Payload::of(&row.body)).map(|c| c.card().id));
            if bare.ok().flatten() == read.dialect.as_deref() { "shape" } else { "headers" }
        }
    }
}

/// A payload that was turned away because of its signature: written down without its body, seldom, and counted.
pub async fn refused(app: &App, retailer: &str, dialect: &str, why: &str, headers: &str) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let Some(refused) = app.kept.refusals(retailer, dialect, app.clock.machine_ms()) else { return Ok(()) };
    let day = DayRow {
        retailer: retailer.into(),
        dialect: dialect.into(),
        source: "hook".into(),
        day: day_of(now),
        refused,
        last_at: now,
        ..DayRow::default()
    };
    let row = ReceivedRow {
        retailer: retailer.into(),
        id: app.ids.make("inb", now),
        received_at: now,
        source: "hook".into(),
        dialect: dialect.into(),
        signature: "wrong".into(),
        outcome: "refused".into(),
        detail: why.into(),
        headers: headers.into(),
        ..ReceivedRow::default()
    };
    let mut tx = app.db.write().await?;
    db::received::count(&mut tx, vec![day]).await?;
    db::received::put(&mut tx, vec![row]).await?;
    tx.commit().await?;
    Ok(())
}

/// The day by the clock of the world, `2026-11-22`.
fn day_of(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_burst_the_first_are_kept_and_refusals_are_counted_together() {
        let budget = Budget::default();
        let taken = (0..100).filter(|_| budget.takes("r", "events", 1_000)).count();
        assert_eq!(taken, KEPT_PER_MINUTE as usize);
        assert!(budget.takes("r", "unread", 1_000), "what nobody understood is not crowded out");
        assert!(budget.takes("other", "events", 1_000) && budget.takes("r", "events", 1_000 + MINUTE_MS));
        let refused: Vec<Option<i64>> = [0, 5, 9, REFUSALS_EVERY_MS + 1].iter().map(|at| budget.refusals("r", "evri", *at)).collect();
        assert_eq!(refused, [Some(1), None, None, Some(3)]);
    }
}
