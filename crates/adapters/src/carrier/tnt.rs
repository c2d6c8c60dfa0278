//! TNT: ExpressConnect Tracking (XML, version 3), and the same fields as JSON. A consignment has status data: a code of up
//! to three letters, its English, day (`YYYYMMDD`) and clock (`HHMM`) in two fields, the depot. The summary code says
//! whether it was delivered, is under way, has an exception or is not known. Fields and summary codes: the technical guide
//! "ExpressConnect Tracking V3.1"; status codes are not listed there, so that the English decides for most.

use serde_json::Value;
use whereabouts_domain::{Private, Reason as R, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    phrase::{Phrase, says, says_why},
    place, reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
    xml,
};

pub static CARRIER: Tnt = Tnt;
pub struct Tnt;

static CARD: Card = Card { id: "tnt", name: "TNT", zone: "Europe/Amsterdam", aggregator: false, codes: CODES };

/// Statuses that were seen beside their English, then summary codes.
static CODES: &[Code] = &[
    code("OK", S::Delivered),
    code("RES", S::Delivered),
    code("OD", S::OutForDelivery),
    code("OF", S::OutForDelivery),
    code("CSR", S::Dispatched),
    code("DEL", S::Delivered),
    code("INT", S::InTransit),
    code("EXC", S::ShipmentIssue),
];

const PHRASES: &[Phrase] = &[
    says("awaiting collection*details|shipment details*received|consignment details", S::Dispatched),
    says("collected from*sender|shipment collected|consignment collected|collected by tnt|picked up", S::CollectedByCarrier),
    says("shipment received at origin|received at origin|consignment received at transit|received at transit", S::ArrivedAtHub),
    says("shipment left|consignment left", S::DepartedHub),
    says("consignment passed through|passed through", S::InTransit),
    says("import received|received at destination|shipment arrived at*delivery", S::AtDeliveryDepot),
    says("consignment delivered|delivered in good condition|delivered to residential", S::Delivered),
    says("awaiting*collection by receiver|awaiting receiver collection|awaiting consignee collection", S::ReadyForCollection),
    says_why("missing.|search underway|search in progress", S::Missing, R::Lost),
    says("consignment returned to sender|shipment returned", S::ReturnedToSender),
];

const SCAN: Scan = Scan {
    code: &["StatusCode"],
    words: &["StatusDescription"],
    day: &["LocalEventDate"],
    clock: &["LocalEventTime"],
    city: &["DepotName", "Depot"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

/// "Consignment not found".
const NOT_FOUND: &str = "CNF";

impl Carrier for Tnt {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = consignments(&tree).into_iter().map(|c| consignment(c, payload)).collect();
        let complaint = ["error", "runtime_error", "parse_error"].iter().find_map(|name| {
            tree.find(name).into_iter().find_map(|e| e.first(&["Message", "ErrorMessage", "Description", "error_reason", "Code", ""]))
        });
        reply::or_rows(reply::of(parcels, complaint, !tree.owners("TrackResponse").is_empty(), "TNT"), payload, &CARD, PHRASES)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("Consignment").is_some_and(|c| c.at("ConsignmentNumber").is_some() && is_own(root, c)) => 95,
            Shape::Xml(root) if root.name == "TrackResponse" && root.find("Error").is_some_and(|e| e.at("Code").is_some()) => 80,
            Shape::Xml(root) if root.name == "TrackResponse" && root.at("runtime_error").is_some() => 80,
            Shape::Json(tree) if consignments(tree).iter().any(|c| c.list("StatusData").iter().any(|s| s.knows("StatusCode"))) => 93,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let is_old = number.len() == 9 && number.bytes().all(|b| b.is_ascii_digit());
        let is_new = number.len() == 11 && number.starts_with("GE") && number[2..].bytes().all(|b| b.is_ascii_digit());
        if is_new { Some((60, false)) } else { is_old.then_some((25, false)) }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.tnt.com/express/en_gb/site/shipping-tools/tracking.html?searchType=con&cons={number}"))
    }
}

/// Other carriers have consignments with numbers, too.
fn is_own(root: &xml::Element, consignment: &xml::Element) -> bool {
    root.name == "TrackResponse" || ["SummaryCode", "StatusData", "DeliveryDate"].iter().any(|name| consignment.at(name).is_some())
}

fn consignments(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("ConsignmentNumber"))
}

fn consignment(told: &Value, payload: &Payload) -> ParcelReading {
    let number = told.say("ConsignmentNumber");
    let rows = told.list("StatusData");
    let code = told.say("SummaryCode");
    if code.as_deref() == Some(NOT_FOUND) && rows.is_empty() {
        return reply::fault(number, "the consignment is not known");
    }
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| scan(row, told, payload)).collect();
    place::settle(&mut events);
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    let signatory = told.say("Signatory");
    timeline::sign(&mut events, signatory.clone());
    let summary = code.and_then(|code| {
        let known = CARD.look_up(&code)?;
        let mut summary = TrackingEvent::new("", CARD.id, known.state);
        summary.carrier_code = Some(code);
        if known.state == S::Delivered {
            summary.signed_by = signatory.map(Private::new);
            summary.location = place::of(told.say("DeliveryTown"), None, None, told.say("DestinationCountry.CountryCode"));
            let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &summary.location);
            summary.moment =
                clock::read_pair(told.say("DeliveryDate").as_deref(), told.say("DeliveryTime").as_deref(), DateOrder::DayFirst, &rule);
        }
        timeline::worth_telling(summary, &events)
    });
    ParcelReading { tracking_number: number, events, summary, ..ParcelReading::default() }
}

/// A depot is told by its name alone; where it is the first or the last one its country is known.
fn scan(row: &Value, consignment: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = SCAN.event(row, &CARD, payload)?;
    let depot = event.location.city.clone().unwrap_or_default().to_lowercase();
    let is = |path: &str| consignment.say(path).is_some_and(|name| name.to_lowercase() == depot);
    let country = if is("OriginDepotName") || is("OriginDepot") {
        consignment.first(&["OriginCountry.CountryCode"])
    } else if is("DeliveryTown") {
        consignment.first(&["DestinationCountry.CountryCode"])
    } else {
        None
    };
    event.location.country = country.and_then(|c| alpha2(&c));
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &event.location);
    event.moment = clock::read_pair(row.first(SCAN.day).as_deref(), row.first(SCAN.clock).as_deref(), DateOrder::DayFirst, &rule);
    Some(event)
}
