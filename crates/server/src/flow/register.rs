//! Registering, changing and stopping shipments and orders. Registering again merges (RFC 7396); the same is the same reference of a
//! brand, else the same order and tracking number.

use jiff::Timestamp;
use serde_json::Value;
use whereabouts_adapters::country;
use whereabouts_domain::{Registration, change::Snapshot, window::Active};

use super::{
    Fault, FlowError,
    digest::{is_same_bag, mark_piece, reach_of, ring},
    faults, order,
    past::Past,
    settle::{self, Touched},
};
use crate::{
    app::App,
    context::Context,
    db::{
        self, Write,
        orders::OrderRow,
        search,
        shipments::{FirstPromise, ShipmentRow, number_key, order_key},
    },
    ids, retry_races,
};

/// A shipment was created or merged.
pub struct Registered {
    pub row: ShipmentRow,
    pub created: bool,
    /// Registered again with something new.
    pub changed: bool,
}

/// How a shipment was found that is registered again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Tracked,
    Stopped,
}

/// Registers one shipment. `user` says who asks, for the log.
pub async fn shipment(app: &App, retailer: &str, body: &Value, user: &str) -> Result<Registered, FlowError> {
    let done = retry_races!(register_once(app, retailer, body, user).await)?;
    ring(app, std::slice::from_ref(&done.row));
    app.wake.notify_one();
    Ok(done)
}

async fn register_once(app: &App, retailer: &str, body: &Value, user: &str) -> Result<Registered, FlowError> {
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    let done = within(app, &mut tx, &ctx, body, user).await?;
    tx.commit().await?;
    Ok(done)
}

async fn within(app: &App, tx: &mut Write, ctx: &Context, body: &Value, user: &str) -> Result<Registered, FlowError> {
    with_past(app, tx, ctx, body, &Past::default(), user).await
}

/// Registers within somebody else's transaction (a file's rows share one), with what was before.
pub async fn with_past(app: &App, tx: &mut Write, ctx: &Context, body: &Value, past: &Past, user: &str) -> Result<Registered, FlowError> {
    let body = faults::without_nulls_on_top(body);
    let asked = faults::registration(&faults::without_nulls(&body)).map_err(FlowError::Invalid)?;
    let brand_id = brand_of(ctx, &asked)?;
    let mut held = db::shipments::name_holds(&ctx.id, asked.reference.as_deref(), asked.order_number.as_deref());
    held.extend(number_holds(&ctx.id, &asked));
    tx.hold_alone(&held).await?;
    match find_same(tx, &ctx.id, &brand_id, &asked).await? {
        Some(mut existing) => {
            // Registering again what was stopped listens again, and takes in what was said meanwhile.
            let found = if existing.stopped_at.take().is_some() { Found::Stopped } else { Found::Tracked };
            let done = change(app, tx, ctx, existing, (&body, found), user).await?;
            let is_told_more = past.note(app, tx, &done.row).await?;
            Ok(Registered { changed: done.changed || is_told_more, ..done })
        }
        None => {
            let done = create(app, tx, ctx, brand_id, (asked, past), user).await?;
            past.note(app, tx, &done.row).await?;
            Ok(done)
        }
    }
}

/// Merges a patch into a shipment.
pub async fn patch(app: &App, retailer: &str, id: &str, body: &Value, user: &str) -> Result<ShipmentRow, FlowError> {
    let row = retry_races!(patch_once(app, retailer, id, body, user).await)?;
    ring(app, std::slice::from_ref(&row));
    app.wake.notify_one();
    Ok(row)
}

async fn patch_once(app: &App, retailer: &str, id: &str, body: &Value, user: &str) -> Result<ShipmentRow, FlowError> {
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    let existing = db::shipments::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let row = change(app, &mut tx, &ctx, existing, (body, Found::Tracked), user).await?.row;
    tx.commit().await?;
    Ok(row)
}

