//! Calculated facts: what should have happened and didn't. A pure function of the history and `now`.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    Precision, Registration, ShipmentType, State, WaitingOn,
    calendar::{Calendars, later, nation_of},
    forecast::{Expected, patience::Patience, published::Aimed, said::Said},
    journey::Journey,
    promise::Deadline,
    settings::{CalendarUse, Settings},
    silence::{self, hand_over},
};

/// Everything a judgement rests on.
pub struct Case<'a> {
    pub registration: &'a Registration,
    pub journey: &'a Journey,
    /// When we were first told of the shipment, on the product's clock.
    pub registered_at: Timestamp,
    /// When something last woke the evaluation that is not an event: a dispute, an alert opened, a change by the retailer.
    pub woken_at: Option<Timestamp>,
    /// An alert is open or a dispute is not settled: the evaluation does not rest.
    pub kept_awake: bool,
    pub settings: &'a Settings,
    pub calendars: &'a Calendars,
    /// The recipient's zone (postcode and country, else the brand's).
    pub zone: &'a jiff::tz::TimeZone,
    /// What silence is normal for parcels like it ([`crate::forecast::gaps`]); nothing where too little is known.
    pub patience: Option<&'a Patience>,
    pub now: Timestamp,
}

/// The facts beside the state. Stored as JSON beside the shipment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Since when it is late (the promise's end), if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Timestamp>,
    /// When the lateness stopped growing: had at last, or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_until: Option<Timestamp>,
    #[serde(default)]
    pub early: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// `no_first_scan` or `silence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_reason: Option<String>,
    /// Its order should have left by now, and it has not: judged with the order, kept here for the rules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_despatched: bool,
    #[serde(default)]
    pub at_risk: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk_probability: Option<f64>,
    /// What our own forecast says, until it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// When it is to arrive by what its carrier publishes, until those days are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aimed: Option<Aimed>,
    /// What silence is normal for it, where enough was learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
    /// What was said of it so far, to be graded when it has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// When this was judged, kept only where a rule depends on the clock: what was true then is what such a rule turns from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_at: Option<Timestamp>,
}

impl Facts {
    pub fn late(&self) -> bool {
        self.late_since.is_some()
    }
    pub fn may_be_missing(&self) -> bool {
        self.missing_since.is_some()
    }
    /// Takes in what is forecast, unless the shopper has it or it ended. A chance of being late that costs more than a false alarm puts it at risk.
    pub fn take_in(&mut self, expected: Option<Expected>, case: &Case) {
        self.expected = expected.filter(|_| case.journey.had_at.is_none() && case.journey.ended_at.is_none());
        let chance = self.expected.as_ref().and_then(|e| e.p_late).filter(|_| !self.late());
        self.at_risk_probability = chance;
        self.at_risk |= chance.zip(case.settings.at_risk_from()).is_some_and(|(chance, from)| chance >= from);
    }
    /// Remembers what was said before, and when it was first said that it is at risk or may be missing.
    pub fn remember(&mut self, said: Option<Said>, now: Timestamp) {
        self.said = said;
        if self.at_risk {
            self.said.get_or_insert_default().at_risk_at.get_or_insert(now);
        }
        if self.may_be_missing() {
            self.said.get_or_insert_default().missing_at.get_or_insert(now);
        }
    }
    /// Hours past the promise, growing until it ends; `None` unless late.
    pub fn hours_late(&self, now: Timestamp) -> Option<f64> {
        let since = self.late_since?;
        let until = self.late_until.unwrap_or(now).max(since);
        Some((until.as_millisecond() - since.as_millisecond()) as f64 / 3_600_000.0)
    }
}

/// The facts now, and the earliest moment at which silence alone could change one (`None`: at rest).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    pub facts: Facts,
    pub next_check_at: Option<Timestamp>,
    /// Reminders due to the shopper by now: (`act_by` reminder kind, the moment it was due).
    pub reminders: Vec<(String, Timestamp)>,
}

/// Judges a shipment. The same history judged at the same time gives the same facts, whoever asks and how often; between one
/// `next_check_at` and the next nothing changes.
pub fn judge(case: &Case) -> Judgement {
    let mut facts = Facts::default();
    let mut checks = Checks { now: case.now, next: None };
    judge_promise(case, &mut facts, &mut checks);
    if let Some((deadline, reason)) = silence::may_be_missing_at(case)
        && checks.has_come(deadline.passed_from)
    {
        facts.missing_since = Some(deadline.at);
        facts.missing_reason = Some(reason.to_owned());
    }
    facts.aimed = aimed(case).filter(|aimed| aimed.over_at(case.zone).is_some_and(|over| !checks.has_come(over)));
    let reminders = reminders(case, &mut checks);
    Judgement { facts, next_check_at: checks.next, reminders }
}

