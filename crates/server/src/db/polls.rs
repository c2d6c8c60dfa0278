//! When shipments are asked for, and what the calls were spent on.

use super::engine::{DbError, Kind, Many, Read, Row, Value, Write};
use crate::{args, row, sql};

macro_rules! select_turn {
    ($rest:literal) => {
        concat!(
            "SELECT t.shipment_id, t.account_id, t.next_at, t.pause_ms, t.wait_ms, t.asked_at, t.heard, t.not_known, t.asks_on, t.asks ",
            "FROM poll_turn AS t ",
            $rest
        )
    };
}

sql! {
    DUE = select_turn!("WHERE t.retailer_id = $1 AND t.account_id = $2 AND t.next_at <= $3 ORDER BY t.next_at, t.shipment_id LIMIT $4");
    ONE = select_turn!("WHERE t.retailer_id = $1 AND t.shipment_id = $2");
    /// Who asked for most on a day.
    MOST = select_turn!("WHERE t.retailer_id = $1 AND t.account_id = $2 AND t.asks_on = $3 ORDER BY t.asks DESC, t.shipment_id LIMIT $4");
    GONE_WITH = "DELETE FROM poll_turn WHERE retailer_id = $1 AND account_id = $2";
    /// How many are followed, and how often a day they would be asked for if nobody counted (in hundredths).
    WEIGHT = "
        SELECT COUNT(*), CAST(COALESCE(SUM(8640000000 / pause_ms), 0) AS BIGINT)
        FROM poll_turn
        WHERE retailer_id = $1 AND account_id = $2";
    NEXT = "SELECT MIN(next_at) FROM poll_turn WHERE retailer_id = $1 AND account_id = $2";
    /// Everybody's turn has come: the credentials are new.
    ALL_NOW = "UPDATE poll_turn SET next_at = $3 WHERE retailer_id = $1 AND account_id = $2 AND next_at > $3";
    /// Nobody asked for it within the time that politeness calls for.
    CLAIM = "
        UPDATE poll_turn SET asked_at = $3, next_at = $4, heard = 'asking', asks_on = $5, asks = $6
        WHERE retailer_id = $1 AND shipment_id = $2 AND (asked_at IS NULL OR asked_at <= $7)";
    DAYS = "
        SELECT day_on, state, calls, tokens, asked, told, not_known, failed
        FROM poll_day
        WHERE retailer_id = $1 AND account_id = $2 AND day_on >= $3
        ORDER BY day_on DESC, asked DESC, state";
    CALLS = "SELECT calls FROM poll_day WHERE retailer_id = $1 AND account_id = $2 AND day_on = $3 AND state = ''";
    FORGET_DAYS = "DELETE FROM poll_day WHERE retailer_id = $1 AND day_on < $2";
    DAYS_GONE_WITH = "DELETE FROM poll_day WHERE retailer_id = $1 AND account_id = $2";
    /// Shipments by id, for enlisting: (id, carrier, whether it can be asked for).
    CANDIDATES = "
        SELECT id, carrier, is_open AND tracking_number IS NOT NULL
        FROM shipment
        WHERE retailer_id = $1 AND id > $2
        ORDER BY id
        LIMIT $3";
}

/// A first turn; or the pause has become another, because something happened. Which account asks does not change by that.
pub static PLAN: Many = Many::insert(
    "polls::PLAN",
    "poll_turn",
    &[
        ("retailer_id", Kind::Text),
        ("shipment_id", Kind::Text),
        ("account_id", Kind::Text),
        ("next_at", Kind::Int),
        ("pause_ms", Kind::Int),
        ("wait_ms", Kind::Int),
        ("not_known", Kind::Int),
        ("asks", Kind::Int),
    ],
    "ON CONFLICT (retailer_id, shipment_id) DO UPDATE SET pause_ms = excluded.pause_ms, wait_ms = excluded.wait_ms, \
     next_at = CASE WHEN poll_turn.asked_at IS NULL OR poll_turn.heard = 'asking' THEN poll_turn.next_at \
     ELSE poll_turn.asked_at + excluded.wait_ms END",
);
pub static DROP: Many = Many::delete("polls::DROP", "poll_turn", &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text)]);
pub static WRITE: Many = Many::update(
    "polls::WRITE",
    "poll_turn",
    2,
    &[
        ("retailer_id", Kind::Text),
        ("shipment_id", Kind::Text),
        ("account_id", Kind::Text),
        ("next_at", Kind::Int),
        ("pause_ms", Kind::Int),
        ("wait_ms", Kind::Int),
        ("asked_at", Kind::Int),
        ("heard", Kind::Text),
        ("not_known", Kind::Int),
        ("asks_on", Kind::Text),
        ("asks", Kind::Int),
    ],
);
pub static COUNT: Many = Many::insert(
    "polls::COUNT",
    "poll_day",
    &[
        ("retailer_id", Kind::Text),
        ("account_id", Kind::Text),
        ("day_on", Kind::Text),
        ("state", Kind::Text),
        ("calls", Kind::Int),
        ("tokens", Kind::Int),
        ("asked", Kind::Int),
        ("told", Kind::Int),
        ("not_known", Kind::Int),
        ("failed", Kind::Int),
    ],
    "ON CONFLICT (retailer_id, account_id, day_on, state) DO UPDATE SET calls = poll_day.calls + excluded.calls, \
     tokens = poll_day.tokens + excluded.tokens, \
     asked = poll_day.asked + excluded.asked, told = poll_day.told + excluded.told, not_known = poll_day.not_known + excluded.not_known, \
     failed = poll_day.failed + excluded.failed",
);
pub static MANY: &[&Many] = &[&PLAN, &DROP, &WRITE, &COUNT];

