//! The switch that holds all messages, or those of one brand or channel, and lets them go again.

use askama::Template;

use super::{
    frame::{Frame, Held},
    samples,
};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/sending.html")]
pub struct SendingView {
    pub frame: Frame,
    pub lanes: Vec<Lane>,
    /// Told before resuming: how many go out and how many have gone stale.
    pub waiting: String,
}

/// One brand and channel, or everything (both empty).
#[derive(Clone, Debug)]
pub struct Lane {
    pub brand: String,
    pub channel: String,
    pub label: String,
    /// "Sending, 1,204 today", "Held since 11:40 by Maya Okafor; 214 wait".
    pub state: String,
    pub held: bool,
}

impl SendingView {
    pub fn samples() -> Vec<(&'static str, SendingView)> {
        let lane = |brand: &str, channel: &str, label: &str, state: &str, held| Lane {
            brand: brand.into(),
            channel: channel.into(),
            label: label.into(),
            state: state.into(),
            held,
        };
        let mut frame = samples::frame("Sending", "sending");
        frame.held = Some(Held {
            what: "E-mails of Northway Kids are held".into(),
            detail: "since 11:40 today, by Maya Okafor; 214 messages wait".into(),
            resume_action: "/desk/sending".into(),
        });
        let lanes = vec![
            lane("", "", "Everything", "Sending; 1,204 messages today", false),
            lane("northway", "email", "Northway Home, e-mail", "Sending; 1,102 today", false),
            lane("northway_kids", "email", "Northway Kids, e-mail", "Held since 11:40 by Maya Okafor; 214 wait", true),
        ];
        let waiting = "If you resume now, 196 messages go out and 18 are discarded because what they say is no longer true.".into();
        vec![("sending", SendingView { frame, lanes, waiting })]
    }
}
