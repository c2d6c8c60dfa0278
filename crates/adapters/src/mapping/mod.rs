//! A retailer's own mapping: where, in a payload that no adapter of ours knows, the scans stand and what each says. A value, so that it
//! can be kept, tried and changed without a programmer; pure, and as tolerant as an adapter: it never panics, and what it cannot read it
//! says.
//!
//! A place is a path of names as in a JSON pointer (`/consignments/scans/code`). Lists are not part of it: they are opened wherever they
//! stand, so that one path fits a lone scan as well as a hundred. A scan's own fields are looked for below it, what stands above
//! (the number of its parcel) in what it is part of.

pub mod guess;
mod interchange;
pub mod outline;
mod path;
mod tree;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use whereabouts_domain::{Location, Private, Reason, State, TrackingEvent, Window};

use crate::{
    carrier::{ParcelReading, Payload, Reading, Unreadable, csv as table},
    clock::{self, DateOrder, Toward, ZoneRule},
    parse::{self, Parsed},
    place,
    timeline::{Habit, oldest_first, one_per_number},
    underneath,
};
pub use outline::Shape;
pub use path::Path;
pub use tree::Form;

/// No payload of scans that somebody maps by hand holds more.
const SCANS_MAX: usize = 10_000;
/// Of scans that cannot be used the first are enough to see why.
const FAULTS_MAX: usize = 100;
/// Texts longer than this are cut; no carrier's words are.
const TEXT_MAX: usize = 2_000;
/// So many codes have a meaning of their own at most.
pub const CODES_MAX: usize = 500;

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Whose scans these are: an id of ours, or one of the retailer's own under which codes are then counted and mapped.
    pub carrier: String,
    pub paths: Paths,
    #[serde(default)]
    pub date_order: Order,
    /// IANA name, for clocks without an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether the carrier's words tell a state where the code does not.
    #[serde(default)]
    pub words: Words,
    /// What codes mean, by the carrier's spelling; goes before every other list.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, CodeMeaning>,
}

/// Which path holds what. Needed are the number, and a code or words; without `events` the whole payload is one scan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    #[serde(skip_serializing_if = "Path::is_root")]
    pub events: Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier_code: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Path>,
    /// Day and clock, or the day alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Path>,
    /// The clock, where it stands apart from the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_delivery: Option<Path>,
}

/// What can be found at a path, in the order in which an operator is asked for it; `events` stands apart.
pub const FIELDS: &[&str] = &[
    "tracking_number",
    "carrier_code",
    "description",
    "occurred_at",
    "clock",
    "location",
    "city",
    "postcode",
    "country",
    "carrier",
    "signed_by",
    "estimated_delivery",
];

impl Paths {
    /// By a name of [`FIELDS`].
    pub fn get(&self, field: &str) -> Option<&Path> {
        match field {
            "tracking_number" => self.tracking_number.as_ref(),
            "carrier" => self.carrier.as_ref(),
            "carrier_code" => self.carrier_code.as_ref(),
            "description" => self.description.as_ref(),
            "occurred_at" => self.occurred_at.as_ref(),
            "clock" => self.clock.as_ref(),
            "location" => self.location.as_ref(),
            "city" => self.city.as_ref(),
            "postcode" => self.postcode.as_ref(),
            "country" => self.country.as_ref(),
            "signed_by" => self.signed_by.as_ref(),
            "estimated_delivery" => self.estimated_delivery.as_ref(),
            _ => None,
        }
    }

    /// By a name of [`FIELDS`]; another name is passed over.
    pub fn set(&mut self, field: &str, path: Option<Path>) {
        let place = match field {
            "tracking_number" => &mut self.tracking_number,
            "carrier" => &mut self.carrier,
            "carrier_code" => &mut self.carrier_code,
            "description" => &mut self.description,
            "occurred_at" => &mut self.occurred_at,
            "clock" => &mut self.clock,
            "location" => &mut self.location,
            "city" => &mut self.city,
            "postcode" => &mut self.postcode,
            "country" => &mut self.country,
            "signed_by" => &mut self.signed_by,
            "estimated_delivery" => &mut self.estimated_delivery,
            _ => return,
        };
        *place = path;
    }
}

/// How an ambiguous `03/04/2026` is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    DayFirst,
    MonthFirst,
}