/// A shipment's turn to be asked for.
#[derive(Clone, Debug)]
pub struct TurnRow {
    pub shipment: String,
    pub account: String,
    pub next_at: i64,
    /// What its state calls for.
    pub pause_ms: i64,
    /// What the account can bear.
    pub wait_ms: i64,
    pub asked_at: Option<i64>,
    /// `asking`, `told`, `not_known`, `no_access`, `later` or `refused`.
    pub heard: Option<String>,
    /// So often one after another.
    pub not_known: i64,
    /// `asks` were on this day.
    pub asks_on: Option<String>,
    pub asks: i64,
}

impl TurnRow {
    fn of(r: &Row) -> TurnRow {
        TurnRow {
            shipment: r.text(0),
            account: r.text(1),
            next_at: r.int(2),
            pause_ms: r.int(3),
            wait_ms: r.int(4),
            asked_at: r.opt_int(5),
            heard: r.opt_text(6),
            not_known: r.int(7),
            asks_on: r.opt_text(8),
            asks: r.int(9),
        }
    }

    /// Counts one more ask on this day.
    pub fn ask(&mut self, day: &str) {
        self.asks = if self.asks_on.as_deref() == Some(day) { self.asks + 1 } else { 1 };
        self.asks_on = Some(day.to_string());
    }
}

/// What a turn is to be when a shipment becomes known or changes.
#[derive(Clone, Debug)]
pub struct PlannedTurn {
    pub retailer: String,
    pub shipment: String,
    pub account: String,
    pub next_at: i64,
    pub pause_ms: i64,
    pub wait_ms: i64,
}

/// What calls were spent on, in a day and a state (none: the calls themselves).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub day: String,
    pub state: String,
    pub calls: i64,
    /// So many of them fetched a token.
    pub tokens: i64,
    /// Parcels asked for.
    pub asked: i64,
    pub told: i64,
    pub not_known: i64,
    pub failed: i64,
}

pub async fn plan(tx: &mut Write, turns: Vec<PlannedTurn>) -> Result<(), DbError> {
    let row = |t: PlannedTurn| row![t.retailer, t.shipment, t.account, t.next_at, t.pause_ms, t.wait_ms, 0_i64, 0_i64];
    tx.many(&PLAN, turns.into_iter().map(row).collect()).await.map(|_| ())
}

/// These (retailer, shipment) are asked for no more.
pub async fn drop(tx: &mut Write, shipments: Vec<(String, String)>) -> Result<(), DbError> {
    tx.many(&DROP, shipments.into_iter().map(|(r, s)| row![r, s]).collect()).await.map(|_| ())
}

pub async fn write(tx: &mut Write, retailer: &str, turns: &[TurnRow]) -> Result<(), DbError> {
    let row = |t: &TurnRow| -> Vec<Value> {
        row![
            retailer,
            &t.shipment,
            &t.account,
            t.next_at,
            t.pause_ms,
            t.wait_ms,
            t.asked_at,
            t.heard.clone(),
            t.not_known,
            t.asks_on.clone(),
            t.asks
        ]
    };
    tx.many(&WRITE, turns.iter().map(row).collect()).await.map(|_| ())
}