/// Merges a patch within a transaction of others.
pub(super) async fn put_right(
    app: &App,
    tx: &mut Write,
    ctx: &Context,
    existing: ShipmentRow,
    patch: &Value,
    user: &str,
) -> Result<ShipmentRow, FlowError> {
    Ok(change(app, tx, ctx, existing, (patch, Found::Tracked), user).await?.row)
}

/// Stops tracking: kept, but no longer listened to.
pub async fn stop(app: &App, retailer: &str, id: &str, user: &str) -> Result<(), FlowError> {
    let row = retry_races!(stop_once(app, retailer, id, user).await)?;
    ring(app, std::slice::from_ref(&row));
    Ok(())
}

async fn stop_once(app: &App, retailer: &str, id: &str, user: &str) -> Result<ShipmentRow, FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = db::shipments::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let before = settle::snapshot(&row);
    row.stopped_at = row.stopped_at.or(Some(app.clock.now_ms()));
    let touched = Touched { before, registration_changed: true, user: Some(user.into()), ..Touched::due(row) };
    let mut rows = settle::settle(app, &mut tx, vec![touched]).await?;
    tx.commit().await?;
    rows.pop().ok_or(FlowError::NotFound)
}

fn brand_of(ctx: &Context, reg: &Registration) -> Result<String, FlowError> {
    let brand = ctx.brand(reg.brand.as_deref());
    brand.map(|b| b.id.clone()).ok_or_else(|| FlowError::Invalid(vec![Fault::new("/brand", "unknown_value", "there is no such brand")]))
}

async fn find_same(tx: &mut Write, retailer: &str, brand: &str, reg: &Registration) -> Result<Option<ShipmentRow>, FlowError> {
    if let Some(reference) = &reg.reference
        && let Some(found) = db::shipments::by_reference(tx, retailer, brand, reference).await?
    {
        // A relabelled parcel keeps its reference: what it replaces is another shipment.
        let told = |r: &Registration| r.tracking_number.as_deref().map(number_key);
        let is_replaced = reg.replaces.is_some() && told(reg).is_some() && told(reg) != told(&found.registration);
        return Ok(if is_replaced { None } else { Some(found) });
    }
    let found = match (&reg.order_number, &reg.tracking_number) {
        (Some(order), Some(number)) => db::shipments::by_order_and_number(tx, retailer, order, number).await?,
        (None, Some(number)) if reg.reference.is_none() => {
            let found = db::shipments::by_number_alone(tx, retailer, number).await?;
            found.filter(|f| f.registration.order_number.is_none())
        }
        (Some(order), None) if reg.reference.is_none() => db::shipments::by_order_without_number(tx, retailer, order).await?,
        _ => None,
    };
    // A reference of its own makes it another shipment; a missing one may be filled in.
    Ok(found.filter(|f| f.brand_id == brand && (reg.reference.is_none() || f.registration.reference.is_none())))
}

async fn create(
    app: &App,
    tx: &mut Write,
    ctx: &Context,
    brand_id: String,
    (mut reg, past): (Registration, &Past),
    user: &str,
) -> Result<Registered, FlowError> {
    let now_ms = app.clock.now_ms();
    normalise(&mut reg);
    if app.config.sandbox {
        super::script::suit(&mut reg, app.clock.now());
    }
    let order = order_for(app, tx, ctx, &brand_id, &reg).await?;
    let id = app.ids.make("shp", now_ms);
    let mut row = ShipmentRow {
        retailer: ctx.id.clone(),
        id: id.clone(),
        order_id: order.id,
        brand_id,
        page_token: order.page_token,
        first_promised: past.first_promised.clone().or_else(|| reg.promised.as_ref().map(FirstPromise::of)),
        registration: reg,
        journey: Default::default(),
        facts: Default::default(),
        timeline: None,
        attention: whereabouts_domain::Attention::None,
        disputed: false,
        last_event_at: None,
        next_check_at: None,
        woken_at: None,
        version: 1,
        created_at: now_ms,
        updated_at: now_ms,
        stopped_at: None,
    };
    let mut incoming = waiting_events(tx, ctx, &row).await?;
    incoming.extend(events_of_the_bag(tx, &row).await?);
    if let Some(replaced) = row.registration.replaces.clone() {
        incoming.extend(take_over(app, tx, ctx, &mut row, &replaced, user).await?);
    }
    let mut touched = Touched {
        before: Snapshot::default(),
        registered_before: None,
        is_new: true,
        registration_changed: true,
        events: None,
        new_events: Vec::new(),
        revisions: Vec::new(),
        not_despatched: None,
        wake: false,
        user: Some(user.into()),
        row: row.clone(),
    };
    // What the retailer registered is no change; only what follows from events is.
    touched.before.promised = touched.row.registration.promised.clone();
    touched.before.carrier = touched.row.registration.carrier.clone();
    touched.before.tracking_number = touched.row.registration.tracking_number.clone();
    touched.take_in(Vec::new(), incoming);
    put_numbers(tx, &row).await?;
    search::put(tx, &ctx.id, &id, &search::clues(&row.registration)).await?;
    if app.config.sandbox {
        super::script::plan(app, tx, &row).await?;
    }
    let settled = settle::settle(app, tx, vec![touched]).await?.pop().ok_or(FlowError::NotFound)?;
    Ok(Registered { row: settled, created: true, changed: false })
}

