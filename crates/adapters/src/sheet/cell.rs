//! What the text of a cell says, by the form of its field.

use serde_json::Value;
use whereabouts_domain::{Precision, State};

use super::fields::Form;
use crate::{
    carrier,
    clock::{self, DateOrder, ZoneRule},
    country, phrase, underneath,
};

/// How times without an offset, and days that could be read two ways, are read.
pub struct Clocks {
    pub order: DateOrder,
    pub rule: ZoneRule,
}

/// The value, or why there is none, for a person who can correct the file.
pub fn read(form: Form, told: &str, clocks: &Clocks) -> Result<Value, String> {
    let text = |t: &str| Ok(Value::String(t.to_string()));
    match form {
        Form::Text if is_rounded(told) => Err("was rounded by a spreadsheet; format the column as text and save the file again".into()),
        Form::Text | Form::Name => text(told),
        Form::Number => number(told),
        Form::Flag => match told.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "x" | "ja" | "oui" | "si" | "sí" | "tak" => Ok(Value::Bool(true)),
            "false" | "no" | "n" | "0" | "-" | "nein" | "non" | "nee" | "nie" => Ok(Value::Bool(false)),
            _ => Err("is neither yes nor no".into()),
        },
        Form::List => {
            let mark = if told.contains(';') { ';' } else { ',' };
            Ok(told.split(mark).map(str::trim).filter(|t| !t.is_empty()).map(|t| Value::String(t.to_string())).collect())
        }
        Form::Time if told.parse::<jiff::Timestamp>().is_ok() => text(told),
        Form::Time | Form::DayOrTime | Form::Moment => {
            if form == Form::Moment && told.parse::<jiff::Timestamp>().is_ok() {
                return text(told);
            }
            let moment = clock::read(told, clocks.order, &clocks.rule)
                .ok_or("is no day or time that can be read; write it as 2026-11-24 or 2026-11-24 14:30")?;
            let is_day = moment.precision == Precision::Day && form != Form::Time;
            Ok(Value::String(if is_day { moment.local_time() } else { moment.rfc3339() }))
        }
        Form::Country => Ok(Value::String(country::alpha2(told).unwrap_or_else(|| told.to_string()))),
        Form::Carrier if is_id(told) => text(told),
        Form::Carrier => Ok(Value::String(underneath::carrier_id(told))),
        Form::State => Ok(Value::String(state(told).map_or_else(|| told.to_string(), |s| s.id().to_string()))),
        Form::Amount => amount(told).map(Value::String),
        Form::Json => serde_json::from_str(told).map_err(|_| "is not JSON".into()),
        Form::Notes if told.starts_with('[') => serde_json::from_str(told).map_err(|_| "is neither JSON nor plain words".into()),
        Form::Notes => Ok(serde_json::json!([{ "text": told }])),
    }
}

/// Written as an id of ours or of the retailer's is written: it is meant as it stands.
fn is_id(told: &str) -> bool {
    carrier::by_id(told).is_some() || told.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn number(told: &str) -> Result<Value, String> {
    let plain = told.replace(',', ".");
    // "2.0" pieces are two.
    let whole = plain.split_once('.').filter(|(_, rest)| rest.bytes().all(|b| b == b'0')).map_or(plain.as_str(), |(whole, _)| whole);
    serde_json::from_str::<serde_json::Number>(whole).map(Value::Number).map_err(|_| "is not a number".into())
}

/// By its id, as words of ours, or in words that carriers use.
fn state(told: &str) -> Option<State> {
    let id = told.to_lowercase().split([' ', '-', '_']).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_");
    State::parse(&id).or_else(|| phrase::understand(told, &[]).map(|(state, _)| state))
}

/// `1.234,50 €`, `£1,234.50`, `12.5`: the last mark with at most two digits behind it is the point.
fn amount(told: &str) -> Result<String, String> {
    let digits: String = told.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')).collect();
    let point = digits
        .rfind(['.', ','])
        .filter(|at| digits.len() - at <= 3 || digits.matches(['.', ',']).count() == 1 && digits.as_bytes()[*at] == b'.');
    let plain = |part: &str| part.replace(['.', ','], "");
    let number = match point {
        Some(at) => format!("{}.{}", plain(&digits[..at]), &digits[at + 1..]),
        None => plain(&digits),
    };
    let number = number.trim_end_matches('.').to_string();
    if number.parse::<f64>().is_ok() { Ok(number) } else { Err("is not an amount".into()) }
}

/// `3,40435E+17`: what a spreadsheet makes of a long number.
fn is_rounded(told: &str) -> bool {
    let told = told.to_ascii_uppercase();
    let Some((mantissa, exponent)) = told.split_once("E+") else { return false };
    exponent.parse::<u8>().is_ok()
        && mantissa.contains(['.', ','])
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;

    fn told(form: Form, text: &str) -> Value {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let clocks = Clocks { order: DateOrder::DayFirst, rule: ZoneRule::of(Some(&zone), "UTC") };
        read(form, text, &clocks).unwrap_or_else(|why| json!([why]))
    }

    #[test]
    fn a_cell_is_read_by_its_form() {
        let table = [
            (Form::Text, "0012", json!("0012")),
            (Form::Number, "2,0", json!(2)),
            (Form::Number, "51.5", json!(51.5)),
            (Form::Flag, "Ja", json!(true)),
            (Form::List, "vip; b2b", json!(["vip", "b2b"])),
            (Form::Time, "24.11.2026 14:03", json!("2026-11-24T14:03:00+01:00")),
            (Form::Time, "2026-11-24", json!("2026-11-24T00:00:00+01:00")),
            (Form::Time, "2026-11-24T09:00:00Z", json!("2026-11-24T09:00:00Z")),
            (Form::DayOrTime, "24/11/2026", json!("2026-11-24")),
            (Form::Moment, "24/11/2026", json!("2026-11-24")),
            (Form::Moment, "2026-11-24T09:00:00-05:00", json!("2026-11-24T09:00:00-05:00")),
            (Form::Country, "Germany", json!("DE")),
            (Form::Country, "Atlantis", json!("Atlantis")),
            (Form::Carrier, "Royal Mail", json!("royalmail")),
            (Form::Carrier, "DHL", json!("dhl_express")),
            (Form::Carrier, "dhl", json!("dhl")),
            (Form::Carrier, "Bob's vans", json!("Bob's vans")),
            (Form::State, "Out for delivery", json!("out_for_delivery")),
            (Form::State, "Q9", json!("Q9")),
            (Form::Amount, "1.234,50 €", json!("1234.50")),
            (Form::Amount, "£1,234.50", json!("1234.50")),
            (Form::Amount, "1,234", json!("1234")),
            (Form::Amount, "12.5", json!("12.5")),
            (Form::Amount, "12.345", json!("12.345")),
        ];
        for (form, text, expected) in table {
            assert_eq!(told(form, text), expected, "{form:?} {text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        for (form, text) in
            [(Form::Text, "3,40435E+17"), (Form::Time, "soon"), (Form::Number, "two"), (Form::Flag, "perhaps"), (Form::Amount, "free")]
        {
            assert!(told(form, text).is_array(), "{form:?} {text}");
        }
    }
}
