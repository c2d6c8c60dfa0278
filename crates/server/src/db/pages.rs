//! What a shopper's page is made of, at one place: a row for the order and one for each of its parcels, found by the page's token. They are
//! copies, written by [`super::orders`] and [`super::shipments`] in the transactions that change what they copy. No names, no addresses.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use whereabouts_domain::{
    Destination, DestinationKind, Journey, Milestone, Moment, PickupPoint, Promise, Reason, Registration, ShipmentType, State, WaitingOn,
    Window,
    estimate::Estimate,
    journey::{DeliveredTo, Piece},
    shipment::Item,
};

use super::{
    engine::{DbError, Kind, Many, Read, Value, Write},
    orders::OrderRow,
    shipments::{FirstPromise, ShipmentRow},
};
use crate::{args, row, sql};

sql! {
    OF_TOKEN = "SELECT shipment_id, doc, timeline FROM tracking_page WHERE retailer_id = $1 AND page_token = $2";
    MOVE = "UPDATE tracking_page SET page_token = $4 WHERE retailer_id = $1 AND page_token = $2 AND shipment_id = $3";
}

const ROW: &[(&str, Kind)] = &[
    ("retailer_id", Kind::Text),
    ("page_token", Kind::Text),
    ("shipment_id", Kind::Text),
    ("doc", Kind::Bytes),
    ("timeline", Kind::Bytes),
];
const BARE: &[(&str, Kind)] = ROW.split_at(4).0;
pub static PUT: Many = Many::insert("pages::PUT", "tracking_page", ROW, "");
/// All that is told of it, afresh.
pub static TELL: Many = Many::update("pages::TELL", "tracking_page", 3, ROW);
/// What is told of its events stays as it is.
pub static SAY: Many = Many::update("pages::SAY", "tracking_page", 3, BARE);
pub static MANY: &[&Many] = &[&PUT, &TELL, &SAY];

/// The order's row has no shipment.
const OF_ORDER: &str = "";

/// An order as its page knows it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PageOrder {
    #[serde(rename = "b")]
    pub brand_id: String,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    /// What of the order as registered is shown: dates and lines.
    #[serde(rename = "d", default, skip_serializing_if = "is_bare")]
    pub doc: Json,
}

fn is_bare(doc: &Json) -> bool {
    doc.as_object().is_none_or(|fields| fields.is_empty())
}

/// A parcel as its page knows it: of registration and journey what settings, zone and words depend on, the rest left at its default. Who gets
/// it is nothing to a page that may be passed on.
#[derive(Debug)]
pub struct PageParcel {
    pub shipment_id: String,
    pub brand_id: String,
    pub registration: Registration,
    pub journey: Journey,
    /// The middle of our own forecast, where the estimate is ours.
    pub middle: Option<Date>,
    pub first_promised: Option<FirstPromise>,
    pub late: bool,
    pub may_be_missing: bool,
    pub disputed: bool,
    pub created_at: i64,
    /// See [`crate::following::timeline`].
    pub timeline: Vec<u8>,
}

/// How a [`PageParcel`] is written. Pages of random orders are found the sooner the less room they take: names of one letter, times in seconds,
/// nothing that is not so. A letter is never given another meaning.
#[derive(Serialize, Deserialize)]
struct Short<'a> {
    #[serde(rename = "b")]
    brand_id: Cow<'a, str>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    tracking_number: Option<Cow<'a, str>>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    carrier: Option<Cow<'a, str>>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    service: Option<Cow<'a, str>>,
    #[serde(rename = "k", default, skip_serializing_if = "is_default")]
    kind: ShipmentType,
    #[serde(rename = "B", default, skip_serializing_if = "Option::is_none")]
    brand: Option<Cow<'a, str>>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    handed_over_at: Option<i64>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    promised: Option<Cow<'a, Promise>>,
    #[serde(rename = "P", default, skip_serializing_if = "Option::is_none")]
    first_promised: Option<Cow<'a, FirstPromise>>,
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    gift: bool,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    destination: Option<Place<'a>>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    origin_country: Option<Cow<'a, str>>,
    /// Name, quantity, picture.
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<(Cow<'a, str>, i64, Option<Cow<'a, str>>)>,
    #[serde(rename = "s")]
    state: State,
    /// If it is not the one of the state.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    milestone: Option<Milestone>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(rename = "w")]
    waiting_on: WaitingOn,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    state_since: Option<i64>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    first_physical_at: Option<i64>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    last_event_at: Option<i64>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    act_by: Option<i64>,
    #[serde(rename = "H", default, skip_serializing_if = "Option::is_none")]
    had_at: Option<i64>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    estimated: Option<Cow<'a, Window>>,
    #[serde(rename = "E", default, skip_serializing_if = "Option::is_none")]
    middle: Option<Date>,
    #[serde(rename = "D", default, skip_serializing_if = "Option::is_none")]
    delivered_at: Option<Moment>,
    #[serde(rename = "T", default, skip_serializing_if = "Option::is_none")]
    delivered_to: Option<Cow<'a, DeliveredTo>>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pickup_point: Option<Cow<'a, PickupPoint>>,
    #[serde(rename = "A", default, skip_serializing_if = "is_default")]
    attempts: u32,
    #[serde(rename = "q", default, skip_serializing_if = "no_pieces")]
    pieces: Cow<'a, [Piece]>,
    #[serde(rename = "L", default, skip_serializing_if = "is_default")]
    late: bool,
    #[serde(rename = "M", default, skip_serializing_if = "is_default")]
    may_be_missing: bool,
    #[serde(rename = "x", default, skip_serializing_if = "is_default")]
    disputed: bool,
    /// Tracked no longer: not shown.
    #[serde(rename = "z", default, skip_serializing_if = "is_default")]
    stopped: bool,
    #[serde(rename = "C")]
    created_at: i64,
}

