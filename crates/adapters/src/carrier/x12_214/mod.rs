//! ASC X12 214, Transportation Carrier Shipment Status Message, releases 3060 to 8010: what North American carriers send by EDI.
//!
//! One `ST` tells one shipment (`B10`), or several in its `LX` loops, each with its own reference. Quirks: before 4010 the
//! year has two digits and the century stands in a field of its own; an appointment's date, and that of an estimate, is when
//! something will happen, not when it was told, so such an event carries the interchange's own clock; a clock without a time
//! code is local to the place in `MS1`. Counts in `SE`, `GE` and `IEA` are not checked: a wrong count loses no scan.

mod codes;

use whereabouts_domain::{Location, Moment, Private, State, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    edi::{self, Segment},
    phrase, place, timeline, underneath,
};

pub static CARRIER: X12 = X12;
pub struct X12;

static CARD: Card = Card { id: "x12_214", name: "X12 214", zone: "America/New_York", aggregator: true, codes: codes::STATUS };

/// `L11` qualifiers that name the parcel or shipment as its carrier does, best first: tracking number, carrier's reference.
const OWN_NUMBERS: [&str; 3] = ["2I", "TN", "CN"];
/// `MAN` qualifiers: carrier's package id, UPS and FedEx package numbers, SSCC.
const PACKAGES: [&str; 5] = ["CP", "CA", "UP", "R", "GM"];

impl Carrier for X12 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let text = edi::text(payload.body);
        let marks = edi::x12(&text)?;
        let mut shipments = Vec::new();
        let mut told = Told::default();
        let mut open: Option<Shipment> = None;
        for segment in edi::segments(&text, &marks) {
            match segment.tag() {
                "GS" => told = Told::of(&segment),
                "ST" => {
                    shipments.extend(open.take());
                    open = (segment.part(1, 0).as_deref() == Some("214")).then(|| Shipment { told: told.clone(), ..Shipment::default() });
                }
                "SE" | "GE" | "IEA" => shipments.extend(open.take()),
                _ => open.iter_mut().for_each(|shipment| shipment.take(segment)),
            }
        }
        shipments.extend(open);
        if shipments.is_empty() {
            return Err(Unreadable::not_understood("no transaction set 214 in it"));
        }
        let parcels = shipments.into_iter().flat_map(|shipment| shipment.read(payload)).collect();
        Ok(Reading { parcels: timeline::one_per_number(parcels) })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Shape::Other = shape else { return 0 };
        let text = edi::text(payload.body);
        let Ok(marks) = edi::x12(&text) else { return 0 };
        let mut sets = edi::segments(&text, &marks).filter(|s| s.is("ST"));
        if sets.any(|s| s.part(1, 0).as_deref() == Some("214")) { 95 } else { 0 }
    }
}

/// Who sends, and when: from the functional group.
#[derive(Clone, Default)]
struct Told {
    sender: Option<String>,
    date: Option<String>,
    time: Option<String>,
}

impl Told {
    fn of(group: &Segment) -> Told {
        Told { sender: group.part(2, 0), date: group.part(4, 0).map(century), time: group.part(5, 0) }
    }
}

/// One transaction set: what stands before the first `LX`, and the loops.
#[derive(Default)]
struct Shipment<'a> {
    told: Told,
    head: Vec<Segment<'a>>,
    loops: Vec<Vec<Segment<'a>>>,
}

impl<'a> Shipment<'a> {
    fn take(&mut self, segment: Segment<'a>) {
        match segment.tag() {
            "LX" => self.loops.push(Vec::new()),
            // Loops that somebody forgot to open.
            "AT7" if self.loops.is_empty() => self.loops.push(vec![segment]),
            _ => self.loops.last_mut().unwrap_or(&mut self.head).push(segment),
        }
    }

