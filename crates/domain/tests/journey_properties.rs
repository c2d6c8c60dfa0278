//! Storms: random lives of parcels, told in any order, twice, in any batches, contradicting themselves.
//! `WHEREABOUTS_STORM_CASES` sets the number of lives (2,000 without it; 100,000 every night).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::Offset};
use proptest::prelude::*;
use whereabouts_domain::{
    Destination, DestinationKind, Journey, Location, Milestone, Moment, PickupPoint, Precision, Registration, ShipmentType, Snapshot,
    Source, State, TrackingEvent, Window, changes,
    journey::{fold, timeline},
    shipment::Parcel,
};

use State::*;

/// What parcels usually live through; noise is strewn in afterwards.
const LIVES: &[&[State]] = &[
    &[Dispatched, CollectedByCarrier, ArrivedAtHub, DepartedHub, OutForDelivery, Delivered],
    &[Dispatched, InTransit, OutForDelivery, Delivered, InTransit, ArrivedAtHub],
    &[InTransit, OutForDelivery, DeliveryAttempted, DeliveryFailedCardLeft, OutForDelivery, DeliveredToNeighbour, ProofOfDeliveryAvailable],
    &[InTransit, OutForDelivery, Delivered, DeliveryFailed, DeliveryRescheduled, OutForDelivery, DeliveredToSafeLocation],
    &[InTransit, OutForDelivery, DeliveryRefused, WillBeReturnedToSender, InTransit, ReturningToSender, OutForDelivery, Delivered],
    &[InTransit, WillBeReturnedToSender, OutForDelivery, Delivered],
    &[InTransit, ArrivedAtHub, Delivered, CollectionReminder, Delivered],
    &[InTransit, ReadyForCollection, CollectionReminder, FinalCollectionReminder, FailedToCollect, ReturningToSender, ReturnedToSender],
    &[InTransit, OutForDelivery, DeliveryFailedCardLeft, ReadyForCollection, CollectedByShopper],
    &[
        Dispatched,
        DepartedOriginCountry,
        HeldAtCustoms,
        CustomsChargesDue,
        ClearedThroughCustoms,
        CarrierChanged,
        OutForDelivery,
        Delivered,
    ],
    &[InTransit, Delivered, OutForDelivery, Delivered],
    &[InTransit, Missing, Lost],
    &[DroppedOff, InTransit, Delivered, Refunded],
];
const CARRIERS: &[&str] = &["evri", "yanwen", "royalmail"];
const PARCELS: &[&str] = &["", "A", "B", "X1"];

