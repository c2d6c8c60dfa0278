//! Quantum View Data as EDIFACT IFTSTA (seen: D.07B inside UNG groups, 2016). One message is one happening of one package.

use whereabouts_domain::{State, TrackingEvent};

use super::scan::Scan;
use crate::{
    carrier::{ParcelReading, Payload, Reading, Unreadable},
    edi::{self, Segment},
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
    let text = edi::text(payload.body);
    let (marks, text) = edi::edifact(&text)?;
    let mut reading = Reading::default();
    let mut message: Option<Vec<Segment>> = None;
    for segment in edi::segments(text, &marks) {
        match segment.tag() {
            "UNH" => message = Some(Vec::new()),
            "UNT" => reading.parcels.extend(message.take().map(|m| happened(&m, payload))),
            _ => message.iter_mut().for_each(|m| m.push(segment)),
        }
    }
    // A message that was cut off is not believed: its status might be another package's.
    if reading.parcels.is_empty() { Err(Unreadable::not_understood("no whole IFTSTA message in it")) } else { Ok(reading) }
}

fn happened(message: &[Segment], payload: &Payload) -> ParcelReading {
    let reference = |kind: &str| message.iter().find(|s| s.is("RFF") && s.part(1, 0).as_deref() == Some(kind)).and_then(|s| s.part(1, 1));
    let number = reference("CW");
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let mut scan = Scan { signed_by: reference("AGY"), ..Scan::default() };
    let (mut code, mut words) = (None, Vec::new());
    for segment in message {
        match segment.tag() {
            "LOC" => scan.place = place::of(segment.part(2, 3), None, None, segment.part(3, 3)),
            "STS" => code = Some([segment.part(1, 1), segment.part(1, 2)].into_iter().flatten().collect::<Vec<_>>().join(":")),
            "DTM" if segment.part(1, 0).as_deref() == Some("78") => scan.date = segment.part(1, 1),
            // The reason stands after its resolution, but is said first.
            "FTX" if segment.part(4, 1).as_deref() == Some("REASON") => words.insert(0, segment.part(4, 0).unwrap_or_default()),
            "FTX" => words.extend(segment.part(4, 0)),
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
