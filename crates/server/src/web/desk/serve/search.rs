//! The one search box, and the lists behind the counts.

use jiff::Timestamp;
use whereabouts_domain::Attention;

use super::{Answer, Asked, Desk, Fault, plural, queue::zone_of, quoted, see, wording};
use crate::{
    db::{self, shipments::ShipmentRow},
    web::desk::{
        Empty, Step,
        frame::grouped,
        queue::Filter,
        search::{HitsView, SearchView, ShipmentRow as Row},
    },
};

const PAGE: i64 = 50;
const HITS: i64 = 8;
const TYPED_MAX: usize = 200;

fn row(desk: &Desk, s: &ShipmentRow) -> Row {
    let reg = &s.registration;
    Row {
        href: format!("/desk/shipments/{}", s.id),
        order: wording::order(reg),
        customer: wording::customer(reg),
        place: wording::place(reg),
        carrier: wording::carrier(reg),
        tracking_number: reg.tracking_number.clone().unwrap_or_default(),
        state: wording::state(s, &desk.ctx),
        facts: wording::facts(s, desk.now),
        last_scan: s.last_event_at.map(|at| desk.when_ms(at)),
        promise: reg.promised.as_ref().map_or_else(|| "no promise".into(), |p| wording::promise(p, &zone_of(desk, s))),
    }
}

async fn find(desk: &Desk, typed: &str, limit: i64) -> Result<Vec<ShipmentRow>, Fault> {
    let read = desk.app.db.read().await?;
    let ids = db::search::find(&read, desk.retailer(), typed, limit).await?;
    Ok(db::shipments::by_ids_read(&read, desk.retailer(), &ids).await?)
}

/// `GET /desk/search?q=`; with `part=hits` the fragment under the search box.
pub async fn get(desk: Desk, asked: Asked) -> Answer {
    let typed: String = asked.get("q").unwrap_or_default().chars().take(TYPED_MAX).collect();
    let all = format!("/desk/search?q={}", quoted(&typed));
    if asked.get("part") == Some("hits") {
        let mut found = find(&desk, &typed, HITS + 1).await?;
        let more = found.len() > HITS as usize;
        found.truncate(HITS as usize);
        let rows = found.iter().map(|s| row(&desk, s)).collect();
        return super::page(axum::http::StatusCode::OK, &HitsView { query: typed, rows, all: more.then(|| Step::new(all, "All answers")) });
    }
    let mut found = if typed.is_empty() { Vec::new() } else { find(&desk, &typed, PAGE + 1).await? };
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let mut frame = desk.frame(if typed.is_empty() { "Search".to_string() } else { format!("Search: {typed}") }, "search").await?;
    frame.query = typed.clone();
    let count = found.len() as u64;
    let meaning = match count {
        0 => "Nothing found".to_string(),
        _ if more => format!("The newest {} of more: type on to narrow them", grouped(count)),
        _ => plural(count, "shipment", "shipments"),
    };
    let empty = found.is_empty().then(|| nothing(&typed));
    desk.show(&SearchView {
        frame,
        heading: if typed.is_empty() { "Search".into() } else { format!("“{typed}”") },
        meaning,
        filters: Vec::new(),
        rows: found.iter().map(|s| row(&desk, s)).collect(),
        next_page: None,
        empty,
    })
}

fn nothing(typed: &str) -> Empty {
    if typed.is_empty() {
        return Empty {
            icon: "search",
            title: "What are you looking for?".into(),
            why: "Type an order, a tracking number, a reference, a name, an e-mail address, a phone number or a postcode; its beginning will do.".into(),
            next: None,
        };
    }
    Empty {
        icon: "search",
        title: format!("No order, number, name, e-mail, phone or postcode begins with “{typed}”"),
        why: "The order may not be registered yet, or its events wait among the unmatched.".into(),
        next: Some(Step::new("/desk/unmatched", "Look among the unmatched")),
    }
}

/// `GET /desk/shipments?attention=`
pub async fn list(desk: Desk, asked: Asked) -> Answer {
    let Some(attention) = asked.get("attention").and_then(Attention::parse) else { return Ok(see("/desk/shipments?attention=act")) };
    let mut filter = db::shipments::Filter::of(desk.retailer());
    filter.in_light(attention);
    let mut found = db::shipments::list(&desk.app.db.read().await?, &filter, asked.get("cursor"), PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let (heading, meaning) = match attention {
        Attention::Act => ("Act", "Open shipments that need a person: late, perhaps missing, or in a state that asks for one."),
        Attention::Watch => ("Watch", "Open shipments that could go wrong; there is nothing to do yet."),
        Attention::None => ("Fine", "Open shipments on their way as promised."),
    };
    let base = |id: &str| format!("/desk/shipments?attention={id}");
    let filters = [("Act", "act"), ("Watch", "watch"), ("Fine", "none")];
    let next_page = found.last().filter(|_| more).map(|s| format!("{}&cursor={}", base(attention.id()), s.id));
    desk.show(&SearchView {
        frame: desk.frame(heading, attention.id()).await?,
        heading: heading.into(),
        meaning: meaning.into(),
        filters: filters.map(|(label, id)| Filter { label: label.into(), href: base(id), chosen: id == attention.id() }).into(),
        rows: found.iter().map(|s| row(&desk, s)).collect(),
        next_page,
        empty: found.is_empty().then(|| Empty {
            icon: "check",
            title: "No shipment is here".into(),
            why: "Shipments move between these lists by themselves, as their state changes.".into(),
            next: Some(Step::new("/desk", "To the desk")),
        }),
    })
}

/// How long ago yesterday began to be "new": a day.
pub fn yesterday(now: Timestamp) -> i64 {
    now.as_millisecond() - 86_400_000
}
