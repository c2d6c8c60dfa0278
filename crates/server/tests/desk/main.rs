//! The agents' desk, through the real router: who may come in, what they see, what they do.

#![expect(clippy::disallowed_methods, reason = "a test may listen beside what it does")]

mod hooks;
#[path = "../house/mod.rs"]
mod house;
mod incoming;
#[path = "../mock/mod.rs"]
mod mock;
mod reply;
mod rules;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use futures_util::StreamExt;
use house::{House, sandbox};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use whereabouts_server::{
    context::Brand,
    flow::{self, set_up},
    web::routes,
};

const HOUR: i64 = 3_600_000;

struct Office {
    house: House,
    router: Router,
    cookie: String,
}

/// What a browser would see of an answer.
struct Seen {
    status: StatusCode,
    to: String,
    cookies: Vec<String>,
    text: String,
}

async fn seen(response: Response<Body>) -> Seen {
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_string();
    let cookies = response.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).map(str::to_string).collect();
    let (status, to) = (response.status(), header("location"));
    let text = String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()).into_owned();
    Seen { status, to, cookies, text }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Office {
    async fn closed() -> Office {
        let house = House::open(sandbox()).await;
        let router = routes::router(Arc::clone(&house.app));
        Office { house, router, cookie: String::new() }
    }

    /// With Ada at her desk.
    async fn open() -> Office {
        Office::opened(Office::closed().await).await
    }

    async fn opened(mut office: Office) -> Office {
        let password = office.house.retailer.admin_password.clone();
        let seen = office.sign_in("ada@example.com", &password).await;
        assert_eq!((seen.status, seen.to.as_str()), (StatusCode::SEE_OTHER, "/desk"));
        office.cookie = session_of(&seen);
        office
    }

    async fn sign_in(&self, email: &str, password: &str) -> Seen {
        self.post("/desk/login", &[("email", email), ("password", password)]).await
    }

    async fn ask(&self, request: Request<Body>) -> Seen {
        seen(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Seen {
        self.ask(Request::get(path).header("cookie", &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn page(&self, path: &str) -> String {
        let seen = self.get(path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.text);
        seen.text
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request = Request::post(path).header("cookie", &self.cookie).header("sec-fetch-site", "same-origin");
        self.ask(request.body(Body::from(form(fields))).unwrap()).await
    }

    async fn register(&self, body: Value) -> String {
        flow::register::shipment(&self.house.app, self.house.id(), &body, "test").await.unwrap().row.id
    }

    /// A parcel whose promise ends within the hour, and the hours in which it becomes late.
    async fn late(&self, order: &str) -> String {
        let now = self.house.app.clock.now();
        let end = jiff::Timestamp::from_millisecond(now.as_millisecond() + HOUR).unwrap();
        let id = self
            .register(json!({
                "order_number": order, "tracking_number": format!("AB{order}GB"), "carrier": "royalmail", "shipped_at": now.to_string(),
                "promised": {"end": end.to_string()},
                "recipient": {"first_name": "Aoife", "last_name": "Brennan", "email": "aoife@example.com", "phone": "07700 900123"},
                "destination": {"line1": "12 Park Row", "city": "Leeds", "postcode": "LS1 4DT", "country": "GB"},
            }))
            .await;
        self.pass(2 * HOUR).await;
        id
    }

    async fn pass(&self, ms: i64) {
        whereabouts_server::flow::due::advance(&self.house.app, ms).await.unwrap();
    }

    async fn alert(&self, kind: &str) -> whereabouts_server::db::alerts::AlertRow {
        let filter = whereabouts_server::db::alerts::AlertFilter { kind: Some(kind.into()), ..Default::default() };
        let read = self.house.app.db.read().await.unwrap();
        whereabouts_server::db::alerts::list(&read, self.house.id(), &filter, 1).await.unwrap().remove(0)
    }

    async fn scanned(&self, number: &str) {
        self.says(number, "in_transit", &self.house.app.clock.now().to_string()).await;
    }

    async fn says(&self, number: &str, state: &str, at: &str) {
        let event = json!({"events": [{"tracking_number": number, "carrier": "royalmail", "state": state, "occurred_at": at}]});
        let request = Request::post("/api/v1/tracking-events").header("authorization", format!("Bearer {}", self.house.retailer.api_key));
        let seen = self.ask(request.body(Body::from(event.to_string())).unwrap()).await;
        assert_eq!(seen.status, StatusCode::ACCEPTED, "{}", seen.text);
    }
}

fn session_of(seen: &Seen) -> String {
    let cookie = seen.cookies.iter().find(|c| c.starts_with("wb_desk=")).expect("a session cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    cookie.split(';').next().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_the_desk_without_signing_in() {
    let office = Office::closed().await;
    let seen = office.get("/desk/queues/late?unclaimed=1").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    assert_eq!(seen.to, "/desk/login?next=%2Fdesk%2Fqueues%2Flate%3Funclaimed%3D1");
    let wrong = office.sign_in("ada@example.com", "guess").await;
    let unknown = office.sign_in("nobody@example.com", "guess").await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    let plain = |seen: &Seen, email: &str| {
        let (before, rest) = seen.text.split_once("data-now=\"").unwrap();
        format!("{before}{}", rest.split_once('"').unwrap().1).replace(email, "")
    };
    assert_eq!(plain(&wrong, "ada@example.com"), plain(&unknown, "nobody@example.com"));
    assert!(wrong.cookies.is_empty() && office.get("/desk").await.status == StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_eleventh_try_within_a_quarter_of_an_hour_is_refused_even_with_the_right_password() {
    let office = Office::closed().await;
    for _ in 0..10 {
        office.sign_in("ada@example.com", "guess").await;
    }
    let seen = office.sign_in("ada@example.com", &office.house.retailer.admin_password).await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_signing_out_and_is_new_with_every_sign_in() {
    let mut office = Office::open().await;
    let first = office.cookie.clone();
    let password = office.house.retailer.admin_password.clone();
    let again = office.sign_in("ada@example.com", &password).await;
    office.cookie = session_of(&again);
    assert_ne!(first, office.cookie);
    let second = std::mem::replace(&mut office.cookie, first);
    assert_eq!(office.get("/desk").await.status, StatusCode::SEE_OTHER, "the session before is over");
    office.cookie = second;
    assert_eq!(office.get("/desk").await.status, StatusCode::OK);
    assert_eq!(office.post("/desk/logout", &[]).await.to, "/desk/login");
    assert_eq!(office.get("/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let office = Office::open().await;
    office.late("1001").await;
    let alert = office.alert("late").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")] {
        let request = Request::post(format!("/desk/alerts/{}/resolve", alert.id)).header("cookie", &office.cookie).header(name, value);
        let seen = office.ask(request.header("host", "desk.example").body(Body::empty()).unwrap()).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(office.alert("late").await.state, "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_retailer_is_not_there() {
    let office = Office::open().await;
    let shipment = office.late("1002").await;
    let alert = office.alert("late").await;
    let brand = Brand { name: "Moor".into(), ..Brand::default() };
    let other = set_up::retailer(&office.house.app, "Moor", "bob@example.com", "sorted", &brand).await.unwrap();
    let bob = Office { cookie: session_of(&office.sign_in("bob@example.com", &other.admin_password).await), ..office };
    for path in [format!("/desk/shipments/{shipment}"), format!("/desk/shipments/{shipment}/page"), "/desk/orders/1002".into()] {
        assert_eq!(bob.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [format!("/desk/alerts/{}/claim", alert.id), format!("/desk/shipments/{shipment}/notes")] {
        assert_eq!(bob.post(&path, &[("text", "mine now")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!bob.page("/desk/queues/late").await.contains("1002"));
    assert!(!bob.page("/desk/search?q=brennan").await.contains("1002"));
    assert_eq!(bob.alert_of(&alert.id).await, None);
}

impl Office {
    /// Who has claimed it.
    async fn alert_of(&self, id: &str) -> Option<String> {
        let read = self.house.app.db.read().await.unwrap();
        whereabouts_server::db::alerts::by_id_read(&read, self.house.id(), id).await.unwrap().and_then(|a| a.assignee)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_parcel_stands_in_its_queue_until_an_agent_resolves_it() {
    let office = Office::open().await;
    let shipment = office.late("1003").await;
    let queue = office.page("/desk/queues/late").await;
    assert!(queue.contains(&format!("/desk/shipments/{shipment}")) && queue.contains("Aoife Brennan"), "{queue}");
    assert!(office.page("/desk").await.contains("1 alert waits for a person"));
    let alert = office.alert("late").await.id;
    let claimed = office.post(&format!("/desk/alerts/{alert}/claim"), &[("back", "/desk/queues/late")]).await;
    assert_eq!((claimed.status, claimed.to.as_str()), (StatusCode::SEE_OTHER, "/desk/queues/late"));
    assert_eq!(office.alert_of(&alert).await.as_deref(), Some("ada@example.com"));
    assert!(office.page("/desk/queues/mine").await.contains("1003"));
    let toast = claimed.cookies.iter().find(|c| c.starts_with("wb_done=")).unwrap().split(';').next().unwrap();
    let with_toast = Office { cookie: format!("{}; {toast}", office.cookie), ..office };
    let queue = with_toast.page("/desk/queues/late").await;
    assert!(queue.contains("1003 is yours") && queue.contains("action=\"/desk/alerts/release\""), "the way back is offered");
    with_toast.post(&format!("/desk/shipments/{shipment}/notes"), &[("text", "Rang <the> depot")]).await;
    let page = with_toast.page(&format!("/desk/shipments/{shipment}")).await;
    assert!(page.contains("Rang &#60;the&#62; depot") && page.contains("aoife@example.com") && page.contains("LS1 4DT"), "{page}");
    with_toast.post(&format!("/desk/alerts/{alert}/resolve"), &[("back", "https://evil.example")]).await;
    assert!(!with_toast.page("/desk/queues/late").await.contains("Aoife Brennan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_alert_comes_back_at_its_time_or_with_the_next_scan() {
    let office = Office::open().await;
    office.late("1004").await;
    let alert = office.alert("late").await.id;
    let waits = async |office: &Office| office.page("/desk/queues/late").await.contains("Aoife Brennan");
    office.post(&format!("/desk/alerts/{alert}/snooze"), &[("until", "hour")]).await;
    assert!(!waits(&office).await && office.page("/desk/queues/snoozed").await.contains("Aoife Brennan"));
    office.house.pass(2 * HOUR);
    assert!(waits(&office).await && !office.page("/desk/queues/snoozed").await.contains("Aoife Brennan"));
    office.post("/desk/alerts/snooze", &[("alert", &alert), ("until", "next_scan")]).await;
    office.house.pass(100 * HOUR);
    assert!(!waits(&office).await && office.page("/desk/queues/snoozed").await.contains("with the next scan"));
    office.scanned("AB1004GB").await;
    assert!(waits(&office).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_missed_trailer_is_claimed_as_one() {
    let office = Office::open().await;
    let at = office.house.app.clock.now().to_string();
    for n in 0..6 {
        let body = json!({"order_number": format!("T{n}"), "tracking_number": format!("H00{n}"), "carrier": "evri", "site": "Northampton DC", "handed_over_at": at});
        office.register(body).await;
    }
    office.pass(13 * HOUR).await;
    let queue = office.page("/desk/queues/may_be_missing").await;
    assert!(queue.contains("6 parcels without a scan") && queue.contains("Northampton DC"), "{queue}");
    let key = queue.split("name=\"group\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_string();
    office.post("/desk/alerts/claim", &[("group", &key)]).await;
    assert!(office.page("/desk").await.contains("6 alerts are open, all of them claimed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_a_parcel_by_each_of_its_clues() {
    let office = Office::open().await;
    let id = office.late("1005").await;
    for clue in ["1005", "ab1005gb", "brennan", "aoife", "aoife@example.com", "+44 7700 900123", "ls14dt", "LS1 4DT"] {
        let query = form(&[("q", clue)]);
        assert!(office.page(&format!("/desk/search?{query}")).await.contains(&id), "{clue}");
        assert!(office.page(&format!("/desk/search?part=hits&{query}")).await.contains(&id), "{clue}");
    }
    let nothing = office.page("/desk/search?q=%22%3E%3Czqx%3E").await;
    assert!(nothing.contains("begins with") && !nothing.contains("<zqx>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_recorded_shown_and_settled() {
    let office = Office::open().await;
    let id = office.late("1006").await;
    office.post(&format!("/desk/shipments/{id}/disputes"), &[("reason", "damaged"), ("note", "wet box")]).await;
    let page = office.page(&format!("/desk/shipments/{id}")).await;
    assert!(page.contains("it is damaged") && page.contains("wet box") && page.contains("Settle the dispute"));
    assert!(office.page("/desk/queues/disputed").await.contains("1006"));
    office.post(&format!("/desk/shipments/{id}/disputes/settle"), &[]).await;
    assert!(!office.page("/desk/queues/disputed").await.contains("1006"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_did_not_leave_has_a_page_to_work_on() {
    let office = Office::open().await;
    let day = office.house.app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let body = json!({"order_number": "N 7/1", "despatch_by": day.to_string(), "lines": [{"sku": "MUG", "name": "Mug", "quantity": 2}],
        "buyer": {"first_name": "Noor", "last_name": "Hassan"}});
    flow::order::register(&office.house.app, office.house.id(), &body).await.unwrap();
    office.pass(30 * HOUR).await;
    let queue = office.page("/desk/queues/not_despatched").await;
    assert!(queue.contains("Noor Hassan"), "{queue}");
    let href = queue.split("class=\"row-link\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_string();
    assert!(office.page(&href).await.contains("It should have left by now"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_is_set_explained_and_taken_back() {
    let office = Office::open().await;
    let path = "/desk/settings/carrier:evri";
    assert!(office.page(path).await.contains("preset sorted"));
    office.post(path, &[("key", "first_scan_hours"), ("value", "18")]).await;
    let page = office.page(path).await;
    assert!(page.contains("set here") && page.contains("value=\"18\""));
    office.post(&format!("{path}/reset"), &[("key", "first_scan_hours")]).await;
    assert!(!office.page(path).await.contains("set here"));
    let refused = office.post(path, &[("key", "first_scan_hours"), ("value", "soon")]).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER);
    assert!(!office.page(path).await.contains("set here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_is_held_and_resumed_and_everybody_sees_it() {
    let office = Office::open().await;
    office.post("/desk/sending/hold", &[("brand", ""), ("channel", ""), ("reason", "wrong template")]).await;
    assert!(office.page("/desk").await.contains("All messages are held"));
    office.post("/desk/sending/resume", &[("brand", ""), ("channel", "")]).await;
    assert!(!office.page("/desk").await.contains("All messages are held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_opens_on_an_empty_house() {
    let office = Office::open().await;
    let screens = "/desk /desk/queues/late /desk/queues/may_be_missing /desk/queues/not_despatched /desk/queues/disputed /desk/queues/other \
        /desk/queues/mine /desk/queues/snoozed /desk/shipments?attention=act /desk/shipments?attention=none /desk/search /desk/unmatched \
        /desk/quarantine /desk/received /desk/hooks /desk/codes /desk/mappings /desk/corrections /desk/rules /desk/rules/new /desk/scorecard /desk/sending /desk/settings/retailer /desk/settings/type:return /desk/webhooks /outbox /states /desk/login";
    for path in screens.split_whitespace() {
        office.page(path).await;
    }
    let nowhere = office.get("/desk/queues/nonsense").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.text.contains("There is nothing at this address") && nowhere.text.contains("Fern &#38; Field"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_desk_hears_of_a_scan() {
    let office = Office::open().await;
    office.late("1007").await;
    let request = Request::get("/desk/live").header("cookie", &office.cookie).body(Body::empty()).unwrap();
    let response = office.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let heard = tokio::task::spawn(async move { stream.next().await.unwrap().unwrap() });
    office.scanned("AB1007GB").await;
    let heard = tokio::time::timeout(std::time::Duration::from_secs(10), heard).await.expect("within ten seconds").unwrap();
    assert_eq!(heard.as_ref(), b"data: changed\n\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_desk_does_not_keep_the_house_from_closing() {
    let office = Office::open().await;
    let request = Request::get("/desk/live").header("cookie", &office.cookie).body(Body::empty()).unwrap();
    let mut stream = office.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    office.house.app.stop(std::time::Duration::from_secs(1)).await;
    let end = tokio::time::timeout(std::time::Duration::from_secs(5), stream.next()).await.expect("it ends");
    assert!(end.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_mapped_by_hand_taken_in_and_its_refused_rows_are_shown() {
    let office = Office::open().await;
    let page = office.page("/desk/files").await;
    assert!(page.contains("No file was sent yet") && page.contains("multipart/form-data"));
    let rows = "Ref;Parcel;Mail\nR-1;P1;ada@example.com\nR-2;P2;nobody\n";
    let body = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nshipments\r\n--cut\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"evening.csv\"\r\nContent-Type: text/csv\r\n\r\n{rows}{}\r\n--cut--\r\n",
        "\n".repeat(3_000_000)
    );
    let request = Request::post("/desk/files").header("cookie", &office.cookie).header("sec-fetch-site", "same-origin");
    let sent = office.ask(request.header("content-type", "multipart/form-data; boundary=cut").body(Body::from(body)).unwrap()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = office.page(&sent.to).await;
    assert!(page.contains("evening.csv") && page.contains("R-1") && page.contains("Would be refused"), "{page}");

    // Ref was guessed to be nothing: Maya says what it is, keeps that, and takes the file in.
    let fields = [
        ("kind", "shipments"),
        ("field-0", "reference"),
        ("field-1", "tracking_number"),
        ("field-2", "recipient.email"),
        ("fixed-carrier", "Evri"),
        ("remember_as", "Evenings"),
    ];
    let mapped = office.post(&format!("{}/mapping", sent.to), &fields).await;
    assert_eq!((mapped.status, mapped.to.as_str()), (StatusCode::SEE_OTHER, sent.to.as_str()));
    let page = office.page(&sent.to).await;
    assert!(page.contains("Known as “Evenings”"), "{page}");
    office.post(&format!("{}/mapping", sent.to), &[&fields[..], &[("then", "start")]].concat()).await;
    office.pass(0).await;
    let page = office.page(&sent.to).await;
    assert!(page.contains("Mail: is not an e-mail address") && page.contains("<strong>1</strong>"), "{page}");
    let refused = office.page(&format!("{}/result?only=refused", sent.to)).await;
    assert!(refused.contains("R-2") && !refused.contains("R-1"), "{refused}");
    let export = office.page("/desk/files/export?what=shipments&format=csv&from=&until=&carrier=evri").await;
    assert!(export.contains("R-1") && export.starts_with("tracking_number,carrier,"), "{export}");

    let list = office.page("/desk/files").await;
    let mapping = list.split("/desk/files/mappings/").nth(1).unwrap().split('/').next().unwrap().to_string();
    office.post(&format!("/desk/files/mappings/{mapping}/delete"), &[]).await;
    assert!(!office.page("/desk/files").await.contains("Evenings"));
    office.post(&format!("{}/stop", sent.to), &[]).await;
    assert_eq!(office.get(&sent.to).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_on_where_a_killed_process_left_it() {
    let office = Office::open().await;
    let (app, retailer) = (&office.house.app, office.house.id());
    let rows: String = (0..250).map(|n| format!("O-{n},T{n}\n")).collect();
    let text = format!("order_number,tracking_number\n{rows}");
    let sent = flow::import::Sent { name: "a.csv", bytes: text.as_bytes(), kind: None, mapping: None, source: "test", by: "test" };
    let draft = flow::import::send(app, retailer, sent).await.unwrap();
    flow::import::start(app, retailer, &draft.id).await.unwrap();
    let first = flow::import::go_on(app, retailer, &draft.id).await.unwrap();
    assert_eq!((first.rows_done, first.created), (100, 100));
    // Nobody is there any more who knows of it but the database.
    let app = whereabouts_server::app::App::start(app.db.clone(), None, sandbox()).await.unwrap();
    flow::due::advance(&app, 0).await.unwrap();
    let done = whereabouts_server::db::imports::by_id(&app.db.read().await.unwrap(), retailer, &draft.id).await.unwrap().unwrap();
    assert_eq!((done.state.as_str(), done.rows_done, done.created, done.unchanged), ("done", 250, 250, 0), "no row twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_carrier_is_entered_tried_paused_and_removed_at_the_desk() {
    let mock = mock::Mock::speaking(|call| match call.header("x-ibm-client-secret") {
        "the-secret" => mock::json(404, r#"{"errors":[{"errorCode":"E1142"}]}"#),
        _ => mock::json(401, "{}"),
    })
    .await;
    let mut config = sandbox();
    config.keys = whereabouts_server::vault::Keys::fresh();
    config.carrier_hosts.insert("royalmail".into(), mock.host.clone());
    let house = House::open(config).await;
    let router = routes::router(Arc::clone(&house.app));
    let office = Office::opened(Office { house, router, cookie: String::new() }).await;
    assert!(office.page("/desk/carriers").await.contains("No carrier is asked yet"));
    let form = office.page("/desk/carriers?add=royalmail%2Ftracking_v2").await;
    assert!(form.contains("name=\"f-client_secret\"") && form.contains("type=\"password\"") && form.contains("developer.royalmail.net"));
    let fields = |secret: &'static str| {
        [
            ("way", "royalmail/tracking_v2"),
            ("label", "Royal Mail"),
            ("covers", "royalmail"),
            ("per_day", "1,000"),
            ("f-client_id", "the-id"),
            ("f-client_secret", secret),
        ]
    };
    let wrong = office.post("/desk/carriers", &fields("guess")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("refuses these credentials") && wrong.text.contains("the-id") && !wrong.text.contains("guess"),
        "{}",
        wrong.text
    );
    let made = office.post("/desk/carriers", &fields("the-secret")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = office.page(&made.to).await;
    assert!(page.contains("1 of 1,000 calls today") && page.contains("the-id") && !page.contains("the-secret"), "{page}");
    // Saved without touching the secret, it stays.
    let renamed = office
        .post(&made.to, &[("way", "royalmail/tracking_v2"), ("label", "Post"), ("covers", "royalmail"), ("f-client_id", "the-id")])
        .await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.text);
    office.post(&format!("{}/test", made.to), &[]).await;
    let page = office.page(&made.to).await;
    assert!(page.contains("<h1>Post</h1>") && page.contains("of 50 calls today") && page.contains("taken"), "{page}");
    office.post(&format!("{}/pause", made.to), &[]).await;
    assert!(office.page(&made.to).await.contains("Paused"));
    office.post(&format!("{}/resume", made.to), &[]).await;
    let id = office.register(json!({"order_number": "1", "tracking_number": "QX000000016GB", "carrier": "royalmail"})).await;
    assert!(office.page(&format!("/desk/shipments/{id}")).await.contains("Ask the carrier now"));
    let seen = office.post(&format!("/desk/shipments/{id}/refresh"), &[]).await;
    assert!(seen.cookies.iter().any(|c| c.starts_with("wb_done=")), "{:?}", seen.cookies);
    assert!(office.page(&format!("/desk/shipments/{id}")).await.contains("it does not know the number, or not yet"));
    assert_eq!(office.post(&format!("{}/remove", made.to), &[]).await.to, "/desk/carriers");
    assert_eq!(office.get(&made.to).await.status, StatusCode::NOT_FOUND);
}
