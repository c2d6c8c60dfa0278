//! Forecasts: nothing from the future, intervals that nest, and no bad input that makes them infinite, disordered or dishonest.

mod dice;
mod quickening;
mod stall;

use std::collections::BTreeMap;

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, date},
};
use whereabouts_domain::forecast::{
    Forecast, Known, Moment, Tuning, Unit,
    replay::{History, Row, learn, replay},
};

use self::dice::Dice;

fn first_day() -> Date {
    date(2026, 3, 2)
}

/// A network of four regions: two to nine days on the way, longer for longer lanes; a few parcels never come.
fn world(seed: u64, days: i64, a_day: i64, with_route: bool) -> Vec<History> {
    let mut dice = Dice(seed);
    let mut orders = Vec::new();
    for day in 0..days {
        for n in 0..a_day {
            let purchased = first_day().checked_add(day.days()).unwrap().at(dice.below(24) as i8, dice.below(60) as i8, 0, 0);
            let (from, to) = (dice.below(2), dice.below(4));
            let waited = dice.below(3);
            let travelled = 1 + (from - to).abs() + dice.below(4);
            let after = |days: i64| purchased.checked_add(days.days()).unwrap();
            let handed_over = after(waited).date().at(18, 0, 0, 0).max(purchased);
            let arrives = dice.below(60) > 0;
            orders.push(History {
                order: format!("order-{day}-{n}"),
                purchased,
                handed_over: Some(handed_over),
                delivered: arrives.then(|| after(waited + travelled).date().at(20, 0, 0, 0)),
                whole_days: None,
                is_cut_off: false,
                known: Known {
                    promised_on: Some(after(3 + (from - to).abs() + dice.below(4)).date()),
                    origin: with_route.then(|| format!("region {from}")),
                    destination: with_route.then(|| format!("region {to}")),
                    ..Known::default()
                },
            });
        }
    }
    orders
}

/// The model learns as always, but solves its equations rarely: tests are not optimised.
fn unhurried() -> Tuning {
    Tuning { solve_every: 12, ..Tuning::default() }
}

fn rows(warm: &[History], orders: &[History], unit: Unit) -> Vec<(String, Moment, DateTime, Forecast)> {
    let mut rows = Vec::new();
    replay(warm, orders, unit, unhurried(), |row| rows.push((row.order.to_owned(), row.moment, row.at, row.forecast)));
    rows
}

fn is_sound(forecast: &Forecast) -> bool {
    let ordered = match (forecast.median, forecast.likely, forecast.wide) {
        (None, None, None) => forecast.p_late.is_none(),
        (Some(median), Some((low, high)), Some((lowest, highest))) => {
            0.0 <= lowest && lowest <= low && low <= median && median <= high && high <= highest && highest < 400.0
        }
        _ => false,
    };
    ordered && forecast.p_late.is_none_or(|p| (0.0..=1.0).contains(&p))
}

/// What a file told that ends in the evening of a day.
fn told_until(orders: &[History], day: Date) -> Vec<History> {
    let until = |at: Option<DateTime>| at.filter(|at| at.date() <= day);
    orders
        .iter()
        .filter(|o| o.purchased.date() <= day)
        .map(|o| History { handed_over: until(o.handed_over), delivered: until(o.delivered), ..o.clone() })
        .collect()
}

#[test]
fn nothing_that_happens_later_changes_a_forecast() {
    for (seed, unit, with_route) in [(1, Unit::Dates, false), (2, Unit::Whole24Hours, false), (3, Unit::Dates, true)] {
        let orders = world(seed, 40, 4, with_route);
        let whole = rows(&[], &orders, unit);
        for cut in [12, 30] {
            let day = first_day().checked_add(i64::from(cut).days()).unwrap();
            let before = |rows: &[(String, Moment, DateTime, Forecast)]| {
                rows.iter().filter(|(_, _, at, _)| at.date() <= day).cloned().collect::<Vec<_>>()
            };
            let cut_off = before(&rows(&[], &told_until(&orders, day), unit));
            assert!(cut_off.len() > 40);
            assert!(before(&whole) == cut_off, "seed {seed}, cut {cut}");
        }
        // A future that is told otherwise, not only left out.
        let day = first_day().checked_add(20.days()).unwrap();
        let otherwise: Vec<History> = orders
            .iter()
            .map(|o| {
                let delivered = o.delivered.map(|at| if at.date() > day { at.checked_add(5.days()).unwrap() } else { at });
                History { delivered, ..o.clone() }
            })
            .collect();
        let until = |rows: Vec<(String, Moment, DateTime, Forecast)>| rows.into_iter().filter(|r| r.2.date() <= day).collect::<Vec<_>>();
        assert!(until(whole) == until(rows(&[], &otherwise, unit)), "seed {seed}");
    }
}

