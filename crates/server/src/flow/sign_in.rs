//! Signing in to the desk and out of it. A session is a row; the cookie's secret is stored as a hash only. Sessions live by the
//! machine's clock: a sandbox that is moved by a week must not sign its agents out.

use argon2::{Argon2, PasswordVerifier, password_hash::phc::PasswordHash};

use super::{FlowError, set_up};
use crate::{app::App, db, ids};

/// A session that nobody used for so long is over (OWASP ASVS 5.0, 7.3) …
pub const IDLE_MS: i64 = 30 * 60_000;
/// … and so is one this old, used or not.
pub const LIFE_MS: i64 = 12 * 3_600_000;
/// A click within a minute of the one before is not written down.
const SEEN_EVERY_MS: i64 = 60_000;

/// Whether this password belongs to this hash. Slow on purpose: run it where nothing else waits. Without a hash (nobody signs in
/// with that address) it takes just as long, so that the time tells nothing about who exists.
pub fn password_is_right(hash: Option<&str>, password: &str) -> bool {
    static NOBODY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let nobody = NOBODY.get_or_init(|| set_up::hash_password(&ids::secret_256()).unwrap_or_default());
    let parsed = PasswordHash::new(hash.unwrap_or(nobody));
    let fits = parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
    fits && hash.is_some()
}

/// Opens a session and answers its secret; the one that the browser held before is over.
pub async fn begin(app: &App, retailer: &str, staff: &str, before: Option<&(String, String)>) -> Result<String, FlowError> {
    let now = app.clock.machine_ms();
    let secret = ids::secret_256();
    let mut tx = app.db.write().await?;
    if let Some((retailer, hash)) = before {
        db::staff::end_session(&mut tx, retailer, hash).await?;
    }
    db::staff::put_session(&mut tx, retailer, &ids::hash(&secret), staff, now, now + LIFE_MS).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Whether a session still holds.
pub fn holds(app: &App, session: &db::staff::SessionRow) -> bool {
    let now = app.clock.machine_ms();
    now < session.expires_at && now - session.seen_at < IDLE_MS
}

/// The agent did something. Answers whether the session still holds.
pub async fn used(app: &App, retailer: &str, hash: &str, session: &db::staff::SessionRow) -> Result<bool, FlowError> {
    if !holds(app, session) {
        return Ok(false);
    }
    let now = app.clock.machine_ms();
    if now - session.seen_at >= SEEN_EVERY_MS {
        let mut tx = app.db.write().await?;
        db::staff::seen(&mut tx, retailer, hash, now).await?;
        tx.commit().await?;
    }
    Ok(true)
}

pub async fn end(app: &App, retailer: &str, hash: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    db::staff::end_session(&mut tx, retailer, hash).await?;
    tx.commit().await?;
    Ok(())
}
