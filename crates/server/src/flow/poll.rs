//! Asking carriers that do not call. Whose turn has come is asked for in groups, one account after its own manners; each answer goes into
//! the inbox exactly as a hook's payload does, and digest does the rest. A call is written down before it is made: a killed process asks
//! again when its hold has run out, and no call goes uncounted.

pub(super) mod outcome;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use whereabouts_adapters::ask::{Account, Credentials, Heard, Pace, Request};

use super::{
    FlowError,
    accounts::{self, Way},
    turns,
};
use crate::{
    app::App,
    context::Context,
    db::{
        self,
        accounts::AccountRow,
        polls::{Spent, TurnRow},
        shipments::ShipmentRow,
    },
    gateway::{Made, Reply},
    retry_races,
};

/// An account is held for so long; longer than the slowest round.
pub(super) const HOLD_MS: i64 = 180_000;
/// A round begins no new call after so long …
const ROUND_MAX: Duration = Duration::from_secs(5);
/// … and a run no new round.
const RUN_MAX: Duration = Duration::from_secs(10);
/// While calls are under way, other accounts look for work this often.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How many are asked for is counted anew after so long.
const WEIGHED_FOR_MS: i64 = 60_000;

/// How calls of one account are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// As the carrier's pace says, by the clock on the wall.
    Waiting,
    /// The sandbox's clock stands while its work is done: nobody waits.
    Standing,
}

/// Asks for everything whose turn has come. Answers how many calls it made.
pub async fn run_all(app: &App, manners: Manners) -> Result<usize, FlowError> {
    let begun = app.clock.stopwatch();
    let mut lanes = FuturesUnordered::new();
    let mut busy: HashSet<(String, String)> = HashSet::new();
    let mut calls = 0;
    loop {
        if !app.is_stopping() && (manners == Manners::Standing || begun.elapsed() < RUN_MAX) {
            for key in db::accounts::due(&app.db.read().await?, app.clock.now_ms()).await? {
                if busy.insert(key.clone()) {
                    lanes.push(async move {
                        let done = round(app, &key.0, &key.1, manners).await;
                        (key, done)
                    });
                }
            }
        }
        if lanes.is_empty() {
            return Ok(calls);
        }
        if let Ok(Some((key, done))) = tokio::time::timeout(LOOK_AGAIN, lanes.next()).await {
            let done = done?;
            calls += done;
            // With nothing to show for itself it is not tried again in this run.
            if done > 0 {
                busy.remove(&key);
            }
        }
    }
}

/// An account that is this process's for a while.
pub(super) struct Held {
    pub retailer: String,
    pub row: AccountRow,
    pub way: Way,
    pub credentials: Credentials,
    pub ctx: Arc<Context>,
    /// By this value the hold is known; nothing while somebody asks out of turn.
    pub until: i64,
}

impl Held {
    pub fn pace(&self) -> Pace {
        let per_day = self.row.per_day.and_then(|n| u32::try_from(n).ok()).or(self.way.card.pace.per_day);
        Pace { per_day, ..self.way.card.pace }
    }

    /// The call for these numbers.
    pub fn call(&self, app: &App, numbers: &[&str], now: Timestamp) -> Option<Request> {
        let host = app.config.carrier_host(&self.row.carrier, &self.row.way);
        let environment = accounts::environment_of(&self.row);
        let account = Account { card: self.way.card, credentials: &self.credentials, environment, host };
        let reference = app.ids.make("ask", now.as_millisecond());
        account.ask(numbers, &reference).ok()?.into_iter().next()
    }
}

/// Parcels that are asked for in one call.
pub(super) struct Group {
    pub turns: Vec<(TurnRow, ShipmentRow)>,
    /// Each once.
    pub numbers: Vec<String>,
    pub at: Timestamp,
    /// What was counted for it before it was asked.
    pub foreseen: Made,
}

