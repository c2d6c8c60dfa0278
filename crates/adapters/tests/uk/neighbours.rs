//! Carriers of the United Kingdom that speak another's dialect or publish little.

use super::*;

#[test]
fn parcelforce_speaks_royal_mails_dialect_in_its_own_words() {
    let payload = json!({"mailPieces": [{"mailPieceId": "AB1234567", "carrierShortName": "PFW", "carrierFullName": "Parcelforce Worldwide", "events": [
        {"eventCode": "X5", "eventName": "Delivered", "eventDateTime": "2026-03-05T12:12:06+00:00", "locationName": "Norwich Depot"},
        {"eventCode": "X4", "eventName": "On vehicle for delivery", "eventDateTime": "2026-03-05T07:12:06+00:00", "locationName": "Norwich Depot"},
        {"eventCode": "X3", "eventName": "Addressee advised to collect from Post Office", "eventDateTime": "2026-03-04T14:12:06+00:00"},
        {"eventCode": "X2", "eventName": "In progress", "eventDateTime": "2026-03-04T01:12:06+00:00", "locationName": "National Hub"},
        {"eventCode": "X1", "eventName": "Advised", "eventDateTime": "2026-03-03T17:12:06+00:00"}
    ]}]});
    assert_timeline(
        &read("parcelforce", &payload),
        "AB1234567 2026-03-03T17:12:06+00:00 Offset dispatched [X1]
         AB1234567 2026-03-04T01:12:06+00:00 Offset in_transit [X2] @ National Hub
         AB1234567 2026-03-04T14:12:06+00:00 Offset delivery_failed_card_left (nobody_home) [X3]
         AB1234567 2026-03-05T07:12:06+00:00 Offset out_for_delivery [X4] @ Norwich Depot
         AB1234567 2026-03-05T12:12:06+00:00 Offset delivered [X5] @ Norwich Depot",
    );
    assert_eq!(read("parcelforce", &payload)[0].carrier, "parcelforce");
    let found = detect(&Payload::of(payload.to_string().as_bytes()));
    assert_eq!(found.carrier.unwrap().card().id, "parcelforce");
    for number in ["AB1234567", "PBAB1234567001"] {
        assert_eq!(recognise(number)[0].carrier, "parcelforce", "{number}");
    }
    let abroad: Vec<&str> = recognise("EE123456785GB").into_iter().map(|c| c.carrier).collect();
    assert_eq!(abroad, ["royalmail", "parcelforce", "s10"]);
}

#[test]
fn a_payload_is_dpd_locals_only_where_it_names_the_brand() {
    let rows = |url: &str| {
        json!({"parcelCode": "15500000000001*10000", "trackingUrl": url, "parcelevents": [
            {"eventDate": "2026-03-03 10:00:00", "eventText": "Your parcel has been delivered", "eventLocation": "Oldbury"}]})
    };
    let id = |payload: &Value| detect(&Payload::of(payload.to_string().as_bytes())).carrier.map(|c| c.card().id);
    assert_eq!(id(&rows("https://www.dpdlocal.co.uk/apps/tracking/")), Some("dpd_local"));
    assert_eq!(id(&rows("https://www.dpd.co.uk/apps/tracking/")), Some("dpd_uk"));
    assert_timeline(&read("dpd_local", &rows("")), "15500000000001 2026-03-03T10:00:00+00:00 Assumed delivered @ Oldbury");
    assert_eq!(read("dpd_local", &rows(""))[0].carrier, "dpd_local");
}

#[test]
fn amazon_in_the_united_kingdom_keeps_the_offset_that_was_told_and_is_known_by_its_header() {
    let payload = json!({"payload": {"trackingId": "A1000000001", "eventHistory": [
        {"eventCode": "Delivered", "eventTime": "2026-07-03T12:00:00Z", "location": {"city": "Leeds", "countryCode": "GB"}},
        {"eventCode": "OutForDelivery", "eventTime": "2026-07-03T07:00:00Z", "location": {"city": "Leeds", "countryCode": "GB"}}
    ]}});
    assert_timeline(
        &read("amazon_shipping_uk", &payload),
        "A1000000001 2026-07-03T07:00:00+00:00 Offset out_for_delivery [OutForDelivery] @ Leeds, GB
         A1000000001 2026-07-03T12:00:00+00:00 Offset delivered [Delivered] @ Leeds, GB",
    );
    assert_eq!(read("amazon_shipping_uk", &payload)[0].carrier, "amazon_shipping_uk");
    let body = payload.to_string();
    let headers = [("x-amzn-shipping-business-id".to_string(), "AmazonShipping_UK".to_string())];
    let found = |headers| detect(&Payload { headers, ..Payload::of(body.as_bytes()) }).carrier.map(|c| c.card().id);
    assert_eq!((found(&headers), found(&[])), (Some("amazon_shipping_uk"), Some("amazon_shipping")));
}