#[test]
fn forecasts_are_sound_and_better_than_the_promise() {
    let orders = world(5, 50, 6, true);
    let by_order: BTreeMap<&str, &History> = orders.iter().map(|o| (o.order.as_str(), o)).collect();
    let (mut error, mut of_promise, mut covered, mut n) = (0.0, 0.0, 0, 0);
    for (order, moment, at, forecast) in rows(&[], &orders, Unit::Dates) {
        assert!(is_sound(&forecast), "{order} {moment}: {forecast:?}");
        let history = by_order[order.as_str()];
        let Some(delivered) =
            history.delivered.filter(|_| moment == Moment::HandOver && at.date() > first_day().checked_add(25.days()).unwrap())
        else {
            continue;
        };
        let days = |to: Date| f64::from((to - at.date()).get_days());
        let actual = days(delivered.date());
        error += (forecast.median.unwrap().round() - actual).abs();
        of_promise += (days(history.known.promised_on.unwrap()) - actual).abs();
        let (low, high) = forecast.likely.unwrap();
        covered += i32::from(low <= actual && actual <= high);
        n += 1;
    }
    assert!(n > 80);
    assert!(error < 0.8 * of_promise, "{error} days of error, the promise has {of_promise}");
    assert!(covered * 100 > n * 70, "{covered} of {n} lay in the interval of 80 %");
}

#[test]
fn without_any_history_nothing_is_claimed() {
    let orders = world(6, 1, 3, true);
    let told: Vec<_> = rows(&[], &orders, Unit::Dates).into_iter().filter(|r| r.1 == Moment::Purchase).collect();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|r| r.3 == Forecast::default()));
}

#[test]
fn warm_history_is_learnt_from_but_not_forecast() {
    let orders = world(7, 30, 4, false);
    let (warm, scored) = orders.split_at(100);
    let with = rows(warm, scored, Unit::Dates);
    assert!(with.iter().all(|r| scored.iter().any(|o| o.order == r.0)));
    assert!(with.iter().all(|r| r.3.median.is_some()));
    // An order in both files is the scored one's.
    assert!(rows(&orders, scored, Unit::Dates) == with);
}

/// A quarter of the parcels need two weeks more, so many of those on their way on any day are slow ones.
fn with_stragglers(mut orders: Vec<History>) -> Vec<History> {
    for order in orders.iter_mut().step_by(4) {
        order.delivered = order.delivered.map(|at| at.checked_add(14.days()).unwrap());
    }
    orders
}

#[test]
fn what_was_on_its_way_when_the_warm_file_ended_makes_no_later_forecast_too_sure() {
    let orders = with_stragglers(world(11, 100, 5, false));
    let on = |days: i64| first_day().checked_add(days.days()).unwrap();
    let (cut, later) = (on(50), orders.iter().position(|o| o.purchased.date() > on(50)).unwrap());
    let warm = told_until(&orders, cut);
    let reach = |warm: &[History], orders: &[History]| {
        let rows = rows(warm, orders, Unit::Dates);
        let told = rows.iter().filter(|r| r.1 == Moment::Purchase && (on(70)..on(100)).contains(&r.2.date()));
        let ends: Vec<f64> = told.filter_map(|r| Some(r.3.likely?.1)).collect();
        assert_eq!(ends.len(), 150);
        ends.iter().sum::<f64>() / 150.0
    };
    let (whole, in_two) = (reach(&[], &orders), reach(&warm, &orders[later..]));
    assert!(whole > 14.0 && (in_two / whole - 1.0).abs() < 0.05, "last days told: {in_two:.2} after a cut, else {whole:.2}");

    // The same in one file that tells which orders it followed no further.
    let cut_off = |order: &History| History { is_cut_off: order.delivered.is_none(), ..order.clone() };
    let one_file: Vec<History> = warm.iter().map(cut_off).chain(orders[later..].iter().cloned()).collect();
    let in_one = reach(&[], &one_file);
    assert!((in_one / in_two - 1.0).abs() < 0.01, "last days told: {in_one:.2} in one file, {in_two:.2} in two");
}

#[test]
fn an_order_that_a_warm_file_leaves_open_and_the_other_tells_whole_is_one_order() {
    let orders = world(12, 30, 4, true);
    let warm = told_until(&orders, first_day().checked_add(20.days()).unwrap());
    assert!(warm.iter().any(|o| o.delivered.is_none()));
    assert!(rows(&warm, &orders, Unit::Dates) == rows(&[], &orders, Unit::Dates));
}

