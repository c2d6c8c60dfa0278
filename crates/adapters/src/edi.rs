//! Segments, elements and components: what X12 and EDIFACT share. Nothing is copied until it is asked for, so a megabyte
//! of separators costs no more than a megabyte of text.
//!
//! Sources: ASC X12.5 (interchange control structures: the separators stand in `ISA`); ISO 9735 (the service string
//! advice `UNA`, the release character).

use std::borrow::Cow;

use crate::carrier::Unreadable;

/// The characters that divide an interchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    pub component: char,
    pub element: char,
    /// Lets the next character stand for itself. X12 has none.
    pub release: Option<char>,
    pub end: char,
}

/// What EDIFACT uses unless `UNA` says otherwise.
pub const EDIFACT: Marks = Marks { component: ':', element: '+', release: Some('?'), end: '\'' };

/// One segment, not yet taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    text: &'a str,
    marks: &'a Marks,
}

impl<'a> Segment<'a> {
    /// `STS`, `AT7`, …
    pub fn tag(&self) -> &'a str {
        divided(self.text, self.marks.element, self.marks.release).next().and_then(|e| self.components(e).next()).unwrap_or_default()
    }
    pub fn is(&self, tag: &str) -> bool {
        self.tag() == tag
    }
    /// The element's whole text; the tag is element 0.
    pub fn element(&self, element: usize) -> Option<String> {
        self.raw(element).map(|text| self.plain(text)).filter(|text| !text.is_empty())
    }
    /// One component of an element, both counted from 0.
    pub fn part(&self, element: usize, component: usize) -> Option<String> {
        let text = self.components(self.raw(element)?).nth(component)?;
        Some(self.plain(text)).filter(|text| !text.is_empty())
    }
    /// All components of an element that say something.
    pub fn parts(&self, element: usize) -> Vec<String> {
        let all = self.raw(element).into_iter().flat_map(|text| self.components(text));
        all.map(|text| self.plain(text)).filter(|text| !text.is_empty()).collect()
    }
    /// Every element behind the tag in turn: its whole text, and its components, those that say nothing among them.
    pub fn elements(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        let all = divided(self.text, self.marks.element, self.marks.release).skip(1);
        all.map(|text| (self.plain(text), self.components(text).map(|part| self.plain(part)).collect()))
    }
    /// How many elements follow the tag.
    pub fn len(&self) -> usize {
        divided(self.text, self.marks.element, self.marks.release).count() - 1
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn raw(&self, element: usize) -> Option<&'a str> {
        divided(self.text, self.marks.element, self.marks.release).nth(element)
    }
    fn components(&self, element: &'a str) -> impl Iterator<Item = &'a str> {
        divided(element, self.marks.component, self.marks.release)
    }
    /// Without release characters and blanks around it.
    fn plain(&self, text: &str) -> String {
        let Some(release) = self.marks.release.filter(|r| text.contains(*r)) else { return text.trim().to_string() };
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            out.extend(if c == release { chars.next() } else { Some(c) });
        }
        out.trim().to_string()
    }
}

/// Every segment that is ended. What follows the last end was cut off, and half a code may be another code.
pub fn segments<'a>(text: &'a str, marks: &'a Marks) -> impl Iterator<Item = Segment<'a>> {
    let ended = last_end(text, marks).map_or("", |end| &text[..end]);
    let all = divided(ended, marks.end, marks.release).map(|text| text.trim_matches(['\r', '\n', ' ', '\t', '\0']));
    all.filter(|text| !text.is_empty()).map(move |text| Segment { text, marks })
}

/// A status is told in more bytes than this, on average, with all that stands around it.
const BYTES_PER_OPENING: usize = 40;
/// Short interchanges may be dense.
const OPENINGS_FREE: usize = 2_000;

/// Refuses an interchange of hardly anything but the segments that open something, before each of them costs a thousand bytes.
pub fn refuse_dense(text: &str, marks: &Marks, openings: &[&str]) -> Result<(), Unreadable> {
    let count = segments(text, marks).filter(|s| openings.contains(&s.tag())).count();
    if count > OPENINGS_FREE + text.len() / BYTES_PER_OPENING {
        return Err(Unreadable::not_understood("EDI of hardly anything but openings"));
    }
    Ok(())
}

/// The text of an interchange: UTF-8, else Latin-1, without a byte order mark.
pub fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text.trim_start()),
        Err(_) => Cow::Owned(body.iter().map(|b| *b as char).collect::<String>().trim_start().to_string()),
    }
}

