//! Files: sending one, saying which column is which field, taking it in, and writing out what is here.

use axum::{
    extract::{FromRequest, Multipart, Path, RawQuery, Request},
    http::StatusCode,
    response::Response,
};
use serde_json::Value;
use whereabouts_adapters::sheet::{self, Dates, Kind, Mapping, Told};

use super::{Answer, Desk, Fault, Form, after, page, plural, see, toast, wording};
use crate::{
    db::{self, imports::ImportRow},
    flow::{
        FlowError,
        import::{self, Outcome, Preview, Sent, Wanted},
    },
    web::{
        api::{
            exports,
            imports::{first_rows, samples},
        },
        call,
        desk::{
            Step,
            files::{ColumnRow, Draft, FieldGroup, FileRow, FileView, FilesView, MappingRow, PreviewRow, RefusedRow, Run},
            frame::grouped,
            pill::Pill,
        },
        problem::Problem,
        streamed,
    },
};

/// Files up to this size are taken from a browser.
pub const FILE_MAX: usize = 32 * 1024 * 1024;
const FILES_SHOWN: i64 = 50;
const REFUSED_SHOWN: usize = 50;
const REFUSED_PARTS: i64 = 200;

/// `GET /desk/files`
pub async fn get(desk: Desk) -> Answer {
    let view = list(&desk).await?;
    desk.show(&view)
}

async fn list(desk: &Desk) -> Result<FilesView, Fault> {
    let read = desk.app.db.read().await?;
    let files = db::imports::list(&read, desk.retailer(), None, FILES_SHOWN).await?;
    let mappings = db::imports::mappings(&read, desk.retailer()).await?;
    drop(read);
    let colleagues = desk.colleagues().await?;
    let by = |who: &str| colleagues.get(who).cloned().unwrap_or_else(|| sender(who));
    let file = |i: &ImportRow| FileRow {
        link: Step::new(format!("/desk/files/{}", i.id), &i.name),
        what: format!("{}, by {}", counted(import::kind_of(i), i.rows_total), by(&i.sent_by)),
        state: state(i),
        counts: counts(i),
        at: desk.when_ms(i.created_at),
    };
    let mapping = |m: &db::imports::MappingRow| {
        let columns = serde_json::from_str::<Mapping>(&m.doc).map(|m| m.columns.len()).unwrap_or_default();
        let kind = m.kind.parse().map_or("Files", title);
        let about = format!(
            "{kind}, {}, set {} by {}",
            plural(columns as u64, "column", "columns"),
            wording::day_and_clock(m.updated_at, &desk.zone),
            by(&m.set_by)
        );
        MappingRow { id: m.id.clone(), name: m.name.clone(), about }
    };
    Ok(FilesView {
        frame: desk.frame("Files", "files").await?,
        empty: files.is_empty().then(FilesView::nothing),
        files: files.iter().map(file).collect(),
        mappings: mappings.iter().map(mapping).collect(),
        problem: None,
    })
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Orders => "Orders",
        Kind::Shipments => "Shipments",
        Kind::Events => "Events",
    }
}

/// "1,204 shipments".
fn counted(kind: Kind, rows: i64) -> String {
    let rows = u64::try_from(rows).unwrap_or(0);
    match kind {
        Kind::Orders => plural(rows, "row of orders", "rows of orders"),
        Kind::Shipments => plural(rows, "shipment", "shipments"),
        Kind::Events => plural(rows, "event", "events"),
    }
}

fn sender(who: &str) -> String {
    match who {
        "api" => "the API".into(),
        "import" => "the command line".into(),
        "sftp" => "your program".into(),
        other => other.into(),
    }
}

fn state(i: &ImportRow) -> Pill {
    match i.state.as_str() {
        import::DRAFT => Pill::new("calm", "note", "To be mapped"),
        import::RUNNING => Pill::new("accent", "clock", format!("{} of {}", many(i.rows_done), many(i.rows_total))),
        import::STOPPED => Pill::new("warn", "pause", "Stopped"),
        _ if i.refused > 0 => Pill::new("warn", "watch", "Done, some refused"),
        _ => Pill::new("good", "check", "Done"),
    }
}

fn many(n: i64) -> String {
    grouped(u64::try_from(n).unwrap_or(0))
}

fn counts(i: &ImportRow) -> String {
    let all = [(i.created, "new"), (i.changed, "changed"), (i.unchanged, "unchanged"), (i.refused, "refused")];
    let told: Vec<String> = all.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", many(*n))).collect();
    told.join(", ")
}