async fn round(app: &App, retailer: &str, account: &str, manners: Manners) -> Result<usize, FlowError> {
    let Some(mut held) = hold(app, retailer, account).await? else { return Ok(0) };
    let begun = app.clock.stopwatch();
    let gap = Duration::from_millis(u64::from(held.pace().least_gap_millis));
    let mut calls = 0;
    while !app.is_stopping() && begun.elapsed() < ROUND_MAX {
        let Some(group) = retry_races!(claim(app, &held).await)? else { break };
        calls += 1;
        if !ask(app, &mut held, group).await? {
            return Ok(calls);
        }
        if manners == Manners::Waiting {
            tokio::time::sleep(gap).await;
        }
    }
    let mut tx = app.db.write().await?;
    db::accounts::let_go(&mut tx, retailer, account, held.until, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(calls)
}

/// Makes one call and writes down what came. Answers whether the account may go on at once.
async fn ask(app: &App, held: &mut Held, group: Group) -> Result<bool, FlowError> {
    let reply = send(app, held, &group).await;
    let settled = retry_races!(outcome::settle(app, held, &group, &reply).await)?;
    (held.row.state, held.row.reason, held.row.failures) = (settled.state, settled.reason, settled.failures);
    held.row.alert_id = settled.alert_id;
    Ok(settled.wait_until == held.until)
}

pub(super) async fn send(app: &App, held: &Held, group: &Group) -> Reply {
    let numbers: Vec<&str> = group.numbers.iter().map(String::as_str).collect();
    match held.call(app, &numbers, group.at) {
        Some(request) => app.gateway.asker.ask(&app.gateway.egress, &held.row.id, held.way.carrier, &request, group.at).await,
        None => Reply::without_call(Heard::NoAccess),
    }
}

/// Takes an account that has something to ask; nothing if another process was quicker.
async fn hold(app: &App, retailer: &str, account: &str) -> Result<Option<Held>, FlowError> {
    let now = app.clock.now_ms();
    let Some(row) = db::accounts::by_id(&app.db.read().await?, retailer, account).await? else { return Ok(None) };
    if row.wait_until > now || row.is_paused() {
        return Ok(None);
    }
    let until = now + HOLD_MS;
    let mut tx = app.db.write().await?;
    if !db::accounts::hold(&mut tx, retailer, &row, until).await? {
        return Ok(None);
    }
    let mut row = AccountRow { wait_until: until, ..row };
    let opened = accounts::way_of(&row.carrier, &row.way).zip(accounts::open(app, retailer, &row).ok());
    let Some((way, credentials)) = opened else {
        accounts::refuse(app, &mut tx, retailer, &mut row, "the credentials cannot be opened with the key of this installation").await?;
        row.wait_until = now + outcome::REFUSED_FOR_MS;
        db::accounts::hear(&mut tx, retailer, &row, until).await?;
        tx.commit().await?;
        return Ok(None);
    };
    let Some(ctx) = app.contexts.get(app, retailer).await? else { return Ok(None) };
    let mut held = Held { retailer: retailer.to_string(), row, way, credentials, ctx, until };
    if now - held.row.weighed_at >= WEIGHED_FOR_MS {
        let (followed, wanted) = db::polls::weight(&mut tx, retailer, account).await?;
        let stretch = held.pace().stretch(u64::try_from(wanted).unwrap_or(0), held.way.card.batch);
        held.row.stretch = i64::try_from(stretch).unwrap_or(i64::MAX);
        held.row.followed = followed;
        db::accounts::weigh(&mut tx, retailer, account, held.row.stretch, followed, now).await?;
    }
    tx.commit().await?;
    Ok(Some(held))
}

/// Takes the next group whose turn it is and counts the call that is about to be made; nothing if nobody's turn it is, or the day's calls
/// are used up.
async fn claim(app: &App, held: &Held) -> Result<Option<Group>, FlowError> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if !db::accounts::still_holds(&mut tx, &held.retailer, &held.row.id, held.until).await? {
        return Ok(None);
    }
    if is_used_up(&mut tx, held, now).await? {
        db::accounts::let_go(&mut tx, &held.retailer, &held.row.id, held.until, tomorrow(now)).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let (mut group, over) = next_group(&mut tx, held, now).await?;
    db::polls::drop(&mut tx, over.into_iter().map(|shipment| (held.retailer.clone(), shipment)).collect()).await?;
    if !group.turns.is_empty() {
        let turns: Vec<TurnRow> = group.turns.iter().map(|(t, _)| t.clone()).collect();
        db::polls::write(&mut tx, &held.retailer, &turns).await?;
        count_asked(app, &mut tx, held, &mut group).await?;
    }
    tx.commit().await?;
    Ok(Some(group).filter(|g| !g.turns.is_empty()))
}

async fn is_used_up(tx: &mut db::Write, held: &Held, now: Timestamp) -> Result<bool, FlowError> {
    if held.pace().per_day.is_none() {
        return Ok(false);
    }
    let made = db::polls::calls(tx, &held.retailer, &held.row.id, &day_of(now)).await?;
    Ok(u64::try_from(made).unwrap_or(0) >= held.pace().planned_per_day())
}

/// Counts what the call will be, so far as can be known before it is made.
pub(super) async fn count_asked(app: &App, tx: &mut db::Write, held: &Held, group: &mut Group) -> Result<(), FlowError> {
    let numbers: Vec<&str> = group.numbers.iter().map(String::as_str).collect();
    group.foreseen = held.call(app, &numbers, group.at).map_or(Made::default(), |r| app.gateway.asker.foresee(&held.row.id, &r, group.at));
    let day = day_of(group.at);
    let mut by_state: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, shipment) in &group.turns {
        *by_state.entry(shipment.journey.state.id()).or_default() += 1;
    }
    let mut spent: Vec<Spent> =
        by_state.into_iter().map(|(state, asked)| Spent { day: day.clone(), state: state.into(), asked, ..Spent::default() }).collect();
    let Made { calls, tokens } = group.foreseen;
    spent.push(Spent { day, calls, tokens, asked: group.turns.len() as i64, ..Spent::default() });
    db::polls::count(tx, &held.retailer, &held.row.id, &spent).await?;
    Ok(())
}