/// A destination without its lines.
#[derive(Serialize, Deserialize)]
struct Place<'a> {
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    kind: Option<DestinationKind>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    city: Option<Cow<'a, str>>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    region: Option<Cow<'a, str>>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    postcode: Option<Cow<'a, str>>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    country: Option<Cow<'a, str>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn no_pieces(pieces: &[Piece]) -> bool {
    pieces.is_empty()
}

fn lent(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn own(text: Option<Cow<'_, str>>) -> Option<String> {
    text.map(Cow::into_owned)
}

fn seconds(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_second)
}

fn instant(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(|s| Timestamp::from_second(s).ok())
}

impl<'a> Short<'a> {
    fn of(s: &'a ShipmentRow) -> Short<'a> {
        let (r, j) = (&s.registration, &s.journey);
        let place = |d: &'a Destination| Place {
            kind: d.kind,
            city: lent(&d.city),
            region: lent(&d.region),
            postcode: lent(&d.postcode),
            country: lent(&d.country),
        };
        let item = |i: &'a Item| Some((Cow::Borrowed(i.name.as_deref().or(i.sku.as_deref())?), i.quantity, lent(&i.image_url)));
        Short {
            brand_id: Cow::Borrowed(&s.brand_id),
            tracking_number: lent(&r.tracking_number),
            carrier: lent(&r.carrier),
            service: lent(&r.service),
            kind: r.kind,
            brand: lent(&r.brand),
            handed_over_at: seconds(r.handed_over_at.or(r.shipped_at)),
            promised: r.promised.as_ref().map(Cow::Borrowed),
            first_promised: s.first_promised.as_ref().map(Cow::Borrowed),
            gift: r.gift,
            destination: r.destination.as_ref().map(place),
            origin_country: r.origin_country().map(Cow::Borrowed),
            items: r.items.iter().filter_map(item).collect(),
            state: j.state,
            milestone: Some(j.milestone).filter(|m| j.state.milestone() != Some(*m)),
            reason: j.reason,
            waiting_on: j.waiting_on,
            state_since: seconds(j.state_since),
            first_physical_at: seconds(j.first_physical_at),
            last_event_at: seconds(j.last_event_at),
            act_by: seconds(j.act_by),
            had_at: seconds(j.had_at),
            estimated: Estimate::of_this_parcel(j, &s.facts).map(|e| Cow::Owned(e.window())),
            middle: Estimate::middle(j, &s.facts),
            delivered_at: j.delivered_at,
            delivered_to: j.delivered_to.as_ref().map(Cow::Borrowed),
            pickup_point: j.pickup_point.as_ref().map(Cow::Borrowed),
            attempts: j.attempts,
            pieces: Cow::Borrowed(&j.pieces),
            late: s.facts.late(),
            may_be_missing: s.facts.may_be_missing(),
            disputed: s.disputed,
            stopped: s.stopped_at.is_some(),
            created_at: s.created_at / 1_000,
        }
    }

    fn parcel(self, shipment_id: String, timeline: Vec<u8>) -> PageParcel {
        let destination = |p: Place| Destination {
            kind: p.kind,
            city: own(p.city),
            region: own(p.region),
            postcode: own(p.postcode),
            country: own(p.country),
            ..Destination::default()
        };
        let item = |(name, quantity, image_url): (Cow<str>, i64, Option<Cow<str>>)| Item {
            line_id: None,
            sku: None,
            name: Some(name.into_owned()),
            quantity,
            price: None,
            image_url: own(image_url),
            url: None,
        };
        PageParcel {
            shipment_id,
            brand_id: self.brand_id.into_owned(),
            registration: Registration {
                tracking_number: own(self.tracking_number),
                carrier: own(self.carrier),
                service: own(self.service),
                kind: self.kind,
                brand: own(self.brand),
                handed_over_at: instant(self.handed_over_at),
                promised: self.promised.map(Cow::into_owned),
                gift: self.gift,
                destination: self.destination.map(destination),
                origin: self.origin_country.map(|c| Destination { country: Some(c.into_owned()), ..Destination::default() }),
                items: self.items.into_iter().map(item).collect(),
                ..Registration::default()
            },
            journey: Journey {
                state: self.state,
                milestone: self.milestone.or(self.state.milestone()).unwrap_or(Milestone::Pending),
                reason: self.reason,
                waiting_on: self.waiting_on,
                state_since: instant(self.state_since),
                first_physical_at: instant(self.first_physical_at),
                last_event_at: instant(self.last_event_at),
                act_by: instant(self.act_by),
                had_at: instant(self.had_at),
                estimated: self.estimated.map(Cow::into_owned),
                delivered_at: self.delivered_at,
                delivered_to: self.delivered_to.map(Cow::into_owned),
                pickup_point: self.pickup_point.map(Cow::into_owned),
                attempts: self.attempts,
                pieces: self.pieces.into_owned(),
                ..Journey::default()
            },
            middle: self.middle,
            first_promised: self.first_promised.map(Cow::into_owned),
            late: self.late,
            may_be_missing: self.may_be_missing,
            disputed: self.disputed,
            created_at: self.created_at * 1_000,
            timeline,
        }
    }
}