/// `POST /desk/files`: `file` and `kind` (empty: told by its columns), as a form with a file is sent.
pub async fn post(desk: Desk, request: Request) -> Answer {
    let sent = match upload(request, &desk).await {
        Ok(sent) => sent,
        Err(problem) => return refused(&desk, problem.detail).await,
    };
    let Some((name, bytes)) = sent.file else { return refused(&desk, "choose a file first".into()).await };
    let file = Sent { name: &name, bytes: &bytes, kind: sent.kind.parse().ok(), mapping: None, source: "desk", by: &desk.staff.email };
    match import::send(&desk.app, desk.retailer(), file).await {
        Ok(row) => Ok(see(&format!("/desk/files/{}", row.id))),
        Err(FlowError::Invalid(faults)) => refused(&desk, faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join("; ")).await,
        Err(other) => Err(other.into()),
    }
}

#[derive(Default)]
struct Upload {
    file: Option<(String, Vec<u8>)>,
    kind: String,
}

async fn upload(request: Request, desk: &Desk) -> Result<Upload, Problem> {
    let broken = |_| Problem::unreadable("the upload broke off; send the file again");
    let (parts, body) = request.into_parts();
    let bytes = call::bytes(body, FILE_MAX + 64 * 1024).await?;
    let mut form = Multipart::from_request(Request::from_parts(parts, bytes.into()), &desk.app)
        .await
        .map_err(|_| Problem::unreadable("a file is sent by the form of this page"))?;
    let mut upload = Upload::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            "kind" => upload.kind = field.text().await.map_err(broken)?,
            "file" => {
                let name = field.file_name().unwrap_or_default().to_string();
                let bytes = field.bytes().await.map_err(broken)?.to_vec();
                upload.file = (!name.is_empty()).then_some((name, bytes));
            }
            _ => {}
        }
    }
    Ok(upload)
}

/// The page again, with what was wrong.
async fn refused(desk: &Desk, problem: String) -> Answer {
    let view = FilesView { problem: Some(problem), ..list(desk).await? };
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

async fn find(desk: &Desk, id: &str) -> Result<ImportRow, Fault> {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    db::imports::by_id(&desk.app.db.read().await?, desk.retailer(), id).await?.ok_or(Fault::NotFound)
}

/// `GET /desk/files/{id}`
pub async fn one(desk: Desk, Path(id): Path<String>) -> Answer {
    let row = find(&desk, &id).await?;
    let view = shown(&desk, &row).await?;
    desk.show(&view)
}

async fn shown(desk: &Desk, row: &ImportRow) -> Result<FileView, Fault> {
    let colleagues = desk.colleagues().await?;
    let by = colleagues.get(&row.sent_by).cloned().unwrap_or_else(|| sender(&row.sent_by));
    let rows = plural(u64::try_from(row.rows_total).unwrap_or(0), "row", "rows");
    let size = (row.size + 1023) / 1024;
    let is_draft = row.state == import::DRAFT;
    Ok(FileView {
        frame: desk.frame(&row.name, "files").await?,
        id: row.id.clone(),
        name: row.name.clone(),
        about: format!("{rows}, {} KB, sent {} by {by}", many(size), wording::day_and_clock(row.created_at, &desk.zone)),
        state: state(row),
        draft: if is_draft { Some(draft(desk, row).await?) } else { None },
        run: if is_draft { None } else { Some(run(desk, row).await?) },
    })
}

async fn draft(desk: &Desk, row: &ImportRow) -> Result<Draft, Fault> {
    let (kind, mapping) = (import::kind_of(row), import::mapping_of(row));
    let rows = first_rows(&desk.app, &desk.ctx, row).await?;
    let mappings = db::imports::mappings(&desk.app.db.read().await?, desk.retailer()).await?;
    let previews = import::preview(&desk.app, &desk.ctx, row, &rows).await?;
    let column = |(place, name): (usize, String)| {
        let chosen = mapping.columns.get(&name);
        ColumnRow { samples: samples(&rows, place, &name), groups: groups(kind, chosen.map(String::as_str)), read: chosen.is_some(), name }
    };
    let fixed: &[(&str, &str)] = match kind {
        Kind::Orders => &[("sales_channel", "Sales channel")],
        Kind::Shipments => &[("carrier", "Carrier"), ("destination.country", "Destination country"), ("origin.country", "Origin country")],
        Kind::Events => &[("carrier", "Carrier")],
    };
    Ok(Draft {
        kinds: Kind::ALL.map(|k| (k.id(), title(k), k == kind)).to_vec(),
        known_as: mappings.into_iter().find(|m| Some(&m.id) == row.mapping_id.as_ref()).map(|m| m.name),
        columns: import::columns_of(row).into_iter().enumerate().map(column).collect(),
        month_first: mapping.dates == Dates::MonthFirst,
        zone: mapping.zone.clone().unwrap_or_default(),
        home_zone: import::home_zone(&desk.ctx),
        fixed: fixed.iter().map(|(path, label)| (*path, *label, mapping.fixed.get(*path).cloned().unwrap_or_default())).collect(),
        wanting: sheet::wanting(kind, &mapping),
        preview: previews.iter().map(|p| preview(kind, p)).collect(),
        start: format!("Take in {}", plural(u64::try_from(row.rows_total).unwrap_or(0), "row", "rows")),
        problem: None,
    })
}

/// The fields that a column may be, by what they are about.
fn groups(kind: Kind, chosen: Option<&str>) -> Vec<FieldGroup> {
    let label = |path: &str| match path.split('.').next().unwrap_or_default() {
        "recipient" => "Recipient",
        "buyer" => "Buyer",
        "promised" => "Promise",
        "destination" => "Destination",
        "origin" => "Origin",
        "items" | "lines" => "Articles",
        "location" => "Place",
        "parcels" => "Parcels",
        "pickup_point" => "Pick-up point",
        "estimated_delivery" => "Estimate",
        _ => match kind {
            Kind::Orders => "The order",
            Kind::Shipments => "The shipment",
            Kind::Events => "The event",
        },
    };
    let mut groups: Vec<FieldGroup> = Vec::new();
    let mut put = |path: &str, words: &str| {
        let field = (path.to_string(), words.to_string(), chosen == Some(path));
        match groups.iter_mut().find(|g| g.label == label(path)) {
            Some(group) => group.fields.push(field),
            None => groups.push(FieldGroup { label: label(path).into(), fields: vec![field] }),
        }
    };
    for field in sheet::fields(kind).filter(|f| !f.path.contains('*')) {
        put(field.path, field.label);
    }
    // A place in a list, or a field of the retailer's own.
    if let Some(own) = chosen.filter(|c| !sheet::fields(kind).any(|f| f.path == *c)) {
        put(own, own);
    }
    groups
}

fn preview(kind: Kind, p: &Preview) -> PreviewRow {
    let line = if p.rows > 1 { format!("Line {} and {} more", p.line, p.rows - 1) } else { format!("Line {}", p.line) };
    match &p.value {
        Ok(value) => {
            let mut told = Vec::new();
            tell(kind, value, "", &mut told);
            PreviewRow { line, told, why: Vec::new() }
        }
        Err(why) => {
            PreviewRow { line, told: Vec::new(), why: why.iter().map(|w| import::result::reasons(std::slice::from_ref(w))).collect() }
        }
    }
}

/// What an object says, field by field.
fn tell(kind: Kind, value: &Value, path: &str, told: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| tell(kind, value, &below(name), told)),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            (0..).zip(list).for_each(|(place, value): (usize, &Value)| tell(kind, value, &below(&place.to_string()), told));
        }
        Value::Null => {}
        other => {
            let label = if path.starts_with("metadata.") { path } else { sheet::field(kind, path).map_or(path, |f| f.label) };
            told.push((label.to_string(), crate::written::cell(Some(other))));
        }
    }
}

