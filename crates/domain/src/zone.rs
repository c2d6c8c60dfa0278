//! The recipient's zone, from country and postcode. Exact enough for "24:00 where the shopper lives": states and provinces that are split
//! between two zones take the one in which most people live.

use jiff::tz::TimeZone;

/// The zone of an address; `fallback` (the brand's zone) where country and postcode do not tell, and UTC where that is not a zone either.
pub fn zone_of(country: Option<&str>, postcode: Option<&str>, region: Option<&str>, fallback: &str) -> TimeZone {
    let name = country.and_then(|country| zone_name(country, postcode, region)).unwrap_or(fallback);
    TimeZone::get(name).or_else(|_| TimeZone::get(fallback)).unwrap_or(TimeZone::UTC)
}

/// The IANA name, if country (ISO 3166-1 alpha-2), postcode and region tell it.
pub fn zone_name(country: &str, postcode: Option<&str>, region: Option<&str>) -> Option<&'static str> {
    let country = country.trim().to_ascii_uppercase();
    let postcode = postcode.map(|p| p.trim().to_ascii_uppercase()).unwrap_or_default();
    let region = region.map(region_code).unwrap_or_default();
    match country.as_str() {
        "US" => Some(us_state(&region).or_else(|| us_zip(&postcode)).unwrap_or("America/New_York")),
        "CA" => Some(ca_province(&region).or_else(|| ca_postcode(&postcode)).unwrap_or("America/Toronto")),
        "AU" => Some(au_state(&region).or_else(|| au_postcode(&postcode)).unwrap_or("Australia/Sydney")),
        "BR" => Some(br(&region, &postcode)),
        "MX" => Some(mx(&region, &postcode)),
        "RU" => Some(ru(&postcode)),
        "ES" => Some(if starts(&postcode, &["35", "38"]) { "Atlantic/Canary" } else { "Europe/Madrid" }),
        "PT" => Some(match postcode.get(..2) {
            Some("90" | "91" | "92" | "93" | "94") => "Atlantic/Madeira",
            Some("95" | "96" | "97" | "98" | "99") => "Atlantic/Azores",
            _ => "Europe/Lisbon",
        }),
        "FR" => Some(fr_overseas(&postcode).unwrap_or("Europe/Paris")),
        "NZ" => Some(if region == "CHATHAM ISLANDS" { "Pacific/Chatham" } else { "Pacific/Auckland" }),
        "ID" => Some(match postcode.get(..1) {
            Some("7" | "8") => "Asia/Makassar",
            Some("9") => {
                if starts(&postcode, &["97", "98", "99"]) {
                    "Asia/Jayapura"
                } else {
                    "Asia/Makassar"
                }
            }
            _ => "Asia/Jakarta",
        }),
        "CL" => Some(if starts(&postcode, &["277"]) { "Pacific/Easter" } else { "America/Santiago" }),
        other => single_zone(other),
    }
}

fn starts(postcode: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|p| postcode.starts_with(p))
}

/// `US-CA`, `ca` and `CA` are the same region.
fn region_code(region: &str) -> String {
    let region = region.trim().to_ascii_uppercase();
    match region.split_once('-') {
        Some((country, rest)) if country.len() == 2 && rest.len() <= 3 => rest.to_owned(),
        _ => region,
    }
}

fn us_state(state: &str) -> Option<&'static str> {
    Some(match state {
        "CT" | "DC" | "DE" | "FL" | "GA" | "KY" | "MA" | "MD" | "ME" | "NC" | "NH" | "NJ" | "NY" | "OH" | "PA" | "RI" | "SC" | "VA"
        | "VT" | "WV" => "America/New_York",
        "MI" => "America/Detroit",
        "IN" => "America/Indiana/Indianapolis",
        "AL" | "AR" | "IA" | "IL" | "KS" | "LA" | "MN" | "MO" | "MS" | "ND" | "NE" | "OK" | "SD" | "TN" | "TX" | "WI" => "America/Chicago",
        "CO" | "MT" | "NM" | "UT" | "WY" => "America/Denver",
        "ID" => "America/Boise",
        "AZ" => "America/Phoenix",
        "CA" | "NV" | "OR" | "WA" => "America/Los_Angeles",
        "AK" => "America/Anchorage",
        "HI" => "Pacific/Honolulu",
        "PR" | "VI" => "America/Puerto_Rico",
        "GU" | "MP" => "Pacific/Guam",
        "AS" => "Pacific/Pago_Pago",
        _ => return None,
    })
}

