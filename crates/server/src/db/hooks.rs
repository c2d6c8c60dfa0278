//! The address that carriers call, sealed, and the secrets with which dialects sign.

use super::engine::{DbError, Read, Write};
use crate::{args, sql};

sql! {
    SECRETS = "SELECT dialect, secret, updated_at FROM hook_secret WHERE retailer_id = $1 ORDER BY dialect";
    PUT_SECRET = "
        INSERT INTO hook_secret (retailer_id, dialect, secret, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (retailer_id, dialect) DO UPDATE SET secret = excluded.secret, updated_at = excluded.updated_at";
    DELETE_SECRET = "DELETE FROM hook_secret WHERE retailer_id = $1 AND dialect = $2";
    ADDRESS = "SELECT sealed FROM hook_address WHERE retailer_id = $1";
    PUT_ADDRESS = "
        INSERT INTO hook_address (retailer_id, sealed) VALUES ($1, $2)
        ON CONFLICT (retailer_id) DO UPDATE SET sealed = excluded.sealed";
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

/// The hook's token, sealed. None where it was made without a key to keep it with.
pub async fn address(read: &Read<'_>, retailer: &str) -> Result<Option<Vec<u8>>, DbError> {
    Ok(read.one(&ADDRESS, args![retailer]).await?.map(|r| r.bytes(0).to_vec()))
}

pub async fn put_address(tx: &mut Write, retailer: &str, sealed: Vec<u8>) -> Result<(), DbError> {
    tx.exec(&PUT_ADDRESS, args![retailer, sealed]).await.map(|_| ())
}
