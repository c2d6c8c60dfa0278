//! Telling when parcels will arrive. Once a day all that a retailer's parcels told is learnt anew from what is kept of them, so there is nothing
//! else to keep, to merge between nodes or to restore; then every open shipment is told what is expected of it, and between two days those that
//! changed. What is told goes through [`settle`] like any other change.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use whereabouts_domain::{
    Destination, Registration, ShipmentType,
    forecast::{
        Clock, Expected, Known, Tuning, Unit,
        gaps::{Followed, Norms},
        replay::{Foresight, History, learn},
    },
};

use super::{
    FlowError, digest, grade, patience,
    settle::{self, Touched},
};
use crate::{
    app::App,
    context::Context,
    db::{
        self,
        forecasts::{self, Walk},
        shipments::ShipmentRow,
    },
    ids, retry_races,
};

/// Fewer arrivals teach nothing that could be relied on.
const ARRIVALS_MIN: usize = 50;
/// What is older teaches nothing any more.
const TAUGHT_DAYS: i64 = 200;
/// So many parcels teach at most; of more, an even sample does.
const TEACHERS_MAX: usize = 20_000;
const PAGE: i64 = 500;
const DAY_MS: i64 = 86_400_000;
/// Where too little had arrived to learn from, it is looked again after so long.
const LOOK_AGAIN_MS: i64 = 600_000;

/// What was learnt for each retailer, in memory.
#[derive(Default)]
pub struct Learnt(Mutex<HashMap<String, Lessons>>);

#[derive(Clone)]
struct Lessons {
    on: Date,
    looked_at: i64,
    /// Nothing where too little has arrived.
    taught: Option<Arc<Taught>>,
    /// Changes up to this moment have been foretold of.
    foretold_until: i64,
}

/// What a day's learning gave.
pub struct Taught {
    pub foresight: Foresight,
    /// What silence is normal.
    norms: Norms,
}

/// Foretells for every retailer, one right after the other. Answers of how many shipments something new was told.
pub async fn run(app: &App) -> Result<usize, FlowError> {
    let retailers = db::retailers::all(&app.db.read().await?).await?;
    let mut told = 0;
    for retailer in retailers {
        if app.is_stopping() {
            break;
        }
        told += for_retailer(app, &retailer.id).await?;
    }
    Ok(told)
}

/// Foretells for one retailer, learning anew first if it is time to. Answers of how many shipments something new was told.
pub async fn for_retailer(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let Some(ctx) = app.contexts.get(app, retailer).await? else { return Ok(0) };
    let now = app.clock.now();
    let (now_ms, today) = (now.as_millisecond(), TimeZone::UTC.to_datetime(now).date());
    let before = app.learnt.of(retailer);
    let mut lessons = match before {
        Some(lessons) if lessons.on == today && (lessons.taught.is_some() || now_ms - lessons.looked_at < LOOK_AGAIN_MS) => lessons,
        _ => Lessons { on: today, looked_at: now_ms, taught: learnt(app, &ctx, retailer, today).await?, foretold_until: 0 },
    };
    app.learnt.put(retailer, lessons.clone());
    let Some(taught) = lessons.taught.clone() else { return Ok(0) };
    let mut walk = match lessons.foretold_until {
        0 => Walk::Open { after: String::new() },
        until => Walk::Changed { since: until, after: String::new() },
    };
    let mut told = 0;
    loop {
        let start = walk.clone();
        let (seen, new) = retry_races!({
            walk = start.clone();
            page(app, &ctx, retailer, &taught, &mut walk).await
        })?;
        told += new;
        if seen < PAGE as usize || app.is_stopping() {
            break;
        }
    }
    lessons.foretold_until = now_ms;
    app.learnt.put(retailer, lessons);
    Ok(told)
}

