//! Taking a file apart: a table with a header, JSON Lines, a JSON list, or an object that holds one.

use std::collections::HashMap;

use serde_json::Value;

use super::{Row, Sheet, Told, mapping::paths_of};
use crate::csv;

/// Columns beyond these are no shop's file.
const COLUMNS_MAX: usize = 500;
const TEXT_KEPT: usize = 500;

/// Why a whole file cannot be read, for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Reads a file as what its name says it is, else as what it looks like.
pub fn read(name: &str, bytes: &[u8]) -> Result<Sheet, Unreadable> {
    let no = |why: &str| Err(Unreadable(why.to_string()));
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return no("this is a spreadsheet; save it as CSV (UTF-8) and send that");
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return no("this is packed with gzip; unpack it first");
    }
    let Some(text) = csv::decoded(bytes) else { return no("this is not a text file; CSV, JSON and JSON Lines are read") };
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return no("the file is empty");
    }
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    let is_json = match extension.as_str() {
        "json" | "jsonl" | "ndjson" => true,
        "csv" | "tsv" => false,
        _ => text.trim_start().starts_with(['{', '[']),
    };
    if is_json { Ok(objects(text)) } else { table(text, if extension == "tsv" { Some(b'\t') } else { None }) }
}

fn objects(text: &str) -> Sheet {
    let rows = whole(text).unwrap_or_else(|| lines(text));
    let mut columns = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for row in &rows {
        if let Told::Object(value) = &row.told {
            paths_of(value, &mut |path| {
                if columns.len() < COLUMNS_MAX && seen.insert(path.clone()) {
                    columns.push(path);
                }
            });
        }
    }
    Sheet { columns, rows }
}

/// A list, an object that holds one list of objects, or one object over several lines.
fn whole(text: &str) -> Option<Vec<Row>> {
    if text.lines().next().is_some_and(|first| serde_json::from_str::<Value>(first).is_ok_and(|v| v.is_object()))
        && text.trim().lines().count() > 1
    {
        return None;
    }
    let list = match serde_json::from_str::<Value>(text).ok()? {
        Value::Array(list) => list,
        Value::Object(mut map) => {
            let is_wrapper = |v: &Value| v.as_array().is_some_and(|l| !l.is_empty() && l.iter().all(Value::is_object));
            // An order has lists of its own; what only wraps a list has nothing beside it but counts and cursors.
            let lists: Vec<String> = map.iter().filter(|(_, v)| is_wrapper(v)).map(|(k, _)| k.clone()).collect();
            let beside = map.values().filter(|v| !is_wrapper(v)).count();
            match lists.as_slice() {
                [only] if beside <= 2 => match map.remove(only) {
                    Some(Value::Array(list)) => list,
                    _ => Vec::new(),
                },
                _ => vec![Value::Object(map)],
            }
        }
        _ => return None,
    };
    let row = |(place, value): (u64, Value)| match value {
        Value::Object(_) => Row { line: place, told: Told::Object(value) },
        other => faulty(place, &other.to_string(), "is no object"),
    };
    Some((1..).zip(list).map(row).collect())
}

fn lines(text: &str) -> Vec<Row> {
    let told = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    told.map(|(line, text)| match serde_json::from_str::<Value>(text) {
        Ok(value @ Value::Object(_)) => Row { line, told: Told::Object(value) },
        Ok(_) => faulty(line, text, "is no object"),
        Err(e) => faulty(line, text, &format!("is not JSON ({e})")),
    })
    .collect()
}

fn faulty(line: u64, text: &str, why: &str) -> Row {
    Row { line, told: Told::Faulty(text.chars().take(TEXT_KEPT).collect(), why.to_string()) }
}

