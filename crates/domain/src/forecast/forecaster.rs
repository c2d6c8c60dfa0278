//! What is open, what it taught, and what is forecast for it: one object for production and for the replay of a file.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use super::{
    Clock, Forecast, Known, MOMENTS, Moment, Tuning, Unit,
    calibration::Depths,
    curve::{Curve, interval},
    drift::{CalmDrift, Drift},
    hazard::{HORIZON, Hazards, Lesson, decay},
    rush::Rush,
    witness::{VIEWS, View, Witness, day_number, second_of},
};

const CLOCKS: [Clock; 2] = [Clock::Purchase, Clock::HandOver];
const VIEW_COUNT: usize = VIEWS.len();
/// Parcels that nobody has heard of for so long are let go.
const FOLLOWED_MAX: i32 = 200;

pub struct Forecaster {
    unit: Unit,
    tuning: Tuning,
    /// By clock and view.
    hazards: [[Hazards; VIEW_COUNT]; 2],
    /// How likely what happened had seemed to each view, by clock and by which views a parcel suits.
    records: [[[f64; VIEW_COUNT]; 1 << VIEW_COUNT]; 2],
    /// By moment.
    drifts: Vec<Drift>,
    calm_drifts: Vec<CalmDrift>,
    depths: Vec<Depths>,
    /// Down to what depth the two intervals of each moment reach.
    levels: Vec<[f64; 2]>,
    rush: Rush,
    /// Arrivals seen, by clock.
    arrivals: [u32; 2],
    open: BTreeMap<u64, Open>,
    day: Option<i32>,
}

struct Open {
    known: Known,
    purchased: DateTime,
    /// Days until what happened on a day is told for certain.
    told_after: i32,
    arrived: Option<DateTime>,
    /// Whether all that happens to it is told.
    is_followed: bool,
    sides: [Option<Side>; 2],
}

/// A parcel on one clock.
struct Side {
    witnesses: [Option<Witness>; VIEW_COUNT],
    /// Which views it suits, as bits.
    suits: usize,
    closed: bool,
    told: Vec<Told>,
}

/// A forecast that was made, to be compared with what comes.
struct Told {
    slot: usize,
    lived: usize,
    hazards: Vec<f32>,
    /// Those that the median was told from.
    calm: Vec<f32>,
    depths: Vec<f32>,
}

impl Told {
    fn depth(&self, age: usize) -> f64 {
        f64::from(self.depths.get(age).copied().unwrap_or(1.0))
    }

    /// The days from an age on, if the parcel is open until then: the chance of each, and its depth.
    fn from(&self, age: usize) -> impl Iterator<Item = (f64, f64)> {
        let skipped = age.saturating_sub(self.lived);
        let mut open = 1.0;
        (self.lived + skipped..).zip(self.hazards.iter().skip(skipped)).map(move |(age, hazard)| {
            let chance = open * f64::from(*hazard);
            open -= chance;
            (chance, self.depth(age))
        })
    }
}

impl Side {
    fn new(clock: Clock, known: &Known, purchased: DateTime, started: DateTime) -> Side {
        let witnesses = VIEWS.map(|view| view.suits(known).then(|| Witness::new(clock, view, known, purchased, started)));
        let suits = witnesses.iter().enumerate().map(|(k, w)| usize::from(w.is_some()) << k).sum();
        Side { witnesses, suits, closed: false, told: Vec::new() }
    }

    /// What all views have in common: when the clock started.
    fn any(&self) -> Option<&Witness> {
        self.witnesses.iter().flatten().next()
    }
}

impl Forecaster {
    pub fn new(unit: Unit, tuning: Tuning) -> Forecaster {
        Forecaster {
            unit,
            hazards: CLOCKS.map(|clock| VIEWS.map(|view: View| Hazards::new(view.size(clock)))),
            records: [[[0.0; VIEW_COUNT]; 1 << VIEW_COUNT]; 2],
            drifts: vec![Drift::default(); MOMENTS],
            calm_drifts: vec![CalmDrift::default(); MOMENTS],
            depths: vec![Depths::default(); MOMENTS],
            levels: vec![Depths::default().levels(&tuning); MOMENTS],
            rush: Rush::default(),
            arrivals: [0; 2],
            open: BTreeMap::new(),
            day: None,
            tuning,
        }
    }

