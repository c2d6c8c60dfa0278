//! Asking UPS: the Track API, as in UPS's published OpenAPI documents (Tracking, OAuth client credentials).

use crate::ask::{AskCard, Auth, Endpoint, Field, Grant, Pace, Probe, Request, Sent};

pub(super) static ASKS: &[AskCard] = &[AskCard {
    id: "track_v1",
    name: "Track API",
    help: "developer.ups.com: an app with the product \"Tracking\"",
    reads: "ups",
    live: Endpoint::with_token("https://onlinetools.ups.com/api", "https://onlinetools.ups.com/security/v1/oauth/token"),
    sandbox: Some(Endpoint::with_token("https://wwwcie.ups.com/api", "https://wwwcie.ups.com/security/v1/oauth/token")),
    auth: Auth::Token(Grant { client: "client_id", secret: "client_secret", sent: Sent::Basic, scope: None, audience: None }),
    fields: &[Field::open("client_id", "Client ID"), Field::secret("client_secret", "Client secret")],
    batch: 1,
    pace: Pace { per_day: None, least_gap_millis: 200 },
    probe: Probe::Token,
    request: |a| {
        Request::get("/track/v1/details")
            .piece(a.number())
            .query("locale", "en_US")
            .query("returnSignature", "false")
            .header("transid", a.reference)
            .header("transactionsrc", "whereabouts")
    },
}];
