//! DHL Paket (Germany): the XML of "Sendungsverfolgung" for business customers, and the JSON of the consumer site.
//!
//! Quirks: everything in the XML is an attribute of elements that are all called `data`; old replies spell
//! `pieceevent`, new ones `piece-event`, and may put the events beside the piece instead of inside. Clocks are German
//! without an offset, `17.03.2016 11:44`. The consumer site has no codes, only words, sometimes with links in them.

use serde_json::Value;
use whereabouts_domain::{Location, Reason, State, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code, dhl_universal};
use crate::{
    ask::AskCard,
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    json::{Walk, first_text},
    phrase, timeline,
    xml::Element,
};

pub static CARRIER: DhlParcelDe = DhlParcelDe;
pub struct DhlParcelDe;

static CARD: Card = Card { id: "dhl_parcel_de", name: "DHL Paket", zone: "Europe/Berlin", aggregator: false, codes: CODES };

/// Standard event codes (two letters), then the international coded events (`ice`, five letters).
static CODES: &[Code] = &[
    code("VA", State::Dispatched),
    code("ES", State::DroppedOff),
    code("AE", State::CollectedByCarrier),
    code("AN", State::CarrierUnableToCollect),
    code("AA", State::InTransit),
    code("EE", State::ArrivedAtHub),
    code("PO", State::OutForDelivery),
    code("ZU", State::Delivered),
    code("ZN", State::DeliveryFailed),
    code("ZO", State::AtCustoms),
    code("LA", State::ReadyForCollection),
    code("RT", State::ReturningToSender),
    code("GT", State::ForInformation),
    code("PARCV", State::Dispatched),
    code("SHRCU", State::DroppedOff),
    code("PCKDU", State::CollectedByCarrier),
    code("LDTMV", State::InTransit),
    code("MVARR", State::ArrivedAtHub),
    code("MVDPT", State::DepartedHub),
    code("MVDEX", State::InTransit),
    code("MVTEX", State::InTransit),
    code("ULFMV", State::ArrivedAtHub),
    code("SRTED", State::InTransit),
    code("FWDCF", State::InTransit),
    code("EXPHD", State::HeldByCarrier),
    code("HLDCC", State::ReadyForCollection),
    code("CNRFC", State::ReadyForCollection),
    code("NTDEL", State::DeliveryFailed),
    code("NDELV", State::DeliveryFailed),
    code("DLVRF", State::DeliveryFailed),
    code("DLVRD", State::Delivered),
    code("RETRN", State::ReturningToSender),
    code("DSPSD", State::Destroyed),
];

/// Standard codes that DHL uses for several things: only the international code or the words tell which.
const AMBIGUOUS: &[&str] =
    &["AV", "BV", "CV", "DD", "EK", "HI", "KD", "NB", "PL", "RO", "RW", "SD", "SE", "TA", "TR", "UM", "UV", "VU", "ZF"];

impl Carrier for DhlParcelDe {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        if payload.first_byte() != Some(b'<') {
            return read_site(&payload.json()?, &rule);
        }
        if let Some(title) = html_title(payload.body) {
            return Err(Unreadable::error_reply(title));
        }
        read_xml(&payload.xml()?, payload.number, &rule)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        if let Some(root) = shape.xml() {
            let all = root.find_all("data");
            let is_own = all.iter().any(|d| kind(d).starts_with("piece"));
            let is_error = all.iter().any(|d| d.attributes.iter().any(|(name, _)| name == "error"));
            return if root.name != "data" {
                0
            } else if is_own {
                97
            } else if is_error {
                85
            } else {
                0
            };
        }
        let Some(body) = shape.json() else { return 0 };
        let pieces = pieces(body);
        let is_own = pieces.iter().any(|p| p.has("sendungsdetails") || p.has("sendungNichtGefunden") || p.has("sendungsinfo"));
        if is_own || body.at("sendungen").is_some_and(Value::is_array) { 96 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        match number.len() {
            20 if digits && number.starts_with("003404") && gs1_fits(number) => Some((92, true)),
            12 if digits && identcode_fits(number) => Some((35, true)),
            15.. if number.starts_with("JJD") && !number.starts_with("JJD0002") && number[3..].bytes().all(|b| b.is_ascii_digit()) => {
                Some((60, false))
            }
            _ => None,
        }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}"))
    }

    fn asks(&self) -> &'static [AskCard] {
        ASKS
    }
}

