//! Who may put files into our own file door, and the key by which programs know that door.

use serde::{Deserialize, Serialize};

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

sql! {
    OF_RETAILER = "SELECT retailer_id, password_hash, keys, set_by, updated_at FROM file_login WHERE retailer_id = $1";
    PUT = "
        INSERT INTO file_login (retailer_id, password_hash, keys, set_by, updated_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (retailer_id) DO UPDATE SET password_hash = excluded.password_hash, keys = excluded.keys, set_by = excluded.set_by,
            updated_at = excluded.updated_at";
    HOST_KEY = "SELECT sealed FROM sftp_host_key WHERE id = 1";
    PUT_HOST_KEY = "INSERT INTO sftp_host_key (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    REPLACE_HOST_KEY = "UPDATE sftp_host_key SET sealed = $2 WHERE id = 1 AND sealed = $1";
}

/// A public key, known by its fingerprint (`SHA256:…`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownKey {
    pub fingerprint: String,
    pub comment: String,
}

#[derive(Clone, Debug)]
pub struct LoginRow {
    pub retailer: String,
    pub password_hash: Option<String>,
    pub keys: Vec<KnownKey>,
    pub set_by: String,
    pub updated_at: i64,
}

impl LoginRow {
    fn of(r: &Row) -> LoginRow {
        LoginRow {
            retailer: r.text(0),
            password_hash: r.opt_text(1),
            keys: serde_json::from_str(r.str(2)).unwrap_or_default(),
            set_by: r.text(3),
            updated_at: r.int(4),
        }
    }
}

pub async fn of_retailer(read: &Read<'_>, retailer: &str) -> Result<Option<LoginRow>, DbError> {
    Ok(read.one(&OF_RETAILER, args![retailer]).await?.as_ref().map(LoginRow::of))
}

pub async fn of_retailer_for_write(tx: &mut Write, retailer: &str) -> Result<Option<LoginRow>, DbError> {
    Ok(tx.one(&OF_RETAILER, args![retailer]).await?.as_ref().map(LoginRow::of))
}

pub async fn put(tx: &mut Write, login: &LoginRow) -> Result<(), DbError> {
    let keys = serde_json::to_string(&login.keys).expect("keys can be written as JSON");
    tx.exec(&PUT, args![&login.retailer, login.password_hash.clone(), keys, &login.set_by, login.updated_at]).await.map(|_| ())
}

/// The sealed host key, if one was made.
pub async fn host_key(read: &Read<'_>) -> Result<Option<Vec<u8>>, DbError> {
    Ok(read.one(&HOST_KEY, args![]).await?.map(|r| r.bytes(0).to_vec()))
}

/// Keeps it unless somebody else was faster.
pub async fn put_host_key(tx: &mut Write, sealed: Vec<u8>) -> Result<(), DbError> {
    tx.exec(&PUT_HOST_KEY, args![sealed]).await.map(|_| ())
}

/// The same key, sealed anew.
pub async fn replace_host_key(tx: &mut Write, before: &[u8], after: Vec<u8>) -> Result<(), DbError> {
    tx.exec(&REPLACE_HOST_KEY, args![before.to_vec(), after]).await.map(|_| ())
}
