//! Why a shipment is expected when it is: what the forecast rests on, what moved it and by how much, and how often such days held of late.

use jiff::{Timestamp, ToSpan as _, civil::DateTime};
use serde_json::{Value, json};
use whereabouts_domain::{
    estimate::{Estimate, Expecting},
    forecast::{Known, published::Aimed, replay::Foresight, scorecard::Scorecard},
};

use crate::{app::App, context::Context, db::shipments::ShipmentRow, flow::foretell};

/// Less than this moves nothing that anybody would notice.
const MOVED_MIN: f64 = 0.25;

/// Something known of the parcel, and by how many days it moved the middle of the forecast.
pub struct Moved {
    pub what: &'static str,
    pub days: f64,
}

pub struct Why {
    pub estimate: Option<Estimate>,
    /// How what is published came about, where nothing better is known.
    pub published: Option<String>,
    /// How ours came about, in a sentence.
    pub ours: Option<String>,
    pub learnt_from: Option<u32>,
    /// By what ours was moved; nothing where this process has learnt nothing yet.
    pub moved: Option<Vec<Moved>>,
    /// How days told held of late: of this carrier's parcels if it was graded, else of all.
    pub record: Option<Scorecard>,
}

pub fn why(app: &App, ctx: &Context, row: &ShipmentRow, cards: &[Scorecard], now: Timestamp) -> Why {
    let ours = row.facts.expected.as_ref();
    let taught = app.learnt.taught(&row.retailer);
    let moved = ours.and(taught).map(|taught| {
        let zone = foretell::zone_of(ctx, row);
        let told = foretell::history(row, &zone);
        moved(&taught.foresight, &told.known, told.purchased, told.handed_over, zone.to_datetime(now))
    });
    let graded = |card: &&Scorecard| card.hand_over.parcels >= 20;
    let own = cards.iter().filter(graded).find(|c| c.carrier.is_some() && c.carrier == row.registration.carrier);
    let estimate = Estimate::of(&row.journey, &row.facts);
    let is_published = estimate.as_ref().is_some_and(|e| e.source == Expecting::Published);
    Why {
        published: row.facts.aimed.as_ref().filter(|_| is_published).map(Aimed::why),
        estimate,
        ours: ours.map(|e| e.why()),
        learnt_from: ours.map(|e| e.learnt_from),
        moved,
        record: own.or(cards.iter().filter(graded).find(|c| c.carrier.is_none())).cloned(),
    }
}

/// What the middle of the forecast would be if one thing were not known, and by how much knowing it moved it.
fn moved(foresight: &Foresight, known: &Known, purchased: DateTime, handed_over: Option<DateTime>, now: DateTime) -> Vec<Moved> {
    let handed_over = handed_over.filter(|at| *at <= now);
    let started = handed_over.unwrap_or(purchased);
    let ask = |known: &Known, now: DateTime| foresight.foresee(known, purchased, handed_over, now).median;
    let Some((told, at_start)) = ask(known, now).zip(ask(known, started)) else { return Vec::new() };
    let without = |known: Known| ask(&known, now).map_or(0.0, |other| told - other);
    // The same parcel a day, two, … later.
    let shifted = |days: i64| {
        let later = |at: DateTime| at.checked_add(days.days()).ok();
        let mut known = known.clone();
        known.promised_on = known.promised_on.and_then(|day| day.checked_add(days.days()).ok());
        let handed_over = match handed_over {
            Some(at) => Some(later(at)?),
            None => None,
        };
        foresight.foresee(&known, later(purchased)?, handed_over, later(started)?).median
    };
    let week: Vec<f64> = (0..7).filter_map(shifted).collect();
    let on_any_day = week.iter().sum::<f64>() / week.len().max(1) as f64;
    let all = [
        Moved { what: "weekday", days: if week.is_empty() { 0.0 } else { at_start - on_any_day } },
        Moved { what: "lane", days: without(Known { origin: None, destination: None, place: None, ..known.clone() }) },
        Moved { what: "carrier", days: without(Known { carrier: None, ..known.clone() }) },
        Moved { what: "promise", days: without(Known { promised_on: None, ..known.clone() }) },
        Moved { what: "not_there_yet", days: told - at_start },
    ];
    all.into_iter().filter(|m| m.days.abs() >= MOVED_MIN).collect()
}

impl Moved {
    fn words(&self) -> String {
        let what = match self.what {
            "weekday" => "the weekday on which it started",
            "lane" => "where it comes from and goes to",
            "carrier" => "the carrier and its service",
            "promise" => "what was promised",
            _ => "that it is not there yet",
        };
        let way = if self.days > 0.0 { "later" } else { "sooner" };
        format!("{:.1} days {way} for {what}", self.days.abs())
    }
}

impl Why {
    /// A line for each thing to know.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match (&self.estimate, &self.ours) {
            (Some(estimate), Some(ours)) if estimate.source == Expecting::Carrier => {
                lines.push("The days are the carrier's own.".into());
                lines.push(format!("We would say: {ours}."));
            }
            (_, Some(ours)) => lines.push(format!("{}.", capital(ours))),
            (Some(_), None) => match &self.published {
                Some(published) => lines.push(format!("{}.", capital(published))),
                None => lines.push("The days are the carrier's own.".into()),
            },
            (None, None) => {}
        }
        let moved: Vec<String> = self.moved.iter().flatten().map(Moved::words).collect();
        if !moved.is_empty() {
            lines.push(format!("Against what is usual: {}.", moved.join(", ")));
        }
        if let Some(record) = self.record.as_ref().filter(|_| self.estimate.is_some() && self.published.is_none()) {
            let whose = if record.carrier.is_some() { "with this carrier" } else { "of all carriers" };
            let held = |days: &whereabouts_domain::forecast::scorecard::Days| {
                days.coverage.map(|share| format!("{:.0} % of {}", share * 100.0, days.parcels))
            };
            if let Some(held) = held(&record.hand_over) {
                lines.push(format!("Of late our days held for {held} parcels {whose}; 80 % is what they are meant for."));
            }
            if let Some(held) = held(&record.carriers_own) {
                lines.push(format!("The carrier's own held for {held}."));
            }
        }
        lines
    }

    pub fn json(&self) -> Value {
        let days = |d: &whereabouts_domain::forecast::scorecard::Days| json!({ "parcels": d.parcels, "coverage": d.coverage, "error_days": d.error_days });
        json!({
            "estimated": self.estimate,
            "learnt_from": self.learnt_from,
            "moved_by": self.moved.as_ref().map(|all| all.iter().map(|m| json!({ "what": m.what, "days": (m.days * 10.0).round() / 10.0 })).collect::<Vec<_>>()),
            "record": self.record.as_ref().map(|r| json!({ "carrier": r.carrier, "ours": days(&r.hand_over), "carriers_own": days(&r.carriers_own) })),
            "explanation": self.lines(),
        })
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
