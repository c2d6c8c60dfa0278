//! Reading carriers' times. Everything tolerant is here, once: a dialect says which form it expects or asks to sniff.

mod day;
mod time;
mod yearless;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use whereabouts_domain::{Moment, Precision, TimeBasis, Window, zone::zone_name};

use self::time::Clock;
pub use self::yearless::{Toward, completed, read_near};

/// In which order an ambiguous `03/04/2026` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// What to do with a clock that has no offset.
#[derive(Clone)]
pub struct ZoneRule {
    pub zone: TimeZone,
    pub basis: TimeBasis,
}

impl ZoneRule {
    /// The caller's zone if given (`Zone`), else the carrier's home zone (`Assumed`).
    pub fn of(given: Option<&TimeZone>, home: &str) -> ZoneRule {
        match given {
            Some(zone) => ZoneRule { zone: zone.clone(), basis: TimeBasis::Zone },
            None => ZoneRule { zone: TimeZone::get(home).unwrap_or(TimeZone::UTC), basis: TimeBasis::Assumed },
        }
    }
    /// The zone of a country that has a single one (or an overwhelming one): then the basis is the place.
    pub fn for_country(&self, country: Option<&str>) -> ZoneRule {
        country.map_or_else(|| self.clone(), |country| self.at(country, None, None))
    }
    /// The zone of a place, as far as it tells one; what the caller gave stays.
    pub fn at(&self, country: &str, postcode: Option<&str>, region: Option<&str>) -> ZoneRule {
        // Where a country has several zones, its name alone tells none.
        let tells = !SEVERAL_ZONES.contains(&country) || postcode.is_some() || region.is_some();
        let name = if self.basis == TimeBasis::Assumed && tells { zone_name(country, postcode, region) } else { None };
        match name.and_then(|name| TimeZone::get(name).ok()) {
            Some(zone) => ZoneRule { zone, basis: TimeBasis::Zone },
            None => self.clone(),
        }
    }
}

/// Reads any usual spelling: RFC 3339 with or without offset, `YYYYMMDDHHMMSS`, `DD/MM/YYYY HH:MM`, `MM/DD/YYYY h:mm:ss PM`,
/// `22 November 2026`, `November 22, 2026, 4:05 pm`, RFC 2822, epoch in seconds to nanoseconds, `.NET` `/Date(…)/`, a day alone.
/// `None` if it is none of these, or a placeholder such as the year 1 or the epoch's own beginning.
pub fn read(text: &str, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    let text = text.trim();
    told(text, order, rule).filter(|moment| YEARS.contains(&moment.local.year()))
}

/// Programs that have no date print their calendar's first day, or its last.
const YEARS: std::ops::Range<i16> = 1971..2200;

fn told(text: &str, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")) {
        return ticks(inner);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(text, rule);
    }
    // A number that was printed with a fraction: of a second or of nothing.
    if let Some((whole, fraction)) = text.split_once('.')
        && matches!(whole.len(), 10 | 13)
        && [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    {
        return digits(whole, rule);
    }
    let Some((date, rest)) = day::split(text, order) else { return clock_first(text, order, rule) };
    if let Some(offset) = time::offset(&rest).filter(|_| is_offset_of_a_day(text, &rest)) {
        return Some(Moment::with_offset(date.to_datetime(Time::midnight()), offset, Precision::Day));
    }
    let rest = rest.trim_start_matches([',', 'T', 't', ' ', '-', '\u{a0}']).trim();
    let rest = rest.strip_prefix("at ").unwrap_or(rest).trim();
    if !rest.bytes().any(|b| b.is_ascii_digit()) {
        return Some(Moment::on_day(date, &rule.zone, rule.basis));
    }
    let (clock, tail) = time::split(rest)?;
    let local = on(date, &clock)?;
    let tail = tail.trim();
    if tail.is_empty() {
        return Some(Moment::in_zone(local, &rule.zone, clock.precision, rule.basis));
    }
    if let Some(offset) = time::offset(tail) {
        return Some(Moment::with_offset(local, offset, clock.precision));
    }
    if let Ok(zone) = TimeZone::get(tail.trim_matches(['[', ']', '(', ')'])) {
        return Some(Moment::in_zone(local, &zone, clock.precision, TimeBasis::Offset));
    }
    Some(Moment::in_zone(local, &rule.zone, clock.precision, rule.basis))
}

