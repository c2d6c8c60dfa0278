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
const SIGNATORIES: &[&str] = &["signedBy", "signedForBy", "signatory", "signature", "podName", "receivedBy"];
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
/// Names of a number and of nothing else; a row may tell it, too.
const OWN_NUMBERS: &[&str] = &[
    "trackingNumber",
    "trackingCode",
    "trackingId",
    "trackingReference",
    "barcode",
    "parcelNumber",
    "packageId",
    "parcelId",
    "consignmentNumber",
    "consignmentNo",
    "consignment",
    "waybillNumber",
    "waybill",
    "shipmentNumber",
    "itemNumber",
    "itemId",
    "mailPieceId",
    "upiCode",
    "shipmentId",
];
/// Names that may mean a number, where nothing better is told.
const NUMBERS: &[&str] = &["number", "reference", "id"];
const STATUSES: &[&str] = &["statusDescription", "currentStatus", "lastStatusText", "status"];

/// A number, and whether its name leaves no doubt that it is one.
#[derive(Clone, Copy)]
struct Number<'a> {
    text: &'a str,
    is_sure: bool,
}

/// Every history in the payload. Rows without a number have that of what they stand in; a bare list is a history without one.
pub fn read(tree: &Value) -> Vec<Scraped> {
    let mut found = Vec::new();
    collect(tree, None, &mut found);
    if found.is_empty() {
        let rows = tree::outermost(tree, &is_row);
        if !rows.is_empty() {
            add(rows, None, None, &mut found);
        }
    }
    found
}

/// Numbers that stand beside a status where nothing complains.
pub fn statuses(tree: &Value) -> Vec<(String, String)> {
    let complains = |v: &Value| tree::field(v, &["error", "errors", "errorCode"]).is_some();
    let told = |v: &Value| Some((text(v, OWN_NUMBERS)?, text(v, STATUSES)?)).filter(|_| !complains(v));
    tree::outermost(tree, &|v| told(v).is_some()).into_iter().filter_map(told).collect()
}

/// The outermost objects that hold rows, with the number that stands in them or nearest around them. Recursion is bounded by
/// the parsers' depth.
fn collect(value: &Value, around: Option<Number>, found: &mut Vec<Scraped>) {
    match value {
        Value::Object(map) => {
            let (sure, likely) = (text(value, OWN_NUMBERS), text(value, NUMBERS));
            let number = sure
                .as_deref()
                .map(|text| Number { text, is_sure: true })
                .or(around.filter(|n| n.is_sure))
                .or(likely.as_deref().map(|text| Number { text, is_sure: false }))
                .or(around);
            let rows = if is_row(value) { Vec::new() } else { rows_of(value) };
            if rows.is_empty() {
                map.values().for_each(|inner| collect(inner, number, found));
            } else {
                add(rows, number, text(value, STATUSES), found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, around, found)),
        _ => {}
    }
}

/// The rows, each under its own number where nothing around it tells one for sure.
fn add(rows: Vec<&Value>, number: Option<Number>, status: Option<String>, found: &mut Vec<Scraped>) {
    let first = found.len();
    let is_sure = number.is_some_and(|n| n.is_sure);
    found.push(Scraped { number: number.map(|n| n.text.to_string()), rows: Vec::new(), status });
    for told in rows {
        let place = match text(told, OWN_NUMBERS).filter(|own| !is_sure && own.len() >= SHORTEST) {
            None => first,
            Some(own) => (first..found.len()).find(|&i| found[i].number.as_ref() == Some(&own)).unwrap_or_else(|| {
                found.push(Scraped { number: Some(own), rows: Vec::new(), status: None });
                found.len() - 1
            }),
        };
        found[place].rows.push(row(told));
    }
    if found[first].rows.is_empty() && found[first].status.is_none() {
        found.remove(first);
    }
}

/// Shorter ones number pieces or rows.
const SHORTEST: usize = 6;

/// The rows of the first list that has any. XML prints a list of one as an element: a lone row counts where no list is further in.
fn rows_of(value: &Value) -> Vec<&Value> {
    let inner = || value.as_object().into_iter().flat_map(|map| map.values());
    let lists = inner().filter(|v| v.is_array()).map(|l| tree::items(l).into_iter().filter(|v| is_row(v)).collect::<Vec<_>>());
    if let Some(rows) = lists.into_iter().find(|rows| !rows.is_empty()) {
        return rows;
    }
    let lone: Vec<&Value> = inner().filter(|v| v.is_object() && is_row(v)).collect();
    if lone.is_empty() || lists_rows(value) { Vec::new() } else { lone }
}

fn lists_rows(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|v| is_row(v) || lists_rows(v)),
        Value::Object(map) => map.values().any(lists_rows),
        _ => false,
    }
}

