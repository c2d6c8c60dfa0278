//! Orders, from the moment of purchase.

use axum::body::Body;
use serde_json::json;

use crate::world::{PUBLIC_URL, World, list, parcel, parcel_with, text};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_there_before_its_parcels_and_gathers_them() {
    let w = World::new().await;
    let order = json!({
        "order_number": "1001", "sales_channel": "web", "ordered_at": w.in_("-1h"), "buyer": {"first_name": "Ada", "email": "ada@example.com"},
        "lines": [{"line_id": "1", "sku": "A", "name": "Abacus", "quantity": 2}], "tags": ["vip"], "metadata": {"x": 1},
    });
    let made = w.post("/orders", &order).await.is(201);
    assert_eq!((&made["order_number"], &made["lines"][0]["sku"], &made["shipments"]), (&json!("1001"), &json!("A"), &json!([])));
    let again = w.post("/orders", &json!({"order_number": "1001", "tags": ["vip", "late"]})).await.is(200);
    assert_eq!((&again["id"], &again["tags"]), (&made["id"], &json!(["vip", "late"])));
    for n in ["RM1", "RM2"] {
        w.register(parcel_with(n, json!({"order_number": "1001"}))).await;
    }
    w.says("RM1", "delivered").await;
    let found = w.get("/orders/1001").await;
    assert_eq!((&found["id"], found["shipments"].as_array().unwrap().len()), (&made["id"], 2));
    assert_eq!((&found["summary"]["shipments"], &found["summary"]["delivered"]), (&json!(2), &json!(1)));
    assert_eq!(w.get(&format!("/orders/{}", made["id"].as_str().unwrap())).await, found);
    assert_eq!(list(w.get("/orders?order_number=1001").await).len(), 1);
    let brand = w.retailer.brand.clone();
    assert_eq!(list(w.get(&format!("/orders?order_number=1001&brand={brand}")).await).len(), 1);
    w.ask("/orders/9999").await.is_problem(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_creates_the_order_it_names() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    let order = w.get("/orders/O-RM1").await;
    assert_eq!(order["shipments"][0]["id"], json!(id));
    assert_eq!(order["tracking_page_url"], w.shipment(&id).await["tracking_page_url"]);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_used_again_a_year_later_is_another_order() {
    let w = World::new().await;
    let order = |at: &str| json!({"order_number": "1001", "ordered_at": at});
    let old = w.post("/orders", &order("2025-10-01T10:00:00Z")).await.is(201);
    let new = w.post("/orders", &order("2026-11-15T10:00:00Z")).await.is(201);
    assert_ne!(old["id"], new["id"]);
    w.ask("/orders/1001").await.is_problem(409);
    assert_eq!(list(w.get("/orders?order_number=1001").await).len(), 2);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_did_not_leave_in_time_is_put_before_the_agents() {
    let mut w = World::new().await;
    let overdue = json!({"order_number": "1001", "despatch_by": "2026-11-17"});
    w.post("/orders", &overdue).await.is(201);
    w.post("/orders", &json!({"order_number": "1002", "despatch_by": "2026-11-17"})).await.is(201);
    w.register(parcel_with("RM2", json!({"order_number": "1002"}))).await;
    w.says("RM2", "collected_by_carrier").await;
    // The promise less the service's transit time.
    w.post("/orders", &json!({"order_number": "1003", "promised": {"end": "2026-11-19"}})).await.is(201);
    w.advance_to("2026-11-17T23:59:59Z").await;
    assert_eq!(w.alerts("not_despatched").await.len(), 0);
    w.advance("1s").await;
    let open = w.alerts("not_despatched").await;
    assert_eq!(open.iter().map(|a| a["order_number"].clone()).collect::<Vec<_>>(), [json!("1001")]);
    assert_eq!(w.get("/orders/1001").await["not_despatched"], json!(true));
    w.advance("24h").await;
    assert_eq!(w.alerts("not_despatched").await.len(), 2);
    // The retailer tells of the hand-over: no scan is needed.
    w.register(parcel_with("RM1", json!({"order_number": "1001", "handed_over_at": w.in_("-1h")}))).await;
    w.work().await;
    let open = w.alerts("not_despatched").await;
    assert_eq!(open.iter().map(|a| a["order_number"].clone()).collect::<Vec<_>>(), [json!("1003")]);
    assert_eq!(w.get("/orders/1001").await["not_despatched"], json!(false));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patched_order_is_judged_at_once_and_a_cancelled_one_not_at_all() {
    let mut w = World::new().await;
    w.post("/orders", &json!({"order_number": "1001", "lines": [{"sku": "A", "quantity": 1}]})).await.is(201);
    w.patch("/orders/1001", &json!({"despatch_by": "2026-11-15"})).await.is(200);
    assert_eq!(w.alerts("not_despatched").await.len(), 1);
    w.patch("/orders/1001", &json!({"lines": [{"sku": "A", "quantity": 1, "cancelled": 1}]})).await.is(200);
    assert_eq!(w.alerts("not_despatched").await.len(), 0);
    w.patch("/orders/1001", &json!({"despatch_by": "2026-13-15"})).await.refuses("/despatch_by");
    w.patch("/orders/1001", &json!({"colour": "red"})).await.refuses("/colour");
    w.patch("/orders/1001", &json!({"order_number": "1002"})).await.is_problem(409);
    w.post("/orders", &json!({"lines": []})).await.refuses("/order_number");
    w.post("/orders", &json!({"order_number": "1", "lines": [{"quantity": "two"}]})).await.refuses("/lines/0/quantity");
    w.work().await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_told_of_parcels_that_have_not_left_in_time() {
    let mut w = World::new().await;
    let when = json!({"all": [{"field": "not_despatched", "is": true}, {"field": "destination.country", "is": "GB"}]});
    w.post("/rules", &json!({"name": "Still here", "when": when, "then": {"alert": {"kind": "call_the_warehouse"}}})).await.is(201);
    let id = w.register(parcel("RM1")).await;
    let left = w.register(parcel_with("RM2", json!({"order_number": "O-RM2", "shipped_at": w.now().to_string()}))).await;
    for order in ["O-RM1", "O-RM2"] {
        w.post("/orders", &json!({"order_number": order, "despatch_by": "2026-11-16T12:00:00Z"})).await.is(200);
    }
    w.advance("4h").await;
    let open = w.alerts("call_the_warehouse").await;
    assert_eq!(open.iter().map(|a| &a["shipment_id"]).collect::<Vec<_>>(), [&json!(id)]);
    w.says("RM1", "collected_by_carrier").await;
    w.work().await;
    let log = w.changes(&id).await;
    let mut told: Vec<_> = log.iter().filter(|c| c["field"] == json!("not_despatched")).collect();
    told.sort_by_key(|c| text(&c["id"]));
    assert_eq!(
        told.iter().map(|c| (text(&c["kind"]), &c["after"])).collect::<Vec<_>>(),
        [("not_despatched".to_string(), &json!(true)), ("despatched".to_string(), &json!(false)),]
    );
    assert_eq!(told[0]["cause"], json!({"rule": "not_despatched"}));
    assert!(w.changes(&left).await.iter().all(|c| c["field"] != json!("not_despatched")));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_what_is_still_to_come_and_nothing_that_is_in_the_parcels() {
    let w = World::new().await;
    let said = async |order: &str| {
        let url = w.get(&format!("/orders/{order}")).await["tracking_page_url"].as_str().unwrap().to_string();
        let page = w.send_as(None, "GET", url.strip_prefix(PUBLIC_URL).unwrap(), Body::empty(), &[]).await;
        assert_eq!(page.status, 200);
        page.text()
    };
    let sales = [
        // Of what the parcel is said to hold, nothing is still being packed; nor where nobody says what it holds.
        ("told", json!({"items": [{"line_id": "1", "sku": "K", "quantity": 2}]}), json!({}), None),
        ("untold", json!({}), json!({}), None),
        ("otherwise", json!({"items": [{"name": "Copper kettle", "sku": "K", "quantity": 2}]}), json!({}), None),
        ("half", json!({"items": [{"name": "Kettle", "quantity": 1}]}), json!({}), Some("1 more item is still being packed.")),
        ("counted", json!({}), json!({"shipped": 1}), Some("1 more item is still being packed.")),
        ("waits", json!({}), json!({"back_ordered_until": "2026-11-26"}), Some("2 items wait for stock, due Thursday 26 November.")),
    ];
    for shows_items in [true, false] {
        let brand = json!({"name": "Acme", "show_items": shows_items});
        w.put(&format!("/brands/{}", w.retailer.brand), &brand).await.is(200);
        for (name, shipment, line, expected) in &sales {
            let order = format!("{name}-{shows_items}");
            let mut lines = json!([{"line_id": "1", "name": "Kettle", "sku": "K", "quantity": 2}]);
            whereabouts_server::flow::faults::merge(&mut lines[0], line);
            w.post("/orders", &json!({"order_number": order, "lines": lines})).await.is(201);
            let mut shipment = parcel_with(&order, shipment.clone());
            shipment["order_number"] = json!(order);
            w.register(shipment).await;
            w.says(&order, "delivered").await;
            let html = said(&order).await;
            match expected {
                Some(words) => assert!(html.contains(words), "{order}: {html}"),
                None => assert!(!html.contains("being packed") && !html.contains("for stock"), "{order}: {html}"),
            }
            assert!(shows_items || !html.contains("Kettle"), "{order}: {html}");
        }
    }
    w.end().await;
}
