//! Silence: when a parcel may be missing because nobody said anything. Waiting for the shopper, the retailer, an authority or an agreed day is not
//! silence, and while a carrier's whole feed is down no silence grows.

use jiff::Timestamp;

use crate::{
    Case, State, WaitingOn,
    calendar::{Calendars, later},
    facts::{DAY, HOUR, is_domestic, nations_of},
    feed::Outage,
    forecast::patience::{Norm, Stage, hours},
    promise::Deadline,
    settings::{CalendarUse, CollectionTime, MissingBy},
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
    let at = after(case, silent_since(case)?, limit(case)?)?;
    // Silence of *more* than so many hours.
    Some((Deadline { at, passed_from: later(at, 1) }, "silence"))
}

/// Since when the carrier is silent of a parcel that somebody has touched, while it is for the carrier to speak.
fn silent_since(case: &Case) -> Option<Timestamp> {
    let journey = case.journey;
    let agreed = agreed_until(case);
    if agreed.is_none() && journey.waiting_on != WaitingOn::Carrier {
        return None;
    }
    Some(journey.last_event_by.or(journey.last_event_at)?.max(agreed.unwrap_or(Timestamp::MIN)))
}

fn is_touched(case: &Case) -> bool {
    case.journey.first_physical_at.is_some() || case.journey.state.is_physical()
}

/// What is normal where the parcel is, if that is what it is judged by.
fn norm<'a>(case: &Case<'a>) -> Option<(Stage, &'a Norm)> {
    if case.settings.missing_by == MissingBy::Clock {
        return None;
    }
    let stage = if is_touched(case) { Stage::of(case.journey.state)? } else { Stage::FirstScan };
    Some((stage, case.patience?.norm(stage)?))
}

/// So much silence is too much: hours, and which hours count.
#[derive(Clone, Copy)]
struct Limit {
    hours: f64,
    /// Counted as history was learnt, not as the retailer's clock counts.
    is_learnt: bool,
}

fn limit(case: &Case) -> Option<Limit> {
    if let Some((_, norm)) = norm(case) {
        return Some(Limit { hours: norm.flagged_after(), is_learnt: true });
    }
    let settings = case.settings;
    let hours = match is_touched(case) {
        false => settings.first_scan_hours,
        true if is_domestic(case.registration)? => settings.silence_hours_domestic,
        true => settings.silence_hours_international,
    };
    Some(Limit { hours, is_learnt: false })
}

/// How long a parcel is silent now, and what would be normal.
pub struct Silence<'a> {
    /// By the clock on the wall.
    pub hours: f64,
    /// As they are counted: only hours of working days, say, and none while the feed is down.
    pub counted: f64,
    /// So many counted hours are too many.
    pub limit: f64,
    pub stage: Option<Stage>,
    /// Nothing where the fixed clock judges.
    pub norm: Option<&'a Norm>,
}

/// The silence of a parcel while it is for the carrier to speak.
pub fn silence<'a>(case: &Case<'a>) -> Option<Silence<'a>> {
    if case.journey.ended_at.is_some() {
        return None;
    }
    let since = if is_touched(case) { silent_since(case) } else { hand_over(case).map(|at| at.max(case.registered_at)) };
    let (since, limit) = (since.filter(|since| *since <= case.now)?, limit(case)?);
    let known = norm(case);
    let wall = (case.now.as_millisecond() - since.as_millisecond()) as f64 / HOUR as f64;
    let clock = SilenceClock::of(case, limit);
    let counted = clock.without(&outages(case, &clock, since, limit), since, case.now) as f64 / HOUR as f64;
    Some(Silence { hours: wall, counted, limit: limit.hours, stage: known.map(|k| k.0), norm: known.map(|k| k.1) })
}

