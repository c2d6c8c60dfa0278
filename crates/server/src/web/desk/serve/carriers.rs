//! Carriers that are asked: accounts, what a new one needs, and what the calls are spent on.

use std::collections::BTreeMap;

use axum::{extract::Path, http::StatusCode};
use jiff::{Timestamp, ToSpan};
use whereabouts_adapters::ask::{Credentials, Environment};
use whereabouts_domain::{State, feed::Outage};

use super::{Answer, Asked, Desk, Fault, Form, after, page, plural, see, toast, wording};
use crate::{
    db::{
        self,
        accounts::AccountRow,
        polls::{Spent, TurnRow},
        shipments::ShipmentRow,
    },
    flow::{
        self, FlowError,
        accounts::{Change, NewAccount, Way},
        poll::day_of,
    },
    following::carrier_name,
    web::{
        api::carriers::suspended,
        desk::{
            Step,
            carriers::{AccountLine, Budget, CarrierView, CarriersView, Entry, EntryField, FeedLine, MostAsked, UsageDay},
            frame::{Toast, Undo, grouped},
            pill::Pill,
        },
    },
};

const DAYS_SHOWN: i64 = 7;
const MOST_SHOWN: i64 = 5;
const PLACE: &str = "/desk/carriers";

fn title(way: Way) -> String {
    format!("{}: {}", carrier_name(way.carrier.card().id), way.card.name)
}

fn chosen(way: Way) -> String {
    format!("{}/{}", way.carrier.card().id, way.card.id)
}

fn way_named(text: &str) -> Option<Way> {
    let (carrier, way) = text.split_once('/')?;
    flow::accounts::way_of(carrier, way)
}

fn health(row: &AccountRow) -> Pill {
    match row.state.as_str() {
        "paused" => Pill::new("calm", "pause", "Paused"),
        "refused" => Pill::new("bad", "act", "Refused"),
        _ if row.failures > 0 => Pill::new("warn", "watch", "Failing"),
        _ => Pill::new("good", "check", "Asked"),
    }
}

fn heard(row: &AccountRow) -> String {
    match row.heard.as_deref() {
        None => "never asked".into(),
        Some("no_access") => "refused".into(),
        Some("too_many") => "asked too often".into(),
        Some("later") => "out of order".into(),
        Some("refused") => "not understood".into(),
        Some(other) => other.replace('_', " "),
    }
}

fn budget(row: &AccountRow, way: Option<Way>, calls: i64) -> Budget {
    Budget::new(calls, row.per_day.or(way.and_then(|w| w.card.pace.per_day).map(i64::from)))
}

fn total(spent: &[Spent], day: &str) -> Spent {
    spent.iter().find(|s| s.day == day && s.state.is_empty()).cloned().unwrap_or_default()
}

async fn list(desk: &Desk, entry: Option<Entry>) -> Result<CarriersView, Fault> {
    let read = desk.app.db.read().await?;
    let today = day_of(desk.now);
    let mut accounts = Vec::new();
    for row in db::accounts::all(&read, desk.retailer()).await? {
        let way = flow::accounts::way_of(&row.carrier, &row.way);
        let spent = db::polls::days(&read, desk.retailer(), &row.id, &today).await?;
        let next = db::polls::next(&read, desk.retailer(), &row.id).await?.filter(|_| !row.is_paused());
        accounts.push(AccountLine {
            link: Step::new(format!("{PLACE}/{}", row.id), &row.label),
            way: way.map_or_else(|| row.carrier.clone(), title),
            state: health(&row),
            budget: budget(&row, way, total(&spent, &today).calls),
            heard: heard(&row),
            heard_at: row.heard_at.map(|at| desk.when_ms(at)),
            followed: plural(u64::try_from(row.followed).unwrap_or(0), "parcel", "parcels"),
            next: next.map(|at| desk.when_ms(at.max(row.wait_until))),
        });
    }
    let feeds = db::feeds::all(&read, desk.retailer()).await?;
    drop(read);
    let feeds = feeds.iter().map(|f| FeedLine {
        carrier: carrier_name(&f.carrier),
        state: if f.quiet_since.is_some() { FeedLine::quiet() } else { FeedLine::flowing() },
        last: (f.last_at > 0).then(|| desk.when_ms(f.last_at)),
        suspended: suspended(&desk.ctx, &f.carrier, desk.now).map(|(outage, by)| suspended_words(desk, outage, by)),
    });
    let mut ways: Vec<(String, String)> = flow::accounts::ways().map(|w| (chosen(w), title(w))).collect();
    ways.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(CarriersView {
        frame: desk.frame("Carriers", "carriers").await?,
        empty: (accounts.is_empty() && entry.is_none()).then(CarriersView::nothing),
        accounts,
        ways,
        feeds: feeds.collect(),
        entry,
    })
}

