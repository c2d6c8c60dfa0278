//! What a page or a message may know of an order. There is no field here for a name, an e-mail address, a telephone number
//! or a street, so no template can leak one. Whoever fills it decides by role: a gift's recipient gets no lines and no items.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use whereabouts_domain::{
    DestinationKind, Milestone, Moment, PickupPoint, Promise, Reason, ShipmentType, State, Window,
    journey::{DeliveredTo, Piece},
};

use super::days::When;

/// An order that somebody follows by its link.
#[derive(Clone, Debug)]
pub struct FollowedOrder {
    pub order_number: Option<String>,
    pub ordered_at: Option<Timestamp>,
    /// Empty for a gift's recipient.
    pub lines: Vec<FollowedLine>,
    pub despatch_by: Option<When>,
    pub promised: Option<Promise>,
    pub parcels: Vec<FollowedParcel>,
    /// The recipient's zone: all days are told in it.
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl FollowedOrder {
    pub fn new(now: Timestamp, zone: TimeZone) -> FollowedOrder {
        FollowedOrder {
            order_number: None,
            ordered_at: None,
            lines: Vec::new(),
            despatch_by: None,
            promised: None,
            parcels: Vec::new(),
            zone,
            now,
        }
    }
}

/// A line of the order.
#[derive(Clone, Debug, Default)]
pub struct FollowedLine {
    pub name: String,
    pub quantity: i64,
    pub shipped: i64,
    pub cancelled: i64,
    pub image_url: Option<String>,
    pub back_ordered_until: Option<Date>,
}

impl FollowedLine {
    /// How many are still to leave the house.
    pub fn to_come(&self) -> i64 {
        (self.quantity - self.shipped - self.cancelled).max(0)
    }
}

/// Something in a parcel.
#[derive(Clone, Debug, Default)]
pub struct FollowedItem {
    pub name: String,
    pub quantity: i64,
    pub image_url: Option<String>,
}

/// A shipment, as its shopper calls it: a parcel.
#[derive(Clone, Debug)]
pub struct FollowedParcel {
    /// As registered; shown letter by letter.
    pub tracking_number: Option<String>,
    /// The carrier's name as people know it.
    pub carrier: Option<String>,
    pub carrier_url: Option<String>,
    pub kind: ShipmentType,
    pub state: State,
    pub milestone: Milestone,
    pub reason: Option<Reason>,
    pub state_since: Option<Timestamp>,
    pub destination: DestinationKind,
    pub town: Option<String>,
    /// The retailer says it has left the house (`shipped_at` or `handed_over_at` is past).
    pub handed_over: bool,
    pub first_promised: Option<Promise>,
    pub promised: Option<Promise>,
    pub estimated: Option<Window>,
    /// The day by which half of such parcels arrive, where the estimate is our own.
    pub middle: Option<Date>,
    /// What the carrier publishes of the service, where nobody estimates or promises anything.
    pub aimed: Option<Window>,
    pub late: bool,
    pub may_be_missing: bool,
    pub disputed: bool,
    pub last_heard_at: Option<Timestamp>,
    pub delivered_at: Option<Moment>,
    pub delivered_to: Option<DeliveredTo>,
    pub signed_by: Option<String>,
    pub pickup_point: Option<PickupPoint>,
    pub act_by: Option<Timestamp>,
    pub attempts: u32,
    pub pieces: Vec<Piece>,
    /// In any order; the page sorts them.
    pub events: Vec<FollowedEvent>,
    /// Empty for a gift's recipient.
    pub items: Vec<FollowedItem>,
}

impl Default for FollowedParcel {
    fn default() -> FollowedParcel {
        FollowedParcel {
            tracking_number: None,
            carrier: None,
            carrier_url: None,
            kind: ShipmentType::Delivery,
            state: State::Registered,
            milestone: Milestone::Pending,
            reason: None,
            state_since: None,
            destination: DestinationKind::Home,
            town: None,
            handed_over: false,
            first_promised: None,
            promised: None,
            estimated: None,
            middle: None,
            aimed: None,
            late: false,
            may_be_missing: false,
            disputed: false,
            last_heard_at: None,
            delivered_at: None,
            delivered_to: None,
            signed_by: None,
            pickup_point: None,
            act_by: None,
            attempts: 0,
            pieces: Vec::new(),
            events: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl FollowedParcel {
    /// The carrier's name to stand inside a sentence.
    pub fn carrier_words(&self) -> &str {
        self.carrier.as_deref().unwrap_or("the carrier")
    }
}

/// A tracking event as told.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedEvent {
    pub id: Option<String>,
    pub state: State,
    pub reason: Option<Reason>,
    /// Who said it, by the name people know.
    pub carrier: Option<String>,
    pub carrier_code: Option<String>,
    /// The carrier's own words.
    pub description: String,
    /// Town or facility; never the recipient's street.
    pub place: Option<String>,
    pub moment: Option<Moment>,
}
