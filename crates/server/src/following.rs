//! From what we keep to what a page or a message may know. Who looks decides what is in it: nothing personal ever is.

use std::{borrow::Cow, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};
use whereabouts_adapters::carrier;
use whereabouts_domain::{
    Case, Journey, Moment, Precision, Reason, Registration, State, TimeBasis, TrackingEvent, Window, estimate::Estimate, facts,
};

use crate::{
    context::{Brand, Context},
    db::{
        pages::{PageOrder, PageParcel},
        shipments::{FirstPromise, ShipmentRow},
    },
    ids::{self, EventIds},
    mail::Audience,
    words::{
        brand::{BrandView, Help},
        days::When,
        followed::{FollowedEvent, FollowedItem, FollowedLine, FollowedOrder, FollowedParcel},
    },
};

/// The brand's face, made once.
pub fn brand(b: &Brand) -> Arc<BrandView> {
    Arc::clone(b.face.get_or_init(|| Arc::new(face(b))))
}

fn face(b: &Brand) -> BrandView {
    let mut view = BrandView::named(&b.name);
    if let Some(accent) = &b.accent {
        view = view.coloured(accent, b.accent_dark.as_deref());
    }
    view.logo_url = b.logo_url.clone();
    view.home_url = b.site_url.clone();
    view.help = Help { url: b.help_url.clone(), phone: b.help_phone.clone(), email: b.help_email.clone(), hours: None };
    if let Some(locale) = &b.locale {
        view.locale = locale.clone();
    }
    view
}

/// A parcel, wherever it was read from.
pub struct Parcel<'a> {
    brand_id: &'a str,
    registration: &'a Registration,
    journey: &'a Journey,
    estimated: Option<Cow<'a, Window>>,
    /// The middle of our own forecast, where the estimate is ours.
    middle: Option<Date>,
    first_promised: Option<&'a FirstPromise>,
    late: bool,
    may_be_missing: bool,
    disputed: bool,
    created_at: i64,
    timeline: &'a [u8],
}

impl<'a> From<&'a ShipmentRow> for Parcel<'a> {
    /// Without a timeline: a message tells none.
    fn from(s: &'a ShipmentRow) -> Parcel<'a> {
        Parcel {
            brand_id: &s.brand_id,
            registration: &s.registration,
            journey: &s.journey,
            estimated: Estimate::of_this_parcel(&s.journey, &s.facts).map(|e| Cow::Owned(e.window())),
            middle: Estimate::middle(&s.journey, &s.facts),
            first_promised: s.first_promised.as_ref(),
            late: s.facts.late(),
            may_be_missing: s.facts.may_be_missing(),
            disputed: s.disputed,
            created_at: s.created_at,
            timeline: &[],
        }
    }
}

impl<'a> From<&'a PageParcel> for Parcel<'a> {
    fn from(p: &'a PageParcel) -> Parcel<'a> {
        Parcel {
            brand_id: &p.brand_id,
            registration: &p.registration,
            journey: &p.journey,
            estimated: p.journey.estimated.as_ref().map(Cow::Borrowed),
            middle: p.middle,
            first_promised: p.first_promised.as_ref(),
            late: p.late,
            may_be_missing: p.may_be_missing,
            disputed: p.disputed,
            created_at: p.created_at,
            timeline: &p.timeline,
        }
    }
}

/// The order and its parcels.
pub fn order(order: &PageOrder, parcels: &[Parcel], ctx: &Context, now: Timestamp, audience: Audience) -> FollowedOrder {
    let doc = &order.doc;
    let nothing = Registration::default();
    let first = parcels.first().map_or(&nothing, |p| p.registration);
    let settings = ctx.settings_for(&order.brand_id, first);
    let zone = ctx.zone_of(&order.brand_id, first, &settings);
    let is_gift = parcels.iter().any(|p| p.registration.gift);
    let sees_items = match audience {
        Audience::GiftRecipient => false,
        Audience::Recipient => !is_gift,
        Audience::Buyer => true,
    };
    let mut followed = FollowedOrder::new(now, zone.clone());
    followed.order_number = order.order_number.clone();
    followed.ordered_at = doc["ordered_at"].as_str().and_then(|t| t.parse().ok());
    followed.despatch_by = doc["despatch_by"].as_str().and_then(When::parse);
    followed.promised = doc.get("promised").filter(|p| !p.is_null()).and_then(|p| serde::Deserialize::deserialize(p).ok());
    if sees_items || !is_gift {
        followed.lines = lines(doc, parcels, zone.to_datetime(now).date());
    }
    if !sees_items {
        // How many are still to come may be known, but not what they are.
        followed.lines.iter_mut().for_each(|line| *line = FollowedLine { name: String::new(), image_url: None, ..line.clone() });
    }
    followed.parcels = parcels.iter().map(|p| parcel(p, ctx, now, sees_items)).collect();
    followed
}

