//! The mapping assistant. Its whole state stands in its form, so that it works without script: GET tries, POST keeps.

use std::collections::BTreeMap;

use axum::{extract::Path, http::StatusCode};
use whereabouts_adapters::mapping::{
    CodeMeaning, Mapping, Order, Path as Place_, Words,
    outline::{Kind, Node, Outline},
};
use whereabouts_domain::{Attention, Moment, State, TrackingEvent};

use super::{Answer, Asked, Desk, Fault, Form, after, codes::groups, page, plural, see, toast, wording};
use crate::{
    db::{self, mappings::MappingRow},
    flow::{
        self, FlowError,
        mappings::{Sample, Tried, Wanted},
    },
    web::desk::{
        frame::Undo,
        mappings::{Choice, CodeChoice, EventLine, Field, Kept, MappingLine, MappingView, MappingsView, Place, Version},
        pill::Pill,
    },
};

const EVENTS_SHOWN: usize = 60;
const FAULTS_SHOWN: usize = 20;
const CODES_SHOWN: usize = 40;
const SAMPLES_SHOWN: usize = 3;
const DEPTH_SHOWN: usize = 8;

/// What an operator is asked first …
const FIELDS: &[(&str, &str)] = &[
    ("tracking_number", "Tracking number"),
    ("occurred_at", "Time"),
    ("carrier_code", "Code"),
    ("description", "Words"),
    ("location", "Place"),
];
/// … and what is seldom there.
const MORE: &[(&str, &str)] = &[
    ("clock", "Clock, where it stands apart from the day"),
    ("city", "Town"),
    ("postcode", "Postcode"),
    ("country", "Country"),
    ("carrier", "Carrier, where each scan tells it"),
    ("signed_by", "Signed by"),
    ("estimated_delivery", "Expected delivery"),
];

/// `GET /desk/mappings`
pub async fn list(desk: Desk) -> Answer {
    let rows = db::mappings::newest(&desk.app.db.read().await?, desk.retailer()).await?;
    let colleagues = desk.colleagues().await?;
    let line = |m: &MappingRow| {
        let mapping: Mapping = m.doc.as_deref().and_then(|doc| serde_json::from_str(doc).ok())?;
        let by = colleagues.get(&m.set_by).unwrap_or(&m.set_by);
        Some(MappingLine {
            link: super::super::Step::new(format!("/desk/mappings/{}", m.id), &m.name),
            what: mapping.carrier,
            set: format!("version {}, set {} by {by}", m.version, wording::day_and_clock(m.set_at, &desk.zone)),
            replay: replay_words(m),
        })
    };
    let rows: Vec<MappingLine> = rows.iter().filter_map(line).collect();
    let view = MappingsView { frame: desk.frame("Mappings", "mappings").await?, empty: rows.is_empty().then(MappingsView::nothing), rows };
    desk.show(&view)
}

fn replay_words(m: &MappingRow) -> Option<String> {
    let r = m.replay.filter(|r| r.total > 0)?;
    let many = |n: i64| plural(u64::try_from(n).unwrap_or(0), "payload", "payloads");
    Some(match r.done_at {
        Some(_) => format!("{} of the quarantine looked at, {} read again", many(r.looked_at), r.handed_in),
        None => format!("Going through the quarantine: {} of {}, {} read again so far", r.looked_at, many(r.total), r.handed_in),
    })
}

/// What a field is called in the form, where `carrier` is already the one that the mapping names itself.
fn input(field: &'static str) -> &'static str {
    if field == "carrier" { "carrier_at" } else { field }
}

/// What stands in the form.
#[derive(Clone, Default)]
struct Draft {
    payload: String,
    name: String,
    mapping: Mapping,
}

impl Draft {
    fn of(pairs: &[(String, String)]) -> Draft {
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim());
        let path = |name: &str| Place_::parse(get(name)).filter(|p| !p.is_root());
        let mut mapping = Mapping {
            carrier: get("carrier").to_string(),
            date_order: if get("date_order") == "month_first" { Order::MonthFirst } else { Order::DayFirst },
            zone: Some(get("zone").to_string()).filter(|z| !z.is_empty()),
            words: if get("words") == "kept" { Words::Kept } else { Words::Understood },
            ..Mapping::default()
        };
        mapping.paths.events = path("events").unwrap_or_default();
        for (field, _) in FIELDS.iter().chain(MORE) {
            mapping.paths.set(field, path(input(field)));
        }
        let meaning = |(name, value): &(String, String)| {
            let code = name.strip_prefix("code.")?;
            Some((code.to_string(), CodeMeaning { state: State::parse(value)?, reason: None }))
        };
        mapping.codes = pairs.iter().filter_map(meaning).collect();
        Draft { payload: get("payload").to_string(), name: get("name").to_string(), mapping }
    }
}

