//! Some forty orders, one in every situation that is worth showing. All names of situations stand in the tags, so that the desk's search finds
//! them ("customs", "gift").

use serde_json::{Value, json};

use super::{
    people::{basket, shopper},
    story::{Act, Parcel, Sale, Story},
    voice::{Carrier, Word},
};

/// Orders of this file are numbered from here.
const FIRST_ORDER: u64 = 61_702;
const AGENT: &str = "Nadia Rahman";
const COLLEAGUE: &str = "Tom Ashworth";

pub fn write(story: &mut Story) {
    let mut next = 0;
    let mut sale = |day: i64| {
        next += 1;
        Sale { number: format!("TP-{}", FIRST_ORDER + next as u64), buyer: shopper(100 + next), lines: basket(next), day }
    };
    for n in 0..8 {
        delivered(story, &sale(-6 + n % 4), n);
    }
    for n in 0..8 {
        on_its_way(story, &sale(-2), n);
    }
    split(story, &sale(-4));
    boxes(story, &sale(-3));
    one_bag(story, &sale(-3), &sale(-3));
    gift(story, &sale(-3));
    locker(story, &sale(-6));
    locker_forgotten(story, &sale(-8));
    store(story, &sale(-4));
    back_order(story, &sale(-5));
    nobody_home(story, &sale(-4));
    new_day(story, &sale(-5));
    customs(story, &sale(-6));
    abroad(story, &sale(-7));
    way_back(story, &sale(-8));
    back_home(story, &sale(-8));
    exchange(story, &sale(-8));
    lost(story, &sale(-7));
    damaged(story, &sale(-5));
    disputed(story, &sale(-6));
    late(story, &sale(-7));
    late_but_there(story, &sale(-7));
    silent(story, &sale(-6));
    not_despatched(story, &sale(-4));
    astray(story, &sale(-3));
    address(story, &sale(-4));
    refused(story, &sale(-6));
    relabelled(story, &sale(-4));
    unmapped(story, &sale(-3));
    early(story, &sale(-3));
    at_the_door(story);
}

fn tag(name: &str) -> Value {
    json!({ "tags": [name] })
}

fn sold(story: &mut Story, sale: &Sale, carrier: Carrier, name: &str) -> Parcel {
    story.order(sale, "09:35", tag(name));
    story.parcel(carrier, sale.buyer.town)
}

fn delivered(story: &mut Story, sale: &Sale, n: i64) {
    let carrier = [Carrier::RoyalMail, Carrier::Dpd, Carrier::Evri][usize::try_from(n % 3).unwrap_or(0)];
    let word = match (carrier, n % 2) {
        (Carrier::RoyalMail, 0) => Word::Neighbour,
        (Carrier::Evri, 0) => Word::Safe,
        (Carrier::Evri, _) => Word::Letterbox,
        _ => Word::Delivered,
    };
    let parcel = sold(story, sale, carrier, "delivered");
    story.ship(sale, &parcel, sale.day, "15:10", sale.day + 3, json!({}));
    story.night(&parcel, sale.day, n * 3);
    let at = story.at(sale.day + 1, "10:05", n * 23);
    story.say_at(&parcel, &at, word);
}

/// Left last night by another door than the trailer's, and arrives today while one watches.
fn on_its_way(story: &mut Story, sale: &Sale, n: i64) {
    let carrier = if n % 2 == 0 { Carrier::RoyalMail } else { Carrier::Dpd };
    let parcel = sold(story, sale, carrier, "on its way");
    story.ship(sale, &parcel, -1, "15:20", 1, json!({}));
    story.night(&parcel, -1, n * 4);
    let at = story.at(0, "09:40", n * 41);
    let word = if n == 5 { Word::Missed } else { Word::Delivered };
    story.say_at(&parcel, &at, word);
}

fn split(story: &mut Story, sale: &Sale) {
    let first = sold(story, sale, Carrier::RoyalMail, "split order");
    story.ship(sale, &first, -3, "15:40", 1, tag("split order"));
    story.night(&first, -3, 9);
    story.say(&first, -2, "11:31", Word::Delivered);
    let second = story.parcel(Carrier::Dpd, sale.buyer.town);
    let lamp = json!([{"line_id": "2", "sku": "TP-204", "name": "Reading lamp, olive", "quantity": 1}]);
    story.ship(sale, &second, -1, "15:45", 1, json!({"tags": ["split order"], "items": lamp}));
    story.night(&second, -1, 14);
    story.say(&second, 0, "13:12", Word::Delivered);
}

