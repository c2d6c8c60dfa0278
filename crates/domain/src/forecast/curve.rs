//! The days on which a parcel may arrive, each with its chance.

/// Days whose chances are looked at together when an interval grows, so that a quiet Sunday does not stop it.
const NEIGHBOURS: i64 = 1;
/// A network that becomes slower or quicker stretches ages: late days move further than early ones. So a day counts for more the older it is, half
/// way (a square root) to intervals whose ends as many parcels would leave as enter; the days added keep it finite at the start.
const STRETCH_FROM: f64 = 2.0;

/// Chances by day of age, from the first day that is still possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    first: usize,
    chances: Vec<f64>,
    /// The chance of none of these days.
    rest: f64,
}

impl Curve {
    pub fn new(first: usize, hazards: &[f64]) -> Curve {
        let mut rest = 1.0;
        let chances = hazards
            .iter()
            .map(|hazard| {
                let chance = rest * hazard;
                rest -= chance;
                chance
            })
            .collect();
        Curve { first, chances, rest }
    }

    /// The chance that the parcel is still open after the given day of age.
    pub fn open_after(&self, day: i64) -> f64 {
        let days = (day + 1 - self.first as i64).clamp(0, self.chances.len() as i64) as usize;
        (1.0 - self.chances[..days].iter().sum::<f64>()).clamp(0.0, 1.0)
    }

    /// By when half of the parcels that arrive at all would have; a day of age reaches half a day to both sides.
    pub fn median(&self) -> f64 {
        let wanted = 0.5 * (1.0 - self.rest);
        let mut sum = 0.0;
        for (day, chance) in (self.first..).zip(&self.chances) {
            if sum + chance >= wanted {
                let part = if *chance > 0.0 { (wanted - sum) / chance } else { 0.5 };
                return (day as f64 + part - 0.5).max(0.0);
            }
            sum += chance;
        }
        (self.first + self.chances.len()) as f64
    }

    /// For each day of age how much of the chance lies on likelier days: those below a level make its interval, and intervals nest.
    pub fn depths(&self) -> Vec<f32> {
        let days = self.chances.len();
        let all = (1.0 - self.rest).max(1e-9);
        let chance = |day: i64| usize::try_from(day).ok().and_then(|day| self.chances.get(day)).copied().unwrap_or(0.0);
        let stretch = |day: i64| (self.first as f64 + day as f64 + STRETCH_FROM).sqrt();
        let near = |day: i64| (-NEIGHBOURS..=NEIGHBOURS).map(|k| chance(day + k)).sum::<f64>();
        let around: Vec<f64> = (0..days as i64).map(|day| near(day) * stretch(day)).collect();
        let likeliest = (0..days).fold(0, |best, day| if around[day] > around[best] { day } else { best });
        let mut depths = vec![1.0_f32; self.first + days];
        if days == 0 {
            return depths;
        }
        depths[self.first + likeliest] = 0.0;
        let (mut low, mut high, mut sum) = (likeliest, likeliest, chance(likeliest as i64));
        while low > 0 || high + 1 < days {
            let before = if low > 0 { around[low - 1] } else { -1.0 };
            let after = if high + 1 < days { around[high + 1] } else { -1.0 };
            let next = if before > after {
                low -= 1;
                low
            } else {
                high += 1;
                high
            };
            depths[self.first + next] = (sum / all).min(1.0) as f32;
            sum += self.chances[next];
        }
        depths
    }
}

/// The first and the last day whose depth is below a level.
pub fn interval(depths: &[f32], level: f64) -> (usize, usize) {
    let inside = |depth: &f32| f64::from(*depth) < level;
    let low = depths.iter().position(inside).unwrap_or(0);
    (low, depths.iter().rposition(inside).unwrap_or(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_that_arrives_every_other_day_is_expected_on_the_middle_one() {
        let curve = Curve::new(2, &[0.5, 0.0, 1.0]);
        assert_eq!(curve.open_after(1), 1.0);
        assert_eq!(curve.open_after(2), 0.5);
        assert_eq!(curve.open_after(4), 0.0);
        assert_eq!(curve.median(), 2.5);
    }

    #[test]
    fn with_every_silent_day_it_is_likelier_to_be_late() {
        let hazards: Vec<f64> = (0..30).map(|day| 0.05 + 0.02 * f64::from(day % 7)).collect();
        let late: Vec<f64> = (0..12).map(|lived| Curve::new(lived, &hazards[lived..]).open_after(11)).collect();
        assert!(late.windows(2).all(|two| two[0] < two[1]) && late[11] < 1.0, "{late:?}");
    }

    /// Arrivals whose ages have a bell shape on a scale of ratios, as parcels' ages do; every age takes `slower` times as long.
    fn skewed(slower: f64) -> Curve {
        let density = |day: usize| {
            let age = (day as f64 + 0.5) / slower;
            (-(age / 9.0).ln().powi(2) / (2.0 * 0.5_f64.powi(2))).exp() / age
        };
        let open = |day: usize| (day..90).map(density).sum::<f64>();
        Curve::new(0, &(0..90).map(|day| (density(day) / open(day)).min(1.0)).collect::<Vec<_>>())
    }

    #[test]
    fn an_interval_holds_nearly_as_many_parcels_when_all_of_them_become_slower_or_quicker_by_a_quarter() {
        let (low, high) = interval(&skewed(1.0).depths(), 0.8);
        let held = |slower: f64| {
            let curve = skewed(slower);
            curve.open_after(low as i64 - 1) - curve.open_after(high as i64)
        };
        assert!((0.8..0.85).contains(&held(1.0)), "{}", held(1.0));
        assert!(held(1.0) - held(1.25) < 0.1, "{}", held(1.25));
        assert!(held(1.0) - held(0.75) < 0.05, "{}", held(0.75));
    }

    #[test]
    fn intervals_grow_from_the_likeliest_day_and_nest() {
        let hazards: Vec<f64> = (0..40).map(|day| 0.02 + 0.01 * f64::from(day)).collect();
        let depths = Curve::new(0, &hazards).depths();
        let mut before = interval(&depths, 0.01);
        for level in 1..=100 {
            let (low, high) = interval(&depths, f64::from(level) / 100.0);
            assert!(low <= before.0 && before.1 <= high, "{level} %: {low}..{high} within {before:?}");
            before = (low, high);
        }
    }
}
