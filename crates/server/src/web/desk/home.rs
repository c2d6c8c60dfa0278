//! The desk's first screen: how many need a person, which queues wait, and what is new since yesterday.

use askama::Template;

use super::{Empty, Step, frame::Frame, samples, when::When};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/home.html")]
pub struct HomeView {
    pub frame: Frame,
    /// "Good morning, Maya".
    pub greeting: String,
    /// The state of things in one sentence.
    pub answer: String,
    /// Act, watch, none: in this order.
    pub lights: Vec<Light>,
    pub queues: Vec<QueueFace>,
    pub news: Vec<News>,
    /// Instead of all above, for a retailer without a shipment.
    pub empty: Option<Empty>,
}

/// A big number that opens its list.
#[derive(Clone, Debug)]
pub struct Light {
    pub href: String,
    pub tone: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub count: String,
    /// "9 more than yesterday".
    pub trend: String,
    pub meaning: &'static str,
}

#[derive(Clone, Debug)]
pub struct QueueFace {
    pub href: String,
    pub icon: &'static str,
    pub label: String,
    pub count: String,
    pub unclaimed: String,
    /// The alert that waits longest.
    pub oldest: Option<When>,
    pub meaning: String,
}

/// One line of "new since yesterday".
#[derive(Clone, Debug)]
pub struct News {
    pub href: String,
    pub icon: &'static str,
    pub tone: &'static str,
    pub count: String,
    pub words: String,
}

impl HomeView {
    pub fn samples() -> Vec<(&'static str, HomeView)> {
        vec![("home", HomeView::busy()), ("home-empty", HomeView::fresh())]
    }

    fn busy() -> HomeView {
        HomeView {
            frame: samples::frame("Home", "home"),
            greeting: "Good afternoon, Maya".into(),
            answer: "58 shipments need a person. 40 of them are one missed trailer.".into(),
            lights: vec![
                light("act", "bad", "act", "Act", "58", "43 more than yesterday", "Somebody has to do something now"),
                light("watch", "warn", "watch", "Watch", "214", "12 fewer than yesterday", "Could go wrong; nothing to do yet"),
                light("none", "good", "check", "Fine", "12,480", "as many as yesterday", "On their way as promised, or there"),
            ],
            queues: vec![
                queue("late", "clock", "Late", "23", "19 unclaimed", 30, "The promise has passed and the shopper doesn't have it"),
                queue(
                    "may_be_missing",
                    "missing",
                    "May be missing",
                    "52",
                    "51 unclaimed",
                    18,
                    "No scan for longer than a parcel should be silent",
                ),
                queue("mine", "person", "Mine", "4", "due today", 26, "Claimed by you and not resolved"),
                queue("snoozed", "moon", "Snoozed", "7", "2 wake today", 50, "Come back by themselves at their time or with the next scan"),
            ],
            news: vec![
                news("/desk/queues/may_be_missing", "missing", "bad", "41", "may be missing, 40 of them handed to Evri on Monday"),
                news("/desk/queues/late", "clock", "bad", "9", "became late"),
                news("/desk/search?q=disputed", "act", "warn", "2", "shoppers say it did not arrive though the carrier says it did"),
                news("/desk/search?q=found", "undo", "good", "6", "found again"),
                news("/desk/quarantine", "shield", "warn", "3", "payloads nobody could read"),
            ],
            empty: None,
        }
    }

    fn fresh() -> HomeView {
        HomeView {
            frame: samples::empty_frame("Home", "home"),
            greeting: "Good afternoon, Maya".into(),
            answer: "Nothing is tracked yet.".into(),
            lights: vec![],
            queues: vec![],
            news: vec![],
            empty: Some(Empty {
                icon: "box",
                title: "No shipment is registered yet".into(),
                why: "The desk fills itself as soon as orders and shipments arrive by the API, a file or a shop connector.".into(),
                next: Some(Step::new("/api/docs#post-shipments", "Register the first shipment")),
            }),
        }
    }
}

fn light(id: &str, tone: &'static str, icon: &'static str, label: &'static str, count: &str, trend: &str, meaning: &'static str) -> Light {
    Light { href: format!("/desk/shipments?attention={id}"), tone, icon, label, count: count.into(), trend: trend.into(), meaning }
}

fn queue(id: &str, icon: &'static str, label: &str, count: &str, unclaimed: &str, hours: i64, meaning: &str) -> QueueFace {
    QueueFace {
        href: format!("/desk/queues/{id}"),
        icon,
        label: label.into(),
        count: count.into(),
        unclaimed: unclaimed.into(),
        oldest: Some(samples::hours_ago(hours)),
        meaning: meaning.into(),
    }
}

fn news(href: &str, icon: &'static str, tone: &'static str, count: &str, words: &str) -> News {
    News { href: href.into(), icon, tone, count: count.into(), words: words.into() }
}
