//! e: search as an agent types: every further letter is another search, over a million shipments of 200 retailers.
//! Exact clues and beginnings only: a part from the middle of a name is not found (a gap that docs name), and so not measured.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};

use crate::{
    Asked,
    load::{self, Asking, Line},
    stock::{self, Size, Stock},
    verdict::Table,
};

/// Agents who type at the same time, and how many letters each types a second.
const AGENTS: usize = 8;
const LETTERS_A_SECOND: f64 = 5.0;
const WAIT_MAX_MS: f64 = 30.0;

pub async fn measure(asked: &Asked, stock: &Stock<'_>, table: &mut Table) -> Result<()> {
    let time = Duration::from_secs(if asked.quick { 2 } else { 30 });
    let server = stock.server().await?;
    finds(stock, &server).await?;
    let asking: Asking = {
        let size = stock.size;
        Arc::new(move |n| typed(size, n))
    };
    load::at_rate(server.address, AGENTS, time / 5, &asking, 100.0).await?;
    let answers = load::at_rate(server.address, AGENTS, time, &asking, AGENTS as f64 * LETTERS_A_SECOND).await?;
    let at = ('e', stock.ground.engine());
    table.note(at, "searches, p50", format!("{:.2} ms", answers.percentile_ms(50.0)));
    table.at_most(at, "search at every letter, 8 agents, p99", answers.percentile_ms(99.0), WAIT_MAX_MS, "ms");
    table.resident(stock.ground.engine(), 'e', server.resident());
    Ok(())
}

/// What is measured must also be right: the whole clue finds its shipment.
async fn finds(stock: &Stock<'_>, server: &crate::process::Process) -> Result<()> {
    let mut line = Line::open(server.address).await?;
    for n in 0..12 {
        let (retailer, shipment) = stock.size.any(n);
        let clue = clue(retailer, shipment, n);
        let (status, body) = line.ask(&request(retailer, &clue)).await?;
        let found = String::from_utf8_lossy(body).contains(&stock::tracking_number(retailer, shipment));
        // A name or a postcode may fit more shipments than one page holds.
        ensure!(status == 200 && (found || n % 6 >= 3), "`{clue}` finds its shipment: {status}");
    }
    Ok(())
}

fn clue(retailer: u64, shipment: u64, kind: u64) -> String {
    let who = stock::shopper(retailer, shipment);
    match kind % 6 {
        0 => stock::order_number(retailer, shipment),
        1 => stock::tracking_number(retailer, shipment),
        2 => who.email,
        3 => format!("{} {}", who.first, who.last),
        4 => who.postcode,
        _ => who.phone,
    }
}

/// The nth letter typed: eight agents in turn, each typing one clue to its end.
fn typed(size: Size, n: u64) -> Vec<u8> {
    let (agent, letter) = (n % AGENTS as u64, n / AGENTS as u64);
    let (clue_nth, letters) = (letter / 14, 2 + letter % 14);
    let nth = clue_nth * AGENTS as u64 + agent;
    let (retailer, shipment) = size.any(nth);
    let begun: String = clue(retailer, shipment, nth).chars().take(letters as usize).collect();
    request(retailer, &begun)
}

fn request(retailer: u64, typed: &str) -> Vec<u8> {
    let query: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    load::get(&format!("/api/v1/shipments?q={query}&limit=20"), Some(&stock::api_key(retailer)))
}
