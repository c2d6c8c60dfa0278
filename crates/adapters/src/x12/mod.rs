//! ANSI ASC X12 transaction set 214, Transportation Carrier Shipment Status Message, releases 3060 to 8010: shipments, what
//! they are numbered, and their statuses.
//!
//! One `ST` tells one shipment (`B10`), or several in its `LX` loops, each with its own reference. Before 4010 the year has two
//! digits and the century stands in a field of its own. A clock without a time code is local to the place in `MS1`. Counts in
//! `SE`, `GE` and `IEA` are not checked: a wrong count loses no scan.

pub mod codes;

use std::{borrow::Cow, rc::Rc};

use whereabouts_domain::{Location, Moment, Private, Reason, State, TrackingEvent, Window};

use crate::{
    carrier::Unreadable,
    clock::{self, DateOrder, ZoneRule},
    edi::{self, Segment},
    phrase::{self, Meaning},
    place,
};

/// `L11` qualifiers that name the parcel or shipment as its carrier does, best first: tracking number, carrier's reference.
const OWN_NUMBERS: [&str; 3] = ["2I", "TN", "CN"];
/// `MAN` qualifiers: carrier's package id, carrier's package number, UPS's, SSCC.
const PACKAGES: [&str; 5] = ["CP", "CA", "UP", "R", "GM"];

/// One shipment: a transaction set without loops, or one of its loops.
#[derive(Debug, Default)]
pub struct Shipment {
    /// Who sends, by the interchange.
    pub sender: Option<String>,
    /// Standard Carrier Alpha Code.
    pub scac: Option<String>,
    /// As its carrier numbers it: of the loop, else of the set.
    pub number: Option<String>,
    /// As its shipper does.
    pub shippers_number: Option<String>,
    /// `L11`: value and qualifier, of the set; its shipments share them.
    pub references: Rc<Vec<(String, String)>>,
    pub statuses: Vec<Status>,
    /// Statuses that hold neither a status nor an appointment.
    pub without_code: usize,
}

/// One `AT7` and what follows it.
#[derive(Debug, Default)]
pub struct Status {
    pub code: String,
    pub why: String,
    pub moment: Option<Moment>,
    /// When it was told: the functional group's clock.
    pub told: Option<Moment>,
    pub location: Location,
    /// Free text.
    pub words: String,
    pub references: Vec<(String, String)>,
}

/// The text of an interchange, if it looks like one that may hold a status message.
pub fn text(body: &[u8]) -> Option<Cow<'_, str>> {
    let text = edi::text(body);
    ["ISA", "GS", "ST"].into_iter().any(|tag| text.starts_with(tag)).then_some(text)
}

/// Whether a set 214 is in it.
pub fn holds_status(text: &str) -> bool {
    let Ok(marks) = edi::x12(text) else { return false };
    edi::segments(text, &marks).any(|s| s.is("ST") && s.part(1, 0).as_deref() == Some("214"))
}

/// Every shipment of every set 214.
pub fn shipments(text: &str, rule: &ZoneRule) -> Result<Vec<Shipment>, Unreadable> {
    let marks = edi::x12(text)?;
    edi::refuse_dense(text, &marks, &["ST", "LX", "AT7"])?;
    let mut found = None;
    let mut sender = None;
    let mut group = Group::default();
    let mut open: Option<Set> = None;
    let mut close = |open: Option<Set>| {
        if let Some(set) = open {
            found.get_or_insert_with(Vec::new).extend(set.shipments(rule));
        }
    };
    for segment in edi::segments(text, &marks) {
        match segment.tag() {
            "ISA" => sender = segment.part(6, 0),
            "GS" => group = Group::of(&segment, sender.as_ref()),
            "ST" => {
                close(open.take());
                open = (segment.part(1, 0).as_deref() == Some("214")).then(|| Set { group: group.clone(), ..Set::default() });
            }
            "SE" | "GE" | "IEA" => close(open.take()),
            _ => open.iter_mut().for_each(|set| set.take(segment)),
        }
    }
    close(open);
    found.ok_or_else(|| Unreadable::not_understood("no transaction set 214 in it"))
}