    /// An order was placed. `told_late`: its delivery will be told in whole days of 24 hours only, so not before they are over.
    pub fn purchased(&mut self, order: u64, at: DateTime, known: Known, told_late: bool) {
        let told_after = i32::from(told_late || self.unit == Unit::Whole24Hours);
        self.rush.observe();
        let sides = [Some(Side::new(Clock::Purchase, &known, at, at)), None];
        self.open.insert(order, Open { known, purchased: at, told_after, arrived: None, is_followed: true, sides });
    }

    /// The carrier has it. A hand-over told as before the purchase counts from the purchase.
    pub fn handed_over(&mut self, order: u64, at: DateTime) {
        if let Some(open) = self.open.get_mut(&order) {
            let side = Side::new(Clock::HandOver, &open.known, open.purchased, at.max(open.purchased));
            open.sides[1] = Some(Side { closed: !open.is_followed, ..side });
        }
    }

    pub fn delivered(&mut self, order: u64, at: DateTime) {
        if let Some(open) = self.open.get_mut(&order) {
            open.arrived = Some(at);
        }
    }

    /// Nothing more will be told of this order, whatever becomes of it: it teaches no more. For how its forecasts held stands what they had said
    /// of the days to come, else the quick ones alone would be counted of those that were on their way together.
    pub fn lost_sight(&mut self, order: u64) {
        let (Some(open), Some(today)) = (self.open.get_mut(&order), self.day) else { return };
        open.is_followed = false;
        for side in open.sides.iter_mut().flatten().filter(|side| !side.closed) {
            side.closed = true;
            let Some(start) = side.any() else { continue };
            let tomorrow = usize::try_from(today - start.start_day - open.told_after + 1).unwrap_or(0);
            for told in &side.told {
                let depths = &mut self.depths[told.slot];
                told.from(tomorrow).for_each(|(chance, depth)| depths.observe(depth, chance));
                self.levels[told.slot] = depths.levels(&self.tuning);
            }
        }
    }

    pub fn is_open(&self, order: u64) -> bool {
        self.open.get(&order).is_some_and(|open| open.arrived.is_none())
    }

    /// How many arrivals it has seen, however long ago.
    pub fn arrivals(&self) -> u32 {
        self.arrivals[0].max(self.arrivals[1])
    }

    /// How many effects of single lanes, places and senders it remembers: what grows with a retailer.
    pub fn effects(&self) -> usize {
        self.hazards.iter().flatten().map(Hazards::effects).sum()
    }

    /// Lets go of what it follows and of what only further learning needs.
    pub(super) fn let_go(&mut self) {
        self.open.clear();
        self.hazards.iter_mut().flatten().for_each(Hazards::let_go);
    }

    pub fn follows_anything(&self) -> bool {
        !self.open.is_empty()
    }