/// ZIP codes by their first three digits; the Postal Service assigns them by state.
fn us_zip(zip: &str) -> Option<&'static str> {
    let n: u16 = zip.get(..3)?.parse().ok()?;
    let state = match n {
        6 | 7 | 9 => "PR",
        8 => "VI",
        5 | 10..=149 => "NY",
        150..=199 => "PA",
        200..=268 => "VA",
        270..=299 => "NC",
        // The panhandle west of the Apalachicola keeps central time.
        324 | 325 => "AL",
        300..=349 | 398 | 399 => "GA",
        350..=369 | 386..=397 => "AL",
        // Eastern Tennessee: Chattanooga, Johnson City, Knoxville.
        373 | 374 | 376..=379 => "KY",
        370..=385 => "TN",
        // Western Kentucky: Paducah, Bowling Green, Owensboro.
        420..=424 => "TN",
        400..=427 | 430..=459 => "OH",
        // The corners of Indiana near Chicago and Evansville.
        463 | 464 | 476 | 477 => "IL",
        460..=479 => "IN",
        480..=499 => "MI",
        // The Black Hills and the west of North Dakota and Nebraska.
        577 | 586 | 693 => "CO",
        500..=588 => "IA",
        590..=599 => "MT",
        600..=798 => "TX",
        // El Paso.
        799 | 885 => "CO",
        832..=834 | 836 | 837 => "ID",
        // Northern Idaho.
        835 | 838 => "WA",
        800..=831 | 840..=847 | 870..=884 => "CO",
        850..=865 => "AZ",
        967 | 968 => "HI",
        969 => "GU",
        889..=966 | 970..=994 => "CA",
        995..=999 => "AK",
        _ => return None,
    };
    us_state(state)
}

fn ca_province(province: &str) -> Option<&'static str> {
    Some(match province {
        "NL" => "America/St_Johns",
        "NS" | "PE" => "America/Halifax",
        "NB" => "America/Moncton",
        "QC" | "ON" => "America/Toronto",
        "MB" => "America/Winnipeg",
        "SK" => "America/Regina",
        "AB" => "America/Edmonton",
        "NT" => "America/Yellowknife",
        "NU" => "America/Iqaluit",
        "BC" => "America/Vancouver",
        "YT" => "America/Whitehorse",
        _ => return None,
    })
}

fn ca_postcode(postcode: &str) -> Option<&'static str> {
    ca_province(match postcode.chars().next()? {
        'A' => "NL",
        'B' | 'C' => "NS",
        'E' => "NB",
        'G' | 'H' | 'J' | 'K' | 'L' | 'M' | 'N' | 'P' => "ON",
        'R' => "MB",
        'S' => "SK",
        'T' => "AB",
        'V' => "BC",
        'X' if starts(postcode, &["X0A", "X0B", "X0C"]) => "NU",
        'X' => "NT",
        'Y' => "YT",
        _ => return None,
    })
}

fn au_state(state: &str) -> Option<&'static str> {
    Some(match state {
        "NSW" | "ACT" => "Australia/Sydney",
        "VIC" => "Australia/Melbourne",
        "QLD" => "Australia/Brisbane",
        "SA" => "Australia/Adelaide",
        "WA" => "Australia/Perth",
        "TAS" => "Australia/Hobart",
        "NT" => "Australia/Darwin",
        _ => return None,
    })
}

fn au_postcode(postcode: &str) -> Option<&'static str> {
    let n: u16 = postcode.get(..4)?.parse().ok()?;
    au_state(match n {
        2880 => return Some("Australia/Broken_Hill"),
        800..=999 => "NT",
        1000..=2999 | 200..=299 => "NSW",
        3000..=3999 | 8000..=8999 => "VIC",
        4000..=4999 | 9000..=9999 => "QLD",
        5000..=5999 => "SA",
        6000..=6999 => "WA",
        7000..=7999 => "TAS",
        _ => return None,
    })
}

fn br(region: &str, postcode: &str) -> &'static str {
    match region {
        "AC" => "America/Rio_Branco",
        "AM" | "RO" | "RR" => "America/Manaus",
        "MT" | "MS" => "America/Cuiaba",
        "" if starts(postcode, &["699"]) => "America/Rio_Branco",
        "" if starts(postcode, &["690", "691", "692", "693", "694", "695", "696", "697", "698", "768", "769"]) => "America/Manaus",
        "" if starts(postcode, &["78", "79"]) => "America/Cuiaba",
        _ => "America/Sao_Paulo",
    }
}

