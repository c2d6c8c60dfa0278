//! One search box, and the filters of the list.

use serde_json::json;

use crate::world::{World, list, parcel, parcel_with, text};

async fn found(w: &World, query: &str) -> Vec<String> {
    let mut numbers: Vec<String> = list(w.get(&format!("/shipments?{query}")).await).iter().map(|s| text(&s["tracking_number"])).collect();
    numbers.sort();
    numbers
}

async fn typed(w: &World, q: &str) -> Vec<String> {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    found(w, &query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_agent_types_finds_the_parcel() {
    let w = World::new().await;
    w.register(parcel_with(
        "JD0002221",
        json!({
            "order_number": "#ACME-1001", "reference": "REF/77", "buyer": {"first_name": "Mary Ann", "last_name": "O'Brien", "email": "mary.ann@shop.example"},
            "recipient": {"phone": "+44 7700 900123"}, "parcels": [{"barcode": "BAR-1"}, {"barcode": "BAR-2"}],
        }),
    ))
    .await;
    w.register(parcel_with("XX9", json!({"recipient": {"first_name": "Grace", "last_name": "Hopper", "email": "g@navy.example", "phone": "07700 900124"}, "destination": {"postcode": "LS1 4AP"}}))).await;
    for q in [
        "#ACME-1001",
        "acme-1001",
        "ACME1001",
        "acme-10",
        "jd0002221",
        "JD 0002 221",
        "JD0002",
        "ref/77",
        "REF77",
        "bar-2",
        "ada",
        "Lovelace",
        "ada lovelace",
        "LOVELACE ADA",
        "lovelace, ada",
        "ada lov",
        "mary o'brien",
        "obrien",
        "mary ann",
        "brien mary",
        "ada@example.com",
        "ADA@EXAMPLE.COM",
        "Mary.Ann@shop.example",
        "ada@exam",
        "07700 900123",
        "07700900123",
        "+44 7700 900123",
        "+447700900123",
        "00447700900123",
        "(07700) 900-123",
        "7700900123",
        "SW1Y 4LB",
        "sw1y4lb",
        "Sw1Y4lB",
        "  SW1Y 4LB ",
    ] {
        assert_eq!(typed(&w, q).await, ["JD0002221"], "{q}");
    }
    assert_eq!(typed(&w, "grace hopper").await, ["XX9"]);
    assert_eq!(typed(&w, "ls14ap").await, ["XX9"]);
    for q in ["nobody", "07700 900125", "ada hopper", "%", "'", "\u{0301}"] {
        assert_eq!(typed(&w, q).await, Vec::<String>::new(), "{q}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_corrected_is_found_under_its_new_name_only() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    w.patch(&format!("/shipments/{id}"), &json!({"recipient": {"last_name": "Byron", "email": "byron@example.com"}})).await.is(200);
    assert_eq!(typed(&w, "byron").await, ["RM1"]);
    assert_eq!(typed(&w, "lovelace").await, Vec::<String>::new());
    assert_eq!(typed(&w, "ada@example.com").await, Vec::<String>::new());
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_narrowed_by_every_filter() {
    let mut w = World::new().await;
    w.register(parcel_with("RM1", json!({"tags": ["VIP", "fragile"], "promised": {"end": "2026-11-16"}}))).await;
    w.register(json!({"tracking_number": "EV1", "carrier": "evri", "type": "return", "order_number": "R-1"})).await;
    w.says("RM1", "out_for_delivery").await;
    w.says("EV1", "damaged").await;
    w.advance("26h").await;
    let rm = ["RM1".to_string()];
    let ev = ["EV1".to_string()];
    for query in [
        "order_number=O-RM1",
        "order_number=o-rm1",
        "tracking_number=RM1",
        "tracking_number=rm%201",
        "carrier=royalmail",
        "type=delivery",
        "state=out_for_delivery",
        "milestone=out_for_delivery",
        "late=true",
        "may_be_missing=true",
        "tag=vip",
        "tag=fragile",
        "carrier=royalmail&late=true",
        "q=ada&late=true",
    ] {
        assert_eq!(found(&w, query).await, rm, "{query}");
    }
    for query in
        ["carrier=evri", "type=return", "state=damaged", "milestone=exception", "attention=act", "late=false", "may_be_missing=false"]
    {
        assert_eq!(found(&w, query).await, ev, "{query}");
    }
    for query in ["tag=v", "at_risk=true", "order_number=R-1&carrier=royalmail", "q=ada&carrier=evri"] {
        assert_eq!(found(&w, query).await, Vec::<String>::new(), "{query}");
    }
    for bad in ["state=flying", "milestone=flying", "type=parcel", "late=maybe", "attention=red", "updated_since=yesterday"] {
        w.ask(&format!("/shipments?{bad}")).await.is_problem(422);
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_can_be_asked_for() {
    let mut w = World::new().await;
    w.register(parcel("RM1")).await;
    w.register(parcel("RM2")).await;
    w.advance("1h").await;
    w.says("RM2", "in_transit").await;
    let since = w.in_("0h");
    assert_eq!(found(&w, &format!("updated_since={since}")).await, ["RM2"]);
    assert_eq!(found(&w, "updated_since=2026-11-16T10:00:00%2B01:00").await, ["RM1", "RM2"]);
    assert_eq!(found(&w, &format!("updated_since={}", w.in_("1s"))).await, Vec::<String>::new());
    w.end().await;
}