/// Separators and the interchange itself, of EDIFACT.
pub fn edifact(text: &str) -> Result<(Marks, &str), Unreadable> {
    if let Some(told) = text.strip_prefix("UNA") {
        let told: Vec<char> = told.chars().take(6).collect();
        if let [component, element, _, release, _, end] = told[..] {
            let length: usize = told.iter().map(|c| c.len_utf8()).sum();
            let release = Some(release).filter(|r| *r != ' ');
            return Ok((Marks { component, element, release, end }, &text["UNA".len() + length..]));
        }
    }
    if text.starts_with("UNB") || text.starts_with("UNH") {
        Ok((EDIFACT, text))
    } else {
        Err(Unreadable::not_understood("no EDIFACT interchange"))
    }
}

/// Separators of X12: told by `ISA`, whose fields somebody may have trimmed; else those of a bare `ST`.
pub fn x12(text: &str) -> Result<Marks, Unreadable> {
    let no = || Unreadable::not_understood("no X12 interchange");
    let tag = ["ISA", "GS", "ST"].into_iter().find(|tag| text.starts_with(tag)).ok_or_else(no)?;
    let element = text[tag.len()..].chars().next().filter(|c| !c.is_alphanumeric()).ok_or_else(no)?;
    let told = if tag == "ISA" { text.match_indices(element).nth(15).map(|(at, _)| &text[at + element.len_utf8()..]) } else { None };
    let mut told = told.unwrap_or_default().chars();
    match (told.next(), told.next()) {
        (Some(component), Some(end)) if !end.is_alphanumeric() && end != element => Ok(Marks { component, element, release: None, end }),
        _ => {
            let end = if text.contains('~') { '~' } else { '\n' };
            Ok(Marks { component: '>', element, release: None, end })
        }
    }
}

/// The pieces between marks; a released mark divides nothing.
fn divided(text: &str, mark: char, release: Option<char>) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let here = rest?;
        match first_mark(here, mark, release) {
            Some(at) => {
                rest = Some(&here[at + mark.len_utf8()..]);
                Some(&here[..at])
            }
            None => rest.take(),
        }
    })
}

fn first_mark(text: &str, mark: char, release: Option<char>) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if Some(c) == release {
            chars.next();
        } else if c == mark {
            return Some(at);
        }
    }
    None
}

fn last_end(text: &str, marks: &Marks) -> Option<usize> {
    let mut end = None;
    let mut from = 0;
    while let Some(at) = first_mark(&text[from..], marks.end, marks.release) {
        from += at + marks.end.len_utf8();
        end = Some(from);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str, marks: &Marks) -> Vec<String> {
        segments(text, marks)
            .map(|s| format!("{}:{}", s.tag(), (1..=s.len()).map(|i| s.parts(i).join("/")).collect::<Vec<_>>().join("|")))
            .collect()
    }

    #[test]
    fn a_released_mark_is_a_letter_and_a_segment_cut_off_is_none() {
        assert_eq!(printed("FTX+AAI+++it?'s ?+1 ??'\r\nSTS+1+2", &EDIFACT), ["FTX:AAI|||it's +1 ?"]);
    }

    #[test]
    fn una_tells_the_separators() {
        let text = "UNA;*.! ~UNH*1*IFTSTA;D;01B;UN~FTX*AAI***9!*5~";
        let (marks, rest) = edifact(text).unwrap();
        assert_eq!(printed(rest, &marks), ["UNH:1|IFTSTA/D/01B/UN", "FTX:AAI|||9*5"]);
        assert_eq!(edifact("UNA:+.? 'UNH+1'").unwrap().0, EDIFACT);
        assert!(edifact("UNA").is_err());
        assert!(edifact("hello").is_err());
    }

    #[test]
    fn isa_tells_the_separators_even_when_its_fields_were_trimmed() {
        let fixed = "ISA|00|          |00|          |02|ABCD           |01|123456789      |261122|0900|U|00401|000000001|0|P|>\n";
        assert_eq!(x12(fixed).unwrap(), Marks { component: '>', element: '|', release: None, end: '\n' });
        let trimmed = "ISA*00**00**02*ABCD*01*123*261122*0900*^*00801*1*0*P*:~GS*QM~";
        assert_eq!(x12(trimmed).unwrap(), Marks { component: ':', element: '*', release: None, end: '~' });
        assert_eq!(x12("ST*214*1~").unwrap().end, '~');
        assert_eq!(x12("ST*214*1\nB10*1\n").unwrap().end, '\n');
        assert!(x12("STRANGE").is_err());
        assert!(x12("ISA").is_err());
    }
}
