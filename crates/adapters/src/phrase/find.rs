//! Looking for a phrase in a text that was made ready for it.

use super::{Phrase, claim, shelf::Heard};

pub(super) fn fits(phrase: &Phrase, text: &Heard) -> bool {
    text.may_hold(phrase.words) && holds(phrase.words, text, claim::is_one(phrase.state))
}

/// `claims`: the phrase says that the parcel is handed over, so it counts only where the text says that it came about.
pub(super) fn holds(words: &str, text: &Heard, claims: bool) -> bool {
    words.split('+').all(|part| part.split('|').any(|one| text.may_hold_one(one) && occurs(one.trim(), text, claims)))
}

fn occurs(phrase: &str, heard: &Heard, claims: bool) -> bool {
    let text = heard.words.as_str();
    if let Some(whole) = phrase.strip_prefix('=') {
        return text.trim() == whole;
    }
    let (at_start, phrase) = phrase.strip_prefix('^').map_or((false, phrase), |rest| (true, rest));
    let mut from = 0;
    for (i, piece) in phrase.split('*').enumerate() {
        loop {
            let Some((start, end)) = find(&text[from..], piece) else { return false };
            if at_start && i == 0 && start != 1 {
                return false;
            }
            let came_about = !claims || i > 0 || claim::came_about(heard, from + start, from + end);
            from += end;
            if came_about {
                break;
            }
        }
    }
    true
}

/// From where to where the piece stands. Its first letter follows a blank, unless it may stand inside a compound or is
/// of a script that writes no blanks.
fn find(text: &str, piece: &str) -> Option<(usize, usize)> {
    let (inside, piece) = piece.strip_prefix('~').map_or((false, piece), |rest| (true, rest));
    let (closed, piece) = piece.strip_suffix('.').map_or((false, piece), |rest| (true, rest));
    let inside = inside || piece.chars().next().is_some_and(|c| c >= FIRST_OF_CHINESE);
    let is_closed = |end: usize| !closed || text.as_bytes().get(end) == Some(&b' ');
    if inside {
        return text.match_indices(piece).map(|(at, found)| (at, at + found.len())).find(|&(_, end)| is_closed(end));
    }
    // Looking at the beginnings of words only: hundreds of phrases are tried on every sentence.
    let bytes = text.as_bytes();
    let mut starts = bytes.iter().enumerate().filter(|(_, b)| **b == b' ').map(|(blank, _)| blank + 1);
    let start = starts.find(|&start| bytes[start..].starts_with(piece.as_bytes()) && is_closed(start + piece.len()))?;
    Some((start, start + piece.len()))
}

pub(super) const FIRST_OF_CHINESE: char = '\u{2e80}';
