//! The drawing of the rooms (docs/architecture.md), read from the paths that the sources name.

use std::path::Path;

use anyhow::Result;

use super::{
    Finding,
    source::{PathUse, Source, product_sources},
};

/// The rooms of the server. Files beside them (the app, the clock, the command line) put the rooms together and may see all.
const ROOMS: [&str; 5] = ["web", "jobs", "flow", "db", "gateway"];

/// (room, what it must not name, what to do instead)
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("web", &["jobs"], "people's door does not know time's door; let both call a flow"),
    ("web", &["gateway"], "a page does not call the world; let a flow do it"),
    ("jobs", &["web"], "time's door does not know people's door; let both call a flow"),
    ("jobs", &["gateway"], "a job names a flow and has no logic of its own; let that flow call the gateway"),
    ("flow", &["web", "jobs"], "a flow does not know who called it; pass what it needs as an argument, give back what happened"),
    ("db", &["web", "jobs", "flow"], "the cellar knows nobody above it; move the decision into a flow"),
    ("db", &["gateway"], "what we keep and whom we call never meet; a flow reads here and calls there"),
    ("gateway", &["web", "jobs", "flow"], "the gateway knows nobody above it; pass a request value in, give an answer back"),
    ("gateway", &["db"], "what we keep and whom we call never meet; a flow passes in what the gateway needs"),
];

/// Crates that must not be named: (folder below crates/, crates, what to do instead).
const FOREIGN: &[(&str, &[&str], &str)] = &[
    (
        "server/src/flow",
        &["axum", "http", "hyper", "tower", "tower_http"],
        "a flow has no HTTP types; let web translate to a plain argument",
    ),
    (
        "server/src/db",
        &["axum", "http", "hyper", "reqwest", "lettre"],
        "db holds SQL and records only; let web or the gateway speak to the world",
    ),
    ("server/src/gateway", &["axum", "rusqlite", "tokio_postgres"], "the gateway only calls out; keep storage in db and routes in web"),
    ("server/src/web", &["rusqlite", "tokio_postgres", "reqwest"], "web reads through db and changes through a flow"),
    ("server/src/jobs", &["axum", "rusqlite", "tokio_postgres", "reqwest"], "a job names a flow and has no logic of its own"),
    ("domain/src", IMPURE, "the domain is pure; take the value as an argument and let the server fetch it"),
    ("adapters/src", IMPURE, "an adapter is bytes in, meaning out; let the server's gateway do the talking"),
];

const IMPURE: &[&str] = &["tokio", "axum", "hyper", "reqwest", "rusqlite", "tokio_postgres", "lettre", "getrandom", "rand", "tracing"];
/// Parts of the standard library that do I/O.
const IMPURE_STD: &[&str] = &["fs", "net", "env", "process", "thread"];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for krate in ["domain", "adapters", "server"] {
        for source in product_sources(root, &format!("crates/{krate}/src"))? {
            let paths = source.paths();
            findings.extend(rooms(&source, &paths));
            findings.extend(foreign(&source, &paths));
            findings.extend(writes(&source));
        }
    }
    Ok(findings)
}

fn rooms(source: &Source, paths: &[PathUse]) -> Vec<Finding> {
    let Some(inside) = source.path.strip_prefix("crates/server/src/") else { return Vec::new() };
    let module = module_of(inside);
    let Some(room) = module.first().filter(|m| ROOMS.contains(&m.as_str())) else { return Vec::new() };
    let mut findings = Vec::new();
    for path in paths {
        let Some(target) = resolve(&module, &path.segments) else { continue };
        for (_, forbidden, instead) in FORBIDDEN.iter().filter(|(from, ..)| from == room) {
            if forbidden.contains(&target.as_str()) {
                let named = path.segments.join("::");
                findings.push(at(source, path.line, format!("`{room}` must not name `{target}` (`{named}`): {instead}")));
            }
        }
    }
    findings
}

