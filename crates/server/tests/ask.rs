//! Asking carriers, against a server that speaks as they document: tokens that run out or are taken back, haste, and failures.

mod mock;

use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use mock::{Call, Mock, json, later};
use whereabouts_adapters::{
    Carrier,
    ask::{Account, AskCard, Credentials, Environment, Heard, Request},
    by_id,
    carrier::Payload,
    parse,
};
use whereabouts_server::gateway::{Asker, Egress, Made, Reply, Verdict};

/// A retailer with an account at a mock.
struct World {
    egress: Egress,
    asker: Asker,
    carrier: &'static dyn Carrier,
    card: &'static AskCard,
    credentials: Credentials,
    host: String,
    now: Timestamp,
}

impl World {
    fn at(mock: &Mock, carrier: &str, way: &str) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let carrier = by_id(carrier).unwrap();
        let card = carrier.asks().iter().find(|c| c.id == way).unwrap();
        let credentials = Credentials::of(card.fields.iter().map(|f| (f.id, format!("the-{}", f.id))));
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        World { egress: Egress::new(true, false), asker: Asker::default(), carrier, card, credentials, host: mock.host.clone(), now }
    }

    fn account(&self) -> Account<'_> {
        Account { card: self.card, credentials: &self.credentials, environment: Environment::Live, host: Some(&self.host) }
    }

    fn call(&self, numbers: &[&str]) -> Request {
        self.account().ask(numbers, "ref-1").unwrap().remove(0)
    }

    async fn ask(&self, numbers: &[&str]) -> Reply {
        self.asker.ask(&self.egress, "account-1", self.carrier, &self.call(numbers), self.now).await
    }

    fn later(&mut self, secs: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(secs)).unwrap();
    }

    async fn probe(&self) -> Verdict {
        self.asker.probe(&self.egress, self.carrier, &self.account(), "ref-1", self.now).await.unwrap().0
    }
}

const TOKEN: &str = "POST /oauth/token";
const TRACK: &str = "POST /track/v1/trackingnumbers";

