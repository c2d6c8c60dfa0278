//! What the silences of parcels teach: how long one is normal, and from when on it is likely for ever.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;
use serde_json::json;
use whereabouts_domain::{
    Case, Journey, Judgement, Registration, State,
    calendar::Calendars,
    feed::{self, Heard, Outage},
    forecast::{
        gaps::{Followed, Home, Norms, Reach, Word, learn},
        patience::{Norm, Patience, Stage},
    },
    judge,
    settings::{Layer, Preset, Settings, resolve},
    silence::silence,
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Monday 2 March 2026, midnight.
const START: i64 = 1_772_409_600_000;

fn ms(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap()
}

/// Each day so many parcels are collected at 18:00, are at the hub at midnight, and are out on the van and delivered so many hours later.
struct Carrier {
    days: i64,
    parcels: i64,
    /// Silent for the whole of these days.
    down: std::ops::Range<i64>,
}

impl Carrier {
    fn followed(&self) -> Vec<Followed> {
        let day = |d: i64| (0..self.parcels).map(move |k| self.parcel(d, k));
        (0..self.days).flat_map(day).collect()
    }
    fn parcel(&self, day: i64, k: i64) -> Followed {
        let handed_over = START + day * DAY + 16 * HOUR;
        let told = [
            (2, State::CollectedByCarrier),
            (8, State::ArrivedAtHub),
            (12 + k % 3, State::DepartedHub),
            (20 + k % 5, State::OutForDelivery),
            (26 + k % 7, State::Delivered),
        ];
        let words =
            told.map(|(hours, state)| Word { at: ms(handed_over + hours * HOUR), received_at: ms(handed_over + hours * HOUR), state });
        let is_told = |word: &Word| !self.down.contains(&(word.at.as_millisecond() - START).div_euclid(DAY));
        let back = ms(START + self.down.end * DAY + (k % 7) * HOUR);
        // When the feed is back, all is told at once: of each parcel the last.
        let mut heard: Vec<Word> = words.iter().copied().filter(is_told).collect();
        let last = words.iter().copied().rfind(|word| !is_told(word) && heard.iter().all(|h| h.at < word.at));
        heard.extend(last.map(|word| Word { at: back, received_at: back, ..word }));
        Followed {
            carrier: "evri".into(),
            reach: Reach::Domestic,
            lane: Some(format!("48 {}", k % 2)),
            handed_over: Some(ms(handed_over)),
            registered_at: ms(handed_over),
            // A nation without a calendar of its own; weekends are no working days there, but weeks are alike.
            nations: vec!["GB-ENG".into()],
            zone: TimeZone::UTC,
            words: heard,
        }
    }
    fn norms(&self) -> Norms {
        taught(&self.followed(), ms(START + self.days * DAY))
    }
}

fn taught(parcels: &[Followed], now: Timestamp) -> Norms {
    learn(parcels, &Home { calendars: Calendars::built_in(), zone: &TimeZone::UTC, nation: "GB-ENG" }, now)
}

fn usual() -> Carrier {
    Carrier { days: 60, parcels: 40, down: 0..0 }
}

fn norm(norms: &Norms, stage: Stage) -> Option<Norm> {
    norms.patience("evri", Reach::Domestic, None)?.norm(stage).cloned()
}

/// A parcel that left a hub on a Tuesday morning in May, and was not heard of since.
#[derive(Clone)]
struct Silent {
    registration: Registration,
    journey: Journey,
    settings: Settings,
}

const LEFT: i64 = START + 64 * DAY + 6 * HOUR;

impl Silent {
    fn new(layer: serde_json::Value) -> Silent {
        let layer: Layer = serde_json::from_value(layer).unwrap();
        let at = Some(ms(LEFT));
        Silent {
            registration: serde_json::from_value(json!({"origin": {"country": "GB"}, "destination": {"country": "GB"}})).unwrap(),
            journey: Journey {
                state: State::DepartedHub,
                waiting_on: State::DepartedHub.info().waiting_on,
                state_since: at,
                first_physical_at: at,
                last_event_at: at,
                ..Journey::default()
            },
            settings: resolve(Preset::Sorted, &[("retailer".into(), &layer)]).0,
        }
    }
    fn with(&self, outages: &[Outage]) -> Silent {
        let mut silent = self.clone();
        silent.settings.feed_down = outages.to_vec();
        silent
    }
    fn ask<T>(&self, patience: Option<&Patience>, hours: f64, ask: impl Fn(&Case) -> T) -> T {
        ask(&Case {
            registration: &self.registration,
            journey: &self.journey,
            registered_at: ms(LEFT),
            woken_at: None,
            kept_awake: false,
            settings: &self.settings,
            calendars: Calendars::built_in(),
            zone: &TimeZone::UTC,
            patience,
            now: ms(LEFT + (hours * HOUR as f64) as i64),
        })
    }
    fn judge(&self, patience: Option<&Patience>, hours: f64) -> Judgement {
        self.ask(patience, hours, judge)
    }
}

#[test]
fn a_silence_beyond_what_is_normal_may_mean_that_it_never_arrives_and_says_why() {
    let norms = usual().norms();
    let patience = norms.patience("evri", Reach::Domestic, Some("48 1")).expect("sixty days of forty parcels are enough");
    let learnt = Some(patience);
    let after = patience.norm(Stage::LeftHub).unwrap().flagged_after();
    assert!((11.0..18.0).contains(&after), "from hub to van it takes 6 to 12 hours: {after}");
    let silent = Silent::new(json!({}));
    assert!(!silent.judge(learnt, after - 0.1).facts.may_be_missing());
    let flagged = silent.judge(learnt, after + 0.1).facts;
    assert_eq!((flagged.may_be_missing(), flagged.missing_reason.as_deref()), (true, Some("silence")));
    let (words, chance) = silent.ask(learnt, 20.0, |case| {
        let silence = silence(case).unwrap();
        (silence.words(), silence.chance())
    });
    assert_eq!(words, "silent 20 h; 95 % of parcels on this lane are scanned within 13 h of leaving a hub");
    assert!(chance >= Some(0.1));
    // The clock judges where history is not asked, or knows nothing.
    for (layer, learnt) in [(json!({"missing_by": "clock"}), learnt), (json!({}), None)] {
        let silent = Silent::new(layer);
        assert!(!silent.judge(learnt, 24.0).facts.may_be_missing() && silent.judge(learnt, 24.1).facts.may_be_missing());
        assert_eq!(silent.ask(learnt, 30.0, |case| silence(case).unwrap().words()), "silent 30 h; more than 24 h is too long by the clock");
    }
}

#[test]
fn too_few_parcels_and_too_few_days_teach_nothing() {
    assert!(Carrier { days: 27, ..usual() }.norms().is_empty());
    assert!(Carrier { parcels: 2, ..usual() }.norms().is_empty());
    assert!(taught(&[], ms(START)).is_empty());
    assert!(!Carrier { days: 30, ..usual() }.norms().is_empty());
}

#[test]
fn a_week_in_which_a_carrier_says_nothing_teaches_no_patience() {
    let (calm, shaken) = (usual().norms(), Carrier { down: 36..43, ..usual() }.norms());
    let (calm, shaken) = (norm(&calm, Stage::LeftHub).unwrap(), norm(&shaken, Stage::LeftHub).unwrap());
    assert!(
        shaken.flagged_after() < 2.0 * calm.flagged_after(),
        "{} after a calm time, {} after an outage",
        calm.flagged_after(),
        shaken.flagged_after()
    );
}

#[test]
fn while_a_carrier_says_nothing_to_anybody_nobody_is_missing_and_afterwards_only_who_stays_silent() {
    let norms = usual().norms();
    let patience = norms.patience("evri", Reach::Domestic, None);
    let after = patience.unwrap().norm(Stage::LeftHub).unwrap().flagged_after();
    let silent = Silent::new(json!({}));
    // Down from an hour after it left the hub, for a week.
    let mut hours: BTreeMap<i64, i64> = BTreeMap::new();
    for word in usual().followed().iter().flat_map(|parcel| &parcel.words) {
        *hours.entry(word.at.as_millisecond() / HOUR).or_default() += 1;
    }
    let last = LEFT / HOUR;
    for day in 60..64 {
        for hour in 0..24 {
            hours.insert((START + day * DAY) / HOUR + hour, 8);
        }
    }
    hours.extend((last - 6..=last).map(|hour| (hour, 8)));
    let seen = |hours: &BTreeMap<i64, i64>, now: i64| {
        let hours: Vec<(i64, i64)> = hours.iter().map(|(hour, n)| (*hour, *n)).filter(|(hour, _)| *hour <= now / HOUR).collect();
        let last_at = ms(hours.last().unwrap().0 * HOUR);
        feed::outages(&Heard { hours: &hours, last_at, zone: &TimeZone::UTC, calendars: Calendars::built_in(), nation: "GB-ENG" }, ms(now))
    };
    for hour in 3..7 * 24 {
        let outages = seen(&hours, LEFT + hour * HOUR);
        assert!(hour < 10 || outages.last().is_some_and(|o| o.until.is_none()), "after {hour} h: {outages:?}");
        let judged = silent.with(&outages).judge(patience, hour as f64);
        assert!(!judged.facts.may_be_missing(), "flagged {hour} h into an outage");
    }
    let back = last + 7 * 24;
    hours.extend((back..back + 40).map(|hour| (hour, 8)));
    let at = |hours_after: f64| {
        let outages = seen(&hours, LEFT + 7 * DAY + (hours_after * HOUR as f64) as i64);
        silent.with(&outages).judge(patience, 7.0 * 24.0 + hours_after).facts.may_be_missing()
    };
    assert!(!at(1.0), "the silence of the outage is not its own");
    assert!(at(after + 2.0), "it is silent although others are heard of");
}

#[test]
fn dates_of_other_centuries_and_a_feed_told_all_at_once_keep_norms_sound() {
    let mut parcels = usual().followed();
    for (k, parcel) in parcels.iter_mut().enumerate().filter(|(k, _)| k % 50 == 0) {
        let odd = ["1900-01-01T00:00:00Z", "2300-01-01T00:00:00Z"][k / 50 % 2].parse().unwrap();
        parcel.words.insert(0, Word { at: odd, received_at: odd, state: State::CollectedByCarrier });
        parcel.handed_over = Some(odd);
    }
    let odd = taught(&parcels, ms(START + 60 * DAY));
    sound(odd.patience("evri", Reach::Domestic, None).unwrap());
    // Told in one lump at the end: what happened still counts by when it happened.
    let mut lump = usual().followed();
    let told = ms(START + 60 * DAY);
    lump.iter_mut().flat_map(|p| &mut p.words).for_each(|word| word.received_at = told);
    let (live, lump) = (usual().norms(), taught(&lump, told));
    assert_eq!(norm(&live, Stage::OutForDelivery).unwrap().usual, norm(&lump, Stage::OutForDelivery).unwrap().usual);
}

fn sound(patience: &Patience) {
    for (stage, norm) in &patience.0 {
        let all: Vec<f64> = std::iter::once(norm.usual).chain(norm.silent).collect();
        assert!(all.iter().all(|h| h.is_finite() && *h > 0.0), "{stage:?} {norm:?}");
        assert!(norm.silent.windows(2).all(|pair| pair[0] <= pair[1]) && norm.usual <= norm.flagged_after(), "{stage:?} {norm:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn norms_are_finite_and_ordered_and_the_chance_never_falls_as_silence_grows(
        lives in prop::collection::vec((0..50_i64, prop::collection::vec((0..State::ALL.len(), 0..90_i64), 1..7)), 250..400),
    ) {
        let parcels: Vec<Followed> = lives.iter().map(|(day, told)| {
            let mut at = START + day * DAY;
            let words = told.iter().map(|(state, hours)| {
                at += hours * HOUR;
                Word { at: ms(at), received_at: ms(at), state: State::ALL[*state] }
            });
            Followed { words: words.collect(), handed_over: Some(ms(START + day * DAY)), registered_at: ms(START + day * DAY), ..usual().parcel(0, *day) }
        }).collect();
        let norms = taught(&parcels, ms(START + 60 * DAY));
        for patience in [norms.patience("evri", Reach::Domestic, None), norms.patience("evri", Reach::Domestic, Some("48 0"))].into_iter().flatten() {
            sound(patience);
            for norm in patience.0.values() {
                let chances: Vec<Option<f64>> = (0..700).map(|hour| norm.chance(f64::from(hour))).collect();
                prop_assert!(chances.windows(2).all(|pair| pair[0] <= pair[1]));
            }
            let kept: Patience = serde_json::from_str(&serde_json::to_string(patience).unwrap()).unwrap();
            prop_assert_eq!(&kept, patience);
        }
    }
}

#[test]
fn an_outage_is_a_silence_in_which_many_words_were_due() {
    let hours: Vec<(i64, i64)> =
        (0..30 * 24).filter(|hour| !(500..530).contains(hour) && hour % 24 > 6).map(|hour| (START / HOUR + hour, 3)).collect();
    let now = START + 30 * DAY;
    let heard = Heard { hours: &hours, last_at: ms(now - HOUR), zone: &TimeZone::UTC, calendars: Calendars::built_in(), nation: "GB-ENG" };
    let at = |hour: i64| ms(START + hour * HOUR);
    assert_eq!(feed::outages(&heard, ms(now)), [Outage { from: at(500), until: Some(at(535)), noticed: Some(at(503)) }]);
    assert_eq!(feed::outages(&Heard { hours: &hours[..40], ..heard }, ms(now)), []);
}
