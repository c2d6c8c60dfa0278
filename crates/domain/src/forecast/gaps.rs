//! Learning how long carriers are silent between two words, and how often silence is for ever. The chance that a silent parcel never arrives follows
//! by Bayes: of those silent for so long, some share would still be heard of (survival, estimated as by Kaplan and Meier 1958), the rest never will.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, tz::TimeZone};

use super::patience::{CHANCES, Level, Norm, Patience, Stage, USUAL_SHARE};
use crate::{
    State,
    calendar::{Calendars, later},
    feed::{self, Outage},
    silence::WorkingDays,
};

/// Fewer silences of one carrier in one stage teach nothing that could be relied on …
const GAPS_MIN: u32 = 200;
/// … nor do those of fewer days.
const DAYS_MIN: i64 = 28;
/// A lane of fewer parcels has no norm of its own.
const LANE_PARCELS_MIN: usize = 20;
/// Who was not heard of for so long never will be.
const NEVER_AFTER_DAYS: i64 = 14;
/// What is told so much later is history told at once, not a word that anybody waited for.
const TOLD_AT_ONCE_HOURS: i64 = 72;
/// Of so many parcels that will be heard of no more than one is flagged, in each stage.
const FLAGGED_FALSELY_MAX: f64 = 1.0 / 1_000.0;
/// What was seen so long ago weighs half.
const HALF_LIFE_DAYS: f64 = 60.0;
/// How many silences what is known in general is worth: of all stages in one, of one stage with a carrier, of a carrier on a lane.
const WORTH: [f64; 3] = [2.0, 5.0, 100.0];
/// Before anything was seen one silence of so many is taken to be for ever, and that is worth as many.
const NEVER_WORTH: f64 = 2_000.0;
const NEVER_BEFORE: f64 = 0.4 / NEVER_WORTH;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Hours of silence are told apart in steps of a tenth, from half an hour to three weeks.
const STEPS_PER_DOUBLING: f64 = 7.0;
const FIRST_STEP: f64 = 0.5;
const STEPS: usize = 71;

fn step_ends(step: usize) -> f64 {
    FIRST_STEP * (step as f64 / STEPS_PER_DOUBLING).exp2()
}

/// The step in which a silence of so many hours ended.
fn step_of(hours: f64) -> usize {
    if hours < FIRST_STEP { 0 } else { ((hours / FIRST_STEP).log2() * STEPS_PER_DOUBLING) as usize + 1 }
}

/// Whether a parcel crosses a border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    Domestic,
    International,
    Unknown,
}

impl Reach {
    pub fn of(is_domestic: Option<bool>) -> Reach {
        match is_domestic {
            Some(true) => Reach::Domestic,
            Some(false) => Reach::International,
            None => Reach::Unknown,
        }
    }
}

/// One thing that a carrier said of a parcel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Word {
    /// When it happened at the latest.
    pub at: Timestamp,
    pub received_at: Timestamp,
    pub state: State,
}

impl Word {
    /// When it ended the silence before it.
    fn heard_at(&self) -> Timestamp {
        let told_at_once = self.received_at.as_millisecond() - self.at.as_millisecond() <= TOLD_AT_ONCE_HOURS * HOUR_MS;
        if told_at_once { self.at.max(self.received_at) } else { self.at }
    }
}

/// A parcel as far as its silences teach.
#[derive(Clone, Debug)]
pub struct Followed {
    pub carrier: String,
    pub reach: Reach,
    /// Service, origin and destination, where they are known.
    pub lane: Option<String>,
    pub handed_over: Option<Timestamp>,
    pub registered_at: Timestamp,
    /// Whose working days count, and where days begin.
    pub nations: Vec<String>,
    pub zone: TimeZone,
    /// In the order in which they happened.
    pub words: Vec<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Heard,
    /// Not yet: it is silent still.
    Open,
    Never,
}

struct Gap {
    stage: Stage,
    from: Timestamp,
    hours: f64,
    end: End,
}

impl Followed {
    /// Its silences while the carrier was to speak, as they were endured.
    fn gaps(&self, calendars: &Calendars, outages: &[Outage], now: Timestamp) -> Vec<Gap> {
        let days = WorkingDays { calendars, nations: self.nations.iter().map(String::as_str).collect(), zone: &self.zone };
        let mut gaps = Vec::new();
        let mut close = |silent: Option<(Stage, Timestamp)>, until: Timestamp, end: End| {
            if let Some((stage, from)) = silent.filter(|(_, from)| *from < until) {
                gaps.push(Gap { stage, from, hours: days.hours_of_silence(from, until, outages), end });
            }
        };
        let handed_over = self.handed_over.map(|at| at.max(self.registered_at));
        let mut silent = handed_over.map(|at| (Stage::FirstScan, at));
        let mut is_touched = false;
        for word in self.words.iter().filter(|word| word.at <= now) {
            if !is_touched && !word.state.is_physical() {
                continue;
            }
            is_touched = true;
            let gone = matches!(word.state, State::Lost | State::Destroyed);
            close(silent, word.heard_at(), if gone { End::Never } else { End::Heard });
            // What says nothing of where it is leaves it where it was.
            let stage = if word.state.is_silent() { silent.map(|(stage, _)| stage) } else { Stage::of(word.state) };
            silent = stage.map(|stage| (stage, word.at));
        }
        let for_ever = silent.is_some_and(|(_, from)| later(from, NEVER_AFTER_DAYS * DAY_MS) < now);
        close(silent, now, if for_ever { End::Never } else { End::Open });
        gaps
    }
}

