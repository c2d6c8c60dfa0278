//! The six networks that carry most of the United Kingdom's parcels, each in at least 25 payloads of our own making: every
//! code of the carrier's list, every wire form. `fixtures/variants/ID.txt` holds them one after the other: `== name`, the
//! payload, `--`, and the timeline or refusal as a person reads it. `BLESS=1` writes the timelines anew, for a person to review.

use std::collections::BTreeSet;

use super::*;

const NETWORKS: [&str; 6] = ["royalmail", "evri", "dpd_uk", "inpost", "yodel", "dhl_ecommerce_uk"];

pub struct Variant {
    pub name: String,
    pub payload: String,
    expected: String,
}

fn file_of(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/variants").join(format!("{id}.txt"))
}

pub fn variants(id: &str) -> Vec<Variant> {
    let text = fs::read_to_string(file_of(id)).unwrap();
    let parts = text.split("== ").skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once('\n').unwrap();
            let (payload, expected) = rest.split_once("\n--\n").unwrap_or((rest, ""));
            Variant { name: name.trim().into(), payload: payload.trim().into(), expected: expected.trim_end().into() }
        })
        .collect()
}

fn told(id: &str, payload: &str) -> String {
    conformance::told(by_id(id), &Payload::of(payload.as_bytes())).trim_end().to_string()
}

#[test]
fn every_variant_reads_as_written_beside_it() {
    let mut wrong = String::new();
    for id in NETWORKS {
        let all = variants(id);
        assert!(all.len() >= 25, "{id} has only {} variants", all.len());
        assert_eq!(all.iter().map(|v| &v.name).collect::<BTreeSet<_>>().len(), all.len(), "{id} has two variants of one name");
        let mut page = String::new();
        for v in &all {
            let told = told(id, &v.payload);
            let _ = write!(page, "== {}\n{}\n--\n{told}\n\n", v.name, v.payload);
            if told != v.expected {
                let _ = writeln!(wrong, "{id}: {}\n--- told\n{told}\n--- expected\n{}", v.name, v.expected);
            }
        }
        if std::env::var_os("BLESS").is_some() {
            fs::write(file_of(id), page).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_code_of_the_carriers_list_stands_in_a_variant_and_means_what_the_list_says() {
    for id in NETWORKS {
        let carrier = by_id(id);
        let mut seen = BTreeSet::new();
        for v in variants(id) {
            for event in parse(carrier, &Payload::of(v.payload.as_bytes())).map(|p| p.events).unwrap_or_default() {
                seen.extend(event.carrier_code.map(|c| c.to_ascii_lowercase()));
            }
        }
        let missing: Vec<&str> = carrier.card().codes.iter().map(|c| c.code).filter(|c| !seen.contains(&c.to_ascii_lowercase())).collect();
        assert!(missing.is_empty(), "{id}: no variant has {missing:?}");
    }
}

#[test]
fn every_variant_is_detected_as_its_own_or_as_nobodys() {
    let mut wrong = String::new();
    for id in NETWORKS {
        for v in variants(id) {
            let found = detect(&Payload::of(v.payload.as_bytes())).carrier.map(|c| c.card().id);
            // Rows of a page, and a few error replies, carry no mark of the carrier.
            let unmarked = v.name.starts_with("page:") || v.name.starts_with("error:");
            if !(found == Some(id) || unmarked && found.is_none()) {
                let _ = writeln!(wrong, "{id}: {} is taken for {found:?}", v.name);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_variant_cut_off_or_with_a_value_of_the_wrong_kind_never_panics_nor_invents_a_delivery() {
    for id in NETWORKS {
        let carrier = by_id(id);
        let delivered = |body: &[u8]| parse(carrier, &Payload::of(body)).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
        for v in variants(id) {
            let body = v.payload.as_bytes();
            let whole = delivered(body);
            for end in (0..body.len()).step_by((body.len() / 60).max(1)) {
                assert!(whole || !delivered(&body[..end]), "{id}: {} cut at {end} was delivered", v.name);
            }
            let Ok(value) = serde_json::from_str::<Value>(&v.payload) else { continue };
            for mutant in mutants(&value).into_iter().step_by(5) {
                let _ = parse(carrier, &Payload::of(mutant.to_string().as_bytes()));
            }
        }
    }
}

/// The shared vocabularies were made by others from live scans: a coarse check that does not rest on our own table.
#[test]
fn the_codes_mean_coarsely_what_other_listeners_saw() {
    let Some(fixtures) = shared_fixtures() else { return };
    let mut wrong = String::new();
    for id in ["royalmail", "inpost"] {
        let path = fixtures.join(format!("_status_vocabulary/{id}_plhery.json"));
        let vocabulary: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for entry in vocabulary["entries"].as_array().unwrap() {
            let (Some(code), Some(stage)) = (entry["code"].as_str(), entry["stage"].as_str()) else { continue };
            let state = by_id(id).card().look_up(code).map(|c| c.state);
            let milestone = state.and_then(whereabouts_domain::State::milestone).map(|m| m.id());
            let fits = match stage {
                "registered" => milestone == Some("info_received"),
                "accepted" | "in_transit" => milestone == Some("in_transit"),
                "out_for_delivery" => milestone == Some("out_for_delivery"),
                "ready_for_pickup" => milestone == Some("available_for_pickup"),
                "delivered" => milestone == Some("delivered"),
                "failed_attempt" => matches!(milestone, Some("attempt_fail" | "exception")),
                "returned" | "exception" => milestone == Some("exception"),
                _ => true,
            };
            if !fits {
                let _ = writeln!(wrong, "{id} {code}: seen as {stage}, ours is {state:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
