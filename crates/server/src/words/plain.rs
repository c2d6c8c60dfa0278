//! Every state in a shopper's words: one short sentence each, that promises nothing the carrier has not said.

use whereabouts_domain::State;

/// What happened, for the timeline. `carrier` is a name, or "the carrier". `None` where only the carrier's own words can tell.
pub fn happened(state: State, carrier: &str) -> Option<String> {
    use State::*;
    Some(match state {
        Registered => "We're getting your parcel ready".into(),
        Dispatched => format!("We've told {carrier} to expect it"),
        AwaitingDropOff => "Waiting to be dropped off".into(),
        CollectionScheduled => format!("{} has booked the collection", start(carrier)),
        CollectionRescheduled => "The collection was moved to another day".into(),
        CarrierUnableToCollect => format!("{} couldn't collect it", start(carrier)),
        CarrierRefusedToCollect => format!("{} didn't accept it at collection", start(carrier)),
        MissingManifest => format!("{} is waiting for paperwork from us", start(carrier)),
        DroppedOff => format!("Dropped off with {carrier}"),
        CollectedByCarrier => format!("{} has collected it", start(carrier)),
        InTransit => "On its way".into(),
        ArrivedAtHub => "Arrived at a sorting centre".into(),
        DepartedHub => "Left a sorting centre".into(),
        DepartedOriginCountry => "Left the country it was sent from".into(),
        ArrivedAtDestinationCountry => "Arrived in the country of delivery".into(),
        AtCustoms => "Being checked by customs".into(),
        HeldAtCustoms => "Held at customs".into(),
        CustomsChargesDue => "Customs charges need to be paid".into(),
        ClearedThroughCustoms => "Cleared customs".into(),
        CarrierChanged => "Handed from one carrier to another".into(),
        AtDeliveryDepot => "Arrived at the local depot".into(),
        InTransitWaiting => "Waiting for the next leg of its journey".into(),
        Misrouted => "Went to the wrong depot; it is being sent on".into(),
        Delayed | Late => format!("{} says it is delayed", start(carrier)),
        DeliveryScheduled => "A delivery day has been set".into(),
        DeliveryAddressChanged => "The delivery address was changed".into(),
        HeldByCarrier => format!("{} is holding it", start(carrier)),
        ShipmentIssue => format!("{} reported a problem", start(carrier)),
        IncorrectLabel => "There is a problem with its label".into(),
        ActionRequired => format!("{} needs something before it can go on", start(carrier)),
        Damaged => format!("{} reported damage", start(carrier)),
        Missing | MayBeMissing => format!("{} is looking for it", start(carrier)),
        OutForDelivery => "Out for delivery".into(),
        FinalDeliveryAttempt => "Out for delivery, last attempt".into(),
        DeliveryAttempted => "Delivery was attempted".into(),
        DeliveryFailed => "Delivery didn't succeed".into(),
        DeliveryFailedCardLeft => "Delivery didn't succeed; a card was left".into(),
        DeliveryRefused => "Delivery was refused".into(),
        DeliveryRescheduled => "Delivery was moved to another day".into(),
        ReadyForCollection => "Ready to collect".into(),
        CollectionReminder => "Still waiting to be collected".into(),
        FinalCollectionReminder => "Last reminder to collect it".into(),
        FailedToCollect => "It wasn't collected in time".into(),
        PartiallyDelivered => "Part of it was delivered".into(),
        Delivered => "Delivered".into(),
        DeliveredToNeighbour => "Delivered to a neighbour".into(),
        DeliveredToReception => "Delivered to reception".into(),
        DeliveredToSafeLocation => "Left in a safe place".into(),
        DeliveredToLetterbox => "Delivered through the letterbox".into(),
        DeliveredDamaged => "Delivered, but damaged".into(),
        CollectedByShopper => "Collected".into(),
        ProofOfDeliveryAvailable => "Proof of delivery recorded".into(),
        WillBeReturnedToSender => "It will be sent back".into(),
        ReturningToSender => "On its way back to the sender".into(),
        ReturnedToSender => "Returned to the sender".into(),
        Refunded => "Refunded".into(),
        ExchangeSuccessful => "Exchanged".into(),
        ExchangeFailed => "The exchange couldn't be completed".into(),
        Lost => format!("{} says it is lost", start(carrier)),
        Destroyed => format!("{} says it was destroyed", start(carrier)),
        Cancelled => "Cancelled".into(),
        UnableToTrack => format!("{} has no tracking for it", start(carrier)),
        Expired => format!("{} has had no news for a long time", start(carrier)),
        ForInformation | Unknown => return None,
    })
}

/// A carrier's name at the start of a sentence: "the carrier" takes a capital, a name stays as it is written.
pub fn start(carrier: &str) -> String {
    match carrier.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => carrier.into(),
    }
}

/// Whether the carrier's words say no more than ours, so that showing both would only be noise.
pub fn says_the_same(ours: &str, theirs: &str) -> bool {
    fn bare(s: &str) -> impl Iterator<Item = char> {
        s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    bare(ours).eq(bare(theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_told_in_a_sentence_without_house_words() {
        for state in State::ALL {
            let Some(said) = happened(*state, "the carrier") else {
                assert!(state.is_silent(), "{state:?} must be told");
                continue;
            };
            assert!(said.starts_with(char::is_uppercase) && said.len() < 60, "{said}");
            for word in ["manifest", "hub", "shipment", "consignment", "in transit", "exception"] {
                assert!(!said.to_lowercase().contains(word), "{said}: a shopper does not know the word {word}");
            }
        }
    }

    #[test]
    fn the_carriers_words_are_not_repeated_when_they_are_ours() {
        assert!(says_the_same("Out for delivery", "OUT FOR DELIVERY."));
        assert!(!says_the_same("Out for delivery", "Loaded on van 12"));
    }
}
