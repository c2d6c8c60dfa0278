//! Rules that fire once, on the change that makes them true; settings from wide to narrow.

use serde_json::{Value, json};

use crate::world::{World, list, parcel, parcel_with, text};

fn alert_when(name: &str, when: Value) -> Value {
    json!({"name": name, "when": when, "then": {"alert": {"kind": name}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn out_for_delivery_and_late_fires_when_the_second_half_comes_true() {
    let mut w = World::new().await;
    let both = json!({"all": [{"field": "state", "is": "out_for_delivery"}, {"field": "late", "is": true}]});
    w.post("/rules", &alert_when("both", both)).await.is(201);
    let promised = json!({"promised": {"end": "2026-11-16"}});
    w.register(parcel_with("RM1", promised.clone())).await;
    w.register(parcel_with("RM2", promised)).await;
    w.register(parcel("RM3")).await;
    w.says("RM1", "out_for_delivery").await;
    w.says("RM3", "out_for_delivery").await;
    assert_eq!(w.alerts("both").await.len(), 0);
    w.advance("16h").await;
    assert_eq!(w.alerts("both").await.len(), 1, "it was out and became late");
    w.says("RM2", "in_transit").await;
    assert_eq!(w.alerts("both").await.len(), 1);
    w.says("RM2", "out_for_delivery").await;
    assert_eq!(w.alerts("both").await.len(), 2, "it was late and went out");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_fires_on_what_the_retailer_or_the_clock_changes_too() {
    let mut w = World::new().await;
    for (name, when) in [
        ("vip", json!({"field": "tag", "is": "vip"})),
        ("dear", json!({"field": "value", "above": 100})),
        ("gold", json!({"field": "metadata.tier", "is": "gold"})),
        ("fresh", json!({"field": "hours_silent", "below": 3})),
        ("just_late", json!({"field": "hours_late", "below": 3})),
    ] {
        w.post("/rules", &alert_when(name, when)).await.is(201);
    }
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}, "tags": ["new"]}))).await;
    let opened = async |w: &World| {
        let mut all = Vec::new();
        for name in ["vip", "dear", "gold", "fresh", "just_late"] {
            all.extend(w.alerts(name).await.iter().map(|_| name));
        }
        all
    };
    assert_eq!(opened(&w).await, Vec::<&str>::new());
    let patch = json!({"tags": ["new", "vip"], "value": {"amount": "120.00", "currency": "GBP"}});
    w.patch(&format!("/shipments/{id}"), &patch).await.is(200);
    w.work().await;
    assert_eq!(opened(&w).await, ["vip", "dear"]);
    w.patch(&format!("/shipments/{id}"), &json!({"metadata": {"tier": "gold"}})).await.is(200);
    w.says("RM1", "in_transit").await;
    w.work().await;
    assert_eq!(opened(&w).await, ["vip", "dear", "gold", "fresh"]);
    w.advance("16h").await;
    assert_eq!(opened(&w).await, ["vip", "dear", "gold", "fresh", "just_late"], "each once");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operator_is_understood() {
    let w = World::new().await;
    let rules = [
        ("in", json!({"field": "state", "in": ["in_transit", "arrived_at_hub"]})),
        ("became", json!({"field": "state", "became": "in_transit"})),
        ("above", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "value", "above": 100}]})),
        ("below", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "value", "below": 100}]})),
        ("after", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "local_time", "after": "08:00"}]})),
        ("not", json!({"all": [{"field": "state", "is": "in_transit"}, {"not": {"field": "tag", "is": "quiet"}}]})),
        ("any", json!({"any": [{"field": "state", "is": "in_transit"}, {"field": "state", "is": "lost"}]})),
        ("metadata", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "metadata.tier", "is": "gold"}]})),
        ("country", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "destination.country", "is": "GB"}]})),
        ("brand", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "brand", "is": w.retailer.brand}]})),
        ("tag", json!({"all": [{"field": "state", "is": "in_transit"}, {"field": "tag", "is": "vip"}]})),
    ];
    for (name, when) in &rules {
        w.post("/rules", &alert_when(name, when.clone())).await.is(201);
    }
    let fields = json!({"value": {"amount": "150.00", "currency": "GBP"}, "tags": ["vip"], "metadata": {"tier": "gold"}});
    w.register(parcel_with("RM1", fields)).await;
    w.says("RM1", "in_transit").await;
    for (name, _) in &rules {
        assert_eq!(w.alerts(name).await.len(), usize::from(*name != "below"), "{name}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_kept_changed_and_taken_away() {
    let w = World::new().await;
    let usual = list(w.get("/rules").await).len();
    let made = w.post("/rules", &alert_when("lost", json!({"field": "state", "became": "lost"}))).await.is(201);
    let path = format!("/rules/{}", made["id"].as_str().unwrap());
    assert_eq!(w.get(&path).await, made);
    let off = json!({"name": "lost", "when": {"field": "state", "became": "lost"}, "then": {"alert": {"kind": "lost"}}, "enabled": false});
    assert_eq!(w.put(&path, &off).await.is(200)["enabled"], json!(false));
    w.register(parcel("RM1")).await;
    w.says("RM1", "lost").await;
    assert_eq!(w.alerts("lost").await.len(), 0);
    assert_eq!(list(w.get("/rules").await).len(), usual + 1);
    assert!(w.delete(&path).await.status.is_success());
    w.ask(&path).await.is_problem(404);
    w.put(&path, &off).await.is_problem(404);
    w.delete(&path).await.is_problem(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_makes_no_sense_is_refused_by_its_place() {
    let w = World::new().await;
    for (pointer, when) in [
        ("/when/field", json!({"field": "colour", "is": "red"})),
        ("/when", json!({"field": "state", "is": "lost", "above": 1})),
        ("/when", json!({"field": "state"})),
        ("/when/all/0/field", json!({"all": [{"field": "colour", "is": 1}]})),
    ] {
        let problem = w.post("/rules", &alert_when("x", when.clone())).await.is_problem(422);
        let named = problem["errors"][0]["pointer"].as_str().unwrap();
        assert!(named.starts_with(pointer), "{when}: {named}");
    }
    w.post("/rules", &json!({"when": {"field": "late", "is": true}})).await.is_problem(422);
    w.post("/rules", &json!({"when": {"field": "late", "is": true}, "then": {"explode": {}}})).await.is_problem(422);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_which_recent_changes_would_have_fired() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    w.says("RM1", "lost").await;
    let answer = w.post("/rules/preview", &json!({"when": {"field": "state", "became": "lost"}})).await.is(200);
    let shown = answer.to_string();
    assert!(shown.contains(&id), "{shown}");
    let answer = w.post("/rules/preview", &json!({"when": {"field": "state", "became": "damaged"}})).await.is(200);
    assert!(!answer.to_string().contains(&id));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_narrowest_setting_wins_and_says_where_it_comes_from() {
    let mut w = World::new().await;
    let hours =
        |s: &Value| (s["settings"]["silence_hours_domestic"]["value"].clone(), s["settings"]["silence_hours_domestic"]["from"].clone());
    assert_eq!(hours(&w.get("/settings/retailer").await), (json!(24), json!("preset:sorted")));
    w.put("/settings/retailer", &json!({"silence_hours_domestic": 48})).await.is(200);
    w.put("/settings/carrier:royalmail", &json!({"silence_hours_domestic": 6})).await.is(200);
    assert_eq!(hours(&w.get("/settings/carrier:royalmail").await), (json!(6), json!("carrier:royalmail")));
    assert_eq!(hours(&w.get("/settings/carrier:evri").await), (json!(48), json!("retailer")));
    for (n, carrier) in [("RM1", "royalmail"), ("EV1", "evri")] {
        w.register(parcel_with(n, json!({"carrier": carrier}))).await;
        w.tell(json!({"tracking_number": n, "state": "in_transit", "occurred_at": w.in_("0h")})).await;
    }
    w.advance("7h").await;
    let missing = list(w.get("/shipments?may_be_missing=true").await);
    assert_eq!(missing.iter().map(|s| s["tracking_number"].clone()).collect::<Vec<_>>(), [json!("RM1")]);
    // What is open is judged again under the new number.
    w.put("/settings/carrier:evri", &json!({"silence_hours_domestic": 5})).await.is(200);
    w.work().await;
    assert_eq!(list(w.get("/shipments?may_be_missing=true").await).len(), 2);
    w.put("/settings/retailer", &json!({"colour": 1})).await.refuses("/colour");
    w.put("/settings/retailer", &json!({"silence_hours_domestic": -3})).await.refuses("/silence_hours_domestic");
    w.put("/settings/moon", &json!({"silence_hours_domestic": 3})).await.is_problem(422);
    w.ask("/settings/moon").await.is_problem(404);
    w.put("/settings/carrier:royalmail", &json!({"silence_hours_domestic": null})).await.is(200);
    assert_eq!(hours(&w.get("/settings/carrier:royalmail").await), (json!(48), json!("retailer")));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retailer_may_see_a_state_in_another_light_and_by_another_name() {
    let w = World::new().await;
    let here = json!({"state_attention": {"delivered_to_neighbour": "watch"}, "state_labels": {"delivered_to_neighbour": "Next door"}});
    w.put("/settings/retailer", &here).await.is(200);
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "delivered_to_neighbour").await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["attention"], &s["state_label"]), (&json!("watch"), &json!("Next door")));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_can_never_fire_says_so() {
    let w = World::new().await;
    w.register(parcel("RM1")).await;
    let warned = |when: Value| {
        let w = &w;
        async move {
            let rule = w.post("/rules", &json!({"when": when, "then": {"alert": {"kind": "mine"}}})).await.is(201);
            let again = w.get(&format!("/rules/{}", text(&rule["id"]))).await;
            assert_eq!(again["warnings"], rule["warnings"]);
            list(json!({"data": rule["warnings"]}))
                .iter()
                .map(|w| format!("{} {}", text(&w["carrier"]), text(&w["code"])))
                .collect::<Vec<_>>()
        }
    };
    let quiet = Vec::<String>::new();
    assert_eq!(warned(json!({"field": "state", "became": "delivered"})).await, quiet);
    assert_eq!(warned(json!({"field": "late", "is": true})).await, quiet);
    assert_eq!(warned(json!({"field": "state", "became": "final_delivery_attempt"})).await, ["royalmail never"]);
    assert_eq!(
        warned(json!({"all": [{"field": "late", "is": true}, {"field": "state", "is": "missing_manifest"}]})).await,
        ["royalmail never"]
    );
    assert_eq!(warned(json!({"all": [{"field": "carrier", "is": "ups"}, {"field": "state", "is": "missing_manifest"}]})).await, quiet);
    assert_eq!(warned(json!({"field": "state", "is": "delivered_to_reception"})).await, ["royalmail unproven"]);
    // A code of the carrier's that the retailer gave that meaning makes it possible.
    w.put("/unknown-codes/royalmail/ZZ9", &json!({"state": "final_delivery_attempt"})).await.is(200);
    assert_eq!(warned(json!({"field": "state", "became": "final_delivery_attempt"})).await, quiet);
    let tried = w.post("/rules/preview", &json!({"when": {"field": "state", "is": "missing_manifest"}})).await.is(200);
    assert!(text(&tried["warnings"][0]["message"]).contains("can never fire for Royal Mail"), "{tried}");
    w.end().await;
}
