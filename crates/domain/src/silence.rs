//! Silence: when a parcel may be missing because nobody said anything. Waiting for the shopper, the retailer, an authority or an agreed day is not
//! silence, and while a carrier's whole feed is down no silence grows.

use jiff::Timestamp;

use crate::{
    Case, State, WaitingOn,
    calendar::later,
    facts::{DAY, is_domestic, nations_of},
    promise::Deadline,
    settings::{CalendarUse, CollectionTime},
    zone::zone_of,
};

/// So many days ahead a site's next collection is looked for.
const COLLECTION_DAYS_MAX: usize = 21;

/// When the shipment may be missing if nothing more is heard, and why: `no_first_scan` or `silence`.
pub(crate) fn may_be_missing_at(case: &Case) -> Option<(Deadline, &'static str)> {
    let journey = case.journey;
    if journey.ended_at.is_some() {
        return None;
    }
    // A touch told without a date is a touch all the same, but no silence can be counted from it.
    if journey.first_physical_at.is_none() && !journey.state.is_physical() {
        return first_scan_due(case).map(|at| (Deadline { at, passed_from: at }, "no_first_scan"));
    }
    let hours = match is_domestic(case.registration)? {
        true => case.settings.silence_hours_domestic,
        false => case.settings.silence_hours_international,
    };
    let agreed = agreed_until(case);
    if agreed.is_none() && journey.waiting_on != WaitingOn::Carrier {
        return None;
    }
    let start = journey.last_event_by.or(journey.last_event_at)?.max(agreed.unwrap_or(Timestamp::MIN));
    let at = after_hours(case, start, hours)?;
    // Silence of *more* than so many hours.
    Some((Deadline { at, passed_from: later(at, 1) }, "silence"))
}

/// When the carrier has, or is to have, the parcel: told by the retailer; else the shipping time; else the site's collection; else the first time
/// somebody touched it. May lie in the future. Registration or a pre-advice alone starts no clock.
pub fn hand_over(case: &Case) -> Option<Timestamp> {
    let registration = case.registration;
    registration.handed_over_at.or(registration.shipped_at).or_else(|| collection(case)).or(case.journey.first_physical_at)
}

/// Whether the carrier has the parcel by now, as far as [`hand_over`] tells: what an order's despatch is judged by.
pub fn is_handed_over(case: &Case) -> bool {
    case.journey.state.is_physical() || hand_over(case).is_some_and(|at| at <= case.now)
}

/// Until when an agreed day is waited for, in the two states that mean one.
pub(crate) fn agreed_until(case: &Case) -> Option<Timestamp> {
    let journey = case.journey;
    if !matches!(journey.state, State::DeliveryRescheduled | State::DeliveryScheduled) {
        return None;
    }
    journey.agreed_until.or_else(|| journey.state_since.map(|since| later(since, case.settings.reschedule_wait_days * DAY)))
}

/// When the first physical event is overdue. A state that waits for somebody else, or for an agreed day, explains why nobody touched it; but not one
/// that was told only after it was overdue: what is missing is found again by a physical event alone.
fn first_scan_due(case: &Case) -> Option<Timestamp> {
    let journey = case.journey;
    // An import of older history counts from registration.
    let start = hand_over(case)?.max(case.registered_at);
    let due = after_hours(case, start, case.settings.first_scan_hours);
    let told_since = journey.state_since.unwrap_or(case.registered_at);
    let was_overdue = due.is_some_and(|due| due <= told_since);
    if journey.state == State::Registered || was_overdue {
        return due;
    }
    if let Some(agreed) = agreed_until(case) {
        return after_hours(case, start.max(agreed), case.settings.first_scan_hours);
    }
    let handed_over_since = case.registration.handed_over_at.is_some_and(|at| at >= told_since);
    if journey.waiting_on == WaitingOn::Carrier || handed_over_since { due } else { None }
}

/// The site's first collection after the label: after the pre-advice if one came, else after the registration of a number, which means that a
/// label exists. Without either nothing stands ready to be collected.
fn collection(case: &Case) -> Option<Timestamp> {
    let registration = case.registration;
    let times = case.settings.collection_times.get(registration.site.as_deref()?)?;
    let told = match case.journey.state {
        State::Dispatched | State::CollectionScheduled | State::CollectionRescheduled => case.journey.state_since,
        _ => None,
    };
    let labelled = told.or_else(|| registration.tracking_number.as_ref().map(|_| case.registered_at))?;
    next_collection(case, times, labelled)
}

fn next_collection(case: &Case, times: &CollectionTime, after: Timestamp) -> Option<Timestamp> {
    let origin = case.registration.origin.as_ref();
    let zone = zone_of(
        origin.and_then(|o| o.country.as_deref()),
        origin.and_then(|o| o.postcode.as_deref()),
        origin.and_then(|o| o.region.as_deref()),
        &case.settings.zone,
    );
    let country = origin.and_then(|o| o.country.as_deref()).unwrap_or(&case.settings.home_country);
    let nation = crate::calendar::nation_of(country, origin.and_then(|o| o.postcode.as_deref()));
    let collected = |day| match case.settings.calendar {
        CalendarUse::EveryHour => true,
        CalendarUse::Carrier => case.calendars.is_working_day(day, &[&nation]),
    };
    zone.to_datetime(after)
        .date()
        .series(jiff::Span::new().days(1))
        .take(COLLECTION_DAYS_MAX)
        .filter(|day| times.is_on(day.weekday()) && collected(*day))
        .filter_map(|day| zone.to_ambiguous_timestamp(day.to_datetime(times.at)).compatible().ok())
        .find(|at| *at >= after)
}

/// The instant at which so many hours of silence have gone by, not counting hours in which the carrier's feed was down; `None` while it still is.
fn after_hours(case: &Case, start: Timestamp, hours: f64) -> Option<Timestamp> {
    let clock = SilenceClock::of(case);
    let mut left = (hours * 3_600_000.0) as i64;
    let mut start = start;
    for outage in &case.settings.feed_down {
        if outage.until.is_some_and(|until| until <= start) {
            continue;
        }
        if outage.from > start {
            let before = clock.between(start, outage.from);
            // A flag raised before the feed went down stays.
            if before >= left {
                break;
            }
            left -= before;
        }
        start = start.max(outage.until?);
    }
    Some(clock.add(start, left))
}

/// Which hours count: all of them, or those of the carriers' working days.
enum SilenceClock<'a> {
    EveryHour,
    Working { case: &'a Case<'a>, nations: Vec<String> },
}

impl<'a> SilenceClock<'a> {
    fn of(case: &'a Case<'a>) -> SilenceClock<'a> {
        match case.settings.calendar {
            CalendarUse::EveryHour => SilenceClock::EveryHour,
            CalendarUse::Carrier => SilenceClock::Working { case, nations: nations_of(case.registration, case.settings) },
        }
    }
    fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        match self {
            SilenceClock::EveryHour => to.as_millisecond() - from.as_millisecond(),
            SilenceClock::Working { case, nations } => {
                let nations: Vec<&str> = nations.iter().map(String::as_str).collect();
                case.calendars.working_time_between(from, to, &nations, case.zone)
            }
        }
    }
    fn add(&self, from: Timestamp, milliseconds: i64) -> Timestamp {
        match self {
            SilenceClock::EveryHour => later(from, milliseconds),
            SilenceClock::Working { case, nations } => {
                let nations: Vec<&str> = nations.iter().map(String::as_str).collect();
                case.calendars.add_working_time(from, milliseconds, &nations, case.zone)
            }
        }
    }
}
