//! Yanwen: the tracking reply, a list of waybills with checkpoints, JSON. A checkpoint has a status of two letters and a
//! number (`PU10`), an English or Chinese sentence, a place and a clock with its offset in a field of its own. The letters
//! say the stretch of the way, the sentence what happened there.
//!
//! Fields and the five codes below: Yanwen's own description of the tracking query (opendocs.yw56.com.cn, 2023) and what parcels show;
//! the whole list of codes is not published there.

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

pub static CARRIER: Yanwen = Yanwen;
pub struct Yanwen;

static CARD: Card = Card { id: "yanwen", name: "Yanwen", zone: "Asia/Shanghai", aggregator: false, codes: CODES };

static CODES: &[Code] = &[
    code("OR10", S::Dispatched),
    code("PU10", S::CollectedByCarrier),
    code("LH20", S::DepartedOriginCountry),
    code("LM40", S::Delivered),
    code("LM54", S::ReturningToSender),
];

const PHRASES: &[Phrase] = &[
    says("yanwen pickup scan|yanwen facility inbound|picked up by yanwen", S::CollectedByCarrier),
    says("order processed|order information received|label created", S::Dispatched),
    says("processing center*outbound|facility outbound|outbound", S::DepartedHub),
    says("processing center*inbound|inbound", S::ArrivedAtHub),
    says("customs clearance*start|customs clearance*begin|customs clearance*progress|under customs clearance", S::AtCustoms),
    says("export*customs*clear|import*customs*clear|export clearance success|import clearance success", S::ClearedThroughCustoms),
    says("port of departure*departure", S::DepartedOriginCountry),
    says("port of destination*arrival", S::ArrivedAtDestinationCountry),
    says("departed from*airport|flight departure|airline departure|departure from*airport", S::DepartedOriginCountry),
    says("arrived*destination airport|flight arrival|arrived at destination", S::ArrivedAtDestinationCountry),
];

const SCAN: Scan = Scan {
    code: &["tracking_status", "status"],
    words: &["message", "description"],
    at: &["time_stamp", "timestamp", "time"],
    offset: &["time_zone", "timezone"],
    place: &["location"],
    phrases: &[PHRASES],
    words_may_speak: true,
    ..Scan::BARE
};

impl Carrier for Yanwen {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn wording(&self) -> Option<&'static [Phrase]> {
        Some(PHRASES)
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = waybills(&tree).into_iter().map(|w| parcel(w, payload)).collect();
        let failed = tree.first(&["code", "success"]).is_some_and(|c| !matches!(c.as_str(), "0" | "200" | "true"));
        let complaint = tree.first(&["message", "msg"]).filter(|_| failed);
        reply::or_rows(reply::of(parcels, complaint, tree.carries_list("result"), "Yanwen"), payload, &CARD, PHRASES)
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if waybills(tree).iter().any(|w| w.carries("waybill_number") && w.carries("checkpoints") || w.knows("exchange_number")) {
            return 94;
        }
        if tree.carries("requestTime") && tree.carries("code") && tree.carries("result") { 70 } else { 0 }
    }

    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let is_own = number.starts_with("YW") || number.ends_with("YP") || number.ends_with("YW");
        (is_own && (11..=20).contains(&number.len()) && number.bytes().filter(u8::is_ascii_digit).count() >= 9).then_some((75, false))
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        Some(format!("https://track.yw56.com.cn/en/querydel?nums={number}"))
    }
}

fn waybills(tree: &Value) -> Vec<&Value> {
    // What is not known has no waybill number, only the one that was asked for.
    let is_told = |v: &Value| tree::field(v, &["checkpoints"]).is_some() || v.knows("tracking_status");
    tree::outermost(tree, &|v| v.knows("waybill_number") && is_told(v) || v.knows("tracking_number") && v.knows("tracking_status"))
}

fn parcel(waybill: &Value, payload: &Payload) -> ParcelReading {
    let number = waybill.first(&["tracking_number", "waybill_number"]);
    let mut events: Vec<TrackingEvent> =
        waybill.list("checkpoints").into_iter().filter_map(|row| SCAN.event(row, &CARD, payload)).collect();
    timeline::oldest_first(&mut events, timeline::Habit::NewestFirst);
    if events.is_empty() && waybill.say("tracking_status").is_some_and(|s| s.eq_ignore_ascii_case("NOTFOUND")) {
        return reply::fault(number, "the waybill is not known");
    }
    ParcelReading { tracking_number: number, events, ..ParcelReading::default() }
}