fn boxes(story: &mut Story, sale: &Sale) {
    story.order(sale, "12:02", tag("three boxes"));
    let pieces: Vec<Parcel> = (0..3).map(|_| story.parcel(Carrier::Dpd, sale.buyer.town)).collect();
    let barcodes: Vec<Value> = pieces.iter().map(|p| json!({"barcode": p.number})).collect();
    let whole = Parcel { number: format!("{}0", pieces[0].number), ..pieces[0].clone() };
    let at = story.at(-2, "14:55", 0);
    let mut doc = story.registration(sale, &whole, -2, 1);
    doc["parcels"] = barcodes.into();
    doc["tags"] = json!(["three boxes"]);
    story.add(&at, Act::Shipment(doc));
    for (n, piece) in (0..).zip(&pieces) {
        story.night(piece, -2, n);
        if n < 2 {
            story.say(piece, -1, "12:44", Word::Delivered);
        } else {
            story.say(piece, 0, "08:02", Word::Out);
            story.say(piece, 0, "12:20", Word::Delivered);
        }
    }
}

/// Two orders of one household left in one bag.
fn one_bag(story: &mut Story, first: &Sale, second: &Sale) {
    let second = Sale { buyer: first.buyer.clone(), ..second.clone() };
    story.order(&second, "18:44", json!({"tags": ["two orders in one bag"], "metadata": {"packed_with": first.number}}));
    let parcel = sold(story, first, Carrier::RoyalMail, "two orders in one bag");
    let items: Vec<Value> =
        first.lines.iter().enumerate().chain(second.lines.iter().enumerate().map(|(i, l)| (i + 10, l))).map(|(i, l)| l.item(i)).collect();
    story.ship(first, &parcel, -2, "15:05", 0, json!({"tags": ["two orders in one bag"], "references": [second.number], "items": items}));
    story.night(&parcel, -2, 6);
    story.say(&parcel, -1, "10:58", Word::Delivered);
    let at = story.at(-2, "15:06", 0);
    let shipped: Vec<Value> = second
        .lines
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let mut line = l.ordered(i);
            line["shipped"] = l.quantity.into();
            line
        })
        .collect();
    story.add(&at, Act::Order(json!({"order_number": second.number, "lines": shipped})));
}

fn gift(story: &mut Story, sale: &Sale) {
    let friend = shopper(211);
    let parcel = sold(story, sale, Carrier::Dpd, "gift");
    let parcel = Parcel { town: friend.town, ..parcel };
    let more = json!({
        "tags": ["gift"], "gift": true, "buyer": sale.buyer.person(), "recipient": friend.person(), "destination": friend.address(),
    });
    story.ship(sale, &parcel, -1, "15:30", 1, more);
    story.night(&parcel, -1, 18);
    story.say(&parcel, 0, "11:52", Word::Neighbour);
}

fn locker(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::InPost, "locker");
    story.ship(sale, &parcel, -5, "15:00", 0, json!({"tags": ["locker"], "destination": {"kind": "locker"}}));
    story.night(&parcel, -5, 5);
    story.say(&parcel, -4, "10:26", Word::Ready);
    story.say(&parcel, 0, "17:34", Word::Fetched);
}

fn locker_forgotten(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::InPost, "not collected");
    story.ship(sale, &parcel, -8, "15:00", -5, json!({"tags": ["not collected"], "destination": {"kind": "locker"}}));
    story.night(&parcel, -8, 11);
    story.say(&parcel, -7, "11:12", Word::Ready);
    story.say(&parcel, -1, "19:00", Word::NotFetched);
    story.say(&parcel, 0, "10:10", Word::GoingBack);
}

fn store(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Dpd, "click and collect");
    let shop = json!({"kind": "store", "line1": "Tansy & Pike, 4 Coldbath Parade", "city": "Harrogate", "postcode": "HG1 2RR"});
    let parcel = Parcel { town: "Harrogate", ..parcel };
    story.ship(sale, &parcel, -2, "15:25", 0, json!({"tags": ["click and collect"], "destination": shop}));
    story.night(&parcel, -2, 3);
    // Delivered at a store means: ready to be collected.
    story.say(&parcel, -1, "09:48", Word::Delivered);
}

