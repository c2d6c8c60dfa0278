//! One scan of UPS, whatever generation told it, and what it becomes.

use jiff::tz::{Offset, TimeZone};
use whereabouts_domain::{Location, Milestone, Moment, PickupPoint, Precision, Private, Reason, State, TimeBasis, TrackingEvent, Window};

use super::{CARD, codes};
use crate::{
    carrier::Payload,
    clock::{self, DateOrder, ZoneRule},
    phrase, place,
};

/// What was told about one scan; everything may be missing.
#[derive(Default)]
pub struct Scan {
    /// Two letters: `FS`.
    pub code: Option<String>,
    /// Three digits: `011`.
    pub status_code: Option<String>,
    /// One letter: `D`.
    pub kind: Option<String>,
    pub words: Option<String>,
    pub date: Option<String>,
    pub time: Option<String>,
    /// The same in Greenwich, and how far apart they are.
    pub gmt: (Option<String>, Option<String>, Option<String>),
    pub place: Location,
    /// `PORCH`, `RECEPTION`.
    pub left_at: Option<String>,
    pub signed_by: Option<String>,
}

impl Scan {
    pub fn into_event(self, number: &str, payload: &Payload) -> TrackingEvent {
        let (state, reason) = self.meaning();
        let mut event = TrackingEvent::new(number, CARD.id, state);
        event.reason = reason;
        event.moment = self.moment(payload);
        event.carrier_code = self.code.or(self.status_code).or(self.kind);
        event.description = self.words.unwrap_or_default();
        event.location = self.place;
        event.signed_by = self.signed_by.map(Private::new);
        event
    }

    /// Words, then the particular code, then the general one, then the class.
    fn meaning(&self) -> (State, Option<Reason>) {
        let words = self.words.as_deref().unwrap_or("");
        let spoken = phrase::meaning(codes::PHRASES, words);
        let particular = |c: &&String| !codes::GENERAL_STATUS.contains(&c.as_str());
        let status = self.status_code.as_ref().filter(particular).and_then(|c| CARD.look_up(c));
        let activity = self.code.as_ref().and_then(|c| CARD.look_up(c));
        let coded = status.or(activity).map(|c| (c.state, c.reason));
        let class = self.kind.as_deref().and_then(codes::of_type).map(|s| (s, None));
        // Neither code nor class: whatever language it is told in.
        let is_bare = self.kind.is_none() && self.code.is_none() && self.status_code.is_none();
        let elsewhere = || is_bare.then(|| phrase::understand(words, &[])).flatten();
        let (mut state, mut reason) = spoken.or(coded).or(class).or_else(elsewhere).unwrap_or((State::Unknown, None));
        // The class is what counts when "delivered" is only in the words: a delivery to an access point is no `D`.
        let returning = self.kind.as_deref() == Some("RS");
        if state == State::Delivered {
            if returning {
                state = State::ReturnedToSender;
            } else {
                let left = self.left_at.as_deref().and_then(phrase::handed_over);
                state = left.or_else(|| phrase::handed_over(words)).unwrap_or(state);
            }
        }
        let is_trouble = match state.milestone() {
            Some(Milestone::Exception | Milestone::AttemptFail) => true,
            _ => matches!(state, State::DeliveryRescheduled | State::DeliveryAddressChanged | State::Misrouted),
        };
        if is_trouble && reason.is_none() {
            reason = phrase::reason(words);
        }
        (state, reason)
    }

