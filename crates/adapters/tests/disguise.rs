//! The same meaning in another dress: names of fields in another spelling, a single item where a list stood and the other way
//! round, numbers as text, what is missing as null, other namespaces, an envelope around it all. Reading stays the same.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use whereabouts_adapters::{
    carrier::{ALL, Carrier, Payload},
    conformance, detect, json, parse, tree, xml,
};
use whereabouts_domain::Source;

/// A payload in another dress, or `None` where the dress does not fit it.
type Disguise = fn(&[u8]) -> Option<Vec<u8>>;

const DISGUISES: &[(&str, Disguise)] = &[
    ("snake_case", |body| of_json(body, |v| renamed(v, &snake))),
    ("camelCase", |body| of_json(body, |v| renamed(v, &camel))),
    ("PascalCase", |body| of_json(body, |v| renamed(v, &pascal))),
    ("numbers as text", |body| of_json(body, |v| scalars(v, &number_as_text))),
    ("text as numbers", |body| of_json(body, |v| scalars(v, &text_as_number))),
    ("nothing as null", |body| of_json(body, |v| scalars(v, &blank_as_null))),
    ("null as nothing", |body| of_json(body, without_nulls)),
    ("null as blank", |body| of_json(body, |v| scalars(v, &null_as_blank))),
    ("a list of one is its item", |body| of_json(body, lone)),
    ("in data", |body| of_json(body, |v| json!({ "data": v }))),
    ("in response", |body| of_json(body, |v| json!({ "response": v }))),
    ("in a list", |body| of_json(body, listed)),
    ("in results", |body| of_json(body, |v| json!({ "status": "ok", "results": listed(v) }))),
    ("as text in body", |body| of_json(body, |v| json!({ "statusCode": 200, "body": v.to_string() }))),
    ("other prefixes", other_prefixes),
    ("no prefixes", no_prefixes),
    ("in a SOAP envelope", in_soap),
    ("XML as JSON", |body| as_json(body, "")),
    ("XML as JSON with @", |body| as_json(body, "@")),
    ("with a mark and blanks", |body| Some([b"\xef\xbb\xbf\r\n  ", body, b"\r\n\r\n"].concat())),
];

/// Where a dress takes away what a dialect is known by: a Shopify fulfilment is told by a field that may stand there empty.
const NOT_FITTING: &[(&str, &str)] = &[("null as nothing", "shopify")];

