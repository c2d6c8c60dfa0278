//! The day at the front of a told time.

use std::borrow::Cow;

use jiff::civil::Date;

use super::DateOrder;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month_named(word: &str) -> Option<i8> {
    let word = word.to_ascii_lowercase();
    let three = word.get(..3)?;
    MONTHS.iter().position(|m| *m == three).map(|i| i as i8 + 1)
}

/// `YYYYMMDD` at the front.
pub fn of_digits(t: &str) -> Option<Date> {
    Date::new(t.get(..4)?.parse().ok()?, t.get(4..6)?.parse().ok()?, t.get(6..8)?.parse().ok()?).ok()
}

/// Splits off the day at the front: numbers with `-`, `/` or `.`, or words. What follows begins with its separator.
pub fn split(text: &str, order: DateOrder) -> Option<(Date, Cow<'_, str>)> {
    let numeric_end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '/' | '.'))).unwrap_or(text.len());
    let front = text[..numeric_end].trim_end_matches(['-', '.', '/']);
    // `20261122T091500Z`, `20261122 0915`: ISO 8601 without hyphens.
    if front.len() == 8 && front.bytes().all(|b| b.is_ascii_digit()) {
        return Some((of_digits(front)?, Cow::Borrowed(&text[8..])));
    }
    let parts: Vec<&str> = front.splitn(4, ['-', '/', '.']).collect();
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
        let day = Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?;
        return Some((day, Cow::Borrowed(&text[used..])));
    }
    in_words(text)
}

/// `Monday 22 November 2026 …`, `22-Nov-2026 …`, `November 22, 2026 …`, `Sun Nov 22 09:15:00 UTC 2026`.
fn in_words(text: &str) -> Option<(Date, Cow<'_, str>)> {
    let mut position = 0;
    let (mut day, mut month, mut year) = (None, None, None);
    for word in text.split_inclusive([' ', ',', '-', '/', '.']) {
        let clean = word.trim_matches(|c: char| !c.is_alphanumeric());
        if clean.is_empty() {
            position += word.len();
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
            // The year may stand behind the clock, as the C library and Java print it.
            let (clock, year) = clean.contains(':').then(|| text[position..].trim_end().rsplit_once(' ')).flatten()?;
            let year = year.parse().ok().filter(|_| year.len() == 4)?;
            return Some((Date::new(year, month?, day?).ok()?, Cow::Owned(format!(" {clock}"))));
        }
        position += word.len();
        if let (Some(d), Some(m), Some(y)) = (day, month, year) {
            return Some((Date::new(y, m, d).ok()?, Cow::Borrowed(&text[position..])));
        }
    }
    None
}

/// Month and day at the front where no year follows, and what does: `22 Nov …`, `Sun, Nov 22 …`, `22/11 …`, `22.11. …`.
pub fn without_year(text: &str, order: DateOrder) -> Option<(i8, i8, &str)> {
    numbers_alone(text, order).or_else(|| words_alone(text))
}

fn numbers_alone(text: &str, order: DateOrder) -> Option<(i8, i8, &str)> {
    let end = text.find([' ', ',', 'T']).unwrap_or(text.len());
    let (front, rest) = text.split_at(end);
    let mark = front.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
    let (a, b) = front.strip_suffix('.').unwrap_or(front).split_once(mark)?;
    let number = |text: &str| text.parse::<i8>().ok().filter(|n| text.len() <= 2 && *n > 0);
    let (a, b) = (number(a)?, number(b)?);
    let (month, day) = match order {
        DateOrder::DayFirst if b > 12 && a <= 12 => (a, b),
        DateOrder::MonthFirst if a > 12 && b <= 12 => (b, a),
        DateOrder::DayFirst => (b, a),
        DateOrder::MonthFirst => (a, b),
    };
    Some((month, day, rest))
}

/// Perhaps a weekday, then a day and the name of a month in either order.
fn words_alone(text: &str) -> Option<(i8, i8, &str)> {
    let (mut day, mut month, mut position, mut words) = (None, None, 0, 0);
    for word in text.split_inclusive([' ', ',', '-', '/', '.']) {
        let clean = word.trim_matches(|c: char| !c.is_alphanumeric());
        position += word.len();
        if clean.is_empty() {
            continue;
        }
        let stem = clean.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
        match stem.parse::<i8>() {
            Ok(number) if day.is_none() && clean.len() <= 4 => day = Some(number),
            Ok(_) => return None,
            Err(_) if !clean.chars().all(char::is_alphabetic) => return None,
            // The weekday stands first.
            Err(_) => match month_named(clean) {
                Some(named) if month.is_none() => month = Some(named),
                Some(_) => return None,
                None if words > 0 => return None,
                None => {}
            },
        }
        words += 1;
        if let (Some(day), Some(month)) = (day, month) {
            return Some((month, day, &text[position..]));
        }
    }
    None
}
