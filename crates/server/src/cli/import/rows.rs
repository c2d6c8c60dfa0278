//! Rows of a file as the API's objects. A CSV header is the path of a field: `recipient.email`, `items.0.sku`, `metadata.colour`.

use std::path::Path;

use serde_json::{Map, Value};

/// One row: where it stands, and what it says or why it cannot be read.
pub struct Row {
    pub line: u64,
    pub text: String,
    pub value: Result<Value, String>,
}

/// Numbers of the API by the last name of their path; all else in a CSV is text.
const NUMBERS: &[&str] = &["quantity", "shipped", "cancelled", "latitude", "longitude"];
const FLAGS: &[&str] = &["gift"];
/// Several values in one cell, parted by `;`.
const LISTS: &[&str] = &["tags", "references", "requirements", "channels", "marketing"];
/// Entries of a list that a header may name: `items.0.sku`.
const PLACES_MAX: usize = 1_000;

/// Reads a file as what its name says it is, else as what it looks like.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| format!("{} is not UTF-8 (at byte {})", path.display(), e.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}');
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "csv" | "tsv" | "txt" => from_csv(text, if extension == "tsv" { b'\t' } else { b',' }),
        "jsonl" | "ndjson" | "json" => Ok(from_lines(text)),
        _ if text.trim_start().starts_with('{') => Ok(from_lines(text)),
        _ => from_csv(text, b','),
    }
}

fn from_lines(text: &str) -> Vec<Row> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(line, text)| Row { line, text: text.to_string(), value: serde_json::from_str(text).map_err(|e| format!("not JSON: {e}")) })
        .collect()
}

fn from_csv(text: &str, delimiter: u8) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| format!("the header cannot be read: {e}"))?.clone();
    if headers.iter().all(str::is_empty) {
        return Err("the file has no header; its names are the API's fields, such as order_number or recipient.email".into());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(match record {
            Ok(record) => Row {
                line: record.position().map_or(0, csv::Position::line),
                text: record.iter().collect::<Vec<_>>().join(","),
                value: object(&headers, &record),
            },
            Err(e) => Row { line: e.position().map_or(0, csv::Position::line), text: String::new(), value: Err(e.to_string()) },
        });
    }
    Ok(rows)
}

fn object(headers: &csv::StringRecord, record: &csv::StringRecord) -> Result<Value, String> {
    if record.len() > headers.len() {
        return Err(format!("has {} cells, the header {}", record.len(), headers.len()));
    }
    let mut out = Value::Object(Map::new());
    for (path, cell) in headers.iter().zip(record).filter(|(path, cell)| !path.is_empty() && !cell.is_empty()) {
        let names: Vec<&str> = path.split('.').collect();
        put(&mut out, &names, read_cell(&names, cell)).map_err(|why| format!("{path}: {why}"))?;
    }
    close_up(&mut out);
    Ok(out)
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

fn read_cell(names: &[&str], cell: &str) -> Value {
    let name = names.last().copied().unwrap_or_default();
    let text = Value::String(cell.to_string());
    // What stands under metadata is the retailer's own, and stays as it is written.
    if names.first() == Some(&"metadata") {
        return text;
    }
    if NUMBERS.contains(&name) {
        let number = serde_json::from_str::<serde_json::Number>(cell);
        return number.map_or(text, Value::Number);
    }
    if FLAGS.contains(&name) {
        return match cell.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Value::Bool(true),
            "false" | "no" | "0" => Value::Bool(false),
            _ => text,
        };
    }
    if LISTS.contains(&name) {
        return cell.split(';').map(str::trim).filter(|t| !t.is_empty()).map(|t| Value::String(t.to_string())).collect();
    }
    text
}

/// Puts a value at a path; a whole number in it is a place in a list.
fn put(target: &mut Value, names: &[&str], value: Value) -> Result<(), String> {
    let Some((name, rest)) = names.split_first() else {
        *target = value;
        return Ok(());
    };
    if let Ok(place) = name.parse::<usize>() {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(name: &str, text: &str) -> Vec<Value> {
        read(Path::new(name), text.as_bytes()).unwrap().into_iter().map(|r| r.value.unwrap_or_else(|why| json!(why))).collect()
    }

    #[test]
    fn a_header_is_the_path_of_a_field() {
        let text = "order_number,recipient.email,items.0.sku,items.0.quantity,items.1.sku,tags,gift,metadata.quantity\n\
                    1001,ada@example.com,MUG-1,2,CUP-1,vip; b2b,yes,7\n1002,,,,,,,\n";
        let found = values("orders.csv", text);
        let first = json!({
            "order_number": "1001", "recipient": {"email": "ada@example.com"}, "tags": ["vip", "b2b"], "gift": true,
            "items": [{"sku": "MUG-1", "quantity": 2}, {"sku": "CUP-1"}], "metadata": {"quantity": "7"},
        });
        assert_eq!(found, [first, json!({"order_number": "1002"})]);
    }

    #[test]
    fn a_row_without_a_first_item_has_its_second_one_alone() {
        assert_eq!(
            values("o.csv", "items.0.sku,items.1.sku,items.1.quantity\n,CUP-1,3\n"),
            [json!({"items": [{"sku": "CUP-1", "quantity": 3}]})]
        );
    }

    #[test]
    fn a_file_is_what_its_name_says_else_what_it_looks_like() {
        assert_eq!(values("a.jsonl", "{\"order_number\":\"1\"}\n\n{\"order_number\":\"2\"}\n").len(), 2);
        assert_eq!(values("a", "{\"order_number\":\"1\"}"), [json!({"order_number": "1"})]);
        assert_eq!(values("a", "order_number\n1"), [json!({"order_number": "1"})]);
        assert_eq!(values("a.tsv", "order_number\tcarrier\n1\tevri"), [json!({"order_number": "1", "carrier": "evri"})]);
    }

    #[test]
    fn a_row_that_cannot_be_read_says_where_it_stands() {
        let rows = read(Path::new("a.jsonl"), b"{\"order_number\":\"1\"}\n{oops\n").unwrap();
        assert_eq!(rows[1].line, 2);
        assert!(rows[1].value.as_ref().is_err_and(|why| why.starts_with("not JSON")));
        let rows = read(Path::new("a.csv"), b"order_number\n1,2,3\n").unwrap();
        assert_eq!(rows[0].value.as_ref().unwrap_err(), "has 3 cells, the header 1");
    }
}
