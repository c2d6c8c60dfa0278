//! The one address that everybody calls, and who signs with which secret.

use askama::Template;

use super::{frame::Frame, pill::Pill, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/hooks.html")]
pub struct HooksView {
    pub frame: Frame,
    /// None where its token was not kept.
    pub address: Option<String>,
    pub signing: Vec<Dialect>,
    /// They do not sign, but called lately.
    pub others: Vec<Dialect>,
    pub problem: Option<String>,
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
        let verified = Pill::new("good", "shield", "Verified");
        let view = HooksView {
            frame: samples::frame("Hooks", "hooks"),
            address: Some("https://track.northway.example/hooks/r4k2m.s0mething-long-and-secret".into()),
            signing: vec![
                dialect("AfterShip", Pill::new("good", "shield", "Signed"), Some("set Mon 3 Nov, 14:05"), last(verified), false),
                dialect("EasyPost", Pill::new("calm", "shield", "Not required"), None, None, true),
            ],
            others: vec![dialect("Evri", Pill::new("calm", "shield", "Does not sign"), None, None, false)],
            problem: Some("must be text of at most 16,000 bytes".into()),
        };
        let none = HooksView { address: None, others: vec![], problem: None, ..view.clone() };
        vec![("hooks", view), ("hooks_unknown", none)]
    }
}
