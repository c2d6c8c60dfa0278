//! The clock behind the day, and the offset behind the clock.

use jiff::{civil::Time, tz::Offset};
use whereabouts_domain::Precision;

/// A clock as read.
pub struct Clock {
    pub time: Time,
    pub precision: Precision,
    /// `24:00` is the next day's midnight.
    pub is_next_day: bool,
}

/// `HHMM`, `HHMMSS` and longer at the front.
pub fn of_digits(t: &str) -> Option<Clock> {
    let part = |range: std::ops::Range<usize>| t.get(range)?.parse::<i8>().ok();
    clock(part(0..2)?, part(2..4)?, part(4..6).filter(|_| t.len() >= 6))
}

fn clock(hour: i8, minute: i8, second: Option<i8>) -> Option<Clock> {
    let precision = if second.is_some() { Precision::Second } else { Precision::Minute };
    // A leap second is told as 60.
    let second = second.map_or(Some(0), |s| (0..=60).contains(&s).then_some(s.min(59)))?;
    if hour == 24 && minute == 0 && second == 0 {
        return Some(Clock { time: Time::midnight(), precision, is_next_day: true });
    }
    Some(Clock { time: Time::new(hour, minute, second, 0).ok()?, precision, is_next_day: false })
}

/// A clock at the front: `14:05`, `14:05:06.123`, `2:05 PM`, `14.05`, `14h05`, `1405`, `24:00`. Returns also what follows.
pub fn split(text: &str) -> Option<(Clock, &str)> {
    let (first, rest) = digits(text);
    if first.len() > 2 {
        // Longer than seconds are fractions.
        let told = if matches!(first.len(), 4 | 6..=9) { of_digits(&first[..first.len().min(6)])? } else { return None };
        return Some((told, fraction(rest)));
    }
    let hour: i8 = first.parse().ok()?;
    let (minute, rest) = next(rest, &[':', '.', 'h', 'H']);
    let (second, rest) = if minute.is_some() { next(rest, &[':', '.']) } else { (None, rest) };
    let rest = if second.is_some() { fraction(rest) } else { rest };
    let (half, rest) = half_of_day(rest);
    let hour = match half {
        Some(Half::AfterNoon) if hour < 12 => hour + 12,
        Some(Half::BeforeNoon) if hour == 12 => 0,
        _ => hour,
    };
    Some((clock(hour, minute.unwrap_or(0), second)?, rest))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// A separator and one or two digits behind it; `14h` has none.
fn next<'a>(text: &'a str, separators: &[char]) -> (Option<i8>, &'a str) {
    let Some(rest) = text.strip_prefix(separators) else { return (None, text) };
    let is_hour_mark = text.starts_with(['h', 'H']);
    let (number, behind) = digits(if is_hour_mark { rest.trim_start() } else { rest });
    match number.len() {
        1 | 2 => (number.parse().ok(), behind),
        0 if is_hour_mark => (None, rest),
        _ => (None, text),
    }
}

fn fraction(text: &str) -> &str {
    match text.strip_prefix(['.', ',', ':']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => digits(rest).1,
        _ => text,
    }
}

enum Half {
    BeforeNoon,
    AfterNoon,
}

/// `AM`, `p.m.`, `p. m.`, a lone `p` at the end; but not the `Am` of `America/New_York`.
fn half_of_day(text: &str) -> (Option<Half>, &str) {
    let trimmed = text.trim_start();
    let mut chars = trimmed.chars();
    let half = match chars.next() {
        Some('a' | 'A') => Half::BeforeNoon,
        Some('p' | 'P') => Half::AfterNoon,
        _ => return (None, text),
    };
    let rest = chars.as_str();
    if rest.trim().is_empty() {
        return (Some(half), "");
    }
    let rest = rest.strip_prefix('.').map_or(rest, str::trim_start);
    match rest.strip_prefix(['m', 'M']) {
        Some(rest) if !rest.starts_with(char::is_alphabetic) => (Some(half), rest.strip_prefix('.').unwrap_or(rest)),
        _ => (None, text),
    }
}

/// `Z`, `+01:00`, `+0100`, `+01`, `UTC`, `GMT`, `UTC+2`, `EDT`.
pub fn offset(text: &str) -> Option<Offset> {
    let t = text.trim().trim_matches(['(', ')', '[', ']']);
    let t = t.strip_prefix("UTC").or_else(|| t.strip_prefix("GMT")).filter(|r| !r.is_empty()).unwrap_or(t).trim();
    if matches!(t, "Z" | "z" | "UTC" | "GMT") {
        return Some(Offset::UTC);
    }
    if let Some((_, minutes)) = ABBREVIATIONS.iter().find(|(names, _)| names.split(' ').any(|name| name.eq_ignore_ascii_case(t))) {
        return Offset::from_seconds(minutes * 60).ok();
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

/// The abbreviations of clocks in the Americas, in Europe, Asia and Oceania, with Canada's French ones, in minutes east of Greenwich.
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
    ("HST", -600),
    ("WET", 0),
    ("BST WEST CET MEZ", 60),
    ("CEST EET MESZ", 120),
    ("EEST MSK", 180),
    ("SGT HKT AWST", 480),
    ("JST KST", 540),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
];
