//! What a page of ours may load: its one style sheet (by hash), our own script, pictures, and nothing else.
//! A hash instead of a nonce keeps the bytes of a page the same for the same content, so that entity tags hold and
//! "unknown" and "forbidden" answer alike to the byte.

use std::sync::{PoisonError, RwLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// Styles that were hashed before, with their policy: a brand's is the same on all its pages.
static KEPT: RwLock<Vec<(String, String)>> = RwLock::new(Vec::new());
const KEPT_MAX: usize = 64;

/// The `Content-Security-Policy` for a rendered page. `templates/layout.html` holds the only `<style>`.
pub fn content_policy(html: &str) -> String {
    let rest = html.split_once("<style>").map_or("", |(_, rest)| rest);
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    let is_of = |(style, _): &&(String, String)| rest.strip_prefix(style.as_str()).is_some_and(|after| after.starts_with("</style>"));
    if let Some((_, policy)) = kept.iter().find(is_of) {
        return policy.clone();
    }
    drop(kept);
    let style = rest.split_once("</style>").map_or("", |(style, _)| style);
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; script-src 'self'; connect-src 'self'; img-src 'self' https: data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.push((style.to_string(), policy.clone()));
    policy
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
