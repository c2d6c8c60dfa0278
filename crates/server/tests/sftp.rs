//! Files by SFTP, both ways, against OpenSSH: its server for what we fetch, its `sftp` for what is sent to us. Without them a test says so
//! and passes over.

#![expect(clippy::disallowed_methods, reason = "a test may listen beside what it does")]

mod house;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use house::{House, sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use whereabouts_server::{
    app::Config,
    db,
    flow::{
        self, FlowError, fetch,
        file_logins::{self, Wanted},
        file_sources,
    },
    gateway::sftp::{Connection, Credential, SftpError},
    vault::Keys,
    web::sftp,
};

fn sealing() -> Config {
    Config { keys: Keys::fresh(), ..sandbox() }
}

/// The programs of OpenSSH, or a line that says what is missing.
fn openssh(needed: &[&str]) -> bool {
    let missing: Vec<&&str> =
        needed.iter().filter(|p| !["/usr/sbin", "/usr/bin", "/usr/local/bin"].iter().any(|d| Path::new(d).join(p).is_file())).collect();
    if !missing.is_empty() {
        eprintln!("SKIPPED: OpenSSH's {missing:?} is not on this machine; `cargo xtask setup` installs it");
    }
    missing.is_empty()
}

fn key_pair(path: &Path) -> String {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(path).status().unwrap();
    assert!(made.success());
    fs::read_to_string(path.with_extension("pub")).unwrap()
}

/// OpenSSH's server on this machine, for the user who runs the test.
struct Sshd {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
    user: String,
}

impl Sshd {
    async fn start() -> Sshd {
        let folder = tempfile::tempdir().unwrap();
        let public = key_pair(&folder.path().join("id"));
        fs::write(folder.path().join("authorized"), public).unwrap();
        fs::create_dir_all(folder.path().join("out/done")).unwrap();
        fs::create_dir_all(folder.path().join("results")).unwrap();
        key_pair(&folder.path().join("host"));
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_string();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Sshd::run(folder.path(), port).await;
        Sshd { child, port, folder, user }
    }

