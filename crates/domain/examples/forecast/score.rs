//! How good forecasts were. The median is rounded to the nearest day, the low end down, the high end up.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use jiff::{ToSpan as _, civil::DateTime};
use whereabouts_domain::forecast::{Forecast, Moment, Unit, replay::History};

/// Days after hand-over at which lateness is judged.
const LATE_AT: [u8; 6] = [0, 1, 3, 5, 7, 10];
/// Months of fewer orders are not judged alone.
const MONTH_MIN: usize = 300;

#[derive(Default)]
pub struct Said(HashMap<(String, Moment), Forecast>);

impl Said {
    pub fn put(&mut self, order: &str, moment: Moment, forecast: Forecast) {
        self.0.insert((order.to_owned(), moment), forecast);
    }
    pub fn put_chance(&mut self, order: &str, moment: Moment, p_late: f64) {
        self.put(order, moment, Forecast { p_late: Some(p_late), ..Forecast::default() });
    }
    fn of(&self, order: &str, moment: Moment) -> Option<&Forecast> {
        self.0.get(&(order.to_owned(), moment))
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Days from purchase or hand-over to the arrival, and when that was known.
pub fn age(history: &History, unit: Unit, moment: Moment) -> Option<(i32, DateTime)> {
    let start = if moment == Moment::Purchase { history.purchased } else { history.handed_over? };
    match (unit, history.delivered, history.whole_days) {
        (Unit::Dates, Some(at), _) => Some(((at.date() - start.date()).get_days(), at)),
        (Unit::Whole24Hours, _, Some(days)) if moment == Moment::Purchase => {
            Some((days, start.checked_add((i64::from(days) + 1).days()).expect("a day later")))
        }
        _ => None,
    }
}

pub struct Arrivals {
    pub n: usize,
    pub error: f64,
    pub covered: f64,
    pub width: f64,
    covered_90: f64,
    width_90: f64,
    by_month: BTreeMap<String, (usize, usize)>,
}

pub fn arrivals(orders: &[History], said: &Said, unit: Unit, moment: Moment, scored: impl Fn(&History) -> bool) -> Arrivals {
    let mut sums = Arrivals { n: 0, error: 0.0, covered: 0.0, width: 0.0, covered_90: 0.0, width_90: 0.0, by_month: BTreeMap::new() };
    for history in orders.iter().filter(|h| scored(h)) {
        if unit == Unit::Whole24Hours && history.known.origin.is_none() {
            continue;
        }
        let Some((days, _)) = age(history, unit, moment).filter(|(days, _)| *days >= 0) else { continue };
        let Some(forecast) = said.of(&history.order, moment) else { continue };
        let (Some(median), Some(likely), Some(wide)) = (forecast.median, forecast.likely, forecast.wide) else { continue };
        let days = f64::from(days);
        let inside = |(low, high): (f64, f64)| low.floor() <= days && days <= high.ceil();
        sums.n += 1;
        sums.error += ((median + 0.5).floor() - days).abs();
        sums.covered += f64::from(u8::from(inside(likely)));
        sums.covered_90 += f64::from(u8::from(inside(wide)));
        sums.width += likely.1.ceil() - likely.0.floor();
        sums.width_90 += wide.1.ceil() - wide.0.floor();
        let month = sums.by_month.entry(history.purchased.strftime("%Y-%m").to_string()).or_default();
        *month = (month.0 + 1, month.1 + usize::from(inside(likely)));
    }
    let n = sums.n.max(1) as f64;
    for sum in [&mut sums.error, &mut sums.covered, &mut sums.width, &mut sums.covered_90, &mut sums.width_90] {
        *sum /= n;
    }
    sums
}

impl Arrivals {
    pub fn months(&self) -> String {
        let judged = self.by_month.iter().filter(|(_, (n, _))| *n >= MONTH_MIN);
        judged.map(|(month, (n, inside))| format!("{month} {:.0} %", 100.0 * *inside as f64 / *n as f64)).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "n {:6}  error {:.3} d  80 %: {:.1} % in {:.2} d  90 %: {:.1} % in {:.2} d",
            self.n,
            self.error,
            100.0 * self.covered,
            self.width,
            100.0 * self.covered_90,
            self.width_90
        )
    }
}

/// One row per moment: AUC, average precision, Brier, Brier of the base rate.
pub struct Lateness(Vec<[f64; 4]>);

impl Lateness {
    fn mean(&self, k: usize) -> f64 {
        self.0.iter().map(|row| row[k]).sum::<f64>() / self.0.len().max(1) as f64
    }
    pub fn auc(&self) -> f64 {
        self.mean(0)
    }
    pub fn precision(&self) -> f64 {
        self.mean(1)
    }
    pub fn brier(&self) -> f64 {
        self.mean(2)
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for [auc, precision, brier, base] in &self.0 {
            write!(f, "{auc:.3}/{precision:.3}/{brier:.4} ({base:.4})  ")?;
        }
        write!(f, "mean {:.4}/{:.4}/{:.5}", self.auc(), self.precision(), self.brier())
    }
}

/// What was said of each order still open at a moment before its promise, and whether it came late.
fn outcomes(orders: &[History], said: &Said, days: u8, scored: impl Fn(&History) -> bool) -> Vec<(f64, bool)> {
    let moment = if days == 0 { Moment::HandOver } else { Moment::After(days) };
    let judge = |history: &History| {
        let (start, delivered, promised) = (history.handed_over?.date(), history.delivered?.date(), history.known.promised_on?);
        let is_open = days == 0 || (delivered - start).get_days() > i32::from(days);
        let is_ahead = (promised - start).get_days() > i32::from(days);
        let chance = said.of(&history.order, moment)?.p_late?;
        (is_open && is_ahead).then_some((chance, delivered > promised))
    };
    orders.iter().filter(|h| scored(h)).filter_map(judge).collect()
}

pub fn lateness(orders: &[History], said: &Said, scored: impl Fn(&History) -> bool + Copy) -> Lateness {
    let row = |days: &u8| {
        let mut outcomes = outcomes(orders, said, *days, scored);
        outcomes.sort_by(|a, b| b.0.total_cmp(&a.0));
        let n = outcomes.len() as f64;
        let late = outcomes.iter().filter(|o| o.1).count() as f64;
        let (mut seen, mut before, mut ranked, mut precision) = (0.0, 0.0, 0.0, 0.0);
        for tied in outcomes.chunk_by(|a, b| a.0 == b.0) {
            let hits = tied.iter().filter(|o| o.1).count() as f64;
            let misses = tied.len() as f64 - hits;
            ranked += misses * (before + hits / 2.0);
            (seen, before) = (seen + tied.len() as f64, before + hits);
            precision += hits / late.max(1.0) * before / seen;
        }
        let brier = outcomes.iter().map(|(p, late)| (p - f64::from(u8::from(*late))).powi(2)).sum::<f64>() / n.max(1.0);
        let rate = late / n.max(1.0);
        [ranked / (late * (n - late)).max(1.0), precision, brier, rate * (1.0 - rate)]
    };
    Lateness(LATE_AT.iter().map(row).collect())
}

/// The mean chance said and the share seen, by tenth of the chances at hand-over.
pub fn reliability(orders: &[History], said: &Said, scored: impl Fn(&History) -> bool) -> String {
    let mut outcomes = outcomes(orders, said, 0, scored);
    outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tenth = outcomes.len().div_ceil(10).max(1);
    let mean = |tenth: &[(f64, bool)]| {
        let n = tenth.len() as f64;
        let (chances, late) = (tenth.iter().map(|o| o.0).sum::<f64>(), tenth.iter().filter(|o| o.1).count() as f64);
        format!("{:.1}/{:.1}", 100.0 * chances / n, 100.0 * late / n)
    };
    outcomes.chunks(tenth).map(mean).collect::<Vec<_>>().join(" ") + " %"
}
