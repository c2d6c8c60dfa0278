//! The catalogue of states, as the domain holds it: what each means, whose move it is, whether it is the end.

use askama::Template;
use jiff::Timestamp;
use whereabouts_domain::state::{Milestone, StateInfo, Terminal, catalogue};

use super::{
    frame::{Frame, grouped},
    pill::Pill,
    samples,
};

#[derive(Clone, Debug, Template)]
#[template(path = "desk/states.html")]
pub struct StatesView {
    pub frame: Frame,
    pub count: String,
    pub groups: Vec<MilestoneGroup>,
}

#[derive(Clone, Debug)]
pub struct MilestoneGroup {
    pub id: &'static str,
    pub states: Vec<StateRow>,
}

#[derive(Clone, Debug)]
pub struct StateRow {
    pub id: &'static str,
    pub pill: Pill,
    pub attention: Pill,
    pub waiting_on: &'static str,
    pub physical: &'static str,
    pub end: &'static str,
}

impl StatesView {
    pub fn new(frame: Frame) -> StatesView {
        let of = |milestone: Option<Milestone>| MilestoneGroup {
            id: milestone.map_or("says nothing about progress", Milestone::id),
            states: catalogue().iter().filter(|info| info.milestone == milestone).map(row).collect(),
        };
        let groups = Milestone::ALL.into_iter().map(Some).chain([None]).map(of).filter(|group| !group.states.is_empty()).collect();
        StatesView { frame, count: grouped(catalogue().len() as u64), groups }
    }

    /// The page without an agent: open to everybody.
    pub fn open(now: Timestamp) -> StatesView {
        StatesView::new(Frame::new("States", "states", "", now))
    }

    pub fn samples() -> Vec<(&'static str, StatesView)> {
        vec![("states", StatesView::open(samples::now()))]
    }
}

fn row(info: &StateInfo) -> StateRow {
    StateRow {
        id: info.id,
        pill: Pill::state(info.state, info.attention),
        attention: Pill::attention(info.attention),
        waiting_on: info.waiting_on.id(),
        physical: if info.physical { "touched" } else { "told" },
        end: match info.terminal {
            Terminal::Never => "no",
            Terminal::Always => "yes",
            Terminal::ForReturns => "of a return",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_the_catalogue_is_on_the_page() {
        let html = StatesView::open(samples::now()).render().unwrap();
        for info in catalogue() {
            assert!(html.contains(&format!("id=\"{}\"", info.id)), "{}", info.id);
        }
    }
}
