//! From a payload to tracking events: reads it with one adapter, then does what is the same for all of them —
//! fills in numbers, puts events in order, drops exact repeats, and adds the summary when it is further than every event.

use std::collections::HashSet;

use whereabouts_domain::{Source, State, TrackingEvent, Window};

use crate::{
    carrier::{ALL, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable},
    envelope::{self, Inside},
    guessed, reply, soap, timeline,
};

/// A payload, understood.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Oldest first, undated last, exact repeats once.
    pub events: Vec<TrackingEvent>,
    /// What the carrier expects per number.
    pub estimates: Vec<(String, Window)>,
    /// Parts that could not be used: (number if told, why).
    pub faults: Vec<(Option<String>, String)>,
}

impl Parsed {
    /// The events, and with each parcel's newest one what the carrier expects of it.
    pub fn into_events(self) -> Vec<TrackingEvent> {
        let mut events = self.events;
        for (number, window) in self.estimates {
            let of_parcel = |e: &TrackingEvent| e.tracking_number == number;
            let newest = events.iter().rposition(|e| of_parcel(e) && e.moment.is_some()).or_else(|| events.iter().rposition(of_parcel));
            if let Some(newest) = newest.map(|at| &mut events[at]).filter(|e| e.estimated_delivery.is_none()) {
                newest.estimated_delivery = Some(window);
            }
        }
        events
    }
}

/// Reads a payload in one dialect.
pub fn parse(carrier: &dyn Carrier, payload: &Payload) -> Result<Parsed, Unreadable> {
    let reading = match read(carrier, payload, ENVELOPES_MOST) {
        Err(Unreadable::NotUnderstood(_))
            if carrier.takes_rows()
                && let Some(rows) = guessed(carrier, payload, ENVELOPES_MOST) =>
        {
            rows
        }
        outcome => outcome?,
    };
    completed(reading, payload.number, carrier.card().id)
}

/// What is the same for all: numbers filled in, in order, exact repeats once, the summary where it is further.
pub(crate) fn completed(reading: Reading, asked: Option<&str>, carrier: &str) -> Result<Parsed, Unreadable> {
    let mut parsed = Parsed::default();
    // A payload may tell of the same parcel twice.
    let mut seen = HashSet::new();
    for parcel in reading.parcels {
        take(parcel, asked, carrier, &mut seen, &mut parsed);
    }
    if parsed.events.is_empty() && parsed.estimates.is_empty() && !parsed.faults.is_empty() {
        return Err(Unreadable::ErrorReply(parsed.faults.iter().map(|f| f.1.as_str()).collect::<Vec<_>>().join("; ")));
    }
    // Stable: events of one instant keep the payload's order among equals of the same rank.
    parsed.events.sort_by_key(|e| (e.moment.is_none(), e.at(), e.state.rank()));
    Ok(parsed)
}

/// Envelopes within each other: a message, its body, a list of replies.
const ENVELOPES_MOST: usize = 3;
/// Replies that programs put into one list; a longer one is a list of rows.
const REPLIES_MOST: usize = 200;
/// A list of which so many items are not understood is not a list of replies.
const NOT_UNDERSTOOD_MOST: usize = 20;

/// As it came; where that tells nothing, what stands inside an envelope around it.
fn read(carrier: &dyn Carrier, payload: &Payload, envelopes: usize) -> Result<Reading, Unreadable> {
    let plain = carrier.read(payload).map_err(|why| explained(why, payload));
    let inner = |body: &[u8]| read(carrier, &Payload { body, ..*payload }, envelopes - 1);
    if envelopes == 0 {
        return plain;
    }
    if tells(&plain) {
        return if payload.first_byte() == Some(b'[') { of_every_reply(plain, payload.body, inner) } else { plain };
    }
    match envelope::open(payload.body) {
        Inside::Nothing => plain,
        Inside::Either(bodies) => bodies.iter().fold(plain, |best, body| if tells(&best) { best } else { better(best, inner(body)) }),
        Inside::Each(bodies) => match together(bodies.iter().map(|body| inner(body))) {
            Some(all) => better(plain, Ok(all)),
            None => plain,
        },
    }
}

/// An adapter that reads one reply of a list has lost the others.
fn of_every_reply(
    plain: Result<Reading, Unreadable>,
    body: &[u8],
    inner: impl Fn(&[u8]) -> Result<Reading, Unreadable>,
) -> Result<Reading, Unreadable> {
    let Inside::Each(bodies) = envelope::open(body) else { return plain };
    if !(2..=REPLIES_MOST).contains(&bodies.len()) {
        return plain;
    }
    let told = |r: &Reading| r.parcels.iter().map(|p| p.events.len() + usize::from(p.summary.is_some())).sum::<usize>();
    match together(bodies.iter().map(|body| inner(body))) {
        Some(all) if plain.as_ref().is_ok_and(|one| told(one) < told(&all)) => Ok(all),
        _ => plain,
    }
}