/// A carrier with FedEx's addresses: counts its tokens and takes only the newest.
fn tokens_of(life_secs: i64) -> impl FnMut(&Call) -> Response + Send + 'static {
    let mut given = 0;
    move |call| {
        if call.what == TOKEN {
            given += 1;
            return json(200, &format!(r#"{{"access_token":"token-{given}","token_type":"bearer","expires_in":{life_secs}}}"#));
        }
        match call.header("authorization") == format!("Bearer token-{given}") {
            true => json(200, r#"{"output":{"completeTrackResults":[]}}"#),
            false => json(401, r#"{"errors":[{"code":"NOT.AUTHORIZED.ERROR"}]}"#),
        }
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_used_until_shortly_before_its_end_and_fetched_anew() {
    let mock = Mock::speaking(tokens_of(3600)).await;
    let mut world = World::at(&mock, "fedex", "track_v1");
    assert_eq!(world.ask(&["000000000001"]).await.heard, Heard::Told);
    assert_eq!(mock.heard(), [TOKEN, TRACK]);
    assert_eq!(mock.calls.lock().unwrap()[0].body, "grant_type=client_credentials&client_id=the-client_id&client_secret=the-client_secret");
    assert_eq!(mock.last().header("authorization"), "Bearer token-1");
    assert!(mock.last().body.contains("000000000001"));
    world.later(3539);
    assert_eq!(world.ask(&["000000000002"]).await.heard, Heard::Told);
    assert_eq!(mock.heard().len(), 3, "the token was still good");
    world.later(1);
    assert_eq!(world.ask(&["000000000003"]).await.heard, Heard::Told);
    assert_eq!(mock.heard()[3..], [TOKEN, TRACK]);
    assert_eq!(mock.last().header("authorization"), "Bearer token-2");
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_fetched_anew_and_the_call_repeated_once() {
    let mut tracked = 0;
    let mut tokens = tokens_of(3600);
    let mock = Mock::speaking(move |call| {
        tracked += usize::from(call.what == TRACK);
        if call.what == TRACK && tracked == 2 { json(401, "{}") } else { tokens(call) }
    })
    .await;
    let world = World::at(&mock, "fedex", "track_v1");
    let (first, second, third) = (world.ask(&["1"]).await, world.ask(&["2"]).await, world.ask(&["3"]).await);
    assert_eq!([&first, &second, &third].map(|reply| &reply.heard), [&Heard::Told; 3]);
    assert_eq!(mock.heard(), [TOKEN, TRACK, TRACK, TOKEN, TRACK, TRACK]);
    let made = |calls, tokens| Made { calls, tokens };
    assert_eq!([first.made, second.made, third.made], [made(2, 1), made(3, 1), made(1, 0)], "what went out is counted");
}

#[tokio::test]
async fn credentials_that_are_refused_are_not_tried_again_and_again() {
    let mock =
        Mock::speaking(|call| if call.what == TOKEN { json(200, r#"{"access_token":"t","expires_in":60}"#) } else { json(401, "{}") })
            .await;
    let mut world = World::at(&mock, "fedex", "track_v1");
    assert_eq!(world.ask(&["1"]).await.heard, Heard::NoAccess);
    assert_eq!(mock.heard(), [TOKEN, TRACK], "a fresh token that is refused is not fetched again");
    assert_eq!(world.ask(&["1"]).await, Reply::without_call(Heard::TooMany { wait_secs: Some(900) }));
    assert_eq!(mock.heard().len(), 2);
    world.asker.forget("account-1");
    assert_eq!(world.ask(&["1"]).await.heard, Heard::NoAccess, "entered anew, they are tried");
    world.later(900);
    assert_eq!(world.ask(&["1"]).await.heard, Heard::NoAccess, "and after a while");
}

#[tokio::test]
async fn a_refused_client_is_told_with_401_or_400_and_nothing_is_asked() {
    for status in [400, 401] {
        let mock = Mock::speaking(move |_| json(status, r#"{"error":"invalid_client"}"#)).await;
        let world = World::at(&mock, "usps", "tracking_v3");
        assert_eq!(world.probe().await, Verdict::Bad, "{status}");
        assert_eq!(world.ask(&["9400100000000000000001"]).await.heard, Heard::NoAccess, "{status}");
        assert_eq!(mock.heard(), ["POST /oauth2/v3/token", "POST /oauth2/v3/token"]);
    }
}

#[tokio::test]
async fn a_carrier_that_wants_to_be_left_alone_is_left_alone_as_long_as_it_said() {
    let mut times = 0;
    let mock = Mock::speaking(move |_| {
        times += 1;
        match times {
            1 => later(429, "120"),
            2 => later(429, "Sun, 22 Nov 2026 10:12:00 GMT"),
            _ => json(200, r#"{"shipments":[]}"#),
        }
    })
    .await;
    let mut world = World::at(&mock, "dhl_universal", "unified");
    assert_eq!(world.ask(&["1"]).await.heard, Heard::TooMany { wait_secs: Some(120) });
    world.later(119);
    assert_eq!(world.ask(&["1"]).await.heard, Heard::TooMany { wait_secs: Some(1) });
    assert_eq!(mock.heard().len(), 1, "nothing was sent in the meantime");
    world.later(1);
    assert_eq!(world.ask(&["1"]).await.heard, Heard::TooMany { wait_secs: Some(600) }, "a date is as good as seconds");
    world.later(600);
    assert_eq!(world.ask(&["1"]).await.heard, Heard::Told);
    assert_eq!(mock.last().what, "GET /track/shipments?trackingNumber=1&language=en");
    assert_eq!(mock.last().header("dhl-api-key"), "the-api_key");
}

#[tokio::test]
async fn a_carrier_that_fails_is_asked_less_often_until_it_recovers() {
    let mut times = 0;
    let mock = Mock::speaking(move |_| {
        times += 1;
        if times <= 3 { json(503, "<html>") } else { json(if times == 4 { 200 } else { 500 }, r#"{"mailPieces":[]}"#) }
    })
    .await;
    let mut world = World::at(&mock, "royalmail", "tracking_v2");
    for wait in [60, 120, 240] {
        assert_eq!(world.ask(&["QX000000016GB"]).await.heard, Heard::Later { wait_secs: Some(wait) });
        world.later(wait);
    }
    assert_eq!(world.ask(&["QX000000016GB"]).await.heard, Heard::Told);
    assert_eq!(world.ask(&["QX000000016GB"]).await.heard, Heard::Later { wait_secs: Some(60) }, "counted from the start again");
}

#[tokio::test]
async fn nobody_there_and_an_address_that_may_not_be_called_are_told_apart() {
    let mock = Mock::speaking(|_| json(200, "{}")).await;
    let mut world = World::at(&mock, "royalmail", "tracking_v2");
    world.host = "http://127.0.0.1:9".into();
    let nobody = Reply { made: Made { calls: 1, tokens: 0 }, ..Reply::without_call(Heard::Later { wait_secs: Some(60) }) };
    assert_eq!(world.ask(&["1"]).await, nobody);
    world.later(60);
    world.host = "http://169.254.169.254".into();
    assert_eq!(world.ask(&["1"]).await.heard, Heard::Refused);
    assert!(mock.heard().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_no_answer() {
    let mock = Mock::speaking(|_| json(200, &"x".repeat(4 * 1024 * 1024 + 1))).await;
    let world = World::at(&mock, "royalmail", "tracking_v2");
    assert_eq!(world.ask(&["1"]).await.heard, Heard::Later { wait_secs: Some(60) });
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_share_one_token() {
    let mock = Mock::speaking(tokens_of(3600)).await;
    let world = World::at(&mock, "fedex", "track_v1");
    let (one, two, three) = tokio::join!(world.ask(&["1"]), world.ask(&["2"]), world.ask(&["3"]));
    assert!([one, two, three].iter().all(|r| r.heard == Heard::Told));
    assert_eq!(mock.heard().iter().filter(|c| *c == TOKEN).count(), 1);
}

/// (carrier, way, the calls that its credentials cause, and what they answer in their turn)
type Tour = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Every carrier's flow as it documents it, the answer read by its adapter. All words in the answers are ours.
const TOURS: &[Tour] = &[
    (
        "royalmail",
        "tracking_v2",
        &[(
            "GET /mailpieces/v2/N1/events",
            r#"{"mailPieces":{"mailPieceId":"N1","summary":{"oneDBarcode":"N1"},"events":[{"eventCode":"EVGPD","eventName":"Due to be delivered today","eventDateTime":"2026-11-20T08:00:00+00:00","locationName":"Exampletown DO"}]}}"#,
        )],
    ),
    (
        "ups",
        "track_v1",
        &[
            ("POST /security/v1/oauth/token", r#"{"access_token":"t","expires_in":"14399"}"#),
            (
                "GET /api/track/v1/details/N1?locale=en_US&returnSignature=false",
                r#"{"trackResponse":{"shipment":[{"inquiryNumber":"N1","package":[{"trackingNumber":"N1","activity":[{"date":"20261120","time":"080000","status":{"type":"I","code":"OT","description":"Out For Delivery Today"},"location":{"address":{"city":"Exampletown","countryCode":"GB"}}}]}]}]}}"#,
            ),
        ],
    ),
    (
        "gls",
        "track_and_trace_v1",
        &[
            ("POST /oauth2/v2/token", r#"{"access_token":"t","expires_in":14399}"#),
            (
                "GET /track-and-trace-v1/tracking/simple/trackids/N1?showEvents=true",
                r#"{"parcels":[{"requested":"N1","unitno":"N1","status":"INDELIVERY","events":[{"code":"OUTDEL.NORMAL","city":"Exampletown","country":"DE","description":"In delivery","eventDateTime":"2026-11-20T08:00:00+0100"}]}]}"#,
            ),
        ],
    ),
    (
        "inpost",
        "shipx",
        &[(
            "GET /v1/tracking/N1",
            r#"{"tracking_number":"N1","status":"out_for_delivery","tracking_details":[{"status":"out_for_delivery","datetime":"2026-11-20T08:00:00.000+01:00"}]}"#,
        )],
    ),
    (
        "evri",
        "client_tracking_v1",
        &[
            ("POST /oauth/token", r#"{"access_token":"t","expires_in":86400,"token_type":"Bearer"}"#),
            (
                "GET /client-tracking-api/v1/events?barcode=N1&descriptionType=CLIENT",
                r#"[{"dateTime":"2026-11-20T08:00:00Z","location":{"latitude":53.4,"longitude":-2.2},"trackingPoint":{"trackingPointId":"12","description":"Out for delivery with your courier"}}]"#,
            ),
        ],
    ),
    (
        "inpost",
        "group_v1",
        &[
            ("POST /oauth2/token", r#"{"access_token":"t","expires_in":599,"token_type":"Bearer"}"#),
            (
                "GET /tracking/v1/parcels?trackingNumbers=N1",
                r#"{"parcels":[{"trackingNumber":"N1","events":[{"eventId":"e1","eventCode":"LMD.1001","eventTitle":"Out for delivery","timestamp":"2026-11-20T08:00:00Z","location":{"city":"Exampletown","country":"GB"}}]}]}"#,
            ),
        ],
    ),
    (
        "dpd_uk",
        "tracking_xml",
        &[(
            "POST /tracking-core/dpd/parcels",
            "<trackingresponse><trackingdetails><trackingdetail><trackingnumber>N1</trackingnumber><trackingevents><trackingevent><date>2026-11-20T08:00:00</date><locality>Exampletown</locality><description>Your parcel is out for delivery</description></trackingevent></trackingevents></trackingdetail></trackingdetails></trackingresponse>",
        )],
    ),
    (
        "mydhl",
        "mydhl",
        &[(
            "GET /mydhlapi/shipments/N1/tracking?trackingView=all-checkpoints&levelOfDetail=all",
            r#"{"shipments":[{"shipmentTrackingNumber":"N1","status":"Success","events":[{"date":"2026-11-20","time":"08:00:00","GMTOffset":"+00:00","typeCode":"WC","description":"Shipment is out with courier for delivery","serviceArea":[{"code":"LON","description":"London-UK"}]}]}]}"#,
        )],
    ),
    (
        "easypost",
        "trackers",
        &[(
            "POST /v2/trackers",
            r#"{"id":"trk_1","object":"Tracker","tracking_code":"N1","status":"out_for_delivery","carrier":"UPS","tracking_details":[{"object":"TrackingDetail","status":"out_for_delivery","status_detail":"out_for_delivery","message":"Out for delivery","datetime":"2026-11-20T08:00:00Z","tracking_location":{"object":"TrackingLocation","city":"Exampletown"}}]}"#,
        )],
    ),
];

#[tokio::test]
async fn from_credentials_to_a_timeline_as_each_carrier_documents_it() {
    for (carrier, way, turns) in TOURS {
        let mut left = turns.iter();
        let mock = Mock::speaking(move |_| left.next().map_or_else(|| json(410, "{}"), |(_, body)| json(200, body))).await;
        let world = World::at(&mock, carrier, way);
        let reply = world.ask(&["N1"]).await;
        assert_eq!(mock.heard(), turns.iter().map(|(call, _)| (*call).to_string()).collect::<Vec<_>>(), "{carrier}");
        assert_eq!(reply.heard, Heard::Told, "{carrier}");
        let reader = by_id(world.card.reads).unwrap();
        let payload = Payload { number: Some("N1"), ..Payload::of(&reply.body) };
        let events = parse(reader, &payload).unwrap_or_else(|e| panic!("{carrier}: {e}")).events;
        assert_eq!(events.len(), 1, "{carrier}");
        assert_eq!((events[0].tracking_number.as_str(), events[0].state.id()), ("N1", "out_for_delivery"), "{carrier}");
    }
}

#[tokio::test]
async fn dpds_key_and_secret_become_a_token_and_the_key_is_sent_again() {
    let mock = Mock::speaking(|call| match call.what.starts_with("GET /v1/customer/auth/access") {
        true => json(200, r#"{"data":{"accessToken":"t-1","refreshToken":"r-1"}}"#),
        false => json(200, r#"{"data":[]}"#),
    })
    .await;
    let world = World::at(&mock, "dpd_uk", "customer_api");
    assert_eq!(world.probe().await, Verdict::Good);
    assert_eq!(world.ask(&["15500000000001"]).await.heard, Heard::Told);
    assert_eq!(mock.last().what, "POST /v1/customer/parcel/tracking");
    assert_eq!((mock.last().header("authorization"), mock.last().header("client-id")), ("Bearer t-1", "the-api_key"));
}

#[tokio::test]
async fn credentials_are_tested_without_a_parcel() {
    // A carrier that does not know the number has let us in; one that is out of order proves nothing.
    for (status, expected) in
        [(200, Verdict::Good), (404, Verdict::Good), (401, Verdict::Bad), (403, Verdict::Bad), (500, Verdict::CannotTell)]
    {
        let mock = Mock::speaking(move |_| json(status, "{}")).await;
        let world = World::at(&mock, "royalmail", "tracking_v2");
        assert_eq!(world.probe().await, expected, "{status}");
        let mock = Mock::speaking(move |_| json(status, r#"{"trackers":[]}"#)).await;
        assert_eq!(World::at(&mock, "easypost", "trackers").probe().await, expected, "{status}");
        assert_eq!(mock.heard(), ["GET /v2/trackers?page_size=1"], "nothing is created");
    }
}
