//! Codes that stand in no carrier's list: counted, given a meaning, read anew.

use serde_json::{Value, json};

use crate::world::{World, list, parcel, text};

fn coded(number: &str, code: &str, words: &str, at: &str) -> Value {
    json!({"tracking_number": number, "carrier": "royalmail", "carrier_code": code, "description": words, "occurred_at": at})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_nobody_knows_is_counted_mapped_and_read_into_what_was_said_before() {
    let mut w = World::new().await;
    let (a, b) = (w.register(parcel("RM1")).await, w.register(parcel("RM2")).await);
    w.says("RM1", "in_transit").await;
    w.advance("1h").await;
    w.tell(coded("RM1", "ZZ/9", "Rolled onto the barrow", &w.in_("-1m"))).await;
    w.tell(coded("RM2", "ZZ/9", "Rolled onto the barrow", &w.in_("-2m"))).await;
    w.advance("0s").await;
    assert_eq!(w.state(&a).await, "in_transit", "an unknown code is never progress");
    let codes = list(w.get("/unknown-codes").await);
    assert_eq!(codes.len(), 1);
    let code = &codes[0];
    assert_eq!(
        (&code["carrier"], &code["code"], &code["words"], &code["times"], &code["shipments"], &code["meaning"]),
        (&json!("royalmail"), &json!("ZZ/9"), &json!("Rolled onto the barrow"), &json!(2), &json!(2), &Value::Null)
    );

    let asked = json!({"carrier": "royalmail", "code": "ZZ/9", "state": "out_for_delivery"});
    let tried = w.post("/unknown-codes/preview", &asked).await.is(200);
    let effects: Vec<_> = tried["data"].as_array().unwrap().iter().map(|e| (text(&e["before"]), text(&e["after"]))).collect();
    assert!(effects.contains(&("in_transit".into(), "out_for_delivery".into())) && effects.len() == 2, "{effects:?}");
    assert_eq!(w.state(&a).await, "in_transit", "trying changes nothing");

    let set = w.put("/unknown-codes/royalmail/ZZ%2F9", &json!({"state": "out_for_delivery"})).await.is(200);
    assert_eq!((&set["version"], &set["shipments"]), (&json!(1), &json!(2)));
    w.advance("0s").await;
    assert_eq!((w.state(&a).await, w.state(&b).await), ("out_for_delivery".into(), "out_for_delivery".into()));
    assert_eq!(w.timeline(&a).await, ["out_for_delivery", "in_transit"], "the event is the same one");
    let newest = w.changes(&a).await.into_iter().rfind(|c| c["field"] == json!("state")).unwrap();
    assert_eq!(newest["after"], json!("out_for_delivery"));

    // What comes from now on is understood at once.
    let c = w.register(parcel("RM3")).await;
    w.tell(coded("RM3", "ZZ/9", "", &w.in_("-1m"))).await;
    assert_eq!(w.state(&c).await, "out_for_delivery");

    let back = w.put("/unknown-codes/royalmail/ZZ%2F9", &json!({"state": null})).await.is(200);
    assert_eq!(back["version"], json!(2));
    w.advance("0s").await;
    assert_eq!(w.state(&a).await, "in_transit");
    assert_eq!(w.timeline(&a).await, ["unknown", "in_transit"]);
    let code = list(w.get("/unknown-codes").await).remove(0);
    assert_eq!((&code["meaning"], &code["shipments"]), (&Value::Null, &json!(3)));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meaning_must_be_a_state_that_we_know() {
    let w = World::new().await;
    for (body, pointer) in [
        (json!({"state": "teleported"}), "/state"),
        (json!({"state": "unknown"}), "/state"),
        (json!({"state": "delivered", "reason": "because"}), "/reason"),
        (json!({"colour": "red"}), "/colour"),
    ] {
        let problem = w.put("/unknown-codes/evri/Q9", &body).await.is_problem(422);
        assert_eq!(problem["errors"][0]["pointer"], json!(pointer), "{body}");
    }
    assert!(list(w.get("/unknown-codes").await).is_empty());
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_words_alone_is_mapped_by_its_words() {
    let mut w = World::new().await;
    let (a, b) = (w.register(parcel("RM1")).await, w.register(parcel("RM2")).await);
    let said = |number: &str, words: &str, at: &str| json!({"events": [{"tracking_number": number, "carrier": "royalmail", "state": "unknown", "description": words, "occurred_at": at}]});
    w.post("/tracking-events", &said("RM1", "Wheels are rolling, stop 7", &w.in_("-2m"))).await.is(202);
    w.post("/tracking-events", &said("RM2", "wheels are rolling, stop 12", &w.in_("-1m"))).await.is(202);
    w.work().await;
    let code = list(w.get("/unknown-codes").await).remove(0);
    assert_eq!((&code["code"], &code["shipments"]), (&json!("words:wheels are rolling, stop #"), &json!(2)));
    let path = "/unknown-codes/royalmail/words:wheels%20are%20rolling,%20stop%20%23";
    w.put(path, &json!({"state": "out_for_delivery"})).await.is(200);
    w.work().await;
    assert_eq!((w.state(&a).await, w.state(&b).await), ("out_for_delivery".into(), "out_for_delivery".into()));
    // What said neither cannot be mapped.
    w.post("/unknown-codes/preview", &json!({"carrier": "royalmail", "code": " ", "state": "delivered"})).await.refuses("/code");
    w.end().await;
}
