//! XML as a small tree without namespaces, prefixes or comments. No document type definitions (so no entity bombs),
//! at most one element for [`BYTES_PER_ELEMENT`] bytes and [`DEPTH_MAX`] levels. An element that is said to be nil
//! (`xsi:nil`) is empty, and what XML Schema adds to elements is not theirs.

use crate::{carrier::Unreadable, soap};

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
        Ok(text) => std::borrow::Cow::Borrowed(text),
        Err(_) => std::borrow::Cow::Owned(body.iter().map(|b| *b as char).collect()),
    };
    let (depth, elements) = measured(&text);
    if depth > DEPTH_MAX {
        return Err(Unreadable::not_understood("XML nested too deeply"));
    }
    if elements > ELEMENTS_FREE + text.len() / BYTES_PER_ELEMENT {
        return Err(Unreadable::not_understood("XML of hardly anything but elements"));
    }
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text.trim_start(), options)
        .map_err(|e| Unreadable::not_understood(format!("not XML: {e}")))?;
    Ok(soap::unwrapped(element(document.root_element())))
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
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |c| c.name.eq_ignore_ascii_case(name))
    }
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
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
