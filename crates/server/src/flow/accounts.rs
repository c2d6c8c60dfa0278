//! A retailer's accounts with carriers that are asked: entered and tested, changed, removed. What is secret in them is kept sealed and is
//! never given back.

use std::collections::BTreeMap;

use serde::Deserialize;
use whereabouts_adapters::{
    Carrier,
    ask::{Account, AskCard, CannotAsk, Credentials, Environment},
    carrier,
};

use super::{Fault, FlowError, turns};
use crate::{
    app::App,
    db::{self, Write, accounts::AccountRow, alerts::AlertRow, polls::Spent},
    gateway::{Made, Verdict},
    vault::{Keys, Locked},
};

/// Stands where a secret is; sent back, it means the secret as it is kept.
pub const MASK: &str = "••••••••";

const LABEL_MAX: usize = 100;
const FIELD_MAX: usize = 2_000;
const COVERS_MAX: usize = 50;
const PER_DAY_MAX: i64 = 100_000_000;

/// An account as it is entered. Cannot be printed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    pub carrier: String,
    /// Which of the carrier's ways of asking; the first unless said.
    #[serde(default)]
    pub way: Option<String>,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub environment: Environment,
    #[serde(default)]
    pub credentials: BTreeMap<String, Option<String>>,
    /// The carriers whose parcels it is asked for; the carrier's own unless said.
    #[serde(default)]
    pub covers: Option<Vec<String>>,
    #[serde(default)]
    pub per_day: Option<i64>,
    #[serde(default)]
    pub paused: bool,
    /// The credentials are tried before they are kept.
    #[serde(default = "yes")]
    pub probe: bool,
}

/// What of it is to change; what is left out stays. Of the credentials, null takes a field away. Cannot be printed.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Change {
    pub label: Option<String>,
    pub environment: Option<Environment>,
    pub credentials: Option<BTreeMap<String, Option<String>>>,
    pub covers: Option<Vec<String>>,
    #[serde(deserialize_with = "said")]
    pub per_day: Option<Option<i64>>,
    pub paused: Option<bool>,
    pub probe: Option<bool>,
}

fn yes() -> bool {
    true
}

/// Null is an answer, and another one than silence.
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::<i64>::deserialize(from).map(Some)
}

/// A way of asking and who knows it.
#[derive(Clone, Copy)]
pub struct Way {
    pub carrier: &'static dyn Carrier,
    pub card: &'static AskCard,
}

/// All ways of asking that there are, by carrier.
pub fn ways() -> impl Iterator<Item = Way> {
    carrier::ALL.iter().flat_map(|c| c.asks().iter().map(|card| Way { carrier: *c, card }))
}

pub fn way_of(carrier: &str, way: &str) -> Option<Way> {
    ways().find(|w| w.carrier.card().id == carrier && w.card.id == way)
}

/// An account's credentials, opened.
pub fn open(app: &App, retailer: &str, row: &AccountRow) -> Result<Credentials, Locked> {
    open_with(&app.config.keys, retailer, row)
}

pub fn open_with(keys: &Keys, retailer: &str, row: &AccountRow) -> Result<Credentials, Locked> {
    let text = keys.open(&place(retailer, &row.id), &row.credentials)?;
    serde_json::from_slice(&text).map_err(|_| Locked::Changed)
}

fn seal(app: &App, retailer: &str, id: &str, credentials: &Credentials) -> Result<Vec<u8>, FlowError> {
    let text = serde_json::to_vec(credentials).expect("credentials can be written as JSON");
    app.config.keys.seal(&place(retailer, id), &text).map_err(|e| FlowError::Conflict(e.to_string()))
}

fn place(retailer: &str, account: &str) -> String {
    format!("carrier_account/{retailer}/{account}")
}

pub fn environment_of(row: &AccountRow) -> Environment {
    if row.environment == "sandbox" { Environment::Sandbox } else { Environment::Live }
}

fn environment_id(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "live",
        Environment::Sandbox => "sandbox",
    }
}

