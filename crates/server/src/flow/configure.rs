//! Changing what holds for a retailer: settings, brands, calendars. Open shipments are looked at again.

use serde_json::Value;
use whereabouts_domain::{calendar::Calendars, scope::Scope, settings};

use super::{Fault, FlowError};
use crate::{
    app::App,
    context::{Brand, CALENDARS_SCOPE},
    db,
};

/// Sets what one scope says: each key given is set, null takes it back.
pub async fn put_settings(app: &App, retailer: &str, scope: &str, patch: &Value) -> Result<(), FlowError> {
    if Scope::parse(scope).is_none() {
        let shapes = "a scope is retailer, brand:ID, carrier:ID, carrier:ID:SERVICE, lane:FROM-TO or type:TYPE";
        return Err(FlowError::Invalid(vec![Fault::new("/scope", "invalid", shapes)]));
    }
    let map = patch.as_object().ok_or_else(|| FlowError::Invalid(vec![Fault::new("", "invalid", "settings are an object")]))?;
    let mut faults = Vec::new();
    for (key, value) in map.iter().filter(|(_, v)| !v.is_null()) {
        if settings::info(key).is_none() {
            faults.push(Fault::new(format!("/{key}"), "unknown_field", format!("there is no setting `{key}`")));
        } else if let Err(why) = settings::check(key, value) {
            faults.push(Fault::new(format!("/{key}"), "invalid", why));
        }
    }
    if !faults.is_empty() {
        return Err(FlowError::Invalid(faults));
    }
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut layer = db::settings::layer(&mut tx, retailer, scope).await?.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    super::faults::merge(&mut layer, patch);
    db::settings::put_setting(&mut tx, retailer, scope, &layer.to_string(), now).await?;
    if map.contains_key("feed_down") {
        db::shipments::look_again_at_silence(&mut tx, retailer, "", now).await?;
    } else {
        db::shipments::look_again(&mut tx, retailer, now).await?;
    }
    tx.commit().await?;
    app.contexts.forget(retailer);
    app.wake.notify_one();
    Ok(())
}

/// Edits of the carriers' calendars, laid over the built-in ones.
pub async fn put_calendars(app: &App, retailer: &str, edits: &Value) -> Result<(), FlowError> {
    Calendars::built_in().patched(edits).map_err(|e| FlowError::Invalid(vec![Fault::new(e.pointer, "invalid", e.message)]))?;
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    db::settings::put_setting(&mut tx, retailer, CALENDARS_SCOPE, &edits.to_string(), now).await?;
    db::shipments::look_again(&mut tx, retailer, now).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    app.wake.notify_one();
    Ok(())
}

/// Changes how a brand looks.
pub async fn put_brand(app: &App, retailer: &str, id: &str, brand: &Brand) -> Result<(), FlowError> {
    let doc = serde_json::to_string(brand).expect("a brand can be written as JSON");
    let mut tx = app.db.write().await?;
    let there = db::retailers::update_brand(&mut tx, retailer, id, &doc).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    if there { Ok(()) } else { Err(FlowError::NotFound) }
}
