//! What a retailer does with their webhooks: add, remove, switch on and off, try out, send again.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use whereabouts_domain::rule::Rule;

use super::{Fault, FlowError, webhooks};
use crate::{
    app::App,
    db::{
        self,
        webhooks::{MessageRow, WebhookRow},
    },
    ids,
};

/// What to send again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// One message, whatever became of it.
    Message(String),
    /// Everything that failed or was dropped since this moment (milliseconds).
    Since(i64),
}

/// Adds an endpoint. The secret in the answer is seen this once.
pub async fn create(app: &App, retailer: &str, url: &str, filter: Option<Value>, enabled: bool) -> Result<WebhookRow, FlowError> {
    let mut faults = Vec::new();
    if let Err(refusal) = app.gateway.egress.check_target(url).await {
        faults.push(Fault::new("/url", "target_refused", format!("this address cannot be called: {refusal}")));
    }
    let filter = filter.filter(|f| !f.is_null());
    if let Some(Err(error)) = filter.as_ref().map(Rule::parse) {
        faults.push(Fault::new(format!("/filter{}", error.pointer), "invalid", error.message));
    }
    if !faults.is_empty() {
        return Err(FlowError::Invalid(faults));
    }
    let now = app.clock.now_ms();
    let hook = WebhookRow {
        id: app.ids.make("whk", now),
        url: url.to_string(),
        filter: filter.map(|f| f.to_string()),
        enabled,
        secret: format!("whsec_{}", STANDARD.encode(ids::random_bytes::<32>())),
        failing_since: None,
        disabled_reason: None,
        created_at: now,
    };
    let mut tx = app.db.write().await?;
    db::webhooks::insert(&mut tx, retailer, &hook).await?;
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(hook)
}

/// Removes an endpoint; what was still waiting for it is dropped.
pub async fn delete(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    if !db::webhooks::delete(&mut tx, retailer, id).await? {
        return Err(FlowError::NotFound);
    }
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(())
}

/// Switches an endpoint on, with a clean record, or off.
pub async fn enable(app: &App, retailer: &str, id: &str, enabled: bool) -> Result<WebhookRow, FlowError> {
    let mut tx = app.db.write().await?;
    let hook = db::webhooks::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    db::webhooks::set_health(&mut tx, retailer, id, enabled, None, None).await?;
    if !enabled {
        db::webhooks::drop_orphans(&mut tx, retailer).await?;
    }
    tx.commit().await?;
    app.contexts.forget(retailer);
    Ok(WebhookRow { enabled, failing_since: None, disabled_reason: None, ..hook })
}

/// Sends again: one message, or everything that failed since a moment. Answers how many are on their way.
pub async fn replay(app: &App, retailer: &str, id: &str, what: &Replay) -> Result<u64, FlowError> {
    enabled(app, retailer, id).await?;
    let now = app.clock.now_ms();
    if let Replay::Message(message) = what {
        let read = app.db.read().await?;
        let found = db::webhooks::message(&read, retailer, message).await?;
        found.filter(|m| m.webhook_id == id).ok_or(FlowError::NotFound)?;
    }
    let mut tx = app.db.write().await?;
    let sent = match what {
        Replay::Message(message) => u64::from(db::webhooks::replay(&mut tx, retailer, message, now).await?),
        Replay::Since(since) => db::webhooks::replay_failed(&mut tx, retailer, id, now, *since).await?,
    };
    tx.commit().await?;
    app.outgoing.notify_one();
    Ok(sent)
}

/// Sends a test message at once, through the same log, and answers how that went.
pub async fn test(app: &App, retailer: &str, id: &str) -> Result<MessageRow, FlowError> {
    let hook = enabled(app, retailer, id).await?;
    let now = app.clock.now();
    let body = json!({"type": "webhook.test", "timestamp": now.to_string(), "data": {"webhook": {"id": hook.id, "url": hook.url}}});
    let message = MessageRow {
        retailer: retailer.to_string(),
        id: app.ids.make("msg", now.as_millisecond()),
        webhook_id: hook.id.clone(),
        kind: "webhook.test".into(),
        body: body.to_string(),
        created_at: now.as_millisecond(),
        state: "waiting".into(),
        attempts: 0,
        next_attempt_at: Some(now.as_millisecond()),
        last_status: None,
        last_error: None,
    };
    webhooks::send_now(app, retailer, &hook, message).await
}

async fn enabled(app: &App, retailer: &str, id: &str) -> Result<WebhookRow, FlowError> {
    let hook = db::webhooks::by_id(&app.db.read().await?, retailer, id).await?.ok_or(FlowError::NotFound)?;
    if hook.enabled { Ok(hook) } else { Err(FlowError::Conflict("this webhook is switched off; switch it on first".into())) }
}
