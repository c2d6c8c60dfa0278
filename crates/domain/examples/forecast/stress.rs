//! The same orders in a network that stalls for ten days, or becomes quicker by a quarter: intervals have to hold here too.

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, date},
};
use whereabouts_domain::forecast::{
    Moment, Tuning, Unit,
    replay::{History, replay},
};

use super::score::{Said, arrivals};

const STALLED_DAYS: i64 = 10;
/// What part of the time that a parcel was stalled it arrives later, by turns: some are fetched up, a quarter is not concerned.
const DELAYED: [f64; 4] = [1.0, 0.9, 0.6, 0.0];
const DAY_SECONDS: f64 = 86_400.0;

fn days_between(from: DateTime, to: DateTime) -> f64 {
    from.duration_until(to).as_secs() as f64 / DAY_SECONDS
}

fn moved(history: &History, days: f64) -> History {
    let days = days.round() as i64;
    let delivered = history.delivered.map(|at| at.checked_add(days.days()).expect("a day nearby"));
    let delivered = delivered.max(history.handed_over.filter(|_| delivered.is_some()));
    History { delivered, whole_days: history.whole_days.map(|whole| (whole + days as i32).max(0)), ..history.clone() }
}

/// For ten days most parcels on the way stand still.
fn stalled(orders: &[History], from: Date) -> Vec<History> {
    let (start, end) = (from.at(0, 0, 0, 0), from.checked_add(STALLED_DAYS.days()).expect("days later").at(0, 0, 0, 0));
    let delay = |(k, history): (usize, &History)| match (history.handed_over, history.delivered) {
        (Some(handed_over), Some(delivered)) if delivered > start && handed_over < end && delivered > handed_over => {
            moved(history, days_between(handed_over.max(start), end) * DELAYED[(k * 7919 / 13) % DELAYED.len()])
        }
        _ => history.clone(),
    };
    orders.iter().enumerate().map(delay).collect()
}

/// What is handed over from a day on travels quicker by a part of its days, at once or little by little.
fn quicker(orders: &[History], by: f64, from: Date, over_days: f64) -> Vec<History> {
    let hurry = |history: &History| match (history.handed_over, history.delivered) {
        (Some(handed_over), Some(delivered)) if delivered > handed_over => {
            let share = (days_between(from.at(0, 0, 0, 0), handed_over) / over_days).clamp(0.0, 1.0);
            moved(history, -by * share * days_between(handed_over, delivered))
        }
        _ => history.clone(),
    };
    orders.iter().map(hurry).collect()
}

/// What happens, the orders in such a network, and the days between which those that are scored were bought.
pub fn scenes(orders: &[History]) -> [(&'static str, Vec<History>, Date, Date); 8] {
    [
        ("stalled for ten days in July", stalled(orders, date(2017, 7, 20)), date(2017, 7, 1), date(2017, 10, 1)),
        ("stalled for ten days in October", stalled(orders, date(2017, 10, 12)), date(2017, 9, 1), date(2017, 12, 1)),
        ("stalled for ten days in January", stalled(orders, date(2018, 1, 18)), date(2018, 1, 1), date(2018, 4, 1)),
        ("a quarter quicker from July on", quicker(orders, 0.25, date(2017, 7, 1), 1.0), date(2017, 6, 1), date(2017, 10, 1)),
        ("a quarter quicker from September on", quicker(orders, 0.25, date(2017, 9, 1), 1.0), date(2017, 8, 1), date(2017, 11, 1)),
        ("a quarter quicker by March", quicker(orders, 0.25, date(2018, 1, 1), 60.0), date(2018, 1, 1), date(2018, 4, 1)),
        (
            "stalled in July, quicker by October",
            quicker(&stalled(orders, date(2017, 7, 20)), 0.25, date(2017, 8, 1), 60.0),
            date(2017, 7, 1),
            date(2017, 11, 1),
        ),
        (
            "two fifths quicker, stalled in March",
            quicker(&stalled(orders, date(2018, 3, 5)), 0.4, date(2018, 1, 15), 50.0),
            date(2018, 1, 1),
            date(2018, 4, 1),
        ),
    ]
}

/// Coverage of the 80 % interval month by month around what happened.
pub fn table(orders: &[History]) {
    println!("under stress, in the 80 % interval");
    for (name, orders, from, until) in scenes(orders) {
        let mut said = Said::default();
        replay(&[], &orders, Unit::Dates, Tuning::default(), |row| said.put(row.order, row.moment, row.forecast));
        for moment in [Moment::Purchase, Moment::HandOver] {
            let result = arrivals(&orders, &said, Unit::Dates, moment, |history| (from..until).contains(&history.purchased.date()));
            println!("  {name:<36} {moment:<9} {:.1} % in {:.2} d: {}", 100.0 * result.covered, result.width, result.months());
        }
    }
}
