//! InPost: ShipX (Poland) replies and webhooks, the app's parcels, the group's tracking API and webhooks (United Kingdom,
//! Italy, Spain, Portugal, …), and the tracking page's proxy.
//!
//! "Delivered" by a locker parcel means that somebody opened the locker: where the parcel waited to be collected before,
//! it was collected by the shopper. Open codes, QR codes, phone numbers and addresses of people are never read.

mod ask;
mod codes;

use serde_json::Value;
use whereabouts_domain::{
    Location, PickupPoint, Source,
    State::{self, *},
    TrackingEvent, Window,
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::AskCard,
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    phrase::{self, Meaning, Phrase, says, says_why},
    place,
    scraped::{self, Scraped},
    timeline::{Habit, oldest_first, one_per_number, says_nothing},
    tree::{self, field, plain, rows, text},
};

pub static CARRIER: InPost = InPost;
pub struct InPost;

static CARD: Card = Card { id: "inpost", name: "InPost", zone: "Europe/Warsaw", aggregator: false, codes: codes::CODES };

/// The tracking pages' own words in Polish and Italian, beside those that are shared.
const PHRASES: &[Phrase] = {
    use whereabouts_domain::Reason::*;
    &[
        says("przesyłka utworzona", Dispatched),
        says("przygotowana przez nadawcę", Dispatched),
        says("nadana", DroppedOff),
        says("odebrana przez kuriera", CollectedByCarrier),
        says("odebrana od klienta", CollectedByCarrier),
        says("odebrana od nadawcy", CollectedByCarrier),
        says("przyjęta w oddziale docelowym", AtDeliveryDepot),
        says("przyjęta w", ArrivedAtHub),
        says("wysłana z", DepartedHub),
        says("w trasie", InTransit),
        says("wydana do doręczenia", OutForDelivery),
        says("w doręczeniu", OutForDelivery),
        says("przekazano do doręczenia", OutForDelivery),
        says("gotowa do odbioru", ReadyForCollection),
        says("umieszczona w", ReadyForCollection),
        says("czeka na odbiór", ReadyForCollection),
        says("oczekuje na odbiór", ReadyForCollection),
        says("przypomnienie", CollectionReminder),
        says_why("upłynął termin odbioru", FailedToCollect, NotCollected),
        says_why("odmowa przyjęcia", DeliveryRefused, Refused),
        says("brak możliwości doręczenia", DeliveryFailed),
        says("opóźnienie", Delayed),
        says("zwrócona do nadawcy", ReturnedToSender),
        says("zwrot do nadawcy", ReturningToSender),
        says("=odebrana", CollectedByShopper),
        says("placed in*locker by*sender", DroppedOff),
        says("placed in*locker", ReadyForCollection),
        says("pronto per il ritiro", ReadyForCollection),
        says("disponibile per il ritiro", ReadyForCollection),
        says("in consegna", OutForDelivery),
        says("ritirato", CollectedByShopper),
        says("in transito", InTransit),
    ]
};

impl Carrier for InPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let mut parcels: Vec<ParcelReading> =
            tree::outermost(&tree, &|v| is_webhook(v) || is_parcel(v) || is_event(v)).into_iter().map(|v| parcel(v, &rule)).collect();
        for missing in rows(&tree, &["failures", "notFound"]) {
            let fault = Some("the number is not known".to_string());
            parcels.push(ParcelReading { tracking_number: text(missing, NUMBERS), fault, ..ParcelReading::default() });
        }
        if parcels.iter().all(says_nothing) {
            let page: Vec<ParcelReading> = scraped::read(&tree).into_iter().map(|s| from_page(s, &rule)).collect();
            parcels = if page.is_empty() { parcels } else { page };
        }
        let mut parcels = one_per_number(parcels);
        parcels.iter_mut().for_each(finish);
        if parcels.is_empty() { nothing_told(&tree) } else { Ok(Reading { parcels }) }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        if payload.header("x-inpost-event-id").or_else(|| payload.header("x-inpost-event-version")).is_some() {
            return 99;
        }
        match shape {
            Shape::Json(value) => sure(value),
            Shape::Xml(root) => sure(&tree::of_xml(root)).min(80),
            Shape::Other => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        match number.len() {
            24 if digits => Some((90, false)),
            18 if digits && number.starts_with('6') => Some((45, false)),
            _ => None,
        }
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://inpost.pl/sledzenie-przesylek?number={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }
}

