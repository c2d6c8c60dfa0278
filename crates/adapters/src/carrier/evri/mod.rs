//! Evri (formerly Hermes UK): the consumer tracking API (`results` with stages and points), the clients' tracking API and
//! portal (rows with a point), pushed events, and rows that scrapers made of the international tracking page.
//!
//! An event has a coarse stage (`4_COURIER`) and a particular point (a code or only words); the stage is a table, the
//! words refine it. The same point occurs on the way in and on the way out ("arrived at the ParcelShop"), so a stage wins.

mod ask;

use serde_json::Value;
use whereabouts_domain::{
    Location, PickupPoint, Proof, Source,
    State::{self, *},
    TrackingEvent, Window,
};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    ask::AskCard,
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    phrase::{self, Meaning, Phrase, says, says_why},
    place,
    timeline::{Habit, oldest_first, one_per_number},
    tree::{self, Tree, field, plain, rows, text},
};

pub static CARRIER: Evri = Evri;
pub struct Evri;

static CARD: Card = Card { id: "evri", name: "Evri", zone: "Europe/London", aggregator: false, codes: CODES };

const CODES: &[Code] = {
    use whereabouts_domain::Reason::*;
    &[
        // Stages.
        code("0", Dispatched),
        code("1", Dispatched),
        code("2", InTransit),
        code("3", InTransit),
        code("4", AtDeliveryDepot),
        code("4_COURIER", OutForDelivery),
        code("4_SHOP", ReadyForCollection),
        code("4_LOCKER", ReadyForCollection),
        code("4_PARCELSHOP", ReadyForCollection),
        code("5", Delivered),
        code("5_COURIER", Delivered),
        code("5_SHOP", CollectedByShopper),
        code("5_LOCKER", CollectedByShopper),
        code("5_PARCELSHOP", CollectedByShopper),
        code("6", ShipmentIssue),
        code("6_INFO", ShipmentIssue),
        code("6_ACTION", ActionRequired),
        code("A", ReturningToSender),
        // Points.
        code("EXPECTED", Dispatched),
        code("PRE_ADVICE", Dispatched),
        code("PROCESSING_HUB", ArrivedAtHub),
        code("PROCESSING_DEPOT", ArrivedAtHub),
        code("HUB", ArrivedAtHub),
        code("LOCAL_DEPOT_INBOUND", AtDeliveryDepot),
        code("DELAY_FIX_NWD", Delayed),
        // Exceptions by name, as the clients' feed tells them.
        why("CARDED", DeliveryFailedCardLeft, NobodyHome),
        why("REFUSED", DeliveryRefused, Refused),
        why("ADDRESS_INVALID", DeliveryFailed, AddressWrong),
        why("NOT_LOADED", Delayed, CapacityShortage),
        why("MISROUTE", Misrouted, Missorted),
        why("PARCELSHOP_NOT_PICKED_UP", CarrierUnableToCollect, NotReadyForCollection),
        why("DAMAGED_IN_TRANSIT", State::Damaged, whereabouts_domain::Reason::Damaged),
        why("LOST_AT_DEPOT", State::Lost, whereabouts_domain::Reason::Lost),
        code("DELIVERED", Delivered),
        code("OUT_FOR_DELIVERY", OutForDelivery),
        code("COLLECTED", CollectedByCarrier),
        code("RTS", ReturningToSender),
        code("ATTEMPT_1", DeliveryAttempted),
        code("ATTEMPT_2", DeliveryAttempted),
        code("ATTEMPT_3", DeliveryAttempted),
        code("ATTEMPT_4_AND_OVER", DeliveryAttempted),
    ]
};

/// Points that occur on the way in and on the way out: without a stage they say nothing certain.
const TWO_WAYS: &[&str] = &["ARRIVED_PARCELSHOP", "COLLECTED_FROM_PARCELSHOP", "COURIER_DELIVERY"];

