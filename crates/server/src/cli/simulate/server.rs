//! A simulated world told to a running server: shipments through its API, carriers' payloads through its hook, at a pace.

use std::{io::IsTerminal, time::Duration};

use clap::Args;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use whereabouts_domain::simulation::{Happening, World};

use super::Failure;
use crate::{
    app::Config,
    clock::Clock,
    demo::simulated::{self, Line, Times},
    gateway::{Answer, CallError, Egress, Gateway},
};

/// Calls under way at a time.
const AT_ONCE: usize = 16;
/// Shipments registered by one call.
const REGISTERED_AT_ONCE: usize = 200;
/// What happens within so long is told together where a sandbox's clock is moved …
const STEP_MS: i64 = 5 * 60_000;
/// … and within so long in real time.
const PACE_MS: i64 = 50;
/// … but never more than this.
const TOGETHER_MAX: usize = 2_000;
const SAY_EVERY_MS: i64 = 2_000;
const ANSWER_BYTES_MAX: usize = 8 << 20;

#[derive(Args)]
pub struct Told {
    /// Tell it to the server at this address
    #[arg(long, value_name = "URL", requires_all = ["key", "hook"])]
    to: Option<String>,
    /// An API key of the retailer
    #[arg(long, requires = "to")]
    key: Option<String>,
    /// The retailer's hook URL, or its path
    #[arg(long, requires = "to")]
    hook: Option<String>,
    /// How many times faster than life
    #[arg(long, default_value_t = 1.0, requires = "to", value_parser = speed)]
    speed: f64,
    /// The server is a sandbox: its clock is moved along, so that days are days there
    #[arg(long, requires = "to")]
    sandbox: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|s| (0.01..=1e9).contains(s)).ok_or_else(|| "write a number from 0.01 to 1000000000".into())
}

impl Told {
    /// Nothing where the world is to be written.
    pub async fn open(&self, clock: &Clock) -> Result<Option<Server>, Failure> {
        let (Some(to), Some(key), Some(hook)) = (&self.to, &self.key, &self.hook) else { return Ok(None) };
        let base = to.trim_end_matches('/').to_string();
        let path = hook.find("/hooks/").map(|at| hook[at..].trim_end_matches('/'));
        let path = path.ok_or_else(|| Failure::BadArguments(format!("`{hook}` is no hook URL: it has no /hooks/")))?;
        // Whoever starts this chooses the address: it may well be this machine.
        let egress = Gateway::new(&Config { allow_loopback: true, allow_private: true, ..Config::plain() }).egress;
        let (hook, authorization) = (format!("{base}{path}"), format!("Bearer {key}"));
        let mut server =
            Server { egress, base, hook, authorization, speed: self.speed, is_moved: self.sandbox, now: clock.now(), did: Did::default() };
        match self.sandbox {
            true => server.advance(0).await?,
            // Whether anybody is there who knows the key.
            false => drop(server.call("GET", "/api/v1/shipments?limit=1", None).await?),
        }
        Ok(Some(server))
    }
}

/// A server that listens.
pub struct Server {
    egress: Egress,
    base: String,
    hook: String,
    authorization: String,
    speed: f64,
    /// Its clock is moved along.
    is_moved: bool,
    /// What time it was there when it was last looked at.
    now: Timestamp,
    did: Did,
}

#[derive(Default)]
struct Did {
    registered: usize,
    told: usize,
    refused: usize,
    /// The first refusal.
    why: Option<String>,
}

impl Did {
    fn refuse(&mut self, count: usize, why: String) {
        self.refused += count;
        self.why.get_or_insert(why);
    }
}

