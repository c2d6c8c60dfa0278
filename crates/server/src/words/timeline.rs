//! The timeline of one parcel: newest first, days told once, plain words first and the carrier's own words behind them.

use jiff::civil::DateTime;
use serde::Serialize;
use whereabouts_domain::{Moment, Precision, Reason, State, TimeBasis};

use super::{days::Days, followed::FollowedEvent, plain};

/// More events than this no person reads; the rest stays in the API.
pub const MAX_EVENTS_SHOWN: usize = 100;
/// What is seen before "show more".
pub const EVENTS_AT_FIRST: usize = 4;

/// One event as the page shows it and the JSON carries it.
#[derive(Clone, Debug, Hash, Serialize)]
pub struct EventView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// RFC 3339 with the offset it was told in; null if the carrier gave no date.
    pub occurred_at: Option<String>,
    pub local_time: Option<String>,
    pub state: State,
    pub state_label: &'static str,
    pub milestone: Option<whereabouts_domain::Milestone>,
    pub reason: Option<Reason>,
    pub carrier: Option<String>,
    pub carrier_code: Option<String>,
    /// The carrier's words.
    pub description: String,
    pub place: Option<String>,
    /// What happened, in plain words.
    pub text: String,
    /// Said once, at the newest event of the day.
    #[serde(skip)]
    pub day: Option<String>,
    #[serde(skip)]
    pub clock: Option<String>,
    /// The carrier's words, where they say more than ours.
    #[serde(skip)]
    pub own_words: Option<String>,
    /// The carrier's name, where the timeline has more than one.
    #[serde(skip)]
    pub said_by: Option<String>,
}

/// Newest first; events without a date last, in the order given.
pub fn of(events: &[FollowedEvent], days: &Days) -> Vec<EventView> {
    let mut sorted: Vec<&FollowedEvent> = events.iter().collect();
    // Of two scans of the same moment, the further one is the newer.
    sorted.sort_by_cached_key(|e| std::cmp::Reverse((e.moment.map(|m| m.at_ms()), e.moment.map(|_| e.state.rank()))));
    sorted.truncate(MAX_EVENTS_SHOWN);
    let carriers = several_carriers(events);
    let mut said_day = None;
    sorted
        .into_iter()
        .map(|event| {
            let mut view = seen(event, days, carriers);
            let day = event.moment.map(|m| wall(&m, days).date());
            view.day = if Some(day) == said_day { None } else { Some(day.map_or("Date not given".into(), |d| capital(&days.day(d)))) };
            said_day = Some(day);
            view
        })
        .collect()
}

fn several_carriers(events: &[FollowedEvent]) -> bool {
    let mut names = events.iter().filter_map(|e| e.carrier.as_deref());
    names.next().is_some_and(|first| names.any(|n| n != first))
}

fn seen(event: &FollowedEvent, days: &Days, carriers: bool) -> EventView {
    let theirs = event.description.trim();
    let carrier = event.carrier.as_deref().unwrap_or("the carrier");
    let ours = plain::happened(event.state, carrier);
    // Where we have no words of our own, the carrier's are the honest answer.
    let mut text = match &ours {
        Some(text) => text.clone(),
        None if theirs.is_empty() => format!("{} sent an update", plain::start(carrier)),
        None => theirs.into(),
    };
    let own_words = ours.as_deref().filter(|o| !theirs.is_empty() && !plain::says_the_same(o, theirs)).map(|_| theirs.into());
    if let Some(reason) = event.reason.filter(|r| *r != Reason::Other && ours.is_some()) {
        text = format!("{text}: {}", reason.label());
    }
    EventView {
        id: event.id.clone(),
        occurred_at: event.moment.map(|m| m.rfc3339()),
        local_time: event.moment.map(|m| m.local_time()),
        state: event.state,
        state_label: event.state.label(),
        milestone: event.state.milestone(),
        reason: event.reason,
        carrier: event.carrier.clone(),
        carrier_code: event.carrier_code.clone(),
        description: event.description.clone(),
        place: event.place.as_deref().map(str::trim).filter(|p| !p.is_empty()).map(Into::into),
        text,
        day: None,
        clock: clock(event, days),
        own_words,
        said_by: event.carrier.clone().filter(|_| carriers),
    }
}

/// A time told in UTC is a machine's, not that of a place: the reader's clock serves better.
fn is_a_machines(moment: &Moment) -> bool {
    moment.basis == TimeBasis::Offset && moment.offset_seconds == 0 && has_clock(moment)
}

fn has_clock(moment: &Moment) -> bool {
    matches!(moment.precision, Precision::Minute | Precision::Second)
}

