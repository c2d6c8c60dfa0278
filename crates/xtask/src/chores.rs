//! Longer runs of what `cargo xtask test` does in small, and the benchmarks.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    command::{cargo, run},
    postgres::Postgres,
    test::TEST_DATABASE,
};

/// Both crates that promise something about every input.
const PURE: [&str; 4] = ["-p", "whereabouts-domain", "-p", "whereabouts-adapters"];
/// How many cases a property test tries, and for how long payloads are mutated: read by the tests themselves.
pub const STORM_CASES: &str = "WHEREABOUTS_STORM_CASES";
pub const FUZZ_SECONDS: &str = "WHEREABOUTS_FUZZ_SECONDS";

/// How often the server is killed: read by its test.
const KILLS: &str = "WHEREABOUTS_KILLS";
/// PostgreSQL for the benchmarks, if they are to run on it too.
const BENCH_DATABASE: &str = "WHEREABOUTS_BENCH_DATABASE";

pub fn storm(root: &Path, args: &[String]) -> Result<()> {
    if let Some((kills, rest)) = args.split_first()
        && kills == "kills"
    {
        return storm_of_kills(root, rest);
    }
    let cases = number(args, "--cases", 100_000)?;
    run(cargo(root).args(["test", "--release", "--locked"]).args(PURE).env(STORM_CASES, cases.to_string()))
}

/// The real server, killed hundreds of times while carriers post, on both databases.
fn storm_of_kills(root: &Path, args: &[String]) -> Result<()> {
    let kills = number(args, "--kills", 500)?;
    let postgres = Postgres::start()?;
    let test = ["test", "--release", "--locked", "-p", "whereabouts", "--test", "kill", "--", "--nocapture", "--test-threads", "1"];
    run(cargo(root).args(test).env(KILLS, kills.to_string()).env(TEST_DATABASE, &postgres.url))
}

pub fn fuzz(root: &Path, args: &[String]) -> Result<()> {
    let minutes = number(args, "--minutes", 10)?;
    fuzz_for(root, minutes * 60, &["--release"])
}

pub fn fuzz_for(root: &Path, seconds: u64, profile: &[&str]) -> Result<()> {
    let test = ["--locked", "-p", "whereabouts-adapters", "--test", "fuzz", "--", "--ignored", "--nocapture"];
    run(cargo(root).arg("test").args(profile).args(test).env(FUZZ_SECONDS, seconds.to_string()))
}

/// The bars, and how fast each adapter reads: `--only adapters` needs neither server nor database.
pub fn bench(root: &Path, args: &[String]) -> Result<()> {
    if let Some((what, rest)) = args.split_first()
        && what == "forecast"
    {
        return bench_forecast(root, rest);
    }
    let only = args.windows(2).find(|two| two[0] == "--only").map(|two| two[1].as_str());
    if only.is_none() || only == Some("adapters") {
        let quick = args.iter().filter(|arg| *arg == "--quick");
        run(cargo(root).args(["run", "--release", "--locked", "-p", "whereabouts-adapters", "--example", "adapters", "--"]).args(quick))?;
    }
    if only == Some("adapters") {
        return Ok(());
    }
    if !root.join("crates/server/examples/bench.rs").exists() && !root.join("crates/server/examples/bench/main.rs").exists() {
        bail!("crates/server/examples has no `bench` yet");
    }
    let mut bench = cargo(root);
    bench.args(["run", "--release", "--locked", "-p", "whereabouts", "--example", "bench", "--"]).args(args);
    let sqlite_alone = args.windows(2).any(|two| two[0] == "--engine" && two[1] == "sqlite");
    let postgres = if sqlite_alone || std::env::var_os(BENCH_DATABASE).is_some() { None } else { Some(Postgres::start()?) };
    if let Some(postgres) = &postgres {
        bench.env(BENCH_DATABASE, &postgres.url);
    }
    run(&mut bench)
}

/// Where the orders of the benchmark lie: a folder that stands beside the repository.
const SHARED: &str = "WHEREABOUTS_SHARED";
/// The Python that has LightGBM, if it is not `python3`.
const PYTHON: &str = "WHEREABOUTS_PYTHON";

/// Forecasts beside simpler ones on real orders. LightGBM takes part where Python has it.
fn bench_forecast(root: &Path, args: &[String]) -> Result<()> {
    let shared = std::env::var_os(SHARED).map_or_else(|| root.join("../shared"), PathBuf::from);
    let given = args.windows(2).find(|two| two[0] == "--orders").map(|two| PathBuf::from(&two[1]));
    let orders = given.unwrap_or_else(|| shared.join("datasets/olist_orders_before_2018-05.csv.gz"));
    let mut bench = cargo(root);
    bench.args(["run", "--release", "--locked", "-p", "whereabouts-domain", "--example", "forecast", "--"]).args(args).env(SHARED, &shared);
    let python = std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
    let has_lightgbm = Command::new(&python).args(["-c", "import lightgbm, pandas"]).output().is_ok_and(|said| said.status.success());
    if has_lightgbm && orders.exists() {
        let chances = root.join("target/lightgbm.csv");
        std::fs::create_dir_all(root.join("target"))?;
        let script = root.join("crates/domain/examples/forecast/lightgbm_baseline.py");
        run(Command::new(&python).arg(script).arg(&orders).arg(&chances))?;
        bench.arg("--lightgbm").arg(&chances);
    } else {
        eprintln!("xtask: LightGBM does not take part: `{}` has no lightgbm and pandas ({PYTHON} names another)", python.display());
    }
    run(&mut bench)
}

/// `NAME N` or the default.
fn number(args: &[String], name: &str, default: u64) -> Result<u64> {
    match args {
        [] => Ok(default),
        [given, value] if given == name => value.parse().with_context(|| format!("{name} wants a number, not `{value}`")),
        other => bail!("expected `{name} N`, not `{}`", other.join(" ")),
    }
}
