//! `/api/v1/file-login`: the retailer's login to our file door.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    db::{self, file_logins::LoginRow},
    flow::{
        self,
        file_logins::{self, Wanted},
    },
    web::{
        call::{Caller, Query, json as read_json, ok},
        problem::Problem,
    },
};

async fn show(app: &App, retailer: &str, login: Option<&LoginRow>, password: Option<String>) -> Result<Value, Problem> {
    Ok(json!({
        "listens": app.config.sftp_listen,
        "user": retailer,
        "has_password": login.is_some_and(|l| l.password_hash.is_some()),
        "password": password,
        "keys": login.map(|l| l.keys.clone()).unwrap_or_default(),
        "host_key": file_logins::host_key_seen(app).await?,
    }))
}

pub async fn get(State(app): State<Arc<App>>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    Query::of(raw.as_deref(), &[])?;
    let login = db::file_logins::of_retailer(&app.db.read().await?, &caller.retailer).await?;
    Ok(ok(&show(&app, &caller.retailer, login.as_ref(), None).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    password: Option<bool>,
    keys: Option<Vec<String>>,
}

pub async fn put(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Problem> {
    let asked: Asked = flow::faults::read(&read_json(body).await?).map_err(Problem::invalid)?;
    let wanted = Wanted { password: asked.password, keys: asked.keys };
    let (login, password) = file_logins::set(&app, &caller.retailer, &wanted, "api").await?;
    Ok(ok(&show(&app, &caller.retailer, Some(&login), password).await?))
}
