//! Any payload as one tree: JSON, lines of JSON, XML, a form, a table with or without headings, lines that begin with what they are.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use whereabouts_domain::TimeBasis;

use super::interchange;
use crate::{
    carrier::{Payload, Unreadable},
    clock::{self, DateOrder, ZoneRule},
    csv, json, tree,
};

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Json,
    Xml,
    /// `a=1&b=2`, as a browser sends it.
    Form,
    /// Lines under headings.
    Table,
    /// Lines of cells without headings: columns have numbers.
    Lines,
    /// Lines that begin with a word for what they are: `HDR`, `EVT`.
    Segments,
}

impl Form {
    pub fn label(self) -> &'static str {
        match self {
            Form::Json => "JSON",
            Form::Xml => "XML",
            Form::Form => "form fields",
            Form::Table => "table with headings",
            Form::Lines => "lines of cells",
            Form::Segments => "tagged lines",
        }
    }
}

/// Under this name stands the key of a list that was written as an object with the numbers as its keys.
pub const KEY: &str = "@key";
/// Lines of a table and of a file of segments stand under this name.
const LINES: &str = "line";
/// A mark on a last line that ends in the middle.
pub const CUT: &str = "@cut";

/// Each cell costs a hundred bytes; short payloads may be dense.
pub(super) const CELLS_FREE: usize = 4_000;
pub(super) const BYTES_PER_CELL: usize = 8;
/// A line of its own costs more than the cells in it.
pub(super) const BYTES_PER_LINE: usize = 32;
pub(super) const COLUMNS_MAX: usize = 200;
const TAGS_MAX: usize = 40;
/// An object of so many numbers is a list.
const KEY_DIGITS_MIN: usize = 4;
const KEY_MIN: usize = 6;

pub fn of(payload: &Payload) -> Result<(Form, Value), Unreadable> {
    let (form, value) = match payload.first_byte() {
        None => return Err(Unreadable::not_understood("it is empty")),
        Some(b'{' | b'[') => (Form::Json, payload.json().or_else(|why| lines_of_json(payload.body).ok_or(why))?),
        Some(b'<') => (Form::Xml, tree::of_xml(&payload.xml()?)),
        Some(_) => written(payload)?,
    };
    Ok((form, tidied(value)))
}

/// One object a line.
fn lines_of_json(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read: Option<Vec<Value>> = lines.map(|line| json::from_bytes(line.as_bytes()).ok().filter(Value::is_object)).collect();
    read.filter(|lines| lines.len() > 1).map(Value::Array)
}

fn written(payload: &Payload) -> Result<(Form, Value), Unreadable> {
    if payload.header("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded")) {
        return Ok((Form::Form, fields(payload.body)?));
    }
    let text = csv::decoded(payload.body).ok_or_else(|| Unreadable::not_understood("neither JSON nor XML nor text"))?;
    let tagged = match interchange::tree(&text) {
        Some(tree) => Some(tree?),
        None => segments(&text)?,
    };
    if let Some(tree) = tagged {
        return Ok((Form::Segments, tree));
    }
    let rows = rows(&text)?;
    if is_heading(&rows[0]) && rows.len() > 1 {
        return Ok((Form::Table, under_headings(rows)));
    }
    let lines = rows.into_iter().map(|row| numbered(row, 1)).collect();
    Ok((Form::Lines, Value::Object(Map::from_iter([(LINES.to_string(), Value::Array(lines))]))))
}

/// Fields of a form; one that holds JSON is opened.
fn fields(body: &[u8]) -> Result<Value, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::not_understood("a form that is no text"))?;
    let decoded = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut map = Map::new();
    for pair in text.trim().split('&').take(COLUMNS_MAX) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        let opened = value.trim_start().starts_with(['{', '[']).then(|| json::from_bytes(value.as_bytes()).ok()).flatten();
        map.insert(decoded(name), opened.unwrap_or(Value::String(value)));
    }
    Ok(Value::Object(map))
}

/// Lines of cells, the separator found by its count.
fn rows(text: &str) -> Result<Vec<Vec<String>>, Unreadable> {
    let text = text.trim_start();
    let first = text.lines().next().unwrap_or_default();
    let mark = [b',', b';', b'\t', b'|', b'^'].into_iter().max_by_key(|mark| first.bytes().filter(|b| b == mark).count());
    let mark = mark.filter(|mark| first.as_bytes().contains(mark));
    let mark = mark.ok_or_else(|| Unreadable::not_understood("text without anything that divides it"))?;
    if text.bytes().filter(|b| *b == mark || *b == b'\n').count() > CELLS_FREE + text.len() / BYTES_PER_CELL {
        return Err(Unreadable::not_understood("a table of hardly anything but separators"));
    }
    if text.bytes().filter(|b| *b == b'\n').count() > CELLS_FREE + text.len() / BYTES_PER_LINE {
        return Err(Unreadable::not_understood("a table of hardly anything but lines"));
    }
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(mark).has_headers(false).flexible(true).trim(::csv::Trim::All).from_reader(text.as_bytes());
    let read = reader.records().filter_map(Result::ok).map(|row| row.iter().take(COLUMNS_MAX).map(str::to_string).collect::<Vec<_>>());
    let mut rows: Vec<Vec<String>> = read.filter(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty())).collect();
    let Some(width) = rows.first().map(Vec::len) else { return Err(Unreadable::not_understood("a table without lines")) };
    // A file that breaks off must not tell half a word: its last line is marked.
    if !text.ends_with('\n')
        && rows.len() > 1
        && let Some(last) = rows.last_mut().filter(|last| last.len() < width)
    {
        last.resize(width, String::new());
        last.push(CUT.to_string());
    }
    Ok(rows)
}