/// What the carrier publishes counts from the hand-over, for what is on its way to the shopper.
pub fn aimed(case: &Case) -> Option<Aimed> {
    let journey = case.journey;
    if case.registration.kind != ShipmentType::Delivery || journey.had_at.is_some() || journey.ended_at.is_some() || journey.returning {
        return None;
    }
    let handed_over_on = case.zone.to_datetime(hand_over(case)?).date();
    Aimed::of(case.registration, handed_over_on, case.calendars)
}

/// When the evaluation comes to rest: so long after the last thing that happened that nobody needs to look again, but never before the promise has
/// been judged and no silence is left to be noticed. `None` while an alert or a dispute keeps it awake.
pub fn rests_at(case: &Case) -> Option<Timestamp> {
    if case.kept_awake {
        return None;
    }
    let journey = case.journey;
    let mut last = case.registered_at;
    let expected = [journey.last_event_at, case.woken_at, hand_over(case), silence::agreed_until(case)];
    for at in expected.into_iter().flatten() {
        last = last.max(at);
    }
    let settings = case.settings;
    let days = match (journey.ended_at, is_domestic(case.registration)) {
        (Some(_), _) => settings.rest_days_terminal,
        (None, Some(false)) => settings.rest_days_international,
        (None, _) => settings.rest_days_domestic,
    };
    let mut rest = later(last, days * DAY);
    if journey.had_at.is_none() && journey.ended_at.is_none() {
        rest = case.registration.promised.as_ref().and_then(|p| p.deadline(case.zone)).map_or(rest, |d| rest.max(d.passed_from));
    }
    Some(silence::may_be_missing_at(case).map_or(rest, |(d, _)| rest.max(d.passed_from)))
}

/// Whether origin and destination lie in one country; `None` if either is not known.
pub fn is_domestic(registration: &Registration) -> Option<bool> {
    Some(registration.origin_country()?.eq_ignore_ascii_case(registration.destination_country()?))
}

/// Whose working days count: those of origin and destination as far as they are known, else the retailer's own.
pub(crate) fn nations_of(registration: &Registration, settings: &Settings) -> Vec<String> {
    let address = |d: &Option<crate::Destination>| {
        let d = d.as_ref()?;
        Some(nation_of(d.country.as_deref()?, d.postcode.as_deref()))
    };
    let mut nations: Vec<String> = [&registration.destination, &registration.origin].into_iter().filter_map(address).collect();
    if nations.is_empty() {
        nations.push(nation_of(&settings.home_country, None));
    }
    nations
}

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Collects the earliest moment to come.
struct Checks {
    now: Timestamp,
    next: Option<Timestamp>,
}

impl Checks {
    /// Whether a moment has come; if not, it is one to look again at.
    fn has_come(&mut self, at: Timestamp) -> bool {
        if at <= self.now {
            return true;
        }
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
        false
    }
}

fn judge_promise(case: &Case, facts: &mut Facts, checks: &mut Checks) {
    let Some(promise) = &case.registration.promised else { return };
    let journey = case.journey;
    if let Some(had) = journey.had_at {
        facts.early = promise.early_before(case.zone).is_some_and(|start| had < start && !told_only_the_day_of(case, had, start));
    }
    let Some(deadline) = promise.deadline(case.zone) else { return };
    // Judged by when the carrier says it happened: a scan told late takes the flag back.
    let settled = journey.had_at.or(journey.ended_at);
    if settled.is_some_and(|at| at < deadline.passed_from) {
        return;
    }
    if checks.has_come(deadline.passed_from) {
        facts.late_since = Some(deadline.at);
        facts.late_until = settled;
    } else if settled.is_none()
        && let Some(day) = promise.day(case.zone)
    {
        facts.at_risk = is_at_risk(case, day, deadline, checks);
    }
}

/// A delivery told as a day alone stands at 00:00 of that day, which is no proof of being early on it.
fn told_only_the_day_of(case: &Case, had: Timestamp, start: Timestamp) -> bool {
    let day_only = case.journey.delivered_at.is_some_and(|m| m.precision == Precision::Day && m.at() == had);
    day_only && case.journey.delivered_at.map(|m| m.local.date()) == Some(case.zone.to_datetime(start).date())
}

/// Not out for delivery by the time of day set for it, on the promised day.
fn is_at_risk(case: &Case, day: Date, deadline: Deadline, checks: &mut Checks) -> bool {
    let Some(clock) = case.settings.at_risk_if_not_out_by else { return false };
    let Ok(risk_at) = case.zone.to_ambiguous_timestamp(day.to_datetime(clock)).compatible() else { return false };
    let out = case.journey.out_for_delivery_at.is_some_and(|at| at <= risk_at && case.zone.to_datetime(at).date() == day);
    risk_at < deadline.passed_from && !out && checks.has_come(risk_at)
}

