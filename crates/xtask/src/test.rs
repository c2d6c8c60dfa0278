//! The one test command. Each step stands alone (`--only`); the first failure ends the run; the table at the end says what
//! was done and how long it took.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    chores::{self, STORM_CASES},
    command::{self, cargo, target},
    postgres::Postgres,
    setup, tidy,
};

struct Step {
    name: &'static str,
    what: &'static str,
    /// Part of `--fast`: needs nothing but Rust.
    fast: bool,
    run: fn(&Path) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "setup", what: "what the tests need is installed", fast: false, run: setup::run },
    Step { name: "fmt", what: "rustfmt", fast: true, run: fmt },
    Step { name: "clippy", what: "no warnings in any target", fast: true, run: clippy },
    Step { name: "tidy", what: "rooms, calls, SQL, files, licences, docs", fast: true, run: tidy::run },
    Step { name: "sqlite", what: "every test, on the embedded database", fast: true, run: sqlite },
    Step { name: "postgres", what: "the server's tests again, on PostgreSQL", fast: false, run: postgres },
    Step { name: "browser", what: "pages of the demo in Chromium", fast: false, run: browser },
    Step { name: "types", what: "our scripts, read by TypeScript", fast: false, run: types },
    Step { name: "fuzz", what: "a minute of mutated payloads", fast: false, run: fuzz },
];

const PROPERTY_CASES: &str = "2000";
const FUZZ_SECONDS: u64 = 60;
/// The suite's second database; read by the server's tests.
pub const TEST_DATABASE: &str = "WHEREABOUTS_TEST_DATABASE";

pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let mut done: Vec<(&Step, Duration)> = Vec::new();
    for step in chosen(args)? {
        println!("\n== {}: {}", step.name, step.what);
        let since = Instant::now();
        let outcome = (step.run)(root);
        done.push((step, since.elapsed()));
        if let Err(why) = outcome {
            summary(&done, true);
            return Err(why.context(format!("step `{}` failed; alone: cargo xtask test --only {}", step.name, step.name)));
        }
    }
    summary(&done, false);
    Ok(())
}

fn chosen(args: &[String]) -> Result<Vec<&'static Step>> {
    let mut only: Vec<&'static Step> = Vec::new();
    let mut fast = false;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--fast" => fast = true,
            "--only" => {
                let name = words.next().context("--only wants the name of a step")?;
                let names = || STEPS.iter().map(|s| s.name).collect::<Vec<_>>().join(", ");
                only.push(STEPS.iter().find(|s| s.name == name).with_context(|| format!("no step `{name}`; there are {}", names()))?);
            }
            other => bail!("`{other}` is not an option of `cargo xtask test`; there are --fast and --only STEP"),
        }
    }
    match only.is_empty() {
        true => Ok(STEPS.iter().filter(|s| s.fast || !fast).collect()),
        false => Ok(only),
    }
}

fn summary(done: &[(&Step, Duration)], failed: bool) {
    println!("\n{:<10} {:>7}  ", "step", "time");
    let total: Duration = done.iter().map(|(_, took)| *took).sum();
    for (i, (step, took)) in done.iter().enumerate() {
        let mark = if failed && i + 1 == done.len() { "FAILED" } else { "ok" };
        println!("{:<10} {:>7}  {mark:<6}  {}", step.name, clock(*took), step.what);
    }
    println!("{:<10} {:>7}", "in all", clock(total));
}

fn clock(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn fmt(root: &Path) -> Result<()> {
    run_cargo(root, &["fmt", "--all", "--check"])?;
    // The adapters are found by a build script, where cargo does not look for files to format.
    let adapters = tidy::files_below(&root.join("crates/adapters/src/carrier"), &[".rs"]);
    command::run(Command::new("rustfmt").args(["--edition", "2024", "--check", "--quiet"]).args(adapters))
}

fn clippy(root: &Path) -> Result<()> {
    run_cargo(root, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn sqlite(root: &Path) -> Result<()> {
    let mut tests = cargo(root);
    tests.args(["test", "--workspace", "--locked"]).env(STORM_CASES, PROPERTY_CASES).env_remove(TEST_DATABASE);
    command::run(&mut tests)
}

fn postgres(root: &Path) -> Result<()> {
    let postgres = Postgres::start()?;
    let mut tests = cargo(root);
    tests.args(["test", "--locked", "-p", "whereabouts"]).env(STORM_CASES, PROPERTY_CASES).env(TEST_DATABASE, &postgres.url);
    command::run(&mut tests)
}

fn browser(root: &Path) -> Result<()> {
    node_modules(root)?;
    run_cargo(root, &["build", "--locked", "-p", "whereabouts"])?;
    let binary = target(root).join("debug/whereabouts");
    command::run(Command::new("node").arg("gate.mjs").arg("--demo").arg(binary).current_dir(gate(root)))
}

fn types(root: &Path) -> Result<()> {
    node_modules(root)?;
    let pages = ["crates/server", "templates", "widget"].iter().any(|f| !tidy::files_below(&root.join(f), &[".js"]).is_empty());
    // TypeScript takes an empty list of files for a mistake.
    let projects: &[&str] = if pages { &["tsconfig.json", "tsconfig.pages.json"] } else { &["tsconfig.json"] };
    for project in projects {
        let compiler = gate(root).join("node_modules/.bin/tsc");
        command::run(Command::new(compiler).args(["--project", project]).current_dir(gate(root)))?;
    }
    Ok(())
}

fn fuzz(root: &Path) -> Result<()> {
    chores::fuzz_for(root, FUZZ_SECONDS, &[])
}

fn gate(root: &Path) -> std::path::PathBuf {
    root.join("tests/browser")
}

/// Exactly what the lock file says, and no package's own scripts.
fn node_modules(root: &Path) -> Result<()> {
    let stamp = gate(root).join("node_modules/.package-lock.json");
    let age = |file: &Path| std::fs::metadata(file).and_then(|m| m.modified()).ok();
    if age(&stamp).is_some_and(|installed| age(&gate(root).join("package-lock.json")).is_some_and(|lock| installed >= lock)) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(gate(root));
    command::run(npm.env("PUPPETEER_SKIP_DOWNLOAD", "1").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
}

fn run_cargo(root: &Path, args: &[&str]) -> Result<()> {
    command::run(cargo(root).args(args))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(args: &[&str]) -> Vec<&'static str> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        chosen(&args).unwrap().iter().map(|s| s.name).collect()
    }

    #[test]
    fn fast_needs_nothing_but_rust() {
        assert_eq!(names(&["--fast"]), ["fmt", "clippy", "tidy", "sqlite"]);
    }

    #[test]
    fn one_step_can_be_run_alone() {
        assert_eq!(names(&["--only", "browser"]), ["browser"]);
        assert!(chosen(&["--only".into(), "nothing".into()]).is_err());
    }
}
