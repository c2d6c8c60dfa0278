//! More orders than usual wait longer, and a network hears of them before its arrivals tell: how many were placed in the last days, beside what
//! the last weeks were used to.

use super::hazard::decay;

const FAST_HALF_LIFE: f64 = 4.0;
const SLOW_HALF_LIFE: f64 = 40.0;
/// So many orders a day are believed to be usual from the start, for a little while.
const PRIOR: f64 = 3.0;
/// Growth and chance make so much of a surge on any day, as a logarithm: it slows nothing.
const QUIET: f64 = 0.2;

/// Orders, with older days weighing less; sums, so those of several nodes add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rush {
    today: f64,
    lately: f64,
    usually: f64,
    /// What the usual is divided by: days, with older ones weighing less.
    days: f64,
}

impl Rush {
    pub fn observe(&mut self) {
        self.today += 1.0;
    }

    pub fn close(&mut self, days: i32) {
        let (fast, slow) = (decay(days, FAST_HALF_LIFE), decay(days, SLOW_HALF_LIFE));
        self.lately = self.lately * fast + self.today * (1.0 - fast);
        self.usually = self.usually * slow + self.today;
        self.days = self.days * slow + f64::from(days.max(1));
        self.today = 0.0;
    }

    /// How many times as many as usual, as a logarithm, beyond what is nothing unusual; 0 where there are no more.
    pub fn surge(&self) -> f64 {
        if self.days < FAST_HALF_LIFE {
            return 0.0;
        }
        let usual = (self.usually + PRIOR) / (self.days + 1.0);
        (((self.lately + PRIOR) / (usual + PRIOR)).ln() - QUIET).clamp(0.0, 1.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surge_is_heard_of_within_days_and_becomes_usual_again() {
        let mut rush = Rush::default();
        let mut days = |orders: usize, days: usize| {
            for _ in 0..days {
                (0..orders).for_each(|_| rush.observe());
                rush.close(1);
            }
            rush.surge()
        };
        assert!(days(40, 60) == 0.0, "as many as ever");
        let within_days = days(120, 4);
        assert!((0.2..0.8).contains(&within_days), "{within_days}");
        assert!(days(20, 20) == 0.0, "fewer than usual make nothing quicker");
        assert!(days(120, 300) == 0.0, "for so long that it is usual");
    }
}
