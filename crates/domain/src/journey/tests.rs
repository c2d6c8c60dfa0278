use super::*;
use crate::{Destination, DestinationKind, Source, TimeBasis, shipment::Parcel};
use State::*;

/// `at` is a clock on 20 November ("10:00"), a day and a clock ("21 10:00"), a day ("21") or nothing.
fn says(carrier: &str, at: &str, state: State) -> TrackingEvent {
    let mut event = TrackingEvent::new("X1", carrier, state);
    let (day, clock) = match at.split_once(' ') {
        Some((day, clock)) => (day, clock),
        None if at.contains(':') => ("20", at),
        None => (at, ""),
    };
    if at.is_empty() {
        return event;
    }
    event.moment = Some(if clock.is_empty() {
        let date = format!("2026-11-{day}").parse().unwrap();
        Moment::on_day(date, &jiff::tz::TimeZone::UTC, TimeBasis::Assumed)
    } else {
        let clock = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
        Moment::instant(format!("2026-11-{day}T{clock}Z").parse().unwrap())
    });
    event
}

fn at(clock: &str) -> Option<Timestamp> {
    says("evri", clock, Delivered).at()
}

fn bound_for(kind: DestinationKind) -> Registration {
    Registration { destination: Some(Destination { kind: Some(kind), ..Destination::default() }), ..Registration::default() }
}

fn of_type(kind: ShipmentType) -> Registration {
    Registration { kind, ..Registration::default() }
}

fn journey_to(registration: &Registration, story: &[(&str, State)]) -> Journey {
    let events: Vec<TrackingEvent> = story.iter().map(|(at, state)| says("evri", at, *state)).collect();
    let forwards = fold(registration, &events);
    let backwards: Vec<TrackingEvent> = events.iter().rev().chain(&events).cloned().collect();
    assert_eq!(fold(registration, &backwards), forwards);
    forwards
}

fn home(story: &[(&str, State)]) -> Journey {
    journey_to(&Registration::default(), story)
}

fn locker(story: &[(&str, State)]) -> Journey {
    journey_to(&bound_for(DestinationKind::Locker), story)
}

#[test]
fn the_newest_scan_gives_the_state() {
    let j = home(&[("09:00", ArrivedAtHub), ("11:00", OutForDelivery), ("10:00", DepartedHub)]);
    assert_eq!((j.state, j.milestone, j.state_since), (OutForDelivery, Milestone::OutForDelivery, at("11:00")));
    assert_eq!((j.events, j.first_physical_at, j.last_event_at), (3, at("09:00"), at("11:00")));
    assert_eq!(j.out_for_delivery_at, at("11:00"));
}

#[test]
fn a_shipment_without_events_is_registered_and_waits_for_the_retailer() {
    assert_eq!(home(&[]), Journey::default());
}

#[test]
fn every_state_told_alone_is_the_state_of_a_delivery_to_a_home() {
    for state in State::ALL.iter().copied().filter(|s| !s.is_silent()) {
        assert_eq!(home(&[("10:00", state)]).state, state);
        assert_eq!(home(&[("", state)]).state, state, "without a date");
    }
}

#[test]
fn an_unknown_code_never_moves_the_state_and_asks_for_attention_while_it_is_the_newest() {
    let j = home(&[("09:00", ArrivedAtHub), ("11:00", Unknown)]);
    assert_eq!((j.state, j.unknown_events, j.default_attention()), (ArrivedAtHub, 1, Attention::Watch));
    let j = home(&[("09:00", ArrivedAtHub), ("11:00", Unknown), ("12:00", DepartedHub)]);
    assert_eq!((j.state, j.unknown_events, j.default_attention()), (DepartedHub, 1, Attention::None));
    assert_eq!(home(&[("", Unknown)]).default_attention(), Attention::Watch);
}

#[test]
fn information_is_counted_and_says_nothing_about_the_state() {
    let j = home(&[("09:00", ArrivedAtHub), ("11:00", ForInformation)]);
    assert_eq!((j.state, j.events, j.last_event_at, j.default_attention()), (ArrivedAtHub, 2, at("11:00"), Attention::None));
}

