//! Reading carriers' times. Everything tolerant is here, once: a dialect says which form it expects or asks to sniff.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use whereabouts_domain::{Moment, Precision, TimeBasis, zone::zone_name};

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
/// `22 November 2026`, `November 22, 2026, 4:05 pm`, epoch seconds or milliseconds, `.NET` `/Date(…)/`, a day alone. `None` if it is none of these.
pub fn read(text: &str, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")) {
        let (ms, offset) = match inner.get(1..).and_then(|rest| rest.find(['+', '-'])) {
            Some(i) => (&inner[..i + 1], parse_offset(&inner[i + 1..])),
            None => (inner, None),
        };
        let at = Timestamp::from_millisecond(ms.parse().ok()?).ok()?;
        let offset = offset.unwrap_or(Offset::UTC);
        return Some(Moment::with_offset(offset.to_datetime(at), offset, Precision::Second));
    }
    let bytes = text.as_bytes();
    if bytes.iter().all(u8::is_ascii_digit) {
        return match bytes.len() {
            8 => digits_day(text).map(|d| Moment::on_day(d, &rule.zone, rule.basis)),
            12 | 14 if text.starts_with("19") || text.starts_with("20") => {
                let day = digits_day(&text[..8])?;
                let (time, precision) = digits_time(&text[8..])?;
                Some(Moment::in_zone(day.to_datetime(time), &rule.zone, precision, rule.basis))
            }
            10 => Timestamp::from_second(text.parse().ok()?).ok().map(Moment::instant),
            13 => Timestamp::from_millisecond(text.parse().ok()?).ok().map(Moment::instant),
            _ => None,
        };
    }
    let (date_part, rest) = split_day(text, order)?;
    let rest = rest.trim_start_matches([',', 'T', 't', ' ', '-', '\u{a0}']).trim();
    let rest = rest.strip_prefix("at ").unwrap_or(rest).trim();
    if rest.is_empty() {
        return Some(Moment::on_day(date_part, &rule.zone, rule.basis));
    }
    let (time, precision, day_shift, tail) = read_time(rest)?;
    let local: DateTime = date_part.to_datetime(time);
    let local = if day_shift { local.checked_add(jiff::Span::new().days(1)).ok()? } else { local };
    let tail = tail.trim();
    if tail.is_empty() {
        return Some(Moment::in_zone(local, &rule.zone, precision, rule.basis));
    }
    if let Some(offset) = parse_offset(tail).or_else(|| abbreviated(tail)) {
        return Some(Moment::with_offset(local, offset, precision));
    }
    if let Ok(zone) = TimeZone::get(tail.trim_matches(['[', ']', '(', ')'])) {
        return Some(Moment::in_zone(local, &zone, precision, TimeBasis::Offset));
    }
    Some(Moment::in_zone(local, &rule.zone, precision, rule.basis))
}

