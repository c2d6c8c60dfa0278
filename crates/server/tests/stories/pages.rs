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