fn apc_item(number: &str, statuses: &[(&str, &str, &str)]) -> Value {
    let rows: Vec<Value> = statuses
        .iter()
        .map(|(code, words, at)| json!({"Status": {"DateTime": at, "StatusCode": code, "StatusDescription": words, "StatusColor": "orange"}}))
        .collect();
    // What was one element in XML is a lone object in JSON.
    let activity = if rows.len() == 1 { rows[0].clone() } else { Value::Array(rows) };
    json!({"TrackingNumber": number, "Activity": activity})
}

fn apc_tracks(items: Vec<Value>) -> Value {
    let items = if items.len() == 1 { json!({"Item": items[0]}) } else { json!([{ "Item": items }]) };
    json!({"Tracks": {"AccountNumber": "1", "Messages": {"Code": "SUCCESS", "Description": "SUCCESS"},
        "Track": {"WayBill": "2026030310000000000017", "OrderNumber": "000000000000000001", "Reference": "SECRET", "ShipmentDetails": {"NumberofPieces": "1", "Items": items}}}})
}

#[test]
fn apc_tells_the_scans_of_every_item_of_a_consignment() {
    let day = [
        ("1", "READY TO PRINT", "02/07/2026 16:00:00"),
        ("71", "AT SENDING DEPOT", "02/07/2026 19:00:00"),
        ("70", "AT HUB", "03/07/2026 00:10:00"),
        ("69", "AT DELIVERY DEPOT", "03/07/2026 04:00:00"),
        ("2", "OUT FOR DELIVERY", "03/07/2026 07:00:00"),
        ("3", "DELIVERED", "03/07/2026 12:05:00"),
    ];
    let one = apc_tracks(vec![apc_item("P1", &day)]);
    assert_timeline(
        &read("apc", &one),
        "2026030310000000000017 2026-07-02T16:00:00+01:00 Assumed dispatched [1]
         2026030310000000000017 2026-07-02T19:00:00+01:00 Assumed arrived_at_hub [71]
         2026030310000000000017 2026-07-03T00:10:00+01:00 Assumed arrived_at_hub [70]
         2026030310000000000017 2026-07-03T04:00:00+01:00 Assumed at_delivery_depot [69]
         2026030310000000000017 2026-07-03T07:00:00+01:00 Assumed out_for_delivery [2]
         2026030310000000000017 2026-07-03T12:05:00+01:00 Assumed delivered [3]",
    );
    let two = apc_tracks(vec![apc_item("P1", &day[5..]), apc_item("P2", &[("76", "CLOSED / CARDED", "03/07/2026 12:05:00")])]);
    let events = read("apc", &two);
    let told: Vec<(Option<&str>, &str)> = events.iter().map(|e| (e.parcel.as_deref(), e.state.id())).collect();
    assert_eq!(told, [(Some("P2"), "delivery_failed_card_left"), (Some("P1"), "delivered")]);
    for payload in [one, two] {
        assert_eq!(detect(&Payload::of(payload.to_string().as_bytes())).carrier.unwrap().card().id, "apc");
        assert!(!serde_json::to_string(&read("apc", &payload)).unwrap().contains("SECRET"));
    }
}

#[test]
fn apcs_words_say_what_its_numbers_do_not() {
    let table = [
        ("96", "CUSTOMER REFUSED", "delivery_refused"),
        ("44", "RETURN TO SENDER", "returning_to_sender"),
        ("97", "CANCELLED", "cancelled"),
        ("3", "LEFT WITH NEIGHBOUR", "delivered_to_neighbour"),
        ("555", "LEFT AS INSTRUCTED", "delivered_to_safe_location"),
        ("555", "COLLECTED FROM DEPOT", "collected_by_shopper"),
        ("555", "NOT RECEIVED ON TRUNK", "delayed"),
        ("555", "PROBLEM- NOT ATTEMPTED", "delayed"),
        ("555", "HELD AT DEPOT", "held_by_carrier"),
        ("555", "CHECK ADDRESS", "shipment_issue"),
        ("555", "UPDATED/RESOLVED", "for_information"),
        ("555", "SCAN", "in_transit"),
        ("62", "LABEL PRINTED/ DONE", "dispatched"),
        ("63", "MANIFESTED", "dispatched"),
        ("555", "FLUX CAPACITOR REALIGNED", "unknown"),
    ];
    for (code, words, state) in table {
        let events = read("apc", &apc_tracks(vec![apc_item("P1", &[(code, words, "03/07/2026 12:05:00")])]));
        assert_eq!(events[0].state.id(), state, "{words}");
    }
}

