//! Spee-Dee Delivery (Midwest of the United States): numbers `SP` and eighteen digits, no check digit. No format is published: rows are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::spoken;

pub static CARRIER: SpeeDee = SpeeDee;
pub struct SpeeDee;

static CARD: Card = Card { id: "speedee", name: "Spee-Dee Delivery", zone: "America/Chicago", aggregator: false, codes: &[] };

impl Carrier for SpeeDee {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("SP")?;
        (digits.len() == 18 && digits.bytes().all(|b| b.is_ascii_digit())).then_some((92, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://speedeedelivery.com/track-a-shipment/?barcode={number}"))
    }
}
