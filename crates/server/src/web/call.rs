//! What every call of the API needs: who calls, a body within its limits, answers that are repeated for a repeated key, pages of lists.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;

use super::problem::Problem;
use crate::{
    app::App,
    context::Context,
    db::{self, settings::KeptAnswer},
    flow, ids,
};

pub const API_BODY_MAX: usize = 8 * 1024 * 1024;
pub const HOOK_BODY_MAX: usize = 1024 * 1024;
const DEPTH_MAX: usize = 64;
const QUERY_TEXT_MAX: usize = 2_000;

/// A key that may call.
#[derive(Clone, Debug)]
pub struct Caller {
    pub retailer: String,
    scopes: String,
}

impl Caller {
    pub fn may(&self, scope: &str) -> Result<(), Problem> {
        let held = self.scopes.split(' ').any(|s| s == "*" || s == scope);
        if held { Ok(()) } else { Err(Problem::forbidden(scope)) }
    }

    pub async fn context(&self, app: &App) -> Result<Arc<Context>, Problem> {
        app.contexts.get(app, &self.retailer).await?.ok_or_else(Problem::unauthorised)
    }

    /// `wbk_{retailer}_{secret}`: the key carries its retailer.
    async fn of(app: &App, headers: &HeaderMap) -> Result<Caller, Problem> {
        let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).ok_or_else(Problem::unauthorised)?;
        let (scheme, key) = given.split_once(' ').ok_or_else(Problem::unauthorised)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::unauthorised());
        }
        let rest = key.trim().strip_prefix("wbk_").ok_or_else(Problem::unauthorised)?;
        let (retailer, secret) = rest.split_once('_').ok_or_else(Problem::unauthorised)?;
        if retailer.contains('\0') {
            return Err(Problem::unauthorised());
        }
        let read = app.db.read().await?;
        let scopes = db::retailers::key_scopes(&read, retailer, &ids::hash(secret)).await?.ok_or_else(Problem::unauthorised)?;
        Ok(Caller { retailer: retailer.to_string(), scopes })
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Problem> {
        let caller = Caller::of(app, &parts.headers).await?;
        let reads = parts.method == axum::http::Method::GET || parts.method == axum::http::Method::HEAD;
        caller.may(if reads { "read" } else { "write" }).or_else(|p| if reads { caller.may("write").map_err(|_| p) } else { Err(p) })?;
        Ok(caller)
    }
}

impl OptionalFromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Caller>, Problem> {
        Ok(Caller::of(app, &parts.headers).await.ok())
    }
}

/// A body of at most `limit` bytes.
pub async fn bytes(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(all) => Ok(all.to_bytes()),
        Err(e) if e.is::<http_body_util::LengthLimitError>() => Err(Problem::too_large(limit)),
        Err(_) => Err(Problem::unreadable("the body broke off")),
    }
}

/// A body as JSON, at most 64 levels deep.
pub async fn json(body: Body) -> Result<Value, Problem> {
    let bytes = bytes(body, API_BODY_MAX).await?;
    parse_json(&bytes)
}

pub fn parse_json(bytes: &[u8]) -> Result<Value, Problem> {
    if depth(bytes) > DEPTH_MAX {
        return Err(Problem::too_deep(DEPTH_MAX));
    }
    serde_json::from_slice(bytes).map_err(|e| Problem::unreadable(format!("not JSON: {e}")))
}

