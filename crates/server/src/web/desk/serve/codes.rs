//! Codes that stand in no list, and giving them a meaning.

use std::collections::HashMap;

use whereabouts_domain::{
    Milestone, State,
    meaning::{self, Meaning},
};

use super::{Answer, Asked, Desk, Form, after, plural, toast, wording};
use crate::{
    db::{self, codes::MeaningRow},
    flow,
    following::carrier_name,
    web::desk::codes::{CodeRow, CodesView, EffectRow, StateGroup, Tried},
};

const CODES_MAX: i64 = 500;
const EFFECTS_SHOWN: usize = 10;

/// `GET /desk/codes`; with `carrier`, `code` and `state` it shows what that meaning would change.
pub async fn get(desk: Desk, asked: Asked) -> Answer {
    let read = desk.app.db.read().await?;
    let rows = db::codes::unknown(&read, desk.retailer(), ("", ""), CODES_MAX).await?;
    let meanings = db::codes::meanings(&read, desk.retailer()).await?;
    drop(read);
    let colleagues = desk.colleagues().await?;
    let of: HashMap<(&str, &str), &MeaningRow> = meanings.iter().map(|m| ((m.carrier.as_str(), m.code.as_str()), m)).collect();
    let (carrier, code) = (asked.get("carrier").unwrap_or_default(), asked.get("code").unwrap_or_default());
    let wanted = asked.get("state").and_then(State::parse);
    let tried = if code.is_empty() { None } else { Some(tried(&desk, carrier, code, wanted).await?) };
    let shown = rows.iter().map(|r| {
        let meaning = of.get(&(r.carrier.as_str(), r.code.as_str())).copied();
        let holds = meaning.and_then(|m| m.state.as_deref()).and_then(State::parse);
        let is_tried = (r.carrier.as_str(), r.code.as_str()) == (carrier, code);
        CodeRow {
            carrier_id: r.carrier.clone(),
            carrier: carrier_name(&r.carrier),
            code: r.code.clone(),
            shown: shown(&r.code).to_string(),
            words: r.words.clone(),
            counts: format!(
                "said {}, of {}",
                plural(u64::try_from(r.times).unwrap_or(0), "time", "times"),
                plural(u64::try_from(r.shipments).unwrap_or(0), "parcel", "parcels")
            ),
            last: desk.when_ms(r.last_at),
            sample: r.shipment.clone(),
            meaning: meaning.zip(holds).map(|(m, state)| {
                let by = colleagues.get(&m.set_by).unwrap_or(&m.set_by);
                format!("{}, set {} by {by}, version {}", state.label(), wording::day_and_clock(m.set_at, &desk.zone), m.version)
            }),
            chosen: if is_tried { wanted } else { holds }.map(|s| s.id().to_string()).unwrap_or_default(),
        }
    });
    let codes: Vec<CodeRow> = shown.collect();
    let view = CodesView {
        frame: desk.frame("Unknown codes", "codes").await?,
        empty: codes.is_empty().then(CodesView::nothing),
        states: groups(),
        codes,
        tried,
    };
    desk.show(&view)
}

/// Words that are mapped for want of a code are no code.
fn shown(code: &str) -> &str {
    if code.starts_with(meaning::WORDS) { "" } else { code }
}

/// The states to choose from, by milestone.
pub fn groups() -> Vec<StateGroup> {
    let mut groups: Vec<(Milestone, StateGroup)> = Vec::new();
    for &state in State::ALL {
        let Some(milestone) = state.milestone() else { continue };
        let entry = (state.id(), state.label());
        match groups.iter_mut().find(|(m, _)| *m == milestone) {
            Some((_, group)) => group.states.push(entry),
            None => {
                let words = milestone.id().replace('_', " ");
                let label = words.chars().take(1).flat_map(char::to_uppercase).chain(words.chars().skip(1)).collect();
                groups.push((milestone, StateGroup { label, states: vec![entry] }));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

async fn tried(desk: &Desk, carrier: &str, code: &str, state: Option<State>) -> Result<Tried, super::Fault> {
    let meaning = state.map(|state| Meaning { state, reason: None });
    let effects = flow::meanings::try_out(&desk.app, desk.retailer(), carrier, code, meaning).await?;
    let changed: Vec<&flow::meanings::Effect> = effects.iter().filter(|e| e.before != e.after).collect();
    let of_all = plural(effects.len() as u64, "parcel", "parcels");
    let row = |e: &&flow::meanings::Effect| EffectRow {
        shipment: e.shipment_id.clone(),
        name: e.order_number.clone().or_else(|| e.tracking_number.clone()).unwrap_or_else(|| "A parcel".into()),
        before: e.before.label(),
        after: e.after.label(),
    };
    Ok(Tried {
        what: format!(
            "{} of {} as “{}”",
            code.strip_prefix(meaning::WORDS).unwrap_or(code),
            carrier_name(carrier),
            state.map_or("nobody knows", State::label)
        ),
        answer: match changed.len() {
            0 => format!("None of {of_all} would stand elsewhere."),
            n => format!("{n} of {of_all} would stand elsewhere."),
        },
        effects: changed.iter().take(EFFECTS_SHOWN).map(row).collect(),
    })
}

/// `POST /desk/codes`: `carrier`, `code`, `state` (empty takes a meaning back).
pub async fn post(desk: Desk, form: Form) -> Answer {
    let (carrier, code) = (form.get("carrier").to_string(), form.get("code").to_string());
    let state = Some(form.get("state")).filter(|s| !s.is_empty());
    let done = match flow::meanings::asked_for(state, None) {
        Err(e) => Err(e),
        Ok(meaning) => flow::meanings::set(&desk.app, desk.retailer(), &carrier, &code, meaning, &desk.staff.email).await,
    };
    let word =
        |(_, shipments): (i64, usize)| toast::done(format!("Kept; {} read anew", plural(shipments as u64, "parcel is", "parcels are")));
    after("/desk/codes", done.map(word))
}
