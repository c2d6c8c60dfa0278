//! One order in every situation that a shopper can meet: for tests, for the studio's previews and for eyes.

use std::sync::Arc;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use whereabouts_domain::{
    DestinationKind, Moment, PickupPoint, Precision, Promise, PromiseKind, Reason, ShipmentType, State, TimeBasis, Window,
    journey::DeliveredTo,
};

use super::track::TrackView;
use crate::words::{
    brand::{BrandView, Help},
    days::When,
    followed::{FollowedEvent, FollowedItem, FollowedLine, FollowedOrder, FollowedParcel},
};

/// All situations by name, as they stand on Tuesday 24 November 2026 at 11:00 in London.
pub fn samples() -> Vec<(&'static str, TrackView)> {
    orders().into_iter().map(|(name, order)| (name, TrackView::of(Arc::new(brand()), &order))).collect()
}

pub fn brand() -> BrandView {
    BrandView {
        home_url: Some("https://fernandfield.example/".into()),
        help: Help {
            url: Some("https://fernandfield.example/help".into()),
            phone: Some("0161 496 0000".into()),
            email: Some("care@fernandfield.example".into()),
            hours: Some("Every day from 8:00 to 20:00".into()),
        },
        ..BrandView::named("Fern & Field").coloured("#1f5c46", None)
    }
}

pub fn orders() -> Vec<(&'static str, FollowedOrder)> {
    vec![
        ("packing", packing()),
        ("not-despatched", FollowedOrder { despatch_by: When::parse("2026-11-23"), ..packing() }),
        ("back-ordered", back_ordered()),
        ("in-transit", with(in_transit())),
        ("window-today", with(out_for_delivery(Some(("2026-11-24T14:00:00Z", "2026-11-24T16:00:00Z"))))),
        ("out-for-delivery", with(out_for_delivery(None))),
        ("delivered", with(delivered(State::Delivered))),
        ("neighbour", with(delivered(State::DeliveredToNeighbour))),
        ("disputed", with(FollowedParcel { disputed: true, ..delivered(State::DeliveredToSafeLocation) })),
        ("late-new-day", with(late(Some("2026-11-26")))),
        ("late-no-day", with(late(None))),
        ("slipping", with(FollowedParcel { estimated: window("2026-11-27", "2026-11-27"), ..in_transit() })),
        ("may-be-missing", with(missing())),
        ("attempted", with(attempted())),
        ("card-left", with(FollowedParcel { state: State::DeliveryFailedCardLeft, estimated: None, ..attempted() })),
        ("pickup", with(pickup())),
        ("customs-charges", with(customs())),
        ("damaged", with(FollowedParcel { state: State::DeliveredDamaged, ..delivered(State::Delivered) })),
        ("going-back", with(going_back())),
        ("lost", with(FollowedParcel { state: State::Lost, milestone: milestone(State::Lost), ..missing() })),
        (
            "cancelled",
            with(FollowedParcel { state: State::Cancelled, milestone: milestone(State::Cancelled), ..FollowedParcel::default() }),
        ),
        ("split", split()),
        ("split-moving", split_moving()),
        ("split-delivered", order(vec![delivered(State::Delivered), delivered(State::DeliveredToLetterbox)])),
        ("return-drop-off", with(coming_back(State::AwaitingDropOff))),
        ("return", with(coming_back(State::InTransit))),
        ("refunded", with(coming_back(State::Refunded))),
        (
            "gift",
            FollowedOrder { lines: vec![], order_number: None, ordered_at: None, ..with(FollowedParcel { items: vec![], ..in_transit() }) },
        ),
        ("two-carriers", with(two_carriers())),
        ("long", with(long())),
    ]
}

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn milestone(state: State) -> whereabouts_domain::Milestone {
    state.milestone().unwrap_or(whereabouts_domain::Milestone::InTransit)
}

fn moment(local: &str) -> Option<Moment> {
    let local: DateTime = local.parse().ok()?;
    Some(Moment::in_zone(local, &london(), Precision::Minute, TimeBasis::Zone))
}

fn by(day: &str) -> Option<Promise> {
    Some(Promise { start: None, end: Some(day.into()), kind: Some(PromiseKind::By), source: None })
}

fn window(start: &str, end: &str) -> Option<Window> {
    Some(Window { start: Some(start.into()), end: Some(end.into()) })
}

fn event(state: State, local: &str, words: &str, place: &str) -> FollowedEvent {
    FollowedEvent {
        id: None,
        state,
        reason: None,
        carrier: Some("Royal Mail".into()),
        carrier_code: None,
        description: words.into(),
        place: (!place.is_empty()).then(|| place.into()),
        moment: moment(local),
    }
}

fn item(name: &str, quantity: i64) -> FollowedItem {
    FollowedItem { name: name.into(), quantity, image_url: None }
}

