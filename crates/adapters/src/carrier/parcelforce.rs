//! Parcelforce Worldwide: speaks Royal Mail Group's dialect (mail pieces with events and summary) and is read where Royal
//! Mail is. Its own event codes were never published, so the words decide; what they mean: Parcelforce's help page "What
//! does the tracking description mean?". Number forms: the guide of its reporting system.

use super::{
    Card, Carrier, Payload, Reading, Shape, Unreadable,
    royalmail::{self, Speaker},
};
use crate::{checksum, phrase::Phrase};

pub static CARRIER: Parcelforce = Parcelforce;
pub struct Parcelforce;

static CARD: Card = Card { id: "parcelforce", name: "Parcelforce", zone: "Europe/London", aggregator: false, codes: &[] };

impl Carrier for Parcelforce {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        royalmail::read(payload, Speaker::Other)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        if shape.json().is_some_and(royalmail::is_parcelforce) { 97 } else { 0 }
    }

    /// `AA1234567`, as a barcode `PBAA1234567001`; abroad a postal number of the express range.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let short =
            |n: &str| n.len() == 9 && n.bytes().take(2).all(|b| b.is_ascii_uppercase()) && n.bytes().skip(2).all(|b| b.is_ascii_digit());
        if short(number) {
            return Some((55, false));
        }
        if let Some(rest) = number.strip_prefix("PB") {
            let piece = rest.get(9..).is_some_and(|p| p.len() == 3 && p.bytes().all(|b| b.is_ascii_digit()));
            return (piece && rest.get(..9).is_some_and(short)).then_some((88, false));
        }
        (number.starts_with('E') && checksum::s10_country(number) == Some("GB")).then_some((60, true))
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        royalmail::CARRIER.wording()
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.parcelforce.com/track-trace?trackNumber={number}"))
    }
}
