//! HayPost (Armenia): item numbers of the Universal Postal Union's standard S10. HayPost publishes no format of its own. Its
//! system's orders tell a history of states (`orderStateHistories`), a state by its number and its name; whatever else has
//! rows of time and words is read by its words.

use serde_json::Value;
use whereabouts_domain::State as S;

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Unreadable, code, s10};
use crate::{
    checksum,
    phrase::{Phrase, says},
    scan::Scan,
    spoken, timeline,
    tree::{self, Tree},
};

pub static CARRIER: HayPost = HayPost;
pub struct HayPost;

static CARD: Card = Card { id: "hay_post", name: "HayPost", zone: "Asia/Yerevan", aggregator: false, codes: s10::CODES };
/// Orders have numbers for codes, which no event of the postal union has.
static ORDERS: Card = Card { codes: CODES, ..CARD };

/// The numbers of the states as open programs that ask HayPost take them (2025). HayPost does not publish them: they count
/// only where the name of the state is not understood.
const CODES: &[Code] = &[
    code("1", S::InTransit),
    code("2", S::InTransit),
    code("3", S::DeliveryFailed),
    code("4", S::DeliveryFailed),
    code("5", S::InTransit),
    code("6", S::Delivered),
    code("7", S::InTransit),
    code("8", S::Delayed),
    code("9", S::Delayed),
    code("10", S::DeliveryFailed),
    code("11", S::HeldByCarrier),
];

const PHRASES: &[Phrase] = &[says("=returned|=is returned", S::ReturnedToSender)];

const SCAN: Scan = Scan {
    code: &["orderState.code", "orderState.id", "stateId", "orderStateId"],
    words: &["orderState.name", "orderState.description", "orderStateName", "stateName", "orderState"],
    at: &["createdDate", "createdAt", "date"],
    place: &["branch.name", "office.name", "location"],
    phrases: &[PHRASES],
    words_may_speak: true,
    words_decide: true,
    ..Scan::BARE
};

impl Carrier for HayPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let orders = tree::outermost(&tree, &|v| v.carries_list("orderStateHistories"));
        if orders.is_empty() {
            return spoken::read(payload, &CARD, PHRASES);
        }
        Ok(Reading { parcels: timeline::one_per_number(orders.into_iter().map(|o| order(o, payload)).collect()) })
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        (checksum::s10_country(number) == Some("AM")).then_some((95, true))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.haypost.am/en/track-and-trace?number={number}"))
    }
}

fn order(told: &Value, payload: &Payload) -> ParcelReading {
    let rows = told.list("orderStateHistories");
    let mut events: Vec<_> = rows.into_iter().filter_map(|row| SCAN.event(row, &ORDERS, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    ParcelReading { tracking_number: told.first(&["trackingNumber", "barcode", "id"]), events, ..ParcelReading::default() }
}
