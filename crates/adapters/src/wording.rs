//! What carriers' sentences mean, when there is no code or when the words say more than the code.
//!
//! A phrase is written as [`squash`] prints it: lower case, no apostrophes, blanks for all other punctuation. It is found
//! at word boundaries; `*` stands for any words between, `^` binds to the start and `=` to the whole text. The first
//! phrase of a table that fits wins, so tables go from the particular to the general and from "not" to "yes".

use whereabouts_domain::{Milestone, Reason, State};

pub use crate::english::ENGLISH;

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
            ("Your parcel has not yet been delivered", State::InTransit),
            ("Your parcel should have been delivered by now", State::Delayed),
            ("Your parcel may have been delivered", State::Unknown),
            ("We'll e-mail you once your parcel has been delivered", State::Unknown),
            ("We couldn't deliver your parcel today", State::DeliveryFailed),
            ("We're delivering your parcel today between 10:00 and 11:00", State::OutForDelivery),
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
