//! `POST /hooks/{token}`: the one URL to paste anywhere. Verified on the raw bytes, written down durably, then answered.

use std::{io::Read, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use whereabouts_adapters::{
    carrier::{self, Carrier, Payload},
    parse,
    signature::BadSignature,
};

use super::{
    call::{self, HOOK_BODY_MAX},
    problem::Problem,
};
use crate::{
    app::App,
    context::Context,
    db::inbox::InboxRow,
    flow::{self, receive::NotReceived},
    ids,
};

/// What is kept of a request's headers: what a dialect may need to be told by.
const HEADERS_MAX: usize = 40;
const HEADER_BYTES_MAX: usize = 1_000;

pub async fn post(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    receive(&app, &token, None, &headers, body).await
}

pub async fn post_named(
    State(app): State<Arc<App>>,
    Path((token, carrier)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    receive(&app, &token, Some(carrier), &headers, body).await
}

/// GET and HEAD: vendors look whether somebody is there.
pub async fn probe(State(app): State<Arc<App>>, Path(token): Path<String>) -> Result<Response, Problem> {
    retailer_of(&app, &token).await.map(|_| "ready\n".into_response())
}

pub async fn probe_named(State(app): State<Arc<App>>, Path((token, _)): Path<(String, String)>) -> Result<Response, Problem> {
    retailer_of(&app, &token).await.map(|_| "ready\n".into_response())
}

/// The token carries its retailer: `{retailer}.{secret}`.
async fn retailer_of(app: &App, token: &str) -> Result<Arc<Context>, Problem> {
    let (retailer, secret) = token.split_once('.').ok_or_else(Problem::not_found)?;
    if retailer.len() > 40 || retailer.contains('\0') {
        return Err(Problem::not_found());
    }
    let ctx = app.contexts.get(app, retailer).await?.ok_or_else(Problem::not_found)?;
    if ctx.hook_hashes.contains(&ids::hash(secret)) { Ok(ctx) } else { Err(Problem::not_found()) }
}

async fn receive(app: &App, token: &str, named: Option<String>, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let ctx = retailer_of(app, token).await?;
    let raw = call::bytes(body, HOOK_BODY_MAX).await?;
    let kept = kept(headers);
    let body = unpacked(headers, raw.clone())?;
    let mut signature = None;
    if !ctx.hook_secrets.is_empty() {
        // Who packs may sign before or after packing.
        let signed = check_signature(app, &ctx, named.as_deref(), &kept, (&body, &body));
        let signed =
            signed.or_else(|r| if raw == body { Err(r) } else { check_signature(app, &ctx, named.as_deref(), &kept, (&body, &raw)) });
        signature = match signed {
            Ok(checked) => checked.map(|()| "verified".to_string()),
            Err(refused) => {
                tracing::warn!(retailer.id = ctx.id, carrier.id = refused.dialect, "a payload was refused: {}", refused.why);
                let headers = serde_json::to_string(&kept).unwrap_or_default();
                flow::received::refused(app, &ctx.id, refused.dialect, &refused.why.to_string(), &headers).await?;
                return Err(Problem::bad_signature());
            }
        };
    }
    let now = app.clock.now_ms();
    let row = InboxRow {
        retailer: ctx.id.clone(),
        id: app.ids.make("inb", now),
        received_at: now,
        source: "hook".into(),
        signature,
        dialect: named,
        headers: serde_json::to_string(&kept).unwrap_or_default(),
        body: body.into(),
    };
    match app.door.hand_in(row).await {
        Ok(()) => Ok((StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], "{\"received\":true}").into_response()),
        Err(NotReceived::Full | NotReceived::NotWritten) => Err(Problem::busy()),
    }
}

/// The headers that are kept, each clipped.
fn kept(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let left_out = ["authorization", "cookie", "host", "connection", "content-length", "accept", "accept-encoding"];
    let told = headers.iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
    // What can be read as text is ASCII, so that it can be cut anywhere.
    let texts = told.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    texts.map(|(name, text)| (name, &text[..text.len().min(HEADER_BYTES_MAX)])).take(HEADERS_MAX).collect()
}

/// gzip is taken; what it unpacks to has the same limit.
fn unpacked(headers: &HeaderMap, raw: Bytes) -> Result<Bytes, Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("identity");
    match encoding.trim().to_ascii_lowercase().as_str() {
        "identity" | "" => Ok(raw),
        "gzip" | "x-gzip" => {
            let mut out = Vec::new();
            let read = flate2::read::MultiGzDecoder::new(&raw[..]).take(HOOK_BODY_MAX as u64 + 1).read_to_end(&mut out);
            read.map_err(|_| Problem::unreadable("the body is not gzip"))?;
            if out.len() > HOOK_BODY_MAX { Err(Problem::too_large(HOOK_BODY_MAX)) } else { Ok(out.into()) }
        }
        other => {
            Err(Problem::unreadable(format!("content-encoding `{}` is not taken, gzip is", other.chars().take(40).collect::<String>())))
        }
    }
}

/// Whose signature was not accepted, and why.
struct Refused {
    dialect: &'static str,
    why: BadSignature,
}

/// Once a retailer has set a secret for a dialect, that dialect must be signed with it. Answers whether a signature was checked.
fn check_signature(
    app: &App,
    ctx: &Context,
    named: Option<&str>,
    headers: &[(&str, &str)],
    (body, signed): (&[u8], &[u8]),
) -> Result<Option<()>, Refused> {
    let headers: Vec<(String, String)> = headers.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    let payload = Payload { headers: &headers, ..Payload::of(body) };
    let adapter: Option<&'static dyn Carrier> = match named {
        Some(id) => carrier::by_id(id),
        None => parse::dialect(&payload),
    };
    let Some(adapter) = adapter else { return Ok(None) };
    let Some(secret) = ctx.hook_secrets.get(adapter.card().id) else { return Ok(None) };
    let now = jiff::Timestamp::from_millisecond(app.clock.machine_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let verdict = adapter.verify(&Payload { body: signed, ..payload }, secret, now);
    verdict.map(Some).map_err(|why| Refused { dialect: adapter.card().id, why })
}
