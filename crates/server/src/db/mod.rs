//! What we keep. One noun, one file; SQL and nothing else. Every function on a retailer's data takes the retailer first.

pub mod accounts;
pub mod alerts;
pub mod codes;
pub mod corrections;
pub mod due;
pub mod engine;
pub mod events;
pub mod feeds;
pub mod file_logins;
pub mod file_sources;
pub mod forecasts;
pub mod grades;
pub mod hooks;
pub mod imports;
pub mod inbox;
pub mod mappings;
pub mod migrate;
pub mod notifications;
pub mod orders;
pub mod pages;
pub mod polls;
pub mod received;
pub mod retailers;
pub mod rules;
pub mod search;
pub mod settings;
pub mod shipments;
pub mod staff;
pub mod tasks;
pub mod webhooks;

pub use engine::{Db, DbError, Many, Read, Row, Sql, Value, Write};

/// Every named statement, for the test that prepares them all on both engines.
pub fn statements() -> Vec<&'static Sql> {
    let lists: &[&[&'static Sql]] = &[
        accounts::STATEMENTS,
        alerts::STATEMENTS,
        codes::STATEMENTS,
        corrections::STATEMENTS,
        due::STATEMENTS,
        events::STATEMENTS,
        file_logins::STATEMENTS,
        file_sources::STATEMENTS,
        hooks::STATEMENTS,
        imports::STATEMENTS,
        feeds::STATEMENTS,
        forecasts::STATEMENTS,
        grades::STATEMENTS,
        inbox::STATEMENTS,
        mappings::STATEMENTS,
        migrate::STATEMENTS,
        notifications::STATEMENTS,
        orders::STATEMENTS,
        polls::STATEMENTS,
        pages::STATEMENTS,
        received::STATEMENTS,
        retailers::STATEMENTS,
        rules::STATEMENTS,
        search::STATEMENTS,
        settings::STATEMENTS,
        shipments::STATEMENTS,
        staff::STATEMENTS,
        tasks::STATEMENTS,
        webhooks::STATEMENTS,
    ];
    lists.iter().flat_map(|l| l.iter().copied()).collect()
}

/// Every many-rows statement.
pub fn many_statements() -> Vec<&'static Many> {
    let lists: &[&[&'static Many]] = &[
        alerts::MANY,
        codes::MANY,
        events::MANY,
        imports::MANY,
        feeds::MANY,
        inbox::MANY,
        notifications::MANY,
        orders::MANY,
        polls::MANY,
        pages::MANY,
        received::MANY,
        search::MANY,
        shipments::MANY,
        tasks::MANY,
        webhooks::MANY,
    ];
    lists.iter().flat_map(|l| l.iter().copied()).collect()
}
