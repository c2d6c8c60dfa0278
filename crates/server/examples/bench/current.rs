//! d: a million open shipments kept current: thirty events a second, and what falls due by silence alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use jiff::Timestamp;

use crate::{
    Asked,
    load::{self, Asking},
    stock::{self, Stock},
    verdict::Table,
};

const EVENTS_A_SECOND: f64 = 30.0;
const PERCENT_MAX: f64 = 10.0;

pub async fn measure(asked: &Asked, stock: &Stock<'_>, table: &mut Table) -> Result<()> {
    let (warm, time) = if asked.quick { (2, 5) } else { (20, 60) };
    let server = stock.server().await?;
    let asking: Asking = {
        let (size, at) = (stock.size, Timestamp::now());
        let run = at.as_millisecond().unsigned_abs();
        Arc::new(move |n| {
            let (retailer, shipment) = size.any(run.wrapping_add(n));
            load::post(&stock::hook_path(retailer), &stock::payload(retailer, shipment, run.wrapping_add(n), at))
        })
    };
    load::at_rate(server.address, 4, Duration::from_secs(warm), &asking, EVENTS_A_SECOND).await?;
    let (before, started) = (server.processor_seconds(), Instant::now());
    let shifted: Asking = Arc::new(move |n| asking(n + 1_000_000));
    load::at_rate(server.address, 4, Duration::from_secs(time), &shifted, EVENTS_A_SECOND).await?;
    let percent = (server.processor_seconds() - before) / started.elapsed().as_secs_f64() * 100.0;
    let what = format!("{} open shipments, 30 events a second: one core's time", stock.size.shipments());
    table.at_most(('d', stock.ground.engine()), &what, percent, PERCENT_MAX, "%");
    table.resident(stock.ground.engine(), 'd', server.resident());
    Ok(())
}
