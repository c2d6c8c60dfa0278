//! Word of what was just done, carried to the next page in a cookie that this page takes away again. It holds nothing but what
//! that page shows, and an undo leads nowhere but to the desk.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{cookie_named, is_ours};
use crate::web::desk::frame::{Toast, Undo};

const COOKIE: &str = "wb_done";
/// Browsers keep cookies of up to 4,096 bytes; a longer toast leaves its undo behind.
const COOKIE_MAX: usize = 3_800;

#[derive(Serialize, Deserialize)]
struct Kept {
    good: bool,
    words: String,
    undo: Option<(String, Vec<(String, String)>)>,
}

pub fn done(words: impl Into<String>) -> Toast {
    Toast { tone: "good", words: words.into(), undo: None }
}

pub fn failed(words: impl Into<String>) -> Toast {
    Toast { tone: "bad", words: words.into(), undo: None }
}

pub fn put(response: &mut Response, toast: &Toast) {
    let kept = Kept {
        good: toast.tone != "bad",
        words: toast.words.chars().take(500).collect(),
        undo: toast.undo.as_ref().map(|u| (u.action.clone(), u.fields.iter().map(|(n, v)| ((*n).to_string(), v.clone())).collect())),
    };
    let mut text = written(&kept);
    if text.len() > COOKIE_MAX {
        text = written(&Kept { undo: None, ..kept });
    }
    set(response, &format!("{COOKIE}={text}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"));
}

fn written(kept: &Kept) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_string(kept).expect("texts can be written as JSON"))
}

pub fn forget(response: &mut Response) {
    set(response, &format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
}

fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub fn read(headers: &HeaderMap) -> Option<Toast> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie_named(headers, COOKIE)?).ok()?;
    let kept: Kept = serde_json::from_slice(&bytes).ok()?;
    let known = |(name, value): (String, String)| {
        let name = ["alert", "group", "back", "until", "version"].into_iter().find(|known| *known == name)?;
        Some((name, value))
    };
    let undo = kept.undo.filter(|(action, _)| is_ours(action));
    let undo = undo.map(|(action, fields)| Undo { action, fields: fields.into_iter().filter_map(known).collect() });
    Some(Toast { tone: if kept.good { "good" } else { "bad" }, words: kept.words, undo })
}
