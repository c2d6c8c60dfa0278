//! USPS's older replies are text: `Out for Delivery, October 12, 2013, 10:16 am, BROOKLYN, NY 11201`, and the newest
//! scan is a sentence: `Your item was delivered at 2:16 pm on October 12, 2013 in BROOKLYN, NY 11201.`

use whereabouts_domain::Location;

use crate::place;

/// A line of text, taken apart. What could not be found is missing.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    pub words: String,
    pub date: Option<String>,
    pub time: Option<String>,
    pub place: Location,
}

pub fn read(text: &str) -> Told {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    listed(&text).unwrap_or_else(|| spoken(&text))
}

/// Event, day, time, place: parts between commas.
fn listed(text: &str) -> Option<Told> {
    let parts: Vec<&str> = text.split(", ").collect();
    let at = (1..parts.len()).find(|&i| day_at(&parts[i..]).is_some())?;
    let (date, used) = day_at(&parts[at..])?;
    let mut rest = &parts[at + used..];
    let time = rest.first().filter(|p| is_clock(p)).map(|p| (*p).to_string());
    if time.is_some() {
        rest = &rest[1..];
    }
    Some(Told { words: parts[..at].join(", "), date: Some(date), time, place: place::of_line(&rest.join(", ")) })
}

/// `October 12` and `2013`, or `11/23/2024`; how many parts that took.
fn day_at(parts: &[&str]) -> Option<(String, usize)> {
    let first = parts.first()?;
    if first.len() <= 10 && first.split('/').count() == 3 && first.bytes().all(|b| b.is_ascii_digit() || b == b'/') {
        return Some(((*first).to_string(), 1));
    }
    let year = parts.get(1)?.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?;
    is_month_and_day(first).then(|| (format!("{first}, {year}"), 2))
}

fn is_month_and_day(text: &str) -> bool {
    let Some((month, day)) = text.split_once(' ') else { return false };
    MONTHS.contains(&month) && day.len() <= 2 && day.bytes().all(|b| b.is_ascii_digit())
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn is_clock(text: &str) -> bool {
    let text = text.trim_end_matches('.').to_ascii_lowercase();
    text.contains(':') && (text.ends_with("am") || text.ends_with("pm") || text.ends_with("a.m") || text.ends_with("p.m"))
}

/// A sentence: the day follows `on`, the clock `at`, the place `in`, in whatever order.
fn spoken(text: &str) -> Told {
    let words: Vec<&str> = text.split(' ').collect();
    let bare = |w: &str| w.trim_end_matches(['.', ',']).to_string();
    let day = (0..words.len()).find(|&i| {
        MONTHS.contains(&words[i]) && words.get(i + 2).is_some_and(|y| bare(y).len() == 4 && bare(y).bytes().all(|b| b.is_ascii_digit()))
    });
    let clock =
        (0..words.len().saturating_sub(1)).find(|&i| words[i].contains(':') && is_clock(&format!("{} {}", words[i], bare(words[i + 1]))));
    let date = day.map(|i| format!("{} {}, {}", words[i], bare(words[i + 1]), bare(words[i + 2])));
    let time = clock.map(|i| format!("{} {}", words[i], bare(words[i + 1])));
    Told { words: text.to_string(), date, time, place: place_in(text) }
}

/// What follows the last `in` or `the` and reads like `BROOKLYN, NY 11201`.
fn place_in(text: &str) -> Location {
    let starts = [" in ", " at the ", " the "].iter().flat_map(|mark| text.match_indices(mark).map(|(at, m)| at + m.len()));
    let mut places: Vec<(usize, Location)> = starts
        .filter_map(|at| {
            let line = text[at..].split(['.', ';']).next()?;
            let (city, rest) = line.split_once(", ")?;
            let mut rest = rest.split(' ');
            let state = rest.next().filter(|s| s.len() == 2 && s.bytes().all(|b| b.is_ascii_uppercase()))?;
            let zip = rest.next().filter(|z| z.len() >= 5 && z.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
            let shouted = !city.is_empty() && city.chars().all(|c| c.is_uppercase() || matches!(c, ' ' | '-' | '\''));
            shouted.then(|| (at, place::of_line(&[&format!("{city}, {state}"), zip.unwrap_or("")].join(" "))))
        })
        .collect();
    places.pop().map(|(_, place)| place).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_sentences_are_taken_apart() {
        let table = [
            (
                "Out for Delivery, October 12, 2013, 10:16 am, BROOKLYN, NY 11201",
                "Out for Delivery | October 12, 2013 | 10:16 am | BROOKLYN, NY 11201",
            ),
            ("Electronic Shipping Info Received, October 12, 2013", "Electronic Shipping Info Received | October 12, 2013 |  | "),
            (
                "Delivered, In/At Mailbox, 11/23/2024, 1:10 pm, MILWAUKEE, WI 53207",
                "Delivered, In/At Mailbox | 11/23/2024 | 1:10 pm | MILWAUKEE, WI 53207",
            ),
            (
                "Your item was delivered to the front desk or reception area at 2:16 pm on October 12, 2013 in BROOKLYN, NY 11201.",
                "Your item was delivered to the front desk or reception area at 2:16 pm on October 12, 2013 in BROOKLYN, NY 11201. | October 12, 2013 | 2:16 pm | BROOKLYN, NY 11201",
            ),
            ("There is no record of that mail item.", "There is no record of that mail item. |  |  | "),
        ];
        for (text, expected) in table {
            let t = read(text);
            let parts = [t.words, t.date.unwrap_or_default(), t.time.unwrap_or_default(), t.place.text.unwrap_or_default()];
            assert_eq!(parts.join(" | "), expected);
        }
    }
}
