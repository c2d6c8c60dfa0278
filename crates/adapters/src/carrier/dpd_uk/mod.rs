//! DPD UK and DPD Local (GeoPost UK): the tracking site's JSON (`parcelevents`, parcel detail), the tracking service's XML
//! (`trackingresponse`), and rows that scrapers made of the parcel history page.
//!
//! Clocks carry no offset. Scans abroad are told by country, and read on that country's clock. The page shows a number
//! with a check character (`1550 0000 000 001 A`); the parcel code before the `*` is the number without it.

mod ask;
mod wording;

use serde_json::Value;
use whereabouts_domain::{Location, Proof, Source, State::*, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::AskCard,
    checksum,
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    phrase::{self, Meaning, Phrase},
    place,
    scraped::{self, Scraped},
    timeline::{self, Habit, oldest_first, one_per_number, says_nothing},
    tree::{self, field, plain, rows, text},
};

pub(crate) use ask::ASKS;
pub(crate) use wording::CODES;
use wording::PHRASES;

pub static CARRIER: DpdUk = DpdUk;
pub struct DpdUk;

static CARD: Card = Card { id: "dpd_uk", name: "DPD UK", zone: "Europe/London", aggregator: false, codes: CODES };

impl Carrier for DpdUk {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parts = tree::outermost(&tree, &is_part);
        let mut parcels = Vec::new();
        let mut loose_rows = Vec::new();
        for part in parts {
            if is_pushed(part) {
                let events = event(part, &rule).into_iter().collect();
                parcels.push(ParcelReading { tracking_number: number(part), events, ..ParcelReading::default() });
            } else if is_row(part) {
                loose_rows.extend(event(part, &rule));
            } else {
                parcels.push(parcel(part, &rule));
            }
        }
        if !loose_rows.is_empty() {
            oldest_first(&mut loose_rows, Habit::NewestFirst);
            // Detail and history come as two replies: the rows belong to the only parcel that was named.
            let number = parcels.iter().find_map(|p: &ParcelReading| p.tracking_number.clone());
            parcels.insert(0, ParcelReading { tracking_number: number, events: loose_rows, ..ParcelReading::default() });
        }
        if parcels.iter().all(says_nothing) {
            let page: Vec<ParcelReading> = scraped::read(&tree).into_iter().map(|s| from_page(s, &rule)).collect();
            parcels = if page.is_empty() { parcels } else { page };
        }
        let mut parcels = one_per_number(parcels);
        parcels.iter_mut().for_each(sign);
        if parcels.is_empty() { nothing_told(&tree) } else { Ok(Reading { parcels }) }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(value) => sure(value),
            Shape::Xml(root) if root.name.eq_ignore_ascii_case("trackingresponse") && root.at("trackingdetails").is_some() => 90,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let is_home = number.starts_with("155") || number.starts_with("055") || number.starts_with("051");
        match (number.len(), digits) {
            (14, 14) => Some((if is_home { 65 } else { 35 }, false)),
            (15, 14) if checksum::mod_37_36(number) => Some((if is_home { 90 } else { 45 }, true)),
            (15, 15) if is_home && checksum::mod_37_36(number) => Some((85, true)),
            // The routing barcode: service and the country of destination stand before the check character; 826 is the
            // United Kingdom.
            (28, 27 | 28) if checksum::mod_37_36(number) => Some((if number.get(24..27) == Some("826") { 85 } else { 40 }, true)),
            (10, 10) if number.starts_with("155") => Some((30, false)),
            _ => None,
        }
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.dpd.co.uk/apps/tracking/?reference={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ASKS
    }
}

/// Rows of the public page.
fn from_page(page: Scraped, rule: &ZoneRule) -> ParcelReading {
    let one = |row: scraped::Row| {
        let mut event = told(row.code, row.words, place_of(row.place), (row.day, row.time), rule);
        event.signed_by = event.signed_by.or_else(|| row.signed_by.filter(|_| event.state.is_delivered()).map(Into::into));
        event
    };
    let mut events: Vec<TrackingEvent> = page.rows.into_iter().map(one).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    ParcelReading { tracking_number: page.number, events, ..ParcelReading::default() }
}