const NUMBERS: &[&str] = &["shipmentNumber", "tracking_number", "trackingNumber", "mainTrackingNumber", "parcelCode", "number"];
const ROWS: &[&str] = &["eventLog", "tracking_details", "trackingDetails", "events", "history", "statusHistory", "trackingHistory"];
const TIMES: &[&str] = &["datetime", "date", "timestamp", "eventTimestamp", "changed_at", "created_at", "time"];

fn is_parcel(value: &Value) -> bool {
    let named = field(value, NUMBERS).is_some() || field(value, &["id"]).is_some();
    named && field(value, ROWS).is_some()
        || (field(value, NUMBERS).is_some() && text(value, &["status"]).is_some() && text(value, &["eventCode"]).is_none())
}

/// A pushed event of the group's API, alone.
fn is_event(value: &Value) -> bool {
    text(value, &["eventCode"]).is_some() && field(value, TIMES).is_some()
}

/// ShipX: `{"event_ts", "event", "organization_id", "payload": {…}}`.
fn is_webhook(value: &Value) -> bool {
    text(value, &["event"]).is_some() && field(value, &["payload"]).is_some_and(Value::is_object)
}

fn parcel(value: &Value, rule: &ZoneRule) -> ParcelReading {
    if is_webhook(value) {
        return pushed(value, rule);
    }
    if is_event(value) && field(value, ROWS).is_none() {
        return ParcelReading {
            tracking_number: text(value, NUMBERS),
            events: event(value, rule).into_iter().collect(),
            ..ParcelReading::default()
        };
    }
    let mut events: Vec<TrackingEvent> = rows(value, ROWS).into_iter().filter_map(|row| event(row, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let point = pickup_point(value);
    for event in events.iter_mut().filter(|e| matches!(e.state, ReadyForCollection | CollectionReminder)) {
        event.pickup_point = event.pickup_point.take().or_else(|| point.clone());
    }
    let mut summary = summary(value, rule);
    if point.is_some() || is_to_locker(value) {
        let at_point = events.iter_mut().chain(summary.iter_mut()).filter(|e| e.state == Delivered);
        at_point.for_each(|e| e.state = CollectedByShopper);
    }
    ParcelReading {
        tracking_number: text(value, NUMBERS).or_else(|| text(value, &["id"])),
        events,
        summary,
        estimated_delivery: text(value, &["expectedDeliveryDate", "estimatedDeliveryDate", "estimated_delivery"])
            .and_then(|t| clock::read(&t, DateOrder::DayFirst, rule))
            .map(|m| Window { start: None, end: Some(m.local_time().get(..10).unwrap_or_default().to_string()) }),
        service: text(value, &["service", "shipmentType"]),
        fault: None,
    }
}

/// A ShipX webhook: the status in its payload is the event.
fn pushed(value: &Value, rule: &ZoneRule) -> ParcelReading {
    let inner = field(value, &["payload"]).unwrap_or(value);
    let name = text(value, &["event"]).unwrap_or_default();
    let status = text(inner, &["status"]).or_else(|| name.eq_ignore_ascii_case("shipment_confirmed").then(|| "confirmed".to_string()));
    let events = status.map(|code| {
        let (state, reason) = meaning(Some(&code), "");
        let mut event = TrackingEvent::new("", "", state);
        event.reason = reason;
        event.carrier_code = Some(code);
        event.moment = text(value, &["event_ts", "timestamp"]).and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
        event
    });
    ParcelReading { tracking_number: text(inner, NUMBERS), events: events.into_iter().collect(), ..ParcelReading::default() }
}

fn event(row: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let code = text(row, &["eventCode", "status", "name", "code"]);
    let said = text(row, &["eventDescription", "eventTitle", "statusTitle", "statusDescription", "description", "title"]);
    if code.is_none() && said.is_none() {
        return None;
    }
    let said = said.unwrap_or_default();
    let (state, reason) = meaning(code.as_deref(), &said);
    let mut event = TrackingEvent::new("", "", state);
    event.reason = reason;
    event.carrier_code = code;
    event.description = said;
    event.source_id = text(row, &["eventId"]);
    event.location = place(row);
    let here =
        field(row, &["location"]).filter(|l| matches!(text(l, &["type"]).as_deref(), Some("LOCKER_POINT" | "PUDO_POINT" | "MPOK_POINT")));
    event.pickup_point = here.filter(|_| state == ReadyForCollection).map(point_of_group);
    if state.is_delivered() {
        event.signed_by = field(row, &["delivery"]).and_then(|d| text(d, &["recipientName"])).map(Into::into);
    }
    let rule = rule.for_country(event.location.country.as_deref());
    event.moment = text(row, TIMES).and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
    Some(event)
}

/// Rows of the public page: here the words may stand where the code should.
fn from_page(page: Scraped, rule: &ZoneRule) -> ParcelReading {
    let one = |row: scraped::Row| {
        let code = row.code.or_else(|| CARD.look_up(&row.words).map(|_| row.words.clone()));
        let (state, reason) = meaning(code.as_deref(), &row.words);
        let mut event = TrackingEvent::new("", "", state);
        event.reason = reason;
        event.carrier_code = code;
        event.description = row.words;
        event.signed_by = row.signed_by.filter(|_| state.is_delivered()).map(Into::into);
        event.location = row.place.map(|p| place::named(&p)).unwrap_or_default();
        let rule = rule.for_country(event.location.country.as_deref());
        event.moment = clock::read_pair(row.day.as_deref(), row.time.as_deref(), DateOrder::DayFirst, &rule);
        event
    };
    let mut events: Vec<TrackingEvent> = page.rows.into_iter().map(one).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    ParcelReading { tracking_number: page.number, events, ..ParcelReading::default() }
}

/// All catalogues are complete, so a code that is in none is unknown; only without a code do the words decide.
fn meaning(code: Option<&str>, said: &str) -> Meaning {
    match code {
        None => phrase::refine(None, phrase::understand(said, PHRASES)),
        Some(code) => CARD.look_up(code).map_or((Unknown, None), |c| (c.state, c.reason)),
    }
}

fn place(row: &Value) -> Location {
    let told = field(row, &["location", "place", "agency"]);
    match told {
        Some(object @ Value::Object(_)) => {
            // An address location is somebody's home: only its town and country are kept.
            let is_home = text(object, &["type"]).as_deref() == Some("ADDRESS");
            let city = text(object, &["city"]);
            Location {
                text: text(object, &["name", "id"]).filter(|_| !is_home).or_else(|| city.clone()),
                city,
                postcode: text(object, &["postalCode", "postCode"]).filter(|_| !is_home),
                country: text(object, &["country", "countryCode"]).and_then(|c| alpha2(&c)),
                latitude: None,
                longitude: None,
                region: None,
            }
        }
        Some(line) => plain(line).map(|l| place::named(&l)).unwrap_or_default(),
        None => Location::default(),
    }
}

fn point_of_group(location: &Value) -> PickupPoint {
    let lines: Vec<String> = ["address", "postalCode", "city"].iter().filter_map(|k| text(location, &[k])).collect();
    PickupPoint {
        name: text(location, &["name", "id"]),
        address: (!lines.is_empty()).then(|| lines.join(", ")),
        hours: None,
        collect_by: None,
    }
}

/// The locker or shop where it waits: a public place, unlike the receiver's address.
fn pickup_point(value: &Value) -> Option<PickupPoint> {
    let attributes = field(value, &["custom_attributes"]);
    let point = field(value, &["pickUpPoint"]).or_else(|| field(attributes?, &["target_machine_detail"])).filter(|p| p.is_object())?;
    let address = field(point, &["addressDetails", "address"]).unwrap_or(point);
    let street = [text(address, &["street"]), text(address, &["buildingNumber"])].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let town = [text(address, &["postCode", "postalCode"]), text(address, &["city"])].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let lines = text(address, &["line1"]).into_iter().chain(text(address, &["line2"])).chain([street, town]);
    let address: Vec<String> = lines.filter(|l| !l.is_empty()).collect();
    Some(PickupPoint {
        name: text(point, &["name", "id"]),
        address: (!address.is_empty()).then(|| address.join(", ")),
        hours: text(point, &["openingHours", "opening_hours"]),
        collect_by: text(value, &["expiryDate", "collectBy"]),
    })
}

fn is_to_locker(value: &Value) -> bool {
    let attributes = field(value, &["custom_attributes"]).unwrap_or(value);
    text(attributes, &["target_machine_id"]).is_some() || text(value, &["service"]).is_some_and(|s| s.contains("locker"))
}

fn summary(value: &Value, rule: &ZoneRule) -> Option<TrackingEvent> {
    let code = text(value, &["status"])?;
    let (state, reason) = meaning(Some(&code), "");
    let mut event = TrackingEvent::new("", "", state);
    event.source = Source::Summary;
    event.reason = reason;
    event.description = text(value, &["statusTitle"]).unwrap_or_default();
    // The app tells when the parcel was stored in the locker and when it was taken out.
    let at = match state {
        Delivered => text(value, &["pickUpDate"]),
        ReadyForCollection => text(value, &["storedDate"]),
        _ => None,
    };
    event.moment = at.or_else(|| text(value, &["updatedAt", "updated_at"])).and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    event.carrier_code = Some(code);
    (state != Unknown).then_some(event)
}

/// What waited to be collected and was then "delivered" was collected.
fn finish(parcel: &mut ParcelReading) {
    let mut dated: Vec<&mut TrackingEvent> = parcel.events.iter_mut().collect();
    dated.sort_by_key(|e| e.at());
    let mut waits = false;
    for event in dated {
        match event.state {
            ReadyForCollection | CollectionReminder => waits = true,
            OutForDelivery | FailedToCollect => waits = false,
            Delivered if waits => event.state = CollectedByShopper,
            _ => {}
        }
    }
    if let Some(summary) = parcel.summary.as_mut().filter(|s| waits && s.state == State::Delivered) {
        summary.state = CollectedByShopper;
    }
}

fn nothing_told(tree: &Value) -> Result<Reading, Unreadable> {
    let status = text(tree, &["status", "code", "statusCode", "errorCode"]).unwrap_or_default();
    let said = text(tree, &["message", "detail", "error", "title", "errorMessage", "description", "key"])
        .or_else(|| rows(tree, &["errors"]).into_iter().find_map(|e| text(e, &["message", "code", "detail"])));
    if let Some(said) = said {
        return Err(Unreadable::error_reply(format!("{status} {said}").trim().to_string()));
    }
    let is_empty = tree.as_array().is_some_and(Vec::is_empty) || ["parcels", "events", "items"].iter().any(|k| field(tree, &[k]).is_some());
    if is_empty { Ok(Reading::default()) } else { Err(Unreadable::not_understood("no parcels and no events in it")) }
}

/// `CRE.1001`, `CC.001`: letters, a dot, three or four digits.
fn is_group_code(code: &str) -> bool {
    code.split_once('.').is_some_and(|(phase, number)| {
        (2..=3).contains(&phase.len())
            && phase.bytes().all(|b| b.is_ascii_alphabetic())
            && (3..=4).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn sure(tree: &Value) -> u8 {
    let any = |wanted: &dyn Fn(&Value) -> bool| !tree::outermost(tree, wanted).is_empty();
    let group = |v: &Value| text(v, &["eventCode", "status"]).is_some_and(|c| is_group_code(&c));
    let is_error = |names: &[&str]| text(tree, &["error", "key"]).is_some_and(|e| names.contains(&e.as_str()));
    let known = |v: &Value| text(v, &["status"]).is_some_and(|s| CARD.look_up(&s).is_some());
    if any(&|v| field(v, &["shipmentNumber"]).is_some() && field(v, &["eventLog"]).is_some()) || any(&group) {
        95
    } else if any(&|v| field(v, &["tracking_details"]).is_some() && field(v, &["custom_attributes"]).is_some()) {
        93
    } else if text(tree, &["event"]).is_some_and(|e| e.starts_with("shipment_")) && field(tree, &["payload"]).is_some() {
        92
    } else if any(&|v| field(v, &["origin_status"]).is_some() && field(v, &["datetime"]).is_some()) {
        90
    } else if any(&|v| field(v, &["shipmentNumber"]).is_some() && known(v)) {
        78
    } else if is_error(&["resource_not_found", "invalid_parameter", "token_invalid"]) && field(tree, &["status"]).is_some() {
        75
    } else {
        0
    }
}
