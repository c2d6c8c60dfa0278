//! A reply as a whole: parcels, or a complaint, or nothing yet.

use crate::{
    carrier::{Card, ParcelReading, Payload, Reading, Unreadable},
    phrase::Phrase,
    spoken, timeline,
};

/// What to make of what was found. A complaint counts only where there is no parcel; `is_empty` says that the reply is
/// of this dialect although it holds none.
pub fn of(parcels: Vec<ParcelReading>, complaint: Option<String>, is_empty: bool, name: &str) -> Result<Reading, Unreadable> {
    if !parcels.is_empty() {
        return Ok(Reading { parcels: timeline::one_per_number(parcels) });
    }
    match complaint {
        Some(words) => Err(Unreadable::error_reply(words)),
        None if is_empty => Ok(Reading::default()),
        None => Err(Unreadable::not_understood(format!("no {name} parcel in it"))),
    }
}

/// A number about which the carrier has only a complaint.
pub fn fault(number: Option<String>, why: impl Into<String>) -> ParcelReading {
    ParcelReading { tracking_number: number, fault: Some(why.into()), ..ParcelReading::default() }
}

/// Where a payload is not of the documented form but holds rows of time and words, these are read.
pub fn or_rows(read: Result<Reading, Unreadable>, payload: &Payload, card: &Card, own: &[Phrase]) -> Result<Reading, Unreadable> {
    let Err(Unreadable::NotUnderstood(_)) = &read else { return read };
    match spoken::read(payload, card, own) {
        Ok(rows) if rows.parcels.iter().any(|p| !p.events.is_empty()) => Ok(rows),
        _ => read,
    }
}
