//! Accounts with carriers that are asked.

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.carrier, a.way, a.label, a.environment, a.covers, a.credentials, a.per_day, a.state, a.reason, a.tested_at, ",
            "a.verdict, a.heard_at, a.heard, a.failures, a.wait_until, a.stretch, a.followed, a.weighed_at, a.alert_id, a.created_at, ",
            "a.updated_at FROM carrier_account AS a ",
            $rest
        )
    };
}

sql! {
    ALL = select_account!("WHERE a.retailer_id = $1 ORDER BY a.id");
    BY_ID = select_account!("WHERE a.retailer_id = $1 AND a.id = $2");
    INSERT = "
        INSERT INTO carrier_account (retailer_id, id, carrier, way, label, environment, covers, credentials, per_day, state, reason, tested_at,
            verdict, heard_at, heard, failures, wait_until, stretch, followed, weighed_at, alert_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
    /// What a person enters.
    UPDATE = "
        UPDATE carrier_account
        SET label = $3, environment = $4, covers = $5, credentials = $6, per_day = $7, state = $8, reason = $9, tested_at = $10, verdict = $11,
            failures = $12, wait_until = $13, weighed_at = $14, alert_id = $15, updated_at = $16
        WHERE retailer_id = $1 AND id = $2";
    DELETE = "DELETE FROM carrier_account WHERE retailer_id = $1 AND id = $2";
    /// Accounts of all retailers with a parcel whose turn has come.
    DUE = "
        SELECT a.retailer_id, a.id
        FROM carrier_account AS a
        WHERE a.state <> 'paused' AND a.wait_until <= $1
        AND EXISTS (SELECT 1 FROM poll_turn AS t WHERE t.retailer_id = a.retailer_id AND t.account_id = a.id AND t.next_at <= $1)";
    /// Nobody else has moved it since it was read.
    HOLD = "UPDATE carrier_account SET wait_until = $4 WHERE retailer_id = $1 AND id = $2 AND wait_until = $3 AND state <> 'paused'";
    WEIGH = "UPDATE carrier_account SET stretch = $3, followed = $4, weighed_at = $5 WHERE retailer_id = $1 AND id = $2";
    /// How the last call went. Who no longer holds the account says nothing about how long to wait.
    HEAR = "
        UPDATE carrier_account
        SET heard_at = $4, heard = $5, failures = $6, state = CASE WHEN state = 'paused' THEN state ELSE $7 END, reason = $8, alert_id = $9,
            wait_until = CASE WHEN wait_until = $3 OR $10 > wait_until THEN $10 ELSE wait_until END
        WHERE retailer_id = $1 AND id = $2";
    /// No longer at it; or, with the same moment again, still at it.
    LET_GO = "UPDATE carrier_account SET wait_until = $4 WHERE retailer_id = $1 AND id = $2 AND wait_until = $3";
    SEAL = "UPDATE carrier_account SET credentials = $4 WHERE retailer_id = $1 AND id = $2 AND credentials = $3";
    DROP_LEASES = "UPDATE carrier_account SET wait_until = 0 -- across retailers: the clock that was set back is everybody's";
}

#[derive(Clone, Debug)]
pub struct AccountRow {
    pub id: String,
    /// The adapter that knows how to ask.
    pub carrier: String,
    /// Which of its ways.
    pub way: String,
    pub label: String,
    /// `live` or `sandbox`.
    pub environment: String,
    /// JSON: the carriers whose parcels it is asked for.
    pub covers: String,
    /// Sealed.
    pub credentials: Vec<u8>,
    /// Calls a day that the contract allows, if it is not what the carrier gives everybody.
    pub per_day: Option<i64>,
    /// `active`, `paused` or `refused`.
    pub state: String,
    pub reason: Option<String>,
    pub tested_at: Option<i64>,
    /// `good`, `bad` or `cannot_tell`.
    pub verdict: Option<String>,
    pub heard_at: Option<i64>,
    pub heard: Option<String>,
    /// One after another.
    pub failures: i64,
    pub wait_until: i64,
    /// In thousandths.
    pub stretch: i64,
    pub followed: i64,
    pub weighed_at: i64,
    /// The alert that is open because of it.
    pub alert_id: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
}

impl AccountRow {
    fn of(r: &Row) -> AccountRow {
        AccountRow {
            id: r.text(0),
            carrier: r.text(1),
            way: r.text(2),
            label: r.text(3),
            environment: r.text(4),
            covers: r.text(5),
            credentials: r.bytes(6).to_vec(),
            per_day: r.opt_int(7),
            state: r.text(8),
            reason: r.opt_text(9),
            tested_at: r.opt_int(10),
            verdict: r.opt_text(11),
            heard_at: r.opt_int(12),
            heard: r.opt_text(13),
            failures: r.int(14),
            wait_until: r.int(15),
            stretch: r.int(16),
            followed: r.int(17),
            weighed_at: r.int(18),
            alert_id: r.opt_text(19),
            created_at: r.int(20),
            updated_at: r.int(21),
        }
    }

    pub fn covers(&self) -> Vec<String> {
        serde_json::from_str(&self.covers).unwrap_or_default()
    }
    pub fn is_paused(&self) -> bool {
        self.state == "paused"
    }
}

pub async fn all(read: &Read<'_>, retailer: &str) -> Result<Vec<AccountRow>, DbError> {
    Ok(read.all(&ALL, args![retailer]).await?.iter().map(AccountRow::of).collect())
}

pub async fn all_for_write(tx: &mut Write, retailer: &str) -> Result<Vec<AccountRow>, DbError> {
    Ok(tx.all(&ALL, args![retailer]).await?.iter().map(AccountRow::of).collect())
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<AccountRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.as_ref().map(AccountRow::of))
}

