//! Registering, merging, changing and stopping shipments.

use axum::body::Body;
use serde_json::{Value, json};

use crate::world::{PUBLIC_URL, World, list, parcel, parcel_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_parcel_is_answered_with_everything_that_was_said_and_what_follows() {
    let w = World::new().await;
    let answer = w.post("/shipments", &parcel("RM1")).await;
    let s = answer.is(201);
    assert_eq!((&s["tracking_number"], &s["carrier"], &s["order_number"]), (&json!("RM1"), &json!("royalmail"), &json!("O-RM1")));
    assert_eq!((&s["type"], &s["destination"]["kind"], &s["state"]), (&json!("delivery"), &json!("home"), &json!("registered")));
    assert_eq!((&s["milestone"], &s["attention"]), (&json!("pending"), &json!("none")));
    assert_eq!(s["late"], json!({"is_late": false, "hours_late": null, "since": null}));
    assert_eq!(s["may_be_missing"], json!({"flag": false, "since": null, "reason": null}));
    assert_eq!(s["at_risk"]["flag"], json!(false));
    assert_eq!((&s["disputed"], &s["early"], &s["gift"]), (&json!(false), &json!(false), &json!(false)));
    for name in ["estimated", "first_promised", "delivered_at", "delivered_to", "signed_by", "last_event_at", "act_by", "reason"] {
        assert_eq!(s[name], Value::Null, "{name}");
    }
    assert_eq!(s["created_at"], json!(w.now().to_string()));
    assert_eq!(s["brand"], json!(w.retailer.brand));
    let url = s["tracking_page_url"].as_str().unwrap();
    let token = url.strip_prefix(PUBLIC_URL).unwrap().rsplit('/').next().unwrap();
    assert!(token.len() >= 22 && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{url}");
    assert_eq!(w.shipment(s["id"].as_str().unwrap()).await, s);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_the_same_order_and_number_again_merges() {
    let w = World::new().await;
    let first = w.post("/shipments", &parcel("RM1")).await.is(201);
    let again = w
        .post(
            "/shipments",
            &json!({"order_number": "o-rm1", "tracking_number": "rm 1", "service": "24", "recipient": {"last_name": null, "phone": "07700 900123"}}),
        )
        .await;
    let again = again.is(200);
    assert_eq!((&again["id"], &again["service"], &again["carrier"]), (&first["id"], &json!("24"), &json!("royalmail")));
    assert_eq!(again["recipient"], json!({"first_name": "Ada", "email": "ada@example.com", "phone": "07700 900123"}));
    let other = w.post("/shipments", &json!({"order_number": "O-RM1", "tracking_number": "RM2"})).await.is(201);
    assert_ne!(other["id"], first["id"]);
    assert_eq!(other["tracking_page_url"], first["tracking_page_url"], "two parcels of one order share its page");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_of_a_brand_is_the_same_shipment_whatever_else_is_said() {
    let w = World::new().await;
    let first = w.post("/shipments", &json!({"reference": "R-1"})).await.is(201);
    let number = w.post("/shipments", &json!({"reference": "R-1", "tracking_number": "RM1", "order_number": "O-1"})).await.is(200);
    assert_eq!((&number["id"], &number["tracking_number"]), (&first["id"], &json!("RM1")));
    let carrier = w.post("/shipments", &json!({"reference": "R-1", "carrier": "evri"})).await.is(200);
    assert_eq!((&carrier["id"], &carrier["carrier"]), (&first["id"], &json!("evri")));
    let refused = w.post("/shipments", &json!({"reference": "R-1", "tracking_number": "RM2"})).await;
    refused.is_problem(409);
    let same = w.post("/shipments", &json!({"reference": "R-1", "tracking_number": "RM1"})).await.is(200);
    assert_eq!(same["id"], first["id"]);
    w.patch(&format!("/shipments/{}", first["id"].as_str().unwrap()), &json!({"tracking_number": null})).await.is_problem(409);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_each_is_judged_alone() {
    let w = World::new().await;
    w.register(parcel("RM1")).await;
    let many =
        json!({"shipments": [parcel("RM1"), {"service": "24"}, parcel("RM2"), parcel_with("RM3", json!({"colour": "red"})), "parcel"]});
    let results = w.post("/shipments", &many).await.is(200);
    let results = results["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|r| r["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [200, 422, 201, 422, 422]);
    assert_eq!(results[2]["shipment"]["tracking_number"], json!("RM2"));
    assert_eq!(results[3]["problem"]["errors"][0]["pointer"], json!("/colour"));
    assert_eq!(results[3]["problem"]["code"], json!("invalid"));
    let too_many = json!({"shipments": vec![json!({"reference": "x"}); 501]});
    w.post("/shipments", &too_many).await.is_problem(422);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_least_one_of_number_reference_and_order_is_needed() {
    let w = World::new().await;
    w.post("/shipments", &json!({"carrier": "evri"})).await.is_problem(422);
    w.post("/shipments", &json!({})).await.is_problem(422);
    w.post("/shipments", &json!({"tracking_number": "  "})).await.refuses("/tracking_number");
    for one in ["tracking_number", "reference", "order_number"] {
        w.post("/shipments", &json!({one: "A-1"})).await.is(201);
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_merges_and_a_refused_one_changes_nothing() {
    let w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"tags": ["a"], "metadata": {"x": 1, "y": 2}}))).await;
    let path = format!("/shipments/{id}");
    let s =
        w.patch(&path, &json!({"tags": ["b"], "metadata": {"x": null, "z": {"deep": true}}, "destination": {"city": null}})).await.is(200);
    assert_eq!((&s["tags"], &s["metadata"]), (&json!(["b"]), &json!({"y": 2, "z": {"deep": true}})));
    assert_eq!(s["destination"].get("city"), None);
    assert_eq!(s["destination"]["postcode"], json!("SW1Y 4LB"));
    w.patch(&path, &json!({"colour": "red"})).await.refuses("/colour");
    w.patch(&path, &json!({"destination": {"kind": "moon"}})).await.refuses("/destination/kind");
    w.patch(&path, &json!({"ordered_at": "2026-02-30T10:00:00Z"})).await.refuses("/ordered_at");
    w.patch(&path, &json!({"promised": {"end": "2026-02-30"}})).await.refuses("/promised/end");
    w.patch(&path, &json!({"promised": {"start": "2026-11-20", "end": "2026-11-18"}})).await.refuses("/promised/end");
    w.patch(&path, &json!({"gift": "yes"})).await.refuses("/gift");
    w.patch(&path, &json!({"items": [{"quantity": "two"}]})).await.refuses("/items/0/quantity");
    w.patch(&path, &json!({"recipient": {"email": "nobody"}})).await.refuses("/recipient/email");
    w.patch(&path, &json!([1])).await.is_problem(422);
    w.patch("/shipments/shp_none", &json!({"service": "24"})).await.is_problem(404);
    assert_eq!(w.shipment(&id).await, s);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_says_what_kind_it_is_and_the_first_one_is_kept() {
    let w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-18"}}))).await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["promised"]["kind"], &s["first_promised"]["end"]), (&json!("by"), &json!("2026-11-18")));
    let s =
        w.patch(&format!("/shipments/{id}"), &json!({"promised": {"start": "2026-11-19T10:00:00Z", "end": "2026-11-19T12:00:00Z"}})).await;
    let s = s.is(200);
    assert_eq!((&s["promised"]["kind"], &s["promised"]["start"]), (&json!("window"), &json!("2026-11-19T10:00:00Z")));
    assert_eq!((&s["first_promised"]["end"], &s["first_promised"]["kind"]), (&json!("2026-11-18"), &json!("by")));
    assert_eq!(s["first_promised"]["changed_by"], json!("api"));
    let changed = w.changes(&id).await;
    let line = changed.iter().find(|c| c["field"] == json!("promised")).unwrap();
    assert_eq!((&line["after"], &line["before"]["end"]), (&s["promised"], &json!("2026-11-18")));
    assert!(line["cause"]["user"].is_string(), "{line}");
    let s = w
        .post("/shipments", &parcel_with("RM1", json!({"promised": {"start": null, "end": "2026-11-25", "kind": "on_day"}})))
        .await
        .is(200);
    assert_eq!((&s["promised"]["end"], &s["promised"]["kind"]), (&json!("2026-11-25"), &json!("on_day")));
    assert_eq!(s["first_promised"]["end"], json!("2026-11-18"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_keeps_the_parcel_but_listens_no_more_until_it_is_registered_again() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.advance("24h").await;
    assert_eq!(w.alerts("late").await.len(), 1);
    w.delete(&format!("/shipments/{id}")).await.is(204);
    w.delete(&format!("/shipments/{id}")).await.is(204);
    assert_eq!(w.alerts("late").await.len(), 0, "nobody works on what is not tracked");
    let told = w.outbox().await;
    assert_eq!(w.says("RM1", "delivered").await["accepted"], json!(1));
    w.advance("48h").await;
    assert_eq!(w.state(&id).await, "registered");
    assert_eq!(w.outbox().await, told);
    let again = w.post("/shipments", &parcel("RM1")).await.is(200);
    assert_eq!((&again["id"], &again["state"]), (&json!(id), &json!("delivered")), "what was said meanwhile is not lost");
    w.delete(&format!("/shipments/{id}")).await.is(204);
    let path = again["tracking_page_url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_string();
    let page = w.send_as(None, "GET", &path, Body::empty(), &[]).await.text();
    assert!(page.contains("Delivered") && !page.contains("packing"), "what the shopper has is not being packed: {page}");
    w.delete("/shipments/shp_none").await.is_problem(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relabelled_parcel_goes_on_under_its_new_number() {
    let mut w = World::new().await;
    let old = w.register(parcel_with("OLD1", json!({"reference": "R-1", "promised": {"end": "2026-11-18"}}))).await;
    w.says("OLD1", "collected_by_carrier").await;
    w.advance("1h").await;
    let new = w
        .register(json!({"reference": "R-1", "order_number": "O-OLD1", "tracking_number": "NEW1", "carrier": "royalmail", "replaces": old}))
        .await;
    assert_ne!(new, old);
    let s = w.shipment(&new).await;
    assert_eq!((&s["state"], &s["first_promised"]["end"]), (&json!("collected_by_carrier"), &json!("2026-11-18")));
    w.says("NEW1", "out_for_delivery").await;
    w.advance("1h").await;
    w.says("OLD1", "delivered").await;
    assert_eq!(w.timeline(&new).await, ["delivered", "out_for_delivery", "collected_by_carrier"]);
    assert_eq!(w.state(&old).await, "collected_by_carrier");
    let summary = w.get("/orders/O-OLD1").await["summary"].clone();
    assert_eq!((&summary["shipments"], &summary["delivered"]), (&json!(1), &json!(1)), "it is one parcel under two labels");
    w.post("/shipments", &json!({"tracking_number": "NEW2", "replaces": "shp_none"})).await.refuses("/replaces");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_be_asked_for_twice_with_an_idempotency_key() {
    let mut w = World::new().await;
    let key = [("idempotency-key", "k-1")];
    let body = parcel("RM1").to_string();
    let first = w.send("POST", "/api/v1/shipments", body.clone(), &key).await;
    assert_eq!(first.status, 201);
    let again = w.send("POST", "/api/v1/shipments", body.clone(), &key).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()), "201 again, not 200");
    w.send("POST", "/api/v1/shipments", parcel("RM2").to_string(), &key).await.is_problem(422);
    w.send("POST", "/api/v1/orders", body.clone(), &key).await.is_problem(422);
    let refused = [("idempotency-key", "k-2")];
    let bad = w.send("POST", "/api/v1/shipments", "{\"colour\":1}", &refused).await;
    let bad_again = w.send("POST", "/api/v1/shipments", "{\"colour\":1}", &refused).await;
    assert_eq!(bad.is_problem(422), bad_again.is_problem(422));
    let mended = w.send("POST", "/api/v1/shipments", parcel("RM3").to_string(), &refused).await;
    assert_eq!(mended.status, 201, "what was refused was not executed: {}", mended.text());
    w.advance("71h").await;
    assert_eq!(w.send("POST", "/api/v1/shipments", body.clone(), &key).await.status, 201);
    w.advance("2h").await;
    assert_eq!(w.send("POST", "/api/v1/shipments", body, &key).await.status, 200, "after 72 hours it is executed anew");
    w.send("POST", "/api/v1/shipments", "{}", &[("idempotency-key", &"k".repeat(256))]).await.is_problem(422);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_newest_first() {
    let w = World::new().await;
    for n in 1..=5 {
        w.register(parcel(&format!("RM{n}"))).await;
    }
    let mut seen = Vec::new();
    let mut path = "/shipments?limit=2".to_string();
    loop {
        let page = w.get(&path).await;
        seen.extend(list(page.clone()).iter().map(|s| s["tracking_number"].as_str().unwrap().to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert!(cursor.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{cursor}");
        path = format!("/shipments?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["RM5", "RM4", "RM3", "RM2", "RM1"]);
    assert_eq!(list(w.get("/shipments").await).len(), 5);
    for bad in ["limit=0", "limit=201", "limit=-1", "limit=many", "colour=red"] {
        w.ask(&format!("/shipments?{bad}")).await.is_problem(422);
    }
    for bad in ["cursor=%00", "cursor=!!!", "cursor=%FF"] {
        let answer = w.ask(&format!("/shipments?{bad}")).await;
        assert!(answer.status.is_client_error(), "{bad}: {}", answer.text());
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_parcel_registered_many_times_at_once_is_one_parcel() {
    let w = World::new().await;
    let body = parcel_with("RM1", json!({"reference": "R-1"}));
    let calls: Vec<_> = (0..12).map(|_| w.post("/shipments", &body)).collect();
    let answers = futures_util::future::join_all(calls).await;
    let made = answers.iter().filter(|a| a.status == 201).count();
    let merged = answers.iter().filter(|a| a.status == 200).count();
    assert_eq!((made, merged), (1, 11));
    assert_eq!(list(w.get("/shipments").await).len(), 1);
    assert_eq!(list(w.get("/orders?order_number=O-RM1").await).len(), 1);
    let key = [("idempotency-key", "k-1")];
    let text = parcel("RM2").to_string();
    let calls: Vec<_> = (0..12).map(|_| w.send("POST", "/api/v1/shipments", text.clone(), &key)).collect();
    for answer in futures_util::future::join_all(calls).await {
        assert!(answer.status == 201 || answer.status == 409, "made, repeated, or still being worked on: {}", answer.text());
    }
    assert_eq!(list(w.get("/shipments").await).len(), 2);
    w.end().await;
}
