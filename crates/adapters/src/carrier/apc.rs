//! APC Overnight: the tracks of its booking platform's API, as JSON and as the XML it was made of (a list of one is then a
//! lone object). Facts: "API v3 Integration Guide", New Horizon, editions 2.0.5 and 3.1.2 (tracking, status codes). A track is
//! a consignment (the waybill) with items; each item tells its own scans. Clocks are British and carry no offset.

use serde_json::Value;
use whereabouts_domain::{State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    phrase::{Phrase, says, says_why},
    reply,
    scan::Scan,
    timeline::{Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: Apc = Apc;
pub struct Apc;

static CARD: Card = Card { id: "apc", name: "APC Overnight", zone: "Europe/London", aggregator: false, codes: CODES };

/// The guide's key status codes; the codes about pick-ups (115 to 119, 125) are told apart only by their words.
const CODES: &[Code] = {
    use whereabouts_domain::Reason::*;
    &[
        code("1", Dispatched),
        code("62", Dispatched),
        code("63", Dispatched),
        code("71", ArrivedAtHub),
        code("70", ArrivedAtHub),
        code("69", AtDeliveryDepot),
        code("2", OutForDelivery),
        code("3", Delivered),
        why("76", DeliveryFailedCardLeft, NobodyHome),
        why("96", DeliveryRefused, Refused),
        code("44", ReturningToSender),
        code("97", Cancelled),
    ]
};

const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says("ready to print", Dispatched),
        says("label printed|=printed", Dispatched),
        says("=manifested", Dispatched),
        says("at sending depot", ArrivedAtHub),
        says("at delivery depot|at delivering depot", AtDeliveryDepot),
        says("at hub", ArrivedAtHub),
        says("=at depot", ArrivedAtHub),
        says("=scan", InTransit),
        says("not received in depot", Delayed),
        says("not received on trunk", Delayed),
        says("problem*not attempted|late trunk|trunk late|trunk delay", Delayed),
        says("on trunk", InTransit),
        says("on vehicle", OutForDelivery),
        says("part deliver", PartiallyDelivered),
        says_why("closed carded", DeliveryFailedCardLeft, NobodyHome),
        says("held at depot", HeldByCarrier),
        says_why("check address", ShipmentIssue, AddressWrong),
        says("updated resolved", ForInformation),
        says("collected from depot by*driver", CollectedByCarrier),
        says("collected from depot", CollectedByShopper),
        says("left as instructed|left safe", DeliveredToSafeLocation),
        says("left with neighbour", DeliveredToNeighbour),
        says_why("customer refused", DeliveryRefused, Refused),
        says("return to sender", ReturningToSender),
    ]
};

const SCAN: Scan = Scan {
    code: &["StatusCode"],
    words: &["StatusDescription", "Status", "Description"],
    at: &["DateTime"],
    day: &["Date"],
    clock: &["Time"],
    place: &["Location", "DepotName", "Depot"],
    signatory: &["SignedBy", "PODName", "Signatory", "ReceivedBy"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Apc {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels = tracks(&tree).into_iter().map(|t| track(t, payload)).collect();
        let is_empty = tree.knows("Tracks") && complaint(tree.branch("Tracks.Messages")).is_none();
        let told = ["Tracks.Messages", "Messages", "Orders.Messages"].iter().find_map(|path| complaint(tree.branch(path)));
        reply::of(parcels, told.or_else(|| tree.first(&["ErrorMessage", "error"])), is_empty, "APC")
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let tree = match shape {
            Shape::Json(value) => std::borrow::Cow::Borrowed(value),
            Shape::Xml(root) => std::borrow::Cow::Owned(tree::of_xml(root)),
            Shape::Other => return 0,
        };
        match () {
            () if tree.knows("Tracks.Track") || tree.knows("Tracks.Messages") => 95,
            () if !tracks(&tree).is_empty() => 88,
            () => 0,
        }
    }

    /// The waybill: the day it was made and fourteen digits.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.len() == 22 && number.bytes().all(|b| b.is_ascii_digit());
        let day = number.get(..8).and_then(|day| jiff::civil::Date::strptime("%Y%m%d", day).ok());
        (digits && day.is_some_and(|d| (2000..2100).contains(&d.year()))).then_some((78, false))
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://apc-overnight.com/track-parcel.php?id={number}"))
    }
}

fn tracks(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("WayBill") && (v.knows("ShipmentDetails") || v.knows("Messages") || v.knows("OrderNumber")))
}

fn track(value: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = Vec::new();
    for item in tree::outermost(value, &|v| v.carries("Activity") || v.knows("activity")) {
        let piece = item.first(&["TrackingNumber", "ItemNumber"]);
        let mut told: Vec<TrackingEvent> = item
            .list("Activity")
            .into_iter()
            .flat_map(
                |activity| if activity.branch("Status").is_some_and(Value::is_object) { activity.list("Status") } else { vec![activity] },
            )
            .filter_map(|status| SCAN.event(status, &CARD, payload))
            .map(|event| TrackingEvent { parcel: piece.clone(), ..event })
            .collect();
        oldest_first(&mut told, Habit::OldestFirst);
        events.extend(told);
    }
    let fault = complaint(value.branch("Messages")).filter(|_| events.is_empty());
    ParcelReading { tracking_number: value.say("WayBill"), events, service: value.say("ProductCode"), fault, ..ParcelReading::default() }
}

/// Messages say `SUCCESS`, or what went wrong.
fn complaint(messages: Option<&Value>) -> Option<String> {
    let messages = messages?;
    let code = messages.say("Code").filter(|c| !c.eq_ignore_ascii_case("SUCCESS"))?;
    Some([Some(code), messages.say("Description")].into_iter().flatten().collect::<Vec<_>>().join(" "))
}
