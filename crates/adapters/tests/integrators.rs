//! UPS, FedEx, USPS and DHL Express against recorded payloads (from the shared folder, never committed), against every
//! beginning of each of them, and against small payloads of our own whose expectations are timelines.

mod recorded;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;
use whereabouts_adapters::{
    carrier::{Payload, Unreadable},
    conformance::{self, printed},
    detect,
    parse::Parsed,
    recognise::recognise,
    signature::{self, BadSignature},
};
use whereabouts_domain::{Source, TrackingEvent};

use recorded::{carrier, index, read, recorded};

const OURS: [&str; 4] = ["ups", "fedex", "usps", "dhl_express"];

/// Where the index counts otherwise than the payload does, and why the payload is believed.
const BELIEVE_THE_PAYLOAD: [(&str, usize); 3] = [
    // The source's reader drops the scan without an address.
    ("fedex/active_shipping_tracking_response.xml", 7),
    // Two results of one number, which continue each other; the source shows one of them.
    ("fedex/karrio_duplicate_tracking_response.json", 18),
    // An empty file.
    ("fedex/active_shipping_tracking_response2.xml", 0),
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
            wrong.push(format!("{file:<70} {what:<14} wanted {wanted:<30} got {got}"));
        }
    };
    let believed = BELIEVE_THE_PAYLOAD.iter().find(|(f, _)| *f == file).map(|(_, n)| *n as u64);
    let events = believed.or(expected["events_total"].as_u64()).or(expected["events"].as_u64());
    if let Some(events) = events {
        differs("events", events.to_string(), told.len().to_string());
    }
    let is_error = expected["errors"].is_array() && events.unwrap_or(0) == 0;
    if is_error {
        differs("error reply", "true".into(), matches!(read, Err(Unreadable::ErrorReply(_))).to_string());
    }
    let shipments = expected["shipments"].as_array().cloned().unwrap_or_else(|| vec![expected.clone()]);
    for shipment in &shipments {
        let Some(number) = shipment["tracking_number"].as_str().filter(|_| !told.is_empty()) else { continue };
        let own: Vec<&&TrackingEvent> = told.iter().filter(|e| e.tracking_number == number).collect();
        let Some(newest) = own.iter().rev().find(|e| e.moment.is_some()).or(own.last()) else {
            differs("number", number.into(), told[0].tracking_number.clone());
            continue;
        };
        if let Some(delivered) = shipment["delivered"].as_bool() {
            differs("delivered", delivered.to_string(), newest.state.is_delivered().to_string());
        }
        let latest = &shipment["latest_event"];
        if let Some(code) = latest["code"].as_str() {
            differs("newest code", code.into(), newest.carrier_code.clone().unwrap_or_default());
        }
        if let Some(day) = latest["date"].as_str() {
            let clock = latest["time"].as_str().unwrap_or("").split(' ').next().unwrap_or("").to_string();
            differs("newest clock", format!("{day}T{clock}"), newest.moment.map_or_else(String::new, |m| m.local_time()[..16].into()));
        }
        if let Some(signed) = shipment["signed_by"].as_str() {
            let names: Vec<String> = own.iter().filter_map(|e| e.signed_by.as_ref().map(|s| s.reveal().clone())).collect();
            let expects_name = believed.is_none();
            differs("signed by", signed.into(), if expects_name || !names.is_empty() { names.join(",") } else { signed.into() });
        }
        if let Some(place) = latest["location"].as_str().and_then(|p| p.split(&[',', '-'][..]).next()) {
            differs("newest place", place.trim().into(), newest.location.city.clone().unwrap_or_default());
        }
        if let Some(codes) = shipment["event_codes"].as_array().filter(|_| believed.is_none()) {
            let mut wanted: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
            let mut got: Vec<&str> = own.iter().filter_map(|e| e.carrier_code.as_deref()).collect();
            wanted.sort_unstable();
            got.sort_unstable();
            differs("codes", wanted.join(","), got.join(","));
        }
    }
    wrong
}

#[test]
fn every_recorded_payload_says_what_the_index_expects() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for record in index(&folder) {
        let id = record["carrier"].as_str().unwrap();
        if !OURS.contains(&id) {
            continue;
        }
        let body = std::fs::read(folder.join(record["file"].as_str().unwrap())).unwrap();
        let parsed = read(id, &body, record["expected"]["tracking_number"].as_str());
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
    let Some(folder) = recorded() else { return };
    for record in index(&folder) {
        let id = record["carrier"].as_str().unwrap();
        if !OURS.contains(&id) {
            continue;
        }
        let body = std::fs::read(folder.join(record["file"].as_str().unwrap())).unwrap();
        let delivered = |body: &[u8]| -> BTreeSet<String> {
            let parsed = read(id, body, None).unwrap_or_default();
            parsed.events.into_iter().filter(|e| e.state.is_delivered()).map(|e| e.tracking_number).collect()
        };
        let whole = delivered(&body);
        let step = (body.len() / 400).max(1);
        for end in (0..body.len()).step_by(step) {
            let beginning = delivered(&body[..end]);
            assert!(beginning.is_subset(&whole), "{} cut at {end}: {beginning:?}", record["file"]);
        }
    }
}

