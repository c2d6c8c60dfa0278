//! Events told in our own words, by the API or in a file: read, with every fault named by its place.

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use serde::Deserialize;
use serde_json::Value;
use whereabouts_adapters::carrier;
use whereabouts_domain::{
    Location, Moment, PickupPoint, Precision, Private, Proof, Reason, State as ShipmentState, TimeBasis, TrackingEvent, Window,
};

use super::{Fault, faults};
use crate::{
    app::App,
    db::{self, DbError, shipments::number_key},
};

/// An event as sent. Fields that answers add are taken and ignored, so that what was read can be sent back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    #[serde(default)]
    id: Option<String>,
    tracking_number: String,
    #[serde(default)]
    carrier: Option<String>,
    #[serde(default)]
    occurred_at: Option<String>,
    #[serde(default)]
    local_time: Option<String>,
    #[serde(default)]
    precision: Option<Precision>,
    #[serde(default)]
    time_basis: Option<TimeBasis>,
    #[serde(default)]
    #[expect(dead_code, reason = "taken and ignored: the product's clock decides")]
    received_at: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "taken and ignored: it follows from the state")]
    milestone: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    carrier_code: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    location: Option<SentLocation>,
    #[serde(default)]
    signed_by: Option<String>,
    #[serde(default)]
    proof: Option<Vec<Proof>>,
    #[serde(default)]
    pickup_point: Option<PickupPoint>,
    #[serde(default)]
    estimated_delivery: Option<Window>,
    #[serde(default)]
    #[expect(dead_code, reason = "taken and ignored: what is sent here is an event")]
    source: Option<String>,
    #[serde(default)]
    parcel: Option<String>,
}

/// A place may be told in a word.
#[derive(Deserialize)]
#[serde(untagged)]
enum SentLocation {
    Text(String),
    Place(Location),
}

/// A number's key, its carrier, and how often it is registered.
pub type CarrierOf = (String, Option<String>, usize);

/// For events that do not name a carrier: the carrier of a number that is registered once.
pub async fn carriers_of(app: &App, retailer: &str, list: &[&Value]) -> Result<Vec<CarrierOf>, DbError> {
    let nameless = list.iter().filter(|e| e.get("carrier").is_none_or(Value::is_null)).filter_map(|e| e["tracking_number"].as_str());
    let numbers: BTreeSet<String> = nameless.map(number_key).filter(|n| !n.is_empty()).collect();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let read = app.db.read().await?;
    db::shipments::carriers_of(&read, retailer, &numbers.into_iter().collect::<Vec<_>>()).await
}

