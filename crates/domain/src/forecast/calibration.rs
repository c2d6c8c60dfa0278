//! Intervals that hold as often as they say: the rolling quantile of how deep recent arrivals lay in the forecasts made for them, the score of
//! conformal prediction (Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005), with older scores weighing less.
//!
//! Two memories listen. A shock (a strike, a feast) makes many forecasts wrong at once and is over: months remember it, so that the next one is
//! not told too narrowly, and weeks do not widen anything. Where parcels came closer to what was told for weeks than in the months before, the
//! network is steadier or quicker than it was, and goes on to be: intervals narrow at once, and ahead of what the weeks have seen.

use super::{hazard::decay, tuning::Tuning};

const BINS: usize = 200;
/// So many arrivals are believed to have lain as the forecasts said.
const PRIOR: f64 = 30.0;
/// So many arrivals of the months stand beside those of the last weeks.
const LENT: f64 = 50.0;
/// What part of its own standard deviation is taken off what the weeks say beyond the months: chance alone should narrow nothing.
const CHANCE: f64 = 0.5;
/// How far what the weeks say beyond the months is carried on: they tell of forecasts that are some weeks old, and what has moved since moves on.
const CARRIED_ON: f64 = 2.0;

/// Arrivals by depth: 0 is the likeliest day of a forecast, 1 the least likely end.
#[derive(Debug, Clone, PartialEq)]
pub struct Depths {
    months: Vec<f64>,
    weeks: Vec<f64>,
}

impl Default for Depths {
    fn default() -> Depths {
        Depths { months: vec![PRIOR / BINS as f64; BINS], weeks: vec![0.0; BINS] }
    }
}

impl Depths {
    /// An arrival at this depth, or as much of one as was to be expected there.
    pub fn observe(&mut self, depth: f64, arrived: f64) {
        let bin = ((depth * BINS as f64) as usize).min(BINS - 1);
        self.months[bin] += arrived;
        self.weeks[bin] += arrived;
    }

    pub fn forget(&mut self, tuning: &Tuning, days: i32) {
        let prior = PRIOR / BINS as f64;
        let kept = decay(days, tuning.depth_half_life);
        self.months.iter_mut().for_each(|bin| *bin = (*bin - prior) * kept + prior);
        let kept = decay(days, tuning.depth_half_life_of_weeks);
        self.weeks.iter_mut().for_each(|bin| *bin *= kept);
    }

    /// Down to what depth the interval of 80 % and that of 90 % must reach; the wider one holds the other.
    pub fn levels(&self, tuning: &Tuning) -> [f64; 2] {
        let [likely, wide] = tuning.aims.map(|aim| self.reaching(aim));
        [likely, wide.max(likely)]
    }

    /// Down to what depth an interval must reach to hold the given share of arrivals.
    pub fn reaching(&self, share: f64) -> f64 {
        let (all, lately) = (self.months.iter().sum::<f64>(), self.weeks.iter().sum::<f64>());
        let usual = quantile(self.months.iter().copied(), share * all);
        let of_weeks = self.weeks.iter().zip(&self.months).map(|(weeks, months)| weeks + LENT / all * months);
        let of_late = quantile(of_weeks, share * (lately + LENT));
        // Fading weights w count for as much as sum(w)² / sum(w²) whole arrivals: twice their sum.
        let chance = CHANCE * (share * (1.0 - share) / (2.0 * lately + LENT)).sqrt();
        (usual - CARRIED_ON * (usual - of_late - chance).max(0.0)).max(0.0)
    }
}

/// The depth above which so many of the arrivals lie.
fn quantile(bins: impl Iterator<Item = f64>, wanted: f64) -> f64 {
    let mut sum = 0.0;
    for (k, bin) in bins.enumerate() {
        if sum + bin >= wanted {
            return (k as f64 + (wanted - sum) / bin.max(1e-12)) / BINS as f64;
        }
        sum += bin;
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty arrivals a day for so many days, evenly between two depths.
    fn arrive(depths: &mut Depths, days: i32, from: f64, to: f64) {
        for _ in 0..days {
            depths.forget(&Tuning::default(), 1);
            (0..400).for_each(|k| depths.observe(from + (to - from) * (f64::from(k) + 0.5) / 400.0, 0.05));
        }
    }

    #[test]
    fn forecasts_that_were_too_sure_are_widened_and_forgotten_again() {
        let mut depths = Depths::default();
        assert!((depths.reaching(0.8) - 0.8).abs() < 0.01);
        (0..1000).for_each(|k| depths.observe(0.5 + f64::from(k) / 2000.0, 1.0));
        assert!(depths.reaching(0.8) > 0.88, "{}", depths.reaching(0.8));
        depths.forget(&Tuning::default(), 3000);
        assert!((depths.reaching(0.8) - 0.8).abs() < 0.01);
    }

    #[test]
    fn what_held_too_often_for_weeks_narrows_at_once_and_a_shock_widens_slowly() {
        let mut steady = Depths::default();
        arrive(&mut steady, 200, 0.0, 1.0);
        assert!((steady.reaching(0.8) - 0.8).abs() < 0.01, "{}", steady.reaching(0.8));
        let mut quicker = steady.clone();
        arrive(&mut quicker, 14, 0.0, 0.9);
        assert!((0.70..0.76).contains(&quicker.reaching(0.8)), "{}", quicker.reaching(0.8));
        arrive(&mut quicker, 120, 0.0, 0.9);
        assert!((quicker.reaching(0.8) - 0.72).abs() < 0.03, "once the months have seen it: {}", quicker.reaching(0.8));
        let mut shocked = steady;
        arrive(&mut shocked, 14, 0.4, 1.0);
        assert!((0.8..0.85).contains(&shocked.reaching(0.8)), "{}", shocked.reaching(0.8));
    }

    #[test]
    fn a_handful_of_arrivals_narrows_nothing() {
        let mut depths = Depths::default();
        (0..4).for_each(|_| depths.observe(0.3, 1.0));
        assert!((depths.reaching(0.8) - 0.8).abs() < 0.06, "{}", depths.reaching(0.8));
    }

    #[test]
    fn whatever_arrived_the_wider_interval_holds_the_other() {
        let mut depths = Depths::default();
        for (days, from, to) in [(60, 0.2, 1.0), (10, 0.0, 0.5), (5, 0.82, 0.84), (30, 0.0, 0.1), (3, 0.9, 1.0)] {
            arrive(&mut depths, days, from, to);
            let [likely, wide] = depths.levels(&Tuning::default());
            assert!(0.0 <= likely && likely <= wide && wide <= 1.0, "{likely} and {wide} after depths of {from} to {to}");
        }
    }
}
