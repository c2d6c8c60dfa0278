//! The API's documentation, read from the very OpenAPI document that `/api/openapi.json` serves: what is not in it is not promised.

use askama::Template;
use serde_json::Value;

use super::{frame::Frame, samples};

/// A schema may speak of itself; beyond this depth its name alone is told.
const SCHEMA_DEPTH_MAX: usize = 4;

#[derive(Clone, Debug, Template)]
#[template(path = "desk/docs.html")]
pub struct DocsView {
    pub frame: Frame,
    pub title: String,
    pub version: String,
    /// Paragraphs; what follows in the document's own words as tables is told from its data below.
    pub about: Vec<String>,
    pub groups: Vec<RouteGroup>,
    pub test_numbers: Vec<TestNumber>,
    pub settings: Vec<SettingRow>,
    pub schemas: Vec<Schema>,
}

/// A number that moves by itself in a sandbox.
#[derive(Clone, Debug)]
pub struct TestNumber {
    pub number: String,
    pub story: String,
    /// "collected_by_carrier after 1 h".
    pub steps: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct SettingRow {
    pub key: String,
    pub unit: String,
    pub help: String,
    pub sorted: String,
    pub uk_retail: String,
}

#[derive(Clone, Debug)]
pub struct RouteGroup {
    pub id: String,
    pub title: String,
    pub about: String,
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug)]
pub struct Route {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub about: String,
    pub parameters: Vec<FieldRow>,
    /// The name of the body's shape.
    pub body_shape: String,
    pub body: Vec<FieldRow>,
    pub answers: Vec<Answer>,
    pub curl: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRow {
    /// Dotted for a field within a field.
    pub name: String,
    pub shape: String,
    /// The schema that it names, if that is told among the shapes.
    pub link: Option<String>,
    pub needed: bool,
    pub about: String,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: String,
    pub about: String,
    pub shape: String,
}

#[derive(Clone, Debug)]
pub struct Schema {
    pub name: String,
    pub about: String,
    /// The words of a vocabulary.
    pub values: Vec<String>,
    pub fields: Vec<FieldRow>,
}

impl DocsView {
    /// `base` is the address of this server, for the examples.
    pub fn read(frame: Frame, openapi: &Value, base: &str) -> DocsView {
        let mut groups: Vec<RouteGroup> = openapi["tags"].as_array().into_iter().flatten().map(RouteGroup::empty).collect();
        for (path, item) in entries(&openapi["paths"]) {
            for (method, operation) in entries(item).filter(|(name, _)| is_method(name)) {
                let route = route(openapi, base, path, method, item, operation);
                let title = operation["tags"][0].as_str().unwrap_or("Other").to_owned();
                match groups.iter_mut().find(|group| group.title == title) {
                    Some(group) => group.routes.push(route),
                    None => groups.push(RouteGroup { id: slug(&title), title, about: String::new(), routes: vec![route] }),
                }
            }
        }
        groups.retain(|group| !group.routes.is_empty());
        let schemas = entries(&openapi["components"]["schemas"])
            .filter(|(name, _)| is_told(openapi, name))
            .map(|(name, schema)| Schema {
                name: name.clone(),
                about: marked(&words(schema, "description")),
                values: list(&schema["enum"]).filter_map(Value::as_str).map(str::to_owned).collect(),
                fields: fields(openapi, schema),
            })
            .collect();
        let info = &openapi["info"];
        let introduction = words(info, "description");
        let introduction = introduction.split("\n\n## ").next().unwrap_or_default();
        DocsView {
            frame,
            title: words(info, "title"),
            version: words(info, "version"),
            about: introduction.split("\n\n").map(marked).collect(),
            groups,
            test_numbers: list(&openapi["x-test-numbers"]).map(TestNumber::read).collect(),
            settings: list(&openapi["x-settings"]).map(SettingRow::read).collect(),
            schemas,
        }
    }

