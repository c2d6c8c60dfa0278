//! Shipments by the million: made from numbers alone, so that a link or a name can be made again without keeping it, and written in big
//! transactions. Seeded once per build folder and used by every run that needs it.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, ToSpan, tz::Offset};
use serde_json::json;
use whereabouts_domain::{Case, Location, Moment, Precision, Registration, State, TrackingEvent, facts, journey};
use whereabouts_server::{
    app::{App, Config},
    context::Context,
    db::{
        self, Db, Value,
        orders::OrderRow,
        pages,
        retailers::{BrandRow, RetailerRow},
        search,
        shipments::{ShipmentRow, number_key},
    },
    flow, following, ids, row,
};

use crate::{
    Asked,
    ground::{self, Ground},
    process::Process,
};

pub const SECRET: &str = "bench-secret-bench-secret";
const BATCH: usize = 2_000;
/// The carrier says something about every parcel once a day; the events lie evenly over the last day.
const DAY_SECS: u64 = 86_400;

/// How many of what.
#[derive(Clone, Copy)]
pub struct Size {
    pub retailers: u64,
    pub shipments_each: u64,
}

impl Size {
    pub fn shipments(self) -> u64 {
        self.retailers * self.shipments_each
    }
    /// The nth shipment, all retailers after one another: (retailer, which of its).
    pub fn place(self, n: u64) -> (u64, u64) {
        (n / self.shipments_each, n % self.shipments_each)
    }
    /// Each shipment once, in no order: for `n` below their number.
    pub fn any_once(self, n: u64) -> (u64, u64) {
        // A step that shares no factor with the count visits all.
        self.place((n.wrapping_mul(7_919)) % self.shipments())
    }
    /// Any shipment, evenly spread, the same for the same `n`.
    pub fn any(self, n: u64) -> (u64, u64) {
        self.place(mixed(n) % self.shipments())
    }
}

/// The big database.
pub struct Stock<'a> {
    pub ground: &'a Ground,
    pub size: Size,
    pub database: String,
}

impl Stock<'_> {
    pub async fn of<'a>(asked: &Asked, ground: &'a Ground) -> Result<Stock<'a>> {
        let size = if asked.quick { Size { retailers: 20, shipments_each: 500 } } else { Size { retailers: 200, shipments_each: 5_000 } };
        let name = if asked.quick { "stock_quick" } else { "stock" };
        if !ground.exists(name).await? {
            let started = std::time::Instant::now();
            // Under another name until it is whole.
            let database = ground.fresh("stock_new").await?;
            seed(&database, size).await?;
            ground.rename("stock_new", name).await?;
            println!("seeded {} shipments in {:.0} s", size.shipments(), started.elapsed().as_secs_f64());
        }
        Ok(Stock { ground, size, database: ground.address(name) })
    }

    /// Reads the file once, as a server that has run for a while has: the machine may have taken its memory for something else.
    pub fn warm(&self) -> Result<()> {
        let Some(path) = self.database.strip_prefix("sqlite:") else { return Ok(()) };
        std::io::copy(&mut std::fs::File::open(path)?, &mut std::io::sink())?;
        Ok(())
    }

    /// The product on this database, its clock standing where the seeding ended, so that an old stock is not overdue.
    pub async fn server(&self) -> Result<Process> {
        let db = Db::open(&self.database).await?;
        let seeded_at = db::retailers::all(&db.read().await?).await?.first().context("a retailer")?.created_at;
        let mut tx = db.write().await?;
        db::retailers::set_clock_offset(&mut tx, seeded_at - Timestamp::now().as_millisecond()).await?;
        tx.commit().await?;
        drop(db);
        Process::server(&self.database)
    }
}

pub fn retailer_id(retailer: u64) -> String {
    format!("rbench{retailer:04}")
}

pub fn api_key(retailer: u64) -> String {
    format!("wbk_{}_{SECRET}", retailer_id(retailer))
}

