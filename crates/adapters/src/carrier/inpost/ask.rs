//! Asking InPost: the group's tracking API with the retailer's credentials (United Kingdom and everywhere else), or
//! ShipX's tracking of Polish parcels, which is open to anybody. How many numbers the group takes in a call is not told
//! in what we could read; ten is our choice.

use crate::ask::{AskCard, Auth, Endpoint, Field, Grant, Pace, Probe, Request, Sent};

pub(super) static ASKS: &[AskCard] = &[
    AskCard {
        id: "group_v1",
        name: "InPost Group API, tracking",
        help: "developers.inpost-group.com: an app with the scope api:tracking:read",
        reads: "inpost",
        live: Endpoint::with_token("https://api.inpost-group.com", "https://api.inpost-group.com/oauth2/token"),
        sandbox: Some(Endpoint::with_token("https://stage-api.inpost-group.com", "https://stage-api.inpost-group.com/oauth2/token")),
        auth: Auth::Token(Grant {
            client: "client_id",
            secret: "client_secret",
            sent: Sent::Form,
            scope: Some("openid api:tracking:read"),
            audience: None,
        }),
        fields: &[Field::open("client_id", "Client ID"), Field::secret("client_secret", "Client secret")],
        batch: 10,
        pace: Pace { per_day: None, least_gap_millis: 500 },
        probe: Probe::Token,
        request: |a| {
            let request = Request::get("/tracking/v1/parcels").header("x-inpost-event-version", "V1").header("x-request-id", a.reference);
            a.numbers.iter().fold(request, |r, n| r.query("trackingNumbers", n))
        },
    },
    AskCard {
        id: "shipx",
        name: "ShipX, open tracking (Poland)",
        help: "Nothing is needed: the tracking of Polish parcels is open.",
        reads: "inpost",
        live: Endpoint::api("https://api-shipx-pl.easypack24.net"),
        sandbox: Some(Endpoint::api("https://sandbox-api-shipx-pl.easypack24.net")),
        auth: Auth::Open,
        fields: &[],
        batch: 1,
        pace: Pace { per_day: None, least_gap_millis: 1_000 },
        probe: Probe::Number("000000000000000000000000"),
        request: |a| Request::get("/v1/tracking").piece(a.number()),
    },
];
