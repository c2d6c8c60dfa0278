//! One world for all stories: the real router, a real database (a file, or PostgreSQL when `WHEREABOUTS_TEST_DATABASE` names one), a clock
//! moved by hand through the API, messages captured in the outbox. A story ends with [`World::end`], which dies loudly when work is left over.

use std::{collections::BTreeMap, str::FromStr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;
use whereabouts_server::{
    app::{App, Config},
    clock::Clock,
    context::Brand,
    db::{self, Db},
    flow::set_up,
    following,
    vault::Keys,
    web::routes,
};

/// A Monday in winter, when London's clock is Greenwich's.
pub const MONDAY: &str = "2026-11-16T09:00:00Z";
pub const PUBLIC_URL: &str = "https://track.example";

pub struct World {
    pub app: Arc<App>,
    router: Router,
    pub retailer: Retailer,
    now: Timestamp,
    ended: bool,
    _folder: Option<tempfile::TempDir>,
}

/// A tenant and the ways in.
#[derive(Clone)]
pub struct Retailer {
    pub brand: String,
    pub key: String,
    /// A path, `/hooks/…`.
    pub hook: String,
}

/// What was answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{}: not JSON ({e}): {}", self.status, self.text()))
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }
    /// A problem document with this status and code (RFC 9457).
    #[track_caller]
    pub fn is_problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!(kind, "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], json!(status));
        for name in ["type", "title", "detail", "code"] {
            assert!(problem[name].as_str().is_some_and(|t| !t.is_empty()), "{name} in {problem}");
        }
        problem
    }
    /// A 422 that names this place.
    #[track_caller]
    pub fn refuses(&self, pointer: &str) -> Value {
        let problem = self.is_problem(422);
        let named: Vec<&str> = problem["errors"].as_array().unwrap().iter().filter_map(|e| e["pointer"].as_str()).collect();
        assert!(named.contains(&pointer), "{pointer} is not among {named:?}");
        for error in problem["errors"].as_array().unwrap() {
            assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
        }
        problem
    }
}

impl World {
    /// Monday morning, preset `sorted`.
    pub async fn new() -> World {
        World::at(MONDAY, "sorted").await
    }

    pub async fn uk_retail() -> World {
        World::at(MONDAY, "uk_retail").await
    }

    pub async fn at(now: &str, preset: &str) -> World {
        World::configured(now, preset, BTreeMap::new()).await
    }

    /// Monday morning, carriers being asked at these hosts.
    pub async fn asking(hosts: &[(&str, &str)]) -> World {
        World::configured(MONDAY, "sorted", hosts.iter().map(|(c, h)| ((*c).to_string(), (*h).to_string())).collect()).await
    }

    async fn configured(now: &str, preset: &str, carrier_hosts: BTreeMap<String, String>) -> World {
        let now: Timestamp = now.parse().unwrap();
        let (db, folder) = database().await;
        let clock = Clock::new(0);
        clock.add_offset(now.as_millisecond() - clock.machine_ms());
        clock.stand(Some(now.as_millisecond()));
        let config = Config {
            public_url: PUBLIC_URL.into(),
            sandbox: true,
            allow_loopback: true,
            carrier_hosts,
            keys: Keys::fresh(),
            ..Config::plain()
        };
        let app = App::start(db, Some(clock), config).await.unwrap();
        let mut world = World {
            router: routes::router(Arc::clone(&app)),
            app,
            retailer: Retailer { brand: String::new(), key: String::new(), hook: String::new() },
            now,
            ended: false,
            _folder: folder,
        };
        world.retailer = world.another_retailer("Acme", preset).await;
        world
    }

    pub async fn another_retailer(&self, name: &str, preset: &str) -> Retailer {
        let email = format!("{}@example.com", name.to_lowercase());
        let made = set_up::retailer(&self.app, name, &email, preset, &Brand::default()).await.unwrap();
        Retailer { brand: made.brand_id, key: made.api_key, hook: made.hook_url }
    }

    /// The product's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The product's time so much later (or earlier, with a minus sign), as RFC 3339: `w.in_("-90m")`.
    pub fn in_(&self, span: &str) -> String {
        (self.now + duration(span)).to_string()
    }

    /// Sends anything anywhere, with the retailer's key.
    pub async fn send(&self, method: &str, path: &str, body: impl Into<Body>, headers: &[(&str, &str)]) -> Answer {
        self.send_as(Some(&self.retailer.key), method, path, body, headers).await
    }

    pub async fn send_as(&self, key: Option<&str>, method: &str, path: &str, body: impl Into<Body>, headers: &[(&str, &str)]) -> Answer {
        let answer = self.send_whatever_comes(key, method, path, body, headers).await;
        assert!(!answer.status.is_server_error(), "{method} {path}: {} {}", answer.status, answer.text());
        answer
    }

    /// The same where a fault of ours is expected.
    pub async fn send_whatever_comes(
        &self,
        key: Option<&str>,
        method: &str,
        path: &str,
        body: impl Into<Body>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(Method::from_str(method).unwrap()).uri(path);
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        Answer { status: parts.status, headers: parts.headers, bytes: body.collect().await.unwrap().to_bytes() }
    }

