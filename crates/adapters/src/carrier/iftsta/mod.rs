//! EDIFACT IFTSTA, international multimodal status report, directories D.96A to D.21B and EANCOM: what European carriers send by EDI.
//!
//! A message tells consignments (`CNI`), each with one or more statuses (`STS`); what stands behind a status belongs to it.
//! Quirks: the status is element 9011 or, from D.99 on, 4405, at the same place; codes of a carrier's own list say so in 1131 or
//! 3055 and are then not Recommendation 24; the number is the consignment's, else a reference behind the status, else a barcode in
//! `GIN`. Counts in `UNT` and `UNZ` are not checked: a wrong count loses no scan. UPS's Quantum View in EDIFACT is `ups`.

mod codes;

use whereabouts_domain::{Location, Moment, State, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    edi::{self, Segment},
    phrase, place, timeline, underneath,
};

pub static CARRIER: Iftsta = Iftsta;
pub struct Iftsta;

static CARD: Card = Card { id: "iftsta", name: "EDIFACT IFTSTA", zone: "Europe/Berlin", aggregator: true, codes: codes::STATUS };

/// `RFF` qualifiers under which a carrier numbers a parcel or consignment, best first: package, consignment identifier assigned
/// by the carrier, carrier's reference, transport document, waybill.
const OWN_NUMBERS: [&str; 7] = ["CW", "ANT", "CN", "AAS", "AWB", "HWB", "BM"];
/// Those of others: shipment, unique consignment, consignor's, delivery note, order.
const OTHER_NUMBERS: [&str; 6] = ["SRN", "UCN", "CU", "DQ", "AAJ", "ON"];
/// `DTM` qualifiers of when it happened, best first: status change, event, delivered, arrived, departed, collected, processed.
const HAPPENED: [&str; 10] = ["334", "78", "35", "178", "186", "200", "310", "9", "7", "97"];
/// … and of when a delivery is expected: estimated, arrival estimated, promised, expected, scheduled.
const EXPECTED: [&str; 6] = ["17", "132", "69", "191", "76", "358"];
/// The message itself.
const DOCUMENT: &str = "137";
/// `LOC` qualifiers of where it happened: activity, location of goods, transhipment.
const HERE: [&str; 4] = ["175", "14", "13", "18"];

impl Carrier for Iftsta {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let text = edi::text(payload.body);
        let (marks, text) = edi::edifact(&text)?;
        edi::refuse_dense(text, &marks, &["UNH", "CNI", "STS"])?;
        let mut parcels = Vec::new();
        let mut any = false;
        let mut open: Option<Message> = None;
        for segment in edi::segments(text, &marks) {
            match segment.tag() {
                "UNH" => {
                    parcels.extend(open.take().into_iter().flat_map(|m| m.read(payload)));
                    open = (segment.part(2, 0).as_deref() == Some("IFTSTA")).then(Message::default);
                    any |= open.is_some();
                }
                "UNT" | "UNE" | "UNZ" => parcels.extend(open.take().into_iter().flat_map(|m| m.read(payload))),
                _ => open.iter_mut().for_each(|message| message.take(segment)),
            }
        }
        parcels.extend(open.into_iter().flat_map(|m| m.read(payload)));
        if any {
            Ok(Reading { parcels: timeline::one_per_number(parcels) })
        } else {
            Err(Unreadable::not_understood("no IFTSTA message in it"))
        }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Shape::Other = shape else { return 0 };
        let text = edi::text(payload.body);
        let Ok((marks, text)) = edi::edifact(&text) else { return 0 };
        let mut messages = edi::segments(text, &marks).filter(|s| s.is("UNH"));
        if messages.any(|s| s.part(2, 0).as_deref() == Some("IFTSTA")) { 90 } else { 0 }
    }
}

/// One message: what stands before the first consignment, and the consignments.
#[derive(Default)]
struct Message<'a> {
    head: Vec<Segment<'a>>,
    consignments: Vec<Vec<Segment<'a>>>,
}

