//! Understanding what came in: adapters read a batch, events find their shipments, journeys are folded, and everything that follows is
//! written in one transaction. What cannot be read goes to the quarantine; it never loops and never blocks others.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use whereabouts_domain::{
    TrackingEvent,
    window::{self, Candidate, Reach},
};

use super::{
    FlowError, received,
    settle::{self, Touched},
    understand::{self, Outcome, Understood},
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
const REST_MAX: Duration = Duration::from_millis(500);

/// Digests batch after batch until nothing waits, or for about so long: what falls due meanwhile is not to wait for ever. Answers how many
/// payloads it was, and the retailers concerned.
pub async fn run_for(app: &App, patience: Duration) -> Result<(usize, BTreeSet<String>), FlowError> {
    let begun = app.clock.stopwatch();
    let (mut digested, mut retailers) = (0, BTreeSet::new());
    loop {
        let batch = run(app).await?;
        if batch.is_empty() {
            return Ok((digested, retailers));
        }
        digested += batch.len();
        retailers.extend(batch);
        if app.is_stopping() || begun.elapsed() > patience {
            app.wake.notify_one();
            return Ok((digested, retailers));
        }
    }
}

/// Digests one batch from the inbox. Answers the retailers it was for, one entry per payload.
pub async fn run(app: &App) -> Result<Vec<String>, FlowError> {
    let crowded = app.door.is_crowded(app.clock.machine_ms());
    let rows = next_batch(app, if crowded { BATCH_WHEN_CROWDED } else { BATCH_MAX }).await?;
    let Some(last) = rows.last() else { return Ok(Vec::new()) };
    app.last_served.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone_from(&last.retailer);
    let work = app.clock.stopwatch();
    let digested = shares(app, rows).await?.into_iter().map(|share| digest_share(app, share));
    let rows = futures_util::future::try_join_all(digested).await?.into_iter().flatten();
    if crowded {
        tokio::time::sleep((work.elapsed() * REST_WHEN_CROWDED).min(REST_MAX)).await;
    }
    Ok(rows.map(|r| r.retailer).collect())
}

/// So many payloads are worth a transaction of their own …
const SHARE_MIN: usize = 32;
/// … and so many of those at once keep both sides busy: measured, four got a fifth more done than one, two a sixth.
const SHARES_MAX: usize = 4;

/// Payloads that are digested in one transaction, with what was read in them.
pub struct Share {
    pub rows: Vec<InboxRow>,
    reads: Vec<Understood>,
    incoming: Vec<Incoming>,
}

/// A batch as it is digested: on PostgreSQL in several transactions at once, so that we think about one while the server works on the others.
/// Payloads about the same number stay together: else they would wait for each other. SQLite has one pen.
pub async fn shares(app: &App, rows: Vec<InboxRow>) -> Result<Vec<Share>, FlowError> {
    let reads = understand::read_all(app, &rows).await?;
    let count = if app.db.is_lite() { 1 } else { (rows.len() / SHARE_MIN).clamp(1, SHARES_MAX) };
    let mut shares: Vec<Share> = Vec::new();
    shares.resize_with(count, || Share { rows: Vec::new(), reads: Vec::new(), incoming: Vec::new() });
    for (row, mut read) in rows.into_iter().zip(reads) {
        let number = read.events.first().map_or("", |e| e.tracking_number.as_str());
        let place = db::shipments::number_hold(&row.retailer, &number_key(number)).unsigned_abs() as usize % count;
        let share = &mut shares[place];
        let incoming = |event: TrackingEvent| Incoming { retailer: row.retailer.clone(), event, received_at: row.received_at };
        share.incoming.extend(std::mem::take(&mut read.events).into_iter().map(incoming));
        share.rows.push(row);
        share.reads.push(read);
    }
    shares.retain(|share| !share.rows.is_empty());
    Ok(shares)
}

async fn digest_share(app: &App, share: Share) -> Result<Vec<InboxRow>, FlowError> {
    retry_races!(digest(app, &share).await)?;
    Ok(share.rows)
}

/// What is digested next: a fair share of what waits, beginning after the retailer that was served last.
pub async fn next_batch(app: &App, limit: i64) -> Result<Vec<InboxRow>, FlowError> {
    let after = app.last_served.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    Ok(db::inbox::waiting(&app.db.read().await?, &after, limit).await?)
}

async fn digest(app: &App, Share { rows, reads, incoming }: &Share) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    match db::inbox::take(&mut tx, rows).await {
        Ok(()) => {}
        // Another worker has digested some of them: they are looked for again in the next round.
        Err(db::DbError::Raced) => return Ok(()),
        Err(e) => return Err(e.into()),
    }
    for (row, read) in rows.iter().zip(reads).filter(|(_, read)| read.outcome == Outcome::Unread) {
        db::inbox::quarantine(&mut tx, row, read.dialect.as_deref(), &read.detail, app.clock.now_ms()).await?;
    }
    let (fates, touched) = absorb(app, &mut tx, incoming).await?;
    super::freshness::note(&mut tx, incoming, &fates).await?;
    // Last, because others count the same feeds and would wait.
    received::note(app, &mut tx, rows, reads).await?;
    tx.commit().await?;
    ring(app, &touched);
    Ok(())
}