    pub fn samples() -> Vec<(&'static str, DocsView)> {
        let openapi = serde_json::from_str(SAMPLE).expect("a literal of our own");
        vec![("docs", DocsView::read(Frame::new("API", "docs", "", samples::now()), &openapi, "http://127.0.0.1:8080"))]
    }
}

impl RouteGroup {
    fn empty(tag: &Value) -> RouteGroup {
        let title = words(tag, "name");
        RouteGroup { id: slug(&title), title, about: marked(&words(tag, "description")), routes: Vec::new() }
    }
}

impl TestNumber {
    fn read(told: &Value) -> TestNumber {
        let step = |step: &Value| format!("{} after {}", words(step, "state"), span(step["told_after_min"].as_i64().unwrap_or_default()));
        TestNumber { number: words(told, "number"), story: words(told, "story"), steps: list(&told["steps"]).map(step).collect() }
    }
}

impl SettingRow {
    fn read(told: &Value) -> SettingRow {
        let [key, unit, help] = ["key", "unit", "help"].map(|name| words(told, name));
        SettingRow { key, unit, help, sorted: told["sorted"].to_string(), uk_retail: told["uk_retail"].to_string() }
    }
}

/// "45 min", "12 h", "2 d 4 h".
fn span(minutes: i64) -> String {
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let told: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if told.is_empty() { "0 min".into() } else { told.join(" ") }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn route(openapi: &Value, base: &str, path: &str, method: &str, item: &Value, operation: &Value) -> Route {
    let shared = item["parameters"].as_array().into_iter().flatten();
    let parameters: Vec<FieldRow> = shared
        .chain(operation["parameters"].as_array().into_iter().flatten())
        .map(|parameter| resolve(openapi, parameter))
        .map(|parameter| FieldRow {
            name: words(parameter, "name"),
            shape: format!("{}, {}", plain_shape(openapi, &parameter["schema"]), words(parameter, "in")),
            link: None,
            needed: parameter["required"] == true,
            about: marked(&words(parameter, "description")),
        })
        .collect();
    let body_content = &resolve(openapi, &operation["requestBody"])["content"]["application/json"];
    let answers = entries(&operation["responses"])
        .map(|(status, answer)| (status, resolve(openapi, answer)))
        .map(|(status, answer)| Answer {
            status: status.clone(),
            about: marked(&words(answer, "description")),
            shape: entries(&answer["content"]).next().map(|(_, media)| shape(&media["schema"])).unwrap_or_default(),
        })
        .collect();
    Route {
        id: slug(&format!("{method} {}", path.trim_start_matches("/api/v1"))),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: words(operation, "summary"),
        about: marked(&words(operation, "description")),
        parameters,
        body_shape: body_content["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default().to_owned(),
        body: fields(openapi, &body_content["schema"]),
        answers,
        curl: curl(openapi, base, path, method, operation, body_content),
    }
}

fn curl(openapi: &Value, base: &str, path: &str, method: &str, operation: &Value, body: &Value) -> String {
    let mut lines = vec![match method {
        "get" => format!("curl {base}{path}"),
        _ => format!("curl -X {} {base}{path}", method.to_uppercase()),
    }];
    // `security: []` is how OpenAPI says that a route is open.
    if operation["security"].as_array().is_none_or(|ways| !ways.is_empty()) {
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    if let Some(example) = example(openapi, body) {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d '{}'", format!("{example:#}").replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

fn example(openapi: &Value, media: &Value) -> Option<Value> {
    let listed = entries(&media["examples"]).next().map(|(_, example)| resolve(openapi, example)["value"].clone());
    let schema = resolve(openapi, &media["schema"]);
    [media["example"].clone(), schema["example"].clone(), schema["examples"][0].clone()].into_iter().find(|v| !v.is_null()).or(listed)
}

fn fields(openapi: &Value, schema: &Value) -> Vec<FieldRow> {
    let mut rows = Vec::new();
    gather(openapi, schema, "", 0, &mut rows);
    rows
}

fn gather(openapi: &Value, schema: &Value, prefix: &str, depth: usize, rows: &mut Vec<FieldRow>) {
    let schema = resolve(openapi, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        gather(openapi, part, prefix, depth, rows);
    }
    if schema["properties"].is_null()
        && let Some(first) = list(&schema["anyOf"]).map(|option| resolve(openapi, option)).find(|option| option["properties"].is_object())
    {
        return gather(openapi, first, prefix, depth, rows);
    }
    let needed = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    for (name, field) in entries(&schema["properties"]) {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let own = |key: &str| words(field, key);
        let about = if own("description").is_empty() { words(resolve(openapi, field), "description") } else { own("description") };
        let shape = plain_shape(openapi, field);
        let link = shape.split(' ').find(|word| is_told(openapi, word)).map(str::to_owned);
        let is_told = link.is_some();
        rows.push(FieldRow { name: path.clone(), shape, link, needed: needed(name), about: marked(&about) });
        // What has a name of its own is told once, among the schemas.
        if !is_told && depth < SCHEMA_DEPTH_MAX {
            gather(openapi, field, &path, depth + 1, rows);
        }
    }
}

/// As [`shape`], with the names of mere texts and numbers told as what they are.
fn plain_shape(openapi: &Value, schema: &Value) -> String {
    let told = shape(schema);
    let words: Vec<String> = told
        .split(' ')
        .map(|word| match &openapi["components"]["schemas"][word] {
            Value::Null => word.to_owned(),
            _ if is_told(openapi, word) => word.to_owned(),
            scalar => shape(scalar),
        })
        .collect();
    let told = words.join(" ");
    for (long, short) in
        [("string or null or null", "string or null"), ("string, date or string, date-time", "day or time"), ("string, date-time", "time")]
    {
        if told.starts_with(long) {
            return told.replacen(long, short, 1);
        }
    }
    told
}

/// Objects, lists and long vocabularies stand among the shapes; a text or a number explains itself.
fn is_told(openapi: &Value, name: &str) -> bool {
    let schema = &openapi["components"]["schemas"][name];
    !schema.is_null()
        && (schema["properties"].is_object()
            || schema["enum"].is_array()
            || schema["anyOf"][0]["title"].is_string()
            || schema["anyOf"][0]["$ref"].is_string())
}

/// Words as HTML: escaped, and what stands between backticks as code.
fn marked(words: &str) -> String {
    let mut html = String::with_capacity(words.len());
    for (i, part) in words.split('`').enumerate() {
        let part = part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        if i % 2 == 1 {
            html += &format!("<code>{part}</code>");
        } else {
            html += &part;
        }
    }
    html
}

/// "string", "a | b | c", "list of Shipment", "Promise or null".
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect::<Vec<_>>().join(" | ");
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(options) = schema[key].as_array() {
            return options.iter().map(shape).collect::<Vec<_>>().join(" or ");
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        kind => kind.as_str().unwrap_or("any").to_owned(),
    };
    match (kind.as_str(), schema["format"].as_str()) {
        ("array", _) => format!("list of {}", shape(&schema["items"])),
        (_, Some(format)) => format!("{kind}, {format}"),
        _ => kind,
    }
}

/// Follows one reference within the document; what points nowhere is told as nothing.
fn resolve<'a>(openapi: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    reference.strip_prefix('#').and_then(|pointer| openapi.pointer(pointer)).unwrap_or(&Value::Null)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn is_method(name: &str) -> bool {
    ["get", "put", "post", "patch", "delete"].contains(&name)
}

fn words(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// `post /shipments/{id}/disputes` → `post-shipments-id-disputes`.
fn slug(words: &str) -> String {
    let parts = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

const SAMPLE: &str = r##"{"openapi":"3.1.0","info":{"title":"Whereabouts API","version":"1","description":"Register shipments, send events, read what became of them."},
"paths":{"/api/v1/shipments":{
 "post":{"tags":["Shipments"],"summary":"Register shipments","description":"One, or at most 500, each judged alone. Registering again merges.",
  "parameters":[{"name":"Idempotency-Key","in":"header","schema":{"type":"string"},"description":"The first answer is replayed for 72 hours."}],
  "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Registration"},"example":{"order_number":"NW-10481","tracking_number":"AB123456785GB","carrier":"royalmail"}}}},
  "responses":{"201":{"description":"Registered","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Shipment"}}}},"422":{"description":"Understood but wrong"}}},
 "get":{"tags":["Shipments"],"summary":"Search shipments","parameters":[{"name":"q","in":"query","schema":{"type":"string"},"description":"Anything an agent types."},{"name":"limit","in":"query","schema":{"type":"integer"}}],"responses":{"200":{"description":"A page of shipments"}}}},
 "/api/v1/states":{"get":{"tags":["Catalogue"],"summary":"The catalogue of states","responses":{"200":{"description":"Every state"}}}},
 "/healthz":{"get":{"tags":["House"],"summary":"Alive","security":[],"responses":{"200":{"description":"Alive"}}}}},
