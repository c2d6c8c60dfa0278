//! DHL Global Mail, since 2014 DHL eCommerce: the mail items of its former tracking API (`mailItems`, events with a zone's
//! letters beside the clock), and, read where that is read, the packages of its successor.
//!
//! Names of fields and codes could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{TimeBasis, TrackingEvent};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable, by_id, dhl_ecommerce_americas::zone};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    place, reply, spoken,
    timeline::{Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: DhlGlobalMail = DhlGlobalMail;
pub struct DhlGlobalMail;

static CARD: Card = Card { id: "dhl_global_mail", name: "DHL Global Mail", zone: "America/New_York", aggregator: false, codes: &[] };

const SUCCESSOR: &str = "dhl_ecommerce_americas";

impl Carrier for DhlGlobalMail {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [crate::phrase::Phrase]> {
        Some(&[])
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let items = items(&tree);
        if !items.is_empty() {
            let rule = ZoneRule::of(payload.zone, CARD.zone);
            return Ok(Reading { parcels: items.into_iter().map(|i| parcel(i, payload.number, &rule)).collect() });
        }
        if let Some(error) = tree.first(&["meta.error.message", "meta.error.error_message", "meta.error.error_type"]) {
            return reply::of(Vec::new(), Some(error), false, CARD.name);
        }
        match by_id(SUCCESSOR).map(|successor| successor.read(payload)) {
            Some(Ok(mut reading)) if !reading.parcels.is_empty() => {
                for parcel in &mut reading.parcels {
                    parcel.events.iter_mut().chain(&mut parcel.summary).for_each(|event| event.carrier = CARD.id.into());
                }
                Ok(reading)
            }
            Some(Err(refusal @ Unreadable::ErrorReply(_))) => Err(refusal),
            _ => spoken::read(payload, &CARD, &[]),
        }
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let tree = match shape {
            Shape::Xml(root) => &tree::of_xml(root),
            Shape::Json(tree) => tree,
            Shape::Other => return 0,
        };
        if tree.owners("mailItems").is_empty() && tree.owners("mailItem").is_empty() { 0 } else { 94 }
    }

    /// `GM` and what follows it, mostly digits; fourteen digits alone are weak evidence.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if digits == number.len() {
            return (digits == 14).then_some((15, false));
        }
        let rest = number.strip_prefix("GM")?;
        let form = (10..=39).contains(&rest.len()) && digits > 0 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        form.then_some((if digits == rest.len() { 80 } else { 55 }, false))
    }
}

fn items(tree: &Value) -> Vec<&Value> {
    let found = ["mailItem", "mailItems"].iter().map(|name| tree.find(name)).find(|found| !found.is_empty()).unwrap_or_default();
    found.into_iter().filter(|i| i.is_object() && (i.knows("mail") || tree::field(i, &["events"]).is_some())).collect()
}

/// A mail item has several numbers; the one that was asked for is the one it is known by.
const NUMBERS: &[&str] = &["mail.dhlGmNumber", "mail.barcode", "mail.mailIdentifier", "mail.customerConfirmationNumber", "mail.dspNumber"];

fn parcel(told: &Value, asked: Option<&str>, rule: &ZoneRule) -> ParcelReading {
    let rows = ["events.event", "events"].iter().map(|p| told.list(p)).find(|rows| !rows.is_empty()).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter(|r| r.is_object()).map(|r| event(r, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let known = |number: &&str| NUMBERS.iter().any(|path| told.say(path).as_deref() == Some(*number));
    let number = asked.filter(known).map(str::to_string).or_else(|| told.first(NUMBERS));
    ParcelReading { tracking_number: number, events, service: told.say("mail.service"), ..ParcelReading::default() }
}

fn event(told: &Value, rule: &ZoneRule) -> TrackingEvent {
    let mut event =
        CARD.event_in_words(told.first(&["id", "eventId"]), told.first(&["description", "eventDescription"]).unwrap_or_default(), &[]);
    event.location = told.say("location").map(|l| place::of_line(&l)).unwrap_or_default();
    event.location.postcode = told.say("postalCode").or(event.location.postcode.take());
    event.location.country = told.say("country").and_then(|c| crate::country::alpha2(&c)).or(event.location.country.take());
    let rule = place::rule_at(rule, &event.location);
    let day = told.first(&["date", "eventDate"]);
    let time = told.first(&["time", "eventTime"]);
    // `ET` and its like name a zone beside the clock, `EST` is an offset.
    let told = told.say("timeZone");
    let named = told.as_deref().filter(|z| z.len() == 2).and_then(zone);
    let rule = named.map_or(rule, |zone| ZoneRule { zone, basis: TimeBasis::Offset });
    let with_zone = time.clone().zip(told.filter(|z| z.len() > 2)).map(|(t, z)| format!("{t} {z}"));
    event.moment = clock::read_pair(day.as_deref(), with_zone.or(time).as_deref(), DateOrder::MonthFirst, &rule);
    event
}
