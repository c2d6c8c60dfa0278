//! Signing in. A wrong password and an unknown address get the same words.

use askama::Template;
use jiff::Timestamp;

use super::{frame::Frame, samples};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/login.html")]
pub struct LoginView {
    pub frame: Frame,
    pub email: String,
    /// Where the agent wanted to go.
    pub next: String,
    pub problem: Option<&'static str>,
    /// A demo shows its own login, ready to be used.
    pub demo: Option<DemoLogin>,
}

#[derive(Clone, Debug)]
pub struct DemoLogin {
    pub email: String,
    pub password: String,
}

pub const WRONG: &str = "This e-mail and password don't belong together. Check both, or ask your administrator for a new password.";
pub const TOO_MANY: &str = "Too many tries from here. Wait a minute, then try again.";

impl LoginView {
    pub fn new(now: Timestamp, next: impl Into<String>) -> LoginView {
        LoginView { frame: Frame::new("Sign in", "login", "", now), email: String::new(), next: next.into(), problem: None, demo: None }
    }

    pub fn samples() -> Vec<(&'static str, LoginView)> {
        let plain = LoginView::new(samples::now(), "/desk");
        let wrong = LoginView { email: "maya@northway.example".into(), problem: Some(WRONG), ..plain.clone() };
        let demo = DemoLogin { email: "demo@whereabouts.example".into(), password: "whereabouts".into() };
        vec![("login", LoginView { demo: Some(demo), ..plain }), ("login-wrong", wrong)]
    }
}
