//! What a page of ours may load: its one style sheet (by hash), our own script, pictures, and nothing else.
//! A hash instead of a nonce keeps the bytes of a page the same for the same content, so that entity tags hold and
//! "unknown" and "forbidden" answer alike to the byte.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// The `Content-Security-Policy` for a rendered page. `templates/layout.html` holds the only `<style>`.
pub fn content_policy(html: &str) -> String {
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).map_or("", |(style, _)| style);
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
