//! The seam: what a carrier (or an aggregator that speaks for carriers) can do. Adding one is one file in this folder;
//! `build.rs` finds it. Everything optional is a method with a default body.

use std::{collections::HashMap, sync::LazyLock};

use jiff::{Timestamp, tz::TimeZone};
use whereabouts_domain::{Reason, State, TrackingEvent, Window};

use crate::{
    ask::{self, Answer, AskCard, Heard, NextPoll, Situation},
    clock::DateOrder,
    json,
    phrase::{self, Meaning, Phrase},
    signature::BadSignature,
    xml,
};

include!(concat!(env!("OUT_DIR"), "/carriers.rs"));

/// The adapter with this id.
pub fn by_id(id: &str) -> Option<&'static dyn Carrier> {
    static BY_ID: LazyLock<HashMap<&'static str, &'static dyn Carrier>> =
        LazyLock::new(|| ALL.iter().copied().map(|c| (c.card().id, c)).collect());
    BY_ID.get(id).copied()
}

/// What an adapter says about itself.
pub struct Card {
    /// As in `--carrier` and in the API: `royalmail`, `dpd_uk`, …
    pub id: &'static str,
    /// As a shopper reads it.
    pub name: &'static str,
    /// Where clocks without an offset are read, when neither place nor caller says better. IANA name.
    pub zone: &'static str,
    /// It speaks for many carriers: the carrier of an event is told in the payload.
    pub aggregator: bool,
    /// The carrier's codes and what they mean. Looked up exactly first, then without regard to letter case.
    pub codes: &'static [Code],
}

/// One line of a code table.
pub struct Code {
    pub code: &'static str,
    pub state: State,
    pub reason: Option<Reason>,
}

/// A code without a reason.
pub const fn code(code: &'static str, state: State) -> Code {
    Code { code, state, reason: None }
}

/// A code that also tells why.
pub const fn why(code: &'static str, state: State, reason: Reason) -> Code {
    Code { code, state, reason: Some(reason) }
}

impl Card {
    /// How a day in numbers is written where the carrier is at home, when nothing in the payload tells.
    pub fn date_order(&self) -> DateOrder {
        if self.zone.starts_with("America/") { DateOrder::MonthFirst } else { DateOrder::DayFirst }
    }

    /// Unknown is a state of its own, never a guess.
    pub fn look_up(&self, wanted: &str) -> Option<&'static Code> {
        let wanted = wanted.trim();
        self.codes.iter().find(|c| c.code == wanted).or_else(|| self.codes.iter().find(|c| c.code.eq_ignore_ascii_case(wanted)))
    }

    /// What a code means together with the words beside it: the carrier's own phrases decide, then the code, made exact by
    /// the English that carriers share. For a carrier that publishes no whole list, the words of a new code are believed.
    pub fn meaning(&self, code: Option<&str>, words: &str, own: &[Phrase]) -> Meaning {
        let coded = code.and_then(|c| self.look_up(c)).map(|c| (c.state, c.reason));
        phrase::weigh(coded, words, own)
    }

    /// An event by its code and words, of a carrier whose list of codes is whole: a code that is not in it is unknown,
    /// whatever the words say. Number, time and place are for the caller to fill in.
    pub fn event(&self, code: Option<String>, words: String, own: &[Phrase]) -> TrackingEvent {
        let is_new = code.as_deref().is_some_and(|c| self.look_up(c).is_none());
        let meaning = if is_new { (State::Unknown, None) } else { self.meaning(code.as_deref(), &words, own) };
        self.event_of(code, words, meaning)
    }

    /// The same of a carrier whose list is not whole: the words of a new code are believed.
    pub fn event_in_words(&self, code: Option<String>, words: String, own: &[Phrase]) -> TrackingEvent {
        let meaning = self.meaning(code.as_deref(), &words, own);
        self.event_of(code, words, meaning)
    }

    fn event_of(&self, code: Option<String>, words: String, (state, reason): Meaning) -> TrackingEvent {
        let mut event = TrackingEvent::new("", self.id, state);
        event.reason = reason;
        event.carrier_code = code;
        event.description = words;
        event
    }
}

/// Bytes as they came, and what the caller knows about them.
#[derive(Clone, Copy, Default)]
pub struct Payload<'a> {
    pub body: &'a [u8],
    /// Lower-case names.
    pub headers: &'a [(String, String)],
    /// The number that was asked for, when the reply may not repeat it.
    pub number: Option<&'a str>,
    /// The zone for clocks without an offset, when the caller knows better than the carrier's home zone.
    pub zone: Option<&'a TimeZone>,
    /// When it came; it tells the year of a day that is told without one.
    pub received_at: Option<Timestamp>,
}

