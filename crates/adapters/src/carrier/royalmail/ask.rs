//! Asking Royal Mail: the Tracking API (version 2), one item's whole history a call. Royal Mail's developer portal lists
//! the plans (an assessment account has 50 calls a day); there is no sandbox host.

use crate::ask::{AskCard, Auth, Endpoint, Field, Pace, Probe, Request};

pub(super) static ASKS: &[AskCard] = &[AskCard {
    id: "tracking_v2",
    name: "Tracking API v2",
    help: "developer.royalmail.net: an application that is subscribed to \"Royal Mail Tracking for Server-side App\"",
    reads: "royalmail",
    live: Endpoint::api("https://api.royalmail.net/mailpieces/v2"),
    sandbox: None,
    auth: Auth::Headers(&[("x-ibm-client-id", "client_id"), ("x-ibm-client-secret", "client_secret")]),
    fields: &[Field::open("client_id", "Client ID"), Field::secret("client_secret", "Client secret")],
    batch: 1,
    pace: Pace { per_day: Some(50), least_gap_millis: 200 },
    probe: Probe::Number("ZZ000000005GB"),
    // Without the accepted terms every call is refused (E0004).
    request: |a| Request::get("").piece(a.number()).piece("events").header("x-accept-rmg-terms", "yes"),
}];
