//! DPD UK: our own payloads and the timelines a person would expect of them.

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
    let error =
        json!({"error": {"errorCode": "404", "errorMessage": "Parcel not found", "obj": "", "errorType": "E"}, "data": null}).to_string();
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
