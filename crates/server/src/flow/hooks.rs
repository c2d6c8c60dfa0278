//! The addresses that carriers call are kept sealed, so that they can be shown again, made anew and taken away; dialects get the secrets with
//! which they sign.

use whereabouts_adapters::carrier;

use super::{Fault, FlowError};
use crate::{
    app::App,
    db::{self, Write, hooks::AddressRow},
    ids,
};

/// A set of public keys is longer than other texts may be.
const SECRET_MAX: usize = 16_000;

/// What the sealed token is bound to.
fn what(retailer: &str) -> String {
    format!("{retailer}/hook")
}

/// So many addresses may hold at a time.
const ADDRESSES_MAX: usize = 5;

/// An address as it is shown.
#[derive(Clone, Debug)]
pub struct Address {
    pub id: String,
    /// The whole of it; nothing if its token was not kept, or the key for it is gone.
    pub url: Option<String>,
    pub made_at: i64,
    pub made_by: String,
    pub revoked_at: Option<i64>,
}

/// Keeps a hook's token. Without a key it is seen once and never again.
pub async fn keep_address(app: &App, tx: &mut Write, retailer: &str, token: &str, by: &str) -> Result<AddressRow, FlowError> {
    let made_at = app.clock.now_ms();
    let row = AddressRow {
        id: app.ids.make("hka", made_at),
        token_hash: ids::hash(token),
        sealed: app.config.keys.seal(&what(retailer), token.as_bytes()).ok(),
        made_at,
        made_by: by.into(),
        revoked_at: None,
    };
    db::hooks::insert_address(tx, retailer, &row).await?;
    Ok(row)
}

/// All that hold, and those that were taken away lately, the newest first.
pub async fn addresses(app: &App, retailer: &str) -> Result<Vec<Address>, FlowError> {
    let rows = db::hooks::addresses(&app.db.read().await?, retailer).await?;
    Ok(rows.into_iter().map(|row| shown(app, retailer, row)).collect())
}

fn shown(app: &App, retailer: &str, row: AddressRow) -> Address {
    let token = row.sealed.as_deref().and_then(|sealed| app.config.keys.open(&what(retailer), sealed).ok());
    let url = token.and_then(|t| String::from_utf8(t).ok()).map(|token| url(app, retailer, &token));
    Address { id: row.id, url, made_at: row.made_at, made_by: row.made_by, revoked_at: row.revoked_at }
}

fn url(app: &App, retailer: &str, token: &str) -> String {
    format!("{}/hooks/{retailer}.{token}", app.config.public_url)
}

/// Makes another address; those that are there hold on. Its whole text is told once, whether it can be kept or not.
pub async fn new_address(app: &App, retailer: &str, by: &str) -> Result<Address, FlowError> {
    let token = ids::secret_128();
    let mut tx = app.db.write().await?;
    if db::hooks::addresses_for_write(&mut tx, retailer).await?.iter().filter(|a| a.holds()).count() >= ADDRESSES_MAX {
        return Err(FlowError::Conflict(format!("{ADDRESSES_MAX} addresses hold already; take one away first")));
    }
    let row = keep_address(app, &mut tx, retailer, &token, by).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(Address { url: Some(url(app, retailer, &token)), ..shown(app, retailer, row) })
}

/// Takes an address away, or gives it back; the last one that holds stays.
pub async fn revoke(app: &App, retailer: &str, id: &str, is_revoked: bool) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let all = db::hooks::addresses_for_write(&mut tx, retailer).await?;
    let row = all.iter().find(|a| a.id == id).ok_or(FlowError::NotFound)?;
    if is_revoked && row.holds() && all.iter().filter(|a| a.holds()).count() == 1 {
        return Err(FlowError::Conflict("it is the only one: nobody could call any more. Make a new address first".into()));
    }
    if row.holds() == is_revoked {
        db::hooks::revoke_address(&mut tx, retailer, id, is_revoked.then(|| app.clock.now_ms())).await?;
        tx.commit().await?;
        app.contexts.forget(retailer);
    }
    Ok(())
}

/// Seals with the newest key what was sealed with an older one.
pub(super) async fn seal_anew(app: &App) -> Result<(), FlowError> {
    for retailer in db::retailers::all(&app.db.read().await?).await? {
        for row in db::hooks::addresses(&app.db.read().await?, &retailer.id).await? {
            let Some(sealed) = row.sealed.filter(|sealed| !app.config.keys.is_newest(sealed)) else { continue };
            let Ok(token) = app.config.keys.open(&what(&retailer.id), &sealed) else { continue };
            let Ok(anew) = app.config.keys.seal(&what(&retailer.id), &token) else { continue };
            let mut tx = app.db.write().await?;
            db::hooks::seal_address(&mut tx, &retailer.id, &row.id, anew).await?;
            tx.commit().await?;
        }
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