fn lines(doc: &serde_json::Value, parcels: &[Parcel], today: Date) -> Vec<FollowedLine> {
    let outward: Vec<&Registration> = parcels
        .iter()
        .filter(|p| !p.registration.kind.is_return() && p.journey.state != State::Cancelled)
        .map(|p| p.registration)
        .collect();
    let contents: Vec<Vec<FollowedItem>> = outward.iter().map(|reg| items(reg)).collect();
    let told: Vec<&serde_json::Value> = doc["lines"].as_array().into_iter().flatten().collect();
    let is_of = |item: &FollowedItem, l: &serde_json::Value| ["name", "sku"].iter().any(|field| l[*field].as_str() == Some(&item.name));
    // Known is what a parcel holds if it is said of each, in names that the order's lines have.
    let is_known =
        contents.iter().all(|inside| !inside.is_empty()) && contents.iter().flatten().all(|item| told.iter().any(|l| is_of(item, l)));
    let line = |l: &serde_json::Value| {
        let quantity = l["quantity"].as_i64().unwrap_or(1);
        let back_ordered_until: Option<Date> = l["back_ordered_until"].as_str().and_then(|d| d.get(..10)?.parse().ok());
        let inside = contents.iter().flatten().filter(|item| is_of(item, l)).map(|item| item.quantity).sum::<i64>();
        let shipped = match l["shipped"].as_i64() {
            Some(told) => told.max(inside),
            None if is_known || back_ordered_until.is_some_and(|day| day >= today) => inside,
            // Nobody says what is in the parcels: nothing is said to be missing from them.
            None => quantity,
        };
        FollowedLine {
            name: l["name"].as_str().or(l["sku"].as_str()).unwrap_or_default().to_string(),
            quantity,
            shipped,
            cancelled: l["cancelled"].as_i64().unwrap_or(0),
            image_url: l["image_url"].as_str().map(str::to_string),
            back_ordered_until,
        }
    };
    told.into_iter().map(line).filter(|l| !l.name.is_empty()).collect()
}

/// One parcel as its shopper sees it.
pub fn parcel(p: &Parcel, ctx: &Context, now: Timestamp, sees_items: bool) -> FollowedParcel {
    let (reg, j) = (p.registration, p.journey);
    let settings = ctx.settings_for(p.brand_id, reg);
    let zone = ctx.zone_of(p.brand_id, reg, &settings);
    let adapter = reg.carrier.as_deref().and_then(carrier::by_id);
    let number = reg.tracking_number.as_deref();
    let case = Case {
        registration: reg,
        journey: j,
        registered_at: Timestamp::from_millisecond(p.created_at).unwrap_or(now),
        woken_at: None,
        kept_awake: false,
        settings: &settings,
        calendars: &ctx.calendars,
        zone: &zone,
        patience: None,
        now,
    };
    let estimated = p.estimated.clone().map(Cow::into_owned);
    let aimed = if estimated.is_none() && reg.promised.is_none() { facts::aimed(&case) } else { None };
    FollowedParcel {
        tracking_number: reg.tracking_number.clone(),
        carrier: reg.carrier.as_deref().map(carrier_name),
        carrier_url: adapter.zip(number).and_then(|(a, n)| a.tracking_url(n)),
        kind: reg.kind,
        state: j.state,
        milestone: j.milestone,
        reason: j.reason,
        state_since: j.state_since,
        destination: reg.destination_kind(),
        town: reg.destination.as_ref().and_then(|d| d.city.clone()),
        handed_over: reg.handed_over_at.or(reg.shipped_at).is_some_and(|t| t <= now) || j.first_physical_at.is_some(),
        first_promised: p.first_promised.map(|f| whereabouts_domain::Promise {
            start: f.promise.start.clone(),
            end: f.promise.end.clone(),
            kind: f.promise.kind,
            source: f.promise.source.clone(),
        }),
        promised: reg.promised.clone(),
        estimated,
        middle: p.middle,
        aimed: aimed.map(|aimed| aimed.estimate().window()),
        late: p.late,
        may_be_missing: p.may_be_missing,
        disputed: p.disputed,
        last_heard_at: j.last_event_at,
        delivered_at: j.delivered_at,
        delivered_to: j.delivered_to.clone(),
        signed_by: None,
        pickup_point: j.pickup_point.clone(),
        act_by: facts::act_by(&case),
        attempts: j.attempts,
        pieces: j.pieces.clone(),
        events: told(p.timeline),
        items: if sees_items { items(reg) } else { Vec::new() },
    }
}

fn items(reg: &Registration) -> Vec<FollowedItem> {
    let item = |i: &whereabouts_domain::shipment::Item| FollowedItem {
        name: i.name.clone().or_else(|| i.sku.clone()).unwrap_or_default(),
        quantity: i.quantity,
        image_url: i.image_url.clone(),
    };
    reg.items.iter().map(item).filter(|i| !i.name.is_empty()).collect()
}

