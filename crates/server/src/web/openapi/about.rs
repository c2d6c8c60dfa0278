//! What the document says in words: how to call, the sandbox's test numbers, the settings. The last two are told by the code that does them.

use serde_json::{Value, json};
use whereabouts_domain::settings::{self, Preset};

use crate::flow::script;

const INTRODUCTION: &str = "Register what was shipped, tell or paste what carriers say, and read what became of it, or be told by webhooks.

JSON both ways. Send a retailer's key as `Authorization: Bearer KEY`. Errors are problem documents (RFC 9457): branch on `code`, show `detail`; \
`errors` names what is wrong by JSON pointer. Unknown fields are refused by name. Every POST takes an `Idempotency-Key`. Lists answer \
`{\"data\":[…],\"next_cursor\"}`; send `next_cursor` as `cursor` for the next page. Times are RFC 3339; a promise may be a day. Enumerations in \
answers are open: new values may come. The API takes 8 MiB and 64 levels, the hooks 1 MiB.

The shopper's page at `tracking_page_url` answers the same view as data to `Accept: application/json`.";

/// The test numbers with what each tells.
const STORIES: &[(&str, &str)] = &[
    ("DELIVERED", "Delivered after a day."),
    (
        "LATE",
        "Scanned every day and delivered on the seventh, or a day after its promise if that is later; without a promise it gets one of two days.",
    ),
    ("MISSING", "Never heard of again after the hub; without both countries it counts as handed over and is never scanned at all."),
    ("FAILED", "Nobody home, delivered the day after."),
    ("RETURN", "Refused, and sent back."),
    ("PICKUP", "Ready to be collected, collected two days later."),
    ("DUPLICATES", "Delivered after a day; every scan is told twice."),
    ("DISORDER", "Delivered after a day; what happened earlier is told later."),
];

pub fn description() -> String {
    let mut text = format!(
        "{INTRODUCTION}\n\n## Test numbers\n\nIn a sandbox, a shipment registered with one of these numbers moves by itself along a script, on the sandbox's clock. Minutes count from its registration.\n"
    );
    for story in test_numbers() {
        text += &format!("\n- `{}`: {} ", story["number"].as_str().unwrap_or_default(), story["story"].as_str().unwrap_or_default());
        let steps: Vec<String> = list(&story["steps"]).map(|s| format!("{} at {} min", plain(&s["state"]), s["told_after_min"])).collect();
        text += &steps.join(", ");
        text += ".";
    }
    text += "\n\n## Settings\n\nPer retailer, brand, carrier, service, lane and shipment type; the narrowest wins.\n\n| key | `sorted` | `uk_retail` | unit | |\n|---|---|---|---|---|\n";
    for s in settings() {
        text += &format!(
            "| `{}` | `{}` | `{}` | {} | {} |\n",
            plain(&s["key"]),
            s["sorted"],
            s["uk_retail"],
            plain(&s["unit"]),
            plain(&s["help"])
        );
    }
    text
}

/// Every script, step by step.
pub fn test_numbers() -> Vec<Value> {
    let tell = |(word, story): &(&str, &str)| {
        let number = format!("WBTEST-{word}-1");
        let steps: Vec<Value> = script::script_of(&number)
            .unwrap_or_default()
            .iter()
            .map(|(told, happened, state, words, place)| {
                json!({ "told_after_min": told, "happened_after_min": happened, "state": state.id(), "words": words, "place": place })
            })
            .collect();
        json!({ "number": number, "story": story, "steps": steps })
    };
    STORIES.iter().map(tell).collect()
}

/// Every setting with both presets' values.
pub fn settings() -> Vec<Value> {
    let tell = |info: &settings::SettingInfo| {
        json!({
            "key": info.key, "kind": info.kind, "unit": info.unit, "help": info.help,
            "sorted": info.default_of(Preset::Sorted), "uk_retail": info.default_of(Preset::UkRetail),
        })
    };
    settings::catalogue().iter().map(tell).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