fn table(text: &str, mark: Option<u8>) -> Result<Sheet, Unreadable> {
    let mut text = text;
    let mut skipped = 0;
    // What spreadsheets put in front to name the separator.
    if text.get(..4).is_some_and(|sep| sep.eq_ignore_ascii_case("sep=")) {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
        skipped = 1;
    }
    let mark = mark.unwrap_or_else(|| mark_of(text));
    let mut reader = ::csv::ReaderBuilder::new().delimiter(mark).flexible(true).trim(::csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| Unreadable(format!("the header cannot be read: {e}")))?.clone();
    if header.iter().all(str::is_empty) {
        return Err(Unreadable("the first line names no columns".into()));
    }
    if header.len() > COLUMNS_MAX {
        return Err(Unreadable(format!("more than {COLUMNS_MAX} columns")));
    }
    let mut rows = Vec::new();
    let mut last = None;
    for record in reader.records() {
        let begins = record.as_ref().ok().and_then(|r| r.position().cloned());
        let row = match record {
            Ok(record) if record.iter().all(str::is_empty) => continue,
            Ok(record) => {
                let line = skipped + line_of(text, record.position());
                let cells: Vec<String> = record.iter().map(plain).collect();
                if cells.iter().skip(header.len()).any(|c| !c.is_empty()) {
                    let why = format!("has {} cells, the header {}; is a separator within a cell not quoted?", cells.len(), header.len());
                    faulty(line, &cells.join(","), &why)
                } else {
                    Row { line, told: Told::Cells(cells) }
                }
            }
            Err(e) => faulty(skipped + line_of(text, e.position()), "", &e.to_string()),
        };
        rows.push(row);
        last = begins;
    }
    // Only the last row can be that: an open cell takes in all that follows.
    if let Some(row) = rows.last_mut()
        && let Some(rest) = last.and_then(|p| text.get(usize::try_from(p.byte()).ok()?..))
        && is_left_open(rest, mark)
    {
        *row = faulty(row.line, rest, "opens a quotation mark that is never closed, so that all that follows is one cell");
    }
    Ok(Sheet { columns: named(&header), rows })
}

/// Whether the text ends within quotes.
fn is_left_open(rest: &str, mark: u8) -> bool {
    let mut before = mark;
    let mut is_open = false;
    // Whether the quotation mark before closed a cell: another one after it opens it again, and is meant itself.
    let mut was_closed = false;
    for byte in rest.bytes() {
        let is_start = before == mark || matches!(before, b'\n' | b'\r');
        let was_open = is_open;
        if byte == b'"' && (is_open || is_start || was_closed) {
            is_open = !is_open;
        }
        was_closed = was_open && !is_open;
        before = byte;
    }
    is_open
}

/// The line on which a row begins; the reader counts from before the empty lines in front of it.
fn line_of(text: &str, position: Option<&::csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let rest = usize::try_from(position.byte()).ok().and_then(|at| text.as_bytes().get(at..)).unwrap_or_default();
    let empty = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count();
    position.line() + empty as u64
}

/// The separator that stands most often in the header, outside of quotes.
fn mark_of(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let outside: Vec<u8> = first
        .bytes()
        .filter(|b| {
            quoted ^= *b == b'"';
            !quoted
        })
        .collect();
    let count = |mark: &u8| outside.iter().filter(|b| *b == mark).count();
    // The comma wins a tie: it stands last.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// A column without a name, and a second one of a name, are told apart by their places.
fn named(header: &::csv::StringRecord) -> Vec<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let name = |(place, told): (usize, &str)| {
        let told = if told.is_empty() { format!("column {}", place + 1) } else { told.to_string() };
        let times = times.entry(told.clone()).or_default();
        *times += 1;
        if *times == 1 { told } else { format!("{told} ({times})") }
    };
    header.iter().enumerate().map(name).collect()
}

/// What guards a cell against a spreadsheet is no part of it: `="0012"`, and the apostrophe before a sign that would begin a formula.
fn plain(cell: &str) -> String {
    let told = cell.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).unwrap_or(cell);
    match told.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) => rest.to_string(),
        _ => told.to_string(),
    }
}

