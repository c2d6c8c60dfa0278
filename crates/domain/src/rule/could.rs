//! Whether a rule could ever hold, of something of which only a part is known.

use serde_json::Value;

use super::{Leaf, Operator, Rule, equals};

impl Rule {
    /// Whether the rule could be true of something of which only this is known; what is not known may be anything.
    pub fn could_hold(&self, known: &dyn Fn(&str) -> Option<Value>) -> bool {
        self.verdict(known) != Some(false)
    }

    /// `None`: it depends on what is not known.
    fn verdict(&self, known: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
        let each = |rules: &[Rule]| rules.iter().map(|r| r.verdict(known)).collect::<Vec<_>>();
        match self {
            Rule::All(rules) => all(&each(rules)),
            Rule::Any(rules) => all(&each(rules).into_iter().map(|v| v.map(|v| !v)).collect::<Vec<_>>()).map(|none| !none),
            Rule::Not(rule) => rule.verdict(known).map(|v| !v),
            Rule::Leaf(leaf) => leaf.verdict(known),
        }
    }
}

/// False if one is, true if all are.
fn all(verdicts: &[Option<bool>]) -> Option<bool> {
    if verdicts.contains(&Some(false)) {
        return Some(false);
    }
    verdicts.iter().all(|v| *v == Some(true)).then_some(true)
}

impl Leaf {
    fn verdict(&self, known: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
        let value = known(&self.field)?;
        match &self.operator {
            Operator::Is(wanted) => Some(equals(Some(&value), wanted)),
            Operator::In(list) => Some(list.iter().any(|wanted| equals(Some(&value), wanted))),
            // Whether it was so before is not known.
            Operator::Became(wanted) => {
                if equals(Some(&value), wanted) {
                    None
                } else {
                    Some(false)
                }
            }
            Operator::Above(_) | Operator::Below(_) | Operator::After(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_may_be_anything() {
        let known = |field: &str| match field {
            "state" => Some(json!("in_transit")),
            "carrier" => Some(json!("evri")),
            _ => None,
        };
        let table = [
            (json!({"field": "state", "is": "in_transit"}), true),
            (json!({"field": "state", "became": "in_transit"}), true),
            (json!({"field": "state", "became": "delivered"}), false),
            (json!({"field": "late", "is": true}), true),
            (json!({"all": [{"field": "late", "is": true}, {"field": "state", "is": "delivered"}]}), false),
            (json!({"any": [{"field": "late", "is": true}, {"field": "state", "is": "delivered"}]}), true),
            (json!({"any": [{"field": "state", "is": "lost"}, {"field": "state", "is": "delivered"}]}), false),
            (json!({"not": {"field": "state", "is": "in_transit"}}), false),
            (json!({"not": {"field": "state", "became": "in_transit"}}), true),
            (json!({"not": {"field": "carrier", "in": ["evri", "ups"]}}), false),
        ];
        for (rule, could) in table {
            assert_eq!(Rule::parse(&rule).unwrap().could_hold(&known), could, "{rule}");
        }
    }
}
