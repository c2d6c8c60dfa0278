//! What is said to shoppers: pure words, for pages and messages alike. `followed` is what may be known of an order,
//! `track_words` (of what is on its way `way_words`) and `order_words` decide what is said about it, `days` tells days.

pub mod brand;
pub mod colour;
pub mod days;
pub mod followed;
pub mod order_words;
pub mod plain;
mod return_words;
pub mod steps;
pub mod timeline;
pub mod track_words;
mod way_words;
