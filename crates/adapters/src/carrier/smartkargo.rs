//! SmartKargo (airlines' parcel services): the e-commerce tracking API, a bare list of events.
//!
//! The number is the package's reference; an airline also counts it as its air waybill (prefix and serial). Event types
//! are the IATA freight status codes and SmartKargo's own for the last mile. Clocks are local, without an offset; newer
//! replies name the place's zone.

use jiff::tz::TimeZone;
use serde_json::Value;
use whereabouts_domain::{Location, State::*, TimeBasis, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    airport,
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says},
    place,
    timeline::{Habit, oldest_first},
    tree::Tree,
};

pub static CARRIER: SmartKargo = SmartKargo;
pub struct SmartKargo;

static CARD: Card = Card { id: "smartkargo", name: "SmartKargo", zone: "America/New_York", aggregator: false, codes: CODES };

/// IATA Cargo-IMP freight status updates; below them the last mile's, as SmartKargo describes them.
const CODES: &[Code] = &[
    code("BKD", Dispatched),
    code("FOH", DroppedOff),
    code("RCS", CollectedByCarrier),
    code("PRE", InTransit),
    code("MAN", InTransit),
    code("DEP", DepartedHub),
    code("ARR", ArrivedAtHub),
    code("RCF", ArrivedAtHub),
    code("RCT", CarrierChanged),
    code("TFD", CarrierChanged),
    code("TRM", InTransit),
    code("NFD", AtDeliveryDepot),
    code("AWD", ForInformation),
    code("AWR", ForInformation),
    code("DOC", ForInformation),
    code("CRC", AtCustoms),
    code("TGC", AtCustoms),
    code("CCD", ClearedThroughCustoms),
    code("DIS", ShipmentIssue),
    code("DLV", Delivered),
    code("INF", ForInformation),
    code("MDL", InTransit),
    code("PND", InTransit),
    code("GDL", OutForDelivery),
    code("ADL", DeliveryAttempted),
    code("RCU", ForInformation),
    code("DDL", Delivered),
    code("DLD", DeliveredToSafeLocation),
];

const PHRASES: &[Phrase] = &[says("^electronic information submitted", Dispatched)];

impl Carrier for SmartKargo {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rows = rows(&body);
        if rows.is_empty() {
            return match complaint(&body) {
                Some(why) => Err(Unreadable::error_reply(why)),
                None if body.as_array().is_some_and(Vec::is_empty) => Ok(Reading::default()),
                None => Err(Unreadable::not_understood("no SmartKargo event in it")),
            };
        }
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut packages: Vec<Option<String>> = rows.iter().map(|r| package_of(r)).collect();
        packages.dedup();
        packages.sort();
        packages.dedup();
        let is_lone = packages.len() == 1;
        let parcels = packages.into_iter().map(|package| {
            let own: Vec<&Value> = rows.iter().copied().filter(|r| package_of(r) == package).collect();
            let mut events: Vec<TrackingEvent> = own.iter().map(|r| event(r, &rule)).collect();
            oldest_first(&mut events, Habit::NewestFirst);
            // Whatever it was asked by, an answer about one package is about that number.
            let number = payload.number.filter(|_| is_lone).map(str::to_string).or(package);
            let end = own.iter().find_map(|r| r.say("estimatedDeliveryDate")).map(|t| t.split('T').next().unwrap_or_default().to_string());
            ParcelReading {
                tracking_number: number,
                events,
                estimated_delivery: end.map(|end| Window { start: None, end: Some(end) }),
                ..ParcelReading::default()
            }
        });
        Ok(Reading { parcels: parcels.collect() })
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |r: &&Value| r.knows("airWaybill") || (r.knows("packageReference") && r.knows("pieceReference"));
        if rows(body).iter().any(is_own) { 96 } else { 0 }
    }
}

fn rows(body: &Value) -> Vec<&Value> {
    let rows = if body.is_array() {
        body.list("")
    } else {
        ["events", "tracking", "data"].iter().map(|n| body.list(n)).find(|l| !l.is_empty()).unwrap_or_default()
    };
    let rows = if rows.is_empty() { body.list("") } else { rows };
    rows.into_iter().filter(|r| r.knows("eventType") && r.carries("eventDate")).collect()
}

fn package_of(row: &Value) -> Option<String> {
    let bill = row.say("prefix").zip(row.say("airWaybill")).map(|(prefix, serial)| format!("{prefix}{serial}"));
    row.first(&["packageReference", "headerReference"]).or(bill)
}

fn event(row: &Value, rule: &ZoneRule) -> TrackingEvent {
    let mut event = CARD.event(row.say("eventType"), row.say("description").unwrap_or_default(), PHRASES);
    event.location = somewhere(row);
    let told = row.say("location.timezone").and_then(|name| TimeZone::get(&name).ok());
    let rule = match told {
        Some(zone) if rule.basis == TimeBasis::Assumed => ZoneRule { zone, basis: TimeBasis::Zone },
        _ => place::rule_at(rule, &event.location),
    };
    event.moment = row.say("eventDate").and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    event.parcel = row.say("pieceReference").filter(|piece| Some(piece) != package_of(row).as_ref());
    event
}

/// An address, or an airport.
fn somewhere(row: &Value) -> Location {
    let part = |name: &str| row.say(&format!("location.{name}"));
    let mut found = place::of(part("city"), part("state"), part("zip"), part("countryId"));
    found.latitude = part("latitude").and_then(|n| n.parse().ok());
    found.longitude = part("longitude").and_then(|n| n.parse().ok());
    if found.text.is_none() {
        let code = row.say("eventLocation").or_else(|| part("eventLocation"));
        let airport = code.as_deref().and_then(airport::of);
        found.text = code;
        (found.region, found.country) = airport.map_or((None, None), |(region, country)| (region, Some(country)));
    }
    found
}

fn complaint(body: &Value) -> Option<String> {
    body.first(&["error.message", "error.code", "error", "message", "validations.message", "errors.message"])
}
