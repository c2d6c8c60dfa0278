//! The catalogue of states: one table, and the one source for the API, the pages, the labels and the docs.
//! It holds the 56 values of the seed vendor's vocabulary and what it lacked. What other vendors call them is in `aliases.rs`.

use serde::{Deserialize, Serialize};

use crate::shipment::ShipmentType;

/// The coarse status; nine values, named as AfterShip names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    Pending,
    InfoReceived,
    InTransit,
    OutForDelivery,
    AttemptFail,
    AvailableForPickup,
    Delivered,
    Exception,
    Expired,
}

impl Milestone {
    pub const ALL: [Milestone; 9] = [
        Milestone::Pending,
        Milestone::InfoReceived,
        Milestone::InTransit,
        Milestone::OutForDelivery,
        Milestone::AttemptFail,
        Milestone::AvailableForPickup,
        Milestone::Delivered,
        Milestone::Exception,
        Milestone::Expired,
    ];
    pub fn id(self) -> &'static str {
        match self {
            Milestone::Pending => "pending",
            Milestone::InfoReceived => "info_received",
            Milestone::InTransit => "in_transit",
            Milestone::OutForDelivery => "out_for_delivery",
            Milestone::AttemptFail => "attempt_fail",
            Milestone::AvailableForPickup => "available_for_pickup",
            Milestone::Delivered => "delivered",
            Milestone::Exception => "exception",
            Milestone::Expired => "expired",
        }
    }
    pub fn parse(id: &str) -> Option<Milestone> {
        Milestone::ALL.into_iter().find(|m| m.id() == id)
    }
}

/// Green, amber, red: does a person need to look?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    None,
    Watch,
    Act,
}

impl Attention {
    pub fn id(self) -> &'static str {
        match self {
            Attention::None => "none",
            Attention::Watch => "watch",
            Attention::Act => "act",
        }
    }
    pub fn parse(id: &str) -> Option<Attention> {
        [Attention::None, Attention::Watch, Attention::Act].into_iter().find(|a| a.id() == id)
    }
}

/// Whose move is it? Silence is suspicious only while we wait for the carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingOn {
    Carrier,
    Shopper,
    Retailer,
    Authority,
    Nobody,
}

impl WaitingOn {
    pub fn id(self) -> &'static str {
        match self {
            WaitingOn::Carrier => "carrier",
            WaitingOn::Shopper => "shopper",
            WaitingOn::Retailer => "retailer",
            WaitingOn::Authority => "authority",
            WaitingOn::Nobody => "nobody",
        }
    }
}

/// For which shipment types a state is the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    Never,
    Always,
    /// Only for `return`, `return_drop_off` and `exchange`.
    ForReturns,
}

/// One row of the catalogue.
#[derive(Debug)]
pub struct StateInfo {
    pub state: State,
    pub id: &'static str,
    pub label: &'static str,
    /// `None` for `unknown` and `for_information`, which say nothing about progress.
    pub milestone: Option<Milestone>,
    pub attention: Attention,
    pub waiting_on: WaitingOn,
    /// Somebody touched the parcel.
    pub physical: bool,
    pub terminal: Terminal,
    /// One of the seed vendor's 56.
    pub seed: bool,
}

macro_rules! milestone {
    (None) => {
        None
    };
    ($m:ident) => {
        Some(Milestone::$m)
    };
}

macro_rules! states {
    ($($name:ident $id:literal $label:literal $milestone:ident $attention:ident $waiting:ident $physical:ident $terminal:ident $seed:ident;)*) => {
        /// A fine-grained state of a shipment.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum State { $($name),* }
        impl State {
            pub const ALL: &[State] = &[$(State::$name),*];
            pub fn id(self) -> &'static str { match self { $(State::$name => $id),* } }
            pub fn parse(id: &str) -> Option<State> { match id { $($id => Some(State::$name),)* _ => None } }
        }
        static CATALOGUE: &[StateInfo] = &[$(StateInfo {
            state: State::$name, id: $id, label: $label, milestone: milestone!($milestone), attention: Attention::$attention,
            waiting_on: WaitingOn::$waiting, physical: states!(@touched $physical), terminal: Terminal::$terminal, seed: states!(@seed $seed),
        }),*];
    };
    (@touched touched) => { true };
    (@touched told) => { false };
    (@seed seed) => { true };
    (@seed ours) => { false };
}

