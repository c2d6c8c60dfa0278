//! Whether carriers' feeds still flow. What is new is counted by the hour as it is taken in. A feed that is silent for longer than is usual
//! for it is down, and so is one whose accounts the carrier refuses: that is written down here and nowhere else, and until it speaks again
//! none of its parcels may be missing, whoever judges. If a silence goes on, one alert is raised, which closes by itself.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use whereabouts_domain::feed::{self, Freshness, Heard, Limits};

use super::{
    FlowError,
    digest::{Fate, Incoming},
};
use crate::{
    app::App,
    context::{Context, KEPT_MS},
    db::{
        self, Write,
        accounts::AccountRow,
        alerts::AlertRow,
        feeds::{FeedRow, Said},
    },
    following::carrier_name,
    retry_races,
};

pub const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// So much of a feed's past is looked at.
pub const LEARNT_FROM_DAYS: i64 = 28;

/// Counts what was new among what came in.
pub async fn note(tx: &mut Write, incoming: &[Incoming], fates: &[Fate]) -> Result<(), FlowError> {
    let mut hours: BTreeMap<(&str, &str, i64), (i64, i64)> = BTreeMap::new();
    for (i, _) in incoming.iter().zip(fates).filter(|(i, fate)| **fate != Fate::Duplicate && !i.event.carrier.is_empty()) {
        let entry = hours.entry((&i.retailer, &i.event.carrier, i.received_at.div_euclid(HOUR_MS))).or_default();
        *entry = (entry.0 + 1, entry.1.max(i.received_at));
    }
    let said: Vec<Said> = hours
        .into_iter()
        .map(|((retailer, carrier, hour), (events, last_at))| Said {
            retailer: retailer.into(),
            carrier: carrier.into(),
            hour,
            events,
            last_at,
        })
        .collect();
    db::feeds::said(tx, &said, DAY_MS).await?;
    Ok(())
}

/// Judges the feeds of one retailer that are due. Answers how many it looked at.
pub async fn run(app: &App, retailer: &str) -> Result<usize, FlowError> {
    retry_races!(run_once(app, retailer).await)
}

async fn run_once(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let now = app.clock.now();
    let Some(ctx) = app.contexts.get(app, retailer).await? else { return Ok(0) };
    let mut tx = app.db.write().await?;
    let due = db::feeds::due(&mut tx, retailer, now.as_millisecond()).await?;
    let looked_at = due.len();
    let mut has_turned = false;
    for mut row in due {
        let was_quiet = row.quiet_since.is_some();
        judge(app, &mut tx, &ctx, &mut row, now).await?;
        db::feeds::judged(&mut tx, retailer, &row).await?;
        has_turned |= was_quiet != row.quiet_since.is_some();
    }
    tx.commit().await?;
    if has_turned {
        app.contexts.forget(retailer);
        app.ring(retailer, None);
    }
    Ok(looked_at)
}

async fn judge(app: &App, tx: &mut Write, ctx: &Context, row: &mut FeedRow, now: Timestamp) -> Result<(), FlowError> {
    let now_ms = now.as_millisecond();
    let hours = db::feeds::hours(tx, &ctx.id, &row.carrier, (now_ms - LEARNT_FROM_DAYS * DAY_MS).div_euclid(HOUR_MS)).await?;
    let (zone, nation) = place_of(ctx);
    let last_at = Timestamp::from_millisecond(row.last_at).unwrap_or(now);
    let heard = Heard { hours: &hours, last_at, zone: &zone, calendars: &ctx.calendars, nation: &nation };
    let limits = match feed::judge(&heard) {
        Freshness::Learning => Limits::default(),
        Freshness::Flowing(limits) => limits,
    };
    let has_come = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let in_ms = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let cut_off = cut_off_since(tx, ctx, row).await?;
    if cut_off.is_none() && !has_come(limits.down_at) {
        is_up(tx, ctx, row, now_ms).await?;
        row.next_check_at = Some(in_ms(limits.down_at).unwrap_or(now_ms + DAY_MS).max(now_ms + 1));
        return Ok(());
    }
    if row.quiet_since.is_none() {
        if !db::feeds::any_open(tx, &ctx.id, &row.carrier).await? {
            // Nobody waits for it: silence is what is to be expected.
            row.next_check_at = Some(now_ms + DAY_MS / 4);
            return Ok(());
        }
        let from = in_ms(limits.down_from.filter(|_| has_come(limits.down_at))).into_iter().chain(cut_off).min().unwrap_or(now_ms);
        db::feeds::outage_began(tx, &ctx.id, &row.carrier, from, now_ms).await?;
        row.quiet_since = Some(row.last_at);
    }
    // Whoever refuses an account has told the agents why already.
    if has_come(limits.alarm_at) && row.alert_id.is_none() && cut_off.is_none() {
        let alert = alert(app, row, limits.missing, &zone, now_ms);
        db::alerts::put(tx, &ctx.id, std::slice::from_ref(&alert)).await?;
        row.alert_id = Some(alert.id);
    }
    row.next_check_at = in_ms(limits.alarm_at).filter(|_| row.alert_id.is_none() && cut_off.is_none());
    Ok(())
}

