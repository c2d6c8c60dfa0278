//! One search box: anything an agent types. Every clue of a shipment is a normalised key in one B-tree, read by prefix. A name that begins
//! nothing is looked for by its trigrams among the words of all names, each kept once, and those words lead back to the B-tree.

use whereabouts_domain::{Registration, shipment::Person};

use super::engine::{DbError, Kind, Many, Read, Write};
use crate::{args, row, sql};

sql! {
    /// Shipments with a clue in a range, newest first; a clue as short as one letter is cut at 2,000 so that it stays quick.
    BY_PREFIX = "
        SELECT DISTINCT shipment_id
        FROM (SELECT shipment_id FROM search_key WHERE retailer_id = $1 AND clue >= $2 AND clue < $3 LIMIT 2000) AS found
        ORDER BY shipment_id DESC
        LIMIT $4";
}

const KEY: &[(&str, Kind)] = &[("retailer_id", Kind::Text), ("clue", Kind::Text), ("shipment_id", Kind::Text)];
pub static PUT: Many = Many::insert("search::PUT", "search_key", KEY, "ON CONFLICT (retailer_id, clue, shipment_id) DO NOTHING");
const TRIGRAM: &[(&str, Kind)] = &[("retailer_id", Kind::Text), ("trigram", Kind::Text), ("word", Kind::Text)];
pub static PUT_TRIGRAMS: Many =
    Many::insert("search::PUT_TRIGRAMS", "name_trigram", TRIGRAM, "ON CONFLICT (retailer_id, trigram, word) DO NOTHING");
pub static WORDS_WITH: Many =
    Many::select("search::WORDS_WITH", "name_trigram", &[("retailer_id", Kind::Text), ("trigram", Kind::Text)], "t.word");
pub static TAKE: Many = Many::delete("search::TAKE", "search_key", KEY);
pub static MANY: &[&Many] = &[&PUT, &TAKE, &PUT_TRIGRAMS, &WORDS_WITH];

/// The first text after everything that begins with `prefix`, comparing byte by byte.
pub fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Numbers, references and postcodes: letters and digits only, small.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Phone numbers without country or trunk prefix: the last nine digits, which national and international forms share; the last eight too, for
/// countries that have no more (Norway, Denmark, Singapore).
fn phone_clues(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 7 {
        return Vec::new();
    }
    let mut clues: Vec<String> = [9, 8].iter().map(|n| format!("p:{}", &digits[digits.len().saturating_sub(*n)..])).collect();
    clues.dedup();
    clues
}

/// Letters without their marks: `wisn` finds Wiśniewski, and `muller` Müller.
fn plain(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    let mut out = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ł' => out.push('l'),
            'ø' => out.push('o'),
            'đ' => out.push('d'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            other => out.push(other),
        }
    }
    out
}

fn words(text: &str) -> Vec<String> {
    plain(text).split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_string).collect()
}

fn of_person(person: &Person, clues: &mut Vec<String>) {
    let name = |n: &Option<whereabouts_domain::Private<String>>| n.as_ref().map(|n| words(n.reveal())).unwrap_or_default();
    let (first, last) = (name(&person.first_name), name(&person.last_name));
    clues.extend(first.iter().chain(&last).map(|w| format!("n:{w}")));
    // O'Brien is also typed OBrien.
    clues.extend([&first, &last].into_iter().filter(|n| n.len() > 1).map(|n| format!("n:{}", n.concat())));
    if !first.is_empty() && !last.is_empty() {
        clues.push(format!("n:{} {}", first.join(" "), last.join(" ")));
        clues.push(format!("n:{} {}", last.join(" "), first.join(" ")));
    }
    if let Some(email) = &person.email {
        let email = email.reveal().trim().to_lowercase();
        if !email.is_empty() {
            clues.push(format!("e:{email}"));
        }
    }
    clues.extend(person.phone.iter().flat_map(|p| phone_clues(p.reveal())));
    clues.extend(person.reference.as_ref().map(|r| squeezed(r)).filter(|r| !r.is_empty()).map(|r| format!("x:{r}")));
}

