//! Hermes Germany. Hermes gives its interface's description to its customers only: rows of time and words, as its page
//! and its interface tell them in German or English, are read by their words, and nothing is taken for Hermes's unasked.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::{
    phrase::{Phrase, says},
    spoken,
};
use whereabouts_domain::State as S;

pub static CARRIER: HermesDe = HermesDe;
pub struct HermesDe;

static CARD: Card = Card { id: "hermes_de", name: "Hermes", zone: "Europe/Berlin", aggregator: false, codes: &[] };

const PHRASES: &[Phrase] = &[
    says("elektronisch angekündigt|sendung*angekündigt|auftrag*übermittelt", S::Dispatched),
    says("an hermes übergeben|hermes übernommen|sendung*übernommen|vom auftraggeber", S::CollectedByCarrier),
    says("zustelltour|auf tour|in zustelltour", S::OutForDelivery),
    says("liegt*paketshop*abholung|im paketshop+abhol|bereit", S::ReadyForCollection),
];

impl Carrier for HermesDe {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, PHRASES)
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let is_international = number.len() == 20 && number.starts_with('H') && number[1..].bytes().all(|b| b.is_ascii_digit());
        let is_domestic = number.len() == 14 && number.bytes().all(|b| b.is_ascii_digit());
        if is_international { Some((80, false)) } else { is_domestic.then_some((15, false)) }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{number}"))
    }
}