async fn change(
    app: &App,
    tx: &mut Write,
    ctx: &Context,
    existing: ShipmentRow,
    (patch, found): (&Value, Found),
    user: &str,
) -> Result<Registered, FlowError> {
    let before = settle::snapshot(&existing);
    let old = existing.registration.clone();
    let mut doc = serde_json::to_value(&old).unwrap_or_default();
    faults::merge(&mut doc, patch);
    let mut reg = faults::registration(&doc).map_err(FlowError::Invalid)?;
    normalise(&mut reg);
    if let Some(number) = &old.tracking_number
        && reg.tracking_number.as_deref().map(number_key).as_deref() != Some(&number_key(number))
    {
        return Err(FlowError::Conflict(
            "the tracking number of a shipment cannot be changed; register the new number with `replaces`".into(),
        ));
    }
    if reg == old && found == Found::Tracked {
        return Ok(Registered { row: existing, created: false, changed: false });
    }
    if reg.brand != old.brand && brand_of(ctx, &reg)? != existing.brand_id {
        return Err(FlowError::Conflict("a shipment cannot move to another brand".into()));
    }
    let mut row = existing;
    row.registration = reg;
    if row.registration.promised != old.promised {
        promise_moved(&mut row, &old, user, app.clock.now());
    }
    if row.registration.order_number.as_deref().map(order_key) != old.order_number.as_deref().map(order_key) {
        let order = order_for(app, tx, ctx, &row.brand_id, &row.registration).await?;
        db::pages::move_parcel(tx, &row.retailer, &row.id, &row.page_token, &order.page_token).await?;
        (row.order_id, row.page_token) = (order.id, order.page_token);
    }
    tx.hold_alone(&number_holds(&row.retailer, &row.registration)).await?;
    let has_new_number = numbers_of(&row.registration).iter().any(|n| !numbers_of(&old).contains(n));
    let incoming = if has_new_number || found == Found::Stopped { waiting_events(tx, ctx, &row).await? } else { Vec::new() };
    if app.config.sandbox && old.tracking_number.is_none() {
        super::script::plan(app, tx, &row).await?;
    }
    let kept = db::events::of_shipments(tx, &[(&row.retailer, &row.id)]).await?;
    let events: Vec<_> = kept.iter().map(|k| k.event.clone()).collect();
    let mut touched = Touched {
        before,
        registered_before: Some(Box::new(old.clone())),
        registration_changed: true,
        user: Some(user.into()),
        wake: true,
        ..Touched::due(row)
    };
    // Destination, type or pieces may give the same events another meaning.
    touched.events = Some(events);
    touched.take_in(kept, incoming);
    put_numbers(tx, &touched.row).await?;
    let (were, are) = (search::clues(&old), search::clues(&touched.row.registration));
    let gone: Vec<String> = were.iter().filter(|c| !are.contains(c)).cloned().collect();
    let new: Vec<String> = are.iter().filter(|c| !were.contains(c)).cloned().collect();
    search::take(tx, &ctx.id, &touched.row.id, &gone).await?;
    search::put(tx, &ctx.id, &touched.row.id, &new).await?;
    let settled = settle::settle(app, tx, vec![touched]).await?.pop().ok_or(FlowError::NotFound)?;
    Ok(Registered { row: settled, created: false, changed: true })
}