    async fn run(folder: &Path, port: u16) -> Child {
        let _ = fs::create_dir_all("/run/sshd");
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host\nAuthorizedKeysFile {0}/authorized\nSubsystem sftp internal-sftp\n\
             StrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\nPasswordAuthentication no\n",
            folder.display()
        );
        fs::write(folder.join("config"), config).unwrap();
        let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].into_iter().find(|p| Path::new(p).is_file()).unwrap_or("/usr/sbin/sshd");
        let child = Command::new(program).arg("-D").arg("-e").arg("-f").arg(folder.join("config")).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child
    }

    /// The same server with another host key.
    async fn changed(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for file in ["host", "host.pub"] {
            fs::remove_file(self.folder.path().join(file)).unwrap();
        }
        key_pair(&self.folder.path().join("host"));
        self.child = Sshd::run(self.folder.path(), self.port).await;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file that was last changed so many seconds ago.
    fn put(&self, name: &str, text: &str, age: u64) {
        fs::write(self.path(name), text).unwrap();
        let touched = Command::new("touch").arg("-d").arg(format!("{age} seconds ago")).arg(self.path(name)).status().unwrap();
        assert!(touched.success());
    }

    fn source(&self, more: Value) -> Value {
        let mut source = json!({
            "name": "The vans", "host": "127.0.0.1", "port": self.port, "user": self.user, "path": format!("{}/*.csv", self.path("out").display()),
            "private_key": fs::read_to_string(self.path("id")).unwrap(), "holds": "shipments",
        });
        flow::faults::merge(&mut source, &more);
        source
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn files(house: &House, source: &str) -> Vec<String> {
    let read = house.app.db.read().await.unwrap();
    let mut all = db::file_sources::files(&read, house.id(), source, 100).await.unwrap();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.iter().map(|f| format!("{} {}", f.name, f.state)).collect()
}

async fn imports(house: &House) -> Vec<String> {
    let read = house.app.db.read().await.unwrap();
    let all = db::imports::list(&read, house.id(), None, 100).await.unwrap();
    all.iter().rev().map(|i| format!("{} {} {}+{}", i.name, i.state, i.created, i.refused)).collect()
}

const TWO: &str = "order_number,tracking_number,Email\nO-1,T1,ada@example.com\nO-2,T2,nobody\n";

#[tokio::test(flavor = "multi_thread")]
async fn files_are_fetched_once_when_they_have_stopped_growing_and_their_result_is_put_back() {
    if !openssh(&["sshd", "ssh-keygen"]) {
        return;
    }
    let (sshd, house) = (Sshd::start().await, House::open(sealing()).await);
    let (app, retailer) = (&house.app, house.id().to_string());
    let more = json!({"after": "move", "move_to": sshd.path("out/done").display().to_string(), "results_to": sshd.path("results").display().to_string()});
    let source = file_sources::create(app, &retailer, &sshd.source(more)).await.unwrap();
    assert!(matches!(fetch::now(app, &retailer, &source.id).await, Err(FlowError::Conflict(_))), "nothing is fetched before a test");
    sshd.put("out/old.csv", TWO, 3_600);
    sshd.put("out/half.csv.part", TWO, 3_600);
    sshd.put("out/.hidden.csv", TWO, 3_600);
    sshd.put("out/other.txt", TWO, 3_600);
    let tested = file_sources::test(app, &retailer, &source.id, None).await.unwrap();
    let seen = tested.outcome.unwrap();
    assert_eq!((seen.count, seen.names), (1, vec!["old.csv".to_string()]));
    assert!(seen.host_key.starts_with("SHA256:") && tested.row.host_key == Some(seen.host_key));

    sshd.put("out/new.csv", "order_number,tracking_number\nO-3,T3\n", 0);
    fetch::now(app, &retailer, &source.id).await.unwrap();
    assert_eq!(files(&house, &source.id).await, ["new.csv noticed", "old.csv taken"], "what is new may still be growing");
    assert!(sshd.path("out/done/old.csv").is_file() && !sshd.path("out/old.csv").exists() && sshd.path("out/new.csv").is_file());
    // It grew: that is another file, and noticed anew.
    sshd.put("out/new.csv", "order_number,tracking_number\nO-3,T3\nO-4,T4\n", 0);
    house.pass(11_000);
    fetch::now(app, &retailer, &source.id).await.unwrap();
    assert_eq!(imports(&house).await, ["old.csv running 0+0"]);
    house.pass(11_000);
    flow::due::drain(app).await.unwrap();
    assert_eq!(imports(&house).await, ["old.csv done 1+1", "new.csv done 2+0"]);
    // The same file, put there again, is put away and not taken in again.
    fs::rename(sshd.path("out/done/old.csv"), sshd.path("out/old.csv")).unwrap();
    fetch::now(app, &retailer, &source.id).await.unwrap();
    assert_eq!(imports(&house).await.len(), 2);
    assert!(sshd.path("out/done/old.csv").is_file());
    let result = fs::read_to_string(sshd.path("results/old-result.csv")).unwrap();
    assert!(result.contains("O-2,T2,nobody,3,refused,Email: is not an e-mail address,"), "{result}");
    assert!(sshd.path("results/new-result.csv").is_file() && !sshd.path("results/new-result.csv.part").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carriers_file_is_read_as_if_the_carrier_had_called() {
    if !openssh(&["sshd", "ssh-keygen"]) {
        return;
    }
    let (sshd, house) = (Sshd::start().await, House::open(sealing()).await);
    let (app, retailer) = (&house.app, house.id().to_string());
    let parcel = json!({"order_number": "O-1", "tracking_number": "NV1", "carrier": "evri"});
    let id = flow::register::shipment(app, &retailer, &parcel, "test").await.unwrap().row.id;
    let source = file_sources::create(app, &retailer, &sshd.source(json!({"holds": "carrier", "after": "delete"}))).await.unwrap();
    file_sources::test(app, &retailer, &source.id, None).await.unwrap().outcome.unwrap();
    let at = app.clock.now().to_string();
    sshd.put("out/scans.csv", &format!("Tracking number,Carrier,Date,Status,Place\nNV1,Evri,{at},Out for delivery,Leeds\n"), 3_600);
    fetch::now(app, &retailer, &source.id).await.unwrap();
    flow::due::drain(app).await.unwrap();
    let row = db::shipments::by_id(&app.db.read().await.unwrap(), &retailer, &id).await.unwrap().unwrap();
    assert_eq!(row.journey.state.id(), "out_for_delivery");
    assert!(!sshd.path("out/scans.csv").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_put_away_keeps_no_other_back_and_is_not_taken_twice() {
    if !openssh(&["sshd", "ssh-keygen"]) {
        return;
    }
    let (sshd, house) = (Sshd::start().await, House::open(sealing()).await);
    let (app, retailer) = (&house.app, house.id().to_string());
    let nowhere = sshd.path("nowhere").display().to_string();
    let source = file_sources::create(app, &retailer, &sshd.source(json!({"after": "move", "move_to": nowhere}))).await.unwrap();
    file_sources::test(app, &retailer, &source.id, None).await.unwrap().outcome.unwrap();
    sshd.put("out/a.csv", TWO, 7_200);
    sshd.put("out/b.csv", TWO, 3_600);
    for _ in 0..2 {
        let row = fetch::now(app, &retailer, &source.id).await.unwrap();
        assert!(row.state == "failing" && row.last_error.as_ref().is_some_and(|e| e.contains("nowhere/a.csv")), "{row:?}");
        assert_eq!(imports(&house).await, ["a.csv running 0+0", "b.csv running 0+0"]);
    }
    fs::create_dir(sshd.path("nowhere")).unwrap();
    assert_eq!(fetch::now(app, &retailer, &source.id).await.unwrap().state, "ok");
    assert!(sshd.path("nowhere/a.csv").is_file() && sshd.path("nowhere/b.csv").is_file());
    assert_eq!(imports(&house).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_key_is_taken_only_when_it_is_named_and_addresses_are_guarded() {
    if !openssh(&["sshd", "ssh-keygen"]) {
        return;
    }
    let (mut sshd, house) = (Sshd::start().await, House::open(sealing()).await);
    let (app, retailer) = (&house.app, house.id().to_string());
    let source = file_sources::create(app, &retailer, &sshd.source(json!({}))).await.unwrap();
    file_sources::test(app, &retailer, &source.id, None).await.unwrap().outcome.unwrap();
    sshd.changed().await;
    let row = fetch::now(app, &retailer, &source.id).await.unwrap();
    assert_eq!(row.state, "failing");
    let told = row.last_error.unwrap();
    let new = told.split_whitespace().find(|w| w.starts_with("SHA256:")).unwrap().trim_end_matches(',').to_string();
    let refused = file_sources::test(app, &retailer, &source.id, None).await.unwrap().outcome.unwrap_err();
    assert_eq!(refused, SftpError::OtherHostKey(new.clone()));
    file_sources::test(app, &retailer, &source.id, Some(&new)).await.unwrap().outcome.unwrap();
    assert_eq!(fetch::now(app, &retailer, &source.id).await.unwrap().state, "ok");

    let patch = json!({"user": "nobody-of-this-name"});
    file_sources::patch(app, &retailer, &source.id, &patch).await.unwrap();
    let refused = file_sources::test(app, &retailer, &source.id, None).await.unwrap().outcome.unwrap_err();
    assert_eq!(refused, SftpError::NotLetIn);

    // The operator has allowed nothing: this machine and private networks are out of reach.
    let closed = House::open(Config { sandbox: false, allow_loopback: false, ..sealing() }).await;
    for host in ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "0x7f.1"] {
        let asked = sshd.source(json!({"host": host}));
        let source = file_sources::create(&closed.app, closed.id(), &asked).await.unwrap();
        let refused = file_sources::test(&closed.app, closed.id(), &source.id, None).await.unwrap().outcome.unwrap_err();
        assert!(matches!(refused, SftpError::Refused(_)), "{host}: {refused:?}");
    }
}

/// Our own door, and a key that opens it.
struct Door {
    house: House,
    port: u16,
    folder: tempfile::TempDir,
    password: String,
}

impl Door {
    async fn open() -> Door {
        let house = House::open(Config { sftp_listen: Some("127.0.0.1:0".into()), ..sealing() }).await;
        let folder = tempfile::tempdir().unwrap();
        let public = key_pair(&folder.path().join("id"));
        let wanted = Wanted { password: Some(true), keys: Some(vec![public]) };
        let (_, password) = file_logins::set(&house.app, house.id(), &wanted, "test").await.unwrap();
        let key = file_logins::host_key(&house.app).await.unwrap();
        assert_eq!(key.public_key(), file_logins::host_key(&house.app).await.unwrap().public_key(), "the door keeps its key");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(sftp::serve(Arc::clone(&house.app), listener, key));
        Door { house, port, folder, password: password.unwrap() }
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// What OpenSSH's program prints for these commands, and whether it was content.
    async fn sftp(&self, commands: &str) -> (bool, String) {
        fs::write(self.folder.path().join("batch"), commands).unwrap();
        let mut program = Command::new("sftp");
        program.current_dir(self.folder.path()).args(["-q", "-P", &self.port.to_string(), "-i", "id", "-b", "batch"]);
        program.args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"]);
        program.arg(format!("{}@127.0.0.1", self.house.id()));
        let done = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
        (done.status.success(), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shops_program_puts_files_in_and_finds_results() {
    if !openssh(&["sftp", "ssh-keygen"]) {
        return;
    }
    let door = Door::open().await;
    door.file("two.csv", TWO);
    door.file("orders.csv", "order_number\nO-9\n");
    door.file("large.csv", &"order_number\n".repeat(40_000));
    let (fine, told) = door.sftp("put two.csv in/two.csv\nput -p orders.csv in/orders/\nput large.csv in/large.csv.part\nls in\n").await;
    assert!(fine, "{told}");
    assert!(told.contains("in/orders") && told.contains("large.csv.part"), "{told}");
    assert_eq!(imports(&door.house).await, ["two.csv running 0+0", "orders.csv running 0+0"], "a half file waits for its name");
    flow::due::drain(&door.house.app).await.unwrap();
    let (fine, told) =
        door.sftp("ls -l out\nget out/two-result.csv\ncd in\nput large.csv large.csv.part\nrename large.csv.part large.csv\n").await;
    assert!(fine && told.contains("orders-result.csv"), "{told}");
    let result = fs::read_to_string(door.folder.path().join("two-result.csv")).unwrap();
    assert!(result.contains("O-1,T1,ada@example.com,2,created,,shp_") && result.contains("refused"), "{result}");
    assert_eq!(imports(&door.house).await.len(), 3);

    for commands in [
        "put two.csv ../../etc/passwd\n",
        "put two.csv out/x.csv\n",
        "get ../../../etc/passwd\n",
        "mkdir in/mine\n",
        "rm out/two-result.csv\n",
        "put two.csv in/secret/two.csv\n",
    ] {
        let (fine, told) = door.sftp(commands).await;
        assert!(!fine, "{commands}{told}");
    }
    door.file("sheet.csv", "PK\u{3}\u{4}");
    let (fine, told) = door.sftp("put sheet.csv in/sheet.csv\n").await;
    assert!(!fine, "what cannot be read is not taken: {told}");
    assert_eq!(imports(&door.house).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_for_the_password_and_for_nothing_else() {
    if !openssh(&["ssh-keygen"]) {
        return;
    }
    let door = Door::open().await;
    let (egress, place) = (&door.house.app.gateway.egress, ("127.0.0.1", door.port));
    let user = door.house.id();
    let word = Credential::Password(door.password.clone());
    let inside = Connection::open(egress, place, user, &word, None).await.unwrap();
    inside.write("in/shipments/evening.csv", TWO.as_bytes()).await.unwrap();
    assert_eq!(imports(&door.house).await, ["evening.csv running 0+0"]);
    let too_large = vec![b'x'; 33 * 1024 * 1024];
    assert!(inside.write("in/huge.csv", &too_large).await.is_err());
    assert_eq!(inside.list("/out").await.unwrap(), []);
    inside.end().await;
    for (user, word) in [(user, "wrong"), ("nobody", door.password.as_str()), (user, "")] {
        let refused = Connection::open(egress, place, user, &Credential::Password(word.into()), None).await.err();
        assert_eq!(refused, Some(SftpError::NotLetIn), "{user}");
    }
    let wanted = Wanted { password: Some(false), keys: Some(Vec::new()) };
    file_logins::set(&door.house.app, user, &wanted, "test").await.unwrap();
    assert!(Connection::open(egress, place, user, &word, None).await.is_err(), "a closed door stays closed");
}
