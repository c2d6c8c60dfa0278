//! Which states of the catalogue a carrier can tell: by a code of its list, in its own words, or only in the words that
//! all carriers share. What is in none of the three cannot come from it, and a rule that waits for it never fires.

use std::collections::BTreeMap;

use whereabouts_domain::State;

use crate::{Carrier, phrase};

/// The surest way in which a carrier tells a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A code of its published list means it.
    Code,
    /// Wording of its own means it, or makes one of its codes more exact.
    OwnWords,
    /// Only the wording that carriers share; whether this carrier ever uses it, nobody published.
    SharedWords,
}

impl Way {
    pub fn label(self) -> &'static str {
        match self {
            Way::Code => "code",
            Way::OwnWords => "own words",
            Way::SharedWords => "shared words",
        }
    }
}

/// Every state that the carrier can tell, with the surest way.
pub fn of(carrier: &dyn Carrier) -> BTreeMap<State, Way> {
    let mut ways = BTreeMap::new();
    let mut add = |state: State, way: Way| {
        if !matches!(state, State::Unknown) {
            let surest = ways.entry(state).or_insert(way);
            *surest = way.min(*surest);
        }
    };
    carrier.card().codes.iter().for_each(|c| add(c.state, Way::Code));
    if let Some(own) = carrier.wording() {
        own.iter().for_each(|p| add(p.state, Way::OwnWords));
        phrase::shared_states().for_each(|state| add(state, Way::SharedWords));
    }
    ways
}

/// The states that this carrier cannot tell at all, in the catalogue's order.
pub fn never(carrier: &dyn Carrier) -> Vec<State> {
    let told = of(carrier);
    State::ALL.iter().copied().filter(|s| !told.contains_key(s) && *s != State::Unknown).collect()
}