/// The wall clock that the reader is shown: the place's as it was told, else the reader's own.
fn wall(moment: &Moment, days: &Days) -> DateTime {
    if is_a_machines(moment) { days.zone.to_datetime(moment.at()) } else { moment.local }
}

/// The wall clock at the place, with its zone where the reader's differs: "09:10", "09:10 (UTC−5)".
fn clock(event: &FollowedEvent, days: &Days) -> Option<String> {
    let moment = event.moment.filter(has_clock)?;
    let clock = days.clock(wall(&moment, days));
    if is_a_machines(&moment) || days.zone.to_offset(moment.at()) == moment.offset() {
        return Some(clock);
    }
    let seconds = moment.offset().seconds();
    let (sign, minutes) = (if seconds < 0 { '−' } else { '+' }, seconds.abs() / 60);
    Some(match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{clock} (UTC)"),
        (h, 0) => format!("{clock} (UTC{sign}{h})"),
        (h, m) => format!("{clock} (UTC{sign}{h}:{m:02})"),
    })
}

pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let mut said = String::with_capacity(text.len());
    said.extend(chars.next().into_iter().flat_map(char::to_uppercase));
    said.push_str(chars.as_str());
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn event(state: State, at: Option<&str>, words: &str) -> FollowedEvent {
        let moment = at.map(|at| {
            let zoned: jiff::civil::DateTime = at.parse().unwrap();
            Moment::in_zone(zoned, &TimeZone::get("Europe/London").unwrap(), Precision::Minute, TimeBasis::Zone)
        });
        FollowedEvent {
            id: None,
            state,
            reason: None,
            carrier: Some("Royal Mail".into()),
            carrier_code: None,
            description: words.into(),
            place: None,
            moment,
        }
    }
    fn printed(events: &[FollowedEvent], zone: &str) -> String {
        let days = Days::for_page("2026-11-22T10:00:00Z".parse().unwrap(), &TimeZone::get(zone).unwrap(), "en-GB");
        of(events, &days)
            .iter()
            .map(|e| format!("{}/{}/{}\n", e.day.as_deref().unwrap_or("″"), e.clock.as_deref().unwrap_or("-"), e.text))
            .collect()
    }

    #[test]
    fn the_newest_event_stands_first_and_the_undated_one_last() {
        let events = [
            event(State::Dispatched, None, "Sender preparing item"),
            event(State::CollectedByCarrier, Some("2026-11-20T17:02"), "Item collected"),
            event(State::OutForDelivery, Some("2026-11-22T07:40"), "Out for delivery"),
            event(State::AtDeliveryDepot, Some("2026-11-22T05:11"), "Item received at delivery office"),
        ];
        assert_eq!(
            printed(&events, "Europe/London"),
            "Today/07:40/Out for delivery\n″/05:11/Arrived at the local depot\nFriday 20 November/17:02/Royal Mail has collected it\nDate not given/-/We've told Royal Mail to expect it\n"
        );
    }

    #[test]
    fn a_clock_of_another_zone_says_so() {
        let events = [event(State::DepartedHub, Some("2026-11-22T05:11"), "")];
        assert_eq!(printed(&events, "Europe/Berlin"), "Today/05:11 (UTC)/Left a sorting centre\n");
    }

    #[test]
    fn a_time_told_in_utc_is_shown_by_the_readers_clock_and_on_the_readers_day() {
        let told = |at: &str, offset_hours: i8| {
            let moment = Moment::with_offset(at.parse().unwrap(), jiff::tz::offset(offset_hours), Precision::Second);
            FollowedEvent { moment: Some(moment), ..event(State::DepartedHub, None, "") }
        };
        let events = [told("2026-11-21T23:30:00", 0)];
        assert_eq!(printed(&events, "Asia/Tokyo"), "Today/08:30/Left a sorting centre\n");
        assert_eq!(printed(&events, "America/New_York"), "Yesterday/18:30/Left a sorting centre\n");
        assert_eq!(printed(&[told("2026-11-22T04:30:00", -5)], "Europe/London"), "Today/04:30 (UTC−5)/Left a sorting centre\n");
    }

    #[test]
    fn a_code_nobody_has_mapped_is_told_in_the_carriers_words() {
        let days = Days::for_page("2026-11-22T10:00:00Z".parse().unwrap(), &TimeZone::UTC, "en-GB");
        let views = of(&[event(State::Unknown, None, "Zugestellt an Filiale 7")], &days);
        assert_eq!((views[0].text.as_str(), &views[0].own_words), ("Zugestellt an Filiale 7", &None));
    }
}
