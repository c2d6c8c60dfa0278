//! The chance that a parcel arrives on a day, given that it has not yet: a logistic model, taught by every day of every open parcel. What a day
//! taught is a sum, so lessons of several nodes add up; older lessons weigh less.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    sync::LazyLock,
};

use super::{
    solve::Symmetric,
    tuning::Tuning,
    witness::{Age, BANDS, BASE_SIZE, WEEKDAYS, Witness, age},
};

/// After so many days a parcel teaches no more.
pub const HORIZON: usize = 90;

static AGES_OF_DAYS: LazyLock<Vec<Age>> = LazyLock::new(|| (0..HORIZON).map(age).collect());

/// The hazard's logit where nothing is known.
const PRIOR_LOGIT: f64 = -2.5;
/// How firmly that is believed, in parcel-days.
const PRIOR_WEIGHT: f64 = 0.05;
/// What lanes, places and senders together take of a surprise at once.
const EFFECTS_SHARE: f64 = 0.5;
/// So many arrivals a day are nothing to be surprised about.
const STEADY: f64 = 10.0;
/// After so many arrivals half of the pace is believed.
const GROWN_UP: f64 = 200.0;
/// So many lanes, places and senders are remembered once learning is over: some 100 KB of each model.
const EFFECTS_KEPT: usize = 1_500;
/// Young and old parcels each have a pace of their own.
const PACES: usize = 2;
const OLD_AFTER: usize = 12;

fn pace_of(day: usize) -> usize {
    usize::from(day > OLD_AFTER)
}

/// What one lane, place or sender adds, by band of age: information, and information times value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Effect {
    day: i32,
    information: [f32; BANDS],
    value: [f32; BANDS],
}

/// The keys are hashes already.
#[derive(Default, Clone)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = self.0.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Effects = HashMap<u64, Effect, BuildHasherDefault<AsItIs>>;

/// What one day taught: sums only.
#[derive(Debug, Clone)]
pub struct Lesson {
    information: Symmetric,
    /// What the weights had told, and by how much it was missed.
    told: Vec<f64>,
    missed: Vec<f64>,
    effects: Effects,
    /// Arrivals seen, and arrivals expected.
    paces: [(f64, f64); PACES],
    arrivals: f64,
    parcel_days: u64,
    /// Room for one parcel-day, kept to spare allocations.
    terms: Vec<(usize, f64)>,
}

impl Lesson {
    fn new(size: usize) -> Lesson {
        Lesson {
            information: Symmetric::zero(size),
            told: vec![0.0; size],
            missed: vec![0.0; size],
            effects: Effects::default(),
            paces: [(0.0, 0.0); PACES],
            arrivals: 0.0,
            parcel_days: 0,
            terms: Vec::new(),
        }
    }

    /// What another node learnt on the same day from other parcels.
    pub fn merge(&mut self, other: &Lesson) {
        self.information.add(&other.information);
        self.told.iter_mut().zip(&other.told).for_each(|(a, b)| *a += b);
        self.missed.iter_mut().zip(&other.missed).for_each(|(a, b)| *a += b);
        for (key, theirs) in &other.effects {
            let ours = self.effects.entry(*key).or_default();
            for k in 0..BANDS {
                ours.information[k] += theirs.information[k];
                ours.value[k] += theirs.value[k];
            }
        }
        for (ours, theirs) in self.paces.iter_mut().zip(&other.paces) {
            *ours = (ours.0 + theirs.0, ours.1 + theirs.1);
        }
        self.arrivals += other.arrivals;
        self.parcel_days += other.parcel_days;
    }
}

#[derive(Debug, Clone)]
pub struct Hazards {
    information: Symmetric,
    right: Vec<f64>,
    weights: Vec<f64>,
    effects: Effects,
    paces: [(f64, f64); PACES],
    /// The same with a memory of weeks, for medians.
    calm_paces: [(f64, f64); PACES],
    /// The last day that was taken in.
    day: i32,
    /// Arrivals seen in all, however long ago.
    arrivals: f64,
    days_since_solved: i32,
}

/// What holds for a parcel at any day, by band of age.
pub struct Leaning([f64; BANDS]);

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// What is left of a weight after so many days.
pub fn decay(days: i32, half_life: f64) -> f64 {
    (-f64::from(days.max(0)) * std::f64::consts::LN_2 / half_life).exp()
}

