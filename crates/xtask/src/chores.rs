//! Longer runs of what `cargo xtask test` does in small, and the benchmarks.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, run};

/// Both crates that promise something about every input.
const PURE: [&str; 4] = ["-p", "whereabouts-domain", "-p", "whereabouts-adapters"];
/// How many cases a property test tries, and for how long payloads are mutated: read by the tests themselves.
pub const STORM_CASES: &str = "WHEREABOUTS_STORM_CASES";
pub const FUZZ_SECONDS: &str = "WHEREABOUTS_FUZZ_SECONDS";

pub fn storm(root: &Path, args: &[String]) -> Result<()> {
    let cases = number(args, "--cases", 100_000)?;
    run(cargo(root).args(["test", "--release", "--locked"]).args(PURE).env(STORM_CASES, cases.to_string()))
}

pub fn fuzz(root: &Path, args: &[String]) -> Result<()> {
    let minutes = number(args, "--minutes", 10)?;
    fuzz_for(root, minutes * 60, &["--release"])
}

pub fn fuzz_for(root: &Path, seconds: u64, profile: &[&str]) -> Result<()> {
    let test = ["--locked", "-p", "whereabouts-adapters", "--test", "fuzz", "--", "--ignored", "--nocapture"];
    run(cargo(root).arg("test").args(profile).args(test).env(FUZZ_SECONDS, seconds.to_string()))
}

pub fn bench(root: &Path, args: &[String]) -> Result<()> {
    if !root.join("crates/server/examples/bench.rs").exists() && !root.join("crates/server/examples/bench/main.rs").exists() {
        bail!("crates/server/examples has no `bench` yet");
    }
    run(cargo(root).args(["run", "--release", "--locked", "-p", "whereabouts", "--example", "bench", "--"]).args(args))
}

/// `NAME N` or the default.
fn number(args: &[String], name: &str, default: u64) -> Result<u64> {
    match args {
        [] => Ok(default),
        [given, value] if given == name => value.parse().with_context(|| format!("{name} wants a number, not `{value}`")),
        other => bail!("expected `{name} N`, not `{}`", other.join(" ")),
    }
}
