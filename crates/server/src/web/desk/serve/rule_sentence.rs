//! A rule as a sentence.

use serde_json::{Value, json};
use whereabouts_domain::rule::{self, Holds, Leaf, Operator, Rule};

use super::rule_form::{Condition, MOMENTS, OPERATORS, field_words, moment_of, value_words};
use crate::following::carrier_name;

/// "it is delivered, the carrier is Evri and the value is above 100".
pub fn sentence(rule: &Rule) -> String {
    match rule {
        Rule::All(rules) => listed(&rules.iter().map(part).collect::<Vec<_>>(), "and"),
        Rule::Any(rules) => listed(&rules.iter().map(part).collect::<Vec<_>>(), "or"),
        other => part(other),
    }
}

fn part(rule: &Rule) -> String {
    match rule {
        Rule::Leaf(leaf) => leaf_words(leaf, false),
        Rule::Not(inner) => match &**inner {
            Rule::Leaf(leaf) => leaf_words(leaf, true),
            other => format!("not ({})", sentence(other)),
        },
        other => format!("({})", sentence(other)),
    }
}

fn leaf_words(leaf: &Leaf, is_turned: bool) -> String {
    let moment = moment_of(leaf);
    if let Some((field, value)) = moment.as_deref().and_then(|m| m.split_once(':')) {
        let not = if is_turned { "not when " } else { "" };
        let known = MOMENTS.iter().flat_map(|(_, all)| all.iter()).find(|(f, v, _)| *f == field && *v == value);
        let words = known.map_or_else(|| format!("the {field} becomes “{}”", value_words(field, &json!(value))), |known| known.2.into());
        return format!("{not}{words}");
    }
    match (&leaf.operator, rule::holds(&leaf.field)) {
        (Operator::Is(Value::Bool(yes)), Some(Holds::YesNo)) => {
            let not = if *yes == is_turned { "not " } else { "" };
            match leaf.field.as_str() {
                "may_be_missing" => format!("it may {not}be missing"),
                field => format!("it is {not}{}", field_words(field)),
            }
        }
        _ => match Condition::of(leaf, is_turned) {
            Some(c) => {
                let operator = OPERATORS.iter().find(|o| o.0 == c.operator).map_or("is", |o| o.1);
                let value = match leaf.field.as_str() {
                    "carrier" => c.value.split(", ").map(carrier_name).collect::<Vec<_>>().join(", "),
                    _ => c.value,
                };
                format!("{} {operator} {value}", field_words(&leaf.field))
            }
            None => format!("{} is unusual", field_words(&leaf.field)),
        },
    }
}

/// "a, b and c".
fn listed(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(when: Value) -> String {
        sentence(&Rule::parse(&when).unwrap())
    }

    #[test]
    fn a_rule_is_read_as_a_sentence() {
        for (words, when) in [
            ("it is delivered", json!({"field": "milestone", "became": "delivered"})),
            ("it is found again", json!({"field": "may_be_missing", "became": false})),
            ("the state becomes “Lost”", json!({"field": "state", "became": "lost"})),
            (
                "it becomes late, carrier is Evri and value is above 100",
                json!({"all": [{"field": "late", "became": true}, {"field": "carrier", "is": "evri"}, {"field": "value", "above": 100}]}),
            ),
            (
                "it is shipped and not when it is found again",
                json!({"all": [{"field": "milestone", "became": "in_transit"}, {"not": {"field": "may_be_missing", "became": false}}]}),
            ),
            (
                "it is not late or (it may be missing and time where the shopper lives is before 10:00)",
                json!({"any": [{"field": "late", "is": false},
                    {"all": [{"field": "may_be_missing", "is": true}, {"not": {"field": "local_time", "after": "10:00"}}]}]}),
            ),
        ] {
            assert_eq!(said(when), words);
        }
    }
}