/// The first promise is kept for ever; a changed one says who changed it.
fn promise_moved(row: &mut ShipmentRow, old: &Registration, user: &str, now: Timestamp) {
    match (&mut row.first_promised, &row.registration.promised) {
        (Some(first), _) if old.promised.is_some() => {
            first.changed_by = Some(user.into());
            first.changed_at = Some(now);
        }
        (first @ None, Some(promise)) => *first = Some(FirstPromise::of(promise)),
        _ => {}
    }
}

/// Capital letters for countries (and GB for UK, as most people write it), no blanks around numbers.
fn normalise(reg: &mut Registration) {
    for text in [&mut reg.tracking_number, &mut reg.reference, &mut reg.order_number, &mut reg.carrier].into_iter().flatten() {
        *text = text.trim().to_string();
    }
    for d in [&mut reg.destination, &mut reg.origin].into_iter().flatten() {
        if let Some(country) = &mut d.country {
            *country = country::alpha2(country).unwrap_or_else(|| country.to_ascii_uppercase());
        }
    }
}

/// The order this shipment belongs to: the one there is, or a new one. Order numbers are re-used after a while.
async fn order_for(app: &App, tx: &mut Write, ctx: &Context, brand_id: &str, reg: &Registration) -> Result<OrderRow, FlowError> {
    if let Some(number) = &reg.order_number {
        let found = db::orders::by_number_for_write(tx, &ctx.id, number).await?;
        let same = found.into_iter().rev().find(|o| order::is_same(o, brand_id, reg.sales_channel.as_deref(), reg.ordered_at));
        if let Some(order) = same {
            return Ok(order);
        }
    }
    let now_ms = app.clock.now_ms();
    let doc = serde_json::json!({
        "order_number": reg.order_number,
        "sales_channel": reg.sales_channel,
        "ordered_at": reg.ordered_at,
        "buyer": reg.buyer,
        "recipient": reg.recipient,
    });
    let order = OrderRow {
        retailer: ctx.id.clone(),
        id: app.ids.make("ord", now_ms),
        brand_id: brand_id.to_string(),
        order_number: reg.order_number.clone(),
        page_token: ids::secret_128(),
        doc: faults::without_nulls(&doc).to_string(),
        facts: "{}".into(),
        not_despatched: false,
        next_check_at: None,
        version: 1,
        created_at: now_ms,
        updated_at: now_ms,
    };
    db::orders::insert(tx, &order).await?;
    Ok(order)
}

async fn put_numbers(tx: &mut Write, row: &ShipmentRow) -> Result<(), FlowError> {
    let reg = &row.registration;
    let mut numbers = Vec::new();
    let mut put = |number: &str, kind: &'static str| {
        let key = number_key(number);
        if !key.is_empty() {
            numbers.push((row.retailer.clone(), key, row.id.clone(), kind));
        }
    };
    if let Some(number) = &reg.tracking_number {
        put(number, "tracking_number");
    }
    reg.parcels.iter().filter_map(|p| p.barcode.as_deref()).for_each(|b| put(b, "barcode"));
    db::shipments::put_numbers(tx, numbers).await?;
    Ok(())
}

/// The keys of the numbers under which carriers may speak of it.
fn numbers_of(reg: &Registration) -> Vec<String> {
    let barcodes = reg.parcels.iter().filter_map(|p| p.barcode.as_ref());
    reg.tracking_number.iter().chain(barcodes).map(|n| number_key(n)).filter(|n| !n.is_empty()).collect()
}