/// A day and a clock that came in two fields; either may be missing a part.
pub fn read_pair(day: Option<&str>, time: Option<&str>, order: DateOrder, rule: &ZoneRule) -> Option<Moment> {
    let day = day?.trim();
    match time.map(str::trim).filter(|t| !t.is_empty()) {
        None => read(day, order, rule),
        Some(time) => {
            // `20260302` and `143000` are joined as digits, else with a blank between them.
            let day_only = day.split(['T', ' ']).next().filter(|d| d.contains('-') || d.contains('/') || d.len() == 8).unwrap_or(day);
            let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
            let joined = match (digits(day_only) && day_only.len() == 8, digits(time)) {
                (true, true) => format!("{day_only}{:0>width$}", time, width = if time.len() <= 4 { 4 } else { 6 }),
                (false, true) if (3..=6).contains(&time.len()) => {
                    let t = format!("{:0>width$}", time, width = if time.len() <= 4 { 4 } else { 6 });
                    format!("{day_only} {}:{}{}", &t[..2], &t[2..4], if t.len() == 6 { format!(":{}", &t[4..]) } else { String::new() })
                }
                (true, false) => {
                    let d = digits_day(day_only)?;
                    format!("{d} {time}")
                }
                _ => format!("{day_only} {time}"),
            };
            read(&joined, order, rule).or_else(|| read(day, order, rule))
        }
    }
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

fn digits_day(t: &str) -> Option<Date> {
    Date::new(t.get(..4)?.parse().ok()?, t.get(4..6)?.parse().ok()?, t.get(6..8)?.parse().ok()?).ok()
}

fn digits_time(t: &str) -> Option<(Time, Precision)> {
    let h = t.get(..2)?.parse().ok()?;
    let m = t.get(2..4)?.parse().ok()?;
    match t.get(4..6) {
        Some(s) => Some((Time::new(h, m, s.parse().ok()?, 0).ok()?, Precision::Second)),
        None => Some((Time::new(h, m, 0, 0).ok()?, Precision::Minute)),
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month_named(word: &str) -> Option<i8> {
    let word = word.to_ascii_lowercase();
    let three = word.get(..3)?;
    MONTHS.iter().position(|m| *m == three).map(|i| i as i8 + 1)
}

/// Splits off the day at the front: numbers with `-`, `/` or `.`, or words.
fn split_day(text: &str, order: DateOrder) -> Option<(Date, &str)> {
    let numeric_end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '/' | '.'))).unwrap_or(text.len());
    let front = text[..numeric_end].trim_end_matches(['-', '.', '/']);
    let parts: Vec<&str> = front.split(['-', '/', '.']).collect();
    if parts.len() >= 3 && parts[..3].iter().all(|p| !p.is_empty() && p.len() <= 4) {
        let used = parts[0].len() + parts[1].len() + parts[2].len() + 2;
        let n = |i: usize| parts[i].parse::<i16>().ok();
        let (y, m, d) = if parts[0].len() == 4 {
            (n(0)?, n(1)?, n(2)?)
        } else {
            let year = n(2)?;
            let year = if parts[2].len() <= 2 { 2000 + year } else { year };
            let (a, b) = (n(0)?, n(1)?);
            match order {
                DateOrder::DayFirst if b > 12 && a <= 12 => (year, a, b),
                DateOrder::MonthFirst if a > 12 && b <= 12 => (year, b, a),
                DateOrder::DayFirst => (year, b, a),
                DateOrder::MonthFirst => (year, a, b),
            }
        };
        return Some((Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?, &text[used..]));
    }
    // Words: `Monday 22 November 2026 …`, `22-Nov-2026 …`, `November 22, 2026 …`.
    let mut position = 0;
    let (mut day, mut month, mut year) = (None, None, None);
    for word in text.split_inclusive([' ', ',', '-', '/', '.']) {
        let clean = word.trim_matches(|c: char| !c.is_alphanumeric());
        position += word.len();
        if clean.is_empty() {
            continue;
        }
        let stem = clean.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
        if let Ok(number) = stem.parse::<i16>() {
            if clean.len() == 4 && clean.bytes().all(|b| b.is_ascii_digit()) {
                year = Some(number);
            } else if day.is_none() {
                day = Some(i8::try_from(number).ok()?);
            } else {
                year = Some(number.checked_add(2000)?);
            }
        } else if clean.chars().all(char::is_alphabetic) {
            if month.is_none() {
                month = month_named(clean).or(month);
            }
        } else {
            return None;
        }
        if let (Some(d), Some(m), Some(y)) = (day, month, year) {
            return Some((Date::new(y, m, d).ok()?, &text[position..]));
        }
    }
    None
}

