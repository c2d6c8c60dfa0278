//! The order whose page is printed when the demo starts: a guesthouse is being furnished, and two boxes leave the warehouse every day. Something
//! is said about one of them every hour, so that whoever watches the page sees it move; the rest of the order is made to measure and follows.

use serde_json::{Value, json};

use super::{
    people::{Line, shopper},
    story::{Sale, Story},
    voice::{Carrier, Word},
};

pub const ORDER: &str = "TP-61690";
/// Boxes leave on every day from here …
const FIRST_DAY: i64 = -2;
/// … to here: more than the hour or two that anybody watches.
const LAST_DAY: i64 = 12;

/// (days after it left, clock, what). The two tables share the hours of a day between them: one box leaves in the early afternoon and arrives on
/// the next day about noon.
const DPD: &[(i64, &str, Word)] = &[
    (0, "16:15", Word::Collected),
    (0, "18:15", Word::Hub),
    (0, "20:15", Word::LeftHub),
    (0, "22:15", Word::SecondHub),
    (1, "00:15", Word::Sorted),
    (1, "02:15", Word::LeftSecondHub),
    (1, "04:15", Word::Depot),
    (1, "08:15", Word::Out),
    (1, "10:15", Word::Near),
    (1, "12:15", Word::Delivered),
];
const ROYAL_MAIL: &[(i64, &str, Word)] = &[
    (0, "15:15", Word::Collected),
    (0, "17:15", Word::Hub),
    (0, "19:15", Word::LeftHub),
    (0, "21:15", Word::SecondHub),
    (0, "23:15", Word::Sorted),
    (1, "01:15", Word::LeftSecondHub),
    (1, "03:15", Word::SecondHub),
    (1, "05:15", Word::Sorted),
    (1, "06:15", Word::LeftSecondHub),
    (1, "07:15", Word::Depot),
    (1, "09:15", Word::Out),
    (1, "11:15", Word::Delivered),
];

pub fn write(story: &mut Story) {
    let mut buyer = shopper(301);
    buyer.town = "Keswick";
    let lines: Vec<Line> = (0..14).map(|product| Line { product, quantity: 2 }).collect();
    let sale = Sale { number: ORDER.into(), buyer, lines, day: -6 };
    let ready = story.date(4).to_string();
    let later: Vec<Value> = sale
        .lines
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let mut line = l.ordered(i);
            if i >= 10 {
                line["back_ordered_until"] = ready.clone().into();
            }
            line
        })
        .collect();
    story.order(&sale, "10:20", json!({"lines": later, "tags": ["guesthouse"]}));
    for day in FIRST_DAY..=LAST_DAY {
        let n = usize::try_from(day - FIRST_DAY).unwrap_or(0);
        for (i, (carrier, clock, way)) in [(Carrier::RoyalMail, "13:13", ROYAL_MAIL), (Carrier::Dpd, "14:13", DPD)].into_iter().enumerate()
        {
            let parcel = story.parcel(carrier, "Keswick");
            let at = (2 * n + i) % sale.lines.len();
            let item = Line { quantity: 1, ..sale.lines[at] }.item(at);
            let address = json!({"line1": "Rowan House, Skiddaw Street", "city": "Keswick", "postcode": "CA12 4BY"});
            story.ship(&sale, &parcel, day, clock, day + 2, json!({"items": [item], "destination": address, "handed_over_at": null}));
            for (after, clock, word) in way {
                story.say(&parcel, day + after, clock, *word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::story::Act;
    use jiff::{civil::date, tz::TimeZone};

    #[test]
    fn something_is_said_of_the_guesthouse_every_hour_or_so() {
        let mut story = Story::new(date(2026, 11, 17), TimeZone::get("Europe/London").unwrap(), 0);
        write(&mut story);
        let start = story.at(0, "02:40", 0).timestamp();
        let end = story.at(8, "00:00", 0).timestamp();
        let mut last = start;
        for scene in story.told().into_iter().filter(|s| matches!(s.act, Act::Payload { .. }) && s.at > start && s.at < end) {
            let minutes = (scene.at.as_millisecond() - last.as_millisecond()) / 60_000;
            assert!(minutes <= 65, "{minutes} minutes of silence before {}", scene.at);
            last = scene.at;
        }
    }
}
