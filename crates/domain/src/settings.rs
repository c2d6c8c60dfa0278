//! Every default of the product as a setting: typed, with both presets, laid over one another from wide to narrow.
//! One table says what there is; struct, checks, API answer and documentation follow from it. Adding a setting is one row.

mod readable;

use std::{collections::BTreeMap, sync::OnceLock};

use jiff::civil::{Time, Weekday};
use serde::Serialize;
use serde_json::Value;

use self::readable::Readable;
pub use crate::scope::{Scope, scopes_for};
use crate::{Attention, State, feed::Outage};

/// What one scope says, by key. Only keys that [`check`] accepts are ever stored.
pub type Layer = BTreeMap<String, Value>;

/// Every value in force, by key, with the scope (or `preset:sorted`) that it comes from.
pub type Sources = BTreeMap<&'static str, (Value, String)>;

/// What a setting's value looks like. It decides the control in the admin screen and the limits in [`check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number, fractions allowed, above 0 and at most a year of hours.
    Hours,
    /// A whole number of minutes, at most a month of them.
    Minutes,
    /// A whole number of days, at most ten years of them.
    Days,
    /// A whole number, at most a million.
    Count,
    /// `"08:00"`.
    Clock,
    /// `"08:00"`, or null for "off".
    ClockOrOff,
    /// `"every_hour"` or `"carrier"`.
    Calendar,
    /// `"history"` or `"clock"`.
    MissingBy,
    /// An IANA zone name.
    Zone,
    /// ISO 3166-1 alpha-2.
    Country,
    /// A list of whole days, most first.
    DaysList,
    /// `[{"from":T,"until":T|null}]`.
    Outages,
    /// `{site: "18:00"}` or `{site: {"at":"18:00","weekdays":["mon",…]}}`.
    CollectionTimes,
    /// `{state: attention}`.
    StateAttention,
    /// `{state: label}`.
    StateLabels,
    /// `{service: days}`.
    DaysByService,
}

impl Kind {
    /// Narrower layers add to a map instead of replacing it; an entry of null takes one away.
    fn is_map(self) -> bool {
        matches!(self, Kind::CollectionTimes | Kind::StateAttention | Kind::StateLabels | Kind::DaysByService)
    }
}

/// One row of the table of settings. The defaults are JSON text.
#[derive(Debug, Serialize)]
pub struct SettingInfo {
    pub key: &'static str,
    pub kind: Kind,
    pub unit: &'static str,
    pub help: &'static str,
    #[serde(skip)]
    sorted: &'static str,
    #[serde(skip)]
    uk_retail: &'static str,
}

impl SettingInfo {
    /// The value that a preset gives it.
    pub fn default_of(&self, preset: Preset) -> Value {
        let text = match preset {
            Preset::Sorted => self.sorted,
            Preset::UkRetail => self.uk_retail,
        };
        serde_json::from_str(text).expect("the table of settings holds JSON")
    }
}

macro_rules! settings {
    ($($key:ident: $type:ty, $kind:ident, $unit:literal, $sorted:literal / $uk:literal, $help:literal;)*) => {
        /// The settings that hold for one shipment, after laying retailer, brand, carrier, service, lane and type over the preset.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings { $(#[doc = $help] pub $key: $type),* }

        static CATALOGUE: &[SettingInfo] = &[$(SettingInfo {
            key: stringify!($key), kind: Kind::$kind, unit: $unit, help: $help, sorted: $sorted, uk_retail: $uk,
        }),*];

        impl Settings {
            fn from_preset(preset: Preset) -> Settings {
                let value = |key: &str| info(key).expect("every field has its row").default_of(preset);
                Settings { $($key: Readable::read(&value(stringify!($key)), Kind::$kind).expect("a built-in default can be read")),* }
            }
            fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
                match key {
                    $(stringify!($key) => self.$key = Readable::read(value, Kind::$kind)?,)*
                    _ => return Err(format!("there is no setting `{key}`")),
                }
                Ok(())
            }
        }

        /// Whether a value may be stored under a key, or why not.
        pub fn check(key: &str, value: &Value) -> Result<(), String> {
            match key {
                $(stringify!($key) => <$type as Readable>::read(&without_removals(Kind::$kind, value), Kind::$kind).map(|_| ()),)*
                _ => Err(format!("there is no setting `{key}`")),
            }
        }
    };
}

