//! Servers from which files are fetched, and the door through which they are put.

use axum::{extract::Path, http::StatusCode};
use serde_json::{Value, json};

use super::{Answer, Desk, Fault, Form, after, page, see, toast};
use crate::{
    db::{
        self,
        file_sources::{FileRow, SourceRow as Kept},
    },
    flow::{
        FlowError, fetch,
        file_logins::{self, Wanted},
        file_sources::{self, After, Holds, Source},
    },
    web::desk::{
        Step,
        file_sources::{Door, FetchedRow, SourceRow, SourceView, SourcesView},
        frame::grouped,
        pill::Pill,
    },
};

const FILES_SHOWN: i64 = 50;
const FIELDS: [&str; 12] =
    ["name", "host", "port", "user", "path", "holds", "carrier", "after", "move_to", "results_to", "every_minutes", "password"];

/// `GET /desk/files/servers`
pub async fn get(desk: Desk) -> Answer {
    let view = list(&desk, None).await?;
    desk.show(&view)
}

async fn list(desk: &Desk, password: Option<String>) -> Result<SourcesView, Fault> {
    let read = desk.app.db.read().await?;
    let all = db::file_sources::all(&read, desk.retailer()).await?;
    let login = db::file_logins::of_retailer(&read, desk.retailer()).await?;
    drop(read);
    let row = |r: &Kept| SourceRow {
        link: Step::new(format!("/desk/files/servers/{}", r.id), &r.name),
        what: about(r),
        state: state(r),
        last: r.last_at.map(|at| desk.when_ms(at)),
    };
    Ok(SourcesView {
        frame: desk.frame("File servers", "files").await?,
        sources: all.iter().map(row).collect(),
        door: Door {
            listens: desk.app.config.sftp_listen.clone(),
            user: desk.retailer().to_string(),
            has_password: login.as_ref().is_some_and(|l| l.password_hash.is_some()),
            password,
            keys: login.map(|l| l.keys.into_iter().map(|k| (k.fingerprint, k.comment)).collect()).unwrap_or_default(),
            host_key: file_logins::host_key_seen(&desk.app).await?,
        },
        typed: Vec::new(),
        problem: None,
    })
}

fn state(row: &Kept) -> Pill {
    match row.state.as_str() {
        file_sources::OK => Pill::new("good", "check", "Fetching"),
        file_sources::FAILING => Pill::new("bad", "act", "Failing"),
        file_sources::PAUSED => Pill::new("calm", "pause", "Paused"),
        _ => Pill::new("warn", "watch", "To be tested"),
    }
}

fn about(row: &Kept) -> String {
    let Some(source) = Source::of(row) else { return String::new() };
    let what = match source.holds {
        Holds::Orders => "Orders",
        Holds::Shipments => "Shipments",
        Holds::Events => "Events",
        Holds::Carrier => "A carrier’s files",
    };
    let every = if source.every_minutes == 1 { "every minute".into() } else { format!("every {} minutes", source.every_minutes) };
    format!("{what} from {}, {every}", source.host)
}

/// `POST /desk/files/servers`: the fields of a source as the API names them, `private_key` instead of a password.
pub async fn post(desk: Desk, form: Form) -> Answer {
    match file_sources::create(&desk.app, desk.retailer(), &asked(&form)).await {
        Ok(row) => Ok(see(&format!("/desk/files/servers/{}", row.id))),
        Err(FlowError::Invalid(faults)) => {
            let words: Vec<String> =
                faults.iter().map(|f| format!("{} {}", f.pointer.trim_start_matches('/').replace('_', " "), f.message)).collect();
            refused(&desk, &form, words.join("; ")).await
        }
        Err(FlowError::Conflict(why)) => refused(&desk, &form, why).await,
        Err(other) => Err(other.into()),
    }
}

fn asked(form: &Form) -> Value {
    let mut body = json!({});
    for name in FIELDS.into_iter().filter(|n| !form.get(n).is_empty()) {
        body[name] = match name {
            "port" | "every_minutes" => form.get(name).parse::<i64>().map_or_else(|_| json!(form.get(name)), Value::from),
            // Blanks may belong to a password.
            "password" => json!(form.raw(name)),
            _ => json!(form.get(name)),
        };
    }
    if !form.get("private_key").is_empty() {
        body["private_key"] = json!(form.raw("private_key").replace('\r', ""));
    }
    body
}

