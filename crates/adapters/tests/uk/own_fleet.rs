//! A retailer's own vans and store transfers: the example of the page that documents the format, and every state.

use whereabouts_domain::State;

use super::*;

/// The fenced blocks of one kind in the page that documents the format.
fn examples(kind: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/own-fleet.md")).unwrap();
    let fence = format!("```{kind}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_string()).collect()
}

#[test]
fn the_documented_examples_are_read_and_known() {
    assert_timeline(
        &read_bytes("own_fleet", examples("json")[0].as_bytes()),
        "VAN-1042 2026-07-03T17:40:00+01:00 Offset out_for_delivery [out_for_delivery] @ Norwich store
         VAN-1042 2026-07-03T18:52:00+01:00 Zone delivered_to_neighbour [delivered_to_neighbour] signed N. Sample",
    );
    assert_timeline(
        &read_bytes("own_fleet", examples("csv")[0].as_bytes()),
        "VAN-1042 2026-07-03T17:40:00+01:00 Assumed out_for_delivery [out_for_delivery] @ Norwich
         VAN-1042 2026-07-03T18:52:00+01:00 Assumed delivered [delivered] @ Norwich signed N. Sample",
    );
    for example in examples("json").into_iter().chain(examples("csv")) {
        assert_eq!(detect(&Payload::of(example.as_bytes())).carrier.unwrap().card().id, "own_fleet");
    }
    let window = parse(by_id("own_fleet"), &Payload::of(examples("json")[0].as_bytes())).unwrap().estimates.remove(0).1;
    assert_eq!((window.start.as_deref(), window.end.as_deref()), (Some("2026-07-03T18:00:00+01:00"), Some("2026-07-03T20:00:00+01:00")));
}

#[test]
fn every_state_of_the_catalogue_can_be_told_and_another_word_is_not_guessed() {
    for state in State::ALL {
        let events = read("own_fleet", &json!({"own_fleet": {"number": "V1", "events": {"state": state.id(), "at": "2026-07-03"}}}));
        assert_eq!(events[0].state, *state);
    }
    let events = read("own_fleet", &json!({"own_fleet": {"number": "V1", "events": {"state": "shipped", "text": "Delivered"}}}));
    assert_eq!((events[0].state, events[0].carrier_code.as_deref()), (State::Unknown, Some("shipped")));
}
