//! Carriers that are asked: accounts, turns, budgets, and asking out of turn, against carriers on this machine that speak as documented.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use serde_json::{Value, json};
use whereabouts_server::{
    app::App,
    db,
    flow::{self, poll::Manners},
};

use crate::{
    mock::{Call, Mock, json as answer, later},
    world::{World, list, parcel_with, text},
};

const GLS_TOKEN: &str = "POST /oauth2/v2/token";

/// GLS on this machine: a token for the one right secret, and what `tell` says of each number (nothing: not known).
async fn gls(tell: impl Fn(&str) -> Option<Value> + Send + 'static) -> Mock {
    Mock::speaking(move |call| {
        if call.what == GLS_TOKEN {
            // the-id:the-secret
            let good = call.header("authorization") == "Basic dGhlLWlkOnRoZS1zZWNyZXQ=";
            return if good {
                answer(200, r#"{"access_token":"t","expires_in":14399}"#)
            } else {
                answer(401, r#"{"error":"invalid_client"}"#)
            };
        }
        let parcels: Vec<Value> = numbers_of(call).iter().map(|n| parcel_of(n, tell(n))).collect();
        answer(200, &json!({ "parcels": parcels }).to_string())
    })
    .await
}

fn numbers_of(call: &Call) -> Vec<String> {
    let path = call.what.split('?').next().unwrap().rsplit('/').next().unwrap();
    path.replace("%2C", ",").split(',').map(str::to_string).collect()
}

fn parcel_of(number: &str, told: Option<Value>) -> Value {
    match told {
        Some(event) => json!({"requested": number, "unitno": number, "status": "INTRANSIT", "events": [event]}),
        None => json!({"requested": number, "errorCode": "E404", "errorMessage": "No parcel was found"}),
    }
}

fn scan(code: &str, at: &str) -> Option<Value> {
    Some(json!({"code": code, "city": "Exampletown", "country": "DE", "description": "Scanned", "eventDateTime": at}))
}

/// Royal Mail on this machine: the two headers, and one item a call.
async fn royalmail(events: impl Fn(&str) -> Option<Value> + Send + 'static) -> Mock {
    Mock::speaking(move |call| {
        if call.header("x-ibm-client-secret") != "the-secret" {
            return answer(401, r#"{"httpCode":"401","httpMessage":"Unauthorized"}"#);
        }
        let number = call.what.trim_start_matches("GET /mailpieces/v2/").trim_end_matches("/events").to_string();
        match events(&number) {
            Some(event) => answer(
                200,
                &json!({"mailPieces": {"mailPieceId": number, "summary": {"oneDBarcode": number}, "events": [event]}}).to_string(),
            ),
            None => {
                answer(404, r#"{"httpCode":"404","errors":[{"errorCode":"E1142","errorDescription":"Barcode reference not recognised"}]}"#)
            }
        }
    })
    .await
}

pub fn on_the_van(at: &str) -> Option<Value> {
    Some(json!({"eventCode": "EVGPD", "eventName": "Due to be delivered today", "eventDateTime": at, "locationName": "Exampletown DO"}))
}

const GOOD: [(&str, &str); 2] = [("client_id", "the-id"), ("client_secret", "the-secret")];

pub fn account(carrier: &str) -> Value {
    let credentials: serde_json::Map<_, _> = GOOD.iter().map(|(k, v)| ((*k).to_string(), json!(v))).collect();
    json!({"carrier": carrier, "credentials": credentials})
}

pub async fn enter(w: &World, body: Value) -> String {
    text(&w.post("/carrier-accounts", &body).await.is(201)["id"])
}

pub async fn register(w: &World, carrier: &str, number: &str) -> String {
    w.register(parcel_with(number, json!({"carrier": carrier, "shipped_at": w.now().to_string()}))).await
}

/// How often each number was asked for, as `number×times`.
fn asked(mock: &Mock) -> Vec<String> {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for call in mock.calls.lock().unwrap().iter().filter(|c| c.what.starts_with("GET /track-and-trace-v1")) {
        numbers_of(call).into_iter().for_each(|n| *counts.entry(n).or_default() += 1);
    }
    counts.into_iter().map(|(n, times)| format!("{n}×{times}")).collect()
}

fn tracked(mock: &Mock) -> usize {
    mock.heard().iter().filter(|c| !c.contains("token")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_does_not_call_is_asked_and_the_shoppers_page_shows_what_it_said() {
    let gls = gls(|_| scan("INTRANSIT", "2026-11-16T08:30:00+0100")).await;
    let mail = royalmail(|_| on_the_van("2026-11-16T08:00:00+00:00")).await;
    let mut w = World::asking(&[("gls", &gls.host), ("royalmail", &mail.host)]).await;
    let parcels = [register(&w, "gls", "70000000001").await, register(&w, "royalmail", "QX000000016GB").await];
    assert!(gls.heard().is_empty(), "without an account nobody is asked");
    enter(&w, account("gls")).await;
    let mut plenty = account("royalmail");
    plenty["per_day"] = json!(1_000);
    enter(&w, plenty).await;
    assert_eq!(gls.heard(), [GLS_TOKEN]);
    w.advance("1m").await;
    assert_eq!(gls.heard()[1..], ["POST /oauth2/v2/token", "GET /track-and-trace-v1/tracking/simple/trackids/70000000001?showEvents=true"]);
    assert_eq!(mail.heard(), ["GET /mailpieces/v2/ZZ000000005GB/events", "GET /mailpieces/v2/QX000000016GB/events"]);
    assert_eq!([w.state(&parcels[0]).await, w.state(&parcels[1]).await], ["in_transit", "out_for_delivery"]);
    let page = text(&w.shipment(&parcels[1]).await["tracking_page_url"]);
    let page = w.send_as(None, "GET", page.strip_prefix(crate::world::PUBLIC_URL).unwrap(), Body::empty(), &[]).await.text();
    assert!(page.contains("Exampletown"), "{page}");
    // On the van every quarter of an hour, on the way every three hours.
    w.advance("3h").await;
    assert_eq!(asked(&gls), ["70000000001×2"]);
    assert_eq!(tracked(&mail) - 1, 13);
    assert_eq!(w.timeline(&parcels[1]).await, ["out_for_delivery"], "said again and again, it happened once");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_the_carrier_refuses_are_not_kept_unless_one_insists() {
    let gls = gls(|_| None).await;
    let w = World::asking(&[("gls", &gls.host), ("royalmail", "http://127.0.0.1:9")]).await;
    let wrong = json!({"carrier": "gls", "credentials": {"client_id": "the-id", "client_secret": "wrong"}});
    let problem = w.post("/carrier-accounts", &wrong).await.refuses("/credentials");
    assert_eq!(problem["errors"][0]["code"], json!("refused_by_carrier"));
    assert!(text(&problem["detail"]).contains("dev-portal.gls-group.net"), "{problem}");
    assert_eq!(list(w.get("/carrier-accounts").await), Vec::<Value>::new());
    let mut insisting = wrong.clone();
    insisting["probe"] = json!(false);
    assert_eq!(w.post("/carrier-accounts", &insisting).await.is(201)["verdict"], Value::Null);
    // Out of reach is no refusal.
    assert_eq!(w.post("/carrier-accounts", &account("royalmail")).await.is(201)["verdict"], json!("cannot_tell"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_unknown_in_an_account_is_named() {
    let w = World::new().await;
    w.post("/carrier-accounts", &json!({"carrier": "pigeon"})).await.refuses("/carrier");
    w.post("/carrier-accounts", &json!({"carrier": "gls", "way": "smoke"})).await.refuses("/way");
    let body = json!({"carrier": "royalmail", "environment": "sandbox", "credentials": {"client_id": "a\nb", "colour": "red"}});
    for place in ["/credentials/client_id", "/credentials/client_secret", "/credentials/colour", "/environment"] {
        w.post("/carrier-accounts", &body).await.refuses(place);
    }
    let mut body = account("gls");
    (body["probe"], body["per_day"], body["covers"]) = (json!(false), json!(0), json!([]));
    w.post("/carrier-accounts", &body).await.refuses("/per_day");
    w.post("/carrier-accounts", &body).await.refuses("/covers");
    let cards = list(w.get("/carrier-accounts/cards").await);
    let gls = cards.iter().find(|c| c["carrier"] == json!("gls")).unwrap();
    assert_eq!(gls["fields"][1], json!({"id": "client_secret", "label": "API secret", "secret": true, "required": true}));
    assert_eq!((&gls["calls_per_day"], &gls["numbers_per_call"]), (&json!(500), &json!(10)));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_never_given_back_and_lies_sealed_in_the_database() {
    let gls = gls(|_| None).await;
    let w = World::asking(&[("gls", &gls.host)]).await;
    let id = enter(&w, account("gls")).await;
    let shown = w.get(&format!("/carrier-accounts/{id}")).await;
    assert_eq!(shown["credentials"], json!({"client_id": "the-id", "client_secret": "••••••••"}));
    assert!(!w.get("/carrier-accounts").await.to_string().contains("the-secret"));
    let retailer = w.retailer.hook.trim_start_matches("/hooks/").split('.').next().unwrap().to_string();
    let row = db::accounts::by_id(&w.app.db.read().await.unwrap(), &retailer, &id).await.unwrap().unwrap();
    assert!(!row.credentials.windows(10).any(|bytes| bytes == b"the-secret"));
    // What was shown may be sent back: the mask stands for the secret.
    let renamed = w.patch(&format!("/carrier-accounts/{id}"), &json!({"label": "Main", "credentials": shown["credentials"]})).await.is(200);
    assert_eq!((&renamed["label"], &renamed["verdict"]), (&json!("Main"), &json!("good")));
    let refused = w.patch(&format!("/carrier-accounts/{id}"), &json!({"credentials": {"client_secret": "wrong"}})).await;
    refused.refuses("/credentials");
    assert_eq!(
        w.post(&format!("/carrier-accounts/{id}/test"), &json!(null)).await.is(200)["verdict"],
        json!("good"),
        "the old one is kept"
    );
    let other = w.another_retailer("Moor", "sorted").await;
    for (method, path) in [("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/usage")] {
        let path = format!("/api/v1/carrier-accounts/{id}{path}");
        w.send_as(Some(&other.key), method, &path, Body::empty(), &[]).await.is_problem(404);
    }
    assert!(w.delete(&format!("/carrier-accounts/{id}")).await.status.is_success());
    w.ask(&format!("/carrier-accounts/{id}")).await.is_problem(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parcels_are_asked_for_in_groups_until_they_have_arrived() {
    let gls = gls(|n| scan(if n.ends_with('7') { "DELIVD.NORMAL" } else { "INTRANSIT" }, "2026-11-16T08:30:00+0100")).await;
    let mut w = World::asking(&[("gls", &gls.host)]).await;
    enter(&w, account("gls")).await;
    let mut ids = Vec::new();
    for n in 0..23 {
        ids.push(register(&w, "gls", &format!("7000000{n:04}")).await);
    }
    w.advance("1m").await;
    assert_eq!(tracked(&gls), 3, "ten numbers a call");
    assert_eq!(w.state(&ids[7]).await, "delivered");
    w.advance("3h").await;
    assert_eq!(tracked(&gls), 6);
    let counted = asked(&gls);
    assert!(counted.contains(&"70000000007×1".to_string()) && counted.contains(&"70000000008×2".to_string()), "{counted:?}");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_the_carrier_does_not_know_is_asked_for_less_often_and_a_paused_account_not_at_all() {
    let gls = gls(|n| scan("INTRANSIT", "2026-11-16T08:30:00+0100").filter(|_| n.ends_with('1'))).await;
    let mut w = World::asking(&[("gls", &gls.host)]).await;
    let id = enter(&w, account("gls")).await;
    register(&w, "gls", "70000000001").await;
    register(&w, "gls", "70000000002").await;
    w.advance("36h").await;
    // Every three hours; and every four at first, then eight, then twelve.
    assert_eq!(asked(&gls), ["70000000001×12", "70000000002×5"]);
    let day = &list(w.get(&format!("/carrier-accounts/{id}/usage?days=2")).await)[0];
    assert_eq!(day["states"].as_array().unwrap().len(), 2, "{day}");
    let days = list(w.get(&format!("/carrier-accounts/{id}/usage?days=9")).await);
    let total = |key: &str| days.iter().map(|day| day[key].as_i64().unwrap()).sum::<i64>();
    assert_eq!(usize::try_from(total("calls")).unwrap(), gls.heard().len(), "each call that the carrier got, tokens and test among them");
    let tokens = gls.heard().iter().filter(|call| *call == GLS_TOKEN).count();
    assert_eq!((usize::try_from(total("tokens")).unwrap(), tokens > 5), (tokens, true), "{days:?}");
    w.patch(&format!("/carrier-accounts/{id}"), &json!({"paused": true})).await.is(200);
    let before = gls.heard().len();
    w.advance("24h").await;
    assert_eq!(gls.heard().len(), before);
    w.patch(&format!("/carrier-accounts/{id}"), &json!({"paused": false})).await.is(200);
    w.advance("1m").await;
    assert_eq!(gls.heard().len(), before + 2, "a token, and both at once");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_calls_are_enough_for_all_parcels_and_are_told_one_by_one() {
    let mail = royalmail(|_| on_the_van("2026-11-16T08:00:00+00:00")).await;
    let mut w = World::asking(&[("royalmail", &mail.host)]).await;
    let id = enter(&w, account("royalmail")).await;
    for n in 0..20 {
        register(&w, "royalmail", &format!("QX0000{n:03}00GB")).await;
    }
    // From nine in the morning to midnight; of fifty calls five are kept for people, and one was the test.
    w.advance("14h").await;
    assert_eq!(tracked(&mail), 45);
    w.advance("13h").await;
    let by_noon = tracked(&mail) - 45;
    assert!((20..40).contains(&by_noon), "spread over the day: {by_noon}");
    w.advance("11h").await;
    let shown = w.get(&format!("/carrier-accounts/{id}")).await;
    assert_eq!((&shown["calls_per_day"], &shown["followed"]), (&json!(50), &json!(20)));
    let usage = w.get(&format!("/carrier-accounts/{id}/usage")).await;
    let days: Vec<(String, i64)> = list(usage.clone()).iter().map(|d| (text(&d["day"]), d["calls"].as_i64().unwrap())).collect();
    assert_eq!((days[1].0.as_str(), days[1].1), ("2026-11-16", 45));
    assert!(days[0].0 == "2026-11-17" && (40..=45).contains(&days[0].1), "{days:?}");
    let most = usage["most_today"].as_array().unwrap();
    assert!(
        most.len() == 10 && most[0]["asks"].as_i64() >= most[9]["asks"].as_i64() && most[0]["state"] == json!("out_for_delivery"),
        "{usage}"
    );
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_refused_stops_and_the_agents_are_told_once_until_it_works_again() {
    let good = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_good = Arc::clone(&good);
    let mail = Mock::speaking(move |_| -> Response {
        if !is_good.load(std::sync::atomic::Ordering::SeqCst) {
            return answer(401, "{}");
        }
        answer(404, r#"{"errors":[{"errorCode":"E1142"}]}"#)
    })
    .await;
    let mut w = World::asking(&[("royalmail", &mail.host)]).await;
    let id = enter(&w, account("royalmail")).await;
    register(&w, "royalmail", "QX000000016GB").await;
    w.advance("1m").await;
    good.store(false, std::sync::atomic::Ordering::SeqCst);
    w.advance("24h").await;
    let alerts = w.alerts("carrier_refused").await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(text(&alerts[0]["reason"]).contains("Royal Mail"), "{alerts:?}");
    let shown = w.get(&format!("/carrier-accounts/{id}")).await;
    assert_eq!(shown["state"], json!("refused"));
    let calls = mail.heard().len();
    assert!(calls <= 7, "tried again once in six hours: {calls}");
    good.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(w.post(&format!("/carrier-accounts/{id}/test"), &json!(null)).await.is(200)["state"], json!("active"));
    assert!(w.alerts("carrier_refused").await.is_empty());
    w.advance("1m").await;
    assert_eq!(mail.heard().len(), calls + 2, "the test, and the parcel at once");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_wants_to_be_left_alone_is_left_alone_by_its_whole_account() {
    let mut times = 0;
    let mail = Mock::speaking(move |_| {
        times += 1;
        if times == 2 { later(429, "7200") } else { answer(404, "{}") }
    })
    .await;
    let mut w = World::asking(&[("royalmail", &mail.host)]).await;
    enter(&w, account("royalmail")).await;
    register(&w, "royalmail", "QX000000016GB").await;
    register(&w, "royalmail", "QX000000020GB").await;
    w.advance("1m").await;
    assert_eq!(tracked(&mail), 2, "the test, and the one that was too much");
    w.advance("119m").await;
    assert_eq!(tracked(&mail), 2);
    w.advance("2m").await;
    assert_eq!(tracked(&mail), 4);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_number_does_not_spoil_a_group() {
    let gls = Mock::speaking(|call| match call.what.as_str() {
        GLS_TOKEN => answer(200, r#"{"access_token":"t","expires_in":14399}"#),
        what if what.contains("BAD") => answer(400, r#"{"error":"malformed"}"#),
        _ => answer(200, &json!({"parcels": numbers_of(call).iter().map(|n| parcel_of(n, scan("INTRANSIT", "2026-11-16T08:30:00+0100"))).collect::<Vec<_>>()}).to_string()),
    })
    .await;
    let mut w = World::asking(&[("gls", &gls.host)]).await;
    enter(&w, account("gls")).await;
    let (good, bad) = (register(&w, "gls", "70000000001").await, register(&w, "gls", "BAD").await);
    w.advance("1m").await;
    assert_eq!((w.state(&good).await.as_str(), w.state(&bad).await.as_str()), ("in_transit", "registered"));
    assert_eq!(tracked(&gls), 3, "together, then each alone");
    w.advance("12h").await;
    assert_eq!(asked(&gls), ["70000000001×6", "BAD×2"]);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_never_ask_twice_for_the_same_turn() {
    let gls = gls(|_| scan("INTRANSIT", "2026-11-16T08:30:00+0100")).await;
    let mut w = World::asking(&[("gls", &gls.host)]).await;
    enter(&w, account("gls")).await;
    for n in 0..40 {
        register(&w, "gls", &format!("7000000{n:04}")).await;
    }
    // Nobody has been asked for yet: a first turn comes a second later.
    w.work().await;
    let later = w.app.clock.now_ms() + 60_000;
    w.app.clock.stand(Some(later));
    let another = App::start(w.app.db.clone(), Some(whereabouts_server::clock::Clock::new(0)), w.app.config.clone()).await.unwrap();
    another.clock.stand(Some(later));
    let (one, two) = tokio::join!(flow::poll::run_all(&w.app, Manners::Standing), flow::poll::run_all(&another, Manners::Standing));
    assert_eq!(one.unwrap() + two.unwrap(), 4);
    assert_eq!(asked(&gls).len(), 40);
    assert!(asked(&gls).iter().all(|a| a.ends_with("×1")), "{:?}", asked(&gls));
    another.stop(Duration::from_secs(5)).await;
    w.advance("1m").await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_asks_leaves_nothing_unasked_and_no_call_uncounted() {
    let gls = Mock::speaking(|call| match call.what.as_str() {
        GLS_TOKEN => answer(200, r#"{"access_token":"t","expires_in":14399}"#),
        _ => {
            std::thread::sleep(Duration::from_millis(700));
            answer(200, &json!({"parcels": [parcel_of("70000000001", scan("INTRANSIT", "2026-11-16T08:30:00+0100"))]}).to_string())
        }
    })
    .await;
    let mut w = World::asking(&[("gls", &gls.host)]).await;
    let id = enter(&w, account("gls")).await;
    let parcel = register(&w, "gls", "70000000001").await;
    w.work().await;
    w.app.clock.stand(Some(w.app.clock.now_ms() + 60_000));
    // Dropped in the middle of the call, as a killed process drops it.
    let called = async {
        while tracked(&gls) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        done = flow::poll::run_all(&w.app, Manners::Standing) => panic!("it was to be cut off: {:?}", done.is_ok()),
        () = called => {}
    }
    assert_eq!(tracked(&gls), 1);
    w.advance("2m").await;
    assert_eq!((tracked(&gls), w.state(&parcel).await.as_str()), (1, "registered"), "still held");
    w.advance("5m").await;
    assert_eq!((tracked(&gls), w.state(&parcel).await.as_str()), (2, "in_transit"));
    assert_eq!(w.get(&format!("/carrier-accounts/{id}")).await["today"]["calls"], json!(4), "the test, a token, and both calls");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_wants_to_know_now_is_told_what_came_and_when_to_ask_again() {
    let gls = gls(|_| scan("INTRANSIT", "2026-11-16T08:30:00+0100")).await;
    let mut w = World::asking(&[("gls", &gls.host)]).await;
    let parcel = register(&w, "gls", "70000000001").await;
    let refresh = format!("/shipments/{parcel}/refresh");
    let problem = w.post(&refresh, &json!(null)).await.is_problem(409);
    assert!(text(&problem["detail"]).contains("no account"), "{problem}");
    enter(&w, account("gls")).await;
    let told = w.post(&refresh, &json!(null)).await.is(200);
    assert_eq!((&told["heard"], &told["new_events"], &told["shipment"]["state"]), (&json!("told"), &json!(1), &json!("in_transit")));
    assert_eq!(text(&told["asked_at"]).parse::<jiff::Timestamp>().unwrap(), w.now());
    let again = w.post(&refresh, &json!(null)).await;
    assert_eq!(again.is_problem(429)["code"], json!("too_soon"));
    assert_eq!(again.headers["retry-after"], "300");
    w.advance("5m").await;
    let told = w.post(&refresh, &json!(null)).await.is(200);
    assert_eq!((&told["heard"], &told["new_events"]), (&json!("told"), &json!(0)));
    assert_eq!(asked(&gls), ["70000000001×2"]);
    w.post("/shipments/shp_nobody/refresh", &json!(null)).await.is_problem(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_of_one_carrier_share_its_parcels_by_who_knows_them() {
    let gls = gls(|_| None).await;
    let other = royalmail(|_| on_the_van("2026-11-16T08:00:00+00:00")).await;
    let mut w = World::asking(&[("gls", &gls.host), ("royalmail", &other.host)]).await;
    enter(&w, account("gls")).await;
    let mut body = account("royalmail");
    body["covers"] = json!(["royalmail", "gls"]);
    enter(&w, body).await;
    let parcel = register(&w, "gls", "70000000001").await;
    w.advance("1h").await;
    assert_eq!(w.state(&parcel).await, "out_for_delivery");
    assert_eq!(asked(&gls), ["70000000001×1"], "who knows it goes on asking");
    w.end().await;
}