impl Silence<'_> {
    /// The chance that it never arrives, where history tells it.
    pub fn chance(&self) -> Option<f64> {
        self.norm?.chance(self.counted)
    }

    /// "silent 61 h; 95 % of parcels on this lane are scanned within 22 h of leaving a hub".
    pub fn words(&self) -> String {
        let silent = if self.hours - self.counted < 1.0 {
            format!("silent {}", hours(self.hours))
        } else {
            format!("silent {}, {} of them counted", hours(self.hours), hours(self.counted))
        };
        match (self.norm, self.stage) {
            (Some(norm), Some(stage)) => format!("{silent}; {}", norm.words(stage)),
            _ => format!("{silent}; more than {} is too long by the clock", hours(self.limit)),
        }
    }
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
    let limit = limit(case)?;
    let due = after(case, start, limit);
    let told_since = journey.state_since.unwrap_or(case.registered_at);
    let was_overdue = due.is_some_and(|due| due <= told_since);
    if journey.state == State::Registered || was_overdue {
        return due;
    }
    if let Some(agreed) = agreed_until(case) {
        return after(case, start.max(agreed), limit);
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
fn after(case: &Case, start: Timestamp, limit: Limit) -> Option<Timestamp> {
    let clock = SilenceClock::of(case, limit);
    clock.after(&outages(case, &clock, start, limit), start, limit)
}

/// The outages in which a silence does not grow, in order. A flag that was up when one was noticed stays: to it that one does not count.
fn outages(case: &Case, clock: &SilenceClock, start: Timestamp, limit: Limit) -> Vec<Outage> {
    let mut noticed: Vec<Outage> =
        case.settings.feed_down.iter().filter(|outage| outage.until.is_none_or(|until| until > start)).copied().collect();
    noticed.sort_by_key(Outage::noticed);
    let mut counted: Vec<Outage> = Vec::new();
    for outage in noticed {
        if clock.after(&counted, start, limit).is_none_or(|due| due > outage.noticed()) {
            let place = counted.partition_point(|known| known.from <= outage.from);
            counted.insert(place, outage);
        }
    }
    counted
}

/// The hours of the carriers' working days.
pub struct WorkingDays<'a> {
    pub calendars: &'a Calendars,
    pub nations: Vec<&'a str>,
    pub zone: &'a jiff::tz::TimeZone,
}

impl WorkingDays<'_> {
    fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.calendars.working_time_between(from, to, &self.nations, self.zone)
    }

    /// How many of them lie between two moments, not counting those in which the feed was down.
    pub fn hours_of_silence(&self, from: Timestamp, to: Timestamp, outages: &[Outage]) -> f64 {
        without(outages, from, to, |from, to| self.between(from, to)) as f64 / HOUR as f64
    }
}

/// The time between two moments but for outages, which stand in order.
fn without(outages: &[Outage], from: Timestamp, to: Timestamp, between: impl Fn(Timestamp, Timestamp) -> i64) -> i64 {
    let (mut total, mut start) = (0, from);
    for outage in outages.iter().skip_while(|outage| outage.until.is_some_and(|until| until <= from)) {
        if start >= to {
            return total;
        }
        if outage.from > start {
            total += between(start, outage.from.min(to));
        }
        start = start.max(outage.until.unwrap_or(Timestamp::MAX));
    }
    if start < to { total + between(start, to) } else { total }
}

/// Which hours count: all of them, or those of the carriers' working days.
enum SilenceClock<'a> {
    EveryHour,
    Working { case: &'a Case<'a>, nations: Vec<String> },
}

impl<'a> SilenceClock<'a> {
    fn of(case: &'a Case<'a>, limit: Limit) -> SilenceClock<'a> {
        match case.settings.calendar {
            CalendarUse::EveryHour if !limit.is_learnt => SilenceClock::EveryHour,
            _ => SilenceClock::Working { case, nations: nations_of(case.registration, case.settings) },
        }
    }
    fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        match self {
            SilenceClock::EveryHour => to.as_millisecond() - from.as_millisecond(),
            SilenceClock::Working { case, nations } => {
                let nations = nations.iter().map(String::as_str).collect();
                WorkingDays { calendars: case.calendars, nations, zone: case.zone }.between(from, to)
            }
        }
    }
    fn without(&self, outages: &[Outage], from: Timestamp, to: Timestamp) -> i64 {
        without(outages, from, to, |from, to| self.between(from, to))
    }
    /// When so much silence has gone by; `None` while an outage lasts.
    fn after(&self, outages: &[Outage], start: Timestamp, limit: Limit) -> Option<Timestamp> {
        let mut left = (limit.hours * HOUR as f64) as i64;
        let mut start = start;
        for outage in outages {
            if outage.from > start {
                let before = self.between(start, outage.from);
                if before >= left {
                    break;
                }
                left -= before;
            }
            start = start.max(outage.until?);
        }
        Some(self.add(start, left))
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
