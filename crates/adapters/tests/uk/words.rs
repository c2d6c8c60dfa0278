//! Usual sentences of British and Irish carriers' pages, each in a row as that carrier's payload has it.

use super::*;

/// A payload of this carrier with one row of words and no code that anybody knows.
fn row(id: &str, words: &str) -> Value {
    let at = "2026-03-03T10:00:00";
    match id {
        "parcelforce" => {
            json!({"mailPieces": {"mailPieceId": "AB1234567", "carrierShortName": "PFW", "events": [{"eventName": words, "eventDateTime": at}]}})
        }
        "apc" => apc_row(words),
        "evri" => json!({"barcode": "H0000A0000000000", "trackingEvents": [{"trackingPoint": {"description": words}, "dateTime": at}]}),
        "yodel" => json!({"upiCode": "JJD0002299999999999", "trackingEvents": [{"scan_description": words, "scan_date": "2026-03-03"}]}),
        "dpd_uk" => json!({"parcelCode": "15500000000001*1", "parcelevents": [{"eventDate": at, "eventText": words}]}),
        "postnl" => {
            json!({"CompleteStatus": {"Shipment": {"Barcode": "3SABCD0000001", "Event": [{"Description": words, "TimeStamp": at}]}}})
        }
        _ => json!({"trackingNumber": "X00000001", "events": [{"description": words, "date": at}]}),
    }
}

fn apc_row(words: &str) -> Value {
    let status = json!({"Status": {"StatusCode": "999", "StatusDescription": words, "DateTime": "03/03/2026 10:00:00"}});
    json!({"Tracks": {"Track": {"WayBill": "2026030310000000000017", "ShipmentDetails": {"Items": {"Item": {"TrackingNumber": "1", "Activity": status}}}}}})
}

fn told(id: &str, words: &str) -> String {
    read(id, &row(id, words)).iter().map(|e| e.state.id()).collect::<Vec<_>>().join(" ")
}

const ALL: &[&str] = &["yodel", "evri", "parcelforce", "apc", "dx", "an_post", "dpd_uk", "royalmail", "inpost", "postnl"];

#[test]
fn no_carriers_plan_or_handling_on_the_way_is_a_delivery() {
    let plans = [
        "Your parcel was not collected from the Pickup shop",
        "Your parcel has not been collected by you yet",
        "Your parcel will be left in your safe place",
        "As requested, your parcel will be left in your chosen safe place",
        "You asked for your parcel to be left with a neighbour",
        "Customer requested parcel be left in porch",
        "Will be collected by recipient",
        "The parcel could not be left in a safe place",
        "Awaiting proof of delivery",
        "Once your parcel has been delivered we'll let you know",
        "We can't see a delivery scan. If it has not arrived it should be out for delivery tomorrow.",
        "Collected from locker by courier",
        "Collected from ParcelShop by driver",
        "Collected from depot by driver for delivery",
        "Delivered to local service centre",
        "Delivered to sort centre",
        "Delivered to the courier",
        "Delivered to airport",
        "Delivered to our partner in France",
        "Part of your order was delivered",
        "Card left with neighbour",
        "We'll let you know once your parcel's been delivered",
        "Your parcel hasn't been delivered",
        "It may have been delivered to a neighbour",
        "Could not be delivered to the customer",
        "Handed to your local courier",
    ];
    for id in ALL {
        for words in plans {
            let events = read(id, &row(id, words));
            assert!(events.iter().all(|e| !e.state.is_delivered()), "{id}: {words}: {}", events[0].state.id());
        }
    }
}