/// The form again, with what was typed but for the secrets.
async fn refused(desk: &Desk, form: &Form, problem: String) -> Answer {
    let typed = FIELDS.into_iter().filter(|n| *n != "password").map(|n| (n, form.get(n).to_string())).collect();
    let view = SourcesView { problem: Some(problem), typed, ..list(desk, None).await? };
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// `GET /desk/files/servers/{id}`
pub async fn one(desk: Desk, Path(id): Path<String>) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let read = desk.app.db.read().await?;
    let row = db::file_sources::by_id(&read, desk.retailer(), &id).await?.ok_or(Fault::NotFound)?;
    let files = db::file_sources::files(&read, desk.retailer(), &id, FILES_SHOWN).await?;
    drop(read);
    let source = Source::of(&row).ok_or(Fault::NotFound)?;
    let afterwards = match (source.after, &source.move_to) {
        (After::Move, Some(to)) => format!("moved to {to}"),
        (After::Delete, _) => "deleted there".into(),
        _ => "left there".into(),
    };
    let mut facts = vec![("User", source.user.clone()), ("Files", source.path.clone()), ("Afterwards", afterwards)];
    facts.extend(source.results_to.clone().map(|to| ("Results go to", to)));
    facts.extend(source.carrier.clone().map(|c| ("Dialect", c)));
    let told_key = row.last_error.as_deref().and_then(|e| e.split([' ', ',']).find(|w| w.starts_with("SHA256:"))).map(str::to_string);
    let fetched = |f: &FileRow| FetchedRow {
        name: f.name.clone(),
        link: f.import_id.as_ref().map(|id| format!("/desk/files/{id}")),
        state: match f.state.as_str() {
            "taken" => Pill::new("good", "check", "Taken"),
            "refused" => Pill::new("bad", "act", "Refused"),
            _ => Pill::new("calm", "clock", "May still grow"),
        },
        detail: {
            let size = format!("{} KB", grouped(u64::try_from((f.size + 1023) / 1024).unwrap_or(0)));
            match (&f.reason, f.result_at) {
                (Some(why), _) => format!("{size}: {why}"),
                (None, Some(_)) => format!("{size}, result put back"),
                _ => size,
            }
        },
        at: desk.when_ms(f.taken_at.unwrap_or(f.noticed_at)),
    };
    desk.show(&SourceView {
        frame: desk.frame(&row.name, "files").await?,
        about: about(&row),
        state: state(&row),
        problem: row.last_error.clone(),
        other_key: told_key.filter(|k| row.host_key.is_some() && row.host_key.as_ref() != Some(k)),
        host_key: row.host_key.clone(),
        is_paused: row.state == file_sources::PAUSED,
        is_tested: row.host_key.is_some(),
        facts,
        next: row.next_at.map(|at| desk.when_ms(at)),
        files: files.iter().map(fetched).collect(),
        name: row.name,
        id,
    })
}

/// `POST /desk/files/servers/{id}/test`: `host_key` takes another one than was seen before.
pub async fn test(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let accept = Some(form.get("host_key")).filter(|k| !k.is_empty());
    let tested = file_sources::test(&desk.app, desk.retailer(), &id, accept).await;
    let words = |t: file_sources::Tested| match t.outcome {
        Ok(seen) if seen.count == 0 => toast::done("It answers; no file waits there now"),
        Ok(seen) => toast::done(format!(
            "It answers; {} wait there, the first is {}",
            super::plural(seen.count as u64, "file", "files"),
            seen.names[0]
        )),
        Err(why) => toast::failed(format!("It did not work: {why}")),
    };
    after(&format!("/desk/files/servers/{id}"), tested.map(words))
}

/// `POST /desk/files/servers/{id}/fetch`
pub async fn fetch(desk: Desk, Path(id): Path<String>) -> Answer {
    let done = fetch::now(&desk.app, desk.retailer(), &id).await;
    let words = |row: Kept| match row.last_error {
        None => toast::done("Looked at just now"),
        Some(why) => toast::failed(format!("It did not work: {why}")),
    };
    after(&format!("/desk/files/servers/{id}"), done.map(words))
}

/// `POST /desk/files/servers/{id}/pause`: `paused` is `true` or `false`.
pub async fn pause(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let paused = form.get("paused") == "true";
    let done = file_sources::patch(&desk.app, desk.retailer(), &id, &json!({ "paused": paused })).await;
    let words = if paused { "Paused; nothing is fetched from it" } else { "It is fetched from again" };
    after(&format!("/desk/files/servers/{id}"), done.map(|_| toast::done(words)))
}

/// `POST /desk/files/servers/{id}/delete`
pub async fn delete(desk: Desk, Path(id): Path<String>) -> Answer {
    let done = file_sources::delete(&desk.app, desk.retailer(), &id).await;
    after("/desk/files/servers", done.map(|()| toast::done("Nothing is fetched from it any more")))
}

/// `POST /desk/files/door`: `then` is `password`, `close` or `keys`; the answer to a new password is the page itself, because it is shown this once.
pub async fn door(desk: Desk, form: Form) -> Answer {
    let keys = || form.raw("keys").lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let wanted = match form.get("then") {
        "password" => Wanted { password: Some(true), keys: None },
        "close" => Wanted { password: Some(false), keys: Some(Vec::new()) },
        _ => Wanted { password: None, keys: Some(keys()) },
    };
    let done = file_logins::set(&desk.app, desk.retailer(), &wanted, &desk.staff.email).await;
    match done {
        Ok((_, Some(password))) => {
            let view = list(&desk, Some(password)).await?;
            page(StatusCode::OK, &view)
        }
        other => after("/desk/files/servers", other.map(|_| toast::done("That holds from now on"))),
    }
}