fn nothing_told(tree: &Value) -> Result<Reading, Unreadable> {
    // An XML document stands under the name of its root.
    let root = tree.as_object().filter(|m| m.len() == 1).and_then(|m| m.values().next()).filter(|v| v.is_object());
    if let Some(error) = error_told(tree).or_else(|| root.and_then(error_told)) {
        return Err(Unreadable::error_reply(error));
    }
    let is_empty_list = |v: &Value| v.as_array().is_some_and(Vec::is_empty);
    let lists = ["data", "history", "events", "checkpoints", "parcelevents", "trackingevents", "trackingdetails", "trackingdetail"];
    let holds_nothing = |v: &Value| lists.iter().any(|k| field(v, &[k]).is_some_and(|l| is_empty_list(l) || l.as_str() == Some("")));
    let names_a_parcel = |v: &Value| field(v, &["parcelnumber", "parcelCode"]).is_some() && field(v, &["consignmentnumber"]).is_some();
    if is_empty_list(tree) || !tree::outermost(tree, &|v| holds_nothing(v) || names_a_parcel(v)).is_empty() {
        return Ok(Reading::default());
    }
    Err(Unreadable::not_understood("no parcel and no events in it"))
}

fn error_told(tree: &Value) -> Option<String> {
    let error = field(tree, &["error", "errors", "fault"])?;
    // As XML, a list has a name and each of its items one.
    let error = field(error, &["error"]).unwrap_or(error);
    let one = |e: &Value| {
        let parts = [text(e, &["errorCode", "code"]), text(e, &["errorMessage", "message", "description", "obj"])];
        plain(e).unwrap_or_else(|| parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    };
    let told = match error {
        Value::Array(list) => list.iter().map(one).collect::<Vec<_>>().join("; "),
        other => one(other),
    };
    (!told.trim().is_empty() && told != "false").then_some(told)
}

fn sure(tree: &Value) -> u8 {
    let any = |wanted: &dyn Fn(&Value) -> bool| !tree::outermost(tree, wanted).is_empty();
    let has = |v: &Value, names: &[&str]| names.iter().all(|n| field(v, &[n]).is_some());
    if any(&|v| has(v, &["eventDate", "eventText"])) {
        95
    } else if any(&|v| has(v, &["trackingStatusCurrent"]) || has(v, &["parcelCode", "parcelNumber"])) {
        92
    } else if any(&|v| text(v, &["parcelCode"]).is_some_and(|c| c.split_once('*').is_some_and(|(n, _)| n.len() == 14))) {
        88
    } else if field(tree, &["tracking_num"]).is_some() && field(tree, &["tracking_result"]).is_some() {
        // A coding challenge's shape, for many carriers: ours by the form of the number.
        let number = text(tree, &["tracking_num"]).unwrap_or_default();
        if number.get(..14).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) && number.len() <= 15 { 75 } else { 40 }
    } else if any(&|v| has(v, &["trackingevents"]) && has(v, &["parcelnumber"])) {
        85
    } else if field(tree, &["error"])
        .is_some_and(|e| has(e, &["errorCode", "errorMessage"]) && field(e, &["errorAction", "errorType", "obj"]).is_some())
    {
        60
    } else {
        0
    }
}

const ROWS: &[&str] =
    &["parcelevents", "events", "history", "checkpoints", "trackingevents", "trackingEvents", "parcelHistory", "parcelEvents", "scans"];

fn is_part(value: &Value) -> bool {
    is_row(value) || is_parcel(value)
}

/// A parcel names itself, or holds rows under a known name.
fn is_parcel(value: &Value) -> bool {
    let named = field(value, &["parcelNumber", "parcelCode", "tracking_num", "trackingNumber", "consignmentNumber"]).is_some();
    let told = field(
        value,
        &["trackingStatusCurrent", "parcelStatus", "status", "tracking_result", "deliveredToConsumer", "estimatedDeliveryDate"],
    );
    let told = told.is_some() || field(value, ROWS).is_some() || field(value, &["parcelCode"]).is_some();
    named && told
}

fn is_row(value: &Value) -> bool {
    is_pushed(value)
        || field(value, &["eventText", "trackingEventStatus", "message", "eventDescription", "eventTypeName"]).and_then(plain).is_some()
            && field(value, &["eventDate", "trackingEventDate", "checkpoint_time", "eventDateTime", "date", "datetime"]).is_some()
}

