//! `/metrics`: numbers for machines, in the OpenMetrics text form. Only on the address for machines.

use std::sync::Arc;

use axum::{extract::State, http::header, response::IntoResponse};

use super::problem::Problem;
use crate::{app::App, db};

pub async fn get(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    let read = app.db.read().await?;
    let mut text = String::new();
    let mut family = |name: &str, help: &str, rows: &[(String, i64)]| {
        text += &format!("# TYPE {name} gauge\n# HELP {name} {help}\n");
        for (labels, value) in rows {
            text += &format!("{name}{labels} {value}\n");
        }
    };
    let mut quarantined = Vec::new();
    let mut unmatched = Vec::new();
    let mut alerts = Vec::new();
    for retailer in db::retailers::all(&read).await? {
        let label = format!("{{retailer=\"{}\"}}", retailer.id);
        quarantined.push((label.clone(), db::inbox::quarantine_count(&read, &retailer.id).await?));
        unmatched.push((label, db::events::unmatched_count(&read, &retailer.id).await?));
        for (kind, count, _) in db::alerts::open_kinds(&read, &retailer.id).await? {
            alerts.push((format!("{{retailer=\"{}\",kind=\"{kind}\"}}", retailer.id), count));
        }
    }
    family("whereabouts_quarantined_payloads", "Payloads that nobody could read.", &quarantined);
    family("whereabouts_unmatched_events", "Events for numbers that nobody registered.", &unmatched);
    family("whereabouts_open_alerts", "Alerts in the agents' queue.", &alerts);
    family("whereabouts_resident_bytes", "Memory this process holds.", &[(String::new(), resident_bytes())]);
    let (payloads, commits) = app.door.written();
    for (name, help, value) in [
        ("whereabouts_received_payloads", "Payloads written down at the door.", payloads),
        ("whereabouts_received_commits", "Commits that they shared.", commits),
    ] {
        text += &format!("# TYPE {name} counter\n# HELP {name} {help}\n{name}_total {value}\n");
    }
    text += "# EOF\n";
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// Resident memory as the kernel says it; 0 where it does not.
fn resident_bytes() -> i64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok()).unwrap_or(0) * 4096
}