#[test]
fn of_scans_at_the_same_instant_the_furthest_wins() {
    assert_eq!(home(&[("10:00", Delivered), ("10:00", OutForDelivery), ("10:00", InTransit)]).state, Delivered);
    assert_eq!(home(&[("10:00", Delivered), ("10:00", WillBeReturnedToSender)]).state, Delivered);
}

#[test]
fn a_day_without_a_clock_comes_after_that_day_if_it_is_further() {
    let j = home(&[("20", Delivered), ("08:00", OutForDelivery)]);
    assert_eq!((j.state, j.state_since, j.last_event_at), (Delivered, at("20"), at("08:00")));
    assert_eq!(home(&[("20", ArrivedAtHub), ("08:00", OutForDelivery)]).state, OutForDelivery);
    assert_eq!(home(&[("20", DeliveryFailed), ("08:00", Delivered)]).state, Delivered);
    assert_eq!(home(&[("20", Delivered), ("21 08:00", InTransit), ("19", InTransit)]).state, Delivered);
    assert_eq!(home(&[("21", AtDeliveryDepot), ("20 08:00", OutForDelivery)]).state, AtDeliveryDepot);
}

#[test]
fn an_event_without_a_date_decides_only_where_nothing_dated_does() {
    assert_eq!(home(&[("", Delivered), ("08:00", InTransit)]).state, InTransit);
    assert_eq!(home(&[("", OutForDelivery), ("", InTransit), ("08:00", ForInformation)]).state, OutForDelivery);
}

#[test]
fn a_summary_without_a_date_counts_when_it_is_further_than_every_scan() {
    let summary = |state| TrackingEvent { source: Source::Summary, ..says("evri", "", state) };
    let r = Registration::default();
    let j = fold(&r, &[summary(Delivered), says("evri", "08:00", OutForDelivery)]);
    assert_eq!((j.state, j.state_since, j.delivered_at), (Delivered, None, None));
    assert_eq!((j.had_at, j.ended_at), (at("08:00"), at("08:00")), "no later than we know of");
    let failed = [says("evri", "08:00", Delivered), says("evri", "09:00", DeliveryFailed), summary(Delivered)];
    assert_eq!(fold(&r, &failed).state, DeliveryFailed);
    let dated = TrackingEvent { source: Source::Summary, ..says("evri", "09:00", Delivered) };
    assert_eq!(fold(&r, &[dated, says("evri", "08:00", OutForDelivery)]).delivered_at.map(|m| m.at()), at("09:00"));
}

#[test]
fn a_depot_scan_after_delivery_does_not_undo_it() {
    let j = home(&[("10:00", Delivered), ("11:00", ArrivedAtHub), ("12:00", OutForDelivery), ("21 09:00", InTransit)]);
    assert_eq!((j.state, j.events, j.ended_at, j.had_at), (Delivered, 4, at("10:00"), at("10:00")));
    for scan in [Delayed, Dispatched, ReadyForCollection, CollectionReminder, Cancelled, Damaged, CustomsChargesDue, Refunded] {
        assert_eq!(home(&[("10:00", Delivered), ("11:00", scan)]).state, Delivered, "{scan:?}");
    }
}

#[test]
fn a_failed_attempt_after_delivery_corrects_it() {
    let j = home(&[("10:00", Delivered), ("10:20", DeliveryFailed)]);
    assert_eq!((j.state, j.had_at, j.ended_at, j.attempts), (DeliveryFailed, None, None, 1));
    assert_eq!((j.delivered_at, &j.delivered_to, j.first_attempt_at), (None, &None, at("10:00")));
    let j = home(&[("10:00", Delivered), ("10:20", DeliveryFailed), ("21 10:00", DeliveredToNeighbour)]);
    assert_eq!((j.state, j.had_at, j.ended_at), (DeliveredToNeighbour, at("21 10:00"), at("21 10:00")));
}

