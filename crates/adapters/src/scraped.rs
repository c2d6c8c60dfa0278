//! The last resort: rows that somebody's scraper made of a carrier's tracking page. Any list of objects that have a time
//! and words is a history; the carrier's own tables then say what the words mean.

use serde_json::Value;

use whereabouts_domain::Location;

use crate::{
    phrase, place,
    tree::{self, Tree, text},
};

/// One number's rows, in the payload's order.
pub struct Scraped {
    pub number: Option<String>,
    pub rows: Vec<Row>,
    /// The status told beside the rows.
    pub status: Option<String>,
}

/// One row, not yet understood.
pub struct Row {
    pub code: Option<String>,
    pub words: String,
    pub day: Option<String>,
    pub time: Option<String>,
    /// An offset told beside the clock.
    pub offset: Option<String>,
    /// A place in one line.
    pub place: Option<String>,
    /// A place told in parts, empty if it was not.
    pub parts: Location,
    pub signed_by: Option<String>,
}

const DAYS: &[&str] = &[
    "dateTime",
    "timestamp",
    "eventDateTime",
    "eventDate",
    "eventTime",
    "checkpointTime",
    "date",
    "localTime",
    "occurredAt",
    "eventOn",
    "scanDate",
    "time",
    "when",
];
const CLOCKS: &[&str] = &["time", "eventTime", "clock"];
const WORDS: &[&str] = &[
    "description",
    "eventDescription",
    "message",
    "event",
    "eventText",
    "eventName",
    "text",
    "statusDescription",
    "status",
    "title",
    "details",
    "stage",
];
const PLACES: &[&str] = &["location", "locationName", "place", "city", "depot", "office"];
const CODES: &[&str] = &["eventCode", "code", "statusCode", "rawStatus"];
const OFFSETS: &[&str] = &["utcOffset", "gmtOffset", "timeZoneOffset", "offset"];
const SIGNATORIES: &[&str] = &["signedBy", "signedForBy", "signatory", "receivedBy"];
/// Paths of a place's parts, beside the words or in an object of their own.
const CITIES: &[&str] = &["location.city", "eventLocation.city", "address.city", "place.city", "scanningUnit.city", "eventCity"];
const REGIONS: &[&str] = &[
    "location.state",
    "location.province",
    "location.region",
    "eventLocation.state",
    "eventLocation.province",
    "address.state",
    "address.province",
    "eventState",
    "eventProvince",
];
const POSTCODES: &[&str] =
    &["location.postalCode", "location.postcode", "location.zip", "address.postalCode", "address.zip", "eventPostalCode", "eventZip"];
const COUNTRIES: &[&str] = &[
    "location.countryCode",
    "location.country",
    "eventLocation.countryCode",
    "eventLocation.country",
    "address.countryCode",
    "address.country",
    "place.country",
    "scanningUnit.countryCode",
    "eventCountry",
    "countryCode",
];
const NUMBERS: &[&str] = &[
    "trackingNumber",
    "trackingCode",
    "trackingId",
    "number",
    "barcode",
    "reference",
    "parcelNumber",
    "packageId",
    "parcelId",
    "consignmentNumber",
    "waybillNumber",
    "shipmentNumber",
    "shipmentId",
    "id",
];
const STATUSES: &[&str] = &["statusDescription", "currentStatus", "lastStatusText", "status"];

/// Every history in the payload. A bare list is a history without a number.
pub fn read(tree: &Value) -> Vec<Scraped> {
    let mut found = Vec::new();
    collect(tree, None, &rows_in_lists, &mut found);
    if found.is_empty() {
        collect(tree, None, &lone_rows, &mut found);
    }
    if found.is_empty() {
        let rows: Vec<Row> = tree::outermost(tree, &is_row).into_iter().map(row).collect();
        found.extend((!rows.is_empty()).then_some(Scraped { number: None, rows, status: None }));
    }
    found
}

/// The outermost objects that hold rows, with the number that stands in them or nearest around them. Recursion is bounded by
/// the parsers' depth.
fn collect(value: &Value, around: Option<&str>, rows_of: &dyn Fn(&Value) -> Vec<&Value>, found: &mut Vec<Scraped>) {
    match value {
        Value::Object(map) => {
            let own = text(value, NUMBERS);
            let number = own.as_deref().or(around);
            let rows = if is_row(value) { Vec::new() } else { rows_of(value) };
            if rows.is_empty() {
                map.values().for_each(|inner| collect(inner, number, rows_of, found));
            } else {
                let rows = rows.into_iter().map(row).collect();
                found.push(Scraped { number: number.map(str::to_string), rows, status: text(value, STATUSES) });
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, around, rows_of, found)),
        _ => {}
    }
}

fn rows_in_lists(value: &Value) -> Vec<&Value> {
    let lists = value.as_object().into_iter().flat_map(|map| map.values()).filter(|v| v.is_array());
    lists.map(|l| tree::items(l).into_iter().filter(|v| is_row(v)).collect::<Vec<_>>()).find(|rows| !rows.is_empty()).unwrap_or_default()
}

/// XML prints a list of one as an element.
fn lone_rows(value: &Value) -> Vec<&Value> {
    value.as_object().into_iter().flat_map(|map| map.values()).filter(|v| v.is_object() && is_row(v)).collect()
}

fn is_row(value: &Value) -> bool {
    text(value, DAYS).is_some_and(|d| d.bytes().any(|b| b.is_ascii_digit()))
        && text(value, WORDS).is_some()
        && tree::field(value, &["error", "errors", "errorCode"]).is_none()
        && value.as_object().is_some_and(|m| m.values().all(|v| !v.is_array()))
}

fn row(value: &Value) -> Row {
    let day = text(value, DAYS);
    Row {
        code: text(value, CODES),
        words: text(value, WORDS).map(|w| phrase::without_tags(&w)).unwrap_or_default(),
        time: text(value, CLOCKS).filter(|t| Some(t) != day.as_ref()),
        day,
        offset: text(value, OFFSETS),
        place: text(value, PLACES),
        parts: parts(value),
        signed_by: text(value, SIGNATORIES),
    }
}

/// A place in parts, unless there is no more than a country.
fn parts(value: &Value) -> Location {
    let city = value.first(CITIES).or_else(|| text(value, &["city"]));
    let (region, postcode) = (value.first(REGIONS), value.first(POSTCODES));
    if city.is_none() && region.is_none() && postcode.is_none() {
        return Location::default();
    }
    let region = region.or_else(|| text(value, &["province", "state"]));
    let postcode = postcode.or_else(|| text(value, &["postalCode", "postcode", "zip", "zipCode"]));
    let country = value.first(COUNTRIES).or_else(|| text(value, &["country"]));
    place::of(city, region, postcode, country)
}
