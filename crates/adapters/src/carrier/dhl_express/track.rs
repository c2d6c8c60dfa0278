//! A shipment has checkpoints, and its pieces may have checkpoints of their own.

use std::collections::HashSet;

use serde_json::Value;
use whereabouts_domain::{Location, Milestone, Moment, Precision, Private, Reason, State, TrackingEvent, Window};

use super::{CARD, codes};
use crate::{
    carrier::{ParcelReading, Payload},
    clock::{self, DateOrder, ZoneRule},
    phrase, place, timeline,
    tree::Tree,
};

pub fn read(tree: &Value, payload: &Payload) -> Vec<ParcelReading> {
    let waybills = tree.owners("AWBNumber").into_iter().filter(|w| w.knows("shipmentInfo") || w.knows("status"));
    let mut parcels: Vec<ParcelReading> = waybills.map(|w| waybill(w, payload)).collect();
    parcels.extend(tree.find("results").into_iter().filter(|r| r.knows("checkpoints") || r.knows("label")).map(|r| page(r, payload)));
    parcels.extend(tree.find("shipments").into_iter().filter(|s| s.is_object()).map(|s| shipment(s, payload, CARD.zone)));
    parcels
}

/// XML-PI, or its wrappers, which put every list into an element of its own (`ArrayOf…Item`).
fn waybill(w: &Value, payload: &Payload) -> ParcelReading {
    let number = w.say("AWBNumber");
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let info = w.branch("shipmentInfo").unwrap_or(&Value::Null);
    let mut events: Vec<TrackingEvent> = unwrapped(info, "shipmentEvent", "arrayOfShipmentEventItem")
        .into_iter()
        .map(|e| checkpoint(e, None, &told, payload, CARD.zone))
        .collect();
    let pieces = w.branch("pieces").or_else(|| info.branch("pieces")).unwrap_or(&Value::Null);
    let mut of_pieces = Vec::new();
    for piece in unwrapped(pieces, "pieceInfo", "arrayOfPieceInfoItem") {
        let plate = piece.first(&["pieceDetails.licensePlate", "pieceDetails.licensePlateNumber"]);
        let scans = unwrapped(piece, "pieceEvent", "arrayOfPieceEventItem");
        of_pieces.extend(scans.into_iter().map(|e| checkpoint(e, plate.clone(), &told, payload, CARD.zone)));
    }
    add_pieces(&mut events, of_pieces);
    place::settle(&mut events);
    let status = w.branch("status").unwrap_or(&Value::Null);
    let bad = status.say("actionStatus").filter(|s| !s.to_ascii_lowercase().starts_with("success"));
    let fault = status.first(&["condition.conditionData", "condition.arrayOfConditionItem.conditionData"]).or(bad);
    ParcelReading {
        estimated_delivery: day_or_time(info.first(&["estDlvyDate", "estimatedDeliveryDate"]), info, payload, CARD.zone),
        fault: fault.filter(|_| events.is_empty()),
        tracking_number: number,
        events,
        ..ParcelReading::default()
    }
}

fn unwrapped<'a>(owner: &'a Value, list: &str, wrapper: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    for item in owner.list(list) {
        match item.list(wrapper) {
            inner if inner.is_empty() => found.push(item),
            inner => found.extend(inner),
        }
    }
    found
}

/// What a piece told beyond the shipment. With both levels asked for, every checkpoint comes twice.
fn add_pieces(events: &mut Vec<TrackingEvent>, of_pieces: Vec<TrackingEvent>) {
    let same = |e: &TrackingEvent| (e.moment.map(|m| m.local), e.carrier_code.clone(), e.location.text.clone());
    let known: HashSet<_> = events.iter().map(same).collect();
    events.extend(of_pieces.into_iter().filter(|e| !known.contains(&same(e))));
}

fn checkpoint(e: &Value, plate: Option<String>, number: &str, payload: &Payload, home: &'static str) -> TrackingEvent {
    let code = e.first(&["serviceEvent.eventCode", "typeCode", "eventCode"]);
    let words = e.first(&["serviceEvent.description", "description"]).unwrap_or_default();
    let area = e.first(&["serviceArea.description", "serviceArea.serviceAreaDescription", "location.address.addressLocality", "location"]);
    let location = area.map(|l| place::of_line(&l)).unwrap_or_default();
    let mut event = event(code, words, number);
    event.moment = moment(e, &location, payload, home);
    event.location = location;
    event.parcel = plate;
    // Other checkpoints carry clocks, weights and account numbers in this field.
    let signatory = e.first(&["signatory", "signedBy"]).filter(|s| s.chars().any(char::is_alphabetic));
    if event.state.is_delivered() || event.state == State::PartiallyDelivered {
        event.signed_by = signatory.map(Private::new);
    }
    event
}

