//! Royal Mail and Parcelforce: the Tracking API (v2, v3: summary, events, signature), the app's v3.1 with proof of
//! delivery, and the website's micro-summary. All speak of `mailPieces`, as one object or as a list.
//!
//! The documentation's own samples carry an error beside a good summary, and a signature on an item in transit; so an
//! error counts only where nothing else was told, and a signature never makes an item delivered.

mod ask;
mod codes;

use serde_json::Value;
use whereabouts_domain::{Proof, Source, State, TrackingEvent, Window};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::AskCard,
    checksum,
    clock::{self, DateOrder, ZoneRule},
    phrase::{self, Phrase, says, says_why},
    place,
    scraped::{self, Scraped},
    timeline::{Habit, oldest_first, one_per_number, says_nothing},
    tree::{self, field, rows, text},
};

pub static CARRIER: RoyalMail = RoyalMail;
pub struct RoyalMail;

static CARD: Card = Card { id: "royalmail", name: "Royal Mail", zone: "Europe/London", aggregator: false, codes: codes::CODES };

/// Wording that means something of its own here; the rest is common English.
const PHRASES: &[Phrase] = {
    use State::*;
    use whereabouts_domain::Reason;
    &[
        says("delivered*collection point", ReadyForCollection),
        says("local collect*collected", CollectedByShopper),
        says("left origin country", DepartedOriginCountry),
        says("item leaving the uk", DepartedOriginCountry),
        says("released from customs", ClearedThroughCustoms),
        says_why("held*customs*document", HeldAtCustoms, Reason::CustomsDocumentsMissing),
        says("held*customs", HeldAtCustoms),
        says("in customs", AtCustoms),
        says("ready for delivery", OutForDelivery),
        says("now due for delivery", OutForDelivery),
        says("item prepared for redelivery", DeliveryRescheduled),
        says_why("restricted or prohibited contents", HeldByCarrier, Reason::ProhibitedContents),
        says_why("forwarded mis sort", Misrouted, Reason::Missorted),
        says_why("fee to pay", HeldByCarrier, Reason::PaymentDue),
        says("keepsafe", HeldByCarrier),
        says("item retention", HeldByCarrier),
        says("were expecting it", Dispatched),
        says("sender preparing", Dispatched),
        says("=collected", CollectedByShopper),
        says("was collected from", CollectedByShopper),
        says("was collected by", CollectedByShopper),
        says("=returned to sender", ReturningToSender),
        says("its being redirected", Misrouted),
        // Parcelforce: "What does the tracking description mean?", help pages.
        says("=advised", Dispatched),
        says("=in progress", InTransit),
        says("on vehicle for delivery|loaded for delivery", OutForDelivery),
        says_why("addressee advised to collect", DeliveryFailedCardLeft, Reason::NobodyHome),
        says_why("sent to*post office", DeliveryFailedCardLeft, Reason::NobodyHome),
    ]
};

