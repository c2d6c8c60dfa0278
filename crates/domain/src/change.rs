//! What changed between two moments of a shipment's life: the log that webhooks, rules, messages and alerts read.
//! Field by field, so that the last `after` of each field is always what the shipment says now.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Attention, Journey, Milestone, Promise, Reason, State, WaitingOn, estimate::Estimate};

/// Everything about a shipment whose change somebody may want to hear of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub state: State,
    pub milestone: Milestone,
    #[serde(default)]
    pub reason: Option<Reason>,
    pub attention: Attention,
    pub waiting_on: WaitingOn,
    #[serde(default)]
    pub late: bool,
    #[serde(default)]
    pub early: bool,
    #[serde(default)]
    pub may_be_missing: bool,
    #[serde(default)]
    pub not_despatched: bool,
    #[serde(default)]
    pub at_risk: bool,
    #[serde(default)]
    pub disputed: bool,
    #[serde(default)]
    pub promised: Option<Promise>,
    #[serde(default)]
    pub estimated: Option<Estimate>,
    #[serde(default)]
    pub carrier: Option<String>,
    #[serde(default)]
    pub tracking_number: Option<String>,
}

impl Snapshot {
    /// What the events alone say; facts, promise and names are filled in by struct update.
    pub fn of_journey(journey: &Journey) -> Snapshot {
        Snapshot {
            state: journey.state,
            milestone: journey.milestone,
            reason: journey.reason,
            attention: journey.default_attention(),
            waiting_on: journey.waiting_on,
            late: false,
            early: false,
            may_be_missing: false,
            not_despatched: false,
            at_risk: false,
            disputed: false,
            promised: None,
            estimated: journey.estimated.clone().map(Estimate::from),
            carrier: None,
            tracking_number: None,
        }
    }
}

/// A shipment of which nothing is known yet.
impl Default for Snapshot {
    fn default() -> Self {
        Snapshot::of_journey(&Journey::default())
    }
}

/// One line of the log. `field` is a field of the rules (CONTRACT §4); `kind` names the webhook, `shipment.<kind>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub kind: String,
    pub field: String,
    pub before: Value,
    pub after: Value,
    pub cause: Cause,
}

/// Why it changed: a carrier's event (its key), a rule of ours (a calculated change), or somebody's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    #[serde(rename = "event_id")]
    Event(String),
    #[serde(rename = "rule")]
    Rule(String),
    #[serde(rename = "user")]
    User(String),
}

/// What is different, the state first, then what we calculated, then what follows from the state, then what people decided.
/// `cause_event` is the key of the event that gave the new state, `user` whoever acts, if anybody does.
pub fn changes(before: &Snapshot, after: &Snapshot, cause_event: Option<&str>, user: Option<&str>) -> Vec<Change> {
    if before == after {
        return Vec::new();
    }
    let decided = |rule: &str| match user {
        Some(user) => Cause::User(user.to_owned()),
        None => Cause::Rule(rule.to_owned()),
    };
    // Without an event the meaning changed under the same events: somebody corrected the destination, or a setting.
    let told = |rule: &str| match cause_event {
        Some(key) => Cause::Event(key.to_owned()),
        None => decided(rule),
    };
    let calculated = |rule: &str| Cause::Rule(rule.to_owned());
    let mut log = Log(Vec::new());
    log.moved("state", "state_changed", &before.state, &after.state, told);
    log.flag("late", ["no_longer_late", "became_late"], before.late, after.late, calculated);
    log.flag("early", ["no_longer_early", "became_early"], before.early, after.early, calculated);
    log.flag("may_be_missing", ["found_again", "may_be_missing"], before.may_be_missing, after.may_be_missing, calculated);
    log.flag("not_despatched", ["despatched", "not_despatched"], before.not_despatched, after.not_despatched, calculated);
    log.flag("at_risk", ["no_longer_at_risk", "at_risk"], before.at_risk, after.at_risk, calculated);
    log.moved("estimated", "estimate_changed", &before.estimated, &after.estimated, calculated);
    log.moved("milestone", "milestone_changed", &before.milestone, &after.milestone, told);
    log.moved("reason", "reason_changed", &before.reason, &after.reason, told);
    log.moved("attention", "attention_changed", &before.attention, &after.attention, told);
    log.moved("waiting_on", "waiting_on_changed", &before.waiting_on, &after.waiting_on, told);
    log.moved("promised", "promise_changed", &before.promised, &after.promised, decided);
    log.flag("disputed", ["dispute_settled", "disputed"], before.disputed, after.disputed, decided);
    log.moved("carrier", "carrier_changed", &before.carrier, &after.carrier, decided);
    log.moved("tracking_number", "tracking_number_changed", &before.tracking_number, &after.tracking_number, decided);
    log.0
}