/// A cell of a table that a spreadsheet will not take for a formula: what [`plain`] takes away again.
pub fn guarded(cell: &str) -> std::borrow::Cow<'_, str> {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
        || cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']));
    if risky { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(name: &str, text: &str) -> Vec<(u64, Told)> {
        read(name, text.as_bytes()).unwrap().rows.into_iter().map(|r| (r.line, r.told)).collect()
    }

    fn cells(line: u64, cells: &[&str]) -> (u64, Told) {
        (line, Told::Cells(cells.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn a_table_is_read_whatever_stands_between_its_cells() {
        assert_eq!(
            told("a.csv", "Order,Name\n1001,\"Lovelace, Ada\"\n\n1002,Bo\n"),
            [cells(2, &["1001", "Lovelace, Ada"]), cells(4, &["1002", "Bo"])]
        );
        assert_eq!(told("a.txt", "sep=;\nOrder;Name\n1;Ada\n"), [cells(3, &["1", "Ada"])]);
        assert_eq!(told("a.tsv", "Order\tName\n1\tAda\n"), [cells(2, &["1", "Ada"])]);
        assert_eq!(told("a", "order_number\n1001\n"), [cells(2, &["1001"])]);
        assert_eq!(read("a.csv", b"Name;Ort\nJ\xf6rg;K\xf6ln\n").unwrap().rows[0].told, cells(0, &["Jörg", "Köln"]).1);
    }

    #[test]
    fn columns_of_one_name_are_told_apart() {
        assert_eq!(read("a.csv", b"Date,,Date\n1,2,3\n").unwrap().columns, ["Date", "column 2", "Date (2)"]);
    }

    #[test]
    fn json_is_read_as_lines_as_a_list_and_wrapped() {
        let object = |line: u64, number: &str| (line, Told::Object(json!({"order_number": number})));
        assert_eq!(told("a.jsonl", "{\"order_number\":\"1\"}\n\n{\"order_number\":\"2\"}\n"), [object(1, "1"), object(3, "2")]);
        assert_eq!(told("a.json", "[{\"order_number\":\"1\"},\n{\"order_number\":\"2\"}]"), [object(1, "1"), object(2, "2")]);
        assert_eq!(told("a", "{\"count\": 1,\n \"orders\": [{\"order_number\":\"1\"}]}"), [object(1, "1")]);
        assert_eq!(told("a.json", "{\n\"order_number\": \"1\"\n}"), [object(1, "1")]);
        assert_eq!(told("a", "{\"order_number\":\"1\"}"), [object(1, "1")]);
        let order = "{\"order_number\":\"1\",\"brand\":\"x\",\"sales_channel\":\"y\",\"lines\":[{\"sku\":\"a\"}]}";
        assert_eq!(told("a.json", order).len(), 1);
        assert_eq!(read("a.json", order.as_bytes()).unwrap().columns, ["brand", "lines.*.sku", "order_number", "sales_channel"]);
    }

    #[test]
    fn a_row_that_cannot_be_read_says_where_and_why_and_leaves_the_others() {
        let rows = told("a.jsonl", "{\"order_number\":\"1\"}\n{oops\n[1]\n");
        assert!(matches!(&rows[1], (2, Told::Faulty(text, why)) if text == "{oops" && why.starts_with("is not JSON")), "{rows:?}");
        assert!(matches!(&rows[2], (3, Told::Faulty(..))));
        let rows = told("a.csv", "a,b\n1,2,3\n1,2\n1,2,\n");
        assert!(matches!(&rows[0], (2, Told::Faulty(_, why)) if why.starts_with("has 3 cells, the header 2")), "{rows:?}");
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn a_quotation_mark_that_nobody_closes_is_a_fault_of_its_row_and_swallows_nothing_unseen() {
        let rows = told("a.csv", "a,b\n0,0\n\"1,1\n2,2\n");
        assert_eq!(rows[0], cells(2, &["0", "0"]));
        assert!(matches!(&rows[1], (3, Told::Faulty(text, why)) if text == "\"1,1\n2,2\n" && why.contains("never closed")), "{rows:?}");
        assert_eq!(rows.len(), 2);
        for closed in ["a,b\n1,\"x\ny\"\n", "a,b\n27\" screen,1\n", "a,b\n\"say \"\"so\"\"\",\"\"\n", "a,b\n1,\"\"\"x\"\"\""] {
            assert!(matches!(&told("a.csv", closed)[..], [(2, Told::Cells(_))]), "{closed}");
        }
        for open in ["a,b\n1,\"x\"\"\n", "a,b\n\"", "a,b\n1,\"\"\"x\n"] {
            assert!(!matches!(&told("a.csv", open)[..], [(2, Told::Cells(_))]), "{open}");
        }
    }

    #[test]
    fn what_is_no_file_of_rows_says_what_to_do() {
        let why = |bytes: &[u8]| read("a.csv", bytes).unwrap_err().0;
        assert!(why(b"PK\x03\x04rest").contains("save it as CSV"));
        assert!(why(b"  \n").contains("empty"));
        assert!(why(b"a\x00b").contains("not a text file"));
        assert!(why(b",,\n1,2,3\n").contains("names no columns"));
    }

    #[test]
    fn a_guarded_cell_is_read_back_as_it_was() {
        for cell in ["=1+1", "+44 20", "-5", "@x", "'=quoted", "''x", "plain", "'tis", "", "it's"] {
            assert_eq!(plain(&guarded(cell)), cell);
            assert!(!guarded(cell).starts_with(['=', '+', '-', '@']), "{cell}");
        }
        assert_eq!(plain("=\"0012\""), "0012");
    }
}
