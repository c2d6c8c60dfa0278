//! The world that does not exist: the same on every machine, and every trouble happens as often as was asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday, date},
    tz::TimeZone,
};
use whereabouts_domain::{
    State,
    forecast::{Known, replay::History},
    simulation::{Happening, Outage, Parcel, Peak, Scan, Troubles, What, World, retold},
};

fn world(troubles: Troubles) -> World {
    World {
        seed: 7,
        zone: TimeZone::get("Europe/London").unwrap(),
        from: date(2026, 11, 2),
        days: 26,
        a_day: 100,
        carriers: ["royalmail", "evri", "dpd_uk"].map(String::from).to_vec(),
        towns: 20,
        troubles,
    }
}

fn heard(world: &World) -> Vec<Happening> {
    world.happenings(world.parcels()).collect()
}

fn tellings(happenings: &[Happening]) -> impl Iterator<Item = (&Happening, Scan)> {
    happenings.iter().filter_map(|h| match h.what {
        What::Told(scan) => Some((h, scan)),
        What::Registered => None,
    })
}

/// Of a thousand.
fn share(some: usize, of: usize) -> f64 {
    some as f64 * 1000.0 / of as f64
}

#[test]
fn a_seed_gives_the_same_world_again_and_another_one_another() {
    let told = |seed| format!("{:?}", heard(&World { seed, days: 5, ..world(Troubles::ordinary()) }));
    assert!(told(1) == told(1));
    assert!(told(1) != told(2));
}

#[test]
fn everything_is_heard_once_and_in_order_where_nothing_goes_wrong() {
    let world = world(Troubles::default());
    let happenings = heard(&world);
    assert!(happenings.windows(2).all(|two| two[0].at <= two[1].at));
    let parcels: Vec<Parcel> = world.parcels().collect();
    assert_eq!(parcels.len(), 20 * 100, "four weeks from Monday to Friday");
    assert_eq!(parcels.iter().map(|p| p.serial).collect::<BTreeSet<_>>().len(), parcels.len());
    assert_eq!(tellings(&happenings).count(), parcels.iter().map(|p| p.scans.len()).sum::<usize>());
    for parcel in &parcels {
        assert!(parcel.ordered_at < parcel.registered_at && parcel.registered_at < parcel.handed_over_at);
        assert!(parcel.scans.windows(2).all(|two| two[0].at < two[1].at), "{parcel:?}");
        assert_eq!(parcel.scans.last().unwrap().state, State::Delivered);
        let arrived = parcel.scans.last().unwrap().at.to_zoned(world.zone.clone()).date();
        assert!(arrived <= parcel.promised_on && arrived.weekday() != Weekday::Sunday, "{parcel:?}");
        assert!(parcel.scans.iter().all(|s| s.clock == s.at));
    }
}

#[test]
fn a_parcel_is_registered_before_anything_is_told_of_it() {
    let mut known = BTreeSet::new();
    for happening in heard(&world(Troubles::ordinary())) {
        match happening.what {
            What::Registered => assert!(known.insert(happening.parcel.serial)),
            What::Told(_) => assert!(known.contains(&happening.parcel.serial)),
        }
    }
}

#[test]
fn what_one_parcel_meets_does_not_change_another() {
    let plain: Vec<Parcel> = world(Troubles::default()).parcels().collect();
    let with_losses: Vec<Parcel> = world(Troubles { lost: 100, ..Troubles::default() }).parcels().collect();
    assert!(plain.iter().zip(&with_losses).all(|(a, b)| b.is_lost || a == b));
}

#[test]
fn scans_are_missed_told_twice_and_told_late_as_often_as_asked_for() {
    let all = 40 * 2000;
    let plain = tellings(&heard(&world(Troubles::default()))).count();
    let unscanned = plain - tellings(&heard(&world(Troubles { unscanned: 100, ..Troubles::default() }))).count();
    let may_be_missed = {
        let is_one = |s: &Scan| matches!(s.state, State::CollectedByCarrier | State::DepartedHub);
        world(Troubles::default()).parcels().flat_map(|p| p.scans).filter(is_one).count()
    };
    assert!((80.0..120.0).contains(&share(unscanned, may_be_missed)), "{unscanned} of {may_be_missed}");
    assert!(plain < all);

    let twice = tellings(&heard(&world(Troubles { twice: 100, ..Troubles::default() }))).count() - plain;
    assert!((90.0..110.0).contains(&share(twice, plain)), "{twice} of {plain}");

    let late = heard(&world(Troubles { delayed: 100, ..Troubles::default() }));
    let late = tellings(&late).filter(|(h, scan)| h.at.duration_since(scan.at).as_hours() >= 2).count();
    assert!((90.0..110.0).contains(&share(late, plain)), "{late} of {plain}");
}

#[test]
fn parcels_are_lost_and_missed_at_the_door_as_often_as_asked_for() {
    let parcels: Vec<Parcel> = world(Troubles { lost: 50, missed: 100, ..Troubles::default() }).parcels().collect();
    let lost = parcels.iter().filter(|p| p.is_lost).count();
    assert!((35.0..65.0).contains(&share(lost, parcels.len())), "{lost}");
    for parcel in &parcels {
        assert_eq!(parcel.is_lost, parcel.scans.last().unwrap().state != State::Delivered);
    }
    let missed = parcels.iter().filter(|p| p.scans.iter().any(|s| s.state == State::DeliveryFailed)).count();
    assert!((75.0..120.0).contains(&share(missed, parcels.len())), "{missed}");
}

