//! The Track API in all its generations, the tracking page and the webhook: a shipment has packages, a package has activities.

use serde_json::Value;
use whereabouts_domain::{Location, State, TrackingEvent, Window};

use super::scan::{self, Scan};
use crate::{
    carrier::{ParcelReading, Payload},
    phrase, place,
    tree::Tree,
};

pub fn read(tree: &Value, payload: &Payload) -> Vec<ParcelReading> {
    let mut parcels = Vec::new();
    for shipment in shipments(tree) {
        let packages = shipment.list("package");
        if packages.is_empty() {
            parcels.push(package(shipment, shipment, payload));
        }
        parcels.extend(packages.into_iter().map(|p| package(p, shipment, payload)));
    }
    if parcels.is_empty() {
        // Scrapers drop the wrappers.
        parcels.extend(tree.owners("activity").into_iter().filter(|p| p.knows("activity.status")).map(|p| package(p, p, payload)));
    }
    parcels.extend(tree.owners("shipmentProgressActivities").into_iter().map(|detail| of_page(detail, payload)));
    let unknown = |d: &&Value| d.knows("errorCode") && !d.carries("shipmentProgressActivities");
    parcels.extend(tree.list("trackDetails").into_iter().filter(unknown).map(|detail| of_page(detail, payload)));
    parcels.extend(tree.owners("activityStatus").into_iter().map(|alert| of_alert(alert, payload)));
    parcels
}

fn shipments(tree: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = tree.find("trackResponse").iter().flat_map(|reply| reply.list("shipment")).collect();
    if found.is_empty() {
        found = tree.list("shipment").into_iter().filter(|s| s.knows("package") || s.knows("warnings")).collect();
    }
    found
}

fn package(package: &Value, shipment: &Value, payload: &Payload) -> ParcelReading {
    let number = package
        .say("trackingNumber")
        .or_else(|| shipment.first(&["inquiryNumber", "inquiryNumber.value", "shipmentIdentificationNumber", "trackingNumber"]));
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = package.list("activity").into_iter().map(|a| activity(a).into_event(&told, payload)).collect();
    place::settle(&mut events);
    left_at(&mut events, package.say("deliveryInformation.location").as_deref());
    scan::sign(&mut events, package.say("deliveryInformation.receivedBy"));
    scan::collect_by(&mut events, package.say("accessPointInformation.pickupByDate"));
    let destination =
        package.list("packageAddress").into_iter().find(|a| a.say("type").is_some_and(|t| t.eq_ignore_ascii_case("destination")));
    let destination = destination.map(|a| address(a.branch("address").unwrap_or(a))).unwrap_or_default();
    let warned = shipment.first(&["warnings.message", "warnings.description"]).filter(|_| events.is_empty());
    ParcelReading {
        summary: summary(package, &events, &told, payload),
        estimated_delivery: estimate(package, shipment, &destination, payload),
        service: package.first(&["service.description"]).or_else(|| shipment.say("service.description")),
        tracking_number: number,
        events,
        fault: warned,
    }
}

fn activity(a: &Value) -> Scan {
    let location = a.branch("location").or_else(|| a.branch("activityLocation"));
    let place = location
        .and_then(|l| l.branch("address").or_else(|| l.branch("addressArtifactFormat")).or_else(|| l.knows("city").then_some(l)))
        .map(address)
        .or_else(|| location.and_then(|l| l.say("")).map(|line| place::of_line(&line)))
        .unwrap_or_default();
    let status = a.branch("status").unwrap_or(&Value::Null);
    Scan {
        code: status.first(&["code", "statusCode.code"]),
        status_code: status.say("statusCode"),
        kind: status.first(&["statusType.code", "type", "statusType"]),
        words: status.first(&["description", "statusType.description", "statusCode.description", "simplifiedTextDescription", ""]),
        date: a.say("date"),
        time: a.say("time"),
        gmt: (a.say("gmtDate"), a.say("gmtTime"), a.say("gmtOffset")),
        place,
        left_at: location.and_then(|l| l.say("description")),
        signed_by: location.and_then(|l| l.say("signedForByName")),
    }
}

/// City, state, postcode and country, never the street.
pub fn address(a: &Value) -> Location {
    place::of(
        a.first(&["city", "politicalDivision2"]),
        a.first(&["stateProvince", "stateProvinceCode", "state", "politicalDivision1"]),
        a.first(&["postalCode", "postcodePrimaryLow"]),
        a.first(&["countryCode", "country"]),
    )
}

/// The package's current status; its time is known only for a delivery.
fn summary(package: &Value, events: &[TrackingEvent], number: &str, payload: &Payload) -> Option<TrackingEvent> {
    let status = package.branch("currentStatus")?;
    let mut scan = Scan {
        code: status.say("code"),
        status_code: status.say("statusCode"),
        kind: status.say("type"),
        words: status.first(&["description", "simplifiedTextDescription"]),
        ..Scan::default()
    };
    let delivery = package.list("deliveryDate").into_iter().find(|d| d.say("type").as_deref() == Some("DEL"));
    if let Some(date) = delivery.and_then(|d| d.say("date")) {
        scan.date = Some(date);
        scan.time = package.say("deliveryTime.endTime");
    }
    let mut event = scan.into_event(number, payload);
    if !event.state.is_delivered() {
        event.moment = None;
    }
    // Newer than the newest scan or not, a status without a time must not be told as a step back.
    (event.state != State::Unknown && events.iter().all(|e| e.state.rank() < event.state.rank())).then_some(event)
}

