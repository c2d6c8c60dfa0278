//! How far recent arrivals strayed from what had been forecast for them, by how far along its forecast each parcel was. A parcel that stays open
//! counts with every day it does, so a network that slows down is noticed before its parcels arrive.

use super::{tuning::Tuning, witness::hat};

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

    /// The hazards of a new forecast, bent as those of late should have been.
    pub fn bend(&self, tuning: &Tuning, hazards: &[f64]) -> Vec<f64> {
        let prior = tuning.drift_prior;
        let factors: [f64; BANDS] = std::array::from_fn(|k| ((self.seen[k] + prior) / (self.expected[k] + prior)).clamp(0.1, 6.0));
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
}
