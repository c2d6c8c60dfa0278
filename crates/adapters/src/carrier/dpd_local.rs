//! DPD Local (formerly Interlink Express): DPD UK's sister brand on the same network, numbers and API (GeoPost UK's one
//! documentation names both hosts), so read where DPD UK is. A payload is known as DPD Local's only where it names the brand.

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable, dpd_uk};
use crate::ask::AskCard;
use crate::phrase::Phrase;

pub static CARRIER: DpdLocal = DpdLocal;
pub struct DpdLocal;

static CARD: Card = Card { id: "dpd_local", name: "DPD Local", zone: "Europe/London", aggregator: false, codes: dpd_uk::CODES };

impl Carrier for DpdLocal {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        dpd_uk::CARRIER.read(payload)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let names_the_brand = || {
            let body = String::from_utf8_lossy(payload.body).to_ascii_lowercase();
            ["dpdlocal", "dpd local", "interlink"].iter().any(|name| body.contains(name))
        };
        if dpd_uk::CARRIER.detect(payload, shape) >= 85 && names_the_brand() { 97 } else { 0 }
    }

    /// The same numbers; DPD UK carries more of them.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        dpd_uk::CARRIER.recognise(number).map(|(sure, checked)| (sure / 2, checked))
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        dpd_uk::CARRIER.wording()
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.dpdlocal.co.uk/apps/tracking/?reference={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        dpd_uk::ASKS
    }
}
