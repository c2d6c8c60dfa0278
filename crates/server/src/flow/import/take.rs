//! Taking in the rows of a file: one part, one transaction. A row that is refused is put back alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use whereabouts_adapters::sheet::{self, Kind, Mapping, Row, Wrong};

use super::{DONE, RUNNING, columns_of, home_zone, kind_of, mapping_of, plan, rows_of};
use crate::{
    app::App,
    chain,
    context::Context,
    db::{self, Write, imports::ImportRow, tasks::TaskRow},
    flow::{
        Fault, FlowError,
        digest::{self, Fate, Incoming},
        faults, order,
        past::Past,
        register::{self, Registered},
        told,
    },
    retry_races,
};

/// What became of a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// `created`, `changed`, `unchanged` or `refused`; `unmatched` for an event whose number nobody has registered yet.
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Why>,
}

/// One reason for a refusal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The column in which to look, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The path of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub code: String,
    pub message: String,
}

impl Outcome {
    fn of(outcome: &str, id: Option<String>) -> Outcome {
        Outcome { outcome: outcome.into(), id, why: Vec::new() }
    }

    fn refused(why: Vec<Why>) -> Outcome {
        Outcome { outcome: "refused".into(), id: None, why }
    }
}

/// Does an `import` task: the next part of a file.
pub async fn step(app: &App, tx: &mut Write, ctx: &Context, task: &TaskRow) -> Result<(), FlowError> {
    if part(app, tx, ctx, &task.payload).await? {
        plan(app, tx, &ctx.id, &task.payload).await?;
    }
    app.ring(&ctx.id, None);
    Ok(())
}

/// The next part of a file, here and now, beside whoever else works on it. Answers how far it is.
pub async fn go_on(app: &App, retailer: &str, id: &str) -> Result<ImportRow, FlowError> {
    retry_races!(go_on_once(app, retailer, id).await)
}

async fn go_on_once(app: &App, retailer: &str, id: &str) -> Result<ImportRow, FlowError> {
    let ctx = app.contexts.get(app, retailer).await?.ok_or(FlowError::NotFound)?;
    let mut tx = app.db.write().await?;
    part(app, &mut tx, &ctx, id).await?;
    let row = db::imports::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    tx.commit().await?;
    Ok(row)
}

/// Answers whether more is to be done.
async fn part(app: &App, tx: &mut Write, ctx: &Context, id: &str) -> Result<bool, FlowError> {
    let Some(mut import) = db::imports::by_id_for_write(tx, &ctx.id, id).await?.filter(|i| i.state == RUNNING) else { return Ok(false) };
    if let Some(part) = db::imports::next_part(tx, &ctx.id, id).await? {
        let rows = rows_of(&part.told);
        let outcomes = take(app, tx, ctx, &import, &rows).await?;
        for outcome in &outcomes {
            match outcome.outcome.as_str() {
                "created" | "unmatched" => import.created += 1,
                "changed" => import.changed += 1,
                "unchanged" => import.unchanged += 1,
                _ => import.refused += 1,
            }
        }
        import.rows_done += i64::try_from(rows.len()).unwrap_or(0);
        let written = serde_json::to_string(&outcomes).expect("outcomes can be written as JSON");
        db::imports::put_outcome(tx, &ctx.id, id, part.part, &written).await?;
    }
    let is_done = import.rows_done >= import.rows_total;
    if is_done {
        (import.state, import.finished_at) = (DONE.into(), Some(app.clock.now_ms()));
    }
    db::imports::update(tx, &ctx.id, &import).await?;
    Ok(!is_done)
}

