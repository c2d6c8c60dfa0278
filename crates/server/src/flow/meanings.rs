//! What a retailer takes a carrier's code to mean that stands in no list: set in versions, tried before it is set, and read into what
//! was said before.

use serde::{Deserialize, Serialize};
use whereabouts_domain::{Reason, State, TrackingEvent, journey, meaning::Meaning};

use super::{
    Fault, FlowError,
    settle::{self, Touched},
};
use crate::{
    app::App,
    db::{self, Write, codes::MeaningRow, tasks::TaskRow},
};

/// So many shipments are read anew in one transaction.
const CHUNK: usize = 100;
/// So many are tried before a meaning is set.
pub const TRIED_MAX: i64 = 200;

/// Shipments to be read anew: what a `read_anew` task carries.
#[derive(Serialize, Deserialize)]
struct ReadAnew {
    shipments: Vec<String>,
    by: String,
}

/// What a meaning would make of a shipment.
#[derive(Clone, Debug)]
pub struct Effect {
    pub shipment_id: String,
    pub order_number: Option<String>,
    pub tracking_number: Option<String>,
    pub before: State,
    pub after: State,
}

/// A meaning from what was asked for; without a state there is none.
pub fn asked_for(state: Option<&str>, reason: Option<&str>) -> Result<Option<Meaning>, FlowError> {
    let Some(state) = state else { return Ok(None) };
    let known = State::parse(state).filter(|s| *s != State::Unknown);
    let state =
        known.ok_or_else(|| FlowError::Invalid(vec![Fault::new("/state", "invalid", "is not a state of GET /states, or unknown")]))?;
    let reason = match reason {
        None => None,
        Some(id) => Some(
            Reason::parse(id)
                .ok_or_else(|| FlowError::Invalid(vec![Fault::new("/reason", "invalid", "is not a reason of GET /states")]))?,
        ),
    };
    Ok(Some(Meaning { state, reason }))
}

/// What came without a code and without words has nothing by which it could be known again.
fn named(carrier: &str, code: &str) -> Result<(), FlowError> {
    let empty = [("/carrier", carrier), ("/code", code)].into_iter().find(|(_, said)| said.trim().is_empty());
    match empty {
        None => Ok(()),
        Some((pointer, _)) => {
            let why = "say which code of which carrier is meant; what came with neither code nor words cannot be given a meaning";
            Err(FlowError::Invalid(vec![Fault::new(pointer, "missing", why)]))
        }
    }
}

/// Sets what a code means, or, with `None`, that nobody knows. Answers the version and of how many shipments it was said; those are read
/// anew in the background.
pub async fn set(
    app: &App,
    retailer: &str,
    carrier: &str,
    code: &str,
    meaning: Option<Meaning>,
    by: &str,
) -> Result<(i64, usize), FlowError> {
    named(carrier, code)?;
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let row = MeaningRow {
        carrier: carrier.to_string(),
        code: code.to_string(),
        version: 0,
        state: meaning.map(|m| m.state.id().to_string()),
        reason: meaning.and_then(|m| m.reason).map(|r| r.id().to_string()),
        set_by: by.to_string(),
        set_at: now,
    };
    let version = db::codes::put_meaning(&mut tx, retailer, &row).await?;
    let shipments = db::codes::shipments_of_for_write(&mut tx, retailer, carrier, code).await?;
    let task = |ids: &[String]| TaskRow {
        retailer: retailer.to_string(),
        id: app.ids.make("tsk", now),
        run_at: now,
        kind: "read_anew".into(),
        shipment: None,
        payload: serde_json::to_string(&ReadAnew { shipments: ids.to_vec(), by: by.to_string() }).expect("a task can be written as JSON"),
    };
    db::tasks::put(&mut tx, shipments.chunks(CHUNK).map(task).collect()).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    app.wake.notify_one();
    Ok((version, shipments.len()))
}

/// Does a `read_anew` task.
pub async fn read_anew(app: &App, tx: &mut Write, task: &TaskRow) -> Result<(), FlowError> {
    let Ok(work) = serde_json::from_str::<ReadAnew>(&task.payload) else { return Ok(()) };
    let keys: Vec<(&str, &str)> = work.shipments.iter().map(|id| (task.retailer.as_str(), id.as_str())).collect();
    let rows = db::shipments::by_ids(tx, &keys).await?;
    let pairs: Vec<(&str, &str)> = rows.iter().map(|r| (r.retailer.as_str(), r.id.as_str())).collect();
    let kept = db::events::of_shipments(tx, &pairs).await?;
    let touched = rows
        .into_iter()
        .map(|row| {
            let events = kept.iter().filter(|k| k.owner == row.id).map(|k| k.event.clone()).collect();
            Touched { events: Some(events), user: Some(work.by.clone()), ..Touched::due(row) }
        })
        .collect();
    let settled = settle::settle(app, tx, touched).await?;
    super::digest::ring(app, &settled);
    Ok(())
}

/// What a meaning would change, for the newest shipments of which the code was said. Nothing is written.
pub async fn try_out(app: &App, retailer: &str, carrier: &str, code: &str, meaning: Option<Meaning>) -> Result<Vec<Effect>, FlowError> {
    named(carrier, code)?;
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut meanings = ctx.meanings.clone();
    meanings.set(carrier, code, meaning);
    let read = app.db.read().await?;
    let ids = db::codes::shipments_of(&read, retailer, carrier, code, TRIED_MAX).await?;
    let rows = db::shipments::by_ids_read(&read, retailer, &ids).await?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let kept = db::events::of_shipments_read(&read, retailer, &ids).await?;
    let effect = |row: db::shipments::ShipmentRow| {
        let mut events: Vec<TrackingEvent> = kept.iter().filter(|k| k.owner == row.id).map(|k| k.event.clone()).collect();
        events.iter_mut().for_each(|e| {
            meanings.read(e);
        });
        let after = journey::fold(&row.registration, &events).state;
        Effect {
            before: row.journey.state,
            after,
            shipment_id: row.id,
            order_number: row.registration.order_number,
            tracking_number: row.registration.tracking_number,
        }
    };
    Ok(rows.into_iter().map(effect).collect())
}