    fn read(&self, payload: &Payload) -> Vec<ParcelReading> {
        let begin = self.head.iter().find(|s| s.is("B10"));
        let pro = begin.and_then(|b| b.part(1, 0));
        let shippers = begin.and_then(|b| b.part(2, 0));
        let scac = begin.and_then(|b| b.part(3, 0)).filter(|scac| scac.len() <= 4).or_else(|| self.told.sender.clone()).unwrap_or_default();
        let carrier = codes::carrier_of(&scac).map_or_else(|| underneath::carrier_id(&scac), str::to_string);
        let asked = payload.number.map(str::to_string);
        let head = own_number(&self.head).or(pro).or_else(|| reference(&self.head, "BM")).or(asked).or(shippers);
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcel = |scans: &[Segment]| {
            let mut parcel = ParcelReading { tracking_number: own_number(scans).or_else(|| head.clone()), ..ParcelReading::default() };
            if parcel.tracking_number.is_none() {
                parcel.fault = Some("a shipment without a number".into());
                return parcel;
            }
            self.scans(scans, &carrier, &rule, &mut parcel);
            parcel
        };
        if self.loops.is_empty() { vec![parcel(&[])] } else { self.loops.iter().map(|scans| parcel(scans)).collect() }
    }

    /// Each `AT7` opens a scan; what follows it, up to the next, tells more about it.
    fn scans(&self, segments: &[Segment], carrier: &str, rule: &ZoneRule, parcel: &mut ParcelReading) {
        let starts: Vec<usize> = segments.iter().enumerate().filter(|(_, s)| s.is("AT7")).map(|(i, _)| i).collect();
        for (n, &start) in starts.iter().enumerate() {
            let end = starts.get(n + 1).copied().unwrap_or(segments.len());
            match self.scan(&segments[start..end], carrier, rule) {
                Some((event, expected)) => {
                    parcel.events.push(event);
                    parcel.estimated_delivery = expected.or(parcel.estimated_delivery.take());
                }
                None => parcel.fault = Some("a status without a code".into()),
            }
        }
    }

    fn scan(&self, about: &[Segment], carrier: &str, rule: &ZoneRule) -> Option<(TrackingEvent, Option<Window>)> {
        let (status, rest) = about.split_first()?;
        let (code, why) = match status.part(1, 0) {
            Some(code) => (code, status.part(2, 0)),
            None => (status.part(3, 0)?, status.part(4, 0)),
        };
        let code = code.to_ascii_uppercase();
        let why = why.unwrap_or_default().to_ascii_uppercase();
        let words = rest.iter().filter(|s| s.is("K1")).flat_map(|s| [s.element(1), s.element(2)]).flatten().collect::<Vec<_>>().join(" ");
        let location = rest.iter().find(|s| s.is("MS1")).map(place_of).unwrap_or_default();
        let moment = moment(status, &place::rule_at(rule, &location));
        let (state, reason) = meaning(&code, &why, &words);
        let mut event = TrackingEvent::new("", carrier, state);
        event.reason = reason;
        event.signed_by = signatory(&words).filter(|_| state.is_delivered()).map(Private::new);
        event.description = words;
        event.location = location;
        let is = |list: &[&str]| list.contains(&code.as_str());
        let mut expected = None;
        if is(codes::EXPECTED_DELIVERY) || is(codes::EXPECTED_BEFORE) {
            expected = moment.filter(|_| is(codes::EXPECTED_DELIVERY)).map(window);
            event.moment = clock::read_pair(self.told.date.as_deref(), self.told.time.as_deref(), DateOrder::DayFirst, rule);
            event.estimated_delivery = expected.clone();
        } else {
            event.moment = moment;
        }
        event.carrier_code = Some(code);
        Some((event, expected))
    }
}

fn meaning(code: &str, why: &str, words: &str) -> phrase::Meaning {
    match CARD.look_up(code) {
        Some(known) => {
            let state = codes::refined(known.state, why);
            phrase::refine(Some((state, codes::reason(why).or(known.reason))), phrase::understand(words, &[]))
        }
        None => (State::Unknown, codes::reason(why)),
    }
}