impl<'a> Payload<'a> {
    pub fn of(body: &'a [u8]) -> Payload<'a> {
        Payload { body, ..Payload::default() }
    }
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
    /// The body as JSON (a byte order mark is forgiven), or why not.
    pub fn json(&self) -> Result<serde_json::Value, Unreadable> {
        json::from_bytes(self.body)
    }
    /// The body as XML without namespaces, or why not.
    pub fn xml(&self) -> Result<xml::Element, Unreadable> {
        xml::from_bytes(self.body)
    }
    /// First byte that is not blank or a byte order mark: `{`, `[`, `<`, …
    pub fn first_byte(&self) -> Option<u8> {
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.body);
        body.iter().copied().find(|b| !b.is_ascii_whitespace())
    }
}

/// What a payload said.
#[derive(Debug, Default)]
pub struct Reading {
    pub parcels: Vec<ParcelReading>,
}

impl Reading {
    pub fn one(parcel: ParcelReading) -> Reading {
        Reading { parcels: vec![parcel] }
    }
}

/// What a payload said about one tracking number.
#[derive(Debug, Default)]
pub struct ParcelReading {
    pub tracking_number: Option<String>,
    /// In the payload's order. `parse` sorts, removes exact repeats and fills in the number.
    pub events: Vec<TrackingEvent>,
    /// The parcel's summary, used only when it is further than every event.
    pub summary: Option<TrackingEvent>,
    pub estimated_delivery: Option<Window>,
    pub service: Option<String>,
    /// This part of the payload could not be used, or the carrier says that it does not know this number.
    pub fault: Option<String>,
}

/// Why nothing could be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unreadable {
    /// Not this dialect, or not well-formed.
    #[error("not understood: {0}")]
    NotUnderstood(String),
    /// The carrier answered with an error: number not known, no access, try later.
    #[error("the carrier answered with an error: {0}")]
    ErrorReply(String),
}

impl Unreadable {
    pub fn not_understood(why: impl Into<String>) -> Unreadable {
        Unreadable::NotUnderstood(why.into())
    }
    pub fn error_reply(why: impl Into<String>) -> Unreadable {
        Unreadable::ErrorReply(why.into())
    }
}

/// A carrier's or aggregator's dialect.
pub trait Carrier: Sync {
    fn card(&self) -> &'static Card;

    /// Reads a payload: an API reply, a webhook body, a file. Several parcels, one faulty, yield the others (with
    /// `fault` set on the faulty one). A reply that only says "number not known" is `Unreadable::ErrorReply`.
    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable>;

    /// How sure this adapter is, 0–100, that the payload is its own dialect: by headers, then by shape. Called on
    /// everything that arrives, so it must be cheap and never panic. 90 and more: unmistakable.
    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let _ = (payload, shape);
        0
    }

    /// Checks the dialect's signature on the raw bytes. Called only when the retailer has set a secret for it.
    fn verify(&self, payload: &Payload, secret: &str, now: Timestamp) -> Result<(), BadSignature> {
        let _ = (payload, secret, now);
        Err(BadSignature::NotOffered)
    }

    /// What is wrong with a secret that the retailer wants to set, if anything: it may have to be a key of a certain kind.
    fn secret_fault(&self, secret: &str) -> Option<&'static str> {
        let _ = secret;
        None
    }

    /// The number's checksum and form say that it may be this carrier's: how sure (0–100) and whether a checksum was tested.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let _ = number;
        None
    }

    /// The carrier's own wording, where words decide what a code does not say. `None`: words never count.
    fn wording(&self) -> Option<&'static [Phrase]> {
        None
    }

    /// Whether a form that was never published may be read by its rows of time and words, where their words are understood.
    fn takes_rows(&self) -> bool {
        !self.card().aggregator
    }

    /// The carrier's public tracking page.
    fn tracking_url(&self, number: &str) -> Option<String> {
        let _ = number;
        None
    }

    /// The ways in which the carrier can be asked for parcels, the preferred one first. Empty: it cannot.
    fn asks(&self) -> &'static [AskCard] {
        &[]
    }

    /// What an answer means before it is read, where the status alone does not say it.
    fn hears(&self, answer: &Answer) -> Heard {
        ask::by_status(answer)
    }

    /// When a parcel is asked for next.
    fn next_poll(&self, of: &Situation) -> NextPoll {
        ask::next_poll(of)
    }
}

/// The payload, parsed once, for `detect`.
pub enum Shape {
    Json(serde_json::Value),
    Xml(xml::Element),
    Other,
}

impl Shape {
    pub fn of(payload: &Payload) -> Shape {
        match payload.first_byte() {
            Some(b'{' | b'[') => payload.json().map_or(Shape::Other, Shape::Json),
            Some(b'<') => payload.xml().map_or(Shape::Other, Shape::Xml),
            _ => Shape::Other,
        }
    }
    pub fn json(&self) -> Option<&serde_json::Value> {
        match self {
            Shape::Json(v) => Some(v),
            _ => None,
        }
    }
    pub fn xml(&self) -> Option<&xml::Element> {
        match self {
            Shape::Xml(v) => Some(v),
            _ => None,
        }
    }
}