impl<'a> Message<'a> {
    fn take(&mut self, segment: Segment<'a>) {
        match segment.tag() {
            "CNI" => self.consignments.push(vec![segment]),
            // A status without a consignment: the message is about one.
            "STS" if self.consignments.is_empty() => self.consignments.push(vec![segment]),
            _ => self.consignments.last_mut().unwrap_or(&mut self.head).push(segment),
        }
    }

    fn read(&self, payload: &Payload) -> Vec<ParcelReading> {
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let carriers = self.head.iter().filter(|s| s.is("NAD") && matches!(s.part(1, 0).as_deref(), Some("CA" | "FR" | "MS")));
        let carrier =
            carriers.flat_map(|s| s.parts(4).into_iter().chain(s.parts(3)).chain(s.parts(2))).find_map(|name| underneath::known(&name));
        let told = dated(&self.head, &[DOCUMENT], &rule);
        if self.consignments.is_empty() {
            let number = own_number(&self.head).or_else(|| payload.number.map(str::to_string));
            return number.map(|n| ParcelReading { tracking_number: Some(n), ..ParcelReading::default() }).into_iter().collect();
        }
        let about = About {
            carrier: carrier.unwrap_or_default(),
            own: own_number(&self.head),
            others: number_under(&self.head, &OTHER_NUMBERS),
            told,
            rule: &rule,
            asked: payload.number,
        };
        self.consignments.iter().flat_map(|segments| about.consignment(segments)).collect()
    }
}

/// What the head of a message says about all of its statuses.
struct About<'a> {
    carrier: &'static str,
    /// The number that a carrier's qualifier names, …
    own: Option<String>,
    /// … and that of another's.
    others: Option<String>,
    told: Option<Moment>,
    rule: &'a ZoneRule,
    asked: Option<&'a str>,
}

impl About<'_> {
    fn consignment(&self, segments: &[Segment]) -> Vec<ParcelReading> {
        let starts: Vec<usize> = segments.iter().enumerate().filter(|(_, s)| s.is("STS")).map(|(i, _)| i).collect();
        let front = &segments[..starts.first().copied().unwrap_or(segments.len())];
        let own = front.iter().find(|s| s.is("CNI")).and_then(|s| s.part(2, 0));
        let in_front = own_number(front);
        let number = |about: &[Segment]| {
            let own = own.clone().or_else(|| own_number(about)).or_else(|| in_front.clone()).or_else(|| self.own.clone());
            let asked = || self.asked.map(str::to_string);
            let others = || number_under(about, &OTHER_NUMBERS).or_else(|| self.others.clone());
            own.or_else(|| barcode(about)).or_else(asked).or_else(others)
        };
        if starts.is_empty() {
            return vec![ParcelReading { tracking_number: number(front), ..ParcelReading::default() }];
        }
        let blocks = starts.iter().enumerate().map(|(n, &start)| &segments[start..starts.get(n + 1).copied().unwrap_or(segments.len())]);
        blocks.map(|block| self.status(block, number(block))).collect()
    }

    fn status(&self, block: &[Segment], number: Option<String>) -> ParcelReading {
        let mut parcel = ParcelReading { tracking_number: number, ..ParcelReading::default() };
        let Some((status, about)) = block.split_first() else { return parcel };
        let words = words(status, about);
        let code = status.part(2, 0);
        if parcel.tracking_number.is_none() || (code.is_none() && words.is_empty()) {
            parcel.fault =
                Some(if parcel.tracking_number.is_none() { "a status without a number" } else { "a status without a code" }.into());
            return parcel;
        }
        let location = place_of(about);
        let rule = place::rule_at(self.rule, &location);
        let (state, reason) = meaning(status, &words);
        let mut event = TrackingEvent::new("", self.carrier, state);
        event.reason = reason;
        event.moment = dated(about, &HAPPENED, &rule).or_else(|| any_date(about, &rule)).or(self.told);
        event.estimated_delivery = dated(about, &EXPECTED, &rule).map(window);
        parcel.estimated_delivery = event.estimated_delivery.clone();
        event.carrier_code = code;
        event.description = words;
        event.location = location;
        event.parcel = barcode(about).filter(|b| Some(b) != parcel.tracking_number.as_ref());
        // Exactly one: room for more would cost a long message most of its memory.
        parcel.events = vec![event];
        parcel
    }
}

