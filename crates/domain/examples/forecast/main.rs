//! The forecasts measured beside simpler ones, all in one replay of the same orders: `cargo xtask bench forecast`.
//!
//! `forecast [--orders FILE] [--from YYYY-MM-DD] [--until YYYY-MM-DD] [--lightgbm FILE]`. The scored orders were bought between the two days. LightGBM's chances come
//! from `lightgbm_baseline.py` beside this file, which xtask runs when Python has the package.

#![expect(clippy::disallowed_methods, reason = "a benchmark is measured by the machine's clock")]

mod baseline;
mod cut;
mod score;
mod stress;

use std::{
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
    time::Instant,
};

use jiff::civil::{Date, date};
use whereabouts_domain::forecast::{
    Moment, Tuning, Unit,
    replay::{History, replay},
};

use baseline::Window;
use score::{Said, arrivals, lateness, reliability};

const ORDERS: &str = "datasets/olist_orders_before_2018-05.csv.gz";

fn main() {
    let mut options: HashMap<String, String> = HashMap::new();
    let mut args = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (args.next(), args.next()) {
        options.insert(name, value);
    }
    let day = |name: &str, default: Date| options.get(name).map_or(default, |text| text.parse().expect("a day YYYY-MM-DD"));
    let (from, until) = (day("--from", date(2017, 6, 1)), day("--until", date(2018, 4, 1)));
    let file =
        options.get("--orders").map(PathBuf::from).or_else(|| Some(Path::new(&std::env::var_os("WHEREABOUTS_SHARED")?).join(ORDERS)));
    let Some(file) = file.filter(|file| file.exists()) else {
        println!("no orders to replay: give --orders FILE, or WHEREABOUTS_SHARED, which holds {ORDERS}");
        return;
    };
    let orders = read(&file);
    println!("{} orders, scored if bought from {from} until {until}", orders.len());
    let scored = |history: &History| (from..until).contains(&history.purchased.date());

    for unit in [Unit::Dates, Unit::Whole24Hours] {
        println!(
            "\n== {} ==",
            if unit == Unit::Dates { "days as differences of dates" } else { "whole days of 24 hours, orders with a route" }
        );
        let ours = replayed(&orders, unit);
        let route = baseline::trailing(&orders, unit, Window::Route);
        let promise = baseline::trailing(&orders, unit, Window::Promise);
        let moments = if unit == Unit::Dates { &[Moment::Purchase, Moment::HandOver][..] } else { &[Moment::Purchase][..] };
        for moment in moments {
            let judge = |said: &Said| arrivals(&orders, said, unit, *moment, scored);
            let (mine, by_route, by_promise) = (judge(&ours), judge(&route), judge(&promise));
            println!("{moment}");
            for (name, result) in [("whereabouts", &mine), ("60 days by route", &by_route), ("60 days by promise", &by_promise)] {
                println!("  {name:<20} {result}");
            }
            let best = if by_route.error < by_promise.error { &by_route } else { &by_promise };
            println!(
                "  against the better:  error {:+.1} %, width {:+.1} %   months of 300: {}",
                100.0 * (mine.error / best.error - 1.0),
                100.0 * (mine.width / best.width - 1.0),
                mine.months()
            );
        }
        if unit == Unit::Dates {
            let mut rivals =
                vec![("survival by route", baseline::survival(&orders)), ("60 days by route", route), ("60 days by promise", promise)];
            if let Some(file) = options.get("--lightgbm") {
                rivals.push(("LightGBM", read_chances(Path::new(file))));
            }
            late(&orders, &ours, &rivals, scored);
            cut::table(&orders, &ours);
            stress::table(&orders);
            speed();
        }
    }
}

