//! Payloads that no adapter knows: mapped by the retailer, read again, and known from then on.

use serde_json::{Value, json};

use crate::world::{World, list, parcel, text};

/// What a small haulier sends, in a form of its own.
fn consignment(number: &str, kind: &str, says: &str, when: &str) -> String {
    json!({"batch": 7, "consignments": [{"consRef": number, "moves": [{"kind": kind, "says": says, "when": when, "spot": {"depot": "Norwich"}}]}]})
        .to_string()
}

fn vans() -> Value {
    json!({
        "carrier": "norfolk_vans", "zone": "Europe/London",
        "paths": {
            "events": "/consignments/moves", "tracking_number": "/consignments/consRef", "carrier_code": "/consignments/moves/kind",
            "description": "/consignments/moves/says", "occurred_at": "/consignments/moves/when", "location": "/consignments/moves/spot/depot",
        },
    })
}

async fn with_parcel(w: &World, number: &str) -> String {
    let mut shipment = parcel(number);
    shipment["carrier"] = json!("norfolk_vans");
    w.register(shipment).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_payload_is_mapped_replayed_and_known_from_then_on() {
    let mut w = World::new().await;
    let id = with_parcel(&w, "NV100042").await;
    w.hook(consignment("NV100042", "L1", "Loaded on the van", "16/11/2026 08:10")).await.is(202);
    w.hook(consignment("NV100043", "L1", "Loaded on the van", "16/11/2026 08:12")).await.is(202);
    w.hook(r#"{"something": "else"}"#).await.is(202);
    w.work().await;
    let waiting = list(w.get("/quarantine").await);
    assert_eq!(waiting.len(), 3);
    let payload = text(&waiting[0]["id"]);

    // Trying proposes a mapping and shows what it makes of both payloads of that shape; nothing is changed.
    let tried = w.post("/mappings/preview", &json!({"payload_id": payload})).await.is(200);
    assert_eq!(tried["guess"]["paths"]["tracking_number"], json!("/consignments/consRef"), "{tried}");
    assert_eq!((&tried["payloads_alike"], &tried["payloads_read"]), (&json!(2), &json!(2)));
    assert_eq!(tried["events"][0]["occurred_at"], json!("2026-11-16T08:10:00+00:00"));
    assert_eq!(w.timeline(&id).await, Vec::<String>::new());

    let kept = w.post("/mappings", &json!({"name": "Norfolk Vans", "payload_id": payload, "mapping": vans()})).await.is(201);
    assert_eq!((&kept["version"], &kept["form"]), (&json!(1), &json!("json")));
    w.work().await;
    assert_eq!(w.timeline(&id).await, ["unknown"], "the code is not guessed");
    assert_eq!(list(w.get("/quarantine").await).len(), 1, "what has another shape still waits");
    assert_eq!(list(w.get("/unmatched?tracking_number=NV100043").await).len(), 1);
    let replay = list(w.get("/mappings").await).remove(0)["replay"].clone();
    assert_eq!((&replay["total"], &replay["looked_at"], &replay["handed_in"]), (&json!(3), &json!(3), &json!(2)));
    assert!(replay["done_at"].is_string());

    // Its codes are counted under its carrier and mapped like any other's.
    let code = list(w.get("/unknown-codes").await).remove(0);
    assert_eq!((&code["carrier"], &code["code"]), (&json!("norfolk_vans"), &json!("L1")));
    w.put("/unknown-codes/norfolk_vans/L1", &json!({"state": "out_for_delivery"})).await.is(200);
    w.work().await;
    assert_eq!(w.state(&id).await, "out_for_delivery");

    // The next payload is recognised by itself.
    w.advance("3h").await;
    w.hook(consignment("NV100042", "L1", "Loaded on the van", "16/11/2026 11:30")).await.is(202);
    w.work().await;
    assert_eq!(w.timeline(&id).await, ["out_for_delivery", "out_for_delivery"]);
    assert_eq!(list(w.get("/quarantine").await).len(), 1);
    let came = list(w.get("/received?dialect=norfolk_vans").await).remove(0);
    assert_eq!((&came["told_by"], &came["mapping_id"], &came["events"]), (&json!("mapping"), &kept["id"], &json!(1)));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_has_versions_and_can_be_taken_back() {
    let mut w = World::new().await;
    let id = with_parcel(&w, "NV100042").await;
    let sample = consignment("NV100042", "H1", "Handed to the customer", "16/11/2026 08:10");
    let made = w.post("/mappings", &json!({"name": "Vans", "payload": sample, "mapping": vans()})).await.is(201);
    let path = format!("/mappings/{}", text(&made["id"]));
    w.hook(sample.clone()).await.is(202);
    w.work().await;
    assert_eq!(w.timeline(&id).await, ["unknown"]);

    let mut second = vans();
    second["codes"] = json!({"H1": {"state": "delivered"}});
    let changed = w.put(&path, &json!({"name": "Norfolk Vans", "mapping": second})).await.is(200);
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Norfolk Vans")));
    w.hook(consignment("NV100042", "H1", "Handed to the customer", "16/11/2026 08:30")).await.is(202);
    w.work().await;
    assert_eq!(w.timeline(&id).await, ["delivered", "unknown"], "what was read before stays as it was read");

    let twin = w.post("/mappings", &json!({"name": "Twin", "payload": sample, "mapping": vans()})).await.is_problem(409);
    assert!(twin["detail"].as_str().unwrap().contains("Norfolk Vans"), "{twin}");

    w.delete(&path).await.is(204);
    assert!(list(w.get("/mappings").await).is_empty());
    w.ask(&path).await.is_problem(404);
    w.delete(&path).await.is_problem(404);
    w.hook(consignment("NV100042", "H1", "Handed to the customer", "16/11/2026 08:40")).await.is(202);
    w.work().await;
    assert_eq!(list(w.get("/quarantine").await).len(), 1);
    // Holding again, it reads what waited meanwhile.
    w.put(&path, &json!({"name": "Norfolk Vans", "mapping": vans()})).await.is(200);
    w.work().await;
    assert!(list(w.get("/quarantine").await).is_empty());
    assert_eq!(w.get(&path).await["versions"].as_array().unwrap().len(), 4);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_names_a_mapped_carrier_needs_no_shape() {
    let mut w = World::new().await;
    let id = with_parcel(&w, "NV100042").await;
    let named = format!("{}/norfolk_vans", w.retailer.hook);
    let sample = consignment("NV100042", "L1", "", "16/11/2026 08:10");
    w.send_as(None, "POST", &named, sample.clone(), &[]).await.is(202);
    w.work().await;
    assert!(text(&list(w.get("/quarantine").await)[0]["cause"]).contains("`norfolk_vans` is not a carrier that we know"));
    w.post("/mappings", &json!({"name": "Vans", "payload": sample, "mapping": vans()})).await.is(201);
    w.work().await;
    assert_eq!(w.timeline(&id).await.len(), 1);
    let sparse = r#"{"consignments": {"consRef": "NV100042", "more": {"a": 1, "b": 2, "c": 3, "d": 4}, "moves": {"kind": "L2", "when": "16/11/2026 08:20"}}}"#;
    w.send_as(None, "POST", &named, sparse, &[]).await.is(202);
    w.work().await;
    assert_eq!(w.timeline(&id).await.len(), 2);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_without_a_year_are_read_by_when_they_came_in_the_preview_and_ever_after() {
    // Just after midnight of a new year.
    let mut w = World::at("2027-01-01T00:30:00Z", "sorted").await;
    let id = with_parcel(&w, "NV100042").await;
    w.hook(consignment("NV100042", "L1", "Loaded on the van", "31 Dec 23:50")).await.is(202);
    w.work().await;
    let payload = text(&list(w.get("/quarantine").await)[0]["id"]);
    // Mapped weeks later: the payload came when it came.
    w.advance("480h").await;
    let asked = json!({"payload_id": payload, "name": "Vans", "mapping": vans()});
    let tried = w.post("/mappings/preview", &json!({"payload_id": payload, "mapping": vans()})).await.is(200);
    assert_eq!(tried["events"][0]["occurred_at"], json!("2026-12-31T23:50:00+00:00"), "{tried}");
    w.post("/mappings", &asked).await.is(201);
    w.work().await;
    w.hook(consignment("NV100042", "L1", "Loaded on the van", "20 Jan 08:10")).await.is(202);
    w.work().await;
    let told: Vec<String> = list(w.get(&format!("/shipments/{id}/tracking-events")).await).iter().map(|e| text(&e["local_time"])).collect();
    assert_eq!(told, ["2027-01-20T08:10:00", "2026-12-31T23:50:00"]);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_that_waited_are_gone_through_in_the_background() {
    let mut w = World::new().await;
    for n in 0..130 {
        w.hook(consignment(&format!("NV{n:06}"), "L1", "Loaded", &format!("16/11/2026 08:{:02}", n % 60))).await.is(202);
    }
    w.work().await;
    let sample = consignment("NV100042", "L1", "Loaded", "16/11/2026 08:10");
    w.post("/mappings", &json!({"name": "Vans", "payload": sample, "mapping": vans()})).await.is(201);
    w.work().await;
    assert!(list(w.get("/quarantine").await).is_empty());
    let replay = list(w.get("/mappings").await).remove(0)["replay"].clone();
    assert_eq!((&replay["looked_at"], &replay["handed_in"]), (&json!(130), &json!(130)));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_mapping_is_said() {
    let w = World::new().await;
    let sample = consignment("NV100042", "L1", "", "16/11/2026 08:10");
    let with = |fields: Value| {
        let mut mapping = vans();
        whereabouts_server::flow::faults::merge(&mut mapping, &fields);
        json!({"name": "Vans", "payload": sample, "mapping": mapping})
    };
    for (body, pointer) in [
        (json!({"name": " ", "payload": sample, "mapping": vans()}), "/name"),
        (json!({"payload": sample, "mapping": vans()}), "/name"),
        (json!({"name": "Vans", "payload": sample}), "/mapping"),
        (json!({"name": "Vans", "mapping": vans()}), "/payload"),
        (json!({"name": "Vans", "mapping": vans(), "payload": 7}), "/payload"),
        (json!({"name": "Vans", "mapping": vans(), "payload": ""}), "/payload"),
        (json!({"name": "Vans", "mapping": vans(), "payload_id": "inb_none"}), "/payload_id"),
        (with(json!({"carrier": "Norfolk Vans"})), "/mapping/carrier"),
        (with(json!({"zone": "Mars/Base"})), "/mapping/zone"),
        (with(json!({"paths": {"tracking_number": null}})), "/mapping/paths/tracking_number"),
        (with(json!({"paths": {"colour": "/a"}})), "/mapping/paths/colour"),
        (with(json!({"codes": {"L1": {"state": "unknown"}}})), "/mapping/codes"),
    ] {
        w.post("/mappings", &body).await.refuses(pointer);
    }
    assert!(list(w.get("/mappings").await).is_empty());
    w.post("/mappings/preview", &json!({"payload": "gibberish"})).await.refuses("/payload");
    let problem = w.post("/mappings/preview", &json!({"payload": "{\"a\": 1}"})).await.is(200)["problem"].clone();
    assert!(problem.as_str().unwrap().contains("no tracking number"), "{problem}");
    w.end().await;
}
