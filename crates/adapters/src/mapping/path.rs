//! Walking by names, through lists as if they were not there.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;

use super::tree::CUT;
use crate::tree::plain;

/// Names from the outermost inwards; none is the payload itself. Written as a JSON pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<String>);

/// No payload is nested deeper, and no name is longer.
const STEPS_MAX: usize = 130;
const WRITTEN_MAX: usize = 2_000;

impl Path {
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> &[String] {
        &self.0
    }

    pub fn then(&self, name: &str) -> Path {
        let mut names = self.0.clone();
        names.push(name.to_string());
        Path(names)
    }

    pub fn parent(&self) -> Option<Path> {
        let (_, front) = self.0.split_last()?;
        Some(Path(front.to_vec()))
    }

    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    pub fn is_below(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    /// From a JSON pointer; empty text is the payload itself.
    pub fn parse(text: &str) -> Option<Path> {
        if text.is_empty() {
            return Some(Path::default());
        }
        if text.len() > WRITTEN_MAX || text.contains('\0') {
            return None;
        }
        let names: Vec<String> = text.strip_prefix('/')?.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
        (names.len() <= STEPS_MAX).then_some(Path(names))
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|name| write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")))
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Path, D::Error> {
        let text = String::deserialize(from)?;
        Path::parse(&text).ok_or_else(|| D::Error::custom("a path is a JSON pointer such as /consignments/scans/code"))
    }
}

/// A value and everything that it is part of: `way[n]` is what stands after `n` names.
pub struct Found<'a> {
    way: Vec<&'a Value>,
    /// The line it stands in was cut off.
    pub is_cut: bool,
}

/// Everything at a path, in the payload's order, at most so many.
pub fn found<'a>(root: &'a Value, path: &Path, most: usize) -> Vec<Found<'a>> {
    let mut out = Vec::new();
    walk(root, &path.0, &mut Vec::new(), &mut out, most);
    out
}

/// The parsers bound the nesting, so that this ends before the stack does.
fn walk<'a>(here: &'a Value, names: &[String], way: &mut Vec<&'a Value>, out: &mut Vec<Found<'a>>, most: usize) {
    if out.len() >= most {
        return;
    }
    match (here, names.split_first()) {
        (Value::Array(items), _) => items.iter().for_each(|item| walk(item, names, way, out, most)),
        (Value::Null, _) => {}
        (_, None) => {
            way.push(here);
            out.push(Found { way: way.clone(), is_cut: here.get(CUT).is_some() });
            way.pop();
        }
        (Value::Object(map), Some((name, rest))) => {
            if let Some(value) = map.get(name) {
                way.push(here);
                walk(value, rest, way, out, most);
                way.pop();
            }
        }
        _ => {}
    }
}

/// What a scan says at a path: below itself, or in what it is part of, from the innermost that both have in common.
pub fn say(scan: &Found, at: &Path, path: &Path) -> Option<String> {
    let common = at.0.iter().zip(&path.0).take_while(|(a, b)| a == b).count();
    let from = scan.way.get(common)?;
    first(from, &path.0[common..])
}

/// The first that says something.
fn first(here: &Value, names: &[String]) -> Option<String> {
    match (here, names.split_first()) {
        (Value::Array(items), _) => items.iter().find_map(|item| first(item, names)),
        (_, None) => plain(here),
        (Value::Object(map), Some((name, rest))) => first(map.get(name)?, rest),
        // An element of an interchange with a single component is that component.
        (Value::String(_), Some((name, []))) if name == "1" => plain(here),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_written_as_a_pointer_and_read_again() {
        for text in ["", "/a", "/a~1b/c~0d", "/ a/ü"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Path::parse("a"), None);
        assert_eq!(Path::parse(&"/a".repeat(500)), None);
    }

    #[test]
    fn lists_are_opened_wherever_they_stand() {
        let lone = json!({"c": {"ref": "N1", "scan": {"code": "A"}}});
        let many = json!({"c": [{"ref": "N1", "scan": [{"code": "A"}, {"code": "B"}]}, {"ref": "N2", "scan": {"code": "C"}}]});
        let (at, number, code) = (Path::parse("/c/scan").unwrap(), Path::parse("/c/ref").unwrap(), Path::parse("/c/scan/code").unwrap());
        let told = |tree| {
            let scans = found(tree, &at, 10);
            scans.iter().map(|s| format!("{} {}", say(s, &at, &number).unwrap(), say(s, &at, &code).unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(told(&lone), ["N1 A"]);
        assert_eq!(told(&many), ["N1 A", "N1 B", "N2 C"]);
    }
}