#[test]
fn a_return_after_delivery_undoes_it_but_the_shopper_could_have_had_it() {
    let j = home(&[("10:00", Delivered), ("21 10:00", WillBeReturnedToSender)]);
    assert_eq!((j.state, j.returning, j.delivered_at, j.had_at, j.ended_at), (WillBeReturnedToSender, true, None, at("10:00"), None));
}

#[test]
fn going_out_again_after_delivery_is_a_new_attempt_only_once_it_ends() {
    let again = [("10:00", Delivered), ("21 08:00", OutForDelivery)];
    assert_eq!(home(&again).delivered_at.unwrap().at(), at("10:00").unwrap());
    let j = home(&[again[0], again[1], ("21 12:00", Delivered)]);
    assert_eq!((j.state, j.had_at, j.first_attempt_at), (Delivered, at("21 12:00"), at("10:00")));
    assert_eq!(home(&[again[0], again[1], ("21 12:00", DeliveryFailedCardLeft)]).state, DeliveryFailedCardLeft);
    let j = home(&[("10:00", Delivered), ("10:20", OutForDelivery), ("10:40", Delivered)]);
    assert_eq!(j.had_at, at("10:00"), "a van rescanned within half an hour did not go out again");
}

#[test]
fn a_more_exact_word_refines_delivered_and_a_vaguer_one_does_not() {
    let j = home(&[("10:00", Delivered), ("10:05", DeliveredToNeighbour), ("10:10", Delivered)]);
    assert_eq!((j.state, j.state_since), (DeliveredToNeighbour, at("10:05")));
    assert_eq!((j.had_at, j.delivered_to.unwrap().kind.as_str()), (at("10:00"), "neighbour"));
}

#[test]
fn proof_of_delivery_brings_the_name_and_keeps_the_exact_state() {
    let mut proof = says("evri", "12:00", ProofOfDeliveryAvailable);
    proof.signed_by = Some("A. Jones".to_owned().into());
    let j = fold(&Registration::default(), &[says("evri", "10:00", DeliveredToReception), proof.clone()]);
    assert_eq!((j.state, j.signed_by), (DeliveredToReception, proof.signed_by.clone()));
    let j = fold(&Registration::default(), &[proof]);
    assert_eq!((j.milestone, j.ended_at), (Milestone::Delivered, at("12:00")));
    assert_eq!(home(&[("10:00", ProofOfDeliveryAvailable), ("10:05", Delivered)]).state, Delivered);
}

#[test]
fn delivered_on_the_way_back_is_returned_to_sender() {
    let j = home(&[("10:00", DeliveryRefused), ("10:05", WillBeReturnedToSender), ("21 10:00", InTransit)]);
    assert_eq!((j.state, j.returning), (ReturningToSender, true));
    let j = home(&[("10:00", ReturningToSender), ("21 10:00", OutForDelivery)]);
    assert_eq!((j.state, j.returning), (ReturningToSender, true));
    let j = home(&[("10:00", ReturningToSender), ("21 10:00", OutForDelivery), ("21 11:00", Delivered), ("22 10:00", InTransit)]);
    assert_eq!((j.state, j.returning, j.ended_at, j.had_at), (ReturnedToSender, false, at("21 11:00"), None));
    assert_eq!((j.delivered_at, j.delivered_to.unwrap().kind.as_str()), (None, "sender"));
    assert_eq!(home(&[("10:00", ReturningToSender), ("11:00", Lost)]).state, Lost);
}

#[test]
fn a_return_that_was_only_announced_is_called_off_by_a_new_attempt() {
    let j = home(&[("10:00", WillBeReturnedToSender), ("21 08:00", OutForDelivery)]);
    assert_eq!((j.state, j.returning), (OutForDelivery, false));
    let j = home(&[("10:00", WillBeReturnedToSender), ("21 08:00", OutForDelivery), ("21 10:00", Delivered)]);
    assert_eq!((j.state, j.had_at), (Delivered, at("21 10:00")));
    assert_eq!(home(&[("10:00", WillBeReturnedToSender), ("12:00", Delivered)]).state, ReturnedToSender);
    assert_eq!(home(&[("10:00", WillBeReturnedToSender), ("12:00", CollectedByShopper)]).state, CollectedByShopper);
}

