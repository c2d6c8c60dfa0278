//! What a page of ours may load: its one style sheet (by hash), our own script, pictures, and nothing else.
//! A hash instead of a nonce keeps the bytes of a page the same for the same content, so that entity tags hold and
//! "unknown" and "forbidden" answer alike to the byte.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::words::colour::Accent;

/// Policies by colours: the only thing in which two pages' styles differ.
static KEPT: LazyLock<RwLock<HashMap<Accent, HeaderValue>>> = LazyLock::new(RwLock::default);
const KEPT_MAX: usize = 1_000;

/// The `Content-Security-Policy` of a page in these colours. `templates/layout.html` holds the only `<style>`.
pub fn of_page(accent: &Accent, html: &str) -> HeaderValue {
    if let Some(policy) = KEPT.read().unwrap_or_else(PoisonError::into_inner).get(accent) {
        return policy.clone();
    }
    let policy = HeaderValue::from_str(&content_policy(html)).expect("a hash in base64 can stand in a header");
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(*accent, policy.clone());
    policy
}

/// The policy of any page of ours.
pub fn content_policy(html: &str) -> String {
    let rest = html.split_once("<style>").map_or("", |(_, rest)| rest);
    let style = rest.split_once("</style>").map_or("", |(style, _)| style);
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; script-src 'self'; connect-src 'self'; img-src 'self' https: data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The module that keeps an open tracking page true; served as `/assets/track.js`.
pub const TRACK_SCRIPT: &str = include_str!("../../../../../templates/script/track.js");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_hash_of_the_pages_style() {
        let policy = content_policy("<head><style>a{}</style></head>");
        assert!(policy.contains("'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='"), "{policy}");
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn the_live_script_stays_small() {
        assert!(TRACK_SCRIPT.len() <= 3 * 1024, "{}", TRACK_SCRIPT.len());
    }
}
