//! Landmark Global: the Mercury tracking API's XML and the tracking file (comma-separated, one status a line).
//!
//! A package has two numbers: Landmark's own (`LTN…`) and that of the carrier that delivers it. When the reply names that
//! carrier, the parcel is known under Landmark's number, else under the package's.
//!
//! Quirks: clocks have no offset. Scans in Landmark's own facilities are told in their local time; what partners report,
//! and everything in the file, in US Central time. Codes are groups; the words tell which of the group it was.

use serde_json::Value;
use whereabouts_domain::{
    Location,
    Reason::*,
    State::{self, *},
    TrackingEvent,
};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, why};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    csv,
    phrase::{self, Phrase, says, says_why},
    place,
    timeline::{self, Habit, oldest_first},
    tree::{self, Tree},
};

pub static CARRIER: Landmark = Landmark;
pub struct Landmark;

static CARD: Card = Card { id: "landmark", name: "Landmark Global", zone: "America/Chicago", aggregator: false, codes: CODES };

/// "Possible tracking status codes" of the tracking file specifications and of the tracking API, 2024.
const CODES: &[Code] = &[
    code("50", Dispatched),
    code("60", Dispatched),
    code("75", Dispatched),
    code("80", Dispatched),
    why("90", HeldByCarrier, PaymentDue),
    code("100", Dispatched),
    code("125", ClearedThroughCustoms),
    code("135", HeldAtCustoms),
    code("150", DepartedOriginCountry),
    code("155", ArrivedAtDestinationCountry),
    code("200", ArrivedAtHub),
    code("225", ArrivedAtHub),
    code("250", ArrivedAtHub),
    code("275", InTransit),
    code("300", OutForDelivery),
    code("400", DeliveryAttempted),
    code("410", ReadyForCollection),
    code("450", DeliveryAddressChanged),
    code("500", State::Delivered),
    code("510", ProofOfDeliveryAvailable),
    code("550", ReturningToSender),
    code("570", ReturnedToSender),
    code("800", ShipmentIssue),
    code("900", DeliveryFailed),
];

/// Which of its group it was.
const PHRASES: &[Phrase] = &[
    says(
        "customs transmission|transmitted customs|customs information sent|customs clearance in progress|held for customs review",
        AtCustoms,
    ),
    says("departure to country of destination|departed origin country", DepartedOriginCountry),
    says("arrival from abroad|received in destination country", ArrivedAtDestinationCountry),
    says("arrival distribution office|arrival at delivery office|received by local delivery", AtDeliveryDepot),
    says("outgoing scan|departure to distribution|despatched from|departed facility", DepartedHub),
    says("incoming scan|parcel received at service centre", ArrivedAtHub),
    says("parcel collected|collected from sender", CollectedByCarrier),
    says_why("refused", DeliveryRefused, Refused),
];

/// Where Landmark scans by itself, and in which country that is.
const FACILITIES: &[(&str, &str)] = &[("feltham", "GB"), ("heston", "GB"), ("machelen", "BE"), ("brucargo", "BE"), ("mississauga", "CA")];

