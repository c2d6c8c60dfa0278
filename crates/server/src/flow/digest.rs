//! Understanding what came in: adapters read a batch, events find their shipments, journeys are folded, and everything that follows is
//! written in one transaction. What cannot be read goes to the quarantine; it never loops and never blocks others.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use whereabouts_adapters::{
    carrier::{self, Payload, Unreadable},
    parse,
};
use whereabouts_domain::{
    TrackingEvent,
    window::{self, Candidate, Reach},
};

use super::{
    FlowError,
    settle::{self, Touched},
};
use crate::{
    app::App,
    context::Context,
    db::{
        self, Write,
        events::KeptEvent,
        inbox::InboxRow,
        shipments::{ShipmentRow, number_key},
    },
    retry_races,
};

/// How many payloads are digested in one transaction at most.
pub const BATCH_MAX: i64 = 500;

/// An event on its way to a shipment.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub retailer: String,
    pub event: TrackingEvent,
    pub received_at: i64,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Attached,
    Unmatched,
    Duplicate,
}

/// How many while many are standing at the door: a digest holds the pen only shortly then …
const BATCH_WHEN_CROWDED: i64 = 50;
/// … and rests so many times as long as it worked, so that carriers are answered first and what is inside still moves.
const REST_WHEN_CROWDED: u32 = 8;
const REST_MAX: std::time::Duration = std::time::Duration::from_millis(500);

/// Digests one batch from the inbox. Answers the retailers it was for, one entry per payload.
pub async fn run(app: &App) -> Result<Vec<String>, FlowError> {
    let crowded = app.door.is_crowded();
    let rows = db::inbox::waiting(&app.db.read().await?, if crowded { BATCH_WHEN_CROWDED } else { BATCH_MAX }).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let work = app.clock.stopwatch();
    let (incoming, unreadable) = read_all(&rows);
    retry_races!(digest(app, &rows, &incoming, &unreadable).await)?;
    if crowded {
        tokio::time::sleep((work.elapsed() * REST_WHEN_CROWDED).min(REST_MAX)).await;
    }
    Ok(rows.into_iter().map(|r| r.retailer).collect())
}

struct Faulty {
    row: usize,
    dialect: Option<String>,
    cause: String,
}

async fn digest(app: &App, rows: &[InboxRow], incoming: &[Incoming], unreadable: &[Faulty]) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    match db::inbox::take(&mut tx, rows).await {
        Ok(()) => {}
        // Another worker has digested some of them: they are looked for again in the next round.
        Err(db::DbError::Raced) => return Ok(()),
        Err(e) => return Err(e.into()),
    }
    for faulty in unreadable {
        let row = &rows[faulty.row];
        db::inbox::quarantine(&mut tx, row, faulty.dialect.as_deref(), &faulty.cause, app.clock.now_ms()).await?;
    }
    let touched = absorb(app, &mut tx, incoming.to_vec()).await?.1;
    tx.commit().await?;
    ring(app, &touched);
    Ok(())
}

/// Tells open pages that these shipments changed.
pub fn ring(app: &App, shipments: &[ShipmentRow]) {
    let told: HashSet<(&str, &str)> = shipments.iter().map(|s| (s.retailer.as_str(), s.order_id.as_str())).collect();
    for (retailer, order) in told {
        app.ring(retailer, Some(order));
    }
}

/// From so many payloads on it pays to read on all processors.
const READ_TOGETHER_MIN: usize = 64;
const READERS_MAX: usize = 4;

/// Lets the adapters read. A panic in an adapter would be a fault of ours: it is caught, and the payload is kept.
fn read_all(rows: &[InboxRow]) -> (Vec<Incoming>, Vec<Faulty>) {
    let readers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(READERS_MAX);
    let share = if rows.len() < READ_TOGETHER_MIN { rows.len().max(1) } else { rows.len().div_ceil(readers) };
    let mut read: Vec<Result<Vec<TrackingEvent>, Unread>> = Vec::with_capacity(rows.len());
    std::thread::scope(|scope| {
        let (mine, others) = rows.split_at(share.min(rows.len()));
        let helpers: Vec<_> = others.chunks(share).map(|chunk| scope.spawn(|| chunk.iter().map(read_one).collect::<Vec<_>>())).collect();
        read.extend(mine.iter().map(read_one));
        for helper in helpers {
            read.extend(helper.join().expect("a panic of an adapter is caught where it happens"));
        }
    });
    let mut incoming = Vec::with_capacity(rows.len());
    let mut unreadable = Vec::new();
    for (i, (row, read)) in rows.iter().zip(read).enumerate() {
        match read {
            Ok(events) => incoming.extend(events.into_iter().map(|event| Incoming {
                retailer: row.retailer.clone(),
                event,
                received_at: row.received_at,
            })),
            Err((dialect, cause)) => unreadable.push(Faulty { row: i, dialect, cause }),
        }
    }
    (incoming, unreadable)
}

