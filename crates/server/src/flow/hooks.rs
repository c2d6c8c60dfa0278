//! The address that carriers call is kept sealed, so that it can be shown again, and dialects get the secrets with which they sign.

use whereabouts_adapters::carrier;

use super::{Fault, FlowError};
use crate::{
    app::App,
    db::{self, Write},
};

/// A set of public keys is longer than other texts may be.
const SECRET_MAX: usize = 16_000;

/// What the sealed token is bound to.
fn what(retailer: &str) -> String {
    format!("{retailer}/hook")
}

/// Keeps the token of a new retailer's hook. Without a key it is seen once and never again.
pub async fn keep_address(app: &App, tx: &mut Write, retailer: &str, token: &str) -> Result<(), FlowError> {
    if let Ok(sealed) = app.config.keys.seal(&what(retailer), token.as_bytes()) {
        db::hooks::put_address(tx, retailer, sealed).await?;
    }
    Ok(())
}

/// The whole address; none if its token was not kept, or the key for it is gone.
pub async fn address(app: &App, retailer: &str) -> Result<Option<String>, FlowError> {
    let sealed = db::hooks::address(&app.db.read().await?, retailer).await?;
    let token = sealed.and_then(|sealed| app.config.keys.open(&what(retailer), &sealed).ok()).and_then(|t| String::from_utf8(t).ok());
    Ok(token.map(|token| format!("{}/hooks/{retailer}.{token}", app.config.public_url)))
}

/// Seals with the newest key what was sealed with an older one.
pub(super) async fn seal_anew(app: &App) -> Result<(), FlowError> {
    for retailer in db::retailers::all(&app.db.read().await?).await? {
        let Some(sealed) = db::hooks::address(&app.db.read().await?, &retailer.id).await? else { continue };
        if app.config.keys.is_newest(&sealed) {
            continue;
        }
        let Ok(token) = app.config.keys.open(&what(&retailer.id), &sealed) else { continue };
        let mut tx = app.db.write().await?;
        keep_address(app, &mut tx, &retailer.id, &String::from_utf8_lossy(&token)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Sets a dialect's secret: from then on its signature is required. None takes it back.
pub async fn put_secret(app: &App, retailer: &str, dialect: &str, secret: Option<&str>) -> Result<(), FlowError> {
    let known = carrier::by_id(dialect).ok_or(FlowError::NotFound)?;
    let long = |secret: &str| secret.len() > SECRET_MAX || secret.contains('\0');
    let fault = secret.and_then(|s| if long(s) { Some("must be text of at most 16,000 bytes") } else { known.secret_fault(s) });
    if let Some(why) = fault {
        return Err(FlowError::Invalid(vec![Fault::new("/secret", "invalid", why)]));
    }
    let mut tx = app.db.write().await?;
    match secret {
        Some(secret) => db::hooks::put_secret(&mut tx, retailer, known.card().id, secret, app.clock.now_ms()).await?,
        None => {
            db::hooks::delete_secret(&mut tx, retailer, known.card().id).await?;
        }
    }
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(())
}
