//! Forms that a stranger's reading found wanting: each was told wrongly or lost before.

use super::*;

/// Timeline, then estimates, as `conformance` prints them but shorter.
fn expected(id: &str, payload: &Value) -> String {
    let parsed = parse(by_id(id), &Payload::of(payload.to_string().as_bytes())).unwrap();
    parsed.estimates.iter().map(|(n, w)| format!("{n} {}..{}", w.start.as_deref().unwrap_or(""), w.end.as_deref().unwrap_or(""))).collect()
}

fn is_error(id: &str, body: &str) -> bool {
    matches!(parse(by_id(id), &Payload::of(body.as_bytes())), Err(Unreadable::ErrorReply(_)))
}

#[test]
fn yodels_service_tells_number_and_clock_whatever_the_month() {
    let body = br"<y:parcel_tracking xmlns:y='urn:y'><y:response><y:query_status>0</y:query_status></y:response>
        <y:parcel_status><y:consignment>JD0002251111111111</y:consignment><y:status_code>ET</y:status_code><y:status_description>Out for delivery</y:status_description>
          <y:scan_date>26-OCT-2025</y:scan_date><y:scan_time>07:01:02</y:scan_time></y:parcel_status></y:parcel_tracking>";
    assert_timeline(&read_bytes("yodel", body), "JD0002251111111111 2025-10-26T07:01:02+00:00 Assumed out_for_delivery [ET]");
}

#[test]
fn words_of_an_attempt_take_a_delivery_from_a_code_that_was_only_seen() {
    let rows = json!({"upiCode": "JJD0002251111111111", "edd": "2026-07-03", "deliveryWindow": {"start": "12:00", "end": "14:00"}, "trackingEvents": [
        {"scan_code": "ZC", "scan_description": "Carded", "scan_date": "2026-07-02", "scan_time": "12:30:00"}]});
    assert_timeline(
        &read("yodel", &rows),
        "JJD0002251111111111 2026-07-02T12:30:00+01:00 Assumed delivery_failed_card_left (nobody_home) [ZC]",
    );
    assert_eq!(expected("yodel", &rows), "JJD0002251111111111 2026-07-03T12:00:00+01:00..2026-07-03T14:00:00+01:00");
}

#[test]
fn evris_return_ends_with_the_sender() {
    let payload = json!({"barcode": "H0000A0000000001", "returnParcel": true, "trackingEvents": [
        {"trackingStage": {"trackingStageCode": "5"}, "trackingPoint": {"description": "Delivered"}, "dateTime": "2026-06-02T10:00:00Z"}]});
    assert_timeline(&read("evri", &payload), "H0000A0000000001 2026-06-02T10:00:00+00:00 Offset returned_to_sender [5]");
}

#[test]
fn dpd_pushes_a_status_with_its_clock_and_its_xml_complains() {
    let pushed = json!({"parcelNumber": "15500000000001", "status": "OUT_FOR_DELIVERY", "eventDateTime": "2026-06-02T06:01:00Z", "depotName": "Oldbury"});
    assert_timeline(
        &read("dpd_uk", &pushed),
        "15500000000001 2026-06-02T06:01:00+00:00 Offset out_for_delivery [OUT_FOR_DELIVERY] @ Oldbury",
    );
    let detail = |inner: &str| {
        format!(
            "<trackingresponse><trackingdetails><trackingdetail><consignmentnumber>550000001</consignmentnumber><parcelnumber>15500000000001</parcelnumber>{inner}</trackingdetail></trackingdetails></trackingresponse>"
        )
    };
    assert!(read_bytes("dpd_uk", detail("").as_bytes()).is_empty());
    let signed = "<podname>SAMPLE</podname><trackingevents><trackingevent><code>001</code><description>Delivered</description><date>2026-06-02T10:00:00</date><locality>Leeds</locality></trackingevent></trackingevents>";
    assert_timeline(
        &read_bytes("dpd_uk", detail(signed).as_bytes()),
        "15500000000001 2026-06-02T10:00:00+01:00 Assumed delivered [001] @ Leeds signed SAMPLE",
    );
    let complaint = "<trackingresponse><trackingdetails/><errors><error><code>404</code><description>Parcel not found</description></error></errors></trackingresponse>";
    assert!(is_error("dpd_uk", complaint));
    let at_shop = json!({"parcelCode": "15500000000001*1", "parcelevents": [
        {"eventDate": "2026-06-03 06:01:00", "eventText": "Your parcel has been collected by SAMPLE"}]});
    assert_timeline(&read("dpd_uk", &at_shop), "15500000000001 2026-06-03T06:01:00+01:00 Assumed collected_by_shopper signed SAMPLE");
}