/// What was seen of silences, step by step of their length.
#[derive(Clone)]
struct Seen {
    heard: [f32; STEPS + 1],
    open: [f32; STEPS + 1],
    never: f32,
    parcels: u32,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { heard: [0.0; STEPS + 1], open: [0.0; STEPS + 1], never: 0.0, parcels: 0 }
    }
}

/// The chance that a word which will come has not come when a step ends.
type Curve = [f64; STEPS];

impl Seen {
    fn observe(&mut self, gap: &Gap, weight: f32) {
        let step = step_of(gap.hours).min(STEPS);
        match gap.end {
            End::Heard => self.heard[step] += weight,
            End::Open => self.open[step] += weight,
            End::Never => self.never += weight,
        }
        self.parcels += u32::from(gap.end != End::Open);
    }

    fn heard(&self) -> f64 {
        self.heard.iter().map(|n| f64::from(*n)).sum()
    }

    /// How silences end, held by what is known in general as if that had been seen `worth` times.
    fn curve(&self, general: &Curve, worth: f64) -> Curve {
        let mut left: f64 = self.heard() + self.open.iter().map(|n| f64::from(*n)).sum::<f64>();
        let (mut before, mut curve, mut survive) = (1.0, [0.0; STEPS], 1.0);
        for step in 0..STEPS {
            let (heard, open) = (f64::from(self.heard[step]), f64::from(self.open[step]));
            left -= open;
            let (ended, among) = (heard + worth * (before - general[step]), left + worth * before);
            survive *= if among > 0.0 { (1.0 - ended / among).clamp(0.0, 1.0) } else { 1.0 };
            curve[step] = survive;
            before = general[step];
            left -= heard;
        }
        curve
    }

    /// Beyond the longest silence that was seen no curve falls faster than a cube: none seen among few proves little.
    fn with_tail(&self, mut curve: Curve) -> Curve {
        let longest = self.heard.iter().rposition(|n| *n > 0.0).unwrap_or(0).min(STEPS - 1);
        let seen = f64::from(self.parcels);
        for (step, left) in curve.iter_mut().enumerate().skip(longest) {
            let tail = 0.7 / (seen + 1.0) * (step_ends(longest) / step_ends(step)).powi(3);
            *left = left.max(tail.min(1.0));
        }
        curve
    }

    /// The share of silences that are for ever.
    fn never(&self, general: f64) -> f64 {
        (f64::from(self.never) + NEVER_WORTH * general) / (self.heard() + f64::from(self.never) + NEVER_WORTH)
    }
}

/// Before anything was seen: half is heard of within eight hours, and one of four hundred after ten days.
fn before_anything() -> Curve {
    std::array::from_fn(|step| (1.0 + step_ends(step) / 24.0).powf(-2.5))
}

fn norm(curve: &Curve, never: f64, learnt_from: u32, level: Level) -> Norm {
    let first = |holds: &dyn Fn(usize) -> bool| step_ends((0..STEPS).find(|step| holds(*step)).unwrap_or(STEPS));
    let chance = |step: usize| never / (never + (1.0 - never) * curve[step]);
    let usual = first(&|step| curve[step] <= 1.0 - USUAL_SHARE);
    let silent = CHANCES.map(|wanted| first(&|step| chance(step) >= wanted && curve[step] <= FLAGGED_FALSELY_MAX));
    let tenth = |hours: f64| (hours * 10.0).round() / 10.0;
    Norm { usual: tenth(usual), silent: silent.map(tenth), learnt_from, level }
}

/// What is normal for the parcels of one retailer.
#[derive(Clone, Debug, Default)]
pub struct Norms {
    of_carriers: HashMap<(String, Reach), Patience>,
    of_lanes: HashMap<(String, String), Patience>,
}

impl Norms {
    pub fn is_empty(&self) -> bool {
        self.of_carriers.is_empty()
    }

    /// How many carriers and lanes have norms of their own.
    pub fn size(&self) -> usize {
        self.of_carriers.len() + self.of_lanes.len()
    }

    /// What silence is normal for a parcel; nothing where too little is known.
    pub fn patience(&self, carrier: &str, reach: Reach, lane: Option<&str>) -> Option<&Patience> {
        let on_lane = lane.and_then(|lane| self.of_lanes.get(&(carrier.to_owned(), lane.to_owned())));
        on_lane.or_else(|| self.of_carriers.get(&(carrier.to_owned(), reach)))
    }
}

