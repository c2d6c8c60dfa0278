//! Reading what was sent: JSON into types, with every fault named by its place, before anything is touched.

use serde::de::DeserializeOwned;
use serde_json::Value;
use whereabouts_domain::{Promise, Registration, shipment::Person};

use super::Fault;

const TEXT_MAX: usize = 2_000;
const LIST_MAX: usize = 1_000;

/// Reads a value into a type; unknown fields and wrong types are faults with a JSON pointer.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Fault>> {
    let mut faults = Vec::new();
    if value.is_array() {
        faults.push(Fault::new("", "invalid", "must be an object"));
    }
    check_texts(value, "", &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    serde_path_to_error::deserialize(value).map_err(|e| {
        let message = e.inner().to_string();
        let path = e.path().to_string();
        let mut pointer =
            if path == "." { String::new() } else { format!("/{}", path.replace('[', ".").replace(']', "").replace('.', "/")) };
        let code = if message.starts_with("unknown field") {
            let named = message.split('`').nth(1).unwrap_or_default();
            if !pointer.ends_with(&format!("/{named}")) {
                pointer = format!("{pointer}/{named}");
            }
            "unknown_field"
        } else if message.starts_with("missing field") {
            "missing_field"
        } else if message.starts_with("unknown variant") {
            "unknown_value"
        } else {
            "invalid"
        };
        vec![Fault::new(pointer, code, in_our_words(message))]
    })
}

/// The libraries tell of their types; who sent it is told what to send.
fn in_our_words(message: String) -> String {
    // Only times are read by more than their type.
    if message.starts_with("failed to ") {
        return "must be an RFC 3339 time with its offset, such as 2026-11-24T14:30:00Z".into();
    }
    let Some((_, wanted)) = message.split_once(", expected ").filter(|_| message.starts_with("invalid ")) else { return message };
    let wanted = match wanted.split(" at line").next().unwrap_or_default() {
        "a string" => "text",
        "i64" | "u64" | "i32" | "u32" | "usize" => "a whole number",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        _ => return message,
    };
    format!("must be {wanted}")
}

/// Fields that hold an object, and lists that hold objects. serde would also take a list for a struct, field by field in order; nobody means that.
const OBJECTS: &[&str] = &[
    "promised",
    "recipient",
    "buyer",
    "consent",
    "destination",
    "origin",
    "fulfilled_by",
    "price",
    "value",
    "alert",
    "location",
    "pickup_point",
    "estimated_delivery",
];
const LISTS_OF_OBJECTS: &[&str] = &["notify", "parcels", "items", "lines", "proof"];

fn is_list_for_object(name: &str, value: &Value) -> bool {
    let members = value.as_array().map(Vec::as_slice).unwrap_or_default();
    (value.is_array() && OBJECTS.contains(&name)) || (LISTS_OF_OBJECTS.contains(&name) && members.iter().any(Value::is_array))
}

/// Texts of bearable length without NUL (which a database can't hold), lists of bearable length.
fn check_texts(value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::String(s) if s.contains('\0') => faults.push(Fault::new(pointer, "invalid", "must not contain a NUL character")),
        Value::String(s) if s.len() > TEXT_MAX => {
            faults.push(Fault::new(pointer, "too_long", format!("must not be longer than {TEXT_MAX} bytes")));
        }
        Value::Array(list) if list.len() > LIST_MAX => {
            faults.push(Fault::new(pointer, "too_long", format!("must not have more than {LIST_MAX} entries")));
        }
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| check_texts(v, &format!("{pointer}/{i}"), faults)),
        Value::Object(map) => {
            for (key, v) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                if key.contains('\0') {
                    faults.push(Fault::new(pointer, "invalid", "a name must not contain a NUL character"));
                }
                let pointer = format!("{pointer}/{key}");
                let is_telling = pointer == "/then/notify" && v.is_array();
                if is_telling || (!pointer.starts_with("/metadata") && is_list_for_object(&key, v)) {
                    faults.push(Fault::new(&pointer, "invalid", "must be an object, or hold objects"));
                }
                check_texts(v, &pointer, faults);
            }
        }
        _ => {}
    }
}