impl Hazards {
    /// For so many numbers to learn: [`super::witness::View::size`].
    pub fn new(size: usize) -> Hazards {
        let mut weights = vec![0.0; size];
        weights[..BASE_SIZE].fill(PRIOR_LOGIT);
        Hazards {
            information: Symmetric::zero(size),
            right: vec![0.0; size],
            weights,
            effects: Effects::default(),
            paces: [(0.0, 0.0); PACES],
            calm_paces: [(0.0, 0.0); PACES],
            day: i32::MIN,
            arrivals: 0.0,
            days_since_solved: 0,
        }
    }

    pub fn lesson(&self) -> Lesson {
        Lesson::new(self.weights.len())
    }

    /// Whether it ever saw a parcel arrive.
    pub fn knows_anything(&self) -> bool {
        self.arrivals > 0.0
    }

    /// Forgets what only further learning needs: most of the room it takes.
    pub(super) fn let_go(&mut self) {
        self.information = Symmetric::zero(0);
        self.right = Vec::new();
        self.keep_effects(EFFECTS_KEPT);
    }

    /// Keeps the effects of which most is known; the others are hardly anything.
    fn keep_effects(&mut self, most: usize) {
        let known = |effect: &Effect| effect.information.iter().sum::<f32>();
        if self.effects.len() > most {
            let mut by_key: Vec<(u64, f32)> = self.effects.iter().map(|(key, effect)| (*key, known(effect))).collect();
            by_key.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let kept: HashSet<u64> = by_key.into_iter().take(most).map(|(key, _)| key).collect();
            self.effects.retain(|key, _| kept.contains(key));
        }
        self.effects.shrink_to_fit();
    }

    /// How many lanes, places and senders have an effect of their own.
    pub fn effects(&self) -> usize {
        self.effects.len()
    }

    fn leaning(&self, tuning: &Tuning, witness: &Witness) -> Leaning {
        let mut sum = [0.0; BANDS];
        for &(group, loud) in &witness.groups {
            let at = BASE_SIZE + WEEKDAYS + group * BANDS;
            sum.iter_mut().zip(&self.weights[at..at + BANDS]).for_each(|(s, w)| *s += loud * w);
        }
        for (level, key) in witness.keys.iter().enumerate() {
            if let Some(effect) = self.effects.get(key).filter(|_| *key != 0) {
                let prior = tuning.level_prior[level] as f32;
                let kept = decay(self.day - effect.day, tuning.level_half_life) as f32;
                for ((sum, value), information) in sum.iter_mut().zip(&effect.value).zip(&effect.information) {
                    *sum += f64::from(value * kept / (information * kept + prior));
                }
            }
        }
        Leaning(sum)
    }

    fn logit(&self, leaning: &Leaning, day: usize, calendar_day: i32) -> f64 {
        let age = &AGES_OF_DAYS[day];
        let between = |values: &[f64], (k, part): (usize, f64)| match part > 0.0 {
            true => values[k] * (1.0 - part) + values[k + 1] * part,
            false => values[k],
        };
        let base = between(&self.weights[..BASE_SIZE], age.base);
        let lean = between(&leaning.0, age.band);
        (base + lean + self.weights[BASE_SIZE + weekday(calendar_day)]).clamp(-12.0, 5.0)
    }

    /// How much quicker than usual parcels arrive lately, as a logarithm.
    fn pace(&self, tuning: &Tuning, (seen, expected): (f64, f64)) -> f64 {
        // A model that is young itself strays more than the network does.
        let grown = self.arrivals / (self.arrivals + GROWN_UP);
        grown * ((seen + tuning.pace_prior) / (expected + tuning.pace_prior)).ln().clamp(-2.5, 1.5)
    }

