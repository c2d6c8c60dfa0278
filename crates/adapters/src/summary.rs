//! What a parcel's summary tells beside its events: whether it is news, and who signed.

use whereabouts_domain::{Private, State, TrackingEvent};

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

/// The newest delivery, and its exact repeats: `parse` keeps the first of them, so all must tell the same.
pub fn newest_delivery(events: &mut [TrackingEvent]) -> impl Iterator<Item = &mut TrackingEvent> {
    let newest = events.iter().filter(|e| e.state.is_delivered()).map(TrackingEvent::at).max();
    events.iter_mut().filter(move |e| e.state.is_delivered() && Some(e.at()) == newest)
}

/// The summary's signatory belongs to the newest delivery.
pub fn sign(events: &mut [TrackingEvent], name: Option<String>) {
    newest_delivery(events).for_each(|event| event.signed_by = name.clone().map(Private::new));
}
