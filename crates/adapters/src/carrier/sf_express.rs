//! SF Express: routes as XML (`RouteResponse`), as JSON of the newer platform (where the result is text that holds JSON),
//! and as the push of routes (`WaybillRoute`). An operation code of up to four digits, a remark (Chinese, or English
//! abroad), the place, and a Chinese clock without an offset. Where a code is missing, the remark decides.
//!
//! Names of fields could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    phrase::{Phrase, says},
    place, reply,
    scan::{self, Scan},
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: SfExpress = SfExpress;
pub struct SfExpress;

static CARD: Card = Card { id: "sf_express", name: "SF Express", zone: "Asia/Shanghai", aggregator: false, codes: CODES };

/// Operation codes, as the platform lists them beside its route query (`EXP_RECE_SEARCH_ROUTES`, 2022). Those that say what the
/// house does with a parcel it already has (weighing, picking, appointing a driver) tell the shopper nothing.
static CODES: &[Code] = &[
    code("647", S::Dispatched),
    code("646", S::Dispatched),
    code("201", S::Dispatched),
    code("205", S::Dispatched),
    code("206", S::Dispatched),
    code("141", S::Dispatched),
    code("127", S::DroppedOff),
    code("138", S::DroppedOff),
    code("655", S::DroppedOff),
    code("607", S::CollectedByCarrier),
    code("50", S::CollectedByCarrier),
    code("51", S::CollectedByCarrier),
    code("54", S::CollectedByCarrier),
    code("129", S::CollectedByCarrier),
    code("188", S::CollectedByCarrier),
    code("214", S::CollectedByCarrier),
    code("41", S::CollectedByCarrier),
    code("46", S::CollectedByCarrier),
    code("633", S::CollectedByCarrier),
    code("651", S::CollectedByCarrier),
    code("656", S::CollectedByCarrier),
    code("700", S::CollectedByCarrier),
    code("701", S::CollectedByCarrier),
    code("850", S::CollectedByCarrier),
    code("851", S::CollectedByCarrier),
    code("950", S::CollectedByCarrier),
    code("131", S::CarrierUnableToCollect),
    code("30", S::DepartedHub),
    code("36", S::DepartedHub),
    code("10", S::DepartedHub),
    code("105", S::DepartedHub),
    code("136", S::DepartedHub),
    code("186", S::DepartedHub),
    code("190", S::DepartedHub),
    code("302", S::DepartedHub),
    code("304", S::DepartedHub),
    code("405", S::DepartedHub),
    code("407", S::DepartedHub),
    code("570", S::DepartedHub),
    code("64", S::DepartedHub),
    code("86", S::DepartedHub),
    code("88", S::DepartedHub),
    code("930", S::DepartedHub),
    code("96", S::DepartedHub),
    code("202", S::DepartedHub),
    code("830", S::DepartedHub),
    code("31", S::ArrivedAtHub),
    code("11", S::ArrivedAtHub),
    code("106", S::ArrivedAtHub),
    code("137", S::ArrivedAtHub),
    code("187", S::ArrivedAtHub),
    code("406", S::ArrivedAtHub),
    code("43", S::ArrivedAtHub),
    code("571", S::ArrivedAtHub),
    code("65", S::ArrivedAtHub),
    code("87", S::ArrivedAtHub),
    code("89", S::ArrivedAtHub),
    code("831", S::ArrivedAtHub),
    code("843", S::ArrivedAtHub),
    code("931", S::ArrivedAtHub),
    code("147", S::InTransit),
    code("189", S::InTransit),
    code("208", S::InTransit),
    code("3036", S::InTransit),
    code("643", S::InTransit),
    code("649", S::InTransit),
    code("847", S::InTransit),
    code("921", S::InTransit),
    // On the way to a store or a locker, and taken out of it again.
    code("123", S::InTransit),
    code("126", S::InTransit),
    code("626", S::CarrierChanged),
    code("627", S::CarrierChanged),
    code("932", S::CarrierChanged),
    code("66", S::Delayed),
    code("77", S::Delayed),
    code("833", S::HeldByCarrier),
    code("72", S::ShipmentIssue),
    code("611", S::ShipmentIssue),
    code("934", S::ShipmentIssue),
    code("99", S::DeliveryAddressChanged),
    code("605", S::ArrivedAtDestinationCountry),
    code("604", S::AtCustoms),
    code("612", S::AtCustoms),
    code("16", S::AtCustoms),
    why("17", S::HeldAtCustoms, R::CustomsInspection),
    why("15", S::HeldAtCustoms, R::CustomsInspection),
    why("18", S::HeldAtCustoms, R::CustomsInspection),
    why("619", S::HeldAtCustoms, R::CustomsInspection),
    why("620", S::HeldAtCustoms, R::CustomsInspection),
    why("621", S::HeldAtCustoms, R::CustomsInspection),
    code("614", S::HeldAtCustoms),
    why("613", S::CustomsChargesDue, R::DutyDue),
    code("14", S::ClearedThroughCustoms),
    code("606", S::ClearedThroughCustoms),
    code("623", S::ClearedThroughCustoms),
    code("34", S::OutForDelivery),
    code("44", S::OutForDelivery),
    code("47", S::OutForDelivery),
    code("122", S::OutForDelivery),
    code("204", S::OutForDelivery),
    code("211", S::OutForDelivery),
    code("212", S::OutForDelivery),
    code("630", S::OutForDelivery),
    code("634", S::OutForDelivery),
    code("676", S::OutForDelivery),
    code("677", S::OutForDelivery),
    code("844", S::OutForDelivery),
    code("880", S::OutForDelivery),
    code("933", S::OutForDelivery),
    code("33", S::DeliveryFailed),
    code("70", S::DeliveryFailed),
    code("125", S::ReadyForCollection),
    code("130", S::ReadyForCollection),
    code("642", S::ReadyForCollection),
    code("657", S::ReadyForCollection),
    code("678", S::ReadyForCollection),
    code("128", S::CollectedByShopper),
    code("658", S::CollectedByShopper),
    code("679", S::CollectedByShopper),
    code("80", S::Delivered),
    code("97", S::Delivered),
    code("935", S::Delivered),
    code("8000", S::ProofOfDeliveryAvailable),
    code("631", S::ReturningToSender),
    code("648", S::ReturningToSender),
    code("215", S::ReturnedToSender),
    code("660", S::ReturnedToSender),
    code("84", S::ForInformation),
    code("75", S::ForInformation),
    code("135", S::ForInformation),
    code("140", S::ForInformation),
    code("900", S::ForInformation),
    code("151", S::ForInformation),
    code("152", S::ForInformation),
];

