//! Places as carriers write them: countries by code or by name, and the zone of a region in countries that have several.

use jiff::tz::TimeZone;
use whereabouts_domain::{Location, TimeBasis, TrackingEvent, zone::zone_name};

use crate::clock::ZoneRule;

/// A place from its parts; the text is what a person would read: `Adrian, MI 49221, US`.
pub fn of(city: Option<String>, region: Option<String>, postcode: Option<String>, country: Option<String>) -> Location {
    let country = country.map(|c| country_code(&c).unwrap_or(c));
    let middle = [region.as_deref(), postcode.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let text = [city.as_deref().unwrap_or(""), &middle, country.as_deref().unwrap_or("")]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    // A country that is no code says where it is in the text only.
    let country = country.filter(|c| c.len() == 2);
    Location { text: (!text.is_empty()).then_some(text), city, region, postcode, country, ..Location::default() }
}

/// A place written in one line: `SAN FRANCISCO, CA - USA`, `Edison, NJ, US`, `Milan - Italy`, `BROOKLYN, NY 11201`. The line is kept as text.
pub fn of_line(line: &str) -> Location {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_matches([',', '-', ' ']).to_string();
    if line.is_empty() {
        return Location::default();
    }
    let mut location = Location { text: Some(line.clone()), ..Location::default() };
    let (front, country) = split_country(&line);
    location.country = country;
    if front == line && location.country.is_some() {
        return location;
    }
    let mut parts = front.split(',').map(str::trim).filter(|p| !p.is_empty());
    location.city = parts.next().map(|city| city.split(" - ").next().unwrap_or(city).trim().to_string());
    if let Some(rest) = parts.next() {
        let mut words = rest.split(' ');
        match (words.next(), words.next()) {
            (Some(region), code) if region.len() <= 3 && region.bytes().all(|b| b.is_ascii_alphabetic()) => {
                location.region = Some(region.to_string());
                location.postcode = code.filter(|c| c.bytes().any(|b| b.is_ascii_digit())).map(str::to_string);
            }
            _ => {}
        }
    }
    location
}

/// The country at the end of a line, and what stands before it. `AMSTERDAM-NETHERLANDS, THE`: that comma belongs to the country.
fn split_country(line: &str) -> (&str, Option<String>) {
    for mark in [" - ", "-", ", "] {
        if let Some((front, last)) = line.rsplit_once(mark)
            && country_code(last).is_some()
            && !is_state_of_us(last, front)
            && (mark != "-" || last.trim().len() > 2)
        {
            return (front, country_code(last));
        }
    }
    (line, country_code(line).filter(|_| line.len() > 2))
}

/// `Sacramento, CA`: two letters after a lone city are a state of the US, not Canada.
fn is_state_of_us(last: &str, front: &str) -> bool {
    last.len() == 2 && !front.contains(',') && !front.contains(" - ") && is_state(last)
}

/// The zone to read a clock in that has no offset: of the place when it tells one, else as the rule says.
pub fn rule_at(rule: &ZoneRule, place: &Location) -> ZoneRule {
    let told = place.country.as_deref().and_then(|country| {
        let (postcode, region) = (place.postcode.as_deref(), place.region.as_deref());
        // Where a country has several zones, its name alone tells none.
        let tells = match country {
            "US" => region.is_some_and(is_state) || postcode.is_some_and(|p| p.len() >= 5),
            several if SEVERAL_ZONES.contains(&several) => region.is_some() || postcode.is_some(),
            _ => true,
        };
        zone_name(country, postcode, region).filter(|_| tells)
    });
    match told.and_then(|name| TimeZone::get(name).ok()) {
        Some(zone) if rule.basis == TimeBasis::Assumed => ZoneRule { zone, basis: TimeBasis::Zone },
        _ => rule.clone(),
    }
}

const SEVERAL_ZONES: &[&str] = &["CA", "AU", "BR", "MX", "RU", "ID", "CL", "KZ", "MN", "CD", "KI", "FM", "PG", "EC", "PF", "GL"];

fn is_state(region: &str) -> bool {
    region.len() == 2 && US_STATES.split(' ').any(|s| s.eq_ignore_ascii_case(region))
}

const US_STATES: &str = "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR \
                         PA PR RI SC SD TN TX UT VA VT WA WI WV WY";

/// A place that tells no zone borrows the offset of its neighbours in the list: of the nearest scan in the same town, else
/// of the nearest scan that knows. It stays assumed, but a delivery does not fall hours before the drive to the door.
pub fn settle(events: &mut [TrackingEvent]) {
    let known: Vec<(usize, String, Option<String>, i32)> = events
        .iter()
        .enumerate()
        .filter_map(|(i, e)| {
            let moment = e.moment.filter(|m| m.basis != TimeBasis::Assumed)?;
            Some((i, town(e), e.location.country.clone(), moment.offset_seconds))
        })
        .collect();
    for (i, event) in events.iter_mut().enumerate() {
        let (here, country) = (town(event), event.location.country.clone());
        let Some(moment) = event.moment.as_mut().filter(|m| m.basis == TimeBasis::Assumed) else { continue };
        let abroad = |other: &Option<String>| country.is_some() && other.is_some() && *other != country;
        let elsewhere = |other: &str| here.is_empty() || other != here;
        let neighbours = known.iter().filter(|(_, _, other, _)| !abroad(other));
        if let Some((_, _, _, offset)) = neighbours.min_by_key(|(j, other, _, _)| (elsewhere(other), i.abs_diff(*j))) {
            moment.offset_seconds = *offset;
        }
    }
}

fn town(event: &TrackingEvent) -> String {
    let l = &event.location;
    l.city.as_deref().or(l.text.as_deref().filter(|_| l.country.is_none())).unwrap_or("").to_lowercase()
}

/// ISO 3166-1 alpha-2 of a country told by code or by (English) name.
pub fn country_code(told: &str) -> Option<String> {
    let told = told.trim().trim_end_matches('.');
    if told.len() == 2 && told.bytes().all(|b| b.is_ascii_alphabetic()) {
        let code = told.to_ascii_uppercase();
        return Some(if code == "UK" { "GB".into() } else { code });
    }
    let upper = told.to_ascii_uppercase();
    COUNTRIES.iter().find(|(_, names)| names.split('|').any(|n| n == upper)).map(|(code, _)| (*code).to_string())
}

const COUNTRIES: &[(&str, &str)] = &[
    ("US", "USA|UNITED STATES|UNITED STATES OF AMERICA|U.S.A"),
    (
        "GB",
        "GBR|UNITED KINGDOM|GREAT BRITAIN|GREAT BRITAIN AND NORTHERN IRELAND|ENGLAND|SCOTLAND|WALES|NORTHERN IRELAND|UNITED KINGDOM OF GREAT BRITAIN AND NORTHERN IRELAND",
    ),
    ("IE", "IRL|IRELAND|IRELAND, REPUBLIC OF|REPUBLIC OF IRELAND"),
    ("CA", "CAN|CANADA"),
    ("MX", "MEX|MEXICO"),
    ("DE", "DEU|GERMANY|DEUTSCHLAND"),
    ("FR", "FRA|FRANCE"),
    ("NL", "NLD|NETHERLANDS|NETHERLANDS, THE|THE NETHERLANDS|HOLLAND"),
    ("BE", "BEL|BELGIUM"),
    ("LU", "LUX|LUXEMBOURG"),
    ("ES", "ESP|SPAIN"),
    ("PT", "PRT|PORTUGAL"),
    ("IT", "ITA|ITALY"),
    ("CH", "CHE|SWITZERLAND"),
    ("AT", "AUT|AUSTRIA"),
    ("PL", "POL|POLAND"),
    ("CZ", "CZE|CZECH REPUBLIC|CZECHIA|CZECH REPUBLIC, THE"),
    ("SK", "SVK|SLOVAKIA"),
    ("HU", "HUN|HUNGARY"),
    ("SI", "SVN|SLOVENIA"),
    ("HR", "HRV|CROATIA"),
    ("RO", "ROU|ROMANIA"),
    ("BG", "BGR|BULGARIA"),
    ("GR", "GRC|GREECE"),
    ("DK", "DNK|DENMARK"),
    ("SE", "SWE|SWEDEN"),
    ("NO", "NOR|NORWAY"),
    ("FI", "FIN|FINLAND"),
    ("EE", "EST|ESTONIA"),
    ("LV", "LVA|LATVIA"),
    ("LT", "LTU|LITHUANIA"),
    ("TR", "TUR|TURKEY"),
    ("UA", "UKR|UKRAINE"),
    ("MT", "MLT|MALTA"),
    ("CY", "CYP|CYPRUS"),
    ("IS", "ISL|ICELAND"),
    ("RS", "SRB|SERBIA"),
    ("RU", "RUS|RUSSIA|RUSSIAN FEDERATION"),
    ("CN", "CHN|CHINA|CHINA, PEOPLES REPUBLIC|CHINA MAINLAND|PEOPLES REPUBLIC OF CHINA"),
    ("HK", "HKG|HONG KONG|HONG KONG SAR, CHINA|HONG KONG SAR"),
    ("MO", "MAC|MACAU|MACAU SAR, CHINA"),
    ("TW", "TWN|TAIWAN|TAIWAN, CHINA"),
    ("JP", "JPN|JAPAN"),
    ("KR", "KOR|SOUTH KOREA|KOREA|KOREA, REPUBLIC OF|KOREA, REPUBLIC OF (SOUTH K.)"),
    ("SG", "SGP|SINGAPORE"),
    ("MY", "MYS|MALAYSIA"),
    ("TH", "THA|THAILAND"),
    ("VN", "VNM|VIETNAM"),
    ("PH", "PHL|PHILIPPINES|PHILIPPINES, THE"),
    ("ID", "IDN|INDONESIA"),
    ("IN", "IND|INDIA"),
    ("PK", "PAK|PAKISTAN"),
    ("BD", "BGD|BANGLADESH"),
    ("LK", "LKA|SRI LANKA"),
    ("AE", "ARE|UNITED ARAB EMIRATES|UAE"),
    ("SA", "SAU|SAUDI ARABIA"),
    ("QA", "QAT|QATAR"),
    ("KW", "KWT|KUWAIT"),
    ("BH", "BHR|BAHRAIN"),
    ("OM", "OMN|OMAN"),
    ("JO", "JOR|JORDAN"),
    ("IL", "ISR|ISRAEL"),
    ("EG", "EGY|EGYPT"),
    ("ZA", "ZAF|SOUTH AFRICA"),
    ("KE", "KEN|KENYA"),
    ("NG", "NGA|NIGERIA"),
    ("MA", "MAR|MOROCCO"),
    ("AU", "AUS|AUSTRALIA"),
    ("NZ", "NZL|NEW ZEALAND"),
    ("BR", "BRA|BRAZIL"),
    ("AR", "ARG|ARGENTINA"),
    ("CL", "CHL|CHILE"),
    ("CO", "COL|COLOMBIA"),
    ("PE", "PER|PERU"),
    ("PA", "PAN|PANAMA"),
    ("CR", "CRI|COSTA RICA"),
    ("PR", "PRI|PUERTO RICO"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> String {
        let l = of_line(line);
        format!(
            "{:?} {:?} {:?} {:?}",
            l.city.unwrap_or_default(),
            l.region.unwrap_or_default(),
            l.postcode.unwrap_or_default(),
            l.country.unwrap_or_default()
        )
    }

    #[test]
    fn a_line_is_read_as_a_person_would() {
        let table = [
            ("SAN FRANCISCO, CA - USA", r#""SAN FRANCISCO" "CA" "" "US""#),
            ("AMSTERDAM - NETHERLANDS, THE", r#""AMSTERDAM" "" "" "NL""#),
            ("AMSTERDAM-NETHERLANDS, THE", r#""AMSTERDAM" "" "" "NL""#),
            ("Baden-Baden", r#""Baden-Baden" "" "" """#),
            ("Milan - Italy ", r#""Milan" "" "" "IT""#),
            ("Edison, NJ, US", r#""Edison" "NJ" "" "US""#),
            ("Sacramento, CA", r#""Sacramento" "CA" "" """#),
            ("BROOKLYN, NY 11201", r#""BROOKLYN" "NY" "11201" """#),
            ("Koeln, DE", r#""Koeln" "DE" "" """#),
            ("Germany", r#""" "" "" "DE""#),
            ("", r#""" "" "" """#),
        ];
        for (line, expected) in table {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