impl Carrier for Landmark {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        if !matches!(payload.first_byte(), Some(b'<' | b'{' | b'[')) {
            let parcels = csv::table(payload.body)
                .iter()
                .flat_map(|t| t.objects())
                .filter(is_of_file)
                .map(|r| of_file(&r, &rule))
                .collect::<Vec<_>>();
            return if parcels.is_empty() {
                Err(Unreadable::not_understood("no Landmark tracking in it"))
            } else {
                Ok(Reading { parcels: timeline::one_per_number(parcels) })
            };
        }
        let tree = tree::of(payload)?;
        let results = tree.find("TrackResponse");
        let results = if results.is_empty() { vec![&tree] } else { results };
        let mut parcels = Vec::new();
        for result in &results {
            let is_handed_on = result.find("EndDeliveryCarrier").first().is_some_and(|c| tree::plain(c).is_some());
            let packages = result.find("Package").into_iter().filter(|p| p.is_object());
            parcels.extend(packages.map(|p| package(p, is_handed_on, payload.number, &rule)));
        }
        let mut complaints: Vec<String> = tree.find("Error").into_iter().filter_map(|e| e.first(&["ErrorMessage", "ErrorCode"])).collect();
        if parcels.is_empty() {
            let failed = results.iter().any(|r| r.say("Result.Success").is_some_and(|s| s.eq_ignore_ascii_case("false")));
            complaints.extend(tree.find("ResultMessage").into_iter().filter_map(tree::plain).filter(|_| failed));
            let why = complaints.into_iter().next().map(|w| plainly(&w));
            return match why {
                Some(why) => Err(Unreadable::error_reply(why)),
                None if tree.knows("TrackResponse") => Ok(Reading::default()),
                None => Err(Unreadable::not_understood("no Landmark tracking in it")),
            };
        }
        parcels.extend(complaints.into_iter().map(|why| ParcelReading { fault: Some(plainly(&why)), ..ParcelReading::default() }));
        Ok(Reading { parcels })
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        match shape {
            Shape::Xml(root) if root.find("LandmarkTrackingNumber").is_some() => 98,
            Shape::Xml(root)
                if root
                    .find("TrackResponse")
                    .is_some_and(|r| r.at("Errors/Error/ErrorMessage").is_some() || r.at("Result/Success").is_some()) =>
            {
                92
            }
            Shape::Json(tree) if !tree.find("LandmarkTrackingNumber").is_empty() => 95,
            Shape::Other if is_file(payload.body) => 95,
            _ => 0,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let (serial, piece) = number.strip_prefix("LTN")?.split_once('N')?;
        let digits = |t: &str, most: usize| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        (serial.len() >= 8 && digits(serial, 9) && digits(piece, 3)).then_some((95, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("https://track.landmarkglobal.com/?search={number}"))
    }
}

/// A complaint may be a piece of a page, its tags escaped; what stands before them is what it says.
fn plainly(complaint: &str) -> String {
    let said = complaint.replace("&lt;", "<").replace("&gt;", ">");
    said.split("<br").next().map(phrase::without_tags).unwrap_or_default()
}

fn package(told: &Value, is_handed_on: bool, asked: Option<&str>, rule: &ZoneRule) -> ParcelReading {
    let (own, other) = (told.say("LandmarkTrackingNumber"), told.say("TrackingNumber"));
    let asked = [&own, &other].into_iter().find(|n| n.as_deref().is_some_and(|n| Some(n) == asked)).cloned().flatten();
    let number = asked.or(if is_handed_on { own.clone().or(other) } else { other.or(own) });
    let rows = told.list("Events.Event");
    let mut events: Vec<TrackingEvent> =
        rows.into_iter().map(|row| event(row, ["EventCode", "Status", "DateTime", "Location"], rule)).collect();
    oldest_first(&mut events, Habit::OldestFirst);
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}

fn event(row: &Value, [code, words, time, location]: [&str; 4], rule: &ZoneRule) -> TrackingEvent {
    let mut event = CARD.event(row.say(code), row.say(words).unwrap_or_default(), PHRASES);
    event.location = row.say(location).map(|l| somewhere(&l)).unwrap_or_default();
    let rule = place::rule_at(rule, &event.location);
    event.moment = row.say(time).and_then(|t| clock::read(&t, DateOrder::MonthFirst, &rule));
    event
}

/// `Quebec City, QC, CA`, `Feltham, SRY`, `Romulus, MI`, or a name alone.
fn somewhere(line: &str) -> Location {
    let mut found = place::of_line(line);
    let town = found.city.clone().unwrap_or_else(|| line.to_string()).to_lowercase();
    if found.country.is_none() {
        found.country = FACILITIES.iter().find(|(name, _)| town.starts_with(name)).map(|(_, country)| (*country).to_string());
    }
    if found.country.is_none()
        && let Some(region) = found.region.clone()
    {
        // `Berlin, DE` and `Romulus, MI`: two letters are a country where there is one of that name, else a state of the US.
        match alpha2(&region) {
            Some(country) => (found.region, found.country) = (None, Some(country)),
            None if place::is_state(&region) => found.country = Some("US".into()),
            None => {}
        }
    }
    found
}

fn is_file(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    (body.starts_with(b"Client") || body.starts_with(b"\"Client"))
        && csv::table(body).is_some_and(|t| t.objects().next().is_some_and(|r| is_of_file(&r)))
}

fn is_of_file(row: &Value) -> bool {
    row.knows("Landmark Tracking Number") && (row.knows("Status Code") || row.knows("Status"))
}

fn of_file(row: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut event = event(row, ["Status Code", "Status", "Time", "Location"], rule);
    // All times of the file are of one zone, wherever it happened.
    event.moment = row.say("Time").and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    ParcelReading { tracking_number: row.say("Landmark Tracking Number"), events: vec![event], ..ParcelReading::default() }
}
