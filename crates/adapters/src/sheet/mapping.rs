//! Which column is which field, and a row read by it: the API's object, or what is wrong with which column.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Kind, Row, Told,
    cell::{self, Clocks},
    fields::{Form, field},
};
use crate::clock::{DateOrder, ZoneRule};

/// Entries of a list that a path may name.
const PLACES_MAX: usize = 1_000;

/// How an ambiguous `03/04/2026` is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    #[default]
    DayFirst,
    MonthFirst,
}

/// Which column is which field. Columns that are not named are not read; several of one field are joined with a blank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Column to path.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    #[serde(default)]
    pub dates: Dates,
    /// The IANA zone of clocks without an offset; the retailer's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Path to what every row says that does not say it itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fixed: BTreeMap<String, String>,
}

/// What is wrong in a row: in which column, if in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    pub column: Option<String>,
    pub message: String,
}

impl Mapping {
    /// What makes it no mapping for such files, by column (or fixed path).
    pub fn faults(&self, kind: Kind) -> Vec<(String, String)> {
        let no_field = |path: &str| format!("`{path}` is not a field of {}", kind.id());
        let mut faults: Vec<(String, String)> = self
            .columns
            .iter()
            .filter(|(_, path)| field(kind, path).is_none())
            .map(|(c, path)| (format!("columns/{c}"), no_field(path)))
            .collect();
        faults.extend(self.fixed.keys().filter(|path| field(kind, path).is_none()).map(|path| (format!("fixed/{path}"), no_field(path))));
        if self.zone.as_deref().is_some_and(|zone| TimeZone::get(zone).is_err()) {
            faults.push(("zone".into(), "is not an IANA time zone such as Europe/London".into()));
        }
        faults
    }

    /// One order may stand in several rows, an article in each.
    pub fn gathers(&self) -> bool {
        self.columns.values().any(|path| path.contains(".+."))
    }

    /// The column that is this field.
    pub fn column_of(&self, path: &str) -> Option<&str> {
        self.columns.iter().find(|(_, p)| *p == path).map(|(c, _)| c.as_str())
    }

    fn clocks(&self, home: &str) -> Clocks {
        let zone = self.zone.as_deref().unwrap_or(home);
        let order = match self.dates {
            Dates::DayFirst => DateOrder::DayFirst,
            Dates::MonthFirst => DateOrder::MonthFirst,
        };
        Clocks { order, rule: ZoneRule::of(TimeZone::get(zone).ok().as_ref(), "UTC") }
    }

    /// The API's object that a row tells. `home` is the retailer's zone.
    pub fn read(&self, kind: Kind, columns: &[String], row: &Row, home: &str) -> Result<Value, Vec<Wrong>> {
        let told: Vec<(String, String, Value)> = match &row.told {
            Told::Faulty(_, why) => return Err(vec![Wrong { column: None, message: format!("the row {why}") }]),
            Told::Object(value) => {
                if self.fixed.is_empty() && self.takes_as_it_is(value) {
                    return Ok(value.clone());
                }
                let mut told = Vec::new();
                leaves(value, &mut Vec::new(), &mut |names, value| {
                    let (column, places) = starred(names);
                    if let Some(path) = self.columns.get(&column) {
                        told.push((column, placed(path, &places), value.clone()));
                    }
                });
                told
            }
            Told::Cells(cells) => {
                let cells = columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
                cells
                    .filter_map(|(column, cell)| Some((column.clone(), self.columns.get(column)?.clone(), Value::String(cell.clone()))))
                    .collect()
            }
        };
        self.object(kind, told, &self.clocks(home))
    }

    fn takes_as_it_is(&self, value: &Value) -> bool {
        let mut all = true;
        paths_of(value, &mut |path| all &= self.columns.get(&path).is_some_and(|p| *p == path));
        all
    }

