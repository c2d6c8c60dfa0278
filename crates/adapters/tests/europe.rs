//! Carriers of Europe and Asia: against recorded payloads (from the shared folder, never committed), against every
//! beginning of each of them, and against small payloads of our own whose expectations are timelines.

mod recorded;

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use whereabouts_adapters::{
    carrier::{Payload, Unreadable},
    conformance::{self, printed},
    detect,
    parse::Parsed,
    signature::BadSignature,
};
use whereabouts_domain::{Source, TrackingEvent};

use recorded::{carrier, index, read, recorded};

/// With recorded payloads.
const RECORDED: &[&str] = &[
    "amazon_shipping",
    "aramex",
    "asendia",
    "colissimo",
    "dhl_ecommerce_americas",
    "dhl_freight",
    "dhl_poland",
    "dhl_universal",
    "dpd_belux",
    "dpd_group",
    "dsv",
    "mydhl",
    "ninja_van",
    "postnl",
    "sendcloud",
    "yunexpress",
];
/// By their documentation alone.
const DOCUMENTED: &[&str] =
    &["bpost", "chronopost", "dpd_france", "geodis", "laposte", "parcelone", "seko", "sf_express", "spring", "tnt", "yanwen"];
/// Without a published format: rows of time and words are read, and nothing is taken for theirs unasked.
const SPOKEN: &[&str] = &["hay_post", "hermes_de"];

fn ours() -> impl Iterator<Item = &'static str> {
    RECORDED.iter().chain(DOCUMENTED).chain(SPOKEN).copied()
}

/// Where the index expects otherwise than the payload says, and why the payload is believed.
const BELIEVE_THE_PAYLOAD: &[&str] = &[
    // The sample's step and its words contradict each other: the step is believed.
    "dhl_universal/karrio_tracking_response_json_h2.json",
    // Placeholders instead of a status: nothing says "delivered" but the receiver's name.
    "dhl_poland/karrio_tracking_response_xml.xml",
    // Only the summary says that it was delivered: it is told as a summary, beside the eleven events.
    "amazon_shipping/omniship_shipped_amazon.json",
    // "Back at the depot after an unsuccessful attempt" is not on its way to the door; and clocks with AM and PM were read as 24 hours.
    "dpd_belux/karrio_dpd_tracking_response.xml",
];

/// What a record expects and what was read, one line each for what differs.
fn differences(record: &Value, read: &Result<Parsed, Unreadable>) -> Vec<String> {
    let expected = &record["expected"];
    let file = record["file"].as_str().unwrap();
    let mut wrong = Vec::new();
    let empty = Parsed::default();
    let parsed = read.as_ref().unwrap_or(&empty);
    let told: Vec<&TrackingEvent> = parsed.events.iter().filter(|e| e.source == Source::Event).collect();
    let mut differs = |what: &str, wanted: String, got: String| {
        if wanted != got {
            wrong.push(format!("{file:<60} {what:<14} wanted {wanted:<30} got {got}"));
        }
    };
    let believed = BELIEVE_THE_PAYLOAD.contains(&file);
    if let Some(events) = expected["events"].as_u64() {
        differs("events", events.to_string(), told.len().to_string());
    }
    if expected["errors"].is_array() && expected["events"].as_u64().unwrap_or(0) == 0 {
        differs("error reply", "true".into(), matches!(read, Err(Unreadable::ErrorReply(_))).to_string());
        return wrong;
    }
    let Some(newest) = told.iter().rev().find(|e| e.moment.is_some()).or(told.last()) else { return wrong };
    if let Some(number) = expected["tracking_number"].as_str() {
        let numbers: BTreeSet<&str> = told.iter().map(|e| e.tracking_number.as_str()).collect();
        differs("number", "true".into(), numbers.contains(number).to_string());
    }
    if let Some(delivered) = expected["delivered"].as_bool().filter(|_| !believed) {
        differs("delivered", delivered.to_string(), parsed.events.iter().any(|e| e.state.is_delivered()).to_string());
    }
    let latest = &expected["latest_event"];
    if let Some(code) = latest["code"].as_str() {
        differs("newest code", code.into(), newest.carrier_code.clone().unwrap_or_default());
    }
    if let Some(day) = latest["date"].as_str().filter(|_| !believed) {
        let clock: String = latest["time"].as_str().unwrap_or("").chars().take(5).collect();
        differs("newest clock", format!("{day}T{clock}"), newest.moment.map_or_else(String::new, |m| m.local_time()[..16].into()));
    }
    if let Some(day) = expected["estimated_delivery"].as_str() {
        let ends: Vec<String> = parsed.estimates.iter().filter_map(|(_, w)| w.end.as_ref()?.get(..10).map(str::to_string)).collect();
        differs("estimate", day.into(), ends.join(","));
    }
    if let Some(codes) = expected["event_codes"].as_array() {
        let mut wanted: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
        let mut got: Vec<&str> = told.iter().filter_map(|e| e.carrier_code.as_deref()).collect();
        wanted.sort_unstable();
        got.sort_unstable();
        differs("codes", wanted.join(","), got.join(","));
    }
    wrong
}

