//! The last resort: rows that somebody's scraper made of a carrier's tracking page. Any list of objects that have a time
//! and words is a history; the carrier's own tables then say what the words mean.

use serde_json::Value;

use crate::{
    phrase,
    tree::{self, text},
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
    pub place: Option<String>,
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
const NUMBERS: &[&str] =
    &["trackingNumber", "trackingCode", "trackingId", "number", "barcode", "reference", "parcelNumber", "shipmentId", "id"];
const STATUSES: &[&str] = &["statusDescription", "currentStatus", "lastStatusText", "status"];

/// Every history in the payload. A bare list is a history without a number.
pub fn read(tree: &Value) -> Vec<Scraped> {
    let holders = tree::outermost(tree, &|v| !is_row(v) && rows_of(v).is_some());
    if holders.is_empty() {
        let rows: Vec<Row> = tree::outermost(tree, &is_row).into_iter().map(row).collect();
        return if rows.is_empty() { Vec::new() } else { vec![Scraped { number: None, rows, status: None }] };
    }
    holders
        .into_iter()
        .map(|holder| Scraped {
            number: text(holder, NUMBERS).or_else(|| text(tree, NUMBERS)),
            rows: rows_of(holder).unwrap_or_default().into_iter().map(row).collect(),
            status: text(holder, STATUSES),
        })
        .collect()
}

fn rows_of(value: &Value) -> Option<Vec<&Value>> {
    let lists = value.as_object()?.values().filter(|v| v.is_array());
    lists.map(|l| tree::items(l).into_iter().filter(|v| is_row(v)).collect::<Vec<_>>()).find(|rows| !rows.is_empty())
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
        place: text(value, PLACES),
    }
}
