//! DHL Paket, GLS, `EasyPost`, `AfterShip` and 17TRACK, against recorded payloads (never committed, read from the shared
//! folder when it is there) and against small ones of our own.

use std::{fmt::Write, fs, path::PathBuf};

use serde_json::Value;
use whereabouts_adapters::{
    Carrier, by_id,
    carrier::{Payload, Shape, Unreadable},
    conformance,
    json::Walk,
    parse, phrase,
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

fn told(id: &str, body: &str) -> String {
    conformance::told(adapter(id), &Payload::of(body.as_bytes()))
}

/// What the index expects, where it can be compared; suspect expectations are not (the payload is believed).
fn compare(record: &Value, body: &[u8], wrong: &mut String) {
    let (id, file) = (record.text("carrier").unwrap(), record.text("file").unwrap());
    let expected = record.at("expected").unwrap();
    let mut fail = |what: &str, got: String, wanted: String| {
        if got != wanted {
            writeln!(wrong, "{file:<60} {what:<10} {got:<30} wanted {wanted}").unwrap();
        }
    };
    let parsed = match parse(adapter(&id), &Payload::of(body)) {
        Err(Unreadable::ErrorReply(_)) => return fail("kind", "error".into(), if is_error(expected) { "error" } else { "events" }.into()),
        Err(Unreadable::NotUnderstood(why)) => return fail("kind", why, "understood".into()),
        Ok(parsed) => parsed,
    };
    let first = parsed.events.first().map(|e| e.tracking_number.clone());
    let own: Vec<&TrackingEvent> =
        parsed.events.iter().filter(|e| e.source == Source::Event && Some(&e.tracking_number) == first.as_ref()).collect();
    let is_suspect = record.text("suspect_expectation").is_some();
    if let Some(number) = expected.text("tracking_number").filter(|_| !own.is_empty()) {
        fail("number", first.unwrap_or_default(), number);
    }
    if !is_suspect {
        fail("events", own.len().to_string(), expected.number("events").unwrap_or_default().to_string());
        if let Some(delivered) = expected.text("delivered") {
            fail("delivered", own.iter().any(|e| e.state.is_delivered()).to_string(), delivered);
        }
    }
    let Some(newest) = own.last() else { return };
    if let Some(code) = expected.text("latest_event.code") {
        fail("code", newest.carrier_code.clone().unwrap_or_default(), code);
    }
    if let Some(date) = expected.text("latest_event.date").filter(|_| !is_suspect) {
        let clock = newest.moment.unwrap().local_time();
        fail("day", clock[..10].into(), date);
        if let Some(time) = expected.text("latest_event.time").filter(|t| t.len() == 5) {
            fail("clock", clock[11..16].into(), time);
        }
    }
    if let Some(name) = expected.text("signed_by") {
        let signed = parsed.events.iter().find_map(|e| e.signed_by.as_ref()).map(|s| s.reveal().clone());
        fail("signed by", signed.unwrap_or_default(), name);
    }
    let in_order = own.windows(2).all(|two| two[0].at() <= two[1].at());
    fail("order", in_order.to_string(), "true".into());
}

fn is_error(expected: &Value) -> bool {
    expected.at("errors").is_some() || expected.text("latest_status").is_some_and(|s| s == "error")
}

#[test]
fn every_recorded_payload_reads_as_its_index_says() {
    let Some(folder) = shared() else { return };
    let mut wrong = String::new();
    let mut count = 0;
    for record in records(&folder).iter().filter(|r| OURS.contains(&r.text("carrier").unwrap_or_default().as_str())) {
        let body = fs::read(folder.join("fixtures").join(record.text("file").unwrap())).unwrap();
        compare(record, &body, &mut wrong);
        count += 1;
    }
    assert!(count >= 35, "only {count} records");
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn no_adapter_claims_a_foreign_payload_and_each_knows_its_own() {
    let Some(folder) = shared() else { return };
    let mut wrong = String::new();
    for record in records(&folder) {
        let (owner, file) = (record.text("carrier").unwrap(), record.text("file").unwrap());
        let body = fs::read(folder.join("fixtures").join(&file)).unwrap();
        let payload = Payload::of(&body);
        let shape = Shape::of(&payload);
        for id in OURS {
            let sure = adapter(id).detect(&payload, &shape);
            if id != owner && sure > 0 {
                writeln!(wrong, "{id} claims {file} with {sure}").unwrap();
            }
            // A web page and a bare list of errors could be anybody's.
            let anybodys = file.contains("html_error") || file.contains("gls_group_error");
            if id == owner && sure < 80 && !anybodys {
                writeln!(wrong, "{id} is not sure of {file}: {sure}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_payload_cut_short_never_panics_and_never_invents_a_delivery() {
    let Some(folder) = shared() else { return };
    for record in records(&folder).iter().filter(|r| OURS.contains(&r.text("carrier").unwrap_or_default().as_str())) {
        let (id, file) = (record.text("carrier").unwrap(), record.text("file").unwrap());
        let body = fs::read(folder.join("fixtures").join(&file)).unwrap();
        let delivered =
            |bytes: &[u8]| parse(adapter(&id), &Payload::of(bytes)).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
        let whole = delivered(&body);
        for end in (0..body.len()).step_by(if body.len() > 4000 { 37 } else { 7 }) {
            let cut = &body[..end];
            assert!(whole || !delivered(cut), "{file} cut at {end} is delivered");
            let payload = Payload::of(cut);
            let shape = Shape::of(&payload);
            let _ = OURS.map(|other| (adapter(other).detect(&payload, &shape), adapter(other).read(&payload).is_ok()));
        }
    }
}

#[test]
fn numbers_are_recognised_by_their_checksum() {
    let table = [
        ("00340434162530583962", "dhl_parcel_de 92 true"),
        ("00340434162530583961", ""),
        ("604831862623", "gls 55 true"),
        ("36301917596", "gls 20 false"),
        ("EZ1000000001", "easypost 95 false"),
    ];
    for (number, expected) in table {
        let ours = recognise(number).into_iter().find(|c| OURS.contains(&c.carrier));
        let got = ours.map(|c| format!("{} {} {}", c.carrier, c.confidence, c.checksum)).unwrap_or_default();
        assert_eq!(got, expected, "{number}");
    }
}

#[test]
fn other_couriers_numbers_are_never_ours_with_confidence() {
    let Some(folder) = shared() else { return };
    for entry in fs::read_dir(folder.join("fixtures/_tracking_number_data/couriers")).unwrap() {
        let courier: Value = serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        for kind in courier.items("tracking_numbers") {
            for number in kind.items_of("test_numbers.valid").iter().chain(&kind.items_of("test_numbers.invalid")) {
                let sure = recognise(number).into_iter().filter(|c| OURS.contains(&c.carrier)).map(|c| c.confidence).max().unwrap_or(0);
                assert!(sure <= 60, "{number} of {} taken for ours: {sure}", courier.text("name").unwrap());
            }
        }
    }
}

trait Texts {
    fn items_of(&self, path: &str) -> Vec<String>;
}

impl Texts for Value {
    fn items_of(&self, path: &str) -> Vec<String> {
        self.at(path).and_then(Value::as_array).map(|l| l.iter().filter_map(|v| v.text("")).collect()).unwrap_or_default()
    }
}

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect()
}

fn verdict(id: &str, body: &[u8], told: &[(&str, &str)], secret: &str, now: &str) -> String {
    let headers = headers(told);
    let payload = Payload { body, headers: &headers, ..Payload::default() };
    adapter(id).verify(&payload, secret, now.parse().unwrap()).map_or_else(|e| e.to_string(), |()| "good".into())
}

const NOW: &str = "2026-03-02T10:00:00Z";

#[test]
fn easypost_signs_with_a_normalised_secret() {
    let Some(folder) = shared() else { return };
    let body = fs::read(folder.join("fixtures/easypost/client_fixture_tracker_updated.json")).unwrap();
    let signature = "hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db";
    assert_eq!(verdict("easypost", &body, &[("x-hmac-signature", signature)], "sécret", NOW), "good");
    assert_eq!(verdict("easypost", &body, &[("x-hmac-signature", signature)], "secret", NOW), "the signature does not fit the body");
    assert_eq!(verdict("easypost", &body, &[], "sécret", NOW), "the signature is missing");
    assert_eq!(
        verdict("easypost", &body[..body.len() - 1], &[("x-hmac-signature", signature)], "sécret", NOW),
        "the signature does not fit the body"
    );
}

#[test]
fn easypost_v2_signs_time_and_path_and_wins_over_the_legacy_one() {
    use whereabouts_adapters::signature::{hex, hmac_sha256};
    let (body, stamp, path) = (b"{}".as_slice(), "Mon, 02 Mar 2026 09:59:00 +0000", "/hooks/abc");
    let signature = hex(&hmac_sha256(b"k", &[stamp.as_bytes(), b"POST", path.as_bytes(), body]));
    let told = [("x-hmac-signature-v2", signature.as_str()), ("x-timestamp", stamp), ("x-path", path)];
    assert_eq!(verdict("easypost", body, &told, "k", NOW), "good");
    assert_eq!(verdict("easypost", body, &told, "k", "2026-03-02T10:30:00Z"), "the signed time is too far from now");
    assert_eq!(verdict("easypost", body, &told[..2], "k", NOW), "the signature is missing");
    let legacy = format!("hmac-sha256-hex={}", hex(&hmac_sha256(b"k", &[body])));
    let both = [("x-hmac-signature-v2", "00"), ("x-timestamp", stamp), ("x-path", path), ("x-hmac-signature", legacy.as_str())];
    assert_eq!(verdict("easypost", body, &both, "k", NOW), "the signature does not fit the body");
    assert_eq!(verdict("easypost", body, &both[3..], "k", NOW), "good");
}

#[test]
fn aftership_and_17track_sign_the_raw_body() {
    // echo -n '{"event":"tracking_update"}' | openssl dgst -sha256 -hmac topsecret -binary | base64
    let body = br#"{"event":"tracking_update"}"#;
    let right = "FSvInbuc56UDaCQkXc4nVIEtINlSdLW0o1Zq/+TcsO8=";
    assert_eq!(verdict("aftership", body, &[("aftership-hmac-sha256", right)], "topsecret", NOW), "good");
    assert_eq!(verdict("aftership", body, &[("am-webhook-signature", &format!("hmac-sha256={right}"))], "topsecret", NOW), "good");
    assert_eq!(
        verdict("aftership", body, &[("aftership-hmac-sha256", &right.to_lowercase())], "topsecret", NOW),
        "the signature does not fit the body"
    );
    // echo -n '{"event":"TRACKING_UPDATED"}/KEY' | sha256sum
    let body = br#"{"event":"TRACKING_UPDATED"}"#;
    let right = "68a7ac99df71d5d85a5e8be3ecba4eb64834ac9b0e6d7fc89c1f45f982c8019a";
    assert_eq!(verdict("seventeentrack", body, &[("sign", right)], "KEY", NOW), "good");
    assert_eq!(verdict("seventeentrack", body, &[("sign", right)], "KEY2", NOW), "the signature does not fit the body");
    assert_eq!(verdict("seventeentrack", body, &[], "KEY", NOW), "the signature is missing");
}

/// Our own payloads: `fixtures/<carrier>/<name>.json|xml` and beside it the timeline as a person reads it. `BLESS=1` writes them anew.
#[test]
fn our_own_payloads_read_as_written_beside_them() {
    let mut count = 0;
    let mut wrong = String::new();
    for id in OURS {
        for entry in fs::read_dir(format!("{}/fixtures/{id}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "txt") {
                continue;
            }
            count += 1;
            let got = told(id, &fs::read_to_string(&path).unwrap());
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
    assert!(count >= 20, "only {count} of our own payloads");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Every value of our own JSON payloads in turn becomes something that nobody expects there.
#[test]
fn a_value_of_the_wrong_kind_never_panics() {
    let odd: [Value; 6] = [Value::Null, 7.into(), "".into(), "/Date(é)/".into(), serde_json::json!([["x"]]), serde_json::json!({"a": {}})];
    for id in OURS {
        for entry in fs::read_dir(format!("{}/fixtures/{id}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let path = entry.unwrap().path();
            let Ok(whole) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else { continue };
            let mut places = Vec::new();
            pointers(&whole, String::new(), &mut places);
            for place in places {
                for strange in &odd {
                    let mut body = whole.clone();
                    *body.pointer_mut(&place).unwrap() = strange.clone();
                    let bytes = serde_json::to_vec(&body).unwrap();
                    let payload = Payload::of(&bytes);
                    let _ =
                        OURS.map(|other| (parse(adapter(other), &payload).is_ok(), adapter(other).detect(&payload, &Shape::of(&payload))));
                }
            }
        }
    }
}

fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| pointers(inner, format!("{here}/{}", key.replace('/', "~1")), found)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, inner)| pointers(inner, format!("{here}/{i}"), found)),
        _ => {}
    }
    found.push(here);
}

/// `fixtures/words.txt`: state, reason and the carrier's sentence; `-` where the words tell nothing.
#[test]
fn carriers_sentences_are_understood_as_a_shopper_would() {
    let mut wrong = String::new();
    for line in include_str!("../fixtures/words.txt").lines() {
        let (expected, sentence) = line.split_once('\t').unwrap();
        let got = phrase::understand(sentence, &[]).map(|(s, r)| format!("{} {}", s.id(), r.map_or("", |r| r.id())));
        let got = got.unwrap_or("-".into());
        if got.trim() != expected {
            writeln!(wrong, "{sentence:<60} {got} wanted {expected}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_is_nobodys_is_not_understood_and_never_a_panic() {
    let bodies =
        ["", "null", "[]", "{}", "42", "\"x\"", "<a/>", "<data/>", "[[[]]]", "{\"parcels\":{}}", "{\"data\":null}", "{\"result\":[]}"];
    for id in OURS {
        for body in bodies {
            let payload = Payload::of(body.as_bytes());
            let _ = parse(adapter(id), &payload).map(|p| assert!(p.events.is_empty()));
            assert!(adapter(id).detect(&payload, &Shape::of(&payload)) < 50, "{id} claims {body}");
        }
    }
}

#[test]
fn names_of_buyers_and_streets_never_reach_the_output() {
    let body =
        fs::read_to_string(format!("{}/fixtures/aftership/webhook_neighbour_after_carded.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let parsed = parse(adapter("aftership"), &Payload::of(body.as_bytes())).unwrap();
    let printed = serde_json::to_string(&parsed.events).unwrap();
    assert!(printed.contains("SMITH"), "the signatory is told");
    for private in ["Private Person", "private@example.com", "+44"] {
        assert!(!printed.contains(private), "{private}");
    }
}

#[test]
fn the_zone_that_the_caller_knows_beats_the_carriers_own() {
    let body = r#"<data name="piece-shipment-list" code="0"><data name="piece-shipment" piece-code="1" error-status="0">
        <data name="piece-event" event-timestamp="17.03.2026 11:44" event-text="x" standard-event-code="AA"/></data></data>"#;
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let payload = Payload { zone: Some(&zone), ..Payload::of(body.as_bytes()) };
    let parsed = parse(adapter("dhl_parcel_de"), &payload).unwrap();
    assert_eq!(parsed.events[0].moment.unwrap().rfc3339(), "2026-03-17T11:44:00+09:00");
    assert_eq!(parsed.events[0].state, State::InTransit);
}
