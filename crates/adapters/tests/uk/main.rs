//! Royal Mail, DPD UK, Evri, InPost and Yodel: recorded payloads (read from the shared folder when it is there), what a cut-off
//! payload may not do, and our own small payloads with the timeline a person would expect.

mod dpd_uk;
mod evri;
mod fresh;
mod inpost;
mod neighbours;
mod own_fleet;
mod reach;
mod recognition;
mod royal_mail;
mod variants;
mod words;
mod yodel;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use whereabouts_adapters::{
    carrier::{self, Carrier, Payload, Shape, Unreadable},
    conformance, detect, parse,
    parse::DetectedKind,
    recognise::recognise,
};
use whereabouts_domain::{Source, TrackingEvent};

const OURS: [&str; 5] = ["royalmail", "dpd_uk", "evri", "inpost", "yodel"];
/// Of these nobody recorded a payload; what we know is what they document.
const DOCUMENTED: [&str; 7] = ["an_post", "apc", "dhl_ecommerce_uk", "dpd_local", "dx", "own_fleet", "parcelforce"];

fn shared_fixtures() -> Option<PathBuf> {
    let root =
        std::env::var("WHEREABOUTS_SHARED").map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let fixtures = root.join("fixtures");
    // A worktree stands one level deeper than the main checkout.
    let fixtures = if fixtures.exists() { fixtures } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/fixtures") };
    if fixtures.exists() {
        Some(fixtures)
    } else {
        eprintln!("skipped: the shared folder with recorded payloads is not here");
        None
    }
}

fn by_id(id: &str) -> &'static dyn Carrier {
    carrier::by_id(id).unwrap_or_else(|| panic!("there is no adapter {id}"))
}

fn read(id: &str, payload: &Value) -> Vec<TrackingEvent> {
    read_bytes(id, payload.to_string().as_bytes())
}

fn read_bytes(id: &str, body: &[u8]) -> Vec<TrackingEvent> {
    match parse(by_id(id), &Payload::of(body)) {
        Ok(parsed) => parsed.events,
        Err(why) => panic!("{id}: {why}"),
    }
}

/// One line an event, as a person would read it.
fn timeline(events: &[TrackingEvent]) -> String {
    let mut out = String::new();
    for e in events {
        let at = e.moment.map_or("—".into(), |m| format!("{} {:?}", m.rfc3339(), m.basis));
        let reason = e.reason.map(|r| format!(" ({})", r.id())).unwrap_or_default();
        let code = e.carrier_code.as_deref().map(|c| format!(" [{c}]")).unwrap_or_default();
        let place = e.location.text.as_deref().map(|p| format!(" @ {p}")).unwrap_or_default();
        let signed = e.signed_by.as_ref().map(|s| format!(" signed {}", s.reveal())).unwrap_or_default();
        let source = if e.source == Source::Summary { " summary" } else { "" };
        let _ = writeln!(out, "{} {at} {}{reason}{code}{place}{signed}{source}", e.tracking_number, e.state.id());
    }
    out
}

fn assert_timeline(events: &[TrackingEvent], expected: &str) {
    let expected: String = expected.lines().map(str::trim).filter(|l| !l.is_empty()).map(|l| format!("{l}\n")).collect();
    let told: String = timeline(events).lines().map(|l| format!("{}\n", l.trim())).collect();
    assert_eq!(told, expected, "\n--- told\n{told}--- expected\n{expected}");
}

