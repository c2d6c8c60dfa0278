//! Any postal operator by the Universal Postal Union's rules: item numbers of standard S10 and the event codes of
//! standard M40 (EMSEVT), which operators pass on to each other. An operator with an adapter of its own knows more.

use whereabouts_domain::State::*;

use super::{Card, Carrier, Code, Payload, Reading, Unreadable, code};
use crate::{checksum, country, spoken};

pub static CARRIER: S10 = S10;
pub struct S10;

static CARD: Card = Card { id: "s10", name: "Postal item", zone: "UTC", aggregator: false, codes: CODES };

/// UPU standard M40, tracking events.
pub const CODES: &[Code] = &[
    code("EMA", CollectedByCarrier),
    code("EMB", ArrivedAtHub),
    code("EXA", AtCustoms),
    code("EXB", HeldAtCustoms),
    code("EXC", ClearedThroughCustoms),
    code("EXD", HeldByCarrier),
    code("EXX", Cancelled),
    code("EMC", DepartedOriginCountry),
    code("EMJ", ArrivedAtHub),
    code("EMK", DepartedHub),
    code("EMD", ArrivedAtDestinationCountry),
    code("EDA", HeldByCarrier),
    code("EDB", AtCustoms),
    code("EME", HeldAtCustoms),
    code("EDC", ClearedThroughCustoms),
    code("EDD", ArrivedAtHub),
    code("EDE", DepartedHub),
    code("EMF", DepartedHub),
    code("EDF", HeldByCarrier),
    code("EDG", OutForDelivery),
    code("EMG", AtDeliveryDepot),
    code("EMH", DeliveryAttempted),
    code("EDH", ReadyForCollection),
    code("EMI", Delivered),
    code("EDX", ShipmentIssue),
];

impl Carrier for S10 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let country = checksum::s10_country(number)?;
        country::alpha2(country).map(|_| (40, true))
    }
}
