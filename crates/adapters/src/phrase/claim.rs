//! Claims that a parcel is with the shopper. "Will be left with your neighbour", "not yet collected" and "once delivered"
//! hold the words of a hand-over that has not come about.

use whereabouts_domain::State;

/// A state that is believed only where the words say that it came about.
pub(super) fn is_one(state: State) -> bool {
    state.is_delivered() || state == State::ReturnedToSender
}

/// Words between a verb and what denies it or puts it off: "not *yet been* delivered".
const BETWEEN: &[&str] = &["yet", "been", "successfully", "safely", "now", "either"];
/// "Be delivered" is told of what is to come, whatever stands before it; a card that was left with a neighbour is no parcel.
const DENY: &[&str] = &[
    "be", "being", "not", "never", "no", "cannot", "cant", "wont", "isnt", "wasnt", "hasnt", "havent", "hadnt", "werent", "awaiting",
    "await", "pending", "without", "card", "notice", "note",
];
/// "May have been delivered".
const MAYBE: &[&str] = &["may", "might", "should", "could", "would", "must", "will", "not", "cannot", "couldnt"];
/// "Once your parcel has been delivered": between the condition and the verb stand only these.
const SUBJECT: &[&str] = &[
    "it", "its", "your", "the", "this", "parcel", "parcels", "item", "items", "package", "shipment", "order", "is", "are", "has", "have",
    "weve", "theyve", "youve", "they", "we", "you",
];
const CONDITION: &[&str] = &["if", "once", "until", "when", "unless", "whether"];

/// Whether what follows these words was said to have come about.
pub(super) fn came_about(before: &str) -> bool {
    let mut words = before.split_ascii_whitespace().rev().skip_while(|w| BETWEEN.contains(w)).peekable();
    let Some(&last) = words.peek() else { return true };
    if DENY.contains(&last) {
        return false;
    }
    if matches!(last, "have" | "has" | "had") {
        let mut further = words.clone().skip(1);
        if further.next().is_some_and(|w| MAYBE.contains(&w)) {
            return false;
        }
    }
    !words.find(|w| !SUBJECT.contains(w)).is_some_and(|w| CONDITION.contains(&w))
}

#[cfg(test)]
mod tests {
    use crate::phrase::understand;
    use whereabouts_domain::{State, State::*};

    fn told(text: &str) -> State {
        understand(text, &[]).map_or(Unknown, |(state, _)| state)
    }

    #[test]
    fn what_has_not_come_about_is_not_delivered() {
        let table = [
            ("Your parcel will be left in your safe place", DeliveryAddressChanged),
            ("You asked for your parcel to be left with a neighbour", DeliveryAddressChanged),
            ("The parcel could not be left in a safe place", Unknown),
            ("Your parcel has not yet been collected from the locker", Unknown),
            ("Your parcel can be collected from the Post Office", ReadyForCollection),
            ("To be collected by customer", Unknown),
            ("When it is left with a neighbour we tell you", Unknown),
            ("It may have been left with a neighbour", Unknown),
            ("Awaiting proof of delivery", Unknown),
            ("Not returned to sender", Unknown),
            ("Could not be delivered to you, it was left with a neighbour", DeliveredToNeighbour),
            ("You were out when we called. Left with neighbour", DeliveredToNeighbour),
            ("Your parcel has been left with your neighbour", DeliveredToNeighbour),
            ("Card left with neighbour", Unknown),
            ("Card posted through your letterbox", Unknown),
            ("We tell you once your parcel's been delivered", Unknown),
            ("It should have been delivered", Unknown),
            ("Your parcel has now been delivered", Delivered),
            ("Your parcel's been delivered", Delivered),
            ("Collected by customer", CollectedByShopper),
            ("Collected from locker by courier", CollectedByCarrier),
            ("Collected from the Post Office by our driver", CollectedByCarrier),
            ("Collected from locker", CollectedByShopper),
        ];
        for (text, expected) in table {
            let found = told(text);
            assert!(found == expected || (expected == Unknown && !found.is_delivered()), "{text}: {}", found.id());
        }
    }

    #[test]
    fn a_carriers_own_phrase_is_denied_as_well() {
        let own = [crate::phrase::says("collected from*pickup", CollectedByShopper)];
        let told = |text| understand(text, &own).map(|(state, _)| state);
        assert_eq!(told("Your parcel was collected from the Pickup shop"), Some(CollectedByShopper));
        assert_eq!(told("Your parcel was not collected from the Pickup shop"), Some(FailedToCollect));
        assert_eq!(
            told("Your parcel was not collected on Monday. It was collected from the Pickup shop on Tuesday"),
            Some(CollectedByShopper)
        );
    }
}