// name, id, label, milestone, attention, waiting on, touched or only told, terminal, in the seed's list or ours
states! {
    Registered "registered" "Registered" Pending None Retailer told Never ours;
    Dispatched "dispatched" "Dispatched" InfoReceived None Carrier told Never seed;
    AwaitingDropOff "awaiting_drop_off" "Awaiting drop-off" InfoReceived None Shopper told Never seed;
    CollectionScheduled "collection_scheduled" "Collection scheduled" InfoReceived None Carrier told Never seed;
    CollectionRescheduled "collection_rescheduled" "Collection rescheduled" InfoReceived None Carrier told Never seed;
    CarrierUnableToCollect "carrier_unable_to_collect" "Carrier unable to collect" Exception Watch Carrier told Never seed;
    CarrierRefusedToCollect "carrier_refused_to_collect" "Carrier refused to collect" Exception Act Retailer told Never seed;
    MissingManifest "missing_manifest" "Missing manifest" Exception Act Retailer told Never seed;
    DroppedOff "dropped_off" "Dropped off" InTransit None Carrier touched Never seed;
    CollectedByCarrier "collected_by_carrier" "Collected by carrier" InTransit None Carrier touched Never seed;
    InTransit "in_transit" "In transit" InTransit None Carrier touched Never seed;
    ArrivedAtHub "arrived_at_hub" "Arrived at a hub" InTransit None Carrier touched Never ours;
    DepartedHub "departed_hub" "Left a hub" InTransit None Carrier touched Never ours;
    DepartedOriginCountry "departed_origin_country" "Left the country of origin" InTransit None Carrier touched Never ours;
    ArrivedAtDestinationCountry "arrived_at_destination_country" "Arrived at destination country" InTransit None Carrier touched Never seed;
    AtCustoms "at_customs" "At customs" InTransit None Authority touched Never seed;
    HeldAtCustoms "held_at_customs" "Held at customs" Exception Watch Authority touched Never ours;
    CustomsChargesDue "customs_charges_due" "Customs charges due" Exception Watch Shopper told Never seed;
    ClearedThroughCustoms "cleared_through_customs" "Cleared through customs" InTransit None Carrier touched Never seed;
    CarrierChanged "carrier_changed" "Carrier changed" InTransit None Carrier touched Never seed;
    AtDeliveryDepot "at_delivery_depot" "At the local depot" InTransit None Carrier touched Never ours;
    InTransitWaiting "in_transit_waiting" "In transit, waiting" InTransit Watch Carrier touched Never seed;
    Misrouted "misrouted" "Misrouted" InTransit Watch Carrier touched Never seed;
    Delayed "delayed" "Delayed" Exception Watch Carrier told Never seed;
    Late "late" "Late, says the carrier" Exception Watch Carrier told Never seed;
    DeliveryScheduled "delivery_scheduled" "Delivery scheduled" InTransit None Carrier told Never seed;
    DeliveryAddressChanged "delivery_address_changed" "Delivery address changed" InTransit None Carrier told Never seed;
    HeldByCarrier "held_by_carrier" "Held by carrier" Exception Watch Carrier touched Never seed;
    ShipmentIssue "shipment_issue" "Shipment issue" Exception Watch Carrier told Never seed;
    IncorrectLabel "incorrect_label" "Incorrect label" Exception Act Retailer touched Never seed;
    ActionRequired "action_required" "Action required" Exception Act Retailer told Never seed;
    Damaged "damaged" "Damaged" Exception Act Retailer touched Never seed;
    Missing "missing" "Missing" Exception Act Carrier told Never seed;
    MayBeMissing "may_be_missing" "May be missing" Exception Act Carrier told Never seed;
    OutForDelivery "out_for_delivery" "Out for delivery" OutForDelivery None Carrier touched Never seed;
    FinalDeliveryAttempt "final_delivery_attempt" "Final delivery attempt" OutForDelivery Watch Carrier touched Never seed;
    DeliveryAttempted "delivery_attempted" "Delivery attempted" AttemptFail None Carrier touched Never seed;
    DeliveryFailed "delivery_failed" "Delivery failed" AttemptFail Watch Carrier touched Never seed;
    DeliveryFailedCardLeft "delivery_failed_card_left" "Delivery failed, card left" AttemptFail Watch Shopper touched Never seed;
    DeliveryRefused "delivery_refused" "Delivery refused" Exception Act Carrier touched Never seed;
    DeliveryRescheduled "delivery_rescheduled" "Delivery rescheduled" InTransit None Nobody told Never seed;
    ReadyForCollection "ready_for_collection" "Ready for collection" AvailableForPickup None Shopper touched Never seed;
    CollectionReminder "collection_reminder" "Collection reminder" AvailableForPickup None Shopper told Never seed;
    FinalCollectionReminder "final_collection_reminder" "Final collection reminder" AvailableForPickup None Shopper told Never seed;
    FailedToCollect "failed_to_collect" "Not collected in time" Exception Watch Carrier told Never seed;
    PartiallyDelivered "partially_delivered" "Partially delivered" InTransit Watch Carrier touched Never seed;
    Delivered "delivered" "Delivered" Delivered None Nobody touched Always seed;
    DeliveredToNeighbour "delivered_to_neighbour" "Delivered to neighbour" Delivered None Nobody touched Always seed;
    DeliveredToReception "delivered_to_reception" "Delivered to reception" Delivered None Nobody touched Always seed;
    DeliveredToSafeLocation "delivered_to_safe_location" "Delivered to safe location" Delivered None Nobody touched Always seed;
    DeliveredToLetterbox "delivered_to_letterbox" "Delivered through the letterbox" Delivered None Nobody touched Always ours;
    DeliveredDamaged "delivered_damaged" "Delivered damaged" Delivered Act Nobody touched Always seed;
    CollectedByShopper "collected_by_shopper" "Collected" Delivered None Nobody touched Always ours;
    ProofOfDeliveryAvailable "proof_of_delivery_available" "Proof of delivery available" Delivered None Nobody told Always seed;
    WillBeReturnedToSender "will_be_returned_to_sender" "Will be returned to sender" Exception Watch Carrier told Never seed;
    ReturningToSender "returning_to_sender" "On its way back to sender" Exception Watch Carrier touched Never ours;
    ReturnedToSender "returned_to_sender" "Returned to sender" Exception None Nobody touched Always seed;
    Refunded "refunded" "Refunded" Delivered None Nobody told ForReturns seed;
    ExchangeSuccessful "exchange_successful" "Exchange successful" Delivered None Nobody touched ForReturns seed;
    ExchangeFailed "exchange_failed" "Exchange failed" Exception Act Retailer touched Never seed;
    Lost "lost" "Lost" Exception Act Nobody told Always seed;
    Destroyed "destroyed" "Destroyed" Exception Act Nobody touched Always seed;
    Cancelled "cancelled" "Cancelled" Exception None Nobody told Always ours;
    UnableToTrack "unable_to_track" "Unable to track" Expired Act Carrier told Never seed;
    Expired "expired" "No news for a long time" Expired Watch Carrier told Never ours;
    ForInformation "for_information" "For information" None None Carrier told Never seed;
    Unknown "unknown" "Not understood yet" None Watch Carrier told Never seed;
}

