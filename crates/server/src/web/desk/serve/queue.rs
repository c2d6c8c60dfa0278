//! The queues: alerts with their shipments, longest waiting first, missed trailers gathered.

use std::collections::HashMap;

use axum::extract::Path;
use jiff::Timestamp;

use super::{Answer, Asked, Desk, Fault, plural, quoted, wording};
use crate::{
    db::{
        self,
        alerts::{AlertRow as Alert, Queue},
        orders::OrderRow,
        shipments::ShipmentRow,
    },
    flow::alerts::NEXT_SCAN,
    following::carrier_name,
    web::desk::{
        Empty, QUEUE_DISPUTED, QUEUE_LATE, QUEUE_MAY_BE_MISSING, QUEUE_MINE, QUEUE_NOT_DESPATCHED, QUEUE_OTHER, QUEUE_SNOOZED, Step,
        frame::{Frame, grouped},
        pill::Pill,
        queue::{AlertRow, Filter, HandOver, Kind, QueueView, sections},
    },
};

/// A page holds this many, so that a missed trailer stands on one.
const PAGE: i64 = 200;
/// A trailer holds fewer parcels than this.
const GROUP_MAX: i64 = 2_000;

const OWN_QUEUES: [&str; 4] = [QUEUE_LATE, QUEUE_MAY_BE_MISSING, QUEUE_NOT_DESPATCHED, QUEUE_DISPUTED];

struct Face {
    id: &'static str,
    heading: &'static str,
    meaning: &'static str,
    nothing: &'static str,
    why_nothing: &'static str,
}

const FACES: [Face; 7] = [
    Face {
        id: QUEUE_LATE,
        heading: "Late",
        meaning: "The promise has passed and the shopper doesn't have it. Longest waiting first.",
        nothing: "Nothing is late",
        why_nothing: "Every promise made so far is kept or still open.",
    },
    Face {
        id: QUEUE_MAY_BE_MISSING,
        heading: "May be missing",
        meaning: "No scan for longer than a parcel should be silent. Longest waiting first.",
        nothing: "Nothing is missing",
        why_nothing: "Every parcel with a carrier was heard of in time.",
    },
    Face {
        id: QUEUE_NOT_DESPATCHED,
        heading: "Not despatched",
        meaning: "Orders that should have left by now, and no hand-over is known.",
        nothing: "Everything left in time",
        why_nothing: "No order has passed the day by which it should leave.",
    },
    Face {
        id: QUEUE_DISPUTED,
        heading: "Disputed",
        meaning: "The shopper says otherwise than the carrier.",
        nothing: "No shopper disagrees with a carrier",
        why_nothing: "When one says that it did not arrive, it stands here until it is settled.",
    },
    Face {
        id: QUEUE_OTHER,
        heading: "By your rules",
        meaning: "What your own rules put here.",
        nothing: "Your rules found nothing",
        why_nothing: "A rule with an alert puts shipments here when it fires.",
    },
    Face {
        id: QUEUE_MINE,
        heading: "Mine",
        meaning: "Claimed by you and not resolved.",
        nothing: "You have claimed nothing",
        why_nothing: "What you claim in a queue stands here until you resolve it or give it back.",
    },
    Face {
        id: QUEUE_SNOOZED,
        heading: "Snoozed",
        meaning: "They come back by themselves, at their time or with the next scan.",
        nothing: "Nothing sleeps",
        why_nothing: "What you snooze stands here until it comes back.",
    },
];

/// `GET /desk/queues/{queue}`
pub async fn get(desk: Desk, Path(id): Path<String>, asked: Asked) -> Answer {
    let face = FACES.iter().find(|f| f.id == id).ok_or(Fault::NotFound)?;
    let mut wanted = queue_of(face.id, &desk.staff.email);
    wanted.unclaimed = asked.get("unclaimed").is_some();
    wanted.carrier = asked.get("carrier").map(str::to_string);
    wanted.after = asked.get("cursor").and_then(|c| c.split_once('.')).and_then(|(at, id)| Some((at.parse().ok()?, id.to_string())));
    let now = desk.now.as_millisecond();
    let mut alerts = db::alerts::queue(&desk.app.db.read().await?, desk.retailer(), &wanted, now, PAGE + 1).await?;
    let more = alerts.len() > PAGE as usize;
    alerts.truncate(PAGE as usize);
    let base = format!("/desk/queues/{}", face.id);
    let narrowed = match (&wanted.carrier, wanted.unclaimed) {
        (Some(carrier), _) => format!("{base}?carrier={}", quoted(carrier)),
        (None, true) => format!("{base}?unclaimed=1"),
        (None, false) => base.clone(),
    };
    let next_page = alerts.last().filter(|_| more).map(|last| {
        let joint = if narrowed.contains('?') { '&' } else { '?' };
        format!("{narrowed}{joint}cursor={}.{}", last.opened_at, last.id)
    });
    let frame = desk.frame(face.heading, face.id).await?;
    let count = menu_count(&frame, face.id);
    let rows = rows(&desk, &alerts).await?;
    let filters = filters(&base, &wanted, &rows);
    let empty = rows.is_empty().then(|| empty(face, &wanted, &base));
    desk.show(&QueueView {
        heading: face.heading.into(),
        meaning: face.meaning.into(),
        count: if narrowed == base { count } else { grouped(rows.len() as u64) },
        back: narrowed,
        filters,
        sections: sections(rows.into_iter().map(|(_, row)| row).collect()),
        next_page,
        empty,
        kind: if face.id == QUEUE_SNOOZED { Kind::Snoozed } else { Kind::Open },
        frame,
    })
}

