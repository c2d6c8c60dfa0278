//! Calls to carriers. An adapter says what to send and what the answer means; here are the tokens, the manners, and the way out.
//! The calls of one account go one after the other: a token is fetched once, and a carrier that asked to be left alone is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use whereabouts_adapters::{
    Carrier,
    ask::{self, Account, Answer, CannotAsk, Heard, Probe, Request, TokenCall, read_token},
};

use super::egress::{CallError, Egress};

/// Of a carrier's answer this much is read; a longer one is none.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Credentials that were refused are not tried again for so long, unless they are entered anew.
const NO_ACCESS_SECS: i64 = 15 * 60;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub heard: Heard,
    /// `None`: nothing was sent, or nothing came back.
    pub status: Option<u16>,
    /// For the adapter to read if it was [`Heard::Told`].
    pub body: Vec<u8>,
    pub made: Made,
}

impl Reply {
    /// Nobody was called.
    pub fn without_call(heard: Heard) -> Reply {
        Reply { heard, status: None, body: Vec::new(), made: Made::default() }
    }
}

/// How many calls went out for one: carriers count those for a token, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub calls: i64,
    /// So many of them for a token.
    pub tokens: i64,
}

impl Made {
    const CALL: Made = Made { calls: 1, tokens: 0 };
    const TOKEN: Made = Made { calls: 1, tokens: 1 };

    fn and(self, other: Made) -> Made {
        Made { calls: self.calls + other.calls, tokens: self.tokens + other.tokens }
    }
}

/// What a test of credentials showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Bad,
    /// The carrier is out of reach or out of order just now.
    CannotTell,
}

/// What is remembered of an account between its calls.
#[derive(Default)]
struct Kept {
    token: Option<KeptToken>,
    /// One after another.
    failures: u32,
    quiet_until: Option<Timestamp>,
}

struct KeptToken {
    /// Of the address and the credentials that it was fetched with.
    key: String,
    access: String,
    until: Timestamp,
}

impl Kept {
    fn token(&self, key: &str, now: Timestamp) -> Option<String> {
        self.token.as_ref().filter(|t| t.key == key && now < t.until).map(|t| t.access.clone())
    }

    /// Remembers how it went, and answers how long to wait if it went badly.
    fn note(&mut self, heard: &Heard, now: Timestamp) -> Option<i64> {
        let wait = match heard {
            // A call that was not understood is our mistake, not a reason to leave the carrier alone.
            Heard::Told | Heard::NotKnownYet | Heard::Refused => {
                (self.failures, self.quiet_until) = (0, None);
                return None;
            }
            Heard::NoAccess => NO_ACCESS_SECS,
            Heard::TooMany { wait_secs } | Heard::Later { wait_secs } => ask::wait_after(self.failures + 1, *wait_secs),
        };
        self.failures = self.failures.saturating_add(1);
        self.quiet_until = now.checked_add(SignedDuration::from_secs(wait)).ok();
        Some(wait)
    }
}

/// The accounts that were used since the program started.
#[derive(Default)]
pub struct Asker {
    accounts: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Kept>>>>,
}

impl Asker {
    /// Sends one call in an account's name and tells what was heard. `account` is the account's id, whatever it is.
    pub async fn ask(&self, egress: &Egress, account: &str, carrier: &dyn Carrier, request: &Request, now: Timestamp) -> Reply {
        let kept = self.kept(account);
        let mut kept = kept.lock().await;
        if let Some(until) = kept.quiet_until.filter(|until| now < *until) {
            let wait_secs = Some(until.as_second() - now.as_second());
            return Reply::without_call(Heard::TooMany { wait_secs });
        }
        let mut reply = exchange(egress, &mut kept, carrier, request, now).await;
        let wait = kept.note(&reply.heard, now);
        if let Heard::TooMany { wait_secs } | Heard::Later { wait_secs } = &mut reply.heard {
            *wait_secs = wait;
        }
        reply
    }

    /// Whether these credentials are good, as the account's card says that it can be found out. Nothing is remembered.
    pub async fn probe(
        &self,
        egress: &Egress,
        carrier: &dyn Carrier,
        account: &Account<'_>,
        reference: &str,
        now: Timestamp,
    ) -> Result<(Verdict, Made), CannotAsk> {
        let request = account.probe(reference)?;
        let is_token = account.card.probe == Probe::Token;
        let (heard, made) = match is_token {
            true => match send_for_token(egress, &request, now).await {
                Ok(_) => (Heard::Told, Made::TOKEN),
                Err(reply) => (reply.heard, reply.made),
            },
            false => {
                let reply = exchange(egress, &mut Kept::default(), carrier, &request, now).await;
                (reply.heard, reply.made)
            }
        };
        let verdict = match heard {
            Heard::Told | Heard::NotKnownYet => Verdict::Good,
            Heard::NoAccess => Verdict::Bad,
            Heard::TooMany { .. } | Heard::Later { .. } | Heard::Refused => Verdict::CannotTell,
        };
        Ok((verdict, made))
    }

