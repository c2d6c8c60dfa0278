//! g: one lone client gets no answer without a write to the disk: at least one `fdatasync` for each acknowledged request, counted by
//! strace. (On PostgreSQL the database server does that, in a process of its own, and `fsync` is on there.)

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::{
    ground::Ground,
    load::{self, Line},
    process::Process,
    stock::{self, Size},
    verdict::Table,
};

const REQUESTS: u64 = 200;

pub async fn measure(ground: &Ground, table: &mut Table) -> Result<()> {
    if let Ground::Postgres { .. } = ground {
        eprintln!("skipped: g on PostgreSQL; its own processes write to the disk");
        return Ok(());
    }
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: g; there is no strace here");
        return Ok(());
    }
    let size = Size { retailers: 1, shipments_each: 50 };
    let database = ground.fresh("alone").await?;
    stock::seed(&database, size).await?;
    let server = Process::server(&database)?;
    let log = tempfile::NamedTempFile::new().context("a file for strace")?;
    let mut strace = Command::new("strace")
        .args(["-f", "-q", "-e", "trace=fdatasync,fsync", "-p", &server.id().to_string(), "-o"])
        .arg(log.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting strace")?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut line = Line::open(server.address).await?;
    let at = Timestamp::now();
    let before = syncs(log.path())?;
    // Whether an answer came too early shows request by request: each must find a sync that was not there before it.
    let mut without = 0_u64;
    let mut seen = before;
    for nth in 0..REQUESTS {
        let (_, shipment) = size.any(nth);
        let (status, _) = line.ask(&load::post(&stock::hook_path(0), &stock::payload(0, shipment, nth, at))).await?;
        anyhow::ensure!(status == 202, "the hook answered {status}");
        let now = syncs(log.path())?;
        without += u64::from(now <= seen);
        seen = now;
    }
    let _ = Command::new("kill").arg(strace.id().to_string()).status();
    let _ = strace.wait();
    table.note(('g', ground.engine()), "fdatasync while 200 requests were acknowledged", (seen - before).to_string());
    table.at_least(('g', ground.engine()), "fdatasync / acknowledged request of one client", (seen - before) as f64 / REQUESTS as f64, 1.0);
    table.at_most(('g', ground.engine()), "requests acknowledged without one of their own", without as f64, 0.0, "");
    drop(server);
    ground.remove("alone").await
}

fn syncs(log: &std::path::Path) -> Result<u64> {
    let text = std::fs::read_to_string(log).context("reading what strace saw")?;
    Ok(text.lines().filter(|l| l.contains("sync(")).count() as u64)
}