#[derive(Clone, Default)]
struct Group {
    sender: Option<String>,
    date: Option<String>,
    time: Option<String>,
}

impl Group {
    fn of(group: &Segment, sender: Option<&String>) -> Group {
        Group { sender: sender.cloned().or_else(|| group.part(2, 0)), date: group.part(4, 0).map(with_century), time: group.part(5, 0) }
    }
}

/// One transaction set: what stands before the first `LX`, and the loops.
#[derive(Default)]
struct Set<'a> {
    group: Group,
    head: Vec<Segment<'a>>,
    loops: Vec<Vec<Segment<'a>>>,
}

impl<'a> Set<'a> {
    fn take(&mut self, segment: Segment<'a>) {
        match segment.tag() {
            "LX" => self.loops.push(Vec::new()),
            // Loops that somebody forgot to open.
            "AT7" if self.loops.is_empty() => self.loops.push(vec![segment]),
            _ => self.loops.last_mut().unwrap_or(&mut self.head).push(segment),
        }
    }

    fn shipments(&self, rule: &ZoneRule) -> Vec<Shipment> {
        let begin = self.head.iter().find(|s| s.is("B10"));
        let told = |element: usize| begin.and_then(|b| b.part(element, 0));
        let references = Rc::new(references(&self.head));
        let number = own_number(&self.head, &references).or_else(|| told(1)).or_else(|| reference(&references, "BM"));
        let at = clock::read_pair(self.group.date.as_deref(), self.group.time.as_deref(), DateOrder::DayFirst, rule);
        let shipment = |scans: &[Segment]| {
            let starts: Vec<usize> = scans.iter().enumerate().filter(|(_, s)| s.is("AT7")).map(|(i, _)| i).collect();
            let blocks = starts.iter().enumerate().map(|(n, &start)| &scans[start..starts.get(n + 1).copied().unwrap_or(scans.len())]);
            let statuses: Vec<Status> = blocks.filter_map(|block| status(block, at, rule)).collect();
            let own = own_number(scans, &self::references(scans));
            Shipment {
                sender: self.group.sender.clone(),
                scac: told(3).filter(|scac| scac.len() <= 4),
                number: own.or_else(|| number.clone()),
                shippers_number: told(2),
                references: Rc::clone(&references),
                without_code: starts.len() - statuses.len(),
                statuses,
            }
        };
        if self.loops.is_empty() { vec![shipment(&[])] } else { self.loops.iter().map(|scans| shipment(scans)).collect() }
    }
}

/// A status, or an appointment (elements 3 and 4) where there is no status.
fn status(block: &[Segment], told: Option<Moment>, rule: &ZoneRule) -> Option<Status> {
    let (at7, about) = block.split_first()?;
    let (code, why) = match at7.part(1, 0) {
        Some(code) => (code, at7.part(2, 0)),
        None => (at7.part(3, 0)?, at7.part(4, 0)),
    };
    let location = about.iter().find(|s| s.is("MS1")).map(place_of).unwrap_or_default();
    let words = about.iter().filter(|s| s.is("K1")).flat_map(|s| [s.element(1), s.element(2)]).flatten();
    Some(Status {
        code: code.to_ascii_uppercase(),
        why: why.unwrap_or_default().to_ascii_uppercase(),
        moment: moment(at7, &place::rule_at(rule, &location)),
        told,
        words: words.collect::<Vec<_>>().join(" "),
        references: references(about),
        location,
    })
}

impl Status {
    /// What code, reason and words mean together; a code that is in no list stays unknown.
    pub fn meaning(&self) -> Meaning {
        match codes::STATUS.iter().find(|known| known.code == self.code) {
            Some(known) => {
                let state = codes::refined(known.state, &self.why);
                phrase::refine(Some((state, self.reason().or(known.reason))), phrase::understand(&self.words, &[]))
            }
            None => (State::Unknown, self.reason()),
        }
    }

    pub fn reason(&self) -> Option<Reason> {
        codes::reason(&self.why)
    }

