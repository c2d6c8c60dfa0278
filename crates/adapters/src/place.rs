//! Places as carriers write them: countries by code or by name, and the zone of a region in countries that have several.

use whereabouts_domain::{Location, TimeBasis, TrackingEvent};

use crate::{clock::ZoneRule, country::alpha2};

/// A place from its parts; the text is what a person would read: `Adrian, MI 49221, US`.
pub fn of(city: Option<String>, region: Option<String>, postcode: Option<String>, country: Option<String>) -> Location {
    let country = country.map(|c| alpha2(&c).unwrap_or(c));
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

/// A place by its name, which may tell the country: `Stafford DO`, `Example Hub, GB`, `Berlin (DE)`, `NL`, `Saudi Arabia`.
pub fn named(line: &str) -> Location {
    let line = line.trim();
    if line.is_empty() {
        return Location::default();
    }
    let mut place = Location::text(line);
    let country = |told: &str| alpha2(told).filter(|_| is_spelt_as_country(told));
    if let Some(country) = country(line) {
        place.country = Some(country);
    } else if let Some((city, rest)) = line.strip_suffix(')').and_then(|l| l.rsplit_once('(')) {
        place.country = country(rest);
        place.city = place.country.is_some().then(|| city.trim().to_string()).filter(|c| !c.is_empty());
    } else if let Some((_, last)) = line.rsplit_once(',') {
        place.country = country(last);
    }
    place
}

/// In running text two or three small letters are a word, not a country.
fn is_spelt_as_country(told: &str) -> bool {
    let told = told.trim();
    told.len() > 3 || told.bytes().all(|b| b.is_ascii_uppercase())
}

/// The country at the end of a line, and what stands before it. `AMSTERDAM-NETHERLANDS, THE`: that comma belongs to the country.
fn split_country(line: &str) -> (&str, Option<String>) {
    for mark in [" - ", "-", ", "] {
        if let Some((front, last)) = line.rsplit_once(mark)
            && alpha2(last).is_some()
            && (mark == "-" || !is_state_of_us(last, front))
            && (mark != "-" || last.trim().len() > 2 || last.bytes().all(|b| b.is_ascii_uppercase()))
        {
            return (front, alpha2(last));
        }
    }
    (line, alpha2(line).filter(|_| line.len() > 2))
}

/// `Sacramento, CA`: two letters after a lone city are a state of the US, not Canada.
fn is_state_of_us(last: &str, front: &str) -> bool {
    last.len() == 2 && !front.contains(',') && !front.contains(" - ") && is_state(last)
}

/// The zone to read a clock in that has no offset: of the place when it tells one, else as the rule says.
pub fn rule_at(rule: &ZoneRule, place: &Location) -> ZoneRule {
    let Some(country) = place.country.as_deref() else { return rule.clone() };
    // In the United States a region that is no state, or half a postcode, tells no zone.
    let region = place.region.as_deref().filter(|r| country != "US" || is_state(r));
    let postcode = place.postcode.as_deref().filter(|p| country != "US" || p.len() >= 5);
    rule.at(country, postcode, region)
}

/// A state of the US, by its two letters.
pub fn is_state(region: &str) -> bool {
    region.len() == 2 && US_STATES.split(' ').any(|s| s.eq_ignore_ascii_case(region))
}

/// The country of a state or province told by its two letters, where no country was: `CA` alone is California.
pub fn country_of_region(region: &str) -> Option<&'static str> {
    let region = region.trim();
    if is_state(region) {
        return Some("US");
    }
    let provinces = "AB BC MB NB NL NS NT NU ON PE QC SK YT";
    (region.len() == 2 && provinces.split(' ').any(|p| p.eq_ignore_ascii_case(region))).then_some("CA")
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
            ("Leipzig-DE", r#""Leipzig" "" "" "DE""#),
            ("LONDON - UK", r#""LONDON" "" "" "GB""#),
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

    #[test]
    fn a_place_tells_its_country() {
        let told = |line: &str| named(line).country;
        assert_eq!(told("Example Hub, GB").as_deref(), Some("GB"));
        assert_eq!(told("Exampletown (DE)").as_deref(), Some("DE"));
        assert_eq!(told("NL").as_deref(), Some("NL"));
        assert_eq!(told("Saudi Arabia").as_deref(), Some("SA"));
        assert_eq!(told("Stafford DO"), None);
        assert_eq!(told("Hub 3 - Birmingham"), None);
    }
}
