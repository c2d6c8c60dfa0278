//! The carriers of the Americas and Oceania against recorded payloads (from the shared folder, never committed), and
//! against small payloads of our own whose expectations are timelines.

mod clothes;
#[path = "../recorded/mod.rs"]
mod recorded;
mod signed;

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use whereabouts_adapters::{
    carrier::{Payload, Unreadable},
    conformance::printed,
    detect,
    json::Walk,
    parse::Parsed,
    recognise::recognise,
};
use whereabouts_domain::{Source, TrackingEvent};

use recorded::{carrier, index, read, recorded};

const OURS: &[&str] = &[
    "allied_express",
    "asendia_us",
    "australiapost",
    "boxknight",
    "canadapost",
    "canpar",
    "dhl_global_mail",
    "dicom",
    "easyship",
    "eshipper",
    "ics_courier",
    "landmark",
    "locate2u",
    "morneau",
    "nationex",
    "newgistics",
    "pitney_bowes",
    "purolator",
    "roadie",
    "sendle",
    "shipengine",
    "shippo",
    "smartkargo",
    "stamps_com",
    "teleship",
    "ups_mail_innovations",
    "veho",
    "zoom2u",
];

/// Where the index contradicts the payload, and why the payload is believed: file, what differs.
const BELIEVE_THE_PAYLOAD: &[(&str, &str)] = &[
    // It holds a delivery, and two signatures.
    ("canadapost/karrio_tracking_response_xml.xml", "delivered"),
    ("canadapost/karrio_tracking_response_xml.xml", "signed by"),
    // Nineteen messages about sixteen parcels: the newest is not of the first.
    ("canadapost/omniparser_edi214.edi", "number"),
    // One scan, told twice.
    ("purolator/karrio_tracking_response_xml.xml", "events"),
    ("purolator/karrio_tracking_response_xml.xml", "codes"),
    // The second of the list is dated years after the last.
    ("sendle/karrio_tracking_response_json.json", "newest code"),
    ("sendle/karrio_tracking_response_json.json", "newest day"),
    ("sendle/karrio_tracking_response_json.json", "newest words"),
    // A status has no code; what stands there is the barcode. Without words there are none to be told.
    ("allied_express/karrio_delivered_tracking_response.json", "newest code"),
    ("allied_express/karrio_delivered_tracking_response.json", "codes"),
    ("allied_express/karrio_tracking_response.json", "newest code"),
    ("allied_express/karrio_tracking_response.json", "newest words"),
    ("allied_express/karrio_tracking_response.json", "codes"),
    // The code is DL; status and detail are both words.
    ("dicom/karrio_tracking_response_json.json", "newest code"),
    ("dicom/karrio_tracking_response_json.json", "newest words"),
    ("dicom/karrio_tracking_response_json.json", "codes"),
    // What is called a code there is the number of the leg.
    ("easyship/karrio_tracking_response.json", "newest code"),
    ("easyship/karrio_tracking_response.json", "codes"),
    // The list is told oldest first.
    ("morneau/karrio_tracking_response.json", "newest code"),
    ("morneau/karrio_tracking_response.json", "newest day"),
    ("morneau/karrio_tracking_response.json", "newest words"),
    // A failed delivery stands in the parcel's own history.
    ("nationex/karrio_tracking_response.json", "events"),
    ("nationex/karrio_tracking_response.json", "newest code"),
    ("nationex/karrio_tracking_response.json", "newest day"),
    ("nationex/karrio_tracking_response.json", "newest words"),
    ("nationex/karrio_tracking_response.json", "codes"),
    // The second event is the delivery.
    ("roadie/karrio_tracking_response.json", "delivered"),
    ("roadie/karrio_tracking_response.json", "newest code"),
    ("roadie/karrio_tracking_response.json", "newest words"),
    // "Package delivered".
    ("shipengine/karrio_tracking_response.json", "delivered"),
    // The list is told oldest first.
    ("teleship/karrio_tracking_response.json", "newest code"),
    ("teleship/karrio_tracking_response.json", "newest day"),
    ("teleship/karrio_tracking_response.json", "newest words"),
    ("teleship/karrio_tracking_response_h2.json", "newest code"),
    ("teleship/karrio_tracking_response_h2.json", "newest day"),
    ("teleship/karrio_tracking_response_h2.json", "newest words"),
];

