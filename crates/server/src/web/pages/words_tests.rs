//! What is said in each situation, read as a shopper reads it.

use jiff::{ToSpan, civil::date};
use whereabouts_domain::{Milestone, State, Window};

use super::{samples, track::TrackView};
use crate::words::followed::FollowedOrder;

fn said(order: &FollowedOrder) -> String {
    let view = TrackView::of(samples::brand().into(), order);
    [Some(view.headline), view.detail, view.next].into_iter().flatten().collect::<Vec<_>>().join(" / ")
}

fn sample(name: &str) -> FollowedOrder {
    samples::orders().into_iter().find(|(n, _)| *n == name).unwrap().1
}

/// The situations of `samples`, as they read on Tuesday 24 November at 11:00.
const SAID: &str = "\
packing: We're packing it; leaves by Thursday 26 November / It should be with you by Saturday 28 November.
not-despatched: It hasn't left us yet / It should have left by Monday 23 November; we're sorry. We are looking into it. / You don't need to do anything. This page tells you as soon as it leaves.
back-ordered: Arriving tomorrow / Royal Mail has it, and it is on its way to Leeds. 1 item waits for stock, due Friday 4 December.
in-transit: Arriving tomorrow / Royal Mail has it, and it is on its way to Leeds.
window-today: Arriving today, 14:00–16:00 / Royal Mail has it out for delivery.
out-for-delivery: Out for delivery today / Royal Mail has it out for delivery.
delivered: Delivered today / At 10:21, signed for by J Okafor.
neighbour: Delivered today / At 10:21, with a neighbour.
disputed: We're looking into your delivery / Royal Mail told us it was delivered today; you told us something is not right. / We have your message. You don't need to do anything now.
late-new-day: Running late: now expected Thursday 26 November / It should have been with you by Monday 23 November; we're sorry.
late-no-day: Running late / It should have been with you by Monday 23 November; we're sorry. Royal Mail has not given a new day yet. / The new day stands here as soon as we know it.
slipping: Running late: now expected Friday 27 November / We had promised it by Thursday 26 November; we're sorry.
may-be-missing: We're checking on this parcel / We have not heard from Royal Mail since Thursday 19 November; we are looking into it. It may still arrive by Friday 27 November. / You don't need to do anything now.
attempted: You missed a delivery; next try tomorrow / Royal Mail tried to deliver today: nobody was home.
card-left: You missed a delivery / Royal Mail tried to deliver today and left a card. / Follow the card, or choose a new day with Royal Mail.
pickup: Ready to collect until Tuesday 1 December / It is waiting for you at Corner Shop Headingley. / Bring your collection code or tracking number. You may be asked for proof of who you are.
customs-charges: Customs charges need paying / Your parcel is at customs. It goes on once the charges are paid. / Pay Royal Mail by Monday 7 December. Use Royal Mail's own website or letter, never a link in a text message.
damaged: Delivered, but damaged / At 10:21, signed for by J Okafor. / Keep the packaging, take a photo if you can, and contact us: we will put it right.
going-back: On its way back to Fern & Field / It couldn't be delivered because the address is incomplete. / Contact us, and we will find a way with you.
lost: We're sorry, this parcel was lost / Royal Mail has told us that it can't be delivered. / Contact us, and we will put it right.
cancelled: This parcel was cancelled
split: 1 of 3 parcels delivered; parcel 2 is out for delivery today / Royal Mail has it out for delivery. 1 item waits for stock, due Friday 4 December.
split-moving: Your 2 parcels are on their way; parcel 1 arrives tomorrow
split-delivered: Both parcels delivered / The last one was delivered today.
return-drop-off: Drop off your return by Friday 4 December / Take it to a Royal Mail drop-off point and keep the receipt.
return: Your return is on its way back / Royal Mail has it. Last news: yesterday. Your refund follows once it has arrived and been checked.
refunded: Your refund is on its way / How soon it shows depends on your bank or card.
gift: Arriving tomorrow / Royal Mail has it, and it is on its way to Leeds.
two-carriers: Out for delivery today / Royal Mail has it out for delivery.
long: Arriving tomorrow / Royal Mail has it, and it is on its way to Leeds.";

#[test]
fn each_situation_is_told_answer_first() {
    let told: String = samples::orders().iter().map(|(name, order)| format!("{name}: {}\n", said(order))).collect();
    assert_eq!(told.trim(), SAID);
}