/// Date and clock; before release 4010 the century stands between them.
fn moment(status: &Segment, rule: &ZoneRule) -> Option<Moment> {
    let date = status.part(5, 0)?;
    let has_century = date.len() == 6 && status.part(6, 0).is_none_or(|c| c.len() == 2);
    let (date, time, zone) = if has_century {
        (status.part(6, 0).unwrap_or_else(|| century_of(&date).into()) + &date, status.part(7, 0), status.part(8, 0))
    } else {
        (century(date), status.part(6, 0), status.part(7, 0))
    };
    let time = time.filter(|t| t.len() >= 3 && t.bytes().all(|b| b.is_ascii_digit())).map(|t| t[..t.len().min(6)].to_string());
    let zone = zone.and_then(|code| codes::zone(&code.to_ascii_uppercase()));
    match (time, zone) {
        (Some(time), Some(zone)) if time.len() == 4 || time.len() == 6 => {
            let clock = format!("{}:{}{}", &time[..2], &time[2..4], time.get(4..6).map(|s| format!(":{s}")).unwrap_or_default());
            let day = format!("{}-{}-{}", date.get(..4)?, date.get(4..6)?, date.get(6..8)?);
            let gap = if zone.contains('/') { " " } else { "" };
            clock::read(&format!("{day} {clock}{gap}{zone}"), DateOrder::DayFirst, rule)
        }
        (time, _) => clock::read_pair(Some(&date), time.as_deref(), DateOrder::DayFirst, rule),
    }
}

/// `YYMMDD` with its century.
fn century(date: String) -> String {
    if date.len() == 6 { century_of(&date).to_string() + &date } else { date }
}

fn century_of(date: &str) -> &'static str {
    if date < "80" { "20" } else { "19" }
}

fn window(moment: Moment) -> Window {
    let is_day = moment.local_time().len() == 10;
    Window { start: None, end: Some(if is_day { moment.local_time() } else { moment.rfc3339() }) }
}

/// City, state and country, or degrees, minutes and seconds.
fn place_of(segment: &Segment) -> Location {
    let told = |i: usize| segment.part(i, 0);
    let country = told(3).or_else(|| told(2).and_then(|state| place::country_of_region(&state)).map(str::to_string));
    let mut location = place::of(told(1), told(2), told(8).filter(|p| p.bytes().any(|b| b.is_ascii_digit())), country);
    location.longitude = told(4).and_then(|text| degrees(&text, told(6).as_deref() == Some("W")));
    location.latitude = told(5).and_then(|text| degrees(&text, told(7).as_deref() == Some("S")));
    location
}

/// `0871234` is 87° 12′ 34″; a decimal point means degrees.
fn degrees(text: &str, is_negative: bool) -> Option<f64> {
    let number: f64 = text.parse().ok().filter(|n: &f64| n.is_finite())?;
    let digits = text.trim_start_matches('-');
    let value = match digits.len() {
        _ if text.contains('.') => number,
        6 | 7 if digits.bytes().all(|b| b.is_ascii_digit()) => {
            let (whole, rest) = digits.split_at(digits.len() - 4);
            whole.parse::<f64>().ok()? + rest[..2].parse::<f64>().ok()? / 60.0 + rest[2..].parse::<f64>().ok()? / 3600.0
        }
        _ => number,
    };
    let value = if is_negative || text.starts_with('-') { -value.abs() } else { value };
    (value.abs() <= 180.0).then_some(value)
}

fn own_number(segments: &[Segment]) -> Option<String> {
    let package = || {
        PACKAGES.iter().find_map(|kind| {
            let numbered = segments.iter().filter(|s| s.is("MAN") && s.part(1, 0).as_deref() == Some(*kind));
            let mut all: Vec<String> = numbered.filter_map(|s| s.part(2, 0)).collect();
            all.dedup();
            // Several packages in one loop: the shipment's number stands for them.
            if all.len() == 1 { all.pop() } else { None }
        })
    };
    OWN_NUMBERS.iter().find_map(|kind| reference(segments, kind)).or_else(package)
}

fn reference(segments: &[Segment], kind: &str) -> Option<String> {
    segments.iter().find(|s| s.is("L11") && s.part(2, 0).as_deref() == Some(kind)).and_then(|s| s.element(1))
}

/// `SIGNED BY J SAMPLE`, `RECEIVED BY: SAMPLE`, `POD SAMPLE`.
fn signatory(words: &str) -> Option<String> {
    let upper = words.to_ascii_uppercase();
    let mark = ["SIGNED FOR BY", "SIGNED BY", "RECEIVED BY", "SIGNATURE:", "POD:"].into_iter().find_map(|mark| upper.find(mark).map(|at| at + mark.len()))?;
    let name = words.get(mark..)?.trim_start_matches([':', ' ', '-']).split([',', ';']).next()?.trim();
    (!name.is_empty()).then(|| name.to_string())
}