/// How deep brackets are nested outside of texts.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut most, mut in_text, mut escaped) = (0_usize, 0_usize, false, false);
    for b in bytes {
        match b {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                most = most.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// JSON with a status.
pub fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

/// Runs a POST once per Idempotency-Key: the first executed answer is replayed for 72 hours.
pub async fn once<F>(app: &App, caller: &Caller, headers: &HeaderMap, path: &str, body: &Value, work: F) -> Result<Response, Problem>
where
    F: Future<Output = Result<(StatusCode, Value), Problem>>,
{
    let Some(key) = headers.get("idempotency-key") else {
        return work.await.map(|(status, body)| answer(status, &body));
    };
    let key = key
        .to_str()
        .ok()
        .filter(|k| !k.is_empty() && k.len() <= 255)
        .ok_or_else(|| Problem::fault("", "invalid", "Idempotency-Key must be 1 to 255 visible characters"))?;
    let kept = flow::idempotency::claim(app, &caller.retailer, key, &format!("{path}\n{body}")).await?;
    match kept {
        KeptAnswer::InProgress => Err(Problem::conflict("a request with this Idempotency-Key is still being worked on")),
        KeptAnswer::OtherBody => Err(Problem::fault("", "key_reused", "this Idempotency-Key was used with another request")),
        KeptAnswer::Done { status, answer: text } => {
            let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or(StatusCode::OK);
            let mut response = answer(status, &serde_json::from_str(&text).unwrap_or_default());
            response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
            Ok(response)
        }
        KeptAnswer::Claimed => {
            let done = work.await;
            let (status, body) = match &done {
                Ok((status, body)) => (*status, body.clone()),
                Err(problem) => (problem.status, problem.json()),
            };
            let text = body.to_string();
            // What was refused was not executed: mended, it may come again under the same key.
            let kept = status.is_success().then(|| (i64::from(status.as_u16()), text.as_str()));
            flow::idempotency::settle(app, &caller.retailer, key, kept).await?;
            done.map(|(status, body)| answer(status, &body))
        }
    }
}

/// Query parameters, each once; unknown ones are refused by name.
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(raw: Option<&str>, known: &[&str]) -> Result<Query, Problem> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned().collect();
        for (name, value) in &pairs {
            if !known.contains(&name.as_str()) && !matches!(name.as_str(), "cursor" | "limit") {
                return Err(Problem::fault(&format!("/{name}"), "unknown_field", format!("`{name}` is not a parameter of this list")));
            }
            if pairs.iter().filter(|(other, _)| other == name).count() > 1 {
                return Err(Problem::fault(&format!("/{name}"), "invalid", "must not be given twice"));
            }
            if value.contains('\0') {
                return Err(Problem::fault(&format!("/{name}"), "invalid", "must not contain a NUL character"));
            }
            if value.chars().count() > QUERY_TEXT_MAX {
                return Err(Problem::fault(
                    &format!("/{name}"),
                    "too_long",
                    format!("must not be longer than {QUERY_TEXT_MAX} characters"),
                ));
            }
        }
        Ok(Query(pairs))
    }
    /// A text; an empty one says nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|v| !v.is_empty())
    }
    /// What was given, also if it is empty: an empty number, flag or id is wrong.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.given(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Problem::fault(&format!("/{name}"), "invalid", "must be true or false")),
        }
    }
    /// 1 to 200, 50 unless told.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.given("limit") {
            None => Ok(50),
            Some(text) => match text.parse::<i64>() {
                Ok(n) if (1..=200).contains(&n) => Ok(n),
                _ => Err(Problem::fault("/limit", "invalid", "must be 1 to 200")),
            },
        }
    }
    /// Where the page before ended.
    pub fn cursor(&self) -> Result<Option<String>, Problem> {
        let Some(text) = self.get("cursor") else { return Ok(None) };
        let decoded = URL_SAFE_NO_PAD.decode(text).ok().and_then(|b| String::from_utf8(b).ok()).filter(|t| !t.contains('\0'));
        decoded.map(Some).ok_or_else(|| Problem::unreadable("this cursor is none of ours"))
    }
    pub fn time(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.given(name) else { return Ok(None) };
        // A plus sign in a query arrives as a blank.
        match text.replace(' ', "+").parse::<jiff::Timestamp>() {
            Ok(t) => Ok(Some(t.as_millisecond())),
            Err(_) => Err(Problem::fault(&format!("/{name}"), "invalid", "must be an RFC 3339 time")),
        }
    }
}

/// One page of a list. `rows` holds one more than `limit` when there is another page.
pub fn page<T>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> String, show: impl Fn(&T) -> Value) -> Response {
    let limit = usize::try_from(limit).unwrap_or(50);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|r| URL_SAFE_NO_PAD.encode(key(r)));
    ok(&serde_json::json!({ "data": rows.iter().map(show).collect::<Vec<_>>(), "next_cursor": next }))
}
