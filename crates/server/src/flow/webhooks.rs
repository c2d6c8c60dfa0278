//! Webhooks out, as Standard Webhooks 1.0.0 says: every message is signed, tried ten times over three days, and each attempt is kept.
//! Every endpoint has a lane of its own, so that one that hangs delays nobody else.

use std::{collections::HashSet, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{
    StreamExt,
    stream::{self, FuturesUnordered},
};
use sha2::{Digest, Sha256};
use whereabouts_adapters::signature::hmac_sha256;

use super::FlowError;
use crate::{
    app::App,
    db::{
        self, Write,
        alerts::AlertRow,
        webhooks::{AttemptRow, MessageRow, WebhookRow},
    },
    gateway::{Answer, CallError},
    retry_races,
};

/// One lane claims so many at once …
const LANE_BATCH: i64 = 16;
/// … and has so many under way together.
const LANE_WIDTH: usize = 4;
/// Longer than a whole batch of calls takes at worst.
const LEASE_MS: i64 = 120_000;
/// While calls are under way, other lanes look for work this often.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Seconds to wait before each attempt after the first; when they are used up, the message has failed.
const AGAIN_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// An answer may ask for more patience than the schedule, but not for more than this.
const RETRY_AFTER_MAX_SECONDS: i64 = 86_400;
/// An endpoint that did nothing but fail for so long is switched off.
const PATIENCE_MS: i64 = 5 * 86_400_000;

/// How one attempt ended.
struct Tried {
    message: MessageRow,
    at: i64,
    took_ms: i64,
    answer: Result<Answer, CallError>,
}

impl Tried {
    fn is_delivered(&self) -> bool {
        self.answer.as_ref().is_ok_and(|a| (200..300).contains(&a.status))
    }
    fn is_gone(&self) -> bool {
        self.answer.as_ref().is_ok_and(|a| a.status == 410)
    }
}

/// Attempts everything that is due for one retailer, and returns when all those attempts have ended. Answers how many there were.
pub async fn run(app: &App, retailer: &str) -> Result<usize, FlowError> {
    run_lanes(app, Some(retailer)).await
}

/// The same for all retailers together; what becomes due meanwhile is begun at once, beside what is still under way.
pub async fn run_all(app: &App) -> Result<usize, FlowError> {
    run_lanes(app, None).await
}

async fn run_lanes(app: &App, only: Option<&str>) -> Result<usize, FlowError> {
    let mut lanes = FuturesUnordered::new();
    let mut busy: HashSet<(String, String)> = HashSet::new();
    let mut attempts = 0;
    loop {
        if !app.is_stopping() {
            for (retailer, hook) in waiting_endpoints(app, only, &busy).await? {
                busy.insert((retailer.clone(), hook.id.clone()));
                lanes.push(async move {
                    let done = lane(app, &retailer, &hook).await;
                    ((retailer, hook.id), done)
                });
            }
        }
        if lanes.is_empty() {
            return Ok(attempts);
        }
        if let Ok(Some((key, done))) = tokio::time::timeout(LOOK_AGAIN, lanes.next()).await {
            busy.remove(&key);
            attempts += done?;
        }
    }
}

/// Endpoints with something due that have no lane under way.
async fn waiting_endpoints(
    app: &App,
    only: Option<&str>,
    busy: &HashSet<(String, String)>,
) -> Result<Vec<(String, WebhookRow)>, FlowError> {
    let now = app.clock.now_ms();
    let (mut waiting, mut orphaned) = (Vec::new(), Vec::new());
    {
        let read = app.db.read().await?;
        let due = db::webhooks::next_due(&read).await?;
        for (retailer, _) in due.into_iter().filter(|(r, at)| *at <= now && only.is_none_or(|o| o == r)) {
            let mut is_served = false;
            for hook in db::webhooks::all(&read, &retailer).await?.into_iter().filter(|h| h.enabled) {
                if busy.contains(&(retailer.clone(), hook.id.clone())) {
                    is_served = true;
                } else if !db::webhooks::due_of(&read, &retailer, &hook.id, now, 1).await?.is_empty() {
                    is_served = true;
                    waiting.push((retailer.clone(), hook));
                }
            }
            if !is_served {
                orphaned.push(retailer);
            }
        }
    }
    // Due, and no endpoint to take it: it was removed or switched off just when the message was written.
    for retailer in orphaned {
        let mut tx = app.db.write().await?;
        db::webhooks::drop_orphans(&mut tx, &retailer).await?;
        tx.commit().await?;
    }
    Ok(waiting)
}

/// One batch of one endpoint: claim, call, settle.
async fn lane(app: &App, retailer: &str, hook: &WebhookRow) -> Result<usize, FlowError> {
    let claimed = retry_races!(claim_once(app, retailer, &hook.id).await)?;
    let calls: Vec<_> = claimed.into_iter().map(|message| attempt(app, hook, message)).collect();
    let tried: Vec<Tried> = stream::iter(calls).buffer_unordered(LANE_WIDTH).collect().await;
    settle(app, retailer, &hook.id, &tried).await?;
    Ok(tried.len())
}

async fn claim_once(app: &App, retailer: &str, webhook: &str) -> Result<Vec<MessageRow>, FlowError> {
    let now = app.clock.now_ms();
    let due = {
        let read = app.db.read().await?;
        db::webhooks::due_of(&read, retailer, webhook, now, LANE_BATCH).await?
    };
    if app.config.sandbox && app.db.is_lite() {
        // Nobody else works on this file, and moving the sandbox's clock over days must not cost two commits a call.
        return Ok(due);
    }
    let mut tx = app.db.write().await?;
    let mut claimed = Vec::with_capacity(due.len());
    for message in due {
        if db::webhooks::claim(&mut tx, &message, now, now + LEASE_MS).await? {
            claimed.push(message);
        }
    }
    tx.commit().await?;
    Ok(claimed)
}

async fn attempt(app: &App, hook: &WebhookRow, message: MessageRow) -> Tried {
    let at = app.clock.now_ms();
    let watch = app.clock.stopwatch();
    let time = at.div_euclid(1000).to_string();
    let answer = match signature(&hook.secret, &message.id, &time, &message.body) {
        Some(signature) => {
            let headers = [
                ("content-type", "application/json"),
                ("webhook-id", &message.id),
                ("webhook-timestamp", &time),
                ("webhook-signature", &signature),
            ];
            app.gateway.egress.post(&hook.url, &headers, message.body.clone()).await
        }
        None => Err(CallError::Refused("its secret cannot be read".into())),
    };
    let took_ms = i64::try_from(watch.elapsed().as_millis()).unwrap_or(i64::MAX);
    Tried { message, at, took_ms, answer }
}

/// The signature of Standard Webhooks; nothing if the secret is not `whsec_` and base64.
fn signature(secret: &str, id: &str, time: &str, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mac = hmac_sha256(&key, &[id.as_bytes(), b".", time.as_bytes(), b".", body.as_bytes()]);
    Some(format!("v1,{}", STANDARD.encode(mac)))
}

async fn settle(app: &App, retailer: &str, webhook: &str, tried: &[Tried]) -> Result<(), FlowError> {
    if tried.is_empty() {
        return Ok(());
    }
    let was_disabled = retry_races!(settle_once(app, retailer, webhook, tried).await)?;
    if was_disabled {
        app.contexts.forget(retailer);
        app.ring(retailer, None);
    }
    Ok(())
}

/// Records the attempts and what they say about the endpoint. Answers whether it was switched off.
async fn settle_once(app: &App, retailer: &str, webhook: &str, tried: &[Tried]) -> Result<bool, FlowError> {
    let now = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    for t in tried {
        let next = after(t, app.config.sandbox);
        let attempt =
            AttemptRow { attempt: next.attempts, at: t.at, status: next.last_status, error: next.last_error.clone(), took_ms: t.took_ms };
        db::webhooks::settle(&mut tx, &next, &attempt).await?;
    }
    let mut disabled = None;
    if let Some(hook) = db::webhooks::by_id_for_write(&mut tx, retailer, webhook).await?.filter(|h| h.enabled) {
        let (failing_since, reason) = health(&hook, tried, now);
        if let Some(reason) = &reason {
            db::webhooks::set_health(&mut tx, retailer, webhook, false, failing_since, Some(reason)).await?;
            db::webhooks::drop_orphans(&mut tx, retailer).await?;
            db::alerts::put(&mut tx, retailer, &[disabled_alert(app, &hook, reason, now)]).await?;
        } else if failing_since != hook.failing_since {
            db::webhooks::set_health(&mut tx, retailer, webhook, true, failing_since, None).await?;
        }
        disabled = reason;
    }
    tx.commit().await?;
    Ok(disabled.is_some())
}

/// Since when an endpoint has done nothing but fail, and why it is switched off, if it is.
fn health(hook: &WebhookRow, tried: &[Tried], now: i64) -> (Option<i64>, Option<String>) {
    if tried.iter().any(Tried::is_gone) {
        return (hook.failing_since.or(Some(now)), Some("the endpoint answered 410: it is gone".into()));
    }
    if tried.iter().any(Tried::is_delivered) {
        return (None, None);
    }
    let since = hook.failing_since.unwrap_or(now);
    let reason = (now - since >= PATIENCE_MS).then(|| "nothing but failures for five days".to_string());
    (Some(since), reason)
}

/// The message after an attempt: delivered, to be tried again, or failed.
fn after(t: &Tried, is_exact: bool) -> MessageRow {
    let mut m = t.message.clone();
    m.attempts += 1;
    (m.last_status, m.last_error) = match &t.answer {
        Ok(answer) if t.is_delivered() => (Some(i64::from(answer.status)), None),
        Ok(answer) => (Some(i64::from(answer.status)), Some(format!("the endpoint answered {}", answer.status))),
        Err(error) => (None, Some(error.to_string())),
    };
    let wait = usize::try_from(m.attempts - 1).ok().and_then(|i| AGAIN_SECONDS.get(i));
    (m.state, m.next_attempt_at) = match wait {
        _ if t.is_delivered() => ("delivered".into(), None),
        None => ("failed".into(), None),
        Some(_) if t.is_gone() => ("dropped".into(), None),
        Some(seconds) => {
            let scheduled = if is_exact { seconds * 1000 } else { spread(seconds * 1000, &m.id, m.attempts) };
            ("waiting".into(), Some(t.at + scheduled.max(asked_for_ms(&t.answer))))
        }
    };
    m
}

/// What `Retry-After` asks for, where the standard says that it counts.
fn asked_for_ms(answer: &Result<Answer, CallError>) -> i64 {
    match answer {
        Ok(Answer { status: 429 | 502 | 503 | 504, retry_after: Some(seconds) }) => (*seconds).clamp(0, RETRY_AFTER_MAX_SECONDS) * 1000,
        _ => 0,
    }
}

/// Up to a fifth more or less, so that what failed together does not come back together; worked out from the message, so no dice.
fn spread(ms: i64, id: &str, attempt: i64) -> i64 {
    let hash = Sha256::digest(format!("{id}/{attempt}").as_bytes());
    let share = i64::from(u16::from_be_bytes([hash[0], hash[1]]));
    ms - ms / 5 + (ms * 2 / 5) * share / i64::from(u16::MAX)
}

fn disabled_alert(app: &App, hook: &WebhookRow, reason: &str, now: i64) -> AlertRow {
    AlertRow {
        id: app.ids.make("alt", now),
        kind: "webhook_disabled".into(),
        // It concerns no single shipment.
        shipment_id: String::new(),
        order_number: None,
        opened_at: now,
        reason: format!("the webhook to {} was switched off: {reason}", hook.url),
        state: "open".into(),
        assignee: None,
        due_at: None,
        snoozed_until: None,
        resolved_at: None,
        resolution: None,
        resolved_by: None,
    }
}

/// Sends one message at once, whatever its schedule says, and answers how it stands then.
pub(super) async fn send_now(app: &App, retailer: &str, hook: &WebhookRow, message: MessageRow) -> Result<MessageRow, FlowError> {
    let now = app.clock.now_ms();
    let mut tx: Write = app.db.write().await?;
    db::webhooks::put_messages(&mut tx, vec![message.clone()]).await?;
    db::webhooks::claim(&mut tx, &message, now, now + LEASE_MS).await?;
    tx.commit().await?;
    let tried = attempt(app, hook, message).await;
    settle(app, retailer, &hook.id, std::slice::from_ref(&tried)).await?;
    Ok(after(&tried, app.config.sandbox))
}

#[cfg(test)]
mod tests;