/// The gateway's HTML answer ("401 Unauthorized"), told by its title.
fn html_title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    lower.contains("<html").then(|| {
        let inner = lower.find("<title>").zip(lower.find("</title>")).and_then(|(from, to)| text.get(from + 7..to));
        inner.map_or("a web page instead of data", str::trim).to_string()
    })
}

/// `piece-event` and `pieceevent` are the same.
fn kind(data: &Element) -> String {
    data.attribute("name").unwrap_or_default().replace('-', "").to_ascii_lowercase()
}

fn read_xml(root: &Element, asked: Option<&str>, rule: &ZoneRule) -> Result<Reading, Unreadable> {
    let all = root.find_all("data");
    if !all.iter().any(|d| kind(d).starts_with("piece")) {
        if let Some(why) = all.iter().find_map(|d| d.attribute("error")) {
            return Err(Unreadable::error_reply(why));
        }
        return Err(Unreadable::not_understood("no DHL piece in it"));
    }
    let pieces: Vec<&Element> = all.iter().copied().filter(|d| matches!(kind(d).as_str(), "pieceshipment" | "piecestatuspublic")).collect();
    let failed =
        all.iter().find(|d| d.attribute("error").is_some() || d.attribute("code").is_some_and(|c| !c.trim_matches('0').is_empty()));
    if let Some(failed) = failed.filter(|_| pieces.iter().all(|p| fault_of(p).is_some())) {
        let why = failed.attribute("error").or(failed.attribute("code")).unwrap_or_default();
        return Err(Unreadable::error_reply(why));
    }
    let lists: Vec<&Element> = all.iter().copied().filter(|d| kind(d) == "pieceeventlist").collect();
    Ok(Reading { parcels: pieces.iter().map(|piece| xml_parcel(piece, &lists, pieces.len() == 1, asked, rule)).collect() })
}

/// Why this piece cannot be used: a status other than 0 (found), and no tracking data beside it.
fn fault_of(piece: &Element) -> Option<String> {
    let told = |name| piece.attribute(name).filter(|v| !v.trim_matches('0').is_empty());
    let status = told("error-status").or_else(|| told("piece-status"))?;
    let has_data = piece.attribute("standard-event-code").is_some() || piece.find_all("data").iter().any(|d| kind(d) == "pieceevent");
    (!has_data).then(|| piece.attribute("piece-status-desc").or(piece.attribute("status")).unwrap_or(status).to_string())
}

fn xml_parcel(piece: &Element, lists: &[&Element], is_only: bool, asked: Option<&str>, rule: &ZoneRule) -> ParcelReading {
    let names = ["piece-code", "searched-piece-code", "piece-identifier"];
    let numbers: Vec<&str> = names.iter().filter_map(|name| piece.attribute(name)).collect();
    let number = numbers.iter().find(|n| asked == Some(**n)).or(numbers.first()).map(|n| (*n).to_string());
    if let Some(fault) = fault_of(piece) {
        return ParcelReading { tracking_number: number, fault: Some(fault), ..ParcelReading::default() };
    }
    let is_piece_event = |d: &&Element| kind(d) == "pieceevent";
    let mut scans: Vec<&Element> = piece.find_all("data").into_iter().filter(is_piece_event).collect();
    if scans.is_empty() {
        let piece_id = piece.attribute("piece-id");
        let own = lists.iter().filter(|l| is_only || piece_id.is_some() && l.attribute("piece-id") == piece_id);
        scans = own.flat_map(|l| l.find_all("data")).filter(is_piece_event).collect();
    }
    let is_return = |e: &Element| e.attribute("ruecksendung").is_some_and(|r| r.eq_ignore_ascii_case("true"));
    let mut events: Vec<TrackingEvent> =
        scans.iter().filter_map(|s| xml_event(s, "event-", is_return(s) || is_return(piece), rule)).collect();
    let current = xml_event(piece, "status-", is_return(piece), rule);
    let relation = piece.attribute("recipient-id-text").unwrap_or_default();
    let summary = match current {
        // Without a list (`d-get-piece`, the public look-up) the piece's own status is the newest scan.
        Some(current) if events.is_empty() => {
            events.push(current);
            None
        }
        current => current.and_then(|c| timeline::worth_telling(c, &events)),
    };
    let taker = format!("{} zugestellt", relation.to_lowercase());
    for event in timeline::newest_delivery(&mut events) {
        (event.state, event.reason) = phrase::refine(Some((event.state, event.reason)), phrase::understand(&taker, &[]));
    }
    timeline::sign(&mut events, piece.attribute("recipient-name").map(str::to_string));
    let service = piece.attribute("product-name").map(str::to_string);
    ParcelReading { tracking_number: number, events, summary, estimated_delivery: expected_day(piece), service, fault: None }
}

