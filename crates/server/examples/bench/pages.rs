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
    stock.warm()?;
    let server = stock.server().await?;
    let empty = Process::empty()?;
    let (mut ours, mut nothing) = (Vec::new(), Vec::new());
    let (mut our_costs, mut empty_costs) = (Vec::new(), Vec::new());
    // Once to get warm, unmeasured.
    load::flat_out(server.address, CONNECTIONS, time, &asking(stock, 99)).await?;
    for round in 0..ROUNDS as u64 {
        let empty_route: Asking = Arc::new(|_| load::get("/empty", None));
        let (rate, cost) = with_cost(&empty, time, &empty_route).await?;
        nothing.push(rate);
        empty_costs.push(cost);
        let (rate, cost) = with_cost(&server, time, &asking(stock, round)).await?;
        ours.push(rate);
        our_costs.push(cost);
    }
    let at = ('c', stock.ground.engine());
    let peak = median(&mut ours);
    table.note(at, "tracking pages a second (median of three)", format!("{peak:.0}"));
    table.note(at, "empty GET route a second", format!("{:.0}", median(&mut nothing)));
    table.note(at, "processor time of a tracking page in the server", format!("{:.1} µs", median(&mut our_costs)));
    table.note(at, "processor time of an empty answer in its server", format!("{:.1} µs", median(&mut empty_costs)));
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

/// Answers a second, and microseconds of the server's processor time for each: a number that a busy machine moves least.
async fn with_cost(server: &Process, time: Duration, asking: &Asking) -> Result<(f64, f64)> {
    let before = server.processor_seconds();
    let answers = load::flat_out(server.address, CONNECTIONS, time, asking).await?;
    let spent = server.processor_seconds() - before;
    Ok((answers.per_second(), spent * 1e6 / answers.count as f64))
}

fn asking(stock: &Stock, round: u64) -> Asking {
    let size = stock.size;
    Arc::new(move |n| {
        let (retailer, shipment) = size.any(round << 40 | n);
        load::get(&format!("/t/{}/{}", stock::retailer_id(retailer), stock::token(retailer, shipment)), None)
    })
}
