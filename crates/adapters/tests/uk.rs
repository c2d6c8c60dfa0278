//! Royal Mail, DPD UK, Evri and InPost: recorded payloads (read from the shared folder when it is there), what a cut-off
//! payload may not do, and our own small payloads with the timeline a person would expect.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use whereabouts_adapters::{
    carrier::{self, Carrier, Payload, Shape, Unreadable},
    detect, parse,
    parse::DetectedKind,
    recognise::recognise,
};
use whereabouts_domain::{Source, TrackingEvent};

const OURS: [&str; 4] = ["royalmail", "dpd_uk", "evri", "inpost"];

fn shared_fixtures() -> Option<PathBuf> {
    let root =
        std::env::var("WHEREABOUTS_SHARED").map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let fixtures = root.join("fixtures");
    // A worktree stands one level deeper than the main checkout.
    let fixtures = if fixtures.exists() { fixtures } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/fixtures") };
    if fixtures.exists() {
        Some(fixtures)
    } else {
        eprintln!("skipped: the shared folder with recorded payloads is not here");
        None
    }
}

fn by_id(id: &str) -> &'static dyn Carrier {
    carrier::by_id(id).unwrap_or_else(|| panic!("there is no adapter {id}"))
}

fn read(id: &str, payload: &Value) -> Vec<TrackingEvent> {
    read_bytes(id, payload.to_string().as_bytes())
}

fn read_bytes(id: &str, body: &[u8]) -> Vec<TrackingEvent> {
    match parse(by_id(id), &Payload::of(body)) {
        Ok(parsed) => parsed.events,
        Err(why) => panic!("{id}: {why}"),
    }
}

/// One line an event, as a person would read it.
fn timeline(events: &[TrackingEvent]) -> String {
    let mut out = String::new();
    for e in events {
        let at = e.moment.map_or("—".into(), |m| format!("{} {:?}", m.rfc3339(), m.basis));
        let reason = e.reason.map(|r| format!(" ({})", r.id())).unwrap_or_default();
        let code = e.carrier_code.as_deref().map(|c| format!(" [{c}]")).unwrap_or_default();
        let place = e.location.text.as_deref().map(|p| format!(" @ {p}")).unwrap_or_default();
        let signed = e.signed_by.as_ref().map(|s| format!(" signed {}", s.reveal())).unwrap_or_default();
        let source = if e.source == Source::Summary { " summary" } else { "" };
        let _ = writeln!(out, "{} {at} {}{reason}{code}{place}{signed}{source}", e.tracking_number, e.state.id());
    }
    out
}

fn assert_timeline(events: &[TrackingEvent], expected: &str) {
    let expected: String = expected.lines().map(str::trim).filter(|l| !l.is_empty()).map(|l| format!("{l}\n")).collect();
    let told: String = timeline(events).lines().map(|l| format!("{}\n", l.trim())).collect();
    assert_eq!(told, expected, "\n--- told\n{told}--- expected\n{expected}");
}