async fn run(desk: &Desk, row: &ImportRow) -> Result<Run, Fault> {
    let refused = if row.refused > 0 { refused_rows(desk, row).await? } else { Vec::new() };
    let left = usize::try_from(row.refused).unwrap_or(0).saturating_sub(refused.len());
    Ok(Run {
        is_running: row.state == import::RUNNING,
        done: row.rows_done,
        total: row.rows_total,
        progress: format!("{} of {} rows", many(row.rows_done), many(row.rows_total)),
        counts: vec![
            (many(row.created), "new", "good"),
            (many(row.changed), "changed", "accent"),
            (many(row.unchanged), "unchanged", "calm"),
            (many(row.refused), "refused", if row.refused > 0 { "bad" } else { "calm" }),
        ],
        more: (left > 0).then(|| format!("and {} more in the file of refused rows", grouped(left as u64))),
        refused,
    })
}

async fn refused_rows(desk: &Desk, row: &ImportRow) -> Result<Vec<RefusedRow>, Fault> {
    let parts = db::imports::parts(&desk.app.db.read().await?, desk.retailer(), &row.id, -1, REFUSED_PARTS).await?;
    let rows = parts.iter().flat_map(|p| import::rows_of(&p.told).into_iter().zip(import::outcomes_of(p.outcome.as_deref())));
    let told = |told: Told| match told {
        Told::Cells(cells) => cells.into_iter().filter(|c| !c.is_empty()).collect::<Vec<_>>().join(" · "),
        Told::Object(value) => value.to_string(),
        Told::Faulty(text, _) => text,
    };
    let why = |o: &Outcome| o.why.iter().map(|w| import::result::reasons(std::slice::from_ref(w))).collect();
    let refused = rows.filter(|(_, o)| o.outcome == "refused").take(REFUSED_SHOWN);
    Ok(refused.map(|(row, o)| RefusedRow { line: row.line, told: told(row.told).chars().take(200).collect(), why: why(&o) }).collect())
}