pub fn hook_path(retailer: u64) -> String {
    format!("/hooks/{}.{SECRET}/easypost", retailer_id(retailer))
}

/// One scan, as an aggregator posts it. `nth` makes it another one.
pub fn payload(retailer: u64, shipment: u64, nth: u64, at: Timestamp) -> String {
    let detail = json!({
        "object": "TrackingDetail", "message": format!("Arrived at depot {nth}"), "status": "in_transit", "status_detail": "arrived_at_facility",
        "datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "source": "RoyalMail",
        "tracking_location": {"object": "TrackingLocation", "city": "Leeds", "state": null, "country": "GB", "zip": "LS1 4AP"},
    });
    let tracker = json!({
        "id": format!("trk_{:032x}", nth), "object": "Tracker", "mode": "production", "tracking_code": tracking_number(retailer, shipment),
        "carrier": "RoyalMail", "tracking_details": [detail],
    });
    json!({"id": format!("evt_{nth:032x}"), "object": "Event", "mode": "production", "description": "tracker.updated", "result": tracker})
        .to_string()
}

pub fn tracking_number(retailer: u64, shipment: u64) -> String {
    format!("JD{:016}", 2_000_000_000_000 + retailer * 10_000_019 + shipment * 7)
}

pub fn order_number(retailer: u64, shipment: u64) -> String {
    format!("{}-{}", 1_000 + retailer, 100_000 + shipment)
}

