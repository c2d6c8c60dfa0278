//! When a carrier's feed is down. Each feed is held against its own normal: how much it says in each hour of the week, and how
//! long it has been silent before without meaning anything. Nights, Sundays and holidays are no silence, because nobody expects a word then.

use jiff::{Timestamp, tz::TimeZone};

use crate::calendar::{Calendars, later};

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
/// Nobody is told of the first hours of a silence.
const SILENT_HOURS_MIN: i64 = 2;
/// So many scans missing at least, and more than in the silences that it is known for, make an outage in which no parcel's silence grows: that costs
/// nobody an alarm, so it is found sooner than anybody is told.
const DOWN_MISSING_MIN: f64 = 6.0;
/// An outage begins with the hour in which so many scans were due beyond the silences that it is known for: before it, silence was to be expected.
const DUE: f64 = 1.0;
/// So far ahead is looked for the moment at which a silence would be too long. A feed that is silent for longer is no longer used.
const AHEAD_HOURS: i64 = 14 * 24;

/// A time in which a carrier's whole feed was down; open while it still is. What a retailer sets by hand and what is noticed are one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    /// When it was noticed: flags that were up by then stay. Nothing if it was known from its beginning.
    pub noticed: Option<Timestamp>,
}

impl Outage {
    pub fn noticed(&self) -> Timestamp {
        self.noticed.unwrap_or(self.from)
    }
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

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
    Flowing(Limits),
}

/// What a silence would mean if it went on (nothing: it never would).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// From when on the feed counts as down.
    pub down_from: Option<Timestamp>,
    /// When that is seen.
    pub down_at: Option<Timestamp>,
    /// When people are to be told …
    pub alarm_at: Option<Timestamp>,
    /// … and about how many events will be missing then.
    pub missing: f64,
}

/// When the silence that began with the last event is too long to be usual.
pub fn judge(heard: &Heard) -> Freshness {
    let Some(usual) = Usual::learnt(heard) else { return Freshness::Learning };
    let silent_from = heard.last_at.as_millisecond().div_euclid(HOUR_MS) + 1;
    Freshness::Flowing(usual.limits(heard, silent_from, silent_from + AHEAD_HOURS))
}

/// When the whole feed was down, as far as its own words tell; the last time may go on. What silences teach is read without these times.
pub fn outages(heard: &Heard, now: Timestamp) -> Vec<Outage> {
    let Some(usual) = Usual::learnt(heard) else { return Vec::new() };
    let down = |from: i64, until: i64| {
        let limits = usual.limits(heard, from, until.min(from + AHEAD_HOURS));
        limits.down_from.zip(limits.down_at)
    };
    let silences = heard.hours.windows(2).map(|pair| (pair[0].0 + 1, pair[1].0)).filter(|(from, until)| from < until);
    let over = silences.filter_map(|(from, until)| {
        let (from, noticed) = down(from, until)?;
        Some(Outage { from, until: Some(start_of(until)), noticed: Some(noticed) })
    });
    let mut outages: Vec<Outage> = over.collect();
    let silent_from = heard.hours.last().map_or(0, |last| last.0) + 1;
    let this_hour = now.as_millisecond().div_euclid(HOUR_MS);
    if this_hour - silent_from <= AHEAD_HOURS {
        outages.extend(down(silent_from, this_hour).map(|(from, noticed)| Outage { from, until: None, noticed: Some(noticed) }));
    }
    outages
}

fn start_of(hour: i64) -> Timestamp {
    later(Timestamp::UNIX_EPOCH, hour * HOUR_MS)
}

/// What is usual for a feed.
struct Usual {
    /// How many events each hour of the week brings.
    of_hour: [f64; HOURS_OF_WEEK],
    /// How many events were missing in a silence as it is known for.
    silence: f64,
}

impl Usual {
    /// Nothing while too little is known.
    fn learnt(heard: &Heard) -> Option<Usual> {
        let said: i64 = heard.hours.iter().map(|h| h.1).sum();
        let (first, last) = (heard.hours.first()?.0, heard.hours.last()?.0);
        if last - first < LEARNT_HOURS || said < LEARNT_EVENTS {
            return None;
        }
        let mut usual = Usual { of_hour: of_hour(heard, first, last), silence: 0.0 };
        usual.silence = usual.known_silence(heard);
        Some(usual)
    }

    /// What a silence in these hours means: the last of them is looked at, too.
    fn limits(&self, heard: &Heard, from: i64, until: i64) -> Limits {
        let (down, alarm) = (DOWN_MISSING_MIN.max(self.silence), MISSING_MIN.max(BEYOND_KNOWN * self.silence));
        let mut limits = Limits::default();
        for hour in from..until {
            limits.missing += self.at(heard, hour);
            if limits.missing >= DUE && limits.missing > self.silence {
                limits.down_from.get_or_insert(start_of(hour));
            }
            if limits.missing > down {
                limits.down_at.get_or_insert(start_of(hour + 1));
            }
            if limits.missing > alarm && hour - from + 1 >= SILENT_HOURS_MIN {
                limits.alarm_at = Some(start_of(hour + 1));
                break;
            }
        }
        limits
    }

    fn at(&self, heard: &Heard, hour: i64) -> f64 {
        slot(heard, hour).map_or(0.0, |slot| self.of_hour[slot])
    }

    fn known_silence(&self, heard: &Heard) -> f64 {
        let gap = |pair: &[(i64, i64)]| (pair[0].0 + 1..pair[1].0).map(|hour| self.at(heard, hour)).sum::<f64>();
        let mut gaps: Vec<f64> = heard.hours.windows(2).filter(|p| p[1].0 - p[0].0 > 1).map(gap).collect();
        gaps.sort_by(|a, b| b.total_cmp(a));
        gaps.get(KNOWN_SILENCE).copied().unwrap_or(0.0)
    }
}

fn of_hour(heard: &Heard, first: i64, last: i64) -> [f64; HOURS_OF_WEEK] {
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
    let around =
        |slot: usize, of: &[f64; HOURS_OF_WEEK]| of[slot] + of[(slot + 1) % HOURS_OF_WEEK] + of[(slot + HOURS_OF_WEEK - 1) % HOURS_OF_WEEK];
    // A few weeks say little of a single hour: its neighbours speak with it.
    std::array::from_fn(|slot| around(slot, &events) / around(slot, &times).max(1.0))
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
