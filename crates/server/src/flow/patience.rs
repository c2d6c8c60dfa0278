//! How long silence is normal, learnt anew each day from what carriers said of a sample of parcels, and told to each open shipment.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use whereabouts_domain::{
    calendar::nation_of,
    facts,
    forecast::{
        gaps::{self, Followed, Home, Norms, Reach, Word},
        patience::Patience,
    },
};

use super::{FlowError, freshness};
use crate::{
    app::App,
    context::Context,
    db::{self, events::KeptEvent, shipments::ShipmentRow},
};

/// So many parcels teach at most.
const TEACHERS_MAX: usize = 8_000;
/// The events of so many are read at once.
const PAGE: usize = 500;

/// A parcel of which nobody knows yet what was said; nothing without a carrier.
pub fn followed(ctx: &Context, row: &ShipmentRow, zone: &jiff::tz::TimeZone) -> Option<Followed> {
    let reg = &row.registration;
    let (carrier, reach, lane) = place(row)?;
    let settings = ctx.settings_for(&row.brand_id, reg);
    let nation = |d: &Option<whereabouts_domain::Destination>| {
        let d = d.as_ref()?;
        Some(nation_of(d.country.as_deref()?, d.postcode.as_deref()))
    };
    let mut nations: Vec<String> = [&reg.destination, &reg.origin].into_iter().filter_map(nation).collect();
    if nations.is_empty() {
        nations.push(nation_of(&settings.home_country, None));
    }
    Some(Followed {
        carrier: carrier.to_owned(),
        reach,
        lane,
        handed_over: reg.handed_over_at.or(reg.shipped_at),
        registered_at: Timestamp::from_millisecond(row.created_at).unwrap_or(Timestamp::UNIX_EPOCH),
        nations,
        zone: zone.clone(),
        words: Vec::new(),
    })
}

/// Carrier, reach and lane of a shipment: what its norms go by.
fn place(row: &ShipmentRow) -> Option<(&str, Reach, Option<String>)> {
    let reg = &row.registration;
    let carrier = reg.carrier.as_deref()?;
    let ends = super::foretell::place(reg.origin.as_ref(), 2).zip(super::foretell::place(reg.destination.as_ref(), 2));
    let lane = ends.map(|(from, to)| format!("{} {from} {to}", reg.service.as_deref().unwrap_or_default()));
    Some((carrier, Reach::of(facts::is_domestic(reg)), lane))
}

/// Learns from parcels, each with its number in the draw and its id, by what was said of them until now.
pub async fn learnt(app: &App, ctx: &Arc<Context>, mut parcels: Vec<(u64, String, Followed)>) -> Result<Norms, FlowError> {
    parcels.sort_by_key(|(drawn, ..)| *drawn);
    parcels.truncate(TEACHERS_MAX);
    for page in parcels.chunks_mut(PAGE) {
        if app.is_stopping() {
            return Ok(Norms::default());
        }
        let ids: Vec<&str> = page.iter().map(|(_, id, _)| id.as_str()).collect();
        let mut said: HashMap<String, Vec<Word>> = HashMap::new();
        for kept in db::events::of_shipments_read(&app.db.read().await?, &ctx.id, &ids).await? {
            if let Some(word) = word(&kept) {
                said.entry(kept.owner).or_default().push(word);
            }
        }
        for (_, id, parcel) in page {
            parcel.words = said.remove(id.as_str()).unwrap_or_default();
            parcel.words.sort_by_key(|word| (word.at, word.received_at, word.state));
        }
    }
    let (ctx, now) = (Arc::clone(ctx), app.clock.now());
    let parcels: Vec<Followed> = parcels.into_iter().map(|(.., parcel)| parcel).collect();
    let learning = tokio::task::spawn_blocking(move || {
        let (zone, nation) = freshness::place_of(&ctx);
        gaps::learn(&parcels, &Home { calendars: &ctx.calendars, zone: &zone, nation: &nation }, now)
    });
    Ok(learning.await.unwrap_or_default())
}

fn word(kept: &KeptEvent) -> Option<Word> {
    let received_at = Timestamp::from_millisecond(kept.received_at).ok()?;
    Some(Word { at: kept.event.moment?.at_the_latest(), received_at, state: kept.event.state })
}

/// What silence is normal for a shipment from now on. While it may be missing what it was judged by stands, so that learning alone finds nothing.
pub fn of(norms: &Norms, row: &ShipmentRow) -> Option<Patience> {
    if row.facts.may_be_missing() {
        return row.facts.patience.clone();
    }
    let (carrier, reach, lane) = place(row)?;
    Some(norms.patience(carrier, reach, lane.as_deref())?.clone().after(row.facts.patience.as_ref()))
}
