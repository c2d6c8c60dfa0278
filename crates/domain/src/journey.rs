//! The journey: what the events of one shipment add up to. A pure fold; the order of arrival, repetition and batching never matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Attention, Milestone, Moment, PickupPoint, Precision, Private, Reason, Registration, ShipmentType, State, TrackingEvent, WaitingOn,
    Window,
};

mod pieces;
mod sequence;
mod walk;

pub use sequence::timeline;
use sequence::{Sequence, Told, told_moment};
use walk::{Course, SAME_ATTEMPT, Walk, is_failed_attempt};

/// What we know of a shipment from its events alone. Stored as JSON beside the shipment; times are instants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    pub state: State,
    pub milestone: Milestone,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    pub waiting_on: WaitingOn,
    /// When the event that gave the state happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_since: Option<Timestamp>,
    /// Key of the event that gave the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_event: Option<String>,
    /// While `waiting_on` is the shopper: collect by, drop off by, pay by, if the carrier told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_by: Option<Timestamp>,
    /// After `delivery_rescheduled` or `delivery_scheduled`: when the agreed slot ends, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_until: Option<Timestamp>,
    /// The newest estimate: carried by an event, or told anew without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Window>,
    /// When the newest event happened that carried one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_with: Option<Timestamp>,
    /// Estimates told anew without a new event, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_point: Option<PickupPoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_to: Option<DeliveredTo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Private<String>>,
    /// When the shopper had it: delivered, or ready to collect for a destination that is collected from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub had_at: Option<Timestamp>,
    /// When a terminal state (for this shipment type and destination) was entered, and it still holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_physical_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_at: Option<Timestamp>,
    /// When the newest event happened at the latest: for one told to the day that day's end. Silence counts from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_by: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_for_delivery_at: Option<Timestamp>,
    /// The first valid attempt: delivered, or a failed attempt. The carrier's clock ends there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_attempt_at: Option<Timestamp>,
    /// Failed attempts so far. A message about an attempt carries its number, so that a second one is told again.
    #[serde(default)]
    pub attempts: u32,
    /// On the way back to the sender.
    #[serde(default)]
    pub returning: bool,
    /// Number of events whose code nobody has mapped yet.
    #[serde(default)]
    pub unknown_events: u32,
    /// Nobody understands the newest event, so the state may be out of date: a person should look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newest_is_unknown: bool,
    #[serde(default)]
    pub events: u32,
    /// Pieces with a barcode of their own, when events tell them apart or the registration lists more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Piece>,
}

/// One piece of a shipment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub barcode: String,
    pub state: State,
}

/// The carrier thought again: an event that we knew came once more, with another estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// When the event happened that it came with.
    pub with: Timestamp,
    pub received_at: Timestamp,
    pub window: Window,
}

/// Who or what took it. `kind`: `recipient`, `neighbour`, `reception`, `safe_place`, `letterbox`, `shop`, `locker`, `store`,
/// `post_office`, `sender`. `chosen_by`: `shopper` or `carrier`, when it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveredTo {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_by: Option<String>,
}

impl Default for Journey {
    fn default() -> Self {
        Journey {
            state: State::Registered,
            milestone: Milestone::Pending,
            reason: None,
            waiting_on: WaitingOn::Retailer,
            state_since: None,
            state_event: None,
            act_by: None,
            agreed_until: None,
            estimated: None,
            estimated_with: None,
            revisions: Vec::new(),
            pickup_point: None,
            delivered_at: None,
            delivered_to: None,
            signed_by: None,
            had_at: None,
            ended_at: None,
            first_physical_at: None,
            last_event_at: None,
            last_event_by: None,
            out_for_delivery_at: None,
            first_attempt_at: None,
            attempts: 0,
            returning: false,
            unknown_events: 0,
            newest_is_unknown: false,
            events: 0,
            pieces: Vec::new(),
        }
    }
}

impl Journey {
    /// How urgently a person should look, before a retailer's settings. A newest event that nobody understands asks for a look.
    pub fn default_attention(&self) -> Attention {
        let of_state = self.state.info().attention;
        if self.newest_is_unknown { of_state.max(Attention::Watch) } else { of_state }
    }

    /// Takes in estimates that came without a new event. Newer than what an event carries is only what came with that event or a later one;
    /// a repetition of one that was told before, as a redelivery makes, changes nothing.
    pub fn revise(&mut self, revisions: impl IntoIterator<Item = Revision>) {
        self.revisions.extend(revisions);
        self.revisions.sort_by(|a, b| (a.received_at, a.with, &a.window.end).cmp(&(b.received_at, b.with, &b.window.end)));
        let mut told: Vec<Revision> = Vec::new();
        for revision in self.revisions.drain(..) {
            if !told.iter().any(|t| t.with == revision.with && t.window == revision.window) {
                told.push(revision);
            }
        }
        told.drain(..told.len().saturating_sub(REVISIONS_MAX));
        self.revisions = told;
        let newest = self.revisions.iter().max_by_key(|r| (r.with, r.received_at));
        if let Some(newest) = newest.filter(|r| self.estimated_with.is_none_or(|with| r.with >= with)) {
            self.estimated = Some(newest.window.clone());
        }
    }