/// `10:14am, 2 March 2026`: the clock before the day.
fn clock_first(text: &str, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    if !text.split(' ').next()?.contains(':') {
        return None;
    }
    let (clock, day) = time::split(text)?;
    let day = day.trim_start_matches([',', ' ', '-', '|']);
    let (date, rest) = day::split(day.strip_prefix("on ").unwrap_or(day), order)?;
    if !rest.trim().is_empty() {
        return None;
    }
    Some(Moment::in_zone(on(date, &clock)?, &rule.zone, clock.precision, rule.basis))
}

fn on(date: Date, clock: &Clock) -> Option<DateTime> {
    let date = if clock.is_next_day { date.tomorrow().ok()? } else { date };
    Some(date.to_datetime(clock.time))
}

/// `2026-11-22Z`, `2026-11-22-05:00`: a day of XML Schema, not a clock behind a hyphen.
fn is_offset_of_a_day(text: &str, rest: &str) -> bool {
    let is_iso = text.len() - rest.len() == "YYYY-MM-DD".len() && text.as_bytes().get(4) == Some(&b'-');
    is_iso && (rest == "Z" || (rest.len() == "+hh:mm".len() && rest.as_bytes().get(3) == Some(&b':')))
}

/// Milliseconds, and perhaps an offset that they were told in.
fn ticks(inner: &str) -> Option<Moment> {
    let (ms, offset) = match inner.get(1..).and_then(|rest| rest.find(['+', '-'])) {
        Some(i) => (&inner[..i + 1], time::offset(&inner[i + 1..])),
        None => (inner, None),
    };
    let at = Timestamp::from_millisecond(ms.parse().ok()?).ok()?;
    let offset = offset.unwrap_or(Offset::UTC);
    Some(Moment::with_offset(offset.to_datetime(at), offset, Precision::Second))
}

/// Nothing but digits: a day, a day and a clock, or an epoch. Ten digits that are a day and an hour of this century would
/// as an epoch lie after 2033.
fn digits(text: &str, rule: &ZoneRule) -> Option<Moment> {
    let with_clock = || {
        let date = day::of_digits(text)?;
        let clock = if text.len() == 10 { time::of_digits(&format!("{}00", &text[8..])) } else { time::of_digits(&text[8..]) }?;
        Some(Moment::in_zone(on(date, &clock)?, &rule.zone, clock.precision, rule.basis))
    };
    let is_dated = text.starts_with("19") || text.starts_with("20");
    match text.len() {
        8 => day::of_digits(text).map(|d| Moment::on_day(d, &rule.zone, rule.basis)),
        12 | 14 | 17 if is_dated => with_clock(),
        10 => {
            let hour = if text.starts_with("20") { with_clock() } else { None };
            hour.or_else(|| Timestamp::from_second(text.parse().ok()?).ok().map(Moment::instant))
        }
        13 => Timestamp::from_millisecond(text.parse().ok()?).ok().map(Moment::instant),
        16 => Timestamp::from_microsecond(text.parse().ok()?).ok().map(Moment::instant),
        // A clock's ticks in .NET, of a tenth of a microsecond and of no zone, since the year 1.
        18 if text.starts_with('6') => {
            const OF_1970: i64 = 621_355_968_000_000_000;
            let at = Timestamp::from_second((text.parse::<i64>().ok()? - OF_1970).div_euclid(10_000_000)).ok()?;
            Some(Moment::in_zone(Offset::UTC.to_datetime(at), &rule.zone, Precision::Second, rule.basis))
        }
        19 => Timestamp::from_nanosecond(text.parse().ok()?).ok().map(Moment::instant),
        _ => None,
    }
}

