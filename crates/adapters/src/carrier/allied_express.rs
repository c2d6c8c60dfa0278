//! Allied Express (Australia): the shipment status service, its SOAP reply as XML or as a gateway's JSON. A status has no
//! code, only words; the barcode tells the piece.

use serde_json::Value;
use whereabouts_domain::{Location, State::*, TrackingEvent};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says},
    reply,
    tree::{self, Tree},
};

pub static CARRIER: AlliedExpress = AlliedExpress;
pub struct AlliedExpress;

static CARD: Card = Card { id: "allied_express", name: "Allied Express", zone: "Australia/Sydney", aggregator: false, codes: &[] };

/// It says "freight" where others say parcel.
const PHRASES: &[Phrase] = &[
    says("freight*not*delivered|freight could not be delivered|freight delivery failed", DeliveryFailed),
    says("freight*returned to sender|freight*return to sender", ReturningToSender),
    says("freight has been delivered|freight delivered", Delivered),
    says("freight*onboard|freight*on board|freight*loaded for delivery|freight*out for delivery", OutForDelivery),
    says("freight has been picked up|freight picked up|freight collected|freight has been collected", CollectedByCarrier),
    says("freight*arrived|freight*received at|freight scanned", ArrivedAtHub),
    says("freight*departed|freight*left", DepartedHub),
    says("freight*in transit|freight*linehaul", InTransit),
];

impl Carrier for AlliedExpress {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = tree.owners("consignmentNote").into_iter().filter(|s| s.is_object()).map(|s| parcel(s, &rule)).collect();
        let complaint = ["statusError", "faultstring"].iter().flat_map(|name| tree.find(name)).find_map(tree::plain);
        let is_empty = !tree.find("getShipmentsStatusResponse").is_empty();
        reply::of(parcels, complaint, is_empty, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let tree = match shape {
            Shape::Xml(root) => &tree::of_xml(root),
            Shape::Json(tree) => tree,
            Shape::Other => return 0,
        };
        let has = |name: &str| !tree.owners(name).is_empty();
        if has("getShipmentsStatusResponse") || (has("consignmentNote") && has("scannedBarcode")) { 96 } else { 0 }
    }
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let number = told.say("consignmentNote");
    let words = told.first(&["scannedStatus", "status"]).unwrap_or_default();
    let mut event: TrackingEvent = CARD.event(None, words, PHRASES);
    // The reply itself spells the name with three n.
    let at = told.first(&["scannnedTimestamp", "scannedTimestamp"]);
    event.moment = at.and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    event.location = told.say("depotLocation").map(Location::text).unwrap_or_default();
    event.parcel = told.say("scannedBarcode").filter(|piece| Some(piece) != number.as_ref());
    ParcelReading { tracking_number: number, events: vec![event], ..ParcelReading::default() }
}
