//! A form that a carrier never published, or changed: what the mapping assistant would propose for it is taken where the carrier is known,
//! at least one dated scan is understood by its words, and nothing in it complains.

use std::collections::BTreeMap;

use whereabouts_domain::State;

use crate::{
    carrier::{Card, ParcelReading, Payload, Reading},
    clock::DateOrder,
    mapping::{
        self, Order, guess,
        outline::{Node, Outline},
    },
    phrase::{self, Phrase},
};

/// A refusal has a time and words, too.
const COMPLAINTS: &[&str] = &["error", "errors", "errorcode", "errormessage", "fault", "faultstring", "exception", "stacktrace"];

/// Looking for what stands where costs many times a payload's size, and a longer one is a file of a form that somebody published.
const LONGEST: usize = 128 * 1024;

/// Rows wherever they stand, if they can be trusted.
pub fn read(payload: &Payload, card: &Card, own: &[Phrase]) -> Option<Reading> {
    if payload.body.len() > LONGEST {
        return None;
    }
    let outline = Outline::of(payload).ok()?;
    if outline.nodes.iter().any(complains) {
        return None;
    }
    let mut mapping = guess::mapping(&outline);
    mapping.paths.occurred_at.as_ref()?;
    (mapping.carrier, mapping.paths.carrier) = (card.id.into(), None);
    if mapping.date_order == Order::DayFirst && card.date_order() == DateOrder::MonthFirst {
        mapping.date_order = Order::MonthFirst;
    }
    let mut parsed = mapping::read(&mapping, payload).ok()?;
    for event in &mut parsed.events {
        let is_coded = event.carrier_code.as_deref().is_some_and(|code| card.look_up(code).is_some());
        if !is_coded && let Some((state, reason)) = phrase::understand(&event.description, own) {
            (event.state, event.reason) = (state, reason);
        }
    }
    if !parsed.events.iter().any(|e| e.moment.is_some() && e.state != State::Unknown) {
        return None;
    }
    let mut parcels: BTreeMap<String, ParcelReading> = BTreeMap::new();
    for event in parsed.events {
        parcels.entry(event.tracking_number.clone()).or_default().events.push(event);
    }
    for (number, window) in parsed.estimates {
        parcels.entry(number).or_default().estimated_delivery = Some(window);
    }
    let named = |(number, parcel)| ParcelReading { tracking_number: Some(number), ..parcel };
    Some(Reading { parcels: parcels.into_iter().map(named).collect() })
}

fn complains(node: &Node) -> bool {
    let name: String = node.path.last().chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let says_none = |text: &String| matches!(text.to_lowercase().as_str(), "0" | "false" | "none" | "null" | "no" | "ok");
    COMPLAINTS.contains(&name.as_str()) && (node.samples.is_empty() || !node.samples.iter().all(says_none))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{by_id, parse};

    fn told(carrier: &str, body: &str) -> String {
        let carrier = by_id(carrier).unwrap();
        let parsed = match parse(carrier, &Payload::of(body.as_bytes())) {
            Ok(parsed) => parsed,
            Err(why) => return why.to_string(),
        };
        let one = |e: &whereabouts_domain::TrackingEvent| format!("{} {}", e.tracking_number, e.state.id());
        parsed.events.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_form_that_nobody_published_is_read_by_its_words_and_a_refusal_or_a_letter_is_not() {
        let scans = r#"{"job":{"consignment":"EX00012345","trail":[{"when":"2026-03-02 08:00","what":"Out for delivery"},{"when":"2026-03-02 11:00","what":"Delivered"}]}}"#;
        assert_eq!(told("dx", scans), "EX00012345 out_for_delivery, EX00012345 delivered");
        for body in [
            r#"{"job":"EX00012345","error":"E1","trail":[{"when":"2026-03-02 11:00","what":"Delivered"}]}"#,
            r#"{"job":"EX00012345","trail":[{"when":"2026-03-02 11:00","what":"Quite a long story about nothing"}]}"#,
            r#"{"job":"EX00012345","trail":[{"what":"Delivered"}]}"#,
            r#"{"number":"EX00012345","created":"2026-03-02 11:00"}"#,
            // Scans of nobody knows which parcel wait for a person.
            r#"{"trail":[{"when":"2026-03-02 08:00","what":"Out for delivery"}]}"#,
        ] {
            assert!(
                !told("dx", body).ends_with("delivered") && !told("dx", body).ends_with("out_for_delivery"),
                "{body}: {}",
                told("dx", body)
            );
        }
        assert!(told("aftership", scans).starts_with("not understood"), "an aggregator's form is its own");
        assert!(told("own_fleet", scans).starts_with("not understood"), "and so is ours");
    }
}
