//! Days and clocks in words, always in the recipient's zone. A day that is over is never told as one to come.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use whereabouts_domain::{Precision, Promise, PromiseKind, Window};

/// A day, or an instant, as the contract's texts give it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    Day(Date),
    At(Timestamp),
}

impl When {
    /// `YYYY-MM-DD` or RFC 3339.
    pub fn parse(text: &str) -> Option<When> {
        if text.len() == 10 { text.parse().ok().map(When::Day) } else { text.parse().ok().map(When::At) }
    }
}

/// From–until, in which something is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub start: Option<When>,
    pub end: When,
    /// Any time up to the end will do; else it is that day, or that window.
    pub by: bool,
}

impl Span {
    pub fn of_promise(promise: &Promise) -> Option<Span> {
        let end = When::parse(promise.end.as_deref().or(promise.start.as_deref())?)?;
        let start = promise.start.as_deref().and_then(When::parse);
        Some(Span { start, end, by: promise.kind() == PromiseKind::By })
    }
    pub fn of_window(window: &Window) -> Option<Span> {
        let start = window.start.as_deref().and_then(When::parse);
        let end = window.end.as_deref().and_then(When::parse).or(start)?;
        Some(Span { start, end, by: start.is_none() })
    }
}

/// Writes days for one reader at one moment.
#[derive(Clone, Debug)]
pub struct Days {
    pub now: Timestamp,
    pub zone: TimeZone,
    today: Date,
    american: bool,
    /// Whether "today" may be said. A message may be read tomorrow, so it may not say so.
    relative: bool,
}

impl Days {
    pub fn for_page(now: Timestamp, zone: &TimeZone, locale: &str) -> Days {
        Days { now, zone: zone.clone(), today: zone.to_datetime(now).date(), american: locale == "en-US", relative: true }
    }

    pub fn for_message(now: Timestamp, zone: &TimeZone, locale: &str) -> Days {
        Days { relative: false, ..Days::for_page(now, zone, locale) }
    }

    pub fn today(&self) -> Date {
        self.today
    }

    pub fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    pub fn date(&self, when: When) -> Date {
        match when {
            When::Day(day) => day,
            When::At(at) => self.local(at).date(),
        }
    }

    /// The day on which an end falls: midnight belongs to the day it closes.
    pub fn end_date(&self, end: When) -> Date {
        match end {
            When::At(at) => self.date(When::At(at.checked_sub(1.millisecond()).unwrap_or(at))),
            When::Day(day) => day,
        }
    }

    /// Whether an end has passed; a day ends at 24:00 in the recipient's zone.
    pub fn is_over(&self, end: When) -> bool {
        match end {
            When::Day(day) => day < self.today(),
            When::At(at) => at <= self.now,
        }
    }

    /// "today", "tomorrow", "yesterday", else "Tuesday 24 November".
    pub fn day(&self, day: Date) -> String {
        let today = self.today();
        match (self.relative, today.until(day).map(|s| s.get_days()).unwrap_or(i32::MAX)) {
            (true, 0) => "today".into(),
            (true, 1) => "tomorrow".into(),
            (true, -1) => "yesterday".into(),
            _ => self.full_day(day),
        }
    }

    /// "on Tuesday 24 November", but "today" alone.
    pub fn on_day(&self, day: Date) -> String {
        let said = self.day(day);
        if said.starts_with(char::is_lowercase) { said } else { format!("on {said}") }
    }

    /// "Tuesday 24 November", with the year when it is not this one.
    pub fn full_day(&self, day: Date) -> String {
        let (weekday, month) = (weekday_name(day), MONTHS[day.month() as usize - 1]);
        match (self.american, day.year() == self.today().year()) {
            (false, true) => format!("{weekday} {} {month}", day.day()),
            (false, false) => format!("{weekday} {} {month} {}", day.day(), day.year()),
            (true, true) => format!("{weekday}, {month} {}", day.day()),
            (true, false) => format!("{weekday}, {month} {}, {}", day.day(), day.year()),
        }
    }

    pub fn clock(&self, local: DateTime) -> String {
        let (hour, minute) = (local.hour(), local.minute());
        if !self.american {
            return format!("{hour:02}:{minute:02}");
        }
        let half = if hour < 12 { "AM" } else { "PM" };
        format!("{}:{minute:02} {half}", (hour + 11) % 12 + 1)
    }

    /// The wall clock of a told moment in the recipient's zone; a day told alone stays that day.
    pub fn wall(&self, moment: &whereabouts_domain::Moment) -> DateTime {
        match moment.precision {
            Precision::Minute | Precision::Second => self.local(moment.at()),
            Precision::Day | Precision::None => moment.local,
        }
    }

    /// "today at 14:05", "on Monday 23 November at 09:10".
    pub fn on_day_at(&self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{} at {}", self.on_day(local.date()), self.clock(local))
    }

    /// "by Thursday 26 November", "by the end of today".
    pub fn by(&self, end: When) -> String {
        let day = self.end_date(end);
        if self.relative && day == self.today() {
            return match end {
                When::At(at) if !self.closes_a_day(at) => format!("by {} today", self.clock(self.local(at))),
                _ => "by the end of today".into(),
            };
        }
        format!("by {}", self.day(day))
    }

    /// "by Monday 23 November", for a day that may be over: "by yesterday" is nothing anybody says.
    pub fn was_due(&self, end: When) -> String {
        format!("by {}", self.full_day(self.end_date(end)))
    }

