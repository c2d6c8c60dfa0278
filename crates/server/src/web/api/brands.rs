//! `/api/v1/brands`: the retailer's faces: colours, help, sender, zone.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use serde_json::{Value, json};

use super::shipments::clean;
use crate::{
    app::App,
    context::Brand,
    flow::{self, Fault},
    web::{
        call::{Caller, json as read_json, ok},
        problem::Problem,
    },
};

fn show(brand: &Brand) -> Value {
    let mut shown = serde_json::to_value(brand).unwrap_or_default();
    shown["id"] = json!(brand.id);
    shown["name"] = json!(brand.name);
    shown
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    Ok(ok(&json!({ "data": ctx.brands.iter().map(show).collect::<Vec<_>>(), "next_cursor": null })))
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let ctx = caller.context(&app).await?;
    let brand = ctx.brands.iter().find(|b| b.id == id).ok_or_else(Problem::not_found)?;
    Ok(ok(&show(brand)))
}

/// `PUT /brands/{id}`: replaces how the brand looks and answers. Its id and name stay.
pub async fn put(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let mut body = read_json(body).await?;
    if let Some(map) = body.as_object_mut() {
        map.remove("id");
        map.remove("name");
    }
    let known = serde_json::to_value(Brand::default()).unwrap_or_default();
    let unknown = body.as_object().into_iter().flatten().map(|(k, _)| k).find(|k| known.get(k.as_str()).is_none());
    if let Some(name) = unknown {
        return Err(Problem::fault(&format!("/{name}"), "unknown_field", format!("unknown field `{name}`")));
    }
    let brand: Brand = flow::faults::read(&flow::faults::without_nulls(&body)).map_err(Problem::invalid)?;
    check(&brand).map_err(Problem::invalid)?;
    flow::configure::put_brand(&app, &caller.retailer, clean(&id)?, &brand).await?;
    let ctx = caller.context(&app).await?;
    ctx.brands.iter().find(|b| b.id == id).map(|b| ok(&show(b))).ok_or_else(Problem::not_found)
}

/// `https://host/…`, `http://host/…`, or a picture within the address.
fn is_web_address(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_host = |h: &str| !h.is_empty() && h.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    host.is_some_and(is_host) || address.starts_with("data:image/")
}

fn check(brand: &Brand) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    for (name, colour) in [("accent", &brand.accent), ("accent_dark", &brand.accent_dark)] {
        let is_colour = |c: &str| c.len() == 7 && c.starts_with('#') && c[1..].bytes().all(|b| b.is_ascii_hexdigit());
        if colour.as_deref().is_some_and(|c| !is_colour(c)) {
            faults.push(Fault::new(format!("/{name}"), "invalid", "must be a colour such as #1f5c46"));
        }
    }
    if brand.zone.as_deref().is_some_and(|z| jiff::tz::TimeZone::get(z).is_err()) {
        faults.push(Fault::new("/zone", "invalid", "must be an IANA time zone such as Europe/London"));
    }
    for (name, address) in [("help_email", &brand.help_email), ("mail_from", &brand.mail_from)] {
        if address.as_deref().is_some_and(|a| a.parse::<lettre::message::Mailbox>().is_err()) {
            faults.push(Fault::new(format!("/{name}"), "invalid", "is not an e-mail address"));
        }
    }
    for (name, url) in [("logo_url", &brand.logo_url), ("help_url", &brand.help_url), ("site_url", &brand.site_url)] {
        if url.as_deref().is_some_and(|u| !is_web_address(u)) {
            faults.push(Fault::new(format!("/{name}"), "invalid", "must be an address that begins with https:// or http://"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
