//! The addresses that carriers call, sealed, and the secrets with which dialects sign.

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

sql! {
    SECRETS = "SELECT dialect, secret, updated_at FROM hook_secret WHERE retailer_id = $1 ORDER BY dialect";
    PUT_SECRET = "
        INSERT INTO hook_secret (retailer_id, dialect, secret, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (retailer_id, dialect) DO UPDATE SET secret = excluded.secret, updated_at = excluded.updated_at";
    DELETE_SECRET = "DELETE FROM hook_secret WHERE retailer_id = $1 AND dialect = $2";
    /// The newest first.
    ADDRESSES = "SELECT id, token_hash, sealed, made_at, made_by, revoked_at FROM hook_address WHERE retailer_id = $1 ORDER BY made_at DESC, id DESC";
    INSERT_ADDRESS = "
        INSERT INTO hook_address (retailer_id, id, token_hash, sealed, made_at, made_by, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    SEAL_ADDRESS = "UPDATE hook_address SET sealed = $3 WHERE retailer_id = $1 AND id = $2";
    REVOKE_ADDRESS = "UPDATE hook_address SET revoked_at = $3 WHERE retailer_id = $1 AND id = $2";
    FORGET_ADDRESSES = "DELETE FROM hook_address WHERE retailer_id = $1 AND revoked_at < $2";
}

/// A secret that was set for a dialect.
pub struct SecretRow {
    pub dialect: String,
    pub secret: String,
    pub updated_at: i64,
}

pub async fn secrets(read: &Read<'_>, retailer: &str) -> Result<Vec<SecretRow>, DbError> {
    let rows = read.all(&SECRETS, args![retailer]).await?;
    Ok(rows.iter().map(|r| SecretRow { dialect: r.text(0), secret: r.text(1), updated_at: r.int(2) }).collect())
}

pub async fn put_secret(tx: &mut Write, retailer: &str, dialect: &str, secret: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&PUT_SECRET, args![retailer, dialect, secret, now]).await.map(|_| ())
}

pub async fn delete_secret(tx: &mut Write, retailer: &str, dialect: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&DELETE_SECRET, args![retailer, dialect]).await? > 0)
}

/// An address: `/hooks/{retailer}.{token}`.
#[derive(Clone, Debug)]
pub struct AddressRow {
    pub id: String,
    pub token_hash: String,
    /// The token; nothing where it was made without a key to keep it with.
    pub sealed: Option<Vec<u8>>,
    pub made_at: i64,
    pub made_by: String,
    /// Nobody gets in by it since.
    pub revoked_at: Option<i64>,
}

impl AddressRow {
    fn of(r: &Row) -> AddressRow {
        AddressRow {
            id: r.text(0),
            token_hash: r.text(1),
            sealed: Some(r.bytes(2).to_vec()).filter(|sealed| !sealed.is_empty()),
            made_at: r.int(3),
            made_by: r.text(4),
            revoked_at: r.opt_int(5),
        }
    }
    pub fn holds(&self) -> bool {
        self.revoked_at.is_none()
    }
}

/// The newest first, those that were taken away lately among them.
pub async fn addresses(read: &Read<'_>, retailer: &str) -> Result<Vec<AddressRow>, DbError> {
    Ok(read.all(&ADDRESSES, args![retailer]).await?.iter().map(AddressRow::of).collect())
}

pub async fn addresses_for_write(tx: &mut Write, retailer: &str) -> Result<Vec<AddressRow>, DbError> {
    Ok(tx.all(&ADDRESSES, args![retailer]).await?.iter().map(AddressRow::of).collect())
}

pub async fn insert_address(tx: &mut Write, retailer: &str, a: &AddressRow) -> Result<(), DbError> {
    tx.exec(&INSERT_ADDRESS, args![retailer, &a.id, &a.token_hash, a.sealed.clone(), a.made_at, &a.made_by]).await.map(|_| ())
}

pub async fn seal_address(tx: &mut Write, retailer: &str, id: &str, sealed: Vec<u8>) -> Result<(), DbError> {
    tx.exec(&SEAL_ADDRESS, args![retailer, id, sealed]).await.map(|_| ())
}

/// Takes an address away, or (with nothing) gives it back.
pub async fn revoke_address(tx: &mut Write, retailer: &str, id: &str, at: Option<i64>) -> Result<bool, DbError> {
    Ok(tx.exec(&REVOKE_ADDRESS, args![retailer, id, at]).await? > 0)
}

pub async fn forget_addresses(tx: &mut Write, retailer: &str, before: i64) -> Result<(), DbError> {
    tx.exec(&FORGET_ADDRESSES, args![retailer, before]).await.map(|_| ())
}
