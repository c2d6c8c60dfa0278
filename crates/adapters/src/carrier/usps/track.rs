//! Replies and webhooks: a piece has events; in XML the newest of them is called its summary.

use serde_json::Value;
use whereabouts_domain::{Location, Milestone, Moment, Precision, Private, Reason, State, TimeBasis, TrackingEvent, Window};

use super::{CARD, codes, sentence};
use crate::{
    carrier::{ParcelReading, Payload},
    clock::{self, DateOrder, ZoneRule},
    phrase, place,
    tree::{self, Tree},
};

pub fn read(tree: &Value, payload: &Payload) -> Vec<ParcelReading> {
    let mut parcels: Vec<ParcelReading> = tree.find("trackInfo").into_iter().map(|p| piece(p, payload)).collect();
    let mut owners: Vec<&Value> = Vec::new();
    for name in ["trackingEvents", "trackingEvent", "eventSummaries"] {
        owners.extend(tree.owners(name));
    }
    if owners.is_empty() && parcels.is_empty() {
        // A status without events, or a webhook that is itself the event.
        owners = tree.list("").into_iter().filter(|p| p.knows("statusSummary") || p.knows("eventCode")).collect();
    }
    // In a batch, a piece that USPS does not know has an error in place of events.
    owners.extend(tree::outermost(tree, &|p| p.knows("trackingNumber") && p.knows("error") && !p.knows("trackingEvents")));
    owners.dedup_by(|a, b| std::ptr::eq(*a, *b));
    parcels.extend(owners.into_iter().map(|p| piece(p, payload)));
    parcels
}

fn piece(piece: &Value, payload: &Payload) -> ParcelReading {
    let number = piece.first(&["ID", "trackingNumber", "id"]);
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let lists = ["trackSummary", "trackDetail", "trackingEvents", "trackingEvent", "eventSummaries"];
    let mut scans: Vec<&Value> = lists.into_iter().flat_map(|name| piece.list(name)).collect();
    if scans.is_empty() && piece.knows("eventCode") {
        scans.push(piece);
    }
    let mut fault = piece.branch("error").and_then(|e| e.first(&["description", "message", ""]));
    let mut events = Vec::new();
    for scan in scans {
        match (scan.is_object() && !scan.knows("#text"), scan.say("")) {
            (true, _) => events.push(of_fields(scan, &told, payload)),
            (false, Some(text)) if codes::NOT_FOUND.iter().any(|n| text.to_ascii_lowercase().contains(n)) => fault = fault.or(Some(text)),
            (false, Some(text)) => events.push(of_text(&text, &told, payload)),
            (false, None) => {}
        }
    }
    place::settle(&mut events);
    let summary = summary(piece, &told, payload).filter(|s| events.iter().all(|e| e.state.rank() < s.state.rank()));
    ParcelReading {
        estimated_delivery: estimate(piece, payload),
        service: piece.first(&["mailClass", "class"]).map(|s| s.split('<').next().unwrap_or_default().to_string()),
        fault: fault.filter(|_| events.is_empty()),
        tracking_number: number,
        summary,
        events,
    }
}

fn of_fields(scan: &Value, number: &str, payload: &Payload) -> TrackingEvent {
    let words = scan.first(&["eventType", "event", "eventDescription"]).unwrap_or_default();
    let code = scan.say("eventCode");
    let location = place::of(
        scan.say("eventCity"),
        scan.say("eventState"),
        scan.first(&["eventZIP", "eventZIPCode"]),
        scan.first(&["eventCountry", "eventCountryCode"]),
    );
    let (state, reason) = meaning(code.as_deref(), &words);
    let mut event = TrackingEvent::new(number, CARD.id, state);
    event.reason = reason;
    event.moment = moment(scan, &location, payload);
    event.carrier_code = code;
    event.description = words;
    // The person who signed; on other scans the field may name a sender.
    event.signed_by = scan.say("name").filter(|_| state.is_delivered()).map(Private::new);
    event.location = location;
    event
}

fn of_text(text: &str, number: &str, payload: &Payload) -> TrackingEvent {
    let told = sentence::read(text);
    let (state, reason) = meaning(None, &told.words);
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &domestic(&told.place));
    let mut event = TrackingEvent::new(number, CARD.id, state);
    event.reason = reason;
    event.moment = clock::read_pair(told.date.as_deref(), told.time.as_deref(), DateOrder::MonthFirst, &rule);
    event.description = told.words;
    event.location = told.place;
    event
}