#[test]
fn after_a_file_ends_silence_speaks_of_nobody() {
    let orders = world(13, 70, 15, false);
    let end = first_day().checked_add(60.days()).unwrap();
    let told = told_until(&orders, end);
    // By when parcels handed over at the end are expected, told of the same ones on the same evenings, if they are still on their way.
    let evening = |days: i64| end.checked_add(days.days()).unwrap();
    let lasts = |orders: &[History]| -> BTreeMap<(String, Moment), f64> {
        let rows = rows(&[], orders, Unit::Dates);
        let later = rows.into_iter().filter(|r| matches!(r.1, Moment::After(1..=3)) && (evening(2)..evening(4)).contains(&r.2.date()));
        later.filter_map(|(order, moment, _, forecast)| Some(((order, moment), forecast.likely?.1))).collect()
    };
    let (whole, ended) = (lasts(&orders), lasts(&told));
    let shared: Vec<(f64, f64)> = whole.iter().filter_map(|(key, day)| Some((*day, *ended.get(key)?))).collect();
    assert!(shared.len() > 10, "{}", shared.len());
    let mean = |of: fn(&(f64, f64)) -> f64| shared.iter().map(of).sum::<f64>() / shared.len() as f64;
    let (with, without) = (mean(|days| days.0), mean(|days| days.1));
    assert!((without / with - 1.0).abs() < 0.03, "last day {without:.2} when nothing more is told, {with:.2} when it is");
}

#[test]
fn a_parcel_that_stays_silent_becomes_likelier_to_be_late_until_the_promise_is_broken() {
    let mut orders = world(8, 40, 4, false);
    let purchased = first_day().checked_add(30.days()).unwrap().at(9, 0, 0, 0);
    let after = |days: i64| purchased.checked_add(days.days()).unwrap();
    orders.push(History {
        order: "silent".into(),
        purchased,
        handed_over: Some(after(1)),
        delivered: None,
        whole_days: None,
        is_cut_off: false,
        known: Known { promised_on: Some(after(9).date()), ..Known::default() },
    });
    let told: Vec<_> = rows(&[], &orders, Unit::Dates).into_iter().filter(|r| r.0 == "silent" && r.1 != Moment::Purchase).collect();
    assert_eq!(told.len(), 15, "at hand-over and on fourteen days");
    let chances: Vec<f64> = told.iter().filter_map(|r| r.3.p_late).collect();
    assert_eq!(chances.len(), 8, "while the promise lies ahead");
    assert!(chances.windows(2).all(|two| two[0] <= two[1] + 0.1), "{chances:?}");
    assert!(chances[0] < 0.4 && chances[7] > 0.6, "{chances:?}");
}

#[test]
fn bad_input_leaves_forecasts_finite_ordered_and_honest() {
    let mut orders = world(9, 30, 4, true);
    let at = |year, month, day| date(year, month, day).at(10, 0, 0, 0);
    let odd = |name: &str, purchased, handed_over, delivered, promised_on| History {
        order: name.into(),
        purchased,
        handed_over,
        delivered,
        whole_days: None,
        is_cut_off: false,
        known: Known { promised_on, destination: Some(name.into()), ..Known::default() },
    };
    let (bought, promised) = (at(2026, 3, 20), Some(date(2026, 3, 28)));
    orders.extend([
        odd("handed over before it was bought", bought, Some(at(2026, 3, 10)), Some(at(2026, 3, 24)), promised),
        odd("delivered before it was handed over", bought, Some(at(2026, 3, 25)), Some(at(2026, 3, 22)), promised),
        odd("delivered before it was bought", bought, Some(at(2026, 3, 21)), Some(at(2026, 3, 1)), promised),
        odd("bought in 1900", at(1900, 1, 1), Some(at(2026, 3, 21)), Some(at(2026, 3, 22)), promised),
        odd("handed over in 1900", bought, Some(at(1900, 1, 1)), Some(at(2026, 3, 22)), promised),
        odd("delivered in 2300", bought, Some(at(2026, 3, 21)), Some(at(2300, 1, 1)), promised),
        odd("bought in 2300", at(2300, 1, 1), Some(at(2300, 1, 2)), None, promised),
        odd("promised for 400 days", bought, Some(at(2026, 3, 21)), None, Some(date(2027, 4, 24))),
        odd("promised for 1900", bought, Some(at(2026, 3, 21)), None, Some(date(1900, 1, 1))),
        odd("a lane seen once, and no promise", bought, None, Some(at(2026, 3, 29)), None),
    ]);
    // A carrier that goes silent for a week and then delivers everything on one day.
    for order in &mut orders {
        order.delivered = order.delivered.map(|at| if (16..=24).contains(&at.day()) { date(2026, 3, 24).at(12, 0, 0, 0) } else { at });
    }
    for unit in [Unit::Dates, Unit::Whole24Hours] {
        let told = rows(&[], &orders, unit);
        assert!(told.iter().all(|r| is_sound(&r.3)), "{:?}", told.iter().find(|r| !is_sound(&r.3)));
        for order in &orders {
            let of = |moment| told.iter().filter(|r| r.0 == order.order && r.1 == moment).count();
            assert_eq!((of(Moment::Purchase), of(Moment::HandOver)), (1, usize::from(order.handed_over.is_some())), "{}", order.order);
        }
        let late = |name: &str| told.iter().find(|r| r.0 == name && r.1 == Moment::HandOver).unwrap().3.p_late.unwrap();
        assert_eq!(late("promised for 1900"), 1.0);
        assert!(late("promised for 400 days") < 0.3);
    }
}

