//! A rule as a form: what brings it about, on which conditions, and what comes of it. What the form cannot say stands in it as JSON.

use serde_json::{Value, json};
use whereabouts_adapters::carrier;
use whereabouts_domain::{
    Attention, Milestone, Reason, ShipmentType, State,
    rule::{self, Holds, Leaf, Operator, Rule},
};

use crate::{
    context::{RuleDoc, Then},
    flow::{self, Fault},
};

/// There is always room for one condition more.
const CONDITIONS_SHOWN: usize = 2;
const CONDITIONS_MAX: usize = 20;

/// (id, as it is read in a sentence). The first words of a condition.
const FIELDS: &[(&str, &str)] = &[
    ("carrier", "carrier"),
    ("service", "service"),
    ("brand", "brand"),
    ("sales_channel", "sales channel"),
    ("tag", "tag"),
    ("type", "type"),
    ("value", "value"),
    ("destination.kind", "delivered to"),
    ("destination.country", "destination’s country"),
    ("origin.country", "origin’s country"),
    ("local_time", "time where the shopper lives"),
    ("state", "state"),
    ("milestone", "milestone"),
    ("reason", "reason"),
    ("attention", "attention"),
    ("waiting_on", "waiting on"),
    ("late", "late"),
    ("early", "early"),
    ("may_be_missing", "may be missing"),
    ("at_risk", "at risk"),
    ("disputed", "disputed"),
    ("not_despatched", "not despatched"),
    ("hours_late", "hours late"),
    ("hours_silent", "hours without a scan"),
    ("at_risk.probability", "probability of being late"),
    ("order_number", "order number"),
];

/// (id, words, the operator as the rule has it, whether it is turned round).
pub(super) const OPERATORS: &[(&str, &str, &str, bool)] = &[
    ("is", "is", "is", false),
    ("is_not", "is not", "is", true),
    ("in", "is one of", "in", false),
    ("not_in", "is none of", "in", true),
    ("above", "is above", "above", false),
    ("below", "is below", "below", false),
    ("after", "is at or after", "after", false),
    ("before", "is before", "after", true),
    ("became", "becomes", "became", false),
    ("not_became", "does not become", "became", true),
];

/// (field, value, words).
pub(super) type Moment = (&'static str, &'static str, &'static str);

/// What happens: what is worked out from scans and time, and the milestones.
pub(super) const MOMENTS: &[(&str, &[Moment])] = &[
    (
        "On its way",
        &[
            ("milestone", "info_received", "the carrier knows of it"),
            ("milestone", "in_transit", "it is shipped"),
            ("milestone", "out_for_delivery", "it is out for delivery"),
            ("milestone", "attempt_fail", "a delivery attempt fails"),
            ("milestone", "available_for_pickup", "it is ready for collection"),
            ("milestone", "delivered", "it is delivered"),
            ("milestone", "exception", "something goes wrong with it"),
            ("milestone", "expired", "the carrier tells no more"),
        ],
    ),
    (
        "Worked out",
        &[
            ("late", "true", "it becomes late"),
            ("late", "false", "it is late no more"),
            ("at_risk", "true", "it is at risk of being late"),
            ("may_be_missing", "true", "it may be missing"),
            ("may_be_missing", "false", "it is found again"),
            ("not_despatched", "true", "its order was not despatched in time"),
            ("disputed", "true", "the shopper says otherwise"),
            ("attention", "act", "it turns red"),
            ("attention", "watch", "it turns amber"),
        ],
    ),
];

/// What a message is called at the desk.
const MESSAGES: &[(&str, &str)] = &[
    ("shipped", "Shipped"),
    ("out_for_delivery", "Out for delivery"),
    ("delivered", "Delivered"),
    ("attempt_failed", "Delivery attempt failed"),
    ("ready_for_collection", "Ready for collection"),
    ("collect_reminder", "Reminder to collect"),
    ("final_collect_reminder", "Last reminder to collect"),
    ("act_by_reminder", "Reminder to act"),
    ("final_act_by_reminder", "Last reminder to act"),
    ("late", "Late"),
    ("may_be_missing", "May be missing"),
    ("found_again", "Found again"),
    ("action_needed", "Action needed"),
    ("going_back", "Going back"),
    ("return_received", "Return received"),
    ("refunded", "Refunded"),
];

pub fn message_words(message: &str) -> &str {
    MESSAGES.iter().find(|m| m.0 == message).map_or(message, |m| m.1)
}

/// What stands in the form, as it was typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleForm {
    pub name: String,
    pub enabled: bool,
    /// `field:value`, empty for none.
    pub moment: String,
    pub conditions: Vec<Condition>,
    /// Instead of both.
    pub json: Option<String>,
    /// `notify:MESSAGE` or `alert`.
    pub outcome: String,
    pub kind: String,
    pub to: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    pub field: String,
    pub operator: String,
    pub value: String,
}

