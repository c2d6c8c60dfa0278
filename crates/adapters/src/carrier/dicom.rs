//! Dicom, since 2021 GLS Canada: a shipment of its tracking API, with activities by parcel. The list of codes is not
//! published: a status tells itself in words, its detail why.

use serde_json::Value;
use whereabouts_domain::{Location, Proof, State::*, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase, reply,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: Dicom = Dicom;
pub struct Dicom;

static CARD: Card = Card { id: "dicom", name: "Dicom", zone: "America/Toronto", aggregator: false, codes: CODES };

/// Seen beside its words.
const CODES: &[Code] = &[code("DL", Delivered)];

impl Carrier for Dicom {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels = shipments(&body).into_iter().map(|s| shipment(s, &rule)).collect();
        reply::of(parcels, body.first(&["message", "error.message", "error"]), false, CARD.name)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        let is_own = |s: &&Value| {
            s.knows("activities.activityDate") || s.knows("activityImages") || (s.knows("consignee") && s.knows("billingAccount"))
        };
        if shipments(body).iter().any(is_own) { 95 } else { 0 }
    }
}

fn shipments(body: &Value) -> Vec<&Value> {
    let list = if body.knows("shipments") { body.list("shipments") } else { body.list("") };
    let is_shipment = |s: &&Value| s.knows("trackingNumber") && tree::field(s, &["activities", "consignee"]).is_some();
    list.into_iter().filter(is_shipment).collect()
}

fn shipment(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut events: Vec<TrackingEvent> = told.list("activities").into_iter().map(|a| activity(a, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    for image in told.list("activityImages") {
        let is_proof = image.say("imageType").is_some_and(|t| t.eq_ignore_ascii_case("POD"));
        let proof = Proof { kind: "document".into(), url: image.say("url"), at: image.say("imageDate") };
        timeline::newest_delivery(&mut events).filter(|_| is_proof).for_each(|event| event.proof.push(proof.clone()));
    }
    ParcelReading { tracking_number: told.say("trackingNumber"), events, service: told.say("deliveryType"), ..ParcelReading::default() }
}

fn activity(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let words: Vec<String> = [told.say("status"), told.say("statusDetail")].into_iter().flatten().collect();
    let all = words.iter().cloned().chain(told.say("additionalInformation")).collect::<Vec<_>>().join(". ");
    let mut event = CARD.event_in_words(told.say("code"), words.join(", "), &[]);
    let aside = phrase::weigh(Some((event.state, event.reason)), &all, &[]);
    if event.state != Unknown {
        (event.state, event.reason) = aside;
    }
    event.moment = told.first(&["activityDate", "createDate"]).and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    event.location = told.say("terminal").map(Location::text).unwrap_or_default();
    let degrees = |path: &str| told.say(path).and_then(|n| n.parse().ok());
    (event.location.latitude, event.location.longitude) = (degrees("latitude"), degrees("longitude"));
    event.parcel = told.say("parcelId");
    event
}
