//! One order, above all one that has not left the house yet: what was bought, when it should leave, and what to say meanwhile.

use askama::Template;

use super::{
    frame::Frame,
    pill::Pill,
    reply::{About, Situation, reply},
    samples,
    shipment::{AlertFace, Customer, Fact, Item, ShipmentView, Sibling},
};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/order.html")]
pub struct OrderView {
    pub frame: Frame,
    pub back: String,
    pub order: String,
    /// Sales channel and day of order.
    pub channel: String,
    pub pills: Vec<Pill>,
    pub answer: String,
    pub facts: Vec<Fact>,
    pub alerts: Vec<AlertFace>,
    pub shipments: Vec<Sibling>,
    pub customer: Customer,
    /// Ordered, shipped and cancelled stand in the quantity: "2, 1 shipped".
    pub items: Vec<Item>,
    pub reply: String,
    pub tracking_page_url: String,
}

impl OrderView {
    pub fn samples() -> Vec<(&'static str, OrderView)> {
        let like = ShipmentView::samples().remove(0).1;
        let about = About {
            first_name: "Aoife".into(),
            order: "NW-10499".into(),
            carrier: String::new(),
            tracking_page_url: like.tracking_page_url.clone(),
            brand: "Northway Home".into(),
        };
        let fact = |label, value: &str, detail: &str, tone| Fact { label, value: value.into(), detail: detail.into(), tone };
        let mut alert = like.alerts[0].clone();
        alert.title = "Not despatched".into();
        alert.icon = "box";
        alert.why = "It should have left by Mon 23 Nov, and no hand-over is known".into();
        alert.next_action = "Ask the warehouse, then tell the shopper".into();
        alert.head_start = None;
        let view = OrderView {
            frame: samples::frame("NW-10499", "not_despatched"),
            back: "/desk/orders/NW-10499".into(),
            order: "NW-10499".into(),
            channel: "Web shop, ordered Thu 19 Nov".into(),
            pills: vec![Pill::new("bad", "box", "Not despatched")],
            answer: "It should have left by yesterday and has not.".into(),
            facts: vec![
                fact("Leaves by", "Mon 23 Nov", "passed 12 h ago", "bad"),
                fact("Promise", "by Wed 25 Nov", "first promise, never changed", ""),
                fact("Waiting on", "Retailer", "Northampton DC", ""),
            ],
            alerts: vec![alert],
            shipments: vec![],
            customer: like.customer,
            items: like.items,
            reply: reply(&about, &Situation::DespatchOverdue { was_due: "Monday 23 November".into() }),
            tracking_page_url: like.tracking_page_url,
        };
        vec![("order", view)]
    }
}
