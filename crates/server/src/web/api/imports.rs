//! `/api/v1/imports`: files of orders, shipments and events, from the upload to the result; and the mappings of columns with a name.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use whereabouts_adapters::sheet::{self, Kind, Mapping, Row, Told};

use super::shipments::clean;
use crate::{
    app::App,
    context::Context,
    db::{
        self,
        imports::{ImportRow, MappingRow},
    },
    flow::{
        self,
        import::{self, Preview, Sent, Wanted},
    },
    ids, view,
    web::{
        call::{self, Caller, Query, json as read_json, ok, once, page},
        problem::Problem,
        streamed,
    },
    written::Format,
};

/// The rows of which an answer tells how they would be read.
const PREVIEWED: usize = 8;
const SAMPLES: usize = 3;

/// A file in numbers.
pub fn show(i: &ImportRow) -> Value {
    json!({
        "id": i.id,
        "name": i.name,
        "kind": i.kind,
        "source": i.source,
        "sent_by": i.sent_by,
        "state": i.state,
        "bytes": i.size,
        "rows": i.rows_total,
        "done": i.rows_done,
        "created": i.created,
        "changed": i.changed,
        "unchanged": i.unchanged,
        "refused": i.refused,
        "mapping": serde_json::from_str::<Value>(&i.mapping).unwrap_or_default(),
        "mapping_id": i.mapping_id,
        "created_at": view::time(i.created_at),
        "started_at": view::opt_time(i.started_at),
        "finished_at": view::opt_time(i.finished_at),
    })
}

/// With its columns, and how its first rows would be read.
async fn show_whole(app: &App, ctx: &Context, i: &ImportRow) -> Result<Value, Problem> {
    let rows = first_rows(app, ctx, i).await?;
    let (columns, mapping) = (import::columns_of(i), import::mapping_of(i));
    let shown: Vec<Value> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| json!({ "name": column, "field": mapping.columns.get(column), "samples": samples(&rows, place, column) }))
        .collect();
    let previews = import::preview(app, ctx, i, &rows).await?;
    let mut out = show(i);
    out["columns"] = json!(shown);
    out["wanting"] = json!(sheet::wanting(import::kind_of(i), &mapping));
    out["preview"] = previews.iter().map(show_preview).collect();
    Ok(out)
}

fn show_preview(p: &Preview) -> Value {
    match &p.value {
        Ok(value) => json!({ "line": p.line, "value": value, "why": [] }),
        Err(why) => json!({ "line": p.line, "value": null, "why": why }),
    }
}

/// The rows that are looked at before a file is taken in.
pub async fn first_rows(app: &App, ctx: &Context, i: &ImportRow) -> Result<Vec<Row>, Problem> {
    let first = db::imports::parts(&app.db.read().await?, &ctx.id, &i.id, -1, 1).await?;
    Ok(first.first().map(|p| import::rows_of(&p.told).into_iter().take(PREVIEWED).collect()).unwrap_or_default())
}

/// What stands in a column, in a few different rows.
pub fn samples(rows: &[Row], place: usize, column: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for row in rows {
        let told = match &row.told {
            Told::Cells(cells) => cells.get(place).cloned(),
            Told::Object(value) => column
                .split('.')
                .try_fold(value, |v, name| if name == "*" { v.get(0) } else { v.get(name) })
                .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_string)),
            Told::Faulty(..) => None,
        };
        if let Some(told) = told.filter(|t| !t.is_empty() && !found.contains(t)) {
            found.push(told);
        }
        if found.len() == SAMPLES {
            break;
        }
    }
    found
}

fn kind_told(told: Option<&str>) -> Result<Option<Kind>, Problem> {
    let wrong = |_| Problem::fault("/kind", "unknown_value", "must be orders, shipments or events");
    told.map(|id| id.parse().map_err(wrong)).transpose()
}

/// `POST /imports?name=&kind=&start=`: the file as it is. With `start=true` it is taken in as its columns are remembered or guessed.
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["name", "kind", "start"])?;
    let kind = kind_told(query.given("kind"))?;
    let starts = query.flag("start")?.unwrap_or(false);
    let bytes = call::bytes(body, call::API_BODY_MAX).await?;
    let ctx = caller.context(&app).await?;
    let same = json!({ "query": raw, "bytes": ids::hash_bytes(&bytes) });
    once(&app, &caller, &headers, "POST /imports", &same, async {
        let name = query.get("name").unwrap_or_else(|| named_by(&headers));
        let sent = Sent { name, bytes: &bytes, kind, mapping: None, source: "api", by: "api" };
        let mut row = import::send(&app, &caller.retailer, sent).await?;
        if starts {
            row = import::start(&app, &caller.retailer, &row.id).await?;
        }
        Ok((StatusCode::CREATED, show_whole(&app, &ctx, &row).await?))
    })
    .await
}

