//! InPost: our own payloads and the timelines a person would expect of them.

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

#[test]
fn a_row_with_words_alone_is_read_in_polish_too() {
    let row = |said: &str| json!({"trackingNumber": "640000000000000000000001", "trackingDetails": [{"status": null, "statusTitle": said, "datetime": "2026-05-04T10:00:00+02:00"}]});
    for (said, state) in [
        ("Wydana do doręczenia", "out_for_delivery"),
        ("Gotowa do odbioru", "ready_for_collection"),
        ("Delivered", "delivered"),
        ("Ala ma kota", "unknown"),
    ] {
        assert_eq!(read("inpost", &row(said))[0].state.id(), state, "{said}");
    }
}