#[test]
fn the_reason_of_a_return_outlives_its_scans() {
    let mut refused = says("evri", "10:00", WillBeReturnedToSender);
    refused.reason = Some(Reason::Refused);
    let j = fold(&Registration::default(), &[refused, says("evri", "11:00", DepartedHub), says("evri", "21 10:00", Delivered)]);
    assert_eq!((j.state, j.reason), (ReturnedToSender, Some(Reason::Refused)));
}

#[test]
fn a_return_shipment_is_delivered_when_the_retailer_has_it() {
    for kind in [ShipmentType::Return, ShipmentType::ReturnDropOff, ShipmentType::Exchange] {
        let mut registration = bound_for(DestinationKind::Depot);
        registration.kind = kind;
        let j = journey_to(&registration, &[("09:00", ReturningToSender), ("10:00", Delivered), ("11:00", InTransit)]);
        assert_eq!((j.state, j.returning, j.had_at, j.ended_at), (Delivered, false, at("10:00"), at("10:00")));
    }
    let j = journey_to(&of_type(ShipmentType::Return), &[("10:00", Delivered), ("21 10:00", Refunded), ("22 10:00", InTransit)]);
    assert_eq!((j.state, j.had_at, j.ended_at), (Refunded, at("10:00"), at("21 10:00")));
}

#[test]
fn delivered_to_a_locker_waits_for_the_shopper_and_a_second_time_is_collected() {
    let j = locker(&[("10:00", Delivered)]);
    assert_eq!((j.state, j.waiting_on, j.had_at, j.ended_at), (ReadyForCollection, WaitingOn::Shopper, at("10:00"), None));
    assert_eq!((j.delivered_at, j.delivered_to.unwrap().kind.as_str()), (None, "locker"));
    assert_eq!(locker(&[("10:00", Delivered), ("10:00:30", Delivered), ("11:00", InTransit)]).state, ReadyForCollection);
    let j = locker(&[("10:00", Delivered), ("18:00", Delivered), ("19:00", ArrivedAtHub)]);
    assert_eq!((j.state, j.had_at, j.ended_at), (CollectedByShopper, at("10:00"), at("18:00")));
    assert_eq!(j.delivered_at.map(|m| m.at()), at("18:00"));
}

#[test]
fn a_summary_and_its_scan_are_one_delivery_to_a_locker() {
    let summary = |at, state| TrackingEvent { source: Source::Summary, ..says("evri", at, state) };
    let r = bound_for(DestinationKind::Locker);
    assert_eq!(fold(&r, &[says("evri", "10:00", Delivered), summary("11:00", Delivered)]).state, ReadyForCollection);
    assert_eq!(fold(&r, &[summary("10:00", Delivered), says("evri", "10:03", Delivered)]).state, ReadyForCollection);
    assert_eq!(fold(&r, &[summary("10:00", Delivered), says("evri", "18:00", Delivered)]).state, CollectedByShopper);
    assert_eq!(fold(&r, &[says("evri", "10:00", ReadyForCollection), summary("18:00", Delivered)]).state, CollectedByShopper);
}

#[test]
fn ready_for_collection_at_a_shop_keeps_the_promise_and_collection_ends_it() {
    for kind in [DestinationKind::Shop, DestinationKind::Store, DestinationKind::PostOffice, DestinationKind::Depot] {
        let story = [("10:00", ReadyForCollection), ("21 10:00", CollectionReminder)];
        let j = journey_to(&bound_for(kind), &story);
        assert_eq!((j.state, j.had_at, j.first_attempt_at, j.ended_at), (CollectionReminder, at("10:00"), at("10:00"), None));
        let j = journey_to(&bound_for(kind), &[story[0], story[1], ("21 12:00", Delivered)]);
        assert_eq!((j.state, j.had_at, j.ended_at), (CollectedByShopper, at("10:00"), at("21 12:00")));
        let j = journey_to(&bound_for(kind), &[story[0], ("21 12:00", CollectedByShopper)]);
        assert_eq!((j.state, j.had_at), (CollectedByShopper, at("10:00")));
    }
}

