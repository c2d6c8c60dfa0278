//! DHL Freight: the unified tracking API where every shipment is freight.

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable, dhl_universal};

pub static CARRIER: DhlFreight = DhlFreight;
pub struct DhlFreight;

static CARD: Card = Card { id: "dhl_freight", name: "DHL Freight", zone: "Europe/Berlin", aggregator: false, codes: &[] };

impl Carrier for DhlFreight {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        dhl_universal::read(&payload.json()?, payload, &CARD)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        let found = dhl_universal::shipments(tree);
        if !found.is_empty() && found.iter().all(|s| dhl_universal::is_freight(s)) { 95 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.dhl.com/global-en/home/tracking/tracking-freight.html?tracking-id={number}"))
    }
}
