//! Newgistics, since 2017 Pitney Bowes Standard: tracked through Pitney Bowes's API ("Track a Package", carrier
//! `NEWGISTICS`). Of its own former service no description was found: its rows are read by their words.

use super::{Card, Carrier, Payload, Reading, Shape, Unreadable, pitney_bowes};
use crate::{
    spoken,
    tree::{self, Tree},
};

pub static CARRIER: Newgistics = Newgistics;
pub struct Newgistics;

static CARD: Card = Card { id: "newgistics", name: "Newgistics", zone: "America/Chicago", aggregator: false, codes: &[] };

impl Carrier for Newgistics {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        match pitney_bowes::read_as(payload, Some(CARD.id)) {
            Ok(reading) => Ok(reading),
            Err(refusal) => spoken::read(payload, &CARD, &[]).map_err(|other| match refusal {
                Unreadable::ErrorReply(_) => refusal,
                Unreadable::NotUnderstood(_) => other,
            }),
        }
    }
    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let is_own = |t: &&serde_json::Value| {
            tree::field(t, &["scanDetailsList"]).is_some() && t.say("carrier").is_some_and(|c| c.eq_ignore_ascii_case("newgistics"))
        };
        if shape.json().is_some_and(|body| body.list("").iter().any(is_own)) { 97 } else { 0 }
    }
}