/// A choice of a list: value, words, whether it is chosen.
pub type Choice = (String, String, bool);
/// Choices under a heading.
pub type Group = (&'static str, Vec<Choice>);

impl RuleForm {
    /// A new rule.
    pub fn blank() -> RuleForm {
        RuleForm { enabled: true, moment: "milestone:delivered".into(), outcome: "notify:delivered".into(), ..RuleForm::default() }
    }

    pub fn of(doc: &RuleDoc) -> RuleForm {
        let parts = Rule::parse(&doc.when).ok().and_then(|rule| parts(&rule));
        let json = parts.is_none().then(|| serde_json::to_string_pretty(&doc.when).unwrap_or_default());
        let (moment, conditions) = parts.unwrap_or_default();
        let (outcome, kind, to) = match &doc.then {
            Then::Notify { message, to, .. } => (format!("notify:{message}"), String::new(), to.clone()),
            Then::Alert { kind } => ("alert".into(), kind.clone(), Vec::new()),
        };
        RuleForm { name: doc.name.clone(), enabled: doc.enabled, moment, conditions, json, outcome, kind, to }
    }

    /// The fields of a form or of a question, as they came.
    pub fn typed(pairs: &[(String, String)]) -> RuleForm {
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim());
        let condition = |n: usize| Condition {
            field: get(&format!("field-{n}")).into(),
            operator: get(&format!("operator-{n}")).into(),
            value: get(&format!("value-{n}")).into(),
        };
        RuleForm {
            name: get("name").into(),
            enabled: !get("enabled").is_empty(),
            moment: get("moment").into(),
            conditions: (0..CONDITIONS_MAX).map(condition).filter(|c| !c.field.is_empty()).collect(),
            json: Some(get("when")).filter(|w| !w.is_empty()).map(Into::into),
            outcome: get("outcome").into(),
            kind: get("kind").into(),
            to: pairs.iter().filter(|(n, _)| n == "to").map(|(_, v)| v.clone()).collect(),
        }
    }

    /// The rule that it says.
    pub fn doc(&self) -> Result<RuleDoc, Vec<String>> {
        let when = match &self.json {
            Some(text) => serde_json::from_str(text).map_err(|e| vec![format!("The conditions are no JSON: {e}")])?,
            None => self.when()?,
        };
        let then = match self.outcome.strip_prefix("notify:") {
            Some(message) => json!({ "notify": { "message": message, "to": self.to } }),
            None if self.kind.is_empty() => return Err(vec!["Say what the alert is called".into()]),
            None => json!({ "alert": { "kind": self.kind } }),
        };
        let name = if self.name.is_empty() { self.outcome_words() } else { self.name.clone() };
        let body = json!({ "name": name, "when": when, "then": then, "enabled": self.enabled });
        flow::rules::read(&body).map_err(|faults| faults.iter().map(words_of).collect())
    }

    fn when(&self) -> Result<Value, Vec<String>> {
        let moment = self.moment.split_once(':').map(|(field, value)| json!({ "field": field, "became": read_value(field, value) }));
        let mut all: Vec<Value> = moment.into_iter().collect();
        for condition in &self.conditions {
            all.push(condition.read().ok_or_else(|| vec![format!("Say how {} compares", field_words(&condition.field))])?);
        }
        match all.len() {
            0 => Err(vec!["Say what happens, or on which conditions".into()]),
            1 => Ok(all.remove(0)),
            _ => Ok(json!({ "all": all })),
        }
    }

    pub fn outcome_words(&self) -> String {
        match self.outcome.strip_prefix("notify:") {
            Some(message) => format!("Tell the shopper: {}", message_words(message).to_lowercase()),
            None => format!("Tell the agents: {}", self.kind.replace('_', " ")),
        }
    }

    pub fn moments(&self) -> Vec<Group> {
        let choice = |field: &str, value: &str, words: String| {
            let key = format!("{field}:{value}");
            let is_chosen = key == self.moment;
            (key, words, is_chosen)
        };
        let mut groups: Vec<Group> = MOMENTS
            .iter()
            .map(|(label, moments)| (*label, moments.iter().map(|(f, v, words)| choice(f, v, (*words).to_string())).collect()))
            .collect();
        groups.push((
            "A state, exactly",
            State::ALL.iter().map(|s| choice("state", s.id(), format!("its state is “{}”", s.label()))).collect(),
        ));
        groups.push((
            "A reason, exactly",
            Reason::ALL.iter().map(|r| choice("reason", r.id(), format!("the reason is “{}”", r.label()))).collect(),
        ));
        groups
    }

    pub fn outcomes(&self) -> Vec<Choice> {
        MESSAGES.iter().map(|(id, words)| (format!("notify:{id}"), (*words).to_string(), self.outcome == format!("notify:{id}"))).collect()
    }

    /// Fields, operators and value of each condition, and of one that is still to be said.
    pub fn rows(&self) -> Vec<(Vec<Choice>, Vec<Choice>, String)> {
        let blank = Condition::default();
        let shown = (self.conditions.len() + 1).clamp(CONDITIONS_SHOWN, CONDITIONS_MAX);
        let all = self.conditions.iter().chain(std::iter::repeat(&blank)).take(shown);
        all.map(|c| {
            let own = (!c.field.is_empty() && !FIELDS.iter().any(|f| f.0 == c.field)).then_some((c.field.as_str(), c.field.as_str()));
            let fields = FIELDS.iter().copied().chain(own);
            (
                fields.map(|(id, words)| (id.to_string(), words.to_string(), id == c.field)).collect(),
                OPERATORS.iter().map(|(id, words, ..)| ((*id).to_string(), (*words).to_string(), *id == c.operator)).collect(),
                c.value.clone(),
            )
        })
        .collect()
    }
}

