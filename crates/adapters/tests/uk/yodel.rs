//! Yodel: our own payloads and the timelines a person would expect of them.

use super::*;

#[test]
fn the_tracking_sites_reply_is_read() {
    let events = read(
        "yodel",
        &json!({"data": {"trackParcel": {"state": "delivered", "trackingEvents": [
            {"scan_code": "ZA", "scan_description": "Delivered to your safe place", "scan_date": "2026-07-03", "scan_time": "12:30:00"},
            {"scan_code": "ET", "scan_description": "Out for delivery", "scan_date": "2026-07-03", "scan_time": "08:00:00"},
            {"scan_code": "XX", "scan_description": "Arrived at your local service centre", "scan_date": "2026-07-02", "scan_time": "04:00:00"},
            {"scan_code": "1", "scan_description": "We're expecting your parcel", "scan_date": "2026-07-01", "scan_time": "10:00:00"}
        ], "yodelParcel": {"upiCode": "JJD0002257639032011", "statusMessage": "Delivered", "nickname": "SECRET"}}}}),
    );
    assert_timeline(
        &events,
        "JJD0002257639032011 2026-07-01T10:00:00+01:00 Assumed dispatched [1]
         JJD0002257639032011 2026-07-02T04:00:00+01:00 Assumed at_delivery_depot [XX]
         JJD0002257639032011 2026-07-03T08:00:00+01:00 Assumed out_for_delivery [ET]
         JJD0002257639032011 2026-07-03T12:30:00+01:00 Assumed delivered_to_safe_location [ZA]",
    );
    assert!(!serde_json::to_string(&events).unwrap().contains("SECRET"));
}

#[test]
fn the_history_service_speaks_xml() {
    let body = br"<parcel_tracking><response><query_status>0</query_status></response>
        <parcel_status><status_code>Z</status_code><status_description>Delivered</status_description><location>Leeds</location>
          <signatory>SAMPLE</signatory><scan_date>03-JUL-2026</scan_date><scan_time>12:30:00</scan_time></parcel_status></parcel_tracking>";
    assert_timeline(&read_bytes("yodel", body), " 2026-07-03T12:30:00+01:00 Assumed delivered [Z] @ Leeds signed SAMPLE");
    let refused = b"<parcel_tracking><response><query_status>1</query_status><response_description>No such parcel</response_description></response></parcel_tracking>";
    assert!(matches!(parse(by_id("yodel"), &Payload::of(refused)), Err(Unreadable::ErrorReply(_))));
}

#[test]
fn a_graphql_error_is_an_error_reply() {
    let body = json!({"errors": [{"message": "Parcel not found"}], "data": null}).to_string();
    assert!(matches!(parse(by_id("yodel"), &Payload::of(body.as_bytes())), Err(Unreadable::ErrorReply(_))));
}

#[test]
fn its_numbers_begin_with_jd() {
    for number in ["JJD0002257639032011", "JD0002242617644732", "J J D 0 0 0 2 2 5 7 6 3 9 0 3 2 0 2 0"] {
        assert_eq!(recognise(number)[0].carrier, "yodel", "{number}");
    }
    for number in ["JD000225440506099", "JC0002254405060992"] {
        assert!(recognise(number).iter().all(|c| c.carrier != "yodel"), "{number}");
    }
}