pub async fn by_id_for_write(tx: &mut Write, retailer: &str, id: &str) -> Result<Option<AccountRow>, DbError> {
    Ok(tx.one(&BY_ID, args![retailer, id]).await?.as_ref().map(AccountRow::of))
}

pub async fn insert(tx: &mut Write, retailer: &str, a: &AccountRow) -> Result<(), DbError> {
    let values = args![
        retailer,
        &a.id,
        &a.carrier,
        &a.way,
        &a.label,
        &a.environment,
        &a.covers,
        a.credentials.clone(),
        a.per_day,
        &a.state,
        a.reason.clone(),
        a.tested_at,
        a.verdict.clone(),
        a.heard_at,
        a.heard.clone(),
        a.failures,
        a.wait_until,
        a.stretch,
        a.followed,
        a.weighed_at,
        a.alert_id.clone(),
        a.created_at,
        a.updated_at,
    ];
    tx.exec(&INSERT, values).await.map(|_| ())
}

/// Writes what a person enters.
pub async fn update(tx: &mut Write, retailer: &str, a: &AccountRow) -> Result<bool, DbError> {
    let values = args![
        retailer,
        &a.id,
        &a.label,
        &a.environment,
        &a.covers,
        a.credentials.clone(),
        a.per_day,
        &a.state,
        a.reason.clone(),
        a.tested_at,
        a.verdict.clone(),
        a.failures,
        a.wait_until,
        a.weighed_at,
        a.alert_id.clone(),
        a.updated_at,
    ];
    Ok(tx.exec(&UPDATE, values).await? > 0)
}

pub async fn delete(tx: &mut Write, retailer: &str, id: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&DELETE, args![retailer, id]).await? > 0)
}

/// (retailer, account) of all that have a parcel whose turn has come.
pub async fn due(read: &Read<'_>, now: i64) -> Result<Vec<(String, String)>, DbError> {
    Ok(read.all(&DUE, args![now]).await?.iter().map(|r| (r.text(0), r.text(1))).collect())
}

/// Holds an account until a moment; false if somebody else was quicker.
pub async fn hold(tx: &mut Write, retailer: &str, a: &AccountRow, until: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&HOLD, args![retailer, &a.id, a.wait_until, until]).await? > 0)
}

/// Whether an account is still this process's; until the end of the transaction it is nobody else's.
pub async fn still_holds(tx: &mut Write, retailer: &str, id: &str, held_until: i64) -> Result<bool, DbError> {
    Ok(tx.exec(&LET_GO, args![retailer, id, held_until, held_until]).await? > 0)
}

pub async fn let_go(tx: &mut Write, retailer: &str, id: &str, held_until: i64, wait_until: i64) -> Result<(), DbError> {
    tx.exec(&LET_GO, args![retailer, id, held_until, wait_until]).await.map(|_| ())
}

pub async fn weigh(tx: &mut Write, retailer: &str, id: &str, stretch: i64, followed: i64, now: i64) -> Result<(), DbError> {
    tx.exec(&WEIGH, args![retailer, id, stretch, followed, now]).await.map(|_| ())
}

/// Writes how the last call went: what was heard, failures, state, reason, alert, and how long to wait.
pub async fn hear(tx: &mut Write, retailer: &str, a: &AccountRow, held_until: i64) -> Result<(), DbError> {
    let values = args![
        retailer,
        &a.id,
        held_until,
        a.heard_at,
        a.heard.clone(),
        a.failures,
        &a.state,
        a.reason.clone(),
        a.alert_id.clone(),
        a.wait_until,
    ];
    tx.exec(&HEAR, values).await.map(|_| ())
}

/// Replaces what was sealed, unless somebody entered something else meanwhile.
pub async fn seal(tx: &mut Write, retailer: &str, id: &str, before: &[u8], after: Vec<u8>) -> Result<(), DbError> {
    tx.exec(&SEAL, args![retailer, id, before, after]).await.map(|_| ())
}

pub async fn drop_leases(tx: &mut Write) -> Result<(), DbError> {
    tx.exec(&DROP_LEASES, args![]).await.map(|_| ())
}