    /// The date of an estimate and of an appointment is when something will happen: such an event happened when it was told.
    pub fn into_event(self, carrier: &str) -> TrackingEvent {
        let (state, reason) = self.meaning();
        let is = |list: &[&str]| list.contains(&self.code.as_str());
        let mut event = TrackingEvent::new("", carrier, state);
        event.reason = reason;
        event.moment = if is(codes::EXPECTED_DELIVERY) || is(codes::EXPECTED_BEFORE) { self.told } else { self.moment };
        event.estimated_delivery = self.moment.filter(|_| is(codes::EXPECTED_DELIVERY)).map(window);
        event.signed_by = signatory(&self.words).filter(|_| state.is_delivered()).map(Private::new);
        event.carrier_code = Some(self.code);
        event.description = self.words;
        event.location = self.location;
        event
    }
}

/// Date and clock; before release 4010 the century stands between them.
fn moment(at7: &Segment, rule: &ZoneRule) -> Option<Moment> {
    let date = at7.part(5, 0)?;
    let is_short = date.len() == 6 && at7.part(6, 0).is_none_or(|c| c.len() == 2);
    let (date, time, zone) = if is_short {
        (at7.part(6, 0).unwrap_or_else(|| century_of(&date).into()) + &date, at7.part(7, 0), at7.part(8, 0))
    } else {
        (with_century(date), at7.part(6, 0), at7.part(7, 0))
    };
    // Tenths and hundredths of a second may follow.
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

fn with_century(date: String) -> String {
    if date.len() == 6 { century_of(&date).to_string() + &date } else { date }
}

fn century_of(date: &str) -> &'static str {
    if date < "80" { "20" } else { "19" }
}

fn window(moment: Moment) -> Window {
    let is_day = moment.local_time().len() == 10;
    Window { start: None, end: Some(if is_day { moment.local_time() } else { moment.rfc3339() }) }
}

/// City, state and country, and perhaps degrees.
fn place_of(ms1: &Segment) -> Location {
    let told = |i: usize| ms1.part(i, 0);
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
        6 | 7 if digits.bytes().all(|b| b.is_ascii_digit()) => {
            let (whole, rest) = digits.split_at(digits.len() - 4);
            whole.parse::<f64>().ok()? + rest[..2].parse::<f64>().ok()? / 60.0 + rest[2..].parse::<f64>().ok()? / 3600.0
        }
        _ => number.abs(),
    };
    let value = if is_negative || number < 0.0 { -value } else { value };
    (value.abs() <= 180.0).then_some(value)
}

fn references(segments: &[Segment]) -> Vec<(String, String)> {
    segments.iter().filter(|s| s.is("L11")).filter_map(|s| Some((s.element(1)?, s.part(2, 0).unwrap_or_default()))).collect()
}

fn reference(references: &[(String, String)], kind: &str) -> Option<String> {
    references.iter().find(|(_, qualifier)| qualifier == kind).map(|(value, _)| value.clone())
}

fn own_number(segments: &[Segment], references: &[(String, String)]) -> Option<String> {
    let package = |kind: &&str| {
        let numbered = segments.iter().filter(|s| s.is("MAN") && s.part(1, 0).as_deref() == Some(*kind));
        let mut all: Vec<String> = numbered.filter_map(|s| s.part(2, 0)).collect();
        all.dedup();
        // Several packages in one loop: the shipment's number stands for them.
        if all.len() == 1 { all.pop() } else { None }
    };
    OWN_NUMBERS.iter().find_map(|kind| reference(references, kind)).or_else(|| PACKAGES.iter().find_map(package))
}

/// `SIGNED BY J SAMPLE`, `RECEIVED BY: SAMPLE`, `POD: SAMPLE`.
fn signatory(words: &str) -> Option<String> {
    let upper = words.to_ascii_uppercase();
    let marks = ["SIGNED FOR BY", "SIGNED BY", "RECEIVED BY", "SIGNATURE:", "POD:"];
    let behind = marks.into_iter().find_map(|mark| upper.find(mark).map(|at| at + mark.len()))?;
    let name = words.get(behind..)?.trim_start_matches([':', ' ', '-']).split([',', ';']).next()?.trim();
    (!name.is_empty()).then(|| name.to_string())
}
