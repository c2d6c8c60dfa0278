//! Webhooks, seen from the other side: a real server on loopback receives, and checks signatures by itself.

mod house;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use house::{House, sandbox};
use serde_json::{Value, json};
use whereabouts_server::{
    db::{self, webhooks::MessageRow},
    flow::{
        FlowError, digest,
        endpoints::{self, Replay},
        register, webhooks,
    },
    jobs::sender,
};

/// What the receiver answers, and what came in.
#[derive(Default)]
struct Receiver {
    /// Answers in turn (status, Retry-After); the last one stays. 0 hangs.
    answers: Mutex<Vec<(u16, Option<&'static str>)>>,
    got: Mutex<Vec<(HashMap<String, String>, String)>>,
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "the receiver ends with the test")]
    async fn open(answers: &[(u16, Option<&'static str>)]) -> (Arc<Receiver>, String) {
        let receiver = Arc::new(Receiver { answers: Mutex::new(answers.to_vec()), got: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let router = Router::new().route("/hooks", post(take)).with_state(Arc::clone(&receiver));
        tokio::task::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }
    fn got(&self) -> Vec<(HashMap<String, String>, String)> {
        self.got.lock().unwrap().clone()
    }
}

async fn take(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    let headers = headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_string())).collect();
    receiver.got.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
    let (status, retry_after) = {
        let mut answers = receiver.answers.lock().unwrap();
        if answers.len() > 1 { answers.remove(0) } else { answers[0] }
    };
    if status == 0 {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let mut response = axum::http::StatusCode::from_u16(status).unwrap().into_response();
    if let Some(wait) = retry_after {
        response.headers_mut().insert("retry-after", wait.parse().unwrap());
    }
    response
}

/// As a receiver would check it, with nothing of ours.
fn is_genuine(secret: &str, headers: &HashMap<String, String>, body: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.{body}", headers["webhook-id"], headers["webhook-timestamp"]).as_bytes());
    headers["webhook-signature"] == format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn put_messages(house: &House, webhook: &str, count: usize) {
    let now = house.app.clock.now_ms();
    let message = |n: usize| MessageRow {
        retailer: house.id().into(),
        id: house.app.ids.make("msg", now),
        webhook_id: webhook.into(),
        kind: "shipment.late".into(),
        body: json!({ "n": n }).to_string(),
        created_at: now,
        state: "waiting".into(),
        attempts: 0,
        next_attempt_at: Some(now),
        last_status: None,
        last_error: None,
    };
    let mut tx = house.app.db.write().await.unwrap();
    db::webhooks::put_messages(&mut tx, (0..count).map(message).collect()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn log(house: &House, webhook: &str) -> Vec<MessageRow> {
    db::webhooks::log(&house.app.db.read().await.unwrap(), house.id(), webhook, None, 200).await.unwrap()
}

async fn open_alerts(house: &House, kind: &str) -> usize {
    let filter = db::alerts::AlertFilter { kind: Some(kind.into()), open_only: true, ..Default::default() };
    db::alerts::list(&house.app.db.read().await.unwrap(), house.id(), &filter, 10).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_parcels_change_arrives_signed() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(204, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    let body = json!({"tracking_number": "WBTEST-DELIVERED-1", "order_number": "1001", "carrier": "royalmail"});
    register::shipment(&house.app, house.id(), &body, "test").await.unwrap();
    whereabouts_server::flow::due::advance(&house.app, 86_400_000).await.unwrap();

    let got = receiver.got();
    assert!(got.iter().all(|(headers, body)| is_genuine(&hook.secret, headers, body)));
    assert!(
        got.iter().all(|(headers, _)| headers["content-type"] == "application/json" && headers["user-agent"].starts_with("Whereabouts/"))
    );
    let bodies: Vec<Value> = got.iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
    assert!(bodies.iter().any(|b| b["data"]["shipment"]["state"] == "delivered"), "{bodies:#?}");
    let ids: HashSet<&String> = got.iter().map(|(headers, _)| &headers["webhook-id"]).collect();
    assert_eq!(ids.len(), got.len());
    assert!(log(&house, &hook.id).await.iter().all(|m| m.state == "delivered"));
    digest::run(&house.app).await.unwrap();
}

/// `cargo test --release -- --ignored` says how long it takes; the bar is 30 s.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn two_days_of_a_thousand_parcels_pass_quickly() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(200, None)]).await;
    endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    for n in 0..1_000 {
        let body = json!({
            "tracking_number": format!("WBTEST-DELIVERED-{n}"), "order_number": format!("{n}"), "carrier": "royalmail",
            "recipient": {"email": format!("shopper{n}@example.com")},
        });
        register::shipment(&house.app, house.id(), &body, "test").await.unwrap();
    }
    let watch = house.app.clock.stopwatch();
    whereabouts_server::flow::due::advance(&house.app, 2 * 86_400_000).await.unwrap();
    eprintln!("48 h of 1,000 parcels: {:?}, {} webhooks", watch.elapsed(), receiver.got().len());
    assert!(receiver.got().len() > 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_call_is_repeated_with_the_same_id_and_a_new_time() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(500, None), (302, None), (200, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    put_messages(&house, &hook.id, 1).await;
    for wait in [0, 5_000, 300_000, 0] {
        house.pass(wait);
        webhooks::run(&house.app, house.id()).await.unwrap();
    }
    let got = receiver.got();
    assert_eq!(got.len(), 3);
    assert_eq!(got.iter().map(|g| &g.0["webhook-id"]).collect::<HashSet<_>>().len(), 1);
    assert_eq!(got.iter().map(|g| &g.0["webhook-timestamp"]).collect::<HashSet<_>>().len(), 3);
    assert!(got.iter().all(|(headers, body)| is_genuine(&hook.secret, headers, body)));
    let read = house.app.db.read().await.unwrap();
    let attempts = db::webhooks::attempts(&read, house.id(), &log(&house, &hook.id).await[0].id).await.unwrap();
    assert_eq!(attempts.iter().map(|a| a.status).collect::<Vec<_>>(), [Some(500), Some(302), Some(200)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_endpoint_is_left_alone_as_long_as_it_asks() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(429, Some("60")), (200, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    put_messages(&house, &hook.id, 1).await;
    webhooks::run(&house.app, house.id()).await.unwrap();
    house.pass(30_000);
    webhooks::run(&house.app, house.id()).await.unwrap();
    assert_eq!(receiver.got().len(), 1);
    house.pass(31_000);
    webhooks::run(&house.app, house.id()).await.unwrap();
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_is_switched_off_and_an_agent_is_told() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(410, None), (200, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    put_messages(&house, &hook.id, 1).await;
    webhooks::run(&house.app, house.id()).await.unwrap();
    put_messages(&house, &hook.id, 2).await;
    assert_eq!(webhooks::run(&house.app, house.id()).await.unwrap(), 0);
    assert_eq!((receiver.got().len(), open_alerts(&house, "webhook_disabled").await), (1, 1));
    assert!(log(&house, &hook.id).await.iter().all(|m| m.state == "dropped" && m.next_attempt_at.is_none()));
    assert!(matches!(endpoints::test(&house.app, house.id(), &hook.id).await, Err(FlowError::Conflict(_))));

    endpoints::enable(&house.app, house.id(), &hook.id, true).await.unwrap();
    assert_eq!(endpoints::replay(&house.app, house.id(), &hook.id, &Replay::Since(0)).await.unwrap(), 3);
    assert_eq!(webhooks::run(&house.app, house.id()).await.unwrap(), 3);
    assert!(log(&house, &hook.id).await.iter().all(|m| m.state == "delivered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_days_of_nothing_but_failures_switch_an_endpoint_off() {
    let house = House::open(sandbox()).await;
    let (_receiver, url) = Receiver::open(&[(500, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    for _ in 0..6 {
        put_messages(&house, &hook.id, 1).await;
        webhooks::run(&house.app, house.id()).await.unwrap();
        house.pass(86_400_000);
    }
    let row = db::webhooks::by_id(&house.app.db.read().await.unwrap(), house.id(), &hook.id).await.unwrap().unwrap();
    assert!(!row.enabled, "{row:?}");
    assert_eq!(open_alerts(&house, "webhook_disabled").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hanging_endpoint_delays_nobody_else() {
    let house = House::open(sandbox()).await;
    let (hanging, hanging_url) = Receiver::open(&[(0, None)]).await;
    let (quick, quick_url) = Receiver::open(&[(200, None)]).await;
    let stuck = endpoints::create(&house.app, house.id(), &hanging_url, None, true).await.unwrap();
    let fine = endpoints::create(&house.app, house.id(), &quick_url, None, true).await.unwrap();
    put_messages(&house, &stuck.id, 30).await;
    let app = Arc::clone(&house.app);
    house.app.spawn(async move { sender::run(&app).await });
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    put_messages(&house, &fine.id, 30).await;
    let watch = house.app.clock.stopwatch();
    while quick.got().len() < 30 && watch.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(quick.got().len(), 30);
    assert!(watch.elapsed() < Duration::from_secs(5), "{:?}", watch.elapsed());
    assert_eq!(hanging.got().len(), 4, "no endpoint has more than four calls at a time");
    house.app.stop(Duration::from_millis(50)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_endpoint_gets_nothing_and_leaves_nothing_due() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(200, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    endpoints::delete(&house.app, house.id(), &hook.id).await.unwrap();
    // Written by somebody who had not heard of it yet.
    put_messages(&house, &hook.id, 1).await;
    assert_eq!(webhooks::run(&house.app, house.id()).await.unwrap(), 0);
    let due = db::webhooks::next_due(&house.app.db.read().await.unwrap()).await.unwrap();
    assert!(due.is_empty() && receiver.got().is_empty());
    assert!(matches!(endpoints::delete(&house.app, house.id(), &hook.id).await, Err(FlowError::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_is_sent_at_once_and_says_how_it_went() {
    let house = House::open(sandbox()).await;
    let (receiver, url) = Receiver::open(&[(200, None), (500, None)]).await;
    let hook = endpoints::create(&house.app, house.id(), &url, None, true).await.unwrap();
    let done = endpoints::test(&house.app, house.id(), &hook.id).await.unwrap();
    assert_eq!((done.state.as_str(), done.last_status), ("delivered", Some(200)));
    let (headers, body) = receiver.got().remove(0);
    assert!(is_genuine(&hook.secret, &headers, &body) && body.contains("webhook.test"));
    let failed = endpoints::test(&house.app, house.id(), &hook.id).await.unwrap();
    assert_eq!((failed.state.as_str(), failed.last_status), ("waiting", Some(500)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_to_an_inner_address_or_with_a_wrong_filter_is_refused_with_a_reason() {
    let house = House::open(sandbox()).await;
    for url in ["http://10.0.0.8/", "http://169.254.169.254/latest", "not a url", "ftp://example.com/"] {
        let refused = endpoints::create(&house.app, house.id(), url, None, true).await;
        assert!(matches!(&refused, Err(FlowError::Invalid(faults)) if faults[0].pointer == "/url"), "{url}: {refused:?}");
    }
    let refused = endpoints::create(&house.app, house.id(), "http://127.0.0.1:9/", Some(json!({"field": "nonsense"})), true).await;
    assert!(matches!(&refused, Err(FlowError::Invalid(faults)) if faults[0].pointer.starts_with("/filter")), "{refused:?}");
    let strict = House::open(whereabouts_server::app::Config { allow_loopback: false, ..sandbox() }).await;
    assert!(endpoints::create(&strict.app, strict.id(), "https://127.0.0.1:9/", None, true).await.is_err());
}
