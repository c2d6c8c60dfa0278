//! How far recent arrivals strayed from what had been forecast for them, by how far along its forecast each parcel was. A parcel that stays open
//! counts with every day it does, so a network that slows down is noticed before its parcels arrive.

use super::{hazard::decay, tuning::Tuning, witness::hat};

/// Shares of a forecast's chance that have gone by.
const ALONG: [f64; 9] = [0.02, 0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.92, 0.98];
const BANDS: usize = ALONG.len();

/// Arrivals seen and arrivals expected; sums, so those of several nodes add up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drift {
    seen: [f64; BANDS],
    expected: [f64; BANDS],
}

impl Drift {
    /// A parcel of which the share `along` should have arrived lived through a day on which it was to arrive with the chance `hazard`.
    pub fn observe(&mut self, along: f64, hazard: f64, arrived: bool) {
        let (k, part) = hat(&ALONG, along);
        for (k, share) in [(k, 1.0 - part), (k + 1, part)].into_iter().filter(|(_, share)| *share > 0.0) {
            self.seen[k] += share * f64::from(u8::from(arrived));
            self.expected[k] -= share * (1.0 - hazard.min(0.999)).ln();
        }
    }

    pub fn forget(&mut self, kept: f64) {
        self.seen.iter_mut().chain(&mut self.expected).for_each(|v| *v *= kept);
    }

    /// How many times as many arrived as were to arrive.
    fn factors(&self, tuning: &Tuning) -> [f64; BANDS] {
        let prior = tuning.drift_prior;
        std::array::from_fn(|k| ((self.seen[k] + prior) / (self.expected[k] + prior)).clamp(0.1, 6.0))
    }

    /// The hazards of a new forecast, bent as those of late should have been.
    pub fn bend(&self, tuning: &Tuning, hazards: &[f64]) -> Vec<f64> {
        bend(&self.factors(tuning), hazards)
    }
}

fn bend(factors: &[f64; BANDS], hazards: &[f64]) -> Vec<f64> {
    let mut open = 1.0;
    hazards
        .iter()
        .map(|hazard| {
            let (k, part) = hat(&ALONG, 1.0 - open * (1.0 - hazard / 2.0));
            open *= 1.0 - hazard;
            let factor = factors[k] * (1.0 - part) + factors[(k + 1).min(BANDS - 1)] * part;
            1.0 - (1.0 - hazard).powf(factor)
        })
        .collect()
}

/// The drift of medians. A network that stands still for days is soon itself again, and nobody knows when: an interval has to grow at once, a median
/// that followed would come back too late. What becomes quicker mostly stays so. Hence days make a median earlier, and only weeks make it later.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CalmDrift {
    days: Drift,
    weeks: Drift,
}

impl CalmDrift {
    /// As [`Drift::observe`].
    pub fn observe(&mut self, along: f64, hazard: f64, arrived: bool) {
        self.days.observe(along, hazard, arrived);
        self.weeks.observe(along, hazard, arrived);
    }

    pub fn forget(&mut self, tuning: &Tuning, days: i32) {
        self.days.forget(decay(days, tuning.drift_half_life));
        self.weeks.forget(decay(days, tuning.calm_drift_half_life));
    }

    /// As [`Drift::bend`].
    pub fn bend(&self, tuning: &Tuning, hazards: &[f64]) -> Vec<f64> {
        let (days, weeks) = (self.days.factors(tuning), self.weeks.factors(tuning));
        bend(&std::array::from_fn(|k| days[k].max(weeks[k])), hazards)
    }
}
