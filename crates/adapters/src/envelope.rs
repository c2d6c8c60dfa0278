//! What programs put around a dialect on its way to us: a name of theirs (`data`, `response`, …), a list of replies, a reply
//! as text within a message, XML that was turned into JSON. Opened only where the dialect was not understood as it came.

use serde_json::Value;

use crate::{carrier::Payload, json, tree, xml};

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

/// Opens one envelope.
pub fn open(body: &[u8]) -> Inside {
    // Everything else is told by its first byte, before anything is parsed.
    if !matches!(Payload::of(body).first_byte(), Some(b'{' | b'[')) {
        return Inside::Nothing;
    }
    match json::from_bytes(body) {
        Ok(Value::Array(list)) => Inside::Each(list.iter().filter(|v| v.is_object()).map(bytes).collect()),
        Ok(value @ Value::Object(_)) => {
            let mut found: Vec<Vec<u8>> = NAMES.iter().filter_map(|name| tree::field(&value, &[name])).filter_map(content).collect();
            found.extend(xml::of_json(&value));
            Inside::Either(found)
        }
        _ => Inside::Nothing,
    }
}

fn content(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Object(map) if !map.is_empty() => Some(bytes(value)),
        Value::Array(list) if list.iter().any(Value::is_object) => Some(bytes(value)),
        Value::String(text) if text.trim_start().starts_with(['{', '[', '<']) => Some(text.clone().into_bytes()),
        _ => None,
    }
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
        for none in [r#"{"message":"no access"}"#, r#"{"data":null,"result":[]}"#, r#"{"data":[1]}"#, "<data/>", "data", ""] {
            assert_eq!(inside(none), Vec::<String>::new(), "{none}");
        }
    }
}