/// A status with its clock, of a parcel that names itself: a push.
fn is_pushed(value: &Value) -> bool {
    field(value, &["eventDateTime", "statusDateTime", "eventTimestamp"]).and_then(plain).is_some()
        && field(value, &["status"]).and_then(plain).is_some_and(|s| CARD.look_up(&s).is_some())
}

fn parcel(value: &Value, rule: &ZoneRule) -> ParcelReading {
    let inner = field(value, &["tracking_result"]).unwrap_or(value);
    let mut events: Vec<TrackingEvent> = rows(inner, ROWS).into_iter().filter_map(|row| event(row, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    if let Some(name) = text(value, &["podName", "signatory"]) {
        timeline::newest_delivery(&mut events).filter(|e| e.signed_by.is_none()).for_each(|e| e.signed_by = Some(name.clone().into()));
    }
    ParcelReading {
        tracking_number: number(value),
        events,
        summary: summary(value, rule),
        estimated_delivery: estimate(value),
        service: text(value, &["serviceDescription", "service", "productName"]),
        fault: error_told(value),
    }
}

/// The parcel code before its `*` is the number; a printed number loses its blanks and, if it has blanks, its check character.
fn number(value: &Value) -> Option<String> {
    if let Some(code) = text(value, &["parcelCode"]) {
        return Some(code.split('*').next().unwrap_or(&code).to_string());
    }
    let printed = text(value, &["parcelNumber", "tracking_num", "trackingNumber", "consignmentNumber"])?;
    let joined: String = printed.split_whitespace().collect();
    let has_check = joined.len() == 15 && joined.len() < printed.len();
    Some(if has_check { joined.get(..14).unwrap_or(&joined).to_string() } else { joined })
}

fn event(row: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let pushed = text(row, &["status"]).filter(|_| is_pushed(row));
    let words = text(row, &["eventText", "trackingEventStatus", "message", "description", "eventDescription", "eventTypeName", "text"])
        .map(|t| phrase::without_tags(&t));
    let code = text(row, &["eventCode", "trackingEventCode", "code", "eventTypeCode", "eventType"]).or(pushed);
    if words.is_none() && code.is_none() {
        return None;
    }
    let day = text(
        row,
        &[
            "eventDate",
            "trackingEventDate",
            "checkpoint_time",
            "eventDateTime",
            "statusDateTime",
            "eventTimestamp",
            "datetime",
            "date",
            "timestamp",
        ],
    );
    let time = text(row, &["eventTime", "time"]);
    Some(told(code, words.unwrap_or_default(), place(row), (day, time), rule))
}

fn told(code: Option<String>, words: String, place: Location, at: (Option<String>, Option<String>), rule: &ZoneRule) -> TrackingEvent {
    let (state, reason) = meaning(code.as_deref(), &words);
    let mut event = TrackingEvent::new("", "", state);
    event.reason = reason;
    event.carrier_code = code;
    event.location = place;
    event.signed_by = signatory(&words).filter(|_| state.is_delivered()).map(Into::into);
    event.description = words;
    let rule = rule.for_country(event.location.country.as_deref());
    event.moment = clock::read_pair(at.0.as_deref(), at.1.as_deref(), DateOrder::DayFirst, &rule);
    event
}

fn meaning(code: Option<&str>, words: &str) -> Meaning {
    let known = code.and_then(|c| CARD.look_up(c)).map(|c| (c.state, c.reason));
    phrase::refine(known, phrase::understand(words, PHRASES))
}

fn place(row: &Value) -> Location {
    let line = text(
        row,
        &["eventLocation", "trackingEventLocation", "location", "locality", "country_name", "eventDepotName", "depotName", "depot", "city"],
    );
    let mut place = place_of(line);
    place.country = place.country.or_else(|| text(row, &["countryCode", "country"]).and_then(|c| alpha2(&c)));
    place.postcode = text(row, &["postcode"]);
    place
}

fn place_of(line: Option<String>) -> Location {
    line.map(|l| place::named(&l)).unwrap_or_default()
}

/// Who signed, out of the sentence: "… signed for by A SAMPLE", "… received by A SAMPLE".
fn signatory(words: &str) -> Option<String> {
    let lower = words.to_ascii_lowercase();
    let mark =
        ["signed for by ", "signed by ", "received by ", "collected by "].into_iter().find_map(|m| lower.find(m).map(|at| at + m.len()))?;
    let name = words.get(mark..)?.trim().trim_end_matches(['.', '!']);
    let name = name.split(" at ").next().unwrap_or(name).trim();
    (!name.is_empty() && name.len() <= NAME_MAX).then(|| name.to_string())
}

/// Longer than this it is not a name.
const NAME_MAX: usize = 60;

/// The detail's sentence, used only when it is further than every scan.
fn summary(value: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let sentence = text(value, &["trackingStatusCurrent", "parcelStatus", "statusDescription", "status"])
        .map(|t| phrase::without_tags(&t))
        .unwrap_or_default();
    let was_delivered = text(value, &["deliveredToConsumer"]).as_deref() == Some("true");
    let pod = field(value, &["deliveryDetails"]).and_then(|d| field(d, &["podDetails"])).unwrap_or(value);
    let (mut state, reason) = meaning(Some(&sentence), &sentence);
    if was_delivered && !state.is_delivered() {
        state = Delivered;
    }
    let mut event = TrackingEvent::new("", "", state);
    event.source = Source::Summary;
    event.reason = reason;
    event.description = sentence;
    if state.is_delivered() {
        event.signed_by = text(pod, &["podName", "signatory"]).or_else(|| signatory(&event.description)).map(Into::into);
        event.moment = text(pod, &["podDate", "deliveredAt", "deliveryDateTime"])
            .and_then(|t| clock::read(&t, DateOrder::DayFirst, rule))
            .or_else(|| when_in(&event.description, rule));
        if !rows(value, &["image", "images"]).is_empty() {
            event.proof.push(Proof { kind: "photo".into(), url: None, at: None });
        }
    }
    (state != Unknown).then_some(event)
}

/// "… delivered at 08:15 on Tue 6 January 2026": a clock before its day.
fn when_in(sentence: &str, rule: &ZoneRule) -> Option<whereabouts_domain::Moment> {
    let (_, after) = sentence.rsplit_once(" at ")?;
    let (time, day) = after.split_once(" on ")?;
    clock::read(&format!("{day} {time}"), DateOrder::DayFirst, rule)
}

/// What the summary knows about the delivery goes onto the scan that told it.
fn sign(parcel: &mut ParcelReading) {
    let Some(summary) = parcel.summary.as_ref().filter(|s| s.state.is_delivered()) else { return };
    let Some(delivery) = parcel.events.iter_mut().filter(|e| e.state.is_delivered()).max_by_key(|e| e.at()) else { return };
    delivery.signed_by = delivery.signed_by.take().or_else(|| summary.signed_by.clone());
    if delivery.proof.is_empty() {
        delivery.proof.clone_from(&summary.proof);
    }
    if delivery.state == Delivered {
        delivery.state = phrase::refine(Some((Delivered, None)), Some((summary.state, None))).0;
    }
}

fn estimate(value: &Value) -> Option<Window> {
    let stop = field(value, &["deliveryDepot"]).and_then(|d| field(d, &["route"])).and_then(|r| field(r, &["stop"])).unwrap_or(value);
    let day = text(value, &["estimatedDeliveryDate", "deliveryDate", "shipmentTargetDate"]).and_then(|d| d.get(..10).map(str::to_string));
    let day = day.filter(|d| d.parse::<jiff::civil::Date>().is_ok());
    let at = |told: Option<String>| {
        let told = told?;
        let told = if told.len() <= 8 { format!("{} {told}", day.as_deref()?) } else { told };
        let rule = ZoneRule::of(None, CARD.zone);
        clock::read(&told, DateOrder::DayFirst, &rule).map(|m| m.rfc3339())
    };
    let start = at(text(stop, &["deliveryWindowFrom", "estimatedDeliveryStartTime"]));
    let end = at(text(stop, &["deliveryWindowTo", "estimatedDeliveryEndTime"])).or(day);
    (start.is_some() || end.is_some()).then_some(Window { start, end })
}