/// `GET /desk/mappings/new`: `payload`, and the form's fields once it was sent.
pub async fn new(desk: Desk, asked: Asked) -> Answer {
    let Some(id) = asked.get("payload") else { return Ok(see("/desk/quarantine")) };
    let sample = flow::mappings::sample(&desk.app, desk.retailer(), id).await?;
    let draft = if asked.get("tried").is_some() {
        Draft::of(asked.pairs())
    } else {
        let outline = Outline::of(&sample.payload());
        let guess = outline.map(|o| whereabouts_adapters::mapping::guess::mapping(&o)).unwrap_or_default();
        let zone = desk.zone.iana_name().map(str::to_string);
        Draft { payload: id.to_string(), name: String::new(), mapping: Mapping { zone, ..guess } }
    };
    let view = shown(&desk, None, Some(&sample), draft, Vec::new()).await?;
    desk.show(&view)
}

/// `POST /desk/mappings`: keeps a new one.
pub async fn create(desk: Desk, form: Form) -> Answer {
    let draft = Draft::of(form.pairs());
    let sample = flow::mappings::sample(&desk.app, desk.retailer(), &draft.payload).await?;
    let wanted = Wanted { name: draft.name.clone(), mapping: draft.mapping.clone(), sample: Some(sample.clone()) };
    let done = flow::mappings::create(&desk.app, desk.retailer(), wanted, &desk.staff.email).await;
    answered(&desk, None, Some(&sample), draft, done).await
}

/// `GET /desk/mappings/{id}`: as it is kept, or, once the form was sent, as it would be.
pub async fn one(desk: Desk, Path(id): Path<String>, asked: Asked) -> Answer {
    let (row, sample) = kept(&desk, &id).await?;
    let mut draft = Draft::of(asked.pairs());
    if asked.get("tried").is_none() {
        let mapping = row.doc.as_deref().and_then(|doc| serde_json::from_str(doc).ok()).ok_or(Fault::NotFound)?;
        draft = Draft { name: row.name.clone(), mapping, ..draft };
    }
    let sample = sample.map(|(payload, sample)| {
        draft.payload = payload;
        sample
    });
    let view = shown(&desk, Some(&row), sample.as_ref(), draft, Vec::new()).await?;
    desk.show(&view)
}

/// `POST /desk/mappings/{id}`: keeps the next version.
pub async fn change(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let (row, sample) = kept(&desk, &id).await?;
    let draft = Draft::of(form.pairs());
    let sample = sample.map(|(_, sample)| sample);
    let wanted = Wanted { name: draft.name.clone(), mapping: draft.mapping.clone(), sample: sample.clone() };
    let done = flow::mappings::change(&desk.app, desk.retailer(), &id, wanted, &desk.staff.email).await;
    answered(&desk, Some(&row), sample.as_ref(), draft, done).await
}

/// `POST /desk/mappings/{id}/delete`
pub async fn delete(desk: Desk, Path(id): Path<String>) -> Answer {
    let done = flow::mappings::withdraw(&desk.app, desk.retailer(), &id, &desk.staff.email).await;
    let undo = |held: i64| Undo { action: format!("/desk/mappings/{id}/restore"), fields: vec![("version", held.to_string())] };
    after("/desk/mappings", done.map(|held| super::Toast { undo: Some(undo(held)), ..toast::done("Taken back; what it read stays") }))
}

/// `POST /desk/mappings/{id}/restore`: `version`.
pub async fn restore(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let version = form.get("version").parse().map_err(|_| Fault::NotFound)?;
    let done = flow::mappings::restore(&desk.app, desk.retailer(), &id, version, &desk.staff.email).await;
    after(&format!("/desk/mappings/{id}"), done.map(|row| toast::done(format!("It holds again, as version {}", row.version))))
}

async fn kept(desk: &Desk, id: &str) -> Result<(MappingRow, Option<(String, Sample)>), Fault> {
    let row = flow::mappings::by_id(&desk.app, desk.retailer(), id).await?;
    let sample = flow::mappings::shown_with(&desk.app.db.read().await?, desk.retailer(), &row).await?;
    Ok((row, sample))
}

/// Back to the mapping with word of it; or the form once more, with what is wrong with it.
async fn answered(
    desk: &Desk,
    row: Option<&MappingRow>,
    sample: Option<&Sample>,
    draft: Draft,
    done: Result<MappingRow, FlowError>,
) -> Answer {
    let problems = match done {
        Ok(made) => {
            let word = toast::done(format!("{} is kept; what waits in the quarantine is read again", made.name));
            return after(&format!("/desk/mappings/{}", made.id), Ok(word));
        }
        Err(FlowError::Invalid(faults)) => faults.iter().map(|f| in_words(&f.pointer, &f.message)).collect(),
        Err(FlowError::Conflict(why)) => vec![format!("{why}.")],
        Err(other) => return Err(other.into()),
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown(desk, row, sample, draft, problems).await?)
}

