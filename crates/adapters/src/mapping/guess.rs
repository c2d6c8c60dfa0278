//! A first proposal for a mapping: from names that many use, and from what the texts look like. The operator sees it and decides.

use jiff::tz::TimeZone;
use whereabouts_domain::TimeBasis;

use super::{
    Mapping, Order, Paths, Words,
    outline::{Kind, Node, Outline},
    path::Path,
};
use crate::{
    clock::{self, DateOrder, Toward, ZoneRule},
    phrase,
};

/// Parts of names, best first, for each field; letters only and small.
const NAMES: &[(&str, &[&str])] = &[
    (
        "tracking_number",
        &[
            "trackingnumber",
            "trackingno",
            "tracking",
            "consignmentnumber",
            "consignment",
            "parcelnumber",
            "barcode",
            "waybill",
            "awb",
            "shipmentnumber",
            "sendungsnummer",
            "parcel",
            "shipment",
            "sendung",
            "colis",
            "reference",
            "number",
            "nummer",
            "ref",
            "key",
            "id",
        ],
    ),
    (
        "carrier_code",
        &[
            "eventcode",
            "statuscode",
            "scancode",
            "statusid",
            "code",
            "type",
            "status",
            "event",
            "state",
            "scan",
            "kind",
            "statut",
            "kennung",
        ],
    ),
    (
        "description",
        &[
            "description",
            "statustext",
            "eventtext",
            "message",
            "text",
            "words",
            "says",
            "label",
            "note",
            "remark",
            "comment",
            "beschreibung",
            "libelle",
            "omschrijving",
            "status",
            "event",
            "name",
            "what",
        ],
    ),
    (
        "occurred_at",
        &[
            "eventdatetime",
            "occurredat",
            "timestamp",
            "datetime",
            "eventdate",
            "statusdate",
            "scandate",
            "eventtime",
            "scantime",
            "scannedat",
            "eventon",
            "occurredon",
            "scannedon",
            "zeitpunkt",
            "when",
            "date",
            "datum",
            "fecha",
            "data",
            "time",
            "at",
        ],
    ),
    ("location", &["location", "place", "depot", "hub", "site", "facility", "where", "office", "ort", "lieu", "station", "branch"]),
    ("city", &["city", "town", "stadt", "ville", "plaats"]),
    ("postcode", &["postcode", "postalcode", "zip", "plz", "codepostal"]),
    ("country", &["countrycode", "country", "land", "pays"]),
    ("carrier", &["carriercode", "carriername", "carrier", "courier", "scac"]),
    ("signed_by", &["signedby", "signatory", "signature", "receivedby", "recipientname", "podname"]),
    ("estimated_delivery", &["estimateddelivery", "expecteddelivery", "eta", "edd", "expected"]),
];
/// A clock of its own, beside the day.
const CLOCKS: &[&str] = &["eventtime", "scantime", "time", "clock", "hour", "hours", "uhrzeit", "heure", "hora", "ora", "tijd"];
/// Times of something else than a scan.
const OTHER_TIMES: &[&str] =
    &["eta", "expected", "estimated", "created", "updated", "generated", "sent", "deliveryby", "due", "birth", "file", "message"];
/// Numbers of something else than a parcel.
const OTHER_NUMBERS: &[&str] =
    &["order", "customer", "account", "event", "phone", "message", "invoice", "post", "zip", "status", "version"];