impl Carrier for RoyalMail {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        read(payload, Speaker::RoyalMail)
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let tree = match shape {
            Shape::Json(value) => std::borrow::Cow::Borrowed(value),
            Shape::Xml(root) => std::borrow::Cow::Owned(tree::of_xml(root)),
            Shape::Other => return 0,
        };
        let _ = payload;
        sure(&tree)
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        if checksum::s10_country(number) == Some("GB") {
            return Some((95, true));
        }
        // The two-dimensional barcode's unique item id, which the API takes in place of the printed number.
        let hex = number.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        if number.len() == 21 && hex && number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().any(|b| b.is_ascii_uppercase()) {
            return Some((60, false));
        }
        None
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
            .then(|| format!("https://www.royalmail.com/track-your-item#/tracking-results/{number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ask::ASKS
    }
}

/// Reads the group's dialect; `house` speaks where a mail piece does not say whose it is.
pub fn read(payload: &Payload, house: Speaker) -> Result<Reading, Unreadable> {
    let tree = tree::of(payload)?;
    let rule = ZoneRule::of(payload.zone, CARD.zone);
    let pieces: Vec<ParcelReading> = tree::outermost(&tree, &is_piece).into_iter().map(|p| piece(p, house, &rule)).collect();
    let orders: Vec<ParcelReading> = tree::outermost(&tree, &is_order).into_iter().map(order).collect();
    let pieces = if pieces.iter().all(says_nothing) && !orders.is_empty() { orders } else { pieces };
    if !pieces.iter().all(says_nothing) {
        return Ok(Reading { parcels: one_per_number(pieces) });
    }
    if let Some(error) = error_told(&tree) {
        return Err(Unreadable::error_reply(error));
    }
    let page: Vec<ParcelReading> = scraped::read(&tree).into_iter().map(|s| from_page(s, &rule)).collect();
    if !page.is_empty() {
        return Ok(Reading { parcels: one_per_number(page) });
    }
    let is_ours = !pieces.is_empty() || !tree::outermost(&tree, &|v| field(v, &["mailPieces", "mpDetails"]).is_some()).is_empty();
    if is_ours { Ok(Reading { parcels: pieces }) } else { Err(Unreadable::not_understood("no mail pieces in it")) }
}

/// Whether Parcelforce speaks in every mail piece of it.
pub fn is_parcelforce(tree: &Value) -> bool {
    let says_who = |v: &Value| text(v, &["carrierShortName", "carrierFullName"]).is_some();
    let is_theirs = |v: &&Value| {
        let short = text(v, &["carrierShortName"]).is_some_and(|n| matches!(n.to_ascii_uppercase().as_str(), "PFW" | "PF" | "PARCELFORCE"));
        short || text(v, &["carrierFullName"]).is_some_and(|n| n.to_lowercase().contains("parcelforce"))
    };
    let told = tree::outermost(tree, &says_who);
    !told.is_empty() && told.iter().all(is_theirs)
}

fn sure(tree: &Value) -> u8 {
    let has = |names: &[&str]| field(tree, names).is_some();
    let code_is_ours = |e: &&Value| text(e, &["errorCode"]).is_some_and(|c| c.len() == 5 && c.starts_with('E'));
    if has(&["mailPieces"]) || !tree::outermost(tree, &|v| field(v, &["mailPieces"]).is_some()).is_empty() {
        95
    } else if !tree::outermost(tree, &|v| is_piece(v) && field(v, &["mailPieceId"]).is_some()).is_empty() {
        92
    } else if !tree::outermost(tree, &is_order).is_empty() {
        85
    } else if has(&["httpCode"]) && rows(tree, &["errors"]).iter().any(code_is_ours) {
        95
    } else if (has(&["httpCode"]) && has(&["httpMessage"])) || rows(tree, &["errors"]).iter().any(code_is_ours) || has(&["mpDetails"]) {
        65
    } else if !tree::outermost(tree, &|v| v.as_object().is_some_and(|m| m.keys().any(|k| k.contains("getSingleItem")))).is_empty() {
        80
    } else {
        0
    }
}

/// A mail piece names itself, or has Royal Mail's rows under another wrapper.
fn is_piece(value: &Value) -> bool {
    let named = field(value, &["mailPieceId"]).is_some();
    let told = field(value, &["events", "summary", "signature", "error", "status", "lastEventCode"]).is_some();
    let row = |v: &Value| field(v, &["eventCode", "eventName", "trackPoint"]).is_some();
    (named && told)
        || (field(value, &["lastEventCode", "lastEventName"]).is_some())
        // The first API, in SOAP: a number and a sentence.
        || (text(value, &["trackingNumber"]).is_some() && text(value, &["summaryLine"]).is_some())
        || rows(value, &["events", "trackDetail"]).iter().any(|v| row(v))
}

fn piece(value: &Value, house: Speaker, rule: &ZoneRule) -> ParcelReading {
    let summary = field(value, &["summary"]).unwrap_or(value);
    let number =
        text(value, &["mailPieceId", "trackingNumber"]).or_else(|| text(summary, &["oneDBarcode", "uniqueItemId", "trackingNumber"]));
    // As printed on a receipt.
    let number = number.map(|n| n.split_whitespace().collect());
    let speaker = match text(value, &["carrierShortName"]).as_deref() {
        None => house,
        Some("RM") => Speaker::RoyalMail,
        Some(_) => Speaker::Other,
    };
    let mut events: Vec<TrackingEvent> =
        rows(value, &["events", "trackDetail"]).into_iter().filter_map(|row| event(row, speaker, rule)).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    let mut told = summary_told(summary, speaker, rule);
    prove(value, &mut events, &mut told);
    let fault = match field(value, &["error", "errors"]) {
        Some(error) if events.is_empty() && told.is_none() => Some(words_of(error)),
        _ => None,
    };
    ParcelReading {
        tracking_number: number,
        events,
        summary: told,
        estimated_delivery: field(value, &["estimatedDelivery"])
            .or_else(|| field(summary, &["estimatedDelivery"]))
            .and_then(|e| estimate(e, rule)),
        service: text(summary, &["productName"]),
        fault,
    }
}

fn event(row: &Value, speaker: Speaker, rule: &ZoneRule) -> Option<TrackingEvent> {
    let code = text(row, &["eventCode", "code"]);
    let name = text(row, &["eventName", "description", "eventDescription", "trackPoint", "eventType"]);
    if code.is_none() && name.is_none() {
        return None;
    }
    let place = match field(row, &["location"]) {
        Some(Value::Object(_)) => {
            text(row, &["locationName"]).or_else(|| text(field(row, &["location"])?, &["locationName", "name", "city", "postcode"]))
        }
        _ => text(row, &["locationName", "location", "eventLocationName"]),
    };
    let mut event = told(speaker, code, name.unwrap_or_default(), "", place);
    let day = text(row, &["eventDateTime", "dateTime", "eventDate", "trackDate", "date", "timestamp"]);
    let time = text(row, &["eventTime", "trackTime", "time"]);
    let rule = rule.for_country(event.location.country.as_deref());
    event.moment = clock::read_pair(day.as_deref(), time.as_deref(), DateOrder::DayFirst, &rule);
    Some(event)
}

/// The summary as an event; `more` are words that help to understand it but may name people, so they are not kept.
fn told(speaker: Speaker, code: Option<String>, name: String, more: &str, place: Option<String>) -> TrackingEvent {
    let known = code.as_deref().and_then(|c| meaning_of_code(c, speaker));
    let [spoken, more] = [&name, more].map(|text| phrase::understand(text, PHRASES));
    let (state, reason) = phrase::refine(Some(phrase::refine(known, spoken.or(more))), more);
    let mut event = TrackingEvent::new("", "", state);
    event.reason = reason;
    event.carrier_code = code;
    // The website's replies set names in bold with asterisks.
    event.description = name.replace("**", "");
    event.location = place.map(|p| place::named(&p)).unwrap_or_default();
    event
}

/// Royal Mail's catalogue is complete, so a code that is not in it is new to us: unknown, whatever the words suggest.
/// Parcelforce has codes of its own that were never published; there the words decide.
fn meaning_of_code(code: &str, speaker: Speaker) -> Option<phrase::Meaning> {
    let known = CARD.look_up(code).map(|c| (c.state, c.reason));
    known.or_else(|| (speaker == Speaker::RoyalMail).then_some((State::Unknown, None)))
}

/// Who speaks in a mail piece (`carrierShortName`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    RoyalMail,
    Other,
}

