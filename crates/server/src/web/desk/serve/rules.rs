//! Rules at the desk: the list, and the editor. Its whole state stands in its form, so that it works without script: GET tries, POST keeps.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
};
use whereabouts_domain::rule::Rule;

use super::{
    Answer, Asked, Desk, Fault, Form, after, outbox, page, plural,
    rule_form::{RuleForm, message_words, values_of},
    rule_sentence::sentence,
    toast,
};
use crate::{
    context::{RuleDoc, Then},
    db, flow, following,
    mail::{Audience, MailView},
    never::Reach,
    web::{
        api::rules::{Fired, would_have_fired},
        desk::{
            Step,
            frame::{Toast, Undo, grouped},
            pill::Pill,
            rules::{ConditionLine, Letter, RuleGroup, RuleLine, RuleView, RulesView},
        },
        pages::samples,
    },
};

const LIST: &str = "/desk/rules";
const FIRED_SHOWN: usize = 5;

/// `GET /desk/rules`
pub async fn list(desk: Desk) -> Answer {
    let read = desk.app.db.read().await?;
    let rows = db::rules::all(&read, desk.retailer()).await?;
    let reach = Reach::of(&read, &desk.ctx).await?;
    drop(read);
    let kept = rows.iter().filter_map(|(id, doc)| Some((id, serde_json::from_str::<RuleDoc>(doc).ok()?)));
    let (mut told, mut alerts) = (Vec::new(), Vec::new());
    for (id, doc) in kept {
        let line = line(id, &doc, &reach);
        if matches!(doc.then, Then::Notify { .. }) { told.push(line) } else { alerts.push(line) }
    }
    let groups = [
        RuleGroup { id: "told", title: "Shoppers are told", about: "A message to a person, once for each change.", rows: told },
        RuleGroup { id: "alerts", title: "Agents are told", about: "An alert in a queue, before the shopper hears of it.", rows: alerts },
    ];
    let groups: Vec<RuleGroup> = groups.into_iter().filter(|g| !g.rows.is_empty()).collect();
    let view = RulesView { frame: desk.frame("Rules", "rules").await?, empty: groups.is_empty().then(RulesView::nothing), groups };
    desk.show(&view)
}

fn line(id: &str, doc: &RuleDoc, reach: &Reach) -> RuleLine {
    let rule = Rule::parse(&doc.when).ok();
    let warnings = rule.as_ref().map(|rule| reach.warnings(rule)).unwrap_or_default();
    let pill = |code: &str, words: &str| {
        let names: Vec<String> = warnings.iter().filter(|w| w.code == code).map(|w| following::carrier_name(&w.carrier)).collect();
        (!names.is_empty()).then(|| Pill::new("warn", "watch", format!("{words} {}", names.join(", "))))
    };
    let warnings = [pill("never", "Never for"), pill("unproven", "Perhaps never for")].into_iter().flatten().collect();
    RuleLine {
        id: id.into(),
        name: doc.name.clone(),
        when: rule.map(|rule| format!("When {}", sentence(&rule))).unwrap_or_default(),
        sends: sends(doc),
        enabled: doc.enabled,
        warnings,
    }
}

fn sends(doc: &RuleDoc) -> String {
    match &doc.then {
        Then::Notify { message, to, .. } => {
            let to = match to.as_slice() {
                [one] => format!("the {one}"),
                _ => "buyer and recipient".into(),
            };
            format!("E-mail “{}” to {to}", message_words(message))
        }
        Then::Alert { kind } => format!("Alert “{}”", kind.replace('_', " ")),
    }
}

/// `GET /desk/rules/new`; with `tried` the fields of the form.
pub async fn new(desk: Desk, asked: Asked) -> Answer {
    let form = if asked.get("tried").is_some() { RuleForm::typed(asked.pairs()) } else { RuleForm::blank() };
    edit(&desk, None, form, asked.get("tried").is_some(), StatusCode::OK).await
}

