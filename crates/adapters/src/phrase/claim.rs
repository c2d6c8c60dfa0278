//! Claims that a parcel is with the shopper. "Will be left with your neighbour", "not yet collected", "once delivered" and "was it
//! delivered?" hold the words of a hand-over that has not come about.

use whereabouts_domain::State;

use super::{clause::Clause, shelf::Heard};

/// A state that is believed only where the words say that it came about.
pub(super) fn is_one(state: State) -> bool {
    state.is_delivered() || state == State::ReturnedToSender
}

/// Words between a verb and what denies it or puts it off: "not *yet been* delivered".
const BETWEEN: &[&str] = &["yet", "been", "successfully", "safely", "now", "either"];
/// "Be delivered" is told of what is to come, whatever stands before it; a card that was left with a neighbour is no parcel.
const DENY: &[&str] = &[
    "be", "being", "not", "never", "no", "cannot", "cant", "wont", "isnt", "wasnt", "hasnt", "havent", "hadnt", "werent", "awaiting",
    "await", "pending", "without", "card", "notice", "note", "may", "might", "should", "could", "would", "must", "will", "couldnt",
    "nothing", "nicht", "niet", "nie", "pas", "non", "não", "getting",
];
/// "Once your parcel has been delivered": between the condition and the verb stand only these.
const SUBJECT: &[&str] = &[
    "it", "its", "your", "the", "this", "that", "parcel", "parcels", "item", "items", "package", "shipment", "order", "is", "are", "was",
    "were", "has", "have", "weve", "theyve", "youve", "they", "we", "you",
];
const CONDITION: &[&str] = &["if", "once", "until", "when", "unless", "whether", "before"];
/// What somebody wants, reckons with or contests: "customer *wants* parcel delivered", "*get* your parcel delivered".
const WISH: &[&str] = &[
    "get",
    "want",
    "wants",
    "wanted",
    "need",
    "needs",
    "prefer",
    "prefers",
    "ask",
    "asks",
    "asked",
    "request",
    "requests",
    "requested",
    "hope",
    "hopes",
    "dispute",
    "disputes",
    "disputed",
    "deny",
    "denies",
    "denied",
    "doubt",
    "doubts",
    "proof",
    "evidence",
    "planned",
    "scheduled",
    "estimated",
    "expected",
    "due",
    "forecast",
    "predicted",
];
/// A question begins so, and goes on with whom it is about.
const ASKING: &[&str] = &["has", "have", "had", "was", "were", "is", "are", "did"];
/// The whole was not.
const NONE: &[&str] = &["none", "nothing", "neither"];
/// Behind the claim.
const TAKEN_BACK: &[&str] = &["no", "n", "false", "0", "pending", "unconfirmed"];
const NOT_CONFIRMED: &[&str] = &[
    " awaiting confirmation",
    " waiting for confirmation",
    " pending confirmation",
    " confirmation pending",
    " awaiting verification",
    " to be confirmed",
    " unconfirmed",
    " not confirmed",
    " not yet",
    " not verified",
];

/// Whether what stands from `start` to `end` was said to have come about.
pub(super) fn came_about(heard: &Heard, start: usize, end: usize) -> bool {
    let clause = Clause::around(heard, start, end);
    !clause.is_asked && !is_put_off(clause.before) && !is_taken_back(&clause)
}

fn is_put_off(before: &str) -> bool {
    if NOT_CONFIRMED.iter().any(|put_off| before.contains(put_off)) || before.split(' ').any(|w| NONE.contains(&w)) {
        return true;
    }
    let mut words = before.split_ascii_whitespace().rev().skip_while(|w| BETWEEN.contains(w)).peekable();
    let Some(&last) = words.peek() else { return false };
    if DENY.contains(&last) {
        return true;
    }
    // "May have been delivered".
    if matches!(last, "have" | "has" | "had") && words.clone().nth(1).is_some_and(|w| DENY.contains(&w)) {
        return true;
    }
    let mut front = words.skip_while(|w| SUBJECT.contains(w));
    match (front.next(), front.next()) {
        // "As requested", "earlier than expected" are no wish.
        (Some(wish), Some("as" | "than")) if WISH.contains(&wish) => false,
        (Some("as"), Some("soon")) => true,
        (Some("to"), _) => before.contains(" to have ") || before.contains(" to get "),
        (Some(word), _) => CONDITION.contains(&word) || WISH.contains(&word),
        (None, _) => is_question(before),
    }
}

/// "Has your parcel been", but not "has now been".
fn is_question(before: &str) -> bool {
    let mut words = before.split_ascii_whitespace();
    let asks = words.next().is_some_and(|w| ASKING.contains(&w));
    asks && words.next().is_some_and(|w| !BETWEEN.contains(&w))
}

fn is_taken_back(clause: &Clause) -> bool {
    TAKEN_BACK.contains(&clause.next.trim()) || NOT_CONFIRMED.iter().any(|put_off| clause.after.contains(put_off))
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
            ("Has your parcel been delivered?", Unknown),
            ("Was it delivered", Unknown),
            ("Your parcel was delivered. Did you like it?", Delivered),
            ("Your parcel has been delivered, how did we do?", Delivered),
            ("Delivered? Not home, left in porch", Unknown),
            ("Delivered ? signed for by SAMPLE", Delivered),
            ("As requested, parcel delivered to neighbour", DeliveredToNeighbour),
            ("Customer wants parcel delivered to neighbour", Unknown),
            ("Your order was delivered earlier than expected", Delivered),
            ("Delivered - awaiting confirmation", Unknown),
            ("Delivered: no", Unknown),
            ("Delivered no signature", Delivered),
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