/// Wording that means something of its own here; the rest is common English.
const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        // Stages in words.
        says("weve not got it", Dispatched),
        says("were expecting it", Dispatched),
        says("parcel created by", Dispatched),
        says("pre advice loaded", Dispatched),
        says("=consolidated", ArrivedAtHub),
        says("=cross docked", ArrivedAtHub),
        says("processed at export gateway", ArrivedAtHub),
        says("received at evri", ArrivedAtHub),
        says("received by carrier", CarrierChanged),
        says("handed to partner carrier", CarrierChanged),
        says("=accepted", CollectedByCarrier),
        says("=info exception", Delayed),
        says("=action exception", ActionRequired),
        says("=delivery exception", ShipmentIssue),
        says("courier has it", OutForDelivery),
        // The network's own words.
        says_why("missing pre advice", MissingManifest, Other),
        says_why("label error", IncorrectLabel, LabelUnreadable),
        says_why("misrouted*depot", Misrouted, Missorted),
        says_why("missort to incorrect courier", Misrouted, Missorted),
        says_why("not loaded", Delayed, CapacityShortage),
        says("carried forward", Delayed),
        says("hub sorter receipt", ArrivedAtHub),
        says("hub trailer", DepartedHub),
        says("receipt at hub", ArrivedAtHub),
        says("received at*hub", ArrivedAtHub),
        says("at the national*hub", ArrivedAtHub),
        says("at*sorting hub", ArrivedAtHub),
        says("return*processed*depot", ReturningToSender),
        says("return*processed*hub", ReturningToSender),
        says("return*received*hub", ReturningToSender),
        says("processed at*depot", AtDeliveryDepot),
        says("receipt at*depot", AtDeliveryDepot),
        says("receipt depot", AtDeliveryDepot),
        says("at the local depot", AtDeliveryDepot),
        says("customers local depot", AtDeliveryDepot),
        says("local delivery depot", AtDeliveryDepot),
        says("out for delivery to courier", AtDeliveryDepot),
        says("awaiting courier receipt", AtDeliveryDepot),
        says("courier received", OutForDelivery),
        says("received by*courier", OutForDelivery),
        says("with*local courier", OutForDelivery),
        says("your courier has*parcel", OutForDelivery),
        says("delivery*today between", OutForDelivery),
        // Tried.
        says_why("additional delivery info", ActionRequired, AddressIncomplete),
        says_why("not delivered*postcode error", DeliveryFailed, AddressWrong),
        says_why("not delivered*address query", DeliveryFailed, AddressWrong),
        says_why("parcel query", ShipmentIssue, AddressWrong),
        says_why("not delivered*refused", DeliveryRefused, Refused),
        says_why("unable to deliver*no safe place", DeliveryAttempted, NobodyHome),
        says("courier to re attempt", DeliveryAttempted),
        says("courier to reattempt", DeliveryAttempted),
        says("attempted 1st", DeliveryAttempted),
        says("attempted 2nd", DeliveryAttempted),
        says("attempted 3rd", DeliveryAttempted),
        says("1st attempt", DeliveryAttempted),
        says("2nd attempt", DeliveryAttempted),
        says("3rd attempt", DeliveryAttempted),
        // Shops and lockers.
        says("awaiting collection at*parcelshop by*courier", DroppedOff),
        says("awaiting collection by*courier", DroppedOff),
        says("awaiting*courier collection", CollectionScheduled),
        says("delivery awaiting collection", ReadyForCollection),
        says("arrived at*parcelshop*collect", ReadyForCollection),
        says("at the parcelshop ready", ReadyForCollection),
        says("at the locker ready", ReadyForCollection),
        says("handed in at*parcelshop", DroppedOff),
        says("dropped at*parcelshop", DroppedOff),
        says("received at*parcelshop", DroppedOff),
        says("at*parcelshop*customer", DroppedOff),
        says("collected from*parcelshop by*courier", CollectedByCarrier),
        says("collected from*parcelshop by*driver", CollectedByCarrier),
        says("collected from*parcelshop by*customer", CollectedByShopper),
        says("collected from*locker by*courier", CollectedByCarrier),
        says("customer collected from*parcelshop", CollectedByShopper),
        // Delivered.
        says("delivered*in*porch", DeliveredToSafeLocation),
        says("delivered*your safe", DeliveredToSafeLocation),
        says("signature*household", Delivered),
        says("signature*neighbour", DeliveredToNeighbour),
        says("delivered to household", Delivered),
        says("delivered*household", Delivered),
        says("delivered*through*letterbox", DeliveredToLetterbox),
        says("delivered through*letter", DeliveredToLetterbox),
        says("posted*letterbox", DeliveredToLetterbox),
        says("signature taken", Delivered),
        // Collection from the sender's door.
        says("collected from customer", CollectedByCarrier),
        says("weve collected", CollectedByCarrier),
    ]
};

