//! One retailer never sees another's things, and unknown and forbidden are the same answer.

use axum::body::Body;
use serde_json::{Value, json};

use crate::world::{World, list, parcel, parcel_with};

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_retailer_is_not_there() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.says("RM1", "in_transit").await;
    w.hook("what is this?").await.is(202);
    w.advance("20h").await;
    let alert = w.alerts("late").await.remove(0)["id"].as_str().unwrap().to_string();
    let bytes = list(w.get("/quarantine").await).remove(0)["id"].as_str().unwrap().to_string();
    let other = w.another_retailer("Bravo", "sorted").await;
    let ours = [
        ("GET", format!("/shipments/{id}")),
        ("PATCH", format!("/shipments/{id}")),
        ("DELETE", format!("/shipments/{id}")),
        ("GET", format!("/shipments/{id}/tracking-events")),
        ("GET", format!("/shipments/{id}/changes")),
        ("GET", "/orders/O-RM1".to_string()),
        ("PATCH", "/orders/O-RM1".to_string()),
        ("POST", format!("/quarantine/{bytes}/replay")),
    ];
    for (method, path) in ours {
        let theirs = w.send_as(Some(&other.key), method, &format!("/api/v1{path}"), "{}", &[]).await;
        theirs.is_problem(404);
        let nobodys = path.replace(&id, "shp_none").replace("O-RM1", "O-none").replace(&bytes, "qua_none");
        let unknown = w.send_as(Some(&other.key), method, &format!("/api/v1{nobodys}"), "{}", &[]).await;
        assert_eq!(theirs.bytes, unknown.bytes, "{method} {path}");
    }
    let resolution = format!("/api/v1/alerts/{alert}/resolution");
    w.send_as(Some(&other.key), "PUT", &resolution, "{\"resolution\":\"x\"}", &[]).await.is_problem(404);
    let dispute = format!("/api/v1/shipments/{id}/disputes");
    w.send_as(Some(&other.key), "POST", &dispute, "{\"reason\":\"empty\"}", &[]).await.is_problem(404);
    for path in ["/shipments", "/shipments?q=ada", "/orders", "/alerts", "/notifications", "/unmatched", "/quarantine", "/sandbox/outbox"] {
        let theirs = w.send_as(Some(&other.key), "GET", &format!("/api/v1{path}"), Body::empty(), &[]).await.is(200);
        assert_eq!(theirs["data"], json!([]), "{path}");
    }
    let told = json!({"events": [{"tracking_number": "RM1", "carrier": "royalmail", "state": "delivered", "occurred_at": w.in_("0h")}]});
    let answer = w.send_as(Some(&other.key), "POST", "/api/v1/tracking-events", told.to_string(), &[]).await.is(202);
    assert_eq!(answer["accepted"], json!(1));
    assert_eq!(w.state(&id).await, "in_transit");
    let registered = w.send_as(Some(&other.key), "POST", "/api/v1/shipments", parcel("RM1").to_string(), &[]).await.is(201);
    assert_eq!(registered["state"], json!("delivered"));
    assert_eq!(registered["signed_by"], Value::Null);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_key_nothing_is_told() {
    let w = World::new().await;
    let key = w.retailer.key.clone();
    let wrong = format!("{}x", &key[..key.len() - 1]);
    for bad in [None, Some("nonsense"), Some("wbk_"), Some("wbk__"), Some(wrong.as_str())] {
        for (method, path) in
            [("GET", "/api/v1/shipments"), ("POST", "/api/v1/shipments"), ("GET", "/api/v1/orders/1"), ("PUT", "/api/v1/settings/retailer")]
        {
            w.send_as(bad, method, path, Body::empty(), &[]).await.is_problem(401);
        }
    }
    let basic = [("authorization", "Basic YTpi")];
    w.send_as(None, "GET", "/api/v1/shipments", Body::empty(), &basic).await.is_problem(401);
    w.send_as(None, "GET", "/healthz", Body::empty(), &[]).await.text();
    w.send_as(None, "GET", "/readyz", Body::empty(), &[]).await.text();
    w.end().await;
}