fn event(code: Option<String>, words: String, number: &str) -> TrackingEvent {
    let (state, reason) = meaning(code.as_deref(), &words);
    let mut event = TrackingEvent::new(number, CARD.id, state);
    event.reason = reason;
    event.carrier_code = code;
    event.description = words;
    event
}

/// The checkpoint's code; the words when there is none at all, when it is general, or when a delivery says where.
fn meaning(code: Option<&str>, words: &str) -> (State, Option<Reason>) {
    let known = code.and_then(|c| CARD.look_up(c));
    let spoken = phrase::meaning(codes::PHRASES, words);
    let particular = match known {
        // A checkpoint that is new to us stays unknown whatever its words.
        None => code.is_none().then(|| phrase::understand(words, codes::PHRASES)).flatten(),
        Some(c) if codes::GENERAL.contains(&c.code) => spoken.filter(|p| p.0 != State::Delivered),
        Some(c) if c.state == State::Delivered => {
            spoken.filter(|p| p.0.is_delivered() || matches!(p.0, State::ReadyForCollection | State::ReturnedToSender))
        }
        Some(_) => None,
    };
    let told = particular.or(known.map(|c| (c.state, c.reason)));
    let (mut state, mut reason) = told.unwrap_or((State::Unknown, None));
    if state == State::Delivered {
        state = phrase::handed_over(words).unwrap_or(state);
    }
    let troubled = matches!(state.milestone(), Some(Milestone::Exception | Milestone::AttemptFail));
    if troubled && reason.is_none() {
        reason = phrase::reason(words);
    }
    (state, reason)
}

fn moment(e: &Value, location: &Location, payload: &Payload, home: &'static str) -> Option<Moment> {
    let rule = place::rule_at(&ZoneRule::of(payload.zone, home), location);
    if let Some(told) = e.first(&["timestamp", "dateTime"]) {
        return clock::read(&told, DateOrder::DayFirst, &rule);
    }
    let date = e.say("date")?;
    let clock = e.say("time").map(|time| format!("{time}{}", e.first(&["GMTOffset", "gmtOffset"]).unwrap_or_default()));
    clock::read_pair(Some(&date), clock.as_deref(), DateOrder::DayFirst, &rule)
}

/// The consumer page: words and places, no codes.
fn page(r: &Value, payload: &Payload) -> ParcelReading {
    let number = r.say("id");
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let mut events: Vec<TrackingEvent> =
        r.list("checkpoints").into_iter().map(|c| checkpoint(c, None, &told, payload, CARD.zone)).collect();
    place::settle(&mut events);
    let signatory = r.say("signature.signatory");
    for event in events.iter_mut().filter(|e| e.state.is_delivered() && e.signed_by.is_none()) {
        let spoken = event.description.split_once("igned for by").map(|(_, name)| name.trim_matches([':', ' ']).to_string());
        event.signed_by = spoken.filter(|n| !n.is_empty()).or_else(|| signatory.clone()).map(Private::new);
    }
    let arrived = r.say("delivery.status").is_some_and(|s| s.eq_ignore_ascii_case("delivered"));
    let summary = (arrived && !events.iter().any(|e| e.state.is_delivered())).then(|| {
        let mut event = TrackingEvent::new(&told, CARD.id, State::Delivered);
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        event.moment = r.say("signature.description").and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
        event.description = r.say("delivery.status").unwrap_or_default();
        event.signed_by = signatory.map(Private::new);
        event
    });
    ParcelReading {
        estimated_delivery: day_or_time(r.first(&["edd.date", "estimatedDelivery"]), r, payload, CARD.zone),
        fault: r.first(&["error.message", "errors.message"]).filter(|_| events.is_empty()),
        tracking_number: number,
        summary,
        events,
        ..ParcelReading::default()
    }
}