/// What the carrier's words count for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// Kept and shown; a code that stands in no list waits until somebody says what it means.
    #[default]
    Kept,
    /// They tell the state where the code does not.
    Understood,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMeaning {
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What is wrong with a mapping: (pointer into it, why).
pub fn faults(mapping: &Mapping) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut fault = |pointer: &str, why: &str| found.push((pointer.to_string(), why.to_string()));
    let is_id = |id: &str| {
        (2..=40).contains(&id.len())
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if !is_id(&mapping.carrier) {
        fault("/carrier", "must be 2 to 40 small letters, digits and underscores, beginning with a letter, such as norfolk_vans");
    }
    if mapping.paths.tracking_number.is_none() {
        fault("/paths/tracking_number", "say where the tracking number stands");
    }
    if mapping.paths.carrier_code.is_none() && mapping.paths.description.is_none() {
        fault("/paths/carrier_code", "say where the code or the words stand: without either there is nothing to tell");
    }
    if mapping.paths.clock.is_some() && mapping.paths.occurred_at.is_none() {
        fault("/paths/occurred_at", "say where the day stands that the clock belongs to");
    }
    if mapping.zone.as_deref().is_some_and(|zone| TimeZone::get(zone).is_err()) {
        fault("/zone", "must be the name of a time zone, such as Europe/London");
    }
    if mapping.codes.len() > CODES_MAX {
        fault("/codes", "are too many; what codes mean can be said in the list of unknown codes as well");
    }
    if mapping.codes.values().any(|m| m.state == State::Unknown) {
        fault("/codes", "unknown is not a meaning: leave the code out, and it waits among the unknown codes");
    }
    found
}

/// The same reading as any adapter's.
pub fn read(mapping: &Mapping, payload: &Payload) -> Result<Parsed, Unreadable> {
    let (_, tree) = tree::of(payload)?;
    read_tree(mapping, &tree, payload)
}

fn read_tree(mapping: &Mapping, tree: &Value, payload: &Payload) -> Result<Parsed, Unreadable> {
    let scans = path::found(tree, &mapping.paths.events, SCANS_MAX);
    if scans.is_empty() {
        return Err(Unreadable::not_understood("no scans where the mapping looks for them"));
    }
    let mut faults = 0;
    let is_told = |part: &ParcelReading| {
        faults += usize::from(part.fault.is_some());
        part.fault.is_none() || faults <= FAULTS_MAX
    };
    let parts = scans.iter().enumerate().map(|(at, scan)| Scan { mapping, scan, payload }.read(at)).filter(is_told).collect();
    let mut parcels = one_per_number(parts);
    if parcels.iter().all(|p| p.events.is_empty()) {
        let why = parcels.first().and_then(|p| p.fault.clone()).unwrap_or_default();
        return Err(Unreadable::not_understood(format!("the mapping finds no scan in it ({why})")));
    }
    parcels.iter_mut().for_each(|p| oldest_first(&mut p.events, Habit::OldestFirst));
    parse::completed(Reading { parcels }, payload.number, &mapping.carrier)
}

struct Scan<'a> {
    mapping: &'a Mapping,
    scan: &'a path::Found<'a>,
    payload: &'a Payload<'a>,
}

