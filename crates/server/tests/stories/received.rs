//! What came in is told as it was recognised: dialect and by what, signature, numbers and events, and the bytes.

use serde_json::json;

use crate::world::{World, list, parcel, text};

fn aftership(number: &str) -> String {
    json!({"event": "tracking_update", "msg": {"tracking_number": number, "slug": "royal-mail", "tag": "InTransit", "checkpoints": [
        {"slug": "royal-mail", "tag": "InTransit", "message": "At the hub", "checkpoint_time": "2026-11-16T08:00:00+00:00"}]}})
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_is_told_as_it_was_recognised() {
    let mut w = World::new().await;
    w.register(parcel("RM1")).await;
    w.hook(aftership("RM1")).await.is(202);
    w.hook("nobody reads this").await.is(202);
    let named = format!("{}/aftership", w.retailer.hook);
    w.send_as(None, "POST", &named, aftership("RM2"), &[("x-made-by", "a test")]).await.is(202);
    w.work().await;
    let lines: Vec<String> = list(w.get("/received").await)
        .iter()
        .map(|r| {
            let told = ["dialect", "told_by", "signature", "outcome", "numbers", "events"].map(|name| text(&r[name]));
            told.join(" ")
        })
        .collect();
    assert_eq!(lines, ["aftership url no_secret events 1 1", "null null no_secret unread 0 0", "aftership shape no_secret events 1 1"]);
    let newest = list(w.get("/received?outcome=events&limit=1").await).remove(0);
    let whole = w.get(&format!("/received/{}", text(&newest["id"]))).await;
    assert!(text(&whole["body"]).contains("RM2") && whole["headers"].to_string().contains("a test"), "{whole}");
    let feeds = list(w.get("/received/feeds").await);
    let counted: Vec<String> =
        feeds.iter().map(|f| format!("{} {} {} {}", f["dialect"], f["payloads"], f["events"], f["unread"])).collect();
    assert_eq!(counted, ["null 1 0 1", "\"aftership\" 2 2 0"]);
    assert!(list(w.get("/received?dialect=evri").await).is_empty());
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_is_seen_and_counted_and_cannot_fill_the_house() {
    let mut w = World::new().await;
    w.register(parcel("RM1")).await;
    w.put("/hook-secrets/aftership", &json!({"secret": "s3cret"})).await.is(204);
    for _ in 0..5 {
        w.hook(aftership("RM1")).await.is_problem(401);
    }
    // python3: base64.b64encode(hmac.new(b"s3cret", body, "sha256").digest())
    let body = aftership("RM1");
    let signed = whereabouts_adapters::signature::base64(&whereabouts_adapters::signature::hmac_sha256(b"s3cret", &[body.as_bytes()]));
    w.send_as(None, "POST", &w.retailer.hook, body, &[("aftership-hmac-sha256", &signed)]).await.is(202);
    w.work().await;
    let seen: Vec<(String, String)> = list(w.get("/received").await).iter().map(|r| (text(&r["signature"]), text(&r["outcome"]))).collect();
    assert_eq!(seen, [("verified".into(), "events".into()), ("wrong".into(), "refused".into())]);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_burst_all_is_counted_and_the_first_are_kept() {
    let mut w = World::new().await;
    for n in 0..70 {
        w.hook(aftership(&format!("RM{n}"))).await.is(202);
    }
    w.work().await;
    assert_eq!(list(w.get("/received/feeds").await)[0]["payloads"], json!(70));
    let kept = list(w.get("/received?limit=200").await).len();
    assert!((1..=40).contains(&kept), "{kept}");
    // Days later the bytes are gone, and the counts are not.
    w.advance("4d").await;
    assert!(list(w.get("/received").await).is_empty());
    assert_eq!(list(w.get("/received/feeds").await)[0]["payloads"], json!(70));
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_dialect_that_signs_with_its_own_key_is_that_key() {
    let w = World::new().await;
    for secret in ["a word", "{}", r#"{"keys": []}"#, "-----BEGIN PUBLIC KEY-----"] {
        w.put("/hook-secrets/shipengine", &json!({ "secret": secret })).await.refuses("/secret");
    }
    // A key set of several keys is longer than other texts may be.
    let key = json!({"kty": "RSA", "kid": "k1", "e": "AQAB", "n": "x".repeat(700)});
    w.put("/hook-secrets/shipengine", &json!({"secret": json!({"keys": [key, key, key, key]}).to_string()})).await.is(204);
    w.put("/hook-secrets/aftership", &json!({"secret": "x".repeat(16_001)})).await.refuses("/secret");
    w.put("/hook-secrets/aftership", &json!({"secret": 7})).await.refuses("/secret");
    w.put("/hook-secrets/aftership", &json!({"secret": "word", "colour": "red"})).await.refuses("/colour");
    w.put("/hook-secrets/shipengine", &json!({"secret": null})).await.is(204);
    w.end().await;
}
