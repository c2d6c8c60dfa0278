//! A state or a fact as a pill: icon, words and a tone. The words alone tell everything; colour and shape repeat it.

use askama::Template;
use whereabouts_domain::state::{Attention, Milestone, State};

/// `tone` is one of the tokens' tones: accent, good, warn, bad, calm.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    source = r##"<span class="pill tone-{{ tone }}"><svg class="icon" aria-hidden="true"><use href="#i-{{ icon }}"/></svg>{{ words }}</span>"##,
    ext = "html"
)]
pub struct Pill {
    pub tone: &'static str,
    pub icon: &'static str,
    pub words: String,
}

impl askama::filters::HtmlSafe for Pill {}

impl Pill {
    pub fn new(tone: &'static str, icon: &'static str, words: impl Into<String>) -> Pill {
        Pill { tone, icon, words: words.into() }
    }

    /// The attention is an argument, because a retailer may have changed the catalogue's default.
    pub fn state(state: State, attention: Attention) -> Pill {
        let tone = match (attention, state.milestone()) {
            (Attention::Act, _) => "bad",
            (Attention::Watch, _) => "warn",
            (Attention::None, Some(Milestone::Delivered)) => "good",
            (Attention::None, Some(Milestone::OutForDelivery | Milestone::AvailableForPickup)) => "accent",
            (Attention::None, _) => "calm",
        };
        Pill::new(tone, milestone_icon(state.milestone()), state.label())
    }

    pub fn attention(attention: Attention) -> Pill {
        match attention {
            Attention::Act => Pill::new("bad", "act", "Act"),
            Attention::Watch => Pill::new("warn", "watch", "Watch"),
            Attention::None => Pill::new("good", "check", "Fine"),
        }
    }

    pub fn late(words: impl Into<String>) -> Pill {
        Pill::new("bad", "clock", words)
    }

    pub fn may_be_missing(words: impl Into<String>) -> Pill {
        Pill::new("bad", "missing", words)
    }
}

fn milestone_icon(milestone: Option<Milestone>) -> &'static str {
    match milestone {
        None => "missing",
        Some(Milestone::Pending | Milestone::InfoReceived) => "box",
        Some(Milestone::InTransit) => "truck",
        Some(Milestone::OutForDelivery) => "pin",
        Some(Milestone::AttemptFail) => "door",
        Some(Milestone::AvailableForPickup) => "store",
        Some(Milestone::Delivered) => "check",
        Some(Milestone::Exception) => "act",
        Some(Milestone::Expired) => "clock",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_needs_a_person_is_red_whatever_its_milestone() {
        assert_eq!(Pill::state(State::Delivered, Attention::Act).tone, "bad");
        assert_eq!(Pill::state(State::Delivered, Attention::None).tone, "good");
    }

    #[test]
    fn a_pill_says_in_words_what_it_shows_in_colour() {
        let pill = Pill::late("6 h late & counting").to_string();
        assert!(pill.contains("6 h late &#38; counting"), "{pill}");
    }
}