fn late(orders: &[History], ours: &Said, rivals: &[(&str, Said)], scored: impl Fn(&History) -> bool + Copy) {
    println!("late, at hand-over and 1, 3, 5, 7, 10 days later: AUC / average precision / Brier (base rate's)");
    let judge = |said: &Said| lateness(orders, said, scored);
    let mine = judge(ours);
    println!("  {:<20} {mine}", "whereabouts");
    let others: Vec<_> = rivals.iter().map(|(name, said)| (name, judge(said))).collect();
    others.iter().for_each(|(name, result)| println!("  {name:<20} {result}"));
    let best = |of: fn(&score::Lateness) -> f64| others.iter().map(|(_, r)| of(r)).fold(f64::NEG_INFINITY, f64::max);
    println!(
        "  against the best:    AUC {:+.4}, average precision {:+.4}, Brier {:+.1} %",
        mine.auc() - best(score::Lateness::auc),
        mine.precision() - best(score::Lateness::precision),
        100.0 * (mine.brier() / -best(|r| -r.brier()) - 1.0)
    );
    println!("  reliability by tenth, said/seen: {}", reliability(orders, ours, scored));
}

fn replayed(orders: &[History], unit: Unit) -> Said {
    let started = Instant::now();
    let mut said = Said::default();
    replay(&[], orders, unit, Tuning::default(), |row| said.put(row.order, row.moment, row.forecast));
    println!("replayed in {:.1} s, {} forecasts", started.elapsed().as_secs_f64(), said.len());
    said
}

/// How long one forecast and one parcel-day of learning take.
fn speed() {
    use whereabouts_domain::forecast::{Forecaster, Known};
    let mut forecaster = Forecaster::new(Unit::Dates, Tuning::default());
    let start = date(2026, 3, 2);
    let parcels = 20_000_u64;
    let known = |k: u64| Known {
        promised_on: Some(date(2026, 3, 9 + (k % 12) as i8)),
        origin: Some(format!("region {}", k % 5)),
        destination: Some(format!("region {}", k % 27)),
        place: Some(format!("place {}", k % 900)),
        sender: Some(format!("sender {}", k % 300)),
        freight: Some(10.0 + (k % 40) as f64),
        ..Known::default()
    };
    (0..parcels).for_each(|k| forecaster.purchased(k, start.at(9, 0, 0, 0), known(k), false));
    (0..parcels / 10).for_each(|k| forecaster.delivered(k, start.at(18, 0, 0, 0)));
    forecaster.close_day(start);
    let day = start.tomorrow().expect("a day later");
    let started = Instant::now();
    forecaster.close_day(day);
    let taught = started.elapsed().as_secs_f64() * 1e6 / (parcels - parcels / 10) as f64;
    let started = Instant::now();
    let mut sum = 0.0;
    for k in parcels / 10..parcels {
        sum += forecaster.forecast(k, Moment::Purchase, day.at(9, 0, 0, 0)).median.unwrap_or(0.0);
    }
    let forecast = started.elapsed().as_secs_f64() * 1e6 / (parcels - parcels / 10) as f64;
    println!(
        "one parcel-day of learning {taught:.2} µs (bar 5), one forecast {forecast:.2} µs (bar 10); mean median {:.2}",
        sum / parcels as f64
    );
}

fn read(path: &Path) -> Vec<History> {
    let raw = std::fs::read(path).expect("the orders can be read");
    let mut text = Vec::new();
    match raw.starts_with(&[0x1f, 0x8b]) {
        true => drop(flate2::read::MultiGzDecoder::new(&raw[..]).read_to_end(&mut text).expect("gzip")),
        false => text = raw,
    }
    let mut table = csv::Reader::from_reader(&text[..]);
    let columns: HashMap<String, usize> =
        table.headers().expect("a header").iter().enumerate().map(|(k, name)| (name.to_owned(), k)).collect();
    let cells = |record: csv::StringRecord| {
        History::read(|name| columns.get(name).and_then(|k| record.get(*k))).expect("an order that can be read")
    };
    table.records().map(|record| cells(record.expect("a row"))).collect()
}

/// `order_id,moment,p_late`, as the script beside this file writes it.
fn read_chances(path: &Path) -> Said {
    let mut said = Said::default();
    for record in csv::Reader::from_path(path).expect("LightGBM's chances can be read").records() {
        let record = record.expect("a row");
        let moment = match record[1].strip_prefix("handover+") {
            Some(days) => Moment::After(days.parse().expect("days")),
            None => Moment::HandOver,
        };
        said.put_chance(&record[0], moment, record[2].parse().expect("a chance"));
    }
    said
}