fn back_order(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "back-order");
    let until = story.date(6).to_string();
    let mut lines: Vec<Value> = sale.lines.iter().enumerate().map(|(i, l)| l.ordered(i)).collect();
    lines[0]["shipped"] = lines[0]["quantity"].clone();
    lines.push(json!({"line_id": "8", "sku": "TP-147", "name": "Oak bedside table", "quantity": 1, "back_ordered_until": until}));
    lines.push(json!({"line_id": "9", "sku": "TP-189", "name": "Jute runner, 70 by 240 cm", "quantity": 1, "cancelled": 1}));
    let at = story.at(-4, "11:00", 0);
    story.add(&at, Act::Order(json!({"order_number": sale.number, "lines": lines})));
    story.ship(sale, &parcel, -4, "15:15", -1, tag("back-order"));
    story.night(&parcel, -4, 8);
    story.say(&parcel, -3, "12:06", Word::Delivered);
}

fn nobody_home(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "failed attempt");
    story.ship(sale, &parcel, -2, "15:35", 0, tag("failed attempt"));
    story.night(&parcel, -2, 12);
    story.say(&parcel, -1, "11:47", Word::Missed);
    story.say(&parcel, 0, "08:10", Word::Out);
    story.say(&parcel, 0, "10:31", Word::Delivered);
}

fn new_day(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Dpd, "rescheduled");
    story.ship(sale, &parcel, -4, "15:35", -1, tag("rescheduled"));
    story.night(&parcel, -4, 16);
    story.say(&parcel, -3, "13:20", Word::Missed);
    story.say(&parcel, -3, "13:41", Word::NewDay);
    story.say(&parcel, 0, "08:05", Word::Out);
    story.say(&parcel, 0, "14:48", Word::Delivered);
}

fn customs(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Dhl, "customs");
    let parcel = Parcel { town: "Basel", ..parcel };
    let there = json!({"line1": "Rheingasse 12", "city": "Basel", "postcode": "4058", "country": "CH"});
    story.ship(sale, &parcel, -5, "14:00", 1, json!({"tags": ["customs"], "destination": there}));
    for (day, clock, word) in [
        (-5, "18:05", Word::Collected),
        (-5, "22:40", Word::Hub),
        (-4, "03:12", Word::LeftHub),
        (-4, "06:55", Word::SecondHub),
        (-4, "09:20", Word::CustomsHeld),
        (0, "12:30", Word::Cleared),
        (1, "06:40", Word::Depot),
        (1, "08:35", Word::Out),
        (1, "12:15", Word::Delivered),
    ] {
        story.say(&parcel, day, clock, word);
    }
    let at = story.at(-1, "10:20", 0);
    let text = "Commercial invoice sent to DHL again, reference CH-4471. They promise to clear it tomorrow.";
    story.add(&at, Act::Note { number: parcel.number, agent: AGENT, text });
}

fn abroad(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "abroad");
    let parcel = Parcel { town: "Galway", ..parcel };
    let there = json!({"line1": "8 Sea Road", "city": "Galway", "postcode": "H91 V2K6", "country": "IE"});
    story.ship(sale, &parcel, -6, "15:00", 2, json!({"tags": ["abroad"], "destination": there, "service": "International Tracked"}));
    for (day, clock, word) in [
        (-6, "17:40", Word::Collected),
        (-5, "02:10", Word::LeftCountry),
        (-2, "14:20", Word::Abroad),
        (-1, "07:35", Word::CustomsHeld),
        (-1, "16:10", Word::Cleared),
    ] {
        story.say(&parcel, day, clock, word);
    }
}

fn way_back(story: &mut Story, sale: &Sale) {
    story.order(sale, "20:15", tag("return"));
    let back = story.parcel(Carrier::RoyalMail, "Northampton");
    let home = json!({"line1": "Tansy & Pike Returns", "city": "Northampton", "postcode": "NN4 7SL", "country": "GB", "kind": null});
    let more = json!({"type": "return", "tags": ["return"], "destination": home, "handed_over_at": null, "promised": null, "origin": {"city": sale.buyer.town}});
    story.ship(sale, &back, -3, "09:12", 2, more);
    story.say(&back, -3, "16:31", Word::DroppedOff);
    story.say(&back, -2, "22:10", Word::Hub);
    story.say(&back, 0, "05:40", Word::Depot);
    story.say(&back, 0, "11:15", Word::Delivered);
}

