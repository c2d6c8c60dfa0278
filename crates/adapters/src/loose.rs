//! Walking payloads whose keys and wrappers vary from version to version and from scraper to scraper: JSON and XML as one
//! tree, keys compared without regard to letter case, underscores and dashes, and rows found wherever they stand.

use serde_json::{Map, Value};
use whereabouts_domain::Location;

use crate::{
    carrier::{Payload, Unreadable},
    xml::Element,
};

/// The payload as one tree, whether it came as JSON or as XML.
pub fn tree(payload: &Payload) -> Result<Value, Unreadable> {
    if payload.first_byte() == Some(b'<') { payload.xml().map(|root| from_xml(&root)) } else { payload.json() }
}

/// An element as an object: attributes and children become fields, repeated children an array, a leaf its text.
pub fn from_xml(root: &Element) -> Value {
    Value::Object(Map::from_iter([(root.name.clone(), inside(root))]))
}

fn inside(element: &Element) -> Value {
    if element.children.is_empty() && element.attributes.is_empty() {
        return Value::String(element.text.clone());
    }
    let mut map = Map::new();
    for (name, value) in &element.attributes {
        map.insert(name.clone(), Value::String(value.clone()));
    }
    for child in &element.children {
        let value = inside(child);
        match map.get_mut(&child.name) {
            None => {
                map.insert(child.name.clone(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    if !element.text.is_empty() {
        map.insert(TEXT.into(), Value::String(element.text.clone()));
    }
    Value::Object(map)
}

/// Where the text of an element with attributes goes.
const TEXT: &str = "#text";

/// The first of these fields that is there and not null. An exact spelling wins over a similar one.
pub fn field<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    let map = value.as_object()?;
    names.iter().find_map(|name| {
        map.get(*name).filter(|v| !v.is_null()).or_else(|| map.iter().find(|(k, v)| same_key(k, name) && !v.is_null()).map(|(_, v)| v))
    })
}

/// `eventCode`, `event_code`, `EVENT-CODE` and `ns:eventCode` are one key.
fn same_key(told: &str, wanted: &str) -> bool {
    let told = told.rsplit(':').next().unwrap_or(told);
    letters(told).eq(letters(wanted))
}

fn letters(key: &str) -> impl Iterator<Item = u8> {
    key.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase())
}

/// Text of the first of these fields that has some; numbers and booleans are printed.
pub fn text(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| field(value, &[name]).and_then(plain))
}

/// A value as text, if it is a scalar with content.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.trim().to_string()).filter(|s| !s.is_empty()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Object(map) => map.get(TEXT).and_then(plain),
        _ => None,
    }
}

/// Rows of the first of these fields that has any: an array's items, or a lone object.
pub fn rows<'a>(value: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    names.iter().find_map(|name| field(value, &[name]).map(items).filter(|found| !found.is_empty())).unwrap_or_default()
}

/// An array's objects; a lone object counts as one; an XML wrapper around repeated rows is opened.
pub fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().filter(|v| v.is_object()).collect(),
        Value::Object(map) => match map.values().next() {
            Some(Value::Array(list)) if map.len() == 1 => list.iter().filter(|v| v.is_object()).collect(),
            Some(only @ Value::Object(_)) if map.len() == 1 => vec![only],
            _ => vec![value],
        },
        _ => Vec::new(),
    }
}

/// Every object that is wanted, in document order; what stands inside a wanted one is not looked at.
pub fn outermost<'a>(value: &'a Value, wanted: &dyn Fn(&Value) -> bool) -> Vec<&'a Value> {
    let mut found = Vec::new();
    look(value, wanted, &mut found);
    found
}

fn look<'a>(value: &'a Value, wanted: &dyn Fn(&Value) -> bool, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(_) if wanted(value) => found.push(value),
        Value::Object(map) => map.values().for_each(|v| look(v, wanted, found)),
        Value::Array(list) => list.iter().for_each(|v| look(v, wanted, found)),
        _ => {}
    }
}

/// Text without HTML tags and with single blanks.
pub fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    let out = out.replace("&nbsp;", " ").replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A place told in one line: `Stafford DO`, `Example Hub, GB`, `Berlin (DE)`, `NL`, `Saudi Arabia`.
pub fn place(line: &str) -> Location {
    let line = line.trim();
    if line.is_empty() {
        return Location::default();
    }
    let mut place = Location::text(line);
    if let Some(country) = country(line) {
        place.country = Some(country);
    } else if let Some((city, rest)) = line.strip_suffix(')').and_then(|l| l.rsplit_once('(')) {
        place.country = country(rest);
        place.city = place.country.is_some().then(|| city.trim().to_string()).filter(|c| !c.is_empty());
    } else if let Some((_, last)) = line.rsplit_once(',') {
        place.country = country(last);
    }
    place
}

/// ISO 3166-1 alpha-2 of a country told as two or three capitals or by its English name.
pub fn country(told: &str) -> Option<String> {
    let told = told.trim();
    let capitals = told.bytes().all(|b| b.is_ascii_uppercase());
    match told.len() {
        2 if told == "UK" => return Some("GB".into()),
        2 if capitals => return ISO_ALPHA_2.split(' ').any(|code| code == told).then(|| told.into()),
        3 if capitals => return COUNTRIES.iter().find(|c| c.1 == told).map(|c| c.0.into()),
        _ => {}
    }
    COUNTRIES.iter().find(|c| c.2.eq_ignore_ascii_case(told)).map(|c| c.0.into())
}

