//! The real program in a process of its own, on a database of its own.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

/// A server that does not answer within this time is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// Beside a database on another machine the key stands in the working folder.
pub fn init(database: &str, folder: &Path) -> Value {
    let made = Command::new(env!("CARGO_BIN_EXE_whereabouts"))
        .current_dir(folder)
        .args(["init", "--database", database, "--retailer", "Kill", "--email", "kill@example.com", "--json"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    serde_json::from_slice(&made.stdout).unwrap()
}

pub struct Server {
    database: String,
    folder: PathBuf,
    child: Child,
    port: Arc<AtomicU16>,
}

impl Server {
    pub fn start(database: &str, folder: &Path) -> Server {
        let (child, port) = launch(database, folder);
        Server { database: database.to_string(), folder: folder.to_path_buf(), child, port: Arc::new(AtomicU16::new(port)) }
    }

    pub fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (child, port) = launch(&self.database, &self.folder);
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

/// With `whereabouts.toml` of the folder, if there is one.
fn launch(database: &str, folder: &Path) -> (Child, u16) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whereabouts"));
    command.current_dir(folder).args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--database", database]);
    if folder.join("whereabouts.toml").exists() {
        command.args(["--config", "whereabouts.toml"]);
    }
    let mut child = command.env("WHEREABOUTS_LOG", "error").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().expect("the server says where it listens").unwrap();
    let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("an address");
    let port = address.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    (child, port)
}

/// Speaks to the server wherever it listens now, one connection a request: half of them are cut off anyway.
#[derive(Clone)]
pub struct Client {
    port: Arc<AtomicU16>,
    key: String,
}

impl Client {
    /// With the key of what `init` made.
    pub fn of(server: &Server, made: &Value) -> Client {
        Client { port: Arc::clone(&server.port), key: made["api_key"].as_str().unwrap().to_string() }
    }

    /// Nothing if the server was killed meanwhile.
    pub fn try_call(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", self.key);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = self.request(method, path, &headers, &body)?;
        Some((status, serde_json::from_str(&answer).unwrap_or(Value::Null)))
    }

    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.try_call(method, path, body).expect("the server answers")
    }

    pub fn post_until_acknowledged(&self, path: &str, headers: &str, body: &str) {
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
pub struct Chance(u64);

impl Chance {
    pub fn new() -> Chance {
        let seed = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap();
        eprintln!("seed {seed}");
        Chance(seed)
    }

    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        from + self.0 % (to - from)
    }
}

/// A database of its own beside the given one, gone afterwards.
pub struct OwnDatabase {
    admin: String,
    name: String,
    pub url: String,
}

impl OwnDatabase {
    pub fn create(admin: &str) -> OwnDatabase {
        static NTH: AtomicU16 = AtomicU16::new(0);
        let name = format!("whereabouts_killed_{}_{}", std::process::id(), NTH.fetch_add(1, Ordering::Relaxed));
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
