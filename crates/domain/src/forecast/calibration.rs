//! Intervals that hold as often as they say: the rolling quantile of how deep recent arrivals lay in the forecasts made for them, the score of
//! conformal prediction (Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005), with older scores weighing less.

const BINS: usize = 200;
/// So many arrivals are believed to have lain as the forecasts said.
const PRIOR: f64 = 30.0;

/// Arrivals by depth: 0 is the likeliest day of a forecast, 1 the least likely end.
#[derive(Debug, Clone, PartialEq)]
pub struct Depths {
    bins: Vec<f64>,
}

impl Default for Depths {
    fn default() -> Depths {
        Depths { bins: vec![PRIOR / BINS as f64; BINS] }
    }
}

impl Depths {
    /// An arrival at this depth, or as much of one as was to be expected there.
    pub fn observe(&mut self, depth: f64, arrived: f64) {
        self.bins[((depth * BINS as f64) as usize).min(BINS - 1)] += arrived;
    }

    pub fn forget(&mut self, kept: f64) {
        let prior = PRIOR / BINS as f64;
        self.bins.iter_mut().for_each(|bin| *bin = (*bin - prior) * kept + prior);
    }

    /// Down to what depth an interval must reach to hold the given share of arrivals.
    pub fn reaching(&self, share: f64) -> f64 {
        let wanted = share * self.bins.iter().sum::<f64>();
        let mut sum = 0.0;
        for (k, bin) in self.bins.iter().enumerate() {
            if sum + bin >= wanted {
                return (k as f64 + (wanted - sum) / bin.max(1e-12)) / BINS as f64;
            }
            sum += bin;
        }
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_that_were_too_sure_are_widened_and_forgotten_again() {
        let mut depths = Depths::default();
        assert!((depths.reaching(0.8) - 0.8).abs() < 0.01);
        (0..1000).for_each(|k| depths.observe(0.5 + f64::from(k) / 2000.0, 1.0));
        assert!(depths.reaching(0.8) > 0.88, "{}", depths.reaching(0.8));
        depths.forget(1e-9);
        assert!((depths.reaching(0.8) - 0.8).abs() < 0.01);
    }
}
