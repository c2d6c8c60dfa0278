//! Whose number is it? Ranked candidates from form and checksum.

use crate::carrier::ALL;

/// A carrier a number may belong to.
#[derive(Debug, PartialEq)]
pub struct Candidate {
    pub carrier: &'static str,
    /// 0–100.
    pub confidence: u8,
    /// A checksum was tested and fits.
    pub checksum: bool,
}

/// Best first; ties by carrier id.
pub fn recognise(number: &str) -> Vec<Candidate> {
    let number: String = number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_uppercase();
    let mut found: Vec<Candidate> = ALL
        .iter()
        .filter_map(|c| c.recognise(&number).map(|(confidence, checksum)| Candidate { carrier: c.card().id, confidence, checksum }))
        .collect();
    found.sort_by_key(|c| (std::cmp::Reverse(c.confidence), c.carrier));
    found
}