/// `POST /desk/files/{id}/mapping`: `kind`, `field-N` for each column, `dates`, `zone`, `fixed-PATH`, `remember_as`; `then=start` takes it in.
pub async fn map(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let row = find(&desk, &id).await?;
    let kind: Kind = form.get("kind").parse().unwrap_or_else(|()| import::kind_of(&row));
    let mapping = if kind == import::kind_of(&row) {
        mapping_of(&row, &form)
    } else {
        import::guess_for(kind, &row, &first_rows(&desk.app, &desk.ctx, &row).await?)
    };
    let wanted = Wanted { kind, mapping, remember_as: Some(form.get("remember_as").to_string()) };
    let here = format!("/desk/files/{id}");
    let mapped = import::map(&desk.app, desk.retailer(), &id, &wanted, &desk.staff.email).await;
    let done = match mapped {
        Ok(_) if form.get("then") == "start" => {
            import::start(&desk.app, desk.retailer(), &id).await.map(|_| toast::done("It is being taken in"))
        }
        Ok(row) if !form.get("remember_as").is_empty() => {
            Ok(toast::done(format!("Kept as “{}”: files with these columns are read like this", form.get("remember_as"))))
                .map(|t| if row.mapping_id.is_some() { t } else { toast::done("Read anew") })
        }
        Ok(_) => Ok(toast::done("Read anew")),
        Err(e) => Err(e),
    };
    after(&here, done)
}

fn mapping_of(row: &ImportRow, form: &Form) -> Mapping {
    let was = import::mapping_of(row);
    let columns = import::columns_of(row).into_iter().enumerate();
    let chosen = columns.filter_map(|(place, column)| {
        let path = form.get(&format!("field-{place}"));
        (!path.is_empty()).then(|| (column, path.to_string()))
    });
    let mut fixed = was.fixed;
    for path in ["carrier", "destination.country", "origin.country", "sales_channel"] {
        match form.get(&format!("fixed-{path}")) {
            "" => drop(fixed.remove(path)),
            told => drop(fixed.insert(path.into(), told.into())),
        }
    }
    Mapping {
        columns: chosen.collect(),
        dates: if form.get("dates") == "month_first" { Dates::MonthFirst } else { Dates::DayFirst },
        zone: Some(form.get("zone").to_string()).filter(|z| !z.is_empty()),
        fixed,
    }
}

/// `POST /desk/files/{id}/stop`: stops what is under way, throws away what is not.
pub async fn stop(desk: Desk, Path(id): Path<String>) -> Answer {
    let row = find(&desk, &id).await?;
    let was_running = row.state == import::RUNNING;
    let done = import::stop(&desk.app, desk.retailer(), &id).await;
    let (back, words) = if was_running {
        (format!("/desk/files/{id}"), "Stopped; what was taken in stays".to_string())
    } else {
        ("/desk/files".to_string(), format!("{} is thrown away", row.name))
    };
    after(&back, done.map(|()| toast::done(words)))
}

/// `GET /desk/files/{id}/result?only=refused`
pub async fn result(desk: Desk, Path(id): Path<String>, asked: super::Asked) -> Answer {
    let row = find(&desk, &id).await?;
    let only = asked.get("only").filter(|only| *only == "refused").map(|_| "refused");
    let format = import::result::usual_format(&row);
    Ok(streamed::result(desk.app.clone(), desk.retailer().to_string(), row, format, only))
}

/// `POST /desk/files/mappings/{id}/delete`
pub async fn forget_mapping(desk: Desk, Path(id): Path<String>) -> Answer {
    let done = import::forget_mapping(&desk.app, desk.retailer(), &id).await;
    after("/desk/files", done.map(|()| toast::done("Forgotten; such files are guessed at again")))
}

/// `GET /desk/files/export?what=&format=&from=&until=&carrier=`
pub async fn export(desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Fault> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(raw.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
    let what = pairs.iter().find(|(name, _)| name == "what").map_or("", |(_, v)| v);
    let kind: Kind = what.parse().map_err(|()| Fault::NotFound)?;
    let known = |name: &str| matches!(name, "format" | "from" | "until") || (name == "carrier" && kind != Kind::Orders);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, told) in pairs.iter().filter(|(name, told)| known(name) && !told.trim().is_empty()) {
        query.append_pair(name, told.trim());
    }
    let export = exports::asked(desk.retailer(), kind, Some(&query.finish()))?;
    Ok(streamed::export(desk.app.clone(), desk.ctx.clone(), export))
}
