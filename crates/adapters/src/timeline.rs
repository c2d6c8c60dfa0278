//! Putting together what a payload said about a parcel in several places, and in which order.

use whereabouts_domain::TrackingEvent;

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

/// Several parts of one payload may speak of one number (a summary here, the events there): one reading per number.
pub fn one_per_number(parcels: Vec<ParcelReading>) -> Vec<ParcelReading> {
    let mut out: Vec<ParcelReading> = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        match out.iter_mut().find(|p| p.tracking_number.is_some() && p.tracking_number == parcel.tracking_number) {
            Some(there) => join(there, parcel),
            None => out.push(parcel),
        }
    }
    out
}

fn join(there: &mut ParcelReading, more: ParcelReading) {
    there.events.extend(more.events);
    there.summary = match (there.summary.take(), more.summary) {
        (Some(a), Some(b)) if b.state.rank() > a.state.rank() => Some(b),
        (a, b) => a.or(b),
    };
    there.estimated_delivery = there.estimated_delivery.take().or(more.estimated_delivery);
    there.service = there.service.take().or(more.service);
    there.fault = there.fault.take().or(more.fault);
}