impl State {
    pub fn info(self) -> &'static StateInfo {
        // The table is written by the same macro as the enum, in the same order.
        &CATALOGUE[self as usize]
    }
    pub fn label(self) -> &'static str {
        self.info().label
    }
    pub fn milestone(self) -> Option<Milestone> {
        self.info().milestone
    }
    pub fn is_physical(self) -> bool {
        self.info().physical
    }
    pub fn is_terminal_for(self, kind: ShipmentType) -> bool {
        match self.info().terminal {
            Terminal::Never => false,
            Terminal::Always => true,
            Terminal::ForReturns => kind.is_return(),
        }
    }
    /// Delivered in any of its kinds, collection by the shopper included.
    pub fn is_delivered(self) -> bool {
        self.milestone() == Some(Milestone::Delivered) && !matches!(self, State::Refunded | State::ExchangeSuccessful)
    }
    /// The parcel has turned round or will.
    pub fn is_return_leg(self) -> bool {
        matches!(self, State::WillBeReturnedToSender | State::ReturningToSender | State::ReturnedToSender)
    }
    /// Says nothing about where the parcel is; the shipment keeps its state.
    pub fn is_silent(self) -> bool {
        self.milestone().is_none()
    }
    /// How far along the way, 0–100. Breaks ties between scans of the same minute, and tells whether a summary is
    /// further than every scan. Troubles rank beside the step in which they happen.
    pub fn rank(self) -> u8 {
        use State::*;
        match self {
            Unknown | ForInformation => 0,
            Registered => 1,
            Dispatched | AwaitingDropOff | CollectionScheduled | CollectionRescheduled => 5,
            MissingManifest | CarrierUnableToCollect | CarrierRefusedToCollect | UnableToTrack | Expired => 6,
            DroppedOff => 10,
            CollectedByCarrier => 12,
            InTransit | InTransitWaiting | Misrouted | Delayed | Late | ShipmentIssue | CarrierChanged | HeldByCarrier => 20,
            ArrivedAtHub => 21,
            DepartedHub => 22,
            DepartedOriginCountry => 24,
            ArrivedAtDestinationCountry => 26,
            AtCustoms | HeldAtCustoms | CustomsChargesDue => 28,
            ClearedThroughCustoms => 30,
            AtDeliveryDepot | IncorrectLabel | ActionRequired | Damaged | Missing | MayBeMissing => 34,
            DeliveryScheduled | DeliveryAddressChanged | DeliveryRescheduled => 36,
            OutForDelivery => 40,
            FinalDeliveryAttempt => 42,
            DeliveryAttempted => 44,
            DeliveryFailed => 46,
            DeliveryFailedCardLeft => 48,
            ReadyForCollection => 60,
            CollectionReminder => 61,
            FinalCollectionReminder => 62,
            FailedToCollect => 64,
            DeliveryRefused => 66,
            WillBeReturnedToSender => 68,
            ReturningToSender => 70,
            PartiallyDelivered => 74,
            Delivered | DeliveredToNeighbour | DeliveredToReception | DeliveredToSafeLocation | DeliveredToLetterbox | DeliveredDamaged => {
                80
            }
            CollectedByShopper => 82,
            ProofOfDeliveryAvailable => 84,
            ReturnedToSender => 86,
            Cancelled | ExchangeFailed => 88,
            ExchangeSuccessful => 90,
            Refunded => 92,
            Lost => 94,
            Destroyed => 96,
        }
    }
}

/// Every row, in the order of the way a parcel takes.
pub fn catalogue() -> &'static [StateInfo] {
    CATALOGUE
}

impl Serialize for State {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let id = std::borrow::Cow::<str>::deserialize(d)?;
        State::parse(&id).ok_or_else(|| serde::de::Error::custom(format!("`{id}` is not a state; GET /api/v1/states lists them")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (i, row) in catalogue().iter().enumerate() {
            assert_eq!(row.state as usize, i);
            assert_eq!(State::parse(row.id), Some(row.state));
        }
    }

    #[test]
    fn the_catalogue_holds_the_56_states_of_the_seed() {
        assert_eq!(catalogue().iter().filter(|s| s.seed).count(), 56);
    }

    #[test]
    fn a_carded_delivery_is_amber_and_waits_for_the_shopper() {
        let card = State::DeliveryFailedCardLeft.info();
        assert_eq!(card.attention, Attention::Watch);
        assert_eq!(card.waiting_on, WaitingOn::Shopper);
    }
}
