//! Time and chance are arguments. Clippy refuses the calls where it sees a type; this refuses the words, with the one file
//! that may use them.

use std::path::Path;

use anyhow::Result;

use super::{
    Finding,
    source::{Source, product_sources},
};

struct Rule {
    /// The last segments of the path.
    call: &'static [&'static str],
    /// Files below crates/ that may.
    allowed: &'static [&'static str],
    instead: &'static str,
}

const RULES: &[Rule] = &[
    Rule { call: &["Timestamp", "now"], allowed: &["server/src/clock.rs"], instead: "take `now` as an argument, or ask `app.clock`" },
    Rule { call: &["Zoned", "now"], allowed: &["server/src/clock.rs"], instead: "take `now` as an argument, or ask `app.clock`" },
    Rule { call: &["SystemTime", "now"], allowed: &["server/src/clock.rs"], instead: "take `now` as an argument, or ask `app.clock`" },
    Rule { call: &["Instant", "now"], allowed: &["server/src/clock.rs"], instead: "measure with `app.clock.stopwatch`" },
    Rule { call: &["getrandom", "fill"], allowed: &["server/src/ids.rs"], instead: "ask `app.ids`, so that a test can seed it" },
    Rule { call: &["rand", "rng"], allowed: &["server/src/ids.rs"], instead: "ask `app.ids`, so that a test can seed it" },
    Rule { call: &["thread_rng"], allowed: &["server/src/ids.rs"], instead: "ask `app.ids`, so that a test can seed it" },
    Rule { call: &["tokio", "spawn"], allowed: &["server/src/app.rs"], instead: "use `app.spawn`, which is awaited at shutdown" },
    Rule {
        call: &["Client", "new"],
        allowed: &["server/src/gateway"],
        instead: "send through the gateway, which owns limits and refused addresses",
    },
    Rule {
        call: &["reqwest", "get"],
        allowed: &["server/src/gateway"],
        instead: "send through the gateway, which owns limits and refused addresses",
    },
];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for krate in ["domain", "adapters", "server"] {
        for source in product_sources(root, &format!("crates/{krate}/src"))? {
            findings.extend(forbidden_calls(&source));
        }
    }
    Ok(findings)
}

fn forbidden_calls(source: &Source) -> Vec<Finding> {
    let inside = source.path.strip_prefix("crates/").unwrap_or(&source.path);
    let mut findings = Vec::new();
    let mut add = |line: usize, rule: &Rule| {
        let text = format!("`{}` here: {}", rule.call.join("::"), rule.instead);
        findings.push(Finding { file: source.path.clone(), line, text });
    };
    for rule in RULES.iter().filter(|r| !r.allowed.iter().any(|a| inside.starts_with(a))) {
        if rule.call.len() == 1 {
            source.lines_with(&[rule.call[0], "("]).into_iter().for_each(|line| add(line, rule));
            continue;
        }
        for path in source.paths() {
            let ends =
                path.segments.len() >= rule.call.len() && path.segments.iter().rev().zip(rule.call.iter().rev()).all(|(a, b)| a == b);
            if ends {
                add(path.line, rule);
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        forbidden_calls(&Source::parse(path, text).unwrap()).len()
    }

    #[test]
    fn only_the_clock_asks_the_machine_for_the_time() {
        assert_eq!(found("crates/server/src/flow/digest.rs", "fn f() { jiff::Timestamp::now(); }"), 1);
        assert_eq!(found("crates/server/src/clock.rs", "fn f() { jiff::Timestamp::now(); }"), 0);
        assert_eq!(found("crates/server/src/flow/digest.rs", "fn f() { app.clock.now(); }"), 0);
    }

    #[test]
    fn a_task_that_nobody_awaits_is_found() {
        assert_eq!(found("crates/server/src/web/hooks.rs", "fn f() { tokio::spawn(async {}); }"), 1);
        assert_eq!(found("crates/server/src/web/hooks.rs", "fn f() { app.spawn(async {}); tokio::task::spawn_blocking(g); }"), 0);
    }
}
