//! A PostgreSQL for one test run: own folder, own port, durable as in production, gone afterwards.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    command::{self, is_root, run},
    guard::Guarded,
};

/// PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";
const START_SECONDS: u32 = 30;

pub struct Postgres {
    pub url: String,
    _running: Guarded,
}

impl Postgres {
    pub fn start() -> Result<Postgres> {
        let bin = programs().context("no PostgreSQL programs: run `cargo xtask setup`")?;
        let home = std::env::temp_dir().join(format!("whereabouts-pg-{}", std::process::id()));
        std::fs::create_dir(&home).with_context(|| format!("creating {}", home.display()))?;
        if is_root() {
            run(Command::new("chown").arg(ACCOUNT).arg(&home))?;
        }
        let data = home.join("data");
        let initdb = as_account(&[
            &path(&bin.join("initdb")),
            "--pgdata",
            &path(&data),
            "--username",
            "whereabouts",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        ]);
        command::output(Command::new(&initdb[0]).args(&initdb[1..]).current_dir(&home))?;
        let port = free_port()?.to_string();
        let server = as_account(&[
            &path(&bin.join("postgres")),
            "-D",
            &path(&data),
            "-p",
            &port,
            "-k",
            &path(&home),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=200",
            "-c",
            "fsync=on",
        ]);
        // The log stands beside the folder, so that it is still there when the server did not come up.
        let log = std::env::temp_dir().join(format!("whereabouts-pg-{}.log", std::process::id()));
        // The data is thrown away: no need to shut down in good order.
        let running = Guarded::start(&server, "QUIT", Some(&home), &log)?;
        wait_until_ready(&bin, &port, &log)?;
        std::fs::remove_file(&log).ok();
        let createdb = ["-h", "127.0.0.1", "-p", &port, "-U", "whereabouts", "whereabouts"];
        command::output(Command::new(bin.join("createdb")).args(createdb))?;
        Ok(Postgres { url: format!("postgres://whereabouts@127.0.0.1:{port}/whereabouts"), _running: running })
    }
}

fn wait_until_ready(bin: &Path, port: &str, log: &Path) -> Result<()> {
    for _ in 0..START_SECONDS * 10 {
        let ready = Command::new(bin.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", port]).status();
        if ready.is_ok_and(|s| s.success()) {
            return Ok(());
        }
        sleep(Duration::from_millis(100));
    }
    bail!("PostgreSQL was not ready within {START_SECONDS} s: {}", std::fs::read_to_string(log).unwrap_or_default())
}

/// The newest version's folder of programs, as Debian lays them out; else the path's.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut found: Vec<(u32, PathBuf)> = versions
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|v| Some((v.file_name().to_str()?.parse().ok()?, v.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    let on_path = || std::env::split_paths(&std::env::var_os("PATH")?).find(|p| p.join("initdb").is_file() && p.join("postgres").is_file());
    found.pop().map(|(_, bin)| bin).or_else(on_path)
}

fn as_account(program: &[&str]) -> Vec<String> {
    let switch: &[&str] = if is_root() { &["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"] } else { &[] };
    switch.iter().chain(program).map(ToString::to_string).collect()
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

fn path(p: &Path) -> String {
    p.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_postgres_answers_and_leaves_nothing_behind() {
        let Some(bin) = programs() else {
            eprintln!("skipped: no PostgreSQL here");
            return;
        };
        let postgres = Postgres::start().unwrap();
        let answer = command::output(Command::new(bin.join("psql")).args([&postgres.url, "-Atc", "SHOW fsync"])).unwrap();
        assert_eq!(answer, "on");
        drop(postgres);
        assert!(!std::env::temp_dir().join(format!("whereabouts-pg-{}", std::process::id())).exists());
    }
}