/// Tells open pages that these shipments changed.
pub fn ring(app: &App, shipments: &[ShipmentRow]) {
    if app.live.receiver_count() == 0 {
        return;
    }
    let told: HashSet<(&str, &str)> = shipments.iter().map(|s| (s.retailer.as_str(), s.order_id.as_str())).collect();
    for (retailer, order) in told {
        app.ring(retailer, Some(order));
    }
}

/// Attaches events to shipments and settles those. Answers the fate of each event, in order, and the shipments that changed.
pub async fn absorb(app: &App, tx: &mut Write, incoming: &[Incoming]) -> Result<(Vec<Fate>, Vec<ShipmentRow>), FlowError> {
    let mut fates = vec![Fate::Duplicate; incoming.len()];
    if incoming.is_empty() {
        return Ok((fates, Vec::new()));
    }
    let told: Vec<Told> = incoming.iter().map(|i| Told { incoming: i, number: number_key(&i.event.tracking_number) }).collect();
    let Concerned { rows, numbers, owners } = Concerned::by(tx, &told).await?;
    // For each of those shipments, the events that are told to it.
    let mut for_shipments: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    let mut unmatched: Vec<usize> = Vec::new();
    for (i, told) in told.iter().enumerate() {
        let of_number = numbers.binary_search(&told.under()).map_or(&[][..], |number| owners[number].as_slice());
        let candidates: Vec<usize> = of_number.iter().copied().filter(|place| rows[*place].stopped_at.is_none()).collect();
        let theirs = owners_of(app, told.incoming, &rows, candidates).await?;
        if theirs.is_empty() {
            unmatched.push(i);
        }
        for place in theirs {
            for_shipments[place].push(i);
        }
    }
    keep_unmatched(tx, &told, &unmatched, &mut fates).await?;

    let mut kept = kept_events(tx, &rows, &for_shipments).await?;
    let mut touched = Vec::with_capacity(rows.len());
    for (place, row) in rows.into_iter().enumerate().filter(|(place, _)| !for_shipments[*place].is_empty()) {
        let indices = &for_shipments[place];
        let events = indices.iter().map(|i| (mark_piece(incoming[*i].event.clone(), &row), incoming[*i].received_at)).collect();
        let mut t = Touched::due(row);
        let fresh = t.take_in(std::mem::take(&mut kept[place]), events);
        for (i, _) in indices.iter().zip(fresh).filter(|(_, is_new)| *is_new) {
            fates[*i] = Fate::Attached;
        }
        if t.events.is_some() {
            touched.push(t);
        }
    }
    let settled = settle::settle(app, tx, touched).await?;
    Ok((fates, settled))
}

/// An event, and the number it is told under as numbers are compared.
struct Told<'a> {
    incoming: &'a Incoming,
    number: String,
}

impl Told<'_> {
    fn under(&self) -> (&str, &str) {
        (&self.incoming.retailer, &self.number)
    }
}

/// The shipments known under the numbers told of.
struct Concerned<'a> {
    rows: Vec<ShipmentRow>,
    /// Retailer and number, each once, in order …
    numbers: Vec<(&'a str, &'a str)>,
    /// … and for each the places of its shipments.
    owners: Vec<Vec<usize>>,
}

impl<'a> Concerned<'a> {
    async fn by(tx: &mut Write, told: &'a [Told<'a>]) -> Result<Concerned<'a>, FlowError> {
        let mut numbers: Vec<(&str, &str)> = told.iter().map(Told::under).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let held: Vec<i64> = numbers.iter().map(|(retailer, number)| db::shipments::number_hold(retailer, number)).collect();
        tx.hold_together(&held).await?;
        let known = db::shipments::owners(tx, &numbers).await?;
        let mut ids: Vec<(&str, &str)> = known.iter().map(|k| (k.retailer.as_str(), k.shipment.as_str())).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut rows = db::shipments::by_ids(tx, &ids).await?;
        rows.sort_unstable_by(|a, b| name(a).cmp(&name(b)));
        let mut owners = vec![Vec::new(); numbers.len()];
        for k in &known {
            let number = numbers.binary_search(&(k.retailer.as_str(), k.number.as_str()));
            let place = rows.binary_search_by(|s| name(s).cmp(&(k.retailer.as_str(), k.shipment.as_str())));
            if let (Ok(number), Ok(place)) = (number, place) {
                owners[number].push(place);
            }
        }
        Ok(Concerned { rows, numbers, owners })
    }
}

