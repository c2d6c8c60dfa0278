//! The shop goes on: every day of the story some orders come in, leave in the evening and arrive on the next day, for as long as the demo runs.

use serde_json::json;

use super::{
    people::{basket, shopper},
    story::{Sale, Story},
    voice::{Carrier, Word},
};

const ORDERS_A_DAY: i64 = 6;
const FIRST_ORDER: i64 = 61_900;

/// The orders that leave on one day, 0 or later.
pub fn write(story: &mut Story, day: i64) {
    for n in 0..ORDERS_A_DAY {
        let count = day * ORDERS_A_DAY + n;
        let index = usize::try_from(count).unwrap_or(0);
        let sale = Sale { number: format!("TP-{}", FIRST_ORDER + count), buyer: shopper(400 + index), lines: basket(index), day };
        let carrier = [Carrier::RoyalMail, Carrier::Dpd, Carrier::Evri][index % 3];
        let bought = format!("{:02}:{:02}", 8 + n, (count * 17) % 60);
        story.order(&sale, &bought, json!({}));
        let parcel = story.parcel(carrier, sale.buyer.town);
        story.ship(&sale, &parcel, day, "15:30", day + 2, json!({}));
        story.night(&parcel, day, n * 3);
        let at = story.at(day + 1, "10:10", n * 53);
        match count % 11 {
            7 => story.say_at(&parcel, &at, Word::Missed),
            _ => story.say_at(&parcel, &at, Word::Delivered),
        }
    }
}
