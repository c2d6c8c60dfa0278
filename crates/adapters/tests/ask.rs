//! How carriers are asked: the calls, word for word, and what answers mean.

use std::fmt::Write;

use jiff::Timestamp;
use whereabouts_adapters::{
    ask::{
        self, Account, Answer, AskCard, Asked, Auth, CannotAsk, Credentials, Endpoint, Environment, Field, Grant, Heard, NextPoll, Pace,
        Probe, Request, Sent, Situation,
    },
    by_id,
    carrier::ALL,
};
use whereabouts_domain::{ShipmentType, State};

fn way(carrier: &str, id: &str) -> &'static AskCard {
    by_id(carrier).unwrap().asks().iter().find(|a| a.id == id).unwrap_or_else(|| panic!("{carrier} has no {id}"))
}

/// Every field is filled with `the-` and its own name.
fn filled_in(card: &AskCard) -> Credentials {
    Credentials::of(card.fields.iter().map(|f| (f.id, format!("the-{}", f.id))))
}

fn account<'a>(card: &'static AskCard, credentials: &'a Credentials) -> Account<'a> {
    Account { card, credentials, environment: Environment::Live, host: None }
}

/// A call as a person would write it down.
fn written(request: &Request) -> String {
    let mut out = String::new();
    if let Some(token) = &request.token {
        let _ = write!(out, "first {}", written(&token.request));
    }
    let _ = writeln!(out, "{} {}", request.method.name(), request.url());
    for (name, value) in &request.headers {
        let _ = writeln!(out, "  {name}: {value}");
    }
    if let Some(body) = &request.body {
        let _ = writeln!(out, "  {body}");
    }
    out
}

fn asked(carrier: &str, id: &str, environment: Environment, numbers: &[&str]) -> String {
    let card = way(carrier, id);
    let credentials = filled_in(card);
    let calls = Account { environment, ..account(card, &credentials) }.ask(numbers, "ref-1").unwrap();
    calls.iter().map(written).collect()
}

