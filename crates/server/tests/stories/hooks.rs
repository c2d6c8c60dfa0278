//! The one URL to paste anywhere: any dialect, durable before it is answered, never a loop, never a loss.

use std::{collections::BTreeSet, io::Write, time::Duration};

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use whereabouts_adapters::signature;
use whereabouts_server::{
    db::{self, inbox::InboxRow},
    flow::digest,
};

use crate::world::{World, list, parcel_with, text};

/// A webhook as an aggregator sends it, in its documented shape.
fn aftership(number: &str, tag: &str, at: &str) -> String {
    json!({
        "event": "tracking_update",
        "msg": {
            "id": "t1", "tracking_number": number, "slug": "royal-mail", "tag": tag,
            "checkpoints": [{"slug": "royal-mail", "tag": tag, "subtag": format!("{tag}_001"), "message": tag, "checkpoint_time": at, "city": "Leeds"}],
        },
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_any_dialect_is_understood_without_being_named() {
    let mut w = World::new().await;
    let id = w.register(json!({"tracking_number": "RM1"})).await;
    let answer = w.hook(aftership("RM1", "OutForDelivery", "2026-11-16T08:30:00+00:00")).await;
    assert!(answer.status.is_success());
    w.work().await;
    let s = w.shipment(&id).await;
    assert_eq!((&s["state"], &s["carrier"]), (&json!("out_for_delivery"), &json!("royalmail")));
    // The same again changes nothing.
    w.hook(aftership("RM1", "OutForDelivery", "2026-11-16T08:30:00+00:00")).await;
    w.work().await;
    assert_eq!(w.timeline(&id).await.len(), 1);
    let named = format!("{}/aftership", w.retailer.hook);
    let delivered = aftership("RM1", "Delivered", "2026-11-16T08:50:00+00:00");
    assert!(w.send_as(None, "POST", &named, delivered, &[]).await.status.is_success());
    w.work().await;
    assert_eq!(w.state(&id).await, "delivered");
    assert_eq!(list(w.get("/quarantine").await), Vec::<Value>::new());
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fixture_that_holds_events_comes_through_the_hook() {
    let mut w = World::new().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters/fixtures");
    let mut sent = 0;
    for carrier in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let id = carrier.file_name().unwrap().to_str().unwrap().to_string();
        for file in std::fs::read_dir(&carrier).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e != "txt")) {
            let path = format!("{}/{id}", w.retailer.hook);
            let answer = w.send_as(None, "POST", &path, std::fs::read(&file).unwrap(), &[]).await;
            assert!(answer.status.is_success(), "{}: {}", file.display(), answer.text());
            sent += 1;
        }
    }
    assert!(sent > 30);
    w.work().await;
    assert!(list(w.get("/unmatched?limit=200").await).len() > 50);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_is_kept_with_its_cause_and_can_be_replayed() {
    let mut w = World::new().await;
    let bytes = b"\x00\xff not a payload \x01".to_vec();
    for _ in 0..2 {
        w.hook(bytes.clone()).await.is(202);
    }
    w.work().await;
    let kept = list(w.get("/quarantine").await);
    assert_eq!(kept.len(), 1, "the same bytes stand there once");
    assert_eq!(STANDARD.decode(text(&kept[0]["body_base64"])).unwrap(), bytes);
    assert!(kept[0]["cause"].as_str().is_some_and(|c| !c.is_empty()));
    let path = format!("/quarantine/{}/replay", text(&kept[0]["id"]));
    assert!(w.post(&path, &json!({})).await.status.is_success());
    w.work().await;
    assert_eq!(list(w.get("/quarantine").await).len(), 1, "still unreadable, still kept, no loop");
    w.post("/quarantine/qua_none/replay", &json!({})).await.is_problem(404);
    let unknown = format!("{}/no_such_carrier", w.retailer.hook);
    assert_eq!(w.send_as(None, "POST", &unknown, "{}", &[]).await.status, 202);
    w.work().await;
    assert_eq!(list(w.get("/quarantine").await).len(), 2);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vendors_who_look_whether_somebody_is_there_are_answered() {
    let w = World::new().await;
    for method in ["GET", "HEAD"] {
        for path in [w.retailer.hook.clone(), format!("{}/aftership", w.retailer.hook)] {
            assert_eq!(w.send_as(None, method, &path, Body::empty(), &[]).await.status, 200, "{method} {path}");
        }
    }
    for path in ["/hooks/nonsense", "/hooks/nobody.secret", "/hooks/."] {
        for method in ["GET", "POST"] {
            assert_eq!(w.send_as(None, method, path, "{}", &[]).await.status, 404, "{method} {path}");
        }
    }
    let wrong = format!("{}x", w.retailer.hook);
    w.send_as(None, "POST", &wrong, "{}", &[]).await.is_problem(404);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_a_secret_is_set_that_dialect_must_be_signed() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({}))).await;
    w.put("/hook-secrets/nonsense", &json!({"secret": "s"})).await.is_problem(404);
    assert!(w.put("/hook-secrets/aftership", &json!({"secret": "s3cret"})).await.status.is_success());
    // Said by name or not at all: a body that forgets it takes no signature away.
    w.put("/hook-secrets/aftership", &json!({})).await.refuses("/secret");
    let body = aftership("RM1", "InTransit", "2026-11-16T08:30:00+00:00");
    w.hook(body.clone()).await.is_problem(401);
    let hook = w.retailer.hook.clone();
    let named = format!("{hook}/aftership");
    for path in [&hook, &named] {
        w.send_as(None, "POST", path, body.clone(), &[("aftership-hmac-sha256", "AAAA")]).await.is_problem(401);
    }
    w.work().await;
    assert_eq!(w.state(&id).await, "registered");
    let signed = signature::base64(&signature::hmac_sha256(b"s3cret", &[body.as_bytes()]));
    assert!(w.send_as(None, "POST", &hook, body.clone(), &[("aftership-hmac-sha256", &signed)]).await.status.is_success());
    w.work().await;
    assert_eq!(w.state(&id).await, "in_transit");
    // Another dialect has no secret yet: the token alone authorises.
    let easypost = include_str!("../../../adapters/fixtures/easypost/weather_and_neighbour_webhook.json");
    assert!(w.hook(easypost).await.status.is_success());
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_taken_and_a_bomb_is_not() {
    let mut w = World::new().await;
    let id = w.register(parcel_with("RM1", json!({}))).await;
    let packed = |bytes: &[u8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    };
    let hook = w.retailer.hook.clone();
    let gzip = [("content-encoding", "gzip")];
    let body = packed(aftership("RM1", "InTransit", "2026-11-16T08:30:00+00:00").as_bytes());
    assert!(w.send_as(None, "POST", &hook, body.clone(), &gzip).await.status.is_success());
    w.work().await;
    assert_eq!(w.state(&id).await, "in_transit");
    let bomb = packed(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    w.send_as(None, "POST", &hook, bomb, &gzip).await.is_problem(413);
    w.send_as(None, "POST", &hook, body[..20].to_vec(), &gzip).await.is_problem(400);
    w.send_as(None, "POST", &hook, "{}", &[("content-encoding", "zstd")]).await.is_problem(400);
    w.end().await;
}

/// So many payloads of a retailer, put into the inbox as they would come.
async fn fill_inbox(w: &World, retailer: &str, count: usize) {
    let rows = (0..count).map(|n| InboxRow {
        retailer: retailer.into(),
        id: w.app.ids.make("inb", 1),
        received_at: w.now().as_millisecond(),
        source: "hook".into(),
        signature: None,
        dialect: None,
        headers: "[]".into(),
        body: format!("nobody can read this, {n}").into_bytes(),
    });
    let mut tx = w.app.db.write().await.unwrap();
    db::inbox::put(&mut tx, rows.collect()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_retailer_has_its_turn_however_much_waits() {
    let mut w = World::new().await;
    for retailer in ["ra", "rb", "rc"] {
        fill_inbox(&w, retailer, 25).await;
    }
    let of = |rows: Vec<InboxRow>| rows.into_iter().map(|r| r.retailer).collect::<BTreeSet<_>>();
    let first = of(digest::next_batch(&w.app, 20).await.unwrap());
    assert_eq!(first, BTreeSet::from(["ra".into(), "rb".into()]));
    *w.app.last_served.lock().unwrap() = "rb".into();
    let second = of(digest::next_batch(&w.app, 20).await.unwrap());
    assert_eq!(second, BTreeSet::from(["rc".into(), "ra".into()]));
    w.work().await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_backlog_does_not_keep_what_is_due_waiting() {
    let mut w = World::new().await;
    fill_inbox(&w, "ra", digest::BATCH_MAX as usize + 10).await;
    let (digested, retailers) = digest::run_for(&w.app, Duration::ZERO).await.unwrap();
    assert_eq!((digested, retailers.len()), (digest::BATCH_MAX as usize, 1));
    w.work().await;
    w.end().await;
}
