//! "Delivered", but to those who carry on, or in part: what a claim comes to then.

use whereabouts_domain::State;

use super::shelf::Heard;

/// A delivered state, or what it comes to.
pub(super) fn settled(state: State, heard: &Heard) -> State {
    if !state.is_delivered() {
        return state;
    }
    let part = || is_part(heard).then_some(State::PartiallyDelivered);
    let handed_in = || BY_THE_SENDER.iter().any(|by| heard.words.contains(by)).then_some(State::DroppedOff);
    to_those_who_carry_on(&heard.words).or_else(handed_in).or_else(part).unwrap_or(state)
}

const BY_THE_SENDER: &[&str] = &[
    " delivered by sender ",
    " delivered by the sender ",
    " delivered by seller ",
    " delivered by the seller ",
    " delivered by shipper ",
    " delivered by the shipper ",
];

/// What stands between "to" and who it is: "delivered to *our local* courier".
const WHOSE: &[&str] = &[
    "the",
    "a",
    "an",
    "our",
    "your",
    "its",
    "their",
    "local",
    "destination",
    "origin",
    "delivery",
    "delivering",
    "final",
    "last",
    "mile",
    "next",
    "customs",
    "forwarding",
    "sorting",
    "sort",
    "cross",
    "transit",
    "regional",
    "national",
    "international",
    "domestic",
    "foreign",
    "overseas",
    "country",
    "countrys",
    "receiving",
    "linehaul",
    "line",
    "haul",
    "third",
    "party",
    "postal",
    "transport",
    "shipping",
    "logistics",
    "distribution",
    "fulfilment",
    "fulfillment",
    "express",
    "royal",
    "canada",
    "australia",
    "deutsche",
    "united",
    "states",
    "das",
];

/// Who carries on, and what has come about then.
fn carrying_on(word: &str) -> Option<State> {
    Some(match word {
        "courier" | "couriers" | "agent" | "carrier" | "partner" | "subcontractor" | "forwarder" | "airline" | "linehaul" | "haulier"
        | "hauler" | "post" | "mail" | "usps" | "ups" | "fedex" | "dhl" | "dpd" | "gls" | "evri" | "hermes" | "yodel" | "parcelforce"
        | "postnl" | "bpost" | "colissimo" | "correos" | "company" => State::CarrierChanged,
        "depot" | "station" => State::AtDeliveryDepot,
        "hub" | "facility" | "paketzentrum" | "warehouse" | "terminal" | "dock" | "centre" | "center" | "gateway" => State::ArrivedAtHub,
        "airport" | "driver" | "port" => State::InTransit,
        "customs" | "broker" => State::AtCustoms,
        _ => return None,
    })
}

/// Streets and rooms that are called so: "delivered to Station Road", "to the post room", "to mail box".
const NAMED_SO: &[&str] =
    &["road", "rd", "street", "st", "lane", "house", "close", "avenue", "way", "room", "box", "slot", "office", "point"];
/// One of these stands before a company that carries; any other is a customer.
const CARRYING: &[&str] = &["delivery", "transport", "shipping", "logistics", "express", "forwarding", "courier", "carrier"];
const TOWARDS: &[&str] = &[" delivered to ", " delivered at ", " delivered into ", " handed to ", " handed over to ", " zugestellt an "];
const FOR_WHAT: &[&str] = &[
    " for delivery ",
    " for final ",
    " for onward ",
    " for further ",
    " for last mile ",
    " for local delivery ",
    " for sorting ",
    " for processing ",
];

fn to_those_who_carry_on(words: &str) -> Option<State> {
    let (at, verb) = TOWARDS.iter().filter_map(|verb| Some((words.rfind(verb)?, *verb))).max()?;
    let behind = &words[at + verb.len() - 1..];
    let mut who = None;
    let mut before = "";
    for word in behind.split_ascii_whitespace() {
        if NAMED_SO.contains(&word) {
            who = None;
            break;
        }
        let is_customer = word == "company" && !CARRYING.contains(&before);
        match carrying_on(word).filter(|_| !is_customer) {
            Some(state) => who = Some(state),
            None if WHOSE.contains(&word) => {}
            None => break,
        }
        before = word;
    }
    who.or_else(|| FOR_WHAT.iter().any(|what| behind.contains(what)).then_some(State::CarrierChanged))
}