impl Server {
    pub fn today(&self) -> Date {
        TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC).to_datetime(self.now).date()
    }

    /// Tells all of it, each thing when it is due.
    pub async fn tell(mut self, world: &World, happenings: impl Iterator<Item = Happening>, clock: &Clock) -> Result<(), Failure> {
        let mut happenings = happenings.peekable();
        let Some(begins) = happenings.peek().map(|h| h.at) else { return Ok(()) };
        let times = match self.is_moved {
            true => Times::AsTheyAre,
            false => Times::Pressed { begins, now: clock.now(), speed: self.speed },
        };
        let step = if self.is_moved { STEP_MS } else { (PACE_MS as f64 * self.speed) as i64 };
        let step = SignedDuration::from_millis(step.max(1));
        let started = clock.machine_ms();
        let mut said_at = 0;
        while let Some(first) = happenings.next() {
            let until = first.at.checked_add(step).unwrap_or(first.at);
            let mut together = vec![first];
            while let Some(next) = happenings.next_if(|h| h.at <= until && together.len() < TOGETHER_MAX) {
                together.push(next);
            }
            let at = together[together.len() - 1].at;
            let later = (at.as_millisecond() - begins.as_millisecond()) as f64 / self.speed;
            let wait = started + later as i64 - clock.machine_ms();
            tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
            if self.is_moved && at > self.now {
                self.advance(at.as_millisecond() - self.now.as_millisecond()).await?;
            }
            self.tell_together(together.iter().filter_map(|h| simulated::line(world, h, times))).await?;
            if clock.machine_ms() - said_at >= SAY_EVERY_MS {
                said_at = clock.machine_ms();
                self.say(&at.to_zoned(world.zone.clone()).strftime("%-d %b %Y %H:%M: ").to_string(), "\r");
            }
        }
        self.say("done: ", "\n");
        match self.did.why {
            None => Ok(()),
            Some(why) => Err(Failure::Other(format!("{} were refused, the first because of: {why}", self.did.refused))),
        }
    }

    /// One line of progress; it stays where nobody looks at a screen.
    fn say(&self, begin: &str, end: &str) {
        let Did { registered, told, refused, .. } = &self.did;
        let end = if std::io::stderr().is_terminal() { end } else { "\n" };
        eprint!("whereabouts: {begin}{registered} shipments registered, {told} payloads told, {refused} refused   {end}");
    }

    /// Shipments first: no carrier speaks of one that was not registered before.
    async fn tell_together(&mut self, lines: impl Iterator<Item = Line>) -> Result<(), Failure> {
        let (mut registrations, mut payloads) = (Vec::new(), Vec::new());
        for line in lines {
            match line {
                Line::Registration(doc) => registrations.push(doc),
                Line::Payload { carrier, body } => payloads.push((carrier, body)),
            }
        }
        for some in registrations.chunks(REGISTERED_AT_ONCE) {
            self.register(some).await?;
        }
        let (egress, hook, base) = (&self.egress, &self.hook, &self.base);
        let posts = payloads.into_iter().map(async |(carrier, body): (&str, Value)| {
            let url = format!("{hook}/{carrier}");
            egress.post(&url, &[("content-type", "application/json")], body.to_string()).await
        });
        let answers: Vec<Result<Answer, CallError>> = stream::iter(posts).buffer_unordered(AT_ONCE).collect().await;
        for answer in answers {
            match answer {
                Ok(Answer { status: 200..=299, .. }) => self.did.told += 1,
                Ok(answer) => self.did.refuse(1, format!("the hook answered {}", answer.status)),
                Err(why @ (CallError::Timeout | CallError::Broken)) => self.did.refuse(1, why.to_string()),
                Err(why) => return Err(Failure::Other(format!("{base}: {why}"))),
            }
        }
        Ok(())
    }

    async fn register(&mut self, shipments: &[Value]) -> Result<(), Failure> {
        let answer = self.call("POST", "/api/v1/shipments", Some(json!({ "shipments": shipments }).to_string())).await?;
        for result in answer["results"].as_array().into_iter().flatten() {
            match result["status"].as_u64() {
                Some(200..=299) => self.did.registered += 1,
                status => self.did.refuse(1, format!("{} {}", status.unwrap_or_default(), said(&result["problem"]))),
            }
        }
        Ok(())
    }

    /// Moves the sandbox's clock and looks at it.
    async fn advance(&mut self, ms: i64) -> Result<(), Failure> {
        let answer = self.call("POST", "/api/v1/sandbox/clock", Some(json!({ "advance_ms": ms }).to_string())).await?;
        let now = answer["now"].as_str().and_then(|now| now.parse().ok());
        self.now = now.ok_or_else(|| Failure::Other(format!("{} does not say what time it is there", self.base)))?;
        Ok(())
    }

    /// A call without which nothing can go on.
    async fn call(&self, method: &str, path: &str, body: Option<String>) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.base);
        let headers = [("authorization", self.authorization.as_str()), ("content-type", "application/json")];
        let answer = self.egress.exchange(method, &url, &headers, body, ANSWER_BYTES_MAX).await;
        let answer = answer.map_err(|why| Failure::Other(format!("{}: {why}", self.base)))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200..=299 => Ok(body),
            404 if path.contains("/sandbox/") => {
                let why = format!("{} is no sandbox: start it with `serve --sandbox`, or leave out --sandbox here", self.base);
                Err(Failure::BadArguments(why))
            }
            status => Err(Failure::Other(format!("{}: {status} {}", self.base, said(&body)))),
        }
    }
}

/// What a problem document says.
fn said(problem: &Value) -> &str {
    problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or_default()
}
