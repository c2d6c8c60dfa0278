//! One search box: anything an agent types. Every clue of a shipment is a normalised key in one B-tree, read by prefix.

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
    OF_SHIPMENT = "SELECT clue FROM search_key WHERE retailer_id = $1 AND shipment_id = $2 LIMIT 100";
}

const KEY: &[(&str, Kind)] = &[("retailer_id", Kind::Text), ("clue", Kind::Text), ("shipment_id", Kind::Text)];
pub static PUT: Many = Many::insert("search::PUT", "search_key", KEY, "ON CONFLICT (retailer_id, clue, shipment_id) DO NOTHING");
pub static TAKE: Many = Many::delete("search::TAKE", "search_key", KEY);
pub static MANY: &[&Many] = &[&PUT, &TAKE];

/// The first text after everything that begins with `prefix`, comparing byte by byte.
pub fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Numbers, references and postcodes: letters and digits only, small.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Phone numbers without country or trunk prefix: the last nine digits, which national and international forms share.
fn phone_clue(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 7).then(|| format!("p:{}", &digits[digits.len().saturating_sub(9)..]))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase)
}

fn of_person(person: &Person, clues: &mut Vec<String>) {
    let name =
        |n: &Option<whereabouts_domain::Private<String>>| n.as_ref().map(|n| words(n.reveal()).collect::<Vec<_>>()).unwrap_or_default();
    let (first, last) = (name(&person.first_name), name(&person.last_name));
    clues.extend(first.iter().chain(&last).map(|w| format!("n:{w}")));
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
    clues.extend(person.phone.as_ref().and_then(|p| phone_clue(p.reveal())));
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

pub async fn put(tx: &mut Write, retailer: &str, shipment: &str, clues: &[String]) -> Result<(), DbError> {
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
        let looks_like_phone = typed.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '(' | ')' | '-' | '.' | '/'));
        if looks_like_phone {
            looks.extend(phone_clue(typed));
        }
    }
    for look in looks {
        let rows = read.all(&BY_PREFIX, args![retailer, &look, after_prefix(&look), limit]).await?;
        ids.extend(rows.iter().map(|r| r.text(0)));
    }
    ids.extend(by_name(read, retailer, typed, limit).await?);
    ids.sort_by(|a, b| b.cmp(a));
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(ids)
}

/// One word begins any name; several words begin the full name, in either order.
async fn by_name(read: &Read<'_>, retailer: &str, typed: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let wanted: Vec<String> = words(typed).collect();
    if wanted.is_empty() || wanted.len() > 6 || typed.contains('@') {
        return Ok(Vec::new());
    }
    let look = format!("n:{}", wanted.join(" "));
    let rows = read.all(&BY_PREFIX, args![retailer, &look, after_prefix(&look), limit]).await?;
    Ok(rows.iter().map(|r| r.text(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_has_one_clue_in_national_and_international_form() {
        assert_eq!(phone_clue("07700 900123"), phone_clue("+44 7700 900123"));
        assert_eq!(phone_clue("0044 (0)7700-900123"), phone_clue("07700900123"));
    }
}
