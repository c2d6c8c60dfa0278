//! Who else is told of changes, and what came of it.

use askama::Template;

use super::{Empty, Step, frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/webhooks.html")]
pub struct WebhooksView {
    pub frame: Frame,
    pub rows: Vec<WebhookRow>,
    /// Shown once, right after it was made.
    pub secret: Option<String>,
    pub url: String,
    pub problem: Option<String>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct WebhookRow {
    pub link: Step,
    pub state: Pill,
    /// "Every change" or the rule in words.
    pub filter: String,
    pub last: Option<When>,
    pub failures: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "desk/webhook.html")]
pub struct WebhookView {
    pub frame: Frame,
    pub id: String,
    pub url: String,
    pub state: Pill,
    pub filter: String,
    pub deliveries: Vec<Delivery>,
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: String,
    pub kind: String,
    pub state: Pill,
    /// "200 in 84 ms", "timed out after 15 s".
    pub answer: String,
    pub attempts: String,
    pub at: When,
    pub next_try: Option<When>,
}

impl WebhooksView {
    pub fn samples() -> Vec<(&'static str, WebhooksView)> {
        let rows = vec![
            WebhookRow {
                link: Step::new("/desk/webhooks/whk_1", "https://erp.northway.example/hooks/whereabouts"),
                state: Pill::new("good", "check", "Delivering"),
                filter: "Every change".into(),
                last: Some(samples::minutes_ago(1)),
                failures: "none today".into(),
            },
            WebhookRow {
                link: Step::new("/desk/webhooks/whk_2", "https://hooks.crm.example/in/8814"),
                state: Pill::new("bad", "act", "Failing"),
                filter: "late is true".into(),
                last: Some(samples::hours_ago(3)),
                failures: "12 in a row".into(),
            },
        ];
        vec![(
            "webhooks",
            WebhooksView {
                frame: samples::frame("Webhooks", "webhooks"),
                rows,
                secret: Some("whsec_c2FtcGxlIG9ubHksIG9wZW5zIG5vdGhpbmc".into()),
                url: String::new(),
                problem: None,
                empty: None,
            },
        )]
    }
}

impl WebhookView {
    pub fn samples() -> Vec<(&'static str, WebhookView)> {
        let delivery = |n: i64, kind: &str, state, answer: &str| Delivery {
            id: format!("whd_{n}"),
            kind: kind.into(),
            state,
            answer: answer.into(),
            attempts: format!("{n}"),
            at: samples::minutes_ago(n * 9),
            next_try: (n > 1).then(|| samples::minutes_ago(-n * 10)),
        };
        let deliveries = vec![
            delivery(1, "shipment.state", Pill::new("good", "check", "Delivered"), "200 in 84 ms"),
            delivery(3, "shipment.late", Pill::new("warn", "watch", "Waiting"), "503 in 1.2 s"),
            delivery(8, "shipment.may_be_missing", Pill::new("bad", "act", "Given up"), "timed out after 15 s"),
        ];
        vec![(
            "webhook",
            WebhookView {
                frame: samples::frame("Webhook", "webhooks"),
                id: "whk_2".into(),
                url: "https://hooks.crm.example/in/8814".into(),
                state: Pill::new("bad", "act", "Failing"),
                filter: "late is true".into(),
                deliveries,
            },
        )]
    }
}
