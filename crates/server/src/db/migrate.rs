//! Brings an empty or older database to the schema of this program. Forward only; each file in one transaction.

use super::engine::{Db, DbError};
use crate::{args, sql};

/// Every migration in order. A number is never used twice and a released file is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "0001_start", include_str!("../../../../migrations/0001_start.sql"))];

sql! {
    VERSION = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
    MIGRATED = "INSERT INTO schema_version (version, name) VALUES ($1, $2)";
}

/// Runs what is missing. Safe to run from several processes at once: the loser finds the work done.
pub async fn migrate(db: &Db) -> Result<(), DbError> {
    let mut tx = db.write().await?;
    if !tx.is_lite() {
        tx.script("migration lock", "SELECT pg_advisory_xact_lock(7236441)").await?;
    }
    let table = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";
    tx.script("schema_version", table).await?;
    let now = tx.one(&VERSION, args![]).await?.map_or(0, |r| r.int(0));
    let newest = MIGRATIONS.last().map_or(0, |m| m.0);
    if now > newest {
        return Err(DbError::Migration(format!("the database has schema {now}, this program knows {newest}: use a newer program")));
    }
    for (version, name, text) in MIGRATIONS.iter().filter(|m| m.0 > now) {
        let text = if tx.is_lite() { (*text).to_string() } else { for_postgres(text) };
        tx.script(name, &text).await?;
        tx.exec(&MIGRATED, args![*version, *name]).await?;
    }
    tx.commit().await
}

/// The schema that a database has (0: none yet) and the one that this program knows.
pub async fn versions(db: &Db) -> Result<(i64, i64), DbError> {
    let read = db.read().await?;
    let newest = MIGRATIONS.last().map_or(0, |m| m.0);
    let there = if db.is_lite() {
        "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'"
    } else {
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'schema_version'"
    };
    let is_there = read.composed("schema_version", there, args![]).await?.first().is_some_and(|r| r.int(0) > 0);
    if !is_there {
        return Ok((0, newest));
    }
    Ok((read.one(&VERSION, args![]).await?.map_or(0, |r| r.int(0)), newest))
}

/// Whether it can be written: a change that changes nothing, taken back.
pub async fn try_writing(db: &Db) -> Result<(), DbError> {
    let mut tx = db.write().await?;
    tx.script("try writing", "CREATE TABLE whereabouts_doctor (n BIGINT); DROP TABLE whereabouts_doctor").await
}

/// The database's own clock in milliseconds; nothing where it is this machine's.
pub async fn clock(db: &Db) -> Result<Option<i64>, DbError> {
    if db.is_lite() {
        return Ok(None);
    }
    let text = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
    Ok(db.read().await?.composed("clock", text, args![]).await?.first().map(|r| r.int(0)))
}

/// Text compares byte by byte on both engines: prefixes and order are then the same.
fn for_postgres(text: &str) -> String {
    text.replace(" TEXT", " TEXT COLLATE \"C\"").replace(") WITHOUT ROWID", ")")
}