fn index(fixtures: &Path) -> Vec<Value> {
    let text = fs::read_to_string(fixtures.join("INDEX.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

fn ours(fixtures: &Path) -> Vec<(String, Value, Vec<u8>)> {
    index(fixtures)
        .into_iter()
        .filter(|r| OURS.contains(&r["carrier"].as_str().unwrap()))
        .map(|r| {
            let file = r["file"].as_str().unwrap().to_string();
            let body = fs::read(fixtures.join(&file)).unwrap();
            (file, r, body)
        })
        .collect()
}

#[test]
fn recorded_payloads_come_out_as_the_index_says() {
    let Some(fixtures) = shared_fixtures() else { return };
    let mut wrong = String::new();
    for (file, record, body) in ours(&fixtures) {
        let expected = &record["expected"];
        let carrier = by_id(record["carrier"].as_str().unwrap());
        let mut differs = |what: &str, told: String, wanted: String| {
            if told != wanted {
                let _ = writeln!(wrong, "{file:60} {what:12} told {told:40} expected {wanted}");
            }
        };
        let parsed = match parse(carrier, &Payload::of(&body)) {
            Err(why) => {
                differs("error", why.to_string(), if expected["errors"].is_array() { why.to_string() } else { "none".into() });
                continue;
            }
            Ok(parsed) => parsed,
        };
        let events: Vec<&TrackingEvent> = parsed.events.iter().filter(|e| e.source == Source::Event).collect();
        let count = expected.get("events_without_exact_repeats").unwrap_or(&expected["events"]);
        differs("events", events.len().to_string(), count.to_string());
        if let (Some(number), Some(first)) = (expected["tracking_number"].as_str(), parsed.events.first()) {
            differs("number", first.tracking_number.clone(), number.into());
        }
        if let Some(delivered) = expected["delivered"].as_bool() {
            differs("delivered", parsed.events.iter().any(|e| e.state.is_delivered()).to_string(), delivered.to_string());
        }
        if let Some(newest) = events.last() {
            if let Some(code) = expected["event_codes"].as_array() {
                let first = code.first().and_then(Value::as_str);
                let last = code.last().and_then(Value::as_str);
                let told = newest.carrier_code.clone().unwrap_or_default();
                differs("code", told.clone(), if last == Some(&told) { told } else { first.unwrap_or_default().into() });
            }
            if let Some(at) = expected["latest_event"]["timestamp"].as_str().or(expected["last_update_local"].as_str()) {
                differs("local time", newest.moment.map(|m| m.local_time()).unwrap_or_default(), at.get(..19).unwrap_or(at).into());
            }
            if let Some(signed) = expected["signed_by"].as_str() {
                differs("signed", newest.signed_by.as_ref().map(|s| s.reveal().clone()).unwrap_or_default(), signed.into());
            }
        }
        if let Some(date) = expected["estimated_delivery"].as_str() {
            let told = parsed.estimates.first().and_then(|(_, w)| w.end.clone()).unwrap_or_default();
            differs("estimate", told.get(..10).unwrap_or_default().into(), date.into());
        }
        if let Some(private) = expected["private_text_must_not_leak"].as_str() {
            differs("private", serde_json::to_string(&parsed.events).unwrap().contains(private).to_string(), "false".into());
        }
        assert!(parsed.events.is_sorted_by_key(|e| (e.moment.is_none(), e.at())), "{file} is not in order");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_recorded_payload_is_detected_as_its_own_and_none_of_the_others_is_claimed() {
    let Some(fixtures) = shared_fixtures() else { return };
    let mut wrong = String::new();
    for record in index(&fixtures) {
        let file = record["file"].as_str().unwrap();
        let body = fs::read(fixtures.join(file)).unwrap();
        let payload = Payload::of(&body);
        let shape = Shape::of(&payload);
        for id in OURS {
            let sure = by_id(id).detect(&payload, &shape);
            let is_own = record["carrier"] == id;
            if is_own && sure < 70 || !is_own && sure >= 50 {
                let _ = writeln!(wrong, "{file:70} {id} {sure}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_payload_cut_off_anywhere_neither_panics_nor_invents_a_delivery() {
    let Some(fixtures) = shared_fixtures() else { return };
    for (file, record, body) in ours(&fixtures) {
        let carrier = by_id(record["carrier"].as_str().unwrap());
        let is_delivered = |body: &[u8]| parse(carrier, &Payload::of(body)).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
        let whole = is_delivered(&body);
        for end in 0..body.len() {
            assert!(whole || !is_delivered(&body[..end]), "{file} cut at {end} was delivered");
        }
    }
}

/// Every value of a payload replaced by another kind of value, one at a time.
fn mutants(value: &Value) -> Vec<Value> {
    fn paths(value: &Value, here: &str, out: &mut Vec<String>) {
        out.push(here.to_string());
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(k, v)| paths(v, &format!("{here}/{}", k.replace('~', "~0").replace('/', "~1")), out))
            }
            Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| paths(v, &format!("{here}/{i}"), out)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    paths(value, "", &mut all);
    let mut out = Vec::new();
    for path in all {
        for other in [Value::Null, json!(""), json!(7), json!([]), json!({}), json!([[]]), json!("é’\u{0}")] {
            let mut mutant = value.clone();
            if let Some(there) = mutant.pointer_mut(&path) {
                *there = other;
            }
            out.push(mutant);
        }
    }
    out
}

#[test]
fn a_payload_with_any_value_of_the_wrong_kind_never_panics() {
    let Some(fixtures) = shared_fixtures() else { return };
    for (_, record, body) in ours(&fixtures) {
        let carrier = by_id(record["carrier"].as_str().unwrap());
        let Ok(value) = serde_json::from_slice::<Value>(&body) else { continue };
        for mutant in mutants(&value) {
            let body = mutant.to_string();
            let payload = Payload::of(body.as_bytes());
            let _ = parse(carrier, &payload);
            let _ = carrier.detect(&payload, &Shape::of(&payload));
        }
    }
}

#[test]
fn rows_of_a_scraper_are_understood_by_each_carriers_own_words() {
    let page = |number: &str, rows: Value| json!({"tracking_number": number, "status": "whatever", "checkpoints": rows});
    let two = json!([
        {"date": "03/07/2026", "time": "12:05 pm", "description": "Delivered to neighbour", "location": "Leeds"},
        {"date": "03/07/2026", "time": "6:05 am", "description": "Out for delivery", "location": "Leeds"}
    ]);
    for id in OURS {
        assert_timeline(
            &read(id, &page("N1", two.clone())),
            &format!(
                "N1 2026-07-03T06:05:00+0{0}:00 Assumed out_for_delivery @ Leeds
                 N1 2026-07-03T12:05:00+0{0}:00 Assumed delivered_to_neighbour @ Leeds",
                if id == "inpost" { 2 } else { 1 }
            ),
        );
        assert_eq!(read(id, &two).len(), 2, "{id} reads a bare list");
    }
}

/// Our own payloads: `fixtures/<carrier>/<name>.json|xml` and beside it the timeline as a person reads it, or the refusal.
/// `BLESS=1` writes them anew, for a person to review.
#[test]
fn our_own_payloads_read_as_written_beside_them() {
    let mut wrong = String::new();
    for id in OURS.into_iter().chain(DOCUMENTED) {
        let Ok(folder) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(id)) else { continue };
        for file in folder.map(|entry| entry.unwrap().path()).filter(|f| f.extension().is_some_and(|e| e != "txt")) {
            let beside = file.with_extension("txt");
            let told = conformance::told(by_id(id), &Payload::of(&fs::read(&file).unwrap()));
            if std::env::var_os("BLESS").is_some() {
                fs::write(&beside, &told).unwrap();
            }
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            if told != expected {
                let _ = writeln!(wrong, "{}\n--- told\n{told}--- expected\n{expected}", file.display());
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
