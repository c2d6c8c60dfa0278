//! UPS Mail Innovations: UPS's own tracking replies about mail that the postal service delivers. Read where UPS is read;
//! which of the two it is, only the number tells.

use super::{Card, Carrier, Payload, Reading, Unreadable, ups};

pub static CARRIER: UpsMailInnovations = UpsMailInnovations;
pub struct UpsMailInnovations;

static CARD: Card =
    Card { id: "ups_mail_innovations", name: "UPS Mail Innovations", zone: "America/New_York", aggregator: false, codes: &[] };

impl Carrier for UpsMailInnovations {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let mut reading = ups::CARRIER.read(payload)?;
        for parcel in &mut reading.parcels {
            parcel.events.iter_mut().chain(&mut parcel.summary).for_each(|event| event.carrier = CARD.id.into());
        }
        Ok(reading)
    }

    /// `MI`, six digits of the shipper, then the mail piece's own.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let rest = number.strip_prefix("MI")?;
        let is_shipper = rest.get(..6).is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit()));
        let form = (7..=28).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        (is_shipper && form).then_some((70, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.ups-mi.net/packageID/PackageID.aspx?PID={number}"))
    }
}