    fn object(&self, kind: Kind, told: Vec<(String, String, Value)>, clocks: &Clocks) -> Result<Value, Vec<Wrong>> {
        let mut by_path: Vec<(String, String, Value)> = Vec::new();
        for (column, path, value) in told {
            let there = by_path.iter_mut().find(|t| t.1 == path);
            match (there, &value) {
                (Some((_, _, Value::String(text))), Value::String(more)) => *text = format!("{text} {more}"),
                (Some(_), _) => {}
                (None, _) => by_path.push((column, path, value)),
            }
        }
        for (path, value) in &self.fixed {
            if !by_path.iter().any(|t| t.1 == *path) {
                by_path.push((path.clone(), path.clone(), Value::String(value.clone())));
            }
        }
        let mut out = Value::Object(Map::new());
        let mut wrong = Vec::new();
        // Whole names last: a first and a last name are better.
        by_path.sort_by_key(|t| t.1.ends_with(".name") && matches!(t.1.as_str(), "recipient.name" | "buyer.name"));
        for (column, path, value) in by_path {
            let form = if path.starts_with("metadata.") { Form::Text } else { field(kind, &path).map_or(Form::Text, |f| f.form) };
            let done = valued(form, value, clocks).and_then(|value| match (form, &value) {
                (Form::Name, Value::String(name)) => {
                    put_name(&mut out, path.trim_end_matches(".name"), name);
                    Ok(())
                }
                _ => put(&mut out, &path.split('.').collect::<Vec<_>>(), value),
            });
            if let Err(message) = done {
                wrong.push(Wrong { column: Some(column), message });
            }
        }
        close_up(&mut out);
        if wrong.is_empty() { Ok(out) } else { Err(wrong) }
    }
}

fn valued(form: Form, value: Value, clocks: &Clocks) -> Result<Value, String> {
    match value {
        Value::String(told) => cell::read(form, told.trim(), clocks),
        Value::Number(n) if !matches!(form, Form::Number) => cell::read(form, &n.to_string(), clocks),
        other => Ok(other),
    }
}

fn put_name(out: &mut Value, person: &str, name: &str) {
    let told = |out: &Value, part: &str| out[person][part].is_string();
    if told(out, "first_name") || told(out, "last_name") {
        return;
    }
    // "Lovelace, Ada" stands the other way round.
    let (first, last) = match name.split_once(", ") {
        Some((last, first)) => (first, Some(last)),
        None => name.rsplit_once(' ').map_or((name, None), |(first, last)| (first, Some(last))),
    };
    let text = |t: &str| Value::String(t.trim().to_string());
    let _ = put(out, &[person, "first_name"], text(first));
    if let Some(last) = last {
        let _ = put(out, &[person, "last_name"], text(last));
    }
}

/// Puts a value at a path; a whole number in it is a place in a list, `+` and `*` are its first.
fn put(target: &mut Value, names: &[&str], value: Value) -> Result<(), String> {
    let Some((name, rest)) = names.split_first() else {
        *target = value;
        return Ok(());
    };
    let place = if matches!(*name, "+" | "*") { Some(0) } else { name.parse::<usize>().ok() };
    if let Some(place) = place {
        if target.is_null() {
            *target = Value::Array(Vec::new());
        }
        let list = target.as_array_mut().ok_or("names a place in what is no list")?;
        if place >= PLACES_MAX {
            return Err(format!("a list has at most {PLACES_MAX} places"));
        }
        while list.len() <= place {
            list.push(Value::Null);
        }
        return put(&mut list[place], rest, value);
    }
    if target.is_null() {
        *target = Value::Object(Map::new());
    }
    let map = target.as_object_mut().ok_or("names a field in what has none")?;
    put(map.entry(*name).or_insert(Value::Null), rest, value)
}

/// Places that a row leaves out are closed up: what stands under `items.1` may be its only item.
fn close_up(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.retain(|v| !v.is_null());
            list.iter_mut().for_each(close_up);
        }
        Value::Object(map) => map.values_mut().for_each(close_up),
        _ => {}
    }
}

/// The paths of an object's values, places as `*`, each as often as it stands there.
pub fn paths_of(value: &Value, found: &mut dyn FnMut(String)) {
    leaves(value, &mut Vec::new(), &mut |names, _| found(starred(names).0));
}

/// Values that are no object and no list of objects, each with the way to it.
fn leaves<'a>(value: &'a Value, way: &mut Vec<String>, found: &mut dyn FnMut(&[String], &'a Value)) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                way.push(name.clone());
                leaves(value, way, found);
                way.pop();
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (place, value) in list.iter().enumerate() {
                way.push(format!("*{place}"));
                leaves(value, way, found);
                way.pop();
            }
        }
        _ => found(way, value),
    }
}

/// `items.*.sku` and the places that its stars stood for.
fn starred(names: &[String]) -> (String, Vec<String>) {
    let mut places = Vec::new();
    let name = |name: &String| match name.strip_prefix('*') {
        Some(place) => {
            places.push(place.to_string());
            "*".to_string()
        }
        None => name.clone(),
    };
    let path: Vec<String> = names.iter().map(name).collect();
    (path.join("."), places)
}

