//! A retailer's own mapping: payloads of every form that no adapter knows are outlined, guessed at, read, and known again; torn or
//! shuffled they never panic and never invent a delivery.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use proptest::prelude::*;
use whereabouts_adapters::{
    carrier::Payload,
    conformance::printed,
    mapping::{self, Mapping, Path, Shape, Words, guess, outline::Outline},
    parse,
};

const NESTED: &str = r#"{"batch": 7, "made": "2026-11-04T01:00:00Z", "consignments": [
    {"consRef": "NV-100042-1", "to": {"town": "Leeds"}, "moves": [
        {"kind": "L1", "when": "03/11/2026 07:10", "says": "Loaded on the van", "spot": {"depot": "Norwich"}},
        {"kind": "H1", "when": "03/11/2026 11:42", "says": "Handed to the customer", "spot": {"depot": "Leeds"}}]},
    {"consRef": "NV-100043-8", "to": {"town": "York"}, "moves": [
        {"kind": "Z9", "when": "13/11/2026 08:00", "says": "Wheels are rolling"}]}]}"#;
const XML: &str = r"<drop><job><waybill>77120043991</waybill><scan><statusCode>OUT</statusCode><statusText>Out for delivery</statusText>
    <stamp>2026-11-03T07:10:00</stamp><place>Ghent</place></scan></job></drop>";
const TABLE: &str = "Docket;Tag;Blurb;Day;Hour\nD55501;A;Left the depot;03.11.2026;0710\nD55502;B;Delivered;03.11.2026;1142\n";
const LINES: &str = "20261103071000|KK000123|7|Sorted at hub\n20261103114200|KK000124|9|Delivered\n";
const SEGMENTS: &str = "HDR|ACME|20261104\nPCL|ZX9000017\nSCN|DE|202611030710|Delivered\nSCN|OF|202611030500|Out for delivery\nPCL|ZX9000018\nSCN|OF|202611030501|Out for delivery\n";

/// What the guess makes of it, as a person reads it.
fn guessed(body: &str) -> (Mapping, String) {
    let payload = Payload::of(body.as_bytes());
    let outline = Outline::of(&payload).unwrap();
    let mapping = Mapping { carrier: "norfolk_vans".into(), zone: Some("Europe/London".into()), ..guess::mapping(&outline) };
    let told = printed(&mapping::read(&mapping, &payload));
    (mapping, told)
}

#[test]
fn an_unknown_payload_is_guessed_at_in_every_form() {
    let table = [
        (
            NESTED,
            "NV-100042-1 norfolk_vans | 2026-11-03T07:10:00+00:00 minute zone | in_transit | L1 | Loaded on the van @ Norwich\n\
             NV-100042-1 norfolk_vans | 2026-11-03T11:42:00+00:00 minute zone | unknown | H1 | Handed to the customer @ Leeds\n\
             NV-100043-8 norfolk_vans | 2026-11-13T08:00:00+00:00 minute zone | unknown | Z9 | Wheels are rolling\n",
        ),
        (XML, "77120043991 norfolk_vans | 2026-11-03T07:10:00+00:00 second zone | out_for_delivery | OUT | Out for delivery @ Ghent\n"),
        (
            TABLE,
            "D55501 norfolk_vans | 2026-11-03T07:10:00+00:00 minute zone | departed_hub | A | Left the depot\n\
             D55502 norfolk_vans | 2026-11-03T11:42:00+00:00 minute zone | delivered | B | Delivered\n",
        ),
        (
            LINES,
            "KK000123 norfolk_vans | 2026-11-03T07:10:00+00:00 second zone | arrived_at_hub | - | Sorted at hub\n\
             KK000124 norfolk_vans | 2026-11-03T11:42:00+00:00 second zone | delivered | - | Delivered\n",
        ),
        (
            SEGMENTS,
            "ZX9000017 norfolk_vans | 2026-11-03T05:00:00+00:00 minute zone | out_for_delivery | OF | Out for delivery\n\
             ZX9000018 norfolk_vans | 2026-11-03T05:01:00+00:00 minute zone | out_for_delivery | OF | Out for delivery\n\
             ZX9000017 norfolk_vans | 2026-11-03T07:10:00+00:00 minute zone | delivered | DE | Delivered\n",
        ),
    ];
    for (body, expected) in table {
        assert!(parse::dialect(&Payload::of(body.as_bytes())).is_none(), "an adapter knows {body}");
        assert_eq!(guessed(body).1, expected, "{body}\n{:?}", guessed(body).0);
    }
}

