//! A carrier's own payload, made to say a sentence: its words replaced, its codes taken out.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use whereabouts_adapters::{
    Carrier,
    carrier::{ALL, Payload},
    json, parse, xml,
};
use whereabouts_domain::State;

/// Says nothing to any reader.
const NOTHING: &str = "Zebra crossing";
/// Payloads of one carrier that are made to speak: the smallest, and none that is long.
const MOST: usize = 2;
const LONGEST: usize = 8 * 1024;

pub struct Shape {
    pub file: String,
    body: Body,
    words: Vec<String>,
    codes: Vec<String>,
}

enum Body {
    Json(Value),
    Xml(xml::Element),
}

/// Every payload, ours or recorded, that tells by words whether the parcel was delivered, or could.
pub fn all() -> Vec<(&'static dyn Carrier, Shape)> {
    ALL.iter().flat_map(|carrier| of(*carrier).into_iter().map(|shape| (*carrier, shape))).collect()
}

fn of(carrier: &dyn Carrier) -> Vec<Shape> {
    let mut files = payloads(carrier.card().id);
    files.retain(|(_, body)| body.len() <= LONGEST);
    files.sort_by_key(|(_, body)| body.len());
    let shapes = files.into_iter().filter_map(|(file, body)| shape(carrier, file, &body));
    shapes.filter(|shape| shape.is_told_by_words(carrier)).take(MOST).collect()
}

fn shape(carrier: &dyn Carrier, file: String, body: &[u8]) -> Option<Shape> {
    let parsed = parse(carrier, &Payload::of(body)).ok()?;
    let words: Vec<String> = parsed.events.iter().map(|e| e.description.clone()).filter(|d| !d.is_empty()).collect();
    let codes: Vec<String> = parsed.events.iter().filter_map(|e| e.carrier_code.clone()).collect();
    // Where the words are the code, no other words stand there.
    if words.is_empty() || words.iter().any(|w| codes.contains(w)) {
        return None;
    }
    let body = match json::from_bytes(body) {
        Ok(value) => Body::Json(value),
        Err(_) => Body::Xml(xml::from_bytes(body).ok()?),
    };
    Some(Shape { file, body, words, codes })
}

impl Shape {
    /// The states of a payload that says this wherever it had words.
    pub fn states(&self, carrier: &dyn Carrier, sentence: &str) -> Vec<State> {
        let body = self.saying(sentence);
        let parsed = parse(carrier, &Payload::of(&body)).unwrap_or_default();
        parsed.events.iter().map(|e| e.state).collect()
    }

    /// Words count there for what they are.
    pub fn is_believed(&self, carrier: &dyn Carrier) -> bool {
        self.states(carrier, "Delivered").iter().any(|state| state.is_delivered())
    }

    /// It says nothing of a delivery elsewhere, and still tells of something.
    fn is_told_by_words(&self, carrier: &dyn Carrier) -> bool {
        let states = self.states(carrier, NOTHING);
        !states.is_empty() && !states.iter().any(|state| state.is_delivered())
    }

    fn saying(&self, sentence: &str) -> Vec<u8> {
        match &self.body {
            Body::Json(value) => self.json(value, sentence).to_string().into_bytes(),
            Body::Xml(root) => {
                let mut out = String::new();
                self.xml(root, sentence, &mut out);
                out.into_bytes()
            }
        }
    }

    fn json(&self, value: &Value, sentence: &str) -> Value {
        match value {
            Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), self.json(v, sentence))).collect()),
            Value::Array(list) => list.iter().map(|v| self.json(v, sentence)).collect(),
            Value::String(text) => self.leaf(text, sentence).into(),
            Value::Number(n) if self.codes.contains(&n.to_string()) => Value::Null,
            other => other.clone(),
        }
    }

    fn xml(&self, e: &xml::Element, sentence: &str, out: &mut String) {
        *out += &format!("<{}", e.name);
        for (key, value) in &e.attributes {
            *out += &format!(" {key}=\"{}\"", escaped(&self.leaf(value, sentence)));
        }
        *out += &format!(">{}", escaped(&self.leaf(&e.text, sentence)));
        e.children.iter().for_each(|child| self.xml(child, sentence, out));
        *out += &format!("</{}>", e.name);
    }

    fn leaf(&self, text: &str, sentence: &str) -> String {
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_part = |words: &String| plain.contains(' ') && plain.chars().any(char::is_alphabetic) && words.contains(&plain);
        if self.words.iter().any(|words| *words == plain || is_part(words)) {
            sentence.to_string()
        } else if self.codes.contains(&plain) {
            String::new()
        } else {
            text.to_string()
        }
    }
}

fn payloads(id: &str) -> Vec<(String, Vec<u8>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = env::var_os("WHEREABOUTS_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from);
    let folders = [here.join("fixtures").join(id), shared.join("fixtures").join(id)];
    let files = folders.iter().filter_map(|f| fs::read_dir(f).ok()).flatten().map(|entry| entry.unwrap().path());
    let payloads = files.filter(|f| f.extension().is_some_and(|e| e == "json" || e == "xml"));
    payloads.map(|f| (f.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&f).unwrap())).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
