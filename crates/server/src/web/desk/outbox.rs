//! The demo's and the sandbox's outbox: every message as its reader would see it. Nothing here was sent to anybody.

use askama::Template;

use super::{Empty, Step, frame::Frame, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/outbox.html")]
pub struct OutboxView {
    pub frame: Frame,
    pub rows: Vec<OutboxRow>,
    pub next_page: Option<String>,
    pub open: Option<OpenMessage>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct OutboxRow {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub channel: String,
    pub at: When,
    pub chosen: bool,
}

#[derive(Clone, Debug)]
pub struct OpenMessage {
    pub subject: String,
    pub to: String,
    pub channel: String,
    pub at: When,
    /// Shown in a frame without script, forms or our origin.
    pub html: Option<String>,
    pub text: String,
    pub shipment: Option<Step>,
}

impl OutboxView {
    pub fn samples() -> Vec<(&'static str, OutboxView)> {
        let row = |n: i64, subject: &str, to: &str| OutboxRow {
            href: format!("/outbox?message=ntf_{n}"),
            subject: subject.into(),
            to: to.into(),
            channel: "e-mail".into(),
            at: samples::minutes_ago(n * 11),
            chosen: n == 1,
        };
        let rows = vec![
            row(1, "Your order from Northway Home is out for delivery", "aoife.brennan@example.com"),
            row(2, "Your order from Northway Home was delivered", "tomasz@example.com"),
            row(3, "Your order from Northway Home is running late: now expected Wednesday 25 November", "leila.haddad@example.com"),
            row(4, "Parcel 2 of 3 is on its way", "grace@example.com"),
        ];
        let open = OpenMessage {
            subject: rows[0].subject.clone(),
            to: rows[0].to.clone(),
            channel: "e-mail".into(),
            at: samples::minutes_ago(11),
            html: Some("<!doctype html><html lang=en><body style='font:16px sans-serif;padding:2rem'><h1>Arriving today</h1><p>Your order is on the van.</p></body></html>".into()),
            text: "Arriving today\n\nYour order is on the van.".into(),
            shipment: Some(Step::new("/desk/shipments/shp_1", "NW-10481")),
        };
        let frame = samples::frame("Outbox", "outbox");
        vec![("outbox", OutboxView { frame, rows, next_page: None, open: Some(open), empty: None })]
    }

    pub fn nothing() -> Empty {
        Empty {
            icon: "mail",
            title: "No message yet".into(),
            why: "Messages appear here the moment a parcel's state calls for one. They are captured, not sent.".into(),
            next: Some(Step::new("/desk", "See what is moving")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_in_a_frame_that_may_do_nothing() {
        let html = OutboxView::samples().remove(0).1.render().unwrap();
        assert!(html.contains("<iframe") && html.contains("sandbox=\"\"") && html.contains("srcdoc=\"&#60;!doctype html&#62;"));
    }
}
