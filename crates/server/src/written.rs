//! Files that we write: rows as CSV that no spreadsheet takes for formulas, or as JSON Lines.

use serde_json::{Map, Value};
use whereabouts_adapters::sheet;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Jsonl,
}

impl Format {
    pub fn parse(id: &str) -> Option<Format> {
        match id {
            "csv" => Some(Format::Csv),
            "jsonl" => Some(Format::Jsonl),
            _ => None,
        }
    }
    /// Also the ending of its name.
    pub fn id(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
        }
    }
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Jsonl => "application/jsonl",
        }
    }
}

/// One line of CSV, its cells guarded.
pub fn line<S: AsRef<str>>(out: &mut String, cells: impl IntoIterator<Item = S>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        let cell = sheet::guarded(cell.as_ref());
        if cell.contains(['"', ',', '\n', '\r', ';']) || cell.starts_with(' ') || cell.ends_with(' ') {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

/// The cell of a value as a file's reader reads it back: lists of texts parted by `;`, what has fields of its own as JSON.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            // A comma alone would part it.
            if texts.len() == 1 && texts[0].contains(',') { format!("{};", texts[0]) } else { texts.join(";") }
        }
        Some(Value::Object(map)) if map.is_empty() => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The value at a dotted path.
pub fn at<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = object.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_quoted_and_guarded() {
        let mut out = String::new();
        line(&mut out, ["plain", "a,b", "say \"hi\"", "=1+1", "two\nlines", "-5"]);
        assert_eq!(out, "plain,\"a,b\",\"say \"\"hi\"\"\",'=1+1,\"two\nlines\",'-5\r\n");
    }

    #[test]
    fn a_value_becomes_a_cell() {
        let object =
            json!({"tags": ["a", "b"], "odd": ["a,b"], "gift": true, "metadata": {"x": 1}, "none": {}, "who": {"email": "a@b.example"}});
        let object = object.as_object().unwrap();
        let told = |path| cell(at(object, path));
        assert_eq!(
            [told("tags"), told("odd"), told("gift"), told("metadata"), told("none"), told("who.email"), told("not.there")],
            ["a;b", "a,b;", "true", "{\"x\":1}", "", "a@b.example", ""]
        );
    }
}
