//! The sandbox's magic numbers: a tracking number that begins with `WBTEST-` moves by itself, on the sandbox's clock, along a script.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use whereabouts_domain::{Location, Moment, Precision, Promise, Registration, State, TrackingEvent, facts};

use super::{
    FlowError,
    digest::{self, Incoming},
};
use crate::{
    app::App,
    db::{self, Write, shipments::ShipmentRow, tasks::TaskRow},
};

/// One line of a script: minutes after registration when the carrier tells it, minutes after registration when it happened, what.
type Line = (i64, i64, State, &'static str, &'static str);

const USUAL: &[Line] = &[
    (0, 0, State::Dispatched, "Label created", "Northampton"),
    (60, 60, State::CollectedByCarrier, "Collected from the sender", "Northampton"),
    (360, 360, State::ArrivedAtHub, "Arrived at the hub", "Birmingham"),
    (720, 720, State::AtDeliveryDepot, "At the local depot", "Leeds"),
    (1200, 1200, State::OutForDelivery, "Out for delivery", "Leeds"),
    (1440, 1440, State::Delivered, "Delivered", "Leeds"),
];

/// The script of a number, by the word after `WBTEST-`. Documented in the API's description.
pub fn script_of(number: &str) -> Option<Vec<Line>> {
    use State::{
        ArrivedAtHub, AtDeliveryDepot, CollectedByCarrier, Delivered, DeliveryFailedCardLeft, Dispatched, InTransit, OutForDelivery,
        ReadyForCollection, ReturnedToSender, ReturningToSender, WillBeReturnedToSender,
    };
    let word = word_of(number)?;
    let start = USUAL[..4].to_vec();
    Some(match word.as_str() {
        "DELIVERED" => USUAL.to_vec(),
        // Scanned every day, and still under way six days later.
        "LATE" => {
            let mut lines = start;
            lines.extend((1..=6).map(|d| (720 + d * 1200, 720 + d * 1200, InTransit, "Still on its way", "Leeds")));
            lines.push((8640, 8640, OutForDelivery, "Out for delivery", "Leeds"));
            lines.push((8880, 8880, Delivered, "Delivered", "Leeds"));
            lines
        }
        // Never heard of again after the hub.
        "MISSING" => USUAL[..3].to_vec(),
        "FAILED" => {
            let mut lines = USUAL[..5].to_vec();
            lines.push((1440, 1440, DeliveryFailedCardLeft, "Nobody home, card left", "Leeds"));
            lines.push((2640, 2640, OutForDelivery, "Out for delivery", "Leeds"));
            lines.push((2880, 2880, Delivered, "Delivered", "Leeds"));
            lines
        }
        "RETURN" => {
            let mut lines = USUAL[..5].to_vec();
            lines.push((1440, 1440, State::DeliveryRefused, "Refused by the recipient", "Leeds"));
            lines.push((1500, 1500, WillBeReturnedToSender, "Will be returned to sender", "Leeds"));
            lines.push((2400, 2400, ReturningToSender, "On its way back", "Birmingham"));
            lines.push((3600, 3600, ReturnedToSender, "Returned to sender", "Northampton"));
            lines
        }
        "PICKUP" => {
            let mut lines = start;
            lines.push((1200, 1200, ReadyForCollection, "Ready for collection", "Leeds"));
            lines.push((4080, 4080, State::CollectedByShopper, "Collected", "Leeds"));
            lines
        }
        // Every scan comes twice.
        "DUPLICATES" => USUAL.iter().flat_map(|l| [*l, (l.0 + 5, l.1, l.2, l.3, l.4)]).collect(),
        // The carrier tells later what happened earlier.
        "DISORDER" => vec![
            (60, 60, CollectedByCarrier, "Collected from the sender", "Northampton"),
            (720, 720, AtDeliveryDepot, "At the local depot", "Leeds"),
            (730, 0, Dispatched, "Label created", "Northampton"),
            (1440, 1440, Delivered, "Delivered", "Leeds"),
            (1445, 1200, OutForDelivery, "Out for delivery", "Leeds"),
            (1450, 360, ArrivedAtHub, "Arrived at the hub", "Birmingham"),
        ],
        _ => return None,
    })
}

/// The word of a magic number: `LATE` in `WBTEST-LATE-1`.
fn word_of(number: &str) -> Option<String> {
    let rest = number.get(..7).filter(|p| p.eq_ignore_ascii_case("WBTEST-")).and(number.get(7..))?;
    Some(rest.split('-').next().unwrap_or_default().to_ascii_uppercase())
}

