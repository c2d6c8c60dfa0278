//! What carriers' sentences mean, when there is no code or when the words say more than the code.
//!
//! A phrase is written as [`squash`] prints it: lower case, no apostrophes, blanks for all other punctuation. `+` joins
//! parts that must all occur, `|` divides alternatives of a part, `*` stands for any words between. A word begins where
//! the phrase begins (`~`: or inside a compound) and may go on unless the phrase ends with `.`; `^` ties a part to the
//! start, `=` to the whole text. The first phrase that fits wins, so tables go from the particular to the general and
//! from "not" to "yes".

mod chinese;
mod claim;
mod clause;
pub mod dutch;
mod english;
mod find;
pub mod french;
mod german;
mod handed_on;
mod handed_over;
mod italian;
pub mod polish;
mod portuguese;
mod reason;
mod shelf;
mod spanish;

use std::sync::LazyLock;

use find::{fits, holds};
use shelf::{Heard, Shelf};
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

/// The words alone, in a carrier's own phrases first and then in the languages that carriers share.
pub fn understand(text: &str, own: &[Phrase]) -> Option<Meaning> {
    let text = Heard::of(text);
    let shared = || {
        let (state, reason) = SHARED.first(&text, |(state, _)| claim::is_one(state))?;
        Some((handed_on::settled(state, &text), reason))
    };
    let (state, reason) = first(own, &text).or_else(shared)?;
    match state {
        State::Unknown => None,
        State::Delivered => Some((HANDED_OVER.first(&text, no_claim).unwrap_or(State::Delivered), reason)),
        state => Some((state, reason.or_else(|| is_trouble(state).then(|| REASONS.first(&text, no_claim)).flatten()))),
    }
}

/// The languages that carriers share. What English understands is English; behind it come those whose words are least like others'.
const LANGUAGES: [&[Phrase]; 9] = [
    german::GERMAN,
    chinese::CHINESE,
    english::ENGLISH,
    spanish::SPANISH,
    portuguese::PORTUGUESE,
    italian::ITALIAN,
    french::FRENCH,
    polish::POLISH,
    dutch::DUTCH,
];

/// What carriers share, language by language.
static SHARED: LazyLock<Shelf<Meaning>> =
    LazyLock::new(|| Shelf::of(LANGUAGES.into_iter().flatten().map(|p| (p.words, (p.state, p.reason)))));
static REASONS: LazyLock<Shelf<Reason>> = LazyLock::new(|| Shelf::of(reason::REASONS.iter().copied()));
static HANDED_OVER: LazyLock<Shelf<State>> = LazyLock::new(|| Shelf::of(handed_over::HANDED_OVER.iter().copied()));

/// Reasons, and places within a delivery that was told.
fn no_claim<T>(_: T) -> bool {
    false
}

fn is_trouble(state: State) -> bool {
    matches!(state.milestone(), Some(Milestone::Exception | Milestone::AttemptFail))
}

/// The first phrase of one table that fits.
pub fn meaning(table: &[Phrase], text: &str) -> Option<Meaning> {
    first(table, &Heard::of(text))
}

/// A phrase that says to whom means just that.
fn first(table: &[Phrase], text: &Heard) -> Option<Meaning> {
    let phrase = table.iter().find(|p| fits(p, text))?;
    let says_whom = phrase.words.contains(" to ");
    Some((if says_whom { phrase.state } else { handed_on::settled(phrase.state, text) }, phrase.reason))
}

/// Why, in the English that carriers share.
pub fn reason(text: &str) -> Option<Reason> {
    REASONS.first(&Heard::of(text), no_claim)
}

/// Every state that the English which carriers share can tell.
pub fn shared_states() -> impl Iterator<Item = State> {
    english::ENGLISH.iter().map(|p| p.state).chain(handed_over::HANDED_OVER.iter().map(|(_, state)| *state))
}

/// Where or to whom it was handed over, told that it was delivered.
pub fn handed_over(text: &str) -> Option<State> {
    HANDED_OVER.first(&Heard::of(text), no_claim)
}

