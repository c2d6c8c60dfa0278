//! The sandbox: magic numbers tell their stories, the clock does due work in due order, and quickly.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    events::the_log_ends_where_the_shipment_stands,
    world::{World, parcel, parcel_with, text},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_magic_number_tells_its_story_when_the_clock_moves() {
    let mut w = World::new().await;
    let words = ["DELIVERED", "LATE", "MISSING", "FAILED", "RETURN", "PICKUP", "DUPLICATES", "DISORDER"];
    let (mut full, mut bare) = (Vec::new(), Vec::new());
    for word in words {
        full.push(w.register(parcel(&format!("WBTEST-{word}-1"))).await);
        bare.push(w.register(json!({"tracking_number": format!("WBTEST-{word}-2")})).await);
    }
    w.advance("72h").await;
    for ids in [&full, &bare] {
        assert_eq!(w.shipment(&ids[1]).await["late"]["is_late"], json!(true), "late without an end in sight");
        assert_eq!(w.shipment(&ids[2]).await["may_be_missing"]["flag"], json!(true));
    }
    w.advance("12d").await;
    for ids in [&full, &bare] {
        let mut states = Vec::new();
        for id in ids {
            states.push(w.state(id).await);
            the_log_ends_where_the_shipment_stands(&w, id).await;
        }
        assert_eq!(
            [&states[..2], &states[3..]].concat(),
            ["delivered", "delivered", "delivered", "returned_to_sender", "collected_by_shopper", "delivered", "delivered"]
        );
        assert_eq!(w.shipment(&ids[1]).await["late"]["is_late"], json!(true), "it arrived, late");
    }
    assert_eq!(w.timeline(&full[6]).await.len(), 6, "told twice, kept once");
    assert_eq!(
        w.timeline(&full[7]).await,
        ["delivered", "out_for_delivery", "at_delivery_depot", "arrived_at_hub", "collected_by_carrier", "dispatched"]
    );
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_late_number_is_late_whatever_was_promised() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("WBTEST-LATE-1", json!({"promised": {"end": "2026-12-01"}}))).await;
    w.advance_to("2026-12-02T00:00:00Z").await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["late"]["is_late"], &s["may_be_missing"]["flag"]), (&json!(true), &json!(false)));
    w.advance("4d").await;
    assert_eq!(w.state(&id).await, "delivered");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_done_with_the_clock_standing_at_each_due_time() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("WBTEST-DELIVERED-1", json!({"promised": {"end": "2026-11-16T20:00:00Z"}}))).await;
    w.advance("48h").await;
    let late = w.changes(&id).await.into_iter().find(|c| c["field"] == json!("late")).unwrap();
    assert_eq!(late["at"], json!("2026-11-16T20:00:00.001Z"), "one millisecond past the promise, not when the clock stopped");
    let mails: Vec<_> = w.sent().await.iter().map(|m| m["at"].as_str().unwrap().to_string()).collect();
    let mut sorted = mails.clone();
    sorted.sort();
    assert_eq!(mails, sorted);
    assert_eq!(mails.last().map(String::as_str), Some("2026-11-17T09:00:00Z"), "delivered after a day");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_days_of_a_thousand_parcels_pass_and_each_is_where_its_number_says() {
    let mut w = World::new().await;
    for batch in 0..2 {
        let many: Vec<_> = (0..500)
            .map(|n| {
                let number = format!("WBTEST-{}-{batch}-{n}", ["DELIVERED", "LATE", "MISSING", "FAILED", "RETURN"][n % 5]);
                parcel_with(
                    &number,
                    json!({"recipient": {"email": format!("p{batch}-{n}@example.com")}, "promised": {"end": "2026-11-17"}}),
                )
            })
            .collect();
        w.post("/shipments", &json!({ "shipments": many })).await.is(200);
        // Registered at different moments, as in life.
        w.advance("1s").await;
    }
    let watch = w.app.clock.stopwatch();
    w.advance("48h").await;
    eprintln!("48 h at 1,000 shipments took {:?}", watch.elapsed());
    let (mut stand, mut path) = (BTreeMap::<(String, String), usize>::new(), "/shipments?limit=200".to_string());
    loop {
        let page = w.get(&path).await;
        for s in page["data"].as_array().unwrap() {
            let number = text(&s["tracking_number"]);
            *stand.entry((number.split('-').nth(1).unwrap().to_string(), text(&s["state"]))).or_default() += 1;
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/shipments?limit=200&cursor={cursor}");
    }
    let counted: Vec<(&str, &str, usize)> = stand.iter().map(|((word, state), n)| (word.as_str(), state.as_str(), *n)).collect();
    assert_eq!(
        counted,
        [
            ("DELIVERED", "delivered", 200),
            ("FAILED", "delivered", 200),
            ("LATE", "in_transit", 200),
            ("MISSING", "arrived_at_hub", 200),
            ("RETURN", "returning_to_sender", 200)
        ]
    );
    w.end().await;
}
