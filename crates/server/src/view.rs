//! What we answer about a shipment, a change, an event, an order: one shape for API, webhooks and pages (CONTRACT §2).

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use whereabouts_domain::{
    Case, Change, Promise, TrackingEvent, estimate::Estimate, facts, forecast::patience::USUAL_SHARE, settings::Settings, silence,
};

use crate::{
    context::Context,
    db::{events::KeptEvent, orders::OrderRow, shipments::ShipmentRow},
    ids::EventIds,
};

/// RFC 3339 from milliseconds.
pub fn time(ms: i64) -> Value {
    Timestamp::from_millisecond(ms).map_or(Value::Null, |t| json!(t.to_string()))
}

pub fn opt_time(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, time)
}

/// Fields of a registration that answers always show, with what stands there when nothing was registered.
const REGISTERED: &[(&str, &str)] = &[
    ("reference", "null"),
    ("order_number", "null"),
    ("sales_channel", "null"),
    ("tracking_number", "null"),
    ("carrier", "null"),
    ("service", "null"),
    ("site", "null"),
    ("ordered_at", "null"),
    ("shipped_at", "null"),
    ("handed_over_at", "null"),
    ("promised", "null"),
    ("recipient", "null"),
    ("buyer", "null"),
    ("notify", "[]"),
    ("consent", "null"),
    ("destination", "null"),
    ("origin", "null"),
    ("parcels", "[]"),
    ("items", "[]"),
    ("requirements", "[]"),
    ("fulfilled_by", "null"),
    ("value", "null"),
    ("replaces", "null"),
    ("tags", "[]"),
    ("references", "[]"),
    ("metadata", "{}"),
];

/// A shipment as answered.
pub fn shipment(row: &ShipmentRow, ctx: &Context, public_url: &str, now: Timestamp) -> Value {
    let reg = &row.registration;
    let settings = ctx.settings_for(&row.brand_id, reg);
    let (j, f) = (&row.journey, &row.facts);
    let mut out: Map<String, Value> = match serde_json::to_value(reg) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    for (name, empty) in REGISTERED {
        if !out.contains_key(*name) {
            out.insert((*name).into(), serde_json::from_str(empty).expect("the table holds JSON"));
        }
    }
    if let Some(p) = &reg.promised {
        out.insert("promised".into(), promise(p));
    }
    if let Some(Value::Object(destination)) = out.get_mut("destination") {
        destination.entry("kind").or_insert(json!(reg.destination_kind().id()));
    }
    let estimated = Estimate::of(j, f);
    let added = json!({
        "id": row.id,
        "brand": row.brand_id,
        "state": j.state.id(),
        "state_label": settings.label_of(j.state),
        "milestone": j.milestone.id(),
        "reason": j.reason.map(|r| r.id()),
        "attention": row.attention.id(),
        "waiting_on": j.waiting_on.id(),
        "act_by": act_by(row, ctx, &settings, now),
        "estimated": estimated,
        "first_promised": row.first_promised,
        "delivered_at": j.delivered_at.map(|m| m.rfc3339()),
        "delivered_to": j.delivered_to.as_ref().map(|d| json!({"kind": d.kind, "chosen_by": d.chosen_by})),
        "signed_by": j.signed_by.as_ref().map(|s| s.reveal().clone()),
        "late": {
            "is_late": f.late(),
            "hours_late": f.hours_late(now).map(|h| (h * 100.0).round() / 100.0),
            "since": f.late_since.map(|t| t.to_string()),
        },
        "early": f.early,
        "may_be_missing": may_be_missing(row, ctx, &settings, now),
        "at_risk": {"flag": f.at_risk, "probability": f.at_risk_probability},
        "action_required": j.state == whereabouts_domain::State::ActionRequired,
        "returning": j.returning,
        "disputed": row.disputed,
        "last_event_at": j.last_event_at.map(|t| t.to_string()),
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at),
        "stopped_at": opt_time(row.stopped_at),
        "tracking_page_url": page_url(public_url, &row.retailer, &row.page_token),
    });
    if let Value::Object(added) = added {
        out.extend(added);
    }
    Value::Object(out)
}

