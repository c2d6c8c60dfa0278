//! What is known of a parcel when a clock starts, as numbers that hazards can be learnt from.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// From what moment days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    Purchase,
    HandOver,
}

/// What is known of an order or shipment that bears on its time of arrival. Everything may be missing but the purchase.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    pub promised_on: Option<Date>,
    pub despatch_by: Option<DateTime>,
    pub carrier: Option<String>,
    pub origin: Option<String>,
    pub destination: Option<String>,
    pub place: Option<String>,
    pub sender: Option<String>,
    pub freight: Option<f64>,
    pub weight: Option<f64>,
}

/// Ages between which an effect changes linearly (in the logarithm of the age).
pub const AGES: [f64; 6] = [0.0, 2.0, 5.0, 10.0, 18.0, 35.0];
pub const BANDS: usize = AGES.len();
/// Ages between which the base hazard changes linearly.
const BASE_AGES: [f64; 18] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 18.0, 22.0, 27.0, 35.0, 50.0, 80.0];

/// A number told by at most two neighbouring knots, or that it is missing.
struct Scale {
    knots: &'static [f64],
}

const LEAD: Scale = Scale { knots: &[2.0, 6.0, 10.0, 14.0, 18.0, 22.0, 26.0, 31.0, 38.0, 50.0] };
const FREIGHT: Scale = Scale { knots: &[2.0, 2.4, 2.7, 3.0, 3.4, 4.0] };
const WAIT: Scale = Scale { knots: &[0.0, 0.7, 1.1, 1.6, 2.1, 2.8] };
const SLACK: Scale = Scale { knots: &[-4.0, -1.0, 1.0, 3.0, 5.0, 8.0, 14.0] };
const HOUR: Scale = Scale { knots: &[0.0, 8.0, 14.0, 19.0, 24.0] };
const WEIGHT: Scale = Scale { knots: &[5.0, 7.0, 9.0] };

impl Scale {
    const fn width(&self) -> usize {
        self.knots.len() + 1
    }

    /// The last place stands for "missing".
    fn place(&self, value: Option<f64>, at: &mut usize, into: &mut Vec<(usize, f64)>) {
        match value.filter(|v| v.is_finite()) {
            None => into.push((*at + self.knots.len(), 1.0)),
            Some(value) => {
                let (k, part) = hat(self.knots, value);
                if part < 1.0 {
                    into.push((*at + k, 1.0 - part));
                }
                if part > 0.0 {
                    into.push((*at + k + 1, part));
                }
            }
        }
        *at += self.width();
    }
}

/// The knot below a value, and how far the value lies towards the next one.
pub fn hat(knots: &[f64], value: f64) -> (usize, f64) {
    let last = knots.len() - 1;
    let above = knots.iter().position(|k| *k > value).unwrap_or(last + 1);
    if above == 0 {
        return (0, 0.0);
    }
    if above > last {
        return (last, 0.0);
    }
    let (low, high) = (knots[above - 1], knots[above]);
    (above - 1, (value - low) / (high - low))
}

/// Which witnesses a model listens to: the promise alone, the route alone, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Promise,
    Route,
    Both,
}

pub const VIEWS: [View; 3] = [View::Promise, View::Route, View::Both];

impl View {
    /// Whether a parcel has what the view listens to.
    pub fn suits(self, known: &Known) -> bool {
        let (promise, route) = (known.promised_on.is_some(), known.destination.is_some());
        match self {
            View::Promise => promise,
            // Also those of which nothing is known.
            View::Route => route || !promise,
            View::Both => promise && route,
        }
    }
    fn hears(self, promise: bool) -> bool {
        self == View::Both || (self == View::Promise) == promise
    }
    pub fn size(self, clock: Clock) -> usize {
        let mut groups = HOUR.width() + 7;
        if clock == Clock::HandOver {
            groups += WAIT.width();
        }
        if self.hears(true) {
            groups += LEAD.width();
        }
        if self.hears(false) {
            groups += FREIGHT.width() + WEIGHT.width() + 3;
        }
        if self == View::Both {
            groups += SLACK.width();
        }
        BASE_SIZE + WEEKDAYS + groups * BANDS
    }
}

pub const BASE_SIZE: usize = BASE_AGES.len();
pub const WEEKDAYS: usize = 8;

/// What a lane, place or sender adds; each has a key of its own.
pub const LEVELS: usize = 6;

