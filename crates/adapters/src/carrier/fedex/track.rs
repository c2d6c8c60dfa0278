//! Track results: a result (`trackResults`, `TrackDetails`, `packageList`) has scan events and a status, and a number may
//! have several results.

use serde_json::Value;
use whereabouts_domain::{Location, Milestone, Moment, PickupPoint, Precision, Private, Reason, State, TrackingEvent, Window};

use super::{CARD, codes};
use crate::{
    carrier::{ParcelReading, Payload},
    clock::{self, DateOrder, ZoneRule},
    phrase, place,
    tree::Tree,
};

pub fn read(tree: &Value, payload: &Payload) -> Vec<ParcelReading> {
    let mut parcels = Vec::new();
    for complete in tree.owners("trackResults") {
        let asked = complete.say("trackingNumber");
        parcels.extend(complete.list("trackResults").into_iter().map(|r| result(r, asked.clone(), payload)));
    }
    if parcels.is_empty() {
        // Webhooks and scrapers drop the wrappers.
        parcels.extend(tree.owners("scanEvents").into_iter().map(|r| result(r, None, payload)));
    }
    for reply in tree.find("trackReply") {
        let completed = reply.list("completedTrackDetails");
        let groups = if completed.is_empty() { vec![reply] } else { completed };
        groups.into_iter().for_each(|group| parcels.extend(details(group, payload)));
    }
    let list = tree.find("packageList").into_iter().chain(tree.find("packages")).filter(|p| p.knows("trackingNbr"));
    parcels.extend(list.map(|p| result(p, None, payload)));
    parcels
}

/// One `CompletedTrackDetails`, or a whole reply before version 7.
fn details(group: &Value, payload: &Payload) -> Vec<ParcelReading> {
    let details: Vec<&Value> = group.find("trackDetails");
    let mut parcels: Vec<ParcelReading> = details.iter().map(|d| result(d, None, payload)).collect();
    let silent = parcels.iter().all(|p| p.events.is_empty() && p.summary.is_none() && p.fault.is_none());
    if group.say("duplicateWaybill").as_deref() == Some("true") && silent {
        let number = parcels.first_mut().and_then(|p| p.tracking_number.take());
        let fault = Some("several shipments carry this number; FedEx wants to know which".to_string());
        return vec![ParcelReading { tracking_number: number, fault, ..ParcelReading::default() }];
    }
    if details.is_empty() && group.knows("notifications") && group.knows("highestSeverity") {
        let fault = group.list("notifications").into_iter().find_map(complaint);
        parcels.extend(fault.map(|f| ParcelReading { fault: Some(f), ..ParcelReading::default() }));
    }
    parcels
}

/// What a notification complains of, if it is not a success.
pub fn complaint(notice: &Value) -> Option<String> {
    let bad = notice.say("severity").is_some_and(|s| matches!(s.to_ascii_uppercase().as_str(), "ERROR" | "FAILURE"));
    bad.then(|| notice.first(&["message", "localizedMessage", "code"]).unwrap_or_else(|| "an error without words".into()))
}

fn result(result: &Value, asked: Option<String>, payload: &Payload) -> ParcelReading {
    let number =
        asked.or_else(|| result.first(&["trackingNumberInfo.trackingNumber", "trackingNumber", "trackingNbr", "displayTrackingNbr"]));
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let scans = ["scanEvents", "events", "scanEventList"].into_iter().flat_map(|name| result.list(name));
    let mut events: Vec<TrackingEvent> = scans.filter_map(|s| scan(s, &told, payload)).collect();
    place::settle(&mut events);
    left_at(result, &mut events);
    sign(result, &mut events);
    waiting_at(result, &mut events);
    let fault =
        result.list("notification").into_iter().find_map(complaint).or_else(|| result.first(&["error.message", "error.code"])).or_else(
            || result.list("errorList").into_iter().find(|e| e.say("code").is_some_and(|c| c != "0")).and_then(|e| e.say("message")),
        );
    ParcelReading {
        summary: summary(result, &told, payload).filter(|s| events.iter().all(|e| e.state.rank() < s.state.rank())),
        estimated_delivery: estimate(result, payload),
        service: result.first(&["serviceDetail.description", "service.description", "serviceInfo", "serviceDesc"]),
        fault: fault.filter(|_| events.is_empty()),
        tracking_number: number,
        events,
    }
}

