//! What carriers publish of their services: how many working days they aim to take. It stands in while a retailer's own parcels have taught nothing,
//! always marked as such, and promises nothing that the carrier does not.

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{
    Registration,
    calendar::{Calendars, nation_of},
    estimate::{Estimate, Expecting},
};

/// Working days from the hand-over that a carrier aims at, from and until.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    carrier: &'static str,
    /// Within this country alone.
    country: &'static str,
    /// The service by its name's letters and digits alone, as its label has them.
    service: &'static str,
    pub days: (i64, i64),
    saturdays: bool,
}

const fn aimed(carrier: &'static str, country: &'static str, service: &'static str, days: (i64, i64), saturdays: bool) -> Aim {
    Aim { carrier, country, service, days, saturdays }
}

/// Royal Mail: its terms for Tracked 24 (one working day, two if it was handed over after the latest time) and what it says of Tracked 48 (two to
/// three), First and Second Class likewise. USPS: its service standards. Parcelforce, UPS and FedEx, whose days hold no Saturdays: as shippers'
/// guides repeat them (2020 to 2026), not checked on their own pages; Ground is that of the 48 contiguous states.
const AIMS: [Aim; 23] = [
    aimed("royalmail", "GB", "tracked24", (1, 2), true),
    aimed("royalmail", "GB", "24", (1, 2), true),
    aimed("royalmail", "GB", "1stclass", (1, 2), true),
    aimed("royalmail", "GB", "firstclass", (1, 2), true),
    aimed("royalmail", "GB", "tracked48", (2, 3), true),
    aimed("royalmail", "GB", "48", (2, 3), true),
    aimed("royalmail", "GB", "2ndclass", (2, 3), true),
    aimed("royalmail", "GB", "secondclass", (2, 3), true),
    aimed("parcelforce", "GB", "express24", (1, 1), false),
    aimed("parcelforce", "GB", "express48", (2, 2), false),
    aimed("usps", "US", "prioritymailexpress", (1, 3), true),
    aimed("usps", "US", "prioritymail", (1, 3), true),
    aimed("usps", "US", "groundadvantage", (2, 5), true),
    aimed("usps", "US", "mediamail", (2, 8), true),
    aimed("ups", "US", "nextdayair", (1, 1), false),
    aimed("ups", "US", "2nddayair", (2, 2), false),
    aimed("ups", "US", "3dayselect", (3, 3), false),
    aimed("ups", "US", "ground", (1, 5), false),
    aimed("fedex", "US", "priorityovernight", (1, 1), false),
    aimed("fedex", "US", "2day", (2, 2), false),
    aimed("fedex", "US", "expresssaver", (3, 3), false),
    aimed("fedex", "US", "ground", (1, 5), false),
    aimed("fedex", "US", "homedelivery", (1, 5), false),
];

/// What a carrier publishes of a service; nothing of services that are not known to us.
fn aim(carrier: &str, service: &str) -> Option<&'static Aim> {
    let letters: String = service.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let names = ["royalmail", "rm", "parcelforce", "usps", "ups", "fedexground", "fedex"];
    let stripped = names.iter().filter_map(|name| letters.strip_prefix(name));
    let spelt: Vec<&str> = std::iter::once(letters.as_str()).chain(stripped).collect();
    AIMS.iter().find(|aim| aim.carrier == carrier && spelt.contains(&aim.service))
}

/// The days on which a parcel is to arrive by what its carrier publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aimed {
    pub from: Date,
    pub until: Date,
    /// Working days from the hand-over.
    pub days: (i64, i64),
}

impl Aimed {
    /// The aim for what was, or will be, handed over on a day; nothing of what leaves the country or says not whereto it goes.
    pub fn of(registration: &Registration, handed_over_on: Date, calendars: &Calendars) -> Option<Aimed> {
        let aim = aim(registration.carrier.as_deref()?, registration.service.as_deref()?)?;
        let is_there = |country: &str| country.eq_ignore_ascii_case(aim.country);
        if !registration.destination_country().is_some_and(is_there) || !registration.origin_country().is_none_or(is_there) {
            return None;
        }
        let postcode = registration.destination.as_ref().and_then(|d| d.postcode.as_deref());
        let nation = nation_of(aim.country, postcode);
        let after = |days: i64| aim.working_days_after(handed_over_on, days, calendars, &nation);
        Some(Aimed { from: after(aim.days.0)?, until: after(aim.days.1)?, days: aim.days })
    }

