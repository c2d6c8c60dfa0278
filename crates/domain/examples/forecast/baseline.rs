//! What a few lines can do: quantiles of what was delivered in the last sixty days, and survival by route.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::{Date, DateTime};
use whereabouts_domain::forecast::{FOLLOWED_DAYS, Forecast, Moment, Unit, replay::History};

use super::score::{Said, age};

const WINDOW_DAYS: i32 = 60;
/// So many arrivals everywhere count as much as those of the group.
const SHRINK: f64 = 15.0;

/// What parcels are grouped by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Window {
    Route,
    /// The days promised, in steps of four.
    Promise,
}

fn group(history: &History, by: Window, start: Date) -> Option<String> {
    match by {
        Window::Route => Some(format!("{}>{}", history.known.origin.as_deref()?, history.known.destination.as_deref()?)),
        Window::Promise => Some(((history.known.promised_on? - start).get_days().div_euclid(4)).clamp(0, 12).to_string()),
    }
}

/// Arrivals in order of their length.
#[derive(Default)]
struct Sorted(Vec<i32>);

impl Sorted {
    fn put(&mut self, days: i32) {
        self.0.insert(self.0.partition_point(|d| *d <= days), days);
    }
    fn take(&mut self, days: i32) {
        self.0.remove(self.0.partition_point(|d| *d < days));
    }
    fn quantile(&self, share: f64) -> f64 {
        let place = (self.0.len() - 1) as f64 * share;
        let low = place as usize;
        let high = (low + 1).min(self.0.len() - 1);
        f64::from(self.0[low]) + f64::from(self.0[high] - self.0[low]) * (place - low as f64)
    }
    /// Those that took longer than so many days.
    fn longer(&self, days: i32) -> f64 {
        (self.0.len() - self.0.partition_point(|d| *d <= days)) as f64
    }
}

/// Chance of taking longer than `deadline`, having taken longer than `lived`.
fn chance(all: &Sorted, own: Option<&Sorted>, lived: i32, deadline: i32) -> f64 {
    let everywhere = (all.longer(deadline.max(lived)) + 0.5) / (all.longer(lived) + 1.0);
    let (late, open) = own.map_or((0.0, 0.0), |own| (own.longer(deadline.max(lived)), own.longer(lived)));
    (late + SHRINK * everywhere) / (open + SHRINK)
}

fn days_between(from: DateTime, to: DateTime) -> i32 {
    (to.date() - from.date()).get_days()
}

pub fn trailing(orders: &[History], unit: Unit, by: Window) -> Said {
    learnt(orders, unit, by, Some(WINDOW_DAYS))
}

/// All that was ever delivered counts, however long ago.
pub fn survival(orders: &[History]) -> Said {
    learnt(orders, Unit::Dates, Window::Route, None)
}

fn learnt(orders: &[History], unit: Unit, by: Window, days_kept: Option<i32>) -> Said {
    let mut said = Said::default();
    for moment in [Moment::Purchase, Moment::HandOver] {
        let start_of = |h: &History| if moment == Moment::Purchase { Some(h.purchased) } else { h.handed_over };
        // Time, what happens (0 an arrival, 1 a forecast), order, days after hand-over.
        let mut events: Vec<(DateTime, u8, usize, u8)> = Vec::new();
        for (k, history) in orders.iter().enumerate() {
            let Some(start) = start_of(history) else { continue };
            events.push((start, 1, k, 0));
            let arrived = age(history, unit, moment);
            if let Some((_, told)) = arrived.filter(|(days, _)| *days >= 0) {
                events.push((told, 0, k, 0));
            }
            for days in (1..=FOLLOWED_DAYS).filter(|_| moment == Moment::HandOver) {
                let day = start.date().checked_add(jiff::Span::new().days(i64::from(days))).expect("a day later");
                if arrived.is_none_or(|(age, _)| age > i32::from(days)) {
                    events.push((day.at(23, 59, 59, 0), 1, k, days));
                }
            }
        }
        events.sort_unstable();
        let mut all = Sorted::default();
        let mut groups: BTreeMap<String, Sorted> = BTreeMap::new();
        let mut kept: VecDeque<(DateTime, i32, Option<String>)> = VecDeque::new();
        for (at, what, k, days) in events {
            let history = &orders[k];
            let start = start_of(history).expect("it started");
            let own = group(history, by, start.date());
            while days_kept.is_some_and(|days_kept| kept.front().is_some_and(|(then, _, _)| days_between(*then, at) >= days_kept)) {
                let Some((_, days, own)) = kept.pop_front() else { break };
                all.take(days);
                own.and_then(|own| groups.get_mut(&own)).into_iter().for_each(|group| group.take(days));
            }
            if what == 0 {
                let (days, _) = age(history, unit, moment).expect("it arrived");
                all.put(days);
                if let Some(own) = &own {
                    groups.entry(own.clone()).or_default().put(days);
                }
                kept.push_back((at, days, own));
                continue;
            }
            if all.0.len() < 5 {
                continue;
            }
            let group = own.and_then(|own| groups.get(&own)).filter(|group| !group.0.is_empty());
            let weight = group.map_or(0.0, |group| group.0.len() as f64 / (group.0.len() as f64 + SHRINK));
            let quantile = |share: f64| weight * group.map_or(0.0, |group| group.quantile(share)) + (1.0 - weight) * all.quantile(share);
            let deadline = history.known.promised_on.map(|day| (day - start.date()).get_days());
            let lived = if days == 0 { -1 } else { i32::from(days) };
            let forecast = Forecast {
                median: Some(quantile(0.5)),
                likely: Some((quantile(0.1), quantile(0.9))),
                wide: Some((quantile(0.05), quantile(0.95))),
                p_late: deadline.filter(|d| *d > lived).map(|deadline| chance(&all, group, lived, deadline)),
            };
            said.put(&history.order, if days == 0 { moment } else { Moment::After(days) }, forecast);
        }
    }
    said
}
