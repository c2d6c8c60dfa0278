//! Settings by scope: shown with where each value comes from, set and taken back one at a time.

use axum::extract::Path;
use serde_json::{Map, Value, json};
use whereabouts_adapters::carrier;
use whereabouts_domain::{
    ShipmentType, scope,
    settings::{self, Kind, Preset, SettingInfo, Sources},
};

use super::{Answer, Desk, Fault, Form, after, quoted, toast};
use crate::{
    context::Context,
    flow::{self, FlowError},
    following::carrier_name,
    web::{
        api::settings::resting_on,
        desk::{
            Step,
            settings::{Field, Scope, ScopeGroup, Setting, SettingGroup, SettingsView},
        },
    },
};

/// (title, meaning, keys); what is in none of them stands under "More".
const GROUPS: &[(&str, &str, &[&str])] = &[
    (
        "May be missing",
        "How long a parcel may be silent while we wait for the carrier.",
        &["first_scan_hours", "silence_hours_domestic", "silence_hours_international", "calendar", "feed_down", "feed_grace_minutes"],
    ),
    (
        "Late and at risk",
        "When a promise is in danger, and when that is told.",
        &["at_risk_if_not_out_by", "at_risk_false_alarms", "late_grace_minutes", "head_start_minutes"],
    ),
    (
        "Telling",
        "When shoppers are told, and what is too old to be told.",
        &["tell_from", "tell_until", "tell_max_age_hours", "merge_minutes"],
    ),
    (
        "Collecting and new days",
        "What is asked of the shopper, and by when.",
        &["reschedule_wait_days", "act_by_default_days", "act_by_remind_days_before", "act_by_remind_at"],
    ),
    ("Despatch", "When an order should leave.", &["collection_times", "transit_days", "transit_days_default"]),
    ("Words and attention", "How states are called, and which need a person.", &["state_attention", "state_labels"]),
    ("Where and when", "What holds where nothing better is known.", &["zone", "home_country"]),
];

/// `GET /desk/settings/{scope}`
pub async fn get(desk: Desk, Path(scope): Path<String>) -> Answer {
    if scope::Scope::parse(&scope).is_none() || scope.contains('\0') {
        return Err(Fault::NotFound);
    }
    let ctx = &desk.ctx;
    let (_, sources) = ctx.sources_of(&resting_on(&scope));
    let beneath: Vec<String> = resting_on(&scope).into_iter().filter(|s| *s != scope).collect();
    let (_, beneath) = ctx.sources_of(&beneath);
    let setting = |info: &'static SettingInfo| shown(ctx, &scope, info, &sources, &beneath);
    let mut groups: Vec<SettingGroup> = Vec::new();
    for (title, meaning, keys) in GROUPS {
        let settings = keys.iter().filter_map(|key| settings::info(key)).map(setting).collect();
        groups.push(SettingGroup { title: (*title).into(), meaning: (*meaning).into(), settings });
    }
    let rest = settings::catalogue().iter().filter(|info| !GROUPS.iter().any(|g| g.2.contains(&info.key))).map(setting).collect();
    groups.push(SettingGroup { title: "More".into(), meaning: "How long things are kept, matched and watched.".into(), settings: rest });
    desk.show(&SettingsView {
        frame: desk.frame("Settings", "settings").await?,
        scope_words: scope_words(ctx, &scope),
        scopes: scopes(ctx, &scope),
        groups,
        problem: None,
        scope,
    })
}

fn shown(ctx: &Context, scope: &str, info: &'static SettingInfo, sources: &Sources, beneath: &Sources) -> Setting {
    let (value, from) = sources.get(info.key).cloned().unwrap_or((Value::Null, String::new()));
    let under = beneath.get(info.key).map_or(Value::Null, |(value, _)| value.clone());
    let own = from == scope;
    let source = match from.split_once(':') {
        _ if own => "set here".into(),
        Some(("preset", preset)) => format!("preset {preset}"),
        _ => format!("set for {}", scope_words(ctx, &from)),
    };
    let words = info.key.replace('_', " ");
    let label = words.chars().take(1).flat_map(char::to_uppercase).chain(words.chars().skip(1)).collect();
    let others: Vec<String> = [Preset::Sorted, Preset::UkRetail]
        .into_iter()
        .filter(|p| *p != ctx.preset && info.default_of(*p) != info.default_of(ctx.preset))
        .map(|p| format!("preset {}: {}", p.id(), typed(&info.default_of(p))))
        .collect();
    Setting {
        key: info.key.into(),
        label,
        meaning: [info.help.to_string(), unit(info), others.join("; ")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" "),
        value: typed(&value),
        field: field(info.kind),
        source,
        own,
        beneath: typed(&under),
    }
}