impl PageOrder {
    pub fn of(o: &OrderRow) -> PageOrder {
        let mut doc: Json = serde_json::from_str(&o.doc).unwrap_or_default();
        if let Some(fields) = doc.as_object_mut() {
            fields.retain(|name, _| matches!(name.as_str(), "ordered_at" | "despatch_by" | "promised" | "lines"));
        }
        PageOrder { brand_id: o.brand_id.clone(), order_number: o.order_number.clone(), doc }
    }
}

/// MessagePack with names: shorter than JSON, and a field may be missing.
fn packed<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("our own types can be written as MessagePack")
}

/// The row of an order.
pub fn order_values(o: &OrderRow) -> Vec<Value> {
    row![&o.retailer, &o.page_token, OF_ORDER, packed(&PageOrder::of(o)), Vec::new()]
}

/// The row of a parcel.
pub fn parcel_values(s: &ShipmentRow) -> Vec<Value> {
    row![&s.retailer, &s.page_token, &s.id, packed(&Short::of(s)), s.timeline.clone().unwrap_or_default()]
}

fn without_timeline(mut values: Vec<Value>) -> Vec<Value> {
    values.truncate(BARE.len());
    values
}

pub(super) async fn put_order(tx: &mut Write, o: &OrderRow) -> Result<(), DbError> {
    tx.many(&PUT, vec![order_values(o)]).await.map(|_| ())
}

pub(super) async fn update_order(tx: &mut Write, o: &OrderRow) -> Result<(), DbError> {
    update(tx, &SAY, vec![without_timeline(order_values(o))]).await
}

pub(super) async fn put_parcels(tx: &mut Write, parcels: &[&ShipmentRow]) -> Result<(), DbError> {
    tx.many(&PUT, parcels.iter().map(|s| parcel_values(s)).collect()).await.map(|_| ())
}

pub(super) async fn update_parcels(tx: &mut Write, parcels: &[&ShipmentRow]) -> Result<(), DbError> {
    let (told, others): (Vec<&ShipmentRow>, Vec<&ShipmentRow>) = parcels.iter().partition(|s| s.timeline.is_some());
    update(tx, &SAY, others.into_iter().map(|s| without_timeline(parcel_values(s))).collect()).await?;
    update(tx, &TELL, told.into_iter().map(parcel_values).collect()).await
}

async fn update(tx: &mut Write, many: &'static Many, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
    let wanted = rows.len() as u64;
    let (_, touched) = tx.many(many, rows).await?;
    if touched == wanted { Ok(()) } else { Err(DbError::Migration("a shipment or an order is not on its page".into())) }
}

/// A parcel goes to the page of another order.
pub async fn move_parcel(tx: &mut Write, retailer: &str, shipment: &str, from: &str, to: &str) -> Result<(), DbError> {
    tx.exec(&MOVE, args![retailer, from, shipment, to]).await.map(|_| ())
}

/// The order that a link opens and its parcels that are still tracked (else those that arrived), in the order in which they were registered.
pub async fn open(read: &Read<'_>, retailer: &str, token: &str) -> Result<Option<(PageOrder, Vec<PageParcel>)>, DbError> {
    let unreadable = |e: rmp_serde::decode::Error| DbError::Migration(format!("a page of {retailer} cannot be read: {e}"));
    let (mut order, mut parcels, mut over) = (None, Vec::new(), Vec::new());
    for row in read.all(&OF_TOKEN, args![retailer, token]).await? {
        if row.str(0) == OF_ORDER {
            order = Some(rmp_serde::from_slice(row.bytes(1)).map_err(unreadable)?);
            continue;
        }
        let short: Short = rmp_serde::from_slice(row.bytes(1)).map_err(unreadable)?;
        let (is_stopped, state) = (short.stopped, short.state);
        let parcel = short.parcel(row.text(0), row.bytes(2).to_vec());
        match is_stopped {
            false => parcels.push(parcel),
            true if state.is_delivered() => over.push(parcel),
            true => {}
        }
    }
    if parcels.is_empty() {
        // What the shopper has is not being packed because nobody listens for it any more.
        parcels = over;
    }
    parcels.sort_by(|a, b| a.shipment_id.cmp(&b.shipment_id));
    Ok(order.map(|order| (order, parcels)))
}
