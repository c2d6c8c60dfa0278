//! Canada Post: the tracking web services (details and summary, REST and SOAP, English and French), the JSON behind its
//! tracking page, and X12 214.
//!
//! Quirks: scan codes come with and without leading zeros; a signature that was recorded is a scan of its own; a clock
//! is told with the abbreviation of its zone, the summary's without.

mod codes;
mod edi;

use serde_json::Value;
use whereabouts_domain::{Location, Moment, PickupPoint, Private, State, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    checksum,
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, french::FRENCH},
    place,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
    x12,
};

pub static CARRIER: CanadaPost = CanadaPost;
pub struct CanadaPost;

static CARD: Card = Card { id: "canadapost", name: "Canada Post", zone: "America/Toronto", aggregator: false, codes: codes::CODES };

impl Carrier for CanadaPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(codes::PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        if let Some(text) = x12::text(payload.body) {
            return edi::read(&text, &rule);
        }
        let tree = tree::of(payload)?;
        let mut parcels: Vec<ParcelReading> = details(&tree).into_iter().map(|d| of_details(d, &rule)).collect();
        parcels.extend(tree.find("pin-summary").into_iter().map(|s| of_summary(s, &rule)));
        parcels.extend(pages(&tree).into_iter().map(|p| of_page(p, &rule)));
        let complaints = complaints(&tree);
        if parcels.is_empty() {
            let why = complaints.into_iter().next();
            return Err(why.map_or_else(|| Unreadable::not_understood("no Canada Post tracking in it"), Unreadable::error_reply));
        }
        parcels.extend(complaints.into_iter().map(|why| ParcelReading { fault: Some(why), ..ParcelReading::default() }));
        Ok(Reading { parcels: timeline::one_per_number(parcels) })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) => {
                let any = |name: &str| root.find(name).is_some();
                if any("tracking-detail")
                    || any("pin-summary")
                    || any("get-tracking-detail-response")
                    || any("get-tracking-summary-response")
                {
                    return 97;
                }
                match root.find("messages") {
                    Some(m) if m.at("message/code").is_some() && m.at("message/description").is_some() => 85,
                    _ => 0,
                }
            }
            Shape::Json(tree) if tree.knows("tracking-detail") || tree.knows("pin-summary") => 95,
            Shape::Json(tree) if pages(tree).iter().any(|p| is_of_page(p)) => 94,
            Shape::Other => x12::text(payload.body).map_or(0, |text| edi::detect(&text)),
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        if checksum::s10_country(number) == Some("CA") {
            return Some((95, true));
        }
        let (serial, check) = number.as_bytes().split_last_chunk::<1>().map(|(_, c)| (number.get(..number.len() - 1), c[0]))?;
        let is_pin = number.len() == 16 && number.bytes().all(|b| b.is_ascii_digit());
        (is_pin && checksum::mod10(serial?, check, 3, 1)).then_some((85, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| format!("https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={number}"))
    }
}

/// The code means the same with and without leading zeros. A row without one is told by its words, in either language.
fn event(code: Option<String>, words: String) -> TrackingEvent {
    let bare = code.as_deref().map(|c| c.trim_start_matches('0').to_string()).filter(|c| !c.is_empty());
    let french = phrase::meaning(FRENCH, &words).filter(|_| bare.is_none());
    let mut event = CARD.event(bare, words, codes::PHRASES);
    if let Some((state, reason)) = french.filter(|_| event.state == State::Unknown) {
        (event.state, event.reason) = (state, reason);
    }
    event.carrier_code = code;
    event
}

fn details(tree: &Value) -> Vec<&Value> {
    let found = tree.find("tracking-detail");
    if found.is_empty() { tree.owners("significant-events") } else { found }
}

