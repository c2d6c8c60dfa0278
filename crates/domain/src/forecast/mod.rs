//! When will it arrive, and will it be late? Learnt online from a retailer's own parcels: each day of each open parcel teaches, nothing is trained
//! beforehand, and a forecast uses only what was told before it.
//!
//! The model is survival analysis in discrete time (Cox 1972; Singer and Willett 1993): the chance of arriving on a day of age, given that the parcel
//! is still open, is a logistic function of what is known of it. From these chances follow median, intervals and the chance of being late.

pub mod calibration;
pub mod curve;
pub mod drift;
mod expected;
mod forecaster;
pub mod gaps;
pub mod hazard;
pub mod patience;
pub mod published;
pub mod replay;
mod rush;
pub mod said;
pub mod scorecard;
mod solve;
pub mod tuning;
pub mod witness;

pub use expected::Expected;
pub use forecaster::Forecaster;
pub use tuning::Tuning;
pub use witness::{Clock, Known};

/// How days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Differences of calendar dates.
    Dates,
    /// Whole days of 24 hours.
    Whole24Hours,
}

/// When a forecast is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    Purchase,
    HandOver,
    /// At the end of the day so many days after hand-over, if the parcel is still open.
    After(u8),
}

/// So many days after hand-over a forecast is made anew.
pub const FOLLOWED_DAYS: u8 = 14;
const MOMENTS: usize = 2 + FOLLOWED_DAYS as usize;

impl Moment {
    fn slot(self) -> usize {
        match self {
            Moment::Purchase => 0,
            Moment::HandOver => 1,
            Moment::After(days) => 1 + usize::from(days.clamp(1, FOLLOWED_DAYS)),
        }
    }

    pub fn clock(self) -> Clock {
        if self == Moment::Purchase { Clock::Purchase } else { Clock::HandOver }
    }

    /// Days of age that are over at this moment. In the evening a date is over, but not yet the 24 hours that began on it.
    fn lived(self, unit: Unit) -> usize {
        match self {
            Moment::Purchase | Moment::HandOver => 0,
            Moment::After(days) => usize::from(days) + usize::from(unit == Unit::Dates),
        }
    }

    /// Whether a promise of so many days after the start can still be kept or broken.
    fn is_before(self, deadline: i32) -> bool {
        match self {
            Moment::Purchase | Moment::HandOver => true,
            Moment::After(days) => deadline > i32::from(days),
        }
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Moment::Purchase => f.write_str("purchase"),
            Moment::HandOver => f.write_str("handover"),
            Moment::After(days) => write!(f, "handover+{days}"),
        }
    }
}

/// Days from purchase or hand-over to the arrival. All empty while nothing was ever seen to arrive.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    pub median: Option<f64>,
    /// Holds 80 % of arrivals.
    pub likely: Option<(f64, f64)>,
    /// Holds 90 % of arrivals.
    pub wide: Option<(f64, f64)>,
    /// The chance of an arrival after the promised day; empty without a promise that can still be kept.
    pub p_late: Option<f64>,
}
