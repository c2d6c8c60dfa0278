//! When a parcel's summary is worth telling beside its events.

use whereabouts_domain::{State, TrackingEvent};

/// The summary, if it brings the parcel into a step that no event has told and no event is already the end. A tag set
/// by hand ("lost" on a parcel that was delivered) is not news from the carrier, and "in transit" beside a pick-up scan
/// is no news at all. Its clock is often only when the record was touched: earlier than the newest event it is dropped.
pub fn worth_telling(mut summary: TrackingEvent, events: &[TrackingEvent]) -> Option<TrackingEvent> {
    let step = summary.state.milestone()?;
    let known = events.iter().any(|e| e.state.milestone() == Some(step));
    let over = events.iter().any(|e| e.state.is_delivered() || matches!(e.state, State::ReturnedToSender | State::Destroyed));
    let newest = events.iter().filter_map(TrackingEvent::at).max();
    summary.moment = summary.moment.filter(|m| newest.is_none_or(|newest| m.at() >= newest));
    (!known && !over).then_some(summary)
}
