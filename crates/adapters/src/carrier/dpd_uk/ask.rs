//! Asking DPD in the United Kingdom. The customer API (a token for key and secret, kept in `data.accessToken`, and the key
//! again in `client-id`) is the present one; the tracking service that takes XML with user and password inside is the
//! older one, of which `trackingresponse` is the answer. DPD's own pages are behind a sign-in: both are as several
//! integrators that work with them have published.

use serde_json::json;

use crate::ask::{AskCard, Asked, Auth, Endpoint, Field, Grant, Pace, Probe, Request, Sent};

pub(crate) static ASKS: &[AskCard] = &[
    AskCard {
        id: "customer_api",
        name: "Customer API",
        help: "DPD's developer portal: an API key and secret of the customer API",
        reads: "dpd_uk",
        live: Endpoint::with_token("https://api.customers.dpd.co.uk", "https://api.customers.dpd.co.uk/v1/customer/auth/access"),
        sandbox: Some(Endpoint::with_token(
            "https://developers.api.customers.dpd.co.uk",
            "https://developers.api.customers.dpd.co.uk/v1/customer/auth/access",
        )),
        auth: Auth::Token(Grant { client: "api_key", secret: "api_secret", sent: Sent::BasicGet, scope: None, audience: None }),
        fields: &[Field::open("api_key", "API key"), Field::secret("api_secret", "API secret")],
        batch: 10,
        pace: Pace { per_day: None, least_gap_millis: 1_000 },
        probe: Probe::Token,
        request: |a| {
            Request::post_json("/v1/customer/parcel/tracking", &json!({"parcelNumbers": a.numbers}))
                .header("client-id", a.credentials.get("api_key"))
        },
    },
    AskCard {
        id: "tracking_xml",
        name: "Tracking service (XML)",
        help: "DPD's integration team gives out user and password for the tracking service.",
        reads: "dpd_uk",
        live: Endpoint::api("https://apps.geopostuk.com/tracking-core/dpd"),
        sandbox: Some(Endpoint::api("https://test-apps.geopostuk.com/tracking-core/dpd")),
        auth: Auth::Body,
        fields: &[Field::open("user", "User"), Field::secret("password", "Password")],
        batch: 10,
        pace: Pace { per_day: None, least_gap_millis: 1_000 },
        probe: Probe::Number("15500000000000"),
        request: |a| Request::post_xml("/parcels", tracking_request(a)),
    },
];

fn tracking_request(a: &Asked) -> String {
    let numbers: String = a.numbers.iter().map(|n| format!("<trackingnumber>{}</trackingnumber>", plain(n))).collect();
    let (user, password) = (plain(a.credentials.get("user")), plain(a.credentials.get("password")));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><trackingrequest><user>{user}</user><password>{password}</password>\
         <trackingnumbers>{numbers}</trackingnumbers></trackingrequest>"
    )
}

fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
