//! The living demo: a retailer that does not exist, whose parcels move while you watch. Everything goes the product's own ways: orders and shipments
//! are registered by the flows, carriers' payloads come through the door, agents act on their queue; only the clock is the demo's, and runs fast.
//!
//! What lies before the opening is played with the clock standing in the past, so that every message, alert and change has the time that it
//! would have had. From then on the same story is played by the clock.

mod days;
mod guesthouse;
mod orders;
mod past;
mod people;
pub mod retailer;
pub mod simulated;
mod story;
mod trailer;
mod voice;

use std::time::Duration;

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use whereabouts_domain::calendar::Calendars;

use crate::{
    app::App,
    db::{self, inbox::InboxRow},
    flow::{self, FlowError, alerts::Act as AgentAct},
};
use story::{Act, Scene, Story};

/// How many times faster than life, unless one chooses: a day in under ten minutes, and something new on the printed page every 24 seconds.
pub const SPEED: f64 = 150.0;
/// When the demo opens on its first day: the trailer has been silent for nearly nine hours, and nobody knows yet.
const OPENING: &str = "02:40";
/// The story begins so many days before, and the first retailer's message is sent then.
const DAYS_BEFORE: i64 = 9;
/// Longest pause between two looks at the clock.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What must be known to go on with a demo that was stopped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub retailer: String,
    /// Shown at every start: it opens nothing but invented people.
    pub api_key: String,
    /// Day 0.
    pub opening: Date,
    /// Everything up to here has been played.
    pub played_until: i64,
    /// Where the product's clock stood.
    pub now: i64,
}

/// The day on which a demo opens: the last Tuesday, so that the parcels that went silent last night did so between two working days. The story's
/// weekends lie where they lie; after a bank holiday it is an earlier week's Tuesday.
pub fn opening_day(now: Timestamp) -> Date {
    let calendars = Calendars::built_in();
    let works = |day: Date| calendars.is_working_day(day, &["GB-ENG"]) && calendars.is_working_day(day, &["GB-SCT"]);
    let is_fit = |day: &Date| day.weekday() == Weekday::Tuesday && works(*day) && day.yesterday().is_ok_and(works);
    let today = zone().to_datetime(now).date();
    today.series((-1).day()).take(60).find(is_fit).unwrap_or(today)
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// The moment at which the demo opens on a day.
pub fn opens_at(day: Date) -> Zoned {
    Story::new(day, zone(), 0).at(0, OPENING, 0)
}

/// Everything that happens after one moment and up to another.
fn scenes(opening: Date, after: i64, until: i64) -> Vec<Scene> {
    let mut story = Story::new(opening, zone(), 0);
    trailer::write(&mut story);
    guesthouse::write(&mut story);
    orders::write(&mut story);
    let mut all = story.told();
    let day_of = |ms: i64| {
        let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let span = zone().to_datetime(at).date().since((jiff::Unit::Day, opening)).unwrap_or_default();
        i64::from(span.get_days())
    };
    // An order of one day is delivered on the next.
    for day in (day_of(after) - 2).max(0)..=day_of(until).max(-1) {
        let mut story = Story::new(opening, zone(), 100_000 + day.unsigned_abs() * 100);
        days::write(&mut story, day);
        all.extend(story.told());
    }
    all.retain(|s| (after + 1..=until).contains(&s.at.as_millisecond()));
    all.sort_by_key(|s| s.at);
    all
}

/// Creates the retailer and plays everything before the opening. The clock stands at the opening when it is done.
pub async fn seed(app: &App, opening: Date) -> Result<Kept, FlowError> {
    let now = opens_at(opening).timestamp().as_millisecond();
    let begin = now - DAYS_BEFORE * 86_400_000;
    app.clock.stand(Some(begin));
    let made = retailer::set_up(app).await?;
    past::bring(app, &made.retailer_id, &mut Story::new(opening, zone(), 50_000)).await?;
    let mut kept = Kept { retailer: made.retailer_id, api_key: made.api_key, opening, played_until: begin, now: begin };
    play_to(app, &mut kept, now).await?;
    Ok(kept)
}

/// Plays on to a moment with the clock standing, doing due work on the way.
pub async fn play_to(app: &App, kept: &mut Kept, until: i64) -> Result<(), FlowError> {
    app.clock.stand(Some(kept.now));
    for together in scenes(kept.opening, kept.played_until, until).chunk_by(|a, b| a.at == b.at) {
        let at = together[0].at.as_millisecond();
        flow::due::walk_to(app, at.max(kept.now)).await?;
        for scene in together {
            play(app, &kept.retailer, scene).await?;
        }
        kept.played_until = at;
    }
    flow::due::walk_to(app, until).await?;
    (kept.played_until, kept.now) = (until, until);
    Ok(())
}

/// Plays on until the process stops. `keep` is told from time to time how far it is.
pub async fn run(app: &App, mut kept: Kept, keep: impl Fn(&Kept)) {
    const AHEAD_MS: i64 = 86_400_000;
    let mut coming: std::collections::VecDeque<Scene> = Default::default();
    let mut planned_until = kept.played_until;
    let mut kept_at = 0;
    while !app.is_stopping() {
        let now = app.clock.now_ms();
        while planned_until <= now {
            coming.extend(scenes(kept.opening, planned_until, planned_until + AHEAD_MS));
            planned_until += AHEAD_MS;
        }
        while !app.is_stopping()
            && let Some(scene) = coming.front()
            && scene.at.as_millisecond() <= now
        {
            match play(app, &kept.retailer, scene).await {
                Ok(()) => {}
                Err(error) => tracing::error!(error = %crate::chain::of(&error), "a scene of the demo could not be played"),
            }
            kept.played_until = scene.at.as_millisecond();
            coming.pop_front();
        }
        kept.now = now;
        if app.clock.machine_ms() - kept_at >= 2_000 {
            kept_at = app.clock.machine_ms();
            keep(&kept);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.stopped() => {}
        }
    }
    keep(&kept);
}

async fn play(app: &App, retailer: &str, scene: &Scene) -> Result<(), FlowError> {
    match &scene.act {
        Act::Order(doc) => flow::order::register(app, retailer, doc).await.map(|_| ()),
        Act::Shipment(doc) => flow::register::shipment(app, retailer, doc, "webshop").await.map(|_| ()),
        Act::Payload { dialect, body } => hand_in(app, retailer, *dialect, body).await,
        Act::Dispute { number, reason, note } => match shipment_of(app, retailer, number).await? {
            Some(id) => flow::alerts::dispute(app, retailer, &id, reason, Some(note)).await.map(|_| ()),
            None => Ok(()),
        },
        Act::Note { number, agent, text } => match shipment_of(app, retailer, number).await? {
            Some(id) => flow::alerts::note(app, retailer, &id, agent, text).await.map(|_| ()),
            None => Ok(()),
        },
        Act::Claim { number, agent } => act(app, retailer, number, AgentAct::Assign(Some((*agent).into())), agent).await,
        Act::Resolve { number, agent, how } => act(app, retailer, number, AgentAct::Resolve((*how).into()), agent).await,
    }
}

/// As a carrier's call to the hook would leave it: written down first, understood afterwards.
async fn hand_in(app: &App, retailer: &str, dialect: Option<&str>, body: &str) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let row = InboxRow {
        retailer: retailer.into(),
        id: app.ids.make("inb", now),
        received_at: now,
        source: "hook".into(),
        signature: None,
        dialect: dialect.map(str::to_string),
        headers: "[]".into(),
        body: body.as_bytes().to_vec(),
    };
    app.door.hand_in(row).await.map_err(|e| FlowError::Conflict(e.to_string()))
}

