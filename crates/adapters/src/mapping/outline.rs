//! What stands in a payload, for a person to pick from; and the shape by which later payloads of the same kind are known again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Form, path::Path, tree};
use crate::{
    carrier::{Payload, Unreadable},
    tree::plain,
};

/// A payload with more different names than this is not of a fixed shape; the first are taken.
const PATHS_MAX: usize = 400;
const SAMPLES_MAX: usize = 8;
const SAMPLE_CHARS: usize = 80;

/// A place in a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub path: Path,
    pub kind: Kind,
    /// How often there is one.
    pub count: usize,
    /// Different texts that stand there, in the payload's order, each clipped. None for what holds others.
    pub samples: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It repeats.
    List,
    /// It holds others.
    Group,
    /// It says something.
    Text,
}

impl Kind {
    pub fn id(self) -> &'static str {
        match self {
            Kind::List => "list",
            Kind::Group => "group",
            Kind::Text => "text",
        }
    }
}

/// Every place, outermost first, what stands in it right behind it.
#[derive(Clone, Debug)]
pub struct Outline {
    pub form: Form,
    pub nodes: Vec<Node>,
}

impl Outline {
    pub fn of(payload: &Payload) -> Result<Outline, Unreadable> {
        let (form, tree) = tree::of(payload)?;
        let mut nodes = BTreeMap::new();
        gather(&tree, &Path::default(), false, &mut nodes);
        Ok(Outline { form, nodes: nodes.into_values().collect() })
    }

    pub fn node(&self, path: &Path) -> Option<&Node> {
        self.nodes.iter().find(|node| node.path == *path)
    }
}

fn gather(here: &Value, at: &Path, repeats: bool, nodes: &mut BTreeMap<Path, Node>) {
    match here {
        Value::Array(items) => items.iter().for_each(|item| gather(item, at, true, nodes)),
        Value::Null => {}
        Value::Object(map) => {
            if !note(at, if repeats { Kind::List } else { Kind::Group }, plain(here), nodes) {
                return;
            }
            for (name, value) in map.iter().filter(|(name, _)| *name != tree::CUT && *name != "#text") {
                gather(value, &at.then(name), false, nodes);
            }
        }
        text => {
            if let Some(text) = plain(text) {
                note(at, Kind::Text, Some(text), nodes);
            }
        }
    }
}

/// Whether there was room for it.
fn note(at: &Path, kind: Kind, text: Option<String>, nodes: &mut BTreeMap<Path, Node>) -> bool {
    if nodes.len() >= PATHS_MAX && !nodes.contains_key(at) {
        return false;
    }
    let node = nodes.entry(at.clone()).or_insert_with(|| Node { path: at.clone(), kind, count: 0, samples: Vec::new() });
    node.count += 1;
    // A list in one place is a list in all.
    if kind == Kind::List {
        node.kind = Kind::List;
    }
    if let Some(text) = text.filter(|_| node.samples.len() < SAMPLES_MAX) {
        let text: String = text.chars().take(SAMPLE_CHARS).collect();
        if !node.samples.contains(&text) {
            node.samples.push(text);
        }
    }
    true
}

/// Which names a payload holds, whatever they say and however often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub form: Form,
    paths: BTreeSet<String>,
}

impl Shape {
    pub fn of(form: Form, tree: &Value) -> Shape {
        let mut nodes = BTreeMap::new();
        gather(tree, &Path::default(), false, &mut nodes);
        Shape { form, paths: nodes.into_keys().map(|path| path.to_string()).collect() }
    }

    /// How much of this shape is known to the other, 0 to 1: later payloads may lack what is optional, and rarely tell more.
    pub fn alike(&self, known: &Shape) -> f64 {
        if self.form != known.form || self.paths.is_empty() {
            return 0.0;
        }
        self.paths.intersection(&known.paths).count() as f64 / self.paths.len() as f64
    }

    /// Both together: what was seen of one kind of payload so far.
    pub fn with(mut self, more: &Shape) -> Shape {
        if self.form == more.form {
            let room = PATHS_MAX.saturating_sub(self.paths.len());
            let new: Vec<String> = more.paths.difference(&self.paths).take(room).cloned().collect();
            self.paths.extend(new);
        }
        self
    }
}