impl Condition {
    pub(super) fn of(leaf: &Leaf, is_turned: bool) -> Option<Condition> {
        let (operator, values) = match &leaf.operator {
            Operator::Is(v) => ("is", vec![v.clone()]),
            Operator::In(list) => ("in", list.clone()),
            Operator::Above(n) => ("above", vec![json!(n)]),
            Operator::Below(n) => ("below", vec![json!(n)]),
            Operator::Became(v) => ("became", vec![v.clone()]),
            Operator::After(t) => ("after", vec![json!(t.strftime("%H:%M").to_string())]),
        };
        let id = OPERATORS.iter().find(|(_, _, has, turned)| *has == operator && *turned == is_turned)?.0;
        let told: Vec<String> = values.iter().map(|v| value_words(&leaf.field, v)).collect();
        // A list of one is a list, and what holds a comma cannot be told apart in one.
        let is_sayable = !values.iter().any(Value::is_null) && (operator != "in" || !told.iter().any(|t| t.contains(',')));
        is_sayable.then(|| Condition { field: leaf.field.clone(), operator: id.into(), value: told.join(", ") })
    }

    fn read(&self) -> Option<Value> {
        let (_, _, operator, is_turned) = OPERATORS.iter().find(|(id, ..)| *id == self.operator)?;
        let value = match *operator {
            "in" => self.value.split(',').map(|part| read_value(&self.field, part.trim())).collect(),
            "after" => json!(self.value),
            "above" | "below" => number(&self.value).unwrap_or_else(|| json!(self.value)),
            _ => read_value(&self.field, &self.value),
        };
        let leaf = json!({ "field": self.field, *operator: value });
        Some(if *is_turned { json!({ "not": leaf }) } else { leaf })
    }
}

