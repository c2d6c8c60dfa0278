//! `EasyPost`: trackers from its API and its `tracker.*` webhooks. One shape since 2014; newer ones only add fields.
//!
//! Quirks: `status_detail` is often `status_update` or `unknown`, and then says less than `status`; `est_delivery_date`
//! is midnight UTC of a local day; a tracker whose status is `error` is an error reply although it has a "detail".

use jiff::{Timestamp, fmt::rfc2822};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use whereabouts_domain::{
    Location, Reason, State, TrackingEvent, Window,
    aliases::{Vendor, state_of},
};

use super::{Card, Carrier, ParcelReading, Payload, Reading, Shape, Unreadable};
use crate::{
    ask::{AskCard, Auth, Endpoint, Field, Pace, Probe, Request},
    clock::{self, DateOrder, ZoneRule},
    country::alpha2,
    json::{Walk, first_text},
    phrase,
    signature::{self, BadSignature},
    timeline, underneath,
};

pub static CARRIER: EasyPost = EasyPost;
pub struct EasyPost;

// The codes stand in the crosswalk, `whereabouts_domain::aliases`.
static CARD: Card = Card { id: "easypost", name: "EasyPost", zone: "UTC", aggregator: true, codes: &[] };

/// A signed time further from now than this is a replay.
const SIGNED_AGE_MAX_SECS: i64 = 300;

impl Carrier for EasyPost {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let body = payload.json()?;
        if let Some(why) = error_of(&body) {
            return Err(Unreadable::error_reply(why));
        }
        let rule = ZoneRule::of(payload.zone, CARD.zone);
        let parcels: Vec<ParcelReading> = trackers(&body).into_iter().map(|tracker| parcel(tracker, &rule)).collect();
        let is_own =
            !parcels.is_empty() || body.text("object").is_some_and(|o| o == "Event") || body.at("trackers").is_some_and(Value::is_array);
        if is_own { Ok(Reading { parcels }) } else { Err(Unreadable::not_understood("no EasyPost tracker in it")) }
    }

    fn detect(&self, payload: &Payload, shape: &Shape) -> u8 {
        let Some(body) = shape.json() else { return 0 };
        if payload.header("x-hmac-signature-v2").is_some()
            || payload.header("x-hmac-signature").is_some_and(|s| s.starts_with("hmac-sha256-hex="))
        {
            return 98;
        }
        let is_event = body.text("object").is_some_and(|o| o == "Event");
        if is_event && body.text("description").is_some_and(|d| d.starts_with("tracker.")) {
            return 98;
        }
        if trackers(body)
            .iter()
            .any(|t| t.has("tracking_code") && (t.has("tracking_details") || t.text("object").is_some_and(|o| o == "Tracker")))
        {
            return 95;
        }
        match body.text("error.code") {
            Some(code) if code.starts_with("TRACKER.") => 92,
            Some(code) if code.contains('.') && code == code.to_ascii_uppercase() && body.has("error.message") => 60,
            _ if body.at("trackers").is_some_and(Value::is_array) && body.has("has_more") => 90,
            _ => 0,
        }
    }

    /// `EasyPost`'s own test numbers.
    fn recognise(&self, number: &str) -> Option<(u8, bool)> {
        let digits = number.strip_prefix("EZ")?;
        (digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit())).then_some((95, false))
    }

    fn verify(&self, payload: &Payload, secret: &str, now: Timestamp) -> Result<(), BadSignature> {
        let key: String = secret.nfkd().collect();
        let told = |header: &str| payload.header(header).map(|s| s.trim().trim_start_matches("hmac-sha256-hex=").to_ascii_lowercase());
        if let Some(signature) = told("x-hmac-signature-v2") {
            let stamp = payload.header("x-timestamp").ok_or(BadSignature::Missing)?;
            let path = payload.header("x-path").ok_or(BadSignature::Missing)?;
            let pieces: [&[u8]; 4] = [stamp.as_bytes(), b"POST", path.as_bytes(), payload.body];
            signature::same(&signature, &signature::hex(&signature::hmac_sha256(key.as_bytes(), &pieces)))?;
            let signed_at = rfc2822::parse(stamp.trim()).map_err(|_| BadSignature::Stale)?.timestamp();
            let age_secs = now.as_second() - signed_at.as_second();
            return if age_secs.abs() <= SIGNED_AGE_MAX_SECS { Ok(()) } else { Err(BadSignature::Stale) };
        }
        let signature = told("x-hmac-signature").ok_or(BadSignature::Missing)?;
        signature::same(&signature, &signature::hex(&signature::hmac_sha256(key.as_bytes(), &[payload.body])))
    }

    fn asks(&self) -> &'static [AskCard] {
        ASKS
    }
}

