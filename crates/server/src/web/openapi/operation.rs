//! Operations: a card of the files becomes an OpenAPI operation, with the parameters and problems that it shares with others.

use serde_json::{Map, Value, json};

use super::{entries, shape::reference};

/// The problems by status: name of the component, what it says.
const PROBLEMS: &[(u64, &str, &str)] = &[
    (400, "Unreadable", "It cannot be read: not JSON, nested too deep, a cursor that is none of ours."),
    (401, "Unauthorised", "No or bad key, or a bad signature."),
    (403, "Forbidden", "The key lacks the scope."),
    (404, "NotFound", "It is not there, or another retailer's."),
    (409, "Conflict", "It contradicts what is there, or a request with this Idempotency-Key is still being worked on."),
    (413, "TooLarge", "The body is too large."),
    (422, "Invalid", "Understood, but wrong; `errors` says where. Also an Idempotency-Key that was used with another body."),
    (429, "TooSoon", "It was asked for just now; `Retry-After` says when it may be again."),
    (503, "Busy", "Nothing was taken; send it again in a moment."),
];

/// These POSTs change nothing, or the same thing again: they need no Idempotency-Key.
const WITHOUT_KEY: &[&str] =
    &["/api/v1/carrier-corrections/preview", "/api/v1/mappings/preview", "/api/v1/rules/preview", "/api/v1/sandbox/clock"];

pub fn problems() -> Value {
    let all = PROBLEMS.iter().map(|(status, name, about)| {
        let mut problem = json!({
            "description": about,
            "content": { "application/problem+json": { "schema": reference("Problem") } },
        });
        if matches!(status, 429 | 503) {
            problem["headers"] = json!({ "Retry-After": { "schema": { "type": "string" }, "description": "Seconds." } });
        }
        ((*name).to_string(), problem)
    });
    Value::Object(all.collect())
}

pub fn operation(method: &str, path: &str, tag: &Value, card: &Value) -> Value {
    let open = card["open"] == true;
    let keyed = method == "POST" && !open && !WITHOUT_KEY.contains(&path);
    let mut out = json!({
        "operationId": card["id"],
        "tags": [tag],
        "summary": card["summary"],
        "responses": responses(method, path, card, keyed),
    });
    if card["about"].is_string() {
        out["description"] = card["about"].clone();
    }
    let parameters = parameters(path, card, keyed);
    if !parameters.is_empty() {
        out["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = body(card) {
        out["requestBody"] = body;
    }
    if open {
        out["security"] = json!([]);
    }
    out
}

/// A message that we send, as OpenAPI describes those.
pub fn webhook(tag: &Value, card: &Value) -> Value {
    json!({ "post": {
        "tags": [tag], "summary": card["summary"], "description": card["about"], "security": [],
        "requestBody": { "required": true, "content": { "application/json": { "schema": reference(card["body"].as_str().unwrap_or_default()) } } },
        "responses": { "2XX": { "description": "Taken." } },
    }})
}

fn parameters(path: &str, card: &Value, keyed: bool) -> Vec<Value> {
    let parameter = |name: &str, place: &str, schema: Value, about: &str| json!({ "name": name, "in": place, "required": place == "path", "schema": schema, "description": about });
    let mut out = Vec::new();
    for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        let told = &card["path"][name];
        let schema = told[0].as_str().map_or(json!({ "type": "string" }), reference);
        out.push(parameter(name, "path", schema, told[1].as_str().unwrap_or("Its id.")));
    }
    for (name, told) in entries(&card["query"]) {
        out.push(parameter(name, "query", reference(told[0].as_str().unwrap_or("Text")), told[1].as_str().unwrap_or_default()));
    }
    if card["paged"] == true {
        out.push(parameter("cursor", "query", reference("Text"), "Where the page before ended: its `next_cursor`."));
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
        out.push(parameter("limit", "query", limit, "How many at most."));
    }
    if keyed {
        let key = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\t -~]*[!-~][\\t -~]*$" });
        out.push(parameter("Idempotency-Key", "header", key, "The first executed answer to this key is replayed for 72 hours."));
    }
    out
}

fn body(card: &Value) -> Option<Value> {
    if card["payload"] == true {
        let any = json!({ "schema": {} });
        let content = json!({ "application/json": any, "application/xml": any, "text/plain": any, "application/octet-stream": any });
        return Some(json!({ "required": true, "description": "The payload as the carrier sends it.", "content": content }));
    }
    if card["file"] == true {
        let file = json!({ "schema": { "type": "string" } });
        let content = json!({ "text/csv": file, "application/jsonl": file, "application/octet-stream": file });
        return Some(json!({ "required": true, "description": "The file.", "content": content }));
    }
    let mut media = json!({ "schema": reference(card["body"].as_str()?) });
    if !card["example"].is_null() {
        media["example"] = card["example"].clone();
    }
    Some(json!({ "required": card["optional_body"] != true, "content": { "application/json": media } }))
}

fn responses(method: &str, path: &str, card: &Value, keyed: bool) -> Value {
    let mut out = Map::new();
    for (status, told) in entries(&card["answers"]) {
        let mut answer = json!({ "description": told[0] });
        match told[1].as_str() {
            None => {}
            Some("text") => answer["content"] = json!({ "text/plain": { "schema": { "type": "string" } } }),
            Some("file") => {
                let file = json!({ "schema": { "type": "string" } });
                answer["content"] = json!({ "text/csv": file, "application/jsonl": file });
            }
            Some("PromisesKept") => {
                let csv = json!({ "schema": { "type": "string" } });
                answer["content"] = json!({ "application/json": { "schema": reference("PromisesKept") }, "text/csv": csv });
            }
            Some("page") => answer["content"] = json!({ "text/html": { "schema": { "type": "string" } } }),
            Some(name) => answer["content"] = json!({ "application/json": { "schema": reference(name) } }),
        }
        out.insert(status.clone(), answer);
    }
    let secured = card["open"] != true;
    let asked = card["query"].is_object() || card["paged"] == true;
    let mut statuses: Vec<u64> = card["problems"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let rules: [(bool, &[u64]); 6] = [
        (secured, &[401, 403]),
        (path.contains('{') || card["missing"] == true, &[404]),
        (card["body"].is_string(), &[400, 413, 422]),
        (asked, &[400, 422]),
        (keyed, &[409, 422]),
        (secured && method != "GET", &[503]),
    ];
    rules.iter().filter(|(holds, _)| *holds).for_each(|(_, more)| statuses.extend(*more));
    for (status, name, _) in PROBLEMS.iter().filter(|(status, ..)| statuses.contains(status)) {
        out.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    Value::Object(out)
}
