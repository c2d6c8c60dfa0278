//! What carriers' sentences mean, when there is no code or when the words say more than the code.
//!
//! A phrase is written as [`squash`] prints it: lower case, no apostrophes, blanks for all other punctuation. It is found
//! at word boundaries; `*` stands for any words between, `^` binds to the start and `=` to the whole text. The first
//! phrase of a table that fits wins, so tables go from the particular to the general and from "not" to "yes".

use whereabouts_domain::{Milestone, Reason, State};

/// A phrase and what it means.
pub struct Phrase {
    pub words: &'static str,
    pub state: State,
    pub reason: Option<Reason>,
}

/// A phrase without a reason.
pub const fn says(words: &'static str, state: State) -> Phrase {
    Phrase { words, state, reason: None }
}

/// A phrase that also tells why.
pub const fn says_why(words: &'static str, state: State, reason: Reason) -> Phrase {
    Phrase { words, state, reason: Some(reason) }
}

/// What something means: the state, and why if that was told.
pub type Meaning = (State, Option<Reason>);

/// What the text means by the first phrase that fits, tables in turn.
pub fn meaning(text: &str, tables: &[&[Phrase]]) -> Option<Meaning> {
    let text = squash(text);
    if text.is_empty() {
        return None;
    }
    tables.iter().flat_map(|t| t.iter()).find(|p| fits(&text, p.words)).map(|p| (p.state, p.reason))
}

