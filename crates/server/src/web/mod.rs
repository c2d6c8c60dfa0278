//! People's door: the API, the hooks, the pages, the desk. Reads go straight to the database; every write goes through a flow.

pub mod api;
pub mod call;
pub mod desk;
pub mod hooks;
pub mod metrics;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod routes;

/// An error with its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(c) = cause {
        text += ": ";
        text += &c.to_string();
        cause = c.source();
    }
    text
}
