//! When a parcel is asked for next. Dense while something is about to happen, sparse while nobody expects anything, and
//! not at all after the end.

use jiff::Timestamp;
use whereabouts_domain::{Milestone, ShipmentType, State, WaitingOn};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// After so long without a word nobody asks any more: carriers forget and use numbers again.
const GIVEN_UP: i64 = 60 * DAY;

/// What is known of a parcel that may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    pub state: State,
    pub kind: ShipmentType,
    pub registered_at: Timestamp,
    /// The last thing that the carrier said.
    pub last_event_at: Option<Timestamp>,
    /// When the promise, or else the estimate, ends.
    pub expected_by: Option<Timestamp>,
    /// Until when the shopper has to do something.
    pub act_by: Option<Timestamp>,
    pub now: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPoll {
    InSecs(i64),
    Never,
}

/// The cadence for carriers that have none of their own.
pub fn next_poll(of: &Situation) -> NextPoll {
    let quiet = since(of.last_event_at.unwrap_or(of.registered_at).max(of.registered_at.min(of.now)), of.now);
    if of.state.is_terminal_for(of.kind) || quiet >= GIVEN_UP {
        return NextPoll::Never;
    }
    let pause = by_state(of);
    let pause = if is_soon(of.expected_by, of.now) && of.state.info().waiting_on == WaitingOn::Carrier { pause.min(HOUR) } else { pause };
    NextPoll::InSecs(match quiet {
        q if q >= 14 * DAY => pause.max(DAY),
        q if q >= 4 * DAY => pause.max(8 * HOUR),
        _ => pause,
    })
}

fn by_state(of: &Situation) -> i64 {
    let info = of.state.info();
    match (info.milestone, info.waiting_on) {
        (Some(Milestone::OutForDelivery), _) => 15 * MINUTE,
        (_, WaitingOn::Shopper) if is_soon(of.act_by, of.now) => 2 * HOUR,
        (_, WaitingOn::Shopper | WaitingOn::Authority) => 6 * HOUR,
        (Some(Milestone::AttemptFail), _) => 2 * HOUR,
        // Announced, but nobody has touched it.
        (Some(Milestone::Pending | Milestone::InfoReceived), _) => 4 * HOUR,
        (_, WaitingOn::Retailer) => 6 * HOUR,
        _ => 3 * HOUR,
    }
}

/// Within a day, before or after.
fn is_soon(moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|at| (at.as_second() - now.as_second()).abs() <= DAY)
}

fn since(then: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - then.as_second()).max(0)
}

/// How long to leave a carrier alone after so many failures one after another, in seconds: a minute, doubled each time,
/// six hours at most, and never less than the carrier asked for.
pub fn wait_after(failures: u32, told_secs: Option<i64>) -> i64 {
    let doubled = MINUTE << failures.saturating_sub(1).min(16);
    doubled.min(6 * HOUR).max(told_secs.unwrap_or(0))
}