/// Enters an account. Unless it says otherwise its credentials are tried first, and kept only if the carrier does not refuse them.
pub async fn create(app: &App, retailer: &str, new: &NewAccount) -> Result<AccountRow, FlowError> {
    let way = find_way(&new.carrier, new.way.as_deref())?;
    let now = app.clock.now_ms();
    let credentials = Credentials::of(new.credentials.iter().filter_map(|(k, v)| Some((k.clone(), v.clone()?))));
    let name = way.carrier.card().name;
    let row = AccountRow {
        id: app.ids.make("acc", now),
        carrier: new.carrier.clone(),
        way: way.card.id.to_string(),
        label: new.label.as_deref().map(str::trim).filter(|l| !l.is_empty()).unwrap_or(name).to_string(),
        environment: environment_id(new.environment).into(),
        covers: json(&new.covers.clone().unwrap_or_else(|| vec![new.carrier.clone()])),
        credentials: Vec::new(),
        per_day: new.per_day,
        state: if new.paused { "paused" } else { "active" }.into(),
        reason: None,
        tested_at: None,
        verdict: None,
        heard_at: None,
        heard: None,
        failures: 0,
        wait_until: 0,
        stretch: 1_000,
        followed: 0,
        weighed_at: 0,
        alert_id: None,
        created_at: now,
        updated_at: now,
    };
    check(&row, way, new.credentials.keys(), &credentials)?;
    let mut row = AccountRow { credentials: seal(app, retailer, &row.id, &credentials)?, ..row };
    let made = if new.probe { prove(app, &mut row, way, &credentials).await? } else { Made::default() };
    let mut tx = app.db.write().await?;
    db::accounts::insert(&mut tx, retailer, &row).await?;
    count_probe(app, &mut tx, retailer, &row, made).await?;
    turns::look_through(app, &mut tx, retailer).await?;
    tx.commit().await?;
    changed(app, retailer);
    Ok(row)
}

