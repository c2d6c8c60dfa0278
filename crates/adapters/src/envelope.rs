//! What programs put around a dialect on its way to us: a name of theirs (`data`, `response`, …), a list of replies, one reply
//! a line, a reply as text within a message (JSON or XML, also in Base64), XML that was turned into JSON, the head of an HTTP
//! answer, UTF-16. Opened only where the dialect was not understood as it came.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    carrier::Payload,
    json, tree,
    xml::{self, Element},
};

/// Names of what is passed on, the likeliest first.
const NAMES: &[&str] = &[
    "data",
    "result",
    "results",
    "response",
    "responses",
    "body",
    "payload",
    "reply",
    "content",
    "message",
    "detail",
    "resource",
    "return",
    "record",
    "object",
];

/// What stands inside.
pub enum Inside {
    /// Nothing, or nothing that is an envelope.
    Nothing,
    /// One of these is the reply.
    Either(Vec<Vec<u8>>),
    /// Each of these is a reply.
    Each(Vec<Vec<u8>>),
}

/// Opens one envelope. What it is, is told by the first bytes, before anything is parsed.
pub fn open(body: &[u8]) -> Inside {
    if let Some(text) = utf_16(body) {
        return Inside::Either(vec![text.into_bytes()]);
    }
    if body.starts_with(b"HTTP/") {
        return behind_head(body).map_or(Inside::Nothing, |behind| Inside::Either(vec![behind.to_vec()]));
    }
    match Payload::of(body).first_byte() {
        Some(b'{' | b'[' | b'"') => match json::from_bytes(body) {
            Ok(value) => within(&value),
            Err(_) => lines(body),
        },
        Some(b'<') => xml::from_bytes(body).map_or(Inside::Nothing, |root| {
            let mut found = Vec::new();
            texts(&root, &mut found);
            if found.is_empty() { Inside::Nothing } else { Inside::Either(found) }
        }),
        _ => Inside::Nothing,
    }
}

fn within(value: &Value) -> Inside {
    match value {
        Value::Array(list) => Inside::Each(list.iter().filter(|v| v.is_object()).map(bytes).collect()),
        Value::Object(_) => {
            let mut found: Vec<Vec<u8>> = NAMES.iter().filter_map(|name| tree::field(value, &[name])).filter_map(content).collect();
            found.extend(xml::of_json(value));
            Inside::Either(found)
        }
        text => content(text).map_or(Inside::Nothing, |inner| Inside::Either(vec![inner])),
    }
}

fn content(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Object(map) if !map.is_empty() => Some(bytes(value)),
        Value::Array(list) if list.iter().any(Value::is_object) => Some(bytes(value)),
        Value::String(text) => told_as_text(text),
        _ => None,
    }
}

/// A reply that was made a text of, as it is or in Base64.
fn told_as_text(text: &str) -> Option<Vec<u8>> {
    const BEGINS: [char; 3] = ['{', '[', '<'];
    const SHORTEST: usize = 32;
    let text = text.trim();
    if text.starts_with(BEGINS) {
        return Some(text.as_bytes().to_vec());
    }
    let may_be_coded = text.len() >= SHORTEST && text.bytes().take(SHORTEST).all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    let decoded = STANDARD.decode(may_be_coded.then_some(text)?).ok()?;
    decoded.trim_ascii_start().first().is_some_and(|b| BEGINS.contains(&(*b as char))).then_some(decoded)
}

/// Texts of an XML document that are documents themselves.
fn texts(element: &Element, found: &mut Vec<Vec<u8>>) {
    const MOST: usize = 20;
    if found.len() < MOST && element.children.is_empty() {
        found.extend(told_as_text(&element.text));
    }
    element.children.iter().for_each(|child| texts(child, found));
}