    /// How many calls this one will take, as far as can be known: another for a token if none is kept.
    pub fn foresee(&self, account: &str, request: &Request, now: Timestamp) -> Made {
        let Some(token) = &request.token else { return Made::CALL };
        let kept = self.kept(account);
        let has_token = kept.try_lock().map_or(true, |kept| kept.token(&token.key, now).is_some());
        if has_token { Made::CALL } else { Made::CALL.and(Made::TOKEN) }
    }

    /// The credentials were entered anew, or the account is gone.
    pub fn forget(&self, account: &str) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }

    fn kept(&self, account: &str) -> Arc<tokio::sync::Mutex<Kept>> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(accounts.entry(account.to_string()).or_default())
    }
}

/// Fetches a token if the call wants one and none is kept. A kept token that is refused is fetched anew, once: carriers take
/// tokens back before their time.
async fn exchange(egress: &Egress, kept: &mut Kept, carrier: &dyn Carrier, request: &Request, now: Timestamp) -> Reply {
    let Some(call) = &request.token else { return send(egress, carrier, request, None, now).await };
    let mut made = Made::default();
    if let Some(access) = kept.token(&call.key, now) {
        let reply = send(egress, carrier, request, Some(&access), now).await;
        if reply.status != Some(401) {
            return reply;
        }
        made = reply.made;
    }
    kept.token = None;
    let reply = match fetch(egress, call, now).await {
        Ok(token) => {
            made = made.and(Made::TOKEN);
            let access = token.access.clone();
            kept.token = Some(token);
            send(egress, carrier, request, Some(&access), now).await
        }
        Err(reply) => reply,
    };
    Reply { made: made.and(reply.made), ..reply }
}

async fn fetch(egress: &Egress, call: &TokenCall, now: Timestamp) -> Result<KeptToken, Reply> {
    let token = send_for_token(egress, &call.request, now).await?;
    Ok(KeptToken { key: call.key.clone(), until: token.good_until(now), access: token.access })
}

/// A token, or why there is none.
async fn send_for_token(egress: &Egress, request: &Request, now: Timestamp) -> Result<ask::Token, Reply> {
    let answer = over_the_wire(egress, request, None, now).await;
    let (status, retry_after_secs, body) =
        answer.map_err(|reply| Reply { made: Made { tokens: reply.made.calls, ..reply.made }, ..reply })?;
    let heard = match ask::by_status(&Answer { status, retry_after_secs, body: &body }) {
        Heard::Told => match read_token(&body) {
            Some(token) => return Ok(token),
            None => Heard::Later { wait_secs: None },
        },
        // `invalid_client` and its kin are told with a 400 as well (RFC 6749, section 5.2).
        Heard::Refused if status == 400 => Heard::NoAccess,
        heard => heard,
    };
    Err(Reply { heard, status: Some(status), body: Vec::new(), made: Made::TOKEN })
}

async fn send(egress: &Egress, carrier: &dyn Carrier, request: &Request, token: Option<&str>, now: Timestamp) -> Reply {
    match over_the_wire(egress, request, token, now).await {
        Ok((status, retry_after_secs, body)) => {
            let heard = carrier.hears(&Answer { status, retry_after_secs, body: &body });
            Reply { heard, status: Some(status), body, made: Made::CALL }
        }
        Err(reply) => reply,
    }
}

async fn over_the_wire(
    egress: &Egress,
    request: &Request,
    token: Option<&str>,
    now: Timestamp,
) -> Result<(u16, Option<i64>, Vec<u8>), Reply> {
    let mut headers: Vec<(&str, &str)> = request.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let bearer = token.map(|t| format!("Bearer {t}"));
    headers.extend(bearer.as_deref().map(|b| ("authorization", b)));
    let answer = egress.exchange(request.method.name(), &request.url(), &headers, request.body.clone(), ANSWER_BYTES_MAX).await;
    match answer {
        Ok(whole) => {
            let retry_after_secs = whole.retry_after.as_deref().and_then(|told| ask::retry_after_secs(told, now));
            Ok((whole.status, retry_after_secs, whole.body))
        }
        Err(CallError::Refused(_)) => Err(Reply::without_call(Heard::Refused)),
        Err(CallError::Timeout | CallError::NoConnection | CallError::Broken) => {
            Err(Reply { made: Made::CALL, ..Reply::without_call(Heard::Later { wait_secs: None }) })
        }
    }
}
