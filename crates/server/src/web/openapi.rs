//! The API's description, OpenAPI 3.1: kept by hand as data, one file a subject (`openapi/*.json`), completed here with what is the same
//! everywhere (keys, pages, problems) and with what the product knows itself (states, reasons, settings, scripts). A test holds it
//! against `routes.rs`, so that neither can say what the other does not. `docs/decisions/0005-*.md` says why it is not derived.

mod about;
mod operation;
mod shape;

use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    desk::{docs::DocsView, frame::Frame},
    problem::Problem,
};
use crate::app::App;

/// One file a subject, in the order of the documentation.
const SUBJECTS: &[&str] = &[
    include_str!("openapi/shipments.json"),
    include_str!("openapi/tracking_events.json"),
    include_str!("openapi/orders.json"),
    include_str!("openapi/alerts.json"),
    include_str!("openapi/forecasts.json"),
    include_str!("openapi/rules.json"),
    include_str!("openapi/brands.json"),
    include_str!("openapi/webhooks.json"),
    include_str!("openapi/carriers.json"),
    include_str!("openapi/incoming.json"),
    include_str!("openapi/files.json"),
    include_str!("openapi/mappings.json"),
    include_str!("openapi/house.json"),
];

/// The document that `/api/openapi.json` serves and `whereabouts openapi` prints.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(assemble)
}

/// The document as text, as it is served.
pub fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| format!("{:#}\n", document()))
}

/// `GET /api/openapi.json`
pub async fn json() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")], text()).into_response()
}

/// `GET /api/docs`: the document for people, on this server's own address.
pub async fn docs(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let frame = Frame::new("API", "docs", "", app.clock.now());
    let page = DocsView::read(frame, document(), &app.config.public_url).render()?;
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
                  form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(response)
}

fn assemble() -> Value {
    let subjects: Vec<Value> = SUBJECTS.iter().map(|text| serde_json::from_str(text).expect("the subjects are JSON")).collect();
    let mut paths = Map::new();
    let mut webhooks = Map::new();
    let mut schemas = Map::new();
    let fields: Map<String, Value> = subjects.iter().flat_map(|s| entries(&s["fields"])).map(|(k, v)| (k.clone(), v.clone())).collect();
    for subject in &subjects {
        for (route, card) in entries(&subject["routes"]) {
            let (method, path) = route.split_once(' ').expect("a route is a method and a path");
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[method.to_lowercase()] = operation::operation(method, path, &subject["tag"], card);
        }
        for (name, card) in entries(&subject["webhooks"]) {
            webhooks.insert(name.clone(), operation::webhook(&subject["tag"], card));
        }
        for (name, schema) in entries(&subject["schemas"]) {
            schemas.insert(name.clone(), shape::expand(schema, &fields));
        }
    }
    schemas.insert("SettingsPatch".into(), shape::settings());
    let tags: Vec<Value> = subjects.iter().map(|s| json!({ "name": s["tag"], "description": s["about"] })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Whereabouts API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Where is my order? Answered before it is asked.",
            "description": about::description(),
            "license": { "name": "Apache-2.0 or MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer", "description": "A key of the retailer: `Authorization: Bearer wbk_…`." } },
            "responses": operation::problems(),
            "schemas": schemas,
        },
        "x-test-numbers": about::test_numbers(),
        "x-settings": about::settings(),
    })
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// `.route("/path", get(…).post(…))` in the source, as `POST /api/v1/path`.
    fn routes_of(source: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let (api, rest) = source.split_once(".nest(").expect("the API stands in front of what it is nested into");
        for (part, prefix) in [(api, "/api/v1"), (rest.split("pub fn admin_router").next().unwrap(), "")] {
            for route in part.split(".route(\"").skip(1) {
                let (path, handlers) = route.split_once('"').unwrap();
                let path = format!("{prefix}{path}");
                let is_for_machines = ["/api/", "/hooks/", "/healthz", "/readyz"].iter().any(|p| path.starts_with(p));
                for method in ["get", "post", "put", "patch", "delete"] {
                    let called = [" ", ".", "("].iter().any(|before| handlers.contains(&format!("{before}{method}(")));
                    if called && is_for_machines {
                        found.insert(format!("{} {path}", method.to_uppercase()));
                    }
                }
            }
        }
        found
    }

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let served = routes_of(include_str!("routes.rs"));
        let described: BTreeSet<String> = entries(&document()["paths"])
            .flat_map(|(path, item)| entries(item).map(move |(method, _)| format!("{} {path}", method.to_uppercase())))
            .collect();
        assert!(served.len() > 40, "the routes could not be read: {served:?}");
        assert_eq!(described.difference(&served).collect::<Vec<_>>(), Vec::<&String>::new(), "described, but not served");
        assert_eq!(served.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new(), "served, but not described");
    }

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match value.as_str() {
                        Some(target) if key == "$ref" => found.push(target),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|v| references(v, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_shape_is_used() {
        let mut found = Vec::new();
        references(document(), &mut found);
        for target in &found {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document().pointer(pointer).is_some(), "{target} leads nowhere");
        }
        for (name, _) in entries(&document()["components"]["schemas"]) {
            assert!(found.contains(&format!("#/components/schemas/{name}").as_str()), "nobody uses {name}");
        }
    }

    #[test]
    fn no_placeholder_is_left_in_the_document() {
        let text = text();
        for left in ["\"@", "x-null-is-nothing", "x-never-null"] {
            assert!(!text.contains(left), "{left} is left");
        }
    }

    #[test]
    fn every_operation_has_its_own_id_a_summary_and_an_example_of_its_body() {
        let mut ids = BTreeSet::new();
        for (path, item) in entries(&document()["paths"]) {
            for (method, operation) in entries(item) {
                let id = operation["operationId"].as_str().unwrap_or_default();
                assert!(!id.is_empty() && ids.insert(id), "{method} {path} has no id of its own");
                assert!(operation["summary"].is_string(), "{method} {path}");
                let body = &operation["requestBody"]["content"]["application/json"];
                assert!(body.is_null() || body["example"].is_object() || path.starts_with("/hooks"), "{method} {path} has no example");
            }
        }
    }

    #[test]
    fn every_setting_and_every_test_number_is_told() {
        let about = document()["info"]["description"].as_str().unwrap();
        for info in whereabouts_domain::settings::catalogue() {
            assert!(about.contains(&format!("`{}`", info.key)), "{} is not told", info.key);
        }
        for word in ["DELIVERED", "LATE", "MISSING", "FAILED", "RETURN", "PICKUP", "DUPLICATES", "DISORDER"] {
            assert!(about.contains(&format!("`WBTEST-{word}-")), "{word} is not told");
        }
    }
}
