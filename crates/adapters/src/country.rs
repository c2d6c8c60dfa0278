//! Countries as carriers write them (`DEU`, `Germany`, `Deutschland`, `de`) to ISO 3166-1 alpha-2 in capitals.

/// Alpha-2, if the text is a country we know: a two-letter code as it is, else by alpha-3 or by name.
pub fn alpha2(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        let code = text.to_ascii_uppercase();
        return Some(if code == "UK" { "GB".into() } else { code });
    }
    let lower = text.to_lowercase();
    NAMES.iter().find(|(_, names)| names.split('|').any(|name| name == lower)).map(|(code, _)| (*code).to_string())
}

/// Alpha-2, then alpha-3 and names, English and German, lower case.
const NAMES: &[(&str, &str)] = &[
    ("AD", "and|andorra"),
    ("AE", "are|united arab emirates"),
    ("AR", "arg|argentina"),
    ("AT", "aut|austria|österreich"),
    ("AU", "aus|australia|australien"),
    ("BE", "bel|belgium|belgien"),
    ("BG", "bgr|bulgaria|bulgarien"),
    ("BR", "bra|brazil|brasilien"),
    ("CA", "can|canada|kanada"),
    ("CH", "che|switzerland|schweiz"),
    ("CL", "chl|chile"),
    ("CN", "chn|china|china, people's republic"),
    ("CO", "col|colombia"),
    ("CY", "cyp|cyprus|zypern"),
    ("CZ", "cze|czech republic|czechia|tschechien|tschechische republik"),
    ("DE", "deu|germany|deutschland"),
    ("DK", "dnk|denmark|dänemark"),
    ("EE", "est|estonia|estland"),
    ("ES", "esp|spain|spanien"),
    ("FI", "fin|finland|finnland"),
    ("FR", "fra|france|frankreich"),
    ("GB", "gbr|united kingdom|great britain|großbritannien|vereinigtes königreich|england|scotland|wales|northern ireland"),
    ("GR", "grc|greece|griechenland"),
    ("HK", "hkg|hong kong|hongkong"),
    ("HR", "hrv|croatia|kroatien"),
    ("HU", "hun|hungary|ungarn"),
    ("ID", "idn|indonesia|indonesien"),
    ("IE", "irl|ireland|irland"),
    ("IL", "isr|israel"),
    ("IN", "ind|india|indien"),
    ("IS", "isl|iceland|island"),
    ("IT", "ita|italy|italien"),
    ("JP", "jpn|japan"),
    ("KR", "kor|korea|south korea|republic of korea|südkorea"),
    ("LI", "lie|liechtenstein"),
    ("LT", "ltu|lithuania|litauen"),
    ("LU", "lux|luxembourg|luxemburg"),
    ("LV", "lva|latvia|lettland"),
    ("MT", "mlt|malta"),
    ("MX", "mex|mexico|mexiko"),
    ("MY", "mys|malaysia"),
    ("NL", "nld|netherlands|the netherlands|niederlande"),
    ("NO", "nor|norway|norwegen"),
    ("NZ", "nzl|new zealand|neuseeland"),
    ("PH", "phl|philippines"),
    ("PL", "pol|poland|polen"),
    ("PT", "prt|portugal"),
    ("RO", "rou|romania|rumänien"),
    ("RS", "srb|serbia|serbien"),
    ("RU", "rus|russia|russian federation|russland"),
    ("SA", "sau|saudi arabia"),
    ("SE", "swe|sweden|schweden"),
    ("SG", "sgp|singapore|singapur"),
    ("SI", "svn|slovenia|slowenien"),
    ("SK", "svk|slovakia|slowakei"),
    ("TH", "tha|thailand"),
    ("TR", "tur|turkey|türkiye|türkei"),
    ("TW", "twn|taiwan"),
    ("UA", "ukr|ukraine"),
    ("US", "usa|united states|united states of america|vereinigte staaten"),
    ("VN", "vnm|vietnam|viet nam"),
    ("ZA", "zaf|south africa|südafrika"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn a_country_is_known_by_code_and_name() {
        let table = [
            ("DEU", Some("DE")),
            ("Deutschland", Some("DE")),
            ("gb", Some("GB")),
            ("UK", Some("GB")),
            ("USA", Some("US")),
            ("Atlantis", None),
        ];
        for (text, expected) in table {
            assert_eq!(super::alpha2(text).as_deref(), expected, "{text}");
        }
    }
}
