//! OnTrac: numbers `C` or `D` and fourteen digits with a check digit. No open format is published: rows are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::{checksum, spoken};

pub static CARRIER: OnTrac = OnTrac;
pub struct OnTrac;

static CARD: Card = Card { id: "ontrac", name: "OnTrac", zone: "America/Los_Angeles", aggregator: false, codes: &[] };

impl Carrier for OnTrac {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    /// The letter counts in the check digit: C as 4, D as 5.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let (letter, digits) = number.split_at_checked(1)?;
        let counts = match letter {
            "C" => "4",
            "D" => "5",
            _ => return None,
        };
        if digits.len() != 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (serial, check) = digits.split_at(13);
        let serial = if serial.starts_with(counts) { serial.to_string() } else { format!("{counts}{serial}") };
        checksum::mod10(&serial, check.as_bytes()[0], 1, 2).then_some((93, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.ontrac.com/tracking/?number={number}"))
    }
}