/// Webhook, single tracker, page of trackers, bare list, or a shipment with its tracker inside.
fn trackers(body: &Value) -> Vec<&Value> {
    if let Value::Array(list) = body {
        return list.iter().flat_map(trackers).collect();
    }
    if body.has("tracking_code") && body.has("tracking_details") {
        return vec![body];
    }
    for path in ["result", "trackers", "tracker", "data"] {
        if let Some(inner) = body.at(path).filter(|v| v.is_object() || v.is_array()) {
            let found = trackers(inner);
            if !found.is_empty() {
                return found;
            }
        }
    }
    if body.has("tracking_code") && body.has("status") { vec![body] } else { Vec::new() }
}

fn error_of(body: &Value) -> Option<String> {
    let error = body.at("error")?;
    let words = first_text(error, &["message", "code"]).or_else(|| body.text("error")).unwrap_or_else(|| "no reason given".into());
    Some(words)
}

fn parcel(tracker: &Value, rule: &ZoneRule) -> ParcelReading {
    let mut reading = ParcelReading { tracking_number: tracker.text("tracking_code"), ..ParcelReading::default() };
    let status = tracker.text("status").unwrap_or_default().to_ascii_lowercase();
    let details = tracker.items("tracking_details");
    if status == "error" {
        reading.fault = Some(details.iter().find_map(|d| d.text("message")).unwrap_or_else(|| "the tracker is in error".into()));
        return reading;
    }
    let carrier = tracker.text("carrier").map(|named| underneath::carrier_id(&named));
    reading.events = details.iter().filter_map(|d| event(d, carrier.as_deref(), rule)).collect();
    timeline::sign(&mut reading.events, tracker.text("signed_by"));
    reading.service = tracker.text("carrier_detail.service");
    reading.estimated_delivery = estimate(tracker);
    reading.summary = told_by_tracker(tracker, &status, carrier.as_deref(), rule).and_then(|s| timeline::worth_telling(s, &reading.events));
    reading
}

fn event(detail: &Value, carrier: Option<&str>, rule: &ZoneRule) -> Option<TrackingEvent> {
    let status = detail.text("status").unwrap_or_default().to_ascii_lowercase();
    let fine = detail.text("status_detail").unwrap_or_default().to_ascii_lowercase();
    let words = first_text(detail, &["message", "description"]).unwrap_or_default();
    let moment = detail.text("datetime").and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    if status.is_empty() && words.is_empty() && moment.is_none() {
        return None;
    }
    let (state, reason) = meaning(&status, &fine, &words);
    let source = detail.text("source").and_then(|s| underneath::known(&s).map(str::to_string));
    let mut event = TrackingEvent::new("", carrier.map(str::to_string).or(source).unwrap_or_default(), state);
    event.reason = reason;
    event.carrier_code = most_specific(&status, &fine);
    event.description = words;
    event.moment = moment;
    event.location = place(detail.at("tracking_location"));
    Some(event)
}