/// What DHL expects, else what the recipient asked for.
fn expected_day(piece: &Element) -> Option<Window> {
    let told = |names: &[&str]| names.iter().find_map(|name| piece.attribute(name)).map(str::to_string);
    let day = |text: String| clock::read(&text, DateOrder::DayFirst, &ZoneRule::of(None, CARD.zone)).map(|m| m.rfc3339()[..10].to_string());
    let end = told(&["delivery-timeframe-to", "preferred-delivery-timeframe-to"]).filter(|t| t.len() > 10);
    let end = end.or_else(|| told(&["delivery-date", "preferred-delivery-day"]).and_then(day))?;
    Some(Window { start: told(&["delivery-timeframe-from", "preferred-delivery-timeframe-from"]).filter(|t| t.len() > 10), end: Some(end) })
}

/// A scan, or the piece itself read as one (its own clock is `status-timestamp` or `last-event-timestamp`).
fn xml_event(data: &Element, prefix: &str, is_return: bool, rule: &ZoneRule) -> Option<TrackingEvent> {
    let told = |names: &[&str]| names.iter().find_map(|name| data.attribute(name)).map(str::to_string);
    let own_clock = format!("{prefix}timestamp");
    let when = told(&[own_clock.as_str(), "event-timestamp", "last-event-timestamp"]);
    let country = told(&["event-country"]).and_then(|c| alpha2(&c));
    let rule = rule.for_country(country.as_deref());
    let moment = when.and_then(|t| clock::read(&t, DateOrder::DayFirst, &rule));
    let words =
        told(&["event-text", "event-status", "status", "event-short-status", "short-status"]).map(|t| plain(&t)).unwrap_or_default();
    let (standard, ice) = (told(&["standard-event-code"]), told(&["ice"]));
    if moment.is_none() && words.is_empty() && standard.is_none() && ice.is_none() {
        return None;
    }
    let (state, reason) = meaning(standard.as_deref(), ice.as_deref(), &words, is_return);
    let mut event = TrackingEvent::new("", CARD.id, state);
    event.reason = reason;
    event.carrier_code = standard.or(ice);
    event.description = words;
    event.moment = moment;
    let city = told(&["event-location"]);
    event.location = Location { text: city.clone().or_else(|| told(&["event-country"])), city, country, ..Location::default() };
    Some(event)
}

/// The standard code, made exact by the words; the international one and then the words alone only where there is no
/// standard code or it is ambiguous. A code that nobody has seen is unknown, whatever its words.
fn meaning(standard: Option<&str>, ice: Option<&str>, words: &str, is_return: bool) -> (State, Option<Reason>) {
    let is_open = |told: &str| AMBIGUOUS.iter().any(|a| a.eq_ignore_ascii_case(told));
    let code = standard.filter(|told| !is_open(told)).or(ice);
    let (state, reason) = match (code, code.and_then(|c| CARD.look_up(c))) {
        (_, Some(known)) => phrase::refine(Some((known.state, known.reason)), phrase::understand(words, &[])),
        (Some(_), None) if !standard.is_some_and(is_open) => (State::Unknown, None),
        _ => phrase::understand(words, &[]).unwrap_or((State::Unknown, None)),
    };
    // On the way back "delivered" means that the sender has it again.
    if is_return && state == State::Delivered { (State::ReturnedToSender, reason) } else { (state, reason) }
}

fn pieces(body: &Value) -> Vec<&Value> {
    match body {
        Value::Array(list) => list.iter().flat_map(pieces).collect(),
        _ if body.has("sendungsdetails") || body.has("sendungNichtGefunden") => vec![body],
        _ => body.items("sendungen"),
    }
}

