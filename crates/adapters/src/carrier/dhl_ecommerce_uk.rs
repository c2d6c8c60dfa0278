//! DHL eCommerce UK (formerly UK Mail, then DHL Parcel UK): the tracking API of DHL's developer portal ("Parcel UK",
//! `/parceluk/tracking/v1/shipments`, which answers as the unified API does), and UK Mail's SOAP service
//! (`ConsignmentTrackingGetConsignmentDetails`, `…GetFullDetails`, `…GetStatus`, V1 to V3, by its WSDL).
//!
//! UK Mail's status numbers were never published: the words decide. Clocks without an offset are British.

use jiff::tz::TimeZone;
use serde_json::Value;
use whereabouts_domain::{Moment, Precision, Proof, Source, State, State::*, TimeBasis, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, dhl_universal};
use crate::{
    phrase::{Phrase, says, says_why},
    reply,
    scan::Scan,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: DhlEcommerceUk = DhlEcommerceUk;
pub struct DhlEcommerceUk;

static CARD: Card = Card { id: "dhl_ecommerce_uk", name: "DHL eCommerce UK", zone: "Europe/London", aggregator: false, codes: CODES };

/// The steps of the unified API.
const CODES: &[Code] = &[
    code("pre-transit", Dispatched),
    code("transit", InTransit),
    code("delivered", State::Delivered),
    code("failure", ShipmentIssue),
    code("unknown", Unknown),
];

/// UK Mail's wording that means something of its own here.
const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says("consignment manifested|consignment created|awaiting collection by dhl|advised", Dispatched),
        says("consignment collected|collected from*sender", CollectedByCarrier),
        says("at*collecting depot|scanned at*hub|arrived at*hub|in*hub", ArrivedAtHub),
        says("received at*delivery depot|at*delivering depot|received at*service centre", AtDeliveryDepot),
        says("left*hub|trunked", DepartedHub),
        says("on vehicle|loaded*vehicle|with*driver", OutForDelivery),
        says_why("carded|card left", DeliveryFailedCardLeft, NobodyHome),
        says("left at servicepoint|at the servicepoint|ready*servicepoint", ReadyForCollection),
        says("collected from*servicepoint", CollectedByShopper),
        says("leave safe|left in safe place", DeliveredToSafeLocation),
        says_why("wrong address|bad address", DeliveryFailed, AddressWrong),
        says("returned to depot|return to depot", AtDeliveryDepot),
    ]
};

