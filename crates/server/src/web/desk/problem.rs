//! A page that could not be shown, in the desk's look: what is the matter, who can do something, and the way on.

use askama::Template;

use super::{Empty, Step, frame::Frame, samples};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/problem.html")]
pub struct ProblemView {
    pub frame: Frame,
    pub heading: String,
    pub empty: Empty,
}

impl ProblemView {
    /// Not there, or another retailer's: the same words for both.
    pub fn not_found(frame: Frame) -> ProblemView {
        ProblemView {
            frame,
            heading: "Not found".into(),
            empty: Empty {
                icon: "search",
                title: "There is nothing at this address".into(),
                why: "It may have been deleted, or the address may be incomplete. Search finds every shipment that is there.".into(),
                next: Some(Step::new("/desk", "To the desk")),
            },
        }
    }

    /// Our fault: nothing that was typed is to blame.
    pub fn broken(frame: Frame, reference: &str) -> ProblemView {
        ProblemView {
            frame,
            heading: "Something broke".into(),
            empty: Empty {
                icon: "act",
                title: "That did not work, and it is our fault".into(),
                why: format!("Nothing was half done. Try again; if it stays so, tell your operator the reference {reference}."),
                next: Some(Step::new("/desk", "To the desk")),
            },
        }
    }

    pub fn samples() -> Vec<(&'static str, ProblemView)> {
        vec![
            ("not-found", ProblemView::not_found(samples::frame("Not found", ""))),
            ("broken", ProblemView::broken(samples::frame("Something broke", ""), "7f3a-19c2")),
        ]
    }
}
