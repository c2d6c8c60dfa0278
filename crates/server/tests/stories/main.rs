//! Stories: what the contract promises, told as a user would check it, on the real router and a real database. One crate, so that it links once.

mod alerts;
mod bad_input;
mod carriers;
mod codes;
mod corrections;
mod events;
mod facts;
mod feeds;
mod files;
mod forecasts;
mod grades;
mod hooks;
mod incidents;
mod isolation;
mod mappings;
mod missing;
#[path = "../mock/mod.rs"]
mod mock;
mod orders;
mod pages;
mod received;
mod registering;
mod rules_and_settings;
mod sandbox;
mod schema;
mod sealing;
mod search;
mod telling;
mod world;