/// ISO 3166-1 alpha-2: two capitals that are none of these are a depot or an office.
const ISO_ALPHA_2: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC \
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP \
GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV \
LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// The countries British carriers name most.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("GB", "GBR", "United Kingdom"),
    ("GB", "GBR", "Great Britain"),
    ("GB", "GBR", "United Kingdom of Great Britain and Northern Ireland"),
    ("GB", "GBR", "England"),
    ("GB", "GBR", "Scotland"),
    ("GB", "GBR", "Wales"),
    ("GB", "GBR", "Northern Ireland"),
    ("IE", "IRL", "Ireland"),
    ("IE", "IRL", "Republic of Ireland"),
    ("FR", "FRA", "France"),
    ("DE", "DEU", "Germany"),
    ("NL", "NLD", "Netherlands"),
    ("NL", "NLD", "The Netherlands"),
    ("BE", "BEL", "Belgium"),
    ("LU", "LUX", "Luxembourg"),
    ("ES", "ESP", "Spain"),
    ("PT", "PRT", "Portugal"),
    ("IT", "ITA", "Italy"),
    ("CH", "CHE", "Switzerland"),
    ("AT", "AUT", "Austria"),
    ("PL", "POL", "Poland"),
    ("CZ", "CZE", "Czech Republic"),
    ("CZ", "CZE", "Czechia"),
    ("SK", "SVK", "Slovakia"),
    ("HU", "HUN", "Hungary"),
    ("RO", "ROU", "Romania"),
    ("BG", "BGR", "Bulgaria"),
    ("GR", "GRC", "Greece"),
    ("HR", "HRV", "Croatia"),
    ("SI", "SVN", "Slovenia"),
    ("DK", "DNK", "Denmark"),
    ("SE", "SWE", "Sweden"),
    ("NO", "NOR", "Norway"),
    ("FI", "FIN", "Finland"),
    ("EE", "EST", "Estonia"),
    ("LV", "LVA", "Latvia"),
    ("LT", "LTU", "Lithuania"),
    ("MT", "MLT", "Malta"),
    ("CY", "CYP", "Cyprus"),
    ("IS", "ISL", "Iceland"),
    ("TR", "TUR", "Turkey"),
    ("UA", "UKR", "Ukraine"),
    ("US", "USA", "United States"),
    ("US", "USA", "United States of America"),
    ("CA", "CAN", "Canada"),
    ("AU", "AUS", "Australia"),
    ("NZ", "NZL", "New Zealand"),
    ("CN", "CHN", "China"),
    ("HK", "HKG", "Hong Kong"),
    ("JP", "JPN", "Japan"),
    ("KR", "KOR", "South Korea"),
    ("SG", "SGP", "Singapore"),
    ("IN", "IND", "India"),
    ("AE", "ARE", "United Arab Emirates"),
    ("SA", "SAU", "Saudi Arabia"),
    ("BH", "BHR", "Bahrain"),
    ("QA", "QAT", "Qatar"),
    ("KW", "KWT", "Kuwait"),
    ("IL", "ISR", "Israel"),
    ("EG", "EGY", "Egypt"),
    ("ET", "ETH", "Ethiopia"),
    ("ZA", "ZAF", "South Africa"),
    ("NG", "NGA", "Nigeria"),
    ("KE", "KEN", "Kenya"),
    ("BR", "BRA", "Brazil"),
    ("MX", "MEX", "Mexico"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_found_in_any_spelling() {
        let row = json!({"Event_Code": "X", "ns:eventDate": "2026-01-01", "empty": null, "n": 7});
        assert_eq!(text(&row, &["eventCode"]).as_deref(), Some("X"));
        assert_eq!(text(&row, &["eventDate"]).as_deref(), Some("2026-01-01"));
        assert_eq!(text(&row, &["empty", "n"]).as_deref(), Some("7"));
        assert_eq!(text(&row, &["missing"]), None);
    }

    #[test]
    fn xml_and_json_are_walked_alike() {
        let payload = Payload::of(b"<a><rows><row><code>1</code></row><row><code>2</code></row></rows><one id=\"7\">x</one></a>");
        let tree = tree(&payload).unwrap();
        let a = field(&tree, &["a"]).unwrap();
        assert_eq!(rows(a, &["rows"]).iter().filter_map(|r| text(r, &["code"])).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(text(a, &["one"]).as_deref(), Some("x"));
    }

    #[test]
    fn a_place_tells_its_country() {
        let told = |line: &str| place(line).country;
        assert_eq!(told("Example Hub, GB").as_deref(), Some("GB"));
        assert_eq!(told("Exampletown (DE)").as_deref(), Some("DE"));
        assert_eq!(told("NL").as_deref(), Some("NL"));
        assert_eq!(told("Saudi Arabia").as_deref(), Some("SA"));
        assert_eq!(told("Stafford DO"), None);
        assert_eq!(told("Hub 3 - Birmingham"), None);
    }
}
