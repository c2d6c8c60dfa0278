//! bpost: the item's tracking information of the business service (XML: states with code, description and time), and the
//! public page's JSON (items with events, whose descriptions stand under their language). Clocks are Belgian without an
//! offset, on the page as day and clock in two fields. State codes are not published: the words decide, in four languages.
//! bpost describes the service on a page and in its Shipping Manager manual (2012); of their replies we saw no full description, so the
//! names of fields are taken in several spellings.

use serde_json::Value;
use whereabouts_domain::{Location, State as S, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    checksum,
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, dutch::DUTCH, french::FRENCH, says},
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: Bpost = Bpost;
pub struct Bpost;

static CARD: Card = Card { id: "bpost", name: "bpost", zone: "Europe/Brussels", aggregator: false, codes: &[] };

/// The page's English.
const PHRASES: &[Phrase] = &[
    says("announced to bpost|prepared by*sender|item announced|confirmation of preparation", S::Dispatched),
    says("handed over to bpost|received by bpost|item received by|parcel received", S::CollectedByCarrier),
    says("presented to customs|customs clearance", S::AtCustoms),
    says("departure from the country of origin|left the country of origin", S::DepartedOriginCountry),
    says("presented*absent|item presented|recipient absent", S::DeliveryFailed),
    says("not been picked up|not been collected|not picked up|not collected", S::FailedToCollect),
    says("be collected|be picked up", S::ReadyForCollection),
    says("picked up from*sender|collected from*sender|collected*by bpost|collected*by carrier|collected*by courier", S::CollectedByCarrier),
    says("arrival at*pick up point|available in*pick up point|available*post office|ready for pick up", S::ReadyForCollection),
    says("item is sorted|parcel sorted|sorted", S::ArrivedAtHub),
    says("postman*on*way|on the round|delivery round|distribution round", S::OutForDelivery),
    says("picked up by*addressee|item picked up|withdrawn at|collected at", S::CollectedByShopper),
];

const STATE: Scan = Scan {
    code: &["stateCode", "stateId", "code"],
    words: &["stateDescription", "description"],
    at: &["time", "stateTime", "stateDate", "dateTime", "timestamp"],
    place: &["location", "stateLocation"],
    phrases: &[PHRASES, FRENCH, DUTCH],
    words_may_speak: true,
    ..Scan::BARE
};
const EVENT: Scan = Scan {
    code: &["eventCode", "code"],
    words: &["key.EN.description", "key.FR.description", "key.NL.description", "key.DE.description", "description"],
    at: &[],
    day: &["date"],
    clock: &["time"],
    city: &["location.locationName"],
    postcode: &["location.postCode"],
    country: &["location.countryCode"],
    ..STATE
};

impl Carrier for Bpost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(DUTCH)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let mut parcels: Vec<ParcelReading> = items(&tree).into_iter().map(|i| item(i, payload)).collect();
        parcels.extend(informed(&tree).into_iter().map(|i| information(i, payload)));
        let complaint = tree.first(&["error", "errors", "message"]);
        let complaint = complaint.or_else(|| {
            ["error", "invalidSelection"]
                .iter()
                .find_map(|name| tree.find(name).into_iter().find_map(|e| e.first(&["message", "error", ""])))
        });
        let is_empty = tree.carries_list("items") || !tree.owners("trackingInfo").is_empty();
        reply::or_rows(reply::of(parcels, complaint, is_empty, "bpost"), payload, &CARD, DUTCH)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("trackingInfo").is_some() || root.find("stateDescription").is_some() => 90,
            Shape::Json(tree) if items(tree).iter().any(|i| i.list("events").iter().any(|e| e.knows("key"))) => 95,
            Shape::Json(tree) if tree.say("error").is_some_and(|e| e == "NO_DATA_FOUND") => 75,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        if number.len() == 24 && number.starts_with("3232") && number.bytes().all(|b| b.is_ascii_digit()) {
            return Some((85, false));
        }
        (checksum::s10_country(number) == Some("BE")).then_some((85, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://track.bpost.cloud/btr/web/#/search?itemCode={number}"))
    }
}

fn items(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("itemCode") && v.carries_list("events"))
}

fn item(told: &Value, payload: &Payload) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("events").into_iter().filter_map(|row| EVENT.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    ParcelReading {
        tracking_number: told.say("itemCode"),
        service: told.say("productCategory"),
        estimated_delivery: told.branch("expectedDeliveryTimeRange").and_then(|range| expected(range, payload)),
        events,
        ..ParcelReading::default()
    }
}

fn expected(range: &Value, payload: &Payload) -> Option<Window> {
    let rule = ZoneRule::of(payload.zone, CARD.zone).at("BE", None, None);
    let (from, until) = (range.say("time1"), range.say("time2"));
    Some(clock::window_on(&range.say("day")?, from.as_deref(), until.as_deref(), DateOrder::DayFirst, &rule))
}

/// What holds states: a list of them, or the newest alone.
fn informed(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| !states(v).is_empty())
}

fn states(told: &Value) -> Vec<&Value> {
    let is_state =
        |v: &&Value| v.is_object() && (v.knows("stateDescription") || v.knows("stateCode")) && STATE.at.iter().any(|at| v.knows(at));
    let named = ["stateInfo", "state", "states"].into_iter().flat_map(|name| told.list(name));
    let found: Vec<&Value> = named.flat_map(|v| if is_state(&v) { vec![v] } else { tree::items(v) }).filter(is_state).collect();
    if found.is_empty() && is_state(&told) { vec![told] } else { found }
}

fn information(told: &Value, payload: &Payload) -> ParcelReading {
    let number = told.first(&["itemCode", "barcode", "itemId", "trackingNumber"]);
    let mut events: Vec<TrackingEvent> = states(told).into_iter().filter_map(|row| STATE.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    events.iter_mut().filter(|e| e.location.text.is_none()).for_each(|e| e.location = Location::default());
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}