fn foreign(source: &Source, paths: &[PathUse]) -> Vec<Finding> {
    let Some(inside) = source.path.strip_prefix("crates/") else { return Vec::new() };
    let mut findings = Vec::new();
    for (folder, crates, instead) in FOREIGN {
        let here = inside.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || rest == ".rs");
        if !here {
            continue;
        }
        for path in paths {
            let first = path.segments[0].as_str();
            let impure_std = *crates == IMPURE && first == "std" && IMPURE_STD.contains(&path.segments[1].as_str());
            if crates.contains(&first) || impure_std {
                let named = path.segments.join("::");
                findings.push(at(source, path.line, format!("`{named}` does not belong in {folder}: {instead}")));
            }
        }
    }
    findings
}

/// `.write().await` opens the database for writing: flows, the database's own room and the queue only. (A lock of the
/// standard library is not awaited.)
fn writes(source: &Source) -> Vec<Finding> {
    let Some(inside) = source.path.strip_prefix("crates/server/src/") else { return Vec::new() };
    let allowed = ["flow/", "flow.rs", "db/", "db.rs", "jobs/queue"].iter().any(|p| inside.starts_with(p));
    if allowed {
        return Vec::new();
    }
    let lines = source.lines_with(&[".", "write", "(", ")", ".", "await"]);
    let text = "`.write()` outside a flow: every change goes through a flow; give this one a file in `flow` and call it";
    lines.into_iter().map(|line| at(source, line, text.to_string())).collect()
}

/// `web/api/shipments.rs` is `web::api::shipments`, `web/mod.rs` is `web`.
fn module_of(inside: &str) -> Vec<String> {
    let mut module: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_string).collect();
    if module.last().is_some_and(|m| m == "mod") {
        module.pop();
    }
    module
}

/// The top-level module that a path names, if it is one of this crate's.
fn resolve(module: &[String], segments: &[String]) -> Option<String> {
    if segments[0] == "crate" {
        return segments.get(1).cloned();
    }
    let ups = segments.iter().take_while(|s| *s == "super").count();
    if ups == 0 || ups < module.len() {
        return None;
    }
    segments.get(ups).cloned()
}

fn at(source: &Source, line: usize, text: String) -> Finding {
    Finding { file: source.path.clone(), line, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn found(path: &str, text: &str) -> Vec<String> {
        let root = planted(&[(path, text)]);
        check(root.path()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_that_names_a_job_is_found() {
        let found = found("crates/server/src/web/pages/track.rs", "use crate::{db, jobs::queue};\n");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("crates/server/src/web/pages/track.rs:1: `web` must not name `jobs`"), "{found:?}");
    }

    #[test]
    fn a_detour_over_super_is_found() {
        assert_eq!(found("crates/server/src/db/inbox.rs", "fn f() { super::super::gateway::send() }").len(), 1);
        assert_eq!(found("crates/server/src/db/inbox.rs", "fn f() { super::engine::read() }"), Vec::<String>::new());
    }

    #[test]
    fn a_flow_with_an_http_type_is_found() {
        assert_eq!(found("crates/server/src/flow/receive.rs", "use axum::http::StatusCode;").len(), 1);
    }

    #[test]
    fn an_adapter_that_reads_a_file_is_found() {
        assert_eq!(found("crates/adapters/src/carrier/evri.rs", "fn f() { std::fs::read(\"x\"); }").len(), 1);
    }

    #[test]
    fn a_page_may_read_and_a_flow_may_write() {
        assert!(
            found("crates/server/src/web/api/orders.rs", "use crate::{db, flow}; fn f() { db::orders::one(&app.db.read()) }").is_empty()
        );
        assert!(found("crates/server/src/flow/close.rs", "fn f() { app.db.write().await }").is_empty());
    }

    #[test]
    fn a_page_that_writes_is_found() {
        assert_eq!(found("crates/server/src/web/api/orders.rs", "fn f() { app.db.write().await }").len(), 1);
    }
}