#[test]
fn days_without_a_year_lie_in_the_year_before_they_came() {
    let body = r#"{"jobs": [{"docket": "QT4400017", "steps": [
        {"tag": "LD", "when": "31 Dec 23:40", "says": "Loaded on the van"}, {"tag": "OD", "when": "02 Jan 07:10", "says": "Out for delivery", "due": "3 Jan"}]}]}"#;
    let came = |at: &str| Payload { received_at: Some(at.parse().unwrap()), ..Payload::of(body.as_bytes()) };
    let payload = came("2027-01-02T07:30:00Z");
    let guess = guess::mapping(&Outline::of(&payload).unwrap());
    assert_eq!(guess.paths.occurred_at.as_ref().map(ToString::to_string).as_deref(), Some("/jobs/steps/when"));
    let due = Path::parse("/jobs/steps/due");
    let paths = mapping::Paths { estimated_delivery: due, ..guess.paths };
    let mapping = Mapping { carrier: "quiet_trucks".into(), zone: Some("Europe/London".into()), paths, ..guess };
    let told = printed(&mapping::read(&mapping, &payload));
    assert_eq!(
        told,
        "QT4400017 quiet_trucks | 2026-12-31T23:40:00+00:00 minute zone | in_transit | LD | Loaded on the van\n\
         QT4400017 quiet_trucks | 2027-01-02T07:10:00+00:00 minute zone | out_for_delivery | OD | Out for delivery\n\
         QT4400017 is expected 2027-01-03\n"
    );
    let shape = mapping::shape_of(&payload).unwrap();
    assert!(mapping::fit(&mapping, &shape, &payload).is_some(), "its times are readable, so it is known again");
    assert!(
        mapping::read(&mapping, &Payload::of(body.as_bytes())).unwrap().events.iter().all(|e| e.moment.is_none()),
        "no year is invented"
    );
}

#[test]
fn the_components_of_an_interchange_can_be_picked() {
    let body = "UNA:+.? 'UNB+UNOC:3+HAULIER+SHOP+261122:1500+7'UNH+1+XSTATE:D:96A'BGM+77+7'DTM+137:202611221500:203'\
                GID+1+QH:90017001:9'ACT+OFD:ZZZ+Out for delivery'DTM+334:202611220710:203'LOC+14+LEEDS::Leeds depot'\
                ACT+DLV:ZZZ+Delivered'DTM+334:202611221405:203'LOC+14+LEEDS::Leeds depot'UNT+9+1'UNZ+1+7'";
    let payload = Payload::of(body.as_bytes());
    let outline = Outline::of(&payload).unwrap();
    let at = |text: &str| Path::parse(text).unwrap();
    let action = "/UNB/UNH/GID/ACT";
    let samples = |path: &str| outline.node(&at(path)).unwrap_or_else(|| panic!("{path} is not to be picked: {outline:?}")).samples.clone();
    assert_eq!(samples(&format!("{action}/1/1")), ["OFD", "DLV"]);
    assert_eq!(samples(&format!("{action}/DTM/1/2")), ["202611220710", "202611221405"]);
    let mut paths = mapping::Paths { events: at(action), ..mapping::Paths::default() };
    for (field, path) in
        [("tracking_number", "/UNB/UNH/GID/2/2"), ("carrier_code", "/UNB/UNH/GID/ACT/1/1"), ("description", "/UNB/UNH/GID/ACT/2/1")]
    {
        paths.set(field, Some(at(path)));
    }
    paths.set("occurred_at", Some(at("/UNB/UNH/GID/ACT/DTM/1/2")));
    paths.set("location", Some(at("/UNB/UNH/GID/ACT/LOC/2/3")));
    let mapping =
        Mapping { carrier: "haulier".into(), zone: Some("Europe/London".into()), paths, words: Words::Understood, ..Mapping::default() };
    assert_eq!(
        printed(&mapping::read(&mapping, &payload)),
        "90017001 haulier | 2026-11-22T07:10:00+00:00 minute zone | out_for_delivery | OFD | Out for delivery @ Leeds depot\n\
         90017001 haulier | 2026-11-22T14:05:00+00:00 minute zone | delivered | DLV | Delivered @ Leeds depot\n"
    );
}