/// What a page tells of an event, kept in its row without names: pages of random orders are found sooner the less room they take. A field that
/// comes later goes to the end, with a default.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    /// The event's id, see [`ids::event_id`].
    id: u128,
    state: State,
    reason: Option<Reason>,
    /// Its id.
    #[serde(borrow)]
    carrier: Cow<'a, str>,
    #[serde(borrow)]
    carrier_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Cow<'a, str>,
    #[serde(borrow)]
    place: Option<Cow<'a, str>>,
    moment: Option<Told>,
}

/// A moment: the wall clock in seconds as if it were UTC's, the offset's seconds, and how both are known: places in the two lists below.
type Told = (i64, i32, usize, usize);
const PRECISIONS: [Precision; 4] = [Precision::Second, Precision::Minute, Precision::Day, Precision::None];
const BASES: [TimeBasis; 3] = [TimeBasis::Offset, TimeBasis::Zone, TimeBasis::Assumed];

/// What a page tells of a parcel's events: a list in MessagePack.
pub fn timeline(shipment: &str, events: &[TrackingEvent]) -> Vec<u8> {
    let ids = EventIds::of(shipment);
    let moment = |m: Moment| -> Option<Told> {
        let seconds = Offset::UTC.to_timestamp(m.local).ok()?.as_second();
        Some((seconds, m.offset_seconds, PRECISIONS.iter().position(|p| *p == m.precision)?, BASES.iter().position(|b| *b == m.basis)?))
    };
    let line = |e: &'_ TrackingEvent| Line {
        id: ids.bits(&e.key()),
        state: e.state,
        reason: e.reason,
        carrier: e.carrier.clone().into(),
        carrier_code: e.carrier_code.clone().map(Cow::Owned),
        description: e.description.clone().into(),
        place: e.location.city.as_ref().or(e.location.text.as_ref()).cloned().map(Cow::Owned),
        moment: e.moment.and_then(moment),
    };
    rmp_serde::to_vec(&events.iter().map(line).collect::<Vec<Line>>()).expect("lines of ours can be written as MessagePack")
}

/// The other way.
pub fn told(timeline: &[u8]) -> Vec<FollowedEvent> {
    let moment = |(seconds, offset_seconds, precision, basis): Told| {
        let local = Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?);
        Some(Moment { local, offset_seconds, precision: *PRECISIONS.get(precision)?, basis: *BASES.get(basis)? })
    };
    let read = |line: Line| FollowedEvent {
        id: Some(ids::event_id(line.id)),
        state: line.state,
        reason: line.reason,
        carrier: Some(carrier_name(&line.carrier)),
        carrier_code: line.carrier_code.map(Cow::into_owned),
        description: line.description.into_owned(),
        place: line.place.map(Cow::into_owned),
        moment: line.moment.and_then(moment),
    };
    if timeline.is_empty() {
        return Vec::new();
    }
    // Losing the page over a timeline that this program can't read any more would be worse than losing the timeline.
    let lines: Vec<Line> =
        rmp_serde::from_slice(timeline).inspect_err(|e| tracing::error!(error = %e, "a timeline cannot be read")).unwrap_or_default();
    lines.into_iter().map(read).collect()
}

/// A carrier's name as people know it.
pub fn carrier_name(id: &str) -> String {
    carrier::by_id(id).map_or_else(|| id.replace('_', " "), |c| c.card().name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_timeline_tells_of_an_event_is_what_the_event_says() {
        let mut event = TrackingEvent::new("H0001A0000000042", "evri", State::DeliveryAttempted);
        event.carrier_code = Some("12\n3".into());
        event.description = "Nobody was \"in\"\nCard left".into();
        event.location.text = Some("Łódź".into());
        let mut silent = TrackingEvent::new("H0001A0000000042", "evri", State::InTransit);
        silent.location.city = Some("Leeds".into());
        silent.location.text = Some("Leeds hub".into());
        let mut events = Vec::new();
        for (moment, precision) in [("2026-10-25T01:30:15", Precision::Second), ("1969-12-31T00:00:00", Precision::Day)] {
            event.moment = Some(Moment { local: moment.parse().unwrap(), offset_seconds: -12_600, precision, basis: TimeBasis::Zone });
            events.push(event.clone());
            let last = told(&timeline("shp_1", &events)).pop().unwrap();
            assert_eq!((last.moment, last.id), (event.moment, Some(EventIds::of("shp_1").id(&event.key()))));
            assert_eq!((last.description, last.place.as_deref()), (event.description.clone(), Some("Łódź")));
            assert_eq!((last.state, last.carrier_code, last.carrier.as_deref()), (event.state, event.carrier_code.clone(), Some("Evri")));
        }
        events.push(silent);
        let all = told(&timeline("shp_1", &events));
        assert_eq!((all.len(), all[2].moment, all[2].place.as_deref()), (3, None, Some("Leeds")));
        assert!(told(&[]).is_empty() && told(b"{}").is_empty());
    }
}
