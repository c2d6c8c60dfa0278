//! Carriers' words, when there is no code or the words say more than the code: a table of phrases per dialect, the most
//! particular first, and the English that all of them share for why something went wrong and where it was left.

use whereabouts_domain::{Reason, State};

/// A phrase and what it means. `+` joins parts that must all occur, `^` ties a part to the beginning, `=` wants the
/// whole text. Written in lower case, without punctuation; a part begins at a word's beginning.
pub struct Phrase {
    pub words: &'static str,
    pub state: State,
    pub reason: Option<Reason>,
}

pub const fn says(words: &'static str, state: State) -> Phrase {
    Phrase { words, state, reason: None }
}

pub const fn says_why(words: &'static str, state: State, reason: Reason) -> Phrase {
    Phrase { words, state, reason: Some(reason) }
}

/// The first phrase of the table that the text contains.
pub fn meaning(table: &'static [Phrase], text: &str) -> Option<&'static Phrase> {
    let text = plain(text);
    table.iter().find(|p| fits(p.words, &text))
}

/// Why, in the English that carriers share. The first that fits.
pub fn reason(text: &str) -> Option<Reason> {
    let text = plain(text);
    REASONS.iter().find(|(words, _)| fits(words, &text)).map(|(_, reason)| *reason)
}

/// Where or to whom it was handed over, told that it was delivered.
pub fn kind_of_delivery(text: &str) -> Option<State> {
    let text = plain(text);
    DELIVERED.iter().find(|(words, _)| fits(words, &text)).map(|(_, state)| *state)
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

/// Lower case, one blank between words, nothing but letters and digits, a blank in front.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    out.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !matches!(c, '\'' | '’' | '™' | '®') && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len().max(1));
    out
}

fn fits(words: &str, text: &str) -> bool {
    words.split('+').map(str::trim).all(|part| match (part.strip_prefix('='), part.strip_prefix('^')) {
        (Some(whole), _) => text.trim() == whole,
        (_, Some(start)) => text.trim_start().starts_with(start),
        _ => text.match_indices(part).any(|(at, _)| text[..at].ends_with(' ')),
    })
}

const DELIVERED: &[(&str, State)] = &[
    ("original sender", State::ReturnedToSender),
    ("returned to shipper", State::ReturnedToSender),
    ("returned to sender", State::ReturnedToSender),
    ("returned to the sender", State::ReturnedToSender),
    ("return to sender", State::ReturnedToSender),
    ("damaged", State::DeliveredDamaged),
    ("neighbor", State::DeliveredToNeighbour),
    ("neighbour", State::DeliveredToNeighbour),
    ("recipient at fedex", State::CollectedByShopper),
    ("picked up", State::CollectedByShopper),
    ("collected by", State::CollectedByShopper),
    ("mailbox", State::DeliveredToLetterbox),
    ("mail box", State::DeliveredToLetterbox),
    ("mail slot", State::DeliveredToLetterbox),
    ("letterbox", State::DeliveredToLetterbox),
    ("letter box", State::DeliveredToLetterbox),
    ("reception", State::DeliveredToReception),
    ("front desk", State::DeliveredToReception),
    ("mail room", State::DeliveredToReception),
    ("mailroom", State::DeliveredToReception),
    ("guard", State::DeliveredToReception),
    ("concierge", State::DeliveredToReception),
    ("doorman", State::DeliveredToReception),
    ("management office", State::DeliveredToReception),
    ("leasing office", State::DeliveredToReception),
    ("apartment office", State::DeliveredToReception),
    ("apt office", State::DeliveredToReception),
    ("safe place", State::DeliveredToSafeLocation),
    ("safe location", State::DeliveredToSafeLocation),
    ("secure location", State::DeliveredToSafeLocation),
    ("porch", State::DeliveredToSafeLocation),
    ("front door", State::DeliveredToSafeLocation),
    ("side door", State::DeliveredToSafeLocation),
    ("rear door", State::DeliveredToSafeLocation),
    ("back door", State::DeliveredToSafeLocation),
    ("other door", State::DeliveredToSafeLocation),
    ("garage", State::DeliveredToSafeLocation),
    ("patio", State::DeliveredToSafeLocation),
    ("deck", State::DeliveredToSafeLocation),
    ("carport", State::DeliveredToSafeLocation),
    ("shed", State::DeliveredToSafeLocation),
    ("backyard", State::DeliveredToSafeLocation),
    ("back yard", State::DeliveredToSafeLocation),
    ("left at", State::DeliveredToSafeLocation),
];

const REASONS: &[(&str, Reason)] = &[
    ("weather", Reason::Weather),
    ("snow", Reason::Weather),
    ("hurricane", Reason::NaturalDisaster),
    ("natural disaster", Reason::NaturalDisaster),
    ("flood", Reason::NaturalDisaster),
    ("emergency situation", Reason::NaturalDisaster),
    ("strike", Reason::Strike),
    ("labor dispute", Reason::Strike),
    ("civil unrest", Reason::Strike),
    ("holiday", Reason::PublicHoliday),
    ("refused", Reason::Refused),
    ("did not want", Reason::Refused),
    ("did not order", Reason::Refused),
    ("damage", Reason::Damaged),
    ("missing merchandise", Reason::ContentsMissing),
    ("contents missing", Reason::ContentsMissing),
    ("stolen", Reason::Stolen),
    ("theft", Reason::Stolen),
    ("cannot be located", Reason::Lost),
    ("unable to locate + package", Reason::Lost),
    ("lost", Reason::Lost),
    ("missort", Reason::Missorted),
    ("mis sort", Reason::Missorted),
    ("missent", Reason::Missorted),
    ("missrouted", Reason::Missorted),
    ("misrouted", Reason::Missorted),
    ("sorted to the wrong", Reason::Missorted),
    ("wrong facility", Reason::Missorted),
    ("label + unreadable", Reason::LabelUnreadable),
    ("unreadable", Reason::LabelUnreadable),
    ("oversize", Reason::Oversize),
    ("overweight", Reason::Oversize),
    ("exceeds + size", Reason::Oversize),
    ("exceeds + weight", Reason::Oversize),
    ("prohibited", Reason::ProhibitedContents),
    ("hazardous", Reason::ProhibitedContents),
    ("dangerous goods", Reason::ProhibitedContents),
    ("security", Reason::Security),
    ("duty", Reason::DutyDue),
    ("duties", Reason::DutyDue),
    ("taxes", Reason::DutyDue),
    ("customs + document", Reason::CustomsDocumentsMissing),
    ("clearance + document", Reason::CustomsDocumentsMissing),
    ("clearance information", Reason::CustomsDocumentsMissing),
    ("information + clearance", Reason::CustomsDocumentsMissing),
    ("missing + document", Reason::CustomsDocumentsMissing),
    ("missing + invoice", Reason::CustomsDocumentsMissing),
    ("paperwork", Reason::CustomsDocumentsMissing),
    ("refused + customs", Reason::CustomsRefused),
    ("customs + inspect", Reason::CustomsInspection),
    ("being inspected", Reason::CustomsInspection),
    ("clearance delay", Reason::CustomsInspection),
    ("government agency", Reason::CustomsInspection),
    ("regulatory agency", Reason::CustomsInspection),
    ("clearing agency", Reason::CustomsInspection),
    ("payment", Reason::PaymentDue),
    ("cod amount", Reason::PaymentDue),
    ("funds", Reason::PaymentDue),
    ("postage due", Reason::PaymentDue),
    ("adult signature", Reason::IdentityNotProven),
    ("proof of age", Reason::IdentityNotProven),
    ("identification", Reason::IdentityNotProven),
    ("authorized recipient", Reason::NobodyHome),
    ("not available or business closed", Reason::NobodyHome),
    ("business + closed", Reason::BusinessClosed),
    ("company + closed", Reason::BusinessClosed),
    ("consignee premises closed", Reason::BusinessClosed),
    ("closed on", Reason::BusinessClosed),
    ("closed", Reason::BusinessClosed),
    ("dog", Reason::NoAccess),
    ("animal", Reason::NoAccess),
    ("no access", Reason::NoAccess),
    ("unable to access", Reason::NoAccess),
    ("secure location", Reason::NoAccess),
    ("receptacle", Reason::NoAccess),
    ("mailbox full", Reason::NoAccess),
    ("gate code", Reason::NoAccess),
    ("incomplete address", Reason::AddressIncomplete),
    ("address + incomplete", Reason::AddressIncomplete),
    ("insufficient address", Reason::AddressIncomplete),
    ("address information + needed", Reason::AddressIncomplete),
    ("address information required", Reason::AddressIncomplete),
    ("missing + apartment", Reason::AddressIncomplete),
    ("missing + suite", Reason::AddressIncomplete),
    ("missing + number", Reason::AddressIncomplete),
    ("moved", Reason::RecipientMoved),
    ("forward expired", Reason::RecipientMoved),
    ("recipient unknown", Reason::RecipientUnknown),
    ("addressee unknown", Reason::RecipientUnknown),
    ("addressee not known", Reason::RecipientUnknown),
    ("name + incorrect", Reason::RecipientUnknown),
    ("incorrect address", Reason::AddressWrong),
    ("address + incorrect", Reason::AddressWrong),
    ("incorrect + number", Reason::AddressWrong),
    ("no such number", Reason::AddressWrong),
    ("address not found", Reason::AddressWrong),
    ("unable to locate", Reason::AddressWrong),
    ("wrong address", Reason::AddressWrong),
    ("bad address", Reason::AddressWrong),
    ("undeliverable as addressed", Reason::AddressWrong),
    ("not available", Reason::NobodyHome),
    ("not home", Reason::NobodyHome),
    ("no one", Reason::NobodyHome),
    ("nobody", Reason::NobodyHome),
    ("unclaimed", Reason::NotCollected),
    ("not picked up", Reason::NotCollected),
    ("not claimed", Reason::NotCollected),
    ("recipient + request", Reason::RequestedByShopper),
    ("receiver + request", Reason::RequestedByShopper),
    ("customer + request", Reason::RequestedByShopper),
    ("request + recipient", Reason::RequestedByShopper),
    ("request + receiver", Reason::RequestedByShopper),
    ("request + customer", Reason::RequestedByShopper),
    ("shipper + request", Reason::RequestedByRetailer),
    ("sender + request", Reason::RequestedByRetailer),
    ("request + shipper", Reason::RequestedByRetailer),
    ("request + sender", Reason::RequestedByRetailer),
    ("future delivery", Reason::RequestedByShopper),
    ("traffic", Reason::Traffic),
    ("mechanical", Reason::Traffic),
    ("vehicle", Reason::Traffic),
    ("accident", Reason::Traffic),
    ("late flight", Reason::TransportDelay),
    ("flight", Reason::TransportDelay),
    ("late train", Reason::TransportDelay),
    ("late trailer", Reason::TransportDelay),
    ("transport", Reason::TransportDelay),
    ("high volume", Reason::CapacityShortage),
    ("capacity", Reason::CapacityShortage),
    ("technical", Reason::TechnicalFault),
    ("power outage", Reason::TechnicalFault),
    ("not ready", Reason::NotReadyForCollection),
    ("remote", Reason::OutsideServiceArea),
    ("beyond + service area", Reason::OutsideServiceArea),
    ("insufficient time", Reason::OutOfTime),
    ("time to complete", Reason::OutOfTime),
    ("no attempt", Reason::OutOfTime),
];

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(kind_of_delivery("PORCH"), Some(State::DeliveredToSafeLocation));
        assert_eq!(kind_of_delivery("Delivered, In/At Mailbox"), Some(State::DeliveredToLetterbox));
    }
}
