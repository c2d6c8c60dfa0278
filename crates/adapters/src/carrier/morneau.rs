//! Morneau (Groupe Morneau, Canada, freight): the order tracking reply. Statuses are told in French and English at once:
//! `RAMASSE / PICKED UP`. Clocks have no offset.

use serde_json::Value;
use whereabouts_domain::{Location, State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says},
    place, reply,
    timeline::{Habit, oldest_first},
    tree::Tree,
};

pub static CARRIER: Morneau = Morneau;
pub struct Morneau;

static CARD: Card = Card { id: "morneau", name: "Morneau", zone: "America/Toronto", aggregator: false, codes: CODES };

/// Seen beside their words; the words tell the others.
const CODES: &[Code] = &[code("AVAIL", Dispatched), code("PICKD", CollectedByCarrier)];

const PHRASES: &[Phrase] = &[
    says("pick up disponible|pick up available", Dispatched),
    says("delivery*appointment|rendez vous", DeliveryScheduled),
    says("livree.|livre.|delivered", Delivered),
    says("en livraison|out for delivery", OutForDelivery),
    says("ramasse|picked up", CollectedByCarrier),
    says("au terminal|at terminal|docked", ArrivedAtHub),
    says("en transit|in transit", InTransit),
    says("annule|cancel", Cancelled),
];

impl Carrier for Morneau {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let orders = body.find("OrderTracking").into_iter().filter(|o| o.is_object());
        let parcels = orders.map(|o| parcel(o, &rule)).collect();
        let complaint = body.first(&["Message.ErrorMessage", "Message.Message", "Message.Code", "Message"]);
        reply::of(parcels, complaint, false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if body.knows("OrderTracking.BillId") || body.knows("OrderTracking.History") {
            return 96;
        }
        let code = body.say("Message.Code").unwrap_or_default();
        if body.knows("Message.HttpStatusCode") && (code.starts_with("OrderTracking") || code.starts_with("Tracking")) { 92 } else { 0 }
    }
}

fn parcel(order: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = order.list("History").into_iter().map(|h| event(h, rule)).collect();
    oldest_first(&mut events, Habit::OldestFirst);
    ParcelReading { tracking_number: order.first(&["BillId", "BillNumber"]), events, ..ParcelReading::default() }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["Status", "StatusDescription"]).unwrap_or_default();
    let mut event = CARD.event_in_words(told.say("StatusCode"), words, PHRASES);
    let is_final = told.say("IsFinalDeliveryStatus").is_some_and(|f| f.eq_ignore_ascii_case("true"));
    if is_final && event.state == Unknown {
        event.state = Delivered;
    }
    event.location = somewhere(told.say("Zone"));
    event.moment = told.say("DateTime").and_then(|t| clock::read(&t, DateOrder::DayFirst, &place::rule_at(rule, &event.location)));
    event
}

/// `SEPT ILES, QC`, or a terminal's name.
fn somewhere(zone: Option<String>) -> Location {
    let mut found = zone.map(|z| place::of_line(&z)).unwrap_or_default();
    if found.country.is_none() && found.region.is_some() {
        found.country = Some(if found.region.as_deref().is_some_and(place::is_state) { "US" } else { "CA" }.into());
    }
    found
}
