//! Australia Post and StarTrack: "Track items" of the Shipping and Tracking APIs (developer centre; a sample of the same
//! reply stands in a reseller's API guide, 2022), and the older "Query track events" of the same house. Events have words and no code; the article's status is a word, too.
//!
//! Quirks: newer replies tell the offset with the clock, older ones don't, and then the state behind the suburb does:
//! `CHULLORA NSW`. A number that is not known is an entry with errors beside the others.

use serde_json::Value;
use whereabouts_domain::{Location, Private, State, State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    checksum,
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says, says_why},
    place, reply,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: AustraliaPost = AustraliaPost;
pub struct AustraliaPost;

static CARD: Card = Card { id: "australiapost", name: "Australia Post", zone: "Australia/Sydney", aggregator: false, codes: CODES };

/// The statuses of an article and of a consignment.
const CODES: &[Code] = &[
    code("Created", Registered),
    code("Sealed", Dispatched),
    code("Initiated", Dispatched),
    code("In transit", InTransit),
    code("On Board for Delivery", OutForDelivery),
    code("Onboard for delivery", OutForDelivery),
    code("Awaiting collection", ReadyForCollection),
    code("Ready for Pickup", ReadyForCollection),
    code("Possible delay", Delayed),
    code("Held by courier", HeldByCarrier),
    code("Unsuccessful Delivery", DeliveryFailed),
    code("To be Re-Delivered", DeliveryRescheduled),
    code("Cannot be delivered", DeliveryFailed),
    why("Article damaged", State::Damaged, whereabouts_domain::Reason::Damaged),
    code("Cancelled", Cancelled),
    code("Delivered", Delivered),
    code("Delivered in Full", Delivered),
    code("Returned to sender", ReturnedToSender),
];

const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says_why("requested by receiver|requested by the receiver|preference", ForInformation, RequestedByShopper),
        says("delivery partner notified|notified by merchant", ForInformation),
        says("shipping information|shipment information|manifest|label created|pick up arranged|lodgement", Dispatched),
        says("with australia post for delivery|onboard for delivery|on board for delivery|onboard with driver", OutForDelivery),
        says(
            "awaiting collection|ready for pickup|ready to be collected|delivered to parcel locker|delivered to parcel collect",
            ReadyForCollection,
        ),
        says_why("card left|attempted delivery|unable to deliver*card", DeliveryFailedCardLeft, NobodyHome),
        says("unsuccessful delivery|delivery unsuccessful", DeliveryFailed),
        says("to be re delivered|redelivery", DeliveryRescheduled),
        says("return to sender|returning to sender|being returned", ReturningToSender),
        says("in transit to next facility|in transit to|transferred", InTransit),
        says("processed through|item processed|processed at|processed by", ArrivedAtHub),
        says("received by australia post|lodged at|received and ready for processing|picked up|accepted", CollectedByCarrier),
        says("possible delay|delayed", Delayed),
        says("collected from sender|collected from merchant", CollectedByCarrier),
        says("collected*by courier|collected*by driver|collected*by carrier", CollectedByCarrier),
        says("collected", CollectedByShopper),
    ]
};

impl Carrier for AustraliaPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels = Vec::new();
        for result in results(&tree) {
            let held = articles(result);
            parcels.extend(held.iter().map(|a| article(a, result, &rule)));
            if held.is_empty() {
                parcels
                    .push(reply::fault(result.say("tracking_id"), complaint(result).unwrap_or_else(|| "nothing is told about it".into())));
            }
        }
        let is_empty = !tree.owners("tracking_results").is_empty() || !tree.owners("QueryTrackEventsResponse").is_empty();
        reply::of(parcels, complaint(&tree), is_empty, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        match shape {
            // Spelt exactly so: Aramex has `TrackingResults`.
            Shape::Json(tree) if tree.get("tracking_results").is_some() => 96,
            Shape::Json(tree) if !tree.owners("trackable_items").is_empty() || tree.knows("QueryTrackEventsResponse") => 94,
            Shape::Json(tree) if tree.knows("errors.name") && tree.say("errors.code").is_some_and(|c| c.starts_with("ESB-")) => 85,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (checksum::s10_country(number) == Some("AU")).then_some((95, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://auspost.com.au/mypost/track/#/details/{number}"))
    }
}

fn results(tree: &Value) -> Vec<&Value> {
    let found = ["tracking_results", "TrackingResult"].iter().map(|name| tree.find(name)).find(|found| !found.is_empty());
    found.unwrap_or_else(|| tree.owners("trackable_items"))
}

/// Articles stand in the result, or in its consignment.
fn articles(result: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = Vec::new();
    for name in ["trackable_items", "consignment", "items", "articles", "ArticleDetails"] {
        for holder in result.find(name) {
            // What holds articles of its own is told by them.
            if !holder.list("items").is_empty() && holder.list("events").is_empty() {
                continue;
            }
            let is_article = holder.knows("article_id") || tree::field(holder, &["events"]).is_some() || holder.knows("consignment_id");
            if is_article && !found.iter().any(|f| std::ptr::eq(*f, holder)) {
                found.push(holder);
            }
        }
    }
    if found.is_empty() && tree::field(result, &["events"]).is_some() {
        found.push(result);
    }
    found
}

fn article(told: &Value, result: &Value, rule: &ZoneRule) -> ParcelReading {
    let rows = ["events.event", "events"].iter().map(|path| told.list(path)).find(|rows| !rows.is_empty()).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = rows.into_iter().map(|e| event(e, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let status = told.first(&["status"]).or_else(|| result.say("status"));
    let summary = status.map(|s| CARD.event(Some(s.clone()), s, &[])).filter(|s| !matches!(s.state, Unknown | Registered));
    ParcelReading {
        tracking_number: told.first(&["article_id", "consignment_id", "tracking_id"]).or_else(|| result.say("tracking_id")),
        summary: summary.and_then(|s| timeline::worth_telling(s, &events)),
        fault: complaint(told).filter(|_| events.is_empty()),
        events,
        service: told.say("product_type"),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["description", "event_description", "eventDescription", "status"]).unwrap_or_default();
    let mut event = CARD.event_in_words(told.first(&["code", "event_code", "eventCode"]), words, PHRASES);
    event.location = told.say("location").map(|l| suburb(&l)).unwrap_or_default();
    let rule = place::rule_at(rule, &event.location);
    let at = told.first(&["date", "date_time", "event_date_time", "localeDateTime"]);
    event.moment = at.and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
    event.signed_by = told.first(&["signer_name"]).filter(|_| event.state.is_delivered()).map(Private::new);
    event
}

/// `CHULLORA NSW`, `Ballina, NSW`: a state at the end is Australia's.
fn suburb(line: &str) -> Location {
    const STATES: &str = "NSW VIC QLD SA WA TAS NT ACT";
    let mut found = Location::text(line);
    if let Some((town, state)) = line.trim().rsplit_once([' ', ','])
        && STATES.split(' ').any(|s| s.eq_ignore_ascii_case(state.trim()))
    {
        found.city = Some(town.trim_matches([',', ' ']).to_string());
        found.region = Some(state.trim().to_ascii_uppercase());
        found.country = Some("AU".into());
    }
    found
}

fn complaint(told: &Value) -> Option<String> {
    let error = ["errors", "BusinessException"].iter().find_map(|name| told.list(name).into_iter().next())?;
    error.first(&["message", "name", "description", "code", ""])
}
