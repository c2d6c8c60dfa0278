//! Messages leave once, or say why they did not.

mod house;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use house::{House, sandbox};
use serde_json::Value;
use whereabouts_server::{
    app::Config,
    db::{self, notifications::NotificationRow},
    flow::{
        deliver,
        hold::{self, Resumed},
    },
};

const MINUTE: i64 = 60_000;

fn serving(smtp: Option<String>) -> Config {
    Config { sandbox: false, smtp, mail_from: Some("parcels@fern.example".into()), ..sandbox() }
}

async fn put(house: &House, key: &str, to: &str) -> String {
    let now = house.app.clock.now_ms();
    let row = NotificationRow {
        retailer: house.id().into(),
        id: house.app.ids.make("ntf", now),
        business_key: key.into(),
        order_id: "ord_1".into(),
        shipment_id: "shp_1".into(),
        brand_id: house.retailer.brand_id.clone(),
        kind: "delivered".into(),
        rank: 80,
        covers: vec!["shp_1".into()],
        channel: "email".into(),
        role: "buyer".into(),
        address: to.into(),
        subject: "Your parcel was delivered".into(),
        text: "It was delivered – to your door.".into(),
        html: "<p>It was delivered.</p>".into(),
        state: "waiting".into(),
        reason: None,
        created_at: now,
        send_at: Some(now),
        sent_at: None,
        attempts: 0,
    };
    let mut tx = house.app.db.write().await.unwrap();
    db::notifications::put(&mut tx, std::slice::from_ref(&row)).await.unwrap();
    tx.commit().await.unwrap();
    row.id
}

async fn get(house: &House, id: &str) -> NotificationRow {
    let mut tx = house.app.db.write().await.unwrap();
    db::notifications::by_id_for_write(&mut tx, house.id(), id).await.unwrap().unwrap()
}

async fn run(house: &House) -> usize {
    deliver::run(&house.app, house.id()).await.unwrap()
}

async fn state(house: &House, id: &str) -> String {
    let n = get(house, id).await;
    format!("{} {}", n.state, n.reason.unwrap_or_default()).trim().to_string()
}