type Unread = (Option<String>, String);

/// Events of one payload, or (dialect if known, why not).
fn read_one(row: &InboxRow) -> Result<Vec<TrackingEvent>, Unread> {
    let headers: Vec<(String, String)> = serde_json::from_str(&row.headers).unwrap_or_default();
    let payload = Payload { body: &row.body, headers: &headers, number: None, zone: None };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let carrier = match row.dialect.as_deref() {
            Some(id) => carrier::by_id(id).ok_or_else(|| (None, format!("`{id}` is not a carrier that we know")))?,
            None => parse::dialect(&payload).ok_or_else(|| (None, "no dialect that we know has this shape".to_string()))?,
        };
        let id = carrier.card().id.to_string();
        match parse::parse(carrier, &payload) {
            Ok(parsed) => Ok(parsed),
            // The carrier says that it knows nothing: understood, and nothing to keep.
            Err(Unreadable::ErrorReply(why)) => {
                tracing::info!(carrier.id = id, retailer.id = row.retailer, "the carrier answered with an error: {why}");
                Ok(parse::Parsed::default())
            }
            Err(Unreadable::NotUnderstood(why)) => Err((Some(id), why)),
        }
    }));
    match caught {
        Ok(Ok(parsed)) => {
            let mut events = parsed.events;
            events.retain(|e| !e.tracking_number.is_empty());
            for (number, window) in parsed.estimates {
                // The parcel's estimate travels with its newest event.
                if let Some(last) = events.iter_mut().rev().find(|e| e.tracking_number == number && e.moment.is_some())
                    && last.estimated_delivery.is_none()
                {
                    last.estimated_delivery = Some(window);
                }
            }
            Ok(events)
        }
        Ok(Err(unread)) => Err(unread),
        Err(_) => Err((row.dialect.clone(), "reading it failed in a way that must not happen; please report this payload".into())),
    }
}

/// Attaches events to shipments and settles those. Answers the fate of each event, in order, and the shipments that changed.
pub async fn absorb(app: &App, tx: &mut Write, incoming: Vec<Incoming>) -> Result<(Vec<Fate>, Vec<ShipmentRow>), FlowError> {
    let mut fates = vec![Fate::Duplicate; incoming.len()];
    if incoming.is_empty() {
        return Ok((fates, Vec::new()));
    }
    let mut numbers: Vec<(String, String)> = incoming.iter().map(|i| (i.retailer.clone(), number_key(&i.event.tracking_number))).collect();
    let keys_of = numbers.clone();
    numbers.sort();
    numbers.dedup();
    let held: Vec<i64> = numbers.iter().flat_map(|(retailer, number)| db::shipments::number_holds(retailer, [number])).collect();
    tx.hold_together(&held).await?;
    let owners = db::shipments::owners(tx, &numbers).await?;
    let mut ids: Vec<(String, String)> =
        owners.iter().flat_map(|((retailer, _), ids)| ids.iter().map(|id| (retailer.clone(), id.clone()))).collect();
    ids.sort();
    ids.dedup();
    let rows: HashMap<(String, String), ShipmentRow> =
        db::shipments::by_ids(tx, &ids).await?.into_iter().map(|s| ((s.retailer.clone(), s.id.clone()), s)).collect();

    let mut for_shipments: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut unmatched: Vec<usize> = Vec::new();
    for (i, key) in keys_of.iter().enumerate() {
        let candidates: Vec<&ShipmentRow> = owners
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|id| rows.get(&(key.0.clone(), id.clone())))
            .filter(|s| s.stopped_at.is_none())
            .collect();
        let owners = owners_of(app, &incoming[i], &candidates).await?;
        if owners.is_empty() {
            unmatched.push(i);
        }
        for id in owners {
            for_shipments.entry((key.0.clone(), id)).or_default().push(i);
        }
    }
    keep_unmatched(tx, &incoming, &keys_of, &unmatched, &mut fates).await?;

    let pairs: Vec<(&str, &str)> = for_shipments.keys().map(|(r, s)| (r.as_str(), s.as_str())).collect();
    let mut kept: HashMap<String, Vec<KeptEvent>> = HashMap::new();
    for event in db::events::of_shipments(tx, &pairs).await? {
        kept.entry(event.owner.clone()).or_default().push(event);
    }
    let mut touched = Vec::with_capacity(for_shipments.len());
    let mut rows = rows;
    for (key, indices) in for_shipments {
        let Some(row) = rows.remove(&key) else { continue };
        let events = indices.iter().map(|i| (mark_piece(incoming[*i].event.clone(), &row), incoming[*i].received_at)).collect();
        let mut t = Touched::due(row);
        let fresh = t.take_in(kept.remove(&key.1).unwrap_or_default(), events);
        for (i, is_new) in indices.iter().zip(fresh) {
            if is_new {
                fates[*i] = Fate::Attached;
            }
        }
        if t.events.is_some() {
            touched.push(t);
        }
    }
    let settled = settle::settle(app, tx, touched).await?;
    Ok((fates, settled))
}