fn promise(p: &Promise) -> Value {
    json!({"start": p.start, "end": p.end, "kind": p.kind(), "source": p.source})
}

/// A logged value in the shape in which the shipment itself answers it, so that the last `after` equals what it says.
fn as_answered(field: &str, logged: &Value) -> Value {
    match field {
        "promised" => serde_json::from_value(logged.clone()).map_or_else(|_| logged.clone(), |p: Promise| promise(&p)),
        "estimated" => serde_json::from_value(logged.clone()).map_or_else(|_| logged.clone(), |e: Estimate| json!(e)),
        _ => logged.clone(),
    }
}

/// What is judged of a shipment when somebody asks.
pub fn ask<T>(row: &ShipmentRow, ctx: &Context, settings: &Settings, now: Timestamp, ask: impl FnOnce(&Case) -> T) -> T {
    ask(&Case {
        registration: &row.registration,
        journey: &row.journey,
        registered_at: Timestamp::from_millisecond(row.created_at).unwrap_or(now),
        woken_at: None,
        kept_awake: false,
        settings,
        calendars: &ctx.calendars,
        zone: &ctx.zone_of(&row.brand_id, &row.registration, settings),
        patience: row.facts.patience.as_ref(),
        now,
    })
}

fn act_by(row: &ShipmentRow, ctx: &Context, settings: &Settings, now: Timestamp) -> Option<String> {
    ask(row, ctx, settings, now, facts::act_by).map(|t| t.to_string())
}

/// The flag, and how silent the parcel is against what is normal, while it is for the carrier to speak.
fn may_be_missing(row: &ShipmentRow, ctx: &Context, settings: &Settings, now: Timestamp) -> Value {
    let facts = &row.facts;
    let silence = |case: &Case| {
        let silence = silence::silence(case)?;
        let norm = silence.norm;
        Some(json!({
            "silent_hours": tenths(silence.hours),
            "usual_hours": norm.map(|n| n.usual),
            "usual_share": norm.map(|_| USUAL_SHARE),
            "probability": silence.chance(),
            "judged_by": if norm.is_some() { "history" } else { "clock" },
            "flagged_after_hours": silence.limit,
            "level": norm.map(|n| n.level),
            "learnt_from": norm.map(|n| n.learnt_from),
            "explanation": silence.words(),
        }))
    };
    let mut told = match row.stopped_at.is_none().then(|| ask(row, ctx, settings, now, silence)).flatten() {
        Some(Value::Object(told)) => told,
        _ => Map::new(),
    };
    told.insert("flag".into(), json!(facts.may_be_missing()));
    told.insert("since".into(), json!(facts.missing_since.map(|t| t.to_string())));
    told.insert("reason".into(), json!(facts.missing_reason));
    Value::Object(told)
}

fn tenths(hours: f64) -> f64 {
    (hours * 10.0).round() / 10.0
}

/// The page of an order. The retailer stands in the path, so that the token can be found without a global look-up.
pub fn page_url(public_url: &str, retailer: &str, token: &str) -> String {
    format!("{public_url}/t/{retailer}/{token}")
}

/// One line of the log. The id names the digest and the line in it.
pub fn change(c: &Change, log_id: &str, line: usize, at: i64) -> Value {
    json!({
        "id": format!("{log_id}.{line}"),
        "at": time(at),
        "kind": c.kind,
        "field": c.field,
        "before": as_answered(&c.field, &c.before),
        "after": as_answered(&c.field, &c.after),
        "cause": c.cause,
    })
}

/// A tracking event as answered.
pub fn tracking_event(kept: &KeptEvent) -> Value {
    let mut out = event_fields(&kept.event);
    out.insert("id".into(), json!(EventIds::of(&kept.owner).id(&kept.key)));
    out.insert("received_at".into(), time(kept.received_at));
    Value::Object(out)
}

