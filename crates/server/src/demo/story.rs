//! The demo's story: what happens when. Everything is a function of the day on which the demo opens, so that a demo that was stopped goes on
//! where it stood: what has been told is told again at worst, and the product takes the same thing only once.

use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    people::{Line, Shopper, total},
    voice::{self, Carrier, Scan, Word},
};

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Act {
    /// The shop registers or changes an order.
    Order(Value),
    /// The shop registers or changes a shipment.
    Shipment(Value),
    /// A carrier pushes a payload; without a dialect it is pasted to the plain hook.
    Payload { dialect: Option<&'static str>, body: String },
    /// A shopper says that it is not so.
    Dispute { number: String, reason: &'static str, note: &'static str },
    /// An agent takes on what stands in the queue for a parcel …
    Claim { number: String, agent: &'static str },
    /// … writes something down …
    Note { number: String, agent: &'static str, text: &'static str },
    /// … or closes it.
    Resolve { number: String, agent: &'static str, how: &'static str },
}

#[derive(Clone, Debug)]
pub struct Scene {
    pub at: Timestamp,
    pub act: Act,
}

/// A parcel and the town it goes to.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub carrier: Carrier,
    pub number: String,
    pub town: &'static str,
}

/// An order: who bought what.
#[derive(Clone, Debug)]
pub struct Sale {
    pub number: String,
    pub buyer: Shopper,
    pub lines: Vec<Line>,
    /// The day of the story on which it was bought; 0 is the day on which the demo opens.
    pub day: i64,
}

/// Scenes, being written.
pub struct Story {
    opening: Date,
    zone: TimeZone,
    scenes: Vec<Scene>,
    serial: u64,
}

impl Story {
    /// `opening` is day 0. `serial` is where running numbers start, so that two stories of one demo never share a parcel's number.
    pub fn new(opening: Date, zone: TimeZone, serial: u64) -> Story {
        Story { opening, zone, scenes: Vec::new(), serial }
    }

    pub fn date(&self, day: i64) -> Date {
        self.opening.checked_add(day.days()).unwrap_or(self.opening)
    }

    /// A clock (`"17:40"`) on a day of the story, some minutes later.
    pub fn at(&self, day: i64, clock: &str, later: i64) -> Zoned {
        let time = clock.parse::<jiff::civil::Time>().expect("the story's clocks are written HH:MM");
        let start = self.date(day).to_datetime(time).to_zoned(self.zone.clone()).expect("the story's days lie within the calendar");
        start.checked_add(later.minutes()).unwrap_or(start)
    }

    pub fn add(&mut self, at: &Zoned, act: Act) {
        self.scenes.push(Scene { at: at.timestamp(), act });
    }

    /// All of it, in the order in which it happens; what happens at the same time in the order in which it was written.
    pub fn told(mut self) -> Vec<Scene> {
        self.scenes.sort_by_key(|s| s.at);
        self.scenes
    }

    pub fn parcel(&mut self, carrier: Carrier, town: &'static str) -> Parcel {
        self.serial += 1;
        Parcel { carrier, number: carrier.number(self.serial * 13), town }
    }

    /// A sale becomes an order in the minute of purchase.
    pub fn order(&mut self, sale: &Sale, clock: &str, more: Value) {
        let at = self.at(sale.day, clock, 0);
        let lines: Vec<Value> = sale.lines.iter().enumerate().map(|(i, l)| l.ordered(i)).collect();
        let mut doc = json!({
            "order_number": sale.number, "sales_channel": "webshop", "ordered_at": at.timestamp().to_string(),
            "buyer": sale.buyer.person(), "lines": lines,
        });
        lay_over(&mut doc, more);
        self.add(&at, Act::Order(doc));
    }

    /// The label is printed: the shipment is registered, and the carrier has its pre-advice.
    pub fn ship(&mut self, sale: &Sale, parcel: &Parcel, day: i64, clock: &str, promised: i64, more: Value) {
        let at = self.at(day, clock, 0);
        let mut doc = self.registration(sale, parcel, day, promised);
        lay_over(&mut doc, more);
        self.add(&at, Act::Shipment(doc));
        let told = self.at(day, clock, 2);
        self.say_at(parcel, &told, Word::Expected);
    }

    /// What a shop tells of a shipment, handed over at 17:40 of the day and promised by a day.
    pub fn registration(&self, sale: &Sale, parcel: &Parcel, day: i64, promised: i64) -> Value {
        let items: Vec<Value> = sale.lines.iter().enumerate().map(|(i, l)| l.item(i)).collect();
        json!({
            "order_number": sale.number, "sales_channel": "webshop", "tracking_number": parcel.number, "carrier": parcel.carrier.id(),
            "service": parcel.carrier.service(), "site": "Northampton DC",
            "ordered_at": self.at(sale.day, "08:00", 0).timestamp().to_string(),
            "handed_over_at": self.at(day, "17:40", 0).timestamp().to_string(),
            "promised": {"end": self.date(promised).to_string(), "kind": "by", "source": "checkout"},
            "recipient": sale.buyer.person(), "destination": sale.buyer.address(),
            "origin": {"city": "Northampton", "postcode": "NN4 7SL", "country": "GB"},
            "items": items, "value": total(&sale.lines), "fulfilled_by": {"kind": "dc", "id": "Northampton DC"},
        })
    }

    /// A carrier scans a parcel and tells it two minutes later.
    pub fn say(&mut self, parcel: &Parcel, day: i64, clock: &str, word: Word) {
        let at = self.at(day, clock, 0);
        self.say_at(parcel, &at, word);
    }

    pub fn say_at(&mut self, parcel: &Parcel, at: &Zoned, word: Word) {
        let scan = Scan { number: &parcel.number, at, word, town: parcel.town };
        self.say_all(parcel.carrier, &[scan], at);
    }

    /// One payload with many scans.
    pub fn say_all(&mut self, carrier: Carrier, scans: &[Scan], at: &Zoned) {
        let body = voice::payload(carrier, scans).expect("the story lets a carrier say only what it has a word for");
        let told = at.checked_add(2.minutes()).unwrap_or_else(|_| at.clone());
        self.add(&told, Act::Payload { dialect: Some(carrier.id()), body: body.to_string() });
    }

    /// The usual night from the warehouse to the local depot, and out at eight. `minutes` makes parcels differ.
    pub fn night(&mut self, parcel: &Parcel, day: i64, minutes: i64) {
        let steps = [
            (0, "17:40", Word::Collected),
            (0, "21:10", Word::Hub),
            (0, "22:55", Word::LeftHub),
            (1, "05:05", Word::Depot),
            (1, "07:50", Word::Out),
        ];
        for (after, clock, word) in steps {
            let at = self.at(day + after, clock, minutes);
            self.say_at(parcel, &at, word);
        }
    }
}

/// RFC 7396 on a document of ours.
pub fn lay_over(doc: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    for (key, value) in more {
        match (doc.get_mut(&key), value) {
            (_, Value::Null) => {
                doc.as_object_mut().map(|d| d.remove(&key));
            }
            (Some(inner @ Value::Object(_)), value @ Value::Object(_)) => lay_over(inner, value),
            (_, value) => doc[key] = value,
        }
    }
}