/// Everything by which this shipment may be looked for. The letter in front says what kind of clue it is.
pub fn clues(reg: &Registration) -> Vec<String> {
    let mut clues = Vec::with_capacity(12);
    let barcodes = reg.parcels.iter().filter_map(|p| p.barcode.as_ref());
    let numbers = [&reg.order_number, &reg.tracking_number, &reg.reference].into_iter().flatten();
    for number in numbers.chain(barcodes).chain(&reg.references) {
        let key = squeezed(number);
        if !key.is_empty() {
            clues.push(format!("x:{key}"));
        }
    }
    for person in [&reg.recipient, &reg.buyer].into_iter().flatten() {
        of_person(person, &mut clues);
    }
    if let Some(postcode) = reg.destination.as_ref().and_then(|d| d.postcode.as_ref()) {
        clues.push(format!("z:{}", squeezed(postcode)));
    }
    clues.sort();
    clues.dedup();
    clues
}

/// Three letters at a time, with the beginning and the end marked, so that a first letter counts twice.
fn trigrams(word: &str) -> Vec<String> {
    let letters: Vec<char> = ["  ", word, " "].concat().chars().collect();
    let mut found: Vec<String> = letters.windows(3).map(|w| w.iter().collect()).collect();
    found.sort();
    found.dedup();
    found
}

/// How alike two words are, 0 to 1: the share of trigrams that both have (Jaccard), as PostgreSQL's pg_trgm measures it.
fn likeness(a: &[String], b: &[String]) -> f64 {
    let both = a.iter().filter(|t| b.contains(t)).count() as f64;
    both / (a.len() as f64 + b.len() as f64 - both)
}

async fn put_trigrams(tx: &mut Write, retailer: &str, clues: &[String]) -> Result<(), DbError> {
    let words = clues.iter().filter_map(|c| c.strip_prefix("n:")).filter(|w| !w.contains(' ') && w.chars().count() >= 3);
    let rows: Vec<_> = words.flat_map(|w| trigrams(w).into_iter().map(move |t| row![retailer, t, w])).collect();
    tx.many(&PUT_TRIGRAMS, rows).await.map(|_| ())
}

/// Words of names that are like the typed one, the likest first.
async fn words_like(read: &Read<'_>, retailer: &str, typed: &str) -> Result<Vec<String>, DbError> {
    let wanted = trigrams(typed);
    let mut counts: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for r in read.many(&WORDS_WITH, wanted.iter().map(|t| row![retailer, t]).collect()).await? {
        *counts.entry(r.text(0)).or_default() += 1;
    }
    let enough = (wanted.len() / 3).max(2);
    let mut like: Vec<(f64, String)> = counts
        .into_iter()
        .filter(|(_, n)| *n >= enough)
        .map(|(word, _)| (if word.contains(typed) { 1.0 } else { likeness(&wanted, &trigrams(&word)) }, word))
        .filter(|(score, _)| *score >= LIKE_ENOUGH)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(like.into_iter().take(WORDS_MAX).map(|(_, word)| word).collect())
}

/// Below this two words are not taken for the same name; pg_trgm's own threshold.
const LIKE_ENOUGH: f64 = 0.3;
const WORDS_MAX: usize = 8;

pub async fn put(tx: &mut Write, retailer: &str, shipment: &str, clues: &[String]) -> Result<(), DbError> {
    put_trigrams(tx, retailer, clues).await?;
    tx.many(&PUT, clues.iter().map(|c| row![retailer, c, shipment]).collect()).await.map(|_| ())
}

pub async fn put_many(tx: &mut Write, keys: Vec<(String, String, String)>) -> Result<(), DbError> {
    tx.many(&PUT, keys.into_iter().map(|(r, c, s)| row![r, c, s]).collect()).await.map(|_| ())
}

pub async fn take(tx: &mut Write, retailer: &str, shipment: &str, clues: &[String]) -> Result<(), DbError> {
    tx.many(&TAKE, clues.iter().map(|c| row![retailer, c, shipment]).collect()).await.map(|_| ())
}