    /// One parcel lived through one day of its age, or arrived on it. Tells how likely that had seemed, as a logarithm.
    pub fn observe(&self, tuning: &Tuning, lesson: &mut Lesson, witness: &Witness, day: usize, arrived: bool) -> f64 {
        if day >= HORIZON {
            return 0.0;
        }
        let calendar_day = witness.calendar_day(day);
        let leaning = self.leaning(tuning, witness);
        let logit = self.logit(&leaning, day, calendar_day);
        let chance = sigmoid(logit);
        let seen = f64::from(u8::from(arrived));
        let pace = &mut lesson.paces[pace_of(day)];
        *pace = (pace.0 + seen, pace.1 + chance);
        let (weight, residual) = (chance * (1.0 - chance), seen - chance);
        let age = &AGES_OF_DAYS[day];
        let mut terms = std::mem::take(&mut lesson.terms);
        terms.clear();
        let mut add = |at: usize, (k, part): (usize, f64), loud: f64| {
            terms.push((at + k, loud * (1.0 - part)));
            if part > 0.0 {
                terms.push((at + k + 1, loud * part));
            }
        };
        add(0, age.base, 1.0);
        add(BASE_SIZE, (weekday(calendar_day), 0.0), 1.0);
        witness.groups.iter().for_each(|&(group, loud)| add(BASE_SIZE + WEEKDAYS + group * BANDS, age.band, loud));
        let told: f64 = terms.iter().map(|&(i, v)| v * self.weights[i]).sum();
        for &(i, v) in &terms {
            lesson.told[i] += v * weight * told;
            lesson.missed[i] += v * residual;
        }
        lesson.information.add_square(&terms, weight);
        lesson.terms = terms;
        // All of them, and the weights, hear of the same surprise: together they must not answer it several times over.
        let share_of_surprise = EFFECTS_SHARE / witness.keys.iter().filter(|key| **key != 0).count().max(1) as f64;
        for (level, key) in witness.keys.iter().enumerate().filter(|(_, key)| **key != 0) {
            let (now, kept) = match self.effects.get(key) {
                Some(effect) => (*effect, decay(self.day - effect.day, tuning.level_half_life) as f32),
                None => (Effect::default(), 1.0),
            };
            let taught = lesson.effects.entry(*key).or_default();
            let (k, part) = age.band;
            for (k, share) in [(k, 1.0 - part), (k + 1, part)].into_iter().filter(|(_, share)| *share > 0.0) {
                let (share, weight, residual) = (share as f32, weight as f32, (share_of_surprise * residual) as f32);
                let value = now.value[k] * kept / (now.information[k] * kept + tuning.level_prior[level] as f32);
                taught.information[k] += share * weight;
                taught.value[k] += share * (weight * value + residual);
            }
        }
        lesson.arrivals += seen;
        lesson.parcel_days += 1;
        let paced = sigmoid(logit + self.pace(tuning, self.paces[pace_of(day)]));
        if arrived { paced.ln() } else { (1.0 - paced).ln() }
    }

    /// A day is over: its lesson is taken in, and everything older weighs a little less.
    pub fn take_in(&mut self, tuning: &Tuning, lesson: &Lesson, day: i32) {
        let days = if self.day == i32::MIN { 0 } else { day - self.day };
        self.day = day;
        for (paces, half_life) in [(&mut self.paces, tuning.pace_half_life), (&mut self.calm_paces, tuning.calm_pace_half_life)] {
            let kept = decay(days, half_life);
            for (pace, today) in paces.iter_mut().zip(&lesson.paces) {
                *pace = (pace.0 * kept + today.0, pace.1 * kept + today.1);
            }
        }
        let kept = decay(days, tuning.half_life);
        self.information.scale(kept);
        self.right.iter_mut().for_each(|v| *v *= kept);
        self.days_since_solved += days.max(1);
        if lesson.parcel_days == 0 {
            return;
        }
        // Where far more arrived than expected, so much surprise stands on firmer ground than the weights had thought: the step is shortened.
        let (seen, expected) = lesson.paces.iter().fold((STEADY, STEADY), |sum, pace| (sum.0 + pace.0, sum.1 + pace.1));
        let firmer = (seen / expected).max(1.0);
        self.information.add_scaled(&lesson.information, firmer);
        for ((right, told), missed) in self.right.iter_mut().zip(&lesson.told).zip(&lesson.missed) {
            *right += firmer * told + missed;
        }
        for (key, taught) in &lesson.effects {
            let effect = self.effects.entry(*key).or_default();
            let kept = decay(day - effect.day, tuning.level_half_life) as f32;
            effect.day = day;
            for k in 0..BANDS {
                effect.information[k] = effect.information[k] * kept + taught.information[k];
                effect.value[k] = effect.value[k] * kept + taught.value[k];
            }
        }
        self.arrivals += lesson.arrivals;
        if self.days_since_solved >= tuning.solve_every {
            self.days_since_solved = 0;
            self.solve(tuning);
        }
    }

    /// Neighbouring knots are believed to be alike, and what nobody spoke of to be nothing.
    fn solve(&mut self, tuning: &Tuning) {
        let size = self.weights.len();
        let (mut system, mut right) = (self.information.clone(), self.right.clone());
        let mut alike = |i: usize, strength: f64| {
            system.add_at(i, i, strength);
            system.add_at(i - 1, i - 1, strength);
            system.add_at(i, i - 1, -strength);
        };
        (1..BASE_SIZE).for_each(|i| alike(i, tuning.base_smooth));
        for group in (BASE_SIZE + WEEKDAYS..size).step_by(BANDS) {
            (group + 1..group + BANDS).for_each(|i| alike(i, tuning.smooth));
        }
        for (i, right) in right[..BASE_SIZE].iter_mut().enumerate() {
            system.add_at(i, i, PRIOR_WEIGHT);
            *right += PRIOR_WEIGHT * PRIOR_LOGIT;
        }
        (BASE_SIZE..size).for_each(|i| system.add_at(i, i, tuning.ridge));
        if let Some(weights) = system.solve(&right).filter(|w| w.iter().all(|v| v.is_finite())) {
            self.weights = weights;
        }
    }

