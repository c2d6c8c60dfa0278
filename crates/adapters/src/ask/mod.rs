//! How a carrier that does not call us is asked: what it wants to know of us, how fast it may be asked, and the calls as
//! values. Nothing here calls anybody; the server's gateway does.

mod cadence;
mod hearing;
mod request;
mod token;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use cadence::{NextPoll, Situation, next_poll, wait_after};
pub use hearing::{Answer, Heard, by_status, retry_after_secs};
pub use request::{Method, Request};
pub use token::{Grant, Sent, Token, TokenCall, read_token};

/// One way of asking a carrier. Most carriers have one; some have an older and a newer, or an open and a closed one.
pub struct AskCard {
    /// Kept with the account: `tracking_v2`, `shipx`, …
    pub id: &'static str,
    /// As the admin's form says it.
    pub name: &'static str,
    /// Where the retailer gets the credentials.
    pub help: &'static str,
    /// The adapter that reads the answers.
    pub reads: &'static str,
    pub live: Endpoint,
    pub sandbox: Option<Endpoint>,
    pub auth: Auth,
    /// What is to be filled in.
    pub fields: &'static [Field],
    /// So many numbers may stand in one call.
    pub batch: usize,
    pub pace: Pace,
    pub probe: Probe,
    /// The call for at most `batch` numbers, without its host and without what [`Auth`] adds.
    pub request: fn(&Asked) -> Request,
}

/// Where a way of asking is spoken to.
pub struct Endpoint {
    /// The API's root, without a slash at its end.
    pub api: &'static str,
    /// The whole address that gives tokens.
    pub token: Option<&'static str>,
}

impl Endpoint {
    pub const fn api(api: &'static str) -> Endpoint {
        Endpoint { api, token: None }
    }
    pub const fn with_token(api: &'static str, token: &'static str) -> Endpoint {
        Endpoint { api, token: Some(token) }
    }
}

/// How we show who we are. The names are those of [`Field`]s.
pub enum Auth {
    /// Anybody may ask.
    Open,
    /// (header, field)
    Headers(&'static [(&'static str, &'static str)]),
    /// (parameter, field)
    Query(&'static str, &'static str),
    Basic {
        user: &'static str,
        /// `None`: the key stands alone as the user.
        password: Option<&'static str>,
    },
    /// A token that lasts, given out by hand.
    Bearer(&'static str),
    /// A token that is fetched and renewed.
    Token(Grant),
    /// The request's own body carries them.
    Body,
}

/// One line of the form for credentials.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    pub id: &'static str,
    pub label: &'static str,
    /// Never shown again once saved.
    pub secret: bool,
    pub required: bool,
}

impl Field {
    pub const fn open(id: &'static str, label: &'static str) -> Field {
        Field { id, label, secret: false, required: true }
    }
    pub const fn secret(id: &'static str, label: &'static str) -> Field {
        Field { id, label, secret: true, required: true }
    }
    pub const fn optional(id: &'static str, label: &'static str) -> Field {
        Field { id, label, secret: false, required: false }
    }
}

/// How fast a carrier may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Calls a day that a new account has; the retailer's contract may say more.
    pub per_day: Option<u32>,
    /// Between two calls of one account.
    pub least_gap_millis: u32,
}

impl Pace {
    /// How many calls a day are made by themselves: a tenth of what is allowed is kept for people who ask out of turn.
    pub fn planned_per_day(self) -> u64 {
        const DAY_MILLIS: u64 = 86_400_000;
        let by_gap = DAY_MILLIS / u64::from(self.least_gap_millis.max(1));
        self.per_day.map_or(by_gap, |per_day| by_gap.min(u64::from(per_day - per_day.div_ceil(10)).max(1)))
    }

    /// By how much, in thousandths, every pause between two turns of a parcel is to be lengthened so that a day's calls are
    /// enough: `wanted` is how often a day parcels would be asked for if nobody counted, in hundredths. All pauses grow alike,
    /// so that a parcel on the van is still asked for more often than one at sea.
    pub fn stretch(self, wanted: u64, batch: usize) -> u64 {
        let can = self.planned_per_day().saturating_mul(batch.max(1) as u64);
        wanted.saturating_mul(10).div_ceil(can).max(1_000)
    }
}

/// How credentials are tested when they are entered, without changing anything at the carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Whoever is given a token is known.
    Token,
    /// Ask for this number; "not known" is as good an answer as any.
    Number(&'static str),
    /// Read this path.
    Path(&'static str),
}

/// What a request is made of.
pub struct Asked<'a> {
    pub numbers: &'a [&'a str],
    pub credentials: &'a Credentials,
    /// Ours, unique to the call, for the carriers that want one.
    pub reference: &'a str,
}