async fn unknown_alerts(house: &House) -> usize {
    let filter = db::alerts::AlertFilter { kind: Some("message_unknown".into()), open_only: true, ..Default::default() };
    db::alerts::list(&house.app.db.read().await.unwrap(), house.id(), &filter, 10).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_captures_messages_and_sends_none() {
    let house = House::open(Config { smtp: Some("smtp://127.0.0.1:1".into()), ..sandbox() }).await;
    let id = put(&house, "a", "ada@example.com").await;
    let again = put(&house, "a", "ada@example.com").await;
    assert_eq!(run(&house).await, 1, "{again} has the same business key");
    assert_eq!(run(&house).await, 0);
    let n = get(&house, &id).await;
    assert_eq!((n.state.as_str(), n.send_at, n.sent_at.is_some()), ("sent", None, true));
    let outbox = db::notifications::outbox(&house.app.db.read().await.unwrap(), house.id()).await.unwrap();
    assert_eq!(outbox.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_messages_wait_and_say_so() {
    let house = House::open(serving(None)).await;
    let id = put(&house, "a", "ada@example.com").await;
    run(&house).await;
    assert_eq!(state(&house, &id).await, "waiting no_mail_server");
    assert_eq!(run(&house).await, 0, "it is looked at again only after five minutes");
    house.pass(5 * MINUTE);
    assert_eq!(run(&house).await, 1);
    assert_eq!(get(&house, &id).await.attempts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_tried_six_times_and_then_given_up() {
    let house = House::open(serving(Some("smtp://127.0.0.1:1".into()))).await;
    let id = put(&house, "a", "ada@example.com").await;
    for wait in [0, 1, 5, 30, 120, 360] {
        assert_eq!(get(&house, &id).await.state, "waiting");
        house.pass(wait * MINUTE);
        assert_eq!(run(&house).await, 1, "after {wait} minutes");
    }
    let n = get(&house, &id).await;
    assert_eq!((n.state.as_str(), n.send_at, n.attempts), ("failed", None, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_sender_died_is_never_sent_again_and_an_agent_is_told() {
    let house = House::open(serving(Some("smtp://127.0.0.1:1".into()))).await;
    let id = put(&house, "a", "ada@example.com").await;
    let now = house.app.clock.now_ms();
    let mut tx = house.app.db.write().await.unwrap();
    let n = db::notifications::by_id_for_write(&mut tx, house.id(), &id).await.unwrap().unwrap();
    assert!(db::notifications::claim(&mut tx, &n, now, now + 50_000).await.unwrap());
    assert!(!db::notifications::claim(&mut tx, &n, now, now + 50_000).await.unwrap(), "nobody claims it twice");
    tx.commit().await.unwrap();
    assert_eq!(run(&house).await, 0, "somebody may still be sending it");
    house.pass(MINUTE);
    run(&house).await;
    assert_eq!(state(&house, &id).await, "unknown the process that was sending it ended");
    assert_eq!(unknown_alerts(&house).await, 1);
    assert_eq!(run(&house).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_messages_wait_until_sending_is_resumed_and_stale_ones_may_be_discarded() {
    let house = House::open(sandbox()).await;
    let brand = format!("brand:{}", house.retailer.brand_id);
    hold::hold(&house.app, house.id(), "all").await.unwrap();
    hold::hold(&house.app, house.id(), "brand:Fern & Field").await.unwrap();
    let old = put(&house, "old", "ada@example.com").await;
    run(&house).await;
    assert_eq!(state(&house, &old).await, "waiting held");
    assert!(db::notifications::next_due(&house.app.db.read().await.unwrap()).await.unwrap().is_empty(), "held is not due");
    house.pass(25 * 60 * MINUTE);
    let new = put(&house, "new", "ada@example.com").await;
    run(&house).await;
    let resume = async |scope: &str| hold::resume(&house.app, house.id(), scope, true).await.unwrap();
    assert_eq!(resume("all").await, Resumed::default(), "the brand is still held");
    assert_eq!(resume(&brand).await, Resumed { released: 1, discarded: 1 });
    run(&house).await;
    assert_eq!((state(&house, &old).await.as_str(), state(&house, &new).await.as_str()), ("withheld stale", "sent"));
    assert!(hold::hold(&house.app, house.id(), "brand:nobody").await.is_err());
    assert!(hold::hold(&house.app, house.id(), "channel:pigeon").await.is_err());
}

/// A mail server of another make: what it does is said by the recipient's name. Prints what it took, one JSON object a line.
const PEER: &str = r#"
import asyncio, email, json, sys
from email import policy
from aiosmtpd.smtp import SMTP

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refuse"): return "550 5.1.1 no such mailbox"
        if address.startswith("later"): return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        m = email.message_from_bytes(envelope.content, policy=policy.default)
        parts = {p.get_content_type(): p.get_content() for p in m.walk() if not p.is_multipart()}
        print(json.dumps({"to": envelope.rcpt_tos, "headers": {k.lower(): str(v) for k, v in m.items()}, "parts": parts}), flush=True)
        if envelope.rcpt_tos[0].startswith("drop"):
            server.transport.abort()
            await asyncio.sleep(3600)
        return "250 OK"

async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Handler(), enable_SMTPUTF8=True), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"#;

struct Peer {
    child: Child,
    lines: Mutex<std::io::Lines<BufReader<std::process::ChildStdout>>>,
    url: String,
}

impl Peer {
    /// Nothing, said aloud, where the peer is not installed (`python3 -m venv target/tools/mail && …/pip install aiosmtpd`).
    fn open() -> Option<Peer> {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?.join("tools/mail/bin/python");
        if !python.exists() {
            eprintln!("skipped: no aiosmtpd in target/tools/mail");
            return None;
        }
        let mut child = Command::new(python).args(["-c", PEER]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap();
        Some(Peer { child, lines: Mutex::new(lines), url: format!("smtp://127.0.0.1:{port}") })
    }
    fn took(&self) -> Value {
        serde_json::from_str(&self.lines.lock().unwrap().next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_makes_mail_server_gets_the_message_whole() {
    let Some(peer) = Peer::open() else { return };
    let house = House::open(serving(Some(peer.url.clone()))).await;
    let id = put(&house, "a", "ada@example.com").await;
    run(&house).await;
    assert_eq!(state(&house, &id).await, "sent");
    let took = peer.took();
    assert_eq!(took["to"][0], "ada@example.com");
    assert_eq!(took["headers"]["message-id"], format!("<{id}@fern.example>"));
    assert_eq!(took["headers"]["from"], "Fern & Field <parcels@fern.example>");
    assert_eq!(took["headers"]["auto-submitted"], "auto-generated");
    assert_eq!(took["headers"]["subject"], "Your parcel was delivered");
    assert!(took["parts"]["text/plain"].as_str().unwrap().contains("– to your door"));
    assert!(took["parts"]["text/html"].as_str().unwrap().contains("<p>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_fails_a_delay_waits_and_a_broken_line_is_unknown() {
    let Some(peer) = Peer::open() else { return };
    let house = House::open(serving(Some(peer.url.clone()))).await;
    let refused = put(&house, "refused", "refuse@example.com").await;
    let later = put(&house, "later", "later@example.com").await;
    let dropped = put(&house, "dropped", "drop@example.com").await;
    let bad = put(&house, "bad", "not an address").await;
    run(&house).await;
    assert!(state(&house, &refused).await.starts_with("failed"), "{}", state(&house, &refused).await);
    assert!(state(&house, &later).await.starts_with("waiting"), "{}", state(&house, &later).await);
    assert!(state(&house, &dropped).await.starts_with("unknown"), "{}", state(&house, &dropped).await);
    assert!(state(&house, &bad).await.starts_with("failed"), "{}", state(&house, &bad).await);
    assert_eq!(unknown_alerts(&house).await, 1);
    house.pass(24 * 60 * MINUTE);
    let looked_at = run(&house).await;
    assert_eq!(looked_at, 1, "only the delayed one is tried again");
}