fn summary_told(summary: &Value, speaker: Speaker, rule: &ZoneRule) -> Option<TrackingEvent> {
    let code = text(summary, &["lastEventCode"]);
    let status = text(summary, &["statusDescription", "statusCategory"]);
    let name = text(summary, &["lastEventName"]).or(status);
    if code.is_none() && name.is_none() && text(summary, &["summaryLine"]).is_none() {
        return None;
    }
    let more =
        ["summaryLine", "statusDescription", "statusCategory"].iter().filter_map(|k| text(summary, &[k])).collect::<Vec<_>>().join(". ");
    let mut event = told(speaker, code, name.unwrap_or_default(), &more, text(summary, &["lastEventLocationName"]));
    event.source = Source::Summary;
    event.moment = text(summary, &["lastEventDateTime"]).and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    Some(event)
}

/// Puts signatory and evidence on the delivery, if there is one.
fn prove(value: &Value, events: &mut [TrackingEvent], summary: &mut Option<TrackingEvent>) {
    let parts: Vec<&Value> =
        [&["proofOfDeliveryData", "proofOfDelivery"][..], &["signature"][..]].iter().filter_map(|names| field(value, names)).collect();
    let signatory = parts.iter().find_map(|p| text(p, &["recipientName", "signedBy"]));
    let at = parts.iter().find_map(|p| text(p, &["deliveryDateTime", "signatureDateTime"]));
    let mut proof = Vec::new();
    for (kind, keys) in [("signature", &["signatureURI", "imageId", "image"][..]), ("photo", &["photoURI", "photoId"][..])] {
        if parts.iter().any(|p| text(p, keys).is_some()) {
            proof.push(Proof { kind: kind.into(), url: None, at: at.clone() });
        }
    }
    let delivery = events.iter_mut().filter(|e| e.state.is_delivered()).max_by_key(|e| e.at());
    for event in delivery.into_iter().chain(summary.iter_mut().filter(|s| s.state.is_delivered())) {
        event.signed_by = signatory.clone().map(Into::into);
        event.proof.clone_from(&proof);
    }
}