/// An event told under a piece's barcode is about that piece.
fn mark_piece(mut event: TrackingEvent, row: &ShipmentRow) -> TrackingEvent {
    let told = number_key(&event.tracking_number);
    let barcode = |p: &whereabouts_domain::shipment::Parcel| p.barcode.as_deref().map(number_key);
    if event.parcel.is_none()
        && row.registration.tracking_number.as_deref().map(number_key).as_deref() != Some(&told)
        && row.registration.parcels.iter().any(|p| barcode(p).as_deref() == Some(&told))
    {
        event.parcel = Some(event.tracking_number.clone());
    }
    event
}

/// Numbers are recycled: of the shipments under a number the one whose active window holds the time, the same carrier first; and those
/// that travel in the same bag with it.
async fn owners_of(app: &App, incoming: &Incoming, candidates: &[&ShipmentRow]) -> Result<Vec<String>, FlowError> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let Some(ctx) = app.contexts.get(app, &incoming.retailer).await? else { return Ok(Vec::new()) };
    let same_carrier: Vec<&ShipmentRow> =
        candidates.iter().copied().filter(|s| s.registration.carrier.as_deref() == Some(incoming.event.carrier.as_str())).collect();
    let pool = if same_carrier.is_empty() { candidates } else { &same_carrier };
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let reach = reach_of(&ctx, pool[0]);
    let offered: Vec<Candidate> = pool
        .iter()
        .map(|s| Candidate { registration: &s.registration, registered_at: at(s.created_at), last_event_at: s.last_event_at.map(at) })
        .collect();
    let Some(picked) = window::pick(&offered, incoming.event.at(), at(incoming.received_at), reach) else { return Ok(Vec::new()) };
    Ok(pool.iter().filter(|s| s.id == pool[picked].id || is_same_bag(s, pool[picked])).map(|s| s.id.clone()).collect())
}

/// Two orders in one bag go out under one number at about the same time; a recycled number comes back months later.
const SAME_BAG_MS: i64 = 7 * 86_400_000;

/// Whether two shipments under one number are the same parcel for two orders.
pub fn is_same_bag(a: &ShipmentRow, b: &ShipmentRow) -> bool {
    let sent_at = |s: &ShipmentRow| {
        let r = &s.registration;
        r.shipped_at.or(r.ordered_at).map_or(s.created_at, Timestamp::as_millisecond)
    };
    (sent_at(a) - sent_at(b)).abs() <= SAME_BAG_MS
}

/// How far around a shipment events still belong to it.
pub fn reach_of(ctx: &Context, row: &ShipmentRow) -> Reach {
    let settings = ctx.settings_for(&row.brand_id, &row.registration);
    Reach { before_days: settings.match_before_days, after_days: settings.match_after_days }
}

async fn keep_unmatched(
    tx: &mut Write,
    incoming: &[Incoming],
    keys: &[(String, String)],
    unmatched: &[usize],
    fates: &mut [Fate],
) -> Result<(), FlowError> {
    if unmatched.is_empty() {
        return Ok(());
    }
    let mut by_retailer: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for i in unmatched {
        by_retailer.entry(&keys[*i].0).or_default().push(keys[*i].1.clone());
    }
    let mut there: HashSet<(String, String, String)> = HashSet::new();
    for (retailer, mut numbers) in by_retailer {
        numbers.sort();
        numbers.dedup();
        for kept in db::events::unmatched_of(tx, retailer, &numbers).await? {
            there.insert((retailer.to_string(), kept.owner, kept.key));
        }
    }
    let mut rows = Vec::new();
    for i in unmatched {
        let (retailer, number) = &keys[*i];
        let key = incoming[*i].event.key();
        if there.insert((retailer.clone(), number.clone(), key.clone())) {
            fates[*i] = Fate::Unmatched;
            let doc = serde_json::to_string(&incoming[*i].event).expect("an event can be written as JSON");
            rows.push(crate::row![retailer, number, key, incoming[*i].received_at, doc]);
        }
    }
    tx.many(&db::events::PUT_UNMATCHED, rows).await?;
    Ok(())
}

/// Events that came through the API: digested at once, so that the answer can say which were new.
pub async fn take(app: &App, incoming: Vec<Incoming>) -> Result<Vec<Fate>, FlowError> {
    let (fates, settled) = retry_races!(take_once(app, &incoming).await)?;
    ring(app, &settled);
    app.wake.notify_one();
    Ok(fates)
}

async fn take_once(app: &App, incoming: &[Incoming]) -> Result<(Vec<Fate>, Vec<ShipmentRow>), FlowError> {
    let mut tx = app.db.write().await?;
    let done = absorb(app, &mut tx, incoming.to_vec()).await?;
    tx.commit().await?;
    Ok(done)
}
