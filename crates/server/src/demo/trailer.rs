//! The trailer that never arrived. On the evening before the demo opens forty parcels are loaded for Evri and never scanned: at six in the
//! morning, before anybody is up, all forty stand in the agents' queue; at eight the shoppers are told, once; in the afternoon the trailer is
//! found in the wrong yard, and those who were told of the trouble are told of its end.

use serde_json::json;

use super::{
    people::{basket, shopper},
    story::{Act, Parcel, Sale, Story},
    voice::{Carrier, Scan, Word},
};

pub const PARCELS: usize = 40;
/// The first shopper of the list: she rings.
pub const FIRST_ORDER: u64 = 61_800;

pub fn write(story: &mut Story) {
    let mut parcels: Vec<Parcel> = Vec::with_capacity(PARCELS);
    for n in 0..PARCELS {
        let buyer = shopper(n);
        let parcel = story.parcel(Carrier::Evri, buyer.town);
        let sale = Sale { number: format!("TP-{}", FIRST_ORDER + n as u64), buyer, lines: basket(n), day: -2 };
        let minute = i64::try_from(n).unwrap_or(0) * 3;
        let at = story.at(-1, "13:05", minute);
        let handed_over = story.at(-1, "18:00", 0).timestamp().to_string();
        let mut doc = story.registration(&sale, &parcel, -1, 1);
        doc["handed_over_at"] = handed_over.into();
        doc["tags"] = json!(["trailer 7"]);
        doc["metadata"] = json!({"trailer": "EV-0707", "door": "7"});
        story.add(&at, Act::Shipment(doc));
        parcels.push(parcel);
    }
    all(story, &parcels, (-1, "15:30"), Word::Expected);
    // Found: the hub scans all of them within the hour.
    all(story, &parcels, (0, "14:05"), Word::Hub);
    all(story, &parcels, (0, "21:20"), Word::LeftHub);
    all(story, &parcels, (1, "05:30"), Word::Depot);
    all(story, &parcels, (1, "08:20"), Word::Out);
    for (n, parcel) in parcels.iter().enumerate() {
        let word = [Word::Delivered, Word::Safe, Word::Delivered, Word::Letterbox][n % 4];
        let at = story.at(1, "09:10", i64::try_from(n).unwrap_or(0) * 11);
        story.say_at(parcel, &at, word);
    }
}

fn all(story: &mut Story, parcels: &[Parcel], (day, clock): (i64, &str), word: Word) {
    let at = story.at(day, clock, 0);
    let scans: Vec<Scan> = parcels.iter().map(|p| Scan { number: &p.number, at: &at, word, town: p.town }).collect();
    story.say_all(Carrier::Evri, &scans, &at);
}
