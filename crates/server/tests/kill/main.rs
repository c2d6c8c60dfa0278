//! A server that is killed again and again loses no scan that it has acknowledged, keeps none twice, and tells no shopper twice; and it asks
//! carriers for every parcel, with each call counted.
//! Twenty kills by default; `WHEREABOUTS_KILLS` sets more (`cargo xtask storm kills`). With `WHEREABOUTS_TEST_DATABASE` also on PostgreSQL.

#![expect(clippy::disallowed_methods, reason = "a test of a real process is paced by the machine's clock")]

mod asking;
mod house;
#[path = "../mock/mod.rs"]
mod mock;
mod scans;

use house::OwnDatabase;

fn kills() -> usize {
    const SLICE: usize = 20;
    std::env::var("WHEREABOUTS_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(SLICE)
}

fn on_sqlite(storm: impl Fn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    storm(&format!("sqlite:{}", folder.path().join("killed.db").display()));
}

fn on_postgres(storm: impl Fn(&str)) {
    let Some(postgres) = std::env::var("WHEREABOUTS_TEST_DATABASE").ok().filter(|url| url.starts_with("postgres")) else {
        eprintln!("skipped: WHEREABOUTS_TEST_DATABASE is not set");
        return;
    };
    let own = OwnDatabase::create(&postgres);
    storm(&own.url);
}

#[test]
fn a_killed_server_loses_no_acknowledged_scan_and_tells_no_shopper_twice() {
    on_sqlite(|database| scans::storm(database, kills()));
}

#[test]
fn a_killed_server_loses_no_acknowledged_scan_and_tells_no_shopper_twice_on_postgres() {
    on_postgres(|database| scans::storm(database, kills()));
}

#[test]
fn a_server_that_is_killed_while_it_asks_leaves_no_parcel_unasked_and_no_call_uncounted() {
    on_sqlite(|database| asking::storm(database, kills().min(asking::KILLS_MAX)));
}

#[test]
fn a_server_that_is_killed_while_it_asks_leaves_no_parcel_unasked_and_no_call_uncounted_on_postgres() {
    on_postgres(|database| asking::storm(database, kills().min(asking::KILLS_MAX)));
}
