//! A server that is killed again and again loses no scan that it has acknowledged, keeps none twice, and tells no shopper twice.
//! Twenty kills by default; `WHEREABOUTS_KILLS` sets more (`cargo xtask storm kills`). With `WHEREABOUTS_TEST_DATABASE` also on PostgreSQL.

#![expect(clippy::disallowed_methods, reason = "a test of a real process is paced by the machine's clock")]

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hmac::{KeyInit, Mac};
use serde_json::{Value, json};

/// Scans that are posted for each time the server is killed.
const SCANS_PER_KILL: usize = 250;
const SCANS_PER_SHIPMENT: usize = 25;
/// How many carriers post at the same time.
const POSTERS: usize = 8;
/// The server lives this long between two kills: from, to.
const LIFE_MS: (u64, u64) = (100, 1_600);
/// In the long run also lives in which the server comes to rest.
const LONG_LIFE_MS: (u64, u64) = (100, 3_000);
const SLICE_KILLS: usize = 20;
const SECRET: &str = "a secret for the carrier's signature";
/// A server that does not answer within this time is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_killed_server_loses_no_acknowledged_scan_and_tells_no_shopper_twice() {
    let folder = tempfile::tempdir().unwrap();
    storm(&format!("sqlite:{}", folder.path().join("killed.db").display()));
}

#[test]
fn a_killed_server_loses_no_acknowledged_scan_and_tells_no_shopper_twice_on_postgres() {
    let Some(postgres) = std::env::var("WHEREABOUTS_TEST_DATABASE").ok().filter(|url| url.starts_with("postgres")) else {
        eprintln!("skipped: WHEREABOUTS_TEST_DATABASE is not set");
        return;
    };
    let own = OwnDatabase::create(&postgres);
    storm(&own.url);
}

fn storm(database: &str) {
    let kills: usize = std::env::var("WHEREABOUTS_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(SLICE_KILLS);
    let made = init(database);
    let key = made["api_key"].as_str().unwrap().to_string();
    let mut server = Server::start(database);
    let client = Client { port: Arc::clone(&server.port), key };
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

fn init(database: &str) -> Value {
    // Beside a database on another machine the key stands in the working folder.
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_whereabouts"))
        .current_dir(&folder)
        .args(["init", "--database", database, "--retailer", "Kill", "--email", "kill@example.com", "--json"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    serde_json::from_slice(&made.stdout).unwrap()
}

struct Server {
    database: String,
    child: Child,
    port: Arc<AtomicU16>,
}

impl Server {
    fn start(database: &str) -> Server {
        let (child, port) = launch(database);
        Server { database: database.to_string(), child, port: Arc::new(AtomicU16::new(port)) }
    }

    fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (child, port) = launch(&self.database);
        self.child = child;
        self.port.store(port, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(database: &str) -> (Child, u16) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_whereabouts"))
        .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--database", database])
        .env("WHEREABOUTS_LOG", "error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().expect("the server says where it listens").unwrap();
    let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("an address");
    let port = address.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    (child, port)
}

/// Speaks to the server wherever it listens now, one connection a request: half of them are cut off anyway.
#[derive(Clone)]
struct Client {
    port: Arc<AtomicU16>,
    key: String,
}

impl Client {
    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", self.key);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = self.request(method, path, &headers, &body).expect("the server answers");
        (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    fn post_until_acknowledged(&self, path: &str, headers: &str, body: &str) {
        let started = Instant::now();
        loop {
            match self.request("POST", path, headers, body) {
                Some((status, _)) if (200..300).contains(&status) => return,
                Some((status, answer)) => assert!(status >= 500, "{status} {answer}"),
                None => {}
            }
            assert!(started.elapsed() < PATIENCE, "the server does not come back");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Nothing if the connection failed at any point.
    fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port.load(Ordering::SeqCst))).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
        stream.write_all((head + body).as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_string()))
    }
}

/// Xorshift, seeded by the clock; the seed is printed, so that a failure can be looked at again.
struct Chance(u64);

impl Chance {
    fn new() -> Chance {
        let seed = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
        eprintln!("seed {seed}");
        Chance(seed)
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        from + self.0 % (to - from)
    }
}

/// A database of its own beside the given one, gone afterwards.
struct OwnDatabase {
    admin: String,
    name: String,
    url: String,
}

impl OwnDatabase {
    fn create(admin: &str) -> OwnDatabase {
        let name = format!("whereabouts_killed_{}", std::process::id());
        run_sql(admin, &format!("CREATE DATABASE {name}"));
        let (server, _) = admin.rsplit_once('/').unwrap();
        OwnDatabase { admin: admin.to_string(), url: format!("{server}/{name}"), name }
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        run_sql(&self.admin, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn run_sql(url: &str, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let work = async { client.batch_execute(text).await };
        tokio::select! {
            done = work => done.unwrap(),
            broken = connection => panic!("the connection broke: {broken:?}"),
        }
    });
}
