//! Asendia USA: milestones and details of its tracking API, newest first. No full description was found: the names of the
//! fields are few, and any row of time and words is read where they are not there.

use serde_json::Value;
use whereabouts_domain::{State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    place, spoken,
    timeline::{self, Habit, oldest_first},
    tree::Tree,
};

pub static CARRIER: AsendiaUs = AsendiaUs;
pub struct AsendiaUs;

static CARD: Card = Card { id: "asendia_us", name: "Asendia USA", zone: "America/New_York", aggregator: false, codes: CODES };

/// The milestones, by their words.
const CODES: &[Code] = &[
    code("Delivered", Delivered),
    code("Transit", InTransit),
    code("Out", OutForDelivery),
    code("Hold", HeldByCarrier),
    code("Failed", DeliveryFailed),
];

const LISTS: [&str; 2] = ["trackingDetailEvents", "trackingMilestoneEvents"];

impl Carrier for AsendiaUs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let Ok(body) = payload.json() else { return spoken::read(payload, &CARD, &[]) };
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels: Vec<ParcelReading> = owners(&body).into_iter().map(|o| parcel(o, &rule)).collect();
        if parcels.is_empty() { spoken::read(payload, &CARD, &[]) } else { Ok(Reading { parcels: timeline::one_per_number(parcels) }) }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if owners(body).is_empty() { 0 } else { 95 }
    }
}

fn owners(body: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = Vec::new();
    for owner in LISTS.iter().flat_map(|name| body.owners(name)) {
        if !found.iter().any(|f| std::ptr::eq(*f, owner)) {
            found.push(owner);
        }
    }
    found
}

/// The details say what the milestones do, and more.
fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let rows = LISTS.iter().map(|name| told.list(name)).find(|rows| !rows.is_empty()).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter(|r| r.is_object()).map(|r| event(r, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let number = told.first(&["trackingNumberVendor", "trackingNumber", "packageId", "trackingNumberProcessor"]);
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["eventDescription", "description", "eventName", "status"]).unwrap_or_default();
    let mut event = CARD.event_in_words(told.first(&["eventCode", "code"]), words, &[]);
    event.location = match told.branch("eventLocationDetails").or_else(|| told.branch("eventLocation")).filter(|l| l.is_object()) {
        Some(l) => place::of(
            l.say("city"),
            l.first(&["province", "state"]),
            l.first(&["postalCode", "zip"]),
            l.first(&["countryIso2", "country", "countryName"]),
        ),
        None => told.first(&["eventLocation", "location"]).map(|l| place::of_line(&l)).unwrap_or_default(),
    };
    let at = told.first(&["eventOn", "eventDate", "eventDateTime", "timestamp", "date"]);
    event.moment = at.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &place::rule_at(rule, &event.location)));
    event
}