#[test]
fn apc_speaks_xml_and_says_what_is_wrong() {
    let xml =
        b"<Tracks><Messages><Code>SUCCESS</Code></Messages><Track><WayBill>2026030310000000000017</WayBill><ShipmentDetails><Items><Item>\
        <TrackingNumber>P1</TrackingNumber><Activity><Status><DateTime>03/07/2026 12:05:00</DateTime><StatusCode>3</StatusCode>\
        <StatusDescription>DELIVERED</StatusDescription></Status></Activity></Item></Items></ShipmentDetails></Track></Tracks>";
    assert_timeline(&read_bytes("apc", xml), "2026030310000000000017 2026-07-03T12:05:00+01:00 Assumed delivered [3]");
    assert_eq!(detect(&Payload::of(xml)).carrier.unwrap().card().id, "apc");
    let error = json!({"Tracks": {"Messages": {"Code": "101", "Description": "Waybill not found"}}}).to_string();
    assert_eq!(
        parse(by_id("apc"), &Payload::of(error.as_bytes())).unwrap_err().to_string(),
        "the carrier answered with an error: 101 Waybill not found"
    );
    assert_timeline(&read("apc", &json!({"Tracks": {"Messages": {"Code": "SUCCESS"}, "Track": []}})), "");
    assert_eq!(recognise("2026030310000000000017")[0].carrier, "apc");
    assert!(recognise("2026139910000000000017").iter().all(|c| c.carrier != "apc"), "there is no thirteenth month");
}

#[test]
fn rows_of_a_page_are_read_for_those_that_publish_nothing_else() {
    let rows = json!({"trackingNumber": "L0000001", "rows": [
        {"date": "3/07/26 12:15 PM", "stage": "Delivered - signed for by SAMPLE", "location": "Norwich"},
        {"date": "3/07/26 06:15 AM", "stage": "Scan at delivery", "location": "Norwich"},
        {"date": "2/07/26 05:15 PM", "stage": "Scan at collection", "location": "Leeds"}
    ]});
    assert_timeline(
        &read("dx", &rows),
        "L0000001 2026-07-02T17:15:00+01:00 Assumed collected_by_carrier @ Leeds
         L0000001 2026-07-03T06:15:00+01:00 Assumed at_delivery_depot @ Norwich
         L0000001 2026-07-03T12:15:00+01:00 Assumed delivered @ Norwich",
    );
    let post = json!({"number": "CE123456785IE", "events": [
        {"code": "EMI", "date": "2026-07-03 12:15", "description": "Delivered", "location": "Cork"},
        {"code": "EMD", "date": "2026-07-01 08:00", "description": "Arrived in Ireland", "location": "Dublin"}
    ]});
    assert_timeline(
        &read("an_post", &post),
        "CE123456785IE 2026-07-01T08:00:00+01:00 Assumed arrived_at_destination_country [EMD] @ Dublin
         CE123456785IE 2026-07-03T12:15:00+01:00 Assumed delivered [EMI] @ Cork",
    );
    assert_eq!(recognise("CE123456785IE")[0].carrier, "an_post");
    let nothing = json!({"error": {"code": "404", "message": "No such item"}}).to_string();
    for id in ["dx", "an_post", "s10", "gofo", "lasership", "ontrac", "old_dominion", "speedee"] {
        assert!(matches!(parse(by_id(id), &Payload::of(nothing.as_bytes())), Err(Unreadable::ErrorReply(_))), "{id}");
        assert_timeline(&read(id, &json!({"events": []})), "");
        assert!(parse(by_id(id), &Payload::of(b"{\"a\": 1}")).is_err(), "{id}");
    }
}

#[test]
fn a_status_beside_a_number_is_a_summary_where_there_are_no_rows() {
    let told = |payload: Value| {
        read("dx", &payload).iter().map(|e| format!("{} {}", e.tracking_number, e.state.id())).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(told(json!({"consignmentNumber": "EX00012345", "status": "Delivered", "events": []})), "EX00012345 delivered");
    let both = json!([{"consignmentNumber": "EX1", "status": "In transit"}, {"consignmentNumber": "EX2", "status": "Never heard of"}]);
    assert_eq!(told(both), "EX1 in_transit");
    assert_eq!(told(json!({"consignmentNumber": "EX00012345", "status": "Not yet delivered", "events": []})), "EX00012345 in_transit");
}
