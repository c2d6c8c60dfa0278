//! `/api/v1/file-sources`: servers from which files are fetched by SFTP.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shipments::clean;
use crate::{
    app::App,
    db::{
        self,
        file_sources::{FileRow, SourceRow},
    },
    flow::{self, fetch, file_sources},
    view,
    web::{
        call::{self, Caller, Query, json as read_json, ok, once},
        problem::Problem,
    },
};

const FILES_SHOWN: i64 = 100;

/// A source, without its secret.
pub fn show(row: &SourceRow) -> Value {
    let mut out: Value = serde_json::from_str(&row.doc).unwrap_or_default();
    let more = json!({
        "id": row.id,
        "name": row.name,
        "host_key": row.host_key,
        "state": row.state,
        "last_at": view::opt_time(row.last_at),
        "last_error": row.last_error,
        "next_at": view::opt_time(row.next_at),
        "created_at": view::time(row.created_at),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        out[name.as_str()] = value.clone();
    }
    out
}

fn show_file(f: &FileRow) -> Value {
    json!({
        "name": f.name,
        "bytes": f.size,
        "modified_at": view::time(f.modified_at),
        "state": f.state,
        "taken_at": view::opt_time(f.taken_at),
        "import_id": f.import_id,
        "reason": f.reason,
        "result_at": view::opt_time(f.result_at),
    })
}

pub async fn list(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let all = db::file_sources::all(&app.db.read().await?, &caller.retailer).await?;
    Ok(ok(&json!({ "data": all.iter().map(show).collect::<Vec<_>>(), "next_cursor": null })))
}

pub async fn post(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    once(&app, &caller, &headers, "POST /file-sources", &body, async {
        let row = file_sources::create(&app, &caller.retailer, &body).await?;
        Ok((StatusCode::CREATED, show(&row)))
    })
    .await
}

/// With the files that were seen there.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = clean(&id)?;
    let read = app.db.read().await?;
    let row = db::file_sources::by_id(&read, &caller.retailer, id).await?.ok_or_else(Problem::not_found)?;
    let files = db::file_sources::files(&read, &caller.retailer, id, FILES_SHOWN).await?;
    let mut out = show(&row);
    out["files"] = files.iter().map(show_file).collect();
    Ok(ok(&out))
}

pub async fn patch(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, body: Body) -> Result<Response, Problem> {
    let body = read_json(body).await?;
    if !body.is_object() {
        return Err(Problem::fault("", "invalid", "a patch is an object"));
    }
    let row = file_sources::patch(&app, &caller.retailer, clean(&id)?, &body).await?;
    Ok(ok(&show(&row)))
}

pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    file_sources::delete(&app, &caller.retailer, clean(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    host_key: Option<String>,
}

/// `POST /file-sources/{id}/test`: `{"host_key"}` takes a host key in place of the one that was seen before.
pub async fn test(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let bytes = call::bytes(body, call::API_BODY_MAX).await?;
    let body = if bytes.is_empty() { json!({}) } else { call::parse_json(&bytes)? };
    let asked: Asked = flow::faults::read(&body).map_err(Problem::invalid)?;
    let id = clean(&id)?.to_string();
    once(&app, &caller, &headers, &format!("POST /file-sources/{id}/test"), &body, async {
        let tested = file_sources::test(&app, &caller.retailer, &id, asked.host_key.as_deref()).await?;
        let mut out = json!({ "source": show(&tested.row), "error": null, "files": null, "count": null });
        match tested.outcome {
            Ok(seen) => (out["files"], out["count"]) = (json!(seen.names), json!(seen.count)),
            Err(error) => out["error"] = json!(error.to_string()),
        }
        Ok((StatusCode::OK, out))
    })
    .await
}

/// `POST /file-sources/{id}/fetch`: now, without waiting for its time.
pub async fn fetch(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let id = clean(&id)?.to_string();
    once(&app, &caller, &headers, &format!("POST /file-sources/{id}/fetch"), &Value::Null, async {
        let row = fetch::now(&app, &caller.retailer, &id).await?;
        Ok((StatusCode::OK, show(&row)))
    })
    .await
}