fn menu_count(frame: &Frame, id: &str) -> String {
    let links = frame.menu.iter().flat_map(|g| &g.links);
    links.into_iter().find(|l| l.id == id).and_then(|l| l.count.as_ref()).map_or_else(|| "0".into(), |c| c.words.clone())
}

fn queue_of(id: &'static str, me: &str) -> Queue {
    match id {
        QUEUE_MINE => Queue { assignee: Some(me.into()), ..Queue::default() },
        QUEUE_SNOOZED => Queue { sleeping: true, ..Queue::default() },
        QUEUE_OTHER => Queue { but: OWN_QUEUES.to_vec(), ..Queue::default() },
        own => Queue { kinds: vec![own], ..Queue::default() },
    }
}

fn empty(face: &Face, wanted: &Queue, base: &str) -> Empty {
    if wanted.unclaimed || wanted.carrier.is_some() || wanted.after.is_some() {
        let next = Some(Step::new(base, "Show the whole queue"));
        return Empty {
            icon: "check",
            title: "Nothing here fits".into(),
            why: "The queue is not empty, but nothing in it fits these filters.".into(),
            next,
        };
    }
    let next = Some(Step::new("/desk/shipments?attention=watch", "See what to watch"));
    Empty { icon: "check", title: face.nothing.into(), why: face.why_nothing.into(), next }
}

/// All, unclaimed, and the carriers that are on this page.
fn filters(base: &str, wanted: &Queue, rows: &[(Option<String>, AlertRow)]) -> Vec<Filter> {
    let narrowed = wanted.carrier.is_some() || wanted.unclaimed;
    if rows.is_empty() && !narrowed {
        return Vec::new();
    }
    let mut carriers: Vec<&String> = rows.iter().filter_map(|(carrier, _)| carrier.as_ref()).chain(&wanted.carrier).collect();
    carriers.sort();
    carriers.dedup();
    let mut filters = vec![
        Filter { label: "All".into(), href: base.into(), chosen: !narrowed },
        Filter { label: "Unclaimed".into(), href: format!("{base}?unclaimed=1"), chosen: wanted.unclaimed },
    ];
    if carriers.len() > 1 || wanted.carrier.is_some() {
        filters.extend(carriers.into_iter().take(12).map(|id| Filter {
            label: carrier_name(id),
            href: format!("{base}?carrier={}", quoted(id)),
            chosen: wanted.carrier.as_ref() == Some(id),
        }));
    }
    filters
}

/// What each alert is about: its shipment, or its order where there is none yet.
struct Subjects {
    shipments: HashMap<String, ShipmentRow>,
    orders: HashMap<String, OrderRow>,
}