/// Ids of shipments that fit what was typed, newest first, at most `limit`.
pub async fn find(read: &Read<'_>, retailer: &str, typed: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let typed = typed.trim();
    let looks_like_phone = typed.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '(' | ')' | '-' | '.' | '/'));
    let mut ids: Vec<String> = Vec::new();
    let mut looks: Vec<String> = Vec::new();
    if typed.contains('@') {
        looks.push(format!("e:{}", typed.to_lowercase()));
    } else {
        let squeezed = squeezed(typed);
        if squeezed.is_empty() {
            return Ok(ids);
        }
        looks.push(format!("x:{squeezed}"));
        looks.push(format!("z:{squeezed}"));
        looks.push(format!("e:{}", typed.to_lowercase()));
        if looks_like_phone {
            looks.extend(phone_clues(typed).into_iter().next());
        }
    }
    for look in looks {
        let rows = read.all(&BY_PREFIX, args![retailer, &look, after_prefix(&look), limit]).await?;
        ids.extend(rows.iter().map(|r| r.text(0)));
    }
    if ids.is_empty() && looks_like_phone {
        // The stored number may be one of eight digits without its country.
        for look in phone_clues(typed).into_iter().skip(1) {
            let rows = read.all(&BY_PREFIX, args![retailer, &look, after_prefix(&look), limit]).await?;
            ids.extend(rows.iter().map(|r| r.text(0)));
        }
    }
    ids.extend(by_name(read, retailer, typed, limit).await?);
    if ids.is_empty() {
        ids = by_name_like(read, retailer, typed, limit).await?;
    }
    ids.sort_by(|a, b| b.cmp(a));
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(ids)
}

/// One word begins any name; several words begin the full name, in either order.
async fn by_name(read: &Read<'_>, retailer: &str, typed: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let wanted: Vec<String> = words(typed);
    if wanted.is_empty() || wanted.len() > 6 || typed.contains('@') {
        return Ok(Vec::new());
    }
    let beginning = async |look: String| -> Result<Vec<String>, DbError> {
        let rows = read.all(&BY_PREFIX, args![retailer, &look, after_prefix(&look), limit]).await?;
        Ok(rows.iter().map(|r| r.text(0)).collect())
    };
    let whole = beginning(format!("n:{}", wanted.join(" "))).await?;
    if !whole.is_empty() || wanted.len() == 1 {
        return Ok(whole);
    }
    // A middle name was left out, or a part of each was typed: every word begins some name.
    let mut common = beginning(format!("n:{}", wanted[0])).await?;
    for word in &wanted[1..] {
        let also = beginning(format!("n:{word}")).await?;
        common.retain(|id| also.contains(id));
    }
    Ok(common)
}

/// Nothing begins like this: the name may be typed wrongly, or from its middle. Every typed word must be like a word of the name.
async fn by_name_like(read: &Read<'_>, retailer: &str, typed: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let wanted: Vec<String> =
        words(typed).into_iter().filter(|w| w.chars().count() >= 3 && w.chars().all(char::is_alphabetic)).take(3).collect();
    let mut ids: Option<Vec<String>> = None;
    for word in &wanted {
        let mut found = Vec::new();
        for like in words_like(read, retailer, word).await? {
            let look = format!("n:{like}");
            // The word alone: the full names that begin with it are other clues of the same shipments.
            let rows = read.all(&BY_PREFIX, args![retailer, &look, format!("{look}\u{1}"), 500_i64]).await?;
            found.extend(rows.iter().map(|r| r.text(0)));
        }
        ids = Some(match ids {
            None => found,
            Some(so_far) => so_far.into_iter().filter(|id| found.contains(id)).collect(),
        });
    }
    let mut ids = ids.unwrap_or_default();
    ids.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_has_one_clue_in_national_and_international_form() {
        assert_eq!(phone_clues("07700 900123"), phone_clues("+44 7700 900123"));
        assert_eq!(phone_clues("0044 (0)7700-900123"), phone_clues("07700900123"));
        assert!(phone_clues("+47 22 33 44 55").contains(&phone_clues("22 33 44 55")[0]));
    }

    #[test]
    fn a_name_with_a_letter_wrong_is_like_the_name() {
        let like = |a: &str, b: &str| likeness(&trigrams(a), &trigrams(b)) >= LIKE_ENOUGH;
        assert!(like("kowalsky", "kowalski"));
        assert!(like("jonson", "johnson"));
        assert!(!like("byron", "johnson"));
    }

    #[test]
    fn marks_on_letters_need_not_be_typed() {
        assert_eq!(words("Wiśniewski-Łuczak Søren Groß"), ["wisniewski", "luczak", "soren", "gross"]);
    }
}