/// The link's random part.
pub fn token(retailer: u64, shipment: u64) -> String {
    let (a, b) = (mixed(retailer << 32 | shipment), mixed(!(retailer << 32 | shipment)));
    let mut bytes = [0_u8; 16];
    bytes[..8].copy_from_slice(&a.to_be_bytes());
    bytes[8..].copy_from_slice(&b.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Splitmix: evenly spread, the same everywhere.
pub fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub struct Shopper {
    pub first: String,
    pub last: String,
    pub email: String,
    pub phone: String,
    pub postcode: String,
}

pub fn shopper(retailer: u64, shipment: u64) -> Shopper {
    const FIRST: [&str; 24] = [
        "Olivia", "Noah", "Amelia", "George", "Isla", "Arthur", "Ava", "Muhammad", "Lily", "Leo", "Ivy", "Harry", "Freya", "Oscar",
        "Florence", "Archie", "Grace", "Jack", "Willow", "Henry", "Ewa", "Piotr", "Ngozi", "Søren",
    ];
    const BEGIN: [&str; 20] = [
        "Ash", "Black", "Cart", "Dun", "East", "Fair", "Green", "Hart", "Inger", "Kow", "Lang", "Mar", "Nor", "Oak", "Pem", "Ros", "Stan",
        "Thorn", "West", "Whit",
    ];
    const END: [&str; 16] =
        ["ley", "worth", "by", "ham", "field", "wood", "sen", "ski", "well", "ford", "ton", "man", "croft", "shaw", "more", "er"];
    let luck = mixed(retailer.wrapping_mul(1_000_003).wrapping_add(shipment));
    let pick = |list: &[&str], shift: u32| list[(luck >> shift) as usize % list.len()].to_string();
    let (first, last) = (pick(&FIRST, 0), pick(&BEGIN, 8) + &pick(&END, 16)[..]);
    let area = ["LS", "M", "B", "SE", "EH", "CF", "NE", "BS"][(luck >> 24) as usize % 8];
    Shopper {
        email: format!("{}.{}{}@example.com", first.to_lowercase(), last.to_lowercase(), luck % 10_000),
        phone: format!("+44 7700 {:06}", luck % 1_000_000),
        postcode: format!("{area}{} {}AB", 1 + (luck >> 28) % 20, (luck >> 33) % 10),
        first,
        last,
    }
}

/// Makes retailers and shipments in a fresh database.
pub async fn seed(database: &str, size: Size) -> Result<()> {
    let app = App::start(Db::open(database).await?, None, Config { sandbox: true, ..Config::plain() }).await?;
    let now = app.clock.now();
    for retailer in 0..size.retailers {
        put_retailer(&app, retailer, now).await?;
    }
    let mut contexts = Vec::new();
    for retailer in 0..size.retailers {
        contexts.push(app.contexts.get(&app, &retailer_id(retailer)).await?.context("the retailer is there")?);
    }
    // One thread makes the next batch while this one writes the last.
    let (send, mut receive) = tokio::sync::mpsc::channel::<Batch>(2);
    let maker = Arc::clone(&app);
    let making = std::thread::spawn(move || {
        let mut batch = Batch::default();
        for n in 0..size.shipments() {
            let (retailer, shipment) = size.place(n);
            batch.add(&maker, &contexts[retailer as usize], (retailer, shipment), now);
            if batch.shipments.len() == BATCH || n + 1 == size.shipments() {
                let _ = send.blocking_send(std::mem::take(&mut batch));
            }
        }
    });
    while let Some(batch) = receive.recv().await {
        batch.write(&app.db).await?;
    }
    making.join().map_err(|_| anyhow::anyhow!("making shipments failed"))?;
    ground::settle_down(&app.db).await?;
    app.stop(std::time::Duration::from_secs(10)).await;
    Ok(())
}

async fn put_retailer(app: &App, retailer: u64, now: Timestamp) -> Result<()> {
    let (id, now_ms) = (retailer_id(retailer), now.as_millisecond());
    let mut tx = app.db.write().await?;
    let row = RetailerRow { id: id.clone(), name: format!("Retailer {retailer}"), preset: "sorted".into(), created_at: now_ms };
    db::retailers::insert(&mut tx, &row).await?;
    flow::hooks::keep_address(app, &mut tx, &id, SECRET, "bench").await?;
    let brand = BrandRow { id: "brd_bench".into(), name: format!("Brand {retailer}"), doc: "{}".into() };
    db::retailers::insert_brand(&mut tx, &id, &brand, now_ms).await?;
    db::retailers::insert_key(&mut tx, &id, &ids::hash(SECRET), "bench", "*", now_ms).await?;
    for (name, when, then) in flow::set_up::default_rules() {
        let doc = json!({"name": name, "when": when, "then": then, "enabled": true});
        db::rules::put(&mut tx, &id, &app.ids.make("rul", now_ms), &doc.to_string(), now_ms).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[derive(Default)]
struct Batch {
    shipments: Vec<Vec<Value>>,
    orders: Vec<Vec<Value>>,
    pages: Vec<Vec<Value>>,
    events: Vec<Vec<Value>>,
    numbers: Vec<(String, String, String, &'static str)>,
    clues: Vec<(String, String, String)>,
}

impl Batch {
    fn add(&mut self, app: &App, ctx: &Context, (retailer, shipment): (u64, u64), now: Timestamp) {
        let last_event = now - i64::try_from(mixed(retailer << 32 | shipment) % DAY_SECS).unwrap_or(0).seconds();
        let registration = registration(retailer, shipment, now);
        let created_at = (last_event - 60.hours()).as_millisecond();
        let (id, order_id) = (app.ids.make("shp", created_at), app.ids.make("ord", created_at));
        let events = history(&registration, last_event);
        let settings = ctx.settings_for("brd_bench", &registration);
        let zone = ctx.zone_of("brd_bench", &registration, &settings);
        let journey = journey::fold(&registration, &events);
        let judged = facts::judge(&Case {
            registration: &registration,
            journey: &journey,
            registered_at: last_event - 60.hours(),
            woken_at: None,
            kept_awake: false,
            settings: &settings,
            calendars: &ctx.calendars,
            zone: &zone,
            patience: None,
            now,
        });
        for event in &events {
            let doc = serde_json::to_string(event).expect("an event can be written as JSON");
            let key = event.key();
            self.events.push(row![&ctx.id, &id, key, created_at, doc]);
        }
        let (number, order) = (tracking_number(retailer, shipment), order_number(retailer, shipment));
        self.numbers.push((ctx.id.clone(), number_key(&number), id.clone(), "tracking_number"));
        self.clues.extend(search::clues(&registration).into_iter().map(|clue| (ctx.id.clone(), clue, id.clone())));
        let token = token(retailer, shipment);
        let order = OrderRow {
            retailer: ctx.id.clone(),
            id: order_id.clone(),
            brand_id: "brd_bench".into(),
            order_number: Some(order),
            page_token: token.clone(),
            doc: "{}".into(),
            facts: "{}".into(),
            not_despatched: false,
            next_check_at: None,
            version: 1,
            created_at,
            updated_at: created_at,
        };
        let timeline = Some(following::timeline(&id, &events));
        let kept = ShipmentRow {
            retailer: ctx.id.clone(),
            id,
            order_id,
            brand_id: "brd_bench".into(),
            page_token: token,
            attention: settings.attention_of(journey.state),
            first_promised: None,
            disputed: false,
            last_event_at: Some(last_event.as_millisecond()),
            next_check_at: judged.next_check_at.map(Timestamp::as_millisecond),
            woken_at: None,
            version: 1,
            created_at,
            updated_at: last_event.as_millisecond(),
            stopped_at: None,
            facts: judged.facts,
            timeline,
            registration,
            journey,
        };
        // A page's rows are written beside each other, as by a registration.
        self.pages.extend([pages::order_values(&order), pages::parcel_values(&kept)]);
        self.orders.push(order.values());
        self.shipments.push(kept.values());
    }

    async fn write(mut self, db: &Db) -> Result<()> {
        // In the order of the key, as a B-tree likes it.
        self.clues.sort();
        let mut tx = db.write().await?;
        tx.many(&db::shipments::INSERT, self.shipments).await?;
        tx.many(&db::orders::INSERT, self.orders).await?;
        tx.many(&pages::PUT, self.pages).await?;
        tx.many(&db::events::PUT, self.events).await?;
        db::shipments::put_numbers(&mut tx, self.numbers).await?;
        search::put_many(&mut tx, self.clues).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn registration(retailer: u64, shipment: u64, now: Timestamp) -> Registration {
    let who = shopper(retailer, shipment);
    let promised = (now + (48 + i64::try_from(shipment % 48).unwrap_or(0)).hours()).strftime("%Y-%m-%d").to_string();
    serde_json::from_value(json!({
        "order_number": order_number(retailer, shipment), "tracking_number": tracking_number(retailer, shipment), "carrier": "royalmail",
        "promised": {"end": promised},
        "recipient": {"first_name": who.first, "last_name": who.last, "email": who.email, "phone": who.phone, "locale": "en-GB"},
        "destination": {"kind": "home", "line1": "1 High Street", "city": "Leeds", "postcode": who.postcode, "country": "GB"},
        "origin": {"country": "GB"},
        "items": [{"sku": "SKU-1", "name": "A warm coat", "quantity": 1}],
    }))
    .expect("a registration of ours can be read")
}

fn history(registration: &Registration, last: Timestamp) -> Vec<TrackingEvent> {
    let number = registration.tracking_number.as_deref().unwrap_or_default();
    let lines = [
        (50, State::Dispatched, "Label created", "Northampton"),
        (46, State::CollectedByCarrier, "Collected from the sender", "Northampton"),
        (20, State::ArrivedAtHub, "Arrived at the hub", "Birmingham"),
        (0, State::InTransit, "On its way to the local depot", "Leeds"),
    ];
    let event = |(hours, state, words, city): (i64, State, &str, &str)| {
        let mut event = TrackingEvent::new(number, "royalmail", state);
        event.moment = Some(Moment::with_offset(Offset::UTC.to_datetime(last - hours.hours()), Offset::UTC, Precision::Second));
        event.description = words.into();
        event.location = Location { city: Some(city.into()), country: Some("GB".into()), ..Location::default() };
        event
    };
    lines.into_iter().map(event).collect()
}
