//! DHL eCommerce Americas, tracking version 4: packages with their events, as a reply and as the webhook's body, and
//! replies that are errors. A clock stands beside the name of its zone (`ET`, `PT`). An event has a number and a
//! description in capitals; the numbers are many and not published as a list: two that end the way are a table, and the
//! description says the rest. Fields: the API's reference on DHL's developer portal, 4.0.0.

use jiff::tz::TimeZone;
use serde_json::Value;
use whereabouts_domain::{State as S, TimeBasis, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says},
    place, reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: DhlEcommerceAmericas = DhlEcommerceAmericas;
pub struct DhlEcommerceAmericas;

static CARD: Card = Card { id: "dhl_ecommerce_americas", name: "DHL eCommerce", zone: "America/New_York", aggregator: false, codes: CODES };

static CODES: &[Code] = &[code("598", S::OutForDelivery), code("600", S::Delivered)];

const PHRASES: &[Phrase] = &[
    says("package received at dhl|received at dhl ecommerce", S::CollectedByCarrier),
    says("electronic notification received", S::Dispatched),
    says("tendered to delivery service provider|tendered to usps|tendered to", S::CarrierChanged),
    says("arrival at post office|arrived at post office|arrival delivery unit", S::AtDeliveryDepot),
    says("sorting complete|sorted to carrier route", S::AtDeliveryDepot),
    says("notice left", S::DeliveryFailedCardLeft),
];

const SCAN: Scan = Scan {
    code: &["primaryEventId"],
    words: &["primaryEventDescription", "description"],
    place: &["location"],
    country: &["country"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for DhlEcommerceAmericas {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = packages(&tree).into_iter().map(|p| parcel(p, payload)).collect();
        let detail = tree.find("errors").into_iter().find_map(|e| e.first(&["errorMessage", "errorDescription", "errorCode"]));
        let complaint = detail.or_else(|| tree.first(&["header.messageDetail", "header.message", "detail", "title", "message"]));
        reply::or_rows(reply::of(parcels, complaint, tree.carries_list("packages"), "DHL eCommerce"), payload, &CARD, PHRASES)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if packages(tree).iter().any(|p| p.knows("package.dhlPackageId") || p.list("events").iter().any(|e| e.knows("primaryEventId"))) {
            return 95;
        }
        let is_error = tree.knows("header.code") && tree.knows("header.message");
        if is_error && tree.list("body.errors").iter().any(|e| e.knows("errorCode")) {
            return 90;
        }
        let is_problem = tree.say("type").is_some_and(|t| t.contains("dhlecs"));
        if is_problem {
            92
        } else if tree.carries_list("packages") && tree.knows("limit") && tree.carries("offset") {
            75
        } else {
            0
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if digits == number.len() {
            return (digits == 14).then_some((20, false));
        }
        let rest = number.strip_prefix("GM")?;
        let is_own = (10..=39).contains(&rest.len()) && digits > 0 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        is_own.then_some((if digits == rest.len() { 85 } else { 60 }, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://webtrack.dhlecs.com/?trackingnumber={number}"))
    }
}

fn packages(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| {
        v.branch("package").is_some_and(Value::is_object) && v.carries("events")
            || v.list("events").iter().any(|e| e.knows("primaryEventId"))
    })
}

fn parcel(told: &Value, payload: &Payload) -> ParcelReading {
    let package = told.branch("package").unwrap_or(told);
    let mut events: Vec<TrackingEvent> = told.list("events").into_iter().filter_map(|row| scan(row, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    timeline::sign(&mut events, told.first(&["recipient.signedForName", "package.signedForName"]));
    ParcelReading {
        tracking_number: package.first(&["trackingId", "dhlPackageId", "packageId"]),
        estimated_delivery: package.say("expectedDelivery").map(|end| Window { start: None, end: Some(end) }),
        service: package.say("productName"),
        events,
        ..ParcelReading::default()
    }
}

fn scan(row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = SCAN.event(row, &CARD, payload)?;
    event.location.postcode = event.location.postcode.take().or_else(|| row.say("postalCode"));
    let home = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &event.location);
    let rule = row.say("timeZone").and_then(|z| zone(&z)).map_or(home, |zone| ZoneRule { zone, basis: TimeBasis::Offset });
    event.moment = clock::read_pair(row.say("date").as_deref(), row.say("time").as_deref(), DateOrder::MonthFirst, &rule);
    Some(event)
}

/// The zones of America as they are abbreviated, with or without summer time.
pub fn zone(told: &str) -> Option<TimeZone> {
    let name = match told.to_ascii_uppercase().as_str() {
        "ET" | "EST" | "EDT" => "America/New_York",
        "CT" | "CST" | "CDT" => "America/Chicago",
        "MT" | "MST" | "MDT" => "America/Denver",
        "PT" | "PST" | "PDT" => "America/Los_Angeles",
        "AKT" | "AKST" | "AKDT" => "America/Anchorage",
        "HT" | "HST" => "Pacific/Honolulu",
        "AT" | "AST" => "America/Puerto_Rico",
        "GMT" | "UTC" | "Z" => "UTC",
        _ => return TimeZone::get(told).ok(),
    };
    TimeZone::get(name).ok()
}
