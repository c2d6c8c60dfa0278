//! What other vendors call our states: the crosswalk. Facts from the vendors' own published vocabularies
//! (`AfterShip`, EasyPost, Shippo, 17TRACK, `ShipEngine`, Shopify, Sorted), most specific code first.
//!
//! Many codes of a vendor may mean one of our states; every code means exactly one. `EasyPost` says the same word in
//! `status` and `status_detail`, so its codes are written `status/status_detail`, and the status alone as the fallback.

use crate::State;

/// A vendor vocabulary of the crosswalk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    AfterShip,
    EasyPost,
    Shippo,
    SeventeenTrack,
    ShipEngine,
    Shopify,
    Sorted,
}

impl Vendor {
    pub const ALL: [Vendor; 7] =
        [Vendor::AfterShip, Vendor::EasyPost, Vendor::Shippo, Vendor::SeventeenTrack, Vendor::ShipEngine, Vendor::Shopify, Vendor::Sorted];
    pub fn id(self) -> &'static str {
        match self {
            Vendor::AfterShip => "aftership",
            Vendor::EasyPost => "easypost",
            Vendor::Shippo => "shippo",
            Vendor::SeventeenTrack => "seventeentrack",
            Vendor::ShipEngine => "shipengine",
            Vendor::Shopify => "shopify",
            Vendor::Sorted => "sorted",
        }
    }
}

/// One line of the crosswalk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    pub state: State,
    pub vendor: Vendor,
    pub code: &'static str,
}

/// Every name that other vendors have for this state, vendor by vendor.
pub fn aliases_of(state: State) -> impl Iterator<Item = Alias> {
    all().filter(move |alias| alias.state == state)
}

/// What a vendor's code means: exactly first, then without regard to letter case. `None` for a code we do not know.
pub fn state_of(vendor: Vendor, code: &str) -> Option<State> {
    let code = code.trim();
    let of_vendor = || all().filter(|alias| alias.vendor == vendor);
    of_vendor().find(|a| a.code == code).or_else(|| of_vendor().find(|a| a.code.eq_ignore_ascii_case(code))).map(|a| a.state)
}

/// The whole crosswalk. Sorted's ids are ours by construction: the catalogue is a superset of its vocabulary.
pub fn all() -> impl Iterator<Item = Alias> {
    let sorted = crate::state::catalogue().iter().filter(|row| row.seed);
    ALIASES.iter().copied().chain(sorted.map(|row| Alias { state: row.state, vendor: Vendor::Sorted, code: row.id }))
}

macro_rules! aliases {
    ($($vendor:ident { $($state:ident: $($code:literal)+;)* })*) => {
        static ALIASES: &[Alias] = &[$($($(Alias { state: State::$state, vendor: Vendor::$vendor, code: $code },)+)*)*];
    };
}

