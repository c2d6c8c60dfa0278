//! The demo's shoppers and what they buy. Nobody real: e-mail addresses lie in example.com, telephone numbers in the range that Ofcom keeps
//! for drama, and names are paired by arithmetic.

use serde_json::{Value, json};

const FIRST: &[&str] = &[
    "Eleanor",
    "Priya",
    "Callum",
    "Aisha",
    "Rhys",
    "Morag",
    "Dylan",
    "Grace",
    "Tomasz",
    "Niamh",
    "Oluwaseun",
    "Harriet",
    "Imran",
    "Beth",
    "Kwame",
    "Sian",
    "George",
    "Leila",
    "Fergus",
    "Chloe",
    "Rajesh",
    "Maisie",
    "Hamish",
    "Zara",
    "Owen",
    "Ingrid",
    "Daniel",
    "Folake",
    "Alistair",
    "Jasmine",
    "Ewan",
    "Catrin",
    "Yusuf",
    "Poppy",
    "Marcus",
    "Roisin",
    "Stefan",
];
const LAST: &[&str] = &[
    "Whitcombe",
    "Nair",
    "MacInnes",
    "Hussain",
    "Pritchard",
    "Drummond",
    "Okafor",
    "Fairclough",
    "Kowalski",
    "Donnelly",
    "Adeyemi",
    "Ackroyd",
    "Malik",
    "Tregenza",
    "Mensah",
    "Llewellyn",
    "Barraclough",
    "Haddad",
    "Sutherland",
    "Penrose",
    "Iyer",
    "Thistlewood",
    "Galbraith",
    "Siddiqui",
    "Cadwallader",
    "Lindqvist",
    "Ogden",
    "Balogun",
    "Kinross",
    "Fontaine",
    "Abernethy",
    "Morgan-Rees",
    "Demir",
    "Lockwood",
    "Achebe",
    "Gallagher",
    "Novak",
    "Heseltine",
    "Carmichael",
    "Oyelaran",
    "Winterbourne",
];
/// Town and an invented postcode of its area.
const TOWNS: &[(&str, &str)] = &[
    ("Leeds", "LS8 2QT"),
    ("Hebden Bridge", "HX7 8WP"),
    ("Bristol", "BS6 5TD"),
    ("Glasgow", "G41 3XR"),
    ("Cardiff", "CF11 9LN"),
    ("Norwich", "NR2 3TB"),
    ("Sheffield", "S11 8ZD"),
    ("Brighton", "BN3 1FR"),
    ("York", "YO23 1PW"),
    ("Nottingham", "NG7 2TW"),
    ("Exeter", "EX4 6QT"),
    ("Edinburgh", "EH10 4BX"),
    ("Manchester", "M21 9WN"),
    ("Reading", "RG4 7HJ"),
    ("Lancaster", "LA1 4XQ"),
    ("Swansea", "SA2 0FD"),
    ("Ipswich", "IP4 2QW"),
    ("Birmingham", "B14 7RT"),
    ("Newcastle upon Tyne", "NE2 3HD"),
    ("Oxford", "OX4 1XB"),
    ("Southampton", "SO17 2FP"),
    ("Kendal", "LA9 4RW"),
    ("London", "SE15 4NX"),
    ("London", "E17 9QD"),
    ("Derby", "DE22 1FW"),
    ("Shrewsbury", "SY3 7LT"),
    ("Aberdeen", "AB15 5XD"),
    ("Whitby", "YO21 1TQ"),
    ("Truro", "TR1 2QX"),
];
const STREETS: &[&str] = &[
    "Chapel Row",
    "Orchard Close",
    "Mill Lane",
    "Station Road",
    "Larch Avenue",
    "The Crescent",
    "Canal Street",
    "Priory Gardens",
    "Hawthorn Way",
    "Beck Side",
    "Victoria Terrace",
];

/// Somebody who ordered something.
#[derive(Clone, Debug)]
pub struct Shopper {
    pub first: &'static str,
    pub last: &'static str,
    pub town: &'static str,
    postcode: &'static str,
    street: String,
    phone: String,
}

/// The n-th shopper; always the same one.
pub fn shopper(n: usize) -> Shopper {
    let (town, postcode) = TOWNS[(n * 5 + 1) % TOWNS.len()];
    Shopper {
        first: FIRST[n % FIRST.len()],
        // Nobody shares the name of the first: she rings, and is found by it.
        last: if n > 0 && (n * 3).is_multiple_of(LAST.len()) { "Ashdown" } else { LAST[(n * 3) % LAST.len()] },
        town,
        postcode,
        street: format!("{} {}", n * 7 % 93 + 2, STREETS[n % STREETS.len()]),
        phone: format!("07700 900{:03}", (n * 37 + 142) % 1000),
    }
}

