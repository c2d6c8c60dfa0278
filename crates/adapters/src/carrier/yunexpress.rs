//! YunExpress (YunTrack): the open API's tracking reply, JSON, in capitals (`OrderTrackingDetails`, `ProcessContent`) and
//! in the newer spelling, Chinese or English. Clocks are those of the place, without an offset; where the place tells no
//! zone, China's. Words decide: node codes are not published as a list.
//!
//! Names of fields and codes could not be checked word for word against a description by the carrier.

use serde_json::Value;
use whereabouts_domain::{State as S, TrackingEvent};

use super::{Card, Carrier, Code, ParcelReading, Payload, Reading, Shape, Unreadable, code};
use crate::{
    phrase::{Phrase, says},
    reply,
    scan::Scan,
    timeline,
    tree::{self, Tree},
};

pub static CARRIER: YunExpress = YunExpress;
pub struct YunExpress;

static CARD: Card = Card { id: "yunexpress", name: "YunExpress", zone: "Asia/Shanghai", aggregator: false, codes: CODES };

/// States of the package as a whole.
static CODES: &[Code] = &[
    code("1", S::Dispatched),
    code("2", S::InTransit),
    code("3", S::Delivered),
    code("4", S::CollectedByCarrier),
    code("5", S::Cancelled),
    code("6", S::DeliveryFailed),
    code("7", S::ReturnedToSender),
];

const PHRASES: &[Phrase] = &[
    says("shipment information received|electronic information", S::Dispatched),
    says("departed facility in processing center|left*processing center", S::DepartedHub),
    says("arrived at facility|arrived at*processing center", S::ArrivedAtHub),
    says("flight*departed|departed*airport|international flight has departed", S::DepartedOriginCountry),
    says("flight*arrived|arrived*destination airport|international flight has arrived", S::ArrivedAtDestinationCountry),
];

const SCAN: Scan = Scan {
    code: &["TrackNodeCode", "TrackCode", "TrackingStatus", "node_code"],
    words: &["ProcessContent", "process_content", "TrackCodeDescription", "TrackingContent", "description"],
    at: &["ProcessDate", "process_date", "process_time", "TrackingTime", "CreatedOn"],
    offset: &["time_zone", "TimeZone"],
    place: &["ProcessLocation", "process_location", "location"],
    city: &["ProcessCity"],
    region: &["ProcessProvince"],
    country: &["ProcessCountry", "process_country"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for YunExpress {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = histories(&tree).into_iter().map(|h| parcel(h, payload)).collect();
        let complaint = tree.first(&["Message", "message", "msg", "MessageDetail"]);
        reply::or_rows(reply::of(parcels, complaint, false, "YunExpress"), payload, &CARD, PHRASES)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if histories(tree).iter().any(|h| h.knows("OrderTrackingDetails") || h.knows("WaybillNumber"))
            || !tree.owners("ProcessContent").is_empty()
        {
            return 94;
        }
        // The framework's own complaint; elsewhere it comes in English.
        let complains = tree.as_object().is_some_and(|t| t.len() == 2 && t.contains_key("Message") && t.contains_key("MessageDetail"));
        let in_chinese = tree.say("MessageDetail").is_some_and(|m| m.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)));
        if complains && in_chinese { 70 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("YT")?;
        (digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit())).then_some((95, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://www.yuntrack.com/parcelTracking?id={number}"))
    }
}

const ROWS: [&str; 4] = ["OrderTrackingDetails", "track_events", "TrackEvents", "TrackInfos"];

fn histories(tree: &Value) -> Vec<&Value> {
    tree::outermost(tree, &|v| v.knows("WaybillNumber") && ROWS.iter().any(|name| tree::field(v, &[name]).is_some_and(|r| !r.is_string())))
}

fn parcel(history: &Value, payload: &Payload) -> ParcelReading {
    let rows = ROWS.iter().map(|name| history.list(name)).find(|r| !r.is_empty()).unwrap_or_default();
    let mut events: Vec<TrackingEvent> = rows
        .into_iter()
        .filter_map(|row| {
            let mut event = SCAN.event(row, &CARD, payload)?;
            // The numbers of the whole are not the codes of its steps.
            if event.carrier_code.as_deref().is_some_and(|c| CARD.look_up(c).is_some()) {
                (event.state, event.reason) = SCAN.meaning(None, &event.description, &CARD);
            }
            Some(event)
        })
        .collect();
    timeline::oldest_first(&mut events, timeline::Habit::OldestFirst);
    let whole = history.first(&["PackageState", "package_state"]);
    let summary = whole.and_then(|c| CARD.look_up(&c)).and_then(|known| {
        let mut summary = TrackingEvent::new("", CARD.id, known.state);
        summary.carrier_code = Some(known.code.to_string());
        timeline::worth_telling(summary, &events)
    });
    ParcelReading {
        tracking_number: history.say("WaybillNumber"),
        service: history.say("ShippingMethodName"),
        events,
        summary,
        ..ParcelReading::default()
    }
}