/// Words, each once, that are no dates and no numbers.
fn is_heading(row: &[String]) -> bool {
    let rule = ZoneRule { zone: TimeZone::UTC, basis: TimeBasis::Assumed };
    let digits = |cell: &String| cell.bytes().filter(u8::is_ascii_digit).count();
    let distinct: HashSet<&String> = row.iter().collect();
    row.len() >= 2
        && distinct.len() == row.len()
        && row.iter().all(|cell| !cell.is_empty() && digits(cell) <= 2 && clock::read(cell, DateOrder::DayFirst, &rule).is_none())
        && row.iter().all(|cell| cell.chars().any(char::is_alphabetic))
}

fn under_headings(rows: Vec<Vec<String>>) -> Value {
    let mut rows = rows.into_iter();
    let headings = rows.next().unwrap_or_default();
    let line = |row: Vec<String>| {
        let is_cut = row.last().is_some_and(|cell| cell == CUT);
        let cells = headings.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let mut map = Map::from_iter(cells.map(|(name, cell)| (name.clone(), Value::String(cell))));
        if is_cut {
            map.insert(CUT.to_string(), Value::Bool(true));
        }
        Value::Object(map)
    };
    Value::Object(Map::from_iter([(LINES.to_string(), Value::Array(rows.map(line).collect()))]))
}

/// Cells by their place in the line.
fn numbered(row: Vec<String>, first: usize) -> Value {
    let mut map = Map::new();
    for (at, cell) in row.into_iter().enumerate() {
        if cell == CUT {
            map.insert(CUT.to_string(), Value::Bool(true));
        } else if !cell.is_empty() {
            map.insert((at + first).to_string(), Value::String(cell));
        }
    }
    Value::Object(map)
}

/// Lines that begin with a tag: each stands in the nearest one before it whose tag came first in the file. `None`: they do not.
fn segments(text: &str) -> Result<Option<Value>, Unreadable> {
    let end = interchange::end_of(text);
    let parts: Vec<&str> = match end {
        Some(end) => text.split(end).map(str::trim).filter(|s| !s.is_empty()).collect(),
        None => text.lines().map(str::trim).filter(|s| !s.is_empty()).collect(),
    };
    let Some(mark) = parts.first().and_then(|first| first.chars().find(|c| "|;,\t+*^".contains(*c))) else { return Ok(None) };
    let of: Vec<&str> = parts.iter().map(|segment| segment.split(mark).next().unwrap_or_default().trim()).collect();
    let is_plain = |tag: &str| is_tag(tag) && tag.bytes().filter(u8::is_ascii_digit).count() * 2 < tag.len();
    let Some(tags) = tags(of.iter().copied(), is_plain) else { return Ok(None) };
    if text.matches(mark).count() + parts.len() > CELLS_FREE + text.len() / BYTES_PER_CELL {
        return Err(Unreadable::not_understood("segments of hardly anything but separators"));
    }
    if parts.len() > CELLS_FREE + text.len() / BYTES_PER_LINE {
        return Err(Unreadable::not_understood("segments that hold hardly anything"));
    }
    let told = parts.iter().zip(of).enumerate().map(|(at, (segment, tag))| {
        let cells: Vec<String> = segment.split(mark).skip(1).take(COLUMNS_MAX).map(|cell| cell.trim().to_string()).collect();
        let mut value = numbered(cells, 1);
        // The last segment of a file that breaks off says nothing.
        if at + 1 == parts.len() && end.is_none() && !text.ends_with('\n') && parts.len() > tags.len() {
            value[CUT] = Value::Bool(true);
        }
        (level(&tags, tag), tag, value)
    });
    Ok(Some(nested(told)))
}

/// Two to six capitals and digits, a capital first.
pub(super) fn is_tag(word: &str) -> bool {
    (2..=6).contains(&word.len())
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The tags in the order in which they first come; `None` if something is no tag, or if they are too few or too many.
pub(super) fn tags<'a>(all: impl Iterator<Item = &'a str>, is_tag: impl Fn(&str) -> bool) -> Option<Vec<&'a str>> {
    let mut tags: Vec<&str> = Vec::new();
    for tag in all {
        if !is_tag(tag) {
            return None;
        }
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        if tags.len() > TAGS_MAX {
            return None;
        }
    }
    (tags.len() >= 2).then_some(tags)
}