/// The phrase says more than the code; a code whose phrase is new decides, and neither is unknown.
fn meaning(code: Option<&str>, words: &str) -> (State, Option<Reason>) {
    let spoken = phrase::meaning(codes::PHRASES, words);
    let coded = code.and_then(|c| CARD.look_up(c)).map(|c| (c.state, c.reason));
    let elsewhere = || code.is_none().then(|| phrase::understand(words, &[])).flatten();
    let (mut state, mut reason) = spoken.or(coded).or_else(elsewhere).unwrap_or((State::Unknown, None));
    reason = reason.or(coded.filter(|(s, _)| *s == state).and_then(|(_, why)| why));
    // `Delivered` beside a code that is known to be something else: both must agree that it arrived.
    if state == State::Delivered && coded.is_some_and(|(s, _)| !s.is_delivered() && !s.is_silent()) {
        (state, reason) = coded.unwrap_or((State::Unknown, None));
    }
    if state == State::Delivered {
        state = phrase::handed_over(words).unwrap_or(state);
    }
    let troubled = matches!(state.milestone(), Some(Milestone::Exception | Milestone::AttemptFail));
    if troubled && matches!(reason, None | Some(Reason::Other)) {
        reason = phrase::reason(words).or(reason);
    }
    (state, reason)
}

/// A place with a state and no country is in the United States: that is how USPS writes them.
fn domestic(location: &Location) -> Location {
    let mut location = location.clone();
    if location.country.is_none() && location.region.is_some() {
        location.country = Some("US".into());
    }
    location
}

fn moment(scan: &Value, location: &Location, payload: &Payload) -> Option<Moment> {
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &domestic(location));
    if let Some(date) = scan.say("eventDate") {
        let told = clock::read_pair(Some(&date), scan.say("eventTime").as_deref(), DateOrder::MonthFirst, &rule)?;
        let offset = scan.say("GMTOffset").filter(|_| told.precision != Precision::Day);
        let shifted = offset.and_then(|o| clock::read(&format!("{}{o}", told.local_time()), DateOrder::MonthFirst, &rule));
        return Some(shifted.filter(|m| m.basis == TimeBasis::Offset).map_or(told, |m| Moment { precision: told.precision, ..m }));
    }
    let told = scan.first(&["eventTimestamp", "eventTimeStamp", "timestamp"]);
    let greenwich = scan.say("GMTTimestamp");
    let Some(told) = told else { return clock::read(&greenwich?, DateOrder::MonthFirst, &rule) };
    match scan.say("GMTOffset") {
        // The specification's sample puts a `Z` on the local clock; the offset beside it is the true one.
        Some(offset) if greenwich.as_deref() != Some(&told) => {
            let bare = told.trim_end_matches(['Z', 'z']);
            let shifted = clock::read(&format!("{bare}{offset}"), DateOrder::MonthFirst, &rule);
            shifted.or_else(|| clock::read(&told, DateOrder::MonthFirst, &rule))
        }
        _ => clock::read(&told, DateOrder::MonthFirst, &rule),
    }
}

/// The piece's status, dated by the sentence that comes with it.
fn summary(piece: &Value, number: &str, payload: &Payload) -> Option<TrackingEvent> {
    let status = piece.first(&["status", "statusCategory"])?;
    let sentence = piece.say("statusSummary").unwrap_or_default();
    let mut event = of_text(&sentence, number, payload);
    let (mut state, mut reason) = meaning(None, &status);
    if state == State::Unknown {
        (state, reason) = piece.say("statusCategory").map_or((state, reason), |c| meaning(None, &c));
    }
    (event.state, event.reason, event.description) = (state, reason, status);
    (state != State::Unknown).then_some(event)
}

fn estimate(piece: &Value, payload: &Payload) -> Option<Window> {
    let rule = ZoneRule::of(payload.zone, CARD.zone);
    let paths = [
        "predictedDeliveryTimeStamp",
        "predictedDeliveryDate",
        "expectedDeliveryTimeStamp",
        "expectedDeliveryDate",
        "guaranteedDeliveryTimeStamp",
        "guaranteedDeliveryDate",
    ];
    let told = paths.iter().filter_map(|p| piece.say(p)).find_map(|t| clock::read(&t, DateOrder::MonthFirst, &rule))?;
    let day = told.local.date().to_string();
    // A clock without a zone beside the day would be a guess; the window's own hours are told apart.
    let hour = |path: &str| {
        let m = clock::read_pair(Some(&day), Some(&piece.say(path)?), DateOrder::MonthFirst, &rule)?;
        (m.precision != Precision::Day).then(|| m.rfc3339())
    };
    let end = hour("predictedDeliveryWindowEndTime").or_else(|| hour("expectedDeliveryTime")).unwrap_or(day.clone());
    Some(Window { start: hour("predictedDeliveryWindowStartTime"), end: Some(end) })
}