/// `{"date", "startOfEstimatedWindow", "endOfEstimatedWindow"}`: clocks, or words that are none; without an offset British ones.
fn estimate(value: &Value, rule: &ZoneRule) -> Option<Window> {
    let date = tree::plain(value).or_else(|| text(value, &["date", "estimatedDeliveryDate"]))?;
    let day = date.get(..10).filter(|d| d.parse::<jiff::civil::Date>().is_ok())?.to_string();
    let (start, end) = (text(value, &["startOfEstimatedWindow"]), text(value, &["endOfEstimatedWindow"]));
    Some(clock::window_on(&day, start.as_deref(), end.as_deref(), DateOrder::DayFirst, rule))
}

/// An order of Click & Drop, the shops' label tool: it knows the number and at best one line about where it is.
fn is_order(value: &Value) -> bool {
    field(value, &["orderIdentifier"]).is_some()
        && field(value, &["orderReference", "createdOn", "trackingNumber", "shippingDetails"]).is_some()
}

fn order(value: &Value) -> ParcelReading {
    let details = field(value, &["shippingDetails"]).unwrap_or(value);
    let packages = rows(value, &["packages"]);
    let number = text(value, &["trackingNumber"])
        .or_else(|| text(details, &["trackingNumber"]))
        .or_else(|| packages.iter().find_map(|p| text(p, &["trackingNumber"])));
    let said = text(details, &["shippingTrackingStatus"]);
    let mut summary = said.map(|said| told(Speaker::Other, None, said, "", None)).filter(|e| e.state != State::Unknown);
    if let Some(summary) = summary.as_mut() {
        summary.source = Source::Summary;
    }
    ParcelReading { tracking_number: number, summary, ..ParcelReading::default() }
}

/// Rows of the public page.
fn from_page(page: Scraped, rule: &ZoneRule) -> ParcelReading {
    let one = |row: scraped::Row| {
        let mut event = told(Speaker::Other, row.code, row.words, "", row.place);
        event.signed_by = row.signed_by.filter(|_| event.state.is_delivered()).map(Into::into);
        let rule = rule.for_country(event.location.country.as_deref());
        event.moment = clock::read_pair(row.day.as_deref(), row.time.as_deref(), DateOrder::DayFirst, &rule);
        event
    };
    let mut events: Vec<TrackingEvent> = page.rows.into_iter().map(one).collect();
    oldest_first(&mut events, Habit::NewestFirst);
    ParcelReading { tracking_number: page.number, events, ..ParcelReading::default() }
}

/// The error of a whole reply.
fn error_told(tree: &Value) -> Option<String> {
    let error = field(tree, &["errors", "error", "fault", "httpMessage"])?;
    let code = text(tree, &["httpCode"]).map(|c| format!("{c} ")).unwrap_or_default();
    Some(format!("{code}{}", words_of(error)).trim().to_string())
}

fn words_of(error: &Value) -> String {
    let one = |e: &Value| {
        let code = text(e, &["errorCode", "code"]);
        let what = text(e, &["errorDescription", "description", "message", "errorCause", "faultstring"]);
        [code, what].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    match tree::plain(error) {
        Some(plain) => plain,
        None => tree::items(error).into_iter().map(one).filter(|t| !t.is_empty()).collect::<Vec<_>>().join("; "),
    }
}