#[test]
fn a_depots_clock_is_always_wrong_by_the_same_minutes() {
    let mut minutes: BTreeMap<(usize, u64), BTreeSet<i64>> = BTreeMap::new();
    for parcel in world(Troubles { skew_minutes: 30, ..Troubles::default() }).parcels() {
        let wrong = parcel.scans.iter().map(|s| s.clock.duration_since(s.at).as_secs() / 60);
        minutes.entry((parcel.carrier, parcel.town)).or_default().extend(wrong);
    }
    assert!(minutes.values().all(|m| m.len() == 1), "{minutes:?}");
    let all: BTreeSet<i64> = minutes.into_values().flatten().collect();
    assert!(all.len() > 20 && all.iter().all(|m| m.abs() <= 30), "{all:?}");
}

#[test]
fn a_carrier_that_is_down_tells_nothing_and_everything_afterwards() {
    let at = |day, hour| date(2026, 11, day).at(hour, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let (from, until) = (at(11, 6), at(12, 6));
    let outages = vec![Outage { carrier: "evri".into(), from, until }];
    let happenings = heard(&world(Troubles { outages, ..Troubles::default() }));
    let within = |carrier, from: Timestamp, until: Timestamp| {
        tellings(&happenings).filter(|(h, _)| h.parcel.carrier == carrier && (from..until).contains(&h.at)).count()
    };
    assert_eq!(within(1, from, until), 0);
    assert!(within(0, from, until) > 100, "others go on");
    assert!(within(1, until, until + jiff::SignedDuration::from_hours(1)) > 100, "what waited is told");
    assert_eq!(tellings(&happenings).count(), tellings(&heard(&world(Troubles::default()))).count());
    let overdue = |h: &Happening, s: &Scan| h.at.duration_since(s.at).as_mins() > 10;
    assert!(tellings(&happenings).all(|(h, s)| !overdue(h, &s) || (h.parcel.carrier == 1 && s.at < until)));
}

#[test]
fn in_a_peak_there_is_more_and_it_takes_longer() {
    let (from, until) = (date(2026, 11, 9), date(2026, 11, 16));
    let world = world(Troubles { peaks: vec![Peak { from, until, percent: 300 }], ..Troubles::default() });
    let parcels: Vec<Parcel> = world.parcels().collect();
    let handed_over = |p: &Parcel| p.handed_over_at.to_zoned(world.zone.clone()).date();
    let of = |day: Date| parcels.iter().filter(|p| handed_over(p) == day).count();
    assert_eq!((of(date(2026, 11, 6)), of(date(2026, 11, 9)), of(date(2026, 11, 16))), (100, 300, 100));
    let late = |from: Date, until: Date| {
        let of_days: Vec<&Parcel> = parcels.iter().filter(|p| (from..until).contains(&handed_over(p))).collect();
        let arrived = |p: &Parcel| p.scans.last().unwrap().at.to_zoned(world.zone.clone()).date();
        share(of_days.iter().filter(|p| arrived(p) > p.promised_on).count(), of_days.len())
    };
    assert!(late(from, until) > 20.0 && late(date(2026, 11, 16), date(2026, 11, 28)) == 0.0, "{}", late(from, until));
}

#[test]
fn ones_own_past_is_told_again_on_the_same_weekdays() {
    let history = |order: &str, purchased: Date, handed_over: Option<i64>, delivered: Option<i64>| {
        let after = |days: i64, hour| purchased.checked_add(days.days()).unwrap().at(hour, 10, 0, 0);
        History {
            order: order.into(),
            purchased: purchased.at(9, 0, 0, 0),
            handed_over: handed_over.map(|days| after(days, 18)),
            delivered: delivered.map(|days| after(days, 11)),
            whole_days: None,
            is_cut_off: false,
            known: Known {
                carrier: Some("evri".into()),
                place: Some("Leeds".into()),
                promised_on: Some(after(4, 0).date()),
                ..Known::default()
            },
        }
    };
    let friday = date(2025, 11, 28);
    let past = [
        history("later", friday.checked_add(3.days()).unwrap(), Some(0), Some(7)),
        history("first", friday, Some(0), Some(3)),
        history("never sent", friday, None, None),
        history("never came", friday, Some(1), None),
    ];
    let world = world(Troubles::default());
    let parcels = retold(&world, &past);
    let lines: Vec<String> = parcels
        .iter()
        .map(|p| {
            let day = |at: Timestamp| at.to_zoned(world.zone.clone()).strftime("%a %-d %b").to_string();
            let scans: Vec<String> = p.scans.iter().map(|s| format!("{:?} {}", s.state, day(s.at))).collect();
            format!("{} to {} by {}: {}", p.order.as_deref().unwrap(), p.carrier, p.promised_on, scans.join(", "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "first to 1 by 2026-11-10: CollectedByCarrier Fri 6 Nov, ArrivedAtHub Sun 8 Nov, OutForDelivery Mon 9 Nov, Delivered Mon 9 Nov",
            "never came to 1 by 2026-11-10: CollectedByCarrier Sat 7 Nov, ArrivedAtHub Mon 9 Nov",
            "later to 1 by 2026-11-13: CollectedByCarrier Mon 9 Nov, ArrivedAtHub Wed 11 Nov, ArrivedAtHub Fri 13 Nov, ArrivedAtHub Sun 15 Nov, OutForDelivery Mon 16 Nov, Delivered Mon 16 Nov",
        ]
    );
    assert_eq!(world.happenings(parcels.into_iter()).count(), 3 + 4 + 2 + 6);
    assert!(retold(&world, &[]).is_empty());
}