fn cases() -> u32 {
    std::env::var("WHEREABOUTS_STORM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

fn storm() -> ProptestConfig {
    // A failing life is printed whole; it becomes a test of its own, so no seeds are kept in files.
    ProptestConfig { cases: cases(), failure_persistence: None, max_global_rejects: cases() * 20, ..ProptestConfig::default() }
}

fn start() -> Timestamp {
    "2026-11-01T06:00:00Z".parse().unwrap()
}

/// A moment some minutes into the month, told with some offset and precision; `None` for one without a date.
fn moment(minutes: i64, manner: u8) -> Option<Moment> {
    let offset = [Offset::UTC, jiff::tz::offset(1), jiff::tz::offset(-5)][usize::from(manner % 3)];
    let precision = match manner / 3 {
        0..12 => Precision::Second,
        12..15 => Precision::Minute,
        15..19 => Precision::Day,
        _ => return None,
    };
    Some(Moment::with_offset(offset.to_datetime(start() + SignedDuration::from_mins(minutes)), offset, precision))
}

fn noise() -> impl Strategy<Value = TrackingEvent> {
    (prop::sample::select(State::ALL), 0..CARRIERS.len(), 0..9_000i64, 0..61u8, 0..PARCELS.len(), 0..40u8).prop_map(
        |(state, carrier, minutes, manner, parcel, extra)| {
            let mut event = TrackingEvent::new("X1", CARRIERS[carrier], state);
            // Half of the times are round, so that instants collide.
            event.moment = moment(if extra % 2 == 0 { minutes / 180 * 180 } else { minutes }, manner);
            event.parcel = Some(PARCELS[parcel].to_owned()).filter(|p| !p.is_empty() && extra < 20);
            match extra {
                1 => event.source = Source::Summary,
                2 | 3 => event.source_id = Some(format!("id{}", minutes % 3)),
                4 => event.carrier_code = Some(format!("{}", minutes % 4)),
                5 => event.description = "Ihr Päckchen ist unterwegs".into(),
                6 => event.location = Location::text("LEEDS  hub"),
                7 => event.signed_by = Some("A. Jones".to_owned().into()),
                8 => event.pickup_point = Some(PickupPoint { collect_by: Some("2026-11-09".into()), ..PickupPoint::default() }),
                9 => event.estimated_delivery = Some(Window { start: None, end: Some(format!("2026-11-{:02}", 1 + minutes % 28)) }),
                _ => {}
            }
            event
        },
    )
}

/// A usual life of one carrier, or of two that hand over.
fn usual() -> impl Strategy<Value = Vec<TrackingEvent>> {
    (prop::sample::select(LIVES), prop::collection::vec((1..900i64, 0..61u8), 8), 0..CARRIERS.len(), 0..12usize).prop_map(
        |(states, gaps, carrier, hand_over)| {
            let mut minutes = 0;
            let told = states.iter().zip(gaps).enumerate().map(|(i, (state, (gap, manner)))| {
                minutes += gap;
                let speaks = if i < hand_over { carrier } else { (carrier + 1) % CARRIERS.len() };
                let mut event = TrackingEvent::new("X1", CARRIERS[speaks], *state);
                event.moment = moment(minutes, manner);
                event
            });
            told.collect()
        },
    )
}

fn life() -> impl Strategy<Value = Vec<TrackingEvent>> {
    (usual(), prop::collection::vec(noise(), 0..33)).prop_map(|(mut usual, noise)| {
        usual.extend(noise);
        usual
    })
}

fn registration() -> impl Strategy<Value = Registration> {
    use DestinationKind::*;
    let kinds = prop::sample::select(&[Home, Home, Work, Shop, Locker, Store, PostOffice, Depot][..]);
    let types =
        prop::sample::select(&[ShipmentType::Delivery; 3][..]).boxed().prop_union(prop::sample::select(&ShipmentType::ALL[..]).boxed());
    (kinds, types, 0..4usize).prop_map(|(kind, of_type, parcels)| Registration {
        kind: of_type,
        destination: Some(Destination { kind: Some(kind), ..Destination::default() }),
        parcels: ["A", "B", "C"][..parcels].iter().map(|b| Parcel { barcode: Some((*b).to_owned()), items: Vec::new() }).collect(),
        ..Registration::default()
    })
}

/// A life as it reaches us: shuffled, three in ten told twice, cut into batches.
fn as_told(life: Vec<TrackingEvent>) -> impl Strategy<Value = (Vec<TrackingEvent>, Vec<Vec<TrackingEvent>>)> {
    let n = life.len();
    (Just(life.clone()), prop::collection::vec(0..10u8, n), 1..6usize)
        .prop_flat_map(|(life, twice, batch)| {
            let repeats: Vec<TrackingEvent> = life.iter().zip(&twice).filter(|(_, t)| **t < 3).map(|(e, _)| e.clone()).collect();
            (Just([life, repeats].concat()).prop_shuffle(), Just(batch))
        })
        .prop_map(move |(told, batch)| (life.clone(), told.chunks(batch).map(<[TrackingEvent]>::to_vec).collect()))
}

fn states_below(rank: u8) -> impl Strategy<Value = State> {
    let transit = |s: &State| matches!(s.milestone(), Some(Milestone::InTransit | Milestone::OutForDelivery)) && s.rank() < rank;
    prop::sample::select(State::ALL.iter().copied().filter(|s| transit(s)).collect::<Vec<_>>())
}

/// One carrier, one clock, no noise about pieces: what may be said of these is simple enough to say it again, differently.
fn plain_life() -> impl Strategy<Value = Vec<TrackingEvent>> {
    let simple = |s: &State| !s.is_return_leg() && s.rank() <= 82;
    let states = State::ALL.iter().copied().filter(simple).collect::<Vec<_>>();
    prop::collection::btree_map(0..9_000i64, prop::sample::select(states), 1..40).prop_map(|told| {
        let events = told.into_iter().map(|(minutes, state)| {
            let mut event = TrackingEvent::new("X1", "evri", state);
            event.moment = moment(minutes, 0);
            event
        });
        events.collect()
    })
}

/// The rule for a home address in plain words: the newest meaningful scan, but a delivery stands until an attempt fails.
fn state_in_plain_words(life: &[TrackingEvent]) -> State {
    let failed = |s: State| matches!(s, DeliveryAttempted | DeliveryFailed | DeliveryFailedCardLeft | DeliveryRefused);
    let meaningful: Vec<State> = life.iter().map(|e| e.state).filter(|s| !s.is_silent()).collect();
    let after_failure = meaningful.iter().rposition(|s| failed(*s)).unwrap_or(0);
    let since = &meaningful[after_failure.min(meaningful.len())..];
    since.iter().copied().find(|s| s.is_delivered()).or(since.last().copied()).unwrap_or(Registered)
}

proptest! {
    #![proptest_config(storm())]

    #[test]
    fn a_journey_does_not_depend_on_order_or_repetition(r in registration(), (life, batches) in life().prop_flat_map(as_told)) {
        let told = batches.concat();
        prop_assert_eq!(fold(&r, &told), fold(&r, &life));
        let keys = |events: &[TrackingEvent]| timeline(events).iter().map(|e| e.key()).collect::<Vec<_>>();
        let shown = keys(&told);
        prop_assert_eq!(&shown, &keys(&life));
        let mut distinct = shown.clone();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), shown.len());
        prop_assert_eq!(fold(&r, &told).events as usize, shown.len());
    }

    #[test]
    fn the_log_of_changes_ends_at_what_the_journey_says(r in registration(), (life, batches) in life().prop_flat_map(as_told)) {
        let mut known: Vec<TrackingEvent> = Vec::new();
        let mut before = Snapshot::default();
        let mut last = serde_json::to_value(&before).unwrap();
        for batch in batches {
            known.extend(batch);
            let journey = fold(&r, &known);
            let after = Snapshot::of_journey(&journey);
            for change in changes(&before, &after, journey.state_event.as_deref(), None) {
                prop_assert_eq!(&last[&change.field], &change.before);
                last[&change.field] = change.after;
            }
            before = after;
        }
        prop_assert_eq!(last, serde_json::to_value(Snapshot::of_journey(&fold(&r, &life))).unwrap());
    }

    #[test]
    fn transit_scans_of_the_same_carrier_never_undo_a_delivery(
        life in plain_life(), r in registration(), later in prop::collection::vec((9_000..19_000i64, states_below(74)), 1..8),
    ) {
        let before = fold(&r, &life);
        prop_assume!(before.state.is_delivered());
        let mut all = life;
        for (minutes, state) in later {
            let mut scan = TrackingEvent::new("X1", "evri", state);
            scan.moment = moment(minutes, 0);
            all.push(scan);
        }
        let after = fold(&r, &all);
        let core = |j: &Journey| (j.state, j.state_event.clone(), j.delivered_at, j.delivered_to.clone(), j.had_at, j.ended_at, j.act_by);
        prop_assert_eq!(core(&after), core(&before));
    }

    #[test]
    fn a_late_told_older_scan_never_drags_the_parcel_backwards(
        life in plain_life(), r in registration(), older in prop::collection::vec((-9_000..0i64, states_below(40)), 1..8),
    ) {
        let before = fold(&r, &life);
        prop_assume!(before.state != Registered);
        let mut all = life;
        for (minutes, state) in older {
            let mut scan = TrackingEvent::new("X1", "evri", state);
            scan.moment = moment(minutes, 0);
            all.push(scan);
        }
        let after = fold(&r, &all);
        let core = |j: &Journey| (j.state, j.state_event.clone(), j.reason, j.delivered_at, j.had_at, j.ended_at, j.attempts, j.last_event_at);
        prop_assert_eq!(core(&after), core(&before));
    }

    #[test]
    fn an_unknown_code_moves_nothing(life in life(), r in registration(), minutes in 0..19_000i64, manner in 0..45u8) {
        let before = fold(&r, &life);
        let mut all = life;
        let mut unknown = TrackingEvent::new("X1", "evri", Unknown);
        unknown.moment = moment(minutes, manner);
        unknown.carrier_code = Some("never seen".into());
        all.push(unknown);
        let after = fold(&r, &all);
        prop_assert_eq!(after.unknown_events, before.unknown_events + 1);
        let core = |j: &Journey| (j.state, j.state_event.clone(), j.delivered_at, j.ended_at, j.attempts, j.returning);
        prop_assert_eq!(core(&after), core(&before));
    }

    #[test]
    fn a_simple_life_to_a_home_ends_as_plain_words_say(life in plain_life()) {
        let found = fold(&Registration::default(), &life);
        let expected = state_in_plain_words(&life);
        // Which of several delivered words stands is a matter of its own; that it is delivered is not.
        prop_assert!(found.state == expected || (found.state.is_delivered() && expected.is_delivered()), "{:?} {:?}", found.state, expected);
    }

    #[test]
    fn every_journey_is_consistent_with_itself(r in registration(), life in life()) {
        let j = fold(&r, &life);
        prop_assert_eq!(j.milestone, j.state.milestone().unwrap_or(Milestone::Pending));
        prop_assert_eq!(j.waiting_on, j.state.info().waiting_on);
        prop_assert!(!j.state.is_silent());
        prop_assert!(!j.state.is_terminal_for(r.kind) || j.ended_at.is_some() || j.last_event_at.is_none());
        prop_assert!(j.state.is_terminal_for(r.kind) || j.ended_at.is_none());
        prop_assert!(!(j.returning && j.state.is_delivered()));
        prop_assert!(j.delivered_at.is_none() || j.state.is_delivered() || r.kind.is_return());
        prop_assert!(j.act_by.is_none() || j.waiting_on.id() == "shopper");
        if j.state.is_delivered() && j.last_event_at.is_some() && j.pieces.is_empty() {
            prop_assert!(j.had_at.is_some() && j.first_attempt_at.is_some());
        }
        let by_barcode: BTreeMap<_, _> = j.pieces.iter().map(|p| (p.barcode.as_str(), p.state)).collect();
        prop_assert_eq!(by_barcode.len(), j.pieces.len());
        let read: Journey = serde_json::from_str(&serde_json::to_string(&j).unwrap()).unwrap();
        prop_assert_eq!(read, j);
    }
}
