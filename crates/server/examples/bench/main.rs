//! The product's bars, measured: `cargo xtask bench [--only a,b,…] [--quick] [--engine sqlite|postgres]`. Every ratio compares two things
//! of the same run on the same machine; absolute numbers say little about another one. The server runs in a process of its own, so that
//! its memory and its processor time are its own; this process is also that server, and the empty one that it is compared with.

#![expect(clippy::disallowed_methods, reason = "a benchmark is measured by the machine's clock, the product is not")]

mod alone;
mod current;
mod digest;
mod ground;
mod hooks;
mod load;
mod pages;
mod process;
mod search;
mod stock;
mod verdict;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;

use crate::{ground::Ground, verdict::Table};

/// How this run was asked for.
pub struct Asked {
    /// The bars to measure, by letter.
    only: String,
    /// Small numbers: shows that everything runs, says nothing about speed.
    pub quick: bool,
    /// Measure on this engine only.
    engine: Option<String>,
}

impl Asked {
    fn of(args: &[String]) -> Result<Asked> {
        let mut asked = Asked { only: "abcdeg".into(), quick: false, engine: None };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => asked.only = words.next().context("--only wants letters: a,b,c,d,e,g")?.replace(',', ""),
                "--quick" => asked.quick = true,
                "--engine" => asked.engine = Some(words.next().context("--engine wants sqlite or postgres")?.clone()),
                other => bail!("`{other}` is not an option; there are --only a,b,…, --quick and --engine NAME"),
            }
        }
        Ok(asked)
    }

    fn wants(&self, letter: char) -> bool {
        self.only.contains(letter)
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("serve") => serve(&args),
        Some("empty") => process::run_empty(),
        _ => measure(&Asked::of(&args)?),
    }
}

/// The product itself, as the binary starts it.
fn serve(args: &[String]) -> Result<()> {
    let words = std::iter::once("whereabouts".to_string()).chain(args.iter().cloned());
    match whereabouts_server::cli::Cli::parse_from(words).run() {
        Ok(()) => Ok(()),
        Err(failure) => bail!("the server failed: {failure:?}"),
    }
}

fn measure(asked: &Asked) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;
    let mut table = Table::new(asked.quick);
    let done = runtime.block_on(async {
        for ground in grounds(asked).await? {
            println!("\n== on {}", ground.engine());
            if asked.wants('a') {
                hooks::measure(asked, &ground, &mut table).await.context("a: hooks")?;
            }
            if asked.wants('b') {
                digest::measure(asked, &ground, &mut table).await.context("b: digest")?;
            }
            if asked.wants('g') {
                alone::measure(&ground, &mut table).await.context("g: one lone client")?;
            }
            if asked.wants('c') || asked.wants('d') || asked.wants('e') {
                let stock = stock::Stock::of(asked, &ground).await.context("seeding")?;
                if asked.wants('c') {
                    pages::measure(asked, &stock, &mut table).await.context("c: pages")?;
                }
                if asked.wants('e') {
                    search::measure(asked, &stock, &mut table).await.context("e: search")?;
                }
                // Last, because it changes what is there.
                if asked.wants('d') {
                    current::measure(asked, &stock, &mut table).await.context("d: kept current")?;
                }
            }
        }
        anyhow::Ok(())
    });
    table.print();
    done?;
    if table.is_met() { Ok(()) } else { bail!("a bar is missed") }
}

async fn grounds(asked: &Asked) -> Result<Vec<Ground>> {
    let mut grounds = Vec::new();
    let wanted = |name: &str| asked.engine.as_deref().is_none_or(|e| e == name);
    if wanted("sqlite") {
        grounds.push(Ground::sqlite()?);
    }
    if wanted("postgres") {
        match std::env::var("WHEREABOUTS_BENCH_DATABASE") {
            Ok(url) => grounds.push(Ground::postgres(&url).await?),
            Err(_) => eprintln!("skipped: PostgreSQL; WHEREABOUTS_BENCH_DATABASE is not set"),
        }
    }
    Ok(grounds)
}
