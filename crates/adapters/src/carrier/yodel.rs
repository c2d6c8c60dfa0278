//! Yodel (with InPost in the United Kingdom since 2025): the tracking site's GraphQL replies (`trackParcel`, `parcels`), the
//! scan rows of its XML service, and scrapers' rows. The list of scan codes is not published: few are known, else the words decide.

use serde_json::Value;
use whereabouts_domain::{Milestone, Precision, Reason, Source, State::*, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Phrase, says, says_why},
    place,
    scraped::{self, Scraped},
    timeline::{Habit, oldest_first, one_per_number, says_nothing},
    tree::{self, field, plain, rows, text},
};

pub static CARRIER: Yodel = Yodel;
pub struct Yodel;

static CARD: Card = Card { id: "yodel", name: "Yodel", zone: "Europe/London", aggregator: false, codes: CODES };

/// Scan codes whose meaning was seen beside their words.
const CODES: &[Code] = &[
    code("1", Dispatched),
    code("A", InTransit),
    code("BH", InTransit),
    code("PJ", InTransit),
    code("QI", InTransit),
    code("ET", OutForDelivery),
    code("Z", Delivered),
    code("ZA", Delivered),
    code("ZC", Delivered),
    code("ZN", Delivered),
];

const PHRASES: &[Phrase] = &[
    says("expecting to receive your parcel", Dispatched),
    says("awaiting*parcel from", Dispatched),
    says("cant see a delivery scan", Delayed),
    says("left*sort centre|on its way to*service centre|on its way to*depot", DepartedHub),
    says("arrived at*sort centre", ArrivedAtHub),
    says("holding*service centre|held*service centre", HeldByCarrier),
    says_why("wrong service centre|incorrect service centre", Misrouted, Reason::Missorted),
    says("at the service centre", AtDeliveryDepot),
    says("arrived at*service centre", AtDeliveryDepot),
    says("local service centre", AtDeliveryDepot),
    says("with the driver", OutForDelivery),
    says("on its way to the collect", InTransit),
    says("sent to*store", InTransit),
];

