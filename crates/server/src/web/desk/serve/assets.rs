//! Style and script of the desk. Their addresses carry a hash of their content, so that a browser keeps them until they change.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::Asked;
use crate::{
    ids,
    web::desk::{SCRIPT, STYLE},
};

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| ids::hash(STYLE)[..12].to_string());
static SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| ids::hash(SCRIPT)[..12].to_string());

/// Where this very style is found.
pub fn style_address() -> String {
    format!("/assets/desk.css?v={}", *STYLE_HASH)
}

pub fn script_address() -> String {
    format!("/assets/desk.js?v={}", *SCRIPT_HASH)
}

/// `GET /states`: the catalogue, open to everybody.
pub async fn states(axum::extract::State(app): axum::extract::State<std::sync::Arc<crate::app::App>>) -> super::Answer {
    super::page(axum::http::StatusCode::OK, &crate::web::desk::states::StatesView::open(app.clock.now()))
}

pub async fn style(asked: Asked) -> Response {
    asset("text/css; charset=utf-8", STYLE, asked.get("v") == Some(&STYLE_HASH))
}

pub async fn script(asked: Asked) -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT, asked.get("v") == Some(&SCRIPT_HASH))
}

fn asset(kind: &'static str, content: &'static str, is_named: bool) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], content).into_response();
    let keep = if is_named { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}
