//! a: one carrier's scan a request, 256 connections, durable before the answer, against an empty route that reads the same body and
//! against raw durable inserts of the same rows in groups of the same size; whichever of the two is slower.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use whereabouts_server::db::{self, Db, inbox::InboxRow, migrate};

use crate::{
    Asked,
    ground::Ground,
    load::{self, Answers, Asking, Line},
    process::Process,
    stock::{self, Size},
    verdict::Table,
};

const CONNECTIONS: usize = 256;
const BAR: f64 = 0.5;
const ROUNDS: usize = 3;

pub async fn measure(asked: &Asked, ground: &Ground, table: &mut Table) -> Result<()> {
    let size = if asked.quick { Size { retailers: 4, shipments_each: 100 } } else { Size { retailers: 20, shipments_each: 1_000 } };
    let time = Duration::from_secs(if asked.quick { 1 } else { 5 });
    let database = ground.fresh("hooks").await?;
    stock::seed(&database, size).await?;
    let server = Process::server(&database)?;
    let empty = Process::empty()?;
    let (mut ours, mut nothing, mut raw, mut groups) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS as u64 {
        let asking = asking(size, round);
        nothing.push(load::flat_out(empty.address, CONNECTIONS, time, &asking).await?.per_second());
        let (rows, commits) = written(&server).await?;
        let answers = load::flat_out(server.address, CONNECTIONS, time, &asking).await?;
        let (rows, commits) = {
            let now = written(&server).await?;
            (now.0 - rows, now.1 - commits)
        };
        let group = rows / commits.max(1.0);
        println!(
            "   round {round}: {} a second, p99 {:.0} ms, {group:.0} rows a commit",
            answers.per_second().round(),
            answers.percentile_ms(99.0)
        );
        ours.push(answers.per_second());
        groups.push(group);
        // The backlog must not be worked on while the next is measured.
        wait_until_digested(&server, &answers).await?;
        raw.push(raw_inserts(ground, size, group, time).await?);
    }
    let at = ('a', ground.engine());
    table.note(at, "hooks a second, durable (median of three)", format!("{:.0}", median(&mut ours)));
    table.note(at, "empty route a second", format!("{:.0}", median(&mut nothing)));
    let what = format!("raw durable inserts a second in groups of {:.0}", median(&mut groups));
    table.note(at, &what, format!("{:.0}", median(&mut raw)));
    table.at_least(
        at,
        "hooks / the slower of empty route and raw inserts",
        median(&mut ours) / median(&mut nothing).min(median(&mut raw)),
        BAR,
    );
    table.resident(ground.engine(), 'a', server.resident());
    drop(server);
    ground.remove("hooks").await
}

fn asking(size: Size, round: u64) -> Asking {
    let at = Timestamp::now();
    Arc::new(move |n| {
        let nth = round << 32 | n;
        let (retailer, shipment) = size.any(nth);
        load::post(&stock::hook_path(retailer), &stock::payload(retailer, shipment, nth, at))
    })
}

/// Rows and commits at the door so far.
async fn written(server: &Process) -> Result<(f64, f64)> {
    let mut line = Line::open(server.admin.context("the server's numbers")?).await?;
    let (_, body) = line.ask(&load::get("/metrics", None)).await?;
    let text = String::from_utf8_lossy(body);
    let number = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)).and_then(|n| n.trim().parse::<f64>().ok());
    let rows = number("whereabouts_received_payloads_total ").context("payloads in the metrics")?;
    Ok((rows, number("whereabouts_received_commits_total ").context("commits in the metrics")?))
}

async fn wait_until_digested(server: &Process, _: &Answers) -> Result<()> {
    let started = Instant::now();
    loop {
        let before = server.processor_seconds();
        tokio::time::sleep(Duration::from_millis(500)).await;
        if server.processor_seconds() - before < 0.1 || started.elapsed() > Duration::from_secs(60) {
            return Ok(());
        }
    }
}

/// The same rows, in groups of the same size, each group one durable commit, by one writer that does nothing else.
async fn raw_inserts(ground: &Ground, size: Size, group: f64, time: Duration) -> Result<f64> {
    let db = Db::open(&ground.fresh("hooks_raw").await?).await?;
    migrate::migrate(&db).await?;
    let group = (group.round() as u64).max(1);
    let headers = r#"[["content-type","application/json"]]"#;
    let at = Timestamp::now();
    let (mut made, mut spent) = (0_u64, Duration::ZERO);
    while spent < time {
        let rows: Vec<InboxRow> = (made..made + group)
            .map(|n| {
                let (retailer, shipment) = size.any(n);
                InboxRow {
                    retailer: stock::retailer_id(retailer),
                    id: format!("inb_{n:026}"),
                    received_at: at.as_millisecond(),
                    source: "hook".into(),
                    signature: None,
                    dialect: Some("easypost".into()),
                    headers: headers.into(),
                    body: stock::payload(retailer, shipment, n, at).into_bytes(),
                }
            })
            .collect();
        let started = Instant::now();
        let mut tx = db.write().await?;
        db::inbox::put(&mut tx, rows).await?;
        tx.commit().await?;
        spent += started.elapsed();
        made += group;
    }
    drop(db);
    ground.remove("hooks_raw").await?;
    Ok(made as f64 / spent.as_secs_f64())
}

pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
