//! DX (Express, Freight, two-man): no open format; the public tracking page lists day and clock (`3/07/26 10:15 AM`), stage
//! and depot. Rows made of that page are read by their words. Meaning of the stages: the page itself.

use whereabouts_domain::State::*;

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::{
    phrase::{Phrase, says, says_why},
    spoken,
};

pub static CARRIER: Dx = Dx;
pub struct Dx;

static CARD: Card = Card { id: "dx", name: "DX", zone: "Europe/London", aggregator: false, codes: &[] };

const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says("order received|order details|order placed", Dispatched),
        says("scan at collection", CollectedByCarrier),
        says("scan at hub", ArrivedAtHub),
        says("scan at delivery", AtDeliveryDepot),
        says("scanned*vehicle|scanned*van|scanned for delivery|on route for delivery", OutForDelivery),
        says_why("carded", DeliveryFailedCardLeft, NobodyHome),
        says("booked in for delivery|delivery booked", DeliveryScheduled),
        says("held at*depot|held at service centre", HeldByCarrier),
    ]
};

impl Carrier for Dx {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, PHRASES)
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    /// The page asks for the number and the postcode.
    fn tracking_url(&self, _: &str) -> Option<String> {
        Some("https://dx-track.com/tracker/search.aspx".to_string())
    }
}