const STATUS: Scan = Scan {
    code: &["StatusCode"],
    words: &["StatusDescription", "StatusMessage"],
    at: &["StatusTimeStamp"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

const BARCODE_SCAN: Scan = Scan {
    code: &[],
    words: &["ScanType"],
    at: &["ScanTimeStamp"],
    place: &["ScanLocation"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

const HANDED_OVER: Scan = Scan {
    code: &["PodDeliveryTypeCode", "CardCode"],
    words: &["PodDescription"],
    at: &["PodTimeStamp"],
    signatory: &["PodRecipientName"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for DhlEcommerceUk {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let consignments = consignments(&tree);
        if consignments.is_empty() && fault(&tree).is_none() {
            return unified(&tree, payload);
        }
        let parcels = consignments.into_iter().map(|c| consignment(c, payload)).collect();
        reply::of(parcels, fault(&tree), false, "DHL eCommerce UK")
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Json(tree) => {
                let asked = tree.first(&["url", "instance"]).is_some_and(|u| u.to_ascii_lowercase().contains("parceluk"));
                let services: Vec<String> = dhl_universal::shipments(tree).into_iter().filter_map(|s| s.say("service")).collect();
                let is_british = !services.is_empty() && services.iter().all(|s| s.eq_ignore_ascii_case("parcel-uk"));
                match () {
                    () if asked || is_british => 96,
                    () if is_details(tree) => 92,
                    () => 0,
                }
            }
            Shape::Xml(root) if root.name.to_ascii_lowercase().starts_with("consignmenttracking") && is_details(&tree::of_xml(root)) => 94,
            _ => 0,
        }
    }

    /// A consignment of fourteen digits, the depot first; the same digits may be DPD's.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        match number.len() {
            14 if digits => Some((30, false)),
            _ => None,
        }
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://track.dhlecommerce.co.uk/?con={number}"))
    }
}

/// The unified API in this carrier's name.
fn unified(tree: &Value, payload: &Payload) -> Result<Reading, Unreadable> {
    let mut reading = dhl_universal::read(tree, payload, &CARD)?;
    for event in reading.parcels.iter_mut().flat_map(|p| p.events.iter_mut().chain(&mut p.summary)) {
        event.carrier = CARD.id.to_string();
    }
    Ok(reading)
}

fn consignments(tree: &Value) -> Vec<&Value> {
    let tells = |v: &Value| {
        ["ConsignmentStatus", "ConsignmentScans", "ConsignmentPods", "StatusMessage", "GetConsignmentStatus"].iter().any(|n| v.knows(n))
    };
    tree::outermost(tree, &|v| v.knows("ConsignmentNumber") && tells(v))
}

/// A result of the SOAP service, whether it holds a consignment or only its errors.
fn is_details(tree: &Value) -> bool {
    !consignments(tree).is_empty() || !tree::outermost(tree, &|v| v.knows("ResultState") && v.carries("Errors")).is_empty()
}

fn consignment(value: &Value, payload: &Payload) -> ParcelReading {
    let list = |holder: &str, row: &str| -> Vec<&Value> {
        let told = value.list(holder);
        let Some(holder) = told.first() else { return Vec::new() };
        // Programs leave out the name that XML gives each row.
        if told.len() > 1 {
            return told;
        }
        // Rows are named for the version of the service.
        if holder.knows(row) { holder.list(row) } else { tree::items(holder) }
    };
    let mut events: Vec<TrackingEvent> =
        list("ConsignmentStatus", "GetConsignmentDetailsStatus").into_iter().filter_map(|s| STATUS.event(s, &CARD, payload)).collect();
    events.extend(list("ConsignmentScans", "ConsignmentScan").into_iter().filter_map(|s| {
        let mut event = BARCODE_SCAN.event(s, &CARD, payload)?;
        event.parcel = s.say("ScanParcel");
        Some(event)
    }));
    oldest_first(&mut events, Habit::OldestFirst);
    let pods = list("ConsignmentPods", "GetConsignmentDetailsPod");
    pods.into_iter().for_each(|pod| hand_over(pod, &mut events, payload));
    let summary = STATUS.event(value, &CARD, payload).filter(|e| e.state != Unknown);
    let summary = summary.map(|e| TrackingEvent { source: Source::Summary, ..e }).and_then(|e| timeline::worth_telling(e, &events));
    ParcelReading {
        tracking_number: value.say("ConsignmentNumber"),
        events,
        summary,
        estimated_delivery: estimate(value),
        service: value.first(&["ServiceDescription", "ServiceKey"]),
        fault: None,
    }
}

/// A proof of delivery: on the delivery that a status told, else an event of its own.
fn hand_over(pod: &Value, events: &mut Vec<TrackingEvent>, payload: &Payload) {
    let Some(mut told) = HANDED_OVER.event(pod, &CARD, payload) else { return };
    if pod.knows("PodSignatureImage") {
        told.proof.push(Proof { kind: "signature".into(), url: None, at: None });
    }
    match events.iter_mut().find(|e| e.state.is_delivered() && told.state.is_delivered()) {
        Some(delivery) => {
            delivery.signed_by = delivery.signed_by.take().or(told.signed_by);
            delivery.proof = told.proof;
            if delivery.state == State::Delivered {
                delivery.state = told.state;
            }
        }
        None => events.push(told),
    }
}

/// A day, and on the day itself a window: `ExpectedDelivery`, `EstimatedTimeOfArrivalStart` … `End`.
fn estimate(value: &Value) -> Option<Window> {
    let day = value.first(&["ExpectedDelivery", "ExpectedDeliveryDate", "OriginalDelivery"])?;
    let day: jiff::civil::Date = day.get(..10)?.parse().ok()?;
    let home = TimeZone::get(CARD.zone).ok()?;
    let at = |name: &str| {
        let time: jiff::civil::Time = value.say(name)?.parse().ok()?;
        Some(Moment::in_zone(day.to_datetime(time), &home, Precision::Minute, TimeBasis::Assumed).rfc3339())
    };
    let end = at("EstimatedTimeOfArrivalEnd").unwrap_or_else(|| day.to_string());
    Some(Window { start: at("EstimatedTimeOfArrivalStart"), end: Some(end) })
}

/// What the service says instead of a consignment; a fault of SOAP itself.
fn fault(tree: &Value) -> Option<String> {
    let errors = tree.find("Errors").into_iter().flat_map(|e| e.list("Error"));
    let told: Vec<String> = errors.filter_map(|e| e.first(&["FriendlyMessage", "ExceptionMessage", "ErrorCode"])).collect();
    if !told.is_empty() {
        return Some(told.join("; "));
    }
    tree.find("Fault").into_iter().find_map(|f| f.first(&["faultstring", "Reason.Text", "Reason"]))
}
