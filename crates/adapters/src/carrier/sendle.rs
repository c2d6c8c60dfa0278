//! Sendle (Australia, Canada, United States): the tracking API and its webhooks. The API's reply does not repeat the number.
//!
//! Quirks: the instant of a scan is told in UTC, beside it the clock at the place, with its offset or without; `Info` says
//! nothing by itself, its words do.

use serde_json::Value;
use whereabouts_domain::{
    Location, Moment, Private,
    Reason::{self, NobodyHome, NotReadyForCollection},
    State::{self, *},
    TimeBasis, TrackingEvent, Window,
};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Phrase, says},
    place, timeline,
    tree::{self, Tree},
};

pub static CARRIER: Sendle = Sendle;
pub struct Sendle;

static CARD: Card = Card { id: "sendle", name: "Sendle", zone: "Australia/Sydney", aggregator: false, codes: CODES };

/// The tracking events of Sendle's API reference (2025), then the states of a parcel.
const CODES: &[Code] = &[
    code("Pickup Attempted", CarrierUnableToCollect),
    code("Pickup", CollectedByCarrier),
    code("Drop Off", AwaitingDropOff),
    code("Dropped Off", DroppedOff),
    code("In Transit", InTransit),
    code("Out for Delivery", OutForDelivery),
    code("Delivery Attempted", DeliveryAttempted),
    code("Delivered", State::Delivered),
    code("Local Delivery", CarrierChanged),
    why("Card Left", DeliveryFailedCardLeft, NobodyHome),
    code("Left with Agent", ReadyForCollection),
    why("Damaged", State::Damaged, Reason::Damaged),
    code("Unable to Deliver", DeliveryFailed),
    code("Expired", Cancelled),
    code("Booking", Registered),
    code("Transit", InTransit),
    code("Delivering", OutForDelivery),
    code("Cancelled", Cancelled),
    code("Canceled", Cancelled),
    why("Lost", State::Lost, Reason::Lost),
    code("Returned", ReturnedToSender),
    code("Returning", ReturningToSender),
    code("Return to Sender", ReturningToSender),
];

const PHRASES: &[Phrase] = &[
    says("loaded for delivery|onboard for delivery|on board for delivery", OutForDelivery),
    says("arrived at the depot", ArrivedAtHub),
    says("in possession of item", CollectedByCarrier),
    says("in transit between locations", InTransit),
];

impl Carrier for Sendle {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        if body.knows("sendle_reference") || body.list("").iter().any(|w| w.knows("sendle_reference")) {
            let parcels = body.list("").into_iter().map(|w| of_webhook(w, payload)).collect();
            return Ok(Reading { parcels: timeline::one_per_number(parcels) });
        }
        if body.knows("tracking_events") || body.knows("state") || tree::field(&body, &["tracking_events"]).is_some() {
            return Ok(Reading::one(of_reply(&body, payload)));
        }
        match body.first(&["error_description", "error", "messages", "message"]) {
            Some(why) => Err(Unreadable::error_reply(why)),
            None => Err(Unreadable::not_understood("no Sendle tracking in it")),
        }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if body.knows("sendle_reference") && body.knows("event_type") {
            return 97;
        }
        if tree::field(body, &["tracking_events"]).is_some() && (body.knows("state") || body.knows("scheduling")) {
            let is_own = body.knows("tracking_events.event_type") || body.knows("scheduling") || body.knows("origin.country");
            return if is_own { 96 } else { 0 };
        }
        const COMPLAINTS: &[&str] = &["not_found", "payment_required", "precondition_failed", "unprocessable_entity", "bad_request"];
        let is_error = body.say("error").is_some_and(|e| COMPLAINTS.contains(&e.as_str())) && body.knows("error_description");
        if is_error && body.as_object().is_some_and(|m| m.len() <= 3) { 70 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://track.sendle.com/tracking?ref={number}"))
    }

    /// `S` and at least five more letters and digits: weak evidence.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let has_both = number.bytes().any(|b| b.is_ascii_digit()) && number.bytes().filter(u8::is_ascii_uppercase).count() > 1;
        let form = number.starts_with('S') && (6..=8).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
        (form && has_both).then_some((40, false))
    }
}

