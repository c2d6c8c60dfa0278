//! Walking JSON tolerantly: missing fields, numbers where text was expected, blanks instead of nothing.

use serde_json::Value;

use crate::{carrier::Unreadable, tree};

/// An object costs hundreds of bytes, and the shortest has two: no payload of scans has one for each so many.
const BYTES_PER_OBJECT: usize = 40;
/// Short payloads may be dense.
const OBJECTS_FREE: usize = 2_000;

/// Parses with serde_json's depth limit (128); a byte order mark is forgiven. Nothing but brackets is refused before it
/// takes a hundred times its own size.
pub fn from_bytes(body: &[u8]) -> Result<Value, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let openings = body.iter().filter(|b| matches!(b, b'{' | b'[')).count();
    if openings > OBJECTS_FREE + body.len() / BYTES_PER_OBJECT {
        return Err(Unreadable::not_understood("JSON of hardly anything but brackets"));
    }
    serde_json::from_slice(body).map_err(|e| Unreadable::not_understood(format!("not JSON: {e}")))
}

/// Convenience on `Value`. Paths are keys joined by dots; a number is an index: `shipments.0.events`. Where no key is spelt
/// so, one that differs in letter case, `_` or `-` alone is taken.
pub trait Walk {
    /// The value at the path; `Null` counts as missing.
    fn at(&self, path: &str) -> Option<&Value>;
    /// Text at the path: strings trimmed and not empty; numbers and booleans printed.
    fn text(&self, path: &str) -> Option<String>;
    /// A number, also from a string.
    fn number(&self, path: &str) -> Option<f64>;
    /// Items at the path: an array's items; a lone object counts as one item; else none.
    fn items(&self, path: &str) -> Vec<&Value>;
    fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }
}

impl Walk for Value {
    fn at(&self, path: &str) -> Option<&Value> {
        let mut here = self;
        for step in path.split('.').filter(|s| !s.is_empty()) {
            here = match here {
                Value::Object(map) => match map.get(step) {
                    Some(exact) => exact,
                    None => map.iter().find(|(key, _)| tree::same_name(key, step))?.1,
                },
                Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        (!here.is_null()).then_some(here)
    }

    fn text(&self, path: &str) -> Option<String> {
        match self.at(path)? {
            Value::String(s) => {
                let s = s.trim();
                (!s.is_empty()).then(|| s.to_string())
            }
            Value::Number(n) => Some(n.to_string()),
            Value::Bool(b) => Some(b.to_string()),
            _ => None,
        }
    }

    fn number(&self, path: &str) -> Option<f64> {
        match self.at(path)? {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        }
        .filter(|n: &f64| n.is_finite())
    }

    fn items(&self, path: &str) -> Vec<&Value> {
        match self.at(path) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(object @ Value::Object(_)) => vec![object],
            _ => Vec::new(),
        }
    }
}

/// The first of several paths that has text.
pub fn first_text(value: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|p| value.text(p))
}
