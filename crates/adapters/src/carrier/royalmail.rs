//! Royal Mail.

use super::{Card, Carrier, Payload, Reading, Unreadable};

pub static CARRIER: RoyalMail = RoyalMail;
pub struct RoyalMail;

static CARD: Card = Card { id: "royalmail", name: "Royal Mail", zone: "Europe/London", aggregator: false, codes: &[] };

impl Carrier for RoyalMail {
    fn card(&self) -> &'static Card {
        &CARD
    }
    fn read(&self, _: &Payload) -> Result<Reading, Unreadable> {
        Err(Unreadable::not_understood("not yet"))
    }
}
