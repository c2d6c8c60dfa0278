//! `GET /api/v1/states`: the catalogue.

use axum::response::Response;
use serde_json::json;
use whereabouts_domain::{
    Reason, ShipmentType, aliases,
    state::{Milestone, catalogue},
};

use crate::web::call::{Caller, ok};

pub async fn list(_: Caller) -> Response {
    ok(&catalogue_json())
}

/// What others call it, by vendor.
fn aliases_of(state: whereabouts_domain::State) -> serde_json::Value {
    let mut by_vendor = serde_json::Map::new();
    for alias in aliases::aliases_of(state) {
        let list = by_vendor.entry(alias.vendor.id()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(alias.code));
        }
    }
    serde_json::Value::Object(by_vendor)
}

pub fn catalogue_json() -> serde_json::Value {
    let states: Vec<_> = catalogue()
        .iter()
        .map(|s| {
            let terminal_for: Vec<_> = ShipmentType::ALL.iter().filter(|t| s.state.is_terminal_for(**t)).map(|t| t.id()).collect();
            json!({
                "id": s.id,
                "label": s.label,
                "milestone": s.milestone.map(|m| m.id()),
                "attention": s.attention.id(),
                "waiting_on": s.waiting_on.id(),
                "physical": s.physical,
                "terminal": terminal_for.len() == ShipmentType::ALL.len(),
                "terminal_for": terminal_for,
                "aliases": aliases_of(s.state),
            })
        })
        .collect();
    json!({
        "data": states,
        "next_cursor": null,
        "milestones": Milestone::ALL.map(Milestone::id),
        "reasons": Reason::ALL.iter().map(|r| json!({"id": r.id(), "label": r.label()})).collect::<Vec<_>>(),
    })
}
