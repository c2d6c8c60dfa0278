//! Rules: one type for webhooks, notifications, alerts and allocation (CONTRACT §4). Parsed once into what cannot be wrong; a rule fires on the
//! change that turns it from false to true.

mod could;

use jiff::civil::Time;
use serde_json::Value;

use crate::{Attention, Milestone, Reason, ShipmentType, State, settings::parse_clock};

/// Deeper or longer rules than these are refused.
const DEPTH_MAX: usize = 16;
const LEAVES_MAX: usize = 200;
const TEXT_MAX: usize = 500;

/// A condition on a shipment before and after a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
    Leaf(Leaf),
}

/// One field and one operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    pub field: String,
    pub operator: Operator,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    Is(Value),
    In(Vec<Value>),
    Above(f64),
    Below(f64),
    /// True only for the change that made the field so.
    Became(Value),
    /// At or after a time of day.
    After(Time),
}

/// What is wrong with a rule, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct RuleError {
    /// A JSON pointer (RFC 6901).
    pub pointer: String,
    pub message: String,
}

/// The values that a rule may ask for, by field name; `None` for what is not known. `tag` is a list, `value` may be money
/// (`{"amount","currency"}`), `local_time` is `HH:MM` where the shopper lives.
pub trait Fields {
    fn get(&self, field: &str) -> Option<Value>;
}

/// What was before the first change: nothing.
pub struct Nothing;

impl Fields for Nothing {
    fn get(&self, _: &str) -> Option<Value> {
        None
    }
}

impl Fields for serde_json::Map<String, Value> {
    fn get(&self, field: &str) -> Option<Value> {
        serde_json::Map::get(self, field).cloned()
    }
}

/// What a field holds; it decides which operators and values make sense.
#[derive(Clone, Copy)]
pub enum Holds {
    /// An id of a vocabulary that we know.
    Known(fn(&str) -> bool),
    Text,
    YesNo,
    Number,
    Clock,
    Anything,
}

const FIELDS: &[(&str, Holds)] = &[
    ("state", Holds::Known(|v| State::parse(v).is_some())),
    ("milestone", Holds::Known(|v| Milestone::parse(v).is_some())),
    ("reason", Holds::Known(|v| Reason::parse(v).is_some())),
    ("attention", Holds::Known(|v| Attention::parse(v).is_some())),
    ("waiting_on", Holds::Known(|v| matches!(v, "carrier" | "shopper" | "retailer" | "authority" | "nobody"))),
    ("type", Holds::Known(|v| ShipmentType::parse(v).is_some())),
    ("carrier", Holds::Text),
    ("service", Holds::Text),
    ("brand", Holds::Text),
    ("sales_channel", Holds::Text),
    ("tag", Holds::Text),
    ("late", Holds::YesNo),
    ("early", Holds::YesNo),
    ("hours_late", Holds::Number),
    ("may_be_missing", Holds::YesNo),
    ("at_risk", Holds::YesNo),
    ("at_risk.probability", Holds::Number),
    ("hours_silent", Holds::Number),
    ("disputed", Holds::YesNo),
    ("not_despatched", Holds::YesNo),
    ("value", Holds::Number),
    ("destination.kind", Holds::Known(|v| matches!(v, "home" | "work" | "shop" | "locker" | "store" | "post_office" | "depot"))),
    ("destination.country", Holds::Text),
    ("origin.country", Holds::Text),
    ("order_number", Holds::Text),
    ("local_time", Holds::Clock),
];

/// Every field by name, `metadata.KEY` aside.
pub fn fields() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// What a field of this name holds; `None` if there is none.
pub fn holds(field: &str) -> Option<Holds> {
    if field.strip_prefix("metadata.").is_some_and(|key| !key.is_empty()) {
        return Some(Holds::Anything);
    }
    FIELDS.iter().find(|(name, _)| *name == field).map(|(_, holds)| *holds)
}

impl Rule {
    /// Reads a rule, or says what is wrong with it and where.
    pub fn parse(value: &Value) -> Result<Rule, RuleError> {
        let mut leaves = 0;
        read(value, "", 1, &mut leaves)
    }

