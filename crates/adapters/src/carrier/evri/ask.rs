//! Asking Evri: the clients' tracking API, events by barcode. Evri gives its manual to clients only; address, audience and
//! headers are as three independent clients of the API have published, and Evri names the same credentials (API key, auth
//! id, auth secret) to the platforms that integrate it.

use crate::ask::{AskCard, Auth, Endpoint, Field, Grant, Pace, Probe, Request, Sent};

pub(super) static ASKS: &[AskCard] = &[AskCard {
    id: "client_tracking_v1",
    name: "Client tracking API",
    help: "Your account manager at Evri gives out API key, auth ID and auth secret.",
    reads: "evri",
    live: Endpoint::with_token("https://api.hermesworld.co.uk", "https://hermes-client-integration-prod.eu.auth0.com/oauth/token"),
    sandbox: None,
    auth: Auth::Token(Grant {
        client: "auth_id",
        secret: "auth_secret",
        sent: Sent::Form,
        scope: None,
        audience: Some("client-tracking-api"),
    }),
    fields: &[Field::secret("api_key", "API key"), Field::open("auth_id", "Auth ID"), Field::secret("auth_secret", "Auth secret")],
    batch: 1,
    pace: Pace { per_day: None, least_gap_millis: 500 },
    probe: Probe::Number("H00000000000000000"),
    request: |a| {
        Request::get("/client-tracking-api/v1/events")
            .query("barcode", a.number())
            .query("descriptionType", "CLIENT")
            .header("apikey", a.credentials.get("api_key"))
    },
}];
