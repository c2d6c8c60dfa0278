//! Retailers, their brands and keys; the sandbox's clock.

use super::engine::{DbError, Read, Write};
use crate::{args, sql};

sql! {
    INSERT_RETAILER = "INSERT INTO retailer (retailer_id, name, preset, created_at) VALUES ($1, $2, $3, $4)";
    RETAILER = "SELECT retailer_id, name, preset, created_at FROM retailer WHERE retailer_id = $1";
    RETAILERS = "SELECT retailer_id, name, preset, created_at FROM retailer ORDER BY created_at, retailer_id";
    INSERT_BRAND = "INSERT INTO brand (retailer_id, id, name, name_key, doc, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    UPDATE_BRAND = "UPDATE brand SET doc = $3 WHERE retailer_id = $1 AND id = $2";
    BRANDS = "SELECT id, name, doc FROM brand WHERE retailer_id = $1 ORDER BY created_at, id";
    INSERT_KEY = "INSERT INTO api_key (retailer_id, hash, name, scopes, created_at) VALUES ($1, $2, $3, $4, $5)";
    KEY = "SELECT name, scopes FROM api_key WHERE retailer_id = $1 AND hash = $2 AND revoked_at IS NULL";
    CLOCK = "SELECT offset_ms FROM product_clock WHERE id = 1";
    SET_CLOCK = "
        INSERT INTO product_clock (id, offset_ms) VALUES (1, $1)
        ON CONFLICT (id) DO UPDATE SET offset_ms = excluded.offset_ms";
}

/// A tenant.
#[derive(Clone, Debug)]
pub struct RetailerRow {
    pub id: String,
    pub name: String,
    pub preset: String,
    pub created_at: i64,
}

/// A face of a retailer. `doc` is JSON.
#[derive(Clone, Debug)]
pub struct BrandRow {
    pub id: String,
    pub name: String,
    pub doc: String,
}

pub async fn insert(tx: &mut Write, r: &RetailerRow) -> Result<(), DbError> {
    tx.exec(&INSERT_RETAILER, args![&r.id, &r.name, &r.preset, r.created_at]).await.map(|_| ())
}

pub async fn by_id(read: &Read<'_>, id: &str) -> Result<Option<RetailerRow>, DbError> {
    Ok(read.one(&RETAILER, args![id]).await?.map(|r| RetailerRow {
        id: r.text(0),
        name: r.text(1),
        preset: r.text(2),
        created_at: r.int(3),
    }))
}

pub async fn all(read: &Read<'_>) -> Result<Vec<RetailerRow>, DbError> {
    let rows = read.all(&RETAILERS, args![]).await?;
    let row = |r: &super::Row| RetailerRow { id: r.text(0), name: r.text(1), preset: r.text(2), created_at: r.int(3) };
    Ok(rows.iter().map(row).collect())
}

pub async fn insert_brand(tx: &mut Write, retailer: &str, brand: &BrandRow, now: i64) -> Result<(), DbError> {
    let key = brand.name.trim().to_lowercase();
    tx.exec(&INSERT_BRAND, args![retailer, &brand.id, &brand.name, key, &brand.doc, now]).await.map(|_| ())
}

pub async fn update_brand(tx: &mut Write, retailer: &str, id: &str, doc: &str) -> Result<bool, DbError> {
    Ok(tx.exec(&UPDATE_BRAND, args![retailer, id, doc]).await? > 0)
}

pub async fn brands(read: &Read<'_>, retailer: &str) -> Result<Vec<BrandRow>, DbError> {
    let rows = read.all(&BRANDS, args![retailer]).await?;
    Ok(rows.iter().map(|r| BrandRow { id: r.text(0), name: r.text(1), doc: r.text(2) }).collect())
}

/// `scopes` is a list joined by blanks; `*` is everything.
pub async fn insert_key(tx: &mut Write, retailer: &str, hash: &str, name: &str, scopes: &str, now: i64) -> Result<(), DbError> {
    tx.exec(&INSERT_KEY, args![retailer, hash, name, scopes, now]).await.map(|_| ())
}

/// The scopes of a live key.
pub async fn key_scopes(read: &Read<'_>, retailer: &str, hash: &str) -> Result<Option<String>, DbError> {
    Ok(read.one(&KEY, args![retailer, hash]).await?.map(|r| r.text(1)))
}

pub async fn clock_offset(read: &Read<'_>) -> Result<i64, DbError> {
    Ok(read.one(&CLOCK, args![]).await?.map_or(0, |r| r.int(0)))
}

pub async fn set_clock_offset(tx: &mut Write, ms: i64) -> Result<(), DbError> {
    tx.exec(&SET_CLOCK, args![ms]).await.map(|_| ())
}
