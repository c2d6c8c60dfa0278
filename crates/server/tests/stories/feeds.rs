//! When a carrier's whole feed is down: none of its parcels may be missing, whoever judges and by whatever door it speaks.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};

use crate::{
    carriers::{account, enter, on_the_van, register},
    mock::{Mock, json as answer},
    world::{World, list, parcel_with, text},
};

/// Three weeks in which a carrier scans on working days, from eight to eight.
async fn three_usual_weeks(w: &mut World) {
    for day in 0..21 {
        if day % 7 != 6 {
            for hour in 0..12 {
                let numbers = [day * 100 + hour * 4, day * 100 + hour * 4 + 1, day * 100 + hour * 4 + 2];
                let event = |n: &i64| json!({"tracking_number": format!("RM{n}GB"), "carrier": "royalmail", "state": "in_transit", "occurred_at": w.now().to_string()});
                w.post("/tracking-events", &json!({"events": numbers.iter().map(event).collect::<Vec<_>>()})).await.is(202);
                w.advance("1h").await;
            }
            w.advance("12h").await;
        } else {
            w.advance("24h").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_goes_quiet_raises_one_alert_and_closes_it_when_it_flows_again() {
    let mut w = World::new().await;
    three_usual_weeks(&mut w).await;
    assert!(w.alerts("feed_quiet").await.is_empty(), "nights and Sundays are no silence");
    // Monday morning: nobody waits for this carrier yet, so its silence concerns nobody.
    w.advance("6h").await;
    assert!(w.alerts("feed_quiet").await.is_empty());
    register(&w, "royalmail", "RM1GB").await;
    w.advance("8h").await;
    let alerts = w.alerts("feed_quiet").await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(text(&alerts[0]["reason"]).starts_with("nothing new from Royal Mail since Sat 5 Dec"), "{alerts:?}");
    assert_eq!(list(w.get("/feeds").await)[0]["state"], json!("quiet"));
    w.advance("24h").await;
    assert_eq!(w.alerts("feed_quiet").await.len(), 1);
    w.says("RM1GB", "in_transit").await;
    w.work().await;
    assert!(w.alerts("feed_quiet").await.is_empty());
    assert_eq!(list(w.get("/feeds").await)[0]["state"], json!("flowing"));
    w.end().await;
}

async fn missing(w: &World) -> Vec<String> {
    let mut numbers: Vec<String> =
        list(w.get("/shipments?may_be_missing=true").await).iter().map(|s| text(&s["tracking_number"]).to_string()).collect();
    numbers.sort();
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_feed_is_quiet_none_of_its_parcels_may_be_missing_and_silence_grows_again_when_it_speaks() {
    let mut w = World::new().await;
    three_usual_weeks(&mut w).await;
    // Evri's feed is too young to be judged: its parcel is measured by the clock alone.
    for (carrier, number) in [("royalmail", "RM1GB"), ("royalmail", "RM2GB"), ("evri", "EV1")] {
        register(&w, carrier, number).await;
        w.says(number, "in_transit").await;
    }
    let feed = async |w: &World| list(w.get("/feeds").await).into_iter().find(|f| f["carrier"] == "royalmail").unwrap();
    assert_eq!(feed(&w).await["suspended"], json!(null));
    w.advance("23h").await;
    let suspended = feed(&w).await["suspended"].clone();
    assert_eq!((&suspended["by"], &suspended["until"]), (&json!("quiet_feed"), &json!(null)), "{suspended}");
    w.advance("30h").await;
    assert_eq!(missing(&w).await, ["EV1"], "nobody knows where Royal Mail's parcels are, so none of them is missing");
    // One scan comes: the feed is back, and what it held back has two hours to come.
    w.says("RM2GB", "arrived_at_hub").await;
    w.work().await;
    let suspended = feed(&w).await["suspended"].clone();
    assert_eq!((&suspended["by"], &suspended["until"]), (&json!("quiet_feed"), &json!(w.in_("2h"))), "{suspended}");
    w.advance("2h").await;
    assert_eq!(missing(&w).await, ["EV1"]);
    assert_eq!(feed(&w).await["suspended"], json!(null), "it is over by itself");
    for hour in 0..24 {
        w.tell(json!({"tracking_number": format!("RM9{hour}GB"), "carrier": "royalmail", "state": "in_transit", "occurred_at": w.now().to_string()}))
            .await;
        w.advance("1h").await;
    }
    assert_eq!(missing(&w).await, ["EV1", "RM1GB"], "silence grew on from where it stood");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_set_by_hand_is_told_apart_and_the_grace_is_a_setting() {
    let mut w = World::new().await;
    three_usual_weeks(&mut w).await;
    w.put("/settings/carrier:royalmail", &json!({"feed_grace_minutes": 0, "feed_down": [{"from": w.in_("0h"), "until": w.in_("1h")}]}))
        .await
        .is(200);
    register(&w, "royalmail", "RM1GB").await;
    w.says("RM1GB", "in_transit").await;
    let suspended = async |w: &World| list(w.get("/feeds").await)[0]["suspended"].clone();
    assert_eq!(suspended(&w).await["by"], json!("setting"));
    w.advance("23h").await;
    assert_eq!(suspended(&w).await["by"], json!("quiet_feed"));
    w.says("RM1GB", "arrived_at_hub").await;
    w.work().await;
    assert_eq!(suspended(&w).await, json!(null), "without a grace it is over with the first scan");
    w.end().await;
}

async fn feed(w: &World, carrier: &str) -> Value {
    list(w.get("/feeds").await).into_iter().find(|f| f["carrier"] == carrier).unwrap()
}

/// "silent 5 h, 3 h of them counted"
async fn silence(w: &World, id: &str) -> String {
    let told = w.shipment(id).await["may_be_missing"].clone();
    text(&told["explanation"]).split(';').next().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn clock_and_history_count_the_same_hours_of_silence_while_a_feed_is_down_and_after() {
    let mut w = World::new().await;
    w.put("/settings/carrier:royalmail:24", &json!({"missing_by": "clock"})).await.is(200);
    // Five weeks in which a parcel leaves a hub each hour of the working day and arrives two hours later.
    let mut under_way = VecDeque::new();
    for day in 0..35 {
        for hour in 0..if day % 7 == 6 { 0 } else { 12 } {
            let number = format!("PAST{day}x{hour}");
            register(&w, "royalmail", &number).await;
            w.says(&number, "departed_hub").await;
            under_way.push_back(number);
            if under_way.len() > 2
                && let Some(arrived) = under_way.pop_front()
            {
                w.says(&arrived, "delivered").await;
            }
            let other = json!({"tracking_number": format!("OTHER{day}x{hour}"), "carrier": "royalmail", "state": "in_transit", "occurred_at": w.now().to_string()});
            w.tell(other).await;
            w.advance("1h").await;
        }
        w.advance(if day % 7 == 6 { "24h" } else { "12h" }).await;
    }
    let (history, clock) = (register(&w, "royalmail", "HISTORY").await, register_24(&w).await);
    w.says("HISTORY", "departed_hub").await;
    w.says("CLOCK", "departed_hub").await;
    w.work().await;
    assert_eq!(w.shipment(&history).await["may_be_missing"]["judged_by"], json!("history"));
    assert_eq!(w.shipment(&clock).await["may_be_missing"]["judged_by"], json!("clock"));
    let mut suspended = Vec::new();
    for hour in 1..=9 {
        w.advance("1h").await;
        assert_eq!(silence(&w, &history).await, silence(&w, &clock).await, "after {hour} hours");
        if silence(&w, &clock).await.contains("counted") {
            suspended.push(hour);
        }
        assert_eq!(
            feed(&w, "royalmail").await["suspended"] != Value::Null,
            !suspended.is_empty(),
            "after {hour} hours: what counts is told"
        );
    }
    assert!(suspended.len() > 4 && suspended.len() < 9, "{suspended:?}");
    w.tell(json!({"tracking_number": "OTHER", "carrier": "royalmail", "state": "in_transit", "occurred_at": w.now().to_string()})).await;
    for hour in 1..=3 {
        w.advance("1h").await;
        assert_eq!(silence(&w, &history).await, silence(&w, &clock).await, "{hour} hours after it spoke again");
    }
    w.end().await;
}

async fn register_24(w: &World) -> String {
    w.register(parcel_with("CLOCK", json!({"carrier": "royalmail", "service": "24", "shipped_at": w.now().to_string()}))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_carrier_that_is_asked_lets_nobody_in_none_of_its_parcels_may_be_missing() {
    let good = Arc::new(AtomicBool::new(true));
    let is_good = Arc::clone(&good);
    let mail = Mock::speaking(move |_| match is_good.load(Ordering::SeqCst) {
        true => answer(
            200,
            &json!({"mailPieces": {"mailPieceId": "QX000000016GB", "summary": {"oneDBarcode": "QX000000016GB"}, "events": [on_the_van("2026-11-16T08:00:00Z")]}})
                .to_string(),
        ),
        false => answer(401, "{}"),
    })
    .await;
    let mut w = World::asking(&[("royalmail", &mail.host)]).await;
    let id = enter(&w, account("royalmail")).await;
    register(&w, "royalmail", "QX000000016GB").await;
    w.advance("4h").await;
    assert_eq!(feed(&w, "royalmail").await["suspended"], Value::Null);
    good.store(false, Ordering::SeqCst);
    w.advance("4h").await;
    let told = feed(&w, "royalmail").await;
    assert_eq!(
        (&told["state"], &told["suspended"]["by"], &told["suspended"]["until"]),
        (&json!("quiet"), &json!("quiet_feed"), &Value::Null),
        "{told}"
    );
    assert!(w.alerts("feed_quiet").await.is_empty(), "that it is refused was told");
    w.advance("40h").await;
    assert_eq!(missing(&w).await, Vec::<String>::new());
    w.delete(&format!("/carrier-accounts/{id}")).await.is(204);
    w.work().await;
    assert_eq!(feed(&w, "royalmail").await["suspended"]["until"], json!(w.in_("2h")));
    w.advance("26h").await;
    assert_eq!(missing(&w).await, ["QX000000016GB"]);
    w.end().await;
}