async fn shipment_of(app: &App, retailer: &str, number: &str) -> Result<Option<String>, FlowError> {
    let mut filter = db::shipments::Filter::of(retailer);
    filter.is("tracking_key", db::shipments::number_key(number).as_str());
    let found = db::shipments::list(&app.db.read().await?, &filter, None, 1).await?;
    Ok(found.into_iter().next().map(|s| s.id))
}

/// Everything that is open for a parcel.
async fn act(app: &App, retailer: &str, number: &str, what: AgentAct, who: &str) -> Result<(), FlowError> {
    let Some(id) = shipment_of(app, retailer, number).await? else { return Ok(()) };
    let open = db::alerts::of_shipment(&app.db.read().await?, retailer, &id).await?;
    for alert in open.into_iter().filter(|a| a.is_open()) {
        flow::alerts::act(app, retailer, &alert.id, &what, who).await?;
    }
    Ok(())
}

/// The path of an order's tracking page.
pub async fn page_of(app: &App, retailer: &str, order_number: &str) -> Result<Option<String>, FlowError> {
    let found = db::orders::by_number(&app.db.read().await?, retailer, order_number).await?;
    Ok(found.first().map(|o| crate::view::page_url(&app.config.public_url, retailer, &o.page_token)))
}

/// The shopper who rings.
pub fn caller_name() -> String {
    let caller = people::shopper(0);
    format!("{} {}", caller.first, caller.last)
}

/// The order whose page is printed, and that of the shopper who rings.
pub fn told_orders() -> [String; 2] {
    [guesthouse::ORDER.into(), format!("TP-{}", trailer::FIRST_ORDER)]
}
