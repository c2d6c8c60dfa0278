//! Airports by their IATA code: in which country they are, and in which state or province where that tells the clock.

/// State or province (of a country with several zones) and country.
pub fn of(code: &str) -> Option<(Option<String>, String)> {
    let code = code.trim().to_ascii_uppercase();
    let (place, _) = AIRPORTS.iter().find(|(_, codes)| codes.split(' ').any(|c| c == code))?;
    let (country, region) = place.split_once('-').map_or((*place, None), |(country, region)| (country, Some(region.to_string())));
    Some((region, country.to_string()))
}

/// Country, or country and region; the larger airports.
const AIRPORTS: &[(&str, &str)] = &[
    ("US-NY", "JFK LGA BUF ROC SYR ALB"),
    ("US-NJ", "EWR"),
    ("US-MA", "BOS"),
    ("US-CT", "BDL"),
    ("US-PA", "PHL PIT"),
    ("US-DC", "IAD DCA"),
    ("US-MD", "BWI"),
    ("US-VA", "RIC ORF"),
    ("US-NC", "CLT RDU"),
    ("US-SC", "CHS"),
    ("US-GA", "ATL SAV"),
    ("US-FL", "MIA FLL MCO TPA JAX PBI"),
    ("US-OH", "CLE CMH CVG"),
    ("US-KY", "SDF"),
    ("US-MI", "DTW GRR"),
    ("US-IN", "IND"),
    ("US-IL", "ORD MDW"),
    ("US-WI", "MKE"),
    ("US-MN", "MSP"),
    ("US-MO", "STL MCI"),
    ("US-TN", "BNA MEM"),
    ("US-LA", "MSY"),
    ("US-TX", "DFW DAL IAH HOU AUS SAT"),
    ("US-OK", "OKC TUL"),
    ("US-CO", "DEN"),
    ("US-UT", "SLC"),
    ("US-NM", "ABQ"),
    ("US-ID", "BOI"),
    ("US-AZ", "PHX TUS"),
    ("US-NV", "LAS RNO"),
    ("US-CA", "LAX SFO SAN SJC OAK SMF ONT SNA BUR"),
    ("US-OR", "PDX"),
    ("US-WA", "SEA GEG"),
    ("US-AK", "ANC FAI"),
    ("US-HI", "HNL OGG KOA LIH"),
    ("US-PR", "SJU"),
    ("CA-ON", "YYZ YTZ YOW YHM"),
    ("CA-QC", "YUL YQB YMX"),
    ("CA-BC", "YVR YYJ"),
    ("CA-AB", "YYC YEG"),
    ("CA-MB", "YWG"),
    ("CA-SK", "YQR YXE"),
    ("CA-NS", "YHZ"),
    ("CA-NL", "YYT"),
    ("AU-NSW", "SYD"),
    ("AU-VIC", "MEL"),
    ("AU-QLD", "BNE"),
    ("AU-WA", "PER"),
    ("AU-SA", "ADL"),
    ("NZ", "AKL WLG CHC"),
    ("GB", "LHR LGW STN MAN EMA BHX GLA EDI BFS"),
    ("IE", "DUB SNN"),
    ("FR", "CDG ORY LYS MRS TLS"),
    ("DE", "FRA MUC CGN LEJ HAM DUS BER"),
    ("NL", "AMS"),
    ("BE", "BRU LGG"),
    ("ES", "MAD BCN"),
    ("PT", "LIS OPO"),
    ("IT", "MXP FCO BGY"),
    ("CH", "ZRH GVA"),
    ("AT", "VIE"),
    ("PL", "WAW"),
    ("SE", "ARN"),
    ("DK", "CPH"),
    ("NO", "OSL"),
    ("FI", "HEL"),
    ("TR", "IST SAW"),
    ("AE", "DXB DWC AUH SHJ"),
    ("IN", "DEL BOM BLR MAA HYD CCU"),
    ("SG", "SIN"),
    ("HK", "HKG"),
    ("CN", "PVG PEK CAN SZX"),
    ("TW", "TPE"),
    ("JP", "NRT HND KIX"),
    ("KR", "ICN"),
    ("TH", "BKK"),
    ("MY", "KUL"),
    ("ZA", "JNB CPT"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn an_airport_tells_where_it_is() {
        assert_eq!(super::of("LAX"), Some((Some("CA".into()), "US".into())));
        assert_eq!(super::of("lhr"), Some((None, "GB".into())));
        assert_eq!(super::of("TLS01"), None);
    }
}