fn scan(s: &Value, number: &str, payload: &Payload) -> Option<TrackingEvent> {
    let code = s.first(&["eventType", "statusCD", "derivedStatusCode"]);
    let words = s.first(&["eventDescription", "status", "derivedStatus"]);
    let more = s.first(&["exceptionDescription", "statusExceptionDescription", "scanDetails"]);
    if code.is_none() && words.is_none() {
        return None;
    }
    let located = s.branch("scanLocation").filter(|v| v.is_object()).or_else(|| s.branch("address"));
    let location = located.map(address).or_else(|| s.say("scanLocation").map(|l| place::of_line(&l))).unwrap_or_default();
    let at = s.first(&["locationType", "arrivalLocation"]);
    let (state, reason) = meaning(code.as_deref(), words.as_deref(), more.as_deref(), at.as_deref());
    let mut event = TrackingEvent::new(number, CARD.id, state);
    event.reason = reason;
    event.moment = moment(s, &location, payload);
    event.carrier_code = code;
    event.description = [words, more].into_iter().flatten().collect::<Vec<_>>().join(": ");
    event.location = location;
    Some(event)
}

/// The event type; when it is general, what the words make of it.
fn meaning(code: Option<&str>, words: Option<&str>, more: Option<&str>, at: Option<&str>) -> (State, Option<Reason>) {
    let spoken = [words, more].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let known = code.and_then(|c| CARD.look_up(c));
    let general = known.is_none_or(|c| codes::GENERAL.contains(&c.code));
    let particular = phrase::meaning(codes::PARTICULAR, &spoken).filter(|_| general);
    // An event type that is new to us stays unknown whatever its words; words alone are asked only when there is no type.
    let particular = particular.filter(|_| known.is_some() || code.is_none());
    let other = code.is_none().then(|| phrase::understand(&spoken, codes::WORDS)).flatten();
    let told = particular.or(other).or(known.map(|c| (c.state, c.reason)));
    let (mut state, mut reason) = told.unwrap_or((State::Unknown, None));
    let at_destination = at.is_some_and(|a| a.starts_with("DESTINATION")) || (at.is_none() && spoken.starts_with("At local"));
    match state {
        State::Delivered => state = phrase::handed_over(&spoken).unwrap_or(state),
        State::ArrivedAtHub if at_destination => state = State::AtDeliveryDepot,
        _ => {}
    }
    let troubled = matches!(state.milestone(), Some(Milestone::Exception | Milestone::AttemptFail));
    if troubled && let Some(more) = more.and_then(phrase::reason) {
        // `CD` alone is an inspection; its words may know better.
        reason = Some(more);
    }
    (state, reason)
}

fn moment(s: &Value, location: &Location, payload: &Payload) -> Option<Moment> {
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), location);
    let date = s.first(&["timestamp", "date", "dateTime"])?;
    match s.say("time") {
        Some(time) if !date.contains('T') => {
            let with_offset = format!("{time}{}", s.say("gmtOffset").unwrap_or_default());
            clock::read_pair(Some(&date), Some(&with_offset), DateOrder::MonthFirst, &rule)
        }
        _ => clock::read(&date, DateOrder::MonthFirst, &rule),
    }
}

fn address(a: &Value) -> Location {
    place::of(
        a.say("city"),
        a.first(&["stateOrProvinceCode", "state"]),
        a.say("postalCode"),
        a.first(&["countryCode", "country"]).or_else(|| a.say("countryName").filter(|_| a.knows("city"))),
    )
}

/// Where it was left stands beside the scans.
fn left_at(result: &Value, events: &mut [TrackingEvent]) {
    let said = result.first(&["deliveryDetails.locationDescription", "deliveryLocationDescription", "deliveryLocationType"]);
    let Some(kind) = said.map(|s| s.replace('_', " ")).as_deref().and_then(phrase::handed_over) else { return };
    events.iter_mut().filter(|e| e.state == State::Delivered).for_each(|e| e.state = kind);
}

