//! Whatever is sent, the answer is a clear problem or a quarantine; never our fault, never a loss. (`World::send` dies on every 5xx.)

use axum::body::Body;
use serde_json::{Value, json};

use crate::world::{World, list, parcel, parcel_with};

const POSTS: &[&str] = &["/shipments", "/tracking-events", "/orders", "/rules", "/rules/preview", "/sandbox/clock"];

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_everywhere() {
    let w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    let many: Vec<String> = POSTS.iter().map(|p| (*p).to_string()).chain([format!("/shipments/{id}/disputes")]).collect();
    let unreadable: &[&[u8]] = &[
        b"",
        b"{",
        b"{\"tracking_number\":\"RM1\"",
        b"\xff\xfe",
        b"[1,]",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":1e999}",
        b"nonsense",
        b"{\"a\":\"\x01\"}",
    ];
    for path in &many {
        for body in unreadable {
            let answer = w.send("POST", &format!("/api/v1{path}"), body.to_vec(), &[]).await;
            answer.is_problem(400);
        }
        let deep = "[".repeat(1_000_000);
        w.send("POST", &format!("/api/v1{path}"), deep, &[]).await.is_problem(413);
        let deep = format!("{{\"metadata\":{}1{}}}", "[".repeat(64), "]".repeat(64));
        w.send("POST", &format!("/api/v1{path}"), deep, &[]).await.is_problem(413);
        let wide = vec![b' '; 8 * 1024 * 1024 + 1];
        w.send("POST", &format!("/api/v1{path}"), wide, &[]).await.is_problem(413);
        for odd in ["null", "7", "\"text\"", "[]", "true"] {
            w.send("POST", &format!("/api/v1{path}"), odd, &[]).await.is_problem(422);
        }
    }
    w.send("PATCH", &format!("/api/v1/shipments/{id}"), "{", &[]).await.is_problem(400);
    w.send("PUT", "/api/v1/settings/retailer", "{", &[]).await.is_problem(400);
    let nearly = format!("{{\"tracking_number\":\"RM9\",\"metadata\":{{\"x\":{}1{}}}}}", "[".repeat(62), "]".repeat(62));
    w.send("POST", "/api/v1/shipments", nearly, &[]).await.is(201);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_a_registration_is_named_by_its_place() {
    let w = World::new().await;
    let cases: &[(&str, Value)] = &[
        ("/colour", json!({"colour": "red"})),
        ("/recipient/colour", json!({"recipient": {"colour": "red"}})),
        ("/parcels/0/items/1/quantity", json!({"parcels": [{"items": [{"sku": "a"}, {"sku": "b", "quantity": "1"}]}]})),
        ("/type", json!({"type": "parcel"})),
        ("/carrier", json!({"carrier": 7})),
        ("/ordered_at", json!({"ordered_at": "2026-02-30T10:00:00Z"})),
        ("/shipped_at", json!({"shipped_at": "yesterday"})),
        ("/handed_over_at", json!({"handed_over_at": "2026-11-16"})),
        ("/promised/end", json!({"promised": {"end": "2026-11-31"}})),
        ("/promised/kind", json!({"promised": {"end": "2026-11-30", "kind": "soon"}})),
        ("/destination/country", json!({"destination": {"country": "Britain"}})),
        ("/requirements/0", json!({"requirements": ["flowers"]})),
        ("/notify/0/role", json!({"notify": [{"role": "aunt"}]})),
        ("/value/amount", json!({"value": {"amount": "a lot", "currency": "GBP"}})),
        ("/value/currency", json!({"value": {"amount": "1.00", "currency": "pounds"}})),
        ("/value/amount", json!({"value": {"amount": 12.5, "currency": "GBP"}})),
        ("/fulfilled_by/kind", json!({"fulfilled_by": {"kind": "magic"}})),
        ("/brand", json!({"brand": "Nobody"})),
        ("/tags/1", json!({"tags": ["a", 2]})),
        ("/reference", json!({"reference": "nul\u{0}"})),
        ("/metadata/x", json!({"metadata": {"x": "nul\u{0}"}})),
        ("/recipient/email", json!({"recipient": {"email": "a@b@c"}})),
        ("/tracking_number", json!({"tracking_number": "9".repeat(201)})),
        ("/tracking_number", json!({"tracking_number": "RM1\tRM2"})),
        ("/order_number", json!({"order_number": "O-1,RM1\nO-2,RM2"})),
        ("/recipient/first_name", json!({"recipient": {"first_name": "x".repeat(3_000)}})),
    ];
    for (pointer, fields) in cases {
        let mut body = json!({"tracking_number": "RM1"});
        whereabouts_server::flow::faults::merge(&mut body, fields);
        w.post("/shipments", &body).await.refuses(pointer);
    }
    assert_eq!(list(w.get("/shipments").await).len(), 0);
    w.post("/orders", &json!({"order_number": "O-1\nO-2"})).await.refuses("/order_number");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_type_is_told_in_the_words_of_who_sent_it() {
    let w = World::new().await;
    let cases = [
        (json!({"shipped_at": "2026-11-16T10:00:00"}), "must be an RFC 3339 time with its offset, such as 2026-11-24T14:30:00Z"),
        (json!({"ordered_at": "2026-11-16"}), "must be an RFC 3339 time with its offset, such as 2026-11-24T14:30:00Z"),
        (json!({"items": [{"name": "Kettle", "quantity": 1.5}]}), "must be a whole number"),
        (json!({"value": {"amount": 12.5, "currency": "GBP"}}), "must be text"),
        (json!({"gift": "yes"}), "must be true or false"),
        (json!({"tags": "vip"}), "must be a list"),
    ];
    for (fields, words) in cases {
        let problem = w.post("/shipments", &parcel_with("RM1", fields.clone())).await.is_problem(422);
        assert_eq!(problem["errors"][0]["message"], json!(words), "{fields}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_paths_and_methods_are_answered_with_problems() {
    let w = World::new().await;
    for path in [
        "/nothing",
        "/shipments/%FF",
        "/shipments/a%00b",
        "/orders/%00",
        "/shipments/%F0%9F%93%A6",
        "/alerts",
        "/rules/%00",
        "/settings/%00",
    ] {
        let answer = w.ask(path).await;
        if answer.status.is_client_error() {
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        }
    }
    w.ask("/nothing").await.is_problem(404);
    w.ask("/shipments/a%00b").await.is_problem(404);
    w.ask("/shipments/%FF").await.is_problem(400);
    w.delete("/shipments").await.is_problem(405);
    w.send("POST", "/api/v1/states", "{}", &[]).await.is_problem(405);
    w.send("GET", "/nowhere", Body::empty(), &[]).await.is_problem(404);
    for query in
        ["q=%00", "q=%FF", "q=%F0%9F%93%A6", &format!("q={}", "a".repeat(5_000)), "updated_since=%00", "cursor=fg", "tag=%25", "tag=%5C%22"]
    {
        let answer = w.ask(&format!("/shipments?{query}")).await;
        assert!(answer.status.is_success() || answer.status.is_client_error(), "{query}");
    }
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_comes_through_the_hook_hurts() {
    let mut w = World::new().await;
    let id = w.register(parcel("RM1")).await;
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><lolz>&c;</lolz>";
    let half = 500_000;
    let payloads: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"{\"tracking_number\":\"RM1\",\"checkpoints\":[{\"tag\":\"Deliv".to_vec(),
        b"{\"tracking_number\":\"\\ud800\"}".to_vec(),
        b"{\"tracking_number\":\"a\\u0000b\",\"slug\":\"ups\",\"tag\":\"Delivered\",\"checkpoints\":[{\"tag\":\"InTransit\",\"checkpoint_time\":\"2026-11-16T08:00:00Z\"}]}".to_vec(),
        bomb.as_bytes().to_vec(),
        b"<TrackResponse><Shipment>".to_vec(),
        "[".repeat(1_000_000).into_bytes(),
        "{\"a\":".repeat(200_000).into_bytes(),
        "<a>".repeat(300_000).into_bytes(),
        ["<a>".repeat(100_000), "</a>".repeat(100_000)].concat().into_bytes(),
        vec![b' '; 1024 * 1024],
        vec![b'A'; half],
        "UNA:+.? 'UNB+".repeat(1_000).into_bytes(),
    ];
    for payload in payloads {
        let shown = String::from_utf8_lossy(&payload[..payload.len().min(40)]).into_owned();
        let answer = w.hook(payload).await;
        assert!(answer.status == 202 || answer.status.is_client_error(), "{shown}: {}", answer.status);
    }
    for carrier in ["royalmail", "ups", "dhl_express", "aftership", "gls", "usps", "fedex", "evri", "dpd_uk", "inpost", "seventeentrack"] {
        let path = format!("{}/{carrier}", w.retailer.hook);
        for payload in [bomb, "{\"results\":[{}]}", "[[[[]]]]", "<x/>", "{\"a\":\"\\u0000\"}"] {
            assert_eq!(w.send_as(None, "POST", &path, payload, &[]).await.status, 202, "{carrier}");
        }
    }
    w.hook(vec![b'x'; 1024 * 1024 + 1]).await.is_problem(413);
    w.work().await;
    assert!(!list(w.get("/quarantine?limit=5").await).is_empty());
    // And what is good still comes through.
    w.says("RM1", "in_transit").await;
    assert_eq!(w.state(&id).await, "in_transit");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_is_survived_and_a_clock_that_goes_back_refused() {
    let mut w = World::new().await;
    w.register(parcel("RM1")).await;
    for bad in [json!({"advance_ms": -1}), json!({"advance_ms": "1h"}), json!({"advance_ms": 1.5}), json!({}), json!({"advance": 1})] {
        w.post("/sandbox/clock", &bad).await.is_problem(422);
    }
    w.says("RM1", "in_transit").await;
    w.event("RM1", "delivered", "2027-03-01T10:00:00Z").await;
    w.advance("400d").await;
    w.says("RM1", "in_transit").await;
    w.work().await;
    w.end().await;
}
