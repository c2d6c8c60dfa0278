//! What the samples of all screens share: one retailer, one agent, one Tuesday noon in November.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    frame::{Frame, MenuCounts, Outbox},
    when::When,
};

pub fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a literal of our own")
}

/// A moment so many minutes before noon.
pub fn minutes_ago(minutes: i64) -> When {
    let at = Timestamp::from_second(now().as_second() - minutes * 60).expect("within this decade");
    When::new(at, now(), &TimeZone::get("Europe/London").expect("the zones are bundled"))
}

pub fn hours_ago(hours: i64) -> When {
    minutes_ago(hours * 60)
}

pub fn frame(title: &str, here: &'static str) -> Frame {
    let counts = MenuCounts {
        act: 58,
        watch: 214,
        late: 23,
        may_be_missing: 52,
        not_despatched: 6,
        disputed: 2,
        mine: 4,
        snoozed: 7,
        unmatched: 31,
        quarantine: 3,
        ..MenuCounts::default()
    };
    Frame::new(title, here, "Northway Home", now()).signed_in("Maya Okafor", counts, Outbox::Shown)
}

/// The desk of a retailer with nothing registered yet.
pub fn empty_frame(title: &str, here: &'static str) -> Frame {
    Frame::new(title, here, "Northway Home", now()).signed_in("Maya Okafor", MenuCounts::default(), Outbox::Hidden)
}