    /// The end of its last day.
    pub fn over_at(&self, zone: &TimeZone) -> Option<Timestamp> {
        Some(zone.to_zoned(self.until.tomorrow().ok()?.into()).ok()?.timestamp())
    }

    pub fn estimate(&self) -> Estimate {
        Estimate { start: Some(self.from.to_string()), end: Some(self.until.to_string()), source: Expecting::Published, confidence: None }
    }

    /// Why these days, in half a sentence.
    pub fn why(&self) -> String {
        let span = match self.days {
            (1, 1) => "one working day".into(),
            (from, until) if from == until => format!("{from} working days"),
            (from, until) => format!("{from} to {until} working days"),
        };
        format!("the carrier publishes {span} for this service; none of your own parcels taught it")
    }
}

impl Aim {
    fn working_days_after(&self, start: Date, days: i64, calendars: &Calendars, nation: &str) -> Option<Date> {
        let mut day = start;
        let mut left = days;
        // A nation that never works has no such day.
        for _ in 0..60 {
            day = day.tomorrow().ok()?;
            let is_worked = self.saturdays || day.weekday() != Weekday::Saturday;
            left -= i64::from(is_worked && calendars.is_working_day(day, &[nation]));
            if left == 0 {
                return Some(day);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Destination;

    #[test]
    fn a_service_is_known_by_its_name_however_it_is_written() {
        for name in ["Tracked 48", "tracked_48", "Royal Mail Tracked 48®", "48", "RM48", "2nd Class"] {
            assert_eq!(aim("royalmail", name).map(|a| a.days), Some((2, 3)), "{name}");
        }
        let days = |carrier: &str, service: &str| aim(carrier, service).map(|a| a.days);
        assert_eq!(days("usps", "USPS Ground Advantage"), Some((2, 5)));
        assert_eq!(days("ups", "UPS® Ground"), Some((1, 5)));
        assert_eq!((days("fedex", "FEDEX_GROUND"), days("fedex", "FedEx Ground Home Delivery")), (Some((1, 5)), Some((1, 5))));
        assert_eq!((days("royalmail", "International Tracked"), days("evri", "48"), days("royalmail", "")), (None, None, None));
    }

    fn arrives(carrier: &str, service: &str, to: (&str, &str), from: Option<&str>, day: &str) -> Option<(String, String)> {
        let place = |country: &str, postcode: &str| Destination {
            country: Some(country.into()),
            postcode: Some(postcode.into()),
            ..Destination::default()
        };
        let registration = Registration {
            carrier: Some(carrier.into()),
            service: Some(service.into()),
            destination: Some(place(to.0, to.1)),
            origin: from.map(|country| place(country, "")),
            ..Registration::default()
        };
        let aimed = Aimed::of(&registration, day.parse().unwrap(), Calendars::built_in())?;
        Some((aimed.from.to_string(), aimed.until.to_string()))
    }

    #[test]
    fn working_days_are_counted_over_sundays_and_holidays_and_each_carriers_saturdays() {
        let between = |from: &str, until: &str| Some((from.to_string(), until.to_string()));
        let home = ("GB", "M1 1AE");
        assert_eq!(arrives("royalmail", "48", home, Some("gb"), "2026-11-20"), between("2026-11-23", "2026-11-24"));
        // Christmas Eve: the 25th, the 26th and the 28th are holidays, the 27th is a Sunday.
        assert_eq!(arrives("royalmail", "48", home, None, "2026-12-24").unwrap().0, "2026-12-30");
        assert_eq!(arrives("parcelforce", "express48", home, None, "2026-11-20"), between("2026-11-24", "2026-11-24"));
        assert_eq!(arrives("ups", "UPS Ground", ("US", "10001"), None, "2026-11-20"), between("2026-11-23", "2026-11-30"));
    }

    #[test]
    fn nothing_is_published_of_what_leaves_the_country() {
        assert_eq!(arrives("royalmail", "48", ("FR", "75001"), Some("GB"), "2026-11-20"), None);
        assert_eq!(arrives("royalmail", "48", ("GB", "M1 1AE"), Some("FR"), "2026-11-20"), None);
        assert_eq!(arrives("ups", "Ground", ("CA", "M5V 2T6"), None, "2026-11-20"), None);
    }
}
