//! b: digesting what came in, end to end, against writing the very rows that this digest wrote, into the same tables and indexes, in the
//! same batches, without thinking. Both work on the same database, copied before.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use whereabouts_server::{
    app::{App, Config},
    db::{self, Db, Many, Row, Value, engine::Kind, inbox::InboxRow},
    flow, row,
};

use crate::{
    Asked,
    ground::Ground,
    hooks::median,
    stock::{self, Size},
    verdict::Table,
};

const BAR: f64 = 0.5;
const ROUNDS: usize = 3;

type Key = (String, String);

pub async fn measure(asked: &Asked, ground: &Ground, table: &mut Table) -> Result<()> {
    let size = if asked.quick { Size { retailers: 4, shipments_each: 500 } } else { Size { retailers: 10, shipments_each: 2_000 } };
    let database = ground.fresh("digest_seed").await?;
    stock::seed(&database, size).await?;
    let inbox = fill_inbox(&database, size).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let app = started(&ground.copy("digest_seed", "digest").await?).await?;
        let (batches, spent) = digest_all(&app).await?;
        let events: usize = batches.iter().map(Vec::len).sum();
        ensure!(events as u64 == size.shipments(), "digested {events} of {}", size.shipments());
        ours.push(events as f64 / spent.as_secs_f64());
        let written = read_back(&app, &batches, &inbox).await?;
        app.stop(Duration::from_secs(10)).await;
        drop(app);
        let app = started(&ground.copy("digest_seed", "digest_raw").await?).await?;
        raw.push(events as f64 / write_again(&app, written).await?.as_secs_f64());
        app.stop(Duration::from_secs(10)).await;
        println!("   digest {:.0} a second, writing alone {:.0}", ours.last().unwrap_or(&0.0), raw.last().unwrap_or(&0.0));
    }
    let at = ('b', ground.engine());
    let mut ratios: Vec<f64> = ours.iter().zip(&raw).map(|(o, r)| o / r).collect();
    table.note(at, "events digested a second (median of three)", format!("{:.0}", median(&mut ours)));
    table.note(at, "the same rows written a second, without thinking", format!("{:.0}", median(&mut raw)));
    table.at_least(at, "digest / writing alone", median(&mut ratios), BAR);
    for name in ["digest_seed", "digest", "digest_raw"] {
        ground.remove(name).await?;
    }
    Ok(())
}

async fn started(database: &str) -> Result<Arc<App>> {
    let app = App::start(Db::open(database).await?, None, Config { sandbox: true, ..Config::plain() }).await?;
    // What is loaded once and then kept is loaded before the measurement.
    for retailer in db::retailers::all(&app.db.read().await?).await? {
        app.contexts.get(&app, &retailer.id).await?;
    }
    Ok(app)
}

/// One scan for each shipment. Answers which payload is about which.
async fn fill_inbox(database: &str, size: Size) -> Result<HashMap<Key, Key>> {
    let app = started(database).await?;
    let now = Timestamp::now();
    let (mut rows, mut about) = (Vec::new(), HashMap::new());
    for n in 0..size.shipments() {
        let (retailer, shipment) = size.any_once(n);
        let id = app.ids.make("inb", now.as_millisecond());
        let key = (stock::retailer_id(retailer), id.clone());
        about.insert(key.clone(), (key.0.clone(), db::shipments::number_key(&stock::tracking_number(retailer, shipment))));
        rows.push(InboxRow {
            retailer: key.0,
            id,
            received_at: now.as_millisecond(),
            source: "hook".into(),
            signature: None,
            dialect: Some("easypost".into()),
            headers: r#"[["content-type","application/json"]]"#.into(),
            body: stock::payload(retailer, shipment, n, now).into_bytes(),
        });
    }
    let mut tx = app.db.write().await?;
    db::inbox::put(&mut tx, rows).await?;
    tx.commit().await?;
    let numbers: Vec<(&str, &str)> = about.values().map(|(retailer, number)| (retailer.as_str(), number.as_str())).collect();
    let mut tx = app.db.write().await?;
    let owners = db::shipments::owners(&mut tx, &numbers).await?;
    drop(tx);
    let owners: HashMap<Key, String> = owners.into_iter().map(|k| ((k.retailer, k.number), k.shipment)).collect();
    let owner = |key: Key| owners.get(&key).map(|id| (key.0.clone(), id.clone()));
    let about = about.into_iter().map(|(payload, number)| Some((payload, owner(number)?))).collect::<Option<_>>();
    app.stop(Duration::from_secs(10)).await;
    about.context("each payload is about a shipment")
}

/// Digests everything; answers what was in each batch, and the time in the digest itself.
async fn digest_all(app: &App) -> Result<(Vec<Vec<Key>>, Duration)> {
    let (mut batches, mut spent) = (Vec::new(), Duration::ZERO);
    loop {
        let waiting = flow::digest::next_batch(app, flow::digest::BATCH_MAX).await?;
        if waiting.is_empty() {
            return Ok((batches, spent));
        }
        // Each share is a transaction of its own.
        for share in flow::digest::shares(app, waiting).await? {
            batches.push(share.rows.into_iter().map(|r| (r.retailer, r.id)).collect());
        }
        let started = Instant::now();
        flow::digest::run(app).await?;
        spent += started.elapsed();
    }
}