#[test]
fn every_recorded_payload_says_what_the_index_expects() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for record in index(&folder) {
        let id = record["carrier"].as_str().unwrap();
        if !RECORDED.contains(&id) {
            continue;
        }
        let body = fs::read(folder.join(record["file"].as_str().unwrap())).unwrap();
        let parsed = read(id, &body, record["expected"]["tracking_number"].as_str());
        if std::env::var_os("SHOW").is_some() {
            println!("== {}\n{}", record["file"], printed(&read(id, &body, None)));
        }
        wrong.extend(differences(&record, &parsed));
        if let Ok(parsed) = &parsed {
            let dated: Vec<_> = parsed.events.iter().filter_map(TrackingEvent::at).collect();
            assert!(dated.is_sorted(), "{}\n{}", record["file"], conformance::timeline(&parsed.events));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_beginning_of_a_payload_panics_or_invents_a_delivery() {
    let shared = recorded().map(|folder| {
        let records =
            index(&folder).into_iter().map(|r| (r["carrier"].as_str().unwrap().to_string(), folder.join(r["file"].as_str().unwrap())));
        records.filter(|(id, _)| RECORDED.contains(&id.as_str())).collect::<Vec<_>>()
    });
    let own = ours().flat_map(|id| fixtures(id).into_iter().map(move |f| (id.to_string(), f)));
    for (id, file) in own.chain(shared.into_iter().flatten()) {
        let body = fs::read(&file).unwrap();
        let delivered = |body: &[u8]| -> BTreeSet<String> {
            let parsed = read(&id, body, None).unwrap_or_default();
            parsed.events.into_iter().filter(|e| e.state.is_delivered()).map(|e| e.tracking_number).collect()
        };
        let whole = delivered(&body);
        let step = (body.len() / 200).max(1);
        for end in (0..body.len()).step_by(step) {
            let beginning = delivered(&body[..end]);
            assert!(beginning.is_subset(&whole), "{} cut at {end}: {beginning:?}", file.display());
        }
    }
}

#[test]
fn our_payloads_are_detected_and_nobody_elses() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for record in index(&folder) {
        let (id, file) = (record["carrier"].as_str().unwrap(), record["file"].as_str().unwrap());
        let body = fs::read(folder.join(file)).unwrap();
        let found = detect(&Payload::of(&body)).carrier.map(|c| c.card().id);
        if RECORDED.contains(&id) && found != Some(id) {
            wrong.push(format!("{file}: taken for {found:?}"));
        }
        if !RECORDED.contains(&id) && found.is_some_and(|f| f != id && ours().any(|o| o == f)) {
            wrong.push(format!("{file}: {found:?} claims it"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn fixtures(id: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(id);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).unwrap_or_else(|_| panic!("no fixtures of {id}")).map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e != "txt"));
    files.sort();
    files
}

/// Fixtures written by us, each with its timeline beside it. `BLESS=1` writes the timelines anew, for a person to review.
#[test]
fn small_payloads_tell_their_stories() {
    let mut wrong = String::new();
    for id in ours() {
        let files = fixtures(id);
        assert!(!files.is_empty(), "no fixtures of {id}");
        for file in files {
            let body = fs::read(&file).unwrap();
            let (told, beside) = (printed(&read(id, &body, None)), file.with_extension("txt"));
            if std::env::var_os("BLESS").is_some() {
                fs::write(&beside, &told).unwrap();
            }
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            if told != expected {
                writeln!(wrong, "{}\nwanted\n{expected}got\n{told}", file.display()).unwrap();
            }
            let found = detect(&Payload::of(&body)).carrier.map(|c| c.card().id);
            // Rows in no published form name nobody.
            let is_nobodys = SPOKEN.contains(&id) || file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("nobodys_"));
            if found != (!is_nobodys).then_some(id) {
                writeln!(wrong, "{}: taken for {found:?}", file.display()).unwrap();
            }
            assert!(!told.contains("Hidden"), "{told}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What stands in other carriers' folders is not ours.
#[test]
fn the_payloads_of_other_carriers_are_left_to_them() {
    let mut wrong = String::new();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for folder in fs::read_dir(all).unwrap().map(|f| f.unwrap().path()).filter(|f| f.is_dir()) {
        let id = folder.file_name().unwrap().to_str().unwrap().to_string();
        // DHL Express keeps small copies of the shapes that have dialects of their own.
        if ours().any(|o| o == id) || id == "dhl_express" {
            continue;
        }
        for file in fixtures(&id) {
            let found = detect(&Payload::of(&fs::read(&file).unwrap())).carrier.map(|c| c.card().id);
            if found.is_some_and(|f| ours().any(|o| o == f)) {
                writeln!(wrong, "{}: {found:?} claims it", file.display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The values were computed elsewhere, over these very bytes.
#[test]
fn a_signed_webhook_is_told_from_a_forged_one() {
    let body = br#"{"action":"parcel_status_changed"}"#;
    let asked = |id: &str, name: &str, value: &str, body: &[u8]| {
        let headers = [(name.to_string(), value.to_string())];
        carrier(id).verify(&Payload { headers: &headers, ..Payload::of(body) }, "a-secret", jiff::Timestamp::UNIX_EPOCH)
    };
    for (id, name, value) in [
        ("sendcloud", "sendcloud-signature", "8140b75072c41fec5fe007a65e19c09d8c91d86683008a5d2b8c0a456730466f"),
        ("ninja_van", "x-ninjavan-hmac-sha256", "gUC3UHLEH+xf4AemXhnAnYyR2GaDAIpdK4wKRWcwRm8="),
    ] {
        assert_eq!(asked(id, name, value, body), Ok(()), "{id}");
        assert_eq!(asked(id, name, value, b"{}"), Err(BadSignature::Wrong), "{id}: other bytes");
        assert_eq!(asked(id, "x-other", value, body), Err(BadSignature::Missing), "{id}");
    }
}
