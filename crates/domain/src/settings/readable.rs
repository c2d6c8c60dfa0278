//! How a JSON value becomes a setting's type.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Time, tz::TimeZone};
use serde_json::Value;

use super::{CalendarUse, CollectionTime, Kind, MissingBy, parse_clock, parse_weekday};
use crate::{Attention, State, feed::Outage};

/// The error is a sentence for whoever set it.
pub(super) trait Readable: Sized {
    fn read(value: &Value, kind: Kind) -> Result<Self, String>;
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "must be a text".into())
}

fn whole(value: &Value, max: i64) -> Result<i64, String> {
    value.as_i64().filter(|n| (0..=max).contains(n)).ok_or_else(|| format!("must be a whole number from 0 to {max}"))
}

fn entries(value: &Value) -> Result<&serde_json::Map<String, Value>, String> {
    let map = value.as_object().ok_or("must be an object")?;
    if map.len() > 1000 { Err("has more than 1000 entries".into()) } else { Ok(map) }
}

impl Readable for f64 {
    fn read(value: &Value, _: Kind) -> Result<f64, String> {
        value.as_f64().filter(|h| *h > 0.0 && *h <= 8784.0).ok_or_else(|| "must be a number of hours above 0, at most 8784".into())
    }
}

impl Readable for i64 {
    fn read(value: &Value, kind: Kind) -> Result<i64, String> {
        match kind {
            Kind::Minutes => whole(value, 44_640),
            Kind::Count => whole(value, 1_000_000),
            _ => whole(value, 3660),
        }
    }
}

impl Readable for Vec<i64> {
    fn read(value: &Value, _: Kind) -> Result<Vec<i64>, String> {
        let list = value.as_array().filter(|l| l.len() <= 10).ok_or("must be a list of at most 10 whole numbers")?;
        let days = list.iter().map(|v| whole(v, 60)).collect::<Result<Vec<i64>, String>>()?;
        if days.windows(2).all(|pair| pair[0] > pair[1]) { Ok(days) } else { Err("must stand in falling order, each once".into()) }
    }
}

impl Readable for Time {
    fn read(value: &Value, _: Kind) -> Result<Time, String> {
        parse_clock(text(value)?).ok_or_else(|| "must be a time of day such as \"08:00\"".into())
    }
}

impl Readable for Option<Time> {
    fn read(value: &Value, kind: Kind) -> Result<Option<Time>, String> {
        if value.is_null() { Ok(None) } else { Time::read(value, kind).map(Some) }
    }
}

impl Readable for CalendarUse {
    fn read(value: &Value, _: Kind) -> Result<CalendarUse, String> {
        match value.as_str() {
            Some("every_hour") => Ok(CalendarUse::EveryHour),
            Some("carrier") => Ok(CalendarUse::Carrier),
            _ => Err("must be \"every_hour\" or \"carrier\"".into()),
        }
    }
}

impl Readable for MissingBy {
    fn read(value: &Value, _: Kind) -> Result<MissingBy, String> {
        match value.as_str() {
            Some("history") => Ok(MissingBy::History),
            Some("clock") => Ok(MissingBy::Clock),
            _ => Err("must be \"history\" or \"clock\"".into()),
        }
    }
}

impl Readable for String {
    fn read(value: &Value, kind: Kind) -> Result<String, String> {
        let text = text(value)?;
        match kind {
            Kind::Zone if TimeZone::get(text).is_err() => Err("must be an IANA zone such as \"Europe/London\"".into()),
            Kind::Country if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_uppercase()) => {
                Err("must be a country of two capital letters".into())
            }
            _ => Ok(text.to_owned()),
        }
    }
}

impl Readable for Vec<Outage> {
    fn read(value: &Value, _: Kind) -> Result<Vec<Outage>, String> {
        const SHAPE: &str = "must be a list of {\"from\":time,\"until\":time or null}";
        let list = value.as_array().filter(|l| l.len() <= 100).ok_or(SHAPE)?;
        let time = |v: &Value| v.as_str().and_then(|t| t.parse::<Timestamp>().ok());
        let mut outages = Vec::with_capacity(list.len());
        for item in list {
            let map = item.as_object().filter(|m| m.keys().all(|k| k == "from" || k == "until")).ok_or(SHAPE)?;
            let from = map.get("from").and_then(time).ok_or(SHAPE)?;
            let until = match map.get("until") {
                None | Some(Value::Null) => None,
                Some(v) => Some(time(v).filter(|until| *until > from).ok_or(SHAPE)?),
            };
            outages.push(Outage { from, until, noticed: None });
        }
        outages.sort_by_key(|o| o.from);
        Ok(outages)
    }
}

impl Readable for BTreeMap<String, CollectionTime> {
    fn read(value: &Value, kind: Kind) -> Result<Self, String> {
        entries(value)?.iter().map(|(site, v)| Ok((site.clone(), collection_time(v, kind)?))).collect()
    }
}

fn collection_time(value: &Value, kind: Kind) -> Result<CollectionTime, String> {
    if value.is_string() {
        return Ok(CollectionTime { at: Time::read(value, kind)?, weekdays: Vec::new() });
    }
    const SHAPE: &str = "must be \"18:00\" or {\"at\":\"18:00\",\"weekdays\":[\"mon\",…]}";
    let map = value.as_object().filter(|m| m.keys().all(|k| k == "at" || k == "weekdays")).ok_or(SHAPE)?;
    let at = Time::read(map.get("at").ok_or(SHAPE)?, kind)?;
    let days = match map.get("weekdays") {
        None => Vec::new(),
        Some(v) => v.as_array().ok_or(SHAPE)?.iter().map(|d| d.as_str().and_then(parse_weekday).ok_or(SHAPE)).collect::<Result<_, _>>()?,
    };
    Ok(CollectionTime { at, weekdays: days })
}

impl Readable for BTreeMap<String, i64> {
    fn read(value: &Value, kind: Kind) -> Result<Self, String> {
        entries(value)?.iter().map(|(service, days)| Ok((service.clone(), i64::read(days, kind)?))).collect()
    }
}

fn state(id: &str) -> Result<State, String> {
    State::parse(id).ok_or_else(|| format!("`{id}` is not a state"))
}

impl Readable for BTreeMap<State, Attention> {
    fn read(value: &Value, _: Kind) -> Result<Self, String> {
        let attention = |v: &Value| v.as_str().and_then(Attention::parse).ok_or_else(|| "must be none, watch or act".to_owned());
        entries(value)?.iter().map(|(id, v)| Ok((state(id)?, attention(v)?))).collect()
    }
}

impl Readable for BTreeMap<State, String> {
    fn read(value: &Value, _: Kind) -> Result<Self, String> {
        entries(value)?.iter().map(|(id, v)| Ok((state(id)?, text(v)?.to_owned()))).collect()
    }
}
