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