#[test]
fn the_usual_sentences_are_understood() {
    let table = [
        ("yodel", "We've been told to expect your parcel", "dispatched"),
        ("yodel", "We've received your parcel at our sort centre", "arrived_at_hub"),
        ("yodel", "Your parcel has left our sort centre and is on its way to your local service centre", "departed_hub"),
        ("yodel", "Your parcel has arrived at your local service centre", "at_delivery_depot"),
        ("yodel", "Your driver has your parcel", "out_for_delivery"),
        ("yodel", "We're holding your parcel at our service centre", "held_by_carrier"),
        ("yodel", "Parcel has been sent to the wrong service centre", "misrouted"),
        ("yodel", "You've collected your parcel", "collected_by_shopper"),
        ("yodel", "Parcel accepted at store", "dropped_off"),
        ("yodel", "Awaiting collection from sender", "collection_scheduled"),
        ("yodel", "Unable to collect", "carrier_unable_to_collect"),
        ("evri", "Your parcel is on its way to us", "dispatched"),
        ("evri", "Handed to customer", "delivered"),
        ("evri", "Your parcel has finally been delivered", "delivered"),
        ("evri", "POD: delivered to SAMPLE", "delivered"),
        ("evri", "Left behind bin", "delivered_to_safe_location"),
        ("evri", "Customer has collected the parcel", "collected_by_shopper"),
        ("dpd_uk", "Nobody home, posted through letterbox", "delivered_to_letterbox"),
        ("dpd_uk", "Not loaded to vehicle", "delayed"),
        ("dpd_uk", "Parcel not found at depot", "missing"),
        ("royalmail", "Held in customs awaiting documents", "held_at_customs"),
        ("evri", "Collection attempted, no answer", "carrier_unable_to_collect"),
        ("evri", "You were out, so we left your parcel with your neighbour", "delivered_to_neighbour"),
        ("parcelforce", "On route for delivery", "out_for_delivery"),
        ("parcelforce", "Exported from UK", "departed_origin_country"),
        ("parcelforce", "Delivery date arranged", "delivery_scheduled"),
        ("parcelforce", "Forwarded to another depot", "departed_hub"),
        ("apc", "PRINTED", "dispatched"),
        ("apc", "ON TRUNK", "in_transit"),
        ("apc", "LATE TRUNK", "delayed"),
        ("apc", "AT DELIVERING DEPOT", "at_delivery_depot"),
        ("apc", "ON VEHICLE", "out_for_delivery"),
        ("apc", "LEFT SAFE", "delivered_to_safe_location"),
        ("apc", "PART DELIVERY", "partially_delivered"),
        ("apc", "COLLECTION FAILED", "carrier_unable_to_collect"),
        ("dx", "Trunked to delivery depot", "departed_hub"),
        ("dx", "Received at delivery service centre", "at_delivery_depot"),
        ("dx", "Returned to depot", "at_delivery_depot"),
        ("an_post", "Item posted", "dropped_off"),
        ("an_post", "Item with postperson for delivery", "out_for_delivery"),
        ("an_post", "Left country of origin", "departed_origin_country"),
        ("an_post", "Customs charge paid", "for_information"),
        ("dpd_uk", "We've received your parcel details", "dispatched"),
        ("dpd_uk", "Your order is awaiting collection by DPD", "collection_scheduled"),
        ("dpd_uk", "We're waiting for payment of duty and tax", "customs_charges_due"),
        ("dpd_uk", "We did not have time to deliver your parcel", "delivery_failed"),
        ("dpd_uk", "Parcel is on its way back to the depot", "at_delivery_depot"),
        ("dpd_uk", "Your parcel was not collected from the Pickup shop and will be returned", "failed_to_collect"),
        ("dpd_uk", "Parcel handed in at a Pickup location", "dropped_off"),
        ("dpd_uk", "Your parcel has been dropped off at our Pickup location", "dropped_off"),
        ("inpost", "Awaiting drop off", "awaiting_drop_off"),
        ("inpost", "Placed in locker", "ready_for_collection"),
        ("inpost", "Placed in locker by sender", "dropped_off"),
        ("royalmail", "Leaving origin country", "departed_origin_country"),
        ("postnl", "Zending is afgeleverd bij een PostNL-punt", "ready_for_collection"),
        ("postnl", "Driver is en route", "out_for_delivery"),
        ("postnl", "The item is at the PostNL pick-up location", "ready_for_collection"),
    ];
    for (id, words, expected) in table {
        assert_eq!(told(id, words), expected, "{id}: {words}");
    }
}
