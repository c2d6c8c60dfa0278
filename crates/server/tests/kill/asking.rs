//! A carrier is asked for its parcels while the server is killed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    house::{Chance, Client, Server, init},
    mock::{Mock, json as answer},
};

/// Parcels for each time the server is killed.
const PARCELS_PER_KILL: usize = 8;
/// So long the carrier thinks about one of them.
const ANSWER: Duration = Duration::from_millis(15);
/// From the moment on at which the clock is moved, the server lives so long: from, to.
const LIFE_MS: (u64, u64) = (15, 250);
/// A parcel on its way is asked for every three hours; what was held is asked again after three minutes.
const STEP_MS: i64 = 4 * 60_000;
/// More would take so long that parcels are asked for again by right.
pub const KILLS_MAX: usize = 40;
const DAY_CALLS: usize = 1_000_000;

/// How often the carrier was asked for each number.
type Asked = Arc<Mutex<HashMap<String, usize>>>;

async fn carrier(asked: Asked) -> Mock {
    Mock::speaking(move |call| {
        let number = call.what.trim_start_matches("GET /mailpieces/v2/").trim_end_matches("/events").to_string();
        *asked.lock().unwrap().entry(number.clone()).or_default() += 1;
        std::thread::sleep(ANSWER);
        let scan = json!({"eventCode": "EVNMI", "eventName": "Item received", "eventDateTime": "2026-11-16T08:00:00Z", "locationName": "Exampletown MC"});
        answer(200, &json!({"mailPieces": {"mailPieceId": number, "summary": {"oneDBarcode": number}, "events": [scan]}}).to_string())
    })
    .await
}

pub fn storm(database: &str, kills: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let asked = Asked::default();
    let mock = runtime.block_on(carrier(Arc::clone(&asked)));
    let folder = tempfile::tempdir().unwrap();
    let config = format!("allow_loopback = true\ncarrier_hosts = {{ royalmail = \"{}\" }}\n", mock.host);
    std::fs::write(folder.path().join("whereabouts.toml"), config).unwrap();
    let made = init(database, folder.path());
    let mut server = Server::start(database, folder.path());
    let client = Client::of(&server, &made);
    let credentials = json!({"client_id": "the-id", "client_secret": "the-secret"});
    let account = json!({"carrier": "royalmail", "credentials": credentials, "per_day": DAY_CALLS, "probe": false});
    let (status, account) = client.call("POST", "/api/v1/carrier-accounts", &account);
    assert_eq!(status, 201, "{account}");
    let numbers: Vec<String> = (0..kills * PARCELS_PER_KILL).map(|n| format!("QX{n:09}GB")).collect();
    let ids = register(&client, &numbers);

    let (mut chance, mut cut_off) = (Chance::new(), 0);
    for _ in 0..kills {
        let life = Duration::from_millis(chance.between(LIFE_MS.0, LIFE_MS.1));
        let moved = std::thread::scope(|scope| {
            let moving = scope.spawn(|| client.try_call("POST", "/api/v1/sandbox/clock", &json!({ "advance_ms": STEP_MS })));
            std::thread::sleep(life);
            server.kill_and_start();
            moving.join().unwrap()
        });
        cut_off += usize::from(moved.is_none());
    }
    assert!(cut_off * 2 > kills, "only {cut_off} of {kills} kills came while it asked");
    for _ in 0..2 {
        let (status, answer) = client.call("POST", "/api/v1/sandbox/clock", &json!({ "advance_ms": STEP_MS }));
        assert_eq!(status, 200, "{answer}");
    }

    for (number, id) in numbers.iter().zip(&ids) {
        let (_, shipment) = client.call("GET", &format!("/api/v1/shipments/{id}"), &Value::Null);
        assert_eq!(shipment["milestone"], "in_transit", "{number} was never heard of");
    }
    let asked = asked.lock().unwrap();
    let again: usize = asked.values().map(|times| times - 1).sum();
    assert!(again <= cut_off, "{again} were asked for again, {cut_off} calls were cut off");
    let (_, usage) =
        client.call("GET", &format!("/api/v1/carrier-accounts/{}/usage?days=3", account["id"].as_str().unwrap()), &Value::Null);
    let counted: i64 = usage["data"].as_array().unwrap().iter().map(|day| day["calls"].as_i64().unwrap()).sum();
    let (counted, made) = (usize::try_from(counted).unwrap(), asked.values().sum::<usize>());
    assert!((made..=made + cut_off).contains(&counted), "{made} calls arrived, {counted} were counted, {cut_off} were cut off");
    eprintln!("{} parcels, {made} calls, {again} asked for again, {counted} counted, {cut_off} cut off", numbers.len());
}

fn register(client: &Client, numbers: &[String]) -> Vec<String> {
    let mut ids = Vec::with_capacity(numbers.len());
    for some in numbers.chunks(100) {
        let asked: Vec<Value> = some.iter().map(|n| json!({"order_number": n, "tracking_number": n, "carrier": "royalmail"})).collect();
        let (status, answer) = client.call("POST", "/api/v1/shipments", &json!({ "shipments": asked }));
        assert_eq!(status, 200, "{answer}");
        ids.extend(answer["results"].as_array().unwrap().iter().map(|r| r["shipment"]["id"].as_str().unwrap().to_string()));
    }
    ids
}