fn mx(region: &str, postcode: &str) -> &'static str {
    match region {
        "BC" | "BCN" => "America/Tijuana",
        "SON" => "America/Hermosillo",
        "BCS" | "SIN" | "NAY" => "America/Mazatlan",
        "ROO" => "America/Cancun",
        "" if starts(postcode, &["21", "22"]) => "America/Tijuana",
        "" if starts(postcode, &["83", "84", "85"]) => "America/Hermosillo",
        "" if starts(postcode, &["23", "63", "80", "81", "82"]) => "America/Mazatlan",
        "" if starts(postcode, &["77"]) => "America/Cancun",
        _ => "America/Mexico_City",
    }
}

fn ru(postcode: &str) -> &'static str {
    let n: u16 = postcode.get(..3).and_then(|p| p.parse().ok()).unwrap_or(0);
    match n {
        236..=238 => "Europe/Kaliningrad",
        443..=446 | 426 | 427 => "Europe/Samara",
        450..=462 | 614..=628 | 640 | 641 => "Asia/Yekaterinburg",
        644..=646 => "Asia/Omsk",
        630..=639 | 649..=663 => "Asia/Krasnoyarsk",
        664..=671 => "Asia/Irkutsk",
        672..=678 => "Asia/Yakutsk",
        680..=692 => "Asia/Vladivostok",
        693 | 694 => "Asia/Sakhalin",
        _ => "Europe/Moscow",
    }
}

fn fr_overseas(postcode: &str) -> Option<&'static str> {
    Some(match postcode.get(..3)? {
        "971" => "America/Guadeloupe",
        "972" => "America/Martinique",
        "973" => "America/Cayenne",
        "974" => "Indian/Reunion",
        "975" => "America/Miquelon",
        "976" => "Indian/Mayotte",
        "987" => "Pacific/Tahiti",
        "988" => "Pacific/Noumea",
        _ => return None,
    })
}

/// Countries with one zone, or one in which nearly everybody lives.
fn single_zone(country: &str) -> Option<&'static str> {
    let place = SINGLE.binary_search_by_key(&country, |row| row.0).ok()?;
    Some(SINGLE[place].1)
}

