//! Amazon Shipping in the United Kingdom: `getTracking` of the Selling Partner API as elsewhere, but for the business
//! `AmazonShipping_UK` (header `x-amzn-shipping-business-id` of the API's reference, v2); without that header
//! nothing tells the two apart. Clocks carry an offset.

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable, amazon_shipping};

pub static CARRIER: AmazonShippingUk = AmazonShippingUk;
pub struct AmazonShippingUk;

static CARD: Card =
    Card { id: "amazon_shipping_uk", name: "Amazon Shipping", zone: "UTC", aggregator: false, codes: amazon_shipping::CODES };

impl Carrier for AmazonShippingUk {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let mut reading = amazon_shipping::CARRIER.read(payload)?;
        for parcel in &mut reading.parcels {
            parcel.events.iter_mut().chain(&mut parcel.summary).for_each(|event| event.carrier = CARD.id.to_string());
        }
        Ok(reading)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let business = payload.header("x-amzn-shipping-business-id");
        let is_british = business.is_some_and(|id| id.eq_ignore_ascii_case("AmazonShipping_UK"));
        if is_british && amazon_shipping::CARRIER.detect(payload, shape) > 0 { 98 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://track.amazon.co.uk/tracking/{number}"))
    }
}