#[test]
fn what_nobody_collects_from_a_locker_goes_back() {
    let left = [("10:00", Delivered), ("25 10:00", FailedToCollect)];
    assert_eq!(locker(&left).state, FailedToCollect);
    let j = locker(&[left[0], left[1], ("26 10:00", ReturningToSender), ("28 10:00", Delivered)]);
    assert_eq!((j.state, j.had_at, j.ended_at), (ReturnedToSender, at("10:00"), at("28 10:00")));
}

#[test]
fn a_parcel_at_the_post_office_after_a_card_is_not_yet_had_by_a_home_shopper() {
    let card = [("10:00", DeliveryFailedCardLeft), ("16:00", ReadyForCollection)];
    let j = home(&card);
    assert_eq!((j.state, j.had_at, j.first_attempt_at), (ReadyForCollection, None, at("10:00")));
    let j = home(&[card[0], card[1], ("21 16:00", CollectedByShopper)]);
    assert_eq!((j.had_at, j.delivered_to.unwrap().kind.as_str()), (at("21 16:00"), "recipient"));
}

#[test]
fn a_first_carriers_delivered_is_a_hand_over_when_another_carries_on() {
    let first = [says("yanwen", "09:00", InTransit), says("yanwen", "10:00", Delivered)];
    let mut events = first.to_vec();
    events.push(says("evri", "21 10:00", ArrivedAtHub));
    let j = fold(&Registration::default(), &events);
    assert_eq!((j.state, j.had_at, j.first_attempt_at, j.delivered_at), (ArrivedAtHub, None, None, None));
    events.push(says("evri", "22 10:00", Delivered));
    let j = fold(&Registration::default(), &events);
    assert_eq!((j.state, j.had_at, j.first_attempt_at), (Delivered, at("22 10:00"), at("22 10:00")));
    let mut told_only = first.to_vec();
    told_only.push(says("evri", "21 10:00", Dispatched));
    assert_eq!(fold(&Registration::default(), &told_only).state, Delivered, "a pre-advice is not a hand-over");
}

#[test]
fn the_first_carriers_late_scan_does_not_undo_the_last_carriers_delivery() {
    let events = [says("yanwen", "09:00", InTransit), says("evri", "10:00", Delivered), says("yanwen", "11:00", DepartedHub)];
    assert_eq!(fold(&Registration::default(), &events).state, Delivered);
}

#[test]
fn an_attempt_told_twice_within_half_an_hour_is_one_attempt() {
    let j = home(&[("10:00", DeliveryAttempted), ("10:05", DeliveryFailedCardLeft), ("21 10:00", DeliveryFailed)]);
    assert_eq!((j.attempts, j.first_attempt_at), (2, at("10:00")));
    assert_eq!(home(&[("20", DeliveryAttempted), ("10:05", DeliveryFailedCardLeft)]).attempts, 1);
    let mut nobody = says("evri", "10:00", DeliveryAttempted);
    nobody.reason = Some(Reason::NobodyHome);
    let j = fold(&Registration::default(), &[nobody, says("evri", "10:01", DeliveryFailedCardLeft)]);
    assert_eq!((j.state, j.reason, j.waiting_on), (DeliveryFailedCardLeft, Some(Reason::NobodyHome), WaitingOn::Shopper));
}

