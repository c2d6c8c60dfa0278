//! Rules are made, changed and removed; the last of it can be undone.

use serde_json::Value;
use whereabouts_domain::rule::Rule;

use super::{Fault, FlowError, faults, notify};
use crate::{
    app::App,
    context::{RuleDoc, Then},
    db,
};

/// Reads a rule as the API takes it; what is wrong in `when` is named by its place in the whole document.
pub fn read(body: &Value) -> Result<RuleDoc, Vec<Fault>> {
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.remove("id");
        map.remove("warnings");
    }
    let doc: RuleDoc = faults::read(&body)?;
    let wrong = |pointer: &str, code: &'static str, why: String| Err(vec![Fault::new(pointer, code, why)]);
    if let Err(e) = Rule::parse(&doc.when) {
        return wrong(&format!("/when{}", e.pointer), "invalid", e.message);
    }
    if let Then::Notify { message, channels, to } = &doc.then {
        if !notify::message_names().any(|m| m == message) {
            let names: Vec<_> = notify::message_names().collect();
            return wrong("/then/notify/message", "unknown_value", format!("must be one of {}", names.join(", ")));
        }
        if channels.iter().any(|c| c != "email") {
            return wrong("/then/notify/channels", "unknown_value", "the channel is email".into());
        }
        if to.iter().any(|r| r != "buyer" && r != "recipient") {
            return wrong("/then/notify/to", "unknown_value", "must be buyer or recipient".into());
        }
    }
    Ok(doc)
}

/// Stores a rule under its id, or under a new one.
pub async fn put(app: &App, retailer: &str, id: Option<&str>, doc: &RuleDoc) -> Result<String, FlowError> {
    let now = app.clock.now_ms();
    let id = id.map_or_else(|| app.ids.make("rul", now), str::to_string);
    let text = serde_json::to_string(doc).expect("a rule can be written as JSON");
    let mut tx = app.db.write().await?;
    db::rules::put(&mut tx, retailer, &id, &text, now).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(id)
}

pub async fn remove(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let there = db::rules::remove(&mut tx, retailer, id, app.clock.now_ms()).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    if there { Ok(()) } else { Err(FlowError::NotFound) }
}

/// Takes back that a rule was removed, else its last change.
pub async fn undo(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let done = db::rules::undo(&mut tx, retailer, id, app.clock.now_ms()).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    if done { Ok(()) } else { Err(FlowError::Conflict("there is nothing to undo any more".into())) }
}
