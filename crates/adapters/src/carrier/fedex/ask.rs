//! Asking FedEx: "Track by tracking number", thirty numbers a call. FedEx's guide to quotas: 100,000 track calls a day and
//! project, 1,400 calls in ten seconds.

use serde_json::{Value, json};

use crate::ask::{Answer, AskCard, Auth, Endpoint, Field, Grant, Heard, Pace, Probe, Request, Sent, by_status};

pub(super) static ASKS: &[AskCard] = &[AskCard {
    id: "track_v1",
    name: "Track API",
    help: "developer.fedex.com: a project with the Track API",
    reads: "fedex",
    live: Endpoint::with_token("https://apis.fedex.com", "https://apis.fedex.com/oauth/token"),
    sandbox: Some(Endpoint::with_token("https://apis-sandbox.fedex.com", "https://apis-sandbox.fedex.com/oauth/token")),
    auth: Auth::Token(Grant { client: "client_id", secret: "client_secret", sent: Sent::Form, scope: None, audience: None }),
    fields: &[Field::open("client_id", "API key"), Field::secret("client_secret", "Secret key")],
    batch: 30,
    pace: Pace { per_day: Some(100_000), least_gap_millis: 100 },
    probe: Probe::Token,
    request: |a| {
        let numbers: Vec<Value> = a.numbers.iter().map(|n| json!({"trackingNumberInfo": {"trackingNumber": n}})).collect();
        Request::post_json("/track/v1/trackingnumbers", &json!({"includeDetailedScans": true, "trackingInfo": numbers}))
            .header("x-locale", "en_US")
            .header("x-customer-transaction-id", a.reference)
    },
}];

/// A number that is not known yet may be told by a 400 as well.
pub(super) fn hears(answer: &Answer) -> Heard {
    let heard = by_status(answer);
    let is_unknown = |body: &[u8]| body.windows(UNKNOWN.len()).any(|w| w == UNKNOWN);
    if heard == Heard::Refused && is_unknown(answer.body) { Heard::NotKnownYet } else { heard }
}

const UNKNOWN: &[u8] = b"TRACKING.TRACKINGNUMBER.NOTFOUND";