/// Changes an account. New credentials are tried as at first; with good ones the account that was refused works again.
pub async fn change(app: &App, retailer: &str, id: &str, change: &Change) -> Result<AccountRow, FlowError> {
    let before = db::accounts::by_id(&app.db.read().await?, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let way = find_way(&before.carrier, Some(&before.way))?;
    let mut row = before.clone();
    if let Some(label) = change.label.as_deref().map(str::trim) {
        row.label = label.to_string();
    }
    if let Some(environment) = change.environment {
        row.environment = environment_id(environment).into();
    }
    if let Some(covers) = &change.covers {
        row.covers = json(covers);
    }
    if let Some(per_day) = change.per_day {
        row.per_day = per_day;
        row.weighed_at = 0;
        if row.state != "refused" {
            row.wait_until = 0;
        }
    }
    let credentials = match &change.credentials {
        None => {
            open(app, retailer, &row).map_err(|e| FlowError::Conflict(format!("the credentials cannot be opened: {e}; enter them anew")))
        }
        Some(given) => Ok(merged(app, retailer, &row, way, given)),
    };
    let mut made = Made::default();
    let is_entered = change.credentials.is_some() || row.environment != before.environment;
    if is_entered {
        let credentials = credentials?;
        let none = BTreeMap::new();
        check(&row, way, change.credentials.as_ref().unwrap_or(&none).keys(), &credentials)?;
        row.credentials = seal(app, retailer, &row.id, &credentials)?;
        if change.probe.unwrap_or(true) {
            made = prove(app, &mut row, way, &credentials).await?;
        }
    } else {
        check_form(&row)?;
    }
    match change.paused {
        Some(true) => row.state = "paused".into(),
        Some(false) if row.is_paused() => row.state = "active".into(),
        _ => {}
    }
    if is_entered && !row.is_paused() {
        (row.state, row.reason) = ("active".into(), None);
    }
    if is_entered || change.paused == Some(false) {
        (row.failures, row.wait_until) = (0, 0);
    }
    row.updated_at = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    if row.state != "refused" {
        close_alert(app, &mut tx, retailer, &mut row, "changed").await?;
    }
    if !db::accounts::update(&mut tx, retailer, &row).await? {
        return Err(FlowError::NotFound);
    }
    count_probe(app, &mut tx, retailer, &row, made).await?;
    if row.covers != before.covers {
        db::polls::gone_with(&mut tx, retailer, id).await?;
        turns::look_through(app, &mut tx, retailer).await?;
    } else if is_entered {
        db::polls::all_now(&mut tx, retailer, id, row.updated_at).await?;
    }
    tx.commit().await?;
    app.gateway.asker.forget(id);
    changed(app, retailer);
    Ok(row)
}

/// Removes an account with its credentials. Its parcels are asked for in another's name, if one covers them.
pub async fn delete(app: &App, retailer: &str, id: &str) -> Result<(), FlowError> {
    let mut tx = app.db.write().await?;
    let mut row = db::accounts::by_id_for_write(&mut tx, retailer, id).await?.ok_or(FlowError::NotFound)?;
    close_alert(app, &mut tx, retailer, &mut row, "removed").await?;
    db::accounts::delete(&mut tx, retailer, id).await?;
    db::polls::gone_with(&mut tx, retailer, id).await?;
    db::polls::days_gone_with(&mut tx, retailer, id).await?;
    turns::look_through(app, &mut tx, retailer).await?;
    tx.commit().await?;
    app.gateway.asker.forget(id);
    changed(app, retailer);
    Ok(())
}

/// Tries the credentials that are kept. Good ones let a refused account work again; bad ones stop it.
pub async fn test(app: &App, retailer: &str, id: &str) -> Result<AccountRow, FlowError> {
    let mut row = db::accounts::by_id(&app.db.read().await?, retailer, id).await?.ok_or(FlowError::NotFound)?;
    let way = find_way(&row.carrier, Some(&row.way))?;
    let credentials =
        open(app, retailer, &row).map_err(|e| FlowError::Conflict(format!("the credentials cannot be opened: {e}; enter them anew")))?;
    let (verdict, made) = probe(app, &row, way, &credentials).await?;
    let now = app.clock.now_ms();
    (row.tested_at, row.verdict) = (Some(now), Some(verdict_id(verdict).into()));
    let mut tx = app.db.write().await?;
    match verdict {
        Verdict::Good if row.state == "refused" => {
            (row.state, row.reason, row.failures, row.wait_until) = ("active".into(), None, 0, 0);
            close_alert(app, &mut tx, retailer, &mut row, "works_again").await?;
            db::polls::all_now(&mut tx, retailer, id, now).await?;
        }
        Verdict::Bad if row.state == "active" => {
            refuse(app, &mut tx, retailer, &mut row, "a test found the credentials refused").await?;
        }
        _ => {}
    }
    db::accounts::update(&mut tx, retailer, &row).await?;
    count_probe(app, &mut tx, retailer, &row, made).await?;
    tx.commit().await?;
    app.gateway.asker.forget(id);
    changed(app, retailer);
    Ok(row)
}

/// The carrier does not take the credentials: the account stops, and the agents are told once.
pub async fn refuse(app: &App, tx: &mut Write, retailer: &str, row: &mut AccountRow, why: &str) -> Result<(), FlowError> {
    let now = app.clock.now_ms();
    (row.state, row.reason) = ("refused".into(), Some(why.to_string()));
    if row.alert_id.is_none() {
        let alert = AlertRow {
            id: app.ids.make("alt", now),
            kind: "carrier_refused".into(),
            // It concerns no single shipment.
            shipment_id: String::new(),
            order_number: None,
            opened_at: now,
            reason: format!("{} is no longer asked: {why}; enter the credentials anew", row.label),
            state: "open".into(),
            assignee: None,
            due_at: None,
            snoozed_until: None,
            resolved_at: None,
            resolution: None,
            resolved_by: None,
        };
        db::alerts::put(tx, retailer, std::slice::from_ref(&alert)).await?;
        row.alert_id = Some(alert.id);
        db::feeds::look(tx, retailer, row.covers(), now).await?;
    }
    Ok(())
}

/// The reason for its alert is gone.
pub async fn close_alert(app: &App, tx: &mut Write, retailer: &str, row: &mut AccountRow, how: &str) -> Result<(), FlowError> {
    let Some(id) = row.alert_id.take() else { return Ok(()) };
    db::feeds::look(tx, retailer, row.covers(), app.clock.now_ms()).await?;
    if let Some(alert) = db::alerts::by_id(tx, retailer, &id).await?.filter(AlertRow::is_open) {
        let closed = AlertRow {
            state: "resolved".into(),
            resolved_at: Some(app.clock.now_ms()),
            resolution: Some(how.into()),
            resolved_by: Some("whereabouts".into()),
            ..alert
        };
        db::alerts::update(tx, retailer, &closed).await?;
    }
    Ok(())
}

/// Seals with the newest key what was sealed with an older one.
pub(super) async fn seal_anew(app: &App) -> Result<usize, FlowError> {
    let mut sealed = 0;
    for retailer in db::retailers::all(&app.db.read().await?).await? {
        for row in db::accounts::all(&app.db.read().await?, &retailer.id).await? {
            if app.config.keys.is_newest(&row.credentials) {
                continue;
            }
            let Ok(credentials) = open(app, &retailer.id, &row) else {
                tracing::error!(account.id = row.id, "a carrier's credentials cannot be opened; `whereabouts doctor` says what to do");
                continue;
            };
            let mut tx = app.db.write().await?;
            let anew = seal(app, &retailer.id, &row.id, &credentials)?;
            db::accounts::seal(&mut tx, &retailer.id, &row.id, &row.credentials, anew).await?;
            tx.commit().await?;
            sealed += 1;
        }
    }
    Ok(sealed)
}

fn changed(app: &App, retailer: &str) {
    app.contexts.forget(retailer);
    app.ring(retailer, None);
    app.wake.notify_one();
    app.asking.notify_one();
}

fn json(list: &[String]) -> String {
    serde_json::to_string(list).expect("a list of texts can be written as JSON")
}

fn find_way(carrier: &str, way: Option<&str>) -> Result<Way, FlowError> {
    let fault = |pointer: &str, words: String| FlowError::Invalid(vec![Fault::new(pointer, "unknown_value", words)]);
    let mut of_carrier = ways().filter(|w| w.carrier.card().id == carrier).peekable();
    if of_carrier.peek().is_none() {
        return Err(fault("/carrier", format!("`{carrier}` cannot be asked; GET /carrier-accounts/cards lists who can")));
    }
    of_carrier
        .find(|w| way.is_none_or(|way| w.card.id == way))
        .ok_or_else(|| fault("/way", format!("{carrier} has no such way of asking; GET /carrier-accounts/cards lists them")))
}

/// What was given, laid over what is kept; what cannot be opened counts for nothing.
fn merged(app: &App, retailer: &str, row: &AccountRow, way: Way, given: &BTreeMap<String, Option<String>>) -> Credentials {
    let kept = open(app, retailer, row).unwrap_or_default();
    let field = |id: &str| match given.get(id) {
        Some(value) if value.as_deref() != Some(MASK) => value.clone().unwrap_or_default(),
        _ => kept.get(id).to_string(),
    };
    Credentials::of(way.card.fields.iter().map(|f| (f.id, field(f.id))))
}

fn check_form(row: &AccountRow) -> Result<(), FlowError> {
    let mut faults = Vec::new();
    if row.label.is_empty() || row.label.chars().count() > LABEL_MAX {
        faults.push(Fault::new("/label", "invalid", format!("must have 1 to {LABEL_MAX} characters")));
    }
    if row.per_day.is_some_and(|n| !(1..=PER_DAY_MAX).contains(&n)) {
        faults.push(Fault::new("/per_day", "invalid", format!("must be 1 to {PER_DAY_MAX}, or null for what the carrier gives everybody")));
    }
    let covers = row.covers();
    if covers.is_empty() || covers.len() > COVERS_MAX {
        faults.push(Fault::new("/covers", "invalid", format!("must name 1 to {COVERS_MAX} carriers")));
    }
    for (n, _) in covers.iter().enumerate().filter(|(_, c)| c.trim().is_empty() || c.chars().count() > LABEL_MAX) {
        faults.push(Fault::new(format!("/covers/{n}"), "invalid", "is no carrier"));
    }
    if faults.is_empty() { Ok(()) } else { Err(FlowError::Invalid(faults)) }
}

fn check<'a>(row: &AccountRow, way: Way, given: impl Iterator<Item = &'a String>, credentials: &Credentials) -> Result<(), FlowError> {
    check_form(row)?;
    let fields = way.card.fields;
    let unknown = given.filter(|g| !fields.iter().any(|f| f.id == g.as_str()));
    let mut faults: Vec<Fault> =
        unknown.map(|g| Fault::new(format!("/credentials/{g}"), "unknown_field", format!("{} asks for no `{g}`", way.card.name))).collect();
    for f in fields {
        let value = credentials.get(f.id);
        let pointer = format!("/credentials/{}", f.id);
        if f.required && value.is_empty() {
            faults.push(Fault::new(pointer, "missing_field", format!("{} is needed", f.label)));
        } else if value.chars().any(char::is_control) || value.chars().count() > FIELD_MAX {
            faults.push(Fault::new(pointer, "invalid", format!("{} must be one line of at most {FIELD_MAX} characters", f.label)));
        }
    }
    if environment_of(row) == Environment::Sandbox && way.card.sandbox.is_none() {
        faults.push(Fault::new("/environment", "invalid", "this carrier has no sandbox"));
    }
    if faults.is_empty() { Ok(()) } else { Err(FlowError::Invalid(faults)) }
}

