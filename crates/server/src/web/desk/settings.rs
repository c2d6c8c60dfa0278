//! Every setting by scope, and where each value comes from: what holds here because it was set here, and what is laid under it.

use askama::Template;

use super::{Step, frame::Frame, samples};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/settings.html")]
pub struct SettingsView {
    pub frame: Frame,
    /// As in the address: `retailer`, `carrier:evri`.
    pub scope: String,
    pub scope_words: String,
    pub scopes: Vec<ScopeGroup>,
    pub groups: Vec<SettingGroup>,
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ScopeGroup {
    pub title: String,
    pub scopes: Vec<Scope>,
}

#[derive(Clone, Debug)]
pub struct Scope {
    pub link: Step,
    pub chosen: bool,
    /// How many settings are set at this scope itself.
    pub own: String,
}

#[derive(Clone, Debug)]
pub struct SettingGroup {
    pub title: String,
    pub meaning: String,
    pub settings: Vec<Setting>,
}

#[derive(Clone, Debug)]
pub struct Setting {
    pub key: String,
    pub label: String,
    pub meaning: String,
    /// As it is typed: `24h`, `true`, `08:00-20:00`.
    pub value: String,
    pub field: Field,
    /// "set here by Maya Okafor on 12 Nov", "preset sorted", "set for the retailer".
    pub source: String,
    /// Set at this very scope, so that it can be reset.
    pub own: bool,
    /// What would hold after a reset.
    pub beneath: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    Text,
    Number,
    Switch,
    Choice(Vec<String>),
}

impl Field {
    pub fn choices(&self) -> Vec<String> {
        match self {
            Field::Switch => vec!["true".into(), "false".into()],
            Field::Choice(choices) => choices.clone(),
            Field::Text | Field::Number => vec![],
        }
    }
    pub fn input_mode(&self) -> &'static str {
        if *self == Field::Number { "decimal" } else { "text" }
    }
}

impl SettingsView {
    pub fn samples() -> Vec<(&'static str, SettingsView)> {
        let scope = |id: &str, label: &str, own: &str| Scope {
            link: Step::new(format!("/desk/settings/{id}"), label),
            chosen: id == "carrier:evri",
            own: own.into(),
        };
        let scopes = vec![
            ScopeGroup { title: "Widest".into(), scopes: vec![scope("retailer", "Northway Home (retailer)", "3")] },
            ScopeGroup {
                title: "Brands".into(),
                scopes: vec![scope("brand:northway", "Northway Home", ""), scope("brand:northway_kids", "Northway Kids", "1")],
            },
            ScopeGroup {
                title: "Carriers".into(),
                scopes: vec![scope("carrier:evri", "Evri", "1"), scope("carrier:royalmail", "Royal Mail", "")],
            },
        ];
        vec![(
            "settings",
            SettingsView {
                frame: samples::frame("Settings", "settings"),
                scope: "carrier:evri".into(),
                scope_words: "Evri".into(),
                scopes,
                groups: sample_groups(),
                problem: None,
            },
        )]
    }
}

fn sample_groups() -> Vec<SettingGroup> {
    let setting = |key: &str, label: &str, meaning: &str, value: &str, field, source: &str| Setting {
        key: key.into(),
        label: label.into(),
        meaning: meaning.into(),
        value: value.into(),
        field,
        source: source.into(),
        own: source.starts_with("set here"),
        beneath: "24h".into(),
    };
    vec![
        SettingGroup {
            title: "May be missing".into(),
            meaning: "How long a parcel may be silent while we wait for the carrier.".into(),
            settings: vec![
                setting(
                    "missing.first_scan_after",
                    "No first scan after hand-over",
                    "Until the first physical scan.",
                    "12h",
                    Field::Text,
                    "preset sorted",
                ),
                setting(
                    "missing.silence_domestic",
                    "Silence within a country",
                    "After the last event of any kind.",
                    "36h",
                    Field::Text,
                    "set here by Maya Okafor on 12 Nov",
                ),
                setting(
                    "missing.silence_international",
                    "Silence across borders",
                    "After the last event of any kind.",
                    "72h",
                    Field::Text,
                    "preset sorted",
                ),
                setting(
                    "missing.suspend_when_feed_down",
                    "Suspend while the carrier's feed is down",
                    "No alert is better than a thousand wrong ones.",
                    "true",
                    Field::Switch,
                    "preset sorted",
                ),
            ],
        },
        SettingGroup {
            title: "Telling".into(),
            meaning: "When shoppers are told, and how long customer service knows first.".into(),
            settings: vec![
                setting(
                    "telling.head_start",
                    "Head start",
                    "How long the alert is in the queue before the shopper is told.",
                    "60 min",
                    Field::Text,
                    "set for the retailer",
                ),
                setting(
                    "telling.late_hours",
                    "Hours in which lateness is told",
                    "The shopper's own time.",
                    "08:00-20:00",
                    Field::Text,
                    "preset sorted",
                ),
                setting(
                    "telling.calendar",
                    "Calendar",
                    "Which hours count.",
                    "every_hour",
                    Field::Choice(vec!["every_hour".into(), "carrier".into()]),
                    "preset sorted",
                ),
            ],
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_set_here_can_be_reset_here() {
        let html = SettingsView::samples().remove(0).1.render().unwrap();
        assert_eq!(html.matches("/desk/settings/carrier:evri/reset").count(), 1);
        assert!(html.contains("preset sorted") && html.contains("set for the retailer"));
    }
}