fn base() -> FollowedOrder {
    FollowedOrder {
        order_number: Some("FF-20418".into()),
        ordered_at: Some(at("2026-11-20T19:12:00Z")),
        ..FollowedOrder::new(at("2026-11-24T11:00:00Z"), london())
    }
}

fn order(parcels: Vec<FollowedParcel>) -> FollowedOrder {
    FollowedOrder { parcels, ..base() }
}

fn with(parcel: FollowedParcel) -> FollowedOrder {
    order(vec![parcel])
}

fn line(name: &str, quantity: i64) -> FollowedLine {
    FollowedLine { name: name.into(), quantity, ..FollowedLine::default() }
}

fn packing() -> FollowedOrder {
    FollowedOrder {
        lines: vec![line("Linen shirt, oat, M", 1), line("Merino socks, moss", 3)],
        despatch_by: When::parse("2026-11-26"),
        promised: by("2026-11-28"),
        ..base()
    }
}

fn back_ordered() -> FollowedOrder {
    let waiting = FollowedLine { back_ordered_until: Some(jiff::civil::date(2026, 12, 4)), ..line("Waxed jacket, olive, L", 1) };
    FollowedOrder { lines: vec![FollowedLine { shipped: 3, ..line("Merino socks, moss", 3) }, waiting], ..with(in_transit()) }
}

fn first_scans() -> Vec<FollowedEvent> {
    vec![
        event(State::Dispatched, "2026-11-22T16:20", "Sender preparing item", ""),
        event(State::CollectedByCarrier, "2026-11-23T17:02", "Accepted at mail centre", "Manchester"),
        event(State::ArrivedAtHub, "2026-11-23T22:48", "Item received at National Distribution Hub", "Northampton"),
    ]
}

fn in_transit() -> FollowedParcel {
    FollowedParcel {
        tracking_number: Some("AB123456785GB".into()),
        carrier: Some("Royal Mail".into()),
        carrier_url: Some("https://www.royalmail.com/track-your-item".into()),
        state: State::ArrivedAtHub,
        milestone: milestone(State::ArrivedAtHub),
        state_since: Some(at("2026-11-23T22:48:00Z")),
        last_heard_at: Some(at("2026-11-23T22:48:00Z")),
        handed_over: true,
        town: Some("Leeds".into()),
        promised: by("2026-11-26"),
        first_promised: by("2026-11-26"),
        estimated: window("2026-11-25", "2026-11-25"),
        items: vec![item("Linen shirt, oat, M", 1), item("Merino socks, moss", 3), item("Waxed canvas tote", 1)],
        events: first_scans(),
        ..FollowedParcel::default()
    }
}

fn out_for_delivery(slot: Option<(&str, &str)>) -> FollowedParcel {
    let mut events = first_scans();
    events.push(event(State::AtDeliveryDepot, "2026-11-24T05:11", "Item received at delivery office", "Leeds City"));
    events.push(event(State::OutForDelivery, "2026-11-24T08:40", "Out for delivery", "Leeds City"));
    FollowedParcel {
        state: State::OutForDelivery,
        milestone: milestone(State::OutForDelivery),
        state_since: Some(at("2026-11-24T08:40:00Z")),
        last_heard_at: Some(at("2026-11-24T08:40:00Z")),
        estimated: slot.and_then(|(a, b)| window(a, b)),
        events,
        ..in_transit()
    }
}

fn delivered(state: State) -> FollowedParcel {
    let before = out_for_delivery(None);
    let mut events = before.events.clone();
    events.push(event(state, "2026-11-24T10:21", "Delivered - see photo", "Leeds"));
    FollowedParcel {
        state,
        milestone: milestone(state),
        state_since: Some(at("2026-11-24T10:21:00Z")),
        last_heard_at: Some(at("2026-11-24T10:21:00Z")),
        delivered_at: moment("2026-11-24T10:21"),
        delivered_to: (state == State::DeliveredToNeighbour).then(|| DeliveredTo { kind: "neighbour".into(), chosen_by: None }),
        signed_by: (state == State::Delivered).then(|| "J Okafor".into()),
        events,
        ..before
    }
}

fn late(new_day: Option<&str>) -> FollowedParcel {
    FollowedParcel {
        late: true,
        promised: by("2026-11-23"),
        first_promised: by("2026-11-23"),
        estimated: new_day.and_then(|d| window(d, d)),
        ..in_transit()
    }
}

fn missing() -> FollowedParcel {
    let mut parcel = in_transit();
    for event in &mut parcel.events {
        event.moment = event.moment.map(|m| Moment { local: m.local.saturating_sub(jiff::Span::new().days(4)), ..m });
    }
    FollowedParcel {
        may_be_missing: true,
        estimated: None,
        promised: by("2026-11-27"),
        first_promised: by("2026-11-27"),
        last_heard_at: Some(at("2026-11-19T22:48:00Z")),
        ..parcel
    }
}

