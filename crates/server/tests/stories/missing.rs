//! What may be missing once a carrier's silences are known: sooner where it usually speaks, later where it never does, and why.

use serde_json::{Value, json};

use crate::{
    events::the_log_ends_where_the_shipment_stands,
    world::{World, parcel, parcel_with},
};

/// Weeks in which six parcels a day left, slow to the hub and quick from there on.
async fn past(w: &World) {
    let mut events = Vec::new();
    for day in 8..56_i64 {
        let numbers: Vec<String> = (0..6).map(|k| format!("PAST{day}x{k}")).collect();
        let told = json!({"service": "48", "ordered_at": w.in_(&format!("-{}h", 24 * day + 20))});
        let parcels: Vec<Value> = numbers.iter().map(|n| parcel_with(n, told.clone())).collect();
        let done = w.post("/shipments", &json!({ "shipments": parcels })).await.is(200);
        assert_eq!(done["results"][0]["status"], json!(201), "{done}");
        for (k, number) in numbers.iter().enumerate() {
            let steps = [(0, "collected_by_carrier"), (40, "arrived_at_hub"), (42, "departed_hub"), (50 + k as i64 % 4, "delivered")];
            for (hours, state) in steps {
                let at = w.in_(&format!("-{}h", 24 * day - hours));
                events.push(json!({"tracking_number": number, "carrier": "royalmail", "state": state, "occurred_at": at}));
            }
        }
    }
    for page in events.chunks(900) {
        w.post("/tracking-events", &json!({ "events": page })).await.is(202);
    }
}

async fn missing(w: &World, id: &str) -> Value {
    w.shipment(id).await["may_be_missing"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_held_against_what_is_normal_for_carrier_and_stage() {
    let mut w = World::new().await;
    past(&w).await;
    let (quick, slow) = (w.register(parcel("QUICK")).await, w.register(parcel("SLOW")).await);
    w.says("QUICK", "departed_hub").await;
    w.says("SLOW", "collected_by_carrier").await;
    w.work().await;
    let told = missing(&w, &quick).await;
    assert_eq!((&told["flag"], &told["judged_by"], &told["level"]), (&json!(false), &json!("history"), &json!("carrier")), "{told}");
    assert!(told["learnt_from"].as_i64().unwrap() >= 200, "{told}");

    w.advance("22h").await;
    let told = missing(&w, &quick).await;
    assert_eq!((&told["flag"], &told["reason"]), (&json!(true), &json!("silence")), "sooner than the clock: {told}");
    assert!(told["probability"].as_f64().unwrap() >= 0.1 && told["usual_hours"].as_f64().unwrap() < 14.0, "{told}");
    let words = told["explanation"].as_str().unwrap().to_string();
    assert!(words.starts_with("silent 22 h; 95 % of parcels of this carrier are scanned within"), "{words}");
    assert!(words.ends_with("of leaving a hub"), "{words}");
    let alert = w.alerts("may_be_missing").await.remove(0);
    assert!(alert["reason"].as_str().unwrap().contains("95 % of parcels of this carrier"), "{alert}");

    w.advance("8h").await;
    assert_eq!(missing(&w, &slow).await["flag"], json!(false), "nobody hears of it for 40 hours");
    w.put("/settings/retailer", &json!({"missing_by": "clock"})).await.is(200);
    w.work().await;
    let told = missing(&w, &slow).await;
    assert_eq!((&told["flag"], &told["judged_by"], &told["usual_hours"]), (&json!(true), &json!("clock"), &Value::Null), "{told}");
    w.put("/settings/retailer", &json!({"missing_by": null})).await.is(200);
    w.says("SLOW", "in_transit").await;
    assert_eq!(missing(&w, &slow).await["flag"], json!(false));
    w.says("QUICK", "out_for_delivery").await;
    assert_eq!(missing(&w, &quick).await["flag"], json!(false));
    w.says("QUICK", "delivered").await;
    assert_eq!(missing(&w, &quick).await["explanation"], Value::Null);
    for id in [quick, slow] {
        the_log_ends_where_the_shipment_stands(&w, &id).await;
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retailer_of_whom_little_is_known_is_judged_by_the_clock() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "departed_hub").await;
    w.advance("25h").await;
    let told = missing(&w, &id).await;
    assert_eq!((&told["flag"], &told["judged_by"], &told["probability"]), (&json!(true), &json!("clock"), &Value::Null), "{told}");
    assert_eq!(told["explanation"], json!("silent 25 h; more than 24 h is too long by the clock"));
    w.end().await;
}
