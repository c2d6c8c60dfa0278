//! The sentence around some words of a text: what stands before and behind them in it, and whether it asks.

use super::shelf::Heard;

pub(super) struct Clause<'h> {
    pub before: &'h str,
    pub after: &'h str,
    /// Of that, up to the next comma or the like.
    pub next: &'h str,
    /// The words end in a question mark, at most with others of their clause between.
    pub is_asked: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Stop {
    /// Of a sentence …
    Sentence,
    Question,
    /// … or of a clause within it.
    Pause,
}

impl<'h> Clause<'h> {
    /// Around the words from `start` to `end` of what was heard.
    pub fn around(heard: &'h Heard, start: usize, end: usize) -> Clause<'h> {
        let words = heard.words.as_str();
        let (mut from, mut to, mut pause, mut asked) = (0, words.len(), None, None);
        for (at, stop) in stops(heard.raw) {
            if at < start && stop != Stop::Pause {
                from = at;
            }
            if at > end {
                pause = pause.or(Some(at));
            }
            if at >= end {
                asked = asked.or(Some(stop == Stop::Question));
                if stop != Stop::Pause {
                    to = at;
                    break;
                }
            }
        }
        let behind = |to: usize| words.get(end..to).unwrap_or_default();
        let (after, next) = (behind(to), behind(pause.unwrap_or(to)));
        Clause { before: &words[from..start], after, next, is_asked: asked == Some(true) }
    }
}

/// Where the words stop, as places within the text as it is heard: of the blank behind the last word.
fn stops(raw: &str) -> Vec<(usize, Stop)> {
    let mut found = Vec::new();
    if !raw.contains(['.', '!', '?', ';', ',', ':', '。', '？', '！', '，']) {
        return found;
    }
    // Grows as `padded` prints it.
    let (mut at, mut after_blank) = (0, true);
    let mut chars = raw.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let ends_word = chars.peek().is_none_or(|next| !next.is_alphanumeric());
        match c {
            '\'' | '’' | '‘' | '`' | '™' | '®' => {}
            c if c.is_alphanumeric() => {
                at += c.to_lowercase().map(char::len_utf8).sum::<usize>() + usize::from(after_blank);
                after_blank = false;
            }
            _ => {
                let stop = match c {
                    '.' | '!' | ';' if ends_word => Some(Stop::Sentence),
                    '。' | '！' => Some(Stop::Sentence),
                    // One between blanks is a dash that was lost on the way, if anything follows.
                    '?' if ends_word && (before.is_alphanumeric() || !chars.peek().is_some_and(|next| next.is_whitespace())) => {
                        Some(Stop::Question)
                    }
                    '？' => Some(Stop::Question),
                    ',' | ':' if ends_word => Some(Stop::Pause),
                    '，' => Some(Stop::Pause),
                    _ => None,
                };
                found.extend(stop.map(|stop| (at, stop)));
                after_blank = true;
            }
        }
        before = c;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(text: &str, word: &str) -> String {
        let heard = Heard::of(text);
        let start = heard.words.find(word).unwrap();
        let clause = Clause::around(&heard, start, start + word.len());
        format!("{}|{}|{}", clause.before.trim(), clause.after.trim(), if clause.is_asked { "?" } else { "" })
    }

    #[test]
    fn a_sentence_ends_where_it_is_stopped() {
        let table = [
            ("It's late. Éva's parcel was left, with care; call us", "left", "évas parcel was|with care|"),
            ("Was it left?", "left", "was it||?"),
            ("Was it left ?", "left", "was it||?"),
            ("Left ? at the door", "left", "|at the door|"),
            ("We left it, did you like it?", "left", "we|it did you like it|"),
            ("Left at 10.30 at door no.7", "left", "|at 10 30 at door no 7|"),
            ("left", "left", "||"),
        ];
        for (text, word, expected) in table {
            assert_eq!(around(text, word), expected, "{text}");
        }
    }
}