/// The signature belongs to the delivery, else to the newest scan. `Signature not required` is nobody's name.
fn sign(result: &Value, events: &mut [TrackingEvent]) {
    let paths = ["deliveryDetails.signedByName", "deliveryDetails.receivedByName", "deliverySignatureName", "receivedByNm"];
    let Some(name) = result.first(&paths).filter(|n| !n.to_ascii_lowercase().contains("signature")) else { return };
    if let Some(event) = events.iter_mut().max_by_key(|e| (e.state.is_delivered(), e.at(), e.state.rank())) {
        event.signed_by = Some(Private::new(name));
    }
}

/// The counter at which it waits: a FedEx location or a shop, whose name and street are public.
fn waiting_at(result: &Value, events: &mut [TrackingEvent]) {
    let Some(hold) = result.branch("holdAtLocation.locationContactAndAddress") else { return };
    let street: Vec<String> = hold.list("address.streetLines").into_iter().filter_map(|l| l.say("")).collect();
    let town = hold.branch("address").map(address).and_then(|l| l.text);
    let point = PickupPoint {
        name: hold.say("contact.companyName"),
        address: Some(street.into_iter().chain(town).collect::<Vec<_>>().join(", ")).filter(|a| !a.is_empty()),
        ..PickupPoint::default()
    };
    events.iter_mut().filter(|e| e.state == State::ReadyForCollection).for_each(|e| e.pickup_point = Some(point.clone()));
}

/// The result's status. Only a delivery has its time beside it.
fn summary(result: &Value, number: &str, payload: &Payload) -> Option<TrackingEvent> {
    let status = result.branch("latestStatusDetail").or_else(|| result.branch("statusDetail"));
    let code = status.and_then(|s| s.first(&["code", "derivedCode"])).or_else(|| result.first(&["statusCode", "keyStatusCD"]))?;
    let words =
        status.and_then(|s| s.first(&["statusByLocale", "description"])).or_else(|| result.first(&["statusDescription", "keyStatus"]));
    let more = status.and_then(|s| s.say("ancillaryDetails.reasonDescription"));
    let (state, reason) = meaning(Some(&code), words.as_deref(), more.as_deref(), None);
    let location = status.and_then(|s| s.branch("scanLocation").or_else(|| s.branch("location"))).map(address).unwrap_or_default();
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &location);
    let mut event = TrackingEvent::new(number, CARD.id, state);
    if state.is_delivered() {
        let at = dated(result, "ACTUAL_DELIVERY").or_else(|| result.first(&["actualDeliveryTimestamp", "actDeliveryDt"]));
        event.moment = at.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    }
    event.reason = reason;
    event.carrier_code = Some(code);
    event.description = words.unwrap_or_default();
    event.location = location;
    (state != State::Unknown).then_some(event)
}

/// A time by its type: REST `dateAndTimes`, SOAP `DatesOrTimes`.
fn dated(result: &Value, kind: &str) -> Option<String> {
    let all = ["dateAndTimes", "datesOrTimes"].into_iter().flat_map(|name| result.list(name));
    all.filter(|d| d.say("type").as_deref() == Some(kind)).find_map(|d| d.first(&["dateTime", "dateOrTimestamp"]))
}

fn estimate(result: &Value, payload: &Payload) -> Option<Window> {
    let destination =
        result.branch("destinationAddress").or_else(|| result.branch("recipientInformation.address")).map(address).unwrap_or_default();
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &destination);
    // Midnight stands for a day whose hour is not known.
    let read = |text: String| {
        let m = clock::read(&text, DateOrder::MonthFirst, &rule)?;
        let day_alone = m.precision == Precision::Day || m.local.time() == jiff::civil::Time::midnight();
        Some(if day_alone { m.local.date().to_string() } else { m.rfc3339() })
    };
    let window = |path: &str| result.say(&format!("estimatedDeliveryTimeWindow.window.{path}")).and_then(read);
    let end = window("ends")
        .or_else(|| dated(result, "ESTIMATED_DELIVERY").and_then(read))
        .or_else(|| dated(result, "APPOINTMENT_DELIVERY").and_then(read))
        .or_else(|| result.first(&["estimatedDeliveryTimestamp", "estDeliveryDt", "displayEstDeliveryDt"]).and_then(read))?;
    Some(Window { start: window("begins"), end: Some(end) })
}
