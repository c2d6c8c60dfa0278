//! For whom a layer of settings holds: the retailer, a brand, a carrier, a carrier's service, a lane, a shipment type.

use std::fmt;

use crate::{Registration, ShipmentType};

/// The scope of a layer, wide ones first. The narrowest layer that names a setting wins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Retailer,
    Brand(String),
    Carrier(String),
    Service(String, String),
    /// From country, to country.
    Lane(String, String),
    Type(ShipmentTypeId),
}

/// A shipment type by its id, so that scopes sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShipmentTypeId(&'static str);

impl Scope {
    /// `retailer`, `brand:ID`, `carrier:evri`, `carrier:evri:next_day`, `lane:GB-IE`, `type:return`.
    pub fn parse(text: &str) -> Option<Scope> {
        // Services and brands may carry names with blanks.
        let word = |t: &str| !t.is_empty() && t.len() <= 100 && !t.contains(char::is_control);
        if text == "retailer" {
            return Some(Scope::Retailer);
        }
        let (kind, rest) = text.split_once(':')?;
        match (kind, rest.split_once(':')) {
            ("brand", None) if word(rest) => Some(Scope::Brand(rest.to_owned())),
            ("carrier", None) if word(rest) => Some(Scope::Carrier(rest.to_owned())),
            ("carrier", Some((carrier, service))) if word(carrier) && word(service) => {
                Some(Scope::Service(carrier.to_owned(), service.to_owned()))
            }
            ("lane", None) => {
                let (from, to) = rest.split_once('-')?;
                let country = |c: &str| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase());
                (country(from) && country(to)).then(|| Scope::Lane(from.to_owned(), to.to_owned()))
            }
            ("type", None) => ShipmentType::parse(rest).map(|t| Scope::Type(ShipmentTypeId(t.id()))),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Retailer => f.write_str("retailer"),
            Scope::Brand(id) => write!(f, "brand:{id}"),
            Scope::Carrier(id) => write!(f, "carrier:{id}"),
            Scope::Service(carrier, service) => write!(f, "carrier:{carrier}:{service}"),
            Scope::Lane(from, to) => write!(f, "lane:{from}-{to}"),
            Scope::Type(id) => write!(f, "type:{}", id.0),
        }
    }
}

/// The scopes that may say something about a shipment, wide ones first: the order that [`crate::settings::resolve`] wants. The registration's brand
/// must be the brand's id by now. The list is also the key under which resolved settings can be kept.
pub fn scopes_for(registration: &Registration) -> Vec<String> {
    let mut scopes = vec!["retailer".to_owned()];
    if let Some(brand) = &registration.brand {
        scopes.push(format!("brand:{brand}"));
    }
    if let Some(carrier) = &registration.carrier {
        scopes.push(format!("carrier:{carrier}"));
        if let Some(service) = &registration.service {
            scopes.push(format!("carrier:{carrier}:{service}"));
        }
    }
    if let (Some(from), Some(to)) = (registration.origin_country(), registration.destination_country()) {
        scopes.push(format!("lane:{from}-{to}"));
    }
    scopes.push(format!("type:{}", registration.kind.id()));
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_prints_as_it_was_written() {
        for text in ["retailer", "brand:br_1", "carrier:evri", "carrier:evri:next_day", "lane:GB-IE", "type:return"] {
            assert_eq!(Scope::parse(text).map(|s| s.to_string()).as_deref(), Some(text));
        }
        for text in ["", "shop", "brand:", "lane:GB", "lane:gb-ie", "type:parcel", "carrier:evri:", "brand:a:b"] {
            assert_eq!(Scope::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_shipment_is_spoken_for_from_wide_to_narrow() {
        let mut registration = Registration { carrier: Some("evri".into()), service: Some("next_day".into()), ..Registration::default() };
        registration.brand = Some("br_1".into());
        assert_eq!(scopes_for(&registration), ["retailer", "brand:br_1", "carrier:evri", "carrier:evri:next_day", "type:delivery"]);
    }
}