/// A day and a clock that came in two fields; either may be missing a part.
pub fn read_pair(day: Option<&str>, time: Option<&str>, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    let day = day?.trim();
    match time.map(|t| without_day(t.trim())).filter(|t| !t.is_empty()) {
        None => read(day, order, rule),
        Some(time) => {
            // `20260302` and `143000` are joined as digits, else with a blank between them.
            let day_only = without_clock(day);
            let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
            let joined = match (digits(day_only) && day_only.len() == 8, digits(time)) {
                (true, true) => format!("{day_only}{:0>width$}", time, width = if time.len() <= 4 { 4 } else { 6 }),
                (false, true) if (3..=6).contains(&time.len()) => {
                    let t = format!("{:0>width$}", time, width = if time.len() <= 4 { 4 } else { 6 });
                    format!("{day_only} {}:{}{}", &t[..2], &t[2..4], if t.len() == 6 { format!(":{}", &t[4..]) } else { String::new() })
                }
                (true, false) => {
                    let d = day::of_digits(day_only)?;
                    format!("{d} {time}")
                }
                _ => format!("{day_only} {time}"),
            };
            read(&joined, order, rule).or_else(|| read(day, order, rule))
        }
    }
}

/// As [`read_pair`]; an offset in a field of its own (`+02:00`, `Z`, hours such as `-3.5`) counts where the clock tells none.
pub fn read_beside(day: Option<&str>, time: Option<&str>, offset: Option<&str>, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    let plain = read_pair(day, time, order, rule);
    let offset = offset.map(|told| hours_east(told).unwrap_or_else(|| told.to_string()));
    let Some(offset) = offset.filter(|o| o.starts_with(['+', '-', 'Z', 'U', 'G'])) else { return plain };
    if plain.is_none_or(|m| m.basis == TimeBasis::Offset || m.precision == Precision::Day) {
        return plain;
    }
    let with_offset = match time {
        Some(time) => read_pair(day, Some(&format!("{time}{offset}")), order, rule),
        None => day.and_then(|day| read(&format!("{day}{offset}"), order, rule)),
    };
    with_offset.or(plain)
}

/// An offset told as a number of hours, `8` or `-3.5`, as one that is written.
fn hours_east(told: &str) -> Option<String> {
    let hours = told.parse::<f64>().ok().filter(|hours| hours.abs() <= 14.0 && !told.starts_with('+'))?;
    let minutes = (hours.abs() * 60.0).round() as u32;
    Some(format!("{}{:02}:{:02}", if hours < 0.0 { '-' } else { '+' }, minutes / 60, minutes % 60))
}

/// A day on which something is expected, and perhaps two clocks on it.
pub fn window_on(day: &str, from: Option<&str>, until: Option<&str>, order: DateOrder, rule: &ZoneRule) -> Window {
    let at = |clock: &str| read_pair(Some(day), Some(clock), order, rule).filter(|m| m.precision != Precision::Day).map(|m| m.rfc3339());
    let whole = || read(day, order, rule).map_or_else(|| day.to_string(), |m| m.local.date().to_string());
    Window { start: from.and_then(at), end: until.and_then(at).or_else(|| Some(whole())) }
}

/// A day may come with a clock of its own, behind a `T` or a blank. The T of `26-OCT-2026` stands between letters.
fn without_clock(day: &str) -> &str {
    let digit = |at: Option<usize>| at.and_then(|at| day.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    let mark = day.match_indices(['T', ' ']).map(|(at, _)| at).find(|&at| digit(at.checked_sub(1)) && digit(Some(at + 1)));
    let is_day = |d: &&str| d.len() == 8 || d.bytes().any(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'/' | b'.'));
    mark.and_then(|at| day.get(..at)).filter(is_day).unwrap_or(day)
}

/// A clock may come with a day of its own that says nothing: `1899-12-30T14:05:00`.
fn without_day(time: &str) -> &str {
    let day = time.get(..11).filter(|d| d.as_bytes()[4] == b'-' && d.as_bytes()[7] == b'-' && d.ends_with(['T', ' ']));
    day.map_or(time, |day| time[day.len()..].trim_start())
}

