//! Rules that turn true by the clock alone (hours late, hours silent, time of day): when to look again.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use whereabouts_domain::rule::TimeThreshold;

use crate::db::shipments::ShipmentRow;

/// One millisecond past the threshold: `above` means more than.
const PAST_MS: i64 = 1;

/// The earliest moment after `now` at which one of these thresholds is crossed; nothing once the evaluation rests.
pub fn next_crossing(
    thresholds: &[TimeThreshold],
    row: &ShipmentRow,
    zone: &TimeZone,
    rests_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<i64> {
    if !row.is_open() {
        return None;
    }
    let moments = thresholds.iter().filter_map(|t| crossing(*t, row, zone, now));
    let next = moments.filter(|at| *at > now.as_millisecond()).min()?;
    (rests_at.is_none_or(|rest| next <= rest.as_millisecond())).then_some(next)
}

fn crossing(threshold: TimeThreshold, row: &ShipmentRow, zone: &TimeZone, now: Timestamp) -> Option<i64> {
    let after = |from: i64, hours: f64| from + (hours * 3_600_000.0) as i64 + PAST_MS;
    match threshold {
        TimeThreshold::HoursLate(hours) => {
            let growing = row.facts.late_until.is_none();
            row.facts.late_since.filter(|_| growing).map(|since| after(since.as_millisecond(), hours))
        }
        TimeThreshold::HoursSilent(hours) => row.last_event_at.map(|at| after(at, hours)),
        TimeThreshold::LocalTime(time) => {
            let here = now.to_zoned(zone.clone());
            let day = if here.time() < time { here.date() } else { here.date().checked_add(1.day()).ok()? };
            day.to_datetime(time).to_zoned(zone.clone()).ok().map(|z| z.timestamp().as_millisecond())
        }
    }
}