/// Since when nobody who is asked about this carrier's parcels lets us in, if it said nothing since by another door.
async fn cut_off_since(tx: &mut Write, ctx: &Context, row: &FeedRow) -> Result<Option<i64>, FlowError> {
    let covers = |a: &AccountRow| !a.is_paused() && a.covers().contains(&row.carrier);
    let asked: Vec<AccountRow> = db::accounts::all_for_write(tx, &ctx.id).await?.into_iter().filter(covers).collect();
    let mut since = None;
    for account in &asked {
        let Some(alert) = account.alert_id.as_deref().filter(|_| account.state == "refused") else { return Ok(None) };
        since = since.max(db::alerts::by_id(tx, &ctx.id, alert).await?.map(|alert| alert.opened_at));
    }
    Ok(since.filter(|since| row.last_at < *since))
}

/// It speaks again, or always did.
async fn is_up(tx: &mut Write, ctx: &Context, row: &mut FeedRow, now: i64) -> Result<(), FlowError> {
    if let Some(id) = row.alert_id.take() {
        close(tx, ctx, &id, now).await?;
    }
    if row.quiet_since.take().is_some() {
        db::feeds::outage_ended(tx, &ctx.id, &row.carrier, now + grace_of(ctx, &row.carrier)).await?;
        // Not before every process knows: one that judged by what it had read before would think that the outage went on.
        db::shipments::look_again_at_silence(tx, &ctx.id, &row.carrier, now + 2 * KEPT_MS).await?;
    }
    Ok(())
}

/// How long a feed that speaks again has to tell what it held back, in milliseconds.
fn grace_of(ctx: &Context, carrier: &str) -> i64 {
    ctx.sources_of(&["retailer".to_string(), format!("carrier:{carrier}")]).0.feed_grace_minutes * 60_000
}

/// Where the retailer's days begin, and whose holidays are kept there.
pub fn place_of(ctx: &Context) -> (TimeZone, String) {
    let settings = ctx.sources_of(&["retailer".to_string()]).0;
    let zone = ctx.brand(None).and_then(|b| b.zone.clone()).unwrap_or(settings.zone);
    let nation = if settings.home_country == "GB" { "GB-ENG".into() } else { settings.home_country };
    (TimeZone::get(&zone).unwrap_or(TimeZone::UTC), nation)
}

fn alert(app: &App, row: &FeedRow, missing: f64, zone: &TimeZone, now: i64) -> AlertRow {
    let since = Timestamp::from_millisecond(row.last_at).unwrap_or_default().to_zoned(zone.clone());
    AlertRow {
        id: app.ids.make("alt", now),
        kind: "feed_quiet".into(),
        // It concerns no single shipment.
        shipment_id: String::new(),
        order_number: None,
        opened_at: now,
        reason: format!(
            "nothing new from {} since {}; about {} scans would have been usual by now. Look at the hook and the account; until it \
             speaks again none of its parcels is taken for missing",
            carrier_name(&row.carrier),
            since.strftime("%a %-d %b, %H:%M"),
            missing.round() as i64
        ),
        state: "open".into(),
        assignee: None,
        due_at: None,
        snoozed_until: None,
        resolved_at: None,
        resolution: None,
        resolved_by: None,
    }
}

async fn close(tx: &mut Write, ctx: &Context, id: &str, now: i64) -> Result<(), FlowError> {
    if let Some(alert) = db::alerts::by_id(tx, &ctx.id, id).await?.filter(AlertRow::is_open) {
        let closed = AlertRow {
            state: "resolved".into(),
            resolved_at: Some(now),
            resolution: Some("flows_again".into()),
            resolved_by: Some("whereabouts".into()),
            ..alert
        };
        db::alerts::update(tx, &ctx.id, &closed).await?;
    }
    Ok(())
}
