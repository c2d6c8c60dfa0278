//! Webhooks: who else is told, and what came of it.

use axum::{extract::Path, http::StatusCode};

use super::{Answer, Desk, Fault, Form, after, page, toast};
use crate::{
    db::{
        self,
        webhooks::{MessageRow, WebhookRow as Kept},
    },
    flow::{self, FlowError, endpoints::Replay},
    web::desk::{
        Empty,
        pill::Pill,
        webhooks::{Delivery, WebhookRow, WebhookView, WebhooksView},
    },
};

const DELIVERIES: i64 = 100;

async fn list(desk: &Desk) -> Result<WebhooksView, Fault> {
    let hooks = db::webhooks::all(&desk.app.db.read().await?, desk.retailer()).await?;
    let row = |w: &Kept| WebhookRow {
        link: super::super::Step::new(format!("/desk/webhooks/{}", w.id), &w.url),
        state: health(w),
        filter: filter(w),
        last: None,
        failures: w.failing_since.map_or_else(|| "none".into(), |at| format!("since {}", super::wording::day_and_clock(at, &desk.zone))),
    };
    Ok(WebhooksView {
        frame: desk.frame("Webhooks", "webhooks").await?,
        rows: hooks.iter().map(row).collect(),
        secret: None,
        url: String::new(),
        problem: None,
        empty: hooks.is_empty().then(|| Empty {
            icon: "hook",
            title: "Nobody else is told yet".into(),
            why: "A webhook is called with every change, signed, and again until it answers.".into(),
            next: None,
        }),
    })
}

fn health(w: &Kept) -> Pill {
    match (w.enabled, w.failing_since) {
        (false, _) => Pill::new("calm", "pause", w.disabled_reason.clone().unwrap_or_else(|| "Switched off".into())),
        (true, Some(_)) => Pill::new("bad", "act", "Failing"),
        (true, None) => Pill::new("good", "check", "Delivering"),
    }
}

fn filter(w: &Kept) -> String {
    w.filter.as_ref().map_or_else(|| "Every change".into(), |f| format!("Only when {f}"))
}

/// `GET /desk/webhooks`
pub async fn get(desk: Desk) -> Answer {
    let view = list(&desk).await?;
    desk.show(&view)
}

/// `POST /desk/webhooks`: the answer is the page itself, because the secret is shown this once.
pub async fn post(desk: Desk, form: Form) -> Answer {
    let url = form.get("url").to_string();
    match flow::endpoints::create(&desk.app, desk.retailer(), &url, None, true).await {
        Ok(hook) => {
            let view = WebhooksView { secret: Some(hook.secret), ..list(&desk).await? };
            page(StatusCode::OK, &view)
        }
        Err(FlowError::Invalid(faults)) => {
            let problem = faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join("; ");
            let view = WebhooksView { problem: Some(problem), url, ..list(&desk).await? };
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /desk/webhooks/{id}`
pub async fn one(desk: Desk, Path(id): Path<String>) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let read = desk.app.db.read().await?;
    let hook = db::webhooks::by_id(&read, desk.retailer(), &id).await?.ok_or(Fault::NotFound)?;
    let log = db::webhooks::log(&read, desk.retailer(), &id, None, DELIVERIES).await?;
    drop(read);
    desk.show(&WebhookView {
        frame: desk.frame("Webhook", "webhooks").await?,
        url: hook.url.clone(),
        state: health(&hook),
        filter: filter(&hook),
        deliveries: log.iter().map(|m| delivery(&desk, m)).collect(),
        id,
    })
}

fn delivery(desk: &Desk, m: &MessageRow) -> Delivery {
    let state = match m.state.as_str() {
        "delivered" => Pill::new("good", "check", "Delivered"),
        "failed" => Pill::new("bad", "act", "Given up"),
        "dropped" => Pill::new("calm", "cross", "Dropped"),
        _ => Pill::new("warn", "watch", "Waiting"),
    };
    let answer = match (m.last_status, &m.last_error) {
        (Some(status), _) => format!("answered {status}"),
        (None, Some(error)) => error.clone(),
        (None, None) => "not tried yet".into(),
    };
    Delivery {
        id: m.id.clone(),
        kind: m.kind.clone(),
        state,
        answer,
        attempts: m.attempts.to_string(),
        at: desk.when_ms(m.created_at),
        next_try: m.next_attempt_at.filter(|_| m.state == "waiting").map(|at| desk.when_ms(at)),
    }
}

/// `POST /desk/webhooks/{id}/test`
pub async fn test(desk: Desk, Path(id): Path<String>) -> Answer {
    let done = flow::endpoints::test(&desk.app, desk.retailer(), &id).await;
    let words = |m: MessageRow| match (m.state.as_str(), m.last_status) {
        ("delivered", _) => toast::done("The test arrived"),
        (_, Some(status)) => toast::failed(format!("The test was answered with {status}")),
        _ => toast::failed(format!("The test did not arrive: {}", m.last_error.unwrap_or_default())),
    };
    after(&format!("/desk/webhooks/{id}"), done.map(words))
}

/// `POST /desk/webhooks/{id}/replay`
pub async fn replay(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let message = Replay::Message(form.get("delivery").to_string());
    let done = flow::endpoints::replay(&desk.app, desk.retailer(), &id, &message).await;
    after(&format!("/desk/webhooks/{id}"), done.map(|_| toast::done("It is sent again")))
}

/// `POST /desk/webhooks/{id}/delete`
pub async fn delete(desk: Desk, Path(id): Path<String>) -> Answer {
    let done = flow::endpoints::delete(&desk.app, desk.retailer(), &id).await;
    after("/desk/webhooks", done.map(|()| toast::done("The webhook is gone; what waited for it is dropped")))
}
