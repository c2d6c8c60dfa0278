//! How others speak: carriers and aggregators. Pure: bytes in, meaning out; a request is a value that the server sends.

pub mod carrier;
pub mod clock;
pub mod json;
pub mod parse;
pub mod phrase;
pub mod place;
pub mod recognise;
pub mod signature;
pub mod tree;
pub mod xml;

pub use carrier::{Carrier, by_id};
pub use parse::{Detected, detect, parse};
