//! Scans are posted, and acknowledged, while the server is killed.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hmac::{KeyInit, Mac};
use serde_json::{Value, json};

use crate::house::{Chance, Client, Server, init};

/// Scans that are posted for each time the server is killed.
const SCANS_PER_KILL: usize = 250;
const SCANS_PER_SHIPMENT: usize = 25;
/// How many carriers post at the same time.
const POSTERS: usize = 8;
/// The server lives this long between two kills: from, to.
const LIFE_MS: (u64, u64) = (100, 1_600);
/// In the long run also lives in which the server comes to rest.
const LONG_LIFE_MS: (u64, u64) = (100, 3_000);
/// More kills than this are a long run.
const SLICE_KILLS: usize = 20;
const SECRET: &str = "a secret for the carrier's signature";

pub fn storm(database: &str, kills: usize) {
    let folder = tempfile::tempdir().unwrap();
    let made = init(database, folder.path());
    let mut server = Server::start(database, folder.path());
    let client = Client::of(&server, &made);
    let shipments = register(&client, kills * SCANS_PER_KILL / SCANS_PER_SHIPMENT);
    let asked = json!({ "secret": SECRET });
    let (status, answer) = client.call("PUT", "/api/v1/hook-secrets/easypost", &asked);
    assert!((200..300).contains(&status), "{status} {answer}");

    let ledger = post_while_killing(&mut server, &client, made["hook_url"].as_str().unwrap(), &shipments, kills);

    let (status, answer) = client.call("POST", "/api/v1/sandbox/clock", &json!({ "advance_ms": 0 }));
    assert_eq!(status, 200, "{answer}");
    every_scan_once(&client, &shipments, &ledger);
    every_shopper_once(&client, &shipments);
    assert_eq!(client.call("GET", "/api/v1/quarantine", &Value::Null).1["data"], json!([]));
    assert_eq!(client.call("GET", "/api/v1/unmatched", &Value::Null).1["data"], json!([]));
}

/// A registered shipment: number and id.
struct Shipment {
    number: String,
    id: String,
}

fn register(client: &Client, count: usize) -> Vec<Shipment> {
    let mut shipments = Vec::with_capacity(count);
    for from in (0..count).step_by(100) {
        let asked: Vec<Value> = (from..count.min(from + 100))
            .map(|i| {
                json!({ "order_number": format!("K-{i}"), "tracking_number": format!("JD{i:016}"), "carrier": carrier(i),
                    "recipient": { "first_name": "Kim", "last_name": "Doe", "email": format!("kim{i}@example.com") },
                    "destination": { "kind": "home", "postcode": "LS1 4AP", "country": "GB" } })
            })
            .collect();
        let (status, answer) = client.call("POST", "/api/v1/shipments", &json!({ "shipments": asked }));
        assert_eq!(status, 200, "{answer}");
        for result in answer["results"].as_array().unwrap() {
            assert_eq!(result["status"], 201, "{result}");
            let text = |field: &str| result["shipment"][field].as_str().unwrap().to_string();
            shipments.push(Shipment { number: text("tracking_number"), id: text("id") });
        }
    }
    shipments
}

/// Every other shipment's carrier signs what it posts.
fn signs(shipment: usize) -> bool {
    shipment.is_multiple_of(2)
}

fn carrier(shipment: usize) -> &'static str {
    if signs(shipment) { "royalmail" } else { "yodel" }
}

/// What a carrier posts: dialect, headers, body.
fn scan(number: &str, shipment: usize, nth: usize) -> (&'static str, String, String) {
    let at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let words = words(nth);
    if signs(shipment) {
        let status = match SCANS_PER_SHIPMENT - nth {
            1 => "delivered",
            2 => "out_for_delivery",
            _ => "in_transit",
        };
        let detail = json!({ "object": "TrackingDetail", "message": words, "status": status, "datetime": at });
        let tracker = json!({ "object": "Tracker", "tracking_code": number, "carrier": "RoyalMail", "tracking_details": [detail] });
        let body = json!({ "object": "Event", "description": "tracker.updated", "result": tracker }).to_string();
        let mut signature = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        signature.update(body.as_bytes());
        let hex: String = signature.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        ("easypost", format!("x-hmac-signature: hmac-sha256-hex={hex}\r\n"), body)
    } else {
        let code = match SCANS_PER_SHIPMENT - nth {
            1 => "Z",
            2 => "ET",
            _ => "A",
        };
        let row = json!({ "scan_code": code, "scan_description": words, "scan_datetime": at });
        ("yodel", String::new(), json!({ "upiCode": number, "parcel_status": [row] }).to_string())
    }
}