#[test]
fn the_shopper_has_until_the_end_of_the_told_day_to_collect() {
    let mut ready = says("evri", "10:00", ReadyForCollection);
    ready.moment = Some(Moment::with_offset("2026-11-20T10:00:00".parse().unwrap(), jiff::tz::offset(1), Precision::Second));
    ready.pickup_point = Some(PickupPoint { collect_by: Some("2026-11-27".into()), ..PickupPoint::default() });
    let r = Registration::default();
    let by = "2026-11-27T23:00:00Z".parse().ok();
    let told = fold(&r, &[ready.clone(), says("evri", "21 10:00", CollectionReminder)]);
    assert_eq!((told.act_by, &told.pickup_point), (by, &ready.pickup_point));
    ready.pickup_point = Some(PickupPoint { collect_by: Some("2026-11-27T18:00:00+01:00".into()), ..PickupPoint::default() });
    assert_eq!(fold(&r, &[ready.clone()]).act_by, "2026-11-27T17:00:00Z".parse().ok());
    ready.pickup_point = Some(PickupPoint { collect_by: Some("2026-11-27T18:00:00".into()), ..PickupPoint::default() });
    assert_eq!(fold(&r, &[ready.clone()]).act_by, "2026-11-27T17:00:00Z".parse().ok());
    assert_eq!(fold(&r, &[ready, says("evri", "22 10:00", CollectedByShopper)]).act_by, None);
}

#[test]
fn an_agreed_slot_holds_until_it_ends_or_something_else_happens() {
    let mut agreed = says("evri", "10:00", DeliveryRescheduled);
    agreed.estimated_delivery = Some(Window { start: Some("2026-11-22".into()), end: None });
    let r = Registration::default();
    let j = fold(&r, &[agreed.clone()]);
    assert_eq!((j.agreed_until, j.waiting_on), ("2026-11-23T00:00:00Z".parse().ok(), WaitingOn::Nobody));
    let j = fold(&r, &[agreed.clone(), says("evri", "22 08:00", OutForDelivery)]);
    assert_eq!((j.agreed_until, j.estimated), (None, agreed.estimated_delivery));
}

#[test]
fn an_estimate_told_anew_with_a_known_event_holds_until_a_later_event_carries_one() {
    let estimates = |at, day: &str| TrackingEvent {
        estimated_delivery: Some(Window { start: None, end: Some(day.into()) }),
        ..says("evri", at, InTransit)
    };
    let first = estimates("10:00", "2026-11-22");
    let revision = |received: i64, day: &str| Revision {
        with: first.at().unwrap(),
        received_at: Timestamp::from_second(1_800_000_000 + received).unwrap(),
        window: Window { start: None, end: Some(day.into()) },
    };
    let end = |j: &Journey| j.estimated.clone().unwrap().end.unwrap();
    let told = [revision(1, "2026-11-23"), revision(2, "2026-11-24"), revision(3, "2026-11-23")];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut j = fold(&Registration::default(), std::slice::from_ref(&first));
        order.iter().for_each(|i| j.revise([told[*i].clone()]));
        j.revise([told[0].clone()]);
        assert_eq!((end(&j).as_str(), j.revisions.len()), ("2026-11-24", 2), "the third only repeats the first");
    }
    let mut later = fold(&Registration::default(), &[first.clone(), estimates("12:00", "2026-11-22")]);
    later.revise(told);
    assert_eq!(end(&later), "2026-11-22");
}

#[test]
fn the_newest_estimate_wins_whenever_it_was_told() {
    let estimates = |at, day: &str| TrackingEvent {
        estimated_delivery: Some(Window { start: None, end: Some(day.into()) }),
        ..says("evri", at, InTransit)
    };
    let events = [estimates("12:00", "2026-11-23"), estimates("10:00", "2026-11-22"), says("evri", "13:00", ArrivedAtHub)];
    assert_eq!(fold(&Registration::default(), &events).estimated.unwrap().end.unwrap(), "2026-11-23");
}

