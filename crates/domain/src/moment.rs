//! When a carrier says that something happened: the wall clock as told, the offset it stands for, how precise it
//! is, and how we know the offset. Keeping all four is what lets us print the carrier's own time and still sort.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Serialize};

/// How exact a told time is. `None` is for events that carry no date at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    Second,
    Minute,
    Day,
    None,
}

/// How we know the offset: the payload told it, it follows from a place or a given zone, or it is the carrier's home zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeBasis {
    Offset,
    Zone,
    Assumed,
}

/// A told time. For a day alone (`Precision::Day`) the clock is 00:00:00 of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// The wall clock as the carrier told it.
    pub local: DateTime,
    /// Seconds east of UTC that apply to `local`.
    pub offset_seconds: i32,
    pub precision: Precision,
    pub basis: TimeBasis,
}

impl Moment {
    /// A time whose offset stood in the payload.
    pub fn with_offset(local: DateTime, offset: Offset, precision: Precision) -> Moment {
        Moment { local: tidy(local, precision), offset_seconds: offset.seconds(), precision, basis: TimeBasis::Offset }
    }

    /// A clock without an offset, read in `zone`. A clock time that does not exist there (spring forward) or exists
    /// twice keeps its wall clock and takes the offset in force before the change.
    pub fn in_zone(local: DateTime, zone: &TimeZone, precision: Precision, basis: TimeBasis) -> Moment {
        let local = tidy(local, precision);
        let offset = match zone.to_ambiguous_timestamp(local).offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => offset,
            jiff::tz::AmbiguousOffset::Gap { before, .. } | jiff::tz::AmbiguousOffset::Fold { before, .. } => before,
        };
        Moment { local, offset_seconds: offset.seconds(), precision, basis }
    }

    /// A day without a clock, in `zone`.
    pub fn on_day(day: Date, zone: &TimeZone, basis: TimeBasis) -> Moment {
        Moment::in_zone(day.to_datetime(Time::midnight()), zone, Precision::Day, basis)
    }

    /// An instant told as such (epoch seconds, or a clock ending in `Z` that means UTC).
    pub fn instant(at: Timestamp) -> Moment {
        let local = Offset::UTC.to_datetime(at);
        Moment::with_offset(local, Offset::UTC, Precision::Second)
    }

    pub fn offset(&self) -> Offset {
        Offset::from_seconds(self.offset_seconds).unwrap_or(Offset::UTC)
    }

    /// The instant. Times at the very edge of what can be represented are clamped, never a panic.
    pub fn at(&self) -> Timestamp {
        self.offset().to_timestamp(self.local).unwrap_or(if self.local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
    }

    /// The last instant that may be meant: a day without a clock may be any moment of that day.
    pub fn at_the_latest(&self) -> Timestamp {
        if self.precision != Precision::Day {
            return self.at();
        }
        self.local.date().tomorrow().ok().map_or(self.at(), |next| Moment { local: next.into(), ..*self }.at())
    }

    pub fn at_ms(&self) -> i64 {
        self.at().as_millisecond()
    }

    /// RFC 3339 with the offset it was told in, whole seconds.
    pub fn rfc3339(&self) -> String {
        let s = self.offset_seconds;
        let (sign, a) = if s < 0 { ('-', -s) } else { ('+', s) };
        format!("{}{sign}{:02}:{:02}", self.clock(), a / 3600, a / 60 % 60)
    }

    /// `YYYY-MM-DDTHH:MM:SS`, or `YYYY-MM-DD` when only the day was told.
    pub fn local_time(&self) -> String {
        match self.precision {
            Precision::Day => self.local.date().to_string(),
            _ => self.clock(),
        }
    }

    fn clock(&self) -> String {
        let l = self.local;
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", l.year(), l.month(), l.day(), l.hour(), l.minute(), l.second())
    }
}

fn tidy(local: DateTime, precision: Precision) -> DateTime {
    let t = match precision {
        Precision::Second => Time::constant(local.hour(), local.minute(), local.second(), 0),
        Precision::Minute => Time::constant(local.hour(), local.minute(), 0, 0),
        Precision::Day | Precision::None => Time::midnight(),
    };
    local.date().to_datetime(t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_london_summer_clock_has_an_hour_of_offset() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let m = Moment::in_zone(date(2026, 7, 1).at(12, 19, 25, 0), &zone, Precision::Second, TimeBasis::Assumed);
        assert_eq!(m.rfc3339(), "2026-07-01T12:19:25+01:00");
        assert_eq!(m.local_time(), "2026-07-01T12:19:25");
        assert_eq!(m.at().to_string(), "2026-07-01T11:19:25Z");
    }

    #[test]
    fn a_day_alone_stays_a_day() {
        let m = Moment::on_day(date(2026, 11, 22), &TimeZone::UTC, TimeBasis::Assumed);
        assert_eq!(m.local_time(), "2026-11-22");
        assert_eq!(m.rfc3339(), "2026-11-22T00:00:00+00:00");
    }
}
