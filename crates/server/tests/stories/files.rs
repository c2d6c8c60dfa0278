//! Files of orders, shipments and events: sent, mapped, taken in by row, written out and taken in again.

use serde_json::{Value, json};
use whereabouts_server::db;

use crate::world::{Answer, World, list, parcel_with, text};

async fn send(w: &World, query: &str, body: &str) -> Answer {
    w.send("POST", &format!("/api/v1/imports?{query}"), body.to_string(), &[]).await
}

async fn download(w: &World, path: &str) -> String {
    let answer = w.ask(path).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    answer.text()
}

fn counts(import: &Value) -> [i64; 4] {
    ["created", "changed", "unchanged", "refused"].map(|n| import[n].as_i64().unwrap())
}

const WAREHOUSE: &str = "Bestellnummer;Sendungsnummer;Versanddienstleister;Empfänger;E-Mail;PLZ;Ort;Land\n\
    B-1;DE1;DHL Paket;Ada Lovelace;ada@example.com;10115;Berlin;Deutschland\n\
    B-2;DE2;DHL Paket;Bo Ek;bo-at-example;10115;Berlin;Deutschland\n\
    B-3;DE3;DHL Paket;Cy Young;cy@example.com;10115;Berlin;Deutschland\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_mapped_and_taken_in_and_bad_rows_never_stop_the_good_ones() {
    let mut w = World::new().await;
    let sent = send(&w, "name=versand.csv", WAREHOUSE).await.is(201);
    assert_eq!((&sent["state"], &sent["kind"], &sent["rows"]), (&json!("draft"), &json!("shipments"), &json!(3)));
    assert_eq!(sent["mapping"]["columns"]["Bestellnummer"], json!("order_number"));
    assert_eq!(sent["preview"][0]["value"]["destination"]["country"], json!("DE"));
    let why = &sent["preview"][1]["why"][0];
    assert_eq!((&why["column"], &why["field"]), (&json!("E-Mail"), &json!("recipient.email")), "a fault names the file's column");
    w.work().await;
    assert!(list(w.get("/shipments").await).is_empty(), "a draft is not taken in");

    let id = text(&sent["id"]);
    w.post(&format!("/imports/{id}/start"), &json!({})).await.is(202);
    w.work().await;
    let done = w.get(&format!("/imports/{id}")).await;
    assert_eq!((&done["state"], counts(&done)), (&json!("done"), [2, 0, 0, 1]));
    let shipments = list(w.get("/shipments?carrier=dhl_parcel_de").await);
    assert_eq!(shipments.len(), 2);

    let refused = download(&w, &format!("/imports/{id}/result?outcome=refused")).await;
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].ends_with("whereabouts line,whereabouts outcome,whereabouts why,whereabouts id"), "{refused}");
    assert!(lines[1].starts_with("B-2,DE2,") && lines[1].contains(",3,refused,E-Mail: is not an e-mail address,"), "{refused}");

    // The refused rows, corrected, are sent as they came.
    let again = send(&w, "name=again.csv&start=true", &refused.replace("bo-at-example", "bo@example.com")).await.is(201);
    w.work().await;
    assert_eq!(counts(&w.get(&format!("/imports/{}", text(&again["id"]))).await), [1, 0, 0, 0]);
    // The whole file once more changes nothing.
    let third = send(&w, "name=versand.csv&start=true", &WAREHOUSE.replace("bo-at-example", "bo@example.com")).await.is(201);
    w.work().await;
    assert_eq!(counts(&w.get(&format!("/imports/{}", text(&third["id"]))).await), [0, 0, 3, 0]);
    assert_eq!(list(w.get("/imports").await).len(), 3);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_with_a_name_is_known_again_by_the_header() {
    let mut w = World::new().await;
    let file = "Ref,Parcel,When\nA-1,P1,03/04/2026 10:00\n";
    let sent = send(&w, "name=a.csv&kind=shipments", file).await.is(201);
    let mapping = json!({
        "columns": {"Ref": "reference", "Parcel": "tracking_number", "When": "shipped_at"},
        "dates": "month_first", "zone": "America/New_York", "fixed": {"carrier": "UPS", "destination.country": "US"},
    });
    let path = format!("/imports/{}/mapping", text(&sent["id"]));
    let mapped = w.put(&path, &json!({"mapping": mapping, "remember_as": "Every evening"})).await.is(200);
    let expected = json!({
        "reference": "A-1", "tracking_number": "P1", "shipped_at": "2026-03-04T10:00:00-05:00", "carrier": "ups",
        "destination": {"country": "US"},
    });
    assert_eq!(mapped["preview"][0]["value"], expected);

    let next = send(&w, "name=b.csv&start=true", "When,Parcel,Ref\n03/05/2026 10:00,P2,A-2\n").await.is(201);
    assert_eq!((&next["mapping"], &next["mapping_id"]), (&mapping, &mapped["mapping_id"]), "in another order it is the same header");
    w.work().await;
    let known = list(w.get("/shipments?tracking_number=P2").await);
    assert_eq!((&known[0]["carrier"], &known[0]["shipped_at"]), (&json!("ups"), &json!("2026-03-05T15:00:00Z")));

    let mappings = list(w.get("/import-mappings").await);
    assert_eq!((mappings.len(), &mappings[0]["name"]), (1, &json!("Every evening")));
    assert_eq!(w.delete(&format!("/import-mappings/{}", text(&mappings[0]["id"]))).await.status.as_u16(), 204);
    let third = send(&w, "name=b.csv", "When,Parcel,Ref\n03/05/2026 10:00,P2,A-2\n").await.is(201);
    assert_eq!(third["mapping_id"], Value::Null);
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mapped_or_started_says_what_to_do() {
    let mut w = World::new().await;
    for (query, body, words) in [
        ("name=a.xlsx", "PK\u{3}\u{4}...", "save it as CSV"),
        ("name=a.csv", "Order,Carrier\n", "holds no rows"),
        ("name=a.csv", "", "empty"),
    ] {
        let problem = send(&w, query, body).await.is_problem(422);
        assert!(text(&problem["detail"]).contains(words), "{problem}");
    }
    send(&w, "kind=parcels", "a,b\n1,2\n").await.refuses("/kind");
    let sent = send(&w, "kind=events", "Colour,Shape\nred,round\n").await.is(201);
    assert_eq!(sent["wanting"].as_array().unwrap().len(), 2);
    let id = text(&sent["id"]);
    w.post(&format!("/imports/{id}/start"), &json!({})).await.refuses("/columns");
    let map = |columns: Value| json!({"mapping": {"columns": columns}});
    w.put(&format!("/imports/{id}/mapping"), &map(json!({"Colour": "colour"}))).await.refuses("/columns/Colour");
    w.put(&format!("/imports/{id}/mapping"), &map(json!({"Size": "state"}))).await.refuses("/columns/Size");
    assert_eq!(w.delete(&format!("/imports/{id}")).await.status.as_u16(), 204);
    assert_eq!(w.ask(&format!("/imports/{id}")).await.status.as_u16(), 404);
    w.work().await;
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_many_rows_is_one_order_and_events_in_a_file_move_parcels() {
    let mut w = World::new().await;
    let orders = "Name,Email,Created at,Lineitem sku,Lineitem name,Lineitem quantity\n\
        #1001,ada@example.com,2026-11-15,MUG,Mug,1\n#1001,,,CUP,Cup,2\n#1002,bo@example.com,2026-11-15,MUG,Mug,1\n";
    let sent = send(&w, "name=orders.csv&start=true", orders).await.is(201);
    assert_eq!(sent["kind"], json!("orders"));
    w.work().await;
    assert_eq!(counts(&w.get(&format!("/imports/{}", text(&sent["id"]))).await), [3, 0, 0, 0], "each row has its outcome");
    let order = list(w.get("/orders?order_number=%231001").await).remove(0);
    assert_eq!(order["lines"].as_array().unwrap().len(), 2);

    let a = w.register(parcel_with("EV1", json!({"carrier": "evri"}))).await;
    let events = "Tracking number,Courier,Date,Time,Status,Depot\n\
        EV1,Evri,15/11/2026,09:12,In transit,Leeds\nEV1,Evri,16/11/2026,07:30,Out for delivery,Leeds\n\
        EV9,Evri,16/11/2026,07:30,Out for delivery,Leeds\nEV1,Evri,yesterday,,Delivered,Leeds\n";
    let sent = send(&w, "name=scans.csv&start=true", events).await.is(201);
    assert_eq!(sent["kind"], json!("events"));
    w.work().await;
    assert_eq!(w.timeline(&a).await, ["out_for_delivery", "in_transit"]);
    let id = text(&sent["id"]);
    assert_eq!(counts(&w.get(&format!("/imports/{id}")).await), [3, 0, 0, 1]);
    let outcomes: Vec<Value> =
        download(&w, &format!("/imports/{id}/result?format=jsonl")).await.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let told: Vec<String> = outcomes.iter().map(|o| format!("{} {}", o["line"], text(&o["outcome"]))).collect();
    assert_eq!(told, ["2 created", "3 created", "4 unmatched", "5 refused"]);
    assert_eq!(outcomes[3]["why"][0]["column"], json!("Date"));
    w.end().await;
}

/// Everything that two retailers must have in common.
async fn life(w: &World, key: &str) -> Vec<Value> {
    let of = |path: String| async move { w.send_as(Some(key), "GET", &format!("/api/v1{path}"), String::new(), &[]).await.is(200) };
    let mut lives = Vec::new();
    for s in list(of("/shipments?limit=200".into()).await) {
        let events = list(of(format!("/shipments/{}/tracking-events", text(&s["id"]))).await);
        let told = [
            "tracking_number",
            "carrier",
            "occurred_at",
            "local_time",
            "precision",
            "time_basis",
            "state",
            "reason",
            "carrier_code",
            "description",
            "location",
            "signed_by",
            "estimated_delivery",
        ];
        let events: Vec<Value> = events.iter().map(|e| json!(told.map(|n| e[n].clone()))).collect();
        let same = [
            "reference",
            "order_number",
            "tracking_number",
            "carrier",
            "service",
            "type",
            "ordered_at",
            "shipped_at",
            "promised",
            "recipient",
            "buyer",
            "gift",
            "destination",
            "origin",
            "parcels",
            "items",
            "requirements",
            "value",
            "tags",
            "references",
            "metadata",
            "state",
            "milestone",
            "reason",
            "delivered_at",
            "signed_by",
        ];
        lives.push(json!({"fields": same.map(|n| s[n].clone()), "events": events}));
    }
    lives.sort_by_key(|l| l["fields"][2].to_string());
    lives
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_out_is_the_same_when_it_is_taken_in_again() {
    for format in ["csv", "jsonl"] {
        let mut w = World::new().await;
        let whole = json!({
            "reference": "=R-1", "service": "Next day, signed", "gift": true, "tags": ["a,b"], "references": ["x", "y"],
            "promised": {"end": "2026-11-18"}, "ordered_at": "2026-11-15T08:00:00Z", "requirements": ["signature"],
            "items": [{"sku": "MUG", "name": "Mug; \"big\"", "quantity": 2, "price": {"amount": "9.50", "currency": "GBP"}}],
            "parcels": [{"barcode": "BAR1", "items": [{"sku": "MUG", "quantity": 2}]}], "value": {"amount": "19.00", "currency": "GBP"},
            "metadata": {"colour": "red", "deep": {"er": [1, 2]}}, "buyer": {"first_name": "Bo", "phone": "+44 20 7946 0000"},
        });
        let id = w.register(parcel_with("W1", whole)).await;
        w.register(parcel_with("W2", json!({"carrier": "dhl", "type": "return"}))).await;
        w.register(json!({"order_number": "LATER"})).await;
        w.tell(json!({"tracking_number": "W1", "carrier": "royalmail", "state": "in_transit", "occurred_at": "2026-11-16T07:00:00+01:00",
            "description": "Line one,\n\"two\"", "location": {"text": "Köln", "country": "DE", "latitude": 50.9}}))
            .await;
        w.tell(json!({"tracking_number": "W1", "carrier": "royalmail", "carrier_code": "??", "occurred_at": "2026-11-16"})).await;
        w.tell(json!({"tracking_number": "W1", "carrier": "royalmail", "state": "delivered", "reason": null, "occurred_at": "2026-11-16T08:30:00Z",
            "signed_by": "A. Lovelace", "estimated_delivery": {"end": "2026-11-18"}, "id": "their-77"})).await;
        w.tell(json!({"tracking_number": "NOBODY", "carrier": "evri", "state": "in_transit", "occurred_at": "2026-11-16T08:00:00Z"})).await;
        w.patch(&format!("/shipments/{id}"), &json!({"promised": {"end": "2026-11-19"}})).await.is(200);
        let retailer = w.retailer.key.split('_').nth(1).unwrap().to_string();
        whereabouts_server::flow::alerts::note(&w.app, &retailer, &id, "maya@example.com", "Rang the depot").await.unwrap();
        w.work().await;
        let shipments = download(&w, &format!("/exports/shipments?format={format}")).await;
        // What was said and promised first can be read by people, too.
        for words in ["2026-11-18", "2026-11-19", "Rang the depot", "subject"] {
            assert!(shipments.contains(words), "{words}: {shipments}");
        }
        let events = download(&w, &format!("/exports/events?format={format}")).await;
        assert!(!shipments.lines().any(|l| l.starts_with('=')), "no formula: {shipments}");

        let noted_at = w.now().as_millisecond();
        let other = w.another_retailer("Other", "sorted").await;
        let (mine, first) = (w.retailer.clone(), life(&w, &w.retailer.key).await);
        w.retailer = other.clone();
        for (kind, file) in [("shipments", &shipments), ("events", &events), ("shipments", &shipments), ("events", &events)] {
            let sent = send(&w, &format!("kind={kind}&name=x.{format}&start=true"), file).await.is(201);
            w.work().await;
            let done = w.get(&format!("/imports/{}", text(&sent["id"]))).await;
            assert_eq!(
                (&done["state"], &done["refused"]),
                (&json!("done"), &json!(0)),
                "{kind} {format}: {}",
                download(&w, &format!("/imports/{}/result?outcome=refused&format=jsonl", text(&sent["id"]))).await
            );
            if kind == "shipments" {
                let result = download(&w, &format!("/imports/{}/result", text(&sent["id"]))).await;
                assert!(
                    result.contains("what shoppers were told elsewhere is not told again"),
                    "{format}: what is passed over is said: {result}"
                );
            }
        }
        let second = life(&w, &other.key).await;
        assert_eq!(first.len(), 3);
        for (a, b) in first.iter().zip(&second) {
            assert_eq!(a, b, "{format}");
        }
        assert_eq!(first, second, "{format}");
        let parcel = list(w.get("/shipments?tracking_number=W1").await).remove(0);
        let promise = (&parcel["promised"]["end"], &parcel["first_promised"]["end"], parcel["first_promised"]["changed_by"].is_string());
        assert_eq!(promise, (&json!("2026-11-19"), &json!("2026-11-18"), true), "{format}: the first promise is the first one still");
        let there = text(&parcel["id"]);
        let read = w.app.db.read().await.unwrap();
        let notes = db::alerts::notes(&read, other.key.split('_').nth(1).unwrap(), &there).await.unwrap();
        drop(read);
        let told: Vec<(&str, &str, i64)> = notes.iter().map(|n| (n.author.as_str(), n.body.as_str(), n.at)).collect();
        assert_eq!(told, [("maya@example.com", "Rang the depot", noted_at)], "{format}: once, though the file came twice");
        assert_eq!(list(w.get("/unmatched").await).len(), 1);
        // A filter leaves what it names.
        w.retailer = mine;
        let delivered = download(&w, "/exports/shipments?format=jsonl&milestone=delivered").await;
        assert_eq!(delivered.lines().count(), 1);
        assert_eq!(download(&w, "/exports/events?format=jsonl&carrier=dhl").await, "");
        assert_eq!(download(&w, "/exports/orders?format=jsonl&until=2026-11-01").await, "");
        assert_eq!(download(&w, "/exports/orders?format=jsonl").await.lines().count(), 3);
        w.ask("/exports/shipments?colour=red").await.refuses("/colour");
        assert_eq!(w.ask("/exports/parcels").await.status.as_u16(), 404);
        w.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_in_plain_words_are_kept_and_those_nobody_can_keep_are_refused_by_their_column() {
    let mut w = World::new().await;
    let file = "order_number,tracking_number,notes\nA1,T1,Rang the depot\nA2,T2,\"[{\"\"text\"\": 7}]\"\n";
    let sent = send(&w, "kind=shipments&name=x.csv&start=true", file).await.is(201);
    w.work().await;
    let done = w.get(&format!("/imports/{}", text(&sent["id"]))).await;
    assert_eq!((&done["created"], &done["refused"]), (&json!(1), &json!(1)), "{done}");
    let result = download(&w, &format!("/imports/{}/result?outcome=refused&format=jsonl", text(&sent["id"]))).await;
    assert!(result.contains(r#""column":"notes""#), "{result}");
    let exported = download(&w, "/exports/shipments?format=jsonl").await;
    assert!(exported.contains(r#""author":"file""#) && exported.contains("Rang the depot"), "{exported}");
    w.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_set_up_by_api_its_secret_is_never_answered_and_what_is_wrong_is_named() {
    let w = World::new().await;
    let source = json!({
        "name": "The vans", "host": "sftp.vans.example", "user": "shop", "password": "hunter2-hunter2", "path": "outgoing/*.csv", "holds": "carrier",
        "after": "move", "move_to": "outgoing/done/",
    });
    let made = w.post("/file-sources", &source).await.is(201);
    assert_eq!(
        (&made["state"], &made["port"], &made["every_minutes"], &made["move_to"]),
        (&json!("untested"), &json!(22), &json!(15), &json!("outgoing/done"))
    );
    let path = format!("/file-sources/{}", text(&made["id"]));
    let seen = w.get(&path).await;
    assert!(!seen.to_string().contains("hunter2") && seen["files"] == json!([]), "{seen}");
    assert_eq!(list(w.get("/file-sources").await).len(), 1);
    w.post(&format!("{path}/fetch"), &json!({})).await.is_problem(409);
    assert_eq!(w.patch(&path, &json!({"paused": true, "every_minutes": 60})).await.is(200)["state"], json!("paused"));
    w.patch(&path, &json!({"holds": "secrets"})).await.refuses("/holds");
    for (field, value) in [
        ("host", json!("")),
        ("path", json!("outgoing/")),
        ("every_minutes", json!(0)),
        ("carrier", json!("nobody")),
        ("move_to", json!(null)),
        ("private_key", json!("no key")),
        ("colour", json!("red")),
    ] {
        let mut wrong = source.clone();
        wrong[field] = value;
        w.post("/file-sources", &wrong).await.refuses(&format!("/{field}"));
    }
    let mut nameless = source.clone();
    nameless["password"] = json!(null);
    w.post("/file-sources", &nameless).await.refuses("/password");

    let other = w.another_retailer("Other", "sorted").await;
    let theirs = w.send_as(Some(&other.key), "GET", &format!("/api/v1{path}"), String::new(), &[]).await;
    assert_eq!(theirs.status.as_u16(), 404);
    assert_eq!(w.delete(&path).await.status.as_u16(), 204);
    assert!(list(w.get("/file-sources").await).is_empty());

    let door = w.get("/file-login").await;
    assert_eq!((&door["listens"], &door["has_password"], &door["keys"]), (&Value::Null, &json!(false), &json!([])));
    let opened = w.put("/file-login", &json!({"password": true})).await.is(200);
    assert!(opened["password"].as_str().is_some_and(|p| p.len() >= 22));
    let again = w.get("/file-login").await;
    assert_eq!((&again["has_password"], &again["password"]), (&json!(true), &Value::Null), "a password is told once");
    w.put("/file-login", &json!({"keys": ["ssh-ed25519 nonsense"]})).await.refuses("/keys/0");
    w.end().await;
}