const PHRASES: &[Phrase] = &[
    says("sf has picked up|picked up the shipment|shipment has been picked up", S::CollectedByCarrier),
    says("loaded and ready|is ready to be sent|is ready to depart|vehicle has departed", S::DepartedHub),
    says("out for delivery|is being delivered", S::OutForDelivery),
    says("shipment*has been signed|has been signed for|signed by", S::Delivered),
];

const SCAN: Scan = Scan {
    code: &["opCode", "opcode"],
    words: &["remark"],
    at: &["acceptTime", "accept_time"],
    place: &["acceptAddress", "accept_address"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for SfExpress {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = opened(tree::of(payload)?);
        let mut parcels: Vec<ParcelReading> = replies(&tree).into_iter().map(|r| parcel(r.say("mailNo"), routes_of(r), payload)).collect();
        for row in pushed(&tree) {
            parcels.push(parcel(row.say("mailNo"), vec![row], payload));
        }
        let complaint = complaint(&tree);
        // No routes yet: all is well, and the body is empty.
        let is_well = |r: &&Value| r.say("Head").is_some_and(|h| h == "OK") && r.say("service").is_some_and(|s| s.contains("Route"));
        let is_empty =
            ["routeResps", "RouteResponse"].iter().any(|name| !tree.owners(name).is_empty()) || tree.owners("Head").iter().any(is_well);
        reply::or_rows(reply::of(parcels, complaint, is_empty, "SF"), payload, &CARD, PHRASES)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("RouteResponse").is_some() || root.find("WaybillRoute").is_some() => 96,
            Shape::Xml(root) if root.attribute("service").is_some_and(|s| s.contains("Route")) && root.at("Head").is_some() => 92,
            Shape::Json(tree) if tree.knows("apiResultCode") || tree.knows("apiResultData") => 90,
            Shape::Json(tree) if !pushed(tree).is_empty() || !tree.owners("routeResps").is_empty() => 95,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("SF")?;
        (digits.len() == 13 && digits.bytes().all(|b| b.is_ascii_digit())).then_some((85, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.sf-express.com/we/ow/chn/en/waybill/waybill-detail/{number}"))
    }
}

/// The platform puts its result as text into its envelope.
fn opened(tree: Value) -> Value {
    let inner = tree.say("apiResultData").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    inner.filter(Value::is_object).unwrap_or(tree)
}

fn replies(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("mailNo") && tree::field(v, &["Route", "routes"]).is_some_and(|r| !r.is_string()))
}

fn routes_of(reply: &Value) -> Vec<&Value> {
    let named = reply.list("Route");
    if named.is_empty() { reply.list("routes") } else { named }
}

fn pushed(tree: &Value) -> Vec<&Value> {
    tree.find("WaybillRoute").into_iter().filter(|row| row.knows("mailNo")).collect()
}

fn parcel(number: Option<String>, rows: Vec<&Value>, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| route(row, payload)).collect();
    place::settle(&mut events);
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}

/// One code says that it goes back or to another address: the remark says which. The newer platform names a status beside it.
fn route(row: &Value, payload: &Payload) -> Option<TrackingEvent> {
    let mut event = SCAN.event(row, &CARD, payload)?;
    let code = event.carrier_code.as_deref().unwrap_or_default();
    if matches!(code, "99" | "648") {
        let (back, onward) = (event.description.contains('退'), event.description.contains("转寄"));
        event.state = match (back, onward) {
            (true, false) => S::ReturningToSender,
            (false, true) => S::DeliveryAddressChanged,
            _ => event.state,
        };
    }
    if event.state == S::Unknown
        && let Some(status) = row.first(&["secondaryStatusName", "firstStatusName"])
    {
        (event.state, event.reason) = scan::understand(&status, SCAN.phrases).unwrap_or((S::Unknown, None));
    }
    Some(event)
}

fn complaint(tree: &Value) -> Option<String> {
    let failed = tree.say("success").is_some_and(|s| s == "false") || tree.first(&["apiResultCode"]).is_some_and(|c| c != "A1000");
    let in_json = tree.first(&["errorMsg", "apiErrorMsg", "errorCode", "apiResultCode"]).filter(|_| failed);
    let in_xml = || {
        tree.owners("Head")
            .into_iter()
            .filter(|r| r.say("Head").is_some_and(|h| h == "ERR"))
            .find_map(|r| r.first(&["ERROR", "ERROR.code"]))
    };
    in_json.or_else(in_xml)
}