/// What a record expects and what was read, one line each for what differs.
fn differences(record: &Value, told: &Result<Parsed, Unreadable>) -> Vec<String> {
    let expected = &record["expected"];
    let file = record["file"].as_str().unwrap();
    let mut wrong = Vec::new();
    let empty = Parsed::default();
    let parsed = told.as_ref().unwrap_or(&empty);
    let events: Vec<&TrackingEvent> = parsed.events.iter().filter(|e| e.source == Source::Event).collect();
    let mut differs = |what: &str, wanted: String, got: String| {
        if wanted != got && !BELIEVE_THE_PAYLOAD.contains(&(file, what)) {
            wrong.push(format!("{file:<66} {what:<12} wanted {wanted:<30} got {got}"));
        }
    };
    if expected["errors"].is_array() && expected["events"].as_u64().unwrap_or(0) == 0 {
        differs("error reply", "true".into(), matches!(told, Err(Unreadable::ErrorReply(_))).to_string());
        return wrong;
    }
    if let Some(count) = expected["events"].as_u64() {
        differs("events", count.to_string(), events.len().to_string());
    }
    let Some(newest) = events.iter().rev().find(|e| e.moment.is_some()).or(events.last()) else { return wrong };
    if let Some(number) = expected.text("tracking_number") {
        let of_request = expected.text("tracking_number_from").is_some();
        differs("number", number, if of_request { events[0].tracking_number.clone() } else { newest.tracking_number.clone() });
    }
    if let Some(delivered) = expected["delivered"].as_bool() {
        differs("delivered", delivered.to_string(), parsed.events.iter().any(|e| e.state.is_delivered()).to_string());
    }
    let latest = &expected["latest_event"];
    if let Some(code) = latest.text("code") {
        differs("newest code", code, newest.carrier_code.clone().unwrap_or_default());
    }
    if let Some(day) = latest.text("date").filter(|d| d.len() == 10 && !d.starts_with('_')) {
        differs("newest day", day, newest.moment.map_or_else(String::new, |m| m.local_time()[..10].into()));
    }
    if let Some(words) = latest.text("description") {
        differs("newest words", words, newest.description.clone());
    }
    if let Some(codes) = expected["event_codes"].as_array() {
        let mut wanted: Vec<String> = codes.iter().map(|c| c.as_str().unwrap_or_default().to_string()).collect();
        let mut got: Vec<String> = events.iter().map(|e| e.carrier_code.clone().unwrap_or_default()).collect();
        wanted.sort();
        got.sort();
        differs("codes", wanted.join(","), got.join(","));
    }
    if let Some(name) = expected.text("signed_by") {
        let signed: Vec<String> = events.iter().filter_map(|e| e.signed_by.as_ref().map(|s| s.reveal().clone())).collect();
        differs("signed by", name, signed.join(","));
    }
    wrong
}

