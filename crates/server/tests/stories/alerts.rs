//! The agents' queue, and what the shopper says is not so.

use serde_json::{Value, json};

use crate::{
    events::the_log_ends_where_the_shipment_stands,
    world::{World, list, parcel, parcel_with},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_claimed_snoozed_and_resolved() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.advance("20h").await;
    let alert = w.alerts("late").await.remove(0);
    for name in ["id", "kind", "shipment_id", "order_number", "opened_at", "reason", "state", "due_at"] {
        assert!(alert[name].as_str().is_some_and(|t| !t.is_empty()), "{name} in {alert}");
    }
    assert_eq!((&alert["shipment_id"], &alert["assignee"], &alert["state"]), (&json!(id), &Value::Null, &json!("open")));
    let path = format!("/alerts/{}", alert["id"].as_str().unwrap());
    let a = w.put(&format!("{path}/assignment"), &json!({"assignee": "grace"})).await.is(200);
    assert_eq!(a["assignee"], json!("grace"));
    let a = w.put(&format!("{path}/snooze"), &json!({"until": w.in_("2h")})).await.is(200);
    assert_eq!(a["state"], json!("snoozed"));
    w.advance("3h").await;
    assert_eq!(w.alerts("late").await[0]["state"], json!("open"), "it comes back");
    let a = w.put(&format!("{path}/resolution"), &json!({"resolution": "refunded", "note": "called her"})).await.is(200);
    assert_eq!(a["state"], json!("resolved"));
    w.advance("48h").await;
    assert_eq!(w.alerts("late").await.len(), 0, "what is resolved stays so");
    w.put("/alerts/alt_none/assignment", &json!({"assignee": "grace"})).await.is_problem(404);
    w.put(&format!("{path}/assignment"), &json!({"who": "grace"})).await.refuses("/who");
    w.put(&format!("{path}/snooze"), &json!({"until": "tomorrow"})).await.refuses("/until");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_missing_open_one_alert_each_however_often_it_is_scanned() {
    let mut w = World::new().await;
    w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.says("RM1", "in_transit").await;
    w.advance("30h").await;
    for _ in 0..4 {
        w.says("RM1", "in_transit").await;
        w.advance("3h").await;
    }
    assert_eq!(list(w.get("/alerts?kind=late").await).len(), 1);
    assert_eq!(list(w.get("/alerts?kind=may_be_missing").await).len(), 1);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_wakes_the_evaluation_and_opens_an_alert() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "delivered").await;
    w.advance("20d").await;
    let path = format!("/shipments/{id}/disputes");
    w.post(&path, &json!({"reason": "stolen by goblins"})).await.refuses("/reason");
    w.post(&path, &json!({})).await.is_problem(422);
    w.post("/shipments/shp_none/disputes", &json!({"reason": "empty"})).await.is_problem(404);
    w.post(&path, &json!({"reason": "not_received", "note": "nothing here"})).await.is(201);
    let s = w.shipment(&id).await;
    assert_eq!((&s["disputed"], &s["state"]), (&json!(true), &json!("delivered")));
    assert_eq!(w.alerts("disputed").await.len(), 1);
    let line = w.changes(&id).await.into_iter().find(|c| c["field"] == json!("disputed")).unwrap();
    assert_eq!((&line["after"], &line["cause"]), (&json!(true), &json!({"user": "shopper"})));
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.delete(&path).await.is(200);
    assert_eq!(w.alerts("disputed").await.len(), 0);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_retailers_own_opens_one_alert_at_a_time() {
    let mut w = World::new().await;
    let rule =
        json!({"name": "Second look", "when": {"field": "milestone", "became": "attempt_fail"}, "then": {"alert": {"kind": "attempt"}}});
    w.post("/rules", &rule).await.is(201);
    w.register(parcel("RM1")).await;
    for state in ["delivery_failed", "out_for_delivery", "delivery_failed"] {
        w.says("RM1", state).await;
        w.advance("6h").await;
    }
    assert_eq!(list(w.get("/alerts?kind=attempt").await).len(), 1);
    w.end().await;
}
