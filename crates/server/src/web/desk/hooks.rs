//! The addresses that everybody calls, and who signs with which secret.

use askama::Template;

use super::{frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/hooks.html")]
pub struct HooksView {
    pub frame: Frame,
    /// Those that hold, the newest first.
    pub addresses: Vec<Address>,
    /// Those that were taken away lately.
    pub gone: Vec<Address>,
    /// What cannot be shown a second time.
    pub fresh: Option<String>,
    pub signing: Vec<Dialect>,
    /// They do not sign, but called lately.
    pub others: Vec<Dialect>,
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Address {
    pub id: String,
    /// None where its token was not kept.
    pub url: Option<String>,
    /// "made Mon 23 Nov, 14:05 by maya@example.com".
    pub made: String,
}

#[derive(Clone, Debug)]
pub struct Dialect {
    pub id: String,
    pub name: String,
    pub state: Pill,
    /// "set Mon 23 Nov, 14:05".
    pub set: Option<String>,
    pub last: Option<Last>,
    /// Its form stands open: what was typed was refused.
    pub open: bool,
}

/// Its last payload.
#[derive(Clone, Debug)]
pub struct Last {
    pub href: String,
    pub at: When,
    /// Of the last one that is kept as it came.
    pub signature: Option<Pill>,
}

impl HooksView {
    pub fn samples() -> Vec<(&'static str, HooksView)> {
        let last = |signature| {
            Some(Last { href: "/desk/received?dialect=aftership".into(), at: samples::minutes_ago(3), signature: Some(signature) })
        };
        let dialect = |name: &str, state, set: Option<&str>, last, open| Dialect {
            id: name.to_lowercase(),
            name: name.into(),
            state,
            set: set.map(Into::into),
            last,
            open,
        };
        let address = |id: &str, token: Option<&str>| Address {
            id: id.into(),
            url: token.map(|token| format!("https://track.northway.example/hooks/r4k2m.{token}")),
            made: "made Mon 23 Nov, 14:05 by maya@northway.example".into(),
        };
        let verified = Pill::new("good", "shield", "Verified");
        let view = HooksView {
            frame: samples::frame("Hooks", "hooks"),
            addresses: vec![address("hka_2", Some("0ther-and-just-as-long")), address("hka_1", Some("s0mething-long-and-secret"))],
            gone: vec![address("hka_0", None)],
            fresh: None,
            signing: vec![
                dialect("AfterShip", Pill::new("good", "shield", "Signed"), Some("set Mon 3 Nov, 14:05"), last(verified), false),
                dialect("EasyPost", Pill::new("calm", "shield", "Not required"), None, None, true),
            ],
            others: vec![dialect("Evri", Pill::new("calm", "shield", "Does not sign"), None, None, false)],
            problem: Some("must be text of at most 16,000 bytes".into()),
        };
        let none = HooksView { addresses: vec![address("hka_1", None)], gone: vec![], others: vec![], problem: None, ..view.clone() };
        let fresh = HooksView { fresh: Some("https://track.northway.example/hooks/r4k2m.seen-once".into()), ..none.clone() };
        vec![("hooks", view), ("hooks_unknown", none), ("hooks_fresh", fresh)]
    }
}
