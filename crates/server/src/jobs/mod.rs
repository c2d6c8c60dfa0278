//! Time's door.