/// Lower case, apostrophes gone, all else that is not a letter or digit a single blank.
pub fn squash(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '’' | '‘' | '`' => {}
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ if out.ends_with(' ') || out.is_empty() => {}
            _ => out.push(' '),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn fits(text: &str, words: &str) -> bool {
    if let Some(whole) = words.strip_prefix('=') {
        return text == whole;
    }
    let (bound, words) = words.strip_prefix('^').map_or((false, words), |w| (true, w));
    let mut from = 0;
    for (i, piece) in words.split('*').enumerate() {
        match find_words(&text[from..], piece) {
            Some(at) if !(bound && i == 0) || at == 0 => from += at + piece.len(),
            _ => return false,
        }
    }
    true
}

/// Where the words begin, whole words only.
fn find_words(text: &str, words: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(i) = text[from..].find(words) {
        let (start, end) = (from + i, from + i + words.len());
        let open = text[..start].chars().next_back().is_none_or(|c| c == ' ');
        let close = text[end..].chars().next().is_none_or(|c| c == ' ');
        if open && close {
            return Some(start);
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// Code and words together: the more specific wins, and words never make a parcel delivered that its code does not.
pub fn refine(code: Option<Meaning>, words: Option<Meaning>) -> Meaning {
    match (code, words) {
        (None, words) => words.unwrap_or((State::Unknown, None)),
        (Some(code), None) => code,
        (Some((state, reason)), Some((told, why))) => {
            let finer = is_finer(state, told);
            let fits = finer || state == told;
            (if finer { told } else { state }, if finer { why.or(reason) } else { reason.or(why.filter(|_| fits)) })
        }
    }
}

/// Is `told` a particular case of the general `state`?
fn is_finer(state: State, told: State) -> bool {
    use State::*;
    match state {
        Delivered => (told.is_delivered() && told != ProofOfDeliveryAvailable) || matches!(told, ReadyForCollection | ReturnedToSender),
        DeliveryAttempted | DeliveryFailed => matches!(told, DeliveryFailedCardLeft | DeliveryRefused | ReadyForCollection),
        InTransit => matches!(
            told,
            ArrivedAtHub
                | DepartedHub
                | AtDeliveryDepot
                | DepartedOriginCountry
                | ArrivedAtDestinationCountry
                | AtCustoms
                | HeldAtCustoms
                | CustomsChargesDue
                | ClearedThroughCustoms
                | CarrierChanged
                | CollectedByCarrier
                | DroppedOff
                | Misrouted
                | Delayed
                | Damaged
                | HeldByCarrier
                | DeliveryRescheduled
                | DeliveryAddressChanged
        ),
        ShipmentIssue | ActionRequired => {
            matches!(told.milestone(), Some(Milestone::Exception | Milestone::AttemptFail))
                || matches!(told, Misrouted | DeliveryRescheduled | DeliveryAddressChanged)
        }
        _ => false,
    }
}

/// Common English of British carriers and shops, after a carrier's own phrases.
pub const ENGLISH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        // The way back.
        says_why("will*be returned*refused", WillBeReturnedToSender, Refused),
        says("will*be returned to", WillBeReturnedToSender),
        says("will now be returned", WillBeReturnedToSender),
        says("due to be returned", WillBeReturnedToSender),
        says("to be returned to", WillBeReturnedToSender),
        says("marked for return", WillBeReturnedToSender),
        says("return to sender requested", WillBeReturnedToSender),
        says("return to sender initiated", WillBeReturnedToSender),
        says("being returned", ReturningToSender),
        says("were returning", ReturningToSender),
        says("returning to", ReturningToSender),
        says("on its way back to", ReturningToSender),
        says("is on its way back", ReturningToSender),
        says("delivered back to", ReturnedToSender),
        says("returned to*sender", ReturnedToSender),
        says("returned to*retailer", ReturnedToSender),
        says("returned to*merchant", ReturnedToSender),
        says("delivered to*sender", ReturnedToSender),
        says("return to sender", ReturningToSender),
        // Refused, damaged, lost.
        says_why("refused", DeliveryRefused, Refused),
        says_why("rejected by*recipient", DeliveryRefused, Refused),
        says_why("declined by*recipient", DeliveryRefused, Refused),
        says_why("delivered*damaged", DeliveredDamaged, Reason::Damaged),
        says_why("damaged", State::Damaged, Reason::Damaged),
        says_why("may be lost", MayBeMissing, Reason::Lost),
        says_why("unable to locate", Missing, Reason::Lost),
        says_why("not located", Missing, Reason::Lost),
        says_why("cannot locate", Missing, Reason::Lost),
        says_why("parcel*missing", Missing, Reason::Lost),
        says_why("lost", State::Lost, Reason::Lost),
        says_why("stolen", State::Lost, Stolen),
        says("destroyed", Destroyed),
        says("disposed of", Destroyed),
        says("collection*cancelled", CarrierUnableToCollect),
        says("cancelled", Cancelled),
        says("canceled", Cancelled),
        // Customs.
        says("released*customs", ClearedThroughCustoms),
        says("customs*cleared", ClearedThroughCustoms),
        says("cleared*customs", ClearedThroughCustoms),
        says("customs*released", ClearedThroughCustoms),
        says("customs clearance*complete", ClearedThroughCustoms),
        says("customs clearance*completed", ClearedThroughCustoms),
        says_why("customs charges", CustomsChargesDue, DutyDue),
        says_why("customs charge", CustomsChargesDue, DutyDue),
        says_why("customs fee", CustomsChargesDue, DutyDue),
        says_why("import charges", CustomsChargesDue, DutyDue),
        says_why("awaiting*duty", CustomsChargesDue, DutyDue),
        says_why("duties*paid", CustomsChargesDue, DutyDue),
        says_why("duty*payable", CustomsChargesDue, DutyDue),
        says_why("customs*documents", HeldAtCustoms, CustomsDocumentsMissing),
        says_why("customs*documentation", HeldAtCustoms, CustomsDocumentsMissing),
        says_why("customs*paperwork", HeldAtCustoms, CustomsDocumentsMissing),
        says("held*customs", HeldAtCustoms),
        says("customs*hold", HeldAtCustoms),
        says("customs*held", HeldAtCustoms),
        says("retained*customs", HeldAtCustoms),
        says("customs delay", HeldAtCustoms),
        says("customs", AtCustoms),
        // Collected there, waiting there.
        says_why("not collected", FailedToCollect, NotCollected),
        says_why("uncollected", FailedToCollect, NotCollected),
        says_why("not been collected", FailedToCollect, NotCollected),
        says_why("collection*expired", FailedToCollect, NotCollected),
        says("final reminder*collect", FinalCollectionReminder),
        says("reminder*collect", CollectionReminder),
        says("reminder*collection", CollectionReminder),
        says("ready for collection", ReadyForCollection),
        says("ready to collect", ReadyForCollection),
        says("ready to be collected", ReadyForCollection),
        says("ready for you to collect", ReadyForCollection),
        says("ready for pickup", ReadyForCollection),
        says("ready for pick up", ReadyForCollection),
        says("ready to pick up", ReadyForCollection),
        says("available for collection", ReadyForCollection),
        says("available to collect", ReadyForCollection),
        says("available for redelivery or collection", ReadyForCollection),
        says("available for pickup", ReadyForCollection),
        says("awaiting collection by", ReadyForCollection),
        says("awaiting collection", ReadyForCollection),
        says("awaiting customer collection", ReadyForCollection),
        says("waiting to be collected", ReadyForCollection),
        says("waiting for you", ReadyForCollection),
        says("waiting for collection", ReadyForCollection),
        says("delivered to*collection point", ReadyForCollection),
        says("delivered to*parcelshop", ReadyForCollection),
        says("delivered to*parcel shop", ReadyForCollection),
        says("delivered to*pickup shop", ReadyForCollection),
        says("delivered to*pickup point", ReadyForCollection),
        says("delivered to*pickup location", ReadyForCollection),
        says("delivered to*locker", ReadyForCollection),
        says("delivered to*post office", ReadyForCollection),
        says("delivered to*customer service point", ReadyForCollection),
        says("delivered to*store for collection", ReadyForCollection),
        says("collected by*customer", CollectedByShopper),
        says("collected by*recipient", CollectedByShopper),
        says("collected by*addressee", CollectedByShopper),
        says("collected by*consignee", CollectedByShopper),
        says("collected by*receiver", CollectedByShopper),
        says("picked up by*customer", CollectedByShopper),
        says("picked up by*recipient", CollectedByShopper),
        says("customer collected", CollectedByShopper),
        says("collected from*pickup", CollectedByShopper),
        says("collected from*post office", CollectedByShopper),
        says("collected from*locker", CollectedByShopper),
        says("collected from*customer service point", CollectedByShopper),
        says("collected from*delivery office", CollectedByShopper),
        // Tried and failed.
        says_why("left a card", DeliveryFailedCardLeft, NobodyHome),
        says_why("left you a card", DeliveryFailedCardLeft, NobodyHome),
        says_why("card left", DeliveryFailedCardLeft, NobodyHome),
        says_why("calling card", DeliveryFailedCardLeft, NobodyHome),
        says_why("carded", DeliveryFailedCardLeft, NobodyHome),
        says_why("no answer", DeliveryAttempted, NobodyHome),
        says_why("nobody*home", DeliveryAttempted, NobodyHome),
        says_why("nobody was in", DeliveryAttempted, NobodyHome),
        says_why("no one*home", DeliveryAttempted, NobodyHome),
        says_why("no one was in", DeliveryAttempted, NobodyHome),
        says_why("not at home", DeliveryAttempted, NobodyHome),
        says_why("not home", DeliveryAttempted, NobodyHome),
        says_why("you were out", DeliveryAttempted, NobodyHome),
        says_why("customer*not in", DeliveryAttempted, NobodyHome),
        says_why("customer out", DeliveryAttempted, NobodyHome),
        says_why("missed you", DeliveryAttempted, NobodyHome),
        says_why("didnt seem to be anyone in", DeliveryAttempted, NobodyHome),
        says_why("recipient*unavailable", DeliveryAttempted, NobodyHome),
        says_why("recipient*not available", DeliveryAttempted, NobodyHome),
        says_why("business*closed", DeliveryAttempted, BusinessClosed),
        says_why("premises*closed", DeliveryAttempted, BusinessClosed),
        says_why("shop*closed", DeliveryAttempted, PickupPointFull),
        says_why("parcelshop*full", DeliveryAttempted, PickupPointFull),
        says_why("locker*full", DeliveryAttempted, PickupPointFull),
        says_why("no access", DeliveryAttempted, NoAccess),
        says_why("inaccessible", DeliveryAttempted, NoAccess),
        says_why("unable to gain access", DeliveryAttempted, NoAccess),
        says_why("unable to access", DeliveryAttempted, NoAccess),
        says_why("couldnt access", DeliveryAttempted, NoAccess),
        says_why("address*incomplete", DeliveryFailed, AddressIncomplete),
        says_why("incomplete*address", DeliveryFailed, AddressIncomplete),
        says_why("insufficient address", DeliveryFailed, AddressIncomplete),
        says_why("incorrectly addressed", DeliveryFailed, AddressWrong),
        says_why("incorrect*address", DeliveryFailed, AddressWrong),
        says_why("wrong address", DeliveryFailed, AddressWrong),
        says_why("address*incorrect", DeliveryFailed, AddressWrong),
        says_why("address*query", DeliveryFailed, AddressWrong),
        says_why("address*problem", DeliveryFailed, AddressWrong),
        says_why("unable to find*address", DeliveryFailed, AddressWrong),
        says_why("couldnt find*address", DeliveryFailed, AddressWrong),
        says_why("gone away", DeliveryFailed, RecipientMoved),
        says_why("moved away", DeliveryFailed, RecipientMoved),
        says_why("no longer at", DeliveryFailed, RecipientMoved),
        says_why("addressee unknown", DeliveryFailed, RecipientUnknown),
        says_why("unknown recipient", DeliveryFailed, RecipientUnknown),
        says_why("recipient unknown", DeliveryFailed, RecipientUnknown),
        says_why("not known at", DeliveryFailed, RecipientUnknown),
        says_why("age verification", DeliveryAttempted, IdentityNotProven),
        says_why("proof of age", DeliveryAttempted, IdentityNotProven),
        says_why("no id", DeliveryAttempted, IdentityNotProven),
        says_why("ran out of time", DeliveryFailed, OutOfTime),
        says("second*delivery attempt", DeliveryAttempted),
        says("delivery attempted", DeliveryAttempted),
        says("delivery was attempted", DeliveryAttempted),
        says("attempted delivery", DeliveryAttempted),
        says("attempted to deliver", DeliveryAttempted),
        says("delivery attempt", DeliveryAttempted),
        says("tried to deliver", DeliveryAttempted),
        says("unable to deliver", DeliveryFailed),
        says("unable to complete*delivery", DeliveryFailed),
        says("unable to be delivered", DeliveryFailed),
        says("couldnt deliver", DeliveryFailed),
        says("could not*deliver", DeliveryFailed),
        says("could not be delivered", DeliveryFailed),
        says("couldnt be delivered", DeliveryFailed),
        says("not been able to deliver", DeliveryFailed),
        says("not delivered", DeliveryFailed),
        says("undelivered", DeliveryFailed),
        says("undeliverable", DeliveryFailed),
        says("delivery failed", DeliveryFailed),
        says("failed delivery", DeliveryFailed),
        says("delivery unsuccessful", DeliveryFailed),
        says("unsuccessful delivery", DeliveryFailed),
        says("failed to deliver", DeliveryFailed),
        // Agreed for another day or place.
        says_why("as requested*will now be delivered", DeliveryRescheduled, RequestedByShopper),
        says("will now be delivered on", DeliveryRescheduled),
        says("will be delivered on", DeliveryScheduled),
        says("rescheduled", DeliveryRescheduled),
        says("rearranged", DeliveryRescheduled),
        says("redelivery", DeliveryRescheduled),
        says("delivery date*changed", DeliveryRescheduled),
        says("new delivery date", DeliveryRescheduled),
        says("diverted", DeliveryAddressChanged),
        says("redirected", DeliveryAddressChanged),
        says("redirection", DeliveryAddressChanged),
        says("address*changed", DeliveryAddressChanged),
        says("address*amended", DeliveryAddressChanged),
        // Wrong way and late.
        says_why("mis sort", Misrouted, Missorted),
        says_why("mis sorted", Misrouted, Missorted),
        says_why("missort", Misrouted, Missorted),
        says_why("missorted", Misrouted, Missorted),
        says_why("misrouted", Misrouted, Missorted),
        says_why("mis routed", Misrouted, Missorted),
        says_why("wrong depot", Misrouted, Missorted),
        says_why("incorrect depot", Misrouted, Missorted),
        says_why("went to*in error", Misrouted, Missorted),
        says_why("weather", Delayed, Weather),
        says_why("industrial action", Delayed, Strike),
        says_why("strike", Delayed, Strike),
        says_why("traffic", Delayed, Traffic),
        says_why("vehicle*breakdown", Delayed, Traffic),
        says_why("public holiday", Delayed, PublicHoliday),
        says_why("bank holiday", Delayed, PublicHoliday),
        says("delayed", Delayed),
        says("delay", Delayed),
        says("running late", Delayed),
        // On the van.
        says("out for delivery", OutForDelivery),
        says("on the vehicle for delivery", OutForDelivery),
        says("on vehicle for delivery", OutForDelivery),
        says("on a van*delivery", OutForDelivery),
        says("with*driver for delivery", OutForDelivery),
        says("loaded*for delivery", OutForDelivery),
        says("will be with you today", OutForDelivery),
        says("with you today", OutForDelivery),
        says("due to be delivered today", OutForDelivery),
        says("due for delivery today", OutForDelivery),
        says("will be delivered today", OutForDelivery),
        says("out with*courier", OutForDelivery),
        says("out with*driver", OutForDelivery),
        says("minutes away", OutForDelivery),
        // Not yet, in words that hold "delivered".
        says("to be delivered", DeliveryScheduled),
        says("will be delivered", DeliveryScheduled),
        says("being delivered", OutForDelivery),
        says("yet to be delivered", InTransit),
        says("partially delivered", PartiallyDelivered),
        says("part delivered", PartiallyDelivered),
        // Delivered, from the particular to the general.
        says("delivered*neighbour", DeliveredToNeighbour),
        says("delivered*neighbor", DeliveredToNeighbour),
        says("left with*neighbour", DeliveredToNeighbour),
        says("delivered*safe place", DeliveredToSafeLocation),
        says("delivered*safeplace", DeliveredToSafeLocation),
        says("delivered*safe location", DeliveredToSafeLocation),
        says("left*safe place", DeliveredToSafeLocation),
        says("left*safeplace", DeliveredToSafeLocation),
        says("left*safe location", DeliveredToSafeLocation),
        says("left*porch", DeliveredToSafeLocation),
        says("left*shed", DeliveredToSafeLocation),
        says("left*garage", DeliveredToSafeLocation),
        says("delivered*porch", DeliveredToSafeLocation),
        says("delivered*letterbox", DeliveredToLetterbox),
        says("delivered*letter box", DeliveredToLetterbox),
        says("delivered*mailbox", DeliveredToLetterbox),
        says("posted through*letterbox", DeliveredToLetterbox),
        says("posted through*letter box", DeliveredToLetterbox),
        says("posted through*door", DeliveredToLetterbox),
        says("delivered*reception", DeliveredToReception),
        says("delivered*concierge", DeliveredToReception),
        says("delivered*post room", DeliveredToReception),
        says("delivered*mail room", DeliveredToReception),
        says("left with*reception", DeliveredToReception),
        says("has been delivered", Delivered),
        says("have been delivered", Delivered),
        says("was delivered", Delivered),
        says("were delivered", Delivered),
        says("been successfully delivered", Delivered),
        says("successfully delivered", Delivered),
        says("we delivered", Delivered),
        says("weve delivered", Delivered),
        says("^delivered", Delivered),
        says("item delivered", Delivered),
        says("parcel delivered", Delivered),
        says("shipment delivered", Delivered),
        says("package delivered", Delivered),
        says("delivery confirmed", Delivered),
        says("delivery complete", Delivered),
        says("delivery completed", Delivered),
        says("signed for by", Delivered),
        says("proof of delivery", ProofOfDeliveryAvailable),
        // On hold.
        says("security", HeldByCarrier),
        says("on hold", HeldByCarrier),
        says("holding this", HeldByCarrier),
        says("being held", HeldByCarrier),
        says("is held", HeldByCarrier),
        says("held", HeldByCarrier),
        says("retention", HeldByCarrier),
        // On the move.
        says("left the united kingdom", DepartedOriginCountry),
        says("left the uk", DepartedOriginCountry),
        says("leaving the uk", DepartedOriginCountry),
        says("left origin country", DepartedOriginCountry),
        says("left the country", DepartedOriginCountry),
        says("departed*origin country", DepartedOriginCountry),
        says("arrived*destination country", ArrivedAtDestinationCountry),
        says("arrived in*country", ArrivedAtDestinationCountry),
        says("arrived in the uk", ArrivedAtDestinationCountry),
        says("on its way to*depot", DepartedHub),
        says("on its way to*delivery office", DepartedHub),
        says("on its way to*hub", DepartedHub),
        says("in transit to*depot", DepartedHub),
        says("despatched to delivery office", DepartedHub),
        says("handed over to", CarrierChanged),
        says("handed to*partner", CarrierChanged),
        says("handed to*carrier", CarrierChanged),
        says("transferred to*carrier", CarrierChanged),
        says("local depot", AtDeliveryDepot),
        says("local delivery depot", AtDeliveryDepot),
        says("delivery depot", AtDeliveryDepot),
        says("nearest depot", AtDeliveryDepot),
        says("at our depot", AtDeliveryDepot),
        says("at the depot", AtDeliveryDepot),
        says("delivery office", AtDeliveryDepot),
        says("delivery unit", AtDeliveryDepot),
        says("departed", DepartedHub),
        says("left*hub", DepartedHub),
        says("left*depot", DepartedHub),
        says("left*facility", DepartedHub),
        says("despatched to mc", DepartedHub),
        says("item despatched", DepartedHub),
        says("expecting", Dispatched),
        says("not yet received", Dispatched),
        says("have not yet received", Dispatched),
        says("sender*despatching", Dispatched),
        says("sender*despatched", Dispatched),
        says("sender*preparing", Dispatched),
        says("order details", Dispatched),
        says("order received", Dispatched),
        says("label*created", Dispatched),
        says("label*generated", Dispatched),
        says("pre advice", Dispatched),
        says("preadvice", Dispatched),
        says("pre advised", Dispatched),
        says("manifest*received", Dispatched),
        says("information received", Dispatched),
        says("details received", Dispatched),
        says("data received", Dispatched),
        says("=created", Dispatched),
        says("shipment created", Dispatched),
        says("parcel created", Dispatched),
        says("=registered", Dispatched),
        says("collection*booked", CollectionScheduled),
        says("collection*scheduled", CollectionScheduled),
        says("collection*arranged", CollectionScheduled),
        says("collection*requested", CollectionScheduled),
        says("drop*off", DroppedOff),
        says("dropped off", DroppedOff),
        says("accepted at*post office", DroppedOff),
        says("accepted at*parcelshop", DroppedOff),
        says("accepted at*parcel shop", DroppedOff),
        says("posted at", DroppedOff),
        says("collected from*sender", CollectedByCarrier),
        says("collected by*courier", CollectedByCarrier),
        says("collected by*driver", CollectedByCarrier),
        says("picked up", CollectedByCarrier),
        says("item collected", CollectedByCarrier),
        says("weve collected", CollectedByCarrier),
        says("parcel collected", CollectedByCarrier),
        says("arrived*hub", ArrivedAtHub),
        says("arrived at", ArrivedAtHub),
        says("received at", ArrivedAtHub),
        says("received by", ArrivedAtHub),
        says("processed at", ArrivedAtHub),
        says("sorting", ArrivedAtHub),
        says("sorted", ArrivedAtHub),
        says("at*hub", ArrivedAtHub),
        says("mail centre", ArrivedAtHub),
        says("depot", ArrivedAtHub),
        says("item received", ArrivedAtHub),
        says("in transit", InTransit),
        says("on its way", InTransit),
        says("on the way", InTransit),
        says("on the move", InTransit),
        says("weve got it", InTransit),
        says("we got it", InTransit),
        says("we have your parcel", InTransit),
        says("we have your item", InTransit),
        says("accepted", CollectedByCarrier),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_hold_the_word_delivered_are_not_all_delivered() {
        let table = [
            ("Delivered", State::Delivered),
            ("Your parcel has been delivered and signed for by SAMPLE", State::Delivered),
            ("Your parcel has been delivered to your neighbour at number 0", State::DeliveredToNeighbour),
            ("Your item was delivered to your Safeplace on 3 May.", State::DeliveredToSafeLocation),
            ("Not delivered", State::DeliveryFailed),
            ("As requested, your parcel will now be delivered on Mon 02 June 2014", State::DeliveryRescheduled),
            ("Due to be delivered today", State::OutForDelivery),
            ("Your parcel will be delivered tomorrow", State::DeliveryScheduled),
            ("Delivered to Your Collection Point by", State::ReadyForCollection),
            ("Sorry, we tried to deliver your parcel", State::DeliveryAttempted),
            ("We've received your order details, but have not yet received your parcel", State::Dispatched),
            ("It will now be returned to the sender.", State::WillBeReturnedToSender),
        ];
        for (text, state) in table {
            assert_eq!(meaning(text, &[ENGLISH]).map(|m| m.0), Some(state), "{text}");
        }
        assert_eq!(meaning("Zebra crossing", &[ENGLISH]), None);
        assert_eq!(meaning("", &[ENGLISH]), None);
    }

    #[test]
    fn words_refine_a_general_code_but_never_turn_it_into_delivered() {
        let delivered = Some((State::Delivered, None));
        let neighbour = Some((State::DeliveredToNeighbour, None));
        assert_eq!(refine(delivered, neighbour).0, State::DeliveredToNeighbour);
        assert_eq!(refine(Some((State::InTransit, None)), delivered).0, State::InTransit);
        assert_eq!(refine(None, None).0, State::Unknown);
        let nobody = Some((State::DeliveryAttempted, Some(Reason::NobodyHome)));
        assert_eq!(refine(Some((State::DeliveryAttempted, None)), nobody), (State::DeliveryAttempted, Some(Reason::NobodyHome)));
    }
}
