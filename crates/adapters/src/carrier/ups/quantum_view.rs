//! Quantum View: files of what happened to all of a shipper's packages, as XML or as the JSON that mirrors it. One
//! record is one happening of one package: manifest, origin, exception, delivery or "generic".

use serde_json::Value;
use whereabouts_domain::State;

use super::{scan::Scan, track};
use crate::{
    carrier::{ParcelReading, Payload},
    phrase,
    tree::Tree,
};

pub fn read(tree: &Value, payload: &Payload) -> Vec<ParcelReading> {
    let mut parcels = Vec::new();
    for file in tree.find("subscriptionFile") {
        for (kind, record) in KINDS.iter().flat_map(|k| file.list(k.name).into_iter().map(move |r| (k, r))) {
            if kind.name == "manifest" {
                parcels.extend(record.list("package").into_iter().map(|package| happened(kind, package, payload)));
            } else {
                parcels.push(happened(kind, record, payload));
            }
        }
    }
    parcels
}

struct Kind {
    name: &'static str,
    state: State,
    words: &'static str,
}

/// A record carries no code of its own but for exceptions, so its kind is its code.
const KINDS: &[Kind] = &[
    Kind { name: "manifest", state: State::Dispatched, words: "Manifest" },
    Kind { name: "origin", state: State::CollectedByCarrier, words: "Origin scan" },
    Kind { name: "exception", state: State::ShipmentIssue, words: "Exception" },
    Kind { name: "delivery", state: State::Delivered, words: "Delivered" },
    Kind { name: "generic", state: State::ForInformation, words: "" },
];

fn happened(kind: &Kind, record: &Value, payload: &Payload) -> ParcelReading {
    let number = record.say("trackingNumber");
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let place = record.branch("activityLocation.addressArtifactFormat").or_else(|| record.branch("activityLocation.address"));
    let place = place.or_else(|| record.branch("deliveryLocation.addressArtifactFormat")).map(track::address).unwrap_or_default();
    let spoken = [record.first(&["reasonDescription", "statusDescription"]), record.say("resolution.description")];
    let spoken = spoken.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let scan = Scan {
        words: Some(if spoken.is_empty() { kind.words.to_string() } else { spoken }),
        date: record.first(&["date", "activity.date"]),
        time: record.first(&["time", "activity.time"]),
        left_at: record.say("deliveryLocation.description"),
        signed_by: record.say("deliveryLocation.signedForByName"),
        place,
        ..Scan::default()
    };
    let mut event = scan.into_event(&told, payload);
    event.carrier_code = record.first(&["statusCode", "activityType"]);
    match kind.name {
        "exception" if event.state != State::Unknown && !event.state.is_delivered() => {}
        "generic" => event.state = generic(event.carrier_code.as_deref()),
        "delivery" if event.state.is_delivered() => {}
        _ => event.state = kind.state,
    }
    if kind.name == "exception" && event.reason.is_none() {
        event.reason = phrase::reason(&event.description);
    }
    ParcelReading { tracking_number: number, events: vec![event], ..ParcelReading::default() }
}

fn generic(activity: Option<&str>) -> State {
    match activity {
        Some("VM") => State::Cancelled,
        Some("UR") => State::WillBeReturnedToSender,
        Some("TC" | "PS") => State::CarrierChanged,
        Some("DS") => State::AtDeliveryDepot,
        Some("OD" | "FN") => State::OutForDelivery,
        _ => State::Unknown,
    }
}