fn of_details(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let scans = told.branch("significant-events").map(|s| s.list("occurrence")).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = scans.into_iter().map(|s| scan(s, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let day = told.first(&["changed-expected-date", "expected-delivery-date"]);
    ParcelReading {
        tracking_number: told.first(&["pin", "dnc"]),
        events,
        estimated_delivery: day.map(|end| Window { start: None, end: Some(end) }),
        service: told.say("service-name"),
        ..ParcelReading::default()
    }
}

fn scan(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let mut event = event(told.say("event-identifier"), told.say("event-description").unwrap_or_default());
    event.location = place(told.say("event-site"), told.say("event-province"), None);
    event.moment = moment(told.say("event-date"), told.say("event-time"), told.say("event-time-zone"), &event.location, rule);
    event.signed_by = told.say("signatory-name").filter(|_| event.state.is_delivered()).map(Private::new);
    let waits = event.state.milestone().is_some_and(|m| m == whereabouts_domain::Milestone::AvailableForPickup)
        || event.state == State::DeliveryFailedCardLeft;
    event.pickup_point =
        told.say("event-retail-name").filter(|_| waits).map(|name| PickupPoint { name: Some(name), ..PickupPoint::default() });
    event
}

/// A zone's abbreviation is believed; a word that is none (a country's name) is not.
fn moment(day: Option<String>, time: Option<String>, zone: Option<String>, place: &Location, rule: &ZoneRule) -> Option<Moment> {
    let rule = place::rule_at(rule, place);
    let bare = clock::read_pair(day.as_deref(), time.as_deref(), DateOrder::MonthFirst, &rule)?;
    let with_zone = time.zip(zone).map(|(time, zone)| format!("{time} {zone}"));
    let told = with_zone.and_then(|t| clock::read_pair(day.as_deref(), Some(&t), DateOrder::MonthFirst, &rule));
    Some(told.filter(|m| m.local == bare.local).unwrap_or(bare))
}

/// `ON` is a province, whatever else it may be; abroad the country stands behind the site: `ILTLVA,Israel`.
fn place(site: Option<String>, region: Option<String>, country: Option<String>) -> Location {
    const PROVINCES: &str = "AB BC MB NB NL NS NT NU ON PE QC SK YT";
    let province = region.as_deref().is_some_and(|r| PROVINCES.split(' ').any(|p| p.eq_ignore_ascii_case(r)));
    match (site, country) {
        (Some(site), None) if region.is_none() && site.contains(',') => place::of_line(&site.replace(',', ", ")),
        (site, country) => place::of(site, region, None, country.or_else(|| province.then(|| "CA".to_string()))),
    }
}

fn of_summary(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut event = event(told.say("event-type"), told.say("event-description").unwrap_or_default());
    event.location = place(told.say("event-location"), None, None);
    // `20110403:133457`, without a zone.
    event.moment = told.say("event-date-time").and_then(|t| clock::read(&t.replace(':', ""), DateOrder::MonthFirst, rule));
    event.signed_by = told.say("signatory-name").filter(|_| event.state.is_delivered()).map(Private::new);
    let has_event = event.moment.is_some() || !event.description.is_empty();
    ParcelReading {
        tracking_number: told.say("pin"),
        events: if has_event { vec![event] } else { Vec::new() },
        estimated_delivery: told.say("expected-delivery-date").map(|end| Window { start: None, end: Some(end) }),
        service: told.say("service-name"),
        ..ParcelReading::default()
    }
}

/// The parcels of the tracking page's JSON: one, or a list.
fn pages(tree: &Value) -> Vec<&Value> {
    tree.list("").into_iter().filter(|p| is_of_page(p) || (p.knows("pin") && p.knows("error")) || p.knows("error.descEn")).collect()
}

fn is_of_page(told: &Value) -> bool {
    told.knows("pin")
        && (told.knows("events.descEn") || told.knows("events.cd") || told.knows("productNmEn") || told.knows("expectedDlvryDateTime"))
}

fn of_page(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("events").into_iter().map(|e| row(e, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let signed = told.first(&["sigReqd", "signatureNm"]).filter(|s| s.parse::<bool>().is_err());
    timeline::sign(&mut events, signed);
    let fault = told.branch("error").and_then(|e| e.first(&["descEn", "desc", "descFr", "cd"]));
    ParcelReading {
        tracking_number: told.first(&["pin", "trackId"]),
        fault: fault.filter(|_| events.is_empty()),
        events,
        estimated_delivery: told
            .first(&["expectedDlvryDateTime.revisedDate", "expectedDlvryDateTime.dlvryDate"])
            .map(|end| Window { start: None, end: Some(end) }),
        service: told.say("productNmEn"),
        ..ParcelReading::default()
    }
}

fn row(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let mut event = event(told.say("cd"), told.first(&["descEn", "descFr", "desc"]).unwrap_or_default());
    let country = told.first(&["locationAddr.countryCd", "locationAddr.countryNmEn"]);
    event.location = place(told.say("locationAddr.city"), told.say("locationAddr.regionCd"), country);
    let when = told.branch("datetime").unwrap_or(told);
    event.moment = moment(when.say("date"), when.say("time"), when.say("zoneOffset"), &event.location, rule);
    event
}

/// "No Pin History", a failed log-in, a SOAP fault.
fn complaints(tree: &Value) -> Vec<String> {
    let mut found: Vec<String> = tree.find("message").into_iter().filter_map(|m| m.first(&["description", "code"])).collect();
    found.extend(tree.find("Fault").into_iter().filter_map(|f| f.first(&["faultstring", "faultcode"])));
    found
}
