//! A carrier that was guessed wrongly is put right for many shipments at once, and back again.

use serde_json::json;
use whereabouts_adapters::{carrier, recognise};

use super::{Fault, FlowError, digest::ring, register};
use crate::{
    app::App,
    db::{
        self, Read, Write,
        alerts::NoteRow,
        corrections::CorrectionRow,
        shipments::{Filter, ShipmentRow, number_key},
    },
    following::carrier_name,
    retry_races,
};

/// So many are corrected in one go: one transaction.
pub const SHIPMENTS_MAX: usize = 500;
/// So many of the newest shipments of a carrier are looked through.
const LOOKED_AT_MAX: i64 = 5_000;

/// Which shipments are meant.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// By id; nothing else counts then.
    pub shipment_ids: Vec<String>,
    /// The carrier that they have now.
    pub from: Option<String>,
    /// How their numbers begin, blanks and small letters or not.
    pub number_begins: Option<String>,
    /// Only those of which no carrier has said anything.
    pub without_events: bool,
    /// Only those whose number may be one of the new carrier's.
    pub number_fits: bool,
}

/// Those that would change, newest first, at most [`SHIPMENTS_MAX`]; and whether there are more.
pub async fn selected(read: &Read<'_>, retailer: &str, of: &Selection, to: &str) -> Result<(Vec<ShipmentRow>, bool), FlowError> {
    check(of, to)?;
    let rows = if of.shipment_ids.is_empty() {
        let mut filter = Filter::of(retailer);
        if let Some(from) = &of.from {
            filter.is("carrier", from.as_str());
        }
        db::shipments::list(read, &filter, None, LOOKED_AT_MAX).await?
    } else {
        db::shipments::by_ids_read(read, retailer, &of.shipment_ids).await?
    };
    let begins = of.number_begins.as_deref().map(number_key).filter(|b| !b.is_empty());
    let is_meant = |s: &ShipmentRow| {
        let number = s.registration.tracking_number.as_deref();
        let fits = || number.is_some_and(|n| recognise::recognise(n).iter().any(|c| c.carrier == to));
        s.registration.carrier.as_deref() != Some(to)
            && begins.as_ref().is_none_or(|b| number.is_some_and(|n| number_key(n).starts_with(b.as_str())))
            && (!of.without_events || s.last_event_at.is_none())
            && (!of.number_fits || fits())
    };
    let mut meant: Vec<ShipmentRow> = rows.into_iter().filter(is_meant).collect();
    let more = meant.len() > SHIPMENTS_MAX;
    meant.truncate(SHIPMENTS_MAX);
    Ok((meant, more))
}

fn check(of: &Selection, to: &str) -> Result<(), FlowError> {
    let mut faults = Vec::new();
    if to.is_empty() || to.len() > 100 || to.contains(char::is_whitespace) {
        faults.push(Fault::new("/carrier", "invalid", "name the carrier by its id, such as royalmail"));
    } else if carrier::by_id(to).is_some_and(|c| c.card().aggregator) {
        faults.push(Fault::new("/carrier", "invalid", format!("{} speaks for carriers and carries nothing itself", carrier_name(to))));
    }
    if of.shipment_ids.is_empty() && of.from.is_none() && of.number_begins.is_none() {
        faults.push(Fault::new("/from", "missing", "say which shipments: by id, by the carrier they have, or by how their numbers begin"));
    }
    if of.shipment_ids.len() > SHIPMENTS_MAX {
        faults.push(Fault::new("/shipment_ids", "too_long", format!("at most {SHIPMENTS_MAX} at once")));
    }
    if faults.is_empty() { Ok(()) } else { Err(FlowError::Invalid(faults)) }
}

/// Gives these shipments the carrier. Their journeys are folded afresh; what was said stays one timeline.
pub async fn correct(app: &App, retailer: &str, of: &Selection, to: &str, by: &str) -> Result<CorrectionRow, FlowError> {
    let ids: Vec<String> = selected(&app.db.read().await?, retailer, of, to).await?.0.into_iter().map(|s| s.id).collect();
    if ids.is_empty() {
        return Err(FlowError::Conflict("no shipment would change".into()));
    }
    let (row, changed) = retry_races!(correct_once(app, retailer, &ids, to, by).await)?;
    ring(app, &changed);
    app.wake.notify_one();
    Ok(row)
}

async fn correct_once(
    app: &App,
    retailer: &str,
    ids: &[String],
    to: &str,
    by: &str,
) -> Result<(CorrectionRow, Vec<ShipmentRow>), FlowError> {
    let now = app.clock.now_ms();
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    let (mut had, mut changed) = (Vec::new(), Vec::new());
    for id in ids {
        let Some(existing) = db::shipments::by_id_for_write(&mut tx, retailer, id).await? else { continue };
        let from = existing.registration.carrier.clone();
        if from.as_deref() == Some(to) {
            continue;
        }
        changed.push(register::put_right(app, &mut tx, &ctx, existing, &json!({ "carrier": to }), by).await?);
        had.push((id.clone(), from));
    }
    let row = CorrectionRow {
        id: app.ids.make("cor", now),
        at: now,
        carrier: to.to_string(),
        doc: serde_json::to_string(&had).expect("pairs of texts can be written as JSON"),
        made_by: by.to_string(),
        undone_at: None,
        undone_by: None,
    };
    for (id, from) in &had {
        let was = from.as_deref().map_or_else(|| "none".to_string(), carrier_name);
        note(
            app,
            &mut tx,
            retailer,
            id,
            by,
            format!("Carrier put right: {} instead of {was}, with {} others.", carrier_name(to), had.len() - 1),
        )
        .await?;
    }
    db::corrections::put(&mut tx, retailer, &row).await?;
    tx.commit().await?;
    Ok((row, changed))
}

/// Gives back the carriers that they had, where nobody has changed them since. Answers how many.
pub async fn undo(app: &App, retailer: &str, id: &str, by: &str) -> Result<usize, FlowError> {
    let changed = retry_races!(undo_once(app, retailer, id, by).await)?;
    ring(app, &changed);
    app.wake.notify_one();
    Ok(changed.len())
}

async fn undo_once(app: &App, retailer: &str, id: &str, by: &str) -> Result<Vec<ShipmentRow>, FlowError> {
    let now = app.clock.now_ms();
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    let row = db::corrections::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    if !db::corrections::undo(&mut tx, retailer, id, now, by).await? {
        return Err(FlowError::Conflict("it was undone before".into()));
    }
    let mut changed = Vec::new();
    for (id, from) in row.shipments() {
        let Some(existing) = db::shipments::by_id_for_write(&mut tx, retailer, &id).await? else { continue };
        if existing.registration.carrier.as_deref() != Some(row.carrier.as_str()) {
            continue;
        }
        changed.push(register::put_right(app, &mut tx, &ctx, existing, &json!({ "carrier": from }), by).await?);
        note(app, &mut tx, retailer, &id, by, "The carrier was put back to what it was.".into()).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// What was done stands among the shipment's notes.
async fn note(app: &App, tx: &mut Write, retailer: &str, shipment: &str, by: &str, body: String) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    let note = NoteRow { id: app.ids.make("nte", now), at: now, author: by.to_string(), body };
    Ok(db::alerts::put_note(tx, retailer, shipment, &note).await?)
}