#[test]
fn windows_without_an_offset_are_british() {
    let mail = json!({"mailPieces": {"mailPieceId": "AB012345678GB", "carrierShortName": "RM",
        "estimatedDelivery": {"date": "2026-06-02", "startOfEstimatedWindow": "11:00:00", "endOfEstimatedWindow": "2026-06-02T15:00:00"},
        "events": [{"eventCode": "EVGPD", "eventName": "Due to be delivered today", "eventDateTime": "2026-06-02T08:00:00+01:00"}]}});
    assert_eq!(expected("royalmail", &mail), "AB012345678GB 2026-06-02T11:00:00+01:00..2026-06-02T15:00:00+01:00");
    let unified = json!({"url": "/parceluk/tracking/v1/shipments", "shipments": [{"id": "12345678901234", "service": "parcel-uk",
        "estimatedTimeOfDelivery": "2026-06-02T12:00:00", "events": [{"timestamp": "2026-06-02T07:00:00", "statusCode": "transit", "description": "Out for delivery"}]}]});
    assert_eq!(expected("dhl_ecommerce_uk", &unified), "12345678901234 ..2026-06-02T12:00:00+01:00");
}

#[test]
fn statuses_of_dhl_may_stand_in_a_plain_list() {
    let payload = json!({"ConsignmentNumber": "12345678901234", "ConsignmentStatus": [
        {"StatusDescription": "Out for delivery", "StatusTimeStamp": "2026-06-02T07:00:00"},
        {"StatusDescription": "Delivered to ServicePoint", "StatusTimeStamp": "2026-06-02T10:00:00"}]});
    assert_timeline(
        &read("dhl_ecommerce_uk", &payload),
        "12345678901234 2026-06-02T07:00:00+01:00 Assumed out_for_delivery
         12345678901234 2026-06-02T10:00:00+01:00 Assumed ready_for_collection",
    );
}

#[test]
fn rows_of_an_unpublished_form_keep_number_place_and_signatory() {
    let dx = json!({"Status": 0, "Consignments": [{"ConsignmentNo": "123456789", "History": [
        {"Date": "02/06/2026", "Time": "10:00", "Status": "Delivered", "Depot": "Leeds", "SignedBy": "SAMPLE"}]}]});
    assert_timeline(&read("dx", &dx), "123456789 2026-06-02T10:00:00+01:00 Assumed delivered @ Leeds signed SAMPLE");
    let irish = br"<TrackResponse><ItemNumber>CE123456785IE</ItemNumber><Events><Event><Date>2026-06-02</Date><Time>10:00:00</Time>
        <Status>Delivered</Status><Location>Cork</Location></Event></Events></TrackResponse>";
    assert_timeline(&read_bytes("an_post", irish), "CE123456785IE 2026-06-02T10:00:00+01:00 Assumed delivered @ Cork");
    let lone = json!({"trackingNumber": "AB012345678GB", "eventCode": "EVKSP", "eventName": "Delivered", "eventDateTime": "2026-06-02T11:00:00+01:00"});
    assert_timeline(&read("royalmail", &lone), "AB012345678GB 2026-06-02T11:00:00+01:00 Offset delivered [EVKSP]");
    let foreign = b"<TrackingResult><Consignment><ConsignmentNumber>123456789</ConsignmentNumber></Consignment></TrackingResult>";
    assert!(detect(&Payload::of(foreign)).carrier.is_none(), "not every consignment is TNT's");
}

