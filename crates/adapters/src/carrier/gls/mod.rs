//! GLS: the parcel page's JSON (`tuStatus`), Track and Trace v1 (`parcels`), ShipIT (`UnitDetail`), MyGLS
//! (`ParcelStatusList`), and the XML of the SOAP tracking service and of GLS Spain.
//!
//! Quirks: a reply repeats the number that was asked for (`requested`, with its check digit) beside its own (`unitno`);
//! the page's codes stand apart from its history, in `progressBar.evtNos`, in the same order; "delivered" at a
//! PaketShop waits to be collected; a signature may be `"true"`, which is not a name.

mod ask;
mod codes;

use serde_json::Value;
use whereabouts_domain::{Location, Moment, PickupPoint, Reason, State, TrackingEvent};

use self::codes::{CODES, FAMILIES, MY_GLS};
use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::AskCard,
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    json::{Walk, first_text},
    phrase::{self, Phrase, says},
    timeline,
    xml::Element,
};

pub static CARRIER: Gls = Gls;
pub struct Gls;

static CARD: Card = Card { id: "gls", name: "GLS", zone: "Europe/Berlin", aggregator: false, codes: CODES };

impl Carrier for Gls {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        if payload.first_byte() == Some(b'<') { read_xml(&payload.xml()?, &rule) } else { read_json(&payload.json()?, &rule) }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        if let Some(root) = shape.xml() {
            let soap = root.find("TuNo").is_some() || root.find("GetTuDetailResponse").is_some();
            let spain = root.find("tracking_list").is_some() && root.find("exp").is_some();
            return if soap || spain { 92 } else { 0 };
        }
        let Some(body) = shape.json() else { return 0 };
        let parcels = body.items("parcels");
        if body.at("tuStatus").is_some() {
            97
        } else if parcels.iter().any(|p| p.has("requested") && (p.has("unitno") || p.has("errorCode") || p.has("statusDateTime"))) {
            95
        } else if parcels.iter().any(|p| p.has("unitno")) || body.has("ParcelStatusList") || body.has("GetParcelStatusErrors") {
            90
        } else if body.has("UnitDetail") || body.has("UnitItems") {
            85
        } else if body.has("lastError") && body.has("exceptionText") {
            80
        } else {
            0
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        match number.len() {
            12 if digits && unit_number_fits(number) => Some((55, true)),
            11 if digits => Some((20, false)),
            _ => None,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://gls-group.eu/track/{number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }
}

/// Threes and ones from the left, and one more: GLS's own modulo 10.
fn unit_number_fits(number: &str) -> bool {
    let weighed = |(i, b): (usize, u8)| u32::from(b - b'0') * if i % 2 == 0 { 3 } else { 1 };
    let sum: u32 = number.bytes().enumerate().map(weighed).sum();
    (sum + 1).is_multiple_of(10)
}

fn read_json(body: &Value, rule: &ZoneRule) -> Result<Reading, Unreadable> {
    let parcels: Vec<ParcelReading> = if body.has("tuStatus") {
        body.items("tuStatus").into_iter().map(|tu| page_parcel(tu, rule)).collect()
    } else if body.at("parcels").is_some_and(Value::is_array) || body.has("parcels") {
        body.items("parcels").into_iter().map(|p| listed_parcel(p, rule)).collect()
    } else if body.has("unitno") || body.has("requested") {
        vec![listed_parcel(body, rule)]
    } else if body.has("UnitDetail") || body.has("UnitItems") {
        body.items("UnitDetail").into_iter().chain(body.items("UnitItems")).map(|u| shipit_parcel(u, rule)).collect()
    } else if body.has("ParcelStatusList") && body.items("GetParcelStatusErrors").is_empty() {
        vec![my_gls_parcel(body, rule)]
    } else if let Value::Array(list) = body {
        return merge(list.iter().map(|inner| read_json(inner, rule)));
    } else {
        return Err(error_of(body).map_or_else(|| Unreadable::not_understood("no GLS parcel in it"), Unreadable::error_reply));
    };
    Ok(Reading { parcels })
}

/// One faulty part does not sink the others; all faulty, the first fault is told.
fn merge(parts: impl Iterator<Item = Result<Reading, Unreadable>>) -> Result<Reading, Unreadable> {
    let mut reading = Reading::default();
    let mut fault = None;
    for part in parts {
        match part {
            Ok(part) => reading.parcels.extend(part.parcels),
            Err(why) => fault = fault.or(Some(why)),
        }
    }
    match fault {
        Some(why) if reading.parcels.is_empty() => Err(why),
        _ => Ok(reading),
    }
}

fn error_of(body: &Value) -> Option<String> {
    let lists = ["errors", "GetParcelStatusErrors", "ErrorList"];
    let listed = lists
        .iter()
        .flat_map(|list| body.items(list))
        .find_map(|e| first_text(e, &["message", "ErrorDescription", "errorMessage", "code", "ErrorCode"]));
    listed.or_else(|| {
        first_text(body, &["exceptionText", "errorMessage", "error_description", "lastError", "message", "error", "detail", "title"])
    })
}

/// A code that we know, made exact by the words. A new code of a known family (`4.31`, `NODELV.NEW`) is what its words
/// say, else what the family says; words alone count when there is no code. Any other code is unknown.
fn meaning(table: &'static [Code], told: Option<&str>, words: &str) -> (State, Option<Reason>) {
    let find = |table: &'static [Code], wanted: &str| table.iter().find(|c| c.code.eq_ignore_ascii_case(wanted));
    let told = told.unwrap_or_default().trim();
    if let Some(known) = find(table, told) {
        return phrase::refine(Some((known.state, known.reason)), phrase::understand(words, &[]));
    }
    let family = told.split_once('.').and_then(|(family, _)| find(FAMILIES, family));
    if family.is_none() && !told.is_empty() {
        return (State::Unknown, None);
    }
    phrase::understand(words, &[]).or(family.map(|f| (f.state, f.reason))).unwrap_or((State::Unknown, None))
}

fn event(meant: (State, Option<Reason>), told: Option<String>, words: String, moment: Option<Moment>, location: Location) -> TrackingEvent {
    let mut event = TrackingEvent::new("", CARD.id, meant.0);
    event.reason = meant.1;
    event.carrier_code = told;
    event.description = words;
    event.moment = moment;
    event.location = location;
    event
}

/// The parcel page.
fn page_parcel(tu: &Value, rule: &ZoneRule) -> ParcelReading {
    let scans = tu.items("history");
    let numbers = tu.items_text("progressBar.evtNos");
    let codes_fit = numbers.len() == scans.len();
    let mut events: Vec<TrackingEvent> = Vec::new();
    for (i, scan) in scans.into_iter().enumerate() {
        let words = scan.text("evtDscr").unwrap_or_default();
        let told = first_text(scan, &["evtNo", "code"]).or_else(|| numbers.get(i).filter(|_| codes_fit).cloned());
        let city = scan.text("address.city");
        let country = first_text(scan, &["address.countryCode", "address.countryName"]).and_then(|c| alpha2(&c));
        let rule = rule.for_country(country.as_deref());
        let moment = clock::read_pair(scan.text("date").as_deref(), scan.text("time").as_deref(), DateOrder::DayFirst, &rule);
        if words.is_empty() && moment.is_none() && told.is_none() {
            continue;
        }
        let location = Location { text: city.clone().or_else(|| scan.text("address.countryName")), city, country, ..Location::default() };
        events.push(event(meaning(CODES, told.as_deref(), &words), told, words, moment, location));
    }
    let status = tu.text("progressBar.statusInfo");
    take_back(&mut events, status.as_deref());
    sign(&mut events, tu.text("signature.value"));
    if let Some(waiting) = events.iter_mut().filter(|e| e.state == State::ReadyForCollection).max_by_key(|e| e.at()) {
        waiting.pickup_point = tu.at("parcelShop.address").map(shop);
    }
    let summary = status.and_then(|s| told_by_status(&s, None, &events));
    let service = tu.items("infos").into_iter().find(|i| i.text("type").is_some_and(|t| t == "PRODUCT")).and_then(|i| i.text("value"));
    ParcelReading { tracking_number: tu.text("tuNo"), events, summary, service, ..ParcelReading::default() }
}

/// A parcel that was scanned as delivered, moved on, and is "in transit" to GLS's own bar was not delivered
/// (seen 2018-11): the scan stays, but only for information.
fn take_back(events: &mut [TrackingEvent], status: Option<&str>) {
    let under_way = status.is_some_and(|s| {
        ["PREADVICE", "INTRANSIT", "INWAREHOUSE", "INDELIVERY", "NOTDELIVERED"].contains(&s.to_ascii_uppercase().as_str())
    });
    let moved_at = events.iter().filter(|e| e.state.is_physical() && !e.state.is_delivered()).filter_map(TrackingEvent::at).max();
    for scan in events.iter_mut().filter(|e| e.state.is_delivered()) {
        if under_way && scan.at() < moved_at {
            scan.state = State::ForInformation;
        }
    }
}

fn sign(events: &mut [TrackingEvent], name: Option<String>) {
    let name = name.filter(|n| !matches!(n.to_ascii_lowercase().as_str(), "true" | "false"));
    timeline::sign(events, name);
}

fn shop(address: &Value) -> PickupPoint {
    let join = |paths: &[&str]| paths.iter().filter_map(|p| address.text(p)).collect::<Vec<_>>().join(" ");
    let lines = [join(&["street1", "blockNo1"]), join(&["postalArea.postalCode", "postalArea.city"])];
    let lines: Vec<String> = lines.into_iter().filter(|l| !l.is_empty()).collect();
    PickupPoint {
        name: first_text(address, &["name1", "name"]),
        address: (!lines.is_empty()).then(|| lines.join(", ")),
        ..PickupPoint::default()
    }
}

fn told_by_status(status: &str, moment: Option<Moment>, events: &[TrackingEvent]) -> Option<TrackingEvent> {
    let state = CARD.look_up(status)?.state;
    timeline::worth_telling(event((state, None), Some(status.to_string()), String::new(), moment, Location::default()), events)
}

/// Track and Trace v1.
fn listed_parcel(parcel: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut reading =
        ParcelReading { tracking_number: first_text(parcel, &["requested", "unitno", "trackid"]), ..ParcelReading::default() };
    if let Some(fault) = first_text(parcel, &["errorMessage", "errorCode"]) {
        reading.fault = Some(fault);
        return reading;
    }
    for scan in parcel.items("events") {
        let words = scan.text("description").unwrap_or_default();
        let told = scan.text("code");
        let (city, country) = (scan.text("city"), scan.text("country").and_then(|c| alpha2(&c)));
        let rule = rule.for_country(country.as_deref());
        let moment = first_text(scan, &["eventDateTime", "dateTime", "date"]).and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
        if words.is_empty() && moment.is_none() && told.is_none() {
            continue;
        }
        let text = city.clone().or_else(|| scan.text("country"));
        let location = Location { text, city, postcode: scan.text("postalCode"), country, ..Location::default() };
        reading.events.push(event(meaning(CODES, told.as_deref(), &words), told, words, moment, location));
    }
    let moment = parcel.text("statusDateTime").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    reading.summary = parcel.text("status").and_then(|s| told_by_status(&s, moment, &reading.events));
    reading
}

/// ShipIT, both the detail (`History`) and the list (`Status`, `InitialDate`).
fn shipit_parcel(unit: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events = Vec::new();
    for scan in unit.items("History") {
        let words = scan.text("Description").unwrap_or_default();
        let told = first_text(scan, &["StatusCode", "Status"]);
        let (city, country) = (scan.text("Location"), scan.text("Country").and_then(|c| alpha2(&c)));
        let rule = rule.for_country(country.as_deref());
        let moment = scan.text("Date").and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
        let location = Location { text: city.clone(), city, country, ..Location::default() };
        events.push(event(meaning(CODES, told.as_deref(), &words), told, words, moment, location));
    }
    sign(&mut events, first_text(unit, &["Signature", "SignatureName"]));
    let summary = unit.text("Status").and_then(|s| told_by_status(&s, None, &events));
    ParcelReading {
        tracking_number: first_text(unit, &["TrackID", "ParcelNumber"]),
        events,
        summary,
        service: unit.text("Product"),
        ..ParcelReading::default()
    }
}

/// MyGLS: numbers of its own, epoch clocks in `/Date(…)/`.
fn my_gls_parcel(body: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events = Vec::new();
    for scan in body.items("ParcelStatusList") {
        let words = first_text(scan, &["StatusDescription", "StatusInfo"]).unwrap_or_default();
        let told = scan.text("StatusCode");
        let plain = told.as_deref().map(|t| t.trim_start_matches('0'));
        let moment = scan.text("StatusDate").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
        let city = scan.text("DepotCity");
        let location = Location { text: city.clone(), city, ..Location::default() };
        events.push(event(meaning(MY_GLS, plain, &words), told.clone(), words, moment, location));
    }
    sign(&mut events, body.text("DeliveryName"));
    ParcelReading { tracking_number: first_text(body, &["ParcelNumber", "ParcelNumberWithCheckdigit"]), events, ..ParcelReading::default() }
}

/// The SOAP tracking service, and GLS Spain.
fn read_xml(root: &Element, rule: &ZoneRule) -> Result<Reading, Unreadable> {
    let spanish = root.find_all("exp");
    if !spanish.is_empty() {
        return Ok(Reading { parcels: spanish.into_iter().map(|e| spanish_parcel(e, rule)).collect() });
    }
    if let Some(code) = root.find("ErrorCode").filter(|e| !e.text.trim_matches('0').is_empty()) {
        let why = root.find("ErrorDscr").map(|e| e.text.clone()).filter(|t| !t.is_empty());
        return Err(Unreadable::error_reply(why.unwrap_or_else(|| code.text.clone())));
    }
    if let Some(fault) = root.find("faultstring") {
        return Err(Unreadable::error_reply(fault.text.clone()));
    }
    let number = root.find("TuNo").or_else(|| root.find("TuNumber")).map(|e| e.text.clone()).filter(|t| !t.is_empty());
    let history = root.find_all("History");
    if number.is_none() && history.is_empty() {
        return Err(Unreadable::not_understood("no GLS parcel in it"));
    }
    let mut events: Vec<TrackingEvent> =
        history.into_iter().filter(|h| h.at("Date").is_some() || h.at("Code").is_some()).map(|h| soap_event(h, rule)).collect();
    sign(&mut events, root.find("Signature").map(|e| e.text.clone()).filter(|t| !t.is_empty()));
    Ok(Reading::one(ParcelReading { tracking_number: number, events, ..ParcelReading::default() }))
}

fn soap_event(scan: &Element, rule: &ZoneRule) -> TrackingEvent {
    let words = [scan.text("Desc"), scan.text("ReasonName")].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let told = scan.text("Code");
    let part = |name: &str| scan.text(&format!("Date/{name}"));
    let day = part("Year").zip(part("Month")).zip(part("Day")).map(|((y, m), d)| format!("{y}-{m:0>2}-{d:0>2}"));
    let time = part("Hour").map(|h| format!("{h:0>2}:{:0>2}", part("Minut").or_else(|| part("Minute")).unwrap_or_default()));
    let country = scan.text("CountryName").and_then(|c| alpha2(&c));
    let rule = rule.for_country(country.as_deref());
    let moment = clock::read_pair(day.or_else(|| scan.text("Date")).as_deref(), time.as_deref(), DateOrder::DayFirst, &rule);
    let city = scan.text("LocationName");
    let location = Location { text: city.clone(), city, country, ..Location::default() };
    event(meaning(CODES, told.as_deref(), &words), told, words, moment, location)
}

fn spanish_parcel(exp: &Element, rule: &ZoneRule) -> ParcelReading {
    let rule = rule.for_country(Some("ES"));
    let scans = exp.find_all("tracking").into_iter().filter(|t| t.at("evento").is_some() || t.at("fecha").is_some());
    let events = scans.map(|scan| {
        let words = scan.text("evento").unwrap_or_default();
        let moment = scan.text("fecha").and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
        let place = scan.text("nombreplaza").or_else(|| scan.text("plaza"));
        event(
            phrase::understand(&words, SPAIN).unwrap_or((State::Unknown, None)),
            scan.text("codigo"),
            words,
            moment,
            place.map(Location::text).unwrap_or_default(),
        )
    });
    ParcelReading {
        tracking_number: exp.text("codexp").or_else(|| exp.text("expedicion")).or_else(|| exp.text("albaran")),
        events: events.collect(),
        ..ParcelReading::default()
    }
}

/// GLS Spain tells words, without accents; the rest is Spanish as others say it.
const SPAIN: &[Phrase] = &[
    says("devolucion", State::ReturningToSender),
    says("incidencia", State::ShipmentIssue),
    says("parcelshop", State::ReadyForCollection),
    says("delegacion destino", State::AtDeliveryDepot),
    says("en delegacion|en centralizadora", State::ArrivedAtHub),
    says("disponible", State::ReadyForCollection),
    says("almacenad", State::HeldByCarrier),
    says("=recogida", State::CollectedByCarrier),
    says("en transito", State::InTransit),
    says("grabad", State::Dispatched),
];

/// A list of plain texts or numbers.
trait ItemsText {
    fn items_text(&self, path: &str) -> Vec<String>;
}

impl ItemsText for Value {
    fn items_text(&self, path: &str) -> Vec<String> {
        self.at(path).and_then(Value::as_array).map(|list| list.iter().filter_map(|v| v.text("")).collect()).unwrap_or_default()
    }
}