/// Until when the shopper has to act, while we wait for them: as the carrier said, else the setting's days after it became ready.
pub fn act_by(case: &Case) -> Option<Timestamp> {
    let journey = case.journey;
    if journey.waiting_on != WaitingOn::Shopper {
        return None;
    }
    if journey.act_by.is_some() {
        return journey.act_by;
    }
    let days = case.settings.act_by_default_days;
    let ready_since = match journey.state {
        State::ReadyForCollection => journey.state_since,
        // A reminder is not a new start: it was ready when the shopper could first have had it.
        State::CollectionReminder | State::FinalCollectionReminder => journey.had_at,
        _ => None,
    };
    let local = case.zone.to_datetime(ready_since.filter(|_| days > 0)?);
    let due = local.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    case.zone.to_ambiguous_timestamp(due).compatible().ok()
}

/// The last day on which the shopper can act: what a page or a message says.
pub fn act_by_day(case: &Case) -> Option<Date> {
    act_by(case).map(|at| day_of(at, case))
}

/// An act-by of midnight is the end of the day before, and a carrier that tells a day may mean its own midnight, an hour or two off.
fn day_of(act_by: Timestamp, case: &Case) -> Date {
    case.zone.to_datetime(later(act_by, -2 * HOUR)).date()
}

/// Reminders before the act-by day, at the time of day set for them; never on the day on which the waiting began.
fn reminders(case: &Case, checks: &mut Checks) -> Vec<(String, Timestamp)> {
    let mut due = Vec::new();
    let Some(act_by) = act_by(case) else { return due };
    let last_day = day_of(act_by, case);
    let since_day = case.journey.state_since.map(|at| case.zone.to_datetime(at).date());
    let what = match case.journey.state {
        State::AwaitingDropOff => "drop_off_reminder",
        State::CustomsChargesDue => "pay_reminder",
        _ => "collect_reminder",
    };
    let days_before = &case.settings.act_by_remind_days_before;
    for (place, days) in days_before.iter().enumerate() {
        let span = jiff::Span::new().try_days(*days);
        let Some(day) = span.ok().and_then(|span| last_day.checked_sub(span).ok()) else { continue };
        let clock = day.to_datetime(case.settings.act_by_remind_at);
        let Ok(at) = case.zone.to_ambiguous_timestamp(clock).compatible() else { continue };
        if since_day.is_some_and(|since| day <= since) || at < case.registered_at {
            continue;
        }
        if checks.has_come(at) {
            let is_final = place + 1 == days_before.len();
            due.push((if is_final { format!("final_{what}") } else { what.to_owned() }, at));
        }
    }
    due
}

/// What the judgement of an order rests on that may not have been despatched in time.
pub struct OrderCase<'a> {
    /// A day or a time.
    pub despatch_by: Option<&'a str>,
    pub promised: Option<&'a crate::Promise>,
    pub service: Option<&'a str>,
    /// Whether the carrier has it, as far as [`hand_over`] tells for its shipments.
    pub handed_over: bool,
    pub cancelled: bool,
    /// ISO country of the destination, if known: whose working days the transit takes.
    pub country: Option<&'a str>,
    pub settings: &'a Settings,
    pub calendars: &'a Calendars,
    pub zone: &'a jiff::tz::TimeZone,
    pub now: Timestamp,
}

/// Since when an order is overdue for despatch, if it is, and when to look again.
pub fn not_despatched(order: &OrderCase) -> (Option<Timestamp>, Option<Timestamp>) {
    if order.handed_over || order.cancelled {
        return (None, None);
    }
    match despatch_deadline(order) {
        Some(deadline) if deadline.passed_from <= order.now => (Some(deadline.at), None),
        Some(deadline) => (None, Some(deadline.passed_from)),
        None => (None, None),
    }
}

/// The order's own despatch-by; else the promised day less the service's transit time, in working days where the carriers' calendars are used.
fn despatch_deadline(order: &OrderCase) -> Option<Deadline> {
    use crate::promise::Edge;
    if let Some(edge) = order.despatch_by.and_then(|text| Edge::parse(text, order.zone)) {
        return Some(edge.deadline(order.zone));
    }
    let promised = order.promised?.day(order.zone)?;
    let days = order.settings.transit_days_of(order.service);
    let day = match order.settings.calendar {
        CalendarUse::EveryHour => promised.checked_sub(jiff::Span::new().try_days(days).ok()?).ok()?,
        CalendarUse::Carrier => {
            let nation = nation_of(order.country.unwrap_or(&order.settings.home_country), None);
            order.calendars.working_days_before(promised, days, &[&nation])
        }
    };
    Some(Edge::Day(day).deadline(order.zone))
}