#[test]
fn postnls_observations_mean_what_its_own_list_says_without_their_words() {
    let told = |code: &str| {
        let payload = json!({"CompleteStatus": {"Shipment": {"Barcode": "3SABCD0000001", "Event": [{"Code": code, "TimeStamp": "03-06-2026 10:00:00"}]}}});
        read("postnl", &payload).iter().map(|e| e.state.id()).collect::<String>()
    };
    let table = [
        ("A01", "dispatched"),
        ("D03", "carrier_unable_to_collect"),
        ("X42", "carrier_refused_to_collect"),
        ("A08", "delivery_address_changed"),
        ("J09", "delayed"),
        ("J55", "out_for_delivery"),
        ("K14", "delivery_attempted"),
        ("H01", "will_be_returned_to_sender"),
        ("Y22", "delivery_failed"),
        ("X30", "held_at_customs"),
        ("X61", "cleared_through_customs"),
        ("I02", "collected_by_shopper"),
        ("I10", "delivered_to_neighbour"),
        ("I11", "delivered_to_letterbox"),
        // PostNL counts these as delivered; by their words the parcel waits in a locker, is on its way or came back.
        ("J23", "ready_for_collection"),
        ("I06", "at_delivery_depot"),
        ("I07", "returning_to_sender"),
        ("J63", "returned_to_sender"),
        ("QQQ", "unknown"),
    ];
    for (code, expected) in table {
        assert_eq!(told(code), expected, "{code}");
    }
}

#[test]
fn evri_tells_who_signed_where_and_which_attempt() {
    let payload = json!({"results": [{"barcode": "H0000A0000000001", "trackingEvents": [
        {"dateTime": "2026-06-03T10:00:00Z", "trackingStage": {"trackingStageCode": "5_COURIER"}, "trackingPoint": {"description": "Delivered"},
         "location": {"latitude": 53.1, "longitude": -1.2}, "signature": {"name": "SAMPLE"}},
        {"dateTime": "2026-06-02T10:00:00Z", "trackingPointCode": "ATTEMPT_1"}]}]});
    let events = read("evri", &payload);
    assert_timeline(
        &events,
        "H0000A0000000001 2026-06-02T10:00:00+00:00 Offset delivery_attempted [ATTEMPT_1]
         H0000A0000000001 2026-06-03T10:00:00+00:00 Offset delivered [5_COURIER] signed SAMPLE",
    );
    assert_eq!((events[1].location.latitude, events[1].location.longitude), (Some(53.1), Some(-1.2)));
}

#[test]
fn a_signatory_in_capitals_in_a_carriers_table_is_no_code() {
    let table = b"Barcode,Event Date,Event Time,Event Description,Location,Signed By\n\
        JD0002251111111111,02/06/2026,07:00,Out for delivery,Leeds,\n\
        JD0002251111111111,02/06/2026,10:00,Delivered,Leeds,SAMPLE\n";
    assert_timeline(
        &read_bytes("yodel", table),
        "JD0002251111111111 2026-06-02T07:00:00+01:00 Assumed out_for_delivery @ Leeds
         JD0002251111111111 2026-06-02T10:00:00+01:00 Assumed delivered @ Leeds signed SAMPLE",
    );
}

#[test]
fn a_number_printed_with_blanks_is_told_without() {
    let mail = json!({"mailPieces": {"mailPieceId": "AB 0123 4567 8GB", "carrierShortName": "RM",
        "events": [{"eventCode": "EVKOP", "eventName": "Delivered", "eventDateTime": "2026-06-02T10:00:00+01:00"}]}});
    assert_eq!(read("royalmail", &mail)[0].tracking_number, "AB012345678GB");
    let parcel = json!({"upiCode": "JJD 0002 2511 1111 1111", "trackingEvents": [{"scan_description": "Out for delivery", "scan_date": "2026-06-02"}]});
    assert_eq!(read("yodel", &parcel)[0].tracking_number, "JJD0002251111111111");
}

#[test]
fn a_carrier_that_17track_alone_knows_has_its_countrys_clock() {
    let payload = |name: &str| {
        json!({"event": "TRACKING_UPDATED", "data": {"number": "N000000001", "carrier": 100999, "track_info": {"tracking": {"providers": [
            {"provider": {"key": 100999, "name": name, "country": "GB"}, "events": [
                {"time_iso": "2026-06-02T10:00:00", "description": "Delivered", "stage": "Delivered", "sub_status": "Delivered_Other"}]}]}}}})
    };
    assert_timeline(
        &read("seventeentrack", &payload("Some Couriers")),
        "N000000001 2026-06-02T10:00:00+01:00 Assumed delivered [Delivered_Other]",
    );
    assert_timeline(
        &read("seventeentrack", &payload("PostNL")),
        "N000000001 2026-06-02T10:00:00+02:00 Assumed delivered [Delivered_Other]",
    );
}
