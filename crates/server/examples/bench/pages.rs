//! c: the tracking page of uniformly random links, rendered anew for each request, against an empty GET route; then how long people wait
//! at half of that.

use std::{sync::Arc, time::Duration};

use anyhow::Result;

use crate::{
    Asked,
    hooks::median,
    load::{self, Asking},
    process::Process,
    stock::{self, Stock},
    verdict::Table,
};

const CONNECTIONS: usize = 64;
const BAR: f64 = 0.2;
const WAIT_MAX_MS: f64 = 10.0;
const ROUNDS: usize = 3;

pub async fn measure(asked: &Asked, stock: &Stock<'_>, table: &mut Table) -> Result<()> {
    let time = Duration::from_secs(if asked.quick { 1 } else { 5 });
    let server = stock.server().await?;
    let empty = Process::empty()?;
    let (mut ours, mut nothing) = (Vec::new(), Vec::new());
    // Once to get warm, unmeasured.
    load::flat_out(server.address, CONNECTIONS, time, &asking(stock, 99)).await?;
    for round in 0..ROUNDS as u64 {
        let empty_route: Asking = Arc::new(|_| load::get("/empty", None));
        nothing.push(load::flat_out(empty.address, CONNECTIONS, time, &empty_route).await?.per_second());
        ours.push(load::flat_out(server.address, CONNECTIONS, time, &asking(stock, round)).await?.per_second());
    }
    let at = ('c', stock.ground.engine());
    let peak = median(&mut ours);
    table.note(at, "tracking pages a second (median of three)", format!("{peak:.0}"));
    table.note(at, "empty GET route a second", format!("{:.0}", median(&mut nothing)));
    table.at_least(at, "tracking pages / empty GET route", peak / median(&mut nothing), BAR);
    let mut waits = Vec::new();
    for round in 0..ROUNDS as u64 {
        let answers = load::at_rate(server.address, CONNECTIONS, time, &asking(stock, 10 + round), peak / 2.0).await?;
        waits.push(answers.percentile_ms(99.0));
    }
    table.at_most(at, "p99 of tracking pages at half that rate (median of three)", median(&mut waits), WAIT_MAX_MS, "ms");
    table.resident(stock.ground.engine(), 'c', server.resident());
    Ok(())
}

fn asking(stock: &Stock, round: u64) -> Asking {
    let size = stock.size;
    Arc::new(move |n| {
        let (retailer, shipment) = size.any(round << 40 | n);
        load::get(&format!("/t/{}/{}", stock::retailer_id(retailer), stock::token(retailer, shipment)), None)
    })
}
