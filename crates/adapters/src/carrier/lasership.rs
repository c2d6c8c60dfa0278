//! LaserShip (with OnTrac since 2021): numbers `LX` and eight digits, `1LS7…`, `1LSCX…`, no check digit. No format is published: rows are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable};
use crate::spoken;

pub static CARRIER: LaserShip = LaserShip;
pub struct LaserShip;

static CARD: Card = Card { id: "lasership", name: "LaserShip", zone: "America/New_York", aggregator: false, codes: &[] };

impl Carrier for LaserShip {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if let Some(rest) = number.strip_prefix("1LSCX") {
            return (rest.len() == 10 && alphanumeric(rest)).then_some((92, false));
        }
        if let Some(rest) = number.strip_prefix("1LS7") {
            let fits = digits(rest) && rest.starts_with(['1', '2']);
            // The longer form names the piece, which ends with 1 (a hyphen stands before it when printed).
            let piece =
                rest.len() == 13 && rest.get(3..5) == Some("01") && matches!(rest.as_bytes()[5], b'1'..=b'4') && rest.ends_with('1');
            return (fits && (rest.len() == 11 || piece)).then_some((92, false));
        }
        let rest = number.strip_prefix('L')?;
        let (letter, rest) = rest.split_at_checked(1)?;
        let fits = "AIEHNX".contains(letter) && rest.len() == 8 && digits(rest) && rest.starts_with(['1', '2', '3']);
        fits.then_some((85, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://www.ontrac.com/tracking/?number={number}"))
    }
}
