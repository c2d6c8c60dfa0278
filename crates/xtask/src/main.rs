//! The project's chores: `cargo xtask` prints them.

#![expect(clippy::disallowed_methods, reason = "a chore is measured by the machine's clock, the product is not")]

mod chores;
mod command;
mod docs;
mod guard;
mod postgres;
mod setup;
mod test;
mod tidy;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask CHORE

  test [--fast] [--only STEP]…   the one test command: everything that must hold before a change lands
  setup                          installs what the tests need and this machine lacks (Debian packages)
  tidy                           rooms, forbidden calls, tenant-first SQL, dead files, licences, rendered docs
  docs                           renders docs/states.md from the catalogue of states
  storm [--cases N]              the property tests with many more cases (default 100000), optimised
  storm kills [--kills N]        the server killed so many times while carriers post (default 500), on both databases, optimised
  fuzz [--minutes N]             mutated payloads against every adapter (default 10), optimised
  bench [--only a,b,…] [--quick] [--engine NAME]
                                 the product's bars, measured on both databases, optimised; `--only adapters`: how fast payloads are read
  bench forecast [--from DAY] [--until DAY]
                                 forecasts beside simpler ones on real orders (LightGBM where Python has it)

STEP: setup, fmt, clippy, tidy, sqlite, postgres, browser, types, fuzz. --fast: fmt, clippy, tidy, sqlite.
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&root(), &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(root: &Path, args: &[String]) -> Result<()> {
    let (chore, rest) = args.split_first().map_or(("help", args), |(c, rest)| (c.as_str(), rest));
    match chore {
        "test" => test::run(root, rest),
        "setup" => setup::run(root),
        "tidy" => tidy::run(root),
        "docs" => docs::write(root),
        "storm" => chores::storm(root, rest),
        "fuzz" => chores::fuzz(root, rest),
        "bench" => chores::bench(root, rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no chore `{other}`\n\n{HELP}"),
    }
}

/// The repository's root: two folders above this crate.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().and_then(Path::parent).expect("xtask stands in crates/xtask").to_path_buf()
}