fn suspended_words(desk: &Desk, outage: Outage, by: &str) -> String {
    let at = |t: Timestamp| wording::day_and_clock(t.as_millisecond(), &desk.zone);
    let until = match (outage.until, by) {
        (Some(until), _) => format!("until {}", at(until)),
        (None, "setting") => "until the setting feed_down says otherwise".into(),
        (None, _) => "until it speaks again".into(),
    };
    let why = if by == "setting" { "set by hand" } else { "by itself, because it is down" };
    format!("None of its parcels is taken for missing since {}, {until}: {why}", at(outage.from))
}

/// `GET /desk/carriers`; with `add` (a carrier's way) it shows what is to be filled in.
pub async fn get(desk: Desk, asked: Asked) -> Answer {
    let way = asked.get("add").and_then(way_named);
    let view = list(&desk, way.map(|w| blank(w, &Credentials::default()))).await?;
    desk.show(&view)
}

fn blank(way: Way, filled_in: &Credentials) -> Entry {
    let id = way.carrier.card().id;
    entry(way, filled_in, PLACE.into(), &carrier_name(id), (id.to_string(), String::new(), false), true)
}

fn entry(way: Way, values: &Credentials, action: String, label: &str, more: (String, String, bool), is_new: bool) -> Entry {
    let (covers, per_day, sandbox) = more;
    let field = |f: &'static whereabouts_adapters::ask::Field| EntryField {
        id: f.id,
        label: f.label,
        secret: f.secret,
        required: f.required && (is_new || !f.secret),
        value: if f.secret { String::new() } else { values.get(f.id).to_string() },
        hint: match (f.secret, is_new) {
            (true, false) => "Kept, and never shown; fill in only to change it",
            _ if !f.required => "May be left empty",
            _ => "",
        },
    };
    Entry {
        action,
        chosen: chosen(way),
        title: title(way),
        help: way.card.help.into(),
        label: label.into(),
        fields: way.card.fields.iter().map(field).collect(),
        has_sandbox: way.card.sandbox.is_some(),
        sandbox,
        covers,
        per_day,
        per_day_usual: way.card.pace.per_day.map(|n| grouped(u64::from(n))).unwrap_or_default(),
        problem: None,
        is_new,
    }
}

/// What a form holds.
struct Filled {
    way: Way,
    label: String,
    environment: Environment,
    credentials: BTreeMap<String, Option<String>>,
    covers: Vec<String>,
    per_day: Result<Option<i64>, ()>,
    probe: bool,
}

impl Filled {
    fn of(form: &Form) -> Option<Filled> {
        let way = way_named(form.get("way"))?;
        let value = |f: &whereabouts_adapters::ask::Field| (f.id.to_string(), Some(form.get(&format!("f-{}", f.id)).to_string()));
        let per_day = form.get("per_day").replace([',', ' '], "");
        Some(Filled {
            label: form.get("label").to_string(),
            environment: if form.get("sandbox") == "yes" { Environment::Sandbox } else { Environment::Live },
            credentials: way.card.fields.iter().map(value).collect(),
            covers: form.get("covers").split([' ', ',']).filter(|c| !c.is_empty()).map(str::to_string).collect(),
            per_day: if per_day.is_empty() { Ok(None) } else { per_day.parse().map(Some).map_err(|_| ()) },
            probe: form.get("untried") != "yes",
            way,
        })
    }

    fn credentials(&self) -> Credentials {
        Credentials::of(self.credentials.iter().filter_map(|(k, v)| Some((k.clone(), v.clone()?))))
    }

    /// The form again, as it was filled in but for what is secret.
    fn again(&self, form: &Form, action: String, problem: String, is_new: bool) -> Entry {
        let more = (form.get("covers").to_string(), form.get("per_day").to_string(), self.environment == Environment::Sandbox);
        Entry { problem: Some(problem), ..entry(self.way, &self.credentials(), action, &self.label, more, is_new) }
    }
}

/// What is wrong, for a person.
fn words(error: FlowError) -> Result<String, Fault> {
    match error {
        FlowError::Invalid(faults) => Ok(faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join("; ")),
        FlowError::Conflict(why) => Ok(why),
        other => Err(other.into()),
    }
}

const NO_NUMBER: &str = "Calls a day must be a number";

