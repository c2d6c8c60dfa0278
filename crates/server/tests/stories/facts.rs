//! Late, early, at risk, may be missing, at rest: what silence and the clock alone bring about.

use serde_json::{Value, json};

use crate::{
    events::the_log_ends_where_the_shipment_stands,
    world::{World, parcel, parcel_with},
};

async fn late(w: &World, id: &str) -> bool {
    w.shipment(id).await["late"]["is_late"].as_bool().unwrap()
}

async fn missing(w: &World, id: &str) -> Option<String> {
    let s = w.shipment(id).await;
    s["may_be_missing"]["flag"].as_bool().unwrap().then(|| s["may_be_missing"]["reason"].as_str().unwrap().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_ends_at_midnight_where_the_recipient_lives() {
    let mut w = World::at("2026-10-24T09:00:00Z", "sorted").await;
    let promised = json!({"promised": {"end": "2026-10-25"}});
    // The night in which London goes back to winter time and New York has not yet.
    let london = w.register(parcel_with("L1", promised.clone())).await;
    let new_york = json!({"destination": {"kind": null, "city": "New York", "postcode": "10001", "country": "US"}});
    let mut away = parcel_with("N1", new_york);
    away["promised"] = promised["promised"].clone();
    let new_york = w.register(away).await;
    w.advance_to("2026-10-25T23:59:59Z").await;
    assert!(!late(&w, &london).await);
    w.advance("1s").await;
    assert!(late(&w, &london).await);
    assert!(!late(&w, &new_york).await);
    w.advance_to("2026-10-26T03:59:59Z").await;
    assert!(!late(&w, &new_york).await);
    w.advance("1s").await;
    assert!(late(&w, &new_york).await);
    let s = w.shipment(&london).await;
    assert_eq!((&s["late"]["hours_late"], &s["late"]["since"]), (&json!(4.0), &json!("2026-10-26T00:00:00Z")));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_summer_the_day_ends_an_hour_earlier_by_greenwich() {
    let mut w = World::at("2026-06-15T09:00:00Z", "sorted").await;
    let id = w.register(parcel_with("L1", json!({"promised": {"end": "2026-06-15"}}))).await;
    w.advance_to("2026-06-15T22:59:59Z").await;
    assert!(!late(&w, &id).await);
    w.advance("1s").await;
    assert!(late(&w, &id).await);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lateness_grows_until_the_parcel_is_there_and_is_frozen_then() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16T12:00:00Z"}}))).await;
    w.advance_to("2026-11-16T12:00:00Z").await;
    assert!(!late(&w, &id).await, "at noon it is still in time");
    w.advance_to("2026-11-16T13:30:00Z").await;
    assert_eq!(w.shipment(&id).await["late"]["hours_late"], json!(1.5));
    w.says("RM1", "out_for_delivery").await;
    w.advance("1h").await;
    w.says("RM1", "delivered").await;
    w.advance("30h").await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["late"]["is_late"], &s["late"]["hours_late"]), (&json!(true), &json!(2.5)));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_told_late_takes_lateness_back() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.advance_to("2026-11-17T06:00:00Z").await;
    assert!(late(&w, &id).await);
    assert_eq!(w.alerts("late").await.len(), 1);
    w.event("RM1", "delivered", "2026-11-16T21:00:00Z").await;
    assert!(!late(&w, &id).await);
    assert_eq!(w.alerts("late").await.len(), 0);
    assert_eq!(w.shipment(&id).await["late"]["hours_late"], Value::Null);
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_promise_in_the_future_clears_lateness_and_can_be_broken_again() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.advance_to("2026-11-17T10:00:00Z").await;
    assert!(late(&w, &id).await);
    w.patch(&format!("/shipments/{id}"), &json!({"promised": {"end": "2026-11-18"}})).await.is(200);
    assert!(!late(&w, &id).await);
    w.advance_to("2026-11-19T09:00:00Z").await;
    assert!(late(&w, &id).await);
    let s = w.post("/shipments", &parcel_with("RM1", json!({"promised": {"end": "2026-11-21"}}))).await.is(200);
    assert_eq!((&s["late"]["is_late"], &s["first_promised"]["end"]), (&json!(false), &json!("2026-11-16")));
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_for_collection_counts_as_had_at_a_shop_but_not_at_home() {
    let mut w = World::new().await;
    let promised = json!({"promised": {"end": "2026-11-16"}});
    for kind in ["shop", "locker", "store", "post_office", "home", "work"] {
        let mut p = parcel_with(kind, promised.clone());
        p["destination"]["kind"] = json!(kind);
        w.register(p).await;
        w.event(kind, "ready_for_collection", &w.in_("6h")).await;
    }
    w.advance_to("2026-11-17T00:00:00Z").await;
    for kind in ["shop", "locker", "store", "post_office", "home", "work"] {
        let s = w.get(&format!("/shipments?tracking_number={kind}")).await["data"][0].clone();
        assert_eq!(s["late"]["is_late"], json!(kind == "home" || kind == "work"), "{kind}");
        assert_eq!(s["waiting_on"], json!("shopper"));
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_early_is_only_where_a_day_or_a_time_was_agreed() {
    let mut w = World::new().await;
    for (number, promised) in [
        ("BY", json!({"end": "2026-11-20"})),
        ("DAY", json!({"end": "2026-11-20", "kind": "on_day"})),
        ("TIMED", json!({"start": "2026-11-16T14:00:00Z", "end": "2026-11-16T16:00:00Z", "kind": "timed"})),
    ] {
        w.register(parcel_with(number, json!({ "promised": promised }))).await;
    }
    w.advance("4h").await;
    for (number, early) in [("BY", false), ("DAY", true), ("TIMED", true)] {
        w.says(number, "delivered").await;
        let s = w.get(&format!("/shipments?q={number}")).await["data"][0].clone();
        assert_eq!(s["early"], json!(early), "{number}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_physical_event_twelve_hours_after_hand_over_it_may_be_missing() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"handed_over_at": w.in_("0h")}))).await;
    w.says("RM1", "dispatched").await;
    w.advance_to("2026-11-16T20:59:59Z").await;
    assert_eq!(missing(&w, &id).await, None);
    w.advance("1s").await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("no_first_scan"));
    assert_eq!(w.alerts("may_be_missing").await.len(), 1);
    // A pre-advice is no scan; the next physical event finds it again.
    w.says("RM1", "delivery_scheduled").await;
    assert!(missing(&w, &id).await.is_some());
    w.says("RM1", "in_transit").await;
    assert_eq!(missing(&w, &id).await, None);
    assert_eq!(w.alerts("may_be_missing").await.len(), 0);
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_or_a_pre_advice_alone_starts_no_clock() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "dispatched").await;
    w.advance("20d").await;
    assert_eq!(missing(&w, &id).await, None);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_older_history_counts_from_its_registration() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"shipped_at": w.in_("-5d")}))).await;
    assert_eq!(missing(&w, &id).await, None);
    w.advance_to("2026-11-16T20:59:59Z").await;
    assert_eq!(missing(&w, &id).await, None);
    w.advance("1s").await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("no_first_scan"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_a_day_at_home_and_three_abroad_and_nothing_where_a_country_is_unknown() {
    let mut w = World::new().await;
    let home = w.register(parcel("H1")).await;
    let mut abroad = parcel("A1");
    abroad["destination"] = json!({"city": "Dublin", "country": "IE"});
    let abroad = w.register(abroad).await;
    let nowhere = w.register(parcel_with("U1", json!({"origin": null}))).await;
    let kingdom = w.register(parcel_with("K1", json!({"destination": {"country": "uk"}}))).await;
    assert_eq!(w.shipment(&kingdom).await["destination"]["country"], json!("GB"), "as most people write it");
    for number in ["H1", "A1", "U1", "K1"] {
        w.says(number, "in_transit").await;
    }
    w.advance("24h").await;
    assert_eq!(missing(&w, &home).await, None, "24 hours are not more than 24 hours");
    w.advance("1s").await;
    assert_eq!(missing(&w, &home).await.as_deref(), Some("silence"));
    assert_eq!(missing(&w, &kingdom).await.as_deref(), Some("silence"));
    assert_eq!(missing(&w, &abroad).await, None);
    w.advance_to("2026-11-19T09:00:00Z").await;
    assert_eq!(missing(&w, &abroad).await, None);
    w.advance("1s").await;
    assert_eq!(missing(&w, &abroad).await.as_deref(), Some("silence"));
    w.advance("10d").await;
    assert_eq!(missing(&w, &nowhere).await, None);
    // Any event, physical or not, ends a silence.
    w.says("H1", "delayed").await;
    assert_eq!(missing(&w, &home).await, None);
    let found: Vec<_> = w.changes(&home).await.iter().map(|c| c["kind"].clone()).filter(|k| k == "found_again").collect();
    assert_eq!(found.len(), 1);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_the_shopper_the_retailer_or_an_agreed_day_is_not_silence() {
    let mut w = World::new().await;
    for (number, state) in [
        ("SHOPPER", "ready_for_collection"),
        ("CARD", "delivery_failed_card_left"),
        ("RETAILER", "damaged"),
        ("CUSTOMS", "held_at_customs"),
    ] {
        w.register(parcel(number)).await;
        w.says(number, state).await;
    }
    let agreed = w.register(parcel("AGREED")).await;
    w.says("AGREED", "in_transit").await;
    w.tell(json!({"tracking_number": "AGREED", "state": "delivery_rescheduled", "occurred_at": w.in_("1s"), "estimated_delivery": {"end": "2026-11-18"}}))
        .await;
    w.advance_to("2026-11-19T23:00:00Z").await;
    assert_eq!(list_missing(&w).await, Vec::<String>::new());
    w.advance_to("2026-11-20T00:00:01Z").await;
    assert_eq!(missing(&w, &agreed).await.as_deref(), Some("silence"), "a day after the agreed one was over");
    w.end().await;
}

async fn list_missing(w: &World) -> Vec<String> {
    let found = w.get("/shipments?may_be_missing=true").await;
    found["data"].as_array().unwrap().iter().map(|s| s["tracking_number"].as_str().unwrap().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_suspended_while_the_carriers_feed_is_down() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    w.advance("12h").await;
    let down = json!({"feed_down": [{"from": w.in_("0h"), "until": w.in_("10h")}]});
    w.put("/settings/carrier:royalmail", &down).await.is(200);
    w.advance("22h").await;
    assert_eq!(missing(&w, &id).await, None);
    w.advance("1s").await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("silence"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_without_an_end_wakes_those_who_slept_when_it_is_taken_back() {
    let mut w = World::new().await;
    w.put("/settings/carrier:royalmail", &json!({"feed_down": [{"from": w.in_("0h")}]})).await.is(200);
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    w.advance("30h").await;
    assert_eq!(missing(&w, &id).await, None);
    w.put("/settings/carrier:royalmail", &json!({"feed_down": null})).await.is(200);
    w.work().await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("silence"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_uk_retail_a_sunday_is_no_silence() {
    let mut w = World::at("2026-11-20T18:00:00Z", "uk_retail").await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    // Saturday counts, Sunday does not: Friday 18:00 and 24 hours is Saturday 18:00.
    w.advance_to("2026-11-21T18:00:00Z").await;
    assert_eq!(missing(&w, &id).await, None);
    w.says("RM1", "arrived_at_hub").await;
    w.advance_to("2026-11-23T18:00:00Z").await;
    assert_eq!(missing(&w, &id).await, None);
    w.advance("1s").await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("silence"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_uk_retail_a_parcel_not_out_by_eleven_is_at_risk() {
    let mut w = World::uk_retail().await;
    let promised = json!({"promised": {"end": "2026-11-17"}});
    let (stuck, out) = (w.register(parcel_with("RM1", promised.clone())).await, w.register(parcel_with("RM2", promised)).await);
    w.says("RM1", "at_delivery_depot").await;
    w.advance_to("2026-11-17T08:00:00Z").await;
    w.says("RM2", "out_for_delivery").await;
    w.advance_to("2026-11-17T10:59:59Z").await;
    assert_eq!(w.shipment(&stuck).await["at_risk"]["flag"], json!(false));
    w.advance("1s").await;
    assert_eq!(w.shipment(&stuck).await["at_risk"]["flag"], json!(true));
    assert_eq!(w.shipment(&out).await["at_risk"]["flag"], json!(false));
    assert_eq!(w.get("/shipments?at_risk=true").await["data"].as_array().unwrap().len(), 1);
    w.advance("4h").await;
    w.says("RM1", "delivered").await;
    assert_eq!(w.shipment(&stuck).await["at_risk"]["flag"], json!(false));
    the_log_ends_where_the_shipment_stands(&w, &stuck).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_preset_sorted_nothing_is_at_risk() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.says("RM1", "in_transit").await;
    w.advance("8h").await;
    assert_eq!(w.shipment(&id).await["at_risk"]["flag"], json!(false));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_keep_their_last_value_at_rest_and_any_event_wakes_the_evaluation() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    w.advance("40d").await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("silence"));
    w.says("RM1", "in_transit").await;
    assert_eq!(missing(&w, &id).await, None);
    w.advance("25h").await;
    assert_eq!(missing(&w, &id).await.as_deref(), Some("silence"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_far_away_is_judged_however_long_the_silence() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"origin": null, "promised": {"end": "2026-12-24"}}))).await;
    w.says("RM1", "in_transit").await;
    w.advance_to("2026-12-24T23:59:59Z").await;
    assert!(!late(&w, &id).await);
    w.advance("1s").await;
    assert!(late(&w, &id).await);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_stops_the_clocks_but_not_the_listening() {
    let mut w = World::new().await;
    for (number, state) in
        [("DEL", "delivered"), ("RTS", "returned_to_sender"), ("LOST", "lost"), ("CAN", "cancelled"), ("DES", "destroyed")]
    {
        w.register(parcel_with(number, json!({"promised": {"end": "2026-11-20"}}))).await;
        w.says(number, state).await;
    }
    w.advance("10d").await;
    assert_eq!(list_missing(&w).await, Vec::<String>::new());
    assert_eq!(w.get("/shipments?late=true").await["data"], json!([]));
    assert_eq!(w.says("LOST", "delivered").await["accepted"], json!(1));
    let found = w.get("/shipments?tracking_number=LOST").await["data"][0].clone();
    assert_eq!(found["state"], json!("delivered"));
    w.end().await;
}