#[test]
fn a_day_that_is_over_is_never_told_as_one_to_come() {
    for (name, mut order) in samples::orders() {
        let first = order.now.to_zoned(order.zone.clone()).date();
        for later in 0..30 {
            order.now += jiff::SignedDuration::from_hours(if later == 0 { 0 } else { 24 });
            let view = TrackView::of(samples::brand().into(), &order);
            let whole = serde_json::to_string(&(&view.headline, &view.detail, &view.next)).unwrap();
            for back in 1..=later + 5 {
                let over = first.checked_add((later - back).days()).unwrap();
                for lead in
                    ["rriving", "rrives", "expected", "until", "leaves", "next try", "still arrive", "Pay Royal Mail", "off your return"]
                {
                    for joint in [" ", " by "] {
                        for day in [over.strftime("%A %-d %B").to_string(), over.strftime("%A %-d").to_string() + " to"] {
                            let claim = format!("{lead}{joint}{day}");
                            let begun = claim.ends_with(" to");
                            assert!(begun || !whole.contains(&claim), "{name} after {later} days: {whole}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_van_that_left_yesterday_is_not_told_as_todays() {
    let mut order = sample("out-for-delivery");
    order.now += jiff::SignedDuration::from_hours(24);
    assert_eq!(
        said(&order),
        "Out for delivery / Royal Mail took it out yesterday and has not told us yet how it went. It is now expected by tomorrow."
    );
    order.parcels[0].state_since = None;
    order.parcels[0].last_heard_at = None;
    assert!(said(&order).starts_with("Out for delivery / Royal Mail has it out for delivery."));
}

#[test]
fn an_estimate_that_is_over_gives_way_to_the_promise_and_both_to_silence() {
    let mut order = sample("in-transit");
    assert!(said(&order).starts_with("Arriving tomorrow"));
    order.parcels[0].estimated = Some(Window { start: None, end: Some("2026-11-23".into()) });
    assert!(said(&order).starts_with("Arriving by Thursday 26 November"));
    order.parcels[0].promised = None;
    order.parcels[0].first_promised = None;
    assert!(said(&order).starts_with("On its way / "), "{}", said(&order));
}

#[test]
fn our_own_days_that_reach_beyond_the_promise_are_no_lateness_while_most_arrive_in_time() {
    let mut order = sample("in-transit");
    let parcel = &mut order.parcels[0];
    parcel.estimated = Some(Window { start: Some("2026-11-25".into()), end: Some("2026-11-28".into()) });
    parcel.middle = Some(date(2026, 11, 26));
    assert!(said(&order).starts_with("Arriving by Thursday 26 November"), "{}", said(&order));
    order.parcels[0].middle = Some(date(2026, 11, 27));
    assert!(said(&order).starts_with("Running late: now expected"), "{}", said(&order));
    // So many days would be no answer.
    order.parcels[0].estimated = Some(Window { start: Some("2026-11-25".into()), end: Some("2026-12-06".into()) });
    assert!(said(&order).starts_with("Arriving by Thursday 26 November"), "{}", said(&order));
    // Days within the promise say more than it does.
    order.parcels[0].middle = Some(date(2026, 11, 25));
    order.parcels[0].estimated = Some(Window { start: Some("2026-11-25".into()), end: Some("2026-11-26".into()) });
    assert!(said(&order).starts_with("Arriving tomorrow or Thursday 26 November"), "{}", said(&order));
}

#[test]
fn what_the_carrier_has_is_not_said_to_be_ready_to_go() {
    let mut order = sample("in-transit");
    let parcel = &mut order.parcels[0];
    (parcel.promised, parcel.first_promised, parcel.estimated, parcel.last_heard_at) = (None, None, None, None);
    (parcel.state, parcel.milestone, parcel.handed_over) = (State::Registered, Milestone::Pending, true);
    parcel.events.clear();
    parcel.aimed = Some(Window { start: Some("2026-11-25".into()), end: Some("2026-11-26".into()) });
    let told = "Handed to Royal Mail / Royal Mail has not scanned it yet. With this service Royal Mail aims to bring it tomorrow or Thursday 26 November.";
    assert_eq!(said(&order), told);
}

#[test]
fn a_range_is_told_as_a_range() {
    let mut order = sample("in-transit");
    order.parcels[0].promised = None;
    order.parcels[0].first_promised = None;
    order.parcels[0].estimated = Some(Window { start: Some("2026-11-26".into()), end: Some("2026-11-28".into()) });
    assert!(said(&order).starts_with("Arriving Thursday 26 to Saturday 28 November"), "{}", said(&order));
}

#[test]
fn the_parcel_with_news_for_the_shopper_leads_the_order() {
    let mut order = sample("split");
    order.parcels[2] = sample("pickup").parcels.remove(0);
    assert!(
        said(&order).starts_with("1 of 3 parcels delivered; parcel 3 is ready to collect until Tuesday 1 December"),
        "{}",
        said(&order)
    );
}

#[test]
fn the_last_parcel_is_called_the_last() {
    let mut order = sample("split");
    order.lines.clear();
    order.parcels[2] = sample("delivered").parcels.remove(0);
    order.parcels[1] = sample("in-transit").parcels.remove(0);
    assert_eq!(said(&order), "2 of 3 parcels delivered; the last arrives tomorrow / Royal Mail has it, and it is on its way to Leeds.");
}

#[test]
fn an_unknown_code_is_never_told_as_progress() {
    let mut order = sample("in-transit");
    let parcel = &mut order.parcels[0];
    (parcel.state, parcel.handed_over) = (State::Unknown, false);
    parcel.milestone = Milestone::Pending;
    parcel.events.clear();
    assert!(!said(&order).contains("on its way"), "{}", said(&order));
}

#[test]
fn a_recipient_in_another_zone_is_told_their_own_day() {
    let mut order = sample("window-today");
    order.zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    // 14:00–16:00 in London is late at night in Tokyo, and ends on the next day there.
    assert!(said(&order).starts_with("Running late") || said(&order).starts_with("Out for delivery today"), "{}", said(&order));
}