/// Rows of a form that was never published, in whatever envelope they came.
fn guessed(carrier: &dyn Carrier, payload: &Payload, envelopes: usize) -> Option<Reading> {
    guessed::read(payload, carrier.card(), carrier.wording().unwrap_or_default()).or_else(|| match envelope::open(payload.body) {
        Inside::Either(bodies) if envelopes > 0 => {
            bodies.iter().find_map(|body| guessed(carrier, &Payload { body, ..*payload }, envelopes - 1))
        }
        _ => None,
    })
}

/// The replies of a list, or `None` if it is no list of replies. Complaints are faults of their part.
fn together(replies: impl Iterator<Item = Result<Reading, Unreadable>>) -> Option<Reading> {
    let (mut parcels, mut understood, mut strange) = (Vec::new(), 0, 0);
    for reply in replies {
        match reply {
            Ok(reading) => parcels.extend(reading.parcels),
            Err(Unreadable::ErrorReply(why)) => parcels.push(reply::fault(None, why)),
            Err(Unreadable::NotUnderstood(_)) => {
                strange += 1;
                if strange > NOT_UNDERSTOOD_MOST {
                    return None;
                }
                continue;
            }
        }
        understood += 1;
    }
    (understood > 0).then(|| Reading { parcels: timeline::one_per_number(parcels) })
}

/// The other if it tells anything, or at least was understood when the one was not.
fn better(one: Result<Reading, Unreadable>, other: Result<Reading, Unreadable>) -> Result<Reading, Unreadable> {
    let strange = |r: &Result<Reading, Unreadable>| matches!(r, Err(Unreadable::NotUnderstood(_)));
    if tells(&other) || strange(&one) && !strange(&other) { other } else { one }
}

fn tells(reading: &Result<Reading, Unreadable>) -> bool {
    let says = |p: &ParcelReading| !p.events.is_empty() || p.summary.is_some() || p.fault.is_some() || p.estimated_delivery.is_some();
    reading.as_ref().is_ok_and(|r| r.parcels.iter().any(says))
}

/// A SOAP fault is an error reply, also to an adapter that knows no faults.
fn explained(why: Unreadable, payload: &Payload) -> Unreadable {
    let is_xml = matches!(why, Unreadable::NotUnderstood(_)) && payload.first_byte() == Some(b'<');
    let fault = if is_xml { payload.xml().ok().and_then(|root| soap::fault(&root)) } else { None };
    fault.map_or(why, Unreadable::ErrorReply)
}

fn take(parcel: ParcelReading, asked: Option<&str>, carrier: &str, seen: &mut HashSet<(String, String)>, parsed: &mut Parsed) {
    let number = parcel.tracking_number.or_else(|| asked.map(str::to_string)).unwrap_or_default();
    if let Some(fault) = parcel.fault {
        parsed.faults.push(((!number.is_empty()).then(|| number.clone()), fault));
    }
    let mut furthest = 0;
    let mut events = parcel.events;
    events.retain_mut(|event| {
        complete(event, &number, carrier);
        furthest = furthest.max(event.state.rank());
        seen.insert((event.tracking_number.clone(), event.key()))
    });
    // Most payloads tell one parcel: its list is taken as it is.
    if parsed.events.is_empty() {
        parsed.events = events
    } else {
        parsed.events.append(&mut events)
    }
    if let Some(mut summary) = parcel.summary
        && summary.state.rank() > furthest
        && summary.state != State::Unknown
    {
        summary.source = Source::Summary;
        complete(&mut summary, &number, carrier);
        if seen.insert((summary.tracking_number.clone(), summary.key())) {
            parsed.events.push(summary);
        }
    }
    if let Some(window) = parcel.estimated_delivery {
        parsed.estimates.push((number, window));
    }
}

fn complete(event: &mut TrackingEvent, number: &str, carrier: &str) {
    if event.tracking_number.is_empty() {
        event.tracking_number = number.to_string();
    }
    if event.carrier.is_empty() {
        event.carrier = carrier.to_string();
    }
}

/// What a payload turned out to be.
pub struct Detected {
    pub carrier: Option<&'static dyn Carrier>,
    pub kind: DetectedKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectedKind {
    Events,
    Empty,
    Error,
    Unknown,
}

impl DetectedKind {
    pub fn id(self) -> &'static str {
        match self {
            DetectedKind::Events => "events",
            DetectedKind::Empty => "empty",
            DetectedKind::Error => "error",
            DetectedKind::Unknown => "unknown",
        }
    }
}