/// (carrier, way, environment, numbers, what is sent)
const CALLS: &[(&str, &str, Environment, &[&str], &str)] = &[
    (
        "royalmail",
        "tracking_v2",
        Environment::Live,
        &["QX000000016GB"],
        "GET https://api.royalmail.net/mailpieces/v2/QX000000016GB/events
  accept: application/json
  x-accept-rmg-terms: yes
  x-ibm-client-id: the-client_id
  x-ibm-client-secret: the-client_secret
",
    ),
    (
        "ups",
        "track_v1",
        Environment::Live,
        &["1Z0000W00000000000"],
        "first POST https://onlinetools.ups.com/security/v1/oauth/token
  accept: application/json
  content-type: application/x-www-form-urlencoded
  authorization: Basic dGhlLWNsaWVudF9pZDp0aGUtY2xpZW50X3NlY3JldA==
  grant_type=client_credentials
GET https://onlinetools.ups.com/api/track/v1/details/1Z0000W00000000000?locale=en_US&returnSignature=false
  accept: application/json
  transid: ref-1
  transactionsrc: whereabouts
",
    ),
    (
        "fedex",
        "track_v1",
        Environment::Sandbox,
        &["000000000001", "000000000002"],
        "first POST https://apis-sandbox.fedex.com/oauth/token
  accept: application/json
  content-type: application/x-www-form-urlencoded
  grant_type=client_credentials&client_id=the-client_id&client_secret=the-client_secret
POST https://apis-sandbox.fedex.com/track/v1/trackingnumbers
  accept: application/json
  content-type: application/json
  x-locale: en_US
  x-customer-transaction-id: ref-1
  {\"includeDetailedScans\":true,\"trackingInfo\":[{\"trackingNumberInfo\":{\"trackingNumber\":\"000000000001\"}},{\"trackingNumberInfo\":{\"trackingNumber\":\"000000000002\"}}]}
",
    ),
    (
        "usps",
        "tracking_v3",
        Environment::Live,
        &["9400100000000000000001"],
        "first POST https://apis.usps.com/oauth2/v3/token
  accept: application/json
  content-type: application/json
  {\"client_id\":\"the-client_id\",\"client_secret\":\"the-client_secret\",\"grant_type\":\"client_credentials\"}
POST https://apis.usps.com/tracking/v3r2/tracking
  accept: application/json
  content-type: application/json
  [{\"trackingNumber\":\"9400100000000000000001\"}]
",
    ),
    (
        "gls",
        "track_and_trace_v1",
        Environment::Live,
        &["50000000001", "ZX00A0B1"],
        "first POST https://api.gls-group.net/oauth2/v2/token
  accept: application/json
  content-type: application/x-www-form-urlencoded
  authorization: Basic dGhlLWNsaWVudF9pZDp0aGUtY2xpZW50X3NlY3JldA==
  grant_type=client_credentials
GET https://api.gls-group.net/track-and-trace-v1/tracking/simple/trackids/50000000001,ZX00A0B1?showEvents=true
  accept: application/json
  accept-language: EN
",
    ),
    (
        "inpost",
        "group_v1",
        Environment::Live,
        &["600000000000000001", "600000000000000002"],
        "first POST https://api.inpost-group.com/oauth2/token
  accept: application/json
  content-type: application/x-www-form-urlencoded
  grant_type=client_credentials&scope=openid%20api%3Atracking%3Aread&client_id=the-client_id&client_secret=the-client_secret
GET https://api.inpost-group.com/tracking/v1/parcels?trackingNumbers=600000000000000001&trackingNumbers=600000000000000002
  accept: application/json
  x-inpost-event-version: V1
  x-request-id: ref-1
",
    ),
    (
        "inpost",
        "shipx",
        Environment::Sandbox,
        &["600000000000000000000001"],
        "GET https://sandbox-api-shipx-pl.easypack24.net/v1/tracking/600000000000000000000001
  accept: application/json
",
    ),
    (
        "dpd_uk",
        "customer_api",
        Environment::Sandbox,
        &["15500000000001", "15500000000002"],
        "first GET https://developers.api.customers.dpd.co.uk/v1/customer/auth/access
  accept: application/json
  authorization: Basic dGhlLWFwaV9rZXk6dGhlLWFwaV9zZWNyZXQ=
POST https://developers.api.customers.dpd.co.uk/v1/customer/parcel/tracking
  accept: application/json
  content-type: application/json
  client-id: the-api_key
  {\"parcelNumbers\":[\"15500000000001\",\"15500000000002\"]}
",
    ),
    (
        "dpd_uk",
        "tracking_xml",
        Environment::Live,
        &["15500000000001", "<&>"],
        "POST https://apps.geopostuk.com/tracking-core/dpd/parcels
  content-type: text/xml; charset=utf-8
  accept: text/xml
  <?xml version=\"1.0\" encoding=\"UTF-8\"?><trackingrequest><user>the-user</user><password>the-password</password><trackingnumbers><trackingnumber>15500000000001</trackingnumber><trackingnumber>&lt;&amp;&gt;</trackingnumber></trackingnumbers></trackingrequest>
",
    ),
    (
        "evri",
        "client_tracking_v1",
        Environment::Live,
        &["H0000A0000000001"],
        "first POST https://hermes-client-integration-prod.eu.auth0.com/oauth/token
  accept: application/json
  content-type: application/x-www-form-urlencoded
  grant_type=client_credentials&audience=client-tracking-api&client_id=the-auth_id&client_secret=the-auth_secret
GET https://api.hermesworld.co.uk/client-tracking-api/v1/events?barcode=H0000A0000000001&descriptionType=CLIENT
  accept: application/json
  apikey: the-api_key
",
    ),
    (
        "dhl_universal",
        "unified",
        Environment::Live,
        &["00340000000000000001"],
        "GET https://api-eu.dhl.com/track/shipments?trackingNumber=00340000000000000001&language=en
  accept: application/json
  dhl-api-key: the-api_key
",
    ),
    (
        "dhl_parcel_de",
        "unified",
        Environment::Live,
        &["00340000000000000001"],
        "GET https://api-eu.dhl.com/track/shipments?trackingNumber=00340000000000000001&language=en&service=parcel-de
  accept: application/json
  dhl-api-key: the-api_key
",
    ),
    (
        "dhl_express",
        "unified",
        Environment::Live,
        &["0000000001"],
        "GET https://api-eu.dhl.com/track/shipments?trackingNumber=0000000001&language=en&service=express
  accept: application/json
  dhl-api-key: the-api_key
",
    ),
    (
        "mydhl",
        "mydhl",
        Environment::Sandbox,
        &["0000000001"],
        "GET https://express.api.dhl.com/mydhlapi/test/shipments/0000000001/tracking?trackingView=all-checkpoints&levelOfDetail=all
  accept: application/json
  message-reference: ref-1
  authorization: Basic dGhlLXVzZXI6dGhlLXBhc3N3b3Jk
",
    ),
    (
        "easypost",
        "trackers",
        Environment::Live,
        &["EZ0000000001"],
        "POST https://api.easypost.com/v2/trackers
  accept: application/json
  content-type: application/json
  authorization: Basic dGhlLWFwaV9rZXk6
  {\"tracker\":{\"tracking_code\":\"EZ0000000001\"}}
",
    ),
];

#[test]
fn every_carrier_is_asked_as_its_documentation_says() {
    for (carrier, id, environment, numbers, expected) in CALLS {
        assert_eq!(asked(carrier, id, *environment, numbers), *expected, "{carrier} {id}");
    }
}

/// A way that nobody wrote an expected call for is not tested.
#[test]
fn no_way_of_asking_is_left_out_of_the_table() {
    for carrier in ALL {
        for card in carrier.asks() {
            let known = CALLS.iter().any(|(c, id, ..)| *id == card.id && (*c == carrier.card().id || way(c, id).reads == card.reads));
            assert!(known, "{} {}", carrier.card().id, card.id);
        }
    }
    let asked: Vec<_> = ALL.iter().filter(|c| !c.asks().is_empty()).map(|c| c.card().id).collect();
    for wanted in
        ["royalmail", "dpd_uk", "dpd_local", "ups", "fedex", "dhl_universal", "dhl_express", "usps", "gls", "inpost", "evri", "easypost"]
    {
        assert!(asked.contains(&wanted), "{wanted} cannot be asked");
    }
}

#[test]
fn cards_fit_together() {
    for carrier in ALL {
        for card in carrier.asks() {
            let name = format!("{} {}", carrier.card().id, card.id);
            assert!(by_id(card.reads).is_some(), "{name}: nobody reads the answers");
            assert!(card.batch >= 1 && card.pace.least_gap_millis > 0, "{name}");
            assert_eq!(matches!(card.auth, Auth::Token(_)), card.live.token.is_some(), "{name}: a token has an address");
            assert!(card.probe != Probe::Token || card.live.token.is_some(), "{name}: there is no token to test with");
            for endpoint in std::iter::once(&card.live).chain(&card.sandbox) {
                assert!(endpoint.api.starts_with("https://") && !endpoint.api.ends_with('/'), "{name}");
                assert_eq!(endpoint.token.is_some(), card.live.token.is_some(), "{name}");
            }
            // Each field that must be filled in is used, and nothing else is.
            let credentials = filled_in(card);
            let all: String = account(card, &credentials).ask(&["N1"], "ref-1").unwrap().iter().map(written).collect();
            let encoded = |text: &str| text.replace('_', "%5F");
            for field in card.fields {
                let value = format!("the-{}", field.id);
                let in_basic = all.contains("authorization: Basic");
                assert!(in_basic || all.contains(&value) || all.contains(&encoded(&value)), "{name}: {} is not used", field.id);
            }
            assert_eq!(card.fields.is_empty(), matches!(card.auth, Auth::Open), "{name}");
        }
    }
}

#[test]
fn numbers_are_spread_over_calls_of_the_documented_size() {
    let card = way("fedex", "track_v1");
    let credentials = filled_in(card);
    let numbers: Vec<String> = (0..65).map(|i| format!("{i:012}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let calls = account(card, &credentials).ask(&numbers, "r").unwrap();
    assert_eq!(calls.iter().map(|c| c.numbers.len()).collect::<Vec<_>>(), [30, 30, 5]);
    let all: Vec<&str> = calls.iter().flat_map(|c| c.numbers.iter().map(String::as_str)).collect();
    assert_eq!(all, numbers, "each once");
    assert!(account(card, &credentials).ask(&[], "r").unwrap().is_empty());
}

#[test]
fn a_number_cannot_leave_its_place_in_the_url() {
    let sly = "../../v1/users?x=1#y z/ü";
    for (carrier, id) in [("ups", "track_v1"), ("gls", "track_and_trace_v1"), ("evri", "client_tracking_v1"), ("royalmail", "tracking_v2")]
    {
        let card = way(carrier, id);
        let credentials = filled_in(card);
        let call = account(card, &credentials).ask(&[sly], "r").unwrap().remove(0);
        assert!(call.url().contains("..%2F..%2Fv1%2Fusers%3Fx%3D1%23y%20z%2F%C3%BC"), "{}", call.url());
    }
}

#[test]
fn another_host_stands_in_for_api_and_tokens_and_keeps_the_paths() {
    let card = way("ups", "track_v1");
    let credentials = filled_in(card);
    let call = Account { host: Some("http://127.0.0.1:4000/"), ..account(card, &credentials) }.ask(&["1Z0"], "r").unwrap().remove(0);
    assert_eq!(call.url(), "http://127.0.0.1:4000/api/track/v1/details/1Z0?locale=en_US&returnSignature=false");
    assert_eq!(call.token.unwrap().request.url(), "http://127.0.0.1:4000/security/v1/oauth/token");
}

#[test]
fn credentials_that_are_missing_or_unprintable_are_named_and_nothing_is_sent() {
    let card = way("evri", "client_tracking_v1");
    let some = Credentials::of([("auth_id", "a"), ("auth_secret", "  ")]);
    assert_eq!(account(card, &some).ask(&["N"], "r"), Err(CannotAsk::Missing(vec!["API key", "Auth secret"])));
    assert_eq!(account(card, &some).probe("r"), Err(CannotAsk::Missing(vec!["API key", "Auth secret"])));
    let broken = Credentials::of([("api_key", "k\r\nx: y"), ("auth_id", "a"), ("auth_secret", "s")]);
    assert_eq!(account(card, &broken).ask(&["N"], "r"), Err(CannotAsk::Unprintable("API key")));
    let whole = filled_in(card);
    assert_eq!(Account { environment: Environment::Sandbox, ..account(card, &whole) }.ask(&["N"], "r"), Err(CannotAsk::NoSandbox));
}

#[test]
fn secrets_are_never_printed() {
    for carrier in ALL {
        for card in carrier.asks() {
            let credentials = filled_in(card);
            let call = account(card, &credentials).ask(&["N1"], "r").unwrap().remove(0);
            for printed in
                [format!("{credentials:?}"), format!("{call:?}"), format!("{:?}", account(card, &credentials).probe("r").unwrap())]
            {
                assert!(!printed.contains("the-") && !printed.contains("Basic"), "{printed}");
            }
            if let Some(token) = &call.token {
                assert!(!token.key.contains("the-") && token.key.len() == 64);
            }
        }
    }
    let token = ask::read_token(br#"{"access_token":"very-secret","expires_in":60}"#).unwrap();
    assert!(!format!("{token:?}").contains("very"));
}

/// The ways of showing who we are that none of today's carriers wants in this form.
#[test]
fn keys_in_the_query_and_lasting_tokens_are_known_too() {
    static FIELDS: &[Field] = &[Field::secret("key", "Key"), Field::optional("account", "Account")];
    const fn card(auth: Auth) -> AskCard {
        AskCard {
            id: "x",
            name: "X",
            help: "",
            reads: "royalmail",
            live: Endpoint::with_token("https://x.example/v1", "https://t.example/token"),
            sandbox: None,
            auth,
            fields: FIELDS,
            batch: 1,
            pace: Pace { per_day: None, least_gap_millis: 1 },
            probe: Probe::Path("/me"),
            request: |a: &Asked| Request::get("/p").query("n", a.number()).header("x-account", a.credentials.get("account")),
        }
    }
    static QUERY: AskCard = card(Auth::Query("api key", "key"));
    static BEARER: AskCard = card(Auth::Bearer("key"));
    static JSON: AskCard =
        card(Auth::Token(Grant { client: "account", secret: "key", sent: Sent::Json, scope: Some("s"), audience: Some("a") }));
    let credentials = Credentials::of([("key", "k&1")]);
    let call = |card| account(card, &credentials).ask(&["7"], "r").unwrap().remove(0);
    assert_eq!(call(&QUERY).url(), "https://x.example/v1/p?n=7&api%20key=k%261");
    assert_eq!(call(&BEARER).headers.last().unwrap().1, "Bearer k&1");
    assert!(!call(&BEARER).headers.iter().any(|(n, _)| n == "x-account"), "an empty header is left out");
    let token = call(&JSON).token.unwrap().request.body.unwrap();
    assert_eq!(token, r#"{"audience":"a","client_id":"","client_secret":"k&1","grant_type":"client_credentials","scope":"s"}"#);
    assert_eq!(account(&QUERY, &credentials).probe("r").unwrap().url(), "https://x.example/v1/me?api%20key=k%261");
}

#[test]
fn tokens_of_one_account_share_a_name_and_those_of_two_do_not() {
    let card = way("fedex", "track_v1");
    let key = |secret: &str, environment| {
        let credentials = Credentials::of([("client_id", "a"), ("client_secret", secret)]);
        Account { environment, ..account(card, &credentials) }.ask(&["1"], "r").unwrap().remove(0).token.unwrap().key
    };
    assert_eq!(key("s", Environment::Live), key("s", Environment::Live));
    assert_ne!(key("s", Environment::Live), key("t", Environment::Live));
    assert_ne!(key("s", Environment::Live), key("s", Environment::Sandbox));
}

#[test]
fn a_tokens_life_is_read_in_every_spelling_and_renewed_before_its_end() {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    // {"expiry": 1795345200} is 2026-11-22T11:00:00Z.
    let claims = "e30.eyJleHBpcnkiOiAxNzk1MzQ1MjAwfQ.x";
    let by_claims = format!(r#"{{"data":{{"accessToken":"{claims}","refreshToken":"r"}}}}"#);
    for (body, until) in [
        (r#"{"access_token":"t","expires_in":3600}"#, "2026-11-22T10:59:00Z"),
        (r#"{"access_token":"t","expires_in":"14399","token_type":"Bearer"}"#, "2026-11-22T13:58:59Z"),
        (r#"{"access_token":"t","expires_in":100}"#, "2026-11-22T10:01:30Z"),
        (r#"{"access_token":"t"}"#, "2026-11-22T10:09:00Z"),
        (by_claims.as_str(), "2026-11-22T10:59:00Z"),
    ] {
        let token = ask::read_token(body.as_bytes()).unwrap_or_else(|| panic!("{body}"));
        assert_eq!(token.good_until(now).to_string(), until, "{body}");
    }
    for body in [r#"{"error":"invalid_client"}"#, r#"{"access_token":""}"#, "{\"access_token\":\"a\\nb\"}", "<html>", ""] {
        assert_eq!(ask::read_token(body.as_bytes()), None, "{body}");
    }
}

fn heard(carrier: &str, status: u16, wait: Option<i64>, body: &str) -> Heard {
    by_id(carrier).unwrap().hears(&Answer { status, retry_after_secs: wait, body: body.as_bytes() })
}

#[test]
fn what_an_answer_means_is_told_before_it_is_read() {
    for (status, body, expected) in [
        (200, "{}", Heard::Told),
        (207, "[]", Heard::Told),
        (200, " \n", Heard::NotKnownYet),
        (204, "", Heard::NotKnownYet),
        (404, r#"{"title":"No result found"}"#, Heard::NotKnownYet),
        (401, "", Heard::NoAccess),
        (403, "<html>blocked</html>", Heard::NoAccess),
        (429, "", Heard::TooMany { wait_secs: Some(7) }),
        (500, "", Heard::Later { wait_secs: Some(7) }),
        (503, "<!DOCTYPE html>", Heard::Later { wait_secs: Some(7) }),
        (408, "", Heard::Later { wait_secs: Some(7) }),
        (400, "{}", Heard::Refused),
        (302, "", Heard::Refused),
        (200, "\n<!DOCTYPE HTML><html>", Heard::Refused),
        (404, "<html>", Heard::Refused),
    ] {
        assert_eq!(heard("royalmail", status, Some(7), body), expected, "{status} {body}");
    }
    let unknown = r#"{"errors":[{"code":"TRACKING.TRACKINGNUMBER.NOTFOUND"}]}"#;
    assert_eq!(heard("fedex", 400, None, unknown), Heard::NotKnownYet);
    assert_eq!(heard("fedex", 400, None, r#"{"errors":[{"code":"INVALID.INPUT.EXCEPTION"}]}"#), Heard::Refused);
    assert_eq!(heard("fedex", 401, None, unknown), Heard::NoAccess);
}

#[test]
fn retry_after_is_seconds_or_a_date_and_never_more_than_a_day() {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    for (told, expected) in [
        ("120", Some(120)),
        (" 0 ", Some(0)),
        ("-5", Some(0)),
        ("99999999", Some(86_400)),
        ("Sun, 22 Nov 2026 10:05:00 GMT", Some(300)),
        ("Sun, 22 Nov 2026 09:00:00 GMT", Some(0)),
        ("soon", None),
    ] {
        assert_eq!(ask::retry_after_secs(told, now), expected, "{told}");
    }
}

fn situation(state: State) -> Situation {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    Situation { state, kind: ShipmentType::Delivery, registered_at: now, last_event_at: Some(now), expected_by: None, act_by: None, now }
}

fn hours_before(s: &Situation, hours: i64) -> Timestamp {
    s.now.checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap()
}

#[test]
fn parcels_are_asked_for_often_when_something_is_about_to_happen_and_not_after_the_end() {
    let minutes = |of: Situation| match ask::next_poll(&of) {
        NextPoll::InSecs(secs) => secs / 60,
        NextPoll::Never => -1,
    };
    for (state, expected) in [
        (State::OutForDelivery, 15),
        (State::DeliveryFailed, 120),
        (State::InTransit, 180),
        (State::Dispatched, 240),
        (State::ReadyForCollection, 360),
        (State::AtCustoms, 360),
        (State::Delivered, -1),
        (State::ReturnedToSender, -1),
    ] {
        assert_eq!(minutes(situation(state)), expected, "{state:?}");
    }
    let of = situation(State::InTransit);
    let (day, week) = (hours_before(&of, 24), hours_before(&of, 24 * 7));
    let old = Situation { registered_at: hours_before(&of, 24 * 90), ..of };
    assert_eq!(minutes(Situation { expected_by: Some(of.now), ..of }), 60, "the promised day is watched");
    assert_eq!(minutes(Situation { expected_by: Some(week), ..of }), 180, "a promise long broken is not");
    assert_eq!(minutes(Situation { last_event_at: Some(day), ..old }), 180);
    assert_eq!(minutes(Situation { last_event_at: Some(week), ..old }), 480, "nothing said for a week");
    assert_eq!(minutes(Situation { last_event_at: Some(hours_before(&of, 24 * 20)), ..old }), 1440);
    assert_eq!(minutes(Situation { last_event_at: Some(hours_before(&of, 24 * 61)), ..old }), -1, "given up");
    assert_eq!(minutes(Situation { last_event_at: None, ..old }), -1, "never heard of");
    let shop = situation(State::ReadyForCollection);
    assert_eq!(minutes(Situation { act_by: Some(shop.now), ..shop }), 120, "the last day in the shop");
    let refund = Situation { kind: ShipmentType::Return, ..situation(State::Refunded) };
    assert_eq!(minutes(refund), -1, "the end of a return is not the end of a delivery");
    assert_ne!(minutes(situation(State::Refunded)), -1);
}

#[test]
fn an_import_of_old_history_is_asked_for_all_the_same() {
    let of = situation(State::InTransit);
    let imported = Situation { last_event_at: Some(hours_before(&of, 24 * 90)), ..of };
    assert_ne!(ask::next_poll(&imported), NextPoll::Never);
}

#[test]
fn a_days_calls_are_spread_over_all_parcels() {
    let pace = way("gls", "track_and_trace_v1").pace;
    // 450 of the 500 calls, with ten numbers each, are 4,500 turns a day: enough for 9,000 with twice the pause.
    assert_eq!(pace.planned_per_day(), 450);
    assert_eq!(pace.stretch(900_000, 10), 2_000);
    assert_eq!(pace.stretch(450_000, 10), 1_000);
    assert_eq!(pace.stretch(100, 10), 1_000, "a pause is never shortened");
    assert_eq!(pace.stretch(0, 10), 1_000);
    let unbounded = Pace { per_day: None, least_gap_millis: 500 };
    assert_eq!(unbounded.planned_per_day(), 172_800);
    assert_eq!(unbounded.stretch(34_560_000, 1), 2_000);
    let smallest = Pace { per_day: Some(1), least_gap_millis: 0 };
    assert_eq!(smallest.planned_per_day(), 1);
}

#[test]
fn a_carrier_that_fails_is_left_alone_for_longer_each_time() {
    let waits: Vec<i64> = (0..=12).map(|n| ask::wait_after(n, None)).collect();
    assert_eq!(waits[..5], [60, 60, 120, 240, 480]);
    assert_eq!(waits[12], 6 * 3600);
    assert!(waits.is_sorted());
    assert_eq!(ask::wait_after(1, Some(900)), 900);
    assert_eq!(ask::wait_after(10, Some(1)), 21_600);
    assert_eq!(ask::wait_after(u32::MAX, None), 21_600);
}