"components":{"schemas":{
 "Registration":{"type":"object","description":"A shipment as registered.","properties":{"order_number":{"type":"string"},"tracking_number":{"type":"string"},"carrier":{"type":"string","description":"Folder name, as in the contract."},"type":{"enum":["delivery","return","exchange"]},"promised":{"type":"object","properties":{"start":{"type":["string","null"],"format":"date-time"},"end":{"type":"string"}}}}},
 "Shipment":{"allOf":[{"$ref":"#/components/schemas/Registration"},{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"state":{"type":"string"}}}]}}}}"##;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> DocsView {
        DocsView::samples().remove(0).1
    }

    #[test]
    fn routes_stand_under_their_subject() {
        let found: Vec<(String, usize)> = sample().groups.into_iter().map(|g| (g.title, g.routes.len())).collect();
        assert_eq!(found, [("Shipments".to_owned(), 2), ("Catalogue".to_owned(), 1), ("House".to_owned(), 1)]);
    }

    #[test]
    fn an_example_can_be_pasted_into_a_terminal() {
        let view = sample();
        let post = view.groups[0].routes.iter().find(|r| r.method == "POST").unwrap();
        assert!(post.curl.starts_with("curl -X POST http://127.0.0.1:8080/api/v1/shipments \\\n  -H \"Authorization: Bearer $KEY\""));
        assert!(post.curl.contains(r#""carrier": "royalmail""#));
    }

    #[test]
    fn an_open_route_asks_for_no_key() {
        let house = &sample().groups[2];
        assert_eq!(house.routes[0].curl, "curl http://127.0.0.1:8080/healthz");
    }

    #[test]
    fn words_are_escaped_and_code_is_marked() {
        assert_eq!(marked("a `b<c>` & d"), "a <code>b&lt;c&gt;</code> &amp; d");
    }

    #[test]
    fn a_field_within_a_field_is_named_with_its_path() {
        let schemas = sample().schemas;
        let registration = schemas.iter().find(|s| s.name == "Registration").unwrap();
        assert!(registration.fields.iter().any(|f| f.name == "promised.start" && f.shape == "string or null, date-time"));
    }
}
