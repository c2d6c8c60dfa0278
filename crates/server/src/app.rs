//! What every door and every flow shares: database, clock, ids, what holds for each retailer, and the wake-up calls.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::{Mutex, Notify, broadcast, watch};

use crate::{
    clock::Clock,
    context::Contexts,
    db::{self, Db, DbError},
    flow::{foretell::Learnt, receive::Door},
    gateway::Gateway,
    ids::Ids,
    vault::{self, Keys},
};

/// How this process was started. `config.default.toml` documents every key.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the product listens, `HOST:PORT`.
    pub listen: Option<String>,
    /// Where numbers for machines are served, if anywhere.
    pub admin_listen: Option<String>,
    /// Where files are received by SFTP, if anywhere.
    pub sftp_listen: Option<String>,
    /// `sqlite:PATH` or `postgres://…`.
    pub database: Option<String>,
    /// `https://track.example`, without a slash at the end: what links begin with.
    pub public_url: String,
    /// Messages are captured, the clock can be moved, `WBTEST-` numbers move by themselves.
    pub sandbox: bool,
    /// Webhooks may go to loopback addresses (the sandbox) …
    pub allow_loopback: bool,
    /// … or to any private address (the operator said so).
    pub allow_private: bool,
    /// The mail server: `smtp://user:password@host:587`, `smtps://…`; nothing: messages stay waiting and say so.
    pub smtp: Option<String>,
    /// Who mails come from when the brand has no sender of its own.
    pub mail_from: Option<String>,
    /// The file that holds the key for secrets kept in the database; see [`crate::vault::place`].
    pub key_file: Option<String>,
    /// Carriers that are spoken to at another host: by the carrier's id, or `carrier/way`.
    pub carrier_hosts: BTreeMap<String, String>,
    /// What [`Self::key_file`] holds.
    #[serde(skip)]
    pub keys: Keys,
    /// A demo: its login stands on the sign-in page, and its outbox is open.
    #[serde(skip)]
    pub demo: Option<DemoLogin>,
}

/// The login that a demo shows to everybody.
#[derive(Clone, Debug)]
pub struct DemoLogin {
    pub email: String,
    pub password: String,
}

impl Config {
    /// Nothing set: what `serve` starts from.
    pub fn plain() -> Config {
        Config::default()
    }

    /// The keys for the secrets of this database, read from their file.
    pub fn load_keys(&mut self, database: &str) -> Result<(), String> {
        self.keys = vault::load(&vault::place(self.key_file.as_deref(), database))?;
        Ok(())
    }

    /// Where a carrier is spoken to, if not where it says itself.
    pub fn carrier_host(&self, carrier: &str, way: &str) -> Option<&str> {
        let named = self.carrier_hosts.get(&format!("{carrier}/{way}")).or_else(|| self.carrier_hosts.get(carrier));
        named.map(String::as_str).filter(|h| !h.is_empty())
    }

    /// Reads a file of `key = value` lines (TOML); an unknown key is an error.
    pub fn from_file(path: &std::path::Path) -> Result<Config, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {}", path.display(), e.message()))
    }
}

/// Something changed that an open page may want to show.
#[derive(Clone, Debug)]
pub struct Live {
    pub retailer: String,
    pub order: Option<String>,
}

pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub config: Config,
    pub contexts: Contexts,
    pub door: Door,
    /// How many payloads are kept as they came.
    pub kept: crate::flow::received::Budget,
    /// Whose payloads were digested last: the next retailer's turn comes after.
    pub last_served: std::sync::Mutex<String>,
    pub gateway: Gateway,
    /// What forecasts rest on.
    pub learnt: Learnt,
    pub limits: crate::limits::Limits,
    /// Rings when there may be work to do.
    pub wake: Notify,
    /// Held by whoever does due work: the worker, or the sandbox moving the clock.
    pub work: Mutex<()>,
    /// Rings when there may be something to send.
    pub outgoing: Notify,
    /// Held while webhooks are being called, so that the sandbox's clock moves only when none is under way.
    pub sending: Mutex<()>,
    /// Rings when somebody may be to be asked for.
    pub asking: Notify,
    /// Held while carriers are being asked, as `sending` is for webhooks.
    pub polling: Mutex<()>,
    /// Held while files are being fetched, as `sending` is for webhooks.
    pub fetching: Mutex<()>,
    pub live: broadcast::Sender<Live>,
    /// True once the process was asked to stop.
    pub stopping: watch::Sender<bool>,
    tasks: std::sync::Mutex<tokio::task::JoinSet<()>>,
}

impl App {
    /// Migrates the database, sets the clock and opens the door for incoming payloads. Starts no job.
    pub async fn start(db: Db, clock: Option<Clock>, config: Config) -> Result<Arc<App>, DbError> {
        db::migrate::migrate(&db).await?;
        let offset = if config.sandbox { db::retailers::clock_offset(&db.read().await?).await? } else { 0 };
        let clock = clock.unwrap_or_else(|| Clock::new(offset));
        let (door, door_work) = Door::new();
        let app = Arc::new(App {
            contexts: Contexts::default(),
            kept: Default::default(),
            last_served: Default::default(),
            learnt: Learnt::default(),
            gateway: Gateway::new(&config),
            ids: Ids::default(),
            limits: Default::default(),
            wake: Notify::new(),
            work: Mutex::new(()),
            outgoing: Notify::new(),
            sending: Mutex::new(()),
            asking: Notify::new(),
            polling: Mutex::new(()),
            fetching: Mutex::new(()),
            live: broadcast::channel(256).0,
            stopping: watch::channel(false).0,
            tasks: std::sync::Mutex::new(tokio::task::JoinSet::new()),
            db,
            clock,
            config,
            door,
        });
        let at_the_door = Arc::clone(&app);
        app.spawn(async move { door_work.run(&at_the_door).await });
        Ok(app)
    }

    /// Runs beside everything else until the process stops, and is awaited then.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).spawn(work);
    }

    /// Asks everything to end, and waits for it at most `patience`.
    pub async fn stop(&self, patience: Duration) {
        self.stopping.send_replace(true);
        self.wake.notify_waiters();
        self.wake.notify_one();
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let _ = tokio::time::timeout(patience, async { while tasks.join_next().await.is_some() {} }).await;
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Resolves when the process was asked to stop.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        while !*stopping.borrow_and_update() {
            if stopping.changed().await.is_err() {
                return;
            }
        }
    }

    /// An open page of this retailer may look again.
    pub fn ring(&self, retailer: &str, order: Option<&str>) {
        let _ = self.live.send(Live { retailer: retailer.to_string(), order: order.map(str::to_string) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: &str = include_str!("../../../config.default.toml");

    #[test]
    fn the_documented_configuration_can_be_read_and_is_the_default() {
        let read: Config = toml::from_str(DOCUMENTED).unwrap();
        assert_eq!(read.listen.as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(read.database.as_deref(), Some("sqlite:whereabouts.db"));
        assert!(!read.sandbox && !read.allow_private && read.smtp.is_none() && read.public_url.is_empty());
    }

    #[test]
    fn every_key_of_the_configuration_is_documented() {
        let keys = serde_json::to_value(Config::plain()).unwrap();
        for key in keys.as_object().unwrap().keys() {
            let named = |line: &str| line.trim_start_matches("# ").strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with(" = "));
            assert!(DOCUMENTED.lines().any(named), "config.default.toml does not tell of `{key}`");
        }
    }
}