impl Scan<'_> {
    fn say(&self, path: Option<&Path>) -> Option<String> {
        let text = path::say(self.scan, &self.mapping.paths.events, path?)?;
        Some(text.chars().take(TEXT_MAX).collect())
    }

    /// A scan without a number or without anything said is a fault, and the others are read.
    fn read(&self, at: usize) -> ParcelReading {
        let paths = &self.mapping.paths;
        let number = self.say(paths.tracking_number.as_ref()).or_else(|| self.payload.number.map(str::to_string));
        let fault = |number: Option<String>, why: &str| ParcelReading {
            tracking_number: number,
            fault: Some(format!("scan {}: {why}", at + 1)),
            ..ParcelReading::default()
        };
        let Some(number) = number else { return fault(None, "no tracking number") };
        if self.scan.is_cut {
            return fault(Some(number), "the line ends before its last column");
        }
        let code = self.say(paths.carrier_code.as_ref());
        let words = self.say(paths.description.as_ref()).unwrap_or_default();
        if code.is_none() && words.is_empty() {
            return fault(Some(number), "neither a code nor words");
        }
        let carrier = self.say(paths.carrier.as_ref()).map_or_else(|| self.mapping.carrier.clone(), |named| underneath::carrier_id(&named));
        let location = self.location();
        let rule = place::rule_at(&self.rule(&carrier), &location);
        let (state, reason) = self.meaning(code.as_deref(), &words, &carrier);
        let mut event = TrackingEvent::new("", carrier, state);
        event.reason = reason;
        event.moment = self.moment(&rule);
        event.carrier_code = code;
        event.description = words;
        event.location = location;
        event.signed_by = self.say(paths.signed_by.as_ref()).filter(|_| state.is_delivered()).map(Private::new);
        let estimate = self.say(paths.estimated_delivery.as_ref()).and_then(|told| self.clock(&told, &rule));
        let end = |m: whereabouts_domain::Moment| if m.local_time().len() == "2026-11-22".len() { m.local_time() } else { m.rfc3339() };
        ParcelReading {
            tracking_number: Some(number),
            events: vec![event],
            estimated_delivery: estimate.map(|m| Window { start: None, end: Some(end(m)) }),
            ..ParcelReading::default()
        }
    }

    fn order(&self) -> DateOrder {
        match self.mapping.date_order {
            Order::DayFirst => DateOrder::DayFirst,
            Order::MonthFirst => DateOrder::MonthFirst,
        }
    }

    fn rule(&self, carrier: &str) -> ZoneRule {
        let zone = self.mapping.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok());
        underneath::rule_of(carrier, &ZoneRule::of(zone.as_ref().or(self.payload.zone), "Europe/London"))
    }

    fn moment(&self, rule: &ZoneRule) -> Option<whereabouts_domain::Moment> {
        let day = self.say(self.mapping.paths.occurred_at.as_ref())?;
        let clock = self.say(self.mapping.paths.clock.as_ref());
        let received = self.payload.received_at;
        let whole = received.and_then(|received| clock::completed(&day, self.order(), rule, received, Toward::Past));
        clock::read_pair(Some(&whole.unwrap_or(day)), clock.as_deref(), self.order(), rule)
    }

    /// A time that is expected.
    fn clock(&self, told: &str, rule: &ZoneRule) -> Option<whereabouts_domain::Moment> {
        match self.payload.received_at {
            Some(received) => clock::read_near(told, self.order(), rule, received, Toward::Nearest),
            None => clock::read(told, self.order(), rule),
        }
    }

    fn location(&self) -> Location {
        let paths = &self.mapping.paths;
        let line = self.say(paths.location.as_ref());
        let parts = [&paths.city, &paths.postcode, &paths.country].map(|path| self.say(path.as_ref()));
        if parts.iter().all(Option::is_none) {
            return line.map(|line| place::of_line(&line)).unwrap_or_default();
        }
        let [city, postcode, country] = parts;
        let mut location = place::of(city, None, postcode, country);
        location.text = line.or(location.text);
        location
    }

    /// The mapping's own list, then our vocabulary, the carrier's table, and, if they count, the words.
    fn meaning(&self, code: Option<&str>, words: &str, carrier: &str) -> (State, Option<Reason>) {
        if let Some(meaning) = code.and_then(|code| self.mapping.codes.get(code)) {
            return (meaning.state, meaning.reason);
        }
        let words = if self.mapping.words == Words::Understood { words } else { "" };
        table::meaning(code, words, carrier)
    }
}

/// Whether a payload is of the mapping's shape: how much of it was there when the mapping was made (0 to 1). `None`: of another form, or
/// where the mapping looks for scans, numbers and times there are none.
pub fn fit(mapping: &Mapping, shape: &Shape, payload: &Payload) -> Option<f64> {
    let (form, tree) = tree::of(payload).ok()?;
    if form != shape.form {
        return None;
    }
    let alike = Shape::of(form, &tree).alike(shape);
    if alike < ALIKE_MIN {
        return None;
    }
    let parsed = read_tree(mapping, &tree, payload).ok()?;
    let dated = parsed.events.iter().filter(|e| e.moment.is_some()).count();
    let is_dated = mapping.paths.occurred_at.is_none() || dated * 2 >= parsed.events.len();
    (!parsed.events.is_empty() && is_dated).then_some(alike)
}

/// Payloads of which less is known are of another shape.
pub const ALIKE_MIN: f64 = 0.6;

/// Which of several mappings reads this payload: the one whose shape it is most like, and none if two are equally like it.
pub fn recognise<'m, M>(mappings: impl IntoIterator<Item = (&'m M, &'m Mapping, &'m Shape)>, payload: &Payload) -> Option<&'m M> {
    let mut best: Option<(f64, &M)> = None;
    let mut tie = false;
    for (name, mapping, shape) in mappings {
        let Some(alike) = fit(mapping, shape, payload) else { continue };
        match best {
            Some((most, _)) if alike < most => {}
            Some((most, _)) if alike <= most => tie = true,
            _ => (best, tie) = (Some((alike, name)), false),
        }
    }
    best.filter(|_| !tie).map(|(_, name)| name)
}

/// The form and the shape of a payload, for a mapping that is being made of it.
pub fn shape_of(payload: &Payload) -> Result<Shape, Unreadable> {
    let (form, tree) = tree::of(payload)?;
    Ok(Shape::of(form, &tree))
}
