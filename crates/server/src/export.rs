//! Orders, shipments and events as files that can be taken in again, a few hundred at a time, oldest first.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use whereabouts_adapters::sheet::{self, Kind};
use whereabouts_domain::{State, TrackingEvent};

use crate::{
    app::App,
    context::Context,
    db::{
        self, DbError, Read,
        events::KeptEvent,
        shipments::{Filter, ShipmentRow},
    },
    view,
    written::{self, Format},
};

const AT_ONCE: i64 = 300;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Export {
    pub kind: Kind,
    pub format: Format,
    /// Of events: which shipments' events. Of orders it says nothing.
    pub filter: Filter,
    /// Registered (events: received) in this time, milliseconds.
    pub from: Option<i64>,
    pub until: Option<i64>,
    /// Also events for numbers that nobody has registered.
    pub unmatched: bool,
}

/// Where the file stands.
#[derive(Clone, Debug)]
pub enum Place {
    Begin,
    /// After this order or shipment.
    After(String),
    /// Among the unmatched events, after this number and key.
    Unmatched(String, String),
    End,
}

/// Beside the fields that can be taken in again, what people look for.
const SHIPMENT_FACTS: &[&str] = &[
    "id",
    "state",
    "milestone",
    "attention",
    "late",
    "may_be_missing",
    "delivered_at",
    "last_event_at",
    "created_at",
    "tracking_page_url",
    "first_promised",
];
/// What was said beside the carrier's words: by agents, and to shoppers.
const SAID: [&str; 2] = ["notes", "messages"];

/// The next piece of the file, and where it stands then.
pub async fn piece(app: &App, ctx: &Context, export: &Export, place: Place) -> Result<(String, Place), DbError> {
    let read = app.db.read().await?;
    let mut out = String::new();
    let columns = columns(export.kind);
    if matches!(place, Place::Begin) && export.format == Format::Csv {
        written::line(&mut out, &columns);
    }
    let after = match &place {
        Place::After(id) => id.as_str(),
        _ => "",
    };
    let next = match (place.clone(), export.kind) {
        (Place::End, _) => return Ok((out, Place::End)),
        (Place::Unmatched(number, key), _) => {
            let found = db::events::unmatched(&read, &ctx.id, (&number, &key), AT_ONCE).await?;
            let next = found.last().map_or(Place::End, |k| Place::Unmatched(k.owner.clone(), k.key.clone()));
            put_events(&mut out, export, &columns, found);
            next
        }
        (_, Kind::Orders) => {
            let found = db::orders::list_from(&read, &ctx.id, after, AT_ONCE).await?;
            let next = found.last().map_or(Place::End, |o| Place::After(o.id.clone()));
            for order in found.iter().filter(|o| o.order_number.is_some() && export.holds(o.created_at)) {
                put(&mut out, export, &columns, order_fields(order, ctx, &app.config.public_url));
            }
            next
        }
        (_, kind) => {
            let found = db::shipments::list_from(&read, &export.filter, after, AT_ONCE).await?;
            let last = found.last().map(|s| Place::After(s.id.clone()));
            if kind == Kind::Events {
                let ids: Vec<&str> = found.iter().map(|s| s.id.as_str()).collect();
                put_events(&mut out, export, &columns, db::events::of_shipments_read(&read, &ctx.id, &ids).await?);
                last.unwrap_or(if export.unmatched { Place::Unmatched(String::new(), String::new()) } else { Place::End })
            } else {
                for shipment in found.into_iter().filter(|s| export.holds(s.created_at)) {
                    put_shipment(&read, &mut out, (app, ctx, export), &columns, shipment).await?;
                }
                last.unwrap_or(Place::End)
            }
        }
    };
    Ok((out, next))
}

impl Export {
    fn holds(&self, at: i64) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }

    /// `shipments-2026-11-24.csv`
    pub fn name(&self, now: jiff::Timestamp) -> String {
        format!("{}-{}.{}", self.kind.id(), now.to_zoned(jiff::tz::TimeZone::UTC).date(), self.format.id())
    }
}

/// The header: every field that has a column of its own, then what only people read.
fn columns(kind: Kind) -> Vec<&'static str> {
    // What is taken and passed over, and what first and last name tell better.
    let left_out = ["received_at", "milestone", "source", "recipient.name", "buyer.name"];
    let fields = sheet::fields(kind).map(|f| f.path).filter(|path| !path.contains(['*', '+']) && !left_out.contains(path));
    let mut columns: Vec<&str> = fields.collect();
    match kind {
        Kind::Shipments => columns.extend(SHIPMENT_FACTS.iter().filter(|f| !matches!(**f, "attention" | "first_promised"))),
        Kind::Orders => columns.push("tracking_page_url"),
        Kind::Events => {}
    }
    columns
}

fn put(out: &mut String, export: &Export, columns: &[&str], fields: Map<String, Value>) {
    match export.format {
        Format::Csv => written::line(out, columns.iter().map(|path| written::cell(written::at(&fields, path)))),
        Format::Jsonl => {
            out.push_str(&Value::Object(fields).to_string());
            out.push('\n');
        }
    }
}