    /// The hazards of the days to come, for a parcel that is still open after `lived` days of age (none, at the start): at the pace of the last
    /// days, and at the calm one of weeks.
    pub fn ahead(&self, tuning: &Tuning, witness: &Witness, lived: usize, today: i32, surge: f64) -> Vec<[f64; 2]> {
        let leaning = self.leaning(tuning, witness);
        let slowed = -tuning.surge_slows * surge;
        let foreseen = |pace: (f64, f64)| {
            let pace = self.pace(tuning, pace);
            if surge > 0.0 { pace.min(slowed) } else { pace }
        };
        let paces = [self.paces, self.calm_paces].map(|paces| paces.map(foreseen));
        let mut keeps = tuning.pace_keeps.powi((witness.calendar_day(lived) - today).clamp(0, HORIZON as i32));
        (lived..HORIZON)
            .map(|day| {
                let logit = self.logit(&leaning, day, witness.calendar_day(day));
                let hazards = paces.map(|paces| sigmoid(logit + paces[pace_of(day)] * keeps));
                keeps *= tuning.pace_keeps;
                hazards
            })
            .collect()
    }
}

/// Monday is 0.
fn weekday(calendar_day: i32) -> usize {
    calendar_day.wrapping_add(3).rem_euclid(7) as usize
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{
        Known,
        witness::{Clock, View, day_number},
    };
    use super::*;

    fn witness(destination: &str, promised: i8) -> Witness {
        let start = date(2026, 11, 2).at(9, 0, 0, 0);
        let known = Known {
            promised_on: Some(date(2026, 11, promised)),
            origin: Some("North".into()),
            destination: Some(destination.into()),
            ..Known::default()
        };
        Witness::new(Clock::Purchase, View::Both, &known, start, start)
    }

    #[test]
    fn what_two_nodes_learnt_is_what_one_would_have_learnt() {
        let tuning = Tuning::default();
        let fresh = || Hazards::new(View::Both.size(Clock::Purchase));
        let near = witness("North", 9);
        let far = witness("South", 20);
        let teach = |hazards: &Hazards, lesson: &mut Lesson, witness: &Witness, day: usize, times: usize| {
            (0..times).for_each(|k| _ = hazards.observe(&tuning, lesson, witness, day, k % 3 == 0));
        };
        let (mut alone, mut together) = (fresh(), fresh());
        let first = day_number(date(2026, 11, 2));
        for (today, day) in (first..).zip((0..6).cycle().take(90)) {
            let mut whole = alone.lesson();
            teach(&alone, &mut whole, &near, day, 30);
            teach(&alone, &mut whole, &far, day, 20);
            alone.take_in(&tuning, &whole, today);
            let (mut one, mut other) = (together.lesson(), together.lesson());
            teach(&together, &mut one, &near, day, 30);
            teach(&together, &mut other, &far, day, 20);
            one.merge(&other);
            together.take_in(&tuning, &one, today);
        }
        let (a, b) = (alone.ahead(&tuning, &far, 0, first, 0.0), together.ahead(&tuning, &far, 0, first, 0.0));
        assert!(a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
        assert!(a[0].iter().all(|a| (a - 1.0 / 3.0).abs() < 0.1), "a third arrived on each day: {:?}", a[0]);
    }

    #[test]
    fn a_day_on_which_everything_arrives_teaches_nothing_infinite() {
        let tuning = Tuning { solve_every: 1, ..Tuning::default() };
        let mut hazards = Hazards::new(View::Both.size(Clock::Purchase));
        let parcel = witness("South", 20);
        for day in 0..3 {
            let mut lesson = hazards.lesson();
            (0..1000).for_each(|_| _ = hazards.observe(&tuning, &mut lesson, &parcel, day, day == 2));
            hazards.take_in(&tuning, &lesson, parcel.start_day + day as i32);
        }
        let ahead = hazards.ahead(&tuning, &parcel, 0, parcel.start_day + 3, 0.0);
        assert!(ahead.iter().flatten().all(|h| h.is_finite() && *h > 0.0 && *h < 1.0), "{ahead:?}");
        assert!(ahead[2][0] > 0.5 && ahead[0][0] < 0.3, "{ahead:?}");
    }
}
