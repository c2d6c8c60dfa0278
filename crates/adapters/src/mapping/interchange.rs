//! EDIFACT and X12 as a tree: segments stand in the one that opens their group, elements have numbers, and so have the components of one
//! that is made of several. Which segments say more about the one before them is the same in every message: they open nothing.
//!
//! Sources: ISO 9735 (EDIFACT's service segments and separators), UN/EDIFACT's segment directory, ASC X12.5 and X12's segment directory.

use serde_json::{Map, Value};

use super::tree::{BYTES_PER_CELL, BYTES_PER_LINE, CELLS_FREE, COLUMNS_MAX, is_tag, level, nested, tags};
use crate::{
    carrier::Unreadable,
    edi::{self, EDIFACT, Marks, Segment},
};

/// They say when, where, who and which of what stands before them.
const DETAILS: &[&str] = &[
    // EDIFACT
    "BGM", "COM", "CTA", "DOC", "DTM", "FTX", "GIN", "LOC", "MEA", "MOA", "NAD", "PAC", "PCI", "QTY", "RFF", "TDT", "TSR",
    // X12
    "AT8", "BGN", "BSN", "CD3", "G61", "G62", "K1", "L11", "LAD", "MAN", "MS1", "MS2", "MS3", "N1", "N2", "N3", "N4", "PER", "Q7", "REF",
    "TD1", "TD3", "TD5",
];
/// They end what was opened, and say nothing else.
const ENDS: &[&str] = &["UNT", "UNE", "UNZ", "SE", "GE", "IEA", "CNT"];

/// What ends a segment where it is not the line.
pub fn end_of(text: &str) -> Option<char> {
    ['\'', '~'].into_iter().find(|end| text.matches(*end).count() >= 2 && text.trim_end().ends_with(*end))
}

/// `None`: it is no interchange, nor written like one.
pub fn tree(text: &str) -> Option<Result<Value, Unreadable>> {
    let (marks, text) = marks_of(text)?;
    let dividing = |c: char| c == marks.element || c == marks.component;
    let ends = text.matches(marks.end).count();
    if text.matches(dividing).count() + ends > CELLS_FREE + text.len() / BYTES_PER_CELL || ends > CELLS_FREE + text.len() / BYTES_PER_LINE {
        return Some(Err(Unreadable::not_understood("an interchange of hardly anything but separators")));
    }
    let tags = tags(edi::segments(text, &marks).map(|segment| segment.tag()), is_tag)?;
    let says = edi::segments(text, &marks).filter(|segment| !ENDS.contains(&segment.tag()));
    let told = says.enumerate().map(|(at, segment)| {
        // What comes first opens something, whatever it is called.
        let is_detail = at > 0 && DETAILS.contains(&segment.tag());
        (if is_detail { usize::MAX } else { level(&tags, segment.tag()) }, segment.tag(), elements(&segment))
    });
    Some(Ok(nested(told)))
}

/// By the interchange's own head, else as EDIFACT does if its ends are used.
fn marks_of(text: &str) -> Option<(Marks, &str)> {
    let text = text.trim_start();
    if ["UNA", "UNB", "UNH"].iter().any(|head| text.starts_with(head)) {
        return edi::edifact(text).ok();
    }
    if ["ISA", "GS", "ST"].iter().any(|head| text.strip_prefix(head).is_some_and(|rest| rest.starts_with(['*', '|', '^', '+']))) {
        return edi::x12(text).ok().map(|marks| (marks, text));
    }
    let element = text.chars().find(|c| "+*|;,".contains(*c))?;
    (end_of(text) == Some('\'')).then_some((Marks { element, ..EDIFACT }, text))
}

/// By their places. One of several components holds them beside its whole text.
fn elements(segment: &Segment) -> Value {
    let mut map = Map::new();
    for (at, (whole, parts)) in segment.elements().take(COLUMNS_MAX).enumerate() {
        if parts.iter().all(String::is_empty) {
            continue;
        }
        let value = if parts.len() > 1 && !is_clock(&parts) { composite(whole, parts) } else { Value::String(whole) };
        map.insert((at + 1).to_string(), value);
    }
    Value::Object(map)
}

fn composite(whole: String, parts: Vec<String>) -> Value {
    let told = parts.into_iter().take(COLUMNS_MAX).enumerate().filter(|(_, part)| !part.is_empty());
    let mut map = Map::from_iter(told.map(|(at, part)| ((at + 1).to_string(), Value::String(part))));
    map.insert("#text".to_string(), Value::String(whole));
    Value::Object(map)
}

/// `14:05`: a clock that somebody wrote without releasing its colon.
fn is_clock(parts: &[String]) -> bool {
    (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> Value {
        tree(text).unwrap().unwrap()
    }

    #[test]
    fn details_stand_in_what_they_are_of_and_components_have_numbers() {
        let edifact = "UNA:+.? 'UNH+1+XSTATUS:D:96A'BGM+77'DTM+137:202611221500:203'CNI+1+PN0000001'STS+1+21'DTM+334:202611221405:203'FTX+AAI+++it?'s in'\
                       STS+1+31'DTM+334:202611221630:203'UNT+8+1'";
        let date =
            |at: &str, qualifier: &str| json!({"1": {"#text": format!("{qualifier}:{at}:203"), "1": qualifier, "2": at, "3": "203"}});
        assert_eq!(
            told(edifact),
            json!({"UNH": [{
                "1": "1", "2": {"#text": "XSTATUS:D:96A", "1": "XSTATUS", "2": "D", "3": "96A"},
                "BGM": [{"1": "77"}], "DTM": [date("202611221500", "137")],
                "CNI": [{"1": "1", "2": "PN0000001", "STS": [
                    {"1": "1", "2": "21", "DTM": [date("202611221405", "334")], "FTX": [{"1": "AAI", "4": "it's in"}]},
                    {"1": "1", "2": "31", "DTM": [date("202611221630", "334")]},
                ]}],
            }]})
        );
        let x12 = "ST*990*1~B1*ACME*PN0000001~LX*1~AT7*X3*NS~MS1*EXAMPLETOWN*OH~LX*2~AT7*D1*NS~SE*6*1~";
        let stage = |no: &str, code: &str| json!({"1": no, "AT7": [{"1": code, "2": "NS"}]});
        let mut first = stage("1", "X3");
        first["AT7"][0]["MS1"] = json!([{"1": "EXAMPLETOWN", "2": "OH"}]);
        assert_eq!(
            told(x12),
            json!({"ST": [{"1": "990", "2": "1", "B1": [{"1": "ACME", "2": "PN0000001", "LX": [first, stage("2", "D1")]}]}]})
        );
    }

    #[test]
    fn a_clock_in_a_home_made_segment_stays_whole_and_lines_are_no_interchange() {
        assert_eq!(told("HDR+ACME'EVT+X+20261122+14:05'EVT+Y+at:hub+14:06:09'")["HDR"][0]["EVT"][0]["3"], json!("14:05"));
        assert_eq!(told("HDR+ACME'EVT+X+20261122+14:05'EVT+Y+at:hub+14:06:09'")["HDR"][0]["EVT"][1]["2"]["2"], json!("hub"));
        for text in ["HDR|ACME\nEVT|X\n", "it's a 'text'", "ref,what\nN1,X\n", ""] {
            assert!(tree(text).is_none(), "{text}");
        }
        let dense = format!("UNH+1{}'STS+1'", "+".repeat(400_000));
        assert!(tree(&dense).unwrap().is_err());
    }
}