#[test]
fn a_payload_in_another_dress_says_the_same() {
    let mut wrong = String::new();
    for carrier in ALL {
        let id = carrier.card().id;
        for file in payloads(id) {
            let body = fs::read(&file).unwrap();
            let plain = told(*carrier, &body);
            for (name, disguise) in DISGUISES.iter().filter(|(name, _)| !NOT_FITTING.contains(&(name, id))) {
                let Some(dressed) = disguise(&body) else { continue };
                let other = told(*carrier, &dressed);
                // A refusal may be told in other words of the same reply.
                let both_refuse = [&plain, &other].iter().all(|told| told.starts_with("the carrier answered with an error"));
                if other != plain && !both_refuse {
                    wrong += &format!("{name}: {}\n{}\n", file.display(), conformance::differences(&plain, &other).join("\n"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Its number as text and by itself in it, so that another can be put there.
fn lone_number(carrier: &dyn Carrier, body: &[u8]) -> Option<String> {
    let events = parse(carrier, &Payload::of(body)).ok()?.events;
    let numbers: BTreeSet<String> = events.into_iter().map(|e| e.tracking_number).collect();
    let number = numbers.first().filter(|n| numbers.len() == 1 && n.len() >= 8)?.clone();
    String::from_utf8_lossy(body).contains(&format!("\"{number}\"")).then_some(number)
}

#[test]
fn of_a_list_of_replies_none_is_lost() {
    let mut wrong = String::new();
    for carrier in ALL {
        for file in payloads(carrier.card().id) {
            let body = fs::read(&file).unwrap();
            let is_object = json::from_bytes(&body).is_ok_and(|v| v.is_object());
            let Some(number) = lone_number(*carrier, &body).filter(|_| is_object) else { continue };
            let text = String::from_utf8_lossy(&body);
            let another = format!("{}Q", &number[..number.len() - 1]);
            let list = format!("[{text},{}]", text.replace(&number, &another));
            let told = |body: &[u8]| parse(*carrier, &Payload::of(body)).map_or(0, |parsed| parsed.events.len());
            if told(list.as_bytes()) < 2 * told(&body) {
                wrong += &format!("{}: {} of 2 × {}\n", file.display(), told(list.as_bytes()), told(&body));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Rows of nobody's form are known by their times; GLS and InPost mean by a delivery what its place among the others says.
const KNOWN_BY_TIMES: &[&str] = &["an_post", "hay_post", "ics_courier", "newgistics", "dpd_uk", "dx", "postnl", "gls", "inpost"];

#[test]
fn a_time_that_is_not_told_loses_no_event() {
    let said = |carrier: &dyn Carrier, body: &[u8]| -> Option<BTreeSet<String>> {
        let events = parse(carrier, &Payload::of(body)).ok()?.events.into_iter().filter(|e| e.source == Source::Event);
        Some(events.map(|e| format!("{} {}", e.carrier_code.unwrap_or_default(), e.state.id())).collect())
    };
    let mut wrong = String::new();
    for carrier in ALL.iter().filter(|c| !KNOWN_BY_TIMES.contains(&c.card().id)) {
        for file in payloads(carrier.card().id) {
            let body = fs::read(&file).unwrap();
            let Some(timeless) = of_json(&body, |v| timeless("", v)) else { continue };
            let (plain, other) = (said(*carrier, &body), said(*carrier, &timeless));
            if plain.is_some() && plain != other {
                wrong += &format!("{}: {plain:?} is {other:?}\n", file.display());
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Null wherever a name speaks of a time and a day or a clock stands.
fn timeless(name: &str, value: &Value) -> Value {
    let of_time = ["date", "time", "stamp"].iter().any(|of| name.to_lowercase().contains(of));
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), timeless(k, v))).collect::<Map<_, _>>().into(),
        Value::Array(list) => list.iter().map(|v| timeless(name, v)).collect(),
        Value::String(text) if of_time && text.contains(['-', ':', '/']) && text.starts_with(|c: char| c.is_ascii_digit() || c == '/') => {
            Value::Null
        }
        other => other.clone(),
    }
}

/// What is around a payload may hide whose it is, but makes it nobody else's.
#[test]
fn a_payload_in_an_envelope_is_not_taken_for_another_dialects() {
    let found = |body: &[u8]| detect(&Payload::of(body)).carrier.map(|c| c.card().id);
    // Its `response.errors` are how UPS refuses.
    let around = ["in data", "in a list", "in results", "as text in body", "other prefixes", "in a SOAP envelope", "XML as JSON with @"];
    let mut wrong = String::new();
    for carrier in ALL {
        for file in payloads(carrier.card().id) {
            let body = fs::read(&file).unwrap();
            let plain = found(&body);
            for (name, disguise) in DISGUISES.iter().filter(|(name, _)| around.contains(name)) {
                let of_dressed = disguise(&body).and_then(|dressed| found(&dressed));
                // What DPD says in SOAP on the one side it says in JSON on the other.
                let is_same_house = plain == Some("dpd_belux") && of_dressed == Some("dpd_group");
                if of_dressed.is_some() && of_dressed != plain && !is_same_house {
                    wrong += &format!("{name}: {} is taken for {of_dressed:?}, not {plain:?}\n", file.display());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn told(carrier: &dyn Carrier, body: &[u8]) -> String {
    conformance::told(carrier, &Payload::of(body))
}

fn payloads(id: &str) -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = env::var_os("WHEREABOUTS_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from);
    let folders = [here.join("fixtures").join(id), shared.join("fixtures").join(id)];
    let files = folders.iter().filter_map(|f| fs::read_dir(f).ok()).flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|f| f.extension().is_some_and(|e| e != "txt" && e != "md")).collect();
    files.sort();
    files
}

fn of_json(body: &[u8], change: impl Fn(&Value) -> Value) -> Option<Vec<u8>> {
    let value = json::from_bytes(body).ok().filter(|v| v.is_object() || v.is_array())?;
    Some(change(&value).to_string().into_bytes())
}

fn renamed(value: &Value, spell: &dyn Fn(&[String]) -> String) -> Value {
    match value {
        Value::Object(map) => {
            let renamed: Map<String, Value> = map.iter().map(|(k, v)| (respelt(k, spell), renamed(v, spell))).collect();
            // Two names that differ in their spelling alone cannot both be respelt.
            if renamed.len() == map.len() { Value::Object(renamed) } else { value.clone() }
        }
        Value::Array(list) => list.iter().map(|v| renamed(v, spell)).collect(),
        other => other.clone(),
    }
}

fn respelt(key: &str, spell: &dyn Fn(&[String]) -> String) -> String {
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = key.chars().collect();
    if !letters.iter().all(|c| c.is_ascii_alphanumeric() || *c == '_') || letters.iter().all(char::is_ascii_digit) {
        return key.to_string();
    }
    for (i, c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|b| letters[b]);
        let begins = before.is_none_or(|b| b == '_' || b.is_ascii_lowercase() && c.is_ascii_uppercase())
            || c.is_ascii_uppercase() && letters.get(i + 1).is_some_and(char::is_ascii_lowercase);
        match c {
            '_' => {}
            c if begins => words.push(c.to_string()),
            c => words.last_mut().unwrap().push(*c),
        }
    }
    spell(&words)
}

fn snake(words: &[String]) -> String {
    words.iter().map(|w| w.to_lowercase()).collect::<Vec<_>>().join("_")
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..].to_lowercase()
}

fn pascal(words: &[String]) -> String {
    words.iter().map(|w| capital(w)).collect()
}

fn camel(words: &[String]) -> String {
    words.iter().enumerate().map(|(i, w)| if i == 0 { w.to_lowercase() } else { capital(w) }).collect()
}

fn scalars(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), scalars(v, change))).collect::<Map<_, _>>().into(),
        Value::Array(list) => list.iter().map(|v| scalars(v, change)).collect(),
        other => change(other),
    }
}

fn number_as_text(value: &Value) -> Value {
    match value {
        Value::Number(n) => n.to_string().into(),
        other => other.clone(),
    }
}

fn text_as_number(value: &Value) -> Value {
    let whole = value.as_str().filter(|s| !s.starts_with('0') || *s == "0").and_then(|s| s.parse::<u64>().ok());
    whole.map_or_else(|| value.clone(), Value::from)
}

fn blank_as_null(value: &Value) -> Value {
    if value.as_str().is_some_and(str::is_empty) { Value::Null } else { value.clone() }
}

fn null_as_blank(value: &Value) -> Value {
    if value.is_null() { "".into() } else { value.clone() }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn lone(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), lone(v))).collect::<Map<_, _>>().into(),
        Value::Array(list) if list.len() == 1 && list[0].is_object() => lone(&list[0]),
        Value::Array(list) => list.iter().map(lone).collect(),
        other => other.clone(),
    }
}

fn listed(value: &Value) -> Value {
    if value.is_array() { value.clone() } else { json!([value]) }
}

fn other_prefixes(body: &[u8]) -> Option<Vec<u8>> {
    respelt_tags(body, |name| format!("zz9:{}", name.rsplit(':').next().unwrap()))
}

fn no_prefixes(body: &[u8]) -> Option<Vec<u8>> {
    respelt_tags(body, |name| name.rsplit(':').next().unwrap().to_string())
}

/// The document with its elements' names respelt; declarations of namespaces go, but for one.
fn respelt_tags(body: &[u8], spell: fn(&str) -> String) -> Option<Vec<u8>> {
    let root = xml_of(body)?;
    let mut out = String::from("<?xml version=\"1.0\"?>");
    write_element(&root, spell, true, &mut out);
    Some(out.into_bytes())
}

fn write_element(e: &xml::Element, spell: fn(&str) -> String, is_root: bool, out: &mut String) {
    let name = spell(&e.name);
    *out += &format!("<{name}");
    if is_root {
        *out += " xmlns:zz9=\"urn:zz9\"";
    }
    for (key, value) in &e.attributes {
        *out += &format!(" {key}=\"{}\"", escaped(value));
    }
    *out += &format!(">{}", escaped(&e.text));
    e.children.iter().for_each(|child| write_element(child, spell, false, out));
    *out += &format!("</{name}>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn xml_of(body: &[u8]) -> Option<xml::Element> {
    let starts = body.trim_ascii_start().starts_with(b"<");
    xml::from_bytes(body).ok().filter(|_| starts)
}

fn in_soap(body: &[u8]) -> Option<Vec<u8>> {
    let root = xml_of(body).filter(|root| root.name != "Envelope")?;
    let mut inner = String::new();
    write_element(&root, |name| name.to_string(), true, &mut inner);
    let front = "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Header/><S:Body>";
    Some(format!("{front}{inner}</S:Body></S:Envelope>").into_bytes())
}

/// As programs turn XML into JSON: attributes under a mark, text beside them under `#text`.
fn as_json(body: &[u8], mark: &str) -> Option<Vec<u8>> {
    fn marked(e: &xml::Element, mark: &str) -> xml::Element {
        let attributes = e.attributes.iter().map(|(k, v)| (format!("{mark}{k}"), v.clone())).collect();
        xml::Element { attributes, children: e.children.iter().map(|c| marked(c, mark)).collect(), ..e.clone() }
    }
    Some(tree::of_xml(&marked(&xml_of(body)?, mark)).to_string().into_bytes())
}
