//! Carrier calendars by nation: on which days a carrier works. Data, editable, with source and date.

/// Calendars by nation.
#[derive(Clone, Debug, Default)]
pub struct Calendars {}
