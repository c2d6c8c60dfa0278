//! What our own forecasts tell: nothing at first, then days that hold, a chance of being late, and why.

use axum::body::Body;
use serde_json::{Value, json};

use crate::{
    events::the_log_ends_where_the_shipment_stands,
    world::{PUBLIC_URL, World, parcel_with},
};

/// Sixty parcels of the past weeks, each of which took three to five days from hand-over to door.
pub async fn past(w: &World) {
    for k in 0..60_i64 {
        let days_ago = 40 - k / 2;
        let number = format!("PAST{k}");
        let handed_over = w.in_(&format!("-{}h", 24 * days_ago - 9));
        let told = json!({"ordered_at": w.in_(&format!("-{days_ago}d")), "handed_over_at": handed_over, "promised": {"end": day(w, 7 - days_ago)}});
        w.register(parcel_with(&number, told)).await;
        w.event(&number, "delivered", &w.in_(&format!("-{}h", 24 * (days_ago - 3 - k % 3) - 4))).await;
    }
}

fn day(w: &World, days: i64) -> String {
    w.in_(&format!("{days}d"))[..10].to_string()
}

pub async fn on_its_way(w: &World, number: &str, promised_in_days: i64) -> String {
    let told = json!({"ordered_at": w.in_("-20h"), "handed_over_at": w.in_("-2h"), "promised": {"end": day(w, promised_in_days)}});
    w.register(parcel_with(number, told)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_parcels_took_tells_when_the_next_one_will_arrive_and_whether_it_will_be_late() {
    let mut w = World::new().await;
    past(&w).await;
    let likely = json!({"name": "likely", "when": {"field": "at_risk.probability", "above": 0.5}, "then": {"alert": {"kind": "likely"}}});
    w.post("/rules", &likely).await.is(201);
    let (easy, tight) = (on_its_way(&w, "EASY", 9).await, on_its_way(&w, "TIGHT", 2).await);
    w.work().await;
    let alerts = w.alerts("likely").await;
    assert_eq!(alerts.iter().map(|a| &a["shipment_id"]).collect::<Vec<_>>(), [&json!(tight)], "a rule may ask for the chance alone");
    let s = w.shipment(&easy).await;
    let told = &s["estimated"];
    assert_eq!((&told["source"], &told["confidence"]), (&json!("whereabouts"), &json!(0.8)), "{told}");
    let within = |name: &str, from: i64, until: i64| {
        let told = told[name].as_str().unwrap();
        assert!(*told >= *day(&w, from) && *told <= *day(&w, until), "{name} of {} is not from {}", s["estimated"], day(&w, from));
    };
    within("start", 2, 4);
    within("end", 4, 7);
    assert_eq!(s["at_risk"]["flag"], json!(false), "{}", s["at_risk"]);
    assert!(s["at_risk"]["probability"].as_f64().unwrap() < 0.2);
    let url = s["tracking_page_url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let page = w.send_as(None, "GET", url, Body::empty(), &[("accept", "application/json")]).await.is(200);
    assert_eq!(page["parcels"][0]["estimated"], json!({"start": told["start"], "end": told["end"]}), "{page}");
    let s = w.shipment(&tight).await;
    assert_eq!(s["at_risk"]["flag"], json!(true), "{}", s["at_risk"]);
    assert!(s["at_risk"]["probability"].as_f64().unwrap() > 0.5);
    let found = w.get("/shipments?at_risk=true").await["data"].as_array().unwrap().len();
    assert_eq!(found, 1);
    let kinds: Vec<Value> = w.changes(&tight).await.iter().map(|c| c["kind"].clone()).collect();
    assert!(kinds.contains(&json!("at_risk")) && kinds.contains(&json!("estimate_changed")), "{kinds:?}");
    the_log_ends_where_the_shipment_stands(&w, &tight).await;

    // What is told stands from day to day, and goes when the parcel is there.
    let first = w.shipment(&easy).await["estimated"].clone();
    w.advance("26h").await;
    assert_eq!(w.shipment(&easy).await["estimated"], first);
    w.says("EASY", "delivered").await;
    let s = w.shipment(&easy).await;
    assert_eq!((&s["estimated"], &s["at_risk"]["probability"]), (&Value::Null, &Value::Null));
    the_log_ends_where_the_shipment_stands(&w, &easy).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retailer_says_how_many_false_alarms_a_late_parcel_is_worth() {
    let mut w = World::new().await;
    past(&w).await;
    let tight = on_its_way(&w, "TIGHT", 2).await;
    w.work().await;
    assert_eq!(w.shipment(&tight).await["at_risk"]["flag"], json!(true));
    w.put("/settings/retailer", &json!({"at_risk_false_alarms": 0})).await.is(200);
    w.work().await;
    let s = w.shipment(&tight).await;
    assert_eq!(s["at_risk"]["flag"], json!(false), "{}", s["at_risk"]);
    assert!(s["at_risk"]["probability"].as_f64().is_some(), "the chance is told all the same");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn until_parcels_teach_the_days_are_what_the_carrier_publishes_and_are_called_so() {
    let mut w = World::new().await;
    let told = json!({"service": "Tracked 48", "handed_over_at": w.in_("-2h"), "promised": null});
    let id = w.register(parcel_with("NEW", told)).await;
    let s = w.shipment(&id).await;
    let told = s["estimated"].clone();
    assert_eq!((&told["source"], &told["confidence"]), (&json!("published"), &Value::Null), "{told}");
    let why = w.get(&format!("/shipments/{id}/estimate")).await;
    let words = "The carrier publishes 2 to 3 working days for this service; none of your own parcels taught it.";
    assert_eq!((&why["estimated"], &why["explanation"]), (&told, &json!([words])), "{why}");
    let url = s["tracking_page_url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned();
    let page = w.send_as(None, "GET", &url, Body::empty(), &[("accept", "application/json")]).await.is(200);
    let detail = page["detail"].as_str().unwrap();
    assert!(detail.contains("With this service Royal Mail aims to bring it"), "{page}");
    assert_eq!(page["parcels"][0]["estimated"], Value::Null, "an aim is nobody's estimate of this parcel");

    // What is promised goes before it, and an aim beyond it is no reason to say that it slips.
    w.patch(&format!("/shipments/{id}"), &json!({"promised": {"end": day(&w, 1)}})).await.is(200);
    let page = w.send_as(None, "GET", &url, Body::empty(), &[("accept", "application/json")]).await.is(200);
    assert!(page["headline"].as_str().unwrap().starts_with("Arriving"), "{page}");
    assert_eq!(w.shipment(&id).await["at_risk"], json!({"flag": false, "probability": null}));

    // It ends with its days, and with what is learnt.
    w.advance("8d").await;
    assert_eq!(w.shipment(&id).await["estimated"], Value::Null);
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    past(&w).await;
    w.advance("11m").await;
    let told = json!({"service": "Tracked 48", "ordered_at": w.in_("-20h"), "handed_over_at": w.in_("-2h")});
    let next = w.register(parcel_with("NEXT", told)).await;
    w.advance("2m").await;
    assert_eq!(w.shipment(&next).await["estimated"]["source"], json!("whereabouts"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carriers_own_estimate_is_told_before_ours_and_nothing_is_told_without_history() {
    let mut w = World::new().await;
    let alone = on_its_way(&w, "ALONE", 4).await;
    w.work().await;
    assert_eq!(w.shipment(&alone).await["estimated"], Value::Null);
    past(&w).await;
    w.advance("11m").await;
    assert_eq!(w.shipment(&alone).await["estimated"]["source"], json!("whereabouts"));
    let theirs = json!({"end": day(&w, 6)});
    let scan = json!({"tracking_number": "ALONE", "carrier": "royalmail", "state": "arrived_at_hub", "occurred_at": w.in_("0s"), "estimated_delivery": theirs});
    w.tell(scan).await;
    let told = w.shipment(&alone).await["estimated"].clone();
    assert_eq!(told, json!({"start": null, "end": day(&w, 6), "source": "carrier", "confidence": null}));
    the_log_ends_where_the_shipment_stands(&w, &alone).await;
    w.end().await;
}
