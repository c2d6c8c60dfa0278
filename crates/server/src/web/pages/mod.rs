//! What shoppers see: each page a view struct, a template and its handler.

pub mod demo;
pub mod lookup;
pub mod notice;
pub mod open;
pub mod policy;
pub mod samples;
pub mod track;
#[cfg(test)]
mod words_tests;
