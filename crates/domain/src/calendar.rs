//! Carrier calendars by nation: on which days a carrier works. Data with source and date (`data/calendars.json`), over which a retailer lays
//! edits of its own. A working day counts all its hours, so that a scan due on Monday evening is due on Tuesday morning twelve hours later.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde_json::{Map, Value, json};

use crate::settings::parse_weekday;

/// After so many days without a working one the calendar is taken for broken and every hour counts: better a flag too early than never.
const DAYS_WITHOUT_WORK_MAX: u32 = 60;

/// Calendars by nation: `GB-ENG`, `GB-SCT`, `GB-NIR`, else the country's two letters.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendars {
    nations: BTreeMap<String, Nation>,
    /// Weekends are free, holidays are not known.
    elsewhere: Nation,
}

/// One nation's working days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nation {
    pub name: String,
    pub source: String,
    /// When somebody last looked at the source.
    pub as_of: String,
    weekdays: BTreeSet<i8>,
    holidays: BTreeMap<Date, String>,
}

/// What is wrong with a calendar file or an edit, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct CalendarError {
    /// A JSON pointer (RFC 6901).
    pub pointer: String,
    pub message: String,
}

impl Nation {
    pub fn works_on(&self, day: Date) -> bool {
        self.weekdays.contains(&day.weekday().to_monday_zero_offset()) && !self.holidays.contains_key(&day)
    }
    /// The holiday's name in the nation's language.
    pub fn holiday(&self, day: Date) -> Option<&str> {
        self.holidays.get(&day).map(String::as_str)
    }
}

impl Default for Calendars {
    fn default() -> Self {
        Calendars::built_in().clone()
    }
}

