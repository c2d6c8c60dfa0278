//! Time is right, whatever the spelling: the wall clock stays as told, an offset is kept, a day stays a day.
//! `WHEREABOUTS_STORM_CASES` sets the number of times tried.

use std::{fmt::Write, fs, ops::Range};

use jiff::{
    civil::DateTime,
    tz::{Offset, TimeZone},
};
use proptest::prelude::*;
use whereabouts_adapters::{
    carrier::{ALL, Payload},
    clock::{self, DateOrder, ZoneRule},
};
use whereabouts_domain::{Moment, Precision, TimeBasis};

fn cases() -> ProptestConfig {
    let cases = std::env::var("WHEREABOUTS_STORM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

const ZONES: [&str; 6] = ["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC", "America/St_Johns"];

fn assumed(zone: &str) -> ZoneRule {
    ZoneRule::of(None, zone)
}

fn any_time() -> impl Strategy<Value = DateTime> {
    (1990_i16..2100, 1_i8..=12, 1_i8..=31, 0_i8..24, 0_i8..60, 0_i8..60)
        .prop_filter_map("no such day", |(y, mo, d, h, mi, s)| DateTime::new(y, mo, d, h, mi, s, 0).ok())
}

/// Around noon and midnight most faults happen.
fn turning_time() -> impl Strategy<Value = DateTime> {
    let hours = prop_oneof![Just(0_i8), Just(11), Just(12), Just(13), Just(23)];
    (any_time(), hours, prop_oneof![Just(0_i8), Just(1), Just(59)]).prop_map(|(t, h, m)| t.with().hour(h).minute(m).build().unwrap())
}

fn time() -> impl Strategy<Value = DateTime> {
    prop_oneof![any_time(), turning_time()]
}

type Spelling = (&'static str, DateOrder, Precision);

/// Spellings without an offset, as `strftime` writes them.
const LOCAL: &[Spelling] = {
    use DateOrder::{DayFirst, MonthFirst};
    use Precision::{Minute, Second};
    &[
        ("%Y-%m-%dT%H:%M:%S", DayFirst, Second),
        ("%Y-%m-%d %H:%M:%S.4567", DayFirst, Second),
        ("%Y-%m-%dT%H:%M:%S.1234567", DayFirst, Second),
        ("%Y-%m-%d-%H.%M.%S.123456", DayFirst, Second),
        ("%Y-%m-%d %H:%M", DayFirst, Minute),
        ("%Y/%m/%d %H:%M", DayFirst, Minute),
        ("%Y%m%dT%H%M%S", DayFirst, Second),
        ("%Y%m%d %H%M", DayFirst, Minute),
        ("%Y%m%d%H%M%S", DayFirst, Second),
        ("%Y%m%d%H%M", DayFirst, Minute),
        ("%d/%m/%Y %H:%M", DayFirst, Minute),
        ("%d/%m/%y %H:%M:%S", DayFirst, Second),
        ("%d.%m.%Y %H:%M:%S", DayFirst, Second),
        ("%d.%m.%Y, %H:%M Uhr", DayFirst, Minute),
        ("%d-%m-%Y %Hh%M", DayFirst, Minute),
        ("%m/%d/%Y %H:%M:%S", MonthFirst, Second),
        ("%m/%d/%Y %-I:%M:%S %p", MonthFirst, Second),
        ("%m/%d/%Y %I:%M%P", MonthFirst, Minute),
        ("%d/%m/%Y %-I:%M %p", DayFirst, Minute),
        ("%d %b %Y %H:%M:%S", DayFirst, Second),
        ("%A %d %B %Y at %H:%M", DayFirst, Minute),
        ("%B %d, %Y, %-I:%M %P", MonthFirst, Minute),
        ("%b %d, %Y %I:%M:%S %p", MonthFirst, Second),
        ("%d-%b-%Y %H:%M:%S", DayFirst, Second),
        ("%a %b %d %H:%M:%S %Y", DayFirst, Second),
    ]
};

/// The offset stands behind.
const OFFSETS: &[&str] =
    &["%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%dT%H:%M:%S.123%z", "%Y-%m-%d %H:%M:%S %z", "%d/%m/%Y %H:%M:%S %:z", "%a, %d %b %Y %H:%M:%S %z"];

const DAYS: &[(&str, DateOrder)] = &[
    ("%Y-%m-%d", DateOrder::DayFirst),
    ("%Y%m%d", DateOrder::MonthFirst),
    ("%d/%m/%Y", DateOrder::DayFirst),
    ("%m/%d/%Y", DateOrder::MonthFirst),
    ("%d.%m.%Y", DateOrder::DayFirst),
    ("%d %B %Y", DateOrder::DayFirst),
    ("%b %d, %Y", DateOrder::MonthFirst),
    ("%A, %d %B %Y", DateOrder::DayFirst),
];

fn to(precision: Precision, told: DateTime) -> DateTime {
    if precision == Precision::Minute { told.with().second(0).build().unwrap() } else { told }
}

fn read(text: &str, order: DateOrder, rule: &ZoneRule) -> Result<Moment, TestCaseError> {
    clock::read(text, order, rule).ok_or_else(|| TestCaseError::fail(format!("`{text}` was not read")))
}

/// Two-digit years are of this century.
fn is_writable(pattern: &str, told: DateTime) -> bool {
    !pattern.contains("%y") || told.year() >= 2000
}

/// How a day and a clock are spelt. A day with points beside a clock without any mark is nobody's.
fn spelt_apart() -> impl Strategy<Value = (usize, usize)> {
    (0..5_usize, 0..7_usize).prop_filter("nobody's spelling", |spelling| *spelling != (4, 1))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_clock_without_an_offset_stays_as_told_in_the_assumed_zone(told in time(), spelling in 0..LOCAL.len(), zone in 0..ZONES.len()) {
        let (pattern, order, precision) = LOCAL[spelling];
        prop_assume!(is_writable(pattern, told));
        let text = told.strftime(pattern).to_string();
        let moment = read(&text, order, &assumed(ZONES[zone]))?;
        prop_assert_eq!(moment.local, to(precision, told), "{}", text);
        prop_assert_eq!(moment.precision, precision, "{}", text);
        prop_assert_eq!(moment.basis, TimeBasis::Assumed, "{}", text);
        // The offset is one that the zone has within a day of then.
        let zone = TimeZone::get(ZONES[zone]).unwrap();
        let offsets = [-1, 0, 1].map(|days| zone.to_offset(moment.at() + jiff::SignedDuration::from_hours(24 * days)));
        prop_assert!(offsets.contains(&moment.offset()), "{} at {}", text, moment.offset());
    }

    #[test]
    fn an_offset_that_was_told_is_kept_and_no_zone_overrides_it(told in time(), quarters in -48_i32..=56, spelling in 0..OFFSETS.len(), zone in 0..ZONES.len()) {
        let offset = Offset::from_seconds(quarters * 900).unwrap();
        let zoned = offset.to_timestamp(told).unwrap().to_zoned(offset.to_time_zone());
        let text = zoned.strftime(OFFSETS[spelling]).to_string();
        let moment = read(&text, DateOrder::DayFirst, &assumed(ZONES[zone]))?;
        prop_assert_eq!((moment.local, moment.offset(), moment.basis), (told, offset, TimeBasis::Offset), "{}", text);
        prop_assert_eq!(moment.at(), offset.to_timestamp(told).unwrap());
    }

    #[test]
    fn a_day_alone_is_that_day_in_every_zone(told in any_time(), spelling in 0..DAYS.len(), zone in 0..ZONES.len()) {
        let (pattern, order) = DAYS[spelling];
        let text = told.strftime(pattern).to_string();
        let moment = read(&text, order, &assumed(ZONES[zone]))?;
        prop_assert_eq!((moment.local_time(), moment.precision), (told.date().to_string(), Precision::Day), "{}", text);
    }

    #[test]
    fn an_epoch_is_one_instant_in_whatever_unit(told in time(), zone in 0..ZONES.len()) {
        // Before September 2001 the seconds have nine digits, and ten digits from 2033 on may be a day and an hour.
        let told = told.with().year(2002 + told.year() % 31).day(told.day().min(28)).build().unwrap();
        let at = Offset::UTC.to_timestamp(told).unwrap();
        let (s, ms) = (at.as_second(), at.as_millisecond());
        let spellings = [s.to_string(), ms.to_string(), format!("{s}.25"), format!("{ms}.0"), at.as_microsecond().to_string(), at.as_nanosecond().to_string(), format!("/Date({ms})/")];
        for text in spellings {
            let moment = read(&text, DateOrder::DayFirst, &assumed(ZONES[zone]))?;
            prop_assert_eq!((moment.at(), moment.basis), (at, TimeBasis::Offset), "{}", text);
        }
        let text = format!("/Date({ms}-0500)/");
        let moment = read(&text, DateOrder::DayFirst, &assumed(ZONES[zone]))?;
        prop_assert_eq!((moment.at(), moment.offset_seconds), (at, -5 * 3600), "{}", text);
    }

    #[test]
    fn a_day_and_a_clock_in_two_fields_are_one_time(told in time(), spelling in spelt_apart(), zone in 0..ZONES.len()) {
        let days = ["%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%Y-%m-%dT00:00:00", "%d.%m.%Y"];
        let clocks = ["%H:%M:%S", "%H%M%S", "%I:%M:%S %p", "%-I:%M:%S%P", "1899-12-30T%H:%M:%S", "%H.%M.%S", "%Hh%M"];
        let (day, clock) = spelling;
        let (day, clock) = (told.strftime(days[day]).to_string(), told.strftime(clocks[clock]).to_string());
        let moment = clock::read_pair(Some(&day), Some(&clock), DateOrder::DayFirst, &assumed(ZONES[zone]));
        let Some(moment) = moment else { return Err(TestCaseError::fail(format!("`{day}` `{clock}` was not read"))) };
        prop_assert_eq!(moment.local, to(moment.precision, told), "{} {}", day, clock);
        prop_assert!(moment.precision != Precision::Day, "{} {}", day, clock);
    }

    #[test]
    fn midnight_told_as_24_is_the_next_days(told in any_time(), spelling in 0..5_usize) {
        let spellings = ["%Y-%m-%dT24:00:00", "%d/%m/%Y 24:00", "%Y%m%d2400", "%Y%m%d240000", "%d %B %Y 24:00:00"];
        let text = told.strftime(spellings[spelling]).to_string();
        let moment = read(&text, DateOrder::DayFirst, &assumed("Europe/London"))?;
        prop_assert_eq!(moment.local, told.date().tomorrow().unwrap().to_datetime(jiff::civil::Time::midnight()), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", day in "[0-9/.: TZ+-]{0,24}", clock in "[0-9:.hapmAPM +-]{0,14}") {
        for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
            let rule = assumed("Europe/London");
            for told in [&text, &day, &clock] {
                clock::read(told, order, &rule);
            }
            clock::read_pair(Some(&day), Some(&clock), order, &rule);
            clock::read_pair(Some(&text), Some(&clock), order, &rule);
        }
    }
}

#[test]
fn an_hour_that_is_skipped_or_comes_twice_keeps_its_clock() {
    let table = [
        // Spring: 01:30 does not exist in London, autumn: it comes twice. Both take the offset from before.
        ("2026-03-29 01:30", "2026-03-29T01:30:00+00:00"),
        ("2026-10-25 01:30", "2026-10-25T01:30:00+01:00"),
        ("2026-03-29 00:59", "2026-03-29T00:59:00+00:00"),
        ("2026-03-29 02:00", "2026-03-29T02:00:00+01:00"),
        ("2026-10-25 02:00", "2026-10-25T02:00:00+00:00"),
    ];
    for (text, expected) in table {
        assert_eq!(clock::read(text, DateOrder::DayFirst, &assumed("Europe/London")).unwrap().rfc3339(), expected, "{text}");
    }
}

/// Every adapter, fed with its own payloads in which one clock after the other is turned to noon and to midnight: if what
/// it tells changes at all, it tells noon and midnight.
#[test]
fn noon_and_midnight_come_out_of_every_adapter_as_they_went_in() {
    let mut wrong = String::new();
    let mut tried = 0;
    for carrier in ALL {
        let id = carrier.card().id;
        let Ok(folder) = fs::read_dir(super::fixtures().join(id)) else { continue };
        for path in folder.map(|entry| entry.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e != "txt")) {
            let Ok(body) = fs::read_to_string(&path) else { continue };
            // A summary's clock is dropped when it is behind the scans, and midnight of an estimate is a day.
            let hear = |body: &str| {
                let heard = super::told(id, &Payload::of(body.as_bytes()));
                heard
                    .lines()
                    .filter(|l| !l.contains(" is expected ") && !l.ends_with("[summary]"))
                    .map(|l| format!("{l}\n"))
                    .collect::<String>()
            };
            let before = hear(&body);
            let clocks = clocks(&body);
            for clock in &clocks {
                // Two clocks of one scan belong together; turned alone, one of them is no longer believed.
                let is_twin = |other: &Clock| {
                    other.hour != clock.hour
                        && body[other.minutes.clone()] == body[clock.minutes.clone()]
                        && other.hours.start.abs_diff(clock.hours.start) < 200
                };
                if clocks.iter().any(is_twin) {
                    continue;
                }
                let said = |hour: i8| format!("T{hour:02}:{}", &body[clock.minutes.clone()]);
                if !before.contains(&said(clock.hour)) {
                    continue;
                }
                for hour in [0, 12] {
                    let after = hear(&clock.turned(&body, hour));
                    tried += 1;
                    if after != before && !after.contains(&said(hour)) && !after.contains(&said(clock.hour)) {
                        writeln!(wrong, "{} turned to {hour}:\n--- before\n{before}--- after\n{after}", path.display()).unwrap();
                    }
                }
            }
        }
    }
    assert!(tried > 300, "only {tried} clocks turned");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A clock in a payload: where its hour, minutes and half of the day stand.
struct Clock {
    hour: i8,
    hours: Range<usize>,
    minutes: Range<usize>,
    half: Option<Range<usize>>,
}

impl Clock {
    fn turned(&self, body: &str, hour: i8) -> String {
        let mut out = body.to_string();
        if let Some(half) = &self.half {
            out.replace_range(half.start..half.start + 1, if hour < 12 { "A" } else { "P" });
        }
        out.replace_range(self.hours.clone(), if self.half.is_some() { "12".into() } else { format!("{hour:02}") }.as_str());
        out
    }
}

/// `14:05`, `2:05:59 PM`; not the `01:00` of an offset, nor seconds.
fn clocks(body: &str) -> Vec<Clock> {
    let bytes = body.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found = Vec::new();
    for colon in (2..bytes.len()).filter(|i| bytes[*i] == b':' && digit(i + 1) && digit(i + 2) && !digit(i + 3) && digit(i - 1)) {
        let from = if digit(colon - 2) { colon - 2 } else { colon - 1 };
        if from > 0 && (digit(from - 1) || matches!(bytes[from - 1], b':' | b'+' | b'-')) {
            continue;
        }
        let seconds = if bytes.get(colon + 3) == Some(&b':') { colon + 6 } else { colon + 3 };
        let behind = seconds + bytes[seconds.min(bytes.len())..].iter().take_while(|b| **b == b' ').count();
        let is_half = |h: &&str| {
            matches!(h.to_ascii_lowercase().get(..3), Some("a.m" | "p.m")) || matches!(h.to_ascii_lowercase().get(..2), Some("am" | "pm"))
        };
        let half = body.get(behind..behind + 3).filter(is_half).map(|_| behind..behind + 3);
        let told: i8 = body[from..colon].parse().unwrap();
        let hour = match half.as_ref().map(|h| body[h.clone()].to_ascii_lowercase()) {
            Some(h) if h.starts_with('p') => told % 12 + 12,
            Some(_) => told % 12,
            None => told,
        };
        found.push(Clock { hour, hours: from..colon, minutes: colon + 1..colon + 3, half });
    }
    found
}
