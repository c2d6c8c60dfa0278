//! When a carrier's feed has gone quiet. Each feed is held against its own normal: how much it says in each hour of the week, and how
//! long it has been silent before without meaning anything. Nights, Sundays and holidays are no silence, because nobody expects a word then.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    calendar::{Calendars, later},
    settings::Outage,
};

const HOUR_MS: i64 = 3_600_000;
const HOURS_OF_WEEK: usize = 168;
/// A feed is learnt for so long before it is judged …
const LEARNT_HOURS: i64 = 14 * 24;
/// … and must have said so much.
const LEARNT_EVENTS: i64 = 50;
/// So many scans must be missing at least before anybody is told …
const MISSING_MIN: f64 = 12.0;
/// … and so many times as many as in the silences that it is known for.
const BEYOND_KNOWN: f64 = 1.5;
/// Its very longest silences may have been outages: the third longest is what it is known for.
const KNOWN_SILENCE: usize = 2;
/// Nothing is said of the first hours of a silence.
const SILENT_HOURS_MIN: i64 = 2;
/// So many scans missing at least, and more than in the silences that it is known for, make an outage in which no parcel's silence grows: that costs
/// nobody an alarm, so it is said sooner than that the feed is quiet.
const DOWN_MISSING_MIN: f64 = 6.0;
/// A feed that is silent for longer is no longer used.
const DOWN_MAX_HOURS: i64 = 14 * 24;
/// So far ahead is looked for the moment at which a silence would be too long.
const AHEAD_HOURS: i64 = 14 * 24;

/// What a feed has said, hour by hour.
pub struct Heard<'a> {
    /// (the hour's number since 1970, how many events came in it), in order; hours without any may be left out.
    pub hours: &'a [(i64, i64)],
    pub last_at: Timestamp,
    /// Where the hours of the week are told.
    pub zone: &'a TimeZone,
    pub calendars: &'a Calendars,
    /// Whose holidays are kept.
    pub nation: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Freshness {
    /// Too little is known of it.
    Learning,
    /// If nothing comes, it counts as quiet from `quiet_at` on (nothing: it never would); about so many events will be missing then.
    Flowing { quiet_at: Option<Timestamp>, missing: f64 },
}

/// When the silence that began with the last event is too long to be usual.
pub fn judge(heard: &Heard) -> Freshness {
    let said: i64 = heard.hours.iter().map(|h| h.1).sum();
    let (Some((first, _)), Some((last, _))) = (heard.hours.first(), heard.hours.last()) else { return Freshness::Learning };
    if last - first < LEARNT_HOURS || said < LEARNT_EVENTS {
        return Freshness::Learning;
    }
    let usual = Usual::of(heard, *first, *last);
    let limit = MISSING_MIN.max(BEYOND_KNOWN * usual.known_silence(heard));
    let silent_from = heard.last_at.as_millisecond().div_euclid(HOUR_MS) + 1;
    let mut missing = 0.0;
    for hour in silent_from..silent_from + AHEAD_HOURS {
        missing += usual.at(heard, hour);
        if missing > limit && hour - silent_from + 1 >= SILENT_HOURS_MIN {
            return Freshness::Flowing { quiet_at: Some(later(Timestamp::UNIX_EPOCH, (hour + 1) * HOUR_MS)), missing };
        }
    }
    Freshness::Flowing { quiet_at: None, missing }
}

/// When the whole feed was down, as far as its own words tell; the last time may go on.
pub fn outages(heard: &Heard, now: Timestamp) -> Vec<Outage> {
    let said: i64 = heard.hours.iter().map(|h| h.1).sum();
    let (Some((first, _)), Some((last, _))) = (heard.hours.first(), heard.hours.last()) else { return Vec::new() };
    if last - first < LEARNT_HOURS || said < LEARNT_EVENTS {
        return Vec::new();
    }
    let usual = Usual::of(heard, *first, *last);
    let limit = DOWN_MISSING_MIN.max(usual.known_silence(heard));
    let is_down = |from: i64, until: i64| (from..until).map(|hour| usual.at(heard, hour)).sum::<f64>() > limit;
    let at = |hour: i64| later(Timestamp::UNIX_EPOCH, hour * HOUR_MS);
    let silences = heard.hours.windows(2).map(|pair| (pair[0].0 + 1, pair[1].0)).filter(|(from, until)| from < until);
    let over = silences.filter(|(from, until)| is_down(*from, *until));
    let mut outages: Vec<Outage> = over.map(|(from, until)| Outage { from: at(from), until: Some(at(until)) }).collect();
    let (silent_from, this_hour) = (last + 1, now.as_millisecond().div_euclid(HOUR_MS));
    if this_hour - silent_from <= DOWN_MAX_HOURS && is_down(silent_from, this_hour) {
        outages.push(Outage { from: at(silent_from), until: None });
    }
    outages
}

/// How many events each hour of the week usually brings.
struct Usual([f64; HOURS_OF_WEEK]);

impl Usual {
    fn of(heard: &Heard, first: i64, last: i64) -> Usual {
        let (mut events, mut times) = ([0.0; HOURS_OF_WEEK], [0.0; HOURS_OF_WEEK]);
        let mut said = heard.hours.iter().peekable();
        for hour in first..=last {
            while said.next_if(|h| h.0 < hour).is_some() {}
            let count = said.next_if(|h| h.0 == hour).map_or(0, |h| h.1);
            if let Some(slot) = slot(heard, hour) {
                events[slot] += count as f64;
                times[slot] += 1.0;
            }
        }
        let around = |slot: usize, of: &[f64; HOURS_OF_WEEK]| {
            of[slot] + of[(slot + 1) % HOURS_OF_WEEK] + of[(slot + HOURS_OF_WEEK - 1) % HOURS_OF_WEEK]
        };
        // A few weeks say little of a single hour: its neighbours speak with it.
        Usual(std::array::from_fn(|slot| around(slot, &events) / around(slot, &times).max(1.0)))
    }

    fn at(&self, heard: &Heard, hour: i64) -> f64 {
        slot(heard, hour).map_or(0.0, |slot| self.0[slot])
    }

    /// How many events were missing in a silence as it is known for.
    fn known_silence(&self, heard: &Heard) -> f64 {
        let gap = |pair: &[(i64, i64)]| (pair[0].0 + 1..pair[1].0).map(|hour| self.at(heard, hour)).sum::<f64>();
        let mut gaps: Vec<f64> = heard.hours.windows(2).filter(|p| p[1].0 - p[0].0 > 1).map(gap).collect();
        gaps.sort_by(|a, b| b.total_cmp(a));
        gaps.get(KNOWN_SILENCE).copied().unwrap_or(0.0)
    }
}

/// The hour of the week, from Monday midnight; none on a weekday on which the nation keeps a holiday.
fn slot(heard: &Heard, hour: i64) -> Option<usize> {
    let at = heard.zone.to_datetime(later(Timestamp::UNIX_EPOCH, hour * HOUR_MS));
    if heard.calendars.nation(heard.nation).holiday(at.date()).is_some() {
        return None;
    }
    let day = at.weekday().to_monday_zero_offset();
    usize::try_from(i64::from(day) * 24 + i64::from(at.hour())).ok()
}
