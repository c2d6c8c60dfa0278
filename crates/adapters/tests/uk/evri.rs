//! Evri: our own payloads and the timelines a person would expect of them.

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
         H000000000000001 2026-06-07T18:50:00+03:00 Zone cleared_through_customs @ ET
         H000000000000001 2026-06-08T12:08:00+03:00 Zone delivery_attempted @ ET",
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
        ("Delivery Confirmed - Safe Place", "delivered_to_safe_location"),
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
    for error in [json!({"errorMessage": "Parcel not found", "status": 404}), json!({"error": {"code": "401", "message": "Unauthorised"}})]
    {
        let error = error.to_string();
        assert!(matches!(parse(by_id("evri"), &Payload::of(error.as_bytes())), Err(Unreadable::ErrorReply(_))), "{error}");
    }
}
