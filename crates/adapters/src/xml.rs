//! XML as a small tree without namespaces, prefixes or comments. No document type definitions (so no entity bombs; one that
//! only names a file is passed over), at most one element for [`BYTES_PER_ELEMENT`] bytes and [`DEPTH_MAX`] levels. An element that is said to be nil
//! (`xsi:nil`) is empty, and what XML Schema adds to elements is not theirs.

use std::borrow::Cow;

use serde_json::Value;

use crate::{carrier::Unreadable, soap, tree};

const BYTES_PER_ELEMENT: usize = 24;
/// Short payloads may be dense.
const ELEMENTS_FREE: usize = 2_000;
const DEPTH_MAX: usize = 128;
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element by its local name.
#[derive(Clone, Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Text directly inside, trimmed.
    pub text: String,
    pub children: Vec<Element>,
}

/// Parses UTF-8 (or Latin-1 when it is not valid UTF-8); a SOAP envelope is taken off.
pub fn from_bytes(body: &[u8]) -> Result<Element, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(body.iter().map(|b| *b as char).collect()),
    };
    let (depth, elements) = measured(&text);
    if depth > DEPTH_MAX {
        return Err(Unreadable::not_understood("XML nested too deeply"));
    }
    if elements > ELEMENTS_FREE + text.len() / BYTES_PER_ELEMENT {
        return Err(Unreadable::not_understood("XML of hardly anything but elements"));
    }
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let text = without_doctype(text.trim_start());
    let document =
        roxmltree::Document::parse_with_options(&text, options).map_err(|e| Unreadable::not_understood(format!("not XML: {e}")))?;
    Ok(soap::unwrapped(element(document.root_element())))
}

