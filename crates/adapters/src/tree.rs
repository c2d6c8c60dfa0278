//! One tree for JSON and XML, so that a dialect that exists in both is read once. Names are compared without regard to
//! letter case, `_`, `-` and prefixes: `TrackingNumber`, `trackingNumber` and `tracking_number` are one name, because
//! generations of one API, and the scrapers of its pages, differ in nothing else.

use serde_json::{Map, Value};

use crate::{
    carrier::{Payload, Unreadable},
    xml::Element,
};

/// Text of an element that also has attributes or children.
const TEXT: &str = "#text";

/// The payload as a tree, whether JSON or XML. An XML root stands under its own name, like everything below it.
pub fn of(payload: &Payload) -> Result<Value, Unreadable> {
    match payload.first_byte() {
        Some(b'{' | b'[') => payload.json(),
        Some(b'<') => Ok(of_xml(&payload.xml()?)),
        _ => Err(Unreadable::not_understood("neither JSON nor XML")),
    }
}

/// An XML document as a tree: `{root name: …}`.
pub fn of_xml(root: &Element) -> Value {
    Value::Object(Map::from_iter([(root.name.clone(), element(root))]))
}

/// A leaf is text; repeated children are a list; attributes stand among the children, as JSON of the same dialect has them.
fn element(e: &Element) -> Value {
    if e.children.is_empty() && e.attributes.is_empty() {
        return Value::String(e.text.clone());
    }
    let mut map = Map::new();
    for (name, value) in &e.attributes {
        map.insert(name.clone(), Value::String(value.clone()));
    }
    if !e.text.is_empty() {
        map.insert(TEXT.into(), Value::String(e.text.clone()));
    }
    for child in &e.children {
        let value = element(child);
        match map.get_mut(&child.name) {
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
            None => {
                map.insert(child.name.clone(), value);
            }
        }
    }
    Value::Object(map)
}

/// Walking the tree.
pub trait Tree {
    /// The value at a path of names joined by `.`. A list on the way counts as its first item; `null` and blank text are missing.
    fn branch(&self, path: &str) -> Option<&Value>;
    /// Text at the path, trimmed, runs of blanks as one; numbers and booleans printed; the first item of a list.
    fn say(&self, path: &str) -> Option<String>;
    /// Everything at the path: a list's items, or the lone value.
    fn list(&self, path: &str) -> Vec<&Value>;
    /// Every value under this name, wherever it stands, outermost first; lists are opened.
    fn find(&self, name: &str) -> Vec<&Value>;
    /// Every object that has this name among its keys, outermost first.
    fn owners(&self, name: &str) -> Vec<&Value>;
    /// The first of several paths that says something.
    fn first(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|p| self.say(p))
    }
    fn knows(&self, path: &str) -> bool {
        self.branch(path).is_some()
    }
    /// There is a field of this name, whatever stands in it, be it nothing.
    fn carries(&self, name: &str) -> bool;
    /// There is a list of this name, be it empty.
    fn carries_list(&self, name: &str) -> bool;
}

impl Tree for Value {
    fn branch(&self, path: &str) -> Option<&Value> {
        let mut here = lone(self);
        for step in path.split('.').filter(|s| !s.is_empty()) {
            here = lone(child(here, step)?);
        }
        (!is_blank(here)).then_some(here)
    }

    fn say(&self, path: &str) -> Option<String> {
        plain(self.branch(path)?)
    }

    fn list(&self, path: &str) -> Vec<&Value> {
        let (parent, last) = match path.rsplit_once('.') {
            Some((front, last)) => (self.branch(front), last),
            None => (Some(lone(self)), path),
        };
        let found = if last.is_empty() { Some(self) } else { parent.and_then(|p| child(p, last)) };
        match found {
            Some(Value::Array(items)) => items.iter().filter(|v| !is_blank(v)).collect(),
            Some(one) if !is_blank(one) => vec![one],
            _ => Vec::new(),
        }
    }

    fn find(&self, name: &str) -> Vec<&Value> {
        let mut found = Vec::new();
        for owner in self.owners(name) {
            found.extend(owner.list(name));
        }
        found
    }

    fn owners(&self, name: &str) -> Vec<&Value> {
        let mut found = Vec::new();
        collect(self, name, &mut found);
        found
    }

    fn carries(&self, name: &str) -> bool {
        self.as_object().is_some_and(|map| map.contains_key(name) || map.keys().any(|key| same_name(key, name)))
    }

    fn carries_list(&self, name: &str) -> bool {
        field(self, &[name]).is_some_and(Value::is_array)
    }
}

/// Recursion is bounded: both parsers refuse what is nested deeper than 128.
fn collect<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            if map.keys().any(|k| same_name(k, name)) {
                found.push(value);
            }
            map.values().for_each(|v| collect(v, name, found));
        }
        Value::Array(list) => list.iter().for_each(|v| collect(v, name, found)),
        _ => {}
    }
}

fn child<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let map = value.as_object()?;
    map.get(name).filter(|v| !is_blank(v)).or_else(|| map.iter().find(|(k, v)| same_name(k, name) && !is_blank(v)).map(|(_, v)| v))
}

fn lone(value: &Value) -> &Value {
    match value {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        other => other,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A value as text, if it is a scalar with content: runs of blanks as one, numbers and booleans printed.
pub fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(s) => s.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Object(map) => return map.get(TEXT).and_then(plain),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// `eventCode`, `event_code`, `EVENT-CODE` and `ns:eventCode` are one name.
pub fn same_name(told: &str, wanted: &str) -> bool {
    let told = told.rsplit(':').next().unwrap_or(told);
    told == wanted || letters(told).eq(letters(wanted))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase())
}

/// The first of these fields that is there and not null. An exact spelling wins over a similar one.
pub fn field<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    let map = value.as_object()?;
    names.iter().find_map(|name| {
        map.get(*name).filter(|v| !v.is_null()).or_else(|| map.iter().find(|(k, v)| same_name(k, name) && !v.is_null()).map(|(_, v)| v))
    })
}

/// Text of the first of these fields that has some; numbers and booleans are printed.
pub fn text(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| field(value, &[name]).and_then(plain))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_and_xml_of_one_dialect_are_one_tree() {
        let xml = br#"<t:Reply xmlns:t="urn:t"><t:Parcel ID="7"><t:Event>a</t:Event><t:Event>b</t:Event></t:Parcel></t:Reply>"#;
        let json = br#"{"reply":{"parcel":[{"id":7,"event":["a","b"]}]}}"#;
        for bytes in [&xml[..], &json[..]] {
            let tree = of(&Payload::of(bytes)).unwrap();
            assert_eq!(tree.say("reply.parcel.id").as_deref(), Some("7"));
            assert_eq!(tree.list("reply.parcel.event").len(), 2);
            assert_eq!(tree.find("event").len(), 2);
        }
    }

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
        let tree = of(&payload).unwrap();
        let a = field(&tree, &["a"]).unwrap();
        assert_eq!(rows(a, &["rows"]).iter().filter_map(|r| text(r, &["code"])).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(text(a, &["one"]).as_deref(), Some("x"));
    }
}
