//! One order, above all one that has not left yet.

use axum::extract::Path;
use jiff::Timestamp;
use serde_json::Value;
use whereabouts_domain::{Registration, promise::Edge};

use super::{Answer, Desk, Fault, queue::zone_of, quoted, see, shipment, wording};
use crate::{
    db::{self, orders::OrderRow},
    view,
    web::desk::{
        order::OrderView,
        pill::Pill,
        reply::{About, Situation, reply},
        shipment::{Fact, Item},
    },
};

/// `GET /desk/orders/{order_number}`; numbers are re-used, so the newest one is shown.
pub async fn get(desk: Desk, Path(number): Path<String>) -> Answer {
    if number.contains('\0') {
        return Err(Fault::NotFound);
    }
    let read = desk.app.db.read().await?;
    let order = db::orders::by_number(&read, desk.retailer(), &number).await?.pop().ok_or(Fault::NotFound)?;
    let shipments = db::shipments::of_order(&read, desk.retailer(), &order.id).await?;
    let alerts = db::alerts::of_order(&read, desk.retailer(), order.order_number.as_deref().unwrap_or(&number)).await?;
    drop(read);
    // With one shipment there is more to see on its own page.
    if let ([one], true) = (&shipments[..], alerts.is_empty()) {
        return Ok(see(&format!("/desk/shipments/{}", one.id)));
    }
    let doc: Value = serde_json::from_str(&order.doc).unwrap_or_default();
    let person = |who: &str| serde_json::from_value(doc[who].clone()).ok();
    let like = Registration { recipient: person("recipient"), buyer: person("buyer"), ..Registration::default() };
    let like = shipments.first().map_or(like, |s| s.registration.clone());
    let zone = shipments.first().map_or_else(|| desk.zone.clone(), |s| zone_of(&desk, s));
    let shown = order.order_number.clone().unwrap_or(number);
    let page_url = view::page_url(&desk.app.config.public_url, desk.retailer(), &order.page_token);
    let about = About {
        first_name: wording::first_name(&like),
        order: shown.clone(),
        carrier: String::new(),
        tracking_page_url: page_url.clone(),
        brand: desk.ctx.brand(Some(&order.brand_id)).map_or_else(|| desk.ctx.name.clone(), |b| b.name.clone()),
    };
    let leaves_by = doc["despatch_by"].as_str().and_then(|t| Edge::parse(t, &zone));
    let day = leaves_by.as_ref().map(|edge| edge.day(&zone).strftime("%A %-d %B").to_string());
    let is_over = leaves_by.is_some_and(|edge| edge.deadline(&zone).passed_from <= desk.now);
    let situation = match (shipments.is_empty(), day) {
        (false, _) => Situation::OnTheWay { expected: None },
        (true, Some(was_due)) if is_over => Situation::DespatchOverdue { was_due },
        (true, leaves_by) => Situation::NotDespatched { leaves_by },
    };
    let reply = match shipments.is_empty() {
        true => reply(&about, &situation),
        false => reply(&About { carrier: wording::carrier(&like), ..about }, &situation),
    };
    let view = OrderView {
        frame: desk.frame(&shown, if order.not_despatched { "not_despatched" } else { "" }).await?,
        back: format!("/desk/orders/{}", quoted(&shown).replace('+', "%20")),
        channel: channel(&doc, &zone),
        pills: if order.not_despatched { vec![Pill::new("bad", "box", "Not despatched")] } else { Vec::new() },
        answer: answer(&order, shipments.len()),
        facts: facts(&desk, &order, &doc, &zone),
        alerts: shipment::faces(&desk, &alerts, None, None).await?,
        shipments: shipments.iter().map(|s| shipment::sibling(&desk, s)).collect(),
        customer: shipment::customer(&like),
        items: items(&doc),
        reply,
        tracking_page_url: page_url,
        order: shown,
    };
    desk.show(&view)
}

fn channel(doc: &Value, zone: &jiff::tz::TimeZone) -> String {
    let channel = doc["sales_channel"].as_str().map_or_else(|| "Order".into(), |c| c.replace('_', " "));
    match doc["ordered_at"].as_str().and_then(|t| t.parse::<Timestamp>().ok()) {
        Some(at) => format!("{channel}, ordered {}", wording::clocked(at, zone)),
        None => channel,
    }
}

fn answer(order: &OrderRow, shipments: usize) -> String {
    match (order.not_despatched, shipments) {
        (true, _) => "It should have left by now and has not.".into(),
        (false, 0) => "Nothing of it has left yet, and it is not late.".into(),
        (false, 1) => "One shipment of it is registered.".into(),
        (false, n) => format!("{n} shipments of it are registered."),
    }
}

fn facts(desk: &Desk, order: &OrderRow, doc: &Value, zone: &jiff::tz::TimeZone) -> Vec<Fact> {
    let fact = |label, value: String, detail: String, tone| Fact { label, value, detail, tone };
    let leaves = match doc["despatch_by"].as_str().and_then(|t| Edge::parse(t, zone)) {
        None => fact("Leaves by", "not told".into(), "reckoned from the promise".into(), ""),
        Some(edge) => {
            let deadline = edge.deadline(zone);
            let passed = desk.now.as_millisecond() - deadline.at.as_millisecond();
            let words = match edge {
                Edge::Day(day) => day.strftime("%a %-d %b").to_string(),
                Edge::At(at) => wording::clocked(at, zone),
            };
            let over = passed > 0 && order.not_despatched;
            fact(
                "Leaves by",
                words,
                if over { format!("passed {} ago", wording::span(passed)) } else { String::new() },
                if over { "bad" } else { "" },
            )
        }
    };
    let promised: Option<whereabouts_domain::Promise> = serde_json::from_value(doc["promised"].clone()).ok();
    let promise = promised.map_or_else(|| "none".into(), |p| wording::promise(&p, zone));
    vec![
        leaves,
        fact("Promise", promise, String::new(), ""),
        fact("Registered", wording::day_and_clock(order.created_at, zone), String::new(), ""),
    ]
}

fn items(doc: &Value) -> Vec<Item> {
    let item = |line: &Value| {
        let number = |name: &str| line[name].as_i64().unwrap_or(0);
        let mut quantity = line["quantity"].as_i64().unwrap_or(1).to_string();
        if number("shipped") > 0 {
            quantity += &format!(", {} shipped", number("shipped"));
        }
        if number("cancelled") > 0 {
            quantity += &format!(", {} cancelled", number("cancelled"));
        }
        Item {
            quantity,
            name: line["name"].as_str().or(line["sku"].as_str()).unwrap_or_default().into(),
            sku: line["sku"].as_str().unwrap_or_default().into(),
            price: line["back_ordered_until"].as_str().map_or_else(String::new, |d| format!("back-ordered until {d}")),
        }
    };
    doc["lines"].as_array().into_iter().flatten().map(item).collect()
}