#[test]
fn every_recorded_payload_says_what_the_index_expects() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for record in index(&folder).iter().filter(|r| OURS.contains(&r["carrier"].as_str().unwrap())) {
        let body = fs::read(folder.join(record["file"].as_str().unwrap())).unwrap();
        let number = record["expected"]["tracking_number"].as_str().filter(|_| record["expected"]["tracking_number_from"].is_string());
        let told = read(record["carrier"].as_str().unwrap(), &body, number);
        if std::env::var_os("SHOW").is_some() {
            eprintln!("== {}\n{}", record["file"], printed(&told));
        }
        wrong.extend(differences(record, &told));
        if let Ok(parsed) = &told {
            let dated: Vec<_> = parsed.events.iter().filter_map(TrackingEvent::at).collect();
            assert!(dated.is_sorted(), "{}\n{}", record["file"], printed(&told));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Files that name nobody: any API could have answered so.
const NOBODYS: &[&str] =
    &["dicom/karrio_error_response_json.json", "smartkargo/karrio_error_response.json", "veho/karrio_error_response.json"];

#[test]
fn our_payloads_are_detected_and_nobody_elses() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for record in index(&folder) {
        let (id, file) = (record["carrier"].as_str().unwrap(), record["file"].as_str().unwrap());
        let body = fs::read(folder.join(file)).unwrap();
        let found = detect(&Payload::of(&body)).carrier.map(|c| c.card().id);
        // Mail Innovations answers as UPS does.
        let told_as = if id == "ups_mail_innovations" { "ups" } else { id };
        if OURS.contains(&id) && found != Some(told_as).filter(|_| !NOBODYS.contains(&file)) {
            wrong.push(format!("{file}: taken for {found:?}"));
        }
        if !OURS.contains(&id) && found.is_some_and(|f| OURS.contains(&f)) {
            wrong.push(format!("{file}: {found:?} claims it"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Every payload of our own, of every carrier: (carrier, file).
fn own_payloads() -> Vec<(String, PathBuf)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = Vec::new();
    for folder in fs::read_dir(fixtures).unwrap().map(|f| f.unwrap().path()).filter(|f| f.is_dir()) {
        let id = folder.file_name().unwrap().to_str().unwrap().to_string();
        let files = fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path());
        found.extend(files.filter(|f| f.extension().is_some_and(|e| !["txt", "md"].iter().any(|x| e == *x))).map(|f| (id.clone(), f)));
    }
    found.sort();
    found
}

#[test]
fn payloads_of_our_own_are_told_apart() {
    let mut wrong = Vec::new();
    for (id, file) in own_payloads() {
        let name = file.file_name().unwrap().to_str().unwrap().to_string();
        let found = detect(&Payload::of(&fs::read(&file).unwrap())).carrier.map(|c| c.card().id);
        let is_ours = OURS.contains(&id.as_str());
        // Rows of time and words, and Newgistics in Pitney Bowes's words, name nobody.
        let is_nobodys = name.starts_with("nobodys_");
        if (is_ours && found != Some(id.as_str()).filter(|_| !is_nobodys)) || (!is_ours && found.is_some_and(|f| OURS.contains(&f))) {
            wrong.push(format!("{id}/{name}: taken for {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Fixtures written by us, each with its timeline beside it. `BLESS=1` writes the timelines anew, for a person to review.
#[test]
fn other_forms_and_spellings_tell_their_stories() {
    let mut wrong = String::new();
    for (id, file) in own_payloads().into_iter().filter(|(id, _)| OURS.contains(&id.as_str())) {
        let body = fs::read(&file).unwrap();
        let (told, beside) = (printed(&read(&id, &body, None)), file.with_extension("txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &told).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if told != expected {
            writeln!(wrong, "{}\nwanted\n{expected}got\n{told}", file.display()).unwrap();
        }
        let whole = read(&id, &body, None).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
        for end in (0..body.len()).step_by((body.len() / 200).max(1)) {
            let beginning = read(&id, &body[..end], None).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
            assert!(whole || !beginning, "{} cut at {end}", file.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn numbers_with_a_fitting_checksum_are_recognised_and_others_are_not() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for id in ["canadapost", "purolator", "landmark", "canpar"].into_iter().filter(|id| OURS.contains(id)) {
        let path = folder.join(format!("_tracking_number_data/couriers/{id}.json"));
        let data: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        for format in data["tracking_numbers"].as_array().unwrap() {
            let list = |kind: &str| format["test_numbers"][kind].as_array().cloned().unwrap_or_default();
            let is_own = |number: &str| recognise(number).iter().any(|c| c.carrier == id);
            let all = format["test_numbers"]["invalid"].as_array().into_iter().flatten();
            let of_another = |n: &str| {
                data["tracking_numbers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|f| f["test_numbers"]["valid"].as_array().is_some_and(|v| v.iter().any(|x| x == n)))
            };
            wrong.extend(
                list("valid").iter().filter_map(Value::as_str).filter(|n| !is_own(n)).map(|n| format!("{id}: {n} is not recognised")),
            );
            wrong.extend(
                all.filter_map(Value::as_str).filter(|n| is_own(n) && !of_another(n)).map(|n| format!("{id}: {n} is taken for valid")),
            );
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
