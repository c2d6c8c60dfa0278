//! `docs/states.md`, rendered from the domain's catalogue so that the page and the product cannot disagree.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context as _, Result};
use whereabouts_domain::state::{StateInfo, Terminal, catalogue};

use crate::tidy::Finding;

const STATES: &str = "docs/states.md";

pub fn write(root: &Path) -> Result<()> {
    let file = root.join(STATES);
    std::fs::write(&file, states()).with_context(|| format!("writing {}", file.display()))?;
    println!("{STATES}: {} states", catalogue().len());
    Ok(())
}

pub fn check(root: &Path) -> Vec<Finding> {
    let current = std::fs::read_to_string(root.join(STATES)).is_ok_and(|text| text == states());
    let text = "not what the catalogue says: run `cargo xtask docs` and commit the page".to_string();
    if current { Vec::new() } else { vec![Finding { file: STATES.into(), line: 0, text }] }
}

fn states() -> String {
    let mut page = String::from(
        "# States\n\n\
         Rendered by `cargo xtask docs` from `crates/domain/src/state.rs`; do not edit. `GET /api/v1/states` serves the same rows.\n\n\
         - **attention**: does a person need to look? `none`, `watch`, `act`. A retailer may change it.\n\
         - **waiting on**: whose move it is. Silence is suspicious only while it is the carrier's.\n\
         - **physical**: somebody touched the parcel; a pre-advice is only told.\n\
         - **end**: stops the clocks, never the listening.\n\n\
         | id | label | milestone | attention | waiting on | physical | end |\n|---|---|---|---|---|---|---|\n",
    );
    for row in catalogue() {
        page += &line(row);
    }
    page
}

fn line(row: &StateInfo) -> String {
    let milestone = row.milestone.map_or("—".to_string(), |m| format!("`{}`", m.id()));
    let physical = if row.physical { "yes" } else { "" };
    let end = match row.terminal {
        Terminal::Never => "",
        Terminal::Always => "yes",
        Terminal::ForReturns => "of a return",
    };
    let mut line = String::new();
    let (attention, waiting_on) = (row.attention.id(), row.waiting_on.id());
    let _ = writeln!(line, "| `{}` | {} | {milestone} | {attention} | {waiting_on} | {physical} | {end} |", row.id, row.label);
    line
}