/// An outcome for each row.
async fn take(app: &App, tx: &mut Write, ctx: &Context, import: &ImportRow, rows: &[Row]) -> Result<Vec<Outcome>, FlowError> {
    let (kind, mapping) = (kind_of(import), mapping_of(import));
    let gathered = sheet::gather(&mapping, kind, &columns_of(import), rows, &home_zone(ctx));
    let by = format!("file:{}", import.id);
    let passed_over = passed_over(kind, &mapping);
    let mut outcomes = Vec::with_capacity(rows.len());
    if kind == Kind::Events {
        let values: Vec<Result<Value, Vec<Wrong>>> = gathered.into_iter().map(|g| g.value).collect();
        return events(app, tx, ctx, &mapping, values).await;
    }
    for group in gathered {
        let outcome = match group.value {
            Err(wrong) => Outcome::refused(wrong.into_iter().map(unreadable).collect()),
            Ok(value) => {
                tx.script("imports::ROW", "SAVEPOINT file_row").await?;
                let done = match kind {
                    // Kept aside: what registering needs is much, and this stands deep in what was called before.
                    Kind::Orders => Box::pin(order::within(app, tx, ctx, &value)).await.map(|d| (d.row.id, d.created, d.changed)),
                    _ => Box::pin(shipment(app, tx, ctx, value, &by)).await.map(|d| (d.row.id, d.created, d.changed)),
                };
                match done {
                    Ok((id, created, changed)) => {
                        let word = if created {
                            "created"
                        } else if changed {
                            "changed"
                        } else {
                            "unchanged"
                        };
                        Outcome { why: passed_over.clone(), ..Outcome::of(word, Some(id)) }
                    }
                    Err(error) => {
                        let outcome = Outcome::refused(reasons(error, &mapping)?);
                        tx.script("imports::ROW", "ROLLBACK TO SAVEPOINT file_row").await?;
                        outcome
                    }
                }
            }
        };
        outcomes.extend(std::iter::repeat_n(outcome, group.rows));
    }
    Ok(outcomes)
}

/// A shipment, and what a file tells of its past.
async fn shipment(app: &App, tx: &mut Write, ctx: &Context, mut value: Value, by: &str) -> Result<Registered, FlowError> {
    let past = Past::of(&mut value).map_err(FlowError::Invalid)?;
    register::with_past(app, tx, ctx, &value, &past, by).await
}

/// Columns of an export that say nothing here: what shoppers were told elsewhere is neither told again nor taken for told by us.
fn passed_over(kind: Kind, mapping: &Mapping) -> Vec<Why> {
    let messages = |path: &&String| kind == Kind::Shipments && (path.as_str() == "messages" || path.starts_with("messages."));
    let told = mapping.columns.iter().find(|(_, path)| messages(path));
    let message = "passed over: what shoppers were told elsewhere is not told again".to_string();
    told.map(|(column, _)| Why { column: Some(column.clone()), field: Some("messages".into()), code: "passed_over".into(), message })
        .into_iter()
        .collect()
}

/// Events are taken in together; if that cannot be, each alone.
async fn events(
    app: &App,
    tx: &mut Write,
    ctx: &Context,
    mapping: &Mapping,
    values: Vec<Result<Value, Vec<Wrong>>>,
) -> Result<Vec<Outcome>, FlowError> {
    let readable: Vec<&Value> = values.iter().filter_map(|v| v.as_ref().ok()).collect();
    let carriers = told::carriers_of(app, &ctx.id, &readable).await?;
    let now = app.clock.now_ms();
    let read = |value: Result<Value, Vec<Wrong>>| {
        let value = value.map_err(|wrong| wrong.into_iter().map(unreadable).collect::<Vec<_>>())?;
        let event = told::event(&value, &carriers).map_err(|faults| faults.into_iter().map(|f| faulty(f, mapping)).collect::<Vec<_>>())?;
        Ok(Incoming { retailer: ctx.id.clone(), event, received_at: now })
    };
    let told: Vec<Result<Incoming, Vec<Why>>> = values.into_iter().map(read).collect();
    let incoming: Vec<Incoming> = told.iter().filter_map(|t| t.as_ref().ok().cloned()).collect();
    let mut fates = absorbed(app, tx, &incoming).await?.into_iter();
    let mut outcomes = Vec::with_capacity(told.len());
    for told in told {
        outcomes.push(match told {
            Err(why) => Outcome::refused(why),
            Ok(_) => match fates.next() {
                Some(Ok(Fate::Attached)) => Outcome::of("created", None),
                Some(Ok(Fate::Unmatched)) => Outcome::of("unmatched", None),
                Some(Ok(Fate::Duplicate)) => Outcome::of("unchanged", None),
                Some(Err(why)) => Outcome::refused(why),
                None => Outcome::refused(vec![ours()]),
            },
        });
    }
    Ok(outcomes)
}

async fn absorbed(app: &App, tx: &mut Write, incoming: &[Incoming]) -> Result<Vec<Result<Fate, Vec<Why>>>, FlowError> {
    match absorb(app, tx, incoming).await? {
        Ok(fates) => Ok(fates.into_iter().map(Ok).collect()),
        Err(_) => {
            let mut fates = Vec::with_capacity(incoming.len());
            for one in incoming {
                fates.push(absorb(app, tx, std::slice::from_ref(one)).await?.map(|f| f.first().copied().unwrap_or(Fate::Duplicate)));
            }
            Ok(fates)
        }
    }
}

