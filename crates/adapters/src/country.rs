//! Countries as carriers write them (`DEU`, `Germany`, `Deutschland`, `de`) to ISO 3166-1 alpha-2 in capitals.

/// Alpha-2, if the text is a country we know: by its code of two or three letters or by its English or German name.
pub fn alpha2(told: &str) -> Option<String> {
    let told = told.trim().trim_end_matches('.');
    if told.len() == 2 {
        let code = told.to_ascii_uppercase();
        return if code == "UK" { Some("GB".into()) } else { ISO_ALPHA_2.split(' ').any(|known| known == code).then_some(code) };
    }
    let told = told.to_lowercase();
    NAMES.iter().find(|(_, names)| names.split('|').any(|name| name == told)).map(|(code, _)| (*code).to_string())
}

/// ISO 3166-1 alpha-2: two capitals that are none of these are a depot or an office.
const ISO_ALPHA_2: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC \
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP \
GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV \
LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Alpha-2, then alpha-3 and names, lower case.
const NAMES: &[(&str, &str)] = &[
    ("AD", "and|andorra"),
    ("AE", "are|united arab emirates|uae"),
    ("AR", "arg|argentina"),
    ("AT", "aut|austria|österreich"),
    ("AU", "aus|australia|australien"),
    ("BD", "bgd|bangladesh"),
    ("BE", "bel|belgium|belgien"),
    ("BG", "bgr|bulgaria|bulgarien"),
    ("BH", "bhr|bahrain"),
    ("BR", "bra|brazil|brasilien"),
    ("CA", "can|canada|kanada"),
    ("CH", "che|switzerland|schweiz"),
    ("CL", "chl|chile"),
    ("CN", "chn|china|china, people's republic|china, peoples republic|china mainland|peoples republic of china"),
    ("CO", "col|colombia"),
    ("CR", "cri|costa rica"),
    ("CY", "cyp|cyprus|zypern"),
    ("CZ", "cze|czech republic|czechia|tschechien|tschechische republik|czech republic, the"),
    ("DE", "deu|germany|deutschland"),
    ("DK", "dnk|denmark|dänemark"),
    ("EE", "est|estonia|estland"),
    ("EG", "egy|egypt"),
    ("ES", "esp|spain|spanien"),
    ("ET", "eth|ethiopia"),
    ("FI", "fin|finland|finnland"),
    ("FR", "fra|france|frankreich"),
    (
        "GB",
        "gbr|united kingdom|great britain|großbritannien|vereinigtes königreich|england|scotland|wales|northern ireland|great britain and northern ireland|united kingdom of great britain and northern ireland",
    ),
    ("GR", "grc|greece|griechenland"),
    ("HK", "hkg|hong kong|hongkong|hong kong sar, china|hong kong sar"),
    ("HR", "hrv|croatia|kroatien"),
    ("HU", "hun|hungary|ungarn"),
    ("ID", "idn|indonesia|indonesien"),
    ("IE", "irl|ireland|irland|ireland, republic of|republic of ireland"),
    ("IL", "isr|israel"),
    ("IN", "ind|india|indien"),
    ("IS", "isl|iceland|island"),
    ("IT", "ita|italy|italien"),
    ("JO", "jor|jordan"),
    ("JP", "jpn|japan"),
    ("KE", "ken|kenya"),
    ("KR", "kor|korea|south korea|republic of korea|südkorea|korea, republic of|korea, republic of (south k.)"),
    ("KW", "kwt|kuwait"),
    ("LI", "lie|liechtenstein"),
    ("LK", "lka|sri lanka"),
    ("LT", "ltu|lithuania|litauen"),
    ("LU", "lux|luxembourg|luxemburg"),
    ("LV", "lva|latvia|lettland"),
    ("MA", "mar|morocco"),
    ("MO", "mac|macau|macau sar, china"),
    ("MT", "mlt|malta"),
    ("MX", "mex|mexico|mexiko"),
    ("MY", "mys|malaysia"),
    ("NG", "nga|nigeria"),
    ("NL", "nld|netherlands|the netherlands|niederlande|netherlands, the|holland"),
    ("NO", "nor|norway|norwegen"),
    ("NZ", "nzl|new zealand|neuseeland"),
    ("OM", "omn|oman"),
    ("PA", "pan|panama"),
    ("PE", "per|peru"),
    ("PH", "phl|philippines|philippines, the"),
    ("PK", "pak|pakistan"),
    ("PL", "pol|poland|polen"),
    ("PR", "pri|puerto rico"),
    ("PT", "prt|portugal"),
    ("QA", "qat|qatar"),
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
    ("TW", "twn|taiwan|taiwan, china"),
    ("UA", "ukr|ukraine"),
    ("US", "usa|united states|united states of america|vereinigte staaten|u.s.a"),
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
            ("XX", None),
            ("Republic of Ireland", Some("IE")),
            ("Atlantis", None),
        ];
        for (text, expected) in table {
            assert_eq!(super::alpha2(text).as_deref(), expected, "{text}");
        }
    }
}