/// Code and words together: the more specific wins, and words never make a parcel delivered that its code does not.
pub fn refine(code: Option<Meaning>, words: Option<Meaning>) -> Meaning {
    match (code, words) {
        (None, words) => words.unwrap_or((State::Unknown, None)),
        (Some(code), None) => code,
        (Some((state, reason)), Some((told, why))) if is_finer(state, told) => (told, why.or(reason)),
        (Some((state, reason)), Some((told, why))) => {
            let same_step = state == told || (state.milestone().is_some() && state.milestone() == told.milestone());
            (state, reason.or(why.filter(|_| same_step)))
        }
    }
}

/// A code's meaning and the words beside it: a phrase of the carrier's own decides, else both are put together; a trouble
/// without a reason looks for one in the words.
pub fn weigh(coded: Option<Meaning>, words: &str, own: &[Phrase]) -> Meaning {
    let (state, reason) = match meaning(own, words) {
        Some((State::Delivered, why)) => (handed_over(words).unwrap_or(State::Delivered), why),
        Some((state, why)) => (state, why.or(coded.filter(|(same, _)| *same == state).and_then(|(_, why)| why))),
        None => refine(coded, understand(words, &[])),
    };
    (state, reason.or_else(|| is_trouble(state).then(|| self::reason(words)).flatten()))
}

/// Is `told` a particular case of the general `state`?
fn is_finer(state: State, told: State) -> bool {
    use State::*;
    match state {
        Delivered => (told.is_delivered() && told != ProofOfDeliveryAvailable) || matches!(told, ReadyForCollection | ReturnedToSender),
        InTransit => !told.is_delivered() && !matches!(told, InTransit | Dispatched),
        DeliveryAttempted | DeliveryFailed => {
            matches!(told, DeliveryFailedCardLeft | DeliveryRefused | ReadyForCollection)
        }
        // That somebody has to act is more than that the parcel is held.
        ActionRequired if matches!(told, HeldAtCustoms | HeldByCarrier) => false,
        ShipmentIssue | ActionRequired => {
            is_trouble(told)
                || told.milestone() == Some(Milestone::AvailableForPickup)
                || matches!(told, Misrouted | DeliveryRescheduled | DeliveryAddressChanged | AtCustoms)
        }
        ArrivedAtHub | DepartedHub => matches!(told, CollectedByCarrier | DroppedOff | AtDeliveryDepot),
        HeldByCarrier | Delayed => matches!(told, HeldAtCustoms | CustomsChargesDue),
        AtDeliveryDepot => told == OutForDelivery,
        OutForDelivery => matches!(told, FinalDeliveryAttempt),
        ReturningToSender => matches!(told, ReturnedToSender),
        _ => false,
    }
}

/// Lower case, apostrophes gone, all else that is not a letter or digit a single blank.
pub fn squash(text: &str) -> String {
    padded(text).trim().to_string()
}

