//! Whether it came about: sentences that hope, plan, deny, ask, try or count a part are a delivery to no carrier's reader, and those
//! that say so are one to all of them. Each goes through every reader in rows of time and words, and in the carrier's own form where
//! one of its payloads can be made to say it.

mod sentences;
mod shapes;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use whereabouts_adapters::{
    Carrier,
    carrier::{ALL, Payload},
    parse, phrase,
};

use sentences::{DELIVERED, NOT_DELIVERED};

/// Heard in rows of words only: of their own forms none tells a parcel by words that are not its code as well, or we have none.
const IN_ROWS_ONLY: &[&str] = &[
    "amazon_shipping",
    "amazon_shipping_uk",
    "boxknight",
    "canpar",
    "dhl_ecommerce_uk",
    "dhl_freight",
    "dhl_parcel_de",
    "dsv",
    "gofo",
    "lasership",
    "locate2u",
    "ninja_van",
    "old_dominion",
    "ontrac",
    "parcelone",
    "roadie",
    "s10",
    "shipengine",
    "smartkargo",
    "speedee",
    "yodel",
    "zoom2u",
];

/// Heard nowhere: aggregators whose own status or class says what it is, a table that is mapped, messages in code lists.
const UNHEARD: &[&str] =
    &["csv", "dhl_universal", "eshipper", "iftsta", "pitney_bowes", "seventeentrack", "shopify", "track123", "x12_214"];

/// A class or a status stands beside the words there and outweighs what it does not know itself.
const BESIDE_A_CODE: &[&str] = &["sendcloud", "ups", "ups_mail_innovations"];

/// USPS's own list: its agent is the addressee's, unless it is "for final delivery".
const THE_ADDRESSEES_AGENT: (&str, &str) = ("usps", "Delivered to agent");

/// The rows that a clerk or a scraper of a tracking page would make: in a form that is read as such, and in one of nobody's.
fn rows(sentences: &[&str]) -> [Value; 2] {
    let at = |i: usize| format!("2026-03-{:02}T{:02}:{:02}:00", 1 + i / 1440, i / 60 % 24, i % 60);
    let row = |(i, words): (usize, &&str)| json!({"date": at(i), "description": words});
    let strange = |(i, words): (usize, &&str)| json!({"when": at(i).replace('T', " "), "what": words});
    [
        json!({"trackingNumber": "EX00012345", "events": sentences.iter().enumerate().map(row).collect::<Vec<_>>()}),
        json!({"job": {"consignment": "EX00012345", "trail": sentences.iter().enumerate().map(strange).collect::<Vec<_>>()}}),
    ]
}

/// What each sentence was taken for where rows of words are read: (sentence, was it delivered, state).
fn heard(carrier: &dyn Carrier, body: &Value) -> Vec<(String, bool, &'static str)> {
    let Ok(parsed) = parse(carrier, &Payload::of(body.to_string().as_bytes())) else { return Vec::new() };
    parsed.events.into_iter().map(|e| (e.description, e.state.is_delivered(), e.state.id())).collect()
}

#[test]
fn the_words_alone_tell_what_came_about() {
    let told = |words: &str| phrase::understand(words, &[]).map(|(state, _)| state);
    let claimed = NOT_DELIVERED.iter().filter(|s| told(s).is_some_and(|state| state.is_delivered()));
    let denied = DELIVERED.iter().filter(|s| !told(s).is_some_and(|state| state.is_delivered()));
    let wrong: Vec<String> = claimed.chain(denied).map(|s| format!("{s}: {}", told(s).map_or("-", |state| state.id()))).collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_reader_takes_a_hope_for_a_delivery_in_rows_of_words() {
    let mut wrong = Vec::new();
    for carrier in ALL {
        for body in rows(NOT_DELIVERED) {
            let claimed = heard(*carrier, &body).into_iter().filter(|(_, delivered, _)| *delivered);
            wrong.extend(claimed.map(|(words, _, state)| format!("{}: {words}: {state}", carrier.card().id)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_reader_takes_a_delivery_for_one_in_rows_of_words() {
    let mut wrong = Vec::new();
    for carrier in ALL {
        for body in rows(DELIVERED) {
            let denied = heard(*carrier, &body).into_iter().filter(|(_, delivered, _)| !*delivered);
            wrong.extend(denied.map(|(words, _, state)| format!("{}: {words}: {state}", carrier.card().id)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_reader_takes_a_hope_for_a_delivery_in_its_own_form() {
    let mut wrong = BTreeSet::new();
    for (carrier, shape) in shapes::all() {
        for sentence in NOT_DELIVERED.iter().filter(|s| (carrier.card().id, **s) != THE_ADDRESSEES_AGENT) {
            for state in shape.states(carrier, sentence).into_iter().filter(|state| state.is_delivered()) {
                wrong.insert(format!("{}: {sentence}: {} ({})", carrier.card().id, state.id(), shape.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_reader_takes_a_delivery_for_one_in_its_own_form() {
    let mut wrong = BTreeSet::new();
    let is_free = |carrier: &dyn Carrier| !BESIDE_A_CODE.contains(&carrier.card().id);
    for (carrier, shape) in shapes::all().into_iter().filter(|(carrier, shape)| is_free(*carrier) && shape.is_believed(*carrier)) {
        for sentence in DELIVERED {
            if !shape.states(carrier, sentence).iter().any(|state| state.is_delivered()) {
                wrong.insert(format!("{}: {sentence} ({})", carrier.card().id, shape.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_reader_is_heard_in_one_form_at_least() {
    let shapes = shapes::all();
    let believed: BTreeSet<&str> = shapes.iter().filter(|(c, shape)| shape.is_believed(*c)).map(|(c, _)| c.card().id).collect();
    let reads_rows = |carrier: &dyn Carrier| rows(DELIVERED).iter().any(|body| !heard(carrier, body).is_empty());
    let unheard = ALL.iter().filter(|c| !believed.contains(c.card().id) && !reads_rows(**c)).map(|c| c.card().id);
    assert_eq!(unheard.collect::<Vec<_>>(), UNHEARD);
    let in_rows_only = ALL.iter().map(|c| c.card().id).filter(|id| !believed.contains(id) && !UNHEARD.contains(id));
    assert_eq!(in_rows_only.collect::<Vec<_>>(), IN_ROWS_ONLY);
}
