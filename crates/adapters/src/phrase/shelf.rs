//! Hundreds of phrases, laid out by how they begin: of a whole shelf only a few could begin in a given sentence.

use super::{holds, padded};

/// A text, made ready for phrases to be looked for in it.
pub(super) struct Heard<'t> {
    pub raw: &'t str,
    /// As [`padded`] prints it.
    pub words: String,
    /// The first bytes of its words …
    begins: [bool; 256],
    /// … and the first two, mixed.
    begins_two: [bool; MIXED],
}

const MIXED: usize = 1024;

fn mixed(first: u8, second: u8) -> usize {
    (usize::from(first) * 31 + usize::from(second)) % MIXED
}

impl Heard<'_> {
    pub fn of(text: &str) -> Heard<'_> {
        let words = padded(text);
        let (mut begins, mut begins_two) = ([false; 256], [false; MIXED]);
        for three in words.as_bytes().windows(3).filter(|three| three[0] == b' ') {
            begins[usize::from(three[1])] = true;
            begins_two[mixed(three[1], three[2])] = true;
        }
        Heard { raw: text, words, begins, begins_two }
    }

    /// Whether any alternative of the phrase's first part could begin in this text; "yes" where that is not clear at once.
    pub fn may_hold(&self, phrase: &str) -> bool {
        beginnings(phrase).any(|begin| self.may_begin(begin))
    }

    /// The same of one alternative.
    pub fn may_hold_one(&self, alternative: &str) -> bool {
        self.may_begin(beginning(alternative))
    }

    fn may_begin(&self, begin: Beginning) -> bool {
        match begin {
            Beginning::Two(first, second) => self.begins_two[mixed(first, second)],
            Beginning::One(first) => self.begins[usize::from(first)],
            Beginning::Any => true,
        }
    }
}

/// How an alternative of a phrase's first part begins.
#[derive(Clone, Copy)]
enum Beginning {
    Two(u8, u8),
    One(u8),
    /// Inside a word, or in a script that writes no blanks.
    Any,
}

fn beginnings(phrase: &str) -> impl Iterator<Item = Beginning> {
    phrase.split('+').next().unwrap_or_default().split('|').map(beginning)
}

fn beginning(alternative: &str) -> Beginning {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || (0x80..FIRST_BYTE_OF_CHINESE).contains(&b);
    match alternative.trim_start_matches([' ', '^', '=']).as_bytes() {
        [first, second, ..] if is_letter(*first) && is_letter(*second) => Beginning::Two(*first, *second),
        [first, ..] if is_letter(*first) => Beginning::One(*first),
        _ => Beginning::Any,
    }
}

/// Of [`super::find::FIRST_OF_CHINESE`] in UTF-8; what stands before it begins a word of letters.
const FIRST_BYTE_OF_CHINESE: u8 = 0xe2;

/// Phrases in their order, each with what it means.
pub(super) struct Shelf<T> {
    phrases: Vec<(&'static str, T)>,
    /// Places of the phrases that begin with these two letters.
    by_two: Vec<Vec<u16>>,
    /// Places of all others.
    others: Vec<u16>,
}

impl<T: Copy> Shelf<T> {
    pub fn of(phrases: impl Iterator<Item = (&'static str, T)>) -> Shelf<T> {
        let mut shelf = Shelf { phrases: phrases.collect(), by_two: vec![Vec::new(); MIXED], others: Vec::new() };
        for (place, (words, _)) in shelf.phrases.iter().enumerate() {
            let place = u16::try_from(place).expect("a shelf holds a few hundred phrases");
            for begin in beginnings(words) {
                match begin {
                    Beginning::Two(first, second) => shelf.by_two[mixed(first, second)].push(place),
                    Beginning::One(_) | Beginning::Any => shelf.others.push(place),
                }
            }
        }
        shelf
    }

    /// The meaning of the first phrase that the text holds, where some meanings are claims.
    pub fn first(&self, text: &Heard, is_claim: fn(T) -> bool) -> Option<T> {
        let mut places = self.others.clone();
        for three in text.words.as_bytes().windows(3).filter(|three| three[0] == b' ') {
            places.extend(&self.by_two[mixed(three[1], three[2])]);
        }
        places.sort_unstable();
        places.dedup();
        let found = places
            .into_iter()
            .map(|place| self.phrases[usize::from(place)])
            .find(|&(words, meaning)| holds(words, text, is_claim(meaning)));
        found.map(|(_, meaning)| meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrase::LANGUAGES;

    #[test]
    fn a_shelf_finds_the_phrase_that_reading_all_of_them_finds() {
        let all = || LANGUAGES.into_iter().flatten();
        let shelf = Shelf::of(all().enumerate().map(|(place, p)| (p.words, place)));
        // Each phrase as a sentence of its own, and between others.
        let said = all().map(|p| p.words.replace(['+', '*', '^', '=', '~', '.'], " ").replace('|', " or "));
        for text in said.flat_map(|t| [format!("Today {t} at the depot"), format!("a {t}"), t]) {
            let heard = Heard::of(&text);
            assert_eq!(shelf.first(&heard, |_| false), all().position(|p| holds(p.words, &heard, false)), "{text}");
        }
    }
}
