//! What shoppers see. A page is a view struct, a template and nothing else: it reads no database and no clock.
//!
//! `followed` is what a page may know of an order; `track_words` decides what is said about it; `track` arranges the page.

pub mod brand;
pub mod colour;
pub mod days;
pub mod followed;
pub mod lookup;
pub mod notice;
pub mod order_words;
pub mod plain;
pub mod policy;
mod return_words;
pub mod samples;
pub mod steps;
pub mod timeline;
pub mod track;
pub mod track_words;
#[cfg(test)]
mod words_tests;
