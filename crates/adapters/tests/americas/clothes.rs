//! Generations of an API, and those who hand its replies on, differ in how they write them down.

use std::{fmt::Write, fs};

use serde_json::Value;

use super::{OURS, index, own_payloads, printed, read, recorded};

/// The same in other clothes: numbers as text, a list of one as its item, lists turned round, names in capitals.
fn in_other_clothes(value: &Value, clothes: &str) -> Value {
    let again = |v: &Value| in_other_clothes(v, clothes);
    match value {
        Value::Number(n) if clothes == "numbers as text" => Value::String(n.to_string()),
        Value::Array(list) if clothes == "a list of one as its item" && list.len() == 1 && list[0].is_object() => again(&list[0]),
        Value::Array(list) if clothes == "lists turned round" => Value::Array(list.iter().rev().map(again).collect()),
        Value::Array(list) => Value::Array(list.iter().map(again).collect()),
        Value::Object(map) if clothes == "names in capitals" => {
            Value::Object(map.iter().map(|(k, v)| (k.to_uppercase(), again(v))).collect())
        }
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), again(v))).collect()),
        other => other.clone(),
    }
}

#[test]
fn the_same_payload_in_other_clothes_tells_the_same_story() {
    let mut payloads: Vec<(String, String, Vec<u8>)> = own_payloads()
        .into_iter()
        .filter(|(id, _)| OURS.contains(&id.as_str()))
        .map(|(id, file)| (id, file.display().to_string(), fs::read(&file).unwrap()))
        .collect();
    if let Some(folder) = recorded() {
        for record in index(&folder).iter().filter(|r| OURS.contains(&r["carrier"].as_str().unwrap())) {
            let file = record["file"].as_str().unwrap().to_string();
            payloads.push((record["carrier"].as_str().unwrap().into(), file.clone(), fs::read(folder.join(file)).unwrap()));
        }
    }
    let mut wrong = String::new();
    for (id, file, body) in payloads {
        let Ok(value) = serde_json::from_slice::<Value>(&body) else { continue };
        for clothes in ["numbers as text", "a list of one as its item", "lists turned round", "names in capitals"] {
            let dressed = serde_json::to_vec(&in_other_clothes(&value, clothes)).unwrap();
            let sorted = |told: String| {
                let mut lines: Vec<String> = told.lines().map(str::to_string).collect();
                lines.sort();
                lines.join("\n")
            };
            let (plain, dressed) = (sorted(printed(&read(&id, &body, None))), sorted(printed(&read(&id, &dressed, None))));
            if plain != dressed {
                writeln!(wrong, "{file}, {clothes}\n{plain}\n  but\n{dressed}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