fn unit(info: &SettingInfo) -> String {
    if info.unit.is_empty() { String::new() } else { format!("({})", info.unit) }
}

fn field(kind: Kind) -> Field {
    match kind {
        Kind::Hours | Kind::Minutes | Kind::Days | Kind::Count => Field::Number,
        Kind::Calendar => Field::Choice(vec!["every_hour".into(), "carrier".into()]),
        Kind::MissingBy => Field::Choice(vec!["history".into(), "clock".into()]),
        _ => Field::Text,
    }
}

/// A value as it is typed.
fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "off".into(),
        other => other.to_string(),
    }
}

/// What was typed, as the setting's kind reads it.
fn read(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::ClockOrOff if text.is_empty() || text == "off" => Value::Null,
        Kind::Clock | Kind::ClockOrOff | Kind::Calendar | Kind::MissingBy | Kind::Zone | Kind::Country => json!(text),
        _ => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    }
}

fn scope_words(ctx: &Context, scope: &str) -> String {
    match scope.split_once(':') {
        None => format!("{} (retailer)", ctx.name),
        Some(("brand", id)) => ctx.brand(Some(id)).map_or_else(|| id.to_string(), |b| b.name.clone()),
        Some(("carrier", rest)) => match rest.split_once(':') {
            Some((carrier, service)) => format!("{}, {service}", carrier_name(carrier)),
            None => carrier_name(rest),
        },
        Some(("lane", lane)) => lane.replace('-', " to "),
        Some((_, other)) => other.replace('_', " "),
    }
}

fn scopes(ctx: &Context, chosen: &str) -> Vec<ScopeGroup> {
    let one = |scope: String| Scope {
        link: Step::new(format!("/desk/settings/{}", quoted(&scope).replace("%3A", ":").replace('+', "%20")), scope_words(ctx, &scope)),
        chosen: scope == chosen,
        own: ctx.layers.get(&scope).map(|l| l.len()).filter(|n| *n > 0).map_or_else(String::new, |n| n.to_string()),
    };
    let mut carriers: Vec<String> =
        carrier::ALL.iter().map(|c| c.card()).filter(|c| !c.aggregator).map(|c| format!("carrier:{}", c.id)).collect();
    let layered = |prefix: &str| ctx.layers.keys().filter(|s| s.starts_with(prefix)).cloned().collect::<Vec<String>>();
    carriers.extend(layered("carrier:"));
    let mut lanes = layered("lane:");
    if chosen.starts_with("lane:") {
        lanes.push(chosen.into());
    }
    if chosen.starts_with("carrier:") {
        carriers.push(chosen.into());
    }
    let group = |title: &str, mut scopes: Vec<String>| {
        scopes.sort();
        scopes.dedup();
        ScopeGroup { title: title.into(), scopes: scopes.into_iter().map(one).collect() }
    };
    let groups = vec![
        group("Widest", vec!["retailer".into()]),
        group("Brands", ctx.brands.iter().map(|b| format!("brand:{}", b.id)).collect()),
        group("Carriers", carriers),
        group("Lanes", lanes),
        group("Types of shipment", ShipmentType::ALL.into_iter().map(|t| format!("type:{}", t.id())).collect()),
    ];
    groups.into_iter().filter(|g| !g.scopes.is_empty()).collect()
}

fn back(scope: &str) -> String {
    format!("/desk/settings/{}", quoted(scope).replace("%3A", ":").replace('+', "%20"))
}

async fn put(desk: &Desk, scope: &str, key: &str, value: Value) -> Result<(), FlowError> {
    let patch = Value::Object(Map::from_iter([(key.to_string(), value)]));
    flow::configure::put_settings(&desk.app, desk.retailer(), scope, &patch).await
}

/// `POST /desk/settings/{scope}`
pub async fn set(desk: Desk, Path(scope): Path<String>, form: Form) -> Answer {
    let info = settings::info(form.get("key")).ok_or(Fault::NotFound)?;
    let done = put(&desk, &scope, info.key, read(info.kind, form.get("value"))).await;
    after(&back(&scope), done.map(|()| toast::done(format!("{} is {}", info.key.replace('_', " "), form.get("value")))))
}

/// `POST /desk/settings/{scope}/reset`
pub async fn reset(desk: Desk, Path(scope): Path<String>, form: Form) -> Answer {
    let info = settings::info(form.get("key")).ok_or(Fault::NotFound)?;
    let done = put(&desk, &scope, info.key, Value::Null).await;
    after(&back(&scope), done.map(|()| toast::done(format!("{} is taken back", info.key.replace('_', " ")))))
}