#[test]
fn what_is_foreseen_of_a_parcel_is_what_a_replay_says_of_it() {
    let orders = world(10, 40, 4, true);
    let day = first_day().checked_add(35.days()).unwrap();
    let learnt = learn(&orders, Unit::Dates, unhurried(), day.yesterday().unwrap());
    let by_order: BTreeMap<&str, &History> = orders.iter().map(|o| (o.order.as_str(), o)).collect();
    let told: Vec<_> = rows(&[], &orders, Unit::Dates).into_iter().filter(|r| r.2.date() == day).collect();
    let mut compared = 0;
    for (order, moment, at, forecast) in told.into_iter().filter(|r| matches!(r.1, Moment::Purchase | Moment::HandOver)) {
        let history = by_order[order.as_str()];
        let handed_over = history.handed_over.filter(|_| moment == Moment::HandOver);
        assert_eq!(learnt.foresee(&history.known, history.purchased, handed_over, at), forecast, "{order} {moment}");
        compared += 1;
    }
    assert!(compared > 5);
    let arrived = orders.iter().filter(|o| o.delivered.is_some_and(|at| at.date() < day)).count();
    assert_eq!(learnt.arrivals() as usize, arrived, "each arrival teaches once");
    // A silent week later it is still expected, on a day to come, and nothing is claimed of one that is silent for months.
    let history = &orders[0];
    let after = |days: i64| history.purchased.checked_add(days.days()).unwrap();
    let silent = learnt.foresee(&history.known, history.purchased, history.handed_over, after(9));
    assert!(is_sound(&silent) && silent.likely.unwrap().1 > 6.0, "{silent:?}");
    assert_eq!(learnt.foresee(&history.known, history.purchased, history.handed_over, after(300)), Forecast::default());
}

#[test]
fn a_row_of_a_file_is_read_and_what_is_wrong_with_it_is_named() {
    let row = |cells: &'static [(&str, &str)]| History::read(move |name| cells.iter().find(|c| c.0 == name).map(|c| c.1));
    let read = row(&[("order_id", "a1"), ("purchase_ts", "2026-03-02 09:30:00"), ("estimated_date", "2026-03-09"), ("days_floor", "4.0")])
        .unwrap();
    assert_eq!(read.purchased, date(2026, 3, 2).at(9, 30, 0, 0));
    assert_eq!(read.known.promised_on, Some(date(2026, 3, 9)));
    assert_eq!((read.whole_days, read.is_cut_off), (Some(4), false));
    let censored = |delivered| {
        let cells = [("order_id", "a1"), ("purchase_ts", "2026-03-02 09:30:00"), ("censored", "1"), ("delivered_ts", delivered)];
        History::read(|name| cells.iter().find(|c| c.0 == name).map(|c| c.1)).unwrap().is_cut_off
    };
    assert!(censored("") && !censored("2026-03-04 10:00:00"), "what is told after all was not cut off");
    assert_eq!(row(&[("order_id", "a1")]).unwrap_err(), "purchase_ts is empty");
    assert_eq!(
        row(&[("order_id", "a1"), ("purchase_ts", "yesterday")]).unwrap_err(),
        "purchase_ts is `yesterday`, not a date or a time YYYY-MM-DD HH:MM:SS"
    );
    assert_eq!(Row::HEADER.split(',').count(), 9);
}

#[test]
fn what_is_remembered_of_a_retailer_stays_bounded_however_many_places_it_sends_to() {
    let mut orders = world(5, 30, 100, true);
    for (k, order) in orders.iter_mut().enumerate() {
        order.known.place = Some(format!("place {k}"));
        order.known.sender = Some(format!("sender {}", k / 2));
    }
    let learnt = learn(&orders, Unit::Dates, unhurried(), date(2026, 4, 20));
    assert!(learnt.effects() <= 6 * 1_500, "{}", learnt.effects());
    let known = orders[0].known.clone();
    let told = learnt.foresee(&known, orders[0].purchased, None, orders[0].purchased);
    assert!(told.median.is_some_and(f64::is_finite));
}