/// The event that was sent; `known` are the carriers of numbers for which it names none.
pub fn event(sent: &Value, known: &[CarrierOf]) -> Result<TrackingEvent, Vec<Fault>> {
    let s: Sent = faults::read(sent)?;
    let mut faults = Vec::new();
    let key = number_key(&s.tracking_number);
    if key.is_empty() || key.len() > 200 {
        faults.push(Fault::new("/tracking_number", "invalid", "must be 1 to 200 characters"));
    }
    let carrier = match &s.carrier {
        Some(c) if !c.trim().is_empty() => c.trim().to_string(),
        _ => match known.iter().find(|k| k.0 == key) {
            Some((_, carrier, 1)) => carrier.clone().unwrap_or_default(),
            _ => {
                let why = "is needed, unless the number is registered once";
                faults.push(Fault::new("/carrier", "missing_field", why));
                String::new()
            }
        },
    };
    let (state, code_reason) = match state_of(&s, &carrier) {
        Ok(found) => found,
        Err(fault) => {
            faults.push(fault);
            (ShipmentState::Unknown, None)
        }
    };
    let reason = match s.reason.as_deref().map(|r| Reason::parse(r).ok_or(r)) {
        None => code_reason,
        Some(Ok(reason)) => Some(reason),
        Some(Err(r)) => {
            faults.push(Fault::new("/reason", "unknown_value", format!("`{r}` is not a reason")));
            None
        }
    };
    let moment = match moment(&s) {
        Ok(moment) => moment,
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    for (name, window) in [
        ("start", s.estimated_delivery.as_ref().and_then(|w| w.start.as_ref())),
        ("end", s.estimated_delivery.as_ref().and_then(|w| w.end.as_ref())),
    ] {
        if window.is_some_and(|t| !faults::is_day_or_time(t)) {
            faults.push(Fault::new(format!("/estimated_delivery/{name}"), "invalid", "must be a day or an RFC 3339 time with offset"));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut event = TrackingEvent::new(s.tracking_number.trim(), carrier, state);
    event.moment = moment;
    event.reason = reason;
    event.carrier_code = s.carrier_code.filter(|c| !c.is_empty());
    event.description = s.description.unwrap_or_default();
    event.location = match s.location {
        None => Location::default(),
        Some(SentLocation::Text(text)) => Location::text(text),
        Some(SentLocation::Place(place)) => place,
    };
    event.signed_by = s.signed_by.filter(|t| !t.is_empty()).map(Private::new);
    event.proof = s.proof.unwrap_or_default();
    event.pickup_point = s.pickup_point;
    event.estimated_delivery = s.estimated_delivery;
    event.source_id = s.id.filter(|i| !i.is_empty());
    event.parcel = s.parcel;
    Ok(event)
}

/// A state of ours, or what the carrier's code means; an unmapped code is unknown, not an error.
fn state_of(s: &Sent, carrier_id: &str) -> Result<(ShipmentState, Option<Reason>), Fault> {
    if let Some(id) = &s.state {
        let state = ShipmentState::parse(id);
        return state
            .map(|st| (st, None))
            .ok_or_else(|| Fault::new("/state", "unknown_value", format!("`{id}` is not a state; GET /api/v1/states lists them")));
    }
    let Some(code) = s.carrier_code.as_deref().filter(|c| !c.is_empty()) else {
        return Err(Fault::new("/state", "missing_field", "state or carrier_code is needed"));
    };
    let found = carrier::by_id(carrier_id).and_then(|c| c.card().look_up(code));
    Ok(found.map_or((ShipmentState::Unknown, None), |c| (c.state, c.reason)))
}

fn moment(s: &Sent) -> Result<Option<Moment>, Fault> {
    let wrong = |name: &str| Fault::new(format!("/{name}"), "invalid", "must be an RFC 3339 time with offset, or a day");
    let Some(text) = s.occurred_at.as_deref() else {
        return match s.local_time.as_deref() {
            None => Ok(None),
            Some(day) => day
                .get(..10)
                .and_then(|d| d.parse::<Date>().ok())
                .map(|d| Some(Moment::on_day(d, &TimeZone::UTC, TimeBasis::Assumed)))
                .ok_or_else(|| wrong("local_time")),
        };
    };
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return Ok(Some(Moment::on_day(day, &TimeZone::UTC, TimeBasis::Assumed)));
    }
    let at: Timestamp = text.parse().map_err(|_| wrong("occurred_at"))?;
    if !(1990..=2100).contains(&Offset::UTC.to_datetime(at).year()) {
        return Err(Fault::new("/occurred_at", "invalid", "lies outside the years 1990 to 2100"));
    }
    let offset = offset_of(text).unwrap_or(Offset::UTC);
    let mut moment = Moment::with_offset(offset.to_datetime(at), offset, s.precision.unwrap_or(Precision::Second));
    if let Some(basis) = s.time_basis {
        moment.basis = basis;
    }
    Ok(Some(moment))
}

/// The offset at the end of an RFC 3339 time.
fn offset_of(text: &str) -> Option<Offset> {
    let tail = text.get(text.len().checked_sub(6)?..)?;
    let sign = match tail.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (h, m) = tail[1..].split_once(':')?;
    Offset::from_seconds(sign * (h.parse::<i32>().ok()? * 3600 + m.parse::<i32>().ok()? * 60)).ok()
}
