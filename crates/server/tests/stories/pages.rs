//! The page behind the link: whole without script, safe to pass on.

use axum::body::Body;
use serde_json::json;

use crate::world::{PUBLIC_URL, World, parcel_with};

#[tokio::test(flavor = "multi_thread")]
async fn the_link_opens_the_order_and_tells_nothing_that_must_stay_private() {
    let mut w = World::new().await;
    let order = json!({"order_number": "O-1", "recipient": {"phone": "+44 7700 900123"}});
    let id = w.register(parcel_with("RM 0001-GB", order.clone())).await;
    w.register(parcel_with("RM2", order)).await;
    w.says("RM0001GB", "in_transit").await;
    w.advance("1h").await;
    w.says("RM0001GB", "out_for_delivery").await;
    w.work().await;
    let url = w.shipment(&id).await["tracking_page_url"].as_str().unwrap().to_string();
    let path = url.strip_prefix(PUBLIC_URL).unwrap().to_string();
    let page = w.send_as(None, "GET", &path, Body::empty(), &[("accept", "text/html")]).await;
    assert_eq!(page.status, 200);
    let html = page.text();
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("<ol").count(), 2, "a timeline for each parcel");
    for shown in ["RM 0001-GB", "RM2"] {
        assert!(html.contains(shown), "{shown}");
    }
    for private in ["ada@example.com", "7700", "900123", "St James", "SW1Y 4LB"] {
        assert!(!html.contains(private), "{private}");
    }
    let json = w.send_as(None, "GET", &path, Body::empty(), &[("accept", "application/json")]).await.is(200);
    let parcels = json["parcels"].as_array().unwrap();
    assert_eq!((parcels.len(), &parcels[0]["tracking_number"]), (2, &json!("RM 0001-GB")));
    assert_eq!((&parcels[0]["state"], &parcels[0]["milestone"]), (&json!("out_for_delivery"), &json!("out_for_delivery")));
    assert_eq!(parcels[0]["events"].as_array().unwrap().len(), 2);
    assert_eq!(parcels[0]["events"][0]["state"], json!("out_for_delivery"));
    let (front, token) = path.rsplit_once('/').unwrap();
    let swapped: String =
        token.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    for wrong in [swapped.as_str(), &token[1..], "x", "%00", "..", &format!("{token}x")] {
        assert_eq!(w.send_as(None, "GET", &format!("{front}/{wrong}"), Body::empty(), &[]).await.status, 404, "{wrong}");
    }
    let mail = w.sent().await.pop().unwrap();
    assert!(mail["text"].as_str().unwrap().contains(&url), "the message links to the page");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_fault_is_ours_a_shopper_reads_a_page_and_a_program_a_problem() {
    let w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({"order_number": "O-1"}))).await;
    let url = w.shipment(&id).await["tracking_page_url"].as_str().unwrap().to_string();
    let path = url.strip_prefix(PUBLIC_URL).unwrap().to_string();
    let rename = async |sql: &str| {
        let mut tx = w.app.db.write().await.unwrap();
        tx.script("a story breaks it", sql).await.unwrap();
        tx.commit().await.unwrap();
    };
    rename("ALTER TABLE tracking_page RENAME TO tracking_page_gone").await;
    let page = w.send_whatever_comes(None, "GET", &path, Body::empty(), &[("accept", "text/html")]).await;
    assert_eq!((page.status.as_u16(), page.headers["content-type"].to_str().unwrap()), (500, "text/html; charset=utf-8"));
    assert!(page.text().contains("Something went wrong on our side") && page.text().matches("<h1").count() == 1, "{}", page.text());
    let asked = w.send_whatever_comes(None, "GET", &path, Body::empty(), &[("accept", "application/json")]).await;
    asked.is_problem(500);
    rename("ALTER TABLE tracking_page_gone RENAME TO tracking_page").await;
    assert_eq!(w.send_as(None, "GET", &path, Body::empty(), &[]).await.status, 200);
    w.end().await;
}
