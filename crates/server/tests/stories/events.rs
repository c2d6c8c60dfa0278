//! What carriers say: counted once, in any order, for numbers known and unknown.

use axum::body::Body;
use serde_json::{Value, json};

use crate::world::{PUBLIC_URL, World, list, parcel, parcel_with, text};

fn event(number: &str, state: &str, at: &str) -> Value {
    json!({"tracking_number": number, "carrier": "royalmail", "state": state, "occurred_at": at})
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_counted_as_new_repeated_and_refused() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    let at = w.in_("-1h");
    let known = event("RM1", "in_transit", &at);
    let unknown = event("ZZ9", "in_transit", &at);
    let events = json!({"events": [
        known, known, unknown, unknown,
        {"tracking_number": "RM1", "state": "teleported", "occurred_at": at},
        {"tracking_number": "ZZ9", "state": "in_transit", "occurred_at": at},
        {"tracking_number": "RM1", "occurred_at": at},
        {"tracking_number": "RM1", "state": "in_transit", "occurred_at": "2026-02-30T10:00:00Z"},
        {"tracking_number": "RM1", "state": "in_transit", "occurred_at": at, "colour": "red"},
        7,
    ]});
    let answer = w.post("/tracking-events", &events).await.is(202);
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(2)));
    let refused: Vec<(i64, String)> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["index"].as_i64().unwrap(), text(&r["problem"]["errors"][0]["pointer"])))
        .collect();
    let expected =
        [(4, "/state"), (5, "/carrier"), (6, "/state"), (7, "/occurred_at"), (8, "/colour"), (9, "")].map(|(i, p)| (i, p.to_string()));
    assert_eq!(refused, expected);
    let again = w.post("/tracking-events", &json!({"events": [known, unknown]})).await.is(202);
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(2)));
    assert_eq!(w.timeline(&id).await, ["in_transit"]);
    let shown = list(w.get(&format!("/shipments/{id}/tracking-events")).await).remove(0);
    assert_eq!(
        (&shown["occurred_at"], &shown["precision"], &shown["time_basis"]),
        (&json!("2026-11-16T08:00:00+00:00"), &json!("second"), &json!("offset"))
    );
    assert_eq!(
        (&shown["local_time"], &shown["source"], &shown["milestone"]),
        (&json!("2026-11-16T08:00:00"), &json!("event"), &json!("in_transit"))
    );
    assert_eq!(shown["received_at"], json!(w.now().to_string()));
    for bad in [json!({}), json!({"events": {}}), json!({"events": [], "x": 1}), json!([])] {
        w.post("/tracking-events", &bad).await.is_problem(422);
    }
    let thousand_and_one = json!({"events": vec![event("RM1", "in_transit", &at); 1001]});
    w.post("/tracking-events", &thousand_and_one).await.is_problem(422);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_carrier_may_be_left_out_when_the_number_is_registered_once() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.tell(json!({"tracking_number": "rm 1", "state": "in_transit", "occurred_at": w.in_("-1h")})).await;
    assert_eq!(w.state(&id).await, "in_transit");
    w.register(json!({"order_number": "another", "tracking_number": "RM1", "carrier": "evri"})).await;
    let nameless = json!({"events": [{"tracking_number": "RM1", "state": "delivered", "occurred_at": w.in_("-1m")}]});
    let answer = w.post("/tracking-events", &nameless).await.is(202);
    assert_eq!(answer["rejected"][0]["problem"]["errors"][0]["pointer"], json!("/carrier"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_carrier_is_taken_from_the_first_who_speaks() {
    let w = World::new().await;
    let id = w.register(json!({"tracking_number": "RM1"})).await;
    w.says("RM1", "in_transit").await;
    assert_eq!(w.shipment(&id).await["carrier"], json!("royalmail"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_came_first_join_when_the_number_is_registered_if_their_time_fits() {
    let w = World::new().await;
    let shipped = json!({"shipped_at": w.in_("-1d")});
    for (state, at) in [("dispatched", "-15d"), ("collected_by_carrier", "-14d"), ("in_transit", "-20h"), ("out_for_delivery", "-1h")] {
        w.event("RM1", state, &w.in_(at)).await;
    }
    // Thirteen days and fourteen days before shipping are fifteen and fourteen days before now.
    assert_eq!(list(w.get("/unmatched").await).len(), 4);
    let id = w.register(parcel_with("RM1", shipped)).await;
    assert_eq!(w.timeline(&id).await, ["out_for_delivery", "in_transit", "collected_by_carrier", "dispatched"]);
    assert_eq!(w.state(&id).await, "out_for_delivery");
    assert_eq!(list(w.get("/unmatched").await).len(), 0);
    w.event("RM2", "delivered", &w.in_("-15d")).await;
    let id = w.register(parcel("RM2")).await;
    assert_eq!(w.state(&id).await, "registered", "fifteen days before registration it was another parcel's number");
    let waiting = list(w.get("/unmatched").await);
    assert_eq!(waiting[0]["tracking_number"], json!("RM2"));
    assert_eq!(w.event("RM2", "delivered", &w.in_("-15d")).await["duplicates"], json!(1));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recycled_number_belongs_to_the_parcel_whose_time_it_is() {
    let mut w = World::new().await;
    let first = w.register(parcel("RM1")).await;
    w.says("RM1", "delivered").await;
    w.advance("70d").await;
    assert_eq!(w.says("RM1", "in_transit").await["accepted"], json!(1));
    assert_eq!(w.timeline(&first).await, ["delivered"]);
    let second = w.register(parcel_with("RM1", json!({"order_number": "O-next"}))).await;
    assert_ne!(first, second);
    assert_eq!(w.timeline(&second).await, ["in_transit"]);
    w.says("RM1", "out_for_delivery").await;
    assert_eq!((w.state(&first).await, w.state(&second).await), ("delivered".into(), "out_for_delivery".into()));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_registers_is_forgotten_after_sixty_days() {
    let mut w = World::new().await;
    w.says("RM1", "in_transit").await;
    w.advance("59d").await;
    assert_eq!(list(w.get("/unmatched").await).len(), 1);
    w.advance("2d").await;
    assert_eq!(list(w.get("/unmatched").await).len(), 0);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_does_not_depend_on_order_repetition_or_batching() {
    let mut w = World::new().await;
    let script =
        [("dispatched", "0h"), ("collected_by_carrier", "2h"), ("in_transit", "8h"), ("out_for_delivery", "20h"), ("delivered", "24h")];
    let all = |number: &str| -> Vec<Value> { script.iter().map(|(s, at)| event(number, s, &w.in_(at))).collect() };
    let (straight, backwards, twice) = (all("A1"), all("A2").into_iter().rev().collect::<Vec<_>>(), all("A3"));
    let mut ids = Vec::new();
    for n in ["A1", "A2", "A3"] {
        ids.push(w.register(parcel(n)).await);
    }
    w.advance("25h").await;
    for e in straight.into_iter().chain(backwards) {
        w.tell(e).await;
    }
    let told_twice = [twice.clone(), twice].concat();
    let answer = w.post("/tracking-events", &json!({ "events": told_twice })).await.is(202);
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(5), &json!(5)));
    let mut seen = Vec::new();
    for id in &ids {
        let s = w.shipment(id).await;
        seen.push((
            w.timeline(id).await,
            ["state", "milestone", "delivered_at", "late", "may_be_missing", "last_event_at"].map(|f| s[f].clone()),
        ));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[0].0, ["delivered", "out_for_delivery", "in_transit", "collected_by_carrier", "dispatched"]);
    for id in &ids {
        the_log_ends_where_the_shipment_stands(&w, id).await;
    }
    w.end().await;
}

/// The last `after` of each field equals what the shipment says; ids are unique; every line has one cause.
pub async fn the_log_ends_where_the_shipment_stands(w: &World, id: &str) {
    let s = w.shipment(id).await;
    let changes = w.changes(id).await;
    let mut ids: Vec<String> = changes.iter().map(|c| text(&c["id"])).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), changes.len(), "ids are unique");
    let mut last = std::collections::BTreeMap::new();
    let mut before: std::collections::BTreeMap<String, Value> = std::collections::BTreeMap::new();
    for c in &changes {
        let cause = c["cause"].as_object().unwrap();
        assert_eq!(cause.len(), 1, "{c}");
        let calculated = matches!(c["field"].as_str().unwrap(), "late" | "early" | "may_be_missing" | "at_risk");
        assert!(!calculated || cause.contains_key("rule"), "{c}");
        let field = text(&c["field"]);
        if let Some(was) = before.insert(field.clone(), c["after"].clone()) {
            assert_eq!(was, c["before"], "{field} goes on where it was");
        }
        last.insert(field, c["after"].clone());
    }
    for (field, after) in last {
        let now = match field.as_str() {
            "late" => s["late"]["is_late"].clone(),
            "may_be_missing" => s["may_be_missing"]["flag"].clone(),
            "at_risk" => s["at_risk"]["flag"].clone(),
            other => s[other].clone(),
        };
        assert_eq!(after, now, "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_names_the_event_the_rule_or_the_person_behind_it() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.says("RM1", "collected_by_carrier").await;
    w.advance("1h").await;
    w.tell(
        json!({"tracking_number": "RM1", "state": "in_transit", "occurred_at": w.in_("0h"), "estimated_delivery": {"end": "2026-11-17"}}),
    )
    .await;
    w.advance("26h").await;
    w.patch(&format!("/shipments/{id}"), &json!({"promised": {"end": "2026-11-20"}})).await.is(200);
    w.post(&format!("/shipments/{id}/disputes"), &json!({"reason": "not_received"})).await.is(201);
    w.advance("1h").await;
    w.says("RM1", "delivered").await;
    let changes = w.changes(&id).await;
    let cause_of = |field: &str| changes.iter().filter(|c| c["field"] == json!(field)).map(|c| text(&c["cause"])).collect::<Vec<_>>();
    assert!(cause_of("state").iter().all(|c| c.contains("event_id")), "{:?}", cause_of("state"));
    assert_eq!(cause_of("may_be_missing"), [r#"{"rule":"may_be_missing"}"#, r#"{"rule":"may_be_missing"}"#]);
    assert_eq!(cause_of("late"), [r#"{"rule":"late"}"#, r#"{"rule":"late"}"#]);
    let events = list(w.get(&format!("/shipments/{id}/tracking-events")).await);
    let state = changes.iter().find(|c| c["field"] == json!("state")).unwrap();
    assert!(events.iter().any(|e| e["id"] == state["cause"]["event_id"]), "{state}");
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parcels_scanned_alike_have_events_of_their_own() {
    let w = World::new().await;
    let mut ids = Vec::new();
    for number in ["RM1", "RM2"] {
        let id = w.register(parcel(number)).await;
        w.event(number, "out_for_delivery", "2026-11-16T08:30:00Z").await;
        let events = list(w.get(&format!("/shipments/{id}/tracking-events")).await);
        let changes = w.changes(&id).await;
        let cause = changes.iter().find(|c| c["field"] == json!("state")).unwrap()["cause"]["event_id"].clone();
        assert_eq!((events.len(), &events[0]["id"]), (1, &cause));
        let path = w.shipment(&id).await["tracking_page_url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_string();
        let page = w.send_as(None, "GET", &path, Body::empty(), &[("accept", "application/json")]).await.is(200);
        assert_eq!(page["parcels"][0]["events"][0]["id"], cause, "the page calls it the same");
        ids.push(cause);
    }
    assert_ne!(ids[0], ids[1], "who keeps events by their id must not lose one");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_estimate_counts_though_the_scan_is_known() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    let at = w.in_("-1h");
    let told = |end: &str| json!({"tracking_number": "RM1", "state": "in_transit", "occurred_at": at, "estimated_delivery": {"end": end}});
    w.tell(told("2026-11-17")).await;
    w.advance("1h").await;
    for (end, expected) in [("2026-11-19", "2026-11-19"), ("2026-11-19", "2026-11-19"), ("2026-11-17", "2026-11-19")] {
        let answer = w.post("/tracking-events", &json!({"events": [told(end)]})).await.is(202);
        assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(1)), "the scan itself is not new");
        let estimated = w.shipment(&id).await["estimated"].clone();
        assert!(text(&estimated).contains(expected), "{end}: {estimated}");
    }
    let moved = w.changes(&id).await.into_iter().filter(|c| c["field"] == json!("estimated")).count();
    assert_eq!((moved, w.timeline(&id).await.len()), (2, 1), "told once by the scan and once anew; a repetition says nothing");
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_depot_scan_after_delivery_is_kept_but_undoes_nothing() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "delivered").await;
    w.advance("3h").await;
    w.says("RM1", "in_transit").await;
    assert_eq!(w.state(&id).await, "delivered");
    assert_eq!(w.timeline(&id).await, ["in_transit", "delivered"]);
    w.advance("1h").await;
    w.says("RM1", "delivery_failed").await;
    assert_eq!(w.state(&id).await, "delivery_failed", "a failed attempt afterwards proves that it was not");
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_nobody_knows_is_kept_and_asks_for_a_look() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    w.advance("1h").await;
    w.tell(json!({"tracking_number": "RM1", "carrier": "royalmail", "carrier_code": "QQQQ", "occurred_at": w.in_("0h")})).await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["state"], &s["attention"]), (&json!("in_transit"), &json!("watch")));
    let newest = list(w.get(&format!("/shipments/{id}/tracking-events")).await).remove(0);
    assert_eq!((&newest["state"], &newest["milestone"], &newest["carrier_code"]), (&json!("unknown"), &Value::Null, &json!("QQQQ")));
    the_log_ends_where_the_shipment_stands(&w, &id).await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_the_catalogue_is_accepted() {
    let w = World::new().await;
    let states = list(w.get("/states").await);
    assert!(states.len() >= 56);
    let events: Vec<Value> = states.iter().map(|s| event("ZZ1", s["id"].as_str().unwrap(), &w.in_("-1h"))).collect();
    let answer = w.post("/tracking-events", &json!({ "events": events })).await.is(202);
    assert_eq!((answer["accepted"].as_u64(), &answer["rejected"]), (Some(states.len() as u64), &json!([])));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_carrier_tells_besides_is_shown() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    let told = json!({
        "tracking_number": "RM1", "carrier": "royalmail", "state": "delivered_to_neighbour", "occurred_at": "2026-11-16T09:30:00+01:00",
        "description": "Left with number 14", "location": {"city": "London", "country": "GB"}, "signed_by": "B. Babbage",
        "proof": [{"kind": "photo", "url": "https://carrier.example/p.jpg"}],
    });
    w.tell(told.clone()).await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["signed_by"], &s["delivered_to"]["kind"]), (&json!("B. Babbage"), &json!("neighbour")));
    assert_eq!(s["delivered_at"], json!("2026-11-16T09:30:00+01:00"));
    let shown = list(w.get(&format!("/shipments/{id}/tracking-events")).await).remove(0);
    assert_eq!((&shown["location"]["city"], &shown["proof"][0]["kind"]), (&json!("London"), &json!("photo")));
    assert_eq!((&shown["occurred_at"], &shown["description"]), (&told["occurred_at"], &told["description"]));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_orders_in_one_bag_both_hear_what_the_carrier_says() {
    let w = World::new().await;
    let first = w.register(parcel_with("BAG1", json!({"order_number": "A-1"}))).await;
    let scans = json!({"events": [event("BAG1", "in_transit", &w.in_("-2h"))]});
    let answer = w.post("/tracking-events", &scans).await.is(202);
    assert_eq!(answer["accepted"], json!(1));
    let second = w.register(parcel_with("BAG1", json!({"order_number": "A-2"}))).await;
    assert_ne!(first, second);
    assert_eq!(w.timeline(&second).await, ["in_transit"], "what was said before the second order was registered is its history too");
    let delivered = json!({"events": [event("BAG1", "delivered", &w.in_("-1h"))]});
    let answer = w.post("/tracking-events", &delivered).await.is(202);
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(1), &json!(0)));
    assert_eq!(w.timeline(&first).await, ["delivered", "in_transit"]);
    assert_eq!(w.timeline(&second).await, ["delivered", "in_transit"]);
    assert_eq!(w.post("/tracking-events", &delivered).await.is(202)["duplicates"], json!(1));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_while_its_number_is_registered_is_never_left_behind() {
    let w = World::new().await;
    for n in 0..20 {
        let number = format!("RM{n}");
        let (told, registered) = (w.says(&number, "in_transit"), w.register(parcel(&number)));
        let (_, id) = futures_util::future::join(told, registered).await;
        assert_eq!(w.state(&id).await, "in_transit", "{number}");
    }
    assert_eq!(list(w.get("/unmatched").await).len(), 0);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boxes_told_of_under_their_own_barcodes_are_delivered_one_by_one() {
    let w = World::new().await;
    // Of one box something was said before anybody registered it.
    w.event("BOX-3", "in_transit", &w.in_("-1h")).await;
    let boxes = json!({"parcels": [{"barcode": "BOX-1"}, {"barcode": "BOX-2"}, {"barcode": "BOX-3"}]});
    let id = w.register(parcel_with("RM1", boxes)).await;
    assert_eq!(w.state(&id).await, "in_transit");
    w.says("BOX-1", "delivered").await;
    assert_eq!(w.state(&id).await, "partially_delivered");
    w.says("box-2", "delivered").await;
    assert_eq!(w.state(&id).await, "partially_delivered");
    assert_eq!(w.shipment(&id).await["delivered_at"], json!(null));
    w.says("BOX-3", "delivered").await;
    assert_eq!(w.state(&id).await, "delivered");
    w.end().await;
}