/// Sorted by country.
static SINGLE: &[(&str, &str)] = &[
    ("AD", "Europe/Andorra"),
    ("AE", "Asia/Dubai"),
    ("AF", "Asia/Kabul"),
    ("AG", "America/Antigua"),
    ("AI", "America/Anguilla"),
    ("AL", "Europe/Tirane"),
    ("AM", "Asia/Yerevan"),
    ("AO", "Africa/Luanda"),
    ("AR", "America/Argentina/Buenos_Aires"),
    ("AS", "Pacific/Pago_Pago"),
    ("AT", "Europe/Vienna"),
    ("AW", "America/Aruba"),
    ("AX", "Europe/Mariehamn"),
    ("AZ", "Asia/Baku"),
    ("BA", "Europe/Sarajevo"),
    ("BB", "America/Barbados"),
    ("BD", "Asia/Dhaka"),
    ("BE", "Europe/Brussels"),
    ("BF", "Africa/Ouagadougou"),
    ("BG", "Europe/Sofia"),
    ("BH", "Asia/Bahrain"),
    ("BI", "Africa/Bujumbura"),
    ("BJ", "Africa/Porto-Novo"),
    ("BL", "America/St_Barthelemy"),
    ("BM", "Atlantic/Bermuda"),
    ("BN", "Asia/Brunei"),
    ("BO", "America/La_Paz"),
    ("BS", "America/Nassau"),
    ("BT", "Asia/Thimphu"),
    ("BW", "Africa/Gaborone"),
    ("BY", "Europe/Minsk"),
    ("BZ", "America/Belize"),
    ("CD", "Africa/Kinshasa"),
    ("CG", "Africa/Brazzaville"),
    ("CH", "Europe/Zurich"),
    ("CI", "Africa/Abidjan"),
    ("CK", "Pacific/Rarotonga"),
    ("CM", "Africa/Douala"),
    ("CN", "Asia/Shanghai"),
    ("CO", "America/Bogota"),
    ("CR", "America/Costa_Rica"),
    ("CU", "America/Havana"),
    ("CV", "Atlantic/Cape_Verde"),
    ("CW", "America/Curacao"),
    ("CY", "Asia/Nicosia"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DJ", "Africa/Djibouti"),
    ("DK", "Europe/Copenhagen"),
    ("DM", "America/Dominica"),
    ("DO", "America/Santo_Domingo"),
    ("DZ", "Africa/Algiers"),
    ("EC", "America/Guayaquil"),
    ("EE", "Europe/Tallinn"),
    ("EG", "Africa/Cairo"),
    ("ET", "Africa/Addis_Ababa"),
    ("FI", "Europe/Helsinki"),
    ("FJ", "Pacific/Fiji"),
    ("FO", "Atlantic/Faroe"),
    ("GA", "Africa/Libreville"),
    ("GB", "Europe/London"),
    ("GD", "America/Grenada"),
    ("GE", "Asia/Tbilisi"),
    ("GF", "America/Cayenne"),
    ("GG", "Europe/Guernsey"),
    ("GH", "Africa/Accra"),
    ("GI", "Europe/Gibraltar"),
    ("GL", "America/Nuuk"),
    ("GM", "Africa/Banjul"),
    ("GP", "America/Guadeloupe"),
    ("GR", "Europe/Athens"),
    ("GT", "America/Guatemala"),
    ("GU", "Pacific/Guam"),
    ("GY", "America/Guyana"),
    ("HK", "Asia/Hong_Kong"),
    ("HN", "America/Tegucigalpa"),
    ("HR", "Europe/Zagreb"),
    ("HT", "America/Port-au-Prince"),
    ("HU", "Europe/Budapest"),
    ("IE", "Europe/Dublin"),
    ("IL", "Asia/Jerusalem"),
    ("IM", "Europe/Isle_of_Man"),
    ("IN", "Asia/Kolkata"),
    ("IQ", "Asia/Baghdad"),
    ("IR", "Asia/Tehran"),
    ("IS", "Atlantic/Reykjavik"),
    ("IT", "Europe/Rome"),
    ("JE", "Europe/Jersey"),
    ("JM", "America/Jamaica"),
    ("JO", "Asia/Amman"),
    ("JP", "Asia/Tokyo"),
    ("KE", "Africa/Nairobi"),
    ("KG", "Asia/Bishkek"),
    ("KH", "Asia/Phnom_Penh"),
    ("KR", "Asia/Seoul"),
    ("KW", "Asia/Kuwait"),
    ("KY", "America/Cayman"),
    ("KZ", "Asia/Almaty"),
    ("LA", "Asia/Vientiane"),
    ("LB", "Asia/Beirut"),
    ("LC", "America/St_Lucia"),
    ("LI", "Europe/Vaduz"),
    ("LK", "Asia/Colombo"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("LY", "Africa/Tripoli"),
    ("MA", "Africa/Casablanca"),
    ("MC", "Europe/Monaco"),
    ("MD", "Europe/Chisinau"),
    ("ME", "Europe/Podgorica"),
    ("MG", "Indian/Antananarivo"),
    ("MK", "Europe/Skopje"),
    ("ML", "Africa/Bamako"),
    ("MM", "Asia/Yangon"),
    ("MN", "Asia/Ulaanbaatar"),
    ("MO", "Asia/Macau"),
    ("MQ", "America/Martinique"),
    ("MR", "Africa/Nouakchott"),
    ("MT", "Europe/Malta"),
    ("MU", "Indian/Mauritius"),
    ("MV", "Indian/Maldives"),
    ("MW", "Africa/Blantyre"),
    ("MY", "Asia/Kuala_Lumpur"),
    ("MZ", "Africa/Maputo"),
    ("NA", "Africa/Windhoek"),
    ("NC", "Pacific/Noumea"),
    ("NE", "Africa/Niamey"),
    ("NG", "Africa/Lagos"),
    ("NI", "America/Managua"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("NP", "Asia/Kathmandu"),
    ("OM", "Asia/Muscat"),
    ("PA", "America/Panama"),
    ("PE", "America/Lima"),
    ("PF", "Pacific/Tahiti"),
    ("PG", "Pacific/Port_Moresby"),
    ("PH", "Asia/Manila"),
    ("PK", "Asia/Karachi"),
    ("PL", "Europe/Warsaw"),
    ("PM", "America/Miquelon"),
    ("PR", "America/Puerto_Rico"),
    ("PS", "Asia/Gaza"),
    ("PY", "America/Asuncion"),
    ("QA", "Asia/Qatar"),
    ("RE", "Indian/Reunion"),
    ("RO", "Europe/Bucharest"),
    ("RS", "Europe/Belgrade"),
    ("RW", "Africa/Kigali"),
    ("SA", "Asia/Riyadh"),
    ("SC", "Indian/Mahe"),
    ("SD", "Africa/Khartoum"),
    ("SE", "Europe/Stockholm"),
    ("SG", "Asia/Singapore"),
    ("SI", "Europe/Ljubljana"),
    ("SJ", "Arctic/Longyearbyen"),
    ("SK", "Europe/Bratislava"),
    ("SL", "Africa/Freetown"),
    ("SM", "Europe/San_Marino"),
    ("SN", "Africa/Dakar"),
    ("SO", "Africa/Mogadishu"),
    ("SR", "America/Paramaribo"),
    ("SV", "America/El_Salvador"),
    ("SX", "America/Lower_Princes"),
    ("SY", "Asia/Damascus"),
    ("TC", "America/Grand_Turk"),
    ("TD", "Africa/Ndjamena"),
    ("TG", "Africa/Lome"),
    ("TH", "Asia/Bangkok"),
    ("TJ", "Asia/Dushanbe"),
    ("TM", "Asia/Ashgabat"),
    ("TN", "Africa/Tunis"),
    ("TO", "Pacific/Tongatapu"),
    ("TR", "Europe/Istanbul"),
    ("TT", "America/Port_of_Spain"),
    ("TW", "Asia/Taipei"),
    ("TZ", "Africa/Dar_es_Salaam"),
    ("UA", "Europe/Kyiv"),
    ("UG", "Africa/Kampala"),
    ("UK", "Europe/London"),
    ("UY", "America/Montevideo"),
    ("UZ", "Asia/Tashkent"),
    ("VA", "Europe/Vatican"),
    ("VC", "America/St_Vincent"),
    ("VE", "America/Caracas"),
    ("VG", "America/Tortola"),
    ("VI", "America/St_Thomas"),
    ("VN", "Asia/Ho_Chi_Minh"),
    ("VU", "Pacific/Efate"),
    ("WS", "Pacific/Apia"),
    ("XK", "Europe/Belgrade"),
    ("YE", "Asia/Aden"),
    ("YT", "Indian/Mayotte"),
    ("ZA", "Africa/Johannesburg"),
    ("ZM", "Africa/Lusaka"),
    ("ZW", "Africa/Harare"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_its_own_zone() {
        let table = [
            ("GB", Some("SW1A 1AA"), None, "Europe/London"),
            ("US", Some("94103"), None, "America/Los_Angeles"),
            ("US", Some("10001-1234"), None, "America/New_York"),
            ("US", Some("79901"), None, "America/Denver"),
            ("US", Some("60601"), None, "America/Chicago"),
            ("US", Some("85001"), None, "America/Phoenix"),
            ("US", None, Some("US-HI"), "Pacific/Honolulu"),
            ("US", None, Some("tx"), "America/Chicago"),
            ("US", None, None, "America/New_York"),
            ("CA", Some("V6B 1A1"), None, "America/Vancouver"),
            ("CA", Some("a1c 5s7"), None, "America/St_Johns"),
            ("AU", Some("6000"), None, "Australia/Perth"),
            ("AU", Some("0800"), None, "Australia/Darwin"),
            ("AU", Some("4000"), Some("QLD"), "Australia/Brisbane"),
            ("ES", Some("35001"), None, "Atlantic/Canary"),
            ("ES", Some("28001"), None, "Europe/Madrid"),
            ("PT", Some("9500-321"), None, "Atlantic/Azores"),
            ("PT", Some("9000-001"), None, "Atlantic/Madeira"),
            ("FR", Some("97400"), None, "Indian/Reunion"),
            ("BR", Some("69900-000"), None, "America/Rio_Branco"),
            ("RU", Some("690000"), None, "Asia/Vladivostok"),
            ("MX", Some("22000"), None, "America/Tijuana"),
            ("de", None, None, "Europe/Berlin"),
            ("XX", None, None, "Europe/London"),
        ];
        for (country, postcode, region, expected) in table {
            let zone = zone_of(Some(country), postcode, region, "Europe/London");
            assert_eq!(zone.iana_name(), Some(expected), "{country} {postcode:?} {region:?}");
        }
    }

    #[test]
    fn every_zone_that_is_named_exists() {
        for (country, name) in SINGLE {
            assert!(TimeZone::get(name).is_ok(), "{country} {name}");
        }
        assert!(SINGLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for zip in 0..1000 {
            if let Some(name) = us_zip(&format!("{zip:03}")) {
                assert!(TimeZone::get(name).is_ok(), "{name}");
            }
        }
        for letter in 'A'..='Z' {
            if let Some(name) = ca_postcode(&letter.to_string()) {
                assert!(TimeZone::get(name).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn without_a_country_the_brands_zone_holds() {
        assert_eq!(zone_of(None, Some("SW1A 1AA"), None, "Europe/Dublin").iana_name(), Some("Europe/Dublin"));
        assert_eq!(zone_of(None, None, None, "not a zone").iana_name(), Some("UTC"));
    }
}