/// A shipment's registration, checked as far as one can without the database.
pub fn registration(value: &Value) -> Result<Registration, Vec<Fault>> {
    let reg: Registration = read(value)?;
    let mut faults = Vec::new();
    let blank = |t: &Option<String>| t.as_deref().is_none_or(|t| t.trim().is_empty());
    if blank(&reg.tracking_number) && blank(&reg.reference) && blank(&reg.order_number) {
        faults.push(Fault::new("", "missing_field", "at least one of tracking_number, reference and order_number is needed"));
    }
    for (pointer, text) in
        [("/tracking_number", &reg.tracking_number), ("/reference", &reg.reference), ("/order_number", &reg.order_number)]
    {
        if text.as_deref().is_some_and(|t| t.trim().is_empty() || t.chars().count() > 200) {
            faults.push(Fault::new(pointer, "invalid", "must be 1 to 200 characters"));
        }
        one_line(text.as_deref(), pointer, &mut faults);
    }
    if let Some(p) = &reg.promised {
        promise(p, "/promised", &mut faults);
    }
    for (pointer, p) in [("/recipient", &reg.recipient), ("/buyer", &reg.buyer)] {
        if let Some(p) = p {
            person(p, pointer, &mut faults);
        }
    }
    for (pointer, d) in [("/destination", &reg.destination), ("/origin", &reg.origin)] {
        if let Some(country) = d.as_ref().and_then(|d| d.country.as_deref())
            && !(country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic()))
        {
            faults.push(Fault::new(format!("{pointer}/country"), "invalid", "must be an ISO 3166-1 country of two letters, such as GB"));
        }
    }
    const REQUIREMENTS: [&str; 7] = ["signature", "age_18", "id", "pin", "two_person", "no_safe_place", "no_neighbour"];
    for (i, r) in reg.requirements.iter().enumerate() {
        if !REQUIREMENTS.contains(&r.as_str()) {
            faults.push(Fault::new(format!("/requirements/{i}"), "unknown_value", format!("must be one of {}", REQUIREMENTS.join(", "))));
        }
    }
    for (i, n) in reg.notify.iter().enumerate() {
        if !matches!(n.role.as_str(), "buyer" | "recipient") {
            faults.push(Fault::new(format!("/notify/{i}/role"), "unknown_value", "must be buyer or recipient"));
        }
    }
    if let Some(f) = &reg.fulfilled_by
        && !matches!(f.kind.as_str(), "dc" | "store" | "supplier" | "marketplace")
    {
        faults.push(Fault::new("/fulfilled_by/kind", "unknown_value", "must be dc, store, supplier or marketplace"));
    }
    for (i, item) in reg.items.iter().enumerate() {
        if let Some(price) = &item.price {
            money(price, &format!("/items/{i}/price"), &mut faults);
        }
        if item.quantity < 0 {
            faults.push(Fault::new(format!("/items/{i}/quantity"), "invalid", "must not be negative"));
        }
    }
    if let Some(value) = &reg.value {
        money(value, "/value", &mut faults);
    }
    if faults.is_empty() { Ok(reg) } else { Err(faults) }
}

/// A number of several lines is a file that was read wrongly: a quotation mark that nobody closed.
pub fn one_line(number: Option<&str>, pointer: &str, faults: &mut Vec<Fault>) {
    if number.is_some_and(|n| n.trim().contains(char::is_control)) {
        faults.push(Fault::new(pointer, "invalid", "must not hold line breaks, tabs or other control characters"));
    }
}

pub fn promise(p: &Promise, pointer: &str, faults: &mut Vec<Fault>) {
    if p.start.is_none() && p.end.is_none() {
        faults.push(Fault::new(pointer, "missing_field", "needs a start or an end"));
    }
    for (name, text) in [("start", &p.start), ("end", &p.end)] {
        if let Some(text) = text
            && !is_day_or_time(text)
        {
            faults.push(Fault::new(format!("{pointer}/{name}"), "invalid", "must be a day (2026-11-24) or an RFC 3339 time with offset"));
            return;
        }
    }
    if let Some((place, why)) = p.fault().filter(|_| p.start.is_some() && p.end.is_some()) {
        faults.push(Fault::new(format!("{pointer}{place}"), "invalid", why));
    }
}

pub fn is_day_or_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || (text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok())
}

pub fn person(p: &Person, pointer: &str, faults: &mut Vec<Fault>) {
    if let Some(email) = &p.email {
        let email = email.reveal();
        if email.parse::<lettre::Address>().is_err() {
            faults.push(Fault::new(format!("{pointer}/email"), "invalid", "is not an e-mail address"));
        }
    }
}

fn money(m: &whereabouts_domain::shipment::Money, pointer: &str, faults: &mut Vec<Fault>) {
    if m.amount.parse::<f64>().ok().filter(|a| a.is_finite()).is_none() {
        faults.push(Fault::new(format!("{pointer}/amount"), "invalid", "must be a decimal number in text, such as \"12.50\""));
    }
    if m.currency.len() != 3 || !m.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        faults.push(Fault::new(format!("{pointer}/currency"), "invalid", "must be an ISO 4217 code such as GBP"));
    }
}

/// JSON merge patch (RFC 7396).
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The body as it is, or an empty object when it is none (the fault is named by `registration`).
pub fn without_nulls_on_top(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { Value::Object(serde_json::Map::new()) }
}

/// Nulls at the top say nothing when something is registered for the first time.
pub fn without_nulls(value: &Value) -> Value {
    let mut out = Value::Object(serde_json::Map::new());
    merge(&mut out, value);
    out
}
