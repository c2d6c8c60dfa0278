//! People who sign in to the desk, and their sessions.

use super::engine::{DbError, Read, Write};
use crate::{args, sql};

sql! {
    INSERT = "INSERT INTO staff (retailer_id, id, email, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    INSERT_ADDRESS = "INSERT INTO sign_in_address (email, retailer_id, staff_id) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING";
    BY_ADDRESS = "SELECT retailer_id, staff_id FROM sign_in_address WHERE email = $1";
    BY_ID = "SELECT id, email, name, role, password_hash FROM staff WHERE retailer_id = $1 AND id = $2";
    NAMES = "SELECT email, name FROM staff WHERE retailer_id = $1";
    PUT_SESSION = "
        INSERT INTO desk_session (retailer_id, hash, staff_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5)";
    SESSION = "SELECT staff_id, seen_at, expires_at FROM desk_session WHERE retailer_id = $1 AND hash = $2";
    SEEN = "UPDATE desk_session SET seen_at = $3 WHERE retailer_id = $1 AND hash = $2";
    END_SESSION = "DELETE FROM desk_session WHERE retailer_id = $1 AND hash = $2";
    END_OLD = "DELETE FROM desk_session WHERE retailer_id = $1 AND expires_at < $2";
}

#[derive(Clone, Debug)]
pub struct StaffRow {
    pub retailer: String,
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: String,
    pub password_hash: String,
}

/// False if the address is taken: it is unique across retailers.
pub async fn insert(tx: &mut Write, s: &StaffRow, now: i64) -> Result<bool, DbError> {
    let address = s.email.trim().to_lowercase();
    if tx.exec(&INSERT_ADDRESS, args![&address, &s.retailer, &s.id]).await? == 0 {
        return Ok(false);
    }
    tx.exec(&INSERT, args![&s.retailer, &s.id, &s.email, &s.name, &s.role, &s.password_hash, now]).await?;
    Ok(true)
}

/// The person who signs in with this address.
pub async fn by_address(read: &Read<'_>, email: &str) -> Result<Option<StaffRow>, DbError> {
    let Some(r) = read.one(&BY_ADDRESS, args![email.trim().to_lowercase()]).await? else { return Ok(None) };
    by_id(read, r.str(0), r.str(1)).await
}

pub async fn by_id(read: &Read<'_>, retailer: &str, id: &str) -> Result<Option<StaffRow>, DbError> {
    Ok(read.one(&BY_ID, args![retailer, id]).await?.map(|r| StaffRow {
        retailer: retailer.to_string(),
        id: r.text(0),
        email: r.text(1),
        name: r.text(2),
        role: r.text(3),
        password_hash: r.text(4),
    }))
}

/// (address, name) of everybody who signs in to this retailer's desk.
pub async fn names(read: &Read<'_>, retailer: &str) -> Result<Vec<(String, String)>, DbError> {
    Ok(read.all(&NAMES, args![retailer]).await?.iter().map(|r| (r.text(0), r.text(1))).collect())
}

/// A server-side session; `hash` is the hash of the cookie's secret.
#[derive(Clone, Debug)]
pub struct SessionRow {
    pub staff_id: String,
    pub seen_at: i64,
    pub expires_at: i64,
}

pub async fn put_session(tx: &mut Write, retailer: &str, hash: &str, staff: &str, now: i64, until: i64) -> Result<(), DbError> {
    tx.exec(&END_OLD, args![retailer, now]).await?;
    tx.exec(&PUT_SESSION, args![retailer, hash, staff, now, until]).await.map(|_| ())
}

pub async fn session(read: &Read<'_>, retailer: &str, hash: &str) -> Result<Option<SessionRow>, DbError> {
    let row = read.one(&SESSION, args![retailer, hash]).await?;
    Ok(row.map(|r| SessionRow { staff_id: r.text(0), seen_at: r.int(1), expires_at: r.int(2) }))
}

pub async fn seen(tx: &mut Write, retailer: &str, hash: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&SEEN, args![retailer, hash, now]).await.map(|_| ())
}

pub async fn end_session(tx: &mut Write, retailer: &str, hash: &str) -> Result<(), DbError> {
    tx.exec(&END_SESSION, args![retailer, hash]).await.map(|_| ())
}