    /// What the walk came to, beside what was only counted.
    fn come_to(&mut self, walk: Walk, kind: ShipmentType) {
        self.state = walk.state;
        self.milestone = walk.state.milestone().unwrap_or(Milestone::Pending);
        self.reason = walk.reason;
        self.waiting_on = walk.state.info().waiting_on;
        self.state_since = walk.state_since();
        self.state_event = walk.event.map(|e| e.key());
        self.act_by = walk.act_by;
        self.agreed_until = walk.agreed_until;
        self.pickup_point = walk.pickup_point.cloned();
        self.delivered_at = walk.delivered_at;
        self.signed_by = walk.signed_by.cloned();
        self.had_at = walk.had_at;
        self.ended_at = if walk.state.is_terminal_for(kind) { walk.ended_at() } else { None };
        self.first_attempt_at = walk.first_attempt_at;
        self.returning = walk.is_returning();
        self.delivered_to = walk.delivered_to;
    }
}

/// So many are remembered.
const REVISIONS_MAX: usize = 20;

/// Folds all events of a shipment, in any order and with any repetition, into its journey.
pub fn fold(registration: &Registration, events: &[TrackingEvent]) -> Journey {
    let sequence = Sequence::of(events);
    let mut journey = tally(&sequence);
    let course = Course::of(registration);
    let barcodes = pieces::barcodes(registration, &sequence);
    if barcodes.len() < 2 {
        journey.come_to(Walk::along(course, &sequence, |_| true), registration.kind);
        return journey;
    }
    let walks: Vec<Walk> =
        barcodes.iter().map(|barcode| Walk::along(course, &sequence, |e| pieces::concerns(e, registration, barcode))).collect();
    journey.pieces = barcodes.iter().zip(&walks).map(|(b, w)| Piece { barcode: (*b).to_owned(), state: w.state }).collect();
    journey.come_to(pieces::together(walks), registration.kind);
    journey
}

/// What is counted over all events alike, whatever they mean.
fn tally(sequence: &Sequence) -> Journey {
    let mut journey = Journey { events: (sequence.dated.len() + sequence.undated.len()) as u32, ..Journey::default() };
    let mut estimated = None;
    let mut attempts: Vec<(&str, Moment)> = Vec::new();
    for &Told { event, when } in &sequence.dated {
        let Some(moment) = told_moment(event) else { continue };
        journey.last_event_at = Some(when);
        journey.last_event_by = journey.last_event_by.max(Some(moment.at_the_latest().max(when)));
        if event.state.is_physical() {
            // A day stands for its beginning here, so the earliest is not always the first in the sequence.
            journey.first_physical_at = Some(journey.first_physical_at.map_or(moment.at(), |first| first.min(moment.at())));
        }
        if event.state.milestone() == Some(Milestone::OutForDelivery) {
            journey.out_for_delivery_at = Some(when);
        }
        if is_failed_attempt(event.state) && is_another_attempt(&mut attempts, &event.carrier, moment) {
            journey.attempts += 1;
        }
        if let Some(window) = &event.estimated_delivery {
            (estimated, journey.estimated_with) = (Some(window), Some(when));
        }
        journey.newest_is_unknown = event.state == State::Unknown;
        journey.unknown_events += u32::from(event.state == State::Unknown);
    }
    journey.estimated = estimated.or_else(|| sequence.undated.iter().rev().find_map(|e| e.estimated_delivery.as_ref())).cloned();
    let undated_unknown = sequence.undated.iter().filter(|e| e.state == State::Unknown).count() as u32;
    journey.unknown_events += undated_unknown;
    journey.newest_is_unknown |= sequence.dated.is_empty() && undated_unknown > 0;
    journey
}

/// Remembers the attempt; false if the same carrier has told of it already.
fn is_another_attempt<'a>(attempts: &mut Vec<(&'a str, Moment)>, carrier: &'a str, moment: Moment) -> bool {
    let Some((_, last)) = attempts.iter_mut().find(|(c, _)| *c == carrier) else {
        attempts.push((carrier, moment));
        return true;
    };
    let to_the_day = last.precision == Precision::Day || moment.precision == Precision::Day;
    let same_day = to_the_day && last.local.date() == moment.local.date();
    if same_day || moment.at().duration_since(last.at()).abs() <= SAME_ATTEMPT {
        return false;
    }
    *last = moment;
    true
}

#[cfg(test)]
mod tests;
