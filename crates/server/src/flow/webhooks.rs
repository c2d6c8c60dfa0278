//! Webhooks out.