impl Carrier for Evri {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels = Vec::new();
        let mut alone: Vec<ParcelReading> = Vec::new();
        for part in tree::outermost(&tree, &|v| is_parcel(v) || is_row(v)) {
            if is_parcel(part) {
                parcels.push(parcel(part, &rule));
            } else if let Some(event) = event(part, &rule) {
                alone.push(ParcelReading { tracking_number: number(part), events: vec![event], ..ParcelReading::default() });
            }
        }
        if !alone.is_empty() {
            let mut together = one_per_number(alone);
            // Rows without a number belong together: to the only parcel that was named, or to the one that was asked for.
            let (named, unnamed): (Vec<_>, Vec<_>) = together.drain(..).partition(|p| p.tracking_number.is_some());
            parcels.extend(named);
            let events: Vec<TrackingEvent> = unnamed.into_iter().flat_map(|p| p.events).collect();
            if !events.is_empty() {
                let number = text(&tree, NUMBERS).or_else(|| parcels.iter().find_map(|p| p.tracking_number.clone()));
                parcels.push(ParcelReading { tracking_number: number, events, ..ParcelReading::default() });
            }
        }
        parcels.extend(rows(&tree, &["failures"]).into_iter().map(failure));
        let mut parcels = one_per_number(parcels);
        parcels.iter_mut().for_each(|p| oldest_first(&mut p.events, Habit::NewestFirst));
        if parcels.is_empty() { nothing_told(&tree) } else { Ok(Reading { parcels }) }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(value) => sure(value),
            Shape::Xml(root) => sure(&tree::of_xml(root)).min(80),
            Shape::Other => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let bytes = number.as_bytes();
        let digits = |b: &[u8]| b.iter().all(u8::is_ascii_digit);
        match bytes {
            // H0595C0000314450: a letter, client and service, ten digits.
            [first, a, b, .., _] if bytes.len() == 16 && first.is_ascii_uppercase() && digits(&[*a, *b]) && digits(&bytes[6..]) => {
                Some((if matches!(first, b'H' | b'C' | b'T') { 88 } else { 70 }, false))
            }
            _ if bytes.len() == 16 && digits(bytes) => Some((50, false)),
            // The calling card's number.
            _ if bytes.len() == 8 && digits(bytes) => Some((15, false)),
            _ => None,
        }
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.evri.com/track/parcel/{number}/details"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }
}

const ROWS: &[&str] = &["trackingEvents", "history", "events", "trackingPoints", "trackingHistory", "parcelEvents"];
const NUMBERS: &[&str] =
    &["system_tracking", "barcode", "trackingNumber", "tracking_number", "trackingId", "parcelNumber", "_configuredTrackingCode"];

fn is_parcel(value: &Value) -> bool {
    let has_rows = rows(value, ROWS).iter().any(|r| is_row(r));
    has_rows || field(value, &["trackingEvents"]).is_some() || field(value, &["system_tracking"]).is_some()
}

/// A scan: a time and a point, a stage, or words.
fn is_row(value: &Value) -> bool {
    let timed = field(value, TIMES).is_some();
    let pointed = field(value, &["trackingPoint", "trackingStage", "point", "trackingPointCode", "trackingStageCode"]).is_some();
    let worded = text(value, &["event", "eventDescription", "externalDescription", "description", "status", "eventCode"]).is_some();
    // An error page is dated and worded, too.
    let is_error = field(value, &["error", "errors"]).is_some();
    pointed || (timed && worded && !is_error && field(value, ROWS).is_none())
}

const TIMES: &[&str] =
    &["dateTime", "date_time", "eventDateTime", "eventTime", "timestamp", "date", "trackingDateTime", "occurredAt", "scanDateTime"];

fn parcel(value: &Value, rule: &ZoneRule) -> ParcelReading {
    let is_return = text(value, &["returnParcel"]).as_deref() == Some("true");
    let mut events: Vec<TrackingEvent> = rows(value, ROWS).into_iter().filter_map(|row| event(row, rule)).collect();
    let point = pickup_point(value);
    for event in &mut events {
        // What comes back ends where it began.
        if is_return && event.state.is_delivered() {
            event.state = ReturnedToSender;
        }
        if event.state == ReadyForCollection {
            event.pickup_point.clone_from(&point);
        }
    }
    let summary =
        text(value, &["current_status", "currentStatus", "status", "statusDescription"]).and_then(|words| summary(&words, is_return));
    let eta = rows(value, ROWS)
        .into_iter()
        .find_map(|r| field(r, &["eta"]))
        .or_else(|| field(value, &["eta", "estimatedDelivery", "deliveryWindow"]));
    ParcelReading {
        tracking_number: number(value),
        events,
        summary,
        estimated_delivery: eta.and_then(estimate),
        service: text(value, &["serviceType", "serviceDescription", "service"]),
        fault: None,
    }
}