/// What one batch wrote, table by table, in the order in which it did.
type Written = Vec<(&'static Many, Vec<Vec<Value>>)>;

const OF_SHIPMENT: &[(&str, Kind)] = &[("retailer_id", Kind::Text), ("shipment_id", Kind::Text)];
static SHIPMENTS: Many = Many::select(
    "bench::SHIPMENTS",
    "shipment",
    &[("retailer_id", Kind::Text), ("id", Kind::Text)],
    "t.retailer_id, t.id, t.version, t.carrier, t.state, t.milestone, t.attention, t.is_open, t.late, t.may_be_missing, t.at_risk, t.disputed, \
     t.journey, t.facts, t.last_event_at, t.next_check_at, t.woken_at, t.updated_at",
);
static TOKENS: Many =
    Many::select("bench::TOKENS", "shipment", &[("retailer_id", Kind::Text), ("id", Kind::Text)], "t.retailer_id, t.page_token, t.id");
static PAGES: Many = Many::select(
    "bench::PAGES",
    "tracking_page",
    &[("retailer_id", Kind::Text), ("page_token", Kind::Text), ("shipment_id", Kind::Text)],
    "t.retailer_id, t.page_token, t.shipment_id, t.doc, t.timeline",
);
static EVENTS: Many =
    Many::select("bench::EVENTS", "tracking_event", OF_SHIPMENT, "t.retailer_id, t.shipment_id, t.event_key, t.received_at, t.doc");
static CHANGES: Many = Many::select("bench::CHANGES", "shipment_change", OF_SHIPMENT, "t.retailer_id, t.shipment_id, t.id, t.at, t.doc");
static TASKS: Many = Many::select("bench::TASKS", "task", OF_SHIPMENT, "t.retailer_id, t.id, t.run_at, t.kind, t.shipment_id, t.payload");

async fn read_back(app: &App, batches: &[Vec<Key>], inbox: &HashMap<Key, Key>) -> Result<Vec<Written>> {
    let mut all = Vec::with_capacity(batches.len());
    let read = app.db.read().await?;
    for batch in batches {
        let keys: Vec<Vec<Value>> = batch.iter().filter_map(|payload| inbox.get(payload)).map(|(r, s)| row![r, s]).collect();
        let mut written: Written = vec![(&db::inbox::TAKE, batch.iter().map(|(r, id)| row![r, id]).collect())];
        for (select, write) in [
            (&SHIPMENTS, &db::shipments::UPDATE_JOURNEY),
            (&EVENTS, &db::events::PUT),
            (&CHANGES, &db::events::PUT_CHANGES),
            (&TASKS, &db::tasks::PUT),
        ] {
            let mut rows: Vec<Vec<Value>> = read.many(select, keys.clone()).await?.iter().map(|r| values(r, write)).collect();
            if std::ptr::eq(write, &db::shipments::UPDATE_JOURNEY) {
                // The version before this digest counted it up.
                rows.iter_mut().for_each(|r| r[2] = Value::Int(Some(1)));
            }
            if std::ptr::eq(write, &db::events::PUT) {
                // Those that were there before came long ago.
                let newest = rows.iter().map(|row| received_at(row)).max();
                rows.retain(|r| Some(received_at(r)) == newest);
            }
            written.push((write, rows));
        }
        let tokens = read.many(&TOKENS, keys).await?.iter().map(|r| row![r.str(0), r.str(1), r.str(2)]).collect();
        let pages: Vec<Vec<Value>> = read.many(&PAGES, tokens).await?.iter().map(|r| values(r, &db::pages::TELL)).collect();
        written.insert(2, (&db::pages::TELL, pages));
        all.push(written);
    }
    Ok(all)
}

fn received_at(row: &[Value]) -> i64 {
    match row.get(3) {
        Some(Value::Int(Some(at))) => *at,
        _ => 0,
    }
}

fn values(row: &Row, write: &Many) -> Vec<Value> {
    let value = |(i, column): (usize, &(&str, Kind))| match column.1 {
        Kind::Int => Value::Int(row.opt_int(i)),
        Kind::Text => Value::Text(row.opt_text(i)),
        Kind::Bool => Value::Bool(Some(row.bool(i))),
        Kind::Real => Value::Real(row.opt_real(i)),
        Kind::Bytes => Value::Bytes(Some(row.bytes(i).to_vec())),
    };
    write.columns.iter().enumerate().map(value).collect()
}

async fn write_again(app: &App, batches: Vec<Written>) -> Result<Duration> {
    let mut spent = Duration::ZERO;
    for batch in batches {
        let wanted: Vec<usize> = batch.iter().map(|(_, rows)| rows.len()).collect();
        let started = Instant::now();
        let mut tx = app.db.write().await?;
        let mut touched = Vec::with_capacity(wanted.len());
        for (many, rows) in batch {
            touched.push(tx.many(many, rows).await?.1 as usize);
        }
        tx.commit().await?;
        spent += started.elapsed();
        ensure!(touched == wanted, "the rows are written as they were: {touched:?} of {wanted:?}");
    }
    Ok(spent)
}