    /// The day is over: every open parcel teaches. Days are closed in order; those on which nothing was open may be left out.
    pub fn close_day(&mut self, date: Date) {
        let day = day_number(date);
        let days = self.day.map_or(0, |before| day - before).max(0);
        self.day = Some(day);
        let tuning = &self.tuning;
        self.rush.close(days);
        let kept = decay(days, tuning.drift_half_life);
        self.drifts.iter_mut().for_each(|drift| drift.forget(kept));
        self.calm_drifts.iter_mut().for_each(|drift| drift.forget(tuning, days));
        self.depths.iter_mut().for_each(|depths| depths.forget(tuning, days));
        let kept = decay(days, tuning.record_half_life);
        self.records.iter_mut().flatten().flatten().for_each(|record| *record *= kept);

        let mut lessons: [[Lesson; VIEW_COUNT]; 2] = std::array::from_fn(|c| std::array::from_fn(|v| self.hazards[c][v].lesson()));
        for open in self.open.values_mut() {
            for (clock, side) in open.sides.iter_mut().enumerate().filter_map(|(c, side)| Some((c, side.as_mut()?))) {
                let Some(start) = side.any().filter(|_| !side.closed) else { continue };
                let lived = day - start.start_day - open.told_after;
                let arrival = open.arrived.map(|at| age_at(self.unit, start, at));
                let (age, arrived) = match arrival {
                    Some(age) if age <= lived => (age, true),
                    _ => (lived, false),
                };
                side.closed = arrived || age + 1 >= HORIZON as i32;
                // Not yet a day old, or told to have arrived before it started.
                let Ok(age) = usize::try_from(age) else { continue };
                self.arrivals[clock] += u32::from(arrived);
                for (view, witness) in side.witnesses.iter().enumerate() {
                    if let Some(witness) = witness {
                        let hazards = &self.hazards[clock][view];
                        self.records[clock][side.suits][view] += hazards.observe(tuning, &mut lessons[clock][view], witness, age, arrived);
                    }
                }
                for told in side.told.iter().filter(|told| told.lived <= age) {
                    if let Some((along, hazard)) = along(&told.hazards, age - told.lived) {
                        self.drifts[told.slot].observe(along, hazard, arrived);
                    }
                    if let Some((along, hazard)) = along(&told.calm, age - told.lived) {
                        self.calm_drifts[told.slot].observe(along, hazard, arrived);
                    }
                    if arrived {
                        self.depths[told.slot].observe(told.depth(age), 1.0);
                    }
                }
            }
        }
        for (hazards, lesson) in self.hazards.iter_mut().flatten().zip(lessons.iter().flatten()) {
            hazards.take_in(tuning, lesson, day);
        }
        self.levels = self.depths.iter().map(|depths| depths.levels(tuning)).collect();
        self.open.retain(|_, open| {
            let is_followed = open.sides.iter().flatten().any(|side| !side.closed);
            let may_be_heard_of = open.arrived.is_none() || open.sides[1].is_none();
            is_followed || (may_be_heard_of && day - day_number(open.purchased.date()) < FOLLOWED_MAX)
        });
    }

    /// What is expected of an open order. The forecast is kept, to be compared with what comes.
    pub fn forecast(&mut self, order: u64, moment: Moment, now: DateTime) -> Forecast {
        let side = self.open.get(&order).and_then(|open| open.sides[moment.clock() as usize].as_ref());
        let Some((forecast, told)) = side.and_then(|side| self.expect(side, moment, moment.lived(self.unit), now.date())) else {
            return Forecast::default();
        };
        if let Some(side) = self.open.get_mut(&order).and_then(|open| open.sides[moment.clock() as usize].as_mut()) {
            side.told.push(told);
        }
        forecast
    }

    /// What is expected of a parcel that nobody follows here and that has not arrived by now. Today is not over.
    pub fn foresee(&self, known: &Known, purchased: DateTime, handed_over: Option<DateTime>, now: DateTime) -> Forecast {
        let handed_over = handed_over.map(|at| at.max(purchased)).filter(|at| *at <= now);
        let (clock, started) = handed_over.map_or((Clock::Purchase, purchased), |at| (Clock::HandOver, at));
        let side = Side::new(clock, known, purchased, started);
        let lived = usize::try_from(day_number(now.date()) - day_number(started.date())).unwrap_or(0);
        let moment = match (clock, lived) {
            (Clock::Purchase, _) => Moment::Purchase,
            (Clock::HandOver, 0) => Moment::HandOver,
            // As it was said when yesterday ended.
            (Clock::HandOver, days) => Moment::After(u8::try_from(days - 1).unwrap_or(u8::MAX)),
        };
        if lived >= HORIZON {
            return Forecast::default();
        }
        self.expect(&side, moment, lived, now.date()).map_or_else(Forecast::default, |(forecast, _)| forecast)
    }