struct Log(Vec<Change>);

impl Log {
    fn moved<T: PartialEq + Serialize>(&mut self, field: &str, kind: &str, before: &T, after: &T, cause: impl Fn(&str) -> Cause) {
        if before == after {
            return;
        }
        let json = |value: &T| serde_json::to_value(value).expect("names, flags and text always become JSON");
        self.0.push(Change {
            kind: kind.to_owned(),
            field: field.to_owned(),
            before: json(before),
            after: json(after),
            cause: cause(field),
        });
    }

    /// `kinds`: what it is called when the flag falls, and when it rises.
    fn flag(&mut self, field: &str, kinds: [&str; 2], before: bool, after: bool, cause: impl Fn(&str) -> Cause) {
        self.moved(field, kinds[usize::from(after)], &before, &after, cause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Window;
    use serde_json::json;

    fn moving() -> Snapshot {
        Snapshot { state: State::InTransit, milestone: Milestone::InTransit, waiting_on: WaitingOn::Carrier, ..Snapshot::default() }
    }

    fn kinds(changes: &[Change]) -> Vec<&str> {
        changes.iter().map(|c| c.kind.as_str()).collect()
    }

    #[test]
    fn nothing_new_is_no_change() {
        assert_eq!(changes(&moving(), &moving(), Some("key"), Some("agent")), []);
    }

    #[test]
    fn a_carriers_event_is_the_cause_of_what_it_moved() {
        let log = changes(&Snapshot::default(), &moving(), Some("k1"), None);
        assert_eq!(kinds(&log), ["state_changed", "milestone_changed", "waiting_on_changed"]);
        assert_eq!((&log[0].before, &log[0].after), (&json!("registered"), &json!("in_transit")));
        assert!(log.iter().all(|c| c.cause == Cause::Event("k1".into())));
        assert_eq!(serde_json::to_value(&log[0].cause).unwrap(), json!({"event_id": "k1"}));
    }

    #[test]
    fn calculated_changes_name_their_rule_and_follow_the_state() {
        let trouble = Snapshot { late: true, may_be_missing: true, at_risk: true, early: true, ..moving() };
        let log = changes(&moving(), &trouble, None, None);
        assert_eq!(kinds(&log), ["became_late", "became_early", "may_be_missing", "at_risk"]);
        assert_eq!(serde_json::to_value(&log[2].cause).unwrap(), json!({"rule": "may_be_missing"}));
        let log = changes(&trouble, &Snapshot { state: State::ArrivedAtHub, ..moving() }, Some("k2"), None);
        assert_eq!(kinds(&log), ["state_changed", "no_longer_late", "no_longer_early", "found_again", "no_longer_at_risk"]);
        assert_eq!(log[3].cause, Cause::Rule("may_be_missing".into()));
    }

    #[test]
    fn a_promise_and_a_dispute_name_who_changed_them() {
        let promise = Promise { start: None, end: Some("2026-11-24".into()), kind: None, source: None };
        let log = changes(&moving(), &Snapshot { promised: Some(promise), disputed: true, ..moving() }, None, Some("agent-7"));
        assert_eq!(kinds(&log), ["promise_changed", "disputed"]);
        assert_eq!(log[0].after, json!({"end": "2026-11-24"}));
        assert_eq!(serde_json::to_value(&log[1].cause).unwrap(), json!({"user": "agent-7"}));
    }

    #[test]
    fn a_moved_estimate_is_a_calculated_change() {
        let estimate = Window { start: None, end: Some("2026-11-24".into()) };
        let log = changes(&moving(), &Snapshot { estimated: Some(estimate.into()), ..moving() }, Some("k1"), None);
        assert_eq!((kinds(&log), &log[0].cause), (vec!["estimate_changed"], &Cause::Rule("estimated".into())));
    }
}