/// The code by Recommendation 24, unless it is of the carrier's own list; then only the words tell.
fn meaning(status: &Segment, words: &str) -> phrase::Meaning {
    let code = status.part(2, 0).unwrap_or_default();
    // 3055: 5 ISO, 6 UN/ECE, 9 GS1 (EAN); 86, 87 and 92, 91, ZZZ: the parties' own.
    let is_public = status.part(2, 2).is_none_or(|agency| matches!(agency.as_str(), "5" | "6" | "9" | "000"));
    let why = (3..=7).find_map(|element| status.part(element, 0)).filter(|_| is_public).and_then(|code| codes::reason(&code));
    let spoken = phrase::understand(words, &[]);
    if !is_public || code.is_empty() {
        return spoken.unwrap_or((State::Unknown, why));
    }
    match CARD.look_up(&code) {
        Some(known) => phrase::refine(Some((known.state, known.reason.or(why))), spoken),
        None if codes::is_no_news(&code) => phrase::refine(Some((State::ForInformation, why)), None),
        None => (State::Unknown, why),
    }
}

/// The status's own text, the reasons' texts, and free text.
fn words(status: &Segment, about: &[Segment]) -> String {
    let mut all: Vec<String> = status.part(2, 3).into_iter().collect();
    all.extend((3..=7).filter_map(|element| status.part(element, 3)));
    all.extend(about.iter().filter(|s| s.is("FTX")).map(|s| s.parts(4).join(" ")));
    all.retain(|text| !text.is_empty());
    all.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn dated(segments: &[Segment], kinds: &[&str], rule: &ZoneRule) -> Option<Moment> {
    let of = |kind: &&str| segments.iter().filter(|s| s.is("DTM") && s.part(1, 0).as_deref() == Some(*kind)).find_map(|s| moment(s, rule));
    kinds.iter().find_map(of)
}

/// A date whose qualifier we do not know is better than none; an expected one is not when it happened.
fn any_date(segments: &[Segment], rule: &ZoneRule) -> Option<Moment> {
    let is_expected = |s: &&Segment| {
        s.part(1, 0).is_some_and(|kind| EXPECTED.contains(&kind.as_str()) || matches!(kind.as_str(), "133" | "2" | "63" | "64"))
    };
    segments.iter().filter(|s| s.is("DTM") && !is_expected(s)).find_map(|s| moment(s, rule))
}

/// Element 2380 by its format in 2379; where that is missing, its length tells.
fn moment(segment: &Segment, rule: &ZoneRule) -> Option<Moment> {
    let text = segment.part(1, 1)?;
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, zone) = text.split_at(digits_end);
    let format = segment.part(1, 2).unwrap_or_default();
    let two_digit_year = match format.as_str() {
        "2" | "4" => return day_first(digits, rule),
        "3" => return month_first(digits, rule),
        "101" | "201" | "202" | "301" | "302" => true,
        "102" | "203" | "204" | "205" | "303" | "304" | "718" | "719" => false,
        _ => digits.len() == 6 || (digits.len() == 10 && !digits.starts_with("20")),
    };
    let digits = if two_digit_year { format!("20{digits}") } else { digits.to_string() };
    let day = format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?);
    let clock = match digits.len() {
        8 => return clock::read(&day, DateOrder::DayFirst, rule),
        12 => format!("{}:{}", &digits[8..10], &digits[10..12]),
        14 => format!("{}:{}:{}", &digits[8..10], &digits[10..12], &digits[12..14]),
        10 => format!("{}:00", &digits[8..10]),
        _ => return None,
    };
    clock::read(&format!("{day} {clock}{}", offset(zone)), DateOrder::DayFirst, rule)
}