/// A clock at the front: `14:05`, `14:05:06.123`, `2:05 PM`, `24:00`. Returns also whether it means the next day, and what follows.
fn read_time(text: &str) -> Option<(Time, Precision, bool, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(text.len());
    let clock = text[..end].trim_end_matches(['.', ',']);
    let tail = text[clock.len()..].trim_start_matches([',', '.']);
    let mut parts = clock.split(':');
    let first = parts.next()?;
    let (mut h, m, s, precision): (i8, i8, i8, Precision) = match (parts.next(), parts.next()) {
        (Some(m), Some(s)) => {
            let s = s.split(['.', ',']).next()?;
            (first.parse().ok()?, m.parse().ok()?, s.parse::<i8>().ok()?.min(59), Precision::Second)
        }
        (Some(m), None) => {
            let m = m.split(['.', ',']).next()?;
            (first.parse().ok()?, m.parse().ok()?, 0, Precision::Minute)
        }
        (None, _) if first.len() == 4 || first.len() == 6 => {
            let (t, p) = digits_time(first)?;
            (t.hour(), t.minute(), t.second(), p)
        }
        (None, _) if first.contains('.') => {
            let (a, b) = first.split_once('.')?;
            (a.parse().ok()?, b.get(..2)?.parse().ok()?, 0, Precision::Minute)
        }
        _ => (first.parse().ok()?, 0, 0, Precision::Minute),
    };
    let trimmed = tail.trim_start();
    let lower: String = trimmed.chars().take(4).collect::<String>().to_ascii_lowercase();
    let mut tail = tail;
    let marks: [(&str, bool); 4] = [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)];
    if let Some((mark, after_noon)) = marks.iter().find(|(mark, _)| lower.starts_with(mark)) {
        tail = &trimmed[mark.len()..];
        if *after_noon && h < 12 {
            h += 12;
        } else if !*after_noon && h == 12 {
            h = 0;
        }
    }
    if h == 24 && m == 0 && s == 0 {
        return Some((Time::midnight(), precision, true, tail));
    }
    Some((Time::new(h, m, s, 0).ok()?, precision, false, tail))
}

/// `Z`, `+01:00`, `+0100`, `+01`, `UTC`, `GMT`, `UTC+2`.
fn parse_offset(text: &str) -> Option<Offset> {
    let t = text.trim().trim_matches(['(', ')']);
    let t = t.strip_prefix("UTC").or_else(|| t.strip_prefix("GMT")).filter(|r| !r.is_empty()).unwrap_or(t).trim();
    if matches!(t, "Z" | "z" | "UTC" | "GMT") {
        return Some(Offset::UTC);
    }
    let sign = match t.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = t[1..].chars().take_while(|c| c.is_ascii_digit() || *c == ':').filter(|c| *c != ':').collect();
    let (h, m): (i32, i32) = match digits.len() {
        1 | 2 => (digits.parse().ok()?, 0),
        3 => (digits[..1].parse().ok()?, digits[1..].parse().ok()?),
        4 | 6 => (digits[..2].parse().ok()?, digits[2..4].parse().ok()?),
        _ => return None,
    };
    Offset::from_seconds(sign * (h * 3600 + m * 60)).ok()
}

/// The abbreviations of clocks in the Americas, in Europe and in Oceania, with Canada's French ones, in minutes east of Greenwich.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("NST HNT", -210),
    ("NDT HAT", -150),
    ("AST HNA", -240),
    ("ADT HAA", -180),
    ("EST HNE", -300),
    ("EDT HAE", -240),
    ("CST HNC", -360),
    ("CDT HAC", -300),
    ("MST HNR", -420),
    ("MDT HAR", -360),
    ("PST HNP", -480),
    ("PDT HAP", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("BST CET", 60),
    ("CEST", 120),
    ("AWST", 480),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
];

fn abbreviated(text: &str) -> Option<Offset> {
    let told = text.trim().trim_matches(['(', ')', '[', ']']);
    let (_, minutes) = ABBREVIATIONS.iter().find(|(names, _)| names.split(' ').any(|name| name.eq_ignore_ascii_case(told)))?;
    Offset::from_seconds(minutes * 60).ok()
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
    fn a_day_and_a_clock_in_two_fields_are_joined() {
        let rule = ZoneRule { zone: TimeZone::UTC, basis: TimeBasis::Zone };
        let join = |d, t| read_pair(Some(d), t, DateOrder::DayFirst, &rule).map(|m| m.local_time());
        assert_eq!(join("20100830", Some("103900")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("20100830", Some("1039")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("2010-08-30", Some("10:39")).as_deref(), Some("2010-08-30T10:39:00"));
        assert_eq!(join("2010-08-30", None).as_deref(), Some("2010-08-30"));
        assert_eq!(join("2010-08-30", Some("never")).as_deref(), Some("2010-08-30"));
    }
}
