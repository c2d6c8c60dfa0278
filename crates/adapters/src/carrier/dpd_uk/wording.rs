//! What DPD UK's few published codes and its sentences mean.

use whereabouts_domain::State::{self, *};

use crate::{
    carrier::{Code, code},
    phrase::{Phrase, says, says_why},
};

/// The few scan codes whose meaning was seen beside their words (the list is not published); for others the words decide.
pub const CODES: &[Code] = &[
    code("000", Dispatched),
    code("001", Delivered),
    code("004", AtDeliveryDepot),
    code("009", DepartedHub),
    code("015", OutForDelivery),
    // The status of the shipment and webhook APIs, by name.
    code("COLLECTED", CollectedByCarrier),
    code("IN_TRANSIT", InTransit),
    code("OUT_FOR_DELIVERY", OutForDelivery),
    code("DELIVERED", State::Delivered),
];

/// Wording that means something of its own here; the rest is common English.
pub(super) const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says("received your order details", Dispatched),
        says("received*order details", Dispatched),
        says("have not yet received your parcel", Dispatched),
        says("expecting*parcel", Dispatched),
        says("we have your parcel*on its way to", DepartedHub),
        says("is on its way to*depot", DepartedHub),
        says("has left the united kingdom", DepartedOriginCountry),
        says("in transit on its way to its final destination", InTransit),
        says("arrived at the local delivery depot", AtDeliveryDepot),
        says("is with your nearest*depot", AtDeliveryDepot),
        says("is at our*depot", AtDeliveryDepot),
        says("at the local depot awaiting collection", ReadyForCollection),
        says("on the vehicle for delivery", OutForDelivery),
        says("will be with you today", OutForDelivery),
        says("your driver*minutes away", OutForDelivery),
        says("with your driver", OutForDelivery),
        says("youre next", OutForDelivery),
        says("minutes away from", OutForDelivery),
        says_why("as requested*held at*depot", HeldByCarrier, RequestedByShopper),
        says_why("as requested*hold", HeldByCarrier, RequestedByShopper),
        says_why("as requested*collect*depot", HeldByCarrier, RequestedByShopper),
        says("left*neighbour|delivered*neighbour+as requested", DeliveredToNeighbour),
        says("left*safe place|delivered*safe place+as requested", DeliveredToSafeLocation),
        says_why("as requested*neighbour", DeliveryAddressChanged, RequestedByShopper),
        says_why("as requested*safe place", DeliveryAddressChanged, RequestedByShopper),
        says_why("as requested*pickup", DeliveryAddressChanged, RequestedByShopper),
        says_why("as requested*upgraded", ForInformation, RequestedByShopper),
        says_why("as requested*will now be delivered", DeliveryRescheduled, RequestedByShopper),
        says_why("as requested*delivered on", DeliveryRescheduled, RequestedByShopper),
        says("will now be delivered on", DeliveryRescheduled),
        says("delivered to*pickup", ReadyForCollection),
        says("available*collection*pickup", ReadyForCollection),
        says("ready to collect", ReadyForCollection),
        says("collected from*by*driver|collected from*by*courier", CollectedByCarrier),
        says("collected from*pickup", CollectedByShopper),
        says("been collected by", CollectedByShopper),
        says("collected from*depot", CollectedByShopper),
        says("handed over to*partner", CarrierChanged),
        says("sorry we missed you", DeliveryFailedCardLeft),
        says_why("left a calling card", DeliveryFailedCardLeft, NobodyHome),
        says_why("unable to gain entry", DeliveryAttempted, NoAccess),
        says_why("no response", DeliveryAttempted, NobodyHome),
        says("back at*depot", AtDeliveryDepot),
        says("returned to*depot", AtDeliveryDepot),
        says("returned to our*depot", AtDeliveryDepot),
        says("being returned to the sender", ReturningToSender),
        says("with the retailer", Dispatched),
    ]
};