/// What a rule that the form can say is made of: the moment, if one of ours brings it about, and the conditions.
fn parts(rule: &Rule) -> Option<(String, Vec<Condition>)> {
    let all = match rule {
        Rule::All(rules) => rules.as_slice(),
        other => std::slice::from_ref(other),
    };
    if all.len() > CONDITIONS_MAX {
        return None;
    }
    let (mut moment, mut conditions) = (String::new(), Vec::new());
    for part in all {
        match part {
            Rule::Leaf(leaf) => match moment_of(leaf).filter(|_| moment.is_empty()) {
                Some(found) => moment = found,
                None => conditions.push(Condition::of(leaf, false)?),
            },
            Rule::Not(inner) => match &**inner {
                Rule::Leaf(leaf) => conditions.push(Condition::of(leaf, true)?),
                _ => return None,
            },
            _ => return None,
        }
    }
    Some((moment, conditions))
}

pub(super) fn moment_of(leaf: &Leaf) -> Option<String> {
    let Operator::Became(value) = &leaf.operator else { return None };
    let value = match value {
        Value::Bool(yes) => yes.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let is_offered = matches!(leaf.field.as_str(), "state" | "reason")
        || MOMENTS.iter().any(|(_, all)| all.iter().any(|(f, v, _)| *f == leaf.field && *v == value));
    is_offered.then(|| format!("{}:{value}", leaf.field))
}

/// (id, words) of everything that a field of a vocabulary can be.
pub fn values_of(field: &str) -> Vec<(&'static str, String)> {
    let plain = |id: &'static str| (id, spaced(id));
    match field {
        "state" => State::ALL.iter().map(|s| (s.id(), s.label().to_string())).collect(),
        "reason" => Reason::ALL.iter().map(|r| (r.id(), r.label().to_string())).collect(),
        "milestone" => Milestone::ALL.iter().map(|m| plain(m.id())).collect(),
        "attention" => [Attention::Act, Attention::Watch, Attention::None].iter().map(|a| plain(a.id())).collect(),
        "type" => ShipmentType::ALL.iter().map(|t| plain(t.id())).collect(),
        "waiting_on" => ["carrier", "shopper", "retailer", "authority", "nobody"].map(plain).to_vec(),
        "destination.kind" => ["home", "work", "shop", "locker", "store", "post_office", "depot"].map(plain).to_vec(),
        "carrier" => carrier::ALL.iter().map(|c| (c.card().id, c.card().name.to_string())).collect(),
        _ => Vec::new(),
    }
}

fn spaced(id: &str) -> String {
    let words = id.replace('_', " ");
    words.chars().take(1).flat_map(char::to_uppercase).chain(words.chars().skip(1)).collect()
}

/// A value as the field holds it: by its id or by what it is called.
fn read_value(field: &str, text: &str) -> Value {
    match rule::holds(field) {
        Some(Holds::YesNo) => match text.to_lowercase().as_str() {
            "yes" | "true" => json!(true),
            "no" | "false" => json!(false),
            _ => json!(text),
        },
        Some(Holds::Number | Holds::Anything) => number(text).unwrap_or_else(|| json!(text)),
        _ => {
            let values = values_of(field);
            let by_id = values.iter().find(|(id, _)| id.eq_ignore_ascii_case(text));
            json!(by_id.or_else(|| only(&values, text)).map_or(text, |(id, _)| id))
        }
    }
}

/// What alone is called so: two carriers may share a name.
fn only<'a>(values: &'a [(&'static str, String)], words: &str) -> Option<&'a (&'static str, String)> {
    let mut called = values.iter().filter(|(_, known)| known.eq_ignore_ascii_case(words));
    called.next().filter(|_| called.next().is_none())
}

fn number(text: &str) -> Option<Value> {
    let n: f64 = text.parse().ok().filter(|n: &f64| n.is_finite())?;
    Some(text.parse::<i64>().map_or_else(|_| json!(n), |whole| json!(whole)))
}

pub(super) fn value_words(field: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(id) if field == "carrier" => id.clone(),
        Value::String(id) => {
            let values = values_of(field);
            let words = values.iter().find(|(known, _)| known == id).map(|(_, words)| words);
            words.filter(|words| only(&values, words).is_some()).unwrap_or(id).clone()
        }
        Value::Number(n) => n.as_f64().map_or_else(|| n.to_string(), |n| n.to_string()),
        other => other.to_string(),
    }
}

pub(super) fn field_words(field: &str) -> String {
    match field.strip_prefix("metadata.") {
        Some(key) => format!("metadata {key}"),
        None => FIELDS.iter().find(|f| f.0 == field).map_or(field, |f| f.1).into(),
    }
}

/// A fault of the rule for whoever filled in the form.
fn words_of(fault: &Fault) -> String {
    let what = match fault.pointer.as_str() {
        p if p.starts_with("/when") => "Conditions",
        p if p.starts_with("/then") => "What comes of it",
        _ => "The rule",
    };
    format!("{what}: {}", fault.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_can_say_comes_back_as_it_was() {
        for when in [
            json!({"field": "milestone", "became": "delivered"}),
            json!({"field": "hours_silent", "above": 30.5}),
            json!({"all": [{"field": "late", "became": true}, {"field": "carrier", "in": ["evri", "dpd_uk"]}]}),
            json!({"all": [{"field": "state", "is": "out_for_delivery"}, {"field": "late", "is": true}]}),
            json!({"all": [{"field": "milestone", "became": "in_transit"}, {"not": {"field": "may_be_missing", "became": false}}]}),
            json!({"all": [{"field": "metadata.tier", "is": "gold"}, {"not": {"field": "local_time", "after": "10:00"}}]}),
        ] {
            let doc: RuleDoc = serde_json::from_value(json!({"name": "n", "when": when, "then": {"alert": {"kind": "k"}}})).unwrap();
            let form = RuleForm::of(&doc);
            assert_eq!(form.json, None, "{when}");
            assert_eq!(form.doc().unwrap().when, when);
        }
    }

    #[test]
    fn what_the_form_cannot_say_stands_as_json() {
        for when in [
            json!({"any": [{"field": "late", "is": true}, {"field": "disputed", "is": true}]}),
            json!({"not": {"all": [{"field": "late", "is": true}]}}),
            json!({"field": "reason", "is": null}),
            json!({"field": "tag", "in": ["a,b"]}),
        ] {
            let doc: RuleDoc = serde_json::from_value(json!({"when": when, "then": {"notify": {"message": "late"}}})).unwrap();
            let form = RuleForm::of(&doc);
            assert!(form.json.is_some(), "{when}");
            assert_eq!(form.doc().unwrap().when, when);
        }
    }

    #[test]
    fn every_field_and_every_message_has_words() {
        for field in rule::fields() {
            assert!(FIELDS.iter().any(|f| f.0 == field), "{field}");
        }
        for message in flow::notify::message_names() {
            assert!(MESSAGES.iter().any(|m| m.0 == message), "{message}");
        }
    }
}
