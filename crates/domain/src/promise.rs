//! Promises: when one ends, when it begins, and that the first one is never forgotten. A day ends at 24:00 where the recipient lives.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{
    Promise, PromiseKind,
    calendar::{later, start_of_day},
};

/// One edge of a promise: a whole day, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Day(Date),
    At(Timestamp),
}

impl Edge {
    /// `YYYY-MM-DD`, an RFC 3339 time, or a time without an offset, which is the recipient's.
    pub fn parse(text: &str, zone: &TimeZone) -> Option<Edge> {
        let text = text.trim();
        if text.len() == 10 {
            return text.parse().ok().map(Edge::Day);
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Edge::At(at));
        }
        let local: DateTime = text.parse().ok()?;
        zone.to_ambiguous_timestamp(local).compatible().ok().map(Edge::At)
    }

    pub fn day(self, zone: &TimeZone) -> Date {
        match self {
            Edge::Day(day) => day,
            Edge::At(at) => zone.to_datetime(at).date(),
        }
    }

    /// Whether it lies before a start, wherever in the world the day is: of a day and a time only a whole day between them proves it.
    fn is_before(self, start: Edge) -> bool {
        match (start, self) {
            (Edge::Day(start), Edge::Day(end)) => end < start,
            (Edge::At(start), Edge::At(end)) => end < start,
            _ => self.deadline(&TimeZone::UTC).at.to_zoned(TimeZone::UTC).date() < start.day(&TimeZone::UTC),
        }
    }

    /// The first instant of the day, or the instant.
    pub fn begins(self, zone: &TimeZone) -> Timestamp {
        match self {
            Edge::Day(day) => start_of_day(day, zone),
            Edge::At(at) => at,
        }
    }

    /// The moment after which it is too late.
    pub fn deadline(self, zone: &TimeZone) -> Deadline {
        match self {
            // What happens at midnight happens on the next day: a day told without a clock stands there.
            Edge::Day(day) => {
                let at = day.tomorrow().map_or(Timestamp::MAX, |next| start_of_day(next, zone));
                Deadline { at, passed_from: at }
            }
            Edge::At(at) => Deadline { at, passed_from: later(at, 1) },
        }
    }
}

/// The end of something, and the first instant at which it has passed: for a day they are one, at an exact time one is still in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub at: Timestamp,
    pub passed_from: Timestamp,
}

impl Promise {
    fn edges(&self, zone: &TimeZone) -> (Option<Edge>, Option<Edge>) {
        let read = |text: &Option<String>| text.as_deref().and_then(|t| Edge::parse(t, zone));
        (read(&self.start), read(&self.end))
    }

    /// When it ends; a promise with nothing but a start ends with that day. `None` if neither can be read.
    pub fn deadline(&self, zone: &TimeZone) -> Option<Deadline> {
        match self.edges(zone) {
            (_, Some(end)) => Some(end.deadline(zone)),
            (Some(start), None) => Some(Edge::Day(start.day(zone)).deadline(zone)),
            (None, None) => None,
        }
    }

    /// The day on which it ends, where the recipient lives.
    pub fn day(&self, zone: &TimeZone) -> Option<Date> {
        let (start, end) = self.edges(zone);
        end.or(start).map(|edge| edge.day(zone))
    }

    /// Before which moment having it is early: `on_day` and `timed` only, for a window or "by" there is no too early.
    pub fn early_before(&self, zone: &TimeZone) -> Option<Timestamp> {
        let (start, end) = self.edges(zone);
        match self.kind() {
            PromiseKind::OnDay => start.or(end).map(|edge| start_of_day(edge.day(zone), zone)),
            PromiseKind::Timed => start.map(|edge| edge.begins(zone)),
            PromiseKind::By | PromiseKind::Window => None,
        }
    }

    /// What is wrong with it, as a JSON pointer below the promise and a sentence; nothing if it can be kept.
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        const TIME: &str = "must be a day YYYY-MM-DD or an RFC 3339 time";
        let zone = TimeZone::UTC;
        let read = |text: &Option<String>| text.as_deref().map(|t| Edge::parse(t, &zone));
        match (read(&self.start), read(&self.end)) {
            (Some(None), _) => Some(("/start", TIME)),
            (_, Some(None)) => Some(("/end", TIME)),
            (None, None) => Some(("/end", "a promise needs a start or an end")),
            (Some(Some(start)), Some(Some(end))) if end.is_before(start) => Some(("/end", "must not lie before the start")),
            _ => None,
        }
    }
}

/// The promises of one shipment: the first is kept for ever, the one in force says who made it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Promises {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Promise>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Promise>,
    /// Who changed the first one (`retailer`, `carrier`, `shopper`, or a user's name) and when, if anybody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
}