/// Before and behind the verb.
const SOME: &[&str] = &[" part of ", " parts of ", " some of ", " one of your ", " one of the ", " partially ", " partly "];
const SHORT: &[&str] = &[" delivered short ", " delivered in part ", " delivered partially ", " delivered partly "];

fn is_part(heard: &Heard) -> bool {
    let words = &heard.words;
    let is_before = || words.find("delivered ").is_some_and(|at| SOME.iter().any(|some| words.find(some).is_some_and(|here| here < at)));
    counts_a_part(heard) || SHORT.iter().any(|short| words.contains(short)) || is_before()
}

const OF: &[&str] = &["of", "von", "van", "sur", "de", "di", "z", "ze"];
/// "1 colis sur 2": what is counted stands between, where the words cannot tell a weight.
const OUT_OF: &[&str] = &["sur", "von", "van", "z"];

/// "1 of 2", "two out of three", but not "2 of 2".
fn counts_a_part(heard: &Heard) -> bool {
    let words: Vec<&str> = heard.words.split_ascii_whitespace().filter(|w| *w != "out").collect();
    let is_part = |part: &str, whole: &str| number(part).zip(number(whole)).is_some_and(|(part, whole)| part < whole);
    let counts = words.windows(3).any(|w| OF.contains(&w[1]) && is_part(w[0], w[2]));
    counts || words.windows(4).any(|w| OUT_OF.contains(&w[2]) && is_part(w[0], w[3]))
}

/// A number of parcels.
fn number(word: &str) -> Option<usize> {
    const WORDS: &[&str] = &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let digits = || word.parse().ok().filter(|_| word.len() <= 2);
    WORDS.iter().position(|w| *w == word).or_else(digits)
}

#[cfg(test)]
mod tests {
    use whereabouts_domain::State::{self, *};

    use super::*;

    #[test]
    fn who_carries_on_is_no_recipient() {
        let table: &[(&str, State)] = &[
            ("Delivered to our local courier", CarrierChanged),
            ("Delivered to agent", CarrierChanged),
            ("Delivered to USPS for final delivery", CarrierChanged),
            ("Delivered to SAMPLE LTD for onward delivery", CarrierChanged),
            ("Delivered to delivery station", AtDeliveryDepot),
            ("Delivered to origin facility", ArrivedAtHub),
            ("Delivered to the destination country's post", CarrierChanged),
            ("Delivered to customs broker", AtCustoms),
            ("Delivered to shipping company", CarrierChanged),
            ("Delivered to company", Delivered),
            ("Delivered to Station Road", Delivered),
            ("Delivered to the post room", Delivered),
            ("Delivered to SAMPLE CARRIER", Delivered),
            ("Handed over to driver, delivered to customer", Delivered),
            ("Delivered by the sender to our warehouse", DroppedOff),
            ("Zugestellt an das Depot", AtDeliveryDepot),
            ("Delivered to one of your neighbours", Delivered),
            ("Delivered short", PartiallyDelivered),
            ("Some of your items have been delivered", PartiallyDelivered),
            ("Delivered 1 of 2", PartiallyDelivered),
            ("Two out of three delivered", PartiallyDelivered),
            ("2 of 2 delivered", Delivered),
            ("Delivered on 3 of March", Delivered),
        ];
        for (text, expected) in table {
            assert_eq!(settled(Delivered, &Heard::of(text)), *expected, "{text}");
        }
        assert_eq!(settled(InTransit, &Heard::of("Delivered to agent")), InTransit);
    }
}