fn in_words(pointer: &str, message: &str) -> String {
    match pointer {
        "/mapping/carrier" => format!("The carrier {message}."),
        "/mapping/zone" => format!("The time zone {message}."),
        _ => {
            let mut letters = message.chars();
            letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
        }
    }
}

async fn shown(
    desk: &Desk,
    row: Option<&MappingRow>,
    sample: Option<&Sample>,
    draft: Draft,
    problems: Vec<String>,
) -> Result<MappingView, Fault> {
    let tried = match sample {
        Some(sample) => match flow::mappings::try_out(&desk.app, desk.retailer(), sample, Some(&draft.mapping)).await {
            Ok(tried) => Some(tried),
            Err(FlowError::Invalid(_)) => None,
            Err(other) => return Err(other.into()),
        },
        None => None,
    };
    let places: &[Node] = tried.as_ref().map_or(&[], |t| &t.outline.nodes);
    let (verdict, verdict_tone) = verdict(tried.as_ref(), row.is_some());
    let fields =
        |wanted: &[(&'static str, &'static str)]| wanted.iter().map(|(name, label)| field(name, label, places, &draft.mapping)).collect();
    let address = row.map(|r| format!("/desk/mappings/{}", r.id));
    let heading = row.map_or_else(|| "A new mapping".to_string(), |r| r.name.clone());
    let events = tried.as_ref().map(|t| t.events.as_slice()).unwrap_or_default();
    Ok(MappingView {
        frame: desk.frame(heading.clone(), "mappings").await?,
        heading,
        action: address.clone().unwrap_or_else(|| "/desk/mappings/new".into()),
        keep: address.unwrap_or_else(|| "/desk/mappings".into()),
        events: choices_of_events(places, &draft.mapping),
        fields: fields(FIELDS),
        more: fields(MORE),
        zone: draft.mapping.zone.clone().unwrap_or_default(),
        month_first: draft.mapping.date_order == Order::MonthFirst,
        words_count: draft.mapping.words == Words::Understood,
        codes: codes(events, &draft.mapping),
        states: groups(),
        form: tried.as_ref().map(|t| t.outline.form.label().to_string()).unwrap_or_default(),
        places: places.iter().filter(|n| !n.path.is_root()).map(place).collect(),
        verdict,
        verdict_tone,
        problems,
        events_read: events.iter().take(EVENTS_SHOWN).map(event_line).collect(),
        faults: tried.as_ref().map(|t| t.faults.iter().take(FAULTS_SHOWN).cloned().collect()).unwrap_or_default(),
        kept: match row {
            Some(row) => Some(history(desk, row).await?),
            None => None,
        },
        payload: draft.payload,
        name: draft.name,
        carrier: draft.mapping.carrier,
    })
}

async fn history(desk: &Desk, row: &MappingRow) -> Result<Kept, Fault> {
    let versions = db::mappings::versions(&desk.app.db.read().await?, desk.retailer(), &row.id).await?;
    let colleagues = desk.colleagues().await?;
    let version = |v: &MappingRow| {
        let by = colleagues.get(&v.set_by).unwrap_or(&v.set_by);
        Version {
            number: v.version,
            words: if v.doc.is_some() { format!("set by {by}") } else { format!("taken back by {by}") },
            at: desk.when_ms(v.set_at),
            can_hold: v.doc.is_some(),
            holds: v.version == row.version && v.doc.is_some(),
        }
    };
    Ok(Kept { id: row.id.clone(), replay: replay_words(row), versions: versions.iter().map(version).collect() })
}

/// What came of trying it, in one sentence.
fn verdict(tried: Option<&Tried>, is_kept: bool) -> (String, &'static str) {
    let Some(tried) = tried else { return ("No payload of this kind is kept at present to try it on.".into(), "calm") };
    if let Some(problem) = &tried.problem {
        return (format!("This payload cannot be read like this: {}.", problem.trim_start_matches("not understood: ")), "bad");
    }
    let numbers: std::collections::BTreeSet<&str> = tried.events.iter().map(|e| e.tracking_number.as_str()).collect();
    let read = format!("{} of {}", plural(tried.events.len() as u64, "event", "events"), plural(numbers.len() as u64, "number", "numbers"));
    let undated = tried.events.iter().filter(|e| e.moment.is_none()).count();
    let undated = if undated == 0 { String::new() } else { format!(" {undated} without a time that can be read.") };
    let tone = if undated.is_empty() && tried.read == tried.alike { "good" } else { "warn" };
    let words = match (tried.alike, tried.read) {
        (1, _) if is_kept => format!("It reads {read}.{undated}"),
        (1, _) => format!("One payload of this shape waits, and it is read: {read}.{undated}"),
        (alike, read_of) if alike == read_of => format!("{alike} payloads of this shape, all read: {read}.{undated}"),
        (alike, read_of) => format!("{alike} payloads of this shape, {read_of} read: {read}.{undated}"),
    };
    (words, tone)
}

