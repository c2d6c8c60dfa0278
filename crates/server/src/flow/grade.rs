//! Grading what was said: once a day, while forecasts are learnt anew, each parcel that ended of late is held against what was told of it then, and
//! each promise against when it was kept.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use whereabouts_domain::{
    State,
    forecast::scorecard::{Grading, Outcome, Scorecard, days_of},
};

use super::FlowError;
use crate::{
    app::App,
    db::{
        self,
        grades::{self, Subject},
        shipments::ShipmentRow,
    },
};

/// What ended longer ago says little of today.
pub const GRADED_DAYS: i64 = 84;
/// A parcel of which nobody has heard for so long is lost.
const LOST_AFTER_DAYS: i64 = 14;
/// More carriers have no scorecard of their own …
const CARRIERS_MAX: usize = 50;
/// … and promises on more lanes are counted together, the rarest first.
const LINES_MAX: usize = 2_000;

/// What was graded, over which days.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Graded<T> {
    pub from: Date,
    pub until: Date,
    pub data: Vec<T>,
}

/// Promises of one carrier, service and lane. What is not known, or counted together with others, is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promises {
    pub carrier: String,
    pub service: String,
    pub lane: String,
    pub parcels: u32,
    pub kept: u32,
}

pub struct Gradebook {
    from: Date,
    until: Date,
    all: Grading,
    carriers: BTreeMap<String, Grading>,
    promises: BTreeMap<(String, String, String), (u32, u32)>,
    is_empty: bool,
}

impl Gradebook {
    pub fn new(today: Date) -> Gradebook {
        Gradebook {
            from: today.checked_sub(GRADED_DAYS.days()).unwrap_or(today),
            until: today,
            all: Grading::default(),
            carriers: BTreeMap::new(),
            promises: BTreeMap::new(),
            is_empty: true,
        }
    }

    /// One delivery, if it ended or its promise did within the days that are graded.
    pub fn add(&mut self, row: &ShipmentRow, zone: &TimeZone, now: Timestamp) {
        let (journey, facts, reg) = (&row.journey, &row.facts, &row.registration);
        let due_at = reg.promised.as_ref().and_then(|p| p.deadline(zone)).map(|d| d.at);
        let is_due = due_at.is_some_and(|due| due <= now);
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let silent_days = journey.last_event_at.map_or(0, |at| (now.as_millisecond() - at.as_millisecond()) / 86_400_000);
        let is_lost = matches!(journey.state, State::Lost | State::Destroyed)
            || (journey.had_at.is_none() && journey.ended_at.is_none() && silent_days >= LOST_AFTER_DAYS);
        let ended = journey.had_at.or(journey.ended_at).or(journey.last_event_at.filter(|_| is_lost));
        let Some(last_on) = ended.or(due_at.filter(|_| is_due)).map(day).filter(|on| (self.from..=self.until).contains(on)) else { return };
        self.is_empty = false;
        let late = (journey.had_at.is_some() || is_due).then(|| facts.late()).filter(|_| due_at.is_some());
        if let Some(late) = late {
            let lane = super::foretell::place(reg.origin.as_ref(), 2).zip(super::foretell::place(reg.destination.as_ref(), 2));
            let lane = lane.map(|(from, to)| format!("{from} to {to}")).unwrap_or_default();
            let key = (reg.carrier.clone().unwrap_or_default(), reg.service.clone().unwrap_or_default(), lane);
            let line = self.promises.entry(key).or_default();
            *line = (line.0 + 1, line.1 + u32::from(!late));
        }
        if ended.is_none() && late.is_none() {
            return;
        }
        let outcome = Outcome {
            said: facts.said.as_ref(),
            arrived_on: journey.had_at.map(|_| last_on),
            is_lost,
            late,
            due_at,
            carriers: journey.estimated.as_ref().and_then(|window| days_of(window, zone)),
        };
        self.all.add(&outcome);
        if let Some(carrier) = &reg.carrier
            && (self.carriers.contains_key(carrier) || self.carriers.len() < CARRIERS_MAX)
        {
            self.carriers.entry(carrier.clone()).or_default().add(&outcome);
        }
    }

    /// Writes the grades down, if there is anything to grade.
    pub async fn keep(self, app: &App, retailer: &str) -> Result<(), FlowError> {
        if self.is_empty {
            return Ok(());
        }
        let mut cards = vec![self.all.scorecard(None)];
        cards.extend(self.carriers.iter().map(|(carrier, grading)| grading.scorecard(Some(carrier))));
        let forecasts = Graded { from: self.from, until: self.until, data: cards };
        let promises = Graded { from: self.from, until: self.until, data: lines(self.promises) };
        let mut tx = app.db.write().await?;
        let now = app.clock.now_ms();
        grades::put(&mut tx, retailer, Subject::Forecasts, now, &written(&forecasts)).await?;
        grades::put(&mut tx, retailer, Subject::Promises, now, &written(&promises)).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn written<T: Serialize>(graded: &Graded<T>) -> String {
    serde_json::to_string(graded).expect("grades can be written as JSON")
}

fn lines(promises: BTreeMap<(String, String, String), (u32, u32)>) -> Vec<Promises> {
    let line = |((carrier, service, lane), (parcels, kept))| Promises { carrier, service, lane, parcels, kept };
    let mut lines: Vec<Promises> = promises.into_iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.parcels));
    let others = lines.split_off(lines.len().min(LINES_MAX));
    if !others.is_empty() {
        let sum = |of: fn(&Promises) -> u32| others.iter().map(of).sum();
        lines.push(Promises { parcels: sum(|l| l.parcels), kept: sum(|l| l.kept), ..Promises::default() });
    }
    lines
}

/// When forecasts were graded last, and their scorecards: of all carriers together first.
pub async fn scorecards(read: &db::Read<'_>, retailer: &str) -> Result<Option<(i64, Graded<Scorecard>)>, db::DbError> {
    let kept = grades::get(read, retailer, Subject::Forecasts).await?;
    Ok(kept.and_then(|(at, doc)| Some((at, serde_json::from_str(&doc).ok()?))))
}

/// When promises were counted last, and how many were kept.
pub async fn promises(read: &db::Read<'_>, retailer: &str) -> Result<Option<(i64, Graded<Promises>)>, db::DbError> {
    let kept = grades::get(read, retailer, Subject::Promises).await?;
    Ok(kept.and_then(|(at, doc)| Some((at, serde_json::from_str(&doc).ok()?))))
}