/// One JSON object a line, at least two of them.
fn lines(body: &[u8]) -> Inside {
    let lines: Vec<&[u8]> = body.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let are_objects = lines.len() > 1 && lines.iter().all(|line| line.starts_with(b"{") && line.ends_with(b"}"));
    if are_objects { Inside::Each(lines.into_iter().map(<[u8]>::to_vec).collect()) } else { Inside::Nothing }
}

/// Text in UTF-16, by its byte order mark or by the blank half of its first letter.
fn utf_16(body: &[u8]) -> Option<String> {
    let (is_little, from) = match body {
        [0xff, 0xfe, ..] => (true, 2),
        [0xfe, 0xff, ..] => (false, 2),
        [b'<' | b'{' | b'[', 0, ..] => (true, 0),
        [0, b'<' | b'{' | b'[', ..] => (false, 0),
        _ => return None,
    };
    let unit = |pair: &[u8]| if is_little { u16::from_le_bytes([pair[0], pair[1]]) } else { u16::from_be_bytes([pair[0], pair[1]]) };
    let units = body[from..].chunks_exact(2).map(unit);
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

/// What follows the blank line.
fn behind_head(body: &[u8]) -> Option<&[u8]> {
    let ends = |mark: &[u8]| body.windows(mark.len()).position(|w| w == mark).map(|at| at + mark.len());
    let at = ends(b"\r\n\r\n").or_else(|| ends(b"\n\n"))?;
    Some(&body[at..])
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(body: &str) -> Vec<String> {
        match open(body.as_bytes()) {
            Inside::Nothing => Vec::new(),
            Inside::Either(found) | Inside::Each(found) => found.into_iter().map(|b| String::from_utf8(b).unwrap()).collect(),
        }
    }

    #[test]
    fn an_envelope_is_opened_and_a_letter_is_not() {
        assert_eq!(inside(r#"{"status":"ok","Data":{"a":1}}"#), [r#"{"a":1}"#]);
        assert_eq!(inside(r#"{"statusCode":200,"body":"{\"a\":1}"}"#), [r#"{"a":1}"#]);
        assert_eq!(inside(r#"[{"a":1},2,{"b":2}]"#), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(
            inside(r##"{"?xml":{"@version":"1.0"},"a:Track":{"@id":"7","b":["1","<"],"c":{"#text":"x"}}}"##),
            [r#"<Track id="7"><b>1</b><b>&lt;</b><c>x</c></Track>"#]
        );
        let base64 = STANDARD.encode(r#"{"tracking":"in Base64, as Pub/Sub has it"}"#);
        assert_eq!(inside(&format!(r#"{{"data":"{base64}"}}"#)), [r#"{"tracking":"in Base64, as Pub/Sub has it"}"#]);
        assert_eq!(inside(r#""{\"a\":1}""#), [r#"{"a":1}"#]);
        assert_eq!(inside("{\"a\":1}\r\n{\"b\":2}\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(inside("<s><string>&lt;a&gt;1&lt;/a&gt;</string><n>7</n></s>"), ["<a>1</a>"]);
        assert_eq!(inside("<s><![CDATA[ {\"a\":1}]]></s>"), [r#"{"a":1}"#]);
        assert_eq!(inside("HTTP/1.1 200 OK\r\nserver: x\r\n\r\n<a/>"), ["<a/>"]);
        for none in [r#"{"message":"no access"}"#, r#"{"data":null,"result":[]}"#, r#"{"data":[1]}"#, "<data/>", "data", "", "HTTP/1.1 204"]
        {
            assert_eq!(inside(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn utf_16_is_text_too() {
        let told = |body: &[u8]| matches!(open(body), Inside::Either(found) if found == [b"<a>\xc3\xa9</a>".to_vec()]);
        let units: Vec<u16> = "<a>é</a>".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|u| u.to_be_bytes()).collect();
        assert!(told(&little) && told(&big));
        assert!(told(&[&[0xff, 0xfe], little.as_slice()].concat()) && told(&[&[0xfe, 0xff], big.as_slice()].concat()));
    }
}