impl Calendars {
    /// The calendars that come with the product.
    pub fn built_in() -> &'static Calendars {
        static BUILT_IN: OnceLock<Calendars> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            Calendars::from_json(include_str!("../data/calendars.json")).expect("the calendars that come with us can be read")
        })
    }

    pub fn from_json(text: &str) -> Result<Calendars, CalendarError> {
        let value: Value = serde_json::from_str(text).map_err(|e| wrong("", e))?;
        let weekdays = [0, 1, 2, 3, 4].into();
        let mut calendars =
            Calendars { nations: BTreeMap::new(), elsewhere: Nation { name: "Elsewhere".into(), weekdays, ..Nation::default() } };
        if let Some(days) = value.pointer("/elsewhere/weekdays") {
            calendars.elsewhere.weekdays = read_weekdays(days, "/elsewhere/weekdays")?;
        }
        calendars.edit(value.get("nations").unwrap_or(&Value::Null), "/nations")?;
        Ok(calendars)
    }

    /// Lays a retailer's edits over these calendars: `{"nations":{"GB-ENG":{"weekdays":["mon",…],"holidays":{"2026-12-24":"closed","2026-04-06":null}}}}`.
    /// A holiday of null is a working day; a nation of null falls back to weekends only.
    pub fn patched(&self, edits: &Value) -> Result<Calendars, CalendarError> {
        let map = edits.as_object().ok_or_else(|| wrong("", "must be an object"))?;
        if let Some(key) = map.keys().find(|k| *k != "nations") {
            return Err(wrong(&format!("/{key}"), "only `nations` can be edited"));
        }
        let mut patched = self.clone();
        patched.edit(map.get("nations").unwrap_or(&Value::Null), "/nations")?;
        Ok(patched)
    }

    pub fn to_json(&self) -> Value {
        let nations: Map<String, Value> = self.nations.iter().map(|(code, nation)| (code.clone(), nation_json(nation))).collect();
        json!({ "elsewhere": nation_json(&self.elsewhere), "nations": nations })
    }

    /// The calendar of `GB-SCT`, `IE`, …; a nation that we do not know has weekends only.
    pub fn nation(&self, code: &str) -> &Nation {
        self.nations.get(code).unwrap_or(&self.elsewhere)
    }

    /// Whether carriers work on a day in all of these nations.
    pub fn is_working_day(&self, day: Date, nations: &[&str]) -> bool {
        nations.iter().all(|code| self.nation(code).works_on(day))
    }

    /// Milliseconds of working days between two instants. A day counts, with all the hours it has in `zone`, if it is worked in every nation named.
    pub fn working_time_between(&self, from: Timestamp, to: Timestamp, nations: &[&str], zone: &TimeZone) -> i64 {
        let mut total = 0;
        let mut day = zone.to_datetime(from).date();
        let mut start = from;
        while start < to {
            let (next_day, next) = next_midnight(day, zone);
            let end = next.min(to);
            if end > start && self.is_working_day(day, nations) {
                total += end.as_millisecond() - start.as_millisecond();
            }
            (day, start) = (next_day, next.max(start));
            if next == Timestamp::MAX {
                break;
            }
        }
        total
    }

    /// The instant at which so many milliseconds of working days have gone by: the first one for which
    /// [`Calendars::working_time_between`] says so.
    pub fn add_working_time(&self, from: Timestamp, milliseconds: i64, nations: &[&str], zone: &TimeZone) -> Timestamp {
        let mut left = milliseconds;
        let mut day = zone.to_datetime(from).date();
        let mut start = from;
        let mut idle_days = 0;
        loop {
            let (next_day, next) = next_midnight(day, zone);
            if idle_days > DAYS_WITHOUT_WORK_MAX || next == Timestamp::MAX {
                return later(start, left);
            }
            if self.is_working_day(day, nations) {
                let here = next.as_millisecond() - start.as_millisecond();
                if left <= here {
                    return later(start, left);
                }
                left -= here;
                idle_days = 0;
            } else {
                idle_days += 1;
            }
            (day, start) = (next_day, next.max(start));
        }
    }

    /// [`Calendars::add_working_time`] in hours.
    pub fn add_working_hours(&self, from: Timestamp, hours: f64, nations: &[&str], zone: &TimeZone) -> Timestamp {
        self.add_working_time(from, (hours * 3_600_000.0) as i64, nations, zone)
    }

    /// The working day that lies so many working days before a day.
    pub fn working_days_before(&self, day: Date, count: i64, nations: &[&str]) -> Date {
        let (mut day, mut left, mut idle_days) = (day, count, 0);
        while left > 0 && idle_days <= DAYS_WITHOUT_WORK_MAX {
            day = day.yesterday().unwrap_or(Date::MIN);
            if self.is_working_day(day, nations) {
                (left, idle_days) = (left - 1, 0);
            } else {
                idle_days += 1;
            }
        }
        day
    }

    fn edit(&mut self, nations: &Value, pointer: &str) -> Result<(), CalendarError> {
        let map = match nations {
            Value::Null => return Ok(()),
            Value::Object(map) => map,
            _ => return Err(wrong(pointer, "must be an object")),
        };
        for (code, edit) in map {
            let pointer = format!("{pointer}/{code}");
            if !is_nation_code(code) {
                return Err(wrong(&pointer, "must be a country of two capital letters, or GB-ENG, GB-SCT, GB-NIR"));
            }
            if edit.is_null() {
                self.nations.remove(code);
                continue;
            }
            let elsewhere = Nation { name: code.clone(), ..self.elsewhere.clone() };
            edit_nation(self.nations.entry(code.clone()).or_insert(elsewhere), edit, &pointer)?;
        }
        Ok(())
    }
}

fn edit_nation(nation: &mut Nation, edit: &Value, pointer: &str) -> Result<(), CalendarError> {
    let map = edit.as_object().ok_or_else(|| wrong(pointer, "must be an object"))?;
    for (key, value) in map {
        let pointer = format!("{pointer}/{key}");
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| wrong(&pointer, "must be a text"));
        match key.as_str() {
            "name" => nation.name = text()?,
            "source" => nation.source = text()?,
            "as_of" => nation.as_of = text()?,
            "weekdays" => nation.weekdays = read_weekdays(value, &pointer)?,
            "holidays" => {
                for (day, name) in value.as_object().ok_or_else(|| wrong(&pointer, "must be an object"))? {
                    let date: Date = day.parse().map_err(|_| wrong(&format!("{pointer}/{day}"), "must be a day YYYY-MM-DD"))?;
                    match name {
                        Value::Null => drop(nation.holidays.remove(&date)),
                        Value::String(name) => drop(nation.holidays.insert(date, name.clone())),
                        _ => return Err(wrong(&format!("{pointer}/{day}"), "must be a name, or null for a working day")),
                    }
                }
            }
            _ => return Err(wrong(&pointer, "is not known here: weekdays, holidays, name, source, as_of")),
        }
    }
    Ok(())
}

