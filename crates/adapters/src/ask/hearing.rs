//! What an answer means before it is read: told, not known, no access, too fast, or later.

use jiff::{Timestamp, fmt::rfc2822};

/// What came back over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    /// From `retry-after`; see [`retry_after_secs`].
    pub retry_after_secs: Option<i64>,
    pub body: &'a [u8],
}

/// What to do with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is to be read.
    Told,
    /// The carrier does not know the numbers, or not yet: the label is printed before the data arrives.
    NotKnownYet,
    /// The retailer must look at the credentials or the contract.
    NoAccess,
    /// Asked too often; wait so long.
    TooMany { wait_secs: Option<i64> },
    /// Something is wrong there; ask again later.
    Later { wait_secs: Option<i64> },
    /// The call itself was not understood: asking again would not help.
    Refused,
}

/// What the status says, for carriers that use it as HTTP means it (RFC 9110).
pub fn by_status(answer: &Answer) -> Heard {
    let wait_secs = answer.retry_after_secs;
    match answer.status {
        401 | 402 | 403 | 407 => Heard::NoAccess,
        429 => Heard::TooMany { wait_secs },
        408 | 425 | 500..=599 => Heard::Later { wait_secs },
        // A page for people, where data was asked for: a wrong address, or a wall before the API.
        _ if is_page(answer.body) => Heard::Refused,
        204 | 404 | 410 => Heard::NotKnownYet,
        200..=299 if answer.body.trim_ascii().is_empty() => Heard::NotKnownYet,
        200..=299 => Heard::Told,
        _ => Heard::Refused,
    }
}

fn is_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"].iter().any(|tag| start.get(..tag.len()).is_some_and(|s| s.eq_ignore_ascii_case(tag)))
}

/// `retry-after`: seconds, or a date (RFC 9110, section 10.2.3). At most a day, never negative.
pub fn retry_after_secs(told: &str, now: Timestamp) -> Option<i64> {
    let told = told.trim();
    let secs = match told.parse::<i64>() {
        Ok(secs) => secs,
        Err(_) => rfc2822::parse(told).ok()?.timestamp().as_second() - now.as_second(),
    };
    Some(secs.clamp(0, 86_400))
}
