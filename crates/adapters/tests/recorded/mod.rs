//! The recorded payloads of the shared folder and what its index expects of them.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use whereabouts_adapters::{
    Carrier, by_id,
    carrier::{Payload, Unreadable},
    parse::{Parsed, parse},
};

/// The folder with recorded payloads, or nothing (and a line that says so).
pub fn recorded() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = env::var_os("WHEREABOUTS_SHARED").map_or(beside, PathBuf::from).join("fixtures");
    if !folder.join("INDEX.json").exists() {
        eprintln!("skipped: no recorded payloads at {}", folder.display());
        return None;
    }
    Some(folder)
}

pub fn index(folder: &Path) -> Vec<Value> {
    serde_json::from_slice(&fs::read(folder.join("INDEX.json")).unwrap()).unwrap()
}

pub fn carrier(id: &str) -> &'static dyn Carrier {
    by_id(id).unwrap_or_else(|| panic!("no carrier {id}"))
}

pub fn read(id: &str, body: &[u8], number: Option<&str>) -> Result<Parsed, Unreadable> {
    parse(carrier(id), &Payload { number, ..Payload::of(body) })
}
