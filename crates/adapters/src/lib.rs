//! How others speak: carriers and aggregators. Pure: bytes in, meaning out; a request is a value that the server sends.

pub mod airport;
pub mod ask;
pub mod carrier;
pub mod checksum;
pub mod clock;
pub mod conformance;
pub mod country;
pub mod csv;
pub mod edi;
pub mod envelope;
pub mod guessed;
pub mod json;
pub mod mapping;
pub mod parse;
pub mod phrase;
pub mod place;
pub mod reach;
pub mod recognise;
pub mod reply;
pub mod scan;
pub mod scraped;
pub mod sheet;
pub mod signature;
pub mod soap;
pub mod spoken;
pub mod timeline;
pub mod tree;
pub mod underneath;
pub mod x12;
pub mod xml;

pub use carrier::{Carrier, by_id};
pub use parse::{Detected, detect, parse};
