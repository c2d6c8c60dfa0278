//! DSV: EDIFACT IFTSTA (seen: D.10B), read where all of IFTSTA is read. Consignments are numbered `DSV…`; statuses are of
//! DSV's own list (`Z1`), which is not published: they stay unknown until the operator says what they mean.

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable, iftsta};
use crate::edi;

pub static CARRIER: Dsv = Dsv;
pub struct Dsv;

static CARD: Card = Card { id: "dsv", name: "DSV", zone: "Europe/Copenhagen", aggregator: false, codes: &[] };

impl Carrier for Dsv {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let mut reading = iftsta::CARRIER.read(payload)?;
        let number = lone_consignment(payload);
        for parcel in &mut reading.parcels {
            // The references behind a status are the customer's and other carriers'.
            parcel.tracking_number = number.clone().or(parcel.tracking_number.take());
            parcel.events.iter_mut().chain(&mut parcel.summary).for_each(|event| event.carrier = CARD.id.to_string());
        }
        Ok(reading)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        if iftsta::CARRIER.detect(payload, shape) == 0 {
            return 0;
        }
        let text = edi::text(payload.body);
        let Ok((marks, text)) = edi::edifact(&text) else { return 0 };
        let mut segments = edi::segments(text, &marks);
        let is_own = segments.any(|s| match s.tag() {
            "CNI" => s.part(2, 0).is_some_and(|number| number.starts_with("DSV")),
            "UNB" => s.part(2, 0).is_some_and(|sender| sender.starts_with("DSV")),
            _ => false,
        });
        if is_own { 96 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("DSV").map(|rest| rest.bytes().filter(u8::is_ascii_digit).count())?;
        (digits >= 5).then_some((70, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://mydsv.dsv.com/app/tracking/?q={number}"))
    }
}

/// The number of the consignment, if the interchange tells of one alone.
fn lone_consignment(payload: &Payload) -> Option<String> {
    let text = edi::text(payload.body);
    let (marks, text) = edi::edifact(&text).ok()?;
    let mut consignments = edi::segments(text, &marks).filter(|s| s.is("CNI"));
    let number = consignments.next()?.part(2, 0);
    number.filter(|_| consignments.next().is_none())
}