/// As [`squash`] prints it, with a blank at both ends, so that every word has one before and behind it.
fn padded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for c in text.chars() {
        match c {
            '\'' | '’' | '‘' | '`' | '™' | '®' => {}
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Text without HTML tags and with single blanks.
pub fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    let out = out.replace("&nbsp;", " ").replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every sentence means what stands beside it: a state, and a reason if there is one.
#[cfg(test)]
fn hold_to(own: &[Phrase], table: &[(&str, &str)]) {
    let told = |text: &str| match understand(text, own) {
        Some((state, Some(why))) => format!("{} {}", state.id(), why.id()),
        Some((state, None)) => state.id().to_string(),
        None => "-".into(),
    };
    let wrong: Vec<String> = table
        .iter()
        .map(|(text, wanted)| (text, wanted, told(text)))
        .filter(|(_, wanted, got)| *wanted != got)
        .map(|(text, wanted, got)| format!("{text}: wanted {wanted}, got {got}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
            ("Parcel has not been delivered yet", State::InTransit),
            ("Delivered to local depot", State::AtDeliveryDepot),
            ("Delivered to carrier", State::CarrierChanged),
            ("DELIVERED TO SHIPPER", State::ReturnedToSender),
            ("Delivered to the delivery partner", State::CarrierChanged),
            ("Delivered to airport", State::InTransit),
            ("On truck for delivery", State::OutForDelivery),
            ("Customer closed", State::DeliveryAttempted),
            ("Signed/Delivered by Client", State::Delivered),
            ("Die Sendung ist auf dem Weg in die Region des Empfängers.", State::InTransit),
            ("快件交给张三,正在派送途中", State::OutForDelivery),
            ("顺丰速运 已收取快件", State::CollectedByCarrier),
            ("Parcel will be collected by the recipient", State::ReadyForCollection),
            ("Collected from locker by courier", State::CollectedByCarrier),
            ("Collected from locker by customer", State::CollectedByShopper),
            ("Proof of delivery requested", State::ForInformation),
            ("AT_PARCELSHOP", State::ReadyForCollection),
            ("RETURNED", State::ReturnedToSender),
            ("Zugestellt an Depot", State::AtDeliveryDepot),
            ("Handed to neighbour", State::DeliveredToNeighbour),
            ("Zugestellt", State::Delivered),
            ("Sendung zugestellt", State::Delivered),
            ("Die Sendung wird morgen zugestellt", State::Unknown),
            ("Zustellung erfolgt morgen", State::Unknown),
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
            assert_eq!(understand(text, &[]).map_or(State::Unknown, |m| m.0), state, "{text}");
        }
        assert_eq!(understand("Zebra crossing", &[]), None);
        assert_eq!(understand("", &[]), None);
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

    fn told(text: &str) -> String {
        understand(text, &[]).map_or("-".into(), |(s, r)| match r {
            Some(r) => format!("{} ({})", s.id(), r.id()),
            None => s.id().to_string(),
        })
    }

    #[test]
    fn words_are_understood_as_a_shopper_would() {
        let table = [
            ("DELIVERED", "delivered"),
            ("Delivered, Left with Neighbor", "delivered_to_neighbour"),
            ("Delivered - Left at front door. Signature Service not requested.", "delivered_to_safe_location"),
            ("Delivered, In/At Mailbox", "delivered_to_letterbox"),
            ("Delivered, Front Door/Porch", "delivered_to_safe_location"),
            ("The parcel has been delivered at the ParcelShop (see ParcelShop information).", "ready_for_collection"),
            ("Your item will be delivered tomorrow", "delivery_scheduled"),
            ("The parcel is expected to be delivered during the day.", "out_for_delivery"),
            ("We could not deliver: nobody at home", "delivery_failed (nobody_home)"),
            ("Out for Delivery", "out_for_delivery"),
            ("Departed FedEx location", "departed_hub"),
            ("Arrived at USPS Origin Facility", "arrived_at_hub"),
            ("Pre-Shipment Info Sent to USPS", "dispatched"),
            ("Shipper created a label, UPS has not received the package yet.", "dispatched"),
            ("The parcel was handed over to GLS.", "collected_by_carrier"),
            ("Returned to sender", "returned_to_sender"),
            ("Die Sendung wurde erfolgreich zugestellt.", "delivered"),
            ("Das Paket wurde beim Empfänger zugestellt.", "delivered"),
            ("Das Paket wurde im GLS PaketShop zugestellt (siehe PaketShop-Anzeige).", "ready_for_collection"),
            ("Die Sendung konnte nicht zugestellt werden.", "delivery_failed"),
            ("Das Paket konnte nicht zugestellt werden, da der Empfänger nicht angetroffen wurde.", "delivery_failed (nobody_home)"),
            ("Die Sendung wurde dem Nachbarn zugestellt.", "delivered_to_neighbour"),
            ("Something nobody wrote down", "-"),
        ];
        for (text, expected) in table {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn undelivered_is_not_delivered() {
        static TABLE: &[Phrase] = &[says("delivered", State::Delivered)];
        assert!(meaning(TABLE, "Undelivered").is_none());
        assert!(meaning(TABLE, "DELIVERED, Front Desk").is_some());
    }

    #[test]
    fn the_reason_stands_in_the_words() {
        assert_eq!(reason("Customer not available or business closed"), Some(Reason::NobodyHome));
        assert_eq!(reason("The business is closed on Saturday."), Some(Reason::BusinessClosed));
        assert_eq!(reason("Arrived at facility"), None);
    }

    #[test]
    fn a_porch_is_a_safe_location_and_a_mailbox_a_letterbox() {
        assert_eq!(handed_over("PORCH"), Some(State::DeliveredToSafeLocation));
        assert_eq!(handed_over("Delivered, In/At Mailbox"), Some(State::DeliveredToLetterbox));
    }
}