/// A shipment that replaces another one comes after it, so that it finds it when it is taken in again.
async fn put_shipment(
    read: &Read<'_>,
    out: &mut String,
    (app, ctx, export): (&App, &Context, &Export),
    columns: &[&str],
    mut shipment: ShipmentRow,
) -> Result<(), DbError> {
    let mut before = Vec::new();
    let mut seen = BTreeSet::from([shipment.id.clone()]);
    let mut newest = &mut shipment;
    while let Some(replaced) = newest.registration.replaces.clone() {
        let found = match db::shipments::by_id(read, &ctx.id, &replaced).await? {
            Some(found) => Some(found),
            None => {
                let mut named = Filter::of(&ctx.id);
                named.is("tracking_key", db::shipments::number_key(&replaced).as_str());
                db::shipments::list_from(read, &named, "", 1).await?.pop()
            }
        };
        newest.registration.replaces = found.as_ref().and_then(|f| f.registration.tracking_number.clone());
        match found {
            Some(found) if found.stopped_at.is_some() && seen.insert(found.id.clone()) => {
                before.push(found);
                newest = before.last_mut().expect("it was just put there");
            }
            _ => break,
        }
    }
    for row in before.iter().rev().chain([&shipment]) {
        let mut fields = shipment_fields(row, ctx, app);
        fields.extend(said(read, row).await?);
        put(out, export, columns, fields);
    }
    Ok(())
}

/// Notes and messages, oldest first; none where there are none.
async fn said(read: &Read<'_>, row: &ShipmentRow) -> Result<Map<String, Value>, DbError> {
    let note = |n: &db::alerts::NoteRow| json!({ "at": view::time(n.at), "author": n.author, "text": n.body });
    let message = |m: &db::notifications::NotificationRow| {
        json!({ "at": view::time(m.sent_at.unwrap_or(m.created_at)), "kind": m.kind, "channel": m.channel, "role": m.role, "state": m.state,
            "reason": m.reason, "subject": m.subject })
    };
    let notes: Vec<Value> = db::alerts::notes(read, &row.retailer, &row.id).await?.iter().map(note).collect();
    let messages = db::notifications::of_shipment(read, &row.retailer, &row.id).await?;
    let messages: Vec<Value> = messages.iter().rev().map(message).collect();
    let both = SAID.iter().zip([notes, messages]).filter(|(_, list)| !list.is_empty());
    Ok(both.map(|(name, list)| ((*name).to_string(), Value::Array(list))).collect())
}

/// A brand is told by its name, and only where there are several: ids mean nothing elsewhere.
fn with_brand(fields: &mut Map<String, Value>, ctx: &Context, brand_id: &str) {
    fields.remove("brand");
    if ctx.brands.len() > 1
        && let Some(brand) = ctx.brand(Some(brand_id))
    {
        fields.insert("brand".into(), json!(brand.name));
    }
}

fn shipment_fields(row: &ShipmentRow, ctx: &Context, app: &App) -> Map<String, Value> {
    let mut fields = object(serde_json::to_value(&row.registration).unwrap_or_default());
    with_brand(&mut fields, ctx, &row.brand_id);
    let shown = view::shipment(row, ctx, &app.config.public_url, app.clock.now());
    for name in SHIPMENT_FACTS {
        fields.insert((*name).into(), shown[*name].clone());
    }
    fields.insert("late".into(), shown["late"]["is_late"].clone());
    fields.insert("may_be_missing".into(), shown["may_be_missing"]["flag"].clone());
    fields
}

fn order_fields(order: &db::orders::OrderRow, ctx: &Context, public_url: &str) -> Map<String, Value> {
    let mut fields = object(serde_json::from_str(&order.doc).unwrap_or_default());
    fields.insert("order_number".into(), json!(order.order_number));
    with_brand(&mut fields, ctx, &order.brand_id);
    fields.insert("tracking_page_url".into(), json!(view::page_url(public_url, &order.retailer, &order.page_token)));
    fields
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn put_events(out: &mut String, export: &Export, columns: &[&str], events: Vec<KeptEvent>) {
    for kept in events.into_iter().filter(|k| export.holds(k.received_at)) {
        put(out, export, columns, event_fields(&kept.event));
    }
}

/// The event as it was told, in the words in which events are taken in.
fn event_fields(event: &TrackingEvent) -> Map<String, Value> {
    let known_by_its_code = event.state == State::Unknown && event.carrier_code.is_some();
    let fields = json!({
        "id": event.source_id,
        "tracking_number": event.tracking_number,
        "carrier": event.carrier,
        "occurred_at": event.moment.map(|m| m.rfc3339()),
        "local_time": event.moment.map(|m| m.local_time()),
        "precision": event.moment.map(|m| m.precision),
        "time_basis": event.moment.map(|m| m.basis),
        "state": (!known_by_its_code).then(|| event.state.id()),
        "reason": event.reason.map(|r| r.id()),
        "carrier_code": event.carrier_code,
        "description": event.description,
        "location": event.location,
        "signed_by": event.signed_by,
        "proof": (!event.proof.is_empty()).then_some(&event.proof),
        "pickup_point": event.pickup_point,
        "estimated_delivery": event.estimated_delivery,
        "parcel": event.parcel,
    });
    object(fields).into_iter().filter(|(_, value)| !value.is_null()).collect()
}
