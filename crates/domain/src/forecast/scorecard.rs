//! How good forecasts were: what was said of parcels against what became of them. Shares stand beside the number of parcels that they rest on, and
//! nothing stands where there are none.

use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday},
};
use serde::{Deserialize, Serialize};

use super::said::{Said, Saying};
use crate::promise::Edge;

/// What became of a parcel, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    pub said: Option<&'a Said>,
    /// In the recipient's zone.
    pub arrived_on: Option<Date>,
    /// It never will: the carrier says so, or nobody has heard of it for long.
    pub is_lost: bool,
    /// Whether it was late; nothing without a promise, or while that is open.
    pub late: Option<bool>,
    /// When the promise ended.
    pub due_at: Option<Timestamp>,
    /// The carrier's own last estimate: from (if told) and until.
    pub carriers: Option<(Option<Date>, Date)>,
}

/// Days of a carrier's own estimate.
pub fn days_of(window: &crate::Window, zone: &jiff::tz::TimeZone) -> Option<(Option<Date>, Date)> {
    let day = |text: &str| match Edge::parse(text, zone)? {
        Edge::Day(day) => Some(day),
        Edge::At(at) => Some(zone.to_datetime(at).date()),
    };
    let end = window.end.as_deref().or(window.start.as_deref())?;
    Some((window.start.as_deref().and_then(day), day(end)?))
}

/// A share of so many parcels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub of: u32,
    pub share: Option<f64>,
}

impl Share {
    pub fn new(part: u32, of: u32) -> Share {
        Share { of, share: (of > 0).then(|| rounded(f64::from(part) / f64::from(of))) }
    }
}

/// Forecasts of days against arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Days {
    pub parcels: u32,
    /// The share that arrived within the days told.
    pub coverage: Option<f64>,
    /// Mean absolute distance of the arrival from the middle day told.
    pub error_days: Option<f64>,
    /// Mean number of days told.
    pub width_days: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AtRisk {
    /// Of those said to be at risk so many were late …
    pub precision: Share,
    /// … and of those that were late so many had been said to be at risk.
    pub recall: Share,
    /// So long before the promise ended that was said, in the median of those that were late.
    pub lead_hours: Option<f64>,
}

/// The mean squared distance of the chance told from what happened (Brier 1950), and what telling everybody the same chance would have had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brier {
    pub parcels: u32,
    pub score: Option<f64>,
    pub base: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Week {
    /// A Monday.
    pub from: Date,
    pub parcels: u32,
    pub coverage: Option<f64>,
}

/// Parcels that were told a chance of being late within one tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    pub parcels: u32,
    /// The mean chance told, and the share that was late.
    pub told: Option<f64>,
    pub late: Option<f64>,
}

/// The grades of a retailer's or a carrier's forecasts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Nothing for all carriers together.
    pub carrier: Option<String>,
    /// Parcels that ended and of which something had been said.
    pub parcels: u32,
    pub first: Days,
    pub hand_over: Days,
    pub last: Days,
    /// The carrier's own last estimates.
    pub carriers_own: Days,
    pub at_risk: AtRisk,
    /// Of those of which we said that they may be missing and whose end is known so many never arrived.
    pub may_be_missing: Share,
    /// Of the chances of being late that were told at the hand-over.
    pub brier: Brier,
    pub weeks: Vec<Week>,
    pub deciles: Vec<Decile>,
}