impl Carrier for Yodel {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels: Vec<ParcelReading> = tree::outermost(&tree, &is_parcel).into_iter().map(|p| parcel(p, &rule)).collect();
        if parcels.iter().all(says_nothing) {
            let page: Vec<ParcelReading> = scraped::read(&tree).into_iter().map(|s| from_page(s, &rule)).collect();
            parcels = if page.is_empty() { parcels } else { page };
        }
        if parcels.is_empty() { nothing_told(&tree) } else { Ok(Reading { parcels: one_per_number(parcels) }) }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        if shape.xml().is_some_and(|root| root.name.eq_ignore_ascii_case("parcel_tracking")) {
            return 92;
        }
        let Some(tree) = shape.json() else { return 0 };
        let any = |names: &[&str]| !tree::outermost(tree, &|v| names.iter().all(|n| field(v, &[n]).is_some())).is_empty();
        if any(&["scan_code", "scan_description"]) || any(&["yodelParcel"]) {
            95
        } else if any(&["upiCode"]) {
            85
        } else {
            0
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("JJD").or_else(|| number.strip_prefix("JD"))?;
        (digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then_some((if digits.starts_with("0002") { 90 } else { 75 }, false))
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.yodel.co.uk/tracking/{number}"))
    }
}

fn is_parcel(value: &Value) -> bool {
    field(value, &["yodelParcel", "trackingEvents", "parcel_status"]).is_some()
        || (field(value, &["upiCode"]).is_some() && field(value, &["statusMessage"]).is_some())
}

fn parcel(value: &Value, rule: &ZoneRule) -> ParcelReading {
    let inner = field(value, &["yodelParcel", "origin"]).unwrap_or(value);
    let mut events: Vec<TrackingEvent> =
        rows(value, &["trackingEvents", "parcel_status", "events", "history"]).into_iter().filter_map(|row| event(row, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let said = text(inner, &["statusMessage"]).or_else(|| text(value, &["trackingTitle", "displayState", "state"]));
    let mut summary = said.map(|s| told(None, s, None)).filter(|e| e.state != Unknown);
    if let Some(summary) = summary.as_mut() {
        summary.source = Source::Summary;
        let at = text(value, &["deliveredAt"]).filter(|_| summary.state.is_delivered());
        summary.moment = at.and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    }
    let rows_told = rows(value, &["parcel_status"]).into_iter().find_map(|row| text(row, &["consignment", "upiCode", "barcode"]));
    ParcelReading {
        tracking_number: text(inner, &["upiCode", "consignment"])
            .or_else(|| text(value, &["upiCode", "trackingNumber", "barcode"]))
            .or(rows_told)
            .map(|n| n.split_whitespace().collect()),
        events,
        summary,
        estimated_delivery: estimate(value, inner, rule),
        service: None,
        fault: None,
    }
}

/// A window of hours where one is told, else the day.
fn estimate(value: &Value, inner: &Value, rule: &ZoneRule) -> Option<Window> {
    let read = |t: String| clock::read(&t, DateOrder::DayFirst, rule);
    let day =
        text(inner, &["edd"]).or_else(|| text(value, &["edd", "estimatedDeliveryDate"])).and_then(read).map(|m| m.local.date().to_string());
    let window = [value, inner].into_iter().find_map(|v| field(v, &["deliveryWindow", "eta", "estimatedWindow"]));
    let at = |names: &[&str]| {
        let told = text(window?, names)?;
        let told = if told.len() <= "00:00:00".len() { format!("{} {told}", day.as_deref()?) } else { told };
        read(told).map(|m| if m.precision == Precision::Day { m.local_time() } else { m.rfc3339() })
    };
    let (start, end) = (at(&["start", "from", "startTime"]), at(&["end", "to", "endTime"]));
    (start.is_some() || end.is_some() || day.is_some()).then(|| Window { start, end: end.or(day) })
}

fn event(row: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let code = text(row, &["scan_code", "status_code", "code", "eventCode"]);
    let said = text(row, &["scan_description", "status_description", "description", "eventDescription", "message"]);
    if code.is_none() && said.is_none() {
        return None;
    }
    let mut event = told(code, said.unwrap_or_default(), text(row, &["scan_location", "location", "depot", "site", "service_centre"]));
    let day = text(row, &["scan_datetime", "scan_timestamp", "scan_date", "dateTime", "timestamp", "date", "event_date"]);
    let time = text(row, &["scan_time", "time"]);
    event.moment = clock::read_pair(day.as_deref(), time.as_deref(), DateOrder::DayFirst, rule);
    event.signed_by = text(row, &["signatory"]).filter(|_| event.state.is_delivered()).map(Into::into);
    Some(event)
}

fn told(code: Option<String>, said: String, place: Option<String>) -> TrackingEvent {
    let known = code.as_deref().and_then(|c| CARD.look_up(c)).map(|c| (c.state, c.reason));
    let words = phrase::understand(&said, PHRASES);
    // The codes were only seen: beside words of an attempt or a trouble they make no delivery.
    let fails = words.is_some_and(|(s, _)| matches!(s.milestone(), Some(Milestone::AttemptFail | Milestone::Exception)));
    let known = known.filter(|(state, _)| !(fails && state.is_delivered()));
    let (state, reason) = phrase::refine(known, words);
    let mut event = TrackingEvent::new("", "", state);
    event.reason = reason;
    event.carrier_code = code;
    event.description = said;
    event.location = place.map(|p| place::named(&p)).unwrap_or_default();
    event
}

fn from_page(page: Scraped, rule: &ZoneRule) -> ParcelReading {
    let one = |row: scraped::Row| {
        let mut event = told(row.code, row.words, row.place);
        event.signed_by = row.signed_by.filter(|_| event.state.is_delivered()).map(Into::into);
        event.moment = clock::read_pair(row.day.as_deref(), row.time.as_deref(), DateOrder::DayFirst, rule);
        event
    };
    let mut events: Vec<TrackingEvent> = page.rows.into_iter().map(one).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    ParcelReading { tracking_number: page.number, events, ..ParcelReading::default() }
}

fn nothing_told(tree: &Value) -> Result<Reading, Unreadable> {
    let refused = tree::outermost(tree, &|v| text(v, &["query_status"]).is_some_and(|s| s != "0"));
    if let Some(refused) = refused.first() {
        return Err(Unreadable::error_reply(text(refused, &["response_description"]).unwrap_or_default()));
    }
    let error = field(tree, &["errors", "error", "message"]);
    if let Some(error) = error {
        let said = plain(error).or_else(|| tree::items(error).into_iter().find_map(|e| text(e, &["message", "code"])));
        return Err(Unreadable::error_reply(said.unwrap_or_else(|| "an error without words".into())));
    }
    let is_empty = !tree::outermost(tree, &|v| field(v, &["parcels"]).is_some()).is_empty();
    if is_empty { Ok(Reading::default()) } else { Err(Unreadable::not_understood("no parcel in it")) }
}
