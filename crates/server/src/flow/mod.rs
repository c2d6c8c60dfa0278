//! One file = one thing that happens = one write transaction (of a whole batch). Flows never see HTTP.

pub mod accounts;
pub mod alerts;
pub mod check;
pub mod configure;
pub mod corrections;
pub mod deliver;
pub mod deposit;
pub mod digest;
pub mod due;
pub mod endpoints;
pub mod faults;
pub mod fetch;
pub mod file_logins;
pub mod file_sources;
pub mod foretell;
pub mod freshness;
pub mod grade;
pub mod hold;
pub mod hooks;
pub mod idempotency;
pub mod import;
pub mod mappings;
pub mod meanings;
pub mod notify;
pub mod order;
pub mod past;
pub mod patience;
pub mod poll;
pub mod receive;
pub mod received;
pub mod refresh;
pub mod register;
pub mod replay;
pub mod rules;
pub mod sandbox;
pub mod script;
pub mod seal_anew;
pub mod set_up;
pub mod settle;
pub mod sign_in;
pub mod sweep;
mod timed;
pub mod told;
pub mod turns;
mod understand;
pub mod webhooks;

use crate::db::DbError;

/// Why something did not happen, in the caller's words.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    #[error("the database could not do it")]
    Db(#[from] DbError),
    /// What was asked for is not there (or is another retailer's).
    #[error("not found")]
    NotFound,
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// Understood but wrong.
    #[error("not valid")]
    Invalid(Vec<Fault>),
}

/// One fault in what was sent.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Fault {
    /// JSON pointer to the place.
    pub pointer: String,
    pub code: String,
    pub message: String,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Fault {
        Fault { pointer: pointer.into(), code: code.to_string(), message: message.into() }
    }
}

/// How often a transaction is tried again when somebody else changed the same rows meanwhile.
pub const RACE_TRIES: usize = 8;

/// Runs a whole transaction again when it raced with another one.
#[macro_export]
macro_rules! retry_races {
    ($body:expr) => {{
        let mut tries = 0;
        loop {
            match $body {
                Err($crate::flow::FlowError::Db(e)) if e.is_race() && tries < $crate::flow::RACE_TRIES => tries += 1,
                other => break other,
            }
        }
    }};
}