    /// Whether the change from `before` to `after` turns the rule from false to true. `became` was not true before any change.
    pub fn fires(&self, before: &dyn Fields, after: &dyn Fields) -> bool {
        self.holds(Some(before), after) && !self.holds(None, before)
    }

    /// Whether the rule is true of `now`. Without the state of things before, nothing became anything.
    pub fn holds(&self, before: Option<&dyn Fields>, now: &dyn Fields) -> bool {
        match self {
            Rule::All(rules) => rules.iter().all(|r| r.holds(before, now)),
            Rule::Any(rules) => rules.iter().any(|r| r.holds(before, now)),
            Rule::Not(rule) => !rule.holds(before, now),
            Rule::Leaf(leaf) => leaf.holds(before, now),
        }
    }

    /// The rule as JSON, in the words that it is read from.
    pub fn to_json(&self) -> Value {
        let list = |rules: &[Rule]| Value::Array(rules.iter().map(Rule::to_json).collect());
        match self {
            Rule::All(rules) => serde_json::json!({ "all": list(rules) }),
            Rule::Any(rules) => serde_json::json!({ "any": list(rules) }),
            Rule::Not(rule) => serde_json::json!({ "not": rule.to_json() }),
            Rule::Leaf(leaf) => {
                let (operator, operand) = match &leaf.operator {
                    Operator::Is(v) => ("is", v.clone()),
                    Operator::In(list) => ("in", Value::Array(list.clone())),
                    Operator::Above(n) => ("above", (*n).into()),
                    Operator::Below(n) => ("below", (*n).into()),
                    Operator::Became(v) => ("became", v.clone()),
                    Operator::After(t) => ("after", t.strftime("%H:%M").to_string().into()),
                };
                serde_json::json!({ "field": leaf.field, operator: operand })
            }
        }
    }

    pub fn looks_at(&self, field: &str) -> bool {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().any(|r| r.looks_at(field)),
            Rule::Not(rule) => rule.looks_at(field),
            Rule::Leaf(leaf) => leaf.field == field,
        }
    }

    /// The leaves that can turn true or false by the clock alone, so that the time to look again can be known.
    pub fn time_thresholds(&self) -> Vec<TimeThreshold> {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().flat_map(Rule::time_thresholds).collect(),
            Rule::Not(rule) => rule.time_thresholds(),
            Rule::Leaf(leaf) => leaf.time_threshold().into_iter().collect(),
        }
    }
}

/// A value of a field that moves with the clock, at which a rule may turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeThreshold {
    /// So many hours after the promise's end.
    HoursLate(f64),
    /// So many hours after the last event.
    HoursSilent(f64),
    /// At this time of day where the shopper lives. At midnight it turns back.
    LocalTime(Time),
}

impl Leaf {
    fn holds(&self, before: Option<&dyn Fields>, now: &dyn Fields) -> bool {
        let value = now.get(&self.field);
        match &self.operator {
            Operator::Is(wanted) => equals(value.as_ref(), wanted),
            Operator::In(list) => list.iter().any(|wanted| equals(value.as_ref(), wanted)),
            Operator::Above(n) => value.as_ref().and_then(number).is_some_and(|v| v > *n),
            Operator::Below(n) => value.as_ref().and_then(number).is_some_and(|v| v < *n),
            Operator::Became(wanted) => {
                before.is_some_and(|before| equals(value.as_ref(), wanted) && !equals(before.get(&self.field).as_ref(), wanted))
            }
            Operator::After(time) => value.as_ref().and_then(clock).is_some_and(|v| v >= *time),
        }
    }

    fn time_threshold(&self) -> Option<TimeThreshold> {
        let hours = match (&self.operator, self.field.as_str()) {
            (Operator::After(time), "local_time") => return Some(TimeThreshold::LocalTime(*time)),
            (Operator::Above(n) | Operator::Below(n), _) => *n,
            (Operator::Is(v) | Operator::Became(v), _) => number(v)?,
            _ => return None,
        };
        match self.field.as_str() {
            "hours_late" => Some(TimeThreshold::HoursLate(hours)),
            "hours_silent" => Some(TimeThreshold::HoursSilent(hours)),
            _ => None,
        }
    }
}

