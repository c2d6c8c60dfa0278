//! How good forecasts were, why a date, which promises were kept and what can be promised.

use serde_json::{Value, json};

use crate::{
    forecasts::{on_its_way, past},
    world::World,
};

const THERE: &str = "origin_country=GB&origin_postcode=NN1%201AA&destination_country=GB&destination_postcode=SW1Y%204LB";

#[tokio::test(flavor = "multi_thread")]
async fn each_day_what_was_said_is_graded_by_what_became_of_it() {
    let mut w = World::new().await;
    past(&w).await;
    for k in 0..20 {
        on_its_way(&w, &format!("N{k}"), if k < 10 { 9 } else { 2 }).await;
    }
    w.work().await;
    let told: Vec<Value> = w.get("/shipments?at_risk=true").await["data"].as_array().unwrap().clone();
    assert_eq!(told.len(), 10, "those promised in two days");
    let (first, last) = (told[0]["estimated"]["start"].clone(), told[0]["estimated"]["end"].clone());
    w.advance("76h").await;
    let today = json!(w.in_("0h")[..10]);
    let holds = first.as_str() <= today.as_str() && today.as_str() <= last.as_str();
    for k in 0..20 {
        w.says(&format!("N{k}"), "delivered").await;
    }
    w.advance("25h").await;
    let told = w.get("/scorecard").await;
    assert!(told["graded_at"].is_string(), "{told}");
    let (all, one) = (&told["data"][0], &told["data"][1]);
    assert_eq!((&all["carrier"], &one["carrier"]), (&Value::Null, &json!("royalmail")));
    assert_eq!((&all["parcels"], &all["hand_over"]["parcels"], &all["brier"]["parcels"]), (&json!(20), &json!(20), &json!(20)), "{all}");
    assert_eq!(all["hand_over"]["coverage"], json!(if holds { 1.0 } else { 0.0 }), "{first} to {last}, {today}: {all}");
    assert!(all["hand_over"]["error_days"].as_f64().unwrap() <= 2.0, "{all}");
    assert_eq!(all["at_risk"]["precision"], json!({"of": 10, "share": 1.0}), "{all}");
    assert_eq!(all["weeks"].as_array().unwrap().iter().map(|w| w["parcels"].as_i64().unwrap()).sum::<i64>(), 20);
    // Nobody scanned them, so the clock said after twelve hours that they may be missing; they came.
    assert_eq!(all["may_be_missing"], json!({"of": 20, "share": 0.0}), "{all}");
    assert_eq!(w.get("/scorecard?carrier=evri").await["data"], json!([]));

    let kept = w.get("/promises/kept?by=carrier,lane").await;
    assert_eq!(
        kept["data"],
        json!([{"carrier": "royalmail", "lane": "GB NN to GB SW", "parcels": 80, "kept": 70, "share": 0.875}]),
        "{kept}"
    );
    let csv = w.ask("/promises/kept?by=carrier&format=csv").await;
    assert_eq!(csv.text(), "carrier,parcels,kept,share\nroyalmail,80,70,0.875\n");
    w.ask("/promises/kept?by=colour").await.is(422);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_says_what_it_rests_on() {
    let mut w = World::new().await;
    let id = on_its_way(&w, "WHY", 9).await;
    let why = w.get(&format!("/shipments/{id}/estimate")).await;
    assert_eq!((&why["estimated"], &why["learnt_from"], &why["explanation"]), (&Value::Null, &Value::Null, &json!([])), "{why}");
    past(&w).await;
    w.advance("11m").await;
    let why = w.get(&format!("/shipments/{id}/estimate")).await;
    assert_eq!(why["estimated"], w.shipment(&id).await["estimated"]);
    assert!(why["learnt_from"].as_i64().unwrap() >= 50 && why["moved_by"].is_array(), "{why}");
    let first = why["explanation"][0].as_str().unwrap();
    assert!(first.starts_with("8 of 10 parcels like it arrive") && first.contains("learnt from"), "{first}");
    w.ask("/shipments/shp_none/estimate").await.is(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_promised_is_learnt_or_published_or_nothing() {
    let mut w = World::new().await;
    let ask = |more: &str| format!("/promises/possible?{THERE}&carrier=royalmail{more}");
    let nothing = w.get(&ask("")).await;
    assert_eq!((&nothing["by"], &nothing["source"]), (&Value::Null, &Value::Null), "{nothing}");
    let published = w.get(&ask("&service=Tracked%2048&handed_over_on=2026-11-20")).await;
    assert_eq!((&published["from"], &published["by"]), (&json!("2026-11-23"), &json!("2026-11-24")), "over a Sunday: {published}");
    assert_eq!((&published["source"], &published["share"]), (&json!("published"), &Value::Null));
    past(&w).await;
    w.advance("11m").await;
    let learnt = w.get(&ask("")).await;
    assert_eq!((&learnt["source"], &learnt["share"]), (&json!("learnt"), &json!(0.9)), "{learnt}");
    let by = learnt["by"].as_str().unwrap();
    assert!(*by >= w.in_("4d")[..10] && *by <= w.in_("7d")[..10], "three to five days: {learnt}");
    w.ask("/promises/possible?carrier=royalmail").await.is(422);
    w.ask(&ask("&handed_over_on=2020-01-01")).await.is(422);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_ended_there_are_no_grades() {
    let mut w = World::new().await;
    w.work().await;
    let told = w.get("/scorecard").await;
    assert_eq!((&told["graded_at"], &told["data"]), (&Value::Null, &json!([])));
    assert_eq!(w.get("/promises/kept").await["data"], json!([]));
    w.end().await;
}