fn index(fixtures: &Path) -> Vec<Value> {
    let text = fs::read_to_string(fixtures.join("INDEX.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

fn ours(fixtures: &Path) -> Vec<(String, Value, Vec<u8>)> {
    index(fixtures)
        .into_iter()
        .filter(|r| OURS.contains(&r["carrier"].as_str().unwrap()))
        .map(|r| {
            let file = r["file"].as_str().unwrap().to_string();
            let body = fs::read(fixtures.join(&file)).unwrap();
            (file, r, body)
        })
        .collect()
}

#[test]
fn recorded_payloads_come_out_as_the_index_says() {
    let Some(fixtures) = shared_fixtures() else { return };
    let mut wrong = String::new();
    for (file, record, body) in ours(&fixtures) {
        let expected = &record["expected"];
        let carrier = by_id(record["carrier"].as_str().unwrap());
        let mut differs = |what: &str, told: String, wanted: String| {
            if told != wanted {
                let _ = writeln!(wrong, "{file:60} {what:12} told {told:40} expected {wanted}");
            }
        };
        let parsed = match parse(carrier, &Payload::of(&body)) {
            Err(why) => {
                differs("error", why.to_string(), if expected["errors"].is_array() { why.to_string() } else { "none".into() });
                continue;
            }
            Ok(parsed) => parsed,
        };
        let events: Vec<&TrackingEvent> = parsed.events.iter().filter(|e| e.source == Source::Event).collect();
        let count = expected.get("events_without_exact_repeats").unwrap_or(&expected["events"]);
        differs("events", events.len().to_string(), count.to_string());
        if let (Some(number), Some(first)) = (expected["tracking_number"].as_str(), parsed.events.first()) {
            differs("number", first.tracking_number.clone(), number.into());
        }
        if let Some(delivered) = expected["delivered"].as_bool() {
            differs("delivered", parsed.events.iter().any(|e| e.state.is_delivered()).to_string(), delivered.to_string());
        }
        if let Some(newest) = events.last() {
            if let Some(code) = expected["event_codes"].as_array() {
                let first = code.first().and_then(Value::as_str);
                let last = code.last().and_then(Value::as_str);
                let told = newest.carrier_code.clone().unwrap_or_default();
                differs("code", told.clone(), if last == Some(&told) { told } else { first.unwrap_or_default().into() });
            }
            if let Some(at) = expected["latest_event"]["timestamp"].as_str().or(expected["last_update_local"].as_str()) {
                differs("local time", newest.moment.map(|m| m.local_time()).unwrap_or_default(), at.get(..19).unwrap_or(at).into());
            }
            if let Some(signed) = expected["signed_by"].as_str() {
                differs("signed", newest.signed_by.as_ref().map(|s| s.reveal().clone()).unwrap_or_default(), signed.into());
            }
        }
        if let Some(date) = expected["estimated_delivery"].as_str() {
            let told = parsed.estimates.first().and_then(|(_, w)| w.end.clone()).unwrap_or_default();
            differs("estimate", told.get(..10).unwrap_or_default().into(), date.into());
        }
        if let Some(private) = expected["private_text_must_not_leak"].as_str() {
            differs("private", serde_json::to_string(&parsed.events).unwrap().contains(private).to_string(), "false".into());
        }
        assert!(parsed.events.is_sorted_by_key(|e| (e.moment.is_none(), e.at())), "{file} is not in order");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_recorded_payload_is_detected_as_its_own_and_none_of_the_others_is_claimed() {
    let Some(fixtures) = shared_fixtures() else { return };
    let mut wrong = String::new();
    for record in index(&fixtures) {
        let file = record["file"].as_str().unwrap();
        let body = fs::read(fixtures.join(file)).unwrap();
        let payload = Payload::of(&body);
        let shape = Shape::of(&payload);
        for id in OURS {
            let sure = by_id(id).detect(&payload, &shape);
            let is_own = record["carrier"] == id;
            if is_own && sure < 70 || !is_own && sure >= 50 {
                let _ = writeln!(wrong, "{file:70} {id} {sure}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_payload_cut_off_anywhere_neither_panics_nor_invents_a_delivery() {
    let Some(fixtures) = shared_fixtures() else { return };
    for (file, record, body) in ours(&fixtures) {
        let carrier = by_id(record["carrier"].as_str().unwrap());
        let is_delivered = |body: &[u8]| parse(carrier, &Payload::of(body)).is_ok_and(|p| p.events.iter().any(|e| e.state.is_delivered()));
        let whole = is_delivered(&body);
        for end in 0..body.len() {
            assert!(whole || !is_delivered(&body[..end]), "{file} cut at {end} was delivered");
        }
    }
}

/// Every value of a payload replaced by another kind of value, one at a time.
fn mutants(value: &Value) -> Vec<Value> {
    fn paths(value: &Value, here: &str, out: &mut Vec<String>) {
        out.push(here.to_string());
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(k, v)| paths(v, &format!("{here}/{}", k.replace('~', "~0").replace('/', "~1")), out))
            }
            Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| paths(v, &format!("{here}/{i}"), out)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    paths(value, "", &mut all);
    let mut out = Vec::new();
    for path in all {
        for other in [Value::Null, json!(""), json!(7), json!([]), json!({}), json!([[]]), json!("é’\u{0}")] {
            let mut mutant = value.clone();
            if let Some(there) = mutant.pointer_mut(&path) {
                *there = other;
            }
            out.push(mutant);
        }
    }
    out
}

#[test]
fn a_payload_with_any_value_of_the_wrong_kind_never_panics() {
    let Some(fixtures) = shared_fixtures() else { return };
    for (_, record, body) in ours(&fixtures) {
        let carrier = by_id(record["carrier"].as_str().unwrap());
        let Ok(value) = serde_json::from_slice::<Value>(&body) else { continue };
        for mutant in mutants(&value) {
            let body = mutant.to_string();
            let payload = Payload::of(body.as_bytes());
            let _ = parse(carrier, &payload);
            let _ = carrier.detect(&payload, &Shape::of(&payload));
        }
    }
}

#[test]
fn rows_of_a_scraper_are_understood_by_each_carriers_own_words() {
    let page = |number: &str, rows: Value| json!({"tracking_number": number, "status": "whatever", "checkpoints": rows});
    let two = json!([
        {"date": "03/07/2026", "time": "12:05 pm", "description": "Delivered to neighbour", "location": "Leeds"},
        {"date": "03/07/2026", "time": "6:05 am", "description": "Out for delivery", "location": "Leeds"}
    ]);
    for id in OURS {
        assert_timeline(
            &read(id, &page("N1", two.clone())),
            &format!(
                "N1 2026-07-03T06:05:00+0{0}:00 Assumed out_for_delivery @ Leeds
                 N1 2026-07-03T12:05:00+0{0}:00 Assumed delivered_to_neighbour @ Leeds",
                if id == "inpost" { 2 } else { 1 }
            ),
        );
        assert_eq!(read(id, &two).len(), 2, "{id} reads a bare list");
    }
}

mod royal_mail {
    use super::*;

    fn piece(events: Value) -> Value {
        json!({"mailPieces": {"mailPieceId": "FQ087430672GB", "carrierShortName": "RM", "events": events}})
    }

    #[test]
    fn a_parcel_at_the_post_office_waits_and_is_then_collected() {
        let events = read(
            "royalmail",
            &piece(json!([
                {"eventCode": "EVPLC", "eventName": "Collected", "eventDateTime": "2026-03-04T17:10:00+00:00", "locationName": "Leeds PO"},
                {"eventCode": "EVPLA", "eventName": "Available for collection", "eventDateTime": "2026-03-03T10:00:00+00:00", "locationName": "Leeds PO"},
                {"eventCode": "EVKLS", "eventName": "Delivered to Your Collection Point by", "eventDateTime": "2026-03-03T09:00:00+00:00"},
                {"eventCode": "EVAIP", "eventName": "Sender despatching item", "eventDateTime": "2026-03-01T09:00:00+00:00"}
            ])),
        );
        assert_timeline(
            &events,
            "FQ087430672GB 2026-03-01T09:00:00+00:00 Offset dispatched [EVAIP]
             FQ087430672GB 2026-03-03T09:00:00+00:00 Offset ready_for_collection [EVKLS]
             FQ087430672GB 2026-03-03T10:00:00+00:00 Offset ready_for_collection [EVPLA] @ Leeds PO
             FQ087430672GB 2026-03-04T17:10:00+00:00 Offset collected_by_shopper [EVPLC] @ Leeds PO",
        );
    }

    #[test]
    fn a_code_nobody_published_is_unknown_whatever_its_words_suggest() {
        let events = read("royalmail", &piece(json!({"eventCode": "EVZZZ", "eventName": "Delivered somehow"})));
        assert_timeline(&events, "FQ087430672GB — unknown [EVZZZ]");
        assert_eq!(events[0].description, "Delivered somehow");
    }

    #[test]
    fn a_summary_alone_is_told_as_a_summary_and_without_the_neighbours_name() {
        let payload = json!({"mailPieces": [
            {"mailPieceId": "A1", "status": "200", "summary": {"lastEventCode": "evkop", "lastEventName": "Delivered by",
                "lastEventDateTime": "2026-07-01T12:00:00+01:00", "lastEventLocationName": "London DO",
                "summaryLine": "Your item was delivered to your neighbour SECRET NAME at 12."}},
            {"mailPieceId": "A2", "status": "404", "error": {"errorCode": "E1142", "errorDescription": "Barcode reference mailPieceId is not recognised"}}
        ]});
        let parsed = parse(by_id("royalmail"), &Payload::of(payload.to_string().as_bytes())).unwrap();
        assert_timeline(&parsed.events, "A1 2026-07-01T12:00:00+01:00 Offset delivered_to_neighbour [evkop] @ London DO summary");
        assert!(!serde_json::to_string(&parsed.events).unwrap().contains("SECRET"));
        assert_eq!(parsed.faults, [(Some("A2".into()), "E1142 Barcode reference mailPieceId is not recognised".into())]);
    }

    #[test]
    fn a_number_that_is_not_known_is_an_error_reply() {
        for body in [
            json!({"mailPieces": [{"mailPieceId": "A2", "error": {"errorCode": "E1142", "errorDescription": "not recognised"}}]}),
            json!({"httpCode": "404", "httpMessage": "Not Found", "errors": [{"errorCode": "E1142", "errorDescription": "not recognised"}]}),
            json!({"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Invalid client id or secret."}),
        ] {
            let body = body.to_string();
            let told = parse(by_id("royalmail"), &Payload::of(body.as_bytes()));
            assert!(matches!(told, Err(Unreadable::ErrorReply(_))), "{body}: {told:?}");
            assert_eq!(detect(&Payload::of(body.as_bytes())).kind, DetectedKind::Error, "{body}");
        }
    }

    #[test]
    fn a_reply_without_events_is_understood_and_empty() {
        for body in [json!({"mailPieces": []}), json!({"mailPieces": {"mailPieceId": "A1", "events": []}}), json!({"mpDetails": []})] {
            assert_timeline(&read("royalmail", &body), "");
        }
    }

    #[test]
    fn other_spellings_and_a_clock_without_offset_are_read() {
        let events = read(
            "royalmail",
            &json!({"MailPieces": {"MailPiece_Id": "A1", "Events": {"event_code": "evgpd", "event_name": "Due to be delivered today",
                "event_date_time": "2026-07-01T06:30:00", "location_name": "Stafford DO"}}}),
        );
        assert_timeline(&events, "A1 2026-07-01T06:30:00+01:00 Assumed out_for_delivery [evgpd] @ Stafford DO");
    }

    #[test]
    fn the_same_reply_in_xml_is_read() {
        let body = br#"<?xml version="1.0"?><r:eventsResponse xmlns:r="urn:r"><r:mailPieces><r:mailPieceId>A1</r:mailPieceId>
            <r:events><r:event><r:eventCode>EVKNA</r:eventCode><r:eventName>Delivery Attempted - No Answer</r:eventName>
            <r:eventDateTime>2026-01-02T10:00:00+00:00</r:eventDateTime></r:event></r:events></r:mailPieces></r:eventsResponse>"#;
        assert_timeline(&read_bytes("royalmail", body), "A1 2026-01-02T10:00:00+00:00 Offset delivery_attempted (nobody_home) [EVKNA]");
    }

    #[test]
    fn summary_events_and_signature_of_one_item_are_put_together() {
        let piece = |more: Value| {
            let mut p = json!({"mailPieceId": "A1", "carrierShortName": "RM"});
            p.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"mailPieces": p})
        };
        let events = read(
            "royalmail",
            &json!({
                "summary": piece(json!({"summary": {"lastEventCode": "EVKSP", "lastEventName": "Delivered and Signed"}})),
                "events": piece(json!({"events": [{"eventCode": "EVGPD", "eventDateTime": "2026-01-02T07:00:00+00:00"}]})),
            }),
        );
        assert_timeline(
            &events,
            "A1 2026-01-02T07:00:00+00:00 Offset out_for_delivery [EVGPD]
             A1 — delivered [EVKSP] summary",
        );
    }

    #[test]
    fn the_printed_number_is_recognised_by_its_check_digit() {
        let best = |n: &str| recognise(n).into_iter().next().map(|c| (c.carrier, c.checksum));
        assert_eq!(best("FQ 0874 3067 2GB"), Some(("royalmail", true)));
        assert_eq!(best("FQ087430673GB"), None);
    }
}

mod dpd_uk {
    use super::*;

    #[test]
    fn a_parcel_asked_for_another_day_is_yet_handed_to_a_neighbour() {
        let events = read(
            "dpd_uk",
            &json!({"tracking_num": "15501498140350", "tracking_result": {"checkpoints": [
                {"country_name": "Hub 3 - Birmingham", "message": "We have your parcel, and it's on its way to your nearest depot", "checkpoint_time": "2014-05-29T19:32:15"},
                {"country_name": "Crawley", "message": "Your parcel is with your nearest delivery depot in Crawley", "checkpoint_time": "2014-05-30T00:22:06"},
                {"country_name": "Crawley", "message": "Your parcel will be with you today ", "checkpoint_time": "2014-05-30T06:44:00"},
                {"country_name": "DPD Consumer", "message": "As requested, your parcel will now be delivered on Mon 02 June 2014", "checkpoint_time": "2014-05-30T08:02:33"},
                {"country_name": "Crawley", "message": "Your parcel has been delivered to your neighbour at number 7 and signed for by A SAMPLE", "checkpoint_time": "2014-05-30T12:42:54"}
            ]}}),
        );
        assert_timeline(
            &events,
            "15501498140350 2014-05-29T19:32:15+01:00 Assumed departed_hub @ Hub 3 - Birmingham
             15501498140350 2014-05-30T00:22:06+01:00 Assumed at_delivery_depot @ Crawley
             15501498140350 2014-05-30T06:44:00+01:00 Assumed out_for_delivery @ Crawley
             15501498140350 2014-05-30T08:02:33+01:00 Assumed delivery_rescheduled (requested_by_shopper) @ DPD Consumer
             15501498140350 2014-05-30T12:42:54+01:00 Assumed delivered_to_neighbour @ Crawley signed A SAMPLE",
        );
    }

    #[test]
    fn a_scan_abroad_is_read_on_the_clock_of_its_country() {
        let rows = json!([
            {"eventDate": "2026-01-15 08:34:00", "eventText": "Your parcel is on the vehicle for delivery", "eventLocation": "Saudi Arabia"},
            {"eventDate": "2026-01-09 22:34:00", "eventText": "Your parcel has left the United Kingdom and is on its way to Saudi Arabia", "eventLocation": "United Kingdom"}
        ]);
        let body = json!({"data": rows}).to_string();
        let payload = Payload { number: Some("15502370264989N"), ..Payload::of(body.as_bytes()) };
        assert_timeline(
            &parse(by_id("dpd_uk"), &payload).unwrap().events,
            "15502370264989N 2026-01-09T22:34:00+00:00 Zone departed_origin_country @ United Kingdom
             15502370264989N 2026-01-15T08:34:00+03:00 Zone out_for_delivery @ Saudi Arabia",
        );
    }

    #[test]
    fn detail_and_history_in_one_file_are_one_parcel_and_its_consumer_stays_private() {
        let payload = json!({
            "detail": {"data": {"parcelNumber": "1550 0000 000 001 A", "parcelCode": "15500000000001*10000",
                "trackingStatusCurrent": "Your parcel has been delivered at 08:15 on Tue 6 January 2026",
                "consumer": {"name": "SECRET", "address": "SECRET"}, "deliveryDetails": {"podDetails": {"podName": "J SMITH", "podDate": "2026-01-06 08:15:00"}},
                "image": [{"key": "k", "type": "S5"}]}},
            "history": {"data": [
                {"eventDate": "2026-01-06 08:15:00", "eventLocation": "DPD", "eventText": "Your parcel has been delivered"},
                {"eventDate": "2026-01-06 02:49:00", "eventLocation": "DPD", "eventText": "Your parcel is at our depot"},
                {"eventDate": "2026-01-06 02:49:00", "eventLocation": "DPD", "eventText": "Your parcel is at our depot"}
            ]}
        });
        let events = read("dpd_uk", &payload);
        assert_timeline(
            &events,
            "15500000000001 2026-01-06T02:49:00+00:00 Assumed at_delivery_depot @ DPD
             15500000000001 2026-01-06T08:15:00+00:00 Assumed delivered @ DPD signed J SMITH",
        );
        assert_eq!(events[1].proof[0].kind, "photo");
        assert!(!serde_json::to_string(&events).unwrap().contains("SECRET"));
    }

    #[test]
    fn a_detail_alone_tells_its_sentence_as_a_summary() {
        let payload = json!({"data": {"parcelNumber": "1550 0000 000 001 A", "deliveredToConsumer": true,
            "trackingStatusCurrent": "Your parcel was left in your <b>safe place</b> at 08:15 on Tue 6 January 2026"}});
        assert_timeline(&read("dpd_uk", &payload), "15500000000001 2026-01-06T08:15:00+00:00 Assumed delivered_to_safe_location summary");
    }

    #[test]
    fn codes_count_where_known_and_words_where_not() {
        let rows = json!({"data": [
            {"eventCode": "001", "eventDate": "2026-01-06 10:00:00", "eventText": "Delivered to your neighbour"},
            {"eventCode": "015", "eventDate": "2026-01-06 07:00:00", "eventText": "Your parcel will be with you today between 09:41 and 10:41"},
            {"eventCode": "077", "eventDate": "2026-01-05 15:00:00", "eventText": "We tried to deliver but nobody was in, so we left a calling card"},
            {"eventCode": "099", "eventDate": "2026-01-05 14:00:00", "eventText": "Flux capacitor realigned"},
            {"eventCode": "000", "eventDate": "2026-01-04", "eventText": "We've received your order details"}
        ]});
        assert_timeline(
            &read("dpd_uk", &rows),
            " 2026-01-04T00:00:00+00:00 Assumed dispatched [000]
              2026-01-05T14:00:00+00:00 Assumed unknown [099]
              2026-01-05T15:00:00+00:00 Assumed delivery_failed_card_left (nobody_home) [077]
              2026-01-06T07:00:00+00:00 Assumed out_for_delivery [015]
              2026-01-06T10:00:00+00:00 Assumed delivered_to_neighbour [001]",
        );
    }

    #[test]
    fn the_tracking_services_xml_holds_several_parcels_and_one_faulty_does_not_sink_the_others() {
        let body = br#"<trackingresponse><trackingdetails>
            <trackingdetail><parcelnumber>15500000000001</parcelnumber><trackingevents>
              <trackingevent><code>001</code><date>2026-07-01T10:00:00</date><description>Delivered</description><locality>Oldbury</locality></trackingevent>
              <trackingevent><code>015</code><date>2026-07-01T07:00:00</date><description>Out for delivery</description><locality>Oldbury</locality></trackingevent>
            </trackingevents></trackingdetail>
            <trackingdetail><trackingnumber>15500000000002</trackingnumber><status>unknown</status><error><code>404</code><message>not found</message></error></trackingdetail>
            </trackingdetails></trackingresponse>"#;
        let parsed = parse(by_id("dpd_uk"), &Payload::of(body)).unwrap();
        assert_timeline(
            &parsed.events,
            "15500000000001 2026-07-01T07:00:00+01:00 Assumed out_for_delivery [015] @ Oldbury
             15500000000001 2026-07-01T10:00:00+01:00 Assumed delivered [001] @ Oldbury",
        );
        assert_eq!(parsed.faults, [(Some("15500000000002".into()), "404 not found".into())]);
    }

    #[test]
    fn errors_are_errors_and_nothing_is_nothing() {
        let error = json!({"error": {"errorCode": "404", "errorMessage": "Parcel not found", "obj": "", "errorType": "E"}, "data": null})
            .to_string();
        assert!(matches!(parse(by_id("dpd_uk"), &Payload::of(error.as_bytes())), Err(Unreadable::ErrorReply(_))));
        assert_eq!(detect(&Payload::of(error.as_bytes())).kind, DetectedKind::Error);
        assert_timeline(&read("dpd_uk", &json!({"data": []})), "");
        assert!(parse(by_id("dpd_uk"), &Payload::of(b"<html><body>Bad gateway</body></html>")).is_err());
    }

    #[test]
    fn the_check_character_is_tested() {
        assert_eq!(recognise("1550 2370 264 989 N")[0].carrier, "dpd_uk");
        assert!(recognise("15502370264989N")[0].checksum);
        assert!(recognise("15502370264989M").iter().all(|c| c.carrier != "dpd_uk"));
    }
}

mod evri {
    use super::*;

    fn scan(stage: &str, words: &str, at: &str) -> Value {
        json!({"dateTime": at, "trackingStage": {"trackingStageCode": stage, "description": "…"}, "trackingPoint": {"trackingPointId": 23, "description": words}})
    }

    #[test]
    fn stages_are_refined_by_the_words_of_the_point() {
        let events = read(
            "evri",
            &json!({"results": [{
                "parcelIdentifiers": [{"type": "URN", "value": "opaque"}, {"type": "TRACKING_NUMBER", "value": "H00AAA0000000001"}],
                "sender": {"displayName": "Example"}, "recipient": {"name": "SECRET"},
                "trackingEvents": [
                    scan("5_COURIER", "Delivered to your neighbour", "2026-07-03T12:00:00Z"),
                    scan("4_COURIER", "Out for delivery", "2026-07-03T08:00:00Z"),
                    scan("6_INFO", "We tried to deliver but nobody was in", "2026-07-02T14:00:00Z"),
                    scan("3", "At your local depot", "2026-07-02T05:00:00Z"),
                    scan("2", "Received at our national hub", "2026-07-01T22:00:00Z"),
                    scan("1", "We're expecting it", "2026-07-01T10:00:00Z")
                ]}], "failures": []}),
        );
        assert_timeline(
            &events,
            "H00AAA0000000001 2026-07-01T10:00:00+00:00 Offset dispatched [1]
             H00AAA0000000001 2026-07-01T22:00:00+00:00 Offset arrived_at_hub [2]
             H00AAA0000000001 2026-07-02T05:00:00+00:00 Offset at_delivery_depot [3]
             H00AAA0000000001 2026-07-02T14:00:00+00:00 Offset delivery_attempted (nobody_home) [6_INFO]
             H00AAA0000000001 2026-07-03T08:00:00+00:00 Offset out_for_delivery [4_COURIER]
             H00AAA0000000001 2026-07-03T12:00:00+00:00 Offset delivered_to_neighbour [5_COURIER]",
        );
        assert!(!serde_json::to_string(&events).unwrap().contains("SECRET"));
    }

    #[test]
    fn a_parcelshop_is_where_a_parcel_starts_or_waits_depending_on_the_stage() {
        let scan = |stage: &str, point: &str, at: &str| json!({"dateTime": at, "trackingStage": {"trackingStageCode": stage}, "trackingPoint": {"trackingPointCode": point}});
        let events = read(
            "evri",
            &json!({"trackingEvents": [
                scan("2", "ARRIVED_PARCELSHOP", "2026-01-01T10:00:00Z"), scan("4_SHOP", "ARRIVED_PARCELSHOP", "2026-01-03T10:00:00Z"),
                scan("5_SHOP", "COLLECTED_FROM_PARCELSHOP", "2026-01-04T10:00:00Z"), scan("9_MOON", "LANDED", "2026-01-05T10:00:00Z")
            ]}),
        );
        assert_timeline(
            &events,
            "2026-01-01T10:00:00+00:00 Offset in_transit [ARRIVED_PARCELSHOP]
             2026-01-03T10:00:00+00:00 Offset ready_for_collection [ARRIVED_PARCELSHOP]
             2026-01-04T10:00:00+00:00 Offset collected_by_shopper [COLLECTED_FROM_PARCELSHOP]
             2026-01-05T10:00:00+00:00 Offset unknown [LANDED]",
        );
    }

    #[test]
    fn rows_of_the_international_page_keep_their_clocks_and_lose_their_comments() {
        let events = read(
            "evri",
            &json!({"system_tracking": "H000000000000001", "carrier_tracking": "CI000000005NL", "current_status": "Delivery Attempted", "history": [
                {"date_time": "2026-06-08 12:08:00", "event": "Delivery Attempted", "location": "ET", "comments": "SECRET"},
                {"date_time": "2026-06-08 12:08:00", "event": "Delivery Attempted", "location": "ET", "comments": "again"},
                {"date_time": "2026-06-07 18:50:00", "event": "Customs cleared", "location": "ET"},
                {"date_time": "2026-06-06 08:08:58", "event": "Cross Docked", "location": "NL"},
                {"date_time": "2026-06-02 10:10:31", "event": "Accepted", "location": "Example Hub, GB"},
                {"date_time": "2026-06-02 09:34:33", "event": "Created", "location": "GB"}
            ]}),
        );
        assert_timeline(
            &events,
            "H000000000000001 2026-06-02T09:34:33+01:00 Zone dispatched @ GB
             H000000000000001 2026-06-02T10:10:31+01:00 Zone collected_by_carrier @ Example Hub, GB
             H000000000000001 2026-06-06T08:08:58+02:00 Zone arrived_at_hub @ NL
             H000000000000001 2026-06-07T18:50:00+01:00 Assumed cleared_through_customs @ ET
             H000000000000001 2026-06-08T12:08:00+01:00 Assumed delivery_attempted @ ET",
        );
        assert!(!serde_json::to_string(&events).unwrap().contains("SECRET"));
    }

    #[test]
    fn the_clients_rows_are_told_in_the_networks_own_words() {
        let rows = [
            ("Pre-Advice Loaded", "dispatched"),
            ("Missing Pre-Advice", "missing_manifest"),
            ("Hub Sorter Receipt Scan", "arrived_at_hub"),
            ("Hub Trailer Via Sorter", "departed_hub"),
            ("Misrouted to Incorrect Depot", "misrouted"),
            ("Processed at Depot", "at_delivery_depot"),
            ("Out For Delivery To Courier", "at_delivery_depot"),
            ("Courier Received", "out_for_delivery"),
            ("Carried Forward", "delayed"),
            ("Not Delivered - Address Query", "delivery_failed"),
            ("Carded", "delivery_failed_card_left"),
            ("Refused", "delivery_refused"),
            ("Signature - Household", "delivered"),
            ("Delivered to Neighbour", "delivered_to_neighbour"),
            ("Delivery Confirmed - Safe Place", "delivered"),
            ("Return - Processed By Depot", "returning_to_sender"),
            ("Delivery awaiting collection", "ready_for_collection"),
            ("Carrier label error", "incorrect_label"),
        ];
        for (said, state) in rows {
            let payload =
                json!([{"point": {"externalDescription": said}, "dateTime": "2026-01-01T10:00:00+00:00", "barcode": "1234567890123456"}]);
            let events = read("evri", &payload);
            assert_eq!((events[0].state.id(), events[0].tracking_number.as_str()), (state, "1234567890123456"), "{said}");
        }
    }

    #[test]
    fn an_unknown_number_is_an_error_and_does_not_sink_its_neighbours() {
        let failure = json!({"results": [], "failures": [{"uniqueId": "U2", "message": "Not found"}]}).to_string();
        assert!(matches!(parse(by_id("evri"), &Payload::of(failure.as_bytes())), Err(Unreadable::ErrorReply(_))));
        let both = json!({"results": [{"uniqueId": "U1", "trackingEvents": [scan("5_COURIER", "Delivered", "2026-01-01T10:00:00Z")]}],
            "failures": [{"uniqueId": "U2"}]})
        .to_string();
        let parsed = parse(by_id("evri"), &Payload::of(both.as_bytes())).unwrap();
        assert_eq!((parsed.events.len(), parsed.faults.len()), (1, 1));
        assert_timeline(&read("evri", &json!({"results": [], "failures": []})), "");
        for error in
            [json!({"errorMessage": "Parcel not found", "status": 404}), json!({"error": {"code": "401", "message": "Unauthorised"}})]
        {
            let error = error.to_string();
            assert!(matches!(parse(by_id("evri"), &Payload::of(error.as_bytes())), Err(Unreadable::ErrorReply(_))), "{error}");
        }
    }
}

mod inpost {
    use super::*;

    #[test]
    fn taken_out_of_a_locker_is_collected_and_the_open_code_stays_private() {
        let events = read(
            "inpost",
            &json!({"parcels": [{"shipmentNumber": "991798006092038618752844", "shipmentType": "parcel", "openCode": "465649", "qrCode": "P|5|465649",
                "receiver": {"name": "SECRET", "phoneNumber": "500000000"}, "status": "DELIVERED", "expiryDate": "2022-12-02T06:55:08.000Z",
                "pickUpPoint": {"name": "WRO23A", "openingHours": "24/7", "addressDetails": {"street": "Example", "buildingNumber": "70", "postCode": "50-559", "city": "Town"}},
                "eventLog": [
                    {"type": "PARCEL_STATUS", "name": "DELIVERED", "date": "2022-11-30T13:00:46.000Z"},
                    {"type": "PARCEL_STATUS", "name": "READY_TO_PICKUP", "date": "2022-11-30T06:55:08.000Z"},
                    {"type": "PARCEL_STATUS", "name": "CONFIRMED", "date": "2022-11-29T12:51:55.000Z"}]}]}),
        );
        assert_timeline(
            &events,
            "991798006092038618752844 2022-11-29T12:51:55+00:00 Offset dispatched [CONFIRMED]
             991798006092038618752844 2022-11-30T06:55:08+00:00 Offset ready_for_collection [READY_TO_PICKUP]
             991798006092038618752844 2022-11-30T13:00:46+00:00 Offset collected_by_shopper [DELIVERED]",
        );
        let point = events[1].pickup_point.clone().unwrap();
        assert_eq!((point.name.as_deref(), point.address.as_deref()), (Some("WRO23A"), Some("Example 70, 50-559 Town")));
        let out = serde_json::to_string(&events).unwrap();
        assert!(!out.contains("465649") && !out.contains("SECRET") && !out.contains("500000000"));
    }

    #[test]
    fn shipx_tells_newest_first_in_lower_case() {
        let events = read(
            "inpost",
            &json!({"tracking_number": "602677439331630337653846", "service": "inpost_courier_standard", "type": "inpost_courier_standard", "status": "avizo",
                "custom_attributes": {"size": null}, "expected_flow": [], "tracking_details": [
                {"status": "avizo", "origin_status": "AWI", "agency": null, "datetime": "2026-05-13T12:00:00.000+02:00"},
                {"status": "out_for_delivery", "origin_status": "WDR", "agency": "KRK", "datetime": "2026-05-13T08:00:00.000+02:00"},
                {"status": "taken_by_courier", "origin_status": "ODB", "agency": null, "datetime": "2026-05-12T15:00:00.000+02:00"},
                {"status": "brand_new_status", "origin_status": "???", "agency": null, "datetime": "2026-05-12T14:00:00.000+02:00"}]}),
        );
        assert_timeline(
            &events,
            "602677439331630337653846 2026-05-12T14:00:00+02:00 Offset unknown [brand_new_status]
             602677439331630337653846 2026-05-12T15:00:00+02:00 Offset collected_by_carrier [taken_by_courier]
             602677439331630337653846 2026-05-13T08:00:00+02:00 Offset out_for_delivery [out_for_delivery] @ KRK
             602677439331630337653846 2026-05-13T12:00:00+02:00 Offset delivery_failed_card_left (nobody_home) [avizo]",
        );
    }

    #[test]
    fn the_groups_events_are_read_alone_in_lists_and_pushed() {
        let pushed = json!({"customerReference": "Order-1", "trackingNumber": "620000000001234567", "eventId": "e1", "eventCode": "EOL.1004",
            "timestamp": "2026-01-08T14:02:55.374675Z", "location": {"type": "ADDRESS", "name": "SECRET", "address": "SECRET 1", "city": "Leeds", "country": "GB"},
            "delivery": {"recipientName": "JOHN DOE", "deliveryNotes": "SECRET"}});
        let line = "620000000001234567 2026-01-08T14:02:55+00:00 Offset delivered_to_neighbour [EOL.1004] @ Leeds signed JOHN DOE";
        for payload in [
            pushed.clone(),
            json!([pushed]),
            json!({"parcels": [{"trackingNumber": "620000000001234567", "status": "EOL.1004", "events": [pushed]}]}),
        ] {
            let events = read("inpost", &payload);
            assert_timeline(&events, line);
            assert!(!serde_json::to_string(&events).unwrap().contains("SECRET"));
            assert_eq!(detect(&Payload::of(payload.to_string().as_bytes())).carrier.map(|c| c.card().id), Some("inpost"));
        }
    }

    #[test]
    fn a_shipx_webhook_is_one_event() {
        let payload = json!({"event_ts": "2026-03-20 15:08:42 +0100", "event": "shipment_status_changed", "organization_id": 1,
            "payload": {"shipment_id": 49, "status": "ready_to_pickup", "tracking_number": "602677439331630337653846"}});
        assert_timeline(
            &read("inpost", &payload),
            "602677439331630337653846 2026-03-20T15:08:42+01:00 Offset ready_for_collection [ready_to_pickup]",
        );
        let confirmed = json!({"event_ts": "2026-03-20 15:08:42 +0100", "event": "shipment_confirmed", "organization_id": 1,
            "payload": {"shipment_id": 49, "tracking_number": "602677439331630337653846"}});
        assert_timeline(&read("inpost", &confirmed), "602677439331630337653846 2026-03-20T15:08:42+01:00 Offset dispatched [confirmed]");
    }

    #[test]
    fn the_tracking_pages_proxy_has_titles_and_descriptions() {
        let events = read(
            "inpost",
            &json!([{"mainTrackingNumber": "602677439331630337653846", "status": null, "trackingNumbers": [], "events": [
                {"eventCode": "LMD.9002", "timestamp": "2026-01-05T08:00:00.000+01:00", "carrier": "INPOST", "eventTitle": "Expired", "eventDescription": "Not collected in time", "location": null},
                {"eventCode": "LMD.1005", "timestamp": "2026-01-03T08:00:00.000+01:00", "carrier": "INPOST", "eventTitle": "Ready", "eventDescription": "Ready to collect", "location": "WAW01 (PL)"}]}]),
        );
        assert_timeline(
            &events,
            "602677439331630337653846 2026-01-03T08:00:00+01:00 Offset ready_for_collection [LMD.1005] @ WAW01 (PL)
             602677439331630337653846 2026-01-05T08:00:00+01:00 Offset failed_to_collect (not_collected) [LMD.9002]",
        );
    }

    #[test]
    fn a_status_without_events_is_a_summary_and_errors_are_errors() {
        let payload = json!({"shipmentNumber": "602677439331630337653846", "status": "OUT_FOR_DELIVERY", "eventLog": []});
        assert_timeline(&read("inpost", &payload), "602677439331630337653846 — out_for_delivery [OUT_FOR_DELIVERY] summary");
        assert_timeline(&read("inpost", &json!({"parcels": []})), "");
        for error in [
            json!({"status": 404, "error": "resource_not_found", "message": "Resource not found", "details": {}}),
            json!({"title": "NOT_FOUND", "status": 404, "detail": "Parcel not found"}),
        ] {
            let error = error.to_string();
            assert!(matches!(parse(by_id("inpost"), &Payload::of(error.as_bytes())), Err(Unreadable::ErrorReply(_))), "{error}");
        }
    }
}
