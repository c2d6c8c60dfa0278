//! Schemas: what stands for something else in the files is put in its place. `"@states"` is a vocabulary of the product, `"@page X"` a page of a
//! list, `"@XFields"` a set of fields that two shapes share, `"@leaf FIELDS VALUES"` a condition on one field.

use serde_json::{Map, Value, json};
use whereabouts_domain::{
    Milestone, Reason, ShipmentType, State,
    settings::{self, Kind},
};

use crate::flow;

pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The words of a vocabulary, or nothing for a name that is none.
fn vocabulary(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "states" => State::ALL.iter().map(|s| s.id()).collect(),
        "milestones" => Milestone::ALL.map(Milestone::id).to_vec(),
        "reasons" => Reason::ALL.iter().map(|r| r.id()).collect(),
        "types" => ShipmentType::ALL.map(ShipmentType::id).to_vec(),
        "attentions" => vec!["none", "watch", "act"],
        "waiting" => vec!["carrier", "shopper", "retailer", "authority", "nobody"],
        "destinations" => vec!["home", "work", "shop", "locker", "store", "post_office", "depot"],
        "messages" => flow::notify::message_names().collect(),
        _ => return None,
    })
}

/// A schema with everything in its place.
pub fn expand(schema: &Value, fields: &Map<String, Value>) -> Value {
    match schema {
        Value::String(text) => match text.strip_prefix('@') {
            Some(name) => expand_name(name, fields),
            None => schema.clone(),
        },
        Value::Array(list) => Value::Array(list.iter().map(|s| expand(s, fields)).collect()),
        Value::Object(map) => {
            let mut out: Map<String, Value> = map.iter().map(|(k, v)| (k.clone(), expand(v, fields))).collect();
            if out.remove("x-null-is-nothing").is_some()
                && let Some(Value::Object(properties)) = out.get_mut("properties")
            {
                properties.values_mut().for_each(|p| *p = or_null(p));
            }
            // Two words for "not" that only this file understands: it takes them away where nothing asked for them.
            if let Some(Value::Object(properties)) = out.get_mut("properties") {
                properties.values_mut().filter_map(Value::as_object_mut).for_each(|p| drop(p.remove("x-never-null")));
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn expand_name(name: &str, fields: &Map<String, Value>) -> Value {
    if let Some(words) = vocabulary(name) {
        return json!(words);
    }
    if let Some(item) = name.strip_prefix("page ") {
        let next = json!({ "type": ["string", "null"], "description": "Send it as `cursor` for the next page; null on the last one." });
        return json!({
            "type": "object", "required": ["data", "next_cursor"],
            "properties": { "data": { "type": "array", "items": reference(item) }, "next_cursor": next },
        });
    }
    if let Some((names, values)) = name.strip_prefix("leaf ").and_then(|rest| rest.split_once(' ')) {
        return leaf(names, values);
    }
    expand(fields.get(name).expect("a shared set of fields is there"), fields)
}

/// Null takes a field away, or says nothing.
fn or_null(property: &Value) -> Value {
    let mut inner = property.as_object().cloned().unwrap_or_default();
    if inner.remove("x-never-null").is_some() {
        return Value::Object(inner);
    }
    let about = inner.remove("description");
    let mut out = json!({ "anyOf": [inner, { "type": "null" }] });
    if let Some(about) = about {
        out["description"] = about;
    }
    out
}

/// A condition on one of these fields, with exactly one operator.
fn leaf(names: &str, values: &str) -> Value {
    let names: Vec<&str> = names.split('|').collect();
    let value = match values {
        "text" => reference("RuleText"),
        "yes_no" => json!({ "type": "boolean" }),
        "number" => json!({ "type": "number" }),
        words => json!({ "type": "string", "enum": vocabulary(words).expect("a condition's words are a vocabulary") }),
    };
    // A flag is true or false, never unknown.
    let value = if values == "yes_no" { value } else { json!({ "anyOf": [value, { "type": "null" }] }) };
    let mut properties = json!({
        "field": { "type": "string", "enum": names },
        "is": value,
        "became": value,
        "in": { "type": "array", "minItems": 1, "maxItems": 200, "items": value },
    });
    if values == "number" {
        properties["above"] = json!({ "type": "number" });
        properties["below"] = json!({ "type": "number" });
    }
    json!({
        "type": "object", "title": names.join(", "), "additionalProperties": false, "required": ["field"],
        "minProperties": 2, "maxProperties": 2, "properties": properties,
    })
}

/// What may be set, from the table of settings.
pub fn settings() -> Value {
    let mut properties = Map::new();
    for info in settings::catalogue() {
        let mut property = or_null(&value_of(info.kind, info.key));
        property["description"] = json!(info.help);
        properties.insert(info.key.into(), property);
    }
    json!({
        "type": "object", "additionalProperties": false, "properties": properties,
        "description": "Settings by key; null takes a value back to the wider scope.",
    })
}

fn value_of(kind: Kind, key: &str) -> Value {
    let clock = reference("Clock");
    let words = json!({ "type": "object", "propertyNames": { "enum": vocabulary("states") } });
    let weekday = json!({ "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] });
    match kind {
        Kind::Hours => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 8784 }),
        Kind::Minutes => json!({ "type": "integer", "minimum": 0, "maximum": 44640 }),
        Kind::Days => json!({ "type": "integer", "minimum": 0, "maximum": 3660 }),
        Kind::Count => json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000 }),
        Kind::Clock | Kind::ClockOrOff => clock,
        Kind::Calendar => json!({ "enum": ["every_hour", "carrier"] }),
        Kind::MissingBy => json!({ "enum": ["history", "clock"] }),
        Kind::Zone => json!({ "type": "string", "description": key, "examples": ["Europe/London"] }),
        Kind::Country => json!({ "type": "string", "pattern": "^[A-Z]{2}$" }),
        Kind::DaysList => json!({
            "type": "array", "maxItems": 10, "items": { "type": "integer", "minimum": 0, "maximum": 60 },
            "examples": [[2, 1]],
        }),
        Kind::Outages => {
            json!({ "type": "array", "maxItems": 100, "examples": [[{ "from": "2026-11-24T02:00:00Z", "until": null }]], "items": {
                "type": "object", "additionalProperties": false, "required": ["from"],
                "properties": { "from": reference("Time"), "until": { "anyOf": [reference("Time"), { "type": "null" }] } },
            }})
        }
        Kind::CollectionTimes => json!({ "type": "object", "additionalProperties": { "anyOf": [clock, { "type": "null" }, {
            "type": "object", "additionalProperties": false, "required": ["at"],
            "properties": { "at": clock, "weekdays": { "type": "array", "items": weekday } },
        }]}}),
        Kind::StateAttention => with_values(words, json!({ "enum": ["none", "watch", "act", null] })),
        Kind::StateLabels => with_values(words, json!({ "type": ["string", "null"] })),
        Kind::DaysByService => {
            with_values(json!({ "type": "object" }), json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 3660 }))
        }
    }
}

fn with_values(mut map: Value, values: Value) -> Value {
    map["additionalProperties"] = values;
    map
}