impl Learnt {
    /// What was learnt last for a retailer, if this process has.
    pub fn taught(&self, retailer: &str) -> Option<Arc<Taught>> {
        self.of(retailer)?.taught
    }
    fn of(&self, retailer: &str) -> Option<Lessons> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(retailer).cloned()
    }
    fn put(&self, retailer: &str, lessons: Lessons) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(retailer.to_owned(), lessons);
    }
}

/// Everything that was told until the end of yesterday.
async fn learnt(app: &App, ctx: &Arc<Context>, retailer: &str, today: Date) -> Result<Option<Arc<Taught>>, FlowError> {
    let Ok(yesterday) = today.yesterday() else { return Ok(None) };
    let mut after = ids::first_at("shp", app.clock.now_ms() - TAUGHT_DAYS * DAY_MS);
    let mut grades = grade::Gradebook::new(today);
    let mut teachers: Vec<(u64, History, Option<Followed>)> = Vec::new();
    // One of so many teaches.
    let mut one_of = 1_u64;
    loop {
        let rows = forecasts::registered_after(&app.db.read().await?, retailer, &after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        last.id.clone_into(&mut after);
        for row in rows.iter().filter(|row| row.registration.kind == ShipmentType::Delivery) {
            grades.add(row, &zone_of(ctx, row), app.clock.now());
        }
        teachers.extend(rows.iter().map(|row| (drawn(&row.id), row)).filter(|(drawn, _)| drawn % one_of == 0).filter_map(
            |(drawn, row)| {
                let teaches = row.registration.kind == ShipmentType::Delivery && (row.stopped_at.is_none() || row.journey.had_at.is_some());
                teaches.then(|| {
                    let zone = zone_of(ctx, row);
                    (drawn, history(row, &zone), patience::followed(ctx, row, &zone))
                })
            },
        ));
        while teachers.len() > TEACHERS_MAX {
            one_of *= 2;
            teachers.retain(|(drawn, ..)| drawn % one_of == 0);
        }
        if rows.len() < PAGE as usize || app.is_stopping() {
            break;
        }
    }
    grades.keep(app, retailer).await?;
    if teachers.iter().filter(|(_, history, _)| history.delivered.is_some()).count() < ARRIVALS_MIN {
        return Ok(None);
    }
    let silences = teachers.iter_mut().filter_map(|(drawn, history, followed)| Some((*drawn, history.order.clone(), followed.take()?)));
    let silences = silences.collect();
    let histories: Vec<History> = teachers.into_iter().map(|(_, history, _)| history).collect();
    let learning = tokio::task::spawn_blocking(move || learn(&histories, Unit::Dates, Tuning::default(), yesterday));
    let Some(foresight) = learning.await.ok().filter(|foresight| foresight.arrivals() as usize >= ARRIVALS_MIN) else { return Ok(None) };
    Ok(Some(Arc::new(Taught { foresight, norms: patience::learnt(app, ctx, silences).await? })))
}

/// The same number for the same shipment, spread evenly.
fn drawn(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// One page of shipments in one transaction. Answers how many it held, and of how many something new was told.
async fn page(app: &App, ctx: &Context, retailer: &str, taught: &Taught, walk: &mut Walk) -> Result<(usize, usize), FlowError> {
    let rows = walk.next(&app.db.read().await?, retailer, PAGE).await?;
    let seen = rows.len();
    let now = app.clock.now();
    let mut touched = Vec::new();
    for row in rows {
        let is_foretold = is_foretold(&row);
        let expected = is_foretold.then(|| expected(ctx, &row, &taught.foresight, now)).flatten();
        let patience = is_foretold.then(|| patience::of(&taught.norms, &row)).flatten();
        if expected != row.facts.expected || patience != row.facts.patience {
            let mut news = Touched::due(row);
            if let Some(expected) = expected.as_ref().filter(|e| Some(*e) != news.row.facts.expected.as_ref()) {
                let today = zone_of(ctx, &news.row).to_datetime(now).date();
                news.row.facts.said.get_or_insert_default().note(expected, today);
            }
            (news.row.facts.expected, news.row.facts.patience) = (expected, patience);
            touched.push(news);
        }
    }
    if touched.is_empty() {
        return Ok((seen, 0));
    }
    let told = touched.len();
    let mut tx = app.db.write().await?;
    let settled = settle::settle(app, &mut tx, touched).await?;
    tx.commit().await?;
    digest::ring(app, &settled);
    Ok((seen, told))
}

/// Whether a shipment is a delivery that is still on its way.
fn is_foretold(row: &ShipmentRow) -> bool {
    let is_under_way = row.stopped_at.is_none() && row.journey.had_at.is_none() && row.journey.ended_at.is_none();
    row.registration.kind == ShipmentType::Delivery && is_under_way
}

/// What is expected of it, unless it is on its way back.
fn expected(ctx: &Context, row: &ShipmentRow, foresight: &Foresight, now: Timestamp) -> Option<Expected> {
    if row.journey.returning {
        return None;
    }
    let zone = zone_of(ctx, row);
    let (told, now) = (history(row, &zone), zone.to_datetime(now));
    let forecast = foresight.foresee(&told.known, told.purchased, told.handed_over, now);
    let handed_over = told.handed_over.filter(|at| *at <= now);
    let (clock, started) = handed_over.map_or((Clock::Purchase, told.purchased), |at| (Clock::HandOver, at.max(told.purchased)));
    let learnt_from = foresight.arrivals();
    let expected = Expected::of(&forecast, clock, started, now.date(), learnt_from)?;
    Some(expected.after(row.facts.expected.as_ref(), now.date()))
}

pub fn zone_of(ctx: &Context, row: &ShipmentRow) -> TimeZone {
    let settings = ctx.settings_for(&row.brand_id, &row.registration);
    ctx.zone_of(&row.brand_id, &row.registration, &settings)
}

/// What is kept of a shipment, as a history by the recipient's clock.
pub fn history(row: &ShipmentRow, zone: &TimeZone) -> History {
    let (reg, journey) = (&row.registration, &row.journey);
    let local = |at: Timestamp| zone.to_datetime(at);
    let registered = Timestamp::from_millisecond(row.created_at).unwrap_or(Timestamp::UNIX_EPOCH);
    let handed_over = reg.handed_over_at.or(journey.first_physical_at).or(reg.shipped_at).map(local);
    let purchased = reg.ordered_at.map(local).into_iter().chain(handed_over).min().unwrap_or_else(|| local(registered));
    History {
        order: row.id.clone(),
        purchased: purchased.min(handed_over.unwrap_or(purchased)),
        handed_over,
        delivered: journey.had_at.map(local),
        whole_days: None,
        is_cut_off: false,
        known: known(reg, zone, purchased),
    }
}

/// A country and so many letters of the postcode.
pub fn place(d: Option<&Destination>, letters: usize) -> Option<String> {
    let d = d?;
    let country = d.country.as_deref()?;
    let post: String = d.postcode.as_deref().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(letters).collect();
    Some(format!("{country} {}", post.to_ascii_uppercase()))
}

fn known(reg: &Registration, zone: &TimeZone, purchased: DateTime) -> Known {
    let sensible = |day: &Date| purchased.date().checked_add(1.year()).is_ok_and(|far| *day < far);
    let carrier = reg.carrier.as_ref().map(|carrier| format!("{carrier} {}", reg.service.as_deref().unwrap_or_default()));
    Known {
        promised_on: reg.promised.as_ref().and_then(|p| p.day(zone)).filter(sensible),
        despatch_by: None,
        carrier,
        origin: place(reg.origin.as_ref(), 2),
        destination: place(reg.destination.as_ref(), 2),
        place: place(reg.destination.as_ref(), 4),
        sender: reg.site.clone(),
        freight: None,
        weight: None,
    }
}