/// The barcode, printed or among the identifiers; Evri's own opaque ids are no number a shopper knows.
fn number(value: &Value) -> Option<String> {
    let identifier = |i: &&Value| text(i, &["type", "discriminator"]).is_none_or(|t| phrase::squash(&t) != "urn");
    text(value, NUMBERS)
        .or_else(|| field(value, &["parcel"]).and_then(number))
        .or_else(|| rows(value, &["parcelIdentifiers"]).into_iter().filter(identifier).find_map(|i| text(i, &["value", "barcode"])))
        .or_else(|| text(value, &["carrier_tracking", "uniqueId"]))
        .map(|n| n.split_whitespace().collect())
}

fn event(row: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let stage = field(row, &["trackingStage", "stage"]);
    let point = field(row, &["trackingPoint", "point"]);
    let stage_code =
        stage.and_then(|s| plain(s).or_else(|| text(s, &["trackingStageCode", "code"]))).or_else(|| text(row, &["trackingStageCode"]));
    let point_code = point
        .and_then(|p| text(p, &["trackingPointCode", "code", "trackingPointId", "id"]))
        .or_else(|| text(row, &["trackingPointCode", "eventCode", "trackingPointId", "code"]));
    let said = point
        .and_then(|p| plain(p).or_else(|| text(p, &["description", "externalDescription", "clientDescription", "name"])))
        .or_else(|| text(row, &["event", "externalDescription", "eventDescription", "description", "status"]))
        .or_else(|| stage.and_then(|s| text(s, &["description"])));
    if stage_code.is_none() && point_code.is_none() && said.is_none() {
        return None;
    }
    let said = said.unwrap_or_default();
    let (state, reason) = meaning(stage_code.as_deref(), point_code.as_deref(), &said);
    let mut event = TrackingEvent::new("", "", state);
    event.reason = reason;
    // A point told by name is the most specific code; a mere row number is not a code anybody could look up.
    let named_point = point_code.clone().filter(|c| c.bytes().any(|b| b.is_ascii_alphabetic()));
    event.carrier_code = named_point.or(stage_code).or(point_code);
    event.description = said;
    event.location = place(row);
    event.source_id = text(row, &["eventId", "trackingEventId"]);
    if state.is_delivered() {
        event.signed_by = row.first(&["signatory", "signedBy", "recipientName", "signature.name"]).map(Into::into);
        for (kind, keys) in
            [("photo", &["safePlacePhoto", "photoUrl", "photo", "image"][..]), ("signature", &["signatureUrl", "signatureImage"][..])]
        {
            if field(row, keys).is_some() {
                event.proof.push(Proof { kind: kind.into(), url: None, at: None });
            }
        }
    }
    let rule = rule.for_country(event.location.country.as_deref());
    let time = text(row, &["time"]);
    event.moment = clock::read_pair(text(row, TIMES).as_deref(), time.as_deref(), DateOrder::DayFirst, &rule);
    Some(event)
}

/// Stage first, then point, then words; a stage or named code that is in no table is unknown unless its point is known.
fn meaning(stage: Option<&str>, point: Option<&str>, said: &str) -> Meaning {
    let look = |code: &str| CARD.look_up(code).map(|c| (c.state, c.reason));
    let words = phrase::understand(said, PHRASES);
    let point =
        point.filter(|p| p.bytes().any(|b| b.is_ascii_alphabetic()) && !TWO_WAYS.contains(&p.to_ascii_uppercase().as_str())).and_then(look);
    match stage {
        Some(stage) => match look(stage) {
            Some(coarse) => {
                let finer = phrase::refine(Some(coarse), point);
                // Stage 6 says only that something is wrong, stages 2 to 4 only where: the words say what.
                phrase::refine(Some(finer), words)
            }
            None => point.unwrap_or((Unknown, None)),
        },
        None => phrase::refine(point, words),
    }
}

fn place(row: &Value) -> Location {
    let told = field(row, &["location", "depot", "place"]);
    let mut place = match told {
        Some(Value::Object(_)) => {
            let told = told.unwrap_or(row);
            let mut place = text(told, &["name", "city", "town", "description", "depotName"]).map(|t| place::named(&t)).unwrap_or_default();
            place.country = place.country.or_else(|| text(told, &["countryCode", "country"]).and_then(|c| alpha2(&c)));
            place
        }
        Some(other) => plain(other).map(|t| place::named(&t)).unwrap_or_default(),
        None => text(row, &["locationName", "depotName", "siteName"]).map(|t| place::named(&t)).unwrap_or_default(),
    };
    place.country = place.country.or_else(|| text(row, &["countryCode"]).and_then(|c| alpha2(&c)));
    let degrees = |name: &str| row.say(name).and_then(|d| d.parse::<f64>().ok());
    (place.latitude, place.longitude) = (degrees("location.latitude"), degrees("location.longitude"));
    place
}

