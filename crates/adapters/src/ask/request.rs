//! A call to a carrier, as a value.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::TokenCall;
use crate::signature;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// A call. Headers, query and body may carry secrets: printed with `{:?}`, it shows only where it goes and for how many
/// numbers.
#[derive(Clone, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Scheme, host and the API's root; kept apart so that a sandbox or a test's server can stand in.
    pub base: String,
    /// From the root on, query included.
    pub path: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// The numbers that it asks for.
    pub numbers: Vec<String>,
    /// The token that must be fetched first and goes into `authorization`.
    pub token: Option<Box<TokenCall>>,
}

/// Everything but the characters that need no escape anywhere in a URL (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A piece of a path, a query or a form, escaped.
pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

impl Request {
    fn new(method: Method, path: impl Into<String>) -> Request {
        let headers = vec![("accept".to_string(), "application/json".to_string())];
        Request { method, base: String::new(), path: path.into(), headers, body: None, numbers: Vec::new(), token: None }
    }

    /// The path as it is; see [`Request::piece`] for what comes from outside.
    pub fn get(path: impl Into<String>) -> Request {
        Request::new(Method::Get, path)
    }

    pub fn post_json(path: impl Into<String>, body: &Value) -> Request {
        Request::new(Method::Post, path).with_body("application/json", body.to_string())
    }

    pub fn post_xml(path: impl Into<String>, body: String) -> Request {
        let mut request = Request::new(Method::Post, path).with_body("text/xml; charset=utf-8", body);
        request.headers.retain(|(name, _)| name != "accept");
        request.header("accept", "text/xml")
    }

    pub(super) fn post_form(pairs: &[(&str, &str)]) -> Request {
        let form: Vec<String> = pairs.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect();
        Request::new(Method::Post, "").with_body("application/x-www-form-urlencoded", form.join("&"))
    }

    /// The next piece of the path: a number, escaped.
    pub fn piece(mut self, text: &str) -> Request {
        self.path = format!("{}/{}", self.path, escape(text));
        self
    }

    /// The next piece of the path, several numbers between commas.
    pub fn pieces(mut self, texts: &[&str]) -> Request {
        let escaped: Vec<String> = texts.iter().map(|t| escape(t)).collect();
        self.path = format!("{}/{}", self.path, escaped.join(","));
        self
    }

    pub fn query(mut self, name: &str, value: &str) -> Request {
        let mark = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{mark}{}={}", self.path, escape(name), escape(value));
        self
    }

    /// Left out when empty.
    pub fn header(mut self, name: &str, value: &str) -> Request {
        if !value.is_empty() {
            self.headers.push((name.to_ascii_lowercase(), value.to_string()));
        }
        self
    }

    pub fn basic(self, user: &str, password: &str) -> Request {
        let pair = signature::base64(format!("{user}:{password}").as_bytes());
        self.header("authorization", &format!("Basic {pair}"))
    }

    pub fn bearer(self, token: &str) -> Request {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn at(mut self, base: String) -> Request {
        self.base = base;
        self
    }

    fn with_body(mut self, kind: &str, body: String) -> Request {
        self.body = Some(body);
        self.header("content-type", kind)
    }

    pub fn url(&self) -> String {
        format!("{}{}", self.base, self.path)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} for {} numbers", self.method.name(), self.base, self.numbers.len())
    }
}