/// Tries credentials before they are kept, and notes what came of it. Refused ones are not kept; a carrier that is out of reach hinders nobody.
async fn prove(app: &App, row: &mut AccountRow, way: Way, credentials: &Credentials) -> Result<Made, FlowError> {
    let (verdict, made) = probe(app, row, way, credentials).await?;
    if verdict == Verdict::Bad {
        let words =
            format!("{} refuses these credentials, so nothing was saved. Where to get them: {}", way.carrier.card().name, way.card.help);
        return Err(FlowError::Invalid(vec![Fault::new("/credentials", "refused_by_carrier", words)]));
    }
    (row.tested_at, row.verdict) = (Some(app.clock.now_ms()), Some(verdict_id(verdict).into()));
    Ok(made)
}

async fn probe(app: &App, row: &AccountRow, way: Way, credentials: &Credentials) -> Result<(Verdict, Made), FlowError> {
    let host = app.config.carrier_host(&row.carrier, &row.way);
    let account = Account { card: way.card, credentials, environment: environment_of(row), host };
    let now = app.clock.now();
    let reference = app.ids.make("ask", now.as_millisecond());
    let verdict = app.gateway.asker.probe(&app.gateway.egress, way.carrier, &account, &reference, now).await;
    verdict.map_err(|e| match e {
        CannotAsk::NoSandbox => FlowError::Invalid(vec![Fault::new("/environment", "invalid", e.to_string())]),
        other => FlowError::Invalid(vec![Fault::new("/credentials", "invalid", other.to_string())]),
    })
}

fn verdict_id(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Bad => "bad",
        Verdict::CannotTell => "cannot_tell",
    }
}

/// The calls of a test count like any other.
async fn count_probe(app: &App, tx: &mut Write, retailer: &str, row: &AccountRow, made: Made) -> Result<(), FlowError> {
    if made != Made::default() {
        let Made { calls, tokens } = made;
        let spent = Spent { day: super::poll::day_of(app.clock.now()), calls, tokens, ..Spent::default() };
        db::polls::count(tx, retailer, &row.id, &[spent]).await?;
    }
    Ok(())
}
