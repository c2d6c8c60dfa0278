//! Quantum View Data as EDIFACT IFTSTA (seen: D.07B inside UNG groups, 2016). One message is one happening of one package.

use whereabouts_domain::{State, TrackingEvent};

use super::scan::Scan;
use crate::{
    carrier::{ParcelReading, Payload, Reading, Unreadable},
    phrase, place,
};

/// An interchange from UPS: the sender stands in the service segment, the product in `BGM`.
pub fn is_ups(body: &[u8]) -> bool {
    let front = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let front = String::from_utf8_lossy(&front[..front.len().min(1024)]);
    let front = front.trim_start();
    (front.starts_with("UNA") || front.starts_with("UNB")) && front.contains("IFTSTA") && front.contains("UPS")
}

pub fn read(payload: &Payload) -> Result<Reading, Unreadable> {
    let text = String::from_utf8_lossy(payload.body);
    let mut reading = Reading::default();
    let mut message: Option<Vec<Vec<Vec<String>>>> = None;
    for segment in segments(text.trim_start_matches('\u{feff}').trim_start()) {
        match segment.first().and_then(|s| s.first()).map(String::as_str) {
            Some("UNH") => message = Some(Vec::new()),
            Some("UNT") => reading.parcels.extend(message.take().map(|m| happened(&m, payload))),
            _ => {}
        }
        if let Some(message) = &mut message {
            message.push(segment);
        }
    }
    // A message that was cut off is not believed: its status might be another package's.
    if reading.parcels.is_empty() { Err(Unreadable::not_understood("no whole IFTSTA message in it")) } else { Ok(reading) }
}

/// Segments, elements, components. The separators are told by `UNA` or the usual ones; `?` lets the next one stand for itself.
fn segments(text: &str) -> Vec<Vec<Vec<String>>> {
    let told: Vec<char> = text.strip_prefix("UNA").map(|t| t.chars().take(6).collect()).unwrap_or_default();
    let [component, element, _, release, _, end] = told[..] else { return split(text, [':', '+', '?', '\'']) };
    split(&text.chars().skip(9).collect::<String>(), [component, element, release, end])
}

fn split(text: &str, [component, element, release, end]: [char; 4]) -> Vec<Vec<Vec<String>>> {
    let mut all = Vec::new();
    let mut segment = vec![vec![String::new()]];
    let mut chars = text.chars();
    let last = |s: &mut Vec<Vec<String>>, c: char| {
        if let Some(text) = s.last_mut().and_then(|e| e.last_mut()) {
            text.push(c);
        }
    };
    while let Some(c) = chars.next() {
        if c == release {
            chars.next().into_iter().for_each(|c| last(&mut segment, c));
        } else if c == end {
            all.push(std::mem::replace(&mut segment, vec![vec![String::new()]]));
        } else if c == element {
            segment.push(vec![String::new()]);
        } else if c == component {
            segment.last_mut().into_iter().for_each(|e| e.push(String::new()));
        } else if !matches!(c, '\r' | '\n') {
            last(&mut segment, c);
        }
    }
    all
}

fn happened(message: &[Vec<Vec<String>>], payload: &Payload) -> ParcelReading {
    let part = |segment: &[Vec<String>], element: usize, component: usize| -> Option<String> {
        segment.get(element)?.get(component).map(|s| s.trim().to_string()).filter(|s| !s.is_empty())
    };
    let is = |s: &[Vec<String>], name: &str| part(s, 0, 0).is_some_and(|n| n == name);
    let reference = |kind: &str| message.iter().find(|s| is(s, "RFF") && part(s, 1, 0).as_deref() == Some(kind)).and_then(|s| part(s, 1, 1));
    let number = reference("CW");
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let mut scan = Scan { signed_by: reference("AGY"), ..Scan::default() };
    let (mut code, mut words) = (None, Vec::new());
    for segment in message {
        match part(segment, 0, 0).as_deref() {
            Some("LOC") => scan.place = place::of(part(segment, 2, 3), None, None, part(segment, 3, 3)),
            Some("STS") => code = Some([part(segment, 1, 1), part(segment, 1, 2)].into_iter().flatten().collect::<Vec<_>>().join(":")),
            Some("DTM") if part(segment, 1, 0).as_deref() == Some("78") => scan.date = part(segment, 1, 1),
            // The reason stands after its resolution, but is said first.
            Some("FTX") if part(segment, 4, 1).as_deref() == Some("REASON") => words.insert(0, part(segment, 4, 0).unwrap_or_default()),
            Some("FTX") => words.extend(part(segment, 4, 0)),
            _ => {}
        }
    }
    let class = code.as_deref().and_then(|c| c.get(..1)).map(str::to_string);
    scan.words = (!words.is_empty()).then(|| words.join(" "));
    let mut event: TrackingEvent = scan.into_event(&told, payload);
    event.carrier_code = code;
    match class.as_deref() {
        Some("D") if event.state == State::Unknown => event.state = State::Delivered,
        Some("E") if event.state == State::Unknown || event.state.is_delivered() => event.state = State::ShipmentIssue,
        _ => {}
    }
    if event.reason.is_none() && class.as_deref() == Some("E") {
        event.reason = phrase::reason(&event.description);
    }
    ParcelReading { tracking_number: number, events: vec![event], ..ParcelReading::default() }
}
