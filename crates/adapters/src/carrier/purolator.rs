//! Purolator (Canada): the SOAP tracking service, by PIN or by reference, and the same as JSON.
//!
//! Quirks: most scans are of type `Other`, and only their words tell; day and time are two fields of digits, on the clock
//! of the depot, whose name ends with the province (`PQ` is Quebec).

use serde_json::Value;
use whereabouts_domain::{
    Location, Private,
    Reason::*,
    State::{self, *},
    TrackingEvent,
};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    checksum,
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says, says_why},
    place,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: Purolator = Purolator;
pub struct Purolator;

static CARD: Card = Card { id: "purolator", name: "Purolator", zone: "America/Toronto", aggregator: false, codes: CODES };

/// The scan types of the tracking service's schema; `Other` is none.
const CODES: &[Code] = &[
    code("Delivery", Delivered),
    code("DeliveryScan", Delivered),
    code("Undeliverable", DeliveryFailed),
    code("UndeliverableScan", DeliveryFailed),
    code("OnDelivery", OutForDelivery),
    code("OnDeliveryScan", OutForDelivery),
    code("ProofOfPickUp", CollectedByCarrier),
    code("ProofOfPickUpScan", CollectedByCarrier),
];

const PHRASES: &[Phrase] = &[
    says("new tracking number assigned", ForInformation),
    says("^shipment created|shipping label created|electronic data received", Dispatched),
    says("on vehicle for delivery|on delivery", OutForDelivery),
    says_why("attempted delivery*customer closed|business closed", DeliveryAttempted, BusinessClosed),
    says("available at*counter|available at*pick|held*for pick|hold for pick|available for pick", ReadyForCollection),
    says("attempted delivery", DeliveryAttempted),
    says_why("refused", DeliveryRefused, Refused),
    says_why("redirect|rerout|re routed", DeliveryAddressChanged, RequestedByShopper),
    says("arrived at*depot|arrived at*sort|arrived at", ArrivedAtHub),
    says("departed*sort|departed", DepartedHub),
    says("picked up by purolator|pick up|picked up from sender", CollectedByCarrier),
];

impl Carrier for Purolator {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let told: Vec<&Value> = tree.find("TrackingInformation").into_iter().filter(|t| t.is_object()).collect();
        let mut parcels: Vec<ParcelReading> = told.into_iter().map(|t| parcel(t, &rule)).collect();
        let is_empty = parcels.iter().all(timeline::says_nothing);
        let complaints: Vec<String> =
            tree.find("Error").into_iter().filter_map(|e| e.first(&["Description", "AdditionalInformation", "Code"])).collect();
        let fault = tree.find("Fault").into_iter().find_map(|f| f.first(&["faultstring", "Reason.Text", "faultcode"]));
        if is_empty {
            return match complaints.into_iter().next().or(fault) {
                Some(why) => Err(Unreadable::error_reply(why)),
                None if tree.find("ResponseInformation").is_empty() && parcels.is_empty() => {
                    Err(Unreadable::not_understood("no Purolator tracking in it"))
                }
                None => Ok(Reading { parcels }),
            };
        }
        let known = parcels.iter().filter_map(|p| p.fault.clone()).collect::<Vec<_>>();
        let others = complaints.into_iter().filter(|c| !known.contains(c));
        parcels.extend(others.map(|why| ParcelReading { fault: Some(why), ..ParcelReading::default() }));
        Ok(Reading { parcels })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let tree = match shape {
            Shape::Xml(root) => tree::of_xml(root),
            Shape::Json(tree) => tree.clone(),
            Shape::Other => return 0,
        };
        let has = |name: &str| !tree.find(name).is_empty();
        let is_own = has("TrackPackagesByPinResponse") || has("TrackPackagesByReferenceResponse") || has("TrackingInformationList");
        if is_own && (has("PIN") || has("ResponseInformation")) {
            return 97;
        }
        let names_it = payload.body.windows(13).any(|w| w.eq_ignore_ascii_case(b"purolator.com"));
        if names_it && has("Envelope") { 85 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if number.len() == 12 && digits(number) && number.as_bytes()[0] <= b'5' {
            return checksum::luhn(number).then_some((75, true));
        }
        let letters = number.get(..3).filter(|l| l.bytes().all(|b| b.is_ascii_uppercase()))?;
        (number.len() == 12 && digits(&number[letters.len()..])).then_some((70, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| format!("https://www.purolator.com/en/shipping/tracker?searchValue={number}"))
    }
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("Scans.Scan").into_iter().map(|s| scan(s, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let fault = told.find("Error").into_iter().find_map(|e| e.first(&["Description", "AdditionalInformation", "Code"]));
    ParcelReading {
        tracking_number: told.first(&["PIN.Value", "PIN"]),
        fault: fault.filter(|_| events.is_empty()),
        events,
        ..ParcelReading::default()
    }
}

fn scan(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let words = told.say("Description").unwrap_or_default();
    let kind = told.first(&["ScanType", "type"]);
    let known = kind.as_deref().and_then(|k| CARD.look_up(k)).map(|c| c.state);
    // A parcel that could not be delivered may wait to be collected; why stands in the words or beside them.
    let aside = [
        told.say("Comment"),
        told.find("Reason").into_iter().find_map(tree::plain),
        told.find("ReasonDescription").into_iter().find_map(tree::plain),
    ];
    let all = std::iter::once(words.clone()).chain(aside.into_iter().flatten()).collect::<Vec<_>>().join(" ");
    let own = if known == Some(State::Delivered) { &[] } else { PHRASES };
    let (state, reason) = CARD.meaning(kind.as_deref(), &all, own);
    let mut event = TrackingEvent::new("", CARD.id, state);
    event.reason = reason;
    event.carrier_code = kind;
    event.description = words;
    event.location = depot(told.first(&["Depot.Name", "Depot"]));
    let rule = place::rule_at(rule, &event.location);
    event.moment = clock::read_pair(told.say("ScanDate").as_deref(), told.say("ScanTime").as_deref(), DateOrder::MonthFirst, &rule);
    let signed = told.find("DeliverySignature").into_iter().find_map(tree::plain);
    event.signed_by = signed.filter(|_| state.is_delivered()).map(Private::new);
    event
}

/// `MONTREAL SORT CTR/CTR TRIE, PQ`.
fn depot(name: Option<String>) -> Location {
    let Some(name) = name else { return Location::default() };
    let mut found = place::of_line(&name);
    let province = found.region.as_deref().map(|r| match r {
        "PQ" => "QC".to_string(),
        "NF" => "NL".to_string(),
        other => other.to_string(),
    });
    const PROVINCES: &str = "AB BC MB NB NL NS NT NU ON PE QC SK YT";
    if province.as_deref().is_some_and(|p| PROVINCES.split(' ').any(|known| known == p)) {
        (found.region, found.country) = (province, Some("CA".into()));
    }
    found
}
