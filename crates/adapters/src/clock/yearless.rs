//! Times that are told without a year, or with two digits of it: when they were received tells the rest.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use whereabouts_domain::Moment;

use super::{DateOrder, ZoneRule, day, read};

/// Where a told day lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// It has happened: of the years in which it would be over by then, the last.
    Past,
    /// It is expected: the year in which it lies nearest.
    Nearest,
}

/// Clocks go wrong, and zones are assumed: so much later than it was received something may still have happened.
const AHEAD_DAYS: i64 = 2;
/// The 29th of February may have to be looked for.
const YEARS_BACK: i16 = 8;

/// Reads what [`read`] reads, and a day without a year: `22 Nov 14:05`, `Sun, Nov 22 2:05 PM`, `22/11 14:05`, `22.11.`, `2611221405`.
pub fn read_near(text: &str, order: DateOrder, rule: &ZoneRule, received: Timestamp, toward: Toward) -> Option<Moment> {
    match completed(text, order, rule, received, toward) {
        Some(whole) => read(&whole, order, rule),
        None => read(text, order, rule),
    }
}

/// The same time with its year in front; `None` if it has one, or if it is no such time.
pub fn completed(text: &str, order: DateOrder, rule: &ZoneRule, received: Timestamp, toward: Toward) -> Option<String> {
    let text = text.trim();
    let latest = received.checked_add(SignedDuration::from_hours(24 * AHEAD_DAYS)).ok()?;
    let told = read(text, order, rule);
    if matches!(text.len(), 6 | 10 | 12) && text.bytes().all(|b| b.is_ascii_digit()) {
        // `YYMMDD`, `YYMMDDhhmm`, `YYMMDDhhmmss`: as an epoch it would lie in the far future.
        let whole = format!("20{text}");
        let is_past = |text: &str| read(text, order, rule).is_some_and(|moment| moment.at() <= latest);
        return (told.is_none_or(|moment| moment.at() > latest) && is_past(&whole)).then_some(whole);
    }
    if told.is_some() {
        return None;
    }
    let (month, day, rest) = day::without_year(text, order)?;
    let this_year = received.to_zoned(TimeZone::UTC).year();
    let of_year = |year: i16| {
        let whole = format!("{year:04}-{month:02}-{day:02} {}", rest.trim_start_matches([',', 'T', ' ']));
        let moment = read(&whole, order, rule)?;
        Some((moment.at(), whole))
    };
    let mut years = (this_year - YEARS_BACK..=this_year + 1).rev().filter_map(of_year);
    let found = match toward {
        Toward::Past => years.find(|(at, _)| *at <= latest),
        Toward::Nearest => years.min_by_key(|(at, _)| at.duration_since(received).abs()),
    };
    found.map(|(_, whole)| whole)
}

#[cfg(test)]
mod tests {
    use whereabouts_domain::TimeBasis;

    use super::*;

    fn told(text: &str, received: &str, toward: Toward) -> String {
        let rule = ZoneRule { zone: TimeZone::get("Europe/London").unwrap(), basis: TimeBasis::Assumed };
        let order = if text.starts_with("11/") { DateOrder::MonthFirst } else { DateOrder::DayFirst };
        read_near(text, order, &rule, received.parse().unwrap(), toward).map_or("none".into(), |m| m.local_time())
    }

    #[test]
    fn what_happened_lies_in_the_last_year_that_makes_it_past() {
        let autumn = "2026-11-22T15:00:00Z";
        let table = [
            ("22 Nov 14:05", autumn, "2026-11-22T14:05:00"),
            ("Sun, Nov 22 2:05 PM", autumn, "2026-11-22T14:05:00"),
            ("22-Nov 14:05:09", autumn, "2026-11-22T14:05:09"),
            ("22nd November", autumn, "2026-11-22"),
            ("22/11 14:05", autumn, "2026-11-22T14:05:00"),
            ("11/22 14:05", autumn, "2026-11-22T14:05:00"),
            ("22.11. 14:05", autumn, "2026-11-22T14:05:00"),
            ("22.11.", autumn, "2026-11-22"),
            // A clock that goes a day ahead is a clock that goes wrong, a month ahead is last year's.
            ("24 Nov 09:00", autumn, "2026-11-24T09:00:00"),
            ("26 Dec 09:00", autumn, "2025-12-26T09:00:00"),
            ("31 Dec 23:50", "2027-01-01T00:10:00Z", "2026-12-31T23:50:00"),
            ("1 Jan 00:10", "2026-12-31T23:50:00Z", "2027-01-01T00:10:00"),
            ("29 Feb 08:00", autumn, "2024-02-29T08:00:00"),
            ("2611221405", autumn, "2026-11-22T14:05:00"),
            ("261122", autumn, "2026-11-22"),
            // Those that have a year keep it, and what is no day stays none.
            ("2019-11-22 14:05", autumn, "2019-11-22T14:05:00"),
            ("1635776420", autumn, "2021-11-01T14:20:20"),
            ("14:05", autumn, "none"),
            ("31/31 14:05", autumn, "none"),
            ("Nov", autumn, "none"),
            ("held until 22 Nov", autumn, "none"),
        ];
        for (text, received, expected) in table {
            assert_eq!(told(text, received, Toward::Past), expected, "{text}");
        }
    }

    #[test]
    fn what_is_expected_lies_nearest() {
        assert_eq!(told("2 Jan", "2026-12-28T12:00:00Z", Toward::Nearest), "2027-01-02");
        assert_eq!(told("28 Dec", "2027-01-02T12:00:00Z", Toward::Nearest), "2026-12-28");
    }
}
