//! Time's door: what runs because a moment has come, not because somebody asked.

pub mod forecaster;
pub mod sender;
pub mod worker;