/// The fates, or, with everything put back, why not.
async fn absorb(app: &App, tx: &mut Write, incoming: &[Incoming]) -> Result<Result<Vec<Fate>, Vec<Why>>, FlowError> {
    tx.script("imports::ROW", "SAVEPOINT file_row").await?;
    match digest::absorb(app, tx, incoming).await {
        Ok((fates, _)) => Ok(Ok(fates)),
        Err(error) => {
            let why = reasons(error, &Mapping::default())?;
            tx.script("imports::ROW", "ROLLBACK TO SAVEPOINT file_row").await?;
            Ok(Err(why))
        }
    }
}

/// Why a row was refused; a race concerns the whole transaction.
fn reasons(error: FlowError, mapping: &Mapping) -> Result<Vec<Why>, FlowError> {
    match error {
        FlowError::Db(e) if e.is_race() => Err(FlowError::Db(e)),
        FlowError::Db(e) => {
            tracing::error!(error = %chain::of(&e), "a row of a file could not be stored");
            Ok(vec![ours()])
        }
        FlowError::Invalid(faults) => Ok(faults.into_iter().map(|f| faulty(f, mapping)).collect()),
        FlowError::Conflict(message) => Ok(vec![Why { column: None, field: None, code: "conflict".into(), message }]),
        FlowError::NotFound => {
            Ok(vec![Why { column: None, field: None, code: "not_found".into(), message: "what it names is not there".into() }])
        }
    }
}

fn ours() -> Why {
    let message = "could not be stored; this is our fault and has been logged, send the row again later".into();
    Why { column: None, field: None, code: "internal".into(), message }
}

fn unreadable(wrong: Wrong) -> Why {
    Why { column: wrong.column, field: None, code: "unreadable".into(), message: wrong.message }
}

/// A fault names a field; the person looks for its column.
fn faulty(fault: Fault, mapping: &Mapping) -> Why {
    let field = fault.pointer.trim_start_matches('/').replace('/', ".");
    let starred = |path: &str| {
        path.split('.').map(|n| if n == "+" || n.bytes().all(|b| b.is_ascii_digit()) { "*" } else { n }).collect::<Vec<_>>().join(".")
    };
    let whole_name = field.strip_suffix(".first_name").or_else(|| field.strip_suffix(".last_name")).map(|person| format!("{person}.name"));
    let is_it = |path: &&String| starred(path) == starred(&field) || whole_name.as_ref() == Some(path);
    let column = mapping.columns.iter().find(|(_, path)| is_it(path)).map(|(column, _)| column.clone());
    Why { column, field: (!field.is_empty()).then_some(field), code: fault.code, message: fault.message }
}

/// How one row would be read.
#[derive(Clone, Debug)]
pub struct Preview {
    pub line: u64,
    /// How many rows of the file it is.
    pub rows: usize,
    pub value: Result<Value, Vec<Why>>,
}

fn check_shipment(value: &Value) -> Result<(), Vec<Fault>> {
    let mut value = value.clone();
    Past::of(&mut value)?;
    faults::registration(&faults::without_nulls(&value)).map(|_| ())
}

/// How the first rows would be read. Nothing is written; what only the database can refuse is not seen yet.
pub async fn preview(app: &App, ctx: &Context, import: &ImportRow, rows: &[Row]) -> Result<Vec<Preview>, FlowError> {
    let (kind, mapping) = (kind_of(import), mapping_of(import));
    let gathered = sheet::gather(&mapping, kind, &columns_of(import), rows, &home_zone(ctx));
    let readable: Vec<&Value> = gathered.iter().filter_map(|g| g.value.as_ref().ok()).collect();
    let carriers = if kind == Kind::Events { told::carriers_of(app, &ctx.id, &readable).await? } else { Vec::new() };
    let mut found = Vec::with_capacity(gathered.len());
    let mut at = 0;
    for group in gathered {
        let value = match group.value {
            Err(wrong) => Err(wrong.into_iter().map(unreadable).collect()),
            Ok(value) => {
                let checked = match kind {
                    Kind::Orders => order::check(&value),
                    Kind::Shipments => check_shipment(&value).map_err(FlowError::Invalid),
                    Kind::Events => told::event(&value, &carriers).map(|_| ()).map_err(FlowError::Invalid),
                };
                match checked {
                    Ok(()) => Ok(value),
                    Err(error) => Err(reasons(error, &mapping)?),
                }
            }
        };
        found.push(Preview { line: rows.get(at).map_or(0, |r| r.line), rows: group.rows, value });
        at += group.rows;
    }
    Ok(found)
}