/// The parcels for the next call, and those whose turn is over for good.
async fn next_group(tx: &mut db::Write, held: &Held, now: Timestamp) -> Result<(Group, Vec<String>), FlowError> {
    let batch = held.way.card.batch.max(1);
    let due = db::polls::due(tx, &held.retailer, &held.row.id, now.as_millisecond(), batch as i64 * 4).await?;
    let keys: Vec<(&str, &str)> = due.iter().map(|t| (held.retailer.as_str(), t.shipment.as_str())).collect();
    let mut shipments: BTreeMap<String, ShipmentRow> =
        db::shipments::by_ids(tx, &keys).await?.into_iter().map(|s| (s.id.clone(), s)).collect();
    let mut group = Group { turns: Vec::new(), numbers: Vec::new(), at: now, foreseen: Made::default() };
    let mut over = Vec::new();
    for mut turn in due {
        // A call that was not understood is repeated for each of its parcels alone: one bad number spoils a whole group.
        let is_alone = batch > 1 && turn.heard.as_deref() == Some(outcome::REFUSED);
        if is_alone && !group.turns.is_empty() {
            continue;
        }
        let shipment = shipments.remove(&turn.shipment);
        let planned = shipment.as_ref().and_then(|s| planned(held, s, now).zip(asked_number(s)));
        let (Some(shipment), Some((pause_ms, number))) = (shipment, planned) else {
            over.push(turn.shipment);
            continue;
        };
        if !group.numbers.contains(&number) {
            if group.numbers.len() == batch {
                continue;
            }
            group.numbers.push(number);
        }
        turn.pause_ms = pause_ms;
        turn.wait_ms = turns::stretched(pause_ms, held.row.stretch);
        turn.asked_at = Some(now.as_millisecond());
        // Comes back by itself if this process does not live to say what was heard.
        turn.next_at = now.as_millisecond() + HOLD_MS;
        turn.heard = Some("asking".into());
        turn.ask(&day_of(now));
        group.turns.push((turn, shipment));
        if is_alone {
            break;
        }
    }
    Ok((group, over))
}

fn planned(held: &Held, shipment: &ShipmentRow, now: Timestamp) -> Option<i64> {
    let account = held.ctx.accounts.iter().find(|a| a.id == held.row.id)?;
    turns::pause(&held.ctx, shipment, account, now)
}

/// The number as carriers want it: without blanks.
pub(super) fn asked_number(shipment: &ShipmentRow) -> Option<String> {
    let number: String =
        shipment.registration.tracking_number.as_deref()?.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    Some(number).filter(|n| !n.is_empty())
}

/// The day whose calls are counted together, at Greenwich.
pub fn day_of(now: Timestamp) -> String {
    now.to_zoned(TimeZone::UTC).date().to_string()
}

/// When the next day's calls begin to count.
pub fn tomorrow(now: Timestamp) -> i64 {
    let day = now.to_zoned(TimeZone::UTC).date().checked_add(1.day());
    day.ok().and_then(|d| d.to_zoned(TimeZone::UTC).ok()).map_or(i64::MAX, |z| z.timestamp().as_millisecond())
}
