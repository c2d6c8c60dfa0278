//! Quiet feeds: what is usual for a feed is no silence.

use jiff::{Timestamp, ToSpan, Zoned, civil::Weekday, tz::TimeZone};
use whereabouts_domain::{
    calendar::Calendars,
    feed::{Freshness, Heard, Limits, judge},
};

const HOUR_MS: i64 = 3_600_000;

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

/// Four weeks that end at a moment, as a feed would fill them.
fn weeks(until: &str, says: impl Fn(&Zoned) -> i64) -> Vec<(i64, i64)> {
    let end = until.parse::<Timestamp>().unwrap().as_millisecond().div_euclid(HOUR_MS);
    let hour = |h: i64| Timestamp::from_millisecond(h * HOUR_MS).unwrap().to_zoned(london());
    (end - 28 * 24..=end).map(|h| (h, says(&hour(h)))).filter(|h| h.1 > 0).collect()
}

/// A carrier that scans from six to ten in the evening, Monday to Saturday.
fn by_day(at: &Zoned) -> i64 {
    let works = at.weekday() != Weekday::Sunday && Calendars::built_in().nation("GB-ENG").holiday(at.date()).is_none();
    if works && (6..22).contains(&at.hour()) { 6 + i64::from(at.hour() % 5) } else { 0 }
}

fn quiet_at(hours: &[(i64, i64)], last_at: &str) -> String {
    let (zone, calendars) = (london(), Calendars::built_in());
    let heard = Heard { hours, last_at: last_at.parse().unwrap(), zone: &zone, calendars, nation: "GB-ENG" };
    match judge(&heard) {
        Freshness::Learning => "learning".into(),
        Freshness::Flowing(Limits { alarm_at: None, .. }) => "never".into(),
        Freshness::Flowing(Limits { alarm_at: Some(at), .. }) => at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M").to_string(),
    }
}

/// From when on it counts as down, and when that is seen.
fn down(hours: &[(i64, i64)], last_at: &str) -> String {
    let (zone, calendars) = (london(), Calendars::built_in());
    let heard = Heard { hours, last_at: last_at.parse().unwrap(), zone: &zone, calendars, nation: "GB-ENG" };
    let Freshness::Flowing(Limits { down_from: Some(from), down_at: Some(seen), .. }) = judge(&heard) else { return "never".into() };
    let [from, seen] = [from, seen].map(|at| at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string());
    format!("{from}, seen {seen}")
}

#[test]
fn an_outage_begins_with_the_first_words_that_were_due_beyond_what_is_usual() {
    assert_eq!(down(&weeks("2026-11-17T11:00:00Z", by_day), "2026-11-17T11:40:00Z"), "Tue 12:00, seen Tue 13:00");
    // The night before belongs to no outage.
    assert_eq!(down(&weeks("2026-11-17T21:00:00Z", by_day), "2026-11-17T21:50:00Z"), "Wed 06:00, seen Wed 07:00");
    let at_six = |at: &Zoned| if at.hour() == 18 && at.weekday() != Weekday::Sunday { 200 } else { 0 };
    let once_a_day = weeks("2026-11-17T18:00:00Z", at_six);
    assert_eq!(down(&once_a_day, "2026-11-17T18:30:00Z"), "Wed 18:00, seen Wed 19:00", "nor does the day between");
}

#[test]
fn a_feed_that_stops_at_noon_is_told_of_within_hours() {
    let hours = weeks("2026-11-17T11:00:00Z", by_day);
    assert_eq!(quiet_at(&hours, "2026-11-17T11:40:00Z"), "Tue 17 Nov 14:00");
}

#[test]
fn a_night_and_a_sunday_are_no_silence() {
    let evening = weeks("2026-11-17T21:00:00Z", by_day);
    assert_eq!(quiet_at(&evening, "2026-11-17T21:50:00Z"), "Wed 18 Nov 08:00");
    let saturday = weeks("2026-11-21T21:00:00Z", by_day);
    assert_eq!(quiet_at(&saturday, "2026-11-21T21:50:00Z"), "Mon 23 Nov 08:00");
}

#[test]
fn neither_is_a_holiday_that_falls_on_a_working_day() {
    // Easter 2026: Good Friday is the third of April, Easter Monday the sixth.
    let thursday = weeks("2026-04-02T20:00:00Z", by_day);
    assert_eq!(quiet_at(&thursday, "2026-04-02T20:50:00Z"), "Sat 4 Apr 08:00", "Good Friday passes, Saturday is worked");
    let saturday = weeks("2026-04-04T20:00:00Z", by_day);
    assert_eq!(quiet_at(&saturday, "2026-04-04T20:50:00Z"), "Tue 7 Apr 08:00");
}

#[test]
fn a_feed_that_speaks_once_a_day_is_given_its_day() {
    let at_six = |at: &Zoned| if at.hour() == 18 && at.weekday() != Weekday::Sunday { 200 } else { 0 };
    let hours = weeks("2026-11-17T18:00:00Z", at_six);
    assert_eq!(quiet_at(&hours, "2026-11-17T18:30:00Z"), "Wed 18 Nov 20:00");
}

#[test]
fn a_small_retailers_feed_is_given_more_time_and_a_new_one_is_learnt_first() {
    let few = |at: &Zoned| i64::from(by_day(at) > 0 && at.hour() % 4 == 1);
    let hours = weeks("2026-11-17T11:00:00Z", few);
    let told: Zoned = "2026-11-19T00:00[Europe/London]".parse().unwrap();
    let (zone, calendars) = (london(), Calendars::built_in());
    let heard = Heard { hours: &hours, last_at: "2026-11-17T09:30:00Z".parse().unwrap(), zone: &zone, calendars, nation: "GB-ENG" };
    let Freshness::Flowing(Limits { alarm_at: Some(at), missing, .. }) = judge(&heard) else { panic!("it is known well enough") };
    assert!(at > told.timestamp() && at < told.checked_add(4.days()).unwrap().timestamp(), "{at}");
    assert!(missing > 12.0);
    let new: Vec<(i64, i64)> = hours.iter().rev().take(20).rev().copied().collect();
    assert_eq!(quiet_at(&new, "2026-11-17T09:30:00Z"), "learning");
    assert_eq!(quiet_at(&[], "2026-11-17T09:30:00Z"), "learning");
}

#[test]
fn an_outage_that_was_before_does_not_make_the_next_one_usual() {
    let once = |at: &Zoned| if at.date() == jiff::civil::date(2026, 11, 5) { 0 } else { by_day(at) };
    let hours = weeks("2026-11-17T11:00:00Z", once);
    assert_eq!(quiet_at(&hours, "2026-11-17T11:40:00Z"), "Tue 17 Nov 14:00");
}
