//! What carriers publish of their services: how many working days they aim to take. It stands in while a retailer's own parcels have taught nothing,
//! always marked as such, and promises nothing that the carrier does not.

use jiff::civil::Date;

use crate::calendar::Calendars;

/// Working days from the hand-over that a carrier aims at, from and until.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    carrier: &'static str,
    /// The service by its name's letters and digits alone, as its label has them.
    service: &'static str,
    pub days: (i64, i64),
}

/// Royal Mail: its terms for Tracked 24 (one working day, two if it was handed over after the latest time) and what it says of Tracked 48 (two to
/// three). USPS: its service standards for Priority Mail (one to three) and Ground Advantage (two to five). Within the country only.
const AIMS: [Aim; 6] = [
    Aim { carrier: "royalmail", service: "tracked24", days: (1, 2) },
    Aim { carrier: "royalmail", service: "24", days: (1, 2) },
    Aim { carrier: "royalmail", service: "tracked48", days: (2, 3) },
    Aim { carrier: "royalmail", service: "48", days: (2, 3) },
    Aim { carrier: "usps", service: "prioritymail", days: (1, 3) },
    Aim { carrier: "usps", service: "groundadvantage", days: (2, 5) },
];

/// What a carrier publishes of a service; nothing of services that are not known to us.
pub fn aim(carrier: &str, service: &str) -> Option<&'static Aim> {
    let letters: String = service.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let names = ["royalmail", "usps", "rm"];
    let name = names.iter().find_map(|name| letters.strip_prefix(name).filter(|rest| !rest.is_empty())).unwrap_or(&letters);
    AIMS.iter().find(|aim| aim.carrier == carrier && aim.service == name)
}

impl Aim {
    /// The days on which it is to arrive, by the working days of these nations.
    pub fn arrives(&self, handed_over_on: Date, calendars: &Calendars, nations: &[&str]) -> Option<(Date, Date)> {
        let after = |days: i64| {
            let mut day = handed_over_on;
            let mut left = days;
            // A nation that never works has no such day.
            for _ in 0..60 {
                day = day.tomorrow().ok()?;
                left -= i64::from(calendars.is_working_day(day, nations));
                if left == 0 {
                    return Some(day);
                }
            }
            None
        };
        Some((after(self.days.0)?, after(self.days.1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_its_name_however_it_is_written() {
        for name in ["Tracked 48", "tracked_48", "Royal Mail Tracked 48®", "48", "RM48"] {
            assert_eq!(aim("royalmail", name).map(|a| a.days), Some((2, 3)), "{name}");
        }
        assert_eq!(aim("usps", "USPS Ground Advantage").map(|a| a.days), Some((2, 5)));
        assert_eq!((aim("royalmail", "International Tracked"), aim("evri", "48"), aim("royalmail", "")), (None, None, None));
    }

    #[test]
    fn working_days_are_counted_over_sundays_and_holidays() {
        let tracked = aim("royalmail", "48").unwrap();
        let arrives = |day: &str| tracked.arrives(day.parse().unwrap(), Calendars::built_in(), &["GB-ENG"]).unwrap();
        assert_eq!(arrives("2026-11-20"), ("2026-11-23".parse().unwrap(), "2026-11-24".parse().unwrap()));
        // Christmas Eve: the 25th, the 26th and the 28th are holidays, the 27th is a Sunday.
        assert_eq!(arrives("2026-12-24").0, "2026-12-30".parse::<Date>().unwrap());
    }
}
