//! Which events belong to a shipment. Carriers recycle their numbers, so a number alone says nothing: the time has to fit.

use jiff::{SignedDuration, Timestamp};

use crate::Registration;

/// The numbers of CONTRACT §3; both are settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    pub before_days: i64,
    pub after_days: i64,
}

impl Default for Reach {
    fn default() -> Self {
        Reach { before_days: 14, after_days: 60 }
    }
}

/// The time in which a shipment's number is its own. Both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Active {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Active {
    /// From some days before shipping (as told, else the order's time, else the registration's) to some days after the last event.
    pub fn of(registration: &Registration, registered_at: Timestamp, last_event_at: Option<Timestamp>, reach: Reach) -> Active {
        let shipped = registration.shipped_at.or(registration.ordered_at).unwrap_or(registered_at);
        // Before the first event it is the registration that keeps the window open: an order may be registered weeks after shipping.
        let newest = last_event_at.unwrap_or(registered_at).max(shipped);
        Active { from: moved(shipped, -reach.before_days), until: moved(newest, reach.after_days) }
    }

    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.until
    }

    /// The window after all those of `times` that fit have joined, one drawing in the next: so that which events belong does not
    /// depend on the order in which they are offered.
    pub fn reaching(mut self, times: &[Timestamp], reach: Reach) -> Active {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        for at in sorted {
            if self.holds(at) {
                self.until = self.until.max(moved(at, reach.after_days));
            }
        }
        self
    }
}

/// Whether an event joins a shipment. One without a date is judged by when we received it.
pub fn belongs(
    event_at: Option<Timestamp>,
    received_at: Timestamp,
    registration: &Registration,
    registered_at: Timestamp,
    last_event_at: Option<Timestamp>,
    reach: Reach,
) -> bool {
    Active::of(registration, registered_at, last_event_at, reach).holds(event_at.unwrap_or(received_at))
}

/// A shipment that carries the number in question.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub registration: &'a Registration,
    pub registered_at: Timestamp,
    pub last_event_at: Option<Timestamp>,
}

/// Of several shipments under one recycled number the latest registered whose window holds the time: its place in `candidates`.
/// Of those registered at the same instant it is the first.
pub fn pick(candidates: &[Candidate], event_at: Option<Timestamp>, received_at: Timestamp, reach: Reach) -> Option<usize> {
    let at = event_at.unwrap_or(received_at);
    let fits = |c: &Candidate| Active::of(c.registration, c.registered_at, c.last_event_at, reach).holds(at);
    let fitting = candidates.iter().enumerate().filter(|(_, c)| fits(c));
    fitting.reduce(|best, next| if next.1.registered_at > best.1.registered_at { next } else { best }).map(|(place, _)| place)
}

/// Times at the edge of what can be represented are clamped, never a panic.
fn moved(at: Timestamp, days: i64) -> Timestamp {
    let distance = SignedDuration::from_hours(days.saturating_mul(24).clamp(-175_000_000, 175_000_000));
    at.saturating_add(distance).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> Timestamp {
        format!("{day}T12:00:00Z").parse().unwrap()
    }

    fn shipped(day: &str) -> Registration {
        Registration { shipped_at: Some(at(day)), ..Registration::default() }
    }

    fn joins(event: &str, registration: &Registration, registered: &str, last: Option<&str>) -> bool {
        belongs(Some(at(event)), at("2026-12-31"), registration, at(registered), last.map(at), Reach::default())
    }

    #[test]
    fn an_event_joins_from_two_weeks_before_shipping() {
        let r = shipped("2026-11-20");
        assert!(joins("2026-11-06", &r, "2026-11-21", None));
        assert!(!joins("2026-11-05", &r, "2026-11-21", None));
    }

    #[test]
    fn without_a_shipping_time_the_order_counts_and_then_the_registration() {
        let ordered = Registration { ordered_at: Some(at("2026-11-10")), ..Registration::default() };
        assert!(joins("2026-10-27", &ordered, "2026-11-21", None));
        assert!(!joins("2026-10-27", &Registration::default(), "2026-11-21", None));
        assert!(joins("2026-11-07", &Registration::default(), "2026-11-21", None));
    }

    #[test]
    fn an_event_joins_until_sixty_days_after_the_last_one() {
        let r = shipped("2026-09-01");
        assert!(joins("2026-11-09", &r, "2026-09-01", Some("2026-09-10")));
        assert!(!joins("2026-11-10", &r, "2026-09-01", Some("2026-09-10")));
        assert!(joins("2027-01-20", &r, "2026-11-21", None), "the registration keeps it open until there is an event");
    }

    #[test]
    fn an_event_without_a_date_is_judged_by_when_it_came() {
        let r = shipped("2026-11-20");
        assert!(belongs(None, at("2026-11-21"), &r, at("2026-11-20"), None, Reach::default()));
        assert!(!belongs(None, at("2027-03-21"), &r, at("2026-11-20"), None, Reach::default()));
    }

    #[test]
    fn which_waiting_events_belong_does_not_depend_on_their_order() {
        let window = Active::of(&shipped("2026-01-01"), at("2026-01-01"), None, Reach::default());
        let times = [at("2026-04-10"), at("2026-02-20"), at("2025-06-01"), at("2026-09-01")];
        let until = window.reaching(&times, Reach::default()).until;
        assert_eq!(until, at("2026-06-09"));
        assert_eq!(window.reaching(&[times[3], times[1], times[0], times[2]], Reach::default()).until, until);
    }

    #[test]
    fn of_two_shipments_with_a_recycled_number_the_one_whose_time_it_is_gets_the_event() {
        let (old, new) = (shipped("2026-01-05"), shipped("2026-11-20"));
        let candidates = [
            Candidate { registration: &new, registered_at: at("2026-11-20"), last_event_at: None },
            Candidate { registration: &old, registered_at: at("2026-01-05"), last_event_at: Some(at("2026-01-08")) },
        ];
        let owner = |day| pick(&candidates, Some(at(day)), at("2026-11-22"), Reach::default());
        assert_eq!((owner("2026-11-21"), owner("2026-01-09"), owner("2026-06-01")), (Some(0), Some(1), None));
        assert_eq!(pick(&candidates, None, at("2026-11-22"), Reach::default()), Some(0));
    }

    #[test]
    fn where_both_windows_hold_the_latest_registered_gets_the_event() {
        let (first, second) = (shipped("2026-11-01"), shipped("2026-11-20"));
        let candidates = [
            Candidate { registration: &first, registered_at: at("2026-11-01"), last_event_at: None },
            Candidate { registration: &second, registered_at: at("2026-11-20"), last_event_at: None },
        ];
        assert_eq!(pick(&candidates, Some(at("2026-11-10")), at("2026-11-22"), Reach::default()), Some(1));
        assert_eq!(pick(&candidates, Some(at("2026-11-02")), at("2026-11-22"), Reach::default()), Some(0));
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        let r = Registration { shipped_at: Some(Timestamp::MAX), ..Registration::default() };
        let window = Active::of(&r, Timestamp::MIN, None, Reach { before_days: i64::MAX, after_days: i64::MAX });
        assert_eq!(window.until, Timestamp::MAX);
    }
}
