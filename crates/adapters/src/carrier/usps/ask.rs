//! Asking USPS: the Tracking API 3.2, which takes a list. Its pages that we could read do not say how long the list may be;
//! ten is what Web Tools took. "Getting started": a new account has 60 calls an hour, and TEM is the place to test.

use serde_json::{Value, json};

use crate::ask::{AskCard, Auth, Endpoint, Field, Grant, Pace, Probe, Request, Sent};

pub(super) static ASKS: &[AskCard] = &[AskCard {
    id: "tracking_v3",
    name: "Tracking API 3.2",
    help: "developers.usps.com: an app of your business account",
    reads: "usps",
    live: Endpoint::with_token("https://apis.usps.com", "https://apis.usps.com/oauth2/v3/token"),
    sandbox: Some(Endpoint::with_token("https://apis-tem.usps.com", "https://apis-tem.usps.com/oauth2/v3/token")),
    auth: Auth::Token(Grant { client: "client_id", secret: "client_secret", sent: Sent::Json, scope: None, audience: None }),
    fields: &[Field::open("client_id", "Consumer key"), Field::secret("client_secret", "Consumer secret")],
    batch: 10,
    pace: Pace { per_day: Some(1_440), least_gap_millis: 1_000 },
    probe: Probe::Token,
    request: |a| {
        let numbers: Vec<Value> = a.numbers.iter().map(|n| json!({"trackingNumber": n})).collect();
        Request::post_json("/tracking/v3r2/tracking", &Value::Array(numbers))
    },
}];