/// `GET /desk/rules/{id}`; with `tried` the fields of the form.
pub async fn one(desk: Desk, Path(id): Path<String>, asked: Asked) -> Answer {
    let kept = find(&desk, &id).await?;
    let form = if asked.get("tried").is_some() { RuleForm::typed(asked.pairs()) } else { RuleForm::of(&kept) };
    edit(&desk, Some((&id, &kept)), form, true, StatusCode::OK).await
}

async fn find(desk: &Desk, id: &str) -> Result<RuleDoc, Fault> {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let doc = db::rules::by_id(&desk.app.db.read().await?, desk.retailer(), id).await?;
    doc.and_then(|doc| serde_json::from_str(&doc).ok()).ok_or(Fault::NotFound)
}

async fn edit(desk: &Desk, kept: Option<(&str, &RuleDoc)>, form: RuleForm, tells_faults: bool, status: StatusCode) -> Answer {
    let (doc, problems) = match form.doc() {
        Ok(doc) => (Some(doc), Vec::new()),
        Err(problems) => (None, if tells_faults { problems } else { Vec::new() }),
    };
    let rule = doc.as_ref().and_then(|doc| Rule::parse(&doc.when).ok());
    let (mut warnings, mut fired, mut fired_for) = (Vec::new(), String::new(), Vec::new());
    if let Some(rule) = &rule {
        let reach = Reach::of(&desk.app.db.read().await?, &desk.ctx).await?;
        warnings = reach.warnings(rule).iter().map(|w| format!("This rule {}.", w.message)).collect();
        let (changes, looked_at) = would_have_fired(&desk.app, &desk.ctx, rule).await?;
        fired = match (changes.len(), looked_at) {
            (_, 0) => "There is no parcel yet to try it on.".into(),
            (0, n) => format!("It would not have fired among the newest {}.", plural(n as u64, "parcel", "parcels")),
            (times, n) => format!(
                "It would have fired {} among the newest {}.",
                if times == 1 { "once".into() } else { format!("{} times", grouped(times as u64)) },
                plural(n as u64, "parcel", "parcels")
            ),
        };
        let step = |f: Fired| {
            let name = f.order_number.or(f.tracking_number).unwrap_or_else(|| "A parcel".into());
            Step::new(format!("/desk/shipments/{}", f.shipment_id), name)
        };
        fired_for = changes.into_iter().map(step).collect();
        fired_for.dedup_by(|a, b| a.href == b.href);
        fired_for.truncate(FIRED_SHOWN);
    }
    let heading = kept.map_or("A new rule", |(_, doc)| if doc.name.is_empty() { "A rule" } else { &doc.name }).to_string();
    let said = rule.as_ref().zip(doc.as_ref()).map(|(rule, doc)| format!("When {}: {}.", sentence(rule), lower(&sends(doc))));
    let own = kept.map_or("/desk/rules/new".to_string(), |(id, _)| format!("{LIST}/{id}"));
    let vocabularies = ["carrier", "state", "milestone", "type", "destination.kind"];
    let conditions = form.rows().into_iter().map(|(fields, operators, value)| ConditionLine { fields, operators, value });
    let view = RuleView {
        frame: desk.frame(&heading, "rules").await?,
        heading,
        keep: kept.map_or(LIST.to_string(), |(id, _)| format!("{LIST}/{id}")),
        action: own,
        id: kept.map(|(id, _)| id.to_string()),
        moments: form.moments(),
        conditions: conditions.collect(),
        outcomes: form.outcomes(),
        alerts: form.outcome == "alert",
        to_buyer: form.to.iter().any(|to| to == "buyer"),
        to_recipient: form.to.iter().any(|to| to == "recipient"),
        proposals: vocabularies.iter().flat_map(|f| values_of(f)).map(|(id, words)| (id.to_string(), words)).collect(),
        letter: doc.as_ref().and_then(|doc| letter(desk, doc)),
        name: form.name,
        enabled: form.enabled,
        json: form.json,
        kind: form.kind,
        problems,
        sentence: said.unwrap_or_default(),
        warnings,
        fired,
        fired_for,
    };
    let mut response = if status == StatusCode::OK { desk.show(&view)? } else { page(status, &view)? };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(outbox::POLICY));
    Ok(response)
}