/// How many towns there are.
pub fn towns() -> usize {
    TOWNS.len()
}

/// The n-th shopper of a town; always the same one.
pub fn shopper_in(town: usize, n: usize) -> Shopper {
    let first = (0..TOWNS.len()).find(|k| shopper(*k).postcode == TOWNS[town % TOWNS.len()].1).unwrap_or(0);
    shopper(first + n * TOWNS.len())
}

impl Shopper {
    pub fn email(&self) -> String {
        format!("{}.{}@example.com", self.first, self.last).to_lowercase()
    }

    pub fn person(&self) -> Value {
        json!({"first_name": self.first, "last_name": self.last, "email": self.email(), "phone": self.phone})
    }

    pub fn address(&self) -> Value {
        json!({"kind": "home", "line1": self.street, "city": self.town, "postcode": self.postcode, "country": "GB"})
    }
}

/// (article number, name, price in pence).
const PRODUCTS: &[(&str, &str, u32)] = &[
    ("TP-101", "Stoneware dinner plates, set of four", 4800),
    ("TP-114", "Washed linen duvet cover, sage", 11900),
    ("TP-120", "Hand-blown pendant light, smoke", 8900),
    ("TP-133", "Wool throw, heather check", 7400),
    ("TP-147", "Oak bedside table", 16900),
    ("TP-152", "Beeswax candles, box of six", 1850),
    ("TP-166", "Enamel casserole, 4.5 litres", 6200),
    ("TP-171", "Brass wall hook, pair", 2400),
    ("TP-189", "Jute runner, 70 by 240 cm", 5600),
    ("TP-195", "Cotton bath towels, set of two", 3600),
    ("TP-204", "Reading lamp, olive", 9500),
    ("TP-218", "Terracotta planter, large", 3200),
    ("TP-226", "Willow laundry basket", 4400),
    ("TP-237", "Recycled glass tumblers, set of six", 2750),
];

/// One line of an order.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub product: usize,
    pub quantity: i64,
}

/// What the n-th order holds.
pub fn basket(n: usize) -> Vec<Line> {
    let line = |product: usize, quantity| Line { product: product % PRODUCTS.len(), quantity };
    match n % 3 {
        0 => vec![line(n * 5, 1)],
        1 => vec![line(n * 3 + 1, 1), line(n * 3 + 6, 2)],
        _ => vec![line(n * 7 + 2, 2)],
    }
}

impl Line {
    /// As the order tells it, before anything was shipped.
    pub fn ordered(self, n: usize) -> Value {
        let (sku, name, _) = PRODUCTS[self.product % PRODUCTS.len()];
        json!({"line_id": (n + 1).to_string(), "sku": sku, "name": name, "quantity": self.quantity})
    }

    /// As a shipment tells it.
    pub fn item(self, n: usize) -> Value {
        let (sku, name, pence) = PRODUCTS[self.product % PRODUCTS.len()];
        let amount = format!("{}.{:02}", pence / 100, pence % 100);
        json!({
            "line_id": (n + 1).to_string(), "sku": sku, "name": name, "quantity": self.quantity,
            "price": {"amount": amount, "currency": "GBP"},
        })
    }
}

/// What all lines cost together.
pub fn total(lines: &[Line]) -> Value {
    let pence: i64 = lines.iter().map(|l| i64::from(PRODUCTS[l.product % PRODUCTS.len()].2) * l.quantity).sum();
    json!({"amount": format!("{}.{:02}", pence / 100, pence % 100), "currency": "GBP"})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_in_the_demo_can_be_mailed_or_rung() {
        for n in 0..400 {
            let s = shopper(n);
            assert!(s.email().ends_with("@example.com"));
            assert!(s.phone.starts_with("07700 900") && s.phone.len() == 12, "{}", s.phone);
        }
    }

    #[test]
    fn every_town_has_shoppers() {
        for (town, place) in TOWNS.iter().enumerate() {
            assert_eq!(shopper_in(town, 3).postcode, place.1);
            assert!(shopper_in(town, 3).email() != shopper_in(town, 4).email());
        }
    }

    #[test]
    fn the_shoppers_of_one_morning_have_names_of_their_own() {
        let mut names: Vec<String> = (0..200).map(|n| shopper(n).email()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 200);
    }
}