fn placed(path: &str, places: &[String]) -> String {
    let mut places = places.iter();
    path.split('.').map(|n| if n == "*" { places.next().map_or("0", String::as_str) } else { n }).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::read, *};
    use crate::sheet::guess;

    fn values(kind: Kind, name: &str, text: &str) -> Vec<Value> {
        let sheet = read(name, text.as_bytes()).unwrap();
        let mapping = guess(kind, &sheet);
        sheet.rows.iter().map(|r| mapping.read(kind, &sheet.columns, r, "Europe/London").unwrap_or_else(|why| json!(why))).collect()
    }

    #[test]
    fn a_header_may_be_the_path_of_a_field() {
        let text = "order_number,recipient.email,items.0.sku,items.0.quantity,items.1.sku,tags,gift,metadata.quantity\n\
                    1001,ada@example.com,MUG-1,2,CUP-1,vip; b2b,yes,7\n1002,,,,,,,\n1003,,,,CUP-1,,,\n";
        let found = values(Kind::Shipments, "orders.csv", text);
        let first = json!({
            "order_number": "1001", "recipient": {"email": "ada@example.com"}, "tags": ["vip", "b2b"], "gift": true,
            "items": [{"sku": "MUG-1", "quantity": 2}, {"sku": "CUP-1"}], "metadata": {"quantity": "7"},
        });
        let third = json!({"order_number": "1003", "items": [{"sku": "CUP-1"}]});
        assert_eq!(found, [first, json!({"order_number": "1002"}), third]);
    }

    #[test]
    fn headings_in_a_shops_own_language_are_understood() {
        let text = "Bestellnummer;Sendungsnummer;Versanddienstleister;Empfänger;E-Mail;PLZ;Ort;Land;Versanddatum;Liefertermin\n\
                    B-7;H0001A0000000042;Evri;Ada Lovelace;ada@example.com;M1 1AE;Manchester;Vereinigtes Königreich;23.11.2026 16:40;25.11.2026\n";
        let expected = json!({
            "order_number": "B-7", "tracking_number": "H0001A0000000042", "carrier": "evri",
            "recipient": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
            "destination": {"postcode": "M1 1AE", "city": "Manchester", "country": "GB"},
            "shipped_at": "2026-11-23T16:40:00+00:00", "promised": {"end": "2026-11-25"},
        });
        assert_eq!(values(Kind::Shipments, "versand.csv", text), [expected]);
    }

    #[test]
    fn a_day_and_a_clock_in_two_columns_are_one_time() {
        let text = "Tracking number,Courier,Date,Time,Status,Depot\nH1,Evri,24/11/2026,14:03,Out for delivery,Leeds\n";
        let expected = json!({
            "tracking_number": "H1", "carrier": "evri", "occurred_at": "2026-11-24T14:03:00+00:00", "state": "out_for_delivery",
            "location": {"text": "Leeds"},
        });
        assert_eq!(values(Kind::Events, "scans.csv", text), [expected]);
    }

    #[test]
    fn another_programs_json_is_read_by_its_names() {
        let text = r##"{"orders":[{"id":77,"order_id":1001,"customer":{"email":"ada@example.com","first_name":"Ada"},"line_items":[{"sku":"A","quantity":2},{"sku":"B","quantity":1}]}]}"##;
        let expected = json!({
            "order_number": "1001", "recipient": {"email": "ada@example.com", "first_name": "Ada"},
            "lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}],
        });
        assert_eq!(values(Kind::Orders, "orders.json", text), [expected]);
    }

    #[test]
    fn json_in_our_own_words_is_taken_as_it_is() {
        let text = r#"{"order_number":"1","recipient":{"email":null},"items":[{"sku":"A"}],"metadata":{"deep":{"er":[1,2]}}}"#;
        assert_eq!(values(Kind::Shipments, "a.jsonl", text), [serde_json::from_str::<Value>(text).unwrap()]);
    }

    #[test]
    fn what_is_wrong_names_its_column() {
        let found = values(Kind::Shipments, "a.csv", "Order no,Ship date\n1,soon\n");
        assert_eq!(found[0][0]["column"], "Ship date");
    }

    #[test]
    fn what_no_row_says_may_be_fixed() {
        let sheet = read("a.csv", b"Number\nH1\n").unwrap();
        let mapping = Mapping {
            columns: BTreeMap::from([("Number".into(), "tracking_number".into())]),
            fixed: BTreeMap::from([("carrier".into(), "Royal Mail".into())]),
            ..Mapping::default()
        };
        let value = mapping.read(Kind::Shipments, &sheet.columns, &sheet.rows[0], "UTC").unwrap();
        assert_eq!(value, json!({"tracking_number": "H1", "carrier": "royalmail"}));
        assert_eq!(mapping.faults(Kind::Shipments), []);
        assert_eq!(mapping.faults(Kind::Orders).len(), 2);
    }
}