fn attempted() -> FollowedParcel {
    let before = out_for_delivery(None);
    let mut events = before.events.clone();
    let tried = event(State::DeliveryAttempted, "2026-11-24T10:05", "Attempted delivery - No answer", "Leeds");
    events.push(FollowedEvent { reason: Some(Reason::NobodyHome), ..tried });
    FollowedParcel {
        state: State::DeliveryAttempted,
        milestone: milestone(State::DeliveryAttempted),
        reason: Some(Reason::NobodyHome),
        state_since: Some(at("2026-11-24T10:05:00Z")),
        last_heard_at: Some(at("2026-11-24T10:05:00Z")),
        estimated: window("2026-11-25", "2026-11-25"),
        attempts: 1,
        events,
        ..before
    }
}

fn pickup() -> FollowedParcel {
    let before = out_for_delivery(None);
    let mut events = before.events.clone();
    events.push(event(State::ReadyForCollection, "2026-11-24T10:30", "Available for collection", "Headingley"));
    FollowedParcel {
        state: State::ReadyForCollection,
        milestone: milestone(State::ReadyForCollection),
        destination: DestinationKind::Shop,
        estimated: None,
        pickup_point: Some(PickupPoint {
            name: Some("Corner Shop Headingley".into()),
            address: Some("14 Otley Road, Leeds LS6 2AD".into()),
            hours: Some("Mon–Sat 7:00–22:00, Sun 8:00–20:00".into()),
            collect_by: Some("2026-12-01".into()),
        }),
        events,
        ..before
    }
}

fn customs() -> FollowedParcel {
    let mut parcel = in_transit();
    parcel.events.push(event(State::CustomsChargesDue, "2026-11-24T06:30", "Awaiting payment of customs charge", "Langley"));
    FollowedParcel {
        state: State::CustomsChargesDue,
        milestone: milestone(State::CustomsChargesDue),
        act_by: Some(at("2026-12-08T00:00:00Z")),
        estimated: None,
        ..parcel
    }
}

fn going_back() -> FollowedParcel {
    let mut parcel = attempted();
    let sent = event(State::ReturningToSender, "2026-11-24T10:50", "Return to sender: address incomplete", "Leeds City");
    parcel.events.push(FollowedEvent { reason: Some(Reason::AddressIncomplete), ..sent });
    FollowedParcel {
        state: State::ReturningToSender,
        milestone: milestone(State::ReturningToSender),
        reason: Some(Reason::AddressIncomplete),
        ..parcel
    }
}

fn split() -> FollowedOrder {
    let third =
        FollowedParcel { tracking_number: Some("H00QYA0071234567".into()), carrier: Some("Evri".into()), ..late(Some("2026-11-26")) };
    let second = FollowedParcel { tracking_number: Some("AB123456799GB".into()), ..out_for_delivery(None) };
    let waiting = FollowedLine { back_ordered_until: Some(jiff::civil::date(2026, 12, 4)), ..line("Waxed jacket, olive, L", 1) };
    FollowedOrder { lines: vec![waiting], ..order(vec![delivered(State::Delivered), second, third]) }
}

fn split_moving() -> FollowedOrder {
    let second = FollowedParcel {
        estimated: window("2026-11-26", "2026-11-27"),
        promised: by("2026-11-30"),
        first_promised: by("2026-11-30"),
        ..in_transit()
    };
    order(vec![FollowedParcel { tracking_number: Some("AB123456799GB".into()), ..in_transit() }, second])
}

fn coming_back(state: State) -> FollowedParcel {
    FollowedParcel {
        kind: ShipmentType::Return,
        state,
        milestone: milestone(state),
        town: None,
        promised: None,
        first_promised: None,
        estimated: None,
        act_by: Some(at("2026-12-04T23:59:00Z")),
        events: if state == State::AwaitingDropOff { vec![] } else { first_scans() },
        ..in_transit()
    }
}

fn two_carriers() -> FollowedParcel {
    let mut parcel = out_for_delivery(None);
    let abroad = |state, local: &str, words: &str, place: &str| FollowedEvent {
        carrier: Some("Deutsche Post".into()),
        moment: local.parse().ok().map(|l: DateTime| {
            Moment::in_zone(l, &TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC), Precision::Minute, TimeBasis::Zone)
        }),
        ..event(state, local, words, place)
    };
    parcel.events.push(abroad(
        State::DepartedOriginCountry,
        "2026-11-21T03:10",
        "Die Sendung hat das Ursprungsland verlassen",
        "Frankfurt",
    ));
    parcel.events.push(FollowedEvent { moment: None, ..abroad(State::Unknown, "", "Zusatzinformation liegt vor", "") });
    parcel
}

fn long() -> FollowedParcel {
    let mut parcel = in_transit();
    for day in 1..=22 {
        let state = if day % 2 == 0 { State::ArrivedAtHub } else { State::DepartedHub };
        parcel.events.push(event(state, &format!("2026-11-{day:02}T0{}:15", day % 9), "Processed through facility EMEA-7", "Langley HWDC"));
    }
    parcel
}
