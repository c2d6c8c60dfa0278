//! A file's result: each row as it was sent, and what became of it, to be looked at, corrected and sent again.

use serde_json::{Map, Value, json};
use whereabouts_adapters::sheet::{Row, Told};

use super::{Outcome, Why, columns_of, outcomes_of, rows_of};
use crate::{
    app::App,
    db::{self, DbError, Read, imports::ImportRow},
    flow::FlowError,
    written::{self, Format},
};

/// Parts that are read at once.
const PARTS_AT_ONCE: i64 = 20;

/// What is ours in a result file has names that no other file has; they are passed over when it is sent again.
const OURS: [&str; 4] = ["whereabouts line", "whereabouts outcome", "whereabouts why", "whereabouts id"];

/// How a result is written unless somebody says otherwise: as the file was.
pub fn usual_format(import: &ImportRow) -> Format {
    let name = import.name.to_ascii_lowercase();
    if [".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end)) { Format::Jsonl } else { Format::Csv }
}

/// `despatch-result.csv`, or of one outcome `despatch-refused.csv`.
pub fn name(import: &ImportRow, only: Option<&str>, format: Format) -> String {
    let stem = import.name.rsplit_once('.').map_or(import.name.as_str(), |(stem, _)| stem);
    format!("{stem}-{}.{}", only.unwrap_or("result"), format.id())
}

/// The whole result, and its name.
pub async fn whole(app: &App, retailer: &str, import: &ImportRow) -> Result<(String, Vec<u8>), FlowError> {
    let format = usual_format(import);
    let (mut text, mut after) = (String::new(), -1);
    let read = app.db.read().await?;
    while let Some((more, next)) = piece(&read, retailer, import, (format, None), after).await? {
        text.push_str(&more);
        after = next;
    }
    Ok((name(import, None, format), text.into_bytes()))
}

/// The next piece, and the part after which the next one begins; no piece is the end. `only` takes the rows with this outcome alone.
pub async fn piece(
    read: &Read<'_>,
    retailer: &str,
    import: &ImportRow,
    (format, only): (Format, Option<&str>),
    after: i64,
) -> Result<Option<(String, i64)>, DbError> {
    let parts = db::imports::parts(read, retailer, &import.id, after, PARTS_AT_ONCE).await?;
    let columns = columns_of(import);
    let mut out = String::new();
    if after < 0 && format == Format::Csv {
        written::line(&mut out, columns.iter().map(String::as_str).filter(|c| !OURS.contains(c)).chain(OURS));
    }
    let Some(last) = parts.last().map(|p| p.part) else { return Ok((!out.is_empty()).then_some((out, i64::MAX))) };
    for part in &parts {
        let rows = rows_of(&part.told).into_iter().zip(outcomes_of(part.outcome.as_deref()));
        for (row, outcome) in rows.filter(|(_, o)| only.is_none_or(|only| o.outcome == only)) {
            match format {
                Format::Csv => csv(&mut out, &columns, &row, &outcome),
                Format::Jsonl => {
                    let told = json!({ "line": row.line, "outcome": outcome.outcome, "id": outcome.id, "why": outcome.why, "row": told(&columns, row.told) });
                    out.push_str(&format!("{told}\n"));
                }
            }
        }
    }
    Ok(Some((out, last)))
}

fn csv(out: &mut String, columns: &[String], row: &Row, outcome: &Outcome) {
    let mut cells: Vec<String> = match &row.told {
        Told::Cells(cells) => {
            let own = columns.iter().enumerate().filter(|(_, c)| !OURS.contains(&c.as_str()));
            own.map(|(place, _)| cells.get(place).cloned().unwrap_or_default()).collect()
        }
        // Fields of fields have no cell of their own; the result as JSON Lines has them.
        Told::Object(Value::Object(map)) => columns.iter().map(|c| written::cell(written::at(map, c))).collect(),
        Told::Object(other) => vec![other.to_string()],
        Told::Faulty(text, _) => vec![text.clone()],
    };
    cells.resize(columns.iter().filter(|c| !OURS.contains(&c.as_str())).count(), String::new());
    cells.extend([row.line.to_string(), outcome.outcome.clone(), reasons(&outcome.why), outcome.id.clone().unwrap_or_default()]);
    written::line(out, cells);
}

/// A row as an object, for people and programs.
pub fn told(columns: &[String], told: Told) -> Value {
    match told {
        Told::Object(value) => value,
        Told::Cells(cells) => Value::Object(columns.iter().cloned().zip(cells.into_iter().map(Value::String)).collect::<Map<_, _>>()),
        Told::Faulty(text, _) => Value::String(text),
    }
}

/// "Ship date: is no day; E-mail: is not an e-mail address".
pub fn reasons(why: &[Why]) -> String {
    let told = |w: &Why| match w.column.as_ref().or(w.field.as_ref()) {
        Some(place) => format!("{place}: {}", w.message),
        None => w.message.clone(),
    };
    why.iter().map(told).collect::<Vec<_>>().join("; ")
}
