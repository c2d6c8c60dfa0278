//! The API, one resource a file. Reads go straight to the database; every write goes through a flow.

pub mod alerts;
pub mod brands;
pub mod carriers;
pub mod codes;
pub mod corrections;
pub mod exports;
pub mod file_logins;
pub mod file_sources;
pub mod forecasts;
pub mod imports;
pub mod inbox;
pub mod mappings;
pub mod notifications;
pub mod orders;
pub mod received;
pub mod rules;
pub mod sandbox;
pub mod sending;
pub mod settings;
pub mod shipments;
pub mod states;
pub mod tracking_events;
pub mod webhooks;