/// A day and words; a parcel has these, too, but it holds rows or lists.
fn is_row(value: &Value) -> bool {
    is_dated_and_worded(value)
        && tree::field(value, &["error", "errors", "errorCode"]).is_none()
        && value.as_object().is_some_and(|m| !m.values().any(|v| v.is_array() || holds_rows(v)))
}

fn is_dated_and_worded(value: &Value) -> bool {
    text(value, DAYS).is_some_and(|d| d.bytes().any(|b| b.is_ascii_digit())) && text(value, WORDS).is_some()
}

fn holds_rows(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(holds_rows),
        Value::Object(map) => is_dated_and_worded(value) || map.values().any(holds_rows),
        _ => false,
    }
}

/// Longer than this it is a picture.
const LONGEST_NAME: usize = 60;

fn row(value: &Value) -> Row {
    let day = text(value, DAYS);
    Row {
        code: text(value, CODES),
        words: text(value, WORDS).map(|w| phrase::without_tags(&w)).unwrap_or_default(),
        time: text(value, CLOCKS).filter(|t| Some(t) != day.as_ref()),
        day,
        offset: text(value, OFFSETS),
        place: text(value, PLACES).or_else(|| tree::field(value, &["location"]).and_then(|l| text(l, &["name", "town", "depot"]))),
        parts: parts(value),
        signed_by: text(value, SIGNATORIES).filter(|name| name.len() <= LONGEST_NAME && !name.contains("://")),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(tree: &Value) -> String {
        let one = |s: &Scraped| {
            let rows: Vec<&str> = s.rows.iter().map(|r| r.words.as_str()).collect();
            format!("{}: {}", s.number.as_deref().unwrap_or("-"), rows.join(", "))
        };
        read(tree).iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn rows_belong_to_the_number_that_they_stand_in() {
        let row = |words: &str| json!({"date": "2026-03-03 10:00", "status": words});
        let own = |number: &str, words: &str| json!({"date": "2026-03-03 10:00", "status": words, "trackingNumber": number});
        let table = [
            (json!({"consignmentNumber": "C1000001", "events": [row("a"), row("b")]}), "C1000001: a, b"),
            (json!({"Result": {"ItemNumber": "C1000001", "Events": {"Event": row("a")}}}), "C1000001: a"),
            (json!({"itemId": "C1000001", "latest": row("b"), "history": [row("a"), row("b")]}), "C1000001: a, b"),
            (json!({"trackingNumber": "C1000001", "shipment": {"id": 7, "events": [row("a")]}}), "C1000001: a"),
            (json!({"date": "2026-03-03", "status": "b", "parcelId": "C1000001", "last": row("a")}), "C1000001: a"),
            (own("C1000001", "a"), "C1000001: a"),
            (json!([own("C1000001", "a"), own("C1000002", "b"), own("C1000001", "c")]), "C1000001: a, c; C1000002: b"),
            (json!({"trackingNumber": "C1000001", "latest": row("b"), "data": {"events": [row("a"), row("b")]}}), "C1000001: a, b"),
            (json!([row("a")]), "-: a"),
            (
                json!({"parcels": [{"barcode": "C1000001", "events": [row("a")]}, {"barcode": "C1000002", "events": row("b")}]}),
                "C1000001: a; C1000002: b",
            ),
        ];
        for (tree, expected) in table {
            assert_eq!(told(&tree), expected, "{tree}");
        }
    }
}