// key: type, kind, unit, default in `sorted` / in `uk_retail`, help
settings! {
    first_scan_hours: f64, Hours, "h", "12" / "12", "May be missing when no physical event came this long after the hand-over.";
    silence_hours_domestic: f64, Hours, "h", "24" / "24", "May be missing after this much silence when origin and destination country are the same.";
    silence_hours_international: f64, Hours, "h", "72" / "72", "May be missing after this much silence when origin and destination country differ.";
    missing_by: MissingBy, MissingBy, "", "\"history\"" / "\"history\"", "What silence is too long: what the history of carrier and lane says, once enough of it is known, or the fixed hours above alone.";
    calendar: CalendarUse, Calendar, "", "\"every_hour\"" / "\"carrier\"", "Which hours count as silence: every hour, or the carriers' working days of both nations.";
    feed_down: Vec<Outage>, Outages, "", "[]" / "[]", "When the carrier's whole feed was or is down. Silence does not grow meanwhile; flags already raised stay.";
    feed_grace_minutes: i64, Minutes, "min", "120" / "120", "When a feed that went quiet speaks again, silence grows only after this long: what was held back comes first.";
    at_risk_if_not_out_by: Option<Time>, ClockOrOff, "recipient's time", "null" / "\"11:00\"", "At risk when it is not out for delivery by this time on the promised day.";
    at_risk_false_alarms: i64, Count, "", "3" / "3", "At risk by forecast: so many false alarms are worth one late parcel known beforehand. 3 flags a chance of 25 % or more, 0 none.";
    late_grace_minutes: i64, Minutes, "min", "0" / "120", "Lateness is told only after this grace, in which a scan told late cancels it.";
    head_start_minutes: i64, Minutes, "min", "0" / "60", "The alert stands in the agents' queue this long before the shopper is told.";
    tell_from: Time, Clock, "shopper's time", "\"08:00\"" / "\"08:00\"", "Lateness is told from this time of day.";
    tell_until: Time, Clock, "shopper's time", "\"20:00\"" / "\"20:00\"", "Lateness is told until this time of day.";
    tell_max_age_hours: i64, Count, "h", "24" / "24", "Nothing older than this is told.";
    merge_minutes: i64, Minutes, "min", "30" / "30", "Changes of one order within this time are told in one message.";
    rest_days_domestic: i64, Days, "days", "7" / "7", "The evaluation rests after this much silence (same country, or a country unknown).";
    rest_days_international: i64, Days, "days", "10" / "10", "The evaluation rests after this much silence (countries differ).";
    rest_days_terminal: i64, Days, "days", "3" / "3", "The evaluation rests this long after the end.";
    unmatched_days: i64, Days, "days", "60" / "60", "How long events for numbers nobody registered are kept.";
    received_days: i64, Days, "days", "3" / "3", "How long payloads are kept as they came, so that they can be looked at.";
    match_before_days: i64, Days, "days", "14" / "14", "Events this long before shipping still belong to the shipment.";
    match_after_days: i64, Days, "days", "60" / "60", "Events this long after the last event still belong to the shipment.";
    reschedule_wait_days: i64, Days, "days", "3" / "3", "How long a new delivery day is waited for when the carrier told no slot.";
    act_by_default_days: i64, Days, "days", "7" / "7", "Collect within so many days when the carrier named no day; 0 for no such limit.";
    act_by_remind_days_before: Vec<i64>, DaysList, "days", "[2,1]" / "[2,1]", "Remind the shopper so many days before the act-by day; the last one is the final reminder.";
    act_by_remind_at: Time, Clock, "recipient's time", "\"09:00\"" / "\"09:00\"", "Reminders are due at this time of day.";
    zone: String, Zone, "", "\"Europe/London\"" / "\"Europe/London\"", "The zone where the recipient's cannot be told from country and postcode.";
    home_country: String, Country, "", "\"GB\"" / "\"GB\"", "Whose working days count where neither origin nor destination country is known.";
    collection_times: BTreeMap<String, CollectionTime>, CollectionTimes, "site's time", "{}" / "{}", "When the carrier collects at each site (Monday to Friday unless weekdays are named).";
    transit_days: BTreeMap<String, i64>, DaysByService, "days", "{}" / "{}", "How long each service takes; the despatch-by day is the promise less this.";
    transit_days_default: i64, Days, "days", "1" / "1", "How long a service takes that is not listed in transit_days.";
    state_attention: BTreeMap<State, Attention>, StateAttention, "", "{}" / "{}", "Attention by state where it differs from the catalogue.";
    state_labels: BTreeMap<State, String>, StateLabels, "", "{}" / "{}", "Words shown for a state where they differ from the catalogue.";
    lookup_tries_per_hour: i64, Count, "1/h", "30" / "30", "How often one address may look up orders by number and e-mail or postcode.";
}

