//! Putting together what a payload said about a parcel in several places, and in which order.

use std::collections::HashMap;

use whereabouts_domain::{Milestone, Private, State, TrackingEvent};

use crate::carrier::ParcelReading;

/// Turns a list that was told newest first. `parse` sorts by time, but scans of one instant keep the order in which
/// they stand here, and a parcel must not seem to arrive before it left. `habit` decides when the times do not tell.
pub fn oldest_first(events: &mut [TrackingEvent], habit: Habit) {
    let mut dated = events.iter().filter_map(TrackingEvent::at);
    let (first, last) = (dated.next(), dated.next_back());
    let newest_first = match (first, last) {
        (Some(first), Some(last)) if first != last => first > last,
        _ => habit == Habit::NewestFirst,
    };
    if newest_first {
        events.reverse();
    }
}

/// How a carrier lists its events when the times do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    NewestFirst,
    OldestFirst,
}

/// A number was named and nothing said about it.
pub fn says_nothing(parcel: &ParcelReading) -> bool {
    parcel.events.is_empty() && parcel.summary.is_none() && parcel.fault.is_none()
}

/// One number may come in several parts of a payload (a summary here, the events there); its scans belong together so
/// that repeats are seen as such. A part that is at fault stays apart.
pub fn one_per_number(parts: Vec<ParcelReading>) -> Vec<ParcelReading> {
    let mut parcels: Vec<ParcelReading> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for part in parts {
        let number = part.tracking_number.clone().filter(|_| part.fault.is_none());
        match number.as_ref().and_then(|number| places.get(number)) {
            Some(&place) => join(&mut parcels[place], part),
            None => {
                places.extend(number.map(|number| (number, parcels.len())));
                parcels.push(part);
            }
        }
    }
    parcels
}

fn join(there: &mut ParcelReading, more: ParcelReading) {
    there.events.extend(more.events);
    there.summary = [there.summary.take(), more.summary].into_iter().flatten().max_by_key(|s| (s.state.rank(), s.at()));
    there.estimated_delivery = there.estimated_delivery.take().or(more.estimated_delivery);
    there.service = there.service.take().or(more.service);
}

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

/// Something went other than planned: a remark beside the event may say why.
pub fn is_troubled(event: &TrackingEvent) -> bool {
    matches!(event.state.milestone(), Some(Milestone::AttemptFail | Milestone::Exception))
}

/// The summary's signatory belongs to the newest delivery.
pub fn sign(events: &mut [TrackingEvent], name: Option<String>) {
    newest_delivery(events).for_each(|event| event.signed_by = name.clone().map(Private::new));
}