fn pickup_point(value: &Value) -> Option<PickupPoint> {
    let shop = field(value, &["parcelShop", "parcelShopDetails", "locker", "pickupPoint"]).filter(|s| s.is_object())?;
    let address = field(shop, &["address"]).unwrap_or(shop);
    let lines: Vec<String> =
        ["line1", "street", "line2", "city", "town", "postcode", "postCode"].iter().filter_map(|k| text(address, &[k])).collect();
    Some(PickupPoint {
        name: text(shop, &["name", "description", "displayName"]),
        address: plain(address).or_else(|| (!lines.is_empty()).then(|| lines.join(", "))),
        hours: None,
        collect_by: text(value, &["collectBy", "collectByDate"]),
    })
}

fn summary(said: &str, is_return: bool) -> Option<TrackingEvent> {
    let (state, reason) = phrase::understand(said, PHRASES)?;
    if is_return && state == InTransit {
        return None;
    }
    let mut event = TrackingEvent::new("", "", state);
    event.source = Source::Summary;
    event.reason = reason;
    event.description = said.to_string();
    Some(event)
}

fn estimate(eta: &Value) -> Option<Window> {
    let rule = ZoneRule::of(None, CARD.zone);
    let at = |t: String| {
        let m = clock::read(&t, DateOrder::DayFirst, &rule)?;
        Some(if m.precision == whereabouts_domain::Precision::Day { m.local_time() } else { m.rfc3339() })
    };
    let (start, end) = match plain(eta) {
        Some(told) => (None, at(told)),
        None => (
            text(eta, &["from", "fromDateTime", "start", "windowStart", "earliest"]).and_then(at),
            text(eta, &["to", "toDateTime", "end", "windowEnd", "latest", "displayDate", "date"]).and_then(at),
        ),
    };
    (start.is_some() || end.is_some()).then_some(Window { start, end })
}

fn failure(row: &Value) -> ParcelReading {
    let told = text(row, &["message", "reason", "error", "description", "errorCode"]).unwrap_or_else(|| "the number is not known".into());
    ParcelReading { tracking_number: text(row, &["barcode", "trackingNumber", "uniqueId"]), fault: Some(told), ..ParcelReading::default() }
}

fn nothing_told(tree: &Value) -> Result<Reading, Unreadable> {
    let told = |v: &Value| text(v, &["errorDescription", "errorMessage", "message", "description", "faultstring", "error", "title"]);
    if let Some(error) = field(tree, &["errors", "error", "fault", "errorDescription", "errorMessage", "errorCode"]) {
        let told = plain(error).or_else(|| tree::items(error).into_iter().find_map(told)).or_else(|| told(tree));
        return Err(Unreadable::error_reply(told.unwrap_or_else(|| "an error without words".into())));
    }
    if let Some(message) = told(tree).filter(|_| field(tree, &["status", "statusCode", "code", "httpStatus"]).is_some()) {
        return Err(Unreadable::error_reply(message));
    }
    let known = ["results", "parcelIdentifiers", "parcelSearchResults", "trackingEvents", "events", "history"];
    let is_list = tree.as_array().is_some_and(|l| l.iter().all(Value::is_string));
    if known.iter().any(|k| field(tree, &[k]).is_some()) || is_list {
        return Ok(Reading::default());
    }
    Err(Unreadable::not_understood("no parcels and no tracking points in it"))
}

fn sure(tree: &Value) -> u8 {
    let any = |wanted: &dyn Fn(&Value) -> bool| !tree::outermost(tree, wanted).is_empty();
    if any(&|v| field(v, &["trackingStage"]).is_some() || field(v, &["trackingStageCode"]).is_some()) {
        95
    } else if field(tree, &["system_tracking"]).is_some() {
        93
    } else if any(&|v| field(v, &["trackingPoint"]).is_some() && field(v, &["dateTime"]).is_some())
        || any(&|v| field(v, &["point"]).is_some_and(|p| field(p, &["externalDescription"]).is_some()))
    {
        90
    } else if field(tree, &["results"]).is_some() && field(tree, &["failures"]).is_some() {
        85
    } else if field(tree, &["parcelIdentifiers"]).is_some() || field(tree, &["parcelSearchResults"]).is_some() {
        75
    } else {
        0
    }
}