/// Without a promise nothing is late, and without countries or a hand-over nothing is missed: what the story needs and the registration leaves out.
pub fn suit(reg: &mut Registration, now: Timestamp) {
    match reg.tracking_number.as_deref().and_then(word_of).as_deref() {
        Some("LATE") if reg.promised.is_none() => {
            let day = TimeZone::UTC.to_datetime(now).date().saturating_add(jiff::Span::new().days(2));
            reg.promised = Some(Promise { start: None, end: Some(day.to_string()), kind: None, source: Some("sandbox".into()) });
        }
        Some("MISSING") if facts::is_domestic(reg).is_none() && reg.handed_over_at.is_none() && reg.shipped_at.is_none() => {
            reg.handed_over_at = Some(now);
        }
        _ => {}
    }
}

/// The script of a number for this very registration: the late one is late whatever was promised, the missing one missed whatever is known.
fn lines_for(number: &str, row: &ShipmentRow) -> Option<Vec<Line>> {
    let lines = script_of(number)?;
    let reg = &row.registration;
    match word_of(number)?.as_str() {
        "MISSING" if facts::is_domestic(reg).is_none() => Some(lines[..1].to_vec()),
        "LATE" => {
            let broken =
                reg.promised.as_ref().and_then(|p| p.deadline(&TimeZone::UTC)).map(|d| (d.at.as_millisecond() - row.created_at) / 60_000);
            // A day and two hours after midnight at Greenwich the day is over everywhere.
            let out = broken.map_or(LATE_OUT_MINUTES, |m| LATE_OUT_MINUTES.max(m + 26 * 60));
            let mut told: Vec<Line> = lines.into_iter().take_while(|l| l.0 <= 720).collect();
            let scans = (1..).map(|d| 720 + d * 1200).take_while(|at| *at < out);
            told.extend(scans.map(|at| (at, at, State::InTransit, "Still on its way", "Leeds")));
            told.push((out, out, State::OutForDelivery, "Out for delivery", "Leeds"));
            told.push((out + 240, out + 240, State::Delivered, "Delivered", "Leeds"));
            Some(told)
        }
        _ => Some(lines),
    }
}

/// The late parcel goes out on the sixth day, or after its promise.
const LATE_OUT_MINUTES: i64 = 8_640;

#[derive(Serialize, Deserialize)]
struct Step {
    number: String,
    carrier: String,
    happened_at: i64,
    state: State,
    words: String,
    place: String,
}

/// Plans the script of a magic number when it is registered.
pub async fn plan(app: &App, tx: &mut Write, row: &ShipmentRow) -> Result<(), FlowError> {
    let Some(number) = &row.registration.tracking_number else { return Ok(()) };
    let Some(lines) = lines_for(number, row) else { return Ok(()) };
    let carrier = row.registration.carrier.clone().unwrap_or_else(|| "sandbox".into());
    let task = |l: &Line| {
        let step = Step {
            number: number.clone(),
            carrier: carrier.clone(),
            happened_at: row.created_at + l.1 * 60_000,
            state: l.2,
            words: l.3.into(),
            place: l.4.into(),
        };
        TaskRow {
            retailer: row.retailer.clone(),
            id: app.ids.make("tsk", row.created_at),
            run_at: row.created_at + l.0 * 60_000,
            kind: "script".into(),
            shipment: Some(row.id.clone()),
            payload: serde_json::to_string(&step).expect("a step can be written as JSON"),
        }
    };
    db::tasks::put(tx, lines.iter().map(task).collect()).await?;
    Ok(())
}

/// The scripted carrier speaks.
pub async fn step(app: &App, tx: &mut Write, task: &TaskRow) -> Result<(), FlowError> {
    let Ok(step) = serde_json::from_str::<Step>(&task.payload) else { return Ok(()) };
    let mut event = TrackingEvent::new(step.number, step.carrier, step.state);
    let at = Timestamp::from_millisecond(step.happened_at).unwrap_or_else(|_| app.clock.now());
    let offset = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC).to_offset(at);
    event.moment = Some(Moment::with_offset(offset.to_datetime(at), offset, Precision::Second));
    event.description = step.words;
    event.location = Location { city: Some(step.place), country: Some("GB".into()), ..Location::default() };
    let incoming = Incoming { retailer: task.retailer.clone(), event, received_at: app.clock.now_ms() };
    let (_, settled) = digest::absorb(app, tx, std::slice::from_ref(&incoming)).await?;
    digest::ring(app, &settled);
    Ok(())
}
