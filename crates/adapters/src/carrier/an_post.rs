//! An Post (Ireland): item numbers of the Universal Postal Union's standard S10 and, in what it passes on to other
//! operators, the event codes of standard M40. An Post publishes no format of its own: rows of its page are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable, s10};
use crate::{
    checksum,
    phrase::{Phrase, says, says_why},
    spoken,
};

pub static CARRIER: AnPost = AnPost;
pub struct AnPost;

static CARD: Card = Card { id: "an_post", name: "An Post", zone: "Europe/Dublin", aggregator: false, codes: s10::CODES };

const PHRASES: &[Phrase] = {
    use whereabouts_domain::{Reason::*, State::*};
    &[
        says("sorted in*mails centre|sorted in*hub|arrived*mails centre", ArrivedAtHub),
        says("delivery service unit", AtDeliveryDepot),
        says("with*delivery postperson|with the postperson|out with*postal operative", OutForDelivery),
        says_why("docket left|delivery notice left", DeliveryFailedCardLeft, NobodyHome),
    ]
};

impl Carrier for AnPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, PHRASES)
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (checksum::s10_country(number) == Some("IE")).then_some((95, true))
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| format!("https://www.anpost.com/Post-Parcels/Track/History?item={number}"))
    }
}