/// Below this an adapter's guess is not taken: rather unknown than wrong.
const SURE_ENOUGH: u8 = 50;

/// Finds the dialect by headers, then by shape; a tie between two is nobody's. What nobody knows may stand in an envelope.
pub fn dialect(payload: &Payload) -> Option<&'static dyn Carrier> {
    dialect_within(payload, ENVELOPES_MOST)
}

fn dialect_within(payload: &Payload, envelopes: usize) -> Option<&'static dyn Carrier> {
    let inner = |body: Vec<u8>| dialect_within(&Payload { body: &body, ..*payload }, envelopes - 1);
    dialect_of(payload).or_else(|| match envelope::open(payload.body) {
        Inside::Either(bodies) if envelopes > 0 => bodies.into_iter().find_map(inner),
        // One reply speaks for all.
        Inside::Each(bodies) if envelopes > 0 => bodies.into_iter().next().and_then(inner),
        _ => None,
    })
}

fn dialect_of(payload: &Payload) -> Option<&'static dyn Carrier> {
    let shape = Shape::of(payload);
    let mut best: Option<(u8, &'static dyn Carrier)> = None;
    let mut tie = false;
    for &carrier in ALL {
        let sure = carrier.detect(payload, &shape);
        match best {
            Some((most, _)) if sure < most => {}
            Some((most, _)) if sure == most => tie = true,
            _ => (best, tie) = (Some((sure, carrier)), false),
        }
    }
    best.filter(|(sure, _)| *sure >= SURE_ENOUGH && !tie).map(|(_, carrier)| carrier)
}

/// Finds the dialect, and reads the payload to say what it holds.
pub fn detect(payload: &Payload) -> Detected {
    match dialect(payload) {
        None => Detected { carrier: None, kind: DetectedKind::Unknown },
        Some(carrier) => {
            let kind = match parse(carrier, payload) {
                Ok(parsed) if parsed.events.is_empty() => DetectedKind::Empty,
                Ok(_) => DetectedKind::Events,
                Err(Unreadable::ErrorReply(_)) => DetectedKind::Error,
                Err(Unreadable::NotUnderstood(_)) => DetectedKind::Unknown,
            };
            Detected { carrier: Some(carrier), kind }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_id;

    #[test]
    fn an_estimate_travels_with_the_newest_event_of_its_parcel() {
        let payload = serde_json::json!({"own_fleet": [
            {"number": "V1", "estimated": {"end": "2026-06-02"}, "events": [{"at": "2026-06-01 08:00", "state": "dispatched"}, {"at": "2026-06-02 08:00", "state": "out_for_delivery"}]},
            {"number": "V2", "events": [{"at": "2026-06-03 08:00", "state": "dispatched"}]},
            {"number": "V3", "estimated": {"end": "2026-06-05"}, "events": [{"state": "dispatched"}]}]});
        let parsed = parse(by_id("own_fleet").unwrap(), &Payload::of(payload.to_string().as_bytes())).unwrap();
        let told = |e: &TrackingEvent| {
            format!("{} {} {:?}", e.tracking_number, e.state.id(), e.estimated_delivery.as_ref().and_then(|w| w.end.as_deref()))
        };
        let told: Vec<String> = parsed.into_events().iter().map(told).collect();
        assert_eq!(
            told,
            [
                "V1 dispatched None",
                r#"V1 out_for_delivery Some("2026-06-02")"#,
                "V2 dispatched None",
                r#"V3 dispatched Some("2026-06-05")"#
            ]
        );
    }

    #[test]
    fn a_payload_that_tells_of_a_parcel_twice_tells_each_event_once() {
        let scan = r#"{"tag":"InTransit","subtag":"InTransit_001","message":"On its way","checkpoint_time":"2026-03-02T08:00:00Z"}"#;
        let told = |number: &str| format!(r#"{{"tracking_number":"{number}","slug":"gls","tag":"InTransit","checkpoints":[{scan}]}}"#);
        let body = format!(r#"{{"data":{{"trackings":[{},{},{}]}}}}"#, told("EX1"), told("EX1"), told("EX2"));
        let parsed = parse(by_id("aftership").unwrap(), &Payload::of(body.as_bytes())).unwrap();
        let numbers: Vec<&str> = parsed.events.iter().map(|e| e.tracking_number.as_str()).collect();
        assert_eq!(numbers, ["EX1", "EX2"]);
    }
}