fn read_site(body: &Value, rule: &ZoneRule) -> Result<Reading, Unreadable> {
    let pieces = pieces(body);
    if pieces.is_empty() && !body.at("sendungen").is_some_and(Value::is_array) {
        let why = first_text(body, &["detail", "title", "error_description", "error", "fehlermeldung", "message"]);
        return Err(why.map_or_else(|| Unreadable::not_understood("no DHL parcel in it"), Unreadable::error_reply));
    }
    Ok(Reading { parcels: pieces.into_iter().map(|p| site_parcel(p, rule)).collect() })
}

fn site_parcel(piece: &Value, rule: &ZoneRule) -> ParcelReading {
    let number = first_text(piece, &["sendungsdetails.sendungsnummern.sendungsnummer", "id", "sendungsinfo.gesuchteSendungsnummer"]);
    let mut reading = ParcelReading { tracking_number: number, ..ParcelReading::default() };
    let Some(details) = piece.at("sendungsdetails") else {
        reading.fault = Some("no data for this number".into());
        return reading;
    };
    let is_return = details.text("ruecksendung").is_some_and(|r| r == "true");
    reading.events =
        details.items("sendungsverlauf.events").into_iter().filter_map(|e| site_event(e, "datum", "status", is_return, rule)).collect();
    if reading.events.is_empty() && piece.has("sendungNichtGefunden") {
        reading.fault = Some("no data for this number".into());
        return reading;
    }
    let history = details.at("sendungsverlauf");
    let current = history.and_then(|h| site_event(h, "datumAktuellerStatus", "aktuellerStatus", is_return, rule));
    reading.summary = current.and_then(|c| timeline::worth_telling(c, &reading.events));
    let recipient = details.text("zustellung.empfaenger.name").unwrap_or_default().to_lowercase();
    let at_locker = details.text("zustellung.zugestelltAnPackstation").is_some_and(|z| z == "true");
    for event in timeline::newest_delivery(&mut reading.events) {
        event.state = match event.state {
            State::Delivered if at_locker => State::ReadyForCollection,
            state => phrase::refine(Some((state, None)), phrase::understand(&format!("{recipient} zugestellt"), &[])).0,
        };
    }
    let (start, end) = (details.text("zustellung.zustellzeitfensterVon"), details.text("zustellung.zustellzeitfensterBis"));
    reading.estimated_delivery = end.map(|end| Window { start, end: Some(end) });
    reading
}

fn site_event(told: &Value, clock_at: &str, words_at: &str, is_return: bool, rule: &ZoneRule) -> Option<TrackingEvent> {
    let words = told.text(words_at).map(|t| plain(&t)).unwrap_or_default();
    let moment = told.text(clock_at).and_then(|t| clock::read(&t, DateOrder::DayFirst, rule));
    if words.is_empty() && moment.is_none() {
        return None;
    }
    let is_return = is_return || told.text("ruecksendung").is_some_and(|r| r == "true");
    let (state, reason) = meaning(None, None, &words, is_return);
    let mut event = TrackingEvent::new("", CARD.id, state);
    event.reason = reason;
    event.description = words;
    event.moment = moment;
    let city = told.text("ort");
    event.location = Location { text: city.clone(), city, ..Location::default() };
    Some(event)
}

/// Without tags and doubled blanks: the site links depots and lockers inside its sentences.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if !in_tag => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn digit(b: u8) -> u32 {
    u32::from(b.wrapping_sub(b'0'))
}

/// GS1 modulo 10: threes and ones from the right.
fn gs1_fits(number: &str) -> bool {
    let sum: u32 = number.bytes().rev().enumerate().map(|(i, b)| digit(b) * if i % 2 == 1 { 3 } else { 1 }).sum();
    sum.is_multiple_of(10)
}

/// Identcode of Deutsche Post: fours and nines from the left over eleven digits.
fn identcode_fits(number: &str) -> bool {
    let (body, check) = number.split_at(11);
    let sum: u32 = body.bytes().enumerate().map(|(i, b)| digit(b) * if i % 2 == 0 { 4 } else { 9 }).sum();
    (10 - sum % 10) % 10 == digit(check.as_bytes()[0])
}

static ASKS: &[AskCard] = &[dhl_universal::unified(|a| dhl_universal::shipment(a.number()).query("service", "parcel-de"))];
