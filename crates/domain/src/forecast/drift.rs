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
    bent(factors, hazards).map(|(open, factor)| 1.0 - open.powf(factor)).collect()
}

/// For each day the chance of staying open on it, and to what power that is to be raised.
fn bent(factors: &[f64; BANDS], hazards: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let mut open = 1.0;
    hazards.iter().map(move |hazard| {
        let (k, part) = hat(&ALONG, 1.0 - open * (1.0 - hazard / 2.0));
        open *= 1.0 - hazard;
        (1.0 - hazard, factors[k] * (1.0 - part) + factors[(k + 1).min(BANDS - 1)] * part)
    })
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

    /// The median of a forecast that begins at a day of age, bent as those of late should have been: that of [`super::curve::Curve`], for the price
    /// of a logarithm a day.
    pub fn median(&self, tuning: &Tuning, first: usize, hazards: &[f64]) -> f64 {
        let (days, weeks) = (self.days.factors(tuning), self.weeks.factors(tuning));
        let factors = std::array::from_fn(|k| days[k].max(weeks[k]));
        let mut sum = 0.0;
        let sums: Vec<f64> = bent(&factors, hazards)
            .map(|(open, factor)| {
                sum -= factor * open.ln();
                sum
            })
            .collect();
        let wanted = 0.5 * (1.0 - (-sum).exp());
        let day = sums.partition_point(|sum| *sum < -(1.0 - wanted).ln());
        let Some(until) = sums.get(day) else { return (first + sums.len()) as f64 };
        let open = (-day.checked_sub(1).map_or(0.0, |before| sums[before])).exp();
        let chance = open - (-until).exp();
        let part = if chance > 0.0 { (wanted - 1.0 + open) / chance } else { 0.5 };
        ((first + day) as f64 + part - 0.5).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::curve::Curve, *};

    #[test]
    fn days_make_a_median_earlier_and_weeks_later() {
        let tuning = Tuning::default();
        let hazards = [0.08; 60];
        let usual = Curve::new(3, &hazards).median();
        let mut calm = CalmDrift::default();
        assert!((calm.median(&tuning, 3, &hazards) - usual).abs() < 1e-9);
        let mut days = |times_as_many: usize, days: usize| {
            for _ in 0..days {
                calm.forget(&tuning, 1);
                for along in ALONG {
                    (0..100).for_each(|k| calm.observe(along, 0.1, k < 10 * times_as_many));
                }
            }
            calm.median(&tuning, 3, &hazards)
        };
        let steady = days(1, 60);
        assert!((steady - usual).abs() < 0.5, "as many as ever: {steady} instead of {usual}");
        let still = days(0, 4);
        assert!((usual + 0.3..usual + 2.5).contains(&still), "four days on which nothing arrived: {still} instead of {usual}");
        let quicker = days(2, 8);
        assert!(quicker < usual - 1.0, "a week of twice as many: {quicker} instead of {usual}");
    }
}
