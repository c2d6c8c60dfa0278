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
pub mod sftp;
pub mod streamed;
pub mod style;