#[test]
fn two_of_three_boxes_delivered_is_partially_delivered() {
    let piece = |at, parcel: &str, state| TrackingEvent { parcel: Some(parcel.into()), ..says("evri", at, state) };
    let mut registration = Registration::default();
    for barcode in ["A", "B", "C"] {
        registration.parcels.push(Parcel { barcode: Some(barcode.into()), items: Vec::new() });
    }
    let mut events = vec![says("evri", "08:00", InTransit), piece("09:00", "B", OutForDelivery)];
    assert_eq!(fold(&registration, &events).state, OutForDelivery);
    events.extend([piece("10:00", "A", Delivered), piece("11:00", "B", DeliveredToNeighbour)]);
    let j = fold(&registration, &events);
    assert_eq!((j.state, j.state_since, j.had_at, j.ended_at, j.delivered_at), (PartiallyDelivered, at("11:00"), None, None, None));
    let states: Vec<(&str, State)> = j.pieces.iter().map(|p| (p.barcode.as_str(), p.state)).collect();
    assert_eq!(states, [("A", Delivered), ("B", DeliveredToNeighbour), ("C", InTransit)]);
    events.push(piece("21 10:00", "C", Delivered));
    let j = fold(&registration, &events);
    assert_eq!((j.state, j.had_at, j.first_attempt_at), (Delivered, at("21 10:00"), at("10:00")));
    events.truncate(1);
    events.push(says("evri", "12:00", Delivered));
    let j = fold(&registration, &events);
    assert_eq!((j.state, j.pieces.len()), (Delivered, 3), "without barcodes it is said of all");
}

#[test]
fn a_box_told_of_under_its_own_barcode_is_that_box() {
    let piece =
        |at, code: &str, state| TrackingEvent { parcel: Some(code.into()), tracking_number: code.into(), ..says("evri", at, state) };
    let mut registration = Registration { tracking_number: Some("A".into()), ..Registration::default() };
    for barcode in ["A", "B", "C"] {
        registration.parcels.push(Parcel { barcode: Some(barcode.into()), items: Vec::new() });
    }
    let mut events = vec![piece("09:00", "B", InTransit)];
    assert_eq!(fold(&registration, &events).state, InTransit, "boxes of which nothing was heard say nothing");
    events.push(piece("10:00", "B", Delivered));
    assert_eq!(fold(&registration, &events).state, PartiallyDelivered);
    events.push(piece("11:00", "C", Delivered));
    assert_eq!(fold(&registration, &events).state, PartiallyDelivered);
    events.push(piece("12:00", "A", Delivered));
    assert_eq!(fold(&registration, &events).state, Delivered, "the shipment's own number speaks for all");
}

#[test]
fn a_retailers_own_barcodes_do_not_hold_a_delivery_open() {
    let piece = |at, parcel: &str, state| TrackingEvent { parcel: Some(parcel.into()), ..says("evri", at, state) };
    let mut registration = Registration::default();
    for barcode in ["shop-1", "shop-2"] {
        registration.parcels.push(Parcel { barcode: Some(barcode.into()), items: Vec::new() });
    }
    assert_eq!(fold(&registration, &[piece("10:00", "A", Delivered)]).state, PartiallyDelivered);
    assert_eq!(fold(&registration, &[piece("10:00", "A", Delivered), piece("10:00", "B", Delivered)]).state, Delivered);
    assert_eq!(fold(&registration, &[piece("10:00", "X1", Delivered)]).state, Delivered, "the tracking number is no barcode");
}

#[test]
fn a_code_understood_later_replaces_its_unknown_reading() {
    let unread = TrackingEvent { carrier_code: Some("77".into()), ..says("evri", "10:00", Unknown) };
    let read = TrackingEvent { state: OutForDelivery, ..unread.clone() };
    for events in [[unread.clone(), read.clone()], [read, unread]] {
        let j = fold(&Registration::default(), &events);
        assert_eq!((j.state, j.events, j.unknown_events), (OutForDelivery, 1, 0));
    }
}

#[test]
fn a_stored_journey_reads_back_as_it_was() {
    let j = locker(&[("09:00", OutForDelivery), ("10:00", Delivered), ("", Unknown)]);
    let text = serde_json::to_string(&j).unwrap();
    assert_eq!(serde_json::from_str::<Journey>(&text).unwrap(), j);
}