/// The two sets of defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// The seed vendor's numbers; every hour of every day counts.
    #[default]
    Sorted,
    /// Carrier calendars by nation and softer numbers.
    UkRetail,
}

impl Preset {
    pub fn id(self) -> &'static str {
        match self {
            Preset::Sorted => "sorted",
            Preset::UkRetail => "uk_retail",
        }
    }
    pub fn parse(id: &str) -> Option<Preset> {
        [Preset::Sorted, Preset::UkRetail].into_iter().find(|p| p.id() == id)
    }
    /// The settings with nothing laid over them.
    pub fn settings(self) -> &'static Settings {
        static SORTED: OnceLock<Settings> = OnceLock::new();
        static UK_RETAIL: OnceLock<Settings> = OnceLock::new();
        match self {
            Preset::Sorted => SORTED.get_or_init(|| Settings::from_preset(Preset::Sorted)),
            Preset::UkRetail => UK_RETAIL.get_or_init(|| Settings::from_preset(Preset::UkRetail)),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Preset::Sorted.settings().clone()
    }
}

impl Settings {
    pub fn attention_of(&self, state: State) -> Attention {
        self.state_attention.get(&state).copied().unwrap_or(state.info().attention)
    }
    pub fn label_of(&self, state: State) -> &str {
        self.state_labels.get(&state).map_or(state.label(), String::as_str)
    }
    pub fn transit_days_of(&self, service: Option<&str>) -> i64 {
        service.and_then(|s| self.transit_days.get(s)).copied().unwrap_or(self.transit_days_default)
    }
    /// The chance of being late from which a parcel is at risk: where missing it costs as much as the false alarms.
    pub fn at_risk_from(&self) -> Option<f64> {
        (self.at_risk_false_alarms > 0).then(|| 1.0 / (1.0 + self.at_risk_false_alarms as f64))
    }
}

/// Every setting there is, in the order of the admin screen.
pub fn catalogue() -> &'static [SettingInfo] {
    CATALOGUE
}

pub fn info(key: &str) -> Option<&'static SettingInfo> {
    CATALOGUE.iter().find(|row| row.key == key)
}

/// Lays layers over a preset, wide ones first (see [`scopes_for`]), and says where each value comes from. What a layer
/// holds that this version does not understand is passed over: it was checked when it was stored, and a newer version may have stored it.
pub fn resolve(preset: Preset, layers: &[(String, &Layer)]) -> (Settings, Sources) {
    let mut settings = preset.settings().clone();
    let from = format!("preset:{}", preset.id());
    let mut sources: Sources = CATALOGUE.iter().map(|row| (row.key, (row.default_of(preset), from.clone()))).collect();
    for (scope, layer) in layers {
        for (key, value) in layer.iter() {
            let Some(row) = info(key) else { continue };
            let Some(source) = sources.get_mut(row.key) else { continue };
            let mut merged = if row.kind.is_map() { source.0.clone() } else { value.clone() };
            if row.kind.is_map() {
                overlay(&mut merged, value);
            }
            if settings.set(row.key, &merged).is_ok() {
                *source = (merged, scope.clone());
            }
        }
    }
    (settings, sources)
}

fn overlay(map: &mut Value, patch: &Value) {
    let (Value::Object(map), Value::Object(patch)) = (map, patch) else { return };
    for (key, value) in patch {
        if value.is_null() {
            map.remove(key);
        } else {
            map.insert(key.clone(), value.clone());
        }
    }
}

fn without_removals(kind: Kind, value: &Value) -> Value {
    match value {
        Value::Object(map) if kind.is_map() => {
            Value::Object(map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        other => other.clone(),
    }
}

/// Which hours count as silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarUse {
    EveryHour,
    Carrier,
}

/// What decides that a silence is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingBy {
    /// What is normal for the carrier and the lane, once enough is known of them; until then the clock.
    History,
    Clock,
}