    /// What follows "Arriving": "today, 14:00–16:00", "by Thursday 26 November", "Tuesday 24 to Thursday 26 November".
    pub fn arrival(&self, span: &Span) -> String {
        let today = self.today();
        let last = self.end_date(span.end);
        // A window that has already begun no longer tells when it starts.
        let first = span.start.map(|s| self.date(s)).filter(|d| *d >= today || last == *d);
        match (first, self.hours(span)) {
            (Some(first), Some(hours)) if first == last => format!("{}, {hours}", self.day(last)),
            (None, Some(hours)) if span.start.is_none() && last == today => format!("{} {hours}", self.day(last)),
            (Some(first), _) if first == last => self.day(last),
            (Some(first), _) => self.between(first, last),
            (None, _) if last == today => self.day(last),
            (None, _) if span.by || span.start.is_some() => format!("by {}", self.day(last)),
            (None, _) => self.day(last),
        }
    }

    fn between(&self, first: Date, last: Date) -> String {
        if self.relative && self.today().until(last).is_ok_and(|s| s.get_days() == 1) {
            return "today or tomorrow".into();
        }
        let (from, until) = (self.day(first), self.full_day(last));
        let to = if first.tomorrow().is_ok_and(|next| next == last) { "or" } else { "to" };
        // "Tuesday 24 to Thursday 26 November": the month is said once.
        let short = first.month() == last.month() && first.year() == last.year() && !self.american && from == self.full_day(first);
        if short { format!("{} {} {to} {until}", weekday_name(first), first.day()) } else { format!("{from} {to} {until}") }
    }

    /// "14:00–16:00", or "by 16:00"; nothing when only days were told.
    fn hours(&self, span: &Span) -> Option<String> {
        let end = match span.end {
            When::At(at) if !self.closes_a_day(at) => self.clock(self.local(at)),
            _ => return None,
        };
        match span.start {
            Some(When::At(start)) if self.clock(self.local(start)) != end => Some(format!("{}–{end}", self.clock(self.local(start)))),
            Some(When::Day(_)) => None,
            _ if span.by => Some(format!("by {end}")),
            _ => None,
        }
    }

    /// Many carriers write "by the end of the day" as 23:59 or 24:00: not a time anybody means.
    fn closes_a_day(&self, at: Timestamp) -> bool {
        let local = self.local(at);
        (local.hour(), local.minute()) == (23, 59) || (local.hour(), local.minute()) == (0, 0)
    }
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn weekday_name(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Days {
        let zone = TimeZone::get("Europe/London").unwrap();
        Days::for_page("2026-11-22T10:00:00Z".parse().unwrap(), &zone, "en-GB")
    }
    fn said(start: Option<&str>, end: &str) -> String {
        let window = Window { start: start.map(Into::into), end: Some(end.into()) };
        days().arrival(&Span::of_window(&window).unwrap())
    }

    #[test]
    fn arrivals_are_told_as_a_person_would() {
        assert_eq!(said(Some("2026-11-24"), "2026-11-24"), "Tuesday 24 November");
        assert_eq!(said(Some("2026-11-22"), "2026-11-22"), "today");
        assert_eq!(said(None, "2026-11-23"), "by tomorrow");
        assert_eq!(said(None, "2026-11-22"), "today");
        assert_eq!(said(None, "2026-11-26"), "by Thursday 26 November");
        assert_eq!(said(Some("2026-11-24"), "2026-11-26"), "Tuesday 24 to Thursday 26 November");
        assert_eq!(said(Some("2026-11-30"), "2026-12-02"), "Monday 30 November to Wednesday 2 December");
        assert_eq!(said(Some("2026-11-22"), "2026-11-23"), "today or tomorrow");
        assert_eq!(said(Some("2026-11-20"), "2026-11-26"), "by Thursday 26 November");
        assert_eq!(said(Some("2026-11-23T14:00:00Z"), "2026-11-23T16:00:00Z"), "tomorrow, 14:00–16:00");
        assert_eq!(said(Some("2026-11-24T00:00:00Z"), "2026-11-25T00:00:00Z"), "Tuesday 24 November");
        assert_eq!(said(None, "2026-11-22T21:00:00Z"), "today by 21:00");
        assert_eq!(said(None, "2027-01-04"), "by Monday 4 January 2027");
    }

    #[test]
    fn a_day_ends_at_midnight_where_the_recipient_lives() {
        let in_zone = |zone: &str| Days::for_page("2026-11-22T23:30:00Z".parse().unwrap(), &TimeZone::get(zone).unwrap(), "en-GB");
        assert!(!in_zone("Europe/London").is_over(When::parse("2026-11-22").unwrap()));
        assert!(in_zone("Europe/Berlin").is_over(When::parse("2026-11-22").unwrap()));
    }

    #[test]
    fn days_and_clocks_are_written_as_the_reader_writes_them() {
        let written = |locale: &str, at: &str| {
            let days = Days::for_page("2026-11-22T10:00:00Z".parse().unwrap(), &TimeZone::UTC, locale);
            let at: DateTime = at.parse().unwrap();
            format!("{} {}", days.full_day(at.date()), days.clock(at))
        };
        assert_eq!(written("en-GB", "2026-11-06T00:05:00"), "Friday 6 November 00:05");
        assert_eq!(written("en-GB", "2027-02-28T13:00:00"), "Sunday 28 February 2027 13:00");
        assert_eq!(written("en-US", "2026-11-06T00:05:00"), "Friday, November 6 12:05 AM");
        assert_eq!(written("en-US", "2027-02-28T12:30:00"), "Sunday, February 28, 2027 12:30 PM");
        assert_eq!(written("en-US", "2026-12-01T13:00:00"), "Tuesday, December 1 1:00 PM");
    }

    #[test]
    fn a_message_never_says_today() {
        let d = days();
        let m = Days::for_message(d.now, &d.zone, "en-US");
        assert_eq!(m.on_day(d.today()), "on Sunday, November 22");
        assert_eq!(m.by(When::Day(d.today())), "by Sunday, November 22");
    }
}