fn name(row: &ShipmentRow) -> (&str, &str) {
    (&row.retailer, &row.id)
}

/// What is kept already of the shipments to which something is told, place by place.
async fn kept_events(tx: &mut Write, rows: &[ShipmentRow], for_shipments: &[Vec<usize>]) -> Result<Vec<Vec<KeptEvent>>, FlowError> {
    let concerned = || rows.iter().enumerate().filter(|(place, _)| !for_shipments[*place].is_empty());
    let keys: Vec<(&str, &str)> = concerned().map(|(_, s)| name(s)).collect();
    let places: HashMap<&str, usize> = concerned().map(|(place, s)| (s.id.as_str(), place)).collect();
    let mut kept: Vec<Vec<KeptEvent>> = Vec::new();
    kept.resize_with(rows.len(), Vec::new);
    for event in db::events::of_shipments(tx, &keys).await? {
        if let Some(place) = places.get(event.owner.as_str()) {
            kept[*place].push(event);
        }
    }
    Ok(kept)
}

/// An event told under a piece's barcode is about that piece.
pub(super) fn mark_piece(mut event: TrackingEvent, row: &ShipmentRow) -> TrackingEvent {
    let told = number_key(&event.tracking_number);
    if event.parcel.is_none() && row.registration.tracking_number.as_deref().map(number_key).as_deref() != Some(&told) {
        let barcodes = row.registration.parcels.iter().filter_map(|p| p.barcode.as_ref());
        event.parcel = barcodes.into_iter().find(|b| number_key(b) == told).cloned();
    }
    event
}

/// Numbers are recycled: of the shipments under a number the one whose active window holds the time, the same carrier first; and those
/// that travel in the same bag with it.
async fn owners_of(app: &App, incoming: &Incoming, rows: &[ShipmentRow], mut pool: Vec<usize>) -> Result<Vec<usize>, FlowError> {
    if pool.is_empty() {
        return Ok(pool);
    }
    let Some(ctx) = app.contexts.get(app, &incoming.retailer).await? else { return Ok(Vec::new()) };
    let is_same_carrier = |place: &usize| rows[*place].registration.carrier.as_deref() == Some(incoming.event.carrier.as_str());
    if pool.iter().any(is_same_carrier) {
        pool.retain(is_same_carrier);
    }
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let reach = reach_of(&ctx, &rows[pool[0]]);
    let offered: Vec<Candidate> = pool
        .iter()
        .map(|place| &rows[*place])
        .map(|s| Candidate { registration: &s.registration, registered_at: at(s.created_at), last_event_at: s.last_event_at.map(at) })
        .collect();
    let Some(picked) = window::pick(&offered, incoming.event.at(), at(incoming.received_at), reach) else { return Ok(Vec::new()) };
    let picked = pool[picked];
    pool.retain(|place| *place == picked || is_same_bag(&rows[*place], &rows[picked]));
    Ok(pool)
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

async fn keep_unmatched(tx: &mut Write, told: &[Told<'_>], unmatched: &[usize], fates: &mut [Fate]) -> Result<(), FlowError> {
    if unmatched.is_empty() {
        return Ok(());
    }
    let mut by_retailer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (retailer, number) in unmatched.iter().map(|i| told[*i].under()) {
        by_retailer.entry(retailer).or_default().push(number);
    }
    let mut there: HashSet<(&str, String, String)> = HashSet::new();
    for (retailer, mut numbers) in by_retailer {
        numbers.sort_unstable();
        numbers.dedup();
        there.extend(db::events::unmatched_of(tx, retailer, &numbers).await?.into_iter().map(|kept| (retailer, kept.owner, kept.key)));
    }
    let mut rows = Vec::new();
    for i in unmatched {
        let Incoming { retailer, event, received_at } = told[*i].incoming;
        let (number, key) = (&told[*i].number, event.key());
        if there.insert((retailer, number.clone(), key.clone())) {
            fates[*i] = Fate::Unmatched;
            let doc = serde_json::to_string(event).expect("an event can be written as JSON");
            rows.push(crate::row![retailer, number, key, *received_at, doc]);
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
    let done = absorb(app, &mut tx, incoming).await?;
    super::freshness::note(&mut tx, incoming, &done.0).await?;
    tx.commit().await?;
    Ok(done)
}