/// How deep a tag stands: what came first in the file holds what came later.
pub(super) fn level(tags: &[&str], tag: &str) -> usize {
    tags.iter().position(|known| *known == tag).unwrap_or(0)
}

/// Segments, by level and tag, within each other: each stands in the nearest one before it of a lower level.
pub(super) fn nested<'a>(segments: impl Iterator<Item = (usize, &'a str, Value)>) -> Value {
    let mut root = Map::new();
    let mut open: Vec<(usize, &str, Value)> = Vec::new();
    for (level, tag, value) in segments {
        while open.last().is_some_and(|(above, ..)| *above >= level) {
            close(&mut open, &mut root);
        }
        open.push((level, tag, value));
    }
    while !open.is_empty() {
        close(&mut open, &mut root);
    }
    Value::Object(root)
}

/// The innermost open segment becomes part of the one around it.
fn close(open: &mut Vec<(usize, &str, Value)>, root: &mut Map<String, Value>) {
    let Some((_, tag, value)) = open.pop() else { return };
    let above = open.last_mut().and_then(|(.., above)| above.as_object_mut()).unwrap_or(root);
    match above.entry(tag).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(list) => list.push(value),
        other => *other = value,
    }
}

/// A row of plain values within a list has numbered columns; an object whose keys are numbers is a list. The parsers bound the nesting.
fn tidied(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| tidied(row_of(item))).collect()),
        Value::Object(map) if is_keyed(&map) => {
            let keyed = map.into_iter().map(|(key, value)| {
                let mut item = match tidied(value) {
                    Value::Object(map) => map,
                    other => Map::from_iter([("items".to_string(), other)]),
                };
                item.insert(KEY.to_string(), Value::String(key));
                Value::Object(item)
            });
            Value::Array(keyed.collect())
        }
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, tidied(value))).collect()),
        other => other,
    }
}

fn row_of(item: Value) -> Value {
    match item {
        Value::Array(cells) if cells.len() > 1 && cells.iter().all(|cell| !cell.is_array() && !cell.is_object()) => {
            let cells = cells.into_iter().take(COLUMNS_MAX).enumerate();
            Value::Object(cells.filter(|(_, cell)| !cell.is_null()).map(|(at, cell)| ((at + 1).to_string(), cell)).collect())
        }
        other => other,
    }
}

fn is_keyed(map: &Map<String, Value>) -> bool {
    let is_number = |key: &str| key.len() >= KEY_MIN && key.bytes().filter(u8::is_ascii_digit).count() >= KEY_DIGITS_MIN;
    !map.is_empty() && map.iter().all(|(key, value)| is_number(key) && (value.is_object() || value.is_array()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(body: &str) -> (Form, Value) {
        of(&Payload::of(body.as_bytes())).unwrap()
    }

    #[test]
    fn every_way_of_writing_becomes_one_tree() {
        let table = [
            (r#"{"a":[["N1","X"],["N2","Y"]]}"#, Form::Json, r#"{"a":[{"1":"N1","2":"X"},{"1":"N2","2":"Y"}]}"#),
            (r#"{"parcels":{"AB123456":{"s":1}}}"#, Form::Json, r#"{"parcels":[{"@key":"AB123456","s":1}]}"#),
            ("{\"n\":1}\n{\"n\":2}\n", Form::Json, r#"[{"n":1},{"n":2}]"#),
            ("<r><s>1</s></r>", Form::Xml, r#"{"r":{"s":"1"}}"#),
            ("ref;what\nN1;X\n", Form::Table, r#"{"line":[{"ref":"N1","what":"X"}]}"#),
            (
                "N1234567|X|2026-11-02\nN1234568|Y|2026-11-03\n",
                Form::Lines,
                r#"{"line":[{"1":"N1234567","2":"X","3":"2026-11-02"},{"1":"N1234568","2":"Y","3":"2026-11-03"}]}"#,
            ),
            (
                "HDR|ACME\nPAR|N1\nEVT|X|T1\nEVT|Y|T2\nPAR|N2\n",
                Form::Segments,
                r#"{"HDR":[{"1":"ACME","PAR":[{"1":"N1","EVT":[{"1":"X","2":"T1"},{"1":"Y","2":"T2"}]},{"1":"N2"}]}]}"#,
            ),
        ];
        for (body, form, expected) in table {
            assert_eq!(tree(body), (form, serde_json::from_str(expected).unwrap()), "{body}");
        }
    }

    #[test]
    fn fields_of_a_form_are_decoded() {
        let headers = [("content-type".to_string(), "application/x-www-form-urlencoded".to_string())];
        let payload = Payload { headers: &headers, ..Payload::of(b"ref=N1&what=At+the%20hub&more=%7B%22a%22%3A1%7D") };
        assert_eq!(of(&payload).unwrap(), (Form::Form, serde_json::json!({"ref": "N1", "what": "At the hub", "more": {"a": 1}})));
    }
}