fn words(nth: usize) -> String {
    format!("Scan number {nth}")
}

/// Posts scans until each is acknowledged, while the server is killed and started again. Answers the acknowledged ones.
fn post_while_killing(server: &mut Server, client: &Client, hook: &str, shipments: &[Shipment], kills: usize) -> HashSet<(usize, usize)> {
    let ledger = Mutex::new(HashSet::new());
    let next = AtomicUsize::new(0);
    let all = shipments.len() * SCANS_PER_SHIPMENT;
    let mut chance = Chance::new();
    let (from, to) = if kills > SLICE_KILLS { LONG_LIFE_MS } else { LIFE_MS };
    let lives: Vec<Duration> = (0..kills).map(|_| Duration::from_millis(chance.between(from, to))).collect();
    let pause = lives.iter().sum::<Duration>() / u32::try_from(all).unwrap();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..POSTERS {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= all {
                        return;
                    }
                    std::thread::sleep((pause * u32::try_from(turn).unwrap()).saturating_sub(started.elapsed()));
                    let (nth, shipment) = (turn / shipments.len(), turn % shipments.len());
                    let (dialect, headers, body) = scan(&shipments[shipment].number, shipment, nth);
                    client.post_until_acknowledged(&format!("{hook}/{dialect}"), &headers, &body);
                    ledger.lock().unwrap().insert((shipment, nth));
                }
            });
        }
        for life in lives {
            std::thread::sleep(life);
            server.kill_and_start();
        }
    });
    let ledger = ledger.into_inner().unwrap();
    assert_eq!(ledger.len(), all);
    ledger
}

fn every_scan_once(client: &Client, shipments: &[Shipment], ledger: &HashSet<(usize, usize)>) {
    for (i, shipment) in shipments.iter().enumerate() {
        let path = format!("/api/v1/shipments/{}/tracking-events?limit=200", shipment.id);
        let (status, answer) = client.call("GET", &path, &Value::Null);
        assert_eq!(status, 200, "{answer}");
        let mut seen: HashMap<String, usize> = HashMap::new();
        for event in answer["data"].as_array().unwrap() {
            *seen.entry(event["description"].as_str().unwrap().to_string()).or_default() += 1;
        }
        for (_, nth) in ledger.iter().filter(|(s, _)| *s == i) {
            assert_eq!(seen.remove(&words(*nth)), Some(1), "scan {nth} of {}", shipment.number);
        }
        assert!(seen.is_empty(), "{} has events that nobody posted: {seen:?}", shipment.number);
    }
}

fn every_shopper_once(client: &Client, shipments: &[Shipment]) {
    let (status, answer) = client.call("GET", "/api/v1/sandbox/outbox", &Value::Null);
    assert_eq!(status, 200, "{answer}");
    let mut told: HashMap<(String, String, String), usize> = HashMap::new();
    for message in answer["data"].as_array().unwrap() {
        let text = |field: &str| message[field].as_str().unwrap_or_default().to_string();
        *told.entry((text("shipment_id"), text("to"), text("change"))).or_default() += 1;
    }
    let twice: Vec<_> = told.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "told more than once: {twice:?}");
    // A message whose fate is unknown is not sent again; those are few, and everybody else is told.
    let delivered = told.keys().filter(|(_, _, change)| change == "delivered").count();
    assert!(delivered * 10 >= shipments.len() * 9, "only {delivered} of {} shoppers were told of the delivery", shipments.len());
}
