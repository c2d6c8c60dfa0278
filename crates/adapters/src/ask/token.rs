//! Tokens that are fetched: how to ask for one, and what the answer says.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Credentials, Request, request::escape};
use crate::signature;

/// The client credentials grant (RFC 6749, section 4.4), and where a carrier departs from it. The names are fields'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub client: &'static str,
    pub secret: &'static str,
    pub sent: Sent,
    pub scope: Option<&'static str>,
    pub audience: Option<&'static str>,
}

/// Where client and secret stand when a token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// In `authorization`; the form holds the rest (RFC 6749, section 2.3.1).
    Basic,
    Form,
    Json,
    /// In `authorization` of a GET without a body.
    BasicGet,
}

/// The call that fetches a token, and the name under which the token is kept.
#[derive(Clone, PartialEq)]
pub struct TokenCall {
    pub request: Request,
    /// The same for the same address and credentials; tells neither.
    pub key: String,
}

impl Grant {
    pub(super) fn call(&self, url: String, credentials: &Credentials) -> TokenCall {
        let (client, secret) = (credentials.get(self.client), credentials.get(self.secret));
        let mut said = vec![("grant_type", "client_credentials")];
        said.extend(self.scope.map(|s| ("scope", s)));
        said.extend(self.audience.map(|a| ("audience", a)));
        let with_client = || {
            let mut said = said.clone();
            said.extend([("client_id", client), ("client_secret", secret)]);
            said
        };
        // What stands in `authorization` is escaped as in a form first, says the same section.
        let (user, password) = (escape(client), escape(secret));
        let request = match self.sent {
            Sent::Basic => Request::post_form(&said).basic(&user, &password),
            Sent::Form => Request::post_form(&with_client()),
            Sent::Json => {
                let body: serde_json::Map<String, Value> = with_client().into_iter().map(|(k, v)| (k.to_string(), json!(v))).collect();
                Request::post_json("", &Value::Object(body))
            }
            Sent::BasicGet => Request::get("").basic(client, secret),
        };
        let request = request.at(url);
        let shown = request.headers.iter().find(|(name, _)| name == "authorization").map_or("", |(_, value)| value.as_str());
        let told = [request.base.as_bytes(), b"\n", shown.as_bytes(), b"\n", request.body.as_deref().unwrap_or_default().as_bytes()];
        let key = signature::hex(&signature::sha256(&told));
        TokenCall { request, key }
    }
}

/// A token and how long it is good for. Cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub access: String,
    lives_secs: Option<i64>,
    /// Seconds since 1970, where only the token itself says it.
    ends_at: Option<i64>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Renewed this long before its end, or after nine tenths of a short life.
const MARGIN_SECS: i64 = 60;
/// For a token that says nothing about its life.
const LIFE_SECS: i64 = 600;

impl Token {
    /// Until when it is used, if it was given now.
    pub fn good_until(&self, now: Timestamp) -> Timestamp {
        let left = self.lives_secs.or_else(|| self.ends_at.map(|at| at - now.as_second())).unwrap_or(LIFE_SECS).clamp(0, 30 * 86_400);
        let margin = MARGIN_SECS.min(left / 10);
        now.checked_add(SignedDuration::from_secs(left - margin)).unwrap_or(Timestamp::MAX)
    }
}

/// The token in an answer (RFC 6749, section 5.1); also under `data`, with its life as text, and with its end told only by
/// the token's own claims.
pub fn read_token(body: &[u8]) -> Option<Token> {
    let told: Value = serde_json::from_slice(body).ok()?;
    let told = told.get("data").filter(|d| d.is_object()).unwrap_or(&told);
    let first = |names: &[&str]| names.iter().find_map(|n| told.get(n)).cloned();
    let access =
        first(&["access_token", "accessToken"])?.as_str().filter(|t| !t.is_empty() && !t.chars().any(char::is_control))?.to_string();
    let lives_secs = first(&["expires_in", "expiresIn"]).as_ref().and_then(whole).filter(|s| *s > 0);
    let ends_at = claims(&access).and_then(|c| c.get("exp").or_else(|| c.get("expiry")).and_then(whole));
    Some(Token { access, lives_secs, ends_at })
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The middle of a JSON web token. Not verified: it is the carrier's, for the carrier; only its end concerns us.
fn claims(token: &str) -> Option<Value> {
    let middle = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle.trim_end_matches('=')).ok()?).ok()
}