/// A rescheduled day stands before the scheduled one. `DEL` is when it was delivered, not an estimate.
fn estimate(package: &Value, shipment: &Value, destination: &Location, payload: &Payload) -> Option<Window> {
    let days = package.list("deliveryDate");
    let of_kind =
        |kind: &str| days.iter().find(|d| d.say("type").is_some_and(|t| t.eq_ignore_ascii_case(kind))).and_then(|d| d.say("date"));
    let day = of_kind("RDD")
        .or_else(|| of_kind("SDD"))
        .or_else(|| package.first(&["rescheduledDeliveryDate", "scheduledDeliveryDate"]))
        .or_else(|| shipment.first(&["rescheduledDeliveryDate", "scheduledDeliveryDate", "deliveryDetail.date"]))?;
    let is_actual = package.say("deliveryTime.type").as_deref() == Some("DEL");
    let clock = |name: &str| package.say(name).filter(|_| !is_actual);
    scan::window(Some(&day), clock("deliveryTime.startTime").as_deref(), clock("deliveryTime.endTime").as_deref(), destination, payload)
}

/// The tracking page's own JSON.
fn of_page(detail: &Value, payload: &Payload) -> ParcelReading {
    let number = detail.first(&["trackingNumber", "requestedTrackingNumber"]);
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let scans = detail.list("shipmentProgressActivities").into_iter().filter(|a| a.knows("activityScan") || a.knows("date"));
    let mut events: Vec<TrackingEvent> = scans
        .map(|a| {
            let scan = Scan {
                code: a.say("actCode"),
                words: a.first(&["activityScan", "activityScanDescription", "milestoneName.name"]),
                date: a.say("date"),
                time: a.say("time"),
                gmt: (a.say("gmtDate"), a.say("gmtTime"), a.say("gmtOffset")),
                place: a.say("location").map(|l| place::of_line(&l)).unwrap_or_default(),
                ..Scan::default()
            };
            scan.into_event(&told, payload)
        })
        .collect();
    left_at(&mut events, detail.say("leftAt").as_deref());
    place::settle(&mut events);
    scan::sign(&mut events, detail.first(&["receivedBy", "signedForBy"]));
    let now = Scan {
        words: detail.first(&["packageStatus", "packageStatusDescription"]),
        date: detail.say("deliveredDate"),
        time: detail.say("deliveredTime"),
        ..Scan::default()
    };
    let now = now.into_event(&told, payload);
    let expected = detail.first(&["scheduledDeliveryDateDetail.date", "scheduledDeliveryDate", "sdd"]);
    ParcelReading {
        summary: (now.state.is_delivered() && now.moment.is_some()).then_some(now),
        estimated_delivery: scan::window(expected.as_deref(), None, None, &Location::default(), payload),
        fault: detail.say("errorText").filter(|_| events.is_empty()),
        tracking_number: number,
        events,
        ..ParcelReading::default()
    }
}

/// Where it was left, told beside the scans.
fn left_at(events: &mut [TrackingEvent], place: Option<&str>) {
    if let Some(kind) = place.and_then(phrase::handed_over) {
        events.iter_mut().filter(|e| e.state == State::Delivered).for_each(|e| e.state = kind);
    }
}

/// A Track Alert webhook: one activity of one package.
fn of_alert(alert: &Value, payload: &Payload) -> ParcelReading {
    let number = alert.first(&["trackingNumber", "inquiryNumber", "trackNumber"]);
    let told = number.clone().or_else(|| payload.number.map(str::to_string)).unwrap_or_default();
    let place = alert.branch("activityLocation").map(|l| address(l.branch("address").unwrap_or(l))).unwrap_or_default();
    let scan = Scan {
        code: alert.say("activityStatus.code"),
        status_code: alert.say("activityStatus.statusCode"),
        kind: alert.say("activityStatus.type"),
        words: alert.say("activityStatus.description"),
        date: alert.first(&["localActivityDate", "activityDate", "date"]),
        time: alert.first(&["localActivityTime", "activityTime", "time"]),
        gmt: (alert.say("gmtActivityDate"), alert.say("gmtActivityTime"), alert.say("gmtOffset")),
        left_at: alert.first(&["pod.deliveryLocation", "deliveryLocation"]),
        signed_by: alert.first(&["pod.receivedBy", "receivedBy"]),
        place,
    };
    let mut events = vec![scan.into_event(&told, payload)];
    scan::collect_by(&mut events, alert.say("accessPointInformation.pickupByDate"));
    let place = events[0].location.clone();
    let expected = alert.first(&["rescheduledDeliveryDate", "scheduledDeliveryDate"]);
    let clock = |name: &str| alert.say(name);
    let estimated =
        scan::window(expected.as_deref(), clock("deliveryStartTime").as_deref(), clock("deliveryEndTime").as_deref(), &place, payload);
    ParcelReading { tracking_number: number, estimated_delivery: estimated, events, ..ParcelReading::default() }
}