/// Two clocks of one moment: an instant with its offset, and the wall clock at the place without one. Together they tell
/// the place's offset; if they don't fit each other the instant alone is believed.
pub fn two_clocks(instant: Option<&str>, wall: Option<&str>, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    const FURTHEST_EAST_SECS: i64 = 14 * 3600;
    const QUARTER_SECS: i64 = 15 * 60;
    let told = instant.and_then(|t| read(t, order, rule));
    let wall = wall.and_then(|t| read(t, order, rule));
    let (Some(told), Some(wall)) = (told, wall) else { return told.or(wall) };
    if told.basis != TimeBasis::Offset || wall.basis == TimeBasis::Offset || wall.precision == Precision::Day {
        return Some(if wall.basis == TimeBasis::Offset { wall } else { told });
    }
    let east = Offset::UTC.to_timestamp(wall.local).ok()?.as_second() - told.at().as_second();
    let offset = (east + QUARTER_SECS / 2).div_euclid(QUARTER_SECS) * QUARTER_SECS;
    let fits = offset.abs() <= FURTHEST_EAST_SECS && (east - offset).abs() < 60;
    let offset = Offset::from_seconds(i32::try_from(offset).ok()?).ok().filter(|_| fits);
    Some(offset.map_or(told, |offset| Moment::with_offset(wall.local, offset, wall.precision)))
}