fn read_weekdays(value: &Value, pointer: &str) -> Result<BTreeSet<i8>, CalendarError> {
    let day = |v: &Value| v.as_str().and_then(parse_weekday).map(Weekday::to_monday_zero_offset);
    let days: Option<BTreeSet<i8>> = value.as_array().and_then(|list| list.iter().map(day).collect());
    days.filter(|d| !d.is_empty()).ok_or_else(|| wrong(pointer, "must be a list of mon, tue, wed, thu, fri, sat, sun"))
}

fn nation_json(nation: &Nation) -> Value {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let weekdays: Vec<&str> = nation.weekdays.iter().filter_map(|d| names.get(*d as usize).copied()).collect();
    let holidays: Map<String, Value> = nation.holidays.iter().map(|(day, name)| (day.to_string(), json!(name))).collect();
    json!({ "name": nation.name, "source": nation.source, "as_of": nation.as_of, "weekdays": weekdays, "holidays": holidays })
}

fn is_nation_code(code: &str) -> bool {
    matches!(code, "GB-ENG" | "GB-SCT" | "GB-NIR") || (code.len() == 2 && code != "GB" && code.bytes().all(|b| b.is_ascii_uppercase()))
}

fn wrong(pointer: &str, message: impl ToString) -> CalendarError {
    CalendarError { pointer: pointer.to_owned(), message: message.to_string() }
}

/// The day after, and the instant at which it begins in the zone.
fn next_midnight(day: Date, zone: &TimeZone) -> (Date, Timestamp) {
    let Ok(next) = day.tomorrow() else { return (day, Timestamp::MAX) };
    (next, start_of_day(next, zone))
}

/// The first instant of a day in a zone. Where midnight is skipped (a clock going forward at midnight) the day begins when it does.
pub fn start_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight())).compatible().unwrap_or(Timestamp::MAX)
}

/// Clamped at the end of time, never a panic.
pub(crate) fn later(at: Timestamp, milliseconds: i64) -> Timestamp {
    at.as_millisecond().checked_add(milliseconds).and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX)
}