/// The text without a document type that only names a file elsewhere. One that defines something itself stays, to be refused,
/// and so does a web page's.
fn without_doctype(text: &str) -> Cow<'_, str> {
    const MARK: &str = "<!DOCTYPE";
    let root = text.match_indices('<').find(|(at, _)| !matches!(text.as_bytes().get(at + 1), Some(b'?' | b'!')));
    let before_root = &text[..root.map_or(0, |(at, _)| at)];
    let Some(start) = before_root.find(MARK) else { return Cow::Borrowed(text) };
    let is_page = before_root[start + MARK.len()..].trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
    match before_root[start..].find('>') {
        Some(length) if !is_page && !before_root[start..start + length].contains('[') => {
            Cow::Owned(format!("{}{}", &text[..start], &text[start + length + 1..]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// An upper bound of the nesting, without a stack (opening tags minus closing ones), and how many elements there are.
fn measured(text: &str) -> (usize, usize) {
    let bytes = text.as_bytes();
    let (mut depth, mut most, mut i, mut elements) = (0_isize, 0_isize, 0, 0);
    while let Some(open) = bytes[i..].iter().position(|b| *b == b'<') {
        i += open + 1;
        match bytes.get(i) {
            Some(b'/') => depth -= 1,
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                elements += 1;
                let end = bytes[i..].iter().position(|b| *b == b'>').map_or(bytes.len(), |e| i + e);
                if end == 0 || bytes.get(end.wrapping_sub(1)) != Some(&b'/') {
                    depth += 1;
                    most = most.max(depth);
                }
                i = end.min(bytes.len());
            }
        }
    }
    (most as usize, elements)
}

fn element(node: roxmltree::Node) -> Element {
    let name = node.tag_name().name().to_string();
    if node.attribute((SCHEMA_INSTANCE, "nil")).is_some_and(|nil| matches!(nil.trim(), "true" | "1")) {
        return Element { name, ..Element::default() };
    }
    let own = node.attributes().filter(|a| a.namespace() != Some(SCHEMA_INSTANCE));
    Element {
        name,
        attributes: own.map(|a| (a.name().to_string(), a.value().to_string())).collect(),
        text: node.children().filter(|c| c.is_text()).filter_map(|c| c.text()).collect::<String>().trim().to_string(),
        children: node.children().filter(|c| c.is_element()).map(element).collect(),
    }
}

/// An XML document that was turned into JSON (one name, under it the rest; attributes under a mark or none) as XML again.
pub fn of_json(value: &Value) -> Option<Vec<u8>> {
    let map = value.as_object()?;
    let mut roots = map.iter().filter(|(name, _)| !name.starts_with('?'));
    let (name, root) = roots.next().filter(|(_, root)| root.is_object())?;
    if roots.next().is_some() {
        return None;
    }
    let mut out = String::new();
    write(name, root, &mut out);
    Some(out.into_bytes())
}

fn write(name: &str, value: &Value, out: &mut String) {
    let Some(name) = local(name) else { return };
    match value {
        Value::Array(list) => list.iter().for_each(|item| write(name, item, out)),
        Value::Object(map) => {
            *out += &format!("<{name}");
            let is_attribute = |key: &str| key.starts_with(['@', '$', '-']) && key.len() > 1 && key != "$t";
            for (key, value) in map.iter().filter(|(key, _)| is_attribute(key)) {
                if let (Some(key), Some(text)) = (local(&key[1..]), tree::plain(value)) {
                    *out += &format!(" {key}=\"{}\"", escaped(&text));
                }
            }
            *out += ">";
            for (key, value) in map.iter().filter(|(key, _)| !is_attribute(key)) {
                match key.as_str() {
                    "#text" | "_" | "$" | "$t" | "_text" => *out += &escaped(&tree::plain(value).unwrap_or_default()),
                    key => write(key, value, out),
                }
            }
            *out += &format!("</{name}>");
        }
        scalar => *out += &format!("<{name}>{}</{name}>", escaped(&tree::plain(scalar).unwrap_or_default())),
    }
}

/// The name without its prefix, if XML allows it.
fn local(name: &str) -> Option<&str> {
    let name = name.rsplit(':').next()?;
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (begins && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))).then_some(name)
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Element {
    /// First child by path of local names joined by `/`, letter case ignored.
    pub fn at(&self, path: &str) -> Option<&Element> {
        let mut here = self;
        for step in path.split('/').filter(|s| !s.is_empty()) {
            here = here.children.iter().find(|c| c.name.eq_ignore_ascii_case(step))?;
        }
        Some(here)
    }
    /// Text at the path, if not empty.
    pub fn text(&self, path: &str) -> Option<String> {
        self.at(path).map(|e| e.text.clone()).filter(|t| !t.is_empty())
    }
    /// All children with this local name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Element> + use<'a, 'n> {
        self.children.iter().filter(move |c| c.name.eq_ignore_ascii_case(name))
    }
    /// An attribute, or where a program turned it into one, the child of that name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let own = self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
        let own = own.or_else(|| self.all(name).find(|c| c.children.is_empty()).map(|c| c.text.as_str()));
        own.filter(|v| !v.is_empty())
    }
    /// Every element below (and this one) with this local name, in document order.
    pub fn find_all<'a>(&'a self, name: &str) -> Vec<&'a Element> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(e) = waiting.pop() {
            if e.name.eq_ignore_ascii_case(name) {
                found.push(e);
            }
            waiting.extend(e.children.iter().rev());
        }
        found
    }
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.find_all(name).into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_entity_bomb_is_refused() {
        let bomb = br#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>"#;
        assert!(super::from_bytes(bomb).is_err());
    }

    #[test]
    fn a_document_type_that_stands_elsewhere_is_passed_over() {
        let body = br#"<?xml version="1.0"?><!-- x --><!DOCTYPE Reply SYSTEM "https://carrier.example/reply.dtd"><Reply><a>&lt;!DOCTYPE b&gt;</a></Reply>"#;
        assert_eq!(super::from_bytes(body).unwrap().text("a").as_deref(), Some("<!DOCTYPE b>"));
    }

    #[test]
    fn what_is_nil_is_empty_and_schema_attributes_are_nobodys() {
        let body = br#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
            <s:Body><Reply><date i:nil="true"/><code i:type="xsd:string" kind="K">OK</code></Reply></s:Body></s:Envelope>"#;
        let root = super::from_bytes(body).unwrap();
        let reply = &root;
        assert_eq!(reply.text("date"), None);
        assert!(reply.at("date").unwrap().attributes.is_empty());
        assert_eq!(reply.at("code").unwrap().attributes, [("kind".to_string(), "K".to_string())]);
    }

    #[test]
    fn ten_thousand_levels_are_refused_and_do_not_overflow_the_stack() {
        assert!(super::from_bytes("<a>".repeat(10_000).as_bytes()).is_err());
        let deep = "<a>".repeat(10_000) + &"</a>".repeat(10_000);
        assert!(super::from_bytes(deep.as_bytes()).is_err());
    }
}
