//! Royal Mail: our own payloads and the timelines a person would expect of them.

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

#[test]
fn an_order_of_click_and_drop_tells_at_best_one_line() {
    let order = |status: Value| {
        json!([{"orderIdentifier": 7, "orderReference": "S-1", "createdOn": "2026-01-01T10:00:00Z", "recipient": {"name": "SECRET"},
        "shippingDetails": {"trackingNumber": "TT123456785GB", "shippingTrackingStatus": status}}])
    };
    assert_timeline(&read("royalmail", &order(json!("Out for delivery"))), "TT123456785GB — out_for_delivery summary");
    assert_timeline(&read("royalmail", &order(Value::Null)), "");
}

#[test]
fn the_first_apis_summary_is_a_sentence() {
    let body = br#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><getSingleItemSummaryResponse>
        <trackingNumber>AB012345678GB</trackingNumber>
        <summaryLine>Item AB012345678GB was delivered from our Leeds Delivery Office on 02-Mar-2026.</summaryLine>
        </getSingleItemSummaryResponse></e:Body></e:Envelope>"#;
    let told = |body: &[u8]| read_bytes("royalmail", body).iter().map(|e| e.state.id()).collect::<Vec<_>>().join(" ");
    assert_eq!(told(body), "delivered");
    let denied = String::from_utf8_lossy(body).replace("was delivered from", "was not delivered from");
    assert_eq!(told(denied.as_bytes()), "delivery_failed");
}