impl Promises {
    /// Takes what is promised from now on; says whether that is anything new.
    pub fn promise(&mut self, promise: Option<&Promise>, by: &str, now: Timestamp) -> bool {
        if self.current.as_ref() == promise {
            return false;
        }
        self.current = promise.cloned();
        if self.first.is_none() {
            self.first = self.current.clone();
        } else {
            self.changed_by = Some(by.to_owned());
            self.changed_at = Some(now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(start: Option<&str>, end: Option<&str>, kind: Option<PromiseKind>) -> Promise {
        Promise { start: start.map(Into::into), end: end.map(Into::into), kind, source: None }
    }

    #[test]
    fn a_day_ends_at_midnight_where_the_recipient_lives() {
        let end = |day: &str, zone: &str| {
            promise(None, Some(day), None).deadline(&TimeZone::get(zone).unwrap()).map(|d| d.at.to_string()).unwrap_or_default()
        };
        assert_eq!(end("2026-11-22", "Europe/London"), "2026-11-23T00:00:00Z");
        assert_eq!(end("2026-06-22", "Europe/London"), "2026-06-22T23:00:00Z");
        assert_eq!(end("2026-11-22", "Atlantic/Canary"), "2026-11-23T00:00:00Z");
        assert_eq!(end("2026-11-22", "America/Los_Angeles"), "2026-11-23T08:00:00Z");
        // The day on which the clock goes back has 25 hours.
        assert_eq!(end("2026-10-25", "Europe/London"), "2026-10-26T00:00:00Z");
        // Midnight does not exist in Santiago when the clock goes forward: the day ends where the next one begins.
        assert_eq!(end("2026-09-05", "America/Santiago"), "2026-09-06T04:00:00Z");
        assert_eq!(end("22/11/2026", "Europe/London"), "");
    }

    #[test]
    fn only_a_day_or_a_time_that_was_agreed_can_be_too_early() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let early = |p: Promise| p.early_before(&zone).map(|t| t.to_string());
        assert_eq!(early(promise(None, Some("2026-06-22"), Some(PromiseKind::OnDay))).as_deref(), Some("2026-06-21T23:00:00Z"));
        let timed = promise(Some("2026-06-22T10:00:00+01:00"), Some("2026-06-22T12:00:00+01:00"), Some(PromiseKind::Timed));
        assert_eq!(early(timed).as_deref(), Some("2026-06-22T09:00:00Z"));
        assert_eq!(early(promise(Some("2026-06-22"), Some("2026-06-24"), None)), None);
        assert_eq!(early(promise(None, Some("2026-06-22"), None)), None);
    }

    #[test]
    fn a_promise_moved_by_the_retailer_keeps_its_first_promise() {
        let (friday, monday) = (promise(None, Some("2026-11-20"), None), promise(None, Some("2026-11-23"), None));
        let now = Timestamp::UNIX_EPOCH;
        let mut promises = Promises::default();
        assert!(promises.promise(Some(&friday), "retailer", now));
        assert!(!promises.promise(Some(&friday), "retailer", now));
        assert_eq!(promises.changed_by, None);
        assert!(promises.promise(Some(&monday), "retailer", now));
        assert!(promises.promise(None, "retailer", now));
        assert_eq!((promises.first, promises.current, promises.changed_by.as_deref()), (Some(friday), None, Some("retailer")));
    }

    #[test]
    fn a_promise_that_cannot_be_kept_is_refused() {
        assert_eq!(promise(None, Some("2026-11-22"), None).fault(), None);
        assert_eq!(promise(None, Some("soon"), None).fault().map(|f| f.0), Some("/end"));
        assert_eq!(promise(Some("22.11."), None, None).fault().map(|f| f.0), Some("/start"));
        assert_eq!(promise(None, None, None).fault().map(|f| f.0), Some("/end"));
        assert_eq!(promise(Some("2026-11-24"), Some("2026-11-22"), None).fault().map(|f| f.0), Some("/end"));
        let backwards = |start: &str, end: &str| promise(Some(start), Some(end), None).fault().is_some();
        assert!(backwards("2026-11-24", "2026-11-23"));
        assert!(backwards("2026-11-24T10:00:00Z", "2026-11-24T09:59:59Z"));
        assert!(backwards("2026-11-24T10:00:00Z", "2026-11-22"));
        assert!(!backwards("2026-11-24", "2026-11-24"));
        assert!(!backwards("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"));
        assert!(!backwards("2026-11-25T03:00:00Z", "2026-11-24"), "in New York it is still the 24th");
    }
}