/// Three letters or a sign and hours; a period's second half is not looked at.
fn offset(zone: &str) -> String {
    match zone.trim().to_ascii_uppercase().as_str() {
        "UTC" | "GMT" | "Z" | "ZUL" | "WET" => "Z".into(),
        "CET" | "MEZ" | "BST" | "WES" => "+01:00".into(),
        "CES" | "EET" | "MES" => "+02:00".into(),
        "EES" | "MSK" => "+03:00".into(),
        "EST" | "CDT" => "-05:00".into(),
        "EDT" | "AST" => "-04:00".into(),
        "CST" | "MDT" => "-06:00".into(),
        "MST" | "PDT" => "-07:00".into(),
        "PST" => "-08:00".into(),
        told if told.starts_with('+') || (told.starts_with('-') && told.len() <= 5) => told.into(),
        _ => String::new(),
    }
}

fn day_first(digits: &str, rule: &ZoneRule) -> Option<Moment> {
    let year = if digits.len() == 6 { format!("20{}", digits.get(4..6)?) } else { digits.get(4..8)?.to_string() };
    clock::read(&format!("{year}-{}-{}", digits.get(2..4)?, digits.get(..2)?), DateOrder::DayFirst, rule)
}

fn month_first(digits: &str, rule: &ZoneRule) -> Option<Moment> {
    clock::read(&format!("20{}-{}-{}", digits.get(4..6)?, digits.get(..2)?, digits.get(2..4)?), DateOrder::DayFirst, rule)
}

fn window(moment: Moment) -> Window {
    let is_day = moment.local_time().len() == 10;
    Window { start: None, end: Some(if is_day { moment.local_time() } else { moment.rfc3339() }) }
}

/// Where it happened: by qualifier, else the first place behind the status. A UN/LOCODE begins with its country.
fn place_of(about: &[Segment]) -> Location {
    let places = || about.iter().filter(|s| s.is("LOC"));
    let wanted = HERE.iter().find_map(|kind| places().find(|s| s.part(1, 0).as_deref() == Some(*kind)));
    let Some(segment) = wanted.or_else(|| places().next()) else { return Location::default() };
    let (code, name) = (segment.part(2, 0), segment.part(2, 3));
    let is_locode = |code: &&String| code.len() == 5 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let of_code = code.as_ref().filter(is_locode).and_then(|code| alpha2(code.get(..2)?));
    let related = [3, 4].into_iter().flat_map(|element| [segment.part(element, 0), segment.part(element, 3)]).flatten();
    let country = of_code.or_else(|| related.filter(|told| told.len() <= 3 || told.len() > 5).find_map(|told| alpha2(&told)));
    let mut location = place::of(name.clone(), None, None, country);
    location.text = name.clone().or(code);
    location.city = name;
    location
}

fn own_number(segments: &[Segment]) -> Option<String> {
    number_under(segments, &OWN_NUMBERS)
}

fn number_under(segments: &[Segment], kinds: &[&str]) -> Option<String> {
    kinds.iter().find_map(|kind| segments.iter().find(|s| s.is("RFF") && s.part(1, 0).as_deref() == Some(*kind)).and_then(|s| s.part(1, 1)))
}

/// The barcode of the only package behind a status: SSCC or the carrier's own.
fn barcode(segments: &[Segment]) -> Option<String> {
    let numbered = segments.iter().filter(|s| s.is("GIN") && matches!(s.part(1, 0).as_deref(), Some("BJ" | "BN" | "AW" | "ML" | "SS")));
    let mut all: Vec<String> = numbered.flat_map(|s| (2..=6).flat_map(|i| s.parts(i)).collect::<Vec<_>>()).collect();
    if all.len() == 1 { all.pop() } else { None }
}