/// What stands where, as far as one can tell; the carrier is left empty.
pub fn mapping(outline: &Outline) -> Mapping {
    let mut paths = Paths::default();
    let texts: Vec<&Node> = outline.nodes.iter().filter(|n| n.kind == Kind::Text || !n.samples.is_empty()).collect();
    let time = best(&texts, &[], score_time);
    paths.occurred_at = time.map(|n| n.path.clone());
    let events = events_of(outline, time);
    let beside = |node: &&&Node| node.path.is_below(&events);
    paths.events.clone_from(&events);
    let mut taken: Vec<Path> = paths.occurred_at.iter().cloned().collect();
    let is_day_alone =
        time.is_some_and(|n| n.samples.iter().all(|text| !text.contains(':') && text.len() <= "22 November 2026".len() && text.len() < 12));
    if is_day_alone {
        let is_named = |n: &Node| CLOCKS.contains(&letters(n.path.last()).as_str()) || n.samples.iter().all(|t| t.contains(':'));
        let clock = texts.iter().filter(beside).find(|n| is_named(n) && n.samples.iter().all(|t| is_clock(t)));
        paths.clock = clock.map(|n| n.path.clone());
        taken.extend(paths.clock.clone());
    }
    let number = best(&texts, &taken, |node| score_number(node, &events));
    paths.tracking_number = number.map(|n| n.path.clone());
    taken.extend(paths.tracking_number.clone());
    for (field, score) in [
        // A name in capitals looks like a code.
        ("signed_by", score_signatory as fn(&Node) -> i32),
        ("carrier_code", score_code),
        ("description", score_words),
        ("location", |n: &Node| by_name("location", n)),
        ("city", |n: &Node| by_name("city", n)),
        ("postcode", |n: &Node| by_name("postcode", n)),
        ("country", |n: &Node| by_name("country", n)),
    ] {
        let near: Vec<&Node> = texts.iter().filter(beside).copied().collect();
        let found = best(&near, &taken, score).map(|n| n.path.clone());
        taken.extend(found.clone());
        paths.set(field, found);
    }
    for field in ["carrier", "estimated_delivery"] {
        let found = best(&texts, &taken, |n| by_name(field, n)).map(|n| n.path.clone());
        taken.extend(found.clone());
        paths.set(field, found);
    }
    let words = if paths.description.is_some() { Words::Understood } else { Words::Kept };
    Mapping { date_order: time.map_or(Order::DayFirst, order_of), paths, words, ..Mapping::default() }
}

fn best<'a>(nodes: &[&'a Node], taken: &[Path], score: impl Fn(&Node) -> i32) -> Option<&'a Node> {
    let free = nodes.iter().filter(|n| !taken.contains(&n.path));
    // The first of equals, as the payload has them.
    let scored = free.map(|n| (score(n), *n)).filter(|(score, _)| *score > 0).rev();
    scored.max_by_key(|(score, _)| *score).map(|(_, node)| node)
}

/// Scans are what repeats around the time; else what the time stands in.
fn events_of(outline: &Outline, time: Option<&Node>) -> Path {
    let most =
        |nodes: &mut dyn Iterator<Item = &Node>| nodes.filter(|n| n.kind == Kind::List).max_by_key(|n| n.count).map(|n| n.path.clone());
    let Some(time) = time else { return most(&mut outline.nodes.iter()).unwrap_or_default() };
    let mut here = time.path.parent();
    while let Some(path) = here {
        if outline.node(&path).is_some_and(|n| n.kind == Kind::List) {
            return path;
        }
        here = path.parent();
    }
    time.path.parent().unwrap_or_default()
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// Names that say nothing but for what they stand in: `depot.name`.
const OF_WHAT: &[&str] = &["name", "text", "value", "label"];

/// How well a name fits a field: the whole name before a part of it, and the better word first.
fn by_name(field: &str, node: &Node) -> i32 {
    let mut name = letters(node.path.last());
    let holder = node.path.parent().map(|parent| letters(parent.last())).filter(|holder| !holder.is_empty());
    if let Some(holder) = holder.filter(|_| field == "location" && OF_WHAT.contains(&name.as_str())) {
        name = holder;
    }
    let Some((_, words)) = NAMES.iter().find(|(of, _)| *of == field) else { return 0 };
    let rank = |at: usize| 40 - i32::try_from(at).unwrap_or(40);
    let whole = words.iter().position(|word| name == *word).map(|at| 100 + rank(at));
    // Short words are part of too many others.
    let part = || words.iter().position(|word| word.len() >= 4 && name.contains(word)).map(|at| 40 + rank(at));
    whole.or_else(part).unwrap_or(0)
}

fn is_time(text: &str) -> bool {
    let rule = ZoneRule { zone: TimeZone::UTC, basis: TimeBasis::Assumed };
    let looks = text.len() >= 8 && text.bytes().filter(u8::is_ascii_digit).count() >= 5;
    looks
        && [DateOrder::DayFirst, DateOrder::MonthFirst]
            .iter()
            .any(|order| clock::read(text, *order, &rule).is_some_and(|m| m.local.year() >= 2000))
        || is_yearless(text, &rule)
}

/// A day without a year and a clock behind it.
fn is_yearless(text: &str, rule: &ZoneRule) -> bool {
    // Whatever the year: a leap year, so that each day has its place in it.
    let some_year = jiff::Timestamp::constant(1_709_164_800, 0);
    text.contains(':') && clock::completed(text, DateOrder::DayFirst, rule, some_year, Toward::Nearest).is_some()
}

fn is_clock(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (2..=9).contains(&digits) && text.len() <= 15 && (text.contains([':', '.', 'h']) || digits == text.len())
}

fn score_time(node: &Node) -> i32 {
    if node.samples.is_empty() || !node.samples.iter().all(|text| is_time(text)) {
        return 0;
    }
    let name = letters(node.path.last());
    let is_other = OTHER_TIMES.iter().any(|word| name.contains(word));
    let depth = i32::try_from(node.path.names().len()).unwrap_or(0).min(10);
    let count = i32::try_from(node.count).unwrap_or(0).min(20);
    let is_written_out = |text: &String| matches!(text.len(), 12 | 14) && text.starts_with("20");
    let digits_alone = node.samples.iter().all(|text| text.bytes().all(|b| b.is_ascii_digit()) && !is_written_out(text));
    let by_name = by_name("occurred_at", node);
    // Digits alone may be a number of anything, unless the name says that it is a time.
    if digits_alone && by_name == 0 {
        return 0;
    }
    (60 + by_name + depth + count - if is_other { 120 } else { 0 }).max(1)
}

/// Who signed, not what the signature looks like.
fn score_signatory(node: &Node) -> i32 {
    let name = letters(node.path.last());
    let is_other = ["image", "url", "code", "required", "date", "time"].iter().any(|word| name.contains(word));
    if is_other { 0 } else { by_name("signed_by", node) }
}

/// Digits, perhaps with letters, different for different parcels.
fn score_number(node: &Node, events: &Path) -> i32 {
    let fits = |text: &String| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        (5..=40).contains(&text.len())
            && digits >= 3
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' ' | b'/' | b'.'))
    };
    if node.samples.is_empty()
        || !node.samples.iter().all(fits)
        || node.samples.iter().all(|text| is_time(text)) && by_name("tracking_number", node) < 100
    {
        return 0;
    }
    let name = letters(node.path.last());
    let own = by_name("tracking_number", node);
    let is_other = OTHER_NUMBERS.iter().any(|word| name.contains(word));
    // The parcel stands around its scans, or beside what a scan says.
    let above = node.path.parent().is_some_and(|parent| events.is_below(&parent));
    let long = i32::from(node.samples.iter().all(|text| text.len() >= 8)) * 10;
    (20 + own + long + i32::from(above) * 25 - if is_other { 60 } else { 0 }).max(1)
}