/// Within a sentence.
fn lower(words: &str) -> String {
    words.chars().take(1).flat_map(char::to_lowercase).chain(words.chars().skip(1)).collect()
}

/// The message of a rule, in the first brand's look, about an order of the samples.
fn letter(desk: &Desk, doc: &RuleDoc) -> Option<Letter> {
    let Then::Notify { message, to, .. } = &doc.then else { return None };
    let sample = match message.as_str() {
        "out_for_delivery" => "out-for-delivery",
        "attempt_failed" => "attempted",
        "ready_for_collection" | "collect_reminder" | "final_collect_reminder" => "pickup",
        "act_by_reminder" | "final_act_by_reminder" | "action_needed" => "customs-charges",
        "delivered" => "delivered",
        "going_back" => "going-back",
        "return_received" => "return",
        "refunded" => "refunded",
        "late" => "late-new-day",
        "may_be_missing" => "may-be-missing",
        _ => "in-transit",
    };
    let (news, _) = flow::notify::news_of(message)?;
    let (_, order) = samples::orders().into_iter().find(|(name, _)| *name == sample)?;
    let brand = following::brand(desk.ctx.brand(None)?);
    let audience = if to.len() == 1 && to[0] == "recipient" { Audience::Recipient } else { Audience::Buyer };
    let link = format!("{}/track", desk.app.config.public_url);
    let mail = MailView::of(&brand, &order, 0, news, audience, &link)?.compose().ok()?;
    Some(Letter { subject: mail.subject, html: mail.html, text: mail.text })
}

/// `POST /desk/rules`: a new one.
pub async fn create(desk: Desk, form: Form) -> Answer {
    let typed = RuleForm::typed(form.pairs());
    let Ok(doc) = typed.doc() else { return edit(&desk, None, typed, true, StatusCode::UNPROCESSABLE_ENTITY).await };
    let done = flow::rules::put(&desk.app, desk.retailer(), None, &doc).await;
    let word = |id: String| Toast { undo: undo(format!("{LIST}/{id}/remove")), ..toast::done(format!("“{}” is kept", doc.name)) };
    after(LIST, done.map(word))
}

/// `POST /desk/rules/{id}`
pub async fn change(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let kept = find(&desk, &id).await?;
    let typed = RuleForm::typed(form.pairs());
    let Ok(doc) = typed.doc() else { return edit(&desk, Some((&id, &kept)), typed, true, StatusCode::UNPROCESSABLE_ENTITY).await };
    put(&desk, &id, &doc, &format!("{LIST}/{id}"), format!("“{}” is saved", doc.name)).await
}

/// `POST /desk/rules/{id}/switch`: on if it is off, off if it is on; with `enabled` it is said which.
pub async fn switch(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let kept = find(&desk, &id).await?;
    let doc = RuleDoc { enabled: form.get("enabled") == "yes", ..kept };
    let words = format!("“{}” is switched {}", doc.name, if doc.enabled { "on" } else { "off" });
    put(&desk, &id, &doc, LIST, words).await
}

async fn put(desk: &Desk, id: &str, doc: &RuleDoc, back: &str, words: String) -> Answer {
    let done = flow::rules::put(&desk.app, desk.retailer(), Some(id), doc).await;
    after(back, done.map(|_| Toast { undo: undo(format!("{LIST}/{id}/undo")), ..toast::done(words) }))
}

/// `POST /desk/rules/{id}/remove`
pub async fn remove(desk: Desk, Path(id): Path<String>) -> Answer {
    let name = find(&desk, &id).await?.name;
    let done = flow::rules::remove(&desk.app, desk.retailer(), &id).await;
    after(LIST, done.map(|()| Toast { undo: undo(format!("{LIST}/{id}/undo")), ..toast::done(format!("“{name}” is removed")) }))
}

/// `POST /desk/rules/{id}/undo`
pub async fn take_back(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let done = flow::rules::undo(&desk.app, desk.retailer(), &id).await;
    after(form.back(LIST), done.map(|()| toast::done("It stands as before")))
}

fn undo(action: String) -> Option<Undo> {
    Some(Undo { action, fields: Vec::new() })
}