/// A parcel on one clock, ready to be asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    pub start_day: i32,
    /// The second of the day at which the clock started.
    pub start_second: i32,
    /// Which groups speak, and how loud.
    pub groups: Vec<(usize, f64)>,
    /// What stands for its origin, destination, lane, place, sender; 0 where it is not known.
    pub keys: [u64; LEVELS],
    /// Days from the start to the promised day, where there is a promise.
    pub deadline: Option<i32>,
}

impl Witness {
    /// The calendar day on which a day of age falls.
    pub fn calendar_day(&self, age: usize) -> i32 {
        self.start_day.saturating_add(age as i32)
    }
}

/// Days since 1970.
pub fn day_number(date: Date) -> i32 {
    (date - jiff::civil::date(1970, 1, 1)).get_days()
}

pub fn second_of(at: DateTime) -> i32 {
    i32::from(at.hour()) * 3600 + i32::from(at.minute()) * 60 + i32::from(at.second())
}

impl Witness {
    pub fn new(clock: Clock, view: View, known: &Known, purchased: DateTime, started: DateTime) -> Witness {
        let start_day = day_number(started.date());
        let start_second = second_of(started);
        let moment = f64::from(start_day) + f64::from(start_second) / 86_400.0;
        let deadline = known.promised_on.map(|day| day_number(day) - start_day);
        let between = |at: DateTime| f64::from(day_number(at.date())) + f64::from(second_of(at)) / 86_400.0 - moment;
        let mut groups = Vec::with_capacity(16);
        let mut at = 0;
        HOUR.place(Some(f64::from(start_second) / 3600.0), &mut at, &mut groups);
        groups.push((at + start_day.wrapping_add(3).rem_euclid(7) as usize, 1.0));
        at += 7;
        if clock == Clock::HandOver {
            WAIT.place(Some((-between(purchased)).max(0.0).ln_1p()), &mut at, &mut groups);
        }
        if view.hears(true) {
            LEAD.place(deadline.map(f64::from).filter(|d| (-30.0..=150.0).contains(d)), &mut at, &mut groups);
        }
        if view.hears(false) {
            FREIGHT.place(known.freight.filter(|f| *f >= 0.0).map(f64::ln_1p), &mut at, &mut groups);
            WEIGHT.place(known.weight.filter(|w| *w > 0.0).map(f64::ln), &mut at, &mut groups);
            let route = match (&known.origin, &known.destination) {
                (Some(a), Some(b)) if a == b => 0,
                (Some(_), Some(_)) => 1,
                _ => 2,
            };
            groups.push((at + route, 1.0));
            at += 3;
        }
        if view == View::Both {
            SLACK.place(known.despatch_by.map(between).filter(|d| (-60.0..=150.0).contains(d)), &mut at, &mut groups);
        }
        let (from, to) = (known.origin.as_deref(), known.destination.as_deref());
        let key = |kind: u64, parts: &[Option<&str>]| parts.iter().try_fold(kind, |hash, part| part.map(|p| mix(hash, p))).unwrap_or(0);
        let keys = if view == View::Promise {
            [key(1, &[known.carrier.as_deref()]), 0, 0, 0, 0, 0]
        } else {
            [
                key(1, &[known.carrier.as_deref()]),
                key(2, &[from]),
                key(3, &[to]),
                key(4, &[from, to]),
                key(5, &[to, known.place.as_deref()]),
                key(6, &[known.sender.as_deref()]),
            ]
        };
        Witness { start_day, start_second, groups, keys, deadline }
    }
}

/// FNV-1a, with the parts kept apart.
fn mix(seed: u64, text: &str) -> u64 {
    let start = (0xcbf2_9ce4_8422_2325 ^ seed).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ 0xff).wrapping_mul(0x0100_0000_01b3).max(1)
}

/// Where a day of age stands between the knots of the base and of the bands.
#[derive(Debug, Clone, Copy)]
pub struct Age {
    pub base: (usize, f64),
    pub band: (usize, f64),
}

pub fn age(day: usize) -> Age {
    let day = day as f64;
    let (k, _) = hat(&AGES, day);
    let (low, high) = (AGES[k].ln_1p(), AGES[(k + 1).min(BANDS - 1)].ln_1p());
    let part = if high > low { (day.ln_1p() - low) / (high - low) } else { 0.0 };
    Age { base: hat(&BASE_AGES, day), band: (k, part) }
}
