//! Which states the six networks can tell and which they cannot: `docs/reach.md` is what their tables say.

use whereabouts_adapters::reach;
use whereabouts_domain::State;

use super::*;

const NETWORKS: [&str; 6] = ["royalmail", "evri", "dpd_uk", "inpost", "yodel", "dhl_ecommerce_uk"];

fn page() -> String {
    let carriers = NETWORKS.map(by_id);
    let mut page = String::from(
        "# What the carriers of the United Kingdom can tell\n\n\
         Rendered from the adapters' tables by the test `reach` of `crates/adapters` (`BLESS=1` writes it); do not edit.\n\n\
         **code**: a code of the carrier's list means it. **own words**: wording of the carrier's own means it. *shared words*: only the\n\
         wording that carriers share, and whether this carrier ever uses it nobody published. Empty: this carrier cannot tell it, so\n\
         no rule or message may wait for it.\n\n",
    );
    let names = carriers.map(|c| c.card().name).join(" | ");
    let _ = writeln!(page, "| state | {names} |\n|---|{}", "---|".repeat(NETWORKS.len()));
    for state in State::ALL.iter().filter(|s| **s != State::Unknown) {
        let cells = carriers.map(|c| match reach::of(c).get(state) {
            None => "",
            Some(reach::Way::SharedWords) => "*shared words*",
            Some(way) => way.label(),
        });
        let _ = writeln!(page, "| `{}` | {} |", state.id(), cells.join(" | "));
    }
    for carrier in carriers {
        let never: Vec<&str> = reach::never(carrier).into_iter().map(State::label).collect();
        let codes = carrier.card().codes.len();
        let _ = writeln!(page, "\n**{}** has {codes} codes; it never tells: {}.", carrier.card().name, never.join("; "));
    }
    page
}

#[test]
fn the_page_says_what_the_tables_can_reach() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reach.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, page()).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), page(), "run this test with BLESS=1 and commit the page");
}

#[test]
fn what_a_variant_tells_is_within_reach_and_what_only_we_compute_is_not() {
    for id in NETWORKS {
        let told = reach::of(by_id(id));
        for v in super::variants::variants(id) {
            for event in parse(by_id(id), &Payload::of(v.payload.as_bytes())).map(|p| p.events).unwrap_or_default() {
                assert!(event.state == State::Unknown || told.contains_key(&event.state), "{id}: {} tells {:?}", v.name, event.state);
            }
        }
        for ours in [State::Refunded, State::ExchangeSuccessful, State::Expired, State::UnableToTrack] {
            assert!(reach::never(by_id(id)).contains(&ours), "{id} cannot know {ours:?}");
        }
    }
    assert_eq!(reach::of(by_id("royalmail"))[&State::Delivered], reach::Way::Code);
    assert_eq!(reach::of(by_id("yodel"))[&State::AtDeliveryDepot], reach::Way::OwnWords);
}