pub async fn due(tx: &mut Write, retailer: &str, account: &str, now: i64, limit: i64) -> Result<Vec<TurnRow>, DbError> {
    Ok(tx.all(&DUE, args![retailer, account, now, limit]).await?.iter().map(TurnRow::of).collect())
}

pub async fn one(read: &Read<'_>, retailer: &str, shipment: &str) -> Result<Option<TurnRow>, DbError> {
    Ok(read.one(&ONE, args![retailer, shipment]).await?.as_ref().map(TurnRow::of))
}

pub async fn one_for_write(tx: &mut Write, retailer: &str, shipment: &str) -> Result<Option<TurnRow>, DbError> {
    Ok(tx.one(&ONE, args![retailer, shipment]).await?.as_ref().map(TurnRow::of))
}

/// Claims a turn out of turn, unless it was asked for after `not_after`. `turn` says when, by whom and when the next would be.
pub async fn claim(tx: &mut Write, retailer: &str, turn: &TurnRow, not_after: i64) -> Result<bool, DbError> {
    let values = args![retailer, &turn.shipment, turn.asked_at, turn.next_at, turn.asks_on.clone(), turn.asks, not_after];
    Ok(tx.exec(&CLAIM, values).await? > 0)
}

/// Nobody is asked for in this account's name any more.
pub async fn gone_with(tx: &mut Write, retailer: &str, account: &str) -> Result<(), DbError> {
    tx.exec(&GONE_WITH, args![retailer, account]).await.map(|_| ())
}

pub async fn days_gone_with(tx: &mut Write, retailer: &str, account: &str) -> Result<(), DbError> {
    tx.exec(&DAYS_GONE_WITH, args![retailer, account]).await.map(|_| ())
}

pub async fn all_now(tx: &mut Write, retailer: &str, account: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&ALL_NOW, args![retailer, account, now]).await.map(|_| ())
}

/// (followed, asks a day in hundredths).
pub async fn weight(tx: &mut Write, retailer: &str, account: &str) -> Result<(i64, i64), DbError> {
    Ok(tx.one(&WEIGHT, args![retailer, account]).await?.map_or((0, 0), |r| (r.int(0), r.int(1))))
}

pub async fn next(read: &Read<'_>, retailer: &str, account: &str) -> Result<Option<i64>, DbError> {
    Ok(read.one(&NEXT, args![retailer, account]).await?.and_then(|r| r.opt_int(0)))
}

/// The shipments that were asked for most often on a day.
pub async fn most(read: &Read<'_>, retailer: &str, account: &str, day: &str, limit: i64) -> Result<Vec<TurnRow>, DbError> {
    Ok(read.all(&MOST, args![retailer, account, day, limit]).await?.iter().map(TurnRow::of).collect())
}

/// Adds to what is counted.
pub async fn count(tx: &mut Write, retailer: &str, account: &str, spent: &[Spent]) -> Result<(), DbError> {
    let row = |s: &Spent| row![retailer, account, &s.day, &s.state, s.calls, s.tokens, s.asked, s.told, s.not_known, s.failed];
    tx.many(&COUNT, spent.iter().map(row).collect()).await.map(|_| ())
}

/// Since a day, the newest first, what was asked for most first.
pub async fn days(read: &Read<'_>, retailer: &str, account: &str, since: &str) -> Result<Vec<Spent>, DbError> {
    let spent = |r: &Row| Spent {
        day: r.text(0),
        state: r.text(1),
        calls: r.int(2),
        tokens: r.int(3),
        asked: r.int(4),
        told: r.int(5),
        not_known: r.int(6),
        failed: r.int(7),
    };
    Ok(read.all(&DAYS, args![retailer, account, since]).await?.iter().map(spent).collect())
}

pub async fn calls(tx: &mut Write, retailer: &str, account: &str, day: &str) -> Result<i64, DbError> {
    Ok(tx.one(&CALLS, args![retailer, account, day]).await?.map_or(0, |r| r.int(0)))
}

pub async fn forget_days(tx: &mut Write, retailer: &str, before: &str) -> Result<(), DbError> {
    tx.exec(&FORGET_DAYS, args![retailer, before]).await.map(|_| ())
}

/// Shipments after an id: (id, carrier, whether it can be asked for).
pub async fn candidates(tx: &mut Write, retailer: &str, after: &str, limit: i64) -> Result<Vec<(String, Option<String>, bool)>, DbError> {
    let rows = tx.all(&CANDIDATES, args![retailer, after, limit]).await?;
    Ok(rows.iter().map(|r| (r.text(0), r.opt_text(1), r.bool(2))).collect())
}