fn back_home(story: &mut Story, sale: &Sale) {
    story.order(sale, "21:40", tag("return received"));
    let back = story.parcel(Carrier::RoyalMail, "Northampton");
    let home = json!({"line1": "Tansy & Pike Returns", "city": "Northampton", "postcode": "NN4 7SL", "country": "GB", "kind": null});
    let more = json!({"type": "return", "tags": ["return received"], "destination": home, "handed_over_at": null, "promised": null});
    story.ship(sale, &back, -5, "08:50", 0, more);
    story.say(&back, -5, "12:22", Word::DroppedOff);
    story.say(&back, -4, "21:05", Word::Hub);
    story.say(&back, -3, "11:30", Word::Delivered);
}

fn exchange(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "exchange");
    story.ship(sale, &parcel, -8, "15:00", -5, tag("exchange"));
    story.night(&parcel, -8, 7);
    story.say(&parcel, -7, "12:41", Word::Delivered);
    let other = story.parcel(Carrier::Dpd, sale.buyer.town);
    story.ship(sale, &other, -1, "15:50", 1, json!({"type": "exchange", "tags": ["exchange"]}));
    story.night(&other, -1, 19);
    story.say(&other, 0, "15:05", Word::Delivered);
}

fn lost(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Evri, "lost");
    story.ship(sale, &parcel, -6, "15:00", -3, tag("lost"));
    story.say(&parcel, -6, "17:40", Word::Collected);
    story.say(&parcel, -6, "21:25", Word::Hub);
    story.say(&parcel, -5, "05:30", Word::Depot);
    story.say(&parcel, -2, "16:05", Word::Lost);
    claim(story, &parcel, (-1, "09:05"), COLLEAGUE, "Claim opened with Evri. Replacement agreed with the customer, ships tomorrow.");
}

fn damaged(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Evri, "damaged");
    story.ship(sale, &parcel, -4, "15:00", -1, tag("damaged"));
    story.say(&parcel, -4, "17:44", Word::Collected);
    story.say(&parcel, -4, "22:01", Word::Hub);
    story.say(&parcel, -3, "06:12", Word::Damaged);
    let at = story.at(-1, "09:50", 0);
    story.add(&at, Act::Resolve { number: parcel.number, agent: AGENT, how: "A new set is on its way, nothing to pay." });
}

fn disputed(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Evri, "disputed");
    story.ship(sale, &parcel, -5, "15:00", -2, tag("disputed"));
    story.night(&parcel, -5, 13);
    story.say(&parcel, -4, "14:16", Word::Safe);
    let at = story.at(-1, "19:10", 0);
    let note = "It says safe place, but we have no porch and nothing is here. I was in all afternoon.";
    story.add(&at, Act::Dispute { number: parcel.number, reason: "not_received", note });
}

fn late(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "late");
    story.ship(sale, &parcel, -6, "15:00", -4, tag("late"));
    story.say(&parcel, -6, "17:40", Word::Collected);
    story.say(&parcel, -5, "01:30", Word::Hub);
    story.say(&parcel, -4, "08:15", Word::Delayed);
    story.say(&parcel, -3, "05:50", Word::SecondHub);
    story.say(&parcel, -1, "06:20", Word::Delayed);
    claim(story, &parcel, (-2, "10:40"), AGENT, "Rang her before she rang us: birthday present, delivery charge refunded.");
    story.say(&parcel, 0, "07:35", Word::Depot);
    story.say(&parcel, 1, "08:00", Word::Out);
    story.say(&parcel, 1, "11:11", Word::Delivered);
}

fn late_but_there(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Dpd, "late, arrived");
    story.ship(sale, &parcel, -6, "15:00", -5, tag("late, arrived"));
    story.night(&parcel, -6, 10);
    story.say(&parcel, -5, "16:30", Word::Missed);
    story.say(&parcel, -4, "08:00", Word::Out);
    story.say(&parcel, -4, "12:30", Word::Delivered);
}

fn silent(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Dpd, "silent");
    story.ship(sale, &parcel, -5, "15:00", 0, tag("silent"));
    story.say(&parcel, -5, "17:40", Word::Collected);
    story.say(&parcel, -5, "23:15", Word::Hub);
    claim(story, &parcel, (-1, "09:30"), COLLEAGUE, "DPD searches hub 1, answer expected by noon.");
    story.say(&parcel, 0, "12:50", Word::LeftHub);
    story.say(&parcel, 1, "05:20", Word::Depot);
    story.say(&parcel, 1, "08:12", Word::Out);
    story.say(&parcel, 1, "13:40", Word::Delivered);
}

