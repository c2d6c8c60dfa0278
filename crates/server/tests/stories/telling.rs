//! Who is told what, when, and how often.

use serde_json::{Value, json};

use crate::world::{World, parcel, parcel_with, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_told_step_by_step_and_each_step_once() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    for state in ["dispatched", "collected_by_carrier", "in_transit", "out_for_delivery", "delivered"] {
        w.says("RM1", state).await;
        w.says("RM1", state).await;
        w.advance("3h").await;
    }
    w.advance("72h").await;
    let kinds: Vec<_> = w.notifications(&id).await;
    assert_eq!(kinds, ["shipped sent", "out_for_delivery sent", "delivered sent"]);
    let sent = w.outbox().await;
    assert!(sent[1].starts_with("ada@example.com: ") && sent[1].contains("is out for delivery"), "{sent:?}");
    assert!(sent[2].contains("was delivered"), "{sent:?}");
    let mail = w.sent().await.remove(2);
    assert_eq!((&mail["channel"], &mail["shipment_id"], &mail["to"]), (&json!("email"), &json!(id), &json!("ada@example.com")));
    for name in ["at", "text", "html", "change"] {
        assert!(mail[name].as_str().is_some_and(|t| !t.is_empty()), "{name}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_batch_only_the_furthest_state_is_told() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.advance("24h").await;
    let event = |state: &str, at: &str| json!({"tracking_number": "RM1", "carrier": "royalmail", "state": state, "occurred_at": w.in_(at)});
    let events = [event("in_transit", "-9h"), event("out_for_delivery", "-2h"), event("delivered", "-1h")];
    w.post("/tracking-events", &json!({ "events": events })).await.is(202);
    w.work().await;
    assert_eq!(w.notifications(&id).await, ["delivered sent"]);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_out_of_order_is_not_told_backwards() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.advance("10h").await;
    w.says("RM1", "delivered").await;
    w.work().await;
    w.event("RM1", "out_for_delivery", &w.in_("-2h")).await;
    w.event("RM1", "in_transit", &w.in_("-5h")).await;
    w.advance("1h").await;
    assert_eq!(w.outbox().await.len(), 1);
    assert_eq!(w.notifications(&id).await[0], "delivered sent");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_before_the_registration_and_nothing_old_is_told() {
    let mut w = World::new().await;
    w.event("RM1", "in_transit", &w.in_("-30h")).await;
    w.event("RM1", "out_for_delivery", &w.in_("-2h")).await;
    let id = w.register(parcel("RM1")).await;
    w.work().await;
    assert_eq!(w.notifications(&id).await, ["out_for_delivery withheld (before_registration)"]);
    w.advance("40h").await;
    w.event("RM1", "delivered", &w.in_("-25h")).await;
    w.work().await;
    assert_eq!(w.outbox().await, Vec::<String>::new());
    assert_eq!(w.notifications(&id).await[1], "delivered withheld (too_old)");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_attempt_is_news_again() {
    let mut w = World::new().await;
    w.register(parcel("RM1")).await;
    for state in
        ["out_for_delivery", "delivery_failed_card_left", "out_for_delivery", "delivery_failed_card_left", "out_for_delivery", "delivered"]
    {
        w.says("RM1", state).await;
        w.advance("6h").await;
    }
    let subjects = w.outbox().await;
    assert_eq!(subjects.iter().filter(|s| s.contains("is out for delivery")).count(), 3, "{subjects:?}");
    assert_eq!(subjects.len(), 6, "{subjects:?}");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parcels_of_an_order_share_one_message_when_they_move_together() {
    let mut w = World::new().await;
    let order = json!({"order_number": "O-1"});
    w.register(parcel_with("RM1", order.clone())).await;
    w.register(parcel_with("RM2", order)).await;
    for n in ["RM1", "RM2"] {
        w.says(n, "out_for_delivery").await;
    }
    w.advance("2h").await;
    assert_eq!(w.outbox().await.len(), 1);
    w.says("RM1", "delivered").await;
    w.advance("3h").await;
    w.says("RM2", "delivered").await;
    w.advance("1h").await;
    assert_eq!(w.outbox().await.len(), 3, "three hours apart they are two pieces of news");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buyer_and_recipient_are_both_told_and_the_recipient_of_a_gift_sees_no_items() {
    let mut w = World::new().await;
    w.register(parcel_with(
        "RM1",
        json!({
            "gift": true,
            "buyer": {"first_name": "Charles", "email": "charles@example.com"},
            "items": [{"sku": "ENGINE-1", "name": "Difference engine", "quantity": 1, "price": {"amount": "17470.00", "currency": "GBP"}}],
        }),
    ))
    .await;
    w.says("RM1", "out_for_delivery").await;
    w.work().await;
    let sent = w.sent().await;
    let mut to: Vec<_> = sent.iter().map(|m| text(&m["to"])).collect();
    to.sort();
    assert_eq!(to, ["ada@example.com", "charles@example.com"]);
    let gift = sent.iter().find(|m| m["to"] == json!("ada@example.com")).unwrap().to_string();
    for secret in ["Difference engine", "17470", "ENGINE-1", "Charles", "charles@"] {
        assert!(!gift.contains(secret), "{secret} in {gift}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_who_buys_for_themselves_is_told_once() {
    let mut w = World::new().await;
    w.register(parcel_with("RM1", json!({"buyer": {"first_name": "Ada", "email": "ADA@example.com"}}))).await;
    w.says("RM1", "delivered").await;
    w.work().await;
    assert_eq!(w.outbox().await.len(), 1);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lateness_is_told_by_day_after_the_alert() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.advance_to("2026-11-17T07:59:59Z").await;
    assert_eq!(w.outbox().await, Vec::<String>::new());
    let alert = w.alerts("late").await.remove(0);
    assert_eq!(
        (&alert["shipment_id"], &alert["order_number"], &alert["opened_at"]),
        (&json!(id), &json!("O-RM1"), &json!("2026-11-17T00:00:00Z"))
    );
    w.advance("1s").await;
    assert_eq!(w.notifications(&id).await, ["late sent"]);
    w.advance("72h").await;
    assert_eq!(w.outbox().await.len(), 1);
    assert_eq!(w.alerts("late").await.len(), 1);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_parcel_that_arrives_before_the_morning_is_not_called_late() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16"}}))).await;
    w.advance_to("2026-11-17T07:00:00Z").await;
    w.says("RM1", "delivered").await;
    w.advance("4h").await;
    let kinds = w.notifications(&id).await;
    assert!(kinds.contains(&"delivered sent".to_string()) && kinds.contains(&"late withheld (no_longer_late)".to_string()), "{kinds:?}");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_uk_retail_lateness_waits_two_hours_of_grace() {
    let mut w = World::uk_retail().await;
    let id = w.register(parcel_with("RM1", json!({"promised": {"end": "2026-11-16T12:00:00Z"}}))).await;
    let other = w.register(parcel_with("RM2", json!({"promised": {"end": "2026-11-16T12:00:00Z"}}))).await;
    w.advance_to("2026-11-16T13:59:00Z").await;
    assert_eq!(w.alerts("late").await.len(), 2);
    assert_eq!(w.outbox().await, Vec::<String>::new());
    w.event("RM2", "delivered", "2026-11-16T11:55:00Z").await;
    w.advance("2m").await;
    assert_eq!(w.notifications(&id).await, ["late sent"]);
    assert!(w.notifications(&other).await.iter().all(|n| n != "late sent"));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn found_again_is_told_only_to_those_who_were_told_of_the_trouble() {
    let mut w = World::new().await;
    let rule =
        json!({"name": "tell", "when": {"field": "may_be_missing", "became": true}, "then": {"notify": {"message": "may_be_missing"}}});
    let id = w.register(parcel("RM1")).await;
    w.says("RM1", "in_transit").await;
    w.advance("27h").await;
    w.says("RM1", "arrived_at_hub").await;
    w.work().await;
    let kinds = w.notifications(&id).await;
    assert_eq!(kinds, ["shipped sent", "found_again withheld (not_told_of_the_trouble)"]);
    w.post("/rules", &rule).await.is(201);
    w.advance("27h").await;
    w.says("RM1", "at_delivery_depot").await;
    w.work().await;
    let kinds = w.notifications(&id).await;
    assert_eq!(&kinds[2..], ["may_be_missing sent", "found_again sent"]);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_address_or_is_not_to_be_notified_is_not_told() {
    let mut w = World::new().await;
    w.register(parcel_with("RM1", json!({"recipient": {"email": null}}))).await;
    w.register(parcel_with("RM2", json!({"notify": [{"role": "buyer", "channels": ["email"]}]}))).await;
    w.register(parcel_with("RM3", json!({"notify": [{"role": "recipient", "channels": []}]}))).await;
    for n in ["RM1", "RM2", "RM3"] {
        w.says(n, "delivered").await;
    }
    w.work().await;
    assert_eq!(w.outbox().await, Vec::<String>::new());
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_on_its_way_is_told_as_one() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    for state in ["out_for_delivery", "delivery_refused", "will_be_returned_to_sender", "returning_to_sender", "returned_to_sender"] {
        w.says("RM1", state).await;
        w.advance("8h").await;
    }
    let s = w.shipment(&id).await;
    assert_eq!((&s["state"], &s["returning"], &s["delivered_at"]), (&json!("returned_to_sender"), &json!(false), &Value::Null));
    assert!(w.outbox().await.iter().all(|m| !m.contains("was delivered")), "{:?}", w.outbox().await);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_stale_while_sending_was_held_is_withheld_unless_it_is_wanted() {
    let mut w = World::new().await;
    let mut kinds = Vec::new();
    for (number, resumed) in [("RM1", json!({})), ("RM2", json!({"discard_stale": false}))] {
        let id = w.register(parcel(number)).await;
        w.post("/sending/hold", &json!({})).await.is(200);
        w.says(number, "out_for_delivery").await;
        w.advance("25h").await;
        w.post("/sending/resume", &resumed).await.is(200);
        w.work().await;
        kinds.extend(w.notifications(&id).await);
    }
    assert_eq!(kinds, ["out_for_delivery withheld (stale)", "out_for_delivery sent"]);
    w.end().await;
}
