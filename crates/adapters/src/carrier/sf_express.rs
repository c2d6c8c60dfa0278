//! SF Express: routes as XML (`RouteResponse`), as JSON of the newer platform (where the result is text that holds JSON),
//! and as the push of routes (`WaybillRoute`). An operation code of up to four digits, a remark (Chinese, or English
//! abroad), the place, and a Chinese clock without an offset. The codes
//! were not checked against the platform's own list; where one is missing, the remark decides.
//!
//! Names of fields and codes could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    phrase::{Phrase, says},
    place, reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: SfExpress = SfExpress;
pub struct SfExpress;

static CARD: Card = Card { id: "sf_express", name: "SF Express", zone: "Asia/Shanghai", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("50", S::CollectedByCarrier),
    code("54", S::CollectedByCarrier),
    code("30", S::DepartedHub),
    code("36", S::DepartedHub),
    code("31", S::ArrivedAtHub),
    code("44", S::OutForDelivery),
    code("204", S::OutForDelivery),
    code("47", S::OutForDelivery),
    code("33", S::DeliveryFailed),
    code("70", S::DeliveryFailed),
    code("125", S::ReadyForCollection),
    code("657", S::ReadyForCollection),
    code("130", S::CollectedByShopper),
    code("658", S::CollectedByShopper),
    code("80", S::Delivered),
    code("8000", S::ProofOfDeliveryAvailable),
    code("99", S::ReturningToSender),
    code("631", S::ReturningToSender),
    code("648", S::ReturningToSender),
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
        reply::or_rows(
            reply::of(parcels, complaint, !tree.owners("routeResps").is_empty() || !tree.owners("RouteResponse").is_empty(), "SF"),
            payload,
            &CARD,
            PHRASES,
        )
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
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    place::settle(&mut events);
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
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
