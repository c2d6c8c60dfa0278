//! eShipper (Canada, speaks for many carriers): the tracking reply, a list of shipments with flags and events. An event
//! may wrap the carrier's own, which has a code and a clock of its own.

use serde_json::Value;
use whereabouts_domain::{State, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, place, reply,
    timeline::{self, Habit, oldest_first},
    tree::Tree,
    underneath,
};

pub static CARRIER: EShipper = EShipper;
pub struct EShipper;

static CARD: Card = Card { id: "eshipper", name: "eShipper", zone: "America/Toronto", aggregator: true, codes: &[] };

/// What the flags mean, from the furthest back.
const FLAGS: &[(&str, State)] = &[
    ("shipmentStatus.delivered", State::Delivered),
    ("shipmentStatus.exception", State::ShipmentIssue),
    ("shipmentStatus.inTransit", State::InTransit),
    ("shipmentStatus.reachedAtWarehouse", State::ArrivedAtHub),
    ("shipmentStatus.labelGenerated", State::Dispatched),
];

impl Carrier for EShipper {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = body.list("").into_iter().filter(|s| is_shipment(s)).map(|s| parcel(s, &rule)).collect();
        let complaint = body.first(&["thirdPartyMessage", "message", "fieldErrors.message", "code"]);
        let complaint = complaint.filter(|_| body.knows("fieldErrors") || body.knows("thirdPartyMessage") || body.knows("message"));
        reply::of(parcels, complaint, body.as_array().is_some_and(Vec::is_empty), CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |s: &&Value| {
            is_shipment(s) && (s.knows("shipmentStatus.labelGenerated") || s.knows("event.originalEvent") || s.knows("carrierService"))
        };
        if body.list("").iter().any(is_own) {
            return 94;
        }
        if body.carries("thirdPartyMessage") && body.carries("fieldErrors") { 88 } else { 0 }
    }
}

fn is_shipment(told: &Value) -> bool {
    told.knows("trackingNumber") && (told.knows("shipmentStatus") || told.knows("event") || told.knows("carrierName"))
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let carrier = told.say("carrierName").map(|named| underneath::carrier_id(&named)).unwrap_or_default();
    let rule = underneath::rule_of(&carrier, rule);
    let mut events: Vec<TrackingEvent> = told.list("event").into_iter().map(|e| event(e, &carrier, &rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let words = told.say("currentStatus").unwrap_or_default();
    let flagged = FLAGS.iter().find(|(path, _)| told.say(path).is_some_and(|f| f.eq_ignore_ascii_case("true"))).map(|(_, s)| (*s, None));
    let (state, reason) = phrase::weigh(flagged, &words, &[]);
    let mut summary = TrackingEvent::new("", carrier.clone(), state);
    (summary.reason, summary.description) = (reason, words);
    let expected = told.say("expectedDeliveryDate").and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    ParcelReading {
        tracking_number: told.say("trackingNumber"),
        summary: Some(summary).filter(|s| s.state != State::Unknown).and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: expected.map(|m| Window { start: None, end: Some(m.local.date().to_string()) }),
        service: told.say("carrierService"),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, carrier: &str, rule: &ZoneRule) -> TrackingEvent {
    let words = told.first(&["description", "originalEvent.name"]).unwrap_or_default();
    let code = told.first(&["originalEvent.identifier", "originalEvent.name"]);
    let own = super::by_id(carrier).map(Carrier::card).zip(code.as_deref()).and_then(|(card, c)| card.look_up(c));
    let (state, reason) = phrase::weigh(own.map(|c| (c.state, c.reason)), &words, &[]);
    let mut event = TrackingEvent::new("", carrier, state);
    (event.reason, event.carrier_code, event.description) = (reason, code, words);
    event.location = told.first(&["location", "originalEvent.eventLocation"]).map(|l| place::of_line(&l)).unwrap_or_default();
    event.location.postcode = event.location.postcode.take().or_else(|| told.say("postalCode"));
    let rule = place::rule_at(rule, &event.location);
    let read = |path: &str| told.say(path).and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    event.moment = read("dateTime").or_else(|| read("originalEvent.eventDate"));
    event
}
