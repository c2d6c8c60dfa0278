//! A world of parcels that does not exist: carriers with lanes, weekdays and holidays, and what goes wrong in them. A seed and a rate give the same
//! world on every machine. Demonstrations, load and rehearsals of incidents are made of it, and so are our own tests.

mod chance;
mod happenings;
mod parcel;
mod past;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use crate::{State, calendar::Calendars};

pub use happenings::{Happening, What};
pub use past::retold;

/// Whose working days hold.
const NATION: &str = "GB-ENG";
/// Serial numbers of worlds with neighbouring seeds lie so far apart.
const SERIALS_A_SEED: u64 = 2_500_000;
const SEEDS_APART: u64 = 23;

/// What there is, and how much of it.
#[derive(Debug, Clone)]
pub struct World {
    pub seed: u64,
    pub zone: TimeZone,
    /// The first day on which parcels are handed over, and how many days that goes on.
    pub from: Date,
    pub days: u32,
    /// Parcels handed over on a working day.
    pub a_day: u32,
    /// The carriers' ids; each carries its share.
    pub carriers: Vec<String>,
    /// Parcels go to so many towns.
    pub towns: u64,
    pub troubles: Troubles,
}

/// What goes wrong. Shares are of a thousand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Troubles {
    /// Collections and departures that nobody scans.
    pub unscanned: u32,
    /// Scans that are told twice.
    pub twice: u32,
    /// Scans that are told hours later.
    pub delayed: u32,
    /// Parcels that never come: after one of their scans nothing more is heard.
    pub lost: u32,
    /// Parcels for which nobody opens the door at first.
    pub missed: u32,
    /// Each depot's clock is wrong by a number of minutes of its own, at most so many.
    pub skew_minutes: i64,
    pub outages: Vec<Outage>,
    pub peaks: Vec<Peak>,
}

impl Troubles {
    /// What happens in any network.
    pub fn ordinary() -> Troubles {
        Troubles { unscanned: 4, twice: 10, delayed: 10, lost: 3, missed: 40, skew_minutes: 3, ..Troubles::default() }
    }
}

/// A carrier tells nothing; what it scanned meanwhile it tells afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    pub carrier: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// More is handed over than usual, and waits longer at hubs.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    pub from: Date,
    /// The first day after it.
    pub until: Date,
    /// Hundredths: 300 is three times as much.
    pub percent: u32,
}

/// One parcel and all that happens to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// Different from every other parcel of its world, and of most others.
    pub serial: u64,
    /// Where it was ordered, if that is told.
    pub order: Option<String>,
    /// Which of the world's carriers, and to which town.
    pub carrier: usize,
    pub town: u64,
    pub ordered_at: Timestamp,
    pub registered_at: Timestamp,
    pub handed_over_at: Timestamp,
    pub promised_on: Date,
    /// It never comes.
    pub is_lost: bool,
    pub scans: Vec<Scan>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    pub state: State,
    /// When it happened …
    pub at: Timestamp,
    /// … and what time it was by the depot's clock.
    pub clock: Timestamp,
}

impl World {
    pub fn works(&self, day: Date) -> bool {
        Calendars::built_in().is_working_day(day, &[NATION])
    }

    fn next_working(&self, day: Date) -> Date {
        day.series(1.day()).skip(1).find(|day| self.works(*day)).unwrap_or(day)
    }

    /// How much more than usual there is on a day, in hundredths.
    fn bustle(&self, day: Date) -> u32 {
        self.troubles.peaks.iter().filter(|p| (p.from..p.until).contains(&day)).map(|p| p.percent).max().unwrap_or(100)
    }

    /// How many parcels are handed over on a day. Warehouses work from Monday to Friday.
    pub fn parcels_on(&self, day: Date) -> u64 {
        let is_open = self.works(day) && day.weekday() != jiff::civil::Weekday::Saturday;
        if is_open { u64::from(self.a_day) * u64::from(self.bustle(day)) / 100 } else { 0 }
    }

    /// The days on which parcels are handed over.
    pub fn days(&self) -> impl Iterator<Item = Date> + use<> {
        self.from.series(1.day()).take(self.days as usize)
    }

    fn first_serial(&self) -> u64 {
        1_000_000 + self.seed % SEEDS_APART * SERIALS_A_SEED
    }

    /// Everybody who is handed over, day by day.
    pub fn parcels(&self) -> impl Iterator<Item = Parcel> {
        let serials = self.days().scan(self.first_serial(), |next, day| {
            let first = *next;
            *next += self.parcels_on(day);
            Some((day, first..*next))
        });
        serials.flat_map(move |(day, serials)| serials.map(move |serial| self.parcel(day, serial)))
    }

    fn at(&self, day: Date, minute: i64) -> Timestamp {
        let clock = day.at(0, 0, 0, 0).saturating_add(minute.minutes());
        self.zone.to_ambiguous_timestamp(clock).compatible().unwrap_or(Timestamp::MAX)
    }
}
