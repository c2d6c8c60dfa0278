//! HayPost (Armenia): item numbers of the Universal Postal Union's standard S10. HayPost publishes no format of its own:
//! rows of time and words are read by their words.

use super::{Card, Carrier, Payload, Reading, Unreadable, s10};
use crate::{checksum, spoken};

pub static CARRIER: HayPost = HayPost;
pub struct HayPost;

static CARD: Card = Card { id: "hay_post", name: "HayPost", zone: "Asia/Yerevan", aggregator: false, codes: s10::CODES };

impl Carrier for HayPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        spoken::read(payload, &CARD, &[])
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (checksum::s10_country(number) == Some("AM")).then_some((95, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.haypost.am/en/track-and-trace?number={number}"))
    }
}