#[test]
fn our_payloads_are_detected_and_nobody_elses() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for record in index(&folder) {
        let (id, file) = (record["carrier"].as_str().unwrap(), record["file"].as_str().unwrap());
        let body = std::fs::read(folder.join(file)).unwrap();
        let payload = Payload::of(&body);
        let found = detect(&payload).carrier.map(|c| c.card().id);
        // An empty file is nobody's; UPS Mail Innovations speaks UPS's dialect.
        let is_exempt = body.trim_ascii().is_empty() || id == "ups_mail_innovations";
        if OURS.contains(&id) && found != Some(id) && !is_exempt {
            wrong.push(format!("{file}: taken for {found:?}"));
        }
        if !OURS.contains(&id) && found.is_some_and(|f| OURS.contains(&f)) && !is_exempt {
            wrong.push(format!("{file}: {found:?} claims it"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn numbers_with_a_fitting_checksum_are_recognised_and_others_are_not() {
    let Some(folder) = recorded() else { return };
    let mut wrong = Vec::new();
    for (courier, id) in [("ups", "ups"), ("fedex", "fedex"), ("usps", "usps"), ("dhl", "dhl_express")] {
        let path = folder.join(format!("_tracking_number_data/couriers/{courier}.json"));
        let data: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for format in data["tracking_numbers"].as_array().unwrap() {
            let name = format["name"].as_str().unwrap();
            if name.contains("E-Commerce") {
                continue;
            }
            let list = |kind: &str| format["test_numbers"][kind].as_array().cloned().unwrap_or_default();
            for number in list("valid").iter().filter_map(Value::as_str) {
                if !recognise(number).iter().any(|c| c.carrier == id) {
                    wrong.push(format!("{name}: {number} is not recognised"));
                }
            }
            for number in list("invalid").iter().filter_map(Value::as_str) {
                // Another format of the same carrier may still fit; a checksum that does not fit must not be called valid.
                if recognise(number).iter().any(|c| c.carrier == id && c.checksum && c.confidence > 90) {
                    wrong.push(format!("{name}: {number} is taken for valid"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Fixtures written by us, each with its timeline beside it. `BLESS=1` writes the timelines anew, for a person to review.
#[test]
fn other_generations_and_spellings_tell_the_same_stories() {
    let mut wrong = String::new();
    for id in OURS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(id);
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
        files.retain(|f| f.extension().is_some_and(|e| e != "txt"));
        files.sort();
        for file in files {
            let body = std::fs::read(&file).unwrap();
            let (told, beside) = (printed(&read(id, &body, None)), file.with_extension("txt"));
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&beside, &told).unwrap();
            }
            let expected = std::fs::read_to_string(&beside).unwrap_or_default();
            if told != expected {
                wrong += &format!("{}\nwanted\n{expected}got\n{told}\n", file.display());
            }
            // The MyDHL and the unified API have dialects of their own, and a list of errors is nobody's.
            let others = [
                ("mydhl.json", Some("mydhl")),
                ("mydhl_with_pieces.json", Some("mydhl")),
                ("unified.json", Some("dhl_universal")),
                ("page_not_found.json", None),
            ];
            let spoken =
                others.iter().find(|(name, _)| id == "dhl_express" && file.ends_with(name)).map_or(Some(id), |(_, dialect)| *dialect);
            let found = detect(&Payload::of(&body)).carrier.map(|c| c.card().id);
            assert_eq!(found, spoken, "{}", file.display());
            assert!(!told.contains("Hidden") && !told.contains("Must Not"), "{told}");
            for end in (0..body.len()).step_by((body.len() / 300).max(1)) {
                let _ = read(id, &body[..end], None);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_webhook_that_nobody_signed_is_refused() {
    let body = br#"{"trackingNumber":"1Z00000000000000D1"}"#;
    let signed = |id: &str, headers: &[(&str, &str)]| {
        let headers: Vec<(String, String)> = headers.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        carrier(id).verify(&Payload { headers: &headers, ..Payload::of(body) }, "secret", jiff::Timestamp::UNIX_EPOCH)
    };
    let mac = signature::hmac_sha256(b"secret", &[body]);
    assert_eq!(signed("ups", &[("credential", "secret")]), Ok(()));
    assert_eq!(signed("ups", &[("credential", "Secret")]), Err(BadSignature::Wrong));
    assert_eq!(signed("ups", &[]), Err(BadSignature::Missing));
    assert_eq!(signed("fedex", &[("fdx-signature", &signature::hex(&mac))]), Ok(()));
    assert_eq!(signed("fedex", &[("fdx-signature", &signature::base64(&mac))]), Ok(()));
    assert_eq!(signed("fedex", &[("fdx-signature", "00")]), Err(BadSignature::Wrong));
    assert_eq!(signed("usps", &[]), Err(BadSignature::NotOffered));
}

/// Bytes changed at random (but always the same ones): nothing panics, whichever of the four is asked.
#[test]
fn a_garbled_payload_never_panics() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files: Vec<PathBuf> =
        OURS.iter().flat_map(|id| std::fs::read_dir(folder.join(id)).unwrap().map(|f| f.unwrap().path())).collect();
    files.sort();
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides.max(1)
    };
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        for _ in 0..60 {
            let mut body = whole.clone();
            for _ in 0..1 + roll(4) {
                let (at, with) = (roll(body.len()), "0129:-+/TZ é,.'\"{}[]<>".as_bytes());
                let end = (at + roll(3)).min(body.len());
                body.splice(at.min(end)..end, [with[roll(with.len())]]);
            }
            for id in OURS {
                let _ = read(id, &body, None);
            }
            let _ = detect(&Payload::of(&body));
        }
    }
    for number in ["", "é", "1Zé", "420", "JD", "JJD", "J", "éUS", "ABCDEFGHIJKUS", "1Z99999999999999é9", "00000000000000000000"] {
        let _ = recognise(number);
    }
}
