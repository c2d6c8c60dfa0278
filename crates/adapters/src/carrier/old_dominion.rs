//! Old Dominion Freight Line: PRO numbers of eleven digits with a Luhn check digit. No open format is published: rows are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::{checksum, spoken};

pub static CARRIER: OldDominion = OldDominion;
pub struct OldDominion;

static CARD: Card = Card { id: "old_dominion", name: "Old Dominion Freight Line", zone: "America/New_York", aggregator: false, codes: &[] };

impl Carrier for OldDominion {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let begins = ["777", "778", "072", "780"].iter().any(|p| number.starts_with(p));
        // Guaranteed shipments.
        let begins = begins || number.starts_with("80");
        (number.len() == 11 && begins && checksum::luhn(number)).then_some((82, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| format!("https://www.odfl.com/us/en/tools/trace-track-ltl-freight/trace.html?proNumbers={number}"))
    }
}
