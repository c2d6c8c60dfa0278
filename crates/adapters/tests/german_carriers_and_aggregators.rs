//! DHL Paket, GLS, `EasyPost`, `AfterShip` and 17TRACK, against recorded payloads (never committed, read from the shared
//! folder when it is there) and against small ones of our own.

use std::{fmt::Write, fs, path::PathBuf};

use serde_json::Value;
use whereabouts_adapters::{
    Carrier, by_id,
    carrier::{Payload, Shape, Unreadable},
    json::Walk,
    parse,
    recognise::recognise,
};
use whereabouts_domain::{Source, State, TrackingEvent};

const OURS: [&str; 5] = ["dhl_parcel_de", "gls", "easypost", "aftership", "seventeentrack"];

/// The shared folder, or `None` with a word about it.
fn shared() -> Option<PathBuf> {
    let told = std::env::var_os("WHEREABOUTS_SHARED").map(PathBuf::from);
    let folder = told.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let found = folder.join("fixtures/INDEX.json").exists();
    if !found {
        eprintln!("skipped: no recorded payloads at {}", folder.display());
    }
    found.then_some(folder)
}

fn records(folder: &std::path::Path) -> Vec<Value> {
    let index: Value = serde_json::from_slice(&fs::read(folder.join("fixtures/INDEX.json")).unwrap()).unwrap();
    index.as_array().unwrap().clone()
}

fn adapter(id: &str) -> &'static dyn Carrier {
    by_id(id).unwrap()
}

fn timeline_of(events: &[TrackingEvent]) -> String {
    let mut out = String::new();
    for e in events {
        let m = e.moment;
        let clock = m.map_or("-".into(), |m| format!("{} {:?}", m.rfc3339(), m.basis).to_lowercase().replace('t', "T"));
        let reason = e.reason.map(|r| format!(" ({})", r.id())).unwrap_or_default();
        let signed = e.signed_by.as_ref().map(|s| format!(" signed {}", s.reveal())).unwrap_or_default();
        let source = if e.source == Source::Summary { " [summary]" } else { "" };
        let code = e.carrier_code.as_deref().unwrap_or("-");
        let place = e.location.text.as_deref().unwrap_or("-");
        let words: String = e.description.chars().take(70).collect();
        writeln!(out, "{} {clock} {}{reason} | {code} | {place} | {words}{signed}{source}", e.carrier, e.state.id()).unwrap();
    }
    out
}

fn told(id: &str, body: &str) -> String {
    match parse(adapter(id), &Payload::of(body.as_bytes())) {
        Ok(parsed) => {
            let mut out = timeline_of(&parsed.events);
            for (number, fault) in parsed.faults {
                writeln!(out, "fault {}: {fault}", number.unwrap_or_default()).unwrap();
            }
            out
        }
        Err(Unreadable::ErrorReply(why)) => format!("error reply: {why}\n"),
        Err(Unreadable::NotUnderstood(_)) => "not understood\n".into(),
    }
}

#[test]
fn show() {
    let Some(folder) = shared() else { return };
    for r in records(&folder) {
        let id = r.text("carrier").unwrap();
        if !OURS.contains(&id.as_str()) {
            continue;
        }
        let file = r.text("file").unwrap();
        let body = String::from_utf8_lossy(&fs::read(folder.join("fixtures").join(&file)).unwrap()).into_owned();
        println!("== {file} {}\n{}", r["expected"], told(&id, &body));
    }
}