/// A file without a name is what its media type says.
fn named_by(headers: &HeaderMap) -> &'static str {
    let told = headers.get(axum::http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match told.split(';').next().unwrap_or_default().trim() {
        "text/csv" => "file.csv",
        "application/json" => "file.json",
        "application/jsonl" | "application/x-ndjson" => "file.jsonl",
        _ => "file",
    }
}

/// `GET /imports`: newest first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &[])?;
    let (limit, cursor) = (query.limit()?, query.cursor()?);
    let rows = db::imports::list(&app.db.read().await?, &caller.retailer, cursor.as_deref(), limit + 1).await?;
    Ok(page(rows, limit, |i| i.id.clone(), show))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<ImportRow, Problem> {
    let id = clean(id)?;
    db::imports::by_id(&app.db.read().await?, &caller.retailer, id).await?.ok_or_else(Problem::not_found)
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = find(&app, &caller, &id).await?;
    let ctx = caller.context(&app).await?;
    Ok(ok(&show_whole(&app, &ctx, &row).await?))
}

/// A mapping as it is asked for; what is left out is as it was.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    kind: Option<Kind>,
    mapping: Option<Mapping>,
    remember_as: Option<String>,
}

/// `PUT /imports/{id}/mapping`
pub async fn map(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let asked: Asked = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let row = find(&app, &caller, &id).await?;
    let ctx = caller.context(&app).await?;
    let kind = asked.kind.unwrap_or_else(|| import::kind_of(&row));
    let mapping = match asked.mapping {
        Some(mapping) => mapping,
        None if kind == import::kind_of(&row) => import::mapping_of(&row),
        None => import::guess_for(kind, &row, &first_rows(&app, &ctx, &row).await?),
    };
    let wanted = Wanted { kind, mapping, remember_as: asked.remember_as };
    let row = import::map(&app, &caller.retailer, &row.id, &wanted, "api").await?;
    Ok(ok(&show_whole(&app, &ctx, &row).await?))
}

/// `POST /imports/{id}/start`
pub async fn start(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let id = clean(&id)?.to_string();
    once(&app, &caller, &headers, &format!("POST /imports/{id}/start"), &Value::Null, async {
        let row = import::start(&app, &caller.retailer, &id).await?;
        Ok((StatusCode::ACCEPTED, show(&row)))
    })
    .await
}

/// `DELETE /imports/{id}`: stops what is under way; else throws the file and its result away.
pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    import::stop(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

const OUTCOMES: [&str; 5] = ["created", "changed", "unchanged", "unmatched", "refused"];

/// `GET /imports/{id}/result?outcome=&format=`
pub async fn result(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(raw.as_deref(), &["outcome", "format"])?;
    let row = find(&app, &caller, &id).await?;
    let only = match query.given("outcome") {
        None => None,
        Some(told) => {
            let known = OUTCOMES.into_iter().find(|o| *o == told);
            Some(known.ok_or_else(|| Problem::fault("/outcome", "unknown_value", format!("must be one of {}", OUTCOMES.join(", "))))?)
        }
    };
    let format = format_told(&query)?.unwrap_or_else(|| import::result::usual_format(&row));
    Ok(streamed::result(app, caller.retailer, row, format, only))
}

pub fn format_told(query: &Query) -> Result<Option<Format>, Problem> {
    let wrong = || Problem::fault("/format", "unknown_value", "must be csv or jsonl");
    query.given("format").map(|id| Format::parse(id).ok_or_else(wrong)).transpose()
}

/// `GET /import-mappings`
pub async fn mappings(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let show = |m: &MappingRow| {
        let mapping = serde_json::from_str::<Value>(&m.doc).unwrap_or_default();
        json!({ "id": m.id, "name": m.name, "kind": m.kind, "mapping": mapping, "set_by": m.set_by, "updated_at": view::time(m.updated_at) })
    };
    let all = db::imports::mappings(&app.db.read().await?, &caller.retailer).await?;
    Ok(ok(&json!({ "data": all.iter().map(show).collect::<Vec<_>>(), "next_cursor": null })))
}

/// `DELETE /import-mappings/{id}`
pub async fn forget_mapping(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    import::forget_mapping(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