/// What is to be held while events may come under these numbers.
fn number_holds(retailer: &str, reg: &Registration) -> Vec<i64> {
    numbers_of(reg).iter().map(|n| db::shipments::number_hold(retailer, n)).collect()
}

/// Events that came before the registration and whose time fits; they leave the unmatched ones.
async fn waiting_events(
    tx: &mut Write,
    ctx: &Context,
    row: &ShipmentRow,
) -> Result<Vec<(whereabouts_domain::TrackingEvent, i64)>, FlowError> {
    let reg = &row.registration;
    let numbers = numbers_of(reg);
    let waiting = db::events::unmatched_of(tx, &row.retailer, &numbers).await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let reach = reach_of(ctx, row);
    let times: Vec<Timestamp> = waiting.iter().map(|k| k.event.at().unwrap_or(at(k.received_at))).collect();
    let active = Active::of(reg, at(row.created_at), None, reach).reaching(&times, reach);
    let fitting: Vec<_> = waiting.into_iter().zip(times).filter(|(_, t)| active.holds(*t)).map(|(k, _)| k).collect();
    let keys = fitting.iter().map(|k| crate::row![&row.retailer, &k.owner, &k.key]).collect();
    tx.many(&db::events::TAKE_UNMATCHED, keys).await?;
    Ok(fitting.into_iter().map(|k| (mark_piece(k.event, row), k.received_at)).collect())
}

/// What the carrier has said already of a parcel that another order of the same bag was registered for.
async fn events_of_the_bag(tx: &mut Write, row: &ShipmentRow) -> Result<Vec<(whereabouts_domain::TrackingEvent, i64)>, FlowError> {
    let Some(number) = &row.registration.tracking_number else { return Ok(Vec::new()) };
    let owners = db::shipments::owners(tx, &[(&row.retailer, &number_key(number))]).await?;
    let ids: Vec<(&str, &str)> = owners.iter().map(|k| (k.retailer.as_str(), k.shipment.as_str())).collect();
    let others = db::shipments::by_ids(tx, &ids).await?;
    // Two bags' worth of siblings say the same: one is enough.
    let Some(sibling) = others.iter().find(|s| s.stopped_at.is_none() && is_same_bag(s, row)) else { return Ok(Vec::new()) };
    let kept = db::events::of_shipments(tx, &[(&sibling.retailer, &sibling.id)]).await?;
    Ok(kept.into_iter().map(|k| (k.event, k.received_at)).collect())
}

/// A relabelled parcel: the old shipment rests, its history and its number go on under the new one.
async fn take_over(
    app: &App,
    tx: &mut Write,
    ctx: &Context,
    row: &mut ShipmentRow,
    replaced: &str,
    user: &str,
) -> Result<Vec<(whereabouts_domain::TrackingEvent, i64)>, FlowError> {
    let old = match db::shipments::by_id_for_write(tx, &ctx.id, replaced).await? {
        Some(found) => Some(found),
        None => db::shipments::by_number_alone(tx, &ctx.id, replaced).await?,
    };
    let Some(mut old) = old else {
        return Err(FlowError::Invalid(vec![Fault::new(
            "/replaces",
            "unknown_value",
            "there is no shipment with this id or tracking number",
        )]));
    };
    let before = settle::snapshot(&old);
    old.stopped_at = old.stopped_at.or(Some(app.clock.now_ms()));
    if row.first_promised.is_none() {
        row.first_promised = old.first_promised.clone();
    }
    if row.registration.promised.is_none() {
        row.registration.promised = old.registration.promised.clone();
    }
    let kept = db::events::of_shipments(tx, &[(&old.retailer, &old.id)]).await?;
    if let Some(number) = &old.registration.tracking_number {
        db::shipments::put_numbers(tx, vec![(row.retailer.clone(), number_key(number), row.id.clone(), "replaced")]).await?;
    }
    let touched = Touched { before, registration_changed: true, user: Some(user.into()), ..Touched::due(old) };
    settle::settle(app, tx, vec![touched]).await?;
    Ok(kept.into_iter().map(|k| (k.event, k.received_at)).collect())
}
