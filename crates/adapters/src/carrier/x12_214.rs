//! ASC X12 214 by EDI from whichever carrier: what North American carriers send. What the format holds is in [`x12`](crate::x12);
//! Canada Post's, which says more, is read by `canadapost`.

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::ZoneRule,
    timeline, underneath,
    x12::{self, Shipment, codes},
};

pub static CARRIER: X12 = X12;
pub struct X12;

static CARD: Card = Card { id: "x12_214", name: "X12 214", zone: "America/New_York", aggregator: true, codes: codes::STATUS };

impl Carrier for X12 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let text = x12::text(payload.body).ok_or_else(|| Unreadable::not_understood("no X12 interchange"))?;
        let shipments = x12::shipments(&text, &ZoneRule::of(payload.zone, CARD.zone))?;
        let parcels = shipments.into_iter().map(|shipment| parcel(shipment, payload.number)).collect();
        Ok(Reading { parcels: timeline::one_per_number(parcels) })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Shape::Other = shape else { return 0 };
        if x12::text(payload.body).is_some_and(|text| x12::holds_status(&text)) { 90 } else { 0 }
    }
}

fn parcel(shipment: Shipment, asked: Option<&str>) -> ParcelReading {
    let scac = shipment.scac.or(shipment.sender).unwrap_or_default();
    let carrier = codes::carrier_of(&scac).map_or_else(|| underneath::carrier_id(&scac), str::to_string);
    let number = shipment.number.or_else(|| asked.map(str::to_string)).or(shipment.shippers_number);
    let mut parcel = ParcelReading { tracking_number: number, ..ParcelReading::default() };
    if parcel.tracking_number.is_none() {
        parcel.fault = Some("a shipment without a number".into());
        return parcel;
    }
    parcel.fault = (shipment.without_code > 0).then(|| "a status without a code".into());
    parcel.events = shipment.statuses.into_iter().map(|status| status.into_event(&carrier)).collect();
    parcel.estimated_delivery = parcel.events.iter().rev().find_map(|event| event.estimated_delivery.clone());
    parcel
}