aliases! {
    AfterShip {
        Registered: "Pending_001" "Pending_002" "Pending_003" "Pending_004" "Pending_005" "Pending_006" "Pending";
        Dispatched: "InfoReceived_001" "InfoReceived";
        CollectedByCarrier: "InTransit_002";
        InTransit: "InTransit_001" "InTransit_008" "InTransit";
        ArrivedAtHub: "InTransit_003";
        DepartedHub: "InTransit_007";
        ArrivedAtDestinationCountry: "InTransit_004";
        AtCustoms: "InTransit_006";
        ClearedThroughCustoms: "InTransit_005";
        DeliveryAddressChanged: "InTransit_009";
        // Contacted and with an appointment: AfterShip counts both as out for delivery, and so did the shopper's mail.
        OutForDelivery: "OutForDelivery_001" "OutForDelivery_003" "OutForDelivery_004" "OutForDelivery";
        DeliveryAttempted: "AttemptFail_001" "AttemptFail";
        DeliveryFailed: "AttemptFail_002" "AttemptFail_003" "Exception_002" "Exception_007";
        DeliveryRefused: "Exception_003";
        ReadyForCollection: "AvailableForPickup_001" "AvailableForPickup";
        FailedToCollect: "Exception_008";
        Delivered: "Delivered_001" "Delivered_003" "Delivered_004" "Delivered";
        CollectedByShopper: "Delivered_002";
        DeliveredToNeighbour: "Delivered_005";
        HeldAtCustoms: "Exception_004";
        CustomsChargesDue: "Exception_006";
        ActionRequired: "Exception_018";
        Delayed: "Exception_005" "Exception_016" "Exception_017" "Exception_019";
        CarrierRefusedToCollect: "Exception_009";
        ReturningToSender: "Exception_010";
        ReturnedToSender: "Exception_011";
        Damaged: "Exception_012";
        Lost: "Exception_013";
        Cancelled: "Exception_020";
        Destroyed: "Exception_021";
        ShipmentIssue: "Exception_001" "Exception";
        Expired: "Expired_001" "Expired";
    }
    EasyPost {
        Registered: "unknown/unknown" "unknown";
        Dispatched: "pre_transit/label_created" "pre_transit/status_update" "pre_transit/awaiting_information" "pre_transit";
        CollectedByCarrier: "in_transit/received_at_origin_facility";
        ArrivedAtHub: "in_transit/arrived_at_facility";
        DepartedHub: "in_transit/departed_facility" "in_transit/departed_origin_facility";
        AtDeliveryDepot: "in_transit/received_at_destination_facility";
        CarrierChanged: "in_transit/transferred_to_destination_carrier";
        Delayed: "in_transit/delayed" "in_transit/weather_delay" "failure/delayed" "failure/weather_delay";
        HeldByCarrier: "in_transit/held" "failure/held";
        Misrouted: "in_transit/missorted" "failure/missorted";
        ActionRequired: "in_transit/awaiting_information";
        ShipmentIssue: "in_transit/transit_exception" "in_transit/address_correction" "failure/transit_exception";
        InTransit: "in_transit/in_transit" "in_transit/status_update" "in_transit/unknown" "in_transit";
        OutForDelivery: "out_for_delivery/out_for_delivery" "in_transit/out_for_delivery" "out_for_delivery";
        DeliveryAttempted: "in_transit/delivery_exception" "out_for_delivery/delivery_exception";
        DeliveryFailed: "failure/delivery_exception" "failure/address_correction" "failure/failure" "failure";
        ReadyForCollection: "available_for_pickup/arrived_at_pickup_location" "in_transit/arrived_at_pickup_location" "available_for_pickup";
        DeliveryRefused: "return_to_sender/refused" "in_transit/refused" "failure/refused";
        Damaged: "failure/damaged" "in_transit/damaged";
        Lost: "failure/lost";
        Missing: "in_transit/lost";
        Delivered: "delivered/arrived_at_destination" "delivered";
        ReturningToSender: "return_to_sender/return" "in_transit/return" "failure/return" "return_to_sender";
        Cancelled: "cancelled/cancelled" "in_transit/cancelled" "failure/cancelled" "cancelled";
        Expired: "unknown/expired" "in_transit/expired" "failure/expired";
        UnableToTrack: "error/unknown" "error";
    }
    Shippo {
        Registered: "other" "UNKNOWN";
        Dispatched: "information_received" "PRE_TRANSIT";
        CollectedByCarrier: "package_accepted";
        ArrivedAtHub: "package_arrived";
        DepartedHub: "package_departed";
        CarrierChanged: "package_forwarded";
        InTransit: "package_processed" "package_processing" "TRANSIT";
        HeldByCarrier: "package_held";
        Delayed: "delayed";
        ActionRequired: "contact_carrier" "reschedule_delivery";
        DeliveryScheduled: "delivery_scheduled";
        DeliveryRescheduled: "delivery_rescheduled";
        OutForDelivery: "out_for_delivery";
        DeliveryAttempted: "delivery_attempted";
        DeliveryFailedCardLeft: "notice_left";
        DeliveryFailed: "address_issue" "location_inaccessible" "package_undeliverable" "FAILURE";
        ReadyForCollection: "pickup_available";
        FailedToCollect: "package_unclaimed";
        Damaged: "package_damaged";
        Destroyed: "package_disposed";
        Lost: "package_lost";
        // Shippo says RETURNED both on the way back and after it.
        ReturningToSender: "return_to_sender" "RETURNED";
        Delivered: "DELIVERED";
    }
    SeventeenTrack {
        Registered: "NotFound_Other" "NotFound";
        UnableToTrack: "NotFound_InvalidCode";
        Dispatched: "InfoReceived";
        CollectedByCarrier: "InTransit_PickedUp" "PickedUp";
        DepartedOriginCountry: "InTransit_Departure" "Departure";
        ArrivedAtDestinationCountry: "InTransit_Arrival" "Arrival";
        ArrivedAtHub: "InTransit_TransportArrived";
        AtCustoms: "InTransit_CustomsProcessing";
        ClearedThroughCustoms: "InTransit_CustomsReleased";
        ActionRequired: "InTransit_CustomsRequiringInformation";
        InTransit: "InTransit_Other" "InTransit";
        Expired: "Expired_Other" "Expired";
        ReadyForCollection: "AvailableForPickup_Other" "AvailableForPickup";
        OutForDelivery: "OutForDelivery_Other" "OutForDelivery";
        DeliveryAttempted: "DeliveryFailure_Other" "DeliveryFailure";
        DeliveryFailed: "DeliveryFailure_NoBody" "DeliveryFailure_InvalidAddress" "DeliveryFailure_Security";
        DeliveryRefused: "DeliveryFailure_Rejected" "Exception_Rejected";
        Delivered: "Delivered_Other" "Delivered";
        ReturningToSender: "Exception_Returning" "Returning";
        ReturnedToSender: "Exception_Returned" "Returned";
        HeldByCarrier: "Exception_Security";
        Damaged: "Exception_Damage";
        Delayed: "Exception_Delayed";
        Lost: "Exception_Lost";
        Destroyed: "Exception_Destroyed";
        Cancelled: "Exception_Cancel";
        // "Exception" is not "returned": shoppers were frightened by that reading.
        ShipmentIssue: "Exception_NoBody" "Exception_Other" "Exception";
    }
    ShipEngine {
        Registered: "UN";
        Dispatched: "SHIPMENT_CREATED" "ELEC_ADVICE_RECD_BY_CARRIER" "AWAITING_DESPATCH" "AWAITING_PICKUP_DROP_OFF" "NOT_YET_RECEIVED_BY_CARRIER" "NY";
        MissingManifest: "AWAITING_ELECTRONIC_ADVICE" "RECD_BY_CARRIER_NO_ELEC_ADVICE";
        CollectionScheduled: "COLLECTION_REQUESTED";
        CarrierUnableToCollect: "COLLECTION_FAILED";
        DroppedOff: "DROPPED_OFF";
        CollectedByCarrier: "PICKED_UP" "COLLECTION_MADE" "RECEIVED_BY_CARRIER" "DESPATCHED" "AC";
        ArrivedAtHub: "HUB_SCAN_IN";
        DepartedHub: "HUB_SCAN_OUT";
        InTransit: "HUB_PROCESSING" "IN_TRANSIT" "IT";
        AtDeliveryDepot: "RECEIVED_LOCAL_DELIVERY_DEPOT";
        CarrierChanged: "SUB_CONTRACTOR_RECEIVED" "SUB_CONTRACTOR_EVENT";
        AtCustoms: "CUSTOMS_PROCESSING" "HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING";
        HeldAtCustoms: "HELD_BY_CUSTOMS" "HELD_BY_EXPORT_CUSTOMS" "HELD_BY_IMPORT_CUSTOMS";
        ClearedThroughCustoms: "CUSTOMS_CLEARED";
        CustomsChargesDue: "DUTY_NOT_PAID";
        ActionRequired: "INCORRECT_DECLARATION";
        HeldByCarrier: "HELD_BY_CARRIER";
        Delayed: "CARRIER_DELAYS" "DELAYED_NOT_CARRIER";
        Misrouted: "MISROUTED" "MISSORTED" "ROUTING_ERROR";
        ShipmentIssue: "PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY" "EX";
        DeliveryScheduled: "DELIVERY_SCHEDULED" "DELIVERY_ARRANGED_WITH_RECIPIENT";
        DeliveryRescheduled: "DELIVERY_RESCHEDULED";
        DeliveryAddressChanged: "PARCEL_REDIRECTED";
        OutForDelivery: "OUT_FOR_DELIVERY";
        DeliveryAttempted: "ATTEMPTED_DELIVERY" "ATTEMPTED_DELIVERY_2ND" "ATTEMPTED_DELIVERY_3RD" "AT";
        DeliveryFailed: "ATTEMPTED_DELIVERY_FINAL" "NO_ACCESS_TO_RECIPIENTS_ADDRESS" "CUSTOMER_IDENTIFICATION_FAILED" "COD_AMOUNT_NOT_PAID"
            "INVALID_METHOD_OF_PAYMENT" "ADDRESS_QUERY" "NOT_DELIVERED_ADDRESSEE_DECEASED" "NOT_DELIVERED";
        DeliveryFailedCardLeft: "CUSTOMER_CARDED";
        DeliveryRefused: "REFUSED_BY_CUSTOMER";
        ReadyForCollection: "DELIVERED_TO_PICKUP_POINT" "AWAITING_COLLECTION_FROM_PICKUP_POINT" "DELIVERED_TO_LOCKER_COLLECTION_POINT"
            "COLLECT_AT_LOCAL_PO" "CUSTOMER_TO_COLLECT_FROM_CARRIER" "DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION" "SP";
        FailedToCollect: "NOT_COLLECTED_FROM_PICKUP_POINT";
        Delivered: "DELIVERED" "DELIVERED_TO_PO_BOX" "DE";
        DeliveredToNeighbour: "DELIVERED_TO_NEIGHBOUR";
        DeliveredToReception: "DELIVERED_TO_RECEPTION";
        DeliveredToSafeLocation: "DELIVERED_SPECIFIED_SAFE_PLACE";
        DeliveredDamaged: "DELIVERED_DAMAGED";
        PartiallyDelivered: "DELIVERED_IN_PART";
        CollectedByShopper: "PARCEL_COLLECTED_FROM_PICKUP_POINT";
        ProofOfDeliveryAvailable: "PROOF_OF_DELIVERY";
        WillBeReturnedToSender: "CUSTOMER_MOVED" "HAZARDOUS_PROHIBITED";
        ReturningToSender: "RETURN_TO_SENDER";
        Damaged: "PARCEL_DAMAGED";
        Lost: "PARCEL_LOST";
        Destroyed: "PARCEL_DISPOSED";
        Cancelled: "CANCELLED" "CANCELLED_BEFORE_DESPATCH";
        Expired: "TRACKING_EXPIRED";
        ForInformation: "INFORMATION" "PARCEL_UPDATE_NOTIFICATION" "PARCEL_UPDATE_NOTIFICATION_VIA_EMAIL" "PARCEL_UPDATE_NOTIFICATION_VIA_SMS"
            "PARCEL_OVER_LABELLED" "PARCEL_REPACKED" "COD_AMOUNT_PAID" "POST_TRANSIT_STATUS";
        Unknown: "CARRIER_STATUS_NOT_MAPPED";
    }
    Shopify {
        Dispatched: "LABEL_PURCHASED" "LABEL_PRINTED" "CONFIRMED";
        CollectedByCarrier: "CARRIER_PICKED_UP";
        InTransit: "IN_TRANSIT";
        OutForDelivery: "OUT_FOR_DELIVERY";
        DeliveryAttempted: "ATTEMPTED_DELIVERY";
        Delayed: "DELAYED";
        ReadyForCollection: "READY_FOR_PICKUP" "READY_FOR_RECIPIENT_PICKUP";
        CollectedByShopper: "PICKED_UP";
        Delivered: "DELIVERED";
        ActionRequired: "BUYER_ACTION_REQUIRED";
        ReturningToSender: "RETURNING_TO_SENDER";
        DeliveryFailed: "FAILURE";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_56_ids_of_the_seed_mean_what_they_say() {
        let sorted: Vec<Alias> = all().filter(|a| a.vendor == Vendor::Sorted).collect();
        assert_eq!(sorted.len(), 56);
        for alias in sorted {
            assert_eq!(state_of(Vendor::Sorted, alias.code).map(State::id), Some(alias.code));
        }
        assert_eq!(state_of(Vendor::Sorted, "registered"), None, "registered is ours, not the seed's");
    }

    #[test]
    fn no_vendor_has_a_code_with_two_meanings() {
        let mut seen = HashSet::new();
        for alias in all() {
            assert!(seen.insert((alias.vendor.id(), alias.code.to_ascii_lowercase())), "{} twice at {}", alias.code, alias.vendor.id());
        }
    }

    #[test]
    fn published_vocabularies_are_whole() {
        let count = |vendor| all().filter(|a| a.vendor == vendor).count();
        assert!(count(Vendor::AfterShip) >= 9 + 41);
        assert!(count(Vendor::SeventeenTrack) >= 9 + 30 - 1, "InfoReceived is both main and sub");
        assert!(count(Vendor::ShipEngine) >= 8 + 75);
        assert_eq!(count(Vendor::Shippo), 6 + 27 - 1, "delivered is both status and substatus");
        for status in
            "unknown pre_transit in_transit out_for_delivery delivered available_for_pickup return_to_sender failure cancelled error"
                .split(' ')
        {
            assert!(state_of(Vendor::EasyPost, status).is_some(), "{status}");
        }
    }

    #[test]
    fn the_crosswalk_reads_as_the_vendors_mean_it() {
        let table = [
            (Vendor::AfterShip, "Delivered_002", State::CollectedByShopper),
            (Vendor::AfterShip, "exception_010", State::ReturningToSender),
            (Vendor::EasyPost, "failure/lost", State::Lost),
            (Vendor::Shippo, "delivered", State::Delivered),
            (Vendor::SeventeenTrack, "Exception_Other", State::ShipmentIssue),
            (Vendor::ShipEngine, "SP", State::ReadyForCollection),
            (Vendor::Shopify, "PICKED_UP", State::CollectedByShopper),
        ];
        for (vendor, code, state) in table {
            assert_eq!(state_of(vendor, code), Some(state), "{code}");
        }
        assert_eq!(state_of(Vendor::AfterShip, "Delivered_099"), None);
        assert!(aliases_of(State::DeliveredToNeighbour).any(|a| a.vendor == Vendor::AfterShip && a.code == "Delivered_005"));
    }
}
