//! When the shopper is told of trouble that we found ourselves: after the head start that agents have, after the grace in which a scan told late
//! takes lateness back, and not at night. Whoever sends judges once more at that time, and says nothing if the trouble is over.

use jiff::{Timestamp, tz::TimeZone};

use crate::{calendar::later, settings::Settings};

const MINUTE: i64 = 60_000;

/// When lateness is told: after the head start or the grace, whichever is longer, within the hours for telling in the shopper's zone.
pub fn lateness_told_at(late_since: Timestamp, settings: &Settings, zone: &TimeZone) -> Timestamp {
    let minutes = settings.late_grace_minutes.max(settings.head_start_minutes);
    in_telling_hours(later(late_since, minutes * MINUTE), settings, zone)
}

/// When it is told that a parcel may be missing: after the head start, within the same hours.
pub fn missing_told_at(missing_since: Timestamp, settings: &Settings, zone: &TimeZone) -> Timestamp {
    in_telling_hours(later(missing_since, settings.head_start_minutes * MINUTE), settings, zone)
}

/// The moment itself, or the next `tell_from`. With equal bounds any hour will do; a window over midnight is one, too.
fn in_telling_hours(at: Timestamp, settings: &Settings, zone: &TimeZone) -> Timestamp {
    let (from, until) = (settings.tell_from, settings.tell_until);
    let local = zone.to_datetime(at);
    let time = local.time();
    let open = if from < until { from <= time && time < until } else { from == until || time >= from || time < until };
    if open {
        return at;
    }
    let day = if time < from { local.date() } else { local.date().tomorrow().unwrap_or(local.date()) };
    zone.to_ambiguous_timestamp(day.to_datetime(from)).compatible().unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Preset;

    fn told(preset: Preset, since: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        lateness_told_at(since.parse().unwrap(), preset.settings(), &zone).to_string()
    }

    #[test]
    fn lateness_at_midnight_is_told_in_the_morning_of_the_shoppers_day() {
        assert_eq!(told(Preset::Sorted, "2026-11-23T00:00:00Z", "Europe/London"), "2026-11-23T08:00:00Z");
        assert_eq!(told(Preset::UkRetail, "2026-06-22T23:00:00Z", "Europe/London"), "2026-06-23T07:00:00Z");
        assert_eq!(told(Preset::Sorted, "2026-11-23T08:00:00Z", "America/Los_Angeles"), "2026-11-23T16:00:00Z");
    }

    #[test]
    fn lateness_by_day_is_told_after_the_grace_and_at_night_the_next_morning() {
        assert_eq!(told(Preset::Sorted, "2026-11-23T12:00:00Z", "Europe/London"), "2026-11-23T12:00:00Z");
        assert_eq!(told(Preset::UkRetail, "2026-11-23T12:00:00Z", "Europe/London"), "2026-11-23T14:00:00Z");
        assert_eq!(told(Preset::UkRetail, "2026-11-23T18:00:00Z", "Europe/London"), "2026-11-24T08:00:00Z");
    }

    #[test]
    fn agents_hear_of_a_missing_parcel_an_hour_before_the_shopper() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let told = missing_told_at("2026-11-24T10:00:00Z".parse().unwrap(), Preset::UkRetail.settings(), &zone);
        assert_eq!(told.to_string(), "2026-11-24T11:00:00Z");
    }
}
