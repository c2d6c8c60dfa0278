//! A carrier that was guessed wrongly is put right for many shipments at once, seen first, and back again.

use serde_json::{Value, json};

use crate::world::{World, list, parcel_with, text};

async fn three(w: &World) -> Vec<String> {
    let mut ids = Vec::new();
    for (number, carrier) in [("H00AAA0000000001", "royalmail"), ("H00AAA0000000002", "royalmail"), ("ZZ123456785GB", "royalmail")] {
        ids.push(w.register(parcel_with(number, json!({ "carrier": carrier }))).await);
    }
    ids
}

async fn carriers(w: &World, ids: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for id in ids {
        out.push(text(&w.shipment(id).await["carrier"]));
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn many_carriers_are_put_right_at_once_and_back_again() {
    let mut w = World::new().await;
    let ids = three(&w).await;
    w.tell(json!({"tracking_number": "H00AAA0000000001", "carrier": "royalmail", "state": "in_transit", "occurred_at": w.in_("-1h")}))
        .await;
    let asked = json!({"carrier": "evri", "from": "royalmail", "number_begins": "h00 aaa"});
    let seen = w.post("/carrier-corrections/preview", &asked).await.is(200);
    let meant: Vec<String> = list(seen).iter().map(|s| text(&s["shipment_id"])).collect();
    assert_eq!(meant, [ids[1].clone(), ids[0].clone()]);
    assert_eq!(carriers(&w, &ids).await, ["royalmail", "royalmail", "royalmail"], "looking changes nothing");

    let made = w.post("/carrier-corrections", &asked).await.is(201);
    assert_eq!(made["shipments"].as_array().unwrap().len(), 2);
    w.work().await;
    assert_eq!(carriers(&w, &ids).await, ["evri", "evri", "royalmail"]);
    let change = w.changes(&ids[0]).await.into_iter().rfind(|c| c["field"] == json!("carrier")).unwrap();
    assert_eq!((&change["before"], &change["after"], &change["cause"]["user"]), (&json!("royalmail"), &json!("evri"), &json!("api")));

    // The hand-over keeps one timeline, whoever speaks.
    w.tell(json!({"tracking_number": "H00AAA0000000001", "carrier": "evri", "state": "out_for_delivery", "occurred_at": w.in_("-10m")}))
        .await;
    assert_eq!(w.timeline(&ids[0]).await, ["out_for_delivery", "in_transit"]);

    // One of them was changed again since: that one stays.
    w.patch(&format!("/shipments/{}", ids[1]), &json!({"carrier": "yodel"})).await.is(200);
    let undone = w.post(&format!("/carrier-corrections/{}/undo", text(&made["id"])), &json!({})).await.is(200);
    assert_eq!(undone["shipments"], json!(1));
    w.work().await;
    assert_eq!(carriers(&w, &ids).await, ["royalmail", "yodel", "royalmail"]);
    assert_eq!(w.timeline(&ids[0]).await, ["out_for_delivery", "in_transit"]);
    w.post(&format!("/carrier-corrections/{}/undo", text(&made["id"])), &json!({})).await.is_problem(409);
    let kept = list(w.get("/carrier-corrections").await);
    assert!(kept.len() == 1 && kept[0]["undone_at"].is_string(), "{kept:?}");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_says_what_is_wrong_with_it() {
    let w = World::new().await;
    let ids = three(&w).await;
    for (body, pointer) in [
        (json!({"carrier": "evri"}), "/from"),
        (json!({"carrier": "", "from": "royalmail"}), "/carrier"),
        (json!({"carrier": "aftership", "from": "royalmail"}), "/carrier"),
        (json!({"carrier": "evri", "colour": "red"}), "/colour"),
    ] {
        w.post("/carrier-corrections", &body).await.refuses(pointer);
        w.post("/carrier-corrections/preview", &body).await.refuses(pointer);
    }
    w.post("/carrier-corrections", &json!({"carrier": "evri", "from": "ups"})).await.is_problem(409);
    w.post("/carrier-corrections/cor_none/undo", &Value::Null).await.is_problem(404);
    // By id, and only what was never scanned.
    w.tell(json!({"tracking_number": "ZZ123456785GB", "carrier": "royalmail", "state": "in_transit", "occurred_at": w.in_("-1h")})).await;
    let asked = json!({"carrier": "yodel", "shipment_ids": [ids[2], ids[0]], "without_events": true});
    let made = w.post("/carrier-corrections", &asked).await.is(201);
    assert_eq!(made["shipments"], json!([{"shipment_id": ids[0], "from": "royalmail"}]));
    w.end().await;
}
