//! GOFO Express (United States): numbers `GFUS` and fourteen digits, no check digit. No format is published: rows are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::spoken;

pub static CARRIER: Gofo = Gofo;
pub struct Gofo;

static CARD: Card = Card { id: "gofo", name: "GOFO Express", zone: "America/New_York", aggregator: false, codes: &[] };

impl Carrier for Gofo {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("GFUS")?;
        (digits.len() == 14 && digits.bytes().all(|b| b.is_ascii_digit())).then_some((92, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.gofo.com/us/track/{number}"))
    }
}