/// Lists hold what is asked for when one of their members does (`tag`). Amounts are numbers however they are written.
fn equals(value: Option<&Value>, wanted: &Value) -> bool {
    match (value, wanted) {
        (None | Some(Value::Null), wanted) => wanted.is_null(),
        (Some(Value::Array(members)), wanted) => members.iter().any(|m| equals(Some(m), wanted)),
        (Some(Value::String(a)), Value::String(b)) => a == b,
        (Some(Value::Bool(a)), Value::Bool(b)) => a == b,
        (Some(value), wanted) if wanted.is_number() => number(value).is_some_and(|v| Some(v) == number(wanted)),
        _ => false,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
        Value::Object(money) => number(money.get("amount").filter(|a| !a.is_object())?),
        _ => None,
    }
}

/// `HH:MM`, with or without seconds.
fn clock(value: &Value) -> Option<Time> {
    parse_clock(value.as_str()?.get(..5)?)
}

fn wrong(pointer: &str, message: impl Into<String>) -> RuleError {
    RuleError { pointer: pointer.to_owned(), message: message.into() }
}

fn read(value: &Value, pointer: &str, depth: usize, leaves: &mut usize) -> Result<Rule, RuleError> {
    if depth > DEPTH_MAX {
        return Err(wrong(pointer, format!("a rule is at most {DEPTH_MAX} levels deep")));
    }
    let map = value.as_object().ok_or_else(|| wrong(pointer, "a rule is an object"))?;
    let alone = |name: &str| match map.keys().find(|k| *k != name) {
        Some(other) => Err(wrong(&format!("{pointer}/{}", escape(other)), format!("must not stand beside `{name}`"))),
        None => Ok(()),
    };
    for (name, make) in [("all", Rule::All as fn(Vec<Rule>) -> Rule), ("any", Rule::Any)] {
        let Some(list) = map.get(name) else { continue };
        alone(name)?;
        let pointer = format!("{pointer}/{name}");
        let list = list.as_array().filter(|l| !l.is_empty()).ok_or_else(|| wrong(&pointer, "must be a list of at least one rule"))?;
        let rules = list.iter().enumerate().map(|(i, rule)| read(rule, &format!("{pointer}/{i}"), depth + 1, leaves));
        return Ok(make(rules.collect::<Result<_, _>>()?));
    }
    if let Some(rule) = map.get("not") {
        alone("not")?;
        return Ok(Rule::Not(Box::new(read(rule, &format!("{pointer}/not"), depth + 1, leaves)?)));
    }
    *leaves += 1;
    if *leaves > LEAVES_MAX {
        return Err(wrong(pointer, format!("a rule has at most {LEAVES_MAX} conditions")));
    }
    read_leaf(map, pointer)
}

fn read_leaf(map: &serde_json::Map<String, Value>, pointer: &str) -> Result<Rule, RuleError> {
    let at = |key: &str| format!("{pointer}/{}", escape(key));
    let field = match map.get("field") {
        Some(Value::String(field)) => field.clone(),
        Some(_) => return Err(wrong(&at("field"), "must be the name of a field")),
        None if map.is_empty() => return Err(wrong(pointer, "is neither `all`, `any`, `not` nor a condition on a `field`")),
        None => match map.keys().find(|k| !OPERATORS.contains(&k.as_str())) {
            Some(key) => return Err(wrong(&at(key), format!("`{key}` is not known here"))),
            None => return Err(wrong(&at("field"), "a condition names a `field`")),
        },
    };
    let holds = holds(&field).ok_or_else(|| wrong(&at("field"), format!("there is no field `{}`", shorten(&field))))?;
    let mut operators = map.iter().filter(|(key, _)| *key != "field");
    let (name, operand) =
        operators.next().ok_or_else(|| wrong(pointer, "a condition has an operator: is, in, above, below, became or after"))?;
    if let Some((second, _)) = operators.next() {
        return Err(wrong(&at(second), format!("a condition has exactly one operator, and there is `{name}` already")));
    }
    let pointer = at(name);
    let operator = match name.as_str() {
        "is" => Operator::Is(read_value(operand, holds, &pointer)?),
        "became" => Operator::Became(read_value(operand, holds, &pointer)?),
        "in" => {
            let list = operand.as_array().filter(|l| !l.is_empty() && l.len() <= LEAVES_MAX);
            let list = list.ok_or_else(|| wrong(&pointer, format!("must be a list of 1 to {LEAVES_MAX} values")))?;
            let values = list.iter().enumerate().map(|(i, v)| read_value(v, holds, &format!("{pointer}/{i}")));
            Operator::In(values.collect::<Result<_, _>>()?)
        }
        "above" | "below" => {
            if !matches!(holds, Holds::Number | Holds::Anything) {
                return Err(wrong(&pointer, format!("`{field}` is not a number")));
            }
            let n = operand.as_f64().ok_or_else(|| wrong(&pointer, "must be a number"))?;
            if name == "above" { Operator::Above(n) } else { Operator::Below(n) }
        }
        "after" => {
            if !matches!(holds, Holds::Clock) {
                return Err(wrong(&pointer, "only `local_time` has a time of day"));
            }
            let time = operand.as_str().and_then(parse_clock);
            Operator::After(time.ok_or_else(|| wrong(&pointer, "must be a time of day such as \"10:00\""))?)
        }
        other => return Err(wrong(&pointer, format!("there is no operator `{}`", shorten(other)))),
    };
    Ok(Rule::Leaf(Leaf { field, operator }))
}