#[test]
fn what_the_operator_says_goes_before_every_guess() {
    let mut mapping = guessed(NESTED).0;
    let meaning = serde_json::from_str(r#"{"H1": {"state": "delivered"}}"#).unwrap();
    (mapping.words, mapping.codes) = (Words::Kept, meaning);
    let told = printed(&mapping::read(&mapping, &Payload::of(NESTED.as_bytes())));
    let states: Vec<&str> = told.lines().filter_map(|line| line.split(" | ").nth(2)).collect();
    assert_eq!(states, ["unknown", "delivered", "unknown"], "a code without a meaning is kept, not guessed\n{told}");
}

#[test]
fn one_scan_at_fault_leaves_the_others() {
    let body = NESTED.replace(r#""consRef": "NV-100043-8", "#, "");
    let told = printed(&mapping::read(&guessed(NESTED).0, &Payload::of(body.as_bytes())));
    assert!(told.contains("Handed to the customer") && told.ends_with("a part fails: scan 3: no tracking number\n"), "{told}");
}

#[test]
fn a_mapping_is_kept_as_json_and_told_its_faults() {
    let mapping = guessed(NESTED).0;
    let kept = serde_json::to_string(&mapping).unwrap();
    assert!(kept.contains(r#""events":"/consignments/moves""#), "{kept}");
    assert_eq!(serde_json::from_str::<Mapping>(&kept).unwrap(), mapping);
    assert!(mapping::faults(&mapping).is_empty());
    let pointers: Vec<String> =
        mapping::faults(&Mapping { zone: Some("Mars".into()), ..Mapping::default() }).into_iter().map(|f| f.0).collect();
    assert_eq!(pointers, ["/carrier", "/paths/tracking_number", "/paths/carrier_code", "/zone"]);
}

#[test]
fn later_payloads_of_the_shape_are_known_again_and_others_are_not() {
    let all: Vec<(&str, Mapping, Shape)> = [NESTED, XML, TABLE, LINES, SEGMENTS]
        .iter()
        .map(|body| (*body, guessed(body).0, mapping::shape_of(&Payload::of(body.as_bytes())).unwrap()))
        .collect();
    let known = |body: &str| {
        let named = all.iter().map(|(body, mapping, shape)| (body, mapping, shape));
        mapping::recognise(named, &Payload::of(body.as_bytes())).map(|body| &body[..8])
    };
    for (body, ..) in &all {
        assert_eq!(known(body), Some(&body[..8]));
    }
    let lone = r#"{"batch": 8, "consignments": {"consRef": "NV-100077-7", "moves": {"kind": "L1", "when": "04/11/2026 07:10"}}}"#;
    assert_eq!(known(lone), Some(&NESTED[..8]), "what is optional may be missing");
    assert_eq!(known("20261105071000|KK000999|3|Held\n"), Some(&LINES[..8]));
    for other in [
        r#"{"batch": 8, "made": "2026-11-04T01:00:00Z", "consignments": []}"#,
        r#"{"consignments": [{"consRef": "NV-1", "price": {"net": 5, "tax": 1}, "terms": {"a": 1, "b": 2}, "moves": [{"kind": "L1", "when": "04/11/2026 07:10"}]}]}"#,
        "KK000999|20261105071000|3|Held\n",
        "<drop><job/></drop>",
        "",
    ] {
        assert_eq!(known(other), None, "{other}");
    }
    let twice = [("a", &all[0].1, &all[0].2), ("b", &all[0].1, &all[0].2)];
    assert_eq!(
        mapping::recognise(twice.iter().map(|(name, m, s)| (name, *m, *s)), &Payload::of(NESTED.as_bytes())),
        None,
        "two are nobody"
    );
}

/// Numbers that are said to be delivered.
fn delivered(mapping: &Mapping, body: &[u8]) -> BTreeSet<String> {
    let parsed = mapping::read(mapping, &Payload::of(body)).map(|p| p.events).unwrap_or_default();
    parsed.into_iter().filter(|e| e.state.is_delivered()).map(|e| e.tracking_number).collect()
}

#[test]
fn a_payload_that_breaks_off_invents_no_delivery() {
    for body in [NESTED, XML, TABLE, LINES, SEGMENTS] {
        let (mapping, _) = guessed(body);
        let whole = delivered(&mapping, body.as_bytes());
        for end in 0..body.len() {
            let torn = delivered(&mapping, &body.as_bytes()[..end]);
            assert!(torn.is_subset(&whole), "{torn:?} of {:?}", &body[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn lines_in_another_order_say_the_same(seed in any::<u64>()) {
        let mut lines: Vec<&str> = TABLE.lines().skip(1).chain(["D55503;C;Delayed;04.11.2026;0800", "D55501;B;Delivered;03.11.2026;1300"]).collect();
        let (mapping, _) = guessed(TABLE);
        let whole = |lines: &[&str]| delivered(&mapping, format!("Docket;Tag;Blurb;Day;Hour\n{}\n", lines.join("\n")).as_bytes());
        let expected = whole(&lines);
        let mut chance = seed | 1;
        for at in (1..lines.len()).rev() {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            lines.swap(at, (chance >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(whole(&lines), expected);
    }

    #[test]
    fn any_bytes_and_any_mapping_are_answered(body in proptest::collection::vec(any::<u8>(), 0..400), path in "(/[a-z@~0-9]{0,4}){0,4}", text in "[\\[{<A-Z|;,:'\"0-9a-z\\n}\\]>/ ]{0,200}") {
        for body in [body.as_slice(), text.as_bytes()] {
            let payload = Payload::of(body);
            let path = Path::parse(&path);
            let mut mapping = Mapping { carrier: "x".into(), ..Mapping::default() };
            for field in mapping::FIELDS {
                mapping.paths.set(field, path.clone());
            }
            let _ = mapping::read(&mapping, &payload);
            if let Ok(outline) = Outline::of(&payload) {
                let guess = guess::mapping(&outline);
                let _ = mapping::read(&guess, &payload);
                let shape = mapping::shape_of(&payload).unwrap();
                let _ = mapping::fit(&guess, &shape, &payload);
            }
        }
    }
}

/// The carriers' payloads stand beside the repository; their keys and forms are as strange as an unknown one's.
#[test]
fn the_carriers_own_payloads_are_outlined_without_a_panic() {
    let folder = PathBuf::from(env::var("WHEREABOUTS_SHARED").unwrap_or_else(|_| "../../../shared".into())).join("fixtures");
    let mut seen = 0;
    for folder in fs::read_dir(folder).into_iter().flatten().flatten() {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let Ok(body) = fs::read(file.path()) else { continue };
            let payload = Payload::of(&body);
            let Ok(outline) = Outline::of(&payload) else { continue };
            let guess = Mapping { carrier: "x".into(), ..guess::mapping(&outline) };
            let _ = printed(&mapping::read(&guess, &payload));
            seen += 1;
            let half = Payload::of(&body[..body.len() / 2]);
            let _ = mapping::read(&guess, &half);
        }
    }
    eprintln!("{seen} payloads outlined");
}
