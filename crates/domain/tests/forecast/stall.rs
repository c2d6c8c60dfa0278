//! A network that stands still for ten days and then becomes ever quicker: medians must neither follow the standstill nor miss what comes after it.
//! What a few lines can do, the median of what was delivered in the last sixty days, is hardly moved by ten bad days; it has to be beaten here too.

use std::collections::BTreeMap;

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, date},
};
use whereabouts_domain::forecast::{
    Known, Moment, Tuning, Unit,
    replay::{History, replay},
};

use crate::dice::Dice;

const DAYS: i64 = 230;
const A_DAY: i64 = 16;
const STANDS_FROM: i64 = 130;
const STANDS_FOR: i64 = 10;
const WINDOW: i64 = 60;

fn first_day() -> Date {
    date(2025, 9, 1)
}

/// What a day moves a parcel on by. One in four is not concerned by the standstill.
fn speed(day: i64, is_concerned: bool) -> f64 {
    let since = day - STANDS_FROM;
    if is_concerned && (0..STANDS_FOR).contains(&since) {
        return 0.15;
    }
    1.0 + 0.4 * ((since - STANDS_FOR) as f64 / 60.0).clamp(0.0, 1.0)
}

struct Parcel {
    bought: i64,
    handed_over: i64,
    arrived: i64,
}

fn world(seed: u64) -> Vec<Parcel> {
    let mut dice = Dice(seed);
    let mut parcels = Vec::new();
    for bought in (0..DAYS).flat_map(|day| (0..A_DAY).map(move |_| day)) {
        let handed_over = bought + (dice.roll() * 3.0) as i64;
        let is_concerned = dice.roll() > 0.25;
        let bell = (0..4).map(|_| dice.roll() - 0.5).sum::<f64>();
        let mut left = 10.0 * (0.8 * bell).exp();
        let mut arrived = handed_over;
        while left > 0.0 {
            arrived += 1;
            left -= speed(arrived, is_concerned);
        }
        parcels.push(Parcel { bought, handed_over, arrived });
    }
    parcels
}

fn history(k: usize, parcel: &Parcel) -> History {
    let at = |day: i64, hour: i8| -> DateTime { first_day().checked_add(day.days()).unwrap().at(hour, 0, 0, 0) };
    History {
        order: k.to_string(),
        purchased: at(parcel.bought, 9),
        handed_over: Some(at(parcel.handed_over, 18)),
        delivered: Some(at(parcel.arrived, 20)),
        whole_days: None,
        is_cut_off: false,
        known: Known { promised_on: Some(at(parcel.bought + 22, 0).date()), ..Known::default() },
    }
}

/// The median of what was delivered in the sixty days before a day.
fn of_the_window(parcels: &[Parcel], today: i64, start: impl Fn(&Parcel) -> i64) -> f64 {
    let of_late = parcels.iter().filter(|parcel| (today - WINDOW..today).contains(&parcel.arrived));
    let mut days: Vec<i64> = of_late.map(|parcel| parcel.arrived - start(parcel)).collect();
    days.sort_unstable();
    days[days.len() / 2] as f64
}

#[test]
fn a_standstill_moves_medians_no_further_than_it_lasts_and_what_is_quicker_after_it_is_followed() {
    // By moment: the days by which the forecasts erred, and those by which the window did.
    let mut errors: BTreeMap<Moment, (f64, f64)> = BTreeMap::new();
    for seed in [1, 2, 3] {
        let parcels = world(seed);
        let orders: Vec<History> = parcels.iter().enumerate().map(|(k, parcel)| history(k, parcel)).collect();
        // The model learns as always, but solves its equations rarely: tests are not optimised.
        let tuning = Tuning { solve_every: 12, ..Tuning::default() };
        replay(&[], &orders, Unit::Dates, tuning, |row| {
            let parcel = &parcels[row.order.parse::<usize>().unwrap()];
            if matches!(row.moment, Moment::After(_)) || !(STANDS_FROM..DAYS).contains(&parcel.bought) {
                return;
            }
            let start = |parcel: &Parcel| if row.moment == Moment::Purchase { parcel.bought } else { parcel.handed_over };
            let took = (parcel.arrived - start(parcel)) as f64;
            let error = errors.entry(row.moment).or_default();
            error.0 += (row.forecast.median.unwrap().round() - took).abs();
            error.1 += (of_the_window(&parcels, start(parcel), start) - took).abs();
        });
    }
    for (moment, (ours, window)) in errors {
        assert!(ours < 0.96 * window, "{moment}: the error is {:.3} of the window's", ours / window);
    }
}