/// `POST /desk/carriers`
pub async fn post(desk: Desk, form: Form) -> Answer {
    let filled = Filled::of(&form).ok_or(Fault::NotFound)?;
    let new = NewAccount {
        carrier: filled.way.carrier.card().id.into(),
        way: Some(filled.way.card.id.into()),
        label: Some(filled.label.clone()),
        environment: filled.environment,
        credentials: filled.credentials.clone(),
        covers: Some(filled.covers.clone()).filter(|c| !c.is_empty()),
        per_day: filled.per_day.unwrap_or(None),
        paused: false,
        probe: filled.probe,
    };
    let done = match filled.per_day {
        Err(()) => Err(NO_NUMBER.to_string()),
        Ok(_) => match flow::accounts::create(&desk.app, desk.retailer(), &new).await {
            Ok(row) => Ok(row),
            Err(e) => Err(words(e)?),
        },
    };
    match done {
        Ok(row) => {
            let word = match row.verdict.as_deref() {
                Some("good") => toast::done(format!("{} takes the credentials; its parcels are asked for from now on", row.label)),
                Some(_) => toast::done(format!("Kept untested: {} could not be reached just now", row.label)),
                None => toast::done(format!("{} is kept, untried", row.label)),
            };
            after(&format!("{PLACE}/{}", row.id), Ok(word))
        }
        Err(problem) => {
            let view = list(&desk, Some(filled.again(&form, PLACE.into(), problem, true))).await?;
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

async fn find(desk: &Desk, id: &str) -> Result<AccountRow, Fault> {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    db::accounts::by_id(&desk.app.db.read().await?, desk.retailer(), id).await?.ok_or(Fault::NotFound)
}

/// `GET /desk/carriers/{id}`
pub async fn one(desk: Desk, Path(id): Path<String>) -> Answer {
    let row = find(&desk, &id).await?;
    let view = shown(&desk, &row, None).await?;
    desk.show(&view)
}

async fn shown(desk: &Desk, row: &AccountRow, again: Option<Entry>) -> Result<CarrierView, Fault> {
    let way = flow::accounts::way_of(&row.carrier, &row.way).ok_or(Fault::NotFound)?;
    let read = desk.app.db.read().await?;
    let today = day_of(desk.now);
    let since = desk.now.checked_sub(((DAYS_SHOWN - 1) * 24).hours()).map_or_else(|_| today.clone(), day_of);
    let spent = db::polls::days(&read, desk.retailer(), &row.id, &since).await?;
    let most = db::polls::most(&read, desk.retailer(), &row.id, &today, MOST_SHOWN).await?;
    let ids: Vec<String> = most.iter().map(|t| t.shipment.clone()).collect();
    let shipments = db::shipments::by_ids_read(&read, desk.retailer(), &ids).await?;
    let next = db::polls::next(&read, desk.retailer(), &row.id).await?;
    drop(read);
    let opened = flow::accounts::open(&desk.app, desk.retailer(), row);
    let trouble = match (&opened, row.state.as_str()) {
        (Err(locked), _) => Some(locked.to_string()),
        (_, "refused") => row.reason.clone(),
        _ => None,
    };
    let kept = |values: &Credentials| {
        let more = (row.covers().join(" "), row.per_day.map(|n| n.to_string()).unwrap_or_default(), row.environment == "sandbox");
        entry(way, values, format!("{PLACE}/{}", row.id), &row.label, more, false)
    };
    let clock = |at: Option<i64>| at.map_or_else(|| "never".into(), |at| wording::day_and_clock(at, &desk.zone));
    let facts = vec![
        (
            "Followed",
            plural(u64::try_from(row.followed).unwrap_or(0), "parcel", "parcels"),
            match row.stretch {
                ..=1_000 => "as often as they need".into(),
                n => format!("every pause ×{:.1}, so that the calls are enough", n as f64 / 1_000.0),
            },
        ),
        ("Last answer", heard(row), clock(row.heard_at)),
        ("Next", if row.is_paused() { "paused".into() } else { clock(next.map(|at| at.max(row.wait_until))) }, String::new()),
        (
            "Credentials",
            match row.verdict.as_deref() {
                Some("good") => "taken",
                Some("bad") => "refused",
                Some(_) => "could not be tried",
                None => "never tried",
            }
            .into(),
            clock(row.tested_at),
        ),
    ];
    let mut days: Vec<&str> = spent.iter().map(|s| s.day.as_str()).collect();
    days.dedup();
    Ok(CarrierView {
        frame: desk.frame(&row.label, "carriers").await?,
        id: row.id.clone(),
        label: row.label.clone(),
        state: health(row),
        way: title(way),
        trouble,
        facts,
        budget: budget(row, Some(way), total(&spent, &today).calls),
        paused: row.is_paused(),
        days: days.into_iter().map(|day| usage_day(&spent, day)).collect(),
        most: shipments.iter().filter_map(|s| most_asked(s, &most)).collect(),
        entry: again.unwrap_or_else(|| kept(&opened.unwrap_or_default())),
    })
}

fn usage_day(spent: &[Spent], day: &str) -> UsageDay {
    let number = |n: i64| grouped(u64::try_from(n).unwrap_or(0));
    let all = total(spent, day);
    let state = |s: &Spent| {
        let label = State::parse(&s.state).map_or_else(|| s.state.clone(), |known| known.label().to_lowercase());
        format!("{label} {}", number(s.asked))
    };
    let states: Vec<String> = spent.iter().filter(|s| s.day == day && !s.state.is_empty()).map(state).collect();
    UsageDay {
        day: day.parse::<jiff::civil::Date>().map_or_else(|_| day.to_string(), |d| d.strftime("%a %-d %b").to_string()),
        calls: number(all.calls),
        tokens: if all.tokens > 0 { number(all.tokens) } else { String::new() },
        asked: number(all.asked),
        told: number(all.told),
        not_known: number(all.not_known),
        failed: number(all.failed),
        states: states.join(", "),
    }
}

fn most_asked(s: &ShipmentRow, most: &[TurnRow]) -> Option<MostAsked> {
    let turn = most.iter().find(|t| t.shipment == s.id)?;
    let name = s.registration.order_number.clone().or_else(|| s.registration.tracking_number.clone()).unwrap_or_else(|| "A parcel".into());
    Some(MostAsked {
        link: Step::new(format!("/desk/shipments/{}", s.id), name),
        state: s.journey.state.label(),
        asks: plural(u64::try_from(turn.asks).unwrap_or(0), "time", "times"),
    })
}

/// `POST /desk/carriers/{id}`: what is left empty of the secrets stays.
pub async fn change(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let row = find(&desk, &id).await?;
    let filled = Filled::of(&form).filter(|f| f.way.card.id == row.way).ok_or(Fault::NotFound)?;
    let kept = flow::accounts::open(&desk.app, desk.retailer(), &row).unwrap_or_default();
    let secret = |field: &str| filled.way.card.fields.iter().any(|f| f.id == field && f.secret);
    let given: BTreeMap<String, Option<String>> = filled
        .credentials
        .iter()
        .filter(|(field, value)| {
            let value = value.as_deref().unwrap_or_default();
            if secret(field) { !value.is_empty() } else { value != kept.get(field) }
        })
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    let change = Change {
        label: Some(filled.label.clone()),
        environment: Some(filled.environment),
        credentials: Some(given).filter(|g| !g.is_empty()),
        covers: Some(filled.covers.clone()),
        per_day: Some(filled.per_day.unwrap_or(None)),
        paused: None,
        probe: Some(filled.probe),
    };
    let here = format!("{PLACE}/{id}");
    let problem = match filled.per_day {
        Err(()) => NO_NUMBER.to_string(),
        Ok(_) => match flow::accounts::change(&desk.app, desk.retailer(), &id, &change).await {
            Ok(_) => return after(&here, Ok(toast::done("Saved"))),
            Err(e) => words(e)?,
        },
    };
    let view = shown(&desk, &row, Some(filled.again(&form, here, problem, false))).await?;
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// `POST /desk/carriers/{id}/{what}`: `test`, `pause`, `resume`, `remove`.
pub async fn act(desk: Desk, Path((id, what)): Path<(String, String)>) -> Answer {
    let row = find(&desk, &id).await?;
    let here = format!("{PLACE}/{id}");
    let paused = |paused: bool| Change { paused: Some(paused), ..Change::default() };
    let (app, retailer) = (&desk.app, desk.retailer());
    match what.as_str() {
        "test" => {
            let done = flow::accounts::test(app, retailer, &id).await;
            let word = |r: AccountRow| match r.verdict.as_deref() {
                Some("good") => toast::done(format!("{} takes the credentials", r.label)),
                Some("bad") => toast::failed(format!("{} refuses the credentials; enter them anew", r.label)),
                _ => toast::failed(format!("{} could not be reached; try again in a while", r.label)),
            };
            after(&here, done.map(word))
        }
        "pause" => {
            let done = flow::accounts::change(app, retailer, &id, &paused(true)).await;
            let undo = Undo { action: format!("{here}/resume"), fields: Vec::new() };
            after(&here, done.map(|_| Toast { undo: Some(undo), ..toast::done(format!("{} is paused; nobody is asked", row.label)) }))
        }
        "resume" => {
            let done = flow::accounts::change(app, retailer, &id, &paused(false)).await;
            after(&here, done.map(|_| toast::done(format!("{} is asked again", row.label))))
        }
        "remove" => {
            let done = flow::accounts::delete(app, retailer, &id).await;
            after(PLACE, done.map(|()| toast::done(format!("{} is removed, and its credentials with it", row.label))))
        }
        _ => Ok(see(&here)),
    }
}