/// Whose calendar holds at an address. The United Kingdom has three, told apart by the letters of the postcode.
pub fn nation_of(country: &str, postcode: Option<&str>) -> String {
    const SCOTLAND: [&str; 16] = ["AB", "DD", "DG", "EH", "FK", "G", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH", "TD", "ZE"];
    let country = country.trim().to_ascii_uppercase();
    if country != "GB" && country != "UK" {
        return country;
    }
    let area: String = postcode.unwrap_or("").trim().chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase();
    match area.as_str() {
        "BT" => "GB-NIR".into(),
        area if SCOTLAND.contains(&area) => "GB-SCT".into(),
        _ => "GB-ENG".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn london() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn bank_holidays_and_their_substitutes_are_free() {
        let c = Calendars::built_in();
        let works = |day: &str, nation: &str| c.is_working_day(day.parse().unwrap(), &[nation]);
        let table = [
            ("2026-04-03", "GB-ENG", false), // Good Friday
            ("2026-04-04", "GB-ENG", true),  // Easter Saturday
            ("2026-04-06", "GB-ENG", false), // Easter Monday
            ("2026-04-06", "GB-SCT", true),
            ("2026-08-31", "GB-ENG", false),
            ("2026-08-31", "GB-SCT", true),
            ("2026-12-28", "GB-ENG", false), // for Boxing Day, a Saturday
            ("2027-12-27", "GB-ENG", false), // for Christmas Day, a Saturday
            ("2027-12-28", "GB-ENG", false),
            ("2028-01-03", "GB-ENG", false),
            ("2028-01-04", "GB-SCT", false),
            ("2026-07-13", "GB-NIR", false), // for 12 July, a Sunday
            ("2026-02-02", "IE", false),
            ("2024-04-06", "IE", false), // a Saturday
            ("2026-11-26", "US", false),
            ("2026-12-26", "JP", false), // elsewhere: weekends only
            ("2026-12-25", "JP", true),
        ];
        for (day, nation, expected) in table {
            assert_eq!(works(day, nation), expected, "{day} {nation}");
        }
    }

    #[test]
    fn easter_in_the_data_is_easter_by_computus() {
        // The Anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, 1991).
        fn easter(y: i16) -> Date {
            let (a, b, c) = (y % 19, y / 100, y % 100);
            let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
            let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
            let m = (a + 11 * h + 22 * l) / 451;
            let n = h + l - 7 * m + 114;
            date(y, (n / 31) as i8, (n % 31 + 1) as i8)
        }
        for year in 2024..=2028 {
            let monday = easter(year).tomorrow().unwrap();
            for code in ["GB-ENG", "GB-NIR", "IE", "FR", "DE", "NL", "BE", "IT", "PL", "AU"] {
                assert!(Calendars::built_in().nation(code).holiday(monday).is_some(), "{code} {monday}");
            }
        }
    }

    #[test]
    fn a_friday_evening_is_followed_by_saturday_and_then_monday() {
        let c = Calendars::built_in();
        let due = |from: &str, hours| c.add_working_hours(at(from), hours, &["GB-ENG"], &london()).to_string();
        assert_eq!(due("2026-11-20T18:00:00Z", 24.0), "2026-11-21T18:00:00Z");
        assert_eq!(due("2026-11-21T18:00:00Z", 12.0), "2026-11-23T06:00:00Z");
        assert_eq!(due("2026-11-23T18:00:00Z", 12.0), "2026-11-24T06:00:00Z");
        // Maundy Thursday 18:00 to Easter Saturday 18:00: Good Friday does not count.
        assert_eq!(due("2026-04-02T17:00:00Z", 24.0), "2026-04-04T17:00:00Z");
        // The clock goes forward on a Sunday, which is free; Saturday still has 24 hours.
        assert_eq!(due("2026-03-28T00:00:00Z", 25.0), "2026-03-30T00:00:00Z");
    }

    #[test]
    fn a_day_counts_only_where_both_nations_work() {
        let c = Calendars::built_in();
        // St Patrick's Day 2026 is a Tuesday; Ireland has weekends from Saturday.
        let due = c.add_working_hours(at("2026-03-16T12:00:00Z"), 24.0, &["GB-ENG", "IE"], &london());
        assert_eq!(due.to_string(), "2026-03-18T12:00:00Z");
    }

    #[test]
    fn adding_and_measuring_working_time_are_inverse() {
        let c = Calendars::built_in();
        let zone = london();
        let mut from = at("2026-03-20T05:17:00Z");
        for step in 0..400_i64 {
            let time = (step * 7_919_000) % 400_000_000 + 1;
            let due = c.add_working_time(from, time, &["GB-ENG"], &zone);
            assert_eq!(c.working_time_between(from, due, &["GB-ENG"], &zone), time, "{from} + {time}");
            assert_eq!(c.working_time_between(from, later(due, -1), &["GB-ENG"], &zone), time - 1);
            from = later(from, 80_000_000);
        }
    }

    #[test]
    fn a_retailer_edits_one_day_and_keeps_the_others() {
        let c = Calendars::built_in();
        let edits = json!({"nations": {"GB-ENG": {"holidays": {"2026-12-24": "we are closed", "2026-12-28": null}}, "JP": {"holidays": {"2026-11-23": "勤労感謝の日"}}}});
        let p = c.patched(&edits).unwrap();
        assert!(!p.is_working_day(date(2026, 12, 24), &["GB-ENG"]));
        assert!(p.is_working_day(date(2026, 12, 28), &["GB-ENG"]));
        assert!(!p.is_working_day(date(2026, 12, 25), &["GB-ENG"]));
        assert!(!p.is_working_day(date(2026, 11, 23), &["JP"]));
        assert_eq!(Calendars::from_json(&p.to_json().to_string()).unwrap(), p);
        let refused = c.patched(&json!({"nations": {"GB-ENG": {"weekdays": []}}})).unwrap_err();
        assert_eq!(refused.pointer, "/nations/GB-ENG/weekdays");
        assert_eq!(c.patched(&json!({"nations": {"GB": {}}})).unwrap_err().pointer, "/nations/GB");
    }

    #[test]
    fn the_three_calendars_of_the_united_kingdom_are_told_apart_by_postcode() {
        let table = [
            ("GB", Some("EH1 1YZ"), "GB-SCT"),
            ("GB", Some("g2 1al"), "GB-SCT"),
            ("GB", Some("GL1 1AA"), "GB-ENG"),
            ("GB", Some("BT1 5GS"), "GB-NIR"),
            ("GB", None, "GB-ENG"),
            ("ie", Some("D02 X285"), "IE"),
        ];
        for (country, postcode, nation) in table {
            assert_eq!(nation_of(country, postcode), nation);
        }
    }
}
