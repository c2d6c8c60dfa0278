//! Whose number is it: the 280 numbers of the shared table of formats, and what a retailer types.

use super::*;

/// The adapters that may answer for a courier of the shared table.
fn answers_for(courier: &str, format: &str) -> &'static [&'static str] {
    match (courier, format) {
        ("amazon", _) => &["amazon_shipping", "amazon_shipping_uk"],
        ("canada_post", _) => &["canadapost"],
        ("dhl", f) if f.contains("E-Commerce") => &["dhl_ecommerce_americas", "dhl_global_mail"],
        ("dhl", _) => &["dhl_express"],
        ("dpd", _) => &["dpd_group", "dpd_uk", "dpd_local", "dpd_belux"],
        ("canpar", _) => &["canpar"],
        ("fedex", _) => &["fedex"],
        ("gofo", _) => &["gofo"],
        ("landmark", _) => &["landmark"],
        ("lasership", _) => &["lasership"],
        ("old_dominion", _) => &["old_dominion"],
        ("ontrac", _) => &["ontrac"],
        ("purolator", _) => &["purolator"],
        ("s10", _) => &["s10", "royalmail", "usps"],
        ("speedee", _) => &["speedee"],
        ("ups", _) => &["ups"],
        ("usps", _) => &["usps"],
        ("yodel", _) => &["yodel"],
        ("yunexpress", _) => &["yunexpress"],
        _ => panic!("no adapter answers for {courier}"),
    }
}

/// Valid numbers that are as valid for somebody else, whose number it is more often.
const FITS_SEVERAL: &[&str] = &["287809468872", "320610804900", "JFV247545960", "60120172242323", "5108 7693037816", "60120174971147"];

struct Listed {
    courier: String,
    format: String,
    number: String,
    valid: bool,
}

fn listed() -> Vec<Listed> {
    let Some(fixtures) = shared_fixtures() else { return Vec::new() };
    let mut all = Vec::new();
    for file in fs::read_dir(fixtures.join("_tracking_number_data/couriers")).unwrap() {
        let courier: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        for format in courier["tracking_numbers"].as_array().unwrap() {
            for (list, valid) in [("valid", true), ("invalid", false)] {
                for number in format["test_numbers"][list].as_array().into_iter().flatten() {
                    all.push(Listed {
                        courier: courier["courier_code"].as_str().unwrap().into(),
                        format: format["name"].as_str().unwrap().into(),
                        number: number.as_str().unwrap().into(),
                        valid,
                    });
                }
            }
        }
    }
    all
}

#[test]
fn every_valid_number_has_its_courier_among_the_candidates_and_every_invalid_one_has_not() {
    let mut wrong = String::new();
    let mut counted = 0;
    let all = listed();
    // No number of one form may be a good one of another form of the same courier.
    let fits_another_form = |l: &Listed| all.iter().any(|o| o.valid && o.number == l.number && o.courier == l.courier);
    for l in &all {
        counted += 1;
        let ours = answers_for(&l.courier, &l.format);
        let found = recognise(&l.number);
        let place = found.iter().position(|c| ours.contains(&c.carrier));
        let names: Vec<String> =
            found.iter().map(|c| format!("{} {}{}", c.carrier, c.confidence, if c.checksum { "!" } else { "" })).collect();
        match (l.valid, place) {
            (true, Some(place)) if place == 0 || FITS_SEVERAL.contains(&l.number.as_str()) => {}
            (false, None) => {}
            (false, Some(_)) if fits_another_form(l) => {}
            _ => drop(writeln!(
                wrong,
                "{:14} {:24} {:36} {} {names:?}",
                l.courier,
                l.format,
                l.number,
                if l.valid { "valid  " } else { "invalid" }
            )),
        }
    }
    assert!(counted == 0 || counted == 280, "{counted} numbers are listed");
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_number_is_recognised_however_it_is_typed_and_checked_where_a_check_digit_is_published() {
    let best = |n: &str| recognise(n).first().map(|c| (c.carrier, c.checksum));
    assert_eq!(best("gfus01234567890123"), Some(("gofo", false)));
    assert_eq!(best("c 1001 0000 0000 02"), None, "a check digit that does not fit is nobody's");
    assert_eq!(best("RB 123 456 785 CV"), Some(("s10", true)), "the islands of Cape Verde have no adapter of their own");
    assert_eq!(best("RB123456785XX"), None, "there is no such country");
    assert_eq!(best("RB123456785GB"), Some(("royalmail", true)));
}
