//! The same orders told in two files: what stood in the first one on the day it ends, and what was bought after it. What the first file's open
//! orders became is told by neither.

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, date},
};
use whereabouts_domain::forecast::{
    Moment, Tuning, Unit,
    replay::{History, replay},
};

use super::score::{Said, arrivals};

/// Orders bought so many months after the cut are scored.
const FOLLOWED: i64 = 4;

/// Orders bought before a day as they stood when it began, and those bought from it on.
pub fn cut(orders: &[History], on: Date) -> (Vec<History>, Vec<History>) {
    let start = on.at(0, 0, 0, 0);
    let before = |at: Option<DateTime>| at.filter(|at| *at < start);
    let (old, new): (Vec<&History>, Vec<&History>) = orders.iter().partition(|history| history.purchased < start);
    let as_it_stood = |history: &History| History {
        handed_over: before(history.handed_over),
        delivered: before(history.delivered),
        whole_days: history.whole_days.filter(|days| {
            let over = history.purchased.checked_add((i64::from(*days) + 1).days()).expect("days later");
            over < start
        }),
        ..history.clone()
    };
    (old.into_iter().map(as_it_stood).collect(), new.into_iter().cloned().collect())
}

/// Coverage of the 80 % interval month by month after a cut, beside that of the same orders in one file.
pub fn table(orders: &[History], whole: &Said) {
    println!("after a warm file that ends there, in the 80 % interval (in one file)");
    for on in [date(2017, 8, 1), date(2017, 10, 1), date(2017, 12, 1), date(2018, 1, 1), date(2018, 2, 1)] {
        let (warm, later) = cut(orders, on);
        let mut said = Said::default();
        replay(&warm, &later, Unit::Dates, Tuning::default(), |row| said.put(row.order, row.moment, row.forecast));
        let until = on.checked_add(FOLLOWED.months()).expect("months later").min(date(2018, 4, 1));
        for moment in [Moment::Purchase, Moment::HandOver] {
            let judge = |said: &Said| arrivals(&later, said, Unit::Dates, moment, |history| history.purchased.date() < until);
            let (after, in_one) = (judge(&said), judge(whole));
            let percent = |share: f64| 100.0 * share;
            println!("  {on} {moment:<9} {:.1} % ({:.1} %): {}", percent(after.covered), percent(in_one.covered), after.months());
        }
    }
}