fn told_by_tracker(tracker: &Value, status: &str, carrier: Option<&str>, rule: &ZoneRule) -> Option<TrackingEvent> {
    let fine = tracker.text("status_detail").unwrap_or_default().to_ascii_lowercase();
    let (state, reason) = meaning(status, &fine, "");
    if matches!(state, State::Registered | State::Unknown) {
        return None;
    }
    let mut event = TrackingEvent::new("", carrier.unwrap_or_default(), state);
    event.reason = reason;
    event.carrier_code = most_specific(status, &fine);
    event.moment = tracker.text("updated_at").and_then(|t| clock::read(&t, DateOrder::MonthFirst, rule));
    Some(event)
}

/// Both together, then the status alone; a generic answer is made exact by the carrier's words.
fn meaning(status: &str, fine: &str, words: &str) -> (State, Option<Reason>) {
    let both = state_of(Vendor::EasyPost, &format!("{status}/{fine}"));
    match both.or_else(|| state_of(Vendor::EasyPost, status)) {
        Some(State::Registered) if !words.is_empty() => {
            phrase::understand(words, &[]).filter(|w| !w.0.is_delivered()).unwrap_or((State::Registered, None))
        }
        Some(state) => phrase::refine(Some((state, why(fine))), phrase::understand(words, &[])),
        None if status.is_empty() => phrase::understand(words, &[]).unwrap_or((State::Unknown, None)),
        None => (State::Unknown, None),
    }
}

fn why(fine: &str) -> Option<Reason> {
    Some(match fine {
        "address_correction" => Reason::AddressWrong,
        "damaged" => Reason::Damaged,
        "lost" => Reason::Lost,
        "missorted" => Reason::Missorted,
        "refused" => Reason::Refused,
        "weather_delay" => Reason::Weather,
        _ => return None,
    })
}

fn most_specific(status: &str, fine: &str) -> Option<String> {
    let says_more = !matches!(fine, "" | "unknown" | "status_update");
    [says_more.then_some(fine), Some(status), Some(fine)].into_iter().flatten().find(|code| !code.is_empty()).map(str::to_string)
}

fn place(told: Option<&Value>) -> Location {
    let Some(told) = told else { return Location::default() };
    let (city, region) = (told.text("city"), told.text("state"));
    let parts: Vec<String> = [city.clone(), region.clone(), told.text("country")].into_iter().flatten().collect();
    Location {
        text: (!parts.is_empty()).then(|| parts.join(", ")),
        city,
        region,
        postcode: told.text("zip"),
        country: told.text("country").and_then(|c| alpha2(&c)),
        ..Location::default()
    }
}

/// A local day when told; midnight UTC is a day, too, whatever it pretends.
fn estimate(tracker: &Value) -> Option<Window> {
    let local = tracker.text("carrier_detail.est_delivery_date_local");
    let end = local.or_else(|| tracker.text("est_delivery_date").map(|t| t.strip_suffix("T00:00:00Z").map(str::to_string).unwrap_or(t)))?;
    Some(Window { start: None, end: Some(end) })
}

/// EasyPost's guides: a tracker is created by its code, and a repeated creation answers the tracker that is there (and is
/// not billed) for three months; so creating is asking. The key stands alone as the user of basic authentication; a test
/// key is the sandbox.
static ASKS: &[AskCard] = &[AskCard {
    id: "trackers",
    name: "Trackers",
    help: "EasyPost's dashboard: an API key, production or test",
    reads: "easypost",
    live: Endpoint::api("https://api.easypost.com/v2"),
    sandbox: Some(Endpoint::api("https://api.easypost.com/v2")),
    auth: Auth::Basic { user: "api_key", password: None },
    fields: &[Field::secret("api_key", "API key")],
    batch: 1,
    pace: Pace { per_day: None, least_gap_millis: 200 },
    probe: Probe::Path("/trackers?page_size=1"),
    request: |a| Request::post_json("/trackers", &json!({"tracker": {"tracking_code": a.number()}})),
}];