    pub async fn get(&self, path: &str) -> Value {
        self.ask(path).await.is(200)
    }

    pub async fn ask(&self, path: &str) -> Answer {
        self.send("GET", &api(path), Body::empty(), &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", &api(path), body.to_string(), &[]).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", &api(path), body.to_string(), &[]).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", &api(path), body.to_string(), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", &api(path), Body::empty(), &[]).await
    }

    /// Registers a shipment; answers its id.
    pub async fn register(&self, shipment: Value) -> String {
        let answer = self.post("/shipments", &shipment).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_string()
    }

    /// A carrier says that a parcel is in a state, at a time given as RFC 3339.
    pub async fn event(&self, number: &str, state: &str, at: &str) -> Value {
        self.tell(json!({"tracking_number": number, "carrier": "royalmail", "state": state, "occurred_at": at})).await
    }

    /// … now.
    pub async fn says(&self, number: &str, state: &str) -> Value {
        self.event(number, state, &self.now.to_string()).await
    }

    /// One event in full, which is taken.
    pub async fn tell(&self, event: Value) -> Value {
        let answer = self.post("/tracking-events", &json!({"events": [event]})).await.is(202);
        assert_eq!(answer["rejected"], json!([]));
        answer
    }

    pub async fn hook(&self, body: impl Into<Body>) -> Answer {
        self.send_as(None, "POST", &self.retailer.hook, body, &[]).await
    }

    /// Moves the clock: `48h`, `90m`, `5s`, `3d`.
    pub async fn advance(&mut self, span: &str) {
        let span = duration(span);
        let body = json!({ "advance_ms": span.as_millis() as i64 });
        let answer = self.post("/sandbox/clock", &body).await.is(200);
        self.now += span;
        // While the story was told the machine's clock went on a little.
        let ahead = answer["now"].as_str().unwrap().parse::<Timestamp>().unwrap().duration_since(self.now);
        assert!((0..600).contains(&ahead.as_secs()), "{answer}");
        // The clock goes on with the machine's; here it stands, so that times can be told exactly.
        self.app.clock.stand(Some(self.now.as_millisecond()));
    }

    /// Moves the clock to a moment.
    pub async fn advance_to(&mut self, at: &str) {
        let at: Timestamp = at.parse().unwrap();
        let wait = at.duration_since(self.now).as_millis();
        assert!(wait >= 0, "{at} is over");
        self.advance(&format!("{wait}ms")).await;
    }

    /// Does what is due now.
    pub async fn work(&mut self) {
        self.advance("0ms").await;
    }

    pub async fn shipment(&self, id: &str) -> Value {
        self.get(&format!("/shipments/{id}")).await
    }

    pub async fn state(&self, id: &str) -> String {
        self.shipment(id).await["state"].as_str().unwrap().to_string()
    }

    pub async fn changes(&self, id: &str) -> Vec<Value> {
        list(self.get(&format!("/shipments/{id}/changes?limit=200")).await)
    }

    /// States of the timeline, newest first.
    pub async fn timeline(&self, id: &str) -> Vec<String> {
        list(self.get(&format!("/shipments/{id}/tracking-events")).await).iter().map(|e| text(&e["state"])).collect()
    }

    /// What was sent: `ada@example.com: subject`, oldest first.
    pub async fn outbox(&self) -> Vec<String> {
        self.sent().await.iter().map(|m| format!("{}: {}", text(&m["to"]), text(&m["subject"]))).collect()
    }

    pub async fn sent(&self) -> Vec<Value> {
        list(self.get("/sandbox/outbox").await)
    }

    /// `kind state (reason)` of every message of a shipment, oldest first.
    pub async fn notifications(&self, id: &str) -> Vec<String> {
        let mut all = list(self.get(&format!("/notifications?shipment_id={id}")).await);
        all.sort_by_key(|n| text(&n["id"]));
        let line = |n: &Value| match n["reason"].as_str() {
            None => format!("{} {}", text(&n["kind"]), text(&n["state"])),
            Some(why) => format!("{} {} ({})", text(&n["kind"]), text(&n["state"]), why.split(':').next().unwrap_or(why)),
        };
        all.iter().map(line).collect()
    }

    /// Alerts of a kind that are not resolved.
    pub async fn alerts(&self, kind: &str) -> Vec<Value> {
        let all = list(self.get(&format!("/alerts?kind={kind}")).await);
        all.into_iter().filter(|a| a["state"] != json!("resolved")).collect()
    }

    /// Does what is due and dies if anything due is left.
    pub async fn end(mut self) {
        self.work().await;
        let read = self.app.db.read().await.unwrap();
        let now = self.now.as_millisecond();
        assert!(db::inbox::waiting(&read, "", 1).await.unwrap().is_empty(), "payloads are left in the inbox");
        for due in db::due::next(&read).await.unwrap() {
            assert!(due.moments().all(|at| at > now), "work is left over: {due:?}");
        }
        pages_tell_what_is_kept(&read).await;
        drop(read);
        self.app.stop(std::time::Duration::from_secs(5)).await;
        self.ended = true;
    }
}