fn of_reply(body: &Value, payload: &Payload) -> ParcelReading {
    let country = body.say("origin.country").filter(|c| body.say("destination.country").as_ref() == Some(c));
    let rule = ZoneRule::of(payload.zone, CARD.zone);
    let mut events: Vec<TrackingEvent> = body.list("tracking_events").into_iter().map(|e| event(e, country.as_deref(), &rule)).collect();
    for event in events.iter_mut().filter(|e| e.signed_by.is_none() && e.state.is_delivered()) {
        let name = event.description.split_once("signed for by ").map(|(_, name)| name.trim_end_matches('.').trim().to_string());
        event.signed_by = name.filter(|n| !n.is_empty()).map(Private::new);
    }
    let last = body.first(&["scheduling.estimated_delivery_date_maximum", "scheduling.estimated_delivery_date_minimum"]);
    let window =
        last.map(|end| Window { start: body.say("scheduling.estimated_delivery_date_minimum").filter(|d| *d != end), end: Some(end) });
    // As a state of the order, `Pickup` and `Drop Off` are still to come.
    let state = body.say("state").filter(|s| !["pickup", "drop off"].contains(&s.to_lowercase().as_str()));
    let summary = state.map(|state| {
        let mut summary = CARD.event_in_words(Some(state), body.say("status.description").unwrap_or_default(), &[]);
        summary.moment = body.say("status.last_changed_at").and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
        summary
    });
    ParcelReading {
        tracking_number: body.first(&["sendle_reference", "ref", "reference"]),
        summary: summary.filter(|s| !matches!(s.state, Registered | Unknown)).and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: window,
        ..ParcelReading::default()
    }
}

fn of_webhook(body: &Value, payload: &Payload) -> ParcelReading {
    let mut event = event(body, None, &ZoneRule::of(payload.zone, CARD.zone));
    event.source_id = body.say("event_id");
    ParcelReading { tracking_number: body.say("sendle_reference"), events: vec![event], ..ParcelReading::default() }
}

fn event(told: &Value, country: Option<&str>, rule: &ZoneRule) -> TrackingEvent {
    let mut event = CARD.event_in_words(told.say("event_type"), told.say("description").unwrap_or_default(), PHRASES);
    if let Some(why) = told.say("reason") {
        let not_ready = phrase::squash(&why).contains("not ready");
        event.reason = phrase::reason(&why).or(not_ready.then_some(NotReadyForCollection)).or(event.reason);
    }
    event.location = somewhere(told, country);
    event.moment = moment(told, &place::rule_at(rule, &event.location));
    event.signed_by = told.say("signed_by").filter(|_| event.state.is_delivered()).map(Private::new);
    event
}

fn somewhere(told: &Value, country: Option<&str>) -> Location {
    let data = |name: &str| told.say(&format!("location_data.{name}"));
    if told.knows("location_data.suburb") || told.knows("location_data.country") {
        return place::of(data("suburb"), data("state"), data("postcode"), data("country"));
    }
    let Some(line) = told.say("location") else { return Location::default() };
    let mut found = place::of_line(&line);
    found.country = found.country.or_else(|| country.map(str::to_string));
    found
}

/// The clock that is shown, with its offset; else the instant and the clock at the place; else the instant.
fn moment(told: &Value, rule: &ZoneRule) -> Option<Moment> {
    let shown = told.say("display_time").and_then(|t| clock::read(&t, DateOrder::DayFirst, rule)).filter(|m| m.basis == TimeBasis::Offset);
    let instant = told.say("scan_time");
    // `2015 11 27 / 05:46:00` is a spelling of the early API.
    let wall = told.say("local_scan_time").map(|t| match t.split_once(" / ") {
        Some((day, time)) => format!("{} {time}", day.replace(' ', "-")),
        None => t,
    });
    shown
        .filter(|m| m.offset_seconds != 0)
        .or_else(|| clock::two_clocks(instant.as_deref(), wall.as_deref(), DateOrder::DayFirst, rule))
        .or(shown)
}