/// Short and without blanks; capitals and digits where the name says nothing.
fn score_code(node: &Node) -> i32 {
    let fits = |text: &String| text.len() <= 32 && !text.contains(' ') && !is_time(text);
    if node.samples.is_empty() || !node.samples.iter().all(fits) {
        return 0;
    }
    let own = by_name("carrier_code", node);
    let short = i32::from(node.samples.iter().all(|text| text.len() <= 6)) * 10;
    let is_capital = |text: &String| {
        text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') && text.bytes().any(|b| b.is_ascii_uppercase())
    };
    match own {
        0 if node.samples.iter().all(is_capital) && !is_place(node) => 20 + short,
        0 => 0,
        own => own + short,
    }
}

/// Towns are often written in capitals, too.
fn is_place(node: &Node) -> bool {
    ["location", "city", "postcode", "country"].iter().any(|field| by_name(field, node) > 0)
}

/// Words with blanks, best of all such as we understand.
fn score_words(node: &Node) -> i32 {
    if node.samples.is_empty() || node.samples.iter().any(|text| is_time(text)) {
        return 0;
    }
    let spoken = node.samples.iter().filter(|text| text.contains(' ') || text.chars().count() > 12).count();
    let understood = node.samples.iter().filter(|text| phrase::understand(text, &[]).is_some()).count();
    let share = |n: usize| i32::try_from(60 * n / node.samples.len()).unwrap_or(0);
    let own = by_name("description", node);
    if own + share(understood) < 60 { 0 } else { own + share(spoken) + share(understood) }
}

/// Months stand first if a sample can only be read so.
fn order_of(node: &Node) -> Order {
    let (mut day_first, mut month_first) = (false, false);
    for text in &node.samples {
        let mut parts = text.split(['/', '-', '.', ' ']).map(|part| part.parse::<u16>().unwrap_or(0));
        let (first, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        day_first |= (13..=31).contains(&first) && (1..=12).contains(&second);
        month_first |= (1..=12).contains(&first) && (13..=31).contains(&second);
    }
    if month_first && !day_first { Order::MonthFirst } else { Order::DayFirst }
}