/// The MyDHL API (`typeCode`) and the unified API (`statusCode`). `home`: the zone of clocks that tell neither place nor offset.
pub fn shipment(s: &Value, payload: &Payload, home: &'static str) -> ParcelReading {
    let number = s.first(&["shipmentTrackingNumber", "id", "trackingNumber"]);
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let scans = |owner: &Value, plate: Option<String>| -> Vec<TrackingEvent> {
        let one = |e: &&Value| match e.knows("typeCode") {
            true => checkpoint(e, plate.clone(), &told, payload, home),
            false => unified(e, &told, payload, home),
        };
        owner.list("events").iter().map(one).collect()
    };
    let mut events = scans(s, None);
    let pieces = s.list("pieces").into_iter().flat_map(|p| scans(p, p.say("trackingNumber"))).collect();
    add_pieces(&mut events, pieces);
    let mut summary = None;
    if let Some(status) = s.branch("status").filter(|status| status.is_object()) {
        // Where no events are told, the status is the newest of them.
        let newest = unified(status, &told, payload, home);
        if events.is_empty() { events.push(newest) } else { summary = timeline::worth_telling(newest, &events) }
    }
    place::settle(&mut events);
    if let Some(name) = receiver(s) {
        timeline::sign(&mut events, Some(name));
    }
    ParcelReading {
        estimated_delivery: time_frame(s)
            .or_else(|| day_or_time(s.first(&["estimatedDeliveryDate", "estimatedTimeOfDelivery"]), s, payload, home)),
        service: s.first(&["details.product.productName", "description", "service"]),
        tracking_number: number,
        events,
        summary,
        ..ParcelReading::default()
    }
}

/// Who signed, by the proof of delivery: in parts, or whole.
fn receiver(s: &Value) -> Option<String> {
    let proof = s.branch("details.proofOfDelivery")?;
    let parts = [proof.say("signed.givenName"), proof.say("signed.familyName")];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(joined).filter(|name| !name.is_empty()).or_else(|| proof.first(&["signed.name", "signed"]))
}

fn time_frame(s: &Value) -> Option<Window> {
    let end = s.say("estimatedDeliveryTimeFrame.estimatedThrough")?;
    Some(Window { start: s.say("estimatedDeliveryTimeFrame.estimatedFrom"), end: Some(end) })
}

fn unified(e: &Value, number: &str, payload: &Payload, home: &'static str) -> TrackingEvent {
    let words = e.first(&["description", "status"]).unwrap_or_default();
    // Express tells its checkpoint beside the step.
    let checkpoint = e.say("status").filter(|s| s.len() == 2 && CARD.look_up(s).is_some());
    let code = checkpoint.or_else(|| e.first(&["statusCode", "status"]));
    let place = e.branch("location.address");
    let location = place.map(address).unwrap_or_default();
    let mut event = event(code.clone(), words, number);
    if event.state == State::Unknown {
        let coarse = match code.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("pre-transit") => Some(State::Dispatched),
            Some("transit") => Some(State::InTransit),
            Some("delivered") => Some(State::Delivered),
            Some("failure") => Some(State::ShipmentIssue),
            // "unknown" is a word of the dialect: the carrier's step is not told.
            Some("unknown") => Some(State::Unknown),
            _ => None,
        };
        // Five codes are all that the unified API has: the words say more.
        let spoken = coarse.and_then(|_| phrase::understand(&event.description, codes::PHRASES));
        (event.state, event.reason) = match coarse {
            Some(State::Unknown) => spoken.filter(|s| !s.0.is_delivered()).unwrap_or((State::Unknown, None)),
            coarse => phrase::refine(coarse.map(|state| (state, None)), spoken),
        };
    }
    event.moment = moment(e, &location, payload, home);
    event.location = location;
    event
}

/// A town that is told alone is often a line with its country: `LONDON - UK`.
fn address(a: &Value) -> Location {
    let (town, country) = (a.say("addressLocality"), a.say("countryCode"));
    match town {
        Some(line) if country.is_none() && a.say("postalCode").is_none() => place::of_line(&line),
        town => place::of(town, None, a.say("postalCode"), country),
    }
}

fn day_or_time(told: Option<String>, owner: &Value, payload: &Payload, home: &'static str) -> Option<Window> {
    let area = owner.first(&["destinationServiceArea.description", "destination.value"]).map(|l| place::of_line(&l)).unwrap_or_default();
    let rule = place::rule_at(&ZoneRule::of(payload.zone, home), &area);
    let m = clock::read(&told?, DateOrder::DayFirst, &rule)?;
    let end = if m.precision == Precision::Day { m.local.date().to_string() } else { m.rfc3339() };
    Some(Window { start: None, end: Some(end) })
}
