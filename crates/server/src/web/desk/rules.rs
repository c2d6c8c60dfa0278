//! Rules: what is told to whom and what alerts the agents, and the editor of one.

use askama::Template;

use super::{Empty, Step, frame::Frame, pill::Pill, samples};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/rules.html")]
pub struct RulesView {
    pub frame: Frame,
    pub groups: Vec<RuleGroup>,
    pub empty: Option<Empty>,
}

#[derive(Clone, Debug)]
pub struct RuleGroup {
    pub id: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub rows: Vec<RuleLine>,
}

#[derive(Clone, Debug)]
pub struct RuleLine {
    pub id: String,
    pub name: String,
    /// "When it is delivered".
    pub when: String,
    /// "E-mail “Delivered” to buyer and recipient".
    pub sends: String,
    pub enabled: bool,
    /// "Never for Evri".
    pub warnings: Vec<Pill>,
}

/// A choice of a list: value, words, whether it is chosen.
pub type Choice = (String, String, bool);

#[derive(Clone, Debug, Template)]
#[template(path = "desk/rule.html")]
pub struct RuleView {
    pub frame: Frame,
    pub heading: String,
    /// Where the form is shown again (GET) …
    pub action: String,
    /// … and where it is kept (POST).
    pub keep: String,
    /// Of a rule that is kept.
    pub id: Option<String>,
    pub name: String,
    pub enabled: bool,
    /// By heading.
    pub moments: Vec<(&'static str, Vec<Choice>)>,
    pub conditions: Vec<ConditionLine>,
    /// Instead of moment and conditions: what the form cannot say.
    pub json: Option<String>,
    pub outcomes: Vec<Choice>,
    pub alerts: bool,
    pub kind: String,
    pub to_buyer: bool,
    pub to_recipient: bool,
    /// Proposals while a value is typed.
    pub proposals: Vec<(String, String)>,
    pub problems: Vec<String>,
    /// "When it is delivered: e-mail “Delivered” to buyer and recipient".
    pub sentence: String,
    /// Of carriers that the rule never fires for, or only perhaps.
    pub warnings: Vec<String>,
    /// "It would have fired 3 times among the newest 48 parcels."
    pub fired: String,
    pub fired_for: Vec<Step>,
    pub letter: Option<Letter>,
}

#[derive(Clone, Debug)]
pub struct ConditionLine {
    pub fields: Vec<Choice>,
    pub operators: Vec<Choice>,
    pub value: String,
}

/// The message, about a sample order.
#[derive(Clone, Debug)]
pub struct Letter {
    pub subject: String,
    pub html: String,
    pub text: String,
}

impl RulesView {
    pub fn nothing() -> Empty {
        Empty {
            icon: "note",
            title: "No rule yet".into(),
            why: "A rule says what happens to a parcel, and who is told. Without one nobody hears anything from here.".into(),
            next: Some(Step::new("/desk/rules/new", "Make the first rule")),
        }
    }

    pub fn samples() -> Vec<(&'static str, RulesView)> {
        let line = |name: &str, when: &str, sends: &str, enabled, warnings| RuleLine {
            id: "rul_1".into(),
            name: name.into(),
            when: when.into(),
            sends: sends.into(),
            enabled,
            warnings,
        };
        let told = vec![
            line("Tell the shopper: delivered", "When it is delivered", "E-mail “Delivered” to buyer and recipient", true, vec![]),
            line(
                "Last attempt failed",
                "When its state is “Final delivery attempt”",
                "E-mail “Action needed” to the recipient",
                false,
                vec![Pill::new("warn", "watch", "Never for Royal Mail")],
            ),
        ];
        let groups =
            vec![RuleGroup { id: "told", title: "Shoppers are told", about: "One message to a person about a change.", rows: told }];
        vec![
            ("rules", RulesView { frame: samples::frame("Rules", "rules"), groups, empty: None }),
            ("rules_empty", RulesView { frame: samples::frame("Rules", "rules"), groups: vec![], empty: Some(Self::nothing()) }),
        ]
    }
}

impl RuleView {
    pub fn samples() -> Vec<(&'static str, RuleView)> {
        let choice = |words: &str, chosen| (words.to_lowercase(), words.to_string(), chosen);
        let condition = |field: &str, value: &str| ConditionLine {
            fields: vec![choice(field, true)],
            operators: vec![choice("is", true)],
            value: value.into(),
        };
        let view = RuleView {
            frame: samples::frame("Late on the van", "rules"),
            heading: "Late on the van".into(),
            action: "/desk/rules/rul_1".into(),
            keep: "/desk/rules/rul_1".into(),
            id: Some("rul_1".into()),
            name: "Late on the van".into(),
            enabled: true,
            moments: vec![("Worked out", vec![choice("it becomes late", true), choice("it is found again", false)])],
            conditions: vec![condition("carrier", "evri"), condition("value", "")],
            json: None,
            outcomes: vec![choice("Late", true)],
            alerts: false,
            kind: String::new(),
            to_buyer: true,
            to_recipient: false,
            proposals: vec![("evri".into(), "Evri".into())],
            problems: vec![],
            sentence: "When it becomes late and carrier is Evri: e-mail “Late” to the buyer.".into(),
            warnings: vec!["This rule can never fire for Royal Mail.".into()],
            fired: "It would have fired 3 times among the newest 48 parcels.".into(),
            fired_for: vec![Step::new("/desk/shipments/shp_1", "TP-1042")],
            letter: Some(Letter {
                subject: "Your order is running late".into(),
                html: "<p>Running late</p>".into(),
                text: "Running late".into(),
            }),
        };
        let json = RuleView {
            json: Some("{\n  \"any\": []\n}".into()),
            problems: vec!["Conditions: must be a list of at least one rule".into()],
            letter: None,
            ..view.clone()
        };
        vec![("rule", view), ("rule_json", json)]
    }
}