fn path_words(path: &Place_) -> String {
    path.names().join(" › ")
}

fn choices_of_events(places: &[Node], mapping: &Mapping) -> Vec<Choice> {
    let chosen = &mapping.paths.events;
    let mut choices = vec![Choice { value: String::new(), label: "the whole payload is one scan".into(), chosen: chosen.is_root() }];
    let holders = places.iter().filter(|n| n.kind != Kind::Text && !n.path.is_root());
    choices.extend(holders.map(|n| {
        let count = if n.kind == Kind::List { format!(" (×{})", n.count) } else { String::new() };
        Choice { value: n.path.to_string(), label: format!("{}{count}", path_words(&n.path)), chosen: n.path == *chosen }
    }));
    with_chosen(&mut choices, Some(chosen).filter(|p| !p.is_root()));
    choices
}

fn field(name: &'static str, label: &'static str, places: &[Node], mapping: &Mapping) -> Field {
    let chosen = mapping.paths.get(name);
    let mut choices = vec![Choice { value: String::new(), label: "not told".into(), chosen: chosen.is_none() }];
    let texts = places.iter().filter(|n| !n.samples.is_empty() && !n.path.is_root());
    choices.extend(texts.map(|n| Choice { value: n.path.to_string(), label: path_words(&n.path), chosen: Some(&n.path) == chosen }));
    with_chosen(&mut choices, chosen);
    let sample = chosen.and_then(|path| places.iter().find(|n| n.path == *path)).map(samples).unwrap_or_default();
    Field { name: input(name), label, choices, sample }
}

/// What was picked stays a choice where this payload happens to lack it.
fn with_chosen(choices: &mut Vec<Choice>, chosen: Option<&Place_>) {
    if let Some(path) = chosen
        && !choices.iter().any(|c| c.chosen)
    {
        choices.push(Choice { value: path.to_string(), label: path_words(path), chosen: true });
    }
}

fn samples(node: &Node) -> String {
    node.samples.iter().take(SAMPLES_SHOWN).cloned().collect::<Vec<_>>().join(", ")
}

fn place(node: &Node) -> Place {
    Place {
        depth: (node.path.names().len() - 1).min(DEPTH_SHOWN),
        name: node.path.last().to_string(),
        count: if node.count > 1 || node.kind == Kind::List { format!("×{}", node.count) } else { String::new() },
        sample: samples(node),
    }
}

/// Each code that was read, with what it is taken for unless something is chosen.
fn codes(events: &[TrackingEvent], mapping: &Mapping) -> Vec<CodeChoice> {
    let mut seen: BTreeMap<&str, (&TrackingEvent, State)> = BTreeMap::new();
    for event in events {
        if let Some(code) = event.carrier_code.as_deref() {
            seen.entry(code).or_insert((event, event.state));
        }
    }
    let told = seen.into_iter().take(CODES_SHOWN).map(|(code, (event, state))| {
        let chosen = mapping.codes.get(code).map(|m| m.state);
        CodeChoice {
            code: code.to_string(),
            words: event.description.clone(),
            chosen: chosen.map(|s| s.id().to_string()).unwrap_or_default(),
            otherwise: match (chosen, state) {
                (Some(_), _) => "as its words say, or unknown".into(),
                (None, State::Unknown) => "nobody knows yet".into(),
                (None, state) => format!("read as “{}”", state.label()),
            },
        }
    });
    let mut choices: Vec<CodeChoice> = told.collect();
    for (code, meaning) in &mapping.codes {
        if !choices.iter().any(|c| c.code == *code) {
            let chosen = meaning.state.id().to_string();
            choices.push(CodeChoice { code: code.clone(), words: String::new(), chosen, otherwise: "as its words say, or unknown".into() });
        }
    }
    choices
}

fn event_line(e: &TrackingEvent) -> EventLine {
    let attention = if e.state == State::Unknown { Attention::Watch } else { Attention::None };
    EventLine {
        number: e.tracking_number.clone(),
        at: e.moment.map_or_else(|| "no time".into(), told_at),
        state: Pill::state(e.state, attention),
        code: e.carrier_code.clone().unwrap_or_default(),
        words: e.description.clone(),
        place: e.location.text.clone().unwrap_or_default(),
    }
}

/// By the clock that the carrier told.
fn told_at(moment: Moment) -> String {
    let format = if moment.local_time().len() > "2026-11-22".len() { "%-d %b %Y, %H:%M" } else { "%-d %b %Y" };
    moment.local.strftime(format).to_string()
}
