//! Asking GLS: the group's Track and Trace V1, ten numbers a call; an account begins with 500 calls a day.

use crate::ask::{AskCard, Auth, Endpoint, Field, Grant, Pace, Probe, Request, Sent};

pub(super) static ASKS: &[AskCard] = &[AskCard {
    id: "track_and_trace_v1",
    name: "Track And Trace V1",
    help: "dev-portal.gls-group.net: an app with the API \"Track And Trace V1\"",
    reads: "gls",
    live: Endpoint::with_token("https://api.gls-group.net/track-and-trace-v1", "https://api.gls-group.net/oauth2/v2/token"),
    sandbox: Some(Endpoint::with_token(
        "https://api-sandbox.gls-group.net/track-and-trace-v1",
        "https://api-sandbox.gls-group.net/oauth2/v2/token",
    )),
    auth: Auth::Token(Grant { client: "client_id", secret: "client_secret", sent: Sent::Basic, scope: None, audience: None }),
    fields: &[Field::open("client_id", "API key"), Field::secret("client_secret", "API secret")],
    batch: 10,
    pace: Pace { per_day: Some(500), least_gap_millis: 1_000 },
    probe: Probe::Token,
    request: |a| Request::get("/tracking/simple/trackids").pieces(a.numbers).query("showEvents", "true").header("accept-language", "EN"),
}];
