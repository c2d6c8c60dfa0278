//! Canpar Express (Canada): `trackByBarcodeV2` and `trackByReference` of its add-on web services, as SOAP or as JSON of
//! the same names. Words come in English and French; clocks are local, eight digits and six.
//!
//! The list of its event codes was not found: the words say what a code means.

use serde_json::Value;
use whereabouts_domain::{Location, Private, Proof, State::*, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Phrase, french::FRENCH, says, says_why},
    place, reply,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: Canpar = Canpar;
pub struct Canpar;

static CARD: Card = Card { id: "canpar", name: "Canpar Express", zone: "America/Toronto", aggregator: false, codes: &[] };

const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says_why("not in*card left|nobody home|customer not in", DeliveryFailedCardLeft, NobodyHome),
        says("with delivery courier|on delivery|out for delivery", OutForDelivery),
        says("pickup at*depot|hold for pickup|held for pickup", ReadyForCollection),
        says("shipment data received|electronic information|manifested", Dispatched),
        says("outbound|out bound|departed|trailer", DepartedHub),
        says("inbound|in bound|hub scan|sorted|arrived", ArrivedAtHub),
    ]
};

impl Carrier for Canpar {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let told = tree.owners("barcode").into_iter().filter(|r| tree::field(r, &["events"]).is_some() || r.knows("delivered"));
        let parcels = told.map(|r| parcel(r, &rule)).collect();
        let complaint = ["error", "errors", "faultstring"].iter().flat_map(|n| tree.find(n)).find_map(tree::plain);
        let is_empty = tree.owners("result").iter().any(|r| tree::field(r, &["error"]).is_some());
        reply::of(parcels, complaint, is_empty, CARD.name)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let tree = match shape {
            Shape::Xml(root) => &tree::of_xml(root),
            Shape::Json(tree) => tree,
            Shape::Other => return 0,
        };
        let has = |name: &str| !tree.owners(name).is_empty();
        if has("code_description_en") && has("local_date_time") {
            return 96;
        }
        if has("trackByBarcodeV2Response") || has("trackByBarcodeResponse") || has("trackByReferenceResponse") {
            return 94;
        }
        let names_it = payload.body.windows(10).any(|w| w.eq_ignore_ascii_case(b"canpar.com"));
        if names_it && has("Envelope") { 80 } else { 0 }
    }

    /// A letter of the service and 21 digits.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix(['C', 'D', 'K', 'L', 'S', 'U', 'X', 'Z'])?;
        (digits.len() == 21 && digits.bytes().all(|b| b.is_ascii_digit())).then_some((90, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| format!("https://www.canpar.com/en/track/tracking.jsp?reference={number}&locale=en"))
    }
}

fn parcel(told: &Value, rule: &ZoneRule) -> ParcelReading {
    let rows = told.list("events").into_iter().filter(|e| e.knows("code") || e.knows("local_date_time"));
    let mut events: Vec<TrackingEvent> = rows.map(|e| event(e, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    timeline::sign(&mut events, told.say("signed_by"));
    let proof = told.say("signature_url").map(|url| Proof { kind: "signature".into(), url: Some(url), at: None });
    timeline::newest_delivery(&mut events).for_each(|e| e.proof.extend(proof.clone()));
    let is_delivered = told.say("delivered").is_some_and(|d| d.eq_ignore_ascii_case("true"));
    let summary = is_delivered.then(|| TrackingEvent::new("", CARD.id, Delivered));
    let day = told.say("estimated_delivery_date").and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    ParcelReading {
        tracking_number: told.say("barcode"),
        summary: summary.and_then(|s| timeline::worth_telling(s, &events)),
        events,
        estimated_delivery: day.map(|m| Window { start: None, end: Some(m.local.date().to_string()) }),
        service: told.first(&["service_description_en", "service_description_fr"]),
        ..ParcelReading::default()
    }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let (english, french) = (told.say("code_description_en"), told.say("code_description_fr"));
    let is_french = english.is_none();
    let words = english.or(french).unwrap_or_default();
    let mut event = CARD.event_in_words(told.say("code"), words, PHRASES);
    if is_french && event.state == Unknown {
        (event.state, event.reason) = phrase::meaning(FRENCH, &event.description).unwrap_or((Unknown, None));
    }
    let part = |name: &str| told.first(&[&format!("address.{name}"), name]);
    let country = part("country").or_else(|| part("province").map(|_| "CA".to_string()));
    event.location = place::of(part("city"), part("province"), part("postal_code"), country);
    if event.location.is_empty() {
        event.location = told.say("location").map(Location::text).unwrap_or_default();
    }
    let rule = place::rule_at(rule, &event.location);
    // `20260303 141500`: digits with a blank between.
    let at = told.say("local_date_time").map(|t| if t.bytes().all(|b| b.is_ascii_digit() || b == b' ') { t.replace(' ', "") } else { t });
    event.moment = at.and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    event.signed_by = told.say("signed_by").filter(|_| event.state.is_delivered()).map(Private::new);
    event
}
