//! What is kept of a forecast beside its shipment: the days in which it is expected, the chance that it is late, and what that rests on.

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime},
};
use serde::{Deserialize, Serialize};

use super::{Clock, Forecast};
use crate::estimate::{Estimate, Expecting};

/// The share of arrivals that lie within the days told.
const CONFIDENCE: f64 = 0.8;
/// What was told stands while its last day moved by less than this: a date that changes daily helps nobody.
const MOVED_DAYS: i32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The first and the last day between which eight of ten such parcels arrive …
    pub from: Date,
    pub until: Date,
    /// … and the day by which half of them have.
    pub middle: Date,
    /// The chance of an arrival after the promised day, in hundredths, while that day is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_late: Option<f64>,
    pub clock: Clock,
    /// The day of purchase or hand-over, from which days are counted.
    pub started_on: Date,
    /// How many arrivals taught it.
    pub learnt_from: u32,
}

impl Expected {
    /// Nothing where the forecast says nothing, or only of days that are over.
    pub fn of(forecast: &Forecast, clock: Clock, started: DateTime, today: Date, learnt_from: u32) -> Option<Expected> {
        let (median, (low, high)) = (forecast.median?, forecast.likely?);
        let day = |days: f64| started.date().checked_add((days as i64).days()).ok();
        let (from, until, middle) = (day(low.floor())?.max(today), day(high.ceil())?, day((median + 0.5).floor())?);
        if until < today {
            return None;
        }
        let p_late = forecast.p_late.map(|p| (p * 100.0).round() / 100.0);
        Some(Expected { from, until, middle: middle.clamp(from, until), p_late, clock, started_on: started.date(), learnt_from })
    }

    /// What is told from now on. The days told before stand as long as they hold.
    pub fn after(self, before: Option<&Expected>, today: Date) -> Expected {
        let Some(before) = before.filter(|b| (b.clock, b.started_on) == (self.clock, self.started_on)) else { return self };
        let moved = (self.until - before.until).get_days().abs();
        if before.until < today || moved >= MOVED_DAYS || !(before.from..=before.until).contains(&self.middle) {
            return self;
        }
        Expected { p_late: self.p_late, ..before.clone() }
    }

    pub fn estimate(&self) -> Estimate {
        Estimate {
            start: Some(self.from.to_string()),
            end: Some(self.until.to_string()),
            source: Expecting::Whereabouts,
            confidence: Some(CONFIDENCE),
        }
    }

    /// Why these days, in a sentence.
    pub fn why(&self) -> String {
        let days = |day: Date| (day - self.started_on).get_days();
        let since = match self.clock {
            Clock::Purchase => "the order",
            Clock::HandOver => "the hand-over",
        };
        let (from, until) = (days(self.from), days(self.until));
        let span = if from == until { format!("{from}") } else { format!("{from} to {until}") };
        let plural = if until == 1 { "day" } else { "days" };
        let middle = days(self.middle);
        format!(
            "8 of 10 parcels like it arrive {span} {plural} after {since} of {}, half of them by day {middle}; learnt from {} arrivals",
            self.started_on, self.learnt_from
        )
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn told(low: f64, median: f64, high: f64, today: i8) -> Option<Expected> {
        let forecast = Forecast { median: Some(median), likely: Some((low, high)), wide: Some((low, high)), p_late: Some(0.1234) };
        Expected::of(&forecast, Clock::HandOver, date(2026, 11, 16).at(18, 0, 0, 0), date(2026, 11, today), 420)
    }

    #[test]
    fn days_told_stand_while_they_hold_and_only_the_chance_moves() {
        let first = told(2.0, 3.4, 6.0, 16).unwrap();
        assert_eq!((first.from, first.middle, first.until), (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 22)));
        assert_eq!(first.p_late, Some(0.12));
        let next = Expected { p_late: Some(0.3), ..told(3.0, 4.0, 7.0, 18).unwrap() }.after(Some(&first), date(2026, 11, 18));
        assert_eq!((next.until, next.p_late), (first.until, Some(0.3)));
        let slipped = told(5.0, 6.0, 9.0, 20).unwrap().after(Some(&first), date(2026, 11, 20));
        assert_eq!(slipped.until, date(2026, 11, 25));
    }

    #[test]
    fn nothing_is_told_of_days_that_are_over() {
        assert_eq!(told(2.0, 3.0, 6.0, 23), None);
        assert_eq!(told(2.0, 3.0, 6.0, 20).unwrap().from, date(2026, 11, 20), "never a day that is over");
    }

    #[test]
    fn the_reason_says_from_when_how_many_days_and_learnt_from_what() {
        let why = told(2.0, 3.4, 6.0, 16).unwrap().why();
        let said =
            "8 of 10 parcels like it arrive 2 to 6 days after the hand-over of 2026-11-16, half of them by day 3; learnt from 420 arrivals";
        assert_eq!(why, said);
    }
}
