//! Sending what is due.