    fn expect(&self, side: &Side, moment: Moment, lived: usize, today: Date) -> Option<(Forecast, Told)> {
        let clock = moment.clock() as usize;
        let start = side.any()?;
        let (deadline, start_second) = (start.deadline, start.start_second);
        let records = &self.records[clock][side.suits];
        let (hazards, calm) = mixed(&self.tuning, &self.hazards[clock], records, side, lived, day_number(today), self.rush.surge())?;

        let p_late = deadline.filter(|deadline| moment.is_before(*deadline)).map(|deadline| {
            let curve = Curve::new(lived, &hazards);
            match self.unit {
                Unit::Dates => curve.open_after(i64::from(deadline)),
                Unit::Whole24Hours => {
                    let days = f64::from(deadline) + 1.0 - f64::from(start_second) / 86_400.0;
                    let whole = days.floor();
                    let (before, after) = (curve.open_after(whole as i64 - 1), curve.open_after(whole as i64));
                    before + (after - before) * (days - whole)
                }
            }
        });

        let curve = Curve::new(lived, &self.drifts[moment.slot()].bend(&self.tuning, &hazards));
        let depths = curve.depths();
        let [likely, wide] = self.levels[moment.slot()];
        let (low, high) = interval(&depths, likely);
        let (lowest, highest) = interval(&depths, wide);
        let median = self.calm_drifts[moment.slot()].median(&self.tuning, lived, &calm).clamp(low as f64, high as f64);
        let kept = |hazards: &[f64]| hazards.iter().map(|h| *h as f32).collect();
        let told = Told { slot: moment.slot(), lived, hazards: kept(&hazards), calm: kept(&calm), depths };
        let (likely, wide) = (Some((low as f64, high as f64)), Some((lowest as f64, highest as f64)));
        Some((Forecast { median: Some(median), likely, wide, p_late }, told))
    }
}

/// The hazards of all views that speak, each as loud as its record with parcels like this one is good: at the pace of days, and at the calm one.
fn mixed(
    tuning: &Tuning,
    hazards: &[Hazards; VIEW_COUNT],
    records: &[f64; VIEW_COUNT],
    side: &Side,
    lived: usize,
    today: i32,
    surge: f64,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let speaking = || (0..VIEW_COUNT).filter_map(|v| Some((v, side.witnesses[v].as_ref()?))).filter(|(v, _)| hazards[*v].knows_anything());
    let best = speaking().map(|(v, _)| records[v]).reduce(f64::max)?;
    let days = HORIZON.saturating_sub(lived);
    let (mut hazards_of_days, mut calm) = (vec![0.0; days], vec![0.0; days]);
    let mut loudness = 0.0;
    for (v, witness) in speaking() {
        let loud = (records[v] - best).exp();
        if loud > 1e-6 {
            loudness += loud;
            for (k, [of_days, of_weeks]) in hazards[v].ahead(tuning, witness, lived, today, surge).into_iter().enumerate() {
                hazards_of_days[k] += loud * of_days;
                calm[k] += loud * of_weeks;
            }
        }
    }
    hazards_of_days.iter_mut().chain(&mut calm).for_each(|hazard| *hazard /= loudness);
    Some((hazards_of_days, calm))
}

/// How much of a forecast's chance had gone by in the middle of one of its days, and the chance of arriving on it.
fn along(hazards: &[f32], day: usize) -> Option<(f64, f64)> {
    let hazard = f64::from(*hazards.get(day)?);
    let open: f64 = hazards[..day].iter().map(|h| 1.0 - f64::from(*h)).product();
    Some((1.0 - open * (1.0 - hazard / 2.0), hazard))
}

/// The day of age on which a parcel arrived; negative if it is told to have arrived before the clock started.
fn age_at(unit: Unit, start: &Witness, at: DateTime) -> i32 {
    let days = day_number(at.date()) - start.start_day;
    match unit {
        Unit::Dates => days,
        Unit::Whole24Hours => days - i32::from(second_of(at) < start.start_second),
    }
}
