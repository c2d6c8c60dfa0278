//! What a retailer takes codes to mean that stand in no carrier's list. Read anew whenever such an event is folded, so that a meaning
//! given later, changed or taken back reaches what was said before.

use std::collections::HashMap;

use crate::{Reason, State, TrackingEvent, event::squash};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub state: State,
    pub reason: Option<Reason>,
}

/// By carrier and code, in the carrier's spelling.
#[derive(Clone, Debug, Default)]
pub struct Meanings(HashMap<(String, String), Meaning>);

impl Meanings {
    pub fn of(meanings: impl IntoIterator<Item = ((String, String), Meaning)>) -> Meanings {
        Meanings(meanings.into_iter().collect())
    }

    pub fn get(&self, carrier: &str, code: &str) -> Option<Meaning> {
        self.0.get(&(carrier.to_string(), code.to_string())).copied()
    }

    /// Everything that was given a meaning of one carrier.
    pub fn of_carrier(&self, carrier: &str) -> impl Iterator<Item = Meaning> {
        self.0.iter().filter(move |((of, _), _)| of == carrier).map(|(_, meaning)| *meaning)
    }

    pub fn set(&mut self, carrier: &str, code: &str, meaning: Option<Meaning>) {
        let key = (carrier.to_string(), code.to_string());
        match meaning {
            Some(meaning) => self.0.insert(key, meaning),
            None => self.0.remove(&key),
        };
    }

    /// Gives the event the meaning of its code (or, where it has none, of its words), or takes back one that holds no longer. What a carrier's own list knows is left alone.
    /// Answers whether anything changed.
    pub fn read(&self, event: &mut TrackingEvent) -> bool {
        if !is_open(event) {
            return false;
        }
        let Some(said) = said(event) else { return false };
        let meaning = self.get(&event.carrier, &said);
        let (state, reason) = meaning.map_or((State::Unknown, None), |m| (m.state, m.reason.or(event.reason.filter(|_| !event.mapped))));
        let changed = (event.state, event.mapped) != (state, meaning.is_some()) || (event.mapped && event.reason != reason);
        if changed {
            (event.state, event.reason, event.mapped) = (state, reason, meaning.is_some());
        }
        changed
    }
}

/// What stands before words that are to be mapped where there is no code. No carrier's code begins with it.
pub const WORDS: &str = "words:";
const WORDS_MAX: usize = 200;

/// What an event is mapped by: its code; without one its words, whatever numbers, capitals and blanks they have. `None`: it said nothing.
pub fn said(event: &TrackingEvent) -> Option<String> {
    event.carrier_code.clone().or_else(|| {
        let words = squash(&event.description);
        let mut plain = String::with_capacity(words.len());
        for c in words.chars().take(WORDS_MAX) {
            match c {
                '0'..='9' if plain.ends_with('#') => {}
                '0'..='9' => plain.push('#'),
                other => plain.push(other),
            }
        }
        (!plain.is_empty()).then(|| format!("{WORDS}{plain}"))
    })
}

/// Whether no carrier's list holds this event's code, so that a retailer may say what it means.
pub fn is_open(event: &TrackingEvent) -> bool {
    event.state == State::Unknown || event.mapped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(state: State) -> TrackingEvent {
        TrackingEvent { carrier_code: Some("Q9".into()), ..TrackingEvent::new("N1", "evri", state) }
    }

    #[test]
    fn a_meaning_is_given_changed_and_taken_back() {
        let mut meanings = Meanings::default();
        let (mut event, key) = (said(State::Unknown), said(State::Unknown).key());
        assert!(!meanings.read(&mut event));
        for state in [State::OutForDelivery, State::Delivered] {
            meanings.set("evri", "Q9", Some(Meaning { state, reason: None }));
            assert!(meanings.read(&mut event) && !meanings.read(&mut event));
            assert_eq!((event.state, event.key()), (state, key.clone()), "the same event, whatever it means");
        }
        meanings.set("evri", "Q9", None);
        assert!(meanings.read(&mut event));
        assert_eq!(event, said(State::Unknown));
    }

    #[test]
    fn what_the_carriers_own_list_knows_is_left_alone() {
        let meanings = Meanings::of([(("evri".into(), "Q9".into()), Meaning { state: State::Delivered, reason: None })]);
        let mut event = said(State::InTransit);
        assert!(!meanings.read(&mut event));
        let mut wordless = TrackingEvent::new("N1", "evri", State::Unknown);
        assert!(!meanings.read(&mut wordless), "without a code or words there is nothing to map");
    }

    #[test]
    fn without_a_code_the_words_are_mapped_whatever_numbers_they_hold() {
        let words = |text: &str| TrackingEvent { description: text.into(), ..TrackingEvent::new("N1", "evri", State::Unknown) };
        assert_eq!(super::said(&words("Wheels  rolling, ETA 14:05")).as_deref(), Some("words:wheels rolling, eta #:#"));
        assert_eq!(super::said(&words(" ")), None);
        let meanings = Meanings::of([(
            ("evri".into(), "words:wheels rolling, eta #:#".into()),
            Meaning { state: State::OutForDelivery, reason: None },
        )]);
        let mut event = words("WHEELS rolling, eta 9:30");
        let key = event.key();
        assert!(meanings.read(&mut event));
        assert_eq!((event.state, event.key()), (State::OutForDelivery, key), "the same event, whatever it means");
    }
}