/// When the carrier collects at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionTime {
    pub at: Time,
    /// Empty means Monday to Friday.
    pub weekdays: Vec<Weekday>,
}

impl CollectionTime {
    pub fn is_on(&self, day: Weekday) -> bool {
        match self.weekdays.as_slice() {
            [] => !matches!(day, Weekday::Saturday | Weekday::Sunday),
            days => days.contains(&day),
        }
    }
}

/// `mon` … `sun`.
pub fn parse_weekday(text: &str) -> Option<Weekday> {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let place = names.iter().position(|n| *n == text)?;
    Weekday::from_monday_zero_offset(place as i8).ok()
}

/// `HH:MM`.
pub fn parse_clock(text: &str) -> Option<Time> {
    let (h, m) = text.split_once(':')?;
    if h.len() != 2 || m.len() != 2 {
        return None;
    }
    Time::new(h.parse().ok()?, m.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layer(value: Value) -> Layer {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_presets_hold_the_numbers_of_the_contract() {
        let (sorted, uk) = (Preset::Sorted.settings(), Preset::UkRetail.settings());
        assert_eq!((sorted.first_scan_hours, sorted.silence_hours_domestic, sorted.silence_hours_international), (12.0, 24.0, 72.0));
        assert_eq!((sorted.late_grace_minutes, uk.late_grace_minutes), (0, 120));
        assert_eq!((sorted.head_start_minutes, uk.head_start_minutes), (0, 60));
        assert_eq!((sorted.calendar, uk.calendar), (CalendarUse::EveryHour, CalendarUse::Carrier));
        assert_eq!((sorted.at_risk_if_not_out_by, uk.at_risk_if_not_out_by), (None, parse_clock("11:00")));
        let differ: Vec<&str> = catalogue().iter().filter(|r| r.sorted != r.uk_retail).map(|r| r.key).collect();
        assert_eq!(differ, ["calendar", "at_risk_if_not_out_by", "late_grace_minutes", "head_start_minutes"]);
    }

    #[test]
    fn the_narrowest_layer_wins_and_is_named() {
        let retailer = layer(json!({"silence_hours_domestic": 30, "state_labels": {"delivered": "Here!", "lost": "Gone"}}));
        let carrier = layer(json!({"silence_hours_domestic": 36.5, "state_labels": {"lost": null}}));
        let (settings, sources) = resolve(Preset::UkRetail, &[("retailer".into(), &retailer), ("carrier:evri".into(), &carrier)]);
        assert_eq!(settings.silence_hours_domestic, 36.5);
        assert_eq!(sources["silence_hours_domestic"], (json!(36.5), "carrier:evri".to_owned()));
        assert_eq!(sources["first_scan_hours"], (json!(12), "preset:uk_retail".to_owned()));
        assert_eq!(settings.label_of(State::Delivered), "Here!");
        assert_eq!(settings.label_of(State::Lost), "Lost");
    }

    #[test]
    fn a_wrong_value_is_refused_with_a_sentence() {
        let table = [
            ("first_scan_hours", json!(0), false),
            ("first_scan_hours", json!(0.5), true),
            ("late_grace_minutes", json!(-1), false),
            ("tell_from", json!("8am"), false),
            ("at_risk_if_not_out_by", json!(null), true),
            ("tell_from", json!(null), false),
            ("zone", json!("Europe/Lundon"), false),
            ("calendar", json!("carrier"), true),
            ("missing_by", json!("clock"), true),
            ("missing_by", json!("guess"), false),
            ("feed_down", json!(true), false),
            ("feed_down", json!([{"from": "2026-11-22T10:00:00Z"}]), true),
            ("collection_times", json!({"dc1": "18:00", "dc2": {"at": "17:30", "weekdays": ["sat"]}, "old": null}), true),
            ("collection_times", json!({"dc1": "18h"}), false),
            ("state_attention", json!({"delayed": "act"}), true),
            ("state_attention", json!({"delayd": "act"}), false),
            ("act_by_remind_days_before", json!([1, 2]), false),
            ("no_such_key", json!(1), false),
        ];
        for (key, value, good) in table {
            assert_eq!(check(key, &value).is_ok(), good, "{key} = {value}: {:?}", check(key, &value));
        }
    }
}