fn not_despatched(story: &mut Story, sale: &Sale) {
    let by = story.date(-1).to_string();
    story.order(sale, "16:25", json!({"tags": ["not despatched"], "despatch_by": by}));
    let parcel = story.parcel(Carrier::RoyalMail, sale.buyer.town);
    story.ship(sale, &parcel, 0, "15:00", 2, tag("not despatched"));
    story.night(&parcel, 0, 1);
    story.say(&parcel, 1, "12:00", Word::Delivered);
}

fn astray(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Evri, "misrouted");
    story.ship(sale, &parcel, -2, "15:00", 1, tag("misrouted"));
    story.say(&parcel, -2, "17:51", Word::Collected);
    story.say(&parcel, -2, "22:30", Word::Hub);
    story.say(&parcel, -1, "06:40", Word::Misrouted);
    story.say(&parcel, 0, "05:15", Word::Depot);
    story.say(&parcel, 0, "08:40", Word::Out);
    story.say(&parcel, 0, "16:22", Word::Delivered);
}

fn address(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Evri, "address query");
    story.ship(sale, &parcel, -3, "15:00", 0, tag("address query"));
    story.night(&parcel, -3, 4);
    story.say(&parcel, -2, "15:26", Word::AddressQuery);
}

fn refused(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "refused");
    story.ship(sale, &parcel, -5, "15:00", -2, tag("refused"));
    story.night(&parcel, -5, 15);
    story.say(&parcel, -4, "10:03", Word::Refused);
    story.say(&parcel, -3, "09:00", Word::GoingBack);
    story.say(&parcel, 1, "10:40", Word::BackHome);
}

/// The box broke at the hub: it travels on under a new number.
fn relabelled(story: &mut Story, sale: &Sale) {
    let old = sold(story, sale, Carrier::Dpd, "relabelled");
    story.ship(sale, &old, -3, "15:00", 0, tag("relabelled"));
    story.say(&old, -3, "17:40", Word::Collected);
    story.say(&old, -3, "21:30", Word::Hub);
    let new = story.parcel(Carrier::Dpd, sale.buyer.town);
    story.ship(sale, &new, -1, "08:00", 0, json!({"tags": ["relabelled"], "replaces": old.number, "handed_over_at": null}));
    story.say(&new, -1, "09:10", Word::LeftHub);
    story.say(&new, 0, "05:25", Word::Depot);
    story.say(&new, 0, "08:20", Word::Out);
    story.say(&new, 0, "12:59", Word::Delivered);
}

fn unmapped(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::RoyalMail, "unknown code");
    story.ship(sale, &parcel, -2, "15:00", 1, tag("unknown code"));
    story.say(&parcel, -2, "17:42", Word::Collected);
    story.say(&parcel, -1, "03:20", Word::SecondHub);
    story.say(&parcel, -1, "13:55", Word::Strange);
}

fn early(story: &mut Story, sale: &Sale) {
    let parcel = sold(story, sale, Carrier::Dpd, "too early");
    let day = story.date(1).to_string();
    story.ship(sale, &parcel, -2, "15:00", 1, json!({"tags": ["too early"], "promised": {"start": day, "end": day, "kind": "on_day"}}));
    story.night(&parcel, -2, 2);
    story.say(&parcel, -1, "13:33", Word::Neighbour);
}

/// What comes in that belongs to nobody, or that nobody can read.
fn at_the_door(story: &mut Story) {
    let stray = story.parcel(Carrier::Evri, "Wakefield");
    story.say(&stray, -1, "21:00", Word::Hub);
    let at = story.at(-1, "22:14", 0);
    let body = "CONSIGNMENT;STATUS;WHEN\n88-17;ARR BAY 4;17/11 22:14\n".to_string();
    story.add(&at, Act::Payload { dialect: None, body });
}

fn claim(story: &mut Story, parcel: &Parcel, (day, clock): (i64, &str), agent: &'static str, text: &'static str) {
    let at = story.at(day, clock, 0);
    story.add(&at, Act::Claim { number: parcel.number.clone(), agent });
    story.add(&at, Act::Note { number: parcel.number.clone(), agent, text });
}
