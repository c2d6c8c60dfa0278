//! A reply as a whole: parcels, or a complaint, or nothing yet.

use crate::{
    carrier::{ParcelReading, Reading, Unreadable},
    timeline,
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
