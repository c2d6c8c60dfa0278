//! Wire forms that belong to no carrier: X12 214, EDIFACT IFTSTA and CSV files, and the dialects of shops and aggregators
//! that have no recorded payloads: our own payloads, with the timeline beside each as a person reads it.

mod signatures;
mod time;

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use whereabouts_adapters::{
    Carrier, by_id,
    carrier::{ALL, Payload, Shape},
    conformance, detect, parse,
};

const OURS: [&str; 6] = ["x12_214", "iftsta", "csv", "trackingmore", "track123", "shopify"];

fn adapter(id: &str) -> &'static dyn Carrier {
    by_id(id).unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Our own payloads of one adapter, by file name.
fn payloads(id: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(fixtures().join(id)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e != "txt")).map(|p| (p.clone(), fs::read(p).unwrap())).collect()
}

fn told(id: &str, payload: &Payload) -> String {
    conformance::told(adapter(id), payload)
}

/// `BLESS=1` writes the timelines anew, for you to review.
#[test]
fn our_own_payloads_read_as_written_beside_them() {
    let mut wrong = String::new();
    for id in OURS {
        let payloads = payloads(id);
        assert!(payloads.len() >= 5, "only {} payloads of {id}", payloads.len());
        for (path, body) in payloads {
            let got = told(id, &Payload::of(&body));
            let beside = path.with_extension("txt");
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            if got != expected {
                writeln!(wrong, "{}\n--- expected\n{expected}--- got\n{got}", path.display()).unwrap();
                if std::env::var_os("BLESS").is_some() {
                    fs::write(&beside, &got).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn each_payload_is_detected_as_its_own_and_by_nobody_else() {
    let mut wrong = String::new();
    for id in OURS {
        for (path, body) in payloads(id) {
            let payload = Payload::of(&body);
            let shape = Shape::of(&payload);
            let claims: Vec<_> = ALL.iter().map(|c| (c.card().id, c.detect(&payload, &shape))).filter(|(_, sure)| *sure > 0).collect();
            let found = detect(&payload).carrier.map(|c| c.card().id);
            let is_another = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("another"));
            if found != Some(id).filter(|_| !is_another) {
                writeln!(wrong, "{} is taken for {found:?} by {claims:?}", path.display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A recorded payload belongs to the carrier or aggregator in whose folder it lies, even if it is EDI.
#[test]
fn no_recorded_payload_is_taken_from_its_own_carrier() {
    let shared =
        std::env::var_os("WHEREABOUTS_SHARED").map_or_else(|| fixtures().join("../../../../shared"), PathBuf::from).join("fixtures");
    let Ok(index) = fs::read(shared.join("INDEX.json")) else {
        eprintln!("skipped: no recorded payloads at {}", shared.display());
        return;
    };
    let mut wrong = String::new();
    for record in serde_json::from_slice::<serde_json::Value>(&index).unwrap().as_array().unwrap() {
        let (owner, file) = (record["carrier"].as_str().unwrap(), record["file"].as_str().unwrap());
        let body = fs::read(shared.join(file)).unwrap();
        let found = detect(&Payload::of(&body)).carrier.map(|c| c.card().id);
        if by_id(owner).is_some() && found.is_some_and(|id| OURS.contains(&id)) {
            writeln!(wrong, "{found:?} takes {file}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What the payloads hold about people must not come out again; a signatory is told on purpose.
#[test]
fn names_of_buyers_and_streets_never_reach_the_output() {
    for id in OURS {
        for (path, body) in payloads(id) {
            if let Ok(parsed) = parse(adapter(id), &Payload::of(&body)) {
                let printed = serde_json::to_string(&parsed.events).unwrap().to_lowercase();
                assert!(!printed.contains("private"), "{}", path.display());
            }
        }
    }
}

#[test]
fn no_beginning_of_a_payload_panics_or_invents_a_delivery() {
    for id in OURS {
        for (path, body) in payloads(id) {
            let delivered =
                |bytes: &[u8]| parse(adapter(id), &Payload::of(bytes)).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
            let whole = delivered(&body);
            for end in 0..body.len() {
                assert!(whole || !delivered(&body[..end]), "{} cut at {end} is delivered", path.display());
                let payload = Payload::of(&body[..end]);
                adapter(id).detect(&payload, &Shape::of(&payload));
            }
        }
    }
}
