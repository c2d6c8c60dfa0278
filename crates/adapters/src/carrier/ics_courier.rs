//! ICS Courier (Canada): no description of its web service was found, so no format is assumed. Rows of time and words are
//! read, and understood by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::spoken;

pub static CARRIER: IcsCourier = IcsCourier;
pub struct IcsCourier;

static CARD: Card = Card { id: "ics_courier", name: "ICS Courier", zone: "America/Toronto", aggregator: false, codes: &[] };

impl Carrier for IcsCourier {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }
}