/// Where a retailer's feeds are counted by the hour.
pub struct Home<'a> {
    pub calendars: &'a Calendars,
    pub zone: &'a TimeZone,
    pub nation: &'a str,
}

/// Learns what is normal from parcels, each with what was heard of it until now.
pub fn learn(parcels: &[Followed], home: &Home, now: Timestamp) -> Norms {
    let outages = outages(parcels, home, now);
    let mut of_lane: HashMap<(&str, &str), usize> = HashMap::new();
    for parcel in parcels {
        if let Some(lane) = &parcel.lane {
            *of_lane.entry((&parcel.carrier, lane)).or_default() += 1;
        }
    }
    let mut all = Seen::default();
    let mut stages: BTreeMap<(Reach, Stage), Seen> = BTreeMap::new();
    let mut carriers: BTreeMap<(&str, Reach), BTreeMap<Stage, Seen>> = BTreeMap::new();
    let mut lanes: BTreeMap<(&str, &str, Reach), BTreeMap<Stage, Seen>> = BTreeMap::new();
    let mut since: HashMap<&str, Timestamp> = HashMap::new();
    for parcel in parcels {
        let carrier = parcel.carrier.as_str();
        let down = outages.get(carrier).map_or(&[] as &[Outage], Vec::as_slice);
        for gap in parcel.gaps(home.calendars, down, now) {
            let days = (now.as_millisecond() - gap.from.as_millisecond()) as f64 / DAY_MS as f64;
            let weight = (-days / HALF_LIFE_DAYS).exp2() as f32;
            all.observe(&gap, weight);
            stages.entry((parcel.reach, gap.stage)).or_default().observe(&gap, weight);
            carriers.entry((carrier, parcel.reach)).or_default().entry(gap.stage).or_default().observe(&gap, weight);
            if let Some(lane) = parcel.lane.as_deref().filter(|lane| of_lane[&(carrier, *lane)] >= LANE_PARCELS_MIN) {
                lanes.entry((carrier, lane, parcel.reach)).or_default().entry(gap.stage).or_default().observe(&gap, weight);
            }
            let first = since.entry(carrier).or_insert(gap.from);
            *first = (*first).min(gap.from);
        }
    }

    let general = all.curve(&before_anything(), 4.0);
    let never = all.never(NEVER_BEFORE);
    let mut norms = Norms::default();
    let mut known: HashMap<(&str, Reach, Stage), (Curve, f64)> = HashMap::new();
    for ((carrier, reach), seen) in &carriers {
        if later(since[carrier], DAYS_MIN * DAY_MS) > now {
            continue;
        }
        let mut patience = Patience::default();
        for (stage, seen) in seen.iter().filter(|(_, seen)| seen.parcels >= GAPS_MIN) {
            let alike = &stages[&(*reach, *stage)];
            let curve = seen.with_tail(seen.curve(&alike.curve(&general, WORTH[0]), WORTH[1]));
            let never = seen.never(alike.never(never));
            patience.0.insert(*stage, norm(&curve, never, seen.parcels, Level::Carrier));
            known.insert((carrier, *reach, *stage), (curve, never));
        }
        if !patience.0.is_empty() {
            norms.of_carriers.insert(((*carrier).to_owned(), *reach), patience);
        }
    }
    for ((carrier, lane, reach), seen) in &lanes {
        let Some(mut patience) = norms.of_carriers.get(&((*carrier).to_owned(), *reach)).cloned() else { continue };
        for (stage, seen) in seen {
            if let Some((curve, never)) = known.get(&(carrier, *reach, *stage)).filter(|_| seen.parcels as usize >= LANE_PARCELS_MIN) {
                let own = norm(&seen.curve(curve, WORTH[2]), seen.never(*never), seen.parcels, Level::Lane);
                patience.0.insert(*stage, own);
            }
        }
        norms.of_lanes.insert(((*carrier).to_owned(), (*lane).to_owned()), patience);
    }
    norms
}

/// When each carrier's whole feed was down, as far as what was heard of these parcels tells: silence then is not theirs.
fn outages<'a>(parcels: &'a [Followed], home: &Home, now: Timestamp) -> HashMap<&'a str, Vec<Outage>> {
    let mut hours: HashMap<&str, BTreeMap<i64, i64>> = HashMap::new();
    for parcel in parcels {
        let said = hours.entry(&parcel.carrier).or_default();
        for word in &parcel.words {
            *said.entry(word.heard_at().as_millisecond().div_euclid(HOUR_MS)).or_default() += 1;
        }
    }
    let down = |said: BTreeMap<i64, i64>| {
        let hours: Vec<(i64, i64)> = said.into_iter().collect();
        let last_at = later(Timestamp::UNIX_EPOCH, hours.last().map_or(0, |h| h.0) * HOUR_MS);
        feed::outages(&feed::Heard { hours: &hours, last_at, zone: home.zone, calendars: home.calendars, nation: home.nation }, now)
    };
    hours.into_iter().map(|(carrier, said)| (carrier, down(said))).collect()
}