/// A page's row is a copy: it says what shipment, order and events say, each event once, and stands under their token.
async fn pages_tell_what_is_kept(read: &db::Read<'_>) {
    let kept = "SELECT e.shipment_id, e.doc FROM tracking_event AS e";
    let mut expected = std::collections::BTreeMap::<String, Vec<_>>::new();
    for row in read.composed("kept", kept, &[]).await.unwrap() {
        let event = serde_json::from_str(row.str(1)).unwrap();
        expected.entry(row.text(0)).or_default().extend(following::told(&following::timeline(row.str(0), &[event])));
    }
    let copies = "SELECT p.retailer_id, p.page_token, p.shipment_id, p.doc, p.timeline FROM tracking_page AS p";
    for row in read.composed("copies", copies, &[]).await.unwrap() {
        let (retailer, token, shipment) = (row.str(0), row.str(1), row.str(2));
        if shipment.is_empty() {
            let order = "SELECT o.id FROM customer_order AS o WHERE o.retailer_id = $1 AND o.page_token = $2";
            let found = read.composed("order", order, whereabouts_server::args![retailer, token]).await.unwrap();
            let order = db::orders::by_id(read, retailer, found[0].str(0)).await.unwrap().expect("the order of a page");
            assert_eq!(db::pages::order_values(&order)[3], row.bytes(3).to_vec().into(), "the page of order {}", order.id);
            continue;
        }
        let kept = db::shipments::by_id(read, retailer, shipment).await.unwrap().expect("the shipment of a page");
        assert_eq!(
            db::pages::parcel_values(&kept)[..4],
            [retailer.into(), kept.page_token.as_str().into(), shipment.into(), row.bytes(3).to_vec().into()]
        );
        assert_eq!(kept.page_token, token);
        let mut told = following::told(row.bytes(4));
        let mut wanted = expected.remove(shipment).unwrap_or_default();
        told.sort_by(|a, b| a.id.cmp(&b.id));
        wanted.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(told, wanted, "the timeline of {shipment}");
    }
    assert!(expected.is_empty(), "events of no page: {expected:?}");
    let counted = "SELECT (SELECT COUNT(*) FROM shipment) + (SELECT COUNT(*) FROM customer_order) - (SELECT COUNT(*) FROM tracking_page)";
    assert_eq!(read.composed("counted", counted, &[]).await.unwrap()[0].int(0), 0, "each shipment and each order stands on one page");
}

impl Drop for World {
    fn drop(&mut self) {
        assert!(self.ended || std::thread::panicking(), "a story ends with `w.end().await`");
    }
}

fn api(path: &str) -> String {
    format!("/api/v1{path}")
}

pub fn list(answer: Value) -> Vec<Value> {
    answer["data"].as_array().unwrap_or_else(|| panic!("no list: {answer}")).clone()
}

/// A value as a person would write it.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// `90m`, `-2h`, `3d`, `250ms`.
pub fn duration(span: &str) -> SignedDuration {
    let digits = span.trim_end_matches(char::is_alphabetic);
    let n: i64 = digits.parse().unwrap_or_else(|_| panic!("{span} is no span"));
    match &span[digits.len()..] {
        "ms" => SignedDuration::from_millis(n),
        "s" => SignedDuration::from_secs(n),
        "m" => SignedDuration::from_mins(n),
        "h" => SignedDuration::from_hours(n),
        "d" => SignedDuration::from_hours(24 * n),
        other => panic!("{other} is no unit"),
    }
}

/// A parcel for somebody in London who can be mailed, from a warehouse in the same country.
pub fn parcel(number: &str) -> Value {
    json!({
        "order_number": format!("O-{number}"),
        "tracking_number": number,
        "carrier": "royalmail",
        "recipient": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
        "origin": {"country": "GB", "postcode": "NN1 1AA"},
        "destination": {"line1": "12 St James's Square", "city": "London", "postcode": "SW1Y 4LB", "country": "GB"},
    })
}

/// The same with some fields laid over (RFC 7396).
pub fn parcel_with(number: &str, fields: Value) -> Value {
    let mut all = parcel(number);
    whereabouts_server::flow::faults::merge(&mut all, &fields);
    all
}

pub async fn database() -> (Db, Option<tempfile::TempDir>) {
    match std::env::var("WHEREABOUTS_TEST_DATABASE") {
        Ok(url) if !url.is_empty() => (Db::open(&postgres(&url).await).await.unwrap(), None),
        _ => {
            let folder = tempfile::tempdir().unwrap();
            let db = Db::open(&format!("sqlite:{}", folder.path().join("w.db").display())).await.unwrap();
            (db, Some(folder))
        }
    }
}

/// A new database on the server of this address.
async fn postgres(url: &str) -> String {
    let random: [u8; 8] = whereabouts_server::ids::random_bytes();
    let name = format!("w{:016x}", u64::from_ne_bytes(random));
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    tokio::select! {
        ended = connection => panic!("the connection ended: {ended:?}"),
        made = client.batch_execute(&create) => made.unwrap(),
    }
    let (address, _) = url.rsplit_once('/').unwrap();
    format!("{address}/{name}?sslmode=disable")
}