impl<'a> Asked<'a> {
    /// The number, where a call holds one.
    pub fn number(&self) -> &'a str {
        self.numbers.first().copied().unwrap_or_default()
    }
}

/// What a retailer entered, by field. Cannot be printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credentials(BTreeMap<String, String>);

impl Credentials {
    pub fn of<K: Into<String>, V: Into<String>>(filled_in: impl IntoIterator<Item = (K, V)>) -> Credentials {
        Credentials(filled_in.into_iter().map(|(k, v)| (k.into(), v.into().trim().to_string())).filter(|(_, v)| !v.is_empty()).collect())
    }
    /// Empty if it was left out.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    #[default]
    Live,
    Sandbox,
}

/// Why there is nothing to send.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAsk {
    #[error("these are missing: {}", .0.join(", "))]
    Missing(Vec<&'static str>),
    #[error("a line break or another control character in: {0}")]
    Unprintable(&'static str),
    #[error("this carrier has no sandbox")]
    NoSandbox,
}

/// A retailer's account with a carrier.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    pub card: &'static AskCard,
    pub credentials: &'a Credentials,
    pub environment: Environment,
    /// Speaks to this host instead (`http://127.0.0.1:4000`): a mock of the operator's, or a test's server.
    pub host: Option<&'a str>,
}

impl Account<'_> {
    /// The calls that ask for these numbers, each with at most the card's batch.
    pub fn ask(&self, numbers: &[&str], reference: &str) -> Result<Vec<Request>, CannotAsk> {
        self.check()?;
        numbers.chunks(self.card.batch.max(1)).map(|some| self.one(some, reference)).collect()
    }

    /// The call that tests the credentials. A token's call is the whole test where [`Probe::Token`] says so.
    pub fn probe(&self, reference: &str) -> Result<Request, CannotAsk> {
        self.check()?;
        match self.card.probe {
            Probe::Number(number) => self.one(&[number], reference),
            Probe::Path(path) => self.finish(Request::get(path)),
            Probe::Token => match &self.card.auth {
                Auth::Token(grant) => Ok(grant.call(self.token_url()?, self.credentials).request),
                _ => self.finish(Request::get("/")),
            },
        }
    }

    fn one(&self, numbers: &[&str], reference: &str) -> Result<Request, CannotAsk> {
        let mut request = (self.card.request)(&Asked { numbers, credentials: self.credentials, reference });
        request.numbers = numbers.iter().map(|n| (*n).to_string()).collect();
        self.finish(request)
    }

    /// Adds the host, and who we are.
    fn finish(&self, request: Request) -> Result<Request, CannotAsk> {
        let given = |field: &str| self.credentials.get(field);
        let mut request = request.at(self.url(self.endpoint()?.api));
        match &self.card.auth {
            Auth::Open | Auth::Body => {}
            Auth::Headers(pairs) => {
                for (header, field) in *pairs {
                    request = request.header(header, given(field));
                }
            }
            Auth::Query(parameter, field) => request = request.query(parameter, given(field)),
            Auth::Basic { user, password } => request = request.basic(given(user), password.map_or("", given)),
            Auth::Bearer(field) => request = request.bearer(given(field)),
            Auth::Token(grant) => request.token = Some(Box::new(grant.call(self.token_url()?, self.credentials))),
        }
        Ok(request)
    }

    fn endpoint(&self) -> Result<&'static Endpoint, CannotAsk> {
        match self.environment {
            Environment::Live => Ok(&self.card.live),
            Environment::Sandbox => self.card.sandbox.as_ref().ok_or(CannotAsk::NoSandbox),
        }
    }

    fn token_url(&self) -> Result<String, CannotAsk> {
        let endpoint = self.endpoint()?;
        Ok(self.url(endpoint.token.unwrap_or(endpoint.api)))
    }

    /// The documented address, at another host if the account has one.
    fn url(&self, documented: &str) -> String {
        let Some(host) = self.host else { return documented.to_string() };
        let from_host = documented.split_once("://").map_or(documented, |(_, rest)| rest);
        let path = from_host.find('/').map_or("", |slash| &from_host[slash..]);
        format!("{}{path}", host.trim_end_matches('/'))
    }

    fn check(&self) -> Result<(), CannotAsk> {
        let missing: Vec<_> =
            self.card.fields.iter().filter(|f| f.required && self.credentials.get(f.id).is_empty()).map(|f| f.label).collect();
        if !missing.is_empty() {
            return Err(CannotAsk::Missing(missing));
        }
        match self.card.fields.iter().find(|f| self.credentials.get(f.id).chars().any(char::is_control)) {
            Some(field) => Err(CannotAsk::Unprintable(field.label)),
            None => self.endpoint().map(|_| ()),
        }
    }
}