/// Sums from which a scorecard is made.
#[derive(Clone, Debug, Default)]
pub struct Grading {
    parcels: u32,
    first: DaySums,
    hand_over: DaySums,
    last: DaySums,
    carriers_own: DaySums,
    /// At risk and late, at risk, late.
    at_risk: [u32; 3],
    leads: Vec<f64>,
    /// Missing for ever, missing.
    missing: [u32; 2],
    /// Parcels, late ones, chances told, squared distances.
    chances: (u32, u32, f64),
    tenths: [(u32, u32, f64); 10],
    weeks: BTreeMap<Date, (u32, u32)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct DaySums {
    parcels: u32,
    within: u32,
    error: f64,
    width: f64,
}

impl DaySums {
    fn add(&mut self, (from, middle, until): (Date, Date, Date), arrived: Date) -> bool {
        let days = |a: Date, b: Date| f64::from((b - a).get_days());
        let is_within = (from..=until).contains(&arrived);
        self.parcels += 1;
        self.within += u32::from(is_within);
        self.error += days(middle, arrived).abs();
        self.width += days(from, until).abs() + 1.0;
        is_within
    }
    fn days(&self) -> Days {
        let mean = |sum: f64| (self.parcels > 0).then(|| rounded(sum / f64::from(self.parcels)));
        Days { parcels: self.parcels, coverage: mean(f64::from(self.within)), error_days: mean(self.error), width_days: mean(self.width) }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

impl Grading {
    /// One parcel whose end is known; of others nothing can be said yet.
    pub fn add(&mut self, outcome: &Outcome) {
        let nothing = Said::default();
        let said = outcome.said.unwrap_or(&nothing);
        self.parcels += u32::from(outcome.said.is_some());
        if let Some(arrived) = outcome.arrived_on {
            self.arrived(said, outcome.carriers, arrived);
        }
        if let Some(late) = outcome.late {
            self.judge_risk(said, outcome.due_at, late);
        }
        if said.missing_at.is_some() {
            self.missing[0] += u32::from(outcome.is_lost);
            self.missing[1] += 1;
        }
    }

    fn arrived(&mut self, said: &Said, carriers: Option<(Option<Date>, Date)>, arrived: Date) {
        let days = |saying: &Saying| (saying.from, saying.middle, saying.until);
        if let Some(first) = &said.first {
            self.first.add(days(first), arrived);
        }
        if let Some(last) = &said.last {
            self.last.add(days(last), arrived);
        }
        if let Some((from, until)) = carriers {
            self.carriers_own.add((from.unwrap_or(until), until, until), arrived);
        }
        if let Some(saying) = said.hand_over.as_ref().or(said.first.as_ref()) {
            let is_within = self.hand_over.add(days(saying), arrived);
            let into_week = i64::from(arrived.weekday().since(Weekday::Monday));
            if let Ok(monday) = arrived.checked_sub(into_week.days()) {
                let week = self.weeks.entry(monday).or_default();
                *week = (week.0 + 1, week.1 + u32::from(is_within));
            }
        }
    }

    fn judge_risk(&mut self, said: &Said, due_at: Option<Timestamp>, late: bool) {
        let warned_at = said.at_risk_at.filter(|at| due_at.is_none_or(|due| *at < due));
        self.at_risk[0] += u32::from(warned_at.is_some() && late);
        self.at_risk[1] += u32::from(warned_at.is_some());
        self.at_risk[2] += u32::from(late);
        if let Some((warned, due)) = warned_at.zip(due_at).filter(|_| late) {
            self.leads.push((due.as_millisecond() - warned.as_millisecond()) as f64 / 3_600_000.0);
        }
        let saying = said.hand_over.as_ref().or(said.first.as_ref());
        if let Some(chance) = saying.and_then(|s| s.p_late).filter(|p| (0.0..=1.0).contains(p)) {
            let distance = chance - f64::from(u8::from(late));
            self.chances = (self.chances.0 + 1, self.chances.1 + u32::from(late), self.chances.2 + distance * distance);
            let tenth = &mut self.tenths[((chance * 10.0) as usize).min(9)];
            *tenth = (tenth.0 + 1, tenth.1 + u32::from(late), tenth.2 + chance);
        }
    }

    pub fn scorecard(&self, carrier: Option<&str>) -> Scorecard {
        let [warned_late, warned, late] = self.at_risk;
        let mut leads = self.leads.clone();
        leads.sort_by(f64::total_cmp);
        let (told, told_late, squares) = self.chances;
        let mean = |sum: f64, n: u32| (n > 0).then(|| rounded(sum / f64::from(n)));
        let rate = f64::from(told_late) / f64::from(told.max(1));
        let decile = |&(n, late, sum): &(u32, u32, f64)| Decile { parcels: n, told: mean(sum, n), late: mean(f64::from(late), n) };
        let week = |(from, (n, within)): (&Date, &(u32, u32))| Week { from: *from, parcels: *n, coverage: mean(f64::from(*within), *n) };
        Scorecard {
            carrier: carrier.map(str::to_owned),
            parcels: self.parcels,
            first: self.first.days(),
            hand_over: self.hand_over.days(),
            last: self.last.days(),
            carriers_own: self.carriers_own.days(),
            at_risk: AtRisk {
                precision: Share::new(warned_late, warned),
                recall: Share::new(warned_late, late),
                lead_hours: leads.get(leads.len() / 2).map(|h| rounded(*h)),
            },
            may_be_missing: Share::new(self.missing[0], self.missing[1]),
            brier: Brier { parcels: told, score: mean(squares, told), base: (told > 0).then(|| rounded(rate * (1.0 - rate))) },
            weeks: self.weeks.iter().map(week).collect(),
            deciles: self.tenths.iter().map(decile).collect(),
        }
    }
}
