//! The stop sign on sending: all messages of a retailer, of a brand, or of a channel wait until it is taken away.

use super::{Fault, FlowError};
use crate::{
    app::App,
    context::Context,
    db::{self, notifications::NotificationRow},
    retry_races,
};

/// What taking a stop sign away set free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Resumed {
    /// These leave now.
    pub released: usize,
    /// These had gone stale and were withheld.
    pub discarded: usize,
}

/// Stops sending. `scope` is `all`, `brand:ID` (or a brand's name) or `channel:email`; answers the scope as kept.
pub async fn hold(app: &App, retailer: &str, scope: &str) -> Result<String, FlowError> {
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let scope = scope_of(&ctx, scope)?;
    let mut tx = app.db.write().await?;
    db::notifications::hold(&mut tx, retailer, &scope, app.clock.now_ms()).await?;
    tx.commit().await?;
    app.ring(retailer, None);
    Ok(scope)
}

/// Takes a stop sign away. What waited leaves at once, but for what is held by another one, or, unless it is wished all the same, what has gone stale.
pub async fn resume(app: &App, retailer: &str, scope: &str, discard_stale: bool) -> Result<Resumed, FlowError> {
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let scope = scope_of(&ctx, scope)?;
    let resumed = retry_races!(resume_once(app, &ctx, &scope, discard_stale).await)?;
    app.ring(retailer, None);
    app.wake.notify_one();
    app.outgoing.notify_one();
    Ok(resumed)
}

async fn resume_once(app: &App, ctx: &Context, scope: &str, discard_stale: bool) -> Result<Resumed, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    db::notifications::resume(&mut tx, &ctx.id, scope).await?;
    let others = db::notifications::holds_for_write(&mut tx, &ctx.id).await?;
    let mut resumed = Resumed::default();
    for n in db::notifications::held(&mut tx, &ctx.id).await? {
        if super::deliver::is_held(&others, &n) {
            continue;
        }
        let stale = discard_stale && {
            let shipment = db::shipments::by_id_for_write(&mut tx, &ctx.id, &n.shipment_id).await?;
            let hours = shipment.map_or(24, |s| ctx.settings_for(&s.brand_id, &s.registration).tell_max_age_hours);
            n.created_at < now - hours * 3_600_000
        };
        let next = if stale {
            resumed.discarded += 1;
            NotificationRow { state: "withheld".into(), reason: Some("stale".into()), ..n }
        } else {
            resumed.released += 1;
            NotificationRow { reason: None, send_at: Some(now), ..n }
        };
        db::notifications::settle(&mut tx, &next).await?;
    }
    tx.commit().await?;
    Ok(resumed)
}

fn scope_of(ctx: &Context, scope: &str) -> Result<String, FlowError> {
    match scope.trim().split_once(':') {
        None if scope.trim() == "all" => Ok("all".into()),
        Some(("channel", "email")) => Ok("channel:email".into()),
        Some(("brand", wanted)) => match ctx.brand(Some(wanted)) {
            Some(brand) => Ok(format!("brand:{}", brand.id)),
            None => Err(FlowError::Invalid(vec![Fault::new("/scope", "unknown_brand", "there is no such brand")])),
        },
        _ => Err(FlowError::Invalid(vec![Fault::new("/scope", "invalid", "a scope is `all`, `brand:ID` or `channel:email`")])),
    }
}