const OPERATORS: &[&str] = &["is", "in", "above", "below", "became", "after"];

/// A value that the field can have; null for "not known".
fn read_value(value: &Value, holds: Holds, pointer: &str) -> Result<Value, RuleError> {
    let message = match (holds, value) {
        (Holds::Clock, _) => "`local_time` is asked with `after`",
        (_, Value::Array(_) | Value::Object(_)) => "must be a single value",
        (Holds::YesNo, Value::Bool(_)) | (Holds::Number, Value::Number(_)) | (Holds::Anything, _) => "",
        (Holds::Number, Value::String(_)) if number(value).is_some() => "",
        (Holds::YesNo, _) => "must be true or false",
        (_, Value::Null) => "",
        (Holds::Number, _) => "must be a number",
        (Holds::Known(known), Value::String(text)) if !known(text) => "is not one of the ids of this field",
        (Holds::Known(_) | Holds::Text, Value::String(text)) if text.len() <= TEXT_MAX => "",
        (Holds::Known(_) | Holds::Text, _) => "must be a text",
    };
    if !message.is_empty() {
        return Err(wrong(pointer, message));
    }
    // An amount written as a text is kept as the number it is.
    match (holds, number(value)) {
        (Holds::Number, Some(n)) if value.is_string() => Ok(n.into()),
        _ => Ok(value.clone()),
    }
}

fn escape(key: &str) -> String {
    shorten(key).replace('~', "~0").replace('/', "~1")
}

fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(value: Value) -> Rule {
        Rule::parse(&value).unwrap()
    }

    fn fires(value: Value, before: Value, after: Value) -> bool {
        let map = |v: Value| v.as_object().cloned().unwrap();
        rule(value).fires(&map(before), &map(after))
    }

    #[test]
    fn a_rule_fires_on_the_change_that_turns_it_true() {
        let both = json!({"all": [{"field": "state", "is": "out_for_delivery"}, {"field": "late", "is": true}]});
        let (out, late) = (json!({"state": "out_for_delivery", "late": false}), json!({"state": "in_transit", "late": true}));
        let now = json!({"state": "out_for_delivery", "late": true});
        assert!(fires(both.clone(), out, now.clone()));
        assert!(fires(both.clone(), late.clone(), now.clone()));
        assert!(fires(both.clone(), json!({}), now.clone()));
        assert!(!fires(both.clone(), now.clone(), now.clone()));
        assert!(!fires(both, now, late));
    }

    #[test]
    fn became_is_true_only_for_the_change_that_made_it_so() {
        let became = json!({"all": [{"field": "state", "became": "delivered"}, {"field": "late", "is": true}]});
        assert!(fires(became.clone(), json!({"state": "in_transit", "late": true}), json!({"state": "delivered", "late": true})));
        // It was delivered already when it turned out to be late.
        assert!(!fires(became.clone(), json!({"state": "delivered", "late": false}), json!({"state": "delivered", "late": true})));
        assert!(rule(json!({"field": "state", "became": "delivered"})).fires(&Nothing, json!({"state": "delivered"}).as_object().unwrap()));
        assert!(!rule(became).holds(None, json!({"state": "delivered", "late": true}).as_object().unwrap()));
    }

    #[test]
    fn every_operator_asks_what_it_says() {
        let shipment = json!({
            "state": "in_transit", "tag": ["vip", "gift"], "value": {"amount": "120.00", "currency": "GBP"}, "hours_late": 2.5,
            "local_time": "10:30", "late": true, "reason": null, "metadata.tier": "gold", "metadata.points": 7,
        });
        let table = [
            (json!({"field": "tag", "is": "vip"}), true),
            (json!({"field": "tag", "is": "trade"}), false),
            (json!({"field": "tag", "in": ["trade", "gift"]}), true),
            (json!({"not": {"field": "tag", "is": "vip"}}), false),
            (json!({"field": "value", "above": 100}), true),
            (json!({"field": "value", "is": "120"}), true),
            (json!({"field": "value", "below": 120}), false),
            (json!({"field": "hours_late", "above": 2}), true),
            (json!({"field": "hours_silent", "below": 2}), false),
            (json!({"field": "local_time", "after": "10:30"}), true),
            (json!({"field": "local_time", "after": "10:31"}), false),
            (json!({"field": "reason", "is": null}), true),
            (json!({"field": "service", "is": null}), true),
            (json!({"field": "metadata.tier", "is": "gold"}), true),
            (json!({"field": "metadata.points", "above": 6.5}), true),
            (json!({"any": [{"field": "late", "is": false}, {"field": "state", "in": ["lost", "in_transit"]}]}), true),
        ];
        for (value, expected) in table {
            assert_eq!(rule(value.clone()).holds(None, shipment.as_object().unwrap()), expected, "{value}");
            assert_eq!(rule(rule(value.clone()).to_json()), rule(value.clone()), "{value}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place() {
        let deep = (0..20).fold(json!({"field": "late", "is": true}), |inner, _| json!({ "not": inner }));
        let table = [
            (json!([]), ""),
            (json!({}), ""),
            (json!({"all": []}), "/all"),
            (json!({"all": [{"field": "late", "is": true}], "any": []}), "/any"),
            (json!({"all": [{"field": "late", "is": true}, {"field": "lateness", "is": true}]}), "/all/1/field"),
            (json!({"field": "late", "is": "yes"}), "/is"),
            (json!({"field": "late", "equals": true}), "/equals"),
            (json!({"field": "late", "became": true, "is": true}), "/is"),
            (json!({"field": "late"}), ""),
            (json!({"is": true}), "/field"),
            (json!({"when": true}), "/when"),
            (json!({"not": {"field": "state", "is": "deliverd"}}), "/not/is"),
            (json!({"field": "state", "in": ["delivered", 3]}), "/in/1"),
            (json!({"field": "state", "above": 3}), "/above"),
            (json!({"field": "state", "after": "10:00"}), "/after"),
            (json!({"field": "local_time", "after": "25:00"}), "/after"),
            (json!({"field": "local_time", "is": "10:00"}), "/is"),
            (json!({"field": "metadata.", "is": 1}), "/field"),
            (json!({"a/b": 1}), "/a~1b"),
        ];
        for (value, pointer) in table {
            assert_eq!(Rule::parse(&value).map_err(|e| e.pointer), Err(pointer.to_owned()), "{value}");
        }
        assert!(Rule::parse(&deep).is_err());
    }

    #[test]
    fn conditions_on_the_clock_say_when_to_look_again() {
        let value = json!({"all": [
            {"field": "hours_late", "above": 4},
            {"not": {"field": "hours_silent", "below": 48}},
            {"any": [{"field": "local_time", "after": "10:00"}, {"field": "late", "is": true}]},
        ]});
        let expected =
            [TimeThreshold::HoursLate(4.0), TimeThreshold::HoursSilent(48.0), TimeThreshold::LocalTime(parse_clock("10:00").unwrap())];
        assert_eq!(rule(value).time_thresholds(), expected);
    }
}
