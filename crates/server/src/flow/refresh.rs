//! Somebody wants to know now: one parcel is asked for out of turn, politely.

use std::sync::Arc;

use whereabouts_adapters::ask::Heard;

use super::{
    FlowError, accounts, digest,
    poll::{self, Group, Held, outcome},
    turns,
};
use crate::{
    app::App,
    context::LiveAccount,
    db::{self, polls::PlannedTurn, shipments::ShipmentRow},
    gateway::Made,
    retry_races,
};

/// Between two asks for one parcel that somebody wished for.
pub const POLITE_MS: i64 = 5 * 60_000;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// Where it was asked: the account's label.
    pub account: String,
    pub asked_at: i64,
    /// `told`, `not_known`, `no_access`, `too_many`, `later`, `refused` or `unreadable`.
    pub heard: String,
    /// Events that were new.
    pub new_events: usize,
    pub next_at: Option<i64>,
}

/// Why it cannot be asked for just now.
#[derive(Debug, thiserror::Error)]
pub enum NotNow {
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// It was asked for a moment ago.
    #[error("it was asked for just now")]
    TooSoon { asked_at: i64, again_at: i64 },
    #[error("{0}")]
    Nobody(String),
}

impl From<db::DbError> for NotNow {
    fn from(error: db::DbError) -> NotNow {
        NotNow::Flow(error.into())
    }
}

/// Asks for one shipment and takes in what comes, before it answers.
pub async fn shipment(app: &App, retailer: &str, id: &str) -> Result<Refreshed, NotNow> {
    let (mut held, group) = claim(app, retailer, id).await?;
    let before = events(app, retailer, id).await?;
    let reply = poll::send(app, &held, &group).await;
    // Who asks out of turn does not hold the account, and leaves the one who does alone unless the carrier wants quiet.
    held.until = held.row.wait_until;
    let account = retry_races!(outcome::settle(app, &held, &group, &reply).await)?;
    if reply.heard == Heard::Told {
        let _working = app.work.lock().await;
        digest::run_for(app, super::due::DIGEST_AT_ONCE).await?;
    }
    let turn = db::polls::one(&app.db.read().await?, retailer, id).await?;
    Ok(Refreshed {
        account: held.row.label,
        asked_at: group.at.as_millisecond(),
        heard: account.heard.unwrap_or_default(),
        new_events: events(app, retailer, id).await?.saturating_sub(before),
        next_at: turn.map(|t| t.next_at),
    })
}

async fn events(app: &App, retailer: &str, id: &str) -> Result<usize, NotNow> {
    Ok(db::events::of_shipments_read(&app.db.read().await?, retailer, &[id]).await?.len())
}

async fn claim(app: &App, retailer: &str, id: &str) -> Result<(Held, Group), NotNow> {
    let now = app.clock.now();
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    let shipment: ShipmentRow = db::shipments::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let nobody = |words: &str| NotNow::Nobody(words.to_string());
    let number = poll::asked_number(&shipment).ok_or_else(|| nobody("it has no tracking number yet"))?;
    if shipment.stopped_at.is_some() {
        return Err(nobody("tracking it was stopped"));
    }
    let carrier = shipment.registration.carrier.clone().ok_or_else(|| nobody("its carrier is not known yet"))?;
    let kept = db::polls::one_for_write(&mut tx, retailer, id).await?;
    let accounts = ctx.accounts_for(&carrier);
    let chosen = kept.as_ref().and_then(|t| accounts.iter().find(|a| a.id == t.account)).or(accounts.first());
    let account = *chosen.ok_or_else(|| nobody("there is no account in which its carrier could be asked; add one under Carriers"))?;
    let row = db::accounts::by_id_for_write(&mut tx, retailer, &account.id).await?.ok_or(FlowError::NotFound)?;
    let way = accounts::way_of(&row.carrier, &row.way).ok_or(FlowError::NotFound)?;
    let credentials = accounts::open(app, retailer, &row).map_err(|e| nobody(&format!("the credentials cannot be opened: {e}")))?;
    let held = Held { retailer: retailer.to_string(), until: row.wait_until, row, way, credentials, ctx: Arc::clone(&ctx) };
    if let Some(per_day) = held.pace().per_day {
        let made = db::polls::calls(&mut tx, retailer, &held.row.id, &poll::day_of(now)).await?;
        if made >= i64::from(per_day) {
            return Err(nobody("today's calls of this account are used up; they begin again at midnight, Greenwich time"));
        }
    }
    let now_ms = now.as_millisecond();
    let mut turn = match kept {
        Some(turn) => turn,
        None => {
            let pause_ms = turns::pause(&ctx, &shipment, account, now).unwrap_or(poll::HOLD_MS);
            let wait_ms = turns::stretched(pause_ms, account.stretch);
            let first = first_turn(&shipment, account, (pause_ms, wait_ms), now_ms);
            db::polls::plan(&mut tx, vec![first]).await?;
            db::polls::one_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?
        }
    };
    let asked_before = turn.asked_at.unwrap_or(now_ms);
    (turn.asked_at, turn.next_at) = (Some(now_ms), now_ms + poll::HOLD_MS);
    turn.ask(&poll::day_of(now));
    if !db::polls::claim(&mut tx, retailer, &turn, now_ms - POLITE_MS).await? {
        return Err(NotNow::TooSoon { asked_at: asked_before, again_at: asked_before + POLITE_MS });
    }
    let mut group = Group { turns: vec![(turn, shipment)], numbers: vec![number], at: now, foreseen: Made::default() };
    poll::count_asked(app, &mut tx, &held, &mut group).await?;
    tx.commit().await?;
    Ok((held, group))
}

fn first_turn(shipment: &ShipmentRow, account: &LiveAccount, (pause_ms, wait_ms): (i64, i64), now: i64) -> PlannedTurn {
    PlannedTurn {
        retailer: shipment.retailer.clone(),
        shipment: shipment.id.clone(),
        account: account.id.clone(),
        next_at: now,
        pause_ms,
        wait_ms,
    }
}