async fn subjects(desk: &Desk, alerts: &[Alert]) -> Result<Subjects, Fault> {
    let read = desk.app.db.read().await?;
    let mut ids: Vec<String> = alerts.iter().filter(|a| !a.shipment_id.is_empty()).map(|a| a.shipment_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let shipments = db::shipments::by_ids_read(&read, desk.retailer(), &ids).await?;
    let numbers: Vec<&str> = alerts.iter().filter(|a| a.shipment_id.is_empty()).filter_map(|a| a.order_number.as_deref()).collect();
    let orders = if numbers.is_empty() { Vec::new() } else { db::orders::of_numbers(&read, desk.retailer(), &numbers).await? };
    Ok(Subjects {
        shipments: shipments.into_iter().map(|s| (s.id.clone(), s)).collect(),
        orders: orders.into_iter().filter_map(|o| Some((o.order_number.clone()?, o))).collect(),
    })
}

/// Each with its carrier's id, for the filters.
async fn rows(desk: &Desk, alerts: &[Alert]) -> Result<Vec<(Option<String>, AlertRow)>, Fault> {
    let subjects = subjects(desk, alerts).await?;
    let names = desk.colleagues().await?;
    let of = |alert: &Alert| {
        let shipment = subjects.shipments.get(&alert.shipment_id);
        let mut row = match shipment {
            Some(shipment) => of_shipment(desk, alert, shipment),
            None => of_order(desk, alert, alert.order_number.as_ref().and_then(|n| subjects.orders.get(n))),
        };
        row.mine = alert.assignee.as_deref() == Some(desk.staff.email.as_str());
        row.assignee = alert.assignee.as_ref().map(|a| names.get(a).unwrap_or(a).clone());
        row.wakes = alert.snoozed_until.filter(|_| alert.state == "snoozed").map(|until| wakes(desk, until));
        (shipment.and_then(|s| s.registration.carrier.clone()), row)
    };
    Ok(alerts.iter().map(of).collect())
}

pub fn wakes(desk: &Desk, until: i64) -> String {
    if until == NEXT_SCAN { "with the next scan".into() } else { wording::day_and_clock(until, &desk.zone) }
}

fn of_shipment(desk: &Desk, alert: &Alert, s: &ShipmentRow) -> AlertRow {
    let reg = &s.registration;
    AlertRow {
        alert_id: alert.id.clone(),
        href: format!("/desk/shipments/{}", s.id),
        order: wording::order(reg),
        customer: wording::customer(reg),
        carrier: wording::carrier(reg),
        tracking_number: reg.tracking_number.clone().unwrap_or_default(),
        state: wording::state(s, &desk.ctx),
        last_scan: s.last_event_at.map(|at| desk.when_ms(at)),
        promise: reg.promised.as_ref().map_or_else(|| "none".into(), |p| wording::promise(p, &zone_of(desk, s))),
        why: wording::why(alert, Some(s), &desk.ctx, desk.now),
        opened: desk.when_ms(alert.opened_at),
        wakes: None,
        assignee: None,
        mine: false,
        next_action: wording::next_action(&alert.kind, Some(s)),
        hand_over: hand_over(desk, s),
    }
}

pub fn zone_of(desk: &Desk, s: &ShipmentRow) -> jiff::tz::TimeZone {
    let settings = desk.ctx.settings_for(&s.brand_id, &s.registration);
    desk.ctx.zone_of(&s.brand_id, &s.registration, &settings)
}

fn of_order(desk: &Desk, alert: &Alert, order: Option<&OrderRow>) -> AlertRow {
    let doc: serde_json::Value = order.and_then(|o| serde_json::from_str(&o.doc).ok()).unwrap_or_default();
    let person = |who: &str| serde_json::from_value(doc[who].clone()).ok();
    let customer = [person("recipient"), person("buyer")].iter().map(|p| wording::name(p.as_ref())).find(|n| !n.is_empty());
    let promised: Option<whereabouts_domain::Promise> = serde_json::from_value(doc["promised"].clone()).ok();
    let number = alert.order_number.clone().unwrap_or_default();
    AlertRow {
        alert_id: alert.id.clone(),
        href: format!("/desk/orders/{}", quoted(&number).replace('+', "%20")),
        order: number,
        customer: customer.unwrap_or_default(),
        carrier: "not with a carrier yet".into(),
        tracking_number: String::new(),
        state: Pill::new("bad", "box", "Not despatched"),
        last_scan: None,
        promise: promised.map_or_else(|| "none".into(), |p| wording::promise(&p, &desk.zone)),
        why: alert.reason.clone(),
        opened: desk.when_ms(alert.opened_at),
        wakes: None,
        assignee: None,
        mine: false,
        next_action: wording::next_action(&alert.kind, None),
        hand_over: None,
    }
}

/// Of a parcel that nobody has touched since the retailer gave it away: which collection it was.
fn hand_over(desk: &Desk, s: &ShipmentRow) -> Option<HandOver> {
    let reg = &s.registration;
    let at = reg.handed_over_at.or(reg.shipped_at).filter(|_| s.journey.first_physical_at.is_none())?;
    let minute = Timestamp::from_second(at.as_second().div_euclid(60) * 60).ok()?;
    Some(HandOver {
        carrier: reg.carrier.as_deref().map_or_else(|| "the carrier".into(), carrier_name),
        site: reg.site.clone().unwrap_or_else(|| "the warehouse".into()),
        at_iso: minute.to_string(),
        at_words: wording::clocked(minute, &desk.zone),
    })
}

/// The open alerts of one missed trailer.
pub async fn of_trailer(desk: &Desk, key: &str) -> Result<Vec<String>, Fault> {
    let wanted = Queue { kinds: vec![QUEUE_LATE, QUEUE_MAY_BE_MISSING], ..Queue::default() };
    let read = desk.app.db.read().await?;
    let alerts = db::alerts::queue(&read, desk.retailer(), &wanted, desk.now.as_millisecond(), GROUP_MAX).await?;
    drop(read);
    let subjects = subjects(desk, &alerts).await?;
    let is_member = |alert: &&Alert| {
        let hand_over = subjects.shipments.get(&alert.shipment_id).and_then(|s| hand_over(desk, s));
        hand_over.is_some_and(|h| h.key() == key)
    };
    Ok(alerts.iter().filter(is_member).map(|a| a.id.clone()).collect())
}

/// "3 alerts".
pub fn alerts_words(count: usize) -> String {
    plural(count as u64, "alert", "alerts")
}