/// Countries whose name alone does not tell the clock.
const SEVERAL_ZONES: &[&str] = &["US", "CA", "AU", "BR", "MX", "RU", "ID", "CL", "KZ", "MN", "CD", "KI", "FM", "PG", "EC", "PF", "GL"];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, order: DateOrder) -> String {
        let rule = ZoneRule { zone: TimeZone::get("Europe/London").unwrap(), basis: TimeBasis::Assumed };
        read(text, order, &rule).map_or("none".into(), |m| format!("{} {:?} {:?}", m.rfc3339(), m.precision, m.basis))
    }

    #[test]
    fn the_usual_spellings_are_read() {
        use DateOrder::{DayFirst, MonthFirst};
        let table = [
            ("2023-07-18T12:19:25+01:00", DayFirst, "2023-07-18T12:19:25+01:00 Second Offset"),
            ("2023-07-18T12:19:25.1234567Z", DayFirst, "2023-07-18T12:19:25+00:00 Second Offset"),
            ("2023-07-18T12:19:25", DayFirst, "2023-07-18T12:19:25+01:00 Second Assumed"),
            ("2023-07-18 12:19", DayFirst, "2023-07-18T12:19:00+01:00 Minute Assumed"),
            ("2023-07-18", DayFirst, "2023-07-18T00:00:00+01:00 Day Assumed"),
            ("8/19/2021 5:11:26 PM", MonthFirst, "2021-08-19T17:11:26+01:00 Second Assumed"),
            ("12/01/2021 12:05 AM", DayFirst, "2021-01-12T00:05:00+00:00 Minute Assumed"),
            ("20260302143000", DayFirst, "2026-03-02T14:30:00+00:00 Second Assumed"),
            ("20260302", DayFirst, "2026-03-02T00:00:00+00:00 Day Assumed"),
            ("November 22, 2026, 4:05 pm", MonthFirst, "2026-11-22T16:05:00+00:00 Minute Assumed"),
            ("Monday 22 November 2026 at 16:05", DayFirst, "2026-11-22T16:05:00+00:00 Minute Assumed"),
            ("22-Nov-2026 16:05:09", DayFirst, "2026-11-22T16:05:09+00:00 Second Assumed"),
            ("2026-03-01 24:00", DayFirst, "2026-03-02T00:00:00+00:00 Minute Assumed"),
            ("1635776420", DayFirst, "2021-11-01T14:20:20+00:00 Second Offset"),
            ("/Date(1635776420000+0100)/", DayFirst, "2021-11-01T15:20:20+01:00 Second Offset"),
            ("2021-06-17T15:57:00+0300", DayFirst, "2021-06-17T15:57:00+03:00 Second Offset"),
            ("2021-06-17 15:57:00 EDT", DayFirst, "2021-06-17T15:57:00-04:00 Second Offset"),
            ("2021-01-17 3:57 PM pst", DayFirst, "2021-01-17T15:57:00-08:00 Minute Offset"),
            ("2021-01-17 15:57 HNE", DayFirst, "2021-01-17T15:57:00-05:00 Minute Offset"),
            ("27.11.2020 18:04", DayFirst, "2020-11-27T18:04:00+00:00 Minute Assumed"),
            // A mark of the half of the day is a word of its own.
            ("2026-07-13 12:00 America/New_York", DayFirst, "2026-07-13T12:00:00-04:00 Minute Offset"),
            ("22/11/2026 12:05 p. m.", DayFirst, "2026-11-22T12:05:00+00:00 Minute Assumed"),
            ("11/22/2026 2:05p", MonthFirst, "2026-11-22T14:05:00+00:00 Minute Assumed"),
            ("22/11/2026 14h30", DayFirst, "2026-11-22T14:30:00+00:00 Minute Assumed"),
            ("22.11.2026 14.30 Uhr", DayFirst, "2026-11-22T14:30:00+00:00 Minute Assumed"),
            ("2026-11-22-14.05.06.123456", DayFirst, "2026-11-22T14:05:06+00:00 Second Assumed"),
            ("2026-11-22T09:15:00.000+0000[UTC]", DayFirst, "2026-11-22T09:15:00+00:00 Second Offset"),
            ("2026-11-22T09:15:00 EST", DayFirst, "2026-11-22T09:15:00-05:00 Second Offset"),
            ("Sun, 22 Nov 2026 09:15:00 GMT", DayFirst, "2026-11-22T09:15:00+00:00 Second Offset"),
            ("Sun Nov 22 09:15:00 CET 2026", DayFirst, "2026-11-22T09:15:00+01:00 Second Offset"),
            ("Sun Nov 22 2026 09:15:00 GMT+0100 (Central European Standard Time)", DayFirst, "2026-11-22T09:15:00+01:00 Second Offset"),
            // A day of XML Schema carries its offset, and is no clock.
            ("2026-11-22-05:00", DayFirst, "2026-11-22T00:00:00-05:00 Day Offset"),
            ("2026-11-22Z", DayFirst, "2026-11-22T00:00:00+00:00 Day Offset"),
            ("2026-11-22 --:--", DayFirst, "2026-11-22T00:00:00+00:00 Day Assumed"),
            ("202611222400", DayFirst, "2026-11-23T00:00:00+00:00 Minute Assumed"),
            ("20261122T091500Z", DayFirst, "2026-11-22T09:15:00+00:00 Second Offset"),
            ("20261122T0915+0530", DayFirst, "2026-11-22T09:15:00+05:30 Minute Offset"),
            ("20261122 0915", DayFirst, "2026-11-22T09:15:00+00:00 Minute Assumed"),
            ("2026112214", DayFirst, "2026-11-22T14:00:00+00:00 Minute Assumed"),
            ("1635776420.123", DayFirst, "2021-11-01T14:20:20+00:00 Second Offset"),
            ("1635776420000.0", DayFirst, "2021-11-01T14:20:20+00:00 Second Offset"),
            ("1635776420000000", DayFirst, "2021-11-01T14:20:20+00:00 Second Offset"),
            ("639080352000000000", DayFirst, "2026-03-02T08:00:00+00:00 Second Assumed"),
            ("12:30 AM 02/03/2026", DayFirst, "2026-03-02T00:30:00+00:00 Minute Assumed"),
            ("10:14am, Monday 2 March 2026", DayFirst, "2026-03-02T10:14:00+00:00 Minute Assumed"),
            ("10:14 on 2026-03-02", DayFirst, "2026-03-02T10:14:00+00:00 Minute Assumed"),
            // What programs print when they have no date.
            ("0001-01-01T00:00:00", DayFirst, "none"),
            ("/Date(-62135596800000)/", DayFirst, "none"),
            ("1970-01-01T00:00:00Z", DayFirst, "none"),
            ("1899-12-30", DayFirst, "none"),
            ("9999-12-31", DayFirst, "none"),
            ("0000-00-00 00:00:00", DayFirst, "none"),
            ("99/99/9999", DayFirst, "none"),
            ("yesterday", DayFirst, "none"),
        ];
        for (text, order, expected) in table {
            assert_eq!(told(text, order), expected, "{text}");
        }
    }

    #[test]
    fn two_clocks_of_one_moment_tell_the_offset() {
        let rule = ZoneRule::of(None, "Australia/Sydney");
        let told = |instant, wall| two_clocks(instant, wall, DateOrder::DayFirst, &rule).map(|m| m.rfc3339());
        assert_eq!(told(Some("2023-04-04T20:55:00Z"), Some("2023-04-04T16:55:00")).as_deref(), Some("2023-04-04T16:55:00-04:00"));
        assert_eq!(told(Some("2026-01-05T23:10:20Z"), Some("2026-01-06 09:40:20")).as_deref(), Some("2026-01-06T09:40:20+10:30"));
        assert_eq!(told(Some("2023-04-04T20:55:00Z"), Some("2023-03-04T16:55:00")).as_deref(), Some("2023-04-04T20:55:00+00:00"));
        assert_eq!(told(Some("2023-04-04T20:55:00Z"), None).as_deref(), Some("2023-04-04T20:55:00+00:00"));
        assert_eq!(told(None, Some("2023-01-04T20:55:00")).as_deref(), Some("2023-01-04T20:55:00+11:00"));
        assert_eq!(told(None, None), None);
    }

    #[test]
    fn a_day_is_expected_with_or_without_clocks() {
        let rule = ZoneRule::of(None, "Europe/Brussels");
        let told = |day, from, until| {
            let window = window_on(day, from, until, DateOrder::DayFirst, &rule);
            format!("{} {}", window.start.unwrap_or_default(), window.end.unwrap_or_default())
        };
        assert_eq!(told("2026-07-24", Some("15:00"), Some("17:00")), "2026-07-24T15:00:00+02:00 2026-07-24T17:00:00+02:00");
        assert_eq!(told("24/07/2026", None, Some("soon")), " 2026-07-24");
        assert_eq!(told("Friday", None, None), " Friday");
    }

    #[test]
    fn a_day_and_a_clock_in_two_fields_are_joined() {
        let rule = ZoneRule { zone: TimeZone::UTC, basis: TimeBasis::Zone };
        let join = |d, t| read_pair(Some(d), t, DateOrder::DayFirst, &rule).map(|m| m.local_time());
        assert_eq!(join("20100830", Some("103900")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("20100830", Some("1039")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("2010-08-30", Some("10:39")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("2010-08-30", None).as_deref(), Some("2010-08-30"));
        assert_eq!(join("2010-08-30", Some("never")).as_deref(), Some("2010-08-30"));
        assert_eq!(join("20100830", Some("2400")).as_deref(), Some("2010-08-31T00:00:00"));
        assert_eq!(join("26-OCT-2025", Some("07:01:02")).as_deref(), Some("2025-10-26T07:01:02"));
        assert_eq!(join("26 OCT 2025 00:00", Some("07:01")).as_deref(), Some("2025-10-26T07:01:00"));
        assert_eq!(join("26.10.2025T00:00:00", Some("07:01")).as_deref(), Some("2025-10-26T07:01:00"));
        assert_eq!(join("20100830", Some("905")).as_deref(), Some("2010-08-30T09:05:00"));
        assert_eq!(join("2010-08-30", Some("1899-12-30T10:39:00")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("2010-08-30T00:00:00Z", Some("12:15 AM")).as_deref(), Some("2010-08-30T00:15:00"));
    }
}
