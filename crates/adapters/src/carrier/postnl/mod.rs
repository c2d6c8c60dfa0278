//! PostNL: the Status service (REST as JSON, SOAP as XML: current and complete status), and the consumer page's list of
//! observations. A shipment has observations (`A01`, `B01`, …) and, more coarsely, statuses by number; the statuses are
//! read where there are no observations. Clocks are Dutch without an offset, the day first: `08-11-2022 10:13:20`.

mod codes;

use serde_json::Value;
use whereabouts_domain::{TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    checksum,
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, dutch::DUTCH},
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: PostNl = PostNl;
pub struct PostNl;

static CARD: Card = Card { id: "postnl", name: "PostNL", zone: "Europe/Amsterdam", aggregator: false, codes: codes::CODES };

const OBSERVED: Scan = Scan {
    code: &["Code", "observationCode"],
    words: &["Description"],
    at: &["TimeStamp", "observationDate"],
    phrases: &[DUTCH],
    words_may_speak: true,
    ..Scan::BARE
};
const STATUS: Scan = Scan { code: &["StatusCode"], words: &["StatusDescription", "Description"], ..OBSERVED };

/// "Not applicable": steps inside PostNL that nobody is told of.
const NOT_APPLICABLE: &str = "99";

impl Carrier for PostNl {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(DUTCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = shipments(&tree).into_iter().map(|s| parcel(s, payload)).collect();
        let warned = ["Errors", "Error", "Warnings", "ErrorMsg", "fault"].into_iter().flat_map(|name| tree.find(name));
        let complaint = warned.into_iter().find_map(|w| {
            let inner = w.branch("CifException").or_else(|| w.branch("Warning")).unwrap_or(w);
            inner.first(&["Description", "Message", "ErrorMsg", "faultstring", "title", ""])
        });
        reply::or_rows(reply::of(parcels, complaint, replies(&tree) || tree.carries("colli"), "PostNL"), payload, &CARD, DUTCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(tree) if replies(tree) => 96,
            Shape::Json(tree)
                if tree.owners("observations").iter().any(|o| o.list("observations").iter().any(|r| r.knows("observationCode"))) =>
            {
                94
            }
            Shape::Json(tree) if shipments(tree).iter().any(|s| s.knows("Status.PhaseCode") || s.knows("OldStatus.PhaseCode")) => 92,
            Shape::Xml(root) => {
                let names =
                    ["CurrentStatusResponse", "CompleteStatusResponse", "CompleteStatusResponseShipment", "CurrentStatusResponseShipment"];
                if names.iter().any(|name| root.find(name).is_some()) { 95 } else { 0 }
            }
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let after = number.strip_prefix("3S");
        if after.is_some_and(|rest| (9..=18).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())) {
            return Some((85, false));
        }
        (checksum::s10_country(number) == Some("NL")).then_some((85, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://jouw.postnl.nl/track-and-trace/{number}"))
    }
}

/// The service's envelope, which stands there even when it knows no shipment.
fn replies(tree: &Value) -> bool {
    ["CompleteStatus", "CurrentStatus"].iter().filter_map(|name| tree::field(tree, &[name])).any(|v| v.carries("Shipment"))
}

fn shipments(tree: &Value) -> Vec<&Value> {
    let tells = |v: &Value| {
        ["Event", "Events", "Status", "OldStatus", "OldStatuses", "observations"]
            .iter()
            .any(|name| tree::field(v, &[name]).is_some_and(|v| !v.is_string()))
    };
    tree::outermost(tree, &|v| v.knows("Barcode") && tells(v))
}

/// A list that may be wrapped into an element of its own.
fn rows<'a>(shipment: &'a Value, names: &[&str], knows: &str) -> Vec<&'a Value> {
    let found =
        names.iter().flat_map(|name| shipment.list(name)).flat_map(|item| if item.knows(knows) { vec![item] } else { tree::items(item) });
    found.filter(|row| row.knows(knows)).collect()
}

fn parcel(shipment: &Value, payload: &Payload) -> ParcelReading {
    let observed =
        rows(shipment, &["Event", "Events", "observations"], if shipment.knows("observations") { "observationDate" } else { "TimeStamp" });
    let mut events: Vec<TrackingEvent> = observed.into_iter().filter_map(|row| OBSERVED.event(row, &CARD, payload)).collect();
    let statuses = || {
        rows(shipment, &["OldStatus", "OldStatuses"], "StatusCode")
            .into_iter()
            .filter(|s| s.say("StatusCode").as_deref() != Some(NOT_APPLICABLE))
    };
    if events.is_empty() {
        events = statuses().filter_map(|row| STATUS.event(row, &CARD, payload)).collect();
    }
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    let current = shipment.branch("Status").and_then(|status| STATUS.event(status, &CARD, payload));
    let summary = match current {
        Some(current) if events.is_empty() => {
            events.push(current);
            None
        }
        current => current.and_then(|c| timeline::worth_telling(c, &events)),
    };
    ParcelReading {
        tracking_number: shipment.say("Barcode"),
        estimated_delivery: expected(shipment),
        service: shipment.say("ProductDescription"),
        events,
        summary,
        ..ParcelReading::default()
    }
}

/// A window on Dutch clocks, else a day.
fn expected(shipment: &Value) -> Option<Window> {
    let rule = ZoneRule::of(None, CARD.zone);
    let told = |paths: &[&str]| shipment.first(paths).and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule)).map(|m| m.rfc3339());
    let end = told(&["Expectation.ETATo", "eta.end"]);
    let day = || shipment.say("DeliveryDate").and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule)).map(|m| m.local.date());
    // The first of January of the year 1 is how the service says that there is none.
    let day = || day().filter(|d| d.year() > 1).map(|d| d.to_string());
    Some(Window { start: told(&["Expectation.ETAFrom", "eta.start"]).filter(|_| end.is_some()), end: Some(end.or_else(day)?) })
}
