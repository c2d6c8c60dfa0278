//! Whatever happened to a shipment, `next_check_at` leads from change to change and comes to an end: nothing changes in between.

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;
use whereabouts_domain::{
    Case, Destination, DestinationKind, Journey, Judgement, Promise, PromiseKind, Registration, State,
    calendar::Calendars,
    feed::Outage,
    forecast::patience::{Level, Norm, Patience, Stage},
    judge, rests_at,
    settings::{Preset, Settings, parse_clock},
};

const HOUR: i64 = 3_600_000;
/// Thursday before Christmas 2026.
const START: i64 = 1_797_487_200_000;

fn ms(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap()
}

#[derive(Clone, Debug)]
struct Life {
    registration: Registration,
    journey: Journey,
    settings: Settings,
    zone: TimeZone,
    kept_awake: bool,
    patience: Option<Patience>,
}

impl Life {
    fn judge(&self, now: i64) -> Judgement {
        judge(&self.case(now))
    }
    fn case(&self, now: i64) -> Case<'_> {
        Case {
            registration: &self.registration,
            journey: &self.journey,
            registered_at: ms(START),
            woken_at: None,
            kept_awake: self.kept_awake,
            settings: &self.settings,
            calendars: Calendars::built_in(),
            zone: &self.zone,
            patience: self.patience.as_ref(),
            now: ms(now),
        }
    }
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-100..600_i64, 0..60_i64).prop_map(|(hours, minutes)| ms(START + hours * HOUR + minutes * 60_000))
}

fn promise() -> impl Strategy<Value = Promise> {
    let edge = || (time(), any::<bool>()).prop_map(|(at, day)| if day { at.strftime("%Y-%m-%d").to_string() } else { at.to_string() });
    let kind = prop_oneof![Just(PromiseKind::By), Just(PromiseKind::OnDay), Just(PromiseKind::Window), Just(PromiseKind::Timed)];
    (prop::option::of(edge()), prop::option::of(edge()), prop::option::of(kind)).prop_map(|(start, end, kind)| Promise {
        start,
        end,
        kind,
        source: None,
    })
}

fn address() -> impl Strategy<Value = Option<Destination>> {
    let kind = prop_oneof![Just(DestinationKind::Home), Just(DestinationKind::Locker)];
    let country = prop_oneof![Just("GB"), Just("GB"), Just("IE"), Just("JP")];
    prop::option::of((kind, country).prop_map(|(kind, country)| Destination {
        kind: Some(kind),
        country: Some(country.into()),
        ..Destination::default()
    }))
}

fn registration() -> impl Strategy<Value = Registration> {
    (prop::option::of(time()), prop::option::of(time()), prop::option::of(promise()), address(), address(), any::<bool>()).prop_map(
        |(handed_over_at, shipped_at, promised, origin, destination, at_site)| Registration {
            tracking_number: Some("X1".into()),
            site: at_site.then(|| "dc1".into()),
            handed_over_at,
            shipped_at,
            promised,
            origin,
            destination,
            ..Registration::default()
        },
    )
}

fn journey() -> impl Strategy<Value = Journey> {
    let scans = prop::collection::vec((0..State::ALL.len(), time()), 0..5);
    (scans, prop::option::of(time()), prop::option::of(time())).prop_map(|(scans, act_by, agreed_until)| {
        let mut journey = Journey { act_by, agreed_until, ..Journey::default() };
        for (index, at) in scans {
            let state = State::ALL[index];
            (journey.state, journey.waiting_on, journey.state_since) = (state, state.info().waiting_on, Some(at));
            journey.last_event_at = journey.last_event_at.max(Some(at));
            journey.first_physical_at = journey.first_physical_at.or(state.is_physical().then_some(at));
            journey.out_for_delivery_at = if state == State::OutForDelivery { Some(at) } else { journey.out_for_delivery_at };
            journey.had_at = journey.had_at.or(state.is_delivered().then_some(at));
            journey.ended_at = state.is_terminal_for(Default::default()).then_some(at);
        }
        journey
    })
}

/// Of some stages something is known.
fn patience() -> impl Strategy<Value = Option<Patience>> {
    let norm = (0..Stage::ALL.len(), 1..200_i64).prop_map(|(stage, hours)| {
        let flagged = hours as f64 / 2.0;
        let silent = [flagged, flagged, flagged, 2.0 * flagged, 3.0 * flagged];
        (Stage::ALL[stage], Norm { usual: flagged / 2.0, silent, learnt_from: 500, level: Level::Carrier })
    });
    prop::option::of(prop::collection::vec(norm, 0..8).prop_map(|norms| Patience(norms.into_iter().collect())))
}

fn life() -> impl Strategy<Value = Life> {
    let preset = prop_oneof![Just(Preset::Sorted), Just(Preset::UkRetail)];
    let zone = prop_oneof![Just("Europe/London"), Just("America/Los_Angeles"), Just("Pacific/Auckland")];
    let outages = prop::collection::vec((time(), prop::option::of(1..200_i64), prop::option::of(0..40_i64)), 0..4);
    (registration(), journey(), preset, zone, outages, any::<bool>(), patience()).prop_map(
        |(registration, journey, preset, zone, outages, kept_awake, patience)| {
            let mut settings = preset.settings().clone();
            for (from, hours, noticed) in outages {
                let hours_on = |h: i64| ms(from.as_millisecond() + h * HOUR);
                settings.feed_down.push(Outage { from, until: hours.map(hours_on), noticed: noticed.map(hours_on) });
            }
            settings.feed_down.sort_by_key(|o| o.from);
            let at = parse_clock("18:00").unwrap();
            settings.collection_times.insert("dc1".into(), whereabouts_domain::settings::CollectionTime { at, weekdays: vec![] });
            Life { registration, journey, settings, zone: TimeZone::get(zone).unwrap(), kept_awake, patience }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_changes_between_one_check_and_the_next(life in life(), probes in prop::collection::vec(0.0..1.0_f64, 4)) {
        let mut now = START;
        let mut here = life.judge(now);
        let mut steps = 0;
        while let Some(next) = here.next_check_at {
            let next = next.as_millisecond();
            prop_assert!(next > now, "no progress at {now}");
            for probe in &probes {
                let between = now + ((next - 1 - now) as f64 * probe) as i64;
                prop_assert_eq!(&life.judge(between), &here);
            }
            prop_assert_eq!(&life.judge(next - 1), &here);
            let there = life.judge(next);
            prop_assert!(there.facts != here.facts || there.reminders != here.reminders, "a check at {} that changes nothing", next);
            (now, here, steps) = (next, there, steps + 1);
            prop_assert!(steps < 20);
        }
        prop_assert_eq!(&life.judge(now + 4000 * 24 * HOUR), &here);
        if let Some(rest) = rests_at(&life.case(now)) {
            prop_assert!(life.judge(rest.as_millisecond()).facts == here.facts, "a fact that changes after rest");
        }
    }
}
