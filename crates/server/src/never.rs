//! Rules that wait for what a carrier never tells: no code of its list, no wording and no meaning of the retailer's leads to the state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use whereabouts_adapters::{
    carrier,
    mapping::Words,
    phrase,
    reach::{self, Way},
};
use whereabouts_domain::{State, rule::Rule};

use crate::{
    context::Context,
    db::{self, DbError, Read},
    following::carrier_name,
};

/// The carriers of so many of the newest shipments are looked at.
const SHIPMENTS: i64 = 200;

/// What a rule should be told of a carrier.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Warning {
    pub carrier: String,
    /// `never`, or `unproven`: only if it uses words that other carriers use.
    pub code: &'static str,
    pub message: String,
}

/// What the retailer's carriers can tell.
pub struct Reach(BTreeMap<String, BTreeMap<State, Way>>);

impl Reach {
    /// Of the carriers of the newest shipments, of accounts and of mappings. An aggregator tells what the carriers behind it tell.
    pub async fn of(read: &Read<'_>, ctx: &Context) -> Result<Reach, DbError> {
        let recent = db::shipments::list(read, &db::shipments::Filter::of(&ctx.id), None, SHIPMENTS).await?;
        let mut carriers: BTreeSet<String> = recent.into_iter().filter_map(|s| s.registration.carrier).collect();
        carriers.extend(ctx.accounts.iter().map(|a| a.carrier.clone()));
        carriers.extend(ctx.mappings.iter().map(|m| m.mapping.carrier.clone()));
        Ok(Reach(carriers.into_iter().filter_map(|id| Some((told_by(&id, ctx)?, id))).map(|(ways, id)| (id, ways)).collect()))
    }

    /// Of each carrier that can never make the rule true, or only perhaps. A carrier that the rule does not mean is passed over.
    pub fn warnings(&self, rule: &Rule) -> Vec<Warning> {
        let warning = |(id, ways): (&String, &BTreeMap<State, Way>)| {
            let could = |state: &State| {
                let known = |field: &str| match field {
                    "carrier" => Some(json!(id)),
                    "state" => Some(json!(state.id())),
                    "milestone" => state.milestone().map(|m| json!(m.id())),
                    _ => None,
                };
                rule.could_hold(&known)
            };
            let wanted: Vec<&State> = State::ALL.iter().filter(|s| could(s)).collect();
            let surest = wanted.iter().filter_map(|s| ways.get(*s)).min();
            let name = carrier_name(id);
            let what = in_words(&wanted);
            match surest {
                // No state of the catalogue would do: it is not about states, or not about this carrier.
                _ if wanted.is_empty() => None,
                None => Some(Warning {
                    carrier: id.clone(),
                    code: "never",
                    message: format!("can never fire for {name}: it has no code and no words for {what}"),
                }),
                Some(Way::SharedWords) => Some(Warning {
                    carrier: id.clone(),
                    code: "unproven",
                    message: format!(
                        "may never fire for {name}: it has no code for {what}, and whether it says so in words is not published"
                    ),
                }),
                Some(_) => None,
            }
        };
        self.0.iter().filter_map(warning).collect()
    }
}

const TOLD_STATES: usize = 3;

fn in_words(states: &[&State]) -> String {
    let told = states.iter().take(TOLD_STATES).map(|s| format!("\u{201c}{}\u{201d}", s.label())).collect::<Vec<_>>().join(" or ");
    if states.len() > TOLD_STATES { format!("{told} and the like") } else { told }
}

/// Every state that can come from a carrier; `None` for one of which nothing is known.
fn told_by(id: &str, ctx: &Context) -> Option<BTreeMap<State, Way>> {
    let adapter = carrier::by_id(id);
    let own: Vec<_> = ctx.mappings.iter().filter(|m| m.mapping.carrier == id).collect();
    if adapter.is_none_or(|a| a.card().aggregator) && own.is_empty() {
        return None;
    }
    let mut ways = adapter.map(reach::of).unwrap_or_default();
    let mut add = |state: State, way: Way| {
        let surest = ways.entry(state).or_insert(way);
        *surest = way.min(*surest);
    };
    for mapping in own.iter().map(|m| &m.mapping) {
        mapping.codes.values().for_each(|m| add(m.state, Way::Code));
        if mapping.words == Words::Understood {
            phrase::shared_states().for_each(|state| add(state, Way::SharedWords));
        }
    }
    ctx.meanings.of_carrier(id).for_each(|m| add(m.state, Way::Code));
    // What follows by itself: from nothing at all, from one piece of several, from the kind of destination, from the way back.
    for state in [State::Registered, State::Unknown, State::PartiallyDelivered] {
        ways.insert(state, Way::Code);
    }
    if let Some(way) = ways.get(&State::Delivered).copied() {
        for state in [State::ReadyForCollection, State::ReturnedToSender] {
            let surest = ways.entry(state).or_insert(way);
            *surest = way.min(*surest);
        }
    }
    Some(ways)
}
