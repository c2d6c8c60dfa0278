//! Hermes Germany. Hermes gives its interface's description to its customers only. What parcels show of its shipment
//! information (a list of shipments, each with a result, its statuses and a forecast; a status has a clock, a number, German
//! words and the depot that scanned) is read, and so are rows of time and words as its page tells them in German or English.
//! Nothing is taken for Hermes's unasked.

use serde_json::Value;
use whereabouts_domain::{Reason as R, State as S, TrackingEvent, Window};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Unreadable, code};
use crate::{
    clock::{self, DateOrder, ZoneRule},
    phrase::{Phrase, says, says_why},
    reply,
    scan::Scan,
    spoken, timeline,
    tree::{self, Tree},
};

pub static CARRIER: HermesDe = HermesDe;
pub struct HermesDe;

static CARD: Card = Card { id: "hermes_de", name: "Hermes", zone: "Europe/Berlin", aggregator: false, codes: CODES };

/// The numbers as open programs that ask Hermes take them (2025). Hermes does not publish them: they count only where the
/// words are not understood.
const CODES: &[Code] = &[
    code("0000", S::Dispatched),
    code("1000", S::InTransit),
    code("2000", S::InTransit),
    code("3000", S::OutForDelivery),
    code("3500", S::Delivered),
    code("4000", S::DeliveryFailed),
    code("4500", S::DeliveryFailed),
    code("5000", S::ReadyForCollection),
    code("6000", S::HeldByCarrier),
    code("7000", S::Delayed),
];

const PHRASES: &[Phrase] = &[
    says("elektronisch angekündigt|sendung*angekündigt|auftrag*übermittelt", S::Dispatched),
    says("absender+zurückgegeben|zurückgeführt|zurückgestellt", S::ReturnedToSender),
    says("rückversand|rückführung|rücktransport|rückweg|zurück zum absender|an den absender", S::ReturningToSender),
    says("paketshop+angenommen|abgegeben|entgegengenommen", S::DroppedOff),
    says("an hermes übergeben|hermes übernommen|sendung*übernommen|vom auftraggeber", S::CollectedByCarrier),
    says("zustelltour|auf tour|in zustelltour", S::OutForDelivery),
    says_why("nicht*auffindbar|name*nicht*klingel|klingelschild", S::DeliveryFailed, R::AddressWrong),
    says("liegt*paketshop*abholung|im paketshop+abhol|bereit", S::ReadyForCollection),
    says("wunschablage|ablageort|ablageauftrag+abgestellt|abgelegt|zugestellt", S::DeliveredToSafeLocation),
    says("hermes niederlassung|zustelldepot|zustellbasis|hermes depot+eingetroffen|angekommen|erreicht", S::AtDeliveryDepot),
    says("verteilzentrum|logistikzentrum|~zentrum|~depot|~niederlassung+eingetroffen|angekommen|erreicht", S::ArrivedAtHub),
    says("verteilzentrum|logistikzentrum|~zentrum|~depot|~niederlassung+verlassen", S::DepartedHub),
];

const SCAN: Scan = Scan {
    code: &["code"],
    words: &["description.longText", "description.shortText", "description", "text"],
    at: &["timestamp", "dateTime"],
    place: &["scanningUnit.name"],
    city: &["scanningUnit.city"],
    postcode: &["scanningUnit.zipCode"],
    country: &["scanningUnit.countryCode"],
    phrases: &[PHRASES],
    words_may_speak: true,
    words_decide: true,
    ..Scan::BARE
};

impl Carrier for HermesDe {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = tree::of(payload)?;
        let parcels: Vec<ParcelReading> = shipments(&tree).into_iter().map(|s| shipment(s, payload)).collect();
        let complaint = tree.find("listOfResultCodes").into_iter().find_map(|e| e.first(&["message", "code"]));
        match reply::of(parcels, complaint, false, CARD.name) {
            Err(Unreadable::NotUnderstood(_)) => spoken::read(payload, &CARD, PHRASES),
            told => told,
        }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let is_international = number.len() == 20 && number.starts_with('H') && number[1..].bytes().all(|b| b.is_ascii_digit());
        let is_domestic = number.len() == 14 && number.bytes().all(|b| b.is_ascii_digit());
        if is_international { Some((80, false)) } else { is_domestic.then_some((15, false)) }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{number}"))
    }
}

fn shipments(tree: &Value) -> Vec<&Value> {
    let has_statuses = |v: &Value| ["status", "statusHistory"].iter().any(|name| v.carries_list(name));
    tree::outermost(tree, &|v| (v.knows("shipmentID") || v.knows("barcode")) && (has_statuses(v) || v.knows("result.code")))
}

fn shipment(told: &Value, payload: &Payload) -> ParcelReading {
    let number = told.first(&["barcode", "shipmentID"]);
    let rows = ["status", "statusHistory"].iter().map(|name| told.list(name)).find(|rows| !rows.is_empty()).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = rows.into_iter().filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    // An error's number begins with a letter.
    let refused = told.say("result.code").is_some_and(|code| code.starts_with(['e', 'E']));
    if events.is_empty() && refused {
        return reply::fault(number, told.first(&["result.message", "result.code"]).unwrap_or_default());
    }
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    let estimated_delivery = told.branch("deliveryForecast").and_then(|f| forecast(f, payload));
    ParcelReading { tracking_number: number, events, estimated_delivery, ..ParcelReading::default() }
}

fn forecast(told: &Value, payload: &Payload) -> Option<Window> {
    let rule = ZoneRule::of(payload.zone, CARD.zone);
    let (from, until) = (told.say("timeSlot.from"), told.say("timeSlot.to"));
    Some(clock::window_on(&told.say("date")?, from.as_deref(), until.as_deref(), DateOrder::DayFirst, &rule))
}
