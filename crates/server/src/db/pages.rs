//! What a shopper's page is made of, at one place: a row for the order and one for each of its parcels, found by the page's token. They are
//! copies, written by [`super::orders`] and [`super::shipments`] in the transactions that change what they copy. No names, no addresses.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use whereabouts_domain::{Destination, Journey, Registration};

use super::{
    engine::{DbError, Kind, Many, Read, Row, Value, Write},
    orders::OrderRow,
    shipments::{FirstPromise, ShipmentRow},
};
use crate::{args, row, sql};

sql! {
    OF_TOKEN = "SELECT shipment_id, doc, timeline FROM tracking_page WHERE retailer_id = $1 AND page_token = $2";
    MOVE = "UPDATE tracking_page SET page_token = $4 WHERE retailer_id = $1 AND page_token = $2 AND shipment_id = $3";
}

const ROW: &[(&str, Kind)] =
    &[("retailer_id", Kind::Text), ("page_token", Kind::Text), ("shipment_id", Kind::Text), ("doc", Kind::Text), ("timeline", Kind::Text)];
pub static PUT: Many = Many::insert("pages::PUT", "tracking_page", ROW, "");
/// What is told now stands below what was told before.
pub static TELL: Many = Many::update_appending("pages::TELL", "tracking_page", 3, ROW);
/// All of it is told afresh.
pub static TELL_ANEW: Many = Many::update("pages::TELL_ANEW", "tracking_page", 3, ROW);
pub static MANY: &[&Many] = &[&PUT, &TELL, &TELL_ANEW];

/// The order's row has no shipment.
const OF_ORDER: &str = "";

/// An order as its page knows it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PageOrder {
    pub brand_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    /// What of the order as registered is shown: dates and lines.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub doc: Json,
}

/// A parcel as its page knows it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PageParcel {
    pub brand_id: String,
    pub registration: Registration,
    pub journey: Journey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_promised: Option<FirstPromise>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_missing: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    pub created_at: i64,
    #[serde(skip)]
    pub shipment_id: String,
    /// A line for each event: see [`crate::following::tell`].
    #[serde(skip)]
    pub timeline: String,
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

impl PageParcel {
    fn of(s: &ShipmentRow) -> PageParcel {
        let (r, j) = (&s.registration, &s.journey);
        let place = |d: &Destination| Destination {
            kind: d.kind,
            city: d.city.clone(),
            region: d.region.clone(),
            postcode: d.postcode.clone(),
            country: d.country.clone(),
            ..Destination::default()
        };
        // What settings, zone and words depend on. Who gets it is nothing to a page that may be passed on.
        let registration = Registration {
            tracking_number: r.tracking_number.clone(),
            carrier: r.carrier.clone(),
            service: r.service.clone(),
            kind: r.kind,
            brand: r.brand.clone(),
            shipped_at: r.shipped_at,
            handed_over_at: r.handed_over_at,
            promised: r.promised.clone(),
            gift: r.gift,
            destination: r.destination.as_ref().map(place),
            origin: r.origin.as_ref().map(|d| Destination { country: d.country.clone(), ..Destination::default() }),
            items: r.items.clone(),
            ..Registration::default()
        };
        let journey = Journey { signed_by: None, state_event: None, revisions: Vec::new(), ..j.clone() };
        PageParcel {
            brand_id: s.brand_id.clone(),
            registration,
            journey,
            first_promised: s.first_promised.clone(),
            late: s.facts.late(),
            may_be_missing: s.facts.may_be_missing(),
            disputed: s.disputed,
            stopped: s.stopped_at.is_some(),
            created_at: s.created_at,
            shipment_id: s.id.clone(),
            timeline: String::new(),
        }
    }
}

/// What is to be written of a parcel's timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// More lines, below those that are there.
    More(String),
    /// All lines; those that are there are of no use any more.
    Anew(String),
}

impl Default for Told {
    fn default() -> Told {
        Told::More(String::new())
    }
}

impl Told {
    pub fn lines(&mut self) -> &mut String {
        match self {
            Told::More(lines) | Told::Anew(lines) => lines,
        }
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types can be written as JSON")
}

/// The row of an order.
pub fn order_values(o: &OrderRow) -> Vec<Value> {
    row![&o.retailer, &o.page_token, OF_ORDER, json(&PageOrder::of(o)), ""]
}

/// The row of a parcel.
pub fn parcel_values(s: &ShipmentRow) -> Vec<Value> {
    let (Told::More(lines) | Told::Anew(lines)) = &s.told;
    row![&s.retailer, &s.page_token, &s.id, json(&PageParcel::of(s)), lines]
}

pub(super) async fn put_order(tx: &mut Write, o: &OrderRow) -> Result<(), DbError> {
    tx.many(&PUT, vec![order_values(o)]).await.map(|_| ())
}

pub(super) async fn update_order(tx: &mut Write, o: &OrderRow) -> Result<(), DbError> {
    update(tx, &TELL, vec![order_values(o)]).await
}

pub(super) async fn put_parcels(tx: &mut Write, parcels: &[&ShipmentRow]) -> Result<(), DbError> {
    tx.many(&PUT, parcels.iter().map(|s| parcel_values(s)).collect()).await.map(|_| ())
}

pub(super) async fn update_parcels(tx: &mut Write, parcels: &[&ShipmentRow]) -> Result<(), DbError> {
    let (anew, more): (Vec<&ShipmentRow>, Vec<&ShipmentRow>) = parcels.iter().partition(|s| matches!(s.told, Told::Anew(_)));
    update(tx, &TELL, more.into_iter().map(parcel_values).collect()).await?;
    update(tx, &TELL_ANEW, anew.into_iter().map(parcel_values).collect()).await
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

/// The order that a link opens and its parcels that are still tracked, in the order in which they were registered.
pub async fn open(read: &Read<'_>, retailer: &str, token: &str) -> Result<Option<(PageOrder, Vec<PageParcel>)>, DbError> {
    let unreadable = |e: serde_json::Error| DbError::Migration(format!("a page of {retailer} cannot be read: {e}"));
    let (mut order, mut parcels) = (None, Vec::new());
    for mut row in read.all(&OF_TOKEN, args![retailer, token]).await? {
        if row.str(0) == OF_ORDER {
            order = Some(serde_json::from_str(row.str(1)).map_err(unreadable)?);
            continue;
        }
        let parcel = parcel_of(&mut row).map_err(unreadable)?;
        if !parcel.stopped {
            parcels.push(parcel);
        }
    }
    parcels.sort_by(|a, b| a.shipment_id.cmp(&b.shipment_id));
    Ok(order.map(|order| (order, parcels)))
}

fn parcel_of(row: &mut Row) -> Result<PageParcel, serde_json::Error> {
    let mut parcel: PageParcel = serde_json::from_str(row.str(1))?;
    parcel.shipment_id = row.text(0);
    parcel.timeline = row.take_text(2).unwrap_or_default();
    Ok(parcel)
}
