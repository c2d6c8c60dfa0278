//! `doctor`: looks at everything that an installation rests on, says what is wrong and what to do about it. Changes nothing.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    Failure, say,
    serve::{DATABASE, LISTEN},
};
use crate::{
    app::Config,
    chain,
    clock::Clock,
    db::{self, Db, migrate},
    flow,
    gateway::mail::MailOut,
    vault::{self, Keys},
};

#[derive(Args)]
pub struct Doctor {
    /// sqlite:PATH or postgres://… [default: what the file says, else sqlite:whereabouts.db]
    #[arg(long)]
    database: Option<String>,
    /// The file of settings that `serve` is started with
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Below this a busy SQLite file may fill its disk within a day.
const DISK_MIN_BYTES: u64 = 1024 * 1024 * 1024;
/// Leases and signatures bear a few seconds of difference, not a minute.
const SKEW_MAX_MS: i64 = 5_000;
/// 1 November 2025: no machine that runs this program can be before it.
const BUILT_AFTER_MS: i64 = 1_761_955_200_000;

enum Verdict {
    Good,
    /// Works, but somebody should know.
    Note,
    Fault,
}

/// What was looked at, how it is, and what to do.
struct Finding {
    what: &'static str,
    verdict: Verdict,
    words: String,
}

fn good(what: &'static str, words: impl Into<String>) -> Finding {
    Finding { what, verdict: Verdict::Good, words: words.into() }
}

fn note(what: &'static str, words: impl Into<String>) -> Finding {
    Finding { what, verdict: Verdict::Note, words: words.into() }
}

fn fault(what: &'static str, words: impl Into<String>) -> Finding {
    Finding { what, verdict: Verdict::Fault, words: words.into() }
}

impl Doctor {
    pub async fn run(self) -> Result<(), Failure> {
        let (config, mut findings) = configuration(self.config.as_deref());
        let address = self.database.or(config.database.clone()).unwrap_or_else(|| DATABASE.into());
        findings.push(public_url(&config));
        findings.extend(database(&config, &address).await);
        findings.push(mail(&config).await);
        let faults = findings.iter().filter(|f| matches!(f.verdict, Verdict::Fault)).count();
        let in_colour = std::io::stdout().is_terminal();
        for finding in &findings {
            say(&finding.line(in_colour))?;
        }
        match faults {
            0 => Ok(()),
            1 => Err(Failure::Other("there is 1 fault".into())),
            n => Err(Failure::Other(format!("there are {n} faults"))),
        }
    }
}

impl Finding {
    fn line(&self, in_colour: bool) -> String {
        let (word, sign) = match self.verdict {
            Verdict::Good => ("ok", "\u{1b}[32m✓\u{1b}[0m"),
            Verdict::Note => ("note", "\u{1b}[33m!\u{1b}[0m"),
            Verdict::Fault => ("fault", "\u{1b}[31m✗\u{1b}[0m"),
        };
        if in_colour { format!("{sign} {:<14} {}", self.what, self.words) } else { format!("{word:<5}  {:<14} {}", self.what, self.words) }
    }
}

fn configuration(file: Option<&Path>) -> (Config, Vec<Finding>) {
    let Some(path) = file else {
        return (Config::plain(), vec![good("configuration", "no file, so the defaults hold (config.default.toml tells them)")]);
    };
    match Config::from_file(path) {
        Ok(config) => {
            let mut findings = vec![good("configuration", format!("{} can be read", path.display()))];
            if config.allow_private || config.allow_loopback {
                findings.push(note("webhooks", "may reach private addresses: only right if every retailer here is yours"));
            }
            (config, findings)
        }
        Err(why) => (Config::plain(), vec![fault("configuration", format!("{why}; config.default.toml shows every key"))]),
    }
}

fn public_url(config: &Config) -> Finding {
    const WHAT: &str = "public URL";
    let url = config.public_url.trim_end_matches('/');
    if url.is_empty() {
        let listen = config.listen.as_deref().unwrap_or(LISTEN);
        return note(WHAT, format!("not set, so links begin with http://{listen}; set public_url to what shoppers can open"));
    }
    let Ok(parsed) = url.parse::<axum::http::Uri>() else {
        return fault(WHAT, format!("`{url}` is not an address; give one like https://track.example"));
    };
    match (parsed.scheme_str(), parsed.host()) {
        (Some("https"), Some(host)) => match std::net::ToSocketAddrs::to_socket_addrs(&(host, 443)) {
            Ok(_) => good(WHAT, url),
            Err(_) => fault(WHAT, format!("the name {host} cannot be found; add it to your DNS")),
        },
        (Some("http"), Some(_)) => note(WHAT, format!("{url} is not encrypted; put a proxy with TLS in front and say https://")),
        _ => fault(WHAT, format!("`{url}` must begin with https:// and name a host")),
    }
}

async fn database(config: &Config, address: &str) -> Vec<Finding> {
    const WHAT: &str = "database";
    let file = address.strip_prefix("sqlite:").map(|p| PathBuf::from(p.trim_start_matches("//")));
    if let Some(file) = file.as_ref().filter(|f| !f.exists()) {
        return vec![fault(WHAT, format!("there is none at {}; make one with `whereabouts init --database {address} …`", file.display()))];
    }
    let db = match Db::open(address).await {
        Ok(db) => db,
        Err(error) => return vec![fault(WHAT, format!("cannot be opened: {}; check --database and who may read it", chain::of(&error)))],
    };
    let (there, known) = match migrate::versions(&db).await {
        Ok(found) => found,
        Err(error) => {
            return vec![fault(WHAT, format!("does not answer: {}; is it running, and may this user sign in?", chain::of(&error)))];
        }
    };
    let mut findings = vec![match there {
        0 => fault(WHAT, "is empty; fill it with `whereabouts init`"),
        n if n > known => fault(WHAT, format!("has schema {n}, this program knows {known}; use a newer program")),
        n if n < known => note(WHAT, format!("has schema {n} of {known}; `serve` brings it up to date when it starts")),
        n => good(WHAT, format!("{} answers with schema {n}", db.describe())),
    }];
    findings.push(match migrate::try_writing(&db).await {
        Ok(()) => good("writing", "is allowed"),
        Err(error) => fault("writing", format!("is refused: {}; give this user the right to write", chain::of(&error))),
    });
    if there > 0 {
        findings.extend(retailers(&db).await);
        findings.push(key(config, address, &db).await);
    }
    findings.push(clocks(&db).await);
    findings.extend(file.as_deref().map(disk));
    findings
}

async fn retailers(db: &Db) -> Vec<Finding> {
    let read = async {
        let read = db.read().await?;
        Ok::<_, db::DbError>((db::retailers::all(&read).await?.len(), db::retailers::clock_offset(&read).await?))
    };
    match read.await {
        Err(error) => vec![fault("retailers", format!("cannot be read: {}", chain::of(&error)))],
        Ok((0, _)) => vec![fault("retailers", "there is none; make one with `whereabouts init`")],
        Ok((n, 0)) => vec![good("retailers", n.to_string())],
        Ok((n, offset)) => {
            let ahead = format!("a sandbox moved this database's clock by {} h; do not serve it without --sandbox", offset / 3_600_000);
            vec![good("retailers", n.to_string()), note("sandbox", ahead)]
        }
    }
}

/// The key for kept secrets, and whether it opens what is kept.
async fn key(config: &Config, address: &str, db: &Db) -> Finding {
    const WHAT: &str = "key";
    let file = vault::place(config.key_file.as_deref(), address);
    let at = file.display();
    let keys = match vault::load(&file) {
        Ok(keys) => keys,
        Err(why) => return fault(WHAT, format!("{why}; put it back from your copy")),
    };
    let (kept, opened) = match accounts(db, &keys).await {
        Ok(counts) => counts,
        Err(error) => return fault(WHAT, format!("carriers' accounts cannot be read: {}", chain::of(&error))),
    };
    match (keys.is_empty(), kept, kept - opened) {
        (true, 0, _) => note(
            WHAT,
            format!(
                "there is none at {at}, so carriers' credentials cannot be kept; make one: (umask 077; head -c 32 /dev/urandom | base64 > {at})"
            ),
        ),
        (true, ..) => fault(WHAT, format!("there is none at {at}, and {kept} carriers' accounts need it; put it back from your copy")),
        (false, _, 0) => good(WHAT, format!("{at} opens what is kept ({kept} carriers' accounts)")),
        (false, _, locked) => fault(
            WHAT,
            format!("{at} does not open {locked} of {kept} carriers' accounts; add the older key as a further line, or enter them anew"),
        ),
    }
}

/// (how many, how many of them open).
async fn accounts(db: &Db, keys: &Keys) -> Result<(usize, usize), db::DbError> {
    let read = db.read().await?;
    let (mut kept, mut opened) = (0, 0);
    for retailer in db::retailers::all(&read).await? {
        for row in db::accounts::all(&read, &retailer.id).await? {
            kept += 1;
            opened += usize::from(flow::accounts::open_with(keys, &retailer.id, &row).is_ok());
        }
    }
    Ok((kept, opened))
}

async fn clocks(db: &Db) -> Finding {
    const WHAT: &str = "clocks";
    let machine = Clock::new(0).machine_ms();
    if machine < BUILT_AFTER_MS {
        return fault(WHAT, "this machine's clock stands in the past; switch time synchronisation on (timedatectl set-ntp true)");
    }
    match migrate::clock(db).await {
        Ok(None) => good(WHAT, "this machine's is the only one"),
        Ok(Some(theirs)) if (theirs - machine).abs() <= SKEW_MAX_MS => good(WHAT, "machine and database agree"),
        Ok(Some(theirs)) => {
            let seconds = (theirs - machine) / 1_000;
            fault(WHAT, format!("the database's is {seconds} s off this machine's; switch time synchronisation on at both"))
        }
        Err(error) => fault(WHAT, format!("the database's cannot be read: {}", chain::of(&error))),
    }
}

fn disk(file: &Path) -> Finding {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Err(error) => fault("disk", format!("{} cannot be looked at: {error}", folder.display())),
        Ok(told) => {
            let free = told.f_bavail.saturating_mul(told.f_frsize);
            let words = format!("{:.1} GiB are free for {}", free as f64 / (1024.0 * 1024.0 * 1024.0), file.display());
            if free < DISK_MIN_BYTES { fault("disk", format!("only {words}; make room or move the file")) } else { good("disk", words) }
        }
    }
}

async fn mail(config: &Config) -> Finding {
    const WHAT: &str = "mail";
    if config.smtp.as_deref().unwrap_or_default().is_empty() {
        return note(WHAT, "no mail server, so messages wait; set smtp in the file given to --config");
    }
    if let Err(why) = MailOut::new(config).check().await {
        return fault(WHAT, format!("the server cannot be used: {why}; check smtp, the password and the firewall"));
    }
    match &config.mail_from {
        Some(from) if from.parse::<lettre::message::Mailbox>().is_err() => fault(WHAT, format!("mail_from `{from}` is not an address")),
        Some(from) => good(WHAT, format!("the server answers; brands without a sender of their own send as {from}")),
        None => note(WHAT, "the server answers; set mail_from, or give every brand a sender of its own"),
    }
}