/// What `parse` prints and the API answers of an event, in the contract's order of fields.
pub fn event_fields(e: &TrackingEvent) -> Map<String, Value> {
    let l = &e.location;
    let out = json!({
        "tracking_number": e.tracking_number,
        "carrier": e.carrier,
        "occurred_at": e.moment.map(|m| m.rfc3339()),
        "local_time": e.moment.map(|m| m.local_time()),
        "precision": e.moment.map_or(json!("none"), |m| json!(m.precision)),
        "time_basis": e.moment.map(|m| json!(m.basis)),
        "state": e.state.id(),
        "milestone": e.state.milestone().map(|m| m.id()),
        "reason": e.reason.map(|r| r.id()),
        "carrier_code": e.carrier_code,
        "description": e.description,
        "location": if l.is_empty() { Value::Null } else { json!({
            "text": l.text, "city": l.city, "region": l.region, "postcode": l.postcode, "country": l.country,
            "latitude": l.latitude, "longitude": l.longitude,
        }) },
        "signed_by": e.signed_by.as_ref().map(|s| s.reveal().clone()),
        "proof": e.proof.iter().map(|p| json!({"kind": p.kind, "url": p.url, "at": p.at})).collect::<Vec<_>>(),
        "pickup_point": e.pickup_point.as_ref().map(|p| json!({"name": p.name, "address": p.address, "hours": p.hours, "collect_by": p.collect_by})),
        "estimated_delivery": e.estimated_delivery.as_ref().map(|w| json!({"start": w.start, "end": w.end})),
        "source": e.source,
    });
    match out {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// An order as answered, with its shipments and one summary.
pub fn order(o: &OrderRow, shipments: &[ShipmentRow], ctx: &Context, public_url: &str, now: Timestamp) -> Value {
    let mut out: Map<String, Value> = match serde_json::from_str(&o.doc) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    for name in ["order_number", "sales_channel", "ordered_at", "buyer", "recipient", "despatch_by", "promised"] {
        out.entry(name).or_insert(Value::Null);
    }
    for name in ["lines", "tags"] {
        out.entry(name).or_insert(json!([]));
    }
    out.entry("metadata").or_insert(json!({}));
    // What is no longer tracked, or got another label, is told of but not counted, unless nothing else is left.
    let tracked: Vec<&ShipmentRow> = shipments.iter().filter(|s| s.stopped_at.is_none()).collect();
    let counted = if tracked.is_empty() { shipments.iter().collect() } else { tracked };
    let had = counted.iter().filter(|s| s.journey.had_at.is_some()).count();
    let furthest = counted.iter().max_by_key(|s| s.journey.state.rank());
    let added = json!({
        "id": o.id,
        "brand": o.brand_id,
        "shipments": shipments.iter().map(|s| shipment(s, ctx, public_url, now)).collect::<Vec<_>>(),
        "summary": {
            "shipments": counted.len(),
            "delivered": counted.iter().filter(|s| s.journey.state.is_delivered()).count(),
            "received": had,
            "late": counted.iter().any(|s| s.facts.late()),
            "may_be_missing": counted.iter().any(|s| s.facts.may_be_missing()),
            "attention": counted.iter().map(|s| s.attention).max().unwrap_or(whereabouts_domain::Attention::None).id(),
            "state": furthest.map_or("registered", |s| s.journey.state.id()),
            "milestone": furthest.map_or("pending", |s| s.journey.milestone.id()),
        },
        "not_despatched": o.not_despatched,
        "created_at": time(o.created_at),
        "updated_at": time(o.updated_at),
        "tracking_page_url": page_url(public_url, &o.retailer, &o.page_token),
    });
    if let Value::Object(added) = added {
        out.extend(added);
    }
    Value::Object(out)
}