    fn moment(&self, payload: &Payload) -> Option<Moment> {
        let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), &self.place);
        let Some(local) = clock::read_pair(self.date.as_deref(), self.time.as_deref(), self.order(&rule), &rule) else {
            return self.greenwich();
        };
        match self.offset(&local) {
            Some(offset) if local.precision != Precision::Day => Some(Moment::with_offset(local.local, offset, local.precision)),
            _ => Some(local),
        }
    }

    /// The page writes `10/03/2024` for Americans and `03/10/2024` for Europeans; the Greenwich date beside it tells which.
    fn order(&self, rule: &ZoneRule) -> DateOrder {
        let read = |text: Option<&str>, order| clock::read(text?, order, rule).map(|m| m.local.date());
        let greenwich = read(self.gmt.0.as_deref(), DateOrder::MonthFirst);
        let day_first = read(self.date.as_deref(), DateOrder::DayFirst);
        match (greenwich, day_first) {
            (Some(g), Some(d)) if (g - d).get_days().abs() <= 1 && (g - d).get_months() == 0 => DateOrder::DayFirst,
            _ => DateOrder::MonthFirst,
        }
    }

    /// Told, or the distance between the local clock and the one in Greenwich.
    fn offset(&self, local: &Moment) -> Option<Offset> {
        let (date, time, offset) = &self.gmt;
        if let Some(told) = offset.as_deref().and_then(offset_told) {
            return Some(told);
        }
        let greenwich = self.greenwich().filter(|_| date.is_some() && time.is_some())?;
        let apart = local.local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second() - greenwich.at().as_second();
        let quarters = (apart as f64 / 900.0).round() as i32;
        (quarters.abs() <= 14 * 4).then(|| Offset::from_seconds(quarters * 900).ok()).flatten()
    }
}

impl Scan {
    /// The clock in Greenwich, when that is told.
    fn greenwich(&self) -> Option<Moment> {
        let rule = ZoneRule { zone: TimeZone::UTC, basis: TimeBasis::Offset };
        clock::read_pair(self.gmt.0.as_deref(), self.gmt.1.as_deref(), DateOrder::MonthFirst, &rule)
    }
}

/// `-07:00`, `+1:00`.
pub fn offset_told(text: &str) -> Option<Offset> {
    let rule = ZoneRule { zone: TimeZone::UTC, basis: TimeBasis::Assumed };
    let moment = clock::read(&format!("2000-01-01T00:00:00{}", text.trim()), DateOrder::MonthFirst, &rule)?;
    (moment.basis == TimeBasis::Offset).then(|| moment.offset())
}

/// The signature stands beside the scans, not in them: it belongs to the delivery, else to the newest scan.
/// `DRIVER RELEASE` is nobody's name: the driver left it without asking for one.
pub fn sign(events: &mut [TrackingEvent], signed_by: Option<String>) {
    let Some(name) = signed_by.filter(|n| !n.eq_ignore_ascii_case("driver release")) else { return };
    if events.iter().any(|e| e.signed_by.is_some()) {
        return;
    }
    if let Some(event) = events.iter_mut().max_by_key(|e| (e.state.is_delivered(), e.at(), e.state.rank())) {
        event.signed_by = Some(Private::new(name));
    }
}

/// Until when it waits at the access point.
pub fn collect_by(events: &mut [TrackingEvent], day: Option<String>) {
    let rule = ZoneRule::of(None, CARD.zone);
    let Some(day) = day.and_then(|d| clock::read(&d, DateOrder::MonthFirst, &rule)) else { return };
    for event in events.iter_mut().filter(|e| e.state == State::ReadyForCollection) {
        event.pickup_point = Some(PickupPoint { collect_by: Some(day.local.date().to_string()), ..PickupPoint::default() });
    }
}

/// A day, with a clock from–until when both can be read.
pub fn window(day: Option<&str>, from: Option<&str>, until: Option<&str>, place: &Location, payload: &Payload) -> Option<Window> {
    let rule = place::rule_at(&ZoneRule::of(payload.zone, CARD.zone), place);
    let told = |clock: Option<&str>| {
        let m = clock::read_pair(day, Some(clock?), DateOrder::MonthFirst, &rule)?;
        (m.precision != Precision::Day).then(|| m.rfc3339())
    };
    let day_alone = clock::read(day?, DateOrder::MonthFirst, &rule)?.local.date().to_string();
    Some(Window { start: told(from), end: Some(told(until).unwrap_or(day_alone)) })
}
