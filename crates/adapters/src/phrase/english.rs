//! The English that carriers and scrapers of their pages use for parcels, from the particular to the general.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

/// Common English of carriers and shops on both sides of the Atlantic, after a carrier's own phrases.
pub const ENGLISH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        says("will be out for delivery", AtDeliveryDepot),
        says("delivered in error", Unknown),
        // On the van, in words that hold a delivery.
        says("attempt at delivery is being made|expected to be delivered during the day", OutForDelivery),
        // The way back.
        says_why("refused*will*be returned", WillBeReturnedToSender, Refused),
        says_why("no longer at*return", WillBeReturnedToSender, RecipientMoved),
        says_why("holding period*returned|retention exceeded", WillBeReturnedToSender, NotCollected),
        says("will*be returned to|will now be returned|due to be returned|to be returned to|marked for return", WillBeReturnedToSender),
        says("return to sender requested|return to sender initiated|return requested|return initiated", WillBeReturnedToSender),
        says("being returned|were returning|returning to|on its way back to|is on its way back", ReturningToSender),
        says(
            "delivered back to|returned to*sender|returned to*retailer|returned to*merchant|delivered to*sender|delivered to shipper|delivered to the shipper|delivered to consignor|delivered to the consignor|returned to shipper",
            ReturnedToSender,
        ),
        says("return to sender|return to shipper|returning.|returned back|way back to the sender|return shipment", ReturningToSender),
        // Refused, damaged, lost.
        says_why("refused|rejected by*recipient|rejected by*customer|declined", DeliveryRefused, Refused),
        says_why("delivered*damaged", DeliveredDamaged, Reason::Damaged),
        says_why("damaged", State::Damaged, Reason::Damaged),
        says_why("may be lost", MayBeMissing, Reason::Lost),
        says_why("unable to locate|not located|cannot locate|parcel*missing.", Missing, Reason::Lost),
        says_why("lost.|cannot be located", State::Lost, Reason::Lost),
        says_why("stolen", State::Lost, Stolen),
        says("destroyed|disposed", Destroyed),
        says("collection*cancelled", CarrierUnableToCollect),
        says("cancelled|canceled|voided", Cancelled),
        // Customs.
        says("released*customs|customs*cleared|cleared*customs|customs*released|customs clearance*complete", ClearedThroughCustoms),
        says("customs clearance*completed", ClearedThroughCustoms),
        says_why(
            "customs charges|customs charge|customs fee|import charges|awaiting*duty|duties*paid|duty*payable",
            CustomsChargesDue,
            DutyDue,
        ),
        says_why("customs*documents|customs*documentation|customs*paperwork", HeldAtCustoms, CustomsDocumentsMissing),
        says("held*customs|customs*hold|customs*held|retained*customs|customs delay", HeldAtCustoms),
        says_why(
            "duty|duties|customs fee|import fee|payment+due.|required|awaiting|pending|unpaid|payable|outstanding",
            CustomsChargesDue,
            DutyDue,
        ),
        says(
            "customs|clearance|shipment release+cleared|released|complete|release.|success|out of customs|international shipment release",
            ClearedThroughCustoms,
        ),
        says_why("customs|clearance+held|delay|hold|detained|retained|stopped", HeldAtCustoms, CustomsInspection),
        says_why("customs|clearance+document|information required|paperwork|invoice", HeldAtCustoms, CustomsDocumentsMissing),
        says("customs|clearance|clearing agency", AtCustoms),
        // Collected there, waiting there.
        says_why(
            "not collected|uncollected|not been collected|collection*expired|not picked up by|not claimed|unclaimed|storage period|maximum storage|max storage",
            FailedToCollect,
            NotCollected,
        ),
        says("final reminder*collect", FinalCollectionReminder),
        says("reminder*collect|reminder*collection", CollectionReminder),
        says("will be+available for pick|ready for pick|ready for collection|available for collection", InTransit),
        says("ready for collection|ready to collect|ready to be collected|ready for you to collect", ReadyForCollection),
        says("ready for pickup|ready for pick up|ready to pick up|available for collection|available to collect", ReadyForCollection),
        says("available for redelivery or collection|available for pickup|awaiting collection by", ReadyForCollection),
        says("awaiting collection|awaiting customer collection|waiting to be collected|waiting for you", ReadyForCollection),
        says("waiting for collection|delivered to*collection point|delivered to*parcelshop", ReadyForCollection),
        says("delivered to*parcel shop|delivered to*pickup shop|delivered to*pickup point", ReadyForCollection),
        says("delivered to*pickup location|delivered to*locker|delivered to*post office", ReadyForCollection),
        says("delivered to*customer service point|delivered to*store for collection", ReadyForCollection),
        says("arrived at pickup point|reached the parcelshop|arrived at the parcelshop|at the pick up point", ReadyForCollection),
        says(
            "delivered+access point|pickup point|pick up point|parcelshop|parcel shop|collection point|service point|packstation|for collection|for pickup|for pick up|retail outlet|parcel box",
            ReadyForCollection,
        ),
        says("collected by*customer|collected by*recipient|collected by*addressee|collected by*consignee", CollectedByShopper),
        says("collected by*receiver|picked up by*customer|picked up by*recipient|customer collected", CollectedByShopper),
        says("collected+by customer|by the customer|by recipient|by the recipient|by addressee", CollectedByShopper),
        says("collected from*parcelshop|collected from*pickup|collected from*post office|collected from*locker", CollectedByShopper),
        says("collected from*customer service point|collected from*delivery office", CollectedByShopper),
        says(
            "picked up by*consignee|picked up by*consumer|recipient has picked up|picked up from the pack|picked up from the retail",
            CollectedByShopper,
        ),
        // Tried and failed.
        says_why(
            "left a card|left you a card|card left|calling card|carded|notice left|notification card|notified by card",
            DeliveryFailedCardLeft,
            NobodyHome,
        ),
        says_why(
            "not deliver|not be deliver|unable to deliver|attempt|undeliver|failed|unsuccessful|not possible+not at home|not home|nobody|no one|not in.|absent|no answer|unavailable|not available|no authorized recipient|not present|not met",
            DeliveryFailed,
            NobodyHome,
        ),
        says_why(
            "no answer|nobody*home|nobody was in|no one*home|no one was in|not at home|not home|you were out",
            DeliveryAttempted,
            NobodyHome,
        ),
        says_why("customer*not in|customer out|missed you|didnt seem to be anyone in|recipient*unavailable", DeliveryAttempted, NobodyHome),
        says_why("recipient*not available", DeliveryAttempted, NobodyHome),
        says_why("addressee not available|consignee absent|receiver not present|customer not available", DeliveryFailed, NobodyHome),
        says_why("not be delivered|not deliver|unable to deliver+closed", DeliveryFailed, BusinessClosed),
        says_why(
            "business*closed|premises*closed|company*closed|reception*closed|was closed|receiver closed",
            DeliveryAttempted,
            BusinessClosed,
        ),
        says_why("shop*closed|parcelshop*full|locker*full", DeliveryAttempted, PickupPointFull),
        says_why(
            "no access|access denied|gate locked|inaccessible|unable to gain access|unable to access|couldnt access",
            DeliveryAttempted,
            NoAccess,
        ),
        says_why("address*incomplete|incomplete*address|insufficient address", DeliveryFailed, AddressIncomplete),
        says_why("incorrectly addressed|incorrect*address|wrong address|address*incorrect|address*query", DeliveryFailed, AddressWrong),
        says_why("address*problem|unable to find*address|couldnt find*address", DeliveryFailed, AddressWrong),
        says_why(
            "address+incorrect|wrong|invalid|bad.|unknown|not found|not locatable|error|issue|inaccurate|problem|query",
            DeliveryFailed,
            AddressWrong,
        ),
        says_why("gone away|moved away|no longer at", DeliveryFailed, RecipientMoved),
        says_why("moved.+left no address|addressee|consignee|recipient|customer", DeliveryFailed, RecipientMoved),
        says_why("addressee unknown|unknown recipient|recipient unknown|not known at", DeliveryFailed, RecipientUnknown),
        says_why("age verification|proof of age|no id", DeliveryAttempted, IdentityNotProven),
        says_why("ran out of time|lack of time|timeframe exceeded", DeliveryFailed, OutOfTime),
        says("delivery date agreed|delivery date has been|appointment|scheduled for delivery|delivery scheduled", DeliveryScheduled),
        says("second*delivery attempt|delivery attempted|delivery was attempted|attempted delivery", DeliveryAttempted),
        says("attempted to deliver|delivery attempt|tried to deliver|first attempt|second attempt", DeliveryAttempted),
        says("not been delivered yet|not delivered yet", InTransit),
        says("could not be delivered|not possible|not delivered+has been notified|was notified", DeliveryFailedCardLeft),
        says("unable to deliver|unable to complete*delivery|unable to be delivered|couldnt deliver", DeliveryFailed),
        says("could not*deliver|could not be delivered|couldnt be delivered|cannot be delivered|cant be delivered", DeliveryFailed),
        says("not been able to deliver|not delivered|undelivered|undeliverable|wasnt delivered|was not delivered", DeliveryFailed),
        says("not been delivered|delivery failed|failed delivery|delivery unsuccessful|unsuccessful delivery", DeliveryFailed),
        says("failed to deliver|delivery was not successful|delivery not possible", DeliveryFailed),
        says("held at post office|for recipient pickup|for customer pick|ready for recipient|awaiting customer pickup", ReadyForCollection),
        // Agreed for another day or place.
        says_why("as requested*will now be delivered", DeliveryRescheduled, RequestedByShopper),
        says("will now be delivered on", DeliveryRescheduled),
        says("will be delivered on", DeliveryScheduled),
        says("rescheduled|rearranged|redelivery|delivery date*changed|new delivery date", DeliveryRescheduled),
        says(
            "diverted|rerouted|re routed|forwarded to a new|forwarded to new|delivery option saved|delivery option has been saved|change of delivery|redirected|redirection|address*changed|address*amended|address*updated|address*corrected",
            DeliveryAddressChanged,
        ),
        // Wrong way and late.
        says_why(
            "mis sort|mis sorted|missort|missorted|misrouted|mis routed|wrong depot|incorrect depot|sorting error|sent to wrong|wrong facility|incorrectly sorted",
            Misrouted,
            Missorted,
        ),
        says_why("went to*in error", Misrouted, Missorted),
        says_why("weather|storm.|flood.|snow.", Delayed, Weather),
        says_why("industrial action|strike", Delayed, Strike),
        says_why("traffic.|mechanical|vehicle*breakdown", Delayed, Traffic),
        says_why("public holiday|bank holiday", Delayed, PublicHoliday),
        says_why("label+unreadable|illegible|missing", IncorrectLabel, LabelUnreadable),
        says("delay|running late", Delayed),
        // On the van.
        says("out for delivery|on the vehicle for delivery|vehicle for delivery|on a van*delivery", OutForDelivery),
        says(
            "with*driver for delivery|with*courier for delivery|with delivery courier|loaded*delivery vehicle|loaded*for delivery|will be with you today|with you today",
            OutForDelivery,
        ),
        says("due to be delivered today|due for delivery today|will be delivered today|delivering*today", OutForDelivery),
        says("deliver*today|delivery today|arriving today|out with*courier|out with*driver|minutes away", OutForDelivery),
        // Not yet, or not for sure, in words that hold "delivered".
        says("not yet been delivered|yet to be delivered|not yet delivered", InTransit),
        says("should have been delivered", Delayed),
        says("may have been delivered|might have been delivered|if*has been delivered|once*has been delivered", Unknown),
        says("when*has been delivered|once*delivered|no proof of delivery", Unknown),
        says("to be delivered|will be delivered", DeliveryScheduled),
        says("being delivered", OutForDelivery),
        says("partially delivered|partial delivery|part delivered|delivered in part", PartiallyDelivered),
        // Handed in on the way, not to the shopper.
        says(
            "delivered to depot|delivered to the depot|delivered to local depot|delivered to our depot|delivered to the local depot|delivered to delivery depot|delivered to the delivery depot",
            AtDeliveryDepot,
        ),
        says("delivered to hub|delivered to the hub|delivered to sorting|delivered to terminal|delivered to warehouse", ArrivedAtHub),
        says(
            "delivered to carrier|delivered to the carrier|delivered to local carrier|delivered to final mile|delivered to last mile|delivered to courier|delivered to airline|delivered to the airline",
            CarrierChanged,
        ),
        // Delivered, from the particular to the general.
        says(
            "delivered*neighbour|delivered*neighbor|left with*neighbour|left with*neighbor|handed to*neighbour|handed to*neighbor",
            DeliveredToNeighbour,
        ),
        says("delivered*safe place|delivered*safeplace|delivered*safe location|left*safe place|left*safeplace", DeliveredToSafeLocation),
        says("left*safe location|left*porch|left*shed|left*garage|delivered*porch", DeliveredToSafeLocation),
        says("delivered*letterbox|delivered*letter box|delivered*mailbox|posted through*letterbox", DeliveredToLetterbox),
        says("posted through*letter box|posted through*door", DeliveredToLetterbox),
        says("delivered*reception|delivered*concierge|delivered*post room|delivered*mail room|left with*reception", DeliveredToReception),
        says("delivered to agent for final|agent for final delivery|authorized agent", CarrierChanged),
        says("has been delivered|have been delivered|was delivered|were delivered|been successfully delivered", Delivered),
        says("successfully delivered|we delivered|weve delivered|^delivered|item delivered|parcel delivered", Delivered),
        says("shipment delivered|package delivered|delivery confirmed|delivery complete|delivery completed", Delivered),
        says("signed for by|delivery successful|successful delivery|handed to*resident|handed to recipient", Delivered),
        says("proof of delivery", ProofOfDeliveryAvailable),
        // On hold.
        says("security.|on hold|holding this|held.|is stored|retention", HeldByCarrier),
        // On the move.
        says("left the united kingdom|left the uk|leaving the uk|left origin country|left the country", DepartedOriginCountry),
        says("departed*origin country", DepartedOriginCountry),
        says("left the country|departed country|departed from country of origin|export.|outward office of exchange", DepartedOriginCountry),
        says(
            "despatched to|dispatched to|sent to|in transit to|on its way to|forwarded to|departure to+destination country|country of destination",
            DepartedOriginCountry,
        ),
        says(
            "arrived*destination country|destination country|inward office of exchange|import.|arrived in*country|arrived in the uk",
            ArrivedAtDestinationCountry,
        ),
        says("on its way to*depot|on its way to*delivery office|on its way to*hub|in transit to*depot", DepartedHub),
        says("despatched to delivery office", DepartedHub),
        says(
            "not yet handed over|not yet been handed|not received the package|not yet in.|ready for ups|transmitted electronically|electronically",
            Dispatched,
        ),
        says("handed over at a|handed in", DroppedOff),
        says("handed over to airline", InTransit),
        says(
            "handed over to gls|handed over to carrier|handed over to the carrier|handed over to courier|handed over to dhl|handed over to dpd",
            CollectedByCarrier,
        ),
        says("handed over to|handed to*partner|handed to*carrier|transferred to*carrier", CarrierChanged),
        says("tendered|transferred to+carrier|agent|partner|post|delivery", CarrierChanged),
        says("will now be sent to*delivery office", ArrivedAtHub),
        says("local depot|local delivery depot|delivery depot|nearest depot|at our depot|at the depot", AtDeliveryDepot),
        says(
            "delivery office|delivery unit|delivery base|delivery facility|local facility|out of home base|delivery station|destination depot|near you|at local fedex",
            AtDeliveryDepot,
        ),
        says(
            "departed|departure|depart from|has left|left the|left from|left fedex|left ups|left origin|left our|left*hub|left*depot|left*facility|despatched to mc|item despatched",
            DepartedHub,
        ),
        says(
            "label has been created|shipping label|pre shipment|preshipment|info received|information sent|info sent|shipment information|shipping info|electronic notification|data was entered|data have been|manifested|order processed|billing information|announced|order data|instruction data|preparing shipment|sending your item",
            Dispatched,
        ),
        says("expecting|not yet received|have not yet received|sender*despatching|sender*despatched", Dispatched),
        says("sender*preparing|order details|order received|label*created|label*generated|pre advice|preadvice", Dispatched),
        says("pre advised|manifest*received|information received|details received|data received|=created", Dispatched),
        says("shipment created|parcel created|=registered", Dispatched),
        says("collection*booked|collection*scheduled|collection*arranged|collection*requested", CollectionScheduled),
        says("drop*off|dropped off|accepted at*post office|accepted at*parcelshop|accepted at*parcel shop", DroppedOff),
        says("posted at|posted by the sender|posting at|accepted at post|acceptance at", DroppedOff),
        says("collected from*sender|collected by*courier|collected by*driver|picked up|item collected", CollectedByCarrier),
        says(
            "weve got it|we got it|weve collected|parcel collected|pick up successful|pick up was successful|pickup successful|collected|acceptance|pickup scan|received*from sender|received*from the sender|origin scan|package received|possession of item",
            CollectedByCarrier,
        ),
        says("sorting complete", InTransit),
        says("arrived*hub|arrived at|received at|received by|processed at|sorting|sorted|at*hub|mail centre|depot", ArrivedAtHub),
        says(
            "item received|arrival|arrived|reached|at sort|processed through|has been processed|inbound scan|unloaded|destination scan|warehouse scan|destination sort facility",
            ArrivedAtHub,
        ),
        says("in transit|on its way|on the way|on the move|we have your parcel", InTransit),
        says(
            "we have your item|transported|forwarded|in progress|further processing|onward transportation|processing|loaded|airline received",
            InTransit,
        ),
        says("accepted", CollectedByCarrier),
        says("exception", ShipmentIssue),
    ]
};
