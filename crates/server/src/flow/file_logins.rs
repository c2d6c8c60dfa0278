//! The retailer's login to our file door, and the door's own key.

use russh::keys::{HashAlg, PrivateKey, PublicKey, ssh_key::private::Ed25519Keypair};

use super::{Fault, FlowError};
use crate::{
    app::App,
    db::{
        self,
        file_logins::{KnownKey, LoginRow},
    },
    ids, retry_races,
};

const KEYS_MAX: usize = 20;
/// What the host key's seal is bound to.
const HOST_KEY: &str = "sftp/host_key";

/// What is to hold; what is left out stays.
#[derive(Debug, Default)]
pub struct Wanted {
    /// A new password, or none.
    pub password: Option<bool>,
    /// All keys, in OpenSSH form.
    pub keys: Option<Vec<String>>,
}

/// Changes the login; a new password is answered this once.
pub async fn set(app: &App, retailer: &str, wanted: &Wanted, by: &str) -> Result<(LoginRow, Option<String>), FlowError> {
    let keys = wanted.keys.as_deref().map(read_keys).transpose()?;
    let password = (wanted.password == Some(true)).then(ids::secret_128);
    let row = retry_races!(set_once(app, retailer, wanted, keys.clone(), password.as_deref(), by).await)?;
    Ok((row, password))
}

async fn set_once(
    app: &App,
    retailer: &str,
    wanted: &Wanted,
    keys: Option<Vec<KnownKey>>,
    password: Option<&str>,
    by: &str,
) -> Result<LoginRow, FlowError> {
    let mut tx = app.db.write().await?;
    let was = db::file_logins::of_retailer_for_write(&mut tx, retailer).await?;
    let (was_hash, was_keys) = was.map_or((None, Vec::new()), |l| (l.password_hash, l.keys));
    let row = LoginRow {
        retailer: retailer.to_string(),
        password_hash: match (wanted.password, password) {
            (None, _) => was_hash,
            (Some(_), password) => password.map(ids::hash),
        },
        keys: keys.unwrap_or(was_keys),
        set_by: by.to_string(),
        updated_at: app.clock.now_ms(),
    };
    db::file_logins::put(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

fn read_keys(lines: &[String]) -> Result<Vec<KnownKey>, FlowError> {
    if lines.len() > KEYS_MAX {
        return Err(FlowError::Invalid(vec![Fault::new("/keys", "too_long", "at most 20 keys")]));
    }
    let read = |(place, line): (usize, &String)| {
        let key = PublicKey::from_openssh(line.trim());
        let key = key.map_err(|_| {
            Fault::new(format!("/keys/{place}"), "invalid", "is no public key in OpenSSH form, such as `ssh-ed25519 AAAA… me@shop`")
        })?;
        Ok(KnownKey { fingerprint: key.fingerprint(HashAlg::Sha256).to_string(), comment: key.comment().to_string() })
    };
    let read: Vec<Result<KnownKey, Fault>> = lines.iter().enumerate().map(read).collect();
    let faults: Vec<Fault> = read.iter().filter_map(|k| k.as_ref().err().cloned()).collect();
    if faults.is_empty() { Ok(read.into_iter().flatten().collect()) } else { Err(FlowError::Invalid(faults)) }
}

/// The key by which programs know our file door: made once, kept sealed.
pub async fn host_key(app: &App) -> Result<PrivateKey, FlowError> {
    let kept = db::file_logins::host_key(&app.db.read().await?).await?;
    let sealed = match kept {
        Some(sealed) => sealed,
        None => {
            let seed: [u8; 32] = ids::random_bytes();
            let sealed = app.config.keys.seal(HOST_KEY, &seed).map_err(locked)?;
            let mut tx = app.db.write().await?;
            db::file_logins::put_host_key(&mut tx, sealed).await?;
            tx.commit().await?;
            db::file_logins::host_key(&app.db.read().await?).await?.ok_or(FlowError::NotFound)?
        }
    };
    let seed = app.config.keys.open(HOST_KEY, &sealed).map_err(locked)?;
    let seed = <[u8; 32]>::try_from(seed).map_err(|_| FlowError::Conflict("the kept host key is no key".into()))?;
    Ok(PrivateKey::from(Ed25519Keypair::from_seed(&seed)))
}

/// Seals the door's key with the newest key if it was sealed with an older one.
pub(super) async fn seal_anew(app: &App) -> Result<(), FlowError> {
    let Some(sealed) = db::file_logins::host_key(&app.db.read().await?).await? else { return Ok(()) };
    if app.config.keys.is_newest(&sealed) {
        return Ok(());
    }
    let Ok(seed) = app.config.keys.open(HOST_KEY, &sealed) else {
        tracing::error!("the file door's key cannot be opened: whoever knows the door will not know it again");
        return Ok(());
    };
    let anew = app.config.keys.seal(HOST_KEY, &seed).map_err(locked)?;
    let mut tx = app.db.write().await?;
    db::file_logins::replace_host_key(&mut tx, &sealed, anew).await?;
    tx.commit().await?;
    Ok(())
}

fn locked(why: crate::vault::Locked) -> FlowError {
    FlowError::Conflict(format!("the file door's key cannot be kept: {why}"))
}

/// The host key's fingerprint, if the door was ever opened.
pub async fn host_key_seen(app: &App) -> Result<Option<String>, FlowError> {
    if app.config.sftp_listen.is_none() {
        return Ok(None);
    }
    Ok(host_key(app).await.ok().map(|key| key.public_key().fingerprint(HashAlg::Sha256).to_string()))
}
